"""The class of hostile.py, marked in one run: everybody gets their points, and nobody else's."""

import tempfile
from importlib.metadata import version
from pathlib import Path

import pytest

pytest.importorskip("nbgrader")

from grading import hostile, hostile_page

from eeic.grading import records, runner, sandbox
from eeic.grading.autograde import autograde
from eeic.grading.runner import Limits

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not sandbox.available(), reason="such notebooks run in a cage only; CI has one"
    ),
]

LIMITS = Limits(
    cell_seconds=2,
    seconds=20,
    cpu_seconds=10,
    memory_mb=400,
    processes=16,
    output_kb=64,
    total_output_mb=1,
    file_mb=20,
)


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    """Return the records of everybody, and what was there before and after."""
    course = hostile.course(tmp_path_factory.mktemp("hostile") / "course")
    for case in hostile.CASES:
        hostile.put(course, hostile.learner(case), case)
    hostile.put(course, hostile.NEIGHBOUR, hostile.HONEST)
    before = everything(course)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(hostile.SECRET, "hunter2")
        patch.setattr(runner, "_GRACE", 0.5)
        run = autograde(course, limits=LIMITS)
    held = {record.learner: record for record in records.every(course.root, course.exercise)}
    return course, run, held, before


def everything(course):
    """Return every file of the course that marking must leave alone."""
    kept = ("source", "release", "submitted", "marking", "private")
    return {
        path: path.read_bytes()
        for folder in kept
        for path in sorted((course.root / folder).rglob("*"))
        if path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts
    }


@pytest.mark.parametrize("case", hostile.CASES, ids=lambda case: case.name)
def test_points_and_kinds_of_fault(marked, case):
    _, _, held, _ = marked
    record = held[hostile.learner(case)]
    points = tuple(record.items[name].points for name in ("ex98-q1", "ex98-q2"))
    seen = (points, tuple(fault.kind for fault in record.faults))
    assert seen == (case.points, case.kinds), "\n".join(map(str, record.faults))


def test_nobody_was_left_out_and_nothing_else_was_touched(marked):
    course, run, held, before = marked
    assert len(run.graded) == len(run.rows) == len(held) == len(hostile.CASES) + 1
    assert not [row.learner for row in run.rows if row.status == "failed"]
    assert everything(course) == before
    assert hostile.left_behind() == []
    assert not Path(tempfile.gettempdir(), "eeic-hostile-answer").exists()
    with course.gradebook() as gradebook:
        assert {student.first_name for student in gradebook.students} == {None}


def test_every_fault_says_what_and_what_next(marked):
    _, _, held, _ = marked
    for record in held.values():
        for fault in record.faults:
            assert fault.where and fault.what[-1] in ".?" and fault.what[0] != " "


def test_every_case_is_another():
    names = [case.name for case in hostile.CASES]
    assert len(set(names)) == len(names)
    for case in hostile.CASES:
        assert case.points == case.fair or case.note, f"{case.name}: say why"


def test_the_page_in_the_book_says_what_was_found():
    known = hostile_page.asked()
    assert known["nbgrader"] == version("nbgrader"), "run benchmarks/hostile.py --nbgrader"
    assert list(known["cases"]) == [case.name for case in hostile.CASES]
    written = hostile_page.PAGE.read_text(encoding="utf-8")
    assert written == hostile_page.page(), "run benchmarks/hostile.py"
