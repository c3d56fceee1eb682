"""A cycle as a wheel: stages in a ring, one of them lit, and what was asked at each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, PathPatch
from matplotlib.path import Path

from eeic.charts.style import ACCENT, INK, MUTED, RULE, Canvas, house, points, wrap

WARM = "#8f3d00"
_PASSED, _AHEAD = "#d3e5e3", "#f3f0e9"
_OUTER, _INNER, _HUB = 164, 68, 58
_SIDE = 2 * _OUTER + 4
_TIP = 11  # degrees by which a stage points into the next
_GAP = 1.6  # degrees between two stages
_LINE = 18

#: Where a sign stands from the hub, what it says, and whether its stage is lit.
_Pip = tuple[float, float, bool | None, bool]
_KEY = ((8.0, True, "asked"), (92.0, False, "missed"), (184.0, None, "still to come"))


@dataclass(frozen=True)
class Stop:
    """One stage of the wheel.

    Parameters
    ----------
    mark : str
        Its number or letter.
    lines : tuple of str
        Its name, in lines short enough to stand inside the ring.
    asked : tuple of (bool or None)
        For each question of the stage: asked, not asked, or not reached yet.
    """

    mark: str
    lines: tuple[str, ...]
    asked: tuple[bool | None, ...]


@dataclass(frozen=True)
class Beside:
    """What is said beside the wheel about the stage that is lit.

    Parameters
    ----------
    heading : str
        The service and the stage.
    question : str
        What this stage asks of any service.
    did_by : str
        Who acted.
    did : str
        What they did.
    asks_by : str
        Who would ask.
    asks : tuple of (str, bool)
        Each question, and whether it was asked.
    lever : str
        What could be moved, and who holds it.
    serves : str
        Which lessons and tools serve the stage.
    """

    heading: str
    question: str
    did_by: str
    did: str
    asks_by: str
    asks: tuple[tuple[str, bool], ...]
    lever: str
    serves: str


def wheel(
    stops: Sequence[Stop], current: int, hub: tuple[str, str, str], beside: Beside
) -> Callable[[str], Figure]:
    """Draw a wheel with one stage lit and, beside or below it, what happened there.

    Parameters
    ----------
    stops : sequence of Stop
        Clockwise from the top.
    current : int
        Which one is lit; those before it have been passed.
    hub : tuple of str
        What the middle says: one large figure and two short lines.
    beside : Beside
        The words about the lit stage.

    Returns
    -------
    callable
        Takes a layout and returns the figure.
    """

    def draw(layout: str) -> Figure:
        wide = layout == "wide"
        left, top = (_SIDE + 32, 6) if wide else (0, _SIDE + 44)
        room = (700 if wide else 340) - left
        rows, bottom = _lay_out(beside, room, top)
        with house():
            canvas = Canvas(layout, max(_SIDE + 34, bottom))
            start = 2.0 if wide else (canvas.width - _SIDE) / 2
            # One plotting area with its origin in the hub: every further one would double the file.
            x0, y0 = start + _SIDE / 2, _SIDE / 2
            axes = canvas.axes(0, 0, canvas.width, canvas.height)
            axes.set_xlim(-x0, canvas.width - x0)
            axes.set_ylim(y0 - canvas.height, y0)
            axes.set_xticks([])
            pips: list[_Pip] = []
            for number, stop in enumerate(stops):
                pips += _stage(axes, stop, number, len(stops), current)
            _hub(axes, hub)
            for x, asked, said in _KEY:
                canvas.text(start + x + 16, _SIDE + 22, said, colour=MUTED)
                pips.append((start + x - x0, y0 - _SIDE - 17.5, asked, False))
            for x, y, text, style in rows:
                if style == "tick":
                    pips.append((left + 8 - x0, y0 - y + 4.5, text == "yes", False))
                else:
                    canvas.text(left + x, y, text, **_STYLES[style])
            _draw_pips(axes, pips)
        return canvas.figure

    return draw


_STYLES: dict[str, dict[str, Any]] = {
    "heading": {"size": 15, "weight": "bold", "colour": ACCENT},
    "by": {"colour": MUTED, "weight": "bold"},
    "said": {},
    "serves": {"colour": MUTED},
}


def _lay_out(
    beside: Beside, room: float, top: float
) -> tuple[list[tuple[float, float, str, str]], float]:
    """Break the words into lines; return them with their places, and where they end."""
    rows: list[tuple[float, float, str, str]] = []
    y = top + 14.0

    def write(text: str, style: str, indent: float = 0, *, scale: float = 1) -> None:
        nonlocal y
        weight = "bold" if style in ("heading", "by") else "normal"
        for line in wrap(text, (room - indent) / scale, weight):
            rows.append((indent, y, line, style))
            y += _LINE

    write(beside.heading, "heading", scale=15 / 13)
    write(beside.question, "serves")
    y += 8
    write(beside.did_by, "by")
    write(beside.did, "said")
    y += 8
    write(beside.asks_by, "by")
    for question, asked in beside.asks:
        rows.append((0, y, "yes" if asked else "no", "tick"))
        write(question, "said", 24)
        y += 3
    y += 5
    write("A lever, and who holds it", "by")
    write(beside.lever, "said")
    y += 8
    write(beside.serves, "serves")
    return rows, y - 6


def _stage(axes: Axes, stop: Stop, number: int, of: int, current: int) -> list[_Pip]:
    each = 360 / of
    begin = 90 - number * each
    lit, passed = number == current, number < current
    axes.add_patch(
        PathPatch(
            _arrow(begin, each - _GAP, _INNER, _OUTER),
            facecolor=ACCENT if lit else _PASSED if passed else _AHEAD,
            edgecolor=ACCENT if lit else "#9fc3bf" if passed else RULE,
            linewidth=points(1),
            joinstyle="round",
        )
    )
    # The words stand in the middle of what the arrow's tip and notch leave between them.
    angle = math.radians(begin - each / 2 - _TIP / 2)
    middle = (_INNER + _OUTER) / 2 + 4
    x, y = middle * math.cos(angle), middle * math.sin(angle)
    colour = "white" if lit else INK if passed else MUTED
    lines = len(stop.lines)
    height = 15 + 16 * lines + 21
    y += height / 2
    _say(axes, x, y - 10, stop.mark, 12, colour)
    for line, text in enumerate(stop.lines):
        _say(axes, x, y - 27 - 16 * line, text, 13, colour, bold=True)
    return [
        (x + 20 * (place - (len(stop.asked) - 1) / 2), y - height + 9, asked, lit)
        for place, asked in enumerate(stop.asked)
    ]


def _arrow(begin: float, width: float, inner: float, outer: float) -> Path:
    """Trace a piece of the ring that starts with a notch and ends in a tip."""
    end = begin - width
    middle = (inner + outer) / 2

    def at(radius: float, degrees: float) -> tuple[float, float]:
        angle = math.radians(degrees)
        return radius * math.cos(angle), radius * math.sin(angle)

    arc = Path.arc(end, begin, n=2)
    round_ = np.asarray(arc.vertices)
    out, back = round_[::-1] * outer, round_ * inner
    curves = [Path.CURVE4] * (len(round_) - 1)
    corners = [*out, at(middle, end - _TIP), *back, at(middle, begin - _TIP), (0, 0)]
    codes = [Path.MOVETO, *curves, Path.LINETO, Path.LINETO, *curves, Path.LINETO, Path.CLOSEPOLY]
    return Path(corners, codes)


def _hub(axes: Axes, hub: tuple[str, str, str]) -> None:
    axes.add_patch(Circle((0, 0), _HUB, facecolor="white", edgecolor=RULE, linewidth=points(1)))
    figure, first, second = hub
    _say(axes, 0, 13, figure, 38, WARM, bold=True)
    _say(axes, 0, -17, first, 12, INK)
    _say(axes, 0, -33, second, 12, INK)


def _say(
    axes: Axes, x: float, y: float, text: str, size: float, colour: str, *, bold: bool = False
) -> None:
    weight = "bold" if bold else "normal"
    axes.text(
        x,
        y,
        text,
        fontsize=points(size),
        color=colour,
        weight=weight,
        ha="center",
        va="center",
    )


def _draw_pips(axes: Axes, pips: Sequence[_Pip]) -> None:
    """Draw what became of each question; shape says it as well as colour."""
    for kind, edge in ((True, ACCENT), (False, WARM), (None, MUTED)):
        for lit in (False, True):
            here = [(x, y) for x, y, asked, on in pips if asked is kind and on == lit]
            if not here:
                continue
            axes.plot(
                *zip(*here, strict=True),
                "o",
                markersize=points(15),
                markerfacecolor="none" if kind is None else "white",
                markeredgecolor="white" if lit else edge,
                markeredgewidth=points(1 if kind is None else 1.6),
            )
            if kind is not None:
                sign = _TICK if kind else _CROSS
                axes.plot(
                    [x + dx for x, _ in here for dx in (*sign[0], math.nan)],
                    [y + dy for _, y in here for dy in (*sign[1], math.nan)],
                    color=edge,
                    linewidth=points(2.2),
                    solid_capstyle="round",
                    solid_joinstyle="round",
                )


_TICK = ((-3.6, -1.0, 4.0), (-0.4, -3.2, 3.6))
_CROSS = ((-3.2, 3.2, math.nan, -3.2, 3.2), (-3.2, 3.2, math.nan, 3.2, -3.2))
