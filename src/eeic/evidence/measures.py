"""How good a search was, measured against the gold standard of its question."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from eeic.evidence.search import Result

Found = Result | Collection[str]


def questions(truth: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Return the questions that have a gold standard.

    Parameters
    ----------
    truth : mapping, optional
        What is true of the library; by default that of the course's own L11.

    Returns
    -------
    DataFrame
        question, asked, module, kind, relevant (how many records), key.

    Raises
    ------
    ValueError
        If the course's truth says nothing about the library.

    Examples
    --------
    >>> from eeic.world.build import recipe
    >>> from eeic.world.library import make
    >>> questions(make(recipe()).truth)["question"].tolist()
    ['Q1', 'Q2', 'Q3', 'Q4', 'Q5', 'Q6']
    """
    known = _truth(truth)["questions"]
    return pd.DataFrame(
        [
            {
                "question": name,
                "asked": about["asked"],
                "module": about["module"],
                "kind": about["kind"],
                "relevant": len(about["relevant"]),
                "key": len(about["key"]),
            }
            for name, about in known.items()
        ]
    )


def question(name: str, truth: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return one question with its gold standard.

    Parameters
    ----------
    name : str
        Such as ``"Q1"``.
    truth : mapping, optional
        What is true of the library; by default that of the course's own L11.

    Returns
    -------
    dict
        asked, module, kind, relevant and key (ids of records), and groups: for each relevant
        record the groups that it is about.

    Raises
    ------
    ValueError
        If there is no such question.
    """
    known = _truth(truth)
    if name not in known["questions"]:
        raise ValueError(
            f"There is no question {name!r}; there are {', '.join(known['questions'])}."
        )
    about = dict(known["questions"][name])
    about["groups"] = {one: known["studies"][one]["groups"] for one in about["relevant"]}
    return about


def score(found: Found, relevant: Collection[str], key: Collection[str] = ()) -> pd.DataFrame:
    """Measure a search: how much it found, how much of that was wanted, how much must be read.

    Parameters
    ----------
    found : Result or collection of str
        What the search found.
    relevant : collection of str
        Ids of the records that answer the question.
    key : collection of str
        Ids of the most important of them.

    Returns
    -------
    DataFrame
        One row: found, relevant, relevant_found, missed, recall, precision, number_needed_to_read
        (records read for each relevant one: 1/precision), key_recall. Missing where it is 0/0.

    Raises
    ------
    ValueError
        If no record is relevant: recall has no meaning then.

    Examples
    --------
    >>> score(["a", "b", "c", "d"], ["a", "b", "e"])[
    ...     ["recall", "precision", "number_needed_to_read"]
    ... ].round(2)
       recall  precision  number_needed_to_read
    0    0.67        0.5                    2.0
    """
    wanted = set(relevant)
    if not wanted:
        raise ValueError("No record is relevant to the question, so recall has no meaning.")
    ids = _ids(found)
    hit = wanted & ids
    important = set(key)
    nothing = float("nan")
    return pd.DataFrame(
        {
            "found": [len(ids)],
            "relevant": [len(wanted)],
            "relevant_found": [len(hit)],
            "missed": [len(wanted) - len(hit)],
            "recall": [len(hit) / len(wanted)],
            "precision": [len(hit) / len(ids) if ids else nothing],
            "number_needed_to_read": [len(ids) / len(hit) if hit else nothing],
            "key_recall": [len(important & ids) / len(important) if important else nothing],
        }
    )


def lost_groups(found: Found, groups: Mapping[str, Collection[str]]) -> pd.DataFrame:
    """Say whose studies a wording finds and whose it loses.

    Parameters
    ----------
    found : Result or collection of str
        What the search found.
    groups : mapping
        Relevant record -> the ethnic groups that it is about, as `question` gives them.

    Returns
    -------
    DataFrame
        One row a group: group, relevant, found, missed, recall; the lowest recall first. A record
        about several groups counts for each, so rows do not add up.

    Examples
    --------
    >>> lost_groups(["a"], {"a": ["Indian"], "b": ["Roma"], "c": ["Roma", "Indian"]})
        group  relevant  found  missed  recall
    0    Roma         2      0       2     0.0
    1  Indian         2      1       1     0.5
    """
    ids = _ids(found)
    rows: dict[str, list[int]] = {}
    for record, about in groups.items():
        for group in about:
            count = rows.setdefault(group, [0, 0])
            count[0] += 1
            count[1] += record in ids
    table = pd.DataFrame(
        [
            {"group": group, "relevant": there, "found": seen, "missed": there - seen}
            for group, (there, seen) in rows.items()
        ],
        columns=["group", "relevant", "found", "missed"],
    )
    table["recall"] = table["found"] / table["relevant"]
    return table.sort_values(["recall", "group"], ignore_index=True)


def _ids(found: Found) -> set[str]:
    if isinstance(found, str):
        raise TypeError("Give the ids as a list, not as one text.")
    return set(found.ids if isinstance(found, Result) else found)


def _truth(truth: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if truth is not None:
        return truth
    from eeic import datasets

    about = datasets.truth()["datasets"].get("L11", {})
    if "facts" not in about:
        raise ValueError("The course's datasets say nothing about the library; give its truth.")
    return about["facts"]
