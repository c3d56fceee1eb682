"""ex01-whose-job-is-this: ten fresh decisions for every class, marked as meant."""

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from eeic import NOTICE, ask
from eeic.explore import whose_job_is_this as job
from eeic.grading import Course, check, cohort
from eeic.grading.items import Asked
from eeic.grading.marks import grade_id
from eeic.grading.roundtrip import read_cases, right_answer

ROOT = Path(__file__).parents[2]
EXERCISE = "ex01-whose-job-is-this"
SOURCE = ROOT / "exercises" / "source" / EXERCISE
MARKING = cohort.marking_module(ROOT / "exercises" / "marking" / "ex01.py")


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


@pytest.fixture(scope="module")
def table(course):
    return cohort.read(course.root / "source" / EXERCISE / "cohort.csv")


def test_points_add_up(course, items):
    points = course.points
    machine = sum(points[grade_id(name)] for name in items)
    assert (machine, sum(points.values())) == (20, 26)
    assert [grade_id(name) for name in items] == list(points)[:-1]


def test_every_item_names_its_outcome(items):
    assert set(MARKING.OUTCOMES) == {*items, "ex01.q9"}
    assert set(MARKING.OUTCOMES.values()) == {"M1.1", "M1.2", "M1.3", "M1.4"}
    bank = ask.read(SOURCE / "questions.toml", keyed=False)
    assert {n: q.fields["outcome"] for n, q in bank.items()} == {
        n: MARKING.OUTCOMES[n] for n in bank
    }


def test_no_code_is_asked_for(items):
    assert all(isinstance(item, Asked) for item in items.values())


def test_every_graded_cell_is_one_locked_line():
    notebook = json.loads((SOURCE / f"{EXERCISE}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        details = cell["metadata"].get("nbgrader", {})
        assert not cell.get("outputs") and "tags" not in cell["metadata"]
        if details.get("grade") and cell["cell_type"] == "code":
            assert details["locked"] and len(cell["source"]) == 1


def test_the_cohorts_cards(course, table):
    path = course.root / "source" / EXERCISE / "cohort.csv"
    assert path.read_text(encoding="utf-8").splitlines()[0] == NOTICE
    assert list(table.columns) == ["card", "decision", "step", "what_happened"]
    kinds = Counter(card["kind"] for card in MARKING._kinds(table))
    assert kinds == {"law": 4, "policy": 3, "practice": 3}
    assert MARKING.unfit(cohort.Cohort(table, {})) == []


def test_decisions_are_fresh():
    """The lesson's cards, answers and all, are in the package; none of them may be graded."""
    lesson = " ".join(card["text"] for card in job.cards())
    for card in MARKING.deck():
        assert card["decision"] not in lesson and card["step"] not in lesson
    assert len({card["step"] for card in MARKING.deck()}) == len(MARKING.deck()) == 18


def test_classes_differ(course, tmp_path):
    mine = (course.root / "source" / EXERCISE / "cohort.csv").read_bytes()
    for seed, same in ((7, True), (8, False)):
        root = tmp_path / str(seed)
        shutil.copytree(course.root, root)
        cohort.build(root, EXERCISE, seed)
        made = (root / "source" / EXERCISE / "cohort.csv").read_bytes()
        assert (made == mine) is same


def test_a_card_in_question_1_is_named_by_its_place(items, table):
    right = right_answer(items["ex01.q1"])
    kinds = dict(zip(table["card"], MARKING._kinds(table), strict=True))
    assert right == {f"{letter.lower()}.kind": card["kind"] for letter, card in kinds.items()}


def test_counts_by_hand(items, table):
    late = table["what_happened"].isin(["after the decision", "not done"])
    law = {card["step"] for card in MARKING.deck() if card["kind"] == "law"}
    assert items["ex01.q2"].judge(int(late.sum())).share == 1
    assert items["ex01.q3"].judge(int((late & table["step"].isin(law)).sum())).share == 1


def test_items_are_fair(items):
    assert {name: item.faults() for name, item in items.items() if item.faults()} == {}
    for name, item in items.items():
        assert item.judge(right_answer(item)).share == 1, name


def test_counts_that_coincide_are_refused(table):
    all_late = table.assign(what_happened="not done")
    assert MARKING.unfit(cohort.Cohort(all_late, {}))


def test_every_listed_mistake_has_a_case(items):
    cases = read_cases(ROOT / "exercises" / "marking" / "cases" / "ex01.toml")
    used = {str(answer) for case in cases for answer in case.answers.values()}
    for name, item in items.items():
        for near in item.question.fields.get("near", []):
            assert f"mistake: {near['misconception']}" in used, name


def test_nothing_that_travels_holds_the_key(course):
    sent = "".join(p.read_text(encoding="utf-8") for p in SOURCE.iterdir() if p.suffix != ".csv")
    sent += (course.root / "source" / EXERCISE / "cohort.csv").read_text(encoding="utf-8")
    for card in MARKING.deck():
        assert card["because"] not in sent


@pytest.mark.slow
def test_round_trip():
    pytest.importorskip("nbgrader")
    report = check(EXERCISE, course=ROOT / "exercises")
    assert report.ok, str(report)
    assert report.compared > 150
