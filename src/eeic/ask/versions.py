"""Versions of a question: the same question with other numbers, and which one a learner gets.

`static/ask.mjs` holds the same two rules for the page; a test runs both. A sheet carries its
first version whole, and of each other one only what differs (`eeic.ask.sheet.compile_sheet`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def every(sheet: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Write out all versions of a question.

    Parameters
    ----------
    sheet : mapping
        What `eeic.ask.sheet.compile_sheet` made of the question.

    Returns
    -------
    list of dict
        A whole sheet for each version, in the bank's order; one for a question with one version.

    Examples
    --------
    >>> every({"id": "q", "stem": "a", "others": [{"stem": "b"}]})
    [{'id': 'q', 'stem': 'a'}, {'id': 'q', 'stem': 'b'}]
    """
    first = {name: value for name, value in sheet.items() if name != "others"}
    return [first, *({**first, **other} for other in sheet.get("others", []))]


def choose(name: str, seed: int, count: int) -> int:
    """Choose the version that a learner gets first.

    Parameters
    ----------
    name : str
        The question's id: one learner's choices differ from question to question.
    seed : int
        The learner's own number.
    count : int
        How many versions there are.

    Returns
    -------
    int
        From 0 to `count` - 1; the same for the same learner, question and count.

    Examples
    --------
    >>> [choose("04.ratio", seed, 4) for seed in range(5)]
    [1, 2, 3, 0, 1]
    """
    return (seed + sum(map(ord, name))) % count
