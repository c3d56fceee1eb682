"""A small built site inside a test: one route of two lessons, with questions and loose ends."""

import tomllib
from pathlib import Path

from eeic import ask
from eeic.ask import bank
from eeic.ask import page as static_page
from eeic.ask.routes import Route, Step

ROUTE = Route(
    "taster",
    "The taster",
    "1 hour",
    "book/start/taster",
    "one question",
    (Step("01", "a part", ["01.first", "01.many"]), Step("02"), Step("07")),
)

QUESTIONS = """
[[question]]
id = "01.first"
type = "choice"
stem = "Which comes first?"
explain = "The middle one."
[[question.options]]
id = "left"
text = "The left one"
share = 0.5
feedback = "Half of the way."
[[question.options]]
id = "middle"
text = "The middle one"
correct = true

[[question]]
id = "01.many"
type = "multi"
stem = "Which are even?"
explain = "Two and four."
[[question.options]]
id = "two"
text = "Two"
correct = true
[[question.options]]
id = "three"
text = "Three"
[[question.options]]
id = "four"
text = "Four"
correct = true

[[question]]
id = "01.beside"
type = "choice"
stem = "Not a part of the route?"
explain = "No."
[[question.options]]
id = "no"
text = "No"
correct = true
[[question.options]]
id = "yes"
text = "Yes"

[[question]]
id = "02.guess"
type = "choice"
predict = true
stem = "What do you expect?"
[[question.options]]
id = "up"
text = "Up"
feedback = "Look."
[[question.options]]
id = "down"
text = "Down"
feedback = "Look."

[[question]]
id = "02.order"
type = "order"
stem = "From small to large."
explain = "One, two."
right = ["one", "two"]
[[question.options]]
id = "two"
text = "Two"
[[question.options]]
id = "one"
text = "One"

[[question]]
id = "02.number"
type = "numeric"
stem = "Two and two?"
label = "The sum"
one_version = "So that the tests know its number."
explain = "Four."
value = 4
tolerance = 0
"""

#: Page to its title and its text; a question's id in braces is where it stands.
PAGES = {
    "book/index.html": ("Home", "<p>Welcome.</p>"),
    "book/start/taster.html": (
        "The taster",
        '<p>Open <a href="../../notebooks/01-first.html#here">lesson 1</a>, or '
        '<a href="../facilitators/room.html">gather a room</a>. '
        '<a href="https://example.org/">Elsewhere</a>.</p>',
    ),
    "book/facilitators/room.html": ("A room", "<p>Only for those who lead one.</p>"),
    "book/develop/logbook.html": ("My logbook", "<p>Write.</p>"),
    "book/reference/glossary.html": ("Glossary", "<p>Words.</p>"),
    "book/reference/references.html": ("References", "<p>Sources.</p>"),
    "book/reference/accessibility.html": ("Accessibility", "<p>For all.</p>"),
    "book/reference/privacy.html": ("Privacy", "<p>Nothing is sent.</p>"),
    "notebooks/01-first.html": (
        "The first lesson",
        '<div class="eeic-strip"><ul><li><a href="../lab/notebooks/index.html?path=01.ipynb">Live'
        '</a></li></ul></div><p id="here">Read &amp; think.</p>{01.first}{01.many}{01.beside}',
    ),
    "notebooks/02-second.html": ("The second lesson", "{02.guess}{02.order}{02.number}"),
    "search.html": ("Search", "<p>Find.</p>"),
}

_PAGE = """<!doctype html>
<html lang="en" data-content_root="{root}">
<head>
<meta charset="utf-8">
<title>{title}</title>
<link rel="stylesheet" href="{root}_static/eeic-ask.css?v=1">
<link rel="search" href="{root}search.html">
<script defer src="{root}_static/eeic-ask.js?v=1"></script>
</head>
<body>
<header><a href="{root}book/index.html">The course</a>
<form role="search" action="{root}search.html"></form></header>
<nav class="eeic-contents" aria-label="Contents"><p class="caption">All</p><ul>{listed}</ul></nav>
<main><article><h1>{title}<a class="headerlink" href="#end">#</a></h1>{text}</article>
<p id="end"></p>
<nav class="eeic-neighbours"><a rel="next" href="{root}book/facilitators/room.html">Next</a></nav>
</main>
</body>
</html>
"""


def build(folder: Path) -> Path:
    """Write the site into a folder, which is made."""
    asked = {
        fields["id"]: static_page.static_html(
            ask.compile_sheet(bank.check(fields, file="small_site"))
        )
        for fields in tomllib.loads(QUESTIONS)["question"]
    }
    static = folder / "_static"
    static.mkdir(parents=True)
    (static / "eeic-ask.js").write_text(ask.static_script(), encoding="utf-8")
    (static / "eeic-ask.css").write_text(ask.static_css(), encoding="utf-8")
    (static / "fonts").mkdir()
    (static / "fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2").touch()
    (static / "favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (folder / "searchindex.js").write_text("Search.setIndex({})")
    for name, (title, text) in PAGES.items():
        root = "../" * name.count("/") or "./"
        listed = "".join(
            f'<li><a href="{root}{other}">{said}</a></li>' for other, (said, _) in PAGES.items()
        )
        for question, card in asked.items():
            text = text.replace(f"{{{question}}}", card)
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            _PAGE.format(root=root, title=title, listed=listed, text=text), encoding="utf-8"
        )
    lab = folder / "lab/notebooks/index.html"
    lab.parent.mkdir(parents=True)
    lab.write_text("another's program")
    return folder
