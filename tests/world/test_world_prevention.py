"""Prevention and courses: nested steps, sites where need is, and a provider that fell silent."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from eeic.categories import LABELS
from eeic.world import build
from eeic.world.block import Block
from eeic.world.build import work
from eeic.world.calibration import Look, _achieved, targets
from eeic.world.export import sheets, view
from eeic.world.exposures import EXPOSED, GroupLeak, switch_off
from eeic.world.rows import check_rows
from eeic.world.services import prevention
from eeic.world.services.diabetes import chance_of_diabetes

FILES = ["L03_prevention", "L03_education"]
NAMES = [one.name for one in prevention.INDICATORS]
AMONG_PEOPLE_FOUND = ["prevention_referred", "prevention_attended", "prevention_completed"]


@pytest.fixture(scope="module")
def faithful():
    return build(switches={"recording": False})


@pytest.fixture(scope="module")
def register():
    return build("register")


def gaps(world, name):
    return world.truth["indicators"][name]["gaps"]


def test_calibration(register):
    look = Look(register)
    rows = targets()
    ours = rows[rows["measure"].str.split(":").str[1].isin(NAMES)]
    assert len(ours) == 9
    for row in ours.itertuples():
        achieved = _achieved(look, row.measure, row.unit)
        assert row.target_low <= achieved <= row.target_high, (row.measure, achieved)


@pytest.mark.parametrize("name", FILES)
def test_no_impossible_row(name, register):
    assert check_rows(name, register.tables) == []
    table = register.tables[name]
    assert not table["person_id"].duplicated().any()
    adults = register.tables["L01"].set_index("person_id")["age"]
    # The register's age may be wrong by ten years.
    assert adults.loc[table["person_id"]].min() >= 18 - 10


@pytest.mark.parametrize(
    ("column", "value"),
    [("prevention_attended", "yes"), ("provider", "provider B"), ("referred_on", "2033-01-01")],
)
def test_impossible_rows_are_found(column, value, world):
    table = world.tables["L03_prevention"].copy()
    place = table.index[table["prevention_referred"] == "no"][0]
    table.loc[place, column] = pd.Timestamp(value) if column.endswith("_on") else value
    assert check_rows("L03_prevention", world.tables | {"L03_prevention": table})


@pytest.mark.parametrize("name", FILES)
def test_values_are_those_of_the_dictionary(name, register):
    for column in sheets()[name]["columns"]:
        values = register.tables[name][column["name"]]
        assert values.isna().any() == column["missing"].startswith("NA"), column["name"]
        allowed = column["allowed"].split(" (")[0].split("; ")
        if len(allowed) > 1:
            assert set(values.dropna()) == set(allowed), column["name"]
    found = register.tables["L03_prevention"]
    assert found["ndh_on"].between("2031-04-01", "2036-12-01").all()
    waited = (found["referred_on"] - found["ndh_on"]).dt.days.dropna()
    assert waited.min() == 5 and waited.max() == 90


def test_nobody_has_diabetes_and_is_at_high_risk(register):
    latent = register.latent.set_index("person_id")
    assert not (latent["pv_high_risk"] & latent["has_diabetes"]).any()
    assert not set(register.tables["L03"]["person_id"]) & set(
        register.tables["L03_prevention"]["person_id"]
    )
    assert set(register.tables["L03"]["person_id"]) == set(
        register.tables["L03_education"]["person_id"]
    )


def test_provider_a_is_silent_for_two_months_and_nobody_else_ever(register):
    rows = register.tables["L03_prevention"].query("prevention_referred == 'yes'")
    month = rows["referred_on"].dt.to_period("M").astype(str)
    silent = (rows["provider"] == "provider A") & month.isin(["2035-12", "2036-01"])
    assert silent.sum() > 15
    for column in ("prevention_attended", "prevention_completed"):
        assert (rows[column].isna() == silent).all()
    others = register.tables["L03_prevention"].query("prevention_referred == 'no'")
    assert (others["prevention_attended"] == "no").all()


def test_the_flaws_are_measured(register, placebo):
    flaws = {name: register.truth["datasets"][name]["flaws"] for name in FILES}
    # Two of 68 months at one of three providers.
    assert 0.005 < flaws["L03_prevention"]["attendance_not_returned"] < 0.02
    many = (register.tables["L03_education"]["education_offered"] == "yes").sum()
    error = np.sqrt(0.55 * 0.45 / many)
    assert abs(flaws["L03_education"]["language_not_known"] - 0.55) < 4 * error
    clean = [placebo.truth["datasets"][name]["flaws"] for name in FILES]
    assert {rate for one in clean for rate in one.values()} == {0}


def test_faithful_writes_everything_down_as_it_was(faithful):
    latent = faithful.latent.set_index("person_id")
    rows = faithful.tables["L03_prevention"].set_index("person_id")
    true = latent.loc[rows.index]
    assert len(rows) == latent["pv_found"].sum()
    for step in ("referred", "attended", "completed"):
        assert ((rows[f"prevention_{step}"] == "yes") == true[f"pv_{step}"]).all()
    courses = faithful.tables["L03_education"].set_index("person_id")
    true = latent.loc[courses.index]
    assert len(courses) == latent["diagnosed"].sum()
    assert (courses["education_language"].notna() == true["pv_course_offered"]).all()
    for name in NAMES:
        for gap in gaps(faithful, name).values():
            if gap["gap"] is not None:
                assert gap["recording_bias"] == pytest.approx(0, abs=2e-6), name


def test_people_live_what_is_expected(register):
    told = prevention.expect(register.parameters)(register.latent[list(EXPOSED)])
    group = register.latent["group"].to_numpy()
    for one in prevention.INDICATORS:
        weight, value = told[one.name]
        among, seen = one.counted(register.latent)
        # Given who is there by luck, how many of them did it.
        p = value[among]
        counted = seen[among]
        z = (counted.sum() - p.sum()) / np.sqrt((p * (1 - p)).sum())
        assert 2 * stats.norm.sf(abs(z)) > 1e-4, one.name
        expected = np.bincount(group[among], weights=p, minlength=19)
        spread = np.bincount(group[among], weights=p * (1 - p), minlength=19)
        enough = expected >= 5
        square = (np.bincount(group[among], weights=counted, minlength=19) - expected) ** 2
        square = (square[enough] / spread[enough]).sum()
        assert stats.chi2.sf(square, enough.sum()) > 1e-4, one.name
        # And how many there were to do it.
        off = abs(among.sum() - weight.sum())
        assert off <= 4 * np.sqrt(weight.sum()), one.name


def test_placebo_expects_no_gap(placebo):
    exposed = placebo.latent[list(EXPOSED)]
    for name, (_, chance) in prevention.expect(placebo.parameters)(exposed).items():
        assert (pd.Series(chance).groupby(exposed["age"]).nunique() == 1).all(), name
        if name not in ("high_risk_found", "prevention_reach"):
            assert {gap["expected_gap"] for gap in gaps(placebo, name).values()} == {0}, name


def test_contributions_add_up(world):
    for name in NAMES:
        for gap in gaps(world, name).values():
            total = sum(gap["contributions"].values())
            assert abs(total - gap["expected_gap"]) <= max(0.02 * abs(gap["expected_gap"]), 1e-5)


def test_sites_in_deprived_areas_favour_those_who_live_there(world):
    for name in AMONG_PEOPLE_FOUND:
        pakistani = gaps(world, name)["Pakistani"]
        # Deprived areas got the sites; language and unfair treatment still stand in the way.
        assert pakistani["contributions"]["deprivation"] > 0.02, name
        assert pakistani["contributions"]["language"] < 0, name
        assert pakistani["contributions"]["unfair_treatment"] < 0, name
        assert pakistani["expected_gap"] > 0.01, name
        assert pakistani["contributions"]["observed_pattern"] == pytest.approx(0, abs=0.01), name
    for name in ("prevention_attended", "prevention_completed"):
        assert gaps(world, name)["Pakistani"]["contributions"]["travel"] > 0


def test_the_lever_of_the_sites_is_what_makes_the_gain(world):
    """Without community sites deprivation would make the gap point the other way."""
    told = world.parameters["prevention"]
    closed = told | {"sites": told["sites"] | {"near": [0, 0]}}
    parameters = type(world.parameters)(
        {**world.parameters.values, "prevention": closed}, world.parameters.tables, "closed"
    )
    exposed = world.latent[list(EXPOSED)]
    mine = world.latent["group"].to_numpy() == LABELS.index("Pakistani")
    british = world.latent["group"].to_numpy() == LABELS.index("White British")
    for name in AMONG_PEOPLE_FOUND:
        weight, value = prevention.expect(parameters)(exposed)[name]
        ours, theirs = ((weight * value)[one].sum() / weight[one].sum() for one in (mine, british))
        open_gap = gaps(world, name)["Pakistani"]["expected_gap"]
        assert ours - theirs < open_gap - 0.03, name


def test_language_need_keeps_people_from_courses_in_english(world):
    gap = gaps(world, "education_attended")
    for label in ("Pakistani", "Bangladeshi", "Roma"):
        assert gap[label]["contributions"]["language"] < -0.002, label
    exposed = world.latent[list(EXPOSED)]
    need = exposed["unmet_language"].to_numpy() > 0
    own = prevention.chance_course_attended(world.parameters, exposed)
    met = prevention.chance_course_attended(world.parameters, switch_off(exposed, ["language"]))
    assert (own[need] < met[need]).all() and (own[~need] == met[~need]).all()
    # The worst place is a practice without any route: every course there is in English.
    assert (own[need] / met[need]).min() == pytest.approx(0.3, abs=0.05)


def test_need_carries_reach(world):
    for name in ("high_risk_found", "prevention_reach"):
        pakistani = gaps(world, name)["Pakistani"]["contributions"]
        assert pakistani["observed_pattern"] > 0.001 and pakistani["age_structure"] < 0


def test_high_risk_is_never_rarer_than_nothing(world):
    exposed = world.latent[list(EXPOSED)]
    both = prevention.chance_of_diabetes_or_high_risk(world.parameters, exposed)
    assert (both >= chance_of_diabetes(world.parameters, exposed)).all()
    assert (both[exposed["age"] < 18] == 0).all()


def test_the_pathway_refuses_a_group_column(world):
    block = Block.of(world.parameters, 2026, [3])
    exposed = world.latent.loc[world.latent["area"] == 3, list(EXPOSED)]
    with pytest.raises(GroupLeak):
        prevention.walk(block, exposed.assign(group=1))


@pytest.mark.parametrize("name", FILES)
def test_an_area_alone_is_the_area_in_the_run(name, world):
    alone = view(name, work(world.recipe, [5]).files[name], world.parameters)
    inside = world.latent.loc[world.latent["area"] == 5, "person_id"]
    part = world.tables[name]
    part = part[part["person_id"].isin(inside)].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, part)


def test_a_switch_changes_only_the_people_it_reaches(world):
    off = build(switches={"language": False})
    untouched = world.latent["unmet_language"] == 0
    lives = [name for name in world.latent if name.startswith("pv_")]
    assert world.latent.loc[untouched, lives].equals(off.latent.loc[untouched, lives])
