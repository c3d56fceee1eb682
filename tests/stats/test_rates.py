"""How proportions, counts, rates, means and person-years behave and what they refuse."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eeic.stats import Refusal, rates

COLUMNS = ["value", "lower", "upper", "confidence", "statistic", "method", "note"]


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


def measured(**columns):
    return pd.DataFrame({"site": list("AABBB"), "value": [3, 8, 7.5, 7.5, 7.5], **columns})


def test_means_by_group():
    found = rates.mean(measured(), by="site")
    assert list(found.columns) == ["site", "n", "sd", *COLUMNS]
    assert found["n"].tolist() == [2, 3] and found["value"].tolist() == [5.5, 7.5]
    # With two values t has one degree of freedom: tan(0.475 pi) = 12.7062.
    assert found["upper"][0] == pytest.approx(5.5 + 12.706204736 * 2.5)
    assert found["lower"][1] == found["upper"][1] == 7.5
    assert found["note"].tolist() == ["", "All measurements are equal: the interval has no width."]
    assert rates.mean(measured())["value"][0] == pytest.approx(6.7)


def test_one_measurement_has_no_interval():
    for found in (
        rates.mean(measured(site=list("ABBBB")), by="site"),
        rates.mean_from_summary(1, 3, 0),
    ):
        assert found["value"][0] == 3 and found[["lower", "upper"]].loc[0].isna().all()
        assert found["note"][0] == "No interval: there is one measurement."


def test_a_summary_with_gaps_stays_missing_and_says_so():
    index = pd.Index(["Indian", "Roma", "Arab"], name="ethnic_group")
    mean = pd.Series([4, None, 5], index=index)
    found = rates.mean_from_summary(20, mean, pd.Series([1, 1, None], index=index))
    assert found["value"].isna().tolist() == [False, True, False]
    assert found["lower"].isna().tolist() == [False, True, True]
    assert found.loc["Roma", "note"] == "No value: the mean is missing."
    assert found.loc["Arab", "note"] == "No interval: the standard deviation is missing."


@pytest.mark.parametrize(
    "call, says",
    [
        (
            lambda: rates.mean(measured(value=[1, None, 2, 3, 4]), by="site"),
            r"row 2 \(site A\).*missing",
        ),
        (lambda: rates.mean(measured(value=[1, np.inf, 2, 3, 4])), "row 2: inf is not a finite"),
        (lambda: rates.mean(measured(value=list("abcde"))), "row 1: 'a' is not a number"),
        (lambda: rates.mean(measured(value=[True] * 5)), "row 1: True is not a number"),
        (lambda: rates.mean(measured(site=["A", None, "B", "B", "B"]), by="site"), "'site', row 2"),
        (lambda: rates.mean(measured(), by="area"), "no column 'area'"),
        (lambda: rates.mean(measured(), values="bmi"), "no column 'bmi'"),
        (lambda: rates.mean(measured().iloc[:0]), "table is empty"),
        (lambda: rates.mean([3, 8]), "DataFrame is needed, not list"),
        (lambda: rates.mean(measured(), confidence=1), "confidence is 1"),
        (lambda: rates.mean_from_summary([5, 2.5], 1, 1), "'n', row 2: 2.5 is not a whole number"),
        (lambda: rates.mean_from_summary(0, 1, 1), "'n', row 1: 0 is not a whole number"),
        (lambda: rates.mean_from_summary([3, None], 1, 1), "'n', row 2: the value is missing"),
        (lambda: rates.mean_from_summary(3, 1, [1, -1]), "'sd', row 2: -1 is negative"),
    ],
)
def test_means_refuse(call, says):
    with pytest.raises(Refusal, match=says):
        call()


measurements = st.lists(
    st.tuples(st.sampled_from("ABC"), st.floats(-1e6, 1e6)), min_size=1, max_size=30
)


@given(measurements, st.floats(0.5, 0.999))
def test_means_of_all_groups_at_once_are_those_of_each_alone(rows, confidence):
    data = pd.DataFrame(rows, columns=["group", "value"])
    together = rates.mean(data, by="group", confidence=confidence).set_index("group")
    for name, part in data.groupby("group"):
        alone = rates.mean(part, confidence=confidence).iloc[0]
        for column in ("value", "lower", "upper"):
            assert together.loc[name, column] == pytest.approx(alone[column], nan_ok=True, abs=1e-6)
        if len(part) > 1:
            again = rates.mean_from_summary(
                len(part), part["value"].mean(), part["value"].std(), confidence=confidence
            ).iloc[0]
            assert again["upper"] == pytest.approx(alone["upper"], abs=1e-6)
            assert alone["lower"] <= alone["value"] <= alone["upper"]


def yearly(**columns):
    return pd.DataFrame(
        {
            "group": ["Roma", "Arab"] * 2,
            "year": [2023, 2023, 2024, 2024],
            "population": [80, 900, 90, 950],
            **columns,
        }
    )


def test_person_years_of_mid_year_populations():
    found = rates.person_years(yearly(), by="group")
    assert list(found.columns) == ["group", "years", *COLUMNS]
    assert found["value"].tolist() == [170, 1850] and found["years"].tolist() == [2, 2]
    assert set(found["note"]) == {"No interval: person-years are taken as known."}
    assert rates.crude_rate(17, found["value"])["value"][0] == pytest.approx(10_000)
    assert rates.person_years(yearly(population=[0, 900, 90, 950]), by="group")["value"][0] == 90


@pytest.mark.parametrize(
    "changes, says",
    [
        ({"population": [80, None, 90, 950]}, r"row 2 \(group Arab, year 2023\).* is missing"),
        ({"population": [80, -1, 90, 950]}, "row 2 .* negative"),
        ({"year": [2023, 2023, 2024, 2023]}, r"Repeated year in row 4 \(group Arab, year 2023\)"),
        ({"year": [2023, 2023, 2024, 2025]}, "Absent year: that of row 4 .* beside row 1 "),
        ({"year": [2023, None, 2024, 2024]}, "'year', row 2: the year value is missing"),
    ],
)
def test_person_years_refuse(changes, says):
    with pytest.raises(Refusal, match=says):
        rates.person_years(yearly(**changes), by="group")


def followed(**columns):
    days = {
        "entry": ["2020-01-01", "2023-07-02", "2024-01-01", "2026-01-01"],
        "exit": ["2026-01-01", "2024-01-01", "2024-01-01", "2026-02-01"],
    } | columns
    dates = {name: pd.to_datetime(pd.Series(values)) for name, values in days.items()}
    return pd.DataFrame({"group": ["Roma", "Arab", "Arab", "Arab"], **dates})


PERIOD = {"start": "2022-01-01", "end": "2026-01-01", "by": "group"}


def test_only_time_within_the_period_counts():
    found = rates.person_years_from_dates(followed(), **PERIOD)
    assert found["value"].tolist() == [4.0, pytest.approx(183 / 365.25)]
    assert found["stretches"].tolist() == [1, 1]


@pytest.mark.parametrize(
    "changes, says",
    [
        (
            {"exit": ["2026-01-01", "2023-07-01", "2024-01-01", "2026-02-01"]},
            r"'exit', row 2 \(group Arab\): 2023-07-01 is before the date in 'entry'",
        ),
        (
            {"exit": ["2026-01-01", None, "2024-01-01", "2026-02-01"]},
            r"'exit', row 2 \(group Arab\): the value is missing",
        ),
    ],
)
def test_impossible_dates_are_refused(changes, says):
    with pytest.raises(Refusal, match=says):
        rates.person_years_from_dates(followed(**changes), **PERIOD)


def test_what_is_no_date_is_refused():
    text = followed().astype({"entry": str})
    for table in (text, followed().assign(entry=2020)):
        with pytest.raises(Refusal, match=r"'entry' \(for entry\) holds no plain dates"):
            rates.person_years_from_dates(table, **PERIOD)
    for start, says in (
        ("2026-01-01", "period is empty"),
        (2022, "start is 2022: give a date"),
        ("soon", "start is 'soon': give a date"),
        (None, "start is None: give a date"),
    ):
        with pytest.raises(Refusal, match=says):
            rates.person_years_from_dates(followed(), **PERIOD | {"start": start})


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
