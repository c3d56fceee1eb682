"""The process that notebooks are forked from: ``python -m eeic.grading.warm SOCKET caged|free``.

It imports what notebooks import once, and then knows nothing: for each notebook it is sent four
open files and forks a keeper, which reads the job, forks the notebook's own process, watches it and
ends all that it leaves behind. No learner's work ever passes through this process, so nothing of
one is in the memory that the next one inherits.
"""

from __future__ import annotations

import base64
import contextlib
import gc
import json
import os
import random
import resource
import select
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from eeic.grading import sandbox
from eeic.grading.sandbox import Limits

#: How often the memory and the processes of a notebook are looked at, in seconds.
_LOOK = 0.25


def main(control: socket.socket, caged: bool) -> None:
    """Serve until the other end of the socket closes."""
    os.umask(0o022)
    if caged:
        try:
            sandbox.build()
        except OSError as problem:
            control.sendall(f"{problem}\n".encode())
            return
    shell = _import_everything()
    gc.collect()
    gc.freeze()  # collecting in a child would copy the memory that it shares
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's to handle
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers tell the grader themselves
    control.sendall(b"ready\n")
    while True:
        message, files, *_ = socket.recv_fds(control, 1, 4)
        if not message:
            return
        if os.fork() == 0:
            control.close()
            _keep(shell, caged, *files)
        for file in files:
            os.close(file)


def _import_everything() -> Any:
    from eeic.grading import cells

    shell = cells.make_shell()
    import pandas as pd

    import eeic.stats  # noqa: F401
    from eeic import ask, evidence, show  # noqa: F401
    from eeic.ask import live
    from eeic.grading import items  # noqa: F401

    pd.set_option("display.max_columns", 20)  # as where there is a kernel when it is imported
    live._widget_class()
    # Reading and writing a table loads more.
    pd.DataFrame({"a": [1.5], "b": ["x"]}).groupby("b").sum().to_string()
    return shell


def _keep(shell: Any, caged: bool, job: int, life: int, out: int, end: int) -> None:
    """Fork a notebook's process, watch it, and say how it ended; never returns."""
    try:
        sandbox.die_with_parent()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        with open(job, encoding="utf-8") as file:
            wanted = json.load(file)
        limits = Limits(**wanted["limits"])
        if caged:
            sandbox.part()
        else:
            sandbox.adopt_orphans()
        woken, wake = os.pipe()
        for file_number in (woken, wake):
            os.set_blocking(file_number, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        first = os.fork()
        if first == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _work(shell, caged, wanted, limits, out)
        os.close(out)
        how = _watch(first, life, woken, limits, caged)
        os.write(end, json.dumps(how).encode())
    except BaseException as problem:
        with contextlib.suppress(OSError):
            os.write(end, json.dumps({"broken": f"{type(problem).__name__}: {problem}"}).encode())
    finally:
        os._exit(0)


def _watch(first: int, life: int, woken: int, limits: Limits, caged: bool) -> dict[str, Any]:
    """Wait until a notebook's process ends, is no longer wanted, or takes too much."""
    why, status, unseen = "", None, 0.0
    inherited = _own_memory(os.getpid())
    while status is None:
        ready, _, _ = select.select([life, woken], [], [], _LOOK)
        if woken in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(woken, 512)
        ended, how = os.waitpid(first, os.WNOHANG)
        if ended:
            status = how
        elif life in ready:
            break
        elif not ready:
            why = _too_much(first, inherited, limits, caged)
            if why:
                break
    if status is None:
        unseen = _processor_seconds(first)
    _end_all(first, caged)
    if status is None:
        _, status = os.waitpid(first, 0)
    _end_all(None, caged)
    own, theirs = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    used = own.ru_utime + own.ru_stime + theirs.ru_utime + theirs.ru_stime + unseen
    size = theirs.ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)
    return {"status": os.waitstatus_to_exitcode(status), "why": why, "cpu": used, "memory": size}


def _too_much(first: int, inherited: int, limits: Limits, caged: bool) -> str:
    """Say which limit all processes of a notebook pass together, or nothing."""
    family = list(_family(first))
    memory = sum(max(0, _own_memory(process) - inherited) for process in family)
    if memory > limits.memory_mb * 2**20:
        return "memory"
    return "processes" if not caged and len(family) > limits.processes else ""


def _own_memory(process: int) -> int:
    """Return the bytes of memory that are not a file's; 0 where the system doesn't say."""
    try:
        fields = Path(f"/proc/{process}/statm").read_text().split()
        return (int(fields[1]) - int(fields[2])) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return 0


def _family(process: int) -> Iterator[int]:
    """Give a process and all that come from it, where the system says so."""
    yield process
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


def _processor_seconds(first: int) -> float:
    """Return what processes that are about to be ended have used; the system forgets it."""
    ticks = 0
    for process in list(_family(first))[1:]:
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _end_all(first: int | None, caged: bool) -> None:
    """End a notebook's processes, also those that left its group."""
    if first is not None:
        for end in (os.kill,) if caged else (os.killpg, os.kill):
            with contextlib.suppress(OSError):
                end(first, signal.SIGKILL)
    if first is not None or caged:
        return
    began = time.monotonic()
    while time.monotonic() - began < 5:  # orphans come to this process, which adopts them
        for process in list(_family(os.getpid()))[1:]:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _work(shell: Any, caged: bool, wanted: dict[str, Any], limits: Limits, out: int) -> None:
    """Be a notebook's process: enter the cage, run the cells, report; never returns."""
    code = 1
    try:
        os.setsid()
        nothing = os.open("/dev/null", os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nothing, standard)
        out = _only(out)
        if caged:
            sandbox.enter(limits)
        else:
            os.chdir(wanted["folder"])
            sandbox.limit(limits)
        _put_files(wanted["files"])
        from eeic.grading import cells

        sys.path.insert(0, "")  # a module beside the notebook, as with a kernel

        def report(line: dict[str, Any]) -> None:
            data = json.dumps(line, ensure_ascii=False).encode("utf-8", "backslashreplace")
            rest = memoryview(data + b"\n")
            # A cell's time must not run out in the middle of a line.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
            while rest:
                rest = rest[os.write(out, rest) :]
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

        report({"hello": os.getpid()})
        cells.run(
            shell, wanted["cells"], report, limits, calls=wanted["calls"], skip=wanted["skip"]
        )
        report({"end": True})
        code = 0
    except BaseException as problem:
        with contextlib.suppress(BaseException):
            said = f"{type(problem).__name__}: {problem}"[:500]
            os.write(out, json.dumps({"broken": said}).encode() + b"\n")
    finally:
        os._exit(code)  # whatever waits for the end of the process does not run


def _only(out: int) -> int:
    """Close every open file but the one that reports, which gets the number 3."""
    if out != 3:
        os.dup2(out, 3, inheritable=False)
    os.closerange(4, 4096)
    return 3


def _put_files(files: dict[str, str]) -> None:
    """Write the job's files into the folder."""
    for name, data in files.items():
        path = Path(PurePosixPath(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(data))


if __name__ == "__main__":
    random.seed(0)
    main(socket.socket(fileno=int(sys.argv[1])), caged=sys.argv[2] == "caged")
