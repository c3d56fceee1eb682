"""A pathway: what shapes it, level by level, the steps on the way, and who arrives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from eeic.charts.dots import broad_colour
from eeic.charts.style import ACCENT, INK, MUTED, RULE, WIDTH, Canvas, house, points, wrap

_LINE = 17
_QUIET = "#8a949b"
_MOST = 30  # the end of the scale, of every 100


@dataclass(frozen=True)
class Node:
    """One thing that shapes the pathway, and can be changed.

    Parameters
    ----------
    name : str
        What it is.
    state : str
        How it stands, under the name.
    level : str
        Heading under which it stands; nodes of one level follow one another.
    steps : tuple of int
        Numbers of the steps it acts on.
    lit : bool
        Whether it has been changed.
    gain : str
        What the change adds, written in the box; empty where nothing was changed.
    """

    name: str
    state: str
    level: str
    steps: tuple[int, ...]
    lit: bool = False
    gain: str = ""


@dataclass(frozen=True)
class Arrivals:
    """How many of a group arrive.

    Parameters
    ----------
    group : str
        Label of a group.
    before, now : float
        As it was, and with the changes; of every 100.
    low, high : float
        Between these lie the chances of the middle four fifths of the group's people, now.
    chosen : bool
        Whether the diagram is about this group.
    """

    group: str
    before: float
    now: float
    low: float
    high: float
    chosen: bool = False


def pathway(
    nodes: Sequence[Node],
    steps: Sequence[tuple[str, str, str]],
    rows: Sequence[Arrivals],
    axis: str,
) -> Callable[[str], Figure]:
    """Draw a pathway with its levers, and below it who arrives.

    Parameters
    ----------
    nodes : sequence of Node
        From top to bottom.
    steps : sequence of (str, str, str)
        The steps in order: what happens, how many get so far, and how many of the comparator's.
    rows : sequence of Arrivals
        One row each.
    axis : str
        What the rows measure.

    Returns
    -------
    callable
        Takes a layout and returns the figure.
    """

    def draw(layout: str) -> Figure:
        with house():
            return _Diagram(layout, nodes, steps, rows, axis).draw()

    return draw


class _Diagram:
    """Works out where everything goes, then draws it."""

    def __init__(
        self,
        layout: str,
        nodes: Sequence[Node],
        steps: Sequence[tuple[str, str, str]],
        rows: Sequence[Arrivals],
        axis: str,
    ) -> None:
        self.wide = layout == "wide"
        self.width = WIDTH[layout]
        self.nodes, self.steps, self.rows, self.axis = nodes, steps, rows, axis
        self.box = 312 if self.wide else self.width - 26
        self.tops: list[float] = []
        self.heads: list[tuple[str, float]] = []
        self.lines = [wrap(node.state, self.box - 22) for node in nodes]
        y = 0.0
        numbered = iter(range(len(nodes)))
        for level, members in groupby(nodes, key=lambda node: node.level):
            self.heads.append((level, y + 15))
            y += 24
            for _ in members:
                self.tops.append(y)
                y += self._height(next(numbered)) + 8
            y += 8
        self.nodes_end = y - 8
        if self.wide:
            self.places = self._beside()
            self.strip = self.nodes_end + 24
        else:
            self.places = [
                (0.0, self.nodes_end + 24 + 84 * number, float(self.width), 60.0)
                for number in range(len(steps))
            ]
            self.strip = self.places[-1][1] + 60 + 28
        self.pitch = 30 if self.wide else 46
        self.axis_lines = wrap(axis, self.width, "bold")
        self.head = _LINE * len(self.axis_lines) + 12
        self.canvas = Canvas(layout, self.strip + self.head + self.pitch * len(rows) + 34)
        self.paper = self._paper()

    def _height(self, number: int) -> float:
        return 27 + _LINE * len(self.lines[number])

    def _beside(self) -> list[tuple[float, float, float, float]]:
        """Where the steps stand in the wide layout: one below the other, in the middle."""
        left, width, height = 450.0, self.width - 450.0, 96.0
        room = self.nodes_end / len(self.steps)
        return [
            (left, room * number + (room - height) / 2, width, height)
            for number in range(len(self.steps))
        ]

    def _paper(self) -> Axes:
        """Lay out a plotting area as large as the canvas, measured in its pixels."""
        paper = self.canvas.axes(0, 0, self.canvas.width, self.canvas.height)
        paper.set_xlim(0, self.canvas.width)
        paper.set_ylim(self.canvas.height, 0)
        paper.set_xticks([])
        return paper

    def draw(self) -> Figure:
        for level, y in self.heads:
            self.canvas.text(0, y, level, colour=MUTED, weight="bold")
        self._arrows()
        self._boxes()
        for number, node in enumerate(self.nodes):
            self._node(number, node)
        for step, place in zip(self.steps, self.places, strict=True):
            self._step(step, place)
        self._arrivals()
        return self.canvas.figure

    def _boxes(self) -> None:
        """Draw the boxes of the nodes, those alike as one shape."""
        for lit, fill, edge in ((False, "white", _QUIET), (True, ACCENT, ACCENT)):
            corners: list[tuple[float, float]] = []
            for number, node in enumerate(self.nodes):
                if node.lit == lit:
                    top, end = self.tops[number], self.tops[number] + self._height(number)
                    corners += [(1, top), (self.box - 1, top), (self.box - 1, end), (1, end)]
                    corners += [(1, top)]
            if corners:
                codes = [Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY] * (len(corners) // 5)
                self._patch(Path(corners, codes), fill, edge, 1.5, 3)

    def _patch(
        self, path: Path, fill: str, edge: str, thick: float, order: float, **more: str
    ) -> None:
        self.paper.add_patch(
            PathPatch(
                path,
                facecolor=fill,
                edgecolor=edge,
                linewidth=points(thick),
                zorder=order,
                clip_on=False,
                **more,
            )
        )

    def _node(self, number: int, node: Node) -> None:
        top = self.tops[number]
        ink, soft = ("white", "white") if node.lit else (INK, MUTED)
        mark = "✓ " if node.lit else ""
        self.canvas.text(11, top + 18, f"{mark}{node.name}", weight="bold", colour=ink)
        for line, text in enumerate(self.lines[number]):
            self.canvas.text(11, top + 18 + _LINE * (line + 1), text, colour=soft)
        if node.gain:
            self.canvas.text(
                self.box - 11, top + 18, node.gain, weight="bold", colour="white", align="right"
            )

    def _step(self, step: tuple[str, str, str], place: tuple[float, float, float, float]) -> None:
        left, top, width, height = place
        self.paper.add_patch(
            Rectangle(
                (left + 1, top),
                width - 2,
                height,
                facecolor="#eef4f4",
                edgecolor=INK,
                linewidth=points(1.5),
                zorder=3,
                clip_on=False,
            )
        )
        name, count, other = step
        if self.wide:
            self.canvas.text(left + 14, top + 26, name, weight="bold")
            self.canvas.text(left + 14, top + 56, count, size=18, weight="bold", colour=ACCENT)
            self.canvas.text(left + 14, top + 80, other, colour=MUTED)
        else:
            self.canvas.text(left + 11, top + 24, name, weight="bold")
            end = left + width - 11
            self.canvas.text(end, top + 24, count, weight="bold", colour=ACCENT, align="right")
            self.canvas.text(left + 11, top + 46, other, colour=MUTED)

    def _arrows(self) -> None:
        """Lead from each node to the steps it acts on; what was changed is drawn last and bold."""
        for one, other in pairwise(self.places):
            x = one[0] + (one[2] / 2 if self.wide else 40)
            self._lines([[(x, one[1] + one[3]), (x, other[1] - 2)]], INK, 2, "v")
        for lit, colour, thick in ((False, _QUIET, 1.5), (True, ACCENT, 4)):
            found = [number for number, node in enumerate(self.nodes) if node.lit == lit]
            if self.wide:
                ways = [way for number in found for way in self._across(number)]
                self._lines(ways, colour, thick, ">")
            elif found:
                self._down(found, colour, thick)

    def _across(self, number: int) -> list[list[tuple[float, float]]]:
        """Curve from a node to each step it acts on."""
        y = self.tops[number] + self._height(number) / 2
        ways = []
        for step in self.nodes[number].steps:
            left, top, _, height = self.places[step]
            end = top + 10 + (height - 20) * (number + 1) / (len(self.nodes) + 1)
            middle = (self.box + left) / 2
            ways.append([(self.box - 1, y), (middle, y), (middle, end), (left - 2, end)])
        return ways

    def _down(self, found: list[int], colour: str, thick: float) -> None:
        """Join the nodes to one line down the side, which on a phone leads to the steps."""
        x, first = self.width - 8.0, self.places[0]
        middles = [self.tops[number] + self._height(number) / 2 for number in found]
        self._lines([[(self.box - 1, y), (x, y)] for y in middles], colour, thick)
        self._lines([[(x, middles[0]), (x, first[1] - 2)]], colour, thick, "v")
        for number in range(1, len(self.places)):
            if any(number in self.nodes[node].steps for node in found):
                start = self.places[number - 1]
                way = [(x, start[1] + start[3]), (x, self.places[number][1] - 2)]
                self._lines([way], colour, thick, "v")

    def _lines(
        self, ways: list[list[tuple[float, float]]], colour: str, thick: float, head: str = ""
    ) -> None:
        """Draw lines and curves of one look as one shape, with a head at the end of each."""
        if not ways:
            return
        corners = [corner for way in ways for corner in way]
        codes = [
            code
            for way in ways
            for code in (
                Path.MOVETO,
                *[Path.LINETO if len(way) == 2 else Path.CURVE4] * (len(way) - 1),
            )
        ]
        order = 2.5 if colour == ACCENT else 1 if colour == RULE else 2
        self._patch(Path(corners, codes), "none", colour, thick, order)
        if head:
            half = (7 + 1.5 * thick) / 2
            tips = [way[-1] for way in ways]
            back = (-2 * half, 0) if head == ">" else (0, -2 * half)
            corners = [
                corner
                for x, y in tips
                for corner in (
                    (x, y),
                    (x + back[0] + back[1] / 2, y + back[1] + back[0] / 2),
                    (x + back[0] - back[1] / 2, y + back[1] - back[0] / 2),
                    (x, y),
                )
            ]
            codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(tips)
            self._patch(Path(corners, codes), colour, "none", 0, order)

    def _arrivals(self) -> None:
        top = self.strip
        self.canvas.line((0, self.width), (top - 12, top - 12), RULE)
        for line, text in enumerate(self.axis_lines):
            self.canvas.text(0, top + 14 + _LINE * line, text, weight="bold")
        left, right = (150, 96) if self.wide else (10, 14)
        start, end = top + self.head, top + self.head + self.pitch * len(self.rows)
        scale = (self.width - left - right) / _MOST
        ticks = range(0, _MOST + 1, 10)
        for tick in ticks:
            self.canvas.text(left + tick * scale, end + 18, f"{tick}", colour=MUTED, align="center")
        grid: list[list[tuple[float, float]]]
        grid = [[(left + tick * scale, start), (left + tick * scale, end)] for tick in ticks]
        self._lines(grid, RULE, 1)
        for number, row in enumerate(self.rows):
            self._arrival(row, start + self.pitch * number, left, scale)

    def _arrival(self, row: Arrivals, top: float, left: float, scale: float) -> None:
        y = top + self.pitch / 2 + (0 if self.wide else 10)
        words = y + (4.5 if self.wide else -14)
        weight = "bold" if row.chosen else "normal"
        colour = broad_colour(row.group)
        moved = round(row.before, 1) != round(row.now, 1)
        said = f"{row.before:.1f} → {row.now:.1f}" if moved else f"{row.now:.1f}"
        self.canvas.text(0, words, row.group, weight=weight)
        self.canvas.text(self.width, words, said, weight=weight, align="right")
        bar = [(left + row.low * scale, y), (left + row.high * scale, y)]
        self._lines([bar], _pale(colour), 10)
        if moved:
            self._dot(left + row.before * scale, y, colour, 13)
            self._dot(left + row.before * scale, y, "white", 8)
        self._dot(left + row.now * scale, y, colour, 13)

    def _dot(self, x: float, y: float, colour: str, size: float) -> None:
        """Set a round dot as a very short line with round ends, which is light in a file."""
        path = Path([(x - 0.3, y), (x + 0.3, y)])
        self._patch(path, "none", colour, size, 4, capstyle="round")


def _pale(colour: str) -> str:
    """Return a colour mixed with three parts of white."""
    parts = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return "#" + "".join(f"{(part + 3 * 255) // 4:02x}" for part in parts)
