"""What tests in a real browser share: its settings, axe-core's verdict, and a JupyterLab."""

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import TimeoutError

from eeic.publish import steps, vendor

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

ROOT = Path(__file__).parents[1]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def pages() -> list[str]:
    """List every page of the book from its contents, and those outside them."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))

    def files(entry):
        if isinstance(entry, dict):
            names = [entry[key] for key in ("root", "file") if key in entry]
            return names + [name for value in entry.values() for name in files(value)]
        return [name for part in entry for name in files(part)] if isinstance(entry, list) else []

    return [f"{name}.html" for name in [*files(contents), "search", "404"]]


def lacking(what: str) -> None:
    """Fail in CI, where everything has to be there; skip with one line on a person's machine."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(what)


def npm_packages() -> Path:
    """Give the folder of the npm packages, fetched if need be."""
    with steps.alone(ROOT / "_build"):
        vendor.install(ROOT, quiet=True)
    return ROOT / "node_modules"


def violations(page) -> list[str]:
    """Ask axe-core which rules of WCAG 2.2 A and AA a page breaks, and where."""
    if not page.evaluate("'axe' in window"):
        axe = npm_packages() / "axe-core" / "axe.min.js"
        page.add_script_tag(content=axe.read_text("utf-8"))
    # Only what is wrong is described, which takes a third of the time.
    result = page.evaluate(
        "tags => axe.run(document, {runOnly: tags, rules: {"
        "'label-content-name-mismatch': {enabled: true}}, resultTypes: ['violations']})",
        WCAG,
    )
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


@contextmanager
def jupyterlab(folder: Path, home: Path) -> Iterator[str]:
    """Run JupyterLab on a folder, with settings of its own, and give its address."""
    settings = {
        "apputils-extension/notification": {"fetchNews": "false"},
        # Otherwise what is out of sight is not in the page.
        "notebook-extension/tracker": {"windowingMode": "none"},
    }
    for room, setting in settings.items():
        file = home / "settings" / "@jupyterlab" / f"{room}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(setting), encoding="utf-8")
    homes = {
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
    }
    log = home / "log"
    with log.open("w", encoding="utf-8") as said:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
                *("--ip=127.0.0.1", "--port=0", "--IdentityProvider.token="),
                *("--ServerApp.password=", f"--ServerApp.root_dir={folder}"),
                "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            ],
            stdout=said,
            stderr=said,
            env=os.environ | homes | {"EEIC_STATIC": ""},
        )
        try:
            for _ in range(120):
                time.sleep(0.5)
                if found := re.search(r"http://127\.0\.0\.1:\d+/lab", log.read_text("utf-8")):
                    break
            else:
                pytest.fail(f"JupyterLab did not start:\n{log.read_text('utf-8')}")
            yield found.group()
        finally:
            server.terminate()
            server.wait(30)


def run_all_cells(page, address: str, notebook: str) -> None:
    """Open a notebook in that JupyterLab and run it."""
    page.goto(f"{address}/tree/{notebook}?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
    page.wait_for_selector(
        ".jp-Notebook-ExecutionIndicator[data-status=idle]", state="attached", timeout=90_000
    )
    # JupyterLab loses cells that are run before its kernel is connected, and may call a kernel
    # idle before that; a person would run them again, and so does this.
    output = page.locator(".jp-CodeCell .jp-OutputArea-output").first
    for patience in (20_000, 40_000, 80_000):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        with contextlib.suppress(TimeoutError):
            output.wait_for(timeout=patience)
            return
    pytest.fail(f"{notebook} gives no output in JupyterLab")
