"""Groups with an order, such as deprivation quintiles: WHO's measures, trend, and making them.

Ethnic groups have no order. None of this may be used on them: an order that somebody gave them
would decide the answer.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from eeic.stats import _tables as tables
from eeic.stats._tables import Bools, Floats, Refusal
from eeic.stats.gaps import _groups as shared
from eeic.stats.gaps._groups import Groups, Measure

__all__ = ["assign_quantile", "ordered_summary", "trend"]

#: Measure -> its name in words.
MEASURES = {
    "difference": "difference",
    "ratio": "ratio",
    "aci": "absolute concentration index",
    "rci": "relative concentration index",
    "erreygers": "concentration index, Erreygers's correction",
    "wagstaff": "concentration index, Wagstaff's correction",
    "par": "population attributable risk",
    "paf": "population attributable fraction (%)",
}

_NO_BOUND = "No value: it needs the scale (100 for percentages)."


def ordered_summary(
    data: pd.DataFrame,
    *,
    order: str,
    favourable: bool | str,
    estimate: str = "value",
    population: str = "population",
    se: str | None = None,
    scale: float | str | None = None,
    by: str | Sequence[str] | None = None,
    measures: Sequence[str] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Sum up inequality along an order, such as deprivation: WHO's summary measures.

    Not for ethnic groups, which have no order: see `unordered_summary`.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each group (and each set of groups, see `by`).
    order : str
        Column of whole numbers that follow one another, the least advantaged group first.
    favourable : bool or str
        True where a high estimate is good (screening), False where it is bad (deaths); or the
        column that says so of each set.
    estimate, population : str
        Columns of the groups' estimates and of their people.
    se : str, optional
        Column of the estimates' standard errors; difference and ratio need them for intervals.
    scale : float or str, optional
        What everyone counted would give: 1 for proportions, 100 for percentages, 100,000 for
        rates per 100,000; or the column that says so of each set. The corrections of Erreygers
        and Wagstaff need it, and PAR and PAF for their intervals.
    by : str or list of str, optional
        The column, or columns, that tell sets of groups apart, such as indicator and area.
    measures : list of str, optional
        Some of ``"difference"``, ``"ratio"``, ``"aci"``, ``"rci"``, ``"erreygers"``,
        ``"wagstaff"``, ``"par"`` and ``"paf"``; all by default.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        For each set, in order of first appearance, one row for each measure: the columns of
        `by`, measure, groups (how many), then value, lower, upper, confidence, statistic,
        method, note and se (of the ratio: of its logarithm).

    Raises
    ------
    Refusal
        If an estimate is missing; if the order has gaps, repeats or other than whole numbers;
        if a set has fewer than three groups (two for difference and ratio alone); if a
        population is missing or zero; if a standard error is negative; or if an estimate lies
        off its scale.

    Notes
    -----
    Difference and ratio are between the most and the least advantaged group, the one that
    should be higher first. With shares of the population p and ranks R, the share of people
    below the middle of the group, ACI = 2 Σ p (R - ½) y and RCI = ACI / μ, where μ = Σ p y:
    negative where high estimates lie with the less advantaged. For an estimate between 0 and a
    scale S, Erreygers's index is 4 ACI / S and Wagstaff's RCI / (1 - μ / S). The standard error
    is that of the weighted regression of 2 var(R) y on R: it takes the estimates as exact and
    says how far they lie from one straight line. PAR = y of the most advantaged - μ and
    PAF = 100 PAR / μ, or 0 where the most advantaged do no better than the average.

    References
    ----------
    Schlotheuber A, Hosseinpoor AR (2022), Int J Environ Res Public Health 19:3697; Erreygers G
    (2009), J Health Econ 28:504-515; Wagstaff A (2011), Health Econ 20:1155-1160; R package
    healthequal.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "quintile": [1, 2, 3, 4, 5],
    ...     "value": [52.1, 58.8, 64.9, 69.2, 73.4],
    ...     "population": [10_200, 10_050, 9_900, 10_010, 9_840],
    ... })
    >>> found = ordered_summary(data, order="quintile", favourable=True, scale=100,
    ...                         measures=["difference", "aci", "rci", "erreygers"])
    >>> found[["measure", "value", "lower", "upper"]].round(3)
          measure   value  lower  upper
    0  difference  21.300    NaN    NaN
    1         aci   4.251  3.737  4.765
    2         rci   0.067  0.059  0.075
    3   erreygers   0.170  0.149  0.191
    """
    confidence = tables.check_confidence(confidence)
    wanted = shared.chosen(measures, MEASURES)
    groups = Groups.of(data, by, order, estimate, population)
    groups.require_groups(2 if set(wanted) <= {"difference", "ratio"} else 3)
    place = groups.order(order)
    good = groups.favourable(favourable)
    error = groups.errors(se)
    top = groups.first(place == groups.largest(place)[groups.code])
    bottom = groups.first(place == groups.smallest(place)[groups.code])
    most = groups.scale(scale, estimate)
    y = groups.estimate
    high, low = np.where(good, top, bottom), np.where(good, bottom, top)
    found = {
        **shared.gaps((y[high], error[high]), (y[low], error[low])),
        **_concentration(groups, groups.ridit(place), most),
        **shared.attributable(groups, y[top], groups.population[top], good, most),
    }
    return shared.as_result(
        groups, {name: found[name] for name in wanted}, MEASURES, "WHO", confidence
    )


def trend(
    data: pd.DataFrame,
    *,
    order: str,
    events: str = "events",
    population: str = "population",
    by: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Test whether proportions rise or fall along an order (Cochran and Armitage).

    Not for ethnic groups, which have no order: see `homogeneity`.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each group (and each set of groups, see `by`).
    order, events, population : str
        Columns of the order (whole numbers that follow one another), of the people counted,
        and of those who could have been.
    by : str or list of str, optional
        The column, or columns, that tell sets of groups apart.

    Returns
    -------
    pandas.DataFrame
        One row for each set: the columns of `by`, groups, then value (chi-squared), lower,
        upper and confidence (all missing), statistic, method, note, df and p_value.

    Raises
    ------
    Refusal
        If events are missing, negative or more than the population; if a population is missing
        or zero; if the order has gaps or repeats; or if a set has one group.

    Notes
    -----
    With scores s from the order, p the proportion in all groups and N all people, chi-squared
    is (Σ s (x - n p))² / (p (1 - p) (Σ n s² - (Σ n s)² / N)) on 1 degree of freedom.

    References
    ----------
    Armitage P (1955), Biometrics 11:375-386; R package stats (``prop.trend.test``).

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "quintile": [1, 2, 3], "events": [45, 60, 75], "population": [100, 100, 100],
    ... })
    >>> trend(data, order="quintile")[["value", "df", "p_value"]].round(5)
       value   df  p_value
    0  18.75  1.0  0.00001
    """
    groups, share = shared.counted(data, by, order, events, population)
    n, score = groups.population, groups.order(order)
    score = score - (groups.total(n * score) / groups.total(n))[groups.code]
    above = groups.total(score * (groups.estimate - n * share[groups.code]))
    value = above**2 / (share * (1 - share) * groups.total(n * score**2))
    return shared.tested(
        groups, value, np.ones(groups.sets), "chi-squared of trend", "Cochran-Armitage"
    )


def assign_quantile(
    data: pd.DataFrame,
    *,
    value: str,
    highest_first: bool,
    quantiles: int = 10,
    by: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Divide areas into quantile groups by a value, such as deprivation, by UKHSA's rule.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each area.
    value : str
        Column to rank the areas by. An area without a value gets no quantile.
    highest_first : bool
        True puts the highest values in quantile 1, False the lowest. For deprivation scores
        True makes quantile 1 the most deprived.
    quantiles : int
        How many: 10 for deciles, 5 for quintiles.
    by : str or list of str, optional
        The column, or columns, within which areas are divided, such as the region.

    Returns
    -------
    pandas.DataFrame
        A copy with the columns ``quantile`` (1 to `quantiles`, or missing) and ``note``; the
        table given is not changed.

    Raises
    ------
    Refusal
        If a value is not a number; if `quantiles` is not a whole number from 2 on; if
        `highest_first` is not true or false; or if the table already has one of the two columns.

    Notes
    -----
    Areas with equal values share the lowest rank r among them, so an area is never put apart
    from one with the same value. Of n areas with a value, quantile
    q = Q + 1 - ⌈(n + 1 - r) Q / n⌉ of Q. Fewer areas than quantiles get none. Where many areas
    are tied across a boundary the groups are of unequal size: look at the counts.

    References
    ----------
    PHEindicatormethods, ``phe_quantile``; OHID technical guide *Assigning deprivation
    categories*.

    Examples
    --------
    >>> areas = pd.DataFrame({"area": list("abcdef"), "score": [3, 9, 4, 7, 7, 1]})
    >>> assign_quantile(areas, value="score", highest_first=True, quantiles=3)["quantile"].tolist()
    [3, 1, 2, 1, 1, 3]
    """
    tables.require_table(data)
    if not isinstance(highest_first, bool | np.bool_):
        raise Refusal(f"highest_first is {highest_first!r}: say True or False.")
    whole = isinstance(quantiles, int | np.integer) and not isinstance(quantiles, bool)
    if not whole or quantiles < 2:
        raise Refusal(f"quantiles is {quantiles!r}: give a whole number of groups, 2 or more.")
    for name in ("quantile", "note"):
        if name in data.columns:
            raise Refusal(f"The table already has a column {name!r}: rename it first.")
    by = tables.names(by)
    locate = tables.locate_by_columns(data, by)
    numbers = tables.numbers(tables.column(data, value, "value"), value, locate)
    code = tables.codes(data, by, "by")
    areas = np.bincount(code, weights=~np.isnan(numbers))[code]
    rank = pd.Series(numbers).groupby(code).rank(method="min", ascending=not highest_first)
    missing = np.isnan(numbers)
    few = areas < quantiles
    notes = tables.blank_notes(len(data))
    tables.add_note(notes, missing, "No quantile: the value is missing.")
    tables.add_note(
        notes, few & ~missing, f"No quantile: fewer than {quantiles} areas have a value."
    )
    known = ~missing & ~few
    # In whole numbers: n / Q as a fraction would put some areas one quantile too low.
    n, r = areas[known].astype(np.int64), rank.to_numpy()[known].astype(np.int64)
    found = pd.array(np.zeros(len(data), dtype=np.int64), dtype="Int64")
    found[known] = quantiles + 1 + -((n + 1 - r) * quantiles) // n
    found[~known] = pd.NA
    return data.assign(quantile=found, note=notes)


def _concentration(groups: Groups, ridit: Floats, scale: Floats) -> dict[str, Measure]:
    """Return concentration indices by regression on the ranks."""
    p, y, code = groups.share, groups.estimate, groups.code
    mean, rank = groups.mean, ridit - 0.5
    above = y - mean[code]
    spread = groups.total(p * rank**2)
    aci = 2 * groups.total(p * rank * above)
    away = 2 * spread[code] * above - aci[code] * rank
    with np.errstate(invalid="ignore", divide="ignore"):  # two groups leave no degree of freedom
        error = np.sqrt(groups.total(p * away**2) / (groups.count - 2) / spread)
    equal = groups.largest(y) == groups.smallest(y)
    aci, error = np.where(equal, 0.0, aci), np.where(equal, 0.0, error)

    def over(divisor: Floats, notes: list[tuple[Bools, str]]) -> Measure:
        divisor = np.where(divisor > 0, divisor, np.nan)
        return Measure(aci / divisor, error / divisor, notes=notes)

    none = [(~(mean > 0), shared.ZERO_MEAN)]
    unbounded = [(np.isnan(scale), _NO_BOUND)]
    everyone = groups.smallest(y) == scale
    full = [(everyone, "No value: the average is the whole scale.")]
    return {
        "aci": Measure(aci, error),
        "rci": over(mean, none),
        "erreygers": over(scale / 4, unbounded),
        "wagstaff": over(
            np.where((mean > 0) & ~everyone, mean * (1 - mean / scale), 0.0),
            none + unbounded + full,
        ),
    }
