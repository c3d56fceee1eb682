"""Questions on a page without a kernel: the HTML, and the one script and style they need."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from eeic.ask import text

_EXPORT = "export default "


def asset(name: str) -> str:
    """Read one of the files that the browser needs.

    Parameters
    ----------
    name : str
        Such as ``ask.mjs`` or ``ask.css``.

    Returns
    -------
    str
        Its text.
    """
    return files("eeic.ask").joinpath("static", name).read_text(encoding="utf-8")


def static_css() -> str:
    """Give the style of the questions, the same on the page and in a notebook.

    Returns
    -------
    str
        CSS.
    """
    return asset("ask.css")


def static_script() -> str:
    """Give the script that makes the questions of a page work without a kernel.

    Returns
    -------
    str
        One classic script.

    Raises
    ------
    ValueError
        The module does not have exactly one ``export default``.
    """
    return classic("ask.mjs", "eeicAsk", "ask-page.js")


def classic(module: str, name: str, mount: str) -> str:
    """Make one classic script of a module and what mounts it on a page.

    Parameters
    ----------
    module : str
        The module's file.
    name : str
        What the mounting script calls the module.
    mount : str
        That script's file.

    Returns
    -------
    str
        A script. An ES module would not load from ``file://``, so the module's one
        ``export default`` becomes a value inside a function.

    Raises
    ------
    ValueError
        The module does not have exactly one ``export default``.
    """
    source = asset(module)
    if source.count(_EXPORT) != 1:
        raise ValueError(f"{module} must hold {_EXPORT!r} once, as its last statement.")
    body = source.replace(_EXPORT, f"const {name} = ")
    return f'(() => {{\n"use strict";\n{body}\n{asset(mount)}}})();\n'


def static_html(sheet: Mapping[str, Any]) -> str:
    """Lay a question out for a page without a kernel.

    Parameters
    ----------
    sheet : mapping
        What `eeic.ask.sheet.compile_sheet` made of the question.

    Returns
    -------
    str
        HTML: the sheet for the script, and the question to read where no script runs. A chart
        stands outside the sheet, so that its image is in the page once.
    """
    data = {name: value for name, value in sheet.items() if name != "figure"}
    script = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return (
        f'<div class="eeic-ask" data-eeic-ask="{html.escape(sheet["id"])}">'
        f'<script type="application/json">{script}</script>{fallback_html(sheet)}</div>'
    )


def fallback_html(sheet: Mapping[str, Any]) -> str:
    """Lay a question out for reading only: no script, an export, a printout.

    Parameters
    ----------
    sheet : mapping
        What `eeic.ask.sheet.compile_sheet` made of the question.

    Returns
    -------
    str
        HTML.
    """
    explain = ""
    if sheet["explain"]:
        explain = f"<details><summary>Worked answer</summary>{sheet['explain']}</details>"
    figure = sheet.get("figure")
    return (
        '<div class="eeic-ask-fallback">'
        f"<p><strong>{kicker(sheet)}</strong></p>{sheet['stem']}"
        + (f'<div class="eeic-ask-figure">{figure}</div>' if figure else "")
        + _answers_html(sheet)
        + explain
        + "</div>"
    )


def kicker(sheet: Mapping[str, Any]) -> str:
    """Name what a question is for.

    Parameters
    ----------
    sheet : mapping
        The question's sheet.

    Returns
    -------
    str
        "Prediction", "Self-check" or "Exercise question".
    """
    if sheet["predict"]:
        return "Prediction"
    return "Self-check" if sheet["keyed"] else "Exercise question"


def plain_text(sheet: Mapping[str, Any]) -> str:
    """Write a question as plain text, for a place that shows nothing else.

    Parameters
    ----------
    sheet : mapping
        The question's sheet.

    Returns
    -------
    str
        The question and its options.
    """
    words = text.plain(sheet["stem"].replace("</p>", "\n").replace("<li>", "\n- "))
    lines = [f"{kicker(sheet)} {sheet['id']}", _without_tags(words).strip()]
    for part in sheet["parts"]:
        lines += [f"  - {option['text']}" for option in part.get("options", [])]
    return "\n".join(lines)


def _without_tags(markup: str) -> str:
    kept, inside = [], False
    for character in markup:
        inside = character == "<" or (inside and character != ">")
        if not inside and character != ">":
            kept.append(character)
    return html.unescape("".join(kept))


def _answers_html(sheet: Mapping[str, Any]) -> str:
    """List what there is to choose from or to fill in."""
    if sheet["layout"] == "mark":
        pieces = (
            f"<u>{html.escape(p['text'])}</u>" if p["id"] else html.escape(p["text"])
            for p in sheet["passage"]
        )
        return f"<blockquote><p>{''.join(pieces)}</p></blockquote>"
    if sheet["layout"] == "table":
        return _table_html(sheet)
    if sheet["layout"] == "match":
        items = "".join(f"<li>{html.escape(part['label'])} ……</li>" for part in sheet["parts"])
        return f"<ul>{items}</ul><p>To match with:</p>{_list_html(sheet['parts'][0])}"
    return "".join(
        (f"<p>{html.escape(part['legend'])}</p>" if "legend" in part else "")
        + (
            _list_html(part)
            if part["kind"] != "number"
            else f"<p>{html.escape(part['label'])}: …… {html.escape(part['unit'])}</p>"
        )
        for part in sheet["parts"]
    )


def _list_html(part: Mapping[str, Any]) -> str:
    items = "".join(f"<li>{html.escape(option['text'])}</li>" for option in part["options"])
    return f"<ul>{items}</ul>"


def _table_html(sheet: Mapping[str, Any]) -> str:
    table = sheet["table"]
    parts = {part["name"]: part for part in sheet["parts"]}
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in table["columns"])
    rows = []
    for row in table["rows"]:
        cells = []
        for cell in row["cells"]:
            part = parts.get(cell.get("part"), {})
            empty = " / ".join(option["text"] for option in part.get("options", []))
            empty = empty or f"…… {part.get('unit', '')}"
            cells.append(f"<td>{html.escape(cell.get('text', empty))}</td>")
        rows.append(f'<tr><th scope="row">{html.escape(row["label"])}</th>{"".join(cells)}</tr>')
    caption = html.escape(table["caption"])
    return (
        f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
