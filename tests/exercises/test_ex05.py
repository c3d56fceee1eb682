"""ex05-asking-and-searching: fair for every class, marked as meant, and giving nothing away."""

import json
import shutil
from pathlib import Path

import pytest

from eeic import NOTICE, ask, evidence
from eeic.grading import Course, check, cohort
from eeic.grading.items import Asked
from eeic.grading.marks import grade_id
from eeic.grading.roundtrip import key_terms, leaked, read_cases, right_answer

ROOT = Path(__file__).parents[2]
EXERCISE = "ex05-asking-and-searching"
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
def notebook():
    return json.loads((SOURCE / f"{EXERCISE}.ipynb").read_text(encoding="utf-8"))


def test_points_add_up(course, items):
    points = course.points
    machine = sum(points[grade_id(name)] for name in items)
    assert (machine, sum(points.values())) == (20, 26)
    assert [grade_id(name) for name in items] == list(points)[:-1]


def test_every_item_has_its_outcome(course, items):
    marking = cohort.marking_module(course.root / "marking" / "ex05.py")
    assert set(marking.OUTCOMES) == {*items, "ex05.q11"}
    bank = ask.read(SOURCE / "questions.toml", keyed=False)
    for name, question in bank.items():
        assert question.fields["outcome"] == marking.OUTCOMES[name]
    assert set(marking.OUTCOMES.values()) == {"M5.1", "M5.2", "M5.3", "M5.4"}


def test_every_graded_cell_is_one_locked_line(notebook):
    for cell in notebook["cells"]:
        details = cell["metadata"].get("nbgrader", {})
        if details.get("grade") and cell["cell_type"] == "code":
            assert details["locked"] and not details["solution"]
            assert len(cell["source"]) == 1 and cell["source"][0].startswith('mark("ex05.q')
        assert not cell.get("outputs") and not cell.get("execution_count")


def test_the_notebook_runs_the_lines_that_are_marked(course, notebook):
    marking = cohort.marking_module(course.root / "marking" / "ex05.py")
    told = "".join("".join(cell["source"]) for cell in notebook["cells"])
    for line in (*marking.LINES.values(), marking.START, marking.REFERENCE):
        assert line.replace("\n", "") in told


def test_the_cohorts_library(course):
    path = course.root / "source" / EXERCISE / "cohort.csv"
    text = path.read_text(encoding="utf-8")
    assert text.splitlines()[0] == NOTICE and "seed" not in text
    table = cohort.read(path)
    assert len(table) == 400 and set(table["answers_the_question"]) == {"yes", "no"}
    assert len(text) < 700_000
    relevant = cohort.load(course.root, EXERCISE).truth["relevant"]
    assert set(relevant) <= set(table["record_id"]) and not leaked(text, [])


def test_the_same_seed_gives_the_same_library_and_another_another(course, tmp_path):
    def table(seed):
        root = tmp_path / str(seed)
        shutil.copytree(course.root, root)
        cohort.build(root, EXERCISE, seed)
        return (root / "source" / EXERCISE / "cohort.csv").read_bytes()

    mine = (course.root / "source" / EXERCISE / "cohort.csv").read_bytes()
    assert table(7) == mine != table(8)


def test_items_are_fair_and_right_answers_earn_everything(items):
    for name, item in items.items():
        assert item.faults() == [], name
        if isinstance(item, Asked):
            assert item.judge(right_answer(item)).share == 1, name


def test_expected_values_follow_the_data(course, items):
    """Worked by hand from the table, without the marking file's own functions."""
    table = cohort.read(course.root / "source" / EXERCISE / "cohort.csv")
    yes = table["answers_the_question"] == "yes"
    text = (
        table[["title", "abstract", "subject_terms", "keywords"]].fillna("").agg(" ".join, axis=1)
    )
    words = text.str.lower().str.findall(r"[a-z0-9]+")
    found = words.map(
        lambda w: (
            any(x.startswith("interpreter") for x in w) and any(x.startswith("trial") for x in w)
        )
    )
    assert items["ex05.q3"].judge(round(100 * (found & yes).sum() / yes.sum(), 1)).share == 1
    assert items["ex05.q4"].judge(round(100 * (found & yes).sum() / found.sum(), 1)).share == 1
    wide = words.map(
        lambda w: any(
            x.startswith(("interpret", "translat", "language")) or x == "multilingual" for x in w
        )
    )
    assert items["ex05.q5"].judge(round(wide.sum() / (wide & yes).sum(), 2)).share == 1


def test_a_line_is_judged_by_running_it(course, items):
    item = items["ex05.q8"]
    marking = cohort.marking_module(course.root / "marking" / "ex05.py")
    assert item.judge(marking.REFERENCE).share == 1
    assert item.judge(marking.START).share == 0
    everything = item.judge("diabet* OR education")
    assert (everything.share, everything.misconception) == (0.5, "too wide to read")
    assert 0 < item.judge('"group education" AND diabet*').share < 1
    assert item.judge('su:"Patient education"').misconception in ("subject terms only", "")
    for odd in (None, ..., "", "(", "#1", "au:x", 12, ["a"], "a" * 3000, object(), "tilte:x"):
        assert item.judge(odd).share == 0, odd


def test_no_answer_names_a_record(course, items):
    relevant = cohort.load(course.root, EXERCISE).truth["relevant"]
    for line in ("diabet*", "zzz", '"group education"'):
        said = items["ex05.q8"].judge(line).feedback
        assert not any(one in said for one in relevant)


def test_every_listed_mistake_is_recognised_and_has_a_case(items):
    cases = read_cases(ROOT / "exercises" / "marking" / "cases" / "ex05.toml")
    used = {str(answer) for case in cases for answer in case.answers.values()}
    for name, item in items.items():
        for near in item.question.fields.get("near", []) if isinstance(item, Asked) else ():
            verdict = item.judge(f"{near['value']:.3f}")
            assert verdict.misconception == near["misconception"], name
            assert verdict.share == near.get("share", 0)
            assert f"mistake: {near['misconception']}" in used, name


def test_nothing_of_the_key_is_in_the_library(course, items):
    text = (course.root / "source" / EXERCISE / "cohort.csv").read_text(encoding="utf-8")
    assert leaked(text, key_terms(items, numbers=True)) == []


def test_the_bank_that_travels_holds_no_key():
    bank = ask.read(SOURCE / "questions.toml", keyed=False)
    assert not any(question.keyed for question in bank.values())


def test_a_class_can_search_its_library(course):
    table = cohort.read(course.root / "source" / EXERCISE / "cohort.csv")
    library = evidence.Library(table.drop(columns="answers_the_question"))
    assert 0 < library.search("diabet*").count < len(table)


@pytest.mark.slow
def test_round_trip():
    pytest.importorskip("nbgrader")
    report = check(EXERCISE, course=ROOT / "exercises")
    assert report.ok, str(report)
    assert report.compared > 150
