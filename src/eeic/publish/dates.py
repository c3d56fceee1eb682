"""When a page that speaks of law and policy was last checked.

Such a page says so in its front matter, ``checked: 2026-11-24``; the book shows it under the
title. A page without a date is a fault; one that is old is told to the maintainer, not to a build
that would otherwise fail by the calendar.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from eeic.publish.inspect import Finding

#: The pages whose dates and policies age.
POLICY_PAGES = (
    "book/topics/duties.md",
    "book/topics/categories.md",
    "book/reference/accessibility.md",
    "book/reference/privacy.md",
)
#: Days after which a page should be checked again.
OLD = 365

_FRONT = re.compile(r"\A---\n(?P<front>.*?)\n---\n", re.S)
_CHECKED = re.compile(r"^checked: (?P<day>\S+)$", re.M)


def checked(path: Path) -> date | None:
    """Read when a page was last checked.

    Parameters
    ----------
    path : Path
        The page's source.

    Returns
    -------
    datetime.date or None
        None where it does not say, or says no date.
    """
    front = _FRONT.match(path.read_text("utf-8"))
    hit = _CHECKED.search(front["front"]) if front else None
    try:
        return date.fromisoformat(hit["day"]) if hit else None
    except ValueError:
        return None


def check(root: Path) -> list[Finding]:
    """Find pages on policy that do not say when they were checked.

    Parameters
    ----------
    root : Path
        The checkout.

    Returns
    -------
    list of Finding
        Empty when each has a date.
    """
    return [
        Finding(name, "checked", "has no line “checked: 2026-11-24” in its front matter")
        for name in POLICY_PAGES
        if checked(root / name) is None
    ]


def old(root: Path, today: date) -> list[str]:
    """Say which pages on policy should be checked again.

    Parameters
    ----------
    root : Path
        The checkout.
    today : datetime.date
        The day to count from.

    Returns
    -------
    list of str
        One sentence a page that was checked more than a year ago.
    """
    days = {name: checked(root / name) for name in POLICY_PAGES}
    return [
        f"{name} was last checked on {day:%d %B %Y}: check it again, then change its date."
        for name, day in days.items()
        if day and (today - day).days > OLD
    ]


def line(day: date | str) -> str:
    """Write the line under a page's title.

    Parameters
    ----------
    day : datetime.date or str
        When the page was checked.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> line("2026-11-24")
    '<p class="eeic-checked">Last checked: <time datetime="2026-11-24">24 November 2026</time></p>'
    """
    day = date.fromisoformat(str(day))
    return (
        f'<p class="eeic-checked">Last checked: <time datetime="{day.isoformat()}">'
        f"{day.day} {day:%B %Y}</time></p>"
    )
