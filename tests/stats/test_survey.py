"""Survey weights, design-based errors, sample size and power: refusals, edges, properties."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.power import NormalIndPower

from eeic.stats import Refusal, survey

DESIGN = pd.DataFrame(
    {
        "s": list("nnnnnnnssssss"),
        "c": [1, 1, 2, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3],
        "g": list("abaabbabbaaba"),
        "y": [3, 4, 6, 7, 5, 2, 8, 1, 9, 4, 4, 6, 5],
        "w": [10, 10, 20, 20, 25, 15, 15, 30, 35, 30, 40, 20, 20],
    }
)
DESIGN["p"] = DESIGN["y"] > 4
UNITS = {"weight": "w", "strata": "s", "cluster": "c"}

# What R's survey 4.1-1 gives for DESIGN (R 4.2.2, Debian's r-cran-survey):
#   des <- svydesign(ids=~c, strata=~s, weights=~w, data=d, nest=TRUE)
#   svymean(~y, des, deff="replace"); confint(..., df=degf(des)); svyby(~y, ~g, des, svymean, ...)
#   svyciprop(~p, des, method="logit"); svyby(~p, ~g, des, svyciprop, method="logit", df=degf(des))
#   svymean(~y, svydesign(ids=~1, weights=~w, data=d), deff="replace")
R_MEAN = [5.0, 0.413793103448276, 0.384427141268076, 3.85112616336643, 6.14887383663357]
R_DOMAINS = {
    "a": [5.09677419354839, 0.673002057011409, 1.2261054359455374],
    "b": [4.88888888888889, 0.359417375488034, 0.0724629420638449],
}
R_PROPORTION = [0.5344827586206897, 0.2132010931516221, 0.0961347297797198, 0.9253409383221035]
R_PROPORTION_A = [0.483870967742049, 0.0340933660829537, 0.961390685551176]
R_SIMPLE = [5.0, 0.748131507872607, 1.256618464961068]
R_RAKED = [11.01760178865877, 9.67711767474361, 22.03520357731754]


def test_errors_of_a_stratified_cluster_sample_are_those_of_r():
    columns = ["value", "standard_error", "design_effect", "lower", "upper"]
    found = survey.weighted_mean(DESIGN, value="y", **UNITS)
    assert np.allclose(found.loc[0, columns].astype(float), R_MEAN, rtol=1e-12)
    by = survey.weighted_mean(DESIGN, value="y", by="g", **UNITS).set_index("g")
    for group, expected in R_DOMAINS.items():
        assert np.allclose(by.loc[group, columns[:3]].astype(float), expected, rtol=1e-12)
    simple = survey.weighted_mean(DESIGN, value="y", weight="w")
    assert np.allclose(simple.loc[0, columns[:3]].astype(float), R_SIMPLE, rtol=1e-12)


def test_limits_of_a_proportion_are_those_of_r():
    columns = ["value", "standard_error", "lower", "upper"]
    found = survey.weighted_proportion(DESIGN, value="p", **UNITS)
    assert np.allclose(found.loc[0, columns].astype(float), R_PROPORTION, rtol=1e-9)
    by = survey.weighted_proportion(DESIGN, value="p", by="g", **UNITS).set_index("g")
    # R fits the domain's proportion by iteration, to about nine digits.
    columns.remove("standard_error")
    assert np.allclose(by.loc["a", columns].astype(float), R_PROPORTION_A, rtol=1e-8)


def test_raking_is_that_of_r():
    # rake(svydesign(ids=~1, weights=~w, data=d), list(~s, ~g), list(...), control=list(
    #   maxit=1000, epsilon=1e-12))
    margins = {"s": {"n": 120, "s": 180}, "g": pd.Series({"b": 130, "a": 170})}
    found = survey.rake(DESIGN, margins, weight="w")
    assert np.allclose(found["raked_weight"].iloc[:3], R_RAKED, rtol=1e-9)
    for name, totals in margins.items():
        for category, total in dict(totals).items():
            got = found.loc[found[name] == category, "raked_weight"].sum()
            assert np.isclose(got, total, rtol=1e-9)


def test_one_margin_is_post_stratification():
    found = survey.rake(DESIGN, {"g": {"a": 700, "b": 300}}, weight="w")
    share = DESIGN["w"] / DESIGN.groupby("g")["w"].transform("sum")
    assert np.allclose(found["raked_weight"], share * DESIGN["g"].map({"a": 700, "b": 300}))
    assert "raked_weight" not in DESIGN


def test_weights_follow_each_other():
    data = pd.DataFrame(
        {"chance": [0.1, 0.1, 0.5, 0.5], "area": list("NNSS"), "answered": [1, 0, 1, 1]},
        index=list("wxyz"),
    )
    found = survey.base_weights(data, probability="chance")
    found = survey.nonresponse_weights(found, responded="answered", within="area")
    assert found.index.tolist() == ["w", "y", "z"]
    assert found["nonresponse_weight"].tolist() == [20, 2, 2]
    assert found["response_rate"].tolist() == [0.5, 1, 1]


weights = st.lists(st.floats(0.1, 50), min_size=2, max_size=30)


@given(weights)
def test_kish_is_one_plus_the_squared_coefficient_of_variation(w):
    found = survey.kish(pd.DataFrame({"w": w}), weight="w").iloc[0]
    cv = np.std(w) / np.mean(w)
    assert np.isclose(found["value"], 1 + cv**2)
    assert np.isclose(found["effective_sample_size"], len(w) / found["value"])


@given(weights, st.floats(0.5, 20), st.randoms())
def test_the_scale_of_weights_and_the_order_of_rows_do_not_matter(w, factor, random):
    data = pd.DataFrame(
        {"w": w, "y": range(len(w)), "g": ["a", "b"] * (len(w) // 2) + ["a"] * (len(w) % 2)}
    )
    found = survey.weighted_mean(data, value="y", weight="w", by="g").set_index("g")
    order = list(data.index)
    random.shuffle(order)
    moved = data.loc[order].assign(w=lambda d: d["w"] * factor)
    other = survey.weighted_mean(moved, value="y", weight="w", by="g").set_index("g")
    columns = ["value", "lower", "upper", "standard_error", "design_effect"]
    assert np.allclose(found[columns], other.loc[found.index, columns], equal_nan=True)


def test_equal_weights_give_the_plain_mean_and_no_design_effect():
    y = np.array([3.0, 5, 8, 1, 9])
    found = survey.weighted_mean(pd.DataFrame({"y": y, "w": 2.0}), value="y", weight="w").iloc[0]
    assert np.isclose(found["standard_error"], y.std(ddof=1) / np.sqrt(5))
    assert np.isclose(found["design_effect"], 1) and np.isclose(found["effective_sample_size"], 5)


def test_the_same_cluster_name_in_two_strata_is_two_clusters():
    named = DESIGN.assign(c=DESIGN["s"] + DESIGN["c"].astype(str))
    one = survey.weighted_mean(DESIGN, value="y", **UNITS)
    pd.testing.assert_frame_equal(one, survey.weighted_mean(named, value="y", **UNITS))
    assert one["degrees_of_freedom"].item() == 4


def test_answers_all_alike_have_no_interval_and_say_so():
    for function in (survey.weighted_mean, survey.weighted_proportion):
        found = function(DESIGN.assign(p=1, w=np.linspace(0.1, 0.7, 13)), value="p", weight="w")
        assert found["value"].item() == pytest.approx(1)
        assert found[["lower", "upper", "design_effect"]].isna().all(axis=None)
        assert "all answers are the same" in found["note"].item()


def test_a_group_of_one_has_a_value_and_no_interval():
    data = DESIGN.assign(g=["a"] + ["b"] * 12)
    found = survey.weighted_mean(data, value="y", by="g", **UNITS).set_index("g").loc["a"]
    assert found["value"] == 3 and np.isnan(found["lower"]) and found["note"] != ""


def test_percentages_are_scaled_whole():
    one = survey.weighted_proportion(DESIGN, value="p", **UNITS)
    found = survey.weighted_proportion(DESIGN, value="p", multiplier=100, **UNITS)
    columns = ["value", "lower", "upper", "standard_error"]
    assert np.allclose(found[columns], one[columns] * 100)
    assert found["design_effect"].equals(one["design_effect"])
    assert found["statistic"].item() == "weighted percentage"


def test_nullable_and_categorical_columns_will_do():
    data = DESIGN.astype({"p": "boolean", "s": "category", "w": "Int64", "g": "category"})
    pd.testing.assert_frame_equal(
        survey.weighted_proportion(data, value="p", **UNITS),
        survey.weighted_proportion(DESIGN, value="p", **UNITS),
    )


# Sample size and power

proportions = st.floats(0.01, 0.99)
powers = st.floats(0.5, 0.99)
ratios = st.floats(0.2, 5)


@given(proportions, proportions, powers, ratios)
def test_the_size_found_has_the_power_asked_for(p1, p2, power, ratio):
    if abs(p1 - p2) < 0.01:
        return
    for method in ("pooled", "arcsine"):
        n = survey.sample_size_two_proportions(p1, p2, power=power, ratio=ratio, method=method)
        n = n["value"].item()
        got = survey.power_two_proportions(p1, p2, n, n * ratio, method=method)["value"].item()
        assert np.isclose(got, power, rtol=1e-9), method


def test_arcsine_sizes_are_those_of_statsmodels():
    h = 2 * np.arcsin(np.sqrt(0.12)) - 2 * np.arcsin(np.sqrt(0.09))
    theirs = NormalIndPower().solve_power(h, alpha=0.05, power=0.8, ratio=3)
    found = survey.sample_size_two_proportions(0.12, 0.09, power=0.8, ratio=3, method="arcsine")
    assert np.isclose(found["value"].item(), theirs, rtol=1e-7)


@given(st.floats(0.001, 0.5), st.floats(1.05, 5), powers, ratios)
def test_person_time_found_has_the_power_asked_for(rate, ratio_of_rates, power, ratio):
    rates = rate * ratio_of_rates, rate
    for method in ("log", "difference", "root"):
        found = survey.sample_size_two_rates(*rates, power=power, ratio=ratio, method=method)
        t1, t0 = found["group_person_time"].item(), found["value"].item()
        got = survey.power_two_rates(*rates, t1, t0, method=method)["value"].item()
        assert np.isclose(got, power), method


def test_the_other_tail_is_added_when_strict():
    options = {"alpha": [0.05, 0.5], "p1": 0.3, "p2": 0.31, "n1": 20, "n2": 20}
    plain = survey.power_two_proportions(**options)["value"]
    strict = survey.power_two_proportions(**options, strict=True)["value"]
    assert (strict > plain * 1.2).all()
    rates = (0.011, 0.01, 100, 100)
    plain, strict = (
        survey.power_two_rates(*rates, strict=strict)["value"].item() for strict in (False, True)
    )
    assert strict > plain


def test_continuity_and_confidence_ask_for_more_people():
    sizes = [
        survey.sample_size_two_proportions(0.3, 0.4, power=0.8, method=method)["value"].item()
        for method in ("pooled", "continuity")
    ]
    assert sizes[1] > sizes[0]
    found = survey.sample_size_two_proportions(0.3, 0.4, power=[0.8, 0.9])["value"]
    assert found[1] > found[0]


def test_design_effect_and_response_rate_inflate_the_invitations_only():
    plain = survey.sample_size_two_proportions(0.3, 0.4, power=0.8, ratio=2)
    found = survey.sample_size_two_proportions(
        0.3, 0.4, power=0.8, ratio=2, design_effect=1.5, response_rate=0.25
    )
    assert found["value"].equals(plain["value"])
    assert found["invite1"].item() == np.ceil(6 * plain["value"].item())
    assert found["invite2"].item() == np.ceil(12 * plain["value"].item())
    assert found["invite_total"].item() == found["invite1"].item() + found["invite2"].item()
    power = survey.power_two_proportions(0.3, 0.4, 100, 100, design_effect=2)["value"].item()
    assert power == survey.power_two_proportions(0.3, 0.4, 50, 50)["value"].item()


def test_a_small_population_needs_fewer_and_never_more_than_it_has():
    found = survey.sample_size_one_proportion(0.5, 0.05, population=[50, 1e9, None])
    assert found["value"][0] < 50 and np.isclose(found["value"][1], found["value"][2], rtol=1e-6)
    found = survey.sample_size_one_proportion(0.5, 0.05, population=50, response_rate=0.3)
    assert "More people to invite than the population has" in found["note"].item()
    rare = survey.sample_size_one_proportion(0.001, 0.01)
    assert "normal approximation" in rare["note"].item()


def test_exact_power_against_enumeration_of_both_counts():
    """All pairs of counts, by the definition of the test."""
    from scipy.stats import binom, poisson

    r1, r0, t1, t0, alpha = 0.3, 0.1, 40, 60, 0.05
    counts = np.arange(80)
    x1, x0 = np.meshgrid(counts, counts, indexing="ij")
    fair = t1 / (t1 + t0)
    low = binom.cdf(x1, x1 + x0, fair) <= alpha / 2
    high = binom.sf(x1 - 1, x1 + x0, fair) <= alpha / 2
    chance = np.outer(poisson.pmf(counts, r1 * t1), poisson.pmf(counts, r0 * t0))
    found = survey.power_two_rates(r1, r0, t1, t0, method="exact")["value"].item()
    assert np.isclose(found, chance[low | high].sum(), rtol=1e-9)


def test_exact_power_of_next_to_no_events_is_next_to_nothing():
    found = survey.power_two_rates([0.02, 0.5], 0.01, 1, [1, 300], method="exact")["value"]
    assert 0 <= found[0] < 1e-6 < found[1] < 1


def test_a_ratio_that_no_low_count_can_show():
    found = survey.power_smr([3, 3], [0.1, 2.0])
    assert found["reject_low"].isna().all() and (found["note"] != "").all()
    assert found["value"][0] < 1e-6 < found["value"][1]
    assert survey.power_smr(200, 0)["value"].item() == 1


def test_vectorised_is_row_by_row():
    rows = [(0.1, 0.2, 0.8), (0.5, 0.4, 0.9), (0.01, 0.9, 0.55)]
    for method in ("pooled", "arcsine", "continuity"):
        whole = survey.sample_size_two_proportions(
            *map(list, zip(*[r[:2] for r in rows], strict=True)),
            power=[r[2] for r in rows],
            method=method,
        )["value"]
        apart = [
            survey.sample_size_two_proportions(p1, p2, power=power, method=method)["value"].item()
            for p1, p2, power in rows
        ]
        assert np.allclose(whole, apart, rtol=1e-12)


# Refusals


def n2(p1=0.3, p2=0.4, **options):
    return survey.sample_size_two_proportions(p1, p2, **{"power": 0.8, **options})


def rake(margins, data=DESIGN, **options):
    return survey.rake(data, margins, **{"weight": "w", **options})


def mean(data=DESIGN, **options):
    return survey.weighted_mean(data, **{"value": "y", "weight": "w", **options})


EMPTY_CELL = pd.DataFrame({"a": list("xxyy"), "b": list("uuvv"), "w": 1.0})


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: n2(p2=0.3), "'p1', row 1: 0.3 equals p2: no sample finds a gap of nothing"),
        (lambda: n2(p2=[0.4, 1.2]), "'p2', row 2: 1.2 is not between 0 and 1"),
        (lambda: n2(p1=0, p2=1), "and p2 leave no chance"),
        (lambda: n2(p1=None), "'p1', row 1: the value is missing"),
        (lambda: n2(power=0.04), "'power', row 1: 0.04 is not between alpha and 1"),
        (lambda: n2(power=80), "'power', row 1: 80 is not between alpha and 1"),
        (lambda: n2(alpha=0), "'alpha', row 1: 0 is not between 0 and 1"),
        (lambda: n2(ratio=0), "'ratio', row 1: 0 is not above zero"),
        (lambda: n2(design_effect=-1), "'design_effect', row 1: -1 is not above zero"),
        (lambda: n2(response_rate=40), "'response_rate', row 1: 40 is no share"),
        (lambda: n2(response_rate=0), "'response_rate', row 1: 0 is no share"),
        (lambda: n2(method="exact"), "method is 'exact'"),
        (lambda: n2(p1=[]), "table is empty"),
        (lambda: n2(p1=["0.3"]), "'0.3' is not a number"),
        (lambda: n2(p1=True), "True is not a number"),
        (lambda: survey.power_two_proportions(0.3, 0.3, 9, 9), "equals p2"),
        (lambda: survey.power_two_proportions(0.3, 0.4, 9, 0), "'n2', row 1: 0 is no population"),
        (lambda: survey.sample_size_one_proportion(0, 0.1), "'p', row 1: 0 is not between"),
        (lambda: survey.sample_size_one_proportion(0.5, 0), "'margin', row 1: 0 is not between"),
        (
            lambda: survey.sample_size_one_proportion(0.5, 0.1, population=0),
            "'population', row 1: 0 is no population to sample",
        ),
        (lambda: survey.sample_size_two_rates(0.1, 0.1, power=0.8), "equals rate0"),
        (lambda: survey.sample_size_two_rates(0.1, 0, power=0.8), "'rate0', row 1: 0 is not a ra"),
        (lambda: survey.power_two_rates(0.1, 0.2, 0, 9), "'time1', row 1: 0 is no person-time"),
        (lambda: survey.power_smr(10, 1), "'smr', row 1: 1 is no gap"),
        (lambda: survey.power_smr(0, 2), "'expected', row 1: 0 is no expected"),
        (lambda: survey.power_smr(9, -2), "'smr', row 1: -2 is negative"),
        (
            lambda: survey.base_weights(pd.DataFrame({"p": [0.2, 0]}), probability="p"),
            "'p', row 2: 0 is no chance of being sampled",
        ),
        (
            lambda: survey.base_weights(
                pd.DataFrame({"p": [0.2], "base_weight": 1}), probability="p"
            ),
            "already has a column 'base_weight'",
        ),
        (
            lambda: survey.nonresponse_weights(
                DESIGN.assign(r=DESIGN["s"] == "n"), responded="r", within="s", weight="w"
            ),
            "Nobody answered in the class s s",
        ),
        (
            lambda: survey.nonresponse_weights(DESIGN, responded="y", within="s", weight="w"),
            "'y', row 1: 3 is neither true",
        ),
        (lambda: rake({}), "margins is empty"),
        (lambda: rake({"g": {"a": 1, "b": 2}, "s": {"n": 1, "s": 1}}), "must be the same people"),
        (lambda: rake({"g": {"a": 1}}), "'b' of 'g' stands in the data and not in the margin"),
        (lambda: rake({"g": {"a": 1, "b": 1, "c": 1}}), "'c' of 'g' .* nobody in the data"),
        (lambda: rake({"g": {"a": 1, "b": 0}}), r"'margin of g', row 2 \(b\): 0 is no population"),
        (
            lambda: rake({"a": {"x": 3, "y": 1}, "b": {"u": 1, "v": 3}}, EMPTY_CELL),
            "do not fit the margins after 1000 rounds",
        ),
        (lambda: rake({"g": {"a": 1, "b": 1}}, tolerance=0), "tolerance is 0"),
        (lambda: mean(weight="y2"), "There is no column 'y2'"),
        (lambda: mean(DESIGN.assign(w=[0] + [1] * 12)), "'w', row 1: 0 is no weight above zero"),
        (lambda: mean(DESIGN.assign(y=[None] + [1] * 12)), "'y', row 1: the value is missing"),
        (lambda: mean(strata="y"), "only one cluster in stratum y 3"),
        (lambda: mean(DESIGN[:1]), "only one cluster: its spread cannot be known"),
        (lambda: mean(DESIGN[:0]), "table is empty"),
        (
            lambda: survey.weighted_proportion(DESIGN, value="y", weight="w"),
            "'y', row 1: 3 is neither true",
        ),
        (
            lambda: survey.weighted_proportion(
                DESIGN.assign(p=pd.array([None] + [True] * 12, dtype="boolean")),
                value="p",
                weight="w",
            ),
            "'p', row 1: the value is missing",
        ),
        (lambda: survey.kish(DESIGN.assign(w="1"), weight="w"), "'1' is not a number"),
    ],
)
def test_refusals_say_what_and_where(call, says):
    with pytest.raises(Refusal, match=says):
        call()
