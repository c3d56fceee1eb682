"""The pages that markers read: the rubric with its anchors, and answers without names or marks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from eeic.grading import feedback
from eeic.grading.document import document, inline, markdown
from eeic.grading.rubric import LEVELS, Rubric

if TYPE_CHECKING:
    from eeic.grading.course import Course

MADE_BY = "eeic grade moderate"


def anchors(course: Course, sheet: Rubric | None, written: Sequence[str]) -> str:
    """Return the page that a marker keeps open beside formgrader.

    Parameters
    ----------
    course : Course
        The course, with an exercise in view.
    sheet : Rubric or None
        The marker's sheet.
    written : sequence of str
        The graded cells that a person marks.

    Returns
    -------
    str
        A whole HTML document.
    """
    questions = "".join(_question(course, name) for name in written)
    body = f"{questions}{_beside(sheet, course)}"
    return _page("Rubric and anchor answers", course, body, "For markers, never for learners")


def answer(
    course: Course,
    sheet: Rubric | None,
    code: str,
    text: str,
    item: str,
    figures: Mapping[str, float],
    order: Sequence[str],
) -> str:
    """Return one answer with the marker's sheet beside it.

    Parameters
    ----------
    course : Course
        The course, with an exercise in view.
    sheet : Rubric or None
        The marker's sheet.
    code : str
        What the answer is called.
    text : str
        The answer, as Markdown.
    item : str
        Its graded cell.
    figures : mapping
        Numbers that the same person gave elsewhere, by graded cell: a text may build on them.
    order : sequence of str
        The codes of all answers.

    Returns
    -------
    str
        A whole HTML document.
    """
    at = order.index(code)
    steps = ['<a href="start.html">All answers</a>']
    if at:
        steps.insert(0, f'<a href="{order[at - 1]}.html">Before: {order[at - 1]}</a>')
    if at + 1 < len(order):
        steps.append(f'<a href="{order[at + 1]}.html">Next: {order[at + 1]}</a>')
    body = (
        f'<nav class="steps" aria-label="Answers">{"".join(steps)}</nav><div class="pair">'
        f'<section aria-labelledby="answer"><h2 id="answer">What was written</h2>'
        f'<div class="answer">{markdown(text)}</div>{_figures(course, figures)}'
        f"{_question(course, item)}</section><div>{_beside(sheet, course)}</div></div>"
    )
    return _page(f"Answer {code}", course, body, "Second marking")


def start(course: Course, columns: Sequence[str], order: Sequence[str]) -> str:
    """Return the page that the second marker opens first.

    Parameters
    ----------
    course : Course
        The course, with an exercise in view.
    columns : sequence of str
        The criteria to be given a level; none if only points are given.
    order : sequence of str
        The codes of all answers.

    Returns
    -------
    str
        A whole HTML document.
    """
    listed = "".join(f'<li><a href="{code}.html">{code}</a></li>' for code in order)
    needed = "the points"
    if columns:
        named = " and ".join(f"“{escape(column)}”" for column in columns)
        needed = f"the levels, 0 to {len(LEVELS) - 1}, for {named}"
    waiting = "1 answer waits" if len(order) == 1 else f"{len(order)} answers wait"
    body = (
        f"<p>{waiting} for a second mark. Nobody here has a name, and the first mark is not here "
        "either: please don’t ask for it.</p>"
        f"<ol><li>Open an answer and mark what is on the page, with the sheet beside it.</li>"
        f"<li>Write {needed} into the row with its code, in <em>sheet.xlsx</em> or "
        "<em>sheet.csv</em>. A comment is welcome.</li>"
        "<li>If you recognise who wrote an answer, leave its row empty and say so.</li>"
        "<li>Send the sheet back when you are done.</li></ol>"
        f'<h2>The answers</h2><ul class="codes">{listed}</ul>'
    )
    return _page("Second marking", course, body, "Start here")


def _page(title: str, course: Course, body: str, above: str) -> str:
    return document(
        f"{title}: {course.exercise}",
        f"{above} · {course.exercise}",
        title,
        body,
        footer="For markers: it holds the marking. Keep it where marks are kept.",
        style=_STYLE,
        made_by=MADE_BY,
    )


def _question(course: Course, name: str) -> str:
    """Return what was asked: the texts since the graded cell before."""
    notebook, cell_id = course.place_of(name)
    texts: list[str] = []
    for cell in json.loads(course.notebooks[notebook].read_text(encoding="utf-8"))["cells"]:
        described = cell["metadata"].get("nbgrader", {})
        if described.get("grade_id") == cell_id:
            break
        if described.get("grade"):
            texts = []
        elif cell["cell_type"] == "markdown":
            source = "".join(cell["source"])
            texts = [source] if source.startswith("#") else [*texts, source]
    shown = "".join(markdown(text) for text in texts)
    return f'<details class="asked"><summary>What was asked</summary>{shown}</details>'


def _figures(course: Course, given: Mapping[str, float]) -> str:
    """Return the numbers that the same person gave elsewhere."""
    if not given:
        return ""
    titles = feedback.titles_of(course)
    rows = "".join(
        f'<tr><th scope="row">{inline(titles.get(name, name))}</th><td>{value:.6g}</td></tr>'
        for name, value in given.items()
    )
    return (
        "<details><summary>Figures this person gave in other questions</summary>"
        f'<table><thead><tr><th scope="col">Question</th><th scope="col">Given</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></details>"
    )


def _beside(sheet: Rubric | None, course: Course) -> str:
    """Return the marker's sheet: rubric, anchors and near-misses."""
    if sheet is None:
        return f"<p>{escape(course.exercise)} has no marker's sheet in marking/.</p>"
    rows = "".join(
        f'<tr><th scope="row">{escape(criterion.name)}</th>'
        + "".join(
            f'<td data-name="{at} {LEVELS[at]}">{inline(said)}</td>'
            for at, said in enumerate(criterion.levels)
        )
        + "</tr>"
        for criterion in sheet.criteria
    )
    head = "".join(f'<th scope="col">{at} {word}</th>' for at, word in enumerate(LEVELS))
    parts = [
        '<section aria-labelledby="rubric"><h2 id="rubric">Rubric</h2>'
        f'<table class="levels"><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody>'
        f"</table>{markdown(sheet.notes)}</section>"
    ]
    for anchor in sheet.anchors:
        named = ", ".join(
            f"{c.name} {level}" for c, level in zip(sheet.criteria, anchor.levels, strict=False)
        )
        parts.append(
            f"<section><h3>Anchor: {escape(named)}</h3>"
            f"<blockquote>{markdown(anchor.text)}</blockquote>"
            f'<div class="why">{markdown(anchor.why)}</div></section>'
        )
    if sheet.near_misses:
        near = "".join(
            f'<tr><th scope="row">{inline(n.read)}</th><td data-name="falls at">{inline(n.falls)}'
            f'</td><td data-name="begin with">{inline(n.stem)}</td></tr>'
            for n in sheet.near_misses
        )
        parts.append(
            '<section aria-labelledby="near"><h2 id="near">Near-misses</h2>'
            '<table class="levels"><thead><tr><th scope="col">What you read</th><th scope="col">'
            'Where it falls</th><th scope="col">How to begin the comment</th></tr></thead>'
            f"<tbody>{near}</tbody></table></section>"
        )
    return "".join(parts)


_STYLE = """
.steps { display: flex; flex-wrap: wrap; gap: 0.4rem 1.4rem; margin: 1rem 0; }
.answer { margin-bottom: 1.2rem; }
.answer p, blockquote p, .why p { white-space: pre-line; }
.codes { columns: 8rem; }
.asked { margin: 1rem 0; }
summary { cursor: pointer; }
.levels td, .levels th { font-size: 0.95rem; }
@media (min-width: 64rem) {
  body:has(.pair) :is(.top, main, footer) { max-width: 88rem; }
  .pair { display: grid; gap: 2.5rem; grid-template-columns: minmax(0, 5fr) minmax(0, 6fr); }
  .pair > section { align-self: start; position: sticky; top: 1rem; }
}
.pair h2 { font-size: 1.3rem; }
@media (max-width: 36rem) {
  .levels :is(thead, tbody, tr, th, td) { display: block; }
  .levels thead { clip-path: inset(50%); height: 1px; overflow: hidden; position: absolute; }
  .levels tbody :is(th, td) { border: 0; padding: 0.1rem 0; }
  .levels tr { border-bottom: 1px solid var(--eeic-rule); padding: 0.5rem 0; }
  .levels tbody th { font-weight: 700; }
  .levels td::before { color: var(--eeic-muted); content: attr(data-name) ": "; }
}
@media print {
  .steps { display: none; }
  details::details-content { block-size: auto; content-visibility: visible; }
}
"""
