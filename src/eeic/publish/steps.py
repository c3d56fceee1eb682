"""A small runner for build steps: skip what has not changed, never leave half a result.

A step reads files, and makes one folder. It works in a temporary folder beside the result,
which takes the result's place only when the step has ended; the stamp that says "this result
belongs to these inputs" is written last. So a build may be stopped at any moment and started
again, and what is already on disk stays usable until its successor is whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from eeic.files import put_in_place

#: Never part of an input: caches, editors' copies and what a learner's own run leaves behind.
IGNORED = frozenset(
    {"__pycache__", ".ipynb_checkpoints", "answers.json", "progress.json", "logbook.json"}
)

#: How many of a failed command's last lines are shown.
LAST_LINES = 30

#: What programs send a terminal to colour their words.
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class BuildError(ValueError):
    """A build cannot go on; the message says what is wrong, where, and what to do."""


@dataclass(frozen=True)
class Step:
    """One named piece of the build.

    Parameters
    ----------
    name : str
        What is printed.
    inputs : sequence of Path
        Files and folders whose contents decide the result.
    output : Path
        The folder that the step makes.
    make : callable
        Called with an empty temporary folder, which it fills.
    settings : str
        Anything else that decides the result, for example a version.
    """

    name: str
    inputs: Sequence[Path]
    output: Path
    make: Callable[[Path], None]
    settings: str = ""

    @property
    def stamp(self) -> Path:
        """The file that says which inputs the present output was made from."""
        return self.output.with_name(f".{self.output.name}.stamp")


def run(step: Step, *, quiet: bool = False) -> bool:
    """Make a step's output unless it is there already and belongs to the present inputs.

    Parameters
    ----------
    step : Step
        What to make.
    quiet : bool
        Print nothing.

    Returns
    -------
    bool
        Whether anything was made.

    Raises
    ------
    BuildError
        If an input is missing, or from the step itself. The earlier output is left as it was.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "in.txt").write_text("hello")
    >>> step = Step(
    ...     "shout",
    ...     [folder / "in.txt"],
    ...     folder / "out",
    ...     lambda out: shutil.copy(folder / "in.txt", out),
    ... )
    >>> run(step, quiet=True), run(step, quiet=True)
    (True, False)
    """
    wanted = {"inputs": digest(step.inputs, step.settings)}
    if step.output.is_dir() and _read_stamp(step) == wanted | {"output": _listing(step.output)}:
        _say(f"{step.name} … unchanged", quiet=quiet)
        return False
    _say(f"{step.name} … ", end="", quiet=quiet)
    began = time.perf_counter()
    fresh = step.output.with_name(f".{step.output.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        step.make(fresh)
    except BaseException:
        _say("stopped", quiet=quiet)
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    step.stamp.unlink(missing_ok=True)
    _swap(fresh, step.output)
    made = json.dumps(wanted | {"output": _listing(step.output)})
    put_in_place(step.stamp, made.encode())
    _say(f"made in {time.perf_counter() - began:.1f} s", quiet=quiet)
    return True


def digest(paths: Sequence[Path], settings: str = "") -> str:
    """Summarise the contents of files and folders in one hash.

    Parameters
    ----------
    paths : sequence of Path
        Files and folders; the order matters, the clock and the place on disk do not.
    settings : str
        Text that goes into the hash as well.

    Returns
    -------
    str
        A SHA-256 in hexadecimal.

    Raises
    ------
    BuildError
        If one of the paths does not exist.
    """
    total = hashlib.sha256(settings.encode())
    for path in paths:
        if not path.exists():
            raise BuildError(f"the build needs {path}, which is missing: restore it")
        for file in files(path):
            name = file.relative_to(path).as_posix() if path.is_dir() else path.name
            total.update(f"\0{name}\0{sha256(file)}".encode())
    return total.hexdigest()


def files(path: Path) -> list[Path]:
    """List the files below a folder (or the file itself) in a fixed order, without `IGNORED`.

    Parameters
    ----------
    path : Path
        A file or a folder.

    Returns
    -------
    list of Path
    """
    if not path.is_dir():
        return [path]
    found = []
    for folder, subfolders, names in os.walk(path):
        subfolders[:] = [name for name in subfolders if name not in IGNORED]
        found += [Path(folder, name) for name in names if name not in IGNORED]
    return sorted(found, key=lambda file: file.relative_to(path).as_posix())


def sha256(file: Path) -> str:
    """Hash one file.

    Parameters
    ----------
    file : Path
        The file to read.

    Returns
    -------
    str
        Its SHA-256 in hexadecimal.
    """
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def command(
    arguments: Sequence[str | Path], *, log: Path, cwd: Path, env: Mapping[str, str] | None = None
) -> None:
    """Run a program with its output in a log file; show the end of it only on failure.

    Parameters
    ----------
    arguments : sequence of str or Path
        The program and its arguments.
    log : Path
        The file that receives everything the program prints.
    cwd : Path
        The folder to run in.
    env : mapping of str to str
        Environment variables added to the present ones.

    Raises
    ------
    BuildError
        If the program does not end well, with its last lines and the place of the log.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as stream:
        ended = subprocess.run(
            [str(argument) for argument in arguments],
            stdout=stream,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            close_fds=False,  # it holds the lock of `alone` as long as it runs
            check=False,
        )
    if ended.returncode:
        printed = log.read_text(encoding="utf-8", errors="replace")
        lines = COLOURS.sub("", printed).splitlines()
        # What went wrong may stand long before the end, as a book's warnings do.
        earlier = [line for line in lines[:-LAST_LINES] if "WARNING:" in line or "ERROR:" in line]
        raise BuildError(
            f"{log.stem} failed; the last lines it printed:\n\n"
            + "\n".join(earlier[-LAST_LINES:] + lines[-LAST_LINES:])
            + f"\n\nEverything it printed: {log}"
        )


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a folder for one build at a time; a second build waits for the first to end.

    Parameters
    ----------
    folder : Path
        The folder that is built into; made if it is not there.

    Notes
    -----
    The operating system drops the lock when the process ends, however it ends, and the
    programs that it started (`command`) have ended too: one that outlives a killed build is
    still writing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        if not _lock(lock.fileno()):
            print("waiting for another build in this folder to end", flush=True)
            while not _lock(lock.fileno()):
                time.sleep(0.5)
        os.set_inheritable(lock.fileno(), True)
        yield


def _lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _read_stamp(step: Step) -> object:
    try:
        return json.loads(step.stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None  # no stamp, or half a one: the step has to run


def _listing(folder: Path) -> str:
    """Summarise which files a folder holds and how long they are, without reading them."""
    return hashlib.sha256(
        "\0".join(
            f"{file.relative_to(folder).as_posix()}:{file.stat().st_size}" for file in files(folder)
        ).encode()
    ).hexdigest()


def _swap(fresh: Path, output: Path) -> None:
    old = output.with_name(f".{output.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if output.exists():
        output.rename(old)
    fresh.rename(output)
    shutil.rmtree(old, ignore_errors=True)


def _say(text: str, *, quiet: bool, end: str = "\n") -> None:
    if not quiet:
        print(text, end=end, flush=True)
