"""Two-group comparisons against epitools, epiR and R, and comparing whole tables."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from eeic.stats import Refusal, gaps, rates, standardise

Z = 1.959963984540054


@pytest.fixture
def pairs(reference):
    cases = reference("rate_ratios")
    return cases, (cases["x1"], cases["t1"], cases["x0"], cases["t0"])


def test_rate_ratio_wald(pairs, same):
    cases, four = pairs
    found = gaps.rate_ratio(*four)
    same(found["value"], cases["ratio"])
    same(found["lower"], cases["wald_log_lower"])
    same(found["upper"], cases["wald_log_upper"])


def test_rate_ratio_exact(pairs, same):
    cases, four = pairs
    found = gaps.rate_ratio(*four, method="exact")
    same(found["value"], cases["ratio"])
    same(found["lower"], cases["exact_lower"])
    same(found["upper"], cases["exact_upper"])


def test_rate_ratio_midp(pairs, same):
    cases, four = pairs
    found = gaps.rate_ratio(*four, method="midp")
    # epitools stops its search within 1.2e-4 of the root: that is as far as it can be a check.
    for ours, theirs in (("value", "estimate"), ("lower", "lower"), ("upper", "upper")):
        same(found[ours], cases[f"midp_{theirs}"], rtol=0, atol=1.3e-4)
    # What defines the three numbers, worked out another way, holds to the usual tolerance.
    for column, share in (("lower", 0.025), ("value", 0.5), ("upper", 0.975)):
        expected_odds = found[column] * cases["t1"] / cases["t0"]
        x, total = cases["x1"], cases["x1"] + cases["x0"]
        p = expected_odds / (1 + expected_odds)
        tail = binom.sf(x, total, p) + binom.pmf(x, total, p) / 2
        same(tail, np.full(len(cases), share))


def test_rate_difference(pairs, same):
    cases, four = pairs
    found = gaps.rate_difference(*four, multiplier=1)
    same(found["value"], cases["difference"])
    same(found["lower"], cases["difference_wald_lower"])
    same(found["upper"], cases["difference_wald_upper"])


def test_risks(reference, same):
    cases = reference("two_by_two")
    four = cases["a"], cases["n1"], cases["b"], cases["n0"]
    ratio, difference = gaps.risk_ratio(*four), gaps.risk_difference(*four)
    same(ratio["value"], cases["risk_ratio"])
    same(ratio["lower"], cases["rr_wald_lower"])
    same(ratio["upper"], cases["rr_wald_upper"])
    same(difference["value"], cases["risk_difference"])
    same(difference["lower"], cases["rd_newcombe_lower"])
    same(difference["upper"], cases["rd_newcombe_upper"])


RATIOS = pytest.mark.parametrize(
    "ratio",
    [
        gaps.rate_ratio,
        lambda *four: gaps.rate_ratio(*four, method="exact"),
        lambda *four: gaps.rate_ratio(*four, method="midp"),
        gaps.risk_ratio,
    ],
)


@RATIOS
def test_no_ratio_without_events_in_the_reference(ratio):
    found = ratio([5, 0], 100, 0, 100)
    assert found[["value", "lower", "upper"]].isna().all(axis=None)
    assert found["note"].str.contains("reference group has no events").all()


def test_no_events_in_the_group():
    wald = gaps.rate_ratio(0, 100, 8, 100).iloc[0]
    assert wald["value"] == 0 and np.isnan(wald["lower"]) and "exact" in wald["note"]
    for method in ("exact", "midp"):
        found = gaps.rate_ratio(0, 100, 8, 100, method=method).iloc[0]
        assert found["value"] < 0.1 and found["lower"] == 0 and 0 < found["upper"] < 1
    risk = gaps.risk_ratio(0, 100, 8, 100).iloc[0]
    assert risk["value"] == 0 and np.isnan(risk["upper"]) and risk["note"]


def test_no_variation_gives_no_interval():
    for found in (
        gaps.rate_difference(0, 100, 0, 200),
        gaps.risk_ratio(5, 5, 9, 9),
    ):
        assert found["value"][0] in (0, 1) and found[["lower", "upper"]].isna().all(axis=None)
        assert "no variation" in found["note"][0]
    newcombe = gaps.risk_difference(0, 100, 0, 200)
    assert newcombe["lower"][0] < 0 < newcombe["upper"][0]


def test_missing_events_stay_missing():
    for function in (gaps.rate_ratio, gaps.rate_difference, gaps.risk_ratio, gaps.risk_difference):
        found = function([None, 4], 100, 8, 100)
        assert found[["value", "lower", "upper"]].isna().all(axis=1).tolist() == [True, False]
        assert "missing" in found["note"][0] and found["note"][1] == ""


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: gaps.risk_ratio(11, 10, 3, 10), "'events', row 1: 11 is more than the population"),
        (lambda: gaps.risk_difference(1, 10, 30, 10), "'reference_events', row 1: 30 is more than"),
        (lambda: gaps.rate_ratio(1, 10, -3, 10), "'reference_events', row 1: -3 is negative"),
        (lambda: gaps.rate_difference(1, 10, 3, 0), "'reference_population', row 1: 0 is no pop"),
        (lambda: gaps.rate_ratio(1, None, 3, 10), "'population', row 1: .*missing"),
        (lambda: gaps.rate_ratio(1.5, 9, 3, 9, method="exact"), "row 1: 1.5 is not a whole number"),
        (lambda: gaps.rate_ratio(1, 9, 3, 9, method="score"), "method is 'score': choose one of"),
        (lambda: gaps.rate_ratio([], [], [], []), "table is empty"),
    ],
)
def test_refusals(call, says):
    with pytest.raises(Refusal, match=says):
        call()


def crude():
    return rates.crude_rate(
        pd.Series([80, 3, 300], index=pd.Index(["Indian", "Roma", "White British"])),
        [10_000, 400, 60_000],
        multiplier=1000,
        min_events=10,
    ).rename_axis("ethnic_group")


def test_compare_crude_rates(same):
    found = gaps.compare(crude(), reference="White British")
    assert found["ethnic_group"].tolist() == ["Indian", "Roma", "White British"]
    assert set(found["reference"]) == {"White British"}
    pair = gaps.rate_ratio(80, 10_000, 300, 60_000).iloc[0]
    columns = ["value", "lower", "upper"]
    same(found.loc[0, columns], pair[columns])
    assert found.loc[1, columns].isna().all()
    assert found["note"].tolist() == ["", "Not shown: fewer than 10 events.", "Reference group."]
    assert found["value"][2] == 1 and np.isnan(found["lower"][2])
    same(found["group_value"], crude()["value"])


def test_differences_are_in_the_units_of_the_table_or_those_asked_for(same):
    found = gaps.compare(crude(), reference="White British", measure="difference")
    assert found["value"][0] == pytest.approx(3.0) and found["value"][2] == 0
    assert found["statistic"][0] == "rate difference per 1,000"
    finer = gaps.compare(
        crude(), reference="White British", measure="difference", multiplier=100_000
    )
    same(finer["upper"], found["upper"] * 100)


def test_the_group_may_stand_in_a_column_and_in_the_index():
    both = crude().assign(ethnic_group=crude().index)
    assert gaps.compare(both, reference="Indian").equals(gaps.compare(crude(), reference="Indian"))


@pytest.mark.parametrize("measure", ["ratio", "difference"])
def test_compare_proportions(same, measure):
    table = rates.proportion([45, 30], [100, 110], multiplier=100).assign(group=["a", "b"])
    found = gaps.compare(table, reference="b", group="group", measure=measure).iloc[0]
    pair = (
        gaps.risk_ratio(45, 100, 30, 110)
        if measure == "ratio"
        else gaps.risk_difference(45, 100, 30, 110, multiplier=100)
    ).iloc[0]
    same(found[["value", "lower", "upper"]], pair[["value", "lower", "upper"]])


def standardised(reference):
    return standardise.direct(
        reference("dsr_input"),
        events="count",
        population="pop",
        standard="stdpop",
        stratum="ageband",
        by="group",
    )


def test_compare_directly_standardised_rates(reference, same):
    expected = reference("dsr_expected").set_index("group")
    a, b = expected.loc["Pakistani"], expected.loc["White British"]
    table = standardised(reference)
    ratio = gaps.compare(table, reference="White British", group="group").set_index("group")
    error = np.sqrt(a["variance"] / a["value"] ** 2 + b["variance"] / b["value"] ** 2)
    value = a["value"] / b["value"]
    same(
        ratio.loc["Pakistani", ["value", "lower", "upper"]],
        [value, value * np.exp(-Z * error), value * np.exp(Z * error)],
    )
    gap = gaps.compare(table, reference="White British", group="group", measure="difference")
    gap = gap.set_index("group")
    value, error = a["value"] - b["value"], np.sqrt(a["variance"] + b["variance"])
    same(
        gap.loc["Pakistani", ["value", "lower", "upper"]],
        [value, value - Z * error, value + Z * error],
    )
    assert np.isnan(gap.loc["Roma", "value"]) and "fewer than 10" in gap.loc["Roma", "note"]
    assert gap.loc["White British", "value"] == 0
    assert set(gap["statistic"]) == {"difference of directly standardised rates per 100,000"}


def test_one_stratum_gives_the_ratio_of_crude_rates(same):
    data = pd.DataFrame(
        {
            "ethnic_group": ["Indian", "Roma"],
            "age_band": "all",
            "events": [40, 25],
            "population": [900, 800],
            "standard": 1,
        }
    )
    direct = standardise.direct(data, by="ethnic_group")
    found = gaps.compare(direct, reference="Indian").iloc[1]
    pair = gaps.rate_ratio(25, 800, 40, 900).iloc[0]
    same(found[["value", "lower", "upper"]], pair[["value", "lower", "upper"]])


def test_compare_with_a_reference_without_events():
    data = pd.DataFrame(
        {
            "ethnic_group": ["Indian", "Roma"],
            "age_band": "all",
            "events": [40, 0],
            "population": [900, 800],
            "standard": 1,
        }
    )
    direct = standardise.direct(data, by="ethnic_group", min_events=0)
    found = gaps.compare(direct, reference="Roma")
    assert np.isnan(found["value"][0]) and "no events" in found["note"][0]
    found = gaps.compare(direct, reference="Indian")
    assert found["value"][1] == 0 and np.isnan(found["lower"][1]) and found["note"][1]


def test_compare_refuses(reference):
    table = crude()
    says = {
        "reference group 'Arab' is not in .*Indian, Roma, White British": {"reference": "Arab"},
        "reference group 'Roma' has no value .*fewer than 10": {"reference": "Roma"},
        "measure is 'odds'": {"reference": "Indian", "measure": "odds"},
        "no column 'region'": {"reference": "Indian", "group": "region"},
    }
    for sentence, options in says.items():
        with pytest.raises(Refusal, match=sentence):
            gaps.compare(table, **options)
    with pytest.raises(TypeError):
        gaps.compare(table)  # the reference is never guessed
    with pytest.raises(Refusal, match="row 4: Indian stands there twice"):
        gaps.compare(pd.concat([table, table]), reference="Indian")
    with pytest.raises(Refusal, match=r"'statistic' says .*only results of one kind"):
        other = rates.proportion([1, 2], 10).set_axis(["x", "y"]).rename_axis("ethnic_group")
        gaps.compare(pd.concat([table, other]), reference="Indian")
    smr = standardise.indirect(
        reference("isr_input"),
        events="count",
        population="pop",
        reference_events="refcount",
        reference_population="refpop",
        stratum="ageband",
        by="group",
    )
    with pytest.raises(Refusal, match="cannot be compared with each other"):
        gaps.compare(smr, reference="White British", group="group")
    with pytest.raises(Refusal, match="no column 'variance'"):
        gaps.compare(
            standardised(reference).drop(columns="variance"),
            reference="White British",
            group="group",
        )


shares = st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(shares, shares, st.floats(0.5, 0.999))
def test_limits_contain_the_value(group, reference, confidence):
    for function in (gaps.rate_ratio, gaps.rate_difference, gaps.risk_ratio, gaps.risk_difference):
        found = function(*group, *reference, confidence=confidence).iloc[0]
        for low, high in (("lower", "value"), ("value", "upper")):
            assert not found[low] > found[high] * (1 + 1e-12 * np.sign(found[high]))


@settings(max_examples=30)
@given(shares, shares, st.sampled_from(["exact", "midp"]))
def test_exact_and_midp_limits_contain_the_value(group, reference, method):
    found = gaps.rate_ratio(*group, *reference, method=method).iloc[0]
    assert not found["lower"] > found["value"] and not found["value"] > found["upper"]
    assert np.isnan(found["value"]) == (reference[0] == 0)


@given(shares.filter(lambda case: case[0] > 0))
def test_equal_groups_have_ratio_1_and_difference_0(case):
    assert gaps.rate_ratio(*case, *case)["value"][0] == 1
    assert gaps.risk_ratio(*case, *case)["value"][0] == 1
    assert gaps.rate_difference(*case, *case)["value"][0] == 0
    assert gaps.risk_difference(*case, *case)["value"][0] == 0


@given(shares.filter(lambda case: case[0] > 0), shares.filter(lambda case: case[0] > 0))
def test_turning_a_comparison_round_turns_the_answer_round(one, other):
    there, back = gaps.rate_ratio(*one, *other).iloc[0], gaps.rate_ratio(*other, *one).iloc[0]
    assert there["value"] * back["value"] == pytest.approx(1)
    assert there["lower"] * back["upper"] == pytest.approx(1)
