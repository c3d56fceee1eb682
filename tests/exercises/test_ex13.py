"""ex13-needs-and-equity-audit: fair for every class, and marked as meant."""

import json
import shutil
from pathlib import Path

import pytest

from eeic import NOTICE, ask, world
from eeic.grading import Course, check, cohort
from eeic.grading.items import Asked
from eeic.grading.marks import grade_id
from eeic.grading.roundtrip import read_cases, right_answer

ROOT = Path(__file__).parents[2]
EXERCISE = "ex13-needs-and-equity-audit"
SOURCE = ROOT / "exercises" / "source" / EXERCISE
MARKING = cohort.marking_module(ROOT / "exercises" / "marking" / "ex13.py")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
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


def test_points_add_up_and_every_outcome_is_tested(course, items):
    points = course.points
    machine = sum(points[grade_id(name)] for name in items)
    assert (machine, sum(points.values())) == (20, 26)
    assert set(MARKING.OUTCOMES) == {*items, "ex13.q11"}
    assert set(MARKING.OUTCOMES.values()) == {"M13.1", "M13.2", "M13.3", "M13.4"}
    bank = ask.read(SOURCE / "questions.toml", keyed=False)
    assert {q.id: q.fields["outcome"] for q in bank.values()}.items() <= MARKING.OUTCOMES.items()


def test_source_is_clean():
    notebook = json.loads((SOURCE / f"{EXERCISE}.ipynb").read_text(encoding="utf-8"))
    assert not (SOURCE / "answers.json").exists()
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook["cells"])
    for cell in notebook["cells"]:
        details = cell["metadata"].get("nbgrader", {})
        if details.get("grade") and cell["cell_type"] == "code":
            assert details["locked"] and len(cell["source"]) == 1


def test_the_cohorts_table(course):
    path = course.root / "source" / EXERCISE / "cohort.csv"
    assert path.read_text(encoding="utf-8").splitlines()[0] == NOTICE
    table = cohort.read(path)
    assert table.select_dtypes("number").to_numpy().min() >= 5
    for one, other in zip(list(table)[1:], list(table)[2:], strict=False):
        assert (table[other] <= table[one]).all()


def test_items_are_fair_and_every_right_answer_earns_everything(items):
    for name, item in items.items():
        assert item.faults() == [], name
        assert item.judge(right_answer(item)).share == 1, name


def test_every_listed_mistake_is_recognised_and_has_a_case(items):
    cases = read_cases(ROOT / "exercises" / "marking" / "cases" / "ex13.toml")
    used = {str(answer) for case in cases for answer in case.answers.values()}
    for name, item in items.items():
        assert isinstance(item, Asked)
        for near in item.question.fields.get("near", []):
            verdict = item.judge(f"{near['value']:.3f}")
            assert verdict.misconception == near["misconception"], name
            assert verdict.share == near.get("share", 0)
            assert f"mistake: {near['misconception']}" in used, name


def test_expected_values_follow_the_data(course, items):
    """Worked by hand from the table, without the marking file's own functions."""
    rows = cohort.read(course.root / "source" / EXERCISE / "cohort.csv").set_index("ethnic_group")
    mine, theirs = rows.loc["Pakistani"], rows.loc["White British"]
    through = mine["found"] * theirs["nine_checks"] / theirs["found"] - mine["nine_checks"]
    found = mine["need"] * theirs["found"] / theirs["need"] - mine["found"]
    end = through * mine["in_range"] / mine["nine_checks"]
    worked = {
        "ex13.q2": mine["found"] / mine["need"] * theirs["need"] / theirs["found"],
        "ex13.q3": 100 * mine["nine_checks"] / mine["found"],
        "ex13.q4": 100 * mine["in_range"] / mine["need"],
        "ex13.q6": through,
        "ex13.q7": found * mine["in_range"] / mine["found"],
        "ex13.q8": end / ((10_000 + 150 * through) / 10_000),
    }
    for name, value in worked.items():
        assert items[name].judge(round(value, 2)).share == 1, name


def test_the_voices_are_as_they_were_given():
    notebook = json.loads((SOURCE / f"{EXERCISE}.ipynb").read_text(encoding="utf-8"))
    text = "".join(
        "".join(c["source"]) for c in notebook["cells"] if "voices file" in "".join(c["source"])
    )
    told = world.build().further[0]["L10"]
    free = told[told["consent_note"] == "may be quoted in public"]
    quoted = [part.partition("”")[0] for part in text.split("“")[1:]]
    assert len(quoted) == 6
    for part in quoted:
        assert free["text"].str.contains(part, regex=False).any(), part


@pytest.mark.slow
def test_round_trip():
    pytest.importorskip("nbgrader")
    report = check(EXERCISE, course=ROOT / "exercises")
    assert report.ok, str(report)
