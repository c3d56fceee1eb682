"""Questions as data: self-checks with hints and feedback, and answers remembered on the device.

`show` displays a lesson's question and `answer` an exercise's, on the page and in a notebook
alike; `saved` gives an exercise's answer back; `judge` says what an answer comes to. `logbook`
shows the box of the learner's own document that a lesson fills; `progress` puts what was done here
and on the pages together. Importing this room needs nothing
but the standard library.
"""

from __future__ import annotations

import difflib
import html
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from eeic.ask import live, page, progress, rules, store
from eeic.ask.bank import BankError, Question, read, with_key
from eeic.ask.logbooks import logbook
from eeic.ask.page import static_css, static_script
from eeic.ask.rules import Outcome, parse_number
from eeic.ask.sheet import NotComputable, PackageAbsent, compile_sheet
from eeic.show import Shown

__all__ = [
    "BankError",
    "NotComputable",
    "Outcome",
    "Question",
    "answer",
    "compile_sheet",
    "ids",
    "judge",
    "logbook",
    "parse_number",
    "progress",
    "question",
    "read",
    "saved",
    "show",
    "static_css",
    "static_script",
    "use",
    "with_key",
]

#: The questions of the banks that `use` has read, by id.
_used: dict[str, Question] = {}
#: The questions of the lessons' banks, by the number the bank's name starts with.
_lessons: dict[str, dict[str, Question]] = {}


@dataclass(frozen=True)
class StaticQuestion:
    """A question for a page without a kernel.

    Parameters
    ----------
    sheet : mapping
        The question's sheet.
    """

    sheet: Mapping[str, Any] = field(repr=False)

    def _repr_html_(self) -> str:
        return page.static_html(self.sheet)

    def __repr__(self) -> str:
        return page.plain_text(self.sheet)


def use(path: Path | str) -> None:
    """Make the questions of an exercise known, from the file beside its notebook.

    Parameters
    ----------
    path : path
        A bank without keys, such as ``"questions.toml"``.

    Raises
    ------
    BankError
        The bank is missing or a field is wrong.
    """
    _used.update(read(path, keyed=False))


def ids(lesson: str | None = None) -> list[str]:
    """List the ids of the questions.

    Parameters
    ----------
    lesson : str, optional
        A lesson's number, such as ``"04"``. Without it, all lessons.

    Returns
    -------
    list of str
        The ids in the order of the banks.

    Examples
    --------
    >>> ids("00")[0].startswith("00.")
    True
    """
    numbers = sorted(entry.name[:2] for entry in _banks())
    return [name for n in numbers if lesson in (None, n) for name in _lesson(n)]


def question(name: str) -> Question:
    """Find a question by its id.

    Parameters
    ----------
    name : str
        Such as ``"04.ratio"``.

    Returns
    -------
    Question
        The question.

    Raises
    ------
    BankError
        There is none of that id.
    """
    known = _used | _lesson(name.partition(".")[0])
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        hint = f'; did you mean "{near[0]}"?'
    elif name.startswith("ex"):
        hint = '; run the cell with ask.use("questions.toml") first.'
    else:
        hint = "; the ids of a lesson are listed by ask.ids."
    raise BankError(f'There is no question "{name}"{hint}')


def show(name: str):
    """Display a question, with its self-check where it carries its key.

    Parameters
    ----------
    name : str
        A question's id, such as ``"04.ratio"``.

    Returns
    -------
    object
        What the host displays: HTML for a page without a kernel (``EEIC_STATIC=1``), otherwise
        a widget that remembers the answer in ``answers.json``; a sentence where a package that
        the question's numbers need is missing.

    Raises
    ------
    BankError
        There is no such question.
    NotComputable
        One of its numbers comes out as none.

    Examples
    --------
    >>> import os
    >>> os.environ["EEIC_STATIC"] = "1"
    >>> show("00.way-through")._repr_html_()[:22]
    '<div class="eeic-ask" '
    >>> del os.environ["EEIC_STATIC"]
    """
    try:
        made = compile_sheet(question(name))
    except PackageAbsent as error:  # nothing of the learner's doing: a sentence, no traceback
        return Shown(f'<p class="eeic-finding">{html.escape(str(error))}</p>', str(error))
    if os.environ.get("EEIC_STATIC") == "1":
        return StaticQuestion(made)
    return live.widget(made)


def answer(name: str):
    """Display a question of an exercise: what is answered is saved and not judged.

    Parameters
    ----------
    name : str
        The id of a question that `use` has made known.

    Returns
    -------
    object
        As for `show`.

    Raises
    ------
    BankError
        There is no such question, or it carries its key.
    """
    if question(name).keyed:
        raise BankError(f'"{name}" is a self-check that carries its key: show it with ask.show.')
    return show(name)


def saved(name: str) -> Any:
    """Give the answer that was saved for a question.

    Parameters
    ----------
    name : str
        A question's id.

    Returns
    -------
    object or None
        The answer as it was given: an id, a list of ids, the text of a number, or a dict of
        these; None where there is none. A file that cannot be read is left as it is, and one
        sentence says so.
    """
    try:
        return store.read().get(name, {}).get("answer")
    except store.Unreadable as error:
        print(f'{error}, so no saved answer was found for "{name}".')
        return None


def judge(asked: Question | Mapping[str, Any], given: Any) -> Outcome:
    """Say what an answer comes to.

    Parameters
    ----------
    asked : Question or mapping
        A question with its key, or its sheet where many answers are judged.
    given : object
        The answer, as `saved` gives it.

    Returns
    -------
    Outcome
        Status, share (0 to 1), feedback and misconception.

    Raises
    ------
    ValueError
        The question came without its key.
    NotComputable
        One of its numbers cannot be worked out here.

    Examples
    --------
    >>> from eeic.ask.bank import check
    >>> asked = check(
    ...     {"id": "ex.q1", "type": "numeric", "stem": "A third of 9?", "unit": "people"},
    ...     file="questions.toml", keyed=False,
    ... )
    >>> judge(with_key(asked, {"value": 3, "tolerance": 0}), "3 people").status
    'correct'
    """
    if isinstance(asked, Question):
        asked = compile_sheet(asked, figure=False)
    return rules.judge_sheet(asked, given)


def _banks() -> list[Any]:
    folder = files("eeic.ask").joinpath("questions")
    return [entry for entry in folder.iterdir() if entry.name.endswith(".toml")]


def _lesson(number: str) -> dict[str, Question]:
    """Read a lesson's bank once."""
    if number not in _lessons:
        _lessons[number] = {}
        for entry in _banks():
            if entry.name.startswith(f"{number}-"):
                _lessons[number] = read(Path(str(entry)))
    return _lessons[number]
