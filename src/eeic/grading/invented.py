"""Invented learners: how their folders are made, for the check and for the demo class.

A folder is the released exercise with answers put in as a person would, and then, if wanted,
with something wrong. Nothing here decides what anybody answers.
"""

from __future__ import annotations

import copy
import json
import shutil
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eeic.grading.course import ANSWERS, Course, CourseFault
from eeic.grading.handed_in import cell_name
from eeic.grading.marks import grade_id

if TYPE_CHECKING:
    from eeic.grading.items import Asked, Item

#: The seed of the made-up classes, whose first world carries ex04. It is public, so no real class
#: should have it.
SEED = 11


class Code(str):
    """An answer that is the text of a cell, and not a value to be written into one."""


@dataclass(frozen=True)
class Case:
    """One made-up learner: what they hand in and what should come of it."""

    learner: str
    about: str
    answers: dict[str, Any] = field(default_factory=dict)
    points: dict[str, float] = field(default_factory=dict)
    says: dict[str, str] = field(default_factory=dict)
    faults: list[dict[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    #: What every item gets that `answers` does not name: "right", "none" or "instructor" (the
    #: cells of the instructor's own notebook).
    others: str = "right"
    written: str = ""
    written_points: float = 0


def read_cases(path: Path) -> list[Case]:
    """Read the made-up learners of an exercise.

    Parameters
    ----------
    path : Path
        ``marking/cases/exNN.toml``.

    Returns
    -------
    list of Case

    Raises
    ------
    CourseFault
        If the file is missing or a case is not as it should be.
    """
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8"))["case"]
        return [Case(**case) for case in listed]
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as problem:
        raise CourseFault(f"the cases in {path.name} can't be read: {problem}") from None


def course_of_its_own(origin: Course, root: Path) -> Course:
    """Copy what makes up one exercise's course folder, and nothing of any class.

    Parameters
    ----------
    origin : Course
        The course that the exercise comes from; it is only read.
    root : Path
        The new course folder; its parent must be there.

    Returns
    -------
    Course
    """
    ignored = shutil.ignore_patterns("cohort.csv", ANSWERS, "__pycache__", ".ipynb_checkpoints")
    for part in (f"source/{origin.exercise}", "marking"):
        shutil.copytree(origin.root / part, root / part, ignore=ignored)
    shutil.copy(origin.root / "nbgrader_config.py", root)
    return Course(root, origin.exercise)


# -- answers -------------------------------------------------------------------------------------


def right_answer(item: Asked) -> Any:
    """Return the right answer to a question, from its key."""
    given = {part["name"]: right_part(part) for part in item.sheet["parts"]}
    return next(iter(given.values())) if len(given) == 1 else given


def right_part(part: Mapping[str, Any]) -> Any:
    """Return what is right for one part of a question."""
    key = part["key"]
    if part["kind"] == "one":
        return next(name for name, option in key.items() if option["share"] == 1)
    if part["kind"] == "set":
        return [name for name, option in key.items() if option["right"]]
    if part["kind"] == "order":
        return key["right"]
    return (key["low"] + key["high"]) / 2


def solution(course: Course, item: str) -> Code:
    """Return the instructor's own cell for an item."""
    notebook = json.loads(course.notebook.read_text(encoding="utf-8"))
    lines = "".join(present(notebook, f"{grade_id(item)}-answer")["source"]).splitlines()
    return Code("\n".join(line for line in lines if " SOLUTION" not in line))


def written_items(course: Course) -> list[str]:
    """Return the items that a person marks, by grade id."""
    notebook = json.loads(course.notebook.read_text(encoding="utf-8"))
    described = [cell["metadata"].get("nbgrader", {}) for cell in notebook["cells"]]
    return [d["grade_id"] for d in described if d.get("grade") and d.get("solution")]


# -- a learner's folder --------------------------------------------------------------------------


def hand_in(
    course: Course,
    learner: str,
    answers: Mapping[str, Any],
    *,
    written: Mapping[str, str] | None = None,
    own: Iterable[tuple[str, str]] = (),
    faults: Iterable[Mapping[str, str]] = (),
    under: str = "submitted",
) -> Path:
    """Write a learner's folder as they would hand it in.

    Parameters
    ----------
    course : Course
        The course, with the exercise released.
    learner : str
        The learner's id.
    answers : mapping
        By item: `Code` for a cell's text, or a value, or None for no answer.
    written : mapping, optional
        By grade id: the text of a written answer.
    own : iterable of (str, str)
        Cells of their own: the grade id of the cell that each stands before, and its code.
    faults : iterable of mapping
        What is wrong with the files, each a "kind" of `FAULTS` and, where it needs one, a "cell".
    under : str
        The folder of the course that learners' folders lie in.

    Returns
    -------
    Path
        The learner's folder of the exercise.
    """
    folder = course.root / under / learner / course.exercise
    shutil.copytree(course.released, folder)
    path = folder / course.notebook.name
    notebook = json.loads(path.read_text(encoding="utf-8"))
    controls = {}
    for item, given in answers.items():
        if given is None:
            continue
        cell = find(notebook, f"{grade_id(item)}-answer")
        if cell is None:
            controls[item] = {"answer": given, "status": "saved", "tries": 1, "hints": 0}
        elif isinstance(given, Code):
            cell["source"] = str(given)
        else:
            cell["source"] = f"answer_{item.rpartition('q')[2]} = {given!r}"
    for name, text in (written or {}).items():
        present(notebook, name)["source"] = text
    (folder / ANSWERS).write_text(json.dumps({"version": 1, "answers": controls}), "utf-8")
    for name, code in own:
        add_code(notebook, name, code)
    faults = list(faults)
    for fault in faults:
        if change := _IN_NOTEBOOK.get(fault["kind"]):
            change(notebook, fault.get("cell", ""))
    path.write_text(json.dumps(notebook, indent=1), encoding="utf-8")
    for fault in faults:
        if harm := _IN_FILES.get(fault["kind"]):
            harm(path)
    return folder


def find(notebook: dict[str, Any], name: str) -> dict[str, Any] | None:
    """Return the cell with a grade id, if there is one."""
    return next((cell for cell in notebook["cells"] if cell_name(cell) == name), None)


def present(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the cell with a grade id.

    Raises
    ------
    CourseFault
        If there is none.
    """
    cell = find(notebook, name)
    if cell is None:
        raise CourseFault(f"the notebook has no cell {name}")
    return cell


def add_code(notebook: dict[str, Any], name: str, source: str) -> None:
    """Put a code cell of the learner's own before the cell with a grade id."""
    at = notebook["cells"].index(present(notebook, name))
    cell = {"cell_type": "code", "metadata": {}, "source": source, "outputs": []}
    notebook["cells"].insert(at, {**cell, "execution_count": None, "id": f"own-{name}"})


# -- what can be wrong with the files ------------------------------------------------------------


def _delete(notebook: dict[str, Any], name: str) -> None:
    notebook["cells"].remove(present(notebook, name))


def _edit(notebook: dict[str, Any], name: str) -> None:
    present(notebook, name)["source"] = "99.0"


def _double(notebook: dict[str, Any], name: str) -> None:
    cell = present(notebook, name)
    notebook["cells"].insert(notebook["cells"].index(cell), copy.deepcopy(cell))


def _regrade(notebook: dict[str, Any], name: str) -> None:
    present(notebook, name)["metadata"]["nbgrader"] |= {"grade": False, "points": 100}


def _raise(notebook: dict[str, Any], name: str) -> None:
    add_code(notebook, name, "1 / 0")


def _loop(notebook: dict[str, Any], name: str) -> None:
    """Add a loop that would not end in any patience, and does end if nobody stops it."""
    add_code(notebook, name, _ENDLESS)


_ENDLESS = """import time

started = time.monotonic()
guess, step = 100, 3
while guess != 50:  # never true: 100, 97, 94 … 52, 49
    guess = guess - step if guess > 50 else 100
    if time.monotonic() - started > 60:
        break"""


def _cut_short(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8")[:-2000], encoding="utf-8")


def _rename(path: Path) -> None:
    path.rename(path.with_name(f"{path.stem}-final (2).ipynb"))


def _mark_order(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")


def _damage_answers(path: Path) -> None:
    answers = path.with_name(ANSWERS)
    answers.write_text(answers.read_text(encoding="utf-8")[:-40], encoding="utf-8")


_IN_NOTEBOOK: dict[str, Callable[[dict[str, Any], str], None]] = {
    "delete": _delete,
    "edit": _edit,
    "double": _double,
    "regrade": _regrade,
    "raise": _raise,
    "loop": _loop,
}
_IN_FILES: dict[str, Callable[[Path], None]] = {
    "cut short": _cut_short,
    "rename": _rename,
    "byte-order mark": _mark_order,
    "damage answers": _damage_answers,
}
#: The kinds of fault that `hand_in` can make.
FAULTS = (*_IN_NOTEBOOK, *_IN_FILES)


def kinds_of_item(course: Course, items: Mapping[str, Item]) -> dict[str, str]:
    """Say how each item is answered: "control", "value" (a typed number) or "code"."""
    from eeic.grading.items import Asked

    notebook = json.loads(course.notebook.read_text(encoding="utf-8"))
    return {
        name: "control"
        if find(notebook, f"{grade_id(name)}-answer") is None
        else "value"
        if isinstance(item, Asked)
        else "code"
        for name, item in items.items()
    }
