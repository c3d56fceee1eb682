"""Second marking: a blind sample of written answers, how far two markers agree, and what is agreed.

The first marker works in formgrader, with `anchors` open beside it. `draw` makes a folder for the
second marker, in which nobody has a name or a mark. `read` compares what comes back; `settle`
writes agreed marks as formgrader would. Who is behind which code, and every mark that was ever
given, stays in the exercise's history.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eeic.files import put_in_place
from eeic.grading import marking_sheet, moderation_pages, records, rubric
from eeic.grading.agreement import FEWEST, Agreement, Answer, compare
from eeic.grading.course import Course, CourseFault
from eeic.grading.document import is_made_by
from eeic.grading.marking_sheet import POINTS, TOP
from eeic.grading.rubric import Rubric

__all__ = [
    "FOLDER",
    "anchors",
    "draw",
    "kept",
    "read",
    "sample",
    "settle",
]

FOLDER = "moderation"
#: The level that every criterion has at the pass line ("meets"), of 3.
_MEETS = 2


# -- the sample ----------------------------------------------------------------------------------


def sample(
    answers: Sequence[Answer],
    most: Mapping[str, float],
    *,
    share: float = 0.1,
    seed: int = 0,
    line: Mapping[str, float] | None = None,
) -> list[Answer]:
    """Draw the answers that a second person marks.

    Parameters
    ----------
    answers : sequence of Answer
        All that have a first mark.
    most : mapping
        What each item can earn.
    share : float
        The part of the answers to draw at least, above 0 and up to 1.
    seed : int
        The same seed draws the same; who is added later moves nobody else's place in the order.
    line : mapping, optional
        The points at the pass line of each item; by default two thirds of what can be earned.

    Returns
    -------
    list of Answer
        In the order of the draw, at least five or all: everybody at the pass line or up to one
        point below it, and of those above and below in turn, until there are enough; two of each
        at least, if there are so many.

    Raises
    ------
    CourseFault
        If the share is not above 0 and up to 1.

    Examples
    --------
    >>> work = [Answer(f"p{n}", "q", "…", float(n % 7)) for n in range(70)]
    >>> drawn = sample(work, {"q": 6.0})
    >>> len(drawn), sum(3 <= one.points <= 4 for one in drawn)
    (24, 20)
    """
    if not 0 < share <= 1:
        raise CourseFault(f"the share to mark again is above 0 and up to 1, not {share:g}")

    def order(one: Answer) -> bytes:
        return hashlib.blake2b(f"{seed}\0{one.learner}\0{one.item}".encode()).digest()

    lines = {item: points * _MEETS / TOP for item, points in most.items()} | dict(line or {})
    shuffled = sorted(answers, key=order)
    near = [a for a in shuffled if lines[a.item] - 1 <= a.points <= lines[a.item]]
    high = [a for a in shuffled if a.points > lines[a.item]]
    low = [a for a in shuffled if a.points < lines[a.item] - 1]
    wanted = max(FEWEST, math.ceil(share * len(answers)))
    drawn = near.copy()
    for at in range(max(len(high), len(low))):
        if at >= 2 and len(drawn) >= wanted:
            break
        drawn += [*high[at : at + 1], *low[at : at + 1]]
    return sorted(drawn, key=order)


def draw(course: Course, *, share: float = 0.1, seed: int | None = None) -> str:
    """Make the folder for the second marker; say what is in it.

    Before anything has a first mark, only the page of anchor answers is made.

    Parameters
    ----------
    course : Course
        The course, with an exercise in view.
    share : float
        As in `sample`.
    seed : int, optional
        Makes the sample and its codes again; by default one that nobody knows.

    Returns
    -------
    str
        What was made and what to do next.

    Raises
    ------
    CourseFault
        If the folder holds a sample already, or nobody has written anything.
    """
    folder = course.root / FOLDER / course.exercise
    if (folder / "sheet.csv").exists():
        raise CourseFault(
            f"{folder} holds a sample already: compare a filled sheet with --read FILE, or move "
            "the folder away to draw a new one"
        )
    beside = anchors(course)
    answers = _marked(course)
    if not answers:
        return (
            f"No written answer of {course.exercise} has a person's mark yet. While you mark, keep "
            f"{beside} open beside formgrader. Run this again afterwards, for the second marking."
        )
    seed = secrets.randbelow(10**9) if seed is None else seed
    sheet, most = _rubric(course), course.points
    chosen = sample(answers, most, share=share, seed=seed, line=_lines(answers, sheet, most))
    coded = dict(zip(_codes(len(chosen), seed), chosen, strict=True))
    _keep(
        course,
        {
            "seed": seed,
            "drawn": _now(),
            "criteria": _columns(sheet),
            "answers": {code: asdict(answer) for code, answer in coded.items()},
            "second": {},
            "settled": {},
        },
    )
    _write_folder(course, folder, coded, sheet)
    return (
        f"{len(chosen)} of {len(answers)} answers are in {folder} (seed {seed}).\nGive that folder "
        f"to the second marker, who opens start.html and fills in the sheet; then:\n"
        f"  eeic grade moderate {course.exercise} --read {folder / 'sheet.csv'}"
    )


def _marked(course: Course) -> list[Answer]:
    """Return every written answer that a person has marked."""
    sheet = _rubric(course)
    places = {course.place_of(name): name for name in _written(course)}
    with course.ledger() as ledger:
        held = ledger.read()
    comments: dict[tuple[str, str, str], str] = {}
    names: dict[str, list[str]] = {}
    with course.gradebook() as gradebook:
        for student in gradebook.students:
            full = f"{student.first_name or ''} {student.last_name or ''}".strip()
            names[student.id] = [name for name in (student.id, full, student.email) if name]
        for work in gradebook.assignment_submissions(course.exercise):
            for part in work.notebooks:
                for comment in part.comments:
                    said = comment.comment or ""
                    comments[work.student_id, part.name, comment.name] = said
    found = []
    for learner in course.learners():
        for place, name in places.items():
            score = held.get(learner, {}).get(place)
            if score is None or score.manual is None or score.waiting:
                continue
            said = comments.get((learner, *place), "")
            levels = rubric.levels_in(said, sheet) if sheet else {}
            text = _text(course, learner, place, names.get(learner, [learner]))
            found.append(Answer(learner, name, text, score.value, said, levels))
    return found


def _written(course: Course) -> list[str]:
    """Return the graded cells that a person marks, by name."""
    found = []
    for notebook, path in course.notebooks.items():
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            described = cell["metadata"].get("nbgrader", {})
            by_hand = described.get("solution") or described.get("task")
            if by_hand and (described.get("grade") or described.get("task")):
                found.append(course.name_of(notebook, described["grade_id"]))
    return found


def _text(course: Course, learner: str, place: tuple[str, str], names: Sequence[str]) -> str:
    """Return what somebody wrote, without their names as the course knows them."""
    path = course.autograded(learner) / f"{place[0]}.ipynb"
    known = "|".join(re.escape(name) for name in names)
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == place[1]:
            source = "".join(cell["source"])
            return re.sub(rf"\b(?:{known})\b", "[name]", source, flags=re.IGNORECASE)
    return ""


def _rubric(course: Course) -> Rubric | None:
    path = rubric.sheet(course.root / "marking", course.exercise)
    return rubric.read(path) if path else None


def _lines(
    answers: Sequence[Answer], sheet: Rubric | None, most: Mapping[str, float]
) -> dict[str, float]:
    """Return the points of an answer that meets every criterion, by item."""
    if sheet is None:
        return {}
    line = float(_MEETS * len(sheet.criteria))
    return {answer.item: min(line, most[answer.item]) for answer in answers}


def _columns(sheet: Rubric | None) -> list[str]:
    return [criterion.name for criterion in sheet.criteria] if sheet else []


def _codes(number: int, seed: int) -> list[str]:
    """Return codes that are easy to tell apart when read aloud, and say nothing."""
    chance = random.Random(f"codes {seed}")
    found: dict[str, None] = {}
    while len(found) < number:
        letters = "".join(chance.choices("ABCDEFGHJKMNPRSTUVWXYZ", k=2))
        found[f"{letters}{chance.randrange(10, 100)}"] = None
    return list(found)


# -- the folder ----------------------------------------------------------------------------------


def anchors(course: Course) -> Path:
    """Write the page that a marker keeps open beside formgrader; return it.

    Parameters
    ----------
    course : Course
        The course, with an exercise in view.

    Returns
    -------
    Path
        ``moderation/EXERCISE/anchors.html``: the question, the rubric, the anchor answers with
        their levels, and the near-misses with how to begin a comment.

    Raises
    ------
    CourseFault
        If nothing in the exercise is marked by a person.
    """
    written = _written(course)
    if not written:
        raise CourseFault(f"nothing in {course.exercise} is marked by a person")
    path = course.root / FOLDER / course.exercise / "anchors.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    put_in_place(path, moderation_pages.anchors(course, _rubric(course), written).encode())
    return path


def _write_folder(
    course: Course, folder: Path, coded: Mapping[str, Answer], sheet: Rubric | None
) -> None:
    """Write the answers, the page to start from and, last, the sheet."""
    order, columns = list(coded), _columns(sheet)
    for left in folder.glob("*.html"):  # by a run that was stopped before it wrote the sheet
        if left.name != "anchors.html" and is_made_by(left, moderation_pages.MADE_BY):
            left.unlink()
    for code, answer in coded.items():
        text = moderation_pages.answer(
            course, sheet, code, answer.text, answer.item, _figures(course, answer), order
        )
        put_in_place(folder / f"{code}.html", text.encode())
    start = moderation_pages.start(course, columns, order)
    put_in_place(folder / "start.html", start.encode())
    several = ["question"] if len({answer.item for answer in coded.values()}) > 1 else []
    head = ["code", *several, *(columns or [POINTS]), "comment"]
    rows = [{"code": code, "question": answer.item} for code, answer in coded.items()]
    marking_sheet.write(folder / "sheet.csv", head, rows, columns)


def _figures(course: Course, answer: Answer) -> dict[str, float]:
    """Return the numbers that the same person gave in other questions."""
    record = records.read(records.place(course.root, course.exercise, answer.learner))
    return {
        name: note.answer
        for name, note in (record.items.items() if record else ())
        if type(note.answer) in (int, float)
    }


# -- the comparison ------------------------------------------------------------------------------


def read(course: Course, path: Path) -> Agreement:
    """Compare a filled sheet with the first marks, and write what is to be settled.

    Parameters
    ----------
    course : Course
        The course, with an exercise in view.
    path : Path
        The sheet, CSV or xlsx.

    Returns
    -------
    Agreement
        It is kept for the report too. ``moderation/EXERCISE/settle.csv`` lists the pairs that
        differ, with both marks, for the two markers to fill in what they agree on.

    Raises
    ------
    CourseFault
        If there is no sample, the file is not its sheet, or a cell of it is no mark: every one
        is named, and nothing is changed.
    """
    held = _held(course)
    second = _marks(course, held, Path(path))
    if not second:
        raise CourseFault(f"{Path(path).name} has no mark in it yet")
    first = {code: Answer(**answer) for code, answer in held["answers"].items()}
    found = compare(first, second, held["criteria"], course.points)
    _keep(course, {**held, "second": second, "read": _now(), "found": _plain(found)})
    _write_to_settle(course, first, second, held["criteria"])
    return found


# -- what is agreed ------------------------------------------------------------------------------


def settle(course: Course, path: Path) -> str:
    """Write the marks that two markers agreed on into the gradebook.

    Parameters
    ----------
    course : Course
        The course, with an exercise in view.
    path : Path
        ``settle.csv`` with the agreed columns filled in; rows left empty stay as they are.

    Returns
    -------
    str
        What was written.

    Raises
    ------
    CourseFault
        If a cell is no mark, a mark is more than can be earned, or one was changed in formgrader
        since the sample was drawn: every such row is named, and nothing is written.
    """
    held = _held(course)
    wanted = _marks(course, held, Path(path))
    done = held["settled"]
    wanted = {
        code: marks
        for code, marks in wanted.items()
        if not (
            code in done
            and all(
                done[code]["agreed"][key] == marks[key] for key in ("points", "levels", "comment")
            )
            and done[code]["written"]
        )
    }
    if not wanted:
        return "Nothing new is filled in: no mark was changed."
    now = {(answer.learner, answer.item): answer for answer in _marked(course)}
    moved = []
    for code in wanted:
        answer = Answer(**held["answers"][code])
        current = now.get((answer.learner, answer.item))
        before = {answer.points}
        if code in done:
            before.add(done[code]["agreed"]["points"])
        if current is None or current.points not in before:
            moved.append(f"{code}: the mark in the gradebook is no longer {answer.points:g}")
    over = [
        f"{code}: {marks['points']:g} points, and {most:g} points can be earned"
        for code, marks in wanted.items()
        if marks["points"] > (most := course.points[held["answers"][code]["item"]])
    ]
    if over:
        raise CourseFault("Nothing was written:\n  " + "\n  ".join(over))
    if moved:
        raise CourseFault(
            "Marks were changed since the sample was drawn, so nothing was written:\n  "
            + "\n  ".join(moved)
        )
    # Both marks are in the history before the gradebook has only one.
    for code, marks in wanted.items():
        earlier = done.get(code, {}).get("earlier", [])
        if code in done:
            earlier = [*earlier, done[code]["agreed"]]
        answer = held["answers"][code]
        done[code] = {
            "agreed": marks,
            "first": {key: answer[key] for key in ("points", "levels", "comment")},
            "second": held["second"].get(code),
            "earlier": earlier,
            "at": _now(),
            "written": False,
        }
    _keep(course, held)
    for code, marks in wanted.items():
        answer = Answer(**held["answers"][code])
        said = _comment(marks, answer, held["criteria"])
        course.give_points(answer.learner, answer.item, marks["points"], said)
        done[code]["written"] = True
    _keep(course, held)
    return (
        f"{len(wanted)} agreed marks are in the gradebook; both marks before them are kept. "
        f"Make the pages again with: eeic grade feedback {course.exercise}"
    )


def _marks(course: Course, held: Mapping[str, Any], path: Path) -> dict[str, dict[str, Any]]:
    """Return the marks in a sheet of this sample."""
    most = {code: course.points[answer["item"]] for code, answer in held["answers"].items()}
    return marking_sheet.marks_in(marking_sheet.read(path), held["criteria"], most, path.name)


def _write_to_settle(
    course: Course,
    first: Mapping[str, Answer],
    second: Mapping[str, Mapping[str, Any]],
    criteria: Sequence[str],
) -> None:
    """Write the pairs that differ, to be filled in; a sheet that was begun is kept aside."""
    path = course.root / FOLDER / course.exercise / "settle.csv"
    columns = list(criteria) or [POINTS]
    shown = [f"{who}: {name}" for name in columns for who in ("first", "second")]
    rows = []
    for code, answer in first.items():
        marks = second.get(code)
        if marks is None:
            continue
        levels = answer.levels if criteria else {POINTS: answer.points}
        given = marks["levels"] if criteria else {POINTS: marks["points"]}
        if levels == given and answer.points == marks["points"]:
            continue
        row: dict[str, Any] = {"code": code}
        for name in columns:
            row |= {f"first: {name}": levels.get(name, ""), f"second: {name}": given[name]}
        rows.append(row | {"first points": answer.points, "second points": marks["points"]})
    extra = ["first points", "second points"] if criteria else []
    head = ["code", *shown, *extra, *columns, "comment"]
    for old in (path, path.with_suffix(".xlsx")):
        if old.exists():
            stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
            old.replace(old.with_name(f"settle-{stamp}{old.suffix}"))
    path.parent.mkdir(parents=True, exist_ok=True)
    marking_sheet.write(path, head, rows, criteria)


def _comment(marks: Mapping[str, Any], answer: Answer, criteria: Sequence[str]) -> str:
    """Return the comment of an agreed mark: its levels first, then what a marker wrote."""
    rest = marks["comment"] or _without_levels(answer.comment, criteria)
    if not criteria:
        return rest
    names = [name if at == 0 else name.lower() for at, name in enumerate(criteria)]
    levels = (marks["levels"][name] for name in criteria)
    said = ", ".join(f"{name} {level}" for name, level in zip(names, levels, strict=True))
    return f"{said}. {rest}".strip()


def _without_levels(comment: str, criteria: Sequence[str]) -> str:
    """Return a comment without the levels that it begins with."""
    named = "|".join(re.escape(name) for name in criteria)
    if not named:
        return comment
    pattern = rf"^(?:\W*(?:and )?(?:{named})\W{{0,3}}[0-3]\b)+\W*"
    return re.sub(pattern, "", comment, flags=re.IGNORECASE)


# -- what is kept --------------------------------------------------------------------------------


def kept(course: Course) -> dict[str, Any] | None:
    """Return the last comparison, as the report shows it; None if there is none.

    Parameters
    ----------
    course : Course
        The course, with an exercise in view.

    Returns
    -------
    dict or None
        pairs, advice, odd, table and apart (lists of rows), sampled and settled (numbers).
    """
    path = _path(course)
    if not path.is_file():
        return None
    held = json.loads(path.read_text(encoding="utf-8"))
    settled = sum(one["written"] for one in held["settled"].values())
    sizes = {"sampled": len(held["answers"]), "settled": settled}
    return {**held["found"], **sizes} if "found" in held else None


def _plain(found: Agreement) -> dict[str, Any]:
    return {
        "pairs": found.pairs,
        "advice": found.advice,
        "odd": found.odd,
        "table": json.loads(found.table.to_json(orient="records")),
        "apart": json.loads(found.apart.to_json(orient="records")),
    }


def _path(course: Course) -> Path:
    return records.history(course.root, course.exercise) / "moderation.json"


def _held(course: Course) -> dict[str, Any]:
    path = _path(course)
    if not path.is_file():
        raise CourseFault(
            f"no sample of {course.exercise} was drawn: run `eeic grade moderate "
            f"{course.exercise}` first"
        )
    return dict(json.loads(path.read_text(encoding="utf-8")))


def _keep(course: Course, held: Mapping[str, Any]) -> None:
    """Keep what is known of a sample; an earlier sample's is kept beside it."""
    path = _path(course)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file():
        before = json.loads(path.read_text(encoding="utf-8"))
        if before["drawn"] != held["drawn"]:
            path.replace(
                path.with_name(f"moderation.{re.sub(r'[^0-9]', '', before['drawn'])}.json")
            )
    put_in_place(path, (json.dumps(held, indent=1, ensure_ascii=False) + "\n").encode())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
