"""Ages of groups: the whole spread, with the middle marked."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import Series

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

_TICKS = (0, 20, 40, 60, 80)
_BAND = 5  # years in one bar
_LINE = 18


@dataclass(frozen=True, eq=False)
class AgeProfile:
    """The ages of one group.

    Parameters
    ----------
    name : str
        The group.
    shares : pandas.Series
        Percent of the group in each five-year band, from 0-4 to 90 and over.
    median : float
        The age that half of the group have not yet reached.
    """

    name: str
    shares: Series
    median: float


def age_profiles(profiles: Sequence[AgeProfile], everyone: AgeProfile) -> Callable[[str], Figure]:
    """Draw the ages of several groups as small pictures on one scale.

    Parameters
    ----------
    profiles : sequence of AgeProfile
        One picture each, in this order.
    everyone : AgeProfile
        Drawn as an outline behind each of them.

    Returns
    -------
    callable
        Takes a layout and returns the figure.
    """
    top = 1.08 * max(p.shares.max() for p in (*profiles, everyone))

    def draw(layout: str) -> Figure:
        across, gap = (4, 24) if layout == "wide" else (2, 20)
        width = (WIDTH[layout] - gap * (across - 1)) / across
        names = [wrap(p.name, width, weight="bold") for p in profiles]
        lines = max(map(len, names))
        key, head, body, foot = 26, _LINE * (lines + 1) + 10, 84, 34
        down = math.ceil(len(profiles) / across)
        with house():
            canvas = Canvas(layout, key + down * (head + body + foot) + _LINE)
            _outline_key(canvas, everyone.name.lower())
            for number, profile in enumerate(profiles):
                left = (number % across) * (width + gap)
                y = key + (number // across) * (head + body + foot)
                said = names[number]
                for line, text in enumerate(said):
                    below = lines - len(said) + line + 1
                    canvas.text(left, y + _LINE * below, text, weight="bold")
                median = f"half are under {profile.median:.0f}"
                canvas.text(left, y + _LINE * (lines + 1), median, colour=MUTED)
                axes = canvas.axes(left, y + head, width, body)
                _bars(axes, profile.shares, broad_colour(profile.name))
                _outline(axes, everyone.shares)
                axes.plot(
                    [profile.median],
                    [0],
                    "^",
                    markersize=points(9),
                    color=INK,
                    clip_on=False,
                )
                _age_axis(axes, top)
            canvas.text(0, canvas.height - 36, "Age in years", colour=MUTED)
        return canvas.figure

    return draw


def age_mix(
    now: AgeProfile, then: Series, old_from: int, dots: Sequence[tuple[str, float, bool]], axis: str
) -> Callable[[str], Figure]:
    """Draw an imagined age mix above the rates that it does and does not change.

    Parameters
    ----------
    now : AgeProfile
        The group's ages as they are, drawn as an outline.
    then : pandas.Series
        Percent of the group in each band under the imagined mix, drawn as bars.
    old_from : int
        Age from which bars are drawn in the stronger colour.
    dots : sequence of (str, float, bool)
        Name and value of each rate, and whether it follows the imagined mix.
    axis : str
        What the rates measure, with its unit.

    Returns
    -------
    callable
        Takes a layout and returns the figure.
    """
    # The scale holds for every setting, so that what moves on the screen is the data.
    top = max(16.0, 1.08 * now.shares.max())
    end = max(10.0, math.ceil(max(value for _, value, _ in dots) / 2) * 2 + 2)

    def draw(layout: str) -> Figure:
        wide = layout == "wide"
        pitch = 30 if wide else 46
        body = pitch * len(dots)
        with house():
            canvas = Canvas(layout, 26 + 130 + 56 + body + 52)
            _outline_key(canvas, f"{now.name} residents as they are")
            axes = canvas.axes(0, 26, canvas.width, 130)
            _bars(axes, then, RULE)
            _bars(axes, then.where(_starts(then) >= old_from, 0), ACCENT)
            _outline(axes, now.shares)
            _age_axis(axes, top)
            share = then[_starts(then) >= old_from].sum()
            label = f"{share:.0f}% aged {old_from} or over"
            canvas.text(canvas.width, 46, label, colour=ACCENT, weight="bold", align="right")
            canvas.text(0, 26 + 130 + 40, "Age in years", colour=MUTED)

            start = 26 + 130 + 56
            names = 16 + max(text_width(name) for name, _, _ in dots) if wide else 10
            room = canvas.width - names - (60 if wide else 10)
            axes = canvas.axes(names, start, room, body)
            axes.set_xlim(0, end)
            axes.set_ylim(body, 0)
            axes.grid(axis="x", color=RULE, linewidth=points(1))
            axes.set_axisbelow(True)
            for number, (name, value, follows) in enumerate(dots):
                y = pitch * (number + 0.5)
                words = start + y + (4.5 if wide else -4)
                weight = "bold" if follows else "normal"
                canvas.text(0, words, name, weight=weight)
                canvas.text(canvas.width, words, f"{value:.1f}%", weight=weight, align="right")
                colour = ACCENT if follows else MUTED
                axes.plot(
                    [value],
                    [y if wide else y + 12],
                    "o" if follows else "D",
                    markersize=points(12 if follows else 9),
                    markerfacecolor=colour if follows else "white",
                    markeredgecolor=colour,
                    markeredgewidth=points(2),
                    clip_on=False,
                )
            canvas.text(names if wide else 0, start + body + 40, axis, colour=MUTED)
        return canvas.figure

    return draw


def _starts(shares: Series) -> np.ndarray:
    return np.arange(len(shares)) * _BAND


def _bars(axes: Axes, shares: Series, colour: str) -> None:
    axes.bar(_starts(shares), shares.to_numpy(), width=_BAND - 0.8, align="edge", color=colour)


def _outline(axes: Axes, shares: Series) -> None:
    edges = np.append(_starts(shares), len(shares) * _BAND)
    axes.stairs(shares.to_numpy(), edges, color=INK, linewidth=points(1.5))


def _outline_key(canvas: Canvas, words: str) -> None:
    canvas.line((0, 20), (11, 11), INK, 1.5)
    canvas.text(28, 15.5, f"Outline: {words}", colour=MUTED)


def _age_axis(axes: Axes, top: float) -> None:
    axes.set_xlim(-3.5, 95)
    axes.set_ylim(0, top)
    axes.set_xticks(_TICKS)
    axes.spines["bottom"].set_visible(True)
