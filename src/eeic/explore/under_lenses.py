"""The same people under several category schemes: the numbers of Lesson 2.

They come from the resident register (L01). Two facts are counted: who needs language support, as
far as people were asked, and who lives in one of the most deprived fifth of areas. The free text
is made up: see `eeic.explore.own_words`.

Counts are rounded to the nearest five and percentages are whole: the same people are shown under
many schemes, and exact counts would let small ones be worked out by taking one from another.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from eeic import categories, datasets
from eeic.datasets import remembered
from eeic.explore._wording import listed
from eeic.explore.later import later
from eeic.explore.own_words import ANSWERS, BLANK, dealt
from eeic.explore.prevalence import EVERYONE, FEWEST, TooFew, too_few

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from pandas import DataFrame

    from eeic.stats import rates
else:
    # Questions read this module where there is no pandas: see `later`.
    np, pd, rates = later("numpy"), later("pandas"), later("eeic.stats.rates")

#: The dashboard's two bars, in the words that the lesson asks its readers not to use.
TWO = ("“White”", "“BAME”")
#: How many people the dots stand for together.
DOTS = 1000
#: Counts are rounded to this, so that no small one follows from comparing two lenses.
NEAREST = 5
#: Lens -> its words in the control, and how a sentence names it.
LENSES = {
    "two": "two bars, “White” and “BAME”",
    "five-2021": "five broad groups, as the 2021 census has them",
    "five-2001": "five broad groups, as in 2001",
    "codes-2001": "NHS codes of 2001",
    "census-19": "19 groups of the 2021 census",
    "own-words": "people's own words",
}
SCHEMES = {
    "five-2021": "2021 high level",
    "five-2001": "2001 high level",
    "codes-2001": "2001",
    "census-19": "2021",
}

#: Measure -> words in the control; what people do; who could be counted; the axis; the lever.
MEASURES = {
    "language": (
        "needs language support",
        "need language support",
        "of those asked",
        "an interpreter whenever one is needed, and a question about language at every first visit",
    ),
    "deprived": (
        "lives in one of the most deprived fifth of areas",
        "live in one of the most deprived fifth of areas",
        "of residents",
        "funding, housing and clinics that follow need to the areas themselves",
    ),
}


# -- the people ------------------------------------------------------------------------------


@remembered
def residents() -> DataFrame:
    """Put together what the lesson knows of each resident.

    Returns
    -------
    pandas.DataFrame
        One row for each person: a column for each lens of `LENSES`, language and deprived (1,
        0, or missing where nobody asked), born (the same), code (the register's code of 2001),
        place, and group (one of the 19, as the person describes it).
    """
    register = datasets.load("L01")
    group = register["ethnic_group_self"].astype(str)
    table = pd.DataFrame({"group": group})
    # The schemes are looked up once for each of the 19 groups, not for each of the people.
    own = list(categories.LABELS)
    leads = {lens: categories.convert(own, "2021", scheme) for lens, scheme in SCHEMES.items()}
    leads["codes-2001"] = [f"{code} {categories.NHS_2001[code]}" for code in leads["codes-2001"]]
    leads["two"] = [TWO[categories.TO_HIGH_LEVEL[name] != "White"] for name in own]
    for lens, found in leads.items():
        table[lens] = group.map(dict(zip(own, found, strict=True)))
    table["own-words"] = dealt(register)
    for name, column in (("language", "language_support_needed"), ("born", "born_uk")):
        table[name] = register[column].map({"yes": 1.0, "no": 0.0}).astype(float)
    table["deprived"] = (register["deprivation_fifth"] == 1).astype(float)
    table["code"] = register["ethnic_code_2001"].astype(str)
    table["place"] = register["place"].astype(str)
    return table


@remembered
def dots() -> DataFrame:
    """Choose the 1,000 people: every twentieth, once they are sorted by what is shown of them.

    Of the possible first people the one is taken whose 1,000 are most like all residents.
    """
    keys = ["group", "language", "deprived", "own-words"]
    in_order = residents().sort_values(keys, kind="stable", na_position="last")
    step = len(in_order) / DOTS
    cell, _ = pd.factorize(pd.MultiIndex.from_frame(in_order[["group", "language"]].fillna(-1)))
    wanted = np.bincount(cell) / step

    def chosen(first: int) -> list[int]:
        return [int(n * step) + first for n in range(DOTS)]

    def off(first: int) -> float:
        found = np.bincount(cell[chosen(first)], minlength=len(wanted))
        return float(np.abs(found - wanted).sum())

    return in_order.iloc[chosen(min(range(int(step)), key=off))]


@remembered
def tally(lens: str = "census-19", measure: str = "language") -> DataFrame:
    """Count people and work out the share under one lens.

    Parameters
    ----------
    lens : str
        One of `LENSES`.
    measure : {"language", "deprived", "born"}
        What is counted.

    Returns
    -------
    pandas.DataFrame
        One row for each category, in house order: people, population (those of whom the answer
        is known), events, and value, lower and upper as percentages, missing where fewer than
        ten people stand behind them.

    Raises
    ------
    ValueError
        If there is no such lens or measure.
    """
    if lens not in LENSES:
        raise ValueError(f"There is no lens {lens!r}; there are {', '.join(map(repr, LENSES))}.")
    if measure not in (*MEASURES, "born"):
        raise ValueError(f"There is no measure {measure!r}; choose 'language' or 'deprived'.")
    found = residents().groupby(lens)[measure].agg(["size", "count", "sum"])
    found = found.set_axis(["people", "population", "events"], axis=1).astype(int)
    found = found.loc[_in_order(lens, found)].rename_axis("ethnic_group")
    everyone = found.sum().to_frame(EVERYONE).T.rename_axis("ethnic_group")
    both = pd.concat([found, everyone])
    few = too_few(both)
    known = both[~few]
    rate = rates.proportion(known["events"], known["population"], multiplier=100)
    return both.join(rate[["value", "lower", "upper"]]).drop(index=EVERYONE)


def _in_order(lens: str, table: DataFrame) -> list[str]:
    if lens == "two":
        return list(TWO)
    if lens == "own-words":
        return list(table.sort_values("people", ascending=False, kind="stable").index)
    if lens == "codes-2001":
        codes = {label.partition(" ")[0]: label for label in table.index}
        return [codes[code] for code in categories.ordered(codes)]
    return categories.ordered(table.index)


def _line(category: str, lens: str, measure: str) -> Any:
    table = tally(lens, measure)
    if category not in table.index:
        known = ", ".join(map(repr, table.index[:20]))
        raise ValueError(f"The lens {lens!r} has no {category!r}; it has {known}.")
    line: Any = table.loc[category]
    if math.isnan(line["value"]):
        raise TooFew(f"The number for {category} is withheld: fewer than {FEWEST} people.")
    return line


# -- numbers for sentences and questions -------------------------------------------------------


def needing(category: str, lens: str = "census-19", measure: str = "language") -> int:
    """Count the people of a category whom the measure applies to, to the nearest five.

    Parameters
    ----------
    category : str
        One of the lens's categories, or "Everyone".
    lens, measure : str
        As in `tally`.

    Returns
    -------
    int
        People.

    Raises
    ------
    TooFew
        If fewer than ten people stand behind the number.
    """
    if category == EVERYONE:
        return rounded(tally(lens, measure)["events"].sum())
    return rounded(_line(category, lens, measure)["events"])


def asked(category: str, lens: str = "census-19", measure: str = "language") -> int:
    """Count the people of a category of whom the answer is known, to the nearest five.

    Parameters
    ----------
    category, lens, measure : str
        As in `needing`.

    Returns
    -------
    int
        People.
    """
    if category == EVERYONE:
        return rounded(tally(lens, measure)["population"].sum())
    return rounded(_line(category, lens, measure)["population"])


def share(category: str, lens: str = "census-19", measure: str = "language") -> float:
    """Work out the share of a category.

    Parameters
    ----------
    category, lens, measure : str
        As in `needing`.

    Returns
    -------
    float
        Percent of the people of whom the answer is known.
    """
    return float(_line(category, lens, measure)["value"])


def part_of_need(category: str, lens: str = "census-19") -> float:
    """Say how many of every 100 people who need language support are in a category.

    Parameters
    ----------
    category, lens : str
        As in `needing`.

    Returns
    -------
    float
        Percent of all who need it.
    """
    line = _line(category, lens, "language")
    return float(100 * line["events"] / tally(lens)["events"].sum())


def rest_of_need(category: str, lens: str = "census-19") -> float:
    """Say how many of every 100 people who need language support are not in a category.

    Parameters
    ----------
    category, lens : str
        As in `needing`.

    Returns
    -------
    float
        Percent of all who need it.
    """
    return 100 - part_of_need(category, lens)


def set_against_rest(category: str, lens: str = "census-19") -> float:
    """Divide the need in a category by the need outside it: the usual mistake for `part_of_need`.

    Parameters
    ----------
    category, lens : str
        As in `needing`.

    Returns
    -------
    float
        Percent.
    """
    return 100 * part_of_need(category, lens) / rest_of_need(category, lens)


def born_share(group: str) -> float:
    """Work out the share of a group that was born in the United Kingdom.

    Parameters
    ----------
    group : str
        One of the 19 groups.

    Returns
    -------
    float
        Percent of those whose country of birth is known.
    """
    return share(group, "census-19", "born")


def held(kind: str, place: str = "") -> float:
    """Say what the register's code makes of residents.

    Parameters
    ----------
    kind : {"fits", "differs", "not stated", "not known"}
        Whether the code is the one of the person's own answer.
    place : str
        One of Lindlemere's six places; without it, all.

    Returns
    -------
    float
        Out of every 1,000 residents.

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    found = held_codes()
    if kind not in found:
        raise ValueError(f"There is no kind {kind!r}; choose {', '.join(map(repr, found))}.")
    return float(1000 * len(_living_in(found[kind], place)) / len(_living_in(residents(), place)))


def not_stated_share(out_of: str = "asked", place: str = "") -> float:
    """Work out how many people chose not to state their ethnic group.

    Parameters
    ----------
    out_of : {"asked", "everyone", "both"}
        Out of the people who were asked; out of everyone on the register; or, the usual
        mistake, not stated and not known together out of everyone.
    place : str
        As in `held`.

    Returns
    -------
    float
        Percent.
    """
    code = _living_in(residents(), place)["code"]
    stated, known = (code == "Z").sum(), (code == "99").sum()
    found = {
        "asked": stated / (len(code) - known),
        "everyone": stated / len(code),
        "both": (stated + known) / len(code),
    }
    return float(100 * found[out_of])


def _living_in(people: DataFrame, place: str) -> DataFrame:
    return people[people["place"] == place] if place else people


def answers() -> int:
    """Count the different answers in people's own words.

    Returns
    -------
    int
        Different answers, the empty line left out.
    """
    return int(residents().loc[residents()["own-words"] != BLANK, "own-words"].nunique())


def boxes(words: str) -> int:
    """Count the census boxes from which the same words came.

    Parameters
    ----------
    words : str
        An answer.

    Returns
    -------
    int
        Of the 19 groups.
    """
    return sum(words in found for found in ANSWERS.values())


def losses(lens: str) -> str:
    """Say in a sentence what a lens loses.

    Parameters
    ----------
    lens : str
        One of `LENSES`.

    Returns
    -------
    str
        The sentence.
    """
    if lens == "two":
        gone = [g.label for g in categories.GROUPS if g.high_level == "White"][1:]
        return (
            f"It loses the most: {len(categories.LABELS)} groups become 2, and {listed(gone)} "
            "people disappear into “White”."
        )
    if lens == "own-words":
        table = tally(lens)
        enough = table["value"].notna().sum()
        return (
            f"It loses comparison: of {answers()} different answers, {enough} have enough people "
            "behind them for this rate, and no other table counts by them."
        )
    if lens == "census-19":
        return (
            f"It loses people's own words: they would give {answers()} different answers, and "
            f"“Kurdish” alone would come from {boxes('Kurdish')} different boxes."
        )
    table = categories.losses("2021", SCHEMES[lens])
    table = table[table["source"].isin(categories.LABELS)]
    kept = int((table["outcome"] == "kept").sum())
    joined = table[table["outcome"] == "joined"].groupby("target", sort=False)["source"].agg(list)
    if lens == "codes-2001":
        said = "; ".join(f"{code} joins {listed(names)}" for code, names in joined.items())
        return f"It keeps {kept} groups and loses {len(table) - kept}: {said}."
    moved = " Chinese stands under Other, where the census has it under Asian."
    return (
        f"It loses the groups themselves: {len(table)} become {len(joined)}, and nothing "
        f"gets them back out.{moved if lens == 'five-2001' else ''}"
    )


@remembered
def held_codes() -> dict[str, Any]:
    """Sort residents by what the register's code makes of their own answer.

    Returns
    -------
    dict of str to pandas.DataFrame
        "fits", "differs", "not stated" and "not known", each with its rows of `residents`.
    """
    everybody = residents()
    own = everybody["group"].map(categories.TO_NHS_2001)
    code = everybody["code"]
    fits = code == own
    stated, known = code == "Z", code == "99"
    return {
        "fits": everybody[fits],
        "differs": everybody[~fits & ~stated & ~known],
        "not stated": everybody[stated],
        "not known": everybody[known],
    }


# -- wording -----------------------------------------------------------------------------------


def rounded(count: float) -> int:
    """Round a count to the nearest five.

    Parameters
    ----------
    count : float
        People.

    Returns
    -------
    int
        People.

    Examples
    --------
    >>> rounded(132), rounded(12.5)
    (130, 15)
    """
    return NEAREST * math.floor(count / NEAREST + 0.5)


def percent(value: float) -> str:
    """Write a percentage so coarsely that no small count can be worked out from it.

    Parameters
    ----------
    value : float
        Percent.

    Returns
    -------
    str
        Without decimals, or with one below three.

    Examples
    --------
    >>> percent(15.96), percent(1.76)
    ('16%', '1.8%')
    """
    return f"{value:.{_places(value)}f}%"


def interval(value: float, lower: float, upper: float) -> str:
    """Write an interval as finely as its value.

    Parameters
    ----------
    value, lower, upper : float
        Percent.

    Returns
    -------
    str
        From the lower to the upper end.

    Examples
    --------
    >>> interval(1.76, 1.51, 2.06)
    '1.5 to 2.1'
    """
    places = _places(value)
    return f"{lower:.{places}f} to {upper:.{places}f}"


def _places(value: float) -> int:
    return 1 if value < 3 else 0
