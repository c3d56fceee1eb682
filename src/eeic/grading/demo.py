"""A class to try the marking on: invented learners who differ as people in a class do.

Each learner has an ability, and each question a difficulty. From the two comes whether they are
right, make one of the mistakes the exercise names, give another wrong answer or leave it out. Who
is right where is known, and is kept in ``private/demo-class.json``: a report on the class can be
held against it.
"""

from __future__ import annotations

import json
import math
import random
import string
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from eeic.files import put_in_place
from eeic.grading import cohort, rubric
from eeic.grading.course import Course, CourseFault
from eeic.grading.invented import (
    SEED,
    Code,
    course_of_its_own,
    hand_in,
    kinds_of_item,
    read_cases,
    right_part,
    solution,
    written_items,
)
from eeic.grading.items import Asked, Item

#: When the invented class's work was due (UTC).
DUE = datetime(2026, 10, 16, 17, 0)
#: Folders to be collected after a first marking: learners who hand in again, and one newcomer.
LATER = "handed-in-later"
TRUTH = "private/demo-class.json"

#: What is wrong with some learners' files; "cell" counts the graded cells of the exercise.
_BROKEN: tuple[tuple[str, int], ...] = (
    ("cut short", 0),
    ("delete", 2),
    ("edit", 3),
    ("loop", 4),
    ("rename", 0),
    ("byte-order mark", 0),
    ("damage answers", 0),
)


@dataclass
class Learner:
    """One invented learner.

    Parameters
    ----------
    name : str
        Such as "learner-07".
    ability : float
        Standard scores: 0 is the middle of the class.
    outcomes : dict of str to str
        By item: "right", "blank", "other" or the name of a mistake that the marking knows.
    levels : dict of str to list of int
        By written item: the level (0 to 3) that each criterion's text was made for; empty if
        nothing was written.
    fault : str
        What is wrong with the files, or "".
    copied_from : str
        Whose work this nearly is, or "".
    handed_in : str
        When (ISO 8601, UTC).
    """

    name: str
    ability: float
    outcomes: dict[str, str] = field(default_factory=dict)
    levels: dict[str, list[int]] = field(default_factory=dict)
    fault: str = ""
    copied_from: str = ""
    handed_in: str = ""


def build(
    folder: str | Path,
    exercise: str = "ex04-seeing-the-gap",
    learners: int = 40,
    seed: int = SEED,
    course: str | Path = "exercises",
) -> Course:
    """Make a course folder with a class of invented learners who have handed in.

    Parameters
    ----------
    folder : path
        The new course folder; it must not be there yet.
    exercise : str
        The exercise's folder name.
    learners : int
        How many; 1 or more.
    seed : int
        Makes the class's table and its learners.
    course : path
        The course folder that the exercise comes from; nothing in it is changed.

    Returns
    -------
    Course
        With the exercise released and ``submitted/`` filled; nothing is marked.

    Raises
    ------
    CourseFault
        If the folder is there already, or there is no such exercise.
    """
    root = Path(folder)
    if root.exists():
        raise CourseFault(f"{root} is already there; give the name of a new folder")
    if learners < 1:
        raise CourseFault(f"a class has one learner or more, not {learners}")
    origin = Course(Path(course), exercise)
    root.mkdir(parents=True)
    made = course_of_its_own(origin, root)
    made.make_cohort("demo", seed)
    made.release()
    with made.gradebook() as gradebook:
        gradebook.update_or_create_assignment(exercise, duedate=DUE)
    _Class(made, learners, seed).hand_in()
    return made


def next_steps(course: Course) -> str:
    """Say what an instructor can try on a demo class, command by command."""
    where = f"--course {course.root}"
    steps = [
        ("mark everything that was handed in", f"autograde {course.exercise} {where}"),
        ("collect what came later, and mark it", f"collect {course.exercise} --from "
         f"{course.root / LATER} {where}"),
        ("make each learner's page", f"feedback {course.exercise} {where}"),
        ("see the class: which questions to revise, who needs a word",
         f"report {course.exercise} {where}"),
        ("write the marks for a spreadsheet or a learning platform",
         f"export {course.exercise} {where}"),
    ]  # fmt: skip
    lines = [f"  eeic grade {command}\n      {what}" for what, command in steps]
    lines.insert(
        1,
        f"  cd {course.root} && jupyter lab\n"
        "      mark the written answers: Nbgrader menu, Formgrader, Manual Grading",
    )
    return (
        f"{course.root} holds a class of {len(course.learners())} invented learners. "
        "Nobody in it is real.\nTry, in this order:\n\n" + "\n".join(lines)
    )


class _Class:
    """The learners of one demo class, and their files."""

    def __init__(self, course: Course, size: int, seed: int) -> None:
        self.course, self.seed = course, seed
        self.items = cohort.items(course.root, course.exercise)
        self.kinds = kinds_of_item(course, self.items)
        self.written = written_items(course)
        self.texts = _Texts(course, self.items, self.kinds)
        self.graded = list(course.points)
        chance = random.Random(f"{seed} questions")
        # Early questions are easier, as in most exercises; code is the hardest.
        self.difficulty = {
            name: 1.6 * at / len(self.items)
            - (0.5 if self.kinds[name] == "code" else 1.1)
            + chance.gauss(0, 0.35)
            for at, name in enumerate(self.items)
        }
        # Ability doesn't help with one of the questions: the report has something to find.
        controls = [name for name in self.items if self.kinds[name] == "control"]
        self.puzzling = controls[-1] if controls else ""
        wide = max(2, len(str(size)))
        self.people = [
            Learner(f"learner-{at:0{wide}d}", round(random.Random(f"{seed} {at}").gauss(0, 1.1), 2))
            for at in range(1, size + 1)
        ]
        self.give_parts(chance)

    def give_parts(self, chance: random.Random) -> None:
        """Say who has a broken file and who copied; in a small class at most half do."""
        order = self.people.copy()
        chance.shuffle(order)
        for person, (kind, _) in zip(order[: len(order) // 2], _BROKEN, strict=False):
            person.fault = kind
        whole = sorted((p for p in order if not p.fault), key=lambda p: p.ability)
        if len(whole) > 5:
            # The copy is of good work, not of the best.
            source, copier = whole[-len(whole) // 4], whole[1]
            copier.copied_from, copier.ability = source.name, source.ability

    def hand_in(self) -> None:
        """Write every learner's folder, what comes later, and the truth about the class."""
        for person in self.people:
            self.one(person)
        later = [person for person in self.people if person.fault in ("cut short", "rename")]
        later += sorted(self.people, key=lambda person: person.ability)[:1]
        again = {
            person.name: Learner(person.name, person.ability + 1.2)
            for person in (*later, Learner(f"learner-{len(self.people) + 1:02d}", 0.3))
        }
        for person in again.values():
            self.one(person, LATER)
        truth = {
            folder: [asdict(person) for person in people]
            for folder, people in (("submitted", self.people), (LATER, again.values()))
        }
        path = self.course.root / TRUTH
        put_in_place(path, (json.dumps(truth, indent=1) + "\n").encode())

    def one(self, person: Learner, under: str = "submitted") -> None:
        """Write one learner's folder."""
        draw = random.Random(f"{self.seed} {under} {person.copied_from or person.name}")
        mine = random.Random(f"{self.seed} {under} {person.name} own")
        answers = {}
        words = self.texts.words(mine)
        for name in self.items:
            person.outcomes[name], answers[name] = self.answer(person, name, draw, words)
        written = {}
        for name in self.written:
            person.levels[name], text = self.texts.compose(person.ability, answers, draw)
            if text:
                written[name] = _reworded(text) if person.copied_from else text
        folder = hand_in(
            self.course,
            person.name,
            answers,
            written=written,
            own=self.texts.own(draw, words),
            faults=[
                {"kind": kind, "cell": self.graded[at % len(self.graded)]}
                for kind, at in _BROKEN
                if kind == person.fault
            ],
            under=under,
        )
        late = under == LATER or mine.random() < 0.15
        hours = mine.uniform(0.2, 60) if late else -150 * mine.random() ** 2 - 0.1
        when = DUE + timedelta(hours=hours)
        person.handed_in = when.isoformat(timespec="seconds")
        (folder / "timestamp.txt").write_text(f"{when:%Y-%m-%d %H:%M:%S.%f} UTC\n", "utf-8")

    def answer(
        self, person: Learner, name: str, draw: random.Random, words: Mapping[str, str]
    ) -> tuple[str, Any]:
        """Return what comes of a learner's trying an item, and the answer."""
        item, ability = self.items[name], person.ability
        lead = -0.4 * ability if name == self.puzzling else 1.4 * (ability - self.difficulty[name])
        if draw.random() < 1 / (1 + math.exp(-lead)):
            wanted = "right"
        else:
            blank = 0.4 if self.kinds[name] == "code" else 0.2
            way = draw.random()
            if way < blank:
                return "blank", None
            wanted = "mistake" if way < blank + 0.6 else "other"
        if not isinstance(item, Asked):
            return self.texts.code(name, wanted, draw, words)
        given = self.asked(item, wanted, draw)
        verdict = item.judge(given)
        outcome = "right" if verdict.share == 1 else verdict.misconception or "other"
        if self.kinds[name] == "value" and draw.random() < 0.5:
            _, code = self.texts.code(name, outcome, draw, words)
            given = code or given
        return outcome, given

    def asked(self, item: Asked, wanted: str, draw: random.Random) -> Any:
        """Answer a question of the bank."""
        parts = item.sheet["parts"]
        wrong = {part["name"] for part in parts if wanted != "right" and draw.random() < 0.5}
        if wanted != "right":
            wrong = wrong or {draw.choice(parts)["name"]}
        given = {
            part["name"]: _wrong_part(part, wanted, draw)
            if part["name"] in wrong
            else _as_written(part)
            for part in parts
        }
        if len(given) > 3 and wanted == "other":  # a long table left unfinished
            given.pop(draw.choice(list(given)))
        return next(iter(given.values())) if len(parts) == 1 else given


def _wrong_part(part: Mapping[str, Any], wanted: str, draw: random.Random) -> Any:
    """Answer one part of a question wrongly, with a known mistake if that is wanted."""
    kind, key = part["kind"], part["key"]
    if kind == "one":
        wrong = [name for name, option in key.items() if option["share"] < 1]
        # One wrong answer draws more people than the others.
        return draw.choices(wrong, [3, *[1] * (len(wrong) - 1)])[0]
    if kind == "set":
        chosen = set(right_part(part))
        for name in draw.sample(list(key), 1 + (draw.random() < 0.4)):
            chosen ^= {name}
        return sorted(chosen) or [next(iter(key))]
    if kind == "order":
        steps = list(key["right"])
        at = draw.randrange(len(steps) - 1)
        steps[at], steps[at + 1] = steps[at + 1], steps[at]
        return steps
    if wanted == "mistake" and key["near"]:
        near = key["near"]
        return _as_written({"key": draw.choices(near, range(len(near) + 1, 1, -1))[0]})
    right = right_part({"kind": "number", "key": key})
    return _rounded(right * draw.choice((draw.uniform(0.55, 0.9), draw.uniform(1.1, 1.6))), 1)


def _as_written(part: Mapping[str, Any]) -> Any:
    """Give what is right for a part, a number with as few decimals as people write."""
    key = part["key"]
    if "low" not in key:
        return right_part(part)
    middle, reach = (key["low"] + key["high"]) / 2, (key["high"] - key["low"]) / 2
    places = next(n for n in range(12) if abs(round(middle, n) - middle) <= reach / 2)
    return _rounded(middle, places)


def _rounded(value: float, places: int) -> float:
    return round(value, places) if places else round(value)


class _Texts:
    """What learners write: cells of code, cells of their own, and the written answer."""

    def __init__(self, course: Course, items: Mapping[str, Item], kinds: Mapping[str, str]) -> None:
        marking, number = course.root / "marking", course.exercise.partition("-")[0]
        listed = marking / "demo" / f"{number}.toml"
        held = tomllib.loads(listed.read_text(encoding="utf-8")) if listed.is_file() else {}
        self.choices: dict[str, list[str]] = held.get("words", {})
        self.cells: list[dict[str, Any]] = held.get("code", [])
        self.plots: list[dict[str, str]] = held.get("own", [])
        self.sentences: list[dict[str, Any]] = held.get("sentence", [])
        self.figures = {
            name.rpartition(".")[2]: _as_written(item.sheet["parts"][0])
            for name, item in items.items()
            if isinstance(item, Asked) and kinds[name] == "value"
        }
        for name, kind in kinds.items():
            if kind == "code" and not any(cell["item"] == name for cell in self.cells):
                self.cells += _cells_of_the_cases(course, name, marking / "cases" / listed.name)
        if not self.plots:
            self.plots = [{"before": next(iter(course.points)), "text": _PLOT}]
        if not self.sentences and (path := rubric.sheet(marking, course.exercise)):
            self.sentences = _sentences_of_the_anchors(rubric.read(path))

    def words(self, draw: random.Random) -> dict[str, str]:
        """Draw one of each list of words."""
        return {name: draw.choice(among) for name, among in self.choices.items()}

    def code(
        self, name: str, wanted: str, draw: random.Random, words: Mapping[str, str]
    ) -> tuple[str, Code | None]:
        """Return what a cell's code gives and the code; no code if none is at hand."""
        fit = [cell for cell in self.cells if cell["item"] == name and cell["value"] == wanted]
        if not fit and wanted == "mistake":
            known = ("right", "other")
            fit = [c for c in self.cells if c["item"] == name and c["value"] not in known]
        if not fit:
            return "blank", None
        cell = draw.choice(fit)
        text = string.Template(draw.choice(cell["texts"])).safe_substitute(words)
        return cell["value"], Code(text.strip())

    def own(self, draw: random.Random, words: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return cells of a learner's own; two in three have none."""
        if draw.random() > 0.35:
            return []
        chosen = draw.sample(self.plots, min(len(self.plots), draw.choice((1, 1, 2))))
        return [
            (cell["before"], string.Template(cell["text"]).safe_substitute(words).strip())
            for cell in chosen
        ]

    def compose(
        self, ability: float, answers: Mapping[str, Any], draw: random.Random
    ) -> tuple[list[int], str]:
        """Return the level of each criterion and a text of these levels; no levels if empty."""
        if not self.sentences or draw.random() < (0.2 if ability < -0.8 else 0.04):
            return [], ""
        figures = dict(self.figures)
        for name, given in answers.items():
            if isinstance(given, int | float) and not isinstance(given, bool):
                figures[name.rpartition(".")[2]] = given
        words = self.words(draw) | {name: f"{value:g}" for name, value in figures.items()}
        criteria = sorted({sentence["criterion"] for sentence in self.sentences})
        levels, lines = [], []
        for criterion in criteria:
            level = min(3, max(0, round(1.4 + 0.8 * ability + draw.gauss(0, 0.6))))
            levels.append(level)
            for place in dict.fromkeys(
                s["place"] for s in self.sentences if s["criterion"] == criterion
            ):
                fit = [s for s in self.sentences if s["place"] == place and s["level"] <= level]
                if fit:
                    best = max(fit, key=lambda s: s["level"])
                    text = string.Template(draw.choice(best["texts"])).safe_substitute(words)
                    lines.append(text[0].upper() + text[1:])
        return levels, "\n".join(lines)


#: A picture of anybody's table, for an exercise without texts of its own.
_PLOT = """
import matplotlib.pyplot as plt
import pandas as pd

mine = pd.read_csv("cohort.csv", skiprows=1)
mine[mine.columns[0]].value_counts().head(8).plot.barh(figsize=(6, 2.6), title="Rows of my table")
plt.show()"""


def _cells_of_the_cases(course: Course, name: str, cases: Path) -> list[dict[str, Any]]:
    """Return the right code and the cases' wrong code for an item, none of it endless."""
    given = {case.answers[name] for case in read_cases(cases) if name in case.answers}
    wrong = sorted(code for code in given if code != "none" and "while True" not in code)
    return [
        {"item": name, "value": "right", "texts": [str(solution(course, name))]},
        *({"item": name, "value": "other", "texts": wrong} for _ in wrong[:1]),
    ]


def _sentences_of_the_anchors(sheet: rubric.Rubric) -> list[dict[str, Any]]:
    """Return the anchor answers, each whole, as pieces for the level it has."""
    return [
        {"criterion": 1, "place": "all", "level": anchor.levels[0], "texts": [anchor.text]}
        for anchor in sheet.anchors
    ]


#: How somebody changes a text that is not theirs.
_SWAPS = (
    ("about", "around"),
    ("people", "persons"),
    ("figures", "numbers"),
    ("will offer", "are going to offer"),
    ("clearly", "certainly"),
)


def _reworded(text: str) -> str:
    for before, after in _SWAPS:
        text = text.replace(before, after)
    return text
