"""What the tests of one exercise share: its files, and a class of its own.

Each test file says which exercise it is about, in EXERCISE.
"""

import json
import shutil
from pathlib import Path

import pytest

from eeic.grading import Course, cohort

pytest.register_assert_rewrite("every_exercise")

EXERCISES = Path(__file__).parents[2] / "exercises"


@pytest.fixture(scope="module")
def exercise(request):
    """The exercise's name."""
    return request.module.EXERCISE


@pytest.fixture(scope="module")
def source(exercise):
    """Where the exercise is written."""
    return EXERCISES / "source" / exercise


@pytest.fixture(scope="module")
def notebook(exercise, source):
    """The instructor's notebook."""
    return json.loads((source / f"{exercise}.ipynb").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def marking(exercise):
    """The module that says how it is marked."""
    return cohort.marking_module(cohort.marking_file(EXERCISES / "marking", exercise))


@pytest.fixture(scope="module")
def course(exercise, tmp_path_factory):
    """A course folder with a class of its own."""
    root = tmp_path_factory.mktemp("course")
    ignored = shutil.ignore_patterns("cohort.csv", "answers.json", "__pycache__")
    for part in (f"source/{exercise}", "marking"):
        shutil.copytree(EXERCISES / part, root / part, ignore=ignored)
    shutil.copy(EXERCISES / "nbgrader_config.py", root)
    made = Course(root, exercise)
    made.make_cohort("test", 7)
    return made


@pytest.fixture(scope="module")
def items(course, exercise):
    """What is marked by machine, with the class's key."""
    return cohort.items(course.root, exercise)


@pytest.fixture(scope="module")
def cohort_file(course, exercise):
    """The table that the class gets."""
    return course.root / "source" / exercise / "cohort.csv"


@pytest.fixture(scope="module")
def table(cohort_file):
    """The same, read."""
    return cohort.read(cohort_file)
