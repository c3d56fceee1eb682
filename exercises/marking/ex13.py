"""How ex13-needs-and-equity-audit is marked: for instructors, never released.

`cohort` makes a class's diabetes cascade out of its own world, need included; `items` works out,
from that table, what is right and what each usual mistake comes to. No expected value is written
down anywhere.
"""

from eeic.stats import gaps

#: Which outcome of the lesson each item tests.
OUTCOMES = {
    "ex13.q1": "M13.1",
    "ex13.q2": "M13.1",
    "ex13.q3": "M13.2",
    "ex13.q4": "M13.2",
    "ex13.q5": "M13.2",
    "ex13.q6": "M13.3",
    "ex13.q7": "M13.3",
    "ex13.q8": "M13.3",
    "ex13.q9": "M13.3",
    "ex13.q10": "M13.4",
    "ex13.q11": "M13.4",
}
GROUP = "Pakistani"
COMPARED_WITH = "White British"
#: The groups with enough people in a world of this size for every count to be published.
GROUPS = ("Indian", GROUP, COMPARED_WITH, "Other White")
SMALLEST = 5
#: mmol/mol: the line that the lesson's audit draws.
IN_RANGE = 58
#: Illustrative pounds of the two repairs, as the exercise states them.
SET_UP, EACH = 10_000, 150
#: Each step: the column of those who came to it, and of those who got through.
STEPS = {
    "access": ("need", "found"),
    "quality": ("found", "nine_checks"),
    "outcome": ("nine_checks", "in_range"),
}
#: What the exercise is about: two steps that fall clearly short, and one that does not.
MEANT = {"access": "lower", "quality": "lower", "outcome": "none"}


# -- a class's data ------------------------------------------------------------------------------


def cohort(world):
    """Return the learners' table and what really made its gaps, from a cohort's own world."""
    need = world.latent.loc[world.latent["has_diabetes"], ["person_id"]]
    groups = world.tables["L01"][["person_id", "ethnic_group_self"]]
    # L03 repeats a few rows on purpose; that lesson is another module's.
    checks = world.tables["L03"].drop_duplicates("person_id")
    rows = need.merge(groups, on="person_id").merge(
        checks[["person_id", "all_nine", "hba1c"]].assign(found=1), on="person_id", how="left"
    )
    found = rows["found"].fillna(0).astype(int)
    nine = found * (rows["all_nine"] == "yes")
    rows = rows.assign(
        need=1,
        found=found,
        nine_checks=nine,
        in_range=nine * rows["hba1c"].le(IN_RANGE).fillna(False).astype(int),
    ).rename(columns={"ethnic_group_self": "ethnic_group"})
    counts = ["need", "found", "nine_checks", "in_range"]
    table = rows.groupby("ethnic_group", observed=True)[counts].sum()
    people = groups["ethnic_group_self"].value_counts()
    table.insert(0, "residents", people.reindex(table.index).astype(int))
    table = table.loc[list(GROUPS)].reset_index()
    table["ethnic_group"] = table["ethnic_group"].astype(str)
    if _faults(table):  # the record takes longest: not for a world that is passed over anyway
        return table, {"contributions": {}}
    gap = world.truth["indicators"]["all_nine"]["gaps"][GROUP]
    return table, {"contributions": gap["contributions"]}


def unfit(cohort):
    """Say why a class's table can't carry this exercise; such a world is passed over."""
    return _faults(cohort.table)


def _faults(table):
    found = []
    smallest = int(table.select_dtypes("number").to_numpy().min())
    if smallest < SMALLEST:
        return [f"a count of {smallest} is too small to publish"]
    shown = _verdicts(table)
    found += [
        f"{name} shows as {shown[name]}, by chance" for name in MEANT if shown[name] != MEANT[name]
    ]
    mine, theirs = _counts(table, GROUP), _counts(table, COMPARED_WITH)
    if _to_end(mine, theirs, "quality") < 1.2 * _to_end(mine, theirs, "access"):
        found.append("repairing access brings as many to the end, against the story")
    if mine["found"] - mine["nine_checks"] <= mine["need"] - mine["found"]:
        found.append("more people are lost at the door, against the story")
    return found


# -- what is right, and what each usual mistake comes to -----------------------------------------


def items(cohort):
    """Return the key of every machine-marked item, for one cohort."""
    mine, theirs = _counts(cohort.table, GROUP), _counts(cohort.table, COMPARED_WITH)
    use, other_use = (one["found"] / one["need"] for one in (mine, theirs))
    quality, other_quality = (one["nine_checks"] / one["found"] for one in (mine, theirs))
    outcome = mine["in_range"] / mine["nine_checks"]
    through = mine["found"] * other_quality - mine["nine_checks"]
    newly_found = mine["need"] * other_use - mine["found"]
    end = _to_end(mine, theirs, "access")
    quality_end = through * outcome
    cost = SET_UP + EACH * through
    return {
        "ex13.q1": _kinds(),
        "ex13.q2": {
            "value": use / other_use,
            "tolerance": 0.011,
            "near": [
                {
                    "value": other_use / use,
                    "misconception": "ratio upside down",
                    "feedback": "Upside down: the group you ask about goes on top, the group you "
                    "compare with below.",
                },
                {
                    "value": (mine["found"] / mine["residents"])
                    / (theirs["found"] / theirs["residents"]),
                    "misconception": "use rate for use out of need",
                    "feedback": "You counted out of all residents, so need has dropped out. Count "
                    "out of those with diabetes.",
                },
                {
                    "value": mine["found"] / theirs["found"],
                    "misconception": "counts for shares",
                    "feedback": "You divided one count by the other. The groups differ in size: "
                    "make each a share of its own need first.",
                },
            ],
            "feedback": {
                "correct": "Each group's use out of its own need, then one over the other.",
                "not_yet": "For each group, found out of those with diabetes; then divide.",
            },
        },
        "ex13.q3": {
            "value": 100 * quality,
            "tolerance": 0.6,
            "near": [
                {
                    "value": 100 * mine["nine_checks"] / mine["need"],
                    "misconception": "out of need for out of the step",
                    "feedback": "You divided by everyone with diabetes. A step's share is out of "
                    "those who came to it: people who were found.",
                },
                {
                    "value": 100 * (1 - quality),
                    "misconception": "those lost for those through",
                    "feedback": "That is the share lost at this step. The question asks who got "
                    "through.",
                    "share": 0.5,
                },
            ],
            "feedback": {
                "correct": "Out of those who came to the step.",
                "not_yet": "Those with all nine checks, out of those found.",
            },
        },
        "ex13.q4": {
            "value": 100 * mine["in_range"] / mine["need"],
            "tolerance": 0.5,
            "near": [
                {
                    "value": 100 * mine["in_range"] / mine["found"],
                    "misconception": "out of users for out of need",
                    "feedback": "You began at the register, so those never found are left out. "
                    "Begin with everyone who has diabetes.",
                },
                {
                    "value": 100 * outcome,
                    "misconception": "the last step for the whole way",
                    "feedback": "That is the last step alone. Right through means out of everyone "
                    "with diabetes.",
                },
            ],
            "feedback": {
                "correct": "From need to the end, in one figure.",
                "not_yet": "Those at the end, out of all with diabetes.",
            },
        },
        "ex13.q5": _card(mine, _verdicts(cohort.table)),
        "ex13.q6": {
            "value": through,
            "tolerance": 0.6,
            "near": [
                {
                    "value": mine["found"] - mine["nine_checks"],
                    "misconception": "all who went without",
                    "feedback": "That is everyone who was found and went without. The repair lifts "
                    "the step to the other group's share, and not to all.",
                },
                {
                    "value": mine["need"] * (other_quality - quality),
                    "misconception": "out of need for out of the step",
                    "feedback": "You applied the gap to everyone with diabetes. Only people who "
                    "were found come to this step.",
                },
            ],
            "feedback": {
                "correct": "How many would be expected at the other share, less those there are.",
                "not_yet": "Apply the White British share to the Pakistani residents found, then "
                "take away those who had all nine.",
            },
        },
        "ex13.q7": {
            "value": end,
            "tolerance": 0.35,
            "near": [
                {
                    "value": newly_found,
                    "misconception": "a step gained taken for a result",
                    "feedback": "So many are newly found. They meet the same leaks as everyone "
                    "else: how many get all nine checks, and of those, how many are in range?",
                },
                {
                    "value": newly_found * quality,
                    "misconception": "a later leak forgotten",
                    "feedback": "That is after the checks. One more step still loses people.",
                    "share": 0.5,
                },
            ],
            "feedback": {
                "correct": "Newly found, times the share of each later step.",
                "not_yet": "First how many more are found; then multiply by the group's own share "
                "at each later step.",
            },
        },
        "ex13.q8": {
            "value": 10_000 * quality_end / cost,
            "tolerance": 0.25,
            "near": [
                {
                    "value": 10_000 * through / cost,
                    "misconception": "a step gained taken for a result",
                    "feedback": "You counted people after the checks. The question is how many "
                    "have blood sugar in range at the end.",
                },
                {
                    "value": 10_000 * quality_end / (EACH * through),
                    "misconception": "set-up forgotten",
                    "feedback": "You left out what it costs to set the repair up. With few people "
                    "it is most of the cost.",
                },
                {
                    "value": cost / quality_end,
                    "misconception": "pounds a person for people a pound",
                    "feedback": "That is pounds for each person at the end. The question is people "
                    "for every £10,000.",
                },
            ],
            "feedback": {
                "correct": "People at the end, over the whole cost, times 10,000.",
                "not_yet": "Cost is the set-up and so much for each person newly through; divide "
                "the people at the end by it, and multiply by 10,000.",
            },
        },
        "ex13.q9": _leak(),
        "ex13.q10": _sentences(),
    }


def _counts(table, group):
    """Return a group's counts."""
    counts = table[table["ethnic_group"] == group].iloc[0]
    return {name: int(counts[name]) for name in table.columns if name != "ethnic_group"}


def _to_end(mine, theirs, step):
    """Return how many more reach the end if one step is lifted to the other group's share."""
    came, passed = STEPS[step]
    through = mine[came] * theirs[passed] / theirs[came] - mine[passed]
    return through * mine["in_range"] / mine[passed]


def _verdicts(table):
    """Say how the group compares at each step: "higher", "lower" or "none"."""
    one, other = _counts(table, GROUP), _counts(table, COMPARED_WITH)
    said = {}
    for name, (came, passed) in STEPS.items():
        found = gaps.risk_difference(one[passed], one[came], other[passed], other[came]).iloc[0]
        said[name] = "higher" if found["lower"] > 0 else "lower" if found["upper"] < 0 else "none"
    return said


# -- the questions without numbers ---------------------------------------------------------------


def _kinds():
    right = {
        "model": "epidemiological",
        "register": "supply",
        "asked": "expressed",
        "told": "felt",
        "twin": "comparative",
    }
    return {
        "items": {name: {"right": kind} for name, kind in right.items()},
        "slips": [
            {
                "item": "asked",
                "choice": "epidemiological",
                "misconception": "low demand is low need",
                "feedback": "Calls count those who could ring. Who could benefit may be many more.",
            },
            {
                "item": "register",
                "choice": "expressed",
                "misconception": "supply taken for demand",
                "feedback": "So many places are offered. Nobody knows how many would be asked for.",
            },
            {
                "item": "told",
                "choice": "expressed",
                "misconception": "felt and expressed need mixed up",
                "feedback": "They said what they want when somebody came and asked. No service has "
                "been asked for it yet.",
            },
        ],
    }


def _card(mine, verdict):
    said = {
        "higher": "Look again at whether the interval lies wholly above zero.",
        "lower": "Look again at whether the interval lies wholly below zero.",
        "none": "Look again at whether the interval takes in zero.",
    }
    rows = {}
    for name, (came, passed) in STEPS.items():
        lost = mine[came] - mine[passed]
        near = [
            {
                "value": mine[passed],
                "misconception": "those through for those lost",
                "feedback": "this is how many got through.",
            }
        ]
        if came != "need":
            near.append(
                {
                    "value": mine["need"] - mine[passed],
                    "misconception": "lost so far for lost here",
                    "feedback": "this counts everyone lost so far. At this step, only those who "
                    "came to it can be lost.",
                }
            )
        rows[name] = {
            "cells": {
                "lost": {
                    "value": lost,
                    "tolerance": 0.5,
                    # Where two numbers happen to be the same, the mistake cannot be told apart.
                    "near": [slip for slip in near if abs(slip["value"] - lost) > 1],
                },
                "gap": {
                    "options": {
                        option: {"correct": True}
                        if option == verdict[name]
                        else {"feedback": text, "misconception": "interval misread"}
                        for option, text in said.items()
                    }
                },
            }
        }
    return {"rows": rows}


def _leak():
    return {
        "options": {
            "access": {
                "misconception": "the first leak taken for the largest",
                "feedback": "It falls clearly short. Fewer people are lost there, and most of "
                "those brought through it are lost again at the checks.",
            },
            "quality": {
                "correct": True,
                "feedback": "Most are lost here, clear of chance, and they reach the end.",
            },
            "outcome": {
                "misconception": "a repair of nothing",
                "feedback": "At this step the groups do not differ by more than chance might make.",
            },
            "none": {
                "misconception": "needs described, nothing done",
                "feedback": "It is enough to act on, with a way to notice if you are wrong.",
            },
        },
        "because": {
            "options": {
                "three": {"correct": True},
                "first": {
                    "feedback": "Being first does not make a leak large, or its repair lasting."
                },
                "cheap": {"feedback": "Cost comes after the question whether anybody is returned."},
                "few": {
                    "feedback": "Small numbers are a reason to say how sure you are, and not to "
                    "wait.",
                },
            }
        },
    }


def _sentences():
    wrong = {
        "group": (
            "one voice taken for a group",
            "One carer told of one visit. It is not what a community thinks.",
        ),
        "proof": (
            "a voice taken for a count",
            "A voice shows how a step can fail. It cannot show how often.",
        ),
        "lack": (
            "deficit framing",
            "Nobody measured motivation, in this group or in the other.",
        ),
    }
    right = {
        "join": "One sentence joins a count and a voice about the same step, and keeps them apart.",
        "works": "One sentence keeps a voice that says what works.",
        "missing": "One sentence says whose knowledge is missing.",
    }
    return {
        "options": {
            **{name: {"correct": True, "missed": text} for name, text in right.items()},
            **{
                name: {"misconception": slip, "feedback": text}
                for name, (slip, text) in wrong.items()
            },
        }
    }
