"""Every range that the world is calibrated to, on the course's own world of 250,000 people."""

import re
from pathlib import Path

import pandas as pd
import pytest

from eeic.categories import LABELS, TO_HIGH_LEVEL
from eeic.world import build
from eeic.world.calibration import MEASURES, UNITS, Look, calibrated, targets


@pytest.fixture(scope="module")
def course():
    return build("course")


@pytest.fixture(scope="module")
def table(course):
    return calibrated(course).set_index("measure")


@pytest.mark.parametrize("measure", targets()["measure"])
def test_what_is_achieved_is_within_its_range(measure, table):
    row = table.loc[measure]
    assert row["within"], (
        f"{row['parameter']}: {row['achieved']:g} {row['unit']}, "
        f"target {row['target_low']:g} to {row['target_high']:g}"
    )


def test_every_row_says_where_it_comes_from():
    rows = targets()
    assert list(rows) == [
        *("parameter", "target_low", "target_high", "unit", "anchor", "mark", "measure")
    ]
    assert (rows["target_low"] <= rows["target_high"]).all()
    assert rows["anchor"].str.len().min() > 3
    assert set(rows["mark"]) <= {"S", "S2", "R", "U"}
    # What is invented says so, and only that.
    invented = rows["anchor"].str.startswith("invented")
    assert (rows.loc[invented, "mark"] == "U").all()
    assert rows["measure"].is_unique and rows["parameter"].is_unique
    assert set(rows["measure"].str.split(":").str[0]) <= set(MEASURES)
    shares = rows["unit"].isin(UNITS)
    assert (rows["target_high"] <= rows["unit"].map(UNITS).where(shares, 1e9)).all()


#: What an anchor may name besides sources: the design's own assumptions, and memory.
ASSUMED = ("invented", "the course's design", "recalled")


def sources(anchor):
    """Take an anchor apart: what is named first in it, and after a semicolon with a colon."""
    first, *further = anchor.split(";")
    # What follows a semicolon and names nothing is a remark.
    return [part.split(":")[0].strip() for part in (first, *(p for p in further if ":" in p))]


def test_every_source_is_in_the_bibliography_or_called_an_assumption():
    bibliography = (Path(__file__).parents[2] / "book/references.bib").read_text("utf-8")
    keys = {*re.findall(r"^@\w+\{([^,]+),", bibliography, re.MULTILINE), *ASSUMED}
    for row in targets().itertuples():
        named = sources(row.anchor)
        assert set(named) <= keys, row.anchor
        # Memory is marked as such, and an assumption is never marked as read.
        if named[0] in ASSUMED:
            assert row.mark == ("R" if named[0] == "recalled" else "U"), row.parameter
    assert sources("nobody1999: 5; too short; invented: 6") == ["nobody1999", "invented"]


@pytest.mark.parametrize(
    "wanted",
    [
        *(
            "residents:",
            "median_age:",
            "most_deprived_tenth:",
            "language_need:",
            "share_of_adults:",
        ),
        *("share_without:share_diagnosed", "share:all_nine", "share:talking_recovered"),
        *("odds_ratio:bowel_uptake", "maternity:booked_late", "maternity:stillbirth"),
        *("share:missed_appointments", "fifths_by_age:avoidable_admission"),
    ],
)
def test_the_designs_table_is_covered(wanted):
    assert targets()["measure"].str.startswith(wanted).any()


def test_a_world_away_from_its_targets_is_seen(world):
    """The check fails where it should: without its mechanisms a world misses its targets."""
    plain = calibrated(build(world="placebo")).set_index("measure")
    for measure in (
        "odds_ratio:bowel_uptake:Bangladeshi",
        "share:talking_recovered:Pakistani",
        "adjusted_odds_ratio:true_diabetes:South Asian",
        "maternity:booked_late:Black African",
    ):
        assert not plain.loc[measure, "within"], measure
    assert plain.loc["odds_ratio:bowel_uptake:Bangladeshi", "achieved"] == pytest.approx(1)


def test_an_unknown_kind_of_measure_is_refused(world, monkeypatch):
    odd = targets().head(1).assign(measure="luck:all")
    monkeypatch.setattr("eeic.world.calibration.targets", lambda: odd)
    with pytest.raises(ValueError, match="there is no kind of measure 'luck'"):
        calibrated(world)


def test_measures_agree_with_counting_by_hand(world):
    look = Look(world)
    register, codes = world.tables["L01"], world.tables["L02"]
    share = MEASURES["residents"](look, "Mixed")
    mixed = [label for label in LABELS if TO_HIGH_LEVEL[label] == "Mixed"]
    assert share == pytest.approx(register["ethnic_group_self"].isin(mixed).mean())
    gp = codes[(codes["source"] == "GP") & (codes["ethnic_group_recorded"] != "Not known")]
    # A later "not known" would take an earlier answer away, which nothing here does.
    assert MEASURES["known"](look, "GP") == pytest.approx(gp["person_id"].nunique() / len(register))
    eye = MEASURES["odds_ratio"](look, "cp9_eye", "Pakistani")
    assert eye == pytest.approx(1)
    truth = world.truth["indicators"]["all_nine"]["groups"]["Indian"]["expected"]
    assert MEASURES["share"](look, "all_nine", "Indian") == pytest.approx(truth, abs=1e-6)
    adults = world.latent["age"] >= 18
    crude = pd.Series(look.expected["true_diabetes"][1])[adults].mean()
    assert MEASURES["share_of_adults"](look, "true_diabetes", "all") == pytest.approx(crude)
