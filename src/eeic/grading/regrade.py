"""Marking a class again after the marking was mended, a question changed, or points given to all.

The answers are in the records, so that most changes need no notebook run again. Who changes by how
much is shown before anything is written; marks that a person gave stay.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from eeic.files import put_in_place
from eeic.grading import judging, records
from eeic.grading.autograde import Grader, Marked, Prepared, grader, received_of
from eeic.grading.course import Course, CourseFault
from eeic.grading.handed_in import Cell, cell_name
from eeic.grading.ledger import Place, Score
from eeic.grading.marks import grade_id
from eeic.grading.records import ItemRecord, Record


@dataclass(frozen=True)
class Change:
    """One mark that becomes another.

    Parameters
    ----------
    learner, item : str
        Whose, and of which graded cell.
    before, after : float or None
        The machine's points; None where a person has to mark.
    manual : float or None
        The mark that a person gave, which stays.
    """

    learner: str
    item: str
    before: float | None
    after: float | None
    manual: float | None = None

    def __str__(self) -> str:
        points = " becomes ".join(
            "to be marked by a person" if p is None else f"{p:g}" for p in (self.before, self.after)
        )
        stays = (
            f" (the {self.manual:g} that a person gave stays)" if self.manual is not None else ""
        )
        return f"{self.learner}, {self.item}: {points}{stays}"


@dataclass
class Regrade:
    """What marking again changes.

    Parameters
    ----------
    changes : list of Change
        Every mark that becomes another.
    looked_at : int
        Learners whose work was looked at.
    written : bool
        Whether the changes are in the gradebook now.
    """

    changes: list[Change] = field(default_factory=list)
    looked_at: int = 0
    written: bool = False

    def __str__(self) -> str:
        learners = len({change.learner for change in self.changes})
        counted = f"{len(self.changes)} marks of {learners} of {self.looked_at} learners"
        told = "are changed" if self.written else "would change; add --yes to write this"
        return "\n".join([*map(str, self.changes), f"{counted} {told}."])


def regrade(
    course: Course,
    *,
    items: Sequence[str] = (),
    award: Sequence[str] = (),
    why: str = "",
    full: bool = False,
    write: bool = False,
    workers: int | None = None,
    scheduler: str | None = None,
    caged: bool = True,
) -> Regrade:
    """Mark everybody's work again, and say what changes.

    Parameters
    ----------
    course : Course
        The course, with an exercise in view that was marked.
    items : sequence of str
        Questions such as "ex04.q3", or grade ids; by default all.
    award : sequence of str
        Questions whose points are given to all, from now on.
    why : str
        The reason: learners read it with the points that are given to all, and it is kept.
    full : bool
        Whether notebooks are run again; otherwise the answers in the records are judged again.
    write : bool
        Whether the changes are written.
    workers, scheduler, caged
        As in `autograde.autograde`; for `full`.

    Returns
    -------
    Regrade

    Raises
    ------
    CourseFault
        If there is no such question, or a notebook has to be run again and `full` isn't given.
    """
    with grader(course) as desk:
        names = {_known(course, item) for item in items} | {_known(course, i) for i in award}
        told = "Everyone is given the points of this question" + (f": {why}." if why else ".")
        desk.awards |= {_known(course, item): told for item in award}
        wanted = names or set(course.points)
        if full:
            work: _Full | _Saved = _Full(desk, wanted, workers, scheduler, caged)
        else:
            work = _Saved(desk, wanted, all_items=not names)
        found = Regrade(work.changes, work.looked_at)
        if write:
            if award:
                records.set_awards(course.root, course.exercise, desk.awards)
            work.write()
            _note(course, found.changes, sorted(names), list(award), why)
            found.written = True
        return found


def _known(course: Course, item: str) -> str:
    name = grade_id(item)
    if name not in course.points:
        raise CourseFault(
            f'{course.exercise} has no question "{item}"; it has {", ".join(course.points)}'
        )
    return name


def _changes(
    learner: str,
    before: dict[str, float | None],
    after: dict[str, float | None],
    held: dict[str, Score],
) -> list[Change]:
    return [
        Change(learner, name, before[name], points, held[name].manual if name in held else None)
        for name, points in after.items()
        if name in before and before[name] != points
    ]


class _Saved:
    """Judging the answers in the records again."""

    def __init__(self, desk: Grader, wanted: set[str], *, all_items: bool) -> None:
        self.desk, self.all_items = desk, all_items
        self.changes: list[Change] = []
        self.records: list[Record] = []
        self.cells: dict[str, dict[Place, Cell]] = {}
        self.reworded: set[str] = set()
        course = desk.course
        held = desk.ledger.read()
        for record in records.every(course.root, course.exercise):
            if record.learner not in held or not course.autograded(record.learner).is_dir():
                continue
            self._can_be_judged(record)
            marked = self._cells(record.learner)
            new: dict[str, ItemRecord] = {}
            for name in wanted & record.items.keys():
                place = course.place_of(name)
                if place not in marked:
                    continue
                cell, new[name] = self._again(marked[place], name, record.items[name])
                self.cells.setdefault(record.learner, {})[place] = cell
            scores = {course.name_of(*at): score for at, score in held[record.learner].items()}
            self.changes += _changes(
                record.learner,
                {name: item.points for name, item in record.items.items()},
                {name: item.points for name, item in new.items()},
                scores,
            )
            if any(new[name] != record.items[name] for name in new):
                self.reworded.add(record.learner)
            self.records.append(replace(record, items={**record.items, **new}))
        self.looked_at = len(self.records)

    def _can_be_judged(self, record: Record) -> None:
        """Raise if what a notebook is run with has changed since."""
        if record.against.partition("-")[0] != self.desk.against.partition("-")[0]:
            raise CourseFault(
                "the exercise's cells or files have changed since they were marked: add --full, "
                "so that the notebooks are run again"
            )

    def _again(self, cell: Cell, name: str, before: ItemRecord) -> tuple[Cell, ItemRecord]:
        asked = judging.asked_by(cell) if cell["cell_type"] == "code" else None
        item = self.desk.items.get(asked) if asked else None
        if judging.is_of_a_function(before.answer) and before.answer["tables"] != (
            self.desk.tables.get(asked or "")
        ):
            raise CourseFault(
                f"{asked} calls learners' functions on other tables now: add --full, so that the "
                "notebooks are run again"
            )
        most = self.desk.course.points[name]
        described = {**cell["metadata"]["nbgrader"], "points": most}
        cell = {**cell, "metadata": {**cell["metadata"], "nbgrader": described}}
        return judging.judged_again(cell, item, before, self.desk.awards.get(name, ""))

    def _cells(self, learner: str) -> dict[Place, Cell]:
        """Return a learner's graded cells as they were marked."""
        return {
            (name, cell_name(cell)): cell
            for name, notebook in self._notebooks(learner).items()
            for cell in notebook["cells"]
            if cell_name(cell)
        }

    def _notebooks(self, learner: str) -> dict[str, Any]:
        folder = self.desk.course.autograded(learner)
        return {path.stem: json.loads(path.read_text("utf-8")) for path in folder.glob("*.ipynb")}

    def write(self) -> None:
        """Put the changed cells into the notebooks, tell the gradebook, keep the records."""
        course = self.desk.course
        for record in self.records:
            if record.learner not in self.reworded:
                continue
            for name, notebook in self._notebooks(record.learner).items():
                for at, cell in enumerate(notebook["cells"]):
                    new = self.cells[record.learner].get((name, cell_name(cell)))
                    notebook["cells"][at] = new or cell
                path = course.autograded(record.learner) / f"{name}.ipynb"
                put_in_place(path, json.dumps(notebook, ensure_ascii=False).encode())
        scores: dict[str, dict[Place, float | None]] = {}
        for change in self.changes:
            scores.setdefault(change.learner, {})[course.place_of(change.item)] = change.after
        self.desk.ledger.change(scores)
        for record in self.records:
            if self.all_items:  # nothing else has to be marked again
                record = replace(record, against=self.desk.against)
            records.write(course.root, record)


class _Full:
    """Running the notebooks again."""

    def __init__(
        self,
        desk: Grader,
        wanted: set[str],
        workers: int | None,
        scheduler: str | None,
        caged: bool,
    ) -> None:
        self.desk = desk
        course = desk.course
        known = {record.learner for record in records.every(course.root, course.exercise)}
        again = [
            Prepared(learner, received_of(course.submitted(learner), course))
            for learner in desk.learners
            if learner in known
        ]
        held = desk.ledger.read()
        self.work: list[Marked] = list(
            desk.marked(again, workers=workers, scheduler=scheduler, caged=caged)
        )
        self.looked_at = len(self.work)
        self.changes = []
        for marked in self.work:
            scores = {
                course.name_of(*place): score
                for place, score in held.get(marked.learner, {}).items()
            }
            after = {
                course.name_of(name, cell): points
                for name, judged in marked.judged.items()
                for cell, points in judged.scores.items()
            }
            self.changes += _changes(
                marked.learner,
                {name: score.auto for name, score in scores.items()},
                {name: points for name, points in after.items() if name in wanted},
                scores,
            )

    def write(self) -> None:
        """Write everybody's work again."""
        self.desk.write(self.work)
        self.desk.write_failures()


def _note(
    course: Course, changes: Sequence[Change], items: list[str], award: list[str], why: str
) -> None:
    """Keep what was changed, when and why."""
    folder = records.history(course.root, course.exercise)
    folder.mkdir(parents=True, exist_ok=True)
    note = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "why": why,
        "items": items,
        "given to all": award,
        "changes": [asdict(change) for change in changes],
    }
    with (folder / "regrades.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(note, ensure_ascii=False) + "\n")
