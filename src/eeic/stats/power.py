"""How many people or how much person-time a comparison needs, and what it could show.

All functions take single numbers, arrays or pandas Series and work on all rows at once. Nothing
is rounded but the number of people to invite, which is rounded up. `alpha` is always two-sided.
A gap of nothing is refused: no sample finds it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from eeic.stats import _intervals as intervals
from eeic.stats import _tables as tables
from eeic.stats._tables import Floats, Locate

__all__ = [
    "power_smr",
    "power_two_proportions",
    "power_two_rates",
    "sample_size_one_proportion",
    "sample_size_two_proportions",
    "sample_size_two_rates",
]

Proportions = Literal["pooled", "arcsine", "continuity"]
ProportionsPower = Literal["pooled", "arcsine"]
Rates = Literal["log", "difference", "root"]
RatesPower = Literal["log", "difference", "root", "exact"]

_NAMED = {
    "pooled": "Normal, pooled variance",
    "arcsine": "Arcsine (Cohen's h)",
    "continuity": "Normal, pooled variance, Fleiss's continuity correction",
    "log": "Wald, log ratio",
    "difference": "Wald, difference",
    "root": "Square root",
    "exact": "Exact conditional test",
}


def sample_size_two_proportions(
    p1: ArrayLike,
    p2: ArrayLike,
    *,
    power: ArrayLike,
    alpha: ArrayLike = 0.05,
    ratio: ArrayLike = 1,
    method: Proportions = "pooled",
    design_effect: ArrayLike = 1,
    response_rate: ArrayLike = 1,
) -> pd.DataFrame:
    """Say how many people each of two groups needs for a difference of proportions to show.

    Parameters
    ----------
    p1, p2 : scalar, array or Series
        The proportions of the two groups, from 0 to 1.
    power : scalar, array or Series
        Chance of finding the difference, between alpha and 1, such as 0.8.
    alpha : scalar, array or Series
        Two-sided significance level.
    ratio : scalar, array or Series
        People of group 2 for each one of group 1.
    method : {"pooled", "arcsine", "continuity"}
        Normal approximation with pooled variance under no difference (R's ``power.prop.test``),
        Cohen's arcsine (statsmodels, R's pwr), or the first with Fleiss's continuity correction.
    design_effect : scalar, array or Series
        How many times more people the sample design needs than a simple random sample.
    response_rate : scalar, array or Series
        Share of the people invited who answer; above 0, at most 1.

    Returns
    -------
    pandas.DataFrame
        One row for each case: all inputs, then value (people of group 1 who answer in a simple
        random sample), lower and upper (missing), confidence (1 - alpha), statistic, method and
        note, then invite1, invite2 and invite_total: whole people to invite, with design effect
        and response rate.

    Raises
    ------
    Refusal
        If a proportion, power, alpha or response rate is out of range, if a ratio or design
        effect is not positive, if the two proportions are equal, or if a value is missing.

    Notes
    -----
    With k = ratio, d = p₁ - p₂, p̄ = (p₁ + kp₂)/(1 + k), q = 1 - p and normal quantiles zₐ of
    1 - alpha/2 and zᵦ of power, n₁ is
    (zₐ √((1 + 1/k) p̄q̄) + zᵦ √(p₁q₁ + p₂q₂/k))² / d². Continuity makes it
    n₁/4 × (1 + √(1 + 2(1 + 1/k)/(n₁|d|)))². With h = 2 asin √p₁ - 2 asin √p₂ the arcsine method
    solves Φ(|h|/s - zₐ) + Φ(-|h|/s - zₐ) = power, s² = (1 + 1/k)/n₁. The pooled method ignores
    the chance of a difference found in the wrong direction.

    References
    ----------
    Fleiss JL, Levin B, Paik MC (2003), *Statistical methods for rates and proportions*. Cohen J
    (1988), *Statistical power analysis for the behavioral sciences*.

    Examples
    --------
    >>> found = sample_size_two_proportions(0.5, 0.75, power=0.9, response_rate=0.4)
    >>> found[["value", "invite1", "invite_total"]].round(2)
       value  invite1  invite_total
    0  76.71    192.0         384.0
    """
    tables.check_choice("method", method, ("pooled", "arcsine", "continuity"))
    arrays, index, locate = _cases(
        p1=p1,
        p2=p2,
        power=power,
        alpha=alpha,
        ratio=ratio,
        design_effect=design_effect,
        response_rate=response_rate,
    )
    p, q, k = arrays["p1"], arrays["p2"], arrays["ratio"]
    _require_two_proportions(p, q, locate)
    _require_levels(arrays, locate)
    za, zb = _z(arrays["alpha"]), special.ndtri(arrays["power"])
    if method == "arcsine":
        value = _arcsine_size(_effect(p, q), arrays["alpha"], arrays["power"], k)
    else:
        middle, gap = (p + k * q) / (1 + k), np.abs(p - q)
        equal = np.sqrt((1 + 1 / k) * middle * (1 - middle))
        value = ((za * equal + zb * np.sqrt(p * (1 - p) + q * (1 - q) / k)) / gap) ** 2
        if method == "continuity":
            value = value / 4 * (1 + np.sqrt(1 + 2 * (1 + 1 / k) / (value * gap))) ** 2
    invite = [_invite(arrays, value), _invite(arrays, value * k)]
    return _result(arrays, index, value, "people of group 1 who answer", _NAMED[method]).assign(
        invite1=invite[0], invite2=invite[1], invite_total=invite[0] + invite[1]
    )


def power_two_proportions(
    p1: ArrayLike,
    p2: ArrayLike,
    n1: ArrayLike,
    n2: ArrayLike,
    *,
    alpha: ArrayLike = 0.05,
    method: ProportionsPower = "pooled",
    strict: bool = False,
    design_effect: ArrayLike = 1,
) -> pd.DataFrame:
    """Say how likely a difference of two proportions is to be found with groups of given size.

    Parameters
    ----------
    p1, p2 : scalar, array or Series
        The proportions of the two groups, from 0 to 1.
    n1, n2 : scalar, array or Series
        People who answer in each group.
    alpha : scalar, array or Series
        Two-sided significance level.
    method : {"pooled", "arcsine"}
        As in `sample_size_two_proportions`.
    strict : bool
        With ``"pooled"``: count a difference found in the wrong direction too. The arcsine
        method always does.
    design_effect : scalar, array or Series
        People are divided by it.

    Returns
    -------
    pandas.DataFrame
        One row for each case: all inputs, then value (the power), lower and upper (missing),
        confidence (1 - alpha), statistic, method and note.

    Raises
    ------
    Refusal
        As in `sample_size_two_proportions`, or if a group has nobody.

    Notes
    -----
    The power is Φ((|d| - zₐs₀)/s₁), strictly with Φ((-|d| - zₐs₀)/s₁) added, where
    s₀² = p̄q̄(1/n₁ + 1/n₂) and s₁² = p₁q₁/n₁ + p₂q₂/n₂.

    Examples
    --------
    >>> power_two_proportions(0.5, 0.75, 50, 50)["value"].round(3).item()
    0.74
    """
    tables.check_choice("method", method, ("pooled", "arcsine"))
    arrays, index, locate = _cases(
        p1=p1, p2=p2, n1=n1, n2=n2, alpha=alpha, design_effect=design_effect
    )
    p, q = arrays["p1"], arrays["p2"]
    _require_two_proportions(p, q, locate)
    _require_levels(arrays, locate)
    for name in ("n1", "n2"):
        tables.require_population(arrays[name], name, locate)
    n, m = arrays["n1"] / arrays["design_effect"], arrays["n2"] / arrays["design_effect"]
    if method == "arcsine":
        value = _arcsine_power(_effect(p, q), n * m / (n + m), arrays["alpha"])
    else:
        middle = (n * p + m * q) / (n + m)
        equal = np.sqrt(middle * (1 - middle) * (1 / n + 1 / m))
        apart = np.sqrt(p * (1 - p) / n + q * (1 - q) / m)
        value = _normal_power(np.abs(p - q), equal, apart, arrays["alpha"], strict)
    named = _NAMED[method] + (", both tails" if strict or method == "arcsine" else "")
    return _result(arrays, index, value, "power", named)


def sample_size_one_proportion(
    p: ArrayLike,
    margin: ArrayLike,
    *,
    confidence: float = 0.95,
    population: ArrayLike | None = None,
    design_effect: ArrayLike = 1,
    response_rate: ArrayLike = 1,
) -> pd.DataFrame:
    """Say how many people are needed to know one proportion within a margin.

    Parameters
    ----------
    p : scalar, array or Series
        The proportion expected, between 0 and 1; 0.5 needs most people.
    margin : scalar, array or Series
        How far each limit may lie from it, between 0 and 1.
    confidence : float
        Between 0 and 1.
    population : scalar, array or Series, optional
        People in all, where the sample would be a good part of them; missing means that they
        are too many to matter.
    design_effect, response_rate : scalar, array or Series
        As in `sample_size_two_proportions`.

    Returns
    -------
    pandas.DataFrame
        One row for each case: all inputs, then value (people who answer in a simple random
        sample), lower and upper (missing), confidence, statistic, method and note, then
        infinite_population (people needed without the correction) and invite: whole people to
        invite, with design effect and response rate.

    Raises
    ------
    Refusal
        If a proportion, margin or response rate is out of range, if a population or design
        effect is not positive, or if a value is missing.

    Notes
    -----
    n = z² p(1 - p)/e² for the margin e, and n/(1 + (n - 1)/N) in a population of N. The design
    effect is applied after that. The normal approximation behind it fails where fewer than
    about 5 people are expected on either side: the note says so.

    References
    ----------
    Cochran WG (1977), *Sampling techniques*.

    Examples
    --------
    >>> sample_size_one_proportion(0.2, 0.03, population=5000)[["value", "invite"]].round(2)
        value  invite
    0  600.96   601.0
    """
    confidence = tables.check_confidence(confidence)
    arrays, index, locate = _cases(
        p=p,
        margin=margin,
        population=np.nan if population is None else population,
        design_effect=design_effect,
        response_rate=response_rate,
        may_miss=("population",),
    )
    share, people = arrays["p"], arrays["population"]
    for name in ("p", "margin"):
        x = arrays[name]
        tables.require((x > 0) & (x < 1), name, x, locate, "is not between 0 and 1")
    tables.require(~(people <= 0), "population", people, locate, "is no population to sample")
    infinite = intervals.z_value(confidence) ** 2 * share * (1 - share) / arrays["margin"] ** 2
    value = np.where(np.isnan(people), infinite, infinite / (1 + (infinite - 1) / people))
    # Below one person the correction would turn round.
    value = np.where(infinite < 1, infinite, value)
    invite = _invite(arrays, value)
    notes = tables.blank_notes(len(value))
    tables.add_note(
        notes,
        value * np.minimum(share, 1 - share) < 5,
        "Fewer than 5 people expected on one side: the normal approximation does not hold.",
    )
    tables.add_note(notes, invite > people, "More people to invite than the population has.")
    return tables.result(
        arrays,
        value=value,
        lower=np.nan,
        upper=np.nan,
        confidence=confidence,
        statistic="people who answer",
        method="Normal",
        note=notes,
        index=index,
    ).assign(infinite_population=infinite, invite=invite)


def sample_size_two_rates(
    rate1: ArrayLike,
    rate0: ArrayLike,
    *,
    power: ArrayLike,
    alpha: ArrayLike = 0.05,
    ratio: ArrayLike = 1,
    method: Rates = "log",
) -> pd.DataFrame:
    """Say how much person-time two groups need for a gap between their rates to show.

    Parameters
    ----------
    rate1, rate0 : scalar, array or Series
        Events per unit of person-time in the group and in the reference group.
    power, alpha : scalar, array or Series
        As in `sample_size_two_proportions`.
    ratio : scalar, array or Series
        Person-time of the group for each unit of the reference group's.
    method : {"log", "difference", "root"}
        Wald test of the log rate ratio, Wald test of the rate difference, or comparison of
        square roots, which steady the variance of a count.

    Returns
    -------
    pandas.DataFrame
        One row for each case: all inputs, then value (person-time of the reference group),
        lower and upper (missing), confidence (1 - alpha), statistic, method and note, then
        group_person_time and events_expected (in both groups).

    Raises
    ------
    Refusal
        If a rate, or a ratio, is not positive, a level is out of range, the two rates are
        equal, or a value is missing.

    Notes
    -----
    With k = ratio and Z = (zₐ + zᵦ)², the reference group needs
    Z (1/(k r₁) + 1/r₀)/ln(r₁/r₀)², Z (r₁/k + r₀)/(r₁ - r₀)², or Z (1 + 1/k)/(4(√r₁ - √r₀)²).

    Examples
    --------
    >>> found = sample_size_two_rates(0.02, 0.01, power=0.8)
    >>> found[["value", "group_person_time", "events_expected"]].round(1)
        value  group_person_time  events_expected
    0  2450.5             2450.5             73.5
    """
    tables.check_choice("method", method, ("log", "difference", "root"))
    arrays, index, locate = _cases(rate1=rate1, rate0=rate0, power=power, alpha=alpha, ratio=ratio)
    r1, r0, k = arrays["rate1"], arrays["rate0"], arrays["ratio"]
    _require_two_rates(r1, r0, locate)
    _require_levels(arrays, locate)
    gap, variance = _rate_gap(r1, r0, k, 1.0, method)
    value = (_z(arrays["alpha"]) + special.ndtri(arrays["power"])) ** 2 * variance / gap**2
    return _result(
        arrays, index, value, "person-time of the reference group", _NAMED[method]
    ).assign(group_person_time=k * value, events_expected=value * (k * r1 + r0))


def power_two_rates(
    rate1: ArrayLike,
    rate0: ArrayLike,
    time1: ArrayLike,
    time0: ArrayLike,
    *,
    alpha: ArrayLike = 0.05,
    method: RatesPower = "log",
    strict: bool = False,
) -> pd.DataFrame:
    """Say how likely a gap between two rates is to be found in given person-time.

    Parameters
    ----------
    rate1, rate0 : scalar, array or Series
        Events per unit of person-time in the group and in the reference group.
    time1, time0 : scalar, array or Series
        Their person-time.
    alpha : scalar, array or Series
        Two-sided significance level.
    method : {"log", "difference", "root", "exact"}
        As in `sample_size_two_rates`, or the exact test given the sum of events, with at most
        alpha/2 on either side.
    strict : bool
        Count a gap found in the wrong direction too; the exact method always does.

    Returns
    -------
    pandas.DataFrame
        One row for each case: all inputs, then value (the power), lower and upper (missing),
        confidence (1 - alpha), statistic, method and note.

    Raises
    ------
    Refusal
        As in `sample_size_two_rates`, or if a person-time is not positive.

    Notes
    -----
    By the three approximations the power is Φ(|g|/s - zₐ), where g is the gap of logs, rates or
    square roots and s its standard error; strictly, Φ(-|g|/s - zₐ) is added. Exactly, it is the
    sum over all totals m of the chance of m events times the chance that the binomial share of
    the group's events lies where the test rejects.

    Examples
    --------
    >>> power_two_rates([0.02], [0.01], 2450, 2450, method="exact")["value"].round(3).item()
    0.793
    """
    tables.check_choice("method", method, ("log", "difference", "root", "exact"))
    arrays, index, locate = _cases(rate1=rate1, rate0=rate0, time1=time1, time0=time0, alpha=alpha)
    r1, r0, t1, t0 = (arrays[name] for name in ("rate1", "rate0", "time1", "time0"))
    _require_two_rates(r1, r0, locate)
    _require_levels(arrays, locate)
    for name in ("time1", "time0"):
        x = arrays[name]
        tables.require(x > 0, name, x, locate, "is no person-time to count events in")
    if method == "exact":
        # Each case has its own range of totals; all totals of a case are done at once.
        cases = zip(r1, r0, t1, t0, arrays["alpha"], strict=True)
        value = np.array([_exact_power(*case) for case in cases])
    else:
        gap, variance = _rate_gap(r1, r0, t1, t0, method)
        error = np.sqrt(variance)
        value = _normal_power(np.abs(gap), error, error, arrays["alpha"], strict)
    named = _NAMED[method] + (", both tails" if strict or method == "exact" else "")
    return _result(arrays, index, value, "power", named)


def power_smr(expected: ArrayLike, smr: ArrayLike, *, alpha: ArrayLike = 0.05) -> pd.DataFrame:
    """Say how likely a standardised ratio of a given size is to be told from 1.

    Parameters
    ----------
    expected : scalar, array or Series
        Events expected; positive.
    smr : scalar, array or Series
        The true ratio of observed to expected events (1, not 100, for no gap).
    alpha : scalar, array or Series
        Two-sided significance level, half on either side.

    Returns
    -------
    pandas.DataFrame
        One row for each case: all inputs, then value (the power), lower and upper (missing),
        confidence (1 - alpha), statistic, method and note, then reject_low and reject_high: the
        test rejects when so few or so many events are observed. reject_low is missing where no
        count is low enough, and the note says so.

    Raises
    ------
    Refusal
        If the expected events are not positive, the ratio is negative or 1, alpha is out of
        range, or a value is missing.

    Notes
    -----
    reject_low is the largest count c with P(O ≤ c) ≤ alpha/2 for O Poisson with the expected
    mean, reject_high the smallest with P(O ≥ c) ≤ alpha/2. The power is the chance of either
    for O Poisson with mean smr × expected.

    Examples
    --------
    >>> found = power_smr([10, 3], [1.5, 0.5])
    >>> found[["value", "reject_low", "reject_high"]].round(3)
       value  reject_low  reject_high
    0  0.251         3.0         18.0
    1  0.000         NaN          8.0
    """
    # scipy.stats takes long to import, and only the exact functions need it.
    from scipy.stats import poisson

    arrays, index, locate = _cases(expected=expected, smr=smr, alpha=alpha)
    e, ratio, tail = arrays["expected"], arrays["smr"], arrays["alpha"] / 2
    tables.require(e > 0, "expected", e, locate, "is no expected number to compare with")
    tables.require(~(ratio < 0), "smr", ratio, locate, "is negative, and a ratio cannot be")
    tables.require(ratio != 1, "smr", ratio, locate, "is no gap, which no amount of data finds")
    _require_levels(arrays, locate)
    low, high = poisson.ppf(tail, e), poisson.isf(tail, e)
    low = low - (poisson.cdf(low, e) > tail)
    high = high + 1 + (poisson.sf(high, e) > tail)
    mean = ratio * e
    value = poisson.cdf(low, mean) + poisson.sf(high - 1, mean)
    notes = tables.blank_notes(len(e))
    tables.add_note(notes, low < 0, "No count is low enough to reject: too few are expected.")
    return _result(arrays, index, value, "power", "Exact Poisson test", notes).assign(
        reject_low=np.where(low < 0, np.nan, low), reject_high=high
    )


def _cases(
    *, may_miss: tuple[str, ...] = (), **columns: Any
) -> tuple[dict[str, Floats], pd.Index, Locate]:
    """Check what every case is made from; what may be missing is checked by its function."""
    arrays, index, locate = tables.aligned(**columns)
    for name, x in arrays.items():
        if name not in may_miss:
            tables.require_present(x, name, locate)
    for name in ("ratio", "design_effect"):
        if name in arrays:
            x = arrays[name]
            tables.require(x > 0, name, x, locate, "is not above zero")
    if "response_rate" in arrays:
        x = arrays["response_rate"]
        tables.require(
            (x > 0) & (x <= 1), "response_rate", x, locate, "is no share above 0 and up to 1"
        )
    return arrays, index, locate


def _require_levels(arrays: dict[str, Floats], locate: Locate) -> None:
    """Refuse a significance level or a power that is out of range."""
    alpha = arrays["alpha"]
    tables.require((alpha > 0) & (alpha < 1), "alpha", alpha, locate, "is not between 0 and 1")
    if "power" in arrays:
        power = arrays["power"]
        tables.require(
            (power > alpha) & (power < 1), "power", power, locate, "is not between alpha and 1"
        )


def _require_two_proportions(p1: Floats, p2: Floats, locate: Locate) -> None:
    """Refuse proportions that are out of range, equal, or leave nothing to chance."""
    for name, p in (("p1", p1), ("p2", p2)):
        tables.require((p >= 0) & (p <= 1), name, p, locate, "is not between 0 and 1")
    tables.require(p1 != p2, "p1", p1, locate, "equals p2: no sample finds a gap of nothing")
    tables.require(
        (p1 * (1 - p1) > 0) | (p2 * (1 - p2) > 0), "p1", p1, locate, "and p2 leave no chance"
    )


def _require_two_rates(rate1: Floats, rate0: Floats, locate: Locate) -> None:
    """Refuse rates that are not positive, or equal."""
    for name, rate in (("rate1", rate1), ("rate0", rate0)):
        tables.require(rate > 0, name, rate, locate, "is not a rate above zero")
    tables.require(
        rate1 != rate0, "rate1", rate1, locate, "equals rate0: no sample finds a gap of nothing"
    )


def _z(alpha: Floats) -> Floats:
    return -special.ndtri(alpha / 2)


def _invite(arrays: dict[str, Floats], value: Floats) -> Floats:
    """Return whole people to invite: rounded up, but not for what rounding left over."""
    wanted = value * arrays["design_effect"] / arrays["response_rate"]
    return np.ceil(wanted * (1 - 1e-12))


def _effect(p1: Floats, p2: Floats) -> Floats:
    """Return Cohen's h, without its sign."""
    return np.abs(2 * np.arcsin(np.sqrt(p1)) - 2 * np.arcsin(np.sqrt(p2)))


def _arcsine_power(effect: Floats, information: Floats, alpha: Floats) -> Floats:
    """Return the power at n₁n₂/(n₁ + n₂), both tails counted."""
    # statsmodels takes long to import, and only the arcsine method needs it.
    from statsmodels.stats.power import normal_power

    return np.asarray(normal_power(effect, information, alpha))


def _arcsine_size(effect: Floats, alpha: Floats, power: Floats, ratio: Floats) -> Floats:
    """Return the size of group 1 at which the arcsine method has the power."""
    from scipy.optimize.elementwise import find_root  # used by this method alone

    def short(log_size: Floats, effect: Floats, alpha: Floats, power: Floats) -> Floats:
        return _arcsine_power(effect, np.exp(log_size), alpha) - power

    one_tail = 2 * np.log((_z(alpha) + np.maximum(special.ndtri(power), 0)) / effect)
    found = find_root(short, (one_tail - 30, one_tail + 1), args=(effect, alpha, power))
    return np.exp(found.x) * (1 + 1 / ratio)


def _normal_power(gap: Floats, equal: Floats, apart: Floats, alpha: Floats, strict: bool) -> Floats:
    """Return the chance that the gap is seen beyond what no gap would show."""
    needed = _z(alpha) * equal
    power = special.ndtr((gap - needed) / apart)
    return power + special.ndtr((-gap - needed) / apart) if strict else power


def _rate_gap(
    rate1: Floats, rate0: Floats, time1: Floats, time0: Floats | float, method: str
) -> tuple[Floats, Floats]:
    """Return the gap of two rates on the scale of a method, and its variance."""
    scales: dict[str, tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]] = {
        "log": (np.log, lambda rate: 1 / rate),
        "difference": (lambda rate: rate, lambda rate: rate),
        "root": (np.sqrt, lambda rate: np.full_like(rate, 0.25)),
    }
    scale, variance = scales[method]
    return scale(rate1) - scale(rate0), variance(rate1) / time1 + variance(rate0) / time0


def _exact_power(rate1: float, rate0: float, time1: float, time0: float, alpha: float) -> float:
    """Return the power of the exact test of one pair of rates, over all totals at once."""
    # scipy.stats takes long to import, and only the exact functions need it.
    from scipy.stats import binom, poisson

    mean1, mean0 = rate1 * time1, rate0 * time0
    # Totals outside these have a chance below 1e-15 together.
    first, last = poisson.ppf(5e-16, mean1 + mean0), poisson.isf(5e-16, mean1 + mean0)
    total = np.arange(first, last + 1)
    fair, true = time1 / (time1 + time0), mean1 / (mean1 + mean0)
    low, high = binom.ppf(alpha / 2, total, fair), binom.isf(alpha / 2, total, fair)
    low = low - (binom.cdf(low, total, fair) > alpha / 2)
    high = high + 1 + (binom.sf(high, total, fair) > alpha / 2)
    rejects = binom.cdf(low, total, true) + binom.sf(high - 1, total, true)
    return float((poisson.pmf(total, mean1 + mean0) * rejects).sum())


def _result(
    arrays: dict[str, Floats],
    index: pd.Index,
    value: Floats,
    statistic: str,
    method: str,
    note: Any = "",
) -> pd.DataFrame:
    """Build a result without limits: it is a plan, not an estimate."""
    return tables.result(
        arrays,
        value=value,
        lower=np.nan,
        upper=np.nan,
        confidence=1 - arrays["alpha"],
        statistic=statistic,
        method=method,
        note=note,
        index=index,
    )
