"""The feedback page: self-contained, in plain words, whatever a learner's notebook holds."""

import json
import re
from pathlib import Path

import nbformat.v4 as v4
import pytest

pytest.importorskip("nbconvert")

from eeic import ask
from eeic.grading.feedback import anchor
from eeic.grading.feedback_page import (
    Exercise,
    Mark,
    ReadAgain,
    Returned,
    page,
    page_of_a_failure,
)
from eeic.grading.records import Fault, ItemRecord
from eeic.grading.rubric import Criterion, Rubric

ROOT = Path(__file__).parents[2]
PIXEL = "iVBORw0KGgo="


def graded(name, outputs, points=2, score=1):
    cell = v4.new_code_cell("mark(...)", outputs=outputs)
    details = {"grade_id": name, "grade": True, "locked": True, "points": points, "score": score}
    cell.metadata["nbgrader"] = details
    return cell


def written(name, text, points=6, **more):
    cell = v4.new_markdown_cell(text)
    details = {"grade_id": name, "grade": True, "solution": True, "points": points, "score": 0}
    cell.metadata["nbgrader"] = {**details, **more}
    return cell


def said(text):
    return v4.new_output("stream", name="stdout", text=text)


def of(*cells, learner="a<b", **known):
    heading = v4.new_markdown_cell("## 1. A question (2 points)\n\nWhat?")
    notebook = v4.new_notebook(cells=[heading, *cells])
    return page(notebook, Returned(learner, known.pop("marks", {}), **known))


def box(html):
    """Return the words of the box under the only question."""
    (inside,) = re.findall(r'<div class="said.*?</div>', html, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", inside).split())


def test_words_and_points_are_shown():
    partly = said("Partly right. Look <here>.\n1 of 2 points\n")
    html = of(graded("q1", [partly, v4.new_output("execute_result", {"text/plain": "1.0"})]))
    assert "<p>Partly right. Look &lt;here&gt;.</p>" in html
    assert "<strong>1</strong> of 2 points</p>" in html
    assert '<a href="#q1">1. A question</a></th><td>1 of 2</td>' in html
    assert '<h2 id="q1-title">1. A question</h2><p>What?</p>' in html
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
    answer = written("q2", f"Words {evil} [a](javascript:alert(1))", comment=f"Good {evil}")
    html = of(v4.new_code_cell("x", outputs=[shown, picture]), answer, learner=evil)
    assert "<script" not in html and "javascript:" not in html
    assert not re.search(r"<(?:img|link|iframe)[^>]*(?:src|href)=.https", html)
    assert "default-src 'none'" in html
    assert "Words" in html and "Good" in html


def test_the_exercises_own_silent_cells_are_left_out():
    setup = v4.new_code_cell("import pandas")
    setup.metadata["nbgrader"] = {"grade_id": "setup", "locked": True}
    tried = v4.new_code_cell("print(f(worked))", outputs=[said("20 per 1,000\n")])
    tried.metadata["nbgrader"] = {"grade_id": "try", "locked": True}
    own = v4.new_code_cell("answer_1 = 5")
    html = of(setup, own, tried, graded("q1", []))
    assert "import pandas" not in html and "f(worked)" not in html
    assert "answer_1 = 5" in html and "20 per 1,000" in html


def test_controls_are_put_in_words():
    bank = {
        "id": "q1",
        "type": "choice",
        "stem": "Out of **whom**?",
        "options": [{"id": "a", "text": "Everyone"}, {"id": "b", "text": "Those who came"}],
        "because": {
            "stem": "Because…",
            "options": [{"id": "c", "text": "it is due them"}, {"id": "d", "text": "it is large"}],
        },
    }
    sheet = ask.compile_sheet(ask.bank.check(bank, file="q.toml", keyed=False))
    recalled = said("Out of whom?\nYour answer: Those who came\nNot yet. Look.\n0 of 2 points\n")
    html = of(
        graded("q1", [recalled], score=0),
        exercise=Exercise(sheets={"q1": sheet}),
        answers={"q1": {"choice": "b", "because": "d"}},
    )
    assert "Out of <strong>whom</strong>?" in html
    assert "<p>Those who came</p><dl><dt>Because</dt><dd>it is large</dd>" in html
    assert html.count("Those who came") == 1  # not a second time as the marking line repeats it
    assert "Not yet. Look." in box(html)


def test_a_mistake_is_named_and_a_place_to_read_again_given():
    again = ReadAgain("Seeing the gap", "Round 2: Age", "https://example.org/4.html#age")
    note = ItemRecord(0, 2, misconception="crude for standardised", feedback="Not yet. Still.")
    html = of(
        graded("q1", [said("Not yet. Still.\n0 of 2 points\n")], score=0),
        exercise=Exercise(again={"q1": again}),
        items={"q1": note},
    )
    assert "This mistake has a name: crude for standardised ." in box(html)
    assert '<a href="https://example.org/4.html#age">“Round 2: Age” in the lesson' in html
    (todo,) = re.findall(r'<section class="next".*?</section>', html, re.DOTALL)
    assert "2 points to be had" in todo and 'href="#q1"' in todo
    full = of(
        graded("q1", [said("Correct.\n2 of 2 points\n")], score=2),
        exercise=Exercise(again={"q1": again}),
    )
    assert "Read again" not in full and "Nothing is left to mend" in full


def test_a_figure_is_described_from_its_code():
    shown = v4.new_output("display_data", {"image/png": PIXEL, "text/plain": "<Figure>"})
    code = 'plt.plot(x, y)\nplt.title("Rates by age")\nplt.ylabel("per 1,000")\nplt.show()'
    html = of(v4.new_code_cell(code, outputs=[shown]), graded("q1", []))
    assert (
        'alt="Your own figure for “1. A question”: Rates by age, per 1,000 on the vertical axis."'
        in html
    )
    assert (
        "<figcaption>Your figure: Rates by age, per 1,000 on the vertical axis.</figcaption>"
        in html
    )
    assert "&lt;Figure&gt;" not in html


RUBRIC = Rubric((Criterion("Voice", ("none", "some", "shown", "asked")),), (), ())


def test_a_written_answer_comes_with_level_and_comment():
    answer = written("q2", "My text.")
    mark = {"q2": Mark(2, 6, "Voice 2. *Whose* is missing?")}
    html = of(answer, marks=mark, exercise=Exercise(rubric=RUBRIC))
    assert "<p>My text.</p>" in html and "<em>Whose</em>" in html
    assert "<td>2, meets</td><td>shown<br>One step up: asked</td>" in html


def test_what_waits_is_not_called_nought():
    html = of(written("q2", "My text."), marks={"q2": Mark(None, 6)})
    assert "Waiting for your marker: 6 points." in html
    assert "6 of them wait for your marker" in html and "0 of 6 points</p>" not in html


def test_lateness_and_attempts_are_said():
    cells = graded("q1", [said("Correct.\n2 of 2 points\n")], score=2)
    html = of(cells, late=7300, penalty=0.5, attempt=2)
    assert "<strong>1.5</strong> of 2 points" in html
    assert "2 hours after the due date; 0.5 points were taken off." in html
    assert "attempt 2" in html


def test_faults_are_told_with_what_the_learner_can_do():
    said_so = "The cell was stopped after 30 seconds; is there a loop that never ends?"
    cut = Fault("timed out", "cell 3", said_so, "Mark it by hand.")
    broken = Fault("marking broken", "q1", "q1: 12.5 and 80 give the same number.", "Mend it.")
    html = of(graded("q1", []), faults=(cut, broken))
    assert "Cell 3 was stopped after 30 seconds" in html and "The rest was marked." in html
    assert "by hand" not in html and "12.5" not in html and "no fault of yours" in html
    noted = v4.new_markdown_cell("> **About the file you handed in**\n>\n> A cell was missing.")
    assert "<li>A cell was missing.</li>" in of(noted, graded("q1", []))


def test_work_that_could_not_be_marked_gets_a_page():
    fault = Fault("truncated", "ex.ipynb", "The file ex.ipynb is damaged at line 9.", "Ask.")
    html = page_of_a_failure("Exercise 4", Returned("learner-07", {}, faults=(fault,)))
    assert "Your work could not be marked" in html and "damaged at line 9" in html
    assert "hand in the .ipynb file again" in html and "Nothing is lost" in html
    unread = Fault("controls only", "ex", "Only controls.", "")
    known = Exercise(again={"q1": ReadAgain("L", "S")})
    again = of(graded("q1", [], score=0), faults=(fault, unread), exercise=known)
    assert "Hand in the notebook again" in again and "to be had" not in again


def test_a_cell_as_released_is_no_answer():
    stubs = frozenset({"answer_1 = ...", "Write here."})
    empty = of(
        v4.new_code_cell("answer_1 = ..."),
        graded("q1", []),
        written("q2", "Write here."),
        exercise=Exercise(stubs=stubs),
    )
    assert "answer_1" not in empty and "Write here" not in empty
    assert empty.count("Nothing was answered here.") == 2


@pytest.mark.slow
def test_a_class_gets_its_pages_and_nbgrader_makes_the_same(tiny_course):
    pytest.importorskip("nbgrader")
    from eeic.grading import Course, feedback
    from eeic.grading.autograde import autograde
    from eeic.grading.invented import Code, hand_in

    course = Course(tiny_course, "ex99-tiny")
    course.release()
    code = Code("def total(table):\n    return float(table['events'].sum())")
    answers = {"ex99.q1": 80, "ex99.q2": "b", "ex99.q3": code}
    hand_in(course, "amal", answers, written={"ex99-q4": "Some words."})
    hand_in(course, "brook", {}, faults=[{"kind": "cut short"}])
    secret = course.submitted("amal") / "submission_secret.txt"  # of nbgrader's exchange
    secret.write_text("amal's alone", "utf-8")
    autograde(course, caged=False)
    course.give_points("amal", "ex99-q4", 2, "Say *out of whom*.")
    hand_in(course, "chris", answers)  # after the others were marked
    made = {one.learner: one for one in feedback.make(course)}
    assert [(one.marked, one.changed) for one in made.values()] == [
        (True, True),
        (True, True),
        (False, True),
    ]
    amal, brook, chris = (one.path.read_text("utf-8") for one in made.values())
    assert "Upside down." in amal and "This mistake has a name: <em>inverted</em>" in amal
    assert "<p>That</p>" in amal and "<em>out of whom</em>" in amal
    assert "<strong>4</strong> of 7 points" in amal
    assert "damaged at line" in brook and "Hand in the notebook again" in brook
    assert "Your work could not be marked" in chris
    for text in (amal, brook, chris):
        assert not re.search(r"<script|<link|<iframe|Traceback|12\.5", text)

    # A hub's exchange hands a page out by what lies beside it.
    assert made["amal"].path.with_name(secret.name).read_text("utf-8") == "amal's alone"
    assert not made["brook"].path.with_name(secret.name).exists()

    before = {
        one.path: (one.path.stat().st_mtime_ns, one.path.read_bytes()) for one in made.values()
    }
    assert not any(one.changed for one in feedback.make(course))
    assert all(path.stat().st_mtime_ns == at for path, (at, _) in before.items())
    course._run("GenerateFeedback")
    for learner in ("amal", "brook"):
        path = made[learner].path
        assert path.stat().st_mtime_ns != before[path][0]
        assert path.read_bytes() == before[path][1]


def test_the_page_wears_the_courses_colours():
    """Every token of the page's sheet has the value that the book's sheet gives it."""
    book = (ROOT / "book/assets/eeic.css").read_text("utf-8")
    ours = (ROOT / "src/eeic/grading/feedback.css").read_text("utf-8")
    for ours_at, book_at in (
        (":root {", ":root {"),
        ("scheme: dark) {", ':root[data-theme="dark"] {'),
        ("@media print {\n  :root", "@media print {\n  :root"),
    ):
        mine, theirs = (
            dict(re.findall(r"(--eeic-[a-z-]+): ([^;]+);", text.split(start, 1)[1].split("}")[0]))
            for text, start in ((ours, ours_at), (book, book_at))
        )
        assert len(mine) > 5
        shared = mine.keys() & theirs.keys()
        assert len(shared) > 5 and {n: mine[n] for n in shared} == {n: theirs[n] for n in shared}
    assert "url(" not in ours and "@import" not in ours


def test_the_places_to_read_again_are_in_the_lessons():
    import tomllib

    from docutils.nodes import make_id

    lessons = tomllib.loads((ROOT / "exercises/marking/lessons.toml").read_text("utf-8"))
    for module, lesson in lessons.items():
        path = ROOT / lesson["page"].replace(".html", ".ipynb")
        text = "\n\n".join(
            "".join(c["source"]) for c in json.loads(path.read_text("utf-8"))["cells"]
        )
        assert f"# {lesson['title']}\n" in text, module
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert set(lesson["sections"]) <= set(headings), module
        objectives = re.search(r":class: objectives\n(.*?)\n:::", text, re.DOTALL)[1]
        assert len(re.findall(r"^- ", objectives, re.MULTILINE)) == len(lesson["sections"])
        assert all(anchor(section) == make_id(section) for section in lesson["sections"])
    exercises = {p.stem.removeprefix("ex") for p in (ROOT / "exercises/marking").glob("ex*.py")}
    assert {f"M{int(number)}" for number in exercises} == set(lessons)
