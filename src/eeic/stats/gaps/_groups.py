"""Tables of groups: what is asked of them, and the measures that ordered and unordered share.

A table holds one row for each group, and any number of sets of groups (such as indicators or
areas) below one another. Everything is worked out for all sets at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from eeic.stats import _tables as tables
from eeic.stats._tables import Bools, Floats, Integers, Locate, Refusal
from eeic.stats.gaps import _limits as limits

#: WHO's rule: estimates may be missing in this share of the groups, and no more.
MISSING_ALLOWED = 0.15

_NO_FORMULA = "No interval: there is no closed formula for this measure."
_NO_ERROR = "No interval: a standard error is missing."
_NO_SCALE = "No interval: it needs the scale (100 for percentages)."
ZERO_MEAN = "No value: the average is not above zero."


@dataclass(frozen=True)
class Groups:
    """A long table of groups: which set each row belongs to, and sums over the sets.

    Only rows with an estimate are in it.
    """

    labels: Mapping[str, pd.Series]
    code: Integers  # the set of each row
    sets: int
    estimate: Floats
    population: Floats
    locate: Locate
    data: pd.DataFrame
    notes: NDArray[np.object_]  # one for each set

    @classmethod
    def of(
        cls,
        data: pd.DataFrame,
        by: str | Sequence[str] | None,
        group: str,
        estimate: str,
        population: str,
        *,
        missing_allowed: float = 0.0,
    ) -> Groups:
        """Check a table and drop groups without an estimate, where that is allowed."""
        tables.require_table(data)
        names = tables.names(by)
        locate = tables.locate_by_columns(data, [*names, group])
        code = tables.codes(data, names, "by")
        found = cls(
            labels=tables.labels(data, code, names),
            code=code,
            sets=int(code.max()) + 1,
            estimate=tables.numbers(tables.column(data, estimate, "estimate"), estimate, locate),
            population=tables.numbers(
                tables.column(data, population, "population"), population, locate
            ),
            locate=locate,
            data=data,
            notes=tables.blank_notes(int(code.max()) + 1),
        )
        member = tables.codes(data, [group], "group")
        twice = np.flatnonzero(pd.Series(code * (int(member.max()) + 1) + member).duplicated())
        if twice.size:
            raise Refusal(
                f"Column {group!r}, {locate(int(twice[0]))}: the group stands there twice; name "
                "every column that tells indicators or areas apart in by."
            )
        found = found._without_missing(estimate, missing_allowed)
        tables.require_population(found.population, population, found.locate)
        return found

    def _without_missing(self, name: str, allowed: float) -> Groups:
        missing = np.isnan(self.estimate)
        dropped = self.total(missing)
        short = np.flatnonzero(dropped > allowed * self.count)
        if short.size:
            first = int(np.argmax(missing & (self.code == short[0])))
            rule = (
                f"are missing in more than {allowed:.0%} of the groups{self.said(short[0])}"
                if allowed
                else "may not be missing in any group"
            )
            raise Refusal(f"Column {name!r}, {self.locate(first)}: the estimates {rule}.")
        for position in np.flatnonzero(dropped):
            self.notes[position] = f"Groups left out, without an estimate: {dropped[position]:.0f}."
        return self.only(~missing)

    def only(self, kept: Bools) -> Groups:
        """Return the table with some of its rows."""
        row = np.flatnonzero(kept)
        whole = self.locate
        return replace(
            self,
            code=self.code[row],
            estimate=self.estimate[row],
            population=self.population[row],
            locate=lambda position: whole(int(row[position])),
            data=self.data.iloc[row],
        )

    @property
    def count(self) -> Floats:
        """How many groups each set has."""
        return self.total(np.ones(len(self.code)))

    def require_groups(self, least: int) -> None:
        """Refuse a set of too few groups."""
        short = np.flatnonzero(self.count < least)
        if short.size:
            raise Refusal(
                f"{self.count[short[0]]:.0f} group(s) with an estimate{self.said(short[0])}: "
                f"at least {least} are needed."
            )

    def total(self, values: Any) -> Floats:
        return np.bincount(self.code, weights=values, minlength=self.sets).astype(np.float64)

    def largest(self, values: Floats) -> Floats:
        found = np.full(self.sets, -np.inf)
        np.maximum.at(found, self.code, values)
        return found

    def smallest(self, values: Floats) -> Floats:
        return -self.largest(-values)

    def first(self, where: Bools) -> Integers:
        """Return the first row of each set that passes a test; every set must have one."""
        rows = np.flatnonzero(where)
        found = np.zeros(self.sets, dtype=np.intp)
        found[self.code[rows][::-1]] = rows[::-1]  # the last one written is the first there
        return found

    @property
    def share(self) -> Floats:
        """Each group's share of its set's population."""
        return self.population / self.total(self.population)[self.code]

    @property
    def mean(self) -> Floats:
        """The population-weighted average of each set."""
        return self.total(self.share * self.estimate)

    def said(self, position: int) -> str:
        """Name a set for a message, or nothing where the table is one set."""
        named = ", ".join(f"{name} {column.iloc[position]}" for name, column in self.labels.items())
        return f" of {named}" if named else ""

    def numbers(self, name: str | None, parameter: str) -> Floats:
        """Return a column of the rows; missing throughout where none is named."""
        if name is None:
            return np.full(len(self.code), np.nan)
        return tables.numbers(tables.column(self.data, name, parameter), name, self.locate)

    def errors(self, name: str | None) -> Floats:
        """Return standard errors; they may be missing, and then there is no interval."""
        se = self.numbers(name, "se")
        tables.require(~(se < 0), str(name), se, self.locate, "is negative, and no error can be")
        return se

    def favourable(self, given: bool | str) -> Bools:
        """Say of each set whether a high estimate is good: for all, or from a column."""
        if isinstance(given, bool | np.bool_):
            return np.full(self.sets, bool(given))
        if not isinstance(given, str):
            raise Refusal(
                f"favourable is {given!r}: say True where a high estimate is good, False where "
                "it is bad, or name a column that does."
            )
        column = tables.column(self.data, given, "favourable")
        if pd.api.types.is_bool_dtype(column):
            column = column.astype("Float64")  # a missing value stays missing
        flags = tables.numbers(column, given, self.locate)
        tables.require(
            (flags == 0) | (flags == 1), given, flags, self.locate, "is neither true nor false"
        )
        return self._one_per_set(flags, given) == 1

    def scale(self, given: float | str | None, estimate: str) -> Floats:
        """Return each set's largest possible value: one number, a column, or unknown."""
        if given is None:
            return np.full(self.sets, np.nan)
        if isinstance(given, str):
            scale = self._one_per_set(self.numbers(given, "scale"), given)
            tables.require(
                scale > 0, given, scale, lambda at: f"the scale{self.said(at)}", "is not above zero"
            )
        else:
            if isinstance(given, bool) or not isinstance(given, Real) or not 0 < given < np.inf:
                raise Refusal(f"scale is {given!r}: give a positive number, 100 for percentages.")
            scale = np.full(self.sets, float(given))
        high, low = self.estimate > scale[self.code], self.estimate < 0
        tables.require(~low, estimate, self.estimate, self.locate, "is below zero, off the scale")
        tables.require(~high, estimate, self.estimate, self.locate, "is more than the scale")
        return scale

    def order(self, name: str) -> Floats:
        """Return the order of the groups, whole numbers that follow one another in each set."""
        order = self.numbers(name, "order")
        tables.require_present(order, name, self.locate)
        tables.require(
            order == np.floor(order), name, order, self.locate, "is not a whole number of an order"
        )
        place = order - self.smallest(order)[self.code]
        gap = place >= self.count[self.code]
        tables.require(
            ~gap, name, order, self.locate, "does not follow the one before: a group is absent"
        )
        return order

    def ridit(self, order: Floats) -> Floats:
        """Return the share of each set's people who stand below the middle of the group."""
        rows = np.lexsort((order, self.code))
        found = np.empty(len(rows))
        found[rows] = pd.Series(self.share[rows]).groupby(self.code[rows]).cumsum()
        return found - self.share / 2

    def _one_per_set(self, values: Floats, name: str) -> Floats:
        tables.require_present(values, name, self.locate)
        first = values[self.first(np.ones(len(values), dtype=bool))]
        tables.require(
            values == first[self.code], name, values, self.locate, "differs within one set"
        )
        return first


@dataclass(frozen=True)
class Measure:
    """One measure of every set: its value, and its standard error where there is a formula."""

    value: Floats
    se: Floats | None = None
    log: bool = False  # whether the error is the logarithm's
    notes: Sequence[tuple[Bools, str]] = field(default_factory=tuple)


def gaps(high: tuple[Floats, Floats], low: tuple[Floats, Floats]) -> dict[str, Measure]:
    """Return the difference and the ratio of two groups' (estimate, se) in each set."""
    (y1, s1), (y0, s0) = high, low
    possible = (y1 >= 0) & (y0 > 0)
    a, b = np.where(possible, y1, np.nan), np.where(possible, y0, np.nan)
    log_error = np.sqrt((s1 / np.where(a > 0, a, np.nan)) ** 2 + (s0 / b) ** 2)
    return {
        "difference": Measure(y1 - y0, np.hypot(s1, s0)),
        "ratio": Measure(
            a / b,
            np.where(a > 0, log_error, np.nan),
            log=True,
            notes=[
                (~possible, "No ratio: an estimate is below zero, or the lower one is zero."),
                (possible & (y1 == 0), "No interval by this method: an estimate is zero."),
            ],
        ),
    }


def attributable(
    groups: Groups, best: Floats, best_population: Floats, favourable: Bools, scale: Floats
) -> dict[str, Measure]:
    """Return what would change if every group had the estimate of the best one (PAR, PAF)."""
    mean, people = groups.mean, groups.total(groups.population)
    gain = best - mean
    nothing = np.where(favourable, gain < 0, gain > 0)
    gain = np.where(nothing, 0.0, gain)
    # Walter's variance of the fraction, from the fourfold table of the best group and the rest.
    c = best / scale * best_population
    d = best_population - c
    a = np.maximum(mean / scale * people - c, 0.0)  # only rounding takes it below zero
    b = np.maximum(people - a - best_population, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):  # nobody has it: no error, said below
        error = np.sqrt(c * people * (a * d * (people - c) + b * c**2) / ((a + c) * (c + d)) ** 3)
    positive = mean > 0
    over = np.where(positive, mean, np.nan)
    notes = [
        (nothing, "Nothing to gain: the reference does no better than the average."),
        (np.isnan(scale), _NO_SCALE),
    ]
    return {
        "par": Measure(gain, np.where(positive, mean * error, np.nan), notes=notes),
        "paf": Measure(
            100 * gain / over,
            np.where(positive, 100 * error, np.nan),
            notes=[*notes, (~positive, ZERO_MEAN)],
        ),
    }


def counted(
    data: pd.DataFrame,
    by: str | Sequence[str] | None,
    group: str,
    events: str,
    population: str,
) -> tuple[Groups, Floats]:
    """Check a table of counts; return it, and each set's overall share where a test can be."""
    groups = Groups.of(data, by, group, events, population)
    groups.require_groups(2)
    x = groups.estimate
    tables.require_counts(x, events, groups.locate)
    tables.require(x <= groups.population, events, x, groups.locate, "is more than the population")
    share = groups.total(x) / groups.total(groups.population)
    flat = (share == 0) | (share == 1)
    tables.add_note(groups.notes, flat, "No test: nobody has the event, or everybody has.")
    return groups, np.where(flat, np.nan, share)


def tested(
    groups: Groups, value: Floats, freedom: Floats, statistic: str, method: str
) -> pd.DataFrame:
    """Build the result of a chi-squared test: one row for each set."""
    return tables.result(
        {**groups.labels, "groups": groups.count.astype(int)},
        value=value,
        lower=np.nan,
        upper=np.nan,
        confidence=np.nan,
        statistic=statistic,
        method=method,
        note=groups.notes,
    ).assign(df=freedom, p_value=special.chdtrc(freedom, value))


def chosen(measures: Sequence[str] | None, known: Mapping[str, str]) -> list[str]:
    """Return the measures that were asked for, all of them unless some were named."""
    wanted = list(known) if measures is None else tables.names(measures)
    for name in wanted:
        tables.check_choice("measures", name, tuple(known))
    if not wanted:
        raise Refusal(f"measures is empty: choose some of {', '.join(map(repr, known))}.")
    return wanted


def as_result(
    groups: Groups,
    found: Mapping[str, Measure],
    statistics: Mapping[str, str],
    method: Mapping[str, str] | str,
    confidence: float,
) -> pd.DataFrame:
    """Build the result: for each set one row for each measure, in the order of `found`."""
    columns = [_limited(groups, measure, confidence) for measure in found.values()]
    value, lower, upper, se, notes = (
        np.stack(each, axis=1).ravel() for each in zip(*columns, strict=True)
    )
    each = len(found)
    spread = np.repeat(np.arange(groups.sets), each)
    methods = [method if isinstance(method, str) else method[name] for name in found]
    return tables.result(
        {
            **{name: column.iloc[spread].to_numpy() for name, column in groups.labels.items()},
            "measure": list(found) * groups.sets,
            "groups": groups.count.astype(int)[spread],
        },
        value=value,
        lower=lower,
        upper=upper,
        confidence=confidence,
        statistic=[statistics[name] for name in found] * groups.sets,
        method=methods * groups.sets,
        note=notes,
    ).assign(se=se)


def _limited(groups: Groups, measure: Measure, confidence: float) -> tuple[NDArray[Any], ...]:
    """Return value, lower, upper, se and notes of one measure."""
    notes = groups.notes.copy()
    for where, sentence in measure.notes:
        tables.add_note(notes, where, sentence)
    value, missing = measure.value, np.full(groups.sets, np.nan)
    if measure.se is None:
        tables.add_note(notes, ~np.isnan(value), _NO_FORMULA)
        return value, missing, missing, missing, notes
    se = np.where(np.isnan(value), np.nan, measure.se)
    said = np.any([where for where, _ in measure.notes], axis=0) if measure.notes else False
    tables.add_note(notes, np.isnan(se) & ~np.isnan(value) & ~np.asarray(said), _NO_ERROR)
    if measure.log:
        tables.add_note(notes, se == 0, limits.FLAT)
        lower, upper = limits.log(value, np.where(se == 0, np.nan, se), confidence)
    else:
        lower, upper = limits.plain(value, se, notes, confidence)
    return value, lower, upper, se, notes
