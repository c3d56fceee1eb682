"""Where people are lost on their way: one bar of a hundred for each row, cut at every step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from eeic.charts.style import (
    ACCENT,
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

#: From the last step back to the first: what is lost there. Light and dark alternate, so that
#: neighbours differ without colour too.
_LOST = ("#f3cf8e", "#d8852f", "#fae9d2")
_NEW = "#35b0a4"
_HIDDEN = "#e3e7e8"
_LINE = 17


@dataclass(frozen=True)
class Journey:
    """One row: of every hundred people in need, how many are left after each step.

    Parameters
    ----------
    name : str
        Whose journey it is.
    left : tuple of (float or None)
        Of every 100 at the start, those who got through each step; None from where the number is
        withheld.
    interval : tuple of float, optional
        95% interval of the last number that is shown.
    words : str
        People in numbers, at the end of the row.
    newly : float
        Of every 100, those whom the repair brings to the end.
    whole : bool
        Whether this row is everyone.
    """

    name: str
    left: tuple[float | None, ...]
    interval: tuple[float, float] | None
    words: str
    newly: float = 0.0
    whole: bool = False


def cascade(
    rows: Sequence[Journey], steps: Sequence[str], axis: str, *, end: str, note: str = ""
) -> Callable[[str], Figure]:
    """Draw how far people get.

    Parameters
    ----------
    rows : sequence of Journey
        From top to bottom.
    steps : sequence of str
        What is said of those lost at each step, in order: "not referred".
    axis : str
        What a hundred are.
    end : str
        What those at the end have.
    note : str
        What else must be said inside the chart.

    Returns
    -------
    callable
        Takes a layout and returns the figure.
    """

    def draw(layout: str) -> Figure:
        with house():
            return _Rows(layout, rows, steps, axis, end, note).draw()

    return draw


class _Rows:
    def __init__(
        self,
        layout: str,
        rows: Sequence[Journey],
        steps: Sequence[str],
        axis: str,
        end: str,
        note: str,
    ) -> None:
        self.wide = layout == "wide"
        self.width = WIDTH[layout]
        self.rows, self.steps, self.axis, self.end = rows, steps, axis, end
        room = max(text_width(row.words, weight=_weight(row)) for row in rows)
        self.left = 168 if self.wide else 0
        self.right = room + 14 if self.wide else 4
        self.scale = (self.width - self.left - self.right) / 100
        self.pitch = 40 if self.wide else 58
        self.key = self._keys()
        self.head = 26 * self.key[-1][3] + 34
        self.notes = wrap(note, self.width) if note else []
        height = self.head + self.pitch * len(rows) + 46 + _LINE * len(self.notes)
        self.canvas = Canvas(layout, height)

    def _keys(self) -> list[tuple[str, str, float, int]]:
        """Lay out the legend: label, colour, x and line of each entry."""
        colours = self._colours()
        entries = [(self.end, ACCENT)]
        entries += reversed(list(zip(self.steps, colours, strict=True)))
        if any(row.newly for row in self.rows):
            entries.insert(1, ("brought back", _NEW))
        if any(None in row.left for row in self.rows):
            entries.append(("not shown: under 10", _HIDDEN))
        x, line = 0.0, 1
        placed: list[tuple[str, str, float, int]] = []
        for label, colour in entries:
            need = 22 + text_width(label) + 22
            if x and x + need - 22 > self.width:
                x, line = 0.0, line + 1
            placed.append((label, colour, x, line))
            x += need
        return placed

    def _colours(self) -> list[str]:
        """Return a colour for what is lost at each step, first step first."""
        return list(reversed(_LOST[-len(self.steps) :]))

    def draw(self) -> Figure:
        for label, colour, x, line in self.key:
            y = 26 * line - 8
            self._box(x + 1, y - 12, 14, 14, colour, "//" if colour == _HIDDEN else "", MUTED)
            self.canvas.text(x + 22, y, label)
        start, end = self.head - 8, self.head + self.pitch * len(self.rows)
        for tick in range(0, 101, 20):
            x = self.left + tick * self.scale
            self.canvas.line((x, x), (start, end), RULE)
            align = "center" if 0 < tick < 100 else "left" if tick == 0 else "right"
            self.canvas.text(x, end + 18, f"{tick}", colour=MUTED, align=align)
        self.canvas.text(self.left, end + 38, self.axis, colour=MUTED)
        for number, row in enumerate(self.rows):
            self._row(row, self.head + self.pitch * number)
        for line, text in enumerate(self.notes):
            self.canvas.text(0, end + 58 + _LINE * line, text, colour=MUTED)
        return self.canvas.figure

    def _row(self, row: Journey, top: float) -> None:
        weight = _weight(row)
        bar, base = (top + 6, top + 22) if self.wide else (top + 24, top + 16)
        self.canvas.text(0, base, row.name, weight=weight, over_lines=not self.wide)
        self.canvas.text(
            self.width, base, row.words, weight=weight, align="right", over_lines=not self.wide
        )
        before, colours = 100.0, self._colours()
        for number, left in enumerate(row.left):
            if left is None:
                self._part(0, before, bar, _HIDDEN, "//")
                break
            lost = before - left
            self._part(left, lost, bar, colours[number])
            before = left
        else:
            self._part(0, before, bar, ACCENT, say=f"{before:.0f}", ink="white")
        if row.newly:
            self._part(before, row.newly, bar, _NEW, say="")
        if row.interval:
            self._interval(row.interval, bar + 27)
        if row.whole:
            self.canvas.line((0, self.width), (top + self.pitch, top + self.pitch), MUTED)

    def _part(
        self,
        start: float,
        share: float,
        top: float,
        colour: str,
        hatch: str = "",
        say: str | None = None,
        ink: str = INK,
    ) -> None:
        x, width = self.left + start * self.scale, share * self.scale
        self._box(x, top, width, 22, colour, hatch)
        label = f"{share:.0f}" if say is None and not hatch else say or ""
        if label and width > text_width(label) + 8:
            at = x + width - 6 if say is None else x + 6
            align = "right" if say is None else "left"
            self.canvas.text(at, top + 16, label, colour=ink, align=align)

    def _interval(self, interval: tuple[float, float], y: float) -> None:
        low, high = (self.left + end * self.scale for end in interval)
        self.canvas.line((low, high), (y, y), INK, 1.5)
        for x in (low, high):
            self.canvas.line((x, x), (y - 3, y + 3), INK, 1.5)

    def _box(
        self,
        x: float,
        top: float,
        width: float,
        height: float,
        colour: str,
        hatch: str = "",
        edge: str = "white",
    ) -> None:
        canvas = self.canvas
        canvas.figure.add_artist(
            Rectangle(
                (x / canvas.width, 1 - (top + height) / canvas.height),
                max(width, 0) / canvas.width,
                height / canvas.height,
                facecolor=colour,
                edgecolor=MUTED if hatch else edge,
                linewidth=points(1),
                hatch=hatch or None,
                transform=canvas.figure.transFigure,
                zorder=2.5,  # above the lines of the scale, below the words
            )
        )


def _weight(row: Journey) -> str:
    return "bold" if row.whole else "normal"
