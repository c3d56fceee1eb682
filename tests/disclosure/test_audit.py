"""What an attacker can know: intervals, rounded tables, linked tables and releases."""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeic import disclosure
from eeic.stats import Refusal

TREE = {"group": "Everyone", "area": "Region"}


def one_way(**counts):
    return pd.DataFrame({"group": list(counts), "value": list(counts.values())})


@settings(max_examples=40)
@given(
    st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=2, max_size=3),
    st.data(),
)
def test_the_interval_is_that_of_all_tables_that_fit(long, rows, data):
    """Try every table of whole counts by hand."""
    table = long(rows)
    size = len(rows) * 3
    hidden = data.draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=4, unique=True))
    published = table.assign(value=table["people"].astype("Int64"))
    published.loc[hidden, "value"] = pd.NA
    found = disclosure.audit(published, hierarchy=TREE)
    flat = np.array(rows).ravel()
    fits = []
    for guess in product(range(int(flat[hidden].sum()) + 1), repeat=len(hidden)):
        other = flat.copy()
        other[hidden] = guess
        same = other.reshape(-1, 3), flat.reshape(-1, 3)
        if all((same[0].sum(axis=k) == same[1].sum(axis=k)).all() for k in (0, 1)):
            fits.append(other[sorted(hidden)])
    assert found["lower"].tolist() == np.min(fits, axis=0).tolist()
    assert found["upper"].tolist() == np.max(fits, axis=0).tolist()
    assert found["recoverable"].tolist() == (found["lower"] == found["upper"]).tolist()
    assert (found["note"] != "").tolist() == found["recoverable"].tolist()
    assert set(found["shown"]) == {"*"}


def test_only_what_was_published_is_looked_at():
    table = one_way(a=None, b=None, T=9).assign(people=[4, 5, 9])
    found = disclosure.audit(table, hierarchy={"group": "T"})
    assert "people" not in found and found["upper"].tolist() == [9, 9]


def test_without_a_total_there_is_no_upper_limit():
    found = disclosure.audit(one_way(a=None, b=30), hierarchy={"group": None})
    assert found["lower"].tolist() == [0] and found["upper"].isna().all()
    assert found["note"].tolist() == ["Nothing published limits it from above."]
    bounded = disclosure.audit(one_way(a=None, b=30), hierarchy={"group": None}, largest=7)
    assert bounded["upper"].tolist() == [7]


def test_a_hidden_total_is_the_sum_of_what_is_shown():
    found = disclosure.audit(one_way(a=2, b=30, T=None), hierarchy={"group": "T"})
    assert found[["lower", "upper", "recoverable"]].to_numpy().tolist() == [[32, 32, True]]


def test_knowing_the_rule_narrows_the_interval():
    table, tree = one_way(a=None, b=None, c=30, T=44), {"group": "T"}
    assert not disclosure.audit(table, hierarchy=tree)["recoverable"].any()
    known = disclosure.audit(table, hierarchy=tree, smallest=1, largest=7)
    assert known["recoverable"].all() and known["lower"].tolist() == [7, 7]


def test_rounded_totals_protect_what_exact_ones_give_away():
    tree = {"group": "T"}
    true = one_way(a=3, b=22, c=41, T=66)
    shown = disclosure.suppress(true["value"])
    rounded = true.assign(value=shown["value"])
    found = disclosure.audit(rounded, hierarchy=tree, base=5, smallest=1, largest=7)
    assert not found["recoverable"].any()
    assert found["shown"].tolist() == ["*", "20", "40", "65"]
    assert ((found["lower"] <= true["value"]) & (true["value"] <= found["upper"])).all()
    exact = true.assign(value=true["value"].astype("Int64").mask(true["value"] < 8))
    assert disclosure.audit(exact, hierarchy=tree)["recoverable"].all()


@given(st.lists(st.integers(0, 99), min_size=2, max_size=4), st.sampled_from([2, 5, 10]))
def test_rounding_is_undone_no_further_than_its_half_base(parts, base):
    true = pd.Series([*parts, sum(parts)])
    table = pd.DataFrame({"group": [*"abcd"[: len(parts)], "T"]})
    table["value"] = disclosure.round_to(true, base).to_numpy()
    found = disclosure.audit(table, hierarchy={"group": "T"}, base=base)
    assert ((found["lower"] <= true) & (true <= found["upper"])).all()
    for end in ("lower", "upper"):
        assert (disclosure.round_to(found[end], base) == table["value"]).all()


def test_rounded_parts_can_be_undone_by_an_exact_total():
    """Two parts rounded down as far as can be: the exact total says so."""
    table = one_way(a=10, b=10, T=24).assign(base=[5, 5, 1])
    found = disclosure.audit(table, hierarchy={"group": "T"}, base="base")
    assert found["group"].tolist() == ["a", "b"] and found["recoverable"].all()
    assert found["lower"].tolist() == [12, 12]


def test_people_are_whole_where_the_linear_programme_has_halves():
    """Of four groups any two have at most one person: then all have, not two halves of four."""
    pairs = ["".join(pair) for pair in combinations("abcd", 2)]
    tree = {"group": {**{pair: list(pair) for pair in pairs}, "all": list("abcd")}}
    table = pd.DataFrame({"group": [*"abcd", *pairs, "all"], "value": None})
    table["most"] = [9] * 4 + [1] * 6 + [9]
    found = disclosure.audit(table, hierarchy=tree, largest="most").set_index("group")
    assert found.loc["all", ["lower", "upper"]].tolist() == [0, 1]


def test_a_small_group_comes_to_light_between_two_releases():
    """One release with Roma people and one without: nothing is small in either."""
    first = pd.DataFrame({"group": ["Everyone", "Indian", "Roma"], "value": [500, None, None]})
    second = pd.DataFrame({"group": ["Everyone but Roma", "Indian"], "value": [497, None]})
    trees = [
        {"group": {"Everyone": ["Indian", "Roma", "Arab"]}},
        {"group": {"Everyone but Roma": ["Indian", "Arab"]}},
    ]
    first.loc[3] = ["Arab", None]
    alone = disclosure.audit(first, hierarchy=trees[0])
    assert not alone["recoverable"].any()
    found = disclosure.audit([first, second], hierarchy=trees)
    roma = found[(found["group"] == "Roma") & (found["table"] == 1)]
    assert roma[["lower", "upper"]].to_numpy().tolist() == [[3, 3]]
    assert not found["recoverable"][found["group"] == "Indian"].any()


def test_an_area_left_out_is_had_by_subtraction(long):
    table = long([[30, 40, 5], [60, 70, 80]])
    table["value"] = table["people"].astype("Int64")
    with_all = table[table["area"] == "Region"]
    without = (
        table[table["area"].isin(["a1", "a2"])]
        .groupby("group", as_index=False)["value"]
        .sum()
        .assign(area="Region without a3")
    )
    sought = table[table["area"].isin(["a1", "a2", "a3"])].assign(value=pd.NA)
    trees = [
        {"group": "Everyone", "area": {"Region": ["a1", "a2", "a3"]}},
        {"group": "Everyone", "area": {"Region without a3": ["a1", "a2"]}},
    ]
    found = disclosure.audit([pd.concat([with_all, sought]), without], hierarchy=trees)
    hit = found[found["recoverable"]]
    assert set(hit["area"]) == {"a3"} and hit["lower"].tolist() == [5, 80, 85]


def test_linked_tables_give_away_what_one_alone_hides():
    """The total hidden in the table by area stands in the table by age."""
    tree = {"area": "Both", "age": "All"}
    by_area = pd.DataFrame({"area": ["N", "S", "Both"], "age": "All", "value": [None, 30, None]})
    by_age = pd.DataFrame({"area": "Both", "age": ["0-39", "40+"], "value": [14, 20]})
    assert not disclosure.audit(by_area, hierarchy={"area": "Both", "age": None})[
        "recoverable"
    ].any()
    found = disclosure.audit(pd.concat([by_area, by_age]), hierarchy=tree)
    assert found["recoverable"].all() and found["lower"].tolist() == [4, 34]


def test_a_later_release_tells_who_was_added():
    march = one_way(a=40, b=61, c=None, T=110)
    april = one_way(a=43, b=90, c=None, T=150)
    found = disclosure.audit_update(march, april, hierarchy={"group": "T"}).set_index("group")
    assert found["small"].tolist() == [True, False, False, False]
    assert found.loc["a", ["lower", "upper"]].tolist() == [3, 3]
    assert found.loc["c", ["lower", "upper"]].tolist() == [8, 8]
    assert found.loc["a", "note"] == "The number added is shown to be 1 to 7 people."
    with pytest.raises(Refusal, match="No counts fit"):
        disclosure.audit_update(april, march, hierarchy={"group": "T"})


@pytest.mark.parametrize(
    ("table", "options", "says"),
    [
        (one_way(a=20, b=30, T=51), {}, "No counts fit what is published"),
        (one_way(a=None, b=30, T=20), {}, "No counts fit what is published"),
        (one_way(a=None, b=None, T=20), {"largest": 7}, "No counts fit what is published"),
        (one_way(a=-3, b=30, T=27), {}, r"'value', row 1 \(group a\): -3 is negative"),
        (one_way(a=2.5, b=30, T=32), {}, "2.5 is not a whole number"),
        (one_way(a="*", b=30, T=32), {}, "'\\*' is not a number"),
        (one_way(a=None, b=30, T=32), {"base": 0}, "0 is no base"),
        (one_way(a=None, b=30, T=32), {"base": 2.5}, "base is 2.5"),
        (one_way(a=None, b=30, T=32), {"base": True}, "base is True"),
        (one_way(a=None, b=30, T=32), {"smallest": "least"}, "no column 'least'"),
        (one_way(a=None, b=30, T=32), {"smallest": 8, "largest": 7}, "8 is above the largest"),
        (one_way(a=None, b=30, T=32), {"value": "n"}, "no column 'n'"),
    ],
)
def test_refusals_say_what_and_where(table, options, says):
    with pytest.raises(Refusal, match=says):
        disclosure.audit(table, hierarchy={"group": "T"}, **options)


def test_a_label_without_a_row_is_refused():
    tree = {"group": {"T": ["a", "b", "Roma"]}}
    with pytest.raises(Refusal, match="'group' has 'Roma' and no row has"):
        disclosure.audit(one_way(a=None, b=30, T=32), hierarchy=tree)


def test_a_hierarchy_for_each_table_or_one_for_all():
    table = one_way(a=None, b=30, T=32)
    with pytest.raises(Refusal, match="one hierarchy for all tables, or one for each"):
        disclosure.audit([table, table], hierarchy=[{"group": "T"}])
    with pytest.raises(Refusal, match="one hierarchy for all tables, or one for each"):
        disclosure.audit([], hierarchy={"group": "T"})
    both = disclosure.audit([table, table], hierarchy={"group": "T"})
    assert both["table"].tolist() == [1, 2] and both["lower"].tolist() == [2, 2]


def test_too_large_a_span_is_refused():
    wide = pd.DataFrame({"a": [f"a{n}" for n in range(400)], "b": [f"b{n}" for n in range(400)]})
    with pytest.raises(Refusal, match="span more than 100,000 cells"):
        disclosure.audit(wide.assign(value=1), hierarchy={"a": "T", "b": "T"})
