"""Effects of single studies from their counts, and the way back to risks and ratios."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from eeic.stats import _intervals as intervals
from eeic.stats import _tables as tables
from eeic.stats._tables import Floats, Locate, Refusal

__all__ = ["back_transform", "effect_sizes"]

Measure = Literal["RR", "OR", "RD", "IRR", "PR", "PLO", "PLN", "PAS", "PFT"]
ZeroCells = Literal["missing", "half"]

#: How each measure is named, before and after `back_transform`.
NAMED = {
    "RR": ("log risk ratio", "risk ratio"),
    "OR": ("log odds ratio", "odds ratio"),
    "RD": ("risk difference", "risk difference"),
    "IRR": ("log rate ratio", "rate ratio"),
    "PR": ("proportion", "proportion"),
    "PLO": ("logit of proportion", "proportion"),
    "PLN": ("log of proportion", "proportion"),
    "PAS": ("arcsine of proportion", "proportion"),
    "PFT": ("double arcsine of proportion", "proportion"),
}
_TWO_GROUPS = ("RR", "OR", "RD", "IRR")
_MISSING = "No effect: a number of events is missing."


def effect_sizes(
    measure: Measure,
    events: ArrayLike,
    population: ArrayLike,
    reference_events: ArrayLike | None = None,
    reference_population: ArrayLike | None = None,
    *,
    zero_cells: ZeroCells = "missing",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Work out the effect of each study and its variance, ready for `pool`.

    Parameters
    ----------
    measure : {"RR", "OR", "RD", "IRR", "PR", "PLO", "PLN", "PAS", "PFT"}
        The names of the R package metafor. Two groups: log risk ratio, log odds ratio, risk
        difference, log rate ratio. One group: proportion, its logit, its logarithm, its arcsine
        square root, and Freeman and Tukey's double arcsine.
    events, population : scalar, array or Series
        Events and people of the group of interest; person-time for IRR.
    reference_events, reference_population : scalar, array or Series, optional
        The same of the reference group: needed for the first four measures, and for no other.
    zero_cells : {"missing", "half"}
        What to do with a study in which nobody, or everybody, of a group has an event, where
        the measure or its variance does not exist: leave them missing, or add ½ to each count
        of such a study (people without an event are a count too, person-time is not). PAS and
        PFT need no such thing.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        One row for each study: the inputs, then value, lower, upper, confidence, statistic,
        method and note, then variance. The note says where ½ was added or why the effect is
        missing.

    Raises
    ------
    Refusal
        If events are negative or exceed the population, if a population is missing or zero, if
        the reference group is absent or not wanted, if a value is not a number, or if there is
        no row.

    Notes
    -----
    With a of n₁ and c of n₀, and b = n₁ - a, d = n₀ - c, the variances are
    RR: 1/a - 1/n₁ + 1/c - 1/n₀; OR: 1/a + 1/b + 1/c + 1/d; RD: ab/n₁³ + cd/n₀³;
    IRR: 1/a + 1/c. With x of n and p = x/n, PR: p(1 - p)/n; PLO: 1/x + 1/(n - x);
    PLN: 1/x - 1/n; PAS: 1/(4n), for arcsin √p; PFT: 1/(4n + 2), for
    ½ (arcsin √(x/(n + 1)) + arcsin √((x + 1)/(n + 1))). The limits are the effect ± z √variance.
    With ``"half"``, ½ is added as metafor does it: whatever the measure, to every count of a
    study that has a zero count, and to no other study.

    References
    ----------
    Freeman MF, Tukey JW (1950), Ann Math Stat 21:607-611; R package metafor, ``escalc``.

    Examples
    --------
    >>> found = effect_sizes("RR", [12, 25], [210, 400], [20, 31], [205, 410])
    >>> found[["value", "variance"]].round(3)
       value  variance
    0 -0.535     0.124
    1 -0.190     0.067
    """
    tables.check_choice("measure", measure, tuple(NAMED))
    tables.check_choice("zero_cells", zero_cells, ("missing", "half"))
    confidence = tables.check_confidence(confidence)
    columns = {"events": events, "population": population}
    reference = {
        "reference_events": reference_events,
        "reference_population": reference_population,
    }
    for name, values in reference.items():
        if (values is None) == (measure in _TWO_GROUPS):
            wanted = "needed" if values is None else "not used"
            raise Refusal(f"{name} is {wanted} for measure {measure!r}.")
        if values is not None:
            columns[name] = values
    arrays, index, locate = tables.aligned(**columns)
    prefixes = ("", "reference_") if measure in _TWO_GROUPS else ("",)
    for prefix in prefixes:
        names = f"{prefix}events", f"{prefix}population"
        x, n = (arrays[name] for name in names)
        require_group(x, n, names, locate, within=measure != "IRR")

    happened = [arrays[f"{prefix}events"] for prefix in prefixes]
    exposed = [arrays[f"{prefix}population"] for prefix in prefixes]
    # Person-time is measured, not counted: nobody in it is "without an event".
    others = [] if measure == "IRR" else [n - x for x, n in zip(happened, exposed, strict=True)]
    counts = np.array([*happened, *others])
    zero = (counts == 0).any(axis=0)
    notes = tables.blank_notes(len(index))
    tables.add_note(notes, np.isnan(counts).any(axis=0), _MISSING)
    if measure not in ("PAS", "PFT") and zero_cells == "half":
        happened = [x + zero / 2 for x in happened]
        if others:
            exposed = [n + zero for n in exposed]
        tables.add_note(notes, zero, "½ was added to each count, as one of them is zero.")
        nobody = zero & (counts[: len(prefixes)] == 0).all(axis=0)
        if measure in ("RR", "OR", "IRR"):
            tables.add_note(notes, nobody, "No group has an event: the ratio rests on the ½ alone.")
    with np.errstate(divide="ignore", invalid="ignore"):
        value, variance = _EFFECTS[measure](*happened, *exposed)
        undefined = zero & ~(np.isfinite(value) & (variance > 0))
    value, variance = tables.withhold(
        undefined,
        f"No effect: a count is zero, for which {measure} or its variance does not exist; "
        "zero_cells='half' would add ½.",
        notes,
        value,
        variance,
    )
    spread = intervals.z_value(confidence) * np.sqrt(variance)
    return tables.result(
        arrays,
        value=value,
        lower=value - spread,
        upper=value + spread,
        confidence=confidence,
        statistic=NAMED[measure][0],
        method="Wald",
        note=notes,
        index=index,
    ).assign(variance=variance)


def back_transform(
    found: pd.DataFrame, measure: Measure, *, population: ArrayLike | None = None
) -> pd.DataFrame:
    """Bring effects from the scale they were pooled on to ratios or proportions.

    Parameters
    ----------
    found : pandas.DataFrame
        A result of `effect_sizes`, `pool`, `leave_one_out`, `cumulative` or `mantel_haenszel`.
    measure : str
        The measure that was pooled, as in `effect_sizes`.
    population : scalar, array or Series, optional
        For PFT only, and needed there: people in the study, or, for a pooled effect, the
        harmonic mean of the people in its studies (``scipy.stats.hmean``).

    Returns
    -------
    pandas.DataFrame
        The same table with value, lower and upper, and prediction_lower and prediction_upper
        where it has them, on the new scale, and statistic renamed. Variances, standard errors
        and what is said of heterogeneity stay on the scale of the pooling.

    Raises
    ------
    Refusal
        If a column is absent, if PFT has no population, or another measure has one.

    Notes
    -----
    RR, OR, IRR and PLN: exp y. PLO: 1/(1 + exp(-y)). PAS: sin² y. RD and PR: y as it is. PFT,
    with s = sin 2y: ½ (1 - sign(cos 2y) √(1 - (s + (s - 1/s)/n)²)). Values beyond what a
    proportion of 0 or 1 would give become 0 or 1. The pooled PFT depends on the one number n
    put in for studies of many sizes, and can mislead where these differ much: compare it with
    PLO.

    References
    ----------
    Miller JJ (1978), Am Stat 32:138; Schwarzer G, Chemaitelly H, Abu-Raddad LJ, Rücker G
    (2019), Res Synth Methods 10:476-483, on how the inverse of PFT misleads.

    Examples
    --------
    >>> found = effect_sizes("PLO", [45, 112], [60, 160])
    >>> back_transform(found, "PLO")[["value", "lower", "upper"]].round(2)
       value  lower  upper
    0   0.75   0.63   0.84
    1   0.70   0.62   0.77
    """
    tables.check_choice("measure", measure, tuple(NAMED))
    tables.require_table(found)
    if (population is None) == (measure == "PFT"):
        raise Refusal(
            "population is needed for PFT: the harmonic mean of the people in the studies."
            if population is None
            else f"population is not used for measure {measure!r}."
        )
    limits = [name for name in ("prediction_lower", "prediction_upper") if name in found]
    locate = tables.locate_by_index(found.index)
    moved = found.copy()
    for name in ("value", "lower", "upper", *limits):
        y = tables.numbers(tables.column(found, name, "back_transform"), name, locate)
        if population is None:
            moved[name] = _BACK[measure](y)
        else:
            arrays, _, _ = tables.aligned(effect=y, population=population)
            tables.require_population(arrays["population"], "population", locate)
            moved[name] = _from_double_arcsine(y, arrays["population"])
    if measure in ("PR", "PLN"):
        notes = tables.column(found, "note", "back_transform").to_numpy(dtype=object, copy=True)
        outside = ((moved["lower"] < 0) | (moved["upper"] > 1)).to_numpy()
        tables.add_note(notes, outside, "A limit lies outside 0 to 1: PLO would keep it inside.")
        moved["note"] = notes
    return moved.assign(statistic=NAMED[measure][1])


def require_group(
    x: Floats, n: Floats, names: tuple[str, str], locate: Locate, *, within: bool = True
) -> None:
    """Refuse events and people of a group that cannot be; a missing count may pass."""
    tables.require_counts(x, names[0], locate)
    tables.require_population(n, names[1], locate)
    if within:
        tables.require(~(x > n), names[0], x, locate, f"is more than {names[1]!r}")


Pair = tuple[Floats, Floats]


def _risk_ratio(a: Floats, c: Floats, n1: Floats, n0: Floats) -> Pair:
    return np.log(a / n1) - np.log(c / n0), 1 / a - 1 / n1 + 1 / c - 1 / n0


def _odds_ratio(a: Floats, c: Floats, n1: Floats, n0: Floats) -> Pair:
    b, d = n1 - a, n0 - c
    return np.log(a / b) - np.log(c / d), 1 / a + 1 / b + 1 / c + 1 / d


def _risk_difference(a: Floats, c: Floats, n1: Floats, n0: Floats) -> Pair:
    return a / n1 - c / n0, a * (n1 - a) / n1**3 + c * (n0 - c) / n0**3


def _rate_ratio(a: Floats, c: Floats, t1: Floats, t0: Floats) -> Pair:
    return np.log(a / t1) - np.log(c / t0), 1 / a + 1 / c


def _proportion(x: Floats, n: Floats) -> Pair:
    return x / n, x * (n - x) / n**3


def _logit(x: Floats, n: Floats) -> Pair:
    return np.log(x / (n - x)), 1 / x + 1 / (n - x)


def _log(x: Floats, n: Floats) -> Pair:
    return np.log(x / n), 1 / x - 1 / n


def _arcsine(x: Floats, n: Floats) -> Pair:
    return np.arcsin(np.sqrt(x / n)), 1 / (4 * n)


def _double_arcsine(x: Floats, n: Floats) -> Pair:
    both = np.arcsin(np.sqrt(x / (n + 1))) + np.arcsin(np.sqrt((x + 1) / (n + 1)))
    return both / 2, 1 / (4 * n + 2)


_EFFECTS: dict[str, Callable[..., Pair]] = {
    "RR": _risk_ratio,
    "OR": _odds_ratio,
    "RD": _risk_difference,
    "IRR": _rate_ratio,
    "PR": _proportion,
    "PLO": _logit,
    "PLN": _log,
    "PAS": _arcsine,
    "PFT": _double_arcsine,
}


def _same(y: Floats) -> Floats:
    return y


def _squared_sine(y: Floats) -> Floats:
    return np.sin(np.clip(y, 0, np.pi / 2)) ** 2


def _from_double_arcsine(y: Floats, n: Floats) -> Floats:
    lowest, highest = _double_arcsine(0 * n, n)[0], _double_arcsine(n, n)[0]
    inside = np.clip(y, lowest, highest)
    s = np.sin(2 * inside)
    root = np.sqrt(np.clip(1 - (s + (s - 1 / s) / n) ** 2, 0, None))
    p = (1 - np.sign(np.cos(2 * inside)) * root) / 2
    return np.where(y <= lowest, 0.0, np.where(y >= highest, 1.0, p))


_BACK: dict[str, Callable[[Floats], Floats]] = {
    "RR": np.exp,
    "OR": np.exp,
    "RD": _same,
    "IRR": np.exp,
    "PR": _same,
    "PLO": special.expit,
    "PLN": np.exp,
    "PAS": _squared_sine,
}
