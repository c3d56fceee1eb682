"""Secondary suppression: hide a few more cells, so that no small count is left to subtraction.

Beside exact totals one hidden count alone is its total less the rest. Which further cells to
hide is a matter of choice: the fewest, and of those the smallest. An integer programme chooses,
the attacker of `eeic.disclosure.audit` tries the choice, and each success of the attacker
becomes a condition for the next choice. Where that takes too long, cells are added one small
table of changes at a time; that is not the fewest, and it is tried by the same attacker.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eeic.disclosure.audit import NEARLY, Part, are_whole, parts_of
from eeic.disclosure.counts import SUPPRESSED, Rule, rule_named
from eeic.disclosure.linked import Hierarchy, true_counts
from eeic.stats import Refusal
from eeic.stats import _tables as tables

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["protect"]

ATTACKERS = ("totals", "rule")
#: A condition must be missed by more than the solver overlooks, or it would be found again.
SLACK = 1e-4

_NOTHING = "nothing to suppress"
_FEWEST = "fewest cells (proved)"
_FEW = "few cells (not proved the fewest)"
_WHY = (
    "Suppressed: a count of {first} to {last} people, or one from which such a count could be "
    "worked out."
)


def protect(
    data: pd.DataFrame,
    *,
    count: str,
    hierarchy: Hierarchy,
    rule: str | Rule = "hes",
    protection: int = 1,
    attacker: str = "totals",
    hide_totals: bool = True,
    seconds: float = 30,
) -> pd.DataFrame:
    """Suppress small counts of linked tables, and the fewest others that keep them hidden.

    Parameters
    ----------
    data : pandas.DataFrame
        True counts in long form: one row for each cell, zero included, and for each total that
        will be published. Tables that share margins stand in one, see `add_totals`.
    count : str
        The column of counts.
    hierarchy : mapping
        For each dimension (a column) its totals and their parts, as in `add_totals`.
    rule : {"hes", "under5", "opensafely"} or Rule
        Which counts are small. What is shown is exact: rounding has no place beside exact
        totals, and needs no secondary suppression.
    protection : int
        The least width of the interval that an attacker may get for a suppressed count: 1 says
        that at least two counts are possible. With more than 1, the interval of a small count
        must also go beyond the small ones, unless the attacker knows them.
    attacker : {"totals", "rule"}
        What is known besides the totals and that nothing is below zero. With ``"rule"`` the
        attacker also knows the rule and which cells it hides: these then lie in its range, and
        all other suppressed cells above it. The result does not tell, but a guess may.
    hide_totals : bool
        Whether a total may be suppressed: where it is small itself, or where nothing else
        helps. If not, totals are published as they are, small ones too.
    seconds : float
        How long to look for the fewest; mostly far less is needed. Afterwards a set is built
        cell by cell that protects but may not be the fewest, which for 6,000 cells takes some
        minutes more.

    Returns
    -------
    pandas.DataFrame
        One row for each row given, with its index: the dimensions, then value (whole number,
        missing where suppressed), shown (text, ``"*"`` where suppressed), suppressed, method
        and note. It does not say which cells are small and which were added, and neither the
        true counts nor anything made of them is among the columns. The method says whether
        it is proved that no fewer would do.

    Raises
    ------
    Refusal
        If nothing that may be hidden protects some cell; if no protected table was found; if
        an option is unknown; or as in `add_totals`. No message names a count.

    Notes
    -----
    First the fewest totals, then the fewest cells, then the smallest sum of counts; never a
    zero, which everyone could guess and which would protect nothing. Two patterns may tie: one
    of them is returned.

    With z the change from the true table to another that fits all that is shown, Mz = 0, a cell
    is protected if z can differ there by the width asked for. If it cannot, the dual of the
    linear programme gives weights cᵢ, and Σ cᵢ xᵢ ≥ width holds for every pattern x that
    protects it, which the one tried does not fulfil. Before a pattern is returned, every
    suppressed cell has two tables of whole counts that fit and differ there.

    Who knows that the smallest sum was chosen could rule out some tables: this is not guarded
    against, nor is what is published elsewhere (see `audit`, which takes several tables).

    References
    ----------
    Fischetti M, Salazar JJ (2001), Management Science 47:1008-1027.

    Examples
    --------
    >>> from eeic.disclosure import add_totals
    >>> table = pd.DataFrame({"group": ["Roma", "Arab", "Indian"], "people": [3, 12, 40]})
    >>> tree = {"group": "Everyone"}
    >>> whole = add_totals(table, count="people", hierarchy=tree)
    >>> protect(whole, count="people", hierarchy=tree)["shown"].tolist()
    ['*', '*', '40', '55']
    """
    chosen = rule_named(rule)
    tables.check_choice("attacker", attacker, ATTACKERS)
    _check_number("protection", protection)
    _check_number("seconds", seconds)
    cells, true, rows = true_counts(data, count, hierarchy)
    known_small = attacker == "rule"
    published = np.zeros(true.size, dtype=bool)
    published[rows] = True
    settled = cells.total if not hide_totals else np.zeros_like(cells.total)
    primary = published & ~settled & chosen.hides(true)
    lower, upper = np.zeros(true.size), np.full(true.size, np.inf)
    rise = np.zeros(true.size)
    if known_small:
        lower = np.where(published, np.where(primary, chosen.first, chosen.last + 1), lower)
        upper[primary] = chosen.last
    elif protection > 1:
        rise[primary] = chosen.last + 1 - true[primary]
    table = _Table(
        relations=cells.relations,
        true=true.astype(float),
        primary=primary,
        optional=published & ~settled & ~primary & (true > 0),
        unpublished=~published,
        total=cells.total,
        room_below=np.minimum(lower - true, 0),
        room_above=np.maximum(upper - true, 0),
        width=float(protection),
        rise=rise,
    )
    pattern, method = _choose(table, float(seconds), cells.locate)
    hidden = pattern[rows]
    shown = pd.Series(true[rows], dtype="Int64").mask(hidden)
    return data[list(hierarchy)].assign(
        value=shown.array,
        shown=np.where(hidden, SUPPRESSED, shown.fillna(0).astype(str)),
        suppressed=hidden,
        method=method,
        note=np.where(hidden, _WHY.format(first=chosen.first, last=chosen.last), ""),
    )


def _check_number(name: str, value: Any) -> None:
    whole = name != "protection" or isinstance(value, int | np.integer)
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not whole or not 0 < value < np.inf:
        raise Refusal(
            f"{name} is {value!r}: give a {'whole ' * (name == 'protection')}number above zero."
        )


@dataclass(frozen=True)
class _Cut:
    """A condition on patterns: the weights of the cells hidden must add up to 1.

    It binds only where `cell` is hidden itself, which a primary cell always is.
    """

    cell: int
    places: tables.Integers
    weights: tables.Floats


@dataclass(frozen=True)
class _Table:
    """All that the choice of a pattern depends on; `rise` is how far up a cell must reach."""

    relations: csr_array
    true: tables.Floats
    primary: tables.Bools
    optional: tables.Bools
    unpublished: tables.Bools
    total: tables.Bools
    room_below: tables.Floats
    room_above: tables.Floats
    width: float
    rise: tables.Floats

    @property
    def cap(self) -> tables.Floats:
        """How far a cell needs to move at most."""
        return np.maximum(self.width, self.rise)

    def parts(self, pattern: tables.Bools) -> list[Part]:
        """Return the changes from the true table that fit what a pattern shows."""
        free = pattern | self.unpublished
        return parts_of(
            self.relations,
            np.where(free, self.room_below, 0.0),
            np.where(free, self.room_above, 0.0),
        )


@dataclass
class _Witnesses:
    """How far each cell moves in tables that fit: two such tables prove that it is protected."""

    table: _Table
    down: tables.Floats = field(init=False)
    up: tables.Floats = field(init=False)

    def __post_init__(self) -> None:
        self.down, self.up = np.zeros_like(self.table.true), np.zeros_like(self.table.true)

    def add(self, cells: tables.Integers, change: tables.Floats) -> None:
        if are_whole(change):
            change = np.round(change)
            self.down[cells] = np.minimum(self.down[cells], change)
            self.up[cells] = np.maximum(self.up[cells], change)

    def enough(self, cells: tables.Integers) -> tables.Bools:
        up, down = self.up[cells], self.down[cells]
        return (up - down >= self.table.width) & (up >= self.table.rise[cells])


def _attack(table: _Table, pattern: tables.Bools, *, every: bool = True) -> list[_Cut]:
    """Return a cut for each suppressed cell that an attacker gets too close to.

    No cut means that every suppressed cell has its witnesses. With `every` false the attack
    stops at the first success.
    """
    witnesses = _Witnesses(table)
    chance = np.random.default_rng(0)  # any directions do; the same ones give the same result
    cuts = []
    for part in table.parts(pattern):
        ours = np.flatnonzero(pattern[part.cells])
        near = part.within(np.where(pattern, table.cap, np.inf)[part.cells])
        # Push all cells somewhere at once: that mostly settles nearly all of them.
        left, before = ours, ours.size + 1
        while 0 < left.size < before:
            costs = np.zeros(part.cells.size)
            costs[left] = chance.uniform(-1, 1, left.size)
            for direction in (costs, -costs):
                found = near.least(direction)
                if found.status == 0:
                    witnesses.add(part.cells, found.x)
            left, before = left[~witnesses.enough(part.cells[left])], left.size
        for place in left:
            if not witnesses.enough(part.cells[[place]])[0]:
                cut = _try_one(table, pattern, part, int(place), witnesses)
                if cut is not None:
                    cuts.append(cut)
                    if not every:
                        return cuts
    return cuts


def _try_one(
    table: _Table, pattern: tables.Bools, part: Part, place: int, witnesses: _Witnesses
) -> _Cut | None:
    """Find how far one cell can move; return a cut if that is not far enough."""
    cell = int(part.cells[place])
    part = part.within(np.where(np.arange(part.cells.size) == place, table.cap[cell], np.inf))
    reach, weights = np.zeros(2), np.zeros((2, table.true.size))
    for k, sign in enumerate((1, -1)):
        costs = np.zeros(part.cells.size)
        costs[place] = -sign
        found = part.least(costs)
        if found.status != 0:
            return _hide_more(table, pattern, cell)
        witnesses.add(part.cells, found.x)
        if not are_whole(found.x):
            exact = part.least(costs, whole=True)
            if exact.x is not None:
                witnesses.add(part.cells, exact.x)
        reach[k] = -found.fun
        # What this end would gain, were another cell hidden.
        dual = np.zeros(table.relations.shape[0])
        dual[part.sums] = found.eqlin.marginals
        gain = table.relations.T @ dual
        gain[cell] += sign
        weights[k] = _gain(table, gain)
    if witnesses.enough(np.array([cell]))[0]:
        return None
    if reach[0] < table.rise[cell] - NEARLY:
        weight, needed = weights[0], table.rise[cell]
    else:
        weight, needed = weights.sum(axis=0), table.width
    always = table.primary | table.unpublished
    always[cell] = True
    needed -= weight[always].sum()
    if needed <= NEARLY:
        return _hide_more(table, pattern, cell)
    share = np.minimum(weight / needed, 1.0)
    places = np.flatnonzero(table.optional & (share > 0))
    places = places[places != cell]
    if share[places[pattern[places]]].sum() > 1 - SLACK:
        return _hide_more(table, pattern, cell)
    return _Cut(cell, places, share[places])


def _hide_more(table: _Table, pattern: tables.Bools, cell: int) -> _Cut:
    """Ask for one cell more: a pattern within one that fails, fails as well."""
    places = np.flatnonzero(table.optional & ~pattern)
    return _Cut(cell, places, np.ones(places.size))


def _gain(table: _Table, gain: tables.Floats) -> tables.Floats:
    gain = np.where(np.abs(gain) < NEARLY, 0.0, gain)
    with np.errstate(invalid="ignore"):
        above = np.where(gain > 0, gain * table.room_above, 0.0)
    return above + np.where(gain < 0, gain * table.room_below, 0.0)


def _choose(table: _Table, seconds: float, locate: Any) -> tuple[tables.Bools, str]:
    """Choose a pattern that withstands every attack, and say how it was chosen."""
    if not table.primary.any():
        return table.primary, _NOTHING
    if not _attack(table, table.primary):
        return table.primary, _FEWEST
    everything = _everything(table, locate)
    best, method = _exact(table, seconds), _FEWEST
    if best is None:
        best, method = _greedy(table, everything, seconds), _FEW
    if _attack(table, best, every=False):  # whatever happened above, nothing leaves untried
        raise Refusal("No protected table was found: merge small groups, or publish rounded.")
    return best, method


def _everything(table: _Table, locate: Any) -> tables.Bools:
    """Return the widest pattern that protects its own cells, or refuse if a small one is not."""
    pattern = table.primary | table.optional
    while True:
        weak = np.array([cut.cell for cut in _attack(table, pattern)], dtype=np.intp)
        if not weak.size:
            return pattern
        lost = weak[table.primary[weak]]
        if lost.size:
            more = f" (as in {lost.size - 1} more)" if lost.size > 1 else ""
            raise Refusal(
                f"Nothing that may be hidden protects the cell {locate(int(lost[0]))}{more}: "
                "merge groups or areas, leave out a total, or publish rounded counts."
            )
        pattern[weak] = False


def _greedy(table: _Table, everything: tables.Bools, seconds: float) -> tables.Bools:
    """Protect one cell after another at the least cost, then take back what is not needed."""
    pattern = table.primary.copy()
    witnesses = _Witnesses(table)
    weak = np.flatnonzero(table.primary)
    while weak.size:
        before = pattern.sum()
        for cell in weak[np.argsort(table.true[weak], kind="stable")]:
            if not witnesses.enough(cell[None])[0]:
                _hide_a_change(table, int(cell), pattern, witnesses)
        weak = np.array([cut.cell for cut in _attack(table, pattern)], dtype=np.intp)
        if weak.size and pattern.sum() == before:
            pattern = everything
            break
    end = time.monotonic() + seconds
    extra = np.flatnonzero(pattern & ~table.primary)
    for cell in extra[np.lexsort((table.true[extra], table.total[extra]))[::-1]]:
        if time.monotonic() > end:
            break
        pattern = pattern.copy()
        pattern[cell] = False
        pattern[cell] = bool(_attack(table, pattern, every=False))
    return pattern


def _hide_a_change(table: _Table, cell: int, pattern: tables.Bools, witnesses: _Witnesses) -> None:
    """Hide the cells of the cheapest changes of the table that move one cell far enough."""
    up, down = table.room_above[cell], -table.room_below[cell]
    far = max(table.rise[cell], min(table.width, up))
    back = min(table.width, down)
    for legs in ((far, far - table.width), (max(table.width - back, table.rise[cell]), -back)):
        found = [_cheapest(table, cell, move, pattern) for move in legs if move]
        changes = [one for one in found if one is not None]
        if len(changes) == len(found):
            for cells, change in changes:
                witnesses.add(cells, change)
                pattern[cells[np.abs(change) > NEARLY]] = True
            pattern &= ~table.unpublished
            return


def _cheapest(
    table: _Table, cell: int, move: float, pattern: tables.Bools
) -> tuple[tables.Integers, tables.Floats] | None:
    from scipy.optimize import linprog
    from scipy.sparse import hstack

    cells = np.flatnonzero(table.primary | table.optional | table.unpublished)
    cost = 1 + table.true[cells] / (1 + table.true[cells].max())
    cost = np.where(table.total[cells], cost * cells.size, cost)
    cost[(pattern | table.unpublished)[cells]] = 0
    up, down = table.room_above[cells].copy(), -table.room_below[cells]
    place = int(np.searchsorted(cells, cell))
    up[place], down[place] = max(move, 0), max(-move, 0)
    least = np.zeros(2 * cells.size)
    least[place], least[cells.size + place] = up[place], down[place]
    sums = table.relations[:, cells]
    found = linprog(
        np.concatenate([cost, cost]),
        A_eq=hstack([sums, -sums]),
        b_eq=np.zeros(sums.shape[0]),
        bounds=np.column_stack([least, np.concatenate([up, down])]),
        method="highs-ds",
    )
    if found.status != 0:
        return None
    return cells, found.x[: cells.size] - found.x[cells.size :]


def _exact(table: _Table, seconds: float) -> tables.Bools | None:
    """Find the fewest cells by adding a condition for each attack that succeeds."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import vstack

    end = time.monotonic() + seconds
    choice = np.flatnonzero(table.optional)
    place = np.full(table.true.size, -1)
    place[choice] = np.arange(choice.size)
    conditions = [_as_row(cut, table, place, choice.size) for cut in _pairs(table)]
    fewest = 1.0 + choice.size * table.total[choice]
    rows, least = [row for row, _ in conditions], [needed for _, needed in conditions]
    for costs in (fewest, table.true[choice]):
        while True:
            left = end - time.monotonic()
            if left <= 0:
                return None
            found = milp(
                costs,
                integrality=np.ones(choice.size),
                bounds=Bounds(0, 1),
                constraints=LinearConstraint(vstack(rows, "csr"), least) if rows else (),
                options={"time_limit": left, "mip_rel_gap": 0.0},
            )
            if found.status != 0:
                return None
            pattern = table.primary.copy()
            pattern[choice[found.x > 0.5]] = True
            cuts = _attack(table, pattern)
            if not cuts:
                break
            for cut in cuts:
                row, needed = _as_row(cut, table, place, choice.size)
                rows.append(row)
                least.append(needed)
        rows.append(_row(np.arange(choice.size), -costs, choice.size))
        least.append(-float(costs[pattern[choice]].sum()))
    return pattern


def _pairs(table: _Table) -> list[_Cut]:
    """State that nothing is hidden alone in a sum: a start that saves many attacks."""
    cuts = []
    for start, stop in pairwise(table.relations.indptr):
        cells = table.relations.indices[start:stop]
        small = cells[table.primary[cells]]
        if table.unpublished[cells].any() or small.size > 1:
            continue
        choice = cells[table.optional[cells]]
        for cell in small if small.size else choice:
            others = choice[choice != cell]
            cuts.append(_Cut(int(cell), others, np.ones(others.size)))
    return cuts


def _as_row(
    cut: _Cut, table: _Table, place: tables.Integers, length: int
) -> tuple[csr_array, float]:
    places, weights = place[cut.places], cut.weights
    if table.primary[cut.cell]:
        return _row(places, weights, length), 1.0
    places = np.append(places, place[cut.cell])
    return _row(places, np.append(weights, -1.0), length), 0.0


def _row(places: tables.Integers, weights: NDArray[Any], length: int) -> csr_array:
    from scipy.sparse import csr_array

    return csr_array((weights, places, [0, places.size]), shape=(1, length))
