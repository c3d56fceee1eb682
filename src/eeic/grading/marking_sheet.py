"""The sheet that a marker fills in: a table as CSV and as a workbook, and reading it back."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook

from eeic.files import put_in_place
from eeic.grading.course import CourseFault

#: Levels of a criterion go from 0 to this.
TOP = 3
POINTS = "points"


def write(
    path: Path,
    head: Sequence[str],
    rows: Iterable[Mapping[str, Any]],
    levels: Collection[str],
) -> None:
    """Write a sheet as CSV, and as a workbook that checks levels.

    Parameters
    ----------
    path : Path
        The CSV file; the workbook stands beside it.
    head : sequence of str
        The columns.
    rows : iterable of mapping
        What is in them already.
    levels : collection of str
        The columns that take a level from 0 to 3.
    """
    lines = [[row.get(name, "") for name in head] for row in rows]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows(lines)
    # The mark tells spreadsheets that it is UTF-8.
    put_in_place(path, text.getvalue().encode("utf-8-sig"))
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.freeze_panes(1, 1)
        bold = book.add_format({"bold": True})
        for at, name in enumerate(head):
            page.set_column(at, at, 60 if name == "comment" else 24)
            page.write_string(0, at, name, bold)
            for number, line in enumerate(lines, start=1):
                # As text, so that nothing that begins with "=" is worked out.
                page.write_string(number, at, str(line[at]))
            if name in levels and lines:
                page.data_validation(
                    *(1, at, len(lines), at),
                    {
                        "validate": "integer",
                        "criteria": "between",
                        "minimum": 0,
                        "maximum": TOP,
                        "error_message": f"{name} is a level from 0 to {TOP}.",
                    },
                )
    put_in_place(path.with_suffix(".xlsx"), made.getvalue())


def read(path: Path) -> list[dict[str, str]]:
    """Read a sheet, CSV or workbook, as rows of text; rows without a code are left out.

    Raises
    ------
    CourseFault
        If it is not there, or has no column "code".
    """
    if not path.is_file():
        raise CourseFault(f"{path} is not there; give the sheet that was filled in")
    if path.suffix.lower() == ".xlsx":
        lines: list[list[Any]] = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    else:
        text = path.read_bytes().decode("utf-8-sig", errors="replace")
        # Spreadsheets in many countries write semicolons.
        first = text.partition("\n")[0]
        lines = list(csv.reader(io.StringIO(text), delimiter=";" if ";" in first else ","))
    if not lines or "code" not in (head := [str(name or "").strip() for name in lines[0]]):
        raise CourseFault(f"{path.name} has no column “code” in its first line; is it the sheet?")
    rows = [
        dict(zip(head, ("" if v is None else str(v).strip() for v in line), strict=False))
        for line in lines[1:]
    ]
    return [row for row in rows if row.get("code")]


def marks_in(
    rows: Sequence[Mapping[str, str]],
    criteria: Sequence[str],
    most: Mapping[str, float],
    name: str,
) -> dict[str, dict[str, Any]]:
    """Return the marks of a filled sheet by code; say every cell that can't be one.

    Parameters
    ----------
    rows : sequence of mapping
        What `read` returned. A row with no mark at all is passed over.
    criteria : sequence of str
        The rubric's criteria; none if only points are given.
    most : mapping
        What can be earned, by code.
    name : str
        The file's name, for the message.

    Returns
    -------
    dict
        By code: "levels" (by criterion), "points", "comment" and, if points were written beside
        levels, "said".

    Raises
    ------
    CourseFault
        If anything is wrong: every such cell is named.
    """
    found: dict[str, dict[str, Any]] = {}
    wrong = []
    for row in rows:
        code = row["code"]
        if code not in most or code in found:
            wrong.append(
                f"{code} is {'there twice' if code in found else 'no code of this sample'}"
            )
            continue
        tops = {criterion: float(TOP) for criterion in criteria} or {POINTS: most[code]}
        filled = {column: row.get(column, "") for column in tops}
        if not any(filled.values()):
            continue
        marks: dict[str, float] = {}
        for column, top in tops.items():
            value = _number(filled[column])
            if value is None or not 0 <= value <= top or (criteria and value != int(value)):
                kind = f"a level from 0 to {top:g}" if criteria else f"0 to {top:g} points"
                wrong.append(f"{code}, {column}: “{filled[column]}” is not {kind}")
            else:
                marks[column] = value
        found[code] = {
            "levels": {c: int(v) for c, v in marks.items()} if criteria else {},
            "points": sum(marks.values()),
            "comment": row.get("comment", ""),
        }
        if criteria and (said := _number(row.get(POINTS, ""))) is not None:
            found[code]["said"] = said
    if wrong:
        raise CourseFault(f"{name} can't be used as it is:\n  " + "\n  ".join(wrong))
    return found


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
