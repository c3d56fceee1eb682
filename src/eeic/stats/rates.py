"""Proportions, counts, crude rates and means, with the intervals that UKHSA publishes.

Functions of counts and of summaries take single numbers, arrays or pandas Series and work on
all rows at once. Their result keeps the index of the Series, so that
``table.set_index("ethnic_group")`` carries the groups through. Functions that add up rows take
a table and the columns that name the groups. Nothing is rounded. A missing count gives a
missing value and says so; it is never taken as zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from eeic.stats import _intervals as intervals
from eeic.stats import _tables as tables
from eeic.stats._tables import Floats, Integers, Locate, Refusal

__all__ = [
    "count",
    "crude_rate",
    "mean",
    "mean_from_summary",
    "person_years",
    "person_years_from_dates",
    "proportion",
]

#: Days of an average year, leap years counted.
DAYS_IN_YEAR = 365.25

_MISSING = "No value: the number of events is missing."
_KNOWN = "No interval: person-years are taken as known."


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


def mean(
    data: pd.DataFrame,
    *,
    values: str = "value",
    by: str | Sequence[str] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Work out means with Student's t interval, one for each group.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each measurement.
    values : str
        Column of the measurements.
    by : str or list of str, optional
        The column, or columns, that name the group. Without it the table is one group.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        One row for each group in order of first appearance: the columns of `by`, n, sd (the
        sample's standard deviation), then value, lower, upper, confidence, statistic, method
        and note.

    Raises
    ------
    Refusal
        If a measurement is missing, infinite or not a number, if a group's name is missing, or
        if there is no row. Who leaves missing measurements out should do so in sight, and say
        how many there were.

    Notes
    -----
    With mean m and standard deviation s of n measurements the limits are m ± t s / √n, where t
    is the quantile of Student's t distribution with n - 1 degrees of freedom. One measurement
    has a mean and no interval. The interval treats the measurements as a random sample; it
    knows nothing of people who were not measured.

    References
    ----------
    Student (1908), Biometrika 6:1-25; UKHSA, Fingertips technical guidance, *Confidence
    intervals*; PHEindicatormethods, ``phe_mean``.

    Examples
    --------
    >>> waits = pd.DataFrame({"site": ["A", "A", "A", "B", "B"], "value": [3, 8, 7, 20, 30]})
    >>> mean(waits, by="site")[["site", "n", "value", "lower", "upper"]].round(1)
      site    n  value  lower  upper
    0    A  3.0    6.0   -0.6   12.6
    1    B  2.0   25.0  -38.5   88.5
    """
    confidence = tables.check_confidence(confidence)
    tables.require_table(data)
    by = tables.names(by)
    group = tables.codes(data, by, "by")
    locate = tables.locate_by_columns(data, by)
    x = tables.numbers(tables.column(data, values, "values"), values, locate)
    tables.require_present(x, values, locate)
    n = np.bincount(group).astype(np.float64)
    centre = np.bincount(group, weights=x) / n
    squares = np.bincount(group, weights=(x - centre[group]) ** 2)
    sd = np.sqrt(squares / np.where(n > 1, n - 1, np.nan))
    return _student({**tables.labels(data, group, by), "n": n}, n, centre, sd, confidence)


def mean_from_summary(
    n: ArrayLike, mean: ArrayLike, sd: ArrayLike, *, confidence: float = 0.95
) -> pd.DataFrame:
    """Give published means Student's t interval, from their number and standard deviation.

    Parameters
    ----------
    n : scalar, array or Series
        Number of measurements: whole and positive.
    mean, sd : scalar, array or Series
        Their mean and the sample's standard deviation (not the standard error).
    confidence : float
        Between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        One row for each mean: n, sd, then value, lower, upper, confidence, statistic, method
        and note.

    Raises
    ------
    Refusal
        If n is missing, not whole or below one, if a standard deviation is negative, if a value
        is not a number, or if there is no row.

    Notes
    -----
    As `mean`. A missing mean, or a missing standard deviation, stays missing and the note says
    so.

    References
    ----------
    As `mean`.

    Examples
    --------
    >>> mean_from_summary(12, 21.9, 4.79)[["value", "lower", "upper"]].round(1)
       value  lower  upper
    0   21.9   18.9   24.9
    """
    confidence = tables.check_confidence(confidence)
    arrays, index, locate = tables.aligned(n=n, mean=mean, sd=sd)
    number, spread = arrays["n"], arrays["sd"]
    tables.require_present(number, "n", locate)
    whole = (number >= 1) & (number == np.floor(number))
    tables.require(whole, "n", number, locate, "is not a whole number of measurements")
    tables.require(~(spread < 0), "sd", spread, locate, "is negative, and a spread cannot be")
    return _student({"n": number}, number, arrays["mean"], spread, confidence, index)


def person_years(
    data: pd.DataFrame,
    *,
    population: str = "population",
    year: str = "year",
    by: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Add up mid-year populations: the denominator of events counted over several years.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each year of each group.
    population : str
        Column of the mid-year population.
    year : str
        Column of the year, such as 2023 or ``"2023/24"``.
    by : str or list of str, optional
        The column, or columns, that name the group (an age band among them, where rates will be
        standardised). Without it the table is one group.

    Returns
    -------
    pandas.DataFrame
        One row for each group in order of first appearance: the columns of `by`, years (how
        many), then value (person-years), lower, upper, confidence, statistic, method and note.

    Raises
    ------
    Refusal
        If a population is missing or negative, or if a year stands twice in a group or is
        absent from one: its rate would be of another period than the others'.

    Notes
    -----
    A mid-year population stands for the time that its people lived through in that year, so
    that the sum over the years is in person-years. A rate per person and year divides all
    events of these years by it, not by one year's population.

    References
    ----------
    UKHSA, Fingertips technical guidance, *Rates*.

    Examples
    --------
    >>> people = pd.DataFrame({"year": [2022, 2023, 2024], "population": [900, 950, 1000]})
    >>> person_years(people)[["years", "value"]]
       years   value
    0      3  2850.0
    """
    tables.require_table(data)
    by = tables.names(by)
    group, when = tables.codes(data, by, "by"), tables.codes(data, [year], "year")
    locate = tables.locate_by_columns(data, [*by, year])
    people = tables.numbers(tables.column(data, population, "population"), population, locate)
    tables.require_population(people, population, locate, zero_allowed=True)
    tables.require_each_once(group, when, locate, "year")
    named = {**tables.labels(data, group, by), "years": int(when.max()) + 1}
    return _time_at_risk(named, group, people, "sum of mid-year populations")


def person_years_from_dates(
    data: pd.DataFrame,
    *,
    start: str,
    end: str,
    entry: str = "entry",
    exit: str = "exit",
    by: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Add up the time that people were followed, within a period.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each stretch of time that a person was at risk and would have been seen.
    start, end : str
        The period, as dates: its first day, and the first day after it (``"2022-01-01"`` and
        ``"2025-01-01"`` for three years). Time outside it is not counted.
    entry, exit : str
        Columns of dates: the first day at risk, and the first day not at risk any more.
    by : str or list of str, optional
        As in `mean`.

    Returns
    -------
    pandas.DataFrame
        One row for each group in order of first appearance: the columns of `by`, stretches
        (how many overlap the period), then value (person-years), lower, upper, confidence,
        statistic, method and note.

    Raises
    ------
    Refusal
        If a date is missing (for a person who is still followed give the end of the period), if
        an exit comes before its entry, if a column holds no dates, or if the period is empty.

    Notes
    -----
    A stretch counts min(exit, end) - max(entry, start) days, if that is above zero; the sum is
    divided by 365.25.

    References
    ----------
    Rothman KJ, Greenland S (1998), *Modern epidemiology*, on incidence times.

    Examples
    --------
    >>> stretches = pd.DataFrame({
    ...     "entry": pd.to_datetime(["2021-06-01", "2024-01-01"]),
    ...     "exit": pd.to_datetime(["2023-01-01", "2025-01-01"]),
    ... })
    >>> found = person_years_from_dates(stretches, start="2022-01-01", end="2025-01-01")
    >>> found[["stretches", "value"]].round(3)
       stretches  value
    0        2.0  2.001
    """
    tables.require_table(data)
    by = tables.names(by)
    group = tables.codes(data, by, "by")
    locate = tables.locate_by_columns(data, by)
    first, last = _date(start, "start"), _date(end, "end")
    if not first < last:
        raise Refusal(f"The period is empty: start {start!r} is not before end {end!r}.")
    entered, left = _days(data, entry, "entry", locate), _days(data, exit, "exit", locate)
    early = np.flatnonzero(left < entered)
    if early.size:
        raise Refusal(
            f"Column {exit!r}, {locate(int(early[0]))}: {data[exit].iloc[early[0]]:%Y-%m-%d} is "
            f"before the date in {entry!r}."
        )
    days = np.minimum(left, last) - np.maximum(entered, first)
    overlapping = np.bincount(group, weights=days > 0)
    named = {**tables.labels(data, group, by), "stretches": overlapping}
    years = np.maximum(days, 0.0) / DAYS_IN_YEAR
    return _time_at_risk(named, group, years, "sum of time followed")


def _student(
    first: Mapping[str, Any],
    n: Floats,
    centre: Floats,
    sd: Floats,
    confidence: float,
    index: pd.Index | None = None,
) -> pd.DataFrame:
    """Give means their interval and say why one is missing."""
    t = special.stdtrit(np.where(n > 1, n - 1, np.nan), (1 + confidence) / 2)
    half = t * sd / np.sqrt(n)
    notes = tables.blank_notes(len(n))
    known = ~np.isnan(centre)
    tables.add_note(notes, ~known, "No value: the mean is missing.")
    tables.add_note(notes, known & (n == 1), "No interval: there is one measurement.")
    tables.add_note(
        notes, known & (n > 1) & np.isnan(sd), "No interval: the standard deviation is missing."
    )
    tables.add_note(
        notes, known & (n > 1) & (sd == 0), "All measurements are equal: the interval has no width."
    )
    return tables.result(
        {**first, "sd": sd},
        value=centre,
        lower=centre - half,
        upper=centre + half,
        confidence=confidence,
        statistic="mean",
        method="Student's t",
        note=notes,
        index=index,
    )


def _time_at_risk(
    first: Mapping[str, Any], group: Integers, years: Floats, method: str
) -> pd.DataFrame:
    return tables.result(
        first,
        value=np.bincount(group, weights=years),
        lower=np.nan,
        upper=np.nan,
        confidence=np.nan,
        statistic="person-years",
        method=method,
        note=_KNOWN,
    )


def _date(value: str, name: str) -> float:
    """Return the number of days from 1970 to a date, or refuse what is none."""
    try:
        # A number would be taken as nanoseconds.
        return pd.Timestamp(np.nan if isinstance(value, Real) else value).timestamp() / 86_400
    except (TypeError, ValueError):
        raise Refusal(f"{name} is {value!r}: give a date such as '2022-01-01'.") from None


def _days(data: pd.DataFrame, name: str, parameter: str, locate: Locate) -> Floats:
    """Return a column of dates as numbers of days from 1970."""
    dates = tables.column(data, name, parameter)
    if not (isinstance(dates.dtype, np.dtype) and dates.dtype.kind == "M"):
        raise Refusal(
            f"Column {name!r} (for {parameter}) holds no plain dates: convert it with "
            "pandas.to_datetime first."
        )
    days: Floats = np.asarray((dates - pd.Timestamp(0)) / pd.Timedelta(days=1), dtype=np.float64)
    tables.require_present(days, name, locate)
    return days
