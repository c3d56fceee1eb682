"""Lesson 9, *Is it sound?*: eight study reports beside what is true, and one trial read twice."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from eeic.datasets import remembered
from eeic.evidence import appraise
from eeic.explore import study_pages
from eeic.explore._chance import CHANCE_ALONE, clear, differ
from eeic.explore._wording import listed
from eeic.explore.explorer import Control, Explorer
from eeic.explore.later import later
from eeic.explore.study_pages import (
    conclusion,
    facts,
    folded,
    kind,
    names,
    page,
    pile,
    plainly,
    printed,
    report,
    sections,
)
from eeic.show import Absent, or_absent

if TYPE_CHECKING:
    import pandas as pd
    from pandas import DataFrame, Series

    from eeic import charts
    from eeic.charts import Chart, appraisal
else:
    pd, charts = later("pandas"), later("eeic.charts")
    appraisal = later("eeic.charts.appraisal")

__all__ = [
    "EXPLORERS",
    "appraisal_bench",
    "bounds",
    "conclusion",
    "count",
    "difference",
    "finding",
    "findings",
    "folded",
    "kind",
    "left_out",
    "mean_later",
    "missing",
    "names",
    "odds_ratio",
    "offer",
    "page",
    "pile",
    "readings",
    "six_estimates",
    "spread",
    "trial",
    "true_difference",
    "true_ratio",
]

#: What the library's truth calls a study that is not judged for risk of bias.
_OTHER = "another instrument"

#: What could change so that the next study, or the service, does better: the lever of each flaw.
LEVERS = {
    "R1": "A funder can ask for interpreters in a trial's budget before it is let.",
    "R2": "A commissioner can ask the authors for the interval that counts practices.",
    "R3": "An analyst can ask for the year before, or for places where nobody could choose.",
    "R4": "A library can run the search again, with reports and other wordings.",
    "R5": "The team can pay an organisation that knows people who left to do the asking.",
    "R6": "The programme team can name a comparison place before the start.",
    "R7": "The records team can keep both ways of counting side by side for a year.",
    "R8": "Finance can put interpreting, travel and outreach on the same page.",
}

_UNSEEN = "Odds ratio (log scale). Further right: more reached the outcome"


# -- numbers -------------------------------------------------------------------------------------


def odds_ratio(study: str) -> float:
    """Return the odds ratio that a report prints.

    Parameters
    ----------
    study : str
        R1 to R8.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the page prints none.
    """
    return _printed(study)[0]


def bounds(study: str, side: str, *, honest: bool = False) -> float:
    """Return one end of an interval.

    Parameters
    ----------
    study : str
        R1 to R8.
    side : {"lower", "upper"}
        Which end.
    honest : bool
        The interval that the library's record holds, which counts practices where practices were
        allocated, in place of the printed one.

    Returns
    -------
    float
    """
    if honest:
        record = study_pages.tables()["L11"].loc[report(study)["record_id"]]
        return float(record["ci_low" if side == "lower" else "ci_high"])
    return _printed(study)[1 if side == "lower" else 2]


def true_ratio(study: str, *, under_served: bool = False) -> float:
    """Return the odds ratio that is true.

    Parameters
    ----------
    study : str
        R1 to R8.
    under_served : bool
        In the groups that meet most barriers in Lindlemere, in place of the people studied.

    Returns
    -------
    float
    """
    if under_served:
        return _ratio(_intervention(study)["effect_under_served"])
    return _ratio(_true(study)["true_effect"])


def added(study: str, what: str) -> float:
    """Return by what factor the design, or chance, moved an odds ratio.

    Parameters
    ----------
    study : str
        R1 to R8.
    what : {"design_bias", "chance"}
        Which of the two.

    Returns
    -------
    float
        1 where it moved nothing.
    """
    return _ratio(_true(study)[what])


def _printed(study: str) -> tuple[float, float, float]:
    found = printed(study)
    if found is None:
        raise ValueError(f"Report {study} prints no odds ratio.")
    return found


def _ratio(log_odds: float) -> float:
    return math.exp(log_odds)


def _true(study: str) -> dict[str, Any]:
    """Return what is true of the record behind a report."""
    return facts("L11")["studies"][report(study)["record_id"]]


def _intervention(study: str) -> dict[str, Any]:
    return facts("L11")["interventions"][_true(study)["intervention"]]


# -- the bench -----------------------------------------------------------------------------------


@or_absent
def appraisal_bench(study: str, judgement: str, reveal: str) -> Chart:
    """Put one report on the bench.

    Parameters
    ----------
    study : str
        R1 to R8.
    judgement : {"none", "low", "some concerns", "high"}
        The reader's own judgement of its risk of bias.
    reveal : {"no", "yes"}
        Whether to open the truth; it stays closed until there is a judgement.

    Returns
    -------
    Chart
        What the report says; with the truth open, what is true and what came between.
    """
    opened = reveal == "yes" and judgement != "none"
    bare = _bench(study, opened)
    return charts.Chart(
        draw=bare.draw,
        alt=bare.alt,
        caption=bare.caption,
        table=bare.table,
        finding=_said(study, judgement, reveal, opened),
    )


@remembered
def _bench(study: str, opened: bool) -> Chart:
    if printed(study) is not None:
        return _bench_ratio(study, opened)
    return _bench_counts(study, opened)


def _bench_ratio(study: str, opened: bool) -> Chart:
    value, lower, upper = _printed(study)
    rows = [
        appraisal.Row("What the report says", value, lower, upper, note="with its 95% interval")
    ]
    if not opened:
        rows.append(appraisal.Row("What is true", note="of the people it studied", hidden=True))
    else:
        rows += _opened_rows(study)
    table = pd.DataFrame(
        [
            {
                "What": row.name,
                "Odds ratio": _cell(row),
                "95% interval": "none"
                if row.lower is None
                else f"{row.lower:.2f} to {row.upper:.2f}",
            }
            for row in rows
        ]
    )
    truth = (
        f"; a diamond for the truth stands at {true_ratio(study):.2f}"
        if opened
        else "; the line for the truth is still covered"
    )
    return charts.Chart(
        draw=appraisal.estimates(rows, _UNSEEN, reference=(1, "no difference"), limits=_limits()),
        alt=f"Report {study}, {kind(study)}: a dot at an odds ratio of {value:.2f} with a line "
        f"from {lower:.2f} to {upper:.2f}{truth}.",
        caption=f"Report {study}, {kind(study)}: {report(study)['title']}. {_people(study)}",
        table=table,
        finding=conclusion(study),
    )


def _opened_rows(study: str) -> list[Any]:
    rows = []
    value, lower, upper = _printed(study)
    low, high = (bounds(study, side, honest=True) for side in ("lower", "upper"))
    if abs(low - lower) > 0.02 or abs(high - upper) > 0.02:
        note = "whole practices were allocated, so practices are what counts"
        rows.append(
            appraisal.Row(
                "The same result, counted rightly", value, low, high, note=note, again=True
            )
        )
    true, design = true_ratio(study), added(study, "design_bias")
    note = "in all the studies there are" if report(study)["kind"] == "review" else ""
    rows.append(appraisal.Row("What is true", truth=true, note=note or "of the people it studied"))
    if abs(math.log(design)) >= 0.02:
        step = appraisal.Step("design", true, true * design, appraisal.DESIGN)
        rows.append(appraisal.Row("What the design did", note=_times(design), step=step))
    chance = added(study, "chance")
    if abs(math.log(chance)) >= 0.02:
        step = appraisal.Step("chance", true * design, true * design * chance, appraisal.MUTED)
        rows.append(appraisal.Row("What chance did", note=_times(chance), step=step))
    if _excluded(study) and abs(math.log(true_ratio(study, under_served=True) / true)) >= 0.2:
        rows.append(
            appraisal.Row(
                "What is true for others",
                truth=true_ratio(study, under_served=True),
                note="in the groups that meet most barriers, who were not in it",
            )
        )
    return rows


def _excluded(study: str) -> bool:
    return "without an interpreter" in report(study)["text"]


def _times(factor: float) -> str:
    word = "up" if factor > 1 else "down"
    return f"pushed it {word}, by a factor of {factor:.2f}"


def _cell(row: Any) -> str:
    if row.hidden:
        return "not yet revealed"
    if row.step is not None:
        return f"from {row.step.start:.2f} to {row.step.end:.2f}"
    return f"{row.value if row.truth is None else row.truth:.2f}"


@remembered
def _limits() -> tuple[float, float]:
    """Return the ends of the axis that all reports share."""
    ends = [0.95]
    for study in names():
        if printed(study) is not None:
            ends += [*_printed(study), true_ratio(study), true_ratio(study, under_served=True)]
            ends += [bounds(study, side, honest=True) for side in ("lower", "upper")]
            ends.append(true_ratio(study) * added(study, "design_bias"))
    return min(ends) / 1.08, max(ends) * 1.08


def _people(study: str) -> str:
    record = study_pages.tables()["L11"].loc[report(study)["record_id"]]
    analysed = int(record["people_analysed"])
    if report(study)["kind"] == "review":
        return f"{analysed:,} people in the studies it found. Invented people."
    return f"{analysed:,} people analysed. Invented people."


def _bench_counts(study: str, opened: bool) -> Chart:
    rows, axis, what = (_heard if report(study)["kind"] == "qualitative" else _costed)(
        study, opened
    )
    table = pd.DataFrame(
        {"What": [row.name for row in rows], "How much": [row.said for row in rows]}
    )
    covered = (
        "what was left out is still covered" if not opened else "empty boxes mark what was left out"
    )
    return charts.Chart(
        draw=appraisal.counts(rows, axis),
        alt=f"Report {study}, {kind(study)}: bars for {what}; {covered}.",
        caption=f"Report {study}, {kind(study)}: {report(study)['title']}. {_people(study)}",
        table=table,
        finding=conclusion(study),
    )


def _heard(study: str, opened: bool) -> tuple[list[Any], str, str]:
    text = report(study)["text"]
    asked = int(_found(r"went to (\d+) people on the clinic", text))
    came = int(_found(r"; (\d+) replied", text))
    count = appraisal.Count
    rows = [
        count("Regular attenders written to, in English", asked, f"{asked} people"),
        count("Replied and were interviewed", came, f"{came} people"),
    ]
    left = ("People who had left the service", "People who never found a way in")
    if opened:
        rows += [count(name, None, "nobody was asked") for name in left]
        rows.append(count("Heard through a relative, not an interpreter", 2, "2 people"))
    else:
        rows.append(count("Whose voice is missing?", None, "not yet revealed", hidden=True))
    return rows, "People", f"{asked} people written to and {came} interviewed"


def _costed(study: str, opened: bool) -> tuple[list[Any], str, str]:
    text = sections(study)["What was found"]
    rows_of_page = re.findall(r"^\| ([^|]+) \| (\d+) \|$", text, re.MULTILINE)
    parts = [(name, cost) for name, cost in rows_of_page if name != "Total"]
    count = appraisal.Count
    rows = [count(name, float(cost), f"£{cost}") for name, cost in parts]
    if opened:
        left = ("Interpreting", "Travel", "Outreach")
        rows += [count(name, None, "left out") for name in left]
        rows.append(count("Gain from a fair comparison", None, "nobody measured it"))
    else:
        rows.append(count("What is missing?", None, "not yet revealed", hidden=True))
    total = sum(float(cost) for _, cost in parts)
    return rows, "£ for each person offered it", f"three costs that add up to £{total:.0f}"


def _found(pattern: str, text: str) -> str:
    hit = re.search(pattern, text)
    if hit is None:
        raise ValueError(f"No report says {pattern!r}.")
    return hit[1]


def _said(study: str, judgement: str, reveal: str, opened: bool) -> str:
    """Say in words what the bench shows."""
    if not opened:
        found = printed(study)
        says = (
            f"an odds ratio of {found[0]:.2f} (95% interval {found[1]:.2f} to {found[2]:.2f})"
            if found
            else "no odds ratio"
        )
        start = f"The report gives {says}. Its authors conclude: “{conclusion(study)}”"
        if judgement == "none":
            wait = " Judge it first; then the truth will open." if reveal == "yes" else ""
            return start + (wait or " How much risk of bias do you see?")
        return f"{start} Your judgement: {_judged(judgement)}. Reveal when you are ready."
    about = facts("L11R")[study]
    return (
        f"{_verdict(study, judgement)} {plainly(about['departs'])} "
        f"What would have warned you: “{about['warned_by'].rstrip('.')}”. {LEVERS.get(study, '')}"
    ).strip()


def _verdict(study: str, judgement: str) -> str:
    right = facts("L11R")[study]["risk_of_bias"]
    if right == _OTHER:
        tool = report(study)["instrument"]
        return (
            f"You judged it {_judged(judgement)}, but these three words belong to studies of an "
            f"effect. For this page take {tool}."
        )
    verdict = appraise.compare({study: judgement}, {study: right})["verdict"][0]
    if verdict == "agrees":
        return f"You judged it {_judged(judgement)}, and so does the truth file."
    return (
        f"You judged it {_judged(judgement)}; the truth file has {_judged(right)}, so you were "
        f"{verdict}."
    )


def _judged(word: str) -> str:
    return "some concerns" if word == "some concerns" else f"{word} risk of bias"


@or_absent
def six_estimates() -> Chart:
    """Chart every report that prints an estimate, beside what is true.

    Returns
    -------
    Chart
        A dot, an interval and a diamond for each.
    """
    rows, table = [], []
    for study in names():
        if printed(study) is None:
            continue
        value, lower, upper = _printed(study)
        true = true_ratio(study)
        rows.append(
            appraisal.Row(
                f"{study}, {kind(study)}",
                value,
                lower,
                upper,
                truth=true,
                note=_intervention(study)["label"].lower(),
            )
        )
        table.append(
            {
                "Report": f"{study}, {kind(study)}",
                "It says": f"{value:.2f}",
                "95% interval": f"{lower:.2f} to {upper:.2f}",
                "True": f"{true:.2f}",
                "Interval holds the truth": "yes" if lower <= true <= upper else "no",
            }
        )
    held = sum(row["Interval holds the truth"] == "yes" for row in table)
    above = sum(lower > 1 for _, lower, _ in map(_printed, _printing()))
    small = [study for study in _printing() if true_ratio(study) < 1.1]
    finding = (
        f"In {_of(above, len(table))} reports the whole interval lies above “no "
        "difference”, so the result would be called significant. "
        + (f"In {listed(small)} the true effect is next to nothing, and " if small else "Of all, ")
        + f"{'only ' if 2 * held < len(table) else ''}{_count(held)} of the printed intervals "
        f"{'holds' if held == 1 else 'hold'} what is true."
    )
    return charts.Chart(
        draw=appraisal.estimates(rows, _UNSEEN, reference=(1, "no difference"), limits=_limits()),
        alt=f"{_count(len(table)).capitalize()} rows, each with a dot and an interval for what a "
        f"report says and a diamond for what is true; {held} of the diamonds lie inside their "
        "interval.",
        caption="What the reports print, as dots with 95% intervals, and what is true of the "
        "people in each, as diamonds. The interview study and the costing print no odds ratio. "
        "Invented people.",
        table=pd.DataFrame(table),
        finding=finding,
    )


def _printing() -> list[str]:
    return [study for study in names() if printed(study) is not None]


def _of(some: int, whole: int) -> str:
    return f"all {_count(whole)}" if some == whole else f"{_count(some)} of the {_count(whole)}"


def _count(number: int) -> str:
    words = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight")
    return words[number] if number < len(words) else str(number)


# -- the trial -----------------------------------------------------------------------------------

#: The three ways in which the trial is read.
READINGS = {
    "intention to treat": "everyone where chance put them",
    "as treated": "those who came, against those who did not",
    "per protocol": "only those who did as they were allocated",
}


@or_absent
def trial() -> DataFrame:
    """Load the education trial.

    Returns
    -------
    DataFrame
        A copy of L12, one row a participant.
    """
    return study_pages.tables()["L12"].copy()


@remembered
def _trial() -> DataFrame:
    found = study_pages.tables()["L12"]
    return found.assign(later=found["hba1c_12_months"].astype("float64"))


def _arms(reading: str, need: str = "everyone") -> tuple[Series, Series]:
    """Return the later HbA1c of the two sides that a reading compares."""
    people = _trial()
    if need != "everyone":
        people = people[people["language_support_needed"] == need]
    offered, came = people["allocation"] == "education", people["attended"] == "yes"
    if reading == "per protocol":
        people, offered = people[offered == came], offered[offered == came]
    one = came if reading == "as treated" else offered
    return people.loc[one, "later"].dropna(), people.loc[~one, "later"].dropna()


def difference(reading: str, need: str = "everyone", side: str = "value") -> float:
    """Return the difference in HbA1c after a year that one reading of the trial gives.

    Parameters
    ----------
    reading : {"intention to treat", "as treated", "per protocol"}
        Who is compared with whom.
    need : {"everyone", "yes", "no"}
        Only people who need language support, or only those who do not.
    side : {"value", "lower", "upper"}
        The estimate, or an end of its 95% interval.

    Returns
    -------
    float
        mmol/mol; below zero is better.

    Notes
    -----
    The difference of two means; its standard error is the root of the sum of each variance over
    its number of people (Welch), and the interval takes 1.96 of them.
    """
    if reading not in READINGS:
        raise ValueError(f"There is no reading {reading!r}; there are {', '.join(READINGS)}.")
    return _apart(*_arms(reading, need))[side]


def count(what: str) -> float:
    """Count people in the people.

    Parameters
    ----------
    what : str
        Whom to count: everyone, offered, usual care, came (of those offered), crossed (of the
        others), known (an outcome), need (language support) or need in English (only).

    Returns
    -------
    float
        How many.
    """
    people = _trial()
    need = people["language_support_needed"] == "yes"
    rows: dict[str, Any] = {
        "everyone": people["site"].notna(),
        "offered": people["allocation"] == "education",
        "usual care": people["allocation"] != "education",
        "came": (people["allocation"] == "education") & (people["attended"] == "yes"),
        "crossed": (people["allocation"] != "education") & (people["attended"] == "yes"),
        "known": people["later"].notna(),
        "need": need,
        "need in English": need & (people["language_format"] == "English only"),
    }
    return float(rows[what].sum())


def mean_later(allocation: str) -> float:
    """Return the mean HbA1c after a year of one arm.

    Parameters
    ----------
    allocation : {"education", "usual care"}
        The arm.

    Returns
    -------
    float
        mmol/mol.
    """
    people = _trial()
    return float(people.loc[people["allocation"] == allocation, "later"].mean())


def mean_of(reading: str, side: str, need: str = "everyone") -> float:
    """Return the mean HbA1c after a year of one of the two sides that a reading compares.

    Parameters
    ----------
    reading, need : str
        As in `difference`.
    side : {"one", "other"}
        Those offered the education, or who came to it; or the others.

    Returns
    -------
    float
        mmol/mol.
    """
    return float(_arms(reading, need)[side == "other"].mean())


def followed(whom: str, what: str) -> float:
    """Say how far a part of the trial was followed to the end.

    Parameters
    ----------
    whom : {"everyone", "education", "usual care", "yes", "no"}
        Everyone; one arm; or people who need language support, or do not.
    what : {"joined", "known", "lost", "kept", "lost to known"}
        How many joined; of how many the outcome is known; the share, in percent, of those who
        joined whose outcome is not known, or is known; or, a usual mistake, those lost out of
        the known.

    Returns
    -------
    float
        People, or percent.
    """
    people = _trial()
    arm = people["allocation"].where(people["allocation"] == "education", "usual care")
    in_it = (arm == whom) | (people["language_support_needed"] == whom) | (whom == "everyone")
    joined, known = float(in_it.sum()), float((in_it & people["later"].notna()).sum())
    lost = 100 * (joined - known)
    found = {"joined": joined, "known": known, "lost": lost / joined, "kept": 100 * known / joined}
    return found[what] if what in found else lost / known


def missing(need: str) -> float:
    """Return the share whose outcome is not known.

    Parameters
    ----------
    need : {"yes", "no"}
        People who need language support, or not.

    Returns
    -------
    float
        In percent.
    """
    people = _trial()
    return float(100 * people.loc[people["language_support_needed"] == need, "later"].isna().mean())


def true_difference() -> float:
    """Return what being allocated to the education truly changes.

    Returns
    -------
    float
        mmol/mol; below zero is better.
    """
    return float(facts("L12")["true"]["being_allocated"])


def offer(site: str, need: str) -> float:
    """Return what the offer truly changes for people at one kind of site.

    Parameters
    ----------
    site : {"English only", "with interpreter", "bilingual tutor"}
        How the site deals with languages.
    need : {"yes", "no"}
        Whether people need language support.

    Returns
    -------
    float
        mmol/mol; below zero is better.
    """
    key = "language support needed" if need == "yes" else "not needed"
    return float(facts("L12")["true"]["offered_by_format_and_need"][site][key])


def spread() -> float:
    """Return how far apart the middle half of the people offered the education are after a year.

    Returns
    -------
    float
        mmol/mol.
    """
    one, _ = _arms("intention to treat")
    return float(one.quantile(0.75) - one.quantile(0.25))


def _row(name: str, note: str, reading: str, need: str = "everyone", truth: float | None = None):
    value, lower, upper = (difference(reading, need, side) for side in ("value", "lower", "upper"))
    return appraisal.Row(name, value, lower, upper, truth=truth, note=note)


_HBA1C = "Difference in HbA1c after a year, mmol/mol. Further left is better"


@or_absent
def readings() -> Chart:
    """Chart three readings of one trial beside what is true.

    Returns
    -------
    Chart
        One row for each reading, and one for the truth.
    """
    rows = [_row(name.capitalize(), note, name) for name, note in READINGS.items()]
    rows.append(
        appraisal.Row(
            "What is true", truth=true_difference(), note="of being offered the education"
        )
    )
    itt, treated = difference("intention to treat"), difference("as treated")
    start = _before()
    unlike = (
        "People whose circumstances leave room for sessions come more often, and have lower HbA1c "
        "without them."
        if start["upper"] < 0
        else "Those who came and those who did not were alike before: nothing but the sessions, "
        "and chance, came between them."
    )
    finding = (
        f"Left where chance put them, people offered the education end {abs(itt):.1f} mmol/mol "
        f"{'lower' if itt < 0 else 'higher'}{_hedge('intention to treat')}. Sorted by who came, "
        f"the gap looks like {abs(treated):.1f}, {treated / itt:.1f} times as much. The truth is "
        f"{abs(true_difference()):.1f}. {unlike} Spread: the middle half of those offered it lie "
        f"{spread():.0f} mmol/mol apart, so people differ more than the arms do. The lever is the "
        "timetable and the place, not the people."
    )
    return charts.Chart(
        draw=appraisal.estimates(
            rows,
            _HBA1C,
            reference=(0, "no difference"),
            limits=_span([row for row in rows if row.value is not None]),
            scale="linear",
            decimals=1,
        ),
        alt=f"Three dots with intervals and a diamond: intention to treat {_minus(itt)}, as "
        f"treated {_minus(treated)}, per protocol {_minus(difference('per protocol'))}, truth "
        f"{_minus(true_difference())} mmol/mol.",
        caption=f"Difference in mean HbA1c after 12 months in the education trial (L12), with 95% "
        f"intervals. {count('known'):,.0f} of {count('everyone'):,.0f} participants have a known "
        "outcome. Invented people.",
        table=_written(rows),
        finding=finding,
    )


@or_absent
def left_out() -> Chart:
    """Chart what the trial would have said without the people who need language support.

    Returns
    -------
    Chart
        The trial as it was, as it would have been, and the people it would have lost.
    """
    itt = "intention to treat"
    rows = [
        _row("Everyone in the trial", f"{count('everyone'):,.0f} people", itt),
        _row("Had it been “English only”", "people who need no language support", itt, "no"),
        _row("Those it would have left out", "people who need language support", itt, "yes"),
    ]
    all_, without = difference(itt), difference(itt, "no")
    english, tutor = offer("English only", "yes"), offer("bilingual tutor", "yes")
    low, high = (difference(itt, "yes", side) for side in ("lower", "upper"))
    cannot_tell = not clear({"lower": low, "upper": high})
    matters = abs(english - tutor) >= 0.05
    finding = (
        f"With everyone in, the trial gives {_minus(all_)} mmol/mol. Had it left out the "
        f"{count('need'):.0f} people who need language support, it would have given "
        f"{_minus(without)}: {'a better' if without < all_ else 'another'} figure, about fewer "
        f"people. For those left out the interval runs from {_minus(low)} to {_minus(high)}"
        f"{', so the trial cannot tell' if cannot_tell else ''}. The truth can: in sessions held "
        f"in English only the offer brings them {_minus(english)}, and with a bilingual tutor "
        f"{_minus(tutor)}. "
        + (
            "The language of the session is the lever."
            if matters
            else "Here the language of the session makes no difference to what it brings."
        )
    )
    return charts.Chart(
        draw=appraisal.estimates(
            rows,
            _HBA1C,
            reference=(0, "no difference"),
            limits=_span(rows),
            scale="linear",
            decimals=1,
        ),
        alt=f"Three dots with intervals: everyone {_minus(all_)}; without people who need language "
        f"support {_minus(without)}; only them, from {_minus(low)} to {_minus(high)} mmol/mol.",
        caption="Difference in mean HbA1c after 12 months between people offered the education and "
        f"others (L12), with 95% intervals, for everyone and by need of language support "
        f"({count('need'):.0f} of {count('everyone'):,.0f} need it). Invented people.",
        table=_written(rows),
        finding=finding,
    )


def _hedge(reading: str) -> str:
    """Say that a reading finds no more than chance, where that is so."""
    ends = {side: difference(reading, side=side) for side in ("lower", "upper")}
    return "" if clear(ends) else f", {CHANCE_ALONE}"


def _before() -> dict[str, float]:
    """Return how far apart those who came and those who did not were before, with its interval."""
    people = _trial()
    came = people["attended"] == "yes"
    return _apart(*(people.loc[one, "hba1c_baseline"].astype("float64") for one in (came, ~came)))


def _apart(one: Series, other: Series) -> dict[str, float]:
    value = float(one.mean() - other.mean())
    error = math.sqrt(one.var() / len(one) + other.var() / len(other))
    return {"value": value, "lower": value - 1.96 * error, "upper": value + 1.96 * error}


def _span(rows: list[Any]) -> tuple[float, float]:
    low, high = min(row.lower for row in rows), max(0.0, *(row.upper for row in rows))
    room = 0.06 * (high - low)
    return low - room, high + room


def _written(rows: list[Any]) -> DataFrame:
    return pd.DataFrame(
        [
            {
                "What": row.name,
                "Difference, mmol/mol": _minus(row.value if row.value is not None else row.truth),
                "95% interval": "none"
                if row.lower is None
                else f"{_minus(row.lower)} to {_minus(row.upper)}",
            }
            for row in rows
        ]
    )


def _minus(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")


# -- sentences -----------------------------------------------------------------------------------


def finding(name: str) -> str | Absent:
    """State one result of the lesson.

    Parameters
    ----------
    name : str
        One of the names of `findings`.

    Returns
    -------
    str
        The sentence, or what says that a package is missing.

    Raises
    ------
    ValueError
        If there is no such sentence.
    """
    if name not in _FINDINGS:
        raise ValueError(f"There is no finding {name!r}; there are {', '.join(_FINDINGS)}.")
    return or_absent(_FINDINGS[name])()


def findings() -> tuple[str, ...]:
    """List the names that `finding` takes.

    Returns
    -------
    tuple of str
    """
    return tuple(_FINDINGS)


def _missing_said() -> str:
    everyone = 100 * (1 - count("known") / count("everyone"))
    people = _trial()
    gone = people["later"].isna().groupby(people["language_support_needed"]).agg(["sum", "size"])
    apart = differ(*gone.to_numpy())
    return (
        f"The outcome is missing for {missing('yes'):.0f}% of the people who need language support "
        f"and for {missing('no'):.0f}% of the others"
        + (f". “{everyone:.0f}% missing” in a report would hide that." if apart else ".")
    )


def _row_said() -> str:
    itt = "intention to treat"
    value, lower, upper = (
        _minus(difference(itt, side=side)) for side in ("value", "lower", "upper")
    )
    return (
        "“Education trial, twelve sites in Lindlemere, "
        f"{count('everyone'):,.0f} people allocated by chance, {count('need'):.0f} of them in need "
        "of language support. By intention to treat, HbA1c after a year differs by "
        f"{value} mmol/mol (95% interval {lower} to {upper}; {count('known'):,.0f} outcomes "
        "known). Certainty: moderate for people who need no language support, rated down one "
        "step for outcomes missing more often where sessions were missed; low for people who need "
        f"it, as they are few and {count('need in English'):.0f} of them were met in English only. "
        "What would change our mind: the same trial with a bilingual tutor at every site. We would "
        "offer it now with bilingual tutors first, and count who comes.”"
    )


_FINDINGS = {
    "six": lambda: six_estimates().finding,
    "readings": lambda: readings().finding,
    "left-out": lambda: left_out().finding,
    "missing": _missing_said,
    "evidence-row": _row_said,
}


#: The explorer of this lesson, by name.
EXPLORERS = {
    "appraisal-bench": Explorer(
        name="appraisal-bench",
        title="The appraisal bench",
        lead="Put a report on the bench, judge its risk of bias, then open the truth. "
        "It stays closed until you have judged.",
        controls=(
            Control(
                "study",
                "Report",
                (
                    ("R1", "R1, randomised trial"),
                    ("R2", "R2, cluster randomised trial"),
                    ("R3", "R3, cohort study"),
                    ("R4", "R4, systematic review"),
                    ("R5", "R5, interview study"),
                    ("R6", "R6, before-and-after study"),
                    ("R7", "R7, interrupted time series"),
                    ("R8", "R8, costing study"),
                ),
                "R1",
            ),
            Control(
                "judgement",
                "My judgement of its risk of bias",
                (
                    ("none", "not judged yet"),
                    ("low", "low"),
                    ("some concerns", "some concerns"),
                    ("high", "high"),
                ),
                "none",
            ),
            Control("reveal", "Open the truth", (("no", "not yet"), ("yes", "yes, reveal")), "no"),
        ),
        compute=appraisal_bench,
    ),
}
