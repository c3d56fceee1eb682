"""Lesson 6, *Can we trust the ethnicity field?*: its charts, its sentences and two explorers.

The numbers are those of `eeic.explore.records`; they can be called from here too, so that a
notebook and its questions need one name only.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from eeic.explore._chance import CHANCE_ALONE, differ
from eeic.explore.explorer import Control, Explorer
from eeic.explore.later import later
from eeic.explore.records import (
    MORE_MISSING,
    NAME_FINDS,
    NO_GROUP,
    NOT_KNOWN,
    NOT_STATED,
    OTHER,
    REFERENCE,
    RULES,
    SERVICES,
    SHORT_LIST,
    SOURCES,
    agreement,
    becomes,
    cell,
    completeness_of,
    field,
    gap_gone,
    gap_left,
    kept,
    kept_of_all,
    latest,
    looks_complete,
    machine,
    measure,
    own_in,
    people,
    quality,
    ratio_gone,
    recorded_in,
    repaired,
    repaired_complete,
    repaired_gap,
    repaired_gaps,
    reported,
    share,
    true_ratio,
    where_codes_go,
)
from eeic.show import Absent, or_absent

__all__ = [
    "EXPLORERS",
    "FOCUS",
    "NAME_FINDS",
    "RULES",
    "SHOWN",
    "SOURCES",
    "agreement",
    "becomes",
    "codes_chart",
    "completeness_chart",
    "field",
    "finding",
    "findings",
    "gap_gone",
    "gap_left",
    "kept",
    "kept_of_all",
    "latest",
    "looks_complete",
    "measure",
    "own_in",
    "people",
    "profile",
    "profiles_chart",
    "quality",
    "ratio_gone",
    "recorded_in",
    "recording_machine",
    "repair_bench",
    "repair_table",
    "repaired",
    "repaired_complete",
    "repaired_gap",
    "reported",
    "share",
    "true_ratio",
    "where_codes_go",
]

if TYPE_CHECKING:
    import pandas as pd
    from pandas import DataFrame

    from eeic.charts import Chart, records
    from eeic.charts import chart as charts
else:
    # Questions read this module where there is no pandas: see `later`.
    pd, charts = later("pandas"), later("eeic.charts.chart")
    records = later("eeic.charts.records")

#: The group that sentences follow.
FOCUS = "Pakistani"
#: The groups drawn: each way in which records go astray, and one where they hardly do.
SHOWN = (
    FOCUS,
    "Black African",
    "Black Caribbean",
    "White and Black Caribbean",
    REFERENCE,
    "White Irish",
    "Roma",
    "Other White",
    "Arab",
    OTHER,
)
_MEASURES = {
    "completeness": ("Complete", "Is there a group at all?"),
    "validity": ("Valid", "Is the code one of today's list?"),
    "consistency": ("Consistent", "Does another service hold the same group?"),
    "agreement": ("Agrees", "Is it what the person says?"),
}
_OUT_OF = (
    "Complete: out of everyone the service should hold. Valid: out of the codes written. "
    "Consistent: out of people with a group here and in another service. Agrees: out of people "
    "with a group."
)
_INTERVAL = "Lines are 95% intervals."
_DRAWN = (
    f"{len(SHOWN)} of the 19 groups are drawn, in the order of the census table, because they show "
    "the different ways in which codes go astray; the sums use all 19."
)


def _named(source: str) -> str:
    return source[0].upper() + source[1:]


# -- how good the field is -----------------------------------------------------------------------


def _gauges(names: tuple[str, ...]) -> Any:
    table = quality().set_index(["source", "measure"])
    measures = [
        records.Gauge(
            *_MEASURES[name],
            [_with_limits(table, (source, name)) for source in SOURCES],
        )
        for name in names
    ]
    return records.gauges([_named(source) for source in SOURCES], measures)


def _with_limits(table: DataFrame, row: Any) -> tuple[float, float, float]:
    value, lower, upper = (float(cell(table, row, name)) for name in ("value", "lower", "upper"))
    return value, lower, upper


def _table(names: tuple[str, ...]) -> DataFrame:
    table: Any = quality().set_index(["source", "measure"])
    rows: dict[str, Any] = {"Source": [_named(source) for source in SOURCES]}
    for name in names:
        lines = [table.loc[(source, name)] for source in SOURCES]
        title = _MEASURES[name][0]
        rows[f"{title}, %"] = [float(line["value"]) for line in lines]
        rows[f"{title}: people"] = [
            f"{line['part']:,.0f} of {line['whole']:,.0f}" for line in lines
        ]
    return pd.DataFrame(rows)


@or_absent
def completeness_chart() -> Chart:
    """Chart how complete each of the five sources is, and nothing else.

    Returns
    -------
    Chart
        A dot and an interval for each source.
    """
    in_order = sorted(SOURCES, key=lambda source: measure(source, "completeness"))
    worst, top = in_order[0], in_order[-1]
    least, most = (f"{measure(source, 'completeness'):.0f}%" for source in (worst, top))
    best = max(SERVICES, key=lambda source: measure(source, "completeness"))
    if not _apart(worst, top, "completeness", among=len(SOURCES)):
        finding = f"The five sources are about equally complete, from {least} to {most}."
    elif top == best:
        finding = (
            f"Most complete is the field of {top}, with a group for {most}; least complete is the "
            f"{worst} with {least}."
        )
    else:
        finding = (
            f"Most complete is the survey, with a group for {most} of the people it asked, and "
            f"among the services {best} with {measure(best, 'completeness'):.0f}%; least complete "
            f"is the {worst} with {least}."
        )
    return charts.Chart(
        draw=_gauges(("completeness",)),
        alt="Five dots with intervals on a scale from 50 to 100%, one for each source: "
        + "; ".join(f"{_named(s)} {measure(s, 'completeness'):.0f}%" for s in SOURCES)
        + ".",
        caption="People with an ethnic group on record, out of everyone the source should hold: "
        + ", ".join(f"{people(s, 'completeness'):,} ({_named(s)})" for s in SOURCES)
        + f". Not stated and not known do not count as a group. {_INTERVAL}",
        table=_table(("completeness",)),
        finding=finding,
    )


@or_absent
def profiles_chart() -> Chart:
    """Chart four measures of each of the five sources side by side.

    Returns
    -------
    Chart
        Four panels of dots with intervals.
    """
    names = tuple(_MEASURES)
    minority = "minority ethnic groups"
    (here, right), (there, other) = (
        [f"{measure(source, name):.0f}%" for name in ("completeness", "agreement")]
        for source in ("hospital", "GP")
    )
    fuller = _more("hospital", "GP", "completeness") and _more("GP", "hospital", "agreement")
    coded = field("hospital")
    coded = coded[~coded["recorded"].isin(NO_GROUP)]
    mine = coded["own"] == REFERENCE
    right_for = (coded["recorded"] == coded["own"]).groupby(mine).agg(["sum", "size"])
    wrong = (right_for["sum"] < right_for["size"]).any()
    differs = len(right_for) == 2 and differ(*right_for.to_numpy())
    finding = (
        (
            f"The hospital has a group for {here} of its patients, more than the GP's {there}, and "
            f"yet fewer of its groups are what the person says: {right} against {other}. "
            if fuller
            else f"The hospital has a group for {here} of its patients and the GP for {there}; "
            f"{right} and {other} of these groups are what the person says. "
        )
        + f"For White British patients the hospital is right for "
        f"{agreement('hospital', REFERENCE):.0f}%, for those of all {minority} together for "
        f"{agreement('hospital', minority):.0f}%"
        + ("." if differs or not wrong else f", {CHANCE_ALONE}.")
    )
    return charts.Chart(
        draw=_gauges(names),
        alt="Four panels of dots with intervals for five sources. "
        + " ".join(
            f"{_MEASURES[name][0]}: "
            + ", ".join(f"{_named(s)} {measure(s, name):.0f}%" for s in SOURCES)
            + "."
            for name in names
        ),
        caption=f"Four measures of the ethnicity field in five sources. {_OUT_OF} The number of "
        f"people behind each dot stands in the table. {_INTERVAL}",
        table=_table(names),
        finding=finding,
    )


@or_absent
def profile(source: str) -> DataFrame:
    """Write one service's recording profile, for the handout.

    Parameters
    ----------
    source : {"GP", "hospital", "mental health", "talking therapies"}
        The service.

    Returns
    -------
    pandas.DataFrame
        What is measured, its value, and out of how many people.

    Raises
    ------
    ValueError
        If it is none of the four.
    """
    if source not in SERVICES:
        known = ", ".join(map(repr, SERVICES))
        raise ValueError(f"There is no recording profile of {source!r}; choose {known}.")
    held = field(source)
    coded = held[~held["recorded"].isin(NO_GROUP)]
    rows = [
        (words, f"{measure(source, name):.0f}%", f"{people(source, name):,}")
        for name, words in (
            ("completeness", "Have a group on record"),
            ("validity", "Codes that are on today's list"),
            ("consistency", "Same group as another service"),
            ("agreement", "Group is what the person says"),
        )
    ]
    rows[1:1] = [
        (
            "Not stated (asked, and chose not to say)",
            f"{share(source, NOT_STATED):.0f}%",
            f"{len(held):,}",
        ),
        ("Not known (never asked, or lost)", f"{share(source, NOT_KNOWN):.0f}%", f"{len(held):,}"),
    ]
    for group in (REFERENCE, "minority ethnic groups"):
        mine = coded["own"] == REFERENCE
        number = int(mine.sum() if group == REFERENCE else (~mine).sum())
        words = group if group == REFERENCE else "people of all minority ethnic groups"
        rows.append((f"– {words}", f"{agreement(source, group):.0f}%", f"{number:,}"))
    rows.append(
        (
            "Written down as any other ethnic group",
            _count(recorded_in(source, OTHER)),
            f"{len(held):,}",
        )
    )
    rows.append(("Say so themselves", _count(own_in(source, OTHER)), f"{len(held):,}"))
    return pd.DataFrame(rows, columns=["What was measured", "Result", "Out of (people)"])


def _count(number: int) -> str:
    return f"{number:,}" if number >= 10 else "under 10"


def _more(source: str, other: str, name: str) -> bool:
    """Tell whether one source does clearly better by a measure than another."""
    return measure(source, name) > measure(other, name) and _apart(source, other, name)


def _apart(source: str, other: str, name: str, among: int = 1) -> bool:
    mine, theirs = (
        [people(one, name, what) for what in ("part", "whole")] for one in (source, other)
    )
    return differ(mine, theirs, among)


# -- where codes go ------------------------------------------------------------------------------


def _found(shares: DataFrame, gaps: DataFrame) -> list[Any]:
    found: Any = (100 * shares.loc[list(SHOWN)]).to_dict("index")
    ratios: Any = gaps.loc[list(SHOWN), ["true_gap", "value"]].to_dict("index")
    rows = []
    for group in SHOWN:
        line, ratio = found[group], ratios[group]
        own = line[group]
        british = 0.0 if group == REFERENCE else line[REFERENCE]
        other = 0.0 if group == OTHER else line[OTHER]
        none = sum(line[name] for name in NO_GROUP)
        parts = own, british, other, max(0.0, 100 - own - british - other - none), none
        rows.append(records.Found(group, parts, ratio["true_gap"], ratio["value"]))
    return rows


def _shares_table(rows: list[Any]) -> DataFrame:
    return pd.DataFrame(
        {
            "Ethnic group, own answer": [row.group for row in rows],
            **{
                words: [f"{row.shares[n]:.0f}" for row in rows]
                for n, words in enumerate(
                    ("Own group, %", "White British, %", "Any other, %", "Another, %", "None, %")
                )
            },
            "True ratio": [f"{row.true:.2f}" for row in rows],
            "Reported": [f"{row.reported:.2f}" for row in rows],
        }
    )


_GAP = "Diagnosed diabetes, ratio to White British"
_LINE = "White British = 1, log scale"


@or_absent
def codes_chart(source: str = "hospital") -> Chart:
    """Chart where the people of each group are found in a service's records.

    Parameters
    ----------
    source : str
        One of `SOURCES`.

    Returns
    -------
    Chart
        One bar for each group drawn, and what the codes do to a gap.
    """
    shares: Any = where_codes_go(source)
    _, gaps = machine("mixed" if source == "hospital" else "gp", "now", "blank", "full")
    mine = 100 * shares.loc["White and Black Caribbean"]
    roma = 100 * shares.loc["Roma"]
    finding = (
        f"Of 100 White and Black Caribbean patients the {_named(source).lower()} holds "
        f"{mine['White and Black Caribbean']:.0f} under the group they name; "
        f"{100 - mine['White and Black Caribbean'] - mine[list(NO_GROUP)].sum():.0f} stand in "
        f"another group and {mine[list(NO_GROUP)].sum():.0f} in none. Of 100 Roma patients "
        f"{roma['Roma']:.0f} can be found as Roma, of 100 White British patients "
        f"{100 * shares.loc[REFERENCE, REFERENCE]:.0f} as White British. "
        f"{recorded_in(source, OTHER):,} people are written down as any other ethnic group; "
        f"{own_in(source, OTHER):,} say so of themselves."
    )
    rows = _found(shares, gaps)
    return charts.Chart(
        draw=records.where_codes_go(rows, "Of 100 people, written down as", _GAP, _LINE),
        alt=f"Bars that show where the people of {len(SHOWN)} groups are found in the hospital's "
        "records. The part under people's own group is long for White British and Pakistani "
        "people and short for Roma, Arab and any other ethnic group. Beside them the ratio "
        "reported and the true one.",
        caption=f"{len(field(source)):,} people whom the {_named(source).lower()} has seen, by "
        "their own answer. The ratios are expected numbers, so they have no interval: the "
        "hospital's codes above the line, people's own answers below. "
        + _DRAWN
        + f" The bars of the smallest groups rest on few people ({own_in(source, 'Roma')} Roma "
        "patients): in a report about real people they would not be shown.",
        table=_shares_table(rows),
        finding=finding,
    )


# -- the recording machine -----------------------------------------------------------------------

_CODES = {
    "gp": "GP codes above and below the line",
    "mixed": "hospital codes above, people's own answers below",
}
_MISSING = {
    "now": "as many as now",
    "everyone": f"{MORE_MISSING} in 100 more, whoever they are",
    "clinic": f"{MORE_MISSING} in 100 more, only minority ethnic patients of the diabetes clinics",
}
_DEFAULT = {"blank": "stays empty", "white-british": "the screen fills in White British"}
_BUTTONS = {
    "full": "all 19 groups",
    "short": f"a short list: {SHORT_LIST} in 100 minority codes become any other ethnic group",
}
_MEND = {
    "codes": "count the same people by the same record above and below the line",
    "missing": "ask at every first visit, with an interpreter, at these clinics first",
    "default": "take the default off the screen",
    "buttons": "put the full list on the screen",
}


def recording_machine(codes: str, missing: str, default: str, buttons: str) -> Chart:
    """Run the true gap through records made in a certain way.

    Parameters
    ----------
    codes : {"gp", "mixed"}
        Whose codes count above and below the line.
    missing : {"now", "everyone", "clinic"}
        How many further codes are missing, and whose.
    default : {"blank", "white-british"}
        What the screen holds where nobody asked.
    buttons : {"full", "short"}
        How many groups the screen offers.

    Returns
    -------
    Chart
        Where each group's codes end up, and the gap reported beside the true one.
    """
    shares: Any
    gaps: Any
    shares, gaps = machine(codes, missing, default, buttons)
    complete = completeness_of(shares)
    told, true = gaps.loc[FOCUS, ["value", "true_gap"]]
    others = gaps.drop(index=[REFERENCE, *NO_GROUP], errors="ignore")
    drawn = others.loc[[group for group in SHOWN if group != REFERENCE]]
    off = (drawn["value"] / drawn["true_gap"]).map(lambda r: max(r, 1 / r) if r else math.inf)
    worst = str(off.idxmax())
    away = (
        f"Furthest astray is {_whom(worst)}: {_two(gaps.loc[worst, 'value'])} reported, "
        f"{_two(gaps.loc[worst, 'true_gap'])} in truth."
        if off[worst] > 1.005
        else "No group's ratio is astray."
    )
    finding = (
        f"The field looks {complete:.0f}% complete. Of 100 {FOCUS} clinic patients "
        f"{100 * shares.loc[FOCUS, FOCUS]:.0f} are written down as {FOCUS}. The ratio reported for "
        f"{FOCUS} residents is "
        f"{told:.2f}; in truth it is {true:.2f}{_direction(told, true)} {away} "
        f"{_lever(codes, missing, default, buttons)}"
    )
    rows = _found(shares, gaps)
    return charts.Chart(
        draw=records.where_codes_go(rows, "Of 100 clinic patients, written down as", _GAP, _LINE),
        alt=f"Bars of where the codes of {len(SHOWN)} groups end up, and beside them true and "
        f"reported ratios. {shares.loc[FOCUS, FOCUS]:.0%} of {FOCUS} patients are under their own "
        f"group and {shares.loc[FOCUS, REFERENCE]:.0%} under White British; their ratio is "
        f"{true:.2f} in truth and {told:.2f} as reported.",
        caption=f"{_CODES[codes][0].upper()}{_CODES[codes][1:]}. Expected numbers for 20,000 "
        "residents, worked out from what the GPs or the hospital wrote down and from the truth "
        "file, ages made alike: no chance is in them, so no interval. " + _DRAWN,
        table=_shares_table(rows),
        finding=finding,
    )


def _direction(told: float, true: float) -> str:
    if abs(told - true) < 0.03:
        return ": hardly changed."
    if abs(true - 1) < 0.005:
        return ": the records make a gap where there is none."
    away = (told - 1) / (true - 1)
    if away < 0:
        return ": the gap has turned round."
    return f": {100 * abs(1 - away):.0f}% of the gap is {'gone' if away < 1 else 'added'}."


def _two(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.2f}"


def _lower(words: str) -> str:
    return words if words.startswith("GP") else words[0].lower() + words[1:]


def _whom(group: str) -> str:
    return "any other ethnic group" if group == OTHER else f"the {group} group"


def _lever(codes: str, missing: str, default: str, buttons: str) -> str:
    """Say what could be mended first, the dial that does most harm as it stands."""
    for name, harm in (
        ("missing", missing == "clinic"),
        ("default", default != "blank"),
        ("buttons", buttons != "full"),
        ("codes", codes == "mixed"),
        ("missing", missing == "everyone"),
    ):
        if harm:
            return f"First lever: {_MEND[name]}."
    return "First lever: ask again where the code is a guess, and let people see their own."


# -- repair --------------------------------------------------------------------------------------

_RULES = {
    "gp": "leave the gaps: latest GP code only",
    "link": "link: fill the gaps in GP codes from other services",
    "latest": "take the latest code of any service",
    "modal": "take the most frequent code of all services",
    "area": "fill the gaps by the mix of the area",
    "name": "fill the gaps by a guess from the name",
}
_IN_SHORT = {
    "gp": "GP code only",
    "link": "Link to other services",
    "latest": "Latest code",
    "modal": "Most frequent code",
    "area": "Mix of the area",
    "name": "Guess by name",
}
_HARMS = {
    "gp": "Whoever was never asked drops out, and these are not people at random.",
    "link": "A wrong code travels; people did not agree to every use of it.",
    "latest": "A wrong new code wins over a right old one.",
    "modal": "A mistake that was copied counts twice; people change, too.",
    "area": "Nobody is asked, and the numbers look finished.",
    "name": "People are labelled by others; whole groups vanish into White British.",
}


def repair_bench(rule: str, whom: str) -> Chart:
    """Repair the GP's field by a rule, and see who is found and what becomes of the gap.

    Parameters
    ----------
    rule : str
        One of `RULES`.
    whom : {"uncoded", "everyone"}
        Whose records the bars show: those without a GP code, or everyone.

    Returns
    -------
    Chart
        Where each group's codes end up, and the gap reported beside the true one.
    """
    held = field("GP")
    lost = held[held["recorded"] == NOT_KNOWN]
    if lost.empty:
        whom = "everyone"
    shares: Any = repaired(rule, whom)
    gaps: Any = repaired_gaps(rule)
    number = len(lost) if whom == "uncoded" else len(held)
    complete = completeness_of(repaired(rule))
    other = "Black Caribbean"
    own, wrong = 100 * shares.loc[other, other], 100 * shares.loc[other, REFERENCE]
    among = "residents without a GP code" if whom == "uncoded" else "residents"
    finding = (
        f"{_IN_SHORT[rule]}: {complete:.0f}% of residents now have a group. Of 100 {FOCUS} {among} "
        f"{100 * shares.loc[FOCUS, FOCUS]:.0f} are found under their own group, of 100 {other} "
        f"{among} {own:.0f}"
        + (f", and {wrong:.0f} are made White British" if wrong >= 0.5 else "")
        + f". The ratio reported is {gaps.loc[FOCUS, 'value']:.2f} for {FOCUS} residents "
        f"({gaps.loc[FOCUS, 'true_gap']:.2f} in truth) and {gaps.loc[other, 'value']:.2f} for "
        f"{other} residents ({gaps.loc[other, 'true_gap']:.2f} in truth). The price: "
        f"{_HARMS[rule][0].lower()}{_HARMS[rule][1:]}"
    )
    title = "Of 100 without a GP code, written as" if whom == "uncoded" else "Of 100, written as"
    rows = _found(shares, gaps)
    return charts.Chart(
        draw=records.where_codes_go(rows, title, _GAP, _LINE),
        alt=f"Bars of where the records of {len(SHOWN)} groups end up after the repair. "
        f"{shares.loc[FOCUS, FOCUS]:.0%} of {FOCUS} and {shares.loc[other, other]:.0%} of {other} "
        f"residents are under their own group, {shares.loc[other, REFERENCE]:.0%} of {other} "
        "residents under White British. Beside them true and reported ratios.",
        caption=f"{number:,} residents"
        + (" for whom the GP has no group" if whom == "uncoded" else "")
        + f". The ratios are for all {len(held):,}: repaired codes above the line, people's own "
        "answers below; expected numbers, so no interval. "
        + (
            "There are no names in Lindlemere: the guess follows the shares of people found that "
            "one study of cancer records published, and whom it does not find we count as White "
            "British. "
            if rule == "name"
            else ""
        )
        + "People who chose “not stated” stay so under every rule. "
        + _DRAWN,
        table=_shares_table(rows),
        finding=finding,
    )


@or_absent
def repair_table() -> DataFrame:
    """Set the rules side by side, with what each costs.

    Returns
    -------
    pandas.DataFrame
        One row for each rule: completeness, the ratios of two groups, and the harm.
    """
    rows = []
    for rule in RULES:
        rows.append(
            {
                "Rule": _IN_SHORT[rule],
                "Have a group, %": f"{completeness_of(repaired(rule)):.0f}",
                f"{FOCUS} ratio": f"{repaired_gap(rule, FOCUS):.2f}",
                "Black Caribbean ratio": f"{repaired_gap(rule, 'Black Caribbean'):.2f}",
                "What it costs": _HARMS[rule],
            }
        )
    rows.append(
        {
            "Rule": "Truth",
            "Have a group, %": "100",
            f"{FOCUS} ratio": f"{true_ratio(FOCUS):.2f}",
            "Black Caribbean ratio": f"{true_ratio('Black Caribbean'):.2f}",
            "What it costs": "Only an invented place has this.",
        }
    )
    return pd.DataFrame(rows)


# -- sentences -----------------------------------------------------------------------------------


@or_absent
def findings() -> dict[str, str]:
    """State the lesson's results, each by name.

    Returns
    -------
    dict
        Name to sentence: "opening" for the news the board gets, "completeness", "profiles" and
        "codes" for the charts, "neutral" for what dropping unknowns does, "range" for what
        the repairs make of the gap, "names" for whom a guess by name fails, and "statement" for
        a data-quality statement.
    """
    made = {
        "completeness": completeness_chart(),
        "profiles": profiles_chart(),
        "codes": codes_chart(),
    }
    for chart in made.values():
        if isinstance(chart, Absent):
            return chart  # type: ignore[return-value]
    said = {name: chart.finding for name, chart in made.items()}
    before, after = ({"default": value} for value in ("blank", "white-british"))
    said["opening"] = (
        f"Last year the hospital's field was {looks_complete(**before):.0f}% complete, and "
        f"diabetes was reported {reported(FOCUS, **before):.1f} times as common among {FOCUS} as "
        f"among {REFERENCE} residents of the same age. This year the field is "
        f"{looks_complete(**after):.0f}% complete and the ratio is {reported(FOCUS, **after):.1f}."
    )
    said["neutral"] = (
        f"Take {MORE_MISSING} more codes in 100 away from everyone, and the {FOCUS} ratio goes "
        f"from {reported(FOCUS, 'gp'):.2f} to {reported(FOCUS, 'gp', 'everyone'):.2f}. Take them "
        "away from the minority ethnic patients of the diabetes clinics only, and it goes to "
        f"{reported(FOCUS, 'gp', 'clinic'):.2f}."
    )
    ratios = {rule: repaired_gap(rule, FOCUS) for rule in RULES}
    low, high = min(ratios, key=ratios.__getitem__), max(ratios, key=ratios.__getitem__)
    one_way = ratios[low] > 1.005 or ratios[high] < 0.995
    side = "above" if ratios[low] > 1 else "below"
    said["range"] = (
        f"Six ways of settling the codes report a {FOCUS} ratio from {ratios[low]:.2f} "
        f"({_lower(_IN_SHORT[low])}) to {ratios[high]:.2f} ({_lower(_IN_SHORT[high])}); in truth "
        f"it is {true_ratio(FOCUS):.2f}. "
        + (
            f"All six put it {side} 1: the direction holds, the size does not."
            if one_way
            else "They do not show a gap."
        )
    )
    other, third = "Black Caribbean", "Black African"
    guessed = repaired_gap("name", third)
    below = ", below 1," if guessed < 0.995 < true_ratio(third) else ""
    said["names"] = (
        f"Guessed by name, {becomes('name', other, REFERENCE):.0f} of 100 {other} residents "
        "without a code become White British, and their reported ratio "
        f"{_goes(repaired_gap('gp', other), repaired_gap('name', other))}; in truth it is "
        f"{true_ratio(other):.2f}. For {third} residents it "
        f"{_goes(repaired_gap('gp', third), guessed)}{below} where the truth is "
        f"{true_ratio(third):.2f}."
        if share("GP", NOT_KNOWN)
        else "No resident is without a code: there is nobody to guess by name, and the ratio of "
        f"{other} residents stays at {repaired_gap('name', other):.2f}."
    )
    said["statement"] = (
        f"“Ethnic group is on record for {people('GP', 'completeness', 'part'):,} of "
        f"{people('GP', 'completeness'):,} registered residents "
        f"({measure('GP', 'completeness'):.0f}%); {share('GP', NOT_STATED):.0f}% chose not to "
        f"state it and {share('GP', NOT_KNOWN):.0f}% were not asked or the answer was lost. "
        f"{measure('GP', 'validity'):.0f}% of codes are on the 2021 list. Where both exist, the "
        f"code is what the person says for {measure('GP', 'agreement'):.0f}%: for "
        f"{agreement('GP', REFERENCE):.0f}% of {REFERENCE}, {agreement('GP', FOCUS):.0f}% of "
        f"{FOCUS} and {agreement('GP', 'Roma'):.0f}% of Roma residents. Under six repair rules the "
        f"{FOCUS} ratio lies between {ratios[low]:.1f} and {ratios[high]:.1f}: we rely on its "
        f"{'direction, not its size' if one_way else 'level in no way'}. We publish "
        "nothing for Roma residents from these codes. By September the three practices with "
        "most missing codes ask at every first visit, with interpreters; the practice managers "
        "report monthly.”"
    )
    return said


def _goes(before: float, after: float) -> str:
    """Say how a ratio changes, to two decimals."""
    if abs(after - before) < 0.005:
        return f"stays at {after:.2f}"
    return f"{'falls' if after < before else 'rises'} from {before:.2f} to {after:.2f}"


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
    "recording-machine": Explorer(
        name="recording-machine",
        title="The recording machine",
        lead="The true gap never changes here. Turn one dial at a time and watch the codes on the "
        "left and the reported gap on the right move together. Can you make the field look almost "
        "complete and the gap disappear?",
        controls=(
            Control("codes", "Whose codes count", tuple(_CODES.items()), "gp"),
            Control("missing", "Codes that are missing", tuple(_MISSING.items()), "now"),
            Control("default", "Where nobody asked", tuple(_DEFAULT.items()), "blank"),
            Control("buttons", "What the screen offers", tuple(_BUTTONS.items()), "full"),
        ),
        compute=recording_machine,
    ),
    "repair-bench": Explorer(
        name="repair-bench",
        title="The repair bench",
        lead="Many people have no group at the GP. Try each way of settling on one code, and "
        "ask of each: whom does it find, whom does it lose, and who was asked?",
        controls=(
            Control("rule", "Repair", tuple(_RULES.items()), "gp"),
            Control(
                "whom",
                "Whose records the bars show",
                (("uncoded", "people without a GP code"), ("everyone", "everyone")),
                "uncoded",
            ),
        ),
        compute=repair_bench,
    ),
}
