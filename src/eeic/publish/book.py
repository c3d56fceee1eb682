"""The book's Sphinx extension: what the course's pages have that a plain book has not.

It makes lessons show their static faces, puts the strip under a lesson's title, carries each
glossary term's meaning to the places where the term is used, writes the data dictionary and what
the method notes say of their checks, and gives a page the explorers' and the questions' script
only where it holds one. It puts the letters over the glossary, says under a title when a page was
checked, and makes the page that a server shows where there is none.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from html import escape, unescape
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

from docutils import nodes
from sphinx.addnodes import glossary
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

import eeic
from eeic import ask, datasets, explore, validation
from eeic.ask import logbooks
from eeic.explore import sandbox
from eeic.publish import calibrated, checked, dates, entries, journeys
from eeic.publish.outcomes import Outcomes
from eeic.publish.proposal import Proposal
from eeic.publish.reports import StudyReports

#: Scripts and styles that belong only to pages with one of these marks in them.
PARTS = {
    "eeic-explorer.js": (explore.static_script, r"data-eeic-explorer="),
    "eeic-explorer.css": (explore.static_css, r'class="eeic-(?:explorer|figure|finding|table)\b'),
    "eeic-search.js": (sandbox.static_script, r"data-eeic-search="),
    "eeic-search.css": (lambda: sandbox.asset("search.css"), r"data-eeic-search="),
    "eeic-ask.js": (ask.static_script, r"data-eeic-ask="),
    "eeic-ask.css": (ask.static_css, r"data-eeic-(?:ask|logbook)="),
    "eeic-logbook.js": (logbooks.static_script, r"data-eeic-logbook="),
    "eeic-logbook.css": (logbooks.static_css, r"data-eeic-logbook="),
}

#: The line under a lesson's title, as the lesson template fixes it.
MINUTES = re.compile(
    r"\s*Read: (?P<Read>\d+) minutes\. Explore: (?P<Explore>\d+)\. Code: (?P<Code>\d+)\."
    r"(?: In a group: (?P<group>\d+)\.)?"
)

_TERM_LINK = re.compile(
    r'<a class="reference internal" href="(?P<href>[^"]*#(?P<id>term-[^"]+))">'
    r'(?=<span class="xref std std-term)'
)

#: What the tools below us write that a screen reader stumbles over: a name that is not the text
#: to be seen, and roles that are out of date or hold what they may not hold.
UNSAID = re.compile(
    r' aria-label="Toggle hidden content"'
    r'| role="doc-biblioentry"'
    r'| role="list"(?= class="citation-list")'
)

_GLOSSARY = re.compile(r'<dl class="[^"]*\bglossary\b[^"]*">.*?</dl>', re.S)
_TERM = re.compile(
    r'<dt id="(?P<id>term-[^"]+)">(?P<words>.*?)(?:<a class="headerlink|</dt>)', re.S
)
#: A glossary with fewer letters than this is seen at a glance.
FEWEST_LETTERS = 6

#: The page that a server shows in the place of one that is not there.
NOT_FOUND = "404"
_RELATIVE = re.compile(r'( (?:href|src|action)=")(?![#/]|[a-z]+:)')

# A wide table scrolls in a box of its own, so that a narrow page does not.
_TABLE = re.compile(r'(<table class="docutils.*?</table>)', re.S)


_COUNTS = ("Cases", "Agree", "Rightly refused", "Differ")

#: What a method page says where nobody publishes values to compare with.
NO_REFERENCE = (
    "No published tool gives values for this method that it could be compared with, case by case. "
    "The tests hold it against closed forms and against the methods that it must agree with."
)


class DataDictionary(SphinxDirective):
    """Write what `eeic.datasets` says of each table; nothing of it is typed into the page."""

    def run(self) -> list[nodes.Node]:
        """Build one section for each table.

        Returns
        -------
        list of docutils.nodes.Node
        """
        return [_data_sheet(name) for name in datasets.names()]


class Checked(SphinxDirective):
    """Write which reference values a method was checked against, and how that came out.

    The argument is the method page's own name; without one the sources of all methods are listed.
    """

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Build the table, or the sentence that there are no reference values.

        Returns
        -------
        list of docutils.nodes.Node
        """
        table = checked.read(Path(self.env.srcdir))
        if self.arguments:
            table = table[table["method"] == self.arguments[0]]
        if table.empty:
            return [nodes.paragraph("", NO_REFERENCE)]
        return [_verdicts(table) if self.arguments else _verdicts_by_source(table)]


class Calibration(SphinxDirective):
    """Write which published ranges the world is calibrated to, and what it achieves."""

    def run(self) -> list[nodes.Node]:
        """Build the table.

        Returns
        -------
        list of docutils.nodes.Node
        """
        return [_calibration(calibrated.read(Path(self.env.srcdir)))]


class Computed(SphinxDirective):
    """Write the table that a function returns, so that a handout's numbers are never typed.

    The first argument is ``module:function``; a second one, if any, is handed to it.
    """

    required_arguments = 1
    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Build the table.

        Returns
        -------
        list of docutils.nodes.Node
        """
        module, _, function = self.arguments[0].partition(":")
        made = getattr(import_module(module), function)(*self.arguments[1:])
        rows = [list(row) for row in made.itertuples(index=False)]
        return [text_table(tuple(map(str, made.columns)), rows)]


class ExplorerOnPage(SphinxDirective):
    """Put an explorer on a page of prose: its static face, as in a lesson."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Write the explorer named in the argument.

        Returns
        -------
        list of docutils.nodes.Node
        """
        from eeic.explore import twin

        made = twin.html(explore.explorer(self.arguments[0]))
        return [nodes.raw("", made, format="html")]


class Logbook(SphinxDirective):
    """Write all boxes of the logbook."""

    def run(self) -> list[nodes.Node]:
        """Put the boxes on the page.

        Returns
        -------
        list of docutils.nodes.Node
        """
        return [nodes.raw("", logbooks.static_html(), format="html")]


def lesson_strip(name: str, minutes: dict[str, str]) -> str:
    """Write the strip under a lesson's title: how long it takes and how else to have it.

    Parameters
    ----------
    name : str
        The notebook's name without its suffix.
    minutes : dict
        What takes how many minutes, in the order to show.

    Returns
    -------
    str
        HTML. Its links are relative to a page in ``notebooks/``.

    Examples
    --------
    >>> "path=04-seeing-the-gap.ipynb" in lesson_strip("04-seeing-the-gap", {"Read": "35"})
    True
    """
    name = escape(name)
    times = "".join(
        f"<li><strong>{escape(what)}</strong> {escape(value)} minutes</li>"
        for what, value in minutes.items()
    )
    return (
        '<div class="eeic-strip">'
        + (f'<ul class="eeic-minutes" aria-label="Time">{times}</ul>' if times else "")
        + '<ul class="eeic-actions" aria-label="Other ways to have this lesson">'
        f'<li><a class="eeic-live-link" href="../lab/notebooks/index.html?path={name}.ipynb">'
        "Open as a live notebook</a></li>"
        f'<li><a href="../downloads/{name}.ipynb" download>Download the notebook</a></li>'
        '<li><a class="eeic-offline-link" href="../downloads/eeic-offline.zip" download>'
        "Offline copy (zip)</a></li></ul></div>"
    )


def with_strip(body: str, name: str) -> str:
    """Put the strip under a lesson's title, with the minutes that stand in the line below it.

    Parameters
    ----------
    body : str
        The page's HTML.
    name : str
        The notebook's name without its suffix.

    Returns
    -------
    str
        The page with the strip; the minutes are taken out of the line, to be read once.
    """
    minutes: dict[str, str] = {}
    head, end_of_title, rest = body.partition("</h1>")
    if hit := MINUTES.search(rest):
        minutes = {what: hit[what] for what in ("Read", "Explore", "Code")}
        if hit["group"]:
            minutes["In a group"] = hit["group"]
        rest = rest[: hit.start()] + rest[hit.end() :]
    return f"{head}{end_of_title}\n{lesson_strip(name, minutes)}{rest}"


def with_meanings(body: str, meanings: dict[str, tuple[str, str]]) -> str:
    """Give each link to a glossary term the term's meaning, for the page's script to show.

    Parameters
    ----------
    body : str
        The page's HTML.
    meanings : dict
        Anchor in the glossary to the term and what it means.

    Returns
    -------
    str
        The page; a link to a term that has no meaning is left as it is.

    Examples
    --------
    >>> link = (
    ...     '<a class="reference internal" href="g.html#term-Lever">'
    ...     '<span class="xref std std-term">lever</span></a>'
    ... )
    >>> "A thing to move" in with_meanings(link, {"term-Lever": ("Lever", "A thing to move")})
    True
    """

    def add(hit: re.Match[str]) -> str:
        if hit["id"] not in meanings:
            return hit[0]
        term, meaning = (escape(text) for text in meanings[hit["id"]])
        return (
            f'<a class="reference internal eeic-term" href="{hit["href"]}" '
            f'data-eeic-term="{term}" data-eeic-meaning="{meaning}">'
        )

    return _TERM_LINK.sub(add, body)


def with_letters(body: str) -> str:
    """Put links to the first term of each letter over a long glossary.

    Parameters
    ----------
    body : str
        The page's HTML.

    Returns
    -------
    str
        The page; one without a glossary, or with a short one, is left as it is.

    Examples
    --------
    >>> terms = "".join(f'<dt id="term-{n}">{n}</dt><dd>x</dd>' for n in ("“Bus”", *"ACDEF"))
    >>> with_letters(f'<dl class="simple glossary">{terms}</dl>').count("<li><a ")
    6
    """

    def add(hit: re.Match[str]) -> str:
        firsts: dict[str, str] = {}
        for term in _TERM.finditer(hit[0]):
            words = re.sub(r"<[^>]+>|[^A-Za-z]", "", unescape(term["words"]))
            if words:
                firsts.setdefault(words[0].upper(), term["id"])
        if len(firsts) < FEWEST_LETTERS:
            return hit[0]
        links = "".join(
            f'<li><a href="#{anchor}">{letter}</a></li>'
            for letter, anchor in sorted(firsts.items())
        )
        return (
            f'<nav class="eeic-letters" aria-label="Terms by letter"><ul>{links}</ul></nav>{hit[0]}'
        )

    return _GLOSSARY.sub(add, body)


def from_the_root(page: str, root: str) -> str:
    """Make a page's links begin at the site's root, for a page that is shown at any address.

    Parameters
    ----------
    page : str
        The HTML of a page that lies in the site's root.
    root : str
        The path of the site on its server, from ``/`` to ``/``.

    Returns
    -------
    str
        The page. Links within it, and to other sites, are as they were.

    Examples
    --------
    >>> from_the_root('<a href="book/index.html">Home</a> <a href="#main">Text</a>', "/")
    '<a href="/book/index.html">Home</a> <a href="#main">Text</a>'
    """
    return _RELATIVE.sub(rf"\g<1>{root}", page).replace(
        'data-content_root="./"', f'data-content_root="{root}"'
    )


def report_address(to: str, title: str, page: str) -> str:
    """Write the address under which a reader reports a problem or replies, filled in beforehand.

    Parameters
    ----------
    to : str
        Where reports go: the address at which the repository takes a new issue, one that begins
        with ``mailto:``, or nothing.
    title : str
        The page's title.
    page : str
        The page's name.

    Returns
    -------
    str
        An address; empty where there is nowhere to send a report to.

    Examples
    --------
    >>> report_address("mailto:course@example.org", "Duties", "book/topics/duties")[:45]
    'mailto:course@example.org?subject=Duties&body'
    """
    if not to:
        return ""
    said = f"Page: {page} (version {eeic.__version__})\n\nWhat I saw, or want to say:\n\n"
    names = ("subject", "body") if to.startswith("mailto:") else ("title", "body")
    if "/-/issues/" in to:  # GitLab
        names = ("issue[title]", "issue[description]")
    plain = unescape(re.sub(r"<[^>]+>", "", title))
    fields = zip(names, (plain, said), strict=True)
    return f"{to}?" + "&".join(f"{name}={quote(text)}" for name, text in fields)


def meanings_in(doctree: nodes.document) -> Iterator[tuple[str, tuple[str, str]]]:
    """Read the terms of a page's glossaries.

    Parameters
    ----------
    doctree : docutils.nodes.document
        The page.

    Yields
    ------
    tuple
        Anchor, and the term with its meaning.
    """
    for listing in doctree.findall(glossary):
        for item in listing.findall(nodes.definition_list_item):
            meaning = " ".join(
                part.astext() for part in item.children if isinstance(part, nodes.definition)
            )
            for term in item.children:
                if isinstance(term, nodes.term):
                    for anchor in term["ids"]:
                        yield anchor, (term.astext(), " ".join(meaning.split()))


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the extension.

    Parameters
    ----------
    app : sphinx.application.Sphinx
        The application that builds the book.

    Returns
    -------
    dict
        What Sphinx wants to know of an extension.
    """
    # Lessons run in kernels that inherit this, and show what works on a page without Python.
    os.environ["EEIC_STATIC"] = "1"
    meanings: dict[str, tuple[str, str]] = {}

    def prepare(app: Sphinx, env: BuildEnvironment) -> None:
        # Jupyter Book asks for every script on every page; MathJax is needed on one or two.
        app.set_html_assets_policy("per_page")
        objects = env.get_domain("std").get_objects()
        for page in sorted({page for _, _, kind, page, _, _ in objects if kind == "term"}):
            meanings.update(meanings_in(env.get_doctree(page)))

    def finish_page(
        app: Sphinx, page: str, _template: str, context: dict[str, Any], _doctree: object
    ) -> None:
        context.update(
            notice=eeic.NOTICE,
            version=eeic.__version__,
            report=report_address(app.config.eeic_report_to, context.get("title", ""), page),
        )
        body = UNSAID.sub("", context.get("body", ""))
        if page.startswith("notebooks/"):
            body = with_strip(body, PurePosixPath(page).name)
        if day := (context.get("meta") or {}).get("checked"):
            body = body.replace("</h1>", f"</h1>\n{dates.line(day)}", 1)
        context["body"] = _TABLE.sub(
            r'<div class="eeic-scroll">\1</div>', with_letters(with_meanings(body, meanings))
        )
        for name, (_, mark) in PARTS.items():
            if re.search(mark, body):
                app.add_css_file(name) if name.endswith(".css") else app.add_js_file(name)

    app.connect("config-inited", _no_theme_options)
    app.connect("builder-inited", _write_parts)
    app.connect("env-updated", prepare)
    app.connect("html-page-context", finish_page)
    pages: list[tuple[str, dict[str, Any], str]] = [
        ("index", {}, "redirect.html"),
        (NOT_FOUND, {}, f"{NOT_FOUND}.html"),
    ]
    app.connect("html-collect-pages", lambda _: pages)
    app.connect("build-finished", _place_not_found)
    journeys.connect(app)
    entries.connect(app, meanings)
    app.add_config_value("eeic_report_to", "", "html")
    app.add_directive("eeic-datasets", DataDictionary)
    app.add_directive("eeic-checked", Checked)
    app.add_directive("eeic-reports", StudyReports)
    app.add_directive("eeic-proposal", Proposal)
    app.add_directive("eeic-outcomes", Outcomes)
    app.add_directive("eeic-computed", Computed)
    app.add_directive("eeic-calibration", Calibration)
    app.add_directive("eeic-explorer", ExplorerOnPage)
    app.add_directive("eeic-logbook", Logbook)
    app.add_js_file("eeic.js", loading_method="defer")
    return {"version": eeic.__version__, "parallel_read_safe": True, "parallel_write_safe": True}


def _no_theme_options(_app: Sphinx, config: Any) -> None:
    # Jupyter Book sets options of the theme that it expects. Ours has none.
    config.html_theme_options = {}


def _write_parts(app: Sphinx) -> None:
    if app.builder.format == "html":
        folder = app.outdir / "_static"
        folder.mkdir(parents=True, exist_ok=True)
        for name, (read, _) in PARTS.items():
            (folder / name).write_text(read(), encoding="utf-8")


def _place_not_found(app: Sphinx, error: Exception | None) -> None:
    file = app.outdir / f"{NOT_FOUND}.html"
    if error is None and file.is_file():
        root = urlsplit(app.config.html_baseurl).path.rstrip("/") + "/"
        file.write_text(from_the_root(file.read_text("utf-8"), root), "utf-8")


def _data_sheet(name: str) -> nodes.section:
    sheet = datasets.sheet(name)
    section = nodes.section(ids=[f"table-{name.lower()}"], names=[])
    section += nodes.title("", f"{name}: {sheet['title']}")
    section += nodes.paragraph("", sheet["summary"])
    for heading, part in (("It imitates", "imitates"), ("How it was made", "how_made")):
        section += nodes.paragraph(
            "", "", nodes.strong("", f"{heading}. "), nodes.Text(sheet[part])
        )
    section += _table(
        ("Column", "Values", "When missing", "Known flaw"),
        [
            (
                [nodes.literal("", column["name"]), nodes.Text(f" {_label(column)}")],
                *([nodes.Text(column[part])] for part in ("allowed", "missing", "flaw")),
            )
            for column in sheet["columns"]
        ],
    )
    for heading, part in (
        ("Unlike real records", "unlike_real"),
        ("Flaws put in on purpose", "flaws"),
        ("Made for", "allowed"),
        ("Never to be used for", "forbidden"),
    ):
        section += nodes.paragraph("", "", nodes.strong("", heading))
        items = [nodes.list_item("", nodes.paragraph("", text)) for text in sheet[part]]
        section += nodes.bullet_list("", *items)
    return section


def _verdicts(table: Any) -> nodes.table:
    """Lay out what the checks of one method found, a row for each file of reference values."""
    rows = []
    for row in table.itertuples():
        folder, file = row.reference.split("/")
        words = file.removeprefix("own_").removeprefix("published_").replace("_", " ")
        rows.append([validation.SOURCES[folder], words, *_counts(row)])
    return text_table(("Reference", "Values", *_COUNTS), rows)


def _verdicts_by_source(table: Any) -> nodes.table:
    """Lay out what all checks found, a row for each source."""
    by_source = table.assign(source=table["reference"].str.split("/").str[0]).groupby("source")
    found = by_source[["cases", "agree", "refused", "differ"]].sum()
    rows = [[validation.SOURCES[row.Index], *_counts(row)] for row in found.itertuples()]
    return text_table(("Reference", *_COUNTS), rows)


def _counts(row: Any) -> list[int]:
    return [row.cases, row.agree, row.refused, row.differ]


def text_table(header: tuple[str, ...], rows: list[list[Any]]) -> nodes.table:
    """Lay out a table of plain text.

    Parameters
    ----------
    header : tuple of str
        Headings of the columns.
    rows : list of list
        Values, shown as text.

    Returns
    -------
    docutils.nodes.table
    """
    return _table(header, [tuple([nodes.Text(str(cell))] for cell in row) for row in rows])


def _calibration(table: Any) -> nodes.table:
    """Lay out what a world achieves beside what it is meant to."""

    def said(value: float, unit: str) -> str:
        number = f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
        return f"{number}%" if unit == "%" else f"{number} {unit}".strip()

    rows = [
        tuple(
            [nodes.Text(text)]
            for text in (
                row.parameter,
                f"{row.target_low:g} to {said(row.target_high, row.unit)}",
                f"{row.anchor} ({row.mark})",
                said(row.achieved, row.unit),
                "yes" if row.within else "no",
            )
        )
        for row in table.itertuples()
    ]
    return _table(("What", "Target", "Source", "Achieved", "Within"), rows)


def _label(column: dict[str, str]) -> str:
    return column["label"] + (f" ({column['unit']})" if column["unit"] else "")


def _table(header: tuple[str, ...], rows: list[tuple[list[nodes.Node], ...]]) -> nodes.table:
    def row(cells: Iterable[list[nodes.Node]]) -> nodes.row:
        return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells))

    group = nodes.tgroup(cols=len(header))
    group += [nodes.colspec(colwidth=1) for _ in header]
    group += nodes.thead("", row([nodes.Text(name)] for name in header))
    group += nodes.tbody("", *(row(cells) for cells in rows))
    return nodes.table("", group)
