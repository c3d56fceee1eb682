"""Nothing that travels to learners carries what is hidden, in any dataset that there is."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from world.allowed import ALLOWED, RECORDED_AS_IT_IS

from eeic.world import FolderInUse, build, folder, write
from eeic.world.build import recipe, work
from eeic.world.export import render, sheets, truth_text, view
from eeic.world.exposures import EXPOSED, MECHANISMS

SEED = 298_743_651_094_387_216_540_917_332_865
#: What no column of a released table may be called, in whole or as a part between underscores.
NEVER = {
    *("seed", "latent", "truth", "true", "expected", "hidden", "shapley", "contribution"),
    *("stance", "mechanism", "fit", "pattern", "unmet", "unfair", "circumstances", "propensity"),
    *MECHANISMS,
} - {"practice", "deprivation", "language", "digital", "travel", "true"}
#: Names in which one of these words means something that everybody may see.
MAY = {
    ("L01", "language_support_needed"),
}


@pytest.fixture(scope="module")
def assessed():
    """A world that learners could be assessed with."""
    return build(seed=SEED)


def every_table(world):
    return {**world.tables, **world.further[0]}


def people(world):
    return [name for name in sorted(world.tables) if "person_id" in world.tables[name]]


def test_every_dataset_has_been_allowed_column_by_column(world):
    """The list is typed a second time, in tests/world/allowed.py: a new column needs a thought."""
    for name, table in every_table(world).items():
        assert name in ALLOWED, (
            f"add {name} to tests/world/allowed.py, after looking at each column"
        )
        assert list(table) == ALLOWED[name], name
        assert [column["name"] for column in sheets()[name]["columns"]] == ALLOWED[name], name
    assert set(sheets()) <= set(every_table(world))


def test_only_allowed_columns_leave_whatever_recording_hands_over(world):
    wanted = recipe()
    for name, rows in work(wanted, [1]).files.items():
        more = rows.assign(circumstances=0.5, group=1, secret=2, unmet_language=1.0)
        assert list(view(name, more, wanted.parameters)) == ALLOWED[name]


def test_no_released_column_is_called_like_a_hidden_one(world):
    latent = set(world.latent) - {"person_id"}
    for name, table in every_table(world).items():
        # Lists of people have the latent frame's own names at most where they write it down.
        named_alike = set(table) & latent if name in people(world) else set()
        assert named_alike <= RECORDED_AS_IT_IS.get(name, set()), (name, named_alike)
        for column in table:
            parts = set(column.split("_"))
            assert not parts & NEVER or (name, column) in MAY, (name, column)


def renamed(table, latent, allowed=frozenset()):
    """Name the pairs of a released column and a hidden one that say the same."""
    once = table.drop_duplicates("person_id")
    true = latent.set_index("person_id").loc[once["person_id"]]
    codes = {name: pd.factorize(true[name].to_numpy())[0] for name in true}
    found = set()
    for shown in once.columns.drop("person_id"):
        ours = pd.factorize(once[shown].to_numpy())[0]
        found |= {
            (shown, hidden)
            for hidden, theirs in codes.items()
            if ours.max() > 0 and np.array_equal(ours, theirs)
        }
    return {(shown, hidden) for shown, hidden in found if shown not in allowed}


#: Released columns that say what is true because the course means them to: own answers and what
#: was written down without a fault. All others must differ from everything hidden.
MEANT = {
    "L01": {"area_id", "ethnic_group_self", "sex", "deprivation_decile"},
}


def test_no_released_column_is_a_hidden_one_renamed(world):
    for name in people(world):
        meant = MEANT.get(name, set()) | RECORDED_AS_IT_IS.get(name, set())
        assert renamed(world.tables[name], world.latent, meant) == set(), name


def test_the_check_finds_a_renamed_column(world):
    true = world.latent.set_index("person_id")["circumstances"]
    bad = world.tables["L03"].assign(mood=world.tables["L03"]["person_id"].map(true).rank())
    assert ("mood", "circumstances") in renamed(bad, world.latent)


def told_by_order(table, latent, keys):
    """Return the strongest rank correlation of an order of rows with anything hidden."""
    once = table.drop_duplicates("person_id")
    true = latent.set_index("person_id").loc[once["person_id"]]
    values = true.apply(lambda column: pd.factorize(column, sort=True)[0])
    ranks = values.rank().to_numpy()
    ranks = ranks[:, ranks.std(axis=0) > 0]
    ranks = (ranks - ranks.mean(axis=0)) / ranks.std(axis=0)
    strongest = 0.0
    for key in keys:
        place = pd.Series(key(once)).rank().to_numpy()
        place = (place - place.mean()) / place.std()
        strongest = max(strongest, np.abs(place @ ranks).max() / np.sqrt(len(once)))
    return strongest, ranks.shape[1]


def own_ids(name, table):
    """Return the columns that only name a row."""
    return [
        column
        for column in table
        if column.endswith("_id") and column not in ("area_id", "practice_id", "site_id", "org_id")
    ]


def test_neither_row_order_nor_any_id_tells_anything(world):
    tests = 0
    worst = {}
    for name in people(world):
        table = world.tables[name]
        keys = [lambda once: np.arange(len(once))]
        keys += [
            lambda once, column=column: (
                once[column].str.extract(r"(\d+)$", expand=False).astype(int)
            )
            for column in own_ids(name, table)
        ]
        worst[name], columns = told_by_order(table, world.latent, keys)
        tests += columns * len(keys)
    # By chance alone the strongest of so many is above this once in a hundred worlds.
    assert max(worst.values()) < stats.norm.isf(0.005 / tests), worst


def test_the_check_finds_a_sorted_file(world):
    latent = world.latent.sort_values("unmet_language", kind="stable")
    table = world.tables["L01"].set_index("person_id").loc[latent["person_id"]].reset_index()
    strongest, _ = told_by_order(table, world.latent, [lambda once: np.arange(len(once))])
    assert strongest > 20


def test_answers_carry_no_order_of_their_own(world):
    """A column of answers is plain text: the order of a list of categories could tell which."""
    for name, table in every_table(world).items():
        for column, values in table.items():
            assert not isinstance(values.dtype, pd.CategoricalDtype), (name, column)


def test_an_assessed_worlds_files_hold_neither_seed_nor_truth(assessed, world):
    content = render(assessed)
    assert set(content) == set(render(world)) - {"truth.json"}
    truth = assessed.truth
    for name, data in content.items():
        assert str(SEED).encode() not in data, name
        # Neither a manifest under another name nor a part of one.
        for mark in (b'"contributions"', b'"expected_gap"', b'"recording_bias"', b'"facts"'):
            assert mark not in data, (name, mark)
    assert b"truth.json" not in content["README.md"]
    # A figure of the manifest with all its digits is the manifest's own.
    figures = {
        str(gap["expected_gap"]).encode()
        for indicator in truth["indicators"].values()
        for gap in indicator["gaps"].values()
        if gap["expected_gap"] and len(str(gap["expected_gap"])) >= 9
    }
    assert len(figures) > 50
    for name, data in content.items():
        assert not any(figure in data for figure in figures), name
    assert str(SEED) not in repr(assessed) and str(SEED) not in assessed.world_id


def test_an_assessed_worlds_truth_goes_to_a_private_folder_or_nowhere(assessed, tmp_path):
    data, private = tmp_path / "learners", tmp_path / "private"
    written = write(assessed, data)
    assert "truth.json" not in {path.name for path in written}
    assert {path.name for path in data.iterdir()} == set(render(assessed))
    written = write(assessed, data, truth=private)
    assert written[-1] == private / "truth.json"
    assert "truth.json" not in {path.name for path in data.iterdir()}
    kept = json.loads((private / "truth.json").read_text("utf-8"))
    assert kept["world_id"] == assessed.world_id and "seed" not in json.dumps(kept)


def test_a_folder_of_shards_holds_neither(tmp_path):
    folder.make(tmp_path, folder.order(seed=SEED), file_format="parquet", processes=1)
    found = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(found) > 20 and not any("truth" in path.name for path in found)
    for path in found:
        content = path.read_bytes()
        for mark in (str(SEED).encode(), b'"contributions"', b'"expected_gap"', b'"facts"'):
            assert mark not in content, (path.name, mark)


@pytest.mark.parametrize("inside", [".", "deeper", "../learners"])
def test_the_private_folder_may_not_travel(inside, assessed, tmp_path):
    data = tmp_path / "learners"
    with pytest.raises(ValueError, match="travels to learners; name another one"):
        write(assessed, data, truth=data / inside)
    assert not data.exists()


def test_a_private_truth_needs_a_seed_that_nobody_can_try_out(world, tmp_path):
    with pytest.raises(ValueError, match="needs a seed of at least 64 bits"):
        write(world, tmp_path / "learners", truth=tmp_path / "private")
    for seed in (2026, 7, 2**63 - 1):
        with pytest.raises(ValueError, match="needs a seed of at least 64 bits"):
            folder.make(
                tmp_path / "learners", folder.order(seed=seed), truth_folder=tmp_path / "private"
            )
    assert not list(tmp_path.iterdir())


def test_a_private_folder_keeps_a_seed_of_its_own(world, tmp_path):
    private, data = tmp_path / "private", tmp_path / "learners"
    seed = folder.private_seed(private, data)
    assert seed.bit_length() >= 64 and folder.private_seed(private, data) == seed
    assert (private / "seed.txt").stat().st_mode & 0o077 == 0
    assert folder.private_seed(tmp_path / "another", data) != seed
    with pytest.raises(ValueError, match="travels to learners; name another one"):
        folder.private_seed(data / "inside", data)
    assert not data.exists()
    (private / "seed.txt").write_text("about a million", "utf-8")
    with pytest.raises(ValueError, match=r"seed.txt should hold one whole number"):
        folder.private_seed(private, data)
    (private / "seed.txt").rename(private / "truth.json")
    with pytest.raises(ValueError, match="holds the truth of a world and not its seed"):
        folder.private_seed(private, data)


def test_an_assessed_worlds_truth_is_refused_among_its_datasets(assessed, tmp_path):
    with pytest.raises(ValueError, match="seed is not a public one"):
        write(assessed, tmp_path, with_truth=True)
    assert not list(tmp_path.iterdir())


def test_another_worlds_truth_is_not_overwritten(assessed, world, tmp_path):
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "truth.json").write_text(truth_text(world), "utf-8")
    with pytest.raises(FolderInUse, match="holds the files of another world"):
        write(assessed, tmp_path / "b", truth=tmp_path / "private")
    assert not (tmp_path / "b").exists()
    # Nor are datasets that lie there without their truth.
    write(assessed, tmp_path / "c")
    with pytest.raises(FolderInUse, match="holds the files of another world"):
        write(world, tmp_path / "c")


def test_files_come_in_the_same_order_whatever_is_true(assessed, world, tmp_path):
    """File times follow the order of writing, and that follows the names alone."""
    ours = [path.name for path in write(assessed, tmp_path / "a")]
    theirs = [path.name for path in write(world, tmp_path / "b") if path.name != "truth.json"]
    assert ours == theirs
    times = [(tmp_path / "a" / name).stat().st_mtime_ns for name in ours]
    assert times == sorted(times)


def test_exposures_are_hidden_columns():
    shown = {column for columns in ALLOWED.values() for column in columns}
    assert not (set(EXPOSED) - {"age"}) & shown
