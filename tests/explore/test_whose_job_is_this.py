"""Lesson 1: the wheel counts what its turns say, and the deck is one deck everywhere."""

import re
from collections import Counter
from pathlib import Path

import pytest

from eeic import ask
from eeic.explore import whose_job_is_this as job

ROOT = Path(__file__).parents[2]
WHEEL = job.EXPLORERS["cycle-wheel"]
TURNS = job._data("cycle_wheel")["turn"]


def test_every_service_has_every_stage_with_two_questions():
    assert set(TURNS) == set(job.SERVICES)
    for turn in TURNS.values():
        assert list(turn) == ["1", "2", "3", "4", "a", "b", "c", "d", "e"]
        for stop in turn.values():
            assert [type(asked) for _, asked in stop["asks"]] == [bool, bool]
            assert stop["did"] and stop["lever"] and stop["holder"]


@pytest.mark.parametrize("service", job.SERVICES)
@pytest.mark.parametrize("ring", ["1234", "abcde"])
def test_the_count_fills_as_the_wheel_turns(service, ring):
    missed = 0
    for number, stage in enumerate(ring, start=1):
        missed += sum(not asked for _, asked in TURNS[service][stage]["asks"])
        chart = WHEEL.frame(service=service, stage=stage)
        assert f"So far this turn, {missed} of {2 * number} chances" in chart.finding
        asked = Counter(chart.table["Asked?"])
        assert (asked["no"], asked["still to come"]) == (missed, 2 * (len(ring) - number))
    cycle = "commissioning" if ring == "1234" else "improvement"
    assert job.missed(service, cycle) == missed


def test_services_differ_and_some_chances_are_taken():
    found = {service: job.missed(service, "commissioning") for service in job.SERVICES}
    assert len(set(found.values())) >= 3
    assert min(found.values()) < job.chances("commissioning") / 2 < max(found.values())
    assert sum(found.values()) == job.missed_by_all("commissioning")
    assert job.missed_by_all("commissioning") != job.missed_by_all("improvement")


def test_a_frame_says_the_lever_and_what_serves_the_stage():
    svg = WHEEL.frame(service="talking", stage="3").svg("narrow")
    for words in ("A lever, and who holds it", "Lessons for this stop", "Invented people"):
        assert words in svg


def test_nothing_runs_out_of_the_picture():
    from eeic.charts import style

    for _, chart in WHEEL.frames():
        for layout in ("wide", "narrow"):
            svg = chart.svg(layout)
            width = style.WIDTH[layout] * 0.75
            for left in re.findall(r'x="([\d.]+)" y="[\d.]+"', svg):
                assert 0 <= float(left) <= width


def test_the_deck_is_balanced():
    cards = job.cards()
    assert [card["id"] for card in cards] == list(range(1, 25))
    assert Counter(card["kind"] for card in cards) == {"law": 8, "policy": 8, "practice": 8}
    assert {card["stage"] for card in cards} == {stage["id"] for stage in job.stages()}


def test_the_questions_hold_the_deck_word_for_word():
    asked = {}
    for name in ask.ids("01"):
        if name.startswith("01.duty-sorter"):
            fields = ask.question(name).fields
            for item in fields["items"]:
                asked[item["id"]] = (item["text"], item["right"])
            assert Counter(i["right"] for i in fields["items"]) == dict.fromkeys(job.KINDS, 2)
    assert asked == {f"card{c['id']}": (c["text"], c["kind"]) for c in job.cards()}


@pytest.mark.parametrize(
    ("page", "write"),
    [("handouts/decision-cards", job.cards_page), ("topics/cycles", job.cycles_page)],
)
def test_a_written_page_is_up_to_date(page, write):
    assert (ROOT / "book" / f"{page}.md").read_text(encoding="utf-8") == write()


def test_the_sheet_that_is_cut_up_holds_no_answers():
    sheet = job.cards_page().partition("## The answers")[0].partition("## The cards")[2]
    assert all(card["because"] not in sheet for card in job.cards())
    assert all(card["text"] in sheet for card in job.cards())


def test_words_are_counted_as_whole_words():
    papers = job.papers()
    by_hand = sum(
        len(re.findall(rf"\b{word}\b", text.lower()))
        for text in papers["text"]
        for word in job.equality_words()
    )
    assert sum(count for _, _, count in job.words_in_papers()) == by_hand
    assert Counter(papers["stage"]) == {1: 3, 2: 3, 3: 3, 4: 3}


def test_attention_stops_where_the_lesson_says():
    """The lesson's second question rests on this."""
    words = [job.words_at_stage(stage) for stage in (1, 2, 3, 4)]
    assert words[2] == min(words) and words[0] == max(words) and words.count(min(words)) == 1
    spread = [count for stage, _, count in job.words_in_papers() if stage == 4]
    assert len(set(spread)) > 1


@pytest.mark.parametrize("name", ["wheel", "deck", "papers"])
def test_findings_have_numbers(name):
    assert re.search(r"\d", job.finding(name))


def test_an_unknown_finding_is_refused():
    with pytest.raises(ValueError, match="'wheel', 'deck', 'papers'"):
        job.finding("cards")


def test_every_outcome_is_asked_twice():
    asked = [ask.question(name) for name in ask.ids("01")]
    outcomes = Counter(q.fields["outcome"] for q in asked if not q.predict)
    assert set(outcomes) == {"M1.1", "M1.2", "M1.3", "M1.4"}
    assert min(outcomes.values()) >= 2
    assert sum(q.predict for q in asked) == 2


@pytest.mark.parametrize("chart", [job.deck_chart, job.papers_chart])
def test_a_chart_is_drawn_twice_alike(chart):
    for layout in ("wide", "narrow"):
        assert chart().svg(layout) == chart().svg(layout)
