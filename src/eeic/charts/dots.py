"""Dots with intervals, one row for each group: rates, gaps and several services side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from pandas import DataFrame, Series, isna

from eeic import categories
from eeic.charts.style import INK, MUTED, RULE, SIZE, Canvas, house, points, text_width, wrap

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


def dots(panels: Sequence[Panel], *, order: Sequence[str] | None = None) -> Callable[[str], Figure]:
    """Draw dots with intervals, one row for each group.

    Parameters
    ----------
    panels : sequence of Panel
        Side by side in the wide layout, one below the other in the narrow one.
    order : sequence of str, optional
        The rows from top to bottom; left out, the house order of the ethnic groups.

    Returns
    -------
    callable
        Takes a layout and returns the figure: what `Chart` wants as its ``draw``.

    Notes
    -----
    Colour marks the broad census group, five at most; a second series differs by shape as well
    as by filling. Groups withheld in every panel are listed under the rows; a group withheld in
    one panel only keeps its row there, empty and marked.
    """
    found = list(dict.fromkeys(label for p in panels for e in p.estimates for label in e.data.index))
    rows = list(order) if order is not None else categories.ordered(found)
    shown = [row for row in rows if any(_has(e, row) for p in panels for e in p.estimates)]
    withheld = [row for row in rows if row not in shown]

    def draw(layout: str) -> Figure:
        with house():
            return _Rows(layout, panels, shown, withheld).draw()

    return draw


def _has(estimates: Estimates, row: str) -> bool:
    return row in estimates.data.index and not isna(estimates.data.at[row, "value"])


class _Rows:
    """Works out where everything goes, then draws it."""

    def __init__(
        self, layout: str, panels: Sequence[Panel], shown: list[str], withheld: list[str]
    ) -> None:
        self.wide = layout == "wide"
        self.panels = panels
        self.shown = shown
        self.pair = max(len(p.estimates) for p in panels) > 1
        self.pitch = (32 if self.pair else 26) if self.wide else (54 if self.pair else 46)
        self.places = self._places()
        width = 700 if self.wide else 340
        note = f"{NOT_SHOWN}: {', '.join(withheld)}." if withheld else ""
        self.note = wrap(note, width) if note else []
        self.label_width = 16 + max(text_width(row) for row in shown) if self.wide else 0
        self.panel_width = (width - self.label_width - 28 * (len(panels) - 1)) / len(panels)
        if not self.wide:
            self.panel_width = width
        self.titles = [
            wrap(p.title, self.panel_width) if p.title else [] for p in panels
        ]
        deepest = max(len(t) for t in self.titles)
        self.heads = [
            _LINE * ((deepest if self.wide else len(t)) + 1 + (p.reference is not None)) + 10
            for p, t in zip(panels, self.titles, strict=True)
        ]
        body = self.places[-1] + self.pitch / 2 + 4
        self.axis_lines = [wrap(p.axis, self.panel_width) for p in panels]
        foot = [24 + _LINE * len(lines) + 4 for lines in self.axis_lines]
        if self.wide:
            heights = [max(self.heads) + body + max(foot)]
        else:
            heights = [h + body + f + 14 for h, f in zip(self.heads, foot, strict=True)]
        self.body = body
        self.tops = [sum(heights[:i]) for i in range(len(heights))]
        drawn = sum(heights)
        self.note_top = drawn + 8
        self.canvas = Canvas(layout, drawn + (10 + _LINE * len(self.note) if self.note else 0))

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
            if self.wide:
                left = self.label_width + number * (self.panel_width + 28)
                self._panel(panel, self.titles[number], left, 0, max(self.heads), number)
            else:
                self._panel(
                    panel, self.titles[number], 0, self.tops[number], self.heads[number], number
                )
        for line, text in enumerate(self.note):
            self.canvas.text(0, self.note_top + 13 + _LINE * line, text, colour=MUTED)
        return self.canvas.figure

    def _panel(
        self, panel: Panel, title: list[str], left: float, top: float, head: float, number: int
    ) -> None:
        columns = self._columns(panel)
        room = sum(columns) if self.wide else 0
        width = self.panel_width - room
        body_top = top + head
        axes = self.canvas.axes(left, body_top, width, self.body)
        axes.set_ylim(self.body, 0)
        _set_scale(axes, panel, few=self.panel_width < 250)
        axes.grid(axis="x", color=RULE, linewidth=points(1))
        axes.set_axisbelow(True)
        for line, text in enumerate(title):
            self.canvas.text(left, top + 15 + _LINE * line, text, weight="bold")
        self._heads(panel, left, body_top - 10, columns)
        for line, text in enumerate(self.axis_lines[number]):
            self.canvas.text(left, body_top + self.body + 40 + _LINE * line, text, colour=MUTED)
        if panel.reference:
            self._reference(axes, panel.reference, left, width, body_top - 10 - _LINE)
        for row, place in zip(self.shown, self.places, strict=True):
            self._row(axes, panel, row, place, left, body_top, columns, number)

    def _columns(self, panel: Panel) -> list[float]:
        """Width of each column of numbers beside the dots."""
        widths = []
        for index, estimates in enumerate(panel.estimates):
            texts = [self._number(panel, estimates, row) for row in self.shown]
            head = text_width(estimates.name) + (16 if len(panel.estimates) > 1 else 0)
            widest = max(head, *(text_width(value) + text_width(rest) + 4 for value, rest in texts))
            widths.append(widest + (18 if index or self.wide else 0))
        return widths

    def _number(self, panel: Panel, estimates: Estimates, row: str) -> tuple[str, str]:
        """The number beside a dot, and its interval where there is room for it."""
        if not _has(estimates, row):
            return "–", ""
        line: Series = estimates.data.loc[row]
        value = panel.written(line["value"])
        if self.pair or len(self.panels) > 1:
            return value, ""
        return value, f" ({panel.written(line['lower'])} to {panel.written(line['upper'])})"

    def _heads(self, panel: Panel, left: float, y: float, columns: list[float]) -> None:
        right = left + self.panel_width
        for index, estimates in reversed(list(enumerate(panel.estimates))):
            self.canvas.text(right, y, estimates.name, colour=MUTED, align="right")
            if len(panel.estimates) > 1:
                x = right - text_width(estimates.name) - 10
                marker = mpl.lines.Line2D(
                    [x / self.canvas.width],
                    [1 - (y - 4.5) / self.canvas.height],
                    **_marker(index, True, MUTED),
                )
                self.canvas.figure.add_artist(marker)
            right -= columns[index]

    def _reference(
        self, axes: Axes, reference: tuple[float, str], left: float, width: float, y: float
    ) -> None:
        value, words = reference
        axes.axvline(value, color=INK, linewidth=points(1.5), zorder=1.5)
        across = axes.transAxes.inverted().transform(axes.transData.transform((value, 0)))[0]
        half = text_width(words) / 2
        edge = left if self.wide else 0
        x = min(max(left + across * width, edge + half), edge + self.panel_width - half)
        self.canvas.text(x, y, words, align="center")

    def _row(
        self,
        axes: Axes,
        panel: Panel,
        row: str,
        place: float,
        left: float,
        body_top: float,
        columns: list[float],
        number: int,
    ) -> None:
        # In the narrow layout the words stand above the dots instead of beside them.
        words = body_top + place + (4.5 if self.wide else -8)
        middle = place if self.wide else place + 10
        if self.wide and number == 0:
            self.canvas.text(0, words, row)
        if not self.wide:
            self.canvas.text(0, words, row)
        right = left + self.panel_width
        for index, estimates in reversed(list(enumerate(panel.estimates))):
            value, rest = self._number(panel, estimates, row)
            self.canvas.text(right, words, rest, colour=MUTED, align="right")
            gap = text_width(rest) + 4 if rest else 0
            self.canvas.text(right - gap, words, value, align="right")
            right -= columns[index]
            if not _has(estimates, row):
                continue
            line = estimates.data.loc[row]
            offset = (index - 0.5) * 10 if len(panel.estimates) > 1 else 0
            colour = _colour(row)
            axes.plot(
                [line["lower"], line["upper"]],
                [middle + offset] * 2,
                color=colour,
                linewidth=points(2),
                solid_capstyle="butt",
                zorder=2,
            )
            axes.plot(
                [line["value"]],
                [middle + offset],
                clip_on=False,
                zorder=3,
                **_marker(index, len(panel.estimates) > 1, colour),
            )


def _broad(row: str) -> str:
    return categories.group(row).high_level if row in categories.LABELS else ""


def _colour(row: str) -> str:
    broad = _broad(row)
    return categories.colour(broad) if broad else INK


def _marker(index: int, pair: bool, colour: str) -> dict[str, object]:
    """The first of two series is a hollow circle, the second a filled diamond."""
    hollow = pair and index == 0
    return {
        "marker": "D" if pair and index else "o",
        "markersize": points(8 if pair and index else 9),
        "markerfacecolor": "white" if hollow else colour,
        "markeredgecolor": colour,
        "markeredgewidth": points(2),
        "linestyle": "none",
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
    axes.xaxis.set_major_formatter(FuncFormatter(_tick))


def _tick(value: float, _position: int | None = None) -> str:
    return "0" if math.isclose(value, 0, abs_tol=1e-9) else f"{value:g}".replace("-", "−")


__all__ = ["NOT_SHOWN", "Estimates", "Panel", "dots"]
