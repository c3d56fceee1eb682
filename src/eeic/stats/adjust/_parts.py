"""What the decompositions share: one shape of result, and limits from resampling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eeic.stats import _tables as tables
from eeic.stats._tables import Bools, Floats, Integers, Refusal

#: Said of the part of a gap that goes with what the groups differ in.
NOT_JUSTIFIED = "Explained is not justified: what the groups differ in may itself be unfair."

#: Numbers held at once while resampling: about 40 MB.
_AT_ONCE = 5_000_000
_FEWEST_DRAWS = 100
_ROUNDING = 1e-12


def parts_table(
    group: str,
    labels: Any,
    reference: Any,
    *,
    group_value: Floats,
    reference_value: float | Floats,
    value: Mapping[str, Floats],
    lower: Mapping[str, Floats] | None = None,
    upper: Mapping[str, Floats] | None = None,
    notes: Mapping[str, NDArray[np.object_]],
    confidence: float,
    statistic: str,
    method: str,
    extra: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Return one row for each part of each group's gap, group by group.

    Each mapping goes by part, and holds one value for each group.
    """
    parts = list(value)
    blank = np.full(len(labels), np.nan)

    def long(by_part: Mapping[str, Any] | None) -> Any:
        columns = [blank if by_part is None else by_part[part] for part in parts]
        return np.stack(columns, axis=1).ravel()

    each = len(parts)
    return tables.result(
        {
            group: pd.Index(labels).repeat(each),
            "reference": reference,
            "part": np.tile(np.array(parts, dtype=object), len(labels)),
            "group_value": np.repeat(group_value, each),
            "reference_value": np.repeat(np.broadcast_to(reference_value, blank.shape), each),
            **(extra or {}),
        },
        value=long(value),
        lower=long(lower),
        upper=long(upper),
        confidence=confidence,
        statistic=statistic,
        method=method,
        note=long(notes),
    )


def blank_notes(parts: Any, groups: int) -> dict[str, NDArray[np.object_]]:
    """Return an empty note for each part of each group."""
    return {part: tables.blank_notes(groups) for part in parts}


def add_note(notes: Mapping[str, NDArray[np.object_]], where: Bools, sentence: str) -> None:
    """Add a sentence to the notes of all parts of some groups."""
    for part in notes.values():
        tables.add_note(part, where, sentence)


def check_draws(draws: int, seed: int) -> np.random.Generator:
    """Return the generator for a bootstrap, or refuse too few draws or no whole seed."""
    whole = isinstance(draws, Integral) and not isinstance(draws, bool)
    if not whole or draws < _FEWEST_DRAWS:
        raise Refusal(f"draws is {draws!r}: give a whole number from {_FEWEST_DRAWS} on.")
    if not isinstance(seed, Integral) or isinstance(seed, bool) or seed < 0:
        raise Refusal(f"seed is {seed!r}: give a whole number, so that the limits can be remade.")
    return np.random.Generator(np.random.PCG64(int(seed)))


def resamples(random: np.random.Generator, size: int, draws: int) -> Iterator[Floats]:
    """Yield how often each of `size` units is drawn, some draws (rows) at a time."""
    batch = max(1, _AT_ONCE // size)
    for start in range(0, draws, batch):
        rows = min(batch, draws - start)
        # Uniforms only: the stream of a generator's other methods may change with numpy.
        drawn: Integers = (random.random((rows, size)) * size).astype(np.intp)
        drawn += np.arange(rows)[:, None] * size
        counts = np.bincount(drawn.ravel(), minlength=rows * size)
        yield counts.reshape(rows, size).astype(np.float64)


def percentile_limits(
    drawn: Floats,
    confidence: float,
    *,
    among: Bools,
    size: Floats,
    undefined: str,
    notes: Mapping[str, NDArray[np.object_]],
) -> tuple[Floats, Floats]:
    """Return percentile limits of draws × parts × groups, for the groups asked for.

    They are missing where any draw is; and where all draws agree but for rounding beside the
    `size` of the means, for that is no certainty but no information. The notes say so.
    """
    tail = (1 - confidence) / 2
    lower, upper = np.quantile(drawn, [tail, 1 - tail], axis=0)
    flat = upper - lower <= _ROUNDING * size
    for part, unknown, same in zip(notes.values(), np.isnan(lower), flat, strict=True):
        tables.add_note(part, among & unknown, undefined)
        tables.add_note(part, among & same, "No interval: no variation is left in the data.")
    shown = among & ~flat
    return np.where(shown, lower, np.nan), np.where(shown, upper, np.nan)
