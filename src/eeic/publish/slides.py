"""Slides for a room, taken from a lesson's built page and its facilitator guide.

The lesson's fixed skeleton says what becomes a slide: the decision, the aims, each round with its
prediction before its figure and its figure before the words about it, the talk, the care, the key
points. What the facilitator alone should see is kept apart from what the room sees, and is never
written into the deck.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files

from bs4 import BeautifulSoup, Tag

import eeic
from eeic.publish import guides
from eeic.publish.guides import Guide, words

#: More slides than this are not a talk but a document.
MOST_SLIDES = 25
#: Words that a slide of text may hold; what is more goes to the notes.
MOST_WORDS = 60
#: Up to so many words a slide's letters have this size (a name in the style sheet), then smaller.
SIZES = ((18, "huge"), (40, "large"), (68, "middle"))
#: A list may hold more; in a longer one each item is cut to its first sentence.
MOST_IN_A_LIST = 100
#: A heading longer than this takes a third line.
LONGEST_TITLE = 88
#: A figure this much wider than it is high has its words below it and not beside it.
WIDE = 1.9

_SENTENCE = re.compile(r"(?<=[.?!”])\s+(?=[A-Z“0-9])")
_CITED = re.compile(r"\s*\[[A-Z][^\]]* \d{4}[a-z]?\]")
_ROUND = re.compile(r"^Round (\d)\b")
_QUOTED = re.compile("“([^”]+)”")
#: What may go first when there are too many slides: the lower, the longer it is kept.
_KEEP, _FINDING, _EXPLAIN = range(3)


@dataclass(frozen=True)
class Slide:
    """One slide, and what goes with it.

    Parameters
    ----------
    title : str
        The heading, as plain text.
    body : str
        What the room sees below it, as HTML.
    part : str
        The part of the lesson that it belongs to, such as ``"Round 2: How old is everyone?"``.
    notes : str
        What the facilitator alone has, as HTML.
    look : str
        The name of its layout in the style sheet.
    spare : int
        The higher, the sooner it is left out of a deck that is too long.
    """

    title: str
    body: str
    part: str
    notes: str = ""
    look: str = "words"
    spare: int = _KEEP


def of_lesson(lesson: Tag, guide: Guide, page: str) -> list[Slide]:
    """Choose the slides of a lesson.

    Parameters
    ----------
    lesson : bs4.Tag
        The lesson's page, as `eeic.publish.guides.article` reads it.
    guide : Guide
        Its facilitator guide. The rounds that its minutes name are shown; if they name none, all.
    page : str
        The address of the lesson's page from where the deck will lie.

    Returns
    -------
    list of Slide
        At most `MOST_SLIDES`, in the lesson's order.
    """
    sections = {guides.heading(s): s for s in lesson.find_all("section", recursive=False)}
    rounds = {int(hit[1]): title for title in sections if (hit := _ROUND.match(title))}
    run = sorted({number for row in guide.rows for number in row.rounds} or rounds)
    slides = [
        _title(guides.heading(lesson), words(lesson.find("p", recursive=False))),
        _agreements(guide),
        *_texts(sections["The decision"], "The decision"),
        _list(sections["You will be able to"], "You will be able to"),
    ]
    for number in run:
        title = rounds[number]
        slides += _round(sections[title], title, guide, number, page)
    slides += [
        _prompts(lesson, guide),
        _list(sections["Handle with care"], "Handle with care"),
        *_pattern(sections["Use it at work"]),
        _list(sections["Key points"], "Key points"),
        _leaving(guide),
    ]
    return _shortened(slides)


def of_workshop(guide: Guide, decks: dict[str, str]) -> list[Slide]:
    """Choose the slides that hold a workshop's parts together.

    Parameters
    ----------
    guide : Guide
        The workshop's facilitator guide.
    decks : dict
        The page that a part is run from, to the address of its deck; empty where it has none. A
        handout's page is not opened in the room: it may end with the answers.

    Returns
    -------
    list of Slide
    """
    slides = [_title(guide.title, words(guide.soup.find("p", recursive=False))), _agreements(guide)]
    slides.append(Slide("Today", _purpose(guide), "Purpose", look="words middle"))
    for row in guide.rows:
        if row.follows not in decks:
            continue
        address = decks[row.follows]
        link = f'<p><a href="{escape(address)}">Open this part</a></p>' if address else ""
        title, _, rest = row.what.partition(": ")
        title, rest = (rest, title) if rest and title.startswith("Round") else (title, rest)
        body = (f"<p>{escape(rest[:1].upper() + rest[1:])}</p>" if rest else "") + link
        when = f"{row.week}. {row.minutes} minutes" if row.week else f"{row.minutes} minutes"
        body = f'<p class="kicker">{escape(when)}</p>{body}'
        slides.append(Slide(title, body, row.what, look="part"))
    if guide.discussion:
        listed = "".join(f"<li>{escape(item)}</li>" for item in guide.discussion)
        slides.append(Slide("Talk about it", f"<ol>{listed}</ol>", "Discussion"))
    slides.append(_leaving(guide))
    return _shortened(slides)


def to_talk_about(lesson: Tag) -> list[str]:
    """Give the questions that a lesson leaves for talking.

    Parameters
    ----------
    lesson : bs4.Tag
        The lesson's page.

    Returns
    -------
    list of str
        Without the minutes, which are the facilitator's business.
    """
    box = lesson.find("div", class_="discuss")
    items = box.find_all("li") if isinstance(box, Tag) else []
    return [re.sub(r"^[A-Z]\w+ minutes?\. ", "", words(item)) for item in items]


def html(slides: Sequence[Slide], title: str, *, course: str) -> str:
    """Write a deck.

    Parameters
    ----------
    slides : sequence of Slide
        What to show, in order.
    title : str
        The deck's name.
    course : str
        The address of the offline course from where the deck will lie.

    Returns
    -------
    str
        A page that loads nothing from outside and holds no word of the notes. The folder
        ``reveal`` has to lie beside it.
    """
    style = files("eeic.publish").joinpath("pack", "slides.css").read_text("utf-8")
    made = "\n".join(
        f'<section id="slide-{number}"><div class="{slide.look}">'
        f"<{level}>{escape(slide.title)}</{level}>{slide.body}</div></section>"
        for number, slide in enumerate(slides, start=1)
        for level in ["h1" if number == 1 else "h2"]
    )
    mathematics = (
        f'<script defer src="{course}/vendor/mathjax/tex-mml-chtml.js"></script>\n'
        if 'class="math' in made
        else ""
    )
    return f"""<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{escape(title)}: slides</title>
<link rel="stylesheet" href="reveal/reset.css">
<link rel="stylesheet" href="reveal/reveal.css">
<style>
{style.replace("COURSE", course)}</style>
{mathematics}</head>
<body>
<main><div class="reveal"><div class="slides">
{made}
</div></div></main>
<footer class="foot">{escape(eeic.NOTICE)}</footer>
<script src="reveal/reveal.js"></script>
<script>
Reveal.initialize({{width: 1280, height: 720, margin: 0, minScale: 0.1, hash: true, center: false,
  transition: "none", backgroundTransition: "none", slideNumber: "c/t", keyboard: {{83: null}}}});
</script>
</body>
</html>
"""


def _title(title: str, about: str) -> Slide:
    first = _SENTENCE.split(about)[0]
    return Slide(
        title, f"<p>{escape(first)}</p>", "Title", look="title", notes=f"<p>{escape(about)}</p>"
    )


def _agreements(guide: Guide) -> Slide:
    """Say what the facilitators' page fixes for the opening of every session."""
    body = (
        "<ul><li>Speak from “I”; impact counts as well as intent.</li>"
        "<li>Nobody represents a group. Passing is fine.</li>"
        "<li>Stories stay here; lessons may travel.</li>"
        "<li>The people in the figures are invented. The questions are real.</li></ul>"
    )
    notes = f"<p>Say, in your own words:</p><blockquote>{escape(guide.opening)}</blockquote>"
    return _worded("How we work together", body, "Opening", notes)


def _leaving(guide: Guide) -> Slide:
    body = f'<p class="ask">{escape(guide.exit_question)}</p>'
    return _worded("Before you leave", body, "Exit question", _after(guide.parts["Exit question"]))


def _purpose(guide: Guide) -> str:
    first = guide.parts["Purpose"].find("p")
    return f"<p>{escape(_cut(words(first)))}</p>"


def _texts(section: Tag, title: str) -> Iterator[Slide]:
    """Put a short section's words on a slide, the rest with the notes."""
    blocks = section.find_all(["p", "ul", "ol", "blockquote"], recursive=False)
    body, rest = _fitting(blocks)
    yield _worded(title, body, title, rest)
    for finding in section.select(".cell .eeic-finding"):
        body = f'<p class="finding">{escape(words(finding))}</p>'
        yield _worded("What lies on the table", body, title, "")


def _list(section: Tag, title: str) -> Slide:
    """Show a box's list; of an item that is long, its first sentence."""
    items = section.find_all("li")
    total = sum(len(words(item).split()) for item in items)
    short = total > MOST_IN_A_LIST
    said = [_SENTENCE.split(words(item))[0] if short else words(item) for item in items]
    body = "<ul>" + "".join(f"<li>{escape(one)}</li>" for one in said) + "</ul>"
    notes = "".join(f"<li>{escape(words(item))}</li>" for item in items)
    return _worded(title, body, title, f"<ul>{notes}</ul>" if short else "")


def _prompts(lesson: Tag, guide: Guide) -> Slide:
    body = (
        "<ol>" + "".join(f"<li>{escape(_cut(one))}</li>" for one in to_talk_about(lesson)) + "</ol>"
    )
    return _worded("Talk about it", body, "Talk about it", _after(guide.parts["Discussion"]))


def _pattern(section: Tag) -> Iterator[Slide]:
    """Show the sentence pattern to take away, if the lesson has one."""
    quote = section.find("blockquote")
    if quote:
        body = f"<blockquote>{escape(words(quote))}</blockquote>"
        yield _worded("Use it at work", body, "Use it at work", "")


def _round(section: Tag, title: str, guide: Guide, number: int, page: str) -> Iterator[Slide]:
    """Walk through a round in its order, so that nothing is shown before it was asked."""
    waiting: list[Tag] = []
    opened, explained, asked = False, True, False
    for tag in section.find_all(True, recursive=False):
        if tag.name == "h2":
            continue
        if "cell" not in tag.get_attribute_list("class"):
            waiting.append(tag)
            continue
        if not opened:
            yield _opener(waiting, title, section, guide, number)
            opened = True
        elif waiting and not explained:
            yield from _explained(waiting, title)
            explained = True
        waiting = []
        for shown in _shown(tag):
            if "eeic-ask" not in shown.get_attribute_list("class"):
                yield from _seen(shown, title, page)
                explained = asked = False
            elif not asked and (sheet := _sheet(shown))["predict"]:
                yield _question(sheet, title)
                asked = True  # one question before each thing that is shown
    if waiting and not explained:
        yield from _explained(waiting, title)


def _opener(blocks: Sequence[Tag], title: str, section: Tag, guide: Guide, number: int) -> Slide:
    """Begin a round; where the lesson asks for no prediction, the guide's question does."""
    predicts = any(sheet["predict"] for sheet in map(_sheet, section.find_all(class_="eeic-ask")))
    asked = "" if predicts else _QUOTED.search(guide.asked(number))
    body, rest = _fitting(blocks, MOST_WORDS if predicts else MOST_WORDS // 2)
    if asked:
        body += f'<p class="ask">{escape(asked[1])}</p>'
    guidance = _after(guide.rounds[number]) if number in guide.rounds else ""
    return _worded(title.partition(": ")[2], body, title, guidance + rest, kicker=title)


def _shown(cell: Tag) -> Iterator[Tag]:
    """Give what a cell shows, one thing at a time; a figure has its finding with it."""
    figure: Tag | None = None
    for tag in cell.select(".eeic-ask, .eeic-explorer, .eeic-figure, .eeic-finding"):
        if tag.find_parent(class_=["eeic-ask", "eeic-explorer"]):
            continue
        if tag.name == "figure":
            figure = tag
        elif tag.name == "p" and figure is not None:
            figure.append(tag)
            yield figure
            figure = None
        else:
            yield tag
    if figure is not None:
        yield figure


def _question(sheet: dict, part: str) -> Slide:
    """Write a prediction with what there is to choose from; nothing of its key is taken over."""
    options = "".join(
        f"<li>{escape(option['text'])}</li>" for option in sheet["parts"][0].get("options", [])
    )
    body = f'<div class="ask">{sheet["stem"]}</div>' + (
        f'<ol class="options">{options}</ol>' if options else ""
    )
    return _worded("What do you expect?", body, part, "")


def _seen(tag: Tag, part: str, page: str) -> Iterator[Slide]:
    """Show a figure with what it says, an explorer with its way in, or a finding by itself."""
    if tag.name == "p":
        body = f'<p class="finding">{escape(words(tag))}</p>'
        yield _worded("What the figures say", body, part, "", spare=_FINDING)
        return
    image = tag.find("img")
    picture = f'<img src="{image["src"]}" alt="{escape(str(image["alt"]))}">' if image else ""
    look = "figure wide" if image and _shape(str(image["src"])) > WIDE else "figure"
    if tag.name == "section":
        title = words(tag.find(class_="eeic-explorer-title"))
        anchor = str(tag["aria-labelledby"])
        lead = words(tag.find(class_="eeic-explorer-lead"))
        said = (
            f"<p>{escape(_cut(lead, 35))}</p>"
            f'<p><a href="{escape(page)}#{anchor}" target="_blank">Open it on the page</a></p>'
        )
        notes = f"<p>{escape(words(tag.find(class_='eeic-finding')))}</p>"
    else:
        caption = words(tag.find("figcaption"))
        first, _, rest = caption.partition(". ")
        title, more = _headline(first)
        rest = f"{more}. {rest}" if more else rest
        finding = tag.find(class_="eeic-finding")
        said = f'<p class="finding">{escape(_cut(words(finding), 40))}</p>' if finding else ""
        said += f'<p class="caption">{escape(_cut(rest, 20))}</p>' if rest else ""
        notes = "".join(f"<p>{escape(text)}</p>" for text in (words(finding), rest) if text)
    if image:
        notes += f"<p>In words: {escape(str(image['alt']))}</p>"
    body = f'<div class="picture">{picture}</div><div class="said">{said}</div>'
    yield Slide(title.rstrip("."), body, part, notes, look)


def _headline(sentence: str) -> tuple[str, str]:
    """Shorten what is too long for a heading at its last comma or colon that leaves it short."""
    if len(sentence) <= LONGEST_TITLE:
        return sentence, ""
    ends = [hit.start() for hit in re.finditer("[,:;] ", sentence) if hit.start() <= LONGEST_TITLE]
    if not ends:
        return sentence, ""
    more = sentence[ends[-1] + 2 :]
    return sentence[: ends[-1]], more[:1].upper() + more[1:]


def _explained(blocks: Sequence[Tag], part: str) -> Iterator[Slide]:
    """Turn the words after a figure into a slide whose heading is their first sentence."""
    first = next((tag for tag in blocks if tag.name == "p"), None)
    if first is None:
        return
    sentence, *others_said = _SENTENCE.split(words(first), maxsplit=1)
    rest = "".join(others_said)
    if len(sentence) > LONGEST_TITLE:
        sentence, rest = "What this says", words(first)
    others = "".join(f"<p>{escape(words(tag))}</p>" for tag in blocks[1:])
    if rest:
        body = f"<p>{escape(_cut(rest))}</p>"
    else:
        body, others = _fitting(blocks[1:])
    yield _worded(sentence.rstrip("."), body, part, others, spare=_EXPLAIN)


def _worded(
    title: str, body: str, part: str, notes: str, *, kicker: str = "", spare: int = _KEEP
) -> Slide:
    count = len(words(BeautifulSoup(body, "html.parser")).split())
    look = "words" + next((f" {size}" for most, size in SIZES if count <= most), "")
    if kicker:
        body = f'<p class="kicker">{escape(kicker.partition(":")[0])}</p>{body}'
    return Slide(title, body, part, notes, look, spare)


def _fitting(blocks: Sequence[Tag], most: int = MOST_WORDS) -> tuple[str, str]:
    """Part blocks of text into what fits a slide and what goes to the notes."""
    shown, rest, count = [], [], 0
    for tag in blocks:
        size = len(words(tag).split())
        if count and count + size > most:
            rest.append(f"<p>{escape(words(tag))}</p>")
            count = most
        elif tag.name == "p":
            shown.append(f"<p>{escape(_cut(words(tag), most))}</p>")
            if size > most:
                rest.append(f"<p>{escape(words(tag))}</p>")
            count += size
        else:
            shown.append(_plain(tag))
            count += size
    return "".join(shown), "".join(rest)


def _cut(text: str, most: int = MOST_WORDS) -> str:
    """Keep a text's first sentences, as many as fit; a first one that is too long stays whole."""
    kept = ""
    for sentence in _SENTENCE.split(_CITED.sub("", text)):
        if kept and len(f"{kept} {sentence}".split()) > most:
            break
        kept = f"{kept} {sentence}".strip()
    return kept


def _plain(tag: Tag) -> str:
    """Write a list or a quotation without links, classes and the page's own marks."""
    if tag.name in {"ul", "ol"}:
        items = "".join(f"<li>{escape(words(item))}</li>" for item in tag.find_all("li"))
        return f"<{tag.name}>{items}</{tag.name}>"
    if tag.name == "blockquote":
        return f"<blockquote>{escape(words(tag))}</blockquote>"
    said = " ".join(words(p) for p in tag.select("p:not(.admonition-title)"))
    return f"<p>{escape(_cut(said))}</p>" if said else ""


def _after(part: Tag) -> str:
    """Give what a guide says below a heading."""
    return "".join(str(tag) for tag in part.find_all(["p", "dl", "ol", "ul"], recursive=False))


def _sheet(ask: Tag) -> dict:
    """Read what the page's script knows of a question; the logbook's box is none."""
    script = ask.find("script")
    if script is None or not ask.has_attr("data-eeic-ask"):
        return {"predict": False}
    return json.loads(script.get_text())


def _shape(address: str) -> float:
    """Say how much wider than high a drawing is that stands in its own address."""
    head = base64.b64decode(address.partition(",")[2][:2000] + "==", validate=False)
    hit = re.search(rb'viewBox="\S+ \S+ (\S+) (\S+)"', head)
    return float(hit[1]) / float(hit[2]) if hit else 1.5


def _shortened(slides: list[Slide]) -> list[Slide]:
    """Leave out what can be spared, the last of its kind first, until the deck is short enough."""
    kept = list(slides)
    for spare in (_EXPLAIN, _FINDING):
        for slide in [one for one in reversed(slides) if one.spare == spare]:
            if len(kept) > MOST_SLIDES:
                kept.remove(slide)
    return kept
