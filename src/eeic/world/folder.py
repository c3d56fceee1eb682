"""What a world's folder holds: making it, going on with it, and looking into it.

``world.json`` says which world it is and what is in it, by the hashes of the values. The seed is
nowhere in the folder.
"""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
import shutil
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from eeic import NOTICE, __version__, executors, progress
from eeic.files import put_in_place
from eeic.world import export, rows, shards, systems, truth, values
from eeic.world.build import build
from eeic.world.export import FolderInUse, sheets, typed, write
from eeic.world.shards import AREAS_IN_A_SHARD, RECORDS, WHOLE, Order, Task

if TYPE_CHECKING:
    import polars

#: The file that says what a folder holds.
MANIFEST = "world.json"

#: Presets up to here are small enough for CSV, and for their truth to be made unasked.
SMALL = 250_000

_FORMATS = ("parquet", "csv")

#: Folder of the sums for the truth of a world that is not finished.
_UNFINISHED = "unfinished truth of {}"
#: File of a private folder in which a seed is kept that nobody needs to know.
_SEED_FILE = "seed.txt"


def order(
    preset: str = "workshop",
    seed: int = 2026,
    world: str = "main",
    *,
    off: Iterable[str] = (),
    on: Iterable[str] = (),
    changes: str = "",
) -> Order:
    """Say what world is wanted.

    Parameters
    ----------
    preset, seed, world
        As in `eeic.world.build.recipe`.
    off, on : iterable of str
        Mechanisms to switch off or on.
    changes : str
        What differs from the course's own parameters, from `eeic.world.overlay.read`.

    Returns
    -------
    Order

    Raises
    ------
    ValueError
        If a mechanism is to be both off and on.

    Examples
    --------
    >>> order("course", off=["language"]).switches
    (('language', False),)
    """
    off, on = sorted(set(off)), sorted(set(on))
    both = [name for name in off if name in on]
    if both:
        raise ValueError(f"{both[0]!r} cannot be both off and on.")
    switches = (*((name, False) for name in off), *((name, True) for name in on))
    return Order(preset, seed, world, switches, changes)


def private_seed(truth_folder: str | Path, folder: str | Path) -> int:
    """Return the seed that a private folder keeps; make and keep one if there is none.

    Parameters
    ----------
    truth_folder : str or Path
        The private folder. It is made if it does not exist.
    folder : str or Path
        Folder of the datasets, which the private one may not lie in.

    Returns
    -------
    int
        A random number of up to 128 bits, the same one every time.

    Raises
    ------
    ValueError
        If the private folder would travel with the datasets, holds the truth of a world whose
        seed somebody else keeps, or its seed cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     private, data = Path(place, "ours"), Path(place, "theirs")
    ...     private_seed(private, data) == private_seed(private, data)
    True
    """
    private = Path(truth_folder)
    export.refuse_inside(private, Path(folder))
    kept = private / _SEED_FILE
    if not kept.exists():
        if (private / export.TRUTH).exists():
            raise ValueError(
                f"{private} holds the truth of a world and not its seed; name that with --seed, or "
                "choose another private folder."
            )
        private.mkdir(parents=True, exist_ok=True)
        # Only its owner may read it: who has the seed has the truth.
        put_in_place(kept, f"{secrets.randbits(128)}\n".encode(), mode=0o600)
    try:
        return int(kept.read_text("utf-8"))
    except (OSError, ValueError):
        raise ValueError(f"{kept} should hold one whole number, and cannot be read.") from None


def areas(text: str) -> list[int]:
    """Read numbers of areas.

    Parameters
    ----------
    text : str
        Numbers and runs of them with commas between.

    Returns
    -------
    list of int

    Raises
    ------
    ValueError
        If it is anything else.

    Examples
    --------
    >>> areas("5,9,20-22")
    [5, 9, 20, 21, 22]
    """
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not (first.isdecimal() and (last.isdecimal() if dash else not last)):
            raise ValueError(f"Areas are numbers such as 5,9,20-30, not {text!r}.")
        found += range(int(first), int(last or first) + 1)
    return found


def make(
    folder: str | Path,
    order: Order,
    *,
    file_format: str | None = None,
    processes: int | None = None,
    scheduler: str | None = None,
    with_truth: bool | None = None,
    areas: Iterable[int] | None = None,
    truth_folder: str | Path | None = None,
) -> dict[str, Any]:
    """Build a world into a folder, or go on where an earlier build of it was stopped.

    Parameters
    ----------
    folder : str or Path
        Where it goes. It must be empty, not exist yet, or hold this world.
    order : Order
        The world.
    file_format : {"parquet", "csv"}, optional
        By default CSV for a world of at most 250,000 people, unless only some areas or a cluster
        are asked for; else Parquet.
    processes : int, optional
        Processes on this machine; by default one for each core if there is enough to do.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers make the shards.
    with_truth : bool, optional
        Write ``truth.json`` too; by default for a practice world of at most 250,000 people, and
        refused for one with a seed that is not public.
    areas : iterable of int, optional
        Numbers of the areas whose people are wanted, if not all.
    truth_folder : str or Path, optional
        Private folder for ``truth.json``, outside `folder`: for worlds that learners are assessed
        with. What is summed up for the truth waits there too until the build is finished.

    Returns
    -------
    dict
        Content of ``world.json``.

    Raises
    ------
    FolderInUse
        If the folder holds something else.
    ValueError
        If what is asked for cannot be made. The message says what to do instead.
    RuntimeError
        If a library is missing, or workers are killed again and again.
    """
    wanted = order.recipe
    folder = Path(folder)
    people = systems.PRESETS[order.preset].people
    if file_format is None:
        small = people <= SMALL and areas is None and scheduler is None and processes is None
        file_format = "csv" if small else "parquet"
    if file_format not in _FORMATS:
        raise ValueError(f"There is no format {file_format!r}; choose {' or '.join(_FORMATS)}.")
    if processes is not None and processes < 1:
        raise ValueError(f"A build needs at least one process, not {processes}.")
    if with_truth is None:
        with_truth = people <= SMALL and areas is None and wanted.practice
    private = None if truth_folder is None else Path(truth_folder)
    if private:
        export.refuse_inside(private, folder)
        export.refuse_guessable(wanted)
        export.refuse_if_in_use(private, wanted.world_id, {})
    if with_truth:
        export.refuse_to_publish(wanted)
    if (with_truth or private) and areas is not None:
        raise ValueError("The truth is about a whole world; leave out either --truth or --areas.")
    runs = _runs(areas, len(wanted.areas))
    about = {
        "notice": NOTICE,
        "world_id": wanted.world_id,
        "code_version": __version__,
        "preset": order.preset,
        "world": order.world,
        "switches": dict(wanted.on),
        "system": systems.PRESETS[order.preset].system,
        "system_digest": wanted.parameters.digest,
        "changed_parameters": json.loads(order.changes or "{}"),
        "format": file_format,
        "areas": [list(run) for run in runs],
        "truth": with_truth,
    }
    if file_format == "csv":
        if people > SMALL:
            raise ValueError(
                f"{order.preset} is too large for CSV ({people:,} people); use --format parquet, "
                "or a preset up to course."
            )
        if areas is not None or scheduler is not None or (processes or 1) > 1:
            raise ValueError(
                "CSV is written by one process and for all areas; use --format parquet for "
                "--areas, --processes or --scheduler."
            )
        return _as_csv(folder, order, about, private)
    return _as_parquet(folder, order, about, runs, processes, scheduler, private)


def _as_csv(
    folder: Path, order: Order, about: dict[str, Any], private: Path | None
) -> dict[str, Any]:
    _claim(folder, about)
    with progress.shown(3, " steps") as (advance, _):
        made = build(
            order.preset,
            seed=order.seed,
            world=order.world,
            switches=dict(order.switches),
            parameters=order.recipe.parameters,
        )
        advance(1)
        tables = {**made.tables, **made.further[0]}
        advance(1)
        written = write(made, folder, with_truth=about["truth"], truth=private)
        advance(1)
    datasets = {}
    for path in written:
        if path.suffix == ".csv":
            columns = sheets()[path.stem]["columns"]
            named = values.identity(typed(tables[path.stem], columns), columns)
            datasets[path.stem] = {**named, "bytes": path.stat().st_size}
    return _close(folder, about, datasets, people=len(made.tables["L01"]))


def _as_parquet(
    folder: Path,
    order: Order,
    about: dict[str, Any],
    runs: Sequence[tuple[int, int]],
    processes: int | None,
    scheduler: str | None,
    private: Path | None,
) -> dict[str, Any]:
    if importlib.util.find_spec("tqdm") is None:  # said before anything is begun
        raise RuntimeError(executors.needs("tqdm", "Building in Parquet"))
    there = _claim(folder, about)
    # Sums for the truth are kept until it is written, and not made again to replace a lost file.
    told = [folder] * about["truth"] + [private] * (private is not None)
    whole = all((place / export.TRUTH).exists() for place in told if place)
    tally = bool(told) and not (there.get("complete") and whole)
    sums_in = None
    if tally:
        # They tell the truth as much as truth.json does, so they wait where that may lie.
        sums_in = (private or folder).absolute() / _UNFINISHED.format(about["world_id"])
        sums_in.mkdir(parents=True, exist_ok=True)

    def task(run: tuple[int, int] | None) -> Task:
        waiting = None if sums_in is None else str(sums_in)
        return Task(order, str(folder.absolute()), run, waiting, about["world_id"])

    tasks = [task(None), *(task(run) for run in runs)]
    done = {one.name: record for one in tasks if (record := shards.finished(one))}
    left = [one for one in tasks if one.name not in done]
    residents = order.recipe.parameters.tables["area"]["population"].to_numpy()
    total = sum(int(residents[first - 1 : last].sum()) for first, last in runs)
    if processes is None:
        # A process takes about as long to start as two shards take to make.
        processes = max(1, min(os.cpu_count() or 1, len(left) // 4))
    with progress.shown(total, " people", scale=True) as (advance, say):
        advance(sum(record["people"] for record in done.values()))
        results = executors.run(
            shards.make, left, processes=processes, scheduler=scheduler, say=say
        )
        with closing(_generated(results)) as made:
            for record in made:
                done[shards.part_name(record["areas"])] = record
                advance(record["people"])
    records = [done[one.name] for one in tasks]
    names = {name for record in records for name in record["datasets"]}
    datasets = {
        name: {
            **values.added(
                parts := [r["datasets"][name] for r in records if name in r["datasets"]]
            ),
            "bytes": sum(part["bytes"] for part in parts),
        }
        for name in sorted(names)
    }
    if sums_in:
        sums, facts = shards.tallied(tasks)
        of = {name: {"rows": d["rows"], "columns": d["columns"]} for name, d in datasets.items()}
        said = truth.manifest(order.recipe, sums, of, facts)
        for place in filter(None, told):
            place.mkdir(parents=True, exist_ok=True)
            put_in_place(place / export.TRUTH, _json(said))
        shutil.rmtree(sums_in)
    beside = export.papers(
        about["world_id"],
        {name: one["rows"] for name, one in datasets.items()},
        with_truth=about["truth"],
        parquet=True,
    )
    for name, text in beside.items():
        put_in_place(folder / name, text.encode())
    _tidy(folder, tasks, names)
    return _close(folder, about, datasets, people=total)


def _generated(results: Iterator[dict[str, Any]]) -> Generator[dict[str, Any], None, None]:
    """Give the results as something that can be closed, which ends the workers."""
    yield from results


def _runs(areas: Iterable[int] | None, count: int) -> list[tuple[int, int]]:
    """Cut the wanted areas into runs of neighbours, none longer than a shard."""
    wanted = sorted(set(areas)) if areas is not None else list(range(1, count + 1))
    if not wanted or wanted[0] < 1 or wanted[-1] > count:
        odd = next((one for one in wanted if not 1 <= one <= count), "none")
        raise ValueError(f"Areas of this preset are numbered from 1 to {count}; {odd} is not one.")
    runs: list[list[int]] = []
    for one in wanted:
        # Shards begin at the same areas whatever was asked for.
        if runs and one == runs[-1][1] + 1 and (one - 1) % AREAS_IN_A_SHARD:
            runs[-1][1] = one
        else:
            runs.append([one, one])
    return [(first, last) for first, last in runs]


def _claim(folder: Path, about: dict[str, Any]) -> dict[str, Any]:
    """Make the folder this world's, or refuse if it is somebody else's; return what was there."""
    if folder.exists() and not folder.is_dir():
        raise FolderInUse(f"{folder} is a file; name a folder to build the world into.")
    there = _manifest(folder)
    if there is None:
        found = sorted(path.name for path in folder.glob("[!.]*")) if folder.exists() else []
        if found:
            raise FolderInUse(
                f"{folder} is not empty ({found[0]} is there) and holds no world; choose another "
                "folder."
            )
    elif there.get("world_id") != about["world_id"]:
        raise FolderInUse(
            f"{folder} holds another world ({there.get('world_id')}), and this one would be "
            f"{about['world_id']}; choose another folder, or delete that one first."
        )
    else:
        for what, words in _FIXED.items():
            if there.get(what) != about[what]:
                raise FolderInUse(
                    f"{folder} holds this world {words.format(_said(there.get(what)))}, and "
                    f"{_said(about[what])} was asked for; choose another folder, or delete that "
                    "one first."
                )
    folder.mkdir(parents=True, exist_ok=True)
    if there is None or not there.get("complete"):
        put_in_place(folder / MANIFEST, _json({**about, "complete": False}))
    return there or {}


#: What a folder cannot change halfway.
_FIXED = {
    "format": "as {}",
    "code_version": "begun by version {} of the course",
    "areas": "with areas {}",
    "truth": "with truth: {}",
}


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(f"{first}-{last}" for first, last in _joined(value))
    return str(value)


def _joined(runs: list[list[int]]) -> list[list[int]]:
    """Put neighbouring runs of areas together, for people to read."""
    found: list[list[int]] = []
    for first, last in runs:
        if found and found[-1][1] == first - 1:
            found[-1][1] = last
        else:
            found.append([first, last])
    return found


def _close(
    folder: Path, about: dict[str, Any], datasets: dict[str, Any], *, people: int
) -> dict[str, Any]:
    """Say that everything is there, and what it is."""
    manifest = {
        **about,
        "complete": True,
        "people": people,
        "value_hash": values.folded(datasets),
        "datasets": datasets,
    }
    put_in_place(folder / MANIFEST, _json(manifest))
    return manifest


def _tidy(folder: Path, tasks: list[Task], names: Iterable[str]) -> None:
    """Remove what killed workers left half written; everything is in place now."""
    ours = {one.file(name).name for one in tasks for name in names}
    ours |= {one.record.name for one in tasks}
    for place in (folder, folder / RECORDS, *(folder / name for name in names)):
        for path in place.glob(".*"):
            # Named by eeic.files.put_in_place: a dot, the file's name, a dot, eight characters.
            if path.is_file() and path.name[1:].rpartition(".")[0] in ours:
                path.unlink(missing_ok=True)


def _manifest(folder: Path) -> dict[str, Any] | None:
    try:
        found = json.loads((folder / MANIFEST).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise FolderInUse(f"{folder / MANIFEST} cannot be read: {error}.") from None
    if not isinstance(found, dict) or "world_id" not in found:
        raise FolderInUse(f"{folder / MANIFEST} was not written by this course.")
    return found


def opened(folder: str | Path) -> dict[str, Any]:
    """Return what a folder says of the world in it.

    Parameters
    ----------
    folder : str or Path
        A folder that `make` has finished.

    Returns
    -------
    dict
        Content of ``world.json``.

    Raises
    ------
    ValueError
        If there is no world, or it is not finished.
    """
    there = _manifest(Path(folder))
    if there is None:
        raise ValueError(f"{folder} holds no world: there is no {MANIFEST} in it.")
    if not there.get("complete"):
        raise ValueError(
            f"The world in {folder} is not finished; run the same eeic world build again to go on."
        )
    return there


def describe(folder: str | Path) -> str:
    """Say what a folder holds.

    Parameters
    ----------
    folder : str or Path
        A folder that `make` has finished.

    Returns
    -------
    str
        Lines to read: the world, what is on in it, and each dataset with its rows and size.
    """
    there = opened(folder)
    off = [name for name, on in there["switches"].items() if not on]
    lines = [
        f"{there['world_id']}: {there['people']:,} people of preset {there['preset']}, "
        f"world {there['world']}",
        there["notice"],
        f"Made by eeic {there['code_version']}; system {there['system']} "
        f"({there['system_digest']}); areas {_said(there['areas'])}",
        f"Switched off: {', '.join(off) or 'nothing'}",
        f"Value hash: {there['value_hash']}",
        f"Truth: {'in truth.json' if there['truth'] else 'not in this folder'}",
        "",
    ]
    if there["changed_parameters"]:
        lines.insert(4, f"Other parameters: {json.dumps(there['changed_parameters'])}")
    width = max(map(len, there["datasets"]))
    for name, one in there["datasets"].items():
        title = sheets().get(name, {}).get("title", "")
        size = one["bytes"] / 1e6
        lines.append(f"{name:{width}}  {one['rows']:>12,} rows  {size:>8.2f} MB  {title}")
    return "\n".join(lines)


def check(folder: str | Path) -> list[str]:
    """Look for anything in a folder that is not as it was made, or cannot be.

    Parameters
    ----------
    folder : str or Path
        A folder that `make` has finished.

    Returns
    -------
    list of str
        Findings, a sentence each: columns that may not be there, hashes that do not match, rows
        that are impossible.
    """
    folder = Path(folder)
    there = opened(folder)
    findings: list[str] = []
    totals: dict[str, list[values.Identity]] = {}
    system: dict[str, pd.DataFrame] = {}
    for part, recorded, tables in _parts(folder, there):
        for name, found in tables.items():
            where = f"{name} ({part})" if part else name
            if isinstance(found, str):
                findings.append(f"{where}: {found}.")
                continue
            columns = sheets()[name]["columns"]
            listed = [one["name"] for one in columns]
            if list(found) != listed:
                extra = ", ".join(sorted(set(found) ^ set(listed)))
                what = f"differ in {extra}" if extra else "stand in another order"
                findings.append(
                    f"{where}: its columns are not those of the data sheet: they {what}."
                )
                continue
            own = values.identity(found, columns)
            totals.setdefault(name, []).append(own)
            if own["hash"] != recorded[name]["hash"]:
                changed = [c for c in listed if own["columns"][c] != recorded[name]["columns"][c]]
                odd = ", ".join(changed) or "how values belong together"
                findings.append(f"{where}: the values are not those that were made: {odd}.")
        frames = {n: rows.frame(one) for n, one in tables.items() if not isinstance(one, str)}
        if part == WHOLE:
            system = frames
        for name in frames:
            where = f"{name} ({part})" if part else name
            impossible = rows.check_rows(name, system | frames)
            findings += [f"{where}: {sentence}." for sentence in impossible]
    for name, one in there["datasets"].items():
        if name not in totals:
            findings.append(f"{name}: there is no file of it.")
        elif not findings and values.added(totals[name])["hash"] != one["hash"]:
            findings.append(f"{name}: its parts do not add up to what {MANIFEST} says.")
    if not findings and values.folded(there["datasets"]) != there["value_hash"]:
        findings.append(f"{MANIFEST}: its datasets are not those of its value hash.")
    return findings


def _parts(
    folder: Path, there: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Give each part of a world: its name, its record and its tables (or what is wrong)."""
    if there["format"] == "csv":
        yield "", there["datasets"], {n: _csv(folder / f"{n}.csv") for n in there["datasets"]}
        return
    for areas in [None, *there["areas"]]:
        order = Order(there["preset"])
        run = (areas[0], areas[1]) if areas else None
        task = Task(order, str(folder), run, None, there["world_id"], there["code_version"])
        try:
            record = json.loads(task.record.read_text("utf-8"))["datasets"]
        except (OSError, ValueError, KeyError):
            yield task.name, {}, {RECORDS: f"the record {task.record.name} is missing or damaged"}
            continue
        yield task.name, record, {name: _parquet(task.file(name)) for name in record}


def _csv(path: Path) -> dict[str, Any] | str:
    try:
        frame = pd.read_csv(
            path, skiprows=1, dtype="str", keep_default_na=False, na_values=["NA"], engine="c"
        )
        columns = sheets()[path.stem]["columns"]
        if list(frame) != [one["name"] for one in columns]:
            return {str(name): values for name, values in frame.items()}
        typed_frame = typed(frame, columns)
    except (OSError, ValueError, KeyError) as error:
        return f"the file is missing or cannot be read ({error})"
    return {str(name): typed_frame[name] for name in typed_frame}


def _parquet(path: Path) -> dict[str, Any] | str:
    try:
        return shards.read(path)[0]
    except (OSError, ValueError) as error:
        return f"the file is missing or cannot be read ({error})"


def compare(first: str | Path, second: str | Path) -> list[str]:
    """Say how two worlds differ.

    Parameters
    ----------
    first, second : str or Path
        Folders that `make` has finished.

    Returns
    -------
    list of str
        Lines to read: what they are, which datasets and columns differ, and how each taught
        indicator does if both have their truth. One line if the values are the same.
    """
    ours, theirs = opened(first), opened(second)
    same_id = ours["world_id"] == theirs["world_id"]
    if ours["value_hash"] == theirs["value_hash"]:
        return [f"The same values ({ours['value_hash']}): {ours['world_id']}."]
    lines = [
        f"{ours['world_id']} against {theirs['world_id']}"
        if not same_id
        else f"The same world ({ours['world_id']}) with other values"
    ]
    for what in ("preset", "world", "areas", "system_digest", "code_version"):
        if ours[what] != theirs[what]:
            lines.append(f"{what}: {_said(ours[what])} against {_said(theirs[what])}")
    switched = [n for n, on in ours["switches"].items() if on != theirs["switches"].get(n)]
    if switched:
        lines.append(f"switched: {', '.join(switched)}")
    for name in sorted({*ours["datasets"], *theirs["datasets"]}):
        one, other = ours["datasets"].get(name), theirs["datasets"].get(name)
        if one is None or other is None:
            lines.append(f"{name}: only in {second if one is None else first}")
        elif one["hash"] != other["hash"]:
            lines.append(f"{name}: {_differences(one, other)}")
        else:
            lines.append(f"{name}: the same")
    return lines + _indicators(Path(first), Path(second))


def _differences(one: dict[str, Any], other: dict[str, Any]) -> str:
    parts = []
    if one["rows"] != other["rows"]:
        parts.append(f"{one['rows']:,} rows against {other['rows']:,}")
    names = {**one["columns"], **other["columns"]}
    changed = [n for n in names if one["columns"].get(n) != other["columns"].get(n)]
    if changed:
        parts.append(f"differs in {', '.join(changed)}")
    return "; ".join(parts) or "the same values, put together otherwise"


def _indicators(first: Path, second: Path) -> list[str]:
    """Say how the taught indicators of two worlds differ, by ethnic group."""
    try:
        ours, theirs = (
            json.loads((one / "truth.json").read_text("utf-8")) for one in (first, second)
        )
    except (OSError, ValueError):
        return []
    reference = ours["reference"]
    lines = []
    for name, about in ours["indicators"].items():
        a, b = (_expected(one, name) for one in (ours, theirs))
        both = [group for group in a if group in b and reference in a and reference in b]
        moved = [
            f"  {group}: {a[group]:.4g} against {b[group]:.4g}; gap "
            f"{a[group] - a[reference]:+.4f} against {b[group] - b[reference]:+.4f}"
            for group in both
            if a[group] != b[group] or a[reference] != b[reference]
        ]
        if moved:
            lines += [f"{name}: {about['label']}", *moved]
    title = f"Expected values, luck averaged out, and the gap to {reference}:"
    return ["", title, *lines] if lines else ["", "No taught indicator differs."]


def _expected(manifest: dict[str, Any], indicator: str) -> dict[str, float]:
    groups = manifest["indicators"].get(indicator, {}).get("groups", {})
    return {n: one["expected"] for n, one in groups.items() if one["expected"] is not None}


def scan(folder: str | Path, dataset: str) -> polars.LazyFrame:
    """Open a dataset of any size as a polars query: nothing is read until it is asked for.

    Parameters
    ----------
    folder : str or Path
        A folder that `make` (the command ``eeic world build``) has finished.
    dataset : str
        Name of the dataset, such as ``"L01"``, or of a system table.

    Returns
    -------
    polars.LazyFrame

    Raises
    ------
    ValueError
        If the folder holds no finished world, or no such dataset.
    RuntimeError
        If polars is not installed.

    Examples
    --------
    >>> import tempfile
    >>> import polars as pl
    >>> with tempfile.TemporaryDirectory() as place:
    ...     made = make(place, Order("workshop"), areas=[1], with_truth=False)
    ...     register = scan(place, "L01")
    ...     register.select(people=pl.len(), over_64=(pl.col("age") > 64).sum()).collect().row(0)
    (1230, 284)
    """
    folder = Path(folder)
    there = opened(folder)
    if dataset not in there["datasets"]:
        known = ", ".join(there["datasets"])
        raise ValueError(f"There is no dataset {dataset!r} in {folder}; it has {known}.")
    try:
        import polars
    except ImportError:
        raise RuntimeError(executors.needs("polars", "Scanning a world")) from None
    if there["format"] == "csv":
        return polars.scan_csv(folder / f"{dataset}.csv", skip_rows=1, null_values="NA")
    inside = folder / dataset
    return polars.scan_parquet(
        inside / "*.parquet" if inside.is_dir() else folder / f"{dataset}.parquet"
    )


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()
