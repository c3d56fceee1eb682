"""Ethnic group reaches what happens to people only through what they are exposed to."""

import importlib
import inspect
import pkgutil
import typing

import numpy as np
import pandas as pd
import pytest

from eeic.categories import LABELS
from eeic.world import build, exposures, people, services
from eeic.world.block import Block
from eeic.world.exposures import EXPOSED, FITS, MECHANISMS, PATTERNS, GroupLeak
from eeic.world.parameters import TABLES, load
from eeic.world.registry import SERVICES
from eeic.world.services import diabetes
from eeic.world.systems import load as load_system


def receivers():
    """Every public function of every service's pathway that is handed exposures."""
    found = []
    for module in pkgutil.iter_modules(services.__path__):
        here = importlib.import_module(f"{services.__name__}.{module.name}")
        found += [
            function
            for name, function in inspect.getmembers(here, inspect.isfunction)
            if function.__module__ == here.__name__
            and not name.startswith("_")
            and "exposed" in inspect.signature(function).parameters
        ]
    return found


BELOW = receivers()


@pytest.fixture(scope="module")
def one_area():
    parameters = load_system("workshop")
    block = Block.of(parameters, 2026, [3])
    residents = people.draw(block)
    return parameters, residents, exposures.meet(block, residents)


def arguments(function, parameters, exposed):
    block = Block.of(parameters, 2026, [3])
    values = {"parameters": parameters, "block": block, "exposed": exposed}
    return [values[name] for name in inspect.signature(function).parameters]


def test_every_service_is_looked_at():
    assert {service.walk for service in SERVICES} <= set(BELOW)


def test_exposures_carry_no_group(one_area):
    _, _, met = one_area
    assert tuple(met.columns) == EXPOSED
    assert not any("group" in name or "ethnic" in name for name in EXPOSED)
    assert all(met[name].dtype.kind in "iuf" or name == "female" for name in EXPOSED)


@pytest.mark.parametrize("function", BELOW, ids=lambda f: f"{f.__module__}.{f.__name__}")
def test_need_and_pathways_cannot_receive_people(function):
    takes = typing.get_type_hints(function)
    frames = {name for name, kind in takes.items() if kind is pd.DataFrame and name != "return"}
    assert frames <= {"exposed"}


@pytest.mark.parametrize("function", BELOW, ids=lambda f: f"{f.__module__}.{f.__name__}")
@pytest.mark.parametrize("column", ["group", "ethnic_group_self", "anything_else"])
def test_need_and_pathways_refuse_any_other_column(function, column, one_area):
    parameters, residents, met = one_area
    smuggled = met.assign(**{column: residents["group"]})
    with pytest.raises(GroupLeak, match=column):
        function(*arguments(function, parameters, smuggled))


def test_need_and_pathways_read_no_table_that_knows_groups(one_area):
    """With every group table emptied, the same exposures still give the same lives."""
    parameters, _, met = one_area
    whole = [f(*arguments(f, parameters, met)) for f in BELOW]
    kept = {name: parameters.tables[name] for name in ("area", "place", "practice", "site")}
    blind = type(parameters)(parameters.values, kept, parameters.digest)
    for function, before in zip(BELOW, whole, strict=True):
        after = function(*arguments(function, blind, met))
        assert before.equals(after) if isinstance(before, pd.DataFrame) else (before == after).all()


def test_service_fit_is_a_bounded_shortfall():
    parameters = load()
    services = parameters.tables["service_fit"]["service"].unique()
    for service in services:
        f = exposures.fit(parameters, service)
        assert len(f) == len(LABELS) and (f <= 0).all() and (f >= -0.6).all()
    assert set(services) == set(FITS.values())


@pytest.mark.parametrize("bad", [0.1, -0.61, float("nan")])
def test_service_fit_outside_its_bounds_is_refused(bad):
    parameters = load()
    table = parameters.tables["service_fit"].copy()
    table.loc[0, "f"] = bad
    broken = type(parameters)(
        parameters.values, parameters.tables | {"service_fit": table}, parameters.digest
    )
    with pytest.raises(ValueError, match=r"service_fit.csv: every f of 'finding diabetes'"):
        exposures.fit(broken, "finding diabetes")


def test_at_most_three_observed_patterns_each_with_a_note_and_a_switch():
    parameters = load()
    columns = [c for c in parameters.tables["group"] if c.startswith("observed_pattern")]
    assert 1 <= len(columns) <= 3
    told = parameters["observed_patterns"]
    assert all(one["cause"] == "unsettled" and one["note"] for one in told.values())
    assert sorted(columns) == sorted(told) == sorted(PATTERNS.values())
    off = build(switches={"observed_pattern": False})
    assert (off.latent[list(PATTERNS)] == 0).all().all()


@pytest.mark.parametrize("name", MECHANISMS)
def test_a_switch_turns_off_its_columns_and_no_others(name, world):
    off = build(switches={name: False})
    for mechanism, columns in MECHANISMS.items():
        for column in columns:
            if mechanism == name:
                assert (off.latent[column] == 0).all()
                assert (world.latent[column] != 0).any()
            else:
                assert (off.latent[column] == world.latent[column]).all()


def test_a_switch_changes_only_the_people_it_reaches(world):
    """Random numbers are paired: who had no unmet language need lives the same life."""
    off = build(switches={"language": False})
    untouched = world.latent["unmet_language"] == 0
    lives = ["diagnosed", *diabetes.CHECKS, "hba1c", "diagnosed_day"]
    assert world.latent.loc[untouched, lives].equals(off.latent.loc[untouched, lives])
    found = world.latent["has_diabetes"] & ~untouched
    assert off.latent.loc[found, "diagnosed"].sum() > world.latent.loc[found, "diagnosed"].sum()


def test_tables_are_complete():
    parameters = load_system("full")
    assert set(parameters.tables) == set(TABLES)
    area, practice = parameters.tables["area"], parameters.tables["practice"]
    assert len(area) == 650 and area["place_id"].value_counts().min() >= 108
    assert len(practice) == 140 and practice["place_id"].value_counts().min() >= 23
    assert area["population"].sum() == 1_100_000
    near = parameters.tables["area_practice"]
    assert (near.groupby("area_id").size() == 3).all()
    assert np.allclose(near.groupby("area_id")["share"].sum(), 1)
    wrong = parameters.tables["drift"].query("ethnic_group == recorded_as")
    assert wrong.empty
