"""Series in time order: sorting them, cutting them into parts, and what follows from order.

All series of a table are worked on at once, one after the other in flat arrays. A part is a
stretch of one series that has its own centre line; parts are numbered through the whole table,
so that a sum by part is one `numpy.bincount`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eeic.stats import _tables as tables
from eeic.stats._tables import Bools, Floats, Integers, Locate, Refusal

#: The share of a normal distribution within three standard deviations: about 0.9973.
THREE_SIGMA = math.erf(3 / math.sqrt(2))
#: Moving ranges from this many times their mean on are left out of it (Nelson 1982).
SCREEN = 3.267
#: Limits from fewer points than this are provisional.
ENOUGH_POINTS = 12

_ORDERED = (
    "integer",
    "floating",
    "mixed-integer-float",
    "datetime64",
    "datetime",
    "date",
    "period",
)


@dataclass(frozen=True)
class Points:
    """The rows of a table in order: series by first appearance, each by date."""

    data: pd.DataFrame
    by: list[str]
    date: str
    order: Integers  # which row of the table each point is
    first: Bools  # which points begin a series
    part: Integers  # which part each point belongs to
    locate: Locate

    @classmethod
    def of(cls, data: pd.DataFrame, date: str, by: str | Sequence[str] | None) -> Points:
        """Sort a table; refuse points without a place in time or two at the same one."""
        tables.require_table(data)
        by = tables.names(by)
        group = tables.codes(data, by, "by")
        in_table = tables.locate_by_columns(data, [*by, date] if date in data else by)
        time = _ranks(tables.column(data, date, "date"), date, in_table)
        order = np.lexsort((time, group))
        first = np.append(True, np.diff(group[order]) != 0)
        twice = np.flatnonzero(~first[1:] & (np.diff(time[order]) == 0))
        if twice.size:
            raise Refusal(
                f"Column {date!r}, {in_table(int(order[twice[0] + 1]))}: the series has this "
                "point twice; add its values up first, or name what divides them in by."
            )
        return cls(
            data=data,
            by=by,
            date=date,
            order=order,
            first=first,
            part=np.cumsum(first) - 1,
            locate=lambda position: in_table(int(order[position])),
        )

    def cut(self, begins: Bools) -> Points:
        """Begin a new part at some points."""
        return Points(
            self.data,
            self.by,
            self.date,
            self.order,
            self.first,
            np.cumsum(self.first | begins) - 1,
            self.locate,
        )

    def column(self, name: str, parameter: str) -> pd.Series:
        """Return one column in the order of the points."""
        return tables.column(self.data, name, parameter).iloc[self.order].reset_index(drop=True)

    def numbers(self, name: str, parameter: str) -> Floats:
        """Return one column as numbers, in the order of the points."""
        return tables.numbers(self.column(name, parameter), name, self.locate)

    def place(self) -> Integers:
        """Return how many points of the series stand before each."""
        return _places(self.first)

    def place_in_part(self) -> Integers:
        """Return how many points of the part stand before each."""
        return _places(self.begins)

    @property
    def begins(self) -> Bools:
        """Say which points begin a part."""
        return np.append(True, np.diff(self.part) != 0)

    @property
    def parts(self) -> int:
        """Return how many parts there are in the table."""
        return int(self.part[-1]) + 1

    def named(self) -> dict[str, Any]:
        """Return the columns that say which point a row of the result is."""
        series = np.cumsum(self.first) - 1
        return {
            **{name: self.column(name, "by") for name in self.by},
            self.date: self.column(self.date, "date"),
            "part": self.part - self.part[self.first][series] + 1,
        }

    def require_free(self, names: Sequence[str]) -> None:
        """Refuse a column of the table that the result needs the name of."""
        taken = {"part", *tables.COLUMNS, *names}.intersection([*self.by, self.date])
        if taken:
            raise Refusal(
                f"Column {min(taken)!r} has the name of a column of the result: rename it first."
            )

    def total(self, values: Any) -> Floats:
        """Add up by part, leaving missing values out."""
        known = np.where(np.isnan(values), 0.0, values)
        return np.bincount(self.part, weights=known, minlength=self.parts).astype(np.float64)

    def mean(self, values: Floats) -> Floats:
        """Return the mean of each part, leaving missing values out; missing where there is none.

        The remainder is averaged again: else the mean of equal values could differ from them in
        the last digit, and every point would lie on one side of it.
        """
        with np.errstate(invalid="ignore"):  # 0 / 0 where a part has no value
            count = self.total(~np.isnan(values))
            rough = self.total(values) / count
            return rough + self.total(values - rough[self.part]) / count

    def median(self, values: Floats) -> Floats:
        """Return the median of each part, leaving missing values out."""
        return np.asarray(pd.Series(values).groupby(self.part).median(), dtype=np.float64)

    def steps(self, values: Floats) -> Floats:
        """Return the change to each point from the one before it, missing where a part begins."""
        change = np.append(np.nan, np.diff(values))
        return np.where(self.begins, np.nan, change)

    def mean_range(self, ranges: Floats, screen: bool) -> Floats:
        """Return the mean moving range of each part, without the largest if they are screened."""
        mean = self.mean(ranges)
        if not screen:
            return mean
        return self.mean(np.where(ranges < SCREEN * mean[self.part], ranges, np.nan))

    def mostly_zero(self, ranges: Floats) -> Bools:
        """Say at each point whether more than half of its part's moving ranges are zero."""
        share = self.total(ranges == 0) > self.total(~np.isnan(ranges)) / 2
        return share[self.part]


def run_lengths(marks: Any, part: Integers) -> Integers:
    """Return how long the run of equal marks is that each point belongs to; parts break runs."""
    marks = np.asarray(marks)
    changes = np.append(True, (marks[1:] != marks[:-1]) | (part[1:] != part[:-1]))
    run = np.cumsum(changes) - 1
    return np.bincount(run)[run].astype(np.intp)


def whole_number(name: str, value: Any, least: int) -> int:
    """Return a number of points, or refuse what is none."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise Refusal(f"{name} is {value!r}: give a whole number of points, {least} or more.")
    return int(value)


def add_notes(
    notes: NDArray[np.object_], points: Points, values: Floats, lower: Floats, upper: Floats
) -> None:
    """Say where limits are provisional, lie on the centre line or do not exist.

    `values` are those that the centre line was worked out from.
    """
    few = points.total(~np.isnan(values)) < ENOUGH_POINTS
    tables.add_note(
        notes, few[points.part], f"Limits from fewer than {ENOUGH_POINTS} points are provisional."
    )
    tables.add_note(notes, lower == upper, "The limits lie on the centre line.")


def warn_of_zero_ranges(notes: NDArray[np.object_], points: Points, ranges: Floats) -> None:
    """Say where the moving ranges can hardly carry limits."""
    tables.add_note(
        notes,
        points.mostly_zero(ranges),
        "Take care: more than half of the moving ranges are zero, so the limits are too narrow "
        "and points may signal without a cause.",
    )


def outside(value: Floats, lower: Floats, upper: Floats) -> pd.arrays.BooleanArray:
    """Say which points are outside their limits, missing where either is missing."""
    unknown = np.isnan(value) | np.isnan(lower) | np.isnan(upper)
    return pd.arrays.BooleanArray((value < lower) | (value > upper), unknown)


def _places(begins: Bools) -> Integers:
    position = np.arange(len(begins), dtype=np.intp)
    return position - np.maximum.accumulate(np.where(begins, position, 0))


def _ranks(dates: pd.Series, name: str, locate: Locate) -> Integers:
    """Return numbers in the order of dates; refuse those whose order is not known."""
    missing = np.flatnonzero(dates.isna())
    if missing.size:
        raise Refusal(f"Column {name!r}, {locate(int(missing[0]))}: the date is missing.")
    if isinstance(dates.dtype, pd.CategoricalDtype) and dates.cat.ordered:
        return np.asarray(dates.cat.codes, dtype=np.intp)
    kind = pd.api.types.infer_dtype(dates)
    if kind not in _ORDERED:
        raise Refusal(
            f"Column {name!r} holds {kind} and not dates or numbers, so its order is not known: "
            "use pandas.to_datetime first."
        )
    return pd.factorize(dates, sort=True)[0].astype(np.intp)
