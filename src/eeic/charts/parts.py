"""What a gap is made of: one bar for each part, with the lever that moves it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from eeic.charts.dots import tick
from eeic.charts.style import ACCENT, HAIR, INK, MUTED, RULE, WIDTH, Canvas, house, points, wrap

_LINE = 18


@dataclass(frozen=True)
class Part:
    """One bar.

    Parameters
    ----------
    name : str
        What it stands for.
    value : float
        How much of the gap it makes; below zero where it narrows or reverses it.
    lever : str
        What could change it, written under the name. Empty for a whole.
    whole : bool
        Whether it is a gap itself and not a part of one.
    """

    name: str
    value: float
    lever: str = ""
    whole: bool = False


def parts(rows: Sequence[Part], axis: str, *, decimals: int = 0) -> Callable[[str], Figure]:
    """Draw a gap and its parts as bars from zero, each with its lever beside it.

    Parameters
    ----------
    rows : sequence of Part
        From top to bottom; wholes first.
    axis : str
        What the bars measure, with its unit.
    decimals : int
        Decimal places of the numbers beside the bars.

    Returns
    -------
    callable
        Takes a layout and returns the figure.
    """

    def draw(layout: str) -> Figure:
        wide = layout == "wide"
        width = WIDTH[layout]
        names = 330 if wide else 0
        room = names - 24 if wide else width - 60
        words = [[*wrap(row.name, room, _weight(row)), *wrap(row.lever, room)] for row in rows]
        named = [len(wrap(row.name, room, _weight(row))) for row in rows]
        heights = [_LINE * max(len(said), 1) + (18 if wide else 30) for said in words]
        tops = [sum(heights[:n]) for n in range(len(rows))]
        body = sum(heights)
        with house():
            canvas = Canvas(layout, body + 56)
            left, right = (names, 50) if wide else (10, 10)
            axes = canvas.axes(left, 0, width - left - right, body)
            axes.set_ylim(body, 0)
            extent = max(abs(row.value) for row in rows) or 1
            low = min(0.0, *(row.value for row in rows)) - 0.08 * extent
            axes.set_xlim(low, max(0.0, *(row.value for row in rows)) + 0.08 * extent)
            axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
            axes.xaxis.set_major_formatter(FuncFormatter(tick))
            axes.grid(axis="x", color=RULE, linewidth=points(1))
            axes.set_axisbelow(True)
            axes.axvline(0, color=INK, linewidth=points(1.5), zorder=3)
            for row, said, lines, top, height in zip(
                rows, words, named, tops, heights, strict=True
            ):
                for line, text in enumerate(said):
                    canvas.text(
                        0,
                        top + 22 + _LINE * line,
                        text,
                        weight=_weight(row) if line < lines else "normal",
                        colour=INK if line < lines else MUTED,
                        over_lines=not wide,
                    )
                number = f"{row.value:+.{decimals}f}"
                if float(number) == 0:
                    number = number.lstrip("+-")
                canvas.text(
                    width,
                    top + (height / 2 + 4.5 if wide else 22),
                    number.replace("-", "−"),
                    weight=_weight(row),
                    align="right",
                    over_lines=not wide,
                )
                axes.barh(
                    top + (height / 2 if wide else height - 12),
                    row.value,
                    height=16 if wide else 12,
                    color=INK if row.whole else ACCENT,
                    zorder=2,
                )
                if top:
                    canvas.line((0, width), (top, top), MUTED if _turns(rows, row) else HAIR)
            canvas.text(names, body + 40, axis, colour=MUTED)
        return canvas.figure

    return draw


def _weight(row: Part) -> str:
    return "bold" if row.whole else "normal"


def _turns(rows: Sequence[Part], row: Part) -> bool:
    """Say whether the parts begin here."""
    return not row.whole and rows[list(rows).index(row) - 1].whole
