"""Worlds on disk: the same values whoever makes which part, and nothing lost on the way."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from distributed import LocalCluster
from pyarrow import parquet as pq
from world import golden, workers

from eeic import NOTICE, cli
from eeic.world import folder, overlay, scan, shards, systems, truth
from eeic.world.build import recipe, work
from eeic.world.export import FolderInUse, sheets, view
from eeic.world.rows import RULES, check_rows
from eeic.world.values import added, folded, identity

GOLDEN = json.loads(golden.FILE.read_text("utf-8"))


def hashes(made):
    return {name: one["hash"] for name, one in made["datasets"].items()}


#: Preset -> a folder with the tables about the whole system, which take longest of all.
BEGUN = {}


def build(place, preset="register", *, afresh=False, **options):
    """Build a world, by default from where the tables about the whole system are there."""
    options = {"file_format": "parquet", "with_truth": False, **options}
    place = Path(place)
    empty = not place.is_file() and not list(place.glob("[!.]*"))
    if preset in BEGUN and empty and not afresh and not {"areas"} & set(options):
        (place / "records").mkdir(parents=True, exist_ok=True)
        about = json.loads((BEGUN[preset] / "world.json").read_text("utf-8"))
        about = {**about, "complete": False, "format": options["file_format"]}
        (place / "world.json").write_text(json.dumps(about), "utf-8")
        for path in (BEGUN[preset] / "records" / "whole.json", *BEGUN[preset].glob("*.parquet")):
            shutil.copy(path, place / path.relative_to(BEGUN[preset]))
    made = folder.make(place, folder.order(preset), **options)
    if options["file_format"] == "parquet" and "areas" not in options:
        BEGUN.setdefault(preset, place)
    return made


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    """The preset of 110,000 people, made in this process."""
    place = tmp_path_factory.mktemp("register")
    build(place, afresh=True, processes=1)
    BEGUN["register"] = place
    return place


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The preset of 20,000 people."""
    place = tmp_path_factory.mktemp("small")
    build(place, "workshop", processes=1)
    return place


@pytest.fixture
def workshop(small, tmp_path):
    """A world of its own to break."""
    return Path(shutil.copytree(small, tmp_path / "workshop"))


@pytest.mark.parametrize("name", golden.WORLDS)
def test_golden_value_hashes(name, tmp_path):
    assert golden.hashes(name, tmp_path) == GOLDEN[name]


def test_four_processes_make_what_one_makes(register, tmp_path):
    made = build(tmp_path, afresh=True, processes=4)
    assert hashes(made) == GOLDEN["register"]
    ours = {p.relative_to(tmp_path): p.read_bytes() for p in tmp_path.rglob("*.parquet")}
    assert ours == {p.relative_to(register): p.read_bytes() for p in register.rglob("*.parquet")}


def test_csv_and_parquet_are_the_same_world(tmp_path):
    made = build(tmp_path, "workshop", file_format="csv")
    assert hashes(made) == GOLDEN["workshop"]
    assert NOTICE in (tmp_path / "area.csv").read_text("utf-8").splitlines()[0]
    assert not (tmp_path / "truth.json").exists()
    assert "truth.json" not in (tmp_path / "README.md").read_text("utf-8")


def test_areas_alone_add_up_to_the_run():
    wanted = recipe("workshop")
    parts = {}
    for area in wanted.areas:
        for name, frame in work(wanted, [area]).files.items():
            table = shards.released(name, frame, wanted.parameters)
            parts.setdefault(name, []).append(identity(table, sheets()[name]["columns"]))
    whole = {name: added(found)["hash"] for name, found in parts.items()}
    assert whole == {name: GOLDEN["workshop"][name] for name in parts}


def test_an_area_built_alone_is_the_area_in_the_run(tmp_path, register):
    build(tmp_path, areas=[5, 9, 30])
    for name in ("L01", "L03"):
        alone = scan(tmp_path, name).collect()
        people = scan(tmp_path, "L01").select("person_id").collect()
        run = scan(register, name).filter(pl.col("person_id").is_in(people["person_id"].implode()))
        order = ["person_id", *(column for column in alone.columns if column != "person_id")]
        assert alone.sort(order).equals(run.collect().sort(order))
    files = {path.name for path in (tmp_path / "L01").iterdir()}
    assert files == {f"areas-{one:05d}-{one:05d}.parquet" for one in (5, 9, 30)}


def test_a_killed_process_costs_nothing_but_time(register, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(shards, "make", workers.dies_once)
    made = build(tmp_path, processes=2)
    assert (tmp_path / ".killed").exists()
    assert "A worker was killed; starting again for the" in capfd.readouterr().err
    assert hashes(made) == GOLDEN["register"]


def test_workers_that_are_killed_again_and_again_end_the_build(register, tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "make", workers.dies)
    monkeypatch.setattr("eeic.executors.RESTARTS", 1)
    with pytest.raises(RuntimeError, match="Workers were killed 2 times, most likely for want of"):
        build(tmp_path, processes=2)
    monkeypatch.undo()
    assert hashes(build(tmp_path)) == GOLDEN["register"]


def test_what_goes_wrong_in_a_worker_is_said(register, tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "make", workers.fails)
    with pytest.raises(OSError, match="No space left"):
        build(tmp_path, processes=2)
    with pytest.raises(ValueError, match="is not finished; run the same eeic world build again"):
        folder.describe(tmp_path)


@pytest.mark.slow
def test_a_dask_cluster_that_loses_a_worker_makes_the_same_world(register, tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "make", workers.dies_once)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as cluster:
        made = build(tmp_path, scheduler=cluster.scheduler_address)
    assert (tmp_path / ".killed").exists()
    assert hashes(made) == GOLDEN["register"]


def test_a_scheduler_that_is_not_there_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("eeic.executors._PATIENCE", 0.5)
    with pytest.raises(ValueError, match=r"No Dask scheduler answers at 'tcp://127.0.0.1:1'"):
        build(tmp_path, scheduler="tcp://127.0.0.1:1")


def counted(monkeypatch):
    made, real = [], shards.make

    def make(task):
        made.append(task.name)
        return real(task)

    monkeypatch.setattr(shards, "make", make)
    return made


def test_a_stopped_build_goes_on_and_redoes_nothing(register, tmp_path, monkeypatch):
    real, begun = shards.make, []

    def stopped_at_the_third(task):
        begun.append(task.name)
        if len(begun) == 3:
            raise KeyboardInterrupt
        return real(task)

    monkeypatch.setattr(shards, "make", stopped_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path, processes=1)
    monkeypatch.undo()
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    made = counted(monkeypatch)
    assert hashes(build(tmp_path, processes=1)) == GOLDEN["register"]
    assert made == [name for name in names_of_register() if name not in begun[:2]]
    assert {path: path.stat().st_mtime_ns for path in before} == before
    del made[:]
    build(tmp_path, processes=1)
    assert made == []


def names_of_register():
    return ["areas-00001-00024", "areas-00025-00048", "areas-00049-00065"]


@pytest.mark.parametrize("damage", ["no record", "no file", "half a file", "another version"])
def test_what_is_not_whole_is_made_again(damage, register, tmp_path, monkeypatch):
    build(tmp_path, processes=1)
    record = tmp_path / "records" / "areas-00025-00048.json"
    file = tmp_path / "L02" / "areas-00025-00048.parquet"
    if damage == "no record":
        record.unlink()
    elif damage == "no file":
        file.unlink()
    elif damage == "half a file":
        file.write_bytes(file.read_bytes()[:1000])
    else:
        content = json.loads(record.read_text("utf-8"))
        record.write_text(json.dumps({**content, "code_version": "0.0.1"}), "utf-8")
    made = counted(monkeypatch)
    assert hashes(build(tmp_path, processes=1)) == GOLDEN["register"]
    assert made == ["areas-00025-00048"]


def test_control_c_leaves_a_folder_to_go_on_with(tmp_path):
    eeic = "import sys; from eeic.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", eeic, "world", "build", str(tmp_path / "w")]
    command += ["--preset", "course", "--format", "parquet", "--no-truth", "--processes", "2"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True) as process:
        records = tmp_path / "w" / "records"
        ends = time.monotonic() + 60
        while not list(records.glob("areas-*.json")) and time.monotonic() < ends:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    said = error.decode()
    assert "Run the same command again to go on." in said and "Traceback" not in said
    assert not json.loads((tmp_path / "w" / "world.json").read_text("utf-8"))["complete"]
    assert 1 <= len(list(records.glob("areas-*.json"))) < 7
    assert hashes(build(tmp_path / "w", "course", processes=1)) == GOLDEN["course"]
    assert not [path for path in (tmp_path / "w").rglob(".*") if path.is_file()]


def test_nothing_in_the_folder_tells_the_seed(tmp_path):
    seed = 987654321987654987654321987654
    order = folder.order(seed=seed)
    place, private = tmp_path / "learners", tmp_path / "private"
    folder.make(place, order, file_format="parquet", truth_folder=private)
    assert [path.name for path in private.iterdir()] == ["truth.json"]
    assert not (place / "truth.json").exists()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert str(seed).encode() not in content and b'"seed"' not in content


def test_a_private_truth_is_never_below_the_data_not_even_halfway(tmp_path, monkeypatch):
    order = folder.order("register", seed=987654321987654987654321987654)
    place, private = tmp_path / "learners", tmp_path / "private"
    # What takes long is made up: where it goes is what counts here.
    monkeypatch.setattr(shards, "TABLES", [lambda wanted: ({}, {"L11": {"studies": "secret"}})])
    monkeypatch.setattr(truth, "tally", lambda *_: {("secret",): np.ones(2)})
    monkeypatch.setattr(truth, "manifest", lambda *_: {"world_id": order.recipe.world_id})
    real, begun = shards.make, []

    def stopped_at_the_third(task):
        begun.append(task.name)
        if len(begun) == 3:
            raise KeyboardInterrupt
        return real(task)

    monkeypatch.setattr(shards, "make", stopped_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        folder.make(place, order, file_format="parquet", processes=1, truth_folder=private)
    (waiting,) = private.iterdir()
    assert {path.name for path in waiting.iterdir()} == {f"{n}.truth.json" for n in begun[:2]}
    below = [path for path in place.rglob("*") if path.is_file()]
    assert len(below) > 5 and not any("truth" in path.name for path in below)
    for path in below:
        content = path.read_bytes()
        assert not any(mark in content for mark in (b'"sums"', b'"facts"', b"secret")), path
    monkeypatch.setattr(shards, "make", real)
    made = counted(monkeypatch)
    folder.make(place, order, file_format="parquet", processes=1, truth_folder=private)
    assert made == [name for name in names_of_register() if name not in begun[:2]]
    assert [path.name for path in private.iterdir()] == ["truth.json"]
    assert not [path for path in place.rglob("*") if "truth" in path.name]


def test_truth_from_parts_is_the_truth_from_memory(world, tmp_path):
    folder.make(tmp_path, folder.order(), file_format="parquet", with_truth=True)
    ours = json.loads((tmp_path / "truth.json").read_text("utf-8"))
    theirs = json.loads(json.dumps(world.truth))
    assert ours.pop("indicators") == theirs.pop("indicators")
    for manifest in (ours, theirs):
        for about in manifest["datasets"].values():
            about.pop("columns")
    assert ours == theirs


def test_every_file_carries_the_notice_and_its_world(workshop):
    made = folder.opened(workshop)
    files = list(workshop.rglob("*.parquet"))
    assert len(files) == len(made["datasets"])
    for path in files:
        about = pq.read_schema(path).metadata
        assert about[b"notice"].decode() == NOTICE
        assert about[b"world_id"].decode() == made["world_id"]
    for name, one in made["datasets"].items():
        assert (workshop / f"{name}.md").exists()
        assert one["rows"] > 0


def test_parquet_holds_what_the_world_holds(world, workshop):
    for name, frame in world.tables.items():
        ours = scan(workshop, name).collect().to_pandas()
        theirs = frame.reset_index(drop=True)
        assert list(ours) == [one["name"] for one in sheets()[name]["columns"]]
        for column in ours:
            a, b = ours[column], theirs[column]
            assert (a.isna() == b.isna()).all()
            if b.dtype.kind == "M":
                assert (a.dropna().astype("datetime64[s]") == b.dropna()).all()
            else:
                assert (a.dropna().astype(b.dtype) == b.dropna()).all(), (name, column)


def test_answers_are_dictionary_columns_and_days_are_dates(workshop):
    schema = pq.read_schema(workshop / "L01" / "areas-00001-00012.parquet")
    assert str(schema.field("sex").type).startswith("dictionary<values=string")
    assert str(schema.field("person_id").type) == "string"
    dates = pq.read_schema(workshop / "L03" / "areas-00001-00012.parquet")
    assert str(dates.field("diagnosed_on").type) == "date32[day]"


def test_one_lesson_cell_asks_all_parts(register):
    table = (
        scan(register, "L03")
        .unique("person_id")
        .join(scan(register, "L01"), on="person_id")
        .group_by("ethnic_group_self")
        .agg(people=pl.len(), all_nine=(pl.col("all_nine") == "yes").mean())
        .collect()
    )
    assert len(table) == 19
    frames = [pd.read_parquet(path) for path in (register / "L03").iterdir()]
    assert table["people"].sum() == pd.concat(frames)["person_id"].nunique()


def test_a_query_needs_a_finished_world_and_a_known_dataset(register, tmp_path):
    with pytest.raises(ValueError, match=r"There is no dataset 'L99' in .*; it has L01, L02,"):
        scan(register, "L99")
    with pytest.raises(ValueError, match=r"holds no world: there is no world.json in it"):
        scan(tmp_path, "L01")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--preset", "huge"], "There is no preset 'huge'; choose workshop,"),
        (["--world", "ideal"], "There is no world 'ideal'; choose main,"),
        (["--seed", "-1"], "The seed must be a whole number from 0, not -1."),
        (["--off", "luck"], "There is no switch 'luck'; choose from language,"),
        (["--off", "language", "--on", "language"], "'language' cannot be both off and on."),
        (["--areas", "5-"], "Areas are numbers such as 5,9,20-30, not '5-'."),
        (["--areas", "12,13"], "numbered from 1 to 12; 13 is not one."),
        (["--areas", "0"], "numbered from 1 to 12; 0 is not one."),
        (["--areas", "5", "--truth"], "leave out either --truth or --areas."),
        (["--processes", "0"], "A build needs at least one process, not 0."),
        (["--format", "csv", "--preset", "full"], "full is too large for CSV (1,100,000 people)"),
        (["--format", "csv", "--areas", "5"], "use --format parquet for --areas"),
    ],
)
def test_what_cannot_be_built_is_one_sentence(words, said, tmp_path, capsys):
    assert cli.main(["world", "build", str(tmp_path / "w"), *words]) == 1
    error = capsys.readouterr().err
    assert said in error and error.startswith("eeic: ") and error.count("\n") == 1
    assert not (tmp_path / "w").exists()


def test_a_folder_in_use_is_left_alone(workshop, tmp_path):
    before = {path: path.read_bytes() for path in workshop.rglob("*") if path.is_file()}
    with pytest.raises(FolderInUse, match=r"holds another world \(W2.0-workshop-2026a-\w+\), and"):
        folder.make(workshop, folder.order(off=["language"]), file_format="parquet")
    with pytest.raises(FolderInUse, match="holds this world as parquet, and csv was asked for"):
        build(workshop, "workshop", file_format="csv")
    with pytest.raises(FolderInUse, match="holds this world with areas 1-12, and 5-5 was asked"):
        build(workshop, "workshop", areas=[5])
    assert {path: path.read_bytes() for path in workshop.rglob("*") if path.is_file()} == before
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("mine")
    with pytest.raises(FolderInUse, match=r"is not empty \(notes.txt is there\) and holds no worl"):
        build(mine, "workshop")
    with pytest.raises(FolderInUse, match="is a file; name a folder"):
        build(mine / "notes.txt", "workshop")
    (mine / "notes.txt").unlink()
    (mine / "world.json").write_text("{}")
    with pytest.raises(FolderInUse, match="was not written by this course"):
        build(mine, "workshop")


def test_a_worker_with_other_code_is_refused(tmp_path):
    task = shards.Task(folder.order(), str(tmp_path), (1, 1), False, "W9.9-workshop-2026a-00000000")
    with pytest.raises(RuntimeError, match="A worker has another version of the course"):
        shards.make(task)
    world_id = task.order.recipe.world_id
    elsewhere = shards.Task(folder.order(), str(tmp_path / "x"), (1, 1), None, world_id)
    with pytest.raises(RuntimeError, match="A worker does not see the folder"):
        shards.make(elsewhere)


@pytest.mark.parametrize(
    ("library", "said"),
    [("pyarrow", "Parquet needs pyarrow"), ("tqdm", "Building in Parquet needs tqdm")],
)
def test_a_missing_library_is_one_sentence(library, said, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(RuntimeError, match=f"{said}, which is not installed: run pip install 'eei"):
        build(tmp_path, "workshop", processes=1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"recoding": {}}, "there is no parameter 'recoding'; did you mean 'recording'?"),
        ({"recording": {"not_started": 1}}, "did you mean 'recording.not_stated'?"),
        ({"recording": {"zzz": 1}}, "there is no parameter 'recording.zzz'; there are gp_row_kept"),
        ({"recording": {"not_stated": 1.5}}, "'recording.not_stated' must be from 0 to 1, not 1.5"),
        ({"recording": {"not_stated": "a"}}, "'recording.not_stated' must be a number, not 'a'"),
        ({"recording": {"not_stated": True}}, "'recording.not_stated' must be a number, not True"),
        ({"recording": {"not_stated": float("nan")}}, "must be from 0 to 1, not nan"),
        ({"recording": 3}, "'recording' must be an object of names and values, not 3"),
        ([], "the file must be an object of names and values, not []"),
        ({"people": {"arrival_age": [1, 2]}}, "'people.arrival_age' must be a list of 13 values"),
        (
            {"exposures": {"digital": {"ages": [35, 55, 50, 75]}}},
            "'exposures.digital.ages' must ascend",
        ),
        (
            {"need": {"adult_from": 17.5}},
            "'need.adult_from' must be a whole number, not 17.5",
        ),
        ({"version": "9.9"}, "'version' belongs to the course"),
        ({"pathways": {"checks": {"bases": [1, 2, 3, 4, 5, 6, 7, 99]}}}, "bases[8]' must be from"),
    ],
)
def test_a_bad_parameter_is_named_with_what_is_allowed(changes, said, tmp_path, capsys):
    file = tmp_path / "changes.json"
    file.write_text(json.dumps(changes))
    words = ["world", "build", str(tmp_path / "w"), "--parameters", str(file)]
    assert cli.main(words) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"eeic: {file}: ") and said in error and error.count("\n") == 1


def test_a_parameter_file_that_is_no_json_is_refused(tmp_path):
    file = tmp_path / "changes.json"
    file.write_text('{"recording": {')
    with pytest.raises(overlay.BadParameter, match=r"cannot be read as JSON: .* line 1 column"):
        overlay.read(file)


def leaves(value, name=""):
    if isinstance(value, dict):
        for key, one in value.items():
            yield from leaves(one, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for place, one in enumerate(value, 1):
            yield from leaves(one, f"{name}[{place}]")
    elif isinstance(value, int | float):
        yield name, value


def test_every_shipped_parameter_is_inside_its_own_range():
    assert not overlay.checked(overlay.shipped())
    for name, value in leaves(overlay.shipped()):
        low, high = overlay.bounds(name, value)
        assert low <= value <= high and low < high, name


def test_other_parameters_make_another_world(tmp_path):
    changes = overlay.checked({"recording": {"not_stated": 0.5}, "version": "2.0"})
    made = folder.make(
        tmp_path / "a", folder.order(changes=changes), file_format="parquet", with_truth=False
    )
    assert made["changed_parameters"] == {"recording": {"not_stated": 0.5}}
    assert made["world_id"] != recipe().world_id
    differ = {name for name, one in hashes(made).items() if one != GOLDEN["workshop"][name]}
    assert {"L01", "L02"} <= differ and not differ & {"area", "practice", "L03"}
    assert systems.load() is systems.load("workshop", "")


def test_describe_says_what_is_there(workshop, capsys):
    assert cli.main(["world", "describe", str(workshop)]) == 0
    said = capsys.readouterr().out
    made = folder.opened(workshop)
    assert made["world_id"] in said and NOTICE in said and made["value_hash"] in said
    assert "20,000 people of preset workshop, world main" in said
    assert "Resident register" in said and "areas 1-12" in said and "Switched off: nothing" in said
    assert made["value_hash"] == folded(made["datasets"])


def check(place, capsys):
    failed = cli.main(["world", "check", str(place)])
    said = capsys.readouterr().out
    assert failed == (said != "Nothing is wrong.\n")
    return said


def test_a_world_as_made_passes_its_check(workshop, register, tmp_path, capsys):
    assert check(workshop, capsys) == "Nothing is wrong.\n"
    assert check(register, capsys) == "Nothing is wrong.\n"
    build(tmp_path / "csv", "workshop", file_format="csv")
    assert check(tmp_path / "csv", capsys) == "Nothing is wrong.\n"


def rewritten(path, change):
    """Change a Parquet file as somebody's script might."""
    table = change(pd.read_parquet(path))
    table.to_parquet(path)


def test_check_finds_a_changed_value(workshop, capsys):
    path = workshop / "L01" / "areas-00001-00012.parquet"
    rewritten(path, lambda table: table.assign(age=table["age"].where(table.index != 3, 50)))
    said = check(workshop, capsys)
    assert "L01 (areas-00001-00012): the values are not those that were made: age." in said


def test_check_finds_values_put_together_otherwise(workshop, capsys):
    path = workshop / "L01" / "areas-00001-00012.parquet"
    rewritten(path, lambda table: table.assign(sex=table["sex"].to_numpy()[::-1]))
    assert "not those that were made: how values belong together." in check(workshop, capsys)


def test_check_finds_a_column_that_may_not_leave(workshop, capsys):
    path = workshop / "L03" / "areas-00001-00012.parquet"
    rewritten(path, lambda table: table.assign(circumstances=0.5))
    said = check(workshop, capsys)
    assert "its columns are not those of the data sheet: they differ in circumstances." in said


def test_check_finds_a_missing_and_a_damaged_file(workshop, capsys):
    (workshop / "L02" / "areas-00001-00012.parquet").unlink()
    (workshop / "area.parquet").write_bytes(b"not parquet")
    said = check(workshop, capsys)
    assert "L02 (areas-00001-00012): the file is missing or cannot be read" in said
    assert "area (whole): the file is missing or cannot be read" in said


def test_check_finds_a_changed_csv(tmp_path, capsys):
    build(tmp_path, "workshop", file_format="csv")
    path = tmp_path / "L03.csv"
    path.write_text(path.read_text("utf-8").replace(",yes", ",no", 1), "utf-8")
    assert "L03: the values are not those that were made: cp" in check(tmp_path, capsys)


@pytest.fixture(scope="module")
def tables(world):
    return {name: frame.copy() for name, frame in world.tables.items()}


BROKEN = [
    ("L01", "the same person twice", {"person_id": "P9999999"}),
    ("L01", "with years since arrival", {"born_uk": "yes", "years_in_england": 3}),
    ("L01", "more years in England than years of age", {"age": 5, "years_in_england": 60}),
    ("L01", "age outside 0 to 95", {"age": 140}),
    ("L01", "a practice in another place", {"area_id": "LMA0001", "practice_id": "LMG018"}),
    ("L01", "a fifth of deprivation", {"deprivation_decile": 10, "deprivation_fifth": 1}),
    ("L02", "outside the years of the records", {"recorded_on": pd.Timestamp("2024-01-01")}),
    ("L02", "somebody who is not in the register", {"person_id": "P9999999"}),
    ("L02", "a seventh record or more", {"person_id": "P0000000"}),
    ("L02", "a method, though nothing is known", {"code": "99", "method": "self"}),
    ("L03", "hba1c outside 3 to 160", {"hba1c": 900.0, "cp1_hba1c": "yes"}),
    ("L03", "hba1c without cp1_hba1c", {"hba1c": 60.0, "cp1_hba1c": "no"}),
    ("L03", "all nine checks without each", {"all_nine": "yes", "cp9_eye": "no"}),
]


@pytest.mark.parametrize(("name", "says", "values"), BROKEN, ids=lambda x: str(x)[:30])
def test_an_impossible_row_is_found(name, says, values, tables):
    assert check_rows(name, tables) == []
    frame = tables[name].copy()
    frame.loc[frame.index[:8], list(values)] = list(values.values())
    found = check_rows(name, {**tables, name: frame})
    assert any(says in sentence and sentence[0].isdigit() for sentence in found), found


def test_a_man_found_through_pregnancy_and_a_diagnosis_before_birth_are_found(tables):
    register = tables["L01"].set_index("person_id")
    file = tables["L03"].copy()
    men = file["person_id"].map(register["sex"]) == "M"
    file.loc[men.index[men][-1], "route"] = "pregnancy"
    child = register.index[register["age"] == 0][0]
    file.loc[0, ["person_id", "diagnosed_on"]] = [child, pd.Timestamp("2031-05-01")]
    young = tables["L01"].assign(age=tables["L01"]["age"].mask(tables["L01"]["age"] == 0, -9))
    found = check_rows("L03", {**tables, "L03": file, "L01": young})
    assert any("a man found through pregnancy" in sentence for sentence in found)
    assert any("diagnosed before birth" in sentence for sentence in found)


def test_every_rule_of_a_dataset_that_exists_looks_at_columns_that_exist():
    for name, rules in RULES.items():
        if name in sheets():
            known = {f"{n}.{c['name']}" for n, sheet in sheets().items() for c in sheet["columns"]}
            for rule in rules:
                assert set(rule.needs) <= known, (name, rule.says)


def test_compare_says_what_differs(tmp_path, capsys):
    for name, world in (("a", "main"), ("b", "placebo"), ("c", "main")):
        folder.make(
            tmp_path / name, folder.order(world=world), file_format="parquet", with_truth=True
        )
    assert cli.main(["world", "compare", str(tmp_path / "a"), str(tmp_path / "c")]) == 0
    assert capsys.readouterr().out.startswith("The same values (")
    assert cli.main(["world", "compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 0
    said = capsys.readouterr().out
    assert "world: main against placebo" in said and "switched: language, practice" in said
    assert "area: the same" in said
    assert any(
        line.startswith("L03: ") and "differs in" in line and "all_nine" in line
        for line in said.splitlines()
    )
    after = said[said.index("all_nine: ") :]
    roma = next(line for line in after.splitlines() if line.startswith("  Roma: "))
    # No gap is left where every mechanism is off.
    assert roma.endswith("against +0.0000") or roma.endswith("against -0.0000")


def test_a_long_build_shows_how_far_it_is(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr("eeic.progress._AFTER", 0)
    build(tmp_path, "workshop", processes=1)
    assert "people" in capfd.readouterr().err
    monkeypatch.undo()
    build(tmp_path / "quick", "workshop", areas=[1], processes=1)
    assert capfd.readouterr().err == ""


def test_hashes_are_of_values_in_whatever_form(world):
    columns = sheets()["L01"]["columns"]
    wanted = world.recipe
    frame = work(wanted, [1, 2]).files["L01"]
    quick = shards.released("L01", frame, wanted.parameters)
    slow = view("L01", frame, wanted.parameters)
    assert identity(quick, columns) == identity(slow, columns)
    shuffled = slow.sample(frac=1, random_state=1)
    assert identity(shuffled, columns) == identity(slow, columns)
    other = slow.assign(age=slow["age"] + (np.arange(len(slow)) == 7))
    changed = identity(other, columns)
    assert changed["hash"] != identity(slow, columns)["hash"]
    differ = [
        n for n, h in changed["columns"].items() if h != identity(slow, columns)["columns"][n]
    ]
    assert differ == ["age"]


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="only Linux says how much memory was used"
)
def test_a_part_of_england_takes_less_than_300_megabytes(tmp_path):
    script = (
        "import sys\nfrom eeic.world import folder, shards\n"
        "wanted = folder.order('england')\n"
        "for areas in ((1, 24), (25, 48)):\n"
        "    part = shards.Task(wanted, sys.argv[1], areas, None, wanted.recipe.world_id)\n"
        "    shards.make(part)\n"
        # Not from getrusage, which also counts the process that started this one.
        "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    )
    out = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert int(out.stdout) < 300_000  # kilobytes
    assert Path(tmp_path, "L01", "areas-00025-00048.parquet").exists()
