"""What the search finds besides whole pages: the glossary's terms, and sentences with a source.

The list is written as a script, because a page from a disk may not fetch anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

SCRIPT = "eeic-entries.js"
#: A sentence that is shorter says too little without what stands around it.
FEWEST_WORDS = 6


def facts(doctree: nodes.document) -> Iterator[dict[str, str]]:
    """Read the sentences of a page that name a source.

    Parameters
    ----------
    doctree : docutils.nodes.document
        The page, with its references not yet resolved.

    Yields
    ------
    dict
        ``name`` (the heading above), ``says`` (the paragraph, or the row of the table) and
        ``anchor``.
    """
    told = set()
    for cited in doctree.findall(_is_citation):
        whole = _above(cited, nodes.row) or _above(cited, nodes.paragraph)
        section = _above(cited, nodes.section)
        if whole is None or section is None or id(whole) in told:
            continue
        told.add(id(whole))
        says = _words(whole)
        if len(says.split()) >= FEWEST_WORDS:
            title = next(iter(section.findall(nodes.title)), None)
            name = title.astext() if title is not None else ""
            yield {"name": name, "says": says, "anchor": section["ids"][0]}


def connect(app: Sphinx, meanings: dict[str, tuple[str, str]]) -> None:
    """Write the list when the pages have been read.

    Parameters
    ----------
    app : sphinx.application.Sphinx
        The application that builds the book.
    meanings : dict
        Anchor in the glossary to the term and its meaning; filled by then.
    """

    def write(app: Sphinx, env: BuildEnvironment) -> None:
        if app.builder.format != "html":
            return
        objects = env.get_domain("std").get_objects()
        pages = {anchor: page for _, _, kind, page, anchor, _ in objects if kind == "term"}
        found: dict[str, list[dict[str, Any]]] = {
            "terms": [
                {"name": term, "says": says, "page": pages[anchor], "anchor": anchor}
                for anchor, (term, says) in sorted(meanings.items())
                if anchor in pages
            ],
            "facts": [
                fact | {"page": page}
                for page in sorted(env.found_docs)
                for fact in facts(env.get_doctree(page))
            ],
        }
        data = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
        folder = app.outdir / "_static"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / SCRIPT).write_text(f"const eeicEntries = {data};\n", encoding="utf-8")

    app.connect("env-updated", write, priority=600)  # after the book's own has read the meanings


def _is_citation(node: nodes.Node) -> bool:
    return isinstance(node, pending_xref) and node.get("refdomain") == "cite"


def _above(node: nodes.Node, kind: type[nodes.Element]) -> nodes.Element | None:
    while node.parent is not None:
        node = node.parent
        if isinstance(node, kind):
            return node
    return None


def _words(whole: nodes.Element) -> str:
    """Give what a paragraph or a row says, without the keys of its sources."""
    cells = list(whole.findall(nodes.entry)) if isinstance(whole, nodes.row) else [whole]
    return " – ".join(filter(None, (_said(cell) for cell in cells)))


def _said(part: nodes.Element) -> str:
    texts = [
        text.astext()
        for text in part.findall(nodes.Text)
        if not any(_is_citation(one) for one in _line(text))
    ]
    words = " ".join("".join(texts).split())
    return words.replace(" .", ".").replace(" ,", ",").replace(" ;", ";").replace(" :", ":")


def _line(node: nodes.Node) -> Iterator[nodes.Node]:
    while node.parent is not None:
        node = node.parent
        yield node
