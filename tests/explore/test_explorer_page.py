"""The static twins in a real browser, from disk and by keyboard alone."""

import pytest
from browsing import violations

from eeic import explore
from eeic.explore import twin

pytestmark = pytest.mark.browser

SHOWN = ("four-headlines", "age-mix")

# What the book's style sheet sets for the dark theme.
DARK = (
    "--eeic-ink:#e8edf0;--eeic-muted:#b4c0c8;--eeic-paper:#14191d;--eeic-surface:#1f272d;"
    "--eeic-line:#7f8c95;--eeic-rule:#39444c;--eeic-accent:#7fd0d6;"
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """One page with lesson 4's explorers, light and dark, written to disk.

    The other lessons' explorers go through the same script and style, and each page of the built
    site is opened in the browser's own tests.
    """
    body = "".join(twin.html(explore.explorer(name)) for name in SHOWN)
    folder = tmp_path_factory.mktemp("explorers")
    found = {}
    for theme, tokens, paper in (("light", "", "#fff"), ("dark", DARK, "#14191d")):
        found[theme] = folder / f"{theme}.html"
        found[theme].write_text(
            "<!doctype html><html lang=en><meta charset=utf-8><title>Explorers</title>"
            "<meta name=viewport content='width=device-width,initial-scale=1'><style>"
            f":root{{{tokens}}}body{{margin:0 auto;max-width:50rem;padding:1rem;"
            f"background:{paper};color:var(--eeic-ink,#1c2a33)}}{explore.static_css()}</style>"
            f"<main><h1>Explorers</h1>{body}</main>"
            f"<script>{explore.static_script()}</script></html>",
            encoding="utf-8",
        )
    return found


@pytest.fixture
def open_page(chromium, pages):
    contexts = []

    def opened(theme="light", width=1280, **options):
        context = chromium.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.requests = []
        page.faults = []
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.goto(pages[theme].as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()


def state(page, name):
    section = page.locator(f"[data-eeic-explorer={name}]")
    return {
        "sentence": section.locator("[role=status]").inner_text(),
        "image": section.locator("img").get_attribute("src"),
        "narrow": section.locator("source").get_attribute("srcset"),
        "alt": section.locator("img").get_attribute("alt"),
        "caption": section.locator("figcaption").inner_text(),
        "numbers": section.locator("table").inner_html(),
        "settings": section.locator(".eeic-settings").text_content(),
    }


def tab_to(page, selector):
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached by the Tab key")


def test_radio_buttons_by_keyboard(open_page):
    page = open_page()
    before = state(page, "four-headlines")
    tab_to(page, "[data-control=measure] input")
    page.keyboard.press("ArrowDown")
    after = state(page, "four-headlines")
    assert all(before[part] != after[part] for part in before)
    expected = explore.explorer("four-headlines").frame(measure="standardised")
    assert after["sentence"] == expected.finding
    assert after["alt"] == expected.alt
    assert after["caption"] == expected.caption
    assert page.evaluate("document.querySelector('img').decode().then(() => true)")
    page.keyboard.press("ArrowUp")
    assert state(page, "four-headlines")["sentence"] == before["sentence"]
    assert page.faults == []


def test_slider_and_typed_number_by_keyboard(open_page):
    page = open_page()
    before = state(page, "age-mix")
    tab_to(page, "[data-control=older_share] input[type=range]")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    explorer = explore.explorer("age-mix")
    after = state(page, "age-mix")
    assert after["sentence"] == explorer.frame(older_share=9).finding
    assert after["image"] != before["image"]
    number = page.locator("[data-control=older_share] input[type=number]")
    assert number.input_value() == "9"
    tab_to(page, "[data-control=older_share] input[type=number]")
    page.keyboard.press("Control+a")
    page.keyboard.type("24")  # between two frames: the nearest is taken on leaving
    page.keyboard.press("Tab")
    assert number.input_value() in ("23", "25")
    share = int(number.input_value())
    assert state(page, "age-mix")["sentence"] == explorer.frame(older_share=share).finding


def test_reset_by_keyboard(open_page):
    page = open_page()
    before = state(page, "age-mix")
    tab_to(page, "[data-control=older_share] input[type=range]")
    page.keyboard.press("End")
    assert state(page, "age-mix") != before
    tab_to(page, "[data-eeic-explorer=age-mix] .eeic-reset")
    page.keyboard.press("Enter")
    page.wait_for_timeout(100)
    assert state(page, "age-mix")["sentence"] == before["sentence"]
    assert page.locator("[data-control=older_share] input[type=number]").input_value() == "5"


def test_the_page_asks_nobody_for_anything_and_keeps_its_address(open_page):
    page = open_page()
    address = page.url
    tab_to(page, "[data-control=scale] input")
    page.keyboard.press("ArrowDown")
    outside = [u for u in page.requests if not u.startswith(("file:", "data:"))]
    assert outside == [] and page.url == address


def test_an_open_table_stays_open_and_follows(open_page):
    page = open_page()
    section = page.locator("[data-eeic-explorer=four-headlines]")
    section.locator("summary").press("Enter")
    section.locator("[data-control=scale] input").first.focus()
    page.keyboard.press("ArrowDown")
    assert section.locator("details").evaluate("d => d.open")
    assert "Difference per 1,000" in section.locator("table").inner_text()


def test_the_status_element_is_never_replaced(open_page):
    page = open_page()
    status = page.query_selector("[data-eeic-explorer=four-headlines] [role=status]")
    tab_to(page, "[data-control=measure] input")
    page.keyboard.press("ArrowDown")
    assert status.evaluate("e => e.isConnected")


def test_without_scripts_the_default_frame_says_its_settings(open_page):
    page = open_page(java_script_enabled=False)
    section = page.locator("[data-eeic-explorer=four-headlines]")
    assert not section.locator("form").is_visible()
    assert section.locator(".eeic-settings").is_visible()
    assert section.locator("img").is_visible()


def test_paper_shows_the_chosen_frame_and_no_controls(open_page):
    page = open_page()
    tab_to(page, "[data-control=measure] input")
    page.keyboard.press("ArrowDown")
    page.emulate_media(media="print")
    section = page.locator("[data-eeic-explorer=four-headlines]")
    assert not section.locator("form").is_visible()
    settings = section.locator(".eeic-settings")
    assert settings.is_visible()
    assert "How prevalence is measured: age-standardised" in settings.inner_text()


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_accessibility_rule_is_broken(open_page, theme, width):
    page = open_page(theme, width)
    for summary in page.locator("summary").all():
        summary.click()
    assert violations(page) == []


def test_the_accessibility_check_sees_a_missing_description(open_page):
    page = open_page()
    page.evaluate("document.querySelector('img').removeAttribute('alt')")
    assert [one.split(":")[0] for one in violations(page)] == ["image-alt"]


def test_nothing_is_wider_than_a_phone(open_page):
    page = open_page(width=360)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    drawn = page.locator("[data-eeic-explorer=four-headlines] img")
    assert "narrow" in page.evaluate(
        "i => i.currentSrc === i.parentNode.querySelector('source').srcset ? 'narrow' : 'wide'",
        drawn.element_handle(),
    )


def test_targets_are_large_enough_and_focus_is_seen(open_page):
    page = open_page(width=360)
    boxes = page.evaluate(
        "[...document.querySelectorAll('.eeic-radio, .eeic-reset, summary, .eeic-controls"
        " input:not([type=radio])')].map(e => e.getBoundingClientRect().height)"
    )
    assert min(boxes) >= 28
    for selector in ("[data-control=measure] input", ".eeic-reset", "input[type=range]"):
        tab_to(page, selector)
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", selector
