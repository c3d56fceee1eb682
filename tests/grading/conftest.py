"""A course folder small enough for a test: one number, one choice, one function, one text."""

import json
import shutil
from pathlib import Path

import pytest

import eeic

BANK = """
[[question]]
id = "ex99.q1"
type = "numeric"
stem = "A rate"
unit = "per 1,000"

[[question]]
id = "ex99.q2"
type = "choice"
stem = "Which?"
options = [{ id = "a", text = "This" }, { id = "b", text = "That" }]
"""

MARKING_FILE = """
from eeic.grading.items import Function


def items(cohort):
    rate = 100 * cohort.table["events"].sum() / cohort.table["people"].sum()
    return {
        "ex99.q1": {
            "value": float(rate),
            "tolerance": 0.05,
            "near": [
                {
                    "value": float(1000 / rate),
                    "misconception": "inverted",
                    "feedback": "Upside down.",
                    "share": 0.5,
                }
            ],
            "feedback": {"correct": "Well counted."},
        },
        "ex99.q2": {"options": {"a": {"correct": True}, "b": {"feedback": "Look again."}}},
        "ex99.q3": Function(
            lambda table: float(table["events"].sum()),
            seen=(cohort.table,),
            unseen=(cohort.table.iloc[:1],),
        ),
    }
"""


def _cell(source, name="", kind="code", **settings):
    cell = {"cell_type": kind, "id": name or "text", "metadata": {}, "source": source}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    if name:
        base = {"schema_version": 3, "grade_id": name, "task": False, "cell_type": kind}
        base |= {"grade": "points" in settings, "solution": False, "locked": False}
        cell["metadata"]["nbgrader"] = {**base, **settings}
    return cell


_FUNCTION = """def total(table):
    ### BEGIN SOLUTION
    return float(table["events"].sum())
    ### END SOLUTION
    return None"""
NOTEBOOK = {
    "cells": [
        _cell("# A tiny exercise", kind="markdown"),
        _cell("from eeic import ask\nfrom eeic.grading import mark", "setup", locked=True),
        _cell("## 1. A rate (2 points)", kind="markdown"),
        _cell(
            "answer_1 = ...\n### BEGIN SOLUTION\nanswer_1 = 12.5\n### END SOLUTION",
            "ex99-q1-answer",
            solution=True,
        ),
        _cell('mark("ex99.q1", answer_1)', "ex99-q1", locked=True, points=2),
        _cell('mark("ex99.q2", ask.saved("ex99.q2"))', "ex99-q2", locked=True, points=1),
        _cell(_FUNCTION, "ex99-q3-answer", solution=True),
        _cell('mark("ex99.q3", total)', "ex99-q3", locked=True, points=1),
        _cell("## 2. In words (3 points)", kind="markdown"),
        _cell("Model answer", "ex99-q4", "markdown", solution=True, points=3),
    ],
    "metadata": {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    },
    "nbformat": 4,
    "nbformat_minor": 5,
}


@pytest.fixture
def bank():
    """Return the tiny exercise's questions."""
    return BANK


def write_course(root):
    """Write a course folder with its cohort already made."""
    source = root / "source" / "ex99-tiny"
    source.mkdir(parents=True)
    (source / "ex99-tiny.ipynb").write_text(json.dumps(NOTEBOOK), encoding="utf-8")
    (source / "questions.toml").write_text(BANK, encoding="utf-8")
    (source / "cohort.csv").write_text(f"{eeic.NOTICE}\npeople,events\n60,9\n20,1\n", "utf-8")
    (root / "marking").mkdir()
    (root / "marking" / "ex99.py").write_text(MARKING_FILE, encoding="utf-8")
    (root / "private").mkdir()
    (root / "private" / "ex99-tiny.json").write_text("{}", encoding="utf-8")
    ours = Path(__file__).parents[2] / "exercises" / "nbgrader_config.py"
    (root / "nbgrader_config.py").write_text(ours.read_text(encoding="utf-8"), "utf-8")
    return root


@pytest.fixture
def tiny_course(tmp_path):
    """Write a course folder with its cohort already made; return it."""
    return write_course(tmp_path / "course")


@pytest.fixture(scope="session")
def released_once(tmp_path_factory):
    """Release the tiny exercise, which takes nbgrader seconds, once for all tests."""
    pytest.importorskip("nbgrader")
    from eeic.grading import Course

    root = write_course(tmp_path_factory.mktemp("released") / "course")
    Course(root, "ex99-tiny").release()
    return root


@pytest.fixture
def released(tmp_path, released_once):
    """Return a course of its own with the tiny exercise released."""
    from eeic.grading import Course

    return Course(shutil.copytree(released_once, tmp_path / "course"), "ex99-tiny")


@pytest.fixture(scope="session")
def demo_class(tmp_path_factory):
    """Make a small demo class, once for all tests, which only read it."""
    pytest.importorskip("nbgrader")
    from eeic.grading import demo

    return demo.build(
        tmp_path_factory.mktemp("demo") / "course",
        learners=16,
        course=Path(__file__).parents[2] / "exercises",
    )


class RunsHere:
    """Takes the place of a Runner: the tiny exercise's cells, in this process and in no cage."""

    def __init__(self, limits=None, caged=True):
        pass

    def close(self):
        pass

    def run(self, job):
        from eeic.grading import cells, judging
        from eeic.grading.items import call_each
        from eeic.grading.runner import CellRan, Ran

        path = Path(job.files.get("answers.json", "/nowhere"))
        saved = json.loads(path.read_text("utf-8"))["answers"] if path.is_file() else {}
        names, ran = {}, Ran([])
        for cell in job.notebook["cells"]:
            one = CellRan([], "done" if cell["cell_type"] == "code" else "not run")
            ran.cells.append(one)
            item = judging.asked_by(cell) if cell["cell_type"] == "code" else None
            if item == "ex99.q1":
                ran.answers[item] = {"plain": names["answer_1"]}
            elif item == "ex99.q2":
                ran.answers[item] = {"plain": saved.get(item, {}).get("answer")}
            elif item == "ex99.q3":
                tables = [cells.as_table(table) for table in job.calls[item]]
                ran.answers[item] = {"results": call_each(names["total"], tables)}
            elif cell["cell_type"] == "code" and "import" not in cell["source"]:
                exec(cell["source"].replace("...", "None"), names)  # a test's own words
        return ran


@pytest.fixture
def run_here(monkeypatch):
    """Run notebooks in this process; return the list of learners whose were."""
    from eeic.grading import autograde

    seen = []

    class Here(RunsHere):
        def run(self, job):
            seen.append(job.learner)
            return super().run(job)

    monkeypatch.setattr(autograde, "Runner", Here)
    return seen


SHEET = """# Marking the words

For the person who marks.

| | 0 not yet | 1 developing | 2 meets | 3 exceeds |
|---|---|---|---|---|
| *Evidence* | none | some | right | more |
| *Respect* | lumps | slips | names | explains |

Write both levels first.

## Anchor: 1 + 2 (total 3)

> A short text.

Evidence 1: no counts.

## Near-misses

| What you read | Where it falls | Stem |
|---|---|---|
| Only a ratio | evidence 1 | "Give both rates." |
"""
#: Learner -> answers to the first two questions, and the levels of the written answer.
TWELVE = {
    "amal": (12.5, "a", (3, 3)),
    "brook": (12.5, "a", (2, 2)),
    "chris": (12.5, "a", (2, 2)),
    "dara": (12.5, "a", (2, 2)),
    "eli": (12.5, "b", (2, 1)),
    "fay": (80, "b", (2, 2)),
    "gus": (80, "b", (2, 1)),
    "hana": (80, "b", (1, 1)),
    "ike": (80, "b", (1, 1)),
    "jo": (80, "b", (1, 1)),
    "kim": (3, None, (0, 1)),
    "lee": (None, None, None),
}


@pytest.fixture(scope="session")
def twelve_once(released_once, tmp_path_factory):
    """Mark a class of twelve, once; a person has marked all written answers but one."""
    from eeic.grading import Course, autograde
    from eeic.grading.invented import hand_in

    root = shutil.copytree(released_once, tmp_path_factory.mktemp("twelve") / "course")
    (root / "marking" / "ex99-words.md").write_text(SHEET, "utf-8")
    course = Course(root, "ex99-tiny")
    for name, (rate, choice, levels) in TWELVE.items():
        answers = {"ex99.q1": rate, "ex99.q2": choice}
        written = {"ex99-q4": f"I am {name.title()} and wrote this."} if levels else {}
        hand_in(course, name, {k: v for k, v in answers.items() if v is not None}, written=written)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(autograde, "Runner", RunsHere)
        autograde.autograde(course, workers=1)
    for name, (_, _, levels) in TWELVE.items():
        if levels and name != "kim":
            said = f"Evidence {levels[0]}, respect {levels[1]}. Go on."
            course.give_points(name, "ex99-q4", min(3, sum(levels)), said)
    return root


@pytest.fixture
def twelve(tmp_path, twelve_once):
    """Return a course of its own with the class of twelve."""
    from eeic.grading import Course

    return Course(shutil.copytree(twelve_once, tmp_path / "twelve"), "ex99-tiny")
