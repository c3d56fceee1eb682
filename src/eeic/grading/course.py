"""The nbgrader course folder: what is in it, releasing an exercise from it, and its marks.

nbgrader keeps its own folders (``source``, ``release``, ``submitted``, ``autograded``,
``feedback``), its own database and its own commands; everything here works beside them. What was
handed in is never changed.
"""

import contextlib
import functools
import json
import os
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eeic.files import put_in_place
from eeic.grading import cohort, records
from eeic.grading.ledger import Ledger
from eeic.grading.marks import MARKING, points_in

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
    database : str
        The gradebook's address, such as "postgresql://host/name"; by default what
        ``nbgrader_config.py`` says, or else ``gradebook.db`` in the folder.

    Raises
    ------
    CourseFault
        If the folder or the exercise isn't there.
    """

    def __init__(self, root: Path, exercise: str, database: str = "") -> None:
        self.root = Path(root).resolve()
        self.exercise = exercise
        self._database = database
        if not (self.root / "nbgrader_config.py").is_file():
            raise CourseFault(f"{root} is not a course folder: it has no nbgrader_config.py")
        if not self.notebooks:
            found = sorted(p.parent.name for p in (self.root / "source").glob("*/*.ipynb"))
            raise CourseFault(
                f'there is no exercise "{exercise}"; this course has: '
                + (", ".join(dict.fromkeys(found)) or "none")
            )

    @property
    def source(self) -> Path:
        """The folder of the instructor's notebooks and what they need."""
        return self.root / "source" / self.exercise

    @functools.cached_property
    def notebooks(self) -> dict[str, Path]:
        """The instructor's notebooks, by name; most exercises have one."""
        return {path.stem: path for path in sorted(self.source.glob("*.ipynb"))}

    @property
    def notebook(self) -> Path:
        """The instructor's notebook, of several the first."""
        return self.notebooks.get(self.exercise) or next(iter(self.notebooks.values()))

    @property
    def released(self) -> Path:
        """The folder that learners get."""
        return self.root / "release" / self.exercise

    @property
    def points(self) -> dict[str, float]:
        """The points of every graded cell, by its name (`name_of`)."""
        return {
            self.name_of(notebook, cell): points
            for notebook, path in self.notebooks.items()
            for cell, points in points_in(path).items()
        }

    def name_of(self, notebook: str, cell: str) -> str:
        """Return what a graded cell is called: its grade id, after its notebook's if of several."""
        return cell if len(self.notebooks) == 1 else f"{notebook}/{cell}"

    def place_of(self, name: str) -> tuple[str, str]:
        """Return the notebook and the grade id of what `name_of` named."""
        notebook, _, cell = name.rpartition("/")
        return notebook or self.notebook.stem, cell

    @property
    def keyed(self) -> bool:
        """Whether the exercise has a marking file; one without is marked by its own tests."""
        with contextlib.suppress(FileNotFoundError):
            return cohort.marking_file(self.root / "marking", self.exercise).is_file()
        return False

    def learners(self) -> list[str]:
        """Return who handed something in."""
        folder = self.root / "submitted"
        if not folder.is_dir():
            return []
        return sorted(
            p.name
            for p in folder.iterdir()
            if p.name[0] != "." and os.path.lexists(p / self.exercise)
        )

    def submitted(self, learner: str) -> Path:
        """Return the folder that a learner handed in."""
        return self.root / "submitted" / learner / self.exercise

    def autograded(self, learner: str) -> Path:
        """Return the folder of a learner's marked work."""
        return self.root / "autograded" / learner / self.exercise

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
        if (self.source / ANSWERS).exists():
            raise CourseFault(
                f"source/{self.exercise}/{ANSWERS} must go: nbgrader would copy it over every "
                "learner's own answers"
            )
        if self.keyed:
            cohort.load(self.root, self.exercise)
        self._run("GenerateAssignment")
        return self.released

    def rows(self) -> list[Row]:
        """Return every learner's line as the gradebook has it now."""
        with self.ledger() as ledger:
            held = ledger.read()
        known = {record.learner: record for record in records.every(self.root, self.exercise)}
        rows = []
        for learner in self.learners():
            notes = [str(fault) for fault in (known[learner].faults if learner in known else [])]
            if learner not in held or not self.autograded(learner).is_dir():
                rows.append(Row(learner, "failed", {}, notes or ["Not marked yet."]))
                continue
            scores = {self.name_of(*place): score for place, score in held[learner].items()}
            points = {name: scores[name].points for name in self.points if name in scores}
            waiting = None in points.values()
            status = "check" if notes else "to mark" if waiting else "marked"
            rows.append(Row(learner, status, points, notes))
        return rows

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
        name = item.replace(".", "-")
        most = self.points[name]
        if not 0 <= points <= most:
            raise CourseFault(f"{item} can earn 0 to {most:g} points, not {points:g}")
        with self.ledger() as ledger:
            ledger.give(learner, self.place_of(name), points, comment)

    # -- nbgrader --------------------------------------------------------------------------

    @functools.cached_property
    def config(self) -> Any:
        """What ``nbgrader_config.py`` says, with this folder as the course's root."""
        from traitlets.config import PyFileConfigLoader

        with _environment(self.root):
            config = PyFileConfigLoader("nbgrader_config.py", str(self.root)).load_config()
        if "root" not in config.CourseDirectory:
            config.CourseDirectory.root = str(self.root)
        config.CourseDirectory.db_url = self._address(
            self._database or config.CourseDirectory.get("db_url", "sqlite:///gradebook.db")
        )
        return config

    @functools.cached_property
    def directory(self) -> Any:
        """Nbgrader's own account of the folder."""
        from nbgrader.coursedir import CourseDirectory

        return CourseDirectory(config=self.config, assignment_id=self.exercise)

    def _address(self, url: str) -> str:
        """Return a database's address; a relative file lies in the course folder."""
        name = url.removeprefix("sqlite:///")
        return url if name == url else f"sqlite:///{self.root / name}"

    def ledger(self, say: Callable[[str], None] = lambda sentence: None) -> Ledger:
        """Return the gradebook, to be opened with ``with``."""
        return Ledger(
            self.directory.db_url,
            self.directory.course_id,
            self.exercise,
            config=self.config,
            opening=lambda: self._calm(),
            say=say,
        )

    @contextlib.contextmanager
    def gradebook(self) -> Iterator[Any]:
        """Open nbgrader's own gradebook for a while."""
        from nbgrader.api import Gradebook

        with self._calm(), Gradebook(self.directory.db_url, self.directory.course_id) as gradebook:
            yield gradebook

    @contextlib.contextmanager
    def _calm(self) -> Iterator[None]:
        """Give nbgrader the environment that it needs, and keep it off the screen."""
        with _environment(self.root), self._quiet():
            yield

    def _run(self, converter: str, **settings: str) -> None:
        """Run one of nbgrader's converters, on every learner unless told otherwise."""
        from nbgrader import converters
        from nbgrader.coursedir import CourseDirectory
        from nbgrader.utils import capture_log

        # Paths in nbgrader_config.py may be meant from here, where nbgrader is run.
        with self._calm(), contextlib.chdir(self.root):
            folder = CourseDirectory(config=self.config, assignment_id=self.exercise, **settings)
            step = getattr(converters, converter)(coursedir=folder, config=self.config)
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
