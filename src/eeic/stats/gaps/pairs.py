"""Two groups: ratios and differences of rates and of risks, odds ratios, chi-squared.

Every function takes single numbers, arrays or pandas Series and works on all pairs at once. The
first group is the one of interest and the second its reference. They must not share people.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from eeic.stats import _intervals as intervals
from eeic.stats import _tables as tables
from eeic.stats._tables import Bools, Floats, Locate
from eeic.stats.gaps import _limits as limits
from eeic.stats.gaps import _solve as solve

__all__ = [
    "chi_squared",
    "odds_ratio",
    "rate_difference",
    "rate_ratio",
    "risk_difference",
    "risk_ratio",
]

RateRatio = Literal["wald", "score", "exact", "midp"]
RateDifference = Literal["wald", "mover", "score"]
RiskRatio = Literal["wald", "score"]
RiskDifference = Literal["newcombe", "wald", "score"]
OddsRatio = Literal["wald", "exact", "midp"]

_MISSING = "No value: a number of events is missing."
_MIDP = "mid-P, median-unbiased estimate"
_SCORE = "Score (Miettinen and Nurminen)"


def rate_ratio(
    events: ArrayLike,
    population: ArrayLike,
    reference_events: ArrayLike,
    reference_population: ArrayLike,
    *,
    confidence: float = 0.95,
    method: RateRatio = "wald",
) -> pd.DataFrame:
    """Divide one crude rate by another, with an interval.

    Parameters
    ----------
    events, population : scalar, array or Series
        Events and people (or person-years) of the group of interest.
    reference_events, reference_population : scalar, array or Series
        The same of the reference group; one number serves every row.
    confidence : float
        Between 0 and 1.
    method : {"wald", "score", "exact", "midp"}
        Wald limits on the log scale; score limits, which hold for few events too; exact limits
        given the sum of events, which are never too narrow; or mid-P limits, which are less
        cautious. With ``"midp"`` the value is the median-unbiased estimate. The last two need
        whole numbers of events.

    Returns
    -------
    pandas.DataFrame
        One row for each pair: the four inputs, then value, lower, upper, confidence, statistic,
        method, note and p_value, the two-sided p value of equal rates by that method.

    Raises
    ------
    Refusal
        If events are negative (or, for exact and mid-P, not whole), if a population is missing
        or zero, if a value is not a number, or if there is no row.

    Notes
    -----
    With x₁ of n₁ and x₀ of n₀ the Wald limits are exp(log ratio ± z √(1/x₁ + 1/x₀)). Given
    x₁ + x₀, x₁ is binomial with p = R n₁ / (R n₁ + n₀): score limits are Wilson's for p, exact
    limits are Clopper and Pearson's, mid-P limits count half of the probability of x₁ itself.
    No correction is added to zeros: without events in the reference group there is no ratio,
    and without events in the group no Wald interval. The exact p value adds up all outcomes no
    more likely than the one seen, and mid-P counts that one half; so an exact or mid-P p value
    close to 1 - confidence can disagree with its interval.

    References
    ----------
    Rothman KJ, Greenland S (1998), *Modern epidemiology*, chapter 14; R packages epitools
    (``rateratio``) and stats (``poisson.test``).

    Examples
    --------
    >>> ratio = rate_ratio(30, 54308.7, 60, 51477.5)
    >>> ratio[["value", "lower", "upper"]].round(2)
       value  lower  upper
    0   0.47   0.31   0.73
    """
    tables.check_choice("method", method, ("wald", "score", "exact", "midp"))
    confidence = tables.check_confidence(confidence)
    arrays, index, locate = _two_groups(events, population, reference_events, reference_population)
    x1, n1, x0, n0 = arrays.values()
    notes = tables.blank_notes(len(x1))
    comparable = _comparable(x1, x0, notes)
    a, b = np.where(comparable, x1, 1.0), np.where(comparable, x0, 1.0)
    value = (a / n1) / (b / n0)
    if method == "wald":
        error = np.sqrt(limits.inverse(a) + 1 / b)
        lower, upper = limits.log(value, error, confidence)
        p_value = _two_sided(np.log(np.where(a > 0, value, np.nan)) / error)
        tables.add_note(notes, comparable & (x1 == 0), f"{limits.NO_EVENTS} Use method='exact'.")
        named = "Wald (log)"
    elif method == "score":
        low, high = intervals.wilson(a, a + b, confidence)
        lower, upper = _as_odds(low) * n0 / n1, _as_odds(high) * n0 / n1
        p_value = _two_sided((a - b * n1 / n0) / np.sqrt((a + b) * n1 / n0))
        named = "Score"
    else:
        _require_whole(arrays, ("events", "reference_events"), locate)
        tail = (1 - confidence) / 2
        p_value, itself = solve.binomial_p_value(a, a + b, n1 / (n1 + n0))
        if method == "exact":
            low = np.where(a > 0, _beta_odds(np.where(a > 0, a, 1.0), b + 1, tail), 0.0)
            high = 1 / _beta_odds(b, a + 1, tail)
            named = "Exact conditional"
        else:
            value = solve.midp_odds(a, b, 0.5) * n0 / n1
            low, high = solve.midp_odds(a, b, tail), solve.midp_odds(a, b, 1 - tail)
            p_value -= itself / 2
            named = _MIDP
        lower, upper = low * n0 / n1, high * n0 / n1
    value, lower, upper, p_value = _where(comparable, value, lower, upper, p_value)
    return tables.result(
        arrays,
        value=value,
        lower=lower,
        upper=upper,
        confidence=confidence,
        statistic="rate ratio",
        method=named,
        note=notes,
        index=index,
    ).assign(p_value=p_value)


def rate_difference(
    events: ArrayLike,
    population: ArrayLike,
    reference_events: ArrayLike,
    reference_population: ArrayLike,
    *,
    multiplier: float = 100_000,
    confidence: float = 0.95,
    method: RateDifference = "wald",
) -> pd.DataFrame:
    """Subtract one crude rate from another, with an interval.

    Parameters
    ----------
    events, population, reference_events, reference_population : scalar, array or Series
        As in `rate_ratio`.
    multiplier : float
        The difference is per this many.
    confidence : float
        Between 0 and 1.
    method : {"wald", "mover", "score"}
        Wald limits; limits joined from the score limits of the two rates; or score limits of
        the difference. The last two hold for few events, and for none.

    Returns
    -------
    pandas.DataFrame
        One row for each pair: the four inputs, multiplier, then value, lower, upper, confidence,
        statistic, method and note.

    Raises
    ------
    Refusal
        As in `rate_ratio`.

    Notes
    -----
    The Wald limits are (x₁/n₁ - x₀/n₀) ± z √(x₁/n₁² + x₀/n₀²), times the multiplier; if neither
    group has an event there is a difference of 0 and no such interval. With limits l and u of
    each rate r, MOVER's are d - √((r₁ - l₁)² + (u₀ - r₀)²) and d + √((u₁ - r₁)² + (r₀ - l₀)²),
    where a count x has the score limits x + z²/2 ± z √(x + z²/4). Score limits are the
    differences at which the test with rates fitted under that difference gives ± z.

    References
    ----------
    Rothman KJ, Greenland S (1998), *Modern epidemiology*, chapter 14; statsmodels,
    ``confint_poisson_2indep``.

    Examples
    --------
    >>> rate_difference(12, 3000, 20, 4100, multiplier=1000)[["value", "lower", "upper"]].round(2)
       value  lower  upper
    0  -0.88  -3.99   2.24
    """
    tables.check_choice("method", method, ("wald", "mover", "score"))
    confidence = tables.check_confidence(confidence)
    multiplier = tables.check_multiplier(multiplier)
    arrays, index, _ = _two_groups(events, population, reference_events, reference_population)
    x1, n1, x0, n0 = arrays.values()
    notes = tables.blank_notes(len(x1))
    _comparable(x1, x0, notes, ratio=False)
    value = x1 / n1 - x0 / n0
    z = intervals.z_value(confidence)
    if method == "wald":
        lower, upper = limits.plain(value, np.sqrt(x1 / n1**2 + x0 / n0**2), notes, confidence)
        named = "Wald"
    elif method == "mover":
        (l1, u1), (l0, u0) = _score_count(x1, z), _score_count(x0, z)
        lower, upper = _joined(value, (x1 / n1, l1 / n1, u1 / n1), (x0 / n0, l0 / n0, u0 / n0))
        named = "MOVER, from score limits"
    else:
        lower, upper = solve.score_rate_difference(x1, n1, x0, n0, z)
        named = "Score"
    return tables.result(
        {**arrays, "multiplier": multiplier},
        value=multiplier * value,
        lower=multiplier * lower,
        upper=multiplier * upper,
        confidence=confidence,
        statistic="rate difference" + tables.per(multiplier),
        method=named,
        note=notes,
        index=index,
    )


def risk_ratio(
    events: ArrayLike,
    population: ArrayLike,
    reference_events: ArrayLike,
    reference_population: ArrayLike,
    *,
    confidence: float = 0.95,
    method: RiskRatio = "wald",
) -> pd.DataFrame:
    """Divide one proportion by another, with an interval.

    Parameters
    ----------
    events, population : scalar, array or Series
        People counted and people who could have been counted, in the group of interest.
    reference_events, reference_population : scalar, array or Series
        The same of the reference group; one number serves every row.
    confidence : float
        Between 0 and 1.
    method : {"wald", "score"}
        Wald limits on the log scale, or Miettinen and Nurminen's score limits, which hold where
        nobody or everybody is counted.

    Returns
    -------
    pandas.DataFrame
        One row for each pair: the four inputs, then value, lower, upper, confidence, statistic,
        method and note.

    Raises
    ------
    Refusal
        If events exceed the population or are negative, if a population is missing or zero, if
        a value is not a number, or if there is no row.

    Notes
    -----
    The Wald limits are exp(log ratio ± z √(1/x₁ - 1/n₁ + 1/x₀ - 1/n₀)). No correction is added
    to zeros. Score limits are the ratios R at which (p₁ - R p₀) / √V = ± z, where V is its
    variance with the proportions fitted under R, times n / (n - 1) for the n of both groups.

    References
    ----------
    Katz D et al. (1978), Biometrics 34:469-474; Miettinen O, Nurminen M (1985), Stat Med
    4:213-226; R package epitools (``riskratio``).

    Examples
    --------
    >>> risk_ratio(45, 100, 30, 110)[["value", "lower", "upper"]].round(2)
       value  lower  upper
    0   1.65   1.13    2.4
    """
    tables.check_choice("method", method, ("wald", "score"))
    confidence = tables.check_confidence(confidence)
    arrays, index, locate = _two_groups(events, population, reference_events, reference_population)
    _require_shares(arrays, locate)
    x1, n1, x0, n0 = arrays.values()
    notes = tables.blank_notes(len(x1))
    comparable = _comparable(x1, x0, notes)
    a, b = np.where(comparable, x1, 1.0), np.where(comparable, x0, 1.0)
    value = (a / n1) / (b / n0)
    if method == "wald":
        tables.add_note(notes, comparable & (x1 == 0), f"{limits.NO_EVENTS} Use method='score'.")
        error = np.sqrt(limits.inverse(a) - 1 / n1 + 1 / b - 1 / n0)
        flat = comparable & (error == 0)
        tables.add_note(notes, flat, limits.FLAT)
        lower, upper = limits.log(value, np.where(flat, np.nan, error), confidence)
        named = "Wald (log)"
    else:
        _require_two_people(n1, n0, locate)
        lower, upper = solve.score_ratio(x1, n1, x0, n0, intervals.z_value(confidence))
        named = _SCORE
    value, lower, upper = _where(comparable, value, lower, upper)
    return tables.result(
        arrays,
        value=value,
        lower=lower,
        upper=upper,
        confidence=confidence,
        statistic="risk ratio",
        method=named,
        note=notes,
        index=index,
    )


def risk_difference(
    events: ArrayLike,
    population: ArrayLike,
    reference_events: ArrayLike,
    reference_population: ArrayLike,
    *,
    multiplier: float = 1,
    confidence: float = 0.95,
    method: RiskDifference = "newcombe",
) -> pd.DataFrame:
    """Subtract one proportion from another, with an interval.

    Parameters
    ----------
    events, population, reference_events, reference_population : scalar, array or Series
        As in `risk_ratio`.
    multiplier : float
        1 for a difference of proportions, 100 for percentage points.
    confidence : float
        Between 0 and 1.
    method : {"newcombe", "wald", "score"}
        Limits joined from the two Wilson intervals, Wald limits, or Miettinen and Nurminen's
        score limits. Wald limits are too narrow for small groups and rare events.

    Returns
    -------
    pandas.DataFrame
        One row for each pair: the four inputs, multiplier, then value, lower, upper, confidence,
        statistic, method and note.

    Raises
    ------
    Refusal
        As in `risk_ratio`.

    Notes
    -----
    With the Wilson limits l and u of each proportion p, Newcombe's limits are
    d - √((p₁ - l₁)² + (u₀ - p₀)²) and d + √((u₁ - p₁)² + (p₀ - l₀)²). They exist for every
    table, with zeros too. Wald's are d ± z √(p₁ (1 - p₁) / n₁ + p₀ (1 - p₀) / n₀). Score limits
    are the differences D at which (d - D) / √V = ± z, V being fitted under D as in `risk_ratio`.

    References
    ----------
    Newcombe RG (1998), Stat Med 17:873-890, method 10; Miettinen O, Nurminen M (1985), Stat Med
    4:213-226.

    Examples
    --------
    >>> gap = risk_difference(56, 70, 48, 80, multiplier=100)
    >>> gap[["value", "lower", "upper"]].round(1)
       value  lower  upper
    0   20.0    5.2   33.4
    """
    tables.check_choice("method", method, ("newcombe", "wald", "score"))
    confidence = tables.check_confidence(confidence)
    multiplier = tables.check_multiplier(multiplier)
    arrays, index, locate = _two_groups(events, population, reference_events, reference_population)
    _require_shares(arrays, locate)
    x1, n1, x0, n0 = arrays.values()
    notes = tables.blank_notes(len(x1))
    _comparable(x1, x0, notes, ratio=False)
    p1, p0 = x1 / n1, x0 / n0
    if method == "newcombe":
        wilson = intervals.wilson
        lower, upper = _joined(
            p1 - p0, (p1, *wilson(x1, n1, confidence)), (p0, *wilson(x0, n0, confidence))
        )
        named = "Newcombe"
    elif method == "wald":
        error = np.sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)
        lower, upper = limits.plain(p1 - p0, error, notes, confidence)
        named = "Wald"
    else:
        _require_two_people(n1, n0, locate)
        lower, upper = solve.score_difference(x1, n1, x0, n0, intervals.z_value(confidence))
        named = _SCORE
    return tables.result(
        {**arrays, "multiplier": multiplier},
        value=multiplier * (p1 - p0),
        lower=multiplier * lower,
        upper=multiplier * upper,
        confidence=confidence,
        statistic="risk difference" + tables.per(multiplier),
        method=named,
        note=notes,
        index=index,
    )


def odds_ratio(
    events: ArrayLike,
    population: ArrayLike,
    reference_events: ArrayLike,
    reference_population: ArrayLike,
    *,
    confidence: float = 0.95,
    method: OddsRatio = "wald",
) -> pd.DataFrame:
    """Divide the odds in one group by the odds in another, with an interval.

    Where the event is common an odds ratio is further from 1 than the risk ratio: do not read
    it as "times as likely".

    Parameters
    ----------
    events, population, reference_events, reference_population : scalar, array or Series
        As in `risk_ratio`.
    confidence : float
        Between 0 and 1.
    method : {"wald", "exact", "midp"}
        The ratio of the odds with Wald limits on the log scale; or, given all margins of the
        table, the conditional maximum likelihood estimate with Fisher's exact limits, or the
        median-unbiased estimate with mid-P limits. The last two need whole numbers.

    Returns
    -------
    pandas.DataFrame
        One row for each pair: the four inputs, then value, lower, upper, confidence, statistic,
        method, note and p_value, the two-sided p value of equal odds by that method (for
        ``"exact"`` Fisher's).

    Raises
    ------
    Refusal
        As in `risk_ratio`; also, for exact and mid-P, if a number is not whole.

    Notes
    -----
    With a of n₁ and b of n₀ the ratio is a (n₀ - b) / (b (n₁ - a)) and the Wald limits are
    exp(log ratio ± z √(1/a + 1/(n₁ - a) + 1/b + 1/(n₀ - b))); no correction is added to zeros.
    Given all margins a is hypergeometric: exact limits are the odds ratios at which P(A ≥ a) or
    P(A ≤ a) is half of 1 - confidence, and mid-P counts half of P(A = a). Fisher's p value adds
    up all tables no more likely than the one seen, and mid-P counts that one half; so a p value
    close to 1 - confidence can disagree with its interval.

    References
    ----------
    Rothman KJ, Greenland S (1998), *Modern epidemiology*, chapter 14; R packages epitools
    (``oddsratio``) and stats (``fisher.test``).

    Examples
    --------
    >>> ratio = odds_ratio(45, 100, 30, 110, method="exact")
    >>> ratio[["value", "lower", "upper", "p_value"]].round(3)
       value  lower  upper  p_value
    0  2.174   1.18  4.048    0.009
    """
    tables.check_choice("method", method, ("wald", "exact", "midp"))
    confidence = tables.check_confidence(confidence)
    arrays, index, locate = _two_groups(events, population, reference_events, reference_population)
    _require_shares(arrays, locate)
    a, n1, b, n0 = arrays.values()
    notes = tables.blank_notes(len(a))
    known = _comparable(a, b, notes, ratio=False)
    comparable = known & (b > 0) & (a < n1)
    tables.add_note(
        notes,
        known & ~comparable,
        "No ratio: the reference group has no events, or the group has nobody without one.",
    )
    end = comparable & ((a == 0) | (b == n0))
    # 1 of 2 stands in for both groups where there is nothing to compare.
    a, b = np.where(comparable, a, 1.0), np.where(comparable, b, 1.0)
    m1, m0 = np.where(comparable, n1, 2.0), np.where(comparable, n0, 2.0)
    if method == "wald":
        value = a * (m0 - b) / (b * (m1 - a))
        inverses = (limits.inverse(cell) for cell in (a, m1 - a, b, m0 - b))
        error = np.sqrt(sum(inverses, np.zeros(len(a))))
        lower, upper = limits.log(value, error, confidence)
        p_value = _two_sided(np.log(np.where(end, np.nan, value)) / error)
        tables.add_note(
            notes, end, "No interval by this method: a cell of the table is 0. Use method='exact'."
        )
        named = "Wald (log)"
    else:
        _require_whole(arrays, tuple(arrays), locate)
        value, lower, upper, p_value = solve.conditional_odds_ratio(
            a, m1, b, m0, confidence, midp=method == "midp"
        )
        named = "Exact conditional (Fisher)" if method == "exact" else _MIDP
    value, lower, upper, p_value = _where(comparable, value, lower, upper, p_value)
    return tables.result(
        arrays,
        value=value,
        lower=lower,
        upper=upper,
        confidence=confidence,
        statistic="odds ratio",
        method=named,
        note=notes,
        index=index,
    ).assign(p_value=p_value)


def chi_squared(
    events: ArrayLike,
    population: ArrayLike,
    reference_events: ArrayLike,
    reference_population: ArrayLike,
    *,
    yates: bool = False,
) -> pd.DataFrame:
    """Test by chi-squared whether two proportions are equal.

    A small p value says that chance alone is an unlikely reason for the gap. It does not say
    how large the gap is: give the difference with its interval.

    Parameters
    ----------
    events, population, reference_events, reference_population : scalar, array or Series
        As in `risk_ratio`.
    yates : bool
        Whether to use Yates's continuity correction.

    Returns
    -------
    pandas.DataFrame
        One row for each pair: the four inputs, then value (chi-squared on 1 degree of freedom),
        lower, upper and confidence (all missing), statistic, method, note and p_value.

    Raises
    ------
    Refusal
        As in `risk_ratio`.

    Notes
    -----
    With e the events expected in a cell if both proportions were equal, chi-squared is the sum
    of (|x - e| - c)² / e over the four cells, where c is 0, or with Yates's correction the
    smaller of ½ and |x - e|.

    References
    ----------
    Armitage P, Berry G, Matthews JNS (2002), *Statistical methods in medical research*; R
    package stats (``chisq.test``).

    Examples
    --------
    >>> chi_squared(45, 100, 30, 110)[["value", "p_value"]].round(4)
        value  p_value
    0  7.1697   0.0074
    """
    arrays, index, locate = _two_groups(events, population, reference_events, reference_population)
    _require_shares(arrays, locate)
    a, n1, b, n0 = arrays.values()
    notes = tables.blank_notes(len(a))
    known = _comparable(a, b, notes, ratio=False)
    share = (a + b) / (n1 + n0)
    flat = known & ((share == 0) | (share == 1))
    tables.add_note(notes, flat, "No test: nobody has the event, or everybody has.")
    share = np.where(flat, np.nan, share)
    away = np.abs(a - n1 * share)
    away = away - np.minimum(0.5, away) if yates else away
    value = away**2 * (1 / n1 + 1 / n0) / (share * (1 - share))
    return tables.result(
        arrays,
        value=value,
        lower=np.nan,
        upper=np.nan,
        confidence=np.nan,
        statistic="chi-squared, 1 degree of freedom",
        method="Pearson with Yates's correction" if yates else "Pearson",
        note=notes,
        index=index,
    ).assign(p_value=special.chdtrc(1, value))


def _two_groups(
    events: Any, population: Any, reference_events: Any, reference_population: Any
) -> tuple[dict[str, Floats], pd.Index, Locate]:
    """Check what every comparison of two groups is made from."""
    arrays, index, locate = tables.aligned(
        events=events,
        population=population,
        reference_events=reference_events,
        reference_population=reference_population,
    )
    for name in ("events", "reference_events"):
        tables.require_counts(arrays[name], name, locate)
    for name in ("population", "reference_population"):
        tables.require_population(arrays[name], name, locate)
    return arrays, index, locate


def _require_shares(arrays: dict[str, Floats], locate: Locate) -> None:
    """Refuse more events than people."""
    for part, whole in (("events", "population"), ("reference_events", "reference_population")):
        x = arrays[part]
        tables.require(~(x > arrays[whole]), part, x, locate, f"is more than the {whole}")


def _require_whole(arrays: dict[str, Floats], names: tuple[str, ...], locate: Locate) -> None:
    for name in names:
        x = arrays[name]
        tables.require(np.isnan(x) | (x == np.floor(x)), name, x, locate, "is not a whole number")


def _require_two_people(n1: Floats, n0: Floats, locate: Locate) -> None:
    tables.require(
        n1 + n0 > 1, "population", n1, locate, "and its reference are not two people together"
    )


def _comparable(x1: Floats, x0: Floats, notes: NDArray[np.object_], *, ratio: bool = True) -> Bools:
    """Say which pairs can be compared, and note why others cannot."""
    known = ~np.isnan(x1) & ~np.isnan(x0)
    tables.add_note(notes, ~known, _MISSING)
    if not ratio:
        return known
    tables.add_note(notes, (x0 == 0) & ~np.isnan(x1), limits.NO_REFERENCE_EVENTS)
    return known & (x0 > 0)


def _where(comparable: Bools, *arrays: Floats) -> tuple[Floats, ...]:
    return tuple(np.where(comparable, array, np.nan) for array in arrays)


def _two_sided(z: Floats) -> Floats:
    """Return the two-sided p value of a standard normal score."""
    return 2 * special.ndtr(-np.abs(z))


def _as_odds(p: Floats) -> Floats:
    return p / (1 - p)


def _beta_odds(a: Floats, b: Floats, tail: float) -> Floats:
    """Return the odds p / (1 - p) at the lower tail of a beta distribution."""
    p = special.betaincinv(a, b, tail)
    return p / special.betaincinv(b, a, 1 - tail)


def _score_count(x: Floats, z: float) -> tuple[Floats, Floats]:
    """Return score limits of a Poisson count."""
    reach = z * np.sqrt(x + z**2 / 4)
    return x + z**2 / 2 - reach, x + z**2 / 2 + reach


def _joined(
    gap: Floats, one: tuple[Floats, Floats, Floats], other: tuple[Floats, Floats, Floats]
) -> tuple[Floats, Floats]:
    """Join the limits of two estimates (value, lower, upper) into limits of their difference."""
    (v1, l1, u1), (v0, l0, u0) = one, other
    return gap - np.hypot(v1 - l1, u0 - v0), gap + np.hypot(u1 - v1, v0 - l0)
