"""Confidence limits in closed form, over whole arrays at once.

`scipy.special` is used and not `scipy.stats`: the quantile of chi-squared is a gamma function,
and the import is several times lighter, which matters in the browser.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from eeic.stats._tables import Floats

#: From this many events on, UKHSA uses Byar's approximation instead of exact limits.
BYAR_FROM = 10


def z_value(confidence: float) -> float:
    """Return the normal quantile that leaves half of 1 - confidence above it."""
    return float(-special.ndtri((1 - confidence) / 2))


def wilson(x: Floats, n: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Return Wilson's score limits of x / n, without continuity correction."""
    z = z_value(confidence)
    centre = 2 * x + z**2
    spread = z * np.sqrt(z**2 + 4 * x * (1 - x / n))
    scale = 2 * (n + z**2)
    # At the ends the formula gives 0 and 1 but for rounding.
    lower = np.where(x == 0, 0.0, (centre - spread) / scale)
    upper = np.where(x == n, 1.0, (centre + spread) / scale)
    return _where_known(x, lower), _where_known(x, upper)


def clopper_pearson(x: Floats, n: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Return Clopper and Pearson's exact limits of x / n: quantiles of beta distributions."""
    tail = (1 - confidence) / 2
    none, everyone = x == 0, x == n
    # 1 stands in where a parameter of the beta distribution would be zero.
    lower = special.betaincinv(np.where(none, 1.0, x), n - x + 1, tail)
    upper = special.betaincinv(x + 1, np.where(everyone, 1.0, n - x), 1 - tail)
    return np.where(none, 0.0, lower), np.where(everyone, 1.0, upper)


def exact_poisson(x: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Return exact limits of a Poisson count: half of the chi-squared quantiles."""
    tail = (1 - confidence) / 2
    lower = np.where(x == 0, 0.0, special.gammaincinv(np.where(x == 0, 1.0, x), tail))
    upper = special.gammainccinv(x + 1, tail)
    return _where_known(x, lower), upper


def byar(x: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Return Byar's limits of a count; a limit that would be below zero is missing."""
    z = z_value(confidence)
    safe = np.where(x > 0, x, np.nan)
    root = 1 - 1 / (9 * safe) - z / (3 * np.sqrt(safe))
    lower = safe * np.where(root >= 0, root, np.nan) ** 3
    upper = (safe + 1) * (1 - 1 / (9 * (safe + 1)) + z / (3 * np.sqrt(safe + 1))) ** 3
    return lower, upper


def ukhsa_count(x: Floats, confidence: float) -> tuple[Floats, Floats, NDArray[Any]]:
    """Return limits of a count by UKHSA's rule (exact below 10, Byar from 10) and their names."""
    lower, upper = byar(x, confidence)
    few = x < BYAR_FROM
    lower[few], upper[few] = exact_poisson(x[few], confidence)
    return lower, upper, np.where(np.isnan(x), "", np.where(few, "Exact", "Byar"))


def gamma(
    rate: Floats, variance: Floats, largest: Floats, confidence: float
) -> tuple[Floats, Floats]:
    """Return Fay and Feuer's gamma limits of a weighted sum of Poisson counts.

    `largest` is the largest weight of one event: what one event more could add to the rate.
    """
    tail = (1 - confidence) / 2
    known = variance > 0
    v, r = np.where(known, variance, 1.0), np.where(known, rate, 1.0)
    lower = np.where(known, v / r * special.gammaincinv(r**2 / v, tail), np.nan)
    v, r = v + largest**2, r + largest
    upper = np.where(known, v / r * special.gammainccinv(r**2 / v, tail), np.nan)
    return lower, upper


def _where_known(x: Floats, limit: Floats) -> Floats:
    return np.where(np.isnan(x), np.nan, limit)
