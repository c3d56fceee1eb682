"""How direct and indirect standardisation behave and what they refuse."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from eeic.stats import Refusal, rates
from eeic.stats.standardise import ESP2013, add_esp2013, direct, indirect


def test_direct_with_exact_limits_agrees_with_the_exact_count(same):
    # In a single stratum Dobson's limits are those of the crude rate, whatever the standard.
    data = pd.DataFrame({"age_band": ["all"], "events": [7], "population": [900], "standard": [1]})
    found = direct(data, interval="exact", min_events=0)
    crude = rates.crude_rate(7, 900)
    for column in ("value", "lower", "upper"):
        same(found[column], crude[column])


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


def test_a_missing_count_is_zero_only_where_asked_for_and_then_it_says_so():
    gap = small(events=[20, None, 30, 3])
    for function in (direct, indirect):
        found = function(gap, by="ethnic_group", missing_events="zero")
        assert found["note"].tolist() == ["Missing counts taken as zero: 1.", ""]
        zero = function(small(events=[20, 0, 30, 3]), by="ethnic_group")
        assert found["value"].equals(zero["value"])


def test_withheld_rates_carry_the_reason_and_the_others_nothing():
    found = direct(small(), by="ethnic_group")
    assert found["note"].tolist() == ["", "Not shown: fewer than 10 events."]
    assert found["variance"].isna().tolist() == [False, True]
    assert found[["total_count", "total_pop"]].values.tolist() == [[80, 10_000], [7, 2100]]


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
