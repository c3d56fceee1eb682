"""A workshop in a folder: what goes into a facilitator's pack, and where.

Everything in it comes from pages that are built already: the lesson, its guide and its handouts.
The pack leads from one page, works without a network and fits on a USB stick.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import eeic
from eeic.ask import evaluation
from eeic.publish import guides, pdf, sheets, site, slides, steps
from eeic.publish.guides import Guide
from eeic.publish.slides import Slide
from eeic.publish.steps import BuildError

#: The folders of a pack: for the room's screen, for the facilitator, for tables, for afterwards.
ROOM, FACILITATOR, PRINT, EVALUATION, COURSE = (
    "room",
    "facilitator",
    "print",
    "evaluation",
    "course",
)

#: What a page of the site needs to be printed by itself, for whoever reads with their ears.
_FOR_PAPER = "<style>@page { size: A4; }</style></head>"


@dataclass
class Pack:
    """A pack while it is made.

    Parameters
    ----------
    folder : Path
        Where it is made.
    guide : Guide
        The session's guide.
    lessons : list of str
        The lessons that it runs, in order.
    handouts : list of str
        The pages to print besides the lessons.
    printed : list of tuple
        The title and file of what was printed for the tables.
    decks : dict
        The page that a part is run from, to the slides for it.
    """

    folder: Path
    guide: Guide
    lessons: list[str]
    handouts: list[str]
    printed: list[tuple[str, str]] = field(default_factory=list)
    decks: dict[str, list[Slide]] = field(default_factory=dict)

    @property
    def course(self) -> Path:
        """The offline course in it."""
        return self.folder / COURSE


def publish(name: str, to: Path, root: Path | None = None) -> list[str]:
    """Build the site, and make a session's pack of it.

    Parameters
    ----------
    name : str
        A lesson, such as ``"04-seeing-the-gap"``, or a workshop, such as ``"half-day"``.
    to : Path
        The folder to put it in.
    root : Path, optional
        The checkout; by default the one that this package runs from.

    Returns
    -------
    list of str
        What was made, and how large it is.

    Raises
    ------
    eeic.publish.steps.BuildError
        If the site fails its checks, there is no such session, Chromium is missing, or something
        of that name is there already.
    """
    root = site.checkout(root)
    pdf.program()
    refuse_to_overwrite(name, to)
    site.build(root)
    built = root / "_build"
    return make(name, to, built / "offline/eeic-offline.zip", built / "vendor/reveal")


def make(name: str, to: Path, offline: Path, reveal: Path) -> list[str]:
    """Make a session's pack from an offline copy of the course.

    Parameters
    ----------
    name : str
        The session.
    to : Path
        The folder to put it in; made if it is not there.
    offline : Path
        The zip file of the offline copy.
    reveal : Path
        The folder with the files that show slides.

    Returns
    -------
    list of str
        What was made, and how large it is.

    Raises
    ------
    eeic.publish.steps.BuildError
        If there is no such session, Chromium is missing, or something of that name is there
        already. Nothing is left half made.
    """
    folder, packed = refuse_to_overwrite(name, to)
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to, prefix=f".{folder.name}.") as temporary:
        pack = _begin(Path(temporary, folder.name), name, offline)
        shutil.copytree(reveal, pack.folder / ROOM / "reveal")
        for part in (_write_decks, _print_handouts, _write_cards, _write_for_facilitator):
            part(pack)
        _write_evaluation(pack)
        _write_way_in(pack)
        zipped = Path(temporary, packed.name)
        site.write_zip(zipped, pack.folder.parent, steps.files(pack.folder))
        pack.folder.rename(folder)
        zipped.rename(packed)
    return list(_told(folder, packed))


def refuse_to_overwrite(name: str, to: Path) -> tuple[Path, Path]:
    """Say where a pack goes, unless something is there.

    Parameters
    ----------
    name : str
        The session.
    to : Path
        The folder to put it in.

    Returns
    -------
    tuple of Path
        The pack's folder and its zip file.

    Raises
    ------
    eeic.publish.steps.BuildError
        If one of them is there: it may hold somebody's answers.
    """
    folder = to / f"eeic-pack-{name}"
    packed = to / f"{folder.name}.zip"
    for path in (folder, packed):
        if path.exists():
            raise BuildError(
                f"{path} is there already and may hold answers: move it away, or name another "
                "folder with --to"
            )
    return folder, packed


def _begin(folder: Path, name: str, offline: Path) -> Pack:
    """Lay out the offline course and find out what belongs to the session."""
    with zipfile.ZipFile(offline) as archive:
        archive.extractall(folder / COURSE)
    pages = folder / COURSE
    guide = guides.read(pages, name)
    own = f"{guides.LESSONS}/{name}"
    followed = [own] if (pages / f"{own}.html").is_file() else guide.followed()
    lessons, handouts = [], list(guides.to_print(pages, name))
    for page in followed:
        part = page.rpartition("/")[2]
        if (pages / guides.LESSONS / f"{part}.html").is_file():
            lessons.append(part)
            handouts += guides.to_print(pages, part)
        elif page.startswith("book/handouts/"):
            handouts.append(page)
    return Pack(folder, guide, list(dict.fromkeys(lessons)), list(dict.fromkeys(handouts)))


def _write_decks(pack: Pack) -> None:
    for name in pack.lessons:
        guide = guides.read(pack.course, name)
        page = f"{guides.LESSONS}/{name}.html"
        deck = slides.of_lesson(guides.article(pack.course / page), guide, f"../{COURSE}/{page}")
        pack.decks[name] = deck
        _write_deck(pack, name, deck, guide.title)
    if pack.guide.name not in pack.decks:
        addresses = {f"{guides.GUIDES}/{name}": f"slides-{name}.html" for name in pack.lessons}
        addresses |= dict.fromkeys(pack.handouts, "")
        deck = slides.of_workshop(pack.guide, addresses)
        pack.decks[pack.guide.name] = deck
        _write_deck(pack, pack.guide.name, deck, pack.guide.title)


def _write_deck(pack: Pack, name: str, deck: list[Slide], title: str) -> None:
    file = pack.folder / ROOM / f"slides-{name}.html"
    file.write_text(slides.html(deck, title, course=f"../{COURSE}"), encoding="utf-8")


def _print_handouts(pack: Pack) -> None:
    """Print the lessons' own pages and the handouts, as the site's print layout has them."""
    (pack.folder / PRINT).mkdir()
    for page in [f"{guides.LESSONS}/{name}" for name in pack.lessons] + pack.handouts:
        title = guides.heading(guides.article(pack.course / f"{page}.html"))
        name = page.rpartition("/")[2]
        made = (
            pack.folder / PRINT / (f"lesson-{name}.pdf" if name in pack.lessons else f"{name}.pdf")
        )
        _print_page(pack.course / f"{page}.html", made)
        pack.printed.append((title, f"{PRINT}/{made.name}"))


def _write_cards(pack: Pack) -> None:
    for page in pack.handouts:
        article = guides.article(pack.course / f"{page}.html")
        if made := sheets.cards(article):
            title = f"Cards: {guides.heading(article)}"
            _write_card_sheets(pack, f"cards-{page.rpartition('/')[2]}", title, made)
    questions = pack.guide.discussion
    if pack.guide.name in pack.lessons:
        lesson = pack.course / guides.LESSONS / f"{pack.guide.name}.html"
        questions = slides.to_talk_about(guides.article(lesson))
    made = sheets.talk_cards(questions, pack.guide.exit_question)
    _write_card_sheets(pack, "cards-for-tables", "Cards for tables: what to talk about", made)


def _write_card_sheets(pack: Pack, name: str, title: str, made: list[str]) -> None:
    _write_sheet(pack, f"{PRINT}/{name}", title, sheets.card_sheets(title, made), look="cards")
    pack.printed.append((title, f"{PRINT}/{name}.pdf"))


def _write_for_facilitator(pack: Pack) -> None:
    """Write the run sheet, the kit list and the notes, and print the guide itself."""
    (pack.folder / FACILITATOR).mkdir()
    guide, deck = pack.guide, pack.decks[pack.guide.name]
    run, kept = sheets.run_sheet(guide, deck), sheets.notes(guide, deck)
    for name in pack.lessons:
        if name != guide.name:
            part = guides.read(pack.course, name)
            run += sheets.run_sheet(part, pack.decks[name], level=2)
            _write_sheet(
                pack,
                f"{FACILITATOR}/notes-{name}",
                f"Notes: {part.title}",
                sheets.notes(part, pack.decks[name]),
            )
            _print_guide(pack, name)
    title = guide.title
    _write_sheet(pack, f"{FACILITATOR}/run-sheet", f"Run sheet: {title}", run, look="landscape")
    kit = sheets.kit_list(guide, pack.printed)
    _write_sheet(pack, f"{FACILITATOR}/kit-list", f"Kit list: {title}", kit)
    _write_sheet(pack, f"{FACILITATOR}/notes", f"Notes: {title}", kept)
    _print_guide(pack, guide.name)


def _print_guide(pack: Pack, name: str) -> None:
    page = pack.course / guides.GUIDES / f"{name}.html"
    _print_page(page, pack.folder / FACILITATOR / f"guide-{name}.pdf")


def _write_evaluation(pack: Pack) -> None:
    """Write the two sheets, the empty table of answers and the notebook that sums it up."""
    folder = pack.folder / EVALUATION
    folder.mkdir()
    asked = evaluation.knowledge([name.partition("-")[0] for name in pack.lessons])
    for when in ("before", "after"):
        body = sheets.evaluation_sheet(pack.guide.title, when, asked)
        title = f"{when.capitalize()} the session: {pack.guide.title}"
        _write_sheet(pack, f"{EVALUATION}/{when}", title, body, look="form")
    header = ",".join(evaluation.columns(len(asked))) + "\r\n"
    (folder / "answers.csv").write_text(header, encoding="utf-8", newline="")
    notebook = _summary_notebook(pack.guide.title, [item["right"] for item in asked])
    nbformat.write(notebook, folder / "summary.ipynb")


def _summary_notebook(title: str, right: list[str]) -> nbformat.NotebookNode:
    """Make the notebook that reads the answers; it needs the course's package and no network."""
    letters = ", ".join(f'"{letter}"' for letter in right)
    called = "from eeic import show\nfrom eeic.ask import evaluation\n\n"
    cells = [
        new_markdown_cell(
            f"# What the session asked about itself: {title}\n\n"
            "Enter one row in `answers.csv` for each pair of sheets: its number, 1 to 5 for each "
            "confidence item (before, after, looking back), the letter for each question, 1 to 5 "
            "for the session. Leave a field empty where a person left the question out. "
            "Enter no names, and no remark that says who somebody is.\n\n"
            "Results about fewer than ten people are not shown. To see more, put several runs of "
            "the same session in one table, with other numbers for the pairs, and not a smaller "
            "room under a magnifying glass.",
            id="about",
        ),
        new_code_cell(
            f'{called}answers = evaluation.read("answers.csv")\n'
            f"tables = evaluation.summary(answers, [{letters}])",
            id="read",
        ),
        new_markdown_cell(
            "## Confidence\n\nTwo comparisons. *Before, and after* compares what people said each "
            "time. *Looking back, and after* allows for people who learnt what they had not known "
            "when they first answered.",
            id="confidence-about",
        ),
        new_code_cell(
            'show.table(tables["confidence"], "How confident people are")', id="confidence"
        ),
        new_markdown_cell("## The four questions", id="knowledge-about"),
        new_code_cell(
            'show.table(tables["knowledge"], "Questions answered rightly")', id="knowledge"
        ),
        new_markdown_cell("## The session", id="session-about"),
        new_code_cell(
            'show.table(tables["session"], "The session itself, from 1 to 5")', id="session"
        ),
    ]
    python = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return new_notebook(cells=cells, metadata=python)


def _write_way_in(pack: Pack) -> None:
    """Write the page that leads to everything, and the text file for whoever opens nothing."""
    title = f"Workshop pack: {pack.guide.title}"
    body = f"<h1>{escape(title)}</h1>" + "".join(
        f"<h2>{escape(name)}</h2><p>{escape(about)}</p>{_links(found)}"
        for name, about, found in _contents(pack)
    )
    page = sheets.document(title, body, course=COURSE, look="way-in")
    (pack.folder / "START-HERE.html").write_text(page, encoding="utf-8")
    lines = [title, "=" * len(title), "", "Open START-HERE.html with a web browser.", ""]
    for name, about, found in _contents(pack):
        lines += [name, f"  {about}", *(f"  - {file}" for _, file in found), ""]
    lines += [f"eeic {eeic.__version__}. {eeic.NOTICE}. CC BY 4.0", ""]
    text = "\n".join(lines)
    (pack.folder / "README.txt").write_text(text, encoding="utf-8", newline="\r\n")


def _contents(pack: Pack) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    own = pack.guide.name
    first = [own, *(name for name in pack.lessons if name != own)]
    yield (
        "For the room's screen",
        "Slides: arrow keys or a clicker turn them, Esc shows all. They hold no notes.",
        [(f"Slides: {_title_of(pack, name)}", f"{ROOM}/slides-{name}.html") for name in first]
        + [
            (
                f"The lesson's page: {_title_of(pack, name)}",
                f"{COURSE}/{guides.LESSONS}/{name}.html",
            )
            for name in pack.lessons
        ],
    )
    kept = [("Run sheet", "run-sheet.pdf"), ("Kit list", "kit-list.pdf"), ("Notes", "notes.pdf")]
    kept += [(f"Notes: {_title_of(pack, name)}", f"notes-{name}.pdf") for name in first[1:]]
    kept += [(f"Guide: {_title_of(pack, name)}", f"guide-{name}.pdf") for name in first]
    yield (
        "For you alone",
        "On paper, or on a device that the room cannot see. The same lies beside it as a web page "
        "where a screen reader or larger letters are wanted.",
        [(name, f"{FACILITATOR}/{file}") for name, file in kept],
    )
    yield (
        "To print for the tables",
        "A4; cards are four to a sheet, to be cut up. Where the last sheet holds answers, keep it "
        "back.",
        pack.printed,
    )
    yield (
        "Before, after and looking back",
        "Print a pair with the same number for each person. No names, no ethnic group.",
        [
            ("Sheet for before", f"{EVALUATION}/before.pdf"),
            ("Sheet for afterwards", f"{EVALUATION}/after.pdf"),
            ("Empty table for the answers", f"{EVALUATION}/answers.csv"),
            ("Notebook that sums them up", f"{EVALUATION}/summary.ipynb"),
        ],
    )
    yield (
        "The whole course, without the internet",
        "Everything on the pages works from this folder.",
        [("Open the course", f"{COURSE}/index.html")],
    )


def _title_of(pack: Pack, name: str) -> str:
    return guides.read(pack.course, name).title


def _links(found: list[tuple[str, str]]) -> str:
    return (
        "<ul>"
        + "".join(
            f'<li><a href="{escape(file)}">{escape(name)}</a>{_kind(file)}</li>'
            for name, file in found
        )
        + "</ul>"
    )


def _kind(file: str) -> str:
    """Say what opens behind a link, unless it is a page."""
    suffix = Path(file).suffix
    return "" if suffix == ".html" else f" ({suffix[1:].upper()})"


def _write_sheet(pack: Pack, name: str, title: str, body: str, look: str = "") -> None:
    """Write a sheet as a page and as a PDF beside it."""
    page = pack.folder / f"{name}.html"
    text = sheets.document(title, body, course=f"../{COURSE}", look=look)
    page.write_text(text, encoding="utf-8")
    pdf.write(page, page.with_suffix(".pdf"))


def _print_page(page: Path, made: Path) -> None:
    """Print one of the course's pages, on A4 and in British English."""
    text = page.read_text(encoding="utf-8")
    text = re.sub(r'<html lang="en"', '<html lang="en-GB"', text, count=1)
    copy = page.with_name(f".{page.stem}.print.html")
    copy.write_text(text.replace("</head>", _FOR_PAPER, 1), encoding="utf-8")
    try:
        pdf.write(copy, made)
    finally:
        copy.unlink()


def _told(folder: Path, packed: Path) -> Iterator[str]:
    for part in sorted(folder.iterdir()):
        files = steps.files(part)
        size = sum(file.stat().st_size for file in files) / 1e6
        count = f", {len(files)} files" if part.is_dir() else ""
        yield f"{part.name}: {size:.1f} MB{count}"
    yield f"{folder}: begin with START-HERE.html"
    yield f"{packed}: {packed.stat().st_size / 1e6:.1f} MB"
