"""A cohort's own data: one world per class, built from a seed that only instructors hold.

Two things are written. ``source/<exercise>/cohort.csv`` is what learners get: a small table whose
first line is the notice. ``private/<exercise>.json`` is what really made the gaps in that world;
it stays with the instructor. Both, and the seed in ``cohort.toml``, are ignored by git.
"""

import functools
import importlib.util
import json
import random
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from eeic import NOTICE
from eeic.files import put_in_place

if TYPE_CHECKING:
    import pandas as pd

    from eeic.grading.items import Item


#: About half of all worlds carry ex04; a seed without one among so many has never been seen.
_TRIES = 40


class UnfairCohort(ValueError):
    """A cohort whose data can't tell a right answer from a usual mistake."""


@dataclass(frozen=True)
class Cohort:
    """What an exercise's marking file computes its expected answers from.

    Parameters
    ----------
    table : DataFrame
        The instructor's copy of the cohort's table.
    truth : dict
        What really made the data, computed with the private seed.
    """

    table: "pd.DataFrame"
    truth: dict[str, Any]


def read(path: Path) -> "pd.DataFrame":
    """Return a cohort's table; its first line is the notice.

    Parameters
    ----------
    path : Path
        A ``cohort.csv``.

    Returns
    -------
    DataFrame
    """
    import pandas as pd

    return pd.read_csv(path, skiprows=1)


def marking_file(marking: Path, exercise: str) -> Path:
    """Return the marking file of an exercise: ``ex04-any-name`` is marked by ``ex04.py``.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    path = marking / f"{exercise.partition('-')[0]}.py"
    if not path.is_file():
        raise FileNotFoundError(f"no marking file for {exercise}: {path.name} is not in {marking}")
    return path


@functools.cache
def marking_module(path: Path) -> ModuleType:
    """Load an exercise's marking file; it is outside the package on purpose."""
    spec = importlib.util.spec_from_file_location(f"eeic_marking_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load(course: Path, exercise: str) -> Cohort:
    """Return the cohort whose files lie in a course folder.

    Raises
    ------
    FileNotFoundError
        If the cohort has not been made yet.
    """
    table = course / "source" / exercise / "cohort.csv"
    truth = course / "private" / f"{exercise}.json"
    for path in (table, truth):
        if not path.is_file():
            raise FileNotFoundError(
                f"{path.relative_to(course)} is not in {course}: make the cohort first with "
                f"`eeic exercise release {exercise} --cohort NAME --seed NUMBER`"
            )
    return Cohort(read(table), json.loads(truth.read_text(encoding="utf-8")))


def items(course: Path, exercise: str) -> dict[str, "Item"]:
    """Return how each item of an exercise is marked for the cohort in a course folder."""
    return _items(course, exercise, load(course, exercise))


def _items(course: Path, exercise: str, of: Cohort) -> dict[str, "Item"]:
    """Join the exercise's questions with the keys that its marking file computes."""
    from eeic import ask
    from eeic.grading.items import Asked

    asked = ask.read(course / "source" / exercise / "questions.toml", keyed=False)
    keys = marking_module(marking_file(course / "marking", exercise)).items(of)
    return {
        name: Asked(ask.with_key(asked[name], key)) if isinstance(key, dict) else key
        for name, key in keys.items()
    }


def build(course: Path, exercise: str, seed: int) -> Cohort:
    """Make a cohort's data and write it into a course folder.

    Worlds are drawn from the seed until one carries the exercise: one in which chance does not
    hide what the exercise is about, and no usual mistake gives a right answer.

    Parameters
    ----------
    course : Path
        The nbgrader course folder.
    exercise : str
        The exercise's folder name.
    seed : int
        The cohort's private seed.

    Returns
    -------
    Cohort

    Raises
    ------
    UnfairCohort
        If no world of a good number drawn from this seed carries the exercise.
    """
    from eeic import world

    module = marking_module(marking_file(course / "marking", exercise))
    draw = random.Random(seed)
    for _ in range(_TRIES):
        table, truth = module.cohort(world.build(preset="workshop", seed=draw.getrandbits(63)))
        cohort = Cohort(table, json.loads(json.dumps(truth)))
        faults = module.unfit(cohort)
        if not faults:
            faults = [
                f"{name}: {fault}"
                for name, item in _items(course, exercise, cohort).items()
                for fault in item.faults()
            ]
        if not faults:
            break
    else:
        raise UnfairCohort(
            f"none of {_TRIES} worlds from this seed would mark fairly, the last because "
            f"{'; '.join(faults)}; try another seed"
        )
    table = f"{NOTICE}\n" + cohort.table.to_csv(index=False, lineterminator="\n")
    truth = json.dumps(cohort.truth, indent=1) + "\n"
    (course / "private").mkdir(exist_ok=True)
    put_in_place(course / "source" / exercise / "cohort.csv", table.encode())
    put_in_place(course / "private" / f"{exercise}.json", truth.encode())
    return cohort
