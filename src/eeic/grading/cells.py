"""Running a notebook's code cells in this process, with the outputs that a kernel would give.

There is no kernel and no message: one IPython shell, made once before any notebook is known, runs
the cells and keeps what they show as nbformat's output dicts. What leaves is told to a reporter,
cell by cell, as plain data.
"""

from __future__ import annotations

import base64
import builtins
import io
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display
from traitlets import Type
from traitlets.config import Config

from eeic.grading import items, marks, untouched
from eeic.grading.answers import Unreadable, plain
from eeic.grading.sandbox import Limits

#: What a widget says of itself to a page with a kernel; there is none when a marker reads this.
_NEEDS_A_KERNEL = "application/vnd.jupyter.widget-view+json"
#: No answer is larger; more is a mistake, not an answer.
_LARGEST_ANSWER = 1_000_000

Report = Callable[[dict[str, Any]], None]


class TimedOut(BaseException):
    """Raised into a cell that takes too long.

    Not an Exception, so that ``except Exception`` in the cell doesn't catch it.
    """


class Outputs:
    r"""What one cell has shown, up to a size.

    Parameters
    ----------
    most : int
        Characters that are kept.

    Examples
    --------
    >>> shown = Outputs(10)
    >>> shown.text("stdout", "a" * 8), shown.text("stdout", "b" * 8)
    (None, None)
    >>> [one["text"] for one in shown.done()]
    ['aaaaaaaabb', '\n(The rest of the output is left out: a cell may show 0 kB.)\n']
    """

    def __init__(self, most: int) -> None:
        self.most = self.left = most
        self.cut = False
        self.held: list[dict[str, Any]] = []
        self._by_id: dict[str, list[dict[str, Any]]] = {}
        self._clear_next = False

    def text(self, name: str, text: str) -> None:
        """Take what was written to stdout or stderr."""
        self._begin()
        if len(text) > self.left:
            text, self.cut = text[: self.left], True
        if not text:
            return
        self.left -= len(text)
        last = self.held[-1] if self.held else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["text"].append(text)
        else:
            self.held.append({"output_type": "stream", "name": name, "text": [text]})

    def show(self, kind: str, data: Mapping[str, Any], **more: Any) -> None:
        """Take a figure, a table, a result: a bundle of its forms."""
        self._begin()
        output = {"output_type": kind, "data": _portable(data), **more}
        size = sum(len(form) for form in output["data"].values() if type(form) is str)
        if size > self.left:
            self.cut = True
            return
        self.left -= size
        self.held.append(output)

    def error(self, name: str, value: str, trace: Sequence[str]) -> None:
        """Take an error; it is always kept, as whether there was one decides marks."""
        self._begin()
        trace = [str(line)[:10_000] for line in trace[:50]]
        output = {"output_type": "error", "ename": name, "evalue": value[:20_000]}
        self.held.append({**output, "traceback": trace})

    def remember(self, name: str) -> None:
        """Let the last output be replaced later under a name."""
        if self.held:
            self._by_id.setdefault(name, []).append(self.held[-1])

    def replace(self, name: str, data: Mapping[str, Any], metadata: dict[str, Any]) -> None:
        """Replace what is shown under a name."""
        for output in self._by_id.get(name, ()):
            output["data"], output["metadata"] = _portable(data), metadata

    def clear(self, wait: bool) -> None:
        """Take everything away, now or when something new comes."""
        self._clear_next = wait
        if not wait:
            self.held, self.left = [], self.most

    def done(self) -> list[dict[str, Any]]:
        """Return the outputs as nbformat has them."""
        given = list(self.held)
        if self.cut:
            said = (
                f"\n(The rest of the output is left out: a cell may show {self.most // 1024} kB.)\n"
            )
            given.append({"output_type": "stream", "name": "stdout", "text": [said]})
        return [
            {**one, "text": "".join(one["text"])} if one["output_type"] == "stream" else one
            for one in given
        ]

    def _begin(self) -> None:
        if self._clear_next:
            self.clear(wait=False)


def _portable(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a bundle in what JSON can carry, without what needs a kernel."""
    found: dict[str, Any] = {}
    for kind, form in data.items():
        if kind == _NEEDS_A_KERNEL:
            continue
        if isinstance(form, bytes):
            form = base64.b64encode(form).decode()
        elif type(form) is not str:
            try:
                json.dumps(form, allow_nan=False)
            except (TypeError, ValueError, RecursionError):
                continue
        found[str(kind)] = form
    return found


class _Stream(io.TextIOBase):
    """Standard output or error of the cell that runs."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, shell: ZMQInteractiveShell, name: str) -> None:
        self._shell, self.name = shell, name

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._shell.shown.text(self.name, text)
        return len(text)

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False


class _Publisher(DisplayPublisher):
    """Takes what ``display()`` shows."""

    def publish(  # type: ignore[override]
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        source: Any = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **kwargs: Any,
    ) -> None:
        shown, name = self.shell.shown, (transient or {}).get("display_id")
        if update:
            shown.replace(name, data, metadata or {})
            return
        shown.show("display_data", data, metadata=metadata or {})
        if name is not None:
            shown.remember(name)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.shown.clear(wait)


class _Hook(DisplayHook):
    """Takes the value of a cell's last line."""

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        assert self.shell is not None
        self.shell.shown.show(
            "execute_result",
            format_dict,
            metadata=md_dict or {},
            execution_count=self.prompt_count,
        )


class ZMQInteractiveShell(InteractiveShell):
    """IPython's shell without a terminal, a kernel or a history on disk.

    It has the name of a kernel's: pandas and others look for it to know a notebook, and would
    otherwise show tables in another way.
    """

    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Hook)
    shown = Outputs(0)

    def enable_gui(self, gui: Any = None) -> None:
        """Do nothing: figures are pictures here."""

    def ask_exit(self) -> None:
        """Do nothing, as a kernel that is marked: the rest of the cell runs, and the others."""

    def showtraceback(self, *args: Any, **kwargs: Any) -> None:
        """Show an error; the time for that is no longer the cell's."""
        _alarm(0)
        super().showtraceback(*args, **kwargs)

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        try:
            said = str(evalue)
        except Exception:
            said = ""
        name = "CellTimeoutError" if etype is TimedOut else str(etype.__name__)
        self.shown.error(name, said, stb)


def make_shell() -> ZMQInteractiveShell:
    """Make the one shell of this process, with figures shown under their cells.

    Returns
    -------
    ZMQInteractiveShell
        Ready to run a notebook. What a notebook does to it lasts as long as the process.
    """
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    settings = Config()
    settings.HistoryManager.enabled = False
    settings.InteractiveShell.colors = "neutral"  # as in a kernel: readable on white
    settings.InteractiveShell.xmode = "Plain"  # the usual form takes seconds for a deep recursion
    shell = ZMQInteractiveShell.instance(config=settings)
    import matplotlib.pyplot as plt  # finds the shell, and arranges to show figures

    # Whatever the first figure and the first error load is then loaded for all notebooks.
    figure, axes = plt.subplots()
    axes.plot([0, 1])
    axes.set_title("$x$")
    display(figure)
    plt.close("all")
    try:
        raise TimedOut
    except TimedOut:
        shell.InteractiveTB.structured_traceback(*sys.exc_info())
    sys.stdout, sys.stderr = _Stream(shell, "stdout"), _Stream(shell, "stderr")
    builtins.input = _refuse_input
    return shell


def _refuse_input(prompt: object = "") -> str:
    raise EOFError(
        "input() can't be answered while a notebook is marked: nobody is there to type. "
        "Put the value in the cell."
    )


def run(
    shell: ZMQInteractiveShell,
    cells: Sequence[tuple[int, str, bool]],
    report: Report,
    limits: Limits,
    *,
    calls: Mapping[str, list[dict[str, Any]]],
    skip: Sequence[int] = (),
) -> None:
    """Run cells one after the other and report each.

    Parameters
    ----------
    shell : ZMQInteractiveShell
        What `make_shell` made.
    cells : sequence of (int, str, bool)
        Each code cell's place in the notebook, its text, and whether it tests in this process.
    report : callable
        Told ``{"start": place}``, ``{"answer": item, "cell": place, ...}``,
        ``{"changed": names, "cell": place}`` (before a test, see `untouched`) and
        ``{"cell": place, "outputs": ..., "outcome": ..., "seconds": ..., "said": ...}``.
    limits : Limits
        ``cell_seconds``, ``output_kb`` and ``total_output_mb`` are kept here.
    calls : mapping
        Item -> the tables on which the learner's function is called, as `runner.table` writes them.
    skip : sequence of int
        Places of cells that are not run.
    """
    import numpy as np

    # Unseeded draws are then the same for every learner and each time that they are marked.
    random.seed(0)
    np.random.seed(0)
    total = int(limits.total_output_mb * 2**20)
    running = -1

    def collect(item: Any, answer: Any) -> None:
        read = _results(answer, calls[item]) if item in calls else _plain(answer)
        report({"answer": str(item)[:200], "cell": running, **read})

    marks.collector = collect
    tested = any(tests for _, _, tests in cells)
    before = untouched.known(shell) if tested else {}
    for running, source, tests in cells:
        if running in skip:
            continue
        report({"start": running})
        if tests and (names := untouched.changed(before, shell)):
            report({"changed": names[:5], "cell": running})
        shell.shown = Outputs(min(limits.output_kb * 1024, total))
        began = time.perf_counter()
        outcome, said = _run_one(shell, source, limits.cell_seconds)
        seconds = round(time.perf_counter() - began, 4)
        outputs = shell.shown.done()
        total = max(0, total - (shell.shown.most - shell.shown.left))
        found = {"outputs": outputs, "outcome": outcome, "seconds": seconds, "said": said}
        report({"cell": running, **found})


def _run_one(shell: ZMQInteractiveShell, source: str, limit: float) -> tuple[str, str]:
    """Run one cell; return its outcome and a sentence about it."""
    late = f"The cell was stopped after {limit:g} seconds; is there a loop that never ends?"
    stopped = False

    def stop(*_: Any) -> None:
        nonlocal stopped
        stopped = True
        raise TimedOut(late)

    signal.signal(signal.SIGALRM, stop)
    try:
        _alarm(limit)
        result = shell.run_cell(source, store_history=True)
        _alarm(0)
        failure = result.error_before_exec or result.error_in_exec
    except BaseException as problem:  # outside what IPython watches, as when a figure is drawn
        _alarm(0)
        failure = problem
        name = "CellTimeoutError" if type(problem) is TimedOut else type(problem).__name__
        shell.shown.error(name, str(problem), [f"{name}: {problem}"])
    if stopped:
        return "timed out", late
    if failure is None:
        return "done", ""
    return "error", type(failure).__name__


def _alarm(seconds: float) -> None:
    """Set the time that is left; it repeats, for a cell whose bare `except:` swallows the first."""
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.5 if seconds else 0)


def _plain(answer: Any) -> dict[str, Any]:
    """Return an answer in plain types, or why it can't be read."""
    try:
        value = plain(answer)
        if len(json.dumps(value)) > _LARGEST_ANSWER:
            raise Unreadable("Your answer is far longer than an answer to this question can be.")
    except Unreadable as problem:
        return {"unreadable": str(problem)}
    except (ValueError, OverflowError):  # digits without end
        return {"unreadable": "Your answer is a number with far too many digits."}
    return {"plain": value}


def _results(function: Any, tables: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what a learner's function gives for each table, or why it can't be called."""
    if not callable(function):
        return _plain(function)
    return {"results": items.call_each(function, [as_table(table) for table in tables])}


def as_table(data: dict[str, Any]) -> Any:
    """Return the table that `runner.table` wrote as plain data."""
    import pandas as pd

    made = pd.DataFrame(data["data"], index=data["index"], columns=data["columns"])
    return made.astype(dict(zip(data["columns"], data["dtypes"], strict=True)))
