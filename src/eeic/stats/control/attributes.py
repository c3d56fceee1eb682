"""Run charts and Shewhart control charts: of counts, proportions, rates and single values.

Limits are three standard deviations from the centre line, as the process varies by itself; the
nearer pair of lines is two. They are neither confidence intervals of the points nor tests at
95%. Besides single points outside the limits, the runs rules of Anhøj look for lasting shifts
in any of the charts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eeic.stats import _tables as tables
from eeic.stats._tables import Bools, Floats, Refusal
from eeic.stats.control import _series as series
from eeic.stats.control._series import Points

__all__ = ["control_chart"]

Chart = Literal["run", "i", "mr", "p", "p'", "u", "u'", "c", "g", "t"]

#: Charts of a numerator over a denominator, and those where both may also be one number.
_RATIO = ("p", "p'", "u", "u'")
_SHARES = ("p", "p'")
_EITHER = ("run", "i", "mr")
#: Charts of what cannot be negative.
_COUNTS = ("p", "p'", "u", "u'", "c", "g")
#: Charts whose limits come from moving ranges that can be screened.
_SCREENED = ("i", "t", "p'", "u'")
#: The mean moving range of normal values, in standard deviations.
_D2 = 1.128
#: Times between events to this power are nearly normal.
_T_POWER = 1 / 3.6

_STATISTIC = {
    "run": "value",
    "i": "individual value",
    "mr": "moving range",
    "p": "proportion",
    "p'": "proportion",
    "u": "rate",
    "u'": "rate",
    "c": "count",
    "g": "number between events",
    "t": "time between events",
}


def control_chart(
    data: pd.DataFrame,
    *,
    chart: Chart,
    numerator: str = "numerator",
    denominator: str | None = None,
    date: str = "date",
    by: str | Sequence[str] | None = None,
    freeze: int | None = None,
    part_after: int | Sequence[int] | None = None,
    multiplier: float = 1,
    screen: bool = True,
) -> pd.DataFrame:
    """Make run charts or Shewhart control charts, one for each series.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each point of each series, in any order.
    chart : {"run", "i", "mr", "p", "p'", "u", "u'", "c", "g", "t"}
        ``"p"`` for people of people, ``"u"`` for events per population or bed days, ``"c"`` for
        counts from like periods; ``"p'"`` and ``"u'"`` (Laney) where denominators are so large
        that other variation outweighs chance; ``"i"`` and ``"mr"`` for single measurements and
        their moving ranges; ``"g"`` and ``"t"`` for the number of cases and the time between
        rare events; ``"run"`` for a median without limits.
    numerator : str
        Column of the counts, or of the values where the chart has no denominator.
    denominator : str, optional
        Column of what the numerator is divided by; needed for ``"p"``, ``"p'"``, ``"u"`` and
        ``"u'"``, possible for ``"run"``, ``"i"`` and ``"mr"``.
    date, by : str
        As in `xmr_chart`.
    freeze : int, optional
        Work the lines out from this many first points of each series.
    part_after : int or sequence of int, optional
        Begin a new part with lines of its own after this many points of each series. Not with
        `freeze`.
    multiplier : float
        100 for percentages, 100000 for rates per 100,000.
    screen : bool
        Leave moving ranges of 3.267 times their mean or more out of it, for ``"i"``, ``"t"``,
        ``"p'"`` and ``"u'"``.

    Returns
    -------
    pandas.DataFrame
        One row for each point, series by series in order of first appearance, by date: the
        columns of `by`, the date, part, numerator, multiplier, denominator, then value, lower,
        upper (three standard deviations), confidence, statistic, method and note, then centre,
        lower_2sigma and upper_2sigma (two standard deviations, sometimes called 95% limits),
        outside_limits, and for the part by Anhøj's rules n_useful, longest_run,
        longest_run_max, n_crossings, n_crossings_min and runs_signal.

    Raises
    ------
    Refusal
        If a column is missing, a value is not a number, a count or denominator is negative, a
        numerator is more than its denominator (``"p"``, ``"p'"``) or stands over a denominator
        of zero, a time is not above zero (``"t"``), a denominator is lacking or not wanted, or
        dates are missing, text or stand twice in a series.

    Notes
    -----
    With numerators x, denominators n and sums over the points of a part (or the first of them,
    if frozen), the centre line m and the standard deviation s are

    - p: m = Σx/Σn, s = √(m(1-m)/n); u: m = Σx/Σn, s = √(m/n); c: m = mean x, s = √m;
    - p′ and u′: s of p or u times the mean moving range of (x/n - m)/s, over 1.128;
    - i: m = mean, s = mean moving range / 1.128; t: the same of x to the power 1/3.6;
    - mr: m = mean moving range; upper limits 3.267 m and, for two standard deviations, 2/3 of
      it;
    - g: limits from m = mean x, s = √(m(m+1)), centre line at the median.

    Limits stay within 0 and 1 for p and p′ and above 0 for all but i. In a t chart the lower
    two-sigma line is missing where it would be below zero. A point without a numerator, without
    a denominator or with a denominator of zero has no value and does not enter the lines.

    By Anhøj's rules a part signals a shift if its longest run on one side of the centre line is
    longer than round(log₂ n) + 3, or the line is crossed less often than the 5% quantile of a
    binomial distribution of n - 1 and 0.5; n counts the points not on the line. Moving ranges
    are not independent, and an mr chart never signals by them.

    The confidence of 0.9973 is that of three standard deviations of a normal distribution; for
    small counts it is nominal.

    References
    ----------
    Montgomery DC (2009), *Statistical quality control: a modern introduction*. Laney DB (2002),
    Quality Engineering 14:531-537. Anhøj J, Olesen AV (2014), PLoS ONE 9:e113825. R package
    qicharts2.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "month": range(1, 7),
    ...     "did_not_attend": [30, 26, 34, 29, 31, 60],
    ...     "booked": [300, 280, 310, 290, 305, 300],
    ... })
    >>> chart = control_chart(
    ...     data, chart="p", numerator="did_not_attend", denominator="booked", date="month",
    ...     multiplier=100, freeze=5,
    ... )
    >>> chart[["value", "lower", "centre", "upper", "outside_limits"]].tail(2).round(1)
       value  lower  centre  upper  outside_limits
    4   10.2    4.9    10.1   15.3           False
    5   20.0    4.9    10.1   15.3            True
    """
    tables.check_choice("chart", chart, get_args(Chart))
    multiplier = tables.check_multiplier(multiplier)
    _check_denominator(chart, denominator)
    if freeze is not None:
        if part_after is not None:
            raise Refusal("Give freeze or part_after, not both: each says what the lines rest on.")
        freeze = series.whole_number("freeze", freeze, 1)
    points = Points.of(data, date, by)
    place = points.place()
    points = points.cut(np.isin(place, _part_after(part_after)))
    notes = tables.blank_notes(len(place))
    measured = _Measured.of(points, chart, numerator, denominator, notes)
    in_base = place < (len(place) if freeze is None else freeze)

    lines = _lines(chart, points, measured, in_base, screen)
    tables.add_note(
        notes,
        np.isnan(lines.value) & ~np.isnan(measured.value),
        "No value: no value stands before it in the part.",
    )
    if chart == "run":
        tables.add_note(notes, np.ones(len(place), dtype=bool), "A run chart has no limits.")
    else:
        no_limits = np.isnan(lines.upper) & ~np.isnan(lines.value)
        tables.add_note(notes, no_limits, "No limits: nothing is left to set them by.")
        base = np.where(in_base, lines.value, np.nan)
        series.add_notes(notes, points, base, lines.lower, lines.upper)
    if lines.ranges is not None:
        series.warn_of_zero_ranges(notes, points, lines.ranges)
    made_from: dict[str, Any] = {"numerator": measured.numerator, "multiplier": multiplier}
    if measured.denominator is not None:
        made_from["denominator"] = measured.denominator
    also = {
        "centre": lines.centre * multiplier,
        "lower_2sigma": lines.lower_2sigma * multiplier,
        "upper_2sigma": lines.upper_2sigma * multiplier,
        "outside_limits": series.outside(lines.value, lines.lower, lines.upper),
        **_anhoej(points, np.sign(lines.value - lines.centre), may_signal=chart != "mr"),
    }
    points.require_free([*made_from, *also])
    return tables.result(
        {**points.named(), **made_from},
        value=lines.value * multiplier,
        lower=lines.lower * multiplier,
        upper=lines.upper * multiplier,
        confidence=np.nan if chart == "run" else series.THREE_SIGMA,
        statistic=_STATISTIC[chart] + tables.per(multiplier),
        method=_method(chart, screen),
        note=notes,
    ).assign(**also)


@dataclass(frozen=True)
class _Measured:
    """What was measured at each point."""

    numerator: Floats
    denominator: Floats | None
    n: Floats  # what to divide by: 1 without a denominator, missing where there is no value
    value: Floats

    @classmethod
    def of(
        cls,
        points: Points,
        chart: Chart,
        numerator: str,
        denominator: str | None,
        notes: NDArray[np.object_],
    ) -> _Measured:
        x = points.numbers(numerator, "numerator")
        if chart in _COUNTS:
            tables.require_counts(x, numerator, points.locate)
        if chart == "t":
            problem = "is no time between two events: it must be above zero"
            tables.require(~(x <= 0), numerator, x, points.locate, problem)
        tables.add_note(notes, np.isnan(x), "No value: the numerator is missing.")
        if denominator is None:
            return cls(x, None, np.ones(len(x)), x)
        n = points.numbers(denominator, "denominator")
        problem = "is negative, and a denominator cannot be"
        tables.require(~(n < 0), denominator, n, points.locate, problem)
        problem = "stands over a denominator of zero"
        tables.require(~((n == 0) & (np.abs(x) > 0)), numerator, x, points.locate, problem)
        if chart in _SHARES:
            problem = f"is more than the denominator {denominator!r}"
            tables.require(~(x > n), numerator, x, points.locate, problem)
        tables.add_note(notes, np.isnan(n), "No value: the denominator is missing.")
        tables.add_note(notes, n == 0, "No value: the denominator is zero.")
        known = np.where(~np.isnan(x) & (n > 0), n, np.nan)
        return cls(x, n, known, x / known)


@dataclass(frozen=True)
class _Lines:
    """What is drawn at each point, and the moving ranges that its limits were made from."""

    value: Floats
    centre: Floats
    lower: Floats
    upper: Floats
    lower_2sigma: Floats
    upper_2sigma: Floats
    ranges: Floats | None = None


def _lines(
    chart: Chart, points: Points, measured: _Measured, in_base: Bools, screen: bool
) -> _Lines:
    """Work out the centre line and the limits from the points they are to rest on."""
    value = measured.value
    base = np.where(in_base, value, np.nan)
    if chart == "run":
        nothing = np.full(len(value), np.nan)
        median = points.median(base)[points.part]
        return _Lines(value, median, nothing, nothing, nothing, nothing)
    if chart == "i":
        centre, sigma, ranges = _individuals(points, base, screen)
        return _Lines(value, centre, *_limits(centre, sigma), ranges)
    if chart == "t":
        scaled, back = value**_T_POWER, 1 / _T_POWER
        centre, sigma, ranges = _individuals(points, np.where(in_base, scaled, np.nan), screen)
        lower, upper, near_lower, near_upper = _limits(centre, sigma)
        return _Lines(
            scaled**back,  # there and back like the lines, so that equal values are on them
            centre**back,
            np.where(lower > 0, lower, 0.0) ** back,
            upper**back,
            np.where(near_lower >= 0, near_lower, np.nan) ** back,
            near_upper**back,
            ranges,
        )
    if chart == "mr":
        value = np.abs(points.steps(value))
        centre = points.mean(np.where(in_base, value, np.nan))[points.part]
        upper, zero = series.SCREEN * centre, np.zeros(len(value))
        return _Lines(value, centre, zero, upper, zero, upper * 2 / 3)
    if chart == "g":
        mean = points.mean(base)[points.part]
        limits = _limits(mean, np.sqrt(mean * (mean + 1)), floor=0)
        return _Lines(value, points.median(base)[points.part], *limits)
    return _of_counts(chart, points, measured, base, screen)


def _individuals(points: Points, base: Floats, screen: bool) -> tuple[Floats, Floats, Floats]:
    """Return mean, standard deviation and moving ranges of single values."""
    ranges = np.abs(points.steps(base))
    sigma = points.mean_range(ranges, screen) / _D2
    return points.mean(base)[points.part], sigma[points.part], ranges


def _of_counts(
    chart: Chart, points: Points, measured: _Measured, base: Floats, screen: bool
) -> _Lines:
    """Return the lines of a p, u or c chart; with Laney's factor for p′ and u′."""
    share = chart in _SHARES
    n, value = measured.n, measured.value
    rests_on = ~np.isnan(base)
    ranges = None
    with np.errstate(invalid="ignore", divide="ignore"):  # 0 / 0 where a part has no value or event
        total = points.total(np.where(rests_on, measured.numerator, 0))
        centre = (total / points.total(np.where(rests_on, n, 0)))[points.part]
        sigma = np.sqrt(centre * (1 - centre if share else 1) / n)
        if chart in ("p'", "u'"):
            ranges = np.abs(points.steps((base - centre) / sigma))
            sigma = sigma * (points.mean_range(ranges, screen) / _D2)[points.part]
    limits = _limits(centre, sigma, floor=0, ceiling=1 if share else np.inf)
    return _Lines(value, centre, *limits, ranges)


def _limits(
    middle: Floats, sigma: Floats, floor: float = -np.inf, ceiling: float = np.inf
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the lower and upper limits at three and at two standard deviations."""
    return (
        np.clip(middle - 3 * sigma, floor, ceiling),
        np.clip(middle + 3 * sigma, floor, ceiling),
        np.clip(middle - 2 * sigma, floor, ceiling),
        np.clip(middle + 2 * sigma, floor, ceiling),
    )


def _anhoej(points: Points, side: Floats, *, may_signal: bool) -> dict[str, Any]:
    """Apply the rules for unusually long runs and unusually few crossings to each part."""
    from scipy.stats import binom  # takes a while to import, and only this needs it

    useful = np.isin(side, (-1, 1))
    part = points.part[useful]
    n = np.bincount(part, minlength=points.parts)
    longest = np.zeros(points.parts, dtype=np.intp)
    crossings = np.zeros(points.parts, dtype=np.intp)
    if part.size:
        way = side[useful]
        np.maximum.at(longest, part, series.run_lengths(way, part))
        crossed = (way[1:] != way[:-1]) & (part[1:] == part[:-1])
        crossings = np.bincount(part[1:][crossed], minlength=points.parts)
    some = np.maximum(n, 1)
    longest_max = np.rint(np.log2(some)).astype(int) + 3
    crossings_min = binom.ppf(0.05, some - 1, 0.5).astype(int)
    signal = (n > 0) & ((longest > longest_max) | (crossings < crossings_min))
    rules = {
        "longest_run": longest,
        "longest_run_max": longest_max,
        "n_crossings": crossings,
        "n_crossings_min": crossings_min,
    }
    none = (n == 0)[points.part]
    return {
        "n_useful": n[points.part],
        **{
            name: pd.arrays.IntegerArray(found[points.part].astype(np.int64), none)
            for name, found in rules.items()
        },
        "runs_signal": signal[points.part] & may_signal,
    }


def _check_denominator(chart: Chart, denominator: str | None) -> None:
    """Refuse a chart without the denominator it needs, or with one it has no use for."""
    if chart in _RATIO and denominator is None:
        raise Refusal(f"A {chart} chart needs denominator: the column that counts are out of.")
    if chart not in (*_RATIO, *_EITHER) and denominator is not None:
        raise Refusal(f"A {chart} chart has no denominator: leave {denominator!r} out.")


def _part_after(part_after: int | Sequence[int] | None) -> list[int]:
    """Return after how many points of a series a part ends."""
    if part_after is None:
        return []
    ends = [part_after] if np.ndim(part_after) == 0 else list(part_after)  # type: ignore[arg-type]
    return [series.whole_number("part_after", end, 1) for end in ends]


def _method(chart: Chart, screen: bool) -> str:
    if chart == "run":
        return "run chart"
    named = chart.replace("'", "′ (Laney)") if "'" in chart else chart
    screened = " from screened moving ranges" if screen and chart in _SCREENED else ""
    return f"{named} chart, 3 sigma limits{screened}"
