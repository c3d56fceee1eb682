"""Lesson 3, *How inequalities are made*: its charts, its sentences and its two explorers.

The numbers are those of `eeic.explore.pathways`; they can be called from here too, so that a
notebook and its questions need one name only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eeic.explore.explorer import Control, Explorer
from eeic.explore.later import later
from eeic.explore.pathways import (
    FOCUS,
    LEVEL,
    LEVERS,
    OTHER,
    REFERENCE,
    STEPS,
    THIRD,
    UnknownLever,
    best_pair,
    contribution,
    contributions,
    gain,
    gap,
    in_need,
    missing_people,
    more_people,
    needing_language_support,
    referred,
    spread,
    treated,
)
from eeic.show import Absent, or_absent

if TYPE_CHECKING:
    import pandas as pd

    from eeic import charts
    from eeic.charts import Chart
    from eeic.charts import framing as framings
    from eeic.charts import pathway as pathways
else:
    # Questions read this module where there is no pandas: see `later`.
    pd = later("pandas")
    charts = later("eeic.charts")
    framings, pathways = later("eeic.charts.framing"), later("eeic.charts.pathway")

__all__ = [
    "EXPLORERS",
    "FOCUS",
    "LEVEL",
    "LEVERS",
    "OTHER",
    "REFERENCE",
    "STEPS",
    "THIRD",
    "UnknownLever",
    "best_pair",
    "causes_chart",
    "contribution",
    "contributions",
    "finding",
    "findings",
    "gain",
    "gap",
    "headline_machine",
    "in_need",
    "missing_people",
    "more_people",
    "needing_language_support",
    "pathway_playground",
    "referred",
    "spread",
    "treated",
]

#: Each lever: the thing that can be changed, how it stands, and how it stands when changed.
_NODES = {
    "housing": (
        "Housing and income",
        "very unequal between people and areas",
        "nobody below today's average here",
    ),
    "interpreters": (
        "Interpreters",
        "often not offered",
        "at every contact that needs one",
    ),
    "practices": (
        "GP practices",
        "some can do far less than others",
        "none below today's average here",
    ),
    "ways_in": (
        "Ways in and hours",
        "planned without some of those who need it",
        "planned anew with those now missed",
    ),
    "fair_treatment": (
        "Past unfair treatment",
        "some have met it, and it still counts",
        "prevented, and put right",
    ),
}
_LEVELS = {
    "structural": "Structural: how things are shared out",
    "institutional": "Institutional: how services are set up",
    "interpersonal": "Interpersonal: how people are treated",
}
_SHORT = {
    "housing": "housing and income",
    "interpreters": "interpreters",
    "practices": "GP practices",
    "ways_in": "ways in and hours",
    "fair_treatment": "fair treatment",
}
_STEPS = ("Asked, and was referred", "Got into treatment")
#: How well a practice does decides who is referred; the rest acts all the way.
_ACTS_ON = {"practices": (0,)}
_GROUPS = {"pakistani": FOCUS, "black-caribbean": OTHER}
_NEED = "people with depression or anxiety"


def _people(group: str, noun: str = "residents") -> str:
    return f"{group} {noun}"


def pathway_playground(group: str, **switches: str) -> Chart:
    """Draw the pathway to talking therapy with some levers pulled.

    Parameters
    ----------
    group : {"pakistani", "black-caribbean"}
        Whose pathway.
    **switches : {"now", "changed"}
        One for each of the levers.

    Returns
    -------
    Chart
        The diagram, and how many of every 100 people in need get into treatment.
    """
    name = _GROUPS[group]
    pulled = [lever for lever in LEVERS if switches[lever] == "changed"]
    nodes = [
        pathways.Node(
            _NODES[lever][0],
            _NODES[lever][2 if lever in pulled else 1],
            _LEVELS[LEVEL[lever]],
            _ACTS_ON.get(lever, (0, 1)),
            lever in pulled,
            f"{gain(name, lever, pulled):+.1f}".replace("-", "−") if lever in pulled else "",
        )
        for lever in LEVERS
    ]
    reached = referred(name, pulled), treated(name, pulled)
    rows = [
        pathways.Arrivals(
            one, treated(one), treated(one, pulled), *spread(one, pulled), one == name
        )
        for one in (FOCUS, OTHER, THIRD, REFERENCE)
    ]
    start, end = gap(name), gap(name, pulled)
    before = (
        f"Of every 100 {_people(name)} with depression or anxiety, {treated(name):.1f} get into "
        f"treatment, against {treated(REFERENCE):.1f} {_people(REFERENCE)}: a gap of {start:.1f}."
    )
    if not pulled:
        said = f"As it is now: {before[0].lower()}{before[1:]}"
    else:
        changed = "; ".join(_SHORT[lever] for lever in pulled)
        change = round(end, 1) - round(start, 1)
        moved = "narrows" if change < 0 else "widens" if change > 0 else "stays where it was"
        more = round(more_people(name, pulled))
        who = _people(name, "resident" if more == 1 else "residents")
        mine = f"{treated(name):.1f} to {reached[1]:.1f}"
        theirs = f"{treated(REFERENCE):.1f} to {treated(REFERENCE, pulled):.1f}"
        said = (
            f"Changed: {changed}. {_people(name)} go from {mine} of every 100 in treatment, "
            f"{_people(REFERENCE)} from {theirs}. The gap {moved}: {start:.1f} before, "
            f"{end:.1f} now. That is about {more or 'no'} more {who} in treatment over six years."
        )
    return charts.Chart(
        draw=pathways.pathway(
            nodes,
            [
                (step, f"{mine:.0f} of every 100", f"{REFERENCE}: {theirs:.0f}")
                for step, mine, theirs in zip(
                    _STEPS,
                    reached,
                    (referred(REFERENCE, pulled), treated(REFERENCE, pulled)),
                    strict=True,
                )
            ],
            rows,
            f"In treatment, of every 100 {_NEED}",
        ),
        alt="A diagram. Five boxes under the headings structural, institutional and interpersonal "
        f"lead by arrows to two steps. {_lit(pulled)} Of every 100 {_people(name)}, "
        f"{reached[0]:.0f} are referred and {reached[1]:.0f} get into treatment. Below, dots for "
        f"four groups: " + ", ".join(f"{row.group} {row.now:.1f}" for row in rows) + ".",
        caption=f"What shapes the way to talking therapy for {_people(name)}, world 2026-a. "
        f"About {in_need(name):.0f} {_people(name)} and {in_need(REFERENCE):,.0f} "
        f"{_people(REFERENCE)} of 12 areas have depression or anxiety in the six years. "
        f"{REFERENCE} is the comparison because it is the largest group. Hollow dots: as now. "
        "Pale bars: the chances of the middle four fifths of each group's people; groups overlap. "
        "A number in a box is what that change adds to the rest. These are what the invented world "
        "makes people expect, luck left out, so there is no interval.",
        table=pd.DataFrame(
            {
                "Group": [row.group for row in rows],
                "In treatment now, of 100": [row.before for row in rows],
                "With the changes": [row.now for row in rows],
                "Gap to White British now": [gap(row.group) for row in rows],
                "Gap with the changes": [gap(row.group, pulled) for row in rows],
            }
        ),
        finding=said,
    )


def _lit(pulled: list[str]) -> str:
    if not pulled:
        return "None of them is lit."
    return f"Lit as changed: {'; '.join(_NODES[lever][0].lower() for lever in pulled)}."


# -- one number, four headlines ------------------------------------------------------------------

#: For each telling: who has to change in it, what it leaves out, and which levers it shows.
_TELLINGS = {
    "people": (
        "The residents",
        "Who was offered what, in which language, at which hours. Nobody asked.",
        (),
    ),
    "gap": (
        "Nobody in particular",
        "Why. The reader fills the gap with whatever they believed before.",
        (),
    ),
    "service": (
        "The service",
        "Housing, income and what people have met elsewhere: one service is not the whole story.",
        ("interpreters", "ways_in"),
    ),
    "lever": (
        "The board that pays for it",
        "How sure anybody can be: here the truth can be opened, in a real place it is a test.",
        None,
    ),
}
_REACTIONS = {
    "none": "I have not said yet",
    "inform": "Tell those residents more about therapy",
    "nothing": "Nothing: that is how it is",
    "ask": "Ask who is missed, and where",
    "change": "Change something in the service",
}


def headline_machine(group: str, telling: str, reaction: str) -> Chart:
    """Tell one number in one of four ways, and answer what it made the reader want to do.

    Parameters
    ----------
    group : {"pakistani", "black-caribbean"}
        Whose number.
    telling : {"people", "gap", "service", "lever"}
        Which framing.
    reaction : {"none", "inform", "nothing", "ask", "change"}
        What it makes the reader want to do.

    Returns
    -------
    Chart
        The headline over the same two hundred dots, and what it leaves in view.
    """
    name = _GROUPS[group]
    mine, theirs = round(treated(name)), round(treated(REFERENCE))
    pair = best_pair(name)
    headline = {
        "people": f"{name} residents not coming forward for talking therapy",
        "gap": f"Ethnic gap in talking therapy: {mine} against {theirs} in every 100",
        "service": f"Talking therapy reaches {mine} in every 100 {name} residents who could use "
        f"it, and {theirs} in every 100 White British residents",
        "lever": f"Two changes to the service, {_SHORT[pair[0]]}, and {_SHORT[pair[1]]}, would "
        f"bring talking therapy to {treated(name, pair):.0f} in every 100 {name} residents who "
        f"could use it, not {mine}",
    }[telling]
    if not _unequal(name):
        headline = _level(name)
    changes, leaves_out, shows = _TELLINGS[telling]
    shown = pair if shows is None else shows
    return charts.Chart(
        draw=framings.framing(
            headline,
            [
                (one, f"{one} residents with depression or anxiety who get treatment", many)
                for one, many in ((name, mine), (REFERENCE, theirs))
            ],
            [
                ("Who has to change, in this telling?", changes),
                ("What does it leave out?", leaves_out),
            ],
            [(_NODES[lever][0], lever in shown) for lever in LEVERS],
            "What could be changed, and is in view",
        ),
        alt=f"A headline reads: {headline}. Below it two squares of 100 dots, {mine} filled for "
        f"{name} and {theirs} for White British residents. Of five things that could be changed, "
        f"{len(shown) or 'none'} {'is' if len(shown) == 1 else 'are'} marked as in view.",
        caption=f"The same number in each telling: of every 100 people with depression or anxiety, "
        f"{mine} {_people(name)} and {theirs} {_people(REFERENCE)} get into treatment in the six "
        f"years (about {in_need(name):.0f} and {in_need(REFERENCE):,.0f} people in need), world "
        "2026-a. What people expect, luck left out; within each group people's chances differ "
        "more than the two groups do.",
        table=pd.DataFrame(
            {
                "Question": [
                    "The headline",
                    "Who has to change",
                    "What it leaves out",
                    "Levers in view",
                ],
                "In this telling": [
                    headline,
                    changes,
                    leaves_out,
                    "; ".join(_NODES[lever][0] for lever in shown) or "none",
                ],
            }
        ),
        finding=_answer(name, telling, reaction, headline),
    )


def _unequal(name: str, step: str = "treated") -> bool:
    """Tell whether there is a gap to one decimal: luck is left out, so the rest is rounding."""
    return abs(gap(name, step=step)) >= 0.05


def _level(name: str) -> str:
    return (
        f"No gap: talking therapy reaches {treated(name):.0f} in every 100 {_people(name)} who "
        f"could use it, and {treated(REFERENCE):.0f} in every 100 {_people(REFERENCE)}"
    )


def _answer(name: str, telling: str, reaction: str, headline: str) -> str:
    subject = {
        "people": "Its first words are the people, so the people look like the problem.",
        "gap": "It names a gap and no cause, so each reader brings their own.",
        "service": "Its first words are the service, so the next question is what that does.",
        "lever": "It names who could act and what would follow, so the next question is when.",
    }[telling]
    if not _unequal(name):
        return f"“{headline}.” However it is told, there is nothing here to put right."
    best = max(LEVERS, key=lambda lever: gain(name, lever))
    reply = {
        "none": "Say what it makes you want to do, then change the headline and say it again.",
        "inform": "You would inform the residents. In this world that moves nobody: what people "
        "know is not among the things that made this gap.",
        "nothing": f"You would leave it. Then about {missing_people(name):.0f} {_people(name)} go "
        "without in six years who would be in treatment at the White British figure.",
        "ask": "You would ask who is missed, and where. The pathway in the next round says.",
        "change": f"You would change the service. The largest single change here is "
        f"{_SHORT[best]}: {gain(name, best):.1f} more of every 100 in treatment.",
    }[reaction]
    return f"“{headline}.” {subject} {reply}"


# -- what made the gap ---------------------------------------------------------------------------

#: What made a gap, in plain words, and what could change it.
_CAUSES = {
    "service_fit": ("Ways in and hours that suit some badly", "Plan them with those now missed"),
    "language": ("Interpreters not offered", "One at every contact that needs one"),
    "unfair_treatment": ("Past unfair treatment by services", "Prevent it, put it right, say so"),
    "practice": ("Which practices are near", "Support the practices that can do least"),
    "deprivation": ("Deprivation, and where outreach stands", "Keep outreach where need is most"),
    "digital": ("Going online to ask", "Keep a telephone and a person"),
}


@or_absent
def causes_chart(step: str = "referred", group: str = FOCUS) -> Chart:
    """Open the truth: what made the gap at one step.

    Parameters
    ----------
    step : {"referred", "treated"}
        Which step.
    group : str
        Compared with White British residents.

    Returns
    -------
    Chart
        Bars from zero, each cause with its lever; above zero it widens the gap.
    """
    made = contributions(group, step)
    whole = gap(group, step=step)
    order = sorted(made, key=lambda cause: -made[cause])
    rows = [
        charts.Part(f"The gap: {group}", whole, whole=True),
        *(charts.Part(_CAUSES[cause][0], made[cause], _CAUSES[cause][1]) for cause in order),
    ]
    what = {"referred": "are referred", "treated": "get into treatment"}[step]
    narrows = [cause for cause in order if made[cause] < -0.5]
    said = (
        f"As many of every 100 {_people(group)} {what} as of {_people(REFERENCE)}: there is no gap."
        if not _unequal(group, step)
        else f"{abs(whole):.1f} {'fewer' if whole > 0 else 'more'} of every 100 {_people(group)} "
        f"{what} than of {_people(REFERENCE)}. The largest part is "
        f"{_CAUSES[order[0]][0].lower()} ({made[order[0]]:.1f}), then "
        f"{_CAUSES[order[1]][0].lower()} ({made[order[1]]:.1f})."
    )
    if "deprivation" in narrows:
        said += (
            f" Deprivation narrows this gap by {-made['deprivation']:.1f}, because paid outreach "
            "stands where deprivation is greatest, and works."
        )
    return charts.Chart(
        draw=charts.parts(rows, f"Of every 100 {_NEED}", decimals=1),
        alt=f"Bars from zero. The gap is {whole:.1f} of every 100. Below, one bar for each cause: "
        + "; ".join(
            f"{_CAUSES[cause][0].lower()} {made[cause]:+.1f}".replace("-", "−") for cause in order
        )
        + ".",
        caption=f"{_people(REFERENCE)} less {_people(group)} who {what}, of every 100 people with "
        f"depression or anxiety, world 2026-a; about {in_need(REFERENCE):,.0f} and "
        f"{in_need(group):.0f} people in need. The causes add up to the gap, luck left out. To the "
        "left of zero a cause makes the gap smaller.",
        table=pd.DataFrame(
            {
                "Part": [row.name for row in rows],
                "Of every 100": [row.value for row in rows],
                "What could change it": [row.lever or "–" for row in rows],
            }
        ),
        finding=said,
    )


@or_absent
def findings() -> dict[str, str]:
    """State the lesson's results, each by name.

    Returns
    -------
    dict
        Name to sentence.
    """
    drawn = {"causes": causes_chart(), "other-causes": causes_chart("treated", OTHER)}
    for made in drawn.values():
        if isinstance(made, Absent):
            return made  # type: ignore[return-value]
    low, high = spread(FOCUS)
    wb_low, wb_high = spread(REFERENCE)
    pair, other = best_pair(FOCUS), best_pair(OTHER)
    said = {
        **{name: made.finding for name, made in drawn.items()},
        "draft": f"“Only {treated(FOCUS):.0f} in every 100 {_people(FOCUS)} with depression or "
        f"anxiety get treatment, against {treated(REFERENCE):.0f} in every 100 "
        f"{_people(REFERENCE)}. {FOCUS} residents are not coming forward. We propose an awareness "
        "campaign.”",
        "spread": f"One in ten {_people(FOCUS)} in need has a chance of treatment below "
        f"{low:.0f} in 100 and one in ten above {high:.0f}; for {_people(REFERENCE)} it is "
        f"{wb_low:.0f} and {wb_high:.0f}. Only {needing_language_support(FOCUS):.0f}% of "
        f"{_people(FOCUS)} need an interpreter.",
        "pairs": f"For {_people(FOCUS)} the two changes that add most are {_SHORT[pair[0]]}, and "
        f"{_SHORT[pair[1]]}: {treated(FOCUS, pair):.1f} of every 100 in treatment, up from "
        f"{treated(FOCUS):.1f}. For {_people(OTHER)} they are {_SHORT[other[0]]}, and "
        f"{_SHORT[other[1]]}: {treated(OTHER, other):.1f}, up from {treated(OTHER):.1f}.",
        "everyone": f"With all five changes, {treated(FOCUS, LEVERS):.0f} of every 100 "
        f"{_people(FOCUS)}, {treated(OTHER, LEVERS):.0f} {_people(OTHER)}, "
        f"{treated(THIRD, LEVERS):.0f} {_people(THIRD)} and {treated(REFERENCE, LEVERS):.0f} "
        f"{_people(REFERENCE)} would be in treatment. Nobody loses: the White British figure is "
        f"{treated(REFERENCE):.0f} today.",
        "paper": f"“Of about {in_need(FOCUS):.0f} {_people(FOCUS)} with depression or anxiety in "
        f"six years, {treated(FOCUS):.0f} in every 100 get talking therapy, against "
        f"{treated(REFERENCE):.0f} in every 100 {_people(REFERENCE)}, chosen because they are the "
        "largest group. Referral routes and hours were planned without them, and interpreters are "
        f"often not offered. We ask for two changes: {_SHORT[pair[0]]}, and {_SHORT[pair[1]]}. We "
        f"expect about {more_people(FOCUS, pair):.0f} more {_people(FOCUS)} in treatment; we will "
        "check each quarter, for every group, and stop what does not work.”",
    }
    # Where there is no gap, nobody has a paper to write about one.
    level = {} if _unequal(FOCUS) else dict.fromkeys(("draft", "pairs", "paper"), _level(FOCUS))
    return said | level


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


_WHOSE = Control(
    "group",
    "Whose pathway",
    tuple((key, f"{name} residents") for key, name in _GROUPS.items()),
    "pakistani",
)
_SWITCHES = {
    "housing": "Housing and income",
    "interpreters": "Interpreters",
    "practices": "GP practices",
    "ways_in": "Ways in and hours",
    "fair_treatment": "Past unfair treatment",
}

#: The explorers of this lesson, by name.
EXPLORERS = {
    "pathway-playground": Explorer(
        name="pathway-playground",
        title="Pathway playground",
        lead="Change one thing at a time and watch who gets into treatment. Then find the two "
        "changes you would pay for. Do the same for the other group.",
        controls=(
            _WHOSE,
            *(
                Control(
                    lever,
                    _SWITCHES[lever],
                    (("now", "as now"), ("changed", _NODES[lever][2])),
                    "now",
                )
                for lever in LEVERS
            ),
        ),
        compute=pathway_playground,
    ),
    "headline-machine": Explorer(
        name="headline-machine",
        title="Headline machine",
        lead="The dots never change. Change the headline, and say each time what it makes you want "
        "to do.",
        controls=(
            Control("group", "Whose number", _WHOSE.options, "pakistani"),
            Control(
                "telling",
                "The headline starts with",
                (
                    ("people", "the people"),
                    ("gap", "the gap"),
                    ("service", "the service"),
                    ("lever", "what could change"),
                ),
                "people",
            ),
            Control("reaction", "It makes me want to", tuple(_REACTIONS.items()), "none"),
        ),
        compute=headline_machine,
    ),
}
