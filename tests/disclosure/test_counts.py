"""Single counts: what must never be shown, what is refused, and percentages of rounded counts."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eeic import disclosure
from eeic.stats import Refusal, rates


def test_the_index_is_kept_and_the_input_is_not_changed():
    counts = pd.Series([3, 80], index=["Roma", "Indian"], name="people")
    assert disclosure.suppress(counts).loc["Roma", "shown"] == "*"
    assert disclosure.round_to(counts).name == "people"
    assert disclosure.is_small(counts)["Roma"]
    assert counts.tolist() == [3, 80]


def test_small_is_above_zero_and_up_to_the_threshold():
    assert disclosure.is_small([0, 1, 7, 8]).tolist() == [False, True, True, False]
    assert disclosure.is_small([9, 10], threshold=9).tolist() == [True, False]


EVERY = pytest.mark.parametrize(
    "function",
    [disclosure.suppress, disclosure.round_to, disclosure.midpoint_6, disclosure.is_small],
)


@EVERY
@pytest.mark.parametrize(
    "counts, says",
    [
        ([1, None], "'counts', row 2: the value is missing"),
        ([1, -5], "'counts', row 2: -5 is negative"),
        ([2.5], "'counts', row 1: 2.5 is not a whole number"),
        (["*"], r"'counts', row 1: '\*' is not a number"),
        ([], "table is empty"),
    ],
)
def test_refusals_say_what_and_where(function, counts, says):
    with pytest.raises(Refusal, match=says):
        function(counts)


def test_unknown_rules_and_bases_are_refused():
    with pytest.raises(Refusal, match="rule is 'secret': choose one of 'hes'"):
        disclosure.suppress([1], "secret")
    for base in (0, 2.5, True):
        with pytest.raises(Refusal, match="base is"):
            disclosure.round_to([1], base)


@pytest.mark.parametrize("function", [disclosure.percentage, disclosure.rate])
def test_rates_refuse_what_counts_do(function):
    with pytest.raises(Refusal, match="'events', row 2: the value is missing"):
        function([10, None], 50)
    with pytest.raises(Refusal, match=r"'population', row 1: 49.5 is not a whole number"):
        function([10], 49.5)
    with pytest.raises(Refusal, match="'population', row 1: 0 is no population"):
        function([0], 0)
    with pytest.raises(Refusal, match="rule is 'secret'"):
        function([10], 50, rule="secret")


def test_more_people_than_there_are_is_refused_without_saying_how_many():
    with pytest.raises(Refusal, match=r"'events', row 1 \(Roma\): more events than population"):
        disclosure.percentage(pd.Series([6], index=["Roma"]), pd.Series([5], index=["Roma"]))
    assert disclosure.rate([30], [20]).loc[0, "value"] == 150_000


def test_percentages_are_those_of_the_rounded_counts():
    found = disclosure.percentage([13, 27], 40)
    assert found["value"].tolist() == [37.5, 62.5]  # and not 32.5 and 67.5
    rounded = rates.proportion([15, 25], [40, 40], multiplier=100)
    for column in ("lower", "upper", "statistic", "method", "confidence"):
        assert found[column].tolist() == rounded[column].tolist()
    assert set(found["note"]) == {"Worked out from rounded counts."}


def test_a_hidden_count_hides_its_rate():
    found = disclosure.percentage([3, 0, 12, 5], [400, 300, 90, 7])
    assert found["value"].isna().tolist() == [True, False, False, True]
    assert found["events"].isna().tolist() == [True, False, False, True]
    assert found["population"].isna().tolist() == [False, False, False, True]
    assert found.loc[[0, 3], ["lower", "upper"]].isna().all(axis=None)
    assert found["note"].str.startswith("Suppressed").tolist() == [True, False, False, True]


counts = st.lists(st.integers(0, 50), min_size=1, max_size=60)


@given(counts, st.integers(51, 5000), st.sampled_from(["hes", "under5"]))
def test_a_rate_tells_no_more_than_the_rounded_counts(true, population, rule):
    """Any other counts that look the same give the same rates, to the last digit."""
    shown = disclosure.suppress([*true, population], rule)
    hidden = shown["suppressed"].to_numpy()
    other = np.where(hidden, 4, shown["value"].fillna(0).astype(int))
    for function in (disclosure.percentage, disclosure.rate):
        found = function(true, population, rule=rule)
        pd.testing.assert_frame_equal(found, function(other[:-1], other[-1], rule=rule))


@given(counts, st.sampled_from(sorted(disclosure.RULES)))
def test_a_suppressed_count_is_nowhere_in_the_result(true, rule):
    chosen = disclosure.RULES[rule]
    found = disclosure.suppress(true, rule)
    shown = {int(text) for text in found["shown"] if text != disclosure.SUPPRESSED}
    small = set(range(max(chosen.first, 1), chosen.last + 1))
    assert not shown & small
    assert found.loc[found["suppressed"], "value"].isna().all()
    # Rows with different hidden counts cannot be told apart.
    assert len(found[found["suppressed"]].astype(str).drop_duplicates()) <= 1


@given(counts)
def test_hes_never_shows_1_to_7(true):
    found = disclosure.suppress(true, "hes")
    assert not found["shown"].isin([str(n) for n in range(1, 8)]).any()
    assert not found["value"].dropna().between(1, 7).any()


@given(counts, st.integers(1, 1000))
def test_rounding_moves_a_count_by_at_most_half_of_the_base(true, base):
    found = disclosure.round_to(true, base)
    moved = (found - pd.Series(true)) * 2
    assert ((moved > -base) & (moved <= base)).all()
    assert (found % base == 0).all()
