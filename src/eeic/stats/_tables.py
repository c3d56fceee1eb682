"""What all statistics share: checked input, one shape of result, and how a refusal is worded.

Every check names the column and the first row that is wrong, counted from 1. Missing values
travel as NaN and are never turned into zero here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Integers = NDArray[np.intp]
Locate = Callable[[int], str]

#: The columns of every result, after the columns that say what it was made from.
COLUMNS = ("value", "lower", "upper", "confidence", "statistic", "method", "note")


class Refusal(ValueError):
    """Input from which no honest statistic can be made."""


def check_confidence(confidence: float) -> float:
    """Return the confidence level, or refuse one that is not a share between 0 and 1."""
    if not isinstance(confidence, Real) or not 0 < confidence < 1:
        raise Refusal(
            f"confidence is {confidence!r}: give a share between 0 and 1, such as 0.95 for 95%."
        )
    return float(confidence)


def check_multiplier(multiplier: float) -> float:
    """Return the multiplier, or refuse one that is not a positive number."""
    if (
        not isinstance(multiplier, Real)
        or isinstance(multiplier, bool)
        or not 0 < multiplier < math.inf
    ):
        raise Refusal(
            f"multiplier is {multiplier!r}: give a positive number, such as 100000 for a rate "
            "per 100,000."
        )
    return float(multiplier)


def check_choice(name: str, value: str, choices: Sequence[str]) -> None:
    """Refuse an option that is not one of its choices."""
    if value not in choices:
        raise Refusal(f"{name} is {value!r}: choose one of {', '.join(map(repr, choices))}.")


def per(multiplier: float) -> str:
    """Say a multiplier in words: ``' per 100,000'``, or nothing for 1."""
    return "" if multiplier == 1 else f" per {multiplier:,.15g}"


def locate_by_index(index: pd.Index) -> Locate:
    """Name a row by its place, and by its label where it has one of its own."""

    def locate(position: int) -> str:
        if isinstance(index, pd.RangeIndex):
            return f"row {position + 1}"
        return f"row {position + 1} ({index[position]})"

    return locate


def locate_by_columns(data: pd.DataFrame, names: Sequence[str]) -> Locate:
    """Name a row by its place and by its values in the columns that identify it."""

    def locate(position: int) -> str:
        identity = ", ".join(f"{name} {data[name].iloc[position]}" for name in names)
        return f"row {position + 1} ({identity})" if identity else f"row {position + 1}"

    return locate


def aligned(**columns: Any) -> tuple[dict[str, Floats], pd.Index, Locate]:
    """Bring scalars, arrays and Series to one length as numbers.

    Parameters
    ----------
    **columns
        Name of each column and its values. A single number serves every row.

    Returns
    -------
    dict of str to ndarray
        The numbers, NaN where missing.
    pandas.Index
        The index of the Series among them, else 0, 1, 2, ...
    callable
        Names a row for a message.

    Raises
    ------
    Refusal
        If the lengths or the indexes differ, if there is no row, or if a value is no number.
    """
    index: pd.Index | None = None
    owner = ""
    length: int | None = None
    for name, values in columns.items():
        if np.ndim(values) > 1:
            raise Refusal(f"{name} has {np.ndim(values)} dimensions: give one column.")
        if np.ndim(values) == 0:
            continue
        if length is not None and len(values) != length:
            raise Refusal(f"{name} has {len(values)} rows and {owner} has {length}.")
        length = len(values)
        if isinstance(values, pd.Series):
            if index is not None and not values.index.equals(index):
                raise Refusal(
                    f"{name} and {owner} have different index labels: rows must match one to one."
                )
            index = values.index
        owner = name
    if index is None:
        index = pd.RangeIndex(1 if length is None else length)
    if not len(index):
        raise Refusal("The table is empty: there is no row to make a statistic from.")
    locate = locate_by_index(index)
    arrays = {name: np.resize(numbers(v, name, locate), len(index)) for name, v in columns.items()}
    return arrays, index, locate


def column(data: pd.DataFrame, name: str, parameter: str) -> pd.Series:
    """Return one column of a table, or say which columns there are."""
    if name not in data.columns:
        has = ", ".join(map(str, data.columns)) or "no column"
        raise Refusal(f"There is no column {name!r} (for {parameter}); the table has: {has}.")
    found = data[name]
    if isinstance(found, pd.DataFrame):
        raise Refusal(f"The table has more than one column named {name!r} (for {parameter}).")
    return found


def require_table(data: Any) -> pd.DataFrame:
    """Refuse what is not a table with rows."""
    if not isinstance(data, pd.DataFrame):
        raise Refusal(f"A pandas DataFrame is needed, not {type(data).__name__}.")
    if data.empty:
        raise Refusal("The table is empty: there is no row to make a statistic from.")
    return data


def names(value: str | Sequence[str] | None) -> list[str]:
    """Return column names as a list, whether one, several or none were given."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def codes(data: pd.DataFrame, names: Sequence[str], parameter: str) -> Integers:
    """Give each combination of some columns a number, in order of first appearance."""
    code: Integers = np.zeros(len(data), dtype=np.intp)
    for name in names:
        here, found = pd.factorize(column(data, name, parameter))
        gap = np.flatnonzero(here < 0)
        if gap.size:
            raise Refusal(f"Column {name!r}, row {gap[0] + 1}: the {parameter} value is missing.")
        code = pd.factorize(code * len(found) + here)[0]
    return code


def labels(data: pd.DataFrame, code: Integers, names: Sequence[str]) -> dict[str, pd.Series]:
    """Return the columns that name the groups of `codes`, one row for each group."""
    first = ~pd.Series(code).duplicated().to_numpy()
    return {name: data.loc[first, name].reset_index(drop=True) for name in names}


def require_each_once(outer: Integers, inner: Integers, locate: Locate, what: str) -> None:
    """Refuse a table that is no complete grid: each inner code once within each outer one."""
    width = int(inner.max()) + 1
    cell = outer * width + inner
    twice = np.flatnonzero(pd.Series(cell).duplicated())
    if twice.size:
        raise Refusal(f"Repeated {what} in {locate(int(twice[0]))}: give each one row.")
    absent = np.flatnonzero(np.bincount(cell, minlength=width * (int(outer.max()) + 1)) == 0)
    if absent.size:
        short, kind = divmod(int(absent[0]), width)
        example = locate(int(np.argmax(inner == kind)))
        others = locate(int(np.argmax(outer == short)))
        raise Refusal(f"Absent {what}: that of {example} has no row beside {others}.")


def sums(values: Any, group: Integers, groups: int) -> Floats:
    """Add values up within groups that are numbered from 0."""
    return np.bincount(group, weights=values, minlength=groups).astype(np.float64)


def numbers(values: Any, name: str, locate: Locate) -> Floats:
    """Return values as floats with NaN for missing; refuse text, true/false and infinity."""
    series = values if isinstance(values, pd.Series) else pd.Series(np.atleast_1d(values))
    types = pd.api.types
    real = types.is_float_dtype(series) or types.is_integer_dtype(series)
    if not real:
        for position, value in enumerate(series):
            if types.is_scalar(value) and pd.isna(value):
                continue
            if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
                raise Refusal(f"Column {name!r}, {locate(position)}: {value!r} is not a number.")
    array = series.to_numpy(dtype=np.float64, na_value=np.nan)
    require(~np.isinf(array), name, array, locate, "is not a finite number")
    return array


def require(ok: Bools, name: str, values: Floats, locate: Locate, problem: str) -> None:
    """Refuse the first row that fails a test, and say how many more do."""
    bad = np.flatnonzero(~ok)
    if bad.size:
        value = values[bad[0]]
        shown = "the value" if np.isnan(value) else f"{value:.12g}"
        more = f" (as in {bad.size - 1} more)" if bad.size > 1 else ""
        raise Refusal(f"Column {name!r}, {locate(int(bad[0]))}: {shown} {problem}{more}.")


def require_counts(values: Floats, name: str, locate: Locate) -> None:
    """Refuse negative counts; a missing count may pass, as missing."""
    require(~(values < 0), name, values, locate, "is negative, and a count cannot be")


def require_present(values: Floats, name: str, locate: Locate) -> None:
    """Refuse missing values."""
    require(~np.isnan(values), name, values, locate, "is missing")


def require_population(
    values: Floats, name: str, locate: Locate, *, zero_allowed: bool = False
) -> None:
    """Refuse a population that is missing, negative or, unless it may be, zero."""
    require_present(values, name, locate)
    require(~(values < 0), name, values, locate, "is negative, and a population cannot be")
    if not zero_allowed:
        require(values > 0, name, values, locate, "is no population to make a rate from")


def blank_notes(length: int) -> NDArray[np.object_]:
    """Return one empty note for each row."""
    return np.full(length, "", dtype=object)


def add_note(notes: NDArray[np.object_], where: Bools, sentence: str) -> None:
    """Add a sentence to the notes of some rows."""
    for position in np.flatnonzero(where):
        notes[position] = f"{notes[position]} {sentence}".strip()


def too_few(min_events: float) -> str:
    """Say why a value is not shown, without giving the count away."""
    return f"Not shown: fewer than {min_events:g} events."


def withhold(
    where: Bools, reason: str, notes: NDArray[np.object_], *arrays: Floats
) -> tuple[Floats, ...]:
    """Make values missing in some rows, with the reason in their note."""
    add_note(notes, where, reason)
    return tuple(np.where(where, np.nan, array) for array in arrays)


def result(
    first: Mapping[str, Any],
    *,
    value: Any,
    lower: Any,
    upper: Any,
    confidence: Any,
    statistic: Any,
    method: Any,
    note: Any,
    index: pd.Index | None = None,
) -> pd.DataFrame:
    """Build a result: what it was made from first, then the columns every result has."""
    clash = [name for name in first if name in COLUMNS]
    if clash:
        raise Refusal(
            f"Column {clash[0]!r} names the groups, and every result has a column of that name: "
            "rename it first."
        )
    return pd.DataFrame(
        {
            **first,
            "value": value,
            "lower": lower,
            "upper": upper,
            "confidence": confidence,
            "statistic": statistic,
            "method": method,
            "note": note,
        },
        index=index,
    )
