"""L14: what is claimed for a proposal, and what it would do to the people of the world."""

import pytest

from eeic.categories import LABELS
from eeic.world.build import recipe
from eeic.world.export import sheets, typed
from eeic.world.exposures import GroupLeak
from eeic.world.tables import options, sample


def made(**how):
    tables, facts = options.make(recipe(**how))
    return typed(tables["L14"], sheets()["L14"]["columns"]), facts["L14"]["proposals"]


@pytest.fixture(scope="module")
def main():
    return made()


def test_nine_proposals_without_their_truth(main):
    table, facts = main
    assert len(table) == 9 and list(table["proposal_id"]) == list(facts)
    assert not table.isna().any().any()
    assert not {"share", "log_odds", "keeps", "for_whom"} & set(table.columns)
    assert set(table["certainty"]) == {"high", "moderate", "low"}


def test_contributions_add_up_to_the_effect(main):
    for one in main[1].values():
        whole = one["per_1000_residents"]["All"]
        assert sum(one["by_mechanism"].values()) == pytest.approx(whole, abs=0.02)
        assert one["extra_steps"] == pytest.approx(whole * 1097.7, rel=0.02, abs=12)
        assert set(one["by_group"]) == set(LABELS)


def test_each_does_what_it_is_known_for(main):
    facts = main[1]
    by = {name: one["by_group"] for name, one in facts.items()}
    # Interpreters reach those whose language is not met; reminders reach them least.
    assert by["I03"]["Roma"] > 10 * by["I03"]["Black Caribbean"] > 0
    assert by["I01"]["Roma"] < 0.9 * by["I01"]["White British"]
    assert by["I06"]["Pakistani"] > 1.5 * by["I06"]["White British"]
    assert by["I07"]["Black Caribbean"] > 3 * by["I07"]["White British"]
    # A leaflet does what leaflets do.
    claimed = main[0].set_index("proposal_id")["stated_effect"]
    assert facts["I14"]["per_1000_reached"] < 0.1 * claimed["I14"]
    # The digital front door: more in total, and some lose.
    assert facts["I09"]["extra_steps"] > 0 and facts["I09"]["people_who_lose"] > 50_000
    assert "Roma" in facts["I09"]["groups_that_lose"]
    assert all(one["people_who_lose"] == 0 for name, one in facts.items() if name != "I09")


def test_the_budget_is_a_choice(main):
    cost = [one["cost"] for one in main[1].values()]
    assert sum(cost) > 1.5 * 2_000_000 and sorted(cost)[-1] < 2_000_000


def test_in_the_placebo_world_there_is_nothing_to_mend():
    _, facts = made(world="placebo")
    for name in ("I02", "I03", "I06", "I07"):
        assert facts[name]["extra_steps"] == 0
    assert len({round(x, 2) for x in facts["I01"]["by_group"].values()}) == 1


def test_reach_cannot_be_worked_out_from_the_group():
    drawn = sample.draw(recipe())
    bad = drawn.exposed.assign(group=drawn.people["group"])
    with pytest.raises(GroupLeak, match="group"):
        options.for_whom("most deprived", bad)
