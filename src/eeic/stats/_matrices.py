"""Tables of what one source says against what another says, checked and with their labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eeic.stats import _tables as tables
from eeic.stats._tables import Floats, Locate, Refusal


@dataclass(frozen=True)
class Matrix:
    """Numbers of zero or more, with what the rows and the columns stand for."""

    rows: pd.Index
    columns: pd.Index
    cells: Floats
    locate: Locate

    @classmethod
    def of(cls, given: Any, *, square: bool = False) -> Matrix:
        """Check a table, or rows of plain numbers, in which every cell must be known."""
        table = given if isinstance(given, pd.DataFrame) else _from_rows(given)
        if table.empty:
            raise Refusal("The matrix is empty: there is no cell to make a statistic from.")
        for side, labels in (("row", table.index), ("column", table.columns)):
            twice = labels[labels.duplicated()]
            if len(twice):
                raise Refusal(f"The matrix has more than one {side} {twice[0]!r}.")
        locate = tables.locate_by_index(table.index)
        cells = np.empty(table.shape)
        for place, name in enumerate(table.columns):
            cells[:, place] = values = tables.numbers(table.iloc[:, place], str(name), locate)
            tables.require_present(values, str(name), locate)
            tables.require(
                values >= 0, str(name), values, locate, "is negative, and no cell can be"
            )
        if square:
            table, cells = _squared(table, cells)
        return cls(table.index, table.columns, cells, locate)

    def require_shares(self, name: str) -> None:
        """Refuse rows that do not add up to 1."""
        sums = self.cells.sum(axis=1)
        tables.require(
            np.abs(sums - 1) <= 1e-6, name, sums, self.locate, "is what it adds up to, and not 1"
        )


def _from_rows(given: Any) -> pd.DataFrame:
    try:
        return pd.DataFrame(given)
    except ValueError as error:
        raise Refusal(f"The matrix is not a table of rows and columns: {error}.") from None


def _squared(table: pd.DataFrame, cells: Floats) -> tuple[pd.DataFrame, Floats]:
    """Put the columns in the order of the rows, or say which label has no counterpart."""
    if len(table.index) != len(table.columns):
        raise Refusal(
            f"The matrix has {len(table.index)} rows and {len(table.columns)} columns: both must "
            "have the same categories."
        )
    place = table.columns.get_indexer(table.index)
    lonely = table.index[place < 0]
    if len(lonely):
        raise Refusal(f"The matrix has a row {lonely[0]!r} and no column of that name.")
    return table.iloc[:, place], cells[:, place]
