"""How ex06-can-we-trust-the-ethnicity-field is marked: for instructors, never released.

Two functions are read by `eeic.grading`. `cohort` makes a class's table out of its own world;
`items` works out, from that table, what is right and what each usual mistake comes to. No
expected value is written down anywhere.
"""

import pandas as pd

from eeic import categories
from eeic.grading.items import Function, NearFunction

#: The groups with enough patients for every count to be published; the others stand together.
GROUPS = ("Indian", "Pakistani", "Black African", "Black Caribbean", "White British", "Other White")
REST = "All other groups"
COMPARED_WITH, SEEN_AS, POOREST = "White British", "Other White", "Black Caribbean"
NOTHING = ("Not stated", "Not known")
SMALLEST = 5

#: The outcome that each item tests.
OUTCOMES = {
    **dict.fromkeys(("ex06.q1", "ex06.q2", "ex06.q3", "ex06.q4", "ex06.q5", "ex06.q6"), "M6.1"),
    "ex06.q7": "M6.2",
    "ex06.q8": "M6.2",
    "ex06.q9": "M6.3",
    "ex06.q10": "M6.4",
    "ex06.q11": "M6.3",
    "ex06-q12": "M6.4",
}


# -- a class's data ------------------------------------------------------------------------------


def cohort(world):
    """Return the learners' table and how well codes really agree, from a cohort's own world."""
    own = world.tables["L01"].set_index("person_id")["ethnic_group_self"].astype(str)
    last = _last(world.tables["L02"])
    hospital = last[last["source"] == "hospital"].set_index("person_id")
    gp = last[last["source"] == "GP"].set_index("person_id")["recorded"]
    seen = pd.DataFrame({"own": own[hospital.index], "recorded": hospital["recorded"]})
    seen["gp"] = gp.reindex(seen.index)
    coded = ~seen["recorded"].isin(NOTHING)
    at_gp = coded & seen["gp"].notna() & ~seen["gp"].isin(NOTHING)
    flags = pd.DataFrame(
        {
            "seen": True,
            "not_stated": seen["recorded"] == "Not stated",
            "not_known": seen["recorded"] == "Not known",
            "on_2021_list": coded & (hospital["scheme"].astype(str) == "2021"),
            "also_at_gp": at_gp,
            "same_at_gp": at_gp & (seen["recorded"] == seen["gp"]),
            "own_answer": coded & (seen["recorded"] == seen["own"]),
        }
    )
    table = flags.groupby(_shown(seen["own"])).sum().astype(int)
    table["written_as"] = _shown(seen.loc[coded, "recorded"]).value_counts()
    table = table.loc[[*GROUPS, REST]].rename_axis("ethnic_group").reset_index()
    agrees = world.truth["datasets"]["L02"]["flaws"]["hospital"]["agrees_with_own_answer"]
    return table, {"agrees": {group: agrees[group] for group in GROUPS}}


def _last(rows):
    """Return each source's latest record of each person, as one of the 19 groups or nothing."""
    rows = rows.sort_values("recorded_on", kind="stable")
    rows = rows.drop_duplicates(["person_id", "source"], keep="last")
    to_2021 = {
        label: (categories.from_nhs2001(code) or (None,))[-1]
        for code, label in categories.NHS_2001.items()
    } | {label: label for label in (*categories.LABELS, *NOTHING)}
    recorded = rows["ethnic_group_recorded"].astype(str).map(to_2021)
    return rows.assign(source=rows["source"].astype(str), recorded=recorded)


def _shown(groups):
    return groups.where(groups.isin(GROUPS), REST)


def unfit(cohort):
    """Say why a class's table can't carry this exercise; such a world is passed over."""
    found = []
    table = cohort.table.set_index("ethnic_group")
    counts = table.drop(columns=["not_stated", "not_known"])
    smallest = int(counts.to_numpy().min())
    if smallest < SMALLEST:
        found.append(f"a count of {smallest} is too small to publish")
    best, worst = (
        table.at[g, "own_answer"] / _coded(table.loc[g]) for g in (COMPARED_WITH, POOREST)
    )
    if best - worst < 0.03:
        found.append("agreement is not clearly lower in the Black Caribbean group, by chance")
    if _coded(table.sum()) / table["seen"].sum() <= 0.8:
        found.append("fewer than four records in five have a group")
    return found


# -- what is right, and what each usual mistake comes to -----------------------------------------


def items(cohort):
    """Return the key of every machine-marked item, for one cohort."""
    table = cohort.table.set_index("ethnic_group")
    # Plain numbers: what is worked out from them is written into learners' feedback.
    whole, poorest, group, other = (
        row.astype(int).to_dict()
        for row in (table.sum(), *(table.loc[g] for g in (POOREST, SEEN_AS, COMPARED_WITH)))
    )
    seen, coded, stated = whole["seen"], _coded(whole), whole["not_stated"]
    right = whole["own_answer"]
    ratio = (group["written_as"] / group["seen"]) / (other["written_as"] / other["seen"])
    return {
        "ex06.q1": _four_qualities(),
        "ex06.q2": {
            "value": 100 * coded / seen,
            "tolerance": 0.15,
            "near": [
                {
                    "value": 100 * (coded + stated) / seen,
                    "misconception": "not stated as a group",
                    "feedback": "You counted people who chose not to state their group. That is an "
                    "answer, and a valid one, but it is not a group.",
                },
                {
                    "value": 100 * (seen - coded) / seen,
                    "misconception": "the missing for the complete",
                    "feedback": "That is the share without a group: what is missing, not what is "
                    "complete.",
                },
            ],
            "feedback": {
                "correct": "People with a group, out of everyone seen.",
                "not_yet": "Everyone seen, less not stated and not known, out of everyone seen.",
            },
        },
        "ex06.q3": {
            "value": 100 * whole["on_2021_list"] / coded,
            "tolerance": 0.15,
            "near": [
                {
                    "value": 100 * whole["on_2021_list"] / seen,
                    "misconception": "validity out of everyone",
                    "feedback": "You divided by everyone seen. A blank is not an invalid code: "
                    "validity is judged among the codes that are there.",
                },
                {
                    "value": 100 * (coded - whole["on_2021_list"]) / coded,
                    "misconception": "the invalid for the valid",
                    "feedback": "That is the share of codes from the old list.",
                },
            ],
            "feedback": {
                "correct": "Codes of today's list, out of the codes there are.",
                "not_yet": "How many groups are on record, and how many of these in today's list?",
            },
        },
        "ex06.q4": {
            "value": 100 * whole["same_at_gp"] / whole["also_at_gp"],
            "tolerance": 0.15,
            "near": [
                {
                    "value": 100 * whole["same_at_gp"] / coded,
                    "misconception": "consistency out of all codes",
                    "feedback": "You divided by everyone with a group. Two sources can be compared "
                    "only for people who have a group in both.",
                },
                {
                    "value": 100 * whole["also_at_gp"] / coded,
                    "misconception": "both for same",
                    "feedback": "That is how many have a group in both places, the same or not.",
                },
            ],
            "feedback": {
                "correct": "The same group in both, out of people with a group in both.",
                "not_yet": "Who can be compared at all? Start with the people in both.",
            },
        },
        "ex06.q5": {
            "value": 100 * right / coded,
            "tolerance": 0.15,
            "near": [
                {
                    "value": 100 * right / seen,
                    "misconception": "agreement out of everyone",
                    "feedback": "You divided by everyone seen. Where there is no group, nothing "
                    "can agree or disagree.",
                },
                {
                    "value": float(100 * (table["own_answer"] / _coded(table)).mean()),
                    "misconception": "mean of the rows",
                    "feedback": "You took the plain mean of the rows' percentages. Add up the "
                    "people first: the rows differ in size.",
                },
            ],
            "feedback": {
                "correct": "The person's own answer, out of people with a group.",
                "not_yet": "Among people with a group on record, how many find their own answer?",
            },
        },
        "ex06.q6": {
            "value": 100 * poorest["own_answer"] / _coded(poorest),
            "tolerance": 0.15,
            "near": [
                {
                    "value": 100 * poorest["own_answer"] / poorest["seen"],
                    "misconception": "agreement out of everyone",
                    "feedback": "You divided by everyone in the row. Leave out those without "
                    "a group.",
                },
                {
                    "value": 100 * right / coded,
                    "misconception": "everyone for one group",
                    "feedback": "That is the figure for all groups together, which is led by the "
                    "largest. Use one row only.",
                },
            ],
            "feedback": {
                "correct": "One group's own figure, which the overall one hides.",
                "not_yet": "Use one row only, and leave out the people without a group.",
            },
        },
        "ex06.q7": {
            "value": ratio,
            "tolerance": 0.008,
            "near": [
                {
                    "value": 1 / ratio,
                    "misconception": "ratio upside down",
                    "feedback": "Upside down: the group you ask about goes on top.",
                },
                {
                    "value": (group["own_answer"] / group["seen"])
                    / (other["own_answer"] / other["seen"]),
                    "misconception": "right codes for all codes",
                    "feedback": "You counted the right codes only. A report counts everyone who is "
                    "written down in the group, whoever they are.",
                },
                {
                    "value": group["written_as"] / other["written_as"],
                    "misconception": "counts for rates",
                    "feedback": "You divided two counts. The groups differ in size: divide each by "
                    "its own people first.",
                },
                {
                    "value": 1.0,
                    "misconception": "recording thought neutral",
                    "feedback": "The true rates are equal; what is reported is not, because the "
                    "records lose more of one group than of the other.",
                },
            ],
            "feedback": {
                "correct": "A gap out of nothing, made by recording alone.",
                "not_yet": "For each group: how many are written down, out of how many there are?",
            },
        },
        "ex06.q8": _directions(),
        "ex06.q9": _repairs(),
        "ex06.q10": _sentences(),
        "ex06.q11": _function(),
    }


def _coded(row):
    """Return how many people have a group on record."""
    return row["seen"] - row["not_stated"] - row["not_known"]


# -- the questions without numbers ---------------------------------------------------------------


def _match(right):
    return {"items": {item: {"right": choice} for item, choice in right.items()}}


def _four_qualities():
    return _match(
        {"none": "completeness", "old": "validity", "two": "consistency", "said": "agreement"}
    ) | {
        "slips": [
            {
                "item": "two",
                "choice": "agreement",
                "misconception": "two sources alike taken as proof",
                "feedback": "Neither of the two is the person. Two services can hold the same "
                "group and both be wrong.",
            },
            {
                "item": "none",
                "choice": "agreement",
                "misconception": "completeness taken for quality",
                "feedback": "Whether there is a group says nothing yet about whether it is right.",
            },
        ]
    }


def _directions():
    right = {
        "ward": "smaller",
        "crash": "same",
        "bucket": "larger",
        "left": "smaller",
        "both": "same",
    }
    said = {
        "ward": "The group's uncoded cases are counted as White British: follow one of them.",
        "crash": "As many are lost below the line as above it, in every group.",
        "bucket": "This group receives cases from others, and no people below the line.",
        "left": "Those who left are the ones who didn't recover, and they are not counted.",
        "both": "The group loses cases and people alike, and the comparator is large.",
    }
    why = {
        "ward": "a default thought harmless",
        "crash": "all missing data thought to hide gaps",
        "bucket": "numerator and denominator taken as one",
        "left": "dropping unknowns thought neutral",
        "both": "all wrong codes thought to hide gaps",
    }
    options = ("smaller", "same", "larger")
    return {
        "rows": {
            row: {
                "cells": {
                    "gap": {
                        "options": {
                            option: {"correct": True}
                            if option == answer
                            else {"feedback": said[row], "misconception": why[row]}
                            for option in options
                        }
                    }
                }
            }
            for row, answer in right.items()
        }
    }


def _repairs():
    return _match({"gap": "link", "here": "ask", "no": "leave", "offer": "decline"}) | {
        "slips": [
            {
                "item": "offer",
                "choice": "fill",
                "misconception": "a guess thought harmless",
                "feedback": "The mix of an area is a guess as well: nobody has been asked.",
            },
            {
                "item": "no",
                "choice": "ask",
                "misconception": "“not stated” to be driven to zero",
                "feedback": "They were asked, and answered. Asking until they give in is pressure.",
            },
            {
                "item": "here",
                "choice": "link",
                "misconception": "two sources alike taken as proof",
                "feedback": "Linking can't say which of two is right. The person can, and is here.",
            },
        ]
    }


def _sentences():
    wrong = {
        "copy": (
            "two sources alike taken as proof",
            "Hospital codes are often copied from the GP. Two copies of a mistake agree.",
        ),
        "full": (
            "completeness taken for quality",
            "A group on record is not yet the right one, and not for every group.",
        ),
        "refuse": (
            "the record's fault laid on people",
            "Compare the columns not stated and not known: most were never asked.",
        ),
    }
    return {
        "options": {
            "apart": {"correct": True},
            "bygroup": {"correct": True},
            **{
                name: {"misconception": misconception, "feedback": text}
                for name, (misconception, text) in wrong.items()
            },
        }
    }


# -- the function --------------------------------------------------------------------------------


def _usable(rows):
    return rows[~rows["recorded"].isin(NOTHING)]


def _agreement(rows):
    """Return the percentage of people whose latest group is their own answer."""
    last = _usable(rows).sort_values("recorded_on", kind="stable").groupby("person").last()
    return float(100 * (last["recorded"] == last["own"]).mean())


def _whatever_is_last(rows):
    last = rows.sort_values("recorded_on", kind="stable").groupby("person").last()
    return float(100 * (last["recorded"] == last["own"]).mean())


def _each_record(rows):
    known = _usable(rows)
    return float(100 * (known["recorded"] == known["own"]).mean())


def _in_file_order(rows):
    last = _usable(rows).groupby("person").last()
    return float(100 * (last["recorded"] == last["own"]).mean())


def _records(*rows):
    return pd.DataFrame(rows, columns=["person", "source", "recorded_on", "recorded", "own"])


def _function():
    """Return how `latest_agreement` is marked: on the table in the notebook and on others."""
    seen = _records(
        ("A", "GP", "2031-05-01", "Indian", "Indian"),
        ("A", "hospital", "2033-02-01", "Not known", "Indian"),
        ("B", "hospital", "2034-01-09", "Other White", "Roma"),
        ("B", "GP", "2032-06-30", "Roma", "Roma"),
        ("C", "GP", "2033-03-03", "Not stated", "Arab"),
        ("D", "GP", "2035-08-21", "White Irish", "White Irish"),
    )
    more = _records(
        ("K", "hospital", "2036-01-02", "Chinese", "Chinese"),
        ("K", "GP", "2031-01-02", "Other Asian", "Chinese"),
        ("L", "GP", "2032-02-02", "White British", "White British"),
        ("L", "hospital", "2035-05-05", "White British", "White British"),
        ("M", "hospital", "2033-11-30", "Any other ethnic group", "Arab"),
        ("M", "GP", "2034-11-30", "Not known", "Arab"),
        ("N", "GP", "2034-07-07", "Not stated", "Other Black"),
        ("O", "GP", "2031-09-09", "Other Mixed", "White and Asian"),
        ("O", "mental health", "2032-09-09", "White and Asian", "White and Asian"),
    )
    return Function(
        reference=_agreement,
        seen=(seen,),
        unseen=(
            more,
            more.iloc[::-1],
            pd.concat([more, seen]).set_axis(range(50, 65)),
        ),
        near=(
            NearFunction(
                "latest row whatever it says",
                _whatever_is_last,
                "Your function takes the latest row even where it says not known or not stated. "
                "Leave these out first: the latest *group* is wanted.",
                share=0.5,
            ),
            NearFunction(
                "records for people",
                _each_record,
                "Your function counts records. Take one group for each person, the latest, and "
                "count people.",
                share=0.25,
            ),
            NearFunction(
                "file order for dates",
                _in_file_order,
                "Your function takes the last row in the table, not the latest by date. Sort by "
                "recorded_on first.",
                share=0.5,
            ),
            NearFunction(
                "a share for a percentage",
                lambda rows: _agreement(rows) / 100,
                "The people are right; the result is to be a percentage.",
                share=0.75,
            ),
        ),
        right="It works on tables you have not seen.",
    )
