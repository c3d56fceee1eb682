"""The feedback page: self-contained, without traces, whatever a learner's notebook holds."""

import nbformat.v4 as v4
import pytest

pytest.importorskip("nbconvert")

from eeic.grading.feedback import page


def graded(name, outputs, points=2, score=1):
    cell = v4.new_code_cell("mark(...)", outputs=outputs)
    details = {"grade_id": name, "grade": True, "locked": True, "points": points, "score": score}
    cell.metadata["nbgrader"] = details
    return cell


def of(*cells):
    heading = v4.new_markdown_cell("## 1. A question (2 points)\n\nWhat?")
    return page(v4.new_notebook(cells=[heading, *cells]), {"student": "a<b"})


def test_words_and_points_are_shown():
    said = v4.new_output("stream", name="stdout", text="Not yet. Look <here>.\n1 of 2 points\n")
    html = of(graded("q1", [said, v4.new_output("execute_result", {"text/plain": "1.0"})]))
    assert "<p>Not yet. Look &lt;here&gt;.</p>" in html
    assert html.count("1 of 2 points</p>") == 2  # the total and the question
    assert '<a href="#q1">1. A question</a>' in html
    assert "a&lt;b" in html


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("NameError", "The cell stopped with NameError: no answer_1"),
        ("CellTimeoutError", "took too long"),
        ("MarkingFault", "no fault of yours"),
    ],
)
def test_an_error_is_one_sentence(name, says):
    trace = ["\x1b[31mTraceback\x1b[0m", "secret = 12.345"]
    error = v4.new_output("error", ename=name, evalue="no answer_1", traceback=trace)
    html = of(graded("q1", [error]))
    assert says in html and "secret" not in html


def test_a_learners_html_is_neither_run_nor_fetched():
    evil = "<script>alert(1)</script><img src='https://example.org/x.png'>"
    shown = v4.new_output("display_data", {"text/html": evil, "text/plain": "<table>"})
    picture = v4.new_output("display_data", {"image/svg+xml": f"<svg>{evil}</svg>"})
    answer = v4.new_markdown_cell(f"Words {evil} [a](javascript:alert(1))")
    details = {"grade_id": "q2", "grade": True, "solution": True, "points": 3, "score": 2}
    answer.metadata["nbgrader"] = {**details, "comment": f"Good {evil}"}
    html = of(v4.new_code_cell("x", outputs=[shown, picture]), answer)
    assert "<script" not in html and "example.org" not in html and "javascript:" not in html
    assert "default-src 'none'" in html
    assert "Words" in html and "Good" in html


def test_the_exercises_own_silent_cells_are_left_out():
    setup = v4.new_code_cell("import pandas")
    setup.metadata["nbgrader"] = {"grade_id": "setup", "locked": True}
    own = v4.new_code_cell("answer_1 = 5")
    html = of(setup, own, graded("q1", []))
    assert "import pandas" not in html and "answer_1 = 5" in html
