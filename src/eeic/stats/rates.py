"""Proportions, counts and crude rates, with the intervals that UKHSA publishes.

Each function takes single numbers, arrays or pandas Series and works on all rows at once. The
result keeps the index of the Series, so that ``table.set_index("ethnic_group")`` carries the
groups through. Nothing is rounded. A missing count gives a missing value and says so; it is
never taken as zero.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from eeic.stats import _intervals as intervals
from eeic.stats import _tables as tables

__all__ = ["count", "crude_rate", "proportion"]

_MISSING = "No value: the number of events is missing."


def proportion(
    events: ArrayLike,
    population: ArrayLike,
    *,
    multiplier: float = 1,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Work out proportions with Wilson's score interval.

    Parameters
    ----------
    events : scalar, array or Series
        People counted. Survey weights are not people: their interval would be wrong.
    population : scalar, array or Series
        People who could have been counted; positive.
    multiplier : float
        1 for a proportion, 100 for a percentage.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        One row for each pair: events, population, multiplier, then value, lower, upper,
        confidence, statistic, method and note.

    Raises
    ------
    Refusal
        If events exceed the population or are negative, if a population is missing or zero, if
        a value is not a number, or if there is no row.

    Notes
    -----
    With p = x / n, q = 1 - p and z the normal quantile, the limits are
    (2x + z² ± z √(z² + 4xq)) / (2(n + z²)). Where nobody or everybody is counted the limit on
    that side is exactly 0 or 1.

    References
    ----------
    Wilson EB (1927), J Am Stat Assoc 22:209-212; the method of UKHSA's Fingertips and of
    PHEindicatormethods.

    Examples
    --------
    >>> proportion(33, 100, multiplier=100)[["value", "lower", "upper"]].round(1)
       value  lower  upper
    0   33.0   24.6   42.7
    """
    confidence = tables.check_confidence(confidence)
    multiplier = tables.check_multiplier(multiplier)
    arrays, index, locate = tables.aligned(events=events, population=population)
    x, n = arrays["events"], arrays["population"]
    tables.require_counts(x, "events", locate)
    tables.require_population(n, "population", locate)
    tables.require(~(x > n), "events", x, locate, "is more than the population")
    lower, upper = intervals.wilson(x, n, confidence)
    notes = tables.blank_notes(len(x))
    tables.add_note(notes, np.isnan(x), _MISSING)
    return tables.result(
        {**arrays, "multiplier": multiplier},
        value=multiplier * x / n,
        lower=multiplier * lower,
        upper=multiplier * upper,
        confidence=confidence,
        statistic="percentage" if multiplier == 100 else "proportion" + tables.per(multiplier),
        method="Wilson",
        note=notes,
        index=index,
    )


def count(events: ArrayLike, *, confidence: float = 0.95) -> pd.DataFrame:
    """Give counts of events the interval of a Poisson count.

    Parameters
    ----------
    events : scalar, array or Series
        Number of events.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        One row for each count: events, then value, lower, upper, confidence, statistic, method
        (``"Exact"`` or ``"Byar"``) and note.

    Raises
    ------
    Refusal
        If a count is negative or not a number, or if there is no row.

    Notes
    -----
    Below 10 events the limits are exact: χ²(α/2, 2x) / 2 and χ²(1 - α/2, 2x + 2) / 2. From 10
    on they are Byar's: x (1 - 1/(9x) - z/(3√x))³ and, with y = x + 1,
    y (1 - 1/(9y) + z/(3√y))³. No event has the limits 0 and, at 95%, 3.69.

    References
    ----------
    UKHSA, Fingertips technical guidance, *Confidence intervals* (2018); Breslow NE, Day NE
    (1987), *Statistical methods in cancer research* II, IARC, for Byar's approximation. What
    the R package epitools calls Byar is another formula.

    Examples
    --------
    >>> count([0, 9, 10])[["value", "lower", "upper", "method"]].round(2)
       value  lower  upper method
    0    0.0   0.00   3.69  Exact
    1    9.0   4.12  17.08  Exact
    2   10.0   4.79  18.39   Byar
    """
    confidence = tables.check_confidence(confidence)
    arrays, index, locate = tables.aligned(events=events)
    x = arrays["events"]
    tables.require_counts(x, "events", locate)
    lower, upper, method = intervals.ukhsa_count(x, confidence)
    notes = tables.blank_notes(len(x))
    tables.add_note(notes, np.isnan(x), _MISSING)
    return tables.result(
        arrays,
        value=x,
        lower=lower,
        upper=upper,
        confidence=confidence,
        statistic="count",
        method=method,
        note=notes,
        index=index,
    )


def crude_rate(
    events: ArrayLike,
    population: ArrayLike,
    *,
    multiplier: float = 100_000,
    confidence: float = 0.95,
    min_events: float = 0,
) -> pd.DataFrame:
    """Work out crude rates with the interval of the count of events.

    Parameters
    ----------
    events : scalar, array or Series
        Number of events; one person may have several.
    population : scalar, array or Series
        People, or person-years where events of several years are counted; positive.
    multiplier : float
        The rate is per this many.
    confidence : float
        Between 0 and 1.
    min_events : float
        A rate from fewer events is not shown: its value is missing and the note says why.

    Returns
    -------
    pandas.DataFrame
        One row for each pair: events, population, multiplier, then value, lower, upper,
        confidence, statistic, method (``"Exact"`` or ``"Byar"``) and note.

    Raises
    ------
    Refusal
        If events are negative, if a population is missing or zero, if a value is not a number,
        or if there is no row.

    Notes
    -----
    The rate is multiplier × x / n, and its limits are those of the count x (see `count`)
    times multiplier / n. The population is taken as known without error.

    References
    ----------
    UKHSA, Fingertips technical guidance, *Rates*; PHEindicatormethods, ``phe_rate``.

    Examples
    --------
    >>> crude_rate(27, 8432)[["value", "lower", "upper", "method"]].round(1)
       value  lower  upper method
    0  320.2  211.0  465.9   Byar
    """
    confidence = tables.check_confidence(confidence)
    multiplier = tables.check_multiplier(multiplier)
    arrays, index, locate = tables.aligned(events=events, population=population)
    x, n = arrays["events"], arrays["population"]
    tables.require_counts(x, "events", locate)
    tables.require_population(n, "population", locate)
    lower, upper, method = intervals.ukhsa_count(x, confidence)
    scale = multiplier / n
    notes = tables.blank_notes(len(x))
    tables.add_note(notes, np.isnan(x), _MISSING)
    value, lower, upper = tables.withhold(
        x < min_events, tables.too_few(min_events), notes, x * scale, lower * scale, upper * scale
    )
    return tables.result(
        {**arrays, "multiplier": multiplier},
        value=value,
        lower=lower,
        upper=upper,
        confidence=confidence,
        statistic="crude rate" + tables.per(multiplier),
        method=method,
        note=notes,
        index=index,
    )
