"""What holds of every exercise; a test file in `tests/exercises` adds what is its own."""

import shutil
from pathlib import Path

import pytest

from eeic import NOTICE, ask
from eeic.grading import check, cohort
from eeic.grading.items import Asked, Function
from eeic.grading.marks import grade_id
from eeic.grading.roundtrip import read_cases, right_answer

EXERCISES = Path(__file__).parents[1] / "exercises"


class EveryExercise:
    """Fair for every class, marked as meant, and giving nothing away."""

    #: The points that a machine gives; six more are given by rubric.
    machine = 20
    #: What the round trip compares at least.
    compared = 0

    def test_points_add_up_and_passing_needs_no_code(self, course, items):
        points = course.points
        assert sum(points[grade_id(name)] for name in items) == self.machine
        assert sum(points.values()) == self.machine + 6
        assert [grade_id(name) for name in items] == list(points)[:-1]
        code = [name for name, item in items.items() if isinstance(item, Function)]
        assert self.machine - sum(points[grade_id(name)] for name in code) >= 0.8 * 20 or not code

    def test_every_item_names_its_outcome(self, exercise, source, course, marking):
        outcomes = {
            name: (codes,) if isinstance(codes, str) else codes
            for name, codes in marking.OUTCOMES.items()
        }
        assert {grade_id(name) for name in outcomes} == set(course.points)
        lesson = f"M{int(exercise[2:4])}"
        assert set().union(*outcomes.values()) == {f"{lesson}.{n}" for n in (1, 2, 3, 4)}
        for name, question in ask.read(source / "questions.toml", keyed=False).items():
            assert question.fields["outcome"] in outcomes[name]

    def test_the_source_is_clean_and_every_graded_cell_one_locked_line(
        self, exercise, source, notebook
    ):
        assert not (source / "answers.json").exists()
        for cell in notebook["cells"]:
            assert not cell.get("outputs") and not cell.get("execution_count")
            assert "tags" not in cell["metadata"]
            details = cell["metadata"].get("nbgrader", {})
            if details.get("grade") and cell["cell_type"] == "code":
                assert details["locked"] and not details["solution"]
                assert len(cell["source"]) == 1
                assert cell["source"][0].startswith(f'mark("{exercise[:4]}.q')

    def test_the_table_opens_with_the_notice_and_nothing_holds_the_seed(self, cohort_file):
        assert cohort_file.read_text(encoding="utf-8").splitlines()[0] == NOTICE
        for path in cohort_file.parent.iterdir():
            assert "seed" not in path.read_text(encoding="utf-8")

    def test_items_are_fair_and_right_answers_earn_everything(self, items):
        assert {name: item.faults() for name, item in items.items() if item.faults()} == {}
        for name, item in items.items():
            if isinstance(item, Asked):
                assert item.judge(right_answer(item)).share == 1, name

    def test_every_listed_mistake_is_recognised_and_has_a_case(self, exercise, items):
        cases = read_cases(EXERCISES / "marking" / "cases" / f"{exercise[:4]}.toml")
        used = {str(answer) for case in cases for answer in case.answers.values()}
        for name, item in items.items():
            for near in item.question.fields.get("near", []) if isinstance(item, Asked) else ():
                verdict = item.judge(f"{near['value']:.3f}")
                assert verdict.misconception == near["misconception"], name
                assert verdict.share == near.get("share", 0)
                assert near["feedback"] in verdict.feedback
                assert f"mistake: {near['misconception']}" in used, name
            for wrong in getattr(item, "near", ()):
                verdict = item.judge(wrong.function)
                assert (verdict.misconception, verdict.share) == (wrong.misconception, wrong.share)

    def test_the_bank_that_travels_holds_no_key(self, source):
        bank = ask.read(source / "questions.toml", keyed=False)
        assert not any(question.keyed for question in bank.values())

    @pytest.mark.slow
    def test_round_trip(self, exercise):
        pytest.importorskip("nbgrader")
        report = check(exercise, course=EXERCISES)
        assert report.ok, str(report)
        assert report.compared > self.compared


class FreshForEveryClass:
    """The same seed gives the same class, and another seed another."""

    def test_classes_differ(self, course, exercise, cohort_file, tmp_path):
        mine = cohort_file.read_bytes()
        for seed, same in ((7, True), (8, False)):
            root = tmp_path / str(seed)
            shutil.copytree(course.root, root)
            cohort.build(root, exercise, seed)
            made = (root / "source" / exercise / "cohort.csv").read_bytes()
            assert (made == mine) is same


def worked_by_hand(items, worked):
    """Hold values worked out from the table against what the marking expects."""
    for name, value in worked.items():
        assert items[name].judge(round(value, 2)).share == 1, name
