"""A bank that is wrong says where and why, in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from eeic import ask

GOOD = """
[[question]]
id = "q"
type = "choice"
stem = "Which {n}?"
numbers = { n = { call = "ask_stub:value" } }
options = [
  { id = "a", text = "This", correct = true },
  { id = "b", text = "That", feedback = "No.", misconception = "that for this" },
]
"""
NUMERIC = """
[[question]]
id = "q"
type = "numeric"
one_version = "It is a test."
stem = "How many?"
value = 3
tolerance = 0
"""
TABLE = """
[[question]]
id = "q"
type = "table"
stem = "Fill."
one_version = "It is a test."
caption = "Table"
columns = ["Name", "Twice"]
[[question.rows]]
id = "r"
label = "Two"
cells = [{ id = "c", ask = "number", value = 4, tolerance = 0 }]
"""
MARK = """
[[question]]
id = "q"
type = "mark"
stem = "Mark."
passage = "All is [a|good]."
spans = [{ id = "a", error = true }]
"""
ORDER = """
[[question]]
id = "q"
type = "order"
stem = "Order."
options = [{ id = "b", text = "B" }, { id = "a", text = "A" }]
right = ["a", "b"]
"""
MATCH = """
[[question]]
id = "q"
type = "match"
stem = "Match."
items = [{ id = "i", text = "I", right = "x" }, { id = "j", text = "J", right = "y" }]
choices = [{ id = "x", text = "X" }, { id = "y", text = "Y" }]
"""
CHART = """
[[question]]
id = "q"
type = "chart"
ask = "number"
stem = "Read it."
one_version = "The chart has one number."
chart = { call = "ask_stub:chart" }
value = 3
tolerance = 1
"""
VARY = """
[[question]]
id = "q"
type = "numeric"
stem = "Half of {whole} {what}?"
numbers = { whole = { call = "ask_stub:value", args = { of = "{size}" } } }
vary = [{ size = 8, what = "apples" }, { size = 20, what = "pears" }]
value = { call = "ask_stub:value", args = { of = "{size}" }, times = 0.5 }
tolerance = 0
"""


def load(text: str, **how):
    Path("bank.toml").write_text(text, encoding="utf-8")
    return ask.read("bank.toml", **how)


@pytest.mark.parametrize("text", [GOOD, NUMERIC, TABLE, MARK, ORDER, MATCH, CHART, VARY])
def test_a_good_bank_is_read(text):
    assert load(text)["q"].keyed


@pytest.mark.parametrize(
    ("text", "old", "new", "says"),
    [
        (GOOD, 'id = "q"', 'id = "No spaces"', "number 1 needs an id"),
        (GOOD, '"choice"', '"riddle"', "type: 'riddle' is not one of choice"),
        (GOOD, "stem =", "steam =", 'no field "steam"'),
        (GOOD, 'stem = "Which {n}?"', "", 'field "stem" is missing'),
        (GOOD, "{n}", "{m}", "stem: {m} is not in [question.numbers]"),
        (GOOD, "ask_stub:value", "no call", "call: it is \"module:function\", not 'no call'"),
        (GOOD, ", correct = true", "", "none of them are correct; exactly one must be"),
        (GOOD, 'feedback = "No.", ', "", "needs the feedback that answers it"),
        (GOOD, 'id = "b"', 'id = "a"', "two of them have the same id"),
        (GOOD, '"That"', '""', 'options "b", text: it is a text and not empty'),
        (GOOD, "correct = true", 'correct = "yes"', "correct: it is true or false"),
        (GOOD, "correct = true", "share = 2", "share: it is from 0 to below 1, not 2"),
        (GOOD, 'stem = "Which', 'predict = true\nstem = "Which', "no correct option"),
        (GOOD, "options = [", "hints = 3\noptions = [", "hints: it is a list"),
        (NUMERIC, "value = 3", 'value = "three"', "'three' is not one of none"),
        (NUMERIC, "value = 3", "", "value: it is missing"),
        (NUMERIC, "tolerance = 0", "tolerance = -1", "tolerance: it is a number from 0 up"),
        (
            NUMERIC,
            "tolerance = 0",
            "near = [{ value = 1 }]\ntolerance = 0",
            '"feedback" is missing',
        ),
        (TABLE, '"Twice"]', '"Twice", "Kind"]', "1 cells where the heading has 2"),
        (TABLE, '"number"', '"colour"', 'ask: it is "number" or "choice", not \'colour\''),
        (MARK, "[a|good]", "[b|good]", "they are a; the passage marks b"),
        (MARK, "error = true", "error = false", "none is an error"),
        (ORDER, '["a", "b"]', '["a"]', "it lists every option once"),
        (ORDER, '["a", "b"]', '["b", "a"]', "they stand in the right order already"),
        (MATCH, 'right = "y"', 'right = "z"', "'z' is not one of x, y"),
        (CHART, "chart = {", "#", "chart: it is missing"),
        (CHART, '"number"', '"drawing"', 'ask: it is "choice" or "number"'),
        (NUMERIC, 'one_version = "It is a test."', "", "give it versions with `vary`, or say"),
        (TABLE, 'one_version = "It is a test."', "", "give it versions with `vary`, or say"),
        (CHART, 'one_version = "The chart has one number."', "", "give it versions with `vary`"),
        (CHART, "one_version", "vary", 'it has no field "vary"'),
        (VARY, ', { size = 20, what = "pears" }', "", "vary: it needs at least 2, and has 1"),
        (VARY, 'size = 20, what = "pears"', "size = 20", 'version 2: the field "what" is missing'),
        (VARY, '20, what = "pears"', '8, what = "apples"', "version 2: it is the same as an"),
        (VARY, "size = 20", "size = true", "version 2, size: it is a text, a number or a list"),
        (VARY, "size = 20", "size = {}", "version 2, size: it is a text, a number or a list"),
        (
            VARY.replace("{what}", "{size}"),
            "size = 8",
            "size = [8]",
            "stem: {size} is not in [question.numbers]",
        ),
        (
            VARY,
            '"{size}" }, times',
            '"{sise}" }, times',
            "args.of: 'sise' is not one of size, what",
        ),
        (VARY, "value = {", "value = 4 #", "value: with `vary` it is called, not typed"),
        (VARY, "tolerance", 'one_version = "No."\ntolerance', "`vary` gives it several"),
        (VARY, "whole = {", "size = {", "`vary` sets something of the same name"),
        (VARY, "stem =", "predict = true\nstem =", "vary: a prediction has one version"),
        (GOOD, "[[question]]", "[[questions]]", "[[question]] tables and nothing else"),
        (GOOD, "stem = ", "stem ", "is not readable TOML"),
    ],
)
def test_what_is_wrong_is_said(text, old, new, says):
    assert old in text
    with pytest.raises(ask.BankError) as error:
        load(text.replace(old, new, 1))
    message = str(error.value)
    assert says in message
    assert message.startswith("bank.toml")
    assert "\n" not in message


def test_two_questions_of_one_id():
    with pytest.raises(ask.BankError, match='two questions have the id "q"'):
        load(GOOD + GOOD)


def test_a_bank_that_is_not_there():
    with pytest.raises(ask.BankError, match=r"gone\.toml: there is no such file"):
        ask.use("gone.toml")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD, "correct: this bank goes to learners"),
        (NUMERIC.replace("one_version", "#"), "value: this bank goes to learners"),
        (TABLE.replace("one_version", "#"), "value: this bank goes to learners"),
        (MARK, "error: this bank goes to learners"),
        (VARY, "vary: this bank goes to learners"),
        (ORDER, "right: this bank goes to learners"),
        (MATCH, "right: this bank goes to learners"),
        (GOOD.replace("options = [", 'explain = "So."\noptions = ['), "explain: this bank goes"),
    ],
)
def test_a_bank_for_learners_holds_no_key(text, says):
    with pytest.raises(ask.BankError, match=says):
        load(text, keyed=False)


def test_a_key_is_joined(known):
    asked = ask.question("ex99.choice")
    key = {
        "options": {"a": {"correct": True}, "b": {"feedback": "No.", "misconception": "m"}},
        "because": {"options": {"r": {"correct": True}, "s": {"feedback": "Hm."}}},
    }
    keyed = ask.with_key(asked, key)
    assert ask.judge(keyed, {"choice": "a", "because": "r"}).share == 1
    wrong = ask.judge(keyed, {"choice": "b", "because": "s"})
    assert (wrong.status, wrong.misconception) == ("not yet", "m")
    assert not asked.keyed


@pytest.mark.parametrize(
    ("name", "key", "answer"),
    [
        ("ex99.order", {"right": ["a", "b"]}, ["a", "b"]),
        ("ex99.number", {"value": {"call": "ask_stub:value"}, "tolerance": 0.1}, "12,5 people"),
        ("ex99.match", {"items": {"i": {"right": "y"}, "j": {"right": "x"}}}, {"i": "y", "j": "x"}),
        (
            "ex99.table",
            {"rows": {"two": {"cells": {"twice": {"value": 4, "tolerance": 0}}}}},
            "4",
        ),
        ("ex99.mark", {"spans": {"a": {"error": True}}}, ["a"]),
        ("ex99.multi", {"options": {"b": {"correct": True}}}, ["b"]),
    ],
)
def test_every_type_takes_its_key(known, name, key, answer):
    assert ask.judge(ask.with_key(ask.question(name), key), answer).status == "correct"


def test_a_key_that_does_not_fit(known):
    asked = ask.question("ex99.choice")
    with pytest.raises(ask.BankError, match='there is no "z" in the question'):
        ask.with_key(asked, {"options": {"z": {"correct": True}}})
    with pytest.raises(ask.BankError, match="it is for another id"):
        ask.with_key(asked, {"id": "ex99.order"})
    with pytest.raises(ask.BankError, match="none of them are correct"):
        ask.with_key(asked, {})


def test_an_unknown_question_says_what_to_do(known):
    with pytest.raises(ask.BankError, match=r'did you mean "ex99\.choice"'):
        ask.show("ex99.choise")
    with pytest.raises(ask.BankError, match=r"run the cell with ask\.use"):
        ask.answer("ex12.q1")
    with pytest.raises(ask.BankError, match=r"show it with ask\.show"):
        ask.answer("t.choice")


def test_numbers_that_cannot_be_worked_out():
    with pytest.raises(ask.NotComputable, match="not a number that can be shown"):
        ask.judge(load(GOOD.replace(":value", ":nothing"))["q"], "a")
    with pytest.raises(ask.NotComputable, match="a_package_that_nobody_has"):
        ask.judge(load(GOOD.replace(":value", ":absent"))["q"], "a")
    with pytest.raises(ask.BankError, match='ask_stub has no "gone" to call'):
        ask.judge(load(GOOD.replace(":value", ":gone"))["q"], "a")
    with pytest.raises(ask.BankError, match='no module "no_such_module" to call'):
        ask.judge(load(GOOD.replace("ask_stub:value", "no_such_module:value"))["q"], "a")
