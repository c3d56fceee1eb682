"""One list of groups, one order, one colour each, and what the mappings lose."""

import subprocess
import sys
from itertools import combinations

import pandas as pd
import pytest

from eeic import categories
from eeic.categories import (
    FROM_NHS_2001,
    GROUPS,
    HIGH_LEVEL,
    LABELS,
    NHS_2001,
    SCHEMES,
    TO_HIGH_LEVEL,
    TO_NHS_2001,
    AmbiguousCategory,
    UnknownCategory,
    check,
    colour,
    convert,
    convert_counts,
    losses,
    lost_by,
    mapping,
    ordered,
)


def test_nineteen_groups_in_the_order_of_the_census():
    assert [g.code for g in GROUPS] == list(range(1, 20))
    assert len(set(LABELS)) == 19
    families = [g.high_level for g in GROUPS]
    assert tuple(dict.fromkeys(families)) == HIGH_LEVEL
    assert [families.count(level) for level in HIGH_LEVEL] == [5, 3, 4, 5, 2]
    assert len({g.official for g in GROUPS}) == 19


def test_every_2001_code_is_there_and_no_other():
    assert "".join(NHS_2001) == "ABCDEFGHJKLMNPRSZ99"
    assert set(TO_NHS_2001.values()) == set(NHS_2001) - {"Z", "99"}
    assert len(set(NHS_2001.values())) == 18


def test_mappings_both_ways_agree():
    for label, code in TO_NHS_2001.items():
        assert label in categories.from_nhs2001(code)
        assert categories.to_nhs2001(label) == code
    for code, labels in FROM_NHS_2001.items():
        if len(labels) == 1:
            assert NHS_2001[code] == labels[0]
        else:  # a label of several groups must not be mistaken for one of them
            assert NHS_2001[code] not in LABELS
    assert categories.from_nhs2001("Z") == categories.from_nhs2001("99") == ()


def test_chinese_moved_between_the_schemes():
    assert TO_HIGH_LEVEL["Chinese"] == "Asian"
    assert categories.NHS_2001_HIGH_LEVEL[TO_NHS_2001["Chinese"]] == "Other"
    moved = [g.label for g in GROUPS if categories.NHS_2001_HIGH_LEVEL[g.nhs2001] != g.high_level]
    assert moved == ["Chinese"]


def test_what_is_lost_is_said():
    assert len(lost_by(TO_NHS_2001)) == 2
    assert len(lost_by(TO_HIGH_LEVEL)) == 5
    assert lost_by(FROM_NHS_2001) == (
        "C could be Gypsy or Irish Traveller, Roma or Other White: the code does not say which.",
        "S could be Arab or Any other ethnic group: the code does not say which.",
        "Z becomes no group.",
        "99 becomes no group.",
    )
    assert lost_by({"a": "x", "b": "y"}) == ()


def test_order_is_the_house_order_for_every_scheme():
    assert ordered(reversed(LABELS)) == list(LABELS)
    assert ordered(reversed(HIGH_LEVEL)) == list(HIGH_LEVEL)
    old = ordered(NHS_2001.values())
    assert old[-2:] == ["Not stated", "Not known"]
    assert old.index("Any other White background") == old.index("White Irish") + 1
    assert [NHS_2001[code] for code in ordered(NHS_2001)] == old
    with pytest.raises(UnknownCategory, match="'Martian' is not a known category"):
        ordered(["Roma", "Martian"])


@pytest.mark.parametrize(
    "values, scheme, says",
    [
        (["Indian", "indian"], "2021", "Column 'group', row 2: 'indian' .*Bangladeshi, Chinese"),
        (["Indian", None], "2021", "row 2: None is not a category"),
        (["Indian", float("nan")], "2021", "row 2: nan is not a category"),
        (["Not stated"], "2021", "row 1: 'Not stated' is not"),
        (["A", "I"], "2001", "row 2: 'I' is not a category of scheme 2001"),
        (["a"], "2001", "row 1: 'a'"),
        ([99], "2001", "row 1: 99"),
        (["Asian", "Indian"], "2021 high level", "row 2: 'Indian'"),
    ],
)
def test_unknown_categories_are_refused_by_place(values, scheme, says):
    with pytest.raises(UnknownCategory, match=says):
        check(values, scheme, column="group")


def test_every_mapping_is_whole_and_each_group_ends_where_it_belongs():
    for source in SCHEMES:
        for target in SCHEMES:
            leads = mapping(source, target)
            assert set(SCHEMES[source]) <= set(leads)
            ends = {end for several in leads.values() for end in several}
            assert ends >= set(SCHEMES[target])
            back = mapping(target, source)
            for category, several in leads.items():
                assert all(category in back[end] for end in several)
    assert mapping("2021", "2021") == {
        name: (name,) for name in (*LABELS, "Not stated", "Not known")
    }
    for scheme in ("2021", "2001"):
        leads = mapping("2021", scheme)
        assert {label: leads[label][0] for label in LABELS} == (
            TO_NHS_2001 if scheme == "2001" else {label: label for label in LABELS}
        )
    with pytest.raises(ValueError, match="no scheme '1991'; choose '2021'"):
        mapping("2021", "1991")


def test_the_two_senses_of_five_differ_by_chinese_only():
    old, new = (mapping("2021", f"{year} high level") for year in (2001, 2021))
    assert [label for label in LABELS if old[label] != new[label]] == ["Chinese"]
    assert convert(["Chinese"], "2021", "2001 high level") == ["Other"]
    assert mapping("2001", "2021 high level")["R"] == ("Asian",)
    assert mapping("2021 high level", "2001 high level")["Asian"] == ("Asian", "Other")


def test_losses_as_a_table():
    table = losses("2021", "2001")
    assert list(table.columns) == ["source", "target", "outcome", "joined_with"]
    joined = table[table["outcome"] == "joined"].set_index("source")["joined_with"]
    assert joined["Roma"] == "Gypsy or Irish Traveller, Other White"
    assert joined["Arab"] == "Any other ethnic group" and len(joined) == 5
    back = losses("2001", "2021").set_index("target")
    assert back.loc["Arab", ["source", "outcome"]].tolist() == ["S", "could be several"]
    assert back.loc["Not stated", ["source", "outcome"]].tolist() == ["Z", "kept"]
    five = losses("2001 high level", "2021 high level")
    both = five[five["outcome"] == "could be several, joined"]
    assert both[["source", "target"]].values.tolist() == [["Other", "Asian"]]


def test_a_column_is_mapped_and_what_is_no_group_stays_so():
    assert convert([*LABELS, "Not known"], "2021", "2001") == [*TO_NHS_2001.values(), "99"]
    there = convert(NHS_2001, "2001", "2021 high level")
    assert there[:14] == ["White"] * 3 + ["Mixed"] * 4 + ["Asian"] * 4 + ["Black"] * 3
    assert there[14:] == ["Asian", "Other", "Not stated", "Not known"]
    assert convert([], "2021", "2001") == []


@pytest.mark.parametrize(
    "values, source, target, error, says",
    [
        (["A", "C"], "2001", "2021", AmbiguousCategory, "'code', row 2: 'C' could be Gypsy or"),
        (["White"], "2021 high level", "2001", AmbiguousCategory, "could be A, B or C in scheme"),
        (["Other"], "2001 high level", "2021 high level", AmbiguousCategory, "Asian or Other"),
        (["A", None], "2001", "2021 high level", UnknownCategory, "row 2: None is not"),
        (["A", "Roma"], "2001", "2021 high level", UnknownCategory, "row 2: 'Roma' is not"),
        (["Z"], "2021", "2001", UnknownCategory, "'Z' is not a category of scheme 2021"),
        (["A"], "2001", "five", ValueError, "no scheme 'five'"),
    ],
)
def test_columns_that_are_refused(values, source, target, error, says):
    with pytest.raises(error, match=says):
        convert(values, source, target, column="code")


def residents(groups=("Chinese", "Roma", "Arab", "Not stated"), counts=(40, 5, 7, 3), **columns):
    return pd.DataFrame({"ethnic_group": groups, "count": counts, **columns})


def test_counts_by_way_of_2001_codes_to_five_in_both_senses():
    codes = convert_counts(residents(), "2021", "2001")
    assert codes["ethnic_group"].tolist() == ["R", "C", "S", "Z"]
    assert codes["count"].tolist() == [40, 5, 7, 3] and codes["count"].dtype == "int64"
    new = convert_counts(codes, "2001", "2021 high level").set_index("ethnic_group")["count"]
    old = convert_counts(codes, "2001", "2001 high level").set_index("ethnic_group")["count"]
    assert new.to_dict() == {"Asian": 40, "White": 5, "Other": 7, "Not stated": 3}
    assert old.to_dict() == {"White": 5, "Other": 47, "Not stated": 3}
    straight = convert_counts(residents(), "2021", "2001 high level")
    assert straight.set_index("ethnic_group")["count"].to_dict() == old.to_dict()


def test_joined_counts_say_so_and_each_area_is_its_own():
    table = residents(
        ["Roma", "Other White", "Roma", "Indian"], [5, 60, 2, 9], area=["b", "b", "a", "b"]
    )
    found = convert_counts(table, "2021", "2001", by="area")
    assert found[["area", "ethnic_group", "count"]].values.tolist() == [
        ["b", "H", 9],
        ["b", "C", 65],
        ["a", "C", 2],
    ]
    assert found["note"].tolist() == ["", "Joins Roma and Other White.", ""]
    assert list(table.columns) == ["ethnic_group", "count", "area"]


C_SHARES = {"Gypsy or Irish Traveller": 0.02, "Roma": 0.03, "Other White": 0.95}


def test_a_code_of_several_groups_is_shared_out_only_by_given_shares():
    codes = residents(["A", "C"], [300, 200])
    with pytest.raises(AmbiguousCategory, match=r"row 2: 'C' could be .*give shares\['C'\]"):
        convert_counts(codes, "2001", "2021")
    found = convert_counts(codes, "2001", "2021", shares={"C": C_SHARES})
    assert found["ethnic_group"].tolist() == [
        "White British",
        "Gypsy or Irish Traveller",
        "Roma",
        "Other White",
    ]
    assert found["count"].tolist() == pytest.approx([300, 4, 6, 190])
    assert found["note"].tolist() == ["", *["Estimate: C shared out by given shares."] * 3]
    again = convert_counts(found, "2021", "2001").set_index("ethnic_group")["count"]
    assert again["C"] == pytest.approx(200)


@pytest.mark.parametrize(
    "shares, error, says",
    [
        ({"C": C_SHARES | {"Roma": 0.04}}, ValueError, "add up to 1.01: they must add up to 1"),
        ({"C": {"Other White": 1}}, UnknownCategory, "names Other White, and must name Gypsy or"),
        ({"C": {}}, UnknownCategory, "names nothing"),
        ({"C": C_SHARES | {"Roma": -0.03}}, ValueError, r"\['Roma'\] is -0.03: it is no share"),
        ({"C": C_SHARES | {"Roma": None}}, ValueError, "is None: it is no share"),
        ({"White": C_SHARES}, UnknownCategory, "'White' is not a category of scheme 2001"),
    ],
)
def test_shares_that_are_refused(shares, error, says):
    with pytest.raises(error, match=says):
        convert_counts(residents(["C"], [1]), "2001", "2021", shares=shares)


@pytest.mark.parametrize(
    "changes, options, says",
    [
        ({"counts": (40, None, 7, 3)}, {}, "'count', row 2: nan is not a count; a missing count"),
        ({"counts": (40, -5, 7, 3)}, {}, "'count', row 2: -5 is not a count"),
        ({"counts": ("40", "5", "7", "3")}, {}, "'count', row 1: '40' is not a count"),
        ({"groups": ("Chinese", "roma", "Arab", "Roma")}, {}, "'ethnic_group', row 2: 'roma' is"),
        ({"area": ["x", None, "x", "x"]}, {"by": "area"}, "Row 2: a value in area is missing"),
        ({}, {"by": "area"}, "no column 'area'; the table has: ethnic_group, count"),
        ({}, {"count": "n"}, "no column 'n'"),
    ],
)
def test_tables_that_are_refused(changes, options, says):
    with pytest.raises(ValueError, match=says):
        convert_counts(residents(**changes), "2021", "2001", **options)


def test_known_categories_pass():
    check(LABELS)
    check(NHS_2001, scheme="2001")
    check(HIGH_LEVEL, scheme="2021 high level")
    check([])
    with pytest.raises(ValueError, match="no scheme '1991'; choose '2021'"):
        check([], scheme="1991")


@pytest.mark.parametrize(
    "call",
    [
        categories.group,
        categories.colour,
        categories.to_nhs2001,
        categories.from_nhs2001,
    ],
)
@pytest.mark.parametrize("value", ["Martian", None, 5, ["Roma"]])
def test_lookups_refuse_what_they_do_not_know(call, value):
    with pytest.raises(UnknownCategory, match="is not a known category; allowed are"):
        call(value)


# Linear RGB as people with no protan, deutan or tritan cones see it: Machado GM et al. (2009),
# IEEE Trans Vis Comput Graph 15:1291-1298, severity 1.0.
SIGHT = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def linear(hex_colour):
    parts = [int(hex_colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]


def contrast_on_white(hex_colour):
    red, green, blue = linear(hex_colour)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def oklab(rgb):
    red, green, blue = rgb
    l = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)  # noqa: E741
    m = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    s = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
        1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
        0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
    )


def seen(hex_colour, matrix):
    rgb = linear(hex_colour)
    mixed = [sum(w * c for w, c in zip(row, rgb, strict=True)) for row in matrix]
    return oklab([min(max(c, 0), 1) for c in mixed])


def distance(one, other, matrix):
    """How far apart two colours look, in hundredths of Oklab."""
    pairs = zip(seen(one, matrix), seen(other, matrix), strict=True)
    return 100 * sum((a - b) ** 2 for a, b in pairs) ** 0.5


def test_every_colour_is_its_own_and_stands_out_on_white():
    colours = [g.colour for g in GROUPS]
    assert len(set(colours)) == 19
    for name in (*LABELS, *HIGH_LEVEL, *NHS_2001.values()):
        assert contrast_on_white(colour(name)) >= 3, name
    recorded = [colour(name) for name in NHS_2001.values()]
    assert len(set(recorded)) == len(recorded)


@pytest.mark.parametrize("sight", SIGHT)
def test_the_five_can_be_told_apart_with_any_colour_vision(sight):
    for one, other in combinations(HIGH_LEVEL, 2):
        assert distance(colour(one), colour(other), SIGHT[sight]) > 9, (one, other)


def test_a_familiar_failure_is_caught():
    # Red and green of equal lightness: what the check above exists for.
    assert distance("#c23b22", "#5a7d00", SIGHT["full"]) > 9
    assert distance("#c23b22", "#5a7d00", SIGHT["deutan"]) < 9


def test_shades_in_one_family_differ_and_include_the_familys_own():
    for level in HIGH_LEVEL:
        family = [g.colour for g in GROUPS if g.high_level == level]
        assert colour(level) in family
        for one, other in combinations(family, 2):
            assert distance(one, other, SIGHT["full"]) > 4, (one, other)


def test_only_the_standard_library_is_imported_until_a_table_is_asked_for():
    code = (
        "import sys, eeic.categories as c; c.check(['Roma']); c.convert(['Roma'], '2021', '2001'); "
        "print([m for m in ('numpy', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
