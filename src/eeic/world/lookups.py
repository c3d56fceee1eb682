"""Tables for the curves people-level code needs, so that every processor gets the same world.

Library exponentials and logarithms differ in the last digit between processors. Here they are
taken of 4,096 scalars once and rounded; people only ever look values up.
"""

from __future__ import annotations

from functools import cache
from math import exp
from statistics import NormalDist

import numpy as np

STEPS = 4096
_LOWEST = -8.0
_PER_UNIT = 256


@cache
def _logistic_table() -> np.ndarray:
    grid = (_LOWEST + step / _PER_UNIT for step in range(STEPS))
    return np.array([round(1 / (1 + exp(-x)), 9) for x in grid])


@cache
def _normal_table() -> np.ndarray:
    quantile = NormalDist().inv_cdf
    return np.array([round(quantile((step + 0.5) / STEPS), 6) for step in range(STEPS)])


def logistic_step(x: np.ndarray) -> np.ndarray:
    """Return the row of the logistic table for each log-odds (clipped to -8 to 8).

    Parameters
    ----------
    x : numpy.ndarray
        Log-odds.

    Returns
    -------
    numpy.ndarray
        Whole numbers from 0 to 4095.
    """
    steps = np.rint((np.asarray(x) - _LOWEST) * _PER_UNIT)
    return np.clip(steps, 0, STEPS - 1).astype(np.int64)


def logistic(x: np.ndarray) -> np.ndarray:
    """Turn log-odds into a chance, in steps of 1/256.

    Parameters
    ----------
    x : numpy.ndarray
        Log-odds.

    Returns
    -------
    numpy.ndarray
        Chances between 0 and 1.

    Examples
    --------
    >>> logistic(np.array([-2.0, 0.0, 2.0])).round(3).tolist()
    [0.119, 0.5, 0.881]
    """
    return _logistic_table()[logistic_step(x)]


def logistic_grid() -> np.ndarray:
    """Return the log-odds that the rows of the logistic table stand for.

    Returns
    -------
    numpy.ndarray
        4,096 log-odds from -8 upwards.
    """
    return _LOWEST + np.arange(STEPS) / _PER_UNIT


def normal(u: np.ndarray) -> np.ndarray:
    """Turn uniforms into standard normal values, in 4,096 equally likely steps.

    Parameters
    ----------
    u : numpy.ndarray
        Uniforms in [0, 1).

    Returns
    -------
    numpy.ndarray
        Values with mean 0 and standard deviation (nearly) 1.

    Examples
    --------
    >>> normal(np.array([0.025, 0.5, 0.975])).round(2).tolist()
    [-1.96, 0.0, 1.96]
    """
    return _normal_table()[(np.asarray(u) * STEPS).astype(np.int64)]


def choose(shares: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Pick a category for each uniform.

    Parameters
    ----------
    shares : numpy.ndarray
        Shares of the categories: one row for everybody, or one row a person. They are scaled to
        sum to 1.
    u : numpy.ndarray
        Uniforms in [0, 1).

    Returns
    -------
    numpy.ndarray
        Number of the category, from 0.

    Examples
    --------
    >>> choose(np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.6, 0.99])).tolist()
    [0, 1, 2]
    """
    ends = np.cumsum(shares, axis=-1)
    ends = ends / ends[..., -1:]
    # The last end is left out: rounding must never leave a person without a category.
    return (u[..., None] >= ends[..., :-1]).sum(axis=-1)


def choose_by(table: np.ndarray, row: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Pick a category for each uniform, by the row of a table of shares that applies to it.

    Parameters
    ----------
    table : numpy.ndarray
        Shares of the categories: one row for each kind of person.
    row : numpy.ndarray
        Which row applies to each person.
    u : numpy.ndarray
        Uniforms in [0, 1).

    Returns
    -------
    numpy.ndarray
        Number of the category, from 0: what ``choose(table[row], u)`` gives, in less memory.

    Examples
    --------
    >>> shares = np.array([[0.5, 0.5], [0.1, 0.9]])
    >>> choose_by(shares, np.array([0, 1]), np.array([0.3, 0.3])).tolist()
    [0, 1]
    """
    ends = np.cumsum(table, axis=-1)
    # A category at a time, and small numbers to count in: both are quicker to reach.
    by_category = np.ascontiguousarray((ends / ends[..., -1:]).T)
    picked = np.zeros(len(u), dtype=np.int16)
    for end in by_category[:-1]:
        picked += u >= end[row]
    return picked.astype(np.int64)
