"""Talking therapies: no impossible episode, gaps where the mechanisms push, targets met."""

from importlib.resources import files

import numpy as np
import pandas as pd
import pytest

from eeic.categories import LABELS
from eeic.world import build
from eeic.world.build import recipe, work
from eeic.world.calibrate import residents
from eeic.world.export import sheets, view
from eeic.world.exposures import EXPOSED, MECHANISMS, GroupLeak
from eeic.world.recording.columns import FIRST_DAY, LAST_DAY
from eeic.world.services import talking
from eeic.world.systems import load
from eeic.world.truth import expected_by_group, expected_sums

NAMES = [one.name for one in talking.INDICATORS]


@pytest.fixture(scope="module")
def faithful():
    """The practice world as it is, with everything written down as it was."""
    return build(switches={"recording": False})


@pytest.fixture(scope="module")
def expected():
    """What ten other worlds can expect: indicator -> share overall and by group."""
    parameters = load()
    people, exposed = residents(parameters, range(1001, 1011))
    told = talking.expect(parameters)(exposed)
    by_group = expected_by_group(told, people["group"].to_numpy())
    return {
        name: {"all": (weight * value).sum() / weight.sum()}
        | dict(zip(LABELS, by_group[name], strict=True))
        for name, (weight, value) in told.items()
    }


def rows_of(*prefixes):
    table = pd.read_csv(files("eeic.world") / "data" / "calibration.csv")
    measure = table["measure"].str.split(":", expand=True)[[0, 1, 2]]
    mine = measure[1].str.startswith(prefixes)
    return [
        pytest.param(*one, id=" ".join(one[:3]))
        for one in pd.concat([measure, table[["target_low", "target_high"]]], axis=1)[
            mine
        ].itertuples(index=False, name=None)
    ]


@pytest.mark.parametrize("kind, name, group, low, high", rows_of("talking_"))
def test_calibration(kind, name, group, low, high, expected):
    assert kind == "share"
    assert low <= 100 * expected[name][group] <= high


def test_no_impossible_episode(world):
    rows = world.tables["L04"].merge(world.latent, on="person_id", suffixes=("", "_true"))
    assert len(rows) == len(world.tables["L04"])
    assert (rows["assessed_on"].dropna() > rows["referred_on"][rows["assessed_on"].notna()]).all()
    seen, treated = rows["assessed_on"].notna(), rows["first_treated_on"].notna()
    assert (treated <= seen).all()
    assert (rows["first_treated_on"] > rows["assessed_on"])[treated].all()
    assert ((rows["contacts"] > 0) == treated).all()
    assert rows["contacts"].between(0, 20).all()
    last = FIRST_DAY + np.timedelta64(LAST_DAY, "D").astype("timedelta64[s]")
    assert rows["referred_on"].min() >= FIRST_DAY and rows["first_treated_on"].max() <= last
    for scale, top in (("phq9", 27), ("gad7", 21)):
        assert (rows[f"{scale}_first"].notna() == seen).all()
        assert (rows[f"{scale}_last"].notna() == (rows["contacts"] >= 2)).all()
        assert rows[[f"{scale}_first", f"{scale}_last"]].stack().between(0, top).all()
    # Nobody is referred before coming to England, or as a child of under 16.
    years_ago = (pd.Timestamp(last) - rows["referred_on"]).dt.days / 365
    born_abroad = rows["years_in_england"] >= 0
    assert (years_ago < rows["years_in_england"] + 1)[born_abroad].all()
    assert (rows["age"] - years_ago >= 16).all()
    assert rows["tt_need"].all()


def test_recovery_follows_from_the_scores(world):
    rows = world.tables["L04"]
    case = (rows["phq9_first"] >= 10) | (rows["gad7_first"] >= 8)
    well = (rows["phq9_last"] < 10) & (rows["gad7_last"] < 8)
    counts = (rows["contacts"] >= 2) & case.fillna(False)
    assert (rows["recovered"].notna() == counts).all()
    assert ((rows["recovered"] == "yes")[counts] == well[counts]).all()
    two = rows[rows["contacts"] >= 2]
    phq, gad = two["phq9_first"] - two["phq9_last"], two["gad7_first"] - two["gad7_last"]
    improved = ((phq >= 6) | (gad >= 4)) & (phq > -6) & (gad > -4)
    assert ((two["reliable_improvement"] == "yes") == improved).all()
    # Neither answer is a formality.
    assert 0.3 < well[counts].mean() < 0.7 and 0.3 < improved.mean() < 0.9


def test_values_are_those_of_the_dictionary(world):
    for column in sheets()["L04"]["columns"]:
        values = world.tables["L04"][column["name"]]
        if not column["missing"].startswith("NA"):
            assert values.notna().all(), column["name"]
        if column["type"] in {"date", "integer"} and values.notna().any():
            low, _, high = column["allowed"].partition(" to ")
            if column["type"] == "integer":
                assert int(low) <= values.min() and values.max() <= int(high), column["name"]
            elif high.startswith("20"):
                assert pd.Timestamp(low) <= values.min(), column["name"]
                assert values.max() <= pd.Timestamp(high), column["name"]
        if "; " in column["allowed"]:
            assert set(values.dropna()) == set(column["allowed"].split("; ")), column["name"]


def test_flaws_are_there_at_their_rates(world):
    rows, flaws = world.tables["L04"], world.truth["datasets"]["L04"]["flaws"]
    assert 0.002 < flaws["duplicate_rows"] < 0.016
    assert flaws["interpreter_missing"] == pytest.approx(0.40, abs=0.05)
    assert flaws["duplicate_rows"] == pytest.approx(
        rows["referral_id"].duplicated().mean(), abs=1e-6
    )
    reasons = rows[rows["assessed_on"].notna()].groupby("team")["ended_reason"].agg(set)
    assert reasons["team A"] == {"completed"}
    assert len(reasons["team B"]) == len(reasons["team C"]) == 7
    wrong = flaws["ended_reason_overwritten"]
    assert 0.05 < wrong < 0.25


def test_faithful_is_the_truth(faithful, placebo):
    for world in (faithful, placebo):
        assert set(world.truth["datasets"]["L04"]["flaws"].values()) == {0}
        rows = world.tables["L04"].set_index("person_id")
        true = world.latent.set_index("person_id").query("tt_referred").reindex(rows.index)
        assert rows.index.is_unique and true["tt_need"].all()
        assert len(rows) == world.latent["tt_referred"].sum()
        assert (rows["source"] == np.array(talking.ROUTES)[true["tt_source"]]).all()
        assert (rows["ended_reason"] == np.array(talking.REASONS)[true["tt_ended"]]).all()
        seen = true["tt_assessed"]
        interpreter = np.array(talking.INTERPRETER)[true["tt_interpreter"]]
        assert (rows["interpreter"] == interpreter)[seen].all()
        assert rows["interpreter"][~seen].isna().all()
        assert (rows["phq9_first"] == true["tt_phq9_first"])[seen].all()
        assert ((rows["recovered"] == "yes") == true["tt_recovered"]).all()
        waited = (rows["assessed_on"] - rows["referred_on"]).dt.days[seen]
        assert (waited == true["tt_wait_days"][seen]).all()


def test_the_files_count_what_the_truth_counts_when_nothing_is_flawed(faithful):
    for name in set(NAMES) - {"talking_referred"}:
        for gap in faithful.truth["indicators"][name]["gaps"].values():
            if gap["gap"] is not None:
                assert gap["recording_bias"] == pytest.approx(0, abs=2e-6), name


def test_who_was_referred_is_who_the_service_has_codes_for(world):
    coded = world.tables["L02"].query("source == 'talking therapies'")["person_id"]
    assert set(coded) == set(world.tables["L04"]["person_id"])


def test_an_area_alone_is_the_same_as_in_the_run(world):
    wanted = recipe()
    alone = view("L04", work(wanted, [3]).files["L04"], wanted.parameters)
    there = world.tables["L04"]
    same = there[there["person_id"].isin(alone["person_id"])].reset_index(drop=True)
    assert len(alone) > 20
    pd.testing.assert_frame_equal(alone, same)


def test_numbers_and_order_carry_nothing(world):
    rows = world.tables["L04"].drop_duplicates("referral_id")
    number = rows["referral_id"].str[1:].astype(int)
    assert (rows["person_id"].str[1:].astype(int) != number).all()
    hidden = rows[["person_id"]].merge(world.latent, on="person_id")
    for column in ("area", "group", "slot", "unmet_language", "person_id"):
        values = pd.factorize(hidden[column], sort=True)[0]
        assert abs(np.corrcoef(number, values)[0, 1]) < 4.5 / np.sqrt(len(rows)), column
    assert rows["person_id"].is_monotonic_increasing


@pytest.mark.parametrize("name", NAMES)
def test_contributions_add_up(name, world):
    for gap in world.truth["indicators"][name]["gaps"].values():
        total = sum(gap["contributions"].values())
        assert abs(total - gap["expected_gap"]) <= max(0.02 * abs(gap["expected_gap"]), 1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_placebo_expects_no_gap(name, placebo):
    for gap in placebo.truth["indicators"][name]["gaps"].values():
        assert gap["expected_gap"] == 0
        assert set(gap["contributions"].values()) == {0}


def test_gaps_point_where_the_mechanisms_push(world, expected):
    gaps = {name: world.truth["indicators"][name]["gaps"] for name in NAMES}
    for name in ("talking_treated", "talking_recovered"):
        for mechanism in ("language", "deprivation", "unfair_treatment", "service_fit"):
            assert gaps[name]["Bangladeshi"]["contributions"][mechanism] < 0
    assert gaps["talking_without_interpreter"]["Roma"]["contributions"]["language"] > 0.03
    # The same deprivation brings people in through organisations, and recovery down.
    parts = gaps["talking_referred"]["Pakistani"]["contributions"]
    assert parts["deprivation"] > 0.01 and parts["service_fit"] < -0.02
    # Disadvantage is not a matter of being a minority, nor is it only language.
    assert expected["talking_recovered"]["Gypsy or Irish Traveller"] < 0.42
    assert expected["talking_recovered"]["White and Asian"] > 0.46


def test_organisations_see_people_sooner_and_that_favours_some_minority_groups(world, expected):
    rows = world.tables["L04"]
    waited = (rows["assessed_on"] - rows["referred_on"]).dt.days
    by_source = waited.groupby(rows["source"]).median()
    assert by_source["organisation"] < by_source["GP"]
    soon = expected["talking_seen_in_six_weeks"]
    for group in ("Bangladeshi", "Pakistani", "Black Caribbean"):
        assert soon[group] > soon["White British"] + 0.02


def test_an_interpreter_makes_recovery_likelier():
    """The lever is in the pathway: with no route to interpreters need counts in full."""
    parameters = load()
    _, exposed = residents(parameters, range(1, 2))
    need = exposed[exposed["unmet_language"] > 0]
    without = need.assign(unmet_language=1.0)
    on_demand = need.assign(unmet_language=0.15)
    value = talking.expect(parameters)
    after, before = (value(one)["talking_recovered"][1].mean() for one in (on_demand, without))
    assert after > before + 0.1
    assert (talking.chance_interpreter_used(parameters, without) < 0.2).all()


def test_people_live_what_is_expected():
    """In every group that is large enough: |z| below 4.5, and z scattered as chance scatters."""
    latent = build("course", seed=1).latent
    group = latent["group"].to_numpy()
    told = talking.expect(load("course"))(latent[list(EXPOSED)])
    z = []
    for one in talking.INDICATORS:
        among, true = one.counted(latent)
        people = np.bincount(group[among], minlength=len(LABELS))
        cases = np.bincount(group[among & true], minlength=len(LABELS))
        weight, chance = told[one.name]
        p = np.bincount(group, weight * chance) / np.bincount(group, weight)
        spread = people * p * (1 - p)
        enough = spread >= 4
        z += list((cases - people * p)[enough] / np.sqrt(spread[enough]))
    assert len(z) > 60
    assert np.abs(z).max() < 4.5
    assert 0.5 < np.square(z).mean() < 1.7


@pytest.mark.parametrize(
    "function",
    [
        talking.chance_of_need,
        talking.chance_interpreter_used,
        talking.chance_treated,
        talking.ease_of_recovery,
    ],
)
def test_the_pathway_refuses_a_group_column(function, world):
    exposed = world.latent[[*EXPOSED, "group"]]
    with pytest.raises(GroupLeak, match="group"):
        function(load(), exposed)


def test_expectations_touch_no_mechanism_but_their_own(world):
    """What cannot act on the service changes nothing, so the truth need not switch it."""
    exposed = world.latent[list(EXPOSED)]
    acting = {name for one in talking.INDICATORS for name in one.mechanisms}
    others = [c for name in set(MECHANISMS) - acting for c in MECHANISMS[name]]
    told, moved = (
        talking.expect(load())(one) for one in (exposed, exposed.assign(**dict.fromkeys(others, 3)))
    )
    for name in NAMES:
        assert (told[name][0] == moved[name][0]).all() and (told[name][1] == moved[name][1]).all()
    assert ("expected", "talking", "talking_recovered") in expected_sums(
        load(), exposed, world.latent["group"].to_numpy()
    )
