"""L15: five years of returns, with faults whose dates are known."""

import numpy as np
import pytest

from eeic.world.build import recipe
from eeic.world.export import sheets, typed
from eeic.world.tables import returns

WHEN = returns.months()
BY_GROUP = [
    "Outpatient appointments attended",
    "Recovered after talking therapy",
    "Nine diabetes checks done",
    "Booked by ten weeks",
]


def made(**how):
    tables, facts = returns.make(recipe(**how))
    return typed(tables["L15"], sheets()["L15"]["columns"]), facts["L15"]["series"]


@pytest.fixture(scope="module")
def main():
    return made()


@pytest.fixture(scope="module")
def plain():
    return made(world="placebo")


def series(table, name, group="All"):
    found = table[(table["indicator"] == name) & (table["group5"] == group)]
    return found.set_index("month")


def test_the_table_is_whole(main):
    table, facts = main
    everybody = table[table["group5"] == "All"]
    assert len(everybody) == 12 * 60 and len(facts) == 12
    assert not table.duplicated(["indicator", "month", "group5"]).any()
    assert everybody["provider"].nunique() == 4
    assert (everybody["numerator"] <= everybody["denominator"]).all()
    value = 100 * everybody["numerator"] / everybody["denominator"]
    assert (value - everybody["value"]).abs().max() <= 0.051
    assert table["completeness"].between(70, 100).all()
    groups = table[table["group5"] != "All"]
    assert sorted(groups["indicator"].unique()) == sorted(BY_GROUP)
    assert groups["month"].min() == WHEN[returns.BY_GROUP_FROM]


def test_small_numbers_are_not_shown_by_group(main):
    table, _ = main
    groups = table[table["group5"] != "All"]
    assert (groups["numerator"].dropna() >= 5).all()
    assert (groups["value"].isna() == groups["numerator"].isna()).all()
    assert 0.02 < groups["numerator"].isna().mean() < 0.3
    assert table.loc[table["group5"] == "All", "numerator"].notna().all()


def test_the_reclassification_moves_the_figure_and_not_the_care(main):
    table, facts = main
    name = "Outpatient appointments attended"
    (event,) = facts[name]["events"]
    at = WHEN.index(event["from"])
    shown = series(table, name)["value"].to_numpy(dtype=float)
    true = np.array(facts[name]["true_value_by_month"])
    assert shown[at:].mean() - shown[:at].mean() > 2
    assert abs(true[at:].mean() - true[:at].mean()) < 0.7
    assert shown[:at] == pytest.approx(true[:at], abs=0.06)


def test_the_managed_figure_meets_its_target_whatever_the_care(main):
    table, facts = main
    name = "Seen within four hours"
    at = WHEN.index(facts[name]["events"][0]["from"])
    rows = series(table, name)
    shown = rows["value"].to_numpy(dtype=float)
    true = np.array(facts[name]["true_value_by_month"])
    assert (shown[at:-1] >= 95).all() and (true[at:] < 95).sum() > 20
    assert shown[at:-1].std() < 0.5 * shown[:at].std()
    cut = rows["denominator"].to_numpy(dtype=float)
    assert cut[at:-1].mean() < 0.995 * cut[:at].mean()


def test_completeness_jumps_and_fills_in_the_commonest_group(main, plain):
    name = "Booked by ten weeks"
    at = WHEN.index("2035-01")
    share = {}
    for what, (table, _) in (("main", main), ("plain", plain)):
        rows = table[table["indicator"] == name]
        by = rows[rows["group5"] != "All"].pivot(index="month", columns="group5")["denominator"]
        part = (by["White"] / by.sum(axis=1)).to_numpy(dtype=float)
        share[what] = part[at - 36 : -1].mean() - part[: at - 36].mean()
    complete = series(main[0], name)["completeness"].to_numpy()
    assert complete[at] - complete[at - 1] > 10 and (complete[at:] == 98).all()
    assert share["main"] > 0.03 > abs(share["plain"])


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        ("Seen the same day in a crisis", -1),
        ("Interpreter provided when asked for", 1),
        ("Same midwife team throughout", -1),
    ],
)
def test_real_changes_are_in_the_care_and_in_the_file(name, sign, main):
    table, facts = main
    (event,) = facts[name]["events"]
    start = WHEN.index(event["from"])
    stop = WHEN.index(event["to"]) + 1 if "to" in event else 59
    shown = series(table, name)["value"].to_numpy(dtype=float)
    inside = np.zeros(60, dtype=bool)
    inside[start:stop] = True
    assert sign * (shown[inside].mean() - shown[:start].mean()) > 5
    assert event["kind"] == "special cause in care"


def test_months_vary_by_more_than_chance(main):
    table, facts = main

    def dispersion(name, rows):
        of = rows["denominator"].to_numpy(dtype=float)
        p = rows["numerator"].sum() / of.sum()
        z = (rows["numerator"].to_numpy(dtype=float) / of - p) / np.sqrt(p * (1 - p) / of)
        return (z**2).mean()

    wide = dispersion("", series(table, "First visit within two weeks"))
    narrow = dispersion("", series(table, "Feeding support at home within two days"))
    assert wide > 1.8 and 0.6 < narrow < 1.5
    assert not facts["Feeding support at home within two days"]["overdispersed"]


def test_winter_is_worse(main):
    facts = main[1]["Seen within four hours"]["true_value_by_month"]
    month = np.array([int(one[5:]) for one in WHEN])
    true = np.array(facts)
    assert true[(month >= 6) & (month <= 8)].mean() - true[month <= 2].mean() > 0.8


def test_the_last_month_is_late(main, plain):
    for name in main[1]:
        ours, theirs = (series(t, name)["denominator"].iloc[-1] for t, _ in (main, plain))
        assert 0.55 < ours / theirs < 0.75


def test_gaps_point_where_the_mechanisms_push_and_add_up(main):
    for name in BY_GROUP:
        facts = main[1][name]
        for label, gap in facts["expected_gap"].items():
            total = sum(by[label] for by in facts["contributions"].values())
            assert total == pytest.approx(gap, abs=4e-4)
        assert (
            facts["expected_gap"]["Asian"] < 0 and facts["contributions"]["language"]["Asian"] < 0
        )


def test_placebo_has_neither_gap_nor_artefact(plain):
    table, facts = plain
    for name in BY_GROUP:
        assert set(facts[name]["expected_gap"].values()) == {0}
        rows = table[(table["indicator"] == name)].groupby("group5")[["numerator", "denominator"]]
        total = rows.sum().astype(float)
        p = total.loc["White", "numerator"] / total.loc["White", "denominator"]
        asian = total.loc["Asian"]
        error = np.sqrt(p * (1 - p) / asian["denominator"])
        assert abs(asian["numerator"] / asian["denominator"] - p) < 3.5 * error
    assert (table["completeness"] == 100).all() and (table["resubmitted"] == "no").all()
    assert table[["numerator", "value"]].notna().all().all()
    # Recording off: what is returned is what happened.
    for name, one in facts.items():
        assert series(table, name)["value"].tolist() == one["true_value_by_month"]
