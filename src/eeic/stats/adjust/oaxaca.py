"""A gap between means divided by regression: characteristics, and what goes with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from eeic.stats import _tables as tables
from eeic.stats._tables import Floats, Refusal
from eeic.stats.adjust import _parts as parts
from eeic.stats.adjust._rows import Design, Missing, Rows, covariate_design

Coefficients = Literal["group", "reference", "half", "pooled", "pooled with group"]

_METHOD = {
    None: "Oaxaca-Blinder, three-fold",
    "group": "Oaxaca-Blinder, two-fold, the group's coefficients",
    "reference": "Oaxaca-Blinder, two-fold, the reference's coefficients",
    "half": "Oaxaca-Blinder, two-fold, mean of both coefficients (Reimers)",
    "pooled": "Oaxaca-Blinder, two-fold, pooled coefficients without group (Neumark)",
    "pooled with group": "Oaxaca-Blinder, two-fold, pooled coefficients with group (Jann)",
}
_THREE = ("gap", "endowments", "coefficients", "interaction")
_TWO = ("gap", "explained", "unexplained")
#: A resample whose regression is worse conditioned than this has no answer of its own.
_SINGULAR = 1e12


def oaxaca_blinder(
    data: pd.DataFrame,
    *,
    outcome: str,
    group: str,
    reference: Any,
    covariates: str | Sequence[str],
    coefficients: Coefficients | None,
    seed: int | None = None,
    draws: int = 1000,
    missing: Missing = "refuse",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Divide gaps between means by linear regression, after Oaxaca and Blinder.

    How much of the gap goes with what the groups differ in (age, distance, deprivation), and how
    much remains between people who are alike in it?

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each person.
    outcome : str
        Column of numbers, or of True and False.
    group : str
        Column of the groups that are compared.
    reference : label
        The group that the others are compared with. It has no default.
    covariates : str or list of str
        Columns of characteristics. Numbers act in a straight line; text, categories and
        True/False get a step for each value.
    coefficients : {"group", "reference", "half", "pooled", "pooled with group"} or None
        What a difference in characteristics is worth in the two-fold decomposition: the
        coefficients of one of the two regressions, the mean of both (Reimers), those of a
        regression of both groups together without a group dummy (Neumark), or with it (Jann).
        The choice changes the answer, so that it has no default. None gives the three-fold
        decomposition from the reference's viewpoint.
    seed : int, optional
        Start of the resampling that makes the limits; without it there are none.
    draws : int
        How often the people of each group are resampled, from 100 on.
    missing : {"refuse", "drop"}
        What a missing value means. Dropped rows are counted in the note.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        For each group but the reference a row for each part: the group, reference, part,
        group_value and reference_value (the means), then value, lower, upper, confidence,
        statistic, method and note. Parts are ``"gap"``, ``"explained"`` and ``"unexplained"``;
        or ``"gap"``, ``"endowments"``, ``"coefficients"`` and ``"interaction"``.

    Raises
    ------
    Refusal
        If a column is missing or holds what it should not, a value is missing (unless dropped),
        no covariate is named, the reference is not in the table or is the only group, or a
        group's regression has no answer: fewer people than coefficients, covariates that are
        made up of others, or a category with nobody in that group.

    Notes
    -----
    With mean characteristics x̄ and coefficients β of the group (1) and the reference (0):

    - two-fold: explained (x̄₁ - x̄₀)′β*, unexplained x̄₁′(β₁ - β*) + x̄₀′(β* - β₀);
    - three-fold: endowments (x̄₁ - x̄₀)′β₀, coefficients x̄₀′(β₁ - β₀), interaction
      (x̄₁ - x̄₀)′(β₁ - β₀).

    The parts add up to the gap. "Explained" says that a part goes with a characteristic, not
    that it is just; "unexplained" is no measure of discrimination, for it holds all that was
    not recorded. With the pooled regression without a group dummy, part of what is between the
    groups passes into explained (Jann 2008).

    `statsmodels` has the same decomposition and gives the same values; its limits come from
    unseeded resampling, and it may swap the groups.

    References
    ----------
    Oaxaca R (1973), Int Econ Rev 14:693-709. Blinder AS (1973), J Hum Resour 8:436-455. Jann B
    (2008), Stata Journal 8:453-479.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "place": ["A"] * 4 + ["B"] * 4,
    ...     "wait": [10, 12, 15, 19, 8, 9, 11, 12],
    ...     "miles": [1, 2, 3, 5, 0, 1, 2, 4],
    ... })
    >>> found = oaxaca_blinder(
    ...     data, outcome="wait", group="place", reference="B", covariates="miles",
    ...     coefficients="pooled with group",
    ... )
    >>> found[["part", "value"]].round(2)
              part  value
    0          gap   4.00
    1    explained   1.66
    2  unexplained   2.34
    """
    if coefficients is not None:
        tables.check_choice("coefficients", coefficients, [c for c in _METHOD if c is not None])
    confidence = tables.check_confidence(confidence)
    random = None if seed is None else parts.check_draws(draws, seed)
    named = tables.names(covariates)
    if not named:
        raise Refusal("covariates is empty: there is nothing that could explain a gap.")
    rows = Rows.of(data, group, reference, missing, outcome=outcome, covariates=named)
    y = rows.numbers(outcome)
    design = covariate_design(rows, named)
    whole, drawn = [], []
    for code, label in enumerate(rows.labels):
        ours = rows.code == code
        people = design.at(ours)
        people.require_full_rank(f" for {label}")
        whole.append(_moments(people, y[ours]))
        if random is not None:
            counts = parts.resamples(random, ours.sum(), draws)
            drawn.append(np.concatenate([_moments(people, y[ours], c) for c in counts]))

    def divided(moments: list[Floats]) -> Floats:
        """Return draws × parts × groups."""
        zero = moments[rows.place]
        return np.stack([_divide(moments[i], zero, coefficients) for i in rows.others], axis=-1)

    value = divided(whole)[0]
    names = _THREE if coefficients is None else _TWO
    notes = parts.blank_notes(names, len(rows.others))
    everyone = np.ones(len(rows.others), dtype=bool)
    tables.add_note(notes[names[1]], everyone, parts.NOT_JUSTIFIED)
    people_of_each = rows.total(np.ones(len(y)))
    mean, size = rows.total(y) / people_of_each, rows.total(np.abs(y)) / people_of_each
    lower = upper = np.full(value.shape, np.nan)
    if random is None:
        parts.add_note(notes, everyone, "No interval: give a seed to resample.")
    else:
        lower, upper = parts.percentile_limits(
            divided(drawn),
            confidence,
            among=everyone,
            size=size[rows.others] + size[rows.place],
            undefined="No interval: in some resamples a regression has no answer.",
            notes=notes,
        )
    if rows.note:
        parts.add_note(notes, everyone, rows.note)
    return parts.parts_table(
        group,
        rows.labels[rows.others],
        rows.labels[rows.place],
        group_value=mean[rows.others],
        reference_value=mean[rows.place],
        value=dict(zip(names, value, strict=True)),
        lower=dict(zip(names, lower, strict=True)),
        upper=dict(zip(names, upper, strict=True)),
        notes=notes,
        confidence=confidence,
        statistic="part of a gap in means",
        method=_METHOD[coefficients] + ("" if random is None else f", {draws} resamples of people"),
    )


def _moments(design: Design, y: Floats, counts: Floats | None = None) -> Floats:
    """Return the sums of products of (1, x, y) with (1, x) over people, for each row of counts.

    Means and coefficients all follow from them, whether people are resampled or not. Without
    counts each person counts once, in one row.
    """
    both = np.column_stack([design.x, y])
    if counts is None:
        return (both.T @ design.x)[None]
    return np.stack([counts @ (both * x[:, None]) for x in design.x.T], axis=-1)


def _divide(one: Floats, zero: Floats, coefficients: Coefficients | None) -> Floats:
    """Return the parts of the gap (axis 1) from the moments of a group and the reference."""
    people = one[:, 0, 0, None]
    x1, x0 = one[:, 0, :] / people, zero[:, 0, :] / zero[:, 0, 0, None]
    y1, y0 = (moments[:, -1, 0] / moments[:, 0, 0] for moments in (one, zero))
    b1, b0 = (_solve(moments[:, :-1], moments[:, -1]) for moments in (one, zero))

    def times(x: Floats, b: Floats) -> Floats:
        return (x * b).sum(axis=1)

    if coefficients is None:
        parts_of_gap = [times(x1 - x0, b0), times(x0, b1 - b0), times(x1 - x0, b1 - b0)]
    else:
        if coefficients == "group":
            worth = b1
        elif coefficients == "reference":
            worth = b0
        elif coefficients == "half":
            worth = (b1 + b0) / 2
        else:
            square, right = one[:, :-1] + zero[:, :-1], one[:, -1] + zero[:, -1]
            if coefficients == "pooled with group":
                # One more column, that is 1 for the group and 0 for the reference.
                members = one[:, 0, :]
                square = np.concatenate([square, members[:, None]], axis=1)
                last = np.concatenate([members, people], axis=1)
                square = np.concatenate([square, last[:, :, None]], axis=2)
                right = np.concatenate([right, one[:, -1, :1]], axis=1)
            worth = _solve(square, right)[:, : x1.shape[1]]
        parts_of_gap = [times(x1 - x0, worth), times(x1, b1 - worth) + times(x0, worth - b0)]
    return np.stack([y1 - y0, *parts_of_gap], axis=1)


def _solve(square: Floats, right: Floats) -> Floats:
    """Return the coefficients of each resample, missing where it has none."""
    bad = ~(np.linalg.cond(square) < _SINGULAR)
    safe = np.where(bad[:, None, None], np.eye(square.shape[-1]), square)
    found = np.linalg.solve(safe, right[..., None])[..., 0]
    return np.where(bad[:, None], np.nan, found)
