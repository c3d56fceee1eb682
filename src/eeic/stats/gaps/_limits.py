"""Wald limits, and what is said where there are none."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eeic.stats import _intervals as intervals
from eeic.stats import _tables as tables
from eeic.stats._tables import Floats

NO_REFERENCE_EVENTS = "No ratio: the reference group has no events."
NO_EVENTS = "No interval by this method: the group has no events."
FLAT = "No interval by this method: no variation is left in the data."


def inverse(x: Floats) -> Floats:
    """Return 1 / x, missing where x is 0."""
    return 1 / np.where(x > 0, x, np.nan)


def log(value: Floats, error: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Return limits that are symmetrical on the log scale."""
    factor = np.exp(intervals.z_value(confidence) * error)
    return value / factor, value * factor


def plain(
    value: Floats, error: Floats, notes: NDArray[Any], confidence: float
) -> tuple[Floats, Floats]:
    """Return value ± z × error; an error of exactly 0 is no certainty but no information."""
    tables.add_note(notes, error == 0, FLAT)
    reach = intervals.z_value(confidence) * np.where(error == 0, np.nan, error)
    return value - reach, value + reach
