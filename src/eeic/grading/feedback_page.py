"""The page a learner gets back: what was asked, what they answered, what it earned and why.

It holds everything it needs, runs no script and fetches nothing. Of the marking it shows what is
written for the learner: no key, no hidden test, and of an error its last line only.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from eeic import NOTICE
from eeic.grading.document import document, inline, markdown
from eeic.grading.marks import grade_id
from eeic.grading.records import Fault, ItemRecord
from eeic.grading.rubric import LEVELS, Rubric, levels_in

#: How the cell begins that says what was wrong with a file.
ABOUT_FILE = "> **About the file you handed in**"

#: What the sentence under a marked cell begins with (`eeic.grading.marks`).
_WORDS = ("Correct.", "Partly right.", "No answer.", "Not yet.")
_POINTS = re.compile(r"[\d.]+ of [\d.]+ points?")
#: Names of what the marking noticed that are no mistakes in the subject.
_NOT_A_MISTAKE = ("", "no answer", "unreadable", "nothing returned", "fixed to one table")
_LONGEST = 5000
#: What a learner can do about a fault, by its kind. A fault's own advice is for the marker.
_ADVICE = {
    **dict.fromkeys(
        ("empty", "truncated", "not a notebook", "old format"),
        "Open the notebook in JupyterLab, save it, and hand in the .ipynb file again.",
    ),
    "no notebook": "Hand in the whole folder, with the notebook under its own name.",
    "wrong notebook": "Hand in the notebook of this exercise.",
    "symbolic link": "Hand in the file itself, not a link to it.",
    "file missing": "Hand in the whole folder.",
    "answers damaged": "Hand in answers.json again, from the folder that you worked in.",
    "timed out": "The rest was marked.",
    "stopped": "Look there for what ends Python itself or asks for too much memory. "
    "The rest was marked.",
    "not a folder": "Hand in the exercise's whole folder.",
}
#: Faults of the marking; their words are for the marker.
_OURS = ("marking broken", "marking failed")
_NOT_YOURS = (
    "Part of your work could not be marked, through no fault of yours; your marker will look at it."
)
#: With one of these most of the work was out of reach, whatever the questions say.
_UNREAD = ("controls only",)


@dataclass(frozen=True)
class ReadAgain:
    """A place in the course: a lesson, one of its sections, and its address if it is known."""

    lesson: str
    section: str
    address: str = ""


@dataclass(frozen=True)
class Exercise:
    """What is known of an exercise without its key.

    Parameters
    ----------
    sheets : mapping
        The questions answered with controls or a number, by grade id (`eeic.ask`).
    again : mapping
        Where each item's outcome is taught, by grade id.
    rubric : Rubric, optional
        How the written answer is marked.
    texts : frozenset of str
        The exercise's own text cells; any other is a learner's.
    stubs : frozenset of str
        What stood in the cells that learners fill in, before they did.
    """

    sheets: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    again: Mapping[str, ReadAgain] = field(default_factory=dict)
    rubric: Rubric | None = None
    texts: frozenset[str] = frozenset()
    stubs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Mark:
    """What one graded cell earned; `points` is None while it waits for a person."""

    points: float | None
    most: float
    comment: str = ""


@dataclass(frozen=True)
class Returned:
    """Everything about one learner's work but the notebook itself.

    Parameters
    ----------
    learner : str
        The learner's id.
    marks : mapping
        By grade id.
    exercise : Exercise
        What was asked.
    answers : mapping
        Answers given with controls, by grade id.
    items : mapping
        What autograding noted, by grade id; may be empty.
    faults : sequence of Fault
        What was wrong with the files.
    late : float
        Seconds after the due date.
    penalty : float
        Points taken off for it.
    attempt : int
        1 for what was handed in first.
    """

    learner: str
    marks: Mapping[str, Mark]
    exercise: Exercise = Exercise()
    answers: Mapping[str, Any] = field(default_factory=dict)
    items: Mapping[str, ItemRecord] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    late: float = 0.0
    penalty: float = 0.0
    attempt: int = 1


@dataclass
class _Question:
    """One graded cell as it will be shown."""

    name: str
    title: str
    mark: Mark
    heading: bool
    body: str


def page(notebook: Any, about: Returned) -> str:
    """Return a marked notebook as a page.

    Parameters
    ----------
    notebook : NotebookNode
        The marked notebook.
    about : Returned
        What it earned, and what else is known.

    Returns
    -------
    str
        A whole HTML document.
    """
    reader = _Reader(about)
    for cell in notebook.cells:
        reader.take(cell)
    return _document(reader.heading, about, reader.questions, reader.notes)


def page_of_a_failure(heading: str, about: Returned) -> str:
    """Return the page of a learner whose work could not be marked: what happened, what to do.

    Parameters
    ----------
    heading : str
        The exercise's title.
    about : Returned
        Whose work, and what was wrong.

    Returns
    -------
    str
        A whole HTML document.
    """
    return _document(heading, about, [], [])


class _Reader:
    """Goes through a notebook and gathers, for each graded cell, what belongs to it."""

    def __init__(self, about: Returned) -> None:
        self.about = about
        self.heading = "Feedback"
        self.questions: list[_Question] = []
        self.notes: list[str] = []
        self.title, self.titled = "", True
        self.asked: list[str] = []
        self.own: list[str] = []

    def take(self, cell: Any) -> None:
        """Look at the next cell."""
        described = cell.metadata.get("nbgrader", {})
        if described.get("grade"):
            self.graded(cell, described)
        elif cell.cell_type == "markdown":
            self.text(cell.source, described)
        elif cell.cell_type == "code" and not self.untouched(cell):
            own = not described.get("locked")
            self.own += _code(cell, own, self.title)

    def untouched(self, cell: Any) -> bool:
        """Say whether a cell to be filled in is as it was released."""
        return cell.source.strip() in self.about.exercise.stubs

    def text(self, source: str, described: Mapping[str, Any]) -> None:
        """Take a text: the title, a question, or something the learner wrote beside it."""
        own_texts = self.about.exercise.texts
        if source.startswith(ABOUT_FILE):
            self.notes += [
                line.lstrip("> ") for line in source.splitlines()[1:] if line[1:].strip()
            ]
        elif title := re.match(r"# (.+)", source):
            self.heading = title[1]
        elif own_texts and source.strip() and source.strip() not in own_texts:
            self.own.append(markdown(source))
        else:
            if title := re.match(r"## (.+)\n?", source):
                self.title = without_points(title[1])
                self.titled, self.asked = False, []
                source = source[title.end() :]
            self.asked.append(markdown(source))

    def graded(self, cell: Any, described: Mapping[str, Any]) -> None:
        """Close a question with its graded cell."""
        name = described["grade_id"]
        mark = self.about.marks.get(name) or Mark(
            described.get("score") or 0.0,
            described.get("points") or 0.0,
            described.get("comment") or "",
        )
        said, recalled = _said(cell)
        sheet = self.about.exercise.sheets.get(name)
        note = self.about.items.get(name)
        if cell.cell_type == "markdown":
            empty = not cell.source.strip() or self.untouched(cell)
            answer = [] if empty else [markdown(cell.source)]
        elif sheet and (sheet["type"] != "numeric" or name in self.about.answers):
            self.asked.append(sheet["stem"])
            answer = chosen(sheet, self.about.answers.get(name))
        else:
            answer = [f"<p>{escape(line)}</p>" for line in recalled]
            answer += _read_as(note, sheet, self.own)
        answer = [*self.own, *answer] or ['<p class="muted">Nothing was answered here.</p>']
        body = (
            "".join(self.asked)
            + f'<h3>Your answer</h3><div class="answer">{"".join(answer)}</div>'
            + self.box(name, mark, said, note)
        )
        self.questions.append(_Question(name, self.title or name, mark, not self.titled, body))
        self.titled, self.asked, self.own = True, [], []

    def box(self, name: str, mark: Mark, said: list[str], note: ItemRecord | None) -> str:
        """Return what came of a question: points, words, and where to read again."""
        if mark.points is None:
            return (
                '<div class="said waiting"><p class="points">Waiting for your marker: '
                f"{mark.most:g} {_points(mark.most)}.</p></div>"
            )
        full = mark.points >= mark.most
        if note and note.outcome not in ("marked", "waiting") and note.feedback:
            said = note.feedback.splitlines()
        lines = [f"<p>{escape(line)}</p>" for line in said if line.strip()]
        if not full and note and note.misconception not in _NOT_A_MISTAKE:
            lines.append(f"<p>This mistake has a name: <em>{escape(note.misconception)}</em>.</p>")
        if self.about.exercise.rubric and mark.comment and not lines:
            lines.append(_levels(mark.comment, self.about.exercise.rubric))
        if mark.comment:
            lines.append(markdown(mark.comment))
        again = self.about.exercise.again.get(name)
        if not full and again:
            lines.append(f"<p>Read again: {place(again)}.</p>")
        return (
            f'<div class="said{" full" if full else ""}"><p class="points">{mark.points:g} of '
            f"{mark.most:g} {_points(mark.most)}</p>{''.join(lines)}</div>"
        )


# -- the document --------------------------------------------------------------------------------


def _document(heading: str, about: Returned, questions: list[_Question], notes: list[str]) -> str:
    """Put the page together."""
    parts = [_total(about, questions), _about_file(about, questions, notes)]
    if questions:
        parts += [_next(about, questions), _summary(questions)]
    for question in questions:
        title = f'<h2 id="{escape(question.name)}-title">{inline(question.title)}</h2>'
        label = f'aria-labelledby="{escape(question.name)}-title"'
        if not question.heading:
            title, label = "", f'aria-label="{escape(question.title)}, continued"'
        parts.append(
            f'<section class="question" id="{escape(question.name)}" {label}>'
            f"{title}{question.body}</section>"
        )
    return document(
        f"Feedback: {heading}",
        f"Feedback for {about.learner}",
        heading,
        "".join(parts),
        footer=f"{NOTICE}.",
    )


def _total(about: Returned, questions: list[_Question]) -> str:
    """Return the line of points, and what lateness and earlier attempts mean for it."""
    lines = []
    if questions:
        earned = sum(q.mark.points or 0 for q in questions)
        most = sum(q.mark.most for q in questions)
        after = max(earned - about.penalty, 0)
        lines.append(f'<p class="total"><strong>{after:g}</strong> of {most:g} {_points(most)}</p>')
        waiting = sum(q.mark.most for q in questions if q.mark.points is None)
        if waiting:
            lines.append(
                f"<p>{waiting:g} of them wait for your marker; they are not counted yet.</p>"
            )
    if about.late > 0:
        taken = (
            f"{about.penalty:g} {_points(about.penalty)} were taken off"
            if about.penalty
            else "no points were taken off"
        )
        lines.append(f"<p>Handed in {_span(about.late)} after the due date; {taken}.</p>")
    if about.attempt > 1:
        lines.append(f"<p>This is attempt {about.attempt}; what you handed in before is kept.</p>")
    return "".join(lines)


def _about_file(about: Returned, questions: list[_Question], notes: list[str]) -> str:
    """Return what was wrong with the files and what to do about it."""
    said = list(dict.fromkeys(map(_for_the_learner, about.faults))) or notes
    if not said and questions:
        return ""
    title = "About the file you handed in" if questions else "Your work could not be marked"
    if not said:
        said = ["Nothing is on record about why. Ask your marker to look at it."]
    listed = "".join(f"<li>{inline(line)}</li>" for line in said)
    after = (
        ""
        if questions
        else (
            "<p>Nothing is lost: what you handed in is kept as it was. "
            "It will be marked when it can be read.</p>"
        )
    )
    return (
        f'<section class="about" aria-labelledby="about-file"><h2 id="about-file">{title}</h2>'
        f"<ul>{listed}</ul>{after}</section>"
    )


def _for_the_learner(fault: Fault) -> str:
    """Say what was wrong and what the learner can do; faults of ours in words of our own."""
    if fault.kind in _OURS:
        return _NOT_YOURS
    what = fault.what
    if what.startswith("The cell was ") and fault.where:
        what = what.replace("The cell", fault.where[0].upper() + fault.where[1:], 1)
    return f"{what} {_ADVICE.get(fault.kind, '')}".strip()


def _next(about: Returned, questions: list[_Question]) -> str:
    """Return one or two things to do: the places where most points can still be won."""
    if any(fault.kind in _UNREAD for fault in about.faults):
        return _things(
            "Hand in the notebook again, as it says above. Your answers in it were not seen, so "
            "the points below leave them out."
        )
    missed: dict[ReadAgain, list[_Question]] = {}
    for question in questions:
        again = about.exercise.again.get(question.name)
        if again and question.mark.points is not None and question.mark.points < question.mark.most:
            missed.setdefault(again, []).append(question)
    open_points = {
        again: sum(q.mark.most - (q.mark.points or 0) for q in group)
        for again, group in missed.items()
    }
    things = []
    for again in sorted(missed, key=lambda place: -open_points[place])[:2]:
        group = missed[again]
        links = _listed(f'<a href="#{escape(q.name)}">{inline(q.title)}</a>' for q in group)
        points = open_points[again]
        things.append(
            f"Read {place(again)}, then look again at {links} "
            f"({points:g} {_points(points)} to be had)."
        )
    if not things:
        if not about.exercise.again or any(q.mark.points is None for q in questions):
            return ""
        things = ["Nothing is left to mend. Tell somebody what convinced you."]
    return _things(*things)


def _things(*things: str) -> str:
    tag = "ol" if len(things) > 1 else "ul"
    return (
        '<section class="next" aria-labelledby="next"><h2 id="next">What to do next</h2>'
        f"<{tag}>{''.join(f'<li>{thing}</li>' for thing in things)}</{tag}></section>"
    )


def _summary(questions: list[_Question]) -> str:
    """Return the small table at the top."""
    rows = []
    for question in questions:
        mark = question.mark
        link = f'<a href="#{escape(question.name)}">{inline(question.title)}</a>'
        if mark.points is None:
            points, bar = f"{mark.most:g}, waiting", ""
        else:
            points = f"{mark.points:g} of {mark.most:g}"
            part = 100 * min(max(mark.points / mark.most if mark.most else 0, 0), 1)
            bar = f'<span style="width:{part:.0f}%"></span>'
            bar = f'<span class="bar" aria-hidden="true">{bar}</span>'
        rows.append(f'<tr><th scope="row">{link}</th><td>{points}</td><td>{bar}</td></tr>')
    return (
        '<table class="summary"><caption>Your points, question by question</caption>'
        '<thead><tr><th scope="col">Question</th><th scope="col">Points</th>'
        f"<td></td></tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


# -- answers -------------------------------------------------------------------------------------


def _said(cell: Any) -> tuple[list[str], list[str]]:
    """Return what a graded cell says to the learner, and what it repeats of the answer."""
    said: list[str] = []
    for output in cell.get("outputs", []):
        if output.output_type == "stream" and output.name == "stdout":
            # The last line repeats the points that stand above it.
            said += [line for line in output.text.splitlines() if not _POINTS.fullmatch(line)]
        elif output.output_type == "error":
            said.append(_error(output))
    starts = [at for at, line in enumerate(said) if line.startswith(_WORDS)]
    return (said[starts[-1] :], said[: starts[-1]]) if starts else (said, [])


def _error(output: Any) -> str:
    """Return what an error says, without the trace that leads to it."""
    from nbconvert.filters import strip_ansi

    said = strip_ansi(str(output.get("evalue", ""))).strip()
    name = output.get("ename", "Error")
    if name == "CellTimeoutError":
        return "This took too long and was stopped; is there a loop that never ends?"
    if name == "MarkingFault":
        return "This could not be marked, through no fault of yours; your marker will look at it."
    return f"The cell stopped with {name}: {said[:300]}"


def chosen(sheet: Mapping[str, Any], given: Any) -> list[str]:
    """Put an answer given with controls in words; nothing if there is none."""
    if given in (None, "", [], {}):
        return []
    parts = sheet["parts"]
    values = given if isinstance(given, dict) else {parts[0]["name"]: given}
    words = {part["name"]: _words(part, values.get(part["name"])) for part in parts}
    if "table" in sheet:
        return [_filled_table(sheet["table"], words)]
    if len(parts) == 1:
        one = words[parts[0]["name"]]
        if parts[0]["kind"] == "one" or len(one) < 2:
            return [f"<p>{line}</p>" for line in one]
        tag = "ol" if parts[0]["kind"] == "order" else "ul"
        return [f"<{tag}>{''.join(f'<li>{line}</li>' for line in one)}</{tag}>"]
    first = ""
    if parts[0].get("label") == "your answer":  # the heading says so already
        first = "".join(f"<p>{line}</p>" for line in words[parts[0]["name"]])
        parts = parts[1:]
    pairs = [
        f"<dt>{_label(part)}</dt><dd>{', '.join(words[part['name']]) or '–'}</dd>" for part in parts
    ]
    return [f"{first}<dl>{''.join(pairs)}</dl>"]


def _words(part: Mapping[str, Any], given: Any) -> list[str]:
    """Return what was given for one part, each piece as escaped text."""
    if given is None:
        return []
    if part["kind"] == "number":
        text = str(given)
        unit = part.get("unit", "")
        return [escape(text if not unit or unit in text else f"{text} {unit}")]
    texts = {option["id"]: option["text"] for option in part["options"]}
    chosen = given if isinstance(given, list) else [given]
    return [escape(texts[str(one)]) for one in chosen if str(one) in texts]


def _label(part: Mapping[str, Any]) -> str:
    label = (part.get("legend") or part.get("label", "your answer")).rstrip("…:?")
    return escape(label[0].upper() + label[1:])


def _filled_table(table: Mapping[str, Any], words: Mapping[str, list[str]]) -> str:
    """Return a table that was filled in."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table["columns"])
    rows = []
    for row in table["rows"]:
        filled = (
            escape(cell["text"]) if "text" in cell else ", ".join(words[cell["part"]]) or "–"
            for cell in row["cells"]
        )
        cells = "".join(f"<td>{text}</td>" for text in filled)
        rows.append(f'<tr><th scope="row">{escape(row["label"])}</th>{cells}</tr>')
    return (
        f"<table><caption>{escape(table['caption'])}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _read_as(
    note: ItemRecord | None, sheet: Mapping[str, Any] | None, shown: Iterable[str]
) -> list[str]:
    """Say what a typed answer came to, where the code above doesn't say it."""
    if note is None or sheet is None or type(note.answer) not in (int, float, str):
        return []
    if any(re.search(rf"= *{re.escape(repr(note.answer))}\s*</code>", html) for html in shown):
        return []
    value = f"{note.answer:.6g}" if type(note.answer) is float else str(note.answer)
    unit = sheet["parts"][0].get("unit", "")
    return [f"<p>It comes to {escape(value)}{escape(f' {unit}' if unit else '')}.</p>"]


def _code(cell: Any, own: bool, title: str) -> list[str]:
    """Return a code cell and what it showed; of the exercise's own cells, only what they said."""
    shown = []
    for output in cell.outputs:
        if output.output_type == "stream":
            shown.append(f"<pre>{escape(_plain(output.text))}</pre>")
        elif output.output_type == "error":
            shown.append(f"<p>{escape(_error(output))}</p>")
        else:
            shown.append(_data(output, cell.source, title))
    code = f"<pre><code>{escape(cell.source.strip())}</code></pre>"
    if own:
        return [code, *shown] if cell.source.strip() else []
    shown = [part for part in shown if part.startswith(("<pre>", "<p>"))]
    return ["<p>The exercise's own cell gave:</p>", *shown] if shown else []


def _data(output: Any, source: str, title: str) -> str:
    """Return what a cell displayed: a picture as a picture, anything else as its plain text.

    HTML made by a cell isn't repeated: it could hold anything.
    """
    data = output.data
    for kind in ("image/png", "image/jpeg", "image/svg+xml"):
        if kind in data:
            packed = data[kind].strip()
            if kind == "image/svg+xml":
                packed = base64.b64encode(packed.encode()).decode()
            known = output.get("metadata", {}).get(kind, {})
            said = known.get("alt") if isinstance(known, Mapping) else None
            words = _described(source)
            alt = (
                str(said)
                if said
                else f"Your own figure{f' for “{title}”' if title else ''}{words}."
            )
            return (
                f'<figure><img alt="{escape(alt)}" src="data:{kind};base64,{escape(packed)}">'
                f"<figcaption>Your figure{escape(words)}.</figcaption></figure>"
            )
    text = data.get("text/plain", "")
    return f"<pre>{escape(_plain(text))}</pre>" if text and "text/html" not in data else ""


_TITLE = re.compile(r"""\b(?:set_)?(?:sup)?title\(\s*f?(["'])(.+?)\1""")
_AXIS = re.compile(r"""\b(?:set_)?([xy])label\(\s*f?(["'])(.+?)\2""")


def _described(source: str) -> str:
    """Say what a figure shows, as far as the code that drew it says so."""
    said = ""
    if title := _TITLE.search(source):
        said = f": {title[2]}"
    axes = [
        f"{axis[3]} on the {'horizontal' if axis[1] == 'x' else 'vertical'} axis"
        for axis in _AXIS.finditer(source)
    ]
    return said + (f"{', ' if said else ': '}{_listed(axes)}" if axes else "")


# -- marks by a person ---------------------------------------------------------------------------


def _levels(comment: str, rubric: Rubric) -> str:
    """Return the rubric with the levels that the marker gave; nothing if none is named."""
    given = levels_in(comment, rubric)
    if not given:
        return ""
    rows = []
    for criterion in rubric.criteria:
        level = given.get(criterion.name)
        if level is None:
            continue
        up = level + 1 if level + 1 < len(LEVELS) else None
        rows.append(
            f'<tr><th scope="row">{escape(criterion.name)}</th>'
            f"<td>{level}, {LEVELS[level]}</td><td>{escape(criterion.levels[level])}"
            + (f"<br>One step up: {escape(criterion.levels[up])}" if up is not None else "")
            + "</td></tr>"
        )
    return (
        '<table class="rubric"><thead><tr><th scope="col">What is marked</th>'
        '<th scope="col">Level</th><th scope="col">What that means</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


# -- words ---------------------------------------------------------------------------------------


def place(again: ReadAgain) -> str:
    """Name a section of a lesson, as a link where its address is known."""
    words = f"“{escape(again.section)}” in the lesson <em>{escape(again.lesson)}</em>"
    return f'<a href="{escape(again.address)}">{words}</a>' if again.address else words


def _points(number: float) -> str:
    return "point" if number == 1 else "points"


def _span(seconds: float) -> str:
    """Say how long a time is, in the largest unit that fits."""
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            number = round(seconds / size)
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return "less than a minute"


def _listed(things: Iterable[str]) -> str:
    *first, last = things
    return f"{', '.join(first)} and {last}" if first else last


def _plain(text: str) -> str:
    from nbconvert.filters import strip_ansi

    text = strip_ansi(text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}\n… (cut short here)"


def without_points(heading: str) -> str:
    """Return a question's heading without what it can earn.

    Examples
    --------
    >>> without_points("2. A crude rate (1 point)")
    '2. A crude rate'
    """
    return re.sub(r" \([^)]*points?[^)]*\)$", "", heading)


def by_grade_id(by_item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping by item ("ex04.q1") as one by nbgrader's grade id ("ex04-q1")."""
    return {grade_id(item): value for item, value in by_item.items()}
