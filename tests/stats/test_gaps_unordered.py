"""Summary measures of groups without an order: identities, edges and refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eeic.stats import Refusal, gaps

GROUPS = pd.DataFrame(
    {
        "ethnic_group": ["Asian", "Black", "Mixed", "White"],
        "value": [70.0, 55.0, 62.0, 81.0],
        "population": [18_900, 9_100, 3_200, 120_400],
        "se": [0.4, 0.5, 0.9, 0.1],
    }
)
OPTIONS = {"favourable": True, "reference": "White"}
LIMITS = ["value", "lower", "upper"]


def summed_up(data=GROUPS, **options):
    return gaps.unordered_summary(data, **{**OPTIONS, **options})


def values(data=GROUPS, **options):
    return summed_up(data, **options).set_index("measure")["value"]


def test_each_measure_has_a_row_with_the_usual_columns():
    found = summed_up(se="se", scale=100)
    columns = "measure groups value lower upper confidence statistic method note se"
    assert list(found.columns) == columns.split()
    assert len(found) == 17 and found["measure"].is_unique and set(found["groups"]) == {4}
    closed = found["lower"].notna()
    named = {"difference", "ratio", "bgv", "theil", "mld", "par", "paf"}
    assert set(found.loc[closed, "measure"]) == named
    assert found.loc[~closed, "note"].str.contains("no closed formula").all()


def test_direction_of_gaps_and_of_gains():
    good = values()
    assert good["difference"] == 81 - 55 and good["ratio"] == pytest.approx(81 / 55)
    assert good["par"] > 0 and good["mdb_unweighted"] == good["mdr_unweighted"]
    bad = values(favourable=False)
    assert bad["difference"] == 70 - 81 and bad["par"] < 0
    assert bad["mdb_unweighted"] == np.mean([15, 0, 7, 26])
    assert values(reference=None)["difference"] == 26
    assert values(reference="Mixed", favourable=False)["difference"] == 81 - 62


def test_a_reference_is_never_guessed():
    with pytest.raises(TypeError):
        gaps.unordered_summary(GROUPS, favourable=True)
    assert not summed_up(reference=None)["measure"].str.startswith("mdr").any()


def test_many_sets_at_once_are_each_alone(same):
    other = GROUPS.assign(value=[9.0, 11.0, 8.0, 7.0], good=False)
    both = pd.concat([GROUPS.assign(good=True), other], keys=["uptake", "deaths"], names=["what"])
    both = both.reset_index(level=0).sample(frac=1, random_state=2)
    found = summed_up(both, favourable="good", by="what", se="se", scale=100)
    for what, good in (("uptake", True), ("deaths", False)):
        alone = summed_up(both[both["what"] == what], favourable=good, se="se", scale=100)
        same(found.loc[found["what"] == what, LIMITS], alone[LIMITS])


def test_a_group_without_an_estimate_is_left_out_and_said():
    more = [GROUPS.assign(ethnic_group=GROUPS["ethnic_group"] + str(i)) for i in range(2)]
    whole = pd.concat(more, ignore_index=True)
    gap = whole.assign(value=whole["value"].mask(whole.index == 5))
    found = summed_up(gap, reference="White0", se="se")
    assert found["note"].str.startswith("Groups left out, without an estimate: 1.").all()
    without = summed_up(gap.drop(index=5), reference="White0", se="se")
    assert found["value"].equals(without["value"]) and set(found["groups"]) == {7}
    # A population need not be known where the estimate is not.
    assert summed_up(
        gap.assign(population=gap["population"].mask(gap.index == 5)), reference="White0"
    )["value"].equals(without["value"])
    with pytest.raises(Refusal, match=r"row 5 .*Black1.*more than 15% of the groups"):
        summed_up(
            gap.assign(value=gap["value"].mask(gap.index == 0)).drop(index=[0]).iloc[:6],
            reference="White0",
        )
    with pytest.raises(Refusal, match="reference group 'Black1' has no estimate"):
        summed_up(gap, reference="Black1")


def test_zeros_are_not_replaced():
    found = summed_up(GROUPS.assign(value=[70, 0, 62, 81]), se="se").set_index("measure")
    for measure in ("theil", "mld", "ratio"):
        assert np.isnan(found.loc[measure, "value"]) and found.loc[measure, "note"]
    assert found.loc["difference", "value"] == 81 and found.loc["bgv", "lower"] > 0
    nothing = summed_up(GROUPS.assign(value=0.0), se="se", scale=100).set_index("measure")
    relative = ["ratio", "cov", "idis_weighted", "idis_unweighted", "theil", "mld", "paf"]
    assert nothing.loc[relative, "value"].isna().all() and nothing.loc[relative, "note"].all()


def test_equal_groups_have_no_gaps():
    found = values(GROUPS.assign(value=42.0))
    assert found["ratio"] == 1
    np.testing.assert_allclose(found.drop("ratio"), 0, atol=1e-12)


def test_ties_are_said_where_they_matter():
    tied = GROUPS.assign(value=[55.0, 55.0, 62.0, 81.0])
    notes = summed_up(tied, se="se").set_index("measure")["note"]
    assert "share the lowest" in notes["difference"] and "share" not in notes["bgv"]
    assert summed_up(tied, favourable=False, se="se").set_index("measure")["note"]["ratio"] == ""


def test_what_an_interval_lacks_is_said():
    found = summed_up().set_index("measure")
    assert found.loc["bgv", "note"] == "No interval: a standard error is missing."
    assert "scale" in found.loc["par", "note"] and found["lower"].isna().all()
    part = summed_up(GROUPS.assign(se=[np.nan, 0.5, 0.9, 0.1]), se="se").set_index("measure")
    assert part.loc["difference", "lower"] < 26 and np.isnan(part.loc["bgv", "lower"])
    exact = summed_up(GROUPS.assign(se=0), se="se", measures=["bgv", "difference"])
    assert exact["lower"].isna().all() and exact["note"].str.contains("no variation").all()


def test_two_groups_have_a_difference_and_a_ratio_alone():
    two = GROUPS.iloc[[1, 3]]
    assert values(two, measures=["ratio", "difference"])["difference"] == 26
    with pytest.raises(Refusal, match=r"2 group.* at least 3"):
        summed_up(two)
    with pytest.raises(Refusal, match=r"1 group.* at least 2"):
        summed_up(GROUPS.iloc[[3]], measures=["difference"])


def test_other_dtypes_give_the_same(same):
    other = GROUPS.astype({"ethnic_group": "category", "value": "Float64", "population": "Int64"})
    same(summed_up(other, se="se")[LIMITS], summed_up(se="se")[LIMITS])


@pytest.mark.parametrize(
    "change, options, says",
    [
        (
            {"value": list("abcd")},
            {},
            r"'value', row 1 \(ethnic_group Asian\): 'a' is not a number",
        ),
        ({"value": [True, False, True, True]}, {}, "row 1 .*True is not a number"),
        ({"value": [1, np.inf, 2, 3]}, {}, "row 2 .*inf is not a finite number"),
        ({"population": [1, 2, 0, 4]}, {}, "'population', row 3 .*0 is no population"),
        ({"population": [1, 2, None, 4]}, {}, "'population', row 3 .*missing"),
        ({"population": [1, 2, -5, 4]}, {}, "'population', row 3 .*-5 is negative"),
        ({"se": [1, -1, 1, 1]}, {"se": "se"}, "'se', row 2 .*-1 is negative"),
        ({"ethnic_group": ["a", "White", "b", "White"]}, {}, "row 4 .*stands there twice"),
        ({"ethnic_group": ["a", None, "b", "White"]}, {}, "'ethnic_group', row 2: .*missing"),
        ({}, {"reference": "Arab"}, "reference group 'Arab' has no estimate"),
        ({}, {"favourable": "value"}, "'value', row 1 .*70 is neither true nor false"),
        ({"good": [1, 1, 0, 1]}, {"favourable": "good"}, "'good', row 3 .*differs within one set"),
        ({}, {"favourable": 1}, "favourable is 1: say True"),
        ({}, {"scale": 80}, "'value', row 4 .*81 is more than the scale"),
        ({"value": [1, -1, 2, 3]}, {"scale": 80}, "row 2 .*-1 is below zero, off the scale"),
        ({}, {"scale": 0}, "scale is 0"),
        ({"top": [0, 0, 0, 0]}, {"scale": "top"}, "'top', the scale: 0 is not above zero"),
        ({}, {"measures": ["gini"]}, "measures is 'gini': choose one of"),
        ({}, {"measures": []}, "measures is empty"),
        ({}, {"measures": ["mdr_weighted"], "reference": None}, "name it in reference"),
        ({}, {"group": "region"}, "no column 'region'"),
        ({}, {"confidence": 95}, "confidence is 95"),
    ],
)
def test_refusals(change, options, says):
    with pytest.raises(Refusal, match=says):
        summed_up(GROUPS.assign(**change), **options)


def test_an_empty_table_and_no_table_are_refused():
    with pytest.raises(Refusal, match="empty"):
        summed_up(GROUPS.iloc[:0])
    with pytest.raises(Refusal, match="DataFrame"):
        summed_up([1, 2])


estimates = st.lists(st.floats(0.01, 100), min_size=3, max_size=12)


@given(estimates, st.floats(0.01, 1000), st.integers(0, 2**32 - 1))
def test_properties(estimates, factor, seed):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(
        {
            "ethnic_group": [f"g{i}" for i in range(len(estimates))],
            "value": estimates,
            "population": rng.integers(1, 10_000, len(estimates)),
            "se": rng.uniform(0.01, 2, len(estimates)),
        }
    )
    options = {"reference": "g0", "se": "se", "scale": 100}
    found = summed_up(data, **options).set_index("measure")
    value = found["value"]
    # The order of the rows is of no matter.
    again = summed_up(data.sample(frac=1, random_state=3), **options).set_index("measure")
    np.testing.assert_allclose(again["value"], value, rtol=1e-9, atol=1e-9)
    # Relative measures know no units, absolute ones have them.
    scaled = values(data.assign(value=data["value"] * factor), reference="g0")
    relative = ["ratio", "cov", "idis_weighted", "idis_unweighted", "theil", "mld", "paf"]
    np.testing.assert_allclose(scaled[relative], value[relative], rtol=1e-6, atol=1e-7)
    absolute = ["difference", "bgsd", "mdb_weighted", "mdm_unweighted", "mdr_weighted", "par"]
    np.testing.assert_allclose(scaled[absolute], value[absolute] * factor, rtol=1e-6, atol=1e-7)
    assert value["bgv"] == pytest.approx(value["bgsd"] ** 2)
    # The average gains at most what the best has over the worst.
    assert -1e-9 <= value["par"] <= data["value"].max() - data["value"].min() + 1e-9
    assert value["par"] == pytest.approx(value["mdb_weighted"])
    assert min(value["theil"], value["mld"]) > -1e-9
    known = found["lower"].notna()
    assert (found.loc[known, "lower"] <= found.loc[known, "value"]).all()
    assert (found.loc[known, "value"] <= found.loc[known, "upper"]).all()


def test_homogeneity_of_two_groups_is_chi_squared_of_a_pair(same):
    data = pd.DataFrame({"ethnic_group": ["a", "b"], "events": [45, 30], "population": [100, 110]})
    found, pair = gaps.homogeneity(data).iloc[0], gaps.chi_squared(45, 100, 30, 110).iloc[0]
    same(found[["value", "p_value"]], pair[["value", "p_value"]])
    assert found["df"] == 1


def test_homogeneity_of_many_sets():
    data = pd.DataFrame(
        {
            "service": ["x"] * 3 + ["y"] * 3,
            "ethnic_group": list("abc") * 2,
            "events": [0, 0, 0, 3, 5, 9],
            "population": 10,
        }
    )
    found = gaps.homogeneity(data, by="service")
    assert np.isnan(found["value"][0]) and "nobody" in found["note"][0]
    alone = gaps.homogeneity(data.iloc[3:])
    assert found["value"][1] == alone["value"][0] and found["df"].tolist() == [2, 2]
    for change, says in (
        ({"events": [0, 0, 11, 3, 5, 9]}, "row 3 .*11 is more than the population"),
        ({"events": [0, 0, -1, 3, 5, 9]}, "row 3 .*-1 is negative"),
        ({"events": [0, 0, None, 3, 5, 9]}, "row 3 .*may not be missing"),
    ):
        with pytest.raises(Refusal, match=says):
            gaps.homogeneity(data.assign(**change), by="service")
    with pytest.raises(Refusal, match="1 group"):
        gaps.homogeneity(data.iloc[:1])
