"""Every group of a table of results against one of them."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from eeic.stats import _tables as tables
from eeic.stats._tables import Floats, Refusal
from eeic.stats.gaps import _limits as limits
from eeic.stats.gaps.pairs import rate_difference, rate_ratio, risk_difference, risk_ratio

Measure = Literal["ratio", "difference"]


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
        lower, upper = limits.plain(value, error, notes, confidence)
        method = "Wald, from the variances"
        statistic = "difference of directly standardised rates" + tables.per(multiplier)
    else:
        statistic, method = "ratio of directly standardised rates", "Log-normal, from the variances"
        if rate[place] == 0:
            tables.add_note(notes, ~np.isnan(rate), limits.NO_REFERENCE_EVENTS)
        tables.add_note(notes, (rate == 0) & (rate[place] > 0), limits.NO_EVENTS)
        one = limits.inverse(rate)  # missing where the rate is 0
        value = rate * one[place]
        error = np.sqrt(variance * one**2 + variance[place] * one[place] ** 2)
        lower, upper = limits.log(value, error, confidence)
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
