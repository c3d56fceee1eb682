"""One reference case: what was expected, what we gave, and the verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd

from eeic.stats import Refusal

Outcome = Literal["agrees", "refused rightly", "differs"]

#: A number, or a word or mark that must be equal.
Expected = float | int | str | bool | None


@dataclass(frozen=True)
class Case:
    """The verdict on one case of a reference file.

    Attributes
    ----------
    name : str
        Which case.
    outcome : {"agrees", "refused rightly", "differs"}
        The verdict.
    detail : str
        What differs, or why it was refused; empty where it agrees.
    """

    name: str
    outcome: Outcome
    detail: str = ""


def compare(
    name: Any,
    call: Callable[[], Mapping[str, Any]],
    expected: Mapping[str, Any],
    *,
    refused: bool = False,
    rtol: float = 1e-9,
    atol: float = 1e-12,
) -> Case:
    """Put one case through our function and judge it.

    Parameters
    ----------
    name : object
        Which case; its text is shown.
    call : callable
        Works the case out: a mapping, or a row of a result, with at least the names expected.
    expected : mapping
        What the reference gives, by the same names: numbers, or words that must be equal.
        Missing and infinite numbers are what the reference could not work out.
    refused : bool
        The reference stopped on this input, so ours must refuse it.
    rtol, atol : float
        Relative and absolute tolerance.

    Returns
    -------
    Case
        Where the reference has no finite number, ours may refuse or be missing; a finite
        number of ours would differ.

    Examples
    --------
    >>> compare("half", lambda: {"value": 0.5}, {"value": 0.5}).outcome
    'agrees'
    >>> compare("half", lambda: {"value": 0.4}, {"value": 0.5}).detail
    'value is 0.4 and should be 0.5'
    """
    nothing_expected = not any(shown_as(value) for value in expected.values())
    try:
        found = call()
    except Refusal as refusal:
        right = refused or nothing_expected
        return Case(str(name), "refused rightly" if right else "differs", str(refusal))
    if refused:
        return Case(str(name), "differs", "the reference refuses this input and we did not")
    wrong = [
        f"{key} is {_said(found[key])} and should be {_said(value)}"
        for key, value in expected.items()
        if not _same(found[key], value, rtol, atol)
    ]
    return Case(str(name), "differs" if wrong else "agrees", "; ".join(wrong))


def each_row(
    names: Any,
    found: pd.DataFrame,
    reference: pd.DataFrame,
    columns: Mapping[str, str],
    *,
    rtol: float = 1e-9,
    atol: float = 1e-12,
) -> Iterator[Case]:
    """Judge a whole result against a reference table, row by row.

    Parameters
    ----------
    names : sequence
        Which case each row is.
    found : pandas.DataFrame
        Our result, in the order of the reference table.
    reference : pandas.DataFrame
        The reference table.
    columns : mapping of str to str
        Our column and the reference's.
    rtol, atol : float
        As in `compare`.

    Yields
    ------
    Case
        One for each row.

    Raises
    ------
    ValueError
        If the two tables are not of one length.
    """
    if not len(found) == len(reference) == len(names):
        raise ValueError(f"{len(found)} rows of ours stand against {len(reference)}.")
    for place, name in enumerate(names):
        theirs = reference.iloc[place]
        yield compare(
            name,
            partial(_numbers, found, place),
            {our: theirs[their] for our, their in columns.items()},
            rtol=rtol,
            atol=atol,
        )


def _numbers(table: pd.DataFrame, place: int) -> dict[Any, Any]:
    return table.iloc[place].to_dict()


def shown_as(value: Any) -> bool:
    """Say whether a reference gives something to compare with.

    Parameters
    ----------
    value : object
        A number, a word or nothing.

    Returns
    -------
    bool
        False for a missing or infinite number and for nothing.

    Examples
    --------
    >>> [shown_as(value) for value in (0.0, "shift", float("nan"), float("inf"), None)]
    [True, True, False, False, False]
    """
    if value is None or value is pd.NA:
        return False
    if isinstance(value, str | bool | np.bool_):
        return True
    return math.isfinite(value)


def _same(found: Any, expected: Any, rtol: float, atol: float) -> bool:
    if not shown_as(expected):
        return not shown_as(found)
    if not shown_as(found):
        return False
    if isinstance(expected, str | bool | np.bool_):
        return bool(found == expected)
    if isinstance(found, str):
        return False
    return math.isclose(found, expected, rel_tol=rtol, abs_tol=atol)


def _said(value: Any) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)
