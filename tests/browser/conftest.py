"""What the tests of the built site share: the site, and a server for it."""

import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from eeic.publish import serve
from eeic.publish import site as publishing


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
