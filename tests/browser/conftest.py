"""What the tests in a real browser share: the browser, the built site, and a server for it."""

import os
import shutil
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from eeic.publish import serve
from eeic.publish import site as publishing

# Without these Chromium talks to its maker, which a machine without network answers slowly.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def lacking(what: str) -> None:
    """Fail in CI, where everything has to be there; skip with one line on a person's machine."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(what)


# Not for the whole session: other folders' tests start the browser in their own way, and its
# driver cannot run twice at a time.
@pytest.fixture(scope="module")
def chromium():
    """A running Chromium."""
    program = os.environ.get("EEIC_CHROMIUM") or shutil.which("chromium")
    if not program:
        lacking("no Chromium: install it, or name it in EEIC_CHROMIUM")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def serving(folder: Path):
    """Serve a folder on a free port while the block runs, and give its address."""
    running = serve.server(folder, 0)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    try:
        yield serve.address(running)
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built site; what has changed since it was built is built again."""
    return publishing.build(quiet=True)


@pytest.fixture(scope="module")
def address(site):
    """Where the built site is served."""
    with serving(site) as where:
        yield where
