"""Loading the course's tables, with their data sheets and their truth.

The wheel carries the files inside the package; in a checkout they lie in the folder ``datasets``
at the top. pandas is imported only when a table is loaded, so sheets and truth can be read where
pandas is absent.

What a lesson works out from them it keeps with `remembered`; then the same lesson can be put
through another world with `instead`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, wraps
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    import pandas as pd

    from eeic.world.block import Block
    from eeic.world.build import Recipe, World

__all__ = [
    "DatasetError",
    "instead",
    "load",
    "make",
    "names",
    "recipe",
    "remembered",
    "residents",
    "sheet",
    "truth",
]

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class _Source:
    """Where the tables come from, and what has been worked out from them."""

    world: World | None = None
    kept: dict[Callable[..., Any], Callable[..., Any]] = field(default_factory=dict)


_SOURCE = ContextVar("_SOURCE", default=_Source())  # noqa: B039 (one for the course, on purpose)


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
    if _SOURCE.get().world is None:
        return list(_dictionary())
    from eeic.world.export import COURSE_TABLES, sheets

    return [name for name in sheets() if name in COURSE_TABLES]


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
    _refuse_unknown(name)
    if _SOURCE.get().world is not None:
        return _of_another_world(name).copy()
    try:
        return _table(name, _read(f"{name}.csv"), _read("dictionary.json")).copy()
    except ImportError as error:
        raise DatasetError(
            f"Loading a table needs {error.name or 'pandas'}, which is not installed here; "
            "its data sheet and the truth can be read without."
        ) from error


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
    _refuse_unknown(name)
    other = _SOURCE.get().world
    if other is None:
        return _dictionary()[name]
    from eeic.world.export import sheets

    return {**sheets()[name], "world": other.world_id, "rows": len(_of_another_world(name))}


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
    other = _SOURCE.get().world
    return json.loads(_read("truth.json") if other is None else _true_of_another_world())


def remembered(function: Callable[P, T]) -> Callable[P, T]:
    """Remember what a function worked out from the course's tables, as `functools.cache` does.

    Parameters
    ----------
    function : callable
        Its result depends on its arguments, which can be hashed, and on the tables and the truth.

    Returns
    -------
    callable
        The same function. What it worked out from another world inside `instead` is kept apart,
        and goes with that world.

    Examples
    --------
    >>> @remembered
    ... def people():
    ...     return len(load("L01"))
    >>> people(), people()
    (20000, 20000)
    """

    @wraps(function)
    def look_up(*args: P.args, **kwargs: P.kwargs) -> T:
        kept = _SOURCE.get().kept
        if function not in kept:
            kept[function] = cache(function)
        return kept[function](*args, **kwargs)

    return look_up


@contextmanager
def instead(world: World) -> Iterator[None]:
    """Let everything here be that of another world, for a while.

    Parameters
    ----------
    world : World
        From `eeic.world.build`. Its truth, and its tables that are not about people, are made
        when they are first asked for.

    Examples
    --------
    >>> from eeic.world import build
    >>> with instead(build(world="placebo")):
    ...     recipe().world
    'placebo'
    >>> recipe().world
    'main'
    """
    token = _SOURCE.set(_Source(world))
    try:
        yield
    finally:
        _SOURCE.reset(token)


def recipe() -> Recipe:
    """Return what the world of the course's tables is made from.

    Returns
    -------
    Recipe
    """
    from eeic.world.build import recipe as made_from

    other = _SOURCE.get().world
    return made_from() if other is None else other.recipe


@remembered
def make(name: str) -> pd.DataFrame:
    """Make a table about people that is too large to lie among the course's own.

    Parameters
    ----------
    name : str
        Such as ``"L05"``.

    Returns
    -------
    DataFrame
        The table that `eeic world build` writes. Treat it as read-only.

    Raises
    ------
    DatasetError
        If there is no such table.

    Examples
    --------
    >>> make("L05")["programme"].unique().tolist()
    ['bowel', 'cervical']
    """
    import pandas as pd

    from eeic.world.build import work
    from eeic.world.export import view

    wanted = recipe()
    parts = [work(wanted, areas).files for areas in wanted.blocks()]
    if name not in parts[0]:
        raise DatasetError(
            f"There is no table about people {name!r}; there are {', '.join(sorted(parts[0]))}."
        )
    whole = pd.concat([files[name] for files in parts], ignore_index=True)
    return view(name, whole, wanted.parameters)


@remembered
def residents() -> tuple[Block, pd.DataFrame, pd.DataFrame]:
    """Draw the people of the course's tables again, and what they meet.

    Returns
    -------
    tuple
        The block of areas, its people and their exposures, row by row the same persons.

    Examples
    --------
    >>> block, people, met = residents()
    >>> len(people) == len(met) == len(load("L01"))
    True
    """
    from eeic.world.library.places import residents as drawn

    return drawn(recipe(), len(recipe().areas))


@remembered
def _table(name: str, content: bytes, dictionary: bytes) -> pd.DataFrame:
    """Make a table of a file's content; the same content is read once."""
    import pandas as pd

    from eeic.world.export import typed

    columns = json.loads(dictionary)[name]["columns"]
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


@remembered
def _of_another_world(name: str) -> pd.DataFrame:
    """Return a table as it would be read from its file."""
    from eeic.world.export import sheets, typed

    other = _another()
    made = other.tables if name in other.tables else other.further[0]
    return typed(made[name], sheets()[name]["columns"])


@remembered
def _true_of_another_world() -> str:
    """Return the truth as it would stand in its file."""
    from eeic.world.export import truth_text

    return truth_text(_another())


def _another() -> World:
    other = _SOURCE.get().world
    assert other is not None  # only asked inside `instead`
    return other


def _refuse_unknown(name: str) -> None:
    known = names()
    if name not in known:
        raise DatasetError(
            f"There is no table {name!r} among the course's own: {', '.join(known)}. "
            "`eeic world build FOLDER` makes every table of the same world."
        )


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
