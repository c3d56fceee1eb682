"""Ethnic group categories: one list, one order and one colour per group, used everywhere.

The course displays the 19 groups of the 2021 Census of England and Wales, in the order of the
published census table. Health records still carry the NHS codes of 2001 (16 groups, and two
codes that are not groups: ``Z``, asked and not stated, and ``99``, not known). The two schemes
do not fit each other: 2001 has no code for Roma, for Gypsy or Irish Traveller or for Arab, and
puts Chinese under *Other*, where the census has put it under *Asian* since 2011.

Only the standard library is imported, so that questions about groups also work where numpy and
pandas are absent.

References
----------
Office for National Statistics, Census 2021, table TS021 (groups and order). NHS Data
Dictionary, *Ethnic category* (codes). Groups that had no 2001 code follow the practice of ONS:
Gypsy or Irish Traveller and Roma fall in ``C``, Arab falls in ``S``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "FROM_NHS_2001",
    "GROUPS",
    "HIGH_LEVEL",
    "LABELS",
    "NHS_2001",
    "NHS_2001_HIGH_LEVEL",
    "NOT_KNOWN",
    "NOT_STATED",
    "TO_HIGH_LEVEL",
    "TO_NHS_2001",
    "Group",
    "UnknownCategory",
    "check",
    "colour",
    "from_nhs2001",
    "group",
    "lost_by",
    "ordered",
    "to_nhs2001",
]


class UnknownCategory(ValueError):
    """A value that is not a category of the scheme in use."""


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
}
_SCHEMES: dict[str, tuple[str, ...]] = {
    "2021": LABELS,
    "2021 high level": HIGH_LEVEL,
    "2001": tuple(NHS_2001),
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
    """Return the one colour of a census group or of a high-level group.

    Parameters
    ----------
    label : str
        One of `LABELS` or `HIGH_LEVEL`.

    Returns
    -------
    str
        A hex colour such as ``"#0072ce"``.

    Raises
    ------
    UnknownCategory
        If the label is neither.

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
        raise UnknownCategory(_unknown(label, LABELS + HIGH_LEVEL)) from None


def ordered(labels: Iterable[str]) -> list[str]:
    """Put labels in the house order, each once.

    Parameters
    ----------
    labels : iterable of str
        Labels of the 19 groups, of the five high-level groups, or of NHS 2001 codes
        (such as ``"Any other White background"`` or ``"Not stated"``).

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
    scheme : {"2021", "2021 high level", "2001"}
        The 19 census labels, the five high-level labels, or the NHS 2001 codes
        (with ``Z`` and ``99``, which are valid codes though not groups).
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
    if scheme not in _SCHEMES:
        known = _listed([repr(s) for s in _SCHEMES], "or")
        raise ValueError(f"There is no scheme {scheme!r}; choose {known}.")
    allowed = _SCHEMES[scheme]
    members = set(allowed)
    for row, value in enumerate(values, start=1):
        if not (isinstance(value, str) and value in members):
            raise UnknownCategory(
                f"Column {column!r}, row {row}: {value!r} is not a category of scheme {scheme}; "
                f"allowed are {_listed(allowed, 'and')}."
            )


def _rank() -> dict[str, int]:
    """Rank every label of every scheme once, so that `ordered` takes any of them."""
    labels: list[str] = []
    for level in HIGH_LEVEL:
        family = [g for g in GROUPS if g.high_level == level]
        labels += [g.label for g in family]
        labels += [NHS_2001[code] for code in dict.fromkeys(g.nhs2001 for g in family)]
        labels.append(level)
    labels += [NOT_STATED, NOT_KNOWN]
    return {label: place for place, label in enumerate(dict.fromkeys(labels))}


def _listed(items: Iterable[str], conjunction: str) -> str:
    """Join words as a sentence does: a, b and c."""
    words = list(items)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


def _unknown(value: object, allowed: tuple[str, ...]) -> str:
    return f"{value!r} is not a known category; allowed are {_listed(allowed, 'and')}."


_RANK = _rank()
