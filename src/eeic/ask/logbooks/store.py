"""Where the logbook is kept beside a notebook: ``logbook.json`` in the notebook's folder.

The page saves and loads a file of the same shape. What somebody wrote is never thrown away: the
file is replaced in one step, and a file that is something else is set aside under another name.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eeic.files import put_in_place

#: The file, in the folder that the notebook runs in.
FILE = "logbook.json"
VERSION = 1

#: What is written in boxes: box id to prompt id to text.
Written = dict[str, dict[str, str]]

#: What folders that cannot be written to would hold, by folder.
_unwritten: dict[Path, Written] = {}


class Unreadable(ValueError):
    """A file is not a logbook; the message says why."""


def parse(text: str, name: str = FILE) -> Written:
    """Read the text of a logbook's file.

    Parameters
    ----------
    text : str
        What the file holds.
    name : str
        What to call it when it cannot be read.

    Returns
    -------
    dict
        Box id to prompt id to what was written. Boxes and prompts that this version of the
        course does not have are kept.

    Raises
    ------
    Unreadable
        It is not a logbook.

    Examples
    --------
    >>> parse('{"version": 1, "boxes": {"04": {"sentence": "Ours."}}}')
    {'04': {'sentence': 'Ours.'}}
    """
    try:
        data = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        raise Unreadable(f"{name} is damaged: it does not read as JSON.") from None
    boxes = data.get("boxes") if isinstance(data, dict) else None
    if not isinstance(boxes, dict):
        raise Unreadable(f"{name} is not a logbook: it holds no boxes.")
    if data.get("version") != VERSION or isinstance(data["version"], bool):
        raise Unreadable(
            f"{name} is from another version of the course, which writes it otherwise."
        )
    for box, prompts in boxes.items():
        if not isinstance(prompts, dict) or not all(isinstance(t, str) for t in prompts.values()):
            raise Unreadable(f"{name} is damaged in box {box}.")
    return boxes


def as_text(written: Mapping[str, Mapping[str, str]]) -> str:
    """Write a logbook as the text of its file.

    Parameters
    ----------
    written : mapping
        Box id to prompt id to what was written.

    Returns
    -------
    str
        JSON; what is empty is left out.
    """
    full = {box: {name: text for name, text in of.items() if text} for box, of in written.items()}
    boxes = {box: full[box] for box in sorted(full) if full[box]}
    return json.dumps({"version": VERSION, "boxes": boxes}, ensure_ascii=False, indent=1) + "\n"


def read(path: Path | str = FILE) -> Written:
    """Read a logbook.

    Parameters
    ----------
    path : path
        Its file; by default the one beside the notebook.

    Returns
    -------
    dict
        Box id to prompt id to what was written; empty where there is no file.

    Raises
    ------
    Unreadable
        The file is there and is not a logbook.
    """
    path = Path(path)
    unwritten = _unwritten.get(Path.cwd(), {}) if path == Path(FILE) else {}
    try:
        written = parse(path.read_text(encoding="utf-8-sig"), path.name)
    except FileNotFoundError:
        written = {}
    except UnicodeDecodeError:
        raise Unreadable(f"{path.name} is damaged: it is not text.") from None
    except OSError as error:
        if writable():
            raise Unreadable(f"{path.name} cannot be opened ({error.strerror}).") from None
        written = {}  # a browser lab without its files: there is nothing to protect
    return _merged(written, unwritten)


def read_or_set_aside() -> Written:
    """Read the logbook; set a file that is none aside and say so in one sentence.

    Returns
    -------
    dict
        As `read`; empty after a file was set aside.
    """
    try:
        return read()
    except Unreadable as error:
        aside, number = Path(f"{FILE}.bak"), 1
        while aside.exists():
            number += 1
            aside = Path(f"{FILE}.bak-{number}")
        try:
            Path(FILE).rename(aside)
        except OSError:
            print(f"{error} It cannot be renamed here; what you write is kept until you close.")
        else:
            print(f"{error} It is kept as {aside}, and your logbook starts anew.")
        return {}


def write(changes: Mapping[str, Mapping[str, str]]) -> bool:
    """Put texts into the logbook; what else is in it stays.

    Parameters
    ----------
    changes : mapping
        Box id to prompt id to the text. An empty text takes the answer out.

    Returns
    -------
    bool
        Whether it is in the file. If not, it is kept in memory.
    """
    written = _merged(read_or_set_aside(), changes)
    try:
        put_in_place(Path(FILE), as_text(written).encode("utf-8", "replace"), mode=0o600)
    except OSError:
        _unwritten[Path.cwd()] = _merged(_unwritten.get(Path.cwd(), {}), changes)
        return False
    _unwritten.pop(Path.cwd(), None)
    return True


def writable() -> bool:
    """Tell whether the logbook can be kept in this folder, by trying.

    Returns
    -------
    bool
        False in a folder that cannot be written to.
    """
    try:
        with tempfile.NamedTemporaryFile(dir=".", prefix=".logbook-"):
            return not Path(FILE).exists() or os.access(FILE, os.W_OK)
    except OSError:
        return False


def _merged(written: Mapping[str, Mapping[str, Any]], changes: Mapping[str, Any]) -> Written:
    names = [*written, *(box for box in changes if box not in written)]
    return {box: {**written.get(box, {}), **changes.get(box, {})} for box in names}
