"""Gaps between rates divided by what makes them: composition and rates, or several factors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from eeic.stats import _intervals as intervals
from eeic.stats import _tables as tables
from eeic.stats._tables import Floats, Refusal
from eeic.stats.adjust import _parts as parts
from eeic.stats.adjust._rows import place_of

Ways = Literal["two", "three"]


def kitagawa(
    data: pd.DataFrame,
    *,
    group: str,
    reference: Any,
    stratum: str | Sequence[str],
    events: str = "events",
    population: str = "population",
    ways: Ways = "two",
    multiplier: float = 1,
    confidence: float = 0.95,
    min_events: float = 0,
) -> pd.DataFrame:
    """Divide gaps between crude rates into composition and rates.

    How much of the gap goes with the groups' different ages (or other strata), and how much
    with different rates at the same age?

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each stratum of each group.
    group : str
        Column of the groups that are compared.
    reference : label
        The group that the others are compared with. It has no default.
    stratum : str or list of str
        The column, or columns, that divide the populations. Every group must have every stratum
        exactly once, with people in it.
    events, population : str
        Columns of the events and of the people or person-years.
    ways : {"two", "three"}
        Two parts, each valued at the mean of both groups; or three: each valued at the
        reference's, and an interaction.
    multiplier : float
        Rates are per this many.
    confidence : float
        Between 0 and 1.
    min_events : float
        A group with fewer events has no values.

    Returns
    -------
    pandas.DataFrame
        For each group but the reference one row for each part (``"gap"``, ``"composition"``,
        ``"rate"`` and, of three, ``"interaction"``): the group, reference, part, group_value
        and reference_value (the crude rates) and multiplier, then value, lower, upper,
        confidence, statistic, method and note.

    Raises
    ------
    Refusal
        If a column is missing or holds what it should not; an event count or a population is
        missing, a population is zero; a stratum stands twice or is absent; there is only one
        stratum or one group; or the reference is not in the table or has too few events.

    Notes
    -----
    With s the share of a group's people in a stratum and r their rate, of the group (1) and the
    reference (0), the gap is Σ s₁r₁ - Σ s₀r₀. Two ways: composition Σ (s₁ - s₀)(r₁ + r₀)/2 and
    rate Σ (r₁ - r₀)(s₁ + s₀)/2. Three ways: Σ (s₁ - s₀) r₀, Σ (r₁ - r₀) s₀ and the interaction
    Σ (s₁ - s₀)(r₁ - r₀). The parts add up to the gap.

    Limits are ± z standard errors, with Poisson events and populations taken as known.

    References
    ----------
    Kitagawa EM (1955), J Am Stat Assoc 50:1168-1194. Das Gupta P (1993), *Standardization and
    decomposition of rates: a user's manual*, US Bureau of the Census.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "ethnic_group": ["Indian", "Indian", "White British", "White British"],
    ...     "age_band": ["0-64", "65+"] * 2,
    ...     "events": [20, 60, 100, 300],
    ...     "population": [9000, 1000, 15_000, 5000],
    ... })
    >>> found = kitagawa(
    ...     data, group="ethnic_group", reference="White British", stratum="age_band",
    ...     multiplier=1000,
    ... )
    >>> found[["part", "value", "lower", "upper"]].round(1)
              part  value  lower  upper
    0          gap  -12.0  -14.6   -9.4
    1  composition   -8.3   -9.6   -7.1
    2         rate   -3.7   -6.9   -0.5
    """
    tables.check_choice("ways", ways, ("two", "three"))
    confidence = tables.check_confidence(confidence)
    multiplier = tables.check_multiplier(multiplier)
    tables.require_table(data)
    strata = tables.names(stratum)
    if not strata:
        raise Refusal("stratum is empty: name the column that divides the populations.")
    locate = tables.locate_by_columns(data, [group, *strata])
    code = tables.codes(data, [group], "group")
    layer = tables.codes(data, strata, "stratum")
    labels = pd.Index(tables.labels(data, code, [group])[group])
    place, others = _compared(labels, reference, group)
    tables.require_each_once(code, layer, locate, "stratum")
    if layer.max() == 0:
        raise Refusal(f"Column {strata[0]!r} has one stratum only: composition cannot differ.")
    x = tables.numbers(tables.column(data, events, "events"), events, locate)
    n = tables.numbers(tables.column(data, population, "population"), population, locate)
    tables.require_present(x, events, locate)
    tables.require_counts(x, events, locate)
    tables.require_population(n, population, locate)

    shape = (len(labels), int(layer.max()) + 1)
    count, people = np.empty(shape), np.empty(shape)
    count[code, layer], people[code, layer] = x, n
    share, rate = people / people.sum(axis=1, keepdims=True), count / people
    variance = rate / people
    crude = (share * rate).sum(axis=1)
    s1, s0, r1, r0 = share[others], share[place], rate[others], rate[place]
    # Each part is a sum of a × the group's rates - b × the reference's.
    weights = {"gap": (s1, np.broadcast_to(s0, s1.shape))}
    if ways == "two":
        weights |= {
            "composition": ((s1 - s0) / 2, (s0 - s1) / 2),
            "rate": ((s1 + s0) / 2, (s1 + s0) / 2),
        }
    else:
        weights |= {
            "composition": (np.zeros_like(s1), s0 - s1),
            "rate": (np.broadcast_to(s0, s1.shape), np.broadcast_to(s0, s1.shape)),
            "interaction": (s1 - s0, s1 - s0),
        }
    total = count.sum(axis=1)
    few = total[others] < min_events
    if total[place] < min_events:
        raise Refusal(f"The reference {reference} has fewer than {min_events:g} events.")
    notes = parts.blank_notes(weights, len(others))
    tables.add_note(notes["composition"], ~few, parts.NOT_JUSTIFIED)
    value, lower, upper = {}, {}, {}
    for part, (a, b) in weights.items():
        estimate = multiplier * (a * r1 - b * r0).sum(axis=1)
        error = multiplier * np.sqrt((a**2 * variance[others] + b**2 * variance[place]).sum(axis=1))
        flat = (error == 0) & ~few
        tables.add_note(notes[part], flat, "No interval: no variation is left in the data.")
        reach = intervals.z_value(confidence) * np.where(flat, np.nan, error)
        value[part], lower[part], upper[part] = tables.withhold(
            few,
            tables.too_few(min_events),
            notes[part],
            estimate,
            estimate - reach,
            estimate + reach,
        )
    return parts.parts_table(
        group,
        labels[others],
        labels[place],
        group_value=np.where(few, np.nan, multiplier * crude[others]),
        reference_value=multiplier * crude[place],
        value=value,
        lower=lower,
        upper=upper,
        notes=notes,
        confidence=confidence,
        statistic="part of a gap in crude rates" + tables.per(multiplier),
        method="Kitagawa, two parts" if ways == "two" else "Kitagawa, three parts",
        extra={"multiplier": multiplier},
    )


def das_gupta(
    data: pd.DataFrame,
    *,
    group: str,
    reference: Any,
    factor: str,
    value: str = "value",
) -> pd.DataFrame:
    """Divide gaps between products of several factors into a part for each factor.

    A rate is often a product, such as people invited × who came × who were treated. How much
    of a gap goes with each step?

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each factor of each group.
    group : str
        Column of the groups that are compared.
    reference : label
        The group that the others are compared with. It has no default.
    factor : str
        Column that names the factors. Every group must have every factor exactly once.
    value : str
        Column of the factors' values; their product is what is compared.

    Returns
    -------
    pandas.DataFrame
        For each group but the reference a row for the gap and one for each factor: the group,
        reference, part, group_value and reference_value (the products), then value, lower,
        upper (missing: factors come without errors), confidence, statistic, method and note;
        then group_standardised and reference_standardised, whose difference is the value: what
        the product would be with this factor as it is and the others averaged.

    Raises
    ------
    Refusal
        If a column is missing; a value is missing or no number; a factor stands twice
        or is absent; there is one factor or one group only; or the reference is not in the
        table.

    Notes
    -----
    The effect of a factor is its difference times the mean product of the others, over all
    orders in which the factors may be changed from the reference's to the group's: the Shapley
    value. It equals (a₁ - a₀) ∫ Π ((1 - t) b₀ + t b₁) dt over t from 0 to 1, with b the other
    factors. The parts add up to the gap. Each group is set against the reference alone; two
    groups' parts are not to be subtracted from each other.

    References
    ----------
    Das Gupta P (1993), *Standardization and decomposition of rates: a user's manual*, US Bureau
    of the Census.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "area": ["North", "North", "South", "South"],
    ...     "step": ["invited", "came"] * 2,
    ...     "value": [0.9, 0.5, 0.6, 0.4],
    ... })
    >>> found = das_gupta(data, group="area", reference="North", factor="step")
    >>> found[["part", "value"]].round(3)
          part  value
    0      gap -0.210
    1  invited -0.135
    2     came -0.075
    """
    tables.require_table(data)
    locate = tables.locate_by_columns(data, [group, factor])
    code = tables.codes(data, [group], "group")
    step = tables.codes(data, [factor], "factor")
    labels = pd.Index(tables.labels(data, code, [group])[group])
    names = list(tables.labels(data, step, [factor])[factor])
    place, others = _compared(labels, reference, group)
    tables.require_each_once(code, step, locate, "factor")
    if len(names) == 1:
        raise Refusal(f"Column {factor!r} has one factor only: there is nothing to divide.")
    if "gap" in names:
        raise Refusal(f"Column {factor!r} has a factor named 'gap', which is the sum: rename it.")
    x = tables.numbers(tables.column(data, value, "value"), value, locate)
    tables.require_present(x, value, locate)
    factors = np.empty((len(labels), len(names)))
    factors[code, step] = x

    ones, zero = factors[others], factors[place]
    mean = _mean_product_of_others(ones, np.broadcast_to(zero, ones.shape))
    product = factors.prod(axis=1)
    upper_values = np.column_stack([product[others], ones * mean])
    lower_values = np.column_stack([np.repeat(product[place], len(others)), zero * mean])
    effect = upper_values - lower_values
    all_parts = ["gap", *names]
    notes = parts.blank_notes(all_parts, len(others))
    everyone = np.ones(len(others), dtype=bool)
    parts.add_note(notes, everyone, "No interval: the factors come without errors.")
    for part in names:
        tables.add_note(notes[part], everyone, parts.NOT_JUSTIFIED)
    return parts.parts_table(
        group,
        labels[others],
        labels[place],
        group_value=product[others],
        reference_value=product[place],
        value=dict(zip(all_parts, effect.T, strict=True)),
        notes=notes,
        confidence=np.nan,
        statistic="part of a gap in a product",
        method="Das Gupta (Shapley values)",
    ).assign(group_standardised=upper_values.ravel(), reference_standardised=lower_values.ravel())


def _compared(labels: pd.Index, reference: Any, group: str) -> tuple[int, Any]:
    """Return which group is the reference and which are compared with it."""
    place = place_of(reference, labels, group)
    if len(labels) == 1:
        raise Refusal(f"Column {group!r} has one group only: there is no gap to look at.")
    return place, np.delete(np.arange(len(labels)), place)


def _mean_product_of_others(ones: Floats, zeros: Floats) -> Floats:
    """Return for each factor (axis 1) the mean product of the others over all orders.

    The mean is the integral of a polynomial of degree factors - 1, which Gauss and Legendre's
    rule with half as many points gives exactly.
    """
    width = ones.shape[1]
    points, weights = np.polynomial.legendre.leggauss(width // 2 + 1)
    t = (points + 1) / 2
    path = zeros[..., None] * (1 - t) + ones[..., None] * t
    others = np.empty_like(path)
    for place in range(width):  # a division would fail where a factor is zero
        others[:, place] = np.delete(path, place, axis=1).prod(axis=1)
    return others @ (weights / 2)
