"""The browser lab: JupyterLite whose Python, packages and lessons all come from our own site.

JupyterLite starts Pyodide (Python for the browser). Which packages that Python can load is
written in one file, `pyodide-lock.json`. It is composed here from the wheels that are served,
so that `import eeic` works with no `%pip` line and no request to anybody else.

The numerical packages (`SCIENTIFIC`) exist for the browser only in Pyodide's own release. A
build that is given them (`collect`) serves them too; another build leaves them out, and the
lab says so.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from email.parser import HeaderParser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from eeic.publish import steps, wheel

#: The packages of the lessons that are not pure Python.
SCIENTIFIC = ("numpy", "pandas", "matplotlib", "scipy", "statsmodels")

#: Served, but loaded only where a cell imports it: a few statistics need it, and it is large.
ON_DEMAND = frozenset({"statsmodels"})

#: Requirements that the browser does without, and why.
LEFT_OUT = {
    "jupyterlab-widgets": "the lab carries its JavaScript already",
    "nbformat": "for building and grading",
}

#: What the kernel asks for while it starts; named in the lab's settings they load side by side.
KERNEL = ("micropip", "piplite", "ipykernel", "comm", "pyodide-kernel", "jedi", "ipython")

#: Wheels that the kernel's extension brings: itself, and stand-ins for what has no use here.
KERNEL_WHEELS = ("ipykernel-*", "piplite-*", "pyodide_kernel-*", "widgetsnbextension-4*")

#: JupyterLab extensions that the lessons need; all others in the environment stay out.
EXTENSIONS = (
    "@jupyterlite/pyodide-kernel-extension",
    "@jupyter-widgets/jupyterlab-manager",
    "anywidget",
    "jupyterlab-myst",
)

#: Makes a live copy of a lesson start in the browser's Python without asking.
KERNELSPEC = {"display_name": "Python (Pyodide)", "language": "python", "name": "python"}

#: Where the kernel's bridge between page and Python waits for an answer; see `mend`.
IMPATIENT = re.compile(r"(\w+\(\w+,\w+\)\.value)\.then\(")

LABEXTENSIONS = Path(sys.prefix, "share/jupyter/labextensions")


def wheels_step(root: Path) -> steps.Step:
    """Describe the build step that fetches the pure-Python wheels of the browser lab.

    Parameters
    ----------
    root : Path
        The checkout, with `requirements-lab.txt`.

    Returns
    -------
    eeic.publish.steps.Step
        Its output holds one wheel per line of that file.
    """
    pins = root / "requirements-lab.txt"

    def make(out: Path) -> None:
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
        # No platform but "any": the wheel must run in a browser, not on this machine.
        only_pure = ["--platform", "any", "--abi", "none", "--implementation", "py"]
        only_pure += ["--python-version", "3.14"]
        steps.command(
            [*pip, *only_pure, "--dest", out, "--requirement", pins],
            log=root / "_build/logs/lab-wheels.log",
            cwd=root,
        )

    return steps.Step("lab wheels", [pins], root / "_build/lab-wheels", make)


def step(root: Path) -> steps.Step:
    """Describe the build step that makes the browser lab.

    Parameters
    ----------
    root : Path
        The checkout, with the outputs of the vendor, wheel and lab-wheels steps.

    Returns
    -------
    eeic.publish.steps.Step
        Its output is served at `/lab/`.
    """
    built = root / "_build"
    collected = scientific_folder(root)
    inputs = [
        *(built / name for name in (".vendor.stamp", ".wheel.stamp", ".lab-wheels.stamp")),
        *(root / name for name in ("requirements.txt", "notebooks", "datasets")),
        Path(__file__),
        *([collected] if collected else []),
    ]
    return steps.Step("browser lab", inputs, built / "lab", lambda out: _make(root, collected, out))


def lessons(root: Path) -> list[Path]:
    """List the lesson notebooks, in order; the name of a lesson begins with its number.

    Parameters
    ----------
    root : Path
        The checkout.

    Returns
    -------
    list of Path
    """
    return sorted((root / "notebooks").glob("[0-9]*.ipynb"))


def scientific_folder(root: Path) -> Path | None:
    """Find the folder of numerical wheels that `collect` made, if there is one.

    Parameters
    ----------
    root : Path
        The checkout.

    Returns
    -------
    Path or None
        The folder that EEIC_PYODIDE_PACKAGES names, else `deploy/static/pyodide-packages`
        if it is there.

    Raises
    ------
    eeic.publish.steps.BuildError
        If EEIC_PYODIDE_PACKAGES names a folder that is not there.
    """
    if named := os.environ.get("EEIC_PYODIDE_PACKAGES"):
        if not Path(named).is_dir():
            raise steps.BuildError(
                f"EEIC_PYODIDE_PACKAGES names {named}, which is no folder: "
                "collect the packages first (deploy/static/README.md) or unset it"
            )
        return Path(named)
    usual = root / "deploy/static/pyodide-packages"
    return usual if usual.is_dir() else None


def closure(packages: Mapping[str, Mapping], names: Iterable[str]) -> list[str]:
    """List packages of a Pyodide lock together with everything they depend on.

    Parameters
    ----------
    packages : mapping
        The `packages` part of a `pyodide-lock.json`.
    names : iterable of str
        Where to start.

    Returns
    -------
    list of str
        Keys of `packages`, sorted.

    Raises
    ------
    eeic.publish.steps.BuildError
        If the lock has no such package.

    Examples
    --------
    >>> closure({"a": {"depends": ["b"]}, "b": {"depends": []}, "c": {"depends": []}}, ["a"])
    ['a', 'b']
    """
    found: set[str] = set()
    waiting = [canonicalize_name(name) for name in names]
    while waiting:
        name = waiting.pop()
        if name not in packages:
            raise steps.BuildError(f"Pyodide's list of packages has no {name}")
        if name not in found:
            found.add(name)
            waiting += [canonicalize_name(needed) for needed in packages[name]["depends"]]
    return sorted(found)


def collect(release: Path, into: Path, lock: Path) -> list[Path]:
    """Take the numerical packages and all they need out of an unpacked Pyodide release.

    Parameters
    ----------
    release : Path
        The folder that the release archive unpacks to, with the wheels in it.
    into : Path
        Where the wheels go: a folder that `scientific_folder` finds.
    lock : Path
        The `pyodide-lock.json` of the pinned version, as its npm package carries it.

    Returns
    -------
    list of Path
        The wheels, in `into`.

    Raises
    ------
    eeic.publish.steps.BuildError
        If a wheel is missing or is not the one the lock names (another release).
    """
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    names = [packages[name]["file_name"] for name in closure(packages, SCIENTIFIC)]
    for name in closure(packages, SCIENTIFIC):
        _checked(release, packages[name])
    fresh = into.with_name(f".{into.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for name in names:
        shutil.copyfile(release / name, fresh / name)
    shutil.rmtree(into, ignore_errors=True)
    fresh.rename(into)
    return [into / name for name in names]


def compose_lock(release_lock: Mapping, wheels: Iterable[Path], collected: Path | None) -> dict:
    """Write down, for the browser's Python, every package that the site serves.

    Parameters
    ----------
    release_lock : mapping
        The content of the pinned version's own `pyodide-lock.json`.
    wheels : iterable of Path
        Our pure-Python wheels.
    collected : Path or None
        The folder of numerical wheels, or None if this build has none.

    Returns
    -------
    dict
        The content of our `pyodide-lock.json`: the same `info`, only the packages served.

    Raises
    ------
    eeic.publish.steps.BuildError
        If a wheel needs something that is not served.
    """
    packages: dict[str, dict] = {}
    if collected:
        for name in closure(release_lock["packages"], SCIENTIFIC):
            packages[name] = _checked(collected, release_lock["packages"][name])
    needs: dict[str, list[str]] = {}
    for file in wheels:
        entry, needed = describe(file, release_lock["info"]["python"])
        packages[entry["name"]] = entry
        needs[entry["name"]] = needed
    absent = LEFT_OUT.keys() | (set() if collected else set(SCIENTIFIC))
    for name, needed in needs.items():
        if lacking := set(needed) - packages.keys() - absent:
            raise steps.BuildError(
                f"{name} needs {', '.join(sorted(lacking))}: add it to requirements-lab.txt"
            )
        packages[name]["depends"] = [
            other for other in needed if other in packages and other not in ON_DEMAND
        ]
    return {"info": release_lock["info"], "packages": dict(sorted(packages.items()))}


def describe(file: Path, python: str) -> tuple[dict, list[str]]:
    """Describe a pure-Python wheel in the words of a `pyodide-lock.json`.

    Parameters
    ----------
    file : Path
        The wheel.
    python : str
        The browser's Python version, for example "3.14.2"; decides which requirements apply.

    Returns
    -------
    tuple of dict and list of str
        The entry (its `depends` still empty), and the names that the wheel requires.
    """
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        fields = HeaderParser().parsestr(archive.read(metadata).decode("utf-8"))
    browser = {
        "extra": "",
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": "wasm32",
        "platform_python_implementation": "CPython",
        "platform_system": "Emscripten",
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
        "sys_platform": "emscripten",
    }
    required = [Requirement(line) for line in fields.get_all("Requires-Dist", [])]
    needed = {
        canonicalize_name(one.name)
        for one in required
        if one.marker is None or one.marker.evaluate(browser)
    }
    tops = {name.split("/")[0].removesuffix(".py") for name in names}
    entry = {
        "depends": [],
        "file_name": file.name,
        "imports": sorted(top for top in tops if top.isidentifier()),
        "install_dir": "site",
        "name": canonicalize_name(fields["Name"]),
        "package_type": "package",
        "sha256": steps.sha256(file),
        "unvendored_tests": False,
        "version": fields["Version"],
    }
    return entry, sorted(needed)


def mend(script: str) -> str:
    """Close a race in the kernel's bridge between page and Python.

    Parameters
    ----------
    script : str
        JavaScript of the kernel's extension.

    Returns
    -------
    str
        The same, with every wait for an answer also accepting one that is already there.

    Notes
    -----
    The bridge (the library coincident, in jupyterlite-pyodide-kernel 0.8.6) reads
    `Atomics.waitAsync(...).value` as a promise. It is one only while the answer is still to
    come: when Python answers sooner it is a string, and the cell would stay at `[*]` for ever.
    On Python's side the same code waits in place with a `then` of its own, which must stay.

    Examples
    --------
    >>> mend("A(u,s).value.then(()=>{})")
    '(v=>v.then?v:Promise.resolve(v))(A(u,s).value).then(()=>{})'
    """
    return IMPATIENT.sub(r"(v=>v.then?v:Promise.resolve(v))(\1).then(", script)


def _checked(folder: Path, entry: Mapping) -> dict:
    file = folder / entry["file_name"]
    if not file.is_file():
        raise steps.BuildError(
            f"{file} is missing: {folder} is not the whole of the Pyodide release that "
            "package.json names (deploy/static/README.md says how to collect it)"
        )
    if steps.sha256(file) != entry["sha256"]:
        raise steps.BuildError(
            f"{file} is not the file that the pinned Pyodide names: "
            "take the release of the version in package.json"
        )
    return dict(entry)


def _make(root: Path, collected: Path | None, out: Path) -> None:
    """Lay out a JupyterLite project in a temporary folder, and build it."""
    built = root / "_build"
    wheels = [*sorted((built / "lab-wheels").glob("*.whl")), wheel.find(built / "wheel")]
    extension = LABEXTENSIONS / EXTENSIONS[0] / "static/pypi"
    wheels += [file for pattern in KERNEL_WHEELS for file in sorted(extension.glob(pattern))]
    with tempfile.TemporaryDirectory(dir=built) as folder:
        project = Path(folder)
        pyodide = shutil.copytree(built / "vendor/pyodide", project / "static/pyodide")
        lock = json.loads((pyodide / "pyodide-lock.json").read_text(encoding="utf-8"))
        lock = compose_lock(lock, wheels, collected)
        for file in wheels:
            shutil.copyfile(file, pyodide / file.name)
        for entry in lock["packages"].values():
            if not (pyodide / entry["file_name"]).exists() and collected:
                shutil.copyfile(collected / entry["file_name"], pyodide / entry["file_name"])
        _write_json(pyodide / "pyodide-lock.json", lock)
        _write_contents(root, project / "files", missing=set(SCIENTIFIC) - lock["packages"].keys())
        _write_settings(project)
        steps.command(
            [sys.executable, "-m", "jupyterlite_core", "build", "--output-dir", out.resolve()],
            log=built / "logs/lab.log",
            cwd=project,
        )
    for script in (out / "extensions" / EXTENSIONS[0] / "static").glob("*.js"):
        script.write_text(mend(script.read_text(encoding="utf-8")), encoding="utf-8", newline="")


def _write_contents(root: Path, contents: Path, missing: set[str]) -> None:
    contents.mkdir()
    for lesson in lessons(root):
        notebook = json.loads(lesson.read_text(encoding="utf-8"))
        notebook["metadata"]["kernelspec"] = KERNELSPEC
        _write_json(contents / lesson.name, notebook)
    for file in steps.files(root / "datasets"):
        if file.name[0] != ".":
            target = contents / "datasets" / file.relative_to(root / "datasets")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    names = [lesson.name for lesson in lessons(root)]
    _write_json(contents / "README.ipynb", _readme(names, missing))


def _readme(lessons: Iterable[str], missing: set[str]) -> dict:
    """Write the notebook that tells a visitor of the lab what is here and what is not."""
    about = [
        "# The browser lab",
        "",
        "Python runs here inside your browser: there is nothing to install and no account, and "
        "what you type stays on this device. Open a lesson and choose *Run*, *Run All Cells*. "
        "The first start takes up to half a minute: wait until *Python (Pyodide)* at the top right "
        "has an open circle beside it.",
        "",
        *(f"- [{name}]({name})" for name in lessons),
        "",
        "The tables are in the folder `datasets`; they hold invented people.",
    ]
    if missing:
        names = [name for name in SCIENTIFIC if name in missing]
        about += [
            "",
            f"**Not in this copy of the lab:** {', '.join(names[:-1])} and {names[-1]}. Plain "
            "Python works, and so do the questions that need no table. Explorers, charts, "
            "statistics and the questions about them say what they lack. Use them on the lesson "
            "pages, or open the course in JupyterLab on your own computer (`make lab`).",
        ]
    return {
        "cells": [
            {"cell_type": "markdown", "id": "about", "metadata": {}, "source": "\n".join(about)},
            {
                "cell_type": "code",
                "execution_count": None,
                "id": "first",
                "metadata": {},
                "outputs": [],
                "source": "import eeic\n\nprint(eeic.__version__)\nprint(eeic.NOTICE)",
            },
        ],
        "metadata": {"kernelspec": KERNELSPEC, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _write_settings(project: Path) -> None:
    lacking = [name for name in EXTENSIONS if not (LABEXTENSIONS / name / "package.json").is_file()]
    if lacking:
        raise steps.BuildError(
            f"the environment lacks the JupyterLab extension {lacking[0]}: "
            "install it again (make serve does it, or pip install -r requirements.txt)"
        )
    _write_json(
        project / "jupyter_lite_config.json",
        {
            "LiteBuildConfig": {
                # A notebook's own menus lead to the others.
                "apps": ["lab", "notebooks", "tree", "edit", "consoles"],
                "contents": ["files"],
                "federated_extensions": [str(LABEXTENSIONS / name) for name in EXTENSIONS],
                "ignore_sys_prefix": ["federated_extensions"],
                "no_libarchive": True,
                "no_sourcemaps": True,
                "no_unused_shared_packages": True,
            }
        },
    )
    _write_json(
        project / "jupyter-lite.json",
        {
            "jupyter-lite-schema-version": 0,
            "jupyter-config-data": {
                "appName": "Evidence and Ethnicity in Commissioning: browser lab",
                "appUrl": "./tree",  # a list of the lessons, not an empty launcher
                "litePluginSettings": {
                    "@jupyterlite/pyodide-kernel-extension:kernel": {
                        "disablePyPIFallback": True,
                        "loadPyodideOptions": {"packages": list(KERNEL)},
                    }
                },
            },
        },
    )


def _write_json(file: Path, content: object) -> None:
    file.write_text(
        json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n"
    )
