"""The look of every chart: a canvas measured in CSS pixels, few colours, quiet lines.

Nothing here changes matplotlib for anybody else: settings hold inside `house` only.
"""

from __future__ import annotations

import io
import re
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.text import Text

import eeic

INK = "#1c2a33"
MUTED = "#4a5a66"
RULE = "#d9d4c9"
HAIR = "#ece8df"
ACCENT = "#0b5a61"

#: Width of each layout in CSS pixels.
WIDTH = {"wide": 700, "narrow": 340}

#: Type size in CSS pixels: still 11 on the screen when a page shrinks the image by a sixth.
SIZE = 13

# DejaVu Sans comes with matplotlib; a reader's machine without it most likely has Verdana, whose
# letters are as wide, so that text measured here fits wherever the page is read.
_FONT = "DejaVu Sans"
_FALLBACK = "'DejaVu Sans', Verdana, sans-serif"

_SETTINGS: dict[str, Any] = {
    "font.family": _FONT,
    "font.size": SIZE * 0.75,
    "text.color": INK,
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "axes.unicode_minus": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": SIZE * 0.75,
    "ytick.labelsize": SIZE * 0.75,
    "svg.fonttype": "none",
    "svg.hashsalt": "eeic",
}


def house() -> AbstractContextManager[None]:
    """Use the house style inside a ``with`` block.

    Returns
    -------
    context manager
        Sets matplotlib's parameters on entry and restores them on leaving.
    """
    return mpl.rc_context(_SETTINGS)


def points(pixels: float) -> float:
    """Turn CSS pixels into the points that matplotlib measures type and lines in.

    Parameters
    ----------
    pixels : float
        A length in CSS pixels, 96 to the inch.

    Returns
    -------
    float
        The same length in points, 72 to the inch.
    """
    return pixels * 0.75


@cache
def text_width(text: str, size: float = SIZE, weight: str = "normal") -> float:
    """Measure a piece of text.

    Parameters
    ----------
    text : str
        One line.
    size : float
        Its size in CSS pixels.
    weight : str
        "normal" or "bold".

    Returns
    -------
    float
        Its width in CSS pixels, set in the house font.
    """
    font = _face(weight)
    font.set_size(points(size), 96)
    font.set_text(text, 0, flags=LoadFlags.NO_HINTING)
    return float(font.get_width_height()[0] / 64)


@cache
def _face(weight: str) -> FT2Font:
    properties = FontProperties(family=_FONT, weight=weight)
    return get_font(findfont(properties))


def wrap(text: str, width: float, weight: str = "normal") -> list[str]:
    """Break text into lines that fit a width.

    Parameters
    ----------
    text : str
        Words separated by spaces.
    width : float
        The room there is, in CSS pixels.
    weight : str
        "normal" or "bold".

    Returns
    -------
    list of str
        The lines; a word that is too long by itself keeps a line of its own.
    """
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, weight=weight) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


class Canvas:
    """An empty figure whose positions are CSS pixels from its top left corner.

    Parameters
    ----------
    layout : {"wide", "narrow"}
        Gives the width.
    height : float
        Height of what the chart draws, in CSS pixels; the label's line is added below it.
    label : str
        What stands inside every image; only a picture of no invented people has another.
    """

    LABEL_ROOM = 30

    def __init__(self, layout: str, height: float, label: str = eeic.LABEL) -> None:
        self.width = WIDTH[layout]
        self.height = height + self.LABEL_ROOM
        self.figure = Figure(figsize=(self.width / 96, self.height / 96), facecolor="white")
        self.text(0, self.height - 8, label, size=12, colour=MUTED)

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Add a bare plotting area.

        Parameters
        ----------
        left, top, width, height : float
            Its place in CSS pixels.

        Returns
        -------
        matplotlib.axes.Axes
            Without spines or ticks, which each chart adds as it needs them.
        """
        axes = self.figure.add_axes(
            (
                left / self.width,
                1 - (top + height) / self.height,
                width / self.width,
                height / self.height,
            )
        )
        axes.set_facecolor("none")
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0, pad=points(6))
        axes.set_yticks([])
        return axes

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = SIZE,
        colour: str = INK,
        weight: str = "normal",
        align: str = "left",
        over_lines: bool = False,
    ) -> Text:
        """Write one line.

        Parameters
        ----------
        x, y : float
            Where its baseline starts (or ends, or has its middle), in CSS pixels.
        text : str
            What it says.
        size : float
            Size of the type in CSS pixels.
        colour, weight : str
            How it looks.
        align : {"left", "center", "right"}
            Which part of the line stands at `x`.
        over_lines : bool
            Whether it may stand on a plotting area; lines then stop short of it.

        Returns
        -------
        matplotlib.text.Text
            The text in the figure.
        """
        return self.figure.text(
            x / self.width,
            1 - y / self.height,
            text,
            fontsize=points(size),
            color=colour,
            fontweight=weight,
            ha=align,
            va="baseline",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5} if over_lines else None,
        )

    def marker(self, x: float, y: float, **style: Any) -> None:
        """Set one marker outside the plotting areas, as a key.

        Parameters
        ----------
        x, y : float
            Its middle in CSS pixels.
        **style
            What matplotlib's ``Line2D`` takes.
        """
        self.figure.add_artist(
            mpl.lines.Line2D([x / self.width], [1 - y / self.height], linestyle="none", **style)
        )

    def line(
        self, x: tuple[float, float], y: tuple[float, float], colour: str = RULE, width: float = 1
    ) -> None:
        """Draw a straight line outside the plotting areas.

        Parameters
        ----------
        x, y : tuple of float
            Start and end in CSS pixels.
        colour : str
            Its colour.
        width : float
            Its thickness in CSS pixels.
        """
        self.figure.add_artist(
            mpl.lines.Line2D(
                [x[0] / self.width, x[1] / self.width],
                [1 - y[0] / self.height, 1 - y[1] / self.height],
                color=colour,
                linewidth=points(width),
            )
        )


def to_svg(figure: Figure) -> str:
    """Turn a figure into SVG whose text stays text and whose bytes repeat.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What a chart drew.

    Returns
    -------
    str
        An SVG document without date, metadata and comments.
    """
    buffer = io.StringIO()
    with house():
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = svg.replace("'DejaVu Sans'", _FALLBACK)
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)  # nothing refers to a group
    # Six decimals of a point say nothing to the eye and are a third of the file.
    svg = re.sub(r"(\d+\.\d\d)\d+", r"\1", svg)
    return re.sub(r"\s*\n\s*", "\n", svg)
