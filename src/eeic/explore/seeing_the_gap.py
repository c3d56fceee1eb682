"""Lesson 4, *Seeing the gap*: its charts, the sentences it states and its two explorers.

The numbers are those of `eeic.explore.prevalence`; they can be called from here too, so that a
notebook and its questions need one name only.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from eeic import datasets
from eeic.explore._chance import CHANCE_ALONE, clear
from eeic.explore._wording import (
    INTERVAL,
    ORDER,
    among_whom,
    as_estimates,
    as_percent,
    describe,
    gap_table,
    how_many_more,
    listed,
    only_shown,
    row_of,
    signed,
    unstandardised,
    who,
    write_table,
)
from eeic.explore.explorer import Control, Explorer
from eeic.explore.headlines import four_headlines
from eeic.explore.later import later
from eeic.explore.prevalence import (
    EVERYONE,
    FEWEST,
    FOCUS,
    LAST,
    OLD,
    PER,
    REFERENCE,
    TooFew,
    check_group,
    checked,
    counts,
    crude_prevalence,
    events,
    excess,
    median_age,
    people,
    population,
    prevalence,
    prevalence_difference,
    prevalence_ratio,
    standardised_prevalence,
    worked_example,
)
from eeic.show import Absent, or_absent

__all__ = [
    "CAUSES",
    "EVERYONE",
    "EXPLORERS",
    "FOCUS",
    "OLD",
    "REFERENCE",
    "TooFew",
    "age_mix",
    "age_profile",
    "counts",
    "crude_chart",
    "crude_prevalence",
    "events",
    "excess",
    "finding",
    "findings",
    "four_headlines",
    "gap_chart",
    "median_age",
    "people",
    "population",
    "prevalence",
    "prevalence_difference",
    "prevalence_ratio",
    "standardised_chart",
    "standardised_prevalence",
    "three_services",
    "truth_chart",
    "worked_example",
]

if TYPE_CHECKING:
    import pandas as pd
    from pandas import DataFrame, Series

    from eeic import charts
    from eeic.charts import Chart
    from eeic.stats import standardise
else:
    # Questions read this module where there is no pandas: see `later`.
    pd, charts = later("pandas"), later("eeic.charts")
    standardise = later("eeic.stats.standardise")


_ILL = "people with diagnosed diabetes"


_INDICATORS = {
    "diagnosed_diabetes": ("Diagnosed diabetes", "have diagnosed diabetes", "residents"),
    "all_nine": ("All nine checks", "have all nine checks", _ILL),
    "cp9_eye": ("Eyes checked", "have their eyes checked", _ILL),
}


@or_absent
def crude_chart() -> Chart:
    """Chart crude prevalence by group.

    Returns
    -------
    Chart
        A dot and an interval for each group.
    """
    crude = prevalence(standardised=False)
    shown = only_shown(crude)
    in_order = shown.sort_values("value")
    low, high = in_order.iloc[0], in_order.iloc[-1]
    everyone = crude_prevalence(EVERYONE)
    gap = prevalence_difference(FOCUS, REFERENCE, standardised=False)
    finding = (
        f"Counted as they are, diabetes has been diagnosed in {as_percent(low)} of "
        f"{who(str(low.name))} and in {as_percent(high)} of {who(str(high.name))}. "
        f"{who(FOCUS)} have {crude_prevalence(FOCUS):.1f}% and {who(REFERENCE)} "
        f"{crude_prevalence(REFERENCE):.1f}%: {how_many_more(gap)} in every 1,000"
        f"{_hedge(crude)}."
    )
    return charts.Chart(
        draw=charts.dots(
            [
                charts.Panel(
                    "% of residents with diagnosed diabetes",
                    (as_estimates("Crude %", crude),),
                    reference=(everyone, f"everyone {everyone:.1f}"),
                )
            ]
        ),
        alt=describe("Dots with intervals for crude prevalence of diagnosed diabetes", shown),
        caption=f"Crude prevalence of diagnosed diabetes by ethnic group. {among_whom()} "
        f"{INTERVAL} {ORDER}",
        table=write_table(crude, "Crude %"),
        finding=finding,
    )


@or_absent
def age_profile() -> Chart:
    """Chart the ages of the groups that the lesson compares.

    Returns
    -------
    Chart
        One small picture of the whole age distribution for each group, its median marked.
    """
    names = list(only_shown(prevalence()).index)
    profiles = [_profile(name) for name in names]
    everyone = _profile(EVERYONE)
    ages = {profile.name: profile.median for profile in profiles}
    youngest, oldest = min(ages, key=ages.__getitem__), max(ages, key=ages.__getitem__)
    old = {p.name: p.shares[_old(p.shares)].sum() for p in (*profiles, everyone)}
    finding = (
        f"Half of {who(youngest)} are under {ages[youngest]:.0f}; half of {who(oldest)} are "
        f"under {ages[oldest]:.0f}. {old[FOCUS]:.0f}% of {who(FOCUS)} are {OLD} or over, against "
        f"{old[REFERENCE]:.0f}% of {who(REFERENCE)}. Every group has people of all ages."
    )
    return charts.Chart(
        draw=charts.age_profiles(profiles, everyone),
        alt=f"{len(names)} small bar charts of ages, one for each group, each over an outline of "
        f"everyone's ages. Median ages run from {ages[youngest]:.0f} ({youngest}) to "
        f"{ages[oldest]:.0f} ({oldest}).",
        caption="Ages of residents by ethnic group, as they describe themselves. Bars: percent "
        "of the group in each band of five years; outline: everyone; triangle: the age half of "
        f"the group have not reached. Groups with at least {FEWEST} people with diagnosed "
        f"diabetes. {ORDER}",
        table=pd.DataFrame(
            {
                "Ethnic group": [*names, EVERYONE],
                "Residents": [population(name) for name in (*names, EVERYONE)],
                "Median age": [int(p.median) for p in (*profiles, everyone)],
                f"% aged {OLD} or over": [old[name] for name in (*names, EVERYONE)],
            }
        ),
        finding=finding,
    )


@or_absent
def standardised_chart() -> Chart:
    """Chart crude and age-standardised prevalence side by side.

    Returns
    -------
    Chart
        Two dots with intervals for each group, of different shape.
    """
    crude, fair = prevalence(standardised=False), prevalence()
    shown = only_shown(fair)
    finding = (
        "With ages made comparable, prevalence goes from "
        f"{crude_prevalence(FOCUS):.1f}% to {standardised_prevalence(FOCUS):.1f}% for "
        f"{who(FOCUS)} and from {crude_prevalence(REFERENCE):.1f}% to "
        f"{standardised_prevalence(REFERENCE):.1f}% for {who(REFERENCE)}. The ratio of the two "
        f"goes from {prevalence_ratio(FOCUS, REFERENCE, standardised=False):.1f} to "
        f"{prevalence_ratio(FOCUS, REFERENCE):.1f}{_hedge(fair)}; the people are the same."
    )
    table = write_table(crude, "Crude %").merge(
        write_table(fair, "Standardised %", brief=True), on="Ethnic group"
    )
    return charts.Chart(
        draw=charts.dots(
            [
                charts.Panel(
                    "% of residents with diagnosed diabetes",
                    (as_estimates("Crude", crude), as_estimates("Standardised", fair)),
                )
            ],
            notes=unstandardised(fair),
        ),
        alt=describe(
            "Two dots with intervals for each group, a circle for crude and a diamond for "
            "age-standardised prevalence; among the diamonds",
            shown,
        ),
        caption="Crude and age-standardised prevalence of diagnosed diabetes by ethnic group. "
        f"{among_whom()} Standard: European Standard Population 2013, with one band from {LAST}. "
        f"{INTERVAL} {ORDER}",
        table=table,
        finding=finding,
    )


@or_absent
def gap_chart() -> Chart:
    """Chart the ratio of each group's prevalence to that of White British residents.

    Returns
    -------
    Chart
        Ratios on a log scale, crude and age-standardised, with a line at 1.
    """
    crude = gap_table(prevalence(standardised=False), REFERENCE, "ratio")
    fair = gap_table(prevalence(), REFERENCE, "ratio")
    line: Any = row_of(fair, FOCUS)
    more = prevalence_difference(FOCUS, REFERENCE)
    people_more = excess(FOCUS, REFERENCE)
    interval = f"95% interval {line['lower']:.1f} to {line['upper']:.1f}"
    finding = (
        f"At the same ages, diabetes has been diagnosed in {line['value']:.1f} times as many "
        f"{who(FOCUS)} as {who(REFERENCE)} ({interval}): {how_many_more(more)} in every 1,000. Of "
        f"the {events(FOCUS):,} {who(FOCUS)} with diagnosed diabetes, about {people_more:.0f} are "
        f"beyond the number expected at the {REFERENCE} rates of their own ages."
        if clear(line, none=1)
        else f"At the same ages, the prevalence among {who(FOCUS)} is {line['value']:.1f} times "
        f"that among {who(REFERENCE)}, and the {interval} takes in 1: {CHANCE_ALONE}."
    )
    table = write_table(crude, "Crude ratio", scale=1).merge(
        write_table(fair, "Standardised ratio", brief=True, scale=1), on="Ethnic group"
    )
    return charts.Chart(
        draw=charts.dots(
            [
                charts.Panel(
                    "Ratio of prevalence (log scale)",
                    (
                        as_estimates("Crude", crude, scale=1),
                        as_estimates("Standardised", fair, scale=1),
                    ),
                    scale="log",
                    reference=(1, f"{REFERENCE} = 1"),
                )
            ],
            notes=unstandardised(fair),
        ),
        alt=describe(
            "Dots with intervals on either side of a line at 1, which stands for "
            f"{who(REFERENCE)}; for the age-standardised ratios",
            only_shown(fair),
            scale=1,
            unit="",
        ),
        caption=f"Prevalence of diagnosed diabetes as a ratio to that of {who(REFERENCE)}. "
        f"{among_whom()} {REFERENCE} is the comparator because it is the largest group, so that "
        f"the comparison itself adds least uncertainty. {INTERVAL} {ORDER}",
        table=table,
        finding=finding,
    )


@or_absent
def three_services() -> Chart:
    """Chart three services by group, one of which reaches every group alike.

    Returns
    -------
    Chart
        Three panels with intervals: diagnosed diabetes, all nine checks, eye check.
    """
    diagnosed = prevalence()
    all_nine, eye = checked("all_nine"), checked("eye")
    apart, overall = _apart(eye), as_percent(row_of(eye, EVERYONE))
    (nine_here, nine_there), (eye_here, eye_there) = (
        [as_percent(row_of(table, group)) for group in (FOCUS, REFERENCE)]
        for table in (all_nine, eye)
    )
    finding = (
        f"All nine checks were done for {nine_here} of {who(FOCUS, _ILL)} and {nine_there} of "
        f"{who(REFERENCE, _ILL)}{_hedge(all_nine)}; eyes were checked for {eye_here} and "
        f"{eye_there}. "
        + (
            f"For the eye check every group's interval includes the overall {overall}: on this "
            "evidence there is no gap to close."
            if not apart
            else f"For the eye check the interval of {listed(apart)} leaves out the overall "
            f"{overall}; chance alone would do that for one group in twenty."
        )
    )
    tables = [
        write_table(diagnosed, "Diagnosed diabetes, %")[["Ethnic group", "People"]],
        *(
            write_table(table, name, brief=True)
            for table, name in (
                (diagnosed, "Diagnosed diabetes, %"),
                (all_nine, "All nine checks, %"),
                (eye, "Eyes checked, %"),
            )
        ),
    ]
    table = tables[0]
    for other in tables[1:]:
        table = table.merge(other, on="Ethnic group")
    hidden = set(only_shown(diagnosed).index) - set(only_shown(all_nine).index)
    some_withheld = [f"– Fewer than {FEWEST} people in this panel."] * bool(hidden)
    panels = [
        charts.Panel(
            axis,
            (as_estimates("%", rows),),
            title=title,
            decimals=decimals,
            reference=(row_of(rows, EVERYONE)["value"] * 100 / PER, "everyone"),
        )
        for title, axis, rows, decimals in (
            ("Diagnosed diabetes", "% of residents, age-standardised", diagnosed, 1),
            ("All nine checks", "% of people with diabetes", all_nine, 0),
            ("Eyes checked", "% of people with diabetes", eye, 0),
        )
    ]
    return charts.Chart(
        draw=charts.dots(panels, notes=[*unstandardised(diagnosed), *some_withheld]),
        alt="Three panels of dots with intervals, one for each service, each with a line for "
        "everyone. The intervals lie off that line for "
        + ", ".join(
            f"{len(_apart(rows))} of {len(only_shown(rows))} groups in {name}"
            for name, rows in (
                ("diagnosed diabetes", diagnosed),
                ("all nine checks", all_nine),
                ("the eye check", eye),
            )
        )
        + ".",
        caption="Diagnosed diabetes among residents, and checks done among people with diagnosed "
        f"diabetes, by ethnic group. {among_whom()} {INTERVAL} {ORDER}",
        table=table,
        finding=finding,
    )


def _hedge(table: DataFrame) -> str:
    """Say that the lesson's group differs by no more than chance, where that is so."""
    line: Any = row_of(gap_table(table, REFERENCE, "difference"), FOCUS)
    return "" if clear(line) else f", {CHANCE_ALONE}"


def _apart(table: DataFrame) -> list[str]:
    """List the groups whose interval leaves out the value for everyone."""
    everyone = row_of(table, EVERYONE)["value"]
    shown = only_shown(table)
    return list(shown.index[(shown["lower"] > everyone) | (shown["upper"] < everyone)])


def age_mix(older_share: int) -> Chart:
    """Give one group another share of older people, and leave every rate as it is.

    Parameters
    ----------
    older_share : int
        Percent of the group aged 65 and over.

    Returns
    -------
    Chart
        The imagined ages, and what becomes of the crude and the standardised prevalence.

    Notes
    -----
    With s the share of older people, and the rates among older and younger people as counted,
    the crude prevalence is s × older rate + (1 - s) × younger rate.
    """
    now = _profile(FOCUS)
    old = pd.Series(_old(now.shares), index=now.shares.index)
    share_now = now.shares[old].sum()
    then = now.shares.where(~old, now.shares * older_share / share_now).where(
        old, now.shares * (100 - older_share) / (100 - share_now)
    )
    crude, fair = crude_prevalence(FOCUS), standardised_prevalence(FOCUS)
    mine = people()[people()["self"] == FOCUS]
    older, younger = (
        100 * mine.loc[rows, "diabetes"].mean() for rows in (mine["age"] >= OLD, mine["age"] < OLD)
    )
    moved = (older_share * older + (100 - older_share) * younger) / 100
    return charts.Chart(
        draw=charts.age_mix(
            now,
            then,
            OLD,
            [
                ("Crude, with this age mix", moved, True),
                ("Crude, as counted", crude, False),
                ("Age-standardised", fair, False),
                (f"{REFERENCE}, crude", crude_prevalence(REFERENCE), False),
            ],
            "% with diagnosed diabetes",
        ),
        alt=f"Bars of ages with {older_share}% aged {OLD} or over, over an outline of the real "
        f"ages. Below, four dots: crude prevalence is {moved:.1f}% with this age mix and "
        f"{crude:.1f}% as counted, age-standardised prevalence {fair:.1f}%.",
        caption=f"{population(FOCUS):,} {who(FOCUS)} of 12 areas of Lindlemere, "
        f"{events(FOCUS):,} with diagnosed diabetes. The filled dot follows the imagined age mix; "
        "the prevalence at each age is as counted. Intervals are left out because nothing is "
        "estimated here: the same rates are weighted anew.",
        table=pd.DataFrame(
            {
                "Prevalence of diagnosed diabetes": [
                    f"{FOCUS}, crude, with {older_share}% aged {OLD} or over",
                    f"{FOCUS}, crude, as counted ({share_now:.1f}% aged {OLD} or over)",
                    f"{FOCUS}, age-standardised",
                    f"{REFERENCE}, crude, as counted",
                ],
                "%": [moved, crude, fair, crude_prevalence(REFERENCE)],
            }
        ),
        finding=f"If {older_share}% of {who(FOCUS)} were {OLD} or over ({share_now:.1f}% are), "
        f"crude prevalence would be {moved:.1f}% ({crude:.1f}% as counted), although nobody's risk "
        f"has changed. The age-standardised {fair:.1f}% stays where it is.",
    )


#: What made a gap, in plain words, and what could change it.
CAUSES = {
    "age_structure": ("Different ages", "Compare at the same ages"),
    "observed_pattern": (
        "Higher risk at the same age, cause unsettled",
        "Find and treat early; find out why",
    ),
    "deprivation": ("Deprivation of the area", "Housing, income, funding that follows need"),
    "practice": ("Which practices are near", "Support the practices that do fewest checks"),
    "language": ("Interpreters not offered", "An interpreter at every contact that needs one"),
    "unfair_treatment": ("Unfair treatment by services", "Listen, act, and change staff practice"),
    "service_fit": ("Services that fit badly", "Hours, letters and outreach designed together"),
    "chance": ("Chance", "None: look again next year, and at the interval"),
}


@or_absent
def truth_chart(indicator: str = "diagnosed_diabetes", group: str = FOCUS) -> Chart:
    """Open the truth file: the gap as recorded, the true gap and what really made it.

    Parameters
    ----------
    indicator : {"diagnosed_diabetes", "all_nine", "cp9_eye"}
        Which service.
    group : str
        Compared with `REFERENCE`.

    Returns
    -------
    Chart
        Bars from zero, each cause with its lever.

    Raises
    ------
    ValueError
        If the truth file has no such indicator.
    """
    indicators = datasets.truth()["indicators"]
    if indicator not in _INDICATORS:
        known = ", ".join(map(repr, _INDICATORS))
        raise ValueError(f"There is no chart of the truth about {indicator!r}; choose {known}.")
    what, has, noun = _INDICATORS[indicator]
    true = indicators[indicator]
    check_group(group)
    mine, theirs = true["groups"][group], true["groups"][REFERENCE]
    gap = true["gaps"][group]
    made = {**gap["contributions"], "chance": gap["chance"]}
    recorded = PER * (mine["recorded"] - theirs["recorded"])
    real = PER * gap["gap"]
    rows = [
        charts.Part("Gap as GPs recorded the groups", recorded, whole=True),
        charts.Part("True gap", real, whole=True),
        *(
            charts.Part(CAUSES[cause][0], PER * made[cause], CAUSES[cause][1])
            for cause in CAUSES
            if cause in made
        ),
    ]
    parts = sorted(rows[2:-1], key=lambda part: -abs(part.value))
    biggest = [
        f"{part.name.lower()} ({signed(part.value)})" for part in parts[:2] if round(part.value, 1)
    ]
    only_age = [part.name for part in parts if round(part.value, 1)] == [CAUSES["age_structure"][0]]
    finding = (
        f"In truth, {how_many_more(real)} in every 1,000 {has} among {who(group, noun)} than among "
        f"{who(REFERENCE, noun)}. "
        + (
            f"What counts most is {listed(biggest)}."
            + " At the same ages there is no gap." * only_age
            if biggest
            else "Nothing made the difference but chance: this service has no true gap."
        )
    )
    return charts.Chart(
        draw=charts.parts(rows, f"Per 1,000 {noun}"),
        alt=f"Bars from zero. The gap as recorded is {signed(recorded)} and the true gap "
        f"{signed(real)} per 1,000. Below, one bar for each cause: "
        + "; ".join(f"{part.name.lower()} {signed(part.value)}" for part in rows[2:])
        + ".",
        caption=f"{what}: {who(group, noun)} less {who(REFERENCE, noun)}, world 2026-a. "
        f"{mine['people']:,} and {theirs['people']:,} people, of all ages. The truth file of this "
        "invented world knows what real data never say. The causes and chance add up to the true "
        "gap; below zero a cause makes the number smaller, which for a diagnosis can mean that "
        "fewer cases were found.",
        table=pd.DataFrame(
            {
                "Part": [row.name for row in rows],
                "Per 1,000": [row.value for row in rows],
                "What could change it": [row.lever or "–" for row in rows],
            }
        ),
        finding=finding,
    )


@or_absent
def findings() -> dict[str, str]:
    """State the lesson's results, each by name.

    Returns
    -------
    dict
        Name to sentence: the names of the charts, "mismatch" for what happens when people
        are grouped by one record above the line and by another below it, and "paper" for the
        sentence that a commissioning paper could carry.
    """
    made = {
        "crude": crude_chart(),
        "ages": age_profile(),
        "standardised": standardised_chart(),
        "gap": gap_chart(),
        "services": three_services(),
        "truth": truth_chart(),
    }
    for chart in made.values():
        if isinstance(chart, Absent):
            return chart  # type: ignore[return-value]
    said = {name: chart.finding for name, chart in made.items()}
    group, apart = _mismatch()
    said["mismatch"] = (
        "Crude prevalence is the same in every group, whether the GP's record or people's own "
        f"answer is counted above the line: for {who(group)} {apart['same']:.1f}%."
        if apart["mixed"] == apart["same"]
        else f"For {who(group)} crude prevalence is {apart['mixed']:.1f}% when the GP's record is "
        "counted above the line and people's own answer below it, and "
        f"{apart['same']:.1f}% when both come from people's own answer."
    )
    said["paper"] = _for_a_paper()
    return said


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


def _for_a_paper() -> str:
    fair = prevalence().set_index("ethnic_group").loc[FOCUS]
    low, high = (f"{fair[side] * 100 / PER:.1f}" for side in ("lower", "upper"))
    coded = people().loc[people()["self"] == FOCUS, "gp"].notna().mean()
    gap = prevalence_difference(FOCUS, REFERENCE)
    return (
        f"“{events(FOCUS):,} of {population(FOCUS):,} {who(FOCUS)} of the 12 areas had diagnosed "
        f"diabetes, {crude_prevalence(FOCUS):.1f}%. If every group had the same ages, the figure "
        f"would be {standardised_prevalence(FOCUS):.1f}% (95% interval {low} to {high}), against "
        f"{standardised_prevalence(REFERENCE):.1f}% for {who(REFERENCE)}, chosen because they "
        f"are the largest group: about {how_many_more(gap)} in every 1,000{_hedge(prevalence())}. "
        "Residents described their own ethnicity; their practice has a usable code for "
        f"{coded:.0%} of them. What we can change first: where the clinics stand, and interpreters "
        "on demand in them.”"
    )


def _mismatch() -> tuple[str, Any]:
    """Find the group whose crude prevalence a mixed base changes most."""
    both = pd.DataFrame(
        {
            "mixed": only_shown(prevalence("gp", "self", standardised=False))["value"],
            "same": only_shown(prevalence(standardised=False))["value"],
        }
    ).dropna() * (100 / PER)
    group = str((both["mixed"] / both["same"]).map(math.log).abs().idxmax())
    return group, both.loc[group]


#: The explorers of this lesson, by name.
EXPLORERS = {
    "four-headlines": Explorer(
        name="four-headlines",
        title="Same data, four headlines",
        lead="Every headline below is true, and all of them come from the same people. "
        "Change one choice at a time and watch which group, and how large a gap, makes the news.",
        controls=(
            Control(
                "measure",
                "How prevalence is measured",
                (("crude", "crude"), ("standardised", "age-standardised")),
                "crude",
            ),
            Control(
                "scale",
                "How groups are compared",
                (("ratio", "ratio"), ("difference", "difference per 1,000 people")),
                "ratio",
            ),
            Control(
                "base",
                "Who is counted below the line",
                (
                    ("self", "residents, as they describe themselves"),
                    ("gp", "patients, as their GP recorded them"),
                ),
                "gp",
            ),
            Control(
                "comparator",
                "Compared with",
                (
                    ("white-british", "White British"),
                    ("everyone", "everyone living in the 12 areas"),
                ),
                "white-british",
            ),
        ),
        compute=four_headlines,
    ),
    "age-mix": Explorer(
        name="age-mix",
        title="What an age mix does",
        lead=f"Give {FOCUS} residents more older people, or fewer. "
        "Each age keeps the prevalence it has.",
        controls=(
            Control(
                "older_share",
                f"{FOCUS} residents aged {OLD} or over",
                tuple((share, f"{share}%") for share in range(3, 34, 2)),
                5,
                kind="slider",
                unit="%",
            ),
        ),
        compute=age_mix,
    ),
}


def _profile(name: str) -> charts.AgeProfile:
    everybody = people()
    rows = everybody if name == EVERYONE else everybody[everybody["self"] == name]
    shares = rows["age_band"].value_counts(normalize=True) * 100
    return charts.AgeProfile(
        name=name,
        shares=shares.reindex(standardise.ESP2013.index, fill_value=0.0).astype(float),
        median=median_age(name),
    )


def _old(shares: Series) -> list[bool]:
    return [int(str(band).rstrip("+").partition("-")[0]) >= OLD for band in shares.index]
