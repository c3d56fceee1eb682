"""ex09-is-it-sound: fair for every class, marked as meant, and giving nothing away."""

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
EXERCISE = "ex09-is-it-sound"
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


def test_points_add_up_and_passing_needs_no_code(course, items):
    points = course.points
    assert (sum(points[grade_id(name)] for name in items), sum(points.values())) == (20, 26)
    assert [grade_id(name) for name in items] == list(points)[:-1]
    assert 20 - points["ex09-q14"] >= 0.8 * 20


def test_every_graded_cell_is_one_locked_line():
    notebook = json.loads((SOURCE / f"{EXERCISE}.ipynb").read_text(encoding="utf-8"))
    assert not (SOURCE / "answers.json").exists()
    for cell in notebook["cells"]:
        assert not cell.get("outputs")
        details = cell["metadata"].get("nbgrader", {})
        if details.get("grade") and cell["cell_type"] == "code":
            assert details["locked"] and not details["solution"]
            assert len(cell["source"]) == 1 and cell["source"][0].startswith('mark("ex09.q')


def test_the_cohorts_table_is_a_trial(course):
    path = course.root / "source" / EXERCISE / "cohort.csv"
    assert path.read_text(encoding="utf-8").splitlines()[0] == NOTICE
    table = cohort.read(path)
    assert set(table["allocation"]) == {"education", "usual care"}
    assert table["site"].nunique() == 12
    assert table["hba1c_12_months"].isna().any()
    assert "ethnic_group" not in table


def test_every_right_answer_earns_everything_and_every_mistake_is_met(items):
    for name, item in items.items():
        assert item.faults() == [], name
        if isinstance(item, Asked):
            assert item.judge(right_answer(item)).share == 1, name
            for near in item.question.fields.get("near", []):
                verdict = item.judge(f"{near['value']:.3f}")
                assert verdict.misconception == near["misconception"], name
        for wrong in getattr(item, "near", ()):
            verdict = item.judge(wrong.function)
            assert (verdict.misconception, verdict.share) == (wrong.misconception, wrong.share)


def test_every_listed_mistake_has_a_case(items):
    cases = read_cases(ROOT / "exercises" / "marking" / "cases" / "ex09.toml")
    used = {str(answer) for case in cases for answer in case.answers.values()}
    for name, item in items.items():
        for near in item.question.fields.get("near", []) if isinstance(item, Asked) else ():
            assert f"mistake: {near['misconception']}" in used, name


def test_expected_values_follow_the_data(course, items):
    """Worked by hand from the rows, without the marking file's own functions."""
    rows = cohort.read(course.root / "source" / EXERCISE / "cohort.csv").to_dict("records")
    rows = [row for row in rows if row["hba1c_12_months"] == row["hba1c_12_months"]]

    def mean(column, value):
        found = [row["hba1c_12_months"] for row in rows if row[column] == value]
        return sum(found) / len(found)

    itt = mean("allocation", "education") - mean("allocation", "usual care")
    treated = mean("attended", "yes") - mean("attended", "no")
    assert items["ex09.q9"].judge(round(itt, 2)).share == 1
    assert items["ex09.q10"].judge(round(treated, 2)).share == 1


def test_every_item_names_its_outcome(course, items):
    marking = cohort.marking_module(cohort.marking_file(course.root / "marking", EXERCISE))
    bank = ask.read(SOURCE / "questions.toml", keyed=False)
    for name, outcome in marking.OUTCOMES.items():
        if name in bank:
            assert bank[name].fields["outcome"] == outcome
    assert set(marking.OUTCOMES) == {*items, "ex09-q15"}
    assert set(marking.OUTCOMES.values()) == {"M9.1", "M9.2", "M9.3", "M9.4"}


@pytest.mark.slow
def test_round_trip():
    pytest.importorskip("nbgrader")
    report = check(EXERCISE, course=ROOT / "exercises")
    assert report.ok, str(report)
    assert report.compared > 200
