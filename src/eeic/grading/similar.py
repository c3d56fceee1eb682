"""Answers that are more alike than chance explains: something to talk about, for instructors only.

Every pair of answers to a question is compared, without what was given to all. Being alike means
little where many wrote the same: short code that is right has one form. So an answer counts only
if it is long enough, if most of the class wrote something else, and if what the two share is found
with hardly anybody else. Nothing of this reaches learners' feedback, and nothing takes off a point.

The sequences of words are compared by RapidFuzz, which nbgrader brings along.
"""

from __future__ import annotations

import io
import json
import re
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eeic.grading import handed_in
from eeic.grading.course import Course, CourseFault

if TYPE_CHECKING:
    import pandas as pd

#: What stands above every list of pairs.
WORDING = (
    "These pairs of answers are alike. That can have many reasons: shared notes, a pair who work "
    "together, the same help. Talk first. Nobody's marks change through this list, and learners "
    "do not see it."
)
#: Share of words in common, in order, from which a pair is looked at, and how much of the two must
#: be theirs alone: more for code, which can be put in fewer ways.
_ALIKE = {"text": 0.8, "code": 0.9}
_THEIRS = {"text": 0.25, "code": 0.5}
#: From this median share on, the class has written one answer; and so many other pairs, or this
#: share of them, may be as alike before it is chance.
_ONE_ANSWER = {"text": 0.6, "code": 0.75}
_CHANCE, _CHANCE_SHARE = 2, 0.01
#: Words that an answer must have: fewer are alike by chance. Passages compared have this length.
_LONG = {"text": 20, "code": 25}
_PASSAGE = {"text": 3, "code": 5}
#: The comparison says nothing of chance in a class with fewer answers.
_CLASS = 8


@dataclass(frozen=True)
class _Answer:
    learner: str
    words: tuple[str, ...]


def pairs(course: Course) -> pd.DataFrame:
    """Find pairs of learners whose answers are alike in what few others wrote.

    Parameters
    ----------
    course : Course
        The course, with the exercise in view; nothing has to be marked.

    Returns
    -------
    DataFrame
        A row a pair and question, the least likely by chance first: ``learner_a``,
        ``learner_b``, ``item`` (the answer's cell), ``kind`` ("text" or "code"), ``share`` (of
        the words of both, how many are the same in the same order, 0 to 1), ``theirs`` (of the
        passages of both, how many are in both and in hardly any other answer, 0 to 1),
        ``as_alike`` (how many other pairs of the class have as large a share), ``pairs`` (how
        many were compared) and ``look_at`` (the passage in both with the most that is theirs).
        ``attrs["notes"]`` holds sentences on what was left out.

    Raises
    ------
    CourseFault
        If the exercise was not released from this folder.
    """
    import pandas as pd

    found: list[dict[str, object]] = []
    notes: list[str] = []
    for item, kind, answers in _answers(course):
        if len(answers) < 2:
            continue
        rows, note = _compare(answers, kind)
        found += [{"item": item, "kind": kind, **row} for row in rows]
        if note:
            notes.append(f"{item}: {note}")
    columns = ["learner_a", "learner_b", "item", "kind", "share", "theirs", "as_alike", "pairs"]
    table = pd.DataFrame(found, columns=[*columns, "look_at"])
    table = table.sort_values(
        ["as_alike", "theirs", "share"], ascending=[True, False, False], ignore_index=True
    )
    table.attrs["notes"] = notes
    return table


def told(table: pd.DataFrame) -> str:
    """Say in words which pairs were found.

    Parameters
    ----------
    table : DataFrame
        What `pairs` returned.

    Returns
    -------
    str
        A paragraph a pair, under the wording that belongs to it.
    """
    notes = table.attrs.get("notes", [])
    if table.empty:
        return "\n".join(["No two answers are alike in what few others wrote.", *notes])
    shown = [WORDING]
    for row in table.to_dict("records"):
        others = int(row["as_alike"])
        chance = {0: "no other pair is", 1: "one other pair is"}.get(others)
        chance = chance or f"{others} other pairs are"
        shown.append(
            f"{row['learner_a']} and {row['learner_b']}, {row['item']}: {row['share']:.0%} of the "
            f"words are the same in the same order ({chance} as alike, of {row['pairs']}); "
            f"{row['theirs']:.0%} is in hardly any other answer.\n  Look at: {row['look_at']}"
        )
    return "\n\n".join([*shown, *notes])


# -- the answers ---------------------------------------------------------------------------------


def _answers(course: Course) -> Iterator[tuple[str, str, list[_Answer]]]:
    """Give the answers to each question that has long ones: its name, their kind, and they."""
    for name in course.notebooks:
        path = course.released / f"{name}.ipynb"
        if not path.is_file():
            raise CourseFault(f"{course.exercise} has not been released from this folder yet")
        released = json.loads(path.read_text(encoding="utf-8"))
        cells = {handed_in.cell_name(cell): cell for cell in released["cells"]}
        asked = {
            at: cell
            for at, cell in cells.items()
            if at and cell["metadata"]["nbgrader"].get("solution")
        }
        theirs: dict[str, list[_Answer]] = {at: [] for at in asked}
        for learner in course.learners():
            folder = course.submitted(learner)
            if folder.is_symlink() or not folder.is_dir():
                continue
            seen = handed_in.inspect(
                folder / f"{name}.ipynb", released, siblings=frozenset(course.notebooks)
            )
            for cell in seen.notebook["cells"] if seen.readable else []:
                at = handed_in.cell_name(cell)
                if at in asked:
                    kind = _kind(asked[at])
                    words = _words(
                        _own(handed_in.cell_text(cell), handed_in.cell_text(asked[at])), kind
                    )
                    if len(words) >= _LONG[kind]:
                        theirs[at].append(_Answer(learner, words))
        for at, cell in asked.items():
            yield course.name_of(name, at), _kind(cell), theirs[at]


def _kind(cell: Mapping[str, object]) -> str:
    return "code" if cell["cell_type"] == "code" else "text"


def _own(text: str, released: str) -> str:
    """Return the lines that were not given to all."""
    given = {" ".join(line.split()) for line in released.splitlines()}
    return "\n".join(line for line in text.splitlines() if " ".join(line.split()) not in given)


def _words(text: str, kind: str) -> tuple[str, ...]:
    """Return the words of a text or the signs of a piece of code, without their layout."""
    if kind == "text":
        return tuple(re.findall(r"\w+(?:['’.]\w+)*", text.casefold()))
    try:
        parts = [
            token.string
            for token in tokenize.generate_tokens(io.StringIO(text).readline)
            if token.string.strip()
        ]
    except (tokenize.TokenError, SyntaxError):
        return tuple(re.findall(r"\w+|[^\w\s]", text))
    # What somebody says in a comment is words like any other.
    return tuple(
        word for part in parts for word in (part.casefold().split() if part[0] == "#" else [part])
    )


# -- the comparison ------------------------------------------------------------------------------


def _compare(answers: Sequence[_Answer], kind: str) -> tuple[list[dict[str, object]], str]:
    """Return the pairs of one question, and what was left out."""
    import numpy as np
    from rapidfuzz import process
    from rapidfuzz.distance import Indel

    number = len(answers)
    shares = process.cdist(
        *[[list(answer.words) for answer in answers]] * 2, scorer=Indel.normalized_similarity
    )
    upper = np.triu_indices(number, 1)
    every = shares[upper]
    if number >= _CLASS and np.median(every) >= _ONE_ANSWER[kind]:
        return [], "most answers are alike, so no pair stands out; it was left out."
    passages = [_passages(answer.words, kind) for answer in answers]
    written_by = Counter(passage for of in passages for passage in of)
    few = max(2, min(5, number // _CLASS))
    rows: list[dict[str, object]] = []
    for first, second in zip(*(axis.tolist() for axis in upper), strict=True):
        share = float(shares[first, second])
        as_alike = int((every >= share).sum()) - 1
        if share < _ALIKE[kind] or as_alike > max(_CHANCE, _CHANCE_SHARE * len(every)):
            continue
        both = passages[first] & passages[second]
        theirs = {passage for passage in both if written_by[passage] <= few}
        part = 2 * len(theirs) / (len(passages[first]) + len(passages[second]))
        if part < _THEIRS[kind]:
            continue
        one, other = answers[first], answers[second]
        rows.append(
            {
                "learner_a": one.learner,
                "learner_b": other.learner,
                "share": round(share, 3),
                "theirs": round(part, 3),
                "as_alike": as_alike,
                "pairs": len(every),
                "look_at": _look_at(one.words, other.words, theirs, kind),
            }
        )
    small = f"only {number} long answers: how likely being alike is by chance can't be said."
    return rows, small if rows and number < _CLASS else ""


def _passages(words: Sequence[str], kind: str) -> set[tuple[str, ...]]:
    long = _PASSAGE[kind]
    return {tuple(words[at : at + long]) for at in range(len(words) - long + 1)}


def _look_at(
    one: Sequence[str], other: Sequence[str], theirs: set[tuple[str, ...]], kind: str
) -> str:
    """Return the passage with the most in it that is theirs alone."""
    from rapidfuzz.distance import Indel

    same = [
        one[block.src_start : block.src_end]
        for block in Indel.opcodes(one, other)
        if block.tag == "equal"
    ]
    best = max(same, key=lambda words: (len(_passages(words, kind) & theirs), len(words)))
    return " ".join(best[:30]) + (" …" if len(best) > 30 else "")
