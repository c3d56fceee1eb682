"""Gaps between groups: ratios and differences of rates and of risks, always with a reference.

The four functions of two groups take single numbers, arrays or pandas Series; `compare` takes
a whole table of results from `eeic.stats.rates` or `eeic.stats.standardise.direct` and sets
every group against the one that is named. The two groups must not share people.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from eeic.stats import _intervals as intervals
from eeic.stats import _tables as tables
from eeic.stats._tables import Floats, Locate, Refusal

__all__ = ["compare", "rate_difference", "rate_ratio", "risk_difference", "risk_ratio"]

Method = Literal["wald", "exact", "midp"]
Measure = Literal["ratio", "difference"]

_MISSING = "No value: a number of events is missing."
_NO_REFERENCE_EVENTS = "No ratio: the reference group has no events."
_NO_EVENTS = "No interval by this method: the group has no events."
_FLAT = "No interval by this method: no variation is left in the data."


def rate_ratio(
    events: ArrayLike,
    population: ArrayLike,
    reference_events: ArrayLike,
    reference_population: ArrayLike,
    *,
    confidence: float = 0.95,
    method: Method = "wald",
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
    method : {"wald", "exact", "midp"}
        Wald limits on the log scale; exact limits given the sum of events, which are never too
        narrow; or mid-P limits, which are less cautious. With ``"midp"`` the value is the
        median-unbiased estimate. The last two need whole numbers of events.

    Returns
    -------
    pandas.DataFrame
        One row for each pair: the four inputs, then value, lower, upper, confidence, statistic,
        method and note.

    Raises
    ------
    Refusal
        If events are negative (or, for exact and mid-P, not whole), if a population is missing
        or zero, if a value is not a number, or if there is no row.

    Notes
    -----
    With x₁ of n₁ and x₀ of n₀ the Wald limits are exp(log ratio ± z √(1/x₁ + 1/x₀)). Given
    x₁ + x₀, x₁ is binomial with p = R n₁ / (R n₁ + n₀): exact limits are Clopper and Pearson's
    for p, mid-P limits count half of the probability of x₁ itself. No correction is added to
    zeros: without events in the reference group there is no ratio, and without events in the
    group no Wald interval.

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
    tables.check_choice("method", method, ("wald", "exact", "midp"))
    confidence = tables.check_confidence(confidence)
    arrays, index, locate = _two_groups(events, population, reference_events, reference_population)
    x1, n1, x0, n0 = arrays.values()
    notes = tables.blank_notes(len(x1))
    comparable = (x0 > 0) & ~np.isnan(x1)
    tables.add_note(notes, np.isnan(x1) | np.isnan(x0), _MISSING)
    tables.add_note(notes, (x0 == 0) & ~np.isnan(x1), _NO_REFERENCE_EVENTS)
    a, b = np.where(comparable, x1, 1.0), np.where(comparable, x0, 1.0)
    if method == "wald":
        value = (a / n1) / (b / n0)
        lower, upper = _log_limits(value, np.sqrt(_inverse(a) + 1 / b), confidence)
        tables.add_note(notes, comparable & (x1 == 0), f"{_NO_EVENTS} Use method='exact'.")
        named = "Wald (log)"
    else:
        for name in ("events", "reference_events"):
            x = arrays[name]
            tables.require(
                np.isnan(x) | (x == np.floor(x)), name, x, locate, "is not a whole number"
            )
        tail = (1 - confidence) / 2
        if method == "exact":
            value = (a / n1) / (b / n0)
            odds_lower = np.where(a > 0, _odds(np.where(a > 0, a, 1.0), b + 1, tail), 0.0)
            odds_upper = 1 / _odds(b, a + 1, tail)
            named = "Exact conditional"
        else:
            value = _midp_odds(a, b, 0.5) * n0 / n1
            odds_lower, odds_upper = _midp_odds(a, b, tail), _midp_odds(a, b, 1 - tail)
            named = "mid-P, median-unbiased estimate"
        lower, upper = odds_lower * n0 / n1, odds_upper * n0 / n1
    value, lower, upper = (np.where(comparable, v, np.nan) for v in (value, lower, upper))
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
    )


def rate_difference(
    events: ArrayLike,
    population: ArrayLike,
    reference_events: ArrayLike,
    reference_population: ArrayLike,
    *,
    multiplier: float = 100_000,
    confidence: float = 0.95,
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
    The Wald limits are (x₁/n₁ - x₀/n₀) ± z √(x₁/n₁² + x₀/n₀²), times the multiplier. If neither
    group has an event there is a difference of 0 and no interval.

    References
    ----------
    Rothman KJ, Greenland S (1998), *Modern epidemiology*, chapter 14.

    Examples
    --------
    >>> rate_difference(12, 3000, 20, 4100, multiplier=1000)[["value", "lower", "upper"]].round(2)
       value  lower  upper
    0  -0.88  -3.99   2.24
    """
    confidence = tables.check_confidence(confidence)
    multiplier = tables.check_multiplier(multiplier)
    arrays, index, _ = _two_groups(events, population, reference_events, reference_population)
    x1, n1, x0, n0 = arrays.values()
    notes = tables.blank_notes(len(x1))
    tables.add_note(notes, np.isnan(x1) | np.isnan(x0), _MISSING)
    value = multiplier * (x1 / n1 - x0 / n0)
    error = multiplier * np.sqrt(x1 / n1**2 + x0 / n0**2)
    lower, upper = _plain_limits(value, error, notes, confidence)
    return tables.result(
        {**arrays, "multiplier": multiplier},
        value=value,
        lower=lower,
        upper=upper,
        confidence=confidence,
        statistic="rate difference" + tables.per(multiplier),
        method="Wald",
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
    to zeros.

    References
    ----------
    Katz D et al. (1978), Biometrics 34:469-474; R package epitools (``riskratio``).

    Examples
    --------
    >>> risk_ratio(45, 100, 30, 110)[["value", "lower", "upper"]].round(2)
       value  lower  upper
    0   1.65   1.13    2.4
    """
    confidence = tables.check_confidence(confidence)
    arrays, index, locate = _two_groups(events, population, reference_events, reference_population)
    _require_shares(arrays, locate)
    x1, n1, x0, n0 = arrays.values()
    notes = tables.blank_notes(len(x1))
    comparable = (x0 > 0) & ~np.isnan(x1)
    tables.add_note(notes, np.isnan(x1) | np.isnan(x0), _MISSING)
    tables.add_note(notes, (x0 == 0) & ~np.isnan(x1), _NO_REFERENCE_EVENTS)
    tables.add_note(notes, comparable & (x1 == 0), _NO_EVENTS)
    a, b = np.where(comparable, x1, 1.0), np.where(comparable, x0, 1.0)
    error = np.sqrt(_inverse(a) - 1 / n1 + 1 / b - 1 / n0)
    flat = comparable & (error == 0)
    tables.add_note(notes, flat, _FLAT)
    value = np.where(comparable, (a / n1) / (b / n0), np.nan)
    lower, upper = _log_limits(value, np.where(flat, np.nan, error), confidence)
    return tables.result(
        arrays,
        value=value,
        lower=lower,
        upper=upper,
        confidence=confidence,
        statistic="risk ratio",
        method="Wald (log)",
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
) -> pd.DataFrame:
    """Subtract one proportion from another, with Newcombe's interval.

    Parameters
    ----------
    events, population, reference_events, reference_population : scalar, array or Series
        As in `risk_ratio`.
    multiplier : float
        1 for a difference of proportions, 100 for percentage points.
    confidence : float
        Between 0 and 1.

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
    With the Wilson limits l and u of each proportion p, the limits are
    d - √((p₁ - l₁)² + (u₀ - p₀)²) and d + √((u₁ - p₁)² + (p₀ - l₀)²). They exist for every
    table, with zeros too.

    References
    ----------
    Newcombe RG (1998), Stat Med 17:873-890, method 10.

    Examples
    --------
    >>> gap = risk_difference(56, 70, 48, 80, multiplier=100)
    >>> gap[["value", "lower", "upper"]].round(1)
       value  lower  upper
    0   20.0    5.2   33.4
    """
    confidence = tables.check_confidence(confidence)
    multiplier = tables.check_multiplier(multiplier)
    arrays, index, locate = _two_groups(events, population, reference_events, reference_population)
    _require_shares(arrays, locate)
    x1, n1, x0, n0 = arrays.values()
    notes = tables.blank_notes(len(x1))
    tables.add_note(notes, np.isnan(x1) | np.isnan(x0), _MISSING)
    p1, p0 = x1 / n1, x0 / n0
    l1, u1 = intervals.wilson(x1, n1, confidence)
    l0, u0 = intervals.wilson(x0, n0, confidence)
    return tables.result(
        {**arrays, "multiplier": multiplier},
        value=multiplier * (p1 - p0),
        lower=multiplier * (p1 - p0 - np.hypot(p1 - l1, u0 - p0)),
        upper=multiplier * (p1 - p0 + np.hypot(u1 - p1, p0 - l0)),
        confidence=confidence,
        statistic="risk difference" + tables.per(multiplier),
        method="Newcombe",
        note=notes,
        index=index,
    )


def compare(
    table: pd.DataFrame,
    *,
    reference: str,
    group: str = "ethnic_group",
    measure: Measure = "ratio",
    multiplier: float | None = None,
) -> pd.DataFrame:
    """Compare every group of a table of results with one reference group.

    Parameters
    ----------
    table : pandas.DataFrame
        What `rates.proportion`, `rates.crude_rate` or `standardise.direct` returned, one row
        for each group, with the group in a column or in the index.
    reference : str
        The group that the others are compared with.
    group : str
        Name of that column or index.
    measure : {"ratio", "difference"}
        What is compared.
    multiplier : float, optional
        A difference is per this many; by default as the table's values are.

    Returns
    -------
    pandas.DataFrame
        One row for each group, in the table's order: the group, reference, reference_value and
        group_value (both as the table has them), then value, lower, upper, confidence,
        statistic, method and note. The reference group's own row has the value 1 (or 0) and no
        limits. A group without a value in the table has none here, and its note goes along.

    Raises
    ------
    Refusal
        If the reference group is not in the table, stands in it twice or has no value; if a
        column is missing; if the table mixes statistics; or if it holds indirectly standardised
        values, which cannot be compared with each other.

    Notes
    -----
    Proportions are compared by `risk_ratio` and `risk_difference`, crude rates by `rate_ratio`
    and `rate_difference`. Two directly standardised rates with variances V have the ratio's
    limits exp(log ratio ± z √(V₁/rate₁² + V₀/rate₀²)) and the difference's ± z √(V₁ + V₀).
    Whether two intervals overlap is not a test of the gap: look at the gap's own interval.

    References
    ----------
    Breslow NE, Day NE (1987), *Statistical methods in cancer research* II, IARC, section 2.3.

    Examples
    --------
    >>> from eeic.stats import rates
    >>> data = pd.DataFrame(
    ...     {"events": [80, 300], "population": [10_000, 60_000]},
    ...     index=pd.Index(["Indian", "White British"], name="ethnic_group"),
    ... )
    >>> gap = compare(rates.crude_rate(**data), reference="White British")
    >>> gap[["ethnic_group", "value", "lower", "upper"]].round(2)
        ethnic_group  value  lower  upper
    0         Indian    1.6   1.25   2.05
    1  White British    1.0    NaN    NaN
    """
    tables.check_choice("measure", measure, ("ratio", "difference"))
    rows = _results(table, group)
    kind = _one(rows, "statistic")
    confidence = tables.check_confidence(_one(rows, "confidence"))
    own = tables.check_multiplier(_one(rows, "multiplier"))
    multiplier = own if multiplier is None else tables.check_multiplier(multiplier)
    groups = rows[group]
    place = _place_of(reference, groups, rows, group)
    shown = rows["value"].notna().to_numpy()

    if kind.startswith("directly standardised"):
        variance = tables.numbers(
            tables.column(rows, "variance", "the variance of each rate"),
            "variance",
            tables.locate_by_columns(rows, [group]),
        )
        found = _compare_standardised(
            rows["value"].to_numpy() / own,
            variance / own**2,
            place,
            measure,
            multiplier,
            confidence,
        )
    elif kind.startswith(("crude rate", "proportion", "percentage")):
        events = tables.column(rows, "events", "events").where(shown).reset_index(drop=True)
        population = tables.column(rows, "population", "population").reset_index(drop=True)
        four = (events, population, events.iloc[place], population.iloc[place])
        ratio, difference = (
            (rate_ratio, rate_difference)
            if kind.startswith("crude rate")
            else (risk_ratio, risk_difference)
        )
        found = (
            ratio(*four, confidence=confidence)
            if measure == "ratio"
            else difference(*four, confidence=confidence, multiplier=multiplier)
        )
    elif kind.startswith("indirectly standardised"):
        raise Refusal(
            "Indirectly standardised values of two groups rest on two sets of ages and cannot be "
            "compared with each other: standardise directly."
        )
    else:
        raise Refusal(f"A table of {kind!r} cannot be compared: give proportions or rates.")

    notes = found["note"].where(shown, rows["note"].to_numpy()).to_numpy(dtype=object)
    here = np.arange(len(rows)) == place
    notes[place] = "Reference group."
    return tables.result(
        {
            group: groups.to_numpy(),
            "reference": reference,
            "reference_value": rows["value"].iloc[place],
            "group_value": rows["value"].to_numpy(),
        },
        value=np.where(here, 1.0 if measure == "ratio" else 0.0, found["value"]),
        lower=found["lower"].mask(here),
        upper=found["upper"].mask(here),
        confidence=confidence,
        statistic=str(found["statistic"].iloc[0]),
        method=found["method"],
        note=notes,
    )


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


def _inverse(x: Floats) -> Floats:
    """Return 1 / x, missing where x is 0."""
    return 1 / np.where(x > 0, x, np.nan)


def _log_limits(value: Floats, error: Floats, confidence: float) -> tuple[Floats, Floats]:
    factor = np.exp(intervals.z_value(confidence) * error)
    return value / factor, value * factor


def _plain_limits(
    value: Floats, error: Floats, notes: NDArray[np.object_], confidence: float
) -> tuple[Floats, Floats]:
    """Return value ± z × error; an error of exactly 0 is no certainty but no information."""
    tables.add_note(notes, error == 0, _FLAT)
    reach = intervals.z_value(confidence) * np.where(error == 0, np.nan, error)
    return value - reach, value + reach


def _odds(a: Floats, b: Floats, tail: float) -> Floats:
    """Return the odds p / (1 - p) at the lower tail of a beta distribution."""
    p = special.betaincinv(a, b, tail)
    return p / special.betaincinv(b, a, 1 - tail)


def _midp_odds(a: Floats, b: Floats, share: float) -> Floats:
    """Return the odds at which P(X > a) + P(X = a) / 2 = share, X binomial of a + b."""
    from scipy.optimize.elementwise import find_root  # used by this method alone

    def excess(log_odds: Floats, a: Floats, b: Floats) -> Floats:
        p = special.expit(log_odds)
        at_least = np.where(a > 0, special.betainc(np.maximum(a, 1.0), b + 1, p), 1.0)
        more = special.betainc(a + 1, b, p)
        return (at_least + more) / 2 - share

    reach = np.full(len(a), 60.0)
    root = find_root(excess, (-reach, reach), args=(a, b))
    return np.where(excess(-reach, a, b) >= 0, 0.0, np.exp(root.x))


def _compare_standardised(
    rate: Floats,
    variance: Floats,
    place: int,
    measure: Measure,
    multiplier: float,
    confidence: float,
) -> pd.DataFrame:
    """Compare directly standardised rates (per person) through their variances."""
    notes = tables.blank_notes(len(rate))
    if measure == "difference":
        value = multiplier * (rate - rate[place])
        error = multiplier * np.sqrt(variance + variance[place])
        lower, upper = _plain_limits(value, error, notes, confidence)
        method = "Wald, from the variances"
        statistic = "difference of directly standardised rates" + tables.per(multiplier)
    else:
        statistic, method = "ratio of directly standardised rates", "Log-normal, from the variances"
        if rate[place] == 0:
            tables.add_note(notes, ~np.isnan(rate), _NO_REFERENCE_EVENTS)
        tables.add_note(notes, (rate == 0) & (rate[place] > 0), _NO_EVENTS)
        one = _inverse(rate)  # missing where the rate is 0
        value = rate * one[place]
        error = np.sqrt(variance * one**2 + variance[place] * one[place] ** 2)
        lower, upper = _log_limits(value, error, confidence)
    return tables.result(
        {},
        value=value,
        lower=lower,
        upper=upper,
        confidence=confidence,
        statistic=statistic,
        method=method,
        note=notes,
    )


def _results(table: pd.DataFrame, group: str) -> pd.DataFrame:
    """Return a table of results with its group as a column, or say what is missing."""
    tables.require_table(table)
    carried = group in table.index.names and group not in table.columns
    rows = table.reset_index(drop=not carried)
    for name in (group, "value", "confidence", "statistic", "multiplier", "note"):
        tables.column(rows, name, "the results to compare")
    return rows


def _one(rows: pd.DataFrame, name: str) -> Any:
    """Return what a column says in every row, or refuse a table that mixes."""
    found = rows[name].unique()
    if len(found) != 1:
        raise Refusal(
            f"Column {name!r} says {', '.join(map(str, found))}: only results of one kind can be "
            "compared."
        )
    value = found[0]
    return value.item() if isinstance(value, np.generic) else value


def _place_of(reference: str, groups: pd.Series, rows: pd.DataFrame, group: str) -> int:
    """Return the row of the reference group, which must stand there once and have a value."""
    twice = np.flatnonzero(groups.duplicated())
    if twice.size:
        raise Refusal(
            f"Column {group!r}, row {twice[0] + 1}: {groups.iloc[twice[0]]} stands there twice; "
            "compare one table at a time."
        )
    found = np.flatnonzero(groups == reference)
    if not found.size:
        raise Refusal(
            f"The reference group {reference!r} is not in column {group!r}, which has: "
            f"{', '.join(map(str, groups))}."
        )
    place = int(found[0])
    if pd.isna(rows["value"].iloc[place]):
        raise Refusal(
            f"The reference group {reference!r} has no value to compare with. "
            f"{rows['note'].iloc[place]}"
        )
    return place
