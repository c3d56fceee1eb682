"""Direct and indirect standardisation against PHEindicatormethods and epitools."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from eeic.stats import Refusal, rates
from eeic.stats.standardise import ESP2013, add_esp2013, direct, indirect

LEVELS = {"95": 0.95, "998": 0.998}
NAMES = {
    "events": "count",
    "population": "pop",
    "standard": "stdpop",
    "stratum": "ageband",
    "by": "group",
}
UPSTREAM = NAMES | {"by": "area"}
OVER_75 = ["75-79", "80-84", "85-89", "90+"]


def dsr_input(reference, file):
    data = reference("dsr_input")
    return data[~data["ageband"].isin(OVER_75)] if "under75" in file else data


@pytest.mark.parametrize("file", ["dsr_expected", "dsr_under75_expected"])
@pytest.mark.parametrize("level", LEVELS)
def test_direct(reference, same, file, level):
    expected = reference(file).set_index("group")
    found = direct(dsr_input(reference, file), **NAMES, confidence=LEVELS[level])
    expected = expected.loc[found["group"]]
    same(found["total_count"], expected["total_count"])
    same(found["total_pop"], expected["total_pop"])
    same(found["value"], expected["value"])
    same(found["lower"], expected[f"lower{level}"])
    same(found["upper"], expected[f"upper{level}"])
    withheld = found["total_count"] < 10
    assert withheld.any() and (found.loc[withheld, "note"] != "").all()
    assert found.loc[withheld, "variance"].isna().all()
    assert (found.loc[~withheld, "note"] == "").all()


@pytest.mark.parametrize("file", ["dsr_expected", "dsr_under75_expected"])
def test_direct_without_the_rule_of_ten(reference, same, file):
    found = direct(dsr_input(reference, file), **NAMES, min_events=0)
    expected = reference(file).set_index("group").loc[found["group"]]
    same(found["value"], expected["unsuppressed_value"])
    same(found["variance"], expected["variance"])
    same(found["lower"], expected["unsuppressed_lower95"])
    same(found["upper"], expected["unsuppressed_upper95"])


@pytest.mark.parametrize("level", LEVELS)
def test_direct_with_repeated_events(reference, same, level):
    data = reference("dsr_nonindependent_input")
    names = NAMES | {"events": "people", "frequency": "freq"}
    found = direct(data, **names, confidence=LEVELS[level])
    expected = reference("dsr_nonindependent_expected").set_index("group").loc[found["group"]]
    for column in ("total_count", "total_pop", "value"):
        same(found[column], expected[column])
    same(found["lower"], expected[f"lower{level}"])
    same(found["upper"], expected[f"upper{level}"])


def test_direct_with_gamma_limits(reference, same):
    found = direct(reference("dsr_input"), **NAMES, multiplier=1, min_events=0, interval="gamma")
    expected = reference("dsr_gamma_fay_feuer").set_index("group").loc[found["group"]]
    same(found["value"], expected["adjusted_rate"])
    same(found["lower"], expected["gamma_lower95"])
    same(found["upper"], expected["gamma_upper95"])


def test_direct_with_exact_limits_agrees_with_the_exact_count(same):
    # In a single stratum Dobson's limits are those of the crude rate, whatever the standard.
    data = pd.DataFrame({"age_band": ["all"], "events": [7], "population": [900], "standard": [1]})
    found = direct(data, interval="exact", min_events=0)
    crude = rates.crude_rate(7, 900)
    for column in ("value", "lower", "upper"):
        same(found[column], crude[column])


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("multiplier", [10_000, 100_000])
def test_ukhsa_own_direct(upstream, same, level, multiplier):
    ends = f"{level[:2]}_{level[2:] or 0}cl"
    expected = upstream("dsr_expected").query("method == 'Dobson'").set_index("area")
    # The file repeats its areas once for each multiplier, in this order.
    expected = expected.iloc[:4] if multiplier == 10_000 else expected.iloc[4:]
    found = direct(
        upstream("dsr_input"),
        **UPSTREAM | {"standard": "stdpop_esp2013"},
        multiplier=multiplier,
        confidence=LEVELS[level],
        missing_events="zero",
    ).set_index("area")
    expected = expected.loc[found.index]
    same(found["value"], expected["value"])
    same(found["lower"], expected[f"lower{ends}"])
    same(found["upper"], expected[f"upper{ends}"])
    assert "Missing counts taken as zero: 1." in found.loc["testdata_tiny", "note"]


def test_ukhsa_own_direct_with_another_standard(upstream, same):
    expected = upstream("dsr_expected").query("area == 'testdata_1976'").iloc[0]
    data = upstream("dsr_esp1976_input")
    found = direct(
        data,
        events="count",
        population="pop",
        standard="esp1976",
        stratum="Age Band",
        multiplier=10_000,
    ).iloc[0]
    # Its 99.8% limits are ten times too large in the file, and so not compared.
    same(found[["value", "lower", "upper"]], expected[["value", "lower95_0cl", "upper95_0cl"]])


def test_ukhsa_own_direct_with_repeated_events(upstream, same):
    wide = upstream("dsr_nonindependent_input")
    long = wide.melt(
        ["area", "ageband", "pop"], ["f1", "f2", "f3", "f4"], "frequency", "people"
    ).assign(frequency=lambda t: t["frequency"].str[1].astype(int))
    bands = dict(zip(wide["ageband"].unique(), ESP2013, strict=True))
    long["standard"] = long["ageband"].map(bands)
    found = direct(
        long,
        events="people",
        population="pop",
        stratum="ageband",
        by="area",
        frequency="frequency",
        missing_events="zero",
    ).set_index("area")
    expected = upstream("dsr_expected").set_index("area")
    expected = expected[expected["method"] != "Dobson"].loc[found.index]
    # The file gives these to eight decimals.
    same(found["value"], expected["value"], rtol=1e-9, atol=1e-8)
    same(found["lower"], expected["lower95_0cl"], rtol=1e-9, atol=1e-8)
    same(found["upper"], expected["upper95_0cl"], rtol=1e-9, atol=1e-8)


ISR = {
    "events": "count",
    "population": "pop",
    "reference_events": "refcount",
    "reference_population": "refpop",
    "stratum": "ageband",
    "by": "group",
}


@pytest.mark.parametrize("level", LEVELS)
def test_indirect(reference, same, level):
    data = reference("isr_input")
    ratio = indirect(data, **ISR, multiplier=100, confidence=LEVELS[level])
    rate = indirect(data, **ISR, kind="rate", confidence=LEVELS[level])
    expected = reference("isr_expected").set_index("group").loc[ratio["group"]]
    same(ratio["observed"], expected["observed"])
    same(ratio["expected"], expected["expected"])
    same(ratio["reference_rate"] * 100_000, expected["ref_crude_rate_per_100000"])
    same(ratio["value"], expected["ratio"])
    same(rate["value"], expected["israte_per_100000"])
    for end in ("lower", "upper"):
        same(ratio[end], expected[f"ratio_{end}{level}"])
        same(rate[end], expected[f"israte_{end}{level}"])
    assert [m.replace("Byar", "Byars") for m in ratio["method"]] == list(expected["method"])


@pytest.mark.parametrize("level", LEVELS)
def test_ukhsa_own_indirect(upstream, same, level):
    ends = f"{level[:2]}_{level[2:] or 0}cl"
    known = upstream("isr_reference_population").rename(columns={"Age Band": "ageband"})
    data = upstream("dsr_input").merge(known, on="ageband")
    every = upstream("isr_expected").set_index("area")
    for kind, multiplier, statistic in (
        ("rate", 100_000, "indirectly standardised rate per 100000"),
        ("rate", 1000, "indirectly standardised rate per 1000"),
        ("ratio", None, "indirectly standardised ratio x 1"),
        ("ratio", 100, "indirectly standardised ratio x 100"),
    ):
        found = indirect(
            data,
            **ISR | {"by": "area"},
            kind=kind,
            multiplier=multiplier,
            confidence=LEVELS[level],
            missing_events="zero",
        ).set_index("area")
        expected = every[every["statistic"] == statistic].loc[found.index]
        same(found["value"], expected["value"])
        same(found["lower"], expected[f"lower{ends}"])
        same(found["upper"], expected[f"upper{ends}"])


def test_the_european_standard_population():
    assert ESP2013.sum() == 100_000 and len(ESP2013) == 19
    assert ESP2013["90+"] == 1000 and ESP2013.index.is_unique


def test_adding_the_standard_changes_a_copy_only():
    data = pd.DataFrame({"band": ["0-4", "85-89"]})
    found = add_esp2013(data, age="band")
    assert found["standard"].tolist() == [5000, 1500] and list(data.columns) == ["band"]
    assert add_esp2013(found, age="band").equals(found)
    with pytest.raises(Refusal, match="already has a column 'standard'"):
        add_esp2013(found.assign(standard=[1, 2]), age="band")
    with pytest.raises(Refusal, match=r"Column 'band', row 2: '85\+' is not an age band"):
        add_esp2013(pd.DataFrame({"band": ["0-4", "85+"]}), age="band")
    with pytest.raises(Refusal, match="no column 'age_band'"):
        add_esp2013(data)


def small(**changes):
    """Two groups in two age bands, with some columns changed."""
    return pd.DataFrame(
        {
            "ethnic_group": ["Indian", "Indian", "Roma", "Roma"],
            "age_band": ["0-64", "65+", "0-64", "65+"],
            "events": [20, 60, 4, 3],
            "population": [9000, 1000, 2000, 100],
            "standard": [80_500, 19_500, 80_500, 19_500],
            "reference_events": [200, 500, 200, 500],
            "reference_population": [90_000, 20_000, 90_000, 20_000],
            **changes,
        }
    )


BOTH = pytest.mark.parametrize("function", [direct, indirect])


@BOTH
@pytest.mark.parametrize(
    "changes, says",
    [
        ({"events": [1, -2, 3, 4]}, r"'events', row 2 \(ethnic_group Indian, age_band 65\+\): -2"),
        ({"events": [1, 2, None, 4]}, r"'events', row 3 \(.*Roma.*\).* missing, which is not zero"),
        ({"events": list("abcd")}, "'events', row 1 .*'a' is not a number"),
        ({"population": [9000, 1000, None, 9]}, "'population', row 3 .* is missing"),
        ({"population": [9000, 1000, 0, 9]}, "row 3 .*(no population|among no people)"),
        ({"population": [9000, -1, 5, 9]}, "'population', row 2 .*negative"),
        ({"age_band": ["0-64", "0-64", "0-64", "65+"]}, r"Stratum repeated in row 2 .*Indian"),
        ({"age_band": ["0-64", "65+", "0-64", "75+"]}, r"Stratum absent for ethnic_group Indian"),
        ({"age_band": ["0-64", "65+", "0-64", None]}, "'age_band', row 4: the stratum value is"),
        ({"ethnic_group": ["Indian", "Indian", None, "Roma"]}, "'ethnic_group', row 3: the by"),
    ],
)
def test_both_refuse(function, changes, says):
    with pytest.raises(Refusal, match=says):
        function(small(**changes), by="ethnic_group")


@BOTH
def test_both_refuse_wrong_tables_and_options(function):
    with pytest.raises(Refusal, match=r"no column 'deaths'.*has: ethnic_group, age_band"):
        function(small(), events="deaths", by="ethnic_group")
    with pytest.raises(Refusal, match="no column 'group'"):
        function(small(), by="group")
    with pytest.raises(Refusal, match="table is empty"):
        function(small().iloc[:0], by="ethnic_group")
    with pytest.raises(Refusal, match="DataFrame is needed, not list"):
        function([1, 2])
    with pytest.raises(Refusal, match="name every column that divides"):
        function(small())  # both groups' rows at once, without `by`
    with pytest.raises(Refusal, match="more than one column named 'events'"):
        doubled = pd.concat([small(), small()[["events"]]], axis=1)
        function(doubled, by="ethnic_group")
    with pytest.raises(Refusal, match="missing_events is 'drop'"):
        function(small(), by="ethnic_group", missing_events="drop")


@pytest.mark.parametrize(
    "changes, says",
    [
        ({"standard": [1, None, 1, None]}, "'standard', row 2 .* is missing"),
        ({"standard": [1, -2, 1, -2]}, "'standard', row 2 .*negative"),
        ({"standard": [0, 0, 0, 0]}, "'standard' is zero in every stratum for ethnic_group Indian"),
        ({"standard": [1, 2, 1, 3]}, "'standard', row 4 .*: 3 differs from the value in the same"),
    ],
)
def test_direct_refuses_a_wrong_standard(changes, says):
    with pytest.raises(Refusal, match=says):
        direct(small(**changes), by="ethnic_group")


@pytest.mark.parametrize(
    "changes, says",
    [
        ({"reference_events": [0, 0, 0, 0]}, "No event is expected for ethnic_group Indian"),
        ({"reference_events": [None, 5, None, 5]}, "'reference_events', row 1 .* is missing"),
        ({"reference_population": [0, 5, 0, 5]}, "'reference_population', row 1 .*no population"),
        ({"reference_events": [1, 2, 1, 9]}, "'reference_events', row 4 .*: 9 differs"),
    ],
)
def test_indirect_refuses_a_wrong_reference(changes, says):
    with pytest.raises(Refusal, match=says):
        indirect(small(**changes), by="ethnic_group")


def test_repeated_events_are_checked_too():
    rows = pd.DataFrame(
        {
            "age_band": ["0-64", "0-64", "65+", "65+"],
            "times": [1, 2, 1, 2],
            "events": [30, 4, 20, 1],
            "population": [900, 900, 100, 100],
            "standard": [8, 8, 2, 2],
        }
    )
    found = direct(rows, frequency="times")
    assert found["total_count"].tolist() == [60] and found["total_pop"].tolist() == [1000]
    assert found["method"][0].endswith("allowing for repeated events")
    once = direct(rows[rows["times"] == 1], frequency="times")
    plain = direct(rows[rows["times"] == 1])
    assert once["lower"].equals(plain["lower"])
    with pytest.raises(Refusal, match=r"'population', row 2 .*another row of the same stratum"):
        direct(rows.assign(population=[900, 901, 100, 100]), frequency="times")
    with pytest.raises(Refusal, match=r"'times', row 1 .*: 0 is not a number of events above"):
        direct(rows.assign(times=[0, 2, 1, 2]), frequency="times")
    with pytest.raises(Refusal, match="Stratum repeated in row 2"):
        direct(rows.assign(times=1), frequency="times")
    with pytest.raises(Refusal, match="gamma"):
        direct(rows, frequency="times", interval="gamma")


def test_a_group_without_events():
    found = direct(small(events=[20, 60, 0, 0]), by="ethnic_group", min_events=0)
    assert found["value"][1] == 0 and found[["lower", "upper"]].loc[1].isna().all()
    assert found["note"][1] == "No interval: there is no event."
    ratio = indirect(small(events=[20, 60, 0, 0]), by="ethnic_group")
    assert ratio["value"][1] == 0 and ratio["lower"][1] == 0 and ratio["upper"][1] > 0


def test_a_lower_limit_below_zero_is_missing_and_says_so():
    one = pd.DataFrame({"age_band": ["all"], "events": [1], "population": [900], "standard": [1]})
    found = direct(one, confidence=0.998, min_events=0)
    assert np.isnan(found["lower"][0]) and found["upper"][0] > found["value"][0]
    assert "interval='exact'" in found["note"][0]
    assert direct(one, confidence=0.998, min_events=0, interval="exact")["lower"][0] > 0


def test_indirect_allows_an_empty_stratum_and_withholds_below_a_rule():
    found = indirect(
        small(events=[20, 60, 4, 0], population=[9000, 1000, 2000, 0]),
        by="ethnic_group",
        min_events=10,
    )
    assert found["expected"].iloc[1] == pytest.approx(2000 * 200 / 90_000)
    assert np.isnan(found["value"][1]) and "fewer than 10" in found["note"][1]


def test_several_columns_for_group_and_stratum_and_categories():
    rows = pd.concat([small().assign(sex=sex, area=1) for sex in ("female", "male")])
    both = direct(rows, by=["area", "ethnic_group"], stratum=["age_band", "sex"])
    assert list(both.columns[:2]) == ["area", "ethnic_group"]
    assert both["total_count"].tolist() == [160, 14]
    # The same rows twice, each with half of the weight: the same rate.
    assert both["value"][0] == pytest.approx(direct(small(), by="ethnic_group")["value"][0])
    rows["ethnic_group"] = rows["ethnic_group"].astype("category")
    again = direct(rows, by=["area", "ethnic_group"], stratum=["age_band", "sex"])
    assert again["value"].equals(both["value"])


counts = st.integers(0, 300)
people = st.integers(1, 50_000)


@st.composite
def long_tables(draw):
    bands, groups = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    weights = draw(st.lists(st.integers(1, 9000), min_size=bands, max_size=bands))
    rows = [
        {
            "group": f"g{group}",
            "age_band": band,
            "events": draw(counts),
            "population": draw(people),
            "standard": weights[band],
        }
        for group in range(groups)
        for band in range(bands)
    ]
    return pd.DataFrame(rows)


@given(long_tables(), st.randoms())
def test_row_order_does_not_matter(data, random):
    order = list(data.index)
    random.shuffle(order)
    straight = direct(data, by="group").set_index("group")
    mixed = direct(data.loc[order], by="group").set_index("group").loc[straight.index]
    numbers = ["value", "lower", "upper", "variance", "total_count"]
    pd.testing.assert_frame_equal(straight[numbers], mixed[numbers], rtol=1e-12)


@given(long_tables(), st.sampled_from(["byar", "exact", "gamma"]), st.floats(0.5, 0.999))
def test_limits_contain_the_value(data, interval, confidence):
    found = direct(data, by="group", interval=interval, confidence=confidence)
    found = found[found["value"].notna()]
    assert (found["lower"] <= found["value"]).all() and (found["value"] <= found["upper"]).all()
    assert (found["lower"] >= 0).all()


@given(long_tables())
def test_a_groups_own_structure_gives_its_crude_rate(data):
    one = data[data["group"] == "g0"].assign(standard=lambda t: t["population"])
    crude = rates.crude_rate(one["events"].sum(), one["population"].sum())
    found = direct(one, min_events=1)
    assume(one["events"].sum() > 0)
    assert found["value"][0] == pytest.approx(crude["value"][0], rel=1e-12)


@given(long_tables())
def test_the_reference_compared_with_itself_has_the_ratio_1(data):
    one = data[data["group"] == "g0"]
    assume(one["events"].sum() > 0)
    one = one.assign(reference_events=one["events"], reference_population=one["population"])
    found = indirect(one)
    crude = rates.crude_rate(one["events"].sum(), one["population"].sum())
    assert found["value"][0] == pytest.approx(1, rel=1e-12)
    assert indirect(one, kind="rate")["value"][0] == pytest.approx(crude["value"][0], rel=1e-12)


@given(long_tables())
def test_below_ten_events_nothing_is_shown(data):
    found = direct(data, by="group")
    few = found["total_count"] < 10
    assert found.loc[few, ["value", "lower", "upper", "variance"]].isna().all(axis=None)
    assert found.loc[~few, "value"].notna().all()
