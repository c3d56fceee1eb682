"""The logbook on a page without a kernel: the HTML, and the script and style that it needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from itertools import groupby
from typing import Any

from eeic.ask import page
from eeic.ask.logbooks import content, word

#: Where a lesson's box finds all the others, from a page in ``notebooks/``.
ALL_BOXES = "../book/develop/logbook.html"


def static_script() -> str:
    """Give the script that makes the boxes of a page work without a kernel.

    Returns
    -------
    str
        One classic script: an ES module would not load from ``file://``.
    """
    return page.classic("logbook.mjs", "eeicLogbook", "logbook-page.js")


def static_css() -> str:
    """Give the style that the boxes have besides that of the questions.

    Returns
    -------
    str
        CSS.
    """
    return page.asset("logbook.css")


def with_parts(sheet: Mapping[str, Any]) -> dict[str, Any]:
    """Add what the Word document is made of, where all boxes are shown together.

    Parameters
    ----------
    sheet : mapping
        What `eeic.ask.logbooks.content.sheet` gave.

    Returns
    -------
    dict
        The sheet with the document's parts, title and course.
    """
    made = {"parts": word.PARTS, "title": word.TITLE, "course": word.COURSE}
    return {**sheet, **(made if sheet["whole"] else {"all": ALL_BOXES})}


def static_html(number: str | None = None) -> str:
    """Lay out one box, or all, for a page without a kernel.

    Parameters
    ----------
    number : str, optional
        A lesson's number. Without it, all boxes.

    Returns
    -------
    str
        HTML: the sheet for the script, and the boxes to read and print where no script runs.
    """
    sheet = with_parts(content.sheet(number))
    script = json.dumps(sheet, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return (
        f'<div class="eeic-ask" data-eeic-logbook="{number or "all"}">'
        f'<script type="application/json">{script}</script>{fallback_html(number)}</div>'
    )


def fallback_html(number: str | None = None) -> str:
    """Lay out one box, or all, for reading and for a pen: the prompts with ruled lines.

    Parameters
    ----------
    number : str, optional
        A lesson's number. Without it, all boxes, under headings.

    Returns
    -------
    str
        HTML.
    """
    chosen = [box for box in content.boxes() if number in (None, box.id)]
    if number:
        return f'<div class="eeic-log-fallback">{_box_html(chosen[0], "p")}</div>'
    parts = groupby(chosen, key=lambda box: box.part)
    inner = "".join(
        f"<h2>{escape(part)}</h2>" + "".join(_box_html(box, "h3") for box in within)
        for part, within in parts
    )
    return f'<div class="eeic-log-fallback">{inner}</div>'


def plain_text(number: str | None = None) -> str:
    """Write one box, or all, as plain text.

    Parameters
    ----------
    number : str, optional
        A lesson's number. Without it, all boxes.

    Returns
    -------
    str
        Titles and prompts.

    Examples
    --------
    >>> print(plain_text("09").splitlines()[0])
    Your logbook, box 9 of 18: Appraised evidence table: the first two rows
    """
    lines = []
    for box in content.boxes():
        if number in (None, box.id):
            lines.append(_title(box))
            lines += [f"  - {prompt.name}: {prompt.ask}" for prompt in box.prompts]
    return "\n".join(lines)


def _title(box: content.Box) -> str:
    return f"Your logbook, box {int(box.id)} of {len(content.boxes())}: {box.title}"


def _box_html(box: content.Box, tag: str) -> str:
    lines = '<div class="eeic-log-rule"></div>' * 4
    prompts = "".join(
        f"<p><strong>{escape(prompt.name)}.</strong> {escape(prompt.ask)}</p>"
        f'<div class="eeic-log-lines">{lines}</div>'
        for prompt in box.prompts
    )
    title = f"{int(box.id)}. {box.title}" if tag == "h3" else _title(box)
    return (
        f'<div class="eeic-log-box"><{tag} class="eeic-log-title" id="box-{box.id}">'
        f"{escape(title)}</{tag}><p>{escape(box.hint)}</p>{prompts}</div>"
    )
