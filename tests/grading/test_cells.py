"""What a cell shows is kept as nbformat has it, up to a size."""

import json

import pandas as pd
import pytest

pytest.importorskip("IPython")

from eeic.grading import runner
from eeic.grading.cells import Outputs, _plain, as_table

WIDGET = "application/vnd.jupyter.widget-view+json"


def test_text_of_one_stream_is_one_output():
    shown = Outputs(100)
    for name, text in [("stdout", "a"), ("stdout", "b"), ("stderr", "c"), ("stdout", "d")]:
        shown.text(name, text)
    assert [(one["name"], one["text"]) for one in shown.done()] == [
        ("stdout", "ab"),
        ("stderr", "c"),
        ("stdout", "d"),
    ]


def test_what_is_too_large_is_left_out_and_said():
    shown = Outputs(1024)
    shown.show("display_data", {"image/png": "x" * 2000}, metadata={})
    shown.text("stdout", "kept")
    shown.error("ValueError", "v", ["trace"])
    kept, error, said = shown.done()
    assert kept["text"] == "kept" and error["ename"] == "ValueError"
    assert "a cell may show 1 kB" in said["text"]


def test_what_is_shown_under_a_name_can_be_replaced():
    shown = Outputs(1000)
    shown.show("display_data", {"text/plain": "1%"}, metadata={})
    shown.remember("bar")
    shown.replace("bar", {"text/plain": "100%"}, {})
    assert [one["data"] for one in shown.done()] == [{"text/plain": "100%"}]


def test_output_is_cleared_when_the_next_comes():
    shown = Outputs(1000)
    shown.text("stdout", "old")
    shown.clear(wait=True)
    assert shown.done()
    shown.text("stdout", "new")
    assert [one["text"] for one in shown.done()] == ["new"]


def test_only_what_a_file_can_hold_is_kept():
    shown = Outputs(1000)
    forms = {WIDGET: {"model_id": "1"}, "text/plain": "a", "image/png": b"\x89", "x/y": object()}
    shown.show("display_data", {**forms, "application/json": {"a": [1]}}, metadata={})
    (output,) = shown.done()
    assert output["data"] == {
        "text/plain": "a",
        "image/png": "iQ==",
        "application/json": {"a": [1]},
    }


def test_a_table_comes_back_as_it_was():
    table = pd.DataFrame(
        {"n": [1, 2], "rate": [0.1, float("nan")], "name": ["a", None], "yes": [True, False]},
        index=[7, 9],
    )
    back = as_table(json.loads(json.dumps(runner.table(table))))
    pd.testing.assert_frame_equal(back, table)


def test_an_answer_without_end_is_refused():
    assert "too many digits" in _plain(10**5000)["unreadable"]
    assert "far longer" in _plain([["x" * 9000] * 200])["unreadable"]
