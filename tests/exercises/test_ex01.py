"""ex01-whose-job-is-this: ten fresh decisions for every class, marked as meant."""

from collections import Counter

from every_exercise import EveryExercise, FreshForEveryClass

from eeic.explore import whose_job_is_this as job
from eeic.grading import cohort
from eeic.grading.items import Asked
from eeic.grading.roundtrip import right_answer

EXERCISE = "ex01-whose-job-is-this"


class TestExercise(FreshForEveryClass, EveryExercise):
    compared = 150


def test_no_code_is_asked_for(items):
    assert all(isinstance(item, Asked) for item in items.values())


def test_the_cohorts_cards(table, marking):
    assert list(table.columns) == ["card", "decision", "step", "what_happened"]
    kinds = Counter(card["kind"] for card in marking._kinds(table))
    assert kinds == {"law": 4, "policy": 3, "practice": 3}
    assert marking.unfit(cohort.Cohort(table, {})) == []


def test_decisions_are_fresh(marking):
    """The lesson's cards, answers and all, are in the package; none of them may be graded."""
    lesson = " ".join(card["text"] for card in job.cards())
    for card in marking.deck():
        assert card["decision"] not in lesson and card["step"] not in lesson
    assert len({card["step"] for card in marking.deck()}) == len(marking.deck()) == 18


def test_a_card_in_question_1_is_named_by_its_place(items, table, marking):
    right = right_answer(items["ex01.q1"])
    kinds = dict(zip(table["card"], marking._kinds(table), strict=True))
    assert right == {f"{letter.lower()}.kind": card["kind"] for letter, card in kinds.items()}


def test_counts_by_hand(items, table, marking):
    late = table["what_happened"].isin(["after the decision", "not done"])
    law = {card["step"] for card in marking.deck() if card["kind"] == "law"}
    assert items["ex01.q2"].judge(int(late.sum())).share == 1
    assert items["ex01.q3"].judge(int((late & table["step"].isin(law)).sum())).share == 1


def test_counts_that_coincide_are_refused(table, marking):
    all_late = table.assign(what_happened="not done")
    assert marking.unfit(cohort.Cohort(all_late, {}))


def test_nothing_that_travels_holds_the_key(source, cohort_file, marking):
    sent = "".join(p.read_text(encoding="utf-8") for p in source.iterdir() if p.suffix != ".csv")
    sent += cohort_file.read_text(encoding="utf-8")
    for card in marking.deck():
        assert card["because"] not in sent
