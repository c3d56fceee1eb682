"""Looking at a notebook that was handed in, before it is run.

nbgrader marks nothing, and stops the whole run with a traceback, when a graded cell was doubled
or its metadata changed or when the file is not readable; it leaves a deleted graded cell
unmarked. Here each of these becomes a fault with a sentence, and a copy that can be marked. The
file that was handed in is only ever read.
"""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eeic.grading.records import Fault

Notebook = dict[str, Any]
Cell = dict[str, Any]

_AGAIN = "Save the notebook in JupyterLab and hand in the .ipynb file."
_BY_HAND = "Look whether the answer stands in another cell, and mark it by hand if it does."


@dataclass(frozen=True)
class HandedIn:
    """A notebook made ready for marking.

    Parameters
    ----------
    notebook : dict
        The learner's cells, with every cell of the exercise in place.
    faults : tuple of Fault
        What was wrong with the file, in the order of the notebook.
    readable : bool
        Whether the file could be read at all; if not, `notebook` is the exercise as released.
    put_back : frozenset of str
        Grade ids of the exercise's cells that were not there.
    """

    notebook: Notebook
    faults: tuple[Fault, ...] = ()
    readable: bool = True
    put_back: frozenset[str] = frozenset()


class _Unusable(Exception):
    """A file that can't be marked, and the fault that says why."""

    def __init__(self, kind: str, path: Path, what: str, todo: str = _AGAIN) -> None:
        super().__init__(what)
        self.fault = Fault(kind, path.name, what, todo)


def preflight(path: str | Path, source: str | Path) -> list[str]:
    """Say what is wrong with a notebook that was handed in.

    Parameters
    ----------
    path : str or Path
        The notebook that was handed in.
    source : str or Path
        The notebook that was released.

    Returns
    -------
    list of str
        A sentence or two for each thing found; empty if it can be marked as it is.
    """
    released = json.loads(Path(source).read_text(encoding="utf-8"))
    return [str(fault) for fault in inspect(Path(path), released).faults]


def inspect(
    path: Path,
    released: Notebook,
    others: Mapping[str, frozenset[str]] | None = None,
    *,
    siblings: frozenset[str] = frozenset(),
) -> HandedIn:
    """Return the notebook that was handed in, ready for marking, and what was wrong with it.

    Parameters
    ----------
    path : Path
        The notebook that was handed in; it is not changed.
    released : dict
        The notebook that was released.
    others : mapping, optional
        The grade ids of the course's other notebooks, by name: to say whose a wrong one is.
    siblings : frozenset of str
        Names of the exercise's other notebooks: none of them is this one under another name.

    Returns
    -------
    HandedIn
    """
    try:
        given, faults = _read(path, siblings)
        cells = [_clean(cell) for cell in given["cells"]]
        known = {cell_name(cell): cell for cell in released["cells"] if cell_name(cell)}
        faults += _recognise(cells, known)
        _is_this_exercise(path, cells, known, others or {})
    except _Unusable as problem:
        return HandedIn(
            copy.deepcopy(released), (problem.fault,), readable=False, put_back=frozenset()
        )
    cells, found, put_back = _restore(cells, known)
    # The released file's own header: a learner's kernel name or notebook format may differ.
    header = {key: value for key, value in released.items() if key != "cells"}
    for at, cell in enumerate(cells):
        cell["id"] = f"cell-{at}"
    return HandedIn({"cells": cells, **header}, (*faults, *found), True, frozenset(put_back))


# -- the file ------------------------------------------------------------------------------------


def _read(path: Path, siblings: frozenset[str]) -> tuple[Notebook, list[Fault]]:
    """Read a notebook file; raise what is wrong if it isn't one."""
    faults = []
    if not path.is_file() and not path.is_symlink():
        there = sorted(p for p in path.parent.glob("*.ipynb") if p.is_file() or p.is_symlink())
        others = [other.name for other in there if other.stem not in siblings]
        if len(others) != 1:
            more = f" The folder holds {' and '.join(others)}." if others else ""
            raise _Unusable(
                "no notebook",
                path,
                f"The notebook {path.name} was not handed in; hand it in under that name.{more}",
                "Ask for it.",
            )
        what = f"The notebook was handed in as {others[0]}; it is marked as {path.name}."
        faults.append(Fault("renamed", path.name, what, ""))
        path = path.parent / others[0]
    if path.is_symlink():
        raise _Unusable(
            "symbolic link",
            path,
            f"{path.name} is a link to another file; hand in the notebook itself.",
            "The link was not followed.",
        )
    data = path.read_bytes()
    if not data.strip():
        raise _Unusable("empty", path, f"The file {path.name} is empty.")
    text, encoding = _decoded(data, path)
    try:
        notebook = json.loads(text)
    except json.JSONDecodeError as problem:
        if text.lstrip()[:1] == "{":
            raise _Unusable(
                "truncated",
                path,
                f"The file {path.name} is damaged at line {problem.lineno} (was it cut short?).",
                "Hand in a fresh copy.",
            ) from None
        raise _Unusable(
            "not a notebook", path, f"The file {path.name} is not a notebook."
        ) from None
    except RecursionError:
        raise _Unusable(
            "not a notebook", path, f"The file {path.name} is not a notebook Jupyter could write."
        ) from None
    if "\\ud" in text.lower():  # an escape may be half of an emoji, which no file can hold
        notebook = json.loads(json.dumps(notebook, ensure_ascii=False).encode("utf-8", "replace"))
    if encoding:
        what = f"The file {path.name} was saved as {encoding}, not UTF-8; it was read as that."
        faults.append(Fault("encoding", path.name, what, "Look whether accents came out right."))
    if isinstance(notebook, dict) and "worksheets" in notebook:  # format 3, from old programs
        notebook = _upgraded(text, path)
        what = f"The file {path.name} is in the old notebook format 3; it was read as format 4."
        faults.append(Fault("old format", path.name, what, ""))
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not all(map(_is_cell, cells)):
        raise _Unusable(
            "not a notebook",
            path,
            f"The file {path.name} is not a notebook: it has no readable list of cells.",
        )
    newest = notebook.get("nbformat")
    if isinstance(newest, int) and newest > 4:
        what = f"The file {path.name} is in the newer notebook format {newest}; it was read anyway."
        faults.append(Fault("newer format", path.name, what, "Look whether all cells are there."))
    return notebook, faults


def _decoded(data: bytes, path: Path) -> tuple[str, str]:
    """Return a file's text, and its encoding where that is not the one notebooks have."""
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    encoding, name = ("utf-16", "UTF-16") if wide else ("cp1252", "Windows-1252")
    try:
        text = data.decode(encoding)
        json.loads(text)
    except (ValueError, RecursionError):
        raise _Unusable(
            "encoding", path, f"The file {path.name} is not a notebook (it is not text)."
        ) from None
    return text, name


def _upgraded(text: str, path: Path) -> Notebook:
    import nbformat

    try:
        return dict(nbformat.reads(text, as_version=4))
    except Exception:
        raise _Unusable(
            "old format",
            path,
            f"The file {path.name} is in an old notebook format that can't be read.",
        ) from None


def _is_cell(cell: Any) -> bool:
    if not isinstance(cell, dict) or not isinstance(cell.get("metadata", {}), dict):
        return False
    if cell.get("cell_type") not in ("code", "markdown", "raw"):
        return False
    source = cell.get("source")
    if isinstance(source, list):
        return all(isinstance(line, str) for line in source)
    return isinstance(source, str)


# -- the cells -----------------------------------------------------------------------------------


def _recognise(cells: list[Cell], known: Mapping[str, Cell]) -> list[Fault]:
    """Find the exercise's own cells that lost their grade id, by their text.

    Some editors take the metadata away. What a learner fills in can't be found so: it stays an
    ordinary cell, which is run in its place.
    """
    faults = []
    present = {cell_name(cell) for cell in cells}
    for name, original in known.items():
        if name in present or not _is_locked(original):
            continue
        text = cell_text(original).strip()
        for cell in cells:
            if cell_name(cell) not in known and text and cell["source"].strip() == text:
                cell["metadata"]["nbgrader"] = copy.deepcopy(original["metadata"]["nbgrader"])
                what = f"{_label(name, original)} had lost its name; it was known by its text."
                faults.append(Fault("cell renamed", name, what, ""))
                break
    return faults


def _is_this_exercise(
    path: Path,
    cells: list[Cell],
    known: Mapping[str, Cell],
    others: Mapping[str, frozenset[str]],
) -> None:
    """Raise if none of the exercise's cells is there."""
    names = {cell_name(cell) for cell in cells} - {""}
    if not known or names & set(known):
        return
    nearest = max(others, key=lambda name: len(others[name] & names), default=None)
    if nearest is not None and others[nearest] & names:
        whose = f": it is {nearest}"
    elif names:
        whose = ": its marked cells are of no exercise of this course"
    else:
        whose = ": none of the exercise's cells is in it"
    raise _Unusable(
        "wrong notebook",
        path,
        f"The file {path.name} is another notebook{whose}.",
        f"Hand in {path.stem}, or look at the file.",
    )


def _restore(
    cells: list[Cell], known: Mapping[str, Cell]
) -> tuple[list[Cell], list[Fault], set[str]]:
    """Put the exercise's own cells back as they were; the learner's cells stay where they are.

    Cells are known by nbgrader's grade id. Locked cells get their released text back; a cell the
    learner fills in keeps its text and gets its released metadata back; what is missing is put
    in after the exercise's cell before it.
    """
    faults: list[Fault] = []
    put_back: set[str] = set()

    def say(kind: str, what: str, todo: str = "") -> None:
        faults.append(Fault(kind, name, f"{label} {what}", todo))

    cells = _one_of_each(cells, known, faults)
    at = -1  # where the exercise's last cell is
    for name, original in known.items():
        where = next((i for i, cell in enumerate(cells) if cell_name(cell) == name), None)
        label = _label(name, original)
        locked = _is_locked(original)
        if where is None:
            written = _setting(original, "solution") and _setting(original, "grade")
            say(
                "cell missing",
                "was missing and has been put back as released.",
                _BY_HAND if written else "",
            )
            cells.insert(at + 1, _clean(copy.deepcopy(original)))
            put_back.add(name)
            at += 1
            continue
        cell = cells[where]
        if locked and where < at:
            say("cell moved", "had been moved up; it is marked in its own place.")
            cells.pop(where)
            cells.insert(at, cell)
            where = at
        if locked and cell["source"].strip() != cell_text(original).strip():
            say("cell edited", "had been changed; its own text is used.")
        if not _same_settings(cell, original):
            say("cell settings", "had its marking details changed; the released ones are used.")
        if locked or cell["cell_type"] != original["cell_type"]:
            if not locked:
                say("cell type", f"had become a {cell['cell_type']} cell; it is marked anyway.")
            text = cell_text(original) if locked else cell["source"]
            cell = {**_clean(copy.deepcopy(original)), "source": text}
        cell["metadata"] = copy.deepcopy(original["metadata"])
        cells[where] = cell
        at = max(at, where)
    return cells, faults, put_back


def _same_settings(cell: Cell, original: Cell) -> bool:
    """Compare what nbgrader notes of two cells, the checksum left out: it follows the text."""
    one, other = (
        {k: v for k, v in each["metadata"]["nbgrader"].items() if k != "checksum"}
        for each in (cell, original)
    )
    return one == other


def _one_of_each(cells: list[Cell], known: Mapping[str, Cell], faults: list[Fault]) -> list[Cell]:
    """Keep one copy of each of the exercise's cells; other copies become ordinary cells.

    Of a locked cell the last copy stays, as the answer was given before it; of a cell the learner
    fills in, the first (a copy made to try something out comes after it).
    """
    kept: list[Cell | None] = list(cells)
    for name, original in known.items():
        places = [i for i, cell in enumerate(kept) if cell is not None and cell_name(cell) == name]
        if len(places) < 2:
            continue
        what = f"{_label(name, original)} was there {len(places)} times; one is marked."
        faults.append(Fault("duplicated cell", name, what, ""))
        locked = _is_locked(original)
        for place in places[:-1] if locked else places[1:]:
            if locked:
                kept[place] = None  # its text is the same line again
            else:
                cells[place]["metadata"].pop("nbgrader", None)
    remaining = [cell for cell in kept if cell is not None]
    for cell in remaining:  # ids that nobody released would stop nbgrader
        if "nbgrader" in cell["metadata"] and cell_name(cell) not in known:
            del cell["metadata"]["nbgrader"]
    return remaining


def _clean(cell: Cell) -> Cell:
    """Return a cell without outputs and id: marking makes its own."""
    kept: Cell = {
        "cell_type": cell.get("cell_type", "code"),
        "metadata": dict(cell.get("metadata", {})),
        "source": cell_text(cell),
    }
    if kept["cell_type"] == "code":
        kept |= {"execution_count": None, "outputs": []}
    elif isinstance(cell.get("attachments"), dict):  # pictures pasted into a written answer
        kept["attachments"] = cell["attachments"]
    return kept


def cell_text(cell: Cell) -> str:
    """Return a cell's text, which a file may hold as a list of lines."""
    source = cell["source"]
    return "".join(source) if isinstance(source, list) else source


def cell_name(cell: Cell) -> str:
    """Return a cell's nbgrader grade id, or "" for a cell that isn't the exercise's."""
    described = cell.get("metadata", {}).get("nbgrader")
    name = described.get("grade_id") if isinstance(described, dict) else None
    return name if isinstance(name, str) else ""


def _setting(cell: Cell, name: str) -> bool:
    return bool(cell["metadata"]["nbgrader"].get(name))


def _is_locked(cell: Cell) -> bool:
    """Say whether a cell is the exercise's own; a cell that a learner fills in is not."""
    return not _setting(cell, "solution") and (_setting(cell, "locked") or _setting(cell, "grade"))


def _label(name: str, cell: Cell) -> str:
    """Name a cell for a reader: what it is for, and its id."""
    if _setting(cell, "grade") and not _setting(cell, "solution"):
        return f"The marking cell {name}"
    if _setting(cell, "solution"):
        return f"The answer cell {name}"
    return f"The cell {name}"
