"""How far two markers agree on the same answers, and what to do about it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from eeic.disclosure.counts import RULES
from eeic.grading.marking_sheet import POINTS, TOP
from eeic.stats import Refusal
from eeic.stats.recording import kappa

#: Fewest pairs that anything is worked out from.
FEWEST = RULES["under5"].last + 1
#: How far apart two marks are talked through.
_APART = 2

#: What the advice rests on, decided before any mark is seen. Weighted kappa from which on marks
#: stand, and from which on the markers read the anchors again first; the share within one level
#: for either; and a mean difference that shows two standards.
_CLOSE, _FAIR = 0.7, 0.4
_WITHIN_CLOSE, _WITHIN_FAIR = 0.95, 0.85
_MILDER = 0.5


@dataclass(frozen=True)
class Answer:
    """One written answer with the mark a first marker gave.

    Parameters
    ----------
    learner, item : str
        Whose, and which graded cell.
    text : str
        What was written.
    points : float
        The first mark.
    comment : str
        The first marker's comment.
    levels : dict
        The levels that the comment names, by criterion.
    """

    learner: str
    item: str
    text: str
    points: float
    comment: str = ""
    levels: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Agreement:
    """How far two markers agree.

    Parameters
    ----------
    table : pandas.DataFrame
        A row for each criterion and one for the points: n, exact and within_one (shares),
        difference (second less first, mean), kappa with lower and upper (quadratic weights), and
        note. Empty under five pairs.
    apart : pandas.DataFrame
        Pairs that differ by 2 or more: code, what, first, second.
    odd : list of str
        Where levels and points disagree, row by row.
    advice : str
        What to do next.
    pairs : int
        How many answers have both marks.
    """

    table: pd.DataFrame
    apart: pd.DataFrame
    odd: list[str]
    advice: str
    pairs: int

    def __str__(self) -> str:
        parts = [f"{self.pairs} answers have two marks."]
        if len(self.table):
            parts.append(self.table.round(2).to_string(index=False))
        if len(self.apart):
            parts.append(f"These differ by {_APART} or more:\n{self.apart.to_string(index=False)}")
        return "\n".join([*parts, *self.odd, self.advice])


def compare(
    first: Mapping[str, Answer],
    second: Mapping[str, Mapping[str, Any]],
    criteria: Sequence[str],
    most: Mapping[str, float],
) -> Agreement:
    """Compare two people's marks of the same answers.

    Parameters
    ----------
    first : mapping of str to Answer
        The first marks, by code.
    second : mapping
        By code: "levels" (by criterion), "points" and, if the marker gave it, "said" (the sum as
        written).
    criteria : sequence of str
        The rubric's criteria; none if only points are given.
    most : mapping
        What each item can earn.

    Returns
    -------
    Agreement

    Notes
    -----
    Kappa has quadratic weights: being two levels apart counts four times as much as being one
    apart. The sample has more answers near the pass line than the class, which makes kappa lower
    than it would be for all; exact agreement and the mean difference say the rest.
    """
    codes = [code for code in first if code in second]
    odd = [line for code in codes for line in _odd(code, first[code], second[code], criteria)]
    pairs: dict[str, list[tuple[str, float, float]]] = {name: [] for name in [*criteria, POINTS]}
    for code in codes:
        pairs[POINTS].append((code, first[code].points, float(second[code]["points"])))
        for name in criteria:
            if name in first[code].levels:
                given = second[code]["levels"][name]
                pairs[name].append((code, first[code].levels[name], given))
    apart = pd.DataFrame(
        [
            {"code": code, "what": name, "first": one, "second": two}
            for name, group in pairs.items()
            for code, one, two in group
            if abs(one - two) >= _APART
        ],
        columns=["code", "what", "first", "second"],
    ).sort_values(["code", "what"], ignore_index=True)
    tops = {name: float(TOP) for name in criteria}
    tops[POINTS] = max((most[first[code].item] for code in codes), default=0.0)
    rows = [
        _agreement(name, [(one, two) for _, one, two in group], tops[name])
        for name, group in pairs.items()
        if len(group) >= FEWEST
    ]
    columns = ["what", "n", "exact", "within_one", "difference", "kappa", "lower", "upper", "note"]
    table = pd.DataFrame(rows, columns=columns)
    return Agreement(table, apart, odd, advice(table, len(codes)), len(codes))


def _agreement(name: str, pairs: Sequence[tuple[float, float]], top: float) -> dict[str, Any]:
    """Return one line of the comparison."""
    one, two = (pd.Series([pair[at] for pair in pairs], dtype=float) for at in (0, 1))
    apart = (one - two).abs()
    step = 1.0 if ((one % 1) == 0).all() and ((two % 1) == 0).all() else 0.5
    # Extra points can take a mark above what is to be earned.
    size = math.ceil(max(top, one.max(), two.max()) / step) + 1
    matrix = np.zeros((size, size))
    for a, b in pairs:  # a mark between two steps counts as the nearer one
        matrix[round(a / step), round(b / step)] += 1
    value = lower = upper = math.nan
    try:
        found = kappa(matrix, weights="quadratic").iloc[0]
        value, lower, upper = (float(found[key]) for key in ("value", "lower", "upper"))
        lower, upper = max(lower, -1.0), min(upper, 1.0)  # kappa itself goes no further
        note = ""
        if lower == upper:
            note = "The limits have no width because no pair differs: that is not certainty."
    except Refusal:
        note = "Both markers gave everybody the same, so there is no kappa."
    return {
        "what": name,
        "n": len(pairs),
        "exact": float((apart == 0).mean()),
        "within_one": float((apart <= 1).mean()),
        "difference": float((two - one).mean()),
        "kappa": value,
        "lower": lower,
        "upper": upper,
        "note": note,
    }


def _odd(code: str, first: Answer, second: Mapping[str, Any], criteria: Sequence[str]) -> list[str]:
    """Say where levels and points of one answer don't go together."""
    if not criteria:
        return []
    found = []
    missing = [name for name in criteria if name not in first.levels]
    if missing:
        found.append(f"{code}: the first marker's comment names no level for {', '.join(missing)}.")
    elif (added := sum(first.levels[name] for name in criteria)) != first.points:
        found.append(
            f"{code}: the first marker's levels add up to {added}, and the points are "
            f"{first.points:g}."
        )
    if "said" in second and second["said"] != second["points"]:
        found.append(
            f"{code}: the second marker's levels add up to {second['points']:g}, and the points "
            f"written are {second['said']:g}."
        )
    return found


def advice(table: pd.DataFrame, pairs: int) -> str:
    """Say what to do next, by thresholds that were set before any mark was seen.

    Parameters
    ----------
    table : pandas.DataFrame
        As in `Agreement`.
    pairs : int
        How many answers have both marks.

    Returns
    -------
    str
        One or two sentences.

    Examples
    --------
    >>> advice(pd.DataFrame(), 3)
    'Fewer than five answers have two marks, so nothing is worked out: talk them all through.'
    """
    if pairs < FEWEST or table.empty:
        return (
            "Fewer than five answers have two marks, so nothing is worked out: "
            "talk them all through."
        )
    levels = table[table["what"] != POINTS]
    levels = levels if len(levels) else table
    # Without a kappa, agreement alone decides.
    worst = levels["kappa"].fillna(1.0).min()
    within = levels["within_one"].min()
    if worst >= _CLOSE and within >= _WITHIN_CLOSE:
        said = "The markers agree closely: settle the pairs that differ, and the marks can stand."
    elif worst >= _FAIR and within >= _WITHIN_FAIR:
        said = (
            "The markers agree in part: read the anchors together, settle the pairs that differ, "
            "and look again at every answer near the pass line."
        )
    else:
        said = (
            "The markers read the rubric differently: read the anchors together, agree on what "
            "each level needs, and mark the answers again before marks go out."
        )
    shifted = levels[levels["difference"].abs() >= _MILDER]
    for _, row in shifted.iterrows():
        how = "higher" if row["difference"] > 0 else "lower"
        said += f" On {row['what']} the second marker is {how} on the whole: agree on a standard."
    return said
