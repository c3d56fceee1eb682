"""What an answer comes to, type by type."""

from __future__ import annotations

import pytest

from eeic import ask

CASES = [
    # question, answer, status, share, misconception, a piece of the feedback
    ("t.choice", {"choice": "b", "because": "r"}, "correct", 1, None, "Yes, the middle."),
    ("t.choice", {"choice": "a", "because": "w"}, "not yet", 0, "first taken for best", "last"),
    ("t.choice", {"choice": "b", "because": "w"}, "partly", 0.5, "order read backwards", "not the"),
    ("t.choice", {"choice": "c", "because": "w"}, "partly", 0.25, "order read backwards", "Half"),
    ("t.choice", {"choice": "b"}, "partly", 0.5, None, "Not answered yet: “the reason”."),
    ("t.choice", {"choice": "zzz"}, "not tried", 0, None, "Choose an answer first."),
    ("t.choice", "b", "not tried", 0, None, "Choose an answer first."),
    ("t.multi", ["two", "four"], "correct", 1, None, "All of them, and nothing else."),
    ("t.multi", ["two"], "partly", 0.5, None, "There is one beyond three."),
    ("t.multi", ["four"], "partly", 0.5, None, "There is more to find."),
    ("t.multi", ["two", "three", "four"], "partly", 0.5, "odd taken for even", "Three is odd."),
    ("t.multi", ["three"], "not yet", 0, "odd taken for even", "Three is odd."),
    ("t.multi", [], "not tried", 0, None, "Choose at least one first."),
    ("t.order", ["one", "two", "three"], "correct", 1, None, "That is right."),
    ("t.order", ["three", "two", "one"], "not yet", 0, "largest first", "Three stands before"),
    ("t.order", ["two", "one", "three"], "partly", 0.5, None, "Part of this is right."),
    ("t.order", ["one", "two"], "not tried", 0, None, "Put the steps in order first."),
    ("t.match", {"one": "d1", "two": "d2"}, "correct", 1, None, "That is right."),
    ("t.match", {"one": "d1", "two": "d1"}, "partly", 0.5, "off by one", "1 of 2 are right."),
    ("t.match", {"one": "d3", "two": "d2"}, "partly", 0.5, None, "Look again at: “One”."),
    ("t.match", {"two": "d2"}, "partly", 0.5, None, "Not answered yet: “One”."),
    ("t.match", {}, "not tried", 0, None, "Fill in at least one first."),
    ("t.numeric", "12.5", "correct", 1, None, "That is right."),
    ("t.numeric", 12.45, "correct", 1, None, "That is right."),
    ("t.numeric", "12,5 per 1,000", "correct", 1, None, "That is right."),
    ("t.numeric", "12.4", "not yet", 0, None, "Try another way."),
    ("t.numeric", 25, "partly", 0.5, "halved once", "That is a half."),
    ("t.numeric", "12.5%", "not tried", 0, None, "Type one number, in per 1,000"),
    ("t.numeric", "a lot", "not tried", 0, None, "Type one number"),
    ("t.numeric", "  ", "not tried", 0, None, "Type a number first."),
    (
        "t.table",
        {"three.twice": "6 %", "three.kind": "odd", "four.twice": "8"},
        "correct",
        1,
        None,
        "That is right.",
    ),
    (
        "t.table",
        {"three.twice": "9", "three.kind": "odd", "four.twice": "x"},
        "partly",
        1 / 3,
        "squared",
        "“Three: Twice”: That is the square.",
    ),
    ("t.mark", ["two", "three"], "correct", 1, None, "That is right."),
    ("t.mark", ["one", "three"], "not yet", 0, "odd taken for even", "Look at two again."),
    ("t.chart", "left", "correct", 1, None, "That is right."),
    ("t.predict", "up", "noted", 0, None, "You expect a rise. Look."),
    ("t.predict-number", "10", "noted", 0, None, "About ten.\nNow look."),
    ("t.predict-number", "99", "noted", 0, None, "Now look."),
]


@pytest.mark.parametrize(("name", "answer", "status", "share", "slip", "said"), CASES)
def test_an_answer_is_judged(bank, name, answer, status, share, slip, said):
    outcome = ask.judge(bank[name], answer)
    assert (outcome.status, outcome.misconception) == (status, slip)
    assert outcome.share == pytest.approx(share)
    assert said in outcome.feedback


@pytest.mark.parametrize("answer", [None, "", [], {}, 0, True, [[1]], {"a": {"b": 1}}, ["x", None]])
def test_no_answer_raises(bank, answer):
    for question in bank.values():
        outcome = ask.judge(question, answer)
        assert 0 <= outcome.share <= 1
        assert outcome.feedback


def test_shares_of_the_parts_are_given(bank):
    given = {"three.twice": "9", "three.kind": "odd", "four.twice": "8"}
    parts = ask.judge(bank["t.table"], given).parts
    assert parts == {"three.twice": 0, "three.kind": 1, "four.twice": 1}


def test_a_question_without_its_key_is_not_judged(known):
    with pytest.raises(ValueError, match=r"join them with ask\.with_key first"):
        ask.judge(ask.question("ex99.choice"), {"choice": "a"})


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("12.5", "", 12.5),
        ("12,5", "", 12.5),
        ("1,250", "", 1250),
        ("1 250", "", 1250),
        ("1.250,5", "", 1250.5),
        ("0,125", "", 0.125),
        ("1,250.75", "", 1250.75),
        ("12,34,56", "", None),
        ("1.2.3", "", None),
        (".5", "", 0.5),
        ("5.", "", 5),
        ("−3", "", -3),
        ("+3", "", 3),
        ("£1,000", "", 1000),
        ("-£5", "", -5),
        ("45%", "%", 45),
        ("45 per cent", "%", 45),
        ("45 %", "people", None),
        ("45 People", "people", 45),
        ("3 per 1000", "per 1,000", 3),
        ("٣٫٥", "", 3.5),
        ("१२", "", 12),
        ("１２", "", 12),
        ("1e5", "", None),
        ("inf", "", None),
        ("", "", None),
        ("9" * 61, "", None),
        (float("nan"), "", None),
        (10**400, "", None),
        (True, "", None),
        (7, "", 7),
    ],
)
def test_numbers_are_read_as_people_write_them(text, unit, number):
    assert ask.parse_number(text, unit) == number
