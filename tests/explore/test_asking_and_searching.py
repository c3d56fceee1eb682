"""Lesson 5's numbers, worked out again in plain Python, and the story that its words tell."""

import re

import pytest

from eeic.explore import asking_and_searching as asking
from eeic.explore import sandbox


@pytest.fixture(scope="module")
def records():
    return sandbox.library().records


def answering(question):
    return set(sandbox.question(question)["relevant"])


def test_a_line_by_hand(records):
    text = (
        records[["title", "abstract", "subject_terms", "keywords"]].fillna("").agg(" ".join, axis=1)
    )
    words = text.str.lower().str.findall(r"\w+").map(" ".join)
    found = words.str.contains("gypsy roma and traveller communities") & words.str.contains(
        r"\btrial"
    )
    ids = set(records.loc[found, "record_id"])
    assert asking.found("Q6", "first") == len(ids)
    assert asking.hits("Q6", "first") == len(ids & answering("Q6"))
    assert asking.recall("Q6", "first") == 100 * len(ids & answering("Q6")) / len(answering("Q6"))
    assert asking.precision("Q6", "first") == 100 * len(ids & answering("Q6")) / len(ids)
    assert asking.needed_to_read("Q6", "first") == len(ids) / len(ids & answering("Q6"))


def test_sources_by_hand(records):
    for question in sandbox.IDEAS:
        rows = records[records["record_id"].isin(answering(question))]
        for source in sandbox.SOURCES:
            assert asking.in_source(question, source) == (rows["source"] == source).sum()
        assert asking.in_source(question, "elsewhere") == (rows["source"] != "journal").sum()


def test_the_story_holds():
    """What the lesson says in words; a new world must keep it."""
    assert asking.recall("Q6", "first") < 50
    for question in sandbox.IDEAS:
        assert asking.recall(question, "names") >= 90
        assert asking.recall(question, "first") < asking.recall(question, "names")
        assert asking.found(question, "wide") > 2 * asking.found(question, "names")
    assert asking.recall("Q3", "first") < 25, "the umbrella term loses most"
    assert 3 * asking.in_source("Q4", "journal") < asking.relevant("Q4")
    subjects = {
        row[0]: row[1:] for row in sandbox.look("Q1", asking.line("Q1", "subjects"))["sources"]
    }
    for source in ("thesis", "report", "community report", "registry"):
        assert subjects[source][0] == 0 < subjects[source][1], "nobody indexes these"
    # The table in the questions tells these apart, and near misses from the right value.
    assert asking.recall("Q1", "first") < 90 < asking.recall("Q1", "wide")
    assert abs(asking.recall("Q1", "subjects") - asking.precision("Q1", "subjects")) > 2
    assert asking.left_out() > 10


def test_the_words_add_up():
    table = asking.words_table()
    new = table["New, not found by the words above"]
    assert new.sum() == asking.hits("Q6", "names")
    assert (new <= table["Of these answer"]).all()
    assert (table["Of these answer"] <= table["It finds"]).all()
    assert (new.iloc[1:] > 0).any(), "another name finds what the official one loses"


def test_the_log_can_be_run_again():
    table = asking.log_table()
    log = []
    for row in table.itertuples(index=False):
        result = sandbox.look("Q6", row[1], log)
        log.append(row[1])
        assert (result["count"], result["hit"]) == (row[2], row[3])
    assert table["Found"].iloc[3] == asking.found("Q6", "names")


def test_a_frame_counts_each_study_once():
    chart = asking.sandbox_frame("Q1", "subjects")
    table = chart.table.set_index("Studies that answer")
    sources = table[table.index.str.startswith("In: ")]
    assert (
        sources["There are"].sum()
        == table.loc["All that answer", "There are"]
        == asking.relevant("Q1")
    )
    assert sources["Found"].sum() == asking.hits("Q1", "subjects")
    assert asking.line("Q1", "subjects") in chart.caption


def test_charts_are_drawn_in_both_layouts():
    for chart in (asking.places_chart(), asking.trade_chart(), asking.sandbox_frame("Q6", "first")):
        assert chart.svg("wide") and chart.svg("narrow")


def test_every_finding_has_a_number_and_no_forbidden_word():
    said = asking.findings()
    for sentence in said.values():
        assert re.search(r"\d", sentence) and "nan" not in sentence
        assert not re.search(r"\b(BAME|BME|non-White|hard to reach)\b", sentence)
    assert asking.finding("paper") == said["paper"]
    with pytest.raises(ValueError, match="no finding 'papers'; there are 'paper'"):
        asking.finding("papers")
