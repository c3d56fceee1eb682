"""Lesson 13: its numbers against the world's own truth, and the story that its words tell."""

import re
import tomllib
from pathlib import Path

import pytest

from eeic import world
from eeic.categories import LABELS
from eeic.explore import leaks
from eeic.explore import needs_and_equity_audit as audit

FINDER = audit.EXPLORERS["leak-finder"]
GROUPS = (audit.FOCUS, audit.OTHER, audit.REFERENCE)
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def lindlemere():
    return world.build()


@pytest.mark.parametrize("group", GROUPS)
def test_figures_are_those_of_the_world(lindlemere, group):
    latent = lindlemere.latent[lindlemere.latent["group"] == LABELS.index(group)]
    need = latent[latent["has_diabetes"]]
    assert audit.reached("diabetes", group, "need") == len(need)
    assert audit.reached("diabetes", group, "access") == need["diagnosed"].sum()
    need = latent[latent["tt_need"]]
    assert audit.reached("talking", group, "need") == len(need)
    assert audit.reached("talking", group, "access") == need["tt_referred"].sum()
    assert audit.reached("talking", group, "quality") == (
        (need["tt_referred"] & need["tt_treated"]).sum()
    )


@pytest.mark.parametrize("pathway", audit.PATHWAYS)
@pytest.mark.parametrize("by", leaks.VIEWS)
def test_nobody_appears_at_a_later_step(pathway, by):
    found = audit.cascade(pathway, by)
    for one, other in zip(list(found), list(found)[1:], strict=False):
        both = found[[one, other]].dropna()
        assert (both[other] <= both[one]).all()
    assert found.min(skipna=True).min() >= 10
    # From the first number that is withheld, nothing more is shown.
    assert (found.notna().astype(int).diff(axis=1).iloc[:, 1:] <= 0).all(axis=None)


@pytest.mark.parametrize("by", ["place", "route"])
def test_rows_add_up_to_everyone(by):
    found = audit.cascade("diabetes", by)
    assert (found.drop(audit.EVERYONE).sum() == found.loc[audit.EVERYONE]).all()


def test_a_repair_by_hand():
    came, had = (audit.reached("diabetes", audit.FOCUS, step) for step in ("access", "quality"))
    best = audit.passing("diabetes", audit.REFERENCE, "quality")
    ended = audit.reached("diabetes", audit.FOCUS, "outcome")
    through = came * best / 100 - had
    made = audit.repair("diabetes", "quality").loc[audit.FOCUS]
    assert audit.level("diabetes", "quality")[0] == audit.REFERENCE
    assert made["through"] == pytest.approx(through)
    assert made["to_end"] == pytest.approx(through * ended / had)
    about = audit.PATHWAYS["diabetes"].steps["quality"]
    alone = about.set_up + about.each * through
    assert made["per_10000"] == pytest.approx(10_000 * made["to_end"] / alone)
    assert (audit.repair("diabetes", "quality")["through"].dropna() >= 0).all()
    assert audit.repair("diabetes", "quality").at[audit.REFERENCE, "through"] == 0


def test_the_story_holds():
    """The lesson's words and the questions rest on these; a new world must keep them."""
    focus, other, largest = GROUPS
    # Round 1: use looks equal, need is not; higher use is not over-provision.
    assert abs(audit.rate(focus, "use") - audit.rate(largest, "use")) < 5
    assert audit.rate(focus, "need") > 1.15 * audit.rate(largest, "need")
    assert audit.use_to_need_ratio(focus)[2] < 1
    assert audit.rate(other, "use") > 1.3 * audit.rate(largest, "use")
    assert audit.use_of_need(other) < audit.use_of_need(largest)
    low, high = audit.use_to_need_ratio(other)[1:]
    assert low < 1 < high
    # Round 2: diabetes leaks behind the door for every row that is shown, the others at it.
    for row in audit.cascade("diabetes").dropna().index:
        lost = {step: audit.lost("diabetes", row, step) for step in audit.STEPS}
        assert max(lost, key=lost.get) == "quality", row
        lost = {step: audit.lost("bowel", row, step) for step in ("access", "quality")}
        assert max(lost, key=lost.get) == "access", row
    for row in audit.cascade("talking").dropna().index:
        lost = {step: audit.lost("talking", row, step) for step in audit.STEPS}
        assert max(lost, key=lost.get) == "access", row
    assert audit.clear_of_chance("bowel", "quality") == ()
    # Round 3: the checks return more than the door; the outcome's price is made of chance.
    ends = {step: audit.returned("diabetes", step, focus) for step in audit.STEPS}
    assert max(ends, key=ends.get) == "quality"
    assert focus in audit.clear_of_chance("diabetes", "quality")
    assert focus in audit.clear_of_chance("diabetes", "access")
    assert audit.clear_of_chance("diabetes", "outcome") == ()
    price = {step: audit.per_10000("diabetes", step) for step in audit.STEPS}
    assert max(price, key=price.get) == "outcome"
    assert audit.at_the_end("place") > 5 * audit.at_the_end("group")
    worst = audit.repair("diabetes", "quality", "place")["to_end"].astype(float).nlargest(2)
    assert set(worst.index) == {"Old Mills", "Lantern Quays"}
    homes = audit.table("L01").query("ethnic_group_self == @focus")["place"].astype(str)
    assert homes.str.contains("Old Mills|Lantern Quays").mean() > 0.7
    assert audit.level("bowel", "access", "route")[0] == "signed by the GP"
    assert "letter" in audit.clear_of_chance("bowel", "access", "route")
    # Round 4: the practice that is near is the largest part, as the first voice has it.
    assert "which practices are near" in audit.finding("truth").partition("), ")[0]
    assert audit.passing("diabetes", "Garden Wards", "quality", "place") < 80


def test_every_setting_says_what_it_did():
    for settings, chart in FINDER.frames():
        steps = audit.PATHWAYS[settings["pathway"]].steps
        by, repaired = settings["by"], settings["repaired"]
        if repaired == "none":
            assert "of every 100, against" in chart.finding
        elif repaired not in audit.cascade(settings["pathway"], by):
            assert "in no file" in chart.finding or "cannot be looked at" in chart.finding
        else:
            assert f"Repair “{steps[repaired].short}”" in chart.finding
            assert "illustrative" in chart.finding and "illustrative" in chart.caption
            assert ("Clearly below" in chart.finding) == bool(
                audit.clear_of_chance(settings["pathway"], repaired, by)
            )
            assert "For £10,000, alone" in chart.table
        assert not re.search(r"\bnan\b|<NA>", chart.finding + chart.alt + chart.caption)


def test_frames_are_few_and_light():
    frames = [chart for _, chart in FINDER.frames()]
    assert len(frames) == 36
    assert max(len(chart.svg(layout)) for chart in frames for layout in ("wide", "narrow")) < 40_000


def test_a_step_in_no_file_and_an_unknown_row_are_refused():
    with pytest.raises(audit.UnknownPathway, match="No file shows the step 'outcome'"):
        audit.repair("bowel", "outcome")
    with pytest.raises(audit.UnknownPathway, match="No file shows the step 'access'"):
        audit.repair("talking", "access", "route")
    with pytest.raises(audit.UnknownPathway, match="No number is shown for 'Bangladeshi'"):
        audit.reached("talking", "Bangladeshi", "quality")
    with pytest.raises(audit.UnknownPathway, match="no pathway 'asthma'; there are diabetes"):
        audit.cascade("asthma")
    with pytest.raises(ValueError, match="no finding 'cause'"):
        audit.finding("cause")


def test_quotations_are_the_speakers_own_and_permitted():
    """Whatever is quoted stands in the voices file, and nobody's permission is overstepped."""
    said = " ".join(audit.voices()["text"])
    path = ROOT / "src" / "eeic" / "ask" / "questions" / "13-needs-and-equity-audit.toml"
    bank = {q["id"]: q for q in tomllib.loads(path.read_text("utf-8"))["question"]}
    for item in bank["13.voices"]["items"]:
        assert item["text"].strip("“”") in said
    assert "I have a letter for each year saying that I would hear soon" in said
    agreed = audit.voices()["consent_note"]
    assert (agreed != "for learning in this project only").all()
    assert agreed["V001"] == "may be quoted in public"
    assert agreed["V018"] == agreed["V033"] == "may be quoted if the practice is not named"
    shown = audit.voices_table().to_csv()
    assert not any(practice in shown for practice in audit.voices()["practice_id"])
    assert audit.voices().at["V001", "ethnic_group"] == audit.REFERENCE
    services = set(audit.voices()["service"])
    assert services == {"general practice", "screening", "mental health"}
