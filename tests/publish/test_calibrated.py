"""The page about the world shows what the world achieves."""

import re
from pathlib import Path

import pandas as pd
from docutils import nodes

from eeic.publish import calibrated, site, steps
from eeic.publish.book import _calibration
from eeic.world import PRESETS, SWITCHES, WORLDS, levers
from eeic.world.build import build
from eeic.world.calibration import calibrated as looked_at

PAGE = (Path(__file__).parents[2] / "book/reference/world.md").read_text("utf-8")


def test_the_table_is_what_the_world_achieves(monkeypatch, tmp_path):
    monkeypatch.setattr(calibrated, "PRESET", "workshop")
    for name in ("src/eeic/world", "src/eeic/categories.py", "requirements.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    table = calibrated.read(tmp_path)
    pd.testing.assert_frame_equal(table, looked_at(build()), check_dtype=False)
    # The second time it is read, not made: the world of another size is not built.
    monkeypatch.setattr(calibrated, "PRESET", "no such preset")
    assert len(calibrated.read(tmp_path)) == len(table)

    shown = _calibration(table)
    rows = list(shown.findall(nodes.row))
    assert len(rows) == 1 + len(table)
    cells = [entry.astext() for entry in rows[1].findall(nodes.entry)]
    assert cells[0] == table["parameter"][0] and cells[-1] in ("yes", "no")
    outside = [row.astext() for row in rows[1:] if row.astext().endswith("no")]
    assert len(outside) == (~table["within"]).sum()


def test_the_book_is_made_again_when_the_table_changes():
    root = Path(__file__).parents[2]
    assert calibrated.step(root).stamp in site.book_step(root).inputs
    assert isinstance(calibrated.step(root), steps.Step)


def test_the_page_names_every_switch_world_and_size():
    assert "{eeic-calibration}" in PAGE
    assert "{eeic-computed} eeic.world.levers:table" in PAGE
    assert set(levers.table()["Switch"]) == set(SWITCHES)
    for name in (*WORLDS, *PRESETS):
        assert f"| `{name}` |" in PAGE, name
    for name, preset in PRESETS.items():
        assert re.search(rf"\| `{name}` \| {preset.areas:,} \| {preset.people:,} \|", PAGE), name
