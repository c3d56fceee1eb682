"""Funnel limits: whether a provider lies further from the average than its size explains.

Two families, which are not the same thing and are named apart. `ukhsa` asks whether chance alone
would put a provider this far from the average: an exact rule, with nothing between providers but
chance. `overdispersed` first measures how much providers of like size differ from one another
and widens the limits by that: for case mix and recording that no adjustment catches.

Each has a second function that gives its lines over a range of denominators. The two pairs of
limits, at 95% and at 99.8%, lie around the average; they are no interval of a provider's own
value, which may lie outside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from eeic.stats import _intervals as intervals
from eeic.stats import _tables as tables
from eeic.stats._tables import Floats, Locate, Refusal

__all__ = ["overdispersed", "overdispersed_curve", "ukhsa", "ukhsa_curve", "ukhsa_denominators"]

Kind = Literal["proportion", "crude rate", "dsr", "ratio"]
Overdispersed = Literal["shmi", "cqc", "proportion", "ratio of counts"]
Drawn = Literal["funnelplotr", "scores"]

#: The two levels of a funnel, and what is added to the names of their columns.
_LEVELS = {0.95: "", 0.998: "_998"}
#: Normal quantiles as SHMI and FunnelPlotR write them, which is part of their limits.
_Z = {0.95: 1.959964, 0.998: 3.090232}

_MULTIPLIER: dict[str, float] = {"proportion": 1, "crude rate": 1e5, "dsr": 1e5, "ratio": 1}
_SCALE = {
    "shmi": "log scale, extremes truncated",
    "cqc": "square root scale, extremes winsorised",
    "proportion": "arcsine scale, extremes winsorised",
    "ratio of counts": "log scale, extremes winsorised",
}
_NARROW = (
    "Limits as FunnelPlotR draws them, narrower than the z scores imply; limits='scores' gives "
    "those that agree."
)


def ukhsa(
    data: pd.DataFrame,
    *,
    kind: Kind,
    denominator: str | None = None,
    rate: str | None = None,
    events: str = "events",
    by: str | Sequence[str] | None = None,
    multiplier: float | None = None,
    min_events: float | None = None,
) -> pd.DataFrame:
    """Set each provider against the exact funnel limits that UKHSA uses.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each provider or area. All rows make the average.
    kind : {"proportion", "crude rate", "dsr", "ratio"}
        What is compared; ``"dsr"`` is a directly standardised rate and ``"ratio"`` an
        indirectly standardised ratio of observed to expected events.
    denominator : str, optional
        Column of the people (proportion), the people or person-years (crude rate) or the
        expected events (ratio). Not for a dsr.
    rate : str, optional
        For a dsr, and only for it: the column of the rates, per `multiplier`. Rates from few
        events belong in it too, since they count towards the average.
    events : str
        Column of the events, for a ratio the observed ones.
    by : str or list of str, optional
        The column, or columns, that name the provider.
    multiplier : float, optional
        By default 1 for a proportion or ratio and 100,000 for a rate.
    min_events : float, optional
        A value from fewer events is not shown, nor its category. By default 10 for a dsr, as
        UKHSA has it, and 0 otherwise. A dsr without events is never shown.

    Returns
    -------
    pandas.DataFrame
        One row for each provider: the columns of `by`, events, denominator, multiplier,
        average (in the units of the value), then value, lower, upper, confidence, statistic,
        method and note, where lower and upper are the 95% limits around the average; then
        lower_998, upper_998 and significance: ``"High (0.001)"`` or ``"Low (0.001)"`` outside
        the 99.8% limits, ``"High (0.025)"`` or ``"Low (0.025)"`` outside the 95% limits but
        not those, ``"Not significant"``, or ``"Not applicable"`` from too few events. The
        number is the chance of lying beyond that one limit.

    Raises
    ------
    Refusal
        If a value is missing, negative or not a number, a denominator is zero, events exceed
        the people of a proportion, a provider is missing or has more than one row, or a dsr's
        rate does not fit its events.

    Notes
    -----
    The average p is Σ events / Σ denominators; a ratio is set against 1. A dsr's denominator is
    what would give its rate, events / rate.

    Proportions: the limits are p ± z √(p(1 - p)/n), where Wilson's interval of a provider's own
    proportion would end on the average; they are cut at 0 and at the multiplier.

    Rates and ratios: with E = p n, the limits are those counts O, over n, whose exact Poisson
    interval ends on E: χ²(1 - α/2, 2O + 2) / 2 = E below and χ²(α/2, 2O) / 2 = E above. The
    category is UKHSA's: it sets the limits of the provider's own count (exact below 10, Byar's
    from 10 on) against E, so a provider almost on a line may be put on its other side.

    References
    ----------
    UKHSA, Fingertips technical guidance; PHEindicatormethods, ``calculate_funnel_limits`` and
    ``assign_funnel_significance``. Spiegelhalter DJ (2005), Stat Med 24:1185-1202.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "area": ["A", "B", "C"], "events": [20, 90, 260], "people": [100, 300, 900],
    ... })
    >>> found = ukhsa(data, kind="proportion", denominator="people", by="area", multiplier=100)
    >>> found[["area", "value", "lower", "upper", "significance"]].round(1)
      area  value  lower  upper     significance
    0    A   20.0   19.6   37.3  Not significant
    1    B   30.0   23.4   33.6  Not significant
    2    C   28.9   25.5   31.4  Not significant
    """
    tables.check_choice("kind", kind, tuple(_MULTIPLIER))
    multiplier = tables.check_multiplier(_MULTIPLIER[kind] if multiplier is None else multiplier)
    labels, locate = _providers(data, by)
    x = _counts(data, events, "events", locate)
    if min_events is None:
        min_events = 10 if kind == "dsr" else 0
    if kind == "dsr":
        min_events = max(min_events, 1)
    few = x < min_events
    if kind == "dsr":
        if rate is None or denominator is not None:
            raise Refusal("A dsr has its rate named and no denominator, which follows from it.")
        n = multiplier * x / _rates(data, rate, x, locate)
        if np.isnan(n).all():
            raise Refusal(f"Column {events!r}: there is no event, so that there is no average.")
    else:
        if denominator is None or rate is not None:
            raise Refusal(f"A {kind} has its denominator named, and no rate.")
        n = _denominators(data, denominator, locate)
        if kind == "proportion":
            tables.require(~(x > n), events, x, locate, f"is more than column {denominator!r} has")
    average = 1.0 if kind == "ratio" else float(x.sum() / np.nansum(n))

    limits = _exact(kind, n, average)
    if kind == "proportion":
        own = x / n
        above, below = own > limits["upper"], own < limits["lower"]
        far_above, far_below = own > limits["upper_998"], own < limits["lower_998"]
    else:
        lower, upper, _ = intervals.ukhsa_count(x, 0.95)
        far_lower, far_upper, _ = intervals.ukhsa_count(x, 0.998)
        expected = average * n
        above, below = lower > expected, upper < expected
        far_above, far_below = far_lower > expected, far_upper < expected
    significance = np.select(
        [few, far_above, above, far_below, below],
        ["Not applicable", "High (0.001)", "High (0.025)", "Low (0.001)", "Low (0.025)"],
        "Not significant",
    )

    notes = tables.blank_notes(len(x))
    if kind != "ratio" and len(x) == 1:
        notes[:] = "One row: the average is its own value."
    if average == 0:
        tables.add_note(notes, x == 0, "No event in any row: the limits are zero.")
    value, *shown = tables.withhold(
        few,
        tables.too_few(min_events),
        notes,
        multiplier * x / n,
        *(multiplier * limit for limit in limits.values()),
    )
    return _table(
        {
            **labels,
            "events": x,
            "denominator": np.where(few, np.nan, n) if kind == "dsr" else n,
            "multiplier": multiplier,
            "average": multiplier * average,
        },
        value,
        dict(zip(limits, shown, strict=True)),
        statistic=_statistic(kind, multiplier),
        method=_exact_method(kind),
        note=notes,
        index=data.index,
    ).assign(significance=significance)


def ukhsa_curve(
    denominator: ArrayLike, *, kind: Kind, average: float, multiplier: float | None = None
) -> pd.DataFrame:
    """Give the lines of UKHSA's exact funnel over a range of denominators.

    Parameters
    ----------
    denominator : scalar, array or Series
        Where the lines are wanted, such as ``np.geomspace(100, 100_000, 200)``; positive, in
        the units of `ukhsa`.
    kind : {"proportion", "crude rate", "dsr", "ratio"}
        As in `ukhsa`.
    average : float
        The centre line, in the units of the value: the column ``average`` of `ukhsa`.
    multiplier : float, optional
        As in `ukhsa`.

    Returns
    -------
    pandas.DataFrame
        One row for each denominator: denominator, multiplier, then value (the centre line),
        lower, upper, confidence, statistic, method and note, then lower_998 and upper_998.

    Raises
    ------
    Refusal
        If a denominator is missing or not positive, or the average is not one that can be.

    Notes
    -----
    The formulas are those of `ukhsa`. UKHSA's own table goes the other way for rates and ratios,
    from numbers of events to denominators: see `ukhsa_denominators`.

    References
    ----------
    PHEindicatormethods, ``calculate_funnel_limits``.

    Examples
    --------
    >>> curve = ukhsa_curve([10, 1000], kind="proportion", average=29, multiplier=100)
    >>> curve[["value", "lower", "upper", "lower_998", "upper_998"]].round(1)
       value  lower  upper  lower_998  upper_998
    0     29    0.9   57.1        0.0       73.3
    1     29   26.2   31.8       24.6       33.4
    """
    tables.check_choice("kind", kind, tuple(_MULTIPLIER))
    multiplier = tables.check_multiplier(_MULTIPLIER[kind] if multiplier is None else multiplier)
    _check_centre("average", average, multiplier if kind == "proportion" else np.inf)
    n, index = _range(denominator)
    limits = _exact(kind, n, average / multiplier)
    return _table(
        {"denominator": n, "multiplier": multiplier},
        average,
        {name: multiplier * limit for name, limit in limits.items()},
        statistic=_statistic(kind, multiplier),
        method=_exact_method(kind),
        note="",
        index=index,
    )


def ukhsa_denominators(events: ArrayLike, *, average: float, multiplier: float = 1) -> pd.DataFrame:
    """Give the denominators at which numbers of events would lie on UKHSA's exact lines.

    This is how UKHSA draws the funnel of a rate or ratio: for O events the denominator D on
    each line, and there the point (D, multiplier × O / D).

    Parameters
    ----------
    events : scalar, array or Series
        Numbers of events.
    average : float
        The average rate, in the units of the value; for a ratio the same as the multiplier.
    multiplier : float
        The rate is per this many.

    Returns
    -------
    pandas.DataFrame
        One row for each number: events, multiplier, average, then value (the denominator at
        which so many events are the average), lower and upper (where they are on the *upper*
        and on the *lower* 95% line: the same events among fewer people make a higher rate),
        confidence, statistic, method and note, then lower_998 and upper_998.

    Raises
    ------
    Refusal
        If a number of events is missing or negative, or the average is not positive.

    Notes
    -----
    χ²(α/2, 2O) / 2 and χ²(1 - α/2, 2O + 2) / 2, over the average of one person.

    References
    ----------
    PHEindicatormethods, ``calculate_funnel_limits``, which finds the same by bisection.

    Examples
    --------
    >>> ukhsa_denominators([1, 150], average=1)[["value", "lower", "upper"]].round(2)
       value   lower   upper
    0    1.0    0.03    5.57
    1  150.0  126.96  176.02
    """
    multiplier = tables.check_multiplier(multiplier)
    _check_centre("average", average, np.inf)
    if average == 0:
        raise Refusal("average is 0: without events there is no denominator to give.")
    arrays, index, locate = tables.aligned(events=events)
    x = arrays["events"]
    tables.require_present(x, "events", locate)
    tables.require_counts(x, "events", locate)
    each = multiplier / average
    limits: dict[str, Floats] = {}
    for confidence, level in _LEVELS.items():
        lower, upper = intervals.exact_poisson(x, confidence)
        limits |= {f"lower{level}": lower * each, f"upper{level}": upper * each}
    return _table(
        {"events": x, "multiplier": multiplier, "average": average},
        x * each,
        limits,
        statistic="denominator",
        method=_exact_method("ratio"),
        note="",
        index=index,
    )


def overdispersed(
    data: pd.DataFrame,
    *,
    kind: Overdispersed,
    denominator: str,
    events: str = "events",
    by: str | Sequence[str] | None = None,
    multiplier: float = 1,
    trim: float = 0.1,
    limits: Drawn = "funnelplotr",
) -> pd.DataFrame:
    """Set each provider against funnel limits widened by how much providers differ.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each provider, two or more.
    kind : {"shmi", "cqc", "proportion", "ratio of counts"}
        A standardised ratio by the method of the Summary Hospital-level Mortality Indicator
        (log scale, extremes left out) or of the Care Quality Commission (square root scale,
        extremes drawn in); a proportion (arcsine scale); or a ratio of two counts (log scale).
    denominator : str
        Column of the expected events, of the people, or of the second count.
    events : str
        Column of the observed events or of the first count.
    by : str or list of str, optional
        The column, or columns, that name the provider.
    multiplier : float
        1, or 100 for a percentage or for a ratio whose reference is 100.
    trim : float
        The share of z scores at each end that is left out (``"shmi"``) or drawn in to the
        quantile there (winsorised) before dispersion is measured.
    limits : {"funnelplotr", "scores"}
        Limits as the R package FunnelPlotR draws them, or those on which a provider's adjusted
        z score is 1.96 or 3.09. They are the same for ``"shmi"`` and ``"proportion"``. For
        ``"cqc"`` and ``"ratio of counts"`` the package's are narrower, and the note says so.

    Returns
    -------
    pandas.DataFrame
        One row for each provider: the columns of `by`, events, denominator, multiplier, target
        (the centre line, in the units of the value), phi, tau2, n_after_trim, then value, lower,
        upper, confidence, statistic, method and note, where lower and upper are the adjusted 95%
        limits around the target; then lower_998, upper_998; the unadjusted limits
        unadjusted_lower, unadjusted_upper, unadjusted_lower_998, unadjusted_upper_998;
        transformed and standard_error (on the scale of the kind); z, z_trimmed and z_adjusted;
        and position, which says where the value lies against the adjusted limits.

    Raises
    ------
    Refusal
        If a value is missing, negative or not a number, a denominator is zero, events exceed
        the people of a proportion, a provider is missing or has more than one row, there are
        fewer than two providers (also after trimming), both columns are the same, or providers
        without events remain after trimming on a log scale.

    Notes
    -----
    With Y the transformed value, s its standard error and θ the target (1 for a standardised
    ratio, else Σ events / Σ denominators), z = (Y - θ') / s where θ' is θ transformed. Over the
    n scores that remain after trimming, φ = Σ z² / n and, with w = 1/s²,
    τ² = max(0, (nφ - (n - 1)) / (Σw - Σw²/Σw)). Adjusted limits are θ' ± z √(s² + τ²),
    transformed back; the adjusted score is (Y - θ') / √(s² + τ²).

    - shmi: Y = log(O/E), s = 1/√E, with E rounded to two decimals as it is published
    - cqc: Y = √(O/E), s = 1/(2√E)
    - proportion: Y = arcsin √(O/n), s = 1/(2√n); limits end at 0 and at the multiplier
    - ratio of counts: Y = log((O + ½)/(n + ½)), s² = O/(O + ½)² + n/(n + ½)²

    Unadjusted limits of a standardised ratio are exact Poisson limits of E, over E; the others
    are the formula with τ² = 0. A provider without events has no logarithm: by ``"shmi"`` its
    score is missing, and it counts as the lowest when the extremes are left out.

    FunnelPlotR 0.6.0 does not square the adjusted limits of ``"cqc"`` (its issue 33), and draws
    a ratio of counts with s = 1/(2√n), which is not the s of its z scores.

    References
    ----------
    Spiegelhalter DJ (2005), Stat Med 24:1185-1202, *Funnel plots for comparing institutional
    performance*; Spiegelhalter DJ (2005), Qual Saf Health Care 14:347-351, *Handling
    over-dispersion of performance indicators*; FunnelPlotR.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "trust": list("ABCDEF"),
    ...     "events": [80, 130, 95, 210, 60, 118],
    ...     "expected": [100, 100, 100, 200, 75, 100],
    ... })
    >>> found = overdispersed(data, kind="shmi", denominator="expected", by="trust")
    >>> found[["trust", "value", "lower", "upper", "z", "z_adjusted"]].round(2).head(3)
      trust  value  lower  upper     z  z_adjusted
    0     A   0.80   0.69   1.45 -2.23       -1.18
    1     B   1.30   0.69   1.45  2.62        1.39
    2     C   0.95   0.69   1.45 -0.51       -0.27
    """
    tables.check_choice("kind", kind, tuple(_SCALE))
    tables.check_choice("limits", limits, ("funnelplotr", "scores"))
    multiplier = tables.check_multiplier(multiplier)
    _check_trim(trim, kind)
    labels, locate = _providers(data, by)
    x = _counts(data, events, "events", locate)
    n = _denominators(data, denominator, locate)
    if len(x) < 2:
        raise Refusal("There is one provider: how much providers differ needs two or more.")
    if (x == n).all():
        raise Refusal(f"Columns {events!r} and {denominator!r} are the same in every row.")
    if kind == "proportion":
        tables.require(~(x > n), events, x, locate, f"is more than column {denominator!r} has")
    if kind in ("shmi", "ratio of counts") and not x.any():
        raise Refusal(f"Column {events!r} is zero in every row: zero has no logarithm.")
    size = _two_decimals(n) if kind == "shmi" else n
    tables.require(size > 0, denominator, n, locate, "is zero when rounded to two decimals")
    target = 1.0 if kind in ("shmi", "cqc") else float(x.sum() / n.sum())

    transformed, s = _transformed(kind, x, size)
    deviation = transformed - _centre(kind, target)
    z = deviation / s
    kept = _truncated(z, trim) if kind == "shmi" else _winsorised(z, trim)
    if np.isinf(kept).any():
        none = int(np.flatnonzero(np.isinf(kept))[0])
        raise Refusal(
            f"Column {events!r}, {locate(none)}: 0 has no logarithm, and more rows have it than "
            "trimming leaves out; kind='cqc' can take it."
        )
    used = ~np.isnan(kept)
    remain = int(used.sum())
    if remain < 2:
        raise Refusal(f"Trimming leaves {remain} of {len(x)} providers: two are needed.")
    phi = float((kept[used] ** 2).sum() / remain)
    tau2 = _between(phi, s[used])

    notes = tables.blank_notes(len(x))
    tables.add_note(notes, np.isinf(z), "No score: 0 has no logarithm.")
    tables.add_note(notes, ~used, "Among the extremes left out of phi and tau2.")
    if _narrow(kind, limits):
        tables.add_note(notes, np.ones(len(x), dtype=bool), _NARROW)
    drawn = {
        name: multiplier * limit
        for name, limit in _widened(kind, size, target, tau2, limits).items()
    }
    value = multiplier * x / n
    score, moved = (np.where(np.isfinite(z), each, np.nan) for each in (z, transformed))
    return _table(
        {
            **labels,
            "events": x,
            "denominator": n,
            "multiplier": multiplier,
            "target": multiplier * target,
            "phi": phi,
            "tau2": tau2,
            "n_after_trim": remain,
        },
        value,
        drawn,
        statistic=_statistic(kind, multiplier),
        method=f"Overdispersed funnel: {_SCALE[kind]}",
        note=notes,
        index=data.index,
    ).assign(
        transformed=moved,
        standard_error=s,
        z=score,
        z_trimmed=kept,
        z_adjusted=score * s / np.sqrt(s**2 + tau2),
        position=np.select(
            [
                value > drawn["upper_998"],
                value < drawn["lower_998"],
                value > drawn["upper"],
                value < drawn["lower"],
            ],
            [
                "above the 99.8% limit",
                "below the 99.8% limit",
                "above the 95% limit",
                "below the 95% limit",
            ],
            "within the limits",
        ),
    )


def overdispersed_curve(
    denominator: ArrayLike,
    *,
    kind: Overdispersed,
    target: float,
    tau2: float,
    multiplier: float = 1,
    limits: Drawn = "funnelplotr",
) -> pd.DataFrame:
    """Give the lines of an overdispersed funnel over a range of denominators.

    Parameters
    ----------
    denominator : scalar, array or Series
        Where the lines are wanted; positive.
    kind, multiplier, limits
        As in `overdispersed`.
    target, tau2 : float
        As `overdispersed` found them: its columns of these names.

    Returns
    -------
    pandas.DataFrame
        One row for each denominator: denominator, multiplier, tau2, then value (the centre
        line), lower, upper, confidence, statistic, method and note, then lower_998, upper_998
        and the four unadjusted limits, as in `overdispersed`.

    Raises
    ------
    Refusal
        If a denominator is missing or not positive, or the target or tau2 is not one that can
        be.

    Examples
    --------
    >>> curve = overdispersed_curve([50, 500], kind="shmi", target=1, tau2=0.02)
    >>> curve[["lower", "upper", "unadjusted_lower", "unadjusted_upper"]].round(2)
       lower  upper  unadjusted_lower  unadjusted_upper
    0   0.68   1.48              0.74              1.32
    1   0.75   1.34              0.91              1.09
    """
    tables.check_choice("kind", kind, tuple(_SCALE))
    tables.check_choice("limits", limits, ("funnelplotr", "scores"))
    multiplier = tables.check_multiplier(multiplier)
    _check_centre("target", target, multiplier if kind == "proportion" else np.inf)
    _check_centre("tau2", tau2, np.inf)
    if target == 0 and kind != "proportion":
        raise Refusal("target is 0: a ratio has no limits around it.")
    n, index = _range(denominator)
    drawn = _widened(kind, n, target / multiplier, tau2, limits)
    return _table(
        {"denominator": n, "multiplier": multiplier, "tau2": tau2},
        target,
        {name: multiplier * limit for name, limit in drawn.items()},
        statistic=_statistic(kind, multiplier),
        method=f"Overdispersed funnel: {_SCALE[kind]}",
        note=_NARROW if _narrow(kind, limits) else "",
        index=index,
    )


def _providers(data: Any, by: str | Sequence[str] | None) -> tuple[dict[str, pd.Series], Locate]:
    """Return the columns that name the providers, each of whom must have one row."""
    tables.require_table(data)
    names = tables.names(by)
    locate = tables.locate_by_columns(data, names) if names else tables.locate_by_index(data.index)
    repeated = np.flatnonzero(pd.Series(tables.codes(data, names, "by")).duplicated())
    if names and repeated.size:
        raise Refusal(
            f"Provider repeated in {locate(int(repeated[0]))}: give each provider one row, and "
            "name every column that tells providers apart in by."
        )
    return {name: data[name] for name in names}, locate


def _counts(data: pd.DataFrame, name: str, parameter: str, locate: Locate) -> Floats:
    values = tables.numbers(tables.column(data, name, parameter), name, locate)
    tables.require_present(values, name, locate)
    tables.require_counts(values, name, locate)
    return values


def _denominators(data: pd.DataFrame, name: str, locate: Locate) -> Floats:
    values = _counts(data, name, "denominator", locate)
    tables.require(values > 0, name, values, locate, "is no denominator to divide by")
    return values


def _rates(data: pd.DataFrame, name: str, x: Floats, locate: Locate) -> Floats:
    """Return the rates, missing where there is no event, or refuse those that cannot be."""
    values = tables.numbers(tables.column(data, name, "rate"), name, locate)
    none = x == 0
    tables.require(
        none | ~np.isnan(values),
        name,
        values,
        locate,
        "is missing, and the average needs it: keep rates from few events in the table "
        "(min_events=0 in standardise.direct), and those below the rule are not shown here",
    )
    tables.require(
        ~(none & (values != 0) & ~np.isnan(values)),
        name,
        values,
        locate,
        "is a rate other than zero without an event",
    )
    tables.require(none | (values > 0), name, values, locate, "is no rate that events can have")
    return np.where(none, np.nan, values)


def _range(denominator: ArrayLike) -> tuple[Floats, pd.Index]:
    arrays, index, locate = tables.aligned(denominator=denominator)
    n = arrays["denominator"]
    tables.require_present(n, "denominator", locate)
    tables.require(n > 0, "denominator", n, locate, "is no denominator to divide by")
    return n, index


def _check_centre(name: str, value: float, largest: float) -> None:
    number = tables.numbers(value, name, lambda _: "as given")
    if len(number) != 1 or not 0 <= number[0] <= largest:
        most = f" to {largest:g}" if np.isfinite(largest) else " upwards"
        raise Refusal(f"{name} is {value!r}: give one number from 0{most}.")


def _check_trim(trim: float, kind: str) -> None:
    number = tables.numbers(trim, "trim", lambda _: "as given")
    if len(number) != 1 or not 0 <= number[0] < 0.5 or (kind == "shmi" and number[0] == 0):
        raise Refusal(
            f"trim is {trim!r}: give the share at each end, such as 0.1; below 0.5, and above 0 "
            "for 'shmi'."
        )


def _exact(kind: str, n: Floats, average: float) -> dict[str, Floats]:
    """Return UKHSA's limits for one person or one expected event."""
    limits: dict[str, Floats] = {}
    for confidence, level in _LEVELS.items():
        if kind == "proportion":
            step = intervals.z_value(confidence) * np.sqrt(average * (1 - average) / n)
            lower, upper = np.clip(average - step, 0, 1), np.clip(average + step, 0, 1)
        else:
            # The shape at which a gamma distribution has the tail beyond `expected`: chi-squared's
            # quantile solved for its degrees of freedom.
            expected, tail = average * n, (1 - confidence) / 2
            lower = np.maximum(special.gdtrib(1, 1 - tail, expected) - 1, 0) / n
            upper = special.gdtrib(1, tail, expected) / n
        limits |= {f"lower{level}": lower, f"upper{level}": upper}
    return limits


def _exact_method(kind: str) -> str:
    exact = "Wilson's limits inverted" if kind == "proportion" else "exact Poisson"
    return f"UKHSA funnel: {exact}"


def _statistic(kind: str, multiplier: float) -> str:
    if kind == "proportion":
        return "percentage" if multiplier == 100 else "proportion" + tables.per(multiplier)
    if kind == "crude rate":
        return "crude rate" + tables.per(multiplier)
    if kind == "dsr":
        return "directly standardised rate" + tables.per(multiplier)
    if kind == "ratio of counts":
        return "ratio of counts" + tables.per(multiplier)
    return f"indirectly standardised ratio (reference = {multiplier:g})"


def _transformed(kind: str, x: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return values on the scale of their kind, and their standard errors there."""
    if kind == "shmi":
        with np.errstate(divide="ignore"):  # 0 events: the lowest score there can be
            return np.log(x / n), 1 / np.sqrt(n)
    if kind == "cqc":
        return np.sqrt(x / n), 1 / (2 * np.sqrt(n))
    if kind == "proportion":
        return np.arcsin(np.sqrt(x / n)), 1 / (2 * np.sqrt(n))
    return np.log((x + 0.5) / (n + 0.5)), _error_of_ratio(x, n)


def _error_of_ratio(x: Floats, n: Floats) -> Floats:
    return np.sqrt(x / (x + 0.5) ** 2 + n / (n + 0.5) ** 2)


def _centre(kind: str, target: float) -> float:
    """Return the target on the scale of its kind."""
    if kind == "proportion":
        return float(np.arcsin(np.sqrt(target)))
    return float(np.sqrt(target) if kind == "cqc" else np.log(target))


def _truncated(z: Floats, trim: float) -> Floats:
    """Leave out the scores in the outermost shares by rank, as SHMI does."""
    parts = 1 / trim
    part = np.floor(pd.Series(z).rank().to_numpy() * parts / (len(z) + 1))
    return np.where((part > 0) & (part < parts - 1), z, np.nan)


def _winsorised(z: Floats, trim: float) -> Floats:
    """Draw the scores beyond two quantiles in to them."""
    return np.clip(z, *np.quantile(z, [trim, 1 - trim]))


def _between(phi: float, s: Floats) -> float:
    """Return the variance between providers by the method of moments, zero where negative."""
    n, w = len(s), 1 / s**2
    return max(0.0, float((n * phi - (n - 1)) / (w.sum() - (w**2).sum() / w.sum())))


def _narrow(kind: str, limits: str) -> bool:
    return limits == "funnelplotr" and kind in ("cqc", "ratio of counts")


def _widened(kind: str, n: Floats, target: float, tau2: float, limits: str) -> dict[str, Floats]:
    """Return adjusted and unadjusted limits around the target, at both levels."""
    found: dict[str, Floats] = {}
    centre = _centre(kind, target)
    if kind == "ratio of counts" and limits == "scores":
        s = _error_of_ratio(target * n, n)
    else:
        s = 1 / np.sqrt(n) if kind == "shmi" else 1 / (2 * np.sqrt(n))
    for prefix, between in (("", tau2), ("unadjusted_", 0.0)):
        for confidence, level in _LEVELS.items():
            if prefix and kind in ("shmi", "cqc"):
                lower, upper = (
                    target * limit / n for limit in intervals.exact_poisson(n, confidence)
                )
            else:
                step = _Z[confidence] * np.sqrt(s**2 + between)
                lower = _back(kind, centre - step, limits)
                upper = _back(kind, centre + step, limits)
            found |= {f"{prefix}lower{level}": lower, f"{prefix}upper{level}": upper}
    return found


def _back(kind: str, y: Floats, limits: str) -> Floats:
    """Return limits from the scale of their kind to that of the value."""
    if kind == "proportion":
        # Beyond a right angle the sine turns back: there the limit has reached its end.
        return np.sin(np.clip(y, 0, np.pi / 2)) ** 2
    if kind == "cqc":
        return y if limits == "funnelplotr" else np.maximum(y, 0) ** 2
    return np.exp(y)


def _two_decimals(values: Floats) -> Floats:
    """Round as R does: to the nearer of the two neighbours, and between them to the even one."""
    down = np.floor(values * 100)
    below, above = down / 100, np.ceil(values * 100) / 100
    nearer_below = values - below < above - values
    tie = values - below == above - values
    return np.where(nearer_below | (tie & (down % 2 == 0)), below, above)


def _table(
    first: Mapping[str, Any],
    value: Floats | float,
    limits: Mapping[str, Floats],
    *,
    statistic: str,
    method: str,
    note: str | NDArray[np.object_],
    index: pd.Index,
) -> pd.DataFrame:
    """Build a result whose limits are the 95% ones, with the others after it."""
    others = {name: limits[name] for name in limits if name not in ("lower", "upper")}
    return tables.result(
        first,
        value=value,
        lower=limits["lower"],
        upper=limits["upper"],
        confidence=0.95,
        statistic=statistic,
        method=method,
        note=note,
        index=index,
    ).assign(**others)
