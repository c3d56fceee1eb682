"""The grader's side of running a learner's notebook: what goes in, what comes out, what went wrong.

The notebook runs in a process that is not trusted. What it says arrives on a pipe, one JSON line a
finished cell, and is read as data of any size, shape and truth; it decides nothing here. A process
that dies or hangs costs its learner the cell that it was in: the notebook is run again without it.
"""

from __future__ import annotations

import base64
import contextlib
import json
import math
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from eeic.grading import sandbox
from eeic.grading.handed_in import cell_name, cell_text
from eeic.grading.judging import asked_by
from eeic.grading.records import Fault
from eeic.grading.sandbox import Limits

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CellRan", "Job", "Limits", "NoCage", "Ran", "Runner", "run", "table"]

#: How often a notebook is run again without the cell that ended its process.
AGAIN = 3
#: Seconds that a cell may need to be stopped from inside, before its process is ended.
_GRACE = 3.0
#: Seconds in which the libraries must be imported.
_START = 120.0
#: How deep, and how many parts, what a process says may be; text would take far less.
_DEEPEST = 40
_MOST_PARTS = 1_000_000
_MOST_ANSWERS = 1000


class NoCage(RuntimeError):
    """Notebooks can't be caged on this machine; the text says why and what to do."""


@dataclass(frozen=True)
class Job:
    """One learner's notebook to run.

    Parameters
    ----------
    learner : str
        Whose; for messages only, and not told to the notebook's process.
    notebook : dict
        The notebook (nbformat 4), with the exercise's own cells in place.
    files : dict
        Name in the notebook's folder -> path of the file that is copied there.
    calls : dict
        Item -> the tables, as `table` writes them, on which the learner's function is called.
    limits : Limits, optional
        What the notebook may use; without, what its runner was made with.
    caged : bool
        Whether it must run in the cage. Outside, it runs with all your rights.
    """

    learner: str
    notebook: dict[str, Any]
    files: dict[str, str] = field(default_factory=dict)
    calls: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    limits: Limits | None = None
    caged: bool = True


@dataclass
class CellRan:
    """What came of one cell; of a cell that is not code, nothing.

    Parameters
    ----------
    outputs : list of dict
        nbformat outputs.
    outcome : str
        "done", "error", "timed out", "stopped" (its process ended in it) or "not run".
    seconds : float
        Wall seconds.
    said : str
        One sentence, or the name of the error, where it is not done.
    """

    outputs: list[dict[str, Any]] = field(default_factory=list)
    outcome: str = "not run"
    seconds: float = 0.0
    said: str = ""


@dataclass
class Ran:
    """What came of a notebook.

    Parameters
    ----------
    cells : list of CellRan
        One for each cell of the notebook.
    answers : dict
        Item -> ``{"plain": value}``, ``{"unreadable": sentence}`` or, where a function was called,
        ``{"results": [...]}`` as `items.Called` has them. Values are plain, and not to be trusted.
    faults : list of Fault
        What went wrong in running it.
    seconds, cpu, memory : float
        Wall seconds, processor seconds and peak megabytes, over all that was started.
    """

    cells: list[CellRan]
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    seconds: float = 0.0
    cpu: float = 0.0
    memory: float = 0.0


def table(frame: pd.DataFrame) -> dict[str, Any]:
    """Return a table as plain data for `Job.calls`.

    Parameters
    ----------
    frame : DataFrame
        Numbers, text and missing values.

    Returns
    -------
    dict
        index, columns, data and dtypes.

    Examples
    --------
    >>> import pandas as pd
    >>> table(pd.DataFrame({"people": [60, 20]}))
    {'index': [0, 1], 'columns': ['people'], 'data': [[60], [20]], 'dtypes': ['int64']}
    """
    return {**frame.to_dict("split"), "dtypes": [str(kind) for kind in frame.dtypes]}


class Runner:
    """One warm process, and the notebooks that are forked from it, one at a time.

    Parameters
    ----------
    limits : Limits
        For jobs that say nothing else.
    caged : bool
        Whether notebooks run in the cage.

    Raises
    ------
    NoCage
        If a cage is wanted and this machine has none.
    """

    def __init__(self, limits: Limits | None = None, caged: bool = True) -> None:
        if not hasattr(os, "fork"):
            raise NoCage(
                "Notebooks are marked on Linux or macOS: on Windows use the container that "
                "deploy/ describes, or the Windows Subsystem for Linux."
            )
        if caged and not (cage := sandbox.available()):
            raise NoCage(cage.why_not)
        self.limits = limits or Limits()
        self.caged = caged
        self._warm: _Warm | None = None
        self._closed = False

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.close()

    def close(self) -> None:
        """End the warm process and what runs in it; nothing can be run after."""
        self._closed = True
        self._end_warm()

    def _end_warm(self) -> None:
        if self._warm is not None:
            self._warm.close()
            self._warm = None

    def run(self, job: Job) -> Ran:
        """Run a notebook, again without a cell that ended its process.

        Parameters
        ----------
        job : Job
            What to run.

        Returns
        -------
        Ran
            Whatever the notebook does, this returns.

        Raises
        ------
        NoCage
            If the job must be caged and this runner has no cage.
        RuntimeError
            If the warm process can't be started, or keeps ending.
        """
        if job.caged and not self.caged:
            raise NoCage(f"{job.learner}'s notebook must be caged, and this runner has no cage.")
        self._ready()
        limits = job.limits or self.limits
        began = time.monotonic()
        cells = job.notebook["cells"]
        ran = Ran([CellRan() for _ in cells])
        files = _read_files(job, limits, ran)
        lost: dict[int, CellRan] = {}
        attempt = _Attempt(cells, [])
        for _ in range(AGAIN + 1):
            left = limits.seconds - (time.monotonic() - began)
            if left <= 0:
                break
            attempt = self._once(job, files, list(lost), limits, time.monotonic() + left)
            ran.cpu += attempt.cpu
            ran.memory = max(ran.memory, attempt.memory)
            if attempt.unwatched and self._warm is not None and self._warm.has_ended():
                continue  # it was ended from outside: no cell of the notebook is to blame
            if attempt.fault:
                ran.faults.append(attempt.fault)
            if attempt.finished or attempt.running is None:
                break
            lost[attempt.running] = attempt.lost()
        else:
            said = f"It was run {AGAIN + 1} times, and its process was ended each time."
            ran.faults.append(Fault("stopped", "the notebook", said, _AGAIN))
        for place, ran_cell in {**attempt.cells, **lost}.items():
            ran.cells[place] = ran_cell
        for place, (cell, ran_cell) in enumerate(zip(cells, ran.cells, strict=True)):
            if cell.get("cell_type") != "code":
                continue
            if ran_cell.outcome == "not run":
                ran_cell.said = "The cell was not run: the notebook was ended before it."
            kind = "memory" if ran_cell.said == "MemoryError" else ran_cell.outcome
            if place not in lost and kind in ("timed out", "memory"):
                said = ran_cell.said
                if kind == "memory":
                    said = f"The cell asked for more than {limits.memory_mb} MB of memory."
                ran.faults.append(Fault(kind, _where(cell, place), said, _TODO))
        ran.faults += attempt.tampered
        ran.answers = _answers(cells, attempt.answers)
        ran.seconds = time.monotonic() - began
        return ran

    def _once(
        self, job: Job, files: dict[str, str], skip: list[int], limits: Limits, until: float
    ) -> _Attempt:
        """Run a notebook once, in a process forked from the warm one."""
        attempt = _Attempt(job.notebook["cells"], skip)
        with contextlib.ExitStack() as stack:
            folder = None
            if not self.caged:
                folder = tempfile.mkdtemp(prefix="eeic-marking-")
                stack.callback(shutil.rmtree, folder, ignore_errors=True)
            wanted = {
                "cells": [
                    (place, cell_text(cell), _tests_here(cell))
                    for place, cell in enumerate(job.notebook["cells"])
                    if cell.get("cell_type") == "code"
                ],
                "files": files,
                "calls": job.calls,
                "limits": asdict(limits),
                "skip": skip,
                "folder": folder,
            }
            running = self._fork(wanted)
            stack.callback(running.close)
            attempt.follow(running, limits, until)
        return attempt

    def _fork(self, wanted: dict[str, Any]) -> _Running:
        """Have a process forked; a warm process that has died is started anew, once."""
        with contextlib.suppress(OSError):
            return self._ready().fork(wanted)
        self._end_warm()
        try:
            return self._ready().fork(wanted)
        except OSError:
            raise RuntimeError(
                "The process that notebooks are forked from keeps ending, most likely for want "
                "of memory; run the command again with fewer workers."
            ) from None

    def _ready(self) -> _Warm:
        if self._closed:
            raise RuntimeError("This runner was closed.")
        if self._warm is None:
            self._warm = _Warm(self.caged)
        return self._warm


def _read_files(job: Job, limits: Limits, ran: Ran) -> dict[str, str]:
    """Read the job's files; what can't go into the cage becomes a fault."""
    found, room = {}, limits.file_mb * 2**20 // 2  # the rest is for what the notebook writes
    for name, source in job.files.items():
        path, inside = Path(source), PurePosixPath(name)
        if path.is_symlink():
            kind, said = "symbolic link", f"{name} is a link to another file and was left out."
        elif inside.is_absolute() or ".." in inside.parts or not path.is_file():
            kind, said = "file missing", f"{name} is not a file of the notebook's folder."
        elif path.stat().st_size > room:
            kind, said = (
                "huge file",
                f"{name} makes the files larger than {limits.file_mb // 2} MB.",
            )
        else:
            data = path.read_bytes()
            room -= len(data)
            found[name] = base64.b64encode(data).decode()
            continue
        ran.faults.append(Fault(kind, name, said, _HAND_IN))
    return found


_TODO = "The other cells were run and marked without it; look at the cell with the learner."
_AGAIN = "Run the command again; if it happens again, mark this notebook by hand."
_TAMPERED = "The points of this test may not be earned: look at the notebook's code."
_HAND_IN = "Ask the learner to hand in the file itself, if the notebook needs it."


class _Warm:
    """The process that `eeic.grading.warm` is, seen from here."""

    def __init__(self, caged: bool) -> None:
        here, there = socket.socketpair()
        environment = {
            **sandbox.ENVIRONMENT,
            "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",  # macOS would refuse to fork
        }
        self._scratch = None
        if not caged:
            self._scratch = tempfile.mkdtemp(prefix="eeic-marking-")
            environment |= {"HOME": self._scratch, "TMPDIR": self._scratch}
            environment |= {"MPLCONFIGDIR": self._scratch, "IPYTHONDIR": self._scratch}
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        with there:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", "eeic.grading.warm"),
                    *(str(there.fileno()), "caged" if caged else "free"),
                ],
                env=environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                pass_fds=[there.fileno()],
                start_new_session=True,
            )
        self._control = here
        here.settimeout(_START)
        said = b""
        with contextlib.suppress(OSError):
            while not said.endswith(b"\n") and (more := here.recv(4096)):
                said += more
        if said != b"ready\n":
            self._process.kill()
            self._errors.seek(0)
            errors = self._errors.read().decode("utf-8", "replace").strip()
            self.close()
            why = said.decode("utf-8", "replace").strip() or errors.rpartition("\n")[2]
            raise RuntimeError(f"Notebooks can't be run here: {why or 'no reason was given'}.")

    def fork(self, wanted: dict[str, Any]) -> _Running:
        """Have a notebook's process forked.

        Raises
        ------
        OSError
            If the warm process has ended.
        """
        life, keep = os.pipe()
        lines, out = os.pipe()
        ended, end = os.pipe()
        with tempfile.TemporaryFile() as job:
            job.write(json.dumps(wanted).encode())
            job.seek(0)
            try:
                socket.send_fds(self._control, [b"j"], [job.fileno(), life, out, end])
            except OSError:
                for number in (keep, lines, ended):
                    os.close(number)
                raise
            finally:
                for number in (life, out, end):
                    os.close(number)
        return _Running(keep, lines, ended)

    def has_ended(self) -> bool:
        """Say whether the warm process is no more; what it forked may end a moment before it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2)
        return self._process.returncode is not None

    def close(self) -> None:
        self._control.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)


class _Running:
    """The open ends of one notebook's process: life (closed to end it), lines, and its end."""

    def __init__(self, keep: int, lines: int, ended: int) -> None:
        self.keep: int | None = keep
        self.lines, self.ended = lines, ended

    def stop(self) -> None:
        """Have it ended."""
        if self.keep is not None:
            os.close(self.keep)
            self.keep = None

    def close(self) -> None:
        self.stop()
        os.close(self.lines)
        os.close(self.ended)


class _Attempt:
    """What is known of one run of a notebook, from what its process says."""

    def __init__(self, notebook: list[dict[str, Any]], skip: list[int]) -> None:
        self.notebook = notebook
        code = (at for at, cell in enumerate(notebook) if cell.get("cell_type") == "code")
        self.wanted = set(code) - set(skip)
        self.cells: dict[int, CellRan] = {}
        self.answers: list[tuple[int, str, dict[str, Any]]] = []
        self.running: int | None = None
        self.finished = False
        self.unwatched = False  # its keeper ended without a word, as the warm process does
        self.fault: Fault | None = None
        self.tampered: list[Fault] = []
        self.cpu = self.memory = 0.0
        self._since = time.monotonic()
        self._over = self._broken = ""
        self._brackets, self._room = 0, [_MOST_PARTS]
        self._spent = 0.0

    def lost(self) -> CellRan:
        """Return what is said of the cell in which the process ended."""
        assert self.fault is not None
        outcome = "timed out" if self.fault.kind == "timed out" else "stopped"
        # As nbgrader names them.
        name = "CellTimeoutError" if outcome == "timed out" else "DeadKernelError"
        said = self.fault.what
        error = {"output_type": "error", "ename": name, "evalue": said}
        outputs = [{**error, "traceback": [f"{name}: {said}"]}]
        return CellRan(outputs, outcome, round(self._spent, 4), said)

    def follow(self, running: _Running, limits: Limits, until: float) -> None:
        """Read what the process says until it ends or has to be ended."""
        # What JSON and pictures in it take is more than what they show.
        longest = 4 * limits.output_kb * 2**10 + 2**22
        whole = 4 * limits.total_output_mb * 2**20 + 2**23
        self._brackets = limits.output_kb * 2**10 + 100_000
        self._since, heard, rest = time.monotonic(), 0, bytearray()
        while not (self.finished or self._over):
            now = time.monotonic()
            cell_ends = self._since + limits.cell_seconds + _GRACE
            deadline = until if self.running is None else min(until, cell_ends)
            if now >= deadline:
                self._over = "notebook" if deadline == until else "cell"
            elif select.select([running.lines], [], [], deadline - now)[0]:
                data = os.read(running.lines, 1 << 18)
                if not data:
                    break
                heard += len(data)
                rest += data
                if heard > whole or (len(rest) > longest and b"\n" not in rest):
                    self._over = "output"
                *lines, rest = rest.split(b"\n")
                for line in lines:
                    if not (self.finished or self._over):
                        self._take(bytes(line))
        self._spent = time.monotonic() - self._since
        if self.finished:  # it ends by itself, at once, and can then be asked what it used
            select.select([running.ended], [], [], 1)
        running.stop()
        how = _how_it_ended(running.ended)
        self.cpu, self.memory = how.get("cpu", 0.0), how.get("memory", 0.0)
        if not self.finished:
            self.unwatched = not how
            self._explain(how, limits)

    def _take(self, data: bytes) -> None:
        """Take one line; one that is not as it must be ends the reading."""
        try:
            # A list takes thirty times what its brackets do, so they are counted before.
            if data.count(b"[") + data.count(b"{") > self._brackets:
                raise ValueError("too many parts")
            line = _clean(json.loads(data.decode("utf-8")), self._room)
            if "start" in line:
                self.running, self._since = self._place(line["start"]), time.monotonic()
            elif "answer" in line:
                if len(self.answers) >= _MOST_ANSWERS:
                    raise ValueError("too many answers")
                self.answers.append((self._place(line["cell"]), *_answer(line)))
            elif "changed" in line:
                place, names = self._place(line["cell"]), ", ".join(map(str, line["changed"]))
                said = f"Before this test, the notebook had changed {names[:200]}."
                where = _where(self.notebook[place], place)
                self.tampered.append(Fault("tampered", where, said, _TAMPERED))
            elif "cell" in line:
                place = self._place(line["cell"])
                if place != self.running:
                    raise ValueError("not the cell that runs")
                outcome = line["outcome"]
                if outcome not in ("done", "error", "timed out"):
                    raise ValueError("unknown outcome")
                outputs = [_output(one) for one in line["outputs"]]
                self.cells[place] = CellRan(
                    outputs, outcome, float(line["seconds"]), str(line["said"])[:500]
                )
                self.running = None
            elif "end" in line:
                if self.cells.keys() != self.wanted:
                    raise ValueError("not all cells were run")
                self.finished = True
            elif "broken" in line:
                self._broken = str(line["broken"])[:500]
            elif "hello" not in line:
                raise ValueError("unknown line")
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
            self._over = "garbled"

    def _place(self, place: Any) -> int:
        if type(place) is not int or not 0 <= place < len(self.notebook):
            raise ValueError("no such cell")
        return place

    def _explain(self, how: dict[str, Any], limits: Limits) -> None:
        """Say why a run did not come to its end."""
        kind, what = {
            "cell": (
                "timed out",
                f"The cell was stopped after {limits.cell_seconds:g} seconds; "
                "it would not end by itself.",
            ),
            "notebook": (
                "timed out",
                f"The notebook was stopped after {limits.seconds:g} seconds.",
            ),
            "output": ("huge output", "The cell showed more than can be kept."),
            "garbled": ("garbled", "The cell wrote to the channel that results come back on."),
            "memory": ("memory", f"The cell took more than {limits.memory_mb} MB of memory."),
            "processes": (
                "processes",
                f"The cell started more than {limits.processes} processes.",
            ),
        }.get(self._over or how.get("why", ""), _how(how.get("status"), limits))
        if self.running is not None:
            where, todo = _where(self.notebook[self.running], self.running), _TODO
        else:
            where, todo = "the notebook", _AGAIN
            what = f"It could not be run to its end. {how.get('broken') or self._broken or what}"
        self.fault = Fault(kind, where, what, todo)


def _how_it_ended(ended: int) -> dict[str, Any]:
    """Return what the keeper says of the end; it is trusted, and may have been killed."""
    if not select.select([ended], [], [], 15)[0]:
        return {}
    try:
        return json.loads(os.read(ended, 4096) or b"{}")
    except ValueError:
        return {}


def _how(status: Any, limits: Limits) -> tuple[str, str]:
    """Say how a process ended."""
    said = "The process that ran the notebook was ended in this cell"
    number = 0
    if type(status) is int:
        number = -status if status < 0 else 256 - status  # as `sandbox` passes a signal on
    if number == signal.SIGXCPU:
        said = f"The cell took more than {limits.cpu_seconds} seconds of a processor"
        return "timed out", f"{said}."
    with contextlib.suppress(ValueError):
        said += f" ({signal.Signals(number).name})"
    return "stopped", f"{said}."


def _clean(value: Any, room: list[int], depth: int = 0) -> Any:
    """Return what was read, with text that can be written to a file, if it is not too much."""
    room[0] -= 1
    if depth > _DEEPEST or room[0] < 0:
        raise ValueError("too deep, or too many parts")
    if type(value) is dict:
        return {_clean(k, room, depth + 1): _clean(v, room, depth + 1) for k, v in value.items()}
    if type(value) is list:
        return [_clean(part, room, depth + 1) for part in value]
    if type(value) is str and not value.isascii():
        return value.encode("utf-8", "replace").decode()
    return value


def _answer(line: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return an item and its answer, if it has one of the three forms."""
    item = line["answer"]
    if type(item) is not str:
        raise ValueError("no item")
    if "plain" in line:
        return item, {"plain": line["plain"]}
    if "unreadable" in line:
        return item, {"unreadable": str(line["unreadable"])[:500]}
    results = line["results"]
    if type(results) is not list:
        raise ValueError("no results")
    return item, {"results": [_result(one) for one in results]}


def _result(one: Any) -> Any:
    if one is None or type(one) is float:
        return one
    if type(one) is int:
        return float(one)
    return {"error": str(one["error"])[:500]}


def _output(one: dict[str, Any]) -> dict[str, Any]:
    """Return an output, if it is one that nbformat knows."""
    kind = one["output_type"]
    if kind == "stream":
        if one["name"] not in ("stdout", "stderr"):
            raise ValueError("no such stream")
        return {"output_type": kind, "name": one["name"], "text": str(one["text"])}
    if kind == "error":
        return {
            "output_type": kind,
            "ename": str(one["ename"]),
            "evalue": str(one["evalue"]),
            "traceback": [str(line) for line in one["traceback"]],
        }
    if kind not in ("display_data", "execute_result"):
        raise ValueError("no such output")
    output = {
        "output_type": kind,
        "data": {str(k): _finite(v) for k, v in one["data"].items()},
        "metadata": {str(k): _finite(v) for k, v in one["metadata"].items()},
    }
    if kind == "execute_result":
        count = one["execution_count"]
        output["execution_count"] = count if type(count) is int else None
    return output


def _finite(value: Any) -> Any:
    """Return what a notebook file can hold: NaN and infinity are not JSON."""
    if type(value) is dict:
        return {k: _finite(v) for k, v in value.items()}
    if type(value) is list:
        return [_finite(part) for part in value]
    return None if type(value) is float and not math.isfinite(value) else value


def _answers(
    cells: list[dict[str, Any]], given: list[tuple[int, str, dict[str, Any]]]
) -> dict[str, dict[str, Any]]:
    """Return each item's answer: the one of its marking cell, not one that a learner marked."""
    found: dict[str, dict[str, Any]] = {}
    by_marking_cell: set[str] = set()
    for place, item, answer in given:
        described = cells[place].get("metadata", {}).get("nbgrader", {})
        if described.get("grade"):
            by_marking_cell.add(item)
        elif item in by_marking_cell:
            continue
        found[item] = answer
    return found


def _tests_here(cell: dict[str, Any]) -> bool:
    """Say whether a cell is marked by its own tests, and not by an answer that is judged here."""
    described = cell.get("metadata", {}).get("nbgrader", {})
    return bool(described.get("grade")) and not asked_by(cell)


def _where(cell: dict[str, Any], place: int) -> str:
    return cell_name(cell) or f"cell {place + 1}"


_kept = threading.local()


def run(job: Job) -> Ran:
    """Run a notebook with the runner of this thread, which is made when first needed.

    Parameters
    ----------
    job : Job
        What to run; it can be pickled, and so can what is returned.

    Returns
    -------
    Ran
    """
    runner = getattr(_kept, "runner", None)
    if runner is None or runner.caged != job.caged:
        if runner is not None:
            runner.close()
        runner = _kept.runner = Runner(job.limits, job.caged)
    return runner.run(job)
