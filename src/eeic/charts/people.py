"""People as dots: the same people in rows, each row with its rate and the rates inside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from eeic.charts.dots import tick
from eeic.charts.style import HAIR, INK, MUTED, RULE, WIDTH, Canvas, house, points, text_width, wrap

_LINE = 18
_PITCH = 6.4  # from one person to the next; 4.8 points, which the SVG writes without rounding
_NONE = "#8d99a2"  # of those to whom the measure does not apply, or who were never asked


@dataclass(frozen=True)
class Crowd:
    """One row: some people, and what is known of them.

    Parameters
    ----------
    name : str
        Who they are.
    yes, no, unknown : int
        Dots of people to whom the measure applies, of those to whom it does not, and of those
        of whom it is not known.
    colour : str
        Of those to whom it applies.
    rate : tuple of float, optional
        Percent with its interval: value, lower, upper. Nothing where it is withheld.
    written : str
        The number beside the row, or what stands in its place.
    inside : tuple of float
        The rates of the groups that this row puts together.
    below : str
        A second line under the name, such as the lever.
    """

    name: str
    yes: int
    no: int
    unknown: int
    colour: str
    rate: tuple[float, float, float] | None = None
    written: str = ""
    inside: tuple[float, ...] = ()
    below: str = ""


def people(
    rows: Sequence[Crowd], keys: tuple[str, str, str], axis: str = "", *, notes: Sequence[str] = ()
) -> Callable[[str], Figure]:
    """Draw people as dots in rows, with the rate of each row on one scale beside them.

    Parameters
    ----------
    rows : sequence of Crowd
        From top to bottom.
    keys : tuple of str
        What the three kinds of dots are; an empty text leaves that kind out of the key.
    axis : str
        What the rates measure. Without it no scale is drawn.
    notes : sequence of str
        What else must be said inside the chart.

    Returns
    -------
    callable
        Takes a layout and returns the figure.

    Notes
    -----
    A line of people is one stroke of round dashes, which keeps a thousand of them small.
    """

    def draw(layout: str) -> Figure:
        with house():
            return _Crowds(layout, rows, keys, axis, notes).draw()

    return draw


class _Crowds:
    """Works out where everything goes, then draws it."""

    def __init__(
        self,
        layout: str,
        rows: Sequence[Crowd],
        keys: tuple[str, str, str],
        axis: str,
        notes: Sequence[str],
    ) -> None:
        self.wide = layout == "wide"
        self.rows, self.keys, self.axis = rows, keys, axis
        width = WIDTH[layout]
        self.number = max((text_width(row.written) for row in rows), default=0)
        self.names = 176.0 if self.wide else width - self.number - 12
        if self.wide and not axis:
            self.names = 250.0
        self.scale = (130.0 if self.wide else width - 20.0) if axis else 0.0
        room = width - self.names - self.number - self.scale - 40 if self.wide else width
        self.across = int(room // _PITCH)
        self.dots_left = self.names if self.wide else 0.0
        self.scale_left = width - self.number - 14 - self.scale if self.wide else 10.0
        self.said = [
            [*wrap(row.name, self.names - 14), *wrap(row.below, self.names - 14)] for row in rows
        ]
        self.named = [len(wrap(row.name, self.names - 14)) for row in rows]
        self.heights = [self._height(row, said) for row, said in zip(rows, self.said, strict=True)]
        self.tops = [sum(self.heights[:n]) for n in range(len(rows))]
        self.body = sum(self.heights)
        self.key_lines = 1 if self.wide else sum(bool(key) for key in keys)
        self.head = _LINE * self.key_lines + 10
        self.notes = [line for note in notes for line in wrap(note, width)]
        foot = 52 if axis else 8
        self.notes_top = self.head + self.body + foot
        self.canvas = Canvas(layout, self.notes_top + _LINE * len(self.notes))

    def _height(self, row: Crowd, said: list[str]) -> float:
        lines = -(-(row.yes + row.no + row.unknown) // self.across)
        block = lines * _PITCH
        words = _LINE * len(said)
        if self.wide:
            return max(words, block) + 12
        return words + block + (22 if row.rate else 4) + 12

    def draw(self) -> Figure:
        self._key()
        axes = self._axes() if self.axis else None
        for row, said, named, top in zip(self.rows, self.said, self.named, self.tops, strict=True):
            y = self.head + top
            for line, text in enumerate(said):
                own = line < named
                self.canvas.text(
                    0,
                    y + 15 + _LINE * line,
                    text,
                    colour=INK if own else MUTED,
                    over_lines=not self.wide,
                )
            self.canvas.text(
                self.canvas.width, y + 15, row.written, align="right", over_lines=not self.wide
            )
            first = y + (11 if self.wide else _LINE * len(said) + 8)
            self._dots(row, first)
            if axes is not None and row.rate:
                self._rate(axes, row, top + (11 if self.wide else self._strip(row, said)))
            if top:
                self.canvas.line((0, self.canvas.width), (y - 2, y - 2), HAIR)
        for line, text in enumerate(self.notes):
            self.canvas.text(0, self.notes_top + 4 + _LINE * line, text, colour=MUTED)
        return self.canvas.figure

    def _strip(self, row: Crowd, said: list[str]) -> float:
        """Say where the rate stands below the dots in the narrow layout."""
        return self._height(row, said) - 18

    def _key(self) -> None:
        x, y = 4.0, 10.0
        for kind, words in enumerate(self.keys):
            if not words:
                continue
            self._stroke(x, x, y, kind, INK)
            self.canvas.text(x + 9, y + 4.5, words, colour=MUTED)
            if self.wide:
                x += text_width(words) + 30
            else:
                y += _LINE

    def _dots(self, row: Crowd, y: float) -> None:
        """Set people in lines: first those the measure applies to, then the others."""
        kinds = [0] * row.yes + [1] * row.no + [2] * row.unknown
        for line, start in enumerate(range(0, len(kinds), self.across)):
            part = kinds[start : start + self.across]
            for kind in sorted(set(part)):
                first, last = part.index(kind), len(part) - 1 - part[::-1].index(kind)
                left = self.dots_left + 3
                self._stroke(
                    left + first * _PITCH,
                    left + last * _PITCH,
                    y + line * _PITCH,
                    kind,
                    row.colour,
                )

    def _stroke(self, left: float, right: float, y: float, kind: int, colour: str) -> None:
        """Set people from one place to another as a single stroke of round dashes."""
        thick = points((5.2, 3.6, 2.0)[kind])
        width, height = self.canvas.width, self.canvas.height
        alone = left == right
        # A little beyond the last dot: rounding must not cut it off, and the next is far away.
        end = right + (0.2 if alone else 0.8)
        # The SVG keeps two decimals of these, whose sum must be the pitch.
        dash, gap = 0.0201, points(_PITCH) - 0.0199
        self.canvas.figure.add_artist(
            Line2D(
                [left / width, end / width],
                [1 - y / height] * 2,
                color=(colour, _NONE, _NONE)[kind],
                linewidth=thick,
                linestyle="-" if alone else (0, (dash / thick, gap / thick)),
                dash_capstyle="round",
                solid_capstyle="round",
                snap=False,
            )
        )

    def _axes(self) -> Axes:
        axes = self.canvas.axes(self.scale_left, self.head, self.scale, self.body)
        axes.set_ylim(self.body, 0)
        top = max(max((row.rate[2], *row.inside)) if row.rate else 0.0 for row in self.rows)
        axes.set_xlim(0, top * 1.06 or 1)
        axes.xaxis.set_major_locator(MaxNLocator(3 if self.wide else 5, steps=[1, 2, 2.5, 5, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(tick))
        axes.grid(axis="x", color=RULE, linewidth=points(1))
        axes.set_axisbelow(True)
        y = self.head + self.body + 40
        if self.wide:
            self.canvas.text(self.canvas.width, y, self.axis, colour=MUTED, align="right")
        else:
            self.canvas.text(0, y, self.axis, colour=MUTED)
        return axes

    def _rate(self, axes: Axes, row: Crowd, y: float) -> None:
        assert row.rate is not None
        value, lower, upper = row.rate
        for one in row.inside:
            axes.plot(
                [one],
                [y],
                "|",
                markersize=points(13),
                markeredgewidth=points(1.6),
                color=MUTED,
                zorder=1.8,
                clip_on=False,
            )
        axes.plot(
            [lower, upper],
            [y, y],
            color=row.colour,
            linewidth=points(2),
            solid_capstyle="butt",
            zorder=2,
        )
        axes.plot(
            [value], [y], "o", markersize=points(9), color=row.colour, zorder=3, clip_on=False
        )


def apportion(counts: Sequence[float], total: int) -> list[int]:
    """Share out a number of dots in proportion, none lost and none made.

    Parameters
    ----------
    counts : sequence of float
        How much each part weighs.
    total : int
        Dots.

    Returns
    -------
    list of int
        Whole dots that add up to `total`, by largest remainder; of equal ones the first.

    Examples
    --------
    >>> apportion([62, 7, 1], 10)
    [9, 1, 0]
    """
    whole = sum(counts)
    exact = [total * count / whole for count in counts]
    dots = [int(part) for part in exact]
    left = total - sum(dots)
    order = sorted(range(len(exact)), key=lambda n: (dots[n] - exact[n], n))
    for n in order[:left]:
        dots[n] += 1
    return dots


__all__ = ["Crowd", "apportion", "people"]
