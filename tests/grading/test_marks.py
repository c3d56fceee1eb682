"""`mark()` on a learner's machine and under autograding."""

import sys
import textwrap
import warnings

import numpy as np
import pytest

from eeic.grading import mark, marks
from eeic.grading.marks import MARKING, MarkingFault


@pytest.fixture
def learner(tmp_path, monkeypatch, bank):
    monkeypatch.delenv(MARKING, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "questions.toml").write_text(bank, encoding="utf-8")


@pytest.fixture
def course(tiny_course, monkeypatch):
    monkeypatch.setenv(MARKING, str(tiny_course / "marking"))
    yield tiny_course
    marks._items.cache_clear()


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (..., "no answer here yet"),
        (None, "no answer here yet"),
        ("", "no answer here yet"),
        ("about twice", "can't be read"),
        (float("nan"), "can't be read"),
        (True, "can't be read"),
        ("7.3%", "can't be read"),
        (-1, "is not possible"),
        (4000, "is not possible"),
        ([1, 2], "can't be read"),
        (np.float64(65.2), "can be read"),
        ("1,2", "can be read"),
        (65.2, "can be read"),
        (999, "can be read"),
        (mark, "your function is in place"),
        (object(), "a object"),
    ],
)
def test_a_learner_hears_whether_it_can_be_read(learner, capsys, answer, says):
    assert mark("ex99.q1", answer) is None
    said = capsys.readouterr().out
    assert says in said and said.count("\n") == 1


def test_without_the_questions_the_type_is_still_checked(learner, tmp_path, capsys):
    (tmp_path / "questions.toml").unlink()
    mark("ex99.q1", 4000)
    assert "can be read" in capsys.readouterr().out


def test_a_control_is_recorded(learner, capsys):
    mark("ex99.q2", {"choice": "a"})
    assert "can be read" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "points", "says"),
    [
        (12.5, 2.0, "Correct. Well counted."),
        ("12.51", 2.0, "Correct."),
        (np.float64(12.5), 2.0, "Correct."),
        (80, 1.0, "Partly right. Upside down."),
        (3, 0.0, "Not yet."),
        (..., 0.0, "No answer."),
        (object(), 0.0, "Not yet."),
    ],
)
def test_autograding_returns_points_and_words(course, capsys, answer, points, says):
    earned = mark("ex99.q1", answer)
    assert (earned, type(earned)) == (points, float)
    said = capsys.readouterr()
    assert says in said.out and said.err == ""
    assert "12.5" not in said.out


def test_nothing_reaches_stderr_while_judging(course, capsys):
    def noisy(table):
        print("progress", file=sys.stderr)
        warnings.warn("old style", stacklevel=1)
        return float(table["events"].sum())

    assert mark("ex99.q3", noisy) == 1.0
    assert capsys.readouterr().err == ""


def test_a_broken_key_is_our_fault_not_a_zero(course):
    with pytest.raises(MarkingFault, match=r"marks no item ex99\.q9"):
        mark("ex99.q9", 1)
    marks._items.cache_clear()
    (course / "private" / "ex99-tiny.json").unlink()
    with pytest.raises(MarkingFault, match="make the cohort first"):
        mark("ex99.q1", 12.5)


def test_expected_values_come_from_the_instructors_table(course, tmp_path, monkeypatch, capsys):
    # A learner's own cohort.csv, changed so that their wrong answer would be right.
    folder = tmp_path / "autograded"
    folder.mkdir()
    (folder / "cohort.csv").write_text(
        textwrap.dedent("""\
        notice
        people,events
        80,80
        """)
    )
    monkeypatch.chdir(folder)
    assert mark("ex99.q1", 100) == 0
