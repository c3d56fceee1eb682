"""What makes a folder of pages a SCORM package: its manifest, its launcher, what is counted."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from bs4 import BeautifulSoup

import eeic
from eeic.publish import excerpt, steps

COURSE = "Evidence and Ethnicity in Commissioning"
EDITIONS = ("1.2", "2004")
#: Of the machine-marked questions, in per cent: the course's own line for a pass.
PASS = 60
#: How long SCORM 1.2 lets a course's own record be; some platforms cut off what is longer.
MOST_KEPT = 4096
#: How long the name of the page to go on at may be.
MOST_PLACE = 255

PRIVACY = "book/reference/privacy.html"
#: What stands over a question that counts, on a page where others do not.
COUNTS = (
    '<p class="eeic-counts"><strong>This question counts in your learning platform.</strong></p>'
)
#: What the page on privacy says first in such a package, where more is told than on the web.
TOLD = """<aside class="admonition note"><p class="admonition-title">In your learning platform</p>
<p>This copy runs in a learning platform that knows who you are. It is told which pages of the
course you opened last and how many, for each self-check which options you chose and whether that
was right, your score, and how long you were here. It is not told what you write: numbers you type,
your logbook and your notes stay in this browser.</p>
<p>The browser also keeps <code>course-learner</code>, a number made from your platform's name for
you, and puts aside, as <code>course-of-…</code>, the answers of whoever else uses the platform in
this browser, so that each finds their own. On a shared computer, clear the site's data when you
leave.</p></aside>"""


def dress(
    folder: Path,
    edition: str,
    *,
    name: str,
    title: str,
    pages: Sequence[str],
    questions: Sequence[str],
) -> None:
    """Turn a folder of pages into the contents of a package.

    Parameters
    ----------
    folder : Path
        The pages, which are changed: each tells the launcher what happens on it.
    edition : str
        ``"1.2"`` or ``"2004"`` (its 4th edition).
    name : str
        The package's name, which a platform knows it by.
    title : str
        What it is called: the route's name.
    pages : sequence of str
        The pages that have to be opened, in their order.
    questions : sequence of str
        The questions that the score is made of.

    Raises
    ------
    eeic.publish.steps.BuildError
        If the record of a learner who has done everything would be too long.
    """
    static = files("eeic.publish").joinpath("static")
    every = excerpt.every_page(folder)
    for file in ("launch.css", "launch.js", "launched.js"):
        text = static.joinpath(file).read_text("utf-8")
        (folder / "_static" / file).write_text(text, encoding="utf-8", newline="\n")
    for page in every:
        _put_script(folder / page, excerpt.to(page, "_static/launched.js"))
    for page in pages:
        _mark_what_counts(folder, page, questions)
    if PRIVACY in every:
        _say_what_is_told(folder / PRIVACY)
    course = record(edition, name, pages, every, questions)
    launcher = Template(static.joinpath("launch.html").read_text("utf-8")).substitute(
        title=escape(title), course=json.dumps(course, indent=1).replace("</", "<\\/")
    )
    (folder / "index.html").write_text(launcher, encoding="utf-8", newline="\n")
    inside = [file.relative_to(folder).as_posix() for file in steps.files(folder)]
    (folder / "imsmanifest.xml").write_text(
        manifest(edition, name, f"{COURSE}: {title}", inside), encoding="utf-8", newline="\n"
    )


def manifest(edition: str, name: str, title: str, inside: Sequence[str]) -> str:
    """Write ``imsmanifest.xml``: one course, one page that starts it.

    Parameters
    ----------
    edition : str
        ``"1.2"`` or ``"2004"``.
    name, title : str
        As for `dress`.
    inside : sequence of str
        Every file of the package.

    Returns
    -------
    str
        XML.

    Examples
    --------
    >>> '<file href="index.html"/>' in manifest("1.2", "eeic-x", "Who & when", ["index.html"])
    True
    """
    template = files("eeic.publish").joinpath("static", f"manifest-{edition}.xml")
    listed = "\n".join(f'      <file href="{escape(file)}"/>' for file in inside)
    return Template(template.read_text("utf-8")).substitute(
        identifier=escape(name), title=escape(title), version=eeic.__version__, files=listed
    )


def record(
    edition: str,
    name: str,
    pages: Sequence[str],
    every: Sequence[str],
    questions: Sequence[str],
) -> dict[str, Any]:
    """Say what the launcher counts, and how each thing is written down.

    Parameters
    ----------
    edition, name, pages, questions
        As for `dress`.
    every : sequence of str
        All pages of the package.

    Returns
    -------
    dict
        For the launcher.

    Raises
    ------
    eeic.publish.steps.BuildError
        If the record of a learner who has done everything would be too long, two things would
        be written alike, or a page's name is too long to go on at.

    Notes
    -----
    A page is written as four letters and a question as six: four for which it is, one for the
    best share of the points, one for the tries. The four come from its name and not from its
    place, so that a learner's record outlives a new question in the next version.
    """
    keys = {thing: key(thing) for thing in (*pages, *questions)}
    if len(set(keys.values())) < len(keys):
        raise steps.BuildError(f"{name}: two of its pages or questions are written alike")
    longest = len("1.") + 4 * len(pages) + 6 * len(questions)
    if longest >= MOST_KEPT:
        raise steps.BuildError(
            f"{name}: the record of a learner who has done everything takes {longest} letters, "
            f"and SCORM 1.2 allows {MOST_KEPT}: make packages of shorter routes"
        )
    if far := [page for page in every if len(page) > MOST_PLACE]:
        raise steps.BuildError(f"{name}: the name {far[0]} is too long to go on at")
    return {
        "id": name,
        "edition": edition,
        "pass": PASS,
        "pages": {page: keys[page] for page in pages},
        "files": list(every),
        "questions": {
            question: {"key": keys[question], "name": interaction(question)}
            for question in questions
        },
    }


def key(thing: str) -> str:
    """Give the four letters that a page or question is written as.

    Parameters
    ----------
    thing : str
        Its name.

    Returns
    -------
    str
        Letters, digits, ``-`` and ``_``.

    Examples
    --------
    >>> len(key("04.ratio")), key("04.ratio") == key("04.ratio")
    (4, True)
    """
    return base64.urlsafe_b64encode(hashlib.sha256(thing.encode()).digest())[:4].decode()


def interaction(question: str) -> str:
    """Name a question for the platform's reports.

    Parameters
    ----------
    question : str
        Its id.

    Returns
    -------
    str
        The same in every version of the course, of letters, digits and ``-``.

    Examples
    --------
    >>> interaction("02.count-white")
    'm2-count-white'
    """
    lesson, _, name = question.partition(".")
    return re.sub(r"[^a-z0-9]+", "-", f"m{lesson.lstrip('0') or '0'}-{name}".lower())


def counted(folder: Path, pages: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Find the questions of some pages that are right or wrong.

    Parameters
    ----------
    folder : Path
        What the pages' names are relative to.
    pages : sequence of str
        The pages.

    Returns
    -------
    dict
        Question to its sheet, in the order of the pages. Predictions are not among them.
    """
    found = {}
    for page in pages:
        soup = BeautifulSoup((folder / page).read_text("utf-8"), "html.parser")
        for place in soup.select("[data-eeic-ask] > script[type='application/json']"):
            sheet = json.loads(place.get_text())
            if sheet["keyed"] and not sheet["predict"]:
                found[sheet["id"]] = sheet
    return found


def _put_script(file: Path, address: str) -> None:
    text = file.read_text("utf-8")
    head, tag, rest = text.partition("<head>")
    if tag:  # first, so that it knows of the platform before the questions are mounted
        text = f'{head}{tag}\n<script src="{address}"></script>{rest}'
        file.write_text(text, encoding="utf-8", newline="\n")


def _mark_what_counts(folder: Path, page: str, questions: Sequence[str]) -> None:
    there = counted(folder, [page])
    counting = [question for question in there if question in questions]
    if len(counting) == len(there):
        return
    text = (folder / page).read_text("utf-8")
    for question in counting:
        card = f'<div class="eeic-ask" data-eeic-ask="{escape(question)}">'
        text = text.replace(card, COUNTS + card)
    (folder / page).write_text(text, encoding="utf-8", newline="\n")


def _say_what_is_told(file: Path) -> None:
    head, tag, rest = file.read_text("utf-8").partition("</h1>")
    file.write_text(f"{head}{tag}\n{TOLD}{rest}", encoding="utf-8", newline="\n")
