"""Pooled tables of counts by Mantel and Haenszel or by Peto, for few events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from scipy import special

from eeic.stats import _intervals as intervals
from eeic.stats import _tables as tables
from eeic.stats._tables import Floats, Refusal
from eeic.stats.pooling import _analysis as analysis
from eeic.stats.pooling.effects import effect_sizes, require_group

__all__ = ["mantel_haenszel"]

Total = Callable[[Floats], Floats]
Pooled = Literal["RR", "OR", "RD", "Peto"]

_PARAMETERS = ("events", "population"), ("reference_events", "reference_population")
_STATISTIC = {
    "RR": "pooled log risk ratio",
    "OR": "pooled log odds ratio",
    "RD": "pooled risk difference",
    "Peto": "pooled log odds ratio",
}


def mantel_haenszel(
    data: pd.DataFrame,
    measure: Pooled,
    *,
    events: str = "events",
    population: str = "population",
    reference_events: str = "reference_events",
    reference_population: str = "reference_population",
    by: str | Sequence[str] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Pool tables of two groups straight from their counts, with nothing added to zeros.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each study or stratum.
    measure : {"RR", "OR", "RD", "Peto"}
        Mantel and Haenszel's risk ratio, odds ratio or risk difference; or Peto's odds ratio,
        meant for rare events, groups of like size and effects near 1.
    events, population, reference_events, reference_population : str
        Columns of the counts of the group of interest and of the reference group.
    by : str or list of str, optional
        Columns that name what is pooled apart, such as areas.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        One row for each subgroup: the columns of `by` and studies, then value, lower, upper,
        confidence, statistic, method and note (ratios as logarithms: see `back_transform`),
        then standard_error, p_value, q, q_df, q_p_value and i2.

    Raises
    ------
    Refusal
        As in `effect_sizes`; also if the counts define no pooled value. With `by`, a subgroup
        without one has a missing value and a note.

    Notes
    -----
    With a of n₁ and c of n₀ in each study, b = n₁ - a, d = n₀ - c and N = n₁ + n₀, the pooled
    values are RR: Σ(a n₀/N) / Σ(c n₁/N), with Greenland and Robins' variance; OR: Σ(ad/N) /
    Σ(bc/N), with Robins, Breslow and Greenland's; RD: Σ((a n₀ - c n₁)/N) / Σ(n₁ n₀/N), with
    Sato's. Peto: log OR = Σ(a - E)/ΣV, with a's expectation E and variance V given the margins,
    and variance 1/ΣV. All take the effect as common to the studies. Q compares each study's own
    effect with the pooled one; for it alone, as in metafor, ½ is added to the counts of a study
    with a zero, and studies in which nobody or everybody has an event are left out. statsmodels
    has the odds ratio (``StratifiedTable``), but no standard error for the risk ratio, no risk
    difference and no Peto; the tests compare the two.

    References
    ----------
    Mantel N, Haenszel W (1959), J Natl Cancer Inst 22:719-748; Greenland S, Robins JM (1985),
    Biometrics 41:55-68; Robins J, Breslow N, Greenland S (1986), Biometrics 42:311-323; Sato T,
    Greenland S, Robins JM (1989), Biometrics 45:1323-1324; Yusuf S, Peto R, Lewis J, Collins R,
    Sleight P (1985), Prog Cardiovasc Dis 27:335-371.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "events": [4, 0],
    ...     "population": [123, 80],
    ...     "reference_events": [11, 3],
    ...     "reference_population": [139, 75],
    ... })
    >>> mantel_haenszel(data, "RR")[["studies", "value", "lower", "upper"]].round(2)
       studies  value  lower  upper
    0        2  -1.15  -2.23  -0.07
    """
    tables.check_choice("measure", measure, tuple(_STATISTIC))
    confidence = tables.check_confidence(confidence)
    tables.require_table(data)
    names = tables.names(by)
    group = tables.codes(data, names, "by")
    locate = tables.locate_by_columns(data, names)
    wanted = (events, population), (reference_events, reference_population)
    counts = []
    for pair, parameters in zip(wanted, _PARAMETERS, strict=True):
        x, n = (
            tables.numbers(tables.column(data, name, parameter), name, locate)
            for name, parameter in zip(pair, parameters, strict=True)
        )
        require_group(x, n, pair, locate)
        counts += [x, n]
    a, n1, c, n0 = counts
    labels = tables.labels(data, group, names)
    groups = int(group.max()) + 1
    missing = np.isnan(a) | np.isnan(c)

    def total(values: Floats) -> Floats:
        return np.bincount(group, np.where(missing, 0, values), groups).astype(np.float64)

    with np.errstate(divide="ignore", invalid="ignore"):
        value, variance = _pooled(measure, a, n1, c, n0, total)
        own, weight = _singly(measure, a, n1, c, n0)
    pooled = np.isfinite(value) & (variance > 0)
    undefined = "these counts leave it, or its variance, undefined."
    if not pooled.any():
        raise Refusal(f"There is no {_STATISTIC[measure]}: {undefined}")
    value, se = np.where(pooled, value, np.nan), np.sqrt(np.where(pooled, variance, np.nan))
    told = np.isfinite(own) & (weight > 0)
    own, weight = np.where(told, own, 0), np.where(told, weight, 0)
    df = np.maximum(total(told.astype(np.float64)) - 1, 0)
    # One table has no difference between tables: no Q, and nothing surprising about it.
    q = np.where(df > 0, total(weight * (own - value[group]) ** 2), 0 * value)
    chance = np.where(df > 0, special.gammaincc(np.maximum(df, 1) / 2, q / 2), 1 + 0 * value)
    notes = tables.blank_notes(groups)
    tables.add_note(notes, ~pooled, f"No value: {undefined}")
    absent = np.bincount(group, missing, groups).astype(int)
    for count in np.unique(absent[absent > 0]):
        tables.add_note(notes, absent == count, analysis.left_out(count))
    half = intervals.z_value(confidence) * se
    return tables.result(
        {**labels, "studies": np.bincount(group, ~missing, groups).astype(int)},
        value=value,
        lower=value - half,
        upper=value + half,
        confidence=confidence,
        statistic=_STATISTIC[measure],
        method="Peto" if measure == "Peto" else "Mantel-Haenszel",
        note=notes,
    ).assign(
        standard_error=se,
        p_value=2 * special.ndtr(-np.abs(value / se)),
        q=q,
        q_df=df,
        q_p_value=chance,
        i2=100 * np.maximum(1 - df / np.where(q == 0, np.inf, q), 0) * (q != 0),
    )


def _pooled(
    measure: Pooled, a: Floats, n1: Floats, c: Floats, n0: Floats, total: Total
) -> tuple[Floats, Floats]:
    """Return the pooled effect of each group of tables and its variance."""
    n, b, d = n1 + n0, n1 - a, n0 - c
    if measure == "Peto":
        surplus, information = _peto(a, n1, c, n0)
        return total(surplus) / total(information), 1 / total(information)
    if measure == "RD":
        size = total(n1 * n0 / n)
        value = total((a * n0 - c * n1) / n) / size
        one = total((c * n1**2 - a * n0**2 + n1 * n0 * (n0 - n1) / 2) / n**2)
        other = total((a * d + c * b) / n) / 2
        return value, (value * one + other) / size**2
    if measure == "RR":
        above, below = total(a * n0 / n), total(c * n1 / n)
        variance = total((n1 * n0 * (a + c) - a * c * n) / n**2) / (above * below)
        return np.log(above / below), variance
    p, r, q, s = (a + d) / n, a * d / n, (b + c) / n, b * c / n
    above, below = total(r), total(s)
    variance = (
        total(p * r) / above**2 + total(p * s + q * r) / (above * below) + total(q * s) / below**2
    ) / 2
    return np.log(above / below), variance


def _singly(measure: Pooled, a: Floats, n1: Floats, c: Floats, n0: Floats) -> tuple[Floats, Floats]:
    """Return each table's own effect and its weight, for Q."""
    tells = (a + c > 0) & (a + c < n1 + n0)
    if measure == "Peto":
        zero = ((a == 0) | (a == n1) | (c == 0) | (c == n0)).astype(np.float64)
        surplus, information = _peto(a + zero / 2, n1 + zero, c + zero / 2, n0 + zero)
        return np.where(tells, surplus / information, np.nan), information
    own = effect_sizes(measure, a, n1, c, n0, zero_cells="half")
    return np.where(tells, own["value"], np.nan), 1 / own["variance"].to_numpy()


def _peto(a: Floats, n1: Floats, c: Floats, n0: Floats) -> tuple[Floats, Floats]:
    """Return events above expectation given the margins, and the variance of their number."""
    n, events = n1 + n0, a + c
    return a - events * n1 / n, events * (n - events) * n1 * n0 / (n**2 * (n - 1))
