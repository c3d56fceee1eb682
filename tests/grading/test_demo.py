"""The demo class: varied, broken as meant, and what it says of itself is so."""

import json
import shutil
import types
from collections import Counter

import pytest

pytest.importorskip("nbgrader")

from eeic.grading import Course, CourseFault, cohort, demo
from eeic.grading.handed_in import preflight
from eeic.grading.invented import find
from eeic.grading.items import Asked
from eeic.grading.marks import grade_id

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def truth(demo_class):
    return json.loads((demo_class.root / demo.TRUTH).read_text(encoding="utf-8"))


def notebook_of(course, name, under="submitted"):
    (path,) = (course.root / under / name / course.exercise).glob("*.ipynb")
    return json.loads(path.read_text(encoding="utf-8-sig"))


def test_each_answer_is_what_the_truth_says(demo_class, truth):
    """Judged by the exercise itself: right, its named mistakes, others and blanks."""
    items = cohort.items(demo_class.root, demo_class.exercise)
    table = cohort.read(demo_class.notebook.parent / "cohort.csv")
    seen = Counter()
    for person in truth["submitted"]:
        if person["fault"] in ("cut short", "damage answers"):
            continue
        notebook = notebook_of(demo_class, person["name"])
        folder = demo_class.root / "submitted" / person["name"] / demo_class.exercise
        controls = json.loads((folder / "answers.json").read_text("utf-8"))["answers"]
        for name, outcome in person["outcomes"].items():
            cell = find(notebook, f"{grade_id(name)}-answer")
            if cell is None:
                given = controls.get(name, {}).get("answer")
            else:
                names = {"table": table.copy()}
                exec("".join(cell["source"]), names)
                given = names.get(f"answer_{name.rpartition('q')[2]}")
                if not isinstance(items[name], Asked):
                    given = names["standardised_rate"]
                    assert isinstance(given, types.FunctionType)
            verdict = items[name].judge(given)
            if outcome == "blank":
                assert verdict.misconception in ("no answer", "nothing returned"), name
            elif outcome == "right":
                assert verdict.share == 1, (person["name"], name)
            else:
                assert verdict.share < 1
                assert verdict.misconception == ("" if outcome == "other" else outcome), name
            seen[outcome] += 1
    assert seen["right"] > 50 and seen["blank"] > 5 and seen["other"] > 3
    assert len(seen) > 10


def test_the_broken_files_are_broken_as_meant(demo_class, truth):
    faults = {person["fault"]: person["name"] for person in truth["submitted"] if person["fault"]}
    source = demo_class.released / demo_class.notebook.name
    said = {
        kind: preflight(
            demo_class.root / "submitted" / name / demo_class.exercise / source.name, source
        )
        for kind, name in faults.items()
    }
    assert "is damaged at line" in said["cut short"][0]
    assert "was missing" in said["delete"][0]
    assert "had been changed" in said["edit"][0]
    assert "was handed in as" in said["rename"][0]
    assert said["byte-order mark"] == said["loop"] == said["damage answers"] == []
    cells = notebook_of(demo_class, faults["loop"])["cells"]
    (loop,) = (cell["source"] for cell in cells if "while guess" in cell["source"])
    assert "break" in loop  # harmless where nothing stops it


def test_a_near_copy_is_near_and_not_the_same(demo_class, truth):
    (copier,) = (person for person in truth["submitted"] if person["copied_from"])
    one, other = (notebook_of(demo_class, name) for name in (copier["name"], copier["copied_from"]))
    assert one != other
    assert find(one, "ex04-q7-answer") == find(other, "ex04-q7-answer")


def test_no_two_others_wrote_the_same(demo_class, truth):
    texts = Counter(
        find(notebook_of(demo_class, person["name"]), "ex04-q12")["source"]
        for person in truth["submitted"]
        if person["levels"]["ex04-q12"] and person["fault"] not in ("cut short", "delete")
    )
    assert len(texts) > 8 and max(texts.values()) == 1
    assert not any("$" in text for text in texts)


def test_some_come_late_and_some_again(demo_class, truth):
    later = {person["name"] for person in truth[demo.LATER]}
    first = {person["name"] for person in truth["submitted"]}
    assert len(later & first) == 3 and len(later - first) == 1
    with demo_class.gradebook() as gradebook:
        assert gradebook.find_assignment(demo_class.exercise).duedate == demo.DUE
    stamp = demo_class.root / demo.LATER / "learner-17" / demo_class.exercise / "timestamp.txt"
    assert stamp.read_text("utf-8").startswith("2026-10-1")


def test_the_same_seed_makes_the_same_files(demo_class, truth, tmp_path):
    """The learners are made again in a copy of the released course, byte for byte."""
    root = tmp_path / "again"
    handed_in = shutil.ignore_patterns("submitted", demo.LATER)
    shutil.copytree(demo_class.root, root, ignore=handed_in)
    demo._Class(Course(root, demo_class.exercise), 16, demo.SEED).hand_in()
    for folder in ("submitted", demo.LATER, "private"):
        before = contents(demo_class.root / folder)
        assert contents(root / folder) == before and before


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}


def test_a_folder_that_is_there_is_left_alone(tmp_path):
    with pytest.raises(CourseFault, match="already there"):
        demo.build(tmp_path)
    with pytest.raises(CourseFault, match="one learner or more"):
        demo.build(tmp_path / "new", learners=0)
    assert not (tmp_path / "new").exists()


def test_the_next_steps_name_the_course(demo_class):
    said = demo.next_steps(demo_class)
    for command in ("autograde", "feedback", "report", "export", "collect"):
        assert f"eeic grade {command}" in said
    assert str(demo_class.root) in said and "16 invented learners" in said
