"""The course's pages in a real browser: legible, usable by keyboard, and asking nobody anything."""

import pytest
from browsing import pages, violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LESSON = "notebooks/04-seeing-the-gap.html"


def test_the_contents_name_every_kind_of_page():
    for kind in ("book/index", LESSON, "facilitators", "glossary", "search", "reference"):
        assert any(kind in page for page in pages()), kind


# One without an end refuses.
END_ANIMATIONS = """
document.getAnimations().forEach((one) => { try { one.finish() } catch (endless) {} })
"""


@pytest.mark.parametrize("path", pages())
def test_every_page_can_be_used_by_everyone(visit, path):
    page = visit(path, color_scheme="light")
    page.wait_for_load_state("networkidle")
    found = []
    # What waits behind "open" has to be right as well.
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
            # Text that is still fading in has no contrast yet.
            page.evaluate(END_ANIMATIONS)
            found += [f"{width} {scheme} {fault}" for fault in violations(page)]
    # 320 CSS pixels is what is left of 1280 at 400% (WCAG 1.4.10).
    page.set_viewport_size({"width": 320, "height": 900})
    if (wide := page.evaluate("document.documentElement.scrollWidth")) > 320:
        found.append(f"scrolls sideways: {wide} of 320 pixels")
    found += visit.complaints
    assert not found, "\n".join(found)


# ---- the glossary, where a term is used -----------------------------------------------------


def test_a_meaning_opens_by_keyboard_and_goes_with_escape(visit):
    page = visit(LESSON)
    term = page.locator("a.eeic-term").first
    meaning = page.get_by_role("tooltip")
    assert not meaning.is_visible()
    term.focus()
    meaning.wait_for()
    assert term.get_attribute("data-eeic-meaning") in meaning.inner_text()
    assert term.get_attribute("aria-describedby") == meaning.get_attribute("id")
    page.keyboard.press("Escape")
    assert not meaning.is_visible()
    assert term.get_attribute("aria-describedby") is None
    assert page.evaluate("document.activeElement.classList.contains('eeic-term')")


def test_a_meaning_can_be_pointed_at_and_goes_when_it_is_left(visit):
    page = visit(LESSON)
    term = page.locator("a.eeic-term").first
    term.scroll_into_view_if_needed()
    term.hover()
    meaning = page.get_by_role("tooltip")
    meaning.wait_for()
    box = meaning.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2, steps=12)
    page.wait_for_timeout(600)  # longer than the grace that a pointer gets on its way
    assert meaning.is_visible(), "a meaning must stay while the pointer is on it"
    page.mouse.move(5, 5)
    meaning.wait_for(state="hidden")


def test_a_finger_opens_the_meaning_before_the_glossary(visit):
    page = visit(LESSON, width=360, has_touch=True)
    page.locator("a.eeic-term").first.tap()
    meaning = page.get_by_role("tooltip")
    meaning.wait_for()
    assert page.url.endswith(LESSON)
    box = meaning.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 360
    meaning.get_by_role("link", name="Open the glossary").tap()
    page.wait_for_url("**/glossary.html#term-*")


# ---- finding one's way ----------------------------------------------------------------------


def test_search_finds_a_word(visit):
    page = visit("book/index.html")
    page.get_by_role("searchbox", name="Search the course").fill("denominator")
    page.keyboard.press("Enter")
    results = page.locator("#search-results li")
    results.first.wait_for()
    page.get_by_text("Search finished, found").wait_for()
    assert results.get_by_role("link", name="Glossary").count()
    assert results.get_by_role("link", name="Seeing the gap: fair comparison").count()
    assert not visit.complaints


def test_the_root_leads_home_and_home_leads_to_the_start(visit):
    page = visit("")
    page.wait_for_url("**/book/index.html")
    page.get_by_role("link", name="Start now").click()
    page.wait_for_url("**/notebooks/00-start-here.html")


def test_the_contents_open_and_close_on_a_narrow_page(visit):
    page = visit(LESSON, width=360)
    button = page.get_by_role("button", name="Contents")
    contents = page.get_by_role("navigation", name="Contents")
    assert not contents.is_visible()
    button.focus()
    page.keyboard.press("Enter")
    assert contents.is_visible()
    assert button.get_attribute("aria-expanded") == "true"
    contents.get_by_role("link").first.focus()
    page.keyboard.press("Escape")
    assert not contents.is_visible()
    assert page.evaluate("document.activeElement.classList.contains('eeic-menu')")


def test_a_chosen_mode_is_kept_and_the_systems_is_not(visit):
    page = visit(LESSON, color_scheme="light")
    button = page.get_by_role("button", name="Dark")
    assert button.get_attribute("aria-pressed") == "false"
    button.click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    assert page.evaluate("localStorage.getItem('eeic-mode')") is None


# ---- from a disk, and on paper --------------------------------------------------------------


@pytest.fixture
def disk(site):
    return f"{site.as_uri()}/"


def test_a_page_from_a_disk_works_and_says_what_it_lacks(visit, disk):
    page = visit(LESSON, start=disk)
    page.get_by_text("The live notebook needs the web version").wait_for()
    assert page.get_by_role("link", name="Open as a live notebook").count() == 0
    assert page.get_by_role("link", name="Offline copy").count() == 0
    page.locator("a.eeic-term").first.focus()
    page.get_by_role("tooltip").wait_for()
    assert not visit.complaints


def test_search_from_a_disk_finds_a_word(visit, disk):
    page = visit("search.html?q=denominator", start=disk)
    page.get_by_text("Search finished, found").wait_for()
    assert page.locator("#search-results li").get_by_role("link", name="Glossary").count()
    assert not visit.complaints


def test_paper_has_no_controls_and_everything_open(visit):
    page = visit(LESSON)
    closed = page.locator("article details:not([open])")
    assert closed.count()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("article details.hide:not([open])").count() == 0
    for gone in (".eeic-contents", ".eeic-search", ".eeic-mode", ".eeic-actions", ".copybtn"):
        assert not page.locator(gone).first.is_visible(), gone
    assert page.locator("h1").is_visible()
    assert page.locator(".eeic-notice").is_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("article details.hide:not([open])").count()
