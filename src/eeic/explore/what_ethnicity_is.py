"""Lesson 2, *What “ethnicity” is, and is not*: its charts, the sentences it states, its explorer.

The numbers are those of `eeic.explore.under_lenses`; they can be called from here too, so that a
notebook and its questions need one name only.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from eeic import categories
from eeic.datasets import remembered
from eeic.explore._chance import CHANCE_ALONE, differ
from eeic.explore._wording import listed
from eeic.explore.explorer import Control, Explorer
from eeic.explore.later import later
from eeic.explore.own_words import BLANK
from eeic.explore.prevalence import EVERYONE, FEWEST, TooFew
from eeic.explore.under_lenses import (
    DOTS,
    LENSES,
    MEASURES,
    NEAREST,
    TWO,
    answers,
    asked,
    born_share,
    boxes,
    dots,
    held,
    held_codes,
    interval,
    losses,
    needing,
    not_stated_share,
    part_of_need,
    percent,
    residents,
    rounded,
    share,
    tally,
)
from eeic.show import Absent, or_absent

__all__ = [
    "EXPLORERS",
    "LENSES",
    "MEASURES",
    "TooFew",
    "answers",
    "asked",
    "born_here",
    "born_share",
    "boxes",
    "finding",
    "findings",
    "held",
    "kaleidoscope",
    "losses",
    "needing",
    "not_stated_share",
    "part_of_need",
    "residents",
    "share",
    "tally",
    "what_is_held",
    "where_they_go",
]

if TYPE_CHECKING:
    import pandas as pd
    from pandas import DataFrame

    from eeic import charts
    from eeic.charts import Chart
else:
    # Questions read this module where there is no pandas: see `later`.
    pd, charts = later("pandas"), later("eeic.charts")

#: Rows of free text that the picture has room for.
MOST_ANSWERS = 13
_REST = "all other answers"


@or_absent
def where_they_go() -> DataFrame:
    """List where each of the 19 groups goes in the other schemes.

    Returns
    -------
    pandas.DataFrame
        One row for each group that changes company: its code of 2001, which groups share that
        code, and its broad group in 2021 and in 2001.
    """
    codes = categories.losses("2021", "2001").set_index("source")
    rows = []
    for group in categories.GROUPS:
        old = categories.NHS_2001_HIGH_LEVEL[group.nhs2001]
        code = codes.loc[group.label]
        if code["outcome"] == "kept" and old == group.high_level:
            continue
        rows.append(
            {
                "Group, 2021 census": group.label,
                "Code of 2001": f"{group.nhs2001} {categories.NHS_2001[group.nhs2001]}",
                "Shares the code with": code["joined_with"] or "nobody",
                "Broad group, 2021": group.high_level,
                "Broad group, 2001": old,
            }
        )
    return pd.DataFrame(rows)


def kaleidoscope(lens: str, measure: str, order: str) -> Chart:
    """Show the same 1,000 people under one lens.

    Parameters
    ----------
    lens : str
        One of `LENSES`.
    measure : {"language", "deprived"}
        What is counted.
    order : {"share", "people"}
        Whether rows are ranked by their share or by how many people it stands for.

    Returns
    -------
    Chart
        A row of dots for each category, with its rate and the rates of the groups inside it.
    """
    table = _for_picture(lens, measure)
    by = "value" if order == "share" else "events"
    shown = table.dropna(subset=["value"]).sort_values(by, ascending=False, kind="stable")
    rest = table[table["value"].isna()].sort_values("people", ascending=False, kind="stable")
    in_order = pd.concat([shown, rest])
    crowd = _dots_by(lens, measure, list(table.index))
    inside = {str(name): _inside(lens, str(name), measure) for name in in_order.index}
    rows = [
        charts.Crowd(
            str(name),
            *crowd[str(name)],
            colour=_colour(lens, str(name)),
            rate=None if math.isnan(line["value"]) else tuple(line[["value", "lower", "upper"]]),
            written=_beside(line),
            inside=tuple(inside[str(name)].values()),
        )
        for name, line in in_order.rename(index=str).iterrows()
    ]
    _, do, among, lever = MEASURES[measure]
    unknown = measure == "language"
    strokes = any(inside.values())
    notes = [
        *[f"Small strokes: census groups inside a row, of {FEWEST} people or more."] * strokes,
        *["Free text is made up for this lesson."] * (lens == "own-words"),
    ]
    ranked = list(shown.index)
    first = f"{ranked[0]} ({percent(shown['value'].iloc[0])})"
    finding = " ".join(
        (
            _ranking(shown, do, among, order),
            _spread(shown, inside, do, measure),
            losses(lens),
            f"The lever is the same whatever the lens: {lever}.",
        )
    )
    return charts.Chart(
        draw=charts.people(
            rows,
            (do, "do not", "never asked" if unknown else ""),
            f"% {among}",
            notes=notes,
        ),
        alt=f"{DOTS:,} dots, one for every twentieth resident, in {len(rows)} rows: "
        f"{LENSES[lens]}. Beside each row stands the share who {do}. The first row, with the "
        f"{'highest share' if order == 'share' else 'most people'}, is {first}.",
        caption=f"{len(residents()):,} residents of 12 areas of Lindlemere, "
        + (
            f"of whom {asked(EVERYONE, measure=measure):,} were asked and "
            f"{needing(EVERYONE, measure=measure):,} {do}. "
            if unknown
            else f"of whom {needing(EVERYONE, measure=measure):,} {do}. "
        )
        + f"Each of the {DOTS:,} dots stands for 20, and they are the same people in every view; "
        "rates use all residents. Lines are 95% intervals. Counts are rounded to the nearest "
        f"{NEAREST}, percentages worked out before that; no rate is shown for fewer than {FEWEST} "
        "people. "
        + (
            "The words were made up for this lesson and dealt out by chance within each group, so "
            "a row's rate shows how boxes mix in it, and nothing about the word. "
            if lens == "own-words"
            else ""
        )
        + f"Rows are ranked by {'share' if order == 'share' else 'number of people'}; colour marks "
        "the broad group.",
        table=_written(in_order, lens, do, among),
        finding=finding,
    )


def _for_picture(lens: str, measure: str) -> DataFrame:
    """Keep the rows that fit: of free text those with most people, and one row for the rest."""
    table = tally(lens, measure)
    if lens != "own-words":
        return table
    enough = table["value"].notna() & (table.index != BLANK)
    kept = table[enough].sort_values("people", ascending=False, kind="stable").head(MOST_ANSWERS)
    others = table.drop(index=[*kept.index, BLANK])
    blank = table.loc[[BLANK]].assign(value=math.nan, lower=math.nan, upper=math.nan)
    rest = others[["people", "population", "events"]].sum().to_frame(_REST).T
    return pd.concat([kept, rest, blank]).rename_axis("ethnic_group")


@remembered
def _group_dots(lens: str, measure: str) -> dict[str, tuple[int, int, int]]:
    people = dots()
    found = {}
    for name, rows in people.groupby(lens)[measure]:
        yes, no = int((rows == 1).sum()), int((rows == 0).sum())
        found[str(name)] = (yes, no, int(rows.isna().sum()))
    return found


def _dots_by(lens: str, measure: str, names: list[str]) -> dict[str, tuple[int, int, int]]:
    found = _group_dots(lens, measure)
    dots = {name: found.get(name, (0, 0, 0)) for name in names}
    if _REST in dots:
        others = [counts for name, counts in found.items() if name not in dots]
        yes, no, unknown = (sum(kind) for kind in zip(*others, strict=True))
        dots[_REST] = (yes, no, unknown)
    return dots


def _inside(lens: str, name: str, measure: str) -> dict[str, float]:
    """List the rates of the census groups that a row puts together, as far as they are shown."""
    if lens in ("census-19", "own-words"):
        return {}
    members = residents().loc[residents()[lens] == name, "group"].unique()
    rates_of = tally("census-19", measure)["value"].dropna()
    found = {group: float(rates_of[group]) for group in rates_of.index if group in members}
    return found if len(members) > 1 else {}


def _ranking(shown: DataFrame, do: str, among: str, order: str) -> str:
    top = shown.head(3)
    if order == "share":
        said = [f"{name} ({percent(line['value'])})" for name, line in top.iterrows()]
        return f"Share who {do}, highest first: {listed(said)}{_and_more(shown)}.{_order(shown)}"
    said = [f"{name} (about {rounded(line['events']):,})" for name, line in top.iterrows()]
    return f"People who {do}, most first: {listed(said)}{_and_more(shown)}."


def _order(shown: DataFrame) -> str:
    """Say that an order is made by chance, where no row is clear of the others together."""
    counts = shown[["events", "population"]].to_numpy(dtype=float)
    whole = counts.sum(axis=0)
    apart = [differ(row, whole - row, among=len(counts)) for row in counts]
    return "" if any(apart) else " No row is clear of the others: chance alone could make this."


def _and_more(shown: DataFrame) -> str:
    return f", out of {len(shown)} rows that can be shown" if len(shown) > 3 else ""


def _spread(shown: DataFrame, inside: dict[str, dict[str, float]], do: str, measure: str) -> str:
    ranges = {
        name: max(found.values()) - min(found.values())
        for name, found in inside.items()
        if len(found) > 1
    }
    if not ranges:
        name, value = shown["value"].idxmax(), shown["value"].max()
        return f"Even in the row with the highest share, {name}, {100 - value:.0f} in 100 do not."
    widest = max(ranges, key=ranges.__getitem__)
    found = sorted(inside[widest].items(), key=lambda pair: pair[1])
    (low, least), (high, most) = found[0], found[-1]
    counts: Any = tally("census-19", measure)[["events", "population"]]
    pairs = len(found) * (len(found) - 1) // 2  # from which the widest apart are picked
    hedge = "" if differ(counts.loc[low], counts.loc[high], pairs) else f", {CHANCE_ALONE}"
    return (
        f"Inside {widest} the share runs from {percent(least)} ({low}) to {percent(most)} "
        f"({high}){hedge}, and in both some people {do} and some do not."
    )


def _beside(line: Any) -> str:
    if math.isnan(line["value"]):
        return f"under {FEWEST} people" if line["events"] < FEWEST else "no rate"
    return f"{percent(line['value'])} ({interval(*line[['value', 'lower', 'upper']])})"


def _written(table: DataFrame, lens: str, do: str, among: str) -> DataFrame:
    holds = residents().groupby(lens)["group"].agg(lambda rows: categories.ordered(rows.unique()))
    rows = []
    for name, line in table.iterrows():
        withheld = math.isnan(line["value"])
        few = line["events"] < FEWEST
        rows.append(
            {
                "Row": name,
                "People": f"{int(line['people']):,}",
                f"{'Asked' if among != 'of residents' else 'Counted'}, about": (
                    f"{rounded(line['population']):,}"
                ),
                f"{do[0].upper()}{do[1:]}, about": f"under {FEWEST}"
                if few
                else f"{rounded(line['events']):,}",
                f"% {among}": "not shown" if withheld else percent(line["value"]),
                "95% interval": "not shown"
                if withheld
                else interval(*line[["value", "lower", "upper"]]),
                "Census groups in it": "many"
                if name in (_REST, BLANK)
                else ", ".join(holds[str(name)]),
            }
        )
    return pd.DataFrame(rows)


def _colour(lens: str, name: str) -> str:
    if lens == "codes-2001":
        broad = categories.NHS_2001_HIGH_LEVEL[name.partition(" ")[0]]
    elif lens == "census-19":
        broad = categories.TO_HIGH_LEVEL[name]
    elif lens == "two":
        broad = "White" if name == TWO[0] else ""
    else:
        broad = name if name in categories.HIGH_LEVEL else ""
    return categories.colour(broad) if broad else "#0b5a61"


@or_absent
def born_here() -> Chart:
    """Chart the share of each group that was born in the United Kingdom.

    Returns
    -------
    Chart
        A dot and an interval for each of the 19 groups.
    """
    table = tally("census-19", "born")
    shown = table.dropna(subset=["value"])
    low, high = shown["value"].idxmin(), shown["value"].idxmax()
    known = int(table["population"].sum())
    everyone = 100 * table["events"].sum() / known
    abroad = rounded(
        sum(
            line["population"] - line["events"]
            for name, line in table.iterrows()
            if categories.TO_HIGH_LEVEL[str(name)] == "White"
        )
    )
    finding = (
        f"{percent(born_share('Pakistani'))} of Pakistani and "
        f"{percent(born_share('Black Caribbean'))} of Black Caribbean residents were born in the "
        f"United Kingdom, against {percent(born_share('White Irish'))} of White Irish and "
        f"{percent(born_share('Other White'))} of Other White residents. "
        f"About {abroad:,} residents in the White groups were born elsewhere. "
        "Every group has both kinds of people in it: an ethnic group does not say where somebody "
        "was born."
    )
    estimates = charts.Estimates("Born in the UK, %", table[["value", "lower", "upper"]])
    return charts.Chart(
        draw=charts.dots(
            [
                charts.Panel(
                    "% born in the United Kingdom",
                    (estimates,),
                    reference=(everyone, f"everyone {everyone:.0f}"),
                    decimals=0,
                )
            ]
        ),
        alt="Dots with intervals for the share born in the United Kingdom, from "
        f"{percent(shown['value'].min())} ({low}) to {percent(shown['value'].max())} ({high}); "
        f"{len(shown)} groups are shown.",
        caption=f"Residents of 12 areas of Lindlemere whose country of birth is known "
        f"({rounded(known):,} of {len(residents()):,}), by the ethnic group they give. Lines are "
        "95% intervals. Groups stand in the order of the census table; colour marks the broad "
        "group.",
        table=pd.DataFrame(
            {
                "Ethnic group": table.index,
                "Birthplace known, about": [f"{rounded(n):,}" for n in table["population"]],
                "Born in the UK": [
                    "not shown" if math.isnan(v) else percent(v) for v in table["value"]
                ],
                "95% interval": [
                    "not shown"
                    if math.isnan(line["value"])
                    else interval(*line[["value", "lower", "upper"]])
                    for _, line in table.iterrows()
                ],
            }
        ),
        finding=finding,
    )


@or_absent
def what_is_held() -> Chart:
    """Chart what the register holds beside what people say of themselves.

    Returns
    -------
    Chart
        1,000 dots in four rows, each row with what could change it.
    """
    said = {
        "fits": ("The code of the person's own answer", "Keep asking, and let people see it"),
        "differs": ("Another group's code", "Read the code back to the person, and correct it"),
        "not stated": ("Not stated (Z): asked, and chose not to say", "Accept it; say why you ask"),
        "not known": ("Not known (99): nobody found out", "Ask at the next contact"),
    }
    found = held_codes()
    counts = [len(found[kind]) for kind in said]
    dots = charts.apportion(counts, DOTS)
    wrong = found["differs"]
    other = wrong["code"].isin(["C", "G", "L", "P", "S"]).mean() if len(wrong) else 0
    colours = ("#0b5a61", "#c65102", "#4a5a66", "#4a5a66")
    rows = [
        charts.Crowd(name, number, 0, 0, colour, written=f"{number} in 1,000", below=lever)
        if kind in ("fits", "differs")
        else charts.Crowd(name, 0, number, 0, colour, written=f"{number} in 1,000", below=lever)
        for (kind, (name, lever)), number, colour in zip(said.items(), dots, colours, strict=True)
    ]
    fits, differs, stated, known = dots
    return charts.Chart(
        draw=charts.people(rows, ("a group is recorded", "no group is recorded", "")),
        alt=f"{DOTS:,} dots in four rows: {fits} have the code of their own answer, {differs} "
        f"another group's code, {stated} are not stated and {known} not known.",
        caption=f"{len(residents()):,} residents of 12 areas of Lindlemere, each dot 20 of them: "
        "the code of 2001 that the register holds, beside the group that people give themselves. "
        "All residents are counted, so nothing is estimated and no interval is drawn. Under each "
        "name stands what could change it.",
        table=pd.DataFrame(
            {
                "What the register holds": [name for name, _ in said.values()],
                "Residents, about": [f"{rounded(count):,}" for count in counts],
                "In 1,000": dots,
                "What could change it": [lever for _, lever in said.values()],
            }
        ),
        finding=f"Of every {DOTS:,} residents, {known} have no group on record because nobody "
        f"found out, and {stated} because they chose not to say. {differs} more have another "
        f"group's code"
        + (f", and {100 * other:.0f} in 100 of those codes say “any other”. " if differs else ". ")
        + "A blank that nobody asked about is for the service to mend; a choice not to say is an "
        "answer.",
    )


@or_absent
def findings() -> dict[str, str]:
    """State the lesson's results, each by name.

    Returns
    -------
    dict
        Name to sentence: "born", "held", "hidden" (who is inside the bar called “White”),
        "language" (what counts for an interpreter) and "note" (a sentence for a paper).
    """
    made = {"born": born_here(), "held": what_is_held()}
    for chart in made.values():
        if isinstance(chart, Absent):
            return chart  # type: ignore[return-value]
    said = {name: chart.finding for name, chart in made.items()}
    white, other = TWO
    counts = tally()["events"]
    said["hidden"] = (
        f"Under two bars, {percent(share(white, 'two'))} of people in {white} need language "
        f"support and {percent(share(other, 'two'))} in {other}. But "
        f"{part_of_need(white, 'two'):.0f} of every 100 people who need it are in {white}: "
        f"{_about('Other White')} Other White residents and {_about('Roma')} who are Roma."
        + " No other group of the 19 has as many as Other White."
        * (counts.idxmax() == "Other White")
    )
    top = str(tally()["value"].idxmax())
    said["language"] = (
        f"In the group where the share is highest of all, {top}, {100 - share(top):.0f} in 100 "
        "people asked need no interpreter; among White British residents "
        f"{_about('White British')} people do. The question to ask is “Which language do you want "
        "to use?”, of everybody."
    )
    said["note"] = (
        f"“About {needing(EVERYONE)} of {asked(EVERYONE):,} residents asked need language support; "
        f"{len(residents()) - int(tally()['population'].sum()):,} were never asked. Groups are the "
        "19 of the 2021 census, as people describe themselves; “not stated” and “not known” are "
        "shown as two rows of their own. Groups with fewer than ten people who need support are "
        "not shown. These categories hide language itself, which is what an interpreter is booked "
        "by: from the next quarter we count by language.”"
    )
    return said


def _about(group: str) -> str:
    try:
        return f"about {needing(group)}"
    except TooFew:
        return f"fewer than {FEWEST}"


@or_absent
def finding(name: str) -> str:
    """State one of the lesson's results.

    Parameters
    ----------
    name : str
        One of the names in `findings`.

    Returns
    -------
    str
        The sentence.

    Raises
    ------
    ValueError
        If there is no finding of this name. The message lists those there are.
    """
    said = findings()
    if isinstance(said, Absent):
        return said
    if name not in said:
        raise ValueError(f"There is no finding {name!r}; there are {', '.join(map(repr, said))}.")
    return said[name]


#: The explorer of this lesson, by name.
EXPLORERS = {
    "category-kaleidoscope": Explorer(
        name="category-kaleidoscope",
        title="Category kaleidoscope",
        lead="The same 1,000 people in every view. Turn the lens and watch who comes first, who "
        "disappears, and how much a row still holds inside it.",
        controls=(
            Control("lens", "Look through", tuple(LENSES.items()), "two"),
            Control(
                "measure",
                "Count who",
                tuple((name, words[0]) for name, words in MEASURES.items()),
                "language",
            ),
            Control(
                "order",
                "Put first",
                (("share", "the highest share"), ("people", "the most people")),
                "share",
            ),
        ),
        compute=kaleidoscope,
    ),
}
