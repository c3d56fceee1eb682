"""ex06-can-we-trust-the-ethnicity-field: fair for every class, and marked as meant."""

import json
import shutil
from pathlib import Path

import pytest

from eeic import NOTICE, ask
from eeic.grading import Course, check, cohort
from eeic.grading.items import Asked
from eeic.grading.marks import grade_id
from eeic.grading.roundtrip import read_cases, right_answer

ROOT = Path(__file__).parents[2]
EXERCISE = "ex06-can-we-trust-the-ethnicity-field"
SOURCE = ROOT / "exercises" / "source" / EXERCISE
MARKING = ROOT / "exercises" / "marking"


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
def table(course):
    return cohort.read(course.root / "source" / EXERCISE / "cohort.csv")


def test_points_add_up(course, items):
    points = course.points
    assert sum(points[grade_id(name)] for name in items) == 20
    assert sum(points.values()) == 26
    assert [grade_id(name) for name in items] == list(points)[:-1]
    assert sum(points.values()) - points["ex06-q11"] - 6 >= 0.8 * 20, "passing needs no code"


def test_every_item_has_its_outcome(items):
    module = cohort.marking_module(MARKING / "ex06.py")
    assert set(module.OUTCOMES) == {*items, "ex06-q12"}
    for name, item in items.items():
        if isinstance(item, Asked):
            assert item.question.fields["outcome"] == module.OUTCOMES[name]


def test_every_graded_cell_is_one_locked_line():
    notebook = json.loads((SOURCE / f"{EXERCISE}.ipynb").read_text(encoding="utf-8"))
    assert not (SOURCE / "answers.json").exists()
    for cell in notebook["cells"]:
        assert not cell.get("outputs") and not cell.get("execution_count")
        details = cell["metadata"].get("nbgrader", {})
        if details.get("grade") and cell["cell_type"] == "code":
            assert details["locked"] and not details["solution"]
            assert len(cell["source"]) == 1 and cell["source"][0].startswith('mark("ex06.q')


def test_the_cohorts_table(course, table):
    path = course.root / "source" / EXERCISE / "cohort.csv"
    assert path.read_text(encoding="utf-8").splitlines()[0] == NOTICE
    coded = table["seen"] - table["not_stated"] - table["not_known"]
    assert (table["same_at_gp"] <= table["also_at_gp"]).all()
    for column in ("on_2021_list", "also_at_gp", "own_answer"):
        assert table[column].between(5, coded).all()
    assert table["written_as"].sum() == coded.sum()


def test_items_are_fair_with_this_cohort(items):
    assert {name: item.faults() for name, item in items.items() if item.faults()} == {}


def test_every_right_answer_earns_everything(items):
    for name, item in items.items():
        if isinstance(item, Asked):
            assert item.judge(right_answer(item)).share == 1, name


def test_every_listed_mistake_is_recognised_and_has_a_case(items):
    cases = read_cases(MARKING / "cases" / "ex06.toml")
    used = {str(answer) for case in cases for answer in case.answers.values()}
    for name, item in items.items():
        for near in item.question.fields.get("near", []) if isinstance(item, Asked) else ():
            verdict = item.judge(f"{near['value']:.3f}")
            assert (verdict.misconception, verdict.share) == (near["misconception"], 0), name
            assert f"mistake: {near['misconception']}" in used, name
        for wrong in getattr(item, "near", ()):
            verdict = item.judge(wrong.function)
            assert (verdict.misconception, verdict.share) == (wrong.misconception, wrong.share)


def test_expected_values_follow_the_data(table, items):
    """Worked by hand from the table, without the marking file's own functions."""
    rows = table.to_dict("records")
    by_group = {row["ethnic_group"]: row for row in rows}

    def total(column):
        return sum(row[column] for row in rows)

    coded = total("seen") - total("not_stated") - total("not_known")
    one, other, british = (by_group[g] for g in ("Black Caribbean", "Other White", "White British"))
    worked = {
        "ex06.q2": 100 * coded / total("seen"),
        "ex06.q3": 100 * total("on_2021_list") / coded,
        "ex06.q4": 100 * total("same_at_gp") / total("also_at_gp"),
        "ex06.q5": 100 * total("own_answer") / coded,
        "ex06.q6": 100 * one["own_answer"] / (one["seen"] - one["not_stated"] - one["not_known"]),
        "ex06.q7": (other["written_as"] / other["seen"])
        / (british["written_as"] / british["seen"]),
    }
    for name, value in worked.items():
        assert items[name].judge(round(value, 2)).share == 1, name


def test_the_bank_that_travels_holds_no_key():
    bank = ask.read(SOURCE / "questions.toml", keyed=False)
    assert not any(question.keyed for question in bank.values())


@pytest.mark.slow
def test_round_trip():
    pytest.importorskip("nbgrader")
    report = check(EXERCISE, course=ROOT / "exercises")
    assert report.ok, str(report)
