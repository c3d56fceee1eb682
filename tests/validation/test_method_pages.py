"""Each method has one page, and each page shows the checks of its own method."""

import re
from pathlib import Path

import pytest
import yaml

from eeic import validation

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "book/reference/methods").glob("*.md"))
PARTS = ("What it answers", "When not to use it", "How", "In Python", "Source")


def test_each_check_has_a_page():
    assert {one.method for one in validation.gather()} <= {page.stem for page in PAGES}


def test_each_source_has_a_name():
    assert {one.source for one in validation.gather()} <= set(validation.SOURCES)


def test_every_committed_reference_file_is_looked_at():
    looked_at = {f"{one.source}/{file}" for one in validation.gather() for file in one.files}
    ours = {f"{f.parent.name}/{f.stem}" for f in (ROOT / "tests/reference").glob("*/*.csv")}
    assert ours - looked_at == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_says_what_a_reader_needs(page):
    text = page.read_text("utf-8")
    assert re.findall(r"\{eeic-checked\} (\S+)", text) == [page.stem]
    lacking = [part for part in PARTS if not re.search(rf"^{part}\n: \S", text, re.M)]
    assert lacking == []


def test_the_pages_are_in_the_book_and_the_list():
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    in_book = set(re.findall(r"book/reference/methods/([\w-]+)", str(contents)))
    listed = set(
        re.findall(r"\(methods/([\w-]+)\.md\)", (ROOT / "book/reference/methods.md").read_text())
    )
    assert {page.stem for page in PAGES} == in_book == listed
