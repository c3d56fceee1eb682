"""What the book's extension adds to pages, on a small book; and what the look promises."""

import re
from pathlib import Path

import pytest
import small_book
from bs4 import BeautifulSoup

from eeic import NOTICE, datasets
from eeic.publish import book
from eeic.stats.standardise import ESP2013

ROOT = Path(__file__).parents[2]
CSS = (ROOT / "book" / "assets" / "eeic.css").read_text("utf-8")

PAGES = {
    "book/index.md": (
        "# Home\n\nWords.\n\n```{toctree}\n/notebooks/04-a-lesson\n/glossary\n/sums\n/tables\n```\n"
    ),
    "notebooks/04-a-lesson.md": (
        "# A lesson\n\n*Lesson 4 of 18. Read: 35 minutes. Explore: 60. Code: 90. In a group: 50. "
        "It serves stage 1.*\n\nA {term}`lever` and a {term}`rate`.\n\n"
        '```{raw} html\n<section class="eeic-explorer" data-eeic-explorer="x"></section>\n```\n\n'
        "| A | B |\n|---|---|\n| 1 | 2 |\n"
    ),
    "glossary.md": (
        "# Words\n\n```{glossary}\nLever\n  A thing you can change, a “switch” & more.\n\n"
        "Rate\n  So many\n  out of so many.\n```\n"
    ),
    "sums.md": '# Sums\n\n$$a = b$$\n\n```{raw} html\n<div data-eeic-ask="04.a"></div>\n```\n',
    "tables.md": "# Tables\n\n```{eeic-datasets}\n```\n",
}

CONF = f"""
root_doc = "book/index"
extensions = ["myst_parser", "eeic.publish.book"]
myst_enable_extensions = ["dollarmath"]
html_theme = "eeic"
html_theme_path = [{str(ROOT / "book" / "theme")!r}]
html_static_path = [{str(ROOT / "book" / "assets")!r}]
html_theme_options = {{"an_option_of_another_theme": 1}}
mathjax_path = "../vendor/mathjax/tex-mml-chtml.js"
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build the small book, and give its pages by name."""
    source = tmp_path_factory.mktemp("book")
    for name, text in PAGES.items():
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_text(text, "utf-8")
    (source / "conf.py").write_text(CONF, "utf-8")
    out = small_book.build(source, strict=True)
    return lambda name: (out / name).read_text("utf-8")


def test_a_lesson_has_its_strip_and_says_its_minutes_once(built):
    page = built("notebooks/04-a-lesson.html")
    strip = page[page.index('<div class="eeic-strip">') :]
    assert page.index("</h1>") < page.index("eeic-strip")
    assert "<strong>Read</strong> 35 minutes" in strip
    assert "<strong>In a group</strong> 50 minutes" in strip
    assert 'href="../lab/notebooks/index.html?path=04-a-lesson.ipynb"' in strip
    assert 'href="../downloads/04-a-lesson.ipynb"' in strip
    assert 'href="../downloads/eeic-offline.zip"' in strip
    assert "<em>Lesson 4 of 18. It serves stage 1.</em>" in page


def test_only_lessons_have_a_strip(built):
    assert "eeic-strip" not in built("book/index.html") + built("glossary.html")


def test_a_lesson_without_the_line_has_a_strip_without_minutes():
    page = book.with_strip("<h1>Start</h1><p>Twenty minutes.</p>", "00-start-here")
    assert "eeic-minutes" not in page
    assert "path=00-start-here.ipynb" in page
    assert page.endswith("<p>Twenty minutes.</p>")


def test_a_term_carries_its_meaning_to_where_it_is_used(built):
    page = built("notebooks/04-a-lesson.html")
    assert 'data-eeic-term="Lever"' in page
    assert 'data-eeic-meaning="A thing you can change, a “switch” &amp; more."' in page
    assert 'data-eeic-meaning="So many out of so many."' in page


def test_a_meaning_cannot_break_out_of_its_attribute():
    link = (
        '<a class="reference internal" href="g#term-x"><span class="xref std std-term">x</span></a>'
    )
    page = book.with_meanings(link, {"term-x": ('"x"', 'a "b" <i>')})
    assert 'data-eeic-meaning="a &quot;b&quot; &lt;i&gt;"' in page
    assert book.with_meanings(link, {}) == link


def test_a_page_loads_only_what_it_needs(built):
    lesson, sums, home = (
        built("notebooks/04-a-lesson.html"),
        built("sums.html"),
        built("book/index.html"),
    )
    assert "eeic-explorer.js" in lesson and "eeic-explorer.css" in lesson
    assert "eeic-ask" not in lesson
    assert "vendor/mathjax" not in lesson
    assert "eeic-ask.js" in sums and "eeic-ask.css" in sums
    assert "../vendor/mathjax/tex-mml-chtml.js" in sums
    assert "eeic-explorer.js" not in home and "eeic-ask.js" not in home


def test_a_missing_page_is_answered_in_the_books_own_look(built):
    page = BeautifulSoup(built("404.html"), "html.parser")
    assert page.h1.get_text() == "There is no page here"
    assert page.select_one(".eeic-header") and page.select_one(".eeic-footer")
    links = {a["href"] for a in page.find_all("a", href=True)}
    assert {"/book/index.html", "/search.html", "#all-pages", "/glossary.html"} <= links
    assert page.select_one("form.eeic-search-large")["action"] == "/search.html"
    assert page.find(id="all-pages") and page.find(id="main")
    needed = [tag["href"] for tag in page.find_all("link")] + [
        tag["src"] for tag in page.find_all("script", src=True)
    ]
    assert needed and all(address.startswith("/") for address in needed)
    assert all(a.startswith(("/", "#", "https://")) for a in links), "it is shown at any depth"


def test_a_missing_page_in_a_subfolder_leads_back_there():
    page = '<html data-content_root="./"><a href="a.html">a</a><a href="#b">b</a><img src="c">'
    assert book.from_the_root(page, "/course/") == (
        '<html data-content_root="/course/"><a href="/course/a.html">a</a><a href="#b">b</a>'
        '<img src="/course/c">'
    )


def test_a_long_glossary_has_its_letters(built):
    assert "eeic-letters" not in built("glossary.html"), "two terms are seen at a glance"
    terms = ["“BAME”", "Bias", "Access", "<em>Code</em>", "Data", "Equity", "Frame"]
    items = "".join(
        f'<dt id="term-{n}">{term}<a class="headerlink" href="#term-{n}">#</a></dt><dd>x</dd>'
        for n, term in enumerate(terms)
    )
    page = book.with_letters(f'<p>x</p><dl class="simple glossary">{items}</dl>')
    nav = BeautifulSoup(page, "html.parser").find("nav", attrs={"aria-label": "Terms by letter"})
    found = [(a.get_text(), a["href"]) for a in nav.find_all("a")]
    assert found == [(x, f"#term-{n}") for x, n in zip("ABCDEF", (2, 0, 3, 4, 5, 6), strict=True)]
    assert page.index("<nav") < page.index("<dl")


def test_a_table_scrolls_in_a_box_of_its_own(built):
    assert re.search(
        r'<div class="eeic-scroll"><table class="docutils', built("notebooks/04-a-lesson.html")
    )


def test_what_a_screen_reader_stumbles_over_is_left_out():
    page = (
        '<summary aria-label="Toggle hidden content">Show</summary><ul role="list">'
        '<div role="list" class="citation-list"><div class="citation" role="doc-biblioentry">'
    )
    assert book.UNSAID.sub("", page) == (
        '<summary>Show</summary><ul role="list"><div class="citation-list"><div class="citation">'
    )


def test_the_data_dictionary_says_what_the_package_says(built):
    page = built("tables.html")
    for name in datasets.names():
        sheet = datasets.sheet(name)
        assert f'id="table-{name.lower()}"' in page
        for column in sheet["columns"]:
            assert f">{column['name']}<" in page.replace('<span class="pre">', ">").replace(
                "</span>", "<"
            )


def test_the_root_leads_to_the_home_page(built):
    page = built("index.html")
    assert 'content="0; url=book/index.html"' in page
    assert 'lang="en"' in page and "<title>" in page


def test_the_footer_carries_the_notice_on_every_page(built):
    assert all(NOTICE in built(name) for name in ("book/index.html", "sums.html", "search.html"))


# ---- the look ------------------------------------------------------------------------------


def tokens(theme: str) -> dict[str, str]:
    """Read the colours of one theme from the style sheet."""
    start = ":root {" if theme == "light" else ':root[data-theme="dark"] {'
    block = CSS[CSS.index(start) :].split("}")[0]
    return dict(re.findall(r"--eeic-([\w-]+): (#[0-9a-f]{6});", block))


def contrast(one: str, other: str) -> float:
    """Work out WCAG's contrast ratio of two colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (
            p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_of_contrast_itself():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") < 4.5 < contrast("#767676", "#ffffff")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "surface"])
def test_every_text_colour_can_be_read(theme, ground):
    colours = {**tokens("light"), **tokens(theme)}
    for name in ("ink", "muted", "accent", "warm", "ok", "notyet"):
        assert contrast(colours[name], colours[ground]) >= 4.5, name
    assert contrast(colours["line"], colours[ground]) >= 3
    assert contrast(colours["on-accent"], colours["accent"]) >= 4.5


def test_each_section_that_the_style_sheet_lays_out_stands_on_one_page():
    wanted = set(re.findall(r"#((?:[a-z]+-)+[a-z]+)(?=[\s,):])", CSS)) - {
        "search-results",
        "search-progress",
    }
    pages = [*ROOT.glob("book/**/*.md"), *ROOT.glob("notebooks/*.ipynb")]
    heads = [re.findall(r"#{1,2} (.+?)(?:\\n|$)", p.read_text("utf-8"), re.M) for p in pages]
    ids = [{re.sub(r"[^a-z]+", "-", head.lower()).strip("-") for head in page} for page in heads]
    assert wanted
    assert {name: sum(name in page for page in ids) for name in wanted} == dict.fromkeys(wanted, 1)


def test_the_style_sheet_loads_nothing_from_outside():
    assert not re.search(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", CSS)


def test_the_example_on_the_methods_page_runs_as_it_stands(tmp_path, monkeypatch):
    page = (ROOT / "book" / "reference" / "methods.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.S)
    rows = [
        f"{group},{age},{events},{people}"
        for group, events, people in (("Everyone", 40, 2000), ("Some", 12, 500))
        for age in ESP2013.index
    ]
    (tmp_path / "my-table.csv").write_text("\n".join(["group,age_band,events,population", *rows]))
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(example, names)
    assert names["rates"].set_index("group")["value"]["Some"] == pytest.approx(24)
