"""Where answers are remembered beside a notebook: ``answers.json`` in the notebook's folder.

A learner's answers are never thrown away: the file is replaced in one step, and a file that
cannot be read is set aside under another name. Where the folder cannot be written to (a browser
lab without its service worker), answers live as long as the kernel and the page keeps its own
copy in the browser.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any

from eeic.files import put_in_place

#: The file, in the folder that the notebook runs in.
FILE = "answers.json"
VERSION = 1
#: How many seeds there are: enough to tell a class apart, too few to tell who somebody is.
SEEDS = 2**16

#: Answers of folders that cannot be written to, by folder.
_unwritten: dict[Path, dict[str, dict[str, Any]]] = {}
#: Seeds that were drawn and are in no file yet, by folder.
_drawn: dict[Path, int] = {}


class Unreadable(ValueError):
    """The file of answers is not what it should be; the message says how."""


def read() -> dict[str, dict[str, Any]]:
    """Read the answers of the folder that the notebook runs in.

    Returns
    -------
    dict
        By question id: ``{"answer": ..., "status": ..., "tries": ..., "hints": ...}``. Empty
        where there is no file.

    Raises
    ------
    Unreadable
        The file is there and is not a file of answers.
    """
    return _read()[0]


def seed() -> int:
    """Give the number that decides which versions of questions this folder's learner gets.

    Returns
    -------
    int
        From the file, or drawn. A drawn one goes to the file with the first answer, so showing
        a question writes nothing.
    """
    kept = _kept_seed()
    return _drawn.setdefault(Path.cwd(), secrets.randbelow(SEEDS)) if kept is None else kept


def _kept_seed() -> int | None:
    """Give the seed of the file, or else the one drawn; None where there is neither."""
    try:
        kept = _read()[1]
    except Unreadable:
        kept = None
    return _drawn.get(Path.cwd()) if kept is None else kept


def _read() -> tuple[dict[str, dict[str, Any]], int | None]:
    """Read the file: the answers, and the seed if there is one."""
    unwritten = _unwritten.get(Path.cwd(), {})
    try:
        data = json.loads(Path(FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return dict(unwritten), None
    except json.JSONDecodeError as error:
        raise Unreadable(f"{FILE} is damaged at line {error.lineno}") from None
    except UnicodeDecodeError:
        raise Unreadable(f"{FILE} is not text") from None
    except OSError as error:
        if not writable():  # a browser lab without its files: there is nothing to protect
            return dict(unwritten), None
        raise Unreadable(f"{FILE} cannot be opened ({error.strerror})") from None
    answers = data.get("answers") if isinstance(data, dict) else None
    if not isinstance(answers, dict) or not all(isinstance(a, dict) for a in answers.values()):
        raise Unreadable(f"{FILE} does not hold answers")
    if data.get("version") != VERSION:
        raise Unreadable(f"{FILE} is of version {data.get('version')!r}, and this reads {VERSION}")
    kept = data.get("seed")
    return answers | unwritten, kept if type(kept) is int and 0 <= kept < SEEDS else None


def read_or_set_aside() -> dict[str, dict[str, Any]]:
    """Read the answers; set a file that cannot be read aside and say so in one sentence.

    Returns
    -------
    dict
        As `read`; empty after a file was set aside.
    """
    try:
        return read()
    except Unreadable as error:
        number = 1
        while (aside := Path(f"answers-unreadable-{number}.json")).exists():
            number += 1
        try:
            Path(FILE).rename(aside)
        except OSError:
            print(f"{error}, and it cannot be renamed here; answers are kept until you close.")
        else:
            print(f"{error}. It is kept as {aside}, and your answers start anew.")
        return {}


def write(question: str, state: dict[str, Any]) -> bool:
    """Remember the state of one question.

    Parameters
    ----------
    question : str
        Its id.
    state : dict
        Its answer, status, tries and hints, and its version if it has several. An empty answer
        takes the question out, unless its version is to be remembered.

    Returns
    -------
    bool
        Whether it is in the file. If not, it is kept in memory.
    """
    answers = read_or_set_aside()
    _put(answers, question, state)
    kept = _kept_seed()
    data = json.dumps(
        {"version": VERSION, **({} if kept is None else {"seed": kept}), "answers": answers},
        ensure_ascii=False,
        indent=1,
    )
    try:
        put_in_place(Path(FILE), f"{data}\n".encode(), mode=0o600)
    except OSError:
        _put(_unwritten.setdefault(Path.cwd(), {}), question, state)
        return False
    _unwritten.pop(Path.cwd(), None)
    return True


def writable() -> bool:
    """Tell whether answers can be kept in this folder, by trying.

    Returns
    -------
    bool
        False in a folder that cannot be written to.
    """
    try:
        with tempfile.NamedTemporaryFile(dir=".", prefix=".answers-"):
            return not Path(FILE).exists() or os.access(FILE, os.W_OK)
    except OSError:
        return False


def _put(answers: dict[str, dict[str, Any]], question: str, state: dict[str, Any]) -> None:
    if state.get("answer") is None and not state.get("hints") and "version" not in state:
        answers.pop(question, None)
    else:
        answers[question] = state
