"""The browser and the npm packages, for all tests that need them."""

import os
import shutil

import browsing
import pytest


@pytest.fixture(scope="session")
def chromium():
    """The machine's own Chromium; without one, browser tests are skipped and say so."""
    program = os.environ.get("EEIC_CHROMIUM") or shutil.which("chromium")
    if not program:
        browsing.lacking("no Chromium: install it, or name it in EEIC_CHROMIUM")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(browsing.FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def node_modules():
    """The folder of the npm packages."""
    return browsing.npm_packages()
