"""Deciding the marks, outside the process that ran the learner's notebook.

What comes in is the notebook, what its cells showed, and the answers that its marking lines were
given. What goes out is the notebook as stock nbgrader would have left it, and what every graded
cell earned. A cell without a marking line is scored by nbgrader's own rule.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import functools
import io
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from eeic.grading.answers import Unreadable
from eeic.grading.handed_in import Cell, Notebook, cell_name, cell_text
from eeic.grading.items import Called, Item, Verdict
from eeic.grading.marks import MarkingFault, grade_id, points_for, said, sentence
from eeic.grading.records import Fault, ItemRecord

if TYPE_CHECKING:
    from eeic.grading.runner import CellRan, Ran

#: Outcomes of cells in which the learner's program did not come to an end of its own.
_CUT_OFF = ("timed out", "stopped", "not run")
_LEFT_OUT = "\n(The rest of the output is left out"
_OURS = (
    "This is ours to mend, not the learner's: mend the marking file and run "
    "`eeic grade regrade`, or mark the question by hand."
)


@dataclass
class Judged:
    """What came of one notebook.

    Parameters
    ----------
    notebook : dict
        With outputs, as nbgrader's autograder would have left it.
    items : dict of str to ItemRecord
        By grade id, in the order of the notebook.
    comments : dict
        nbgrader's automatic comment by grade id of an answer cell: "No response." or None.
    faults : list of Fault
        What a marker should know.
    """

    notebook: Notebook
    items: dict[str, ItemRecord] = field(default_factory=dict)
    comments: dict[str, str | None] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def scores(self) -> dict[str, float | None]:
        """The machine's points by grade id; tasks, which only a person marks, are left out."""
        tasks = {
            cell_name(cell)
            for cell in self.notebook["cells"]
            if cell["metadata"].get("nbgrader", {}).get("task")
        }
        return {name: item.points for name, item in self.items.items() if name not in tasks}


def judge(
    notebook: Notebook,
    ran: Ran,
    items: Mapping[str, Item],
    *,
    put_back: frozenset[str] = frozenset(),
    awards: Mapping[str, str] | None = None,
    tables: Mapping[str, str] | None = None,
) -> Judged:
    """Decide what every graded cell of a notebook earns.

    Parameters
    ----------
    notebook : dict
        What was run: the learner's cells with every cell of the exercise in place.
    ran : Ran
        What came of running it.
    items : mapping
        How each item of the exercise is judged; empty for a course without marking files.
    put_back : frozenset of str
        Grade ids of cells that were missing from what was handed in.
    awards : mapping, optional
        Grade ids whose points are given to all, and what everybody is told.
    tables : mapping, optional
        Item -> digest of the tables that functions were called on; kept with their results.

    Returns
    -------
    Judged
    """
    awards, tables = awards or {}, tables or {}
    # Tests mean nothing after the notebook changed what they rely on: a person looks at them.
    tampered = {fault.where for fault in ran.faults if fault.kind == "tampered"}
    judged = Judged({**notebook, "cells": []})
    shown = 0
    since: list[CellRan] = []  # the cells of one question
    for cell, one in zip(notebook["cells"], ran.cells, strict=True):
        cell = dict(cell)
        described = cell["metadata"].get("nbgrader") or {}
        name = cell_name(cell)
        if cell["cell_type"] == "code":
            since.append(one)
            cell["outputs"] = [dict(output) for output in one.outputs]
            if one.outcome != "not run":
                shown += 1
                cell["execution_count"] = shown
            if any(
                output["output_type"] == "stream" and output["text"].startswith(_LEFT_OUT)
                for output in one.outputs
            ):
                what = "showed more than is kept."
                judged.faults.append(
                    Fault("output cut", name or f"cell {len(judged.notebook['cells']) + 1}",
                          f"The cell {name} {what}".replace("  ", " "), "")
                )  # fmt: skip
        if described.get("grade") or described.get("task"):
            award = awards.get(name, "")
            item = asked_by(cell) if cell["cell_type"] == "code" else None
            if described.get("solution") or described.get("task") or cell["cell_type"] != "code":
                record = _by_a_person(cell, award)
            elif item is not None and item in items:
                given = ran.answers.get(item)
                if given is not None and "results" in given:
                    given = {**given, "tables": tables.get(item, "")}
                record = _by_key(cell, item, items[item], one, given, award, judged.faults)
            else:
                record = _by_its_tests(cell, one, award, judged.faults)
                if name in tampered and record.points and not award:
                    record = replace(record, points=None, outcome="waiting")
            record.seconds = round(sum(part.seconds for part in since), 3)
            _note_outcome(record, since, name in put_back)
            since = []
            judged.items[name] = record
        if described.get("solution") or described.get("task"):
            empty = not described.get("task") and _is_as_released(cell)
            judged.comments[name] = "No response." if empty else None
        judged.notebook["cells"].append(cell)
    return judged


def verdict_of(item: Item, answer: Any, award: str = "") -> Verdict:
    """Judge an answer as it is kept in a record.

    Parameters
    ----------
    item : Item
        What was asked.
    answer : object
        As `ItemRecord.answer` holds it.
    award : str
        What everybody is told where the points are given to all.

    Returns
    -------
    Verdict

    Raises
    ------
    MarkingFault
        If the marking itself is broken; an answer never raises.
    """
    return _verdict(item, as_given(item, answer), award)


def as_given(item: Item, answer: Any) -> Any:
    """Return a recorded answer as `Item.judge` takes it."""
    if isinstance(answer, dict):
        if answer.keys() == {"unreadable"}:
            return Unreadable(str(answer["unreadable"]))
        if is_of_a_function(answer) and item.asks():
            return Called(list(answer["results"]))
    return answer


def is_of_a_function(answer: Any) -> bool:
    """Say whether a recorded answer is what a learner's function gave back."""
    return isinstance(answer, dict) and answer.keys() == {"results", "tables"}


def judged_again(
    cell: Cell, item: Item | None, before: ItemRecord, award: str
) -> tuple[Cell, ItemRecord]:
    """Judge a recorded answer anew, without running anything.

    Parameters
    ----------
    cell : dict
        The graded cell as it was marked.
    item : Item or None
        How it is judged now; None for a cell that no item judges.
    before : ItemRecord
        What came of it.
    award : str
        What everybody is told where the points are given to all.

    Returns
    -------
    dict, ItemRecord
        The cell and the record as they would have been.
    """
    cell = copy.deepcopy(cell)
    most = _most(cell)
    answered = before.outcome in ("marked", "no answer") or before.answer is not None
    if item is None or not answered:
        if not award:
            return cell, replace(before, most=most)
        if "outputs" in cell and item is not None:
            cell["outputs"] = _as_mark_prints(f"{award}\n", most, cell.get("execution_count"))
        feedback = before.feedback.removeprefix(award).strip()
        return cell, replace(before, points=most, most=most, feedback=f"{award} {feedback}".strip())
    verdict = verdict_of(item, before.answer, award)
    text = said(item, as_given(item, before.answer), verdict, most)
    cell["outputs"] = _as_mark_prints(text, points_for(verdict, most), cell.get("execution_count"))
    after = _record(verdict, most, before.answer, before.seconds)
    if after.points == 0 and before.outcome not in ("waiting", "marked"):
        after.outcome = before.outcome
    return cell, after


@functools.lru_cache(maxsize=4096)
def _marking_line(source: str) -> str | None:
    try:
        last = ast.parse(source).body[-1]
    except (SyntaxError, IndexError, ValueError, RecursionError):
        return None
    if not isinstance(last, ast.Expr) or not isinstance(last.value, ast.Call):
        return None
    call = last.value
    if not isinstance(call.func, ast.Name) or call.func.id != "mark" or not call.args:
        return None
    first = call.args[0]
    return first.value if isinstance(first, ast.Constant) and type(first.value) is str else None


def asked_by(cell: Cell) -> str | None:
    """Return the item that a cell's marking line marks; None if it ends in no such line.

    Examples
    --------
    >>> asked_by({"source": 'mark("ex04.q2", answer_2)'})
    'ex04.q2'
    """
    return _marking_line(cell_text(cell))


def _verdict(item: Item, answer: Any, award: str) -> Verdict:
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        try:
            return replace(item.judge(answer), award=award)
        except Exception as problem:
            raise MarkingFault(str(problem)) from problem


def _by_key(
    cell: Cell,
    name: str,
    item: Item,
    one: CellRan,
    given: dict[str, Any] | None,
    award: str,
    faults: list[Fault],
) -> ItemRecord:
    """Judge the answer that a marking line was given."""
    most = _most(cell)
    cell["outputs"] = [o for o in cell["outputs"] if not _is_stream(o, "stderr")]
    if given is None or (one.outcome != "done" and not award):
        return _without_answer(cell, one, most, award)
    answer = given.get("plain", given)
    try:
        verdict = verdict_of(item, answer, award)
        text = said(item, as_given(item, answer), verdict, most)
    except MarkingFault as problem:
        what = f"{name} could not be marked: {problem}"
        faults.append(Fault("marking broken", grade_id(name), f"{what}.", _OURS))
        cell["outputs"].append(_error("MarkingFault", what))
        return ItemRecord(None, most, "waiting", answer)
    cell["outputs"] += _as_mark_prints(text, points_for(verdict, most), cell["execution_count"])
    return _record(verdict, most, answer)


def _record(verdict: Verdict, most: float, answer: Any, seconds: float = 0.0) -> ItemRecord:
    missing = verdict.misconception == "no answer"
    return ItemRecord(
        points_for(verdict, most),
        most,
        "no answer" if missing else "marked",
        answer,
        "" if missing else verdict.misconception,
        sentence(verdict),
        seconds,
    )


def _without_answer(cell: Cell, one: CellRan, most: float, award: str) -> ItemRecord:
    """Say what came of a marking line that handed nothing over."""
    outcome, feedback = one.outcome, one.said
    errors = [o for o in cell["outputs"] if o["output_type"] == "error"]
    if outcome == "done":
        outcome = "no answer"
        feedback = (
            "No answer reached the marking: the notebook gave the name `mark` another meaning."
        )
    elif errors:
        feedback = f"The cell stopped with {errors[-1]['ename']}: {errors[-1]['evalue'][:300]}"
    if award:
        cell["outputs"] = _as_mark_prints(f"{award}\n", most, cell["execution_count"])
        return ItemRecord(most, most, outcome, feedback=f"{award} {feedback}".strip())
    if not errors:
        cell["outputs"].append(_error("NoAnswer", feedback or "The cell was not run."))
    return ItemRecord(0.0, most, outcome, feedback=feedback)


def _by_its_tests(cell: Cell, one: CellRan, award: str, faults: list[Fault]) -> ItemRecord:
    """Score a cell of tests by nbgrader's own rule; only writing to stderr is no error here."""
    from nbformat import from_dict
    from nbgrader.utils import determine_grade

    most = _most(cell)
    if one.outcome in _CUT_OFF and not any(o["output_type"] == "error" for o in cell["outputs"]):
        cell["outputs"].append(_error("NotRun", one.said or "The cell was not run."))
    heard = [output for output in cell["outputs"] if not _is_stream(output, "stderr")]
    try:
        points: float | None = determine_grade(from_dict({**cell, "outputs": heard}))[0]
    except (ValueError, KeyError) as problem:
        what = f"{cell_name(cell)} could not be scored: {problem}."
        faults.append(Fault("marking broken", cell_name(cell), what, _OURS))
        points = None
    outcome = {"error": "marked", "done": "marked"}.get(one.outcome, one.outcome)
    if award:
        return ItemRecord(most, most, outcome, feedback=award)
    return ItemRecord(points, most, "waiting" if points is None else outcome)


def _by_a_person(cell: Cell, award: str) -> ItemRecord:
    """Leave an answer to a person, unless nothing was written or all are given the points."""
    most = _most(cell)
    described = cell["metadata"]["nbgrader"]
    empty = bool(described.get("solution") and not described.get("task")) and _is_as_released(cell)
    record = (
        ItemRecord(0.0, most, "no answer", feedback="No response.")
        if empty
        else ItemRecord(None, most, "waiting", cell["source"])
    )
    return replace(record, points=most, feedback=award) if award else record


def _note_outcome(record: ItemRecord, cells: Sequence[CellRan], put_back: bool) -> None:
    """Name what kept a question from its points: a missing cell, or one that was stopped."""
    if record.points != 0:
        return
    if put_back:
        record.outcome = "missing"
        return
    for cell in cells:
        if cell.outcome in ("timed out", "stopped"):
            record.outcome = cell.outcome
            record.feedback = record.feedback or cell.said


def _is_as_released(cell: Cell) -> bool:
    """Say whether an answer cell still holds what was released, as nbgrader finds it."""
    from nbformat import from_dict
    from nbgrader.utils import compute_checksum

    checksum = cell["metadata"]["nbgrader"].get("checksum")
    return checksum is not None and checksum == compute_checksum(from_dict(cell))


def _most(cell: Cell) -> float:
    return float(cell["metadata"]["nbgrader"]["points"])


def _is_stream(output: Mapping[str, Any], name: str) -> bool:
    return output["output_type"] == "stream" and output["name"] == name


def _as_mark_prints(text: str, points: float, count: int | None) -> list[dict[str, Any]]:
    """Return the outputs of a marking line that nbgrader itself would have run."""
    shown = {"text/plain": repr(float(points))}
    return [
        {"output_type": "stream", "name": "stdout", "text": text},
        {
            "output_type": "execute_result",
            "execution_count": count,
            "data": shown,
            "metadata": {},
        },
    ]


def _error(name: str, said: str) -> dict[str, Any]:
    return {
        "output_type": "error",
        "ename": name,
        "evalue": said,
        "traceback": [f"{name}: {said}"],
    }
