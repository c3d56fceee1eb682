"""What studies say beside what is true: estimates on one axis, and counts with their gaps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

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

#: Colour of what a study's design added, told apart from the truth by shape and words too.
DESIGN = "#8f3d00"

_LINE = 18
_TICKS = (0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3, 4)


@dataclass(frozen=True)
class Step:
    """One push on an estimate, drawn as an arrow.

    Parameters
    ----------
    words : str
        What pushed.
    start, end : float
        From where to where on the axis.
    colour : str
        Colour of the arrow.
    """

    words: str
    start: float
    end: float
    colour: str


@dataclass(frozen=True)
class Row:
    """One line of the drawing.

    Parameters
    ----------
    name : str
        What it is.
    value, lower, upper : float, optional
        An estimate with its interval, drawn as a dot on a line.
    truth : float, optional
        What is true, drawn as a diamond.
    note : str
        A second line under the name.
    step : Step, optional
        A push, drawn in place of an estimate.
    hidden : bool
        Whether the row keeps a place for what is not revealed yet.
    again : bool
        Whether the dot is hollow: the same result, worked out in another way.
    """

    name: str
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    truth: float | None = None
    note: str = ""
    step: Step | None = None
    hidden: bool = False
    again: bool = False


def estimates(
    rows: Sequence[Row],
    axis: str,
    *,
    reference: tuple[float, str],
    limits: tuple[float, float],
    scale: str = "log",
    decimals: int = 2,
) -> Callable[[str], Figure]:
    """Draw estimates, truths and what lies between them on one axis.

    Parameters
    ----------
    rows : sequence of Row
        From top to bottom.
    axis : str
        What is measured, with its direction.
    reference : tuple of (float, str)
        The value of no difference, and its words.
    limits : tuple of float
        Ends of the axis.
    scale : {"log", "linear"}
        Ratios are drawn on a log scale.
    decimals : int
        Decimal places of the numbers.

    Returns
    -------
    callable
        Takes a layout and returns the figure.
    """

    def written(value: float) -> str:
        return f"{value:.{decimals}f}".replace("-", "−")

    def numbers(row: Row) -> list[tuple[str, str]]:
        """Return the lines of numbers beside a row, each with its colour."""
        said = []
        if row.value is not None and row.lower is not None and row.upper is not None:
            between = f"({written(row.lower)} to {written(row.upper)})"
            said.append((f"{written(row.value)} {between}", INK))
        if row.truth is not None:
            said.append((f"true: {written(row.truth)}", ACCENT))
        if row.hidden:
            said.append(("not yet revealed", MUTED))
        return said

    def draw(layout: str) -> Figure:
        wide = layout == "wide"
        width = WIDTH[layout]
        names = 236 if wide else 0
        room = names - 20 if wide else width
        beside = 164 if wide else 0
        words = [
            [*((text, "bold") for text in wrap(row.name, room, "bold"))]
            + [(text, "normal") for text in wrap(row.note, room)]
            for row in rows
        ]
        heights = []
        for row, said in zip(rows, words, strict=True):
            if wide:
                heights.append(_LINE * max(len(said), len(numbers(row)), 1) + 20)
            else:
                both = row.value is not None and row.truth is not None
                heights.append(_LINE * (len(said) + len(numbers(row))) + (50 if both else 40))
        tops = [30 + sum(heights[:n]) for n in range(len(rows))]
        body = sum(heights)
        feet = wrap(axis, width - names - 12)
        with house():
            canvas = Canvas(layout, 30 + body + 30 + _LINE * len(feet))
            left, right = (names, beside + 8) if wide else (14, 14)
            axes = canvas.axes(left, 30, width - left - right, body)
            _axis(axes, scale, limits, body, few=not wide)
            axes.axvline(reference[0], color=INK, linewidth=points(1.5), zorder=1.5)
            at = _across(axes, reference[0])
            half = text_width(reference[1]) / 2
            middle = left + at * (width - left - right)
            canvas.text(
                min(max(middle, half), width - half), 18, reference[1], align="center", colour=MUTED
            )
            for row, said, top, height in zip(rows, words, tops, heights, strict=True):
                line = 0
                for text, weight in said:
                    canvas.text(
                        0,
                        top + 22 + _LINE * line,
                        text,
                        weight=weight,
                        colour=INK if weight == "bold" else MUTED,
                        over_lines=not wide,
                    )
                    line += 1
                for n, (text, colour) in enumerate(numbers(row)):
                    if wide:
                        canvas.text(width, top + 22 + _LINE * n, text, colour=colour, align="right")
                    else:
                        canvas.text(
                            0, top + 22 + _LINE * (line + n), text, colour=colour, over_lines=True
                        )
                below = 23 if row.value is not None and row.truth is not None else 13
                y = top - 30 + (17.5 if wide else height - below)
                _mark(axes, row, y, limits)
                if top > 30:
                    canvas.line((0, width), (top, top), HAIR)
            for n, text in enumerate(feet):
                canvas.text(names, 30 + body + 40 + _LINE * n, text, colour=MUTED)
        return canvas.figure

    return draw


def _axis(axes: Axes, scale: str, limits: tuple[float, float], body: float, *, few: bool) -> None:
    axes.set_ylim(body, 0)
    if scale == "log":
        axes.set_xscale("log")
        inside = [value for value in _TICKS if limits[0] <= value <= limits[1]]
        axes.xaxis.set_major_locator(FixedLocator(inside))
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(4 if few else 6, steps=[1, 2, 5, 10]))
    axes.set_xlim(*limits)
    axes.xaxis.set_major_formatter(FuncFormatter(tick))
    axes.grid(axis="x", color=RULE, linewidth=points(1))
    axes.set_axisbelow(True)


def _across(axes: Axes, value: float) -> float:
    """Say how far across the plotting area a value lies, from 0 to 1."""
    place = axes.transAxes.inverted().transform(axes.transData.transform((value, 0)))
    return float(place[0])


def _mark(axes: Axes, row: Row, y: float, limits: tuple[float, float]) -> None:
    if row.hidden:
        axes.plot(limits, [y, y], color=MUTED, linewidth=points(1.5), linestyle=(0, (2, 4)))
    if row.step is not None:
        arrow = {"arrowstyle": "-|>", "color": row.step.colour, "linewidth": points(3)}
        arrow |= {"shrinkA": 0, "shrinkB": 0, "mutation_scale": 11}
        axes.annotate("", (row.step.end, y), (row.step.start, y), arrowprops=arrow, zorder=3)
        axes.plot([row.step.start] * 2, [y - 5, y + 5], color=row.step.colour, linewidth=points(2))
    if row.value is not None and row.lower is not None and row.upper is not None:
        axes.plot(
            [row.lower, row.upper], [y, y], color=INK, linewidth=points(2.5), solid_capstyle="butt"
        )
        axes.plot(
            [row.value],
            [y],
            marker="o",
            markersize=points(10),
            markerfacecolor="white" if row.again else INK,
            markeredgecolor=INK,
            markeredgewidth=points(2),
            zorder=3,
        )
    if row.truth is not None:
        axes.plot(
            [row.truth],
            [y + (10 if row.value is not None else 0)],  # never on top of a report's own dot
            marker="D",
            markersize=points(11),
            markerfacecolor=ACCENT,
            markeredgecolor="white",
            markeredgewidth=points(1.5),
            zorder=4,
        )


@dataclass(frozen=True)
class Count:
    """One bar of a count.

    Parameters
    ----------
    name : str
        What is counted.
    value : float, optional
        How much; None where nobody counted it, which is drawn as an empty box.
    said : str
        The number in words, beside the bar.
    hidden : bool
        Whether it is not revealed yet.
    """

    name: str
    value: float | None
    said: str
    hidden: bool = False


def counts(rows: Sequence[Count], axis: str) -> Callable[[str], Figure]:
    """Draw bars of what was counted, and empty boxes for what was not.

    Parameters
    ----------
    rows : sequence of Count
        From top to bottom.
    axis : str
        What the bars measure.

    Returns
    -------
    callable
        Takes a layout and returns the figure.
    """

    def draw(layout: str) -> Figure:
        wide = layout == "wide"
        width = WIDTH[layout]
        names = 266 if wide else 0
        room = names - 20 if wide else width
        beside = 0 if not wide else 150
        words = [wrap(row.name, room, "bold") for row in rows]
        heights = [
            _LINE * len(said) + (20 if wide else 20 + 26)
            for row, said in zip(rows, words, strict=True)
        ]
        tops = [sum(heights[:n]) for n in range(len(rows))]
        body = sum(heights)
        most = max(row.value or 0 for row in rows) or 1
        feet = wrap(axis, width - names)
        with house():
            canvas = Canvas(layout, body + 12 + _LINE * len(feet))
            left, right = (names, beside) if wide else (0, 120)
            axes = canvas.axes(left, 0, width - left - right, body)
            axes.set_ylim(body, 0)
            axes.set_xlim(0, most * 1.04)
            axes.set_xticks([])
            axes.axvline(0, color=INK, linewidth=points(1.5), zorder=3)
            for row, said, top, height in zip(rows, words, tops, heights, strict=True):
                for n, text in enumerate(said):
                    canvas.text(0, top + 22 + _LINE * n, text, weight="bold", over_lines=not wide)
                y = top + (17.5 if wide else height - 16)
                if row.hidden:
                    axes.plot(
                        [0, most], [y, y], color=MUTED, linewidth=points(1.5), linestyle=(0, (2, 4))
                    )
                elif row.value is None:
                    axes.barh(
                        y,
                        most * 0.3,
                        height=16,
                        facecolor="white",
                        edgecolor=DESIGN,
                        linewidth=points(2),
                        linestyle=(0, (3, 2)),
                        zorder=2,
                    )
                else:
                    axes.barh(y, row.value, height=16, color=INK, zorder=2)
                end = 0 if row.hidden or row.value is None else row.value
                at = left + _across(axes, end) * (width - left - right) + 10
                if row.hidden or row.value is None:
                    at += 0 if row.hidden else 0.3 / 1.04 * (width - left - right)
                    at = width if row.hidden else at
                align = "right" if row.hidden else "left"
                colour = MUTED if row.hidden else DESIGN if row.value is None else INK
                canvas.text(at, y + 4.5, row.said, colour=colour, align=align, over_lines=True)
                if top:
                    canvas.line((0, width), (top, top), HAIR)
            for n, text in enumerate(feet):
                canvas.text(names, body + 22 + _LINE * n, text, colour=MUTED)
        return canvas.figure

    return draw
