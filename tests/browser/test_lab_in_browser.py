"""The browser lab, in a browser that can reach nothing but the site."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STARTS = 90_000  # milliseconds that the browser's Python may take to start on a busy machine

CELLS = [
    "import eeic\nprint('eeic', eeic.__version__)",
    """import ipywidgets
slider = ipywidgets.IntSlider(value=3, max=10, description="Missing")
seen = ipywidgets.Output()
def moved(change):
    with seen:
        print("Python saw", change["new"])
slider.observe(moved, names="value")
display(slider, seen)""",
    "from eeic import ask\nask.show('00.way-through')",
    "from eeic import explore\nexplore.show('four-headlines')",
    "from pathlib import Path\nprint('tables', sorted(p.name for p in Path('datasets').iterdir()))",
    "%pip install leftpad",
]


def notebook() -> str:
    return json.dumps(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "execution_count": None,
                    "id": f"c{number}",
                    "metadata": {},
                    "outputs": [],
                    "source": source,
                }
                for number, source in enumerate(CELLS)
            ],
            "metadata": {
                "kernelspec": {
                    "display_name": "Python (Pyodide)",
                    "language": "python",
                    "name": "python",
                }
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


@pytest.fixture
def lab(chromium, address):
    """A page of the lab whose README is our notebook, and the requests that left the site.

    Service workers are blocked, as locked-down browsers do: what works here needs none.
    """
    context = chromium.new_context(service_workers="block")
    strangers = []

    def guard(route, request):
        if request.url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            strangers.append(request.url)
            route.abort()

    context.route("**/*", guard)
    context.route("**/files/README.ipynb*", lambda route: route.fulfill(body=notebook()))
    page = context.new_page()
    page.set_default_timeout(STARTS)
    yield page, strangers
    context.close()


def open_notebook(page, address, name="README.ipynb"):
    page.goto(f"{address}lab/notebooks/index.html?path={name}")
    wait_for_python(page)


def wait_for_python(page):
    """Wait until the kernel is there; what is run before it is connected is lost."""
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()


def run(page, number):
    """Run one cell to its end and return it.

    JupyterLab says "idle" a moment before its kernel is connected, and loses what is run in
    between: the prompt then stays empty, and we ask again, as a person would.
    """
    cell = page.locator(".jp-CodeCell").nth(number)
    for _ in range(10):
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        prompt = cell.locator(".jp-InputPrompt")
        try:
            expect(prompt).to_have_text(re.compile(r"\[(\*|\d+)\]:"), timeout=10_000)
            expect(prompt).to_have_text(re.compile(r"\[\d+\]:"), timeout=STARTS)
        except AssertionError:
            continue
        return cell
    raise AssertionError(f"cell {number} never ran")


def test_python_starts_and_everything_works_with_no_one_elses_help(lab, address):
    page, strangers = lab
    open_notebook(page, address)
    assert page.evaluate("crossOriginIsolated"), "the lab's headers are missing"

    run(page, 0).get_by_text("eeic ", exact=False).nth(1).wait_for()

    widget = run(page, 1)
    handle = widget.get_by_role("slider")
    handle.focus()
    page.keyboard.press("ArrowRight")
    widget.get_by_text("Python saw 4").wait_for()

    explorer = run(page, 3)
    explorer.get_by_text("This Python has no ").wait_for()
    assert "Traceback" not in explorer.inner_text()

    run(page, 4).get_by_text("L01.csv").wait_for()
    run(page, 5).get_by_text("PyPI fallback is disabled").first.wait_for()
    assert strangers == []


def test_an_answer_is_remembered_after_the_page_is_loaded_again(lab, address):
    page, strangers = lab
    open_notebook(page, address)
    question = run(page, 2)
    question.get_by_label("Read, move the explorers").check()
    question.get_by_role("button", name="Check").click()
    question.get_by_text("That way is always enough").wait_for()
    page.wait_for_timeout(2000)  # the browser writes the file a moment later

    page.reload()
    wait_for_python(page)
    again = run(page, 2)
    answer = again.get_by_label("Read, move the explorers")
    answer.wait_for()
    assert answer.is_checked()
    again.get_by_text("That way is always enough").wait_for()
    assert strangers == []


def test_the_lesson_opens_in_the_browsers_python(lab, address):
    page, strangers = lab
    lesson = sorted(Path(__file__).parents[2].glob("notebooks/0[1-9]*.ipynb"))[0].name
    open_notebook(page, address, lesson)
    page.get_by_text("Python (Pyodide)").wait_for()
    assert page.title()
    assert strangers == []
