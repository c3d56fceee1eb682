"""Proof that an exercise works, from release to returned marks.

A class is made up: its cases (``exercises/marking/cases/exNN.toml``) list right answers, wrong
ones and broken files, each with the points and the words it should get. They go through a course
folder of their own, with a cohort of its own, and what comes back is compared with what was
meant.
"""

import contextlib
import copy
import html
import json
import re
import shutil
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eeic.grading import cohort
from eeic.grading.course import ANSWERS, Course, CourseFault
from eeic.grading.handed_in import cell_name
from eeic.grading.items import Asked, Item
from eeic.grading.marks import grade_id

#: The seed of the made-up class, whose first world carries ex04. It is public, so no real class
#: should have it.
SEED = 11


@dataclass
class Report:
    """What a check found.

    Parameters
    ----------
    steps : list of (str, float)
        Each step and its seconds.
    problems : list of str
        Each thing that is not as intended; empty if all is well.
    compared : int
        How many points and messages were compared.
    """

    steps: list[tuple[str, float]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    compared: int = 0

    @property
    def ok(self) -> bool:
        """Whether everything was as intended."""
        return not self.problems

    def __str__(self) -> str:
        seconds = sum(taken for _, taken in self.steps)
        if self.ok:
            return f"All {self.compared} marks and messages are as intended ({seconds:.0f} s)."
        found = "\n".join(f"  {problem}" for problem in self.problems)
        return f"{len(self.problems)} of {self.compared} are not as intended:\n{found}"

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step and say when it is done."""
        start = time.perf_counter()
        yield
        taken = time.perf_counter() - start
        self.steps.append((name, taken))
        print(f"  {name}: {taken:.1f} s", flush=True)

    def same(self, where: str, got: Any, wanted: Any) -> None:
        """Compare one thing."""
        self.compared += 1
        if got != wanted:
            self.problems.append(f"{where}: got {got!r}, wanted {wanted!r}")


@dataclass(frozen=True)
class Case:
    """One made-up learner: what they hand in and what should come of it."""

    learner: str
    about: str
    answers: dict[str, Any] = field(default_factory=dict)
    points: dict[str, float] = field(default_factory=dict)
    says: dict[str, str] = field(default_factory=dict)
    faults: list[dict[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    #: What every item gets that `answers` does not name: "right", "none" or "instructor" (the
    #: cells of the instructor's own notebook).
    others: str = "right"
    written: str = ""
    written_points: float = 0


def check(
    exercise: str = "ex04-seeing-the-gap",
    keep: str | Path | None = None,
    course: str | Path = "exercises",
) -> Report:
    """Prove an exercise's round trip in a course folder of its own.

    Parameters
    ----------
    exercise : str
        The exercise's folder name.
    keep : path, optional
        A folder, not there yet, in which to leave the made-up course for looking at.
    course : path
        The course folder that the exercise comes from; nothing in it is changed.

    Returns
    -------
    Report
        What was compared and what was not as intended.
    """
    origin = Course(Path(course), exercise)
    if keep is not None and Path(keep).exists():
        raise CourseFault(f"{keep} is already there; give the name of a new folder")
    with contextlib.ExitStack() as stack:
        if keep is None:
            root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="eeic-check-")))
        else:
            root = Path(keep)
            root.mkdir(parents=True)
        return _Trip(origin, root).go()


class _Trip:
    """One round trip through a copy of the course."""

    def __init__(self, origin: Course, root: Path) -> None:
        ignored = shutil.ignore_patterns("cohort.csv", ANSWERS, "__pycache__", ".ipynb_checkpoints")
        for part in (f"source/{origin.exercise}", "marking"):
            shutil.copytree(origin.root / part, root / part, ignore=ignored)
        shutil.copy(origin.root / "nbgrader_config.py", root)
        self.course = Course(root, origin.exercise)
        self.cases = read_cases(
            root / "marking" / "cases" / f"{origin.exercise.partition('-')[0]}.toml"
        )
        self.report = Report()

    def go(self) -> Report:
        course, report = self.course, self.report
        with report.step("make a cohort's data"):
            course.make_cohort("check", SEED)
        items = cohort.items(course.root, course.exercise)
        with report.step("judge every listed answer"):
            self.judge(items)
        with report.step("release"):
            course.release()
            self.leaks(course.released, "the released folder", items, numbers=True)
        with report.step(f"hand in, {len(self.cases)} learners"):
            for case in self.cases:
                self.hand_in(case, items)
            before = _contents(course.root / "submitted")
        with report.step("autograde"):
            rows = {row.learner: row for row in course.autograde()}
        with report.step("mark the written answers"):
            for case in self.cases:
                if case.written_points and rows[case.learner].status != "failed":
                    for item in self.written():
                        course.give_points(
                            case.learner, item, case.written_points, "Fair use of evidence 2."
                        )
        with report.step("feedback"):
            course.feedback()
        with report.step("export"):
            course.export(course.root / "marks.csv")
            rows = {row.learner: row for row in course.rows()}
            report.same("nbgrader's own export", self.stock_export(), self.totals(rows))
        with report.step("compare"):
            report.same(
                "what was handed in is untouched", _contents(course.root / "submitted"), before
            )
            for case in self.cases:
                self.compare(case, rows[case.learner], items)
        return report

    # -- before handing in -----------------------------------------------------------------

    def judge(self, items: dict[str, Item]) -> None:
        """Judge each case's answers directly: which item is at fault is then plain."""
        for case in self.cases:
            if case.faults:
                continue
            for name, item in items.items():
                given = self.answer(case, name, items)
                if not isinstance(item, Asked):
                    given = _defined(given) if given else None
                verdict = item.judge(given)
                most = self.course.points[grade_id(name)]
                wanted = self.intended(case, name)
                self.report.same(f"{case.learner}, {name}", round(verdict.share * most, 2), wanted)

    def leaks(self, folder: Path, what: str, items: dict[str, Item], *, numbers: bool) -> None:
        """Look for any part of the key in every file of a folder."""
        terms = key_terms(items, numbers=numbers)
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                found = leaked(path.read_text(encoding="utf-8"), terms)
                self.report.same(f"key in {what}, {path.name}", found, [])

    # -- handing in ------------------------------------------------------------------------

    def hand_in(self, case: Case, items: dict[str, Item]) -> None:
        """Write a learner's folder as they would hand it in."""
        folder = self.course.root / "submitted" / case.learner / self.course.exercise
        shutil.copytree(self.course.released, folder)
        path = folder / self.course.notebook.name
        notebook = json.loads(path.read_text(encoding="utf-8"))
        controls = {}
        for name, item in items.items():
            given = self.answer(case, name, items)
            if given is None:
                continue
            cell = _find(notebook, f"{grade_id(name)}-answer")
            if cell is None:
                controls[name] = {"answer": given, "status": "saved", "tries": 1, "hints": 0}
            elif case.others == "instructor":
                cell["source"] = self.solution(name)
            elif isinstance(item, Asked):
                cell["source"] = f"answer_{name.rpartition('q')[2]} = {given!r}"
            else:
                cell["source"] = given
        for name in self.written():
            if case.written:
                _present(notebook, grade_id(name))["source"] = case.written
        (folder / ANSWERS).write_text(json.dumps({"version": 1, "answers": controls}), "utf-8")
        for fault in case.faults:
            _FAULTS[fault["kind"]](notebook, folder, fault.get("cell", ""))
        if not any(fault["kind"] == "cut short" for fault in case.faults):
            path.write_text(json.dumps(notebook, indent=1), encoding="utf-8")

    def answer(self, case: Case, name: str, items: dict[str, Item]) -> Any:
        """Work out what a case answers: "right", "none", "mistake: its name", or as written."""
        given = case.answers.get(name, case.others)
        if given == "none":
            return None
        if given in ("right", "instructor"):
            item = items[name]
            return right_answer(item) if isinstance(item, Asked) else self.solution(name)
        if isinstance(given, str) and given.startswith("mistake: "):
            near = items[name].question.fields["near"]  # type: ignore[attr-defined]
            wanted = given.removeprefix("mistake: ")
            return next(n["value"] for n in near if n["misconception"] == wanted)
        return given

    def solution(self, name: str) -> str:
        """Return the instructor's own cell for an item."""
        notebook = json.loads(self.course.notebook.read_text(encoding="utf-8"))
        lines = "".join(_present(notebook, f"{grade_id(name)}-answer")["source"]).splitlines()
        return "\n".join(line for line in lines if " SOLUTION" not in line)

    def written(self) -> list[str]:
        """Return the items that a person marks."""
        notebook = json.loads(self.course.notebook.read_text(encoding="utf-8"))
        described = [cell["metadata"].get("nbgrader", {}) for cell in notebook["cells"]]
        return [d["grade_id"] for d in described if d.get("grade") and d.get("solution")]

    def intended(self, case: Case, name: str) -> float:
        """Return the points a case should get for an item."""
        if name in case.points:
            return case.points[name]
        return 0 if case.others == "none" else self.course.points[grade_id(name)]

    # -- after marking ---------------------------------------------------------------------

    def compare(self, case: Case, row: Any, items: dict[str, Item]) -> None:
        """Compare one learner's points, notes and feedback page with what was intended."""
        report, learner = self.report, case.learner
        for name in items:
            report.same(
                f"{learner}, {name}", row.points.get(grade_id(name)), self.intended(case, name)
            )
        for name in self.written():
            wanted = case.written_points if case.written else 0
            report.same(f"{learner}, {name}", row.points.get(name), wanted)
        for words in case.notes:
            report.same(f'{learner}, a note says "{words}"', words in " ".join(row.notes), True)
        report.same(f"{learner}, status", row.status, "check" if case.notes else "marked")
        path = (
            self.course.root / "feedback" / learner / self.course.exercise
        ) / f"{self.course.exercise}.html"
        page = path.read_text(encoding="utf-8") if path.is_file() else ""
        report.same(f"{learner}, has a feedback page", bool(page), True)
        for name, words in case.says.items():
            box = re.search(rf'id="{grade_id(name)}".*?</section>', page, re.DOTALL)
            said = html.unescape(box[0]) if box else ""
            report.same(f'{learner}, {name} says "{words}"', words in said, True)
        fetched = re.findall(r"<script|<link|<iframe|src=\"(?!data:)[^\"]*", page)
        report.same(f"{learner}, what the page fetches or runs", fetched, [])
        # A learner who gave the right number sees it again in their own cell.
        terms = key_terms(items, numbers=case.others == "none", feedback=False)
        body = page.partition("<body>")[2]
        report.same(f"{learner}, key in the feedback", leaked(body, terms), [])

    def totals(self, rows: dict[str, Any]) -> dict[str, float]:
        return {learner: row.total for learner, row in rows.items()}

    def stock_export(self) -> dict[str, float]:
        """Return the totals as nbgrader's own export writes them."""
        import csv

        from nbgrader.plugins.export import CsvExportPlugin

        path = self.course.root / "nbgrader.csv"
        with self.course.gradebook() as gradebook:
            CsvExportPlugin(to=str(path)).export(gradebook)
        with path.open(encoding="utf-8", newline="") as file:
            return {line["student_id"]: float(line["score"]) for line in csv.DictReader(file)}


def read_cases(path: Path) -> list[Case]:
    """Read the made-up learners of an exercise.

    Raises
    ------
    CourseFault
        If the file is missing or a case is not as it should be.
    """
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8"))["case"]
        return [Case(**case) for case in listed]
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as problem:
        raise CourseFault(f"the cases in {path.name} can't be read: {problem}") from None


def right_answer(item: Asked) -> Any:
    """Return the right answer to a question, from its key."""
    given: dict[str, Any] = {}
    for part in item.sheet["parts"]:
        key = part["key"]
        if part["kind"] == "one":
            given[part["name"]] = next(name for name, o in key.items() if o["share"] == 1)
        elif part["kind"] == "set":
            given[part["name"]] = [name for name, o in key.items() if o["right"]]
        elif part["kind"] == "order":
            given[part["name"]] = key["right"]
        else:
            given[part["name"]] = (key["low"] + key["high"]) / 2
    return next(iter(given.values())) if len(given) == 1 else given


# -- what must not leak --------------------------------------------------------------------------


def key_terms(
    items: dict[str, Item], *, numbers: bool, feedback: bool = True
) -> list[re.Pattern[str]]:
    """Return what would give the key away if it stood in a learner's file.

    Parameters
    ----------
    items : dict of str to Item
        How each item is marked.
    numbers : bool
        Whether to look for the right numbers, in the ways people write them.
    feedback : bool
        Whether to look for the sentences of feedback, which only a feedback page may hold.

    Returns
    -------
    list of re.Pattern
    """
    words = ["BEGIN SOLUTION", "END SOLUTION", "MARK SCHEME", "misconception", "marking/ex"]
    words += ["correct = true", '"correct": true', "near = [", "tolerance ="]
    found = [re.compile(re.escape(word)) for word in words]
    for item in items.values():
        if not isinstance(item, Asked):
            continue
        for text in _strings(item.question.fields, "feedback") if feedback else ():
            found.append(re.compile(re.escape(text)))
        if numbers and "value" in item.question.fields:
            value = float(item.question.fields["value"])
            for written in {f"{value:.2f}", f"{value:.3f}", f"{value:.4f}", repr(value)}:
                found.append(re.compile(rf"(?<![\d.]){re.escape(written)}"))
    return found


def leaked(text: str, terms: list[re.Pattern[str]]) -> list[str]:
    """Return the parts of a key that stand in a text."""
    return sorted({term.pattern for term in terms if term.search(text)})


def _strings(value: Any, name: str) -> Iterator[str]:
    """Go through all texts under a field's name, however deep."""
    if isinstance(value, dict):
        for key, inside in value.items():
            if key == name and isinstance(inside, str):
                yield inside
            elif key == name and isinstance(inside, dict):
                yield from inside.values()
            else:
                yield from _strings(inside, name)
    elif isinstance(value, list):
        for inside in value:
            yield from _strings(inside, name)


# -- what can be wrong with a file ---------------------------------------------------------------


def _find(notebook: dict[str, Any], name: str) -> dict[str, Any] | None:
    return next((cell for cell in notebook["cells"] if cell_name(cell) == name), None)


def _present(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    cell = _find(notebook, name)
    if cell is None:
        raise CourseFault(f"the notebook has no cell {name}")
    return cell


def _delete(notebook: dict[str, Any], folder: Path, name: str) -> None:
    notebook["cells"].remove(_present(notebook, name))


def _edit(notebook: dict[str, Any], folder: Path, name: str) -> None:
    _present(notebook, name)["source"] = "99.0"


def _double(notebook: dict[str, Any], folder: Path, name: str) -> None:
    cell = _present(notebook, name)
    notebook["cells"].insert(notebook["cells"].index(cell), copy.deepcopy(cell))


def _regrade(notebook: dict[str, Any], folder: Path, name: str) -> None:
    _present(notebook, name)["metadata"]["nbgrader"] |= {"grade": False, "points": 100}


def _raise(notebook: dict[str, Any], folder: Path, name: str) -> None:
    at = notebook["cells"].index(_present(notebook, name))
    cell = {"cell_type": "code", "metadata": {}, "source": "1 / 0", "outputs": []}
    notebook["cells"].insert(at, {**cell, "execution_count": None, "id": "extra"})


def _cut_short(notebook: dict[str, Any], folder: Path, name: str) -> None:
    path = next(folder.glob("*.ipynb"))
    path.write_text(json.dumps(notebook, indent=1)[:-2000], encoding="utf-8")


def _damage_answers(notebook: dict[str, Any], folder: Path, name: str) -> None:
    path = folder / ANSWERS
    path.write_text(path.read_text(encoding="utf-8")[:-40], encoding="utf-8")


_FAULTS: dict[str, Callable[[dict[str, Any], Path, str], None]] = {
    "delete": _delete,
    "edit": _edit,
    "double": _double,
    "regrade": _regrade,
    "raise": _raise,
    "cut short": _cut_short,
    "damage answers": _damage_answers,
}


def _defined(source: str) -> Any:
    """Return the function that a piece of the cases' own code defines, or else its last value."""
    names: dict[str, Any] = {}
    exec(source, names)  # the cases are the instructor's own file
    made = [value for name, value in names.items() if name[0] != "_"]
    return ([value for value in made if callable(value)] or made)[-1]


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
