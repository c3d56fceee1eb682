"""One chart: how to draw it, and everything a reader needs who cannot see it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from eeic.charts import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

#: The two layouts every chart is drawn in: for a page, and for a phone.
LAYOUTS = ("wide", "narrow")

_FILE_NAME = re.compile(r"^\S*\.(svg|png|jpe?g|gif|webp|pdf)$|^[\w./\\-]+$", re.IGNORECASE)


class IncompleteChart(ValueError):
    """A chart lacks the words that somebody who cannot see it depends on."""


@dataclass(frozen=True, eq=False)
class Chart:
    """A drawing together with its words and its numbers.

    Parameters
    ----------
    draw : callable
        Takes a layout, ``"wide"`` or ``"narrow"``, and returns a matplotlib figure.
    alt : str
        One or two sentences that say what is seen.
    caption : str
        What is counted, among whom, and how many of them: the denominators belong here.
    table : pandas.DataFrame
        The numbers behind the drawing, ready to be read.
    finding : str
        What the chart shows, in plain words.

    Raises
    ------
    IncompleteChart
        If alt, caption or finding is empty, or the alt text is a file name or one word.

    Examples
    --------
    >>> import pandas as pd
    >>> Chart(draw=lambda layout: None, alt="figure1.png", caption="c", table=pd.DataFrame(),
    ...       finding="f")
    Traceback (most recent call last):
    ...
    eeic.charts.chart.IncompleteChart: The alt text 'figure1.png' is a name, not a description: \
write one or two sentences that say what the chart shows.
    """

    draw: Callable[[str], Figure]
    alt: str
    caption: str
    table: DataFrame
    finding: str

    def __post_init__(self) -> None:
        for part, what in (
            ("alt", "a description for people who cannot see it"),
            ("caption", "a caption that names the people counted"),
            ("finding", "a sentence that says what it shows"),
        ):
            if not str(getattr(self, part) or "").strip():
                raise IncompleteChart(f"This chart has no {part}: give it {what}.")
        if _FILE_NAME.match(self.alt.strip()):
            raise IncompleteChart(
                f"The alt text {self.alt!r} is a name, not a description: "
                "write one or two sentences that say what the chart shows."
            )

    def svg(self, layout: str) -> str:
        """Draw the chart in one layout.

        Parameters
        ----------
        layout : {"wide", "narrow"}
            About 700 or about 340 CSS pixels across.

        Returns
        -------
        str
            An SVG document, the same bytes for the same chart. Each layout is drawn once.

        Raises
        ------
        ValueError
            If the layout is neither of the two.
        """
        if layout not in LAYOUTS:
            raise ValueError(f"There is no layout {layout!r}: a chart is drawn wide or narrow.")
        if layout not in self._drawn:
            self._drawn[layout] = style.to_svg(self.draw(layout))
        return self._drawn[layout]

    @cached_property
    def _drawn(self) -> dict[str, str]:
        return {}
