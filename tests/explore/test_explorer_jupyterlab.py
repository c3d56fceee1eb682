"""The live explorer in a real JupyterLab, by keyboard."""

import nbformat
import pytest
from browsing import jupyterlab, run_all_cells

from eeic import explore

pytestmark = [pytest.mark.browser, pytest.mark.slow]

pytest.importorskip("jupyterlab", reason="JupyterLab is not installed: pip install '.[lab]'")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab with a notebook that shows both explorers."""
    folder = tmp_path_factory.mktemp("lab")
    notebook = nbformat.v4.new_notebook(
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
        cells=[
            nbformat.v4.new_code_cell('from eeic import explore\nexplore.show("four-headlines")'),
            nbformat.v4.new_code_cell('explore.show("age-mix")'),
        ],
    )
    nbformat.write(notebook, folder / "lesson.ipynb")
    with jupyterlab(folder, tmp_path_factory.mktemp("home")) as address:
        yield address


@pytest.fixture(scope="module")
def page(chromium, lab):
    page = chromium.new_page(viewport={"width": 1280, "height": 1000})
    run_all_cells(page, lab, "lesson.ipynb")
    page.wait_for_selector(".eeic-explorer .noUi-handle[aria-label]", timeout=90_000)
    yield page
    page.close()


def wait_for(page, number, sentence):
    from playwright.sync_api import expect

    status = page.locator(".eeic-explorer [role=status]").nth(number)
    expect(status).to_have_text(sentence, timeout=20_000)


def test_a_radio_button_moved_by_keyboard_changes_the_sentence(page):
    explorer = explore.explorer("four-headlines")
    wait_for(page, 0, explorer.frame().finding)
    page.locator(".eeic-explorer").nth(0).locator("input[type=radio]").first.focus()
    page.keyboard.press("ArrowDown")
    wait_for(page, 0, explorer.frame(measure="standardised").finding)


def test_the_slider_answers_the_arrow_keys_and_the_typed_number(page):
    explorer = explore.explorer("age-mix")
    whole = page.locator(".eeic-explorer").nth(1)
    whole.locator(".noUi-handle").focus()
    page.keyboard.press("ArrowRight")
    wait_for(page, 1, explorer.frame(older_share=7).finding)
    number = whole.locator("input[type=number]")
    number.fill("21")
    number.press("Enter")
    wait_for(page, 1, explorer.frame(older_share=21).finding)


def test_every_control_has_a_name(page):
    names = page.evaluate(
        "[...document.querySelectorAll('.eeic-explorer :is([role=radiogroup], .noUi-handle,"
        " input[type=number])')].map(e => e.getAttribute('aria-label'))"
    )
    labels = [c.label for n in ("four-headlines", "age-mix") for c in explore.explorer(n).controls]
    assert names == [*labels, f"{labels[-1]}, as a number"]
