"""What goes with the size of an effect: a moderator, or the size of the study itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from eeic.stats import _tables as tables
from eeic.stats._tables import Floats, Refusal
from eeic.stats.pooling import _analysis as analysis
from eeic.stats.pooling._analysis import Inference, Known, Settings, Test
from eeic.stats.pooling._estimate import (
    Heterogeneity,
    Method,
    Studies,
    Weighted,
    heterogeneity,
)

__all__ = ["asymmetry", "regress"]

Asymmetry = Literal["egger", "egger_random", "begg"]


def regress(
    data: pd.DataFrame,
    moderator: str,
    *,
    effect: str = "value",
    variance: str = "variance",
    method: Method = "REML",
    test: Test = "z",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Relate the effects of studies to one number that is known of each study.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each study.
    moderator : str
        Column of a number, such as the year or a share of people. For kinds of study use
        `pool` with `by` and `common_tau2`, and `subgroup_difference`.
    effect, variance, method, test, confidence
        As in `pool`.

    Returns
    -------
    pandas.DataFrame
        Two rows, intercept and moderator: term and studies, then value, lower, upper,
        confidence, statistic, method and note; then standard_error, test_value, test_df,
        p_value; and, the same in both rows, of what the moderator leaves unexplained: q, q_df,
        q_p_value, tau2, tau2_se, tau2_lower, tau2_upper, i2, h2; and r2, the percentage of the
        variance between studies that it does explain (missing where there is none).

    Raises
    ------
    Refusal
        As in `pool`; also if the moderator is the same in all studies, or if there are fewer
        than three studies (two for a common effect with test z).

    Notes
    -----
    Weighted regression with weights 1/(v + τ²), τ² being what varies between studies around the
    line. R² is 100 (τ₀² - τ²)/τ₀², at least 0, with τ₀² from the same studies without
    moderator. With few studies a slope is easily found by chance, and what holds between
    studies need not hold between people.

    References
    ----------
    Thompson SG, Higgins JPT (2002), Stat Med 21:1559-1573; Raudenbush SW (2009), in Cooper H,
    Hedges LV, Valentine JC, *The handbook of research synthesis and meta-analysis*, for R²;
    R package metafor, ``rma.uni``.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "year": [2001, 2005, 2010, 2012],
    ...     "value": [0.1, 0.6, 0.3, 0.9],
    ...     "variance": [0.02, 0.05, 0.01, 0.09],
    ... })
    >>> regress(data, "year", method="DL")[["term", "value", "p_value"]].round(3)
            term   value  p_value
    0  intercept -82.435    0.285
    1       year   0.041    0.283
    """
    settings = Settings.of(method, test, confidence)
    studies = Known.of(data, effect, variance, moderator)
    x, k = studies.columns["moderator"], len(studies.effect)
    needed = 2 if method == "EE" and test == "z" else 3
    if k < needed:
        raise Refusal(f"A slope needs {needed} studies or more with these options; there are {k}.")
    line, around = _line(studies.effect, studies.variance, x, moderator, settings)
    plain = Studies.of(studies.effect, studies.variance, np.array([k]))
    without = heterogeneity(plain, method, confidence).tau2[0]
    tau2 = around.tau2[0]
    notes = tables.blank_notes(2)
    tables.add_note(notes, np.repeat(line.flat, 2), analysis.FLAT)
    count = int((~studies.known).sum())
    tables.add_note(notes, np.array([count > 0] * 2), analysis.left_out(count))
    if method == "EE":
        q, df = around.q[0], k - 2
        i2 = 100 * max(1 - df / q, 0) if q > 0 else 0.0
        h2 = q / df if df else 1.0
    else:
        i2, h2 = around.i2(around.tau2)[0], 1 + tau2 / around.typical[0]
    return tables.result(
        {"term": ["intercept", moderator], "studies": k},
        value=line.value[0],
        lower=line.lower[0],
        upper=line.upper[0],
        confidence=confidence,
        statistic="meta-regression coefficient",
        method=settings.named,
        note=notes,
    ).assign(
        standard_error=line.standard_error[0],
        test_value=line.test_value[0],
        test_df=line.df[0] if np.isfinite(line.df[0]) else np.nan,
        p_value=line.p_value[0],
        q=around.q[0],
        q_df=k - 2,
        q_p_value=around.q_p[0],
        tau2=tau2,
        tau2_se=around.tau2_se[0],
        tau2_lower=around.tau2_lower[0],
        tau2_upper=around.tau2_upper[0],
        i2=i2,
        h2=h2,
        r2=100 * max(1 - tau2 / without, 0) if without > 0 else np.nan,
    )


def asymmetry(
    data: pd.DataFrame,
    *,
    effect: str = "value",
    variance: str = "variance",
    test: Asymmetry = "egger",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Test whether small studies show other effects than large ones.

    Parameters
    ----------
    data, effect, variance, confidence
        As in `pool`.
    test : {"egger", "egger_random", "begg"}
        Egger's regression of the effect on its standard error, with the scatter estimated; the
        same with variation between studies (REML); or Begg and Mazumdar's rank correlation of
        standardised effects with variances.

    Returns
    -------
    pandas.DataFrame
        One row: studies, then value (the slope, or Kendall's τ), lower and upper (missing for
        Begg's test), confidence, statistic, method and note, then test_value, test_df, p_value.

    Raises
    ------
    Refusal
        As in `pool`; also with fewer than three studies, or if all have the same variance.

    Notes
    -----
    A small p says that effects go with the size of the study. Selective publication is one
    reason among several; real differences between small and large studies are another. With
    fewer than ten studies the tests find little. Log ratios are related to their own variances,
    which can alone produce a slope. Begg's p is exact below 50 studies without ties.

    References
    ----------
    Egger M, Davey Smith G, Schneider M, Minder C (1997), BMJ 315:629-634; Begg CB, Mazumdar M
    (1994), Biometrics 50:1088-1101; R package metafor, ``regtest`` and ``ranktest``.

    Examples
    --------
    >>> data = pd.DataFrame({"value": [0.1, 0.6, 0.3, 0.9], "variance": [0.02, 0.05, 0.01, 0.09]})
    >>> asymmetry(data)[["value", "p_value"]].round(2)
       value  p_value
    0   2.68     0.27
    """
    tables.check_choice("test", test, ("egger", "egger_random", "begg"))
    settings = Settings.of(*(("EE", "knha") if test == "egger" else ("REML", "z")), confidence)
    studies = Known.of(data, effect, variance)
    y, v, k = studies.effect, studies.variance, len(studies.effect)
    if k < 3:
        raise Refusal(f"A test of asymmetry needs three studies or more; there are {k}.")
    notes = tables.blank_notes(1)
    count = int((~studies.known).sum())
    tables.add_note(notes, np.array([count > 0]), analysis.left_out(count))
    if test == "begg":
        value, p = _rank_correlation(y, v, variance)
        lower = upper = t = df = np.nan
    else:
        line, _ = _line(y, v, np.sqrt(v), variance, settings)
        tables.add_note(notes, line.flat, analysis.FLAT)
        value, lower, upper, t, p = (
            found[0, 1]
            for found in (line.value, line.lower, line.upper, line.test_value, line.p_value)
        )
        df = line.df[0] if np.isfinite(line.df[0]) else np.nan
    return tables.result(
        {"studies": [k]},
        value=value,
        lower=lower,
        upper=upper,
        confidence=confidence,
        statistic="Kendall's τ" if test == "begg" else "slope on the standard error",
        method={
            "egger": "Egger",
            "egger_random": "Egger, random effects (REML)",
            "begg": "Begg and Mazumdar",
        }[test],
        note=notes,
    ).assign(test_value=t, test_df=df, p_value=p)


def _line(
    effect: Floats, variance: Floats, x: Floats, name: str, settings: Settings
) -> tuple[Inference, Heterogeneity]:
    """Fit intercept and slope of one analysis, and the variance around the line."""
    middle, scale = x.mean(), x.std()
    if scale <= 1e-10 * np.abs(x).max():
        raise Refusal(f"Column {name!r} is the same in all studies: there is no slope.")
    # Around its middle, and in its own units, the moderator does no harm to the arithmetic.
    design = np.column_stack([np.ones_like(x), (x - middle) / scale])
    studies = Studies.of(effect, variance, np.array([len(x)]), design)
    around = heterogeneity(studies, settings.method, settings.confidence)
    if not around.converged[0]:
        raise Refusal(settings.not_settled)
    fit = Weighted.of(studies, 1 / (variance + around.tau2[0]))
    back = np.array([[1, -middle / scale], [0, 1 / scale]])
    line = replace(
        fit,
        coefficients=fit.coefficients @ back.T,
        covariance=back @ fit.covariance @ back.T,
    )
    return Inference.of(line, fit.q, studies.freedom.astype(np.float64), settings), around


def _rank_correlation(y: Floats, v: Floats, name: str) -> tuple[float, float]:
    """Return Kendall's τ of standardised effects and variances, and its p."""
    from scipy import stats  # heavy, and needed here only

    weight = 1 / v
    spread = v - 1 / weight.sum()
    if np.ptp(v) == 0:
        raise Refusal(f"Column {name!r} is the same in all studies: ranks tell nothing.")
    standardised = (y - np.average(y, weights=weight)) / np.sqrt(spread)
    ties = len(np.unique(standardised)) < len(y) or len(np.unique(v)) < len(v)
    found = stats.kendalltau(
        standardised, v, method="asymptotic" if ties or len(y) >= 50 else "exact"
    )
    return float(found.statistic), float(found.pvalue)
