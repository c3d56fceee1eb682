"""Secondary suppression: nothing hidden can be had back, and nothing else is changed."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from eeic import categories, disclosure
from eeic.disclosure import secondary
from eeic.stats import Refusal

TREE = {"group": "Everyone", "area": "Region"}
BROAD = {
    broad: [group.label for group in categories.GROUPS if group.high_level == broad]
    for broad in categories.HIGH_LEVEL
}
FIVE = {"Everyone": list(BROAD), **BROAD}

small_tables = st.integers(2, 4).flatmap(
    lambda width: st.lists(
        st.lists(st.one_of(st.integers(0, 9), st.integers(8, 60)), min_size=width, max_size=width),
        min_size=2,
        max_size=4,
    )
)


def protect(table, **options):
    options = {"count": "people", "hierarchy": TREE, **options}
    return disclosure.protect(table, **options)


def is_total(table):
    return (table["group"] == "Everyone") | (table["area"] == "Region")


@settings(max_examples=60)
@given(small_tables, st.sampled_from(["hes", "under5", "opensafely"]), st.booleans())
def test_nothing_hidden_is_recoverable_and_nothing_shown_is_changed(long, rows, rule, hide_totals):
    table = long(rows)
    try:
        found = protect(table, rule=rule, hide_totals=hide_totals)
    except Refusal as refusal:
        assert "Nothing that may be hidden protects the cell group g" in str(refusal)
        return
    hidden = found["suppressed"]
    small = table["people"].between(disclosure.RULES[rule].first, disclosure.RULES[rule].last)
    if not hide_totals:
        small &= ~is_total(table)
        assert not hidden[is_total(table)].any()
    assert hidden[small].all()
    assert not (table["people"] == 0)[hidden & ~small].any()
    assert (found["value"][~hidden] == table["people"][~hidden]).all()
    assert (found["shown"][~hidden] == table["people"][~hidden].astype(str)).all()
    assert found["value"][hidden].isna().all() and (found["shown"][hidden] == "*").all()
    if hidden.any():
        attack = disclosure.audit(found, hierarchy=TREE)
        true = table["people"][hidden].to_numpy()
        assert not attack["recoverable"].any()
        assert ((attack["lower"] <= true) & (true <= attack["upper"])).all()


@settings(max_examples=40)
@given(small_tables)
def test_hidden_cells_cannot_be_told_apart(long, rows):
    """Apart from its labels a hidden row is like every other, small or not."""
    try:
        found = protect(long(rows))
    except Refusal:
        assume(False)
    hidden = found[found["suppressed"]].drop(columns=list(TREE)).astype(str)
    assert len(hidden.drop_duplicates()) <= 1
    assert found["method"].nunique() == 1


@settings(max_examples=25)
@given(
    st.lists(st.lists(st.integers(0, 25), min_size=3, max_size=3), min_size=2, max_size=3),
)
def test_no_fewer_cells_and_no_smaller_ones_would_do(long, rows):
    table = long(rows)
    counts = table["people"]
    small = counts.between(1, 7) & ~is_total(table)
    choice = np.flatnonzero((counts > 7) & ~is_total(table))
    assume(choice.size <= 7)

    def safe(more):
        pattern = small.copy()
        pattern.iloc[list(more)] = True
        published = table.assign(value=counts.astype("Int64").mask(pattern))
        if not pattern.any():
            return True
        attack = disclosure.audit(published, hierarchy=TREE)
        hidden_small = small[pattern].to_numpy()
        return not attack["recoverable"][hidden_small].any()

    best = None
    for size in range(choice.size + 1):
        sums = [counts.iloc[list(more)].sum() for more in combinations(choice, size) if safe(more)]
        if sums:
            best = (size, min(sums))
            break
    try:
        found = protect(table, hide_totals=False)
    except Refusal:
        assert best is None
        return
    more = found["suppressed"] & ~small
    assert (more.sum(), counts[more].sum()) == best


def test_one_way_with_its_total():
    table = pd.DataFrame({"group": ["Roma", "Arab", "Indian", "All"], "people": [3, 12, 40, 55]})
    found = protect(table, hierarchy={"group": "All"})
    assert list(found["shown"]) == ["*", "*", "40", "55"]
    assert set(found["method"]) == {"fewest cells (proved)"}


def test_without_a_total_nothing_more_is_hidden():
    table = pd.DataFrame({"group": ["Roma", "Arab", "Indian"], "people": [3, 12, 40]})
    assert protect(table, hierarchy={"group": None})["suppressed"].tolist() == [True, False, False]
    # Nor with a hierarchy whose total has no row: it is not published.
    assert protect(table, hierarchy={"group": "All"})["suppressed"].sum() == 1


def test_a_total_that_is_small_is_hidden_unless_it_is_to_be_published(long):
    table = long([[1, 2, 0], [30, 40, 50], [60, 70, 80]])
    row_total = (table["group"] == "g1") & (table["area"] == "Region")
    assert protect(table)["suppressed"][row_total].all()
    assert not protect(table, hide_totals=False)["suppressed"][is_total(table)].any()


def test_a_total_is_hidden_only_where_nothing_else_helps(long):
    lonely = long([[3, 0], [0, 40]])
    with pytest.raises(Refusal, match=r"protects the cell group g1, area a1: merge groups"):
        protect(lonely, hide_totals=False)
    found = protect(lonely)
    assert found["suppressed"][is_total(lonely)].any()
    assert not disclosure.audit(found, hierarchy=TREE)["recoverable"].any()
    plenty = long([[3, 20], [30, 40]])
    assert not protect(plenty)["suppressed"][is_total(plenty)].any()


def test_a_zero_is_hidden_only_by_a_rule_that_hides_it(long):
    table = long([[0, 20, 30], [40, 50, 60], [70, 80, 90]])
    assert not protect(table)["suppressed"].any()
    found = protect(table, rule="opensafely")
    assert found["suppressed"].iloc[0] and found["suppressed"].sum() == 4


def test_the_interval_is_as_wide_as_asked_for(long):
    table = long([[3, 40, 55], [62, 80, 31], [45, 90, 120]])
    narrow = protect(table)
    assert narrow["suppressed"].sum() == 4
    for width in (5, 44, 100):
        wide = protect(table, protection=width)
        attack = disclosure.audit(wide, hierarchy=TREE)
        assert (attack["upper"] - attack["lower"]).min() >= width
        assert attack["upper"].min() > 7  # never within the small numbers
    with pytest.raises(Refusal, match="Nothing that may be hidden protects"):
        protect(table, protection=1000, hide_totals=False)


def test_an_interval_within_the_small_numbers_is_widened(long):
    # Two small cells in a row protect each other, but everyone sees that both are small.
    table = long([[2, 3, 300], [60, 70, 80], [4, 2, 10]])
    pair = disclosure.audit(protect(table), hierarchy=TREE)
    assert (pair["upper"] <= 7).any()
    assert disclosure.audit(protect(table, protection=2), hierarchy=TREE)["upper"].min() > 7


@settings(max_examples=30)
@given(small_tables, st.sampled_from([1, 3]))
def test_an_attacker_who_knows_the_rule_gets_no_further(long, rows, width):
    table = long(rows)
    try:
        found = protect(table, attacker="rule", protection=width)
    except Refusal:
        return
    small = table["people"].between(1, 7)
    known = found.assign(least=np.where(small, 1, 8), most=np.where(small, 7, np.nan))
    if found["suppressed"].any():
        attack = disclosure.audit(known, hierarchy=TREE, smallest="least", largest="most")
        assert (attack["upper"] - attack["lower"]).min() >= width


def test_knowing_the_rule_makes_a_difference():
    # Seven and seven: whoever knows that neither is more than seven has both.
    table = pd.DataFrame({"group": list("abcT"), "people": [7, 7, 30, 44]})
    assert protect(table, hierarchy={"group": "T"})["suppressed"].sum() == 2
    assert protect(table, hierarchy={"group": "T"}, attacker="rule")["suppressed"].sum() == 3


def groups_by_area(areas, mean, seed):
    chance = np.random.default_rng(seed)
    share = np.geomspace(0.6, 0.001, len(categories.LABELS))
    cells = [
        (label, f"area {area + 1}", chance.poisson(mean * part * chance.lognormal(0, 0.7)))
        for area in range(areas)
        for label, part in zip(categories.LABELS, share, strict=True)
    ]
    table = pd.DataFrame(cells, columns=["group", "area", "people"])
    tree = {"group": FIVE, "area": "Region"}
    return disclosure.add_totals(table, count="people", hierarchy=tree), tree


@pytest.mark.parametrize("seed", [1, 2])
def test_nineteen_groups_in_twelve_areas_with_five_broad_groups(seed):
    table, tree = groups_by_area(12, 900, seed)
    found = protect(table, hierarchy=tree)
    assert set(found["method"]) == {"fewest cells (proved)"}
    assert not disclosure.audit(found, hierarchy=tree)["recoverable"].any()
    # Hiding the small ones alone would have left many to subtraction.
    alone = table.assign(value=table["people"].astype("Int64").mask(table["people"].between(1, 7)))
    assert disclosure.audit(alone, hierarchy=tree)["recoverable"].any()


def test_out_of_time_it_protects_all_the_same():
    table, tree = groups_by_area(5, 500, 3)
    best, quick = protect(table, hierarchy=tree), protect(table, hierarchy=tree, seconds=1e-9)
    assert set(quick["method"]) == {"few cells (not proved the fewest)"}
    assert not disclosure.audit(quick, hierarchy=tree)["recoverable"].any()
    assert best["suppressed"].sum() <= quick["suppressed"].sum() < 2 * best["suppressed"].sum()
    wide = protect(table, hierarchy=tree, seconds=1e-9, protection=4)
    attack = disclosure.audit(wide, hierarchy=tree)
    assert (attack["upper"] - attack["lower"]).min() >= 4 and attack["upper"].min() > 7


def test_nothing_leaves_without_an_audit(long, monkeypatch):
    """Were the choice ever wrong, the last attack would stop it."""
    table = long([[3, 40, 55], [62, 80, 31], [45, 90, 120]])
    monkeypatch.setattr(secondary, "_exact", lambda table, seconds: table.primary)
    with pytest.raises(Refusal, match="No protected table was found"):
        protect(table)


def test_linked_tables_share_their_margins():
    """Groups by area and groups by age: the groups' totals stand in both."""
    groups, areas, ages = ["a", "b", "c"], ["N", "S"], ["0-39", "40+"]
    by_area = [[3, 20], [30, 45], [60, 50]]
    by_age = [[12, 11], [40, 35], [50, 60]]
    cells = [
        *[
            (g, a, "All ages", by_area[i][j])
            for i, g in enumerate(groups)
            for j, a in enumerate(areas)
        ],
        *[(g, "Both", x, by_age[i][j]) for i, g in enumerate(groups) for j, x in enumerate(ages)],
    ]
    table = pd.DataFrame(cells, columns=["group", "area", "age", "people"])
    tree = {"group": "Everyone", "area": "Both", "age": "All ages"}
    whole = disclosure.add_totals(table, count="people", hierarchy=tree)
    assert len(whole) == 4 * 3 + 4 * 3 - 4  # two tables, and one margin in common
    found = protect(whole, hierarchy=tree)
    assert not found["suppressed"][found["age"] != "All ages"].any()
    assert found["suppressed"].sum() == 4
    assert not disclosure.audit(found, hierarchy=tree)["recoverable"].any()


@settings(max_examples=15)
@given(st.lists(st.integers(0, 30), min_size=18, max_size=18))
def test_three_dimensions_in_whole_numbers(counts):
    """In three dimensions corners of the programme may be fractions; people are whole."""
    cells = pd.MultiIndex.from_product([list("abc"), list("NSE"), list("fm")])
    table = pd.DataFrame(list(cells), columns=["group", "area", "sex"]).assign(people=counts)
    tree = {"group": "T", "area": "T", "sex": "T"}
    whole = disclosure.add_totals(table, count="people", hierarchy=tree)
    try:
        found = protect(whole, hierarchy=tree)
    except Refusal:
        return
    if found["suppressed"].any():
        assert not disclosure.audit(found, hierarchy=tree)["recoverable"].any()


def test_rows_may_come_in_any_order_and_keep_their_index(long):
    table = long([[3, 40, 55], [62, 80, 31], [45, 90, 120]])
    table["group"] = table["group"].astype("category")
    mixed = table.sample(frac=1, random_state=1).astype({"people": "Int64"})
    found = protect(mixed)
    assert found.index.equals(mixed.index)
    assert found.sort_index()["suppressed"].tolist() == protect(table)["suppressed"].tolist()


def test_no_row_to_hide(long):
    found = protect(long([[20, 30], [40, 50]]))
    assert not found["suppressed"].any() and set(found["method"]) == {"nothing to suppress"}
    assert found["value"].dtype == "Int64" and (found["note"] == "").all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"people": [3, None, 9, 10]}, "'people', row 2: the value is missing"),
        ({"people": [3, -1, 9, 11]}, "'people', row 2: -1 is negative"),
        ({"people": [3, 4.5, 9, 16.5]}, "'people', row 2: 4.5 is not a whole number"),
        ({"people": [3, "*", 9, 12]}, "'people', row 2: '\\*' is not a number"),
        ({"people": [3, 4, 9, 17]}, "the total for group T is not the sum of its parts"),
        ({"group": ["a", "b", "b", "T"]}, r"row 3 \(group b\) more than once"),
        ({"group": ["a", None, "c", "T"]}, "'group', row 2: the label is missing"),
        ({"group": ["a", "b", "x", "T"]}, "'group', row 3: 'x' is not in the hierarchy"),
    ],
)
def test_refusals_say_what_and_where(change, says):
    table = pd.DataFrame({"group": list("abcT"), "people": [3, 4, 9, 16]}).assign(**change)
    with pytest.raises(Refusal, match=says) as refusal:
        protect(table, hierarchy={"group": {"T": ["a", "b", "c"]}})
    assert "17" not in str(refusal.value) and "16." not in str(refusal.value)


@pytest.mark.parametrize(
    ("tree", "says"),
    [
        ({}, "must name the dimensions"),
        ({"place": "T"}, "There is no column 'place'"),
        ({"group": 5}, "The hierarchy of 'group' is a int"),
        ({"group": {"T": ["a", "b", "c", "d"]}}, "The table has no row for group d"),
        ({"group": {"T": ["a", "b", "c"], "c": ["T"]}}, "runs in a circle at 'T'"),
        ({"group": {"T": ["a", "b", "c", "c"]}}, "parts of 'T' .* overlap"),
        ({"group": {"T": []}}, "total 'T' .* has no parts"),
    ],
)
def test_a_hierarchy_that_does_not_fit_is_refused(tree, says):
    table = pd.DataFrame({"group": list("abcT"), "people": [3, 4, 9, 16]})
    with pytest.raises(Refusal, match=says):
        protect(table, hierarchy=tree)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"rule": "secret"}, "rule is 'secret'"),
        ({"attacker": "nobody"}, "attacker is 'nobody'"),
        ({"protection": 0}, "protection is 0: give a whole number above zero"),
        ({"protection": 2.5}, "protection is 2.5: give a whole number"),
        ({"protection": True}, "protection is True"),
        ({"seconds": -1}, "seconds is -1: give a number above zero"),
        ({"count": "n"}, "There is no column 'n'"),
    ],
)
def test_unknown_options_are_refused(long, options, says):
    with pytest.raises(Refusal, match=says):
        protect(long([[3, 40], [20, 30]]), **options)


def test_what_is_no_table_is_refused():
    with pytest.raises(Refusal, match="DataFrame is needed"):
        protect([1, 2])
    with pytest.raises(Refusal, match="table is empty"):
        protect(pd.DataFrame({"group": [], "area": [], "people": []}))


def test_totals_are_added_at_every_level():
    table = pd.DataFrame({"group": categories.LABELS, "people": range(1, 20)})
    whole = disclosure.add_totals(table, count="people", hierarchy={"group": FIVE})
    found = whole.set_index("group")["people"]
    assert len(whole) == 19 + 5 + 1 and found["Everyone"] == 190
    for broad, groups in BROAD.items():
        assert found[broad] == found[groups].sum()
    assert list(whole["group"][:19]) == list(categories.LABELS)


def test_totals_given_are_kept_and_checked():
    tree = {"group": {"T": ["a", "b"]}}
    table = pd.DataFrame({"group": ["T", "a", "b"], "people": [7, 3, 4]})
    assert disclosure.add_totals(table, count="people", hierarchy=tree).equals(table)
    with pytest.raises(Refusal, match="total for group T is not the sum"):
        disclosure.add_totals(table.assign(people=[8, 3, 4]), count="people", hierarchy=tree)
