"""Survey weights, estimates that know the design, and how large a sample has to be.

`base_weights`, `nonresponse_weights` and `rake` each return a copy of the table with one more
column of weights, in that order of use. `weighted_mean` and `weighted_proportion` take such a
column with the strata and clusters of the design. Sample size and power, which can be reached
from here, are in `eeic.stats.power`.

Few answers from a group say how the survey was sent out, in which languages and by whom; a
weight makes those who did answer stand for more people, and cannot say what the others think.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from eeic.stats import _tables as tables
from eeic.stats._tables import Bools, Floats, Integers, Locate, Refusal
from eeic.stats.power import (
    power_smr,
    power_two_proportions,
    power_two_rates,
    sample_size_one_proportion,
    sample_size_two_proportions,
    sample_size_two_rates,
)

__all__ = [
    "base_weights",
    "kish",
    "nonresponse_weights",
    "power_smr",
    "power_two_proportions",
    "power_two_rates",
    "rake",
    "sample_size_one_proportion",
    "sample_size_two_proportions",
    "sample_size_two_rates",
    "weighted_mean",
    "weighted_proportion",
]

_NO_SPREAD = "No interval by this method: all answers are the same."


def base_weights(data: pd.DataFrame, *, probability: str) -> pd.DataFrame:
    """Add the weight that undoes unequal chances of being sampled.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each person sampled, whether they answered or not.
    probability : str
        The column with the chance each had of being sampled, above 0 and at most 1.

    Returns
    -------
    pandas.DataFrame
        A copy with the column ``base_weight``, 1 / probability.

    Raises
    ------
    Refusal
        If the table is empty or already has ``base_weight``, or a probability is missing, no
        number, or out of range.

    Examples
    --------
    >>> base_weights(pd.DataFrame({"chance": [0.01, 0.05]}), probability="chance")
       chance  base_weight
    0    0.01        100.0
    1    0.05         20.0
    """
    locate = _located(data)
    chance = tables.numbers(tables.column(data, probability, "probability"), probability, locate)
    tables.require_present(chance, probability, locate)
    tables.require(
        (chance > 0) & (chance <= 1), probability, chance, locate, "is no chance of being sampled"
    )
    return _with_weight(data, "base_weight", 1 / chance)


def nonresponse_weights(
    data: pd.DataFrame,
    *,
    responded: str,
    within: str | Sequence[str],
    weight: str = "base_weight",
) -> pd.DataFrame:
    """Let those who answered stand for those of their class who did not.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each person sampled.
    responded : str
        The column that says who answered: true or false, or 1 or 0.
    within : str or list of str
        The column, or columns, that make the classes, known of everybody sampled.
    weight : str
        The column of weights so far.

    Returns
    -------
    pandas.DataFrame
        The rows of those who answered, with the columns ``response_rate`` (weighted, of their
        class) and ``nonresponse_weight``, weight / response_rate.

    Raises
    ------
    Refusal
        If the table is empty or already has one of the two columns, a class is missing, a
        weight is missing, not positive or no number, an answer to `responded` is missing or
        neither true nor false, or nobody answered in a class.

    Notes
    -----
    In class c the rate is Σw over those who answered / Σw over all. It assumes that within a
    class those who did not answer are like those who did, which the data cannot show.

    References
    ----------
    Little RJA (1986), Int Stat Rev 54:139-157.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "area": ["N", "N", "S", "S"], "answered": [True, False, True, True],
    ...     "base_weight": 10.0,
    ... })
    >>> nonresponse_weights(data, responded="answered", within="area")[
    ...     ["area", "response_rate", "nonresponse_weight"]]
      area  response_rate  nonresponse_weight
    0    N            0.5                20.0
    2    S            1.0                10.0
    3    S            1.0                10.0
    """
    locate = _located(data)
    answered = _yes_or_no(data, responded, "responded", locate) == 1
    w = _weights(data, weight, locate)
    classes = tables.names(within)
    code = tables.codes(data, classes, "within")
    classes_found = int(code.max()) + 1
    all_of = tables.sums(w, code, classes_found)
    those = tables.sums(w * answered, code, classes_found)
    silent = np.flatnonzero(those == 0)
    if silent.size:
        row = int(np.argmax(code == silent[0]))
        named = ", ".join(f"{name} {data[name].iloc[row]}" for name in classes)
        raise Refusal(
            f"Nobody answered in the class {named}: join it with another, for there is nobody to "
            "stand for it."
        )
    rate = (those / all_of)[code][answered]
    respondents = _with_weight(data[answered], "response_rate", rate)
    return _with_weight(respondents, "nonresponse_weight", w[answered] / rate)


def rake(
    data: pd.DataFrame,
    margins: Mapping[str, Mapping[str, float] | pd.Series],
    *,
    weight: str,
    tolerance: float = 1e-10,
    max_iterations: int = 1000,
) -> pd.DataFrame:
    """Fit weights to known totals of the population, one variable after the other until all fit.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each person who answered.
    margins : mapping of str to mapping or Series
        For each column the people in each of its categories; all must add up to the same
        number. One margin alone is post-stratification.
    weight : str
        The column of weights so far.
    tolerance : float
        The fit is reached when every weighted total is within this share of its margin.
    max_iterations : int
        Rounds before it is refused.

    Returns
    -------
    pandas.DataFrame
        A copy with the column ``raked_weight``.

    Raises
    ------
    Refusal
        If the table is empty or already has ``raked_weight``, a weight is missing, not positive
        or no number, a category is missing in the data or in a margin, a margin is not
        positive, the margins differ in total, or they do not fit after all rounds.

    Notes
    -----
    Iterative proportional fitting: in each round and for each variable, w is multiplied by
    margin / Σw within each category. Margins in conflict with empty combinations of the data
    never fit and are refused. `kish` says what the spread of the weights costs.

    References
    ----------
    Deming WE, Stephan FF (1940), Ann Math Stat 11:427-444; Deville JC, Särndal CE, Sautory O
    (1993), J Am Stat Assoc 88:1013-1020.

    Examples
    --------
    >>> data = pd.DataFrame({"sex": ["F", "F", "M"], "age": ["<65", "65+", "<65"], "w": 1.0})
    >>> rake(data, {"sex": {"F": 60, "M": 40}, "age": {"<65": 80, "65+": 20}}, weight="w")[
    ...     ["sex", "age", "raked_weight"]].round(6)
      sex  age  raked_weight
    0   F  <65          40.0
    1   F  65+          20.0
    2   M  <65          40.0
    """
    locate = _located(data)
    w = _weights(data, weight, locate)
    if not margins:
        raise Refusal("margins is empty: give the totals of at least one column.")
    if not 0 < tolerance < 1:
        raise Refusal(f"tolerance is {tolerance!r}: give a small share, such as 1e-10.")
    fits = [(name, *_margin(data, name, totals)) for name, totals in margins.items()]
    first_name, _, first = fits[0]
    for name, _, targets in fits[1:]:
        if abs(targets.sum() - first.sum()) > 1e-6 * first.sum():
            raise Refusal(
                f"The margin of {name!r} adds up to {targets.sum():.12g} and that of "
                f"{first_name!r} to {first.sum():.12g}: they must be the same people."
            )
    worst, badly = np.inf, first_name
    for _ in range(max_iterations):
        worst = 0.0
        for name, code, targets in fits:
            now = tables.sums(w, code, len(targets))
            if (off := float(np.max(np.abs(now / targets - 1)))) > worst:
                worst, badly = off, name
            w = w * (targets / now)[code]
        if worst <= tolerance:
            return _with_weight(data, "raked_weight", w)
    raise Refusal(
        f"The weights do not fit the margins after {max_iterations} rounds: {badly!r} is still "
        f"off by {worst:.2g} of a total; join small categories, or ask which combinations have "
        "nobody."
    )


def kish(data: pd.DataFrame, *, weight: str, by: str | Sequence[str] | None = None) -> pd.DataFrame:
    """Say what unequal weights cost in precision, before any answer is looked at.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each person who answered.
    weight : str
        The column of weights.
    by : str or list of str, optional
        The column, or columns, that name the group.

    Returns
    -------
    pandas.DataFrame
        One row for each group in order of first appearance: the columns of `by`, people,
        sum_of_weights, then value (the design effect), lower, upper and confidence (missing),
        statistic, method and note, then effective_sample_size.

    Raises
    ------
    Refusal
        If the table is empty, or a weight is missing, not positive or no number.

    Notes
    -----
    The design effect is n Σw²/(Σw)² = 1 + cv², with cv the weights' coefficient of variation
    (divisor n), and the effective sample size (Σw)²/Σw². It is the price of weights unrelated to
    the answer, and leaves strata and clusters out.

    References
    ----------
    Kish L (1965), *Survey sampling*; Kish L (1992), J Off Stat 8:183-200.

    Examples
    --------
    >>> data = pd.DataFrame({"w": [1.0, 1.0, 4.0]})
    >>> kish(data, weight="w")[["people", "value", "effective_sample_size"]]
       people  value  effective_sample_size
    0     3.0    1.5                    2.0
    """
    locate = _located(data)
    w = _weights(data, weight, locate)
    group, labels = _grouped(data, by)
    people = np.bincount(group).astype(float)
    total, squares = (tables.sums(x, group, len(labels)) for x in (w, w**2))
    return tables.result(
        {
            **{name: labels[name] for name in labels.columns},
            "people": people,
            "sum_of_weights": total,
        },
        value=people * squares / total**2,
        lower=np.nan,
        upper=np.nan,
        confidence=np.nan,
        statistic="design effect",
        method="Kish, 1 + cv²",
        note="",
    ).assign(effective_sample_size=total**2 / squares)


def weighted_mean(
    data: pd.DataFrame,
    *,
    value: str,
    weight: str,
    by: str | Sequence[str] | None = None,
    strata: str | Sequence[str] | None = None,
    cluster: str | Sequence[str] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Work out weighted means, with standard errors that know the design.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each person who answered.
    value : str
        The column to average.
    weight : str
        The column of weights.
    by : str or list of str, optional
        The column, or columns, that name the group. Groups are domains of the one survey: the
        strata and clusters count in full for each.
    strata : str or list of str, optional
        The column, or columns, of the strata that were sampled separately.
    cluster : str or list of str, optional
        The column, or columns, of the units sampled first within a stratum, such as practices.
        Without it each row is its own.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        One row for each group in order of first appearance: the columns of `by`, people,
        sum_of_weights, then value, lower, upper, confidence, statistic, method and note, then
        standard_error, degrees_of_freedom, design_effect and effective_sample_size.

    Raises
    ------
    Refusal
        If the table is empty, a column is missing, a value, group, stratum or cluster is
        missing, a weight is missing, not positive or no number, or a stratum has only one
        cluster, whose spread nothing can show.

    Notes
    -----
    The mean is Σwy/Σw. With zᵢ = wᵢ(yᵢ - mean)/Σw, zero outside the group, and z_hc its sum over
    cluster c of the n_h clusters of stratum h, the Taylor-linearised variance is
    Σ_h n_h/(n_h - 1) Σ_c (z_hc - z̄_h)². Clusters are taken as sampled with replacement, with no
    finite population correction. The limits use Student's t with clusters less strata degrees
    of freedom. The design effect is that variance over s²/n of a simple random sample of as
    many people, s² being the weighted variance of the answers, and the effective sample size
    people / design effect.

    References
    ----------
    Binder DA (1983), Int Stat Rev 51:279-292; Lumley T (2010), *Complex surveys*.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "practice": ["a", "a", "b", "b", "c", "c"],
    ...     "score": [3, 4, 6, 7, 2, 5], "w": [1.0, 1.0, 2.0, 2.0, 1.0, 1.0],
    ... })
    >>> found = weighted_mean(data, value="score", weight="w", cluster="practice")
    >>> found[["people", "value", "standard_error", "design_effect"]].round(2)
       people  value  standard_error  design_effect
    0     6.0    5.0            1.12           2.11
    """
    confidence = tables.check_confidence(confidence)
    design = _Design.of(data, weight, by, strata, cluster)
    y = tables.numbers(tables.column(data, value, "value"), value, design.locate)
    tables.require_present(y, value, design.locate)
    mean, error = design.mean(y)
    reach = design.t_value(confidence) * np.where(error == 0, np.nan, error)
    return design.result(
        y, mean, error, mean - reach, mean + reach, confidence, "weighted mean", "t", 1
    )


def weighted_proportion(
    data: pd.DataFrame,
    *,
    value: str,
    weight: str,
    by: str | Sequence[str] | None = None,
    strata: str | Sequence[str] | None = None,
    cluster: str | Sequence[str] | None = None,
    multiplier: float = 1,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Work out weighted proportions, with standard errors that know the design.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each person who answered.
    value : str
        The column that says who is counted: true or false, or 1 or 0.
    weight, by, strata, cluster : str or list of str
        As in `weighted_mean`.
    multiplier : float
        1 for a proportion, 100 for a percentage.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        As in `weighted_mean`.

    Raises
    ------
    Refusal
        As in `weighted_mean`, or if a value is neither true nor false.

    Notes
    -----
    The proportion p and its standard error are those of `weighted_mean`. The limits are set on
    the logit scale, logit(p) ± t SE/(p(1 - p)), and stay between 0 and 1. Where everybody or
    nobody is counted the linearised error is zero and there is no interval by this method.

    References
    ----------
    Korn EL, Graubard BI (1998), Surv Methodol 24:193-201; R package survey, ``svyciprop``.

    Examples
    --------
    >>> data = pd.DataFrame({"ok": [1, 0, 1, 1, 0], "w": [1.0, 3.0, 1.0, 2.0, 1.0]})
    >>> found = weighted_proportion(data, value="ok", weight="w", multiplier=100)
    >>> found[["value", "lower", "upper"]].round(1)
       value  lower  upper
    0   50.0    4.3   95.7
    """
    confidence = tables.check_confidence(confidence)
    multiplier = tables.check_multiplier(multiplier)
    design = _Design.of(data, weight, by, strata, cluster)
    y = _yes_or_no(data, value, "value", design.locate)
    mean, error = design.mean(y)
    inside = (error > 0) & (mean > 0) & (mean < 1)
    p = np.where(inside, mean, np.nan)
    reach = design.t_value(confidence) * error / (p * (1 - p))
    lower, upper = (special.expit(special.logit(p) + side * reach) for side in (-1, 1))
    named = "percentage" if multiplier == 100 else "proportion" + tables.per(multiplier)
    return design.result(
        y, mean, error, lower, upper, confidence, f"weighted {named}", "logit", multiplier
    )


@dataclass(frozen=True)
class _Design:
    """Who answered, in which group, stratum and cluster, and with what weight."""

    labels: pd.DataFrame  # one row for each group
    group: Integers
    stratum: Integers
    cluster: Integers
    clusters: Integers  # in each stratum
    weight: Floats
    locate: Locate

    @classmethod
    def of(
        cls,
        data: pd.DataFrame,
        weight: str,
        by: str | Sequence[str] | None,
        strata: str | Sequence[str] | None,
        cluster: str | Sequence[str] | None,
    ) -> _Design:
        locate = _located(data)
        group, labels = _grouped(data, by)
        strata, cluster = tables.names(strata), tables.names(cluster)
        stratum = tables.codes(data, strata, "strata")
        if cluster:
            # A cluster is named within its stratum: practice 1 of two strata is two practices.
            unit = tables.codes(data, [*strata, *cluster], "cluster")
        else:
            unit = np.arange(len(data), dtype=np.intp)
        clusters = np.bincount(stratum[~pd.Series(unit).duplicated().to_numpy()])
        lonely = np.flatnonzero(clusters == 1)
        if lonely.size:
            row = int(np.argmax(stratum == lonely[0]))
            named = ", ".join(f"{name} {data[name].iloc[row]}" for name in strata)
            raise Refusal(
                f"There is only one cluster{f' in stratum {named}' if named else ''}: its spread "
                "cannot be known; join it with another stratum that was sampled alike."
            )
        w = _weights(data, weight, locate)
        return cls(labels, group, stratum, unit, clusters, w, locate)

    @property
    def degrees_of_freedom(self) -> int:
        return int(self.clusters.sum()) - len(self.clusters)

    @property
    def sum_of_weights(self) -> Floats:
        return self.total(self.weight)

    def total(self, values: Floats) -> Floats:
        return tables.sums(values, self.group, len(self.labels))

    def t_value(self, confidence: float) -> float:
        """Return the quantile of Student's t that leaves half of 1 - confidence above it."""
        return float(special.stdtrit(self.degrees_of_freedom, (1 + confidence) / 2))

    def mean(self, y: Floats) -> tuple[Floats, Floats]:
        """Return the mean of each group and its linearised standard error."""
        total = self.sum_of_weights
        mean = self.total(self.weight * y) / total
        z = self.weight * (y - mean[self.group]) / total[self.group]
        # Sums over the clusters of each group: only those with somebody in the group.
        units = int(self.cluster.max()) + 1
        cells, place = np.unique(self.group * units + self.cluster, return_inverse=True)
        sums = tables.sums(z, place, len(cells))
        stratum_of = np.zeros(units, dtype=np.intp)
        stratum_of[self.cluster] = self.stratum
        size = len(self.clusters)
        key = cells // units * size + stratum_of[cells % units]
        shape = (len(total), size)
        squares = tables.sums(sums**2, key, len(total) * size).reshape(shape)
        sum_of = tables.sums(sums, key, len(total) * size).reshape(shape)
        # Clusters with nobody of the group count with a sum of zero.
        spread = squares - sum_of**2 / self.clusters
        variance = (spread * self.clusters / (self.clusters - 1)).sum(axis=1)
        return mean, np.where(self.same(y), 0.0, np.sqrt(np.maximum(variance, 0.0)))

    def same(self, y: Floats) -> Bools:
        """Say in which groups all answers are the same."""
        found = pd.Series(y).groupby(self.group).agg(["min", "max"])
        return (found["min"] == found["max"]).to_numpy()

    def result(
        self,
        y: Floats,
        mean: Floats,
        error: Floats,
        lower: Floats,
        upper: Floats,
        confidence: float,
        statistic: str,
        scale: str,
        multiplier: float,
    ) -> pd.DataFrame:
        """Build the result, with what the design cost."""
        people = np.bincount(self.group).astype(float)
        total = self.sum_of_weights
        deviation = self.weight * (y - mean[self.group]) ** 2
        spread = self.total(deviation) / total
        known = (people > 1) & (error > 0)
        simple = np.where(known, spread, np.nan) / np.where(known, people - 1, np.nan)
        effect = error**2 / simple
        notes = tables.blank_notes(len(mean))
        tables.add_note(notes, error == 0, _NO_SPREAD)
        return tables.result(
            {
                **{name: self.labels[name] for name in self.labels.columns},
                "people": people,
                "sum_of_weights": total,
            },
            value=mean * multiplier,
            lower=lower * multiplier,
            upper=upper * multiplier,
            confidence=confidence,
            statistic=statistic,
            method=f"Taylor linearisation, {scale} limits",
            note=notes,
        ).assign(
            standard_error=error * multiplier,
            degrees_of_freedom=self.degrees_of_freedom,
            design_effect=effect,
            effective_sample_size=people / effect,
        )


def _located(data: pd.DataFrame) -> Locate:
    return tables.locate_by_index(tables.require_table(data).index)


def _grouped(data: pd.DataFrame, by: str | Sequence[str] | None) -> tuple[Integers, pd.DataFrame]:
    """Return which group each row is in, and the labels of the groups."""
    by = tables.names(by)
    group = tables.codes(data, by, "by")
    first = ~pd.Series(group).duplicated().to_numpy()
    return group, data.loc[first, by].reset_index(drop=True)


def _weights(data: pd.DataFrame, name: str, locate: Locate) -> Floats:
    w = tables.numbers(tables.column(data, name, "weight"), name, locate)
    tables.require_present(w, name, locate)
    tables.require(w > 0, name, w, locate, "is no weight above zero")
    return w


def _with_weight(data: pd.DataFrame, name: str, values: Floats) -> pd.DataFrame:
    """Return a copy with one more column, which must not be there yet."""
    if name in data.columns:
        raise Refusal(f"The table already has a column {name!r}: rename it first.")
    return data.assign(**{name: values})


def _yes_or_no(data: pd.DataFrame, name: str, parameter: str, locate: Locate) -> Floats:
    """Return 1 for true and 0 for false, whether written as such or as numbers."""
    found = tables.column(data, name, parameter)
    if pd.api.types.is_bool_dtype(found):
        found = found.astype("Int64" if found.isna().any() else "int64")
    y = tables.numbers(found, name, locate)
    tables.require_present(y, name, locate)
    tables.require((y == 0) | (y == 1), name, y, locate, "is neither true (1) nor false (0)")
    return y


def _margin(
    data: pd.DataFrame, name: str, totals: Mapping[str, float] | pd.Series
) -> tuple[Integers, Floats]:
    """Return the category of each row and the people in each category."""
    code = tables.codes(data, [name], "margins")
    found = data[name].astype(object)[~pd.Series(code).duplicated().to_numpy()]
    wanted = pd.Series(totals, dtype=object)
    if wanted.index.has_duplicates:
        raise Refusal(f"The margin of {name!r} has a category twice.")
    for lonely, problem in (
        (found[~found.isin(wanted.index)], "stands in the data and not in the margin"),
        (wanted.index[~wanted.index.isin(found)], "stands in the margin and nobody in the data"),
    ):
        if len(lonely):
            raise Refusal(f"Category {next(iter(lonely))!r} of {name!r} {problem}.")
    targets = wanted.loc[list(found)]
    locate = tables.locate_by_index(targets.index)
    people = tables.numbers(targets, f"margin of {name}", locate)
    tables.require_population(people, f"margin of {name}", locate)
    return code, people
