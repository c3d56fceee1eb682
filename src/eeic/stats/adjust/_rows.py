"""Reading a table for a model or a decomposition: complete rows, groups, and a design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from eeic.stats import _tables as tables
from eeic.stats._tables import Bools, Floats, Integers, Locate, Refusal

Missing = Literal["refuse", "drop"]

#: A design column that keeps less than this share of its length beside the columns before it
#: is a copy of them but for rounding.
_COLLINEAR = 1e-9
CONSTANT = "The constant"


@dataclass(frozen=True)
class Rows:
    """The complete rows of a table, their groups, and which group is the reference."""

    data: pd.DataFrame
    group: str
    labels: pd.Index  # one for each group, in order of first appearance
    code: Integers  # which group each row is
    place: int  # which group is the reference
    note: str  # how many rows were left out
    locate: Locate  # names a row as it stood in the table given

    @classmethod
    def of(
        cls, data: pd.DataFrame, group: str, reference: Any, missing: Missing, **columns: Any
    ) -> Rows:
        """Read the columns named, each under its parameter's name; None is no column."""
        tables.check_choice("missing", missing, ("refuse", "drop"))
        tables.require_table(data)
        used = {group: "group"}
        for parameter, given in columns.items():
            for name in tables.names(given):
                if name in used:
                    raise Refusal(
                        f"Column {name!r} is named twice, as {used[name]} and as {parameter}."
                    )
                used[name] = parameter
        kept, note = _complete(data, used, missing)
        whole = tables.locate_by_columns(data, [group])
        rows = data.iloc[kept]
        code, labels = pd.factorize(rows[group])
        place = place_of(reference, labels, group)
        if len(labels) == 1:
            raise Refusal(f"Column {group!r} has one group only: there is no gap to look at.")
        return cls(
            data=rows,
            group=group,
            labels=pd.Index(labels),
            code=code,
            place=place,
            note=note,
            locate=lambda position: whole(int(kept[position])),
        )

    @property
    def groups(self) -> int:
        return len(self.labels)

    @property
    def others(self) -> Integers:
        """The groups that are compared with the reference."""
        return np.delete(np.arange(self.groups), self.place)

    def numbers(self, name: str) -> Floats:
        """Read a column as numbers; a column of True and False counts as 1 and 0."""
        values = self.data[name]
        if pd.api.types.is_bool_dtype(values):
            values = values.astype("float64")
        return tables.numbers(values, name, self.locate)

    def codes(self, name: str) -> Integers:
        return pd.factorize(self.data[name])[0]

    def total(self, values: Floats) -> Floats:
        """Sum over the rows of each group."""
        return sums(self.code, values, self.groups)


def sums(code: Integers, values: Floats, size: int) -> Floats:
    """Sum values by code."""
    return np.bincount(code, weights=values, minlength=size).astype(np.float64)


def place_of(reference: Any, labels: Any, name: str) -> int:
    """Return which label is the reference, or say which labels there are."""
    one = pd.api.types.is_scalar(reference)
    found = np.flatnonzero(np.asarray(pd.Index(labels) == reference)) if one else np.array([])
    if not found.size:
        has = ", ".join(map(str, labels))
        raise Refusal(f"The reference {reference!r} is not in column {name!r}, which has: {has}.")
    return int(found[0])


def _complete(data: pd.DataFrame, used: dict[str, str], missing: Missing) -> tuple[Integers, str]:
    """Return which rows have all they need, and what to say of the others."""
    gaps = {name: tables.column(data, name, used[name]).isna().to_numpy() for name in used}
    bad = np.logical_or.reduce(list(gaps.values()))
    if not bad.any():
        return np.arange(len(data)), ""
    where = ", ".join(f"{name} {gap.sum()}" for name, gap in gaps.items() if gap.any())
    if missing == "refuse":
        name = next(name for name, gap in gaps.items() if gap.any())
        first = tables.locate_by_columns(data, [])(int(np.argmax(gaps[name])))
        raise Refusal(
            f"Column {name!r}, {first}: the value is missing (missing in all: {where}); "
            "missing='drop' would leave such rows out and say so."
        )
    if bad.all():
        raise Refusal(f"No row is complete (missing: {where}).")
    return np.flatnonzero(~bad), f"Rows left out for a missing value: {bad.sum()} ({where})."


@dataclass(frozen=True)
class Design:
    """Columns of a regression, and of which column and category of the table each comes."""

    x: Floats
    names: list[str]

    @staticmethod
    def beside(*parts: Design) -> Design:
        """Set designs of the same rows side by side."""
        return Design(
            np.hstack([part.x for part in parts]), [name for part in parts for name in part.names]
        )

    def at(self, rows: Bools) -> Design:
        """Return some of the rows."""
        return Design(self.x[rows], self.names)

    def only(self, rows: Bools) -> Design:
        """Return all rows, with zeros in the others."""
        return Design(self.x * rows[:, None], self.names)

    def require_full_rank(self, among: str = "") -> None:
        """Refuse a column that the columns before it make up."""
        rows, width = self.x.shape
        length = np.sqrt((self.x**2).sum(axis=0))
        unit = self.x / np.where(length > 0, length, 1)
        left = np.ones(width)
        left[:rows] = np.abs(np.diag(np.linalg.qr(unit, mode="r")))
        bad = np.flatnonzero((left < _COLLINEAR) | (length == 0))
        if bad.size:
            raise Refusal(
                f"{self.names[bad[0]]} adds nothing to the columns before it{among} (collinear "
                "or the same in every row): leave it out."
            )
        if rows < width:
            raise Refusal(
                f"There are {rows} different rows{among} for {width} coefficients: leave "
                "covariates out or join categories."
            )


def covariate_design(rows: Rows, covariates: Sequence[str], at: Integers | None = None) -> Design:
    """Return a constant, numbers as they are (centred), and a column for each category.

    `at` picks the rows that the design is made for; by default all.
    """
    data = rows.data if at is None else rows.data.iloc[at]
    columns: list[Floats] = [np.ones((len(data), 1))]
    labels = [CONSTANT]
    for name in covariates:
        if linear(data[name]):
            x = rows.numbers(name) if at is None else rows.numbers(name)[at]
            spread = x.std()
            # Centring and scaling change no group's coefficient, and keep the sums exact.
            columns.append(((x - x.mean()) / (spread if spread > 0 else 1))[:, None])
            labels.append(f"Column {name!r}")
        else:
            code, levels = pd.factorize(data[name])
            columns.append((code[:, None] == np.arange(1, len(levels))).astype(np.float64))
            labels += [f"Column {name!r}, category {level}," for level in levels[1:]]
            if len(levels) == 1:
                raise Refusal(f"Column {name!r} is the same in every row: leave it out.")
    return Design(np.hstack(columns), labels)


def linear(values: pd.Series) -> bool:
    """Say whether a covariate is a number that acts in a straight line."""
    types = pd.api.types
    return types.is_numeric_dtype(values) and not types.is_bool_dtype(values)
