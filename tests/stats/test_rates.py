"""Proportions, counts and crude rates against PHEindicatormethods, and their properties."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eeic.stats import Refusal, rates
from eeic.stats import _intervals as intervals

LEVELS = {"95": 0.95, "998": 0.998}
COLUMNS = ["value", "lower", "upper", "confidence", "statistic", "method", "note"]


@pytest.mark.parametrize("confidence", LEVELS.values())
def test_count_limits_as_ukhsa(reference, same, confidence):
    cases = reference("poisson_count_ci").query("confidence == @confidence")
    found = rates.count(cases["x"], confidence=confidence)
    same(found["value"], cases["x"])
    same(found["lower"], cases["ukhsa_rule_lower"])
    same(found["upper"], cases["ukhsa_rule_upper"])
    assert [f"{m}s" if m == "Byar" else m for m in found["method"]] == list(cases["ukhsa_method"])


@pytest.mark.parametrize("confidence", LEVELS.values())
def test_byar_and_exact_limits_at_every_count(reference, same, confidence):
    cases = reference("poisson_count_ci").query("confidence == @confidence")
    x = cases["x"].to_numpy(float)
    for limits, prefix in ((intervals.byar, ""), (intervals.exact_poisson, "exact_")):
        lower, upper = limits(x, confidence)
        same(lower, cases[f"{prefix}lower"])
        same(upper, cases[f"{prefix}upper"])


@pytest.mark.parametrize("confidence", LEVELS.values())
def test_wilson(reference, same, confidence):
    cases = reference("wilson").query("confidence == @confidence")
    found = rates.proportion(cases["x"], cases["n"], confidence=confidence)
    for column in ("value", "lower", "upper"):
        same(found[column], cases[column])


@pytest.mark.parametrize("function, file", [("proportion", "proportions"), ("crude_rate", "rates")])
@pytest.mark.parametrize("level", LEVELS)
def test_published_multipliers(reference, same, function, file, level):
    for multiplier, cases in reference(file).groupby("multiplier"):
        found = getattr(rates, function)(
            cases["x"], cases["n"], multiplier=multiplier, confidence=LEVELS[level]
        )
        same(found["value"], cases["value"])
        same(found["lower"], cases[f"lower{level}"])
        same(found["upper"], cases[f"upper{level}"])
        assert list(found["method"]) == [m.replace("Byars", "Byar") for m in cases["method"]]


@pytest.mark.parametrize("level", LEVELS)
def test_ukhsa_own_rates(upstream, same, level):
    cases = upstream("rates").dropna(subset=["Denominator"])
    for multiplier, part in cases.groupby("multiplier"):
        found = rates.crude_rate(
            part["Numerator"],
            part["Denominator"],
            multiplier=multiplier,
            confidence=LEVELS[level],
        )
        same(found["value"], part["value"])
        same(found["lower"], part[f"lower{level[:2]}_{level[2:] or 0}cl"])
        same(found["upper"], part[f"upper{level[:2]}_{level[2:] or 0}cl"])


@pytest.mark.parametrize("level", LEVELS)
def test_ukhsa_own_proportions(upstream, same, level):
    cases = upstream("proportions").dropna(subset=["Denominator"])
    for multiplier, part in cases.groupby("multiplier"):
        found = rates.proportion(
            part["Numerator"],
            part["Denominator"],
            multiplier=multiplier,
            confidence=LEVELS[level],
        )
        same(found["value"], part["value"])
        same(found["lower"], part[f"lower{level[:2]}_{level[2:] or 0}cl"])
        same(found["upper"], part[f"upper{level[:2]}_{level[2:] or 0}cl"])


def test_ukhsa_own_limits(upstream, same):
    cases = upstream("byars_wilson")
    for _, case in cases.iterrows():
        confidence = float(case["confidence"].rstrip("%")) / 100
        x = np.array([case["x"]], dtype=float)
        if case["method"] == "Byars":
            lower, upper = intervals.byar(x, confidence)
        else:
            lower, upper = intervals.wilson(x, np.array([case["n"]], dtype=float), confidence)
        same(lower, [case["lowercl"]])
        same(upper, [case["uppercl"]])


def test_columns_and_index_are_kept():
    groups = pd.Index(["Indian", "Roma"], name="ethnic_group")
    found = rates.crude_rate(pd.Series([20, 3], index=groups), pd.Series([900, 80], index=groups))
    assert list(found.columns) == ["events", "population", "multiplier", *COLUMNS]
    assert found.index.equals(groups)
    assert set(found["statistic"]) == {"crude rate per 100,000"}
    assert list(rates.count(4).columns) == ["events", *COLUMNS]


def test_ends_are_exact():
    found = rates.proportion([0, 7], [7, 7])
    assert found["lower"][0] == 0 and found["upper"][1] == 1
    assert rates.count(0)["lower"][0] == 0


def test_missing_events_stay_missing_and_say_so():
    for found in (
        rates.crude_rate([5, None, 0], 100),
        rates.proportion([5, None, 0], 100),
        rates.count([5, None, 0]),
    ):
        assert found[["value", "lower", "upper"]].loc[1].isna().all()
        assert "missing" in found["note"][1]
        assert found["value"][2] == 0 and found["note"][2] == ""


def test_too_few_events_are_withheld_with_the_reason():
    found = rates.crude_rate([9, 10], 1000, min_events=10)
    assert found[["value", "lower", "upper"]].isna().all(axis=1).tolist() == [True, False]
    assert found["note"].tolist() == ["Not shown: fewer than 10 events.", ""]


NOBODY = pd.Series([], dtype=float)


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: rates.proportion([1, 9], [5, 5]), "'events', row 2: 9 is more than the pop"),
        (lambda: rates.proportion(1, 0), "'population', row 1: 0 is no population"),
        (lambda: rates.crude_rate([1, -2], 50), "'events', row 2: -2 is negative"),
        (lambda: rates.crude_rate([1, 2], [50, None]), "'population', row 2: the value is missing"),
        (lambda: rates.crude_rate(3, [50, 0, 0]), r"row 2: 0 is no population .*as in 1 more"),
        (lambda: rates.crude_rate(3, -50), "'population', row 1: -50 is negative"),
        (lambda: rates.crude_rate(["many"], 50), "'events', row 1: 'many' is not a number"),
        (lambda: rates.crude_rate(["12"], 50), "'events', row 1: '12' is not a number"),
        (lambda: rates.count([True, False]), "'events', row 1: True is not a number"),
        (lambda: rates.count([1, np.inf]), "'events', row 2: inf is not a finite number"),
        (lambda: rates.count(1 + 2j), "is not a number"),
        (lambda: rates.count(pd.to_datetime(["2024-01-01"])), "is not a number"),
        (lambda: rates.count(NOBODY), "table is empty"),
        (lambda: rates.count([]), "table is empty"),
        (lambda: rates.count([[1, 2]]), "events has 2 dimensions"),
        (lambda: rates.crude_rate([1, 2], [1, 2, 3]), "population has 3 rows and events has 2"),
        (
            lambda: rates.crude_rate(pd.Series([1], index=["a"]), pd.Series([9], index=["b"])),
            "different index labels",
        ),
        (lambda: rates.count(pd.Series([-1], index=["Roma"])), r"row 1 \(Roma\): -1 is negative"),
        (lambda: rates.count(1, confidence=95), "confidence is 95"),
        (lambda: rates.crude_rate(1, 2, multiplier=0), "multiplier is 0"),
        (lambda: rates.crude_rate(1, 2, multiplier=True), "multiplier is True"),
    ],
)
def test_refusals_say_what_and_where(call, says):
    with pytest.raises(Refusal, match=says):
        call()


def test_input_is_not_changed():
    events = pd.Series([1.0, 20.0])
    rates.crude_rate(events, 100)
    assert events.tolist() == [1.0, 20.0]


def test_nullable_and_object_columns_are_numbers_too():
    for values in (pd.array([3, None], dtype="Int64"), pd.Series([3, None], dtype=object)):
        assert rates.count(values)["value"].isna().tolist() == [False, True]


pairs = st.lists(
    st.integers(1, 10**7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=1,
    max_size=20,
)
levels = st.floats(0.5, 0.999)


@given(pairs, levels)
def test_limits_contain_the_value(cases, confidence):
    x, n = map(list, zip(*cases, strict=True))
    for found in (
        rates.proportion(x, n, confidence=confidence),
        rates.crude_rate(x, n, confidence=confidence),
        rates.count(x, confidence=confidence),
    ):
        assert (found["lower"] <= found["value"]).all()
        assert (found["value"] <= found["upper"]).all()
        assert (found["lower"] >= 0).all()


@given(pairs)
def test_proportions_stay_between_0_and_1(cases):
    x, n = map(list, zip(*cases, strict=True))
    found = rates.proportion(x, n)
    assert found["upper"].max() <= 1


@given(pairs, st.randoms())
def test_rows_do_not_know_of_each_other(cases, random):
    table = pd.DataFrame(cases, columns=["x", "n"])
    order = list(table.index)
    random.shuffle(order)
    straight = rates.crude_rate(table["x"], table["n"])
    mixed = table.loc[order]
    pd.testing.assert_frame_equal(
        rates.crude_rate(mixed["x"], mixed["n"]).loc[table.index], straight
    )
