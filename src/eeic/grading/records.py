"""What is known of each learner's marking: one small file a learner, beside nbgrader's gradebook.

The gradebook holds points. These files hold what else a marker and a learner are owed: what was
answered, which mistake was recognised, what was wrong with the files, and what was handed in
before. They are made by autograding and read by everything after it; whoever takes `records/` away
loses no mark.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from eeic.files import put_in_place

FOLDER = "records"

#: What can come of an item. "waiting" is a person's to mark; "missing" was put back from the
#: source and earns nothing; "stopped" ended the program that ran it.
OUTCOMES = ("marked", "no answer", "error", "timed out", "stopped", "missing", "waiting")


@dataclass(frozen=True)
class Fault:
    """Something that went wrong with what was handed in.

    Parameters
    ----------
    kind : str
        A short name for counting, such as "timed out", "memory", "cell missing", "not a notebook".
    where : str
        The file, cell or question.
    what : str
        What happened: one sentence.
    todo : str
        What to do next: one sentence.
    """

    kind: str
    where: str
    what: str
    todo: str

    def __str__(self) -> str:
        return f"{self.what} {self.todo}".strip()


@dataclass
class ItemRecord:
    """One graded cell of one learner.

    Parameters
    ----------
    points : float or None
        What the machine gave; None where a person marks.
    most : float
        What can be earned.
    outcome : str
        One of `OUTCOMES`.
    answer : object
        The answer in plain types (None, bool, number, text, list, dict).
    misconception : str
        The recognised mistake, or "".
    feedback : str
        What the learner reads.
    seconds : float
        How long the cell ran.
    """

    points: float | None
    most: float
    outcome: str = "marked"
    answer: Any = None
    misconception: str = ""
    feedback: str = ""
    seconds: float = 0.0


@dataclass
class Record:
    """What came of marking what one learner handed in.

    Parameters
    ----------
    learner, exercise : str
        Whose, and of what.
    received : str
        Digest of the files handed in.
    against : str
        Digest of what they were marked against: source, marking file and the class's table.
    at : str
        When it was marked (ISO 8601, UTC).
    attempt : int
        1 for what was handed in first; a later submission counts on.
    handed_in : str
        When it was handed in (ISO 8601), or "" where nothing says so.
    late : float
        Seconds after the due date, 0 if in time or if there is none.
    faults : list of Fault
        What was wrong.
    items : dict of ItemRecord
        By nbgrader's grade id, in the order of the notebook.
    seconds, cpu, memory : float
        Wall seconds, processor seconds and peak megabytes of running the notebook.
    """

    learner: str
    exercise: str
    received: str = ""
    against: str = ""
    at: str = ""
    attempt: int = 1
    handed_in: str = ""
    late: float = 0.0
    faults: list[Fault] = field(default_factory=list)
    items: dict[str, ItemRecord] = field(default_factory=dict)
    seconds: float = 0.0
    cpu: float = 0.0
    memory: float = 0.0


def place(root: Path, exercise: str, learner: str) -> Path:
    """Return where a learner's record is, whether it is there or not."""
    return root / FOLDER / exercise / f"{learner}.json"


def read(path: Path) -> Record | None:
    """Read one record; None if it isn't there or can't be read (it is then made again)."""
    try:
        held = json.loads(path.read_text("utf-8"))
        faults = [Fault(**one) for one in held.pop("faults")]
        items = {name: ItemRecord(**one) for name, one in held.pop("items").items()}
        return Record(**held, faults=faults, items=items)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def write(root: Path, record: Record) -> Path:
    """Write a record; the one of an earlier attempt is kept beside it as NAME.N.json.

    Parameters
    ----------
    root : Path
        The course folder.
    record : Record
        What to write.

    Returns
    -------
    Path
        The file.
    """
    path = place(root, record.exercise, record.learner)
    path.parent.mkdir(parents=True, exist_ok=True)
    before = read(path)
    if before is not None and before.attempt < record.attempt:
        path.replace(path.with_suffix(f".{before.attempt}.json"))
    put_in_place(path, (json.dumps(asdict(record), indent=1) + "\n").encode())
    return path


def every(root: Path, exercise: str) -> Iterator[Record]:
    """Give the newest record of each learner, in order of their names.

    Parameters
    ----------
    root : Path
        The course folder.
    exercise : str
        The exercise's folder name.

    Yields
    ------
    Record
    """
    for path in sorted((root / FOLDER / exercise).glob("*.json")):
        record = read(path)
        if record is not None and path.name == f"{record.learner}.json":
            yield record


def history(root: Path, exercise: str) -> Path:
    """Return the folder of what was replaced: earlier marked notebooks, and notes on changes."""
    return root / FOLDER / exercise / "history"


def awards(root: Path, exercise: str) -> dict[str, str]:
    """Return the graded cells whose points are given to all, and what everybody is told of it."""
    path = history(root, exercise) / "awards.json"
    return dict(json.loads(path.read_text("utf-8"))) if path.is_file() else {}


def set_awards(root: Path, exercise: str, given: dict[str, str]) -> None:
    """Keep the graded cells whose points are given to all."""
    folder = history(root, exercise)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(given, indent=1, ensure_ascii=False) + "\n"
    put_in_place(folder / "awards.json", text.encode())
