"""The live explorer: ipywidgets whose every change calls the pure function again."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import Any

import anywidget
import ipywidgets as widgets
import traitlets

from eeic import explore, show
from eeic.explore.explorer import RADIOS, Control, Explorer


class Reading(anywidget.AnyWidget):
    """The sentence and the figure, and what ipywidgets leave out for keyboards and screen readers.

    One element holds the sentence for as long as the explorer is shown and only its text changes:
    that is what makes a screen reader say it. The same script names each control after its
    visible label and keeps the arrow keys from JupyterLab, which would take them for its own.
    """

    _esm = (files("eeic.explore") / "static" / "reading.mjs").read_text(encoding="utf-8")
    _css = explore.static_css()
    finding = traitlets.Unicode().tag(sync=True)
    figure = traitlets.Unicode().tag(sync=True)


def live(explorer: Explorer) -> widgets.VBox:
    """Make the live form of an explorer.

    Parameters
    ----------
    explorer : Explorer
        What to show.

    Returns
    -------
    ipywidgets.VBox
        Heading, controls and reading; its attributes ``controls`` (by name), ``reading`` and
        ``reset`` hold the widgets.

    Notes
    -----
    A frame is computed when it is first asked for and kept, so that going back is immediate.
    """
    chart = explorer.frame()
    reading = Reading(finding=chart.finding, figure=show.html_figure(chart))
    controls = {control.name: _widget(control) for control in explorer.controls}

    def changed(_change: Any = None) -> None:
        settings = {name: widget.value for name, widget in controls.items()}
        chart = explorer.frame(**settings)
        with reading.hold_sync():
            reading.finding = chart.finding
            reading.figure = show.html_figure(chart)

    def reset(_button: Any) -> None:
        for name, value in explorer.defaults.items():
            controls[name].value = value

    for widget in controls.values():
        widget.observe(changed, names="value")
    button = _classed(widgets.Button(description="Reset"), "eeic-reset")
    button.on_click(reset)
    parts = [_labelled(control, controls[control.name]) for control in explorer.controls]
    heading = widgets.HTML(
        f'<p class="eeic-explorer-title">{escape(explorer.title)}</p>'
        f'<p class="eeic-explorer-lead">{escape(explorer.lead)}</p>'
    )
    whole = widgets.VBox(
        [heading, _classed(widgets.Box([*parts, button]), "eeic-controls"), reading]
    )
    _classed(whole, "eeic-explorer")
    whole.controls = controls
    whole.reading = reading
    whole.reset = button
    return whole


def _widget(control: Control) -> Any:
    options = [(words, value) for value, words in control.options]
    if control.kind == "choice":
        kind = widgets.RadioButtons if len(options) <= RADIOS else widgets.Dropdown
        return kind(options=options, value=control.default)
    return widgets.IntSlider(
        value=control.default,
        min=control.values[0],
        max=control.values[-1],
        step=control.step,
        readout=False,
    )


def _labelled(control: Control, widget: Any) -> widgets.Box:
    """Put the full label above a control, and a box for typing beside a slider."""
    label = _classed(widgets.HTML(escape(control.label)), "eeic-label")
    if control.kind == "choice":
        return _classed(widgets.VBox([label, widget]), "eeic-control")
    typed = widgets.BoundedIntText(
        value=widget.value, min=widget.min, max=widget.max, step=widget.step
    )
    ends = [
        _classed(widgets.HTML(f"{v}{escape(control.unit)}"), "eeic-end")
        for v in (widget.min, widget.max)
    ]

    def type_in(change: Any) -> None:
        # Any whole number can be typed; the slider takes the nearest that has a frame.
        widget.value = typed.value = min(control.values, key=lambda v: abs(v - change["new"]))

    typed.observe(type_in, names="value")
    traitlets.dlink((widget, "value"), (typed, "value"))
    widget.typed = typed
    row = _classed(
        widgets.Box([ends[0], widget, ends[1], typed, widgets.HTML(escape(control.unit))]),
        "eeic-slider-row",
    )
    return _classed(_classed(widgets.VBox([label, row]), "eeic-control"), "eeic-slider")


def _classed(widget: Any, name: str) -> Any:
    widget.add_class(name)
    return widget
