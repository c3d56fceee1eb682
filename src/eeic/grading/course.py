"""The nbgrader course folder, and the steps of a round trip through it.

nbgrader keeps its own folders (``source``, ``release``, ``submitted``, ``autograded``,
``feedback``), its own database and its own commands; everything here works beside them. Between
``submitted`` and ``autograded`` stands one more folder, ``prepared``: copies of what was handed
in that nbgrader can mark. What was handed in is never changed.
"""

import contextlib
import csv
import hashlib
import io
import json
import os
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eeic.files import put_in_place
from eeic.grading import cohort, handed_in
from eeic.grading.marks import MARKING, grade_id, points_of

#: What nbgrader must not find beside the instructor's notebook: it would overwrite the learners'.
ANSWERS = "answers.json"


class CourseFault(ValueError):
    """Something about the course folder stops the step; the text says what to do."""


@dataclass
class Row:
    """One learner's line in the marks.

    Parameters
    ----------
    learner : str
        The learner's id: the name of their folder in ``submitted``.
    status : str
        "marked", "to mark" (a person has still to mark something), "check" (there are notes to
        read) or "failed".
    points : dict
        Points by item, as nbgrader holds them; None where a person has still to mark.
    notes : list of str
        What was wrong with what was handed in.
    """

    learner: str
    status: str
    points: dict[str, float | None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def total(self) -> float:
        """The points so far."""
        return round(sum(p for p in self.points.values() if p is not None), 2)


class Course:
    """An nbgrader course folder with one exercise in view.

    Parameters
    ----------
    root : Path
        The folder that holds ``nbgrader_config.py``.
    exercise : str
        The exercise's folder name, such as "ex04-seeing-the-gap".

    Raises
    ------
    CourseFault
        If the folder or the exercise isn't there.
    """

    def __init__(self, root: Path, exercise: str) -> None:
        self.root = Path(root).resolve()
        self.exercise = exercise
        if not (self.root / "nbgrader_config.py").is_file():
            raise CourseFault(f"{root} is not a course folder: it has no nbgrader_config.py")
        if not self.notebook.is_file():
            found = sorted(p.name for p in (self.root / "source").glob("ex*") if p.is_dir())
            raise CourseFault(
                f'there is no exercise "{exercise}"; this course has: {", ".join(found) or "none"}'
            )

    @property
    def notebook(self) -> Path:
        """The instructor's notebook."""
        return self.root / "source" / self.exercise / f"{self.exercise}.ipynb"

    @property
    def released(self) -> Path:
        """The folder that learners get."""
        return self.root / "release" / self.exercise

    @property
    def points(self) -> dict[str, float]:
        """The points of every graded cell, by grade id."""
        return points_of(self.root, self.exercise)

    def learners(self) -> list[str]:
        """Return who handed something in."""
        folder = self.root / "submitted"
        if not folder.is_dir():
            return []
        return sorted(p.name for p in folder.iterdir() if (p / self.exercise).is_dir())

    # -- the steps -------------------------------------------------------------------------

    def make_cohort(self, name: str, seed: int) -> None:
        """Make the cohort's data, or find that it is there already.

        Raises
        ------
        CourseFault
            If another cohort's work is in the folder: its marks need its own data.
        """
        wanted = {"name": name, "seed": seed}
        record = self.root / "cohort.toml"
        if record.is_file():
            present = tomllib.loads(record.read_text(encoding="utf-8"))
            in_use = any((self.root / d).exists() for d in ("submitted", "gradebook.db"))
            if present != wanted and in_use:
                raise CourseFault(
                    f'this folder holds the work of the cohort "{present.get("name")}", made with '
                    "its own seed. Move submitted/, autograded/, feedback/ and gradebook.db away "
                    "(they belong together), or copy nbgrader_config.py, source/ and marking/ to "
                    "a new folder for the new cohort."
                )
        cohort.build(self.root, self.exercise, seed)
        kept = (
            "# Keep this file: with the seed the cohort's data can be made again.\n"
            f"name = {json.dumps(name)}\nseed = {seed}\n"
        )
        put_in_place(record, kept.encode())

    def release(self) -> Path:
        """Make the learners' version of the exercise; return its folder."""
        if (self.notebook.parent / ANSWERS).exists():
            raise CourseFault(
                f"source/{self.exercise}/{ANSWERS} must go: nbgrader would copy it over every "
                "learner's own answers"
            )
        cohort.load(self.root, self.exercise)
        self._run("GenerateAssignment")
        return self.released

    def autograde(self) -> list[Row]:
        """Mark everything in ``submitted``; one learner's fault never stops the others.

        What was marked before and has not changed since is left alone, and with it the marks that
        a person gave.

        Returns
        -------
        list of Row
            One for each learner.
        """
        learners = self.learners()
        if not learners:
            raise CourseFault(
                f"nothing to mark: put each learner's folder at submitted/NAME/{self.exercise}/"
            )
        if not (self.released / self.notebook.name).is_file():
            raise CourseFault(f"{self.exercise} has not been released from this folder yet")
        for learner in learners:
            received = self._received(learner)
            if self._record(learner).get("received") == received and self._marked(learner):
                continue
            notes = self._prepare(learner)
            try:
                self._run("Autograde", student_id=learner, submitted_directory="prepared")
            except CourseFault as fault:
                notes.append(f"The run could not be finished: {fault}.")
            record = {"received": received, "notes": notes}
            self._record_path(learner).write_text(json.dumps(record, indent=1), encoding="utf-8")
        return self.rows()

    def rows(self) -> list[Row]:
        """Return every learner's line as the gradebook has it now."""
        with self.gradebook() as gradebook:
            return [
                self._row(gradebook, learner, self._record(learner).get("notes", []))
                for learner in self.learners()
            ]

    def give_points(self, learner: str, item: str, points: float, comment: str = "") -> None:
        """Record a person's mark and comment for a written answer, as formgrader does.

        Parameters
        ----------
        learner, item : str
            Whose answer, and which.
        points : float
            What it earns.
        comment : str
            What the learner will read.
        """
        most = self.points[grade_id(item)]
        if not 0 <= points <= most:
            raise CourseFault(f"{item} can earn 0 to {most:g} points, not {points:g}")
        names = (grade_id(item), self.exercise, self.exercise, learner)
        with self.gradebook() as gradebook:
            grade = gradebook.find_grade(*names)
            grade.manual_score = points
            grade.needs_manual_grade = False
            gradebook.find_comment(*names).manual_comment = comment
            gradebook.db.commit()

    def feedback(self) -> Path:
        """Make every learner's feedback page; return the folder."""
        self._run("GenerateFeedback")
        return self.root / "feedback"

    def export(self, to: Path) -> Path:
        """Write the marks as a table: a line a learner, a column an item.

        Raises
        ------
        CourseFault
            If the file is already there.
        """
        if to.exists():
            raise CourseFault(f"{to} is already there; give another name, or move it away")
        names = list(self.points)
        to.parent.mkdir(parents=True, exist_ok=True)
        text = io.StringIO(newline="")
        lines = csv.writer(text)
        lines.writerow(["learner", "exercise", *names, "total", "out_of", "status", "notes"])
        for row in self.rows():
            lines.writerow(
                [
                    row.learner,
                    self.exercise,
                    *("" if row.points.get(n) is None else row.points[n] for n in names),
                    row.total,
                    sum(self.points.values()),
                    row.status,
                    " ".join(row.notes),
                ]
            )
        put_in_place(to, text.getvalue().encode())
        return to

    # -- how it is done --------------------------------------------------------------------

    def _prepare(self, learner: str) -> list[str]:
        """Copy what a learner handed in to ``prepared``, fit for nbgrader; return the notes."""
        given = self.root / "submitted" / learner / self.exercise
        ready = self.root / "prepared" / learner / self.exercise
        if ready.exists():
            shutil.rmtree(ready)
        ready.mkdir(parents=True)
        name = self.notebook.name
        for path in given.rglob("*"):
            # Links are left behind: they could point anywhere on the marker's machine.
            if path.is_file() and not path.is_symlink() and path.suffix != ".ipynb":
                copy = ready / path.relative_to(given)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
        seen = handed_in.inspect(given / name, self.released / name)
        notes = [*seen.notes, *_answers_notes(ready / ANSWERS)]
        if not seen.readable:
            notes.append("Only answers given with the controls could be marked.")
        notebook = seen.notebook
        if notes:
            notebook = {**notebook, "cells": [_told(notes), *notebook["cells"]]}
        (ready / name).write_text(json.dumps(notebook), encoding="utf-8")
        return notes

    def _record_path(self, learner: str) -> Path:
        return self.root / "prepared" / learner / f"{self.exercise}.json"

    def _record(self, learner: str) -> dict[str, Any]:
        """Return what the last marking noted about a learner's files."""
        path = self._record_path(learner)
        found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
        return found

    def _marked(self, learner: str) -> bool:
        return (self.root / "autograded" / learner / self.exercise / self.notebook.name).is_file()

    def _received(self, learner: str) -> str:
        """Return a fingerprint of all that a learner's marks depend on."""
        paths = [self.released / self.notebook.name, self.notebook.parent / "cohort.csv"]
        paths += [cohort.marking_file(self.root / "marking", self.exercise)]
        paths += sorted((self.root / "submitted" / learner / self.exercise).rglob("*"))
        digest = hashlib.sha256()
        for path in paths:
            if path.is_file() and not path.is_symlink():
                digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
                digest.update(path.read_bytes())
        return digest.hexdigest()

    def _row(self, gradebook: Any, learner: str, notes: list[str]) -> Row:
        from nbgrader.api import MissingEntry

        if not self._marked(learner):
            return Row(learner, "failed", {}, notes or ["Not marked yet."])
        points: dict[str, float | None] = {}
        for name in self.points:
            try:
                grade = gradebook.find_grade(name, self.exercise, self.exercise, learner)
            except MissingEntry:
                points[name] = None
            else:
                points[name] = None if grade.needs_manual_grade else grade.score
        marked = self.root / "autograded" / learner / self.exercise / self.notebook.name
        broken = re.findall(r"MarkingFault: ([^\"\\]+)", marked.read_text(encoding="utf-8"))
        faults = sorted({f"Ours to mend, not the learner's: {text}." for text in broken})
        waiting = None in points.values()
        status = "check" if notes or faults else "to mark" if waiting else "marked"
        return Row(learner, status, points, [*notes, *faults])

    @contextlib.contextmanager
    def gradebook(self) -> Iterator[Any]:
        """Open nbgrader's gradebook for a while."""
        from nbgrader.api import Gradebook

        path = f"sqlite:///{self.root / 'gradebook.db'}"
        with _environment(self.root), self._quiet(), Gradebook(path, "eeic") as gradebook:
            yield gradebook

    def _run(self, converter: str, **settings: str) -> None:
        """Run one of nbgrader's converters, on every learner unless told otherwise."""
        from nbgrader import converters
        from nbgrader.coursedir import CourseDirectory
        from nbgrader.utils import capture_log
        from traitlets.config import PyFileConfigLoader

        with _environment(self.root), self._quiet():
            config = PyFileConfigLoader("nbgrader_config.py", str(self.root)).load_config()
            folder = CourseDirectory(config=config, assignment_id=self.exercise, **settings)
            step = getattr(converters, converter)(coursedir=folder, config=config)
            step.force = True
            outcome = capture_log(step)
        if not outcome["success"]:
            (self.root / "nbgrader.log").write_text(
                outcome.get("log", "") + outcome["error"], encoding="utf-8"
            )
            raise CourseFault(
                f"nbgrader could not finish ({outcome['error'].strip().splitlines()[-1]}); "
                "what it said is in nbgrader.log"
            )

    @contextlib.contextmanager
    def _quiet(self) -> Iterator[None]:
        """Keep nbgrader's and its libraries' running commentary off the instructor's screen."""
        import logging
        import warnings

        log = logging.getLogger("traitlets")
        before = log.handlers, log.propagate
        log.handlers, log.propagate = [], False
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        finally:
            log.handlers, log.propagate = before


@contextlib.contextmanager
def _environment(root: Path) -> Iterator[None]:
    """Set what nbgrader and its kernels read from the environment, and put it back after."""
    before = dict(os.environ)
    # nbgrader calls the program `alembic`, which stands beside this Python.
    os.environ["PATH"] = str(Path(sys.executable).parent) + os.pathsep + before.get("PATH", "")
    os.environ[MARKING] = str(root / "marking")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _told(notes: list[str]) -> dict[str, Any]:
    """Return a cell that tells the learner, and the marker, what was wrong with the file."""
    from eeic.grading.feedback import ABOUT_FILE

    source = "\n>\n> ".join([ABOUT_FILE, *notes])
    return {"cell_type": "markdown", "id": "about-this-file", "metadata": {}, "source": source}


def _answers_notes(path: Path) -> list[str]:
    """Say what is wrong with a file of saved controls; a damaged one is taken as empty."""
    if not path.is_file():
        return []
    try:
        saved = json.loads(path.read_text(encoding="utf-8-sig"))
        if isinstance(saved, dict) and isinstance(saved.get("answers"), dict):
            return []
        problem = "it does not hold answers"
    except (ValueError, RecursionError):
        problem = "it is damaged"
    path.write_text('{"version": 1, "answers": {}}\n', encoding="utf-8")
    return [f"{ANSWERS} could not be read ({problem}): answers given with the controls are lost."]
