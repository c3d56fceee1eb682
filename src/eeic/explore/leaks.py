"""Where three pathways lose people, and what one repair brings back: the numbers of lesson 13.

Everyone who needs a service is followed through three steps: getting in (access), getting it done
well (quality) and what comes of it (outcome). Who got how far is counted in the files (L01, L03,
L04, L05). Who needed it stands in no file: for diabetes and talking therapies it comes from what
the invented world knows of its people, which a real place has to estimate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eeic import categories, datasets
from eeic.datasets import remembered
from eeic.explore.later import later
from eeic.explore.prevalence import EVERYONE, FEWEST, withheld

if TYPE_CHECKING:
    import pandas as pd
    from pandas import DataFrame

    from eeic.stats import gaps, rates
    from eeic.world import export
    from eeic.world.services import diabetes, talking
else:
    # Questions read this module where there is no pandas: see `later`.
    pd, export = later("pandas"), later("eeic.world.export")
    gaps, rates = later("eeic.stats.gaps"), later("eeic.stats.rates")
    diabetes, talking = (
        later("eeic.world.services.diabetes"),
        later("eeic.world.services.talking"),
    )

#: The group that the lesson works through, and one that is often called over-represented.
FOCUS, OTHER = "Pakistani", "Black Caribbean"
#: The comparator: the largest group here, so its figure is the steadiest. Not a norm.
REFERENCE = "White British"
#: The groups with enough people in need for most counts to be shown, in house order.
GROUPS: tuple[str, ...] = (
    REFERENCE,
    "Other White",
    "Indian",
    FOCUS,
    "Bangladeshi",
    "Black African",
    OTHER,
)
#: A level that others could be lifted to must rest on at least this many people.
ENOUGH = 100
#: Columns by which people are looked at.
VIEWS: Mapping[str, str] = {"group": "ethnic group", "place": "place", "route": "way in"}
#: The three steps, in order.
STEPS: tuple[str, ...] = ("access", "quality", "outcome")


@dataclass(frozen=True)
class Step:
    """One step of a pathway.

    Attributes
    ----------
    done : str
        What people who took it have, after "people": "whose diabetes is found".
    short : str
        The same in a word or two.
    missed : str
        What is said of those who were lost before it.
    lever : str
        What would get more people through.
    set_up, each : int
        Illustrative pounds: once, and for each person who is newly got through.
    """

    done: str
    short: str
    missed: str
    lever: str
    set_up: int
    each: int


@dataclass(frozen=True)
class Pathway:
    """One pathway.

    Attributes
    ----------
    name : str
        What it is called.
    need : str
        Who needs it.
    source : str
        Where the need is counted.
    route_from : str
        The step from which a way in is known: "need" or "access".
    steps : dict of Step
        Those of `STEPS` that are in a file, in order.
    """

    name: str
    need: str
    source: str
    route_from: str
    steps: Mapping[str, Step]


#: The pathways. Every pound is illustrative: made for this course, taken from no service.
PATHWAYS: Mapping[str, Pathway] = {
    "diabetes": Pathway(
        "Diabetes",
        "people with diabetes, found or not",
        "what the invented world knows of its people",
        "access",
        {
            "access": Step(
                "whose diabetes is found",
                "found",
                "not found",
                "tests where people already go, with interpreters booked",
                15_000,
                140,
            ),
            "quality": Step(
                "with all nine yearly checks",
                "all nine checks",
                "checks missing",
                "nurse time where checks are missed, in evenings too, interpreters booked",
                10_000,
                150,
            ),
            "outcome": Step(
                "with blood sugar in range",
                "blood sugar in range",
                "out of range",
                "a group course in the language and at the hour people ask for",
                5_000,
                210,
            ),
        },
    ),
    "talking": Pathway(
        "Talking therapies",
        "people with depression or anxiety in the six years",
        "what the invented world knows of its people",
        "access",
        {
            "access": Step(
                "who are referred",
                "referred",
                "not referred",
                "paid outreach by community organisations, without a form",
                20_000,
                60,
            ),
            "quality": Step(
                "who are treated",
                "treated",
                "not treated",
                "interpreters and evening hours from the first appointment on",
                10_000,
                330,
            ),
            "outcome": Step(
                "who reliably improve",
                "reliably improved",
                "not reliably improved",
                "longer courses, and feedback at each session",
                8_000,
                300,
            ),
        },
    ),
    "bowel": Pathway(
        "Bowel screening",
        "people sent an invitation",
        "the screening file",
        "need",
        {
            "access": Step(
                "who sent the kit back",
                "kit sent back",
                "kit not sent back",
                "letters in the language people asked for, signed by their practice",
                12_000,
                8,
            ),
            "quality": Step(
                "whose kit could be read",
                "kit could be read",
                "kit could not be read",
                "a help line for using the kit",
                6_000,
                5,
            ),
        },
    ),
}

#: Ways in, as the files write them, and as they are shown.
_ROUTES = {
    "diabetes": {
        "routine check": "routine check",
        "symptoms": "symptoms",
        "emergency": "emergency",
        "pregnancy": "pregnancy, or not recorded",
    },
    "talking": {
        "organisation": "community organisation",
        "GP": "GP",
        "self": "self-referral",
        "hospital": "hospital",
    },
    "bowel": {
        "letter": "letter",
        "letter+text": "letter and text",
        "GP-endorsed": "signed by the GP",
        "translated": "translated, or a call",
        "call": "translated, or a call",
    },
}
#: mmol/mol; the line that this audit draws. Not advice.
IN_RANGE = 58


class UnknownPathway(ValueError):
    """There is no such pathway, step or row."""


# -- who got how far -----------------------------------------------------------------------------


def table(name: str) -> DataFrame:
    """Load a table: from the course's files, or from the world where there is no file yet.

    Parameters
    ----------
    name : str
        Such as "L04".

    Returns
    -------
    pandas.DataFrame
        The table.
    """
    return datasets.load(name) if name in datasets.names() else datasets.make(name)


@remembered
def followed(pathway: str) -> DataFrame:
    """Follow everyone who needs a service through its steps.

    Parameters
    ----------
    pathway : str
        One of `PATHWAYS`.

    Returns
    -------
    pandas.DataFrame
        One row for each person in need: person_id, group (as they describe themselves), place,
        route (missing before the door), need (always true) and one column of true or false for
        each step. A step counts only for people who took the one before.

    Raises
    ------
    UnknownPathway
        If there is no such pathway.

    Notes
    -----
    The files repeat a few rows, as real extracts do: each person is counted once.
    """
    about = _about(pathway)
    residents = table("L01").set_index("person_id")
    if pathway == "diabetes":
        file = _once("L03")
        need = _in_need(diabetes.walk, "has_diabetes")
        taken = {
            "quality": file["all_nine"] == "yes",
            "outcome": file["hba1c"] <= IN_RANGE,
        }
        route = file["route"].fillna("pregnancy")
    elif pathway == "talking":
        file = _once("L04")
        need = _in_need(talking.walk, "tt_need")
        taken = {
            "quality": file["assessed_on"].notna() & (file["contacts"] >= 2),
            "outcome": file["reliable_improvement"] == "yes",
        }
        route = file["source"]
    else:
        file = _once("L05")
        need = list(file.index)
        taken = {
            "access": file["responded_on"].notna(),
            "quality": file["result"].isin(["normal", "refer"]),
        }
        route = file["invite_type"]
    rows = residents.loc[need, ["ethnic_group_self", "place"]].copy()
    rows = rows.rename(columns={"ethnic_group_self": "group"})
    # Every place is in Lindlemere; the rows have little room.
    rows["place"] = rows["place"].astype(str).str.removeprefix("Lindlemere ")
    rows["route"] = pd.Series(rows.index, rows.index).map(
        route.astype(object).map(_ROUTES[pathway])
    )
    rows["need"] = True
    so_far = pd.Series(True, rows.index)
    taken = {"access": pd.Series(True, file.index)} | taken
    for name in about.steps:
        who = taken[name].astype("boolean").fillna(False)
        so_far = so_far & rows.index.isin(who.index[who.to_numpy(bool)])
        rows[name] = so_far
    return rows.reset_index()


def _in_need(walk: Any, column: str) -> list[str]:
    """List the ids of those who need a service, as the invented world knows them."""
    block, people, met = datasets.residents()
    need = walk(block, met)[column].to_numpy()
    return export.person_ids(people["person"][need], datasets.recipe().parameters)


def _once(name: str) -> DataFrame:
    rows = table(name)
    if name == "L05":
        rows = rows[rows["programme"] == "bowel"]
    return rows.drop_duplicates("person_id").set_index("person_id")


def _about(pathway: str) -> Pathway:
    if pathway not in PATHWAYS:
        raise UnknownPathway(f"There is no pathway {pathway!r}; there are {', '.join(PATHWAYS)}.")
    return PATHWAYS[pathway]


@remembered
def cascade(pathway: str, by: str = "group") -> DataFrame:
    """Count how many people get how far.

    Parameters
    ----------
    pathway : str
        One of `PATHWAYS`.
    by : {"group", "place", "route"}
        How people are looked at.

    Returns
    -------
    pandas.DataFrame
        One row for everyone and one for each group, place or way in by which ten people or more
        came; columns start (people at the first step that can be seen) and one for each step.
        Counts under ten are missing, and
        so is whatever would give one away.

    Raises
    ------
    UnknownPathway
        If there is no such pathway or no such view.
    """
    counts, names = _counts(pathway, by)
    shown = counts.astype("Int64")
    for column in counts:
        if by == "group":
            hide = withheld(counts.rename_axis("ethnic_group"), str(column)).to_numpy()
        else:
            hide = (counts[column] < FEWEST).to_numpy()
        shown.loc[hide, column] = pd.NA
    # Nobody is shown beyond a step that is withheld.
    known = shown.notna().cummin(axis=1)
    return shown.where(known).loc[[EVERYONE, *names]].dropna(subset="start")


def _counts(pathway: str, by: str) -> tuple[DataFrame, list[str]]:
    """Count everything, and name the rows that are shown."""
    about = _about(pathway)
    if by not in VIEWS:
        raise UnknownPathway(f"People can be looked at by {', '.join(VIEWS)}, not by {by!r}.")
    people, columns = followed(pathway), ["need", *about.steps]
    if by == "route":
        people = people[people[about.route_from]]
        columns = columns[columns.index(about.route_from) :]
    counts = people.groupby(by)[columns].sum()
    if by == "group":
        counts = counts.reindex(categories.LABELS, fill_value=0)
        names = categories.ordered(GROUPS)
    elif by == "place":
        names = sorted(counts.index)
    else:
        names = list(dict.fromkeys(_ROUTES[pathway].values()))
        counts = counts.reindex(names, fill_value=0)
    counts.loc[EVERYONE] = people[columns].sum()
    return counts.rename(columns={columns[0]: "start"}), names


def reached(pathway: str, row: str, step: str, by: str = "group") -> int:
    """Say how many people of a row got through a step.

    Parameters
    ----------
    pathway, by : str
        As in `cascade`.
    row : str
        A group, a place, a way in, or `EVERYONE`.
    step : str
        "need" or one of `STEPS`.

    Returns
    -------
    int
        People.

    Raises
    ------
    UnknownPathway
        If there is no such row or step, or the number is withheld.
    """
    found: Any = cascade(pathway, by)
    column = "start" if step == "need" else step
    if row not in found.index or column not in found or found[column].isna()[row]:
        raise UnknownPathway(f"No number is shown for {row!r} at {step!r} of {pathway!r}.")
    return int(found.at[row, column])


def passing(pathway: str, row: str, step: str, by: str = "group") -> float:
    """Say what share of those who came to a step got through it.

    Parameters
    ----------
    pathway, row, step, by
        As in `reached`; the step is one of `STEPS`.

    Returns
    -------
    float
        Of every 100.
    """
    return 100 * reached(pathway, row, step, by) / reached(pathway, row, _before(step), by)


def lost(pathway: str, row: str, step: str, by: str = "group") -> int:
    """Say how many people came to a step and did not get through it.

    Parameters
    ----------
    pathway, row, step, by
        As in `passing`.

    Returns
    -------
    int
        People.
    """
    return reached(pathway, row, _before(step), by) - reached(pathway, row, step, by)


def right_through(pathway: str, row: str, by: str = "group") -> float:
    """Say how many of every 100 in need get to the end of the pathway.

    Parameters
    ----------
    pathway, row, by
        As in `reached`.

    Returns
    -------
    float
        Of every 100.
    """
    last = list(_about(pathway).steps)[-1]
    return 100 * reached(pathway, row, last, by) / reached(pathway, row, "need", by)


def _before(step: str) -> str:
    order = ("need", *STEPS)
    return order[order.index(step) - 1]


# -- one repair ----------------------------------------------------------------------------------


def level(pathway: str, step: str, by: str = "group") -> tuple[str, float]:
    """Find how well a step can be done here: the best share that rests on enough people.

    Parameters
    ----------
    pathway, step, by
        As in `passing`.

    Returns
    -------
    tuple of (str, float)
        The row that gets through most often among those with at least `ENOUGH` people at the
        step, and its share of every 100.
    """
    found = cascade(pathway, by).drop(EVERYONE)
    order = list(found)
    came = found[order[order.index(step) - 1]]
    share = (100 * found[step] / came)[came >= ENOUGH].dropna().astype(float)
    share = share[[name for name in share.index if "not recorded" not in name]]
    name = str(share.idxmax())
    return name, float(share[name])


@remembered
def repair(pathway: str, step: str, by: str = "group") -> DataFrame:
    """Lift one step, wherever it is lower, to the level that this place already reaches.

    Parameters
    ----------
    pathway, step, by
        As in `passing`.

    Returns
    -------
    pandas.DataFrame
        One row for each row shown, without everyone: through (people newly got through the
        step), to_end (how many of them reach the end, at the row's own later shares; missing
        where a later number is withheld), cost (illustrative pounds, were the repair made for
        this row alone) and per_10000 (people at the end for every £10,000 of it).

    Raises
    ------
    UnknownPathway
        If the step is in no file of this pathway, or cannot be seen by the way in.
    """
    found = cascade(pathway, by).drop(EVERYONE)
    order = list(found)
    if step not in order[1:]:
        raise UnknownPathway(f"No file shows the step {step!r} of {pathway!r} by {by}.")
    _, best = level(pathway, step, by)
    came, passed = found[order[order.index(step) - 1]], found[step]
    # Rounded, so that the row that sets the level is exactly nobody short of it.
    through = (came * best / 100 - passed).astype("Float64").round(9).clip(lower=0)
    onward = (found[order[-1]] / passed).astype("Float64")
    about = _about(pathway).steps[step]
    cost = (about.set_up + about.each * through).where(through > 0)
    made = pd.DataFrame(
        {"through": through, "to_end": through * onward, "cost": cost}, dtype="Float64"
    )
    made["per_10000"] = 10_000 * made["to_end"] / made["cost"]
    return made


@remembered
def clear_of_chance(pathway: str, step: str, by: str = "group") -> tuple[str, ...]:
    """Name the rows that fall short by more than chance alone would often make.

    Parameters
    ----------
    pathway, step, by
        As in `passing`.

    Returns
    -------
    tuple of str
        Those that get through less often than `beside` by a difference whose 95% interval lies
        wholly below zero.

    Notes
    -----
    They are not held against the level itself: it is the best of several rows and so partly luck,
    and others would look short of it more often than their intervals say.
    """
    found = cascade(pathway, by).drop(EVERYONE)
    order = list(found)
    pair = found[[order[order.index(step) - 1], step]].set_axis(["came", "passed"], axis=1)
    pair = pair.dropna().astype(int)
    if by == "group":
        pair, other = pair.drop(REFERENCE), pair.loc[[REFERENCE]].iloc[[0] * (len(pair) - 1)]
    else:
        other = pair.sum() - pair
    difference = gaps.risk_difference(
        pair["passed"], pair["came"], other["passed"].to_numpy(), other["came"].to_numpy()
    )
    return tuple(str(name) for name in pair.index[(difference["upper"] < 0).to_numpy()])


def beside(by: str) -> str:
    """Say whom `clear_of_chance` holds a row against.

    Parameters
    ----------
    by : {"group", "place", "route"}
        How people are looked at.

    Returns
    -------
    str
        The largest group, or all the other rows together.
    """
    others = {"place": "the other places together", "route": "the other ways in together"}
    return others.get(by, f"{REFERENCE} residents")


def returned(pathway: str, step: str, row: str = EVERYONE, *, end: bool = True) -> float:
    """Say how many people one repair brings back, by ethnic group.

    Parameters
    ----------
    pathway, step : str
        As in `repair`.
    row : str
        A group, or `EVERYONE` for all the groups shown.
    end : bool
        Whether people are counted at the end of the pathway; otherwise after the step.

    Returns
    -------
    float
        People.
    """
    column = repair(pathway, step)["to_end" if end else "through"]
    return float(column.sum() if row == EVERYONE else column[row])


def cost(pathway: str, step: str, by: str = "group") -> float:
    """Say what a repair costs, made for every row at once.

    Parameters
    ----------
    pathway, step, by
        As in `repair`.

    Returns
    -------
    float
        Illustrative pounds: set up once, and so much for each person newly got through.
    """
    about = _about(pathway).steps[step]
    return about.set_up + about.each * float(repair(pathway, step, by)["through"].sum())


def per_10000(pathway: str, step: str, by: str = "group") -> float:
    """Say how many people reach the end for every £10,000 of a repair.

    Parameters
    ----------
    pathway, step, by
        As in `repair`.

    Returns
    -------
    float
        People at the end of the pathway.
    """
    ended = float(repair(pathway, step, by)["to_end"].sum())
    return 10_000 * ended / cost(pathway, step, by)


# -- use and need --------------------------------------------------------------------------------


@remembered
def use_and_need(pathway: str = "diabetes") -> DataFrame:
    """Put use and need side by side, for each group.

    Parameters
    ----------
    pathway : str
        One of `PATHWAYS`.

    Returns
    -------
    pandas.DataFrame
        One row for each of the 19 groups and everyone: residents, need and use in people (missing
        where withheld); need_rate and use_rate per 1,000 residents; and use of every 100 in need
        with its 95% interval, in columns value, lower and upper.
    """
    counts, _ = _counts(pathway, "group")
    residents = table("L01")["ethnic_group_self"].value_counts()
    made = pd.DataFrame(
        {"residents": residents, "need": counts["start"], "use": counts["access"]}
    ).reindex([*categories.LABELS, EVERYONE])
    made.loc[EVERYONE, "residents"] = residents.sum()
    made = made.astype("Int64").rename_axis("ethnic_group")
    hide = withheld(made, "need") | withheld(made, "use")
    known = made[~hide.to_numpy(bool)].astype(int)
    made.loc[hide.to_numpy(bool), ["need", "use"]] = pd.NA
    found = rates.proportion(known["use"], known["need"], multiplier=100)
    made = made.join(found[["value", "lower", "upper"]])
    made["need_rate"] = (1000 * made["need"] / made["residents"]).astype("Float64")
    made["use_rate"] = (1000 * made["use"] / made["residents"]).astype("Float64")
    return made


def rate(group: str, what: str, pathway: str = "diabetes") -> float:
    """Say how many of every 1,000 residents of a group need a service, or use it.

    Parameters
    ----------
    group : str
        One of the 19 groups, or `EVERYONE`.
    what : {"need", "use"}
        Which.
    pathway : str
        One of `PATHWAYS`.

    Returns
    -------
    float
        People in every 1,000 residents of all ages.
    """
    numbers: Any = use_and_need(pathway)
    return float(numbers.at[group, f"{what}_rate"])


def use_of_need(group: str, pathway: str = "diabetes") -> float:
    """Say how many of every 100 in need of a group are reached.

    Parameters
    ----------
    group, pathway
        As in `rate`.

    Returns
    -------
    float
        Of every 100.
    """
    numbers: Any = use_and_need(pathway)
    return float(numbers.at[group, "value"])


def use_to_need_ratio(
    group: str, reference: str = REFERENCE, pathway: str = "diabetes"
) -> tuple[float, float, float]:
    """Divide one group's use of every 100 in need by another's.

    Parameters
    ----------
    group, reference, pathway
        As in `rate`.

    Returns
    -------
    tuple of float
        The ratio and the ends of its 95% interval.
    """
    rows = use_and_need(pathway)
    mine, theirs = rows.loc[group], rows.loc[reference]
    found = gaps.risk_ratio(mine["use"], mine["need"], theirs["use"], theirs["need"]).iloc[0]
    return float(found["value"]), float(found["lower"]), float(found["upper"])


def ratio(group: str, pathway: str = "diabetes", end: str = "value") -> float:
    """Say the ratio of `use_to_need_ratio`, or one end of its interval.

    Parameters
    ----------
    group, pathway
        As in `rate`.
    end : {"value", "lower", "upper"}
        Which.

    Returns
    -------
    float
        Times.
    """
    found = use_to_need_ratio(group, pathway=pathway)
    return found[("value", "lower", "upper").index(end)]


def slip(name: str, group: str = FOCUS, pathway: str = "diabetes") -> float:
    """Work out what a usual mistake gives.

    Parameters
    ----------
    name : {"upside down", "use only", "counts", "treated of need", "one leak only"}
        The mistake.
    group : str
        One of `GROUPS`.
    pathway : str
        One of `PATHWAYS`, for "one leak only".

    Returns
    -------
    float
        The wrong number.
    """
    if name == "upside down":
        return 1 / ratio(group)
    if name == "use only":
        return rate(group, "use") / rate(REFERENCE, "use")
    if name == "counts":
        found = (reached("diabetes", one, "access") for one in (group, REFERENCE))
        return next(found) / next(found)
    if name == "treated of need":
        return 100 * reached("talking", group, "quality") / reached("talking", group, "need")
    made = returned(pathway, "access", group, end=False)
    return made * passing(pathway, group, "quality") / 100


def at_the_end(by: str, pathway: str = "diabetes", step: str = "quality") -> float:
    """Say how many people a repair brings to the end, however people are looked at.

    Parameters
    ----------
    by, pathway, step
        As in `repair`.

    Returns
    -------
    float
        People.
    """
    return float(repair(pathway, step, by)["to_end"].sum())


def best_level(pathway: str, step: str) -> float:
    """Say the share of every 100 that a repair lifts others to, by ethnic group.

    Parameters
    ----------
    pathway, step
        As in `repair`.

    Returns
    -------
    float
        Of every 100.
    """
    return level(pathway, step)[1]


# -- the voices ----------------------------------------------------------------------------------

#: Excerpts chosen to stand beside the numbers, and the pathway and step that each speaks to. Two
#: say what works, one comes from the largest group, and none was heard in the talking-therapy
#: service itself.
VOICES: Mapping[str, tuple[str, str]] = {
    "V034": ("diabetes", "access"),
    "V001": ("diabetes", "quality"),
    "V027": ("diabetes", "outcome"),
    "V018": ("talking", "access"),
    "V033": ("bowel", "access"),
    "V021": ("bowel", "access"),
}


@remembered
def voices() -> DataFrame:
    """Take the chosen excerpts from the voices file.

    Returns
    -------
    pandas.DataFrame
        The rows of L10 named in `VOICES`, in that order, item_id as the index.
    """
    return datasets.load("L10").set_index("item_id").loc[list(VOICES)]


def voice(item: str) -> str:
    """Quote one excerpt.

    Parameters
    ----------
    item : str
        One of `VOICES`.

    Returns
    -------
    str
        Its text.
    """
    return str(voices().at[item, "text"])
