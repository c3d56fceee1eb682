"""Marking a class: what is new is run, judged and written, in batches, and nothing is lost.

For each learner the order is: the marked notebook is put in place, then the gradebook is told, a
batch at a time, then the record is written. A run that is stopped between two steps is found to
be unfinished by the next, which does that learner again.
"""

from __future__ import annotations

import contextlib
import copy
import csv
import fnmatch
import hashlib
import io
import json
import os
import queue
import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from eeic import executors, progress
from eeic.files import put_in_place
from eeic.grading import cohort, handed_in, judging, records, runner
from eeic.grading.course import ANSWERS, Course, CourseFault, Row
from eeic.grading.feedback_page import ABOUT_FILE
from eeic.grading.handed_in import Cell, HandedIn, Notebook, cell_name, cell_text
from eeic.grading.items import Item
from eeic.grading.judging import Judged
from eeic.grading.ledger import Ledger, Sheet, SourceCell
from eeic.grading.records import Fault, Record
from eeic.grading.runner import Job, Limits, Ran, Runner

#: Learners, and seconds, after which what is judged is written.
_BATCH, _SOON = 16, 2.0


@dataclass
class Run:
    """What a run of the autograder did.

    Parameters
    ----------
    rows : list of Row
        One for every learner who handed something in.
    graded : list of str
        Those whose work was run now; the others' had been marked and has not changed.
    failures : Path
        The table of everything that was wrong, of all learners.
    """

    rows: list[Row] = field(default_factory=list)
    graded: list[str] = field(default_factory=list)
    failures: Path = Path()

    def __str__(self) -> str:
        counts = {
            status: sum(row.status == status for row in self.rows)
            for status in ("marked", "to mark", "check", "failed")
        }
        told = ", ".join(f"{number} {status}" for status, number in counts.items() if number)
        return (
            f"{len(self.graded)} of {len(self.rows)} were new or changed and have been run: {told}."
            f"\nWhat was wrong, line by line: {self.failures}"
        )


def autograde(
    course: Course,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    caged: bool = True,
    again: Iterable[str] = (),
    limits: Limits | None = None,
) -> Run:
    """Mark everything that was handed in and is new or changed.

    Parameters
    ----------
    course : Course
        The course, with an exercise in view that was released.
    workers : int, optional
        Notebooks at a time on this machine; by default one for each processor.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers run the notebooks instead.
    caged : bool
        Whether notebooks run in a cage; without one they have all your rights.
    again : iterable of str
        Learners whose work is marked even if nothing changed.
    limits : Limits, optional
        What a notebook may use.

    Returns
    -------
    Run

    Raises
    ------
    CourseFault
        If there is nothing to mark, or the exercise can't be marked at all. What is wrong with
        one learner's work never raises: it is in their row.
    LedgerFault
        If the gradebook can't be written.
    NoCage
        If a cage is wanted and the machine has none.
    """
    with grader(course) as desk:
        wanted = desk.to_do(set(again))
        with contextlib.closing(
            desk.marked(wanted, workers=workers, scheduler=scheduler, caged=caged, limits=limits)
        ) as coming:
            desk.write(coming)
        return Run(desk.rows(), sorted(desk.done), desk.write_failures())


@contextlib.contextmanager
def grader(course: Course) -> Iterator[Grader]:
    """Open a course for marking; one grader at a time.

    Raises
    ------
    CourseFault
        If another grader is at work, there is nothing to mark, or the exercise was not released.
    """
    learners = course.learners()
    if not learners:
        raise CourseFault(
            f"nothing to mark: put each learner's folder at submitted/NAME/{course.exercise}/"
        )
    folder = course.root / records.FOLDER / course.exercise
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder), course.ledger() as ledger:
        yield Grader(course, ledger, learners)


@dataclass
class Prepared:
    """What one learner handed in, ready to be run."""

    learner: str
    received: str
    faults: list[Fault] = field(default_factory=list)
    notebooks: dict[str, HandedIn] = field(default_factory=dict)
    #: Name in the learner's folder -> where the file is.
    files: dict[str, Path] = field(default_factory=dict)
    #: Files that are made, not copied.
    made: dict[str, bytes] = field(default_factory=dict)
    #: Why nothing of it can be marked.
    lost: Fault | None = None


@dataclass
class Marked:
    """One learner's work, judged and ready to be written."""

    prepared: Prepared
    judged: dict[str, Judged] = field(default_factory=dict)
    ran: list[Ran] = field(default_factory=list)

    @property
    def learner(self) -> str:
        """Whose work."""
        return self.prepared.learner

    @property
    def faults(self) -> list[Fault]:
        """All that was wrong with it."""
        found = [*self.prepared.faults]
        found += [fault for ran in self.ran for fault in ran.faults]
        found += [fault for judged in self.judged.values() for fault in judged.faults]
        # Names of files may hold what no text file can.
        texts = (
            [text.encode("utf-8", "replace").decode() for text in astuple(one)] for one in found
        )
        return list(dict.fromkeys(Fault(*one) for one in texts))


class Grader:
    """One exercise of a course while it is marked.

    Parameters
    ----------
    course : Course
        The course.
    ledger : Ledger
        Its gradebook, opened.
    learners : list of str
        Who handed something in.
    """

    def __init__(self, course: Course, ledger: Ledger, learners: list[str]) -> None:
        self.course, self.ledger, self.learners = course, ledger, learners
        self.sources = ledger.cells()
        self.released = self._released()
        self.items = self._items()
        self.awards = records.awards(course.root, course.exercise)
        self.against = f"{self._run_against()}-{self._judged_against()}"
        self.others = _other_notebooks(course)
        self.calls = {
            name: [runner.table(table) for table in item.asks()]
            for name, item in self.items.items()
            if item.asks()
        }
        self.tables = {name: _digest(json.dumps(of).encode()) for name, of in self.calls.items()}
        self.lost: dict[str, Fault] = {}
        self.done: set[str] = set()

    # -- what the exercise is --------------------------------------------------------------

    def _released(self) -> dict[str, Notebook]:
        """Return the notebooks as learners got them."""
        found = {}
        for name in self.sources:
            path = self.course.released / f"{name}.ipynb"
            if not path.is_file():
                break
            found[name] = json.loads(path.read_text(encoding="utf-8"))
        if not found or len(found) < len(self.sources):
            raise CourseFault(
                f"{self.course.exercise} has not been released from this folder yet: run "
                f"`eeic exercise release`, or `nbgrader generate_assignment {self.course.exercise}`"
            )
        return found

    def _items(self) -> dict[str, Item]:
        """Return how each item is judged; every marking line must have its item."""
        asked = {
            item
            for notebook in self.released.values()
            for cell in notebook["cells"]
            if cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get("grade")
            if (item := judging.asked_by(cell))
        }
        if not asked or not self.course.keyed:
            return {}
        try:
            items = cohort.items(self.course.root, self.course.exercise)
        except Exception as problem:
            raise CourseFault(f"the marking file can't be used: {problem}") from problem
        if missing := sorted(asked - set(items)):
            raise CourseFault(f"the marking file marks no item {', '.join(missing)}")
        return items

    def _run_against(self) -> str:
        """Return a digest of all that is the course's own and that notebooks are run with."""
        course = self.course
        parts = [
            f"{name}/{cell_name(cell)}\0{self._own_text(name, cell)}".encode()
            for name, notebook in self.released.items()
            for cell in notebook["cells"]
            if cell["cell_type"] == "code"
        ]
        for path in sorted(course.source.rglob("*")):
            if path.is_file() and path.suffix != ".ipynb" and not _ignored(path, course):
                parts += [path.relative_to(course.source).as_posix().encode(), path.read_bytes()]
        return _digest(*parts)

    def _own_text(self, notebook: str, cell: Cell) -> str:
        own = self.sources[notebook].get(cell_name(cell))
        return own.source if own and own.locked else cell_text(cell)

    def _judged_against(self) -> str:
        """Return a digest of all that answers are judged by: the marking file and the points."""
        root, exercise = self.course.root, self.course.exercise
        parts = [json.dumps(self.course.points).encode()]
        if self.items:
            own = cohort.marking_file(root / "marking", exercise).stem
            paths = [*(root / "marking").glob(f"{own}*"), root / "private" / f"{exercise}.json"]
            for path in sorted(path for path in paths if path.is_file()):
                parts += [path.name.encode(), path.read_bytes()]
        return _digest(*parts)

    # -- what is to be done ----------------------------------------------------------------

    def to_do(self, again: set[str]) -> list[Prepared]:
        """Return whose work is new or changed, or is wanted again; its files are not read yet."""
        if unknown := sorted(again - set(self.learners)):
            raise CourseFault(f"{', '.join(unknown)} handed in nothing; is the name right?")
        held = self.ledger.read()
        found = []
        for learner in self.learners:
            try:
                received = received_of(self.course.submitted(learner), self.course)
            except OSError as problem:
                self.lost[learner] = Fault(
                    "folder unreadable",
                    f"submitted/{learner}/{self.course.exercise}",
                    f"The folder can't be read ({problem.strerror}).",
                    "Mend its permissions and run the command again.",
                )
                continue
            record = self.record(learner)
            if (
                learner in again
                or record is None
                or (record.received, record.against) != (received, self.against)
                or learner not in held
                or not self.course.autograded(learner).is_dir()
            ):
                found.append(Prepared(learner, received))
        return found

    def record(self, learner: str) -> Record | None:
        """Return a learner's record, if there is one."""
        return records.read(records.place(self.course.root, self.course.exercise, learner))

    def prepare(self, prepared: Prepared) -> Prepared:
        """Read what a learner handed in, and make it ready to be run."""
        folder = self.course.submitted(prepared.learner)
        usable = folder.is_dir() and not folder.is_symlink()
        if usable:
            self._find_files(prepared, folder)
        else:
            kind = "symbolic link" if folder.is_symlink() else "not a folder"
            said = "a link; it was not followed." if folder.is_symlink() else "not a folder."
            what = f"submitted/{prepared.learner}/{folder.name} is {said}"
            prepared.faults.append(Fault(kind, folder.name, what, "Put the folder itself there."))
        self._find_source_files(prepared)
        for name, released in self.released.items():
            if usable:
                others = {n: ids for n, ids in self.others.items() if n != name}
                path = folder / f"{name}.ipynb"
                seen = handed_in.inspect(path, released, others, siblings=frozenset(self.released))
            else:
                seen = HandedIn(copy.deepcopy(released))
            prepared.faults += seen.faults
            if not seen.readable and self.items:
                what = "Only answers given with the controls could be marked."
                prepared.faults.append(Fault("controls only", name, what, ""))
            prepared.notebooks[name] = self._whole(name, seen)
        return prepared

    def _whole(self, name: str, seen: HandedIn) -> HandedIn:
        """Put the tests that learners don't see into the exercise's own cells."""
        sources: Mapping[str, SourceCell] = self.sources[name]
        for cell in seen.notebook["cells"]:
            own = sources.get(cell_name(cell))
            if own is None:
                continue
            described = cell["metadata"]["nbgrader"] = dict(cell["metadata"]["nbgrader"])
            described["checksum"] = own.checksum
            if own.locked:
                cell["source"] = own.source
        for cell in seen.notebook["cells"]:
            cell["source"] = cell_text(cell)
            cell.setdefault("metadata", {})
        return seen

    def _find_files(self, prepared: Prepared, folder: Path) -> None:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_symlink():
                if path.suffix != ".ipynb":  # a notebook's is told with the notebook
                    what = f"{name} is a link to another file; it was left out."
                    prepared.faults.append(
                        Fault("symbolic link", name, what, "Ask for the file itself.")
                    )
            elif path.is_file() and path.suffix != ".ipynb" and not _ignored(path, self.course):
                prepared.files[name] = path
        answers = prepared.files.get(ANSWERS)
        if answers is not None and (problem := _answers_problem(answers)):
            del prepared.files[ANSWERS]
            prepared.made[ANSWERS] = b'{"version": 1, "answers": {}}\n'
            what = (
                f"{ANSWERS} could not be read ({problem}): "
                "answers given with the controls are lost."
            )
            prepared.faults.append(Fault("answers damaged", ANSWERS, what, "Ask for a fresh copy."))

    def _find_source_files(self, prepared: Prepared) -> None:
        """Put the exercise's own files over the learner's, as nbgrader does."""
        for path in sorted(self.course.source.rglob("*")):
            if path.is_file() and path.suffix != ".ipynb" and not _ignored(path, self.course):
                name = path.relative_to(self.course.source).as_posix()
                for mine in list(prepared.files):  # a folder may have a file's name, or the reverse
                    if mine.startswith(f"{name}/") or name.startswith(f"{mine}/"):
                        del prepared.files[mine]
                prepared.files[name] = path
                prepared.made.pop(name, None)

    # -- running and judging ---------------------------------------------------------------

    def marked(
        self,
        wanted: Sequence[Prepared],
        *,
        workers: int | None = None,
        scheduler: str | None = None,
        caged: bool = True,
        limits: Limits | None = None,
    ) -> Generator[Marked, None, None]:
        """Run and judge; give each learner's work when it is judged."""
        waiting: dict[str, Prepared] = {}
        limits = limits or Limits()

        def tasks() -> Iterator[_Task]:
            for one in wanted:
                one = Prepared(one.learner, one.received)  # what it holds goes when it is written
                try:
                    self.prepare(one)
                except Exception as problem:
                    one.lost = _unexpected(problem)
                waiting[one.learner] = one
                yield self._task(one, caged, limits, packed=scheduler is not None)

        with contextlib.ExitStack() as stack:
            if not wanted:
                return
            advance, say = stack.enter_context(progress.shown(len(wanted), " notebooks"))
            self.ledger.say = say
            if scheduler is not None:
                results = executors.run(_run, tasks(), scheduler=scheduler)
            else:
                number = min(workers or os.cpu_count() or 1, len(wanted))
                pool = stack.enter_context(_Pool(number, limits, caged))
                results = executors.in_threads(pool.run, tasks(), number)
            stack.enter_context(contextlib.closing(results))  # type: ignore[type-var]
            for learner, ran in results:
                yield self._judge(waiting.pop(learner), ran)
                advance(1)

    def _task(self, one: Prepared, caged: bool, limits: Limits, *, packed: bool) -> _Task:
        files = {name: str(path) for name, path in one.files.items()}
        contents = dict(one.made)
        if packed:  # another machine has none of these files
            contents |= {name: path.read_bytes() for name, path in one.files.items()}
            files = {}
        jobs = [
            Job(one.learner, seen.notebook, files, self.calls, limits, caged)
            for seen in one.notebooks.values()
        ]
        return _Task(one.learner, [] if one.lost else jobs, contents)

    def _judge(self, one: Prepared, ran: list[Ran]) -> Marked:
        marked = Marked(one, ran=ran)
        if one.lost:
            return marked
        try:
            for (name, seen), each in zip(one.notebooks.items(), ran, strict=True):
                judged = judging.judge(
                    seen.notebook,
                    each,
                    self.items,
                    put_back=seen.put_back,
                    awards={
                        self.course.place_of(cell)[1]: said
                        for cell, said in self.awards.items()
                        if self.course.place_of(cell)[0] == name
                    },
                    tables=self.tables,
                )
                marked.judged[name] = judged
        except Exception as problem:
            one.lost = _unexpected(problem)
        return marked

    # -- writing ---------------------------------------------------------------------------

    def write(self, coming: Iterable[Marked]) -> None:
        """Write learners' work in batches as it comes; if stopped, what has come is written."""
        batch: list[Marked] = []
        last = time.monotonic()
        try:
            for marked in coming:
                if marked.prepared.lost:
                    self.lost[marked.learner] = marked.prepared.lost
                    continue
                batch.append(marked)
                if len(batch) >= _BATCH or time.monotonic() - last > _SOON:
                    full, batch = batch, []
                    self.put(full)
                    last = time.monotonic()
        finally:
            self.put(batch)

    def put(self, batch: Sequence[Marked]) -> None:
        """Write one batch: marked notebooks, then the gradebook, then the records."""
        made, placed = [], []
        for marked in batch:
            record = self._new_record(marked)
            try:
                self._put_folder(marked, record.attempt)
            except Exception as problem:  # of one learner's files; the others' are written
                self.lost[marked.learner] = _unexpected(problem)
                continue
            made.append(record)
            placed.append(marked)
        late = self.ledger.write([self._sheet(marked) for marked in placed])
        for record in made:
            records.write(self.course.root, replace(record, late=late.get(record.learner, 0.0)))
            self.done.add(record.learner)

    def _sheet(self, marked: Marked) -> Sheet:
        scores = {
            (name, cell): points
            for name, judged in marked.judged.items()
            for cell, points in judged.scores.items()
        }
        comments = {
            (name, cell): said
            for name, judged in marked.judged.items()
            for cell, said in judged.comments.items()
        }
        return Sheet(marked.learner, _handed_in(marked.prepared), scores, comments)

    def _new_record(self, marked: Marked) -> Record:
        before = self.record(marked.learner)
        attempt = 1
        if before is not None:
            attempt = before.attempt + (before.received != marked.prepared.received)
        when = _handed_in(marked.prepared)
        return Record(
            marked.learner,
            self.course.exercise,
            marked.prepared.received,
            self.against,
            datetime.now(UTC).isoformat(timespec="seconds"),
            attempt,
            f"{when.isoformat(timespec='seconds')}+00:00" if when else "",
            faults=marked.faults,
            items={
                self.course.name_of(name, cell): item
                for name, judged in marked.judged.items()
                for cell, item in judged.items.items()
            },
            seconds=round(sum(ran.seconds for ran in marked.ran), 3),
            cpu=round(sum(ran.cpu for ran in marked.ran), 3),
            memory=round(max((ran.memory for ran in marked.ran), default=0.0), 1),
        )

    def _put_folder(self, marked: Marked, attempt: int) -> None:
        """Put a learner's marked work in place; an earlier attempt's goes to the history."""
        place = self.course.autograded(marked.learner)
        new, old = (place.with_name(f".{place.name}.{word}") for word in ("new", "old"))
        for left in (new, old):
            shutil.rmtree(left, ignore_errors=True)
        new.mkdir(parents=True)
        mode = 0o664 if self.course.directory.groupshared else 0o644
        for name, path in marked.prepared.files.items():
            _make_room(new / name)
            shutil.copyfile(path, new / name)
        for name, data in marked.prepared.made.items():
            _make_room(new / name)
            (new / name).write_bytes(data)
        for name, judged in marked.judged.items():
            text = json.dumps(_told(judged.notebook, marked.faults), ensure_ascii=False)
            (new / f"{name}.ipynb").write_text(text, encoding="utf-8")
        for folder, _, names in os.walk(new):
            if self.course.directory.groupshared:
                Path(folder).chmod(0o2775)
            for name in names:
                Path(folder, name).chmod(mode)
        before = self.record(marked.learner)
        if place.exists():
            kept = old
            if before is not None and before.attempt < attempt:
                history = records.history(self.course.root, self.course.exercise)
                kept = history / f"{marked.learner}.{before.attempt}"
                history.mkdir(parents=True, exist_ok=True)
                shutil.rmtree(kept, ignore_errors=True)
            shutil.move(place, kept)
        new.rename(place)
        shutil.rmtree(old, ignore_errors=True)

    # -- telling ---------------------------------------------------------------------------

    def rows(self) -> list[Row]:
        """Return every learner's line, with what could not be marked in this run."""
        rows = []
        for row in self.course.rows():
            fault = self.lost.get(row.learner)
            rows.append(replace(row, status="failed", notes=[str(fault)]) if fault else row)
        return rows

    def write_failures(self) -> Path:
        """Write the table of everything that was wrong, of all learners; return the file."""
        text = io.StringIO(newline="")
        lines = csv.writer(text)
        lines.writerow(["learner", "kind", "where", "what", "todo"])
        found = {r.learner: r.faults for r in records.every(self.course.root, self.course.exercise)}
        for learner in self.learners:
            lost = self.lost.get(learner)
            for fault in [lost] if lost else found.get(learner, []):
                lines.writerow([learner, fault.kind, fault.where, fault.what, fault.todo])
        path = self.course.root / records.FOLDER / self.course.exercise / "failures.csv"
        put_in_place(path, text.getvalue().encode())
        return path


def received_of(folder: Path, course: Course) -> str:
    """Return a digest of everything in a folder that was handed in.

    Raises
    ------
    OSError
        If something in it can't be read.
    """
    if folder.is_symlink():
        return _digest(os.fsencode(folder.readlink()))
    parts: list[bytes] = []
    if folder.is_dir():
        os.scandir(folder).close()  # rglob passes over what it may not read
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        name = os.fsencode(path.relative_to(folder))
        if path.is_symlink():
            parts += [name, os.fsencode(path.readlink())]
        elif path.is_dir():
            os.scandir(path).close()
        elif path.is_file() and not _ignored(path, course):
            with path.open("rb") as file:
                parts += [name, hashlib.file_digest(file, "blake2b").digest()]
    return _digest(*parts)


def _digest(*parts: bytes) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


# -- where notebooks are run ---------------------------------------------------------------------


@dataclass(frozen=True)
class _Task:
    """One learner's notebooks on their way to a worker, with what must travel along."""

    learner: str
    jobs: list[Job]
    contents: dict[str, bytes]


def _run(task: _Task, run: Callable[[Job], Ran] = runner.run) -> tuple[str, list[Ran]]:
    """Run a learner's notebooks; importable by name, so that a cluster's workers can do it."""
    if not task.contents:
        return task.learner, [run(job) for job in task.jobs]
    with tempfile.TemporaryDirectory(prefix="eeic-") as folder:
        files = {}
        for name, data in task.contents.items():
            path = Path(folder, name)
            _make_room(path)
            path.write_bytes(data)
            files[name] = str(path)
        return task.learner, [run(replace(job, files=job.files | files)) for job in task.jobs]


class _Pool:
    """The runners of this machine's threads."""

    def __init__(self, number: int, limits: Limits, caged: bool) -> None:
        self.all = [Runner(limits, caged) for _ in range(number)]
        self.free: queue.SimpleQueue[Runner] = queue.SimpleQueue()
        self.closed = False
        for one in self.all:
            self.free.put(one)

    def __enter__(self) -> _Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True
        for one in self.all:
            one.close()

    def run(self, task: _Task) -> tuple[str, list[Ran]]:
        one = self.free.get()
        try:
            return _run(task, one.run)
        finally:
            self.free.put(one)
            if self.closed:  # it was stopped in the middle, and may have started again
                one.close()


# -- small things --------------------------------------------------------------------------------


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep out whoever else would change the exercise's work, where the system has locks."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CourseFault(
                "another run is marking this exercise; wait until it has finished"
            ) from None
        yield


def _other_notebooks(course: Course) -> dict[str, frozenset[str]]:
    """Return the grade ids of the course's released notebooks, by name."""
    found = {}
    for path in sorted((course.root / "release").glob("*/*.ipynb")):
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            found[path.stem] = frozenset(filter(None, map(cell_name, cells)))
    return found


def _ignored(path: Path, course: Course) -> bool:
    """Say whether nbgrader would pass over a file."""
    parts = path.relative_to(course.root).parts[2:]
    return any(fnmatch.fnmatch(part, glob) for part in parts for glob in course.directory.ignore)


def _answers_problem(path: Path) -> str:
    """Say what is wrong with a file of saved controls, if anything."""
    try:
        saved = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError):
        return "it is damaged"
    if isinstance(saved, dict) and isinstance(saved.get("answers"), dict):
        return ""
    return "it does not hold answers"


def _handed_in(prepared: Prepared) -> datetime | None:
    """Return when work was handed in, as nbgrader's exchange notes it; None if it doesn't."""
    path = prepared.files.get("timestamp.txt")
    if path is None:
        return None
    from nbgrader.utils import parse_utc

    try:
        return parse_utc(path.read_text(encoding="utf-8").strip())
    except (ValueError, OverflowError):
        return None


def _told(notebook: Notebook, faults: Sequence[Fault]) -> Notebook:
    """Return a notebook that begins with what was wrong with the file, for learner and marker."""
    if not faults:
        return notebook
    source = "\n>\n> ".join([ABOUT_FILE, *map(str, faults)])
    told = {"cell_type": "markdown", "id": "about-this-file", "metadata": {}, "source": source}
    return {**notebook, "cells": [told, *notebook["cells"]]}


def _unexpected(problem: Exception) -> Fault:
    return Fault(
        "marking failed",
        "",
        f"This could not be marked ({type(problem).__name__}: {problem}).",
        "Mark it by hand, and please report this fault of the course's tools.",
    )


def _make_room(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
