"""L08 and L09: experience follows from what people meet, and answering does too."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from eeic.categories import LABELS
from eeic.world import exposures, people
from eeic.world.block import Block
from eeic.world.build import recipe
from eeic.world.export import sheets, typed
from eeic.world.exposures import GroupLeak
from eeic.world.tables import sample, survey

OTHERS = "all groups other than White British"


def made(**how):
    tables, facts = survey.make(recipe(**how))
    return {n: typed(t, sheets()[n]["columns"]) for n, t in tables.items()}, facts


@pytest.fixture(scope="module")
def main():
    return made()


@pytest.fixture(scope="module")
def plain():
    return made(world="placebo")


def good(table, group):
    rows = table[(table["ethnic_group_self"] == "White British") == (group == "White British")]
    rows = rows[rows["ethnic_group_self"].notna() & rows["q12"].between(1, 5)]
    return (rows["q12"] >= 4).mean(), len(rows)


@pytest.mark.parametrize("how", [{}, {"preset": "region"}])
def test_the_sampled_residents_are_the_people_of_the_whole_world(how):
    wanted = recipe(**how)
    thin = sample.draw(wanted)
    block = Block.of(wanted.parameters, wanted.seed, [5])
    whole = people.draw(block)
    met = exposures.meet(block, whole)
    here = (thin.people["area"] == 5).to_numpy()
    assert here.sum() == len(whole) // sample.ONE_IN
    for ours, theirs in ((thin.people, whole), (thin.exposed, met)):
        assert ours[here].reset_index(drop=True).equals(theirs.iloc[: here.sum()])


def test_every_practice_is_sampled_and_a_quarter_answers(main):
    table, facts = main[0]["L08"], main[1]["L08"]["response"]
    practices = table.groupby("practice_id")[["sampled", "responded"]].first()
    assert len(practices) == 140 and (practices["sampled"] == 70).all()
    assert (table.groupby("practice_id").size() == practices["responded"]).all()
    assert practices["responded"].sum() == facts["responded"] == len(table) <= 12_000
    assert 0.26 < facts["responded"] / facts["sampled"] < 0.285  # published: 27.3%
    strata = facts["expected_by_stratum"].values()
    assert 0.08 <= min(strata) < 0.12 and 0.40 < max(strata) <= 0.45


def test_values_are_those_of_the_sheet(main):
    for name, table in main[0].items():
        for column in sheets()[name]["columns"]:
            values = table[column["name"]]
            assert values.isna().any() == column["missing"].startswith("NA"), column["name"]
            if column["type"] == "text" and ";" in column["allowed"]:
                assert set(values.dropna()) <= set(column["allowed"].split("; "))
    items = main[0]["L08"][list(survey.ITEMS)].astype("float64")
    assert set(np.unique(items.stack().dropna().astype(int))) == {1, 2, 3, 4, 5, 6}
    assert items.isna().to_numpy().mean() == pytest.approx(0.03, abs=0.004)
    assert (items == 6).to_numpy().mean() == pytest.approx(0.02, abs=0.004)


def test_about_half_of_the_gap_lies_between_practices(main):
    facts = main[1]["L08"]
    gap = facts["expected_gap"][OTHERS]
    assert -0.12 < gap < -0.05
    assert 0.4 < facts["between_practices"][OTHERS] / gap < 0.6
    for label in LABELS:
        parts = facts["between_practices"][label] + facts["within_practices"][label]
        assert parts == pytest.approx(facts["expected_gap"][label], abs=2e-4)


def test_contributions_add_up_to_the_gap(main):
    facts = main[1]["L08"]
    for label in (*LABELS, OTHERS):
        total = sum(by[label] for by in facts["contributions"].values())
        assert total == pytest.approx(facts["expected_gap"][label], abs=3e-4)
    assert min(facts["contributions"], key=lambda m: facts["contributions"][m]["Roma"]) in {
        "language",
        "service_fit",
        "practice",
    }
    assert abs(facts["contributions"]["language"]["Black Caribbean"]) < 0.002


def test_the_file_shows_the_gap_and_placebo_none(main, plain):
    for tables, facts in (main, plain):
        (ours, n), (theirs, m) = (good(tables["L08"], g) for g in ("White British", OTHERS))
        # 3 standard errors, and a little for who answers.
        bound = 3 * np.sqrt(ours * (1 - ours) / n + theirs * (1 - theirs) / m) + 0.02
        assert abs(theirs - ours - facts["L08"]["expected_gap"][OTHERS]) < bound
    assert set(plain[1]["L08"]["expected_gap"].values()) == {0}


def test_published_weights_make_age_sex_and_place_right_and_know_no_group(main):
    table = main[0]["L08"]
    assert not any("group" in name for name in table if "weight" in name)
    drawn = sample.draw(recipe())
    adults = survey._adults(drawn)
    told = pd.Series(adults.stands_for).groupby(adults.age).sum()
    got = table.groupby("age_band")["published_weight"].sum()
    assert got.to_numpy() == pytest.approx(told.to_numpy(), rel=0.001)
    raw = table.groupby("age_band")["design_weight"].sum().to_numpy()
    assert abs(raw / told.to_numpy() - 1).max() > 0.2
    # Those who answer are the better served, and these weights leave most of that in place.
    facts = main[1]["L08"]["everybody"]
    assert facts["expected_of_respondents"] - facts["true"] > 0.01


def test_faithful_leaves_nothing_missing(plain):
    table = plain[0]["L08"]
    assert len(table) == 9800 and (table["responded"] == table["sampled"]).all()
    assert not table.isna().any().any() and (table[list(survey.ITEMS)] <= 5).all().all()


def test_relabelled_people_have_no_gap_of_their_own():
    tables, facts = made(world="relabelled")
    assert abs(facts["L08"]["within_practices"][OTHERS]) < 0.006
    assert facts["L08"]["response"]["responded"] == len(tables["L08"])


def test_a_switch_takes_its_contribution_away():
    _, facts = made(switches={"language": False})
    assert set(facts["L08"]["contributions"]["language"].values()) == {0}
    assert facts["L08"]["contributions"]["practice"]["Pakistani"] < -0.02


@pytest.mark.parametrize("function", ["chance_to_answer", "ease"])
def test_steps_refuse_the_group(function):
    wanted = recipe()
    drawn = sample.draw(wanted)
    bad = drawn.exposed.assign(group=drawn.people["group"])
    more = ("overall",) if function == "ease" else ()
    with pytest.raises(GroupLeak, match="group"):
        getattr(survey, function)(wanted.parameters["survey"], bad, *more)


def test_the_frame_hides_what_is_only_known_afterwards(main):
    frame, facts = main[0]["L09"], main[1]["L09"]
    assert "response" not in " ".join(frame.columns)
    assert set(frame["stratum"]) == set(facts["response_propensity"])
    assert frame.groupby("contact_mode")["cost_per_complete"].nunique().max() == 1
    online = "online link in English"
    organisation = survey.CONTACT[-1]
    needing = frame.loc[frame["language_support_needed"] == "yes", "stratum"].unique()
    for stratum in needing:
        chance = facts["response_propensity"][stratum]
        assert chance[organisation] > 5 * chance[online]
        assert facts["cost_per_complete"][stratum][online] > 15
    assert frame["n_population"].min() >= 30
    assert frame.drop_duplicates("stratum")["n_population"].sum() == pytest.approx(
        880_000, rel=0.05
    )


def test_seeds_and_sizes_decide_as_they_should(main):
    same = survey.make(recipe("register"))[0]["L08"]
    assert typed(same, sheets()["L08"]["columns"]).equals(main[0]["L08"])
    other = survey.make(recipe(seed=7))[0]["L08"]
    assert not other["q12"].head(500).equals(same["q12"].head(500))
    again = dataclasses.replace(recipe(), on=dict(recipe().on))
    assert survey.make(again)[0]["L08"].equals(same)
