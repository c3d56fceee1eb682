"""The lessons' banks: every outcome asked twice, and stories that the data bear out."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from eeic import ask
from eeic.ask import versions

pytest.importorskip("pandas")

BANNED = re.compile(
    r"\b(BAME|BME|non-White|hard to reach|the Asian community|simply|just|obviously)\b"
)
#: A word may be quoted to say that it is better avoided, as in the lesson on words.
QUOTED = re.compile("“[^”]*”")


@pytest.fixture(scope="module")
def numbers():
    from eeic.explore import seeing_the_gap

    return seeing_the_gap


def texts(thing):
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, dict):
        for inner in thing.values():
            yield from texts(inner)
    elif isinstance(thing, list):
        for inner in thing:
            yield from texts(inner)


def test_lesson_4_asks_every_outcome_in_every_way():
    asked = [ask.question(name) for name in ask.ids("04")]
    assert len(asked) >= 10
    outcomes = Counter(question.fields["outcome"] for question in asked if not question.predict)
    assert set(outcomes) == {"M4.1", "M4.2", "M4.3", "M4.4"}
    assert min(outcomes.values()) >= 2
    assert {question.type for question in asked} == {
        *("choice", "multi", "order", "match", "numeric", "table", "mark", "chart")
    }
    assert sum(question.predict for question in asked) == 2
    assert any("because" in question.fields for question in asked)


@pytest.mark.parametrize("name", ask.ids())
def test_a_lesson_question_is_whole(name):
    question = ask.question(name)
    said = list(texts(dict(question.fields)))
    assert not [words for words in said if BANNED.search(QUOTED.sub("", words))]
    if not question.predict:
        assert question.fields["hints"]
        assert question.fields["explain"]


@pytest.mark.parametrize("name", ask.ids())
def test_the_right_answer_is_right_and_every_slip_is_met(name):
    sheet = ask.compile_sheet(ask.question(name), figure=False)
    if not sheet["predict"]:
        for version in versions.every(sheet):
            the_right_answer_is_right(version)


def the_right_answer_is_right(sheet):
    right = {}
    for part in sheet["parts"]:
        key = part["key"]
        if part["kind"] == "one":
            right[part["name"]] = next(i for i, k in key.items() if k["share"] == 1)
        elif part["kind"] == "set":
            right[part["name"]] = [i for i, k in key.items() if k["right"]]
        elif part["kind"] == "order":
            right[part["name"]] = key["right"]
        else:
            right[part["name"]] = (key["low"] + key["high"]) / 2
            for near in key["near"]:
                middle = (near["low"] + near["high"]) / 2
                assert not key["low"] <= middle <= key["high"], "a slip that counts as right"
    answer = right if len(right) > 1 else next(iter(right.values()))
    assert ask.judge(sheet, answer).status == "correct"


@pytest.mark.parametrize("lesson", sorted({name[:2] for name in ask.ids()} - {"00"}))
def test_a_lesson_has_numbers_to_try_again_with(lesson):
    """Each lesson asks for numbers at least twice, in four versions or more that differ."""
    varied = [q for q in map(ask.question, ask.ids(lesson)) if "vary" in q.fields]
    assert len(varied) >= 2
    for question in varied:
        rights = []
        for sheet in versions.every(ask.compile_sheet(question, figure=False)):
            keys = [part["key"] for part in sheet["parts"] if part["kind"] == "number"]
            assert any(key["near"] for key in keys), question.id
            assert not re.search(r"\{\w+\}", str([sheet[n] for n in ("stem", "hints", "explain")]))
            rights.append([round(key["low"] + key["high"], 6) for key in keys])
        assert len(rights) >= 4
        assert all(rights.count(one) == 1 for one in rights), "two versions with one answer"


def test_no_number_of_lesson_4_is_typed_by_hand():
    for name in ask.ids("04"):
        fields = ask.question(name).fields
        if fields["type"] == "numeric" and not fields.get("predict"):
            assert not isinstance(fields["value"], int | float)


def test_the_words_rest_on_the_data(numbers):
    """What the questions say about directions holds in the world they are asked of."""
    ages = {g: numbers.median_age(g) for g in ("Pakistani", "Black African", "White Irish")}
    age = numbers.median_age("White British")
    assert ages["Pakistani"] < age and ages["Black African"] < age < ages["White Irish"]
    crude = numbers.prevalence_ratio("Pakistani", "White British", standardised=False)
    assert 0.8 < crude < 1.25, "the briefing note calls the crude figures close"
    fair = numbers.prevalence_ratio("Pakistani", "White British")
    assert fair > 1.3 and round(fair, 1) != round(crude, 1)
    for group in ("Pakistani", "Black African"):
        assert numbers.standardised_prevalence(group) > numbers.crude_prevalence(group)
    irish = "White Irish"
    assert numbers.standardised_prevalence(irish) < numbers.crude_prevalence(irish)
    assert numbers.excess("Pakistani", "White British") > 5
    eye = numbers.three_services().table["Eyes checked, %"].dropna()
    wide = numbers.three_services().table["Diagnosed diabetes, %"].dropna()
    assert eye.max() / eye.min() < wide.max() / wide.min(), "the eye check differs least"
    assert "no gap to close" in numbers.three_services().finding
