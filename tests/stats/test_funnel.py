"""Funnel limits of both families: what they refuse, what they say, and what must hold."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eeic.stats import Refusal
from eeic.stats import _intervals as intervals
from eeic.stats.control import funnel

COLUMNS = ["value", "lower", "upper", "confidence", "statistic", "method", "note"]
AREAS = pd.DataFrame(
    {"area": list("ABCD"), "events": [3, 40, 90, 400], "people": [50, 300, 900, 4000]}
)
TRUSTS = pd.DataFrame(
    {
        "trust": [f"T{place:02d}" for place in range(12)],
        "events": [80, 130, 95, 210, 60, 118, 33, 71, 154, 90, 46, 101],
        "expected": [100, 101, 99, 200, 75, 103, 41, 66, 120, 95, 57, 88],
    }
)


def proportions(data=AREAS, **options):
    options = {"kind": "proportion", "denominator": "people", "by": "area"} | options
    return funnel.ukhsa(data, **options)


def dsr(events, rates, **options):
    data = pd.DataFrame({"area": range(len(events)), "events": events, "rate": rates})
    return funnel.ukhsa(data, kind="dsr", rate="rate", by="area", **options)


def trusts(data=TRUSTS, **options):
    options = {"kind": "shmi", "denominator": "expected", "by": "trust"} | options
    return funnel.overdispersed(data, **options)


def test_columns_of_every_result():
    assert list(proportions().columns) == [
        "area",
        *("events", "denominator", "multiplier", "average"),
        *COLUMNS,
        *("lower_998", "upper_998", "significance"),
    ]
    found = trusts()
    assert list(found.columns[:8]) == [
        *("trust", "events", "denominator", "multiplier"),
        *("target", "phi", "tau2", "n_after_trim"),
    ]
    assert list(found.columns[8:15]) == COLUMNS
    grid = [10, 100]
    for curve in (
        funnel.ukhsa_curve(grid, kind="ratio", average=1),
        funnel.ukhsa_denominators(grid, average=1),
        funnel.overdispersed_curve(grid, kind="cqc", target=1, tau2=0.1),
    ):
        assert [name for name in curve.columns if name in COLUMNS] == COLUMNS
        assert set(curve["confidence"]) == {0.95}
        assert (curve["lower_998"] < curve["lower"]).all()
        assert (curve["upper_998"] > curve["upper"]).all()


def test_index_and_order_of_providers_are_kept():
    table = AREAS.set_index("area").iloc[[2, 0, 3, 1]]
    assert proportions(table, by=None).index.equals(table.index)


def test_the_average_is_of_sums_and_not_of_shares():
    assert proportions()["average"].unique() == pytest.approx([533 / 5250])


@pytest.mark.parametrize("multiplier", [1, 100, 1000])
def test_proportion_limits_end_at_the_multiplier_whatever_it_is(multiplier):
    for average in (0.02, 0.98):
        curve = funnel.ukhsa_curve(
            [1, 2, 5], kind="proportion", average=average * multiplier, multiplier=multiplier
        )
        assert curve["upper_998"].max() <= multiplier
        assert curve["lower_998"].min() >= 0
    assert curve["upper"][0] == multiplier


def test_a_point_outside_both_limits_has_the_outer_category():
    data = pd.DataFrame({"area": list("ABCDE"), "people": [1000] * 5})
    data["events"] = [500, 540, 560, 460, 440]
    assert proportions(data)["significance"].tolist() == [
        "Not significant",
        "High (0.025)",
        "High (0.001)",
        "Low (0.025)",
        "Low (0.001)",
    ]


@pytest.mark.parametrize("size", [9, 10, 40])
def test_a_ratio_has_the_category_of_its_own_interval_at_and_above_10(size):
    lower, upper, _ = intervals.ukhsa_count(np.array([float(size)]), 0.95)
    expected = np.array([lower[0], upper[0]])
    for factor, words in ((0.999, "High (0.025)"), (1.001, "Not significant")):
        data = pd.DataFrame({"events": [size], "expected": expected[0] * factor})
        found = funnel.ukhsa(data, kind="ratio", denominator="expected")
        assert found["significance"][0] == words
    data = pd.DataFrame({"events": [size], "expected": expected[1] * 1.001})
    found = funnel.ukhsa(data, kind="ratio", denominator="expected")
    assert found["significance"][0] == "Low (0.025)"


def test_a_dsr_from_few_events_counts_but_is_not_shown():
    found = dsr([9, 10, 200], [40.0, 50.0, 60.0])
    assert found["significance"][0] == "Not applicable"
    assert found.loc[0, ["value", "lower", "upper", "lower_998", "denominator"]].isna().all()
    assert found["note"].tolist() == ["Not shown: fewer than 10 events.", "", ""]
    people = 9 / 40 + 10 / 50 + 200 / 60
    assert found["average"][0] == pytest.approx(219 / people)
    shown = dsr([9, 10, 200], [40.0, 50.0, 60.0], min_events=0)
    assert shown["significance"][0] != "Not applicable" and shown["value"][0] == 40


def test_a_dsr_without_events_needs_no_rate_and_is_never_shown():
    for rate in (np.nan, 0.0):
        found = dsr([0, 50, 60], [rate, 50.0, 60.0], min_events=0)
        assert found["significance"][0] == "Not applicable" and np.isnan(found["value"][0])
        assert found["average"][0] == pytest.approx(110 / (50 / 50 + 60 / 60))
        assert "fewer than 1 events" in found["note"][0]


def test_crude_rates_below_min_events_are_withheld_with_the_reason():
    found = proportions(kind="crude rate", min_events=10)
    assert np.isnan(found["value"][0]) and found["denominator"][0] == 50
    assert found["significance"][0] == "Not applicable"


def test_no_event_anywhere_is_said():
    found = proportions(AREAS.assign(events=0))
    assert (found[["value", "lower", "upper"]] == 0).all(axis=None)
    assert set(found["note"]) == {"No event in any row: the limits are zero."}
    assert set(found["significance"]) == {"Not significant"}


def test_one_row_is_its_own_average_and_says_so():
    assert "average is its own" in proportions(AREAS[:1])["note"][0]
    one = funnel.ukhsa(TRUSTS[:1], kind="ratio", denominator="expected")
    assert one["note"][0] == ""


def test_limits_at_the_points_are_those_of_the_curve():
    found = proportions(kind="crude rate")
    curve = funnel.ukhsa_curve(
        found["denominator"], kind="crude rate", average=found["average"].iloc[0]
    )
    limits = ["lower", "upper", "lower_998", "upper_998"]
    pd.testing.assert_frame_equal(found[limits], curve[limits])


def test_zero_observed_on_the_log_scale():
    rows = TRUSTS.assign(events=TRUSTS["events"].where(TRUSTS["trust"] != "T03", 0))
    found = trusts(rows)
    assert found.loc[3, ["transformed", "z", "z_trimmed", "z_adjusted"]].isna().all()
    assert "0 has no logarithm" in found["note"][3]
    assert found["value"][3] == 0 and found["position"][3] == "below the 99.8% limit"
    assert np.isfinite(found[["phi", "tau2", "lower", "upper"]]).all(axis=None)
    with pytest.raises(Refusal, match=r"row 4 \(trust T03\): 0 has no logarithm"):
        trusts(rows.assign(events=rows["events"].where(rows["trust"] != "T07", 0)))


def test_extremes_left_out_are_named():
    found = trusts()
    assert found["z_trimmed"].isna().sum() == 2 == len(found) - found["n_after_trim"][0]
    assert set(found["note"][found["z_trimmed"].isna()]) == {
        "Among the extremes left out of phi and tau2."
    }
    assert trusts(kind="cqc")["z_trimmed"].notna().all()


def test_expected_numbers_are_rounded_to_two_decimals_for_shmi_only():
    rows = TRUSTS.assign(expected=TRUSTS["expected"] + 0.00400)
    shmi, cqc = trusts(rows), trusts(rows, kind="cqc")
    columns = ["lower", "upper", "phi"]
    pd.testing.assert_frame_equal(shmi[columns], trusts()[columns])
    assert (cqc["phi"] != trusts(kind="cqc")["phi"]).all()


def test_two_decimals_to_the_nearer_and_else_to_the_even():
    found = funnel._two_decimals(np.array([0.125, 0.375, 8.345, 2.994, 7.0]))
    assert found.tolist() == [0.12, 0.38, 8.35, 2.99, 7.0]


@pytest.mark.parametrize("kind", ["shmi", "cqc", "proportion", "ratio of counts"])
def test_limits_of_the_scores_are_where_the_score_is(kind):
    """A value on an adjusted limit has the adjusted score that the limit stands for."""
    data = TRUSTS.assign(people=[400, 300, 250, 600, 290, 310, 200, 180, 410, 300, 150, 260])
    base = "people" if kind == "proportion" else "expected"
    found = trusts(data, kind=kind, denominator=base, limits="scores")
    n = found["denominator"].to_numpy()
    for side, z in (("upper", 1.959964), ("lower", -1.959964), ("upper_998", 3.090232)):
        y, s = funnel._transformed(kind, found[side].to_numpy() * n, n)
        target = funnel._centre(kind, found["target"][0])
        score = (y - target) / np.sqrt(s**2 + found["tau2"])
        # The half added to both counts moves a ratio of counts a little; the others are exact.
        np.testing.assert_allclose(score, z, rtol=0.2 if kind == "ratio of counts" else 1e-9)


@pytest.mark.parametrize("kind", ["cqc", "ratio of counts"])
def test_the_packages_narrow_limits_say_so(kind):
    package, ours = trusts(kind=kind), trusts(kind=kind, limits="scores")
    assert package["note"].str.contains("narrower").all()
    assert not ours["note"].str.contains("narrower").any()
    assert (package["upper"] < ours["upper"]).all() and (package["lower"] > ours["lower"]).all()
    curve = funnel.overdispersed_curve(9, kind=kind, target=1, tau2=0.1)
    assert "narrower" in curve["note"][0]


@pytest.mark.parametrize("kind", ["shmi", "proportion"])
def test_elsewhere_both_ways_to_draw_are_one(kind):
    data = TRUSTS.assign(expected=TRUSTS["expected"] * 3)
    pd.testing.assert_frame_equal(trusts(data, kind=kind), trusts(data, kind=kind, limits="scores"))


def test_proportions_of_few_people_do_not_fold_back():
    curve = funnel.overdispersed_curve([1, 3, 1000], kind="proportion", target=0.02, tau2=0.001)
    assert curve["lower"].tolist()[:2] == [0, 0]
    assert (curve["lower"] <= curve["value"]).all() and (curve["upper"] <= 1).all()
    high = funnel.overdispersed_curve([1, 3], kind="proportion", target=0.98, tau2=0.001)
    assert high["upper"].tolist() == [1, 1]


def test_equal_providers_are_not_overdispersed():
    found = trusts(TRUSTS.assign(events=10, expected=20), kind="proportion")
    assert found["tau2"].eq(0).all() and found["phi"].eq(0).all()
    # Equal to each other, but not to 1: of a standardised ratio that is dispersion too. Ties have
    # the middle rank, so that none is left out.
    ratios = trusts(TRUSTS.assign(events=10, expected=20))
    assert ratios["tau2"].gt(0).all() and ratios["n_after_trim"].eq(12).all()


def test_two_providers_are_enough():
    assert np.isfinite(trusts(TRUSTS[:2])["tau2"]).all()


BAD = TRUSTS.assign(events=TRUSTS["events"].where(TRUSTS["trust"] != "T01", np.nan))


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: proportions(kind="rate"), "kind is 'rate': choose one of 'proportion'"),
        (lambda: proportions(AREAS.assign(events=60)), r"row 1 \(area A\): 60 is more than"),
        (lambda: proportions(AREAS.assign(people=0)), r"'people', row 1 .*as in 3 more"),
        (lambda: proportions(AREAS.assign(people=-1.0)), "'people', row 1 .*-1 is negative"),
        (lambda: proportions(AREAS.assign(events=[1, np.nan, 2, 3])), "row 2 .* is missing"),
        (lambda: proportions(AREAS.assign(events=[1, -2, 2, 3])), "row 2 .*-2 is negative"),
        (lambda: proportions(AREAS.assign(events=np.inf)), "not a finite number"),
        (lambda: proportions(AREAS.assign(events="3")), "'3' is not a number"),
        (lambda: proportions(AREAS.assign(events=True)), "True is not a number"),
        (lambda: proportions(AREAS.assign(area="A")), r"repeated in row 2 \(area A\)"),
        (lambda: proportions(AREAS.assign(area=[None, *"BCD"])), "row 1: the by value is missing"),
        (lambda: proportions(AREAS[:0]), "table is empty"),
        (lambda: proportions([1, 2]), "DataFrame is needed, not list"),
        (lambda: proportions(denominator="pop"), "no column 'pop'"),
        (lambda: proportions(denominator=None), "A proportion has its denominator named"),
        (lambda: proportions(rate="people"), "A proportion has its denominator named, and no rate"),
        (lambda: proportions(kind="dsr"), "A dsr has its rate named and no denominator"),
        (lambda: proportions(multiplier=-1), "multiplier is -1"),
        (lambda: dsr([20, 30], [5.0, np.nan]), "'rate', row 2 .* is missing, and the average"),
        (lambda: dsr([20, 3], [5.0, np.nan]), "'rate', row 2 .* is missing, and the average"),
        (lambda: dsr([20, 30], [5.0, 0.0]), "'rate', row 2 .*0 is no rate that events can have"),
        (lambda: dsr([20, 0], [5.0, 2.0]), "'rate', row 2 .*2 is a rate other than zero without"),
        (lambda: dsr([0, 0], [0.0, 0.0]), "there is no event"),
        (lambda: trusts(TRUSTS[:1]), "There is one provider"),
        (lambda: trusts(TRUSTS.assign(expected=0)), "'expected', row 1 .*0 is no denominator"),
        (lambda: trusts(TRUSTS.assign(expected=0.004)), "zero when rounded to two decimals"),
        (lambda: trusts(TRUSTS.assign(events=0)), "zero in every row: zero has no logarithm"),
        (lambda: trusts(TRUSTS.assign(events=0), kind="ratio of counts"), "zero in every row"),
        (lambda: trusts(TRUSTS.assign(expected=TRUSTS["events"])), "are the same in every row"),
        (lambda: trusts(BAD), r"'events', row 2 \(trust T01\): the value is missing"),
        (lambda: trusts(kind="proportion"), r"row 2 \(trust T01\): 130 is more than"),
        (lambda: trusts(kind="SHMI"), "kind is 'SHMI'"),
        (lambda: trusts(limits="mine"), "limits is 'mine'"),
        (lambda: trusts(trim=0.5), "trim is 0.5"),
        (lambda: trusts(trim=0), "trim is 0: .*above 0 for 'shmi'"),
        (lambda: trusts(trim="a"), "'a' is not a number"),
        (lambda: trusts(TRUSTS[:2], trim=0.45), "Trimming leaves 1 of 2 providers"),
        (lambda: funnel.ukhsa_curve([5, 0], kind="ratio", average=1), "row 2: 0 is no denom"),
        (lambda: funnel.ukhsa_curve(5, kind="ratio", average=-1), "average is -1"),
        (lambda: funnel.ukhsa_curve(5, kind="proportion", average=1.2), "average is 1.2"),
        (lambda: funnel.ukhsa_curve(5, kind="ratio", average=np.nan), "average is nan"),
        (lambda: funnel.ukhsa_curve([], kind="ratio", average=1), "table is empty"),
        (lambda: funnel.ukhsa_denominators([1, -1], average=1), "row 2: -1 is negative"),
        (lambda: funnel.ukhsa_denominators(1, average=0), "average is 0"),
        (lambda: funnel.overdispersed_curve(5, kind="shmi", target=0, tau2=0), "target is 0"),
        (lambda: funnel.overdispersed_curve(5, kind="shmi", target=1, tau2=-1), "tau2 is -1"),
        (lambda: funnel.overdispersed_curve(5, kind="pr", target=1, tau2=0), "kind is 'pr'"),
    ],
)
def test_refusals_say_what_and_where(call, says):
    with pytest.raises(Refusal, match=says):
        call()


def test_categories_and_nullable_numbers_are_fine():
    data = AREAS.assign(
        area=AREAS["area"].astype("category"), events=AREAS["events"].astype("Int64")
    )
    pd.testing.assert_series_equal(proportions(data)["lower"], proportions()["lower"])


def test_input_is_not_changed():
    before = TRUSTS.copy()
    trusts()
    pd.testing.assert_frame_equal(TRUSTS, before)


providers = st.lists(
    st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=2,
    max_size=15,
)


@given(providers, st.sampled_from(["proportion", "crude rate", "ratio"]), st.randoms())
def test_exact_limits_hold_the_average_and_do_not_know_the_order(cases, kind, random):
    data = pd.DataFrame(cases, columns=["events", "people"])
    found = funnel.ukhsa(data, kind=kind, denominator="people")
    average = found["average"]
    slack = 1e-9 * average
    assert (found["lower_998"] <= found["lower"]).all()
    assert (found["lower"] <= average + slack).all()
    if kind == "proportion" or average[0]:
        assert (found["upper"] >= average - slack).all()
    assert (found["upper"] <= found["upper_998"]).all()
    order = list(data.index)
    random.shuffle(order)
    mixed = funnel.ukhsa(data.loc[order], kind=kind, denominator="people").loc[data.index]
    pd.testing.assert_frame_equal(mixed, found)


@given(st.lists(st.floats(1e-6, 1e8), min_size=1, max_size=20))
def test_exact_lines_are_where_the_interval_of_a_count_ends(expected):
    curve = funnel.ukhsa_curve(expected, kind="ratio", average=1)
    for confidence, level in ((0.95, ""), (0.998, "_998")):
        counts = {side: curve[side + level] * curve["denominator"] for side in ("lower", "upper")}
        _, ends = intervals.exact_poisson(counts["lower"].to_numpy(), confidence)
        some = counts["lower"] > 0
        np.testing.assert_allclose(ends[some], np.array(expected)[some], rtol=1e-9)
        # No event at all is below no limit while so few are expected.
        assert (ends[~some] >= np.array(expected)[~some]).all()
        starts, _ = intervals.exact_poisson(counts["upper"].to_numpy(), confidence)
        np.testing.assert_allclose(starts, expected, rtol=1e-9)


@given(providers, st.sampled_from(["cqc", "proportion", "ratio of counts"]))
def test_adjusted_scores_are_nearer_to_nought(cases, kind):
    data = pd.DataFrame(cases, columns=["events", "people"])
    try:
        found = funnel.overdispersed(data, kind=kind, denominator="people")
    except Refusal:  # all the same, or nothing happened
        return
    assert (found["tau2"] >= 0).all()
    assert (found["z_adjusted"].abs() <= found["z"].abs() + 1e-12).all()
    assert (found["lower_998"] <= found["lower"]).all()
    assert (found["lower"] <= found["target"] + 1e-12).all()
    assert (found["target"] <= found["upper"] + 1e-12).all()
    again = funnel.overdispersed(data[::-1], kind=kind, denominator="people")[::-1]
    pd.testing.assert_frame_equal(again, found)
