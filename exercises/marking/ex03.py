"""How ex03-how-inequalities-are-made is marked: for instructors, never released.

`cohort` makes a class's table of talking-therapy referrals out of its own world; `items` works
out, from that table and from the record of what made the gap, what is right and what each usual
mistake comes to. No expected value is written down anywhere.
"""

#: Which outcome of the lesson each item tests.
OUTCOMES = {
    "ex03.q1": "M3.2",
    "ex03.q2": "M3.1",
    "ex03.q3": "M3.3",
    "ex03.q4": "M3.3",
    "ex03.q5": "M3.1",
    "ex03.q6": "M3.4",
    "ex03.q7": "M3.4",
    "ex03.q8": "M3.2",
    "ex03.q9": "M3.1",
}
GROUP = "Pakistani"
COMPARED_WITH = "White British"
#: The groups with enough referrals in a world of this size for every count to be published.
GROUPS = ("Indian", GROUP, COMPARED_WITH, "Other White")
SMALLEST = 5
#: Percentage points: a smaller gap in the table would be chance's, and not worth two questions.
CLEAR = 6


# -- a class's data ------------------------------------------------------------------------------


def cohort(world):
    """Return the learners' table and what really made its gap, from a cohort's own world."""
    # L04 repeats a few rows on purpose; that lesson is another module's.
    referrals = world.tables["L04"].drop_duplicates("person_id")
    groups = world.tables["L01"][["person_id", "ethnic_group_self"]]
    rows = referrals.merge(groups, on="person_id").rename(
        columns={"ethnic_group_self": "ethnic_group"}
    )
    rows = rows.assign(
        referred=1,
        by_organisation=(rows["source"] == "organisation").astype(int),
        assessed=rows["assessed_on"].notna().astype(int),
        treated=(rows["contacts"] >= 2).astype(int),
    )
    counts = ["referred", "by_organisation", "assessed", "treated"]
    table = rows.groupby("ethnic_group", observed=True)[counts].sum()
    table = table.loc[list(GROUPS)].reset_index()
    table["ethnic_group"] = table["ethnic_group"].astype(str)
    if _faults(table):  # the record takes longest: not for a world that is passed over anyway
        return table, {"contributions": {}}
    gap = world.truth["indicators"]["talking_treated"]["gaps"][GROUP]
    return table, {"contributions": gap["contributions"]}


def unfit(cohort):
    """Say why a class's table can't carry this exercise; such a world is passed over."""
    return _faults(cohort.table)


def _faults(table):
    found = []
    smallest = int(table.select_dtypes("number").to_numpy().min())
    if smallest < SMALLEST:
        found.append(f"a count of {smallest} is too small to publish")
    mine, theirs = _counts(table, GROUP), _counts(table, COMPARED_WITH)
    shares = [100 * one["treated"] / one["referred"] for one in (mine, theirs)]
    if shares[1] - shares[0] < CLEAR:
        found.append("the gap in treatment is hidden by chance")
    if shares[0] >= 50:
        found.append("half or more were treated, against the draft's words")
    return found


# -- what is right, and what each usual mistake comes to -----------------------------------------


def items(cohort):
    """Return the key of every machine-marked item, for one cohort."""
    mine, theirs = _counts(cohort.table, GROUP), _counts(cohort.table, COMPARED_WITH)
    share, share_other = (100 * one["treated"] / one["referred"] for one in (mine, theirs))
    organisations = 100 * mine["by_organisation"] / mine["referred"]
    also = mine["referred"] * share_other / 100 - mine["treated"]
    return {
        "ex03.q1": _levels(),
        "ex03.q2": _inequity(),
        "ex03.q3": _line(),
        "ex03.q4": _draft(),
        "ex03.q5": {
            "value": share - share_other,
            "tolerance": 0.3,
            "near": [
                {
                    "value": share_other - share,
                    "misconception": "difference the other way round",
                    "feedback": "The sign is the other way round: the group you ask about comes "
                    "first, and the one you compare with is taken from it.",
                    "share": 0.5,
                },
                {
                    "value": 100 * (share / share_other - 1),
                    "misconception": "relative for absolute",
                    "feedback": "That is the relative difference. In percentage points, one share "
                    "is taken from the other.",
                },
                {
                    "value": 100 * mine["treated"] / mine["assessed"]
                    - 100 * theirs["treated"] / theirs["assessed"],
                    "misconception": "out of those assessed",
                    "feedback": "You counted out of those assessed. People lost before assessment "
                    "drop out of that, and they are part of what the board asks about.",
                },
            ],
            "feedback": {
                "correct": "One share taken from the other, both out of everyone referred.",
                "not_yet": "Work out, for each group, treated out of referred; then take one from "
                "the other.",
            },
        },
        "ex03.q6": {
            "value": also,
            "tolerance": 0.6,
            "near": [
                {
                    "value": share_other - share,
                    "misconception": "points for people",
                    "feedback": "That is how many more of every 100. How many is it among the "
                    "people who were referred?",
                },
                {
                    "value": mine["referred"] - mine["treated"],
                    "misconception": "all who went without",
                    "feedback": "That is everyone referred who was not treated. The question is "
                    "how many more would have been, at the other group's share.",
                },
                {
                    "value": theirs["treated"] - mine["treated"],
                    "misconception": "counts for shares",
                    "feedback": "You took one group's count from the other's. The groups differ in "
                    "size: apply the other group's share to this group's people.",
                },
            ],
            "feedback": {
                "correct": "How many would be expected at the other group's share, less how many "
                "were treated: a number a team can plan for.",
                "not_yet": "Apply the White British share to the Pakistani patients referred, then "
                "take away those who were treated.",
            },
        },
        "ex03.q7": {
            "value": organisations,
            "tolerance": 0.6,
            "near": [
                {
                    "value": 100
                    * mine["by_organisation"]
                    / int(cohort.table["by_organisation"].sum()),
                    "misconception": "share of the route for share of the group",
                    "feedback": "You divided by everyone whom the organisations brought. That is "
                    "the group's part of their work; the question is their part in the group's way "
                    "in.",
                },
                {
                    "value": 100 * mine["by_organisation"] / mine["treated"],
                    "misconception": "out of those treated",
                    "feedback": "You divided by those treated. The way in is counted out of "
                    "everyone who came in.",
                },
            ],
            "feedback": {
                "correct": "So much of the way in stands or falls with that outreach.",
                "not_yet": "Divide those who came through organisations by all who were referred, "
                "in the same group.",
            },
        },
        "ex03.q8": _largest(cohort.truth["contributions"]),
    }


def _counts(table, group):
    """Return a group's counts."""
    counts = table[table["ethnic_group"] == group].iloc[0]
    return {name: int(counts[name]) for name in table.columns if name != "ethnic_group"}


# -- the questions without numbers ---------------------------------------------------------------


def _levels():
    right = {
        "bus": "structural",
        "form": "institutional",
        "phone": "interpersonal",
        "worth": "internalised",
        "hours": "institutional",
        "lets": "structural",
    }
    return {
        "items": {name: {"right": level} for name, level in right.items()},
        "slips": [
            {
                "item": "worth",
                "choice": "trait",
                "misconception": "harm taken for a trait",
                "feedback": "What many bad calls did to one man's expectations is not a trait of "
                "his group. It was done, so it can be undone.",
            },
            {
                "item": "form",
                "choice": "interpersonal",
                "misconception": "racism thought to need intent",
                "feedback": "Nobody meant harm by the form. A rule of the organisation is enough.",
            },
            {
                "item": "lets",
                "choice": "interpersonal",
                "misconception": "a pattern taken for single acts",
                "feedback": "Each letting was one person and another. The pattern over a whole "
                "town and decades is how homes were shared out.",
            },
            {
                "item": "hours",
                "choice": "structural",
                "misconception": "structural and institutional mixed up",
                "feedback": "The hours of one clinic are that clinic's to change.",
            },
        ],
    }


def _inequity():
    return {
        "options": {
            "young": {
                "misconception": "any difference taken for an inequity",
                "feedback": "That difference follows need, as far as you are told.",
            },
            "route": {"correct": True, "feedback": "The same need met with half the sessions."},
            "places": {
                "misconception": "counts taken for shares",
                "feedback": "A larger town sends more people. Nobody is served less for it.",
            },
            "alive": {
                "misconception": "a total taken for every part",
                "feedback": "A difference, and one that says nothing yet about how anyone was "
                "cared for.",
            },
        },
        "because": {
            "options": {
                "any": {"feedback": "Some differences follow need. The judgement owes reasons."},
                "need": {"correct": True},
                "large": {
                    "feedback": "Size makes it urgent. Need and what could be done make it unjust."
                },
                "total": {"feedback": "A total can hide a part that is worse."},
            }
        },
    }


def _line():
    return {
        "options": {
            "drop": {
                "misconception": "deficit framing",
                "feedback": "The patients are the subject, so they look like the problem.",
            },
            "gap": {
                "misconception": "a bare gap thought to be neutral",
                "feedback": "Each reader fills a bare gap with a cause of their own.",
            },
            "lose": {"correct": True, "feedback": "The service is the subject and has a date."},
            "aware": {
                "misconception": "deficit framing that sounds kind",
                "feedback": "It sounds helpful and still puts what is missing into the patients. "
                "These people had been referred: they had asked.",
            },
        },
        "because": {
            "options": {
                "act": {"correct": True},
                "short": {"feedback": "The conclusion they draw is the one they came with."},
                "kind": {"feedback": "Kindness does not move a letter out of English."},
                "true": {
                    "misconception": "framing taken for falsehood",
                    "feedback": "The others can rest on the same true number. They differ in what "
                    "a reader can do next.",
                },
            }
        },
    }


def _draft():
    fault = "This phrase says what was counted, or what the service does. Leave it."
    missed = "One phrase explains the figure by what people are said to be, do or lack."
    return {
        "spans": {
            "count": {"feedback": fault},
            "engage": {"error": True, "missed": missed},
            "family": {
                "error": True,
                "missed": "One phrase explains a figure by what families are said to be like. "
                "Nobody measured it, here or in the other group.",
            },
            "letter": {"feedback": fault},
            "wait": {"feedback": fault},
            "lack": {
                "error": True,
                "missed": "One phrase sounds kind and still says that something is missing in "
                "the patients.",
            },
            "cap": {"feedback": fault},
        }
    }


def _largest(contributions):
    """Return which cause the record names as the largest, whatever it is in this world."""
    offered = ("service_fit", "language", "practice")
    right = min(offered, key=lambda name: contributions[name])
    text = {
        "service_fit": "It has a part, and another one is larger.",
        "language": "It has a part. Ask how many in the group need an interpreter.",
        "practice": "A practice refers; these people had been referred already.",
        "culture": "No such thing is in the record of this world. Look at what the service does.",
    }
    return {
        "options": {
            name: {"correct": True}
            if name == right
            else {
                "feedback": said,
                "misconception": "a gap explained by culture"
                if name == "culture"
                else "a smaller part taken for the largest",
            }
            for name, said in text.items()
        },
        "because": {
            "options": {
                "few": {"correct": True},
                "first": {"feedback": "What comes first is what the draft suggested."},
                "away": {
                    "misconception": "people blamed",
                    "feedback": "They asked, and were referred. What happened next?",
                },
                "table": {
                    "misconception": "a gap taken for its explanation",
                    "feedback": "The table shows a gap, not what made it.",
                },
            }
        },
    }
