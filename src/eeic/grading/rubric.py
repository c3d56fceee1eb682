"""How a written answer is marked, read from the sheet that its marker reads.

``marking/exNN-any-name.md`` is written for people; what the feedback page, the second marking
and the demo class need of it is read from its tables and quotations, so that it is stated once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

#: The words for the four levels of every criterion.
LEVELS = ("not yet", "developing", "meets", "exceeds")


@dataclass(frozen=True)
class Criterion:
    """One line of the rubric: its name and what each of the four levels means."""

    name: str
    levels: tuple[str, ...]


@dataclass(frozen=True)
class Anchor:
    """An example answer with the level it has on each criterion, and why."""

    levels: tuple[int, ...]
    text: str
    why: str = ""


@dataclass(frozen=True)
class NearMiss:
    """Something that markers read often: where it falls and how to begin a comment."""

    read: str
    falls: str
    stem: str


@dataclass(frozen=True)
class Rubric:
    """A marker's sheet.

    Parameters
    ----------
    criteria : tuple of Criterion
        In the order of the sheet; each earns 0 to 3 points.
    anchors : tuple of Anchor
        Example answers.
    near_misses : tuple of NearMiss
        With the sentences to begin a comment with.
    notes : str
        What else the sheet says of marking, under the rubric.
    """

    criteria: tuple[Criterion, ...]
    anchors: tuple[Anchor, ...]
    near_misses: tuple[NearMiss, ...]
    notes: str = ""


def sheet(marking: Path, exercise: str) -> Path | None:
    """Return the marker's sheet of an exercise; None if it has no written answer."""
    return next(iter(sorted(marking.glob(f"{exercise.partition('-')[0]}-*.md"))), None)


def read(path: Path) -> Rubric:
    """Read a marker's sheet.

    Parameters
    ----------
    path : Path
        ``marking/exNN-any-name.md``.

    Returns
    -------
    Rubric

    Raises
    ------
    ValueError
        If its first table is not a rubric of four levels.
    """
    text = path.read_text(encoding="utf-8")
    top, _, rest = text.partition("\n## ")
    parts = re.split(r"^## ", rest, flags=re.MULTILINE)
    criteria = tuple(
        Criterion(cells[0].strip("*"), tuple(cells[1:])) for cells in _rows(top) if len(cells) == 5
    )
    if not criteria:
        raise ValueError(f"{path.name} has no table with a criterion and four levels in each row")
    anchors, near = [], []
    for part in parts:
        title, _, body = part.partition("\n")
        if found := re.match(r"Anchor: (\d(?: \+ \d)*)", title):
            quoted = [line[1:].strip() for line in body.splitlines() if line.startswith(">")]
            why = "\n".join(line for line in body.splitlines() if not line.startswith(">")).strip()
            levels = tuple(map(int, found[1].split(" + ")))
            anchors.append(Anchor(levels, "\n".join(quoted), why))
        elif title.startswith("Near-misses"):
            near += [NearMiss(read, falls, _unquoted(stem)) for read, falls, stem in _rows(body)]
    notes = "\n".join(top.splitlines()[_after_the_table(top) :]).strip()
    return Rubric(criteria, tuple(anchors), tuple(near), notes)


def levels_in(comment: str, rubric: Rubric) -> dict[str, int]:
    """Read the levels that a marker wrote first in a comment.

    Parameters
    ----------
    comment : str
        Such as "Fair use of evidence 2, specific and respectful 3. You give …".
    rubric : Rubric
        Whose criteria to look for.

    Returns
    -------
    dict
        Level by criterion; only those that are named.

    Examples
    --------
    >>> one = Rubric((Criterion("Voice", ("", "", "", "")),), (), ())
    >>> levels_in("Voice: 2. Whose is missing?", one)
    {'Voice': 2}
    """
    found = {}
    for criterion in rubric.criteria:
        said = re.search(rf"{re.escape(criterion.name)}\W{{0,3}}([0-3])\b", comment, re.IGNORECASE)
        if said:
            found[criterion.name] = int(said[1])
    return found


def _rows(text: str) -> list[list[str]]:
    """Return the cells of a table's rows, its heading left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return cells[2:]


def _after_the_table(text: str) -> int:
    """Return the number of the line that follows a text's table."""
    return max(at for at, line in enumerate(text.splitlines()) if line.startswith("|")) + 1


def _unquoted(cell: str) -> str:
    return cell[1:-1] if re.fullmatch(r'["“][^"“”]*["”]', cell) else cell
