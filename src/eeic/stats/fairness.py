"""Fairness of options: who gains, who bears the cost, and how health is spread in the end.

Distributional cost-effectiveness analysis in four steps. `net_benefit` gives each group the
health that an option brings it, minus the health forgone elsewhere when the money is spent.
`ede` sums up a distribution of health in one number that counts both its mean and its spread,
`inequality` gives the spread alone, and `equity_impact` sets every option against a baseline.

How much spread matters is a value judgement, so the aversion to inequality is always an
argument. `ENGLAND_EPSILON` and `ENGLAND_ALPHA` are what a survey found in England; they are
offered as anchors and are never a default.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eeic.stats import _tables as tables
from eeic.stats._tables import Floats, Integers, Locate, Refusal

__all__ = [
    "ENGLAND_ALPHA",
    "ENGLAND_EPSILON",
    "ede",
    "equity_impact",
    "inequality",
    "net_benefit",
    "opportunity_cost",
]

#: Median aversion to inequality in quality-adjusted life expectancy in a survey of the public
#: in England (n = 244), for the Atkinson index: Robson M et al. (2017), Health Econ 26:1328-1334.
ENGLAND_EPSILON = 10.95
#: The same for the Kolm index, per year of quality-adjusted life expectancy.
ENGLAND_ALPHA = 0.15

Index = Literal["atkinson", "kolm", "extended_gini"]
Measure = Literal["health", "index"]
Distribution = Literal["population", "cost", "share"]

#: Index -> its name, the name of its aversion, and the aversion that means indifference.
_INDICES = {
    "atkinson": ("Atkinson", "epsilon", 0.0),
    "kolm": ("Kolm", "alpha", 0.0),
    "extended_gini": ("Extended Gini", "nu", 1.0),
}
_FORGONE = {
    "population": "health forgone by everyone equally",
    "cost": "health forgone by each group in proportion to its own cost",
    "share": "health forgone by given shares",
}
_NO_INTERVAL = "No interval: the input carries no uncertainty."
_ONE_GROUP = "One group: there is no inequality between groups."
_NO_MEAN = "No index: the mean is not above zero."


def ede(
    data: pd.DataFrame,
    *,
    index: Index,
    aversion: float | Sequence[float],
    health: str = "health",
    population: str = "population",
    group: str = "ethnic_group",
    by: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Work out equally distributed equivalent health.

    The level of health that, if everyone had it, would be judged as good as the distribution
    that there is. It lies between the worst-off group's health and the mean.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each group, within each of `by`.
    index : {"atkinson", "kolm", "extended_gini"}
        Whether inequality is judged by ratios of health, by differences, or by rank.
    aversion : float or sequence of float
        How much inequality matters: epsilon from 0 (Atkinson), alpha from 0 per unit of health
        (Kolm), nu from 1 (extended Gini). The lowest value means not at all. Several give one
        row each, to show what the judgement changes.
    health, population : str
        Columns of health per person, such as quality-adjusted life expectancy in years, and of
        people.
    group : str
        Column that names the group.
    by : str or list of str, optional
        The column, or columns, that tell distributions apart, such as the option or the area.

    Returns
    -------
    pandas.DataFrame
        One row for each distribution in order of first appearance and each aversion: the
        columns of `by`, index, aversion, groups, population, mean, then value (in units of
        health), lower, upper, confidence, statistic, method and note.

    Raises
    ------
    Refusal
        If health is missing (or, for Atkinson, not above zero), if a population is missing,
        zero or negative, if a group stands twice in a distribution, if the aversion is below
        its lowest value, or if there is no row.

    Notes
    -----
    With h the health and w the share of people of each group: Atkinson's is
    (Σ w h^(1-ε))^(1/(1-ε)), and for ε = 1 the geometric mean; Kolm's is -ln(Σ w exp(-αh)) / α;
    the extended Gini's is Σ h ((1-P)^ν - (1-P-w)^ν), where P is the share of people in groups
    of lower health. Powers and exponentials are taken relative to the group that dominates the
    sum, so that large aversions do not overflow. Inequality within groups is not seen.

    References
    ----------
    Atkinson AB (1970), J Econ Theory 2:244-263. Kolm SC (1976), J Econ Theory 12:416-442.
    Donaldson D, Weymark JA (1980), J Econ Theory 22:67-86. Asaria M, Griffin S, Cookson R
    (2016), Med Decis Making 36:8-19.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "ethnic_group": ["Indian", "Roma"],
    ...     "population": [9000, 1000],
    ...     "health": [70.0, 50.0],
    ... })
    >>> found = ede(data, index="atkinson", aversion=[0, 1, ENGLAND_EPSILON])
    >>> found[["aversion", "mean", "value"]].round(2)
       aversion  mean  value
    0      0.00  68.0  68.00
    1      1.00  68.0  67.68
    2     10.95  68.0  61.30
    """
    spread = _Spread.of(data, health, population, group, by)
    aversions = _aversions(index, aversion)
    value = np.column_stack([spread.ede(index, one) for one in aversions])
    return spread.result(
        index,
        aversions,
        value,
        "equally distributed equivalent health",
        np.zeros(value.shape, bool),
    )


def inequality(
    data: pd.DataFrame,
    *,
    index: Index,
    aversion: float | Sequence[float],
    health: str = "health",
    population: str = "population",
    group: str = "ethnic_group",
    by: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Work out an index of inequality: what the spread of health costs.

    Parameters
    ----------
    data, index, aversion, health, population, group, by
        As in `ede`.

    Returns
    -------
    pandas.DataFrame
        As from `ede`; the value is a share of mean health (Atkinson, extended Gini) or an
        amount of health (Kolm).

    Raises
    ------
    Refusal
        As in `ede`.

    Notes
    -----
    With E the equally distributed equivalent and m the mean, the index is 1 - E/m for Atkinson
    and the extended Gini (nu = 2 gives the Gini index), and m - E for Kolm. Where everyone has
    the same it is 0.

    References
    ----------
    As `ede`.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "ethnic_group": ["Indian", "Roma"],
    ...     "population": [9000, 1000],
    ...     "health": [70.0, 50.0],
    ... })
    >>> inequality(data, index="kolm", aversion=ENGLAND_ALPHA)[["mean", "value"]].round(2)
       mean  value
    0  68.0   5.12
    """
    spread = _Spread.of(data, health, population, group, by)
    aversions = _aversions(index, aversion)
    value = np.column_stack([spread.inequality(index, one) for one in aversions])
    statistic = "inequality in health" if index == "kolm" else "inequality as a share of the mean"
    return spread.result(index, aversions, value, statistic, np.isnan(value))


def equity_impact(
    data: pd.DataFrame,
    *,
    baseline: Any,
    index: Index,
    aversion: float | Sequence[float],
    measure: Measure = "health",
    option: str = "option",
    health: str = "health",
    population: str = "population",
    group: str = "ethnic_group",
) -> pd.DataFrame:
    """Place options on the equity impact plane: total health against fairness.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each group under each option. Everyone who gains, or forgoes health because
        the money is spent, must be in it.
    baseline : object
        The option that the others are compared with, such as what is done now.
    index, aversion
        As in `ede`.
    measure : {"health", "index"}
        Whether equity impact is in units of health (the change in equally distributed
        equivalent minus the change in the mean, for all people), or the fall of the index.
    option : str
        Column that names the option.
    health, population, group : str
        As in `ede`; health is net of the health forgone (see `net_benefit`).

    Returns
    -------
    pandas.DataFrame
        One row for each other option and each aversion: the option, baseline, index, aversion,
        population, net_health (change of the total), net_ede (change of the equally distributed
        equivalent, for all people), then value (net equity impact; above zero is fairer), lower,
        upper, confidence, statistic, method and note, then quadrant.

    Raises
    ------
    Refusal
        As in `ede`; also if there is no such baseline or no other option, if a group is absent
        from an option, or if its population differs between options.

    Notes
    -----
    With N people, mean m and equally distributed equivalent E the net health is N Δm and the
    net equity impact N (ΔE - Δm), so that their sum N ΔE ranks the options under this aversion.
    A change of less than one part in 10¹² is taken as none.

    References
    ----------
    Cookson R et al. (2017), Value Health 20:206-212, for the plane. Asaria M, Griffin S,
    Cookson R (2016), Med Decis Making 36:8-19.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "option": ["now", "now", "outreach", "outreach"],
    ...     "ethnic_group": ["Indian", "Roma"] * 2,
    ...     "population": [9000, 1000] * 2,
    ...     "health": [70.0, 50.0, 69.99, 50.2],
    ... })
    >>> plane = equity_impact(data, baseline="now", index="atkinson", aversion=1)
    >>> plane[["option", "net_health", "value", "quadrant"]].round(1)
         option  net_health  value                  quadrant
    0  outreach       110.0   73.2  more health, more equity
    """
    tables.check_choice("measure", measure, ("health", "index"))
    spread = _Spread.of(data, health, population, group, option)
    aversions = _aversions(index, aversion)
    spread.require_same_people(population)
    named = spread.labels[option]
    at = np.flatnonzero((named == baseline).to_numpy(dtype=bool, na_value=False))
    if not at.size:
        raise Refusal(
            f"Column {option!r} has no baseline {baseline!r}; its options are "
            f"{', '.join(map(str, named))}."
        )
    others = np.delete(np.arange(len(named)), at)
    if not others.size:
        raise Refusal(f"There is no option besides the baseline {baseline!r}: nothing to compare.")

    def against_baseline(work: Callable[[Index, float], Floats]) -> Floats:
        found = np.column_stack([work(index, one) for one in aversions])
        return found[others] - found[at]

    people = spread.people[others, None]
    ede_change = against_baseline(spread.ede)
    mean_change = (spread.mean[others] - spread.mean[at])[:, None] + np.zeros_like(ede_change)
    rounding = 1e-12 * np.abs(spread.mean[at])
    if measure == "health":
        equity, statistic = ede_change - mean_change, "net equity impact"
        value, noise = people * equity, rounding
    else:
        value, statistic = -against_baseline(spread.inequality), "fall of inequality"
        equity, noise = value, rounding if index == "kolm" else np.full(1, 1e-12)
    more_health = _direction(mean_change, rounding, "health")
    more_equity = _direction(equity, noise, "equity")
    quadrant = np.where(np.isnan(equity), "", more_health + ", " + more_equity)
    notes = tables.blank_notes(value.size)
    tables.add_note(notes, np.isnan(value.ravel()), _NO_MEAN)
    tables.add_note(notes, ~np.isnan(value.ravel()), _NO_INTERVAL)
    rows = np.repeat(others, len(aversions))
    return tables.result(
        {
            option: named.iloc[rows].reset_index(drop=True),
            "baseline": baseline,
            "index": index,
            "aversion": np.tile(aversions, len(others)),
            "population": spread.people[rows],
            "net_health": (people * mean_change).ravel(),
            "net_ede": (people * ede_change).ravel(),
        },
        value=value.ravel(),
        lower=np.nan,
        upper=np.nan,
        confidence=np.nan,
        statistic=statistic,
        method=np.tile(_methods(index, aversions), len(others)),
        note=notes,
    ).assign(quadrant=quadrant.ravel())


def opportunity_cost(
    data: pd.DataFrame,
    *,
    threshold: float,
    distribution: Distribution,
    cost: str = "cost",
    population: str = "population",
    share: str = "share",
    group: str = "ethnic_group",
    option: str | None = None,
) -> pd.DataFrame:
    """Say which health is forgone elsewhere, and by whom, when an option's cost is paid.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each group, under each option. Groups that gain nothing but may forgo health
        belong in it, with a cost of zero.
    threshold : float
        Pounds that would have bought one unit of health (one QALY) if spent otherwise.
    distribution : {"population", "cost", "share"}
        Who forgoes that health: everyone equally, each group in proportion to its own cost, or
        each group its share in the column `share`.
    cost, population : str
        Columns of each group's cost in pounds (below zero where money is saved) and of people.
    share : str
        Column of shares that add up to 1 in each option; used only with ``"share"``.
    group : str
        Column that names the group.
    option : str, optional
        Column that names the option; without it the table is one.

    Returns
    -------
    pandas.DataFrame
        One row for each row given, with its index: the option, the group, population, cost,
        threshold, then value (health forgone), lower, upper, confidence, statistic, method and
        note.

    Raises
    ------
    Refusal
        If a cost is missing, if a population is missing, zero or negative, if a group stands
        twice in an option or is absent from one, if shares are missing, negative or do not add
        up to 1, or if the threshold is not a positive number.

    Notes
    -----
    The health forgone in all is the total cost divided by the threshold.

    References
    ----------
    Cookson R et al. (2017), Value Health 20:206-212. Asaria M, Griffin S, Cookson R (2016),
    Med Decis Making 36:8-19.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "ethnic_group": ["Indian", "Roma"],
    ...     "population": [9000, 1000],
    ...     "cost": [100_000, 300_000],
    ... })
    >>> found = opportunity_cost(data, threshold=20_000, distribution="population")
    >>> found[["ethnic_group", "cost", "value"]]
      ethnic_group      cost  value
    0       Indian  100000.0   18.0
    1         Roma  300000.0    2.0
    """
    paid = _Paid.of(data, threshold, distribution, cost, population, share, group, option)
    return paid.result({}, paid.forgone, "health forgone")


def net_benefit(
    data: pd.DataFrame,
    *,
    threshold: float,
    distribution: Distribution,
    benefit: str = "benefit",
    cost: str = "cost",
    population: str = "population",
    share: str = "share",
    group: str = "ethnic_group",
    option: str | None = None,
) -> pd.DataFrame:
    """Work out each group's net health benefit: what it gains minus what it forgoes.

    Parameters
    ----------
    data, threshold, distribution, cost, population, share, group, option
        As in `opportunity_cost`.
    benefit : str
        Column of each group's health gained in all (QALYs), below zero where it is lost.

    Returns
    -------
    pandas.DataFrame
        One row for each row given, with its index: the option, the group, population, cost,
        threshold, benefit, opportunity_cost, then value (net health benefit), lower, upper,
        confidence, statistic, method and note, then monetary (net monetary benefit in pounds)
        and per_person (net health benefit for each person: added to the health before, it is
        the health that `ede` and `equity_impact` take).

    Raises
    ------
    Refusal
        As in `opportunity_cost`; also if a benefit is missing.

    Notes
    -----
    With benefit B, cost C, threshold k and the share s of the opportunity cost, a group's net
    health benefit is B - s ΣC / k, and its net monetary benefit k times that.

    References
    ----------
    As `opportunity_cost`.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "ethnic_group": ["Indian", "Roma"],
    ...     "population": [9000, 1000],
    ...     "benefit": [10, 30],
    ...     "cost": [100_000, 300_000],
    ... })
    >>> found = net_benefit(data, threshold=20_000, distribution="population")
    >>> found[["ethnic_group", "benefit", "opportunity_cost", "value", "monetary"]]
      ethnic_group  benefit  opportunity_cost  value  monetary
    0       Indian     10.0              18.0   -8.0 -160000.0
    1         Roma     30.0               2.0   28.0  560000.0
    """
    paid = _Paid.of(data, threshold, distribution, cost, population, share, group, option)
    gained = tables.numbers(tables.column(data, benefit, "benefit"), benefit, paid.locate)
    tables.require_present(gained, benefit, paid.locate)
    net = gained - paid.forgone
    parts = {"benefit": gained, "opportunity_cost": paid.forgone}
    return paid.result(parts, net, "net health benefit").assign(
        monetary=paid.threshold * net, per_person=net / paid.people
    )


@dataclass(frozen=True)
class _Spread:
    """Distributions of health over groups: shares of people, and sums for each distribution."""

    labels: dict[str, pd.Series]  # one row for each distribution
    which: Integers  # the distribution that each row belongs to
    group: Integers
    health: Floats
    share: Floats
    people: Floats  # of each distribution
    groups: Floats
    mean: Floats
    number: Floats  # people of each row
    health_name: str
    locate: Locate

    @classmethod
    def of(
        cls,
        data: pd.DataFrame,
        health: str,
        population: str,
        group: str,
        by: str | Sequence[str] | None,
    ) -> _Spread:
        tables.require_table(data)
        by = tables.names(by)
        which, kind = tables.codes(data, by, "by"), tables.codes(data, [group], "group")
        locate = tables.locate_by_columns(data, [*by, group])
        _require_once(which, kind, locate)
        h = tables.numbers(tables.column(data, health, "health"), health, locate)
        n = tables.numbers(tables.column(data, population, "population"), population, locate)
        tables.require_present(h, health, locate)
        tables.require_population(n, population, locate)
        groups = int(which.max()) + 1
        people = tables.sums(n, which, groups)
        share = n / people[which]
        return cls(
            labels=tables.labels(data, which, by),
            which=which,
            group=kind,
            health=h,
            share=share,
            people=people,
            groups=tables.sums(None, which, groups),
            mean=tables.sums(share * h, which, groups),
            number=n,
            health_name=health,
            locate=locate,
        )

    def require_same_people(self, population: str) -> None:
        """Refuse options that are not about the same people."""
        tables.require_each_once(self.which, self.group, self.locate, "group")
        first = np.zeros(int(self.group.max()) + 1)
        first[self.group[::-1]] = self.number[::-1]  # the last one written is the first given
        tables.require(
            self.number == first[self.group],
            population,
            self.number,
            self.locate,
            "differs from the same group's value under another option",
        )

    def ede(self, index: Index, aversion: float) -> Floats:
        """Return the equally distributed equivalent of each distribution."""
        if index == "kolm":
            return self._exponential_mean(self.health, -aversion)
        if index == "atkinson":
            h = self.health
            tables.require(
                h > 0, self.health_name, h, self.locate, "is not above zero, as Atkinson's must be"
            )
            if aversion == 0:
                return self.mean
            return np.exp(self._exponential_mean(np.log(h), 1 - aversion))
        order = np.lexsort((self.health, self.which))
        which, share = self.which[order], self.share[order]
        # The people at or above each place and above it, as shares of its own distribution.
        above = np.cumsum(share[::-1])[::-1]
        rest = np.append(above[1:], 0.0)
        first = np.append(True, which[1:] != which[:-1])
        last = np.append(first[1:], True)
        whole = above[first] - rest[last]
        at, after = (
            np.clip((part - rest[last][which]) / whole[which], 0, 1) for part in (above, rest)
        )
        weight = at**aversion - after**aversion
        return tables.sums(weight * self.health[order], which, len(self.people))

    def inequality(self, index: Index, aversion: float) -> Floats:
        """Return the index of each distribution, missing where it would mean nothing."""
        found = self.ede(index, aversion)
        if index == "kolm":
            return self.mean - found
        safe = np.where(self.mean > 0, self.mean, np.nan)
        return 1 - found / safe

    def _total(self, values: Floats) -> Floats:
        return tables.sums(values, self.which, len(self.people))

    def _exponential_mean(self, x: Floats, rate: float) -> Floats:
        """Return ln(Σ w exp(rate x)) / rate, which tends to the mean as the rate tends to 0."""
        if rate == 0:
            return self._total(self.share * x)
        top = np.full(len(self.people), -np.inf)
        np.maximum.at(top, self.which, np.sign(rate) * x)
        top *= np.sign(rate)
        gap = rate * (x - top[self.which])  # zero at the row that dominates, else below
        total = self._total(self.share * np.exp(gap))
        change = self._total(self.share * np.expm1(gap))
        # Near the mean the sum is nearly 1, and only its distance from 1 is known precisely.
        log = np.where(change > -0.5, np.log1p(np.maximum(change, -0.5)), np.log(total))
        return top + log / rate

    def result(
        self,
        index: Index,
        aversions: Floats,
        value: Floats,
        statistic: str,
        without: tables.Bools,
    ) -> pd.DataFrame:
        """Build a result of one row for each distribution and aversion."""
        rows = np.repeat(np.arange(len(self.people)), len(aversions))
        notes = tables.blank_notes(value.size)
        tables.add_note(notes, without.ravel(), _NO_MEAN)
        tables.add_note(notes, ~without.ravel(), _NO_INTERVAL)
        tables.add_note(notes, self.groups[rows] == 1, _ONE_GROUP)
        return tables.result(
            {
                **{
                    name: labels.iloc[rows].reset_index(drop=True)
                    for name, labels in self.labels.items()
                },
                "index": index,
                "aversion": np.tile(aversions, len(self.people)),
                "groups": self.groups[rows],
                "population": self.people[rows],
                "mean": self.mean[rows],
            },
            value=value.ravel(),
            lower=np.nan,
            upper=np.nan,
            confidence=np.nan,
            statistic=statistic,
            method=np.tile(_methods(index, aversions), len(self.people)),
            note=notes,
        )


@dataclass(frozen=True)
class _Paid:
    """The cost of options by group, and the health forgone for it."""

    first: dict[str, Any]  # the columns that every result starts with
    people: Floats
    threshold: float
    forgone: Floats
    method: str
    locate: Locate
    index: pd.Index

    @classmethod
    def of(
        cls,
        data: pd.DataFrame,
        threshold: float,
        distribution: Distribution,
        cost: str,
        population: str,
        share: str,
        group: str,
        option: str | None,
    ) -> _Paid:
        tables.check_choice("distribution", distribution, tuple(_FORGONE))
        if not _is_number(threshold) or not 0 < threshold < math.inf:
            raise Refusal(
                f"threshold is {threshold!r}: give a positive number of pounds for each unit of "
                "health, such as 20000."
            )
        tables.require_table(data)
        by = tables.names(option)
        which, kind = tables.codes(data, by, "option"), tables.codes(data, [group], "group")
        locate = tables.locate_by_columns(data, [*by, group])
        tables.require_each_once(which, kind, locate, "group")

        def numbers(name: str, parameter: str) -> Floats:
            found = tables.numbers(tables.column(data, name, parameter), name, locate)
            tables.require_present(found, name, locate)
            return found

        spent, people = numbers(cost, "cost"), numbers(population, "population")
        tables.require_population(people, population, locate)
        options = int(which.max()) + 1
        total = tables.sums(spent, which, options)[which]
        if distribution == "cost":
            borne = spent
        elif distribution == "population":
            borne = total * people / tables.sums(people, which, options)[which]
        else:
            part = numbers(share, "share")
            tables.require(part >= 0, share, part, locate, "is negative, and a share cannot be")
            sums = tables.sums(part, which, options)
            wrong = np.flatnonzero(~np.isclose(sums, 1, rtol=0, atol=1e-9))
            if wrong.size:
                example = locate(int(np.argmax(which == wrong[0])))
                raise Refusal(
                    f"Column {share!r}, {example} and the rows that belong to it: shares of the "
                    f"opportunity cost must add up to 1, and these add up to {sums[wrong[0]]:.12g}."
                )
            borne = total * part
        return cls(
            first={
                **{name: data[name].array for name in [*by, group]},
                "population": people,
                "cost": spent,
                "threshold": float(threshold),
            },
            people=people,
            threshold=float(threshold),
            forgone=borne / float(threshold),
            method=_FORGONE[distribution],
            locate=locate,
            index=data.index,
        )

    def result(self, parts: dict[str, Floats], value: Floats, statistic: str) -> pd.DataFrame:
        return tables.result(
            {**self.first, **parts},
            value=value,
            lower=np.nan,
            upper=np.nan,
            confidence=np.nan,
            statistic=statistic,
            method=self.method,
            note=_NO_INTERVAL,
            index=self.index,
        )


def _aversions(index: Index, aversion: float | Sequence[float]) -> Floats:
    """Return the aversions as an array, or refuse one below indifference."""
    tables.check_choice("index", index, tuple(_INDICES))
    _, symbol, least = _INDICES[index]
    several = np.atleast_1d(np.asarray(aversion, dtype=object)).tolist()
    for one in several:
        if not _is_number(one) or not least <= one < math.inf:
            raise Refusal(f"aversion is {one!r}: {symbol} is a number from {least:g} upwards.")
    if not several:
        raise Refusal("aversion is empty: give one number or several.")
    return np.array(several, dtype=np.float64)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _methods(index: Index, aversions: Floats) -> list[str]:
    name, symbol, _ = _INDICES[index]
    return [f"{name}, {symbol} {one:.15g}" for one in aversions]


def _require_once(which: Integers, kind: Integers, locate: Locate) -> None:
    """Refuse a group that stands twice in one distribution."""
    twice = np.flatnonzero(pd.DataFrame({"which": which, "kind": kind}).duplicated())
    if twice.size:
        raise Refusal(
            f"Repeated group in {locate(int(twice[0]))}: give each group one row, and name the "
            "column that tells distributions apart in by."
        )


def _direction(change: Floats, least: Floats, what: str) -> NDArray[np.object_]:
    """Say in words which way each change goes."""
    words = np.select(
        [np.isnan(change), np.abs(change) <= least, change > 0],
        ["", f"same {what}", f"more {what}"],
        f"less {what}",
    )
    return words.astype(object)
