"""Lesson 13, *Needs assessment and equity audit*: its charts, its sentences and its explorer.

The numbers are those of `eeic.explore.leaks`; they can be called from here too, so that a notebook
and its questions need one name only.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from eeic import datasets
from eeic.explore._chance import CHANCE_ALONE, clear, differ
from eeic.explore._wording import INTERVAL, ORDER, listed, who
from eeic.explore.explorer import Control, Explorer
from eeic.explore.later import later
from eeic.explore.leaks import (
    ENOUGH,
    FOCUS,
    GROUPS,
    IN_RANGE,
    OTHER,
    PATHWAYS,
    REFERENCE,
    STEPS,
    VIEWS,
    VOICES,
    UnknownPathway,
    at_the_end,
    beside,
    best_level,
    cascade,
    clear_of_chance,
    cost,
    followed,
    level,
    lost,
    passing,
    per_10000,
    rate,
    ratio,
    reached,
    repair,
    returned,
    right_through,
    slip,
    table,
    use_and_need,
    use_of_need,
    use_to_need_ratio,
    voice,
    voices,
)
from eeic.explore.prevalence import EVERYONE, FEWEST
from eeic.explore.seeing_the_gap import CAUSES
from eeic.show import Absent, or_absent

if TYPE_CHECKING:
    import pandas as pd
    from pandas import DataFrame

    from eeic import charts
    from eeic.charts import Chart
    from eeic.charts import cascade as cascades
    from eeic.stats import rates
else:
    # Questions read this module where there is no pandas: see `later`.
    pd, charts = later("pandas"), later("eeic.charts")
    cascades, rates = later("eeic.charts.cascade"), later("eeic.stats.rates")

__all__ = [
    "ENOUGH",
    "EVERYONE",
    "EXPLORERS",
    "FOCUS",
    "GROUPS",
    "IN_RANGE",
    "OTHER",
    "PATHWAYS",
    "REFERENCE",
    "STEPS",
    "VOICES",
    "UnknownPathway",
    "at_the_end",
    "best_level",
    "by_place",
    "cascade",
    "cascade_chart",
    "clear_of_chance",
    "cost",
    "finding",
    "findings",
    "followed",
    "leak_finder",
    "level",
    "lost",
    "need_and_use",
    "passing",
    "per_10000",
    "rate",
    "ratio",
    "reached",
    "repair",
    "returned",
    "right_through",
    "slip",
    "table",
    "truth_chart",
    "use_and_need",
    "use_of_need",
    "use_out_of_need",
    "use_to_need_ratio",
    "voice",
    "voices",
    "voices_table",
]

#: What a row is called in a sentence, by view.
_NOUN = {"group": "residents", "place": "", "route": ""}
_CHANCE = (
    "Part of any difference is chance: a row counts as clear of it where the 95% interval of its "
    "difference from {} leaves out zero."
)
_ILLUSTRATIVE = "Every pound here is illustrative: made up for this course, from no service."


# -- need and use --------------------------------------------------------------------------------


@or_absent
def need_and_use() -> Chart:
    """Chart who needs diabetes care and who is on a register.

    Returns
    -------
    Chart
        A circle for use and a diamond for need, per 1,000 residents.
    """
    numbers = use_and_need()
    known = numbers.drop(EVERYONE)
    shown = known["use"].notna()
    residents = known.loc[shown, "residents"].astype(int)
    per_1000 = {}
    for what in ("need", "use"):
        counts = known.loc[shown, what].astype(int)
        per_1000[what] = rates.proportion(counts, residents, multiplier=1000)[
            ["value", "lower", "upper"]
        ].reindex(known.index)
    return charts.Chart(
        draw=charts.dots(
            [
                charts.Panel(
                    "people in every 1,000 residents",
                    (
                        charts.Estimates("On a register", per_1000["use"]),
                        charts.Estimates("With diabetes", per_1000["need"]),
                    ),
                    decimals=0,
                ),
            ]
        ),
        alt="One row for each group: a circle for people on a diabetes register and a diamond for "
        f"people with diabetes, per 1,000 residents. {FOCUS} {rate(FOCUS, 'use'):.0f} and "
        f"{rate(FOCUS, 'need'):.0f}, {OTHER} {rate(OTHER, 'use'):.0f} and "
        f"{rate(OTHER, 'need'):.0f}, {REFERENCE} {rate(REFERENCE, 'use'):.0f} and "
        f"{rate(REFERENCE, 'need'):.0f}. Every diamond lies to the right of its circle.",
        caption=_need_caption(numbers),
        table=_use_table(numbers),
        finding=_use_said() + " " + _need_said(),
    )


def _use_said() -> str:
    numbers = f"{rate(FOCUS, 'use'):.0f} and {rate(REFERENCE, 'use'):.0f}"
    if not _unlike("use"):
        return (
            f"{who(FOCUS)} and {who(REFERENCE)} use diabetes care about equally: {numbers} in "
            "every 1,000 are on a register."
        )
    return (
        f"{who(FOCUS)} and {who(REFERENCE)} do not use diabetes care equally: {numbers} in every "
        "1,000 are on a register."
    )


def _need_said() -> str:
    numbers = f"{rate(FOCUS, 'need'):.0f} and {rate(REFERENCE, 'need'):.0f} have diabetes"
    if _unlike("need"):
        return f"They do not need it equally: {numbers}."
    return f"They need it about equally, too: {numbers}, as far as chance lets anybody tell."


def _unlike(what: str, group: str = FOCUS) -> bool:
    """Tell whether a group's rate differs from the comparator's by more than chance."""
    rows: Any = use_and_need()[[what, "residents"]]
    return differ(rows.loc[group], rows.loc[REFERENCE])


@or_absent
def use_out_of_need() -> Chart:
    """Chart how many of every 100 with diabetes are on a register.

    Returns
    -------
    Chart
        A dot and an interval for each group.
    """
    numbers = use_and_need()
    known, whole = numbers.drop(EVERYONE), use_of_need(EVERYONE)
    ratio_of, low, high = use_to_need_ratio(FOCUS)
    return charts.Chart(
        draw=charts.dots(
            [
                charts.Panel(
                    "% of people with diabetes who are found",
                    (charts.Estimates("%", known[["value", "lower", "upper"]]),),
                    decimals=0,
                    reference=(whole, f"everyone {whole:.0f}"),
                )
            ]
        ),
        alt=f"A dot with an interval for each group, and a line for everyone at {whole:.0f}. "
        f"{FOCUS} {use_of_need(FOCUS):.0f}, {OTHER} {use_of_need(OTHER):.0f}, {REFERENCE} "
        f"{use_of_need(REFERENCE):.0f}. The intervals of small groups are wide.",
        caption=_need_caption(numbers),
        table=_use_table(numbers),
        finding=f"Of every 100 with diabetes, {use_of_need(FOCUS):.0f} {who(FOCUS)} are found, "
        f"against {use_of_need(REFERENCE):.0f} {who(REFERENCE)}: a use-to-need ratio of "
        f"{ratio_of:.2f} (95% interval {low:.2f} to {high:.2f}"
        f"{'' if clear({'lower': low, 'upper': high}, none=1) else f'; {CHANCE_ALONE}'}).",
    )


def _need_caption(numbers: Any) -> str:
    whole = numbers.loc[EVERYONE]
    return (
        f"Diabetes among {int(whole['residents']):,} residents of 12 areas, all ages, grouped as "
        f"they describe themselves: {int(whole['need']):,} have it and {int(whole['use']):,} are "
        "on a register. Need is what the invented world knows of its people; a real place has to "
        f"estimate it. {INTERVAL} {ORDER}"
    )


def _use_table(numbers: Any) -> DataFrame:
    def counted(column: str) -> list[str]:
        return [
            f"under {FEWEST}, or withheld" if pd.isna(n) else f"{int(n):,}" for n in numbers[column]
        ]

    return pd.DataFrame(
        {
            "Ethnic group": numbers.index,
            "Residents": [f"{int(n):,}" for n in numbers["residents"]],
            "With diabetes": counted("need"),
            "On a register": counted("use"),
            "Of every 100 with diabetes": numbers["value"].astype(float).to_list(),
            "95% interval": [
                "not shown" if pd.isna(low) else f"{low:.0f} to {high:.0f}"
                for low, high in zip(numbers["lower"], numbers["upper"], strict=True)
            ],
        }
    )


# -- the leak finder -----------------------------------------------------------------------------


def leak_finder(pathway: str, by: str, repaired: str) -> Chart:
    """Draw a pathway's cascade for every group, place or way in, with one step repaired or none.

    Parameters
    ----------
    pathway : {"diabetes", "talking", "bowel"}
        Which pathway.
    by : {"group", "place", "route"}
        How people are looked at.
    repaired : {"none", "access", "quality", "outcome"}
        Which step is lifted to the level that this place already reaches.

    Returns
    -------
    Chart
        One bar for each row, and how many people the repair brings back.
    """
    about = PATHWAYS[pathway]
    found: Any = cascade(pathway, by)
    columns = list(found)
    steps = {name: about.steps[name] for name in columns[1:]}
    made: Any = repair(pathway, repaired, by) if repaired in steps else None
    rows = [_journey(found, row, made) for row in found.index]
    start = about.need if columns[1] == "access" else f"people {about.steps['access'].done}"
    last = steps[columns[-1]]
    said = _found(pathway, by, found) if made is None else _repaired(pathway, by, repaired)
    if made is None and repaired != "none":
        said = _unseen(pathway, by, repaired)
    total = int(found.at[EVERYONE, "start"])
    return charts.Chart(
        draw=cascades.cascade(
            rows,
            [step.missed for step in steps.values()],
            f"of every 100 {start}" if len(start) < 34 else f"of every 100 {_brief(pathway, by)}",
            end=f"right through: {last.short}",
        ),
        alt=f"One bar of a hundred for everyone and for each {VIEWS[by]}, cut where people are "
        f"lost. Right through to “{last.short}” get "
        + ", ".join(f"{row.name} {row.left[-1]:.0f}" for row in rows if row.left[-1] is not None)
        + (
            ". A bright piece on each bar shows who would be brought back."
            if made is not None
            else "."
        ),
        caption=f"{about.name}, by {VIEWS[by]}, world 2026-a: {total:,} {start}, from "
        f"{about.source if columns[1] == 'access' else 'the file'}. Numbers on the bars are of "
        "every 100; black lines are 95% intervals for getting right through. Counts under "
        f"{FEWEST} are not shown. "
        + (f"Everyone includes smaller groups. {ORDER} " if by == "group" else "")
        + (f"{_CHANCE.format(beside(by))} {_ILLUSTRATIVE}" if made is not None else ""),
        table=_table(pathway, by, found, made),
        finding=said,
    )


def _brief(pathway: str, by: str) -> str:
    if by == "route" and pathway != "bowel":
        return {"diabetes": "found", "talking": "referred"}[pathway]
    return {"diabetes": "with diabetes", "talking": "in need", "bowel": "invited"}[pathway]


def _journey(found: Any, row: str, made: Any) -> Any:
    counts = found.loc[row]
    start = int(counts["start"])
    left = tuple(None if pd.isna(count) else 100 * int(count) / start for count in counts.iloc[1:])
    known = [count for count in counts.iloc[1:] if not pd.isna(count)]
    interval = None
    if len(known) == len(left):
        ends = rates.proportion(known[-1], start, multiplier=100).iloc[0]
        interval = (float(ends["lower"]), float(ends["upper"]))
    words = f"{int(known[-1]):,} of {start:,}" if interval else f"of {start:,}"
    newly = 0.0
    if made is not None:
        back = made["to_end"].sum() if row == EVERYONE else made.at[row, "to_end"]
        if not pd.isna(back) and back >= 0.5:
            newly, words = 100 * float(back) / start, f"{words}, +{float(back):.0f}"
    return cascades.Journey(
        name=row,
        left=left,
        interval=interval,
        words=words,
        newly=newly,
        whole=row == EVERYONE,
    )


def _who(row: str, by: str) -> str:
    if by == "group":
        return who(row)
    return f"people in {row}" if by == "place" else f"people by way of “{row}”"


def _worst(found: Any, by: str) -> str:
    """Choose the row that a sentence is about: the lesson's group, or the lowest at the end."""
    if by == "group":
        return FOCUS
    shares = (found[found.columns[-1]] / found["start"]).drop(EVERYONE).dropna().astype(float)
    return str(shares.idxmin())


def _found(pathway: str, by: str, found: Any) -> str:
    steps = {name: PATHWAYS[pathway].steps[name] for name in list(found)[1:]}
    row = _worst(found, by)
    counts = found.loc[row].dropna().astype(int)
    seen = list(counts.index)
    missing = {one: counts[before] - counts[one] for before, one in pairwise(seen)}
    if not missing:
        return f"Of {counts['start']:,} {_subject(row, by, pathway)} no number is shown."
    most = max(missing, key=missing.__getitem__)
    best = REFERENCE if by == "group" else _best(found)
    pair = [(found.at[one, seen[-1]], found.at[one, "start"]) for one in (row, best)]
    share, other = (100 * part / whole for part, whole in pair)
    rows = len(found) - 1
    # Of places and ways in, the lowest and the highest are compared: a pair picked from all pairs.
    among = 1 if by == "group" else rows * (rows - 1) // 2
    hedge = "" if differ(pair[0], pair[1], among) else f", {CHANCE_ALONE}"
    return (
        f"Of {counts['start']:,} {_subject(row, by, pathway)}, "
        + listed([f"{counts[name]:,} got as far as “{steps[name].short}”" for name in missing])
        + f": {share:.0f} of every 100, against {other:.0f} for {_who(best, by)}{hedge}. Most of "
        f"them, {missing[most]:,}, are lost before “{steps[most].short}”."
    )


def _subject(row: str, by: str, pathway: str) -> str:
    what = _brief(pathway, by)
    if by == "group":
        return f"{who(row)} {what}"
    if by == "place":
        return f"people {what} in {row}"
    return f"people who came by “{row}”"


def _best(found: Any) -> str:
    shares = (found[found.columns[-1]] / found["start"]).drop(EVERYONE).dropna().astype(float)
    return str(shares[[name for name in shares.index if "not recorded" not in name]].idxmax())


def _repaired(pathway: str, by: str, step: str) -> str:
    about, made = PATHWAYS[pathway].steps[step], repair(pathway, step, by)
    best, share = level(pathway, step, by)
    through, ended = float(made["through"].sum()), float(made["to_end"].sum())
    sure = clear_of_chance(pathway, step, by)
    left_out = made["to_end"].isna() & made["through"].fillna(1).gt(0)
    last = list(PATHWAYS[pathway].steps)[-1] == step
    short = about.short
    said = (
        f"Repair “{short}” with {about.lever}. At the {share:.0f} of every 100 that "
        f"{_who(best, by)} already reach, about {through:.0f} more people get through this step"
    )
    said += "" if last else f" and about {ended:.0f} of them to the end"
    said += (
        f": {per_10000(pathway, step, by):.1f} at the end for every £10,000 (illustrative cost "
        f"£{cost(pathway, step, by):,.0f})."
    )
    said += (
        f" Clearly below {beside(by)}: {listed(list(sure))}. Chance alone would name one row in "
        "forty."
        if sure
        else f" But no row is clearly below {beside(by)}: chance alone could make these "
        "differences."
    )
    if left_out.any():
        said += (
            f" Not counted at the end, as a number is under {FEWEST}: "
            f"{listed(list(made.index[left_out]))}."
        )
    return said


def _unseen(pathway: str, by: str, step: str) -> str:
    if step not in PATHWAYS[pathway].steps:
        return (
            f"{PATHWAYS[pathway].name}, by {VIEWS[by]}: the file ends before the outcome. What "
            "became of people whose test asked for a further look is in no file here, for any "
            "group. The first action is to ask for it."
        )
    return (
        f"{PATHWAYS[pathway].name}: a way in is known only for people who got in. Those who never "
        "did have none, so this step cannot be looked at by route. Look by ethnic group or place."
    )


def _table(pathway: str, by: str, found: Any, made: Any) -> DataFrame:
    def write(value: Any, pattern: str = "{:,.0f}") -> str:
        return "not shown" if pd.isna(value) else pattern.format(float(value))

    about = PATHWAYS[pathway]
    names = {"start": "Come to the first step"} | {
        name: about.steps[name].short.capitalize() for name in list(found)[1:]
    }
    cells: dict[str, Any] = {VIEWS[by].capitalize(): list(found.index)}
    for column, name in names.items():
        cells[name] = [
            f"under {FEWEST}, or withheld" if pd.isna(n) else f"{int(n):,}" for n in found[column]
        ]
    last = found[list(found)[-1]]
    cells["Right through, of 100"] = [
        write(100 * n / of) for n, of in zip(last, found["start"], strict=True)
    ]
    if made is not None:
        whole = made[["through", "to_end"]].sum()
        for column, name in (("through", "Newly through"), ("to_end", "Newly at the end")):
            cells[name] = [write(whole[column])] + [write(n, "{:,.1f}") for n in made[column]]
        cells["For £10,000, alone"] = ["–"] + [
            "–" if pd.isna(n) else write(n, "{:,.1f}") for n in made["per_10000"]
        ]
    return pd.DataFrame(cells)


@or_absent
def cascade_chart(pathway: str = "diabetes") -> Chart:
    """Chart one pathway's cascade by ethnic group, nothing repaired.

    Parameters
    ----------
    pathway : {"diabetes", "talking", "bowel"}
        Which pathway.

    Returns
    -------
    Chart
        As the explorer's.
    """
    return leak_finder(pathway, "group", "none")


@or_absent
def by_place() -> Chart:
    """Chart the diabetes pathway by place, the yearly checks repaired.

    Returns
    -------
    Chart
        As the explorer's.
    """
    return leak_finder("diabetes", "place", "quality")


# -- what made a leak, and who said what ---------------------------------------------------------


@or_absent
def truth_chart(step: str = "quality") -> Chart:
    """Open the truth about a leak in diabetes care: what made it, with the lever beside it.

    Parameters
    ----------
    step : {"access", "quality"}
        Which step.

    Returns
    -------
    Chart
        Bars from zero; to the right a cause makes the leak larger.
    """
    name = {"access": "share_diagnosed", "quality": "all_nine"}[step]
    true = datasets.truth()["indicators"][name]["gaps"][FOCUS]
    short = PATHWAYS["diabetes"].steps[step].short
    parts = {key: -100 * value for key, value in true["contributions"].items()}
    order = sorted((key for key in parts if round(parts[key], 1)), key=lambda key: -parts[key])
    whole = -100 * true["expected_gap"]
    rows = [
        charts.Part(f"The leak before “{short}”", whole, whole=True),
        *(charts.Part(CAUSES[key][0], parts[key], CAUSES[key][1]) for key in order),
    ]
    biggest = [f"{CAUSES[key][0].lower()} ({parts[key]:.1f})" for key in order[:3]]
    return charts.Chart(
        draw=charts.parts(rows, "Of every 100 who come to this step", decimals=1),
        alt=f"Bars from zero. The leak is {whole:.1f} of every 100. Below, one bar for each cause: "
        + "; ".join(f"{row.name.lower()} {row.value:.1f}" for row in rows[1:])
        + ".",
        caption=f"How many more of every 100 {who(FOCUS)} than {who(REFERENCE)} are lost before "
        f"“{short}”, luck left out, world 2026-a; {reached('diabetes', FOCUS, 'access'):,} and "
        f"{reached('diabetes', REFERENCE, 'access'):,} people on a register. The causes add up to "
        "the leak. Only an invented world can be opened like this.",
        table=pd.DataFrame(
            {
                "Part": [row.name for row in rows],
                "Of every 100": [row.value for row in rows],
                "What could change it": [row.lever or "–" for row in rows],
            }
        ),
        finding=f"{abs(whole):.1f} {'more' if whole > 0 else 'fewer'} of every 100 {who(FOCUS)} "
        f"than {who(REFERENCE)} are lost before “{short}”. What counts most is {listed(biggest)}. "
        "Nothing in the list is about what people are like."
        if biggest
        else f"Luck left out, as many of every 100 {who(FOCUS)} as {who(REFERENCE)} are lost "
        f"before “{short}”: there is no leak of their own to explain.",
    )


@or_absent
def voices_table(pathway: str = "") -> DataFrame:
    """Lay out the chosen excerpts for reading.

    Parameters
    ----------
    pathway : str
        One of `PATHWAYS`; all of them where it is empty.

    Returns
    -------
    pandas.DataFrame
        Who spoke, what they said, and what they agreed to. No practice is named.
    """
    rows = voices()
    if pathway:
        rows = rows[[VOICES[item][0] == pathway for item in rows.index]]
    return pd.DataFrame(
        {
            "Excerpt": rows.index,
            "Said by": [
                f"a {row.speaker_role} in {row.service}, {row.ethnic_group}"
                for row in rows.itertuples()
            ],
            "In their words": [f"“{text}”" for text in rows["text"]],
            "They agreed that it": rows["consent_note"].astype(str).to_list(),
        }
    )


# -- the sentences -------------------------------------------------------------------------------


@or_absent
def findings() -> dict[str, str]:
    """State the lesson's results, each by name.

    Returns
    -------
    dict
        Name to sentence.
    """
    drawn = {"need": need_and_use(), "use": use_out_of_need(), "truth": truth_chart()}
    for made in drawn.values():
        if isinstance(made, Absent):
            return made  # type: ignore[return-value]
    step = {name: repair("diabetes", name)["to_end"][FOCUS] for name in STEPS}
    newly = repair("diabetes", "access")["through"][FOCUS]
    places = repair("diabetes", "quality", "place")
    worst = list(places["to_end"].astype(float).nlargest(2).index)
    far_more = "far more: " if at_the_end("place") > 2 * at_the_end("group") else ""
    onward = passing("diabetes", FOCUS, "quality")
    checks = [
        [reached("diabetes", one, name) for name in ("quality", "access")]
        for one in (FOCUS, REFERENCE)
    ]
    hedge = "" if differ(checks[0], checks[1]) else f": {CHANCE_ALONE}"
    diabetes = PATHWAYS["diabetes"]
    return {
        **{name: made.finding for name, made in drawn.items()},
        "draft": "“Our needs assessment found no inequality in diabetes care. "
        f"{rate(FOCUS, 'use'):.0f} in every 1,000 {who(FOCUS)} and {rate(REFERENCE, 'use'):.0f} "
        f"in every 1,000 {who(REFERENCE)} are on a diabetes register. {who(OTHER)}, at "
        f"{rate(OTHER, 'use'):.0f} in every 1,000, are over-represented. No action is proposed.”",
        "over": _over(),
        "onward": f"Finding people alone: of about {newly:.0f} more {who(FOCUS)} found, "
        f"{step['access']:.0f} would get right through"
        + (", because the next step loses most of them. " if onward < 50 else ". ")
        + f"Repairing the yearly checks brings about {step['quality']:.0f} {who(FOCUS)} to the "
        "end.",
        "places": f"Looked at by place, the same step brings back {far_more}about "
        f"{places['to_end'].sum():.0f} people at the end, {places['to_end'][worst].sum():.0f} of "
        f"them in {listed(worst)}, whatever their ethnic group"
        + (
            "."
            if clear_of_chance("diabetes", "quality", "place")
            else ". But no place is clearly below the others: chance alone could make this."
        ),
        "chance": _best_buy(),
        "paper": f"“Of {reached('diabetes', FOCUS, 'need')} {who(FOCUS)} with diabetes in 12 "
        f"areas, {reached('diabetes', FOCUS, 'access')} have been found and "
        f"{reached('diabetes', FOCUS, 'quality')} had all nine yearly checks: "
        f"{passing('diabetes', FOCUS, 'quality'):.0f} of every 100 found, against "
        f"{passing('diabetes', REFERENCE, 'quality'):.0f} for {who(REFERENCE)}, chosen because "
        f"they are the largest group{hedge}. A patient told us: ‘I have a letter for each year "
        f"saying that I would hear soon.’ We propose {diabetes.steps['quality'].lever}, first in "
        f"{listed(worst)}; the primary care lead owns it; by April we will count all nine checks "
        "for every group and place, and ask the people who told us whether it feels different.”",
    }


def _over() -> str:
    """Say what a group's high use means, once its need is beside it."""
    use, other_use = rate(OTHER, "use"), rate(REFERENCE, "use")
    need, other_need = rate(OTHER, "need"), rate(REFERENCE, "need")
    ratio_of, low, high = use_to_need_ratio(OTHER)
    more = _unlike("use", OTHER) and _unlike("need", OTHER) and use > other_use
    start = (
        f"{who(OTHER)} are on a register more often than {who(REFERENCE)}, {use:.0f} against "
        f"{other_use:.0f} in every 1,000, and more of them have diabetes: {need:.0f} against "
        f"{other_need:.0f}."
        if more and need > other_need
        else f"{use:.0f} in every 1,000 {who(OTHER)} are on a register and {other_use:.0f} "
        f"{who(REFERENCE)}; {need:.0f} and {other_need:.0f} have diabetes."
    )
    if clear({"lower": low, "upper": high}, none=1):
        meaning = "More are reached for their need." if low > 1 else "Some are missed."
    else:
        meaning = (
            "That shows no over-provision, and is too few people to say whether some are missed."
        )
    return (
        f"{start} Out of need, {use_of_need(OTHER):.0f} and {use_of_need(REFERENCE):.0f} of every "
        f"100 are found: a ratio of {ratio_of:.2f}, with a 95% interval from {low:.2f} to "
        f"{high:.2f}. {meaning}"
    )


def _best_buy() -> str:
    """Say which repair looks cheapest by ethnic group, and whether chance may have made it so."""
    price = {step: per_10000("diabetes", step) for step in ("quality", "outcome")}
    words = {"quality": "checks", "outcome": "outcome"}
    best, other = sorted(price, key=price.__getitem__, reverse=True)
    verb = "look" if best == "quality" else "looks"
    said = (
        f"By ethnic group, the {words[best]} {verb} the best buy in diabetes: {price[best]:.1f} "
        f"people at the end for £10,000, against {price[other]:.1f} for the {words[other]}."
    )
    if clear_of_chance("diabetes", best):
        return said
    return (
        f"{said} But no group is clearly below the level at that step. The money would be chasing "
        "chance."
    )


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


#: The explorers of this lesson, by name.
EXPLORERS = {
    "leak-finder": Explorer(
        name="leak-finder",
        title="Leak finder",
        lead="Everyone who needs a service starts at a hundred. Find where people are lost. Then "
        "repair one step, to a level that this place already reaches, and see who comes back.",
        controls=(
            Control(
                "pathway",
                "Pathway",
                tuple((key, one.name.lower()) for key, one in PATHWAYS.items()),
                "diabetes",
            ),
            Control(
                "by",
                "Look at people by",
                (
                    ("group", "ethnic group"),
                    ("place", "place"),
                    ("route", "way in (route)"),
                ),
                "group",
            ),
            Control(
                "repaired",
                "Repair one step",
                (
                    ("none", "none yet"),
                    ("access", "access: getting in"),
                    ("quality", "quality: getting it done well"),
                    ("outcome", "outcome: what comes of it"),
                ),
                "none",
            ),
        ),
        compute=leak_finder,
    ),
}
