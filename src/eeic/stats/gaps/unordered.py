"""Groups without an order, such as ethnic groups: a whole table in one number, WHO's way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from eeic.stats import _tables as tables
from eeic.stats._tables import Bools, Floats, Integers, Refusal
from eeic.stats.gaps import _groups as shared
from eeic.stats.gaps._groups import Groups, Measure

__all__ = ["homogeneity", "unordered_summary"]

#: Measure -> its name in words.
MEASURES = {
    "difference": "difference",
    "ratio": "ratio",
    "bgv": "between-group variance",
    "bgsd": "between-group standard deviation",
    "cov": "coefficient of variation (%)",
    "mdb_weighted": "mean difference from the best group, weighted",
    "mdb_unweighted": "mean difference from the best group, unweighted",
    "mdm_weighted": "mean difference from the average, weighted",
    "mdm_unweighted": "mean difference from the average, unweighted",
    "mdr_weighted": "mean difference from the reference group, weighted",
    "mdr_unweighted": "mean difference from the reference group, unweighted",
    "idis_weighted": "index of disparity (%), weighted",
    "idis_unweighted": "index of disparity (%), unweighted",
    "theil": "Theil index (times 1,000)",
    "mld": "mean log deviation (times 1,000)",
    "par": "population attributable risk",
    "paf": "population attributable fraction (%)",
}

_TIES = "Groups share the {} estimate; the first in the table stands for them."


def unordered_summary(
    data: pd.DataFrame,
    *,
    favourable: bool | str,
    reference: str | None,
    group: str = "ethnic_group",
    estimate: str = "value",
    population: str = "population",
    se: str | None = None,
    scale: float | str | None = None,
    by: str | Sequence[str] | None = None,
    measures: Sequence[str] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Sum up how far groups without an order lie apart: WHO's summary measures.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each group (and each set of groups, see `by`).
    favourable : bool or str
        True where a high estimate is good (screening), False where it is bad (deaths); or the
        column that says so of each set.
    reference : str or None
        The group that others are compared with, in `group`. None compares the highest with the
        lowest estimate, and leaves the mean differences from the reference out.
    group, estimate, population : str
        Columns of the groups, of their estimates, and of their people.
    se : str, optional
        Column of the estimates' standard errors. Without them only PAR and PAF have intervals.
    scale : float or str, optional
        What everyone counted would give: 1 for proportions, 100 for percentages, 100,000 for
        rates per 100,000; or the column that says so of each set. PAR and PAF need it for their
        intervals.
    by : str or list of str, optional
        The column, or columns, that tell sets of groups apart, such as indicator and area.
    measures : list of str, optional
        Some of ``"difference"``, ``"ratio"``, ``"bgv"``, ``"bgsd"``, ``"cov"``,
        ``"mdb_weighted"``, ``"mdb_unweighted"``, ``"mdm_weighted"``, ``"mdm_unweighted"``,
        ``"mdr_weighted"``, ``"mdr_unweighted"``, ``"idis_weighted"``, ``"idis_unweighted"``,
        ``"theil"``, ``"mld"``, ``"par"`` and ``"paf"``; all by default.
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
        If estimates are missing in more than 15% of a set's groups, or in the reference group;
        if a set has fewer than three groups (two for difference and ratio alone); if a
        population is missing or zero; if a group stands twice in a set; if a standard error is
        negative; or if an estimate lies off its scale.

    Notes
    -----
    With estimates y, shares of the population p, the average μ = Σ p y and r = y / μ:
    BGV = Σ p (y - μ)², BGSD = √BGV, COV = 100 BGSD / μ; the mean differences are Σ p |y - ref|,
    or unweighted Σ |y - ref| / k, from the best estimate, from μ, or from the reference;
    IDIS = 100 × the mean difference from μ, over μ; Theil = 1000 Σ p r ln r;
    MLD = -1000 Σ p ln r; PAR = best - μ, and PAF = 100 PAR / μ. PAR and PAF are negative where
    a high estimate is bad.

    With a reference, difference and ratio are between it and the worst of the other groups, the
    one that should be higher first.

    An unweighted measure gives a group of 2,000 the weight of one of 40 million; a weighted one
    hides small groups. The best group may be small and its estimate chance. WHO replaces zeros
    by 0.000001 for Theil and MLD, which then depend on that number: here they have no value.
    WHO's software simulates intervals of BGSD, COV, mean differences and IDIS; here they have
    none. Its intervals of Theil, MLD and PAF are on another scale than their values; here they
    are on the same.

    References
    ----------
    Schlotheuber A, Hosseinpoor AR (2022), Int J Environ Res Public Health 19:3697; Ahn J et al.
    (2018), JCO Clin Cancer Inform 2:1-19, for standard errors; Walter SD (1978), Int J Epidemiol
    7:175-182, for PAF's; R package healthequal.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "ethnic_group": ["Asian", "Black", "White"],
    ...     "value": [70.3, 55.8, 81.2],
    ...     "population": [18_900, 9_120, 120_400],
    ... })
    >>> found = unordered_summary(data, favourable=True, reference="White",
    ...                           measures=["difference", "mdr_weighted", "mdr_unweighted"])
    >>> found[["measure", "groups", "value"]].round(1)
              measure  groups  value
    0      difference       3   25.4
    1    mdr_weighted       3    2.9
    2  mdr_unweighted       3   12.1
    """
    confidence = tables.check_confidence(confidence)
    wanted = shared.chosen(measures, MEASURES)
    groups = Groups.of(
        data, by, group, estimate, population, missing_allowed=shared.MISSING_ALLOWED
    )
    groups.require_groups(2 if set(wanted) <= {"difference", "ratio"} else 3)
    good = groups.favourable(favourable)
    error = groups.errors(se)
    compared = _reference(groups, group, reference)
    best_scale = groups.scale(scale, estimate)
    if compared is None and measures is None:
        wanted = [name for name in wanted if not name.startswith("mdr")]
    elif compared is None and any(name.startswith("mdr") for name in wanted):
        raise Refusal("Mean differences from the reference group need one: name it in reference.")

    y, code = groups.estimate, groups.code
    highest, lowest = groups.largest(y), groups.smallest(y)
    best = np.where(good, highest, lowest)
    at_best = y == best[code]
    found = {
        **_extremes(groups, error, good, compared),
        **_spread(groups, error),
        **_mean_differences(groups, "mdb", best),
        **_mean_differences(groups, "mdm", groups.mean),
        **({} if compared is None else _mean_differences(groups, "mdr", y[compared])),
        **_entropy(groups, error),
        **shared.attributable(
            groups,
            best,
            groups.largest(np.where(at_best, groups.population, 0.0)),
            good,
            best_scale,
        ),
    }
    return shared.as_result(
        groups, {name: found[name] for name in wanted}, MEASURES, "WHO", confidence
    )


def homogeneity(
    data: pd.DataFrame,
    *,
    group: str = "ethnic_group",
    events: str = "events",
    population: str = "population",
    by: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Test by chi-squared whether all groups have the same proportion.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each group (and each set of groups, see `by`).
    group, events, population : str
        Columns of the groups, of the people counted, and of those who could have been.
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
        or zero; if a group stands twice; or if a set has one group.

    Notes
    -----
    With k groups and p the proportion in all of them, chi-squared is
    Σ (x - n p)² / (n p (1 - p)) on k - 1 degrees of freedom.

    References
    ----------
    R package stats (``prop.test``).

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "ethnic_group": ["Asian", "Black", "White"],
    ...     "events": [60, 45, 190], "population": [100, 90, 280],
    ... })
    >>> homogeneity(data)[["value", "df", "p_value"]].round(3)
       value   df  p_value
    0  9.709  2.0    0.008
    """
    groups, share = shared.counted(data, by, group, events, population)
    n = groups.population
    away = (groups.estimate - n * share[groups.code]) ** 2
    value = groups.total(away / n) / (share * (1 - share))
    return shared.tested(groups, value, groups.count - 1, "chi-squared of homogeneity", "Pearson")


def _reference(groups: Groups, group: str, reference: str | None) -> Integers | None:
    """Return the row of the reference group in each set."""
    if reference is None:
        return None
    here = (groups.data[group] == reference).to_numpy(dtype=bool)
    absent = np.flatnonzero(groups.total(here) == 0)
    if absent.size:
        raise Refusal(
            f"The reference group {reference!r} has no estimate in column {group!r}"
            f"{groups.said(absent[0])}."
        )
    return groups.first(here)


def _extremes(
    groups: Groups, error: Floats, favourable: Bools, reference: Integers | None
) -> dict[str, Measure]:
    """Compare the highest with the lowest, or the reference with the worst of the others."""
    y, code = groups.estimate, groups.code
    rest = np.ones(len(y), dtype=bool)
    if reference is not None:
        rest[reference] = False
    at_top = rest & (y == groups.largest(np.where(rest, y, -np.inf))[code])
    at_bottom = rest & (y == groups.smallest(np.where(rest, y, np.inf))[code])
    high, low = groups.first(at_top), groups.first(at_bottom)
    shared_top, shared_bottom = groups.total(at_top) > 1, groups.total(at_bottom) > 1
    if reference is not None:
        high, low = np.where(favourable, reference, high), np.where(favourable, low, reference)
        shared_top, shared_bottom = shared_top & ~favourable, shared_bottom & favourable
    found = shared.gaps((y[high], error[high]), (y[low], error[low]))
    ties = [(shared_top, _TIES.format("highest")), (shared_bottom, _TIES.format("lowest"))]
    return {
        name: replace(measure, notes=[*measure.notes, *ties]) for name, measure in found.items()
    }


def _spread(groups: Groups, se: Floats) -> dict[str, Measure]:
    p, mean = groups.share, groups.mean
    away = groups.estimate - mean[groups.code]
    variance = groups.total(p * away**2)
    first = groups.total(p**2 * se**2 * away**2)
    second = groups.total(p**2 * se**2)
    fourth = groups.total(p**2 * (1 - p) ** 2 * se**4) - groups.total(p**4 * se**4)
    error = np.sqrt(np.maximum(4 * first + 2 * (second**2 + fourth), 0.0))
    relative, note = _over(mean, np.sqrt(variance))
    return {
        "bgv": Measure(variance, error),
        "bgsd": Measure(np.sqrt(variance)),
        "cov": Measure(relative, notes=note),
    }


def _mean_differences(groups: Groups, name: str, standard: Floats) -> dict[str, Measure]:
    """Return mean differences from a standard, and for the average the index of disparity."""
    away = np.abs(groups.estimate - standard[groups.code])
    weighted, unweighted = groups.total(groups.share * away), groups.total(away) / groups.count
    found = {f"{name}_weighted": Measure(weighted), f"{name}_unweighted": Measure(unweighted)}
    if name == "mdm":
        for kind, value in (("weighted", weighted), ("unweighted", unweighted)):
            relative, note = _over(groups.mean, value)
            found[f"idis_{kind}"] = Measure(relative, notes=note)
    return found


def _entropy(groups: Groups, se: Floats) -> dict[str, Measure]:
    """Return the Theil index and the mean log deviation, which no zero can enter."""
    p, mean = groups.share, groups.mean
    possible = groups.smallest(groups.estimate) > 0
    over = np.where(possible, mean, np.nan)[groups.code]
    r = groups.estimate / over
    log = np.log(r)
    part = (p * se / over) ** 2
    theil, mld = groups.total(p * r * log), groups.total(-p * log)
    slope = 1 + log - groups.total(p * r * (1 + log))[groups.code]
    notes = [(~possible, "No value: a group's estimate is not above zero, and has no logarithm.")]
    return {
        "theil": Measure(1000 * theil, 1000 * np.sqrt(groups.total(slope**2 * part)), notes=notes),
        "mld": Measure(
            1000 * mld, 1000 * np.sqrt(groups.total((1 - 1 / r) ** 2 * part)), notes=notes
        ),
    }


def _over(mean: Floats, value: Floats) -> tuple[Floats, list[tuple[Bools, str]]]:
    """Return a value as a percentage of the average, where that is above zero."""
    positive = mean > 0
    return 100 * value / np.where(positive, mean, np.nan), [(~positive, shared.ZERO_MEAN)]
