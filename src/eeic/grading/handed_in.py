"""Looking at a notebook that was handed in, before nbgrader sees it.

nbgrader marks nothing, and stops the whole run with a traceback, when a graded cell was doubled
or its metadata changed or when the file is not readable; it leaves a deleted graded cell
unmarked. Here each of these becomes a sentence, and a copy that nbgrader can mark. The file that
was handed in is only ever read.
"""

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Notebook = dict[str, Any]
Cell = dict[str, Any]


@dataclass(frozen=True)
class HandedIn:
    """A notebook made ready for marking.

    Parameters
    ----------
    notebook : dict
        The learner's cells, with every cell of the exercise in place.
    notes : tuple of str
        What was wrong with the file, in the order of the notebook.
    readable : bool
        Whether the file could be read at all; if not, `notebook` is the exercise as released.
    """

    notebook: Notebook
    notes: tuple[str, ...]
    readable: bool = True


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
        One sentence for each thing found; empty if it can be marked as it is.
    """
    return list(inspect(Path(path), Path(source)).notes)


def inspect(path: Path, source: Path) -> HandedIn:
    """Return the notebook that was handed in, ready for marking, and what was wrong with it.

    Parameters
    ----------
    path : Path
        The notebook that was handed in; it is not changed.
    source : Path
        The notebook that was released.

    Returns
    -------
    HandedIn
    """
    released = json.loads(source.read_text(encoding="utf-8"))
    try:
        given, notes = _read(path)
    except ValueError as problem:
        return HandedIn(released, (str(problem),), readable=False)
    cells, found = _restore(given["cells"], released["cells"])
    # The released file's own header: a learner's kernel name or notebook format may differ.
    header = {key: value for key, value in released.items() if key != "cells"}
    for at, cell in enumerate(cells):
        cell["id"] = f"cell-{at}"
    return HandedIn({"cells": cells, **header}, (*notes, *found))


def _read(path: Path) -> tuple[Notebook, list[str]]:
    """Read a notebook file; ValueError with a sentence for the learner if it isn't one."""
    notes = []
    if not path.is_file():
        others = sorted(p.name for p in path.parent.glob("*.ipynb")) if path.parent.is_dir() else []
        if len(others) != 1:
            raise ValueError(
                f"The notebook {path.name} was not handed in; hand it in under that name."
            )
        notes.append(f"The notebook was handed in as {others[0]}; it is marked as {path.name}.")
        path = path.parent / others[0]
    if path.is_symlink():
        raise ValueError(f"{path.name} is a link to another file; hand in the notebook itself.")
    data = path.read_bytes()
    if not data.strip():
        raise ValueError(f"The file {path.name} is empty; save the notebook and hand it in again.")
    try:
        text = data.decode("utf-8-sig")
        notebook = json.loads(text)
    except UnicodeDecodeError:
        raise ValueError(
            f"The file {path.name} is not a notebook (it is not text); hand in the .ipynb file."
        ) from None
    except json.JSONDecodeError as problem:
        raise ValueError(
            f"The file {path.name} is damaged at line {problem.lineno} (was it cut short?); "
            "hand in a fresh copy."
        ) from None
    except RecursionError:
        raise ValueError(f"The file {path.name} is not a notebook Jupyter could write.") from None
    if isinstance(notebook, dict) and "worksheets" in notebook:  # format 3, from old programs
        notebook = _upgraded(text, path)
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not all(map(_is_cell, cells)):
        raise ValueError(
            f"The file {path.name} is not a notebook: it has no readable list of cells. "
            "Hand in the .ipynb file that Jupyter saved."
        )
    for cell in cells:
        if isinstance(cell["source"], list):
            cell["source"] = "".join(cell["source"])
    return notebook, notes


def _upgraded(text: str, path: Path) -> Notebook:
    import nbformat

    try:
        return dict(nbformat.reads(text, as_version=4))
    except Exception:
        raise ValueError(
            f"The file {path.name} is in an old notebook format that can't be read; "
            "open it in JupyterLab, save it and hand it in again."
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


def _restore(given: list[Cell], released: list[Cell]) -> tuple[list[Cell], list[str]]:
    """Put the exercise's own cells back as they were; the learner's cells stay where they are.

    Cells are known by nbgrader's grade id. Locked cells get their released text back; a cell the
    learner fills in keeps its text and gets its released metadata back; what is missing is put
    in after the exercise's cell before it.
    """
    known = {cell_name(cell): cell for cell in released if cell_name(cell)}
    notes: list[str] = []
    cells = [_clean(cell) for cell in given]
    cells = _one_of_each(cells, known, notes)

    at = -1  # where the exercise's last cell is
    for name, original in known.items():
        where = next((i for i, cell in enumerate(cells) if cell_name(cell) == name), None)
        label = _label(name, original)
        locked = _is_locked(original)
        if where is None:
            notes.append(f"{label} was missing and has been put back as released.")
            cells.insert(at + 1, _clean(copy.deepcopy(original)))
            at += 1
            continue
        cell = cells[where]
        if locked and where < at:
            notes.append(f"{label} had been moved up; it is marked in its own place.")
            cells.pop(where)
            cells.insert(at, cell)
            where = at
        if locked and cell["source"].strip() != _text(original).strip():
            notes.append(f"{label} had been changed; its own text is used.")
        if cell["metadata"].get("nbgrader") != original["metadata"]["nbgrader"]:
            notes.append(f"{label} had its marking details changed; the released ones are used.")
        if locked or cell["cell_type"] != original["cell_type"]:
            if not locked:
                notes.append(f"{label} had become a {cell['cell_type']} cell; it is marked anyway.")
            text = _text(original) if locked else cell["source"]
            cell = {**_clean(copy.deepcopy(original)), "source": text}
        cell["metadata"] = copy.deepcopy(original["metadata"])
        cells[where] = cell
        at = max(at, where)
    return cells, notes


def _one_of_each(cells: list[Cell], known: dict[str, Cell], notes: list[str]) -> list[Cell]:
    """Keep one copy of each of the exercise's cells; other copies become ordinary cells.

    Of a locked cell the last copy stays, as the answer was given before it; of a cell the learner
    fills in, the first (a copy made to try something out comes after it).
    """
    kept: list[Cell | None] = list(cells)
    for name, original in known.items():
        places = [i for i, cell in enumerate(kept) if cell is not None and cell_name(cell) == name]
        if len(places) < 2:
            continue
        notes.append(f"{_label(name, original)} was there {len(places)} times; one is marked.")
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
    """Return a cell without outputs, id or attachments: marking makes its own."""
    kept: Cell = {
        "cell_type": cell.get("cell_type", "code"),
        "metadata": dict(cell.get("metadata", {})),
        "source": _text(cell),
    }
    if kept["cell_type"] == "code":
        kept |= {"execution_count": None, "outputs": []}
    return kept


def _text(cell: Cell) -> str:
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
