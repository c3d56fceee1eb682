"""The course's tables load as their sheets say, or say in one sentence why not."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from eeic import NOTICE, datasets
from eeic.categories import LABELS
from eeic.datasets import DatasetError

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the datasets that a test may break."""
    copy = tmp_path / "datasets"
    shutil.copytree(REPOSITORY / "datasets", copy)
    monkeypatch.setattr(datasets, "_folder", lambda: copy)
    return copy


def reseal(folder, name):
    """Make a changed file look untouched, to reach the checks behind the checksum."""
    lines = [
        line if line.split()[1] != name else f"{fingerprint(folder / name)}  {name}"
        for line in (folder / "SHA256SUMS").read_text("utf-8").splitlines()
    ]
    (folder / "SHA256SUMS").write_text("\n".join(lines) + "\n", "utf-8")


def fingerprint(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def refusal(call, *arguments):
    with pytest.raises(DatasetError) as caught:
        call(*arguments)
    said = str(caught.value)
    assert "\n" not in said
    return said


@pytest.mark.parametrize("name", datasets.names())
def test_a_table_is_what_its_sheet_says(name):
    table, sheet = datasets.load(name), datasets.sheet(name)
    assert len(table) == sheet["rows"]
    assert list(table) == [column["name"] for column in sheet["columns"]]
    assert sheet["notice"] == NOTICE
    kinds = {"text": "str", "integer": ("int64", "Int64"), "number": "float64"}
    for column in sheet["columns"]:
        found = str(table[column["name"]].dtype)
        assert found.startswith("datetime64") or found in kinds[column["type"]]
        assert table[column["name"]].isna().any() == column["missing"].startswith("NA")


def test_each_call_returns_its_own_table():
    first = datasets.load("L03")
    first["hba1c"] = 0
    assert datasets.load("L03")["hba1c"].max() > 20


def test_codes_are_text_and_not_numbers_or_missing():
    codes = datasets.load("L02")
    assert {"99", "Z"} <= set(codes["code"])
    assert set(codes["scheme"]) == {"2001", "2021"}
    assert codes["code"].notna().all()


def test_truth_belongs_to_the_tables():
    truth = datasets.truth()
    assert {datasets.sheet(name)["world"] for name in datasets.names()} == {truth["world_id"]}
    assert truth["datasets"]["L01"]["rows"] == len(datasets.load("L01"))


@pytest.mark.parametrize("call", [datasets.load, datasets.sheet])
@pytest.mark.parametrize("name", ["L99", "l01", "L01.csv", "", "../README"])
def test_unknown_name(call, name):
    said = refusal(call, name)
    assert said.startswith(f"There is no table {name!r} among the course's own: L01, L02, L03, ")
    assert said.endswith("`eeic world build FOLDER` makes every table of the same world.")


def test_the_course_s_own_tables_stay_a_small_download():
    folder = Path(__file__).parents[1] / "datasets"
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 5_000_000


def test_changed_file(folder):
    path = folder / "L01.csv"
    path.write_bytes(path.read_bytes().replace(b"Pakistani", b"Indian", 1))
    said = refusal(datasets.load, "L01")
    assert said.startswith("The file L01.csv of the course's datasets has changed since")
    assert "git checkout -- datasets/L01.csv" in said and "pip install" in said


@pytest.mark.parametrize("name", ["L02.csv", "dictionary.json", "SHA256SUMS"])
def test_missing_file(folder, name):
    (folder / name).unlink()
    said = refusal(datasets.load, "L02")
    assert said.startswith(f"The file {name} of the course's datasets is missing")


def test_missing_truth(folder):
    (folder / "truth.json").unlink()
    assert "truth.json" in refusal(datasets.truth)


def test_half_written_checksums(folder):
    (folder / "SHA256SUMS").write_text("abc\n")
    assert "SHA256SUMS" in refusal(datasets.load, "L01")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"cp5_urine", b"cp5_urin", "it lacks cp5_urine and has besides cp5_urin."),
        (b"review_year,diagnosed_on", b"diagnosed_on,review_year", "they stand in another order."),
    ],
)
def test_wrong_columns(folder, old, new, said):
    path = folder / "L03.csv"
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    reseal(folder, "L03.csv")
    told = refusal(datasets.load, "L03")
    assert told.startswith("The columns of L03.csv are not those of its data sheet: " + said)
    assert "datasets/L03.csv" in told


def test_line_ends_of_another_system_change_nothing(folder):
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    pd.testing.assert_frame_equal(datasets.load("L03"), datasets.load("L03"))


def test_an_installed_package_uses_the_files_inside_it(tmp_path, monkeypatch):
    shutil.copytree(REPOSITORY / "datasets", tmp_path / "_datasets")
    sheet = json.loads((tmp_path / "_datasets" / "dictionary.json").read_text("utf-8"))
    sheet["L01"]["title"] = "From inside"
    (tmp_path / "_datasets" / "dictionary.json").write_text(json.dumps(sheet), "utf-8")
    reseal(tmp_path / "_datasets", "dictionary.json")
    monkeypatch.setattr(datasets, "files", lambda package: tmp_path)
    datasets._folder.cache_clear()
    try:
        assert datasets.sheet("L01")["title"] == "From inside"
    finally:
        datasets._folder.cache_clear()


def test_sheets_and_truth_need_no_pandas():
    code = (
        "import sys; sys.modules['pandas'] = sys.modules['numpy'] = None\n"
        "from eeic import datasets\n"
        "print(datasets.sheet('L01')['title'], datasets.truth()['reference'])\n"
        "try:\n    datasets.load('L01')\n"
        "except datasets.DatasetError as error:\n    print(error)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, second = out.stdout.splitlines()
    assert first == "Resident register White British"
    assert second.startswith("Loading a table needs pandas, which is not installed here")


def test_importing_is_cheap():
    code = "import sys, eeic.datasets; print({'numpy', 'pandas', 'eeic.world'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


def test_a_table_that_is_too_large_for_the_folder_is_made():
    made = datasets.make("L05")
    assert "L05" not in datasets.names()
    assert len(made) > 1000 and set(made["person_id"]) <= set(datasets.load("L01")["person_id"])
    assert datasets.make("L05") is made
    pd.testing.assert_frame_equal(datasets.make("L03"), datasets.load("L03"))
    assert "there are L01, L02, L03, " in refusal(datasets.make, "L99")


def test_people_drawn_again_are_those_of_the_register():
    _, people, met = datasets.residents()
    register = datasets.load("L01")
    numbers = register["person_id"].str[1:].astype(int)
    assert set(people["person"]) == set(numbers) and len(met) == len(numbers)
    own = people.set_index("person")["group"].map(dict(enumerate(LABELS))).loc[numbers]
    assert own.tolist() == register["ethnic_group_self"].tolist()
