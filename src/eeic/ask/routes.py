"""The ways through the course, read from ``routes.toml``."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from eeic.ask.logbooks import content


@dataclass(frozen=True)
class Step:
    """One lesson of a route.

    Parameters
    ----------
    lesson : str
        The lesson's number with two digits, or ``"capstone"``.
    part : str
        What of the lesson is meant, or when; empty for the whole.
    questions : sequence of str, optional
        Its self-checks that belong to the part; all of the lesson's where it is not said.
    """

    lesson: str
    part: str = ""
    questions: Sequence[str] | None = None


@dataclass(frozen=True)
class Route:
    """One way through the course.

    Parameters
    ----------
    id : str
        What a learner's choice is kept as; it never changes.
    title : str
        Its name.
    time : str
        How long it takes, in words.
    page : str
        The page about it, without its suffix.
    ends : str
        What a learner leaves with.
    steps : tuple of Step
        In the order to take them.
    """

    id: str
    title: str
    time: str
    page: str
    ends: str
    steps: tuple[Step, ...]


@functools.cache
def routes() -> dict[str, Route]:
    """Read the routes.

    Returns
    -------
    dict
        Id to route, from the shortest to the longest of each kind.

    Examples
    --------
    >>> routes()["taster"].time
    '1 hour'
    """
    return {
        route["id"]: Route(**route | {"steps": tuple(Step(**step) for step in route["steps"])})
        for route in _read()["route"]
    }


@functools.cache
def minutes() -> dict[str, int]:
    """Give how long each lesson is planned to take alone.

    Returns
    -------
    dict
        Lesson to minutes, in the order of the course.
    """
    return dict(_read()["minutes"])


@functools.cache
def titles() -> dict[str, str]:
    """Name every lesson of the course, also those that are not written.

    Returns
    -------
    dict
        Lesson to title, in the order of the course.

    Examples
    --------
    >>> list(titles().items())[:2]
    [('00', 'Start here'), ('01', 'Whose job is this?')]
    """
    named = {box.id: box.lesson for box in content.boxes()}
    return {"00": "Start here"} | named | {"capstone": "Capstone: one turn of the cycle"}


def _read() -> dict:
    return tomllib.loads(files("eeic.ask").joinpath("routes.toml").read_text("utf-8"))
