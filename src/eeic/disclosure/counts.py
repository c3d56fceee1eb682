"""Single counts: which are hidden, how the others are rounded, and percentages made of them.

Each rule here is one that NHS bodies publish by. They work on counts of people, one by one; a
rate that is unstable because few events stand behind it has its own rule, ``min_events`` in
`eeic.stats`. Totals are worked out from the true counts and then rounded: rounded parts need
not add up, and adding them up would be wrong.

These rules hide single counts. Beside exact totals a hidden count could be had by subtraction:
round the totals by the same rule, or use `eeic.disclosure.protect`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from eeic.stats import Refusal, rates
from eeic.stats import _tables as tables

__all__ = [
    "RULES",
    "SUPPRESSED",
    "Rule",
    "is_small",
    "midpoint_6",
    "percentage",
    "rate",
    "round_to",
    "suppress",
]

#: What stands in place of a suppressed count.
SUPPRESSED = "*"


@dataclass(frozen=True)
class Rule:
    """Which counts are suppressed, and what the others are rounded to.

    Attributes
    ----------
    first, last : int
        Counts from `first` to `last` are suppressed.
    base : int
        The others are rounded to the nearest multiple of this.
    source : str
        Who publishes by this rule.
    """

    first: int
    last: int
    base: int
    source: str

    @property
    def reason(self) -> str:
        """Why a count is suppressed, without saying which it is."""
        return f"Suppressed: a count of {self.first} to {self.last} people is not shown."

    def hides(self, whole: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Say which counts are in the range that is suppressed."""
        return (whole >= self.first) & (whole <= self.last)


#: The rules by name.
RULES: dict[str, Rule] = {
    "hes": Rule(1, 7, 5, "NHS England, Hospital Episode Statistics, since September 2018"),
    "under5": Rule(1, 4, 5, "several NHS mental health and maternity publications"),
    "opensafely": Rule(0, 7, 5, "OpenSAFELY: 7 or fewer redacted, zero too"),
}


def suppress(counts: ArrayLike, rule: str = "hes") -> pd.DataFrame:
    """Suppress small counts and round the others.

    Parameters
    ----------
    counts : scalar, array or Series
        True counts of people, whole numbers.
    rule : {"hes", "under5", "opensafely"}
        ``"hes"`` hides 1 to 7, ``"under5"`` 1 to 4 and ``"opensafely"`` 0 to 7; all round the
        other counts to the nearest 5.

    Returns
    -------
    pandas.DataFrame
        One row for each count: value (whole number, missing where suppressed), shown (the text
        for a table, ``"*"`` where suppressed), suppressed (true or false) and note (the
        reason). The true counts are not among the columns. The index is that of a Series given.

    Raises
    ------
    Refusal
        If a count is missing, negative or not whole, if there is none, or if there is no such
        rule. Missing is neither zero nor suppressed: decide which it is first.

    Notes
    -----
    HES shows 0 and leaves national counts alone: do not pass those. It does no secondary
    suppression, because its totals are rounded too.

    References
    ----------
    NHS England, *Hospital Episode Statistics: disclosure control*; OpenSAFELY documentation,
    *Disclosure control*.

    Examples
    --------
    >>> suppress([0, 3, 7, 8, 23])["shown"].tolist()
    ['0', '*', '*', '10', '25']
    """
    chosen = rule_named(rule)
    whole, index = whole_counts(counts)
    hidden = chosen.hides(whole)
    rounded = _nearest(whole, chosen.base)
    return pd.DataFrame(
        {
            "value": pd.Series(rounded, dtype="Int64").mask(hidden).array,
            "shown": np.where(hidden, SUPPRESSED, rounded.astype(str)),
            "suppressed": hidden,
            "note": np.where(hidden, chosen.reason, ""),
        },
        index=index,
    )


def round_to(counts: ArrayLike, base: int = 5) -> pd.Series:
    """Round counts to the nearest multiple of a number, halves upwards.

    Parameters
    ----------
    counts : scalar, array or Series
        True counts of people, whole numbers.
    base : int
        5 or 10, for example.

    Returns
    -------
    pandas.Series
        Rounded whole numbers, with the index of a Series given.

    Raises
    ------
    Refusal
        If a count is missing, negative or not whole, if there is none, or if the base is not a
        whole number above zero.

    Notes
    -----
    Python's ``round`` takes halves to the even neighbour, so that 25 to the nearest 10 would be
    20; publications take 30.

    Examples
    --------
    >>> round_to([12, 13, 25], 10).tolist()
    [10, 10, 30]
    """
    if isinstance(base, bool) or not isinstance(base, int | np.integer) or base < 1:
        raise Refusal(f"base is {base!r}: give a whole number above zero, such as 5.")
    whole, index = whole_counts(counts)
    return pd.Series(_nearest(whole, int(base)), index=index, name=getattr(counts, "name", None))


def midpoint_6(counts: ArrayLike) -> pd.Series:
    """Round counts to the middle of their band of six.

    Parameters
    ----------
    counts : scalar, array or Series
        True counts of people, whole numbers.

    Returns
    -------
    pandas.Series
        Rounded whole numbers, with the index of a Series given.

    Raises
    ------
    Refusal
        If a count is missing, negative or not whole, or if there is none.

    Notes
    -----
    1 to 6 become 3, 7 to 12 become 9 and so on: 6 ⌈x / 6⌉ - 3. Zero stays 0. No count
    is left out, so that small groups stay in the table.

    References
    ----------
    OpenSAFELY documentation, *Disclosure control*, midpoint 6 rounding.

    Examples
    --------
    >>> midpoint_6([0, 1, 6, 7, 100]).tolist()
    [0, 3, 3, 9, 99]
    """
    whole, index = whole_counts(counts)
    middle = np.where(whole == 0, 0, -(-whole // 6) * 6 - 3)
    return pd.Series(middle, index=index, name=getattr(counts, "name", None))


def is_small(events: ArrayLike, threshold: int = RULES["hes"].last) -> pd.Series:
    """Say which counts are small: above zero and at most the threshold.

    Parameters
    ----------
    events : scalar, array or Series
        True counts of people, whole numbers.
    threshold : int
        The largest count that is small; 7 by the HES rule.

    Returns
    -------
    pandas.Series
        True or false for each count, with the index of a Series given. Zero is not small.

    Raises
    ------
    Refusal
        If a count is missing, negative or not whole, or if there is none.

    Examples
    --------
    >>> is_small([0, 7, 8]).tolist()
    [False, True, False]
    """
    whole, index = whole_counts(events)
    return pd.Series((whole > 0) & (whole <= threshold), index=index)


def percentage(
    events: ArrayLike,
    population: ArrayLike,
    *,
    rule: str = "hes",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Work out percentages from suppressed and rounded counts, so that they undo neither.

    Parameters
    ----------
    events : scalar, array or Series
        True counts of people, whole numbers.
    population : scalar, array or Series
        True counts of the people among whom they were counted; for the shares of a table, its
        true total and not the sum of rounded parts.
    rule : {"hes", "under5", "opensafely"}
        As in `suppress`; it applies to both counts.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        As `eeic.stats.rates.proportion` returns it, per 100. Where a count is suppressed it is
        missing, and so are the value and its limits; the note says why. The true counts are
        not among the columns.

    Raises
    ------
    Refusal
        If a count is missing, negative or not whole, if a population is zero or smaller than
        its events, if there is no row, or if there is no such rule.

    Notes
    -----
    An exact percentage beside a rounded count gives the true count back: 32.5% of 40 can only
    be 13. So value and interval are made from the rounded counts, and shares of one total need
    not add up to 100.

    Examples
    --------
    >>> percentage([13, 27, 4], 44)[["events", "population", "value"]].round(1)
       events  population  value
    0    15.0        45.0   33.3
    1    25.0        45.0   55.6
    2     NaN        45.0    NaN
    """
    return _from_rounded(rates.proportion, events, population, rule, 100, confidence)


def rate(
    events: ArrayLike,
    population: ArrayLike,
    *,
    rule: str = "hes",
    multiplier: float = 100_000,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Work out crude rates from suppressed and rounded counts, so that they undo neither.

    Parameters
    ----------
    events : scalar, array or Series
        True counts of events, whole numbers; one person may have several.
    population, rule, confidence
        As in `percentage`.
    multiplier : float
        The rate is per this many.

    Returns
    -------
    pandas.DataFrame
        As `eeic.stats.rates.crude_rate` returns it, missing as in `percentage`.

    Raises
    ------
    Refusal
        As in `percentage`, except that events may outnumber the population.

    Examples
    --------
    >>> rate([27, 6], [8432, 911])[["events", "value"]].round(1)
       events  value
    0    25.0  296.6
    1     NaN    NaN
    """
    return _from_rounded(rates.crude_rate, events, population, rule, multiplier, confidence)


def _from_rounded(
    work_out: Callable[..., pd.DataFrame],
    events: ArrayLike,
    population: ArrayLike,
    rule: str,
    multiplier: float,
    confidence: float,
) -> pd.DataFrame:
    chosen = rule_named(rule)
    arrays, index, locate = tables.aligned(events=events, population=population)
    x, n = (_require_whole(values, name, locate) for name, values in arrays.items())
    tables.require_population(n.astype(float), "population", locate)
    over = np.flatnonzero(x > n)
    if work_out is rates.proportion and over.size:  # worded here: the count itself is not said
        raise Refusal(f"Column 'events', {locate(int(over[0]))}: more events than population.")
    hidden = chosen.hides(x) | chosen.hides(n)
    rounded = {"events": _nearest(x, chosen.base), "population": _nearest(n, chosen.base)}
    # A hidden row is worked out from nothing: its own counts must not reach the result. Rounding
    # could leave no population only where the rule hides it.
    found = work_out(
        pd.Series(np.where(hidden, np.nan, rounded["events"]), index=index),
        pd.Series(np.where(hidden, 1, rounded["population"]), index=index),
        multiplier=multiplier,
        confidence=confidence,
    )
    visible = ~chosen.hides(n)
    found["population"] = np.where(visible, rounded["population"].astype(float), np.nan)
    visible = ~chosen.hides(x)
    found["events"] = np.where(visible, rounded["events"].astype(float), np.nan)
    found["note"] = np.where(hidden, chosen.reason, "Worked out from rounded counts.")
    return found


def rule_named(rule: str | Rule) -> Rule:
    """Return a rule, given itself or by its name."""
    if isinstance(rule, Rule):
        return rule
    tables.check_choice("rule", rule, tuple(RULES))
    return RULES[rule]


def whole_counts(counts: Any, name: str = "counts") -> tuple[NDArray[np.int64], pd.Index]:
    """Return counts as whole numbers, or refuse what is none."""
    arrays, index, locate = tables.aligned(**{name: counts})
    return _require_whole(arrays[name], name, locate), index


def _require_whole(values: tables.Floats, name: str, locate: tables.Locate) -> NDArray[np.int64]:
    tables.require_present(values, name, locate)
    tables.require_counts(values, name, locate)
    tables.require(values == np.floor(values), name, values, locate, "is not a whole number")
    return values.astype(np.int64)


def _nearest(whole: NDArray[np.int64], base: int) -> NDArray[np.int64]:
    """Round to the nearest multiple, halves upwards, without leaving whole numbers."""
    return (2 * whole + base) // (2 * base) * base
