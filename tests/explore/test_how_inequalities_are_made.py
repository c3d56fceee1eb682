"""Lesson 3: its numbers against the world's own truth, and the story that its words tell."""

import re
from itertools import combinations

import numpy as np
import pytest

from eeic import categories, datasets, world
from eeic.explore import how_inequalities_are_made as made
from eeic.explore import pathways
from eeic.world import exposures
from eeic.world.services import talking

GROUPS = (made.FOCUS, made.OTHER, made.THIRD, made.REFERENCE)
PLAYGROUND = made.EXPLORERS["pathway-playground"]
MACHINE = made.EXPLORERS["headline-machine"]


@pytest.fixture(scope="module")
def lindlemere():
    return world.build()


@pytest.fixture(scope="module")
def met(lindlemere):
    return lindlemere.latent


def expected(lindlemere, frame):
    """Of every 100 in need: referred and treated, for one group's rows of the latent frame."""
    found = talking.expect(lindlemere.parameters)(frame[list(exposures.EXPOSED)])
    need, reached = found["talking_referred"]
    weight, stayed = found["talking_treated"]
    return 100 * (need * reached).sum() / need.sum(), 100 * (weight * stayed).sum() / need.sum()


@pytest.mark.parametrize("group", GROUPS)
def test_figures_are_those_of_the_world(lindlemere, met, group):
    mine = met[met["group"] == categories.LABELS.index(group)]
    referred, treated = expected(lindlemere, mine)
    assert made.referred(group) == pytest.approx(referred)
    assert made.treated(group) == pytest.approx(treated)
    off = exposures.switch_off(mine[list(exposures.EXPOSED)], ["language", "service_fit"])
    assert made.treated(group, ["interpreters", "ways_in"]) == pytest.approx(
        expected(lindlemere, off)[1]
    )
    up = mine.assign(resources=np.maximum(mine["resources"], 0))
    assert made.treated(group, ["housing"]) == pytest.approx(expected(lindlemere, up)[1])


@pytest.mark.parametrize("group", GROUPS[:3])
def test_what_made_the_gap_is_what_the_truth_says(lindlemere, group):
    told = lindlemere.truth["indicators"]["talking_referred"]["gaps"][group]
    found = made.contributions(group, "referred")
    assert set(found) == set(told["contributions"])
    for name, part in told["contributions"].items():
        assert found[name] == pytest.approx(-100 * part, abs=1e-3), name
    assert made.gap(group, step="referred") == pytest.approx(-100 * told["expected_gap"], abs=1e-3)


@pytest.mark.parametrize("step", made.STEPS)
@pytest.mark.parametrize("group", GROUPS[:3])
def test_causes_add_up_to_the_gap(group, step):
    assert sum(made.contributions(group, step).values()) == pytest.approx(
        made.gap(group, step=step)
    )


def test_no_lever_makes_anyone_worse_off():
    for group in categories.LABELS:
        for size in range(1, len(made.LEVERS) + 1):
            for levers in combinations(made.LEVERS, size):
                assert made.treated(group, levers) >= made.treated(group) - 1e-9
                assert made.referred(group, levers) >= made.referred(group) - 1e-9


def test_with_every_lever_the_gap_all_but_closes():
    for group in GROUPS[:3]:
        assert abs(made.gap(group, made.LEVERS)) < 0.15 * made.gap(group)


def test_the_story_holds():
    """The lesson's words rest on these; a new world must keep them."""
    alone = {g: {lever: made.gain(g, lever) for lever in made.LEVERS} for g in GROUPS[:2]}
    assert all(max(found, key=found.get) == "ways_in" for found in alone.values())
    assert made.best_pair(made.FOCUS) == ("interpreters", "ways_in")
    assert made.best_pair(made.OTHER) == ("ways_in", "fair_treatment")
    assert abs(made.treated(made.FOCUS) - made.treated(made.OTHER)) < 1
    assert alone[made.OTHER]["interpreters"] < 0.3 < 1 < alone[made.FOCUS]["interpreters"]
    assert made.contribution(made.FOCUS, "deprivation", "referred") < -1
    assert made.gap(made.THIRD) > 3
    for group in GROUPS:
        assert made.needing_language_support(group) < 50
        low, high = made.spread(group)
        assert high - low > made.gap(made.FOCUS)
    # Housing lifts everyone and hardly moves the gap, as round 2 says.
    for group in GROUPS[:2]:
        assert made.gain(group, "housing") > 0.5
        assert abs(made.gap(group, ["housing"]) - made.gap(group)) < 0.5
    # Two changes close most of the gap, not all of it, as the questions say.
    pair = ("interpreters", "ways_in")
    assert 0.5 < made.more_people(made.FOCUS, pair) / made.missing_people(made.FOCUS) < 0.95


def test_outreach_is_what_turns_deprivation_round(monkeypatch):
    """Without the paid organisations, deprivation narrows nothing."""
    recipe = datasets.recipe()
    routes = recipe.parameters["talking"]["routes"]
    monkeypatch.setitem(routes, "organisation_outreach", routes["organisation"])
    expect = talking.expect(recipe.parameters)
    residents, group = pathways._residents()
    frame = residents[list(exposures.EXPOSED)]

    def gap(of):
        need, reached = expect(of)["talking_referred"]
        mine, theirs = (
            (need * reached)[group == g].sum() / need[group == g].sum()
            for g in map(categories.LABELS.index, (made.FOCUS, made.REFERENCE))
        )
        return theirs - mine

    assert gap(frame) > gap(exposures.switch_off(frame, ["deprivation"])) + 0.001


def test_levers_can_be_given_in_any_order_and_kind():
    assert made.treated(made.FOCUS, ["ways_in", "housing"]) == made.treated(
        made.FOCUS, ("housing", "ways_in")
    )
    with pytest.raises(made.UnknownLever, match="no lever 'culture'; there are housing"):
        made.treated(made.FOCUS, ["culture"])
    with pytest.raises(categories.UnknownCategory):
        made.treated("Asian")


def test_every_setting_of_the_playground_says_what_it_did():
    for settings, chart in PLAYGROUND.frames():
        pulled = [lever for lever in made.LEVERS if settings[lever] == "changed"]
        group = {"pakistani": made.FOCUS, "black-caribbean": made.OTHER}[settings["group"]]
        now = f"{made.treated(group, pulled):.1f}"
        assert now in chart.finding and group in chart.finding
        row = chart.table.set_index("Group").loc[group]
        assert row["With the changes"] == pytest.approx(made.treated(group, pulled))
        assert row["Gap with the changes"] == pytest.approx(made.gap(group, pulled))
        change = round(made.gap(group, pulled), 1) - round(made.gap(group), 1)
        said = "narrows" if change < 0 else "widens" if change > 0 else "stays where it was"
        assert not pulled or f"The gap {said}: " in chart.finding


def test_the_machine_never_changes_its_number():
    for settings, chart in MACHINE.frames():
        group = {"pakistani": made.FOCUS, "black-caribbean": made.OTHER}[settings["group"]]
        assert f"{made.treated(group):.0f} filled for {group}" in chart.alt
        assert chart.finding.startswith("“")
    people, lever = (
        MACHINE.frame(telling=telling).table.iloc[3, 1] for telling in ("people", "lever")
    )
    assert people == "none" and "Interpreters" in lever


def test_every_finding_has_a_number_and_blames_nobody():
    said = made.findings()
    assert set(said) == {
        *("causes", "other-causes", "draft", "spread", "pairs", "everyone", "paper")
    }
    for name, sentence in said.items():
        assert re.search(r"\d", sentence) and "nan" not in sentence
        if name != "draft":
            assert not re.search(r"cultur|attitud|engage|aware|hard.to.reach", sentence)
    with pytest.raises(ValueError, match="no finding 'cause'; there are 'causes'"):
        made.finding("cause")
