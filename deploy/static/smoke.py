"""Try in a real browser whether the scientific packages of a site's lab work.

Usage: python deploy/static/smoke.py [ADDRESS]   (without an address: the site in _build/site)

Ends with 0 if all do. A deploy job runs it before it publishes (README.md beside this).
"""

import contextlib
import json
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, TimeoutError, sync_playwright

from eeic.publish import lab, serve

ROOT = Path(__file__).parents[2]
#: Browsers of this family are alike enough; a machine has one under one of these names.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

_IMPORT = """try:
    import {name}
    print("has {name}", {name}.__version__)
except ImportError:
    print("lacks {name}")
"""
_USE = """
try:
    import pandas
    table = pandas.DataFrame({"group": ["a", "b", "a"], "people": [20, 1, 22]})
    print("pandas adds up to", int(table.groupby("group")["people"].sum()["a"]))
    import matplotlib.pyplot as plt
    plt.bar(table["group"], table["people"])
    plt.show()
    from eeic import explore
    explore.explorer("four-headlines").frame()
    print("eeic draws")
except Exception as error:
    print("stopped by", error)
print("that", "was all")
"""


def faults(page: Page, address: str) -> list[str]:
    """Run a notebook in the lab at an address, and say what is wrong.

    Parameters
    ----------
    page : Page
        A page of a browser.
    address : str
        Where the site is.

    Returns
    -------
    list of str
        One sentence for each fault; none if all is well.
    """
    code = "".join(_IMPORT.format(name=name) for name in lab.SCIENTIFIC) + _USE
    page.route("**/files/README.ipynb*", lambda route: route.fulfill(body=_notebook(code)))
    page.goto(f"{address.rstrip('/')}/lab/notebooks/index.html?path=README.ipynb")
    said = _run(page)
    if "that was all" not in said:
        return [f"the lab did not run a cell to its end; it said: {said.strip() or 'nothing'}"]
    found = [f"{name} is not there" for name in lab.SCIENTIFIC if f"has {name} " not in said]
    if "pandas adds up to 42" not in said:
        found.append("pandas does not add up")
    if not page.locator(".jp-OutputArea img").count():
        found.append("matplotlib shows no picture")
    if "eeic draws" not in said:
        found.append("the course's own explorers do not draw")
    return found


def _run(page: Page) -> str:
    """Run the notebook's one cell; the lab may lose what is asked before it is ready, so ask on."""
    page.set_default_timeout(90_000)
    try:
        page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()
    except TimeoutError:
        return "that its Python did not start in 90 seconds"
    output = page.locator(".jp-CodeCell .jp-Cell-outputArea").first
    for _ in range(3):
        page.locator(".jp-CodeCell .cm-content").first.click()
        page.keyboard.press("Control+Enter")
        with contextlib.suppress(TimeoutError):
            output.get_by_text("that was all").or_(output.get_by_text("Traceback")).first.wait_for(
                timeout=60_000
            )
            break
    return output.inner_text() if output.count() else ""


def _notebook(code: str) -> str:
    cell = {"cell_type": "code", "id": "smoke", "source": code, "metadata": {}, "outputs": []}
    return json.dumps(
        {
            "cells": [{**cell, "execution_count": None}],
            "metadata": {"kernelspec": lab.KERNELSPEC},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a site on a free port while the block runs, and give its address."""
    running = serve.server(folder, 0)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    try:
        yield serve.address(running)
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


def main() -> None:
    """Try the site, and say what came of it."""
    if len(sys.argv) > 2:
        raise SystemExit("usage: python deploy/static/smoke.py [ADDRESS]")
    browser = os.environ.get("EEIC_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), "")
    if not browser:
        raise SystemExit("smoke: no Chromium: install it, or name it in EEIC_CHROMIUM")
    site = ROOT / "_build/site"
    if len(sys.argv) == 1 and not site.is_dir():
        raise SystemExit("smoke: the site is not built: run make site")
    with contextlib.ExitStack() as stack:
        here = sys.argv[1] if len(sys.argv) == 2 else stack.enter_context(served(site))
        playwright = stack.enter_context(sync_playwright())
        # Some machines of CI services forbid the browser's own cage; the pages are ours.
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        stack.callback(chromium.close)
        # A service worker would answer for the notebook that is tried, and is not needed for it.
        found = faults(chromium.new_context(service_workers="block").new_page(), here)
    if found:
        raise SystemExit("\n".join(f"smoke: {one}" for one in found))
    print(f"The lab runs {', '.join(lab.SCIENTIFIC)}, and draws.")


if __name__ == "__main__":
    main()
