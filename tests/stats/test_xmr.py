"""XmR charts: refusals, edges of the rules, and many series in one call.

That limits and flags are those of NHSRplotthedots is checked in `eeic.validation`.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eeic.stats import Refusal
from eeic.stats.control import xmr_chart

COLUMNS = ["value", "lower", "upper", "confidence", "statistic", "method", "note"]
STEADY = [60, 62, 59, 63, 61, 60, 64, 62, 60, 61, 63, 60, 62, 61]


def table(values, **columns):
    dates = pd.date_range("2023-01-01", periods=len(values), freq="MS")
    return pd.DataFrame({"date": dates, "value": values, **columns})


def chart(values, improvement="increase", **options):
    return xmr_chart(table(values), improvement=improvement, **options)


def test_columns_and_what_the_limits_are_called():
    found = xmr_chart(table(STEADY, area="A"), improvement="increase", by="area")
    assert list(found.columns[:10]) == ["area", "date", "part", *COLUMNS]
    assert found["confidence"].round(4).eq(0.9973).all()
    assert found["method"].str.contains("3 sigma").all()
    assert not found[["method", "note"]].stack().str.contains("95|significan").any()


def test_limits_by_hand():
    found = chart([1.0, 3, 2, 4], screen=False)  # moving ranges 2, 1, 2
    assert found["centre"][0] == 2.5
    assert found["upper"][0] == pytest.approx(2.5 + 2.66 * 5 / 3)
    assert found["moving_range"].tolist()[1:] == [2, 1, 2]
    assert np.isnan(found["moving_range"][0])


@pytest.mark.parametrize("rising, flagged", [(6, 0), (7, 7), (9, 9)])
def test_a_trend_has_seven_points(rising, flagged):
    found = chart([50.0, 60, 40, *range(41, 40 + rising), 30, 55])
    assert found["trend"].sum() == flagged
    falling = chart([-v for v in found["value"]])
    assert falling["trend"].equals(found["trend"])


def test_a_tie_breaks_a_trend():
    assert not chart([1.0, 2, 3, 4, 4, 5, 6, 7]).trend.any()


def test_the_turning_point_of_two_trends_goes_with_the_second():
    found = chart([*range(1, 8), *range(6, -1, -1)], screen=False)
    inside = found["special_cause"].str.contains("trend")
    assert found["trend"].all()
    assert found.loc[inside & (found.index < 6), "special_cause"].eq("rising trend").all()
    assert found.loc[inside & (found.index >= 6), "special_cause"].eq("falling trend").all()


@pytest.mark.parametrize("above, flagged", [(6, 0), (7, 7), (9, 9)])
def test_a_shift_has_seven_points(above, flagged):
    base = [0.5, -0.5] * 6
    found = chart([*base, *([0.5, 0.6, 0.4] * 3)[:above], -0.5], fix_after=12)
    assert found["shift"].sum() == flagged


def test_a_point_on_the_mean_breaks_a_shift():
    values = [1.0, 1, 1, 0, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, 0, -1]
    found = chart(values)
    assert found["side"][3] == 0 and not found["shift"].any()


def two_of_three(values):
    """Chart with mean 0 and limits at 2.66: the outer third begins at 1.7733."""
    base = [0.5, -0.5] * 6  # its moving ranges are 1
    return chart([*base, *values], fix_after=12)["two_of_three"].tolist()[12:]


@pytest.mark.parametrize(
    "values, flagged",
    [
        ([2.0, 2.0, 0.5], [True, True, False]),
        ([2.0, 0.5, 2.0], [True, False, True]),
        ([2.0, -0.1, 2.0], [False, False, False]),  # not on one side
        ([2.0, 2.0], [False, False]),  # -0.5 stands before them: no three on one side
        ([1.7, 1.7, 2.0], [False, False, False]),  # one in the outer third
        ([9.0, 2.0, 0.5], [False, False, False]),  # outside the limit is not in the outer third
        ([-2.0, -2.0, -0.1], [True, True, False]),
    ],
)
def test_two_of_three(values, flagged):
    assert two_of_three(values) == flagged


def test_outside_goes_before_trend():
    found = chart([*[0.5, -0.5] * 6, 1.0, 2, 3, 4, 5, 6, 7], fix_after=12)
    assert found["special_cause"].iloc[-1] == "above upper limit" and found["trend"].iloc[-1]


def test_which_way_is_better_decides():
    up = [*[0.5, -0.5] * 6, 9.0]
    names = {
        way: chart(up, way, fix_after=12)["variation"].iloc[-1]
        for way in ("increase", "decrease", "neutral")
    }
    assert names == {
        "increase": "special_cause_improvement",
        "decrease": "special_cause_concern",
        "neutral": "special_cause_neutral_high",
    }


@pytest.mark.parametrize(
    "target, increase, decrease",
    [
        (10, "consistent_fail", "consistent_pass"),
        (-10, "consistent_pass", "consistent_fail"),
        (0.3, "inconsistent", "inconsistent"),
    ],
)
def test_assurance(target, increase, decrease):
    values = [0.5, -0.5] * 7
    assert set(chart(values, "increase", target=target)["assurance"]) == {increase}
    assert set(chart(values, "decrease", target=target)["assurance"]) == {decrease}
    assert chart(values, "neutral", target=target)["assurance"].isna().all()
    assert chart(values, "increase")["assurance"].isna().all()


def test_the_note_warns_of_ranges_that_are_mostly_zero():
    """One spike in a flat series: screening leaves nothing but zeros, and everything signals."""
    found = chart([5.0] * 11 + [50] + [5.0] * 11)
    assert (found["lower"] == found["centre"]).all() and found["outside_limits"].all()
    assert found["note"].str.contains("more than half of the moving ranges are zero").all()
    assert found["note"].str.contains("limits lie on the centre line").all()
    half = chart([1.0, 1, 2, 2, 3, 3, 4])  # three of six are zero: not more than half
    assert not half["note"].str.contains("half").any()


@pytest.mark.parametrize("value", [0.1, 7.3, 0.0, -1e9 / 3])
def test_a_constant_series_has_no_limits_when_screened_and_never_signals(value):
    found = chart([value] * 24)
    assert found["lower"].isna().all() and found["outside_limits"].isna().all()
    assert found["note"].str.contains("No limits").all()
    assert (found["variation"] == "common_cause").all() and (found["side"] == 0).all()
    kept = chart([value] * 24, screen=False)
    assert (kept["lower"] == value).all() and not kept["outside_limits"].any()


def test_one_point_and_few_points():
    one = chart([5.0])
    assert one["centre"][0] == 5 and np.isnan(one["upper"][0]) and "No limits" in one["note"][0]
    assert "fewer than 12 points" in chart([5.0, 6, 4])["note"][0]
    assert chart(STEADY)["note"].eq("").all()


def test_a_missing_value_is_left_out_breaks_runs_and_says_so():
    values = [2.0, 1, 2, 1.5, np.nan, 2, 1, 2, -3, -2, -1, -2, -3, -1.5]
    found = chart(values)
    assert found["centre"][0] == pytest.approx(np.nanmean(values))
    assert np.isnan(found["moving_range"][4]) and np.isnan(found["moving_range"][5])
    assert found["note"][4] == "No value: it is missing."
    assert found.loc[4, ["outside_limits", "side", "special_cause", "variation"]].isna().all()
    assert not found["shift"].any()
    assert chart([v for v in values if v == v])["shift"].sum() == 7


def test_rebasing_and_fixing_within_parts():
    data = table([*STEADY, *(np.array(STEADY) + 100)])
    found = xmr_chart(data, improvement="increase", rebase=[data["date"][14]])
    alone = chart(STEADY)
    assert found["part"].tolist() == [1] * 14 + [2] * 14
    np.testing.assert_allclose(found["upper"][14:], alone["upper"] + 100)
    assert np.isnan(found["moving_range"][14])
    data["new"] = data.index == 14
    by_column = xmr_chart(data, improvement="increase", rebase="new", fix_after=12)
    np.testing.assert_allclose(by_column["centre"][14:], np.mean(STEADY[:12]) + 100)
    same = xmr_chart(data, improvement="increase", rebase=data["date"][14])
    pd.testing.assert_frame_equal(same, found)


DATA = table(STEADY, area="A")


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: chart([]), "table is empty"),
        (lambda: chart([np.nan, np.nan]), "Column 'value' has no value at all"),
        (lambda: chart([1.0, np.inf]), "Column 'value', row 2 .*inf is not a finite number"),
        (lambda: chart(["a", "b"]), "Column 'value', row 1 .*'a' is not a number"),
        (lambda: chart([True, False]), "row 1 .*True is not a number"),
        (lambda: chart(STEADY, "better"), "improvement is 'better'"),
        (lambda: chart(STEADY, fix_after=11), "fix_after is 11: .* 12 or more"),
        (lambda: chart(STEADY, fix_after=12.0), "fix_after is 12.0"),
        (lambda: chart(STEADY, fix_after=True), "fix_after is True"),
        (lambda: chart(STEADY, target=np.nan), "target is nan"),
        (lambda: chart(STEADY, target="goal"), "no column 'goal'"),
        (lambda: chart(STEADY, rebase=["1999-01-01"]), "no such date"),
        (lambda: chart(STEADY, rebase="value"), "must say true or false"),
        (lambda: xmr_chart(DATA, improvement="increase", by="region"), "no column 'region'"),
        (lambda: xmr_chart(DATA, improvement="increase", date="month"), "no column 'month'"),
        (
            lambda: xmr_chart(DATA.assign(date="2023-01"), improvement="increase"),
            "Column 'date' holds string .*pandas.to_datetime",
        ),
        (
            lambda: xmr_chart(DATA.assign(date=pd.NaT), improvement="increase"),
            "Column 'date', row 1 .*date is missing",
        ),
        (
            lambda: xmr_chart(pd.concat([DATA, DATA[3:4]]), improvement="increase", by="area"),
            r"Column 'date', row 15 \(area A, date 2023-04-01.*twice",
        ),
        (
            lambda: xmr_chart(
                DATA.rename(columns={"area": "shift"}), improvement="increase", by="shift"
            ),
            "Column 'shift' has the name of a column of the result",
        ),
        (
            lambda: chart([5.0, 1, 2, 3, np.nan, 5, 6, 7, 1]),
            "Column 'value', row 5 .*among seven points that otherwise all rise",
        ),
    ],
)
def test_refusals(call, says):
    with pytest.raises(Refusal, match=says):
        call()


def test_the_row_named_is_the_row_of_the_table_given():
    data = table([1.0, 2, 3, 4]).iloc[::-1].reset_index(drop=True)
    data.loc[1, "value"] = np.inf
    with pytest.raises(Refusal, match=r"row 2 \(date 2023-03"):
        xmr_chart(data, improvement="increase")


@pytest.mark.parametrize(
    "dates",
    [
        pd.period_range("2023-01", periods=14, freq="M"),
        pd.array(range(14), dtype="Int64"),
        np.arange(14) / 12,
        [d.date() for d in DATA["date"]],
        pd.Categorical(list("zyxwvutsrqponm"), categories=list("zyxwvutsrqponm"), ordered=True),
    ],
)
def test_kinds_of_dates(dates):
    data = table(STEADY)
    data["date"] = dates
    found = xmr_chart(data.sample(frac=1, random_state=1), improvement="increase")
    assert found["value"].tolist() == STEADY


series = st.lists(
    st.one_of(st.integers(-5, 5).map(float), st.floats(-1e3, 1e3)), min_size=1, max_size=30
)


@given(st.lists(series, min_size=1, max_size=4), st.randoms(use_true_random=False), st.booleans())
def test_many_series_at_once_are_those_of_each_alone_in_any_order(many, random, screen):
    data = pd.concat([table(values, area=f"area {i}") for i, values in enumerate(many)])
    order = list(range(len(data)))
    random.shuffle(order)
    options = {"improvement": "decrease", "target": 1, "screen": screen}
    together = xmr_chart(data.iloc[order], by="area", **options)
    for area, values in enumerate(many):
        alone = xmr_chart(table(values), **options)
        part = together[together["area"] == f"area {area}"].drop(columns="area")
        pd.testing.assert_frame_equal(part.reset_index(drop=True), alone)


@given(series)
def test_what_must_hold_for_every_chart(values):
    found = chart(values)
    limits = found.dropna(subset=["lower", "upper"])
    assert (limits["lower"] <= limits["centre"]).all()
    assert (limits["centre"] <= limits["upper"]).all()
    flags = ["outside_limits", "trend", "two_of_three", "shift"]
    signalled = found[flags].astype("boolean").fillna(False).any(axis=1)
    assert ((found["variation"] != "common_cause") == signalled).all()
    assert ((found["special_cause"] != "none") == signalled).all()


@given(series)
def test_turning_a_chart_over_turns_its_signals_over(values):
    up, down = chart(values, "increase"), chart([-v for v in values], "decrease")
    assert up["variation"].tolist() == down["variation"].tolist()
    np.testing.assert_allclose(up["upper"], -down["lower"])
