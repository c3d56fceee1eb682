"""Proof that an exercise works, from release to returned marks.

A class is made up: its cases (``exercises/marking/cases/exNN.toml``) list right answers, wrong
ones and broken files, each with the points and the words it should get. They go through a course
folder of their own, with a cohort of its own, and what comes back is compared with what was
meant.
"""

import contextlib
import html
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eeic.grading import cohort, exports, feedback
from eeic.grading.autograde import autograde
from eeic.grading.course import Course, CourseFault
from eeic.grading.invented import (
    SEED,
    Case,
    Code,
    course_of_its_own,
    hand_in,
    kinds_of_item,
    read_cases,
    right_answer,
    solution,
    written_items,
)
from eeic.grading.items import Asked, Item
from eeic.grading.marks import grade_id
from eeic.grading.runner import Limits

#: The made-up class has a learner whose cell never ends.
_LIMITS = Limits(cell_seconds=10)


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
        self.course = course_of_its_own(origin, root)
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
            rows = {row.learner: row for row in autograde(course, limits=_LIMITS).rows}
        with report.step("mark the written answers"):
            for case in self.cases:
                if case.written_points and rows[case.learner].status != "failed":
                    for item in written_items(self.course):
                        course.give_points(
                            case.learner, item, case.written_points, "Fair use of evidence 2."
                        )
        with report.step("feedback"):
            feedback.make(course)
        with report.step("export"):
            exports.export(course, course.root / "marks.csv")
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
        answers = {name: self.answer(case, name, items) for name in items}
        if case.others == "instructor":
            for name, kind in kinds_of_item(self.course, items).items():
                if kind != "control" and answers[name] is not None:
                    answers[name] = solution(self.course, name)
        hand_in(
            self.course,
            case.learner,
            answers,
            written=dict.fromkeys(written_items(self.course), case.written) if case.written else {},
            faults=case.faults,
        )

    def answer(self, case: Case, name: str, items: dict[str, Item]) -> Any:
        """Work out what a case answers: "right", "none", "mistake: its name", or as written."""
        given = case.answers.get(name, case.others)
        if given == "none":
            return None
        item = items[name]
        if given in ("right", "instructor"):
            return right_answer(item) if isinstance(item, Asked) else solution(self.course, name)
        if isinstance(given, str) and given.startswith("mistake: "):
            near = item.question.fields["near"]  # type: ignore[attr-defined]
            wanted = given.removeprefix("mistake: ")
            return next(n["value"] for n in near if n["misconception"] == wanted)
        return given if isinstance(item, Asked) else Code(given)

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
        for name in written_items(self.course):
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


def _defined(source: str) -> Any:
    """Return the function that a piece of the cases' own code defines, or else its last value."""
    names: dict[str, Any] = {}
    exec(source, names)  # the cases are the instructor's own file
    made = [value for name, value in names.items() if name[0] != "_"]
    return ([value for value in made if callable(value)] or made)[-1]


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
