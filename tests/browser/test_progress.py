"""Progress in a real browser: the mark, My progress, the certificate; nothing leaves the device."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from browsing import ROOT, violations

from eeic.ask import page as questions
from eeic.ask import progress
from eeic.publish import journeys

pytestmark = pytest.mark.browser

LESSON = "notebooks/00-start-here"
BODIES = {
    LESSON: f'<p style="height: 150vh">Long.</p><section class="eeic-read" '
    f'data-eeic-page="{LESSON}" aria-label="Your progress"></section>',
    "book/start/progress": "<div data-eeic-progress><p>Needs JavaScript.</p></div>",
    "book/start/certificate": "<p>About it.</p><div data-eeic-certificate><p>Needs it.</p></div>",
    "book/start/tracks": '<div class="eeic-route-button" data-eeic-route="analyst"></div>',
}
#: A browser that keeps nothing, as some private windows and settings have it.
SHUT = """Object.defineProperty(window, "localStorage", { get() { throw new Error("no"); } })"""
RIGHT = {"answer": "a", "status": "correct", "tries": 1, "hints": 0}


@pytest.fixture(scope="module")
def course():
    return journeys.course(ROOT)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Lay out one page of each kind, and give their addresses."""
    folder = tmp_path_factory.mktemp("book")
    theme = (ROOT / "book/assets/eeic.css").read_text("utf-8")
    (folder / "eeic-progress.js").write_text(journeys.script(ROOT), "utf-8")
    (folder / "look.css").write_text(theme + questions.asset("progress.css"), "utf-8")
    for name, body in BODIES.items():
        root = "../" * name.count("/")
        file = folder / f"{name}.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            f'<!doctype html><html lang="en" data-content_root="{root}"><head>'
            f'<meta charset="utf-8"><title>{name}</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<link rel="stylesheet" href="{root}look.css">'
            f'<script defer src="{root}eeic-progress.js"></script></head><body>'
            '<header class="eeic-header">The course</header><main class="eeic-main">'
            f'<article class="eeic-article"><section><h1>{name}</h1>{body}</section></article>'
            '</main><footer class="eeic-footer">Foot</footer></body></html>',
            "utf-8",
        )
    return {name: (folder / f"{name}.html").as_uri() for name in BODIES}


@pytest.fixture
def page(chromium):
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    wrong, asked = [], []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    yield page
    assert wrong == []
    assert {url.partition(":")[0] for url in asked} <= {"file", "blob"}, "no request leaves"
    page.context.close()


def press(page, name):
    page.get_by_role("button", name=name, exact=True).press("Enter")


def kept(page, key="eeic-progress-v1"):
    return json.loads(page.evaluate(f"localStorage.getItem('{key}')") or "{}")


def have(page, lessons, read=True):
    """Put lessons into this browser as if each had been read and answered rightly."""
    answers = {n: RIGHT for one in lessons for o in one["outcomes"] for n in o["questions"]}
    pages = {one["page"]: "2026-11-20" for one in lessons} if read else {}
    for key, data in (
        ("eeic-answers-v1", {"version": 1, "seed": 9, "answers": answers}),
        ("eeic-progress-v1", {"version": 1, "pages": pages}),
    ):
        page.evaluate("([k, d]) => localStorage.setItem(k, JSON.stringify(d))", [key, data])
    page.reload()


def said(page):
    return page.locator(".eeic-progress-said")


def load(page, record):
    text = record if isinstance(record, str) else json.dumps(record)
    page.locator("input[type=file]").set_input_files(
        {"name": "other.json", "mimeType": "application/json", "buffer": text.encode()}
    )


def test_a_page_counts_as_read_at_its_end_after_a_minute_or_by_its_button(page, book):
    page.clock.install()
    page.goto(book[LESSON])
    page.clock.run_for(120_000)
    assert kept(page) == {}, "time alone is not reading"
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_timeout(100)  # the browser tells of the end when it draws
    page.clock.run_for(2_000)
    assert list(kept(page)["pages"]) == [LESSON]
    status = page.get_by_role("status")
    assert status.inner_text().startswith("Read on ")
    press(page, "Take the mark away")
    page.clock.run_for(120_000)
    assert kept(page)["pages"] == {}, "what was taken away stays away"
    press(page, "Mark as read")
    assert list(kept(page)["pages"]) == [LESSON]


def test_the_end_alone_is_not_reading_either(page, book):
    page.clock.install()
    page.goto(book[LESSON])
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_timeout(100)
    page.clock.run_for(50_000)
    assert kept(page) == {}


def test_the_way_chosen_leads_on(page, book, course):
    page.goto(book["book/start/tracks"])
    press(page, "Take this way: Analyst")
    page.get_by_role("link", name="My progress").click()
    assert page.get_by_label("My way through the course").input_value() == "analyst"
    first = page.locator(".eeic-progress-next")
    assert first.inner_text() == "Next: 2. What “ethnicity” is, and is not."
    assert "4 lessons of this way are not yet written" in page.locator("main").inner_text()
    have(page, [one for one in course["lessons"] if one["id"] == "02"])
    page.get_by_label("My way through the course").select_option("analyst")
    assert first.inner_text() == "Next: 4. Seeing the gap."
    assert page.locator("[data-state=done]").count() == 1
    assert "1 of 3 lessons done, 4 of 12 outcomes reached." in page.locator("main").inner_text()


def test_a_file_goes_out_and_comes_in_and_everything_can_be_deleted(page, book, course, tmp_path):
    page.goto(book["book/start/progress"])
    have(page, course["lessons"][:2])
    box = {"version": 1, "boxes": {"01": {"lever": "Private."}}}
    page.evaluate("(d) => localStorage.setItem('eeic-logbook-v1', JSON.stringify(d))", box)

    def saved():
        with page.expect_download() as coming:
            press(page, "Save as a file")
        coming.value.save_as(tmp_path / coming.value.suggested_filename)
        return progress.parse(Path(tmp_path, "progress.json").read_text("utf-8"))

    record = saved()
    assert set(record["pages"]) == {one["page"] for one in course["lessons"][:2]}
    assert "logbook" not in record and "01.bites" in record["answers"]
    page.get_by_label("Put what I wrote in my logbook into the file, too").check()
    record = saved()
    assert record["logbook"] == box["boxes"]

    press(page, "Delete everything")
    assert page.evaluate("document.activeElement.textContent") == "No, keep it"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent") == "Delete everything"
    assert kept(page)["pages"]
    press(page, "Delete everything")
    press(page, "Yes, delete everything")
    assert page.evaluate("Object.keys(localStorage)") == []
    answers = len(record["answers"])
    assert (
        said(page)
        .inner_text()
        .startswith(
            f"Deleted from this browser: 2 pages read, {answers} answers, 1 text in the logbook."
        )
    )

    load(page, record)
    said(page).get_by_text("other.json is loaded.").wait_for()
    assert f"2 pages read, {answers} answers, 1 text" in said(page).inner_text()
    assert kept(page, "eeic-answers-v1")["answers"] == record["answers"]
    assert kept(page, "eeic-logbook-v1") == box
    load(page, record)
    said(page).get_by_text("All of it was here already.").wait_for()
    load(page, "{")
    said(page).get_by_text("does not read as JSON. Nothing was changed.").wait_for()


def test_the_seed_of_the_questions_outlives_a_loading(page, book):
    page.goto(book["book/start/progress"])
    have(page, [])
    load(page, {"version": 1, "answers": {"01.bites": RIGHT}})
    said(page).get_by_text("1 answer").wait_for()
    assert kept(page, "eeic-answers-v1")["seed"] == 9


def test_what_cannot_be_read_is_set_aside_before_anything_is_written(page, book):
    page.goto(book["book/start/progress"])
    page.evaluate("localStorage.setItem('eeic-answers-v1', '{broken')")
    load(page, {"version": 1, "answers": {"01.bites": RIGHT}})
    said(page).get_by_text("1 answer").wait_for()
    assert page.evaluate("localStorage.getItem('eeic-answers-v1-unreadable-1')") == "{broken"


def test_a_browser_that_keeps_nothing_says_so_and_the_file_still_works(page, book):
    page.add_init_script(SHUT)
    page.goto(book["book/start/progress"])
    assert "remember nothing" in page.locator("main").inner_text()
    load(page, {"version": 1, "pages": {LESSON: "2026-11-20"}})
    said(page).get_by_text("1 page read").wait_for()
    with page.expect_download() as coming:
        press(page, "Save as a file")
    assert LESSON in Path(coming.value.path()).read_text("utf-8")


def test_the_certificate_opens_with_a_lesson_and_prints_on_one_tagged_page(page, book, course):
    page.goto(book["book/start/certificate"])
    print_it = page.get_by_role("button", name="Print, or save as PDF")
    assert print_it.is_disabled()
    assert "There is no certificate yet" in page.locator("main").inner_text()
    have(page, course["lessons"], read=False)
    assert print_it.is_disabled(), "answers without the page"
    have(page, course["lessons"])
    assert print_it.is_enabled()
    page.get_by_label("Your name").fill("Amina <b> O’Neill")
    sheet = page.locator(".eeic-certificate")
    words = sheet.inner_text()
    assert words.startswith("Amina <b> O’Neill")
    assert "Self-declared" in words and "This is not proof of identity." in words
    assert "on 20 November 2026" in words and course["version"] in words
    total = sum(one["minutes"].get("Explore", 20) for one in course["lessons"])
    assert f"{total // 60} hours" in words
    held = page.evaluate("JSON.stringify({ ...localStorage })")
    assert "Amina" not in held, "the name is not kept"
    pdf = page.pdf(format="A4", tagged=True, prefer_css_page_size=True)
    assert pdf.count(b"/Type /Page\n") == 1, "one page, with all that can be reached today"
    assert b"/StructTreeRoot" in pdf and b"/Marked true" in pdf
    page.emulate_media(media="print")
    assert not page.get_by_text("Foot", exact=True).is_visible()
    assert not page.get_by_label("Your name").is_visible() and sheet.is_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everyone_can_use_it(page, book, course, theme):
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        for name in BODIES:
            page.goto(book[name])
            have(page, course["lessons"][:3])
            page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
            if name.endswith("progress"):
                press(page, "Delete everything")  # what waits behind it has to be right, too
            page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            assert violations(page) == [], (name, width)
