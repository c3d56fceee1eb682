"""Two groups: what defines each limit, zeros, refusals; and comparing whole tables."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import xlogy
from scipy.stats import binom, binomtest, fisher_exact, nchypergeom_fisher
from statsmodels.stats import rates as poisson

from eeic.stats import Refusal, gaps, rates, standardise

Z = 1.959963984540054


FOUR = ["x1", "t1", "x0", "t0"]


@pytest.fixture
def tables(reference):
    """Two-by-two tables: the committed ones, then every small one."""
    cases = reference("two_by_two")[["a", "n1", "b", "n0"]].to_numpy()
    small = [
        (a, n1, b, n0)
        for n1, n0 in ((3, 10), (7, 2), (8, 8))
        for a in range(n1 + 1)
        for b in range(n0 + 1)
    ]
    return np.vstack([cases, small]).T.astype(float)


def test_rate_ratio_midp_is_what_defines_it(reference, same):
    # epitools stops its search within 1.2e-4 of the root: that is as far as it can be a check.
    cases = reference("rate_ratios")
    found = gaps.rate_ratio(*(cases[name] for name in FOUR), method="midp")
    for column, share in (("lower", 0.025), ("value", 0.5), ("upper", 0.975)):
        expected_odds = found[column] * cases["t1"] / cases["t0"]
        x, total = cases["x1"], cases["x1"] + cases["x0"]
        p = expected_odds / (1 + expected_odds)
        tail = binom.sf(x, total, p) + binom.pmf(x, total, p) / 2
        same(tail, np.full(len(cases), share))


def test_exact_p_values_of_rates_are_those_of_the_binomial(same):
    x, n = np.divmod(np.arange(200) * 7919 % 1680, 40)
    found = gaps.rate_ratio(x, 3.7, n + 1, 5.2, method="exact")
    midp = gaps.rate_ratio(x, 3.7, n + 1, 5.2, method="midp")
    share = 3.7 / (3.7 + 5.2)
    exact = [binomtest(a, a + b + 1, share).pvalue for a, b in zip(x, n, strict=True)]
    same(found["p_value"], exact)
    same(midp["p_value"], exact - binom.pmf(x, x + n + 1, share) / 2)


@pytest.mark.parametrize("method", ["wald", "score"])
def test_p_values_of_rates_agree_with_the_interval(method):
    for x in (3, 8, 15, 30, 60):
        one = gaps.rate_ratio(x, 1000, 24, 1100, method=method).iloc[0]
        level = gaps.rate_ratio(x, 1000, 24, 1100, method=method, confidence=1 - one["p_value"])
        end = "upper" if one["value"] < 1 else "lower"
        assert level[end][0] == pytest.approx(1)


def test_fisher_is_what_defines_it(tables, same):
    a, n1, b, n0 = tables
    found = gaps.odds_ratio(*tables, method="exact")
    usual = found["value"].notna() & (a > np.maximum(0, a + b - n0))
    a, n1, b, n0, found = a[usual], n1[usual], b[usual], n0[usual], found[usual]
    fisher = [nchypergeom_fisher(n1 + n0, a + b, n1, found[end]) for end in ("lower", "upper")]
    same(fisher[0].sf(a - 1), np.full(len(a), 0.025), rtol=1e-7)
    same(fisher[1].cdf(a), np.full(len(a), 0.025), rtol=1e-7)
    mean = nchypergeom_fisher(n1 + n0, a + b, n1, found["value"]).mean()
    same(mean, a, rtol=1e-7)
    exact = [
        fisher_exact([[p, q], [r - p, s - q]]).pvalue
        for p, r, q, s in zip(a, n1, b, n0, strict=True)
    ]
    same(found["p_value"], exact)


def test_midp_odds_ratios_are_what_defines_them(tables, same):
    a, n1, b, n0 = tables
    found = gaps.odds_ratio(*tables, method="midp")
    for column, share in (("lower", 0.025), ("value", 0.5), ("upper", 0.975)):
        usual = (found[column] > 0).to_numpy()
        x, m, y, k = a[usual], n1[usual], b[usual], n0[usual]
        at = nchypergeom_fisher(m + k, x + y, m, found.loc[usual, column])
        same(at.sf(x) + at.pmf(x) / 2, np.full(len(x), share), rtol=1e-7)


def restricted(x1, n1, x0, n0, joined):
    """Maximise the likelihood of two proportions, one of which is a function of the other."""

    def unlikely(p0):
        p1 = joined(p0)
        return -(xlogy(x1, p1) + xlogy(n1 - x1, 1 - p1) + xlogy(x0, p0) + xlogy(n0 - x0, 1 - p0))

    grid = np.linspace(0, 1, 2001)
    grid = grid[(joined(grid) >= 0) & (joined(grid) <= 1)]
    best = grid[np.argmin(unlikely(grid))]
    bounds = max(best - 5e-4, grid[0]), min(best + 5e-4, grid[-1])
    p0 = minimize_scalar(unlikely, bounds=bounds, method="bounded", options={"xatol": 1e-12}).x
    return joined(p0), p0


def test_score_limits_of_risks_are_what_defines_them():
    """By brute force: statsmodels' limits of a difference have an error (its issue 10269)."""
    for x1, n1, x0, n0 in ((45, 100, 30, 110), (7, 34, 1, 34), (3, 9, 17, 40), (2, 50, 1, 8)):
        factor = (n1 + n0) / (n1 + n0 - 1)
        gap = gaps.risk_difference(x1, n1, x0, n0, method="score").iloc[0]
        ratio = gaps.risk_ratio(x1, n1, x0, n0, method="score").iloc[0]
        for end, expected in (("lower", Z), ("upper", -Z)):
            d, r = gap[end], ratio[end]
            p1, p0 = restricted(x1, n1, x0, n0, lambda p, d=d: p + d)
            variance = (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0) * factor
            assert (x1 / n1 - x0 / n0 - d) / variance**0.5 == pytest.approx(expected, rel=1e-5)
            p1, p0 = restricted(x1, n1, x0, n0, lambda p, r=r: p * r)
            variance = (p1 * (1 - p1) / n1 + r**2 * p0 * (1 - p0) / n0) * factor
            assert (x1 / n1 - r * x0 / n0) / variance**0.5 == pytest.approx(expected, rel=1e-5)


@pytest.mark.filterwarnings("ignore:.*encountered:RuntimeWarning")  # statsmodels' ratio, unused
def test_score_limits_of_a_rate_difference_are_what_defines_them():
    for four in ((60, 51477.5, 30, 54308.7), (0, 20, 3, 90), (4, 10, 0, 35), (0, 10, 0, 30)):
        gap = gaps.rate_difference(*four, multiplier=1, method="score").iloc[0]
        for end, expected in (("lower", Z), ("upper", -Z)):
            test = poisson.test_poisson_2indep(
                *four, value=gap[end], compare="diff", method="score"
            )
            assert test.statistic == pytest.approx(expected, rel=1e-6)


def test_score_limits_turn_round_with_the_groups(tables, same):
    a, n1, b, n0 = tables
    for work in (gaps.risk_difference, gaps.rate_difference):
        there, back = work(a, n1, b, n0, method="score"), work(b, n0, a, n1, method="score")
        same(there["lower"], -back["upper"])
        assert there[["lower", "upper"]].notna().all(axis=None)
    others = gaps.risk_difference(n1 - a, n1, n0 - b, n0, method="score")
    same(others["upper"], -gaps.risk_difference(a, n1, b, n0, method="score")["lower"])
    both = (a > 0) & (b > 0)
    a, n1, b, n0 = a[both], n1[both], b[both], n0[both]
    for work in (gaps.risk_ratio, gaps.rate_ratio):
        there, back = work(a, n1, b, n0, method="score"), work(b, n0, a, n1, method="score")
        same(there["lower"] * back["upper"], np.ones(len(a)))


def test_many_tables_are_worked_out_like_each_alone(monkeypatch, same):
    from eeic.stats.gaps import _solve

    four = (np.arange(1, 41), 60, np.arange(40, 0, -1), 55)
    whole = {method: gaps.odds_ratio(*four, method=method) for method in ("exact", "midp")}
    monkeypatch.setattr(_solve, "_AT_ONCE", 100)
    for method, found in whole.items():
        columns = ["value", "lower", "upper", "p_value"]
        same(gaps.odds_ratio(*four, method=method)[columns], found[columns])


def test_no_odds_ratio_without_events_in_the_reference_or_others_in_the_group():
    for method in ("wald", "exact", "midp"):
        found = gaps.odds_ratio([5, 10, 0, 10], 10, [0, 4, 0, 10], 10, method=method)
        assert found[["value", "lower", "upper", "p_value"]].isna().all(axis=None)
        assert found["note"].str.startswith("No ratio").all()
        end = gaps.odds_ratio([0, 4], 10, [3, 10], 10, method=method)
        assert end["value"].tolist() == [0, 0]
        if method == "wald":
            assert end["upper"].isna().all() and end["note"].str.contains("exact").all()
        else:
            assert end["lower"].tolist() == [0, 0] and (end["upper"] > 0).all()


def test_chi_squared_without_variation():
    found = gaps.chi_squared([0, 10, 3], 10, [0, 20, 4], 20)
    assert found["value"].isna().tolist() == found["p_value"].isna().tolist() == [True, True, False]
    assert found["note"].str.contains("nobody").tolist() == [True, True, False]
    assert gaps.chi_squared(4, 10, 8, 20)["p_value"][0] == pytest.approx(1)
    close = gaps.chi_squared(11, 30, 10, 30, yates=True)
    assert close["value"][0] == pytest.approx(0)


RATIOS = pytest.mark.parametrize(
    "ratio",
    [
        gaps.rate_ratio,
        lambda *four: gaps.rate_ratio(*four, method="exact"),
        lambda *four: gaps.rate_ratio(*four, method="midp"),
        lambda *four: gaps.rate_ratio(*four, method="score"),
        gaps.risk_ratio,
        lambda *four: gaps.risk_ratio(*four, method="score"),
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
    for function in (
        gaps.rate_ratio,
        gaps.rate_difference,
        gaps.risk_ratio,
        gaps.risk_difference,
        gaps.odds_ratio,
    ):
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
        (lambda: gaps.rate_ratio(1, 9, 3, 9, method="mover"), "method is 'mover': choose one of"),
        (lambda: gaps.rate_ratio([], [], [], []), "table is empty"),
        (lambda: gaps.odds_ratio(11, 10, 3, 10), "'events', row 1: 11 is more than the population"),
        (lambda: gaps.odds_ratio(1, 9.5, 3, 9, method="exact"), "'population', row 1: 9.5 is not"),
        (lambda: gaps.risk_ratio(0.2, 0.5, 0.1, 0.4, method="score"), "not two people together"),
        (lambda: gaps.chi_squared(3, 9, -1, 9), "'reference_events', row 1: -1 is negative"),
        (lambda: gaps.risk_difference(1, 9, True, 9), "'reference_events', row 1: True is not a n"),
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
    for function, method in (
        (gaps.rate_ratio, "wald"),
        (gaps.rate_ratio, "score"),
        (gaps.rate_difference, "wald"),
        (gaps.rate_difference, "mover"),
        (gaps.rate_difference, "score"),
        (gaps.risk_ratio, "wald"),
        (gaps.risk_ratio, "score"),
        (gaps.risk_difference, "newcombe"),
        (gaps.risk_difference, "wald"),
        (gaps.risk_difference, "score"),
        (gaps.odds_ratio, "wald"),
    ):
        found = function(*group, *reference, confidence=confidence, method=method).iloc[0]
        for low, high in (("lower", "value"), ("value", "upper")):
            assert not found[low] > found[high] * (1 + 1e-12 * np.sign(found[high]))


@settings(max_examples=30)
@given(shares, shares, st.sampled_from(["exact", "midp"]))
def test_exact_and_midp_limits_contain_the_value(group, reference, method):
    found = gaps.rate_ratio(*group, *reference, method=method).iloc[0]
    assert not found["lower"] > found["value"] and not found["value"] > found["upper"]
    assert np.isnan(found["value"]) == (reference[0] == 0)
    assert not found["p_value"] > 1 and not found["p_value"] < 0


few = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=50)
@given(few, few, st.sampled_from(["exact", "midp"]), st.floats(0.5, 0.999))
def test_conditional_odds_ratios_lie_within_their_limits(group, reference, method, confidence):
    found = gaps.odds_ratio(*group, *reference, method=method, confidence=confidence).iloc[0]
    assert not found["lower"] > found["value"] and not found["value"] > found["upper"]
    assert np.isnan(found["value"]) == (reference[0] == 0 or group[0] == group[1])
    assert np.isnan(found["value"]) or 0 <= found["p_value"] <= 1


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
