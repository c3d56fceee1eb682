"""Stands in for a lesson's numbers: the tests of `ask` need none of the world."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

HERE = Path(__file__).parent
REPO = HERE.parents[1]


def value(of: float = 12.5) -> float:
    return of


def nothing() -> float:
    return float("nan")


def absent() -> float:
    import a_package_that_nobody_has  # noqa: F401


def chart() -> SimpleNamespace:
    """Give just enough of a chart for `show.html_figure` to be replaced in tests."""
    return SimpleNamespace(alt="A stub chart: two bars, the left one higher.")


def figure(made: SimpleNamespace) -> str:
    svg = (
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='300' height='120'%3E"
        "%3Crect width='300' height='120' fill='white'/%3E%3Crect x='60' y='20' width='60' "
        "height='90'/%3E%3Crect x='180' y='60' width='60' height='50'/%3E%3C/svg%3E"
    )
    return (
        f'<figure class="eeic-figure"><img alt="{made.alt}" src="{svg}" style="max-width:100%">'
        "<figcaption>Two bars.</figcaption></figure>"
    )
