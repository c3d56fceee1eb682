"""Files as they come back from learners: each fault is a sentence and leaves the file alone."""

import copy
import json

import pytest

from eeic.grading import preflight
from eeic.grading.handed_in import cell_name, inspect


def cell(name="", source="", kind="code", **settings):
    made = {"cell_type": kind, "metadata": {}, "source": source, "id": name or "text"}
    if name:
        base = {"schema_version": 3, "grade": False, "solution": False, "locked": True}
        made["metadata"]["nbgrader"] = {**base, "task": False, "grade_id": name, **settings}
    if kind == "code":
        made |= {"outputs": [], "execution_count": None}
    return made


RELEASED = {
    "cells": [
        cell("setup", "import eeic"),
        cell(source="## 1", kind="markdown"),
        cell("q1-answer", "answer_1 = ...", solution=True, locked=False),
        cell("q1", 'mark("x.q1", answer_1)', grade=True, points=2),
        cell("q2", "Write here", "markdown", grade=True, solution=True, locked=False, points=3),
    ],
    "metadata": {"kernelspec": {"name": "python3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def notes(seen):
    return [str(fault) for fault in seen.faults]


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "released.ipynb"
    path.write_text(json.dumps(RELEASED), encoding="utf-8")
    return path


@pytest.fixture
def given():
    notebook = copy.deepcopy(RELEASED)
    notebook["cells"][2]["source"] = "answer_1 = 5"
    return notebook


@pytest.fixture
def hand_in(tmp_path, source):
    def hand_in(notebook):
        path = tmp_path / "x.ipynb"
        data = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
        path.write_bytes(data)
        seen = inspect(path, RELEASED)
        assert path.read_bytes() == data
        return seen

    return hand_in


def names(seen):
    return [cell_name(c) for c in seen.notebook["cells"] if cell_name(c)]


ALL = ["setup", "q1-answer", "q1", "q2"]


def test_a_sound_notebook_has_no_notes(hand_in, given):
    seen = hand_in(given)
    assert seen.faults == () and seen.readable
    assert names(seen) == ALL
    assert seen.notebook["cells"][2]["source"] == "answer_1 = 5"


@pytest.mark.parametrize("name", ALL)
def test_a_deleted_cell_is_put_back_in_its_place(hand_in, given, name):
    given["cells"] = [c for c in given["cells"] if cell_name(c) != name]
    seen = hand_in(given)
    assert names(seen) == ALL
    assert f"{name} was missing" in notes(seen)[0]


def test_an_edited_marking_cell_gets_its_own_text(hand_in, given):
    given["cells"][3]["source"] = "2.0"
    seen = hand_in(given)
    assert seen.notebook["cells"][3]["source"] == 'mark("x.q1", answer_1)'
    assert "had been changed" in notes(seen)[0]


@pytest.mark.parametrize(
    "change",
    [
        {"grade": False},
        {"points": 100},
        {"solution": True},
        {"locked": False},
        {"schema_version": 1},
    ],
)
def test_changed_marking_details_are_set_back(hand_in, given, change):
    given["cells"][3]["metadata"]["nbgrader"] |= change
    seen = hand_in(given)
    details = next(c for c in seen.notebook["cells"] if cell_name(c) == "q1")["metadata"]
    assert details == RELEASED["cells"][3]["metadata"]
    assert "marking details" in notes(seen)[0]


def test_a_marking_cell_made_into_text_is_code_again(hand_in, given):
    given["cells"][3] = {
        **cell("q1", "done", "markdown"),
        "metadata": given["cells"][3]["metadata"],
    }
    seen = hand_in(given)
    assert seen.notebook["cells"][3]["cell_type"] == "code"


def test_doubled_cells_keep_the_last_mark_and_the_first_answer(hand_in, given):
    second = copy.deepcopy(given["cells"][2])
    second["source"] = "answer_1 = 6"
    given["cells"][3:3] = [copy.deepcopy(given["cells"][3]), second]
    seen = hand_in(given)
    assert sorted(names(seen)) == sorted(ALL)
    code = [c["source"] for c in seen.notebook["cells"] if c["cell_type"] == "code"]
    assert code == ["import eeic", "answer_1 = 5", "answer_1 = 6", 'mark("x.q1", answer_1)']
    assert sum("2 times" in note for note in notes(seen)) == 2


def test_a_marking_cell_moved_above_its_answer_is_moved_back(hand_in, given):
    cells = given["cells"]
    cells.insert(0, cells.pop(3))
    seen = hand_in(given)
    assert names(seen) == ALL or names(seen).index("q1") > names(seen).index("q1-answer")
    assert any("moved up" in note for note in notes(seen))


def test_answers_in_a_cell_of_their_own_come_before_the_mark(hand_in, given):
    given["cells"].insert(3, cell(source="answer_1 = 7"))
    code = [c["source"] for c in hand_in(given).notebook["cells"]]
    assert code.index("answer_1 = 7") < code.index('mark("x.q1", answer_1)')


def test_an_unknown_grade_id_becomes_an_ordinary_cell(hand_in, given):
    given["cells"].append(cell("bonus", "100.0", grade=True, points=50))
    assert names(hand_in(given)) == ALL


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b'{"cells": [', "damaged at line 1"),
        (b"\xff\xfe\x00P", "not text"),
        (b"[1, 2]", "no readable list of cells"),
        (b'{"cells": [1]}', "no readable list of cells"),
        (b'{"cells": [{"cell_type": "code"}]}', "no readable list of cells"),
        (b'{"cells": [{"cell_type": "x", "source": ["a"]}]}', "no readable list of cells"),
        (b"[" * 100_000, "not a notebook Jupyter could write"),
    ],
)
def test_unreadable_files(hand_in, data, says):
    seen = hand_in(data)
    assert not seen.readable
    assert says in notes(seen)[0]
    assert names(seen) == ALL


def test_a_byte_order_mark_does_no_harm(hand_in, given):
    assert hand_in(b"\xef\xbb\xbf" + json.dumps(given).encode()).faults == ()


def test_an_old_format_is_read(hand_in):
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [
            {
                "metadata": {},
                "cells": [
                    {
                        "cell_type": "code",
                        "input": "answer_1 = 5",
                        "language": "python",
                        "metadata": RELEASED["cells"][2]["metadata"],
                        "outputs": [],
                        "collapsed": False,
                    }
                ],
            }
        ],
    }
    seen = hand_in(old)
    assert seen.readable and "answer_1 = 5" in [c["source"] for c in seen.notebook["cells"]]


def test_a_renamed_notebook_is_found(tmp_path, source, given):
    folder = tmp_path / "learner"
    folder.mkdir()
    (folder / "x (1).ipynb").write_text(json.dumps(given), encoding="utf-8")
    assert preflight(folder / "x.ipynb", source) == [
        "The notebook was handed in as x (1).ipynb; it is marked as x.ipynb."
    ]


def test_a_missing_notebook_and_a_link_are_said(tmp_path, source, given):
    folder = tmp_path / "learner"
    folder.mkdir()
    assert "was not handed in" in preflight(folder / "x.ipynb", source)[0]
    (folder / "x.ipynb").symlink_to(source)
    assert "is a link" in preflight(folder / "x.ipynb", source)[0]
