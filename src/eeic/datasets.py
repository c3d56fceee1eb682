"""Loading the course's tables, with their data sheets and their truth.

The wheel carries the files inside the package; in a checkout they lie in the folder ``datasets``
at the top. pandas is imported only when a table is loaded, so sheets and truth can be read where
pandas is absent.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    import pandas as pd

__all__ = ["DatasetError", "load", "names", "sheet", "truth"]


class DatasetError(ValueError):
    """A course table that is unknown, missing or not as it was made."""


def names() -> list[str]:
    """Return the names of the course's tables.

    Returns
    -------
    list of str
        Names that `load` and `sheet` take.

    Examples
    --------
    >>> names()[:2]
    ['L01', 'L02']
    """
    return list(_dictionary())


def load(name: str) -> pd.DataFrame:
    """Load one of the course's tables.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    DataFrame
        The table with the types of its data sheet. Missing values are what the file writes as
        ``NA``: not known or not applicable. Every call returns a table of its own.

    Raises
    ------
    DatasetError
        If there is no such table, or its file is missing, changed or has other columns than its
        data sheet, or pandas is not installed.

    Examples
    --------
    >>> register = load("L01")
    >>> len(register), register["ethnic_group_self"].nunique()
    (20000, 19)
    """
    columns = sheet(name)["columns"]
    content = _read(f"{name}.csv")
    try:
        import pandas as pd

        from eeic.world.export import typed
    except ImportError as error:
        raise DatasetError(
            f"Loading a table needs {error.name or 'pandas'}, which is not installed here; "
            "its data sheet and the truth can be read without."
        ) from error

    # Only the bare NA is missing: pandas would otherwise also swallow words such as "None".
    frame = pd.read_csv(
        BytesIO(content), skiprows=1, dtype="str", keep_default_na=False, na_values=["NA"]
    )
    expected = [column["name"] for column in columns]
    if list(frame.columns) != expected:
        raise DatasetError(
            f"The columns of {name}.csv are not those of its data sheet: "
            f"{_difference(list(frame.columns), expected)}. {_restore(f'{name}.csv')}"
        )
    return typed(frame, columns)


def sheet(name: str) -> dict[str, Any]:
    """Return the data sheet of one table.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    dict
        name, notice, title, summary, imitates, how_made, unlike_real, flaws, allowed and forbidden
        uses, world, rows, and columns (each with name, label, type, unit, allowed, missing, flaw).

    Raises
    ------
    DatasetError
        If there is no such table, or the dictionary is missing or changed.

    Examples
    --------
    >>> sheet("L01")["title"]
    'Resident register'
    """
    known = _dictionary()
    if name not in known:
        raise DatasetError(
            f"There is no table {name!r} among the course's own: {', '.join(known)}. "
            "`eeic world build FOLDER` makes every table of the same world."
        )
    return known[name]


def truth() -> dict[str, Any]:
    """Return the truth about the world that the course's tables come from.

    Returns
    -------
    dict
        The truth manifest; `eeic.world.truth.manifest` describes it.

    Raises
    ------
    DatasetError
        If the file is missing or changed.

    Examples
    --------
    >>> truth()["reference"]
    'White British'
    """
    return json.loads(_read("truth.json"))


def _dictionary() -> dict[str, Any]:
    return json.loads(_read("dictionary.json"))


@cache
def _folder() -> Traversable:
    """Return where the files are: in the installed package, or at the top of a checkout."""
    inside = files("eeic") / "_datasets"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "datasets"


def _read(name: str) -> bytes:
    """Return a file's content, if it is what it was when it was made."""
    content = _bytes(name)
    sums = _checksums()
    # A checkout on Windows may have changed the line ends, which changes nothing that matters.
    content = content.replace(b"\r\n", b"\n")
    if hashlib.sha256(content).hexdigest() != sums.get(name):
        raise DatasetError(
            f"The file {name} of the course's datasets has changed since it was made. "
            f"{_restore(name)}"
        )
    return content


def _checksums() -> dict[str, str]:
    """Return file name -> SHA-256; a line that is not of that form says the list is damaged."""
    lines = [line.split() for line in _bytes("SHA256SUMS").decode("utf-8", "replace").splitlines()]
    if not lines or any(len(line) != 2 for line in lines):
        raise DatasetError(
            f"The file SHA256SUMS of the course's datasets is damaged. {_restore('SHA256SUMS')}"
        )
    return {name: checksum for checksum, name in lines}


def _bytes(name: str) -> bytes:
    try:
        return (_folder() / name).read_bytes()
    except OSError:
        raise DatasetError(
            f"The file {name} of the course's datasets is missing or cannot be read. "
            f"{_restore(name)}"
        ) from None


def _difference(found: list[str], expected: list[str]) -> str:
    """Say how two lists of columns differ."""
    if sorted(found) == sorted(expected):
        return "they stand in another order"
    gone = ", ".join(name for name in expected if name not in found)
    odd = ", ".join(name for name in found if name not in expected)
    return f"it lacks {gone or 'none'} and has besides {odd or 'none'}"


def _restore(name: str) -> str:
    return (
        f"To restore it, run `git checkout -- datasets/{name}` in a checkout of the course, or "
        "`pip install --force-reinstall --no-deps` with the course's package if you installed it."
    )
