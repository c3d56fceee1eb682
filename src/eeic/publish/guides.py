"""Facilitator guides, read back from their built pages.

A guide has fixed parts (`eeic.publish.lessons.GUIDE_HEADINGS`), so that a run sheet, a kit list
and the facilitator's notes can be made of it and nothing is written twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from bs4 import BeautifulSoup, Tag

from eeic.publish.steps import BuildError

#: Where the guides and the lessons lie among the built pages.
GUIDES, LESSONS = "book/facilitators", "notebooks"
_ROUND = re.compile(r"\bRounds? (\d)\b(?: and (\d)\b)?")


@dataclass(frozen=True)
class Row:
    """One line of a guide's table of minutes.

    Parameters
    ----------
    minutes, start : str
        How long, and from when, as they stand there.
    what : str
        What happens.
    who : str
        Who does it; empty where the row follows another guide.
    cut : str
        What to leave out when time is short.
    follows : str
        The page that this part is run from, where it is another one; empty otherwise.
    week : str
        The heading that the row stands under, where there are several tables.
    """

    minutes: str
    start: str
    what: str
    who: str
    cut: str
    follows: str
    week: str

    @property
    def goes_first(self) -> bool:
        """Whether the guide says to cut this row before all others."""
        return "cut this first" in self.cut.lower()

    @property
    def rounds(self) -> list[int]:
        """The rounds of the lesson that belong to this row."""
        return [int(number) for hit in _ROUND.findall(self.what) for number in hit if number]


@dataclass(frozen=True)
class Guide:
    """A session's facilitator guide.

    Parameters
    ----------
    name : str
        The session: a lesson, such as ``"04-seeing-the-gap"``, or a workshop.
    soup : bs4.Tag
        What the guide's page says.
    """

    name: str
    soup: Tag

    @property
    def title(self) -> str:
        """The session's title."""
        return heading(self.soup).removeprefix("Guide: ")

    @cached_property
    def parts(self) -> dict[str, Tag]:
        """The guide's fixed parts by their headings."""
        return {heading(part): part for part in self.soup.find_all("section", recursive=False)}

    @cached_property
    def rows(self) -> list[Row]:
        """The lines of the table of minutes, in order."""
        return list(_rows(self.parts["Minutes"]))

    @cached_property
    def rounds(self) -> dict[int, Tag]:
        """What the guide says of each round, by its number."""
        found = {}
        for part in self.parts["Rounds"].find_all("section", recursive=False):
            if hit := _ROUND.match(heading(part)):
                found[int(hit[1])] = part
        return found

    @property
    def opening(self) -> str:
        """What to say at the beginning, word for word."""
        quote = self.parts["Opening"].find("blockquote")
        return words(quote) if quote else ""

    @property
    def exit_question(self) -> str:
        """The question that everyone leaves with, word for word."""
        first = self.parts["Exit question"].find("p")
        return words(first).partition("”")[0].lstrip("“") if first else ""

    @property
    def discussion(self) -> list[str]:
        """What tables talk about: the questions, without what the facilitator listens for."""
        numbered = self.parts["Discussion"].find("ol")
        return (
            [words(item.find("em") or item) for item in numbered.find_all("li")] if numbered else []
        )

    def asked(self, number: int) -> str:
        """Give what the facilitator asks in a round.

        Parameters
        ----------
        number : int
            The round.

        Returns
        -------
        str
            The words after *Ask*; empty if the guide has no such round.
        """
        term = self.rounds[number].find("dt", string="Ask") if number in self.rounds else None
        return words(term.find_next_sibling("dd")) if term else ""

    def followed(self) -> list[str]:
        """Name the pages that parts of this session are run from, each once, in order."""
        return list(dict.fromkeys(row.follows for row in self.rows if row.follows))


def sessions(pages: Path) -> list[str]:
    """Name everything that has a facilitator guide.

    Parameters
    ----------
    pages : Path
        The built pages.

    Returns
    -------
    list of str
    """
    return sorted(file.stem for file in (pages / GUIDES).glob("*.html") if file.stem != "index")


def read(pages: Path, name: str) -> Guide:
    """Read a session's guide.

    Parameters
    ----------
    pages : Path
        The built pages.
    name : str
        The session.

    Returns
    -------
    Guide

    Raises
    ------
    eeic.publish.steps.BuildError
        If there is no such session, with those that there are.
    """
    if name not in (known := sessions(pages)):
        raise BuildError(f"there is no session named “{name}”: choose one of {', '.join(known)}")
    return Guide(name, article(pages / GUIDES / f"{name}.html"))


def to_print(pages: Path, name: str) -> list[str]:
    """List the pages that the facilitators' page says to print for a session.

    Parameters
    ----------
    pages : Path
        The built pages.
    name : str
        The session.

    Returns
    -------
    list of str
        Pages such as ``"book/handouts/search-log"``, without the session's own lesson.
    """
    for row in article(pages / GUIDES / "index.html").find_all("tr"):
        cells = row.find_all("td")
        if len(cells) == 3 and _page_of(cells[1]) == f"{GUIDES}/{name}":
            return [_target(link) for link in cells[2].find_all("a")]
    return []


def article(file: Path) -> Tag:
    """Read what a built page says, without what surrounds every page.

    Parameters
    ----------
    file : Path
        The page.

    Returns
    -------
    bs4.Tag
        The section that holds the page's title and everything below it, without the marks that
        link to headings.

    Raises
    ------
    eeic.publish.steps.BuildError
        If the page is not there or holds no such section.
    """
    try:
        soup = BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")
    except FileNotFoundError:
        raise BuildError(
            f"{file.name} is not among the built pages: build the site again"
        ) from None
    title = soup.find("h1")
    if title is None or title.parent is None:
        raise BuildError(f"{file.name} has no title: build the site again")
    for mark in soup.find_all("a", class_="headerlink"):
        mark.decompose()
    return title.parent


def heading(section: Tag) -> str:
    """Give a section's heading as plain text."""
    return words(section.find(re.compile("^h[1-6]$")))


def columns(table: Tag) -> list[str]:
    """Give the headings of a table's columns."""
    return [words(cell) for cell in table.select("thead th")]


def words(tag: Tag | None) -> str:
    """Give the text of a piece of a page, its spaces tidied."""
    return " ".join(tag.get_text().split()) if tag else ""


def _rows(minutes: Tag) -> Iterator[Row]:
    for table in minutes.find_all("table"):
        above = table.find_parent("section")
        week = "" if above is minutes or above is None else heading(above)
        names = columns(table)
        for line in table.find_all("tr")[1:]:
            cells = dict(zip(names, line.find_all(["td", "th"]), strict=True))
            yield Row(
                minutes=words(cells["Minutes"]),
                start=words(cells["From start"]),
                what=words(cells["What happens"]),
                who=words(cells.get("Who")),
                cut=words(cells["Cut this first"]),
                follows=_page_of(cells.get("Guide")),
                week=week,
            )


def _page_of(cell: Tag | None) -> str:
    link = cell.find("a") if cell else None
    return _target(link) if link else ""


def _target(link: Tag) -> str:
    """Say which page a link of a guide leads to, from the root of the pages."""
    steps: list[str] = []
    for step in PurePosixPath(GUIDES, str(link["href"]).partition("#")[0]).parts:
        if step == "..":
            steps.pop()
        else:
            steps.append(step)
    return PurePosixPath(*steps).with_suffix("").as_posix()
