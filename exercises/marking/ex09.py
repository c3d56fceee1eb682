"""How ex09-is-it-sound is marked: for instructors, never released.

Questions 1 to 8 have fixed texts and a fixed key. Questions 9 to 14 are worked out from the
class's own trial: no expected value is written down anywhere.
"""

import math

import pandas as pd

from eeic.grading.items import Function, NearFunction
from eeic.world.library import trial

#: Which outcome of the course each item tests.
OUTCOMES = {
    "ex09.q1": "M9.3",
    "ex09.q2": "M9.2",
    "ex09.q3": "M9.2",
    "ex09.q4": "M9.3",
    "ex09.q5": "M9.3",
    "ex09.q6": "M9.2",
    "ex09.q7": "M9.3",
    "ex09.q8": "M9.2",
    "ex09.q9": "M9.2",
    "ex09.q10": "M9.2",
    "ex09.q11": "M9.2",
    "ex09.q12": "M9.1",
    "ex09.q13": "M9.4",
    "ex09.q14": "M9.2",
    "ex09-q15": "M9.4",
}

#: Fewer people who need language support than this, and their interval is an embarrassment.
FEWEST = 40
#: The two readings must lie at least so far apart, in mmol/mol.
APART = 1.0

COLUMNS = [
    "participant_id",
    "site",
    "language_format",
    "allocation",
    "language_support_needed",
    "attended",
    "hba1c_baseline",
    "hba1c_12_months",
]

# -- a class's data ------------------------------------------------------------------------------


def cohort(world):
    """Return the class's own trial, and what is true of it."""
    table, truth = trial.run(world.recipe)
    table = table[COLUMNS].astype(dict.fromkeys(COLUMNS[:6], "str"))
    return table, {"allocated": truth["true"]["being_allocated"]}


def unfit(cohort):
    """Say why a class's trial can't carry this exercise; such a world is passed over."""
    found = []
    known = _known(cohort.table)
    itt, treated = _itt(known), _as_treated(known)
    if _interval(known)[1] >= 0:
        found.append("by chance the offer shows no clear effect")
    need = known[known["language_support_needed"] == "yes"]
    if len(need) < FEWEST:
        found.append(f"only {len(need)} people need language support")
    elif not _interval(need)[0] < 0 < _interval(need)[1]:
        found.append("by chance the few who need language support show a clear effect")
    if itt - treated < APART:
        found.append("by chance the two readings give nearly the same")
    if _lost(cohort.table, "no") <= _lost(cohort.table, "yes"):
        found.append("by chance outcomes are not missing more often where sessions were missed")
    return found


def _known(table):
    return table.dropna(subset=["hba1c_12_months"])


def _lost(table, attended):
    """Return the share of missing outcomes among those offered the education."""
    rows = table[(table["allocation"] == "education") & (table["attended"] == attended)]
    return rows["hba1c_12_months"].isna().mean()


def _itt(table):
    """Return the difference between the arms, outcomes known."""
    means = _known(table).groupby("allocation")["hba1c_12_months"].mean()
    return float(means["education"] - means["usual care"])


def _as_treated(table):
    """Return the difference between those who came and those who did not."""
    means = _known(table).groupby("attended")["hba1c_12_months"].mean()
    return float(means["yes"] - means["no"])


def _per_protocol(table):
    """Return the difference among those who did as they were allocated."""
    cells = _known(table).groupby(["allocation", "attended"])["hba1c_12_months"].mean()
    return float(cells["education", "yes"] - cells["usual care", "no"])


def _plain_cells(table):
    """Return the difference between plain means of the cells, as if each held as many people."""
    cells = _known(table).groupby(["allocation", "attended"])["hba1c_12_months"].mean()
    return float(cells["education"].mean() - cells["usual care"].mean())


def _only_offered(table):
    """Return the difference within the arm that was offered the education."""
    cells = _known(table).groupby(["allocation", "attended"])["hba1c_12_months"].mean()
    return float(cells["education", "yes"] - cells["education", "no"])


def _interval(known):
    """Return the ends of the 95% interval of the difference between the arms."""
    one = known.loc[known["allocation"] == "education", "hba1c_12_months"]
    other = known.loc[known["allocation"] == "usual care", "hba1c_12_months"]
    middle = one.mean() - other.mean()
    error = math.sqrt(one.var() / len(one) + other.var() / len(other))
    return middle - 1.96 * error, middle + 1.96 * error


# -- what is right, and what each usual mistake comes to -----------------------------------------


def items(cohort):
    """Return the key of every machine-marked item, for one cohort."""
    table = cohort.table
    itt, treated = _itt(table), _as_treated(table)
    return {
        **{f"ex09.{name}": {"options": options} for name, options in FLAWS.items()},
        "ex09.q9": {
            "value": itt,
            "tolerance": 0.06,
            "near": [
                {
                    "value": treated,
                    "misconception": "as treated for intention to treat",
                    "feedback": "You sorted people by who came. Leave them where chance put them: "
                    "both cells of one arm against both of the other.",
                },
                {
                    "value": _per_protocol(table),
                    "misconception": "per protocol for intention to treat",
                    "feedback": "You kept only people who did as they were allocated. The others "
                    "belong to their arm as well.",
                },
                {
                    "value": _plain_cells(table),
                    "misconception": "plain mean of the cells",
                    "feedback": "You took plain means of the cells. They hold very different "
                    "numbers of people: weight each mean by its people.",
                    "share": 0.5,
                },
                {
                    "value": -itt,
                    "misconception": "difference the other way round",
                    "feedback": "The sign is the other way round: education first, usual care "
                    "taken from it. Lower is better here.",
                    "share": 0.5,
                },
            ],
            "feedback": {
                "correct": "Everyone where chance put them.",
                "not_yet": "Work out one mean for each arm, weighting its two cells by their "
                "people, then take one from the other.",
            },
        },
        "ex09.q10": {
            "value": treated,
            "tolerance": 0.06,
            "near": [
                {
                    "value": itt,
                    "misconception": "intention to treat for as treated",
                    "feedback": "That is by intention to treat again. As treated sorts everyone by "
                    "whether they came, whatever they were offered.",
                },
                {
                    "value": _only_offered(table),
                    "misconception": "within one arm",
                    "feedback": "You compared people inside the education arm only. As treated "
                    "also counts those in usual care who found a course by themselves.",
                },
                {
                    "value": -treated,
                    "misconception": "difference the other way round",
                    "feedback": "The sign is the other way round: those who came first.",
                    "share": 0.5,
                },
            ],
            "feedback": {
                "correct": "Sorted by who came: a cohort hidden in a trial.",
                "not_yet": "Put the two rows of those who came together, and the two of those who "
                "did not, weighting by their people.",
            },
        },
        "ex09.q11": _which_to_report(),
        "ex09.q12": _checklists(),
        "ex09.q13": _sentences(table),
        "ex09.q14": _function(table),
    }


def _which_to_report():
    return {
        "options": {
            "second": {
                "misconception": "as treated taken for the effect",
                "feedback": "Those who came differ from those who did not in more than the "
                "sessions.",
            },
            "first": {
                "correct": True,
                "feedback": "It says what the offer does, which is what a "
                "board can buy; how many came shows the lever.",
            },
            "mean": {
                "misconception": "averaging a sound and an unsound figure",
                "feedback": "Half of a mistake is still in it.",
            },
            "neither": {
                "misconception": "one flaw taken to spoil everything",
                "feedback": "Hardly any trial has everybody come. Left where chance put them, "
                "people still tell what the offer does.",
            },
        },
        "because": {
            "options": {
                "smaller": {
                    "misconception": "the smaller figure taken for the truer",
                    "feedback": "It happens to be the smaller one here. The reason is how the two "
                    "sides were made.",
                },
                "motivation": {
                    "misconception": "the deficit put in people",
                    "feedback": "Nothing in the table measures that. It does hold sites and "
                    "languages, which can be changed.",
                },
                "alike": {"correct": True},
                "missing": {
                    "feedback": "Some are, in both readings alike. It is not what makes "
                    "them differ."
                },
            }
        },
    }


def _checklists():
    return {
        "items": {
            "clusters": {"right": "cluster"},
            "chose": {"right": "robins"},
            "review": {"right": "amstar"},
            "voices": {"right": "casp"},
        },
        "slips": [
            {
                "item": "clusters",
                "choice": "rob",
                "misconception": "clusters taken for people",
                "feedback": "Schools were allocated, not pupils: take the version for clusters.",
            },
            {
                "item": "chose",
                "choice": "rob",
                "misconception": "one checklist for all designs",
                "feedback": "Nobody was allocated by chance here, so ask why people chose.",
            },
            {
                "item": "review",
                "choice": "rob",
                "misconception": "a review judged by the studies in it",
                "feedback": "A review of trials is not a trial: ask how it searched and pooled.",
            },
        ],
    }


def _sentences(table):
    """Return which sentences the class's trial supports."""
    known = _known(table)
    need = known[known["language_support_needed"] == "yes"]
    low, high = _interval(need)
    supported = {
        "offer": _interval(known)[1] < 0,
        "cannot": low < 0 < high,
        "down": _lost(table, "no") > _lost(table, "yes"),
    }
    wrong = {
        "every": (
            "a randomised trial is always best",
            "A design is where a rating starts. Outcomes are missing for a reason, and for some "
            "people the interval is wide.",
        ),
        "fails": (
            "no clear effect read as no effect",
            "Their interval reaches to both sides of no difference: the trial cannot tell.",
        ),
        "came": (
            "as treated taken for the effect",
            "Those who came also had other circumstances. The figure mixes both.",
        ),
    }
    unsupported = ("claims more than the data", "Your table does not show this.")
    options = {}
    for name in ("every", "offer", "fails", "cannot", "came", "down"):
        if supported.get(name):
            options[name] = {"correct": True}
        else:
            misconception, text = wrong.get(name, unsupported)
            options[name] = {"misconception": misconception, "feedback": text}
    return {"options": options}


def _function(table):
    """Return how `intention_to_treat` is marked: on the class's trial and on other tables."""
    columns = ["allocation", "attended", "hba1c_12_months"]
    small = pd.DataFrame(
        {
            "attended": ["no", "yes", "yes", "no", "no", "yes", "no"],
            "allocation": ["usual care", "education", "education", "education"]
            + ["usual care"] * 3,
            "hba1c_12_months": [61.0, 50.0, None, 58.0, 66.0, 49.0, None],
        }
    )
    mine = table[columns]
    return Function(
        reference=_itt,
        seen=(mine,),
        unseen=(
            small,
            mine[table["language_support_needed"] == "yes"],
            mine.iloc[::-3].reset_index(drop=True),
        ),
        near=(
            NearFunction(
                "as treated for intention to treat",
                _as_treated,
                "Your function sorts people by who came. Group by the column allocation.",
                share=0.25,
            ),
            NearFunction(
                "missing outcomes counted as zero",
                lambda rows: _itt(rows.assign(hba1c_12_months=rows["hba1c_12_months"].fillna(0))),
                "Your function counts a missing outcome as 0, which nobody has. Leave these rows "
                "out, and say how many they are.",
                share=0.5,
            ),
            NearFunction(
                "difference the other way round",
                lambda rows: -_itt(rows),
                "The sign is the other way round: education first.",
                share=0.5,
            ),
        ),
        tolerance=1e-6,
        right="It works on tables you have not seen.",
    )


# -- the eight short reports ---------------------------------------------------------------------

FLAWS = {
    "q1": {
        "chance": {
            "misconception": "random allocation distrusted",
            "feedback": "A computer that nobody can steer is the best way there is to "
            "allocate people.",
        },
        "who": {
            "correct": True,
            "feedback": "The result is sound for those who could come, and silent about the rest.",
        },
        "lost": {
            "misconception": "a small flaw taken for the fatal one",
            "feedback": "Few, and alike in both arms: that hardly moves a result.",
        },
        "size": {
            "misconception": "size taken for quality",
            "feedback": "Size shows in the width of the interval. It does not decide whom "
            "the result is about.",
        },
    },
    "q2": {
        "lost": {
            "correct": True,
            "feedback": "Who is missing, and on which side, can make a result all by itself.",
        },
        "chance": {
            "misconception": "random allocation distrusted",
            "feedback": "Chance is what makes the two sides alike. Need would have made "
            "them different.",
        },
        "year": {
            "misconception": "a small flaw taken for the fatal one",
            "feedback": "A year may be short. It is equally short on both sides.",
        },
        "review": {
            "misconception": "usual care taken for no comparison",
            "feedback": "Usual care is what people would get otherwise, so it is a fair "
            "thing to compare with.",
        },
    },
    "q3": {
        "adjusted": {
            "misconception": "adjustment taken for a flaw",
            "feedback": "Adjusting for these is right. It is what was left out that matters.",
        },
        "years": {
            "misconception": "a small flaw taken for the fatal one",
            "feedback": "Both sides were followed for the same year.",
        },
        "chose": {
            "correct": True,
            "feedback": "The year before shows it: the sides were not alike to begin with.",
        },
        "falls": {
            "misconception": "a plain outcome distrusted",
            "feedback": "Falls are what people would like fewer of.",
        },
    },
    "q4": {
        "few": {
            "misconception": "a small flaw taken for the fatal one",
            "feedback": "Three groups can be compared, if they were measured alike.",
        },
        "measure": {
            "correct": True,
            "feedback": "Until that is checked, the gap may lie in the words of the questionnaire.",
        },
        "language": {
            "misconception": "not asking taken for fairness",
            "feedback": "Then nobody could see whom a service serves badly. Compare, "
            "with measures that hold.",
        },
        "average": {
            "misconception": "a plain measure distrusted",
            "feedback": "They can, with their spread, if the scale means the same to everybody.",
        },
    },
    "q5": {
        "lump": {
            "correct": True,
            "feedback": "Two mistakes in one line: the box, and the reading of a wide interval.",
        },
        "word": {
            "misconception": "a better word taken for a better category",
            "feedback": "The word is out of date and should go. The box and the "
            "conclusion would stay wrong without it.",
        },
        "course": {
            "misconception": "the deficit put in people",
            "feedback": "Nothing on this page shows that. Ask in which language, where "
            "and when the course was held.",
        },
        "report": {
            "misconception": "not asking taken for fairness",
            "feedback": "Give them, for groups as people describe themselves, with "
            "counts and intervals.",
        },
    },
    "q6": {
        "search": {
            "misconception": "grey literature distrusted",
            "feedback": "Looking beyond journals is a strength: dull results often stay there.",
        },
        "eleven": {
            "misconception": "size taken for quality",
            "feedback": "Fewer would do, if they were sound and alike.",
        },
        "pooled": {
            "correct": True,
            "feedback": "Nine studies without a comparison outvoted the two that had one.",
        },
        "trials": {
            "misconception": "a randomised trial is always best",
            "feedback": "Two careful trials are the best part of it. They deserved more "
            "than a share by size.",
        },
    },
    "q7": {
        "few": {
            "misconception": "qualitative work judged by its numbers",
            "feedback": "Twenty can be plenty. It matters who they were, and whether they "
            "could speak freely.",
        },
        "gate": {
            "correct": True,
            "feedback": "A gatekeeper is useful and not neutral: nobody could have said otherwise.",
        },
        "women": {
            "misconception": "a small flaw taken for the fatal one",
            "feedback": "The study is about their maternity care.",
        },
        "praise": {
            "misconception": "suspicion instead of appraisal",
            "feedback": "It may be right. This study cannot show it.",
        },
    },
    "q8": {
        "soft": {
            "misconception": "experience taken for a weak outcome",
            "feedback": "People's experience is worth measuring. It was not what this "
            "trial set out to show.",
        },
        "plan": {
            "misconception": "openness taken for a flaw",
            "feedback": "The plan is what lets you see the switch.",
        },
        "switched": {
            "correct": True,
            "feedback": "With fourteen outcomes, one comes out well by chance often enough.",
        },
        "fourteen": {
            "misconception": "a small flaw taken for the fatal one",
            "feedback": "Collecting many is fine if the main one is named beforehand and reported.",
        },
    },
}
