"""Rates made comparable between populations of different ages.

Direct standardisation asks what a group's rate would be if it had the ages of a standard
population. Indirect standardisation asks how many events a group had for each one expected if
it had the rates of a reference population. Directly standardised rates may be compared with
one another; indirectly standardised ones only with their reference.

Tables are long: one row for each stratum (such as an age band) of each group. All groups are
worked out in one call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eeic.stats import _intervals as intervals
from eeic.stats import _tables as tables
from eeic.stats._tables import Floats, Integers, Locate, Refusal

__all__ = ["ESP2013", "add_esp2013", "direct", "indirect"]

#: European Standard Population 2013: 19 five-year age bands that add up to 100,000
#: (Eurostat 2013, *Revision of the European Standard Population*).
ESP2013 = pd.Series(
    {
        "0-4": 5000,
        "5-9": 5500,
        "10-14": 5500,
        "15-19": 5500,
        "20-24": 6000,
        "25-29": 6000,
        "30-34": 6500,
        "35-39": 7000,
        "40-44": 7000,
        "45-49": 7000,
        "50-54": 7000,
        "55-59": 6500,
        "60-64": 6000,
        "65-69": 5500,
        "70-74": 5000,
        "75-79": 4000,
        "80-84": 2500,
        "85-89": 1500,
        "90+": 1000,
    },
    name="esp2013",
).rename_axis("age_band")

Interval = Literal["byar", "exact", "gamma"]
MissingEvents = Literal["refuse", "zero"]
Kind = Literal["ratio", "rate"]

_DOBSON = {"byar": "Dobson with Byar's limits", "exact": "Dobson with exact limits"}
_GAMMA = "Gamma (Fay and Feuer)"


def add_esp2013(data: pd.DataFrame, age: str = "age_band") -> pd.DataFrame:
    """Add the European Standard Population 2013 as a column named ``standard``.

    Parameters
    ----------
    data : pandas.DataFrame
        A table with a column of five-year age bands, ``"0-4"`` to ``"90+"``.
    age : str
        Name of that column.

    Returns
    -------
    pandas.DataFrame
        A copy with the column ``standard``; the table given is not changed.

    Raises
    ------
    Refusal
        If there is no such column, if an age band is not one of the 19, or if the table
        already has a column ``standard`` that says something else.

    Examples
    --------
    >>> add_esp2013(pd.DataFrame({"age_band": ["0-4", "90+"]}))
      age_band  standard
    0      0-4      5000
    1      90+      1000
    """
    tables.require_table(data)
    bands = tables.column(data, age, "age")
    standard = bands.astype(object).map(ESP2013.to_dict())
    unknown = np.flatnonzero(standard.isna())
    if unknown.size:
        raise Refusal(
            f"Column {age!r}, row {unknown[0] + 1}: {bands.iloc[unknown[0]]!r} is not an age band "
            f"of the European Standard Population 2013; its bands are {', '.join(ESP2013.index)}."
        )
    if "standard" in data.columns and not (data["standard"] == standard).all():
        raise Refusal(
            "The table already has a column 'standard' with other values: rename it first."
        )
    return data.assign(standard=standard.astype("int64"))


def direct(
    data: pd.DataFrame,
    *,
    events: str = "events",
    population: str = "population",
    standard: str = "standard",
    stratum: str | Sequence[str] = "age_band",
    by: str | Sequence[str] | None = None,
    multiplier: float = 100_000,
    confidence: float = 0.95,
    min_events: float = 10,
    interval: Interval = "byar",
    missing_events: MissingEvents = "refuse",
    frequency: str | None = None,
) -> pd.DataFrame:
    """Work out directly standardised rates, one for each group.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each stratum of each group.
    events, population, standard : str
        Columns of the events, of the people or person-years among whom they happened, and of
        the standard population. The standard population is matched to the strata by standing
        in the same row, never by order.
    stratum : str or list of str
        The column, or columns, that divide each group's population, such as the age band.
        Every group must have every stratum exactly once.
    by : str or list of str, optional
        The column, or columns, that name the group. Without it the table is one group.
    multiplier : float
        The rate is per this many.
    confidence : float
        Between 0 and 1.
    min_events : float
        A rate from fewer events in all is not shown: its value is missing and the note says
        why. UKHSA publishes none below 10.
    interval : {"byar", "exact", "gamma"}
        Dobson's method with Byar's limits of the total count (UKHSA) or with its exact limits;
        or the gamma limits of Fay and Feuer, which are wider for few events in unlike strata.
    missing_events : {"refuse", "zero"}
        What a missing count means. UKHSA's tool takes it as zero; here that has to be asked
        for, and the note then says how many counts it was done to.
    frequency : str, optional
        For events that repeat in one person (admissions, attendances): the column that says
        how many events each person had. `events` then counts *people* with that many, in one
        row for each stratum and frequency, and the interval allows for the repeats. Not with
        ``interval="gamma"``.

    Returns
    -------
    pandas.DataFrame
        One row for each group in order of first appearance: the columns of `by`, total_count,
        total_pop, multiplier, then value, lower, upper, confidence, statistic, method and note,
        then variance (of the value, in its own units squared).

    Raises
    ------
    Refusal
        If a column is missing, a value is not a number, a count or a standard population is
        negative, a population is missing or zero, a count is missing (unless taken as zero),
        a stratum stands twice in a group or is absent from one, or the standard population
        differs between groups.

    Notes
    -----
    With O events and n people in a stratum and standard population w, the rate is
    Σ(w O/n) / Σw, its variance V is Σ(w² O/n²) / (Σw)², and with O now the total count and
    O_L, O_U its limits, Dobson's limits are rate + √(V/O) (O_L - O) and
    rate + √(V/O) (O_U - O). For repeating events O/n² in V becomes Σ(f² p)/n², where p people
    had f events each. Without any event no interval exists: its limits are missing.

    A table cut at an age (under 75, say) is weighted by the strata it has.

    References
    ----------
    Dobson AJ et al. (1991), Stat Med 10:457-462. Fay MP, Feuer EJ (1997), Stat Med 16:791-801.
    Morris JK et al. (2018), Popul Health Metr 16:19, for the rule of 10. UKHSA, Fingertips
    technical guidance, and PHEindicatormethods, ``calculate_dsr``.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "ethnic_group": ["Indian", "Indian", "Roma", "Roma"],
    ...     "age_band": ["0-64", "65+", "0-64", "65+"],
    ...     "events": [20, 60, 4, 3],
    ...     "population": [9000, 1000, 2000, 100],
    ...     "standard": [80_500, 19_500, 80_500, 19_500],
    ... })
    >>> rates = direct(data, by="ethnic_group", multiplier=1000)
    >>> rates[["ethnic_group", "value", "lower", "upper"]].round(1)
      ethnic_group  value  lower  upper
    0       Indian   13.5   10.6   16.9
    1         Roma    NaN    NaN    NaN
    >>> rates["note"][1]
    'Not shown: fewer than 10 events.'
    """
    tables.check_choice("interval", interval, ("byar", "exact", "gamma"))
    tables.check_choice("missing_events", missing_events, ("refuse", "zero"))
    confidence = tables.check_confidence(confidence)
    multiplier = tables.check_multiplier(multiplier)
    if frequency is not None and interval == "gamma":
        raise Refusal("interval 'gamma' does not allow for repeats: use 'byar' with frequency.")
    table = _Strata.of(data, by, stratum)
    f = None
    if frequency is not None:
        f = table.numbers(frequency, "frequency")
        tables.require(f > 0, frequency, f, table.locate, "is not a number of events above zero")
    table.require_complete(within=None if f is None else pd.factorize(f)[0])
    x = table.numbers(events, "events")
    n = table.numbers(population, "population")
    w = table.numbers(standard, "standard")
    tables.require_counts(x, events, table.locate)
    tables.require_population(n, population, table.locate)
    tables.require_present(w, standard, table.locate)
    tables.require(~(w < 0), standard, w, table.locate, "is negative, and a population cannot be")
    table.require_same_in_all_groups(w, standard)
    notes = tables.blank_notes(table.groups)
    x = table.known(x, events, missing_events, notes)
    if f is None:
        happened = squares = x
        first = np.ones(len(x), dtype=bool)
    else:
        table.require_same_in_cell(n, population)
        happened, squares = f * x, f**2 * x
        first = ~pd.Series(table.cell).duplicated().to_numpy()

    total_count = table.total(happened)
    total_pop = table.total(np.where(first, n, 0))
    weight = table.total(np.where(first, w, 0))
    nothing = np.flatnonzero(weight == 0)
    if nothing.size:
        raise Refusal(f"Column {standard!r} is zero in every stratum{table.said(nothing[0])}.")
    share = w / n / weight[table.group]
    rate = table.total(share * happened)
    variance = table.total(share**2 * squares)

    if interval == "gamma":
        lower, upper = intervals.gamma(rate, variance, table.largest(share), confidence)
        method = _GAMMA
    else:
        limits = intervals.byar if interval == "byar" else intervals.exact_poisson
        low, high = limits(total_count, confidence)
        with np.errstate(invalid="ignore"):  # 0 / 0 where there is no event
            step = np.sqrt(variance / total_count)
        lower, upper = rate + step * (low - total_count), rate + step * (high - total_count)
        method = _DOBSON[interval]
        if frequency is not None:
            method += ", allowing for repeated events"

    value, lower, upper, variance = (
        rate * multiplier,
        lower * multiplier,
        upper * multiplier,
        variance * multiplier**2,
    )
    few = total_count < min_events
    value, lower, upper, variance = tables.withhold(
        few, tables.too_few(min_events), notes, value, lower, upper, variance
    )
    tables.add_note(notes, ~few & (total_count == 0), "No interval: there is no event.")
    tables.add_note(
        notes,
        ~few & (total_count > 0) & np.isnan(lower),
        "No lower limit: Byar's is below zero; use interval='exact'.",
    )
    return tables.result(
        {
            **table.named(),
            "total_count": total_count,
            "total_pop": total_pop,
            "multiplier": multiplier,
        },
        value=value,
        lower=lower,
        upper=upper,
        confidence=confidence,
        statistic="directly standardised rate" + tables.per(multiplier),
        method=method,
        note=notes,
    ).assign(variance=variance)


def indirect(
    data: pd.DataFrame,
    *,
    events: str = "events",
    population: str = "population",
    reference_events: str = "reference_events",
    reference_population: str = "reference_population",
    stratum: str | Sequence[str] = "age_band",
    by: str | Sequence[str] | None = None,
    kind: Kind = "ratio",
    multiplier: float | None = None,
    confidence: float = 0.95,
    min_events: float = 0,
    missing_events: MissingEvents = "refuse",
) -> pd.DataFrame:
    """Work out indirectly standardised ratios or rates, one for each group.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each stratum of each group, with the reference population's events and
        people of that stratum in the same row.
    events, population : str
        Columns of the group's events and people. A stratum may have no people if it has no
        event.
    reference_events, reference_population : str
        Columns of the reference population's events and people.
    stratum, by : str or list of str
        As in `direct`.
    kind : {"ratio", "rate"}
        Observed over expected events, or that ratio times the reference's crude rate.
    multiplier : float, optional
        For a ratio what the reference counts as, 1 or 100; else the rate is per this many.
        By default 1 for a ratio and 100,000 for a rate.
    confidence : float
        Between 0 and 1.
    min_events : float
        A value from fewer observed events is not shown.
    missing_events : {"refuse", "zero"}
        As in `direct`.

    Returns
    -------
    pandas.DataFrame
        One row for each group in order of first appearance: the columns of `by`, observed,
        expected, reference_rate (the reference's crude rate per person), multiplier, then value,
        lower, upper, confidence, statistic, method and note.

    Raises
    ------
    Refusal
        As in `direct`; also if a group's expected number is zero, if a group has events among
        no people, or if the reference differs between groups.

    Notes
    -----
    The expected number E is Σ n × (reference events / reference population); the ratio is O / E
    and its limits are those of the count O (exact below 10, Byar from 10) over E. Two groups'
    ratios rest on two sets of ages and are not comparable with each other: only each with its
    reference.

    References
    ----------
    UKHSA, Fingertips technical guidance; PHEindicatormethods, ``calculate_ISRatio`` and
    ``calculate_ISRate``.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "age_band": ["0-64", "65+"],
    ...     "events": [30, 40],
    ...     "population": [9000, 1000],
    ...     "reference_events": [2000, 5000],
    ...     "reference_population": [1_000_000, 200_000],
    ... })
    >>> indirect(data)[["observed", "expected", "value", "lower", "upper"]].round(2)
       observed  expected  value  lower  upper
    0      70.0      43.0   1.63   1.27   2.06
    """
    tables.check_choice("kind", kind, ("ratio", "rate"))
    tables.check_choice("missing_events", missing_events, ("refuse", "zero"))
    confidence = tables.check_confidence(confidence)
    if multiplier is None:
        multiplier = 1 if kind == "ratio" else 100_000
    multiplier = tables.check_multiplier(multiplier)
    table = _Strata.of(data, by, stratum)
    table.require_complete()
    x = table.numbers(events, "events")
    n = table.numbers(population, "population")
    reference_x = table.numbers(reference_events, "reference_events")
    reference_n = table.numbers(reference_population, "reference_population")
    tables.require_counts(x, events, table.locate)
    tables.require_population(n, population, table.locate, zero_allowed=True)
    tables.require(~((n == 0) & (x > 0)), events, x, table.locate, "happened among no people")
    tables.require_present(reference_x, reference_events, table.locate)
    tables.require_counts(reference_x, reference_events, table.locate)
    tables.require_population(reference_n, reference_population, table.locate)
    table.require_same_in_all_groups(reference_x, reference_events)
    table.require_same_in_all_groups(reference_n, reference_population)
    notes = tables.blank_notes(table.groups)
    x = table.known(x, events, missing_events, notes)

    observed = table.total(x)
    expected = table.total(n * reference_x / reference_n)
    nothing = np.flatnonzero(expected == 0)
    if nothing.size:
        raise Refusal(
            f"No event is expected{table.said(nothing[0])}: columns {population!r} and "
            f"{reference_events!r} leave nothing to compare with."
        )
    reference_rate = table.total(reference_x) / table.total(reference_n)
    scale = multiplier * (reference_rate if kind == "rate" else 1) / expected
    low, high, method = intervals.ukhsa_count(observed, confidence)
    value, lower, upper = tables.withhold(
        observed < min_events,
        tables.too_few(min_events),
        notes,
        observed * scale,
        low * scale,
        high * scale,
    )
    if kind == "rate":
        statistic = "indirectly standardised rate" + tables.per(multiplier)
    else:
        statistic = f"indirectly standardised ratio (reference = {multiplier:g})"
    return tables.result(
        {
            **table.named(),
            "observed": observed,
            "expected": expected,
            "reference_rate": reference_rate,
            "multiplier": multiplier,
        },
        value=value,
        lower=lower,
        upper=upper,
        confidence=confidence,
        statistic=statistic,
        method=method,
        note=notes,
    )


@dataclass(frozen=True)
class _Strata:
    """A long table: which group and which stratum each row is, and sums over the groups."""

    data: pd.DataFrame
    labels: pd.DataFrame  # one row for each group
    group: Integers
    stratum: Integers
    strata: int
    locate: Locate

    @classmethod
    def of(
        cls,
        data: pd.DataFrame,
        by: str | Sequence[str] | None,
        stratum: str | Sequence[str],
    ) -> _Strata:
        tables.require_table(data)
        by, stratum = tables.names(by), tables.names(stratum)
        group, stratum_code = tables.codes(data, by, "by"), tables.codes(data, stratum, "stratum")
        first = ~pd.Series(group).duplicated().to_numpy()
        return cls(
            data=data,
            labels=data.loc[first, by].reset_index(drop=True),
            group=group,
            stratum=stratum_code,
            strata=int(stratum_code.max()) + 1,
            locate=tables.locate_by_columns(data, [*by, *stratum]),
        )

    @property
    def groups(self) -> int:
        return len(self.labels)

    @property
    def cell(self) -> Integers:
        """One number for each stratum of each group."""
        return self.group * self.strata + self.stratum

    def named(self) -> dict[str, pd.Series]:
        """Return the columns that name the groups, for a result."""
        return {name: self.labels[name] for name in self.labels.columns}

    def numbers(self, name: str, parameter: str) -> Floats:
        return tables.numbers(tables.column(self.data, name, parameter), name, self.locate)

    def total(self, values: Floats) -> Floats:
        return tables.sums(values, self.group, self.groups)

    def largest(self, values: Floats) -> Floats:
        found = np.zeros(self.groups)
        np.maximum.at(found, self.group, values)
        return found

    def said(self, position: int) -> str:
        """Name a group for a message, or nothing where the table is one group."""
        row = self.labels.iloc[position]
        named = ", ".join(f"{name} {row[name]}" for name in self.labels.columns)
        return f" for {named}" if named else ""

    def known(
        self, x: Floats, name: str, missing_events: str, notes: NDArray[np.object_]
    ) -> Floats:
        """Refuse missing counts, or take them as zero where that was asked for, and say so."""
        missing = np.isnan(x)
        if missing_events == "refuse":
            tables.require(
                ~missing,
                name,
                x,
                self.locate,
                "is missing, which is not zero; missing_events='zero' would take it as zero",
            )
        for position in np.flatnonzero(how_many := self.total(missing)):
            tables.add_note(
                notes,
                np.arange(self.groups) == position,
                f"Missing counts taken as zero: {how_many[position]:.0f}.",
            )
        return np.where(missing, 0.0, x)

    def require_complete(self, within: Integers | None = None) -> None:
        """Refuse a stratum that stands twice in a group, or not at all.

        A stratum left out of one group would give that group another standard population, and
        nobody would see it. `within` numbers the rows that share a stratum on purpose.
        """
        cell = self.cell
        row = cell if within is None else cell * (int(within.max()) + 1) + within
        twice = np.flatnonzero(pd.Series(row).duplicated())
        if twice.size:
            raise Refusal(
                f"Stratum repeated in {self.locate(int(twice[0]))}: give each stratum of each "
                "group one row, and name every column that divides the groups in stratum or by."
            )
        present = np.unique(cell) if within is not None else cell
        if len(present) == self.groups * self.strata:
            return
        short = int(np.argmax(np.bincount(present // self.strata) < self.strata))
        absent = np.setdiff1d(np.arange(self.strata), present[present // self.strata == short])
        example = self.locate(int(np.argmax(self.stratum == absent[0])))
        raise Refusal(
            f"Stratum absent{self.said(short)}: there is no row for the stratum of {example}; "
            "give it a row with its population, and 0 events where there was none."
        )

    def require_same_in_all_groups(self, values: Floats, name: str) -> None:
        """Refuse a standard or reference population that is not one and the same."""
        self._require_same(values, name, self.stratum, "in the same stratum of another group")

    def require_same_in_cell(self, values: Floats, name: str) -> None:
        """Refuse values that differ between the rows of one stratum of one group."""
        self._require_same(values, name, self.cell, "in another row of the same stratum")

    def _require_same(self, values: Floats, name: str, key: Integers, place: str) -> None:
        first = np.zeros(int(key.max()) + 1)
        first[key[::-1]] = values[::-1]  # the last one written is the first in the table
        tables.require(
            values == first[key], name, values, self.locate, f"differs from the value {place}"
        )
