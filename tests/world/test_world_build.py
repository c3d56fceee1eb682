"""A world is the same bytes everywhere, and possible."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from eeic.categories import LABELS, NHS_2001, check
from eeic.world import PRESETS, WORLDS, build, systems
from eeic.world.build import recipe, work
from eeic.world.export import table_hash, view
from eeic.world.parameters import TABLES
from eeic.world.recording.ethnicity import SOURCES
from eeic.world.services.diabetes import CHECKS, routes
from eeic.world.systems import load, system

FILES = ("L01", "L02", "L03")

# The identity of the practice world: hashes of values, not of files. A change here is a new
# version of the world, whose number the lessons must follow.
GOLDEN = {
    "L01": "fc13242a856e21c0",
    "L02": "af6fad5cbf5fc790",
    "L03": "6e5b8d3df673c785",
}

DIGEST = """
import json
from eeic.world import build, systems
from eeic.world.export import table_hash
world = build()
systems = [systems.system(name).digest for name in ("lindlemere", "region", "england")]
print(json.dumps([{name: table_hash(world.tables[name]) for name in %r}, systems]))
"""


def digest(world):
    return {name: table_hash(world.tables[name]) for name in FILES}


def test_golden_hash(world):
    assert digest(world) == GOLDEN


def test_a_processor_with_fewer_instructions_makes_the_same_world():
    lesser = os.environ | {
        "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
        "PYTHONHASHSEED": "7",
        "PYTHONWARNINGS": "ignore",
    }
    out = subprocess.run(
        [sys.executable, "-c", DIGEST % (FILES,)],
        env=lesser,
        capture_output=True,
        text=True,
        check=True,
    )
    digests = [system(name).digest for name in ("lindlemere", "region", "england")]
    assert json.loads(out.stdout) == [GOLDEN, digests]


@pytest.mark.parametrize("table", TABLES)
def test_a_changed_table_of_the_system_is_another_world(table, world):
    """Also where code makes it: each column, the order of rows and every value count."""
    told = system("lindlemere")
    made = told.tables[table]
    last = made.columns[-1]
    one = made[last].iloc[-1]
    changed = made.copy()
    changed.loc[changed.index[-1], last] = f"{one}!" if isinstance(one, str) else one + 1
    others = [changed, made[::-1], made.rename(columns={last: f"{last}_"}), made.iloc[:-1]]
    ids = {world.world_id}
    for other in others:
        parameters = replace(told, tables=told.tables | {table: other})
        ids.add(recipe(parameters=parameters).world_id)
    assert len(ids) == 5
    assert recipe(parameters=replace(told, tables=dict(told.tables))).world_id == world.world_id


def test_a_system_made_by_other_code_is_another_world(world, monkeypatch):
    monkeypatch.setattr("eeic.world.systems._AREAS_A_PRACTICE", 5)
    systems._system.cache_clear()
    try:
        assert recipe().world_id != world.world_id
    finally:
        systems._system.cache_clear()


@pytest.mark.parametrize("number", [1, 7, 12])
def test_an_area_alone_is_the_area_in_the_run(number, world):
    wanted = recipe()
    alone = work(wanted, [number]).files
    for name in world.tables.keys() & alone.keys():
        ours = view(name, alone[name], wanted.parameters)
        members = set(view("L01", alone["L01"], wanted.parameters)["person_id"])
        run = world.tables[name][world.tables[name]["person_id"].isin(members)]
        pd.testing.assert_frame_equal(ours, run.reset_index(drop=True))


def test_presets_hold_the_same_people_one_inside_the_other(world):
    larger = build("register")
    here = larger.tables["L01"]["area_id"].isin(world.tables["L01"]["area_id"].unique())
    pd.testing.assert_frame_equal(
        larger.tables["L01"][here].reset_index(drop=True), world.tables["L01"]
    )


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_has_its_people(name):
    population = load(name).tables["area"]["population"]
    assert population[: PRESETS[name].areas].sum() == PRESETS[name].people
    assert population.min() >= 1000


def test_another_seed_is_another_world_whose_seed_stays_secret(world):
    other = build(seed=987654321)
    assert digest(other) != digest(world)
    assert other.world_id != world.world_id
    assert "987654321" not in other.world_id
    assert "987654321" not in json.dumps(other.truth)
    assert "seed" not in json.dumps(other.truth)
    assert other.world_id.rsplit("-", 1)[1] == world.world_id.rsplit("-", 1)[1]


def test_a_world_with_other_switches_has_another_id(world, placebo):
    others = [build(world=name).world_id for name in WORLDS]
    assert len({world.world_id, build(switches={"language": False}).world_id, *others}) == 6
    assert placebo.world_id in others


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"preset": "huge"}, "There is no preset 'huge'; choose workshop, register, course, "),
        ({"world": "ideal"}, "There is no world 'ideal'; choose main, placebo, relabelled, "),
        ({"seed": -1}, "The seed must be a whole number from 0, not -1."),
        ({"seed": "2026"}, "The seed must be a whole number from 0, not '2026'."),
        ({"seed": True}, "The seed must be a whole number from 0, not True."),
        ({"switches": {"luck": False}}, "There is no switch 'luck'; choose from language, "),
    ],
)
def test_what_cannot_be_built_is_refused(arguments, said):
    with pytest.raises(ValueError) as refusal:
        build(**arguments)
    assert str(refusal.value).startswith(said)


def test_size(world):
    assert len(world.tables["L01"]) == 20_000
    assert world.tables["L01"]["area_id"].nunique() == 12
    assert len(world.tables["practice"]) == 140
    assert len(world.tables["area"]) == 650
    assert world.tables["place"]["population"].sum() == 1_100_000


def test_nothing_impossible_is_true(world):
    latent = world.latent
    assert latent["person_id"].is_unique
    assert not (latent["diagnosed"] & ~latent["has_diabetes"]).any()
    assert not (latent["has_diabetes"] & (latent["age"] < 18)).any()
    assert (latent["years_in_england"] <= latent["age"]).all()
    assert ((latent["years_in_england"] == -1) == latent["born_uk"]).all()
    pregnant = latent["route"] == routes(world.parameters).index("pregnancy")
    assert latent.loc[pregnant, "female"].all()
    assert latent.loc[pregnant, "age"].between(20, 49).all()
    near = world.parameters.tables["area_practice"]
    possible = set(zip(near["area_id"], near["practice_id"], strict=True))
    register = world.tables["L01"].dropna(subset="practice_id")
    assert set(zip(register["area_id"], register["practice_id"], strict=True)) <= possible


def test_values_are_those_of_the_dictionary(world):
    register, codes, diabetes = (world.tables[name] for name in FILES)
    check(register["ethnic_group_self"], column="ethnic_group_self")
    check(register["ethnic_code_2001"], scheme="2001", column="ethnic_code_2001")
    assert register["person_id"].str.fullmatch(r"P\d{7}").all()
    assert set(register["sex"]) == {"F", "M"}
    assert register["age"].between(0, 95).all()
    low = register["age_band"].str.extract(r"^(\d+)", expand=False).astype(int)
    assert (low == (register["age"] // 5 * 5).clip(upper=90)).all()
    assert (register["deprivation_fifth"] == (register["deprivation_decile"] + 1) // 2).all()
    born_here = register["born_uk"] == "yes"
    assert register.loc[born_here, "years_in_england"].isna().all()

    old = codes["scheme"] == "2001"
    check(codes.loc[old, "code"], scheme="2001", column="code")
    assert set(codes.loc[~old, "code"]) <= {*LABELS, "Z", "99"}
    shown = codes["ethnic_group_recorded"]
    assert (shown[old] == codes.loc[old, "code"].map(NHS_2001)).all()
    named = codes["code"].replace({"Z": "Not stated", "99": "Not known"})
    assert (shown[~old] == named[~old]).all()
    assert codes["recorded_on"].between("2031-04-01", "2037-03-31").all()
    assert codes.groupby("person_id").size().max() <= 6
    assert codes.loc[codes["code"] == "99", "method"].isna().all()

    assert diabetes["diagnosed_on"].between("2031-04-01", "2036-09-29").all()
    done = diabetes[list(CHECKS)] == "yes"
    assert ((diabetes["all_nine"] == "yes") == done.all(axis=1)).all()
    for check_name, result in (
        ("cp1_hba1c", "hba1c"),
        ("cp2_bp", "bp_sys"),
        ("cp3_cholesterol", "chol"),
    ):
        assert (diabetes[result].isna() == (diabetes[check_name] == "no")).all()
    assert set(diabetes["person_id"]) <= set(register["person_id"])
    known = register.set_index("person_id")["practice_id"]
    assert known.reindex(diabetes["person_id"]).notna().all()


def test_the_parts_that_nobody_audited_stay_hidden(world):
    practice = world.tables["practice"]
    assert practice["interpreter_route"].isna().mean() == pytest.approx(0.15, abs=0.05)
    hidden = {"quality_z", "staff_practice", "record_miss", "recording_profile"}
    assert not hidden & set(practice)
    assert not {"not_known", "default_code_rate", "other_drift"} & set(world.tables["site"])


def test_without_faults_the_files_say_what_is_true():
    plain = build(switches={"recording": False})
    register, codes, diabetes = (plain.tables[name] for name in FILES)
    latent = plain.latent.set_index("person_id")
    own = register.set_index("person_id")["ethnic_group_self"]
    assert (codes["ethnic_group_recorded"] == codes["person_id"].map(own)).all()
    assert set(codes["source"]) == set(SOURCES)
    assert set(codes["person_id"]) == set(register["person_id"])
    assert register.drop(columns="years_in_england").notna().all().all()
    assert (register["age"] == register["person_id"].map(latent["age"].clip(upper=95))).all()
    assert len(diabetes) == latent["diagnosed"].sum()
    for name in (*CHECKS, "all_nine"):
        assert ((diabetes[name] == "yes") == diabetes["person_id"].map(latent[name])).all()
    measured = diabetes["hba1c"].notna()
    true = diabetes["person_id"].map(latent["hba1c"])
    assert np.array_equal(diabetes.loc[measured, "hba1c"], true[measured])
