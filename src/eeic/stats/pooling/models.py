"""Pooled effects: common effect and random effects, and the same with studies left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import special

from eeic.stats import _tables as tables
from eeic.stats._tables import Bools, Floats, Integers, Refusal
from eeic.stats.pooling import _analysis as analysis
from eeic.stats.pooling._analysis import Inference, Known, Settings, Test
from eeic.stats.pooling._estimate import (
    Heterogeneity,
    Method,
    Studies,
    Weighted,
    heterogeneity,
)

__all__ = ["cumulative", "leave_one_out", "pool", "subgroup_difference"]

Prediction = Literal["t", "test"]

_EMPTY = "No value: no study has both an effect and a variance."
_LONE = "One study, given as it stands: nothing tells how far studies differ."
_CLOSE = "The studies differ less than chance alone would make them: the limits of τ² are zero."


def pool(
    data: pd.DataFrame,
    *,
    effect: str = "value",
    variance: str = "variance",
    by: str | Sequence[str] | None = None,
    common_tau2: bool = False,
    method: Method = "REML",
    test: Test = "z",
    prediction: Prediction = "t",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Pool the effects of studies, once or once for each subgroup.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each study: a result of `effect_sizes`, or a table of your own.
    effect, variance : str
        Columns of the effect, on a scale where it is about normal (a log ratio, not a ratio),
        and of its variance, the square of its standard error.
    by : str or list of str, optional
        Columns that name the subgroup, or the area, of each study.
    common_tau2 : bool
        With `by`: whether the subgroups share one variance between studies, or have each their
        own.
    method : {"REML", "DL", "PM", "ML", "HE", "SJ", "EB", "HS", "EE"}
        ``"EE"``: one common effect, all differences being chance. Else random effects, with the
        variance between studies by restricted maximum likelihood, DerSimonian and Laird, Paule
        and Mandel, maximum likelihood, Hedges, Sidik and Jonkman, empirical Bayes (the same as
        Paule and Mandel), or Hunter and Schmidt.
    test : {"z", "knha"}
        Interval and p from the normal distribution, or Knapp and Hartung's from t.
    prediction : {"t", "test"}
        Prediction interval from t with k - 2 degrees of freedom, or from the distribution of
        the test (normal, or t with k - 1), which metafor takes.
    confidence : float
        Between 0 and 1; for all intervals.

    Returns
    -------
    pandas.DataFrame
        One row for each subgroup in order of first appearance: the columns of `by` and studies
        (how many were pooled), then value, lower, upper, confidence, statistic, method and
        note; then standard_error, test_value (z or t), test_df (missing for z), p_value; q,
        q_df, q_p_value; tau2, tau2_se, tau2_lower, tau2_upper; i2, i2_lower, i2_upper (in per
        cent), h2; and prediction_lower, prediction_upper.

    Raises
    ------
    Refusal
        If a variance is zero or negative, if no study has both effect and variance, if REML or
        ML finds no maximum, if a column is absent or no number, or an option is unknown. With
        `by`, a subgroup that cannot be pooled has a missing value and a note instead.

    Notes
    -----
    With weights w = 1/(v + τ²) the pooled effect is Σwy / Σw, and its standard error 1/√Σw, or
    with Knapp and Hartung √(Σw(y - pooled)² / ((k - 1) Σw)). Q is Cochran's, with weights 1/v,
    on k - 1 degrees of freedom. The limits of τ² are those values at which the Q of the weights
    w equals a quantile of χ² (k - 1): Viechtbauer's Q-profile. Where both would be below zero
    both are zero. I² is 100 τ² / (τ² + s²) and H² is 1 + τ²/s², with the typical variance
    within studies s² = (k - 1) Σ(1/v) / ((Σ1/v)² - Σ1/v²); for DerSimonian and Laird that is
    (Q - (k - 1))/Q, which is also taken for a common effect, where H² is Q/(k - 1). The
    prediction interval, for the effect in a new setting, is the pooled effect ± the quantile
    × √(τ² + standard error²).

    A study with no effect or no variance is left out, and the note counts them. A single study
    is given as it stands. REML and ML start from Hedges' estimate, and where the likelihood has
    several peaks take the one reached from there, or zero if that is likelier. With a common τ²
    of g subgroups, k - 1 becomes k - g for τ² and for Knapp and Hartung, whose factor is shared
    too, and k - 2 becomes k - g - 1 for the prediction interval.

    References
    ----------
    DerSimonian R, Laird N (1986), Control Clin Trials 7:177-188; Viechtbauer W (2005), J Educ
    Behav Stat 30:261-293, and (2007), Stat Med 26:37-52; Knapp G, Hartung J (2003), Stat Med
    22:2693-2710; Higgins JPT, Thompson SG (2002), Stat Med 21:1539-1558; Higgins JPT, Thompson
    SG, Spiegelhalter DJ (2009), J R Stat Soc A 172:137-159; R package metafor, ``rma.uni``.

    Examples
    --------
    >>> data = pd.DataFrame({"value": [0.1, 0.6, 0.3, 0.9], "variance": [0.02, 0.05, 0.01, 0.09]})
    >>> pooled = pool(data, method="DL")
    >>> pooled[["studies", "value", "lower", "upper", "tau2", "i2"]].round(2)
       studies  value  lower  upper  tau2     i2
    0        4   0.39   0.12   0.66  0.04  61.34
    """
    settings = Settings.of(method, test, confidence)
    studies = Known.of(data, effect, variance)
    names = tables.names(by)
    if common_tau2 and not names:
        raise Refusal("common_tau2 needs by: without subgroups there is one τ² anyway.")
    group = tables.codes(data, names, "by")
    labels = tables.labels(data, group, names)
    groups = int(group.max()) + 1
    order = np.argsort(group[studies.known], kind="stable")
    return _pooled(
        labels,
        studies.effect[order],
        studies.variance[order],
        np.bincount(group[studies.known], minlength=groups),
        np.bincount(group[~studies.known], minlength=groups),
        settings,
        prediction,
        common_tau2=common_tau2,
    )


def subgroup_difference(
    pooled: pd.DataFrame, *, effect: str = "value", standard_error: str = "standard_error"
) -> pd.DataFrame:
    """Test whether the pooled effects of subgroups differ by more than chance.

    Parameters
    ----------
    pooled : pandas.DataFrame
        A result of `pool` with `by`.
    effect, standard_error : str
        Columns of the pooled effects and their standard errors.

    Returns
    -------
    pandas.DataFrame
        One row: subgroups (how many were compared), then value (Q between subgroups), lower and
        upper (missing: Q has no interval), confidence, statistic, method and note, then df and
        p_value.

    Raises
    ------
    Refusal
        If fewer than two subgroups have a pooled effect, or a standard error is not positive.

    Notes
    -----
    Q between subgroups is Σ (m - m̄)² / se², with m̄ the mean weighted by 1/se², on g - 1
    degrees of freedom of χ². With a common effect it is the part of Q that lies between
    subgroups; with one τ² for all it is the Wald test of the moderator. Subgroups are of
    studies, not of people: a difference may come from whatever else sets the studies apart.

    References
    ----------
    Borenstein M, Hedges LV, Higgins JPT, Rothstein HR (2009), *Introduction to meta-analysis*,
    chapter 19, Wiley.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "setting": ["GP", "GP", "hospital", "hospital"],
    ...     "value": [0.1, 0.2, 0.7, 0.9],
    ...     "variance": [0.02, 0.05, 0.01, 0.09],
    ... })
    >>> test = subgroup_difference(pool(data, by="setting", method="EE"))
    >>> test[["value", "df", "p_value"]].round(3)
        value  df  p_value
    0  15.022   1      0.0
    """
    tables.require_table(pooled)
    locate = tables.locate_by_index(pooled.index)
    y = tables.numbers(tables.column(pooled, effect, "effect"), effect, locate)
    se = tables.numbers(
        tables.column(pooled, standard_error, "standard_error"), standard_error, locate
    )
    tables.require(~(se <= 0), standard_error, se, locate, "is not a positive standard error")
    known = ~np.isnan(y) & ~np.isnan(se)
    subgroups = int(known.sum())
    if subgroups < 2:
        raise Refusal(f"The test needs two subgroups with a pooled effect; there are {subgroups}.")
    compared = Studies.of(y[known], se[known] ** 2, np.array([subgroups]))
    between = Weighted.of(compared, 1 / compared.variance).q
    notes = tables.blank_notes(1)
    absent = len(known) - subgroups
    tables.add_note(notes, np.array([absent > 0]), f"Subgroups without an effect: {absent}.")
    if "studies" in pooled:
        single = int((pooled["studies"].to_numpy()[known] == 1).sum())
        tables.add_note(notes, np.array([single > 0]), f"Subgroups of one study: {single}.")
    return tables.result(
        {"subgroups": [subgroups]},
        value=between,
        lower=np.nan,
        upper=np.nan,
        confidence=np.nan,
        statistic="Q between subgroups",
        method="Chi-squared",
        note=notes,
    ).assign(df=subgroups - 1, p_value=special.gammaincc((subgroups - 1) / 2, between / 2))


def leave_one_out(
    data: pd.DataFrame,
    *,
    effect: str = "value",
    variance: str = "variance",
    study: str | None = None,
    method: Method = "REML",
    test: Test = "z",
    prediction: Prediction = "t",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Pool all studies but one, leaving out each in turn.

    Parameters
    ----------
    data, effect, variance, method, test, prediction, confidence
        As in `pool`.
    study : str, optional
        Column that names the studies; by default the index.

    Returns
    -------
    pandas.DataFrame
        One row for each study, in the order of the table: left_out, then the columns of `pool`.

    Raises
    ------
    Refusal
        As in `pool`; also with fewer than two studies.

    Examples
    --------
    >>> data = pd.DataFrame({"value": [0.1, 0.2, 0.9], "variance": [0.02, 0.05, 0.01]})
    >>> leave_one_out(data, method="EE")[["left_out", "value"]].round(2)
       left_out  value
    0         0   0.78
    1         1   0.63
    2         2   0.13
    """
    settings = Settings.of(method, test, confidence)
    studies = Known.of(data, effect, variance)
    k = len(studies.effect)
    if k < 2:
        raise Refusal("There is one study: with it left out nothing would remain.")
    _, chosen = np.nonzero(~np.eye(k, dtype=bool))
    labels = {"left_out": _names(data, study)[studies.known]}
    return _again(labels, studies, chosen, np.full(k, k - 1), settings, prediction)


def cumulative(
    data: pd.DataFrame,
    *,
    effect: str = "value",
    variance: str = "variance",
    study: str | None = None,
    method: Method = "REML",
    test: Test = "z",
    prediction: Prediction = "t",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Pool the first study, the first two, and so on, in the order of the table.

    Parameters
    ----------
    data, effect, variance, method, test, prediction, confidence
        As in `pool`. Sort the table first, by year for example; studies of one year keep the
        order that they have.
    study : str, optional
        Column that names the studies; by default the index.

    Returns
    -------
    pandas.DataFrame
        One row for each study: added, then the columns of `pool` with all studies so far.

    Raises
    ------
    Refusal
        As in `pool`.

    Examples
    --------
    >>> data = pd.DataFrame({"value": [0.1, 0.2, 0.9], "variance": [0.02, 0.05, 0.01]})
    >>> cumulative(data, method="EE")[["added", "value"]].round(2)
       added  value
    0      0   0.10
    1      1   0.13
    2      2   0.58
    """
    settings = Settings.of(method, test, confidence)
    studies = Known.of(data, effect, variance)
    k = len(studies.effect)
    _, chosen = np.tril_indices(k)
    labels = {"added": _names(data, study)[studies.known]}
    return _again(labels, studies, chosen, np.arange(1, k + 1), settings, prediction)


def _names(data: pd.DataFrame, study: str | None) -> Any:
    """Return what names the studies."""
    if study is None:
        return data.index.to_numpy()
    return tables.column(data, study, "study").to_numpy()


def _again(
    labels: Mapping[str, Any],
    studies: Known,
    chosen: Integers,
    size: Integers,
    settings: Settings,
    prediction: Prediction,
) -> pd.DataFrame:
    """Pool several choices from the same studies."""
    missing = np.full(len(size), int(np.sum(~studies.known)))
    effect, variance = studies.effect[chosen], studies.variance[chosen]
    return _pooled(labels, effect, variance, size, missing, settings, prediction)


def _pooled(
    labels: Mapping[str, Any],
    effect: Floats,
    variance: Floats,
    size: Integers,
    missing: Integers,
    settings: Settings,
    prediction: Prediction,
    *,
    common_tau2: bool = False,
) -> pd.DataFrame:
    """Pool each stretch of studies into one row; a stretch may be empty.

    If the only analysis cannot be done, that is a refusal; if one of many, a missing value.
    """
    tables.check_choice("prediction", prediction, ("t", "test"))
    some = size > 0
    groups = Studies.of(effect, variance, size[some])
    freedom = groups.freedom.astype(np.float64)
    if common_tau2:
        spread, freedom = _shared(groups, settings)
    else:
        spread = heterogeneity(groups, settings.method, settings.confidence)
    if not spread.converged.all() and (common_tau2 or len(size) == 1):
        raise Refusal(settings.not_settled)
    tau2 = np.where(spread.converged, spread.tau2, np.nan)
    fit = Weighted.of(groups, 1 / (variance + groups.each(tau2)))
    q = np.full_like(fit.q, fit.q.sum()) if common_tau2 else fit.q
    tested = Inference.of(fit, q, freedom, settings)
    value, se = tested.value[:, 0], tested.standard_error[:, 0]
    df = freedom - 1 if prediction == "t" else tested.df
    lone = freedom == 0
    fixed = lone | (settings.method == "EE")
    reach = np.where(fixed, np.nan, settings.reach(df) * np.sqrt(tau2 + se**2))
    i2, h2 = _shares(spread, tau2, groups, lone, settings)
    found = {
        "value": value,
        "lower": tested.lower[:, 0],
        "upper": tested.upper[:, 0],
        "standard_error": se,
        "test_value": tested.test_value[:, 0],
        "test_df": np.where(np.isinf(tested.df), np.nan, tested.df),
        "p_value": tested.p_value[:, 0],
        "q": spread.q,
        "q_df": groups.freedom,
        "q_p_value": spread.q_p,
        "tau2": tau2,
        "tau2_se": spread.tau2_se,
        "tau2_lower": spread.tau2_lower,
        "tau2_upper": spread.tau2_upper,
        "i2": i2,
        "i2_lower": spread.i2(spread.tau2_lower),
        "i2_upper": spread.i2(spread.tau2_upper),
        "h2": h2,
        "prediction_lower": value - reach,
        "prediction_upper": value + reach,
    }
    notes = tables.blank_notes(len(size))
    for where, sentence in (
        (~spread.converged, settings.not_settled),
        (lone, _LONE),
        (tested.flat, analysis.FLAT),
        (spread.tau2_upper == 0, _CLOSE),
    ):
        tables.add_note(notes, _placed(some, where) == 1, sentence)
    tables.add_note(notes, ~some, _EMPTY)
    for count in np.unique(missing[missing > 0]):
        tables.add_note(notes, missing == count, analysis.left_out(count))
    placed = {name: _placed(some, values) for name, values in found.items()}
    return tables.result(
        {**labels, "studies": size},
        value=placed.pop("value"),
        lower=placed.pop("lower"),
        upper=placed.pop("upper"),
        confidence=settings.confidence,
        statistic="pooled effect",
        method=settings.named,
        note=notes,
    ).assign(**placed)


def _placed(some: Any, values: Any) -> Floats:
    """Put the values of the analyses that have studies in their places, NaN elsewhere."""
    out = np.full(len(some), np.nan)
    out[some] = values
    return out


def _shared(groups: Studies, settings: Settings) -> tuple[Heterogeneity, Floats]:
    """Give the groups one variance between studies, each its own Q, and the joint freedom."""
    own = heterogeneity(groups, "EE", settings.confidence)
    count = len(groups.size)
    one_each = np.repeat(np.eye(count), groups.size, axis=0)
    whole = Studies.of(groups.effect, groups.variance, np.array([len(one_each)]), one_each)
    if whole.freedom[0] == 0:
        raise Refusal("Each subgroup has one study: nothing tells how far studies differ.")
    joint = heterogeneity(whole, settings.method, settings.confidence)
    alike = {
        name: np.repeat(getattr(joint, name), count)
        for name in ("tau2", "tau2_se", "tau2_lower", "tau2_upper", "converged")
    }
    return replace(own, **alike), np.repeat(whole.freedom.astype(np.float64), count)


def _shares(
    spread: Heterogeneity, tau2: Floats, groups: Studies, lone: Bools, settings: Settings
) -> tuple[Floats, Floats]:
    """Return I² and H²; a study on its own shows no variation, which is 0 and 1."""
    df = groups.freedom
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if settings.method == "EE":
            i2, h2 = 100 * np.maximum(1 - df / spread.q, 0), spread.q / df
        else:
            i2, h2 = spread.i2(tau2), 1 + tau2 / spread.typical
    return np.where(lone, 0.0, i2), np.where(lone, 1.0, h2)
