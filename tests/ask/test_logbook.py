"""The logbook: its boxes, its file, its Word document, and the refusals."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest

from eeic import ask, cli
from eeic.ask import logbooks
from eeic.ask.logbooks import live, page, store, word
from eeic.publish import lessons, vendor

DAY = date(2026, 5, 4)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SOME = {
    "04": {
        "sentence": "Of 1,200 people <with> diabetes & no letter…\r\n\r\n\tঢাকা \x0b\ud800😀",
        "x": " ",
    },
    "10": {"core": "Keep the interpreters."},
    "01": {"service": "\u00a0 \n", "lever": "The letter.\nThe hours."},
    "77": {"gone": "Kept from\nbefore."},
    "02": {"older": "An answer to a question that is gone."},
}
LOGBOOKS = [{}, SOME, {"77": {"gone": "Only this."}}, {"01": {"service": " "}}]


# ---- boxes


def test_every_lesson_has_its_box():
    assert [box.id for box in logbooks.boxes()] == [f"{n:02}" for n in range(1, 19)]
    for box in logbooks.boxes():
        assert 2 <= len(box.prompts) <= 3
        assert len({prompt.id for prompt in box.prompts}) == len(box.prompts)
        assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", prompt.id) for prompt in box.prompts)
        assert len(box.hint.split()) <= 40 and box.title[-1] != "."


def test_a_box_that_is_none_is_refused_in_one_sentence():
    for wrong in ("19", "4", "00"):
        with pytest.raises(ValueError, match=rf'no box "{wrong}".*"01" to "18"\.$'):
            ask.logbook(wrong)


def test_the_page_has_the_prompts_and_lines_for_a_pen(monkeypatch):
    monkeypatch.setenv("EEIC_STATIC", "1")
    html = ask.logbook("04")._repr_html_()
    assert 'data-eeic-logbook="04"' in html
    for prompt in logbooks.boxes()[3].prompts:
        assert html.count(prompt.name) == 2, "for the script, and to be read"
    assert html.count('class="eeic-log-rule"') == 12
    assert "word/styles.xml" not in html, "only the page with all boxes makes documents"
    assert repr(ask.logbook("04")).startswith("Your logbook, box 4 of 18: My fair-comparison card")
    whole = ask.logbook()._repr_html_()
    assert whole.count("<h3") == 18 and whole.count("<h2") == 4 and "word/styles.xml" in whole


def test_the_scripts_run_as_classic_scripts():
    assert "export default" not in logbooks.static_script()
    assert "eeicLogbook.render" in logbooks.static_script()
    names = {
        *re.findall(
            r"\b(?:fetch|XMLHttpRequest|sendBeacon|WebSocket|import)\b\(", logbooks.static_script()
        )
    }
    assert names == set()


# ---- the file beside a notebook


def test_what_is_written_is_there_again():
    assert store.read() == {}
    assert store.write({"04": {"sentence": "First."}})
    assert store.write({"04": {"comparison": "Ours."}, "05": {"log": "Two places."}})
    assert store.read() == {
        "04": {"sentence": "First.", "comparison": "Ours."},
        "05": {"log": "Two places."},
    }
    assert Path("logbook.json").stat().st_mode & 0o777 == 0o600
    assert list(Path().iterdir()) == [Path("logbook.json")], "no temporary file is left"
    store.write({"04": {"sentence": "", "comparison": ""}})
    assert json.loads(Path("logbook.json").read_text()) == {
        "version": 1,
        "boxes": {"05": {"log": "Two places."}},
    }


DAMAGED = {
    "{": "does not read as JSON",
    "": "does not read as JSON",
    "[]": "holds no boxes",
    "null": "holds no boxes",
    '{"version": 1, "answers": {}}': "holds no boxes",
    '{"version": 1, "boxes": []}': "holds no boxes",
    '{"boxes": {}}': "another version",
    '{"version": true, "boxes": {}}': "another version",
    '{"version": 2, "boxes": {"04": {"sentence": "Newer."}}}': "another version",
    '{"version": 1, "boxes": {"04": "text"}}': "damaged in box 04",
    '{"version": 1, "boxes": {"04": {"sentence": 7}}}': "damaged in box 04",
}


@pytest.mark.parametrize("text", DAMAGED)
def test_a_file_of_another_shape_is_kept_and_never_written_over(text, capsys):
    for number, name in enumerate(["logbook.json.bak", "logbook.json.bak-2"]):
        Path("logbook.json").write_text(text)
        with pytest.raises(store.Unreadable, match=DAMAGED[text]):
            store.read()
        assert store.write({"04": {"sentence": f"Anew {number}."}})
        assert Path(name).read_text() == text
        assert f"kept as {name}" in capsys.readouterr().out
        assert store.read() == {"04": {"sentence": f"Anew {number}."}}


def test_a_file_that_is_not_text_is_set_aside():
    Path("logbook.json").write_bytes(b"\xff\xfe\x00")
    assert store.read_or_set_aside() == {}
    assert Path("logbook.json.bak").read_bytes() == b"\xff\xfe\x00"


def test_where_nothing_can_be_written_it_lives_as_long_as_the_kernel(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patched:
        patched.setattr(store, "put_in_place", refuse)
        patched.setattr(store, "writable", lambda: False)
        assert not store.write({"04": {"sentence": "Kept."}})
        assert store.read() == {"04": {"sentence": "Kept."}}
    assert store.write({"05": {"log": "Now."}})
    assert store.read() == {"04": {"sentence": "Kept."}, "05": {"log": "Now."}}


def test_the_widget_writes_only_what_changed():
    pytest.importorskip("anywidget")
    store.write({"04": {"sentence": "First."}, "09": {"first": "A trial."}})
    box, whole = ask.logbook("04"), ask.logbook()
    assert box.written == {"04": {"sentence": "First."}} and box.kept == "file"
    box.written = {"04": {"sentence": "Second."}}
    # The other one still shows the first sentence: it must not bring that back.
    whole.written = {**whole.written, "05": {"log": "Two places."}}
    assert store.read() == {
        "04": {"sentence": "Second."},
        "05": {"log": "Two places."},
        "09": {"first": "A trial."},
    }
    whole.written = {}
    assert store.read() == {}
    assert box.taken == 1 and whole.taken == 2


def test_showing_a_box_writes_nothing():
    pytest.importorskip("anywidget")
    shown = live.widget("04")
    assert list(Path().iterdir()) == []
    data = shown._repr_mimebundle_()[0]
    assert data["text/plain"] == page.plain_text("04")
    assert "eeic-log-rule" in data["text/html"]


# ---- the Word document


def paragraphs(made):
    with zipfile.ZipFile(BytesIO(made)) as archive:
        assert archive.testzip() is None
        body = ElementTree.fromstring(archive.read("word/document.xml")).find(f"{W}body")
    for one in body.iter(f"{W}p"):
        style = one.find(f"{W}pPr/{W}pStyle")
        text = "".join(piece.text or "" for piece in one.iter(f"{W}t"))
        yield ("" if style is None else style.get(f"{W}val")), text


def test_the_document_holds_what_was_written():
    made = list(paragraphs(word.docx(SOME, DAY)))
    assert made[:2] == [
        ("Title", "My logbook"),
        ("Subtitle", "Evidence and Ethnicity in Commissioning. Saved on 4 May 2026."),
    ]
    assert made[2:8] == [
        ("Heading1", "1. My service, my stage, my lever"),
        ("Heading2", "My service"),
        ("Question", "Which service is it, where, and who is it for?"),
        ("Heading2", "Its stage, and a chance missed"),
        ("Question", logbooks.boxes()[0].prompts[1].ask),
        ("Heading2", "My lever"),
    ]
    assert made[8:10] == [("", "The letter."), ("", "The hours.")]
    assert ("", "Of 1,200 people <with> diabetes & no letter…") in made
    assert ("", "    ঢাকা 😀") in made, "what XML may not hold is left out, the rest is kept"
    kept = made.index(("Heading1", "From another version of the course"))
    assert made[kept + 1 : kept + 6] == [
        ("Heading2", "02, older"),
        ("", "An answer to a question that is gone."),
        ("Heading2", "77, gone"),
        ("", "Kept from"),
        ("", "before."),
    ]
    assert made[kept + 6] == ("Heading1", "Not begun yet")
    rest = [text for _, text in made[kept + 7 :]]
    assert len(rest) == 14 and "10. Transferability card" not in rest


def test_an_empty_logbook_gives_the_questions():
    made = list(paragraphs(word.docx({}, DAY)))
    asked = [prompt.ask for box in logbooks.boxes() for prompt in box.prompts]
    assert [text for style, text in made if style == "Question"] == asked


@pytest.mark.parametrize("written", LOGBOOKS)
def test_the_document_is_a_sound_package(written):
    """What Word and LibreOffice need: every part typed, every link leads to one, styles exist."""
    made = word.docx(written, DAY)
    with zipfile.ZipFile(BytesIO(made)) as archive:
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        names = archive.namelist()
        assert names[0] == "[Content_Types].xml"
        parts = {name: ElementTree.fromstring(archive.read(name)) for name in names}
    types = parts["[Content_Types].xml"]
    typed = {node.get("PartName") for node in types if "PartName" in node.attrib}
    ended = {node.get("Extension") for node in types if "Extension" in node.attrib}
    assert typed <= {f"/{name}" for name in names}
    assert all(f"/{name}" in typed or name.rsplit(".", 1)[1] in ended for name in names[1:])
    for rels, folder in (("_rels/.rels", ""), ("word/_rels/document.xml.rels", "word/")):
        assert {folder + node.get("Target") for node in parts[rels]} <= set(names)
    styles = {node.get(f"{W}styleId") for node in parts["word/styles.xml"]}
    assert {style for style, _ in paragraphs(made) if style} <= styles
    assert parts["word/styles.xml"].find(f".//{W}lang").get(f"{W}val") == "en-GB"
    core = {node.tag.rsplit("}", 1)[1]: node.text for node in parts["docProps/core.xml"]}
    assert core["title"] == "My logbook" and core["language"] == "en-GB"
    assert core["created"] == "2026-05-04T00:00:00Z"


RUN = """
import { readFileSync } from "node:fs";
import logbook from "./logbook.mjs";
const { sheet, books, texts, pairs } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify({
  documents: books.map((book) =>
    Buffer.from(logbook.docx(sheet, book, "2026-05-04")).toString("hex")),
  read: texts.map((text) => logbook.parse(text)),
  written: books.map((book) => JSON.parse(logbook.asText(book))),
  taken: pairs.map(([ours, theirs, prefer]) => [
    logbook.differing(ours, theirs).length, logbook.take(ours, theirs, prefer),
  ]),
}));
"""


def in_node(books=(), texts=(), pairs=(), change=None):
    source = page.page.asset("logbook.mjs")
    if change:
        assert change[0] in source
        source = source.replace(*change)
    Path("logbook.mjs").write_text(source, encoding="utf-8")
    Path("run.mjs").write_text(RUN, encoding="utf-8")
    sheet = page.with_parts(logbooks.sheet())
    told = json.dumps({"sheet": sheet, "books": books, "texts": texts, "pairs": pairs})
    ran = subprocess.run(
        [vendor.node(), "run.mjs"],
        input=told,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return json.loads(ran.stdout)


def test_python_and_the_page_agree():
    sound = ['{"version": 1, "boxes": {}}', '{"version": 1.0, "boxes": {"a": {}, "04": {"b": ""}}}']
    theirs = in_node(LOGBOOKS, [*DAMAGED, *sound])
    for book, made in zip(LOGBOOKS, theirs["documents"], strict=True):
        assert bytes.fromhex(made) == word.docx(book, DAY), "byte by byte"
    for book, written in zip(LOGBOOKS, theirs["written"], strict=True):
        assert written == json.loads(store.as_text(book))
    for text, read in zip([*DAMAGED, *sound], theirs["read"], strict=True):
        try:
            assert read == {"boxes": store.parse(text)}
        except store.Unreadable as error:
            assert read == {"problem": str(error)}


def test_a_difference_would_be_seen():
    """The check is worth something: change what the page writes, and it disagrees."""
    for change in (("[2, 20]", "[2, 10]"), ('"Not begun yet"', '"To do"'), ("\\x20-", "\\x21-")):
        (made,) = in_node([SOME], change=change)["documents"]
        assert bytes.fromhex(made) != word.docx(SOME, DAY)


def test_taking_another_logbook_in_loses_nothing():
    ours = {"04": {"sentence": "Mine.", "comparison": "Same."}, "77": {"gone": "Old."}}
    theirs = {
        "04": {"sentence": "Theirs.", "comparison": "Same.", "underneath": "New."},
        "05": {"log": " "},
    }
    taken = in_node(pairs=[[ours, theirs, "theirs"], [ours, theirs, "ours"], [{}, theirs, "ours"]])
    new = {"comparison": "Same.", "underneath": "New."}
    old = {"77": {"gone": "Old."}}
    assert taken["taken"] == [
        [1, {"04": {"sentence": "Theirs.", **new}, **old}],
        [1, {"04": {"sentence": "Mine.", **new}, **old}],
        [0, {"04": {"sentence": "Theirs.", **new}}],
    ]


# ---- the command


def test_the_command_writes_the_document(capsys):
    store.write({"04": {"sentence": "Ours."}})
    assert cli.main(["logbook", "export", "mine.docx"]) == 0
    assert ("", "Ours.") in list(paragraphs(Path("mine.docx").read_bytes()))
    assert "mine.docx" in capsys.readouterr().out
    # It may have been edited in Word since.
    Path("mine.docx").write_bytes(b"edited")
    assert cli.main(["logbook", "export", "mine.docx"]) == 1
    assert "is there already" in capsys.readouterr().err
    assert Path("mine.docx").read_bytes() == b"edited"
    assert cli.main(["logbook", "export", "mine.docx", "--replace"]) == 0
    assert Path("mine.docx").read_bytes() != b"edited"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["mine.pdf"], "A PDF is made by the page “My logbook”"),
        (["mine.txt"], "should end in .docx"),
        (["mine.docx"], "There is no logbook.json here: write in a box first"),
        (["mine.docx", "--from", "answers.json"], "answers.json is not a logbook"),
    ],
)
def test_the_command_refuses_in_one_sentence(words, said, capsys):
    Path("answers.json").write_text('{"version": 1, "answers": {}}')
    assert cli.main(["logbook", "export", *words]) == 1
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1
    assert list(Path().iterdir()) == [Path("answers.json")]


# ---- in the lessons


def test_a_lesson_shows_its_own_box():
    root = Path(__file__).parents[2]
    for path in sorted((root / "notebooks").glob("[0-9]*.ipynb")):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        calls = re.findall(
            r"ask\.logbook\(.*\)",
            "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code"),
        )
        assert calls in ([], [f'ask.logbook("{path.name[:2]}")']), path.name


def test_another_lessons_box_is_found(tmp_path):
    lesson = Path(__file__).parents[2] / "notebooks" / "04-seeing-the-gap.ipynb"
    wrong = tmp_path / lesson.name
    wrong.write_text(lesson.read_text("utf-8").replace('logbook(\\"04\\")', 'logbook(\\"05\\")'))
    assert [f.rule for f in lessons.check_form(wrong)] == ["logbook"]
