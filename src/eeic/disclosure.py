"""Small numbers: what may be shown about few people, and how counts are rounded.

A count of very few people can point at one of them. Each rule here is one that NHS bodies
publish by. They work on counts of people, one by one; a rate made from a small count has its
own rule, ``min_events`` in `eeic.stats`. Totals are worked out from the true counts and then
rounded: rounded parts need not add up, and adding them up would be wrong.

These rules hide single counts. They do not yet stop anyone from working a hidden count out
from exact totals: publish totals rounded by the same rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from eeic.stats import Refusal
from eeic.stats import _tables as tables

__all__ = ["RULES", "SUPPRESSED", "Rule", "is_small", "midpoint_6", "round_to", "suppress"]

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
    tables.check_choice("rule", rule, tuple(RULES))
    chosen = RULES[rule]
    whole, index = _whole(counts)
    hidden = (whole >= chosen.first) & (whole <= chosen.last)
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
    whole, index = _whole(counts)
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
    whole, index = _whole(counts)
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
    whole, index = _whole(events)
    return pd.Series((whole > 0) & (whole <= threshold), index=index)


def _whole(counts: Any) -> tuple[NDArray[np.int64], pd.Index]:
    """Return counts as whole numbers, or refuse what is none."""
    arrays, index, locate = tables.aligned(counts=counts)
    values = arrays["counts"]
    tables.require_present(values, "counts", locate)
    tables.require_counts(values, "counts", locate)
    tables.require(values == np.floor(values), "counts", values, locate, "is not a whole number")
    return values.astype(np.int64), index


def _nearest(whole: NDArray[np.int64], base: int) -> NDArray[np.int64]:
    """Round to the nearest multiple, halves upwards, without leaving whole numbers."""
    return (2 * whole + base) // (2 * base) * base
