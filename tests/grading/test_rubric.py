"""The marker's sheets: each can be read, and the levels in a comment are found."""

from pathlib import Path

import pytest

from eeic.grading import rubric
from eeic.grading.rubric import Criterion, Rubric, levels_in

MARKING = Path(__file__).parents[2] / "exercises" / "marking"


@pytest.mark.parametrize("path", sorted(MARKING.glob("*.md")), ids=lambda path: path.stem)
def test_each_sheet_can_be_read(path):
    read = rubric.read(path)
    assert len(read.criteria) == 2
    assert all(len(criterion.levels) == 4 for criterion in read.criteria)
    assert [anchor.levels for anchor in read.anchors] == [(1, 1), (3, 3)]
    assert all(len(anchor.text) > 100 for anchor in read.anchors)
    assert len(read.near_misses) > 5
    assert all(near.stem and near.stem[0] not in '"“' for near in read.near_misses)
    assert rubric.sheet(MARKING, f"{path.stem[:4]}-any-name") == path


def test_a_page_without_a_rubric_is_refused(tmp_path):
    (tmp_path / "ex98-x.md").write_text("# Marking\n\n| a | b |\n|---|---|\n| c | d |\n", "utf-8")
    with pytest.raises(ValueError, match=r"ex98-x\.md has no table"):
        rubric.read(tmp_path / "ex98-x.md")
    assert rubric.sheet(tmp_path, "ex97-y") is None


def test_levels_are_read_from_a_comment():
    levels = ("a", "b", "c", "d")
    two = Rubric((Criterion("Fair use of evidence", levels), Criterion("Voice", levels)), (), ())
    assert levels_in("Fair use of evidence 2, voice 3. You give …", two) == {
        "Fair use of evidence": 2,
        "Voice": 3,
    }
    assert levels_in("*Voice*: 1", two) == {"Voice": 1}
    assert levels_in("Your voice is heard by 30 people. Voice 4.", two) == {}
