"""The steps of a round trip on a tiny course, and what stops them."""

import csv
import json
import re
import shutil

import pytest

from eeic.grading import Course, CourseFault

pytest.importorskip("nbgrader")


@pytest.fixture
def course(tiny_course):
    return Course(tiny_course, "ex99-tiny")


def hand_in(course, learner, change=lambda notebook, folder: None):
    folder = course.root / "submitted" / learner / course.exercise
    shutil.copytree(course.released, folder)
    path = folder / course.notebook.name
    notebook = json.loads(path.read_text(encoding="utf-8"))
    change(notebook, folder)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def find(notebook, name):
    cells = notebook["cells"]
    return next(c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") == name)


def answered(notebook, folder):
    find(notebook, "ex99-q1-answer")["source"] = "answer_1 = 80"
    find(notebook, "ex99-q4")["source"] = (
        "Some words <script src='https://example.org/x.js'></script>"
    )
    saved = {
        "version": 1,
        "answers": {"ex99.q2": {"answer": "a", "status": "", "tries": 1, "hints": 0}},
    }
    (folder / "answers.json").write_text(json.dumps(saved), encoding="utf-8")


def kills_its_kernel(notebook, folder):
    find(notebook, "ex99-q1-answer")["source"] = "import os; os._exit(1)"


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

    hand_in(course, "amal", answered)
    hand_in(course, "brook", kills_its_kernel)
    hand_in(course, "chris")
    rows = {row.learner: row for row in course.autograde()}
    assert [row.status for row in rows.values()] == ["to mark", "failed", "marked"]
    assert rows["amal"].points == {"ex99-q1": 1, "ex99-q2": 1, "ex99-q3": 0, "ex99-q4": None}
    assert "could not be finished" in rows["brook"].notes[0]
    assert rows["chris"].total == 0

    with pytest.raises(CourseFault, match="0 to 3 points"):
        course.give_points("amal", "ex99-q4", 4)
    course.give_points("amal", "ex99-q4", 2, "Clear. Say *out of whom*.")
    # A late learner comes: what was marked, by machine and by hand, stays as it is.
    hand_in(course, "dale", answered)
    rows = {row.learner: row for row in course.autograde()}
    assert (rows["amal"].status, rows["amal"].total) == ("marked", 4)
    assert rows["dale"].status == "to mark"

    page = (course.feedback() / "amal/ex99-tiny/ex99-tiny.html").read_text(encoding="utf-8")
    assert "Partly right. Upside down." in page or "Upside down." in page
    assert "<em>out of whom</em>" in page
    assert not re.search(r"<script|<link|<iframe|Traceback|12\.5", page)

    marks = course.export(course.root / "marks.csv")
    lines = list(csv.DictReader(marks.open(encoding="utf-8")))
    assert [line["total"] for line in lines] == ["4.0", "0", "0.0", "2.0"]
    with pytest.raises(CourseFault, match="already there"):
        course.export(marks)


def test_what_is_missing_is_said(tmp_path, tiny_course, course):
    with pytest.raises(CourseFault, match=r"has no nbgrader_config\.py"):
        Course(tmp_path, "ex99-tiny")
    with pytest.raises(CourseFault, match="this course has: ex99-tiny"):
        Course(tiny_course, "ex98")
    with pytest.raises(CourseFault, match="nothing to mark"):
        course.autograde()
    (course.root / "submitted" / "amal" / course.exercise).mkdir(parents=True)
    with pytest.raises(CourseFault, match="has not been released"):
        course.autograde()


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
