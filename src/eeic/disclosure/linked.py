"""Tables in long form that share totals: their cells, and which cells add up to which.

A table has one row for each cell and one column for each dimension; a total is a row whose
label stands for several others. A hierarchy says for which::

    {"group": {"Everyone": ["Asian", "Black"], "Asian": ["Indian", "Chinese"]}, "area": "Region"}

Here *Region* is the total of all other areas. Several tables that share margins stand in one
table, with the total in each dimension that a table does not have.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eeic.disclosure.counts import whole_counts
from eeic.stats import Refusal
from eeic.stats import _tables as tables

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: For each dimension its totals and their parts, or the one label that is the total of the rest.
Hierarchy = Mapping[str, Mapping[Any, Sequence[Any]] | str | None]
#: A label by what it stands for: the finest labels under it.
Leaves = frozenset[Hashable]

#: Above this many cells the linear programmes would run for hours.
MOST_CELLS = 100_000


@dataclass(frozen=True)
class _Dimension:
    """The labels of one column in all tables, and which of them add up to which."""

    size: int
    sums: list[tuple[int, tuple[int, ...]]]

    @property
    def totals(self) -> set[int]:
        return {parent for parent, _ in self.sums}

    @property
    def roots(self) -> list[int]:
        parts = {child for _, children in self.sums for child in children}
        return [node for node in range(self.size) if node not in parts]


@dataclass(frozen=True)
class Linked:
    """The cells of linked tables and the sums that hold among them.

    Attributes
    ----------
    relations : scipy.sparse.csr_array, shape (n_sums, n_cells)
        Each row is a sum: 1 for the total and -1 for its parts, so that it gives zero.
    rows : list of ndarray
        For each table, the cell of each of its rows.
    total : ndarray of bool, shape (n_cells,)
        The cells that are the total of others.
    labels : pandas.DataFrame
        The label of each cell in each dimension, as first written.
    """

    relations: csr_array
    rows: list[NDArray[np.intp]]
    total: NDArray[np.bool_]
    labels: pd.DataFrame

    def locate(self, cell: int) -> str:
        """Name a cell by its labels."""
        return ", ".join(f"{name} {label}" for name, label in self.labels.iloc[cell].items())


def link(frames: Sequence[pd.DataFrame], hierarchies: Sequence[Hierarchy]) -> Linked:
    """Find the cells of several tables and the sums among them.

    Parameters
    ----------
    frames : sequence of pandas.DataFrame
        Tables in long form.
    hierarchies : sequence of mapping
        One for each table, all with the same dimensions. Labels of the same finest parts are
        the same cell, whatever they are called; so two totals over different groups differ.

    Returns
    -------
    Linked

    Raises
    ------
    Refusal
        If a dimension is no column, a label is not in the hierarchy, a row occurs twice, a
        hierarchy runs in a circle or its parts overlap, or the tables have too many cells.

    Notes
    -----
    The cells are those of every table that the rows span: all labels in the dimensions in which
    some row has a part, and the total in the others. Cells without a row are cells too.
    """
    names = list(hierarchies[0])
    if not names or any(list(other) != names for other in hierarchies):
        raise Refusal("The hierarchy must name the dimensions, the same ones for every table.")
    for frame in frames:
        _require_once(frame, names)
    dimensions, written, codes = [], [], []
    for name in names:
        one, labels, found = _dimension(name, frames, [tree[name] for tree in hierarchies])
        dimensions.append(one)
        written.append(labels)
        codes.append(found)
    placed = [np.column_stack([found[k] for found in codes]) for k in range(len(frames))]
    shape = tuple(one.size for one in dimensions)
    grids = _grids(np.concatenate(placed), dimensions)
    if sum(np.prod([float(len(part)) for part in grid]) for grid in grids) > MOST_CELLS:
        raise Refusal(
            f"The tables span more than {MOST_CELLS:,} cells: work on fewer dimensions or labels."
        )
    flat = np.unique(np.concatenate([_flat(grid, shape) for grid in grids]))
    places = np.column_stack(np.unravel_index(flat, shape))
    return Linked(
        relations=_relations(grids, dimensions, shape, flat),
        rows=[np.searchsorted(flat, np.ravel_multi_index(tuple(one.T), shape)) for one in placed],
        total=np.any(
            [np.isin(places[:, d], list(one.totals)) for d, one in enumerate(dimensions)], axis=0
        ),
        labels=pd.DataFrame(
            {name: [written[d][node] for node in places[:, d]] for d, name in enumerate(names)}
        ),
    )


def true_counts(
    data: pd.DataFrame, count: str, hierarchy: Hierarchy
) -> tuple[Linked, NDArray[np.int64], NDArray[np.intp]]:
    """Return the cells of a table of true counts, all counts, and the cell of each row.

    Totals without a row are worked out. A finest cell without a row is refused, because missing
    is not zero, and so is a total that is not the sum of its parts.
    """
    tables.require_table(data)
    given = tables.column(data, count, "count")
    cells = link([data], [hierarchy])
    (rows,) = cells.rows
    # By labels and not by place: a message says which cell without saying how many.
    whole, _ = whole_counts(given.reset_index(drop=True), count)
    values = np.full(cells.total.size, -1, dtype=np.int64)
    values[rows] = whole
    _work_out_totals(values, cells)
    unknown = np.flatnonzero(values < 0)
    if unknown.size:
        raise Refusal(
            f"The table has no row for {cells.locate(int(unknown[0]))}: a count of zero needs a "
            "row of its own."
        )
    broken = np.flatnonzero(cells.relations @ values)[:1]
    wrong = [int(cells.relations[[first]].toarray()[0].argmax()) for first in broken]
    wrong += list(rows[values[rows] != whole])  # one total may stand there under two labels
    if wrong:
        raise Refusal(
            f"Column {count!r}: the total for {cells.locate(int(wrong[0]))} is not the sum of its "
            "parts."
        )
    return cells, values, rows


def add_totals(data: pd.DataFrame, *, count: str, hierarchy: Hierarchy) -> pd.DataFrame:
    """Add every total of a hierarchy to a table, worked out from the true counts.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each cell, a count of zero included; true counts.
    count : str
        The column of counts.
    hierarchy : mapping
        For each dimension (a column) its totals: ``{total: parts, ...}`` in as many levels as
        there are, the one label that is to be the total of all others, or None for no total.

    Returns
    -------
    pandas.DataFrame
        The dimensions and the count: the rows given, and then the totals.

    Raises
    ------
    Refusal
        If a cell has no row or two, a label is not in the hierarchy, a total given is not the
        sum of its parts, or a count is missing, negative or not whole.

    Notes
    -----
    Round or suppress afterwards: a total is rounded from the true total, and rounded parts are
    never added up.

    Examples
    --------
    >>> from eeic.disclosure import round_to
    >>> table = pd.DataFrame({"group": ["Indian", "Roma", "Arab"], "people": [12, 13, 8]})
    >>> whole = add_totals(table, count="people", hierarchy={"group": "Everyone"})
    >>> whole["people"].tolist(), round_to(whole["people"]).tolist()
    ([12, 13, 8, 33], [10, 15, 10, 35])
    """
    cells, values, rows = true_counts(data, count, hierarchy)
    rest = np.setdiff1d(np.arange(values.size), rows)
    order = np.concatenate([rows, rest])
    return cells.labels.iloc[order].assign(**{count: values[order]}).reset_index(drop=True)


def _require_once(frame: pd.DataFrame, names: list[str]) -> None:
    for name in names:
        missing = np.flatnonzero(
            tables.column(tables.require_table(frame), name, "hierarchy").isna()
        )
        if missing.size:
            raise Refusal(f"Column {name!r}, row {missing[0] + 1}: the label is missing.")
    again = np.flatnonzero(frame.duplicated(names))
    if again.size:
        locate = tables.locate_by_columns(frame, names)
        raise Refusal(f"The table has {locate(int(again[0]))} more than once.")


def _dimension(
    name: str, frames: Sequence[pd.DataFrame], trees: Sequence[Any]
) -> tuple[_Dimension, list[Any], list[NDArray[np.intp]]]:
    """Bring the labels of one column in all tables under one roof, by what they stand for."""
    nodes: dict[tuple[Leaves, bool], int] = {}
    written: list[Any] = []
    sums: dict[tuple[int, tuple[int, ...]], None] = {}
    meanings = []
    for frame, tree in zip(frames, trees, strict=True):
        column = frame[name].astype(object)
        parts = _parts(name, tree, column)
        # A total of one part is another cell than that part, though the counts are the same.
        keys = {label: (leaves, label in parts) for label, leaves in _leaves(name, parts, column)}
        meanings.append((column, keys))
        for label, key in keys.items():
            if key not in nodes:
                nodes[key] = len(nodes)
                written.append(label)
        for parent, children in parts.items():
            places = tuple(nodes[keys[child]] for child in children)
            if places != (nodes[keys[parent]],):
                sums[nodes[keys[parent]], places] = None
    codes = []
    for column, keys in meanings:
        unknown = np.flatnonzero(~column.isin(list(keys)))
        if unknown.size:
            raise Refusal(
                f"Column {name!r}, row {unknown[0] + 1}: {column.iloc[unknown[0]]!r} is not in "
                "the hierarchy."
            )
        codes.append(np.array([nodes[keys[label]] for label in column], dtype=np.intp))
    return _Dimension(len(nodes), list(sums)), written, codes


def _parts(name: str, tree: Any, column: pd.Series) -> dict[Any, list[Any]]:
    if tree is None:
        return {}
    if isinstance(tree, str):
        return {tree: [label for label in column.unique() if label != tree]}
    if not isinstance(tree, Mapping):
        raise Refusal(
            f"The hierarchy of {name!r} is a {type(tree).__name__}: give the label of the total, "
            "or each total with its parts."
        )
    return {total: list(parts) for total, parts in tree.items()}


def _leaves(
    name: str, parts: dict[Any, list[Any]], column: pd.Series
) -> Iterable[tuple[Any, Leaves]]:
    """Say for each label which finest labels it stands for."""
    found: dict[Any, Leaves] = {}

    def stands_for(label: Any, above: tuple[Any, ...]) -> Leaves:
        if label in above:
            raise Refusal(f"The hierarchy of {name!r} runs in a circle at {label!r}.")
        if label not in found:
            below = [stands_for(part, (*above, label)) for part in parts.get(label, ())]
            whole: Leaves = frozenset().union(*below) if below else frozenset({label})
            if below and len(whole) < sum(map(len, below)):
                raise Refusal(f"The parts of {label!r} in the hierarchy of {name!r} overlap.")
            found[label] = whole
        return found[label]

    for total, children in parts.items():
        if not children:
            raise Refusal(f"The total {total!r} in the hierarchy of {name!r} has no parts.")
        stands_for(total, ())
    if not parts:
        for label in column.unique():
            stands_for(label, ())
    return found.items()


def _grids(places: NDArray[np.intp], dimensions: list[_Dimension]) -> list[list[NDArray[np.intp]]]:
    """List the labels of each table that the rows span, dimension by dimension."""
    split = np.column_stack([~np.isin(places[:, d], one.roots) for d, one in enumerate(dimensions)])
    spanned = [frozenset(np.flatnonzero(mask)) for mask in np.unique(split, axis=0)]
    widest = [one for one in spanned if not any(one < other for other in spanned)]
    return [
        [
            np.arange(one.size) if d in table else np.array(one.roots, dtype=np.intp)
            for d, one in enumerate(dimensions)
        ]
        for table in widest
    ]


def _flat(parts: Iterable[NDArray[np.intp]], shape: tuple[int, ...]) -> NDArray[np.intp]:
    """Return the numbers of a grid's cells within the product of all labels."""
    mesh = np.meshgrid(*parts, indexing="ij")
    return np.ravel_multi_index(tuple(axis.ravel() for axis in mesh), shape)


def _relations(
    grids: list[list[NDArray[np.intp]]],
    dimensions: list[_Dimension],
    shape: tuple[int, ...],
    flat: NDArray[np.intp],
) -> csr_array:
    from scipy.sparse import csr_array  # heavy, and single counts do without

    found: list[NDArray[np.intp]] = []
    seen: set[tuple[int, int, tuple[int, ...]]] = set()
    for grid in grids:
        for d, one in enumerate(dimensions):
            if len(grid[d]) < one.size:
                continue
            for parent, children in one.sums:
                sides = [
                    _flat([*grid[:d], np.array([node]), *grid[d + 1 :]], shape)
                    for node in (parent, *children)
                ]
                keys = [(int(total), d, children) for total in sides[0]]
                new = np.array([key not in seen for key in keys], dtype=bool)
                seen.update(keys)
                found += list(np.column_stack(sides)[new])
    lengths = [len(sum_) for sum_ in found]
    columns = np.searchsorted(flat, np.concatenate(found)) if found else np.empty(0, np.intp)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.intp)
    signs = -np.ones(columns.size)
    signs[starts[:-1]] = 1
    return csr_array((signs, columns, starts), shape=(len(found), flat.size))


def _work_out_totals(values: NDArray[np.int64], cells: Linked) -> None:
    """Fill in totals whose parts are all known, level by level."""
    from scipy.sparse import coo_array

    entries = coo_array(cells.relations)
    rows, columns, is_part = entries.coords[0], entries.coords[1], entries.data < 0
    parents = np.empty(cells.relations.shape[0], dtype=np.intp)
    parents[rows[~is_part]] = columns[~is_part]
    part_rows, part_columns = rows[is_part], columns[is_part]
    while True:
        unknown = np.bincount(part_rows, values[part_columns] < 0, minlength=parents.size) > 0
        ready = np.flatnonzero(~unknown & (values[parents] < 0))
        if not ready.size:
            return
        sums = np.zeros(parents.size, dtype=np.int64)
        np.add.at(sums, part_rows, values[part_columns])
        values[parents[ready]] = sums[ready]
