"""A world in parts: one shard is some neighbouring areas, and any worker makes any shard.

A shard's files are written whole or not at all, and its record comes last: where there is a record
there are the files that it describes. So a build can be stopped at any moment and gone on with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eeic import NOTICE, __version__
from eeic.executors import needs
from eeic.files import put_in_place
from eeic.world import systems, truth
from eeic.world.build import Recipe, recipe, system_tables, work
from eeic.world.export import row_order, sheets, typed
from eeic.world.parameters import WorldParameters
from eeic.world.people import id_digits
from eeic.world.tables import TABLES, sample
from eeic.world.values import identity

if TYPE_CHECKING:
    import pyarrow

#: Areas in a shard: files large enough to read fast, small enough to make again.
AREAS_IN_A_SHARD = 24

#: Areas of a shard that are worked out together: this is what memory depends on.
AREAS_AT_ONCE = 12

#: Folder of the records, beside the datasets.
RECORDS = "records"

#: Name of the part that holds the tables about the whole system.
WHOLE = "whole"

#: Longer lists of answers are cut down to those that a shard has.
_LONG_LIST = 256


@dataclass(frozen=True)
class Order:
    """What world is wanted, in a form that is small enough to send to a worker.

    Attributes
    ----------
    preset, world : str
        As in `eeic.world.build.recipe`.
    seed : int
        Seed.
    switches : tuple of (str, bool)
        Mechanisms to turn on or off.
    changes : str
        What differs from the course's own parameters, from `eeic.world.overlay.checked`.
    """

    preset: str = "workshop"
    seed: int = field(default=2026, repr=False)
    world: str = "main"
    switches: tuple[tuple[str, bool], ...] = ()
    changes: str = ""

    @property
    def recipe(self) -> Recipe:
        """The recipe, checked."""
        return _recipe(self)


@lru_cache(maxsize=4)
def _recipe(order: Order) -> Recipe:
    # The preset is checked there; until it is, no system is made for it.
    known = order.preset in systems.PRESETS
    return recipe(
        order.preset,
        seed=order.seed,
        world=order.world,
        switches=dict(order.switches),
        parameters=systems.load(order.preset, order.changes) if known else None,
    )


@dataclass(frozen=True)
class Task:
    """One part of a world to be made by whoever has time.

    Attributes
    ----------
    order : Order
        The world.
    folder : str
        Where its files go; every worker must see it.
    areas : tuple of int, optional
        First and last area. None for the tables about the whole system.
    sums : str, optional
        Folder where sums for the truth wait until they are put together. None if no truth is
        wanted.
    world_id, version : str
        What the worker must make of the order, and the version of its code.
    """

    order: Order
    folder: str
    areas: tuple[int, int] | None
    sums: str | None
    world_id: str
    version: str = __version__

    @property
    def name(self) -> str:
        """Name of its files."""
        return part_name(self.areas)

    @property
    def record(self) -> Path:
        """Where its record is."""
        return Path(self.folder, RECORDS, f"{self.name}.json")

    def file(self, dataset: str) -> Path:
        """Return where one dataset's part is.

        Parameters
        ----------
        dataset : str
            Name of the dataset.

        Returns
        -------
        Path
        """
        folder = Path(self.folder)
        return folder / dataset / f"{self.name}.parquet" if self.areas else _whole(folder, dataset)


def _whole(folder: Path, table: str) -> Path:
    return folder / f"{table}.parquet"


def part_name(areas: Sequence[int] | None) -> str:
    """Return how a part is called.

    Parameters
    ----------
    areas : sequence of int, optional
        First and last area; None for the tables about the whole system.

    Returns
    -------
    str
    """
    return "areas-{:05d}-{:05d}".format(*areas) if areas else WHOLE


def finished(task: Task) -> dict[str, Any] | None:
    """Return the record of a part, if it is there with all its files.

    Parameters
    ----------
    task : Task
        The part.

    Returns
    -------
    dict or None
        areas, people, and for each dataset rows, hashes and bytes.
    """
    try:
        record = json.loads(task.record.read_text("utf-8"))
        sizes = {name: task.file(name).stat().st_size for name in record["datasets"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if record["world_id"] != task.world_id or record["code_version"] != task.version:
        return None
    if task.sums and not tally_file(task).exists():
        return None
    whole = all(one["bytes"] == sizes[name] for name, one in record["datasets"].items())
    return record if whole else None


def tally_file(task: Task) -> Path:
    """Return where a part's sums for the truth wait until they are put together.

    Parameters
    ----------
    task : Task
        The part.

    Returns
    -------
    Path
    """
    assert task.sums
    return Path(task.sums, f"{task.name}.truth.json")


def make(task: Task) -> dict[str, Any]:
    """Make one part of a world: this is what workers do.

    Parameters
    ----------
    task : Task
        The part.

    Returns
    -------
    dict
        Its record.

    Raises
    ------
    RuntimeError
        If this worker has another version of the course, or does not see the folder.
    """
    done = finished(task)
    if done:
        return done
    wanted = task.order.recipe
    if (wanted.world_id, __version__) != (task.world_id, task.version):
        raise RuntimeError(
            f"A worker has another version of the course (eeic {__version__}, which would make "
            f"{wanted.world_id}, not {task.world_id}); install the same one everywhere."
        )
    for needed in filter(None, (task.folder, task.sums)):
        if not Path(needed).is_dir():
            raise RuntimeError(
                f"A worker does not see the folder {needed}; choose one that all workers share."
            )
    record = {
        "world_id": task.world_id,
        "code_version": task.version,
        "areas": task.areas,
        "people": 0,
        **(_areas(task, wanted) if task.areas else _system(task, wanted)),
    }
    task.record.parent.mkdir(exist_ok=True)
    put_in_place(task.record, json.dumps(record).encode())
    return record


def _areas(task: Task, wanted: Recipe) -> dict[str, Any]:
    assert task.areas
    first, last = task.areas
    parts: list[dict[str, pd.DataFrame]] = []
    tallies = []
    people = 0
    for start in range(first, last + 1, AREAS_AT_ONCE):
        worked = work(wanted, range(start, min(start + AREAS_AT_ONCE, last + 1)))
        parts.append(worked.files)
        people += len(worked.latent)
        if task.sums:
            tallies.append(truth.tally(wanted, worked))
    datasets = {}
    for name in list(parts[0]):
        frames = [part.pop(name) for part in parts]
        frame = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
        table = released(name, frame, wanted.parameters)
        datasets[name] = _put(task, name, table)
    if task.sums:
        _keep(task, {"sums": [[list(k), v.tolist()] for k, v in truth.add(tallies).items()]})
    return {"people": people, "datasets": datasets}


def _system(task: Task, wanted: Recipe) -> dict[str, Any]:
    tables = system_tables(wanted.parameters)
    datasets = {name: _put(task, name, frame) for name, frame in tables.items()}
    facts: dict[str, Any] = {}
    for make_tables in TABLES:
        tables, true = make_tables(wanted)
        datasets |= {name: _put(task, name, frame) for name, frame in tables.items()}
        if task.sums:
            facts |= true
        # What is written need not stay in memory while the next is made.
        del tables, true
        _pyarrow().default_memory_pool().release_unused()
    sample.forget()
    if task.sums:
        _keep(task, {"facts": facts})
    return {"datasets": datasets}


def _keep(task: Task, tally: dict[str, Any]) -> None:
    put_in_place(tally_file(task), json.dumps(tally).encode())


def tallied(tasks: list[Task]) -> tuple[truth.Tally, dict[str, Any]]:
    """Put together what the parts of a world summed up for its truth.

    Parameters
    ----------
    tasks : list of Task
        All parts, in order.

    Returns
    -------
    tuple
        The sums over people, and what is true of the tables about the whole system.
    """
    facts: dict[str, Any] = {}

    def sums() -> Iterator[truth.Tally]:
        for task in tasks:
            kept = json.loads(tally_file(task).read_text("utf-8"))
            facts.update(kept.get("facts", {}))
            yield {tuple(key): np.array(values) for key, values in kept.get("sums", [])}

    return truth.add(sums()), facts


def released(name: str, frame: pd.DataFrame, parameters: WorldParameters) -> dict[str, Any]:
    """Return the columns of a frame that may leave the world, in their order and row order.

    Parameters
    ----------
    name : str
        Name of the dataset.
    frame : DataFrame
        Records as recording left them.
    parameters : WorldParameters
        The world's parameters: how long person ids are.

    Returns
    -------
    dict
        The columns of `eeic.world.export.view`, quicker: text as fixed-width bytes or answers
        from a list.
    """
    order = row_order(name, frame)
    columns: dict[str, Any] = {}
    for column in (one["name"] for one in sheets()[name]["columns"]):
        if column == "person_id":
            columns[column] = _ids(frame["person"].to_numpy()[order], id_digits(parameters))
        else:
            values = frame[column].array[order]
            columns[column] = _shortened(values) if isinstance(values, pd.Categorical) else values
    return columns


def _ids(numbers: np.ndarray, digits: int) -> np.ndarray:
    """Write person ids digit by digit, for all people at once."""
    text = np.empty((len(numbers), digits + 1), dtype=np.uint8)
    text[:, 0] = ord("P")
    left = numbers.astype(np.uint32)
    for place in range(digits, 0, -1):
        left, digit = np.divmod(left, np.uint32(10))
        text[:, place] = digit + ord("0")
    return text.view(f"S{digits + 1}").ravel()


def _shortened(values: pd.Categorical) -> pd.Categorical:
    """Leave out answers that nobody here gave, where the list is long, such as of areas."""
    return values if len(values.categories) <= _LONG_LIST else values.remove_unused_categories()


def _put(task: Task, name: str, table: Any) -> dict[str, Any]:
    """Write one dataset's part and return what its record says of it."""
    columns = sheets()[name]["columns"]
    if isinstance(table, pd.DataFrame):
        table = typed(table, columns)
    content = parquet(
        arrow(table, columns), {"world_id": task.world_id, "dataset": name, "part": task.name}
    )
    path = task.file(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    put_in_place(path, content)
    return {**identity(table, columns), "bytes": len(content)}


def arrow(table: Any, columns: list[dict[str, str]]) -> pyarrow.Table:
    """Return a table in Arrow's form.

    Parameters
    ----------
    table : DataFrame or mapping of arrays
        As `eeic.world.values.identity` takes it.
    columns : list of dict
        The columns of the data sheet.

    Returns
    -------
    pyarrow.Table
        Answers from a list as dictionary columns, other text as strings, dates as days.
    """
    pa = _pyarrow()
    return pa.table({one["name"]: _column(pa, table[one["name"]], one["type"]) for one in columns})


def _column(pa: Any, values: Any, kind: str) -> pyarrow.Array:
    if isinstance(values, np.ndarray) and values.dtype.kind == "S":
        width = values.dtype.itemsize
        ends = np.arange(len(values) + 1, dtype=np.int32) * width
        buffers = pa.py_buffer(ends), pa.py_buffer(np.ascontiguousarray(values))
        return pa.StringArray.from_buffers(len(values), *buffers)
    series = pd.Series(values)
    if isinstance(series.dtype, pd.CategoricalDtype):
        codes = series.cat.codes.to_numpy().astype(np.int32)
        words = pa.array([str(word) for word in series.cat.categories], pa.string())
        return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), words)
    missing = series.isna().to_numpy()
    match kind:
        case "text":
            return pa.array(series.astype("str"), pa.string(), from_pandas=True)
        case "integer":
            whole = series.fillna(0) if missing.any() else series
            return pa.array(whole.to_numpy().astype(np.int64), mask=missing)
        case "date":
            return pa.array(series.to_numpy().astype("datetime64[D]"), pa.date32(), mask=missing)
    return pa.array(series.to_numpy(dtype=np.float64, na_value=np.nan), mask=missing)


def parquet(table: pyarrow.Table, about: dict[str, str]) -> bytes:
    """Return a table as a Parquet file.

    Parameters
    ----------
    table : pyarrow.Table
        From `arrow`.
    about : dict of str
        What the file says of itself, beside the notice.

    Returns
    -------
    bytes
    """
    pa = _pyarrow()
    from pyarrow import parquet as pq

    out = pa.BufferOutputStream()
    plain = [one.name for one in table.schema if one.type == pa.string()]
    pq.write_table(
        table.replace_schema_metadata({"notice": NOTICE, **about}),
        out,
        compression="zstd",
        use_dictionary=[one.name for one in table.schema if one.name not in plain],
        # Sorted ids share their beginnings, which this encoding leaves out.
        column_encoding=dict.fromkeys(plain, "DELTA_BYTE_ARRAY"),
    )
    return bytes(out.getvalue().to_pybytes())


def read(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """Read a Parquet file back.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    tuple
        The columns as `eeic.world.values.identity` takes them, and what the file says of itself.
    """
    _pyarrow()
    from pyarrow import parquet as pq

    table = pq.ParquetFile(path).read().combine_chunks()
    about = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    return {name: _back(table[name].combine_chunks()) for name in table.column_names}, about


def _back(values: Any) -> Any:
    pa = _pyarrow()
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks() if values.num_chunks != 1 else values.chunk(0)
    if pa.types.is_dictionary(values.type):
        codes = values.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return pd.Categorical.from_codes(codes, values.dictionary.to_pylist())
    if values.type == pa.string():
        width = _width(values)
        if width:
            data = np.frombuffer(values.buffers()[2], dtype=np.uint8)
            start = values.offset * width
            return data[start : start + width * len(values)].view(f"S{width}")
    if pa.types.is_integer(values.type) and values.null_count:
        return values.to_pandas(integer_object_nulls=False).to_numpy()
    return values.to_pandas(date_as_object=False).array


def _width(values: Any) -> int:
    """Return how long each string is, or 0 if they differ or some are missing."""
    if not len(values) or values.null_count:
        return 0
    ends = np.frombuffer(values.buffers()[1], dtype=np.int32)
    lengths = np.diff(ends[values.offset : values.offset + len(values) + 1])
    return int(lengths[0]) if (lengths == lengths[0]).all() else 0


def _pyarrow() -> Any:
    try:
        import pyarrow
    except ImportError:
        raise RuntimeError(needs("pyarrow", "Parquet")) from None
    return pyarrow
