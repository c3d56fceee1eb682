"""The kinds of column that records have: answers from a list, yes or no, days, and nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from eeic.categories import LABELS, NHS_2001, NOT_KNOWN, NOT_STATED, TO_NHS_2001

#: Day 0 of the records, the first day of financial year 2031/32.
FIRST_DAY = np.datetime64("2031-04-01", "s")
#: Last day of financial year 2036/37, as a day number.
LAST_DAY = 2191

# Beyond the 19 groups a record can hold these two answers, and here they have numbers as well.
STATED_NOTHING = len(LABELS)
KNOWN_NOTHING = len(LABELS) + 1
#: There is no record at all.
NO_RECORD = -1

#: By the number of the answer: the NHS code of 2001, its label, and the same of the 2021 list.
LETTERS: tuple[str, ...] = (*(TO_NHS_2001[label] for label in LABELS), "Z", "99")
LABELS_2001: tuple[str, ...] = tuple(NHS_2001[letter] for letter in LETTERS)
CODES_2021: tuple[str, ...] = (*LABELS, "Z", "99")
LABELS_2021: tuple[str, ...] = (*LABELS, NOT_STATED, NOT_KNOWN)


def answers(
    numbers: ArrayLike, names: Sequence[str], missing: ArrayLike | None = None
) -> pd.Categorical:
    """Return a column of answers from a list.

    Parameters
    ----------
    numbers : array of int
        Number of each answer, from 0; -1 for none.
    names : sequence of str
        The list. A name that stands in it twice is one answer.
    missing : array of bool, optional
        Where nothing was written down.

    Returns
    -------
    pandas.Categorical

    Examples
    --------
    >>> answers([0, 1, 1], ["text", "call"], missing=[False, False, True]).tolist()
    ['text', 'call', nan]
    """
    place, kinds = _list(tuple(names))
    codes = place[np.asarray(numbers, dtype=np.int64)]
    if missing is not None:
        codes = np.where(np.asarray(missing), -1, codes)
    return pd.Categorical.from_codes(codes, dtype=kinds, validate=False)


@lru_cache(maxsize=256)
def _list(names: tuple[str, ...]) -> tuple[np.ndarray, pd.CategoricalDtype]:
    """Return where each name stands among the different ones (and -1 for none), and these."""
    # Kept, because an England has a list of 33,755 areas and every block asks for it.
    first = {name: number for number, name in enumerate(dict.fromkeys(names))}
    # In as few bytes as the answers are kept in.
    kind = np.min_scalar_type(-len(first) - 1)
    place = np.array([*(first[name] for name in names), -1], dtype=kind)
    return place, pd.CategoricalDtype(pd.Index(list(first), dtype=object))


def yes_no(values: ArrayLike, missing: ArrayLike | None = None) -> pd.Categorical:
    """Return a column of yes and no.

    Parameters
    ----------
    values : array of bool
        Whether yes.
    missing : array of bool, optional
        Where nothing was written down.

    Returns
    -------
    pandas.Categorical
    """
    return answers(np.asarray(values, dtype=bool).astype(np.int64), ("no", "yes"), missing)


def unless(missing: ArrayLike, values: ArrayLike) -> np.ndarray:
    """Return numbers, NaN where nothing was written down.

    Parameters
    ----------
    missing : array of bool
        Where nothing was written down.
    values : array of numbers
        What would have been.

    Returns
    -------
    numpy.ndarray
    """
    return np.where(np.asarray(missing), np.nan, np.asarray(values, dtype=float))


def day(number: np.ndarray, missing: ArrayLike | None = None) -> np.ndarray:
    """Return a column of dates.

    Parameters
    ----------
    number : numpy.ndarray
        Days since the first day of the records.
    missing : array of bool, optional
        Where nothing was written down.

    Returns
    -------
    numpy.ndarray
        Dates; NaT where missing.
    """
    dates = FIRST_DAY + np.asarray(number).astype("timedelta64[D]").astype("timedelta64[s]")
    if missing is not None:
        dates = np.where(np.asarray(missing), np.datetime64("NaT", "s"), dates)
    return dates


def any_day(u: np.ndarray) -> np.ndarray:
    """Return a day of the six years of records for each uniform.

    Parameters
    ----------
    u : numpy.ndarray
        Uniforms in [0, 1).

    Returns
    -------
    numpy.ndarray
        Whole numbers from 0 to `LAST_DAY`.
    """
    return (u * (LAST_DAY + 1)).astype(np.int64)
