"""Suppression and rounding against the published rules, and what must never be shown."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeic import disclosure
from eeic.stats import Refusal

REFERENCE = Path(__file__).parent / "reference/disclosure_control"
COLUMN = {
    "hes": "hes_1to7_suppressed_else_round5",
    "under5": "under5_suppressed_else_round5",
    "opensafely": "opensafely_redact_le7_round5",
}


@pytest.fixture
def rules():
    return pd.read_csv(REFERENCE / "own_count_rules.csv", dtype=str)


@pytest.mark.parametrize("rule", disclosure.RULES)
def test_every_rule_as_published(rules, rule):
    found = disclosure.suppress(rules["count"].astype(int), rule)
    assert list(found["shown"]) == list(rules[COLUMN[rule]])
    hidden = rules[COLUMN[rule]] == "*"
    assert list(found["suppressed"]) == list(hidden)
    assert found["value"].isna().tolist() == list(hidden)
    assert (found["note"] != "").tolist() == list(hidden)


def test_rounding_as_published(rules):
    counts = rules["count"].astype(int)
    for found, column in (
        (disclosure.round_to(counts, 5), "round5_only"),
        (disclosure.round_to(counts, 10), "round10_half_up"),
        (disclosure.midpoint_6(counts), "opensafely_midpoint6"),
    ):
        assert found.astype(str).tolist() == list(rules[column])


def test_totals_are_rounded_from_true_totals():
    for case in pd.read_csv(REFERENCE / "own_rounding_totals.csv").itertuples():
        parts = [int(part) for part in case.parts.split(";")]
        rounded = disclosure.round_to(parts, 5)
        assert rounded.tolist() == [int(part) for part in case.rounded_parts.split(";")]
        assert disclosure.round_to(sum(parts), 5)[0] == case.rounded_total
        assert rounded.sum() == case.sum_of_rounded


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


counts = st.lists(st.integers(0, 50), min_size=1, max_size=60)


@settings(deadline=None)
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


@settings(deadline=None)
@given(counts)
def test_hes_never_shows_1_to_7(true):
    found = disclosure.suppress(true, "hes")
    assert not found["shown"].isin([str(n) for n in range(1, 8)]).any()
    assert not found["value"].dropna().between(1, 7).any()


@settings(deadline=None)
@given(counts, st.integers(1, 1000))
def test_rounding_moves_a_count_by_at_most_half_of_the_base(true, base):
    found = disclosure.round_to(true, base)
    moved = (found - pd.Series(true)) * 2
    assert ((moved > -base) & (moved <= base)).all()
    assert (found % base == 0).all()
