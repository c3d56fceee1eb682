"""The only writer of nbgrader's gradebook: many learners in one transaction, or none.

The tables are nbgrader's own, in SQLite or in whatever database the course names by its address.
Every write is what nbgrader's autograder would have written, can be done twice with the same end,
and is tried again while the database is away.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

#: A notebook's name and a cell's grade id: what the gradebook knows a mark by.
Place = tuple[str, str]
Done = TypeVar("Done")

#: Seconds between tries while the database is away: a minute in all.
_WAITS = (0.2, 0.5, 1, 2, 4, 8, 15, 30)
#: Learners in one statement: a database takes only so many values.
_AT_ONCE = 200


class LedgerFault(RuntimeError):
    """The gradebook can't be read or written; the text says what to do."""


@dataclass(frozen=True)
class Sheet:
    """What autograding has to say of one learner.

    Parameters
    ----------
    learner : str
        Whose.
    handed_in : datetime or None
        When, in UTC and without a time zone, as nbgrader keeps it; None if nothing says so.
    scores : dict
        The machine's points by place; None where a person has to mark.
    comments : dict
        The machine's comment by place of an answer cell; None for none.
    """

    learner: str
    handed_in: datetime | None
    scores: dict[Place, float | None]
    comments: dict[Place, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Score:
    """One mark as the gradebook has it.

    Parameters
    ----------
    auto, manual, extra : float or None
        What the machine gave, what a person gave instead, and what a person added.
    waiting : bool
        Whether a person has still to look at it.
    """

    auto: float | None
    manual: float | None = None
    extra: float | None = None
    waiting: bool = False

    @property
    def value(self) -> float:
        """The points that count; 0 where there are none yet."""
        given = self.manual if self.manual is not None else self.auto
        return 0.0 if given is None else given + (self.extra or 0.0)

    @property
    def points(self) -> float | None:
        """The points, or None while a person has still to mark."""
        return None if self.waiting else self.value


@dataclass(frozen=True)
class SourceCell:
    """A cell of the exercise as the gradebook has it, hidden tests and all."""

    source: str
    locked: bool
    checksum: str | None


class Ledger:
    """The gradebook, as far as one exercise goes; to be opened with ``with``.

    Parameters
    ----------
    url : str
        The database's address.
    course : str
        nbgrader's id of the course.
    exercise : str
        The exercise's folder name.
    config : Config, optional
        nbgrader's settings, for the penalty on late work.
    opening : callable
        Gives a context in which nbgrader may make the tables of a new gradebook.
    say : callable
        Told in a sentence when the database does not answer.
    """

    def __init__(
        self,
        url: str,
        course: str,
        exercise: str,
        *,
        config: Any = None,
        opening: Callable[[], contextlib.AbstractContextManager[Any]] = contextlib.nullcontext,
        say: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self.url, self.course, self.exercise = url, course, exercise
        self.config, self.opening, self.say = config, opening, say

    def __enter__(self) -> Ledger:
        from nbgrader import api
        from sqlalchemy import create_engine

        wait = {"timeout": 30} if self.url.startswith("sqlite") else {}
        try:
            self.engine = create_engine(self.url, pool_pre_ping=True, connect_args=wait)
        except Exception as problem:
            raise LedgerFault(
                f"The gradebook's address can't be used ({problem}); for PostgreSQL it is like "
                "postgresql+psycopg://NAME@HOST/DATABASE, with `pip install 'eeic[scale]'`."
            ) from None
        models = (
            *(api.Assignment, api.Notebook, api.BaseCell, api.SourceCell, api.Student),
            *(api.SubmittedAssignment, api.SubmittedNotebook, api.Grade, api.Comment),
        )
        self.tables = {model.__tablename__: model.__table__ for model in models}

        def make() -> None:
            with self.opening(), api.Gradebook(self.url, self.course):
                pass  # makes what is missing, as any nbgrader command does

        self._patiently(make)
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.dispose()

    # -- reading ---------------------------------------------------------------------------

    def cells(self) -> dict[str, dict[str, SourceCell]]:
        """Return the exercise's cells by notebook and grade id; empty if it was never released."""
        notebooks = self.tables["notebook"]
        source, assignment = self.tables["source_cell"], self.tables["assignment"]
        from sqlalchemy import select

        query = (
            select(notebooks.c.name, source.c.name, source.c.source, source.c.locked)
            .add_columns(source.c.checksum)
            .select_from(assignment.join(notebooks).outerjoin(source))
            .where(assignment.c.name == self.exercise)
        )
        found: dict[str, dict[str, SourceCell]] = {}
        for notebook, cell, *rest in self._do(lambda db: db.execute(query).all()):
            there = found.setdefault(notebook, {})
            if cell is not None:
                there[cell] = SourceCell(rest[0] or "", bool(rest[1]), rest[2])
        return found

    def read(self) -> dict[str, dict[Place, Score]]:
        """Return every mark of the exercise, by learner and place."""
        from sqlalchemy import select

        t = self.tables
        grade, base, notebook = t["grade"], t["base_cell"], t["notebook"]
        work, part, assignment = (
            t["submitted_assignment"],
            t["submitted_notebook"],
            t["assignment"],
        )
        query = (
            select(work.c.student_id, notebook.c.name, base.c.name)
            .add_columns(grade.c.auto_score, grade.c.manual_score, grade.c.extra_credit)
            .add_columns(grade.c.needs_manual_grade)
            .select_from(assignment)
            .join(work, work.c.assignment_id == assignment.c.id)
            .join(part, part.c.assignment_id == work.c.id)
            .join(notebook, notebook.c.id == part.c.notebook_id)
            .join(grade, grade.c.notebook_id == part.c.id)
            .join(base, base.c.id == grade.c.cell_id)
            .where(assignment.c.name == self.exercise)
        )
        found: dict[str, dict[Place, Score]] = {}
        for learner, in_notebook, cell, *numbers in self._do(lambda db: db.execute(query).all()):
            found.setdefault(learner, {})[in_notebook, cell] = Score(*numbers)
        return found

    # -- writing ---------------------------------------------------------------------------

    def write(self, sheets: Sequence[Sheet]) -> dict[str, float]:
        """Write what autograding found, all of it or nothing.

        A mark that a person gave stays, and is shown to them again, as nbgrader does.

        Parameters
        ----------
        sheets : sequence of Sheet
            One for each learner.

        Returns
        -------
        dict
            Seconds late, by learner.

        Raises
        ------
        LedgerFault
            If the database does not answer for a minute, or is not nbgrader's.
        """
        return self._do(lambda db: _Batch(db, self, sheets).write()) if sheets else {}

    def change(self, scores: Mapping[str, Mapping[Place, float | None]]) -> None:
        """Change single marks of the machine's; all others stay as they are.

        Parameters
        ----------
        scores : mapping
            The new points by learner and place.
        """
        sheets = [Sheet(learner, None, dict(of)) for learner, of in scores.items() if of]

        def do(db: Any) -> None:
            for start in range(0, len(sheets), _AT_ONCE):
                _Batch(db, self, sheets[start : start + _AT_ONCE]).write(whole=False)

        self._do(do)

    def give(self, learner: str, place: Place, points: float, comment: str) -> None:
        """Write a person's mark and comment, as formgrader does.

        Raises
        ------
        LedgerFault
            If nothing of the learner's has been marked.
        """

        def do(db: Any) -> None:
            batch = _Batch(db, self, [Sheet(learner, None, {})])
            part = batch.parts().get((batch.works().get(learner, ("",))[0], place[0]))
            if part is None:
                raise LedgerFault(f"Nothing of {learner} has been marked in {self.exercise} yet.")
            grades, comments = self.tables["grade"], self.tables["comment"]
            for table, kind, values in (
                (grades, "graded", {"manual_score": points, "needs_manual_grade": False}),
                (comments, "commented", {"manual_comment": comment}),
            ):
                cell = batch.exercise[kind].get(place)
                if cell is not None:
                    here = (table.c.notebook_id == part) & (table.c.cell_id == cell)
                    db.execute(table.update().where(here).values(**values))

        self._do(do)

    # -- patience --------------------------------------------------------------------------

    def _do(self, work: Callable[[Any], Done]) -> Done:
        """Do work in one transaction, again if the database went away in the middle."""

        def once() -> Done:
            with self.engine.begin() as db:
                return work(db)

        return self._patiently(once)

    def _patiently(self, work: Callable[[], Done]) -> Done:
        from sqlalchemy.exc import DBAPIError

        said = False
        for wait in (*_WAITS, None):
            try:
                return work()
            except DBAPIError as problem:
                why = str(problem.orig).strip().splitlines()[-1] if problem.orig else str(problem)
                if not _passes(problem):
                    raise LedgerFault(
                        f"The gradebook can't be used ({why}). If nbgrader was brought up to "
                        "date, make a copy of the gradebook and run `nbgrader db upgrade`."
                    ) from problem
                if wait is None:
                    raise LedgerFault(
                        f"The gradebook has not answered for a minute ({why}). What was marked is "
                        "kept: run the same command again when it is back."
                    ) from problem
                if not said and wait >= 1:
                    self.say(f"The gradebook does not answer ({why}); trying again for a minute.")
                    said = True
                time.sleep(wait)
        raise AssertionError("unreachable")


def _passes(problem: Any) -> bool:
    """Say whether a fault of the database may be over in a moment."""
    from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError

    if problem.connection_invalidated or isinstance(problem, IntegrityError | InterfaceError):
        return True  # somebody else put in the same row: the next try finds it
    said = str(problem.orig)
    gone = ("no such table", "no such column", "has no column", "readonly", "read-only")
    refused = ("authentication failed", "does not exist", "unable to open", "not a database")
    return isinstance(problem, OperationalError) and not any(
        sign in said for sign in (*gone, *refused)
    )


class _Batch:
    """One transaction's work on the marks of some learners."""

    def __init__(self, db: Any, ledger: Ledger, sheets: Sequence[Sheet]) -> None:
        self.db, self.ledger, self.sheets = db, ledger, sheets
        self.tables = ledger.tables
        self.learners = [sheet.learner for sheet in sheets]
        self._new: dict[str, list[dict[str, Any]]] = {}
        self._old: dict[str, list[dict[str, Any]]] = {}
        self.exercise = self._exercise()

    def _exercise(self) -> dict[str, Any]:
        """Return the exercise's ids, by what they are called."""
        from sqlalchemy import select

        assignment, notebook = self.tables["assignment"], self.tables["notebook"]
        base = self.tables["base_cell"]
        row = self.db.execute(
            select(assignment.c.id, assignment.c.duedate).where(
                assignment.c.name == self.ledger.exercise
            )
        ).one_or_none()
        if row is None:
            raise LedgerFault(f"{self.ledger.exercise} is not in the gradebook: release it first.")
        notebooks = dict(
            self.db.execute(
                select(notebook.c.name, notebook.c.id).where(notebook.c.assignment_id == row[0])
            ).all()
        )
        graded: dict[Place, str] = {}
        commented: dict[Place, str] = {}
        for name, number in notebooks.items():
            cells = select(base.c.name, base.c.id, base.c.type).where(base.c.notebook_id == number)
            for cell, at, kind in self.db.execute(cells):
                if kind in ("GradeCell", "TaskCell"):
                    graded[name, cell] = at
                if kind in ("SolutionCell", "TaskCell"):
                    commented[name, cell] = at
        return {
            "id": row[0],
            "due": row[1],
            "notebooks": notebooks,
            "graded": graded,
            "commented": commented,
        }

    def works(self) -> dict[str, tuple[str, Any, Any]]:
        """Return id, time and extension of each learner's submission."""
        from sqlalchemy import select

        work = self.tables["submitted_assignment"]
        query = select(work.c.student_id, work.c.id, work.c.timestamp, work.c.extension).where(
            work.c.assignment_id == self.exercise["id"], work.c.student_id.in_(self.learners)
        )
        return {learner: tuple(rest) for learner, *rest in self.db.execute(query)}

    def parts(self) -> dict[tuple[str, str], str]:
        """Return the ids of submitted notebooks, by submission and the notebook's name."""
        from sqlalchemy import select

        part, work = self.tables["submitted_notebook"], self.tables["submitted_assignment"]
        names = {number: name for name, number in self.exercise["notebooks"].items()}
        query = (
            select(part.c.assignment_id, part.c.notebook_id, part.c.id)
            .join(work, work.c.id == part.c.assignment_id)
            .where(
                work.c.assignment_id == self.exercise["id"], work.c.student_id.in_(self.learners)
            )
        )
        return {(of, names[number]): at for of, number, at in self.db.execute(query)}

    def write(self, whole: bool = True) -> dict[str, float]:
        """Write the sheets; with all that nbgrader keeps of a submission, or single marks only."""
        if whole:
            self._submissions()
        works, parts = self.works(), self.parts()
        late = {
            learner: self._late(handed_in, extension)
            for learner, (_, handed_in, extension) in works.items()
        }
        grades = self._present("grade", parts)
        comments = self._present("comment", parts)
        penalties = []
        for sheet in self.sheets:
            if sheet.learner not in works:
                continue
            for name in self.exercise["notebooks"]:
                part = parts[works[sheet.learner][0], name]
                values = self._marks(sheet, name, part, grades)
                if whole:
                    self._comments(sheet, name, part, comments)
                penalty = self._penalty(sheet.learner, sum(values), late[sheet.learner])
                penalties.append({"at": part, "penalty": penalty})
        self._flush()
        from sqlalchemy import bindparam

        table = self.tables["submitted_notebook"]
        if penalties:
            self.db.execute(
                table.update()
                .where(table.c.id == bindparam("at"))
                .values(late_submission_penalty=bindparam("penalty")),
                penalties,
            )
        return late

    def _submissions(self) -> None:
        """Put in what is missing: learners, submissions, notebooks; and when they came."""
        from sqlalchemy import select

        student, work = self.tables["student"], self.tables["submitted_assignment"]
        known = set(
            self.db.scalars(select(student.c.id).where(student.c.id.in_(self.learners))).all()
        )
        self._insert("student", [{"id": name} for name in self.learners if name not in known])
        there = self.works()
        new = [
            {
                "id": _number(),
                "assignment_id": self.exercise["id"],
                "student_id": sheet.learner,
                "timestamp": sheet.handed_in,
            }
            for sheet in self.sheets
            if sheet.learner not in there
        ]
        self._insert("submitted_assignment", new)
        for sheet in self.sheets:
            if sheet.learner in there and sheet.handed_in not in (None, there[sheet.learner][1]):
                at = there[sheet.learner][0]
                self.db.execute(
                    work.update().where(work.c.id == at).values(timestamp=sheet.handed_in)
                )
        works, parts = self.works(), self.parts()
        self._insert(
            "submitted_notebook",
            [
                {
                    "id": _number(),
                    "assignment_id": at,
                    "notebook_id": number,
                    "flagged": False,
                }
                for at, *_ in works.values()
                for name, number in self.exercise["notebooks"].items()
                if (at, name) not in parts
            ],
        )

    def _present(self, table: str, parts: Mapping[Any, str]) -> dict[tuple[str, str], Any]:
        """Return the rows of a table, by submitted notebook and cell."""
        from sqlalchemy import select

        t = self.tables[table]
        found = self.db.execute(select(t).where(t.c.notebook_id.in_(list(parts.values()))))
        return {(row.notebook_id, row.cell_id): row for row in found}

    def _marks(
        self, sheet: Sheet, notebook: str, part: str, present: Mapping[Any, Any]
    ) -> Iterable[float]:
        """Note the marks of one notebook to be written; return the values that then count."""
        values = []
        for (name, cell), at in self.exercise["graded"].items():
            if name != notebook:
                continue
            row = present.get((part, at))
            given = (name, cell) in sheet.scores
            auto = sheet.scores.get((name, cell), row.auto_score if row else None)
            manual, extra = (row.manual_score, row.extra_credit) if row else (None, None)
            if row is None:
                self._new.setdefault("grade", []).append(
                    {
                        "id": _number(),
                        "notebook_id": part,
                        "cell_id": at,
                        "auto_score": auto,
                        "needs_manual_grade": auto is None,
                    }
                )
            elif given:
                # A person's mark is shown to them again, for what it was given for has changed.
                again = manual is not None or auto is None
                if (row.auto_score, row.needs_manual_grade) != (auto, again):
                    self._old.setdefault("grade", []).append(
                        {"at": row.id, "auto_score": auto, "needs_manual_grade": again}
                    )
            values.append(Score(auto, manual, extra).value)
        return values

    def _comments(self, sheet: Sheet, notebook: str, part: str, present: Mapping[Any, Any]) -> None:
        for (name, cell), at in self.exercise["commented"].items():
            if name != notebook:
                continue
            said = sheet.comments.get((name, cell))
            row = present.get((part, at))
            if row is None:
                self._new.setdefault("comment", []).append(
                    {"id": _number(), "notebook_id": part, "cell_id": at, "auto_comment": said}
                )
            elif row.auto_comment != said:
                self._old.setdefault("comment", []).append({"at": row.id, "auto_comment": said})

    def _flush(self) -> None:
        from sqlalchemy import bindparam

        for name, rows in self._new.items():
            self._insert(name, rows)
        for name, rows in self._old.items():
            table = self.tables[name]
            columns: dict[str, Any] = {
                key: bindparam(f"new_{key}") for key in rows[0] if key != "at"
            }
            self.db.execute(
                table.update().where(table.c.id == bindparam("at")).values(**columns),
                [{k if k == "at" else f"new_{k}": v for k, v in row.items()} for row in rows],
            )

    def _insert(self, table: str, rows: list[dict[str, Any]]) -> None:
        if rows:
            self.db.execute(self.tables[table].insert(), rows)

    def _late(self, handed_in: datetime | None, extension: Any) -> float:
        due = self.exercise["due"]
        if handed_in is None or due is None:
            return 0.0
        due = due if extension is None else due + extension
        return max(0.0, (handed_in - due).total_seconds())

    def _penalty(self, learner: str, score: float, late: float) -> float | None:
        """Return what nbgrader's plugin takes off late work, between nothing and all of it."""
        if late <= 0:
            return None
        from nbgrader.preprocessors import AssignLatePenalties

        step = AssignLatePenalties(config=self.ledger.config)
        step.init_plugin()
        penalty = step.plugin_inst.late_submission_penalty(learner, score, late)
        return None if penalty is None else min(max(penalty, 0), score)


def _number() -> str:
    return uuid.uuid4().hex
