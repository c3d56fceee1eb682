"""Bowel and cervical screening: no impossible row, odds ratios on target, one true no-gap."""

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
from eeic.world.services import screening
from eeic.world.systems import load
from eeic.world.truth import expected_by_group

NAMES = [one.name for one in screening.INDICATORS]


@pytest.fixture(scope="module")
def faithful():
    """The practice world as it is, with everything written down as it was."""
    return build(switches={"recording": False})


@pytest.fixture(scope="module")
def expected():
    """What ten other worlds can expect: indicator -> share overall and by group."""
    parameters = load()
    people, exposed = residents(parameters, range(1001, 1011))
    told = screening.expect(parameters)(exposed)
    by_group = expected_by_group(told, people["group"].to_numpy())
    return {
        name: {"all": (weight * value).sum() / weight.sum()}
        | dict(zip(LABELS, by_group[name], strict=True))
        for name, (weight, value) in told.items()
    }


def share(values, group):
    return 100 * values[group]


def odds_ratio(values, group, against="White British"):
    odds = {one: values[one] / (1 - values[one]) for one in (group, against)}
    return odds[group] / odds[against]


MEASURES = {"share": share, "odds_ratio": odds_ratio}


def rows():
    table = pd.read_csv(files("eeic.world") / "data" / "calibration.csv")
    measure = table["measure"].str.split(":", expand=True)[[0, 1, 2]]
    mine = measure[1].isin(NAMES)
    ranges = table[["target_low", "target_high"]]
    return pd.concat([measure, ranges], axis=1)[mine].itertuples(index=False, name=None)


@pytest.mark.parametrize("measure, name, group, low, high", list(rows()))
def test_calibration(measure, name, group, low, high, expected):
    assert low <= MEASURES[measure](expected[name], group) <= high


def test_no_impossible_row(world):
    rows = world.tables["L05"].merge(world.latent, on="person_id")
    bowel = rows["programme"] == "bowel"
    assert rows["age"][bowel].between(52, 74).all() and rows["age"][~bowel].between(27, 64).all()
    assert rows["female"][~bowel].all() and not rows["female"][bowel].all()
    days = rows["responded_on"] - rows["invited_on"]
    assert days.dropna().dt.days.between(4, 123).all()
    assert (rows["reminder_on"] - rows["invited_on"]).dropna().dt.days.between(56, 60).all()
    answered, reminded = rows["responded_on"].notna(), rows["reminder_on"].notna()
    assert (answered | reminded).all()
    assert (rows["responded_on"] > rows["reminder_on"])[answered & reminded].all()
    assert (rows["result"].notna() == answered).all()
    assert (rows["self_sampling_offer"].notna() == ~bowel).all()
    # A sample that was taken at a clinic cannot be a spoilt kit.
    clinic = ~bowel & (rows["self_sampling_offer"] == "no")
    assert not (rows["result"] == "spoilt kit")[clinic].any()
    assert not ((rows["self_sampling_offer"] == "yes") & (rows["previous_uptake"] == "yes")).any()
    last = FIRST_DAY + np.timedelta64(LAST_DAY, "D").astype("timedelta64[s]")
    assert rows["responded_on"].max() <= last
    years_ago = (pd.Timestamp(last) - rows["invited_on"]).dt.days / 365
    abroad = rows["years_in_england"] >= 0
    assert (years_ago <= rows["years_in_england"] + 1)[abroad].all()
    new = abroad & (rows["years_in_england"] < np.where(bowel, 4, 7))
    assert rows["previous_uptake"][new].isna().all()


def test_invitations_in_other_languages_go_to_people_who_need_them(world):
    rows = world.tables["L05"].merge(world.latent, on="person_id")
    own_language = rows["invite_type"].isin(["translated", "call"])
    assert (rows["unmet_language"] > 0)[own_language].all()
    texted = rows["invite_type"] == "letter+text"
    assert (rows["digital"] == 0)[texted].all()
    # The practice decides: where no interpreter is offered, no letter is translated either.
    assert not own_language[rows["unmet_language"] == 1].any()
    quality = rows.groupby(rows["invite_type"] == "GP-endorsed")["practice_quality"].mean()
    assert quality[True] > quality[False] + 0.02


def test_values_are_those_of_the_dictionary(world):
    for column in sheets()["L05"]["columns"]:
        values = world.tables["L05"][column["name"]]
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
    flaws = world.truth["datasets"]["L05"]["flaws"]
    assert 0.004 < flaws["duplicate_rows"] < 0.013
    for programme in ("bowel", "cervical"):
        assert flaws[programme]["old_address"] == pytest.approx(0.05, abs=0.015)
        assert flaws[programme]["response_lost"] == pytest.approx(0.05, abs=0.02)
    rows = world.tables["L05"].drop_duplicates(["person_id", "programme"])
    rows = rows[rows["programme"] == "bowel"].set_index("person_id")
    true = world.latent.set_index("person_id")["scr_b_responded"].reindex(rows.index)
    # An old address loses responses and never makes one up.
    assert not (rows["responded_on"].notna() & ~true).any()
    lost = (true & rows["responded_on"].isna()).sum() / true.sum()
    assert lost == pytest.approx(flaws["bowel"]["response_lost"], abs=1e-6)
    assert lost > 0.02


def test_faithful_is_the_truth(faithful, placebo):
    for world in (faithful, placebo):
        flaws = world.truth["datasets"]["L05"]["flaws"]
        assert flaws["duplicate_rows"] == 0
        assert {value for one in ("bowel", "cervical") for value in flaws[one].values()} == {0}
        for programme, name in screening.PROGRAMMES.items():
            rows = world.tables["L05"]
            rows = rows[rows["programme"] == programme].set_index("person_id")
            latent = world.latent.set_index("person_id")
            true = latent[latent[f"{name}_invited"]].reindex(rows.index)
            assert len(rows) == latent[f"{name}_invited"].sum() and rows.index.is_unique
            took_part = true[f"{name}_responded"]
            assert (rows["responded_on"].notna() == took_part).all()
            assert (rows["reminder_on"].isna() == true[f"{name}_first"]).all()
            result = np.array(screening.RESULTS)[true[f"{name}_result"]]
            assert (rows["result"] == result)[took_part].all()
            waited = (rows["responded_on"] - rows["invited_on"]).dt.days[took_part]
            assert (waited == true[f"{name}_days"][took_part]).all()
            known = rows["previous_uptake"].notna()
            assert ((rows["previous_uptake"] == "yes") == true[f"{name}_previous"])[known].all()


def test_the_files_count_what_the_truth_counts_when_nothing_is_flawed(faithful):
    for name in NAMES:
        for gap in faithful.truth["indicators"][name]["gaps"].values():
            if gap["gap"] is not None:
                assert gap["recording_bias"] == pytest.approx(0, abs=2e-6), name


def test_an_area_alone_is_the_same_as_in_the_run(world):
    wanted = recipe()
    alone = view("L05", work(wanted, [3]).files["L05"], wanted.parameters)
    there = world.tables["L05"]
    same = there[there["person_id"].isin(alone["person_id"])].reset_index(drop=True)
    assert len(alone) > 200
    pd.testing.assert_frame_equal(alone, same)


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


def test_spoilt_kits_have_no_true_gap(world):
    for gap in world.truth["indicators"]["spoilt_kits"]["gaps"].values():
        assert gap["expected_gap"] == 0
        assert set(gap["contributions"].values()) == {0}


def test_gaps_point_where_the_mechanisms_push(world):
    for name in ("bowel_uptake", "cervical_uptake"):
        parts = world.truth["indicators"][name]["gaps"]["Pakistani"]["contributions"]
        for mechanism in set(parts) - {"recent_arrival"}:
            assert parts[mechanism] < 0, (name, mechanism)
    cervical = world.truth["indicators"]["cervical_uptake"]["gaps"]
    assert cervical["Other White"]["contributions"]["recent_arrival"] < 0
    assert cervical["Roma"]["expected_gap"] < cervical["White Irish"]["expected_gap"] < 0


def test_the_offer_of_self_sampling_favours_minority_groups(expected):
    offer = expected["self_sampling_offer"]
    favoured = [group for group in LABELS if offer[group] > offer["White British"] + 0.02]
    assert {"Bangladeshi", "Pakistani", "Black Caribbean", "Roma"} <= set(favoured)


def test_endorsed_translated_and_called_invitations_help():
    parameters = load()
    tables = screening.uptake_tables(parameters, "bowel")["usual"]
    middle = tables[:, tables.shape[1] // 2]
    assert (np.diff(middle) > 0.01).all()
    # With more of the need met the same people take part more, by letters alone.
    met = np.array([0.0, 0.5, 0.85])
    _, exposed = residents(parameters, range(1, 2))
    some = exposed[exposed["unmet_language"] > 0]
    own_language = [
        screening.invite_shares(parameters, some.assign(unmet_language=1 - one))[:, 3:].sum(axis=1)
        for one in met
    ]
    assert (own_language[0] == 0).all() and own_language[1].mean() < own_language[2].mean()
    shares = screening.invite_shares(parameters, exposed)
    assert shares.min() >= 0 and np.allclose(shares.sum(axis=1), 1)


def test_fewer_people_can_be_moved_by_a_reminder_where_obstacles_are_higher(world):
    latent = world.latent[world.latent["scr_b_invited"]]
    ease = screening.ease_of_bowel(load(), latent[list(EXPOSED)])
    reminded = ~latent["scr_b_first"]
    hard = ease < np.quantile(ease, 0.25)
    moved = latent["scr_b_responded"][reminded]
    assert moved[hard[reminded]].mean() < moved[~hard[reminded]].mean() - 0.02


def test_people_live_what_is_expected():
    """In every group that is large enough: |z| below 4.5, and z scattered as chance scatters."""
    latent = build("course", seed=1).latent
    group = latent["group"].to_numpy()
    told = screening.expect(load("course"))(latent[list(EXPOSED)])
    z = []
    for one in screening.INDICATORS:
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
    [screening.ease_of_bowel, screening.ease_of_cervical, screening.invite_shares],
)
def test_the_pathway_refuses_a_group_column(function, world):
    with pytest.raises(GroupLeak, match="group"):
        function(load(), world.latent[[*EXPOSED, "group"]])


def test_expectations_touch_no_mechanism_but_their_own(world):
    """What cannot act on the service changes nothing, so the truth need not switch it."""
    exposed = world.latent[list(EXPOSED)]
    acting = {name for one in screening.INDICATORS for name in one.mechanisms}
    own = {"fit_bowel", "fit_cervical"}
    others = [c for name in set(MECHANISMS) - acting for c in MECHANISMS[name]]
    others += [c for c in MECHANISMS["service_fit"] if c not in own]
    told, moved = (
        screening.expect(load())(one)
        for one in (exposed, exposed.assign(**dict.fromkeys(others, 3)))
    )
    for name in NAMES:
        assert (told[name][0] == moved[name][0]).all() and (told[name][1] == moved[name][1]).all()
