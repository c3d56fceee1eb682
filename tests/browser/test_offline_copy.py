"""The offline copy, opened from a folder as from a USB stick, in a browser without network."""

import zipfile

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LESSON = "notebooks/04-seeing-the-gap.html"


@pytest.fixture(scope="module")
def folder(site, tmp_path_factory):
    """The unpacked copy, in a folder with a space in its name."""
    target = tmp_path_factory.mktemp("usb") / "My USB stick"
    with zipfile.ZipFile(site / "downloads/eeic-offline.zip") as archive:
        archive.extractall(target)
    return target


@pytest.fixture
def page(chromium):
    """A page, and a list that must stay empty: what it asked of a network, and its faults."""
    context = chromium.new_context()
    complaints = []
    context.on(
        "request",
        lambda request: (
            request.url.startswith(("file:", "data:", "blob:"))
            or complaints.append(f"asked for {request.url}")
        ),
    )
    context.on("requestfailed", lambda request: complaints.append(f"not found: {request.url}"))
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    yield page, complaints
    context.close()
    assert complaints == []


def test_the_way_in_leads_to_the_home_page(page, folder):
    tab, _ = page
    tab.goto((folder / "START-HERE.html").as_uri())
    tab.wait_for_url("**/book/index.html")
    assert tab.get_by_role("heading", level=1).is_visible()


def test_an_explorer_answers_the_keyboard(page, folder):
    tab, _ = page
    tab.goto((folder / LESSON).as_uri())
    explorer = tab.locator("[data-eeic-explorer=four-headlines]")
    said, drawn = explorer.get_by_role("status"), explorer.locator("img").first
    before = said.inner_text(), drawn.get_attribute("src")
    explorer.get_by_role("radio").first.focus()
    tab.keyboard.press("ArrowDown")
    tab.wait_for_function(
        "([status, old]) => status.innerText !== old", arg=[said.element_handle(), before[0]]
    )
    assert drawn.get_attribute("src") != before[1]


def test_an_answer_is_remembered(page, folder):
    tab, _ = page
    tab.goto((folder / "notebooks/00-start-here.html").as_uri())
    tab.get_by_label("Read, move the explorers").check()
    tab.get_by_role("button", name="Check my answer").first.click()
    tab.get_by_text("That way is always enough").wait_for()
    tab.reload()
    tab.get_by_text("That way is always enough").wait_for()
    assert tab.get_by_label("Read, move the explorers").is_checked()


def test_search_finds_a_word(page, folder):
    tab, _ = page
    tab.goto((folder / "search.html").as_uri() + "?q=standardisation")
    tab.locator("#search-results li a").first.wait_for()


def test_the_live_notebook_is_explained_where_it_is_not(page, folder):
    tab, _ = page
    tab.goto((folder / "lab/notebooks/index.html").as_uri() + "?path=04-seeing-the-gap.ipynb")
    assert "not in this copy" in tab.get_by_role("heading", level=1).inner_text()
    tab.get_by_role("link", name="Back to the course").click()
    tab.wait_for_url("**/book/index.html")


def test_mathematics_is_set(page, folder):
    tab, _ = page
    with_maths = next(
        path for path in sorted(folder.rglob("*.html")) if b'class="math' in path.read_bytes()
    )
    tab.goto(with_maths.as_uri())
    tab.locator("mjx-container").first.wait_for()
