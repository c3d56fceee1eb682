"""The house stands as drawn: imports point one way and the ground floor knows no Jupyter."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "eeic"

# The rooms from the ground floor up; a room may import only rooms above it in this list.
FLOORS = [
    {"files", "executors", "progress"},
    {"categories"},
    {"stats"},
    {"disclosure"},
    {"validation"},
    {"world"},
    {"datasets"},
    {"evidence"},
    {"charts"},
    {"show"},
    {"explore"},
    {"ask"},
    {"grading"},
    {"owndata"},
    {"publish"},
    {"cli"},
]
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
NO_JUPYTER = {room for rooms in FLOORS[:8] for room in rooms}
JUPYTER = {"IPython", "ipywidgets", "anywidget", "nbformat", "nbconvert", "nbgrader", "jupyter"}
# Neighbours that must know nothing of each other even where the floor would allow it.
APART = {("world", "stats"), ("explore", "grading"), ("ask", "grading"), ("owndata", "grading")}


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported_modules(source: str, package: str) -> set[str]:
    """Return the dotted names a module imports, also those inside its functions."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, [base, node.module]))
            names |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return names


def offences(room: str, source: str, package: str) -> list[str]:
    """Say which imports of one module point the wrong way."""
    found = []
    for name in sorted(imported_modules(source, package)):
        top, *rest = name.split(".")
        if top in JUPYTER and room in NO_JUPYTER:
            found.append(f"{room} imports {name}, but it stands on the floor without Jupyter")
        if top != "eeic" or not rest or rest[0] not in LEVEL or rest[0] == room:
            continue
        other = rest[0]
        if LEVEL[other] >= LEVEL[room] or (room, other) in APART:
            found.append(f"{room} imports {other}, which stands above or beside it")
    return found


MODULES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_point_one_way(path):
    room = room_of(path)
    if room == "__init__":
        assert not [n for n in imported_modules(path.read_text("utf-8"), "eeic") if "eeic" in n]
        return
    assert room in LEVEL, f"{room} is not a room of the house: give it a floor in FLOORS"
    package = ".".join(("eeic", *path.relative_to(SOURCE).parts[:-1]))
    assert offences(room, path.read_text("utf-8"), package) == []


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("stats", "from eeic.world import build"),
        ("world", "import eeic.stats.rates"),
        ("stats", "from ..explore import show"),
        ("disclosure", "def f():\n    import ipywidgets"),
        ("ask", "from eeic import grading"),
        ("charts", "from eeic.show import figure"),
    ],
)
def test_the_check_catches_a_wrong_import(room, source):
    assert offences(room, source, f"eeic.{room}")


def test_importing_the_package_is_cheap():
    """Questions must load where numpy, pandas and matplotlib are absent."""
    import subprocess
    import sys

    heavy = ["numpy", "pandas", "scipy", "matplotlib", "anywidget", "ipywidgets", "IPython"]
    code = (
        "import sys, eeic, eeic.ask, eeic.explore, eeic.datasets, eeic.show; "
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
