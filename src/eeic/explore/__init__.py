"""Explorers: one pure function with controls, shown live, on a static page and on paper.

`show` displays an explorer by name. Importing this package needs neither numpy, pandas nor
matplotlib: each lesson's functions import them when they are first called.
"""

from __future__ import annotations

from importlib import import_module
from importlib.resources import files

from eeic import show as _show
from eeic.explore.explorer import Control, Explorer

__all__ = [
    "Control",
    "Explorer",
    "UnknownExplorer",
    "explorer",
    "names",
    "show",
    "static_css",
    "static_script",
]

# The lesson module that holds each explorer: the one place where a new one is entered.
_LESSONS = {
    "cycle-wheel": "whose_job_is_this",
    "category-kaleidoscope": "what_ethnicity_is",
    "pathway-playground": "how_inequalities_are_made",
    "headline-machine": "how_inequalities_are_made",
    "four-headlines": "seeing_the_gap",
    "age-mix": "seeing_the_gap",
    "search-sandbox": "asking_and_searching",
    "recording-machine": "ethnicity_field",
    "repair-bench": "ethnicity_field",
    "appraisal-bench": "is_it_sound",
    "leak-finder": "needs_and_equity_audit",
}


class UnknownExplorer(ValueError):
    """No explorer has this name."""


def names() -> tuple[str, ...]:
    """List the explorers.

    Returns
    -------
    tuple of str
        The names that `show` takes.

    Examples
    --------
    >>> "four-headlines" in names()
    True
    """
    return tuple(_LESSONS)


def explorer(name: str) -> Explorer:
    """Find an explorer by its name.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    Explorer
        The explorer.

    Raises
    ------
    UnknownExplorer
        If there is none of this name. The message lists those there are.

    Examples
    --------
    >>> explorer("four-headline")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    eeic.explore.UnknownExplorer: There is no explorer 'four-headline'; there are '...
    """
    if name not in _LESSONS:
        known = [repr(known) for known in _LESSONS]
        raise UnknownExplorer(
            f"There is no explorer {name!r}; there are {', '.join(known[:-1])} and {known[-1]}."
        )
    found: Explorer = import_module(f"{__name__}.{_LESSONS[name]}").EXPLORERS[name]
    return found


def show(name: str) -> None:
    """Display an explorer: controls live in a notebook, a twin without Python on a page.

    Parameters
    ----------
    name : str
        One of `names`.

    Raises
    ------
    UnknownExplorer
        If there is none of this name.

    Notes
    -----
    With the environment variable ``EEIC_STATIC`` set to 1, as the book's build does, every
    setting is computed once and written into the page. Otherwise ipywidgets are shown, and
    Python computes each setting when it is first chosen.
    """
    chosen = explorer(name)
    if _show.static():
        from eeic.explore.twin import html

        made = _show.or_absent(chosen.page or html)(chosen)
        words = chosen.title
        _show.display(made if isinstance(made, _show.Absent) else _show.Shown(made, words))
    else:
        from eeic.explore.live import live

        _show.display(_show.or_absent(chosen.widget or live)(chosen))


def static_script() -> str:
    """Read the script that brings the static twins to life.

    Returns
    -------
    str
        A classic script without imports: it also runs on a page opened from disk.
    """
    return (files(__name__) / "static" / "explorer.js").read_text(encoding="utf-8")


def static_css() -> str:
    """Read the style sheet for explorers, figures, findings and tables.

    Returns
    -------
    str
        What every page of the book that shows one of them needs.
    """
    own = (files(__name__) / "static" / "explorer.css").read_text(encoding="utf-8")
    return f"{_show.css()}\n{own}"
