"""The logbook in a real browser: kept, saved as Word, loaded, deleted; nothing leaves."""

from __future__ import annotations

import json
import zipfile
from datetime import date
from pathlib import Path

import nbformat
import pytest
from ask_stub import REPO
from browsing import jupyterlab, run_all_cells, violations

from eeic import ask
from eeic.ask import logbooks
from eeic.ask.logbooks import page as static_page
from eeic.ask.logbooks import store, word

pytestmark = pytest.mark.browser

KEY = "eeic-logbook-v1"
THEME = (REPO / "book" / "assets" / "eeic.css").read_text("utf-8")


def write(folder, name, body, theme="light"):
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        f'<!doctype html><html lang="en" data-theme="{theme}"><head><meta charset="utf-8">'
        f"<title>{name}</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{THEME}{ask.static_css()}{logbooks.static_css()}</style>"
        f"<script>{logbooks.static_script()}</script></head><body>"
        f'<main class="eeic-main"><article class="eeic-article"><section><h1>{name}</h1>'
        f"<p>About the page.</p>{body}</section></article></main></body></html>",
        encoding="utf-8",
    )
    return file.as_uri()


@pytest.fixture
def book(tmp_path):
    """A lesson's page and the page of all boxes, laid out as in the book."""
    return {
        "lesson": write(tmp_path, "notebooks/lesson.html", logbooks.static_html("04")),
        "all": write(tmp_path, "book/develop/logbook.html", logbooks.static_html()),
    }


@pytest.fixture
def page(chromium, book):
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    wrong, asked = [], []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(book["lesson"])
    yield page
    assert wrong == []
    assert {url.partition(":")[0] for url in asked} <= {"file", "blob"}, "no request leaves"
    page.context.close()


def area(page, label):
    return page.get_by_label(label, exact=True)


def press(page, name):
    page.get_by_role("button", name=name, exact=True).press("Enter")


def said(page):
    return page.locator(".eeic-log-bar").get_by_role("status")


def kept(page):
    return json.loads(page.evaluate(f"localStorage.getItem('{KEY}')") or "{}").get("boxes", {})


def save(page, button, folder):
    with page.expect_download() as coming:
        press(page, button)
    path = Path(folder, coming.value.suggested_filename)
    coming.value.save_as(path)
    return path


def load(page, boxes, name="logbook.json"):
    text = boxes if isinstance(boxes, str) else store.as_text(boxes)
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/json", "buffer": text.encode()}
    )


def test_what_is_typed_is_kept_and_found_among_all_boxes(page, book):
    area(page, "The comparison").press("Tab")
    page.keyboard.type("Bangladeshi residents: 212 of 1,940.")
    status = page.get_by_role("status")
    status.get_by_text("Saved on this device").wait_for()
    assert "1 of 3 written" in page.locator(".eeic-ask-badge").inner_text()
    assert kept(page) == {"04": {"underneath": "Bangladeshi residents: 212 of 1,940."}}
    page.reload()
    assert area(page, "Underneath the number").input_value().endswith("1,940.")
    assert page.locator(".eeic-log-fallback").count() == 0

    page.get_by_role("link", name="All your boxes").click()
    page.wait_for_url(f"{book['all']}#box-04")
    assert area(page, "Underneath the number").input_value().endswith("1,940.")
    top = page.locator("#box-04").evaluate("node => node.getBoundingClientRect().top")
    assert 0 <= top < 200, "the box that the link names is in sight"
    assert "1 of 18 boxes begun" in page.locator(".eeic-log-bar").inner_text()
    begun = page.get_by_role("navigation").get_by_role("link", name="4. My fair-comparison card")
    assert begun.inner_text().endswith("(1 of 3 written)")


def test_leaving_in_mid_sentence_loses_nothing(page, book):
    area(page, "The comparison").press("x")
    page.goto(book["all"])
    assert kept(page) == {"04": {"comparison": "x"}}


def test_two_open_pages_do_not_write_over_each_other(page, book):
    other = page.context.new_page()
    other.goto(book["all"])
    area(page, "The comparison").fill("From the lesson.")
    page.get_by_text("Saved on this device").wait_for()
    other.wait_for_function("document.querySelector('#box-04 textarea').value !== ''")
    area(other, "My service").fill("From the other page.")
    other.get_by_text("Saved on this device").wait_for()
    area(page, "The sentence I would now write").fill("Again.")
    area(page, "The sentence I would now write").blur()
    assert kept(page) == {
        "01": {"service": "From the other page."},
        "04": {"comparison": "From the lesson.", "sentence": "Again."},
    }


def test_clearing_a_box_is_asked_first(page):
    area(page, "The comparison").fill("Ours.")
    area(page, "The comparison").blur()
    press(page, "Clear this box")
    assert page.evaluate("document.activeElement.textContent") == "No, keep it"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent") == "Clear this box"
    assert kept(page) == {"04": {"comparison": "Ours."}}
    press(page, "Clear this box")
    press(page, "Yes, clear it")
    assert kept(page) == {} and area(page, "The comparison").input_value() == ""
    assert "Cleared." in page.get_by_role("status").inner_text()


def test_word_file_and_back(page, book, tmp_path):
    page.goto(book["all"])
    path = save(page, "Save as Word", tmp_path)
    assert "holds the questions alone" in said(page).inner_text()
    area(page, "My service").fill("Diabetes & eyes <Old Mills>\n\nবাংলা 😀")
    area(page, "My lever").fill("The letter.")
    path = save(page, "Save as Word", tmp_path)
    assert path.name == "my-logbook.docx" and zipfile.is_zipfile(path)
    written = kept(page)
    day = page.evaluate("new Date().toLocaleDateString('sv')")
    assert path.read_bytes() == word.docx(written, date.fromisoformat(day))

    saved = save(page, "Save as a file", tmp_path)
    assert saved.name == "logbook.json" and store.read(saved) == written

    press(page, "Delete everything")
    assert page.evaluate("document.activeElement.textContent") == "No, keep it"
    page.keyboard.press("Enter")
    assert kept(page) == written
    press(page, "Delete everything")
    press(page, "Yes, delete everything")
    assert page.evaluate("Object.keys(localStorage)") == []
    assert area(page, "My lever").input_value() == ""
    assert said(page).inner_text() == "Everything is deleted."

    page.locator("input[type=file]").set_input_files(saved)
    said(page).get_by_text("logbook.json is loaded: 2 answers came in.").wait_for()
    assert kept(page) == written and area(page, "My lever").input_value() == "The letter."


def test_loading_asks_where_both_say_something(page, book):
    page.goto(book["all"])
    area(page, "My service").fill("Mine.")
    theirs = {"01": {"service": "Theirs.", "lever": "A lever."}, "77": {"gone": "Old."}}
    load(page, theirs)
    question = page.get_by_role("group", name="In one place logbook.json says something else")
    question.wait_for()
    assert page.evaluate("document.activeElement.textContent") == "Do not load it"
    page.keyboard.press("Enter")
    assert kept(page) == {"01": {"service": "Mine."}}
    load(page, theirs)
    press(page, "Keep mine there")
    said(page).get_by_text("2 answers came in").wait_for()
    assert kept(page) == {"01": {"service": "Mine.", "lever": "A lever."}, "77": {"gone": "Old."}}
    load(page, theirs)
    press(page, "Use the file's text there")
    assert area(page, "My service").input_value() == "Theirs."
    area(page, "The comparison").fill("Written since.")
    press(page, "Undo the loading")
    assert said(page).inner_text() == "The loading is undone."
    assert kept(page)["01"] == {"service": "Mine.", "lever": "A lever."}
    assert kept(page)["04"] == {"comparison": "Written since."}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "answers.json is damaged: it does not read as JSON. Nothing was changed."),
        ('{"version": 1, "answers": {}}', "answers.json is not a logbook: it holds no boxes."),
        ('{"version": 9, "boxes": {}}', "is from another version of the course"),
    ],
)
def test_a_file_that_is_no_logbook_is_refused(page, book, text, words):
    page.goto(book["all"])
    area(page, "My service").fill("Mine.")
    area(page, "My service").blur()
    load(page, text, "answers.json")
    said(page).get_by_text(words).wait_for()
    assert kept(page) == {"01": {"service": "Mine."}}


def test_what_cannot_be_read_is_set_aside(page):
    page.evaluate(f"localStorage.setItem('{KEY}', '[1]')")
    page.reload()
    assert "could not be read" in page.get_by_role("status").inner_text()
    assert page.evaluate(f"localStorage.getItem('{KEY}-unreadable-1')") == "[1]"
    area(page, "The comparison").fill("Anew.")
    area(page, "The comparison").blur()
    assert kept(page) == {"04": {"comparison": "Anew."}}


def test_a_browser_that_keeps_nothing_says_so(chromium, book, tmp_path):
    page = chromium.new_page()
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } });"
    )
    page.goto(book["lesson"])
    area(page, "The comparison").fill("Ours.")
    area(page, "The comparison").blur()
    assert "Not saved: this browser" in page.get_by_role("status").inner_text()
    path = save(page, "Save as a file", tmp_path)
    assert store.read(path) == {"04": {"comparison": "Ours."}}
    page.close()


def test_without_javascript_there_are_lines_for_a_pen(chromium, book):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(book["all"])
    assert page.get_by_text("Underneath the number.").is_visible()
    assert page.locator(".eeic-log-rule:visible").count() == 4 * sum(
        len(box.prompts) for box in logbooks.boxes()
    )
    context.close()


def test_paper_shows_what_was_written_in_full(page, book):
    page.goto(book["all"])
    long = "\n".join(f"Line {number}" for number in range(80))
    area(page, "My lever").fill(long)
    page.emulate_media(media="print")
    assert page.locator("textarea:visible, button:visible").count() == 0
    assert page.locator(".eeic-log-bar").is_hidden(), "what is about the page stays off"
    assert page.get_by_text("About the page.").is_hidden()
    assert page.get_by_text("Line 79").is_visible()
    assert page.locator(".eeic-log-box:visible").count() == 1
    assert page.locator(".eeic-log-rule:visible").count() == 8, "two prompts are still empty"
    assert page.get_by_role("heading", name="Access").is_hidden()
    page.emulate_media(media="screen")
    page.get_by_label("Print the boxes that I have not begun, too").check()
    page.emulate_media(media="print")
    assert page.locator(".eeic-log-box:visible").count() == 18


def test_an_empty_logbook_prints_as_a_form(page, book):
    page.goto(book["all"])
    page.emulate_media(media="print")
    assert page.locator(".eeic-log-box:visible").count() == 18
    assert page.get_by_text("About the page.").is_visible()


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("number", ["04", None])
def test_no_accessibility_violation(chromium, tmp_path, width, theme, number):
    address = write(tmp_path, "one.html", logbooks.static_html(number), theme)
    page = chromium.new_page(viewport={"width": width, "height": 800})
    page.goto(address)
    assert violations(page) == []
    page.locator("textarea").nth(1).fill("A word as long as " + "this" * 40)
    page.locator("textarea").nth(1).blur()
    page.get_by_role("button", name="Clear this box").first.click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, textarea, .eeic-log-every")]
          .filter((node) => node.checkVisibility())
          .map((node) => [node.textContent, node.getBoundingClientRect()])
          .filter(([, box]) => box.width < 44 || box.height < 28).map(([text]) => text)"""
    )
    assert small == []
    page.close()


def test_axe_would_see_a_fault(page):
    """The check is worth something: take a label away, and it fails."""
    page.evaluate("document.querySelector('.eeic-log-field label').remove()")
    assert any(violation.startswith("label: ") for violation in violations(page))


LIVE = """async ([source, sheet, kept, written]) => {
  const blob = new Blob([source], { type: "text/javascript" });
  const { default: logbook } = await import(URL.createObjectURL(blob));
  const heard = {};
  window.sent = [];
  window.traits = { sheet, kept, written };
  window.change = (name, value) => {
    window.traits[name] = value;
    heard[`change:${name}`]?.();
  };
  const el = document.createElement("div");
  document.querySelector("article").replaceChildren(el);
  logbook.render({ el, model: {
    get: (name) => window.traits[name],
    set: (name, value) => (window.traits[name] = value),
    save_changes: () => window.sent.push(window.traits.written),
    on: (name, act) => (heard[name] = act),
    off: () => {},
  } });
}"""


def live(page, number="04", kept="file", written=None):
    sheet = static_page.with_parts(logbooks.sheet(number))
    source = static_page.page.asset("logbook.mjs")
    page.evaluate(LIVE, [source, sheet, kept, written or {}])


def test_a_notebook_says_saved_only_when_it_is(page):
    page.clock.install()
    live(page, written={"04": {"sentence": "Before."}})
    assert area(page, "The sentence I would now write").input_value() == "Before."
    area(page, "The comparison").fill("Ours.")
    page.clock.run_for(1000)
    assert page.evaluate("sent") == [{"04": {"sentence": "Before.", "comparison": "Ours."}}]
    status = page.get_by_role("status")
    assert "Saved" not in status.inner_text()
    page.evaluate("change('taken', 1)")
    assert status.inner_text().startswith("Saved in logbook.json")
    assert page.evaluate("localStorage.length") == 0, "the file is enough"
    area(page, "The comparison").fill("More.")
    page.clock.run_for(10_000)
    assert "Not saved yet" in status.inner_text()


def test_a_notebook_that_cannot_write_uses_the_browser(page):
    live(page, kept="file")
    area(page, "The comparison").fill("Ours.")
    area(page, "The comparison").blur()
    page.evaluate("traits.kept = 'browser'; change('taken', 1)")
    assert page.get_by_role("status").inner_text().startswith("Saved on this device")
    assert kept(page) == {"04": {"comparison": "Ours."}}
    live(page, kept="browser")
    assert area(page, "The comparison").input_value() == "Ours."


@pytest.fixture
def lab(tmp_path):
    """Run JupyterLab in a folder with one notebook, and give its address."""
    pytest.importorskip("jupyterlab")
    cells = ["from eeic import ask", 'ask.logbook("04")', "ask.logbook()"]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    folder, home = tmp_path / "work", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    nbformat.write(notebook, folder / "mine.ipynb")
    with jupyterlab(folder, home) as address:
        yield address, folder


@pytest.mark.slow
def test_in_jupyterlab(chromium, lab, tmp_path):
    address, folder = lab
    store_file = folder / "logbook.json"
    page = chromium.new_page(viewport={"width": 1280, "height": 1000})
    run_all_cells(page, address, "mine.ipynb")
    boxes = page.locator(".eeic-log-box")
    boxes.nth(18).wait_for(timeout=90_000)
    assert boxes.count() == 19 and page.locator(".eeic-log-fallback").count() == 0

    one = boxes.nth(0)
    one.locator("textarea").first.focus()
    # Letters are shortcuts there, and JupyterLab takes new lines and undo for itself.
    page.keyboard.type("jump b a dd\n212 of 1,940")
    page.keyboard.press("Control+z")
    assert one.locator("textarea").first.input_value() != "jump b a dd\n212 of 1,940"
    page.keyboard.press("Control+Shift+z")
    one.get_by_text("Saved in logbook.json").wait_for(timeout=20_000)
    assert store.read(store_file) == {"04": {"comparison": "jump b a dd\n212 of 1,940"}}

    whole = page.locator(".eeic-log-whole")
    whole.locator("textarea").first.fill("Diabetes care in Old Mills")
    first = whole.locator(".eeic-log-box").first
    first.get_by_text("Saved in logbook.json").wait_for(timeout=20_000)
    assert store.read(store_file)["01"] == {"service": "Diabetes care in Old Mills"}
    assert store.read(store_file)["04"]["comparison"].startswith("jump")
    assert whole.get_by_role("button", name="Print, or save as PDF").count() == 0
    assert zipfile.is_zipfile(save(page, "Save as Word", tmp_path))
    page.close()
