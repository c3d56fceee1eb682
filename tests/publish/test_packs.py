import json
import re
import zipfile

import nbformat
import pypdf
import pytest
from bs4 import BeautifulSoup

from eeic.publish import guides, packs, pdf, sheets, slides
from eeic.publish.steps import BuildError

NAME = "00-small"
KEY, SECRET = "the-key-of-the-question", "what only the facilitator hears"
DRAWING = (
    "data:image/svg+xml;base64,"
    "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZpZXdCb3g9IjAgMCA1MjUgMzI4Ii8+"
)


def page(body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title></head>'
        f"<body><main>{body}</main></body></html>"
    )


def section(title: str, body: str, level: int = 2) -> str:
    mark = '<a class="headerlink" href="#x">#</a>'
    return f'<section id="x"><h{level}>{title}{mark}</h{level}>{body}</section>'


def cell(shown: str) -> str:
    return f'<div class="cell"><div class="cell_output">{shown}</div></div>'


def asked(name: str, stem: str, *, predict: bool) -> str:
    sheet = {
        "id": name,
        "predict": predict,
        "layout": "choice",
        "stem": f"<p>{stem}</p>",
        "parts": [{"options": [{"id": "a", "text": "More"}], "key": {"a": KEY}}],
        "explain": f"<p>{KEY}</p>",
    }
    script = f'<script type="application/json">{json.dumps(sheet)}</script>'
    return cell(f'<div class="eeic-ask" data-eeic-ask="{name}">{script}{KEY}</div>')


FIGURE = (
    f'<figure class="eeic-figure"><img alt="Two bars of one height" src="{DRAWING}">'
    "<figcaption>Use by group. 400 people.</figcaption></figure>"
    '<p class="eeic-finding">Both use it alike: 20 of 200 each.</p>'
)
LESSON = section(
    "A small lesson",
    "<p>Lesson 0 of 18, in Understand. It serves a test.</p>"
    + section("The decision", "<p>The board meets. You can let it stand, or change it.</p>")
    + section("You will be able to", "<ul><li>Compare.</li><li>Say so.</li></ul>")
    + section(
        "Round 1: Out of whom?",
        "<p>First ask.</p>"
        + asked("00.predict", "How many do you expect?", predict=True)
        + cell(FIGURE)
        + "<p>So nothing was made up. It counts people.</p>"
        + asked("00.check", "A self-check", predict=False),
    )
    + section(
        "Round 2: And then?",
        "<p>Now look.</p>"
        + cell(
            '<section class="eeic-explorer" aria-labelledby="mix"><p class="eeic-explorer-title" '
            'id="mix">A mix</p><p class="eeic-explorer-lead">Move it.</p>'
            f'<p class="eeic-finding">At first, 3.</p>{FIGURE}</section>'
        ),
    )
    + section("Round 3: Alone", f"<p>Not for a room.</p>{cell(FIGURE)}")
    + section("Talk about it", '<div class="discuss"><ol><li>Ten minutes. Whose?</li></ol></div>')
    + section("Handle with care", "<ul><li>Invented people.</li></ul>")
    + section("Use it at work", "<blockquote>In [year], [number].</blockquote>")
    + section("Key points", "<ul><li>Give both.</li></ul>"),
    level=1,
)


def minutes(*rows: tuple[str, ...]) -> str:
    names = ("Minutes", "From start", "What happens", "Who", "Cut this first")
    head = "".join(f"<th>{name}</th>" for name in names)
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


GUIDE = section(
    "Guide: A small lesson",
    section("Purpose", "<p>That something changes.</p>")
    + section(
        "Minutes",
        minutes(
            ("5", "0:00", "Opening and the decision", "you", "keep"),
            ("10", "0:05", "Round 1: bars", "tables", "shorten to 5"),
            ("5", "0:15", "Round 2: the mix", "you", "cut this first: say it in a sentence"),
            ("5", "0:20", "Exit question", "everyone", "keep"),
        ),
    )
    + section("Room and access", "<p>One screen.</p>")
    + section("Opening", f"<p>Say:</p><blockquote><p>We look at this. {SECRET}</p></blockquote>")
    + section(
        "Rounds",
        section(
            "Round 1: Out of whom?",
            f"<dl><dt>Ask</dt><dd><p>“What is it good for?” {SECRET}</p></dd></dl>",
            3,
        )
        + section(
            "Round 2: And then?", "<dl><dt>Ask</dt><dd><p>“If older?” Move it.</p></dd></dl>", 3
        ),
    )
    + section("Discussion", f"<ol><li><em>Whose ages?</em> {SECRET}</li></ol>")
    + section("Without technology", "<p>Print it.</p>")
    + section("Exit question", "<p>“Which one will you ask?” Collect on cards.</p>"),
    level=1,
)


def page_of_guide() -> str:
    """Give the guide's page without the marks that link to headings."""
    return re.sub(r'<a class="headerlink".*?</a>', "", page(GUIDE))


HANDOUT = section(
    "Cards to sort",
    "<table><thead><tr><th>Card</th><th>What</th></tr></thead><tbody>"
    + "".join(f"<tr><td>{n}</td><td>Step {n}</td></tr>" for n in range(1, 6))
    + "</tbody></table><table><thead><tr><th>Card</th><th>Answer</th><th>Why</th></tr></thead>"
    f"<tbody><tr><td>1</td><td>{KEY}</td><td>So</td></tr></tbody></table>",
    level=1,
)
INDEX = section(
    "For facilitators",
    "<table><thead><tr><th>Session</th><th>Guide</th><th>To print</th></tr></thead><tbody>"
    f'<tr><td>One</td><td><a href="{NAME}.html">A small lesson</a></td>'
    '<td><a href="../handouts/sort.html">Cards</a></td></tr></tbody></table>',
    level=1,
)


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """The zip of a small offline copy, and the folder of what shows slides."""
    folder = tmp_path_factory.mktemp("sources")
    with zipfile.ZipFile(folder / "offline.zip", "w") as archive:
        archive.writestr("index.html", page("<h1>The course</h1>"))
        archive.writestr(f"notebooks/{NAME}.html", page(LESSON))
        archive.writestr(f"book/facilitators/{NAME}.html", page(GUIDE))
        archive.writestr("book/facilitators/index.html", page(INDEX))
        archive.writestr("book/handouts/sort.html", page(HANDOUT))
    (folder / "reveal").mkdir()
    for name in ("reveal.js", "reveal.css", "reset.css"):
        (folder / "reveal" / name).write_text("/* reveal */")
    return folder / "offline.zip", folder / "reveal"


@pytest.fixture(scope="module")
def pack(chromium, sources, tmp_path_factory):
    """A pack, made once for all tests, and what was said of it."""
    to = tmp_path_factory.mktemp("packs")
    said = packs.make(NAME, to, *sources)
    return to / f"eeic-pack-{NAME}", said


@pytest.fixture(scope="module")
def guide():
    return guides.Guide(NAME, BeautifulSoup(page(GUIDE), "html.parser").find("h1").parent)


@pytest.fixture(scope="module")
def deck(guide):
    lesson = BeautifulSoup(page(LESSON), "html.parser").find("h1").parent
    for mark in [*lesson.select(".headerlink"), *guide.soup.select(".headerlink")]:
        mark.decompose()
    return slides.of_lesson(lesson, guide, "../course/notebooks/x.html")


def test_the_slides_keep_to_the_lessons_order_and_ask_before_they_show(deck):
    titles = [slide.title for slide in deck]
    assert titles == [
        "A small lesson",
        "How we work together",
        "The decision",
        "You will be able to",
        "Out of whom?",
        "What do you expect?",
        "Use by group",
        "So nothing was made up",
        "And then?",
        "A mix",
        "Talk about it",
        "Handle with care",
        "Use it at work",
        "Key points",
        "Before you leave",
    ]
    assert "If older?" in deck[8].body, "a round without a prediction begins with the guide's"
    assert "At first, 3" not in deck[9].body, "an explorer is not given away before it is used"
    assert "Not for a room" not in "".join(slide.body for slide in deck)


def test_a_deck_that_is_too_long_loses_its_explanations_before_its_figures(monkeypatch, deck):
    monkeypatch.setattr(slides, "MOST_SLIDES", len(deck) - 1)
    left = [slide.title for slide in slides._shortened(deck)]
    assert "So nothing was made up" not in left
    assert "Use by group" in left


def addresses(html: str) -> list[str]:
    soup = BeautifulSoup(html, "html.parser")
    found = [tag[name] for name in ("src", "href") for tag in soup.find_all(attrs={name: True})]
    return found + re.findall(r"url\(\"?([^\")]+)", html)


def test_the_room_loads_nothing_from_outside_and_sees_no_note_and_no_key(pack):
    folder, _ = pack
    html = (folder / f"room/slides-{NAME}.html").read_text("utf-8")
    assert addresses(html)
    assert not [address for address in addresses(html) if address.startswith(("http", "//"))]
    assert KEY not in html
    assert SECRET not in html
    assert "notes" not in html
    assert SECRET in (folder / "facilitator/notes.html").read_text("utf-8")
    assert 'alt="Two bars of one height"' in html
    assert '<html lang="en-GB">' in html


def outline_language_title_and_tags(file) -> tuple[bool, str, str, bool]:
    document = pypdf.PdfReader(file)
    catalogue = document.trailer["/Root"]
    tagged = bool(catalogue.get("/MarkInfo", {}).get("/Marked")) and "/StructTreeRoot" in catalogue
    title = document.metadata.title if document.metadata else ""
    return bool(document.outline), str(catalogue.get("/Lang")), title or "", tagged


def test_every_pdf_is_tagged_and_has_its_language_title_and_outline(pack):
    folder, _ = pack
    files = sorted(folder.rglob("*.pdf"))
    assert [file.stem for file in files] == [
        "after",
        "before",
        f"guide-{NAME}",
        "kit-list",
        "notes",
        "run-sheet",
        "cards-for-tables",
        "cards-sort",
        f"lesson-{NAME}",
        "sort",
    ]
    for file in files:
        outline, language, title, tagged = outline_language_title_and_tags(file)
        assert (language, tagged, outline) == ("en-GB", True, True), file.name
        assert title, file.name


@pytest.mark.usefixtures("chromium")
def test_an_untagged_pdf_is_refused(tmp_path, monkeypatch):
    (tmp_path / "a.html").write_text(page("<h1>Text</h1>"), encoding="utf-8")
    monkeypatch.setattr(pdf, "FLAGS", (*pdf.FLAGS, "--disable-pdf-tagging"))
    with pytest.raises(BuildError, match=r"a\.pdf has no tags"):
        pdf.write(tmp_path / "a.html", tmp_path / "a.pdf")
    assert outline_language_title_and_tags(tmp_path / "a.pdf")[3] is False


def test_without_chromium_one_sentence_says_what_to_do(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("EEIC_CHROMIUM", raising=False)
    with pytest.raises(BuildError, match=r"printing needs Chromium, .* EEIC_CHROMIUM"):
        pdf.program()


def test_a_run_that_fails_leaves_nothing(sources, tmp_path, monkeypatch):
    monkeypatch.setenv("EEIC_CHROMIUM", str(tmp_path / "no-such-program"))
    with pytest.raises(BuildError, match="cannot be run"):
        packs.make(NAME, tmp_path / "packs", *sources)
    assert list((tmp_path / "packs").iterdir()) == []


def test_a_session_that_does_not_exist_is_answered_with_those_that_do(sources, tmp_path):
    with pytest.raises(BuildError, match=f"no session named “99-none”: choose one of {NAME}"):
        packs.make("99-none", tmp_path, *sources)


def test_nothing_is_overwritten(pack, sources):
    folder, _ = pack
    with pytest.raises(BuildError, match="is there already and may hold answers"):
        packs.make(NAME, folder.parent, *sources)


def test_the_way_in_leads_to_everything_and_says_what_there_is(pack):
    folder, said = pack
    start = (folder / "START-HERE.html").read_text("utf-8")
    links = {link["href"] for link in BeautifulSoup(start, "html.parser").find_all("a")}
    assert not [link for link in links if not (folder / link).is_file()]
    made = {file.relative_to(folder).as_posix() for file in folder.rglob("*.pdf")}
    assert made <= links
    readme = (folder / "README.txt").read_text("utf-8")
    assert "facilitator/run-sheet.pdf" in readme
    assert any(line.startswith("facilitator: ") for line in said)
    with zipfile.ZipFile(folder.with_suffix(".zip")) as archive:
        assert f"{folder.name}/START-HERE.html" in archive.namelist()
        assert not [name for name in archive.namelist() if ".print" in name]


def test_the_run_sheet_says_slides_words_and_what_to_cut(guide, deck):
    made = BeautifulSoup(sheets.run_sheet(guide, deck), "html.parser")
    rows = [
        [guides.words(cell) for cell in row.find_all(["th", "td"])]
        for row in made.find("tbody").find_all("tr")
    ]
    assert rows[0][4] == "1–3"
    assert rows[0][5].startswith("We look at this.")
    assert rows[1][4] == "5–8"
    assert rows[1][5].startswith("“What is it good for?”")
    assert rows[3][4:6] == ["15", "“Which one will you ask?”"]
    valve = guides.words(made.find(class_="valve"))
    assert "at 0:15: Round 2: the mix. Say it in a sentence." in valve


def test_cards_leave_the_answers_out():
    found = sheets.cards(BeautifulSoup(page(HANDOUT), "html.parser").find("h1").parent)
    assert len(found) == 5
    assert KEY not in "".join(found)
    laid = BeautifulSoup(sheets.card_sheets("Cards", found), "html.parser")
    assert [len(one.find_all(class_="card")) for one in laid.find_all(class_="sheet")] == [4, 1]


def test_a_workshop_opens_decks_in_the_room_and_no_page_that_may_hold_answers():
    rows = minutes(("5", "0:00", "Welcome", "", "keep"))
    for page, name in (("00-small", "A part: first"), ("../handouts/sort", "Sorting: second")):
        row = f'<tr><td>9</td><td>0:05</td><td>{name}</td><td><a href="{page}.html">x</a></td>'
        rows = rows.replace("</tbody>", f"{row}<td>keep</td></tr></tbody>")
    rows = rows.replace("<th>Who</th>", "<th>Guide</th>")
    text = re.sub(r"<table>.*?</table>", lambda _: rows, page_of_guide(), count=1, flags=re.S)
    workshop = guides.Guide("day", BeautifulSoup(text, "html.parser").find("h1").parent)
    assert workshop.followed() == [f"book/facilitators/{NAME}", "book/handouts/sort"]
    decks = {f"book/facilitators/{NAME}": "slides-x.html", "book/handouts/sort": ""}
    html = slides.html(slides.of_workshop(workshop, decks), "Day", course="../course")
    links = [link["href"] for link in BeautifulSoup(html, "html.parser").main.find_all("a")]
    assert links == ["slides-x.html"]
    assert "Sorting" in html


def test_table_cards_carry_questions_and_not_what_to_listen_for(pack):
    made = (pack[0] / "print/cards-for-tables.html").read_text("utf-8")
    assert "Whose?" in made
    assert SECRET not in made


def test_evaluation_comes_with_an_empty_table_and_a_notebook_that_reads_it(pack):
    folder = pack[0] / "evaluation"
    header = (folder / "answers.csv").read_text("utf-8").strip().split(",")
    notebook = nbformat.read(folder / "summary.ipynb", as_version=4)
    nbformat.validate(notebook)
    letters = re.search(r"summary\(answers, \[(.*)\]\)", notebook.cells[1].source)[1]
    assert sum(name.startswith("knows_before_") for name in header) == letters.count(",") + 1
    before = (folder / "before.html").read_text("utf-8")
    after = (folder / "after.html").read_text("utf-8")
    item = "ask of a figure: compared with whom"
    assert (before.count(item), after.count(item)) == (1, 2)
