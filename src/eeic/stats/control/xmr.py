"""XmR charts (individuals and moving range) by the rules of NHS England's *Making Data Count*.

A chart asks of each point in time whether it differs from what the process does anyway. Its
limits are three standard deviations away, worked out from the moving ranges. They are no
confidence interval of a point and no test at 95%: about 0.27% of points lie outside them when
nothing has changed and the values are normally distributed.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any, Literal

import numpy as np
import pandas as pd

from eeic.stats import _tables as tables
from eeic.stats._tables import Bools, Floats, Refusal
from eeic.stats.control import _series as series
from eeic.stats.control._series import Points

__all__ = ["xmr_chart"]

Improvement = Literal["increase", "decrease", "neutral"]

#: 3 / 1.128 to two decimals, as the NHS rounds it: from a mean moving range to three sigma.
LIMIT = 2.66
#: The outer third begins two thirds of the way from the mean to a limit.
OUTER_THIRD = 2 * (LIMIT / 3)
#: Points that make a shift or a trend.
RUN = 7
#: Limits may not be fixed on fewer points.
MIN_FIXED = 12


def xmr_chart(
    data: pd.DataFrame,
    *,
    improvement: Improvement,
    value: str = "value",
    date: str = "date",
    by: str | Sequence[str] | None = None,
    target: float | str | None = None,
    fix_after: int | None = None,
    rebase: Any = None,
    screen: bool = True,
) -> pd.DataFrame:
    """Make XmR charts, one for each series, with the NHS rules for special causes.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each point of each series, in any order. Points should be equally spaced: a
        month that is absent cannot be seen, one whose value is missing can.
    improvement : {"increase", "decrease", "neutral"}
        Which way is better. It has no default, since it decides what is called a concern.
    value, date : str
        Columns of the values and of their dates (or numbers in order).
    by : str or list of str, optional
        The column, or columns, that name the series. Without it the table is one series.
    target : float or str, optional
        The target, or the column that holds it where series have different ones.
    fix_after : int, optional
        Work the limits out from this many first points of each part, 12 or more.
    rebase : date, sequence of dates or str, optional
        Dates at which a new part begins, in every series; or the column that is true at the
        first point of each part, where series have different ones.
    screen : bool
        Leave moving ranges of 3.267 times their mean or more out of it. NHS England's
        spreadsheets do not; False gives what they give.

    Returns
    -------
    pandas.DataFrame
        One row for each point, series by series in order of first appearance, by date: the
        columns of `by`, the date, part (1 until the first rebasing), then value, lower, upper
        (the process limits), confidence, statistic, method and note, then

        centre
            The mean of the part.
        moving_range
            Distance to the point before it in the part, screened or not.
        side
            1 above the mean, -1 below it, 0 on it.
        outside_limits, outer_third
            Whether the point is outside a limit, or else further than two thirds of the way
            to it; missing where there is no value or limit.
        shift, trend, two_of_three
            Whether the point is one of seven or more on one side of the mean, of seven or more
            that all rise or all fall, or is one of at least two in the outer third among three
            in a row on one side.
        special_cause
            The first rule that holds, in the order outside, trend, two of three, shift:
            ``"above upper limit"``, ``"below lower limit"``, ``"rising trend"``,
            ``"falling trend"``, ``"two of three high"``, ``"two of three low"``,
            ``"shift above mean"``, ``"shift below mean"`` or ``"none"``.
        variation
            ``"common_cause"``, ``"special_cause_improvement"``, ``"special_cause_concern"``, or
            ``"special_cause_neutral_high"`` and ``"special_cause_neutral_low"``.
        target, assurance
            Whether the limits leave the target reachable: ``"consistent_pass"``,
            ``"consistent_fail"`` or, where they rule out neither, ``"inconsistent"``. Missing
            without a target and for ``improvement="neutral"``.

        The last row of a series says how it stands now.

    Raises
    ------
    Refusal
        If a column is missing or has no value, a value is not a number, a date is missing, is
        text or stands twice in a series, `fix_after` is below 12, a date of `rebase` is not in
        the table, or a value is missing among seven points that otherwise all rise or all fall.

    Notes
    -----
    With the mean moving range R of a part, the limits are mean ± 2.66 R, three standard
    deviations as 2.66 = 3 / 1.128; hence the confidence of 0.9973. The outer third begins at
    mean ± 1.7733 R. A missing value is left out, gives no moving range on either side and
    breaks a run. The rules look at each part by itself. If more than half of the moving ranges
    are zero, the note warns: screening can then remove all others and the limits collapse onto
    the mean. If none is left (all equal, and screened) there are no limits.

    References
    ----------
    NHS England, *Making Data Count*; R package NHSRplotthedots. Nelson LS (1982), Journal of
    Quality Technology 14:172-173, for screening.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "month": pd.date_range("2024-01-01", periods=14, freq="MS"),
    ...     "waits": [60, 62, 59, 63, 61, 60, 64, 62, 60, 61, 63, 60, 62, 75],
    ... })
    >>> chart = xmr_chart(data, improvement="decrease", value="waits", date="month", target=58)
    >>> chart[["value", "lower", "upper", "variation", "assurance"]].tail(2).round(1)
        value  lower  upper              variation     assurance
    12   62.0   56.1   68.5           common_cause  inconsistent
    13   75.0   56.1   68.5  special_cause_concern  inconsistent
    """
    tables.check_choice("improvement", improvement, ("increase", "decrease", "neutral"))
    if fix_after is not None:
        fix_after = series.whole_number("fix_after", fix_after, MIN_FIXED)
    points = Points.of(data, date, by)
    y = points.numbers(value, "value")
    if np.isnan(y).all():
        raise Refusal(f"Column {value!r} has no value at all.")
    goal = _target(points, target)
    points = points.cut(_begins(points, rebase))
    steps = points.steps(y)
    _require_known_trends(points, y, steps, value)

    fixed = y if fix_after is None else np.where(points.place_in_part() < fix_after, y, np.nan)
    ranges = np.abs(points.steps(fixed))
    centre = points.mean(fixed)[points.part]
    mean_range = points.mean_range(ranges, screen)[points.part]
    lower, upper = centre - LIMIT * mean_range, centre + LIMIT * mean_range

    missing = np.isnan(y)
    side = np.sign(y - centre)
    outside = series.outside(y, lower, upper)
    reach = OUTER_THIRD * mean_range
    outer = ~outside & series.outside(y, centre - reach, centre + reach)
    shift = _shift(points, side)
    trend = _trend(points, steps)
    two_of_three = _two_of_three(points, side, outer.to_numpy(dtype=bool, na_value=False))
    cause, direction = _special_cause(
        side,
        outside.to_numpy(dtype=bool, na_value=False),
        _trend_direction(points, steps, trend),
        two_of_three,
        shift,
    )

    notes = tables.blank_notes(len(y))
    tables.add_note(notes, missing, "No value: it is missing.")
    tables.add_note(notes, np.isnan(lower), "No limits: no moving range is left to set them by.")
    series.add_notes(notes, points, fixed, lower, upper)
    series.warn_of_zero_ranges(notes, points, ranges)
    also: dict[str, Any] = {
        "centre": centre,
        "moving_range": np.abs(steps),
        "side": pd.array(side, dtype="Int8"),
        "outside_limits": outside,
        "outer_third": outer,
        "shift": shift,
        "trend": trend,
        "two_of_three": two_of_three,
        "special_cause": pd.Series(cause).mask(missing),
        "variation": pd.Series(_variation(direction, improvement)).mask(missing),
        "target": goal,
        "assurance": _assurance(goal, lower, upper, improvement),
    }
    points.require_free(list(also))
    return tables.result(
        points.named(),
        value=y,
        lower=lower,
        upper=upper,
        confidence=series.THREE_SIGMA,
        statistic="individual value",
        method="XmR, 3 sigma limits from "
        + ("screened moving ranges" if screen else "all moving ranges"),
        note=notes,
    ).assign(**also)


def _target(points: Points, target: float | str | None) -> Floats:
    """Return the target at each point, missing where there is none."""
    if isinstance(target, str):
        return points.numbers(target, "target")
    if target is None:
        return np.full(len(points.order), np.nan)
    if not isinstance(target, Real) or isinstance(target, bool) or not np.isfinite(target):
        raise Refusal(f"target is {target!r}: give a number, or the column that holds it.")
    return np.full(len(points.order), float(target))


def _begins(points: Points, rebase: Any) -> Bools:
    """Say at which points the limits are to be worked out anew."""
    if rebase is None:
        return np.zeros(len(points.order), dtype=bool)
    if isinstance(rebase, str):
        marks = points.column(rebase, "rebase")
        if not pd.api.types.is_bool_dtype(marks) or marks.isna().any():
            raise Refusal(
                f"Column {rebase!r} (for rebase) must say true or false in every row: true at "
                "the first point of each new part."
            )
        return marks.to_numpy(dtype=bool)
    dates = points.column(points.date, "date")
    begins = np.zeros(len(dates), dtype=bool)
    for when in [rebase] if pd.api.types.is_scalar(rebase) else rebase:
        here = (dates == when).to_numpy(dtype=bool)
        if not here.any():
            raise Refusal(f"rebase has {when!r}, and column {points.date!r} has no such date.")
        begins |= here
    return begins


def _require_known_trends(points: Points, y: Floats, steps: Floats, name: str) -> None:
    """Refuse a missing value in what may be a trend: nobody can say whether it is one."""
    if len(steps) < RUN or not np.isnan(y).any():
        return
    windows = np.lib.stride_tricks.sliding_window_view(steps, RUN - 1)[1:]
    known = ~np.isnan(windows)
    one_way = (~known | (windows > 0)).all(axis=1) | (~known | (windows < 0)).all(axis=1)
    in_doubt = one_way & ~known.all(axis=1) & (points.place_in_part()[RUN - 1 :] >= RUN - 1)
    if in_doubt.any():
        start = int(np.argmax(in_doubt))
        gap = start + int(np.argmax(np.isnan(y[start : start + RUN])))
        raise Refusal(
            f"Column {name!r}, {points.locate(gap)}: the value is missing among seven points "
            "that otherwise all rise or all fall, so whether they are a trend is not known; "
            "leave the row out to read across it."
        )


def _shift(points: Points, side: Floats) -> Bools:
    long = series.run_lengths(side, points.part) >= RUN
    return long & (side != 0)


def _trend(points: Points, steps: Floats) -> Bools:
    """Say which points are in a run of steps the same way, whose first point has no such step."""
    way = np.sign(steps)
    long = (series.run_lengths(way, points.part) >= RUN - 1) & (way != 0)
    return long | np.append(long[1:], False)


def _trend_direction(points: Points, steps: Floats, trend: Bools) -> Floats:
    """Return 1 or -1 at the points of a trend, else 0; a turning point goes with what follows."""
    onward = np.append(trend[1:] & ~points.begins[1:], False)
    step = np.where(onward, np.append(steps[1:], np.nan), steps)
    return np.where(trend, np.where(step > 0, 1.0, -1.0), 0.0)


def _two_of_three(points: Points, side: Floats, outer: Bools) -> Bools:
    """Say which points are in the outer third with another, among three in a row on one side."""
    found = np.zeros(len(side), dtype=bool)
    if len(side) < 3:
        return found
    three = [slice(0, -2), slice(1, -1), slice(2, None)]
    together = sum(outer[s].astype(int) for s in three) >= 2
    one_side = np.abs(sum(side[s] for s in three)) == 3
    window = together & one_side & (points.part[:-2] == points.part[2:])
    for s in three:
        found[s] |= window
    return found & outer


def _special_cause(
    side: Floats, outside: Bools, trend: Floats, two_of_three: Bools, shift: Bools
) -> tuple[Any, Floats]:
    """Name the first rule that holds at each point, and which way it points."""
    rules = [
        (outside & (side > 0), "above upper limit", 1.0),
        (outside, "below lower limit", -1.0),
        (trend > 0, "rising trend", 1.0),
        (trend < 0, "falling trend", -1.0),
        (two_of_three & (side > 0), "two of three high", 1.0),
        (two_of_three, "two of three low", -1.0),
        (shift & (side > 0), "shift above mean", 1.0),
        (shift, "shift below mean", -1.0),
    ]
    holds, words, ways = zip(*rules, strict=True)
    return np.select(holds, words, "none"), np.select(holds, ways, 0.0)


def _variation(direction: Floats, improvement: Improvement) -> Any:
    if improvement == "neutral":
        high, low = "special_cause_neutral_high", "special_cause_neutral_low"
    elif improvement == "increase":
        high, low = "special_cause_improvement", "special_cause_concern"
    else:
        high, low = "special_cause_concern", "special_cause_improvement"
    return np.select([direction > 0, direction < 0], [high, low], "common_cause")


def _assurance(target: Floats, lower: Floats, upper: Floats, improvement: Improvement) -> pd.Series:
    """Say whether the limits leave the target in reach."""
    above, below = ("fail", "pass") if improvement == "increase" else ("pass", "fail")
    said = np.select(
        [target > upper, target < lower],
        [f"consistent_{above}", f"consistent_{below}"],
        "inconsistent",
    )
    return pd.Series(said).mask(np.isnan(target) | (improvement == "neutral"))
