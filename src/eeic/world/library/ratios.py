"""Curves for single studies: about a thousand scalars a world, each rounded when it is made.

People never come here. What is computed is rounded to so few decimals that no difference
between processors in the last bit can be seen.
"""

from __future__ import annotations

from fractions import Fraction
from math import exp, isqrt, log

#: Half the width of a 95% interval, in standard errors.
Z95 = 1.96


def root(value: float) -> float:
    """Return a square root to six decimals, by whole numbers."""
    return isqrt(round(value * 10**12)) / 10**6


def odds_ratio(log_odds: float) -> float:
    """Return the odds ratio of a difference in log-odds, to two decimals."""
    return round(exp(log_odds), 2)


def log_odds(ratio: float) -> float:
    """Return the difference in log-odds of an odds ratio, to six decimals."""
    return round(log(ratio), 6)


def compared(a: int, n1: int, c: int, n0: int, inflation: float = 1.0) -> tuple[float, float]:
    """Compare two shares.

    Parameters
    ----------
    a, n1 : int
        How many reached the outcome with the intervention, and of how many.
    c, n0 : int
        The same without.
    inflation : float
        What groups of people (practices, months) do to the variance.

    Returns
    -------
    tuple of float
        The log odds ratio and its standard error, to six decimals.

    Examples
    --------
    >>> effect, error = compared(60, 100, 50, 100)
    >>> odds_ratio(effect), round(error, 3)
    (1.5, 0.286)
    """
    cells = [max(cell, 1) for cell in (a, n1 - a, c, n0 - c)]
    ratio = Fraction(cells[0] * cells[3], cells[1] * cells[2])
    variance = float(sum(Fraction(1, cell) for cell in cells)) * inflation
    return log_odds(float(ratio)), root(variance)
