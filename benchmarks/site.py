"""How long each step of the site takes, how heavy its pages are, how soon the lab is ready.

Run `python benchmarks/site.py` in the environment; it rewrites `benchmarks/site.md`. Every step
is made from nothing and once more unchanged. Pages are loaded by Chromium from the local
server; weights are the sizes of the files it asked for, raw and as gzip would send them. The lab's
seconds last until its first cell, which imports the course's package, has printed.
"""

import gzip
import platform
import shutil
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from eeic.files import put_in_place
from eeic.publish import lab, serve, site, steps, vendor, wheel

ROOT = Path(__file__).parents[1]
BUILT = ROOT / "_build"
STEPS = (
    vendor.step,
    wheel.step,
    lab.wheels_step,
    lab.step,
    site.book_step,
    site.downloads_step,
    site.offline_step,
    site.site_step,
)


def main() -> None:
    """Measure, print and keep."""
    lines = ["# The site: times and weights", "", f"{platform.machine()}, {platform.system()}, "]
    lines[-1] += f"Python {platform.python_version()}. Made by `python benchmarks/site.py`."
    lines += [
        "",
        "| Step | from nothing, s | unchanged, s | made, MB | files |",
        "|---|--:|--:|--:|--:|",
    ]
    lines += [row(*measured) for measured in step_times()]
    lines += ["", "| Page | requests | raw, kB | gzip, kB | seconds |", "|---|--:|--:|--:|--:|"]
    lines += [row(*measured) for measured in page_weights()]
    text = "\n".join(lines) + "\n"
    print(text)
    put_in_place(Path(__file__).with_suffix(".md"), text.encode())


def row(name: str, *numbers: float) -> str:
    written = (f"{n:,}" if isinstance(n, int) else f"{n:,.1f}" for n in numbers)
    return f"| {name} | {' | '.join(written)} |"


def step_times():
    vendor.install(ROOT, quiet=True)
    with steps.alone(BUILT):
        shutil.rmtree(BUILT / "book-work", ignore_errors=True)
        for describe in STEPS:
            step = describe(ROOT)
            shutil.rmtree(step.output, ignore_errors=True)
            cold = timed(lambda step=step: steps.run(step, quiet=True))
            warm = timed(lambda step=step: steps.run(step, quiet=True))
            made = steps.files(step.output)
            megabytes = sum(file.stat().st_size for file in made) / 1e6
            yield step.name, cold, warm, megabytes, len(made)


def timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def page_weights():
    running = serve.server(BUILT / "site", 0)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    address = serve.address(running)
    lessons = [lesson.stem for lesson in lab.lessons(ROOT)]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for path in ["", *(f"notebooks/{name}.html" for name in lessons)]:
            yield weigh(browser, address, path)
        yield weigh(browser, address, "lab/notebooks/index.html?path=README.ipynb", run_python)
        browser.close()
    running.shutdown()
    running.server_close()


def weigh(browser: Browser, address: str, path: str, use: Callable[[Page], object] | None = None):
    context = browser.new_context(service_workers="block")
    asked: set[str] = set()
    context.on("request", lambda request: asked.add(urlsplit(request.url).path))
    page = context.new_page()
    began = time.perf_counter()
    page.goto(address + path, wait_until="load")
    if use:
        use(page)
    seconds = time.perf_counter() - began
    page.wait_for_timeout(1000)  # what a page fetches when it is otherwise ready
    context.close()
    sizes = [size(BUILT / "site" / unquote(name).lstrip("/")) for name in asked]
    raw, packed = (sum(kind) / 1e3 for kind in zip(*sizes, strict=True))
    return f"`/{path}`", len(asked), round(raw), round(packed), seconds


def run_python(page: Page) -> None:
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(timeout=180_000)
    cell = page.locator(".jp-CodeCell").first
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    cell.locator(".jp-OutputArea-output").first.wait_for(timeout=180_000)


@cache
def size(file: Path) -> tuple[int, int]:
    file = file / "index.html" if file.is_dir() else file
    content = file.read_bytes() if file.is_file() else b""
    return len(content), min(len(content), len(gzip.compress(content, 6)))


if __name__ == "__main__":
    main()
