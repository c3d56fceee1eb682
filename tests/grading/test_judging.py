"""Marks are decided outside the learner's process, and are those that nbgrader would give."""

import copy
import json

import pandas as pd
import pytest

pytest.importorskip("nbgrader")

from eeic.ask.bank import check
from eeic.grading import judging, marks
from eeic.grading.items import Asked, Function
from eeic.grading.judging import judge
from eeic.grading.marks import MARKING
from eeic.grading.records import Fault
from eeic.grading.runner import CellRan, Ran


def cell(name, source, kind="code", **settings):
    base = {"grade_id": name, "grade": True, "solution": False, "locked": True, "points": 2}
    made = {"cell_type": kind, "metadata": {"nbgrader": {**base, **settings}}, "source": source}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def own(source):
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": []}


def error(name="NameError", said="name 'answer_1' is not defined"):
    return {"output_type": "error", "ename": name, "evalue": said, "traceback": []}


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def result(text):
    data = {"text/plain": text}
    return {"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": 1}


TABLE = pd.DataFrame({"events": [9, 1]})
ITEMS = {
    "ex99.q1": Asked(
        check(
            {
                "id": "ex99.q1",
                "type": "numeric",
                "stem": "A rate",
                "value": 12.5,
                "tolerance": 0.05,
                "near": [
                    {
                        "value": 80,
                        "misconception": "inverted",
                        "feedback": "Upside down.",
                        "share": 0.5,
                    }
                ],
            },
            file="q.toml",
        )
    ),
    "ex99.q3": Function(lambda t: float(t["events"].sum()), (TABLE,), (TABLE.iloc[:1],)),
}
MARK = cell("ex99-q1", 'mark("ex99.q1", answer_1)')
CALLED = cell("ex99-q3", 'mark("ex99.q3", total)')


def of(*cells, ran=None, answers=None, **more):
    ran = ran or [CellRan([], "done") for _ in cells]
    notebook = {"cells": copy.deepcopy(list(cells)), "metadata": {}, "nbformat": 4}
    return judge(notebook, Ran(ran, answers or {}), ITEMS, **more)


@pytest.mark.parametrize(
    ("given", "points", "outcome", "misconception"),
    [
        ({"plain": 12.5}, 2, "marked", ""),
        ({"plain": "80"}, 1, "marked", "inverted"),
        ({"plain": 3}, 0, "marked", ""),
        ({"plain": None}, 0, "no answer", ""),
        ({"unreadable": "Your answer is a table."}, 0, "marked", "unreadable"),
        ({"results": [1.0]}, 0, "no answer", ""),
        ({"plain": {"results": [12.5], "tables": ""}}, 0, "no answer", ""),
    ],
)
def test_an_answer_is_judged(given, points, outcome, misconception):
    judged = of(MARK, answers={"ex99.q1": given})
    item = judged.items["ex99-q1"]
    assert (item.points, item.most, item.outcome) == (points, 2, outcome)
    assert item.misconception in (misconception, "unreadable" if points == 0 else misconception)
    assert judged.scores == {"ex99-q1": points}


@pytest.mark.parametrize(
    ("results", "points"),
    [
        ([10.0, 9.0], 2),
        ([10.0, 10.0], 0.5),  # right on the exercise's own table only
        ([None, None], 0),
        ([{"error": "It stopped."}, 9.0], 0),
        ([10.0, {"error": "It stopped."}], 0.5),
        ([10.0], 0.5),
        ([], 0),
        ([10.0, 9.0, 1.0], 0.5),
    ],
)
def test_a_function_is_judged_by_what_it_gave_back(results, points):
    judged = of(CALLED, answers={"ex99.q3": {"results": results}}, tables={"ex99.q3": "t"})
    assert judged.scores == {"ex99-q3": points}
    assert judged.items["ex99-q3"].answer == {"results": results, "tables": "t"}


def test_what_is_no_function_is_said():
    judged = of(CALLED, answers={"ex99.q3": {"plain": 10.0}})
    assert "no function here" in judged.items["ex99-q3"].feedback


@pytest.mark.parametrize("answer", [12.5, 80, None, "about ten", [1, 2]])
def test_the_cell_is_left_as_nbgrader_would_leave_it(tiny_course, monkeypatch, capsys, answer):
    monkeypatch.setenv(MARKING, str(tiny_course / "marking"))
    earned = marks.mark("ex99.q1", answer)
    printed = capsys.readouterr().out
    marks._items.cache_clear()
    from eeic.grading import cohort

    items = cohort.items(tiny_course, "ex99-tiny")
    notebook = {"cells": [copy.deepcopy(MARK)]}
    judged = judge(notebook, Ran([CellRan([], "done")], {"ex99.q1": {"plain": answer}}), items)
    said, value = judged.notebook["cells"][0]["outputs"]
    assert (said["text"], value["data"]["text/plain"]) == (printed, repr(earned))


def test_a_cell_that_stopped_earns_nothing_and_says_why():
    stopped = CellRan([error()], "error")
    judged = of(own("1 / 0"), MARK, ran=[CellRan([error("ZeroDivisionError")], "error"), stopped])
    item = judged.items["ex99-q1"]
    assert (item.points, item.outcome) == (0, "error")
    assert item.feedback == "The cell stopped with NameError: name 'answer_1' is not defined"
    assert judged.notebook["cells"][1]["outputs"] == [error()]


def test_a_question_whose_cell_was_stopped_is_said_to_be_so():
    late = CellRan([error("CellTimeoutError", "stopped after 30 seconds")], "timed out", 30.0)
    judged = of(
        own("while 1: pass"), MARK, MARK, ran=[late, CellRan([error()], "error"), CellRan()]
    )
    assert judged.items["ex99-q1"].points == 0
    judged = of(own("while 1: pass"), MARK, ran=[late, CellRan([error()], "error")])
    assert judged.items["ex99-q1"].outcome == "timed out"
    assert judged.items["ex99-q1"].seconds == 30


def test_a_cell_that_was_not_run_is_no_full_mark():
    judged = of(cell("t", "assert True"), MARK, ran=[CellRan(), CellRan()])
    assert judged.scores == {"t": 0, "ex99-q1": 0}


@pytest.mark.parametrize(
    ("outputs", "points"),
    [
        ([], 2),
        ([error("AssertionError", "")], 0),
        ([stream("warning", "stderr")], 2),  # nbgrader gives 0, as listed in the guide
        ([stream("warning", "stderr"), error()], 0),
        ([stream("fine")], 2),
        ([result("1.5")], 1.5),
        ([result("'text'")], 2),
        ([result("3")], None),  # more than the most: nbgrader stops the whole submission
    ],
)
def test_a_cell_of_tests_is_scored_by_nbgraders_rule(outputs, points):
    failed = any(output["output_type"] == "error" for output in outputs)
    ran = [CellRan(outputs, "error" if failed else "done")]
    judged = of(cell("t", "assert right"), ran=ran)
    assert judged.scores == {"t": points}
    assert [fault.kind for fault in judged.faults] == (["marking broken"] if points is None else [])


def test_tests_that_were_tampered_with_wait_for_a_person():
    fault = Fault("tampered", "t", "The notebook had changed math.isclose.", "Look at it.")
    cells = [cell("t", "assert isclose(x, 1)"), cell("u", "assert isclose(x, 1)"), MARK]
    ran = Ran([CellRan([], "done") for _ in cells], {"ex99.q1": {"plain": 12.5}}, [fault])
    judged = judge({"cells": cells}, ran, ITEMS)
    assert judged.scores == {"t": None, "u": 2, "ex99-q1": 2}


def test_a_written_answer_waits_for_a_person_unless_nothing_was_written():
    from nbformat import from_dict
    from nbgrader.utils import compute_checksum

    written = cell("q4", "Write here.", "markdown", solution=True, locked=False)
    written["metadata"]["nbgrader"]["checksum"] = compute_checksum(from_dict(written))
    judged = of(written)
    assert (judged.scores, judged.comments) == ({"q4": 0}, {"q4": "No response."})
    judged = of({**written, "source": "Some words."})
    assert (judged.scores, judged.comments) == ({"q4": None}, {"q4": None})
    assert judged.items["q4"].answer == "Some words."


def test_a_task_is_left_to_nbgrader():
    task = cell("t", "Do this.", "markdown", grade=False, task=True)
    judged = of(task)
    assert judged.scores == {} and judged.items["t"].outcome == "waiting"


def test_a_broken_marking_is_not_the_learners_fault(monkeypatch):
    def broken(self, answer):
        raise KeyError("no such column")

    monkeypatch.setattr(Asked, "judge", broken)
    judged = of(MARK, answers={"ex99.q1": {"plain": 12.5}})
    assert judged.scores == {"ex99-q1": None}
    assert judged.faults[0].kind == "marking broken"
    assert judged.notebook["cells"][0]["outputs"][0]["ename"] == "MarkingFault"


def test_points_given_to_all_are_said():
    for answers, most in (({"ex99.q1": {"plain": 3}}, 2), ({}, 2)):
        judged = of(MARK, answers=answers, awards={"ex99-q1": "Given to all."})
        item = judged.items["ex99-q1"]
        assert (item.points, item.feedback.startswith("Given to all.")) == (most, True)
        assert "Given to all." in json.dumps(judged.notebook)


def test_output_that_was_cut_is_a_fault():
    cut = stream("\n(The rest of the output is left out: a cell may show 512 kB.)\n")
    assert [f.kind for f in of(own("x"), ran=[CellRan([cut], "done")]).faults] == ["output cut"]


@pytest.mark.parametrize("given", [{"plain": 80}, {"unreadable": "A table."}, {"plain": None}])
def test_a_recorded_answer_is_judged_as_it_was(given):
    judged = of(MARK, answers={"ex99.q1": given})
    before, marked = judged.items["ex99-q1"], judged.notebook["cells"][0]
    again, after = judging.judged_again(marked, ITEMS["ex99.q1"], before, "")
    assert (again["outputs"], after) == (marked["outputs"], before)


@pytest.mark.parametrize(
    ("source", "item"),
    [
        ('mark("a.q1", x)', "a.q1"),
        ('x = 1\nmark("a.q1", ask.saved("a.q1"))', "a.q1"),
        ("mark(name, x)", None),
        ("assert x == 1", None),
        ('remark("a.q1")', None),
        ("not python", None),
        ("", None),
    ],
)
def test_marking_lines_are_known_by_their_form(source, item):
    assert judging.asked_by({"source": source}) == item
