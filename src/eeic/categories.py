"""Ethnic group categories: one list, one order and one colour per group, used everywhere.

The course displays the 19 groups of the 2021 Census of England and Wales, in the order of the
published census table. Health records still carry the NHS codes of 2001 (16 groups, and two
codes that are not groups: ``Z``, asked and not stated, and ``99``, not known). The two schemes
do not fit each other: 2001 has no code for Roma, for Gypsy or Irish Traveller or for Arab, and
puts Chinese under *Other*, where the census has put it under *Asian* since 2011.

There are four schemes: ``"2021"``, the 19 groups; ``"2001"``, the codes; and the five high-level
groups in the sense of each, ``"2021 high level"`` and ``"2001 high level"``. `mapping` leads from
any to any, `losses` says what that loses, `convert` maps a column and `convert_counts` a table.
Where a category could become several, both refuse; only counts can be shared out, by shares that
are given.

Only the standard library is imported, so that questions about groups also work where numpy and
pandas are absent; the two functions that return a table import pandas when they are called.

References
----------
Office for National Statistics, Census 2021, table TS021 (groups and order). NHS Data
Dictionary, *Ethnic category* (codes). Groups that had no 2001 code follow the practice of ONS:
Gypsy or Irish Traveller and Roma fall in ``C``, Arab falls in ``S``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import repeat
from numbers import Real
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FROM_NHS_2001",
    "GROUPS",
    "HIGH_LEVEL",
    "LABELS",
    "NHS_2001",
    "NHS_2001_HIGH_LEVEL",
    "NOT_KNOWN",
    "NOT_STATED",
    "SCHEMES",
    "TO_HIGH_LEVEL",
    "TO_NHS_2001",
    "AmbiguousCategory",
    "Group",
    "UnknownCategory",
    "check",
    "colour",
    "convert",
    "convert_counts",
    "from_nhs2001",
    "group",
    "losses",
    "lost_by",
    "mapping",
    "ordered",
    "to_nhs2001",
]


class UnknownCategory(ValueError):
    """A value that is not a category of the scheme in use."""


class AmbiguousCategory(ValueError):
    """A category that could become several, where nothing says which."""


@dataclass(frozen=True)
class Group:
    """One ethnic group of the 2021 Census.

    Attributes
    ----------
    code : int
        Place in the published census table, 1 to 19; also the display order.
    label : str
        Short label used in tables, charts and data files.
    official : str
        Full wording of the census table.
    high_level : str
        One of `HIGH_LEVEL`.
    nhs2001 : str
        Letter of the NHS 2001 code in which people of this group are recorded.
    colour : str
        Hex colour: a shade of the high-level group's colour, at least 3:1 on white.
    """

    code: int
    label: str
    official: str
    high_level: str
    nhs2001: str
    colour: str


_ASIAN = "Asian, Asian British or Asian Welsh: "
_BLACK = "Black, Black British, Black Welsh, Caribbean or African: "
_MIXED = "Mixed or Multiple ethnic groups: "
_WHITE = "White: "
_OTHER = "Other ethnic group: "
_BRITISH = "English, Welsh, Scottish, Northern Irish or British"

#: The 19 groups in display order.
GROUPS: tuple[Group, ...] = (
    Group(1, "Bangladeshi", _ASIAN + "Bangladeshi", "Asian", "K", "#1440b5"),
    Group(2, "Chinese", _ASIAN + "Chinese", "Asian", "R", "#7992c5"),
    Group(3, "Indian", _ASIAN + "Indian", "Asian", "H", "#0072ce"),
    Group(4, "Pakistani", _ASIAN + "Pakistani", "Asian", "J", "#275ab2"),
    Group(5, "Other Asian", _ASIAN + "Other Asian", "Asian", "L", "#4e7fee"),
    Group(6, "Black African", _BLACK + "African", "Black", "N", "#7c2855"),
    Group(7, "Black Caribbean", _BLACK + "Caribbean", "Black", "M", "#9a6290"),
    Group(8, "Other Black", _BLACK + "Other Black", "Black", "P", "#983270"),
    Group(9, "White and Asian", _MIXED + "White and Asian", "Mixed", "F", "#00a499"),
    Group(
        10, "White and Black African", _MIXED + "White and Black African", "Mixed", "E", "#4a795f"
    ),
    Group(
        11,
        "White and Black Caribbean",
        _MIXED + "White and Black Caribbean",
        "Mixed",
        "D",
        "#045332",
    ),
    Group(
        12, "Other Mixed", _MIXED + "Other Mixed or Multiple ethnic groups", "Mixed", "G", "#608e73"
    ),
    Group(13, "White British", _WHITE + _BRITISH, "White", "A", "#c65102"),
    Group(14, "White Irish", _WHITE + "Irish", "White", "B", "#6a530a"),
    Group(
        15, "Gypsy or Irish Traveller", _WHITE + "Gypsy or Irish Traveller", "White", "C", "#c2824a"
    ),
    Group(16, "Roma", _WHITE + "Roma", "White", "C", "#513802"),
    Group(17, "Other White", _WHITE + "Other White", "White", "C", "#8d5835"),
    Group(18, "Arab", _OTHER + "Arab", "Other", "S", "#003087"),
    Group(19, "Any other ethnic group", _OTHER + "Any other ethnic group", "Other", "S", "#371d59"),
)

#: The five high-level groups, in display order.
HIGH_LEVEL: tuple[str, ...] = ("Asian", "Black", "Mixed", "White", "Other")

#: The 19 short labels, in display order.
LABELS: tuple[str, ...] = tuple(g.label for g in GROUPS)

#: The person was asked and did not say. Not a group.
NOT_STATED = "Not stated"
#: The person was not asked, or the record is lost. Not a group.
NOT_KNOWN = "Not known"

#: NHS 2001 code -> label. A code that holds exactly one census group carries that group's label.
NHS_2001: dict[str, str] = {
    "A": "White British",
    "B": "White Irish",
    "C": "Any other White background",
    "D": "White and Black Caribbean",
    "E": "White and Black African",
    "F": "White and Asian",
    "G": "Other Mixed",
    "H": "Indian",
    "J": "Pakistani",
    "K": "Bangladeshi",
    "L": "Other Asian",
    "M": "Black Caribbean",
    "N": "Black African",
    "P": "Other Black",
    "R": "Chinese",
    "S": "Any other ethnic group (2001)",
    "Z": NOT_STATED,
    "99": NOT_KNOWN,
}

#: NHS 2001 code -> high-level group *of 2001*, where Chinese stands under Other.
#: Z and 99 have none.
NHS_2001_HIGH_LEVEL: dict[str, str] = {
    **dict.fromkeys("ABC", "White"),
    **dict.fromkeys("DEFG", "Mixed"),
    **dict.fromkeys("HJKL", "Asian"),
    **dict.fromkeys("MNP", "Black"),
    **dict.fromkeys("RS", "Other"),
}

#: Census 2021 label -> NHS 2001 code.
TO_NHS_2001: dict[str, str] = {g.label: g.nhs2001 for g in GROUPS}
#: Census 2021 label -> high-level group of 2021.
TO_HIGH_LEVEL: dict[str, str] = {g.label: g.high_level for g in GROUPS}
#: NHS 2001 code -> every census group recorded in it (none for Z and 99).
FROM_NHS_2001: dict[str, tuple[str, ...]] = {
    code: tuple(g.label for g in GROUPS if g.nhs2001 == code) for code in NHS_2001
}

_BY_LABEL = {g.label: g for g in GROUPS}
_COLOURS = {
    **{g.label: g.colour for g in GROUPS},
    "Asian": "#0072ce",
    "Black": "#7c2855",
    "Mixed": "#00a499",
    "White": "#c65102",
    "Other": "#003087",
    # A code of 2001 that holds several groups has the colour of its remainder.
    NHS_2001["C"]: _BY_LABEL["Other White"].colour,
    NHS_2001["S"]: _BY_LABEL["Any other ethnic group"].colour,
    NOT_STATED: "#767676",
    NOT_KNOWN: "#4d4d4d",
}
#: Scheme -> its categories. Only the NHS codes of 2001 name those that are not a group.
SCHEMES: dict[str, tuple[str, ...]] = {
    "2021": LABELS,
    "2021 high level": HIGH_LEVEL,
    "2001": tuple(NHS_2001),
    "2001 high level": HIGH_LEVEL,
}
#: Scheme -> the category of each census group: what every mapping is made from.
_CATEGORY_OF: dict[str, dict[str, str]] = {
    "2021": {g.label: g.label for g in GROUPS},
    "2021 high level": TO_HIGH_LEVEL,
    "2001": TO_NHS_2001,
    "2001 high level": {g.label: NHS_2001_HIGH_LEVEL[g.nhs2001] for g in GROUPS},
}


def group(label: str) -> Group:
    """Return the census group with this short label.

    Parameters
    ----------
    label : str
        One of `LABELS`.

    Returns
    -------
    Group
        The group.

    Raises
    ------
    UnknownCategory
        If the label is not one of the 19.

    Examples
    --------
    >>> group("Chinese").nhs2001
    'R'
    """
    try:
        return _BY_LABEL[label]
    except (KeyError, TypeError):
        raise UnknownCategory(_unknown(label, LABELS)) from None


def colour(label: str) -> str:
    """Return the one colour of a census group, a high-level group or an NHS 2001 label.

    Parameters
    ----------
    label : str
        One of `LABELS`, of `HIGH_LEVEL`, or of the labels in `NHS_2001`; grey for not stated
        and not known.

    Returns
    -------
    str
        A hex colour such as ``"#0072ce"``.

    Raises
    ------
    UnknownCategory
        If the label is none of these.

    Notes
    -----
    Every colour is at least 3:1 on white, and the five high-level colours stay apart under full
    protan, deutan and tritan colour-vision deficiency. None of them says good or bad. Shades
    within one family are close: a chart also needs labels or markers.

    Examples
    --------
    >>> colour("Asian")
    '#0072ce'
    """
    try:
        return _COLOURS[label]
    except (KeyError, TypeError):
        raise UnknownCategory(_unknown(label, tuple(_COLOURS))) from None


def ordered(labels: Iterable[str]) -> list[str]:
    """Put labels in the house order, each once.

    Parameters
    ----------
    labels : iterable of str
        Labels of the 19 groups or of the five high-level groups, NHS 2001 codes, or the labels
        of these (such as ``"Any other White background"`` or ``"Not stated"``).

    Returns
    -------
    list of str
        The labels that occur, in display order. A 2001 label follows the census groups that
        it holds; what is not a group comes last.

    Raises
    ------
    UnknownCategory
        If a label belongs to none of the schemes.

    Examples
    --------
    >>> ordered(["White British", "Roma", "Indian", "Roma"])
    ['Indian', 'White British', 'Roma']
    >>> ordered(["Not known", "White", "Asian"])
    ['Asian', 'White', 'Not known']
    """
    found = set(labels)
    unknown = [label for label in found if label not in _RANK]
    if unknown:
        raise UnknownCategory(_unknown(min(unknown, key=str), tuple(_RANK)))
    return sorted(found, key=_RANK.__getitem__)


def to_nhs2001(label: str) -> str:
    """Return the NHS 2001 code in which a census group is recorded.

    Parameters
    ----------
    label : str
        One of `LABELS`.

    Returns
    -------
    str
        The letter of the code.

    Raises
    ------
    UnknownCategory
        If the label is not one of the 19.

    Examples
    --------
    >>> to_nhs2001("Roma")
    'C'
    """
    return group(label).nhs2001


def from_nhs2001(code: str) -> tuple[str, ...]:
    """Return every census group that is recorded in an NHS 2001 code.

    Parameters
    ----------
    code : str
        One of `NHS_2001`.

    Returns
    -------
    tuple of str
        Census labels in display order. Empty for ``Z`` and ``99``, which are not groups.

    Raises
    ------
    UnknownCategory
        If the code is not in the scheme.

    Examples
    --------
    >>> from_nhs2001("C")
    ('Gypsy or Irish Traveller', 'Roma', 'Other White')
    >>> from_nhs2001("Z")
    ()
    """
    try:
        return FROM_NHS_2001[code]
    except (KeyError, TypeError):
        raise UnknownCategory(_unknown(code, tuple(NHS_2001))) from None


def lost_by(mapping: Mapping[str, str | tuple[str, ...]]) -> tuple[str, ...]:
    """Say in plain sentences what a mapping between category schemes loses.

    Parameters
    ----------
    mapping : mapping of str to str or tuple of str
        From each category to the category, or the several possible categories, it becomes:
        `TO_NHS_2001`, `TO_HIGH_LEVEL`, `FROM_NHS_2001`, or one of your own.

    Returns
    -------
    tuple of str
        One sentence for each set of categories that can no longer be told apart, for each
        category that could become several, and for each that becomes none.

    Examples
    --------
    >>> for sentence in lost_by(TO_NHS_2001):
    ...     print(sentence)
    C joins Gypsy or Irish Traveller, Roma and Other White: they can no longer be told apart.
    S joins Arab and Any other ethnic group: they can no longer be told apart.
    >>> lost_by(FROM_NHS_2001)[0]
    'C could be Gypsy or Irish Traveller, Roma or Other White: the code does not say which.'
    """
    joined: dict[str, list[str]] = {}
    sentences = []
    for source, target in mapping.items():
        targets = (target,) if isinstance(target, str) else target
        if not targets:
            sentences.append(f"{source} becomes no group.")
        elif len(targets) > 1:
            sentences.append(
                f"{source} could be {_listed(targets, 'or')}: the code does not say which."
            )
        else:
            joined.setdefault(targets[0], []).append(source)
    return (
        *(
            f"{target} joins {_listed(sources, 'and')}: they can no longer be told apart."
            for target, sources in joined.items()
            if len(sources) > 1
        ),
        *sentences,
    )


def check(values: Iterable[Any], scheme: str = "2021", column: str = "ethnic_group") -> None:
    """Refuse values that are not categories of a scheme.

    Parameters
    ----------
    values : iterable
        The values of one column, in row order.
    scheme : {"2021", "2021 high level", "2001", "2001 high level"}
        The 19 census labels, the five high-level labels, the NHS 2001 codes (with ``Z`` and
        ``99``, which are valid codes though not groups), or their five high-level groups.
    column : str
        Name of the column, for the message.

    Raises
    ------
    UnknownCategory
        If a value is missing or not in the scheme. The message names the value, the column, the
        first row (counted from 1) and the values that are allowed.
    ValueError
        If there is no such scheme.

    Examples
    --------
    >>> check(["Indian", "Roma"])
    >>> check(["A", "I"], scheme="2001", column="code")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    eeic.categories.UnknownCategory: Column 'code', row 2: 'I' is not a category of scheme 2001; ...
    """
    _require_scheme(scheme)
    _require_members(values, SCHEMES[scheme], scheme, column)


def mapping(source: str, target: str) -> dict[str, tuple[str, ...]]:
    """Return what each category of one scheme can become in another.

    Parameters
    ----------
    source, target : {"2021", "2021 high level", "2001", "2001 high level"}
        The schemes.

    Returns
    -------
    dict of str to tuple of str
        Every category of the source, in its own order, with each category of the target that
        holds some of its people. Not stated and not known, ``Z`` and ``99``, lead to each
        other and to no group.

    Raises
    ------
    ValueError
        If there is no such scheme.

    Notes
    -----
    Each scheme puts each of the 19 census groups in one category. A category leads to those
    that its census groups are in.

    Examples
    --------
    >>> mapping("2001", "2021")["C"]
    ('Gypsy or Irish Traveller', 'Roma', 'Other White')
    >>> mapping("2001 high level", "2021 high level")["Other"]
    ('Asian', 'Other')
    >>> mapping("2001", "2021 high level")["Z"]
    ('Not stated',)
    """
    for scheme in (source, target):
        _require_scheme(scheme)
    here, there = _CATEGORY_OF[source], _CATEGORY_OF[target]
    groups = {
        category: tuple(dict.fromkeys(there[g.label] for g in GROUPS if here[g.label] == category))
        for category in SCHEMES[source]
    }
    both = zip(_no_group(source), _no_group(target), strict=True)
    return groups | {category: (other,) for category, other in both}


def losses(source: str, target: str) -> pd.DataFrame:
    """Say in a table what mapping one scheme to another keeps and loses.

    Parameters
    ----------
    source, target : {"2021", "2021 high level", "2001", "2001 high level"}
        The schemes.

    Returns
    -------
    pandas.DataFrame
        One row for each category of the source and each that it can become: source, target,
        outcome (``"kept"``, ``"joined"`` with others, ``"could be several"``, or
        ``"could be several, joined"``), and joined_with, the other categories of the source
        that end in the same one.

    Raises
    ------
    ValueError
        If there is no such scheme.

    Examples
    --------
    >>> table = losses("2021", "2001")
    >>> table[table["outcome"] != "kept"][["source", "target", "outcome"]]
                          source target outcome
    14  Gypsy or Irish Traveller      C  joined
    15                      Roma      C  joined
    16               Other White      C  joined
    17                      Arab      S  joined
    18    Any other ethnic group      S  joined
    """
    import pandas as pd

    leads = mapping(source, target)
    comes_from: dict[str, list[str]] = {}
    for category, ends in leads.items():
        for end in ends:
            comes_from.setdefault(end, []).append(category)
    rows = []
    for category, ends in leads.items():
        for end in ends:
            others = [other for other in comes_from[end] if other != category]
            lost = [
                *(["could be several"] if len(ends) > 1 else []),
                *(["joined"] if others else []),
            ]
            rows.append((category, end, ", ".join(lost) or "kept", ", ".join(others)))
    return pd.DataFrame(rows, columns=["source", "target", "outcome", "joined_with"])


def convert(
    values: Iterable[Any], source: str, target: str, column: str = "ethnic_group"
) -> list[str]:
    """Map a whole column from one scheme to another.

    Parameters
    ----------
    values : iterable
        The values of one column, in row order. Not stated and not known (``Z`` and ``99`` in
        2001 codes) stay what they are.
    source, target : {"2021", "2021 high level", "2001", "2001 high level"}
        The schemes.
    column : str
        Name of the column, for the message.

    Returns
    -------
    list of str
        The categories of the target, in row order.

    Raises
    ------
    UnknownCategory
        If a value is missing or not in the scheme.
    AmbiguousCategory
        If a value could become several categories. A person's group cannot be invented; counts
        can be shared out by `convert_counts`.
    ValueError
        If there is no such scheme.

    Examples
    --------
    >>> convert(["Roma", "Chinese", "Not stated"], "2021", "2001")
    ['C', 'R', 'Z']
    >>> convert(["R", "C", "99"], "2001", "2021 high level")
    ['Asian', 'White', 'Not known']
    >>> convert(["R", "C", "99"], "2001", "2001 high level")
    ['Other', 'White', 'Not known']
    """
    leads = mapping(source, target)
    values = list(values)
    _require_members(values, tuple(leads), source, column)
    for row, value in enumerate(values, start=1):
        if len(leads[value]) > 1:
            raise AmbiguousCategory(
                f"Column {column!r}, row {row}: {value!r} could be {_listed(leads[value], 'or')} "
                f"in scheme {target}, and nothing says which."
            )
    return [leads[value][0] for value in values]


def convert_counts(
    data: pd.DataFrame,
    source: str,
    target: str,
    *,
    count: str = "count",
    column: str = "ethnic_group",
    by: str | Iterable[str] = (),
    shares: Mapping[str, Mapping[str, float]] | None = None,
) -> pd.DataFrame:
    """Map a table of counts from one scheme to another, adding up what is joined.

    Parameters
    ----------
    data : pandas.DataFrame
        Counts of people or events by category; rows of the same category are added up.
    source, target : {"2021", "2021 high level", "2001", "2001 high level"}
        The schemes.
    count, column : str
        Columns of the counts and of the categories.
    by : str or iterable of str
        Columns that tell tables apart, such as the area or the age band.
    shares : mapping, optional
        For each category that could become several, the share of it in each of these, such as
        ``{"C": {"Gypsy or Irish Traveller": 0.02, "Roma": 0.03, "Other White": 0.95}}``. They
        must add up to 1. The same shares serve every row.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, the column of categories and the counts, in order of first
        appearance and then the display order; and ``note``, which says where a count was shared
        out and is an estimate, and what was joined. Only categories that some row leads to are
        there.

    Raises
    ------
    UnknownCategory
        If a category is missing or not in the scheme, or if a share is of a category that
        could not be meant.
    AmbiguousCategory
        If a category could become several and has no shares.
    ValueError
        If a count is missing, negative or not a number, if a value of `by` is missing, if
        shares are negative or do not add up to 1, if there is no such column or scheme.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"ethnic_group": ["Chinese", "Indian"], "count": [40, 60]})
    >>> convert_counts(data, "2021", "2021 high level")[["ethnic_group", "count"]]
      ethnic_group  count
    0        Asian    100
    >>> convert_counts(data, "2021", "2001 high level")[["ethnic_group", "count"]]
      ethnic_group  count
    0        Asian     60
    1        Other     40
    """
    import pandas as pd

    by = [by] if isinstance(by, str) else list(by)
    for name in (*by, column, count):
        if name not in data.columns:
            has = ", ".join(map(str, data.columns))
            raise ValueError(f"There is no column {name!r}; the table has: {has}.")
    if (missing := data[by].isna().any(axis=1).to_numpy()).any():
        raise ValueError(f"Row {missing.argmax() + 1}: a value in {_listed(by, 'or')} is missing.")
    leads = mapping(source, target)
    _require_members(data[column], tuple(leads), source, column)
    _require_counts(data[count], count)
    given = _checked(shares or {}, leads, source)
    cells: dict[tuple[Any, ...], dict[str, list[tuple[str, float]]]] = {}
    keys = zip(*(data[name] for name in by), strict=True) if by else repeat(())
    for row, (key, category, number) in enumerate(
        zip(keys, data[column], data[count], strict=False), start=1
    ):
        ends = leads[category]
        if len(ends) > 1 and category not in given:
            raise AmbiguousCategory(
                f"Column {column!r}, row {row}: {category!r} could be {_listed(ends, 'or')} in "
                f"scheme {target}; give shares[{category!r}] to share its counts out."
            )
        for end in ends:
            # Without shares the part is a whole 1, so that whole counts stay whole.
            part = given[category][end] if len(ends) > 1 else 1
            cells.setdefault(key, {}).setdefault(end, []).append((category, number * part))
    rows = [
        (*key, end, sum(part for _, part in parts[end]), _made_of(parts[end], leads))
        for key, parts in cells.items()
        for end in ordered(parts)
    ]
    result = pd.DataFrame(rows, columns=[*by, column, count, "note"])
    return result.astype(data[by].dtypes.to_dict())


def _made_of(parts: Iterable[tuple[str, float]], leads: Mapping[str, tuple[str, ...]]) -> str:
    """Say which categories a converted count is made of, where that is more than its own."""
    sources = list(dict.fromkeys(category for category, _ in parts))
    shared = [category for category in sources if len(leads[category]) > 1]
    sentences = []
    if shared:
        sentences.append(f"Estimate: {_listed(shared, 'and')} shared out by given shares.")
    if len(sources) > 1:
        sentences.append(f"Joins {_listed(sources, 'and')}.")
    return " ".join(sentences)


def _checked(
    shares: Mapping[str, Mapping[str, float]], leads: Mapping[str, tuple[str, ...]], source: str
) -> Mapping[str, Mapping[str, float]]:
    """Return shares that say where all of each category goes, or refuse them."""
    for category, parts in shares.items():
        if category not in leads:
            raise UnknownCategory(
                f"shares: {category!r} is not a category of scheme {source}; allowed are "
                f"{_listed(leads, 'and')}."
            )
        if set(parts) != set(leads[category]):
            raise UnknownCategory(
                f"shares[{category!r}] names {_listed(map(str, parts), 'and') or 'nothing'}, and "
                f"must name {_listed(leads[category], 'and')}, each with its share."
            )
        for end, part in parts.items():
            if not _is_amount(part):
                raise ValueError(f"shares[{category!r}][{end!r}] is {part!r}: it is no share.")
        if not math.isclose(total := math.fsum(parts.values()), 1, rel_tol=0, abs_tol=1e-9):
            raise ValueError(f"shares[{category!r}] add up to {total:.12g}: they must add up to 1.")
    return shares


def _require_scheme(scheme: str) -> None:
    if scheme not in SCHEMES:
        known = _listed([repr(s) for s in SCHEMES], "or")
        raise ValueError(f"There is no scheme {scheme!r}; choose {known}.")


def _require_members(
    values: Iterable[Any], allowed: tuple[str, ...], scheme: str, column: str
) -> None:
    """Refuse the first value that is not one of those allowed."""
    members = set(allowed)
    for row, value in enumerate(values, start=1):
        if not (isinstance(value, str) and value in members):
            raise UnknownCategory(
                f"Column {column!r}, row {row}: {value!r} is not a category of scheme {scheme}; "
                f"allowed are {_listed(allowed, 'and')}."
            )


def _require_counts(values: Iterable[Any], column: str) -> None:
    """Refuse the first value that is not a count; a missing one is not zero."""
    for row, value in enumerate(values, start=1):
        if not _is_amount(value):
            raise ValueError(
                f"Column {column!r}, row {row}: {value!r} is not a count; a missing count is not "
                "zero, so give what it is or leave the row out in sight."
            )


def _is_amount(value: Any) -> bool:
    """Say whether a value is a number from zero upwards."""
    return isinstance(value, Real) and not isinstance(value, bool) and 0 <= float(value) < math.inf


def _no_group(scheme: str) -> tuple[str, str]:
    """Return what a scheme calls not stated and not known."""
    return ("Z", "99") if scheme == "2001" else (NOT_STATED, NOT_KNOWN)


def _rank() -> dict[str, int]:
    """Rank every label of every scheme once, so that `ordered` takes any of them."""
    labels: list[str] = []
    for level in HIGH_LEVEL:
        family = [g for g in GROUPS if g.high_level == level]
        labels += [g.label for g in family]
        labels += [NHS_2001[code] for code in dict.fromkeys(g.nhs2001 for g in family)]
        labels.append(level)
    labels += [NOT_STATED, NOT_KNOWN]
    rank = {label: place for place, label in enumerate(dict.fromkeys(labels))}
    return rank | {code: rank[label] for code, label in NHS_2001.items()}


def _listed(items: Iterable[str], conjunction: str) -> str:
    """Join words as a sentence does: a, b and c."""
    words = list(items)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


def _unknown(value: object, allowed: tuple[str, ...]) -> str:
    return f"{value!r} is not a known category; allowed are {_listed(allowed, 'and')}."


_RANK = _rank()
