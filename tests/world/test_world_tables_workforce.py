"""L16: unfair treatment alone makes careers differ."""

import numpy as np
import pytest

from eeic.world.build import recipe
from eeic.world.export import sheets, typed
from eeic.world.tables import workforce


def made(**how):
    tables, facts = workforce.make(recipe(**how))
    return {n: typed(t, sheets()[n]["columns"]) for n, t in tables.items()}, facts["L16"]


@pytest.fixture(scope="module")
def main():
    return made()


@pytest.fixture(scope="module")
def plain():
    return made(world="placebo")


def rate(table, top, bottom):
    total = table.groupby("group5")[[top, bottom]].sum().astype(float)
    return (total[top] / total[bottom]), total[bottom]


def test_no_impossible_row(main):
    table = main[0]["L16"]
    assert len(table) == 6 * 12 * 5 and not table.duplicated(["year", "staff_band", "group5"]).any()
    for less, more in (
        ("shortlisted", "applied"),
        ("appointed", "shortlisted"),
        ("discipline", "count"),
        ("leavers", "count"),
        ("survey_answered", "count"),
        ("survey_harassed", "survey_answered"),
        ("survey_fair_chance", "survey_answered"),
    ):
        both = table[[less, more]].dropna()
        assert (both[less] <= both[more]).all() and (both[less] >= 0).all()
    few = table["count"] < workforce.SMALLEST
    assert 0.05 < few.mean() < 0.5
    assert (table["discipline"].isna() == few).all()
    money = main[0]["L16_spending"]
    assert (money["bookings_filled"] <= money["bookings_requested"]).all()


def test_fewer_the_higher_the_band_and_the_files_show_the_chances(main):
    table, facts = main
    senior = table["L16"]["staff_band"].isin(["8b", "8c", "8d", "9", "board"])
    total = table["L16"].groupby([senior, "group5"])["count"].sum().unstack().astype(float)
    share = total.div(total.sum(axis=1), axis=0)
    for group in ("Asian", "Black"):
        assert share.loc[False, group] > 1.3 * share.loc[True, group]
    for name, (top, bottom) in {
        "shortlisted": ("shortlisted", "applied"),
        "harassed": ("survey_harassed", "survey_answered"),
        "fair_chance": ("survey_fair_chance", "survey_answered"),
        "leaving": ("leavers", "count"),
    }.items():
        shown, of = rate(table["L16"], top, bottom)
        for group, chance in facts["chances"][name].items():
            assert abs(shown[group] - chance) < 4 * np.sqrt(chance * (1 - chance) / of[group])


def test_unfair_treatment_is_the_whole_gap(main):
    facts = main[1]
    for name, by in facts["chances"].items():
        for group, chance in by.items():
            made_by = facts["contributions"][name]["unfair_treatment"][group]
            assert made_by == pytest.approx(chance - by["White"], abs=2e-4)
    assert facts["contributions"]["shortlisted"]["unfair_treatment"]["Black"] < -0.04
    assert facts["contributions"]["discipline"]["unfair_treatment"]["Black"] > 0.003


@pytest.mark.parametrize("how", [{"world": "placebo"}, {"switches": {"unfair_treatment": False}}])
def test_without_it_there_is_none(how):
    tables, facts = made(**how)
    for by in facts["chances"].values():
        assert len(set(by.values())) == 1
    shown, of = rate(tables["L16"], "shortlisted", "applied")
    p = facts["chances"]["shortlisted"]["White"]
    assert (abs(shown - p) < 4 * np.sqrt(p * (1 - p) / of)).all()


def test_interpreting_follows_from_what_practices_offer(main, plain):
    ours, theirs = main[0]["L16_spending"], plain[0]["L16_spending"]
    assert (ours["bookings_requested"] == theirs["bookings_requested"]).all()
    assert (ours["bookings_filled"] / ours["bookings_requested"]).between(0.25, 0.6).all()
    assert (theirs["bookings_filled"] / theirs["bookings_requested"] > 0.98).all()


def test_faithful_shows_everything(plain):
    table = plain[0]["L16"]
    assert not table.isna().any().any()
    assert (table["survey_answered"] == table["count"]).all()
