"""A search finds what its line means, says what is wrong with a line, and knows what it lost."""

import sqlite3

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeic.evidence import (
    History,
    Library,
    QueryError,
    SearchUnavailable,
    appraise,
    lost_groups,
    parse,
    question,
    questions,
    score,
    screen,
    search,
)
from eeic.evidence.query import And, Not, Or, Text, Years, mixed
from eeic.world.build import recipe
from eeic.world.library import make

RECORDS = pd.DataFrame(
    {
        "record_id": ["R1", "R2", "R3", "R4", "R5"],
        "title": [
            "Text reminders in diabetes care",
            "Professional interpreters",
            "Diabetic eye checks: a cohort",
            "Co-designed letters for Roma families",
            "Diabète et interprètes",
        ],
        "abstract": [
            "Language support was offered. SMS prompts.",
            "Care of people with diabetes and support in any language.",
            "A review of letters",
            "Travellers said what they think; text in letters",
            "",
        ],
        "subject_terms": ["Text messaging", "Professional interpreters", None, "Roma group", ""],
        "keywords": ["SMS", "", "BME groups", "", ""],
        "authors": ["Author 0017", "Author 0018; Author 0019", "Author 0017", "", ""],
        "year": [2019, 2024, 2031, 2033, 2036],
    }
)


@pytest.fixture(scope="module")
def library():
    return make(recipe("register"))


@pytest.fixture(scope="module")
def indexed(library):
    return Library(library.records)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("diabetes", "R1 R2"),
        ("diabet*", "R1 R2 R3 R5"),
        ("DIABETES", "R1 R2"),
        ('"language support"', "R1"),
        ("language support", "R1 R2"),
        ("language AND support", "R1 R2"),
        ("sms OR roma", "R1 R4"),
        ("diabet* NOT ti:diabet*", "R2"),
        ("NOT diabet*", "R4"),
        ("letters AND NOT roma", "R3"),
        ("ti:letters", "R4"),
        ("title:letters", "R4"),
        ("ab:(letters OR sms)", "R1 R3 R4"),
        ("su:text", "R1"),
        ('exp:"Reminder systems"', "R1"),
        ('exp:"Gypsy, Roma and Traveller communities"', "R4"),
        ('au:"author 0017"', "R1 R3"),
        ("kw:bme", "R3"),
        ("yr:2024", "R2"),
        ("yr:2024-2033", "R2 R3 R4"),
        ("year:2030-2036 letters", "R3 R4"),
        ("co-design*", "R4"),
        ("diabete", "R5"),
        ('"professional interpr"*', "R2"),
        # AND before OR, NOT before AND; brackets change it.
        ("roma OR sms AND cohort", "R4"),
        ("(roma OR sms) AND letters", "R4"),
        ("NOT roma letters", "R3"),
        ("roma and letters or sms", "R1 R4"),
    ],
)
def test_a_line_finds_what_it_means(query, expected):
    assert search(query, RECORDS).ids == tuple(expected.split())


@pytest.mark.parametrize(
    ("query", "problem", "at"),
    [
        ("", "empty", 0),
        ("   ", "empty", 0),
        ("(sms OR text", "opened at character 1 is never closed", 0),
        ("a1 AND (b1 OR (c1)", "opened at character 8 is never closed", 7),
        ("sms) OR text", "bracket at character 4 closes nothing", 3),
        ("()", "has nothing in it", 1),
        ("sms OR", "OR at character 5 has nothing after it", 4),
        ("sms OR OR text", "OR at character 5 has nothing after it", 4),
        ("OR sms", "OR at character 1 has nothing before it", 0),
        ("(OR sms)", "OR at character 2 has nothing before it", 1),
        ("sms AND )", "AND at character 5 has nothing after it", 4),
        ("NOT", "NOT at character 1 has nothing after it", 0),
        ('sms "text', "quotation mark at character 5 is never closed", 4),
        ("*betes", "needs the beginning", 0),
        ("* OR sms", "needs the beginning", 0),
        ("dia*tes", "only stand at the end", 0),
        ("wom?n", "only stand at the end", 0),
        ("a*", "nearly everything", 0),
        ("titel:sms", "did you mean title:", 0),
        ("xyzzy:sms", "there are ti, ab", 0),
        ("sms ti:", "field ti: has nothing after it", 4),
        ("ti:(ab:sms)", "belong to ti: already", 4),
        ("yr:last", "Years are written", 3),
        ("yr:203*", "Years are written", 3),
        ("yr:2030-2020", "run backwards", 3),
        ("#", "with its number", 0),
        ("#1", "there are none yet", 0),
        ("!!", "no letter or digit", 0),
        ('""', "no letter or digit", 0),
        (":sms", "without a field", 0),
        ('exp:"Nothing known"', "not a subject term", 5),
        ("so:journal", "no column source", 3),
    ],
)
def test_a_line_that_cannot_be_read_says_why_and_where(query, problem, at):
    with pytest.raises(QueryError) as refused:
        search(query, RECORDS)
    assert problem in refused.value.problem
    assert refused.value.at == at
    assert refused.value.problem.endswith(".")


WORDS = st.sampled_from(["text", "interpret*", "letters", "trial", '"diabetes care"', "roma"])
LEAVES = st.one_of(
    WORDS,
    st.builds("{}:{}".format, st.sampled_from(["ti", "ab", "su", "kw"]), WORDS),
    st.builds("yr:{}-{}".format, st.integers(2012, 2020), st.integers(2021, 2036)),
)
QUERIES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({} OR {})".format, inner, inner),
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} {})".format, inner, inner),
        st.builds("(NOT {})".format, inner),
    ),
    max_leaves=6,
)


@given(first=QUERIES, second=QUERIES)
@settings(max_examples=120, deadline=None)
def test_or_never_loses_and_never_gains_not_is_the_rest(indexed, first, second):
    a, b = (set(indexed.search(one).ids) for one in (first, second))
    assert set(indexed.search(f"({first}) OR ({second})").ids) == a | b
    assert set(indexed.search(f"({first}) AND ({second})").ids) == a & b
    assert set(indexed.search(f"({first}) NOT ({second})").ids) == a - b
    everything = set(indexed.records["record_id"])
    assert set(indexed.search(f"NOT ({first})").ids) == everything - a


TEXTS = st.one_of(
    st.builds(Text, st.sampled_from(["sms", "roma", "care"]), st.sampled_from(["", "ti", "su"])),
    st.builds(Text, st.just("language support"), st.sampled_from(["", "ab"]), st.just(True)),
    st.builds(Text, st.just("diabet"), st.just(""), st.booleans(), st.just(True)),
    st.builds(Years, st.just(2020), st.integers(2020, 2036)),
)


def combined(inner):
    several = st.lists(inner, min_size=2, max_size=3)

    def flat(kind):
        return several.map(
            lambda parts: kind(
                tuple(
                    one
                    for part in parts
                    for one in (part.parts if isinstance(part, kind) else (part,))
                )
            )
        )

    return st.one_of(flat(And), flat(Or), inner.map(Not))


@given(st.recursive(TEXTS, combined, max_leaves=8))
@settings(max_examples=200, deadline=None)
def test_what_is_written_out_is_read_back(node):
    assert parse(str(node)) == node


@given(st.text('ab "*():#?ORANDNT-1“”', max_size=20))
@settings(max_examples=300, deadline=None)
def test_no_line_breaks_the_reader_in_another_way(text):
    try:
        found = search(text, RECORDS)
    except QueryError as refused:
        assert 0 <= refused.at <= len(text)
    else:
        assert set(found.ids) <= set(RECORDS["record_id"])


def test_the_parts_and_notes_help_to_mend_a_line():
    found = search("diabet* AND sms OR interpretr", RECORDS)
    assert found.parts == {"diabet*": 4, "sms": 1, "interpretr": 0}
    assert len(found.notes) == 2
    assert "AND was done before OR" in found.notes[0] and "interpretr" in found.notes[1]
    assert not mixed("(diabet* AND sms) OR text")
    assert found.records["record_id"].tolist() == list(found.ids)


def test_a_history_combines_its_lines():
    log = History(RECORDS)
    log.add("sms OR remind*", "the programme")
    log.add("diabet*", "the condition")
    assert log.add("#1 AND #2").ids == ("R1",)
    assert log.add("#2 NOT #3").ids == ("R2", "R3", "R5")
    assert log.table()["found"].tolist() == [1, 4, 1, 3]
    with pytest.raises(QueryError, match="no line #9 in the search history; it has 4"):
        log.add("#9")
    assert len(log) == 4
    with pytest.raises(IndexError, match="has 4 lines"):
        log[5]


def test_scores_are_recall_precision_and_reading():
    row = score(["a", "b", "c", "d"], ["a", "b", "e"], key=["a", "e"]).iloc[0]
    assert (row["recall"], row["precision"]) == pytest.approx((2 / 3, 0.5))
    assert (row["number_needed_to_read"], row["key_recall"], row["missed"]) == (2, 0.5, 1)
    empty = score([], ["a"]).iloc[0]
    assert empty["recall"] == 0 and pd.isna(empty["precision"])
    with pytest.raises(ValueError, match="recall has no meaning"):
        score(["a"], [])
    with pytest.raises(TypeError, match="as a list"):
        score("abc", ["a"])


def test_a_search_can_pass_ninety_and_a_narrow_wording_loses_groups(library, indexed):
    gold = question("Q1", library.truth)
    wide = indexed.search(
        "interpret* OR translat* OR multilingual OR (language* AND (letter* OR message*))"
        ' OR su:"Interpreting services" OR su:"Translated materials"'
    )
    narrow = indexed.search('ti:"professional interpreters"')
    best, poor = (score(one, gold["relevant"]).iloc[0] for one in (wide, narrow))
    assert best["recall"] > 0.9
    assert poor["recall"] < 0.5 < best["recall"]

    gold = question("Q6", library.truth)
    # The indexer's term would rescue the old records: the authors' own words do not.
    wording = indexed.search("tiab:(roma OR traveller*)")
    dated = indexed.search("roma OR traveller* OR travelling OR gyps* OR nomadic")
    assert score(dated, gold["relevant"])["recall"].item() > 0.95
    assert score(wording, gold["relevant"])["recall"].item() < 0.95

    gold = question("Q3", library.truth)
    umbrella = lost_groups(
        indexed.search('"ethnic minority" OR "minority ethnic" OR "ethnically diverse"'),
        gold["groups"],
    )
    # The umbrella terms lose most studies of each group, and not alike.
    assert umbrella["recall"].iloc[0] < 0.5 < umbrella["recall"].iloc[-1]
    assert set(umbrella.columns) == {"group", "relevant", "found", "missed", "recall"}
    assert (umbrella["found"] + umbrella["missed"] == umbrella["relevant"]).all()


def test_questions_can_be_listed_and_asked_for(library):
    listed = questions(library.truth)
    assert (listed["relevant"] >= 10).all()
    assert (listed["key"] > 0).all() and (listed["key"] <= listed["relevant"]).all()
    with pytest.raises(ValueError, match="no question 'Q77'"):
        question("Q77", library.truth)


@pytest.mark.parametrize(
    ("records", "said"),
    [
        (pd.DataFrame({"title": ["x"]}), "no column record_id"),
        (pd.DataFrame({"record_id": ["a", "a"], "title": ["x", "y"]}), "a stands there twice"),
        (pd.DataFrame({"record_id": ["a"], "colour": ["x"]}), "to search in"),
    ],
)
def test_records_that_cannot_be_searched_are_refused(records, said):
    with pytest.raises(ValueError, match=said):
        search("x1", records)


def test_a_python_without_the_index_says_so(monkeypatch):
    class Bare:
        def execute(self, *_):
            raise sqlite3.OperationalError("no such module: fts5")

    monkeypatch.setattr(sqlite3, "connect", lambda *_, **__: Bare())
    with pytest.raises(SearchUnavailable, match="FTS5"):
        search("sms", RECORDS)


def test_two_screeners_are_compared():
    one = dict(zip("abcdefgh", ["include"] * 3 + ["exclude"] * 5, strict=True))
    other = dict(zip("abcdefgh", ["include"] * 2 + ["exclude"] * 6, strict=True))
    # By hand: they agree on 7 of 8; chance (3*2 + 5*6)/64 = 0.5625; kappa = 5/7.
    assert screen.agreement(one, other)["value"].item() == pytest.approx(5 / 7)
    assert screen.lost(other, ["a", "c"]) == ["c"]
    with pytest.raises(ValueError, match="one of the two only"):
        screen.compare(one, {"a": "include"})
    with pytest.raises(ValueError, match="maybe"):
        screen.compare({"a": "maybe"}, {"a": "include"})


def test_judgements_are_set_beside_the_right_ones(library):
    right = {name: about["risk_of_bias"] for name, about in library.truth["studies"].items()}
    sound = next(name for name, value in right.items() if value == "low")
    poor = next(name for name, value in right.items() if value == "high")
    other = next(name for name, value in right.items() if value == "another instrument")
    table = appraise.compare({sound: "high", poor: "low"}, right)
    assert table["verdict"].tolist() == ["too harsh", "too kind"]
    with pytest.raises(ValueError, match="Nobody has judged"):
        appraise.compare({other: "low"}, right)
    assert set(appraise.INSTRUMENTS) == set(library.records["design"])
