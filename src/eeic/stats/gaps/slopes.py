"""Slope and relative index of inequality along an order: UKHSA's and WHO's.

Both fit a line to groups in their order, each placed at the middle of its share of the people,
and read it at the two ends. Ethnic groups have no order: none of this may be used on them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from eeic.stats import _intervals as intervals
from eeic.stats import _tables as tables
from eeic.stats._tables import Floats, Refusal
from eeic.stats.gaps import _groups as shared
from eeic.stats.gaps._groups import Groups, Measure

__all__ = ["slope_index", "who_slope_index"]

Kind = Literal["other", "rate", "proportion"]
Model = Literal["logistic", "linear"]
Scale = Callable[[Floats], Floats]

#: UKHSA's limits to how many quantiles a slope may rest on, and where it warns.
_FEWEST, _MOST, _MANY = 5, 100, 10
_FEWEST_DRAWS = 1000

#: Log odds beyond which a logistic curve is a step.
_SEPARATED = 30.0

#: Kind of value -> to the scale of its error, and back.
_SCALES: dict[str, tuple[Scale, Scale]] = {
    "other": (np.positive, np.positive),
    "rate": (np.log, np.exp),
    "proportion": (special.logit, special.expit),
}

_MEASURES = {"sii": "slope index of inequality", "rii": "relative index of inequality"}

_UNSIMULATED = "No interval without transform but by simulation: give a seed."
_EDGE = "No interval: a value or limit at the edge of its scale has no transform."
_STEP = "No value: the groups split at one place, and no logistic curve fits best."
_BELOW = "No ratio: the line falls to zero or below at an end."
_UNSURE = "No interval: the line's lower end cannot be told from zero."
_NO_SPREAD = "No interval: the standard errors are all zero."
_UNSTABLE = f"Unstable: more than {_MANY} groups."


def slope_index(
    data: pd.DataFrame,
    *,
    order: str,
    value: str = "value",
    population: str = "population",
    lower: str | None = None,
    upper: str | None = None,
    se: str | None = None,
    kind: Kind = "other",
    transform: bool = False,
    multiplier: float = 1,
    by: str | Sequence[str] | None = None,
    confidence: float = 0.95,
    seed: int | np.random.Generator | None = None,
    draws: int = 100_000,
) -> pd.DataFrame:
    """Work out the slope and the relative index of inequality as UKHSA does.

    Not for ethnic groups, which have no order.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each quantile of each area (see `by`), 5 to 100 of them, the same in all.
    order : str
        Column of the quantiles, whole numbers that follow one another, the least advantaged
        first.
    value, population : str
        Columns of the quantiles' values and of their people.
    lower, upper : str, optional
        Columns of the values' 95% limits; or else give `se`.
    se : str, optional
        Column of standard errors: of the value, for a rate of its logarithm, for a proportion
        of its log odds. Not with `transform`.
    kind : {"other", "rate", "proportion"}
        What the values are. The errors of rates and of proportions (0 to 1) are taken from
        their limits on the log or logit scale.
    transform : bool
        Whether the line is fitted on that scale too, as UKHSA recommends for rates and
        proportions, and read on the scale of the values.
    multiplier : float
        What the slope is multiplied by, such as 100 for percentage points. Negative turns both
        indices round, so that they are positive where low values are good.
    by : str or list of str, optional
        The column, or columns, that tell areas or indicators apart.
    confidence : float
        Between 0 and 1.
    seed : int or numpy.random.Generator, optional
        Simulates the intervals of untransformed rates and proportions, which have no closed
        formula; the same seed gives the same limits.
    draws : int
        How many times, at least 1,000.

    Returns
    -------
    pandas.DataFrame
        For each area, in order of first appearance, a row ``"sii"`` and a row ``"rii"``: the
        columns of `by`, measure, groups, multiplier, then value, lower, upper, confidence,
        statistic, method, note, and intercept, the line's value at the least advantaged end (on
        the scale of the values, not multiplied).

    Raises
    ------
    Refusal
        If a value, limit or error is missing or impossible; if neither limits nor errors are
        given, or errors with `transform`; if a population is missing or zero; if the order has
        gaps or repeats; or if an area has other quantiles than the rest.

    Notes
    -----
    Quantile i with the share pᵢ of the people has the rank bᵢ, their share below its middle.
    The line y₀ + b SII is fitted by least squares with weights p; RII = (y₀ + SII) / y₀.
    The slope is Σ c y with c = p (b - ½) / Σ p (b - ½)², so on the scale of the fit its limits
    are SII ± z √(Σ c² se²); those of the RII are Fieller's. UKHSA simulates: draws each value
    from a normal distribution on the scale of its error, and takes percentiles. The formulas
    are what that tends to. With transform the slope's limits are turned around the line's
    middle, and its ends are transformed back.

    References
    ----------
    Low A, Low A (2004), J Public Health 26:388-395; PHEindicatormethods, ``phe_sii``; Fieller EC
    (1954), J R Stat Soc B 16:175-185.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "quintile": [1, 2, 3, 4, 5],
    ...     "value": [74.1, 76.0, 77.9, 79.5, 81.2],
    ...     "population": [10_200, 10_100, 9_900, 10_000, 9_800],
    ...     "se": [0.3, 0.3, 0.3, 0.3, 0.3],
    ... })
    >>> found = slope_index(data, order="quintile", se="se")
    >>> found[["measure", "value", "lower", "upper"]].round(2)
      measure  value  lower  upper
    0     sii   8.86   7.93   9.79
    1     rii   1.12   1.11   1.13
    """
    tables.check_choice("kind", kind, tuple(_SCALES))
    confidence = tables.check_confidence(confidence)
    _check_options(kind, transform, multiplier, draws)
    to, back = _SCALES[kind]
    groups = Groups.of(data, by, order, value, population)
    line = _Line.of(groups, _quantiles(groups, order))
    y = groups.estimate
    _require_on_scale(groups, y, value, kind, strictly=transform)
    error = _errors(groups, lower, upper, se, kind, transform)
    with np.errstate(divide="ignore"):  # the edge of a scale, noted below
        scaled = to(y)

    notes = groups.notes
    tables.add_note(notes, groups.count > _MANY, _UNSTABLE)
    spread = np.sqrt(groups.total(line.weight**2 * error**2))
    unknown = ~np.isfinite(spread) | ~np.isfinite(groups.total(np.abs(scaled)))
    tables.add_note(notes, unknown, _EDGE)
    tables.add_note(notes, spread == 0, _NO_SPREAD)
    if transform:
        fit = _read(line.middle(scaled), line.slope(scaled), back)
        low, high = line.turned(scaled, spread, back, confidence)
        method = "UKHSA, log transform" if kind == "rate" else "UKHSA, logit transform"
    else:
        fit = _read(line.middle(y), line.slope(y), np.positive)
        if kind == "other":
            low, high = line.closed(y, error, confidence)
            method = "UKHSA, closed form"
        elif seed is not None:
            rng = np.random.default_rng(seed)
            low, high = line.simulated(scaled, error, unknown, back, confidence, rng, draws)
            method = f"UKHSA, {draws:,} simulations"
        else:
            unknown = np.full(groups.sets, True)
            low = high = fit
            tables.add_note(notes, unknown, _UNSIMULATED)
            method = "UKHSA"
    unknown |= spread == 0
    return _both(groups, fit, low, high, unknown, multiplier, confidence, method)


def who_slope_index(
    data: pd.DataFrame,
    *,
    order: str,
    scale: float | str,
    estimate: str = "value",
    population: str = "population",
    by: str | Sequence[str] | None = None,
    model: Model = "logistic",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Work out the slope and the relative index of inequality as WHO does, weighted once.

    Not for ethnic groups, which have no order.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each group (and each set of groups, see `by`).
    order : str
        Column of whole numbers that follow one another, the least advantaged group first.
    scale : float or str
        What everyone counted would give: 1 for proportions, 100 for percentages, 100,000 for
        rates per 100,000; or the column that says so of each set.
    estimate, population : str
        Columns of the groups' estimates and of their people.
    by : str or list of str, optional
        The column, or columns, that tell sets of groups apart, such as indicator and area.
    model : {"logistic", "linear"}
        A logistic curve never leaves the scale; a straight line may.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        For each set, in order of first appearance, a row ``"sii"`` and a row ``"rii"``: the
        columns of `by`, measure, groups, then value, lower, upper, confidence, statistic,
        method, note and se (of the relative index: of its logarithm).

    Raises
    ------
    Refusal
        If an estimate is missing, lies off its scale, or is the same in all groups of a set; if
        a set has fewer than three groups; if the order has gaps or repeats; or if a population
        is missing or zero.

    Notes
    -----
    The estimates over the scale are regressed on the groups' ranks, the share of people below
    the middle of each group, with the population as weight, once: WHO's software weights by it
    twice, which can turn the sign. With the fitted p(0) and p(1) at the two ends,
    SII = scale (p(1) - p(0)) and RII = p(1) / p(0). The variance is robust (HC1) and carried
    through by the delta method, for the RII on the log scale. It says how far the groups lie
    from one curve, not how well each was counted.

    References
    ----------
    Schlotheuber A, Hosseinpoor AR (2022), Int J Environ Res Public Health 19:3697; R package
    healthequal.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "quintile": [1, 2, 3, 4, 5],
    ...     "value": [52.1, 58.8, 64.9, 69.2, 73.4],
    ...     "population": [10_200, 10_050, 9_900, 10_010, 9_840],
    ... })
    >>> found = who_slope_index(data, order="quintile", scale=100)
    >>> found[["measure", "value"]].round(2)
      measure  value
    0     sii  26.31
    1     rii   1.53
    """
    tables.check_choice("model", model, ("logistic", "linear"))
    confidence = tables.check_confidence(confidence)
    groups = Groups.of(data, by, order, estimate, population)
    groups.require_groups(3)
    ridit = groups.ridit(groups.order(order))
    most = groups.scale(scale, estimate)
    y = groups.estimate / most[groups.code]
    equal = np.flatnonzero(groups.largest(y) == groups.smallest(y))
    if equal.size:
        raise Refusal(
            f"Column {estimate!r}: all estimates{groups.said(equal[0])} are the same, and no "
            "slope can be fitted."
        )
    fits = np.array(
        [
            _regression(y[rows], ridit[rows], groups.population[rows], model)
            for rows in (groups.code == one for one in range(groups.sets))
        ]
    )
    start, end, sii_error, rii_error = fits.T
    possible = (start > 0) & (end > 0)
    value = np.where(possible, end, np.nan) / np.where(possible, start, np.nan)
    nothing = [(np.isnan(start), _STEP)]
    found = {
        "sii": Measure(most * (end - start), most * sii_error, notes=nothing),
        "rii": Measure(
            value,
            rii_error,
            log=True,
            notes=[*nothing, (~possible & ~np.isnan(start), _BELOW)],
        ),
    }
    return shared.as_result(groups, found, _MEASURES, f"WHO, {model}, HC1", confidence)


class _Fit(NamedTuple):
    """A line read at its two ends, in the scale of the values."""

    sii: Floats
    rii: Floats
    intercept: Floats


@dataclass(frozen=True)
class _Line:
    """A weighted least squares line through the groups of each set, as sums of the values."""

    groups: Groups
    weight: Floats  # of each value in the slope

    @classmethod
    def of(cls, groups: Groups, order: Floats) -> _Line:
        rank = groups.ridit(order) - 0.5
        spread = groups.total(groups.share * rank**2)
        return cls(groups, groups.share * rank / spread[groups.code])

    def middle(self, y: Floats) -> Floats:
        return self.groups.total(self.groups.share * y)

    def slope(self, y: Floats) -> Floats:
        return self.groups.total(self.weight * y)

    def closed(self, y: Floats, error: Floats, confidence: float) -> tuple[_Fit, _Fit]:
        """Return limits of a sum of normal values, and Fieller's of the ratio of two."""
        z, total = intervals.z_value(confidence), self.groups.total
        start, end = self.groups.share - self.weight / 2, self.groups.share + self.weight / 2
        y0, y1 = total(start * y), total(end * y)
        v0, v1, both = (
            total(a * b * error**2) for a, b in ((start, start), (end, end), (start, end))
        )
        # The ratios at which end - ratio × start is z of its own standard errors away from 0.
        a, b, c = y0**2 - z**2 * v0, y0 * y1 - z**2 * both, y1**2 - z**2 * v1
        bounded = (a > 0) & (y0 > 0)
        a = np.where(bounded, a, np.nan)
        root = np.sqrt(np.maximum(b**2 - a * c, 0.0))
        sii, reach = self.slope(y), z * np.sqrt(total(self.weight**2 * error**2))
        low, high = (b - root) / a, (b + root) / a
        return _Fit(sii - reach, low, y0), _Fit(sii + reach, high, y0)

    def turned(
        self, scaled: Floats, spread: Floats, back: Scale, confidence: float
    ) -> tuple[_Fit, _Fit]:
        """Return limits of the slope, turned about the line's middle and transformed back."""
        reach = intervals.z_value(confidence) * spread
        middle, slope = self.middle(scaled), self.slope(scaled)
        return _read(middle, slope - reach, back), _read(middle, slope + reach, back)

    def simulated(
        self,
        scaled: Floats,
        error: Floats,
        unknown: NDArray[np.bool_],
        back: Scale,
        confidence: float,
        rng: np.random.Generator,
        draws: int,
    ) -> tuple[_Fit, _Fit]:
        """Return percentiles of simulated lines; one area after another, for want of memory."""
        found = np.full((2, 2, self.groups.sets), np.nan)  # low and high, of sii and rii
        places = [max(round(draws * share), 1) - 1 for share in _tails(confidence)]
        for one in np.flatnonzero(~unknown):
            rows = self.groups.code == one
            y = back(rng.normal(scaled[rows], error[rows], (draws, int(rows.sum()))))
            fit = _read(y @ self.groups.share[rows], y @ self.weight[rows], np.positive)
            found[:, 0, one] = np.sort(fit.sii)[places]
            found[:, 1, one] = np.sort(fit.rii)[places]
        blank = np.full(self.groups.sets, np.nan)
        low, high = found
        return _Fit(low[0], low[1], blank), _Fit(high[0], high[1], blank)


def _tails(confidence: float) -> tuple[float, float]:
    return (1 - confidence) / 2, (1 + confidence) / 2


def _read(middle: Floats, slope: Floats, back: Scale) -> _Fit:
    """Read a line at its two ends and bring the ends back to the scale of the values."""
    start, end = back(middle - slope / 2), back(middle + slope / 2)
    return _Fit(end - start, end / np.where(start == 0, np.nan, start), start)


def _check_options(kind: str, transform: bool, multiplier: float, draws: int) -> None:
    if transform and kind == "other":
        raise Refusal(
            "transform is for kind='rate' or kind='proportion': say which the values are."
        )
    if isinstance(multiplier, bool) or not isinstance(multiplier, Real):
        raise Refusal(f"multiplier is {multiplier!r}: give a number other than zero.")
    if not 0 < abs(multiplier) < np.inf:
        raise Refusal(f"multiplier is {multiplier!r}: give a number other than zero.")
    if isinstance(draws, bool) or not isinstance(draws, int | np.integer) or draws < _FEWEST_DRAWS:
        raise Refusal(f"draws is {draws!r}: give a whole number, {_FEWEST_DRAWS} or more.")


def _quantiles(groups: Groups, name: str) -> Floats:
    """Return the order of the quantiles, of which there are enough, the same in every area."""
    order = groups.order(name)
    count = groups.count
    wrong = np.flatnonzero((count < _FEWEST) | (count > _MOST))
    if wrong.size:
        raise Refusal(
            f"Column {name!r} has {count[wrong[0]]:.0f} quantiles{groups.said(wrong[0])}: a slope "
            f"needs {_FEWEST} to {_MOST}."
        )
    ends = groups.smallest(order), groups.largest(order)
    other = np.flatnonzero((ends[0] != ends[0][0]) | (ends[1] != ends[1][0]))
    if other.size:
        raise Refusal(
            f"Column {name!r} goes from {ends[0][other[0]]:g} to {ends[1][other[0]]:g}"
            f"{groups.said(other[0])}, and from {ends[0][0]:g} to {ends[1][0]:g}"
            f"{groups.said(0)}: give every area the same quantiles."
        )
    return order


def _errors(
    groups: Groups,
    lower: str | None,
    upper: str | None,
    se: str | None,
    kind: str,
    transform: bool,
) -> Floats:
    """Return standard errors on the scale of the kind, given or from 95% limits."""
    if se is not None:
        if lower is not None or upper is not None:
            raise Refusal("Give the limits or the standard errors, not both.")
        if transform:
            raise Refusal("With transform the limits are needed: lower and upper, not se.")
        error = groups.errors(se)
        tables.require_present(error, se, groups.locate)
        return error
    if lower is None or upper is None:
        raise Refusal("Name the columns of the 95% limits, lower and upper, or of the errors, se.")
    to, _ = _SCALES[kind]
    ends = []
    for name, parameter in ((lower, "lower"), (upper, "upper")):
        limit = groups.numbers(name, parameter)
        tables.require_present(limit, name, groups.locate)
        _require_on_scale(groups, limit, name, kind, strictly=transform)
        ends.append(limit)
    tables.require(ends[0] <= ends[1], lower, ends[0], groups.locate, "is above the upper limit")
    with np.errstate(divide="ignore", invalid="ignore"):  # the edge of a scale: no error
        return (to(ends[1]) - to(ends[0])) / (2 * intervals.z_value(0.95))


def _require_on_scale(
    groups: Groups, values: Floats, name: str, kind: str, *, strictly: bool
) -> None:
    """Refuse a rate below zero and a proportion outside 0 to 1; for a transform the ends too."""
    if kind == "other":
        return
    low = values > 0 if strictly else values >= 0
    problem = "has no logarithm" if strictly and kind == "rate" else "is below zero"
    if kind == "proportion":
        low &= values < 1 if strictly else values <= 1
        problem = "has no logit" if strictly else "is not between 0 and 1"
    tables.require(low, name, values, groups.locate, problem)


def _regression(
    y: Floats, ridit: Floats, population: Floats, model: str
) -> tuple[float, float, float, float]:
    """Return the fitted ends, and standard errors of their difference and log ratio."""
    import statsmodels.api as sm  # heavy, and needed by this function alone

    logistic = model == "logistic"
    family = sm.families.Binomial() if logistic else sm.families.Gaussian()
    design = np.column_stack([np.ones_like(ridit), ridit])
    weights = population / population.mean()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # complete separation, which is looked for below
        fit = sm.GLM(y, design, family=family, var_weights=weights).fit(cov_type="HC0", tol=1e-14)
    if logistic and not np.abs(design @ fit.params).max() < _SEPARATED:
        return (np.nan,) * 4
    # The factor that makes HC1 of HC0; statsmodels leaves it out of generalised linear models.
    variance = fit.cov_params() * len(y) / (len(y) - 2)
    at = np.array([[1.0, 0.0], [1.0, 1.0]])
    start, end = fit.predict(at)
    by_start, by_end = at * np.array([[p * (1 - p)] for p in (start, end)]) if logistic else at

    def error(slope: Floats) -> float:
        return float(np.sqrt(slope @ variance @ slope))

    log_error = error(by_end / end - by_start / start) if min(start, end) > 0 else np.nan
    return float(start), float(end), error(by_end - by_start), log_error


def _both(
    groups: Groups,
    fit: _Fit,
    low: _Fit,
    high: _Fit,
    unknown: NDArray[np.bool_],
    multiplier: float,
    confidence: float,
    method: str,
) -> pd.DataFrame:
    """Build UKHSA's result: for each area the slope, and below it the ratio."""
    if multiplier < 0:
        low, high = high, low
    possible = (fit.intercept > 0) & (fit.intercept + fit.sii > 0)
    lost = np.stack([unknown, unknown | ~possible], axis=1)

    def column(one: _Fit) -> Floats:
        ratio = np.where(possible, one.rii, np.nan)
        return np.stack([multiplier * one.sii, 1 / ratio if multiplier < 0 else ratio], axis=1)

    ends = [np.where(lost, np.nan, column(one)) for one in (low, high)]
    ratio_notes = groups.notes.copy()
    tables.add_note(ratio_notes, ~possible, _BELOW)
    tables.add_note(ratio_notes, possible & ~unknown & np.isnan(ends[0][:, 1]), _UNSURE)
    spread = np.repeat(np.arange(groups.sets), 2)
    return tables.result(
        {
            **{name: column.iloc[spread].to_numpy() for name, column in groups.labels.items()},
            "measure": list(_MEASURES) * groups.sets,
            "groups": groups.count.astype(int)[spread],
            "multiplier": multiplier,
        },
        value=column(fit).ravel(),
        lower=ends[0].ravel(),
        upper=ends[1].ravel(),
        confidence=confidence,
        statistic=list(_MEASURES.values()) * groups.sets,
        method=method,
        note=np.stack([groups.notes, ratio_notes], axis=1).ravel(),
    ).assign(intercept=fit.intercept[spread])
