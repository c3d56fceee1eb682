"""Layer 7, datasets: the only door through which people-level data leave the world.

What may leave is listed column by column in ``data/sheets``; a column that is not listed there
cannot be written, whatever the layers above hold.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eeic import NOTICE
from eeic.files import put_in_place
from eeic.world.parameters import WorldParameters
from eeic.world.people import id_digits

if TYPE_CHECKING:
    from eeic.world.build import Recipe, World

#: The system tables, and the columns of them that learners see.
SYSTEM_COLUMNS: dict[str, tuple[str, ...]] = {
    "place": ("place_id", "name", "type", "population"),
    "area": (
        "area_id",
        "place_id",
        "population",
        "deprivation_decile",
        "overcrowded_pct",
        "travel_min_hospital",
        "bus_per_hour",
    ),
    "practice": (
        "practice_id",
        "place_id",
        "list_size",
        "gp_wte",
        "appointments_per_1000",
        "interpreter_route",
        "evening_slots_pct",
        "letters_languages",
    ),
    "site": ("site_id", "provider", "place_id"),
    "organisation": (
        "org_id",
        "place_id",
        "communities_served",
        "income_band",
        "staff_wte",
        "contracted",
        "reach",
    ),
}

#: Rows are put in an order that only uses what the reader sees anyway.
_ROW_ORDER = {
    "L01": ["person"],
    "L02": ["person", "recorded_on", "source"],
    "L03": ["person"],
    "L03_education": ["person"],
    "L03_prevention": ["person"],
    "L04": ["person"],
    "L05": ["person", "programme"],
    "L13": ["person", "due_on", "appt_id"],
    "L18": ["person", "admitted_on"],
}

#: File with what is true of a world.
TRUTH = "truth.json"

#: A shorter seed can be found by building worlds until one has the files that were given out.
_SEED_BITS = 64

#: The tables that lie in the course's own folder: what the lessons read, and little more, so that
#: a download stays small. `eeic world build` makes the others, of the same world.
COURSE_TABLES = (
    *("L01", "L02", "L03", "L03_education", "L03_prevention", "L04"),
    *("L10", "L10_complaints", "L10_engagement", "L10_recruitment", "L11", "L11R", "L12"),
    *("L14", "L16", "L16_spending", "L17", "L17_consultation"),
    *("area", "organisation", "place", "practice", "site"),
)


class FolderInUse(ValueError):
    """A folder holds files that writing would destroy."""


@cache
def sheets() -> dict[str, dict[str, Any]]:
    """Return the data sheets: for each dataset its story, its columns and its flaws.

    Returns
    -------
    dict
        Dataset name -> sheet. The columns listed there are the allow-list of the export.

    Examples
    --------
    >>> list(sheets())[:3]
    ['L01', 'L02', 'L03']
    """
    folder = files(__package__) / "data" / "sheets"
    texts = {file.name.removesuffix(".json"): file.read_text("utf-8") for file in folder.iterdir()}
    found = {name: json.loads(texts[name]) for name in sorted(texts)}
    return {name: {"name": name, "notice": NOTICE, **sheet} for name, sheet in found.items()}


def view(name: str, frame: pd.DataFrame, parameters: WorldParameters) -> pd.DataFrame:
    """Return the part of a frame that may leave the world, in its fixed order.

    Parameters
    ----------
    name : str
        Name of the dataset, such as ``"L01"``.
    frame : DataFrame
        Records as recording left them, possibly with more columns than may leave.
    parameters : WorldParameters
        The world's parameters: how long person ids are.

    Returns
    -------
    DataFrame
        The listed columns, rows sorted, with the types of the data dictionary.
    """
    columns = sheets()[name]["columns"]
    ordered = frame.sort_values(_ROW_ORDER[name], kind="stable", ignore_index=True)
    named = ordered.assign(person_id=person_ids(ordered["person"], parameters))
    return typed(named[[one["name"] for one in columns]], columns)


def row_order(name: str, frame: pd.DataFrame) -> np.ndarray:
    """Return where each row of a dataset comes from, in the order in which they are written.

    Parameters
    ----------
    name : str
        Name of the dataset.
    frame : DataFrame
        Records as recording left them.

    Returns
    -------
    numpy.ndarray
        Positions of the rows in `frame`: the order of `view`, found without sorting the frame.
    """
    keys = [_sortable(frame[column]) for column in reversed(_ROW_ORDER[name])]
    if len(keys) > 1:
        return np.lexsort(keys)
    # Whole numbers, each with its place behind it, are sorted several times as fast as places by
    # numbers, and equal ones stay in their order.
    placed = keys[0] << 32 | np.arange(len(frame))
    placed.sort()
    return placed & (1 << 32) - 1


def _sortable(values: pd.Series) -> np.ndarray:
    """Return numbers in the order of the values, nothing at the end."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes = values.cat.codes.to_numpy()
        return np.where(codes < 0, len(values.cat.categories), codes)
    if values.dtype.kind in "iufb":
        return values.to_numpy()
    if values.dtype.kind == "M":
        days = values.to_numpy().astype(np.int64)
        return np.where(values.isna().to_numpy(), np.iinfo(np.int64).max, days)
    codes, words = pd.factorize(values, sort=True)
    return np.where(codes < 0, len(words), codes)


def person_ids(numbers: pd.Series, parameters: WorldParameters) -> list[str]:
    """Write the numbers of persons as ids.

    Parameters
    ----------
    numbers : Series
        Numbers, as `eeic.world.people.draw` gives them.
    parameters : WorldParameters
        The world's parameters: how long ids are.

    Returns
    -------
    list of str
        Such as ``"P0000017"``.
    """
    digits = id_digits(parameters)
    return [f"P{number:0{digits}d}" for number in numbers.tolist()]


def typed(frame: pd.DataFrame, columns: list[dict[str, str]]) -> pd.DataFrame:
    """Give each column the type that the data dictionary states.

    Parameters
    ----------
    frame : DataFrame
        The table, its values as text or already of the right kind.
    columns : list of dict
        Entries of the dictionary with ``name``, ``type`` and ``missing``.

    Returns
    -------
    DataFrame
        Text as ``str``, whole numbers as ``int64`` (``Int64`` where values can be missing),
        other numbers as ``float64``, dates as ``datetime64``.
    """
    result = {}
    for column in columns:
        values = frame[column["name"]]
        match column["type"]:
            case "integer":
                values = pd.to_numeric(values)
                may_miss = column["missing"].startswith("NA")
                values = values.astype("Int64") if may_miss else values.astype("int64")
            case "number":
                values = pd.to_numeric(values).astype("float64")
            case "date":
                values = pd.to_datetime(values).astype("datetime64[s]")
            case _:
                values = values.astype("str")
        result[column["name"]] = values
    return pd.DataFrame(result)


def as_text(frame: pd.DataFrame) -> dict[str, list[str]]:
    """Return the values of a table as they stand in the file.

    Parameters
    ----------
    frame : DataFrame
        The table.

    Returns
    -------
    dict of list of str
        Column name -> values; a missing value is ``NA``.
    """
    result = {}
    for name, values in frame.items():
        missing = values.isna().tolist()
        if values.dtype.kind == "M":
            values = values.dt.strftime("%Y-%m-%d")
        result[str(name)] = [
            "NA" if gone else f"{value:g}" if isinstance(value, float) else str(value)
            for value, gone in zip(values.tolist(), missing, strict=True)
        ]
    return result


def column_hashes(frame: pd.DataFrame) -> dict[str, str]:
    """Return the identity of each column: a hash of its values, not of any file.

    Parameters
    ----------
    frame : DataFrame
        The table.

    Returns
    -------
    dict of str
        Column name -> first 16 hexadecimal digits of SHA-256 over the values, one a line.
    """
    return {
        name: hashlib.sha256("\n".join(values).encode()).hexdigest()[:16]
        for name, values in as_text(frame).items()
    }


def table_hash(frame: pd.DataFrame) -> str:
    """Return the identity of a table: a hash of its columns' names and values.

    Parameters
    ----------
    frame : DataFrame
        The table.

    Returns
    -------
    str
        First 16 hexadecimal digits of SHA-256.
    """
    columns = json.dumps(column_hashes(frame))
    return hashlib.sha256(columns.encode()).hexdigest()[:16]


def csv_text(frame: pd.DataFrame) -> str:
    """Write a table as CSV: the notice, the header, the rows.

    Parameters
    ----------
    frame : DataFrame
        The table.

    Returns
    -------
    str
        The file's text. The notice is quoted, so that a spreadsheet shows it in one cell.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([NOTICE])
    columns = as_text(frame)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return out.getvalue()


def render(
    world: World, with_truth: bool | None = None, only: Collection[str] | None = None
) -> dict[str, bytes]:
    """Return every file that belongs into a dataset folder.

    Parameters
    ----------
    world : World
        A built world.
    with_truth : bool, optional
        Say what is true as well; by default where the world is for practice.
    only : collection of str, optional
        The tables wanted; by default all.

    Returns
    -------
    dict of bytes
        File name -> content. ``SHA256SUMS`` comes last and lists all the others.

    Raises
    ------
    ValueError
        If the truth of a world that learners are assessed with is asked for: these are the files
        that travel to them.
    """
    if with_truth is None:
        with_truth = world.recipe.practice
    if with_truth:
        refuse_to_publish(world.recipe)
    made = {**world.tables, **world.further[0]}
    wanted = made if only is None else only
    named = {name: sheet for name, sheet in sheets().items() if name in wanted}
    texts = {
        f"{name}.csv": csv_text(typed(made[name], sheet["columns"]))
        for name, sheet in named.items()
    }
    rows = {name: len(made[name]) for name in named}
    texts |= papers(world.world_id, rows, with_truth=with_truth)
    if with_truth:
        texts[TRUTH] = truth_text(world)
    content = {name: text.encode() for name, text in texts.items()}
    sums = [f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in content.items()]
    return content | {"SHA256SUMS": "".join(sorted(sums, key=lambda line: line[66:])).encode()}


def refuse_to_publish(recipe: Recipe) -> None:
    """Refuse to lay the truth of an assessed world among the files that travel to learners.

    Parameters
    ----------
    recipe : Recipe
        The world.

    Raises
    ------
    ValueError
        If its seed is not one of the public ones.
    """
    if not recipe.practice:
        raise ValueError(
            f"The truth about {recipe.world_id} may not lie among its datasets, because its seed "
            "is not a public one and learners may be assessed with it; name a private folder "
            "for the truth."
        )


def refuse_inside(private: Path, folder: Path) -> None:
    """Refuse a private folder that would travel to learners with the datasets.

    Parameters
    ----------
    private : Path
        Folder for the truth.
    folder : Path
        Folder of the datasets.

    Raises
    ------
    ValueError
        If the first is the second or lies inside it.
    """
    if private.resolve().is_relative_to(folder.resolve()):
        raise ValueError(
            f"The private folder for the truth, {private}, is or lies inside the folder of the "
            "datasets, which travels to learners; name another one."
        )


def refuse_guessable(recipe: Recipe) -> None:
    """Refuse to keep a truth private that anybody can work out who tries a few seeds.

    Parameters
    ----------
    recipe : Recipe
        The world.

    Raises
    ------
    ValueError
        If its seed is shorter than 64 bits.

    Examples
    --------
    >>> from eeic.world.build import recipe
    >>> refuse_guessable(recipe(seed=2**127 + 12345))
    """
    if recipe.seed.bit_length() < _SEED_BITS:
        raise ValueError(
            f"A world whose truth is private needs a seed of at least {_SEED_BITS} bits, because "
            "a shorter one can be found by trying; take one from secrets.randbits(128), or leave "
            "--seed out of eeic world build, which then makes one and keeps it beside the truth."
        )


def truth_text(world: World) -> str:
    """Return the truth manifest as it stands in its file.

    Parameters
    ----------
    world : World
        A built world.

    Returns
    -------
    str
        JSON.
    """
    return json.dumps(world.truth, ensure_ascii=False, separators=(",", ":")) + "\n"


def papers(
    world_id: str, rows: Mapping[str, int], *, with_truth: bool, parquet: bool = False
) -> dict[str, str]:
    """Return what lies beside a world's tables for people to read.

    Parameters
    ----------
    world_id : str
        The world.
    rows : mapping of int
        Dataset -> number of rows.
    with_truth : bool
        Whether ``truth.json`` is there too.
    parquet : bool
        Whether the tables are Parquet instead of CSV.

    Returns
    -------
    dict of str
        File name -> text: a page for each dataset, the dictionary, the front page.
    """
    dictionary = {
        name: {**sheet, "world": world_id, "rows": rows[name]}
        for name, sheet in sheets().items()
        if name in rows
    }
    return {
        **{f"{name}.md": _sheet_page(sheet) for name, sheet in dictionary.items()},
        "dictionary.json": json.dumps(dictionary, indent=1, ensure_ascii=False) + "\n",
        "README.md": _readme(world_id, dictionary, with_truth, parquet),
    }


def write(
    world: World,
    folder: str | Path,
    overwrite: bool = False,
    with_truth: bool | None = None,
    *,
    truth: str | Path | None = None,
    only: Collection[str] | None = None,
) -> list[Path]:
    """Write a world's datasets into a folder, with data sheets and checksums.

    A practice world's truth is written beside them. Any other world can be one that learners are
    assessed with: its truth goes to a private folder that you name, or nowhere.

    Parameters
    ----------
    world : World
        A built world.
    folder : str or Path
        Where to write. It is made if it does not exist.
    overwrite : bool
        Replace files of the same name even if they differ.
    with_truth : bool, optional
        Write ``truth.json`` beside the datasets; by default for practice worlds, and refused for
        others.
    truth : str or Path, optional
        Private folder for ``truth.json``. It must be neither `folder` nor inside it.
    only : collection of str, optional
        The tables wanted; by default all.

    Returns
    -------
    list of Path
        The files written, the private one last. Each is replaced at once, never half written.

    Raises
    ------
    FolderInUse
        If the folder holds another world's files, or a file of the same name with other content,
        and `overwrite` is false. Nothing has been written then.
    ValueError
        If the truth of an assessed world would lie among its datasets, or its seed is short.
    """
    content = {Path(folder): render(world, with_truth, only)}
    if truth is not None:
        private = Path(truth)
        refuse_inside(private, Path(folder))
        refuse_guessable(world.recipe)
        content[private] = {TRUTH: truth_text(world).encode()}
    for place, files_there in content.items():
        if place.exists() and not place.is_dir():
            raise FolderInUse(f"{place} is a file; name a folder to write the datasets into.")
        if not overwrite:
            refuse_if_in_use(place, world.world_id, files_there)
    written = []
    for place, files_there in content.items():
        place.mkdir(parents=True, exist_ok=True)
        for name, data in files_there.items():
            put_in_place(place / name, data)
            written.append(place / name)
    return written


def write_datasets(folder: str | Path, overwrite: bool = False) -> list[Path]:
    """Write the course's own datasets: the public practice world at workshop size.

    Parameters
    ----------
    folder : str or Path
        Where to write.
    overwrite : bool
        Replace files of the same name even if they differ.

    Returns
    -------
    list of Path
        The files written, the same bytes every time.
    """
    from eeic.world.build import build

    return write(build(), folder, overwrite, only=COURSE_TABLES)


def refuse_if_in_use(folder: Path, world_id: str, content: dict[str, bytes]) -> None:
    """Refuse a folder in which writing would destroy something.

    Parameters
    ----------
    folder : Path
        The folder.
    world_id : str
        The world that is to be written.
    content : dict of bytes
        File name -> what would be written.

    Raises
    ------
    FolderInUse
        If it holds another world, or a file of the same name with other content.
    """
    there = _world_in(folder)
    if there not in (None, world_id):
        raise FolderInUse(
            f"{folder} holds the files of another world ({there}); choose another folder, or "
            "ask to overwrite them."
        )
    for name, data in content.items():
        path = folder / name
        if path.exists() and (not path.is_file() or path.read_bytes() != data):
            raise FolderInUse(
                f"{path} is there already and differs from what would be written; choose another "
                "folder, or ask to overwrite it."
            )


def _world_in(folder: Path) -> str | None:
    """Return which world a folder holds: None if none can be made out."""
    # The dictionary says it of each dataset. Older folders and private ones have only the truth.
    try:
        dictionary = json.loads((folder / "dictionary.json").read_text("utf-8"))
        return next(iter(dictionary.values()))["world"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration):
        pass
    try:
        return json.loads((folder / TRUTH).read_text("utf-8"))["world_id"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _sheet_page(sheet: dict[str, Any]) -> str:
    """Write one dataset's sheet for people to read."""
    lines = [f"# {sheet['name']} {sheet['title']}", "", f"> {NOTICE}.", "", sheet["summary"], ""]
    lines += [f"World {sheet['world']}, {sheet['rows']:,} rows.", ""]
    for heading, key in (("What it imitates", "imitates"), ("How it was made", "how_made")):
        lines += [f"## {heading}", "", sheet[key], ""]
    for heading, key in (
        ("Known to be unlike real data", "unlike_real"),
        ("Flaws put in on purpose", "flaws"),
        ("Use it for", "allowed"),
        ("Do not use it for", "forbidden"),
    ):
        lines += [f"## {heading}", "", *(f"- {item}" for item in sheet[key]), ""]
    lines += ["## Columns", "", "| Column | What it is | Values | If missing | Flaw |"]
    lines += ["|---|---|---|---|---|"]
    for column in sheet["columns"]:
        values = ", ".join(filter(None, [column["unit"], column["allowed"]]))
        cells = [f"`{column['name']}`", column["label"], values, column["missing"], column["flaw"]]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _readme(
    world_id: str, dictionary: dict[str, dict[str, Any]], with_truth: bool, parquet: bool
) -> str:
    """Write the folder's front page."""

    def link(name: str, sheet: dict[str, Any]) -> str:
        if not parquet:
            return f"[{name}.csv]({name}.csv)"
        # People are in parts by area; what is about the whole system is one file.
        return f"`{name}/*.parquet`" if people_level(sheet) else f"`{name}.parquet`"

    rows = "\n".join(
        f"| {link(name, sheet)} | {sheet['title']} | {sheet['rows']:,} | [{name}.md]({name}.md) |"
        for name, sheet in dictionary.items()
    )
    parts = [_ABOUT, _OPEN_PARQUET if parquet else _OPEN_CSV, _UNDERSTAND]
    parts += [_CHECK] * with_truth + [_INTACT_PARQUET if parquet else _INTACT_CSV]
    parts.append(_CODES)
    if "-workshop-2026a-" in world_id and not parquet:
        parts.append(_AGAIN)
    return "".join(parts).format(notice=NOTICE, rows=rows, world=world_id)


def people_level(sheet: Mapping[str, Any]) -> bool:
    """Tell whether a dataset is made area by area.

    Parameters
    ----------
    sheet : mapping
        Its data sheet.

    Returns
    -------
    bool
    """
    return sheet["name"] in _ROW_ORDER


_ABOUT = """\
# The course's data

> {notice}.

Lindlemere is a health system that does not exist. Its people, practices and places were made by
a computer program from stated assumptions, so that everyone can practise on data that are nobody's,
and can afterwards look up what really made each gap. No name, no record and no statistic here
comes from a real person or a real service.

| File | What it holds | Rows | Read this first |
|---|---|---|---|
{rows}

"""

_OPEN_CSV = """\
- **Open a file.** Each `.csv` opens in any spreadsheet. The first line is the notice above, the
  second line has the column names, and the data follow. `NA` means not known or not applicable.
"""

_OPEN_PARQUET = """\
- **Open a file.** The tables are Parquet files; the notice above is in the metadata of each. Tables
  about people are in parts by area. `eeic.world.scan(folder, "L01")` opens all parts as one polars
  query, whatever their size. A missing value means not known or not applicable.
"""

_UNDERSTAND = """\
- **Understand a column.** The sheet beside each file says what every column means, what is wrong
  with it on purpose, and what the data may be used for. `dictionary.json` says the same for
  programs.
"""

_CHECK = """\
- **Check your answer.** `truth.json` states what is true in this world and why: for every measure
  the true values by ethnic group, and for every gap how much of it each mechanism made, such as
  unmet language need, practices, deprivation, unfair treatment or services that fit some
  communities badly. Look there after you have tried, not before.
"""

_INTACT_PARQUET = """\
- **Is everything intact?** `eeic world check` compares every value with the hashes in `world.json`
  and `records`, and looks for rows that cannot be.
"""

_INTACT_CSV = """\
- **Is the file intact?** `SHA256SUMS` holds a fingerprint of every file; the course's own loader
  compares them and says so if one has changed.
"""

_CODES = """
`Z` in an ethnicity code means that the person was asked and chose not to say; `99` means that
nobody knows. They are different things, and neither is an ethnic group.

This is world `{world}`.
"""

_AGAIN = """\
In the lessons it is called world 2026-a. Running
`python -c "from eeic.world import write_datasets; write_datasets('my-folder')"` makes the same
files again, byte for byte.
"""
