"""Sharing a difference out among the causes that made it together (Shapley values)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import factorial
from typing import Any


def sets(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Return every set of some causes, the empty one first.

    Parameters
    ----------
    names : sequence of str
        The causes.

    Returns
    -------
    list of tuple of str
        Each set in the order of the names.

    Examples
    --------
    >>> sets(["a", "b"])
    [(), ('a',), ('b',), ('a', 'b')]
    """
    return [on for size in range(len(names) + 1) for on in combinations(names, size)]


def shares(values: Mapping[frozenset[str], Any], names: Sequence[str]) -> dict[str, Any]:
    """Share a value out among its causes.

    Parameters
    ----------
    values : mapping of frozenset of str to float or numpy.ndarray
        The value with each set of causes on.
    names : sequence of str
        The causes.

    Returns
    -------
    dict
        Cause -> the change it makes when it joins those already on, averaged over all orders of
        joining. They add up to the value with all causes less the value with none.

    Examples
    --------
    >>> together = {frozenset(on): len(on) ** 2 for on in sets("ab")}
    >>> shares(together, "ab")
    {'a': 2.0, 'b': 2.0}
    """
    result = {}
    for name in names:
        total: Any = 0.0
        for before, value in values.items():
            if name not in before:
                orders = factorial(len(before)) * factorial(len(names) - len(before) - 1)
                change = values[before | {name}] - value
                total = total + change * orders / factorial(len(names))
        result[name] = total
    return result
