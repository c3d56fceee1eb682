"""How ex05-asking-and-searching is marked: for instructors, never released.

A class gets a little library of its own. For one question two readers' judgement of every record
is in the learners' table; for the other it stays in the class's private file, and a learner's
line is judged by running it. No expected value is written down anywhere.
"""

from eeic import evidence
from eeic.explore.sandbox import SOURCES, without_figures
from eeic.grading.searched import Searched
from eeic.world.library import make

#: How many records a class's library has.
RECORDS = 400
#: The question whose answers learners see, and the one for which they write a line.
SEEN, SOUGHT = "Q1", "Q2"
COLUMNS = (
    "record_id",
    "title",
    "abstract",
    "subject_terms",
    "keywords",
    "year",
    "source",
    "design",
    "setting",
)
ANSWERS = "answers_the_question"
#: The three lines of the notebook, as it runs them.
LINES = {
    "first": "interpreter* AND trial*",
    "subjects": 'su:("Interpreting services" OR "Translated materials")',
    "names": 'ti:(interpret* OR translated OR multilingual OR "language-matched" OR '
    '"preferred language")',
    "wide": "interpret* OR translat* OR multilingual OR language*",
}
START = '"group education" AND diabetes AND trial*'
REFERENCE = (
    '("group education" OR "self-management education" OR "bilingual group" OR '
    '"structured education") AND diabet*'
)

OUTCOMES = {
    "ex05.q1": "M5.1",
    "ex05.q2": "M5.1",
    "ex05.q3": "M5.3",
    "ex05.q4": "M5.3",
    "ex05.q5": "M5.3",
    "ex05.q6": "M5.3",
    "ex05.q7": "M5.2",
    "ex05.q8": "M5.2",
    "ex05.q9": "M5.4",
    "ex05.q10": "M5.4",
    "ex05.q11": "M5.4",
}


# -- a class's data ------------------------------------------------------------------------------


def cohort(world):
    """Return the learners' library and what answers the second question, from a cohort's world."""
    library = make(world.recipe, RECORDS)
    table = library.records[list(COLUMNS)].copy()
    # Searching needs no figures, and an odds ratio could look like a number of the key.
    table["abstract"] = [without_figures(text, "…") for text in table["abstract"]]
    seen = set(evidence.question(SEEN, library.truth)["relevant"])
    table[ANSWERS] = ["yes" if one in seen else "no" for one in table["record_id"]]
    return table, {"relevant": evidence.question(SOUGHT, library.truth)["relevant"]}


def unfit(cohort):
    """Say why a class's library can't carry this exercise; such a world is passed over."""
    found = []
    scores = _scores(cohort.table)
    if len(cohort.truth["relevant"]) < 15:
        found.append("too few studies answer the question that a line is written for")
    good = [
        name
        for name in ("subjects", "names", "wide")
        if 10 * scores[name][1] >= 9 * _there(cohort.table)
    ]
    if good != ["names", "wide"]:
        found.append(f"the lines that reach nine in ten are {good}")
    if scores["wide"][0] < 2 * scores["names"][0]:
        found.append("the wide line does not make anyone read more")
    rows = _by_source(cohort.table)
    if any(there == 0 for _, there in rows.values()):
        found.append("a kind of source has no study that answers")
    if not 0 < sum(seen == 0 for seen, _ in rows.values()) < len(rows):
        found.append("the subject terms find something everywhere, or nothing anywhere")
    return found


def _library(table):
    return evidence.Library(table.drop(columns=ANSWERS))


def _answering(table):
    return set(table.loc[table[ANSWERS] == "yes", "record_id"])


def _there(table):
    return len(_answering(table))


def _scores(table):
    """Return, for each line, how many records it finds and how many of them answer."""
    library, answering = _library(table), _answering(table)
    found = {name: set(library.search(line).ids) for name, line in LINES.items()}
    return {name: (len(ids), len(ids & answering)) for name, ids in found.items()}


def _by_source(table):
    """Return, for each kind of source, how many the subject terms find and how many answer."""
    found = set(_library(table).search(LINES["subjects"]).ids)
    answering = table[table[ANSWERS] == "yes"]
    rows = {}
    for source in SOURCES:
        ids = set(answering.loc[answering["source"] == source, "record_id"])
        rows[source] = (len(ids & found), len(ids))
    return rows


# -- what is right, and what each usual mistake comes to -----------------------------------------


def items(cohort):
    """Return the key of every machine-marked item, for one cohort."""
    table = cohort.table
    there, scores = _there(table), _scores(table)
    found, hit = scores["first"]
    wide_found, wide_hit = scores["wide"]
    return {
        "ex05.q1": _evidence(),
        "ex05.q2": _ideas(),
        "ex05.q3": {
            "value": 100 * hit / there,
            "tolerance": 0.6,
            "near": [
                {
                    "value": 100 * hit / found,
                    "misconception": "precision for recall",
                    "feedback": "You divided by the records found. Recall is out of everything "
                    "that answers, found or not.",
                },
                {
                    "value": 100 * (there - hit) / there,
                    "misconception": "missed for found",
                    "feedback": "That is the share missed. Recall is the share found.",
                },
                {
                    "value": hit / there,
                    "tolerance": 0.006,
                    "misconception": "share for percent",
                    "feedback": "The right share; give it in percent.",
                    "share": 0.5,
                },
            ],
            "feedback": {
                "correct": "Those found that answer, out of all that answer.",
                "not_yet": "On top: the records found that answer. Below: all that answer.",
            },
        },
        "ex05.q4": {
            "value": 100 * hit / found,
            "tolerance": 0.6,
            "near": [
                {
                    "value": 100 * hit / there,
                    "misconception": "recall for precision",
                    "feedback": "You divided by all that answer, which gives recall. Precision is "
                    "out of what the line brings up.",
                },
                {
                    "value": 100 * (found - hit) / found,
                    "misconception": "noise for precision",
                    "feedback": "That is the share read for nothing. Precision is the other part.",
                },
            ],
            "feedback": {
                "correct": "Those found that answer, out of all found.",
                "not_yet": "On top: the records found that answer. Below: all records found.",
            },
        },
        "ex05.q5": {
            "value": wide_found / wide_hit,
            "tolerance": 0.06,
            "near": [
                {
                    "value": 100 * wide_hit / wide_found,
                    "tolerance": 0.6,
                    "misconception": "precision for reading",
                    "feedback": "That is the precision in percent. Turn it the other way up: "
                    "records read for each one that answers.",
                },
                {
                    "value": (wide_found - wide_hit) / wide_hit,
                    "misconception": "noise only",
                    "feedback": "You left the useful ones out of the reading. They are read too.",
                    "share": 0.5,
                },
            ],
            "feedback": {
                "correct": "All that is read, shared out over those that answer.",
                "not_yet": "Divide the records found by those of them that answer.",
            },
        },
        "ex05.q6": _which_line(),
        "ex05.q7": _where(table),
        "ex05.q8": Searched(
            table.drop(columns=ANSWERS),
            tuple(cohort.truth["relevant"]),
            start=START,
            reference=REFERENCE,
        ),
        "ex05.q9": _log(),
        "ex05.q10": _nothing(),
    }


# -- the questions without numbers ---------------------------------------------------------------


def _evidence():
    return {
        "items": {
            "many": {"right": "counts"},
            "feel": {"right": "accounts"},
            "works": {"right": "comparison"},
            "known": {"right": "local"},
        },
        "slips": [
            {
                "item": "feel",
                "choice": "comparison",
                "misconception": "no trial, no evidence",
                "feedback": "a comparison shows whether more people come, not what the letter is "
                "like to get.",
            },
            {
                "item": "works",
                "choice": "accounts",
                "misconception": "accounts used as counts",
                "feedback": "accounts show how it reaches people; how many more come needs a "
                "comparison.",
            },
            {
                "item": "many",
                "choice": "accounts",
                "misconception": "accounts used as counts",
                "feedback": "people can say why; how many needs counts out of a population.",
            },
        ],
    }


def _ideas():
    return {
        "options": {
            "education": {
                "correct": True,
                "missed": "The programme itself has to be in the line.",
            },
            "diabetes": {
                "correct": True,
                "missed": "The service or the condition has to be in the line.",
            },
            "better": {
                "misconception": "outcome made a condition",
                "feedback": "Not every abstract names this outcome. As a condition it loses those "
                "that measured something else.",
            },
            "recent": {
                "misconception": "newer means better",
                "feedback": "The question asks for no year. A limit loses studies for no reason.",
            },
            "journal": {
                "misconception": "one database is a search",
                "feedback": "Journals are one kind of place, and the class's library has six.",
            },
        }
    }


def _which_line():
    return {
        "options": {
            "subjects": {
                "misconception": "a short list taken for a good search",
                "feedback": "Little to read, because most of what answers is not in it.",
            },
            "names": {"correct": True},
            "wide": {
                "misconception": "as wide as it goes",
                "feedback": "It reaches nine in ten. So does another line, with much less to read.",
            },
        },
        "because": {
            "options": {
                "least": {"correct": True},
                "short": {
                    "feedback": "A short list that leaves out most of what answers is no saving."
                },
                "most": {
                    "misconception": "as wide as it goes",
                    "feedback": "Somebody has to read every record, and will stop before the end.",
                },
            }
        },
    }


def _where(table):
    """Return in which kinds of source the subject terms find nothing that answers."""
    options = {}
    for source, (seen, _) in _by_source(table).items():
        name = source.replace(" ", "_")
        if seen == 0:
            options[name] = {
                "correct": True,
                "missed": "Look once more at the rows where nothing is found.",
            }
        else:
            options[name] = {
                "misconception": "table misread",
                "feedback": "The line does find some in one of the kinds that you chose.",
            }
    return {"options": options}


def _log():
    return {
        "options": {
            "exact": {"correct": True, "missed": "What exactly was typed belongs in it."},
            "good": {
                "misconception": "only what worked",
                "feedback": "Lines and places that gave nothing are what makes “nothing” "
                "believable.",
            },
            "dates": {"correct": True, "missed": "Where and when belong in it."},
            "undone": {"correct": True, "missed": "What was left undone belongs in it."},
            "thorough": {
                "misconception": "an adjective for a log",
                "feedback": "“Thorough” cannot be checked.",
            },
        }
    }


def _nothing():
    return {
        "options": {
            "null": {
                "misconception": "absence of evidence for evidence of absence",
                "feedback": "Finding no study is not a study that finds nothing.",
            },
            "wait": {
                "misconception": "higher proof for equity",
                "feedback": "Waiting is a decision too. Say what can be done on nearby evidence.",
            },
            "open": {"correct": True},
            "extensive": {
                "misconception": "an adjective for a log",
                "feedback": "Name the places, the date and the lines; an adjective cannot be "
                "checked.",
            },
        },
        "because": {
            "options": {
                "check": {"correct": True},
                "prove": {
                    "feedback": "No search proves it. It makes it more or less believable.",
                },
                "short": {"feedback": "Short is good. Checkable comes first."},
            }
        },
    }
