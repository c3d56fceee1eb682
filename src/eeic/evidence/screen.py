"""Decisions on titles and abstracts: what two screeners agree on, and what screening loses."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from eeic.stats import recording

#: What a screener can say of a record.
DECISIONS = ("include", "unsure", "exclude")


def compare(first: Mapping[str, str], second: Mapping[str, str]) -> pd.DataFrame:
    """Set the decisions of two screeners side by side.

    Parameters
    ----------
    first, second : mapping of str to str
        Record -> decision, one of `DECISIONS`. Both must have screened the same records.

    Returns
    -------
    DataFrame
        Square table of counts, the first screener in rows, decisions in the order of `DECISIONS`.

    Raises
    ------
    ValueError
        If a record was screened by one of them only, or a decision is none of the three.

    Examples
    --------
    >>> one = {"a": "include", "b": "exclude", "c": "exclude"}
    >>> other = {"a": "include", "b": "exclude", "c": "unsure"}
    >>> compare(one, other).loc["exclude"].tolist()
    [0, 1, 1]
    """
    alone = sorted(set(first) ^ set(second))
    if alone:
        raise ValueError(f"The record {alone[0]} was screened by one of the two only.")
    if not first:
        raise ValueError("Nobody has screened anything yet.")
    for record, decision in (*first.items(), *second.items()):
        if decision not in DECISIONS:
            raise ValueError(
                f"The decision on {record} is {decision!r}; choose {', '.join(DECISIONS)}."
            )
    pairs = [(decision, second[record]) for record, decision in first.items()]
    table = pd.DataFrame(
        [[pairs.count((one, other)) for other in DECISIONS] for one in DECISIONS],
        index=list(DECISIONS),
        columns=list(DECISIONS),
    )
    return table.rename_axis(index="first", columns="second")


def agreement(first: Mapping[str, str], second: Mapping[str, str]) -> pd.DataFrame:
    """Work out how far two screeners agree beyond chance.

    Parameters
    ----------
    first, second : mapping of str to str
        As in `compare`.

    Returns
    -------
    DataFrame
        Cohen's kappa as `eeic.stats.recording.kappa` gives it, over the decisions that were used.

    Raises
    ------
    ValueError
        As in `compare`; or, from kappa, if both put everything in one category.

    Examples
    --------
    >>> one = dict(zip("abcdef", ["include"] * 2 + ["exclude"] * 4))
    >>> other = dict(zip("abcdef", ["include"] * 3 + ["exclude"] * 3))
    >>> agreement(one, other)["value"].round(2).item()
    0.67
    """
    table = compare(first, second)
    used = [name for name in DECISIONS if table.loc[name].sum() or table[name].sum()]
    if len(used) == 1:
        used = list(DECISIONS)
    return recording.kappa(table.loc[used, used])


def lost(decisions: Mapping[str, str], relevant: Collection[str]) -> list[str]:
    """Return the relevant records that screening threw out.

    Parameters
    ----------
    decisions : mapping of str to str
        Record -> decision.
    relevant : collection of str
        Ids of the records that answer the question.

    Returns
    -------
    list of str
        Sorted. A record that is unsure is not lost: it goes on to full text.

    Examples
    --------
    >>> lost({"a": "include", "b": "exclude", "c": "unsure"}, ["b", "c"])
    ['b']
    """
    return sorted(one for one in relevant if decisions.get(one) == "exclude")
