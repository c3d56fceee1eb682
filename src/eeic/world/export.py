"""Layer 7, datasets: the only door through which people-level data leave the world.

What may leave is listed column by column in ``data/datasets.json``; a column that is not listed
there cannot be written, whatever the layers above hold.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from eeic import NOTICE
from eeic.files import put_in_place

if TYPE_CHECKING:
    from eeic.world.build import World

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
}

#: Rows are put in an order that only uses what the reader sees anyway.
_ROW_ORDER = {
    "L01": ["person_id"],
    "L02": ["person_id", "recorded_on", "source"],
    "L03": ["person_id"],
}


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
    >>> list(sheets())
    ['L01', 'L02', 'L03']
    """
    found = json.loads((files(__package__) / "data" / "datasets.json").read_text("utf-8"))
    return {name: {"name": name, "notice": NOTICE, **sheet} for name, sheet in found.items()}


def view(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the part of a frame that may leave the world, in its fixed order.

    Parameters
    ----------
    name : str
        Name of the dataset, such as ``"L01"``.
    frame : DataFrame
        Records, possibly with more columns than may leave.

    Returns
    -------
    DataFrame
        The listed columns, rows sorted, with the types of the data dictionary.
    """
    columns = [column["name"] for column in sheets()[name]["columns"]]
    kept = frame[columns].sort_values(_ROW_ORDER[name], kind="stable", ignore_index=True)
    return typed(kept, sheets()[name]["columns"])


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


def render(world: World) -> dict[str, bytes]:
    """Return every file that belongs into a dataset folder.

    Parameters
    ----------
    world : World
        A built world.

    Returns
    -------
    dict of bytes
        File name -> content. ``SHA256SUMS`` comes last and lists all the others.
    """
    dictionary = {
        name: {**sheet, "world": world.world_id, "rows": len(world.tables[name])}
        for name, sheet in sheets().items()
    }
    texts = {f"{name}.csv": csv_text(world.tables[name]) for name in dictionary}
    texts |= {f"{name}.md": _sheet_page(sheet) for name, sheet in dictionary.items()}
    texts["dictionary.json"] = json.dumps(dictionary, indent=1, ensure_ascii=False) + "\n"
    texts["README.md"] = _readme(world, dictionary)
    texts["truth.json"] = json.dumps(world.truth, indent=1, ensure_ascii=False) + "\n"
    content = {name: text.encode() for name, text in texts.items()}
    sums = [f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in content.items()]
    return content | {"SHA256SUMS": "".join(sorted(sums, key=lambda line: line[66:])).encode()}


def write(world: World, folder: str | Path, overwrite: bool = False) -> list[Path]:
    """Write a world's datasets into a folder, with data sheets, truth and checksums.

    Parameters
    ----------
    world : World
        A built world.
    folder : str or Path
        Where to write. It is made if it does not exist.
    overwrite : bool
        Replace files of the same name even if they differ.

    Returns
    -------
    list of Path
        The files written. Each is replaced at once, never half written.

    Raises
    ------
    FolderInUse
        If the folder holds another world's files, or a file of the same name with other content,
        and `overwrite` is false. Nothing has been written then.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise FolderInUse(f"{folder} is a file; name a folder to write the datasets into.")
    content = render(world)
    if not overwrite:
        _refuse_if_in_use(folder, world.world_id, content)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in content.items():
        put_in_place(folder / name, data)
    return [folder / name for name in content]


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

    return write(build(), folder, overwrite)


def _refuse_if_in_use(folder: Path, world_id: str, content: dict[str, bytes]) -> None:
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
    try:
        return json.loads((folder / "truth.json").read_text("utf-8"))["world_id"]
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


def _readme(world: World, dictionary: dict[str, dict[str, Any]]) -> str:
    """Write the folder's front page."""
    rows = "\n".join(
        f"| [{name}.csv]({name}.csv) | {sheet['title']} | {sheet['rows']:,} "
        f"| [{name}.md]({name}.md) |"
        for name, sheet in dictionary.items()
    )
    return _README.format(notice=NOTICE, rows=rows, world=world.world_id)


_README = """\
# The course's data

> {notice}.

Lindlemere is a health system that does not exist. Its people, practices and places were made by
a computer program from stated assumptions, so that everyone can practise on data that are nobody's,
and can afterwards look up what really made each gap. No name, no record and no statistic here
comes from a real person or a real service.

| File | What it holds | Rows | Read this first |
|---|---|---|---|
{rows}

- **Open a file.** Each `.csv` opens in any spreadsheet. The first line is the notice above, the
  second line has the column names, and the data follow. `NA` means not known or not applicable.
- **Understand a column.** The sheet beside each file says what every column means, what is wrong
  with it on purpose, and what the data may be used for. `dictionary.json` says the same for
  programs.
- **Check your answer.** `truth.json` states what is true in this world and why: for every measure
  the true values by ethnic group, and for every gap how much of it comes from unmet language need,
  practices, deprivation, unfair treatment and services that fit some communities badly. Look there
  after you have tried, not before.
- **Is the file intact?** `SHA256SUMS` holds a fingerprint of every file; the course's own loader
  compares them and says so if one has changed.

`Z` in an ethnicity code means that the person was asked and chose not to say; `99` means that
nobody knows. They are different things, and neither is an ethnic group.

This is world `{world}`. In the lessons it is called world 2026-a. Running
`python -c "from eeic.world import write_datasets; write_datasets('my-folder')"` makes the same
files again, byte for byte.
"""
