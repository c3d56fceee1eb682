"""Judgements of risk of bias, beside the right ones."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

#: From the best to the worst.
JUDGEMENTS = ("low", "some concerns", "high")

#: Design as indexed -> the instrument that fits it.
INSTRUMENTS: dict[str, str] = {
    "randomised trial": "RoB 2",
    "cluster randomised trial": "RoB 2 for cluster trials",
    "stepped wedge trial": "RoB 2 for cluster trials",
    "interrupted time series": "ROBINS-I with the EPOC questions",
    "difference-in-differences study": "ROBINS-I",
    "cohort study": "ROBINS-I",
    "before-and-after study": "ROBINS-I",
    "cross-sectional study": "a checklist for cross-sectional studies",
    "qualitative study": "CASP, with CERQual for a finding",
    "systematic review": "AMSTAR 2",
    "costing study": "CHEERS",
}


def instrument(design: str) -> str:
    """Return the appraisal instrument that fits a design.

    Parameters
    ----------
    design : str
        As the library writes it.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If the design is none of the library's.

    Examples
    --------
    >>> instrument("systematic review")
    'AMSTAR 2'
    """
    if design not in INSTRUMENTS:
        raise ValueError(f"There is no design {design!r}; there are {', '.join(INSTRUMENTS)}.")
    return INSTRUMENTS[design]


def compare(judged: Mapping[str, str], right: Mapping[str, str]) -> pd.DataFrame:
    """Set judgements of risk of bias beside the right ones.

    Parameters
    ----------
    judged : mapping of str to str
        Record -> one of `JUDGEMENTS`.
    right : mapping of str to str
        Record -> the right one.

    Returns
    -------
    DataFrame
        One row a record: record_id, judged, right, and which way it is off: agrees, too kind or
        too harsh.

    Raises
    ------
    ValueError
        If a judgement is none of the three, or nobody knows the right one.

    Examples
    --------
    >>> compare({"a": "low", "b": "high"}, {"a": "high", "b": "high"})["verdict"].tolist()
    ['too kind', 'agrees']
    """
    rows = []
    for record, mine in judged.items():
        if mine not in JUDGEMENTS:
            raise ValueError(f"{record} is judged {mine!r}; choose {', '.join(JUDGEMENTS)}.")
        if right.get(record) not in JUDGEMENTS:
            raise ValueError(f"Nobody has judged {record} before, so there is nothing to compare.")
        off = JUDGEMENTS.index(mine) - JUDGEMENTS.index(right[record])
        verdict = "agrees" if off == 0 else "too kind" if off < 0 else "too harsh"
        rows.append(
            {"record_id": record, "judged": mine, "right": right[record], "verdict": verdict}
        )
    return pd.DataFrame(rows, columns=["record_id", "judged", "right", "verdict"])
