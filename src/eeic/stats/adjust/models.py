"""Groups compared among people who are alike in what is adjusted for, by regression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from eeic.stats import _intervals as intervals
from eeic.stats import _tables as tables
from eeic.stats._tables import Bools, Floats, Refusal
from eeic.stats.adjust._fit import Cells, Errors, Family, Fit
from eeic.stats.adjust._rows import Missing, linear, sums

Measure = Literal["level", "difference", "ratio"]

#: With fewer clusters than this around a group or the reference no interval is given.
_FEWEST_CLUSTERS = 10
#: From this many on, cluster-robust limits of risk ratios are reliable (Zou and Donner 2013).
_ENOUGH_CLUSTERS = 50
#: Counts that lie this many times as far from the model as chance would put them.
_SCATTERED = 1.5

_FAMILY = {"logistic": "Logistic regression", "poisson": "Poisson regression"}
_NOT_JUSTIFIED = "Adjusted for is not justified: what is adjusted for may itself be unfair."
_TOO_WIDE = "The limits are too wide if each person has the event or has not: use errors='robust'."

_MODEL = (
    "Compared with {reference} people{alike}, how many times the {quantity} of {outcome} do {who} "
    "people have?"
)
_MARGINS = {
    "level": "With the whole population's mix of {mix}, what would the {quantity} of {outcome} be "
    "among {who} people?",
    "difference": "With the whole population's mix of {mix}, how much higher or lower would the "
    "{quantity} of {outcome} be among {who} people than among {reference} people?",
    "ratio": "With the whole population's mix of {mix}, how many times as high would the "
    "{quantity} of {outcome} be among {who} people as among {reference} people?",
}


def model(
    data: pd.DataFrame,
    *,
    outcome: str,
    group: str,
    reference: Any,
    covariates: str | Sequence[str] = (),
    family: Family,
    population: str | None = None,
    cluster: str | None = None,
    errors: Errors = "model",
    missing: Missing = "refuse",
    confidence: float = 0.95,
    min_events: float = 10,
) -> pd.DataFrame:
    """Compare groups among people alike in the covariates: odds, rate or risk ratios.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each person, or for each set of people alike.
    outcome : str
        Column of events: 0 or 1 (or True and False) for each person, or how many events the
        row's people had. Whole numbers.
    group : str
        Column of the groups that are compared.
    reference : label
        The group that the others are compared with. It has no default.
    covariates : str or list of str
        Columns to adjust for. Text, categories and True/False get a step for each value; numbers
        a straight line on the log scale, so turn codes such as deciles into text.
    family : {"logistic", "poisson"}
        Logistic regression of who had the event (odds ratios), or Poisson regression with a log
        link of how often it happened (rate ratios).
    population : str, optional
        Logistic: column of the number of people in each row, of whom `outcome` had the event.
        Poisson: column of the people or person-years among whom the events happened. Without
        it each row counts as one.
    cluster : str, optional
        Column of what people share, such as the practice: limits are then made from the
        differences between clusters (cluster-robust).
    errors : {"model", "robust"}
        ``"robust"`` is for events that each person has or has not, under Poisson: it gives risk
        ratios, whose limits from the model alone would be too wide. Under logistic it gives
        limits that do not lean on the model.
    missing : {"refuse", "drop"}
        What a missing value in a column that is used means. Dropped rows are counted in the note.
    confidence : float
        Between 0 and 1.
    min_events : float
        A group with fewer events (for logistic also: with fewer people without) has no value.

    Returns
    -------
    pandas.DataFrame
        One row for each group in order of first appearance: the group, reference, events,
        population, multiplier (1), then value, lower, upper, confidence, statistic, method and
        note, then question: what the value answers, with all that is adjusted for. The
        reference has the value 1 and no limits.

    Raises
    ------
    Refusal
        If a column is missing or holds what it should not; a value is missing (unless dropped);
        there are more events than people; the reference has too few events; a category of a
        covariate has no event (or nobody without); a covariate is made up of others
        (collinear); or the covariates separate who has the event, so that no finite answer
        exists.

    Notes
    -----
    log odds, or log rate, = α + β(group) + γ′(covariates); the value is exp(β), its limits are
    exp(β ± z × standard error). Rows alike in all columns are joined first, which changes
    nothing. Robust errors are HC1: the sandwich times n / (n - k) for n people and k
    coefficients; cluster-robust ones the sandwich times G / (G - 1) for G clusters. A group
    without events (or, logistic, with nothing else) has no finite β; its rows say nothing of
    the others and are left out.

    An odds ratio is further from 1 than the risk ratio unless the event is rare.

    References
    ----------
    McCullagh P, Nelder JA (1989), *Generalized linear models*, 2nd ed, Chapman and Hall.
    Zou G (2004), Am J Epidemiol 159:702-706, for risk ratios. Zou GY, Donner A (2013), Stat
    Methods Med Res 22:661-670, for clusters.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "ethnic_group": ["Indian", "Indian", "White British", "White British"],
    ...     "age_band": ["0-64", "65+"] * 2,
    ...     "seen": [40, 30, 100, 200],
    ...     "people": [100, 40, 300, 260],
    ... })
    >>> found = model(
    ...     data, outcome="seen", group="ethnic_group", reference="White British",
    ...     covariates="age_band", family="logistic", population="people",
    ... )
    >>> found[["ethnic_group", "value", "lower", "upper"]].round(2)
        ethnic_group  value  lower  upper
    0         Indian    1.2    0.8   1.81
    1  White British    1.0    NaN    NaN
    >>> print(found["question"][0])
    Compared with White British people of the same age band, how many times the odds of seen do
    Indian people have? (adjusted for: age band)
    """
    confidence = tables.check_confidence(confidence)
    cells = Cells.of(
        data, outcome, group, reference, covariates, family, population, cluster, errors, missing
    )
    fit = cells.fit(min_events, separate=False)
    others = slice(len(fit.coefficients) - len(fit.compared), None)
    log_ratio = fit.coefficients[others]
    reach = intervals.z_value(confidence) * np.sqrt(np.diag(fit.covariance)[others])
    quantity = "odds" if family == "logistic" else _margin(cells)
    return _result(
        cells,
        fit,
        min_events,
        where=fit.compared,
        value=np.exp(log_ratio),
        lower=np.exp(log_ratio - reach),
        upper=np.exp(log_ratio + reach),
        at_reference=1.0,
        confidence=confidence,
        statistic=f"{quantity} ratio",
        method=f"{_FAMILY[family]}, {_limits(cells)}",
        question=_question(cells, _MODEL, quantity),
    )


def margins(
    data: pd.DataFrame,
    *,
    outcome: str,
    group: str,
    reference: Any,
    covariates: str | Sequence[str],
    family: Family,
    measure: Measure,
    separate: bool = False,
    population: str | None = None,
    cluster: str | None = None,
    errors: Errors = "model",
    missing: Missing = "refuse",
    multiplier: float = 1,
    confidence: float = 0.95,
    min_events: float = 10,
) -> pd.DataFrame:
    """Give each group the whole population's mix of covariates, by a model.

    What is compared is then a risk or a rate and not an odds, and the difference is in people.

    Parameters
    ----------
    data, outcome, group, reference, covariates, family, population, cluster, errors, missing
        As in `model`.
    measure : {"level", "difference", "ratio"}
        Each group's standardised risk (logistic, or Poisson with robust errors) or rate
        (Poisson); or its difference from, or its ratio to, the reference's.
    separate : bool
        Whether each group has coefficients of its own: a gap may then differ between ages. With
        one covariate of categories this is direct standardisation by category.
    multiplier : float
        A level or a difference is per this many.
    confidence, min_events : float
        As in `model`.

    Returns
    -------
    pandas.DataFrame
        As from `model`, with the multiplier; a level has its value for the reference too.

    Raises
    ------
    Refusal
        As in `model`; with `separate` also if a category has no event, or nobody, in one group.

    Notes
    -----
    With the fitted risk or rate μ(group, x) and n people or person-years of the whole
    population at x, the standardised level of a group is Σ n μ(group, x) / Σ n: each person
    keeps the covariates and is given the group (g-computation, predictive margins). Errors come
    from those of the coefficients by the delta method; the mix of covariates is taken as known.
    Limits are set on the logit scale for a risk, on the log scale for a rate or a ratio, and
    plainly for a difference.

    References
    ----------
    Lane PW, Nelder JA (1982), Biometrics 38:613-621.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "ethnic_group": ["Indian", "Indian", "White British", "White British"],
    ...     "age_band": ["0-64", "65+"] * 2,
    ...     "seen": [40, 30, 100, 200],
    ...     "people": [100, 40, 300, 260],
    ... })
    >>> found = margins(
    ...     data, outcome="seen", group="ethnic_group", reference="White British",
    ...     covariates="age_band", family="logistic", population="people",
    ...     measure="difference", multiplier=100,
    ... )
    >>> found[["ethnic_group", "value", "lower", "upper"]].round(1)
        ethnic_group  value  lower  upper
    0         Indian    3.8   -4.5   12.1
    1  White British    0.0    NaN    NaN
    """
    tables.check_choice("measure", measure, ("level", "difference", "ratio"))
    confidence = tables.check_confidence(confidence)
    multiplier = tables.check_multiplier(multiplier)
    if not tables.names(covariates):
        raise Refusal("covariates is empty: there is nothing to standardise by.")
    cells = Cells.of(
        data, outcome, group, reference, covariates, family, population, cluster, errors, missing
    )
    fit = cells.fit(min_events, separate=separate)
    level, variance = _levels(cells, fit, separate)
    here = int(np.flatnonzero(fit.kept == cells.rows.place)[0])
    own, common = np.diag(variance), variance[:, here]
    z = intervals.z_value(confidence)
    if measure == "level":
        value = level
        if family == "logistic":
            reach = z * np.sqrt(own) / (level * (1 - level))
            lower = special.expit(special.logit(level) - reach)
            upper = special.expit(special.logit(level) + reach)
        else:
            reach = z * np.sqrt(own) / level
            lower, upper = level * np.exp(-reach), level * np.exp(reach)
    elif measure == "difference":
        value = level - level[here]
        reach = z * np.sqrt(np.maximum(own + own[here] - 2 * common, 0))
        lower, upper = value - reach, value + reach
    else:
        value = level / level[here]
        square = own / level**2 + own[here] / level[here] ** 2 - 2 * common / (level * level[here])
        reach = z * np.sqrt(np.maximum(square, 0))
        lower, upper = value * np.exp(-reach), value * np.exp(reach)
    scale = 1.0 if measure == "ratio" else multiplier
    quantity = _margin(cells)
    statistic = f"standardised {quantity}"
    if measure != "level":
        statistic = f"{measure} of {statistic}s"
    own_models = ", one for each group" if separate else ""
    return _result(
        cells,
        fit,
        min_events,
        where=fit.kept,
        value=scale * value,
        lower=scale * lower,
        upper=scale * upper,
        at_reference={"level": None, "difference": 0.0, "ratio": 1.0}[measure],
        confidence=confidence,
        statistic=statistic + tables.per(scale),
        method=f"{_FAMILY[family]}{own_models}, margins by the delta method, {_limits(cells)}",
        question=_question(cells, _MARGINS[measure], quantity),
        multiplier=scale,
    )


def _levels(cells: Cells, fit: Fit, separate: bool) -> tuple[Floats, Floats]:
    """Return each group's level at the whole population's covariates, and their covariance."""
    x = cells.covariate_design().x
    width, groups = x.shape[1], len(fit.kept)
    if separate:
        linear_predictor = x @ fit.coefficients.reshape(groups, width).T
    else:
        own = np.zeros(groups)
        own[fit.kept != cells.rows.place] = fit.coefficients[width:]
        linear_predictor = (x @ fit.coefficients[:width])[:, None] + own
    if cells.family == "logistic":
        mean = special.expit(linear_predictor)
        slope = mean * (1 - mean)
    else:
        mean = slope = np.exp(linear_predictor)
    weight = sums(cells.cell, cells.n, 0)
    weight = weight / weight.sum()
    by_covariate = (slope * weight[:, None]).T @ x  # how each level moves with each coefficient
    if separate:
        each = np.eye(groups)[:, :, None] * by_covariate[:, None, :]
        gradient = each.reshape(groups, groups * width)
    else:
        by_group = np.diag(weight @ slope)[:, fit.kept != cells.rows.place]
        gradient = np.hstack([by_covariate, by_group])
    return weight @ mean, gradient @ fit.covariance @ gradient.T


def _margin(cells: Cells) -> str:
    return "risk" if cells.yes_or_no else "rate"


def _limits(cells: Cells) -> str:
    if cells.cluster is not None:
        return "cluster-robust limits"
    return "robust limits (HC1)" if cells.errors == "robust" else "Wald limits"


def _question(cells: Cells, asked: str, quantity: str) -> NDArray[np.object_]:
    """Say for each group what its value answers, with all that is adjusted for."""
    rows = cells.rows
    spoken = [str(name).replace("_", " ") for name in cells.covariates]
    mix = " and ".join(filter(None, [", ".join(spoken[:-1]), *spoken[-1:]]))
    shapes = [
        f"{name}, as a straight line" if linear(rows.data[column]) else name
        for name, column in zip(spoken, cells.covariates, strict=True)
    ]
    words = {
        "reference": rows.labels[rows.place],
        "alike": f" of the same {mix}" if spoken else "",
        "mix": mix,
        "quantity": quantity,
        "outcome": str(cells.outcome).replace("_", " "),
    }
    adjusted = f"adjusted for: {', '.join(shapes)}" if shapes else "not adjusted for anything"
    asks = [f"{asked.format(who=label, **words)} ({adjusted})" for label in rows.labels]
    return np.array(asks, dtype=object)


def _result(
    cells: Cells,
    fit: Fit,
    min_events: float,
    *,
    where: NDArray[np.intp],
    value: Floats,
    lower: Floats,
    upper: Floats,
    at_reference: float | None,
    confidence: float,
    statistic: str,
    method: str,
    question: NDArray[np.object_],
    multiplier: float = 1.0,
) -> pd.DataFrame:
    """Put the estimates of some groups into a table of all; withhold, and say why."""
    rows, groups = cells.rows, np.arange(cells.rows.groups)
    notes = tables.blank_notes(rows.groups)
    everyone = np.full((3, rows.groups), np.nan)
    everyone[:, where] = value, lower, upper
    few = cells.telling < min_events
    reason = tables.too_few(min_events)
    if cells.yes_or_no:
        reason = f"{reason[:-1]}, or fewer than {min_events:g} people without."
    value, lower, upper = tables.withhold(few, reason, notes, *everyone)
    tables.add_note(
        notes,
        ~few & ~np.isin(groups, fit.kept),
        "No value: the group has no event, or nobody without."
        if cells.family == "logistic"
        else "No value: the group has no event.",
    )
    here = groups == rows.place
    if at_reference is not None:
        value = np.where(here, at_reference, value)
        lower, upper = np.where(here, np.nan, lower), np.where(here, np.nan, upper)
        tables.add_note(notes, here, "Reference group.")
    estimated = ~np.isnan(lower)
    if cells.cluster is not None:
        lower, upper = _by_clusters(cells, estimated, notes, lower, upper)
    elif cells.family == "poisson" and not cells.yes_or_no and not cells.counted:
        tables.add_note(notes, estimated & (cells.y.max() <= 1), _TOO_WIDE)
    elif cells.errors == "model" and fit.scatter > _SCATTERED:
        tables.add_note(
            notes,
            estimated,
            f"The limits are too narrow: counts lie {fit.scatter:.1f} times as far from the "
            "model as chance would put them; name a cluster, or what else the rows differ in.",
        )
    if cells.covariates:
        tables.add_note(notes, estimated, _NOT_JUSTIFIED)
    tables.add_note(notes, np.full(rows.groups, bool(rows.note)), rows.note)
    return tables.result(
        {
            rows.group: rows.labels,
            "reference": rows.labels[rows.place],
            "events": rows.total(cells.y),
            "population": rows.total(cells.n),
            "multiplier": multiplier,
        },
        value=value,
        lower=lower,
        upper=upper,
        confidence=confidence,
        statistic=statistic,
        method=method,
        note=notes,
    ).assign(question=question)


def _by_clusters(
    cells: Cells, estimated: Bools, notes: NDArray[np.object_], lower: Floats, upper: Floats
) -> tuple[Floats, ...]:
    """Withhold limits that would rest on a handful of clusters, and warn of few."""
    rows = cells.rows
    pairs = pd.DataFrame({"group": rows.code, "cluster": cells.cluster}).drop_duplicates()
    around = np.bincount(pairs["group"], minlength=rows.groups)
    around = np.minimum(around, around[rows.place])
    none = estimated & (around < _FEWEST_CLUSTERS)
    few = estimated & ~none & (around < _ENOUGH_CLUSTERS)
    tables.add_note(
        notes,
        few,
        f"The limits may be too narrow: they rest on fewer than {_ENOUGH_CLUSTERS} clusters.",
    )
    reason = (
        f"No interval: the group or the reference is in fewer than {_FEWEST_CLUSTERS} clusters."
    )
    return tables.withhold(none, reason, notes, lower, upper)
