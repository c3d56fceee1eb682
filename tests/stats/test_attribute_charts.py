"""Run charts and Shewhart charts: refusals, missing points, and many series in one call.

That lines and runs are those of qicharts2 is checked in `eeic.validation`.
"""

from itertools import pairwise
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eeic.stats import Refusal
from eeic.stats.control import control_chart
from eeic.stats.control.attributes import Chart

COLUMNS = ["value", "lower", "upper", "confidence", "statistic", "method", "note"]
CHARTS = get_args(Chart)
DIVIDED = ("p", "p'", "u", "u'")
EVENTS = [30, 26, 34, 29, 31, 25, 33, 28, 30, 27, 32, 29, 60]
PEOPLE = [300, 280, 310, 290, 305, 270, 320, 285, 300, 275, 315, 295, 300]


def table(numerator=EVENTS, denominator=PEOPLE, **columns):
    return pd.DataFrame(
        {
            "date": range(1, len(numerator) + 1),
            "numerator": numerator,
            "denominator": denominator,
            **columns,
        }
    )


def chart(kind, data=None, **options):
    if kind in DIVIDED:
        options.setdefault("denominator", "denominator")
    return control_chart(table() if data is None else data, chart=kind, **options)


@pytest.mark.parametrize("kind", CHARTS)
def test_columns_and_what_the_limits_are_called(kind):
    found = chart(kind, table(area="A"), by="area")
    assert list(found.columns)[:3] == ["area", "date", "part"]
    assert set(COLUMNS) <= set(found.columns)
    assert not found[["method", "note"]].stack().str.contains("95|significan").any()
    if kind == "run":
        assert found["confidence"].isna().all() and found["upper"].isna().all()
        assert (found["note"] == "A run chart has no limits.").all()
    else:
        assert found["confidence"].round(4).eq(0.9973).all()
        assert found["method"].str.contains("3 sigma").all()


def test_p_by_hand():
    found = chart("p", freeze=12, multiplier=100)
    p = sum(EVENTS[:12]) / sum(PEOPLE[:12])
    reach = 3 * np.sqrt(p * (1 - p) / 300)
    assert found["value"].iloc[-1] == pytest.approx(20)
    assert found["upper"].iloc[-1] == pytest.approx(100 * (p + reach))
    assert found["upper_2sigma"].iloc[-1] == pytest.approx(100 * (p + reach * 2 / 3))
    assert found["outside_limits"].tolist() == [False] * 12 + [True]
    assert found["statistic"][0] == "proportion per 100"


@pytest.mark.parametrize("kind", DIVIDED)
def test_a_point_that_is_not_known_is_left_out_and_says_why(kind):
    data = table([30, None, 34, 0, 31, 40], [300, 280, None, 0, 305, 310])
    found = chart(kind, data)
    assert found["value"].isna().tolist() == [False, True, True, True, False, False]
    assert found["upper"].isna().tolist() == [False, True, True, True, False, False]
    assert found["centre"][0] == pytest.approx((30 + 31 + 40) / (300 + 305 + 310))
    assert "numerator is missing" in found["note"][1]
    assert "denominator is missing" in found["note"][2]
    assert "denominator is zero" in found["note"][3]
    assert found["n_useful"][0] == 3


def test_a_missing_count_is_no_zero():
    found = chart("c", table([4, None, 6], [1, 1, 1]))
    assert found["centre"][0] == 5 and np.isnan(found["value"][1])
    assert chart("c", table([4, 0, 6], [1, 1, 1]))["centre"][0] == pytest.approx(10 / 3)


def test_limits_stay_where_values_can_be():
    assert chart("p", table([0, 1, 3], [3, 3, 3]))[["lower", "upper"]].isin([0, 1]).all(axis=None)
    for kind in ("u", "c", "g", "t", "mr"):
        assert (chart(kind, table([1, 2, 9], [10, 10, 10]))["lower"] >= 0).all()


@pytest.mark.parametrize("kind", ["p", "u", "c", "g"])
def test_no_event_at_all(kind):
    found = chart(kind, table([0] * 12, [50] * 12))
    assert (found[["value", "centre", "lower", "upper"]] == 0).all(axis=None)
    assert found["note"].eq("The limits lie on the centre line.").all()
    assert not found["outside_limits"].any() and not found["runs_signal"].any()
    assert found["longest_run"].isna().all() and (found["n_useful"] == 0).all()


@pytest.mark.parametrize("kind", ["i", "t", "p'", "u'"])
def test_equal_values_have_no_limits_when_screened(kind):
    found = chart(kind, table([5] * 12, [50] * 12))
    assert found["upper"].isna().all() and found["note"].str.contains("No limits").all()
    assert found["note"].str.contains("moving ranges are zero").all()
    assert not found["outside_limits"].any() and (found["n_useful"] == 0).all()
    kept = chart(kind, table([5] * 12, [50] * 12), screen=False)
    assert (kept["upper"] == kept["centre"]).all() and not kept["outside_limits"].any()


def test_laney_gives_room_where_denominators_are_huge():
    rng = np.random.default_rng(5)
    n = rng.integers(200_000, 300_000, 24)
    data = table(np.rint(n * (0.1 + rng.normal(0, 0.005, 24))), n)
    assert chart("p", data)["outside_limits"].sum() > 12
    assert not chart("p'", data)["outside_limits"].any()


@pytest.mark.parametrize("n, longest, fewest", [(16, 7, 4), (24, 8, 8)])
def test_anhoejs_rules(n, longest, fewest):
    """What 16 and 24 useful points may have: log2 n + 3, and 5% of a binomial of n - 1."""

    def runs(values):
        return chart("i", table(values, [1] * n)).iloc[0]

    alternating = runs([1.0, -1] * (n // 2))
    assert (alternating["longest_run"], alternating["n_crossings"]) == (1, n - 1)
    assert (alternating["longest_run_max"], alternating["n_crossings_min"]) == (longest, fewest)
    assert not alternating["runs_signal"]
    halves = runs([1.0] * (n // 2) + [-1.0] * (n // 2))
    assert halves["runs_signal"] and halves["n_crossings"] == 1


@pytest.mark.parametrize("length, signals", [(8, False), (9, True)])
def test_a_long_run_signals_though_the_line_is_crossed_often(length, signals):
    values = [*[1.0, -1] * 6, *[1.0] * length, *[-1.0, 1] * 6][:24]
    found = chart("i", table(values, [1] * 24), freeze=12)
    assert found["longest_run"][0] == length and found["longest_run_max"][0] == 8
    assert found["n_crossings"][0] >= found["n_crossings_min"][0]
    assert (found["runs_signal"] == signals).all()


def test_a_moving_range_chart_never_signals_by_runs():
    found = chart("mr", table([1.0, 1] * 10 + [1.0, 9] * 10, [1] * 40))
    assert found["longest_run"][0] > found["longest_run_max"][0]
    assert not found["runs_signal"].any()
    assert found["note"][0] == "No value: no value stands before it in the part."


def test_parts_have_lines_and_runs_of_their_own():
    values = [10.0, 12, 11, 13, 10, 12, 110, 112, 111, 113, 110, 112]
    found = chart("i", table(values, [1] * 12), part_after=6)
    assert found["part"].tolist() == [1] * 6 + [2] * 6
    np.testing.assert_allclose(found["upper"][6:], found["upper"][:6] + 100)
    assert (found["n_crossings"][6:].to_numpy() == found["n_crossings"][:6].to_numpy()).all()
    several = chart("i", table(values, [1] * 12), part_after=[6, 9, 99])
    assert several["part"].tolist() == [1] * 6 + [2] * 3 + [3] * 3


def test_a_ratio_may_be_charted_by_itself():
    ratio = chart("i", denominator="denominator")
    plain = chart("i", table().assign(numerator=lambda d: d["numerator"] / d["denominator"]))
    np.testing.assert_allclose(ratio["upper"], plain["upper"])


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: chart("x"), "chart is 'x': choose one of"),
        (lambda: chart("p", denominator=None), "A p chart needs denominator"),
        (lambda: chart("c", denominator="denominator"), "A c chart has no denominator"),
        (lambda: chart("p", table([5], [4])), "'numerator', row 1 .*5 is more than the denomin"),
        (lambda: chart("u", table([1, -1], [4, 4])), "'numerator', row 2 .*-1 is negative"),
        (lambda: chart("u", table([1, 1], [4, -4])), "'denominator', row 2 .*-4 is negative"),
        (lambda: chart("u", table([1, 1], [4, 0])), "row 2 .*1 stands over a denominator of zero"),
        (lambda: chart("i", table([1, -1], [4, 0]), denominator="denominator"), "row 2 .*over"),
        (lambda: chart("t", table([1, 0], [1, 1])), "'numerator', row 2 .*0 is no time between"),
        (lambda: chart("c", table(["a"], [1])), "'a' is not a number"),
        (lambda: chart("c", table([True], [1])), "True is not a number"),
        (lambda: chart("c", table([np.inf], [1])), "not a finite number"),
        (lambda: chart("c", table([], [])), "table is empty"),
        (lambda: chart("c", freeze=0), "freeze is 0"),
        (lambda: chart("c", freeze=1.5), "freeze is 1.5"),
        (lambda: chart("c", part_after=[3, 0]), "part_after is 0"),
        (lambda: chart("c", freeze=3, part_after=3), "freeze or part_after, not both"),
        (lambda: chart("c", multiplier=0), "multiplier is 0"),
        (lambda: chart("c", numerator="events"), "no column 'events'"),
        (lambda: chart("c", table(), by="value"), "no column 'value'"),
        (lambda: chart("c", table(area=None), by="area"), "'area', row 1: the by value is missing"),
        (lambda: chart("c", table(date=[1] * 13)), "'date', row 2 .*twice"),
        (lambda: chart("c", table(centre="A"), by="centre"), "'centre' has the name of a column"),
    ],
)
def test_refusals(call, says):
    with pytest.raises(Refusal, match=says):
        call()


points = st.lists(st.tuples(st.integers(1, 30), st.integers(30, 400)), min_size=1, max_size=25)


@given(
    st.lists(points, min_size=1, max_size=4),
    st.sampled_from(CHARTS),
    st.randoms(use_true_random=False),
    st.sampled_from([{}, {"freeze": 5}, {"part_after": [4, 9]}, {"screen": False}]),
)
def test_many_series_at_once_are_those_of_each_alone_in_any_order(many, kind, random, options):
    tables = [table(*zip(*rows, strict=True), area=f"area {i}") for i, rows in enumerate(many)]
    data = pd.concat(tables)
    order = list(range(len(data)))
    random.shuffle(order)
    together = chart(kind, data.iloc[order], by="area", **options)
    for area, one in enumerate(tables):
        part = together[together["area"] == f"area {area}"].drop(columns="area")
        pd.testing.assert_frame_equal(part.reset_index(drop=True), chart(kind, one, **options))


@given(points, st.sampled_from(CHARTS), st.sampled_from([1, 100, 100_000]))
def test_limits_nest_and_a_multiplier_only_scales(rows, kind, multiplier):
    data = table(*zip(*rows, strict=True))
    found, scaled = chart(kind, data), chart(kind, data, multiplier=multiplier)
    lines = ["lower", "lower_2sigma", "upper_2sigma", "upper"]
    drawn = found.dropna(subset=lines)
    assert all((drawn[a] <= drawn[b]).all() for a, b in pairwise(lines))
    for column in ("value", "centre", *lines):
        np.testing.assert_allclose(scaled[column], found[column] * multiplier)
    pd.testing.assert_series_equal(scaled["outside_limits"], found["outside_limits"])
