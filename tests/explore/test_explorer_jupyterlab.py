"""The live explorer in a real JupyterLab, by keyboard."""

import json
import os
import re
import subprocess
import sys
import time

import nbformat
import pytest

from eeic import explore

pytestmark = [pytest.mark.browser, pytest.mark.slow]

pytest.importorskip("jupyterlab", reason="JupyterLab is not installed: pip install '.[lab]'")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Start JupyterLab on a free port, with settings of its own, and a notebook in it."""
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
    for room, setting in {
        "apputils-extension/notification": {"fetchNews": "false"},
        # Otherwise what is out of sight is not in the page.
        "notebook-extension/tracker": {"windowingMode": "none"},
    }.items():
        file = folder / "settings" / "@jupyterlab" / f"{room}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(setting), encoding="utf-8")
    log = (folder / "log").open("w+", encoding="utf-8")
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *("--ip=127.0.0.1", "--port=0", "--IdentityProvider.token=", "--ServerApp.password="),
            *("--ServerApp.log_level=INFO", f"--ServerApp.root_dir={folder}"),
        ],
        stdout=log,
        stderr=log,
        env=os.environ
        | {
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "EEIC_STATIC": "0",
        },
    )
    try:
        for _ in range(120):
            time.sleep(0.5)
            said = (folder / "log").read_text("utf-8")
            found = re.search(r"http://127\.0\.0\.1:\d+/lab", said)
            if found:
                break
        else:
            pytest.fail(f"JupyterLab did not start:\n{said}")
        yield found.group()
    finally:
        server.terminate()
        server.wait(20)
        log.close()


@pytest.fixture(scope="module")
def page(chromium, lab):
    page = chromium.new_page(viewport={"width": 1280, "height": 1000})
    page.goto(f"{lab}/tree/lesson.ipynb")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
    # Cells run before the kernel is ready are lost.
    page.wait_for_selector(
        ".jp-Notebook-ExecutionIndicator[data-status=idle]", state="attached", timeout=60_000
    )
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
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
    labels = [c.label for n in explore.names() for c in explore.explorer(n).controls]
    assert names == [*labels, f"{labels[-1]}, as a number"]
