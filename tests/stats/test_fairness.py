"""How the statistics of fairness behave, what they refuse, and their properties."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eeic.stats import Refusal
from eeic.stats.fairness import (
    ENGLAND_ALPHA,
    ENGLAND_EPSILON,
    ede,
    equity_impact,
    inequality,
    net_benefit,
    opportunity_cost,
)

COLUMNS = ["value", "lower", "upper", "confidence", "statistic", "method", "note"]
INDICES = ("atkinson", "kolm", "extended_gini")
#: An aversion that is not indifference, for each index.
AVERSE = {"atkinson": ENGLAND_EPSILON, "kolm": ENGLAND_ALPHA, "extended_gini": 2}
INDIFFERENT = {"atkinson": 0, "kolm": 0, "extended_gini": 1}


def three(**columns):
    return pd.DataFrame(
        {
            "ethnic_group": ["Indian", "Roma", "Arab"],
            "population": [600, 100, 300],
            "health": [70.0, 50.0, 60.0],
            **columns,
        }
    )


def two_options(health=(70.0, 50.0, 60.0), after=(70.0, 51.0, 60.0), **columns):
    rows = pd.concat(
        [three(option="now", health=health), three(option="new", health=after)], ignore_index=True
    )
    return rows.assign(**columns)


def test_columns_and_one_row_for_each_distribution_and_aversion():
    found = ede(two_options(), index="atkinson", aversion=[0, 1], by="option")
    assert list(found.columns) == [
        "option",
        "index",
        "aversion",
        "groups",
        "population",
        "mean",
        *COLUMNS,
    ]
    assert found["option"].tolist() == ["now", "now", "new", "new"]
    assert found["aversion"].tolist() == [0, 1, 0, 1]
    assert found["method"].tolist()[:2] == ["Atkinson, epsilon 0", "Atkinson, epsilon 1"]
    assert found[["lower", "upper"]].isna().all(axis=None)
    assert set(found["note"]) == {"No interval: the input carries no uncertainty."}


def test_the_gini_of_two_halves():
    # Half of the people have everything: the Gini index is 1/2.
    data = three(population=[1, 1, 2], health=[0, 0, 5])
    assert inequality(data, index="extended_gini", aversion=2)["value"][0] == pytest.approx(0.5)


def test_large_aversions_do_not_overflow_and_tend_to_the_worst_off():
    for index in INDICES:
        found = ede(three(), index=index, aversion=[1e3, 1e6])["value"]
        assert found[1] == pytest.approx(50, rel=1e-4)
        assert (found >= 50 * (1 - 1e-12)).all()


def test_aversions_near_indifference_and_near_one_are_continuous():
    near = ede(three(), index="atkinson", aversion=[1 - 1e-9, 1, 1 + 1e-9])["value"]
    assert near.to_numpy() == pytest.approx(near[1], rel=1e-10)
    kolm = ede(three(), index="kolm", aversion=[0, 1e-12])["value"]
    assert kolm[1] == pytest.approx(kolm[0], rel=1e-10)


def test_kolm_takes_health_of_any_sign_and_adds_what_everyone_gains():
    low = ede(three(health=[-5.0, 0.0, 3.0]), index="kolm", aversion=0.5)["value"][0]
    high = ede(three(health=[95.0, 100.0, 103.0]), index="kolm", aversion=0.5)["value"][0]
    assert high - low == pytest.approx(100)


def test_an_index_over_a_mean_that_is_not_above_zero_is_missing():
    found = inequality(three(health=[-1, 0, 1]), index="extended_gini", aversion=2)
    assert np.isnan(found["value"][0]) and found["note"][0].startswith("No index: the mean is not")


def test_one_group_has_no_inequality_and_says_why():
    for index in INDICES:
        found = inequality(three().iloc[:1], index=index, aversion=AVERSE[index])
        assert found["value"][0] == pytest.approx(0, abs=1e-12)
        assert found["note"][0].endswith("One group: there is no inequality between groups.")


@pytest.mark.parametrize("function", [ede, inequality])
@pytest.mark.parametrize(
    "changes, options, says",
    [
        (
            {"health": [70, 0, 60]},
            {},
            r"'health', row 2 \(ethnic_group Roma\): 0 is not above zero",
        ),
        ({"health": [70, -1, 60]}, {}, "row 2 .*-1 is not above zero"),
        ({"health": [70, None, 60]}, {}, "'health', row 2 .* is missing"),
        ({"health": [70, np.inf, 60]}, {}, "row 2 .*inf is not a finite number"),
        ({"health": ["good", "bad", "bad"]}, {}, "'good' is not a number"),
        ({"population": [600, 0, 300]}, {}, "'population', row 2 .*no population"),
        ({"population": [600, None, 300]}, {}, "'population', row 2 .*missing"),
        ({"population": [600, -3, 300]}, {}, "'population', row 2 .*negative"),
        ({"ethnic_group": ["Roma", "Roma", "Arab"]}, {}, r"Repeated group in row 2 .*name the"),
        ({"ethnic_group": ["Roma", None, "Arab"]}, {}, "'ethnic_group', row 2: the group value"),
        ({}, {"aversion": -0.1}, "aversion is -0.1: epsilon is a number from 0"),
        ({}, {"aversion": np.inf}, "aversion is inf: epsilon"),
        ({}, {"aversion": np.nan}, "aversion is nan: epsilon"),
        ({}, {"aversion": "high"}, "aversion is 'high': epsilon"),
        ({}, {"aversion": True}, "aversion is True: epsilon"),
        ({}, {"aversion": []}, "aversion is empty"),
        ({}, {"aversion": [1, None]}, "aversion is None: epsilon"),
        ({}, {"index": "kolm", "aversion": -1}, "alpha is a number from 0"),
        ({}, {"index": "extended_gini", "aversion": 0.5}, "nu is a number from 1"),
        ({}, {"index": "theil"}, "index is 'theil': choose"),
        ({}, {"by": "area"}, "no column 'area'"),
        ({}, {"health": "qale"}, "no column 'qale'"),
    ],
)
def test_distributions_that_are_refused(function, changes, options, says):
    with pytest.raises(Refusal, match=says):
        function(three(**changes), **{"index": "atkinson", "aversion": 1} | options)


def test_aversion_has_no_default():
    for function in (ede, inequality):
        with pytest.raises(TypeError, match="aversion"):
            function(three(), index="atkinson")
    with pytest.raises(Refusal, match="table is empty"):
        ede(three().iloc[:0], index="kolm", aversion=1)


distributions = st.lists(
    st.tuples(st.integers(1, 10**6), st.floats(1, 100)), min_size=1, max_size=8
).map(
    lambda rows: pd.DataFrame(rows, columns=["population", "health"]).assign(
        ethnic_group=lambda t: range(len(t))
    )
)
aversions = st.floats(0, 20)


@given(distributions, aversions, st.sampled_from(INDICES))
def test_the_equivalent_lies_between_the_worst_off_and_the_mean(data, aversion, index):
    aversion += INDIFFERENT[index]
    found = ede(data, index=index, aversion=aversion).iloc[0]
    assert data["health"].min() * (1 - 1e-9) <= found["value"] <= found["mean"] * (1 + 1e-9)
    assert inequality(data, index=index, aversion=aversion)["value"][0] >= -1e-9


@given(distributions, st.sampled_from(INDICES))
def test_indifference_gives_the_mean(data, index):
    found = ede(data, index=index, aversion=INDIFFERENT[index]).iloc[0]
    assert found["value"] == pytest.approx(found["mean"], rel=1e-12)


@given(distributions, aversions, st.floats(0.1, 10))
def test_atkinson_and_gini_do_not_see_the_unit_and_kolm_does_not_see_the_level(
    data, aversion, factor
):
    for index in ("atkinson", "extended_gini"):
        options = {"index": index, "aversion": aversion + INDIFFERENT[index]}
        scaled = inequality(data.assign(health=data["health"] * factor), **options)
        assert scaled["value"][0] == pytest.approx(
            inequality(data, **options)["value"][0], abs=1e-9
        )
    raised = inequality(
        data.assign(health=data["health"] + factor), index="kolm", aversion=aversion
    )
    plain = inequality(data, index="kolm", aversion=aversion)
    assert raised["value"][0] == pytest.approx(plain["value"][0], abs=1e-9)


@given(distributions, aversions, st.sampled_from(INDICES))
def test_a_group_split_in_two_changes_nothing(data, aversion, index):
    half = data.assign(population=data["population"] / 2)
    split = pd.concat([half, half]).assign(ethnic_group=range(2 * len(data)))
    options = {"index": index, "aversion": aversion + INDIFFERENT[index]}
    assert ede(split, **options)["value"][0] == pytest.approx(
        ede(data, **options)["value"][0], rel=1e-9
    )


@given(st.lists(distributions, min_size=1, max_size=4), aversions, st.randoms())
def test_all_distributions_at_once_are_those_of_each_alone_in_any_row_order(
    several, aversion, random
):
    data = pd.concat([part.assign(area=place) for place, part in enumerate(several)])
    order = list(range(len(data)))
    random.shuffle(order)
    for index in INDICES:
        options = {"index": index, "aversion": aversion + INDIFFERENT[index]}
        together = ede(data.iloc[order], by="area", **options).set_index("area")["value"]
        for place, part in enumerate(several):
            assert together[place] == pytest.approx(ede(part, **options)["value"][0], rel=1e-9)


def test_a_gain_of_those_worst_off_is_fairer_and_of_those_best_off_less_fair():
    for index in INDICES:
        options = {"baseline": "now", "index": index, "aversion": AVERSE[index]}
        for measure in ("health", "index"):
            fairer = equity_impact(two_options(), measure=measure, **options).iloc[0]
            assert fairer["quadrant"] == "more health, more equity" and fairer["value"] > 0
            assert fairer["net_health"] == pytest.approx(100)
            rich = two_options(after=(71.0, 50.0, 60.0))
            less = equity_impact(rich, measure=measure, **options).iloc[0]
            assert less["quadrant"] == "more health, less equity" and less["value"] < 0


@pytest.mark.parametrize(
    "after, quadrant",
    [
        ((69.0, 50.1, 60.0), "less health, more equity"),
        ((70.0, 49.0, 60.0), "less health, less equity"),
        ((70.0, 50.0, 60.0), "same health, same equity"),
        ((69.0, 56.0, 60.0), "same health, more equity"),
        ((72.0, 52.0, 62.0), "more health, same equity"),  # for Kolm all gain alike
    ],
)
def test_quadrants(after, quadrant):
    found = equity_impact(two_options(after=after), baseline="now", index="kolm", aversion=0.15)
    assert found["quadrant"].tolist() == [quadrant]


def test_the_plane_adds_up_and_has_one_row_for_each_aversion():
    found = equity_impact(two_options(), baseline="now", index="kolm", aversion=[0, 0.15, 1])
    assert found["option"].tolist() == ["new"] * 3 and set(found["baseline"]) == {"now"}
    assert (found["net_health"] + found["value"]).to_numpy() == pytest.approx(found["net_ede"])
    assert found["value"][0] == pytest.approx(0, abs=1e-9)
    assert found["quadrant"][0] == "more health, same equity"
    levels = ede(two_options(), index="kolm", aversion=1, by="option")["value"]
    assert found["net_ede"][2] == pytest.approx(1000 * (levels[1] - levels[0]))


def test_a_fall_of_an_index_without_a_mean_is_missing():
    found = equity_impact(
        two_options(health=(-70.0, 50.0, 60.0)),
        baseline="now",
        measure="index",
        index="extended_gini",
        aversion=2,
    )
    assert np.isnan(found["value"][0]) and found["quadrant"][0] == ""
    assert found["note"][0].startswith("No index")


@pytest.mark.parametrize(
    "data, options, says",
    [
        (two_options(), {"baseline": "old"}, "no baseline 'old'; its options are now, new"),
        (two_options().iloc[:3], {}, "no option besides the baseline 'now'"),
        (two_options().iloc[:5], {}, r"Absent group: that of row 3 .*Arab.* beside row 4"),
        (
            two_options(population=[600, 100, 300, 600, 101, 300]),
            {},
            r"'population', row 5 .*Roma\): 101 differs from the same group's",
        ),
        (two_options(), {"measure": "money"}, "measure is 'money': choose"),
        (two_options(), {"option": "scheme"}, "no column 'scheme'"),
    ],
)
def test_planes_that_are_refused(data, options, says):
    with pytest.raises(Refusal, match=says):
        equity_impact(data, **{"baseline": "now", "index": "kolm", "aversion": 1} | options)


def costed(**columns):
    return three(**{"benefit": [1.0, 6.0, 2.0], "cost": [20_000, 60_000, 20_000]} | columns)


@pytest.mark.parametrize(
    "distribution, forgone",
    # 100,000 pounds at 20,000 for a QALY: 5 QALYs forgone in all.
    [("population", [3, 0.5, 1.5]), ("cost", [1, 3, 1]), ("share", [1, 2.5, 1.5])],
)
def test_opportunity_cost_by_distribution(distribution, forgone):
    data = costed(share=[0.2, 0.5, 0.3])
    options = {"threshold": 20_000, "distribution": distribution}
    cost = opportunity_cost(data, **options)
    assert cost["value"].to_numpy() == pytest.approx(forgone)
    found = net_benefit(data, **options)
    assert found["opportunity_cost"].equals(cost["value"])
    assert found["value"].to_numpy() == pytest.approx(np.array([1.0, 6.0, 2.0]) - forgone)
    assert found["value"].sum() == pytest.approx(4)
    assert found["monetary"].sum() == pytest.approx(80_000)
    assert found["per_person"].to_numpy() == pytest.approx(found["value"] / found["population"])
    start = ["ethnic_group", "population", "cost", "threshold"]
    assert list(cost.columns) == [*start, *COLUMNS]
    assert list(found.columns) == [
        *start,
        "benefit",
        "opportunity_cost",
        *COLUMNS,
        "monetary",
        "per_person",
    ]


def test_each_option_pays_for_itself_and_savings_are_gains():
    both = pd.concat([costed(option="a"), costed(option="b").assign(cost=-10_000)])
    found = net_benefit(both, threshold=10_000, distribution="population", option="option")
    sums = found.groupby("option")["opportunity_cost"].sum()
    assert sums["a"] == pytest.approx(10) and sums["b"] == pytest.approx(-3)
    assert found.index.equals(both.index)


def test_from_costs_to_the_plane():
    costs = pd.concat([costed(option="now", benefit=0, cost=0), costed(option="new")])
    net = net_benefit(costs, threshold=20_000, distribution="population", option="option")
    before = three().set_index("ethnic_group")["health"]
    after = net.assign(health=net["ethnic_group"].map(before) + net["per_person"])
    plane = equity_impact(after, baseline="now", index="atkinson", aversion=1).iloc[0]
    assert plane["net_health"] == pytest.approx(4)
    assert plane["quadrant"] == "more health, more equity"


@pytest.mark.parametrize("function", [opportunity_cost, net_benefit])
@pytest.mark.parametrize(
    "changes, options, says",
    [
        ({}, {"threshold": 0}, "threshold is 0: give a positive number of pounds"),
        ({}, {"threshold": None}, "threshold is None"),
        ({}, {"threshold": True}, "threshold is True"),
        ({}, {"threshold": np.nan}, "threshold is nan"),
        ({}, {"distribution": "fair"}, "distribution is 'fair': choose"),
        ({"cost": [1, None, 2]}, {}, r"'cost', row 2 \(ethnic_group Roma\).* missing"),
        ({"population": [1, 0, 2]}, {}, "'population', row 2 .*no population"),
        ({"ethnic_group": ["Roma", "Roma", "Arab"]}, {}, "Repeated group in row 2"),
        ({}, {"distribution": "share"}, "no column 'share'"),
        (
            {"share": [0.2, 0.5, 0.2]},
            {"distribution": "share"},
            "'share', row 1 .* must add up to 1, and these add up to 0.9",
        ),
        ({"share": [1.2, -0.5, 0.3]}, {"distribution": "share"}, "'share', row 2 .*negative"),
        ({"share": [1, None, 0]}, {"distribution": "share"}, "'share', row 2 .*missing"),
    ],
)
def test_costs_that_are_refused(function, changes, options, says):
    data = costed().assign(**changes)
    with pytest.raises(Refusal, match=says):
        function(data, **{"threshold": 20_000, "distribution": "population"} | options)


def test_a_missing_benefit_is_refused():
    with pytest.raises(Refusal, match=r"'benefit', row 3 \(ethnic_group Arab\).*missing"):
        net_benefit(costed().assign(benefit=[1, 2, None]), threshold=1, distribution="population")
    short = pd.concat([costed(option="a"), costed(option="b").iloc[:2]])
    with pytest.raises(Refusal, match=r"Absent group: that of row 3 .* beside row 4"):
        net_benefit(short, threshold=1, distribution="population", option="option")
