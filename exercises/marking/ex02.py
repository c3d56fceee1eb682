"""How ex02-what-ethnicity-is is marked: for instructors, never released.

`cohort` makes a class's table out of its own world; `items` works out, from that table, what is
right and what each usual mistake comes to. No expected value is written down anywhere. The
mapping follows `eeic.categories`.
"""

import pandas as pd

from eeic import categories
from eeic.grading.items import Function, NearFunction

ROMA = "Roma"
#: The dashboard's bars, in the words that it uses.
BARS = ("White", "BAME")
SMALLEST = 5
#: A bar has to hide enough to be worth the question.
LEAST_RANGE = 15

OUTCOMES = {
    "ex02.q1": "M2.2",
    "ex02.q2": "M2.2",
    "ex02.q3": "M2.2",
    "ex02.q4": "M2.2",
    "ex02.q5": "M2.2",
    # Two of its sentences take nationality or religion for ethnicity.
    "ex02.q6": ("M2.1", "M2.3"),
    "ex02.q7": "M2.2",
    "ex02.q8": "M2.4",
    "ex02.q9": "M2.2",
    "ex02.q10": "M2.3",
}


# -- a class's data ------------------------------------------------------------------------------


def cohort(world):
    """Return the learners' table and what the world says of it, from a cohort's own world."""
    people = world.tables["L01"]
    group = people["ethnic_group_self"].astype(str)
    fifth = people["deprivation_fifth"].astype(str)
    rows = pd.DataFrame(
        {"ethnic_group": group, "people": 1, "deprived": (fifth == "1").astype(int)}
    )
    table = rows.groupby("ethnic_group")[["people", "deprived"]].sum()
    table = table.loc[categories.ordered(table.index)].reset_index()
    table["bar"] = [
        BARS[categories.TO_HIGH_LEVEL[name] != "White"] for name in table["ethnic_group"]
    ]
    return table, {"groups": len(table)}


def unfit(cohort):
    """Say why a class's table can't carry this exercise; such a world is passed over."""
    table, found = cohort.table, []
    smallest = int(table[["people", "deprived"]].to_numpy().min())
    if smallest < SMALLEST or len(table) < len(categories.LABELS):
        found.append(f"a count of {smallest} is too small to publish")
        return found
    shares, bars = _shares(table), _bars(table)
    inside = shares[table.set_index("ethnic_group")["bar"] == "BAME"]
    if inside.max() - inside.min() < LEAST_RANGE:
        found.append("the groups in a bar hardly differ, by chance")
    if shares[ROMA] <= bars["BAME"]:
        found.append("the share of Roma residents is below the other bar's, by chance")
    return found


def _shares(table):
    """Return each group's share in percent."""
    rows = table.set_index("ethnic_group")
    return 100 * rows["deprived"] / rows["people"]


def _bars(table):
    """Return each bar's share in percent."""
    sums = table.groupby("bar")[["people", "deprived"]].sum()
    return 100 * sums["deprived"] / sums["people"]


# -- what is right, and what each usual mistake comes to -----------------------------------------


def items(cohort):
    """Return the key of every machine-marked item, for one cohort."""
    table = cohort.table
    shares, bars = _shares(table), _bars(table)
    rows = table.set_index("ethnic_group")
    other = rows["bar"] == "BAME"
    inside = shares[other]
    living = table.groupby("bar")["deprived"].sum()
    everyone = 100 * living["White"] / table["people"].sum()
    return {
        "ex02.q1": _mapping(),
        "ex02.q2": _back_again(),
        "ex02.q3": {
            "value": float(inside.max() - inside.min()),
            "tolerance": 0.3,
            "near": [
                {
                    "value": float(shares.max() - shares.min()),
                    "misconception": "all groups for one bar",
                    "feedback": "You took all 19 groups. The question is about the groups in one "
                    "bar: leave out those under White.",
                },
                {
                    "value": float(inside.max()),
                    "misconception": "the highest share alone",
                    "feedback": "That is the highest share. Take the lowest from it.",
                },
                {
                    "value": float(inside.max() / inside.min()),
                    "misconception": "ratio for difference",
                    "feedback": "That is how many times as high. In percentage points, one share "
                    "is taken from the other.",
                    "tolerance": 0.05,
                },
                {
                    "value": int(
                        rows.loc[other, "deprived"].max() - rows.loc[other, "deprived"].min()
                    ),
                    "misconception": "counts for shares",
                    "feedback": "You took one count from another. Groups differ in size: turn each "
                    "count into a share of the group first.",
                },
            ],
            "feedback": {
                "correct": "One bar, and this much inside it.",
                "not_yet": "First a share for each group in the bar: those living in these areas, "
                "out of the group's residents.",
            },
        },
        "ex02.q4": {
            "value": float(shares[ROMA]),
            "tolerance": 0.3,
            "near": [
                {
                    "value": float(bars["White"]),
                    "misconception": "the bar for the group",
                    "feedback": "That is the figure of the whole bar, in which Roma residents are "
                    "a very small part.",
                },
                {
                    "value": float(100 * rows.loc[ROMA, "deprived"] / living.sum()),
                    "misconception": "share of the area for share of the group",
                    "feedback": "That is out of everybody who lives in these areas. The question "
                    "is out of all Roma residents.",
                    "tolerance": 0.1,
                },
                {
                    "value": int(rows.loc[ROMA, "deprived"]),
                    "misconception": "a count for a share",
                    "feedback": "That is how many people. Out of how many Roma residents?",
                },
            ],
            "feedback": {
                "correct": "Out of the group's own residents: a figure that the bar does not show.",
                "not_yet": "Divide those living in these areas by all Roma residents.",
            },
        },
        "ex02.q5": {
            "value": float(100 * living["White"] / living.sum()),
            "tolerance": 0.6,
            "near": [
                {
                    "value": float(bars["White"]),
                    "misconception": "share of the group for share of the area",
                    "feedback": "That is out of everybody in the bar. The team meets those who "
                    "live in these areas: count out of them.",
                },
                {
                    "value": float(100 * living["BAME"] / living.sum()),
                    "misconception": "the other bar",
                    "feedback": "That is the other bar's part.",
                },
                {
                    "value": float(everyone),
                    "misconception": "out of everyone",
                    "feedback": "You counted out of all residents of Lindlemere. Count out of "
                    "those who live in these areas.",
                },
            ],
            "feedback": {
                "correct": "The lower bar can still hold many of the people whom the team meets.",
                "not_yet": "Add up the last column for each bar, then take the one out of both.",
            },
        },
        "ex02.q6": _problems(),
        "ex02.q7": _notes(),
        "ex02.q8": _not_stated(),
        "ex02.q9": _function(table),
    }


# -- the questions without numbers ---------------------------------------------------------------


def _fate(label):
    """Say what becomes of a census group in the codes of 2001."""
    code = categories.TO_NHS_2001[label]
    if len(categories.FROM_NHS_2001[code]) > 1:
        return code, "joined"
    same = categories.NHS_2001_HIGH_LEVEL[code] == categories.TO_HIGH_LEVEL[label]
    return code, "kept" if same else "moved"


def _mapping():
    """Return the key of the mapping table, from the course's lists."""
    labels = {
        "pakistani": "Pakistani",
        "chinese": "Chinese",
        "roma": "Roma",
        "arab": "Arab",
        "irish": "White Irish",
    }
    said = {
        "kept": "A group that shares its code cannot be told apart, and one that stands under "
        "another heading is not where it was.",
        "moved": "Look at the heading that the group stands under in each of the two years.",
        "joined": "See whether any other group is recorded in the same code.",
    }
    rows = {}
    for name, label in labels.items():
        code, fate = _fate(label)
        codes = {
            option: {
                "feedback": "2001 had fewer codes than the census has groups: a group without one "
                "goes into the remainder of its own heading.",
                "misconception": "wrong code of 2001",
            }
            for option in ("a", "b", "c", "j", "l", "r", "s")
        }
        fates = {
            option: {"feedback": said[option], "misconception": "loss not seen"} for option in said
        }
        codes[code.lower()] = {"correct": True}
        fates[fate] = {"correct": True}
        rows[name] = {"cells": {"code": {"options": codes}, "fate": {"options": fates}}}
    return {"rows": rows}


def _back_again():
    return {
        "options": {
            "third": {
                "misconception": "equal parts assumed",
                "feedback": "Nothing makes groups that share a code equally large.",
            },
            "area": {
                "misconception": "an average put on a person",
                "feedback": "An area's figures can share out a count, as an estimate. They can't "
                "say who a patient is.",
            },
            "untold": {"correct": True, "feedback": "And asking gives a better record as well."},
            "none": {
                "misconception": "wrong code of 2001",
                "feedback": "Roma stands under White in the census, and goes into the remainder of "
                "that heading.",
            },
        },
        "because": {
            "options": {
                "joined": {"correct": True},
                "even": {
                    "misconception": "equal parts assumed",
                    "feedback": "Groups that share a code can be of very different size.",
                },
                "average": {
                    "misconception": "an average put on a person",
                    "feedback": "What holds on average need not hold of anybody in particular.",
                },
            }
        },
    }


def _problems():
    """Return what is the matter with each sentence."""
    right = {
        "s1": "lump",
        "s2": "blame",
        "s3": "mix",
        "s4": "blank",
        "s5": "fine",
        "s6": "blame",
        "s7": "fine",
        "s8": "mix",
    }
    why = {
        "lump": "Look at what is joined under one word, and whether the groups are alike.",
        "blame": "Ask who is said to have failed, and whether anybody looked at the cause.",
        "mix": "Ask what was recorded, and what it was taken for.",
        "blank": "Ask whether the people had been asked, and what they said.",
        "fine": "Read it as the people in it would: does it name, count and place things fairly?",
    }
    return {
        "rows": {
            name: {
                "cells": {
                    "problem": {
                        "options": {
                            option: {"correct": True}
                            if option == right[name]
                            else {
                                "feedback": why[right[name]],
                                "misconception": f"{right[name]} not seen",
                            }
                            for option in why
                        }
                    }
                }
            }
            for name in right
        }
    }


def _notes():
    return {
        "options": {
            "scheme": {"correct": True},
            "two": {
                "misconception": "joining thought to be harmless",
                "feedback": "The two bars can be made again, but not the reason to: they hide "
                "what the 19 rows show.",
            },
            "rows": {"correct": True},
            "prefer": {
                "misconception": "a pattern taken for a wish",
                "feedback": "The table counts where people live. Rents, wages, housing and "
                "history are not in it, and wishes least of all.",
            },
            "hides": {"correct": True},
            "fill": {
                "misconception": "blanks put into a group",
                "feedback": "Nobody chose that group for them. It changes the group's figures "
                "and hides the gap in the record.",
            },
        }
    }


def _not_stated():
    return {
        "options": {
            "again": {
                "misconception": "refusal treated as missing work",
                "feedback": "They have answered. Asking until they give in costs trust, and a "
                "forced code is no better than a guess.",
            },
            "accept": {"correct": True},
            "guess": {
                "misconception": "complete taken for right",
                "feedback": "A code from a name records the guesser, against the patient's wish.",
            },
            "drop": {
                "misconception": "not stated left out",
                "feedback": "They are patients too: count them, in a row of their own.",
            },
        },
        "because": {
            "options": {
                "answer": {"correct": True},
                "target": {
                    "misconception": "complete taken for right",
                    "feedback": "A full column can be full of guesses.",
                },
                "few": {
                    "feedback": "Few people can matter much. It is their answer that settles it.",
                },
            }
        },
    }


def _range(rows):
    """Return the highest share less the lowest, in percentage points."""
    shares = 100 * rows["deprived"] / rows["people"]
    return float(shares.max() - shares.min())


def _function(table):
    """Return how `hidden_range` is marked: on the cohort's bars and on others."""
    columns = ["ethnic_group", "people", "deprived"]
    seen = tuple(
        table.loc[table["bar"] == bar, columns].reset_index(drop=True) for bar in BARS[::-1]
    )
    unseen = (
        # Rows cut out of a larger table keep that table's row numbers.
        table.loc[table["ethnic_group"].isin(["Indian", "Roma", "White Irish"]), columns],
        pd.DataFrame(
            {
                "deprived": [31, 0, 12, 44],
                "people": [210, 180, 760, 95],
                "ethnic_group": ["north", "east", "south", "west"],
            }
        ),
        pd.DataFrame({"ethnic_group": ["one"], "people": [400], "deprived": [130]}),
    )
    return Function(
        reference=_range,
        seen=seen,
        unseen=unseen,
        near=(
            NearFunction(
                "counts for shares",
                lambda rows: float(rows["deprived"].max() - rows["deprived"].min()),
                "Your function takes one count from another. Turn each count into a share of its "
                "group's residents first.",
                share=0.25,
            ),
            NearFunction(
                "not in percentage points",
                lambda rows: _range(rows) / 100,
                "The difference is right; it is to be in percentage points, so times 100.",
                share=0.75,
            ),
            NearFunction(
                "the bar for the lowest group",
                lambda rows: float(
                    (100 * rows["deprived"] / rows["people"]).max()
                    - 100 * rows["deprived"].sum() / rows["people"].sum()
                ),
                "Your function takes the whole bar's share from the highest. Take the lowest "
                "group's share.",
                share=0.5,
            ),
        ),
        right="It works on tables you have not seen.",
    )
