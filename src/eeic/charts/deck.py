"""Numbered cards on a grid, and counts of words in papers: the drawings of lesson 1."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from matplotlib.figure import Figure

from eeic.charts.style import ACCENT, HAIR, INK, MUTED, RULE, Canvas, house, points, wrap

_LINE = 18


def card_grid(
    rows: Sequence[tuple[str, str]],
    columns: Sequence[tuple[str, str, str]],
    cards: Mapping[tuple[str, str], Sequence[int]],
) -> Callable[[str], Figure]:
    """Draw numbered cards in a grid; each column has a shape and a colour of its own.

    Parameters
    ----------
    rows : sequence of (str, str)
        Key and words of each row, from top to bottom.
    columns : sequence of (str, str, str)
        Key, heading and colour of each column.
    cards : mapping
        Row and column to the numbers of the cards there.

    Returns
    -------
    callable
        Takes a layout and returns the figure.
    """
    shapes = ("s", "o", "D")

    def draw(layout: str) -> Figure:
        wide = layout == "wide"
        names = 230 if wide else 112
        step = 34 if wide else 28
        with house():
            canvas = Canvas(layout, 0)
            each = (canvas.width - names) / len(columns)
            across = max(1, int((each - 8) // step))
            words = [wrap(text, names - 12) for _, text in rows]
            heights = [
                max(
                    _LINE * len(said) + 10,
                    34
                    * max(math.ceil(len(cards.get((key, c), ())) / across) for c, _, _ in columns),
                    34,
                )
                for (key, _), said in zip(rows, words, strict=True)
            ]
            head = _LINE * max(len(wrap(h, each - 8, "bold")) for _, h, _ in columns) + 12
            canvas = Canvas(layout, head + sum(heights) + 8)
            body = canvas.axes(0, 0, canvas.width, canvas.height)
            body.set_xlim(0, canvas.width)
            body.set_ylim(canvas.height, 0)
            body.set_xticks([])
            for place, (_, heading, colour) in enumerate(columns):
                for line, text in enumerate(wrap(heading, each - 8, "bold")):
                    canvas.text(
                        names + each * place, 14 + _LINE * line, text, weight="bold", colour=colour
                    )
            top: float = head
            for (key, _), said, height in zip(rows, words, heights, strict=True):
                canvas.line((0, canvas.width), (top, top), RULE)
                for line, text in enumerate(said):
                    canvas.text(0, top + 21 + _LINE * line, text)
                for place, (column, _, colour) in enumerate(columns):
                    for number, card in enumerate(cards.get((key, column), ())):
                        x = names + each * place + 13 + step * (number % across)
                        y = top + 17 + 34 * (number // across)
                        body.plot(
                            [x],
                            [y],
                            shapes[place % len(shapes)],
                            markersize=points(
                                (18 if shapes[place] == "D" else 24) - (0 if wide else 2)
                            ),
                            color=colour,
                        )
                        body.text(
                            x,
                            y + 0.5,
                            str(card),
                            fontsize=points(12),
                            color="white",
                            weight="bold",
                            ha="center",
                            va="center",
                        )
                top += height
            canvas.line((0, canvas.width), (top, top), RULE)
        return canvas.figure

    return draw


def words_by_stage(rows: Sequence[tuple[str, Sequence[int]]], axis: str) -> Callable[[str], Figure]:
    """Draw one dot for each paper, stacked where they coincide, and a bar for their average.

    Parameters
    ----------
    rows : sequence of (str, sequence of int)
        Words of each stage and the counts of its papers.
    axis : str
        What is counted.

    Returns
    -------
    callable
        Takes a layout and returns the figure.
    """
    most = max(count for _, counts in rows for count in counts)

    def draw(layout: str) -> Figure:
        wide = layout == "wide"
        pitch = 58 if wide else 78
        names = 236 if wide else 8
        with house():
            canvas = Canvas(layout, pitch * len(rows) + 54)
            axes = canvas.axes(
                names, 0, canvas.width - names - (54 if wide else 12), pitch * len(rows)
            )
            axes.set_xlim(-0.3, most + 0.6)
            axes.set_ylim(pitch * len(rows), 0)
            axes.set_xticks(range(most + 1))
            axes.grid(axis="x", color=HAIR, linewidth=points(1))
            axes.set_axisbelow(True)
            for number, (name, counts) in enumerate(rows):
                y = pitch * (number + (0.5 if wide else 0.66))
                mean = sum(counts) / len(counts)
                axes.plot(
                    [0, mean], [y, y], color=RULE, linewidth=points(20), solid_capstyle="butt"
                )
                axes.plot([mean, mean], [y - 14, y + 14], color=INK, linewidth=points(2))
                for place, count in enumerate(counts):
                    same = [k for k, other in enumerate(counts) if other == count]
                    lift = 13 * (same.index(place) - (len(same) - 1) / 2)
                    axes.plot(
                        [count],
                        [y + lift],
                        "o",
                        markersize=points(12),
                        color=ACCENT,
                        markeredgecolor="white",
                        markeredgewidth=points(1),
                        zorder=3,
                    )
                total = f"{sum(counts)} in all"
                if wide:
                    canvas.text(0, y + 4.5, name, weight="bold")
                    canvas.text(canvas.width, y + 4.5, total, align="right")
                else:
                    canvas.text(0, pitch * number + 20, name, weight="bold", over_lines=True)
                    canvas.text(
                        canvas.width, pitch * number + 20, total, align="right", over_lines=True
                    )
            canvas.text(names if wide else 0, pitch * len(rows) + 42, axis, colour=MUTED)
        return canvas.figure

    return draw
