"""How ex01-whose-job-is-this is marked: for instructors, never released.

Each class sorts ten decisions out of eighteen that are not in the lesson, and counts the chances
that its own Lindlemere missed. What is right follows from the class's own ten and from the deck
in ``ex01-cards.toml``, which never travels.
"""

import hashlib
import random
import tomllib
from pathlib import Path

import pandas as pd

#: Which outcome of the lesson each item tests.
OUTCOMES = {
    "ex01.q1": "M1.1",
    "ex01.q2": "M1.3",
    "ex01.q3": "M1.1",
    "ex01.q4": "M1.2",
    "ex01.q5": "M1.2",
    "ex01.q6": "M1.4",
    "ex01.q7": "M1.3",
    "ex01.q8": "M1.4",
    "ex01.q9": "M1.2",
}
LETTERS = "ABCDEFGHIJ"
KINDS = ("law", "policy", "practice")
IN_TIME, LATE, NEVER = "in time", "after the decision", "not done"
_WRONG_KIND = {
    ("law", "policy"): "law taken for guidance",
    ("law", "practice"): "a legal duty taken for a choice",
    ("policy", "law"): "guidance taken for law",
    ("policy", "practice"): "a framework taken for a choice",
    ("practice", "law"): "good practice taken for law",
    ("practice", "policy"): "good practice taken for policy",
}


def deck():
    """Return the eighteen cards, with their key."""
    path = Path(__file__).with_name("ex01-cards.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))["card"]


# -- a class's data ------------------------------------------------------------------------------


def cohort(world):
    """Return ten decisions with what became of each step, drawn by the cohort's own world."""
    ages = world.tables["L01"]["age"].to_csv(index=False).encode()
    draw = random.Random(hashlib.sha256(ages).hexdigest())
    by_kind = {kind: [c for c in deck() if c["kind"] == kind] for kind in KINDS}
    while True:
        chosen = [
            c
            for kind, n in zip(KINDS, (4, 3, 3), strict=True)
            for c in draw.sample(by_kind[kind], n)
        ]
        draw.shuffle(chosen)
        table = pd.DataFrame(
            {
                "card": list(LETTERS),
                "decision": [c["decision"] for c in chosen],
                "step": [c["step"] for c in chosen],
                "what_happened": draw.choices((IN_TIME, LATE, NEVER), weights=(3, 4, 3), k=10),
            }
        )
        if not _unclear(table):
            return table, {"cards": len(table)}


def unfit(cohort):
    """Say why a class's ten can't carry this exercise."""
    return _unclear(cohort.table)


def _unclear(table):
    """Say which counts coincide, so that a usual mistake would look right."""
    counts = _counts(table)
    groups = (
        ("missed", "never", "in_time", "all"),
        ("law_missed", "missed", "law_never", "law", "law_late"),
    )
    return [
        f"{', '.join(names)} are not all different"
        for names in groups
        if len({counts[name] for name in names}) < len(names)
    ]


# -- what is right, and what each usual mistake comes to -----------------------------------------


def _kinds(table):
    """Return what asks for each step, from the deck."""
    known = {card["step"]: card for card in deck()}
    return [known[step] for step in table["step"]]


def _counts(table):
    law = pd.Series([card["kind"] == "law" for card in _kinds(table)], index=table.index)
    late, never = table["what_happened"] == LATE, table["what_happened"] == NEVER
    return {
        "all": len(table),
        "missed": int((late | never).sum()),
        "never": int(never.sum()),
        "in_time": int((~late & ~never).sum()),
        "law": int(law.sum()),
        "law_missed": int((law & (late | never)).sum()),
        "law_never": int((law & never).sum()),
        "law_late": int((law & late).sum()),
    }


def items(cohort):
    """Return the key of every machine-marked item, for one cohort."""
    table = cohort.table
    counts = _counts(table)
    return {
        "ex01.q1": _sorting(table),
        "ex01.q2": {
            "value": counts["missed"],
            "tolerance": 0.2,
            "near": [
                {
                    "value": counts["never"],
                    "misconception": "a late step counted as in time",
                    "feedback": "You counted the steps that were not done. A step that comes after "
                    "the decision can change nothing in it, so it is missed as well.",
                    "share": 0.5,
                },
                {
                    "value": counts["in_time"],
                    "misconception": "the steps taken counted",
                    "feedback": "That is how many steps were taken in time. The question asks for "
                    "the others.",
                },
                {
                    "value": counts["all"],
                    "misconception": "every chance counted as missed",
                    "feedback": "That is all of them. Some steps were taken in time.",
                },
            ],
            "feedback": {
                "correct": "Not done, or done too late to matter: both are missed.",
                "not_yet": "Count the steps that were not done and those that came after the "
                "decision.",
            },
        },
        "ex01.q3": {
            "value": counts["law_missed"],
            "tolerance": 0.2,
            "near": [
                {
                    "value": counts["missed"],
                    "misconception": "policy and good practice counted as law",
                    "feedback": "That is every missed step. Keep only those that the law asks for.",
                },
                {
                    "value": counts["law_never"],
                    "misconception": "a late step counted as in time",
                    "feedback": "You left out the steps that came after the decision. Regard paid "
                    "afterwards is not due regard.",
                    "share": 0.5,
                },
                {
                    "value": counts["law"],
                    "misconception": "every legal step counted as missed",
                    "feedback": "That is how many of the ten steps the law asks for. How many of "
                    "those were missed?",
                },
                {
                    "value": counts["law_late"],
                    "misconception": "only late steps counted",
                    "feedback": "You counted those that came late. Add those that were not done.",
                    "share": 0.5,
                },
            ],
            "feedback": {
                "correct": "These are the ones to raise first.",
                "not_yet": "Take the cards that you sorted under law in question 1, and count "
                "those that were not done or came after the decision.",
            },
        },
        "ex01.q4": _timeline(),
        "ex01.q5": _ticked_box(),
        "ex01.q6": _levers(),
        "ex01.q7": _paper(),
        "ex01.q8": _waiting(),
    }


def _sorting(table):
    rows = {}
    for letter, card in zip(table["card"], _kinds(table), strict=True):
        kind = card["kind"]
        rows[letter.lower()] = {
            "cells": {
                "kind": {
                    "options": {
                        option: {"correct": True}
                        if option == kind
                        else {
                            "feedback": card["because"],
                            "misconception": _WRONG_KIND[kind, option],
                        }
                        for option in KINDS
                    }
                }
            }
        }
    return {"rows": rows}


def _timeline():
    return {
        "right": ["question", "count", "listen", "option", "vote", "terms", "look"],
        "slips": [
            {
                "first": "vote",
                "then": "count",
                "feedback": "The counting comes after the vote: then it can only be filed.",
                "misconception": "an assessment after the decision thought to discharge the duty",
            },
            {
                "first": "vote",
                "then": "option",
                "feedback": "An option that is worked out after the vote is no option any more.",
                "misconception": "alternatives after the decision",
            },
            {
                "first": "look",
                "then": "terms",
                "feedback": "What was promised has to stand in the contract before anyone can look "
                "at whether it happened.",
            },
        ],
    }


def _ticked_box():
    return {
        "options": {
            "met": {
                "misconception": "open to all taken for no effect",
                "feedback": "Open to all says who may come, not who can. A service may be open to "
                "all and reach some.",
            },
            "unknown": {
                "correct": True,
                "feedback": "The line says what the writer thinks, not what anyone looked at.",
            },
            "breach": {
                "misconception": "due regard taken for a completed form",
                "feedback": "No law asks for the long form. What it asks for is regard, and this "
                "line does not show whether there was any.",
            },
            "later": {
                "misconception": "an assessment after the decision thought to discharge the duty",
                "feedback": "Next year it can change nothing in this decision.",
            },
        },
        "because": {
            "options": {
                "long": {
                    "misconception": "the form's length taken for regard",
                    "feedback": "Length is not the point: a page that is read before the vote does "
                    "more than forty that are not.",
                },
                "looked": {"correct": True},
                "complaints": {
                    "misconception": "silence taken for evidence of no effect",
                    "feedback": "Few complaints may mean that complaining is hard, or thought to "
                    "be useless.",
                },
            }
        },
    }


def _levers():
    right = {
        "share": "icb",
        "hours": "provider",
        "picture": "hwb",
        "inspect": "cqc",
        "codes": "national",
    }
    return {
        "items": {name: {"right": actor} for name, actor in right.items()},
        "slips": [
            {
                "item": "hours",
                "choice": "residents",
                "feedback": "Residents can say which hours would work. Whoever runs the clinic can "
                "change them.",
                "misconception": "the lever put into the hands of people who use the service",
            },
            {
                "item": "share",
                "choice": "national",
                "feedback": "National money arrives; how it is shared between places is decided "
                "locally.",
                "misconception": "waiting for others",
            },
            {
                "item": "picture",
                "choice": "provider",
                "feedback": "A provider knows those who come. The picture of everyone is drawn "
                "jointly.",
                "misconception": "users taken for residents",
            },
        ],
    }


def _paper():
    missed = {
        "average": "One sentence takes an average for everybody.",
        "silence": "One sentence takes silence for consent.",
        "promise": "One sentence puts the thinking after the decision.",
    }
    held = {
        "groups": "Figures for each group with their counts: that chance was taken.",
        "visit": "Somebody went and asked while it could still change the plan.",
    }
    spans = {name: {"error": True, "missed": words} for name, words in missed.items()}
    return {"spans": spans | {name: {"feedback": words} for name, words in held.items()}}


def _waiting():
    return {
        "options": {
            "wait": {
                "misconception": "abolition of a body thought to end the duties",
                "feedback": "The duty stands in an Act and binds the trust itself. It does not "
                "wait for a logo.",
            },
            "own": {
                "correct": True,
                "feedback": "The duty is the trust's, and so are its letters and its hours.",
            },
            "write": {
                "misconception": "waiting for others",
                "feedback": "Write by all means. The letters and the clinic's hours are in the "
                "trust's own hands meanwhile.",
            },
            "patients": {
                "misconception": "the lever put into the hands of people who use the service",
                "feedback": "Patients did not write the letter. Whoever did can change it.",
            },
        }
    }
