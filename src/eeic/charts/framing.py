"""One number told in several ways: the headline changes, the people counted do not."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from eeic.charts.dots import broad_colour
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

_LINE = 19
_BIG = 19  # size of the headline
_DOT = 13  # from one dot to the next


def framing(
    headline: str,
    counts: Sequence[tuple[str, str, int]],
    rows: Sequence[tuple[str, str]],
    levers: Sequence[tuple[str, bool]],
    heading: str,
) -> Callable[[str], Figure]:
    """Draw a headline over the people it is about, and what it leaves in view.

    Parameters
    ----------
    headline : str
        The words of this telling.
    counts : sequence of (str, str, int)
        For each group its label, the words under its hundred dots, and how many of them are filled.
    rows : sequence of (str, str)
        A question about the telling, and its answer.
    levers : sequence of (str, bool)
        What could be changed, and whether this telling leaves it in view.
    heading : str
        Stands over the levers.

    Returns
    -------
    callable
        Takes a layout and returns the figure.
    """

    def draw(layout: str) -> Figure:
        wide = layout == "wide"
        width = WIDTH[layout]
        # `wrap` measures at the house's own size, so the room is scaled to it.
        said = wrap(headline, (width - 40) * 13 / _BIG, "bold")
        top = 22 + 26 * len(said) + 20
        column = (width - 28) / 2
        under = [wrap(words, column) for _, words, _ in counts]
        dots_end = top + 10 * _DOT + 10 + _LINE * max(map(len, under))
        answers = [wrap(answer, width - 280 if wide else width) for _, answer in rows]
        heights = [_LINE * (len(lines) if wide else len(lines) + 1) + 14 for lines in answers]
        rows_end = dots_end + 22 + sum(heights)
        chips = _chips([name for name, _ in levers], width)
        height = rows_end + 30 + 38 * (1 + max(row for _, row, _ in chips)) + 4
        with house():
            canvas = Canvas(layout, height)
            paper = canvas.axes(0, 0, canvas.width, canvas.height)
            paper.set_xlim(0, canvas.width)
            paper.set_ylim(canvas.height, 0)
            paper.set_xticks([])
            paper.add_patch(
                Rectangle((0, 0), width, 26 * len(said) + 24, facecolor="#f4f1ea", edgecolor="none")
            )
            paper.add_patch(
                Rectangle((0, 0), 5, 26 * len(said) + 24, facecolor=INK, edgecolor="none")
            )
            for line, text in enumerate(said):
                canvas.text(20, 31 + 26 * line, text, size=_BIG, weight="bold")
            for number, (group, _, many) in enumerate(counts):
                left = number * (column + 28)
                colour = broad_colour(group)
                _dots(paper, left, top, 100, "#8a949b", 10)
                _dots(paper, left, top, 100, "white", 7.5)
                _dots(paper, left, top, many, colour, 10)
                if wide:
                    canvas.text(
                        left + 146, top + 34, str(many), size=30, weight="bold", colour=colour
                    )
                    canvas.text(left + 146, top + 56, "of every 100", colour=MUTED)
                for line, text in enumerate(under[number]):
                    canvas.text(left, top + 10 * _DOT + 20 + _LINE * line, text)
            y = dots_end + 22
            for (question, _), lines, tall in zip(rows, answers, heights, strict=True):
                canvas.line((0, width), (y - 6, y - 6), RULE)
                canvas.text(0, y + 14, question, weight="bold")
                for line, text in enumerate(lines):
                    down_by = _LINE * (line if wide else line + 1)
                    canvas.text(280 if wide else 0, y + 14 + down_by, text)
                y += tall
            canvas.line((0, width), (y - 6, y - 6), RULE)
            canvas.text(0, y + 14, heading, weight="bold")
            for (name, in_view), (left, row, room) in zip(levers, chips, strict=True):
                chip_top = y + 26 + 38 * row
                paper.add_patch(
                    Rectangle(
                        (left + 1, chip_top),
                        room - 2,
                        28,
                        facecolor=ACCENT if in_view else "white",
                        edgecolor=ACCENT if in_view else "#8a949b",
                        linewidth=points(1.5),
                        linestyle="-" if in_view else (0, (3, 3)),
                    )
                )
                mark = "✓ " if in_view else ""
                canvas.text(
                    left + room / 2,
                    chip_top + 18.5,
                    f"{mark}{name}",
                    align="center",
                    colour="white" if in_view else MUTED,
                )
        return canvas.figure

    return draw


def _dots(paper: Axes, left: float, top: float, many: int, colour: str, size: float) -> None:
    """Draw dots in rows of ten as one line of round, very short dashes."""
    xs: list[float] = []
    ys: list[float] = []
    for start in range(0, many, 10):
        end = min(many - start, 10)
        xs += [left + 6, left + 6 + _DOT * (end - 1) + 1, math.nan]
        ys += [top + 6 + _DOT * start / 10] * 2 + [math.nan]
    unit = _DOT / size
    paper.plot(
        xs,
        ys,
        color=colour,
        linewidth=points(size),
        linestyle=(0, (0.01, unit - 0.01)),
        dash_capstyle="round",
    )


def _chips(names: Sequence[str], width: float) -> list[tuple[float, int, float]]:
    """Place words in boxes side by side: left edge, row, and width of each."""
    placed: list[tuple[float, int, float]] = []
    left, row = 0.0, 0
    for name in names:
        room = text_width(f"✓ {name}") + 20
        if left and left + room > width:
            left, row = 0.0, row + 1
        placed.append((left, row, room))
        left += room + 8
    return placed
