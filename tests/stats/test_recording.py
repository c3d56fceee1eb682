"""How good an ethnicity field is, and what wrong codes do: refusals, edges and properties."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from eeic import categories as ethnic
from eeic.stats import Refusal, recording

NAMES = ["Indian", "Roma", "Other White"]
RIGHT = pd.DataFrame(np.eye(3), index=NAMES, columns=NAMES)
WRONG = pd.DataFrame(
    [[0.96, 0.0, 0.04], [0.05, 0.55, 0.40], [0.02, 0.03, 0.95]], index=NAMES, columns=NAMES
)
TRUE = pd.DataFrame(
    {"ethnic_group": NAMES, "population": [5000, 400, 9000], "rate": [20.0, 60.0, 25.0]}
)


def frame(cells, labels=("A", "C")):
    return pd.DataFrame(cells, index=list(labels), columns=list(labels))


# Completeness and validity


def test_every_kind_of_answer_is_counted_apart():
    data = pd.DataFrame({"code": ["A", "Indian", "Z", "99", 99, None, " ", "a", "Roma", True]})
    found = recording.completeness(data, column="code", scheme="2001")
    assert dict(zip(found["statistic"], found["records"], strict=True)) == {
        "completeness": 2,
        "not stated": 1,
        "not known": 2,
        "missing": 2,
        "not a code": 3,
    }
    assert (found["all_records"] == 10).all()
    assert (found["lower"] < found["value"]).all() and (found["value"] < found["upper"]).all()


@pytest.mark.parametrize(
    ("scheme", "groups"),
    [
        ("2001", [c for c in ethnic.NHS_2001 if c not in ("Z", "99")]),
        ("2001", [label for c, label in ethnic.NHS_2001.items() if c not in ("Z", "99")]),
        ("2021", ethnic.LABELS),
        ("2021", [g.official for g in ethnic.GROUPS]),
        ("2021", [g.code for g in ethnic.GROUPS]),
        ("2021 high level", ethnic.HIGH_LEVEL),
    ],
)
def test_codes_and_labels_of_each_scheme_are_understood(scheme, groups):
    values = [*groups, "Not stated", "Z", "Not known", "99"]
    data = pd.DataFrame({"code": pd.Categorical(values)})
    found = recording.completeness(data, column="code", scheme=scheme)
    assert found["records"].tolist() == [len(groups), 2, 2, 0, 0]
    assert recording.validity(data, column="code", scheme=scheme)["value"].item() == 1


def test_numbers_with_gaps_are_codes_still():
    data = pd.DataFrame({"code": [13.0, np.nan, 99.0, 13.5]})
    found = recording.completeness(data, column="code", scheme="2021")
    assert found["records"].tolist() == [1, 0, 1, 1, 1]


def test_groups_keep_their_order_and_counts_stand_for_records():
    data = pd.DataFrame(
        {
            "provider": ["RX", "RA", "RX", "RA", "RB"],
            "code": ["A", "Z", "?", "A", "A"],
            "n": [3, 1, 1, 9, 0],
        }
    )
    found = recording.completeness(data, column="code", scheme="2001", by="provider", count="n")
    shares = found[found["statistic"] == "completeness"]
    assert shares["provider"].tolist() == ["RX", "RA", "RB"]
    assert shares["value"].tolist()[:2] == [0.75, 0.9]
    assert np.isnan(shares["value"].iloc[2]) and "no record" in shares["note"].iloc[2]
    valid = recording.validity(data, column="code", scheme="2001", by="provider", count="n")
    assert valid["note"].tolist() == [
        "Not in scheme 2001: '?'.",
        "",
        "No value: no record is filled in.",
    ]


def test_validity_names_no_more_than_five_strange_values():
    data = pd.DataFrame({"code": list("abcdefg")})
    assert "and 2 more" in recording.validity(data, column="code", scheme="2001")["note"].item()


@given(
    st.lists(
        st.tuples(st.sampled_from("xy"), st.sampled_from(["A", "Z", "99", "?", None])),
        min_size=1,
        max_size=30,
    )
)
def test_shares_of_a_provider_add_up_to_one_whatever_the_row_order(rows):
    data = pd.DataFrame(rows, columns=["provider", "code"])
    options = {"column": "code", "scheme": "2001", "by": "provider"}
    found = recording.completeness(data, **options)
    assert np.allclose(found.groupby("provider")["value"].sum(), 1)
    keys = ["provider", "statistic"]
    turned = recording.completeness(data[::-1], **options)
    pd.testing.assert_frame_equal(
        found.sort_values(keys, ignore_index=True), turned.sort_values(keys, ignore_index=True)
    )


# Two sources


def test_confusion_counts_pairs_in_the_house_order():
    data = pd.DataFrame(
        {"said": ["S", "A", "Z", "A"], "coded": ["A", "A", "A", "S"], "n": [1, 5, 2, 3]}
    )
    found = recording.confusion(data, truth="said", recorded="coded", count="n")
    assert found.index.tolist() == found.columns.tolist() == ["A", "S", "Z"]
    assert found.to_numpy().tolist() == [[5, 3, 0], [1, 0, 0], [2, 0, 0]]
    ordered = recording.confusion(
        data, truth="said", recorded="coded", count="n", categories=["Z", "S", "A"]
    )
    pd.testing.assert_frame_equal(ordered.loc[found.index, found.columns], found)


def test_confusion_of_other_values_keeps_the_order_they_came_in():
    data = pd.DataFrame({"a": ["q", "b"], "b": ["b", "q"]})
    assert recording.confusion(data, truth="a", recorded="b").index.tolist() == ["q", "b"]


def test_agreement_by_group_shows_what_the_overall_share_hides():
    found = recording.agreement(frame([[980, 0], [18, 2]])).set_index(["group", "statistic"])
    assert found.loc[("All", "overall agreement"), "value"] == 0.982
    assert found.loc[("C", "of the first source's"), "value"] == 0.1
    assert found.loc[("C", "of the second source's"), "value"] == 1
    assert found.loc[("C", "of either source's"), "value"] == 0.1


def test_agreement_on_a_group_that_one_source_never_uses_is_missing():
    found = recording.agreement(frame([[9, 0], [4, 0]])).query("group == 'C'")
    assert found["value"].isna().tolist() == [False, True, False]
    assert "puts nobody in the group" in found["note"].iloc[1]


def test_columns_of_a_matrix_are_matched_by_name():
    matrix = frame([[40, 9], [6, 45]])
    pd.testing.assert_frame_equal(
        recording.accuracy_by_group(matrix), recording.accuracy_by_group(matrix[["C", "A"]])
    )


def test_accuracy_by_group_is_accuracy_of_each_against_the_rest():
    found = recording.accuracy_by_group(frame([[40, 9], [6, 45]])).drop(columns="group")
    one = recording.accuracy([40, 45], [6, 9], [9, 6], [45, 40]).reset_index(drop=True)
    pd.testing.assert_frame_equal(found, one)


@pytest.mark.parametrize("interval", ["wilson", "exact"])
def test_undefined_measures_are_missing_and_say_why(interval):
    cases = {  # tp, fp, fn, tn
        (0, 3, 0, 90): {"sensitivity", "positive likelihood ratio", "Youden's index"},
        (4, 0, 2, 0): {"specificity", "negative likelihood ratio"},
        (0, 0, 5, 90): {"PPV", "positive likelihood ratio"},
        (5, 9, 0, 0): {"NPV", "negative likelihood ratio"},
    }
    for counts, undefined in cases.items():
        found = recording.accuracy(*counts, interval=interval).set_index("statistic")
        assert found.loc[list(undefined), ["value", "lower", "upper"]].isna().all(axis=None)
        assert (found.loc[list(undefined), "note"] != "").all()
        assert ((found["value"].isna() | found["lower"].isna()) == (found["note"] != "")).all()
        assert not np.isinf(found[["value", "lower", "upper"]]).any(axis=None)


def test_a_likelihood_ratio_of_zero_has_no_interval():
    found = recording.accuracy(0, 3, 5, 90).set_index("statistic").loc["positive likelihood ratio"]
    assert found["value"] == 0 and np.isnan(found["lower"]) and "zero" in found["note"]


def test_index_labels_are_kept_for_every_measure():
    groups = pd.Index(["Roma", "Arab"], name="ethnic_group")
    counts = [pd.Series(x, index=groups) for x in ([9, 5], [3, 2], [4, 1], [484, 492])]
    found = recording.accuracy(*counts)
    assert found.index.tolist() == ["Roma"] * 10 + ["Arab"] * 10


counts_of_people = st.integers(0, 500)


@given(st.lists(st.tuples(*[counts_of_people] * 4), min_size=1, max_size=5))
def test_limits_contain_the_measure_and_rows_do_not_know_of_each_other(rows):
    rows = [row for row in rows if sum(row)]
    assume(rows)
    for interval in ("wilson", "exact"):
        found = recording.accuracy(*zip(*rows, strict=True), interval=interval)
        known = found.dropna(subset=["lower"])
        assert (known["lower"] <= known["value"] + 1e-12).all()
        assert (known["value"] <= known["upper"] + 1e-12).all()
        apart = [recording.accuracy(*row, interval=interval) for row in rows]
        pd.testing.assert_frame_equal(
            found.reset_index(drop=True), pd.concat(apart, ignore_index=True)
        )


# Kappa


def test_the_paradox_is_told():
    found = recording.kappa(frame([[94, 3], [3, 0]])).iloc[0]
    assert found["observed_agreement"] == 0.94 and found["value"] < 0
    assert "paradox" in found["note"]
    assert recording.kappa(frame([[40, 9], [6, 45]]))["note"].item() == ""


def test_perfect_agreement_is_one_and_not_called_certain():
    for weights in (None, "linear", "quadratic"):
        found = recording.kappa(np.diag([3, 1, 7]), weights=weights).iloc[0]
        assert found["value"] == 1 and found["standard_error"] == 0
        assert "not certainty" in found["note"]


def test_a_source_with_one_category_is_told_of():
    for cells in ([[95, 0], [5, 0]], [[0, 5], [0, 0]]):
        found = recording.kappa(frame(cells)).iloc[0]
        assert found["value"] == pytest.approx(0, abs=1e-12)
        assert "puts everybody in one category" in found["note"]


def test_weights_follow_the_order_of_the_categories():
    data = [[10, 6, 0], [6, 10, 6], [0, 6, 10]]
    plain = recording.kappa(data)["value"].item()
    assert recording.kappa(data, weights="quadratic")["value"].item() > plain
    moved = frame(data, "abc").loc[list("acb"), list("acb")]
    assert np.isclose(recording.kappa(moved)["value"].item(), plain)


@given(st.lists(st.integers(0, 60), min_size=9, max_size=9))
def test_kappa_is_the_same_whichever_source_comes_first(cells):
    matrix = np.array(cells).reshape(3, 3)
    for weights in (None, "linear", "quadratic"):
        try:
            one = recording.kappa(matrix, weights=weights).iloc[0]
        except Refusal:
            continue
        other = recording.kappa(matrix.T, weights=weights).iloc[0]
        assert np.isclose(one["value"], other["value"])
        assert np.isclose(one["standard_error"], other["standard_error"], atol=1e-7)
        parts = one["observed_agreement"] - one["chance_agreement"]
        assert np.isclose(one["value"], parts / (1 - one["chance_agreement"]))


# Misclassification


def seen(data=TRUE, numerator=WRONG, denominator=RIGHT, multiplier=1000, **options):
    return recording.misclassified_rates(
        data, numerator=numerator, denominator=denominator, multiplier=multiplier, **options
    )


def test_right_records_change_nothing():
    found = seen(numerator=RIGHT)
    assert np.allclose(found["value"], TRUE["rate"]) and np.allclose(found["ratio_to_true"], 1)


def test_numerator_and_denominator_by_hand():
    found = seen().set_index("group").loc["Roma"]
    assert np.isclose(found["true_events"], 24)
    assert np.isclose(found["recorded_events"], 24 * 0.55 + 225 * 0.03)
    assert np.isclose(found["value"], 1000 * (24 * 0.55 + 225 * 0.03) / 400)


def test_people_and_events_are_neither_lost_nor_made():
    found = seen(denominator=WRONG)
    assert np.isclose(found["recorded_population"].sum(), 14_400)
    assert np.isclose(found["recorded_events"].sum(), found["true_events"].sum())


def test_a_category_that_is_no_true_group_is_shown():
    known = pd.DataFrame(
        {"Indian": [0.9, 0, 0], "Roma": [0, 0.5, 0], "Other White": [0, 0, 0.8]}, index=NAMES
    )
    lossy = known.assign(**{"Not known": 1 - known.sum(axis=1)})
    found = seen(numerator=lossy).set_index("group")
    assert list(found.index) == [*NAMES, "Not known"]
    assert np.isnan(found.loc["Not known", "true_rate"])
    assert np.isnan(found.loc["Not known", "value"])
    assert "nobody is recorded" in found.loc["Not known", "note"]
    assert np.allclose(found["ratio_to_true"].iloc[:3], [0.9, 0.5, 0.8])


def test_one_matrix_for_both_shrinks_gaps_and_equal_rates_stay_equal():
    options = {"reference": "Other White", "measure": "ratio", "multiplier": 1000}
    both = {"numerator": WRONG, "denominator": WRONG}
    gaps = recording.misclassified_gaps(TRUE, **options, **both).set_index("group")
    assert gaps.loc["Roma", "true_gap"] == 2.4
    assert 1 < gaps.loc["Roma", "value"] < 2.4
    assert gaps.loc["Other White", "value"] == 1
    alike = recording.misclassified_gaps(TRUE.assign(rate=30.0), **options, **both)
    assert np.allclose(alike["value"], 1)
    options["measure"] = "difference"
    alike = recording.misclassified_gaps(TRUE.assign(rate=30.0), **options, **both)
    assert np.allclose(alike["value"], 0)


def test_two_sources_make_a_gap_where_there_is_none():
    gaps = recording.misclassified_gaps(
        TRUE.assign(rate=30.0),
        reference="Other White",
        measure="ratio",
        numerator=WRONG,
        denominator=RIGHT,
        multiplier=1000,
    ).set_index("group")
    assert gaps.loc["Roma", "true_gap"] == 1 and gaps.loc["Roma", "value"] > 1.1


def recorded_as(found):
    return pd.DataFrame(
        {
            "ethnic_group": found["group"],
            "events": found["recorded_events"],
            "population": found["recorded_population"],
        }
    )


@given(
    st.lists(st.integers(1, 10**5), min_size=3, max_size=3),
    st.lists(st.floats(0.1, 900), min_size=3, max_size=3),
    st.floats(0, 0.3),
    st.floats(0, 0.3),
)
def test_the_matrix_method_undoes_what_was_done(people, rates, a, b):
    numerator = frame([[1 - a, a, 0], [b, 1 - b, 0], [0, a, 1 - a]], NAMES)
    denominator = frame([[1 - b, 0, b], [0, 1, 0], [a, 0, 1 - a]], NAMES)
    truth = TRUE.assign(population=people, rate=rates)
    found = recorded_as(seen(truth, numerator, denominator))
    back = recording.correct_rates(
        found[::-1], numerator=numerator, denominator=denominator, multiplier=1000
    ).set_index("group")
    back = back.loc[NAMES]
    assert np.allclose(back["value"], rates)
    assert np.allclose(back["corrected_population"], people)
    bounded = back.dropna(subset=["lower"])
    assert (bounded["lower"] <= bounded["value"]).all()
    assert (bounded["value"] <= bounded["upper"]).all()
    assert (back["lower"].isna() == (back["note"] != "")).all()
    alone = recording.correct_counts(found, numerator).set_index("group")
    assert np.allclose(alone["value"], np.array(people) * rates / 1000)


def test_delta_limits_cover_as_often_as_they_say():
    """Records and a validation study are drawn 400 times; the truth is known."""
    rng = np.random.default_rng(20)
    people = np.array([60_000.0, 8000.0, 90_000.0])
    true = np.array([1200.0, 480.0, 2250.0])
    studied = np.array([400, 150, 600])
    recorded, estimates = [], []
    for _ in range(400):
        recorded.append(rng.poisson(true @ WRONG.to_numpy()))
        estimates.append(
            np.array(
                [
                    rng.multinomial(n, row) / n
                    for n, row in zip(studied, WRONG.to_numpy(), strict=True)
                ]
            )
        )
    inside = {"known": 0, "estimated": 0, "ignored": 0, "one study": 0}
    validated = pd.Series(studied, index=NAMES)
    for x, estimate in zip(recorded, estimates, strict=True):
        data = pd.DataFrame(
            {"ethnic_group": NAMES, "events": x, "population": people @ WRONG.to_numpy()}
        )
        matrix = frame(estimate, NAMES)
        for name, options in (
            ("known", {"matrix": WRONG}),
            ("estimated", {"matrix": matrix, "validated": validated}),
            ("ignored", {"matrix": matrix}),
        ):
            found = recording.correct_counts(data, **options).iloc[1]
            inside[name] += found["lower"] <= true[1] <= found["upper"]
        found = recording.correct_rates(
            data,
            numerator=matrix,
            denominator=matrix,
            numerator_validated=validated,
            denominator_validated=validated,
            multiplier=1,
        ).iloc[1]
        inside["one study"] += found["lower"] <= true[1] / people[1] <= found["upper"]
    # Three standard errors of a share of 0.95 in 400 draws are 13 of them.
    for name in ("known", "estimated", "one study"):
        assert 367 <= inside[name] <= 393, (name, inside)
    assert inside["ignored"] < 320, "leaving the study's own chance out should show"


def test_a_corrected_number_next_to_zero_has_no_endless_limits():
    data = pd.DataFrame({"ethnic_group": ["A", "C"], "events": [90_000, 10_001]})
    found = recording.correct_counts(
        data, frame([[0.9, 0.1], [0.2, 0.8]]), validated=pd.Series({"A": 5, "C": 5})
    )
    assert 0 < found["value"][1] < 2 and np.isnan(found["upper"][1])
    assert "all but unknown" in found["note"][1]


def test_a_corrected_number_of_zero_has_no_limits():
    data = pd.DataFrame({"ethnic_group": ["A", "C"], "events": [90, 10]})
    found = recording.correct_counts(data, frame([[0.9, 0.1], [0.2, 0.8]]))
    assert np.allclose(found["value"], [100, 0]) and found["value"][1] == 0
    assert np.isnan(found["lower"][1]) and "zero" in found["note"][1]


# Refusals

PAIRS = pd.DataFrame({"a": ["x", None], "b": ["x", "y"], "n": [1, -1]})
CODES = pd.DataFrame({"code": ["A", "B"], "by": ["p", None], "n": [1, None]})
COUNTS = pd.DataFrame({"ethnic_group": NAMES, "events": [5, 6, 7], "population": [50, 60, 70]})
SINGULAR = frame([[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 1]], NAMES)
NEARLY = frame([[0.51, 0.49, 0], [0.49, 0.51, 0], [0, 0, 1]], NAMES)


def field(**options):
    return recording.completeness(CODES, **{"column": "code", "scheme": "2001", **options})


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: field(scheme="2011"), "scheme is '2011': choose one of '2001'"),
        (lambda: field(column="ethnos"), "There is no column 'ethnos'"),
        (lambda: field(by="by"), "'by', row 2: the by value is missing"),
        (lambda: field(count="n"), "'n', row 2: the value is missing"),
        (lambda: field(confidence=95), "confidence is 95"),
        (lambda: recording.validity(CODES[:0], column="code", scheme="2001"), "table is empty"),
        (lambda: recording.confusion(PAIRS, truth="a", recorded="b"), "'a', row 2: the value is m"),
        (
            lambda: recording.confusion(PAIRS, truth="b", recorded="b", count="n"),
            "'n', row 2: -1 is negative",
        ),
        (
            lambda: recording.confusion(PAIRS, truth="b", recorded="b", categories=["x"]),
            "'b', row 2: 'y' is not among",
        ),
        (
            lambda: recording.confusion(PAIRS, truth="b", recorded="b", categories=["x", "x"]),
            "'x' is given twice",
        ),
        (lambda: recording.agreement([[1, 2]]), "1 rows and 2 columns"),
        (lambda: recording.agreement([[0, 0], [0, 0]]), "nobody in it"),
        (lambda: recording.agreement([]), "matrix is empty"),
        (lambda: recording.agreement(frame([[1, np.nan], [0, 1]])), r"'C', row 1 \(A\).*missing"),
        (lambda: recording.kappa(frame([[1, -2], [0, 1]])), r"'C', row 1 \(A\): -2 is negative"),
        (lambda: recording.kappa(frame([[1, 2], [0, 1]]).set_axis(["A", "D"])), "row 'D'"),
        (lambda: recording.kappa(frame([[1, 2], [0, 1]]).set_axis(["A", "A"])), "one row 'A'"),
        (lambda: recording.kappa([[30, 0], [0, 0]]), "everybody in one category"),
        (lambda: recording.kappa([[30]]), "everybody in one category"),
        (lambda: recording.kappa([[3, 1], [1, 3]], weights="cubic"), "weights is 'cubic'"),
        (lambda: recording.accuracy(1, 2, 3, [4, None]), "'tn', row 2: the value is missing"),
        (lambda: recording.accuracy(1.5, 2, 3, 4), "'tp', row 1: 1.5 is not a whole number"),
        (lambda: recording.accuracy(0, 0, 0, 0), "row 1: 0 is the number of people"),
        (lambda: recording.accuracy(1, -2, 3, 4), "'fp', row 1: -2 is negative"),
        (lambda: recording.accuracy(1, 2, 3, 4, interval="wald"), "interval is 'wald'"),
        (lambda: recording.recorded_given_true(frame([[1, 2], [0, 0]])), r"row 2 \(C\): 0 is the"),
        (lambda: seen(numerator=WRONG * 0.9), r"'numerator', row 1 \(Indian\): 0.9 is what it"),
        (lambda: seen(numerator=WRONG - 0.1), r"'Indian', row 2 \(Roma\): -0.05 is negative"),
        (lambda: seen(denominator=WRONG.drop("Roma")), "denominator has no row for 'Roma'"),
        (lambda: seen(data=TRUE[:2]), "has a row 'Other White', which the table has not"),
        (lambda: seen(data=pd.concat([TRUE, TRUE])), "row 4: the group stands there twice"),
        (lambda: seen(data=TRUE.assign(rate=[1, None, 3])), r"'rate', row 2 .*Roma\).*missing"),
        (lambda: seen(numerator=WRONG.to_numpy()), "numerator is not a DataFrame"),
        (
            lambda: recording.misclassified_gaps(
                TRUE,
                reference="Arab",
                measure="ratio",
                numerator=WRONG,
                denominator=WRONG,
                multiplier=1,
            ),
            "reference group 'Arab' is not in column 'ethnic_group'",
        ),
        (
            lambda: recording.misclassified_gaps(
                TRUE.assign(rate=[0, 1, 2]),
                reference="Indian",
                measure="ratio",
                numerator=RIGHT,
                denominator=RIGHT,
                multiplier=1,
            ),
            "'Indian' has no rate to compare with",
        ),
        (lambda: recording.correct_counts(COUNTS, SINGULAR), "condition number is .*above 30"),
        (lambda: recording.correct_counts(COUNTS, NEARLY), "condition number is 50, and above 30"),
        (lambda: recording.correct_counts(COUNTS, WRONG, max_condition=0), "max_condition is 0"),
        (
            lambda: recording.correct_counts(COUNTS.assign(events=[0, 900, 10]), WRONG),
            "corrected number of Indian would be -.* did not produce these records",
        ),
        (
            lambda: recording.correct_counts(COUNTS, WRONG.assign(**{"Not known": 0.0})),
            "matrix has a column 'Not known', which the table has not",
        ),
        (
            lambda: recording.correct_counts(COUNTS, WRONG, validated=pd.Series({"Roma": 9})),
            "it has none for 'Indian'",
        ),
        (
            lambda: recording.correct_counts(COUNTS, WRONG, validated=pd.Series(0, index=NAMES)),
            r"'validated', row 1 \(Indian\): 0 is no population",
        ),
        (
            lambda: recording.correct_rates(
                COUNTS.assign(population=[9, 0, 9]),
                numerator=RIGHT,
                denominator=RIGHT,
                multiplier=1,
            ),
            "'population', row 2 .*Roma.: 0 is the corrected population",
        ),
    ],
)
def test_refusals_say_what_and_where(call, says):
    with pytest.raises(Refusal, match=says):
        call()


def test_a_lenient_limit_has_to_be_asked_for():
    found = recording.correct_counts(COUNTS.assign(events=[500, 500, 7]), NEARLY, max_condition=60)
    assert np.isclose(found["condition"], 50).all()
    assert np.allclose(found["value"], [500, 500, 7])
