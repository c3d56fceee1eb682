"""Routes, progress and the search's entries on a small book; dates of pages on policy."""

import json
import re
from datetime import date
from pathlib import Path

import pytest
import small_book
from bs4 import BeautifulSoup

from eeic.ask import routes
from eeic.publish import book, dates, journeys

ROOT = Path(__file__).parents[2]
PAGES = {
    "book/index.md": "# Home\n\n```{toctree}\n/book/topics/law\n/tracks\n/mine\n/refs\n"
    "/notebooks/04-a-lesson\n```\n",
    "book/topics/law.md": "---\nchecked: 2026-11-24\n---\n\n# Law\n\n## The duty\n\n"
    "Regard is owed by every body that plans services {cite:p}`act`.\n\n"
    "| What | Who |\n|---|---|\n| A board has a duty to look {cite:p}`act` | the board |\n\n"
    "Nobody says so.\n\nA {term}`lever`.\n",
    "tracks.md": "# Tracks\n\n```{eeic-route} commissioner\n```\n",
    "mine.md": "# Mine\n\n```{eeic-place} progress\n```\n",
    "refs.md": "# References\n\n```{bibliography}\n```\n\n```{glossary}\nLever\n  A switch.\n```\n",
    "notebooks/04-a-lesson.md": "# A lesson\n\nText.\n",
}
CONF = f"""
root_doc = "book/index"
extensions = ["myst_parser", "sphinxcontrib.bibtex", "eeic.publish.book"]
bibtex_bibfiles = ["refs.bib"]
html_theme = "eeic"
html_theme_path = [{str(ROOT / "book" / "theme")!r}]
eeic_report_to = "https://example.org/course/issues/new"
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build the small book, and give its files by name."""
    source = tmp_path_factory.mktemp("book")
    for name, text in PAGES.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(text, "utf-8")
    (source / "refs.bib").write_text("@misc{act, title={The Act}, year={2010}}", "utf-8")
    (source / "conf.py").write_text(CONF, "utf-8")
    out = small_book.build(source)
    return lambda name: (out / name).read_text("utf-8")


def test_a_route_links_what_is_written_and_says_what_is_not(built):
    page = BeautifulSoup(built("tracks.html"), "html.parser")
    rows = page.select_one("table").select("tbody tr")
    assert len(rows) == len(routes.routes()["commissioner"].steps)
    assert all("(not yet written)" in row.get_text() for row in rows), "no notebook is here"
    assert "0 of the 9 lessons of this way are written" in page.get_text()
    assert page.select_one("[data-eeic-route=commissioner]") is not None


def test_the_script_is_only_where_there_is_progress(built):
    for name in ("book/topics/law", "tracks", "mine", "notebooks/04-a-lesson"):
        assert "eeic-progress.js" in built(f"{name}.html"), name
    for name in ("book/index", "refs"):
        assert "eeic-progress" not in built(f"{name}.html"), name
    assert 'data-eeic-page="notebooks/04-a-lesson"' in built("notebooks/04-a-lesson.html")
    assert "needs JavaScript" in built("mine.html")


def test_the_search_knows_terms_and_sentences_with_a_source(built):
    script = built("_static/eeic-entries.js")
    found = json.loads(script.removeprefix("const eeicEntries = ").rstrip(";\n"))
    assert found["terms"] == [
        {"name": "Lever", "says": "A switch.", "page": "refs", "anchor": "term-Lever"}
    ]
    assert found["facts"] == [
        {
            "name": "The duty",
            "says": "Regard is owed by every body that plans services.",
            "anchor": "the-duty",
            "page": "book/topics/law",
        },
        {
            "name": "The duty",
            "says": "A board has a duty to look – the board",
            "anchor": "the-duty",
            "page": "book/topics/law",
        },
    ]
    search = built("search.html")
    assert "eeic-entries.js" in search and 'id="eeic-found"' in search


def test_a_checked_page_says_when_and_every_page_takes_a_report(built):
    law = built("book/topics/law.html")
    assert '<time datetime="2026-11-24">24 November 2026</time>' in law
    assert "eeic-checked" not in built("tracks.html")
    report = BeautifulSoup(law, "html.parser").find("a", string="Report a problem, or reply")
    assert report["href"].startswith("https://example.org/course/issues/new?title=Law&body=Page%3A")
    assert "book/topics/law" in report["href"]


@pytest.mark.parametrize(
    ("to", "fields"),
    [
        ("", ""),
        ("mailto:a@example.org", "?subject=A%20%26%20B&body="),
        ("https://example.org/x/-/issues/new", "?issue[title]=A%20%26%20B&issue[description]="),
    ],
)
def test_a_report_goes_where_the_course_says(to, fields):
    address = book.report_address(to, "A &amp; <em>B</em>", "a/b")
    assert address.startswith(f"{to}{fields}") and bool(address) == bool(to)


def test_the_course_says_of_itself_what_the_pages_need():
    made = journeys.course(ROOT)
    written = {one["id"]: one for one in made["lessons"]}
    assert written["04"]["minutes"]["Read"] == 35 and written["00"]["minutes"] == {"all": 20}
    assert set(written) | set(made["planned"]) == set(routes.titles())
    for lesson in made["lessons"]:
        assert (ROOT / f"{lesson['page']}.ipynb").is_file()
        assert lesson["outcomes"] and all(one["questions"] for one in lesson["outcomes"])
        assert not re.search(r"[`*{]", " ".join(one["says"] for one in lesson["outcomes"]))
    for route in made["routes"]:
        assert (ROOT / f"{route['page']}.md").is_file(), route["id"]


def test_pages_on_policy_have_a_date_and_an_old_one_is_told():
    assert dates.check(ROOT) == []
    assert dates.old(ROOT, date(2026, 12, 1)) == []
    told = dates.old(ROOT, date(2028, 1, 1))
    assert len(told) == len(dates.POLICY_PAGES)
    assert "book/topics/duties.md was last checked on" in told[0]


def test_a_page_without_a_date_is_found(tmp_path):
    for number, name in enumerate(dates.POLICY_PAGES):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        odd = ["# T\n", "---\nchecked: soon\n---\n", "checked: 2026-11-24\n"][number % 3]
        file.write_text(odd if number else "---\nchecked: 2026-11-24\n---\n\n# T\n", "utf-8")
    assert [one.page for one in dates.check(tmp_path)] == list(dates.POLICY_PAGES[1:])


def test_the_page_on_privacy_names_everything_that_is_kept():
    told = (ROOT / "book/reference/privacy.md").read_text("utf-8")
    folders = (ROOT / "src/eeic/ask", ROOT / "src/eeic/explore", ROOT / "book")
    files = [
        f for folder in folders for f in folder.rglob("*") if f.suffix in {".mjs", ".js", ".html"}
    ]
    text = "\n".join(file.read_text("utf-8") for file in files)
    keys = set(re.findall(r"\"(eeic-[a-z]+-v[0-9]+)\"", text))
    keys |= set(re.findall(r"[sS]torage\.setItem\(\s*\"([^\"]+)\"", text))
    assert keys >= {"eeic-answers-v1", "eeic-logbook-v1", "eeic-progress-v1", "eeic-mode"}
    assert [key for key in sorted(keys) if f"`{key}`" not in told] == []
    for name in ("answers.json", "logbook.json", "progress.json"):
        assert f"`{name}`" in told
