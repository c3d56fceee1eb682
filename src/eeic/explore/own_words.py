"""What the residents of Lesson 2 might write about themselves, were they given an empty line.

The register (L01) has no free text. These answers are made up for the lesson and dealt out by a
person's number, from the list of the person's own group and with other chances for people born
in the United Kingdom and elsewhere. They show what free text does to a table: many answers, few
people behind each, the same words from several boxes. They are evidence about nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from pandas import DataFrame, Series

#: Written where the line stays empty: a legitimate answer.
BLANK = "(left empty)"
#: Out of a hundred people, so many leave the line empty.
EMPTY = 4

_BOTH = {"Lindlemere, born and bred": (1, 0)}

#: Group -> words -> (chance if born in the UK, chance if born elsewhere), in parts of their sum.
#: Of somebody whose country of birth is not known, both count.
ANSWERS: dict[str, dict[str, tuple[int, int]]] = {
    "Bangladeshi": {
        "British Bangladeshi": (5, 2),
        "Bangladeshi": (3, 6),
        "Bengali": (3, 4),
        "Sylheti": (1, 3),
        "British Asian": (2, 0),
        "British Muslim": (1, 1),
        **_BOTH,
    },
    "Chinese": {
        "British Chinese": (5, 1),
        "Chinese": (3, 6),
        "Hong Konger": (1, 3),
        "Malaysian Chinese": (0, 2),
        "East Asian": (1, 1),
    },
    "Indian": {
        "British Indian": (5, 1),
        "Indian": (3, 6),
        "Punjabi": (2, 2),
        "Gujarati": (2, 3),
        "Sikh": (2, 2),
        "Tamil": (0, 2),
        "British Asian": (2, 0),
        "East African Asian": (1, 1),
        **_BOTH,
    },
    "Pakistani": {
        "British Pakistani": (6, 2),
        "Pakistani": (3, 6),
        "Kashmiri": (2, 3),
        "Punjabi": (1, 2),
        "British Asian": (2, 0),
        "Pashtun": (0, 1),
        "British Muslim": (1, 1),
        **_BOTH,
    },
    "Other Asian": {
        "Sri Lankan": (1, 3),
        "Tamil": (1, 3),
        "Filipino": (1, 3),
        "Afghan": (1, 3),
        "Nepali": (1, 3),
        "Kurdish": (1, 2),
        "Iranian": (1, 2),
        "Vietnamese": (1, 2),
        "Sikh": (1, 1),
        "British Asian": (3, 0),
        "East African Asian": (1, 1),
    },
    "Black African": {
        "African": (1, 2),
        "Black African": (2, 3),
        "Nigerian": (2, 3),
        "British Nigerian": (3, 0),
        "Ghanaian": (1, 2),
        "Somali": (2, 4),
        "Black British": (4, 0),
        "Zimbabwean": (0, 2),
        "Congolese": (0, 1),
        "Eritrean": (0, 2),
        "Sudanese": (0, 1),
        **_BOTH,
    },
    "Black Caribbean": {
        "Jamaican": (2, 4),
        "British Jamaican": (3, 1),
        "Caribbean": (2, 2),
        "Black Caribbean": (2, 2),
        "Black British": (4, 1),
        "West Indian": (1, 3),
        "Barbadian": (1, 1),
        **_BOTH,
    },
    "Other Black": {
        "Black British": (5, 1),
        "Black": (2, 2),
        "Somali": (1, 2),
        "Sudanese": (0, 2),
        "Brazilian": (0, 1),
        "Mixed heritage": (1, 1),
    },
    "White and Asian": {
        "Mixed": (3, 2),
        "Mixed heritage": (3, 2),
        "Dual heritage": (2, 1),
        "British": (3, 1),
        "British Asian": (2, 0),
        "Anglo-Indian": (1, 2),
        "English and Pakistani": (1, 0),
        **_BOTH,
    },
    "White and Black African": {
        "Mixed": (3, 2),
        "Mixed heritage": (2, 2),
        "Dual heritage": (2, 1),
        "British": (2, 1),
        "Black British": (2, 1),
        "English and Nigerian": (1, 0),
    },
    "White and Black Caribbean": {
        "Mixed": (3, 2),
        "Mixed heritage": (3, 2),
        "Dual heritage": (2, 1),
        "British": (3, 1),
        "Black British": (2, 1),
        "English and Jamaican": (1, 0),
        **_BOTH,
    },
    "Other Mixed": {
        "Mixed": (3, 2),
        "Mixed heritage": (2, 2),
        "British": (2, 1),
        "Latin American": (0, 2),
        "Brazilian": (0, 2),
        "Mauritian": (1, 2),
        "English and Arab": (1, 1),
    },
    "White British": {
        "British": (24, 18),
        "English": (24, 8),
        "White British": (16, 12),
        "Welsh": (2, 1),
        "Scottish": (2, 1),
        "Northern Irish": (2, 1),
        "Jewish": (1, 1),
        "Lindlemere, born and bred": (5, 0),
    },
    "White Irish": {
        "Irish": (4, 8),
        "Irish and British": (4, 1),
        "Northern Irish": (1, 1),
        "British": (1, 0),
    },
    "Gypsy or Irish Traveller": {
        "Irish Traveller": (4, 4),
        "Romany": (4, 2),
        "Traveller": (3, 2),
        "English": (1, 0),
    },
    "Roma": {
        "Roma": (4, 4),
        "Romanian": (1, 2),
        "Slovak": (1, 2),
        "European": (1, 1),
    },
    "Other White": {
        "Polish": (2, 6),
        "Romanian": (1, 5),
        "European": (4, 3),
        "Lithuanian": (0, 2),
        "Portuguese": (1, 3),
        "Italian": (1, 2),
        "Spanish": (0, 2),
        "Turkish": (1, 2),
        "Kurdish": (1, 3),
        "Cypriot": (2, 1),
        "Brazilian": (0, 2),
        "American": (0, 1),
        "Jewish": (1, 1),
        "British": (4, 0),
        "British Polish": (3, 0),
    },
    "Arab": {
        "Arab": (3, 3),
        "British Arab": (4, 1),
        "Yemeni": (2, 2),
        "Iraqi": (1, 3),
        "Syrian": (0, 3),
        "Moroccan": (1, 2),
        "Sudanese": (0, 2),
        "Kurdish": (0, 1),
    },
    "Any other ethnic group": {
        "Kurdish": (2, 4),
        "Turkish": (1, 2),
        "Iranian": (2, 3),
        "Afghan": (1, 3),
        "Latin American": (1, 2),
        "Sikh": (2, 1),
        "Jewish": (2, 1),
        "British Muslim": (1, 1),
        "Filipino": (0, 2),
    },
}


def dealt(residents: DataFrame) -> Series:
    """Deal an answer to each resident.

    Parameters
    ----------
    residents : pandas.DataFrame
        Columns person_id, ethnic_group_self and born_uk, as in L01.

    Returns
    -------
    pandas.Series
        Words, or `BLANK`, in the order of the rows.

    Notes
    -----
    The draw is the person's number, hashed: the same person always writes the same, whatever
    else is in the table.

    Examples
    --------
    >>> import pandas as pd
    >>> one = {"person_id": ["P0000001"], "ethnic_group_self": ["Roma"], "born_uk": ["yes"]}
    >>> list(dealt(pd.DataFrame(one)))
    ['Roma']
    """
    import pandas as pd

    wheels = {}
    columns = ("person_id", "ethnic_group_self", "born_uk")
    words = []
    for person, group, born in zip(*(residents[name] for name in columns), strict=True):
        place = (group, born if born in ("yes", "no") else "not known")
        if place not in wheels:
            wheels[place] = _wheel(*place)
        wheel = wheels[place]
        draw = crc32(f"own words of {person}".encode())
        share, slot = draw % 100, draw // 100
        words.append(BLANK if share < EMPTY else wheel[slot % len(wheel)])
    return pd.Series(words, index=residents.index, dtype=object)


def _wheel(group: str, born: str) -> list[str]:
    """Repeat each answer as often as its chance says."""
    use = {"yes": (1, 0), "no": (0, 1), "not known": (1, 1)}[born]
    return [
        words
        for words, chances in ANSWERS[group].items()
        for _ in range(chances[0] * use[0] + chances[1] * use[1])
    ]
