"""Dots with intervals, one row for each group: rates, gaps and several services side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from pandas import DataFrame

from eeic import categories
from eeic.charts.style import HAIR, INK, MUTED, RULE, WIDTH, Canvas, house, points, text_width, wrap

#: Said inside a chart about groups whose numbers are withheld.
NOT_SHOWN = "Not shown: fewer than 10 people"

_LOG_TICKS = (0.1, 0.2, 0.33, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12)
_LINE = 18  # from one line of type to the next


@dataclass(frozen=True, eq=False)
class Estimates:
    """One number with its interval for each group.

    Parameters
    ----------
    name : str
        What was estimated, in one or two words: it heads the column of numbers.
    data : pandas.DataFrame
        Columns value, lower and upper; the index holds the groups' labels. A missing value is
        one that is withheld, and the chart says so.
    """

    name: str
    data: DataFrame


@dataclass(frozen=True, eq=False)
class Panel:
    """One plotting area and the estimates in it.

    Parameters
    ----------
    axis : str
        What is measured, with its unit.
    estimates : tuple of Estimates
        One or two; the second is drawn with another marker.
    title : str
        Heading, needed where there is more than one panel.
    scale : {"linear", "log"}
        Ratios are drawn on a log scale, so that twice and half look equally far from 1.
    reference : tuple of (float, str), optional
        A value that everything is compared with, and its words.
    decimals : int
        Decimal places of the numbers written beside the dots.
    """

    axis: str
    estimates: tuple[Estimates, ...]
    title: str = ""
    scale: str = "linear"
    reference: tuple[float, str] | None = None
    decimals: int = 1

    def written(self, value: float) -> str:
        """Write a number the way this panel does.

        Parameters
        ----------
        value : float
            The number.

        Returns
        -------
        str
            With the panel's decimal places and a true minus sign.
        """
        return f"{value:.{self.decimals}f}".replace("-", "−")


def dots(panels: Sequence[Panel], *, notes: Sequence[str] = ()) -> Callable[[str], Figure]:
    """Draw dots with intervals, one row for each group in the house order.

    Parameters
    ----------
    panels : sequence of Panel
        Side by side in the wide layout, one below the other in the narrow one.
    notes : sequence of str
        What else must be said inside the chart.

    Returns
    -------
    callable
        Takes a layout and returns the figure: what `Chart` wants as its ``draw``.

    Notes
    -----
    Colour marks the broad census group, five at most; a second series differs by shape as well
    as by filling. Groups withheld in every panel are listed under the rows; a group withheld in
    some only keeps its row, with a dash for the number.
    """
    found = categories.ordered(row for p in panels for e in p.estimates for row in e.data.index)
    shown = [row for row in found if any(_has(e, row) for p in panels for e in p.estimates)]
    withheld = [row for row in found if row not in shown]
    said = [f"{NOT_SHOWN}: {', '.join(withheld)}."] if withheld else []

    def draw(layout: str) -> Figure:
        with house():
            return _Rows(layout, panels, shown, [*said, *notes]).draw()

    return draw


def _has(estimates: Estimates, row: str) -> bool:
    return row in estimates.data.index and bool(estimates.data["value"].notna()[row])


class _Rows:
    """Works out where everything goes, then draws it."""

    GUTTER = 28  # between two panels

    def __init__(
        self, layout: str, panels: Sequence[Panel], shown: list[str], notes: list[str]
    ) -> None:
        self.wide = layout == "wide"
        self.panels = panels
        self.shown = shown
        self.pair = max(len(p.estimates) for p in panels) > 1
        self.pitch = (32 if self.pair else 26) if self.wide else (54 if self.pair else 46)
        self.places = self._places()
        self.body = self.places[-1] + self.pitch / 2 + 4

        width = WIDTH[layout]
        self.label_width = 16 + max(map(text_width, shown)) if self.wide else 0
        across = len(panels) if self.wide else 1
        self.panel_width = (width - self.label_width - self.GUTTER * (across - 1)) / across
        self.titles = [wrap(p.title, self.panel_width) for p in panels]
        self.axis_lines = [wrap(p.axis, self.panel_width) for p in panels]
        self.notes = [line for note in notes for line in wrap(note, width)]
        heads = [
            _LINE * (len(t) + 1 + self._crowded(p)) + 10
            for t, p in zip(self.titles, panels, strict=True)
        ]
        feet = [28 + _LINE * len(lines) for lines in self.axis_lines]
        if self.wide:  # one row of panels: the deepest head and foot count for all
            self.heads = [max(heads)] * across
            self.lefts = [
                self.label_width + n * (self.panel_width + self.GUTTER) for n in range(across)
            ]
            self.tops = [0.0] * across
            drawn = max(heads) + self.body + max(feet)
        else:
            self.heads = heads
            self.lefts = [0.0] * len(panels)
            heights = [h + self.body + f + 14 for h, f in zip(heads, feet, strict=True)]
            self.tops = [sum(heights[:n]) for n in range(len(heights))]
            drawn = sum(heights)
        self.notes_top = drawn + 8
        self.canvas = Canvas(layout, drawn + (10 + _LINE * len(self.notes) if notes else 0))

    def _crowded(self, panel: Panel) -> bool:
        """Say whether the words of the reference line need a line of their own."""
        return not self.wide and panel.reference is not None

    def _places(self) -> list[float]:
        """Where each row's middle lies, below the top of the body: broad groups stand apart."""
        places: list[float] = []
        last = None
        y = self.pitch / 2
        for row in self.shown:
            broad = _broad(row)
            if last is not None:
                y += self.pitch + (8 if broad != last else 0)
            places.append(y)
            last = broad
        return places

    def draw(self) -> Figure:
        for number, panel in enumerate(self.panels):
            self._panel(panel, number)
        for line, text in enumerate(self.notes):
            self.canvas.text(0, self.notes_top + 13 + _LINE * line, text, colour=MUTED)
        return self.canvas.figure

    def _panel(self, panel: Panel, number: int) -> None:
        left, top = self.lefts[number], self.tops[number]
        right, body_top = left + self.panel_width, top + self.heads[number]
        columns = self._columns(panel)
        # Half a tick label stands outside the plotting area at either end.
        margin = 0 if self.wide else 10
        width = self.panel_width - 2 * margin - (sum(columns) if self.wide else 0)
        axes = self.canvas.axes(left + margin, body_top, width, self.body)
        axes.set_ylim(self.body, 0)
        _set_scale(axes, panel, few=width < 200)
        axes.grid(axis="x", color=RULE, linewidth=points(1))
        axes.set_axisbelow(True)
        for line, text in enumerate(self.titles[number]):
            self.canvas.text(left, top + 15 + _LINE * line, text, weight="bold")
        self._heads(panel, body_top - 10, right, columns)
        for line, text in enumerate(self.axis_lines[number]):
            self.canvas.text(left, body_top + self.body + 40 + _LINE * line, text, colour=MUTED)
        if panel.reference:
            y = body_top - 10 - _LINE * self._crowded(panel)
            self._reference(axes, panel.reference, left + margin, width, y)
        for row, place in zip(self.shown, self.places, strict=True):
            self._row(axes, panel, row, place, body_top, right, columns)
        for above, below in pairwise(self.places):
            y = body_top + (above + below) / 2
            self.canvas.line((0, right), (y, y), HAIR)

    def _columns(self, panel: Panel) -> list[float]:
        """Width of each column of numbers beside the dots."""
        widths = []
        for estimates in panel.estimates:
            numbers = [self._number(panel, estimates, row) for row in self.shown]
            widest = max(text_width(value) + _ahead(rest) for value, rest in numbers)
            if self.wide:
                widest = max(widest, text_width(estimates.name) + self._key)
            widths.append(widest + (20 if self.wide else self._key + 14))
        return widths

    @property
    def _key(self) -> int:
        """Room for the marker that tells two series apart."""
        return 16 if self.pair else 0

    def _number(self, panel: Panel, estimates: Estimates, row: str) -> tuple[str, str]:
        """Write the number beside a dot, and its interval where there is room for it."""
        if not _has(estimates, row):
            return "–", ""
        line: Any = estimates.data.loc[row]
        value = panel.written(line["value"])
        if self.pair or len(self.panels) > 1:
            return value, ""
        return value, f"({panel.written(line['lower'])} to {panel.written(line['upper'])})"

    def _heads(self, panel: Panel, y: float, right: float, columns: list[float]) -> None:
        """Name the columns of numbers.

        On a phone the columns are narrower than their names, which stand in one line as a key.
        """
        for index, estimates in reversed(list(enumerate(panel.estimates))):
            self.canvas.text(right, y, estimates.name, colour=MUTED, align="right")
            room = text_width(estimates.name)
            if self.pair:
                self.canvas.marker(right - room - 9, y - 4.5, **_marker(index, True, MUTED))
            right -= columns[index] if self.wide else room + self._key + 20

    def _reference(
        self, axes: Axes, reference: tuple[float, str], left: float, width: float, y: float
    ) -> None:
        value, words = reference
        axes.axvline(value, color=INK, linewidth=points(1.5), zorder=1.5)
        across = axes.transAxes.inverted().transform(axes.transData.transform((value, 0)))[0]
        half = text_width(words) / 2
        x = max(left + across * width, left + half)
        self.canvas.text(x, y, words, align="center")

    def _row(
        self,
        axes: Axes,
        panel: Panel,
        row: str,
        place: float,
        body_top: float,
        right: float,
        columns: list[float],
    ) -> None:
        # In the narrow layout the words stand above the dots instead of beside them.
        words = body_top + place + (4.5 if self.wide else -6)
        middle = place if self.wide else place + 11
        if panel is self.panels[0] or not self.wide:
            self.canvas.text(0, words, row, over_lines=not self.wide)
        colour = broad_colour(row)
        for index, estimates in reversed(list(enumerate(panel.estimates))):
            value, rest = self._number(panel, estimates, row)
            clear = not self.wide  # the numbers stand on the plotting area
            self.canvas.text(right, words, rest, colour=MUTED, align="right", over_lines=clear)
            at = right - _ahead(rest)
            self.canvas.text(at, words, value, align="right", over_lines=clear)
            if self.pair and not self.wide:
                x = right - columns[index] + 14 + 5
                self.canvas.marker(x, words - 4.5, **_marker(index, True, colour))
            right -= columns[index]
            if not _has(estimates, row):
                continue
            line = estimates.data.loc[row]
            y = middle + ((index - 0.5) * 10 if self.pair else 0)
            axes.plot(
                [line["lower"], line["upper"]],
                [y, y],
                color=colour,
                linewidth=points(2),
                solid_capstyle="butt",
                zorder=2,
            )
            marker = _marker(index, self.pair, colour)
            axes.plot([line["value"]], [y], clip_on=False, zorder=3, linestyle="none", **marker)


def _ahead(rest: str) -> float:
    """How far a number stands from the right edge of its column, before its interval."""
    return text_width(rest) + 6 if rest else 0


def _broad(row: str) -> str:
    return categories.group(row).high_level if row in categories.LABELS else ""


def broad_colour(row: str) -> str:
    """Find the colour of the broad census group that a group belongs to.

    Parameters
    ----------
    row : str
        Label of a group.

    Returns
    -------
    str
        One of five colours, which is as many as a chart can carry; ink for what is no group.
    """
    broad = _broad(row)
    return categories.colour(broad) if broad else INK


def _marker(index: int, pair: bool, colour: str) -> dict[str, Any]:
    """Draw the first of two series as a hollow circle, the second as a filled diamond."""
    hollow = pair and index == 0
    return {
        "marker": "D" if pair and index else "o",
        "markersize": points(8 if pair and index else 9),
        "markerfacecolor": "white" if hollow else colour,
        "markeredgecolor": colour,
        "markeredgewidth": points(2),
    }


def _set_scale(axes: Axes, panel: Panel, *, few: bool) -> None:
    lower = min(e.data["lower"].min() for e in panel.estimates)
    upper = max(e.data["upper"].max() for e in panel.estimates)
    if panel.reference:
        lower, upper = min(lower, panel.reference[0]), max(upper, panel.reference[0])
    if panel.scale == "log":
        lower, upper = lower / 1.08, upper * 1.08
        axes.set_xscale("log")
        inside = [tick for tick in _LOG_TICKS if lower <= tick <= upper]
        # Crowded ticks run into each other: every second one, 1 always among them.
        while len(inside) > (4 if few else 7):
            inside = [t for i, t in enumerate(inside) if (i - inside.index(1)) % 2 == 0]
        axes.xaxis.set_major_locator(FixedLocator(inside))
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        room = (upper - lower) * 0.06
        lower = 0 if lower >= 0 else lower - room
        upper = upper + room
        axes.xaxis.set_major_locator(MaxNLocator(3 if few else 6, steps=[1, 2, 2.5, 5, 10]))
    axes.set_xlim(lower, upper)
    axes.xaxis.set_major_formatter(FuncFormatter(tick))


def tick(value: float, _position: int | None = None) -> str:
    """Write a tick of an axis.

    Parameters
    ----------
    value : float
        Where the tick stands.
    _position : int, optional
        Given by matplotlib, not used.

    Returns
    -------
    str
        The number, with a true minus sign.
    """
    return "0" if math.isclose(value, 0, abs_tol=1e-9) else f"{value:g}".replace("-", "−")


__all__ = ["NOT_SHOWN", "Estimates", "Panel", "broad_colour", "dots", "tick"]
