"""Measures along an order: identities, intervals, edges and refusals."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from eeic.stats import Refusal, gaps

QUINTILES = pd.DataFrame(
    {
        "quintile": [1, 2, 3, 4, 5],
        "value": [0.52, 0.58, 0.65, 0.69, 0.73],
        "population": [10_200, 10_050, 9_900, 10_010, 9_840],
        "se": [0.005, 0.0049, 0.0048, 0.0046, 0.0045],
        "low": [0.51, 0.57, 0.64, 0.68, 0.72],
        "high": [0.53, 0.59, 0.66, 0.70, 0.74],
    }
)
LIMITS = ["value", "lower", "upper"]
Z = 1.959963984540054


def along(data=QUINTILES, **options):
    return gaps.ordered_summary(
        data, **{"order": "quintile", "favourable": True, "scale": 1, **options}
    )


def slope(data=QUINTILES, **options):
    return gaps.slope_index(data, **{"order": "quintile", "se": "se", **options})


def limited(data=QUINTILES, **options):
    return slope(data, **{"se": None, "lower": "low", "upper": "high", **options})


def by_who(data=QUINTILES, **options):
    return gaps.who_slope_index(data, **{"order": "quintile", "scale": 1, **options})


def shuffled(data):
    return data.sample(frac=1, random_state=4)


def two_areas(data=QUINTILES):
    other = data.assign(value=data["value"] / 2, low=data["low"] / 2, high=data["high"] / 2)
    return pd.concat([data.assign(area="A"), other.assign(area="B")], ignore_index=True)


def test_direction_along_the_order():
    good, bad = (along(favourable=f).set_index("measure")["value"] for f in (True, False))
    assert good["difference"] == pytest.approx(0.21) and bad["difference"] == pytest.approx(-0.21)
    assert good["ratio"] * bad["ratio"] == pytest.approx(1)
    assert good["aci"] == bad["aci"] > 0
    assert good["par"] > 0 and bad["par"] == 0
    notes = along(favourable=False).set_index("measure")["note"]
    assert "Nothing to gain" in notes["par"] and "Nothing to gain" in notes["paf"]


def test_concentration_is_a_covariance_with_rank(same):
    p = QUINTILES["population"] / QUINTILES["population"].sum()
    rank, y = p.cumsum() - p / 2, QUINTILES["value"]
    found = along().set_index("measure")
    mean = (p * y).sum()
    aci = 2 * (p * y * rank).sum() - mean
    expected = [aci, aci / mean, 4 * aci, aci / mean / (1 - mean)]
    same(found.loc[["aci", "rci", "erreygers", "wagstaff"], "value"], expected)
    fit = sm.WLS(2 * (p * (rank - 0.5) ** 2).sum() * y, sm.add_constant(rank), weights=p).fit()
    assert found.loc["aci", "se"] == pytest.approx(fit.bse.iloc[1])


def test_corrections_need_a_scale():
    found = along(scale=None).set_index("measure")
    assert found.loc[["erreygers", "wagstaff"], "value"].isna().all()
    assert found.loc[["erreygers", "wagstaff"], "note"].str.contains("scale").all()
    full = along(QUINTILES.assign(value=1.0)).set_index("measure")
    assert np.isnan(full.loc["wagstaff", "value"]) and full.loc["aci", "value"] == 0
    none = along(QUINTILES.assign(value=0.0)).set_index("measure")
    assert none.loc[["rci", "wagstaff", "paf", "ratio"], "value"].isna().all()


def test_the_order_of_rows_and_other_sets_are_of_no_matter(same):
    whole = shuffled(two_areas())
    found = along(whole, by="area", se="se")
    for area in "AB":
        alone = along(whole[whole["area"] == area], se="se")
        same(found.loc[found["area"] == area, LIMITS], alone[LIMITS])
    same(along(shuffled(QUINTILES), se="se")[LIMITS], along(se="se")[LIMITS])
    found = slope(whole, by="area")
    for area in "AB":
        same(found.loc[found["area"] == area, LIMITS], slope(whole[whole["area"] == area])[LIMITS])
    found = by_who(whole, by="area")
    for area in "AB":
        same(found.loc[found["area"] == area, LIMITS], by_who(whole[whole["area"] == area])[LIMITS])


@pytest.mark.parametrize("work", [along, slope, by_who])
@pytest.mark.parametrize(
    "change, says",
    [
        ({"quintile": [1, 2, 4, 5, 6]}, r"'quintile', row 5 .*: 6 does not follow the one before"),
        ({"quintile": [1, 2, 2, 3, 4]}, "row 3 .*stands there twice"),
        ({"quintile": [1, 2, 3, 4, 4.5]}, "row 5 .*4.5 is not a whole number of an order"),
        ({"quintile": [1, 2, 3, 4, None]}, "'quintile', row 5: .*missing"),
        ({"quintile": list("abcde")}, "row 1 .*'a' is not a number"),
        ({"value": [0.5, None, 0.6, 0.7, 0.8]}, "'value', row 2 .*may not be missing in any"),
        ({"value": [0.5, "x", 0.6, 0.7, 0.8]}, "row 2 .*'x' is not a number"),
        ({"population": [1, 2, 3, 0, 5]}, "'population', row 4 .*0 is no population"),
        ({"population": [1, 2, 3, -4, 5]}, "'population', row 4 .*-4 is negative"),
    ],
)
def test_refusals_of_tables(work, change, says):
    with pytest.raises(Refusal, match=says):
        work(QUINTILES.assign(**change))


@pytest.mark.parametrize("work, least", [(along, 3), (slope, 5), (by_who, 3)])
def test_too_few_groups_are_refused(work, least):
    assert len(work(QUINTILES.iloc[:least])) >= 2
    with pytest.raises(Refusal, match=str(least)):
        work(QUINTILES.iloc[: least - 1])
    with pytest.raises(Refusal, match="empty"):
        work(QUINTILES.iloc[:0])


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: along(scale=0.7), "'value', row 5 .*0.73 is more than the scale"),
        (lambda: along(measures=["gini"]), "measures is 'gini'"),
        (lambda: along(se="low", favourable=None), "favourable is None"),
        (lambda: by_who(model="probit"), "model is 'probit'"),
        (lambda: by_who(scale=0.6), "more than the scale"),
        (lambda: by_who(QUINTILES.assign(value=0.4)), "all estimates are the same"),
        (lambda: by_who(two_areas().assign(value=0.4), by="area"), "all estimates of area A"),
        (lambda: slope(se=None), "Name the columns of the 95% limits"),
        (lambda: slope(se=None, lower="low"), "Name the columns of the 95% limits"),
        (lambda: slope(lower="low", upper="high"), "not both"),
        (lambda: slope(kind="proportion", transform=True), "With transform the limits are needed"),
        (lambda: limited(transform=True), "transform is for kind"),
        (lambda: slope(kind="count"), "kind is 'count'"),
        (lambda: slope(multiplier=0), "multiplier is 0"),
        (lambda: slope(draws=999), "draws is 999"),
        (lambda: slope(QUINTILES.assign(se=[1, 1, -1, 1, 1])), "'se', row 3 .*-1 is negative"),
        (lambda: slope(QUINTILES.assign(se=[1, 1, None, 1, 1])), "'se', row 3 .*missing"),
        (lambda: limited(QUINTILES.assign(high=0.6)), "'low', row 3 .*above the upper limit"),
        (lambda: limited(QUINTILES.assign(high=[0.53, 0.59, 0.66, None, 0.74])), "row 4 .*missing"),
        (
            lambda: limited(QUINTILES.assign(value=[0.5, 0.6, 0.7, 0.8, 1.2]), kind="proportion"),
            "'value', row 5 .*1.2 is not between 0 and 1",
        ),
        (
            lambda: limited(QUINTILES.assign(low=0), kind="proportion", transform=True),
            "'low', row 1 .*0 has no logit",
        ),
        (
            lambda: limited(QUINTILES.assign(low=0), kind="rate", transform=True),
            "'low', row 1 .*0 has no logarithm",
        ),
        (lambda: limited(QUINTILES.assign(low=-1), kind="rate"), "row 1 .*-1 is below zero"),
        (
            lambda: slope(two_areas().assign(quintile=[1, 2, 3, 4, 5, 2, 3, 4, 5, 6]), by="area"),
            "goes from 2 to 6 of area B, and from 1 to 5 of area A",
        ),
    ],
)
def test_refusals(call, says):
    with pytest.raises(Refusal, match=says):
        call()


def test_a_straight_line_is_read_at_its_ends(same):
    p = QUINTILES["population"] / QUINTILES["population"].sum()
    line = QUINTILES.assign(value=3 + 2 * (p.cumsum() - p / 2))
    same(slope(line)["value"], [2, 5 / 3])
    same(slope(line)["intercept"], [3, 3])
    same(slope(line, multiplier=-10)["value"], [-20, 3 / 5])
    same(by_who(line, scale=10, model="linear")["value"], [2, 5 / 3])


def test_a_negative_multiplier_turns_the_limits_round(same):
    there, back = slope(), slope(multiplier=-1)
    same(back.loc[0, ["lower", "upper"]], -there.loc[0, ["upper", "lower"]].to_numpy(float))
    same(back.loc[1, ["lower", "upper"]], 1 / there.loc[1, ["upper", "lower"]].to_numpy(float))
    for transform in (True, False):
        found = limited(kind="proportion", transform=transform, multiplier=-100, seed=5)
        assert (found["lower"] < found["value"]).all() and (found["value"] < found["upper"]).all()


def test_closed_limits_are_what_simulation_tends_to():
    """For values that are normal, and for transformed ones, 400,000 draws of our own."""
    rng = np.random.default_rng(8)
    p = (QUINTILES["population"] / QUINTILES["population"].sum()).to_numpy()
    rank = np.cumsum(p) - p / 2 - 0.5
    weight = p * rank / (p * rank**2).sum()
    draws = rng.normal(QUINTILES["value"], QUINTILES["se"], (400_000, 5))
    middle, steep = draws @ p, draws @ weight
    start, end = middle - steep / 2, middle + steep / 2
    found = slope()
    for row, simulated in ((0, steep), (1, end / start)):
        width = found["upper"][row] - found["lower"][row]
        expected = np.quantile(simulated, [0.025, 0.975])
        np.testing.assert_allclose(found.loc[row, ["lower", "upper"]], expected, atol=0.01 * width)


def test_the_same_seed_gives_the_same_limits():
    options = {"kind": "proportion", "draws": 2000}
    one, again, other = (limited(seed=seed, **options) for seed in (1, 1, 2))
    assert one.equals(again) and not one["lower"].equals(other["lower"])
    assert one["value"].equals(other["value"])
    generator = limited(seed=np.random.default_rng(1), **options)
    assert generator.equals(one)
    none = limited(**options)
    assert none["lower"].isna().all() and none["note"].str.contains("give a seed").all()
    assert none["value"].equals(one["value"])


def test_what_has_no_interval_or_ratio_says_so():
    edge = limited(QUINTILES.assign(low=[0, 0.57, 0.64, 0.68, 0.72]), kind="rate", seed=1)
    assert edge["lower"].isna().all() and edge["note"].str.contains("edge of its scale").all()
    exact = slope(QUINTILES.assign(se=0))
    assert exact["lower"].isna().all() and exact["note"].str.contains("all zero").all()
    below = slope(QUINTILES.assign(value=[-1, 2, 5, 8, 11])).set_index("measure")
    assert np.isnan(below.loc["rii", "value"]) and "zero or below" in below.loc["rii", "note"]
    assert np.isfinite(below.loc["sii", "lower"])
    unsure = slope(QUINTILES.assign(se=5)).set_index("measure")
    assert np.isnan(unsure.loc["rii", "lower"]) and "told from zero" in unsure.loc["rii", "note"]
    many = pd.DataFrame({"quintile": range(12), "value": 7.0, "population": 9, "se": 0.1})
    assert slope(many)["note"].str.contains("more than 10").all()
    step = by_who(QUINTILES.assign(value=[0, 0, 1, 1, 1]))
    assert step["value"].isna().all() and step["note"].str.contains("split at one place").all()


def test_the_logistic_slope_weights_once(same):
    found = by_who()
    doubled = by_who(QUINTILES.assign(population=QUINTILES["population"] * 2))
    same(doubled[LIMITS], found[LIMITS])
    p = QUINTILES["population"] / QUINTILES["population"].sum()
    rank = sm.add_constant(p.cumsum() - p / 2)
    counts = QUINTILES["value"] * QUINTILES["population"]
    fit = sm.GLM(
        np.column_stack([counts, QUINTILES["population"] - counts]),
        rank,
        family=sm.families.Binomial(),
    ).fit(tol=1e-14)
    start, end = fit.predict([[1, 0], [1, 1]])
    same(found["value"], [end - start, end / start])


def test_the_linear_slope_has_the_robust_variance_of_a_regression(same):
    found = by_who(model="linear").set_index("measure")
    p = QUINTILES["population"] / QUINTILES["population"].sum()
    fit = sm.WLS(QUINTILES["value"], sm.add_constant(p.cumsum() - p / 2), weights=p)
    assert found.loc["sii", "se"] == pytest.approx(fit.fit(cov_type="HC1").bse.iloc[1])


@given(
    st.lists(st.floats(0.5, 99), min_size=5, max_size=10),
    st.floats(0.01, 100),
    st.integers(0, 2**32 - 1),
)
def test_properties(estimates, factor, seed):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(
        {
            "quintile": range(1, len(estimates) + 1),
            "value": estimates,
            "population": rng.integers(1, 10_000, len(estimates)),
            "se": rng.uniform(0.01, 2, len(estimates)),
        }
    )
    # Turned round, both indices turn round.
    turned = data.assign(quintile=data["quintile"].iloc[::-1].to_numpy())
    there, back = (slope(one).set_index("measure")["value"] for one in (data, turned))
    assert there["sii"] == pytest.approx(-back["sii"], abs=1e-9)
    if there.notna().all():
        assert there["rii"] * back["rii"] == pytest.approx(1)
    one, other = (along(each, scale=100).set_index("measure")["value"] for each in (data, turned))
    for measure in ("aci", "rci", "erreygers", "wagstaff"):
        assert one[measure] == pytest.approx(-other[measure], abs=1e-9)
    # Units change the slope and not the ratio.
    scaled = slope(data.assign(value=data["value"] * factor, se=data["se"] * factor))
    assert scaled["value"][0] == pytest.approx(there["sii"] * factor, rel=1e-6, abs=1e-7)
    found = slope(data)
    known = found["lower"].notna()
    assert (found.loc[known, "lower"] <= found.loc[known, "value"]).all()
    assert (found.loc[known, "value"] <= found.loc[known, "upper"]).all()


def test_trend_of_two_groups_is_chi_squared_of_a_pair(same):
    data = pd.DataFrame({"quintile": [1, 2], "events": [45, 30], "population": [100, 110]})
    found = gaps.trend(data, order="quintile").iloc[0]
    same(
        found[["value", "p_value"]],
        gaps.chi_squared(45, 100, 30, 110)[["value", "p_value"]].iloc[0],
    )
    flat = gaps.trend(data.assign(events=0), order="quintile")
    assert np.isnan(flat["value"][0]) and "nobody" in flat["note"][0]
    same(gaps.trend(data.assign(quintile=[8, 9]), order="quintile")["value"], [found["value"]])


AREAS = pd.DataFrame({"area": range(12), "score": [5, 1, 9, 9, 3, 7, 2, 8, 6, 4, 0, 9]})


def quantiles(data=AREAS, **options):
    options = {"value": "score", "highest_first": True, "quantiles": 4, **options}
    return gaps.assign_quantile(data, **options)


def test_quantiles_keep_ties_together_and_their_direction():
    found = quantiles()
    assert found.loc[found["score"] == 9, "quantile"].tolist() == [1, 1, 1]
    assert found["quantile"].value_counts().to_dict() == {1: 3, 2: 3, 3: 3, 4: 3}
    lowest = quantiles(highest_first=False)
    assert lowest.sort_values("score")["quantile"].is_monotonic_increasing
    assert "quantile" not in AREAS.columns


def test_quantiles_leave_areas_without_a_value_out():
    gap = AREAS.assign(score=AREAS["score"].mask(AREAS["area"] == 3))
    found = quantiles(gap)
    assert found["quantile"].isna().tolist() == (AREAS["area"] == 3).tolist()
    assert "missing" in found["note"][3] and found["note"][0] == ""
    same_without = quantiles(gap.drop(index=3))["quantile"]
    assert found["quantile"].dropna().tolist() == same_without.tolist()
    few = quantiles(AREAS.iloc[:3])
    assert few["quantile"].isna().all() and few["note"].str.contains("fewer than 4").all()


def test_quantiles_within_regions():
    found = quantiles(AREAS.assign(region=["n", "s"] * 6), by="region")
    for region in "ns":
        part = AREAS[np.array(["n", "s"] * 6) == region]
        expected = quantiles(part)["quantile"]
        assert found.loc[found["region"] == region, "quantile"].tolist() == expected.tolist()


def test_every_area_of_a_whole_number_of_quantiles_is_where_it_belongs():
    """17 areas in 7 quantiles: a fraction 17 / 7 would put one of them one too low."""
    areas = pd.DataFrame({"score": range(17)})
    found = quantiles(areas, quantiles=7, highest_first=False)["quantile"].to_numpy()
    rank = np.arange(1, 18)
    assert ((17 + 1 - rank) * 7 <= (7 + 1 - found) * 17).all()
    assert ((17 + 1 - rank) * 7 > (7 - found) * 17).all()


@given(st.lists(st.integers(0, 8) | st.none(), min_size=2, max_size=60), st.integers(2, 12))
def test_quantiles_follow_the_values(scores, count):
    found = quantiles(pd.DataFrame({"score": pd.array(scores, dtype="Int64")}), quantiles=count)
    known = found.dropna(subset="quantile").sort_values("score", ascending=False)
    assert known["quantile"].is_monotonic_increasing and known["quantile"].between(1, count).all()
    assert (known.groupby("score")["quantile"].nunique() == 1).all()


@pytest.mark.parametrize(
    "options, says",
    [
        ({"quantiles": 1}, "quantiles is 1"),
        ({"quantiles": 2.5}, "quantiles is 2.5"),
        ({"quantiles": True}, "quantiles is True"),
        ({"highest_first": "yes"}, "highest_first is 'yes'"),
        ({"value": "area", "data": AREAS.assign(area="x")}, "'area', row 1: 'x' is not a number"),
        ({"data": AREAS.assign(quantile=1)}, "already has a column 'quantile'"),
        ({"data": AREAS.iloc[:0]}, "empty"),
    ],
)
def test_quantiles_refuse(options, says):
    with pytest.raises(Refusal, match=says):
        quantiles(**options)
