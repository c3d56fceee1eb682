"""Lesson 6's numbers, worked out again in plain pandas, and its words."""

import re

import pandas as pd
import pytest

from eeic import datasets
from eeic.explore import ethnicity_field as codes
from eeic.explore import records

NOTHING = ["Not stated", "Not known"]


@pytest.fixture(scope="module")
def own():
    return datasets.load("L01").set_index("person_id")["ethnic_group_self"].astype(str)


def last(source):
    rows = datasets.load("L02").query("source == @source")
    rows = rows.sort_values("recorded_on", kind="stable").groupby("person_id")
    old = {
        "Any other White background": "Other White",
        "Any other ethnic group (2001)": "Any other ethnic group",
    }
    return rows["ethnic_group_recorded"].last().astype(str).replace(old)


@pytest.mark.parametrize("source", codes.SOURCES)
def test_quality_by_hand(own, source):
    held = last(source)
    coded = held[~held.isin(NOTHING)]
    everyone = len(own) if source == "GP" else len(held)
    assert codes.people(source, "completeness") == everyone
    assert codes.measure(source, "completeness") == pytest.approx(100 * len(coded) / everyone)
    right = (coded == own[coded.index]).mean()
    assert codes.measure(source, "agreement") == pytest.approx(100 * right)
    assert codes.share(source, "Not stated") == pytest.approx(
        100 * (held == "Not stated").sum() / everyone
    )


def test_every_row_of_shares_adds_up():
    for shares in (
        *(codes.where_codes_go(source) for source in ("GP", "hospital")),
        *(codes.repaired(rule, whom) for rule in codes.RULES for whom in ("everyone", "uncoded")),
        records.machine("mixed", "clinic", "white-british", "short")[0],
    ):
        assert shares.sum(axis=1).to_numpy() == pytest.approx(1)
        assert (shares >= -1e-12).all().all()


def test_the_story_holds():
    """The lesson and its questions stand or fall with these; a new world must keep them."""
    assert codes.measure("hospital", "completeness") > codes.measure("GP", "completeness")
    assert codes.measure("hospital", "agreement") < codes.measure("GP", "agreement")
    focus, other = codes.FOCUS, "Any other ethnic group"
    true = codes.true_ratio(focus)
    default = {"default": "white-british"}
    assert true > 1.4
    assert codes.looks_complete(**default) > 95 > codes.looks_complete() + 10
    assert codes.reported(focus, **default) < codes.reported(focus) - 0.2 < true
    assert codes.reported(focus, "gp") == pytest.approx(true, abs=0.1)
    assert codes.reported(focus, "gp", "everyone") == pytest.approx(codes.reported(focus, "gp"))
    assert codes.reported(focus, "gp", "clinic") < codes.reported(focus, "gp") - 0.2
    assert codes.reported(focus, buttons="short") < codes.reported(focus) - 0.2
    assert codes.reported(other) > 4 * codes.true_ratio(other)
    assert codes.reported(other, buttons="short") > codes.reported(other)
    ratios = {rule: codes.repaired_gap(rule, focus) for rule in codes.RULES}
    assert min(ratios, key=ratios.get) == "name" and ratios["name"] > 1
    assert codes.repaired_gap("name", "Black African") < 1 < codes.true_ratio("Black African")
    assert codes.gap_gone(focus, **default) == pytest.approx(100 - codes.gap_left(focus, **default))
    assert codes.share("GP", "Not stated") < 5, "few choose not to say"


def test_not_stated_is_kept_by_every_rule():
    held = codes.field("GP")
    stated = (held["recorded"] == "Not stated").groupby(held["own"]).mean()
    for rule in codes.RULES:
        kept = codes.repaired(rule)["Not stated"]
        assert kept.to_numpy() == pytest.approx(stated[kept.index].to_numpy())


def test_the_guess_by_name_is_what_was_published():
    black = codes.repaired("name", "uncoded").loc["Black Caribbean"]
    members = ["Black African", "Black Caribbean", "Other Black"]
    assert black[members].sum() == pytest.approx(0.044)
    assert black["White British"] == pytest.approx(1 - 0.044)
    south = codes.repaired("name", "uncoded").loc["Pakistani"]
    assert south[["Bangladeshi", "Indian", "Pakistani"]].sum() == pytest.approx(0.905)


@pytest.mark.parametrize("name", ["recording-machine", "repair-bench"])
def test_every_frame_says_what_it_shows(name):
    explorer = codes.EXPLORERS[name]
    found = [explorer.frame(**s).finding for s, _ in explorer.frames()]
    assert len(set(found)) == len(found) <= 60
    for sentence in found:
        assert re.search(r"\d", sentence) and "nan" not in sentence
        assert "lever" in sentence or "price" in sentence


def test_the_machines_table_repeats_its_numbers():
    chart = codes.EXPLORERS["recording-machine"].frame(codes="mixed")
    row = chart.table.set_index("Ethnic group, own answer").loc[codes.FOCUS]
    assert row["Reported"] == f"{codes.reported(codes.FOCUS):.2f}"
    assert row["True ratio"] == f"{codes.true_ratio(codes.FOCUS):.2f}"


@pytest.mark.parametrize("source", codes.SOURCES[:4])
def test_a_profile_hides_small_numbers(source):
    table = codes.profile(source)
    assert isinstance(table, pd.DataFrame) and len(table) >= 8
    for number in table["Out of (people)"]:
        assert int(number.replace(",", "")) >= 10
    assert "nan" not in "".join(table["Result"])


def test_there_is_no_profile_of_the_survey():
    with pytest.raises(ValueError, match="no recording profile of 'survey'"):
        codes.profile("survey")


def test_findings_have_numbers():
    said = codes.findings()
    for sentence in said.values():
        assert re.search(r"\d", sentence) and "nan" not in sentence
    assert codes.finding("range") == said["range"]
    with pytest.raises(ValueError, match="no finding 'ranges'"):
        codes.finding("ranges")
