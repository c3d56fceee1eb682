"""What the tests of explorers share: a browser."""

import os
import shutil

import pytest

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium():
    """Start the machine's own Chromium; without one, browser tests are skipped and say so."""
    program = os.environ.get("EEIC_CHROMIUM") or shutil.which("chromium")
    if not program:
        message = "No Chromium on this machine: set EEIC_CHROMIUM to run the browser tests."
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()
