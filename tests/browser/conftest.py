"""What the tests of the built site share: the site, a server for it, and a visitor."""

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


@pytest.fixture
def visit(chromium, address):
    """Open pages of the site, and note what a page complains of or asks of strangers."""
    contexts, complaints = [], []

    def open_page(path="", *, start=address, width=1280, height=900, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)

        def guard(route, request):
            if request.url.startswith((start, "data:", "blob:")):
                route.continue_()
            else:
                complaints.append(f"asks a stranger: {request.url}")
                route.abort()

        context.route("**/*", guard)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("requestfailed", lambda request: complaints.append(f"not loaded: {request.url}"))
        page.on(
            "response",
            lambda answer: answer.status >= 400 and complaints.append(f"missing: {answer.url}"),
        )
        page.on(
            "console",
            lambda said: (
                said.type in ("error", "warning") and complaints.append(f"console: {said.text}")
            ),
        )
        page.goto(start + path)
        return page

    open_page.complaints = complaints
    yield open_page
    for context in contexts:
        context.close()
