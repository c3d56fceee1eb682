"""What the library is told: its interventions, designs, facets, words and subject terms."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

_FOLDER = files("eeic.world") / "library" / "data"


@cache
def read(name: str) -> dict[str, Any]:
    """Read one of the library's data files.

    Parameters
    ----------
    name : {"interventions", "profiles", "designs", "facets", "grammar", "reports", "trial"}
        Its name without the ending.

    Returns
    -------
    dict
        The same object on every call; treat it as read-only.

    Examples
    --------
    >>> read("interventions")["I03"]["label"]
    'On-demand professional interpreters'
    """
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))


@cache
def subjects() -> dict[str, str | None]:
    """Return the controlled list of subject terms, each with the next broader one.

    Returns
    -------
    dict
        Term -> broader term, None at the top.

    Examples
    --------
    >>> subjects()["Text messaging"]
    'Reminder systems'
    """
    broader: dict[str, str | None] = {}
    path: list[str] = []
    for line in (_FOLDER / "subjects.txt").read_text("utf-8").splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        term = line.strip()
        path = [*path[:depth], term]
        broader[term] = path[depth - 1] if depth else None
    return broader


def narrower(term: str) -> list[str]:
    """Return a subject term and everything below it.

    Parameters
    ----------
    term : str
        A term of `subjects`.

    Returns
    -------
    list of str
        The term first.

    Raises
    ------
    KeyError
        If there is no such term.

    Examples
    --------
    >>> narrower("Reminder systems")
    ['Reminder systems', 'Text messaging', 'Telephone reminders', 'Postal reminders']
    """
    subjects()[term]
    found = [term]
    # Broader terms stand before narrower ones in the list.
    for one, above in subjects().items():
        if above in found:
            found.append(one)
    return found
