"""Pooled effects: what they refuse, say and leave out, and what must hold whatever the studies.

The comparisons with metafor and statsmodels are checks in `eeic.validation.checks`.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special

from eeic.stats import Refusal, pooling
from eeic.stats.pooling import _estimate

METHODS = ["EE", "DL", "REML", "ML", "PM", "HE", "SJ", "EB", "HS"]
COLUMNS = ["value", "lower", "upper", "confidence", "statistic", "method", "note"]
NUMBERS = ["value", "lower", "upper", "standard_error", "p_value", "q", "tau2", "i2", "h2"]


def studies(effect, variance, **more):
    return pd.DataFrame({"value": effect, "variance": variance, **more})


SIX = studies(
    [0.10, 0.62, 0.31, 0.95, -0.20, 0.44],
    [0.02, 0.05, 0.01, 0.09, 0.04, 0.03],
    setting=["GP", "GP", "hospital", "hospital", "GP", "hospital"],
    year=[2001, 2004, 2010, 2012, 2013, 2020],
)
# Whole scoring steps go back and forth around the maximum of REML for ever here.
SWAYING = studies(
    [-0.25, 0.15, 0.02, -0.08, 0.09, -0.12], [0.022, 0.018, 0.108, 0.245, 0.119, 0.31]
)

some_studies = st.lists(
    st.tuples(st.floats(-3, 3), st.floats(0.01, 2)), min_size=2, max_size=12
).map(lambda pairs: studies(*map(list, zip(*pairs, strict=True))))
several_studies = some_studies.filter(lambda data: len(data) >= 3)


def score(data, tau2, restricted=True):
    """The slope of the (restricted) log-likelihood in τ², written out for one pooled effect."""
    w = 1 / (data["variance"] + tau2)
    residual = data["value"] - np.average(data["value"], weights=w)
    expected = w.sum() - (w**2).sum() / w.sum() * restricted
    return (w**2 * residual**2).sum() - expected


def generalised_q(data, tau2):
    w = 1 / (data["variance"] + tau2)
    return (w * (data["value"] - np.average(data["value"], weights=w)) ** 2).sum()


# --- effects of single studies -----------------------------------------------------------------


def test_effects_have_the_columns_of_a_result_and_keep_the_index():
    index = pd.Index(["Leeds", "Hull"], name="area")
    found = pooling.effect_sizes("PLO", pd.Series([4, 9], index=index), 20)
    assert list(found.columns) == ["events", "population", *COLUMNS, "variance"]
    assert found.index.equals(index)
    assert set(found["statistic"]) == {"logit of proportion"}


@pytest.mark.parametrize("measure", ["RR", "OR", "IRR"])
def test_a_zero_gives_no_effect_unless_a_half_is_asked_for(measure):
    counts = [0, 4], [20, 20], [3, 5], [20, 20]
    found = pooling.effect_sizes(measure, *counts)
    assert found[["value", "lower", "upper", "variance"]].isna().all(axis=1).tolist() == [1, 0]
    assert "zero_cells='half' would add ½" in found["note"][0] and found["note"][1] == ""
    found = pooling.effect_sizes(measure, *counts, zero_cells="half")
    assert found["variance"].notna().all()
    assert "½ was added" in found["note"][0] and found["note"][1] == ""


def test_the_half_is_added_to_people_with_and_without_an_event_but_not_to_time():
    ratio = pooling.effect_sizes("RR", 0, 20, 3, 20, zero_cells="half")
    assert np.exp(ratio["value"][0]) == pytest.approx((0.5 / 21) / (3.5 / 21))
    ratio = pooling.effect_sizes("IRR", 0, 20, 3, 30, zero_cells="half")
    assert np.exp(ratio["value"][0]) == pytest.approx((0.5 / 20) / (3.5 / 30))


def test_two_groups_without_an_event_say_that_the_ratio_is_made_of_halves():
    found = pooling.effect_sizes("RR", 0, 20, 0, 30, zero_cells="half")
    assert "rests on the ½ alone" in found["note"][0]


@pytest.mark.parametrize("measure", ["RD", "PR"])
def test_a_difference_without_variance_is_not_shown(measure):
    reference = ([0, 0], 20) if measure == "RD" else ()
    found = pooling.effect_sizes(measure, [0, 3], 20, *reference)
    assert found["variance"].isna().tolist() == [True, False]
    assert "zero" in found["note"][0]


@pytest.mark.parametrize("measure", ["PAS", "PFT"])
def test_arcsines_need_no_half(measure):
    found = pooling.effect_sizes(measure, [0, 20], 20)
    assert found["variance"].gt(0).all() and (found["note"] == "").all()


def test_missing_events_are_missing_effects():
    found = pooling.effect_sizes("RR", [None, 4], 20, [5, 5], 20, zero_cells="half")
    assert np.isnan(found["value"][0]) and "missing" in found["note"][0]


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: pooling.effect_sizes("SMD", 1, 2), "measure is 'SMD'"),
        (lambda: pooling.effect_sizes("RR", 1, 2), "reference_events is needed for measure 'RR'"),
        (lambda: pooling.effect_sizes("PR", 1, 2, 1, 2), "reference_events is not used"),
        (lambda: pooling.effect_sizes("PR", [1, 3], 2), "'events', row 2: 3 is more than 'popula"),
        (lambda: pooling.effect_sizes("PR", 1, 0), "'population', row 1: 0 is no population"),
        (lambda: pooling.effect_sizes("RR", 1, 2, -1, 2), "'reference_events', row 1: -1 is neg"),
        (lambda: pooling.effect_sizes("RR", 1, 2, 3, 2), "'reference_events', row 1: 3 is more"),
        (lambda: pooling.effect_sizes("PR", "1", 2), "'1' is not a number"),
        (lambda: pooling.effect_sizes("PR", True, 2), "True is not a number"),
        (lambda: pooling.effect_sizes("PR", [], 2), "table is empty"),
        (lambda: pooling.effect_sizes("PR", 1, 2, zero_cells="add"), "zero_cells is 'add'"),
        (lambda: pooling.effect_sizes("PR", 1, 2, confidence=95), "confidence is 95"),
    ],
)
def test_effects_refuse(call, says):
    with pytest.raises(Refusal, match=says):
        call()


# --- the way back ------------------------------------------------------------------------------


@settings(max_examples=30)
@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_proportions_come_back(case):
    x, n = case
    for measure in ("PR", "PLO", "PLN", "PAS", "PFT"):
        found = pooling.effect_sizes(measure, x, n)
        people = n if measure == "PFT" else None
        back = pooling.back_transform(found, measure, population=people)
        if np.isfinite(found["value"][0]):
            assert back["value"][0] == pytest.approx(x / n, abs=1e-7)
        if measure in ("PLO", "PAS", "PFT"):
            assert not (back["lower"][0] < 0) and not (back["upper"][0] > 1)


def test_ratios_come_back_with_their_prediction_interval():
    pooled = pooling.pool(SIX)
    back = pooling.back_transform(pooled, "RR")
    for name in ("value", "lower", "upper", "prediction_lower", "prediction_upper"):
        assert back[name][0] == pytest.approx(np.exp(pooled[name][0]))
    assert back["tau2"][0] == pooled["tau2"][0]
    assert back["statistic"][0] == "risk ratio"


def test_limits_beyond_0_and_1_are_pointed_out():
    found = pooling.effect_sizes("PR", [1, 10], 20)
    notes = pooling.back_transform(found, "PR")["note"]
    assert "outside 0 to 1" in notes[0] and notes[1] == ""


def test_a_missing_effect_comes_back_missing():
    found = pooling.effect_sizes("PFT", [None, 3], 20)
    back = pooling.back_transform(found, "PFT", population=[20, 20])
    assert back["value"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda d: pooling.back_transform(d, "PFT"), "population is needed for PFT"),
        (lambda d: pooling.back_transform(d, "PLO", population=9), "population is not used"),
        (lambda d: pooling.back_transform(d, "PFT", population=0), "'population', row 1: 0 is no"),
        (lambda d: pooling.back_transform(d, "PFT", population=[1, 2, 3]), "3 rows"),
        (lambda d: pooling.back_transform(d, "log"), "measure is 'log'"),
        (lambda d: pooling.back_transform(d.drop(columns="lower"), "RR"), "no column 'lower'"),
        (lambda d: pooling.back_transform([1], "RR"), "DataFrame is needed"),
    ],
)
def test_back_transform_refuses(call, says):
    with pytest.raises(Refusal, match=says):
        call(pooling.effect_sizes("PLO", [4, 5], 20))


# --- pooled effects ----------------------------------------------------------------------------


def test_pooled_columns():
    found = pooling.pool(SIX, by="setting")
    assert list(found.columns[:9]) == ["setting", "studies", *COLUMNS]
    assert found["setting"].tolist() == ["GP", "hospital"] and found["studies"].tolist() == [3, 3]


@settings(max_examples=30)
@given(some_studies)
def test_the_pooled_effect_lies_among_the_studies_and_in_its_limits(data):
    for method in METHODS:
        found = pooling.pool(data, method=method).iloc[0]
        slack = 1e-9
        assert data["value"].min() - slack <= found["value"] <= data["value"].max() + slack
        assert found["lower"] < found["value"] < found["upper"]
        assert found["tau2"] >= 0 and 0 <= found["i2"] <= 100
        if len(data) > 2 and method != "EE":
            assert found["prediction_lower"] <= found["lower"]


@settings(max_examples=30)
@given(several_studies)
def test_reml_and_ml_stand_where_the_score_is_zero(data):
    for method, restricted in (("REML", True), ("ML", False)):
        tau2 = pooling.pool(data, method=method)["tau2"][0]
        if tau2 > 0:
            scale = (1 / (data["variance"] + tau2)).sum()
            assert score(data, tau2, restricted) == pytest.approx(0, abs=1e-7 * scale)


@given(several_studies)
def test_paule_mandel_and_the_limits_of_tau2_solve_their_equations(data):
    found = pooling.pool(data, method="PM").iloc[0]
    df = len(data) - 1
    aims = {
        "tau2": df,
        "tau2_lower": 2 * special.gammaincinv(df / 2, 0.975),
        "tau2_upper": 2 * special.gammaincinv(df / 2, 0.025),
    }
    for name, aim in aims.items():
        if found[name] > 0:
            assert generalised_q(data, found[name]) == pytest.approx(aim, rel=1e-8)
        else:
            assert generalised_q(data, 0) <= aim * (1 + 1e-8)


@given(several_studies)
def test_i2_of_dersimonian_and_laird_is_the_excess_of_q(data):
    found = pooling.pool(data, method="DL").iloc[0]
    excess = max(0, (found["q"] - found["q_df"]) / found["q"]) if found["q"] else 0
    assert found["i2"] == pytest.approx(100 * excess, abs=1e-7)


@settings(max_examples=30)
@given(some_studies, st.randoms())
def test_the_order_of_studies_does_not_matter(data, random):
    order = list(data.index)
    random.shuffle(order)
    for method in ("DL", "REML"):
        one = pooling.pool(data, method=method)[NUMBERS]
        other = pooling.pool(data.loc[order], method=method)[NUMBERS]
        pd.testing.assert_frame_equal(one, other, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("test", ["z", "knha"])
def test_units_and_origin_do_not_matter(method, test):
    one = pooling.pool(SIX, method=method, test=test).iloc[0]
    moved = SIX.assign(value=10 + 1000 * SIX["value"], variance=1e6 * SIX["variance"])
    other = pooling.pool(moved, method=method, test=test).iloc[0]
    for name in ("value", "lower", "upper"):
        assert other[name] == pytest.approx(10 + 1000 * one[name])
    assert other["tau2"] == pytest.approx(1e6 * one["tau2"])
    assert other["i2"] == pytest.approx(one["i2"])


def test_many_at_once_are_one_by_one():
    rng = np.random.default_rng(3)
    size = rng.integers(1, 9, 40)
    data = studies(rng.normal(0, 1, size.sum()), rng.uniform(0.01, 1, size.sum()))
    data["area"] = np.repeat(np.arange(40), size)
    data = data.sample(frac=1, random_state=4)
    for method in METHODS:
        together = pooling.pool(data, by="area", method=method, test="knha").set_index("area")
        for area, part in data.groupby("area"):
            alone = pooling.pool(part, method=method, test="knha").iloc[0]
            numbers = alone.drop(["statistic", "method", "note"]).astype(float)
            ours = together.loc[area, numbers.index].astype(float)
            pd.testing.assert_series_equal(ours, numbers, check_names=False, rtol=1e-7, atol=1e-9)
            assert together.loc[area, "note"] == alone["note"]


def test_scoring_that_sways_comes_to_rest_at_the_maximum():
    found = pooling.pool(SWAYING)["tau2"][0]
    # The information is all that plain scoring divides by, so it is no part of this equation.
    assert found == pytest.approx(optimize.brentq(lambda t: score(SWAYING, t), 0, 1), rel=1e-8)


def test_a_search_that_does_not_settle_is_refused_or_said(monkeypatch):
    monkeypatch.setattr(_estimate, "_SCORING_STEPS", 3)
    with pytest.raises(Refusal, match="search of REML for τ² did not settle: use method 'PM'"):
        pooling.pool(SIX)
    with pytest.raises(Refusal, match="did not settle"):
        pooling.pool(SIX, by="setting", common_tau2=True)
    with pytest.raises(Refusal, match="did not settle"):
        pooling.regress(SIX, "year")
    found = pooling.pool(SIX, by="setting")
    assert found[["value", "lower", "tau2"]].isna().all(axis=None)
    assert found["note"].str.contains("did not settle").all()


def test_one_study_is_given_as_it_stands():
    found = pooling.pool(studies([0.3], [0.04]), test="knha").iloc[0]
    assert found["value"] == 0.3 and found["standard_error"] == pytest.approx(0.2)
    assert found[["tau2_upper", "prediction_lower", "test_df"]].isna().all()
    assert "One study" in found["note"]


def test_two_studies_have_no_prediction_interval_from_t():
    found = pooling.pool(SIX[:2]).iloc[0]
    assert np.isnan(found["prediction_lower"]) and not np.isnan(found["lower"])


@pytest.mark.parametrize(
    "test, prediction, freedom", [("z", "t", 4), ("z", "test", np.inf), ("knha", "test", 5)]
)
def test_prediction_intervals(test, prediction, freedom):
    found = pooling.pool(SIX, test=test, prediction=prediction).iloc[0]
    reach = special.stdtrit(freedom, 0.975) * np.sqrt(found["tau2"] + found["standard_error"] ** 2)
    assert found["prediction_upper"] - found["value"] == pytest.approx(reach)


def test_missing_studies_are_left_out_and_counted():
    holes = pd.concat([SIX, studies([None, 0.4], [0.1, None])], ignore_index=True)
    found, whole = pooling.pool(holes).iloc[0], pooling.pool(SIX).iloc[0]
    assert found["value"] == whole["value"] and found["studies"] == 6
    assert "Studies left out because a number is missing: 2." in found["note"]


def test_a_subgroup_without_a_study_is_missing_and_says_why():
    data = studies([0.1, None], [0.02, 0.02], area=["Leeds", "Hull"])
    found = pooling.pool(data, by="area")
    assert found["studies"].tolist() == [1, 0] and found["value"].isna().tolist() == [False, True]
    assert "no study has both" in found["note"][1]


def test_equal_effects_leave_no_width_to_knapp_and_hartung():
    data = studies([0.1] * 4, [0.02, 0.03, 0.01, 0.5])
    found = pooling.pool(data, test="knha").iloc[0]
    assert found[["lower", "upper", "p_value"]].isna().all() and found["value"] == pytest.approx(
        0.1
    )
    assert "no width" in found["note"]
    plain = pooling.pool(data).iloc[0]
    assert plain["lower"] < 0.1 < plain["upper"]
    assert plain[["tau2", "tau2_lower", "tau2_upper"]].eq(0).all()
    assert "less than chance" in plain["note"]


def test_nullable_and_categorical_columns():
    data = SIX.assign(
        value=SIX["value"].astype("Float64"), setting=SIX["setting"].astype("category")
    )
    assert pooling.pool(data, by="setting")["value"].tolist() == pytest.approx(
        pooling.pool(SIX, by="setting")["value"].tolist()
    )


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: pooling.pool(studies([1, 2], [0.1, 0])), "'variance', row 2: 0 is no variance"),
        (lambda: pooling.pool(studies([1, 2], [0.1, -1])), "'variance', row 2: -1 is no variance"),
        (lambda: pooling.pool(studies([1, 2], [0.1, 1e-200])), "row 2: 1e-200 cannot be weighed"),
        (lambda: pooling.pool(studies([1, np.inf], [1, 1])), "'value', row 2: inf is not a finite"),
        (lambda: pooling.pool(studies(["x", 1], [1, 1])), "'value', row 1: 'x' is not a number"),
        (lambda: pooling.pool(studies([None], [1])), "No study has 'value' and 'variance'"),
        (lambda: pooling.pool(studies([], [])), "table is empty"),
        (lambda: pooling.pool(SIX, effect="yi"), r"no column 'yi' \(for effect\)"),
        (lambda: pooling.pool(SIX, method="FE"), "method is 'FE'"),
        (lambda: pooling.pool(SIX, test="t"), "test is 't'"),
        (lambda: pooling.pool(SIX, prediction="z"), "prediction is 'z'"),
        (lambda: pooling.pool(SIX, confidence=1), "confidence is 1"),
        (lambda: pooling.pool(SIX, common_tau2=True), "common_tau2 needs by"),
        (lambda: pooling.pool(SIX, by="year", common_tau2=True), "Each subgroup has one study"),
        (lambda: pooling.pool(SIX.assign(g=None), by="g"), "'g', row 1: the by value is missing"),
        (lambda: pooling.leave_one_out(SIX[:1]), "There is one study"),
    ],
)
def test_pooling_refuses(call, says):
    with pytest.raises(Refusal, match=says):
        call()


# --- the same with some of the studies ---------------------------------------------------------


@pytest.mark.parametrize("method", ["EE", "DL", "REML"])
def test_leaving_out_is_pooling_without(method):
    found = pooling.leave_one_out(SIX, study="year", method=method)
    assert found["left_out"].tolist() == SIX["year"].tolist()
    for place, row in found.iterrows():
        alone = pooling.pool(SIX.drop(index=place), method=method).iloc[0]
        assert row[NUMBERS].astype(float).tolist() == pytest.approx(alone[NUMBERS].tolist())


def test_cumulative_ends_with_all():
    found = pooling.cumulative(SIX)
    assert found["studies"].tolist() == [1, 2, 3, 4, 5, 6] and found["added"].tolist() == [
        *range(6)
    ]
    whole = pooling.pool(SIX).iloc[0]
    assert found.iloc[-1][NUMBERS].tolist() == pytest.approx(whole[NUMBERS].tolist())


# --- subgroups ---------------------------------------------------------------------------------


@given(several_studies, st.integers(1, 2))
def test_parts_of_q_add_up(data, cut):
    data = data.assign(group=np.arange(len(data)) >= cut)
    parts = pooling.pool(data, by="group", method="EE")
    between = pooling.subgroup_difference(parts)
    whole = pooling.pool(data, method="EE")
    assert between["value"][0] + parts["q"].sum() == pytest.approx(whole["q"][0], abs=1e-7)


def test_one_tau2_for_all_subgroups():
    found = pooling.pool(SIX, by="setting", common_tau2=True)
    assert found["tau2"].nunique() == 1 and found["value"].nunique() == 2
    residual = SIX["value"] - SIX["setting"].map(found.set_index("setting")["value"])
    w = 1 / (SIX["variance"] + found["tau2"][0])
    knha = pooling.pool(SIX, by="setting", common_tau2=True, test="knha")
    shared = (w * residual**2).sum() / 4
    assert (knha["standard_error"] / found["standard_error"]).tolist() == pytest.approx(
        [shared**0.5] * 2
    )
    assert knha["test_df"].tolist() == [4, 4]


def test_a_subgroup_of_one_study_borrows_tau2_and_has_no_share_of_its_own():
    data = SIX.assign(group=["a", "a", "a", "a", "a", "b"])
    found = pooling.pool(data, by="group", common_tau2=True).iloc[1]
    assert found["standard_error"] == pytest.approx(np.sqrt(found["tau2"] + 0.03))
    assert found["tau2"] > 0 and np.isnan(found["i2"]) and np.isnan(found["h2"])


def test_equal_subgroups_do_not_differ():
    twice = pd.concat([SIX.assign(group="a"), SIX.assign(group="b")])
    found = pooling.subgroup_difference(pooling.pool(twice, by="group")).iloc[0]
    assert found["value"] == pytest.approx(0, abs=1e-12) and found["p_value"] == pytest.approx(1)


def test_small_and_empty_subgroups_are_counted():
    data = SIX.assign(group=["a", "a", "a", "b", "c", "c"], value=[*SIX["value"][:4], None, None])
    found = pooling.subgroup_difference(pooling.pool(data, by="group")).iloc[0]
    assert found["subgroups"] == 2 and found["df"] == 1
    assert found["note"] == "Subgroups without an effect: 1. Subgroups of one study: 1."


def test_the_test_of_subgroups_refuses():
    with pytest.raises(Refusal, match=r"needs two subgroups .* there are 1"):
        pooling.subgroup_difference(pooling.pool(SIX))
    pooled = pooling.pool(SIX, by="setting").assign(standard_error=[0.1, 0])
    with pytest.raises(Refusal, match="'standard_error', row 2: 0 is not a positive"):
        pooling.subgroup_difference(pooled)


# --- moderators --------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_the_origin_of_the_moderator_moves_the_intercept_alone(method):
    one = pooling.regress(SIX, "year", method=method)
    other = pooling.regress(SIX.assign(year=SIX["year"] - 2010), "year", method=method)
    for name in ("value", "standard_error", "p_value"):
        assert one[name][1] == pytest.approx(other[name][1], rel=1e-9)
    assert one["value"][0] + 2010 * one["value"][1] == pytest.approx(other["value"][0], rel=1e-7)
    assert one["tau2"][0] == pytest.approx(other["tau2"][0])


def test_effects_on_a_line_leave_nothing_to_explain():
    data = SIX.assign(value=0.1 * SIX["year"] - 200)
    found = pooling.regress(data, "year")
    assert found["value"].tolist() == pytest.approx([-200, 0.1])
    assert found["tau2"].eq(0).all() and found["r2"].eq(100).all()
    assert found["q"].tolist() == pytest.approx([0, 0], abs=1e-12)


def test_no_variation_between_studies_has_no_share_explained():
    data = studies([0.10, 0.11, 0.12, 0.11], [0.1, 0.2, 0.1, 0.3], x=[1, 2, 3, 5])
    assert pooling.regress(data, "x")["r2"].isna().all()


def test_studies_without_the_moderator_are_left_out():
    holes = SIX.assign(year=[2001, None, *SIX["year"][2:]])
    found = pooling.regress(holes, "year")
    assert found["studies"].tolist() == [5, 5]
    assert found["note"].str.contains("left out because a number is missing: 1").all()


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: pooling.regress(SIX.assign(year=1), "year"), "'year' is the same in all studies"),
        (lambda: pooling.regress(SIX[:2], "year"), "needs 3 studies or more .* there are 2"),
        (
            lambda: pooling.regress(SIX[:1], "year", method="EE"),
            "needs 2 studies or more .* there are 1",
        ),
        (lambda: pooling.regress(SIX, "setting"), "'setting', row 1: 'GP' is not a number"),
        (lambda: pooling.regress(SIX, "size"), r"no column 'size' \(for moderator\)"),
        (lambda: pooling.asymmetry(SIX[:2]), "needs three studies or more; there are 2"),
        (lambda: pooling.asymmetry(SIX, test="peters"), "test is 'peters'"),
        (lambda: pooling.asymmetry(SIX.assign(variance=0.1)), "'variance' is the same"),
        (
            lambda: pooling.asymmetry(SIX.assign(variance=0.1), test="begg"),
            "'variance' is the same",
        ),
    ],
)
def test_moderators_refuse(call, says):
    with pytest.raises(Refusal, match=says):
        call()


def test_small_studies_that_stand_apart_are_seen():
    v = np.linspace(0.01, 1, 12)
    apart = studies(2 * np.sqrt(v) + 0.01 * np.sin(np.arange(12)), v)
    for test in ("egger", "egger_random", "begg"):
        found = pooling.asymmetry(apart, test=test).iloc[0]
        assert found["p_value"] < 0.05 and found["value"] > 0
    assert pooling.asymmetry(apart)["value"][0] == pytest.approx(2, abs=0.1)


# --- counts ------------------------------------------------------------------------------------

TABLES = pd.DataFrame(
    {
        "events": [4, 6, 3, 0],
        "population": [123, 306, 231, 40],
        "reference_events": [11, 29, 11, 2],
        "reference_population": [139, 303, 220, 45],
        "area": ["a", "a", "b", "b"],
    }
)


@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
def test_one_table_is_its_own_effect(measure):
    one = TABLES[:1]
    found = pooling.mantel_haenszel(one, measure).iloc[0]
    counts = [one[name] for name in one.columns[:4]]
    single = pooling.effect_sizes(measure, *counts)
    assert found["value"] == pytest.approx(single["value"][0])
    assert found["q"] == 0 and found["q_p_value"] == 1 and found["i2"] == 0


@pytest.mark.parametrize("measure", ["RR", "OR", "RD", "Peto"])
def test_tables_of_areas_are_pooled_apart(measure):
    together = pooling.mantel_haenszel(TABLES, measure, by="area").set_index("area")
    for area, part in TABLES.groupby("area"):
        alone = pooling.mantel_haenszel(part, measure).iloc[0]
        for name in ("value", "lower", "upper", "q", "q_p_value", "i2", "studies"):
            assert together.loc[area, name] == pytest.approx(alone[name])


@pytest.mark.parametrize("measure", ["RR", "OR", "RD", "Peto"])
def test_a_table_without_events_changes_no_ratio(measure):
    empty = pd.DataFrame([[0, 50, 0, 60, "a"]], columns=TABLES.columns)
    more = pooling.mantel_haenszel(pd.concat([TABLES, empty]), measure).iloc[0]
    fewer = pooling.mantel_haenszel(TABLES, measure).iloc[0]
    same = more["value"] == pytest.approx(fewer["value"])
    assert same == (measure != "RD")  # a risk difference of zero is a finding
    assert more["q"] == pytest.approx(fewer["q"], rel=0.2) and more["q_df"] == fewer["q_df"]


def test_the_groups_are_symmetrical():
    swapped = TABLES.rename(
        columns={
            "events": "reference_events",
            "reference_events": "events",
            "population": "reference_population",
            "reference_population": "population",
        }
    )
    for measure in ("RR", "OR", "RD", "Peto"):
        one = pooling.mantel_haenszel(TABLES, measure).iloc[0]
        other = pooling.mantel_haenszel(swapped, measure).iloc[0]
        assert one["value"] == pytest.approx(-other["value"])
        assert one["standard_error"] == pytest.approx(other["standard_error"])


def test_areas_without_a_pooled_value_say_so():
    nobody = TABLES.assign(events=[0, 0, 3, 1], reference_events=[0, 0, 5, None])
    found = pooling.mantel_haenszel(nobody, "RR", by="area").set_index("area")
    assert np.isnan(found.loc["a", ["value", "q", "i2", "q_p_value"]].astype(float)).all()
    assert "No value" in found.loc["a", "note"]
    assert found.loc["b", "studies"] == 1 and "missing: 1" in found.loc["b", "note"]
    with pytest.raises(Refusal, match="no pooled log risk ratio"):
        pooling.mantel_haenszel(nobody[:2], "RR")


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda d: pooling.mantel_haenszel(d, "HR"), "measure is 'HR'"),
        (
            lambda d: pooling.mantel_haenszel(d.assign(events=-1), "RR"),
            "'events', row 1: -1 is neg",
        ),
        (
            lambda d: pooling.mantel_haenszel(
                d.rename(columns={"events": "deaths"}).assign(deaths=999), "RR", events="deaths"
            ),
            "'deaths', row 1: 999 is more than 'population'",
        ),
        (lambda d: pooling.mantel_haenszel(d, "RR", by="region"), "no column 'region'"),
        (lambda d: pooling.mantel_haenszel(d[:0], "RR"), "table is empty"),
    ],
)
def test_counts_refuse(call, says):
    with pytest.raises(Refusal, match=says):
        call(TABLES)


@pytest.mark.parametrize("measure", ["RR", "OR", "RD", "IRR"])
def test_input_is_not_changed(measure):
    before = TABLES.copy()
    pooling.effect_sizes(measure, *(TABLES[n] for n in TABLES.columns[:4]), zero_cells="half")
    pooling.mantel_haenszel(TABLES, "OR")
    pd.testing.assert_frame_equal(TABLES, before)
