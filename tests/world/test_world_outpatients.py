"""Outpatients: no impossible appointment, reminders do what the manifest says, targets met."""

from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from eeic.categories import LABELS
from eeic.world import build
from eeic.world.build import recipe, work
from eeic.world.calibrate import residents
from eeic.world.export import sheets, view
from eeic.world.exposures import EXPOSED, MECHANISMS, GroupLeak
from eeic.world.lookups import logistic_step
from eeic.world.rows import check_rows
from eeic.world.services import outpatients
from eeic.world.systems import load
from eeic.world.tables import outpatients as weeks
from eeic.world.truth import contributions, expected_by_group, expected_sums

MISSED = ["did not attend", "was not brought"]
CALIBRATION = files("eeic.world") / "data" / "calibration.csv"


@pytest.fixture(scope="module")
def faithful():
    return build(switches={"recording": False})


@pytest.fixture(scope="module")
def many():
    """Ten other worlds: people, exposures, and each one's weight and chance of missing."""
    parameters = load()
    people, exposed = residents(parameters, range(1001, 1011))
    decile = parameters.tables["area"]["deprivation_decile"].to_numpy()[people["area"] - 1]
    return parameters, people, exposed, (decile + 1) // 2


@pytest.fixture(scope="module")
def weekly():
    return weeks.make(recipe())[0]["L13_weeks"]


def target(measure):
    table = pd.read_csv(CALIBRATION).set_index("measure")
    return table.loc[measure, ["target_low", "target_high"]]


def mean(told, which=None):
    weight, value = told
    which = np.ones(len(weight), dtype=bool) if which is None else which
    return (weight * value)[which].sum() / weight[which].sum()


def test_calibration(many):
    parameters, _, exposed, fifth = many
    told = outpatients.expect(parameters)(exposed)
    missed = told["missed_appointments"]
    unmet = (exposed["unmet_language"] > 0).to_numpy()
    found = {
        "share:missed_appointments:all": 100 * mean(missed),
        "share:cancelled_by_hospital:all": 100 * mean(told["cancelled_by_hospital"]),
        "fifths:missed_appointments:all": mean(missed, fifth == 1) / mean(missed, fifth == 5),
        "unmet:missed_appointments:all": mean(missed, unmet) / mean(missed, ~unmet),
    }
    for measure, value in found.items():
        low, high = target(measure)
        assert low <= value <= high, (measure, value)
    # Most of the fifths lie in order, which is what a gradient is.
    by_fifth = [mean(missed, fifth == number) for number in range(1, 6)]
    assert np.all(np.diff(by_fifth) < 0)


def test_reminders_raise_the_mean_and_widen_the_gap_until_messages_match(many):
    parameters, _, exposed, _ = many
    table = outpatients._averaged(parameters)
    by_phase = table[logistic_step(outpatients.log_odds_missed(parameters, exposed))]
    unmet = (exposed["unmet_language"] > 0).to_numpy()
    before, english, matched = by_phase.mean(axis=1)
    assert before > english > matched
    gap = [row[unmet].mean() - row[~unmet].mean() for row in by_phase]
    assert gap[1] > gap[0] + 0.005 and gap[2] < gap[0] - 0.01
    # Who has no use for English texts is no better and no worse for them.
    assert (by_phase[0] == by_phase[1])[unmet].all()


def test_no_impossible_appointment(world):
    rows = world.tables["L13"]
    assert check_rows("L13", world.tables) == []
    assert rows["appt_id"].is_unique
    own = rows.merge(world.latent, on="person_id")
    assert len(own) == len(rows)
    assert ((own["due_on"] - own["booked_on"]).dt.days == own["wait_days"]).all()
    assert rows["due_on"].between("2035-04-04", "2037-03-31").all()
    weekend = own["due_on"].dt.dayofweek >= 5
    assert (weekend == (own["slot_type"] == "weekend")).all()
    second_year = (rows["due_on"] - pd.Timestamp("2035-04-04")).dt.days // 364
    assert rows.groupby(["person_id", second_year]).size().max() == 4
    child = own["age"] < 16
    assert not (child & (own["outcome"] == "did not attend")).any()
    assert not (~child & (own["outcome"] == "was not brought")).any()
    assert not (own["female"] & (own["specialty"] == "bladder and prostate") & child).any()
    assert own.loc[own["specialty"] == "women's health", "female"].all()
    assert (own.loc[own["specialty"] == "children's medicine", "age"] < 16).all()
    assert (own.loc[own["specialty"] == "medicine for older people", "age"] >= 65).all()


def test_reminders_are_sent_in_their_weeks(world):
    rows = world.tables["L13"]
    week = (rows["due_on"] - pd.Timestamp("2035-04-04")).dt.days // 7 + 1
    assert week.min() == 1 and week.max() == 104
    assert (rows.loc[week < 40, "reminder"] == "none").all()
    assert (rows.loc[week >= 40, "reminder"] == "text").mean() > 0.7
    assert set(rows.loc[week < 78, "letter_language"].dropna()) == {"English"}
    assert (rows.loc[week >= 78, "reminder"] != "none").all()
    assert set(week[rows["change_note"] != "none"]) == {61}


def test_values_are_those_of_the_dictionary(world):
    for column in sheets()["L13"]["columns"]:
        values = world.tables["L13"][column["name"]]
        if not column["missing"].startswith("NA"):
            assert values.notna().all(), column["name"]
        if "; " in column["allowed"]:
            assert set(values.dropna()) == set(column["allowed"].split("; ")), column["name"]


def test_flaws_are_there_at_their_rates(world, placebo):
    rows, flaws = world.tables["L13"], world.truth["datasets"]["L13"]["flaws"]
    assert flaws["letter_language_missing"] == pytest.approx(0.70, abs=0.02)
    own = rows.set_index("appt_id").join(
        build(switches={"recording": False}).tables["L13"].set_index("appt_id")["outcome"],
        rsuffix="_true",
    )
    week = (own["due_on"] - pd.Timestamp("2035-04-04")).dt.days // 7 + 1
    changed = own["outcome"] != own["outcome_true"]
    assert set(own.loc[changed, "outcome_true"]) == {"cancelled by patient"}
    assert (week[changed] < 61).all()
    early = (own["outcome_true"] == "cancelled by patient") & (week < 61)
    # About 450 of these, at 0.13: the standard error is 0.016.
    assert changed[early].mean() == pytest.approx(0.13, abs=0.06)
    missed = own["outcome"].isin(MISSED).sum()
    assert flaws["late_cancellation_written_as_missed"] == pytest.approx(
        changed.sum() / missed, abs=1e-6
    )
    assert set(placebo.truth["datasets"]["L13"]["flaws"].values()) == {0}


def test_faithful_writes_everything_down_as_it_was(faithful):
    rows, latent = faithful.tables["L13"], faithful.latent.set_index("person_id")
    assert rows.notna().all().all()
    by_person = rows.assign(missed=rows["outcome"].isin(MISSED)).groupby("person_id")
    assert (by_person["missed"].sum() == latent["op_missed"].loc[by_person.size().index]).all()
    assert by_person.size().sum() == latent["op_due"].sum()
    for name in ("missed_appointments", "cancelled_by_hospital"):
        for gap in faithful.truth["indicators"][name]["gaps"].values():
            assert gap["recording_bias"] == pytest.approx(0, abs=2e-6)


def test_counts_in_the_truth_are_those_of_the_people(world):
    latent = world.latent
    groups = world.truth["indicators"]["missed_appointments"]["groups"]
    for g, label in enumerate(LABELS):
        mine = latent[latent["group"] == g]
        assert groups[label]["people"] == mine["op_open"].sum()
        assert groups[label]["count"] == mine["op_missed"].sum()


def test_people_live_what_is_expected(world):
    """Misses in all follow the expected chances: four standard errors, clustering included."""
    told = outpatients.expect(world.parameters)(world.latent[list(EXPOSED)])
    for name, part, whole in (
        ("missed_appointments", "op_missed", "op_open"),
        ("cancelled_by_hospital", "op_hospital_cancelled", "op_due"),
    ):
        due = world.latent[whole].to_numpy()
        p = told[name][1]
        expected, seen = (due * p).sum(), world.latent[part].sum()
        assert abs(seen - expected) < 4 * np.sqrt(1.1 * expected), name
    due = world.latent["op_open"].sum()
    assert abs(due - told["missed_appointments"][0].sum()) < 4 * np.sqrt(3 * due)


def test_placebo_expects_no_gap_at_any_age(placebo):
    exposed = placebo.latent[list(EXPOSED)]
    _, chance = outpatients.expect(placebo.parameters)(exposed)["missed_appointments"]
    assert (pd.Series(chance).groupby(exposed["age"]).nunique() == 1).all()
    for gap in placebo.truth["indicators"]["cancelled_by_hospital"]["gaps"].values():
        assert gap["expected_gap"] == 0


def test_contributions_add_up_and_point_where_mechanisms_push(world):
    for name in ("missed_appointments", "cancelled_by_hospital"):
        for gap in world.truth["indicators"][name]["gaps"].values():
            total = sum(gap["contributions"].values())
            assert abs(total - gap["expected_gap"]) <= max(0.02 * abs(gap["expected_gap"]), 1e-5)
    gap = world.truth["indicators"]["missed_appointments"]["gaps"]["Pakistani"]["contributions"]
    for pushes in ("language", "deprivation", "unfair_treatment", "service_fit"):
        assert gap[pushes] > 0
    # Those who live near the hospital, as many in the towns do, miss fewer.
    assert gap["travel"] < 0


def test_a_switch_changes_only_the_people_it_reaches(world):
    off = build(switches={"language": False})
    untouched = world.latent["unmet_language"] == 0
    lives = ["op_due", "op_open", "op_missed", "op_hospital_cancelled"]
    assert world.latent.loc[untouched, lives].equals(off.latent.loc[untouched, lives])
    assert (world.latent["op_due"] == off.latent["op_due"]).all()
    assert off.latent["op_missed"].sum() < world.latent["op_missed"].sum()


@pytest.mark.parametrize("receiver", [outpatients.walk, outpatients.appointments])
def test_the_pathway_refuses_a_group_column(receiver, world):
    from eeic.world.block import Block

    block = Block.of(world.parameters, 2026, [3])
    exposed = world.latent.loc[world.latent["area"] == 3, list(EXPOSED)]
    with pytest.raises(GroupLeak):
        receiver(block, exposed.assign(group=1))


def test_an_area_alone_is_the_area_in_the_run(world):
    alone = work(world.recipe, [5]).files["L13"]
    alone = view("L13", alone, world.parameters)
    inside = world.latent.loc[world.latent["area"] == 5, "person_id"]
    part = world.tables["L13"]
    part = part[part["person_id"].isin(inside)].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, part)


def test_weekly_sums_are_of_the_same_appointments(world, weekly):
    parts = ["attended", "missed", "cancelled_by_patient", "cancelled_by_hospital"]
    assert (weekly[parts].sum(axis=1) == weekly["due"]).all()
    assert weekly["week"].nunique() == 104
    # One in eight of 1.1 million, with the workshop's number of appointments a person.
    a_person = len(world.tables["L13"]) / 20_000
    assert weekly["due"].sum() == pytest.approx(a_person * 1_100_000 / 8, rel=0.04)
    by_week = weekly.groupby("week")[["due"]].sum()
    assert by_week.loc[[38, 39, 90, 91], "due"].max() < by_week["due"].median() * 0.75


def test_weekly_sums_show_the_special_causes(weekly):
    def rate(rows):
        return rows["missed"].sum() / (rows["missed"] + rows["attended"]).sum()

    def cancelled(rows):
        return rows["cancelled_by_patient"].sum() / rows["due"].sum()

    before, english, coded, matched = (
        weekly[weekly["week"].between(*span)] for span in ((1, 39), (40, 60), (61, 77), (78, 104))
    )
    assert rate(before) > rate(english) + 0.005
    # The drop at week 61 is of coding: cancellations go up by what missed ones go down.
    assert rate(english) > rate(coded) and cancelled(coded) > cancelled(english) + 0.003
    assert rate(coded) > rate(matched) + 0.003
    causes = weeks.special_causes(recipe())
    assert [(one["week"], one["kind"]) for one in causes] == [
        (40, "care"),
        (61, "recording"),
        (78, "care"),
    ]
    assert len(weeks.special_causes(recipe(world="placebo"))) == 2


def test_no_mechanism_leaves_missing_to_age_alone(many):
    """With each mechanism off its contribution to every gap is nothing."""
    parameters, people, exposed, _ = many
    from eeic.world.exposures import switch_off

    some = exposed.iloc[:20_000].reset_index(drop=True)
    group = people["group"].to_numpy()[:20_000]
    off = switch_off(some, ["travel"])
    parts = contributions(expected_sums(parameters, off, group))["missed_appointments"]
    known = ~np.isnan(parts["travel"])
    assert (parts["travel"][known] == 0).all()
    assert set(parts) - {"none"} <= set(MECHANISMS)
    told = outpatients.expect(parameters)(off)
    by_group = expected_by_group(told, group)["missed_appointments"]
    assert np.allclose(sum(parts.values())[known], by_group[known])


def test_ids_carry_nothing(world):
    rows = world.tables["L13"]
    number = rows["appt_id"].str[1:].astype(int)
    when = rows["due_on"].astype("int64")
    assert abs(stats.spearmanr(number, when).statistic) < 4.5 / np.sqrt(len(rows))
    person = rows["person_id"].str[1:].astype(int)
    assert abs(stats.spearmanr(number, person).statistic) < 6 / np.sqrt(len(rows))
