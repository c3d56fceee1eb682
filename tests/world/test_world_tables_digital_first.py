"""L17: the total goes up, and the gap goes up with it."""

import re

import numpy as np
import pytest

from eeic.world.build import recipe
from eeic.world.export import sheets, typed
from eeic.world.exposures import GroupLeak
from eeic.world.tables import digital_first, sample


def made(**how):
    tables, facts = digital_first.make(recipe(**how))
    return {n: typed(t, sheets()[n]["columns"]) for n, t in tables.items()}, facts


@pytest.fixture(scope="module")
def main():
    return made()


@pytest.fixture(scope="module")
def plain():
    return made(world="placebo")


def rates(usage, after):
    """Contacts a month for 1,000 people by age band and group."""
    months = sorted(usage["month"].unique())
    chosen = months[6:] if after else months[:6]
    rows = usage[usage["month"].isin(chosen)]
    count = rows.groupby(["age_band", "group5"])["contacts"].sum() / len(chosen)
    people = rows.groupby(["age_band", "group5"])["registered"].first()
    return 1000 * count / people, people


def at_equal_age(usage, after):
    rate, people = rates(usage, after)
    ages = people.groupby("age_band").sum() / people.sum()
    return (rate.unstack() * ages.to_numpy()[:, None]).sum()


def test_the_proposal_has_nine_pages_and_says_nothing_of_who_loses(main):
    pages = main[0]["L17"]
    assert list(pages["page"].unique()) == list(range(1, 10))
    whole = " ".join(pages["text"])
    assert 600 < len(whole.split()) < 2500
    assert "available to everyone equally" in whole and "after approval" in whole
    for word in ("simply", "just", "obviously"):
        assert not re.search(rf"\b{word}\b", whole)


def test_total_up_gap_up(main):
    facts = main[1]["L17_usage"]
    assert facts["everybody"]["after"] > 1.08 * facts["everybody"]["before"]
    for group in ("Asian", "Black", "Other"):
        wider = facts["at_equal_age"]["gap_after"][group]
        assert wider < facts["at_equal_age"]["gap_before"][group] - 4
    assert facts["who_loses"]["people the form keeps out"] < 0 < facts["change"]["0-34, White"]
    assert facts["change"]["75+, Asian"] < facts["change"]["75+, White"] < 0


def test_the_counts_show_what_the_truth_says(main, plain):
    for tables, facts in (main, plain):
        for after, when in ((False, "before"), (True, "after")):
            shown = at_equal_age(tables["L17_usage"], after)
            for group in ("Asian", "White"):
                said = facts["L17_usage"]["at_equal_age"][when][group]
                # The season differs a little between the two halves.
                assert shown[group] == pytest.approx(said, rel=0.05)


def test_placebo_has_no_gap(plain):
    facts = plain[1]["L17_usage"]["at_equal_age"]
    assert set(facts["gap_before"].values()) | set(facts["gap_after"].values()) == {0}
    rate, people = rates(plain[0]["L17_usage"], True)
    expected = rate["75+", "White"]
    error = np.sqrt(1000 * expected / people / 12)
    assert (abs(rate - expected) < 4 * error + 4 * error["75+", "White"]).all()


def test_the_usage_table_is_whole(main):
    usage = main[0]["L17_usage"]
    assert len(usage) == 18 * 4 * 5 * 3
    assert usage.groupby(["age_band", "group5"])["registered"].nunique().max() == 1
    assert (usage["contacts"] >= 0).all()
    after = usage[usage["month"] >= main[1]["L17_usage"]["pilot_starts"]]
    by = after.groupby("channel")["contacts"].sum()
    assert by["online"] / by.sum() == pytest.approx(0.66, abs=0.05)


def test_who_was_heard_depends_on_the_route(main, plain):
    table, facts = main[0]["L17_consultation"], main[1]["L17_consultation"]
    stance = table["response_id"].map(lambda one: facts[one]["stance"])
    online = table["received_by"] == "online form"
    assert (stance[online] == "for").mean() > 0.6
    assert (stance[~online] == "against").mean() > 0.7
    assert table["text"].str.split().str.len().between(18, 70).all()
    assert not {"stance", "mechanism"} & set(table.columns)
    # Where nothing is wrong, nobody writes that it is.
    assert {one["stance"] for one in plain[1]["L17_consultation"].values()} == {"for"}


def test_the_form_does_not_know_groups():
    wanted = recipe()
    drawn = sample.draw(wanted)
    with pytest.raises(GroupLeak, match="group"):
        digital_first.held_back(
            wanted.parameters["digital_first"], drawn.exposed.assign(group=drawn.people["group"])
        )
