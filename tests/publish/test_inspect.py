"""The inspection of built pages finds each fault on the page broken for it, and no other."""

from pathlib import Path

import pytest

from eeic.publish import inspect

BROKEN = Path(__file__).parents[1] / "broken" / "pages"

# What stands in each broken page, as the messages have to say it.
FAULTS = {
    "alt.html": [
        "has no alt text",
        "_images/3f2a91.png",
        "Figure 2",
        "No description has been provided",
        "repeats the caption",
        "has 519 characters",
        "empty alt text",
        "svg",
    ],
    "captions.html": ["has no caption", "has no caption", "outside a figure"],
    "numbers.html": [
        "“All in the picture” has no table",
        "“Cells without names” does not name its rows",
        "“Behind nothing” has no label",
    ],
    "spoken.html": ["“dark” is called “Change the colours”", "“the next lesson” is called"],
    "order.html": ["tabindex is 1", "autofocus"],
    "headings.html": ["2 main headings", "empty heading (h2)", "jumps from level 1 to 3"],
    "outside.html": [
        "<script> loads https://cdn.example.org/script.js",
        "<img> loads https://cdn.example.org/wide.png",
        "<source> loads https://cdn.example.org/narrow.png 2x",
        "<iframe> loads //cdn.example.org/frame",
        "<link> loads https://fonts.example.org/css",
        "<link> loads //cdn.example.org",
        "imports a module",
        "https://cdn.example.org/a.css",
        "//cdn.example.org/b.png",
    ],
    "language.html": ["language", "title"],
    "paths.html": ["/home/analyst/course/table.csv", "C:\\Users\\analyst", "file:///srv"],
    "data.html": ["eeic-frames” do not parse", "eeic-sheet” are empty"],
    "links.html": [
        "missing.html leads nowhere",
        "clean.html#missing leads to an anchor",
        "#missing leads to an anchor",
        "server's root",
        "missing.js leads nowhere",
    ],
    "sheet.css": ["https://cdn.example.org/more.css", "//cdn.example.org/font.woff2"],
}


@pytest.fixture(scope="module")
def found():
    return inspect.check(BROKEN)


@pytest.mark.parametrize("page", FAULTS)
def test_each_rule_finds_what_is_wrong(found, page):
    messages = [finding.message for finding in found if finding.page == page]
    for fault in FAULTS[page]:
        assert any(fault in message for message in messages), f"{fault}: {messages}"
    assert len(messages) == len(FAULTS[page]), messages


def test_each_page_breaks_only_the_rule_it_is_named_for(found):
    rules = {(finding.page, finding.rule) for finding in found}
    assert rules == {(page, page.split(".")[0]) for page in FAULTS if page != "sheet.css"} | {
        ("sheet.css", "outside")
    }


def test_every_rule_is_shown_failing(found):
    assert {finding.rule for finding in found} == {*inspect.PAGE_RULES, "links"}


def test_a_clean_page_is_found_clean(found):
    assert [finding for finding in found if finding.page == "clean.html"] == []


def test_a_page_that_sends_its_reader_on_needs_no_heading(tmp_path):
    (tmp_path / "index.html").write_text(
        '<html lang="en"><meta http-equiv="refresh" content="0; url=a/"><title>On</title></html>'
    )
    assert inspect.check(tmp_path) == []


def test_the_page_for_missing_pages_begins_every_link_at_the_root(tmp_path):
    page = """<!doctype html><html lang="en" data-content_root="/eeic/">
    <head><title>No</title></head><body><h1 id="top-of-it">No</h1>
    <a href="/eeic/clean.html">Home</a> <a href="/eeic/">Root</a>
    <a href="#top-of-it">Here</a> <a href="clean.html">Deep</a> <a href="/eeic/gone.html">Gone</a>
    </body></html>"""
    (tmp_path / "404.html").write_text(page, "utf-8")
    for name in ("clean.html", "index.html"):
        (tmp_path / name).write_text(page[: page.index("<a")] + "</body></html>", "utf-8")
    messages = [finding.message for finding in inspect.check(tmp_path)]
    assert len(messages) == 2, messages
    assert "clean.html breaks" in messages[0] and "gone.html leads nowhere" in messages[1]


def test_programs_of_others_are_not_inspected_but_links_into_them_are(tmp_path):
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "index.html").write_text("<p>no title, no language</p>")
    page = '<html lang="en"><title>A</title><h1>A</h1><a href="lab/{}">lab</a></html>'
    (tmp_path / "a.html").write_text(page.format("index.html?path=a.ipynb"))
    assert inspect.check(tmp_path) == []
    (tmp_path / "a.html").write_text(page.format("gone.html"))
    assert [finding.rule for finding in inspect.check(tmp_path)] == ["links"]


def test_an_empty_site_is_not_a_clean_one(tmp_path):
    with pytest.raises(ValueError, match="holds no page"):
        inspect.check(tmp_path)
    with pytest.raises(ValueError, match="holds no page"):
        inspect.check(tmp_path / "missing")
