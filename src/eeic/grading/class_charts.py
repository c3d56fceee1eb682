"""The pictures of a class's report: totals, what came of each question, what tells people apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.ticker import MaxNLocator

from eeic.charts import Chart
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
from eeic.disclosure import SUPPRESSED

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: What stands inside each picture: these are real people, and the picture may travel.
FOR_THE_DESK = "For the instructor · keep it where marks are kept"
TO_SHARE = "Counts of 1 to 4 hidden, others rounded to 5"

_LINE = 18
#: Look of each outcome; lightness and pattern tell them apart without colour too.
_LOOK: dict[str, dict[str, Any]] = {
    "full marks": {"facecolor": ACCENT, "edgecolor": ACCENT},
    "part of the points": {"facecolor": "#8fc0c3", "edgecolor": "#8fc0c3"},
    "wrong": {"facecolor": "#d9c39a", "edgecolor": "#d9c39a"},
    "left out": {"facecolor": "white", "edgecolor": MUTED},
    "not run or not read": {"facecolor": "white", "edgecolor": MUTED, "hatch": "/////"},
}
_WORDS = dict(zip(("full", "partly", "wrong", "omitted", "lost"), _LOOK, strict=True))


def totals(found: pd.DataFrame, about: str, *, to_share: bool = False) -> Chart:
    """Draw how many people have which share of the points.

    Parameters
    ----------
    found : pandas.DataFrame
        What `analysis.histogram` returned, or `histogram_to_share`.
    about : str
        Who is counted and of what: it ends the caption.
    to_share : bool
        Whether small counts are hidden in it.

    Returns
    -------
    Chart
    """
    bands = [
        f"{100 * low:.0f} to {100 * high:.0f}%"
        for low, high in zip(found["low"], found["high"], strict=True)
    ]
    people = [None if pd.isna(n) else int(n) for n in found["people"]]
    shown = [SUPPRESSED if n is None else str(n) for n in people]
    known = [n for n in people if n is not None]
    top = max(known, default=0)
    modes = [band for band, n in zip(bands, people, strict=True) if n == top and top]
    most = (
        f"Most people are in the band {modes[0]}" if len(modes) == 1 else "No one band stands out"
    )

    def draw(layout: str) -> Figure:
        wide = layout == "wide"
        with house():
            canvas = Canvas(layout, 282, TO_SHARE if to_share else FOR_THE_DESK)
            axes = canvas.axes(20, 24, canvas.width - 44, 206)
            axes.set_xlim(-0.02, len(bands) + 0.02)
            axes.set_ylim(0, max(top, 1) * 1.12)
            for at, n in enumerate(people):
                if n is None:
                    axes.bar(
                        at + 0.5,
                        max(top, 1) * 0.06,
                        0.86,
                        facecolor="white",
                        edgecolor=MUTED,
                        hatch="....",
                        linewidth=points(1),
                    )
                elif n:
                    axes.bar(at + 0.5, n, 0.86, color=ACCENT)
                axes.annotate(
                    shown[at] if n != 0 else "0",
                    (at + 0.5, max(top, 1) * 0.06 if n is None else n),
                    xytext=(0, points(5)),
                    textcoords="offset points",
                    ha="center",
                    color=MUTED if not n else INK,
                )
            axes.axhline(0, color=MUTED, linewidth=points(1.5))
            every = 1 if wide else 2
            axes.set_xticks(range(0, len(bands) + 1, every))
            axes.set_xticklabels(
                f"{100 * at / len(bands):.0f}%" for at in range(0, len(bands) + 1, every)
            )
            canvas.text(0, 12, "People", colour=MUTED)
            canvas.text(
                canvas.width / 2,
                270,
                "Share of the points marked so far",
                colour=MUTED,
                align="center",
            )
        return canvas.figure

    return Chart(
        draw=draw,
        alt=f"Columns, one for each tenth of the points: {_listed(bands, shown)}.",
        caption=f"How many people have which share of the points. {about}",
        table=pd.DataFrame({"Share of the points": bands, "People": shown if to_share else people}),
        finding=f"{most}.",
    )


def outcomes(found: pd.DataFrame, titles: Mapping[str, str], about: str) -> Chart:
    """Draw what came of each question: one bar a question, one piece an outcome.

    Parameters
    ----------
    found : pandas.DataFrame
        What `analysis.items` returned.
    titles : mapping
        What each question is called.
    about : str
        Who is counted: it ends the caption.

    Returns
    -------
    Chart
    """
    marked = found[found["n"] > 0]
    names = [titles.get(name, name) for name in marked.index]
    counts = marked[list(_WORDS)].to_numpy(dtype=int)
    most = int(marked["n"].max()) if len(marked) else 1

    def row(axes: Axes, at: int, y: float, height: float, scale: float) -> None:
        left = 0
        for (word, look), n in zip(_LOOK.items(), counts[at], strict=True):
            if not n:
                continue
            axes.barh(y, n, height, left, linewidth=points(1), **look)
            if n * scale > 20:
                colour = "white" if word == "full marks" else INK
                back = (
                    {"facecolor": "white", "edgecolor": "none", "pad": 1}
                    if "hatch" in look
                    else None
                )
                axes.text(
                    left + n / 2,
                    y,
                    str(n),
                    ha="center",
                    va="center_baseline",
                    color=colour,
                    bbox=back,
                )
            left += n

    table = pd.DataFrame({"Question": names, "People": marked["n"].tolist()})
    for column, word in _WORDS.items():
        table[word[0].upper() + word[1:]] = marked[column].tolist()
    best = marked["full"] / marked["n"]
    said = (
        f"“{titles.get(str(best.idxmax()), best.idxmax())}” has the largest share of full marks, "
        f"“{titles.get(str(best.idxmin()), best.idxmin())}” the smallest"
        if len(best)
        else "Nothing is marked yet"
    )
    return Chart(
        draw=_rows(names, row, (0, most), "People", keys=_LOOK),
        alt=f"A bar for each question, divided by what came of it. {said}.",
        caption=f"What came of each question. {about}",
        table=table,
        finding=f"{said}.",
    )


def telling_apart(found: pd.DataFrame, titles: Mapping[str, str], about: str) -> Chart:
    """Draw how far each question goes with the rest, each with its interval.

    Parameters
    ----------
    found : pandas.DataFrame
        What `analysis.items` returned.
    titles : mapping
        What each question is called.
    about : str
        Who is counted: it ends the caption.

    Returns
    -------
    Chart
    """
    known = found[found["discrimination"].notna()]
    names = [titles.get(name, name) for name in known.index]
    values = known[["lower", "discrimination", "upper"]].to_numpy(dtype=float)
    low = min(-0.25, float(values[:, 0].min()) - 0.05) if len(values) else -0.25

    def row(axes: Axes, at: int, y: float, height: float, scale: float) -> None:
        lower, value, upper = values[at]
        axes.plot([lower, upper], [y, y], color=ACCENT, linewidth=points(2), solid_capstyle="butt")
        axes.plot([value], [y], "o", color=ACCENT, markersize=points(9))

    rows = [
        f"{value:.2f} ({lower:.2f} to {upper:.2f})".replace("-", "−")
        for lower, value, upper in values
    ]
    weak = (
        [name for name, value in zip(names, values[:, 1], strict=True) if value < 0.1]
        if len(values)
        else []
    )
    said = (
        f"Hardly any or turned round: {', '.join(weak)}"
        if weak
        else "Every question goes with the rest"
    )
    return Chart(
        draw=_rows(
            names, row, (max(low, -1), 1), "Correlation with the rest (0: tells nothing)", zero=True
        ),
        alt=f"A dot with a line for each question, from {low:.1f} to 1. {said}.",
        caption="Whether people who did well on the rest did well on each question, with 95% "
        f"intervals. {about}",
        table=pd.DataFrame({"Question": names, "Correlation (95% interval)": rows}),
        finding=f"{said}.",
    )


def full_marks(found: pd.DataFrame, titles: Mapping[str, str], about: str) -> Chart:
    """Draw the share with full marks on each question, small counts hidden.

    Parameters
    ----------
    found : pandas.DataFrame
        What `analysis.items_to_share` returned.
    titles : mapping
        What each question is called.
    about : str
        Who is counted: it ends the caption.

    Returns
    -------
    Chart
    """
    names = [titles.get(name, name) for name in found.index]
    shown = list(found["full_marks"])

    def row(axes: Axes, at: int, y: float, height: float, scale: float) -> None:
        if shown[at] == SUPPRESSED:
            axes.text(1, y, "hidden", va="center_baseline", color=MUTED)
            return
        value = float(shown[at].rstrip("%"))
        axes.barh(y, value, height, color=ACCENT)
        axes.text(value + 1.5, y, shown[at], va="center_baseline", color=INK)

    return Chart(
        draw=_rows(
            names,
            row,
            (0, 112),
            "Per cent with full marks",
            ticks=range(0, 101, 25),
            label=TO_SHARE,
        ),
        alt=f"A bar for each question: {_listed(names, shown)}.",
        caption=f"Share of people with full marks on each question. {about}",
        table=pd.DataFrame({"Question": names, "With full marks": shown}),
        finding="Shares are made from rounded counts.",
    )


@dataclass(frozen=True)
class _Place:
    """Where a row's name and its drawing stand."""

    top: float
    height: float
    lines: list[str]


def _rows(
    names: Sequence[str],
    row: Callable[[Axes, int, float, float, float], None],
    extent: tuple[float, float],
    axis: str,
    *,
    keys: Mapping[str, Mapping[str, Any]] | None = None,
    zero: bool = False,
    ticks: Sequence[float] | None = None,
    label: str = FOR_THE_DESK,
) -> Callable[[str], Figure]:
    """Draw a row for each question: its name, and what `row` draws at its height."""

    def draw(layout: str) -> Figure:
        wide = layout == "wide"
        left = 232 if wide else 4
        width = WIDTH[layout] - left - 10
        head = _key_height(keys, wide)
        places, top = [], 0.0
        for name in names:
            lines = wrap(name, left - 22 if wide else WIDTH[layout] - 8)
            height = max(_LINE * len(lines) + 14, 34) if wide else _LINE * len(lines) + 32
            places.append(_Place(top, height, lines))
            top += height
        body = max(top, 20)
        with house():
            canvas = Canvas(layout, head + body + 50, label)
            _draw_key(canvas, keys, wide)
            axes = canvas.axes(left, head, width, body)
            axes.set_xlim(*extent)
            axes.set_ylim(body, 0)
            if ticks is None:
                axes.xaxis.set_major_locator(MaxNLocator(5, integer=not zero, steps=[1, 2, 5, 10]))
            else:
                axes.set_xticks(list(ticks))
            axes.grid(axis="x", color=RULE, linewidth=points(1))
            axes.set_axisbelow(True)
            if zero:
                axes.axvline(0, color=INK, linewidth=points(1.5))
            for at, place in enumerate(places):
                if at:
                    canvas.line((0, canvas.width), (head + place.top,) * 2, HAIR)
                first = place.height / 2 - _LINE * (len(place.lines) - 1) / 2 + 4.5 if wide else 18
                for line, text in enumerate(place.lines):
                    canvas.text(
                        0, head + place.top + first + _LINE * line, text, over_lines=not wide
                    )
                middle = place.top + (place.height / 2 if wide else place.height - 13)
                row(axes, at, middle, 18 if wide else 15, width / (extent[1] - extent[0]))
            canvas.text(left, head + body + 38, axis, colour=MUTED)
        return canvas.figure

    return draw


def _key_height(keys: Mapping[str, Any] | None, wide: bool) -> float:
    return 0 if not keys else 30 if wide else 22 * math.ceil(len(keys) / 2) + 8


def _draw_key(canvas: Canvas, keys: Mapping[str, Mapping[str, Any]] | None, wide: bool) -> None:
    """Draw what each look stands for, above the rows."""
    from matplotlib.patches import Rectangle

    x, y = 0.0, 0.0
    for at, (word, look) in enumerate((keys or {}).items()):
        if not wide:
            x, y = 170.0 * (at % 2), 22.0 * (at // 2)
        box = Rectangle(
            (x / canvas.width, 1 - (y + 15) / canvas.height),
            14 / canvas.width,
            12 / canvas.height,
            transform=canvas.figure.transFigure,
            linewidth=points(1),
            **look,
        )
        canvas.figure.add_artist(box)
        canvas.text(x + 20, y + 14, word)
        x += 20 + text_width(word) + 22


def _listed(names: Sequence[str], values: Sequence[str]) -> str:
    return ", ".join(
        f"{name} {'hidden' if value == SUPPRESSED else value}"
        for name, value in zip(names, values, strict=True)
    )
