"""A gap divided by where people are registered: between clusters and within them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from eeic.stats import _tables as tables
from eeic.stats._tables import Floats, Refusal
from eeic.stats.adjust import _parts as parts
from eeic.stats.adjust._rows import Missing, Rows, sums

#: With fewer clusters than this that have both groups no interval is given.
_FEWEST_CLUSTERS = 10
_PARTS = ("gap", "between", "within")


def between_within(
    data: pd.DataFrame,
    *,
    outcome: str,
    group: str,
    reference: Any,
    cluster: str,
    seed: int,
    population: str | None = None,
    draws: int = 1000,
    missing: Missing = "refuse",
    multiplier: float = 1,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Divide gaps in a mean or proportion into a part between clusters and one within them.

    How much of the gap goes with where people are registered, and how much stands between
    people of the same practice?

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each person, or for each set of people of one group and cluster.
    outcome : str
        Column of each person's outcome (a number, or True and False); with `population` the
        number of events of the row's people.
    group : str
        Column of the groups that are compared.
    reference : label
        The group that the others are compared with. It has no default.
    cluster : str
        Column of what people share, such as the practice.
    seed : int
        Start of the resampling, so that the limits can be remade.
    population : str, optional
        Column of the number of people in each row.
    draws : int
        How often the clusters are resampled, from 100 on.
    missing : {"refuse", "drop"}
        What a missing value means. Dropped rows are counted in the note.
    multiplier : float
        Gaps are per this many.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        For each group but the reference three rows, part ``"gap"``, ``"between"`` and
        ``"within"``: the group, reference, part, group_value and reference_value (the means),
        clusters, clusters_with_both and multiplier, then value, lower, upper, confidence,
        statistic, method and note.

    Raises
    ------
    Refusal
        If a column is missing or holds what it should not, a value is missing (unless dropped),
        the reference is not in the table, there is one group or one cluster only, or there is
        no whole seed.

    Notes
    -----
    With means y and numbers n of the group (1) and the reference (0) in cluster j,

    - gap = mean₁ - mean₀ over all people;
    - within = Σ wⱼ (y₁ⱼ - y₀ⱼ) / Σ wⱼ with wⱼ = n₁ⱼ n₀ⱼ / (n₁ⱼ + n₀ⱼ): the coefficient of the
      group in a linear regression with one constant for each cluster;
    - between = gap - within = Σ (s₁ⱼ - s₀ⱼ) aⱼ, where s is the share of a group that is in
      cluster j and a the constant of the cluster.

    This is the two-fold decomposition of Oaxaca and Blinder with the clusters as the
    characteristics and pooled coefficients beside a group dummy (Jann 2008). Each pair of
    groups is worked out by itself. A cluster with one of the two groups only counts in the gap
    and in between, and says nothing of within.

    The limits are percentiles over resampled whole clusters.

    References
    ----------
    Jann B (2008), Stata Journal 8:453-479. Efron B, Tibshirani RJ (1993), *An introduction to
    the bootstrap*, Chapman and Hall.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "practice": ["A", "A", "B", "B"],
    ...     "ethnic_group": ["Indian", "White British"] * 2,
    ...     "seen": [16, 45, 40, 5],
    ...     "people": [20, 50, 80, 10],
    ... })
    >>> found = between_within(
    ...     data, outcome="seen", population="people", group="ethnic_group",
    ...     reference="White British", cluster="practice", seed=1,
    ... )
    >>> found[["part", "value", "lower"]].round(3)
          part  value  lower
    0      gap -0.273    NaN
    1  between -0.212    NaN
    2   within -0.062    NaN
    """
    confidence = tables.check_confidence(confidence)
    multiplier = tables.check_multiplier(multiplier)
    random = parts.check_draws(draws, seed)
    columns = {"outcome": outcome, "cluster": cluster, "population": population}
    rows = Rows.of(data, group, reference, missing, **columns)
    y = rows.numbers(outcome)
    if population is None:
        n = np.ones(len(y))
    else:
        n = rows.numbers(population)
        tables.require_counts(y, outcome, rows.locate)
        tables.require_population(n, population, rows.locate)
    where = rows.codes(cluster)
    clusters = int(where.max()) + 1
    if clusters == 1:
        raise Refusal(f"Column {cluster!r} has one cluster only: there is nothing between.")
    cell, shape = where * rows.groups + rows.code, (clusters, rows.groups)
    people = sums(cell, n, clusters * rows.groups).reshape(shape)
    outcomes = sums(cell, y, clusters * rows.groups).reshape(shape)

    totals = _totals(people, outcomes, rows)
    with np.errstate(divide="ignore", invalid="ignore"):  # no cluster, or no draw, has both
        value = _divide(totals.sum(axis=1))
        drawn = [
            _divide(np.tensordot(totals, counts, axes=(1, 1)).swapaxes(1, 2))
            for counts in parts.resamples(random, clusters, draws)
        ]
    shared = ((people[:, rows.others] > 0) & (people[:, [rows.place]] > 0)).sum(axis=0)
    few, none = shared < _FEWEST_CLUSTERS, shared == 0
    notes = parts.blank_notes(_PARTS, len(rows.others))
    parts.add_note(notes, none, "No parts: no cluster has people of both groups.")
    parts.add_note(
        notes,
        few & ~none,
        f"No interval: fewer than {_FEWEST_CLUSTERS} clusters have people of both groups.",
    )
    total = rows.total(n)
    mean, size = rows.total(y) / total, rows.total(np.abs(y)) / total
    lower, upper = parts.percentile_limits(
        np.concatenate(drawn, axis=1).swapaxes(0, 1),
        confidence,
        among=~few,
        size=size[rows.others] + size[rows.place],
        undefined="No interval: some resamples have no cluster with people of both groups.",
        notes=notes,
    )
    tables.add_note(notes["between"], ~none, parts.NOT_JUSTIFIED)
    parts.add_note(notes, np.full(len(none), bool(rows.note)), rows.note)
    return parts.parts_table(
        group,
        rows.labels[rows.others],
        rows.labels[rows.place],
        group_value=multiplier * mean[rows.others],
        reference_value=multiplier * mean[rows.place],
        value=dict(zip(_PARTS, multiplier * value, strict=True)),
        lower=dict(zip(_PARTS, multiplier * lower, strict=True)),
        upper=dict(zip(_PARTS, multiplier * upper, strict=True)),
        notes=notes,
        confidence=confidence,
        statistic="part of a gap in means" + tables.per(multiplier),
        method=f"Cluster constants, {draws} resamples of clusters",
        extra={
            "clusters": np.repeat((people[:, rows.others] > 0).sum(axis=0), len(_PARTS)),
            "clusters_with_both": np.repeat(shared, len(_PARTS)),
            "multiplier": multiplier,
        },
    )


def _totals(people: Floats, outcomes: Floats, rows: Rows) -> Floats:
    """Return what has to be added up over clusters (axis 1) for each group compared (axis 2)."""
    n1, y1 = people[:, rows.others], outcomes[:, rows.others]
    n0, y0 = (np.broadcast_to(x[:, [rows.place]], n1.shape) for x in (people, outcomes))
    pair = np.where(n1 + n0 > 0, n1 + n0, 1)
    weight = n1 * n0 / pair
    weighted_gap = (y1 * n0 - y0 * n1) / pair
    return np.stack([n1, y1, n0, y0, weight, weighted_gap])


def _divide(totals: Floats) -> Floats:
    """Return gap, between and within from sums over clusters."""
    n1, y1, n0, y0, weight, weighted_gap = totals
    gap = y1 / n1 - y0 / n0
    within = weighted_gap / weight
    return np.stack([gap, gap - within, within])
