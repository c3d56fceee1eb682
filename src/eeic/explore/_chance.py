"""Whether a difference is clear of chance: what every sentence asks before it claims one."""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from eeic.explore.later import later

if TYPE_CHECKING:
    from eeic.stats import gaps
else:
    gaps = later("eeic.stats.gaps")

_NORMAL = NormalDist()

#: What is said of a difference that is not clear of chance.
CHANCE_ALONE = "a difference that chance alone could make"


def clear(gap: Any, none: float = 0, among: int = 1) -> bool:
    """Tell whether a gap is clear of chance.

    Parameters
    ----------
    gap : mapping or Series
        lower and upper, the ends of its 95% interval.
    none : {0, 1}
        What stands for no gap: 0 for a difference, 1 for a ratio.
    among : int
        How many gaps it was picked from because it is large. The largest of many is wide of the
        mark by chance more often than one in twenty, so its interval is drawn wider: Bonferroni.

    Returns
    -------
    bool
        False where an end of the interval is missing.

    Examples
    --------
    >>> clear({"lower": 1.1, "upper": 4.0}, none=1), clear({"lower": 1.1, "upper": 4.0}, 1, 15)
    (True, False)
    """
    low, high = float(gap["lower"]), float(gap["upper"])
    if none == 1:
        if not (low > 0 and math.isfinite(high)):
            return False
        low, high = math.log(low), math.log(high)
    middle, reach = (low + high) / 2, (high - low) / 2
    wider = _NORMAL.inv_cdf(1 - 0.025 / among) / _NORMAL.inv_cdf(0.975)
    return abs(middle) > reach * wider  # false where anything is missing


def differ(mine: Iterable[float], other: Iterable[float], among: int = 1) -> bool:
    """Tell whether two shares differ by more than chance.

    Parameters
    ----------
    mine, other : two numbers each
        People counted, and out of how many.
    among : int
        As in `clear`.

    Returns
    -------
    bool
        False where either is out of nobody.

    Examples
    --------
    >>> differ((36, 89), (400, 766)), differ((36, 89), (400, 766), among=15)
    (True, False)
    """
    (part, whole), (rest, of) = mine, other
    if not (whole and of):
        return False
    found: Any = gaps.risk_difference(int(part), int(whole), int(rest), int(of)).iloc[0]
    return clear(found, among=among)
