"""The estimation behind `eeic.stats.pooling`: many weighted regressions of studies at once.

The studies of all analyses stand in one long table, one analysis after the other, and every sum
is taken over all analyses together. Leaving each study out in turn, or adding one after the
other, is then the same work as pooling many areas. `statsmodels.stats.meta_analysis` is not
called: it works on one analysis at a time, lets the DerSimonian-Laird τ² fall below zero, stops
Paule and Mandel's search early, and has neither REML nor limits of τ².
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from eeic.stats._tables import Bools, Floats, Integers

Method = Literal["EE", "DL", "REML", "ML", "PM", "HE", "SJ", "EB", "HS"]

# Newton's steps double their digits, and 100 of them are never needed. Scoring gains digits one
# by one where the likelihood is flat, and may go back and forth around the maximum for ever: from
# the 100th step on half steps are taken, which come to rest.
_NEWTON_STEPS, _SCORING_STEPS, _WHOLE_STEPS = 100, 1000, 100
_EXACT_ENOUGH = 1e-12


@dataclass(frozen=True)
class Studies:
    """Effects and variances of the studies of all analyses, one analysis after the other.

    Attributes
    ----------
    effect, variance : ndarray
        One number for each study.
    design : ndarray
        One row for each study, one column for each coefficient.
    start, size : ndarray
        First row and number of studies of each analysis; no analysis is empty.
    """

    effect: Floats
    variance: Floats
    design: Floats
    start: Integers
    size: Integers

    @classmethod
    def of(
        cls, effect: Floats, variance: Floats, size: Integers, design: Floats | None = None
    ) -> Studies:
        """Put studies together; without a design each analysis has one pooled effect."""
        if design is None:
            design = np.ones((len(effect), 1))
        return cls(effect, variance, design, np.cumsum(size) - size, size)

    @property
    def freedom(self) -> Integers:
        """Studies less coefficients, for each analysis."""
        return self.size - self.design.shape[1]

    def total(self, values: Floats) -> Floats:
        """Add up over the studies of each analysis."""
        return np.add.reduceat(values, self.start, axis=0)

    def each(self, values: Floats) -> Floats:
        """Give each study the value of its analysis."""
        return np.repeat(values, self.size, axis=0)

    def cross(self, weight: Floats) -> Floats:
        """Return X' diag(weight) X of each analysis."""
        rows = self.design[:, :, None] * self.design[:, None, :]
        return self.total(weight[:, None, None] * rows)


@dataclass(frozen=True)
class Weighted:
    """A weighted regression of each analysis.

    With weights W it also stands for the matrix P = W - W X (X' W X)⁻¹ X' W, of which only
    traces are needed.
    """

    studies: Studies
    weight: Floats
    coefficients: Floats
    covariance: Floats
    residual: Floats

    @classmethod
    def of(cls, studies: Studies, weight: Floats) -> Weighted:
        """Fit the coefficients of each analysis."""
        covariance: Floats = np.linalg.inv(studies.cross(weight)).astype(np.float64)
        moment = studies.total((weight * studies.effect)[:, None] * studies.design)
        coefficients = np.einsum("gij,gj->gi", covariance, moment)
        fitted = np.sum(studies.design * studies.each(coefficients), axis=1)
        return cls(studies, weight, coefficients, covariance, studies.effect - fitted)

    @property
    def q(self) -> Floats:
        """The weighted sum of squares around the fit: y' P y."""
        return self.studies.total(self.weight * self.residual**2)

    @property
    def q_slope(self) -> Floats:
        """How fast it falls as τ² grows: y' P P y."""
        return self.studies.total(self.weight**2 * self.residual**2)

    def trace(self, factor: Floats | float = 1.0) -> Floats:
        """Return the trace of P diag(factor)."""
        inner = self.covariance @ self.studies.cross(self.weight**2 * factor)
        return self.studies.total(self.weight * factor) - _trace(inner)

    def trace_of_two(self, one: Floats | float = 1.0, other: Floats | float = 1.0) -> Floats:
        """Return the trace of P diag(one) P diag(other)."""
        w, cross = self.weight, self.studies.cross
        both = self.covariance @ cross(w**3 * one * other)
        product = self.covariance @ cross(w**2 * one) @ self.covariance @ cross(w**2 * other)
        return self.studies.total(w**2 * one * other) - 2 * _trace(both) + _trace(product)


@dataclass(frozen=True)
class Heterogeneity:
    """What is known of the variance between studies, for each analysis.

    `typical` is the typical variance within studies; `converged` is false where REML or maximum
    likelihood found no maximum.
    """

    q: Floats
    q_p: Floats
    tau2: Floats
    tau2_se: Floats
    tau2_lower: Floats
    tau2_upper: Floats
    typical: Floats
    converged: Bools

    def i2(self, tau2: Floats) -> Floats:
        """Return the percentage of the total variance that a variance between studies makes."""
        return 100 * tau2 / (self.typical + tau2)


def heterogeneity(studies: Studies, method: Method, confidence: float) -> Heterogeneity:
    """Estimate the variance between the studies of each analysis, with Q-profile limits."""
    freedom = studies.freedom.astype(np.float64)
    common = Weighted.of(studies, 1 / studies.variance)
    spare = freedom > 0
    none = np.full(len(freedom), np.nan)
    q = np.where(spare, common.q, 0.0)
    q_p = np.where(spare, special.gammaincc(np.where(spare, freedom, 1.0) / 2, q / 2), 1.0)
    # Where no study is to spare there is nothing to divide by, and τ² is taken as zero.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        typical = freedom / common.trace()
        if method == "EE":
            tau2, se, converged = np.zeros_like(q), none, np.ones(len(q), dtype=bool)
        else:
            tau2, se, converged = _between(studies, common, method, freedom)
    lower = upper = none
    if method != "EE":
        tail = (1 - confidence) / 2
        df = np.where(spare, freedom, 1.0)
        lower, upper = (
            np.where(spare, _where_q_is(studies, 2 * special.gammaincinv(df / 2, p)), np.nan)
            for p in (1 - tail, tail)
        )
    return Heterogeneity(
        q,
        q_p,
        np.where(spare, tau2, 0.0),
        np.where(spare, se, np.nan),
        lower,
        upper,
        np.where(spare, typical, np.nan),
        converged | ~spare,
    )


def _between(
    studies: Studies, common: Weighted, method: Method, freedom: Floats
) -> tuple[Floats, Floats, Bools]:
    """Return τ², its standard error, and whether it was found."""
    v, found = studies.variance, np.ones(len(freedom), dtype=bool)
    if method in ("REML", "ML"):
        return _likelihood(studies, _hedges(studies)[0], method == "REML")
    if method in ("PM", "EB"):
        tau2 = _where_q_is(studies, np.maximum(freedom, 1))
        weight = studies.total(1 / (v + studies.each(tau2)))
        return tau2, np.sqrt(2 / freedom) * studies.size / weight, found
    if method == "HE":
        tau2, plain = _hedges(studies)
        tau2, scale = np.maximum(tau2, 0), freedom
        noise, mixed, pure = plain.trace_of_two(v, v), plain.trace(v), freedom
    elif method == "SJ":
        mean = studies.total(studies.effect) / studies.size
        start = studies.total((studies.effect - studies.each(mean)) ** 2) / studies.size
        fit = Weighted.of(studies, 1 / (v + studies.each(start)))
        tau2, scale = start * fit.q / freedom, freedom / start
        noise, mixed, pure = fit.trace_of_two(v, v), fit.trace_of_two(v), fit.trace_of_two()
    else:
        expected = freedom if method == "DL" else studies.size
        scale = common.trace() if method == "DL" else studies.total(common.weight)
        tau2 = np.maximum((common.q - expected) / scale, 0)
        noise, mixed, pure = freedom, common.trace(), common.trace_of_two()
    se = np.sqrt(2 * noise + 4 * tau2 * mixed + 2 * tau2**2 * pure) / scale
    return tau2, np.where(se > 0, se, np.nan), found


def _hedges(studies: Studies) -> tuple[Floats, Weighted]:
    """Return Hedges' unweighted τ², which may be negative, and the unweighted fit."""
    plain = Weighted.of(studies, np.ones(len(studies.effect)))
    return (plain.q - plain.trace(studies.variance)) / studies.freedom, plain


def _where_q_is(studies: Studies, target: Floats) -> Floats:
    """Return the τ² at which Q comes down to its target, or 0 where it is below it already.

    1 / Q is concave in τ², so Newton's steps on it from zero never overshoot.
    """
    tau2 = np.zeros(len(target))
    for _ in range(_NEWTON_STEPS):
        fit = Weighted.of(studies, 1 / (studies.variance + studies.each(tau2)))
        with np.errstate(divide="ignore", invalid="ignore"):
            step = fit.q * (fit.q - target) / (target * fit.q_slope)
        step = np.where(step > _EXACT_ENOUGH * tau2, step, 0.0)  # what is below zero is rounding
        if not step.any():
            break
        tau2 = tau2 + step
    return tau2


def _likelihood(studies: Studies, start: Floats, restricted: bool) -> tuple[Floats, Floats, Bools]:
    """Maximise the (restricted) likelihood in τ² by Fisher scoring from Hedges' estimate.

    A step that would lead below zero is halved. Where zero is at least as likely as what was
    found, zero it is.
    """
    tau2 = np.where(start > 0, start, 0.0)
    moving = np.ones(len(tau2), dtype=bool)
    for count in range(_SCORING_STEPS):
        fit = Weighted.of(studies, 1 / (studies.variance + studies.each(tau2)))
        score, information = _score(fit, restricted)
        step = np.where(studies.freedom > 0, (fit.q_slope - score) / information, 0.0)
        step = step if count < _WHOLE_STEPS else step / 2
        step = np.where(tau2 + step < 0, -tau2 / 2, step)
        typical = 1 / np.sqrt(information)
        moving = np.abs(step) > _EXACT_ENOUGH * (tau2 + typical)
        moving &= studies.freedom > 0
        if not moving.any():
            break
        tau2 = np.where(moving, tau2 + step, tau2)
    zero = Weighted.of(studies, 1 / studies.variance)
    best = Weighted.of(studies, 1 / (studies.variance + studies.each(tau2)))
    tau2 = np.where(_log_likelihood(zero, restricted) >= _log_likelihood(best, restricted), 0, tau2)
    final = Weighted.of(studies, 1 / (studies.variance + studies.each(tau2)))
    return tau2, np.sqrt(2 / _score(final, restricted)[1]), ~moving


def _score(fit: Weighted, restricted: bool) -> tuple[Floats, Floats]:
    """Return the expected slope of Q and the information on τ², both twice over."""
    if restricted:
        return fit.trace(), fit.trace_of_two()
    return fit.studies.total(fit.weight), fit.studies.total(fit.weight**2)


def _log_likelihood(fit: Weighted, restricted: bool) -> Floats:
    found = fit.studies.total(np.log(fit.weight)) - fit.q
    if restricted:
        found = found + np.linalg.slogdet(fit.covariance)[1]
    return found / 2


def _trace(matrices: Floats) -> Floats:
    return np.trace(matrices, axis1=1, axis2=2)
