"""``mark()``: the one line of a graded cell.

On a learner's machine it says whether the answer can be read, and nothing about whether it is
right: the key isn't there. Under autograding the environment names the marking folder, and the
same line returns the points earned, which nbgrader takes as the cell's score.
"""

import contextlib
import functools
import io
import json
import math
import os
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from eeic.grading import cohort, records
from eeic.grading.answers import Unreadable, plain
from eeic.grading.items import Item, Verdict

#: Names the folder of marking files; set by the course's nbgrader_config.py for autograding.
MARKING = "EEIC_MARKING"

#: Takes each answer to where it is judged, in a process that runs a learner's notebook for
#: `eeic grade`; put here by that process and nowhere else.
collector: Callable[[str, Any], None] | None = None


class MarkingFault(Exception):
    """The marking itself is broken; no learner can be blamed for it."""


def grade_id(item: str) -> str:
    """Return nbgrader's name for an item ("ex04.q1" is "ex04-q1": it allows no full stop).

    Examples
    --------
    >>> grade_id("ex04.q1")
    'ex04-q1'
    """
    return item.replace(".", "-")


def mark(item: str, answer: Any = None) -> float | None:
    """Mark an answer, or say whether it can be read.

    Parameters
    ----------
    item : str
        The question, such as "ex04.q1".
    answer : Any
        A saved control (``ask.saved("ex04.q1")``), a value or a function.

    Returns
    -------
    float or None
        The points earned, under autograding; None on a learner's own machine.

    Raises
    ------
    MarkingFault
        Under autograding, if the marking itself is broken. A learner's answer never raises.

    Notes
    -----
    Anything on stderr would make nbgrader score the cell 0, so warnings and stray output of the
    judging are kept from the cell.
    """
    if collector is not None:
        collector(item, answer)
        return None
    folder = os.environ.get(MARKING)
    if not folder:
        print(_received(item, answer))
        return None
    try:
        with (
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            judge, most, award = _marking(Path(folder), item)
            verdict = replace(judge.judge(answer), award=award)
            text = said(judge, answer, verdict, most)
    except Exception as problem:
        raise MarkingFault(f"{item} could not be marked: {problem}") from problem
    print(text, end="")
    return points_for(verdict, most)


def points_for(verdict: Verdict, most: float) -> float:
    """Return the points of a judged answer."""
    return most if verdict.award else round(min(max(verdict.share, 0.0), 1.0) * most, 2)


def said(judge: Item, answer: Any, verdict: Verdict, most: float) -> str:
    """Return what a learner reads under a marked cell.

    Parameters
    ----------
    judge : Item
        What was asked.
    answer : object
        What was answered.
    verdict : Verdict
        What came of it.
    most : float
        What could be earned.

    Returns
    -------
    str
        What was asked and answered where the notebook doesn't say it, the feedback, and the
        points.
    """
    points = points_for(verdict, most)
    unit = "point" if most == 1 else "points"
    lines = [*judge.recall(answer), sentence(verdict), f"{points:g} of {most:g} {unit}"]
    return "\n".join(lines) + "\n"


def sentence(verdict: Verdict) -> str:
    """Return the feedback with the word that comes before it."""
    if verdict.share >= 1:
        word = "Correct."
    elif verdict.share > 0:
        word = "Partly right."
    else:
        word = "No answer." if verdict.misconception == "no answer" else "Not yet."
    return f"{verdict.award} {word} {verdict.feedback}".strip()


@functools.cache
def _items(course: Path, exercise: str) -> dict[str, Item]:
    return cohort.items(course, exercise)


def _marking(folder: Path, item: str) -> tuple[Item, float, str]:
    """Return how an item is judged, its points, and what is said where all are given them."""
    course, prefix = folder.parent, item.partition(".")[0]
    exercises = [p.name for p in (course / "source").glob(f"{prefix}-*") if p.is_dir()]
    if len(exercises) != 1:
        raise LookupError(f"source/ holds {len(exercises)} exercises named {prefix}-*, not one")
    found = _items(course, exercises[0])
    if item not in found:
        raise LookupError(f"{prefix}.py marks no item {item}")
    name = grade_id(item)
    award = records.awards(course, exercises[0]).get(name, "")
    return found[item], points_of(course, exercises[0])[name], award


@functools.cache
def points_of(course: Path, exercise: str) -> dict[str, float]:
    """Return the points of every graded cell of an exercise of one notebook.

    Parameters
    ----------
    course : Path
        The nbgrader course folder.
    exercise : str
        The exercise's folder name.

    Returns
    -------
    dict
        Points by nbgrader grade id, in the order of the notebook.
    """
    return points_in(course / "source" / exercise / f"{exercise}.ipynb")


def points_in(path: Path) -> dict[str, float]:
    """Return the points of every graded cell, as the instructor's notebook states them.

    Parameters
    ----------
    path : Path
        The instructor's notebook.

    Returns
    -------
    dict
        Points by nbgrader grade id, in the order of the notebook.
    """
    notebook = json.loads(path.read_text(encoding="utf-8"))
    described = (cell["metadata"].get("nbgrader", {}) for cell in notebook["cells"])
    return {d["grade_id"]: float(d["points"]) for d in described if d.get("grade") or d.get("task")}


def _received(item: str, answer: Any) -> str:
    """Say, on a learner's machine, whether an answer can be read; never whether it is right."""
    if callable(answer):
        return f"{item}: your function is in place. It is marked after you hand in."
    try:
        given = plain(answer)
        if given in (None, [], {}):
            return f"{item}: there is no answer here yet."
        _check_number(item, given)
    except Unreadable as problem:
        return f"{item}: {problem}"
    return f"{item}: your answer can be read. It is marked after you hand in."


#: The least and greatest number that is possible at all, by the unit a question asks for.
_POSSIBLE = {
    "per 1,000": (0, 1_000),
    "%": (0, 100),
    "percentage points": (-100, 100),
    "times": (0, math.inf),
}


def _check_number(item: str, given: Any) -> None:
    """Raise Unreadable if a question asks for a number and this isn't a possible one."""
    from eeic import ask

    try:
        question = ask.read("questions.toml", keyed=False)[item]
    except (ask.BankError, KeyError):
        return  # without the exercise's questions there is nothing more to say
    if question.type != "numeric":
        return
    unit = question.fields.get("unit", "")
    value = ask.parse_number(given, unit)
    if value is None:
        asked = f" {unit}" if unit else ""
        raise Unreadable(f"{given!r} can't be read. Give one number{asked}, in digits.")
    low, high = _POSSIBLE.get(unit, (-math.inf, math.inf))
    if not low <= value <= high:
        raise Unreadable(f"{value:g} {unit} is not possible; check what is divided by what.")
