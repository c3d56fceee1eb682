"""The kinds of graded item, and how an answer to each is judged.

An exercise's marking file (``exercises/marking/exNN.py``) builds these from the cohort's data, so
that no list of answers exists anywhere. Each wrong answer that is expected of people has a name
(its misconception), a value computed in the way the mistake is made, and a sentence that helps.
"""

import contextlib
import functools
import io
import itertools
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from eeic import ask
from eeic.grading.answers import Unreadable, plain

if TYPE_CHECKING:
    import pandas as pd

#: Seconds a learner's function may take on one table. A right answer takes milliseconds.
TIME_LIMIT = 3.0


_NOTHING_BACK = (
    "Your function gives nothing back. It needs to end with return and the result; "
    "printing a number shows it but doesn't hand it on."
)
_FIXED = (
    "Right for the table in this exercise, but not for other tables: the function must work "
    "from the columns it is given, with any number of rows in any order."
)


@dataclass(frozen=True)
class Verdict:
    """What came of judging one answer.

    Parameters
    ----------
    share : float
        The part of the item's points that is earned, 0 to 1.
    feedback : str
        What the learner reads; it never holds the right answer.
    misconception : str
        The name of the recognised mistake, or "" where none was recognised.
    award : str
        What everybody is told where all the points are given to all; else "".
    """

    share: float
    feedback: str
    misconception: str = ""
    award: str = ""


@dataclass(frozen=True)
class Called:
    """What a learner's function gave back where it ran, in place of the function itself.

    Parameters
    ----------
    results : list
        For each table of the item's `asks` a number, None where nothing came back, or
        ``{"error": sentence}``; it ends with the first error.
    """

    results: list[Any]


class Item(Protocol):
    """What the marking needs of any item."""

    def asks(self) -> "list[pd.DataFrame]":
        """Return the tables that the learner's function is called on; none for other items."""

    def judge(self, answer: Any) -> Verdict:
        """Judge a learner's answer; never raises on one.

        A function may be handed over itself or as what it gave back (`Called`); what could not
        be read where the learner's code ran is an `Unreadable`.
        """

    def recall(self, answer: Any) -> list[str]:
        """Return what was asked and answered, where the notebook's own cells don't say it."""

    def faults(self) -> list[str]:
        """Say what makes this item unfair with this cohort's data (empty if nothing)."""


@dataclass(frozen=True)
class Asked:
    """A question of the exercise's bank, joined with its key.

    Parameters
    ----------
    question : eeic.ask.Question
        The question with its key.

    Examples
    --------
    >>> from eeic.ask.bank import check
    >>> bank = {"id": "ex.q1", "type": "numeric", "stem": "How many?", "value": 12.5}
    >>> near = [{"value": 80, "feedback": "Upside down.", "misconception": "inverted"}]
    >>> item = Asked(check({**bank, "tolerance": 0.1, "near": near}, file="q.toml"))
    >>> item.judge("12.46").share, item.judge(80).misconception
    (1.0, 'inverted')
    """

    question: ask.Question

    def asks(self) -> "list[pd.DataFrame]":
        """Return nothing: no function is called."""
        return []

    @functools.cached_property
    def sheet(self) -> dict[str, Any]:
        """The question laid out for judging."""
        return ask.compile_sheet(self.question, figure=False)

    def judge(self, answer: Any) -> Verdict:
        """Judge a learner's answer."""
        try:
            outcome = ask.judge(self.sheet, plain(answer))
        except Unreadable as problem:
            return Verdict(0.0, str(problem), "unreadable")
        missing = outcome.status == "not tried"
        return Verdict(
            outcome.share, outcome.feedback, "no answer" if missing else outcome.misconception or ""
        )

    def recall(self, answer: Any) -> list[str]:
        """Return the question and what was chosen, in words; nothing for a typed number.

        The page with the feedback has no controls on it, so they are put in words.
        """
        try:
            given = plain(answer)
        except Unreadable:
            return []
        parts = [part for part in self.sheet["parts"] if "options" in part]
        lines = [" ".join(self.question.fields["stem"].replace("**", "").split())] if parts else []
        for part in parts:
            chosen = given.get(part["name"]) if isinstance(given, dict) else given
            chosen = chosen if isinstance(chosen, list) else [chosen]
            texts = [option["text"] for option in part["options"] if option["id"] in chosen]
            if texts:
                label = part.get("label", "your answer").rstrip("…:?")
                lines += [f"{label[0].upper()}{label[1:]}: {text}" for text in texts]
        return lines

    def faults(self) -> list[str]:
        """Say which numbers can't be told apart with this cohort's data."""
        found = []
        for part in self.sheet["parts"]:
            if part["kind"] != "number":
                continue
            bands = [{**part["key"], "misconception": "the right answer"}, *part["key"]["near"]]
            for one, other in itertools.combinations(bands, 2):
                if one["low"] <= other["high"] and other["low"] <= one["high"]:
                    found.append(
                        f"{one['misconception']} and {other['misconception']} give the same number"
                    )
        return found


@dataclass(frozen=True)
class NearFunction:
    """A wrong function that is expected of people."""

    misconception: str
    function: Callable[["pd.DataFrame"], Any]
    feedback: str
    share: float = 0.0


@dataclass(frozen=True)
class Function:
    """A function that the learner writes, called on tables they have and have not seen.

    Parameters
    ----------
    reference : callable
        The right function: a table in, one number out.
    seen, unseen : tuple of DataFrame
        The tables it is called on.
    near : tuple of NearFunction
        The wrong functions to recognise.
    tolerance : float
        The greatest relative distance that still counts as right.
    right, otherwise : str
        Feedback for a right function and for a wrong one that is not recognised.
    """

    reference: Callable[["pd.DataFrame"], float]
    seen: tuple["pd.DataFrame", ...]
    unseen: tuple["pd.DataFrame", ...]
    near: tuple[NearFunction, ...] = ()
    tolerance: float = 1e-6
    right: str = ""
    otherwise: str = "The function runs, but its result is not the one asked for."
    #: The share for a function that is right on the tables in the exercise and nowhere else.
    seen_only: float = 0.25

    def asks(self) -> "list[pd.DataFrame]":
        """Return the tables: those of the exercise first, then those nobody has seen."""
        return [*self.seen, *self.unseen]

    def judge(self, answer: Any) -> Verdict:
        """Judge a learner's function by what it gives back."""
        if not isinstance(answer, Called):
            if not callable(answer):
                return Verdict(
                    0.0, "There is no function here to call; hand over its name without brackets."
                )
            answer = Called(call_each(answer, self.asks()))
        errors = [result["error"] for result in answer.results if isinstance(result, dict)]
        # What came after the first error doesn't count.
        given = list(itertools.takewhile(lambda r: not isinstance(r, dict), answer.results))
        known = len(self.seen)
        fixed = len(given) >= known and self._same(given[:known], self._right[:known])
        if errors or len(given) != len(self._right):
            problem = errors[0] if errors else "Your function was not called on every table."
            if not fixed:
                return Verdict(0.0, problem, "unreadable")
            return Verdict(self.seen_only, f"{_FIXED} {problem}", "fixed to one table")
        if all(result is None for result in given):
            return Verdict(0.0, _NOTHING_BACK, "nothing returned")
        if self._same(given, self._right):
            return Verdict(1.0, self.right)
        for wrong, results in zip(self.near, self._wrong, strict=True):
            if self._same(given, results):
                return Verdict(wrong.share, wrong.feedback, wrong.misconception)
        if fixed:
            return Verdict(self.seen_only, _FIXED, "fixed to one table")
        return Verdict(0.0, self.otherwise)

    def recall(self, answer: Any) -> list[str]:
        """Return nothing: the function itself is in the notebook."""
        return []

    def faults(self) -> list[str]:
        """Say which mistakes can't be told from the right function with these tables."""
        return [
            f'the mistake "{wrong.misconception}" gives the right answers'
            for wrong, results in zip(self.near, self._wrong, strict=True)
            if self._same(results, self._right)
        ]

    @functools.cached_property
    def _right(self) -> list[float | None]:
        return self._results(self.reference)

    @functools.cached_property
    def _wrong(self) -> list[list[float | None]]:
        return [self._results(wrong.function) for wrong in self.near]

    def _results(self, function: Callable[["pd.DataFrame"], Any]) -> list[float | None]:
        """Call one of the instructor's functions on every table."""
        results = call_each(function, self.asks())
        if errors := [result["error"] for result in results if isinstance(result, dict)]:
            raise ValueError(f"a function of the marking file does not work: {errors[0]}")
        return results

    def _same(self, given: list[float | None], wanted: list[float | None]) -> bool:
        return all(
            g is not None and w is not None and math.isclose(g, w, rel_tol=self.tolerance)
            for g, w in zip(given, wanted, strict=True)
        )


def call_each(function: Callable[["pd.DataFrame"], Any], tables: "list[pd.DataFrame]") -> list[Any]:
    """Call a function on tables until all are done or one call fails; return as in `Called`."""
    results: list[Any] = []
    for table in tables:
        try:
            results.append(call(function, table.copy()))
        except Unreadable as problem:
            return [*results, {"error": str(problem)}]
    return results


def call(function: Callable[["pd.DataFrame"], Any], table: "pd.DataFrame") -> float | None:
    """Call a learner's function: bounded in time, its prints unheard, its errors a sentence.

    Parameters
    ----------
    function : callable
        The learner's.
    table : DataFrame
        What it is called on; it may change it.

    Returns
    -------
    float or None
        What it gives back, None if nothing.

    Raises
    ------
    Unreadable
        If it stops with an error, takes too long or gives back anything but one number.
    """
    unheard = io.StringIO()
    try:
        with contextlib.redirect_stdout(unheard), contextlib.redirect_stderr(unheard), _limit():
            result = plain(function(table))
            if result is not None and type(result) not in (int, float):
                raise Unreadable(f"Your function gives back {result!r}; it needs to be one number.")
            return None if result is None else float(result)
    except Unreadable:
        raise
    except OverflowError:
        raise Unreadable("Your function gives back a number with far too many digits.") from None
    except _TooLong:
        raise Unreadable(
            f"Your function was stopped after {TIME_LIMIT:g} seconds; is there a loop "
            "that never ends?"
        ) from None
    except (Exception, SystemExit) as problem:
        said = str(problem)
        said = said if len(said) <= 120 else said[:120] + "…"
        columns = ", ".join(map(str, table.columns))
        raise Unreadable(
            f"Your function stopped with {type(problem).__name__}: {said}. "
            f"It was given a table with the columns {columns}."
        ) from None


class _TooLong(BaseException):
    """Raised into a learner's function that takes too long.

    Not an Exception, so that ``except Exception`` in the function doesn't catch it.
    """


@contextlib.contextmanager
def _limit() -> Iterator[None]:
    """Bound the time of what runs inside.

    Where the system has no timer signal (Windows), nbgrader's own limit on a cell ends the call
    instead: the item still gets nothing and the rest is still marked.
    """
    if (
        not hasattr(signal, "setitimer")
        or threading.current_thread() is not threading.main_thread()
    ):
        yield
        return

    def stop(*_: Any) -> None:
        raise _TooLong

    start = time.monotonic()
    before = signal.signal(signal.SIGALRM, stop)
    # The alarm repeats, for a function whose bare `except:` swallows the first.
    left, again = signal.setitimer(signal.ITIMER_REAL, TIME_LIMIT, 0.5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:  # a limit on the whole cell goes on
            signal.setitimer(
                signal.ITIMER_REAL, max(0.001, left - (time.monotonic() - start)), again
            )
