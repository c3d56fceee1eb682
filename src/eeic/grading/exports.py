"""Marks for other programs: tables, spreadsheets and what learning platforms read.

Points and totals are nbgrader's own, out of its gradebook: a person's mark before the machine's,
extra credit added, the penalty on late work taken off. A mark that is still to be given is left
empty, and how many there are is said.

The formats, and where they are described:

- Moodle: https://docs.moodle.org/en/Grade_import. A column that says who, then a column a grade
  item, "-" for no grade. Moodle gives up at the first row whose person it does not know, so only
  people with an entry in the class list are in the file.
- Canvas: "How do I import grades in the Gradebook?" in Canvas's Instructor Guide. Columns
  Student, ID, SIS User ID, SIS Login ID, Section; a row "Points Possible" under the headings.
- SCORM 1.2: "The SCORM Run-Time Environment", Advanced Distributed Learning, October 2001,
  section 3.4. Scores from 0 to 100; a result is a word or a number; a response has up to 255 signs.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eeic.files import put_in_place
from eeic.grading import records
from eeic.grading.autograde import received_of
from eeic.grading.course import Course, CourseFault, Row
from eeic.grading.records import ItemRecord
from eeic.grading.roster import Member, Roster

#: Per cent from which an exercise counts as passed on a learning platform.
PASS = 70.0
#: What a spreadsheet takes for the beginning of a formula, in both widths.
_FORMULA = tuple("=+-@\t\r＝＋－＠")


@dataclass(frozen=True)
class Mark:
    """One learner's marks as they leave the course.

    Parameters
    ----------
    row : Row
        Points by item, state and notes.
    penalty : float
        What is taken off for lateness.
    total : float
        What nbgrader makes of it all, so far.
    member : Member or None
        Who that is to a learning platform.
    """

    row: Row
    penalty: float
    total: float
    member: Member | None

    @property
    def learner(self) -> str:
        """Whose."""
        return self.row.learner

    @property
    def final(self) -> float | None:
        """The total, or None while any part of it is still to be marked."""
        open_still = self.row.status == "failed" or None in self.row.points.values()
        return None if open_still else self.total


@dataclass
class Exported:
    """What was written, and what the instructor should know about it.

    Parameters
    ----------
    path : Path
        The file.
    said : list of str
        What is not in it, or not yet: a sentence each.
    """

    path: Path
    said: list[str] = field(default_factory=list)


def export(course: Course, to: Path, format: str = "", roster: Roster | None = None) -> Exported:
    """Write the marks of an exercise to a file.

    Parameters
    ----------
    course : Course
        The course, with the exercise in view.
    to : Path
        The file; it must not be there yet.
    format : str
        One of `FORMATS`; by default what the file's name says (``.xlsx``, ``.json`` for SCORM),
        else "csv".
    roster : Roster, optional
        The class list. Without one, a learner's folder name stands as their ID number in Moodle's
        file and as their SIS login in Canvas's.

    Returns
    -------
    Exported

    Raises
    ------
    CourseFault
        If the file is already there, or there is no such format.
    """
    format = format or {".xlsx": "xlsx", ".json": "scorm"}.get(to.suffix.lower(), "csv")
    if format not in FORMATS:
        raise CourseFault(f"there is no format “{format}”; it is one of {', '.join(FORMATS)}")
    if to.exists():
        raise CourseFault(f"{to} is already there; give another name, or move it away")
    book = _Book(course, marks(course, roster), roster)
    data = FORMATS[format](book)
    to.parent.mkdir(parents=True, exist_ok=True)
    put_in_place(to, data)
    on_platform = format in ("moodle", "canvas")
    book.say_who_is_missing(on_platform)
    book.say_who_handed_in_again()
    book.say_what_is_open(on_platform)
    return Exported(to, book.said)


def marks(course: Course, roster: Roster | None = None) -> list[Mark]:
    """Return everybody's marks as the gradebook has them now, in order of the learners' names."""
    rows = course.rows()
    with course.gradebook() as gradebook:
        held = {
            work.student_id: (work.score, work.late_submission_penalty or 0.0)
            for work in gradebook.assignment_submissions(course.exercise)
        }
    found = []
    for row in rows:
        score, penalty = held.get(row.learner, (0.0, 0.0))
        total = max(0.0, score - penalty) if row.points else 0.0  # as nbgrader's own export does
        member = roster.get(row.learner) if roster else None
        found.append(Mark(row, _rounded(penalty), _rounded(total), member))
    return found


class _Book:
    """The marks of an exercise on their way into a file."""

    def __init__(self, course: Course, marks: list[Mark], roster: Roster | None) -> None:
        self.course, self.marks, self.roster = course, marks, roster
        self.points = course.points
        self.most = sum(self.points.values())
        self.said: list[str] = []

    # -- what is said ----------------------------------------------------------------------

    def say_who_is_missing(self, on_platform: bool) -> None:
        """Say who is in the marks and not in the class list, and the other way round."""
        if self.roster is None:
            return
        if unknown := [mark.learner for mark in self.marks if mark.member is None]:
            self.said.append(
                f"{_people(unknown)} not in the class list{' nor in the file' * on_platform}: "
                f"{', '.join(unknown)}. Add a row for each and export again."
            )
        here = {mark.learner for mark in self.marks}
        if absent := [m.learner for m in self.roster.members if m.learner not in here]:
            self.said.append(
                f"{_people(absent)} in the class list and handed in nothing: {', '.join(absent)}."
            )

    def say_who_handed_in_again(self) -> None:
        """Say whose marks are those of an earlier submission."""
        held = {
            r.learner: r.received for r in records.every(self.course.root, self.course.exercise)
        }
        again = [
            mark.learner
            for mark in self.marks
            if mark.row.points
            and held.get(mark.learner)
            and held[mark.learner] != received_of(self.course.submitted(mark.learner), self.course)
        ]
        if again:
            self.said.append(
                f"{_people(again)} here with earlier marks and handed in again since: "
                f"{', '.join(again)}. Run `eeic grade autograde` first."
            )

    def say_what_is_open(self, on_platform: bool) -> None:
        """Say how many marks are not there yet."""
        number = sum(p is None for mark in self.marks for p in mark.row.points.values())
        people = [mark.learner for mark in self.marks if None in mark.row.points.values()]
        if number:
            self.said.append(
                f"{number} {'mark is' if number == 1 else 'marks are'} still to be given by a "
                f"person and left empty, of {len(people)} of {len(self.marks)} learners."
            )
        if failed := [mark.learner for mark in self.marks if not mark.row.points]:
            self.said.append(
                f"{_people(failed)} not marked: {', '.join(failed)}. Their marks are empty."
            )
        if on_platform and (number or failed):
            self.said.append(
                "On the platform an empty mark replaces one that is there: import again when all "
                "are marked, or look at the platform's preview."
            )

    def known(self, fields: Sequence[str], what: str) -> list[tuple[Mark, Member]]:
        """Return whom a platform can know by one of some fields; say who is left out."""
        if self.roster is None:
            self.said.append(
                f"Without a class list, learners' names here stand as {what}; if the platform "
                "knows them by others, give one with --roster."
            )
            return [
                (m, Member(m.learner, m.learner, id_number=m.learner, login=m.learner))
                for m in self.marks
            ]
        found = [(m, m.member) for m in self.marks if m.member is not None]
        kept = [pair for pair in found if any(getattr(pair[1], name) for name in fields)]
        if lost := [mark.learner for mark, member in found if (mark, member) not in kept]:
            self.said.append(
                f"{_people(lost)} without {what} in the class list, and not in the file: "
                f"{', '.join(lost)}."
            )
        return kept

    # -- tables ----------------------------------------------------------------------------

    def table(self) -> tuple[list[str], list[list[Any]]]:
        """Return headings and lines of the plain table: a line a learner, a column an item."""
        names = list(self.points)
        who = ["name", "email", "id_number", "section"] if self.roster else []
        headings = ["learner", *who, "exercise", *names, "late_penalty", "total", "out_of"]
        lines = [
            [
                mark.learner,
                *(getattr(mark.member, name, "") for name in who),
                self.course.exercise,
                *(mark.row.points.get(name) for name in names),
                mark.penalty if mark.row.points else None,
                mark.total if mark.row.points else None,
                self.most,
                mark.row.status,
                " ".join(mark.row.notes),
            ]
            for mark in self.marks
        ]
        return [*headings, "status", "notes"], lines

    def questions(self) -> tuple[list[str], list[list[Any]]]:
        """Return a line an item: how it went."""
        found = {r.learner: r.items for r in records.every(self.course.root, self.course.exercise)}
        lines = []
        for name, most in self.points.items():
            given = [mark.row.points[name] for mark in self.marks if name in mark.row.points]
            earned = [points for points in given if points is not None]
            mistakes = Counter(
                items[name].misconception
                for items in found.values()
                if name in items and items[name].misconception
            )
            (mistake, times) = next(iter(mistakes.most_common(1)), ("", None))
            lines.append(
                [
                    name,
                    most,
                    len(earned),
                    len(given) - len(earned),
                    _rounded(sum(earned) / len(earned)) if earned else None,
                    sum(points >= most for points in earned),
                    sum(points <= 0 for points in earned),
                    mistake,
                    times,
                ]
            )
        headings = ["question", "out_of", "marked", "to_mark", "mean", "full_marks", "no_points"]
        return [*headings, "most_frequent_mistake", "learners_with_it"], lines


# -- the formats ---------------------------------------------------------------------------------


def _csv(book: _Book) -> bytes:
    headings, lines = book.table()
    return _as_csv([headings, *lines])


def _moodle(book: _Book) -> bytes:
    """Moodle asks by which one column it should know people: the one that most can be known by."""
    headings = {"id_number": "ID number", "email": "Email address", "login": "Username"}
    members = [mark.member for mark in book.marks if mark.member is not None]
    key = max(headings, key=lambda name: sum(bool(getattr(m, name)) for m in members))
    known = book.known([key], headings[key])
    lines: list[list[Any]] = [[headings[key], book.course.exercise, *book.points]]
    for mark, member in known:
        points = [mark.final, *(mark.row.points.get(name) for name in book.points)]
        marks = [_NONE if p is None else p for p in points]
        lines.append([getattr(member, key), *marks])
    book.said.append(
        f"In Moodle, map {headings[key]} to the person and {book.course.exercise} to the grade "
        "item; leave the single questions at “Ignore” unless you want a grade item for each."
    )
    return _as_csv(lines)


def _canvas(book: _Book) -> bytes:
    known = book.known(["canvas_id", "id_number", "login", "name"], "SIS logins")
    headings = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", book.course.exercise]
    lines: list[list[Any]] = [headings, ["    Points Possible", "", "", "", "", book.most]]
    for mark, who in known:
        id_number = who.id_number if book.roster else ""
        name = who.name or mark.learner
        lines.append([name, who.canvas_id, id_number, who.login, who.section, mark.final])
    return _as_csv(lines)


def _scorm(book: _Book) -> bytes:
    held = {r.learner: r for r in records.every(book.course.root, book.course.exercise)}
    learners = []
    for mark in book.marks:
        score = None if mark.final is None else round(100 * mark.final / book.most, 2)
        passed = score is not None and score >= PASS
        items = held[mark.learner].items if mark.learner in held else {}
        learners.append(
            {
                "learner": mark.learner,
                "cmi.core.student_id": (mark.member and mark.member.id_number) or mark.learner,
                "cmi.core.student_name": (mark.member and mark.member.name) or "",
                "cmi.core.score.raw": "" if score is None else min(score, 100),
                "cmi.core.score.min": 0,
                "cmi.core.score.max": 100,
                "cmi.core.lesson_status": "passed" if passed else "incomplete",
                "cmi.interactions": [
                    _interaction(name, mark.row.points[name], most, items.get(name))
                    for name, most in book.points.items()
                    if name in mark.row.points
                ],
            }
        )
    whole = {
        "scorm": "1.2",
        "exercise": book.course.exercise,
        "out_of": book.most,
        "pass_from": PASS,
        "learners": learners,
    }
    return (json.dumps(whole, indent=1, ensure_ascii=False) + "\n").encode()


def _interaction(
    name: str, points: float | None, most: float, item: ItemRecord | None
) -> dict[str, Any]:
    """Return one question as SCORM's data model has it."""
    answer = item.answer if item else None
    number = isinstance(answer, int | float) and not isinstance(answer, bool)
    share = None if points is None or not most else round(min(max(points / most, 0), 1), 2)
    words = {None: "neutral", 0.0: "wrong", 1.0: "correct"}
    return {
        "id": re.sub(r"[^\w.-]", "_", name)[:255],
        "type": "numeric" if number else "fill-in",
        "student_response": _response(answer),
        "result": words[share] if share in words else str(share),
        "weighting": most,
    }


def _response(answer: Any) -> str:
    """Return an answer in up to 255 signs; a longer one is the learner's text and stays here."""
    if answer is None or answer == "":
        return ""
    text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
    return text if len(text) <= 255 else ""


def _xlsx(book: _Book) -> bytes:
    import xlsxwriter

    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as workbook:
        workbook.set_properties({"title": f"Marks of {book.course.exercise}"})
        bold = workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
        headings, lines = book.table()
        at = headings.index("notes")
        notes: list[list[Any]] = [[m.learner, note] for m in book.marks for note in m.row.notes]
        about = f"Written {datetime.now(UTC):%Y-%m-%d %H:%M} UTC from nbgrader's gradebook."
        for name, head, body in [
            ("Marks", headings[:at], [line[:at] for line in lines]),
            ("Questions", *book.questions()),
            ("Notes", ["learner", "note"], [*notes, ["", about]]),
        ]:
            sheet = workbook.add_worksheet(name)
            sheet.freeze_panes(1, 1)
            for column, heading in enumerate(head):
                sheet.write_string(0, column, heading, bold)
                texts = [str(line[column]) for line in body if line[column] is not None]
                longest = max(map(len, [heading, *texts]))
                sheet.set_column(column, column, min(max(longest + 2, 8), 70))
            for row, line in enumerate(body, start=1):
                for column, value in enumerate(line):
                    if isinstance(value, str):  # never as a formula or a link
                        sheet.write_string(row, column, value, wrapped)
                    elif value is not None:
                        sheet.write_number(row, column, value)
            sheet.autofilter(0, 0, max(len(body), 1), len(head) - 1)
    return data.getvalue()


FORMATS: dict[str, Callable[[_Book], bytes]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "moodle": _moodle,
    "canvas": _canvas,
    "scorm": _scorm,
}


class _Sign(str):
    """A text that a format prescribes."""


_NONE = _Sign("-")


def _as_csv(lines: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[_safe(value) for value in line] for line in lines])
    return text.getvalue().encode()


def _safe(value: Any) -> Any:
    """Return a value that a spreadsheet shows and does not work out."""
    if isinstance(value, _Sign) or not isinstance(value, str):
        return value
    begins = value.startswith(_FORMULA) or value.lstrip().startswith(_FORMULA)
    return f"'{value}" if begins else value


def _rounded(value: float) -> float:
    return round(value, 4)


def _people(names: Sequence[str]) -> str:
    return f"{len(names)} {'learner is' if len(names) == 1 else 'learners are'}"
