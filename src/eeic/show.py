"""The one way a lesson displays anything: a figure, a finding, a table.

Whatever is shown is HTML that reads the same on a book page and in JupyterLab, with the
description of the picture as its plain-text form. A function may be given in place of its
result: where the browser's Python lacks a package that it needs, a sentence says so instead of
a traceback.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable
from functools import wraps
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from pandas import DataFrame

    from eeic.charts import Chart

P = ParamSpec("P")
T = TypeVar("T")

_COUNT = re.compile(r"(under )?[−-]?[\d,.]+%?|not shown")

#: What the browser lab may lack. A missing module of any other name is a fault and stays one.
OPTIONAL = ("numpy", "pandas", "matplotlib", "scipy")


class Shown:
    """Something on display: HTML, with plain text for where HTML cannot be shown.

    Parameters
    ----------
    html : str
        What a page or JupyterLab shows.
    text : str
        What a terminal shows.
    """

    def __init__(self, html: str, text: str) -> None:
        self.html = html
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        # A page of the book brings its own style sheet; a notebook cell has to bring it along.
        style = "" if static() else f"<style>{css()}</style>"
        return {"text/html": style + self.html, "text/plain": self.text}


class Absent(Shown):
    """Stands where a chart, table or sentence would, had this Python the package it needs.

    Parameters
    ----------
    package : str
        Name of the missing package.
    """

    def __init__(self, package: str) -> None:
        text = (
            f"This Python has no {package}, so nothing can be drawn or counted here. "
            "The lesson's own page shows it in full, and so does the course on your computer."
        )
        super().__init__(f'<p class="eeic-finding">{escape(text)}</p>', text)

    def __getitem__(self, _key: object) -> Absent:
        return self


def or_absent(function: Callable[P, T]) -> Callable[P, T]:
    """Make a function return `Absent` where numpy, pandas, matplotlib or scipy is missing.

    Parameters
    ----------
    function : callable
        What needs the package; anything else that goes wrong in it is raised as always.

    Returns
    -------
    callable
        The same function, its result or an `Absent` that `figure`, `finding` and `table` show.

    Examples
    --------
    >>> @or_absent
    ... def count():
    ...     raise ModuleNotFoundError(name="pandas")
    >>> count()
    This Python has no pandas, so nothing can be drawn or counted here. The lesson's own page \
shows it in full, and so does the course on your computer.
    """

    @wraps(function)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            # A room may turn a missing package into a sentence of its own, raised from the first.
            missing = error.__cause__ or error
            if not isinstance(missing, ModuleNotFoundError) or _package(missing) not in OPTIONAL:
                raise
            return Absent(_package(missing))  # type: ignore[return-value]

    return attempt


def static() -> bool:
    """Say whether a page of the book is being built.

    Returns
    -------
    bool
        True when the environment variable ``EEIC_STATIC`` is 1.
    """
    return os.environ.get("EEIC_STATIC") == "1"


def css() -> str:
    """Read the style sheet of figures, findings and tables.

    Returns
    -------
    str
        CSS that uses the page's ``--eeic-*`` colours where there are any.
    """
    return (files("eeic") / "charts" / "figure.css").read_text(encoding="utf-8")


def display(shown: Any) -> None:
    """Put something on display in the running notebook, or print it where there is none.

    Parameters
    ----------
    shown : object
        A `Shown` or a widget.
    """
    try:
        from IPython.display import display as put
    except ModuleNotFoundError:  # a plain script: the sentence is still worth having
        print(shown)
    else:
        put(shown)


def figure(chart: Chart | Callable[[], Chart]) -> None:
    """Display a chart: drawing, caption, alternative text and the table of its numbers.

    Parameters
    ----------
    chart : Chart or callable
        The chart, or a function without arguments that makes it.

    Raises
    ------
    TypeError
        If it is not a chart.
    """
    made = _made(chart)
    if not isinstance(made, Shown):
        if not hasattr(made, "svg"):
            raise TypeError(
                f"show.figure was given {type(made).__name__}, not a chart: "
                "make one with a function that returns eeic.charts.Chart."
            )
        made = Shown(html_figure(made), made.alt)
    display(made)


def finding(text: str | Callable[[], str]) -> None:
    """Display a sentence that states a result, set apart from the text around it.

    Parameters
    ----------
    text : str or callable
        The sentence, or a function without arguments that makes it. Numbers in it come from
        calls, never from typing.

    Raises
    ------
    ValueError
        If there is nothing to say.
    """
    made = _made(text)
    if not isinstance(made, Shown):
        if not str(made).strip():
            raise ValueError("show.finding was given an empty sentence: say what was found.")
        made = Shown(f'<p class="eeic-finding">{escape(made)}</p>', made)
    display(made)


def table(data: DataFrame | Callable[[], DataFrame], caption: str) -> None:
    """Display a table with its caption.

    Parameters
    ----------
    data : pandas.DataFrame or callable
        The table, ready to be read, or a function without arguments that makes it.
    caption : str
        What the table counts, and among whom.

    Raises
    ------
    ValueError
        If the caption is empty.
    """
    if not caption.strip():
        raise ValueError("show.table needs a caption: say what is counted, and among whom.")
    made = _made(data)
    if not isinstance(made, Shown):
        html = _scroll(html_table(made, caption), caption)
        made = Shown(f'<div class="eeic-table">{html}</div>', f"{caption}\n{made}")
    display(made)


def html_figure(chart: Chart) -> str:
    """Write a chart as HTML, for a page, for JupyterLab and for an explorer alike.

    Parameters
    ----------
    chart : Chart
        What to show.

    Returns
    -------
    str
        A ``<figure>`` with both drawings inside it, so that a page opened from disk has them.
    """
    return (
        '<figure class="eeic-figure"><picture>'
        f'<source media="(max-width: 720px)" srcset="{image(chart, "narrow")}">'
        f'<img alt="{escape(chart.alt)}" src="{image(chart, "wide")}"></picture>'
        f"<figcaption>{escape(chart.caption)}</figcaption>"
        '<details class="eeic-data"><summary>Table of the numbers</summary>'
        f"{html_numbers(chart)}</details></figure>"
    )


def html_numbers(chart: Chart) -> str:
    """Write the table behind a chart, in a box that scrolls where it does not fit.

    Parameters
    ----------
    chart : Chart
        The chart.

    Returns
    -------
    str
        HTML whose name for screen readers is the first sentence of the chart's caption.
    """
    about = chart.caption.partition(". ")[0].rstrip(".")
    return _scroll(html_table(chart.table, "The numbers in the figure"), f"Table: {about}")


def image(chart: Chart, layout: str) -> str:
    """Write one drawing of a chart as an address that contains it.

    Parameters
    ----------
    chart : Chart
        The chart.
    layout : {"wide", "narrow"}
        Which drawing.

    Returns
    -------
    str
        A ``data:`` address.
    """
    encoded = base64.b64encode(chart.svg(layout).encode()).decode()
    return f"data:image/svg+xml;base64,{encoded}"


def html_table(data: DataFrame, caption: str) -> str:
    """Write a table as HTML with a caption and headers that name their rows and columns.

    Parameters
    ----------
    data : pandas.DataFrame
        Ready to be read: numbers are written as they are, text is escaped. The first column
        names the rows; where the index has a name, the index does.
    caption : str
        What the table shows.

    Returns
    -------
    str
        A ``<table>``.
    """
    if data.index.name is not None:
        data = data.reset_index()
    kinds = [_kind(list(data[column])) for column in data]
    head = "".join(
        f'<th scope="col"{kind}>{escape(str(column))}</th>'
        for column, kind in zip(data.columns, kinds, strict=True)
    )
    # On a phone a row with sentences in it is read downwards, each cell with its column's name.
    stacked = any("eeic-words" in kind for kind in kinds)
    names = [f' data-name="{escape(str(column))}"' if stacked else "" for column in data.columns]
    look = ' class="eeic-stacked"' if stacked else ""
    body = []
    for first, *rest in data.itertuples(index=False, name=None):
        cells = "".join(
            f"<td{kind}{name}>{escape(_written(value))}</td>"
            for value, kind, name in zip(rest, kinds[1:], names[1:], strict=True)
        )
        body.append(f'<tr><th scope="row">{escape(_written(first))}</th>{cells}</tr>')
    return (
        f"<table{look}><caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
    )


def _package(error: ModuleNotFoundError) -> str:
    return (error.name or "").partition(".")[0]


def _made(given: Any) -> Any:
    return or_absent(given)() if callable(given) else given


def _scroll(html: str, label: str) -> str:
    """Let a wide table scroll by itself, by keyboard too."""
    return (
        f'<div class="eeic-scroll" tabindex="0" role="region" aria-label="{escape(label)}">'
        f"{html}</div>"
    )


def _numeric(value: object) -> bool:
    """Say whether a cell belongs in a column of numbers, withheld ones included."""
    return not isinstance(value, str) or bool(_COUNT.fullmatch(value))


def _kind(column: list[object]) -> str:
    """Mark a column of numbers, and one of sentences, which needs room on a phone too."""
    if all(_numeric(value) for value in column):
        return ' class="eeic-number"'
    return ' class="eeic-words"' if any(len(str(value)) > 60 for value in column) else ""


def _written(value: object) -> str:
    """Write a cell; nothing is left empty without a word."""
    if value is None or value != value:
        return "not shown"
    if isinstance(value, float):
        return f"{value:,.1f}".replace("-", "−")
    return f"{value:,}" if isinstance(value, int) else str(value)
