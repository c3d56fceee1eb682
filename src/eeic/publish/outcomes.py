"""Where each outcome of a module is taught, tried and tested: read from lessons and exercises.

Nothing is kept by hand: the objectives stand in the lesson, a question names its outcome, and an
exercise's marking file says which outcome each item tests.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from eeic import ask

_OBJECTIVES = re.compile(r":class: objectives\n(?P<list>.*?)\n:::", re.S)
_HEADING = re.compile(r"^## (.+)$", re.M)
_ASKED = re.compile(r"ask\.show\(\"([^\"]+)\"\)")


@dataclass
class Outcome:
    """One outcome and everything that serves it.

    Attributes
    ----------
    code, objective : str
        Such as ``"M4.1"``, and its words in the lesson.
    sections, questions, items : list of str
        Headings of the lesson under which its questions stand, the marked questions, and the
        exercise's items.
    """

    code: str
    objective: str
    sections: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)


def table(root: Path) -> list[Outcome]:
    """Read the outcomes of every lesson.

    Parameters
    ----------
    root : Path
        The checkout.

    Returns
    -------
    list of Outcome
        In the order of the lessons and of their objectives.
    """
    found: list[Outcome] = []
    for lesson in sorted((root / "notebooks").glob("[0-9]*.ipynb")):
        number = lesson.name[:2]
        cells = json.loads(lesson.read_text("utf-8"))["cells"]
        texts = ["".join(cell["source"]) for cell in cells]
        outcomes = _objectives(number, "\n\n".join(texts))
        section = ""
        for text in texts:
            headings = _HEADING.findall(text)
            section = headings[-1] if headings else section
            for name in _ASKED.findall(text):
                question = ask.question(name)
                outcome = outcomes.get(str(question.fields.get("outcome", "")))
                if outcome and not question.predict:
                    outcome.questions.append(name)
                    if section not in outcome.sections:
                        outcome.sections.append(section)
        for item, codes in _tested(root / f"exercises/marking/ex{number}.py").items():
            for code in codes:
                outcomes[code].items.append(item)
        found += outcomes.values()
    return found


def _objectives(number: str, text: str) -> dict[str, Outcome]:
    hit = _OBJECTIVES.search(text)
    lines = re.findall(r"^- (.+)$", hit["list"], re.M) if hit else []
    codes = [f"M{int(number)}.{place}" for place in range(1, len(lines) + 1)]
    return {code: Outcome(code, line) for code, line in zip(codes, lines, strict=True)}


def _tested(marking: Path) -> dict[str, tuple[str, ...]]:
    """Read OUTCOMES of a marking file, without running what only a class's data can run."""
    if not marking.is_file():
        return {}
    for node in ast.parse(marking.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "OUTCOMES":
            made = eval(compile(ast.Expression(node.value), marking.name, "eval"), {"dict": dict})
            return {item: (to,) if isinstance(to, str) else tuple(to) for item, to in made.items()}
    return {}


class Outcomes(SphinxDirective):
    """Write the table of outcomes for instructors."""

    def run(self) -> list[nodes.Node]:
        """Build one table for each lesson.

        Returns
        -------
        list of docutils.nodes.Node
        """
        from eeic.publish.book import text_table

        root = Path(self.env.srcdir)
        header = ("Outcome", "What a learner can do", "Section", "Questions", "Exercise")
        rows = [
            [one.code, one.objective, *map(_listed, (one.sections, one.questions, one.items))]
            for one in table(root)
        ]
        return [text_table(header, rows)]


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "–"
