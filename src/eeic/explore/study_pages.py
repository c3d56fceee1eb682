"""The eight one-page study reports as pages: read, taken apart, and written as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

from eeic import NOTICE, datasets
from eeic.datasets import remembered
from eeic.show import Shown, or_absent

if TYPE_CHECKING:
    from pandas import DataFrame

#: What a reader calls each kind of study.
KINDS = {
    "trial": "randomised trial",
    "cluster trial": "cluster randomised trial",
    "cohort": "cohort study",
    "review": "systematic review",
    "qualitative": "interview study",
    "before–after": "before-and-after study",
    "interrupted series": "interrupted time series",
    "costing": "costing study",
}

_BOX = (
    "border:1px solid var(--eeic-rule,#d9d4c9);border-radius:6px;"
    "padding:0.75rem 1.1rem 0.9rem;margin:1rem 0;max-width:46rem;"
)
_CELL = (
    "border-bottom:1px solid var(--eeic-rule,#d9d4c9);padding:0.25rem 1.25rem 0.25rem 0;"
    "font-size:0.9rem;"
)


@remembered
def tables() -> dict[str, DataFrame]:
    """Load the library's records, the reports and the trial.

    Returns
    -------
    dict of DataFrame
        ``L11`` and ``L11R`` by their ids, and ``L12``. Treat them as read-only.
    """
    found = {name: datasets.load(name) for name in ("L11", "L11R", "L12")}
    found["L11"] = found["L11"].set_index("record_id")
    found["L11R"] = found["L11R"].set_index("report_id")
    return found


def facts(name: str) -> dict[str, Any]:
    """Read what is true of one of the tables.

    Parameters
    ----------
    name : {"L11", "L11R", "L12"}
        The table.

    Returns
    -------
    dict
        Its facts in the truth file.
    """
    return _truth()["datasets"][name]["facts"]


@remembered
def _truth() -> dict[str, Any]:
    # The file is large, and a page asks for it once for each report.
    return datasets.truth()


def names() -> list[str]:
    """List the reports.

    Returns
    -------
    list of str
        R1 to R8.
    """
    return list(tables()["L11R"].index)


def report(name: str) -> Any:
    """Find one report.

    Parameters
    ----------
    name : str
        R1 to R8.

    Returns
    -------
    Series
        record_id, kind, title, instrument and text.

    Raises
    ------
    ValueError
        If there is no such report.
    """
    known = tables()["L11R"]
    if name not in known.index:
        raise ValueError(f"There is no report {name!r}; there are {', '.join(known.index)}.")
    return known.loc[name]


def kind(name: str) -> str:
    """Say what kind of study a report is about.

    Parameters
    ----------
    name : str
        R1 to R8.

    Returns
    -------
    str
        Such as ``"cohort study"``.
    """
    return KINDS[report(name)["kind"]]


def sections(name: str) -> dict[str, str]:
    """Cut a report at its headings.

    Parameters
    ----------
    name : str
        R1 to R8.

    Returns
    -------
    dict of str
        Heading to the Markdown under it.
    """
    parts = re.split(r"^## (.+)$", report(name)["text"], flags=re.MULTILINE)[1:]
    return {head: body.strip() for head, body in zip(parts[::2], parts[1::2], strict=True)}


def conclusion(name: str) -> str:
    """Quote what the authors conclude.

    Parameters
    ----------
    name : str
        R1 to R8.

    Returns
    -------
    str
        One or two sentences.
    """
    return _bare(sections(name)["What the authors conclude"].split("\n\n")[0])


def printed(name: str) -> tuple[float, float, float] | None:
    """Read the estimate off a page as it is printed there.

    Parameters
    ----------
    name : str
        R1 to R8.

    Returns
    -------
    tuple of float or None
        Odds ratio and its 95% limits; None where the page prints none.
    """
    number = r"(\d+\.\d+)"
    found = re.search(
        rf"odds ratio {number} \(95% interval {number} to {number}\)", report(name)["text"], re.I
    )
    return (float(found[1]), float(found[2]), float(found[3])) if found else None


def html(name: str, *, level: int = 3) -> str:
    """Write a report as it lies on the desk: nothing on it is pointed at.

    Parameters
    ----------
    name : str
        R1 to R8.
    level : int
        Level of the title's heading; 0 leaves the title out.

    Returns
    -------
    str
        HTML.
    """
    said = report(name)
    below = level + 1 if level else 3
    title = (
        f'<h{level} style="margin:0 0 0.25rem;font-size:1.15rem">{name}. '
        f"{escape(said['title'])}</h{level}>"
        if level
        else ""
    )
    body = "".join(
        f'<h{below} style="margin:0.8rem 0 0.1rem;font-size:1rem">{escape(head)}</h{below}>'
        + "".join(_blocks(text, head))
        for head, text in sections(name).items()
    )
    about = f"{kind(name)[0].upper()}{kind(name)[1:]}. {NOTICE}."
    return (
        f'<article class="eeic-table eeic-report" style="{_BOX}break-inside:avoid">{title}'
        f'<p style="margin:0;font-size:0.9rem">{escape(about)}</p>{body}</article>'
    )


@or_absent
def page(name: str) -> Shown:
    """Show one report.

    Parameters
    ----------
    name : str
        R1 to R8.

    Returns
    -------
    Shown
        The page.
    """
    return Shown(html(name), f"{name}. {report(name)['text']}")


@or_absent
def folded(*which: str) -> Shown:
    """Show reports, each under its title until it is opened.

    Parameters
    ----------
    *which : str
        R1 to R8.

    Returns
    -------
    Shown
        The pages.
    """
    written = [
        f'<details class="eeic-data" style="max-width:46rem"><summary style="font-size:1rem">'
        f"{name}. {escape(report(name)['title'])} ({escape(kind(name))})</summary>"
        f"{html(name, level=0)}</details>"
        for name in which
    ]
    plain = "\n\n".join(f"{name}. {report(name)['text']}" for name in which)
    return Shown(f'<div class="eeic-table">{"".join(written)}</div>', plain)


@or_absent
def pile() -> Shown:
    """Show the pile on the desk: of each report its kind, its title and what it concludes.

    Returns
    -------
    Shown
        A list of eight.
    """
    items = "".join(
        f'<li style="margin:0 0 0.7rem"><strong>{name}, {escape(kind(name))}.</strong> '
        f"{escape(report(name)['title'])}<br>“{escape(conclusion(name))}”</li>"
        for name in names()
    )
    plain = "\n".join(
        f"{name}, {kind(name)}. {report(name)['title']}: “{conclusion(name)}”" for name in names()
    )
    return Shown(
        f'<div class="eeic-table" style="{_BOX}"><p style="margin:0 0 0.6rem;font-size:0.9rem">'
        f"{escape(NOTICE)}.</p>"
        f'<ul style="list-style:none;margin:0;padding:0">{items}</ul></div>',
        plain,
    )


def plainly(text: str) -> str:
    """Leave out of a departure what is said in log-odds: the bench shows it as a push.

    Parameters
    ----------
    text : str
        How a report departs from the truth.

    Returns
    -------
    str

    Examples
    --------
    >>> plainly("It was biased. Of the log odds ratio, 0.2 is bias; the truth is 1.04.")
    'It was biased. The truth is 1.04.'
    """
    return re.sub(r"Of the log odds ratio, [^;]*; the", "The", text)


def _bare(text: str) -> str:
    return re.sub(r"\*+", "", text)


def _blocks(text: str, head: str) -> Iterator[str]:
    for block in text.split("\n\n"):
        lines = block.strip().split("\n")
        if lines[0].startswith("|"):
            yield _table(lines, head)
        elif re.match(r"\d+\. ", lines[0]):
            items = "".join(f"<li>{_inline(line.split('. ', 1)[1])}</li>" for line in lines)
            yield f'<ol style="margin:0.2rem 0">{items}</ol>'
        else:
            yield f'<p style="margin:0.2rem 0">{_inline(block)}</p>'


def _table(lines: list[str], head_of: str) -> str:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    head, rest = rows[0], rows[2:]
    top = ""
    if any(head):
        cells = "".join(
            f'<th scope="col" style="{_CELL}text-align:left">{_inline(cell)}</th>'
            if cell
            else f'<td style="{_CELL}"></td>'
            for cell in head
        )
        top = f"<thead><tr>{cells}</tr></thead>"
    body = "".join(
        f'<tr><th scope="row" style="{_CELL}font-weight:400;text-align:left">{_inline(row[0])}</th>'
        + "".join(f'<td style="{_CELL}text-align:left">{_inline(cell)}</td>' for cell in row[1:])
        + "</tr>"
        for row in rest
    )
    table = f'<table style="border-collapse:collapse;margin:0.3rem 0">{top}<tbody>{body}</tbody>'
    return (
        '<div class="eeic-scroll" tabindex="0" role="region" '
        f'aria-label="Table under {escape(head_of)}">{table}</table></div>'
    )


def _inline(text: str) -> str:
    text = escape(text, quote=False)
    return re.sub(r"\*(.+?)\*", r"<em>\1</em>", text)
