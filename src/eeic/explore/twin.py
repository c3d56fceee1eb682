"""The static twin: an explorer written into a page, with every frame it can show."""

from __future__ import annotations

import json
from html import escape

from eeic import show
from eeic.explore.explorer import RADIOS, Control, Explorer


def html(explorer: Explorer) -> str:
    """Write an explorer as HTML that works without Python.

    Parameters
    ----------
    explorer : Explorer
        What to write.

    Returns
    -------
    str
        A section with the default frame and its settings in words, which is what paper and a
        browser without scripts show; the controls, hidden until the script finds them; and the
        frames, computed by the same function as the live explorer's.
    """
    start = explorer.frame()
    controls = "".join(_control(explorer, control) for control in explorer.controls)
    return (
        f'<section class="eeic-explorer" data-eeic-explorer="{explorer.name}" '
        f'aria-labelledby="{_id(explorer, "title")}">'
        f'<p class="eeic-explorer-title" id="{_id(explorer, "title")}">{escape(explorer.title)}</p>'
        f'<p class="eeic-explorer-lead">{escape(explorer.lead)}</p>'
        f'<form class="eeic-controls" hidden>{controls}'
        '<button type="reset" class="eeic-reset">Reset</button></form>'
        f'<p class="eeic-settings">{escape(explorer.in_words(explorer.defaults))}.</p>'
        f'<p class="eeic-finding" role="status">{escape(start.finding)}</p>'
        f"{show.html_figure(start)}"
        f'<script type="application/json" class="eeic-frames">{frames(explorer)}</script>'
        "</section>"
    )


def frames(explorer: Explorer) -> str:
    """Write every frame of an explorer as JSON that can stand inside a page.

    Parameters
    ----------
    explorer : Explorer
        What to write.

    Returns
    -------
    str
        Settings key to words, sentence, alternative text, caption, table and both drawings.
    """
    found = {
        explorer.key(settings): {
            "settings": f"{explorer.in_words(settings)}.",
            "finding": chart.finding,
            "alt": chart.alt,
            "caption": chart.caption,
            "numbers": show.html_numbers(chart),
            # Plain SVG, not encoded: frames repeat each other, and then compress well.
            "wide": chart.svg("wide"),
            "narrow": chart.svg("narrow"),
        }
        for settings, chart in explorer.frames()
    }
    written = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    # Nothing in the data may end the script element early.
    return written.replace("</", "<\\/").replace("<!--", "\\u003c!--")


def _id(explorer: Explorer, part: str) -> str:
    return f"eeic-{explorer.name}-{part}"


def _control(explorer: Explorer, control: Control) -> str:
    name = _id(explorer, control.name)
    label = escape(control.label)
    if control.kind == "slider":
        low, high = control.values[0], control.values[-1]
        limits = f'min="{low}" max="{high}" step="{control.step}" value="{control.default}"'
        unit = escape(control.unit)
        return (
            f'<div class="eeic-control eeic-slider" data-control="{control.name}">'
            f'<label for="{name}">{label}</label>'
            f'<div class="eeic-slider-row"><span class="eeic-end">{low}{unit}</span>'
            f'<input type="range" id="{name}" {limits}>'
            f'<span class="eeic-end">{high}{unit}</span>'
            f'<span class="eeic-typed"><input type="number" aria-label="{label}, as a number" '
            f"{limits}><span>{unit}</span></span></div></div>"
        )
    if len(control.options) > RADIOS:
        options = "".join(
            f'<option value="{value}"{_if(value == control.default, "selected")}>'
            f"{escape(words)}</option>"
            for value, words in control.options
        )
        return (
            f'<div class="eeic-control" data-control="{control.name}">'
            f'<label for="{name}">{label}</label><select id="{name}">{options}</select></div>'
        )
    radios = "".join(
        f'<label class="eeic-radio"><input type="radio" name="{name}" value="{value}"'
        f"{_if(value == control.default, 'checked')}><span>{escape(words)}</span></label>"
        for value, words in control.options
    )
    return (
        f'<fieldset class="eeic-control" data-control="{control.name}">'
        f"<legend>{label}</legend>{radios}</fieldset>"
    )


def _if(condition: bool, attribute: str) -> str:
    return f" {attribute}" if condition else ""
