import re
import zipfile
from pathlib import Path

import pytest

from eeic.publish import steps, wheel
from eeic.publish.steps import BuildError

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The wheel as the site serves it, made in a copy of its sources."""
    out = tmp_path_factory.mktemp("wheel")
    step = wheel.step(ROOT)
    step = steps.Step(step.name, step.inputs, out / "wheel", step.make)
    steps.run(step, quiet=True)
    return step


def test_it_carries_the_code_and_the_tables(built):
    names = zipfile.ZipFile(wheel.find(built.output)).namelist()
    assert "eeic/__init__.py" in names
    tables = [f for f in steps.files(ROOT / "datasets") if f.name[0] != "."]
    for table in tables:
        assert f"eeic/_datasets/{table.relative_to(ROOT / 'datasets').as_posix()}" in names


def test_it_carries_no_exercise_no_key_and_no_cache(built):
    names = zipfile.ZipFile(wheel.find(built.output)).namelist()
    outside = [name for name in names if not re.match(r"eeic(-[^/]+\.dist-info)?/", name)]
    assert outside == []
    wrong = re.compile(r"exercises/|/source/|/marking/|answers\.json|__pycache__|\.ipynb")
    assert [name for name in names if wrong.search(name)] == []


def test_the_same_sources_give_the_same_bytes(built, tmp_path):
    again = steps.Step(built.name, built.inputs, tmp_path / "wheel", built.make)
    steps.run(again, quiet=True)
    assert steps.sha256(wheel.find(again.output)) == steps.sha256(wheel.find(built.output))


def test_a_folder_without_one_wheel_is_refused(tmp_path):
    with pytest.raises(BuildError, match="0 wheels, not one"):
        wheel.find(tmp_path)
