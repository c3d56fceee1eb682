"""What a class's marks say of the questions, of the class, and of who needs a word.

Everything here is worked out from records and points, and nothing is read or written. What may
leave the instructor's desk is made by `to_share`: counts of fewer than five people are hidden and
the others rounded, by the rules of `eeic.disclosure`.

"Rest" is always the share of the points that a person earned on all the other questions that
they have a mark for. So a question is never compared with itself.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from eeic.disclosure import SUPPRESSED, percentage, suppress
from eeic.disclosure.counts import RULES
from eeic.grading.records import ItemRecord, Record

__all__ = [
    "FEWEST",
    "Marks",
    "distribution",
    "histogram",
    "histogram_to_share",
    "items",
    "items_to_share",
    "mistakes",
    "mistakes_to_share",
    "need_a_word",
    "reliability",
    "revise_to_share",
    "shares",
    "to_revise",
    "totals",
]

_RULE = "under5"
#: Nothing is said about fewer people than this to anybody but the instructor.
FEWEST = RULES[_RULE].last + 1
#: People from which on the upper and lower 27% and alpha are worked out.
_ENOUGH = 10
#: The part of the class at each end that the upper-lower index compares (Kelley, 1939).
_ENDS = 0.27

#: Why a question is looked at again: a mean share above or below, a discrimination below, and a
#: share of the class above.
_TOO_EASY, _TOO_HARD, _HARDLY = 0.95, 0.25, 0.1
_ONE_MISTAKE, _OFTEN = 0.30, 0.10
#: Whom to talk to: from this share of questions left out, and this fall against the class.
_MANY, _STEEP = 0.5, 0.25

_STOPPED = ("timed out", "stopped")
_NOT_RUN = ("error", *_STOPPED, "missing")
_NOT_READ = ("unreadable",)
#: Faults of the marking or its machine; nobody needs a word for them.
_OURS = ("marking broken", "marking failed", "folder unreadable")
OTHER = "another wrong answer"
#: What the marking calls a function that is as it was released, or has no return.
_NOTHING = "nothing returned"


@dataclass(frozen=True)
class Marks:
    """A class's marks for one exercise, and what else is on record.

    Parameters
    ----------
    most : mapping
        What each graded cell can earn, by name, in the order of the notebook.
    points : mapping
        By learner and graded cell what the gradebook holds; None while a person has still to
        mark. A learner whose work could not be marked has none.
    records : mapping
        The record of each learner, where there is one.
    before : mapping
        By learner, the share of points earned in each earlier exercise.
    absent : sequence of str
        Learners in the gradebook who handed in nothing.

    Examples
    --------
    >>> marks = Marks({"q1": 2.0}, {"ann": {"q1": 2.0}, "bea": {"q1": 1.0}})
    >>> totals(marks)["share"].tolist()
    [1.0, 0.5]
    """

    most: Mapping[str, float]
    points: Mapping[str, Mapping[str, float | None]]
    records: Mapping[str, Record] = field(default_factory=dict)
    before: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    absent: Sequence[str] = ()

    def note(self, learner: str, item: str) -> ItemRecord | None:
        """Return what autograding noted of one answer, if anything."""
        record = self.records.get(learner)
        return record.items.get(item) if record else None


# -- the questions -------------------------------------------------------------------------------


def shares(marks: Marks) -> pd.DataFrame:
    """Return the share of its points that each person earned on each question.

    Parameters
    ----------
    marks : Marks
        The class.

    Returns
    -------
    pandas.DataFrame
        A row for each learner with any mark, a column for each graded cell, 0 to 1; missing
        where a person has still to mark.
    """
    rows = {
        learner: {
            item: math.nan if points.get(item) is None else points[item] / most  # type: ignore[operator]
            for item, most in marks.most.items()
            if most > 0
        }
        for learner, points in marks.points.items()
        if points
    }
    columns = [item for item, most in marks.most.items() if most > 0]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).astype(float)


def items(marks: Marks) -> pd.DataFrame:
    """Return how each question did.

    Parameters
    ----------
    marks : Marks
        The class.

    Returns
    -------
    pandas.DataFrame
        Indexed by graded cell: n (people with a mark), waiting, mean_share (0 to 1), difficulty
        (in words), then the people with full, partly and wrong answers, those who left it out
        (omitted) and those whose answer was not run or not read (lost), which add up to n; of
        the lost, error, timed_out (or stopped), missing and unreadable; discrimination with the
        lower and upper end of its 95% interval; upper_lower; and seconds (median).

    Notes
    -----
    Discrimination is the correlation of the share earned on the question with the rest: for a
    question that is right or wrong the corrected point-biserial. Its interval is Fisher's. The
    upper-lower index is the mean share among the 27% who did best on the rest, less that among
    the 27% who did worst; people level with the last one are taken in, so that no order of rows
    matters. Both are missing where the class is too small, and discrimination where everybody
    earned the same.

    Examples
    --------
    >>> class_of = {f"p{n}": {"q1": n % 2, "q2": n % 2, "q3": 1} for n in range(12)}
    >>> items(Marks({"q1": 1.0, "q2": 1.0, "q3": 1.0}, class_of))["upper_lower"].tolist()
    [1.0, 1.0, 0.0]
    """
    earned = shares(marks)
    rest = _rests(marks, earned)
    rows = {}
    for item in map(str, earned):
        share = earned[item].dropna()
        notes = {learner: marks.note(learner, item) for learner in share.index}
        found = pd.Series(
            [_outcome(value, notes[learner]) for learner, value in share.items()], dtype=object
        )
        counts = {name: int((found == name).sum()) for name in OUTCOMES}
        kinds = [note.outcome for note in notes.values() if note]
        named = [note.misconception for note in notes.values() if note]
        seconds = [note.seconds for note in notes.values() if note and note.seconds > 0]
        low, value, high = _correlation(share, rest[item])
        rows[item] = {
            "n": len(share),
            "waiting": int(earned[item].isna().sum()),
            "mean_share": share.mean(),
            "difficulty": _difficulty(share.mean()),
            **counts,
            "error": kinds.count("error"),
            "timed_out": sum(map(kinds.count, _STOPPED)),
            "missing": kinds.count("missing"),
            "unreadable": sum(map(named.count, _NOT_READ)),
            "discrimination": value,
            "lower": low,
            "upper": high,
            "upper_lower": _upper_lower(share, rest[item]),
            "seconds": float(np.median(seconds)) if seconds else math.nan,
        }
    columns = [
        *("n", "waiting", "mean_share", "difficulty", *OUTCOMES),
        *("error", "timed_out", "missing", "unreadable"),
        *("discrimination", "lower", "upper", "upper_lower", "seconds"),
    ]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("question")


#: What can come of a question; the names of `items`' columns.
OUTCOMES = ("full", "partly", "wrong", "omitted", "lost")


def mistakes(marks: Marks) -> pd.DataFrame:
    """Return which mistakes were made on each question, the commonest first.

    Parameters
    ----------
    marks : Marks
        The class.

    Returns
    -------
    pandas.DataFrame
        question, mistake (its name, or "another wrong answer"), people, of (people with a mark),
        share, rest (their mean share on the other questions), said (what they were told) and
        answer (the commonest answer that was read as this mistake; None if there is none).

    Notes
    -----
    A mistake whose makers did well on the rest is a sign that the question, not the people, may
    be at fault.
    """
    earned = shares(marks)
    rest = _rests(marks, earned)
    rows = []
    for item in map(str, earned):
        share = earned[item].dropna()
        made: dict[str, list[str]] = {}
        for learner, value in share.items():
            note = marks.note(str(learner), item)
            if value >= 1 or note is None or note.outcome != "marked":
                continue
            if note.misconception in _NOT_READ:
                continue
            made.setdefault(note.misconception or OTHER, []).append(str(learner))
        rows += [
            {
                "question": item,
                "mistake": name,
                "people": len(who),
                "of": len(share),
                "share": len(who) / len(share),
                "rest": rest.loc[who, item].mean(),
                "said": _told(marks, who, item) if name != OTHER else "",
                "answer": _commonest(marks, who, item),
            }
            for name, who in made.items()
        ]
    columns = ["question", "mistake", "people", "of", "share", "rest", "said", "answer"]
    found = pd.DataFrame(rows, columns=columns)
    order = {item: at for at, item in enumerate(map(str, earned))}
    keys = pd.DataFrame(
        {
            "place": found["question"].map(order),
            "other": found["mistake"] == OTHER,
            "people": -found["people"].astype(int),
            "name": found["mistake"],
        }
    )
    return found.loc[keys.sort_values(keys.columns.tolist()).index].reset_index(drop=True)


def to_revise(marks: Marks) -> pd.DataFrame:
    """Return the questions to look at again before the next class, each with a reason.

    Parameters
    ----------
    marks : Marks
        The class.

    Returns
    -------
    pandas.DataFrame
        question, kind, reason (a sentence without numbers) and people (how many it rests on). A
        question can have several rows; one with marks for fewer than five people has none.
    """
    made = mistakes(marks)
    rows = []
    for name, item in items(marks).iterrows():
        if item["n"] < FEWEST:
            continue
        named = made[(made["question"] == name) & (made["mistake"] != OTHER)]
        rows += [
            {"question": name, "kind": kind, "reason": reason, "people": int(people)}
            for kind, reason, people in _reasons(item, named)
        ]
    return pd.DataFrame(rows, columns=["question", "kind", "reason", "people"])


def _reasons(item: pd.Series, made: pd.DataFrame) -> Iterable[tuple[str, str, int]]:
    """Give why a question is looked at again, and on how many people that rests."""
    n = item["n"]
    if item["mean_share"] > _TOO_EASY:
        yield (
            "too easy",
            "Nearly everybody earned all of it: keep it as a way in, or ask for one step more.",
            item["full"],
        )
    if item["mean_share"] < _TOO_HARD:
        yield (
            "too hard",
            "Less than a quarter of its points were earned: ask for a smaller step, or give more "
            "time to it in the lesson.",
            n - item["full"],
        )
    if item["discrimination"] < 0:
        chance = "" if item["upper"] < 0 else " In a class of this size that can be chance."
        yield (
            "turned round",
            "People who did well on the rest did less well here: look for a second right answer, "
            f"a trick in the wording or a slip in the key.{chance}",
            n,
        )
    elif item["discrimination"] < _HARDLY and n >= _ENOUGH and item["mean_share"] <= _TOO_EASY:
        yield (
            "hardly tells apart",
            "People who did well on the rest did no better here: see whether the question asks "
            "what the lesson teaches, and whether its wording is clear.",
            n,
        )
    for _, row in made[made["share"] > _ONE_MISTAKE].iterrows():
        if row["mistake"] == _NOTHING:
            yield (
                "not begun",
                "More than three in ten gave a function that returns nothing, so many may not "
                "have begun it: offer a smaller first step, or more time.",
                row["people"],
            )
            continue
        yield (
            "one mistake",
            f"More than three in ten made the same mistake, “{row['mistake']}”: see whether the "
            "wording leads there, and bring it into the lesson.",
            row["people"],
        )
    if item["timed_out"] > _OFTEN * n:
        yield (
            "timed out",
            "More than one in ten ran out of time or memory: say how large the task is, or give "
            "a smaller table.",
            item["timed_out"],
        )
    if item["unreadable"] > _OFTEN * n:
        yield (
            "unreadable",
            "More than one in ten gave something that could not be read: say what form the "
            "answer takes, with an example.",
            item["unreadable"],
        )


# -- the class -----------------------------------------------------------------------------------


def totals(marks: Marks) -> pd.DataFrame:
    """Return what each person has so far.

    Parameters
    ----------
    marks : Marks
        The class.

    Returns
    -------
    pandas.DataFrame
        Indexed by learner: points, out_of (what could be earned on what is marked), share and
        waiting (points that a person has still to mark).
    """
    earned = shares(marks)
    most = _worth(marks, earned)
    found = pd.DataFrame(
        {
            "points": (earned * most).sum(axis=1),
            "out_of": (earned.notna() * most).sum(axis=1),
        }
    )
    found["share"] = found["points"] / found["out_of"].where(found["out_of"] > 0)
    found["waiting"] = most.sum() - found["out_of"]
    return found.rename_axis("learner")


def distribution(marks: Marks) -> pd.DataFrame:
    """Return how the shares of points are spread over the class.

    Parameters
    ----------
    marks : Marks
        The class.

    Returns
    -------
    pandas.DataFrame
        One row: n, waiting (people with something still to mark), least, lower_quarter, median,
        upper_quarter, greatest, mean and spread (standard deviation) of the shares, 0 to 1.
    """
    found = totals(marks)
    share = found["share"].dropna()
    five = share.quantile([0, 0.25, 0.5, 0.75, 1]).to_numpy()
    names = ("least", "lower_quarter", "median", "upper_quarter", "greatest")
    return pd.DataFrame(
        [
            {
                "n": len(share),
                "waiting": int((found["waiting"] > 0).sum()),
                **dict(zip(names, five, strict=True)),
                "mean": share.mean(),
                "spread": share.std(),
            }
        ]
    )


def histogram(marks: Marks, bands: int = 10) -> pd.DataFrame:
    """Return how many people have which share of the points.

    Parameters
    ----------
    marks : Marks
        The class.
    bands : int
        How many bands of equal width from 0 to 1.

    Returns
    -------
    pandas.DataFrame
        low and high (the band, 0 to 1; a share at a border counts above it, full marks in the
        last band) and people.
    """
    share = totals(marks)["share"].dropna()
    edges = np.linspace(0, 1, bands + 1)
    # 0.3 worked out from points can be a hair under 0.3.
    where = np.minimum(np.floor(share.to_numpy() * bands + 1e-9), bands - 1).astype(int)
    return pd.DataFrame(
        {
            "low": edges[:-1],
            "high": edges[1:],
            "people": np.bincount(where, minlength=bands),
        }
    )


def reliability(marks: Marks) -> pd.DataFrame:
    """Return Cronbach's alpha: how far the questions measure one thing.

    Parameters
    ----------
    marks : Marks
        The class.

    Returns
    -------
    pandas.DataFrame
        One row: n (people with all these questions marked), questions, value, lower, upper
        (95%) and note. Missing, with the reason as the note, under 10 people or 3 questions.

    Notes
    -----
    Worked out from points. Questions that wait for a person in a fifth of the class or more are
    left out, then people with something waiting. The interval is Feldt's (1965).
    """
    earned = shares(marks)
    earned = earned.loc[:, earned.notna().mean() > 0.8]
    points = (earned * _worth(marks, earned)).dropna()
    n, k = points.shape
    nothing = {"n": n, "questions": k, "value": math.nan, "lower": math.nan, "upper": math.nan}
    whole = points.sum(axis=1).var()
    if n < _ENOUGH or k < 3:
        said = "Not worked out: it needs 10 people and 3 questions that are marked for them."
        return pd.DataFrame([{**nothing, "note": said}])
    if not whole > 0:
        return pd.DataFrame([{**nothing, "note": "Not defined: everybody has the same total."}])
    from scipy.stats import f

    value = k / (k - 1) * (1 - points.var().sum() / whole)
    lower, upper = (1 - (1 - value) * f.ppf(at, n - 1, (n - 1) * (k - 1)) for at in (0.975, 0.025))
    return pd.DataFrame([{**nothing, "value": value, "lower": lower, "upper": upper, "note": ""}])


def need_a_word(marks: Marks) -> pd.DataFrame:
    """Return who may be glad of a word: for the instructor's eyes only.

    Parameters
    ----------
    marks : Marks
        The class.

    Returns
    -------
    pandas.DataFrame
        learner, what (what is seen) and idea (how to begin), in order of the names; nobody is
        ranked. ``attrs["for"]`` says whose eyes it is for. It is never part of what is shared.

    Notes
    -----
    A fall is how much further below the middle of the class somebody is than they were in
    earlier exercises: an exercise that is hard for everybody makes no fall.
    """
    earned = totals(marks)
    standing = earned["share"] - earned["share"].median()
    rows = []
    learners = sorted({*marks.points, *marks.absent})
    for learner in learners:
        if seen := _seen(marks, learner, standing):
            rows.append({"learner": learner, "what": seen[0], "idea": seen[1]})
    found = pd.DataFrame(rows, columns=["learner", "what", "idea"])
    found.attrs["for"] = "the instructor's eyes only"
    return found


def _seen(marks: Marks, learner: str, standing: pd.Series) -> tuple[str, str] | None:
    """Say what is seen of one person and how a talk could begin; nothing if nothing is."""
    points = marks.points.get(learner, {})
    record = marks.records.get(learner)
    if learner in marks.absent:
        return (
            "Nothing has been handed in.",
            "Ask whether the exercise reached them and what would help; offer a later date.",
        )
    if not points:
        said = [fault.what for fault in record.faults] if record else []
        if record and any(fault.kind in _OURS for fault in record.faults):
            return None
        return (
            " ".join(["The work could not be marked.", *said[:1]]),
            "Say that nothing is lost, and ask for a fresh copy.",
        )
    faults = [f for f in (record.faults if record else []) if f.kind not in _OURS]
    lost = [f for f in faults if f.kind in ("controls only", "answers damaged")]
    if lost:
        return (
            f"Much of the work could not be read. {lost[0].what}",
            "Say that the mark leaves it out so far, and ask for a fresh copy.",
        )
    notes = record.items if record else {}
    empty = [n for n in notes.values() if n.outcome in ("no answer", "missing", "error")]
    blank = [n for n in notes.values() if n.outcome in ("no answer", "missing")]
    if notes and len(empty) == len(notes) and not any(n.answer for n in notes.values()):
        return (
            "The notebook came back as it was given out.",
            "It may never have been opened, or not saved: ask how far they got and what was in "
            "the way.",
        )
    if notes and len(blank) >= _MANY * len(notes):
        return (
            f"{len(blank)} of {len(notes)} questions have no answer.",
            "Ask whether it was time, the tools or the subject; each needs another kind of help.",
        )
    before = marks.before.get(learner, {})
    if learner in standing and before:
        fall = np.mean(list(_standings(marks, before).values())) - standing[learner]
        if fall >= _STEEP:
            named = ", ".join(sorted(before))
            return (
                f"Further below the class's middle than before ({named}).",
                "Something may have come between: ask how things are going, not about the mark.",
            )
    return None


def _standings(marks: Marks, before: Mapping[str, float]) -> dict[str, float]:
    """Return how far above the middle of the class somebody was in each earlier exercise."""
    return {
        exercise: share
        - float(np.median([of[exercise] for of in marks.before.values() if exercise in of]))
        for exercise, share in before.items()
    }


# -- what may be shared --------------------------------------------------------------------------


def items_to_share(found: pd.DataFrame) -> pd.DataFrame:
    """Return `items` as it may leave the instructor's desk.

    Parameters
    ----------
    found : pandas.DataFrame
        What `items` returned.

    Returns
    -------
    pandas.DataFrame
        Indexed by question, all text: people, full_marks (per cent), left_out, lost, difficulty
        and tells_apart (in words). Counts of 1 to 4 people are hidden and others rounded to the
        nearest 5; a percentage is made of the rounded counts, and hidden too where the people
        without full marks are 1 to 4. A question with marks for 1 to 4 people shows nothing.
    """
    if found.empty:
        return pd.DataFrame(
            columns=["people", "full_marks", "left_out", "lost", "difficulty", "tells_apart"]
        ).rename_axis("question")
    few = found["n"] < FEWEST
    shown = pd.DataFrame(
        {
            "people": suppress(found["n"], _RULE)["shown"],
            "full_marks": _percentages(found["full"], found["n"]),
            "left_out": suppress(found["omitted"], _RULE)["shown"],
            "lost": suppress(found["lost"], _RULE)["shown"],
            # In words that a few people's marks can't be read from.
            "difficulty": found["difficulty"],
            "tells_apart": [
                _tells_apart(value) if n >= _ENOUGH else SUPPRESSED
                for value, n in zip(found["discrimination"], found["n"], strict=True)
            ],
        }
    )
    shown.loc[few] = SUPPRESSED
    return shown


def mistakes_to_share(found: pd.DataFrame) -> pd.DataFrame:
    """Return `mistakes` as it may leave the instructor's desk.

    Parameters
    ----------
    found : pandas.DataFrame
        What `mistakes` returned.

    Returns
    -------
    pandas.DataFrame
        question, mistake, people (text, rounded), share (text, per cent) and said; only mistakes
        that five people or more made, so that none can be laid at one person's door.
    """
    known = found[(found["people"] >= FEWEST) & (found["mistake"] != OTHER)]
    shown = known[["question", "mistake", "said"]].assign(people="", share="")
    if len(known):
        shown["people"] = suppress(known["people"], _RULE)["shown"]
        shown["share"] = _percentages(known["people"], known["of"])
    return shown[["question", "mistake", "people", "share", "said"]].reset_index(drop=True)


def histogram_to_share(found: pd.DataFrame) -> pd.DataFrame:
    """Return `histogram` as it may leave the instructor's desk.

    Parameters
    ----------
    found : pandas.DataFrame
        What `histogram` returned.

    Returns
    -------
    pandas.DataFrame
        low, high, people (a whole number, missing where hidden) and shown (text).
    """
    hidden = suppress(found["people"], _RULE)
    return found[["low", "high"]].assign(people=hidden["value"], shown=hidden["shown"])


def revise_to_share(found: pd.DataFrame) -> pd.DataFrame:
    """Return `to_revise` as it may leave the instructor's desk.

    Parameters
    ----------
    found : pandas.DataFrame
        What `to_revise` returned.

    Returns
    -------
    pandas.DataFrame
        question, kind and reason, without reasons that rest on fewer than five people.
    """
    kept = found[found["people"] >= FEWEST]
    return kept[["question", "kind", "reason"]].reset_index(drop=True)


# -- small things --------------------------------------------------------------------------------


def _worth(marks: Marks, earned: pd.DataFrame) -> pd.Series:
    """Return what each column can earn."""
    return pd.Series([marks.most[str(item)] for item in earned], earned.columns, dtype=float)


def _rests(marks: Marks, earned: pd.DataFrame) -> pd.DataFrame:
    """Return, for each person and question, the share of points earned on all the others."""
    most = _worth(marks, earned)
    points, possible = earned * most, earned.notna() * most
    others = possible.rsub(possible.sum(axis=1), axis=0)
    rest = points.fillna(0).rsub(points.sum(axis=1), axis=0)
    return rest / others.where(others > 0)


def _outcome(share: float, note: ItemRecord | None) -> str:
    """Return which of `OUTCOMES` came of one answer."""
    if share >= 1:
        return "full"
    if share > 0:
        return "partly"
    if note and note.outcome == "no answer":
        return "omitted"
    if note and (note.outcome in _NOT_RUN or note.misconception in _NOT_READ):
        return "lost"
    return "wrong"


def _difficulty(share: float) -> str:
    """Put the mean share of points in a word; the borders are ours."""
    if math.isnan(share):
        return ""
    words = ("very hard", "hard", "middling", "easy", "very easy")
    return words[int(np.searchsorted((0.25, 0.45, 0.7, 0.9), share, side="right"))]


def _tells_apart(value: float) -> str:
    """Put discrimination in a word; the borders are ours."""
    if math.isnan(value):
        return "not worked out"
    return ("no, turned round", "hardly", "somewhat", "well")[
        int(np.searchsorted((0, 0.15, 0.3), value, side="right"))
    ]


def _correlation(one: pd.Series, other: pd.Series) -> tuple[float, float, float]:
    """Return a correlation between the ends of its 95% interval; missing if there is none."""
    both = pd.DataFrame({"one": one, "other": other}).dropna()
    if len(both) < FEWEST or both.std().min() < 1e-9:
        return math.nan, math.nan, math.nan
    value = float(both["one"].corr(both["other"]))
    # At ±1 Fisher's scale has no end; a hair inside keeps the limits numbers.
    middle = np.arctanh(np.clip(value, -1 + 1e-9, 1 - 1e-9))
    reach = 1.959964 / math.sqrt(len(both) - 3)
    return float(np.tanh(middle - reach)), value, float(np.tanh(middle + reach))


def _upper_lower(share: pd.Series, rest: pd.Series) -> float:
    rest = rest[share.index].dropna()
    if len(rest) < _ENOUGH:
        return math.nan
    low, high = rest.quantile([_ENDS, 1 - _ENDS])
    if not low < high:
        return math.nan
    return float(share[rest.index[rest >= high]].mean() - share[rest.index[rest <= low]].mean())


def _percentages(people: pd.Series, of: pd.Series) -> list[str]:
    """Write percentages made of rounded counts; hidden where either side is a few people."""
    value = percentage(people, of, rule=_RULE)["value"].to_numpy(dtype=float)
    hidden = suppress(of - people, _RULE)["suppressed"].to_numpy()
    return [
        SUPPRESSED if hide or math.isnan(one) else f"{min(one, 100):.0f}%"
        for one, hide in zip(value, hidden, strict=True)
    ]


def _told(marks: Marks, learners: Sequence[str], item: str) -> str:
    """Return the line that most often stood in what some people were told; "" if few were."""
    said: list[str] = []
    for learner in learners:
        note = marks.note(learner, item)
        lines = note.feedback.splitlines() if note else []
        lines = [re.sub(r"^(Partly right|Not yet)\. ", "", line) for line in lines]
        said += dict.fromkeys(line for line in lines if line and not _TALLY.fullmatch(line))
    common = max(sorted(set(said)), key=said.count, default="")
    return common if said.count(common) * 2 >= len(learners) else ""


def _commonest(marks: Marks, learners: Sequence[str], item: str) -> object:
    """Return the answer that most of some people gave, as the record has it."""
    notes = (marks.note(learner, item) for learner in learners)
    given = [note.answer for note in notes if note and note.answer not in (None, "", [], {})]
    if not given:
        return None
    texts = [repr(answer) for answer in given]
    return given[texts.index(max(texts, key=texts.count))]


#: How many parts of an answer are right: one person's, and not what the mistake is about.
_TALLY = re.compile(r"\d+ of \d+ are right\.")
