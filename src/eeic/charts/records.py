"""Records and what they do to a gap: where each group's codes end up, and measures of a field."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from eeic.charts.dots import tick
from eeic.charts.style import (
    ACCENT,
    HAIR,
    INK,
    MUTED,
    RULE,
    WIDTH,
    Canvas,
    house,
    points,
    text_width,
    wrap,
)

_LINE = 18

#: Where a code can end up, in the order drawn: words, filling, edge, hatch.
_ENDS = (
    ("the group people say", ACCENT, ACCENT, ""),
    ("White British", "#8a8f94", "#8a8f94", ""),
    ("any other ethnic group", "#e3b34b", "#8a6210", "////"),
    ("another group", "#bcd3d6", "#bcd3d6", ""),
    ("no group", "white", MUTED, ""),
)

#: The ends of the axis of ratios; what lies beyond is drawn at the edge, with its number.
_RATIOS = (0.25, 8.0)


@dataclass(frozen=True)
class Found:
    """One group's codes, and its gap in truth and as reported.

    Parameters
    ----------
    group : str
        As people describe themselves.
    shares : tuple of float
        Percent of its people found under their own group, as White British, as any other ethnic
        group, in another group, and without one. Parts that do not apply are 0.
    true, reported : float
        Ratios to the reference; 1 for the reference itself.
    """

    group: str
    shares: tuple[float, float, float, float, float]
    true: float
    reported: float


def where_codes_go(
    rows: Sequence[Found], whom: str, gap: str, reference: str
) -> Callable[[str], Figure]:
    """Draw where each group's codes end up, with the gap that is reported beside the true one.

    Parameters
    ----------
    rows : sequence of Found
        From top to bottom.
    whom : str
        Heading of the bars: of 100 people, whose records these are.
    gap : str
        Heading of the gaps.
    reference : str
        The words at the line where a ratio is 1.

    Returns
    -------
    callable
        Takes a layout and returns the figure. On a phone the gaps stand below the bars.
    """

    def draw(layout: str) -> Figure:
        with house():
            return _Ends(layout, rows, whom, gap, reference).draw()

    return draw


class _Ends:
    def __init__(
        self, layout: str, rows: Sequence[Found], whom: str, gap: str, reference: str
    ) -> None:
        self.wide = layout == "wide"
        self.rows, self.reference = rows, reference
        self.width = WIDTH[layout]
        self.pitch = 30 if self.wide else 42
        self.label = 16 + max(text_width(row.group) for row in rows) if self.wide else 0
        self.bars = 222 if self.wide else self.width - 26
        self.keys = self._keys()
        self.titles = [wrap(whom, self.bars + (10 if self.wide else 0), "bold")]
        room = self.width - self.label - self.bars - 42 if self.wide else self.width
        self.titles.append(wrap(gap, room, "bold"))
        self.key_height = _LINE * (1 + max(line for _, _, line in self.keys)) + 12
        if self.wide:
            self.head = max(map(len, self.titles)) * _LINE + 30
            self.tops: list[float] = [self.key_height + self.head] * 2
            height = self.tops[0] + self.body + 44
        else:
            heads = [len(t) * _LINE + extra for t, extra in zip(self.titles, (12, 34), strict=True)]
            first = self.key_height + heads[0]
            self.tops = [first, first + self.body + 40 + heads[1]]
            height = self.tops[1] + self.body + 44
        self.canvas = Canvas(layout, height)

    @property
    def body(self) -> float:
        return self.pitch * len(self.rows)

    def _keys(self) -> list[tuple[int, float, int]]:
        """Place the key: which end, how far from the left, in which line."""
        placed, x, line = [], 0.0, 0
        for number, (words, *_) in enumerate(_ENDS):
            room = 20 + text_width(words) + 18
            if x and x + room - 18 > self.width:
                x, line = 0.0, line + 1
            placed.append((number, x, line))
            x += room
        return placed

    def draw(self) -> Figure:
        canvas = self.canvas
        for number, x, line in self.keys:
            words, fill, edge, hatch = _ENDS[number]
            y = 13 + _LINE * line
            canvas.figure.add_artist(
                Rectangle(
                    (x / canvas.width + 0.001, 1 - y / canvas.height),
                    13 / canvas.width,
                    11 / canvas.height,
                    facecolor=fill,
                    edgecolor=edge,
                    hatch=hatch,
                    linewidth=points(1),
                )
            )
            canvas.text(x + 20, y, words)
        self._bars(self.tops[0])
        self._gaps(self.tops[1])
        return canvas.figure

    def _places(self) -> list[float]:
        middle = self.pitch / 2 if self.wide else self.pitch - 13
        return [self.pitch * number + middle for number in range(len(self.rows))]

    def _names(self, top: float, *, over_lines: bool = False) -> None:
        for row, place in zip(self.rows, self._places(), strict=True):
            y = top + place + (4.5 if self.wide else -13)
            self.canvas.text(0, y, row.group, over_lines=over_lines)

    def _title(self, number: int, left: float, bottom: float) -> None:
        lines = self.titles[number]
        for line, text in enumerate(lines):
            y = bottom - _LINE * (len(lines) - 1 - line)
            self.canvas.text(left, y, text, weight="bold")

    def _bars(self, top: float) -> None:
        left = self.label if self.wide else 8
        axes = self.canvas.axes(left, top, self.bars, self.body)
        axes.set_ylim(self.body, 0)
        axes.set_xlim(0, 100)
        axes.xaxis.set_major_locator(FixedLocator([0, 25, 50, 75, 100]))
        self._title(0, left if self.wide else 0, top - 10 - (20 if self.wide else 0))
        self._names(top)
        places, starts = self._places(), [0.0] * len(self.rows)
        axes.grid(False)
        for number, (_, fill, edge, hatch) in enumerate(_ENDS):
            values = [row.shares[number] for row in self.rows]
            half = 8 if self.wide else 7
            boxes = [
                Path(
                    [(a, y - half), (a + v, y - half), (a + v, y + half), (a, y + half), (a, 0)],
                    [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY],
                )
                for a, v, y in zip(starts, values, places, strict=True)
                if v > 0.4
            ]
            # One shape for all bars of a kind: frames of an explorer repeat less that way.
            axes.add_patch(
                PathPatch(
                    Path.make_compound_path(*boxes),
                    facecolor=fill,
                    edgecolor=edge if hatch or fill == "white" else "white",
                    linewidth=points(1),
                    hatch=hatch,
                    clip_on=False,
                )
            )
            starts = [start + value for start, value in zip(starts, values, strict=True)]
        for row, place in zip(self.rows, places, strict=True):
            if row.shares[0] >= 14:
                self.canvas.text(
                    left + 6, top + place + 4.5, f"{row.shares[0]:.0f}", colour="white"
                )

    def _gaps(self, top: float) -> None:
        numbers = 82
        left = self.label + self.bars + 42 if self.wide else 18
        width = self.width - left - (numbers + 12 if self.wide else 14)
        axes = self.canvas.axes(left, top, width, self.body)
        axes.set_ylim(self.body, 0)
        axes.set_xscale("log")
        axes.set_xlim(*_RATIOS)
        axes.xaxis.set_major_locator(FixedLocator([0.25, 0.5, 1, 2, 4, 8]))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(tick))
        axes.grid(axis="x", color=RULE, linewidth=points(1))
        axes.set_axisbelow(True)
        axes.axvline(1, color=INK, linewidth=points(1.5), zorder=1.5)
        self._title(1, left if self.wide else 0, top - 30)
        self._key_of_gaps(left if self.wide else 0, top - 10)
        if not self.wide:
            self._names(top, over_lines=True)
        self._dots(axes, top)
        self.canvas.text(left, top + self.body + 38, self.reference, colour=MUTED)

    def _key_of_gaps(self, left: float, y: float) -> None:
        for words, style in (("true", _TRUE), ("reported", _REPORTED)):
            self.canvas.marker(left + 6, y - 4.5, **style)
            self.canvas.text(left + 16, y, words, colour=MUTED)
            left += 16 + text_width(words) + 16

    def _dots(self, axes: Axes, top: float) -> None:
        """Draw all the dots of one kind at once: one marker in the file in place of ten."""
        low, high = _RATIOS
        inside: list[tuple[float, float]] = []
        below: list[tuple[float, float]] = []
        above: list[tuple[float, float]] = []
        joined: tuple[list[float], list[float]] = ([], [])
        true: tuple[list[float], list[float]] = ([], [])
        for row, place in zip(self.rows, self._places(), strict=True):
            y = top + place + (4.5 if self.wide else -13)
            if row.true == row.reported == 1:
                self.canvas.text(self.width, y, "comparison", colour=MUTED, align="right")
                continue
            words = f"{_ratio(row.true)} → {_ratio(row.reported)}"
            self.canvas.text(self.width, y, words, align="right", over_lines=not self.wide)
            seen = min(max(row.reported, low), high)
            where = inside if seen == row.reported else below if seen == low else above
            where.append((seen, place))
            true[0].append(row.true)
            true[1].append(place)
            joined[0].extend((row.true, seen, math.nan))
            joined[1].extend((place, place, math.nan))
        axes.plot(*joined, color=MUTED, linewidth=points(1.5), zorder=2, clip_on=False)
        axes.plot(*true, zorder=3, linestyle="none", clip_on=False, **_TRUE)
        for found, shape in ((inside, "D"), (below, "<"), (above, ">")):
            if found:
                style = {**_REPORTED, "marker": shape, "linestyle": "none"}
                axes.plot(*zip(*found, strict=True), clip_on=False, zorder=4, **style)


_TRUE: dict[str, Any] = {
    "marker": "o",
    "markersize": points(9),
    "markerfacecolor": "white",
    "markeredgecolor": INK,
    "markeredgewidth": points(2),
}
_REPORTED: dict[str, Any] = {
    "marker": "D",
    "markersize": points(8),
    "markerfacecolor": ACCENT,
    "markeredgecolor": ACCENT,
}


def _ratio(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"


@dataclass(frozen=True)
class Gauge:
    """One measure of several records, each with its interval, in percent.

    Parameters
    ----------
    title : str
        The measure.
    question : str
        What it asks, in a few words.
    values : sequence of (float, float, float)
        Value, lower and upper limit for each row.
    """

    title: str
    question: str
    values: Sequence[tuple[float, float, float]]


def gauges(names: Sequence[str], measures: Sequence[Gauge]) -> Callable[[str], Figure]:
    """Draw one or more measures of several records, on axes from 50 to 100 percent.

    Parameters
    ----------
    names : sequence of str
        The records, from top to bottom.
    measures : sequence of Gauge
        Two side by side in the wide layout, one below the other in the narrow one.

    Returns
    -------
    callable
        Takes a layout and returns the figure.
    """

    def draw(layout: str) -> Figure:
        wide = layout == "wide"
        pitch, width = (28, WIDTH[layout]) if wide else (30, WIDTH[layout])
        across = min(2, len(measures)) if wide else 1
        label = 14 + max(map(text_width, names))
        panel = (width - 32 * (across - 1)) / across
        body = pitch * len(names)
        asks = [wrap(m.question, panel) for m in measures]
        head = 22 + _LINE * max(map(len, asks)) + 8
        tall = head + body + 36
        deep = -(-len(measures) // across)
        with house():
            canvas = Canvas(layout, tall * deep)
            for number, measure in enumerate(measures):
                left = (number % across) * (panel + 32)
                top = (number // across) * tall
                canvas.text(left, top + 15, measure.title, weight="bold")
                for line, text in enumerate(asks[number]):
                    canvas.text(left, top + 34 + _LINE * line, text, colour=MUTED)
                _gauge(canvas, names, measure, (left, top + head), (label, panel, pitch))
        return canvas.figure

    return draw


def _gauge(
    canvas: Canvas,
    names: Sequence[str],
    measure: Gauge,
    at: tuple[float, float],
    sizes: tuple[float, float, float],
) -> None:
    (left, top), (label, panel, pitch) = at, sizes
    body = pitch * len(names)
    axes = canvas.axes(left + label, top, panel - label - 54, body)
    axes.set_ylim(body, 0)
    axes.set_xlim(50, 100)
    axes.xaxis.set_major_locator(FixedLocator([50, 75, 100]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}%"))
    axes.grid(axis="x", color=RULE, linewidth=points(1))
    axes.set_axisbelow(True)
    for row, (name, (value, lower, upper)) in enumerate(zip(names, measure.values, strict=True)):
        place = pitch * (row + 0.5)
        canvas.text(left, top + place + 4.5, name)
        canvas.text(left + panel, top + place + 4.5, f"{value:.0f}%", align="right")
        axes.plot(
            [lower, upper],
            [place, place],
            color=ACCENT,
            linewidth=points(2.5),
            solid_capstyle="butt",
        )
        axes.plot(
            [value],
            [place],
            marker="o",
            markersize=points(9),
            color=ACCENT,
            clip_on=False,
        )
        if row:
            y = top + pitch * row
            canvas.line((left, left + panel), (y, y), HAIR)


__all__ = ["Found", "Gauge", "gauges", "where_codes_go"]
