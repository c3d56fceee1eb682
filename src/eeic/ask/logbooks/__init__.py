"""The logbook: the learner's own running document, one box for each lesson.

`logbook` shows a box, or all of them, on the page and in a notebook alike; `export` makes the
Word document. Nothing that is written leaves the learner's device.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from eeic.ask.logbooks import live, page, store, word
from eeic.ask.logbooks.content import Box, Prompt, boxes, sheet
from eeic.ask.logbooks.page import static_css, static_html, static_script
from eeic.files import put_in_place

__all__ = [
    "Box",
    "Prompt",
    "boxes",
    "export",
    "logbook",
    "static_css",
    "static_html",
    "static_script",
    "to_docx",
]


class StaticLogbook:
    """A box of the logbook, or all, for a page without a kernel.

    Parameters
    ----------
    number : str or None
        A lesson's number. None for all boxes.
    """

    def __init__(self, number: str | None) -> None:
        self.number = number

    def _repr_html_(self) -> str:
        return page.static_html(self.number)

    def __repr__(self) -> str:
        return page.plain_text(self.number)


def logbook(number: str | None = None):
    """Display a lesson's box of the logbook, or the whole of it.

    Parameters
    ----------
    number : str, optional
        The lesson's number, such as ``"04"``. Without it, all boxes, with the buttons to save
        them as a Word document and to load them.

    Returns
    -------
    object
        What the host displays: HTML for a page without a kernel (``EEIC_STATIC=1``), otherwise
        a widget that keeps what is written in ``logbook.json`` beside the notebook.

    Raises
    ------
    ValueError
        There is no such box.

    Examples
    --------
    >>> import os
    >>> os.environ["EEIC_STATIC"] = "1"
    >>> logbook("04")
    Your logbook, box 4 of 18: My fair-comparison card
      - The comparison: Who is compared with whom, why with them, out of how many people, \
recorded by whom?
      - Underneath the number: Do ages differ? Who is missing above the line, and who below it?
      - The sentence I would now write: With numbers of people, a comparison, how sure you are, \
and a lever.
    >>> del os.environ["EEIC_STATIC"]
    """
    sheet(number)  # refuses a number that is none
    if os.environ.get("EEIC_STATIC") == "1":
        return StaticLogbook(number)
    return live.widget(number)


def to_docx(day: date, source: Path | str = store.FILE) -> bytes:
    """Make the Word document of a logbook.

    Parameters
    ----------
    day : datetime.date
        The day that stands under the title.
    source : path
        The logbook's file.

    Returns
    -------
    bytes
        A ``.docx`` file.

    Raises
    ------
    ValueError
        There is no such file, or it is not a logbook.
    """
    source = Path(source)
    if not source.exists() and not store.read(source):
        raise ValueError(
            f'There is no {source} here: write in a box first, as with ask.logbook("01"), '
            "or name the file that the page “My logbook” saved."
        )
    return word.docx(store.read(source), day)


def export(path: Path | str, source: Path | str = store.FILE, *, replace: bool = False) -> Path:
    """Write the logbook as a Word document.

    Parameters
    ----------
    path : path
        The document, with the ending ``.docx``.
    source : path
        The logbook's file; by default ``logbook.json`` in this folder.
    replace : bool
        Whether a document of that name may be replaced; it may hold changes made in Word.

    Returns
    -------
    Path
        The document.

    Raises
    ------
    ValueError
        The name does not end in ``.docx``, the document is there already, or the logbook cannot
        be read.
    """
    path = Path(path)
    if path.suffix.lower() == ".pdf":
        raise ValueError(
            "A PDF is made by the page “My logbook” (Print, or save as PDF) or by Word. "
            f"Ask here for {path.with_suffix('.docx').name}."
        )
    if path.suffix.lower() != ".docx":
        raise ValueError(f"{path.name} should end in .docx: the logbook is saved for Word.")
    made = to_docx(date.today(), source)
    if path.exists() and not replace:
        raise ValueError(
            f"{path} is there already, perhaps with changes of yours: choose another name, "
            "or say that it may be replaced."
        )
    put_in_place(path, made, mode=0o600)
    return path
