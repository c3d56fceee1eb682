import pandas as pd
import pytest

from eeic.ask import evaluation
from eeic.ask.evaluation import AnswersError, columns, read, summary


def answers(people: int, items: int = 1, **others: str) -> pd.DataFrame:
    """Make a table in which everyone answers 2 before, 4 after and A, but for `others`."""
    row = {
        name: "A" if name.startswith("knows") else "4" if name.startswith("after") else "2"
        for name in columns(items)
    }
    table = pd.DataFrame([row | {"pair": str(number)} for number in range(people)])
    for name, value in others.items():
        table.loc[0, name] = value
    return table


def test_what_fewer_than_ten_people_say_is_not_shown():
    few = summary(answers(9), ["A"])
    for table in few.values():
        shown = table.drop(columns=["I can …", "compared", "question"], errors="ignore")
        assert (shown == evaluation.WITHHELD).all(axis=None)
    many = summary(answers(10), ["A"])
    assert many["confidence"].loc[0, ["people", "median first", "median after"]].tolist() == [
        "10",
        "2",
        "4",
    ]


def test_a_small_count_is_hidden_with_another_that_would_give_it_away():
    one_lower = summary(answers(30, after_1="1"), ["A"])["confidence"].iloc[0]
    assert one_lower[["higher", "lower"]].tolist() == ["withheld", "withheld"]
    assert one_lower["people"] == "30"


def test_only_people_who_answered_both_times_are_compared():
    left_out = summary(answers(11, before_1=""), ["A"])["confidence"]
    assert left_out["people"].tolist()[:3] == ["10", "11", "11"]


def test_right_answers_are_counted_before_and_after():
    table = answers(40)
    table.loc[:19, "knows_before_1"] = "B"
    known = summary(table, ["A"])["knowledge"].iloc[0]
    assert known[["people", "right before", "right after"]].tolist() == ["40", "20", "40"]


def test_an_empty_table_and_rows_left_empty_are_no_fault(tmp_path):
    (tmp_path / "a.csv").write_text(",".join(columns(1)) + "\n" + "," * (len(columns(1)) - 1))
    assert len(read(tmp_path / "a.csv")) == 0
    assert summary(read(tmp_path / "a.csv"), ["A"])["session"]["median"][0] == evaluation.WITHHELD


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.assign(name="Jo"), "has a column name, which is not asked for: take it out"),
        (lambda t: t.drop(columns="after_2"), "has no column after_2"),
        (lambda t: t.assign(pair="7"), "pair 7 stands in two rows"),
        (lambda t: t.assign(before_1="6"), "line 2: before_1 is “6”; the sheet offers 1 to 5"),
        (lambda t: t.assign(knows_after_1="4"), "knows_after_1 is “4”; the sheet offers letters"),
    ],
)
def test_what_the_sheets_do_not_offer_is_refused(tmp_path, change, says):
    change(answers(2)).to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(AnswersError, match=says):
        read(tmp_path / "a.csv")


def test_a_missing_table_and_a_wrong_number_of_letters_are_said(tmp_path):
    with pytest.raises(AnswersError, match="no such file"):
        read(tmp_path / "none.csv")
    with pytest.raises(AnswersError, match="1 knowledge items and 2 right letters"):
        summary(answers(10), ["A", "B"])


def test_the_same_words_are_asked_at_all_three_times():
    asked = evaluation.content()
    assert len(asked.confidence) == len(set(asked.confidence)) == 5
    assert set(evaluation.TIMES) < set(asked.leads)
    assert "ethnic group" in asked.about, "the sheet says that it does not ask for it"
    assert not [item for item in asked.session if "ethnic" in item]


def test_knowledge_items_come_from_the_lessons_in_turn_and_can_be_asked_on_paper():
    items = evaluation.knowledge(["00", "01"])
    assert [item["id"][:2] for item in items] == ["00", "01", "00", "01"]
    for item in items:
        assert item["right"] in "ABCDEFG"[: len(item["options"])]
