"""What a search found: the pile to read, and shelves of studies, found and lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter

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

_ROW = 21
_LINE = 18
_BAR = 26
_SQUARE = 12


@dataclass(frozen=True)
class Pile:
    """What has to be read, and what was not found.

    Parameters
    ----------
    wanted : int
        Records found that answer the question.
    noise : int
        Records found that do not.
    missed : int
        Records that answer and were not found.
    """

    wanted: int
    noise: int
    missed: int


@dataclass(frozen=True)
class Shelf:
    """Studies side by side, one row for each kind: each is a square, filled where it was found.

    Parameters
    ----------
    title : str
        What the rows are.
    rows : sequence of (str, int, int)
        Name, how many are found, how many there are.
    """

    title: str
    rows: Sequence[tuple[str, int, int]]


def found(
    pile: Pile | None, shelves: Sequence[Shelf], keys: tuple[str, str] = ("found", "not found")
) -> Callable[[str], Figure]:
    """Draw what a line finds.

    Parameters
    ----------
    pile : Pile or None
        The bar on top, left out where None.
    shelves : sequence of Shelf
        From top to bottom.
    keys : tuple of str
        What a filled and what an empty square means.

    Returns
    -------
    callable
        Takes a layout and returns the figure.
    """

    def draw(layout: str) -> Figure:
        return _Drawing(layout, pile, shelves, keys).draw()

    return draw


class _Drawing:
    def __init__(
        self, layout: str, pile: Pile | None, shelves: Sequence[Shelf], keys: tuple[str, str]
    ) -> None:
        self.wide = layout == "wide"
        self.width = WIDTH[layout]
        self.pile, self.shelves, self.keys = pile, shelves, keys
        self.parts = self._named(pile) if pile else []
        head = (_BAR + 12 + _LINE * len(self.parts) + 22) if pile else 0
        self.tops = []
        height = head
        for number, shelf in enumerate(shelves):
            height += 4 + (_LINE + 6 if number == 0 else 0)
            self.tops.append(height)
            height += _LINE + 6 + sum(map(self._height, shelf.rows)) + 14
        with house():
            self.canvas = Canvas(layout, height)

    @property
    def _label(self) -> int:
        return 192 if self.wide else 0

    @property
    def _in_a_line(self) -> int:
        """How many squares fit beside each other."""
        return int((self.width - self._label - (72 if self.wide else 2)) // _SQUARE)

    def _lines(self, row: tuple[str, int, int]) -> int:
        return max(1, -(-row[2] // self._in_a_line))

    def _height(self, row: tuple[str, int, int]) -> int:
        more = _SQUARE * (self._lines(row) - 1)
        return (_ROW if self.wide else _ROW + 17) + more

    def _named(self, pile: Pile) -> list[tuple[str, str, int]]:
        return [
            ("wanted", f"{pile.wanted} found that answer the question", pile.wanted),
            ("noise", f"{pile.noise:,} found that do not: read for nothing", pile.noise),
            ("missed", f"{pile.missed} that answer and are not found", pile.missed),
        ]

    def draw(self) -> Figure:
        if self.pile:
            self._pile()
        for number, (shelf, top) in enumerate(zip(self.shelves, self.tops, strict=True)):
            if number == 0:
                self._key(top - 8)
            self._shelf(shelf, top)
        return self.canvas.figure

    def _box(self, x: float, y: float, width: float, height: float, kind: str) -> None:
        looks: dict[str, Any] = {
            "wanted": {"facecolor": ACCENT, "edgecolor": ACCENT},
            "noise": {"facecolor": "#e6e2d8", "edgecolor": "#7d8890", "hatch": "////"},
            "missed": {"facecolor": "white", "edgecolor": INK},
        }[kind]
        canvas = self.canvas
        canvas.figure.add_artist(
            Rectangle(
                (x / canvas.width, 1 - (y + height) / canvas.height),
                width / canvas.width,
                height / canvas.height,
                linewidth=points(1.25),
                **looks,
            )
        )

    def _pile(self) -> None:
        whole = sum(count for *_, count in self.parts) or 1
        room, x = self.width - 6, 1.0
        for kind, _, count in self.parts:
            if count:
                across = max(3.0, room * count / whole)
                self._box(x, 2, min(across, self.width - x - 2), _BAR, kind)
                x += across
        for line, (kind, words, _) in enumerate(self.parts):
            y = _BAR + 26 + _LINE * line
            self._box(1, y - 11, 12, 11, kind)
            self.canvas.text(20, y, words)

    def _key(self, y: float) -> None:
        x = 1.0
        for kind, words in zip(("wanted", "missed"), self.keys, strict=True):
            self._box(x, y - 10, 10, 10, kind)
            said = f"one study, {words}"
            self.canvas.text(x + 16, y, said, colour=MUTED)
            x += 16 + text_width(said) + 18

    def _shelf(self, shelf: Shelf, top: float) -> None:
        self.canvas.text(0, top + 13, shelf.title, weight="bold")
        y = top + _LINE + 6
        for number, row in enumerate(shelf.rows):
            name, seen, there = row
            if number:
                self.canvas.line((0, self.width), (y, y), HAIR)
            base = y + 15
            self.canvas.text(0, base, name)
            self.canvas.text(self.width, base, f"{seen} of {there}", align="right")
            for place in range(there):
                line, along = divmod(place, self._in_a_line)
                self._box(
                    self._label + 1 + along * _SQUARE,
                    (base - 9.5 if self.wide else base + 7) + line * _SQUARE,
                    9,
                    9,
                    "wanted" if place < seen else "missed",
                )
            y += self._height(row)


@dataclass(frozen=True)
class Trade:
    """One line of a search: how much is read, and how much of what there is it finds.

    Parameters
    ----------
    name : str
        The line in a few words.
    read : int
        Records to read.
    recall : float
        Percent found of those that answer.
    """

    name: str
    read: int
    recall: float


def trades(lines: Sequence[Trade], line_at: float = 90) -> Callable[[str], Figure]:
    """Draw recall against reading.

    Parameters
    ----------
    lines : sequence of Trade
        One dot each, named beside it.
    line_at : float
        Where a line is drawn, in percent of recall.

    Returns
    -------
    callable
        Takes a layout and returns the figure.
    """

    def draw(layout: str) -> Figure:
        wide = layout == "wide"
        width = WIDTH[layout]
        height, left, top = (300, 52, 30) if wide else (300, 46, 30)
        below = 44 if wide else 52 + _LINE * len(lines)
        with house():
            canvas = Canvas(layout, top + height + below)
            axes = canvas.axes(left, top, width - left - 12, height)
            most = max(line.read for line in lines)
            axes.set_xlim(0, 1.06 * most)
            axes.set_ylim(0, 106)
            axes.set_yticks([0, 25, 50, 75, 100])
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}%"))
            axes.grid(color=RULE, linewidth=points(1))
            axes.set_axisbelow(True)
            axes.axhline(line_at, color=INK, linewidth=points(1.5), linestyle=(0, (4, 3)))
            canvas.text(0, 16, "Recall: found, of all that answer", weight="bold")
            for number, line in enumerate(lines, start=1):
                axes.plot(
                    [line.read],
                    [line.recall],
                    marker="o",
                    markersize=points(16 if not wide else 12),
                    color=ACCENT,
                    clip_on=False,
                    zorder=3,
                )
                x = left + (width - left - 12) * line.read / (1.06 * most)
                y = top + height * (1 - line.recall / 106)
                words = f"{line.name}: {line.read:,} to read"
                if wide:
                    late = x + 14 + text_width(words) > width
                    canvas.text(
                        x - 12 if late else x + 12,
                        y + (44 if late else 22 if line.recall > 95 else 5),
                        words,
                        align="right" if late else "left",
                        over_lines=True,
                    )
                else:
                    canvas.text(x, y + 4, str(number), colour="white", align="center", size=11)
                    canvas.text(0, top + height + 52 + _LINE * (number - 1), f"{number}  {words}")
            for row in wrap("Records to read", width):
                canvas.text(left, top + height + 36, row, colour=MUTED)
        return canvas.figure

    return draw


__all__ = ["Pile", "Shelf", "Trade", "found", "trades"]
