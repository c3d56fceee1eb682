"""Emergency admissions: gradients where published ones are, flaws at their rates."""

from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from eeic.categories import LABELS
from eeic.world import build
from eeic.world.block import Block
from eeic.world.build import work
from eeic.world.calibrate import residents
from eeic.world.export import sheets, view
from eeic.world.exposures import EXPOSED, GroupLeak
from eeic.world.recording import emergency as recorded
from eeic.world.rows import check_rows
from eeic.world.services import emergency
from eeic.world.systems import load

CALIBRATION = files("eeic.world") / "data" / "calibration.csv"
NAMES = ["avoidable_admission", "emergency_admission"]


@pytest.fixture(scope="module")
def faithful():
    return build(switches={"recording": False})


@pytest.fixture(scope="module")
def several():
    """Five worlds' files with their latent frames, for flaws that are rare in one."""
    return [build(seed=seed) for seed in (2026, 1, 2, 3, 4)]


def target(measure):
    table = pd.read_csv(CALIBRATION).set_index("measure")
    return table.loc[measure, ["target_low", "target_high"]]


def test_calibration():
    parameters = load()
    people, exposed = residents(parameters, range(1001, 1021))
    avoidable = emergency.chance_avoidable(parameters, exposed)
    low, high = target("share:avoidable_admission:all")
    assert low <= 100 * avoidable.mean() <= high
    decile = parameters.tables["area"]["deprivation_decile"].to_numpy()[people["area"] - 1]
    fifth, band = (decile + 1) // 2, np.minimum(people["age"].to_numpy() // 5, 18)
    ratio = np.array(
        [
            avoidable[(band == one) & (fifth == 1)].mean()
            / avoidable[(band == one) & (fifth == 5)].mean()
            for one in range(19)
        ]
    )
    for measure, value in (("lowest", ratio.min()), ("highest", ratio.max())):
        low, high = target(f"fifths_by_age:avoidable_admission:{measure}")
        assert low <= value <= high, (measure, value)
    assert ratio.argmax() * 5 == 45


def test_no_impossible_admission(world):
    assert check_rows("L18", world.tables) == []
    rows = world.tables["L18"].drop_duplicates().sort_values(["person_id", "admitted_on"])
    assert rows["admitted_on"].between("2036-04-01", "2037-03-31").all()
    leaves = rows["admitted_on"] + pd.to_timedelta(rows["los_days"], unit="D")
    again = rows["person_id"] == rows["person_id"].shift(-1)
    # Nobody is admitted while in hospital.
    assert (leaves[again] <= rows["admitted_on"].shift(-1)[again]).all()
    assert again.sum() > 30
    counts = rows.groupby(["person_id", "avoidable_type"]).size()
    assert counts.max() == 2


def test_values_are_those_of_the_dictionary(several):
    rows = pd.concat([one.tables["L18"] for one in several])
    for column in sheets()["L18"]["columns"]:
        values = rows[column["name"]]
        assert values.notna().all(), column["name"]
        allowed = column["allowed"].split("; ")
        if column["name"] == "ethnic_code":
            assert set(values) == {one.split()[0] for one in allowed}
        elif len(allowed) > 1:
            assert set(values) == set(allowed), column["name"]


def test_flaws_are_there_at_their_rates(several, placebo):
    rows = pd.concat([one.tables["L18"] for one in several], keys=range(5), names=["world"])
    once = rows.reset_index("world").drop_duplicates()
    month = once["admitted_on"].dt.month
    others = month.value_counts().drop(3)
    a_day = others.sum() / (365 - 31)
    # About 800 expected in March at 0.7: the standard error is 0.025 of all.
    assert (month == 3).sum() / (31 * a_day) == pytest.approx(0.70, abs=0.08)
    flaws = []
    for one in several:
        worked = work(one.recipe, one.recipe.areas)
        found = recorded.flaws(worked.written, worked.files)["L18"]
        flaws.append({name: how_many / of for (name,), (how_many, of) in found.items()})
    assert 0.004 < np.mean([one["duplicate_rows"] for one in flaws]) < 0.012
    assert 0.015 < np.mean([one["not_yet_coded"] for one in flaws]) < 0.036
    assert 0.13 <= np.mean([one["ethnic_code_not_known"] for one in flaws]) <= 0.17
    assert 0.015 < np.mean([one["ethnic_code_not_stated"] for one in flaws]) < 0.045
    clean = placebo.truth["datasets"]["L18"]["flaws"]
    assert set(clean.values()) == {0}


def test_hospital_codes_agree_as_hospital_codes_do(several):
    own = pd.concat(
        [
            one.tables["L18"]
            .drop_duplicates()
            .merge(one.tables["L01"][["person_id", "ethnic_group_self"]], on="person_id")
            for one in several
        ]
    )
    known = own[~own["ethnic_code"].isin(["Z", "99"])]
    from eeic.categories import TO_NHS_2001

    agrees = known["ethnic_code"] == known["ethnic_group_self"].map(TO_NHS_2001)
    by_group = agrees.groupby(known["ethnic_group_self"]).mean()
    assert by_group["White British"] > 0.9
    mixed = known["ethnic_group_self"].isin([label for label in LABELS if "White and" in label])
    assert agrees[mixed].mean() < 0.75


def test_faithful_writes_everything_down_as_it_was(faithful):
    rows, latent = faithful.tables["L18"], faithful.latent.set_index("person_id")
    assert len(rows) == latent["em_avoidable"].sum() + latent["em_other"].sum()
    register = faithful.tables["L01"].set_index("person_id")["ethnic_code_2001"]
    assert (rows["ethnic_code"].to_numpy() == register.loc[rows["person_id"]].to_numpy()).all()
    for name in NAMES:
        for gap in faithful.truth["indicators"][name]["gaps"].values():
            assert gap["recording_bias"] == pytest.approx(0, abs=2e-6)


def test_people_live_what_is_expected(several):
    told = [emergency.expect(one.parameters)(one.latent[list(EXPOSED)]) for one in several]
    for name in NAMES:
        p = np.concatenate([one[name][1] for one in told])
        avoidable = np.concatenate([one.latent["em_avoidable"] > 0 for one in several])
        other = np.concatenate([one.latent["em_other"] > 0 for one in several])
        seen = avoidable if name == "avoidable_admission" else avoidable | other
        z = (seen.sum() - p.sum()) / np.sqrt((p * (1 - p)).sum())
        assert 2 * stats.norm.sf(abs(z)) > 1e-4, name
        group = np.concatenate([one.latent["group"] for one in several])
        expected = np.bincount(group, weights=p)
        square = (np.bincount(group, weights=seen) - expected) ** 2
        enough = expected >= 5
        square = (square / np.bincount(group, weights=p * (1 - p)))[enough].sum()
        assert stats.chi2.sf(square, enough.sum()) > 1e-4, name


def test_placebo_expects_no_gap_at_any_age(placebo):
    exposed = placebo.latent[list(EXPOSED)]
    for _, chance in emergency.expect(placebo.parameters)(exposed).values():
        assert (pd.Series(chance).groupby(exposed["age"]).nunique() == 1).all()


def test_contributions_add_up_and_point_where_mechanisms_push(world):
    for name in NAMES:
        gaps = world.truth["indicators"][name]["gaps"]
        for gap in gaps.values():
            total = sum(gap["contributions"].values())
            assert abs(total - gap["expected_gap"]) <= max(0.02 * abs(gap["expected_gap"]), 1e-5)
        pakistani = gaps["Pakistani"]["contributions"]
        for pushes in ("language", "practice", "deprivation", "unfair_treatment", "service_fit"):
            assert pakistani[pushes] > 0, (name, pushes)
        assert (
            pakistani["age_structure"] < 0 < gaps["White Irish"]["contributions"]["age_structure"]
        )


def test_indicators_favour_some_minority_groups_through_their_ages(world):
    for name in NAMES:
        gaps = world.truth["indicators"][name]["gaps"]
        for label in ("Indian", "Chinese", "Black African"):
            assert gaps[label]["expected_gap"] < 0
            assert gaps[label]["contributions"]["age_structure"] < gaps[label]["expected_gap"]


def test_the_pathway_refuses_a_group_column(world):
    block = Block.of(world.parameters, 2026, [3])
    exposed = world.latent.loc[world.latent["area"] == 3, list(EXPOSED)]
    for receiver in (emergency.walk, emergency.admissions):
        with pytest.raises(GroupLeak):
            receiver(block, exposed.assign(group=1))


def test_an_area_alone_is_the_area_in_the_run(world):
    alone = view("L18", work(world.recipe, [5]).files["L18"], world.parameters)
    inside = world.latent.loc[world.latent["area"] == 5, "person_id"]
    part = world.tables["L18"]
    part = part[part["person_id"].isin(inside)].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, part)


def test_a_switch_changes_only_the_people_it_reaches(world):
    off = build(switches={"language": False})
    untouched = world.latent["unmet_language"] == 0
    lives = ["em_avoidable", "em_other"]
    assert world.latent.loc[untouched, lives].equals(off.latent.loc[untouched, lives])
    assert (world.latent["em_other"] == off.latent["em_other"]).all()
