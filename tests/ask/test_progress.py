"""The record of progress: what it holds, how two meet, and that Python and the page agree."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
from pathlib import Path

import pytest

from eeic import ask
from eeic.ask import progress, routes, store
from eeic.ask.logbooks import store as logbook
from eeic.ask.page import asset
from eeic.cli import main
from eeic.publish import vendor

NOTHING = {"version": 1, "pages": {}, "answers": {}}


def state(status, tries=1, hints=0, answer="b", **more):
    return {"answer": answer, "status": status, "tries": tries, "hints": hints, **more}


# ---- beside a notebook ----------------------------------------------------------------------


def test_a_record_is_put_together_from_what_is_kept_anyway():
    store.write("04.ratio", state("correct", 2))
    store.write("ex04.q1", state("saved"))
    logbook.write({"04": {"sentence": "Ours."}})
    progress.save()
    record = json.loads(Path("progress.json").read_text("utf-8"))
    assert record == {"version": 1, "pages": {}, "answers": {"04.ratio": state("correct", 2)}}, (
        "no exercise's answer, and no text of the logbook, unless it is asked for"
    )
    assert Path("progress.json").stat().st_mode & 0o77 == 0
    progress.save("with.json", logbook=True)
    assert json.loads(Path("with.json").read_text("utf-8"))["logbook"]["04"]["sentence"] == "Ours."


def test_a_file_from_the_page_comes_in_and_takes_nothing_away():
    store.write("04.ratio", state("correct", 1, 1, answer="mine"))
    store.write("01.bites", state("not yet"))
    logbook.write({"01": {"lever": "The letter."}})
    theirs = NOTHING | {
        "pages": {"notebooks/04-seeing-the-gap": "2026-11-20"},
        "answers": {
            "04.ratio": state("partly", 5, 0, answer="theirs"),
            "01.bites": state("correct", 2, answer="theirs"),
            "02.born": state("partly"),
        },
        "route": {"name": "analyst", "chosen": "2026-11-20T10:00:00.000Z"},
        "logbook": {"01": {"lever": "The letter. And the phone.", "stage": "Two."}},
    }
    Path("from-page.json").write_text(json.dumps(theirs), "utf-8")
    said = progress.load("from-page.json")
    assert said == (
        "from-page.json is loaded. New or changed: 1 page read, 3 answers, 2 texts in the "
        "logbook, the route."
    )
    answers = store.read()
    assert answers["04.ratio"] == state("correct", 5, 1, answer="mine")
    assert answers["01.bites"]["answer"] == "theirs" and "02.born" in answers
    assert logbook.read()["01"] == {"lever": "The letter. And the phone.", "stage": "Two."}
    assert progress.current()["route"]["name"] == "analyst"
    assert "logbook" not in json.loads(Path("progress.json").read_text("utf-8"))
    assert progress.load("from-page.json").endswith("All of it was here already.")


def test_a_file_put_in_the_folder_under_its_own_name_is_loaded_too():
    Path("progress.json").write_text(
        json.dumps(NOTHING | {"answers": {"02.born": state("correct")}}), "utf-8"
    )
    assert "1 answer" in progress.load("progress.json")
    assert store.read() == {"02.born": state("correct")}


def test_saving_over_a_file_adds_to_it():
    elsewhere = NOTHING | {"pages": {"notebooks/00-start-here": "2026-11-01"}}
    Path("taken.json").write_text(json.dumps(elsewhere), "utf-8")
    store.write("00.pause", state("correct"))
    progress.save("taken.json")
    record = progress.parse(Path("taken.json").read_text("utf-8"))
    assert record["pages"] == elsewhere["pages"] and "00.pause" in record["answers"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "does not read as JSON"),
        ("[]", "not a record of progress"),
        ('{"version": 1, "boxes": {}}', "not a record of progress"),
        ('{"version": 2, "pages": {}}', "another version"),
        ('{"version": true, "pages": {}}', "another version"),
        ('{"version": 1, "pages": {"a": "yesterday"}}', "part “pages”"),
        ('{"version": 1, "answers": {"a": 1}}', "part “answers”"),
        ('{"version": 1, "pages": {}, "logbook": {"01": {"a": 1}}}', "part “logbook”"),
        ('{"version": 1, "pages": {}, "route": {"name": 1}}', "part “route”"),
    ],
)
def test_what_is_no_record_is_refused_and_left_alone(text, why):
    Path("odd.json").write_text(text, "utf-8")
    with pytest.raises(progress.Unreadable, match=why):
        progress.load("odd.json")
    with pytest.raises(progress.Unreadable, match=why):
        progress.save("odd.json")
    assert Path("odd.json").read_text("utf-8") == text
    assert not Path("answers.json").exists() and not Path("progress.json").exists()


def test_the_command_line_saves_loads_and_shows(capsys):
    for name in progress.outcomes()["M0.2"]:
        store.write(name, state("correct"))
    assert main(["progress", "save", "mine.json"]) == 0
    Path("answers.json").unlink()
    assert main(["progress", "load", "mine.json"]) == 0
    assert main(["progress", "show"]) == 0
    shown = capsys.readouterr().out
    assert "New or changed: 2 answers." in shown
    assert "0. Start here  –  2 of 6  M0.2" in shown
    assert main(["progress", "load", "absent.json"]) == 1
    assert "absent.json" in capsys.readouterr().err


def test_the_summary_is_a_table_and_its_words():
    made = ask.progress.summary()
    assert made.html.count("<tr>") == len(str(made).splitlines())
    assert '<th scope="col">Outcomes reached</th>' in made.html


# ---- outcomes and routes --------------------------------------------------------------------


def test_an_outcome_needs_three_fifths_and_partly_counts_half():
    names = ["01.a", "01.b", "01.c", "01.d", "01.e"]

    def reached(*statuses):
        return progress.is_reached(
            names, {n: {"status": s} for n, s in zip(names, statuses, strict=False)}
        )

    assert reached("correct", "correct", "correct")
    assert reached("correct", "correct", "partly", "partly")
    assert not reached("correct", "correct", "partly", "not yet", "noted")
    assert not progress.is_reached([], {})


def test_every_outcome_has_self_checks_and_no_prediction():
    asked = [name for names in progress.outcomes().values() for name in names]
    assert len(asked) == len(set(asked)) > 100
    assert not [name for name in asked if ask.question(name).predict]


def test_every_step_of_a_route_is_a_lesson_of_the_course():
    made = routes.routes()
    assert {"taster", "half-day", "one-day", "five-weeks", "commissioner", "full"} <= set(made)
    for route in made.values():
        steps = [step.lesson for step in route.steps]
        assert set(steps) <= set(routes.titles()) == set(routes.minutes())
        assert len(steps) == len(set(steps))
    assert [step.lesson for step in made["full"].steps] == list(routes.titles())


# ---- Python and the page --------------------------------------------------------------------

RUN = """
import { readFileSync } from "node:fs";
import rules from "./progress.mjs";
const { pairs, texts, outcomes } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify({
  merged: pairs.map(([a, b]) => {
    const both = rules.merge(a, b);
    const counts = rules.changes(a, both);
    return [both, counts, rules.said(counts)];
  }),
  parsed: texts.map((text) => rules.parse(text, "a.json")),
  reached: outcomes.map(([names, answers]) => rules.isReached(names, answers)),
}));
"""
STATUSES = [*progress.FURTHER, "no such", None, 3]
TEXTS = ["", " \u00a0", "One.", "One. Two.", "One.\n\nTwo.", "Two.\n\nOne.", "Two.", "ভাষা 😀"]


def some_record(dice):
    """Make a record of any kind, also one that another programme wrote."""
    days = ["2026-01-09", "2026-11-24", "2027-02-01"]
    names = ["04.a", "04.b", "13.c", "ex04.q1", "__proto__"]
    record = NOTHING | {
        "pages": {name: dice.choice(days) for name in "abc" if dice.random() < 0.6},
        "answers": {
            name: {
                "answer": dice.choice([None, "b", ["b"], {"x": "1"}]),
                "status": dice.choice(STATUSES),
                "tries": dice.choice([0, 1, 7, -1, None, "2", True]),
                "hints": dice.choice([0, 1, 3]),
                **dice.choice([{}, {"version": 2}]),
            }
            for name in names
            if dice.random() < 0.6
        },
    }
    if dice.random() < 0.6:
        record["route"] = {"name": dice.choice("xyz"), "chosen": dice.choice(days)}
    if dice.random() < 0.7:
        record["logbook"] = {
            box: {prompt: dice.choice(TEXTS) for prompt in "pq" if dice.random() < 0.7}
            for box in ("01", "10")
            if dice.random() < 0.7
        }
    return progress.parse(json.dumps(record))


def the_page(module, pairs, texts=(), outcomes=()):
    Path("progress.mjs").write_text(module, encoding="utf-8")
    Path("run.mjs").write_text(RUN, encoding="utf-8")
    told = json.dumps({"pairs": pairs, "texts": texts, "outcomes": outcomes})
    command = [vendor.node(), "run.mjs"]
    ran = subprocess.run(
        command, input=told, capture_output=True, text=True, encoding="utf-8", check=True
    )
    return json.loads(ran.stdout)


def test_python_and_the_page_bring_records_together_alike():
    dice = random.Random(7)
    pairs = [(some_record(dice), some_record(dice)) for _ in range(400)]
    bad = ["{", "[]", "null", '{"version": 1}', '{"version": "1", "pages": {}}']
    bad += ['{"version": 1, "pages": null}', '{"version": 1, "answers": {"a": []}}']
    bad += ['{"version": 1, "answers": {}, "route": null}', '{"version": 1, "logbook": {"a": 1}}']
    good = ['{"version": 1, "answers": {"__proto__": {}, "01.x": {"y": 1}}, "more": 2}']
    good += ['{"version": 1, "logbook": {}}', '{"version": 1, "logbook": {"01": {"a": "b"}}}']
    outcomes = [
        (
            list("abcde")[:size],
            {name: {"status": s} for name, s in zip("abcde", some, strict=False)},
        )
        for size in (1, 2, 3, 5)
        for some in itertools.combinations_with_replacement(["correct", "partly", "not yet"], size)
    ]
    page = the_page(asset("progress.mjs"), pairs, bad + good, outcomes)
    for (ours, theirs), (both, counts, said) in zip(pairs, page["merged"], strict=True):
        mine = progress.merge(ours, theirs)
        assert mine == both
        assert progress.changes(ours, mine) == counts
        assert progress.said(progress.changes(ours, mine)) == said
    for text, result in zip(bad + good, page["parsed"], strict=True):
        try:
            assert result == {"record": progress.parse(text, "a.json")}
        except progress.Unreadable as problem:
            assert result == {"problem": str(problem)}
            assert text in bad
    assert page["reached"] == [progress.is_reached(*one) for one in outcomes]


def test_a_difference_would_be_seen():
    pair = (
        NOTHING | {"answers": {"01.a": state("correct")}},
        NOTHING | {"answers": {"01.a": state("partly", 9)}},
    )
    broken = asset("progress.mjs").replace("there[place] > here[place]", "place >= 0")
    assert broken != asset("progress.mjs")
    assert the_page(broken, [pair])["merged"][0][0] != progress.merge(*pair)


def test_bringing_together_loses_nothing_and_settles():
    dice = random.Random(11)
    for _ in range(300):
        ours, theirs = some_record(dice), some_record(dice)
        both = progress.merge(ours, theirs)
        settled = progress.merge(both, both)  # odd counts of tries are made sound
        assert progress.merge(settled, theirs) == settled == progress.merge(settled, ours)
        assert {*ours["pages"], *theirs["pages"]} == set(both["pages"])
        assert {*ours["answers"], *theirs["answers"]} == set(both["answers"])
        for one in (ours, theirs):
            for box, prompts in one.get("logbook", {}).items():
                for prompt, text in prompts.items():
                    kept = both["logbook"][box][prompt]
                    assert all(part in kept for part in text.split("\n\n") if part.strip()), kept
