"""The other side: what anyone can work out about hidden counts from the tables published.

Whoever reads a table knows that its totals are the sums of their parts, that counts are whole
and that none is below zero. Each hidden count can then only lie in some interval, which two
linear programmes find. Where both ends meet, the count was hidden in vain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eeic.disclosure.counts import SUPPRESSED, Rule, rule_named
from eeic.disclosure.linked import Hierarchy, link
from eeic.stats import Refusal
from eeic.stats import _tables as tables

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: How far a solver's number may be from the whole number it stands for.
NEARLY = 1e-6
#: Seconds for one integer programme; afterwards its bound is used, which is never too narrow.
PATIENCE = 10

_RECOVERABLE = "Recoverable: only one count fits what is published."
_NO_TOTAL = "Nothing published limits it from above."


class Contradiction(ValueError):
    """No counts fit what is published."""


@dataclass(frozen=True)
class Part:
    """Unknown cells that hang together, and what is known of them.

    Attributes
    ----------
    cells, sums : ndarray of int
        Which cells and which sums of the whole.
    matrix : scipy.sparse.csr_array
        The sums, over these cells.
    right : ndarray
        What each sum must give, the known cells having been brought over.
    lower, upper : ndarray
        Between which numbers each cell lies.
    """

    cells: tables.Integers
    sums: tables.Integers
    matrix: csr_array
    right: tables.Floats
    lower: tables.Floats
    upper: tables.Floats

    def within(self, distance: tables.Floats) -> Part:
        """Return the same with every cell at most so far from zero."""
        lower, upper = np.maximum(self.lower, -distance), np.minimum(self.upper, distance)
        return replace(self, lower=lower, upper=upper)

    def least(self, costs: tables.Floats, *, whole: bool = False) -> Any:
        """Minimise costs over what is possible, in whole numbers if asked."""
        from scipy.optimize import Bounds, LinearConstraint, linprog, milp

        if whole:
            return milp(
                costs,
                integrality=np.ones(self.cells.size),
                bounds=Bounds(self.lower, self.upper),
                constraints=LinearConstraint(self.matrix, self.right, self.right),
                options={"time_limit": PATIENCE},
            )
        # Simplex, because it ends in a corner: there the cells are whole in most tables.
        return linprog(
            costs,
            A_eq=self.matrix,
            b_eq=self.right,
            bounds=np.column_stack([self.lower, self.upper]),
            method="highs-ds",
        )

    def end(self, place: int, sign: int) -> float:
        """Return the least (sign 1) or the greatest (sign -1) whole number of one cell."""
        costs = np.zeros(self.cells.size)
        costs[place] = sign
        found = self.least(costs)
        if found.status in (3, 4):  # without bound; that something fits is known by now
            return -sign * np.inf
        if found.status != 0:
            raise Refusal(f"The linear programme came to no end: {found.message}")
        best = found.fun
        if not are_whole(found.x):
            # A corner with fractions may lie beyond what whole numbers reach.
            exact = self.least(costs, whole=True)
            if exact.mip_dual_bound is not None:
                best = max(best, exact.mip_dual_bound)
        return sign * float(np.ceil(best - NEARLY))


def are_whole(values: tables.Floats) -> bool:
    """Say whether all numbers are whole, but for the solver's last digits."""
    return bool(np.all(np.abs(values - np.round(values)) < NEARLY))


def parts_of(relations: csr_array, lower: tables.Floats, upper: tables.Floats) -> list[Part]:
    """Split the cells that are not known into those that hang together."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    free = np.flatnonzero(upper > lower)
    right = -(relations @ np.where(upper > lower, 0.0, lower))
    open_ = csr_array(relations[:, free])
    touched = np.diff(open_.indptr) > 0
    if np.any(np.abs(right[~touched]) > NEARLY):
        raise Contradiction
    if not free.size:
        return []
    _, name = connected_components(open_.T @ open_, directed=False)
    order = np.argsort(name, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(name[order])) + 1)
    of_sum = np.full(relations.shape[0], -1)
    of_sum[touched] = name[open_.indices[open_.indptr[:-1][touched]]]
    by_sum = np.argsort(of_sum, kind="stable")
    starts = np.searchsorted(of_sum[by_sum], np.arange(len(groups) + 1))
    parts = []
    for k, group in enumerate(groups):
        sums = by_sum[starts[k] : starts[k + 1]]
        cells = free[group]
        matrix = csr_array(open_[sums][:, group])
        parts.append(Part(cells, sums, matrix, right[sums], lower[cells], upper[cells]))
    return parts


def audit(
    published: pd.DataFrame | Sequence[pd.DataFrame],
    *,
    hierarchy: Hierarchy | Sequence[Hierarchy],
    value: str = "value",
    base: int | str = 1,
    smallest: int | str = 0,
    largest: int | str | None = None,
) -> pd.DataFrame:
    """Work out what anyone can know about each count that published tables hide.

    Parameters
    ----------
    published : pandas.DataFrame or sequence of them
        Tables as published, in long form: one row for each cell and each total, and a missing
        value where a count is suppressed. Several tables or releases are taken to be about the
        same counts; they may have other groups, areas or totals.
    hierarchy : mapping or sequence of mapping
        As in `add_totals`: one for all tables, or one for each. Give a total over fewer groups
        its own parts, and it is compared with the total over all: that is how a small group
        comes to light by differencing.
    value : str
        The column of published counts.
    base : int or str
        What the counts shown were rounded to, to the nearest and halves upwards; 1 where they
        are exact. Or a column, for a table in which it differs.
    smallest, largest : int or str
        Between which numbers the reader knows a suppressed count to lie, or columns that say
        so. By default only that it is not below zero. For a table by the HES rule without
        secondary suppression everybody knows 1 and 7.

    Returns
    -------
    pandas.DataFrame
        One row for each count that is suppressed or rounded: the dimensions (and `table`, from
        1, where there are several), shown, then lower and upper (whole numbers, missing where
        there is no limit), recoverable (true or false) and note. Only what was published goes
        into it.

    Raises
    ------
    Refusal
        If no counts fit the tables, because a total is not the sum of its parts or because the
        releases are of different counts (see `audit_update`); if a label of the hierarchy has
        no row; if a count shown is negative or not whole; or as in `add_totals`.

    Notes
    -----
    For each hidden y the least and the greatest are found such that My = 0 holds with all
    counts in their limits, where M has a row for each total: 1 there and -1 at its parts. The
    ends are those of whole numbers: where the linear programme ends in fractions, an integer
    programme decides, or after 10 seconds its bound, rounded inwards.

    A cell without a row counts as one not published; to have it reported, give it a row with a
    missing value. Each table that the rows span is used with all its cells. Of three tables that
    share three dimensions two by two, it is used that a table of all three exists only if that
    table has a row.

    References
    ----------
    Fischetti M, Salazar JJ (2001), Management Science 47:1008-1027, for the attacker's
    programme.

    Examples
    --------
    >>> table = pd.DataFrame({"group": ["Roma", "Indian", "Everyone"], "value": [None, 40, 43]})
    >>> audit(table, hierarchy={"group": "Everyone"})[["lower", "upper", "recoverable"]]
       lower  upper  recoverable
    0      3      3         True
    """
    frames = [published] if isinstance(published, pd.DataFrame) else list(published)
    trees = _one_for_each(hierarchy, len(frames))
    names = list(trees[0])
    cells = link(frames, trees)
    _require_a_row_for_every_label(frames, trees)
    limits = [_limits(frame, value, base, smallest, largest, names) for frame in frames]
    low, high = np.zeros(cells.total.size), np.full(cells.total.size, np.inf)
    asked = np.zeros(cells.total.size, dtype=bool)
    for known, rows in zip(limits, cells.rows, strict=True):
        np.maximum.at(low, rows, known["lower"])
        np.minimum.at(high, rows, known["upper"])
        asked[rows[known["hidden"]]] = True
    low, high = _ends(cells.relations, low, high, asked)
    results = []
    for k, (frame, known, rows) in enumerate(zip(frames, limits, cells.rows, strict=True)):
        lower, upper = low[rows], high[rows]
        notes = tables.blank_notes(len(rows))
        tables.add_note(notes, lower == upper, _RECOVERABLE)
        tables.add_note(notes, np.isinf(upper), _NO_TOTAL)
        made = frame[names].reset_index(drop=True)
        if len(frames) > 1:
            made["table"] = k + 1
        made["shown"] = known["shown"]
        made["lower"], made["upper"] = _whole_or_missing(lower), _whole_or_missing(upper)
        made["recoverable"], made["note"] = lower == upper, notes
        results.append(made[known["hidden"]])
    return pd.concat(results, ignore_index=True)


def audit_update(
    before: pd.DataFrame,
    after: pd.DataFrame,
    *,
    hierarchy: Hierarchy,
    value: str = "value",
    rule: str | Rule = "hes",
) -> pd.DataFrame:
    """Work out what two releases of a table that grows say about who was added in between.

    Parameters
    ----------
    before, after : pandas.DataFrame
        The earlier and the later release, as published, in long form and with the same cells;
        missing where suppressed.
    hierarchy, value
        As in `audit`.
    rule : {"hes", "under5", "opensafely"} or Rule
        Which counts are small.

    Returns
    -------
    pandas.DataFrame
        One row for each cell: the dimensions, then lower and upper limit of the people added,
        recoverable (true or false), note and small (the limits show a small number).

    Raises
    ------
    Refusal
        If no counts fit, for example because a count became smaller; or as in `audit`.

    Notes
    -----
    It is assumed that nobody leaves the table: after = before + added, and nothing is below
    zero. A register that people also leave needs a look at every difference instead.

    Examples
    --------
    >>> march = pd.DataFrame({"area": ["North", "South"], "value": [40, 61]})
    >>> april = march.assign(value=[43, 90])
    >>> audit_update(march, april, hierarchy={"area": None})[["area", "lower", "upper", "small"]]
        area  lower  upper  small
    0  North      3      3   True
    1  South     29     29  False
    """
    chosen = rule_named(rule)
    release = "release of the table"
    releases = []
    for frame, name in ((before, "before"), (after, "after")):
        tables.column(tables.require_table(frame), value, "value")
        releases.append(frame[[*hierarchy, value]].copy())
        releases[-1][release] = name
    added = releases[1].copy()
    added[release], added[value] = "added", np.nan
    found = audit(
        pd.concat([*releases, added], ignore_index=True),
        hierarchy={**hierarchy, release: {"after": ["before", "added"]}},
        value=value,
    )
    found = found[found[release] == "added"].reset_index(drop=True)
    first = max(chosen.first, 1)
    small = (found["lower"] >= first) & (found["upper"] <= chosen.last).fillna(False)
    said = f"The number added is shown to be {first} to {chosen.last} people."
    unlimited = np.where(found["upper"].isna(), _NO_TOTAL, "")
    found["note"] = np.where(small, said, unlimited)
    return found.drop(columns=[release, "shown"]).assign(small=small.astype(bool))


def _one_for_each(hierarchy: Hierarchy | Sequence[Hierarchy], length: int) -> list[Hierarchy]:
    trees = [hierarchy] * length if isinstance(hierarchy, Mapping) else list(hierarchy)
    if not length or len(trees) != length:
        raise Refusal("Give one hierarchy for all tables, or one for each of at least one table.")
    return trees


def _limits(
    frame: pd.DataFrame,
    value: str,
    base: int | str,
    smallest: int | str,
    largest: int | str | None,
    names: list[str],
) -> dict[str, Any]:
    """Say for each row what it shows, and between which numbers its count is known to lie."""
    locate = tables.locate_by_columns(frame, names)
    shown = tables.numbers(tables.column(frame, value, "value"), value, locate)
    tables.require_counts(shown, value, locate)
    whole = np.isnan(shown) | (shown == np.floor(shown))
    tables.require(whole, value, shown, locate, "is not a whole number")
    step = _number_or_column(frame, base, "base", locate)
    tables.require(step >= 1, "base", step, locate, "is no base to round to")
    least = _number_or_column(frame, smallest, "smallest", locate)
    most = _number_or_column(frame, np.inf if largest is None else largest, "largest", locate)
    hidden = np.isnan(shown)
    tables.require(~hidden | (least <= most), "smallest", least, locate, "is above the largest")
    # Halves go up: v stands for v - base/2 and what is above it, up to below v + base/2.
    lower = np.where(hidden, least, np.ceil(shown - step / 2))
    upper = np.where(hidden, most, np.ceil(shown + step / 2) - 1)
    return {
        "shown": np.where(hidden, SUPPRESSED, [f"{number:.0f}" for number in shown]),
        "hidden": hidden | (step > 1),
        "lower": np.maximum(lower, 0),
        "upper": upper,
    }


def _number_or_column(
    frame: pd.DataFrame, given: Any, name: str, locate: tables.Locate
) -> tables.Floats:
    if isinstance(given, str):
        values = tables.column(frame, given, name)
        found = tables.numbers(values, given, locate)
        if name == "largest":
            return np.where(np.isnan(found), np.inf, found)
        tables.require_present(found, given, locate)
        return found
    if isinstance(given, bool) or not isinstance(given, int | float | np.number) or given != given:
        raise Refusal(f"{name} is {given!r}: give a whole number, or the name of a column.")
    if np.isfinite(given) and given != np.floor(given):
        raise Refusal(f"{name} is {given!r}: give a whole number, or the name of a column.")
    return np.full(len(frame), float(given))


def _require_a_row_for_every_label(
    frames: Sequence[pd.DataFrame], trees: Sequence[Hierarchy]
) -> None:
    for name in trees[0]:
        written = set().union(*(set(frame[name]) for frame in frames))
        for tree in trees:
            parts = tree[name]
            if isinstance(parts, Mapping):
                finest = {label for labels in parts.values() for label in labels} - set(parts)
                for label in sorted(finest - written, key=str):
                    raise Refusal(
                        f"The hierarchy of {name!r} has {label!r} and no row has: add its rows, "
                        "with a missing value where nothing was published."
                    )


def _ends(
    relations: csr_array, low: tables.Floats, high: tables.Floats, asked: tables.Bools
) -> tuple[tables.Floats, tables.Floats]:
    """Return the least and the greatest count of every cell asked for."""
    ends_low, ends_high = low.copy(), high.copy()
    try:
        if np.any(low > high):
            raise Contradiction
        for part in parts_of(relations, low, high):
            if part.least(np.zeros(part.cells.size)).status == 2:
                raise Contradiction
            for place in np.flatnonzero(asked[part.cells]).tolist():
                cell = part.cells[place]
                ends_low[cell], ends_high[cell] = part.end(place, 1), part.end(place, -1)
    except Contradiction:
        raise Refusal(
            "No counts fit what is published: a total is not the sum of its parts, the counts "
            "were rounded to another base, or the releases are of different counts."
        ) from None
    return ends_low, ends_high


def _whole_or_missing(ends: tables.Floats) -> pd.Series:
    return pd.Series(np.where(np.isinf(ends), np.nan, ends)).astype("Int64")
