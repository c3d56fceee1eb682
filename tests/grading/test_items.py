"""How items are judged; above all, what a learner's function may do."""

import pandas as pd
import pytest

from eeic.ask.bank import check
from eeic.grading import items
from eeic.grading.items import Asked, Function, NearFunction

SEEN = pd.DataFrame({"people": [100, 50], "events": [5, 10], "standard": [60, 40]})
UNSEEN = pd.DataFrame({"people": [80, 20, 10], "events": [1, 3, 2], "standard": [5, 6, 9]})


def standardised(table):
    return (table["events"] / table["people"] * table["standard"]).sum() / table["standard"].sum()


def crude(table):
    return table["events"].sum() / table["people"].sum()


ITEM = Function(
    standardised, (SEEN,), (UNSEEN,), (NearFunction("crude", crude, "That is crude.", 0.25),)
)


def test_right_function():
    assert ITEM.judge(standardised).share == 1


def test_printing_is_not_in_the_way(capsys):
    def chatty(table):
        print("working…")
        return standardised(table)

    assert ITEM.judge(chatty).share == 1
    assert capsys.readouterr().out == ""


def test_known_mistake_is_named():
    verdict = ITEM.judge(crude)
    assert (verdict.share, verdict.misconception) == (0.25, "crude")


def test_changing_the_table_does_not_reach_the_next_call():
    def spoils(table):
        result = standardised(table)
        table["events"] = 0
        return result

    assert ITEM.judge(spoils).share == 1


def test_fixed_to_one_table():
    verdict = ITEM.judge(lambda table: standardised(SEEN))
    assert (verdict.share, verdict.misconception) == (ITEM.seen_only, "fixed to one table")


def test_right_on_the_seen_and_raising_on_the_unseen_keeps_a_part():
    verdict = ITEM.judge(lambda t: standardised(t) if len(t) == 2 else 1 / 0)
    assert verdict.share == ITEM.seen_only
    assert "ZeroDivisionError" in verdict.feedback


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda t: None, "gives nothing back"),
        (lambda t: t["deaths"], "stopped with KeyError"),
        (lambda t: exit(), "stopped with SystemExit"),
        (lambda t: "a lot", "needs to be one number"),
        (lambda t: True, "needs to be one number"),
        (lambda t: t, "table with more than one value"),
        (lambda t: float("nan"), "not the one asked for"),
        (lambda: 1, "stopped with TypeError"),
    ],
)
def test_wrong_functions_get_a_sentence(function, says):
    verdict = ITEM.judge(function)
    assert verdict.share == 0
    assert says in verdict.feedback


def test_not_a_function():
    assert "no function here" in ITEM.judge(20).feedback


@pytest.mark.parametrize("swallow", [False, True])
def test_a_loop_that_never_ends_is_stopped(monkeypatch, swallow):
    monkeypatch.setattr(items, "TIME_LIMIT", 0.2)

    def endless(table):
        while True:
            if not swallow:
                continue
            try:
                while True:
                    pass
            except Exception:
                pass

    assert "loop that never ends" in ITEM.judge(endless).feedback


def test_a_mistake_that_gives_the_right_answer_is_a_fault():
    flat = pd.DataFrame({"people": [10, 10], "events": [1, 1], "standard": [5, 5]})
    assert Function(standardised, (flat,), (), ITEM.near).faults()
    assert not ITEM.faults()


def numeric(near):
    fields = {"id": "x.q1", "type": "numeric", "stem": "?", "value": 10.0, "tolerance": 0.1}
    return Asked(check({**fields, "near": near}, file="q.toml"))


def test_a_near_miss_inside_the_tolerance_is_a_fault():
    def near(value, name):
        return {"value": value, "misconception": name, "feedback": "No."}

    assert numeric([near(10.15, "close")]).faults()
    assert numeric([near(5.0, "a"), near(5.1, "b")]).faults()
    assert not numeric([near(5.0, "a"), near(6.0, "b")]).faults()


def test_recall_puts_choices_into_words():
    fields = {
        "id": "x.q2",
        "type": "choice",
        "stem": "Out of **whom**?",
        "options": [
            {"id": "a", "text": "All", "correct": True},
            {"id": "b", "text": "Some", "feedback": "No."},
        ],
    }
    asked = Asked(check(fields, file="q.toml"))
    assert asked.recall("b") == ["Out of whom?", "Your answer: Some"]
    assert asked.recall(None) == ["Out of whom?"]
    assert numeric([]).recall(3) == []
