"""ex04-seeing-the-gap: fair for every class, marked as meant, and giving nothing away."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from eeic import NOTICE, ask
from eeic.grading import Course, check, cohort
from eeic.grading.items import Asked
from eeic.grading.marks import grade_id
from eeic.grading.roundtrip import key_terms, leaked, read_cases, right_answer

ROOT = Path(__file__).parents[2]
EXERCISE = "ex04-seeing-the-gap"
SOURCE = ROOT / "exercises" / "source" / EXERCISE


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course folder with a class of its own."""
    import shutil

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
def notebook():
    return json.loads((SOURCE / f"{EXERCISE}.ipynb").read_text(encoding="utf-8"))


def test_points_add_up(course, items):
    points = course.points
    machine = sum(points[grade_id(name)] for name in items)
    assert (machine, sum(points.values())) == (20, 26)
    assert [grade_id(name) for name in items] == list(points)[:-1]


def test_passing_needs_no_code(course):
    assert sum(course.points.values()) - course.points["ex04-q11"] - 6 >= 0.8 * 20


def test_every_graded_cell_is_one_locked_line(notebook):
    for cell in notebook["cells"]:
        details = cell["metadata"].get("nbgrader", {})
        if details.get("grade") and cell["cell_type"] == "code":
            assert details["locked"] and not details["solution"]
            assert len(cell["source"]) == 1 and cell["source"][0].startswith('mark("ex04.q')


def test_source_is_clean(notebook):
    assert not (SOURCE / "answers.json").exists()
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook["cells"])
    assert all("tags" not in cell["metadata"] for cell in notebook["cells"])


def test_the_cohorts_table(course):
    path = course.root / "source" / EXERCISE / "cohort.csv"
    assert path.read_text(encoding="utf-8").splitlines()[0] == NOTICE
    table = cohort.read(path)
    assert table.select_dtypes("number").to_numpy().min() >= 5
    assert (table["with_diabetes"] <= table["people"]).all()
    assert (table[["eye_check", "all_nine"]].max(axis=1) <= table["with_diabetes"]).all()
    assert (table["people"] <= table["all_people"]).all()


def test_the_same_seed_gives_the_same_table_and_another_another(course, tmp_path):
    import shutil

    def table(seed):
        root = tmp_path / str(seed)
        if not root.exists():
            shutil.copytree(course.root, root)
        cohort.build(root, EXERCISE, seed)
        return (root / "source" / EXERCISE / "cohort.csv").read_bytes()

    mine = (course.root / "source" / EXERCISE / "cohort.csv").read_bytes()
    assert table(7) == mine != table(8)


def test_the_seed_is_in_nothing_that_learners_get(course):
    for path in (course.root / "source" / EXERCISE).iterdir():
        assert "seed" not in path.read_text(encoding="utf-8")


def test_items_are_fair_with_this_cohort(items):
    assert {name: item.faults() for name, item in items.items() if item.faults()} == {}


def test_every_right_answer_earns_everything(items):
    for name, item in items.items():
        if isinstance(item, Asked):
            assert item.judge(right_answer(item)).share == 1, name


def test_every_listed_mistake_is_recognised(items):
    for name, item in items.items():
        for near in item.question.fields.get("near", []) if isinstance(item, Asked) else ():
            verdict = item.judge(f"{near['value']:.3f}")
            assert verdict.misconception == near["misconception"], name
            assert verdict.share == near.get("share", 0)
            assert near["feedback"] in verdict.feedback
        for wrong in getattr(item, "near", ()):
            verdict = item.judge(wrong.function)
            assert (verdict.misconception, verdict.share) == (wrong.misconception, wrong.share)


def test_every_listed_mistake_has_a_case(items):
    cases = read_cases(ROOT / "exercises" / "marking" / "cases" / "ex04.toml")
    used = {str(answer) for case in cases for answer in case.answers.values()}
    for name, item in items.items():
        for near in item.question.fields.get("near", []) if isinstance(item, Asked) else ():
            assert f"mistake: {near['misconception']}" in used, name


def test_expected_values_follow_the_data(course, items):
    """Worked by hand from the table, without the marking file's own functions."""
    rows = cohort.read(course.root / "source" / EXERCISE / "cohort.csv").to_dict("records")
    group = [row for row in rows if row["ethnic_group"] == "Pakistani"]
    other = [row for row in rows if row["ethnic_group"] == "White British"]

    def fair(rows):
        weighted = sum(r["with_diabetes"] / r["people"] * r["all_people"] for r in rows)
        return 1000 * weighted / sum(r["all_people"] for r in rows)

    def part(rows, top, bottom):
        return sum(r[top] for r in rows) / sum(r[bottom] for r in rows)

    crude, crude_other = (part(g, "with_diabetes", "people") for g in (group, other))
    nine, nine_other = (part(g, "all_nine", "with_diabetes") for g in (group, other))
    due = sum(r["with_diabetes"] for r in group)
    worked = {
        "ex04.q2": 1000 * crude,
        "ex04.q3": crude / crude_other,
        "ex04.q4": fair(group),
        "ex04.q5": fair(group) / fair(other),
        "ex04.q6": 100 * (nine - nine_other),
        "ex04.q7": due * (nine_other - nine),
    }
    for name, value in worked.items():
        assert items[name].judge(round(value, 2)).share == 1, name


def test_the_bank_that_travels_holds_no_key(tmp_path):
    bank = ask.read(SOURCE / "questions.toml", keyed=False)
    assert not any(question.keyed for question in bank.values())
    spoilt = tmp_path / "questions.toml"
    text = (SOURCE / "questions.toml").read_text(encoding="utf-8")
    spoilt.write_text(text.replace('unit = "times"', 'unit = "times"\nvalue = 1.5'), "utf-8")
    with pytest.raises(ask.BankError, match="no part of the key"):
        ask.read(spoilt, keyed=False)


def test_the_leak_search_finds_what_it_should(items):
    terms = key_terms(items, numbers=True)
    value = items["ex04.q4"].question.fields["value"]
    feedback = items["ex04.q4"].question.fields["near"][0]["feedback"]
    for text in (f"= {value:.2f}", f"it is {value!r}", f"<{feedback}>", "### BEGIN SOLUTION"):
        assert leaked(text, terms), text
    assert leaked("answer_4 = ...", terms) == []


@pytest.mark.slow
def test_nothing_of_the_exercise_is_in_the_wheel(items, tmp_path):
    pytest.importorskip("hatchling")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    terms = [t for t in key_terms(items, numbers=True) if " " in t.pattern and len(t.pattern) > 40]
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = wheel.namelist()
        assert not [name for name in names if "exercises" in name or "ex04" in name]
        for name in names:
            if name.endswith((".py", ".toml", ".md", ".json")):
                assert leaked(wheel.read(name).decode("utf-8"), terms) == [], name


@pytest.mark.slow
def test_round_trip(capsys):
    pytest.importorskip("nbgrader")
    report = check(EXERCISE, course=ROOT / "exercises")
    assert report.ok, str(report)
    assert report.compared > 250
