"""Sheets on paper for whoever runs a session: run sheet, kit list, notes, cards, evaluation.

They are made of the facilitator guide's fixed parts, of the handouts and of the slides, so that a
guide that changes changes them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files

import pandas as pd
from bs4 import BeautifulSoup, Tag

import eeic
from eeic.ask import evaluation
from eeic.publish import guides
from eeic.publish.guides import Guide, Row, words
from eeic.publish.slides import Slide

#: What every room needs; what a session needs besides stands in its guide.
KIT = (
    "This folder on a USB stick, and a second copy somewhere else",
    "A computer with a browser, a screen that everyone can see, the right cable",
    "This run sheet and the notes, on paper: they are never on the room's screen",
    "The printed lesson page, one for each table, so that the session survives without a screen",
    "Evaluation sheets: one numbered pair, before and after, for each person, and an envelope",
    "Large-print copies (18 point) for whoever asked, and two to spare",
    "Pens, blank cards or sticky notes, a large sheet of paper, a clock that you can see",
    "How we work together, written where everyone can see it",
    "Where to find support, on a slip for each person",
)
#: If laptops are used as well.
KIT_WITH_COMPUTERS = (
    "The address of the course or hub and, if it asks for one, the password, on a slip",
    "The data dictionary: course/book/reference/datasets.html",
)
#: Cards on one sheet of A4, each A6.
CARDS_ON_A_SHEET = 4


def document(title: str, body: str, *, course: str, look: str = "") -> str:
    """Write a page to be printed.

    Parameters
    ----------
    title : str
        Its name.
    body : str
        HTML, from the main heading on.
    course : str
        The address of the offline course from where the page will lie.
    look : str
        The name of its layout in the style sheet.

    Returns
    -------
    str
    """
    style = files("eeic.publish").joinpath("pack", "paper.css").read_text("utf-8")
    return (
        f'<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{escape(title)}</title>\n'
        f"<style>\n{style.replace('COURSE', course)}</style>\n</head>\n"
        f'<body class="{look}">\n<main>\n{body}\n</main>\n'
        f"<footer>Evidence and Ethnicity in Commissioning, version {eeic.__version__}. "
        f"{escape(eeic.NOTICE)}. CC BY 4.0</footer>\n</body>\n</html>\n"
    )


def run_sheet(guide: Guide, slides: Sequence[Slide], level: int = 1) -> str:
    """Lay out a session minute by minute.

    Parameters
    ----------
    guide : Guide
        The session's guide.
    slides : sequence of Slide
        Its deck, which the rows name slides of.
    level : int
        The level of its heading.

    Returns
    -------
    str
        HTML.
    """
    tables = []
    for week in dict.fromkeys(row.week for row in guide.rows):
        within = [row for row in guide.rows if row.week == week]
        rows = "".join(_run_row(row, guide, slides) for row in within)
        caption = week or "Minute by minute"
        tables.append(
            f'{_valve(within)}<table class="run"><caption>{escape(caption)}</caption><thead><tr>'
            '<th scope="col">From</th><th scope="col">Minutes</th>'
            '<th scope="col">What happens</th><th scope="col">Who</th><th scope="col">Slide</th>'
            '<th scope="col">Say or ask, word for word</th>'
            f'<th scope="col">Cut this first</th></tr></thead><tbody>{rows}</tbody></table>'
        )
    return (
        f"<h{level}>Run sheet: {escape(guide.title)}</h{level}>{''.join(tables)}"
        "<p>Every time is an estimate until a group has been timed. Write down what each row "
        "really took, and send it.</p>"
    )


def kit_list(guide: Guide, printed: Sequence[tuple[str, str]]) -> str:
    """List what to bring.

    Parameters
    ----------
    guide : Guide
        The session's guide.
    printed : sequence of tuple
        The title and file of everything to print.

    Returns
    -------
    str
        HTML.
    """
    boxes = _boxes(KIT)
    sheets = _boxes(f"{title} ({file})" for title, file in printed)
    return (
        f"<h1>Kit list: {escape(guide.title)}</h1>"
        f"<h2>For every session</h2>{boxes}"
        f"<h2>To print for this one</h2>{sheets}"
        "<p>How many of each stands below, in the guide's own words.</p>"
        f"<h2>Only if people use computers</h2>{_boxes(KIT_WITH_COMPUTERS)}"
        f"<h2>Room and access</h2>{_inside(guide.parts['Room and access'])}"
        f"<h2>Without technology</h2>{_inside(guide.parts['Without technology'])}"
    )


def notes(guide: Guide, slides: Sequence[Slide]) -> str:
    """Write what the facilitator has beside each slide.

    Parameters
    ----------
    guide : Guide
        The session's guide.
    slides : sequence of Slide
        Its deck.

    Returns
    -------
    str
        HTML.
    """
    made = "".join(
        f"<section><h2>Slide {number}: {escape(slide.title)}</h2>"
        f'<p class="part">{escape(slide.part)}. On the slide: {escape(_text(slide.body))}</p>'
        f"{slide.notes}</section>"
        for number, slide in enumerate(slides, start=1)
    )
    thread = "" if guide.rounds else f"<h2>Rounds</h2>{_inside(guide.parts['Rounds'])}"
    return (
        f"<h1>Notes for the facilitator: {escape(guide.title)}</h1>"
        '<p class="valve"><strong>For you alone.</strong> These notes are not in the slides, so '
        "that the room's screen cannot show them. Have them on paper or on a device of your "
        f"own.</p><h2>Purpose</h2>{_inside(guide.parts['Purpose'])}"
        f"<h2>Opening</h2>{_inside(guide.parts['Opening'])}{thread}{made}"
    )


def cards(page: Tag) -> list[str]:
    """Find what on a handout is meant to be cut up.

    Parameters
    ----------
    page : bs4.Tag
        The handout, as `eeic.publish.guides.article` reads it.

    Returns
    -------
    list of str
        One piece of HTML for each card: the rows of a table whose two columns begin with
        *Card*, and the sections under *Role cards*. Empty for a handout without cards.
    """
    found = []
    for table in page.find_all("table"):
        names = guides.columns(table)
        if len(names) == 2 and names[0] == "Card":
            for row in table.find_all("tr")[1:]:
                number, text = row.find_all("td")
                found.append(f"<h2>Card {escape(words(number))}</h2><p>{escape(words(text))}</p>")
    for section in page.find_all("section"):
        if guides.heading(section) == "Role cards":
            found += [_inside(role) for role in section.find_all("section", recursive=False)]
    return found


def talk_cards(questions: Sequence[str], leaving: str) -> list[str]:
    """Make a card for a table of each thing to talk about.

    Parameters
    ----------
    questions : sequence of str
        What tables talk about.
    leaving : str
        The question that everyone leaves with.

    Returns
    -------
    list of str
        One piece of HTML for each card.
    """
    asked = [*(("Talk about it", text) for text in questions), ("Before you leave", leaving)]
    return [
        f"<h2>{escape(name)}</h2><p>{escape(text)}</p>"
        '<p class="small">Write first, then speak. Nobody speaks for a group. You can pass.</p>'
        for name, text in asked
    ]


def card_sheets(title: str, made: Sequence[str]) -> str:
    """Lay cards out on A4, four to a sheet with lines to cut along.

    Parameters
    ----------
    title : str
        What they are.
    made : sequence of str
        The cards.

    Returns
    -------
    str
        HTML.
    """
    sheets = [made[at : at + CARDS_ON_A_SHEET] for at in range(0, len(made), CARDS_ON_A_SHEET)]
    body = "".join(
        '<div class="sheet">'
        + "".join(f'<section class="card">{card}</section>' for card in sheet)
        + "</div>"
        for sheet in sheets
    )
    return f'<h1 class="unseen">{escape(title)}</h1>{body}'


def evaluation_sheet(title: str, when: str, knowledge: Sequence[Mapping[str, object]]) -> str:
    """Write the sheet that people fill in before or after a session.

    Parameters
    ----------
    title : str
        The session's title.
    when : {"before", "after"}
        Which of the two. The one for afterwards asks for the look back as well.
    knowledge : sequence of mapping
        Questions with ``stem`` (HTML) and ``options`` (text), as
        `eeic.ask.evaluation.knowledge` gives them.

    Returns
    -------
    str
        HTML.
    """
    content = evaluation.content()
    parts = [
        f"<h1>{'Before' if when == 'before' else 'After'} the session: {escape(title)}</h1>",
        '<p class="number">Number of this pair of sheets: <span class="line"></span></p>',
        f"<p>{escape(content.about)}</p>",
    ]
    times = ["before"] if when == "before" else ["after", "looking_back"]
    for time in times:
        parts.append(_confidence(content.leads[time], content.confidence))
    if knowledge:
        parts.append("<h2>Four questions</h2>")
        parts += [_to_tick(number, one) for number, one in enumerate(knowledge, start=1)]
    if when == "after":
        parts.append(_confidence(content.leads["session"], content.session))
        parts.append(
            "<h2>What did the materials get wrong?</h2>"
            '<p>Please name no one.</p><p class="write"></p><p class="write"></p>'
        )
    return "".join(parts)


def asked_of_people() -> pd.DataFrame:
    """List what the sheets ask, for the page about them.

    Returns
    -------
    pandas.DataFrame
        When, and the question.
    """
    asked = evaluation.content()
    always = "before, after and looking back"
    confident = [
        (always, f"How confident are you that you can {item}?") for item in asked.confidence
    ]
    rows = confident + [("after", item) for item in asked.session]
    return pd.DataFrame(rows, columns=["When", "From 1, not at all, to 5, very"])


def _confidence(lead: str, items: Sequence[str]) -> str:
    head = "".join(f'<th scope="col">{number}</th>' for number in range(1, 6))
    rows = "".join(
        f'<tr><th scope="row">{number}. {escape(item)}</th>'
        + "<td><span>○</span></td>" * 5
        + "</tr>"
        for number, item in enumerate(items, start=1)
    )
    return (
        f'<table class="scale"><caption>{escape(lead)} '
        "<span>1 = not at all, 5 = very</span></caption>"
        f'<thead><tr><th scope="col">Mark one in each row</th>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _to_tick(number: int, question: Mapping[str, object]) -> str:
    options = "".join(
        f"<li>{escape(str(text))}</li>"
        for text in question["options"]  # type: ignore[attr-defined]
    )
    return (
        f'<section class="question"><h3>Question {number}</h3>{question["stem"]}'
        f'<ol class="options">{options}</ol></section>'
    )


def _valve(rows: Sequence[Row]) -> str:
    """Say what to leave out when the session runs late."""
    first = next((row for row in rows if row.goes_first), None)
    if first is None:
        return ""
    _, _, instead = first.cut.partition(":")
    return (
        '<p class="valve"><strong>Ten minutes late?</strong> Cut this first, at '
        f"{escape(first.start)}: {escape(first.what)}. {escape(_sentence(instead))}</p>"
    )


def _run_row(row: Row, guide: Guide, slides: Sequence[Slide]) -> str:
    has_its_own = row.follows.startswith(guides.GUIDES) and not row.follows.endswith("/index")
    who = escape(row.who) or ("see its own run sheet" if has_its_own else "")
    first = ' class="first"' if row.goes_first else ""
    said = "".join(f"<p>{escape(text)}</p>" for text in _prompts(row, guide))
    return (
        f'<tr{first}><th scope="row">{escape(row.start)}</th><td>{escape(row.minutes)}</td>'
        f"<td>{escape(row.what)}</td><td>{who}</td><td>{_slide_of(row, slides)}</td>"
        f"<td>{said}</td><td>{escape(row.cut)}</td></tr>"
    )


def _prompts(row: Row, guide: Guide) -> Iterator[str]:
    text = row.what.lower()
    if text.startswith(("opening", "welcome")) and guide.opening:
        yield guide.opening
    for number in row.rounds:
        if asked := guide.asked(number):
            yield asked
    if ("exit question" in text or "commitments" in text) and guide.exit_question:
        yield f"“{guide.exit_question}”"


def _slide_of(row: Row, slides: Sequence[Slide]) -> str:
    """Name the slides that belong to a row."""
    text = row.what.lower()
    wanted = {f"Round {number}:" for number in row.rounds}
    if text.startswith(("opening", "welcome")):
        wanted |= {"Title", "Opening"}
    if "decision" in text or "draft" in text:
        wanted.add("The decision")
    if "exit question" in text or "commitments" in text:
        wanted.add("Exit question")
    at = [
        number
        for number, slide in enumerate(slides, start=1)
        if slide.part == row.what or any(slide.part.startswith(part) for part in wanted)
    ]
    return ", ".join(_ranges(at))


def _ranges(numbers: Sequence[int]) -> Iterator[str]:
    """Write runs of numbers as ranges."""
    start: int | None = None
    for number in numbers:
        if start is None:
            start = number
        if number + 1 not in numbers:
            yield str(start) if start == number else f"{start}–{number}"
            start = None


def _boxes(items: Iterator[str] | Sequence[str]) -> str:
    return '<ul class="boxes">' + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def _sentence(text: str) -> str:
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _inside(part: Tag) -> str:
    """Give what stands below a heading, with links as plain words: paper has none."""
    return "".join(
        _without_links(tag)
        for tag in part.find_all(True, recursive=False)
        if tag.name not in {"section"} and not (tag.name == "h2" and part.name == "section")
    )


def _text(html: str) -> str:
    """Give the words of a piece of HTML."""
    return " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())


def _without_links(tag: Tag) -> str:
    for link in tag.find_all("a"):
        link.unwrap()
    return str(tag)
