"""Marking again: from the answers that are kept, shown before it is written, and told."""

import json

import pytest

pytest.importorskip("nbgrader")

from eeic.grading import CourseFault, autograde, cohort, marks, records
from eeic.grading.invented import Code, find, hand_in
from eeic.grading.regrade import Change, regrade

TOTAL = Code("def total(table):\n    return float(table['events'].sum())")


@pytest.fixture
def marked(released, run_here):
    """A class of three, marked; the second has a person's mark for the first question."""
    hand_in(released, "amal", {"ex99.q1": 12.5, "ex99.q3": TOTAL}, written={"ex99-q4": "Words."})
    hand_in(released, "brook", {"ex99.q1": 80, "ex99.q2": "b"})
    hand_in(released, "chris", {})
    autograde.autograde(released, workers=1)
    released.give_points("brook", "ex99-q1", 1.5)
    run_here.clear()
    return released


def mend(course, before, after):
    path = course.root / "marking" / "ex99.py"
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")
    cohort.marking_module.cache_clear()
    marks._items.cache_clear()


def auto(course):
    with course.ledger() as book:
        return {
            (learner, cell): score.auto
            for learner, of in book.read().items()
            for (_, cell), score in of.items()
        }


def test_nothing_changes_where_nothing_was_mended(marked):
    found = regrade(marked)
    assert (found.changes, found.looked_at) == ([], 3)


def test_a_mended_mark_is_shown_first_and_written_when_asked(marked, run_here):
    mend(marked, '"share": 0.5', '"share": 0.75')
    before = auto(marked)
    found = regrade(marked)
    change = Change("brook", "ex99-q1", 1, 1.5, 1.5)
    assert found.changes == [change]
    assert str(found).splitlines() == [
        "brook, ex99-q1: 1 becomes 1.5 (the 1.5 that a person gave stays)",
        "1 marks of 1 of 3 learners would change; add --yes to write this.",
    ]
    assert auto(marked) == before
    assert regrade(marked, write=True, why="The share was too small").written
    assert auto(marked) == {**before, ("brook", "ex99-q1"): 1.5}
    assert run_here == []  # nothing was run
    with marked.ledger() as book:
        score = book.read()["brook"]["ex99-tiny", "ex99-q1"]
        assert (score.manual, score.waiting) == (1.5, True)
    notebook = json.loads((marked.autograded("brook") / "ex99-tiny.ipynb").read_text("utf-8"))
    assert "1.5 of 2 points" in json.dumps(find(notebook, "ex99-q1"))
    note = json.loads(
        (records.history(marked.root, marked.exercise) / "regrades.jsonl").read_text("utf-8")
    )
    assert note["why"] == "The share was too small"
    assert note["changes"][0]["learner"] == "brook"
    # It is all up to date: nothing is run or changed by the next commands.
    assert regrade(marked).changes == []
    assert autograde.autograde(marked, workers=1).graded == [] and run_here == []


def test_only_the_questions_named_are_marked_again(marked):
    mend(marked, '"share": 0.5', '"share": 0.75')
    mend(marked, '"b": {"feedback": "Look again."}', '"b": {"feedback": "Look.", "share": 0.5}')
    assert [c.item for c in regrade(marked, items=["ex99.q1"]).changes] == ["ex99-q1"]
    with pytest.raises(CourseFault, match=r'no question "ex99\.q7"; it has ex99-q1'):
        regrade(marked, items=["ex99.q7"])


def test_a_question_can_be_given_to_all(marked, run_here, monkeypatch, capsys):
    found = regrade(marked, award=["ex99.q2"], why="The wording was unclear", write=True)
    assert {c.learner: c.after for c in found.changes} == {"amal": 1, "brook": 1, "chris": 1}
    record = records.read(records.place(marked.root, marked.exercise, "brook"))
    said = "Everyone is given the points of this question: The wording was unclear."
    assert record.items["ex99-q2"].feedback == f"{said} Not yet. Look again."
    # Who comes later gets them too, and nbgrader's own autograder would give them.
    hand_in(marked, "dale", {"ex99.q2": "b"})
    autograde.autograde(marked, workers=1)
    assert run_here == ["dale"] and auto(marked)["dale", "ex99-q2"] == 1
    monkeypatch.setenv(marks.MARKING, str(marked.root / "marking"))
    marks._items.cache_clear()
    assert marks.mark("ex99.q2", "b") == 1
    assert said in capsys.readouterr().out


def test_a_written_question_can_be_given_to_all(marked):
    regrade(marked, award=["ex99-q4"], write=True)
    assert [auto(marked)[name, "ex99-q4"] for name in ("amal", "brook", "chris")] == [3, 3, 3]


def test_other_tables_need_the_notebooks_to_be_run(marked, run_here):
    mend(marked, "seen=(cohort.table,)", "seen=(cohort.table, cohort.table.iloc[1:])")
    with pytest.raises(CourseFault, match=r"ex99\.q3 calls learners' functions on other tables"):
        regrade(marked)
    assert regrade(marked, full=True).changes == []
    assert sorted(run_here) == ["amal", "brook", "chris"]
    assert regrade(marked, full=True, write=True).written
    assert regrade(marked).changes == []


def test_other_files_need_the_notebooks_to_be_run(marked):
    (marked.source / "cohort.csv").write_text("notice\npeople,events\n60,6\n20,2\n", "utf-8")
    with pytest.raises(CourseFault, match=r"cells or files have changed.* add --full"):
        regrade(marked)
    found = regrade(marked, full=True, write=True)
    assert {(c.learner, c.item, c.after) for c in found.changes} == {
        ("amal", "ex99-q1", 0),
        ("brook", "ex99-q1", 0),
    }
    assert auto(marked)["amal", "ex99-q3"] == 1


def test_a_regrade_that_was_stopped_is_done_again(marked, monkeypatch):
    mend(marked, '"share": 0.5', '"share": 0.75')
    with monkeypatch.context() as patch:
        patch.setattr(records, "write", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            regrade(marked, write=True)
    assert len(regrade(marked, write=True).changes) == 1
    assert auto(marked)["brook", "ex99-q1"] == 1.5
    assert regrade(marked).changes == []
