"""Every outcome of a lesson is taught, tried and tested, and the check sees where one is not."""

import shutil
from pathlib import Path

import pytest

from eeic.publish import outcomes

ROOT = Path(__file__).parents[2]
ALL = outcomes.table(ROOT)


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.code)
def test_no_cell_is_empty(one):
    assert one.sections
    assert len(one.questions) >= 2
    if not one.code.startswith("M0."):  # Start here has nothing to grade
        assert one.items


def test_every_lesson_is_there():
    lessons = {int(path.name[:2]) for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")}
    assert {int(one.code[1:].split(".")[0]) for one in ALL} == lessons


def test_a_lesson_without_an_exercise_is_seen(tmp_path):
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    bare = outcomes.table(tmp_path)
    assert [one.code for one in bare] == [one.code for one in ALL]
    assert not any(one.items for one in bare)
