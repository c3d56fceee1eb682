"""ex02-what-ethnicity-is: fair for every class, marked as meant, and giving nothing away."""

import json
import shutil
from pathlib import Path

import pytest

from eeic import NOTICE, ask, categories
from eeic.grading import Course, check, cohort
from eeic.grading.items import Asked
from eeic.grading.marks import grade_id
from eeic.grading.roundtrip import key_terms, leaked, read_cases, right_answer

ROOT = Path(__file__).parents[2]
EXERCISE = "ex02-what-ethnicity-is"
SOURCE = ROOT / "exercises" / "source" / EXERCISE


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course folder with a class of its own."""
    root = tmp_path_factory.mktemp("course")
    ignored = shutil.ignore_patterns("cohort.csv", "answers.json", "__pycache__")
    for part in (f"source/{EXERCISE}", "marking"):
        shutil.copytree(ROOT / "exercises" / part, root / part, ignore=ignored)
    shutil.copy(ROOT / "exercises" / "nbgrader_config.py", root)
    made = Course(root, EXERCISE)
    made.make_cohort("test", 7)
    return made


@pytest.fixture(scope="module")
def items(course):
    return cohort.items(course.root, EXERCISE)


@pytest.fixture(scope="module")
def rows(course):
    table = cohort.read(course.root / "source" / EXERCISE / "cohort.csv")
    return table.to_dict("records")


@pytest.fixture(scope="module")
def notebook():
    return json.loads((SOURCE / f"{EXERCISE}.ipynb").read_text(encoding="utf-8"))


def test_points_add_up(course, items):
    points = course.points
    machine = sum(points[grade_id(name)] for name in items)
    assert (machine, sum(points.values())) == (20, 26)
    assert [grade_id(name) for name in items] == list(points)[:-1]


def test_passing_needs_no_code(course):
    assert sum(course.points.values()) - course.points["ex02-q9"] - 6 >= 0.8 * 20


def test_every_graded_cell_is_one_locked_line(notebook):
    for cell in notebook["cells"]:
        details = cell["metadata"].get("nbgrader", {})
        if details.get("grade") and cell["cell_type"] == "code":
            assert details["locked"] and not details["solution"]
            assert len(cell["source"]) == 1 and cell["source"][0].startswith('mark("ex02.q')


def test_source_is_clean(notebook):
    assert not (SOURCE / "answers.json").exists()
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook["cells"])


def test_the_cohorts_table(course, rows):
    path = course.root / "source" / EXERCISE / "cohort.csv"
    assert path.read_text(encoding="utf-8").splitlines()[0] == NOTICE
    assert [row["ethnic_group"] for row in rows] == list(categories.LABELS)
    assert all(5 <= row["deprived"] <= row["people"] for row in rows)


def test_items_are_fair_with_this_cohort(items):
    assert {name: item.faults() for name, item in items.items() if item.faults()} == {}


def test_every_right_answer_earns_everything(items):
    for name, item in items.items():
        if isinstance(item, Asked):
            assert item.judge(right_answer(item)).share == 1, name


def test_every_listed_mistake_is_recognised_and_has_a_case(items):
    cases = read_cases(ROOT / "exercises" / "marking" / "cases" / "ex02.toml")
    used = {str(answer) for case in cases for answer in case.answers.values()}
    for name, item in items.items():
        for near in item.question.fields.get("near", []) if isinstance(item, Asked) else ():
            verdict = item.judge(f"{near['value']:.3f}")
            assert verdict.misconception == near["misconception"], name
            assert near["feedback"] in verdict.feedback
            assert f"mistake: {near['misconception']}" in used, name
        for wrong in getattr(item, "near", ()):
            verdict = item.judge(wrong.function)
            assert (verdict.misconception, verdict.share) == (wrong.misconception, wrong.share)


def test_expected_values_follow_the_data(items, rows):
    """Worked by hand from the table, without the marking file's own functions."""
    shares = {r["ethnic_group"]: 100 * r["deprived"] / r["people"] for r in rows}
    other = [shares[r["ethnic_group"]] for r in rows if r["bar"] == "BAME"]
    white = sum(r["deprived"] for r in rows if r["bar"] == "White")
    worked = {
        "ex02.q3": max(other) - min(other),
        "ex02.q4": shares["Roma"],
        "ex02.q5": 100 * white / sum(r["deprived"] for r in rows),
    }
    for name, value in worked.items():
        assert items[name].judge(round(value, 2)).share == 1, name


def test_the_mapping_table_follows_the_courses_lists(items):
    for row, label in (("roma", "Roma"), ("chinese", "Chinese"), ("irish", "White Irish")):
        right = right_answer(items["ex02.q1"])
        assert right[f"{row}.code"].upper() == categories.to_nhs2001(label)


def test_the_bank_that_travels_holds_no_key(items):
    bank = ask.read(SOURCE / "questions.toml", keyed=False)
    assert not any(question.keyed for question in bank.values())
    terms = key_terms(items, numbers=True)
    assert leaked((SOURCE / "questions.toml").read_text("utf-8"), terms) == []


@pytest.mark.slow
def test_round_trip():
    pytest.importorskip("nbgrader")
    report = check(EXERCISE, course=ROOT / "exercises")
    assert report.ok, str(report)
