"""Only what is listed leaves, it carries no hidden truth, and nobody's file is lost."""

import csv
import hashlib
import io
import json
import os
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eeic import NOTICE
from eeic.world import FolderInUse, build, write, write_datasets
from eeic.world.build import work
from eeic.world.export import as_text, csv_text, render, sheets, typed, view
from eeic.world.services.diabetes import CHECKS

DATASETS = Path(__file__).parents[2] / "datasets"

# What may leave, typed here a second time on purpose: a new column needs a second thought.
ALLOWED = {
    "L01": [
        "person_id",
        "area_id",
        "place",
        "practice_id",
        "age",
        "age_band",
        "sex",
        "ethnic_group_self",
        "ethnic_code_2001",
        "language_support_needed",
        "born_uk",
        "years_in_england",
        "deprivation_decile",
        "deprivation_fifth",
    ],
    "L02": [
        "person_id",
        "source",
        "code",
        "scheme",
        "ethnic_group_recorded",
        "recorded_on",
        "method",
    ],
    "L03": [
        *["person_id", "review_year", "diagnosed_on", "route"],
        *CHECKS,
        *["all_nine", "hba1c", "bp_sys", "chol"],
    ],
}

# Exported columns that show a latent one as it is, because the course means them to.
MEANT = {
    ("L01", "area_id", "area"),
    ("L01", "ethnic_group_self", "group"),
    ("L01", "area_id", "travel"),  # a published table says how long each area's journey is
    ("L01", "sex", "female"),
    ("L01", "deprivation_decile", "deprivation"),
    *(("L03", check, check) for check in CHECKS if check != "cp5_urine"),
}
# What learners are never shown, under any name.
HIDDEN = [
    "resources",
    "circumstances",
    "has_diabetes",
    "unmet_language",
    "unfair",
    "practice_quality",
    "fit_finding",
    "fit_checks",
    "pattern_t2d",
    "deprivation",
    "language_need",
    "slot",
    "group",
    "diagnosed",
]


def same_values(ours, theirs):
    """Tell whether two columns split the rows in the same way, whatever they call the parts."""
    a, b = pd.factorize(ours)[0], pd.factorize(theirs)[0]
    return np.array_equal(a, b) and a.max() > 0


def leaks(name, table, latent):
    """Name the pairs of an exported and a latent column that say the same."""
    once = table.drop_duplicates("person_id")
    true = latent.set_index("person_id").loc[once["person_id"]]
    return {
        (name, shown, hidden)
        for shown in once.columns.drop("person_id")
        for hidden in true.columns
        if same_values(once[shown].to_numpy(), true[hidden].to_numpy())
    }


def order_tells(positions, values):
    """Return the rank correlation of an order with hidden values, in standard errors."""
    ranks = pd.Series(np.asarray(values, dtype=float)).rank().to_numpy()
    return abs(np.corrcoef(positions, ranks)[0, 1]) * np.sqrt(len(ranks))


def numeric(latent):
    frame = latent.drop(columns="person_id")
    return frame.apply(lambda column: pd.factorize(column, sort=True)[0])


def test_only_listed_columns_leave(world):
    for name, columns in ALLOWED.items():
        assert list(world.tables[name]) == columns
        assert [column["name"] for column in sheets()[name]["columns"]] == columns
    shown = {column for columns in ALLOWED.values() for column in columns}
    assert not shown & set(HIDDEN)


def test_an_extra_column_does_not_get_through(world):
    register = work(world.recipe, [1]).files["L01"].assign(circumstances=0.5, secret=1)
    assert list(view("L01", register, world.parameters)) == ALLOWED["L01"]


@pytest.mark.parametrize("name", ALLOWED)
def test_no_exported_column_is_a_hidden_one_renamed(name, world):
    assert leaks(name, world.tables[name], world.latent) <= MEANT


def test_the_leak_check_finds_a_renamed_column(world):
    true = world.latent.set_index("person_id")["circumstances"]
    table = world.tables["L03"]
    bad = table.assign(mood=table["person_id"].map(true).rank())
    assert ("L03", "mood", "circumstances") in leaks("L03", bad, world.latent)


@pytest.mark.parametrize("name", ALLOWED)
def test_neither_row_order_nor_id_order_tells_anything(name, world):
    once = world.tables[name].drop_duplicates("person_id")
    true = numeric(world.latent.set_index("person_id").loc[once["person_id"]].reset_index())
    number = once["person_id"].str[1:].astype(int).rank().to_numpy()
    for positions in (np.arange(len(once)), number):
        # A column with one value (everyone in L03 is diagnosed) has no order to tell.
        varied = {
            column: order_tells(positions, values)
            for column, values in true.items()
            if values.nunique() > 1
        }
        # About 35 columns, three files, two orders: 4.5 standard errors are a 1 in 700 chance.
        assert max(varied.values()) < 4.5, varied


def test_the_order_check_finds_a_sorted_file(world):
    latent = world.latent.sort_values("group", kind="stable")
    assert order_tells(np.arange(len(latent)), latent["group"]) > 100


def test_files_are_the_committed_ones_byte_for_byte(tmp_path):
    written = write_datasets(tmp_path)
    assert {path.name for path in written} == {path.name for path in tmp_path.iterdir()}
    for path in written:
        assert path.read_bytes() == (DATASETS / path.name).read_bytes(), path.name


def test_committed_files_are_small_and_listed():
    sums = (DATASETS / "SHA256SUMS").read_text("utf-8").splitlines()
    listed = {line.split()[1]: line.split()[0] for line in sums}
    found = {p.name for p in DATASETS.iterdir() if not p.name.startswith(".")}
    assert set(listed) == found - {"SHA256SUMS"}
    for name, expected in listed.items():
        assert hashlib.sha256((DATASETS / name).read_bytes()).hexdigest() == expected
    assert sum((DATASETS / name).stat().st_size for name in found) < 5_000_000


def test_csv_opens_with_the_notice(world):
    rows = list(csv.reader(io.StringIO(csv_text(world.tables["L03"]))))
    assert rows[0] == [NOTICE]
    assert rows[1] == ALLOWED["L03"]
    assert {len(row) for row in rows[1:]} == {len(ALLOWED["L03"])}
    assert len(rows) == 2 + len(world.tables["L03"])
    # A whole number is written as one, also beside missing values.
    assert not any(cell.endswith(".0") for row in rows[2:] for cell in row)


def test_hidden_truth_stands_in_no_file_but_truth(world):
    for name, content in render(world).items():
        if name.endswith(".csv"):
            header = content.decode().splitlines()[1].split(",")
            assert not set(header) & set(HIDDEN)


def test_every_sheet_is_complete(world):
    made = {**world.tables, **world.further[0]}
    assert set(sheets()) <= set(made)
    for name, sheet in sheets().items():
        for part in ("title", "summary", "imitates", "how_made", "unlike_real", "flaws"):
            assert sheet[part]
        assert sheet["allowed"] and any("Evidence" in use for use in sheet["forbidden"])
        for column in sheet["columns"]:
            assert set(column) == {"name", "label", "type", "unit", "allowed", "missing", "flaw"}
            assert column["label"] and column["missing"] and column["flaw"]
            has_missing = made[name][column["name"]].isna().any()
            assert has_missing == column["missing"].startswith("NA"), (name, column["name"])


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.integers(-999, 999)),
            st.one_of(st.none(), st.floats(0, 200).map(lambda x: round(x, 1))),
            st.one_of(st.none(), st.text("abc, \"'é", min_size=1, max_size=5)),
            st.one_of(st.none(), st.dates(date(1900, 1, 1), date(2090, 1, 1))),
        ),
        min_size=1,
    )
)
def test_a_table_survives_its_file(rows):
    names, types = ("whole", "number", "word", "day"), ("integer", "number", "text", "date")
    columns = [
        {"name": n, "type": t, "missing": "NA: not known"}
        for n, t in zip(names, types, strict=True)
    ]
    table = typed(pd.DataFrame(rows, columns=names), columns)
    back = pd.read_csv(
        io.StringIO(csv_text(table)),
        skiprows=1,
        dtype="str",
        keep_default_na=False,
        na_values=["NA"],
    )
    pd.testing.assert_frame_equal(typed(back, columns), table)
    assert as_text(back) == as_text(table)


@pytest.fixture
def written(world, tmp_path):
    write(world, tmp_path)
    return tmp_path


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_writing_again_is_quiet(world, written):
    before = contents(written)
    write(world, written)
    assert contents(written) == before


def test_another_world_is_not_overwritten(placebo, written):
    before = contents(written)
    with pytest.raises(FolderInUse, match=r"holds the files of another world \(W2\.0-workshop"):
        write(placebo, written)
    assert contents(written) == before
    write(placebo, written, overwrite=True)
    assert json.loads((written / "truth.json").read_text("utf-8"))["switches"]["language"] is False


def test_a_persons_file_is_not_overwritten(world, written):
    (written / "L01.csv").write_text("my notes")
    with pytest.raises(FolderInUse, match=r"L01.csv is there already and differs"):
        write(world, written)
    assert (written / "L01.csv").read_text() == "my notes"


def test_a_strangers_readme_is_not_overwritten(world, tmp_path):
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(FolderInUse, match=r"README.md is there already"):
        write(world, tmp_path)
    assert contents(tmp_path) == {"README.md": b"mine"}


def test_a_file_is_not_a_folder(world, tmp_path):
    target = tmp_path / "file"
    target.write_text("x")
    with pytest.raises(FolderInUse, match="is a file; name a folder"):
        write(world, target)


def test_an_interrupted_write_can_be_run_again(world, tmp_path, monkeypatch):
    real, calls = os.replace, []

    def fails_at_the_third(self, target):
        calls.append(target)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(self, target)

    monkeypatch.setattr(Path, "replace", fails_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        write(world, tmp_path)
    assert len(contents(tmp_path)) == 2  # two whole files, and no half one
    monkeypatch.undo()
    write(world, tmp_path)
    assert set(contents(tmp_path)) == set(render(world))


def test_placebo_can_be_written_too(tmp_path):
    plain = build(world="placebo", switches={"recording": True})
    write(plain, tmp_path / "new" / "folder")
    assert (tmp_path / "new" / "folder" / "truth.json").exists()
