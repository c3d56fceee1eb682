"""The lesson checks pass on the course's own lessons and fail on each broken one."""

import copy
import json
from pathlib import Path

import pytest

from eeic.publish import lessons

ROOT = Path(__file__).parents[2]
LESSON = ROOT / "notebooks" / "04-seeing-the-gap.ipynb"


def test_the_course_itself_is_in_form():
    assert lessons.check(ROOT) == []


def cell(notebook, cell_id):
    return next(c for c in notebook["cells"] if c["id"] == cell_id)


def replace(cell_id, old, new):
    def mutate(notebook):
        source = "".join(cell(notebook, cell_id)["source"])
        assert old in source, f"the lesson no longer holds {old!r}: mend this test"
        cell(notebook, cell_id)["source"] = source.replace(old, new)

    return mutate


def metadata(cell_id, **changes):
    return lambda notebook: cell(notebook, cell_id)["metadata"].update(changes)


def outputs(notebook):
    cell(notebook, "crude-chart")["outputs"] = [{"output_type": "stream", "text": "x"}]


def random_id(notebook):
    cell(notebook, "crude-chart")["id"] = "3f2a91bc"


def same_id(notebook):
    cell(notebook, "crude-chart")["id"] = "title"


def too_many(notebook):
    notebook["cells"] += [
        {"cell_type": "markdown", "id": f"more-{n}", "metadata": {}, "source": "x"}
        for n in range(lessons.MOST_CELLS)
    ]


BROKEN = {
    "outputs": outputs,
    "ids": random_id,
    "ids twice": same_id,
    "length: cells": too_many,
    "length: lines": replace("crude-chart", "show", "a = 1\nb = 2\nc = 3\nshow"),
    "length: words": replace("round-2-explore", "Now", "word " * 220),
    "length: working": replace("working-crude", "people =", "a = 1\n" * 12 + "people ="),
    "tags": metadata("crude-chart", tags=["remove-input", "raises-exception"]),
    "alt": replace("round-2", "Type 2", "![](chart.png) Type 2"),
    "tables": replace("round-2", "Type 2", "<table></table> Type 2"),
    "network: magic": replace("crude-chart", "show", "%matplotlib inline\nshow"),
    "network: shell": replace("crude-chart", "show", "!ls\nshow"),
    "network: url": replace("crude-chart", "show", "read('https://example.org')\nshow"),
    "working": replace("working-crude", "assert ", "same = "),
    "hidden: book": metadata("crude-chart", tags=["check"]),
    "hidden: lab": metadata("crude-chart", jupyter={}),
    "skeleton: heading": replace("care-and-use", "## Handle with care", "## Limits"),
    "skeleton: points": replace("closing", "- Standardise by age", "Standardise by age"),
    "objectives": replace("opening", "- Diagnose", "- Understand"),
    "logbook: no box": replace("logbook", 'ask.logbook("04")', 'ask.show("04.card")'),
    "logbook: another's": replace("logbook", '"04"', '"05"'),
    "logbook: no line": replace("logbook-line", "**For your logbook:**", "Write down"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_rule_catches_a_broken_notebook(name, tmp_path):
    notebook = copy.deepcopy(json.loads(LESSON.read_text("utf-8")))
    BROKEN[name](notebook)
    path = tmp_path / LESSON.name
    path.write_text(json.dumps(notebook), "utf-8")
    assert name.split(":")[0].split()[0] in {finding.rule for finding in lessons.check_form(path)}


def test_the_way_in_leads_to_the_logbook(tmp_path):
    path = ROOT / "notebooks" / "00-start-here.ipynb"
    text = path.read_text("utf-8")
    assert text.count("../book/develop/logbook.md") == 1
    copy = tmp_path / path.name
    copy.write_text(text.replace("../book/develop/logbook.md", "#"), "utf-8")
    assert [finding.rule for finding in lessons.check_form(copy)] == ["logbook"]


def test_the_template_has_a_logbook_box(tmp_path):
    text = (ROOT / "notebooks" / "_template.ipynb").read_text("utf-8")
    copy = tmp_path / "07-new.ipynb"
    copy.write_text(text.replace("NN", "07"), "utf-8")
    assert "logbook" not in {finding.rule for finding in lessons.check_form(copy)}


def test_a_file_that_is_no_notebook_is_one_finding(tmp_path):
    path = tmp_path / "04-x.ipynb"
    path.write_text("{", "utf-8")
    assert [finding.rule for finding in lessons.check_form(path)] == ["unreadable"]


@pytest.fixture
def little_course(tmp_path):
    """A course of one lesson that has nothing that belongs to it."""
    for folder in ("notebooks", "book/facilitators"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "notebooks" / LESSON.name).write_bytes(LESSON.read_bytes())
    (tmp_path / "_toc.yml").write_text("root: book/index\n", "utf-8")
    return tmp_path


def test_a_lesson_without_its_company_is_found(little_course):
    messages = [
        f.message
        for f in lessons.check_company(little_course / "notebooks" / LESSON.name, little_course)
    ]
    for what in ("questions", "facilitator guide", "exercise", "_toc.yml"):
        assert any(what in message for message in messages), what


def test_an_unfilled_guide_is_found(little_course):
    guide = little_course / "book" / "facilitators" / "04-seeing-the-gap.md"
    guide.write_text("# Guide\n\n## Purpose\n\nTo come.\n", "utf-8")
    found = lessons.check_company(little_course / "notebooks" / LESSON.name, little_course)
    messages = {f.message for f in found if f.rule == "guide"}
    assert "the part “Purpose” is not filled" in messages
    assert "has no part “Minutes”" in messages


@pytest.mark.parametrize(
    "sentence",
    [
        "Uptake in BAME groups was lower.",
        "These are hard-to-reach groups.",
        "The Asian community prefers mornings.",
        "Simply divide the two.",
        "We analyze behavior in our center.",
        "Choose a color.",
    ],
)
def test_words_to_avoid_are_found(little_course, sentence):
    (little_course / "book" / "page.md").write_text(f"# Page\n\n{sentence}\n", "utf-8")
    found = lessons.check_words(little_course)
    assert found and found[0].page == "book/page.md:3"


@pytest.mark.parametrize(
    "sentence",
    [
        "A source said “BAME”, which we quote.",
        "Set `color` in the file; see [the page](https://example.org/color).",
        "The programme's behaviour at the centre, in colour.",
    ],
)
def test_quotations_code_and_british_spelling_are_left_alone(little_course, sentence):
    (little_course / "book" / "page.md").write_text(f"# Page\n\n{sentence}\n", "utf-8")
    assert lessons.check_words(little_course) == []
