"""The steps of a round trip on a tiny course, and what stops them."""

import csv

import pytest

pytest.importorskip("nbgrader")

from eeic.grading import Course, CourseFault, exports, sandbox
from eeic.grading.autograde import autograde
from eeic.grading.invented import Code, hand_in


@pytest.fixture
def course(tiny_course):
    return Course(tiny_course, "ex99-tiny")


TOTAL = Code("def total(table):\n    return 0 * table")
ANSWERED = {"ex99.q1": 80, "ex99.q2": "a", "ex99.q3": TOTAL}


@pytest.mark.slow
def test_there_and_back(course):
    released = course.release()
    text = (released / course.notebook.name).read_text(encoding="utf-8")
    assert "SOLUTION" not in text and "Model answer" not in text and "12.5" not in text
    assert sorted(p.name for p in released.iterdir()) == [
        "cohort.csv",
        "ex99-tiny.ipynb",
        "questions.toml",
    ]

    def mark():
        run = autograde(course, caged=bool(sandbox.available()))
        return {row.learner: row for row in run.rows}

    words = {"ex99-q4": "Some words <script src='https://example.org/x.js'></script>"}
    hand_in(course, "amal", ANSWERED, written=words)
    hand_in(course, "brook", {**ANSWERED, "ex99.q1": Code("import os; os._exit(1)")})
    hand_in(course, "chris", {})
    rows = mark()
    assert [row.status for row in rows.values()] == ["to mark", "check", "marked"]
    assert rows["amal"].points == {"ex99-q1": 1, "ex99-q2": 1, "ex99-q3": 0, "ex99-q4": None}
    # What ended its kernel costs a learner that question, and no more.
    assert rows["brook"].points == {"ex99-q1": 0, "ex99-q2": 1, "ex99-q3": 0, "ex99-q4": 0}
    assert "was ended in this cell" in rows["brook"].notes[0]
    assert rows["chris"].total == 0

    with pytest.raises(CourseFault, match="0 to 3 points"):
        course.give_points("amal", "ex99-q4", 4)
    course.give_points("amal", "ex99-q4", 2, "Clear. Say *out of whom*.")
    # A late learner comes: what was marked, by machine and by hand, stays as it is.
    hand_in(course, "dale", ANSWERED, written=words)
    rows = mark()
    assert (rows["amal"].status, rows["amal"].total) == ("marked", 4)
    assert rows["dale"].status == "to mark"

    marks = exports.export(course, course.root / "marks.csv").path
    lines = list(csv.DictReader(marks.open(encoding="utf-8")))
    assert [float(line["total"]) for line in lines] == [4, 1, 0, 2]
    with pytest.raises(CourseFault, match="already there"):
        exports.export(course, marks)


def test_what_is_missing_is_said(tmp_path, tiny_course, course):
    with pytest.raises(CourseFault, match=r"has no nbgrader_config\.py"):
        Course(tmp_path, "ex99-tiny")
    with pytest.raises(CourseFault, match="this course has: ex99-tiny"):
        Course(tiny_course, "ex98")
    with pytest.raises(CourseFault, match="nothing to mark"):
        autograde(course)
    course.submitted("amal").mkdir(parents=True)
    with pytest.raises(CourseFault, match="has not been released"):
        autograde(course)


def test_an_answers_file_in_source_stops_the_release(course):
    (course.notebook.parent / "answers.json").write_text("{}")
    with pytest.raises(CourseFault, match="would copy it over every learner's"):
        course.release()


def test_another_cohort_does_not_overwrite_a_class(course):
    (course.root / "cohort.toml").write_text('name = "autumn"\nseed = 1\n')
    (course.root / "submitted").mkdir()
    before = (course.notebook.parent / "cohort.csv").read_bytes()
    with pytest.raises(CourseFault, match='work of the cohort "autumn"'):
        course.make_cohort("spring", 2)
    assert (course.notebook.parent / "cohort.csv").read_bytes() == before
