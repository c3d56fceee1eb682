"""What axe-core misses: the keyboard's way, its focus, enlarged text, other colours, motion.

One page of each kind is looked at; `test_pages.py` has axe-core look at every page.
"""

import io
import re

import barriers
import pypdf
import pytest
import tagged
from browsing import ROOT, pages, violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]

KINDS = [
    "book/index.html",
    "notebooks/00-start-here.html",
    "notebooks/04-seeing-the-gap.html",  # figures, explorers, questions of most types, code
    "notebooks/05-asking-and-searching.html",  # the search sandbox
    "book/start/journeys.html",
    "book/start/taster.html",
    "book/start/progress.html",
    "book/start/certificate.html",
    "book/topics/duties.html",
    "book/do/index.html",
    "book/develop/logbook.html",
    "book/facilitators/04-seeing-the-gap.html",
    "book/handouts/decision-cards.html",
    "book/instructors/exercises.html",
    "book/reference/glossary.html",
    "book/reference/methods/proportions.html",
    "book/reference/privacy.html",
    "search.html?q=gap",
    "404.html",
]
LOOKS = {
    "light": {"color_scheme": "light", "forced_colors": "none"},
    "dark": {"color_scheme": "dark", "forced_colors": "none"},
    "forced colours": {"color_scheme": "light", "forced_colors": "active"},
}
BROKEN = ROOT / "tests/broken/in_browser"


def test_every_part_of_the_book_has_a_page_here():
    def parts(names):
        return {name.rpartition("/")[0] for name in names}

    assert parts(pages()) == parts(KINDS)


@pytest.fixture(scope="module")
def known():
    """The kinds of control whose focus has been seen, in each look: once is enough."""
    return {look: set() for look in LOOKS}


def opened(page):
    """Wait for all that a page draws, and open what can be opened."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    return page


@pytest.mark.parametrize("path", KINDS)
def test_a_page_can_be_worked_with_the_keyboard_and_seen_to_be(visit, path, known):
    page = visit(path, reduced_motion="reduce")
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert skip.inner_text() == "Skip to the text" and skip.bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    if page.locator("main").get_by_role("link").count():
        assert page.evaluate("document.activeElement.closest('main') !== null")
    page.evaluate("document.activeElement.blur()")
    opened(page)
    found = barriers.wrong_way(page)
    for look, media in LOOKS.items():
        page.emulate_media(**media)
        faults = barriers.unseen_focus(page, known[look]) + barriers.unseen_state(page)
        faults += barriers.faint_controls(page)
        found += [f"{look}: {fault}" for fault in faults]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", KINDS)
def test_a_page_can_be_enlarged_spaced_out_and_kept_still(visit, path, known):
    """1280 pixels at 400% are 320 (WCAG 1.4.10)."""
    page = opened(visit(path, width=320, height=640))
    found = barriers.motion(page)
    menu = page.locator(".eeic-menu")
    found += barriers.lost_text(page) + barriers.lost_text_when_spaced(page)
    found += barriers.wrong_way(page, "header")
    found += barriers.unseen_focus(page, known["light"])
    if menu.is_visible():
        menu.click()
        found += barriers.lost_text(page) + barriers.lost_text_when_spaced(page)
    page.set_viewport_size({"width": 1280, "height": 640})
    found += barriers.lost_text_when_spaced(page)
    assert not found, "\n".join(found)


# ---- the checks, shown failing --------------------------------------------------------------


@pytest.fixture
def broken(chromium):
    """Open one of the pages made to be found wanting."""
    contexts = []

    def open_page(name, width=1280, **media):
        context = chromium.new_context(viewport={"width": width, "height": 640}, **media)
        contexts.append(context)
        page = context.new_page()
        page.goto((BROKEN / name).as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_focus_that_cannot_be_seen_is_found(broken):
    found = barriers.unseen_focus(broken("focus.html"), set())
    assert [re.findall("None at all|Yellow|Only a shadow", fault) for fault in found] == [
        ["None at all"],
        ["Yellow"],
    ]
    forced = broken("focus.html", forced_colors="active")
    assert any("Only a shadow" in fault for fault in barriers.unseen_focus(forced, set()))


def test_a_state_that_cannot_be_seen_is_found(broken):
    found = barriers.unseen_state(broken("state.html"))
    assert len(found) == 1 and "Pressed or not" in found[0]
    forced = broken("state.html", forced_colors="active")
    assert any("By colour alone" in fault for fault in barriers.unseen_state(forced))


def test_a_way_nobody_would_go_is_found(broken):
    found = "\n".join(barriers.wrong_way(broken("way.html")))
    for fault in (
        "back from <a> “Sends back”",
        "up from <a> “Shown last”",
        "reaches <a> “After all”",
    ):
        assert fault in found, found


def test_a_trap_is_found(broken):
    found = "\n".join(barriers.wrong_way(broken("trap.html")))
    assert "does not get past <textarea textarea> “A trap”" in found
    assert "never reaches <a> “Behind it”" in found


def test_lost_text_is_found(broken):
    found = "\n".join(barriers.lost_text(broken("cut.html", width=320)))
    for fault in ("wider than the window", "hidden by the box", "has left", "scrolls sideways"):
        assert fault in found, found


def test_text_that_spacing_loses_is_found(broken):
    page = broken("spaced.html")
    assert barriers.lost_text(page) == []
    found = barriers.lost_text_when_spaced(page)
    assert len(found) == 2, found
    assert barriers.lost_text(page) == [], "the spacing has to be taken away again"


def test_faint_controls_are_found(broken):
    found = "\n".join(barriers.faint_controls(broken("faint.html")))
    assert found.count("stands out by") == 3, found
    assert "A grey breath" in found and "without an edge" in found and "draws itself" in found


def test_motion_is_found(broken):
    found = "\n".join(barriers.motion(broken("motion.html")))
    for fault in ("never stops", "moves for 0.6 s", "scrolls smoothly", "moves by itself"):
        assert fault in found, found


def test_names_and_sizes_are_found(broken):
    rules = {fault.partition(":")[0] for fault in violations(broken("names.html"))}
    assert rules == {"label-content-name-mismatch", "target-size"}


@pytest.mark.parametrize("look", LOOKS)
def test_a_clean_page_is_found_clean(broken, look):
    page = broken("clean.html", width=320, **LOOKS[look])
    assert barriers.wrong_way(page) == []
    opened(page)
    found = barriers.unseen_focus(page, set()) + barriers.unseen_state(page)
    found += barriers.faint_controls(page) + barriers.motion(page)
    found += barriers.lost_text(page) + barriers.lost_text_when_spaced(page) + violations(page)
    assert found == []


# ---- on paper -------------------------------------------------------------------------------


def test_a_printed_lesson_can_be_listened_to(visit):
    page = opened(visit("notebooks/04-seeing-the-gap.html"))
    assert tagged.faults(io.BytesIO(page.pdf(tagged=True))) == []


def test_a_pdf_that_cannot_be_listened_to_is_found(broken):
    page = broken("paper.html")
    assert tagged.faults(io.BytesIO(page.pdf())) == ["has no tags"]
    made = io.BytesIO(page.pdf(tagged=True))
    faults = [
        "jumps from heading level 1 to 3",
        "has a picture without words",
        "has a table without header cells",
    ]
    assert tagged.faults(made) == faults
    document = pypdf.PdfWriter(clone_from=made)
    del document.root_object["/Lang"]
    document.metadata = None
    document.write(without := io.BytesIO())
    assert tagged.faults(without) == ["does not say its language", "has no title", *faults]
    page.evaluate("document.body.replaceChildren('No heading')")
    assert "has no heading" in tagged.faults(io.BytesIO(page.pdf(tagged=True)))
