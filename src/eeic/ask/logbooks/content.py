"""What the logbook asks: one box for each lesson, read from ``boxes.toml``."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Prompt:
    """One question of a box.

    Attributes
    ----------
    id : str
        What the answer is kept under.
    name : str
        The heading of the answer.
    ask : str
        The question.
    """

    id: str
    name: str
    ask: str


@dataclass(frozen=True)
class Box:
    """What one lesson adds to the logbook.

    Attributes
    ----------
    id : str
        The lesson's number, such as ``"04"``.
    part : str
        The part of the course that it belongs to.
    lesson : str
        The lesson's title.
    title : str
        What the box holds.
    hint : str
        How to fill it well.
    prompts : tuple of Prompt
        Two or three questions.
    """

    id: str
    part: str
    lesson: str
    title: str
    hint: str
    prompts: tuple[Prompt, ...]


@functools.cache
def boxes() -> tuple[Box, ...]:
    """Read the boxes, in the order of the course.

    Returns
    -------
    tuple of Box

    Examples
    --------
    >>> boxes()[3].title
    'My fair-comparison card'
    """
    text = files("eeic.ask.logbooks").joinpath("boxes.toml").read_text(encoding="utf-8")
    return tuple(
        Box(prompts=tuple(Prompt(**prompt) for prompt in box.pop("prompt")), **box)
        for box in tomllib.loads(text)["box"]
    )


def sheet(number: str | None = None) -> dict[str, Any]:
    """Give what the page's script needs to show one box, or all.

    Parameters
    ----------
    number : str, optional
        A lesson's number. Without it, all boxes.

    Returns
    -------
    dict
        Plain lists and texts.

    Raises
    ------
    ValueError
        There is no such box.
    """
    chosen = [asdict(box) for box in boxes() if number in (None, box.id)]
    if not chosen:
        last = boxes()[-1].id
        raise ValueError(
            f'The logbook has no box "{number}": write the lesson\'s number with two digits, '
            f'"01" to "{last}".'
        )
    return {"boxes": chosen, "whole": number is None, "count": len(boxes())}
