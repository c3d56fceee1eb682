"""How ex04-seeing-the-gap is marked: for instructors, never released.

Two functions are read by `eeic.grading`. `cohort` makes a class's table out of its own world;
`items` works out, from that table, what is right and what each usual mistake comes to. No
expected value is written down anywhere.
"""

import pandas as pd

from eeic.grading.items import Function, NearFunction
from eeic.stats import gaps, standardise

#: Item -> the outcome of the module that it tests.
OUTCOMES = {
    "ex04.q1": "M4.3",
    **dict.fromkeys(("ex04.q2", "ex04.q3", "ex04.q6", "ex04.q7"), "M4.1"),
    **dict.fromkeys(("ex04.q4", "ex04.q5", "ex04.q11"), "M4.2"),
    "ex04.q8": ("M4.3", "M4.4"),
    "ex04.q9": "M4.4",
    "ex04.q10": "M4.4",
    "ex04-q12": "M4.4",
}

GROUP = "Pakistani"
COMPARED_WITH = "White British"
#: Three bands keep every count large enough to publish and to standardise by.
BANDS = {"under 45": (0, 44), "45 to 64": (45, 64), "65 and over": (65, 200)}
#: The checks that are compared: their name in the questions, in the table and in the truth.
CHECKS = {"eye": ("eye_check", "cp9_eye"), "nine": ("all_nine", "all_nine")}
#: The groups with enough people in a world of this size for every count to be published.
GROUPS = ("Indian", GROUP, COMPARED_WITH, "Other White")
SMALLEST = 5
#: What the exercise is about: a gap that only allowing for age shows, none, and a clear one.
MEANT = {"found": "higher", "eye": "none", "nine": "lower"}


# -- a class's data ------------------------------------------------------------------------------


def cohort(world):
    """Return the learners' table and what really made its gaps, from a cohort's own world."""
    people = world.tables["L01"]
    # L03 repeats a few rows on purpose; that lesson is another module's.
    checks = world.tables["L03"].drop_duplicates("person_id")
    everyone = people.merge(
        checks[["person_id", "cp9_eye", "all_nine"]].assign(diabetes=1), on="person_id", how="left"
    )
    everyone = everyone.assign(
        age_band=pd.cut(
            everyone["age"], [low - 1 for low, _ in BANDS.values()] + [200], labels=list(BANDS)
        ),
        people=1,
        with_diabetes=everyone["diabetes"].fillna(0).astype(int),
        eye_check=(everyone["cp9_eye"] == "yes").astype(int),
        all_nine=(everyone["all_nine"] == "yes").astype(int),
    )
    counts = ["people", "with_diabetes", "eye_check", "all_nine"]
    everyone = everyone.rename(columns={"ethnic_group_self": "ethnic_group"})
    table = everyone.groupby(["ethnic_group", "age_band"], observed=True)[counts].sum()
    table = table.loc[list(GROUPS)].reset_index()
    standard = everyone.groupby("age_band", observed=True)["people"].sum()
    table["all_people"] = table["age_band"].astype(str).map(standard).astype(int)
    return table, {"gap": _true_gaps(world)}


def _true_gaps(world):
    """Return the gaps that the world was made with, luck left out and age allowed for."""
    made = {
        name: world.truth["indicators"][name]["gaps"][GROUP]["contributions"]
        for name in ("diagnosed_diabetes", *(column for _, column in CHECKS.values()))
    }
    gaps_by_age = {
        name: sum(part for cause, part in parts.items() if cause != "age_structure")
        for name, parts in made.items()
    }
    return {
        "found": gaps_by_age["diagnosed_diabetes"],
        **{name: gaps_by_age[column] for name, (_, column) in CHECKS.items()},
    }


def unfit(cohort):
    """Say why a class's table can't carry this exercise; such a world is passed over."""
    found = []
    smallest = int(cohort.table.select_dtypes("number").to_numpy().min())
    if smallest < SMALLEST:
        found.append(f"a count of {smallest} is too small to publish")
    shown = _verdicts(cohort.table)
    found += [
        f"{name} shows as {shown[name]}, by chance" for name in MEANT if shown[name] != MEANT[name]
    ]
    return found


# -- what is right, and what each usual mistake comes to -----------------------------------------


def items(cohort):
    """Return the key of every machine-marked item, for one cohort."""
    table = cohort.table
    group, other = _counts(table, GROUP), _counts(table, COMPARED_WITH)
    crude = 1000 * group["with_diabetes"] / group["people"]
    crude_other = 1000 * other["with_diabetes"] / other["people"]
    fair, fair_other = (_standardised(_strata(table, g)) for g in (GROUP, COMPARED_WITH))
    nine, nine_other = (100 * g["all_nine"] / g["with_diabetes"] for g in (group, other))
    verdict = _verdicts(table)
    no_gap = [name for name, gap in cohort.truth["gap"].items() if abs(gap) < 0.005]
    return {
        "ex04.q1": _out_of_whom(),
        "ex04.q2": {
            "value": crude,
            "tolerance": 0.01 * crude,
            "near": [
                {
                    "value": crude / 10,
                    "misconception": "per 100 for per 1,000",
                    "feedback": "That is a percentage. The board's papers use a rate per 1,000.",
                    "share": 0.5,
                },
                {
                    "value": 1000 * group["with_diabetes"] / int(table["with_diabetes"].sum()),
                    "misconception": "share of cases for rate",
                    "feedback": "You divided by everyone in the table with diabetes. That is the "
                    "group's share of the cases; a rate is out of the group's own people.",
                },
                {
                    "value": 1000
                    * group["with_diabetes"]
                    / (group["people"] - group["with_diabetes"]),
                    "misconception": "odds for rate",
                    "feedback": "You divided by the people without diabetes, which gives odds. A "
                    "rate is out of all the people in the group.",
                },
            ],
            "feedback": {
                "correct": "The group's own cases, out of the group's own people.",
                "not_yet": "Add up the three age bands first: cases, then people.",
            },
        },
        "ex04.q3": {
            "value": crude / crude_other,
            "tolerance": 0.01 * crude / crude_other,
            "near": [
                {
                    "value": crude_other / crude,
                    "misconception": "ratio upside down",
                    "feedback": "Upside down: the group you ask about goes on top, the group you "
                    "compare with below.",
                },
                {
                    "value": group["with_diabetes"] / other["with_diabetes"],
                    "misconception": "counts for rates",
                    "feedback": "You divided one count by the other. The groups differ in size, so "
                    "turn each count into a rate first.",
                },
            ],
            "feedback": {
                "correct": "One crude rate over the other.",
                "not_yet": "Work out both crude rates, then divide one by the other.",
            },
        },
        "ex04.q4": {
            "value": fair,
            "tolerance": 0.01 * fair,
            "near": [
                {
                    "value": crude,
                    "misconception": "crude for standardised",
                    "feedback": "That is still the crude rate: it counts each age band by how many "
                    "people the group has in it. Count each by how many people Lindlemere has.",
                },
                {
                    "value": _plain_mean(_strata(table, GROUP)),
                    "misconception": "plain mean of age bands",
                    "feedback": "You took the plain mean of the three age bands' rates, as if each "
                    "band had the same number of people. Weight them by Lindlemere's people.",
                },
                {
                    "value": fair_other,
                    "misconception": "the other group",
                    "feedback": "That is the White British group's standardised rate.",
                },
            ],
            "feedback": {
                "correct": "The group's rate in each age band, weighted by Lindlemere's ages.",
                "not_yet": "First a rate for each age band, then weights that are the same for "
                "every group: the column for all Lindlemere.",
            },
        },
        "ex04.q5": {
            "value": fair / fair_other,
            "tolerance": 0.01 * fair / fair_other,
            "near": [
                {
                    "value": crude / crude_other,
                    "misconception": "crude for standardised",
                    "feedback": "That is the ratio of the crude rates again. Use both "
                    "standardised rates.",
                },
                {
                    "value": fair_other / fair,
                    "misconception": "ratio upside down",
                    "feedback": "Upside down: the group you ask about goes on top.",
                },
                {
                    "value": fair / crude_other,
                    "misconception": "standardised over crude",
                    "feedback": "One rate is standardised and the other is not. Allow for age in "
                    "both, or the comparison is not a fair one.",
                },
            ],
            "feedback": {
                "correct": "Both rates now stand on the same ages.",
                "not_yet": "Standardise both groups to all Lindlemere, then divide.",
            },
        },
        "ex04.q6": {
            "value": nine - nine_other,
            "tolerance": 0.15,
            "near": [
                {
                    "value": nine_other - nine,
                    "misconception": "difference the other way round",
                    "feedback": "The sign is the other way round: the group you ask about comes "
                    "first, and the one you compare with is taken from it.",
                    "share": 0.5,
                },
                {
                    "value": 100 * (nine / nine_other - 1),
                    "misconception": "relative for absolute",
                    "feedback": "That is the relative difference. In percentage points, one share "
                    "is taken from the other.",
                },
                {
                    "value": 100 * group["all_nine"] / group["people"]
                    - 100 * other["all_nine"] / other["people"],
                    "misconception": "out of everyone",
                    "feedback": "You counted out of everyone. Only people with diagnosed diabetes "
                    "are due these checks.",
                },
            ],
            "feedback": {
                "correct": "One share taken from the other, both out of people with diabetes.",
                "not_yet": "Work out each group's share of people with diabetes who had all nine, "
                "then take one from the other.",
            },
        },
        "ex04.q7": {
            "value": group["with_diabetes"] * nine_other / 100 - group["all_nine"],
            "tolerance": 0.6,
            "near": [
                {
                    "value": group["people"] * (nine_other - nine) / 100,
                    "misconception": "out of everyone",
                    "feedback": "You applied the gap to everyone in the group. Only people with "
                    "diagnosed diabetes are due these checks.",
                },
                {
                    "value": group["with_diabetes"] - group["all_nine"],
                    "misconception": "all who went without",
                    "feedback": "That is everyone in the group who went without. The question is "
                    "how many more would have had them at the other group's share.",
                },
                {
                    "value": group["all_nine"] - group["with_diabetes"] * nine_other / 100,
                    "misconception": "difference the other way round",
                    "feedback": "The right size, the wrong way round: expected minus had.",
                    "share": 0.5,
                },
                {
                    "value": other["all_nine"] - group["all_nine"],
                    "misconception": "counts for shares",
                    "feedback": "You took one group's count from the other's. The groups differ in "
                    "size: apply the other group's share to this group's people.",
                },
            ],
            "feedback": {
                "correct": "How many would be expected at the other group's share, less how many "
                "had them: a number a team can plan for.",
                "not_yet": "Apply the White British share to this group's people with diabetes, "
                "then take away those who had all nine.",
            },
        },
        "ex04.q8": _card(verdict),
        "ex04.q9": _sentences(verdict),
        "ex04.q10": _no_gap(no_gap),
        "ex04.q11": _function(table),
    }


def _counts(table, group):
    """Return a group's counts over all ages."""
    counts = table[table["ethnic_group"] == group].sum(numeric_only=True)
    return {name: int(count) for name, count in counts.items()}


def _strata(table, group):
    """Return a group's rows as the learner's function gets them."""
    rows = table[table["ethnic_group"] == group]
    return pd.DataFrame(
        {
            "age_band": rows["age_band"].to_list(),
            "people": rows["people"].to_list(),
            "events": rows["with_diabetes"].to_list(),
            "standard": rows["all_people"].to_list(),
        }
    )


def _standardised(strata):
    """Return the age-standardised rate per 1,000."""
    rates = strata["events"] / strata["people"]
    return float(1000 * (rates * strata["standard"]).sum() / strata["standard"].sum())


def _plain_mean(strata):
    """Return the mean of the age bands' rates, each counting the same."""
    return float(1000 * (strata["events"] / strata["people"]).mean())


def _crude(strata):
    """Return the crude rate per 1,000."""
    return float(1000 * strata["events"].sum() / strata["people"].sum())


def _verdicts(table):
    """Say how the two groups compare in each figure: "higher", "lower" or "none"."""
    rates = standardise.direct(
        table,
        events="with_diabetes",
        population="people",
        standard="all_people",
        by="ethnic_group",
        multiplier=1000,
    )
    ratios = gaps.compare(rates, reference=COMPARED_WITH, measure="ratio")
    ratio = ratios[ratios["ethnic_group"] == GROUP].iloc[0]
    verdicts = {"found": _side(ratio, 1)}
    one, other = _counts(table, GROUP), _counts(table, COMPARED_WITH)
    for name, (column, _) in CHECKS.items():
        due = "with_diabetes"
        difference = gaps.risk_difference(one[column], one[due], other[column], other[due])
        verdicts[name] = _side(difference.iloc[0], 0)
    return verdicts


def _side(interval, no_difference):
    """Say on which side of "no difference" an interval lies."""
    if interval["lower"] > no_difference:
        return "higher"
    return "lower" if interval["upper"] < no_difference else "none"


# -- the questions without numbers ---------------------------------------------------------------


def _out_of_whom():
    return {
        "options": {
            "residents": {
                "misconception": "everyone as denominator",
                "feedback": "Most of the people you count could never have had this check: they "
                "have no diabetes. A group with little diabetes would look neglected.",
            },
            "diabetes": {"correct": True, "feedback": "These are the people it is meant for."},
            "checked": {
                "misconception": "share of cases for rate",
                "feedback": "That gives each group's part of the checks done, which follows the "
                "group's size. It can't show who was missed.",
            },
            "practice": {
                "misconception": "users as denominator",
                "feedback": "People the practice did not reach drop out of the count, and they are "
                "the ones the board asks about.",
            },
        },
        "because": {
            "options": {
                "biggest": {
                    "feedback": "A large number out of the wrong people is steady and wrong."
                },
                "due": {"correct": True, "feedback": "Whoever was due it counts, reached or not."},
                "share": {"feedback": "A service's workload is not what each group receives."},
                "came": {
                    "feedback": "A service is also answerable for those it did not reach.",
                },
            }
        },
    }


def _card(verdict):
    """Return the key of the fair-comparison card: from the data for the second column."""
    whom = {"found": "people", "eye": "diabetes", "nine": "diabetes"}
    said = {
        "higher": "Look again at whether the interval lies wholly above no difference.",
        "lower": "Look again at whether the interval lies wholly below no difference.",
        "none": "Look again at whether the interval takes in no difference.",
    }
    denominators = {
        "people": "Most people in the group have no diabetes, so they were not due this check.",
        "diabetes": "The question is how often diabetes has been found among all the people.",
        "service": "People the service did not see are the ones in question.",
    }
    return {
        "rows": {
            name: {
                "cells": {
                    "whom": {
                        "options": {
                            option: {"correct": True}
                            if option == whom[name]
                            else {"feedback": text, "misconception": "wrong denominator"}
                            for option, text in denominators.items()
                        }
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
            for name in verdict
        }
    }


def _sentences(verdict):
    """Return which sentences the cohort's table supports."""
    supported = {
        "both": verdict["found"] != "none",
        "open": verdict["eye"] == "none",
        "count": verdict["nine"] == "lower",
    }
    wrong = {
        "crude": (
            "crude for standardised",
            "The groups differ in age, and diabetes becomes commoner with age: before allowing for "
            "it, the rates don't compare need.",
        ),
        "overlap": (
            "overlap proves equality",
            "Intervals that overlap prove nothing: the difference itself may still be clear, and "
            "no clear difference is not proof of none.",
        ),
        "blame": (
            "blames the people",
            "The table counts checks that were done. It says nothing about why, and a check can be "
            "missed because it was offered badly or not at all.",
        ),
    }
    unsupported = ("claims more than the data", "Your table does not show this clearly.")
    options = {}
    for name in ("both", "crude", "open", "overlap", "count", "blame"):
        if supported.get(name):
            options[name] = {"correct": True}
        else:
            misconception, text = wrong.get(name, unsupported)
            options[name] = {"misconception": misconception, "feedback": text}
    return {"options": options}


def _no_gap(no_gap):
    """Return which service really has no gap, from the record of the cohort's world."""
    right = no_gap[0] if len(no_gap) == 1 else "every"
    text = {
        "found": "Your own figures show a clear difference here once age is allowed for.",
        "eye": "Look again at how this service works, and at its interval.",
        "nine": "Your own figures show a clear difference here once age is allowed for.",
        "every": "Look again at the figures whose interval leaves out no difference.",
    }
    return {
        "options": {
            name: {"correct": True} if name == right else {"feedback": text[name]} for name in text
        },
        "because": {
            "options": {
                "interval": {"correct": True},
                "equal": {
                    "misconception": "crude equality means equity",
                    "feedback": "Crude figures may be equal by accident of age; equal crude "
                    "figures are not yet a fair comparison.",
                },
                "proof": {
                    "misconception": "no clear difference proves equality",
                    "share": 0.5,
                    "feedback": "It does not prove it: a small gap would give such an interval "
                    "too. What is known of how the service works has to help.",
                },
                "need": {"feedback": "How many people there are says nothing about a gap."},
            }
        },
    }


def _function(table):
    """Return how `standardised_rate` is marked: on the cohort's tables and on others."""
    seen = tuple(_strata(table, group) for group in (GROUP, COMPARED_WITH))
    unseen = (
        # The groups of the table that the exercise doesn't ask about.
        *(_strata(table, group).iloc[::-1].reset_index(drop=True) for group in GROUPS[:1]),
        # More age bands, none of them in order, and one without events.
        pd.DataFrame(
            {
                "standard": [900, 4100, 2500, 1600],
                "events": [31, 0, 12, 44],
                "people": [210, 1800, 760, 395],
                "age_band": ["80 and over", "under 30", "30 to 54", "55 to 79"],
            }
        ),
        # Rows cut out of a larger table keep that table's row numbers.
        _strata(table, COMPARED_WITH).set_axis([14, 15, 16]).iloc[1:],
    )
    return Function(
        reference=_standardised,
        seen=seen,
        unseen=unseen,
        near=(
            NearFunction(
                "crude for standardised",
                _crude,
                "Your function gives the crude rate. Work out a rate for each row, then weight the "
                "rows by the column standard.",
                share=0.25,
            ),
            NearFunction(
                "plain mean of age bands",
                _plain_mean,
                "Your function takes the plain mean of the rows' rates. Weight them by the column "
                "standard.",
                share=0.5,
            ),
            NearFunction(
                "not per 1,000",
                lambda strata: _standardised(strata) / 1000,
                "The weights are right; the result is to be per 1,000 people.",
                share=0.75,
            ),
            NearFunction(
                "not divided by the standard",
                lambda strata: _standardised(strata) * strata["standard"].sum() / 1000,
                "Your function adds up the expected cases. Divide them by all the people of the "
                "standard population, then state them per 1,000.",
                share=0.5,
            ),
        ),
        right="It works on tables you have not seen.",
    )
