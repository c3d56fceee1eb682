"""Making the pages that learners get back, for a whole class or for one.

`make` writes them all; `FeedbackPage` is the same page as an nbconvert exporter, so that
formgrader's button and ``nbgrader generate_feedback`` make it too. Both give their pages the names
that nbgrader gives them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbconvert.exporters.exporter import Exporter
from traitlets import Unicode

from eeic import ask
from eeic.files import put_in_place
from eeic.grading import cohort, records, rubric
from eeic.grading.feedback_page import (
    ABOUT_FILE,
    Exercise,
    Mark,
    ReadAgain,
    Returned,
    by_grade_id,
    page,
    page_of_a_failure,
    without_points,
)

if TYPE_CHECKING:
    from eeic.grading.course import Course

__all__ = ["ABOUT_FILE", "FeedbackPage", "Made", "make"]


@dataclass(frozen=True)
class Made:
    """One learner's page.

    Parameters
    ----------
    learner : str
        Whose.
    path : Path
        The file.
    changed : bool
        Whether it differs from the page that was there before, if any.
    marked : bool
        Whether there was marked work to show; if not, the page says what happened.
    """

    learner: str
    path: Path
    changed: bool
    marked: bool


def make(course: Course) -> list[Made]:
    """Make the page of every learner who handed something in.

    Parameters
    ----------
    course : Course
        The course, with the exercise marked.

    Returns
    -------
    list of Made
        In order of the learners' names. A page that would be the same is left as it is.
    """
    import nbformat

    exercise = known_of(course)
    made = []
    with course.gradebook() as gradebook:
        works = {
            work.student_id: work for work in gradebook.assignment_submissions(course.exercise)
        }
        for learner in course.learners():
            work = works.get(learner)
            for name in course.notebooks:
                marked = course.autograded(learner) / f"{name}.ipynb"
                part = next((p for p in (work.notebooks if work else []) if p.name == name), None)
                seen = part is not None and marked.is_file()
                about = _returned(course.root, course.exercise, learner, exercise, part)
                if seen:
                    text = page(nbformat.read(marked, as_version=4), about)
                else:
                    text = page_of_a_failure(title_of(course.notebook), about)
                path = course.root / "feedback" / learner / course.exercise / f"{name}.html"
                made.append(Made(learner, path, _write(path, text), seen))
            _take_along(course, learner)
    return made


def known_of(course: Course) -> Exercise:
    """Return what is asked in an exercise, how its text is marked and where it is taught."""
    book = str(course.config.FeedbackPage.get("book", ""))
    return _exercise(course.root, course.exercise, book)


class FeedbackPage(Exporter):
    """Make the feedback page of one marked notebook, for nbgrader.

    nbgrader runs it over ``autograded/``. The address of the course's pages, if learners have
    one, is set in ``nbgrader_config.py``: ``c.FeedbackPage.book = "https://…"``.
    """

    file_extension = ".html"
    output_mimetype = "text/html"
    book = Unicode("", help="address of the course's pages, for links to lessons").tag(config=True)

    def from_notebook_node(  # type: ignore[override]  # nbconvert's own exporters return text
        self, nb: Any, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the page and nbconvert's resources."""
        notebook, found = super().from_notebook_node(nb, resources, **kwargs)
        known = found.get("nbgrader", {})
        learner, name = str(known.get("student", "")), str(known.get("assignment", ""))
        root = self.config.CourseDirectory.get("root")
        if not (root and known.get("db_url")):
            return page(notebook, Returned(learner, {})), found
        from nbgrader.api import Gradebook

        with Gradebook(known["db_url"]) as gradebook:
            part = gradebook.find_submission_notebook(known["notebook"], name, learner)
            exercise = _exercise(Path(root), name, self.book)
            return page(notebook, _returned(Path(root), name, learner, exercise, part)), found


# -- what is known -------------------------------------------------------------------------------


def _returned(root: Path, name: str, learner: str, exercise: Exercise, part: Any) -> Returned:
    """Gather what is known of one learner's work, from the gradebook and the record."""
    record = records.read(records.place(root, name, learner)) or records.Record(learner, name)
    answers = _answers(root / "autograded" / learner / name / "answers.json")
    answers |= {
        item: note.answer
        for item, note in record.items.items()
        if note.answer is not None and exercise.sheets.get(item, {}).get("type") != "numeric"
    }
    late = part.assignment.total_seconds_late if part is not None else record.late
    return Returned(
        learner,
        _marks(part) if part is not None else {},
        exercise,
        answers,
        record.items,
        tuple(record.faults),
        late or 0.0,
        (part.late_submission_penalty if part is not None else 0.0) or 0.0,
        record.attempt,
    )


def _marks(part: Any) -> dict[str, Mark]:
    """Return the marks and comments of one submitted notebook, by grade id."""
    comments = {comment.name: comment.comment for comment in part.comments}
    return {
        grade.name: Mark(
            None if grade.needs_manual_grade else grade.score or 0.0,
            grade.max_score,
            comments.get(grade.name) or "",
        )
        for grade in part.grades
    }


def _answers(path: Path) -> dict[str, Any]:
    """Return the answers given with controls, by grade id; none from a file that is damaged."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))["answers"]
        return by_grade_id({item: entry["answer"] for item, entry in held.items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _exercise(root: Path, name: str, book: str) -> Exercise:
    """Read what is asked in an exercise, how its text is marked and where it is taught."""
    source, marking = root / "source" / name, root / "marking"
    texts: set[str] = set()
    for path in source.glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        texts |= {"".join(c["source"]).strip() for c in cells if c["cell_type"] == "markdown"}
    sheets: dict[str, Any] = {}
    if (source / "questions.toml").is_file():
        asked = ask.read(source / "questions.toml", keyed=False)
        sheets = by_grade_id(
            {item: ask.compile_sheet(question, figure=False) for item, question in asked.items()}
        )
    sheet = rubric.sheet(marking, name)
    return Exercise(
        sheets,
        _read_again(marking, name, book),
        rubric.read(sheet) if sheet else None,
        frozenset(texts),
        _stubs(root / "release" / name),
    )


def _stubs(release: Path) -> frozenset[str]:
    """Return what stands in the released cells that learners fill in."""
    found = set()
    for path in release.glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("solution"):
                found.add("".join(cell["source"]).strip())
    return frozenset(found)


def _read_again(marking: Path, name: str, book: str) -> dict[str, ReadAgain]:
    """Say, for each item, where its outcome is taught; nothing where that isn't known."""
    import tomllib

    listed = marking / "lessons.toml"
    if not listed.is_file():
        return {}
    lessons = tomllib.loads(listed.read_text(encoding="utf-8"))
    try:
        tested = cohort.marking_module(cohort.marking_file(marking, name)).OUTCOMES
    except (FileNotFoundError, AttributeError):
        return {}
    found = {}
    for item, outcomes in tested.items():
        outcome = outcomes if isinstance(outcomes, str) else outcomes[0]
        module, _, place = outcome.partition(".")
        if lesson := lessons.get(module):
            section = lesson["sections"][int(place) - 1]
            address = f"{book.rstrip('/')}/{lesson['page']}#{anchor(section)}" if book else ""
            found[item] = ReadAgain(lesson["title"], section, address)
    return by_grade_id(found)


def anchor(heading: str) -> str:
    """Return a heading's anchor, as the book's pages have it.

    Examples
    --------
    >>> anchor("Round 2: How old is everyone?")
    'round-2-how-old-is-everyone'
    """
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def titles_of(course: Course) -> dict[str, str]:
    """Return the heading above each graded cell, by the cell's name."""
    found = {}
    for notebook, path in course.notebooks.items():
        title = ""
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            described = cell["metadata"].get("nbgrader", {})
            if described.get("grade") or described.get("task"):
                name = described["grade_id"]
                found[course.name_of(notebook, name)] = title or name
            elif heading := re.match(r"## (.+)", "".join(cell["source"])):
                title = without_points(heading[1])
    return found


def title_of(notebook: Path) -> str:
    """Return the heading of an exercise, from its notebook."""
    cells: list[Mapping[str, Any]] = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    texts = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    found = (re.match(r"# (.+)", text) for text in texts)
    return next((title[1] for title in found if title), notebook.stem)


def _take_along(course: Course, learner: str) -> None:
    """Put beside the pages what nbgrader's exchange needs to hand them to this learner alone."""
    marked = course.autograded(learner)
    came = marked if marked.is_dir() else course.submitted(learner)
    for name in ("timestamp.txt", "submission_secret.txt"):
        if (came / name).is_file():
            _write(
                course.root / "feedback" / learner / course.exercise / name,
                (came / name).read_text(encoding="utf-8"),
            )


def _write(path: Path, text: str) -> bool:
    """Write a file in one step; say whether that changed anything."""
    data = text.encode()
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    put_in_place(path, data)
    return True
