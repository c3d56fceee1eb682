"""Lesson 9's numbers worked out again, its pages, and the story that its words rest on."""

import math
import re
from pathlib import Path

import pytest
import small_book

from eeic import ask, explore
from eeic.explore import is_it_sound as sound
from eeic.explore import study_pages

PRINTING = [name for name in sound.names() if sound.printed(name)]


def logit_ratio(cells):
    a, n1, c, n0 = cells
    return a * (n0 - c) / ((n1 - a) * c)


def test_there_are_eight_reports_and_six_print_an_estimate():
    assert sound.names() == [f"R{n}" for n in range(1, 9)]
    assert PRINTING == ["R1", "R2", "R3", "R4", "R6", "R7"]


@pytest.mark.parametrize("name", ["R1", "R2", "R3", "R6", "R7"])
def test_a_printed_ratio_follows_from_the_counts_on_its_page(name):
    rows = re.findall(
        r"^\|[^|]+\|(?: \d+ \|)?\s*(\d+) \| (\d+) \(\d+%\) \|$",
        sound.sections(name)["What was found"],
        re.MULTILINE,
    )
    (n1, a), (n0, c) = [(int(n), int(x)) for n, x in rows]
    if name in ("R6", "R7"):  # before stands first
        (n1, a), (n0, c) = (n0, c), (n1, a)
    assert sound.odds_ratio(name) == pytest.approx(logit_ratio((a, n1, c, n0)), abs=0.02)


@pytest.mark.parametrize("name", PRINTING)
def test_truth_design_and_chance_make_up_what_is_printed(name):
    made = sound.true_ratio(name) * sound.added(name, "design_bias") * sound.added(name, "chance")
    assert made == pytest.approx(sound.odds_ratio(name), abs=0.02)


def test_the_story_that_the_words_rest_on():
    risk = {name: study_pages.facts("L11R")[name]["risk_of_bias"] for name in sound.names()}
    assert risk["R1"] == "low" and risk["R3"] == risk["R4"] == risk["R6"] == "high"
    assert "without an interpreter" in sound.report("R1")["text"]
    assert sound.true_ratio("R1", under_served=True) < 1.15 < sound.true_ratio("R1")
    assert sound.true_ratio("R3") < 1.1 and sound.true_ratio("R6") < 1.1
    assert all(sound.bounds(name, "lower") > 1 for name in PRINTING)
    wide = [sound.bounds("R2", side, honest=True) for side in ("lower", "upper")]
    assert wide[0] < sound.true_ratio("R2") < wide[1]
    assert sound.true_ratio("R2") < sound.bounds("R2", "lower")
    assert abs(sound.true_ratio("R7") - sound.odds_ratio("R7")) < 0.05
    assert sound.added("R7", "design_bias") > 1.05
    assert "White" in sound.report("R7")["text"] and "other" in sound.report("R7")["text"]


def test_the_trial_read_twice():
    people = sound.trial().dropna(subset=["hba1c_12_months"])
    arms = people.groupby("allocation")["hba1c_12_months"].mean()
    by_arm = arms["education"] - arms["usual care"]
    assert sound.difference("intention to treat") == pytest.approx(by_arm)
    truth = study_pages.facts("L12")["found"]
    for reading, name in (
        ("intention to treat", "intention_to_treat"),
        ("as treated", "as_treated"),
        ("per protocol", "per_protocol"),
    ):
        assert sound.difference(reading) == pytest.approx(truth[name], abs=0.001)
        low, high = (sound.difference(reading, side=side) for side in ("lower", "upper"))
        assert low < sound.difference(reading) < high
    itt, treated = sound.difference("intention to treat"), sound.difference("as treated")
    assert treated < itt - 1.5 and sound.true_difference() > treated
    assert abs(itt - sound.true_difference()) < abs(treated - sound.true_difference())
    low, high = (sound.difference("intention to treat", "yes", s) for s in ("lower", "upper"))
    assert low < 0 < high
    assert sound.difference("intention to treat", "no") < itt
    assert sound.offer("bilingual tutor", "yes") < sound.offer("English only", "yes") - 2
    assert sound.missing("yes") > sound.missing("no")


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="no reading 'by hope'"):
        sound.difference("by hope")
    with pytest.raises(ValueError, match="no report 'R9'"):
        sound.report("R9")
    with pytest.raises(ValueError, match="R5 prints no odds ratio"):
        sound.odds_ratio("R5")
    with pytest.raises(ValueError, match="no finding 'nonsense'"):
        sound.finding("nonsense")


def bench(**settings):
    return explore.explorer("appraisal-bench").frame(**settings)


@pytest.mark.parametrize("name", sound.names())
def test_the_truth_stays_shut_until_there_is_a_judgement(name):
    shut = bench(study=name, reveal="yes", judgement="none")
    assert "Judge it first" in shut.finding
    assert "not yet revealed" in " ".join(map(str, shut.table.to_numpy().ravel()))
    warned = study_pages.facts("L11R")[name]["warned_by"].rstrip(".")
    assert warned not in shut.finding
    opened = bench(study=name, reveal="yes", judgement="high")
    assert warned in opened.finding and "log odds" not in opened.finding
    assert len(opened.table) > len(shut.table) or printed_alike(name)


def printed_alike(name):
    """Where neither design nor chance moved the result, the opened page has as many rows."""
    return all(abs(math.log(sound.added(name, what))) < 0.02 for what in ("design_bias", "chance"))


def test_a_judgement_is_set_beside_the_right_one():
    assert "too kind" in bench(study="R3", reveal="yes", judgement="low").finding
    assert "too harsh" in bench(study="R1", reveal="yes", judgement="high").finding
    assert "so does the truth file" in bench(study="R1", reveal="yes", judgement="low").finding
    assert "these three words belong" in bench(study="R5", reveal="yes", judgement="low").finding


def test_the_options_of_the_bench_name_the_reports_that_there_are():
    control = explore.explorer("appraisal-bench").controls[0]
    assert dict(control.options) == {name: f"{name}, {sound.kind(name)}" for name in sound.names()}


def test_a_page_points_at_nothing_and_loses_nothing():
    for name in sound.names():
        html = study_pages.html(name)
        assert html.count("<strong>") <= 2  # the total of the costing
        for head in sound.sections(name):
            assert head in html
        assert "**" not in html and "| " not in html
        assert "Invented people" in html


def test_every_finding_can_be_said():
    for name in sound.findings():
        assert len(str(sound.finding(name))) > 40


def test_the_lesson_asks_every_outcome_twice():
    from collections import Counter

    asked = [ask.question(name) for name in ask.ids("09")]
    scored = Counter(q.fields["outcome"] for q in asked if not q.predict)
    assert set(scored) == {"M9.1", "M9.2", "M9.3", "M9.4"} and min(scored.values()) >= 2
    assert sum(q.predict for q in asked) == 5
    kinds = {"choice", "multi", "order", "match", "numeric", "table", "mark", "chart"}
    assert {q.type for q in asked} == kinds


def test_the_handout_is_written_from_the_reports(tmp_path):
    (tmp_path / "reports.md").write_text("# Reports\n\nWords.\n\n```{eeic-reports}\n```\n", "utf-8")
    theme = str(Path(__file__).parents[2] / "book" / "theme")
    (tmp_path / "conf.py").write_text(
        'root_doc = "reports"\nextensions = ["myst_parser", "eeic.publish.book"]\n'
        f'html_theme = "eeic"\nhtml_theme_path = [{theme!r}]\n',
        "utf-8",
    )
    out = small_book.build(tmp_path)
    page = (out / "reports.html").read_text("utf-8")
    for name in sound.names():
        assert f"{name}. " in page
    answers = page[page.index("The answers, for the facilitator") :]
    assert "log odds" not in answers and answers.count("<dd>") == 8
