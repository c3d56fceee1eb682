"""The report on a class: a page for the instructor, one that may be shared, and a notebook.

Each page is one file that runs no script and fetches nothing. The instructor's has names in it;
the other is made only of what `eeic.grading.analysis` says may be shared.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape, unescape
from pathlib import Path
from typing import Any

import pandas as pd

from eeic import show
from eeic.disclosure import suppress
from eeic.files import put_in_place
from eeic.grading import analysis, class_charts, feedback, moderation, records, similar
from eeic.grading.analysis import FEWEST, Marks
from eeic.grading.course import Course, CourseFault
from eeic.grading.document import document, inline, is_made_by
from eeic.grading.feedback_page import Exercise, chosen, place

__all__ = ["gather", "notebook", "page", "shared_page", "write"]

FOLDER = "report"
MADE_BY = "eeic grade report"
#: People from which on a quarter of a class is five or more.
_QUARTERS = 4 * FEWEST


@dataclass(frozen=True)
class Written:
    """What a run of the report wrote.

    Parameters
    ----------
    pages : list of Path
        New, or in place of an earlier one.
    left : list of Path
        Notebooks that were there already and may hold somebody's work: they were left alone.
    """

    pages: list[Path]
    left: list[Path]

    def __str__(self) -> str:
        lines = [str(path) for path in self.pages]
        lines += [f"{path} was there already and is as it was." for path in self.left]
        return "\n".join(lines)


def write(course: Course, to: Path | None = None, *, share: bool = False) -> Written:
    """Write the report, or the version of it that may be shared.

    Parameters
    ----------
    course : Course
        The course, with an exercise in view that was marked.
    to : Path, optional
        The folder; by default ``report/EXERCISE/`` in the course folder.
    share : bool
        Whether to write the page without names, and nothing else.

    Returns
    -------
    Written
        ``report.html`` and ``report.ipynb``, or ``to-share.html``.

    Raises
    ------
    CourseFault
        If nothing is marked, a file of that name isn't a report of ours, or fewer than five
        people have marks and the page is to be shared. Nothing is then written.
    """
    folder = Path(to) if to else course.root / FOLDER / course.exercise
    name = "to-share.html" if share else "report.html"
    path = folder / name
    if path.exists() and not (path.is_file() and is_made_by(path, MADE_BY)):
        raise CourseFault(f"{path} isn't a report that this command made; give another folder")
    marks = gather(course)
    text = shared_page(course, marks) if share else page(course, marks)
    folder.mkdir(parents=True, exist_ok=True)
    put_in_place(path, text.encode())
    if share:
        return Written([path], [])
    work = folder / "report.ipynb"
    if work.exists():
        return Written([path], [work])
    put_in_place(work, (json.dumps(notebook(course), indent=1) + "\n").encode())
    return Written([path, work], [])


def gather(course: Course) -> Marks:
    """Read everything that a report is made from.

    Parameters
    ----------
    course : Course
        The course, with an exercise in view.

    Returns
    -------
    Marks

    Raises
    ------
    CourseFault
        If nothing is marked.
    """
    points = {row.learner: row.points for row in course.rows()}
    if not any(points.values()):
        raise CourseFault(
            f"nothing of {course.exercise} is marked yet: run `eeic grade autograde "
            f"{course.exercise}` first"
        )
    with course.gradebook() as gradebook:
        known = [student.id for student in gradebook.students]
        others = sorted(assignment.name for assignment in gradebook.assignments)
    before: dict[str, dict[str, float]] = {}
    for name in others:
        if name < course.exercise and (course.root / "source" / name).is_dir():
            for learner, share in _earlier(course, name).items():
                before.setdefault(learner, {})[name] = share
    return Marks(
        course.points,
        points,
        {record.learner: record for record in records.every(course.root, course.exercise)},
        before,
        sorted(set(known) - set(points)),
    )


def _earlier(course: Course, exercise: str) -> dict[str, float]:
    """Return the share of points that each person earned in another exercise, if all is marked."""
    other = Course(course.root, exercise, course.directory.db_url)
    most = sum(other.points.values())
    with other.ledger() as ledger:
        held = ledger.read()
    return {
        learner: sum(score.value for score in scores.values()) / most
        for learner, scores in held.items()
        if scores and most and not any(score.waiting for score in scores.values())
    }


# -- the instructor's page -----------------------------------------------------------------------


def page(course: Course, marks: Marks) -> str:
    """Return the instructor's page.

    Parameters
    ----------
    course : Course
        The course, with an exercise in view.
    marks : Marks
        What `gather` returned.

    Returns
    -------
    str
        A whole HTML document, with names.
    """
    titles, about = feedback.titles_of(course), feedback.known_of(course)
    found, made = analysis.items(marks), analysis.mistakes(marks)
    revise = analysis.to_revise(marks)
    people = _people(len(analysis.totals(marks)))
    charts = [
        class_charts.totals(analysis.histogram(marks), f"{people} with marks."),
        class_charts.outcomes(found, titles, f"{people} with marks."),
        class_charts.telling_apart(found, titles, f"{people} with marks."),
    ]
    parts = [
        '<aside class="about"><p><strong>For the instructor: keep it where marks are kept.'
        f"</strong> It has names in it. For others there is <code>eeic grade report "
        f"{escape(course.exercise)} --share</code>.</p></aside>",
        _glance(marks),
        _section("revise", "Questions to revise", _revise(revise, titles)),
        _section("word", "Who may be glad of a word", _word(marks)),
        _section("class", "The class", show.html_figure(charts[0])),
        _section(
            "questions",
            "The questions",
            show.html_figure(charts[1])
            + show.html_figure(charts[2])
            + "<p>Open a question for its figures and the mistakes that were made.</p>"
            + "".join(
                _question(str(name), row, made, revise, titles, about)
                for name, row in found.iterrows()
            ),
        ),
        _section("mistakes", "Mistakes most often made", _mistakes(made, titles, about)),
        _section("second", "Second marking", _moderation(course, names=True)),
        _section("alike", "Answers that are alike", _alike(course, titles)),
        _METHOD,
    ]
    return _document(course, "".join(parts), "The class", "report")


def _glance(marks: Marks) -> str:
    spread = analysis.distribution(marks).iloc[0]
    lost = sum(not points for points in marks.points.values())
    lines = [f"{_people(len(marks.points))} handed in, {int(spread['n'])} of them have marks."]
    if lost:
        lines.append(f"Of {_people(lost)} nothing could be marked.")
    if marks.absent:
        lines.append(f"{_people(len(marks.absent))} on the list handed in nothing.")
    if spread["waiting"]:
        lines.append(
            f"{_people(int(spread['waiting']))} still wait for a person to mark something; until "
            "then shares are of what is marked."
        )
    if spread["n"] >= FEWEST:
        lines.append(
            f"Half of the class have {spread['median']:.0%} of the points or more; the middle "
            f"half have between {spread['lower_quarter']:.0%} and {spread['upper_quarter']:.0%}; "
            f"the range is {spread['least']:.0%} to {spread['greatest']:.0%}."
        )
    lines.append(_alpha(marks))
    return _section("glance", "At a glance", _list(lines), box=True)


def _alpha(marks: Marks) -> str:
    found = analysis.reliability(marks).iloc[0]
    if found["note"]:
        return f"Cronbach’s alpha: {found['note'][0].lower()}{found['note'][1:]}"
    use = (
        "high enough to compare people with care"
        if found["lower"] >= 0.8
        else "enough to speak of the class, not to rank people by"
    )
    return (
        f"Cronbach’s alpha is {_signed(found['value'])} ({_signed(found['lower'])} to "
        f"{_signed(found['upper'])}) over {found['questions']} questions and {found['n']} people: "
        f"{use}."
    )


def _revise(revise: pd.DataFrame, titles: Mapping[str, str]) -> str:
    if revise.empty:
        return "<p>None stands out.</p>"
    items = []
    for name, group in revise.groupby("question", sort=False):
        said = " ".join(escape(reason) for reason in group["reason"])
        items.append(
            f'<li><a href="#q-{escape(str(name))}">{inline(titles.get(str(name), str(name)))}</a>: '
            f"{said}</li>"
        )
    return f"<ul>{''.join(items)}</ul>"


def _word(marks: Marks) -> str:
    found = analysis.need_a_word(marks)
    if found.empty:
        return "<p>Nobody stands out from the marks. That says nothing about how they are.</p>"
    table = found.rename(columns={"learner": "Who", "what": "What is seen", "idea": "How to begin"})
    return (
        "<p>In order of the names, for you alone. The marks don’t know why; the people do.</p>"
        f"{_table(table, 'Who may be glad of a word')}"
    )


def _question(
    name: str,
    row: pd.Series,
    made: pd.DataFrame,
    revise: pd.DataFrame,
    titles: Mapping[str, str],
    about: Exercise,
) -> str:
    """Return one question, folded: its figures, its mistakes and where it is taught."""
    n = int(row["n"])
    short = f"{row['mean_share']:.0%} of the points" if n else "not marked yet"
    flag = ' <span class="flag">to revise</span>' if (revise["question"] == name).any() else ""
    figures = {
        "People with a mark": n,
        "Waiting for a person": int(row["waiting"]),
        "Mean share of the points": f"{row['mean_share']:.0%}" if n else "–",
        "Difficulty": row["difficulty"] or "–",
        "Full marks": int(row["full"]),
        "Part of the points": int(row["partly"]),
        "Wrong": int(row["wrong"]),
        "Left out": int(row["omitted"]),
        "Stopped with an error": int(row["error"]),
        "Timed out or stopped": int(row["timed_out"]),
        "Cell missing": int(row["missing"]),
        "Could not be read": int(row["unreadable"]),
        "Discrimination (95% interval)": _interval(row),
        "Upper less lower 27%": _signed(row["upper_lower"]),
        "Seconds the cell ran (median)": f"{row['seconds']:.2g}" if row["seconds"] > 0 else "–",
    }
    known = {name: str(value) for name, value in figures.items() if value not in (0, "–")}
    table = pd.DataFrame({"Figure": list(known), "Value": list(known.values())})
    parts = [_table(table, "Figures")]
    own = made[made["question"] == name]
    if len(own):
        parts.append(_table(_mistake_rows(own, about), "Mistakes"))
    if again := about.again.get(name):
        parts.append(f"<p>Taught in {place(again)}.</p>")
    return (
        f'<details class="fold" id="q-{escape(name)}"><summary>'
        f"<strong>{inline(titles.get(name, name))}</strong> <span>{short}</span>{flag}</summary>"
        f"{''.join(parts)}</details>"
    )


def _mistake_rows(made: pd.DataFrame, about: Exercise) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Mistake": made["mistake"],
            "People": [f"{n} of {of}" for n, of in zip(made["people"], made["of"], strict=True)],
            "Their share of the rest": [
                f"{rest:.0%}" if rest == rest else "–" for rest in made["rest"]
            ],
            "An answer of theirs": [
                _answer(answer, about.sheets.get(name))
                for name, answer in zip(made["question"], made["answer"], strict=True)
            ],
        }
    )


def _answer(given: Any, sheet: Mapping[str, Any] | None) -> str:
    """Put an answer in a few words, as text."""
    if given is None or (isinstance(given, dict) and "results" in given):
        return "–"
    if type(given) in (int, float):
        return f"{given:.4g}".replace("-", "−")
    if sheet is None:
        return _short(str(given))
    if "table" in sheet or any(part["kind"] in ("set", "order") for part in sheet["parts"]):
        return "–"  # too long to be read in a line
    html = re.sub(r"(</li>|</dd>|</p>|</td>)", r"; \1", "".join(chosen(sheet, given)))
    return _short(unescape(re.sub(r"<[^>]+>", " ", html)).strip(" ;"))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 140 else f"{text[:139]}…"


def _mistakes(made: pd.DataFrame, titles: Mapping[str, str], about: Exercise) -> str:
    """Return the commonest mistakes with what learners were told, and where to read again."""
    named = made[(made["mistake"] != analysis.OTHER) & (made["people"] > 1)]
    top = named.sort_values(["share", "question"], ascending=[False, True]).head(8)
    if top.empty:
        return "<p>No mistake was made by more than one person.</p>"
    items = []
    for _, row in top.iterrows():
        name = row["question"]
        again = about.again.get(name)
        example = _answer(row["answer"], about.sheets.get(name))
        lines = [
            f"<strong>{escape(row['mistake'])}</strong> in “{inline(titles.get(name, name))}”: "
            f"{row['people']} of {row['of']}.",
            f"An answer: {escape(example)}" if example != "–" else "",
            f"They read: {escape(row['said'])}" if row["said"] else "",
            f"Read again: {place(again)}." if again else "",
        ]
        items.append(f"<li>{'<br>'.join(filter(None, lines))}</li>")
    return f"<ol>{''.join(items)}</ol>"


def _moderation(course: Course, *, names: bool) -> str:
    held = moderation.kept(course)
    if held is None:
        return (
            "<p>No second marking has been compared yet. <code>eeic grade moderate "
            f"{escape(course.exercise)}</code> draws a blind sample.</p>"
        )
    parts = [f"<p>{escape(held['advice'])}</p>"]
    if held["table"]:
        rows = pd.DataFrame(held["table"])
        table = pd.DataFrame(
            {
                "What": [what[0].upper() + what[1:] for what in rows["what"]],
                "Answers": rows["n"],
                "Same": [f"{x:.0%}" for x in rows["exact"]],
                "Within one": [f"{x:.0%}" for x in rows["within_one"]],
                "Second less first": [_signed(x, plus=True) for x in rows["difference"]],
                "Weighted kappa": [
                    "–" if k is None or k != k else f"{_signed(k)} ({_signed(lo)} to {_signed(hi)})"
                    for k, lo, hi in zip(rows["kappa"], rows["lower"], rows["upper"], strict=True)
                ],
            }
        )
        parts.append(_table(table, f"Agreement of two markers on {held['pairs']} answers"))
        parts += [f"<p>{escape(note)}</p>" for note in dict.fromkeys(rows["note"]) if note]
    if names:
        apart, odd = len({row["code"] for row in held["apart"]}), len(held["odd"])
        parts.append(
            f"<p>Answers drawn: {held['sampled']}. Apart by two or more somewhere: {apart}. "
            f"Settled: {held['settled']}.</p>"
        )
        if odd:
            parts.append(_list(held["odd"]))
    return "".join(parts)


def _alike(course: Course, titles: Mapping[str, str]) -> str:
    try:
        found = similar.pairs(course)
    except CourseFault as problem:
        return f"<p>Not looked for: {escape(str(problem))}.</p>"
    notes = "".join(f"<p>{escape(_named(note, titles))}</p>" for note in found.attrs["notes"])
    if found.empty:
        return f"<p>No two answers are alike in what few others wrote.</p>{notes}"
    table = pd.DataFrame(
        {
            "Two people": [
                f"{a} and {b}" for a, b in zip(found["learner_a"], found["learner_b"], strict=True)
            ],
            "Where": [_named(item, titles) for item in found["item"]],
            "Words alike": [f"{share:.0%}" for share in found["share"]],
            "Other pairs as alike": [
                f"{n} of {of}" for n, of in zip(found["as_alike"], found["pairs"], strict=True)
            ],
            "Look at": [_short(str(text)) for text in found["look_at"]],
        }
    )
    return f"<p>{escape(similar.WORDING)}</p>{_table(table, 'Answers that are alike')}{notes}"


def _named(text: str, titles: Mapping[str, str]) -> str:
    """Return a text that begins with the name of an answer's cell, with its question's heading."""
    cell, *rest = text.split(":", 1)
    return ":".join([titles.get(cell.removesuffix("-answer"), cell), *rest])


# -- the page that may be shared -----------------------------------------------------------------


def shared_page(course: Course, marks: Marks) -> str:
    """Return the page without names, in which nothing is said about fewer than five people.

    Parameters
    ----------
    course : Course
        The course, with an exercise in view.
    marks : Marks
        What `gather` returned.

    Returns
    -------
    str
        A whole HTML document.

    Raises
    ------
    CourseFault
        If fewer than five people have marks.
    """
    spread = analysis.distribution(marks).iloc[0]
    n = int(spread["n"])
    if n < FEWEST:
        raise CourseFault("fewer than five people have marks: nothing about them can be shared")
    titles, about = feedback.titles_of(course), feedback.known_of(course)
    found = analysis.items_to_share(analysis.items(marks))
    made = analysis.mistakes_to_share(analysis.mistakes(marks))
    revise = analysis.revise_to_share(analysis.to_revise(marks))
    rounded = suppress([n], "under5")["shown"].iloc[0]
    people = f"About {rounded} people with marks."
    lines = [people]
    if n >= _QUARTERS:
        lines.append(
            f"Half of the class have about {_five(spread['median'])} of the points or more; the "
            f"middle half have between {_five(spread['lower_quarter'])} and "
            f"{_five(spread['upper_quarter'])}."
        )
    table = found.rename_axis(None).rename(
        columns={
            "people": "People",
            "full_marks": "Full marks",
            "left_out": "Left out",
            "lost": "Not run or read",
            "difficulty": "Difficulty",
            "tells_apart": "Goes with the rest",
        }
    )
    table.insert(0, "Question", [titles.get(name, name) for name in found.index])
    taught = [
        f"{inline(titles.get(str(name), str(name)))}: {place(about.again[str(name)])}"
        for name in dict.fromkeys(made["question"])
        if name in about.again
    ]
    told = pd.DataFrame(
        {
            "Mistake": made["mistake"],
            "Question": [titles.get(name, name) for name in made["question"]],
            "People": made["people"],
            "Share": made["share"],
            "What they read": made["said"],
        }
    )
    parts = [
        '<aside class="about"><p><strong>Without names.</strong> Counts of 1 to 4 people are '
        "hidden (*), others are rounded to the nearest 5, and shares are made from rounded "
        "counts.</p></aside>",
        _section("glance", "At a glance", _list(lines), box=True),
        _section("revise", "Questions to revise", _revise_shared(revise, titles)),
        _section(
            "class",
            "The class",
            show.html_figure(
                class_charts.totals(
                    analysis.histogram_to_share(analysis.histogram(marks)), people, to_share=True
                )
            ),
        ),
        _section(
            "questions",
            "The questions",
            show.html_figure(class_charts.full_marks(found, titles, people))
            + _table(table, "What came of each question"),
        ),
        _section(
            "mistakes",
            "Mistakes made by five people or more",
            (_table(told, "Mistakes") if len(told) else "<p>None.</p>")
            + (f"<h3>Where to read again</h3>{_list(taught, html=True)}" if taught else ""),
        ),
        _section("second", "Second marking", _moderation(course, names=False)),
    ]
    return _document(course, "".join(parts), "The class, without names", "to share")


def _revise_shared(revise: pd.DataFrame, titles: Mapping[str, str]) -> str:
    if revise.empty:
        return "<p>None stands out.</p>"
    lines = [
        f"{inline(titles.get(row['question'], row['question']))}: {escape(row['reason'])}"
        for _, row in revise.iterrows()
    ]
    return _list(lines, html=True)


def _five(share: float) -> str:
    """Write a share to the nearest five per cent: no one person's mark can be read from it."""
    return f"{5 * math.floor(20 * share + 0.5)}%"


# -- the notebook --------------------------------------------------------------------------------


def notebook(course: Course) -> dict[str, Any]:
    """Return a notebook in which an instructor goes on from the report.

    Parameters
    ----------
    course : Course
        The course, with an exercise in view.

    Returns
    -------
    dict
        nbformat 4 JSON without outputs, so that it has no name in it until it is run.
    """
    import nbformat

    texts = [
        f"# The class: {course.exercise}\n\nFor the instructor: once it has been run it has names "
        "in it, so keep it where marks are kept.",
        "from eeic import show\n"
        "from eeic.grading import Course, analysis, class_charts, feedback, report\n\n"
        f"course = Course({str(course.root)!r}, {course.exercise!r})\n"
        "marks, titles = report.gather(course), feedback.titles_of(course)",
        "## The class",
        "analysis.distribution(marks).round(2)",
        'show.figure(class_charts.totals(analysis.histogram(marks), "People with marks."))',
        "analysis.reliability(marks).round(2)",
        "## The questions",
        "analysis.items(marks).round(2)",
        'show.figure(class_charts.outcomes(analysis.items(marks), titles, "People with marks."))',
        'show.figure(class_charts.telling_apart(analysis.items(marks), titles, "People with '
        'marks."))',
        "analysis.mistakes(marks).round(2)",
        "analysis.to_revise(marks)",
        "## Who may be glad of a word: for your eyes only",
        "analysis.need_a_word(marks)",
        "## Go on\n\n`analysis.shares(marks)` has a row for each person and a column for each "
        "question. What may leave your desk is made by the functions whose names end in "
        "`to_share`.",
        "analysis.items_to_share(analysis.items(marks))",
    ]
    cells = [
        nbformat.v4.new_markdown_cell(text, id=f"text-{at}")
        if text.startswith("#")
        else nbformat.v4.new_code_cell(text, id=f"code-{at}")
        for at, text in enumerate(texts)
    ]
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata["kernelspec"] = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    nbformat.validate(made)
    return dict(made)


# -- pieces --------------------------------------------------------------------------------------


def _document(course: Course, body: str, heading: str, kind: str) -> str:
    now = f"{datetime.now(UTC):%d %B %Y, %H:%M} UTC"
    title = feedback.title_of(course.notebook)
    foot = f"As the gradebook was on {now}."
    if kind == "report":
        foot += " Keep it where marks are kept."
    return document(
        f"{heading}: {title}",
        heading,
        title,
        body,
        footer=foot,
        style=show.css() + _STYLE,
        made_by=MADE_BY,
    )


def _section(name: str, title: str, body: str, *, box: bool = False) -> str:
    look = "next" if box else "part"
    return (
        f'<section class="{look}" aria-labelledby="{name}"><h2 id="{name}">{escape(title)}</h2>'
        f"{body}</section>"
    )


def _table(data: pd.DataFrame, caption: str) -> str:
    return (
        f'<div class="eeic-table"><div class="eeic-scroll" tabindex="0" role="region" '
        f'aria-label="Table: {escape(caption)}">{show.html_table(data, caption)}</div></div>'
    )


def _list(lines: list[str], *, html: bool = False) -> str:
    return f"<ul>{''.join(f'<li>{line if html else escape(line)}</li>' for line in lines)}</ul>"


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"


def _signed(value: float | None, *, plus: bool = False) -> str:
    if value is None or value != value:
        return "–"
    value = round(value, 2) + 0.0  # no minus before a nought
    return f"{value:{'+' if plus and value else ''}.2f}".replace("-", "−")


def _interval(row: pd.Series) -> str:
    if math.isnan(row["discrimination"]):
        return "–"
    return " ".join(
        (_signed(row["discrimination"]), f"({_signed(row['lower'])} to {_signed(row['upper'])})")
    )


_METHOD = """<details class="fold" id="method"><summary><strong>How the figures are made</strong>
</summary><ul>
<li>Shares are of the points that are marked so far. Marks that a person gave count as given.</li>
<li>The rest is always the share of the points on all other questions.</li>
<li>Discrimination is the correlation of a question with the rest, with Fisher’s 95% interval. In a
small class the interval is wide: read it before the dot.</li>
<li>Upper less lower 27%: the mean share among those who did best on the rest, less that among
those who did least well. It needs ten people.</li>
<li>Alpha is Cronbach’s, with Feldt’s 95% interval.</li>
<li>A question is listed for revision if less than 25% or more than 95% of its points were earned,
if discrimination is under 0.1, if more than 30% made one mistake, or if more than 10% ran out of
time or gave something that could not be read. These borders are the course’s own.</li>
<li>A fall is a quarter of the points or more against the middle of the class.</li>
</ul></details>"""

_STYLE = """
.part { border-top: 1px solid var(--eeic-rule); margin-top: 2.4rem; padding-top: 1.5rem; }
.part > p, .part > ul, .part > ol { max-width: var(--eeic-measure); }
.part li + li { margin-top: 0.45rem; }
.eeic-figure figcaption { max-width: none; }
.eeic-table { margin: 0.6rem 0 1.2rem; }
[aria-labelledby="word"] tbody th { white-space: nowrap; }
[aria-labelledby="alike"] tbody th { min-width: 11rem; }
.fold { border-bottom: 1px solid var(--eeic-rule); padding: 0.15rem 0; }
.fold > summary {
  cursor: pointer;
  padding: 0.45rem 0;
}
.fold > summary span { color: var(--eeic-muted); margin-left: 0.6rem; white-space: nowrap; }
.fold > summary .flag { color: var(--eeic-notyet); font-weight: 700; }
.fold[open] { padding-bottom: 0.8rem; }
#method { margin-top: 2.4rem; }
:target { scroll-margin-top: 1rem; }
@media print {
  .fold::details-content { block-size: auto; content-visibility: visible; }
  .part { margin-top: 1.2rem; padding-top: 0.8rem; }
  .fold { break-inside: avoid; }
}
"""
