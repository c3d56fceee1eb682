import json
import re
import zipfile
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name, parse_wheel_filename

from eeic.publish import lab, steps
from eeic.publish.steps import BuildError

ROOT = Path(__file__).parents[2]
INFO = {"python": "3.14.2", "arch": "wasm32"}


def make_wheel(folder: Path, name: str, *requires: str, files=None) -> Path:
    """A pure-Python wheel with a module, metadata and nothing else."""
    folder.mkdir(exist_ok=True)
    module = name.replace("-", "_")
    file = folder / f"{module}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for path in files or [f"{module}/__init__.py"]:
            archive.writestr(path, "")
        lines = [f"Name: {name}", "Version: 1.0", *(f"Requires-Dist: {one}" for one in requires)]
        archive.writestr(f"{module}-1.0.dist-info/METADATA", "\n".join(lines) + "\n\nText\n")
    return file


def release(folder: Path) -> dict:
    """A Pyodide release in miniature: its lock, and its wheels in a folder."""
    folder.mkdir()
    needs = {
        "numpy": [],
        "pandas": ["numpy", "python_dateutil"],
        "python-dateutil": ["six"],
        "six": [],
        "matplotlib": ["numpy"],
        "scipy": ["numpy"],
        "patsy": ["numpy"],
        "statsmodels": ["numpy", "patsy", "scipy"],
        "torch": ["numpy"],
    }
    packages = {}
    for name, depends in needs.items():
        file = folder / f"{name}-wasm32.whl"
        file.write_text(f"the wheel of {name}")
        packages[name] = {
            "name": name,
            "depends": depends,
            "file_name": file.name,
            "sha256": steps.sha256(file),
        }
    return {"info": INFO, "packages": packages}


def test_a_wheel_is_described_from_what_is_in_it(tmp_path):
    file = make_wheel(
        tmp_path, "My-Pkg", files=["my_pkg/__init__.py", "my_pkg/a.css", "loose.py", "x-1.data/y"]
    )
    entry, needed = lab.describe(file, "3.14.2")
    assert entry["name"] == "my-pkg"
    assert entry["version"] == "1.0"
    assert entry["imports"] == ["loose", "my_pkg"]
    assert entry["sha256"] == steps.sha256(file)
    assert needed == []


def test_only_requirements_of_the_browser_count(tmp_path):
    file = make_wheel(
        tmp_path,
        "one",
        "Always_Needed>=1",
        "pexpect; sys_platform != 'win32' and sys_platform != 'emscripten'",
        "old; python_version < '3.12'",
        "new; python_full_version >= '3.14.1'",
        "tests; extra == 'test'",
    )
    assert lab.describe(file, "3.14.2")[1] == ["always-needed", "new"]


def test_depends_lists_only_what_is_served(tmp_path):
    wheels = [
        make_wheel(tmp_path, "eeic", "numpy", "scipy", "nbformat", "ipywidgets"),
        make_wheel(tmp_path, "ipywidgets", "jupyterlab_widgets"),
    ]
    lock = lab.compose_lock({"info": INFO, "packages": {}}, wheels, None)
    assert lock["info"] == INFO
    assert list(lock["packages"]) == ["eeic", "ipywidgets"]
    assert lock["packages"]["eeic"]["depends"] == ["ipywidgets"]
    assert lock["packages"]["ipywidgets"]["depends"] == []


def test_collected_packages_are_served_and_loaded_with_ours(tmp_path):
    full = release(tmp_path / "release")
    (tmp_path / "lock.json").write_text(json.dumps(full))
    lab.collect(tmp_path / "release", tmp_path / "collected", tmp_path / "lock.json")
    ours = [
        make_wheel(tmp_path / "w", "eeic", "numpy", "pandas", "statsmodels"),
        make_wheel(tmp_path / "w", "six"),
    ]
    lock = lab.compose_lock(full, ours, tmp_path / "collected")
    assert lock["packages"]["eeic"]["depends"] == ["numpy", "pandas"]
    assert "patsy" in lock["packages"]["statsmodels"]["depends"], "served, loaded when imported"
    assert "torch" not in lock["packages"]
    assert lock["packages"]["six"]["file_name"] == ours[1].name, "ours comes before the release's"
    assert lock["packages"]["pandas"]["sha256"] == full["packages"]["pandas"]["sha256"]


def test_a_requirement_that_is_not_served_stops_the_build(tmp_path):
    wheel = make_wheel(tmp_path, "eeic", "leftpad")
    with pytest.raises(BuildError, match=r"eeic needs leftpad: add it to requirements-lab.txt"):
        lab.compose_lock({"info": INFO, "packages": {}}, [wheel], None)


def test_collect_takes_the_closure_and_replaces_what_was_there(tmp_path):
    full = release(tmp_path / "release")
    (tmp_path / "lock.json").write_text(json.dumps(full))
    (tmp_path / "into").mkdir()
    (tmp_path / "into/old.whl").write_text("of another version")
    taken = lab.collect(tmp_path / "release", tmp_path / "into", tmp_path / "lock.json")
    names = {"numpy", "pandas", "python-dateutil", "six", "matplotlib", "scipy"}
    names |= {"statsmodels", "patsy"}
    assert {file.name for file in taken} == {f"{name}-wasm32.whl" for name in names}
    assert sorted(taken) == sorted((tmp_path / "into").iterdir())


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda file: file.unlink(), "numpy-wasm32.whl is missing"),
        (lambda file: file.write_text("another"), "take the release of the version in package"),
    ],
)
def test_collect_refuses_another_release_and_takes_nothing(tmp_path, damage, message):
    (tmp_path / "lock.json").write_text(json.dumps(release(tmp_path / "release")))
    damage(tmp_path / "release/numpy-wasm32.whl")
    with pytest.raises(BuildError, match=message):
        lab.collect(tmp_path / "release", tmp_path / "into", tmp_path / "lock.json")
    assert not (tmp_path / "into").exists()


def test_an_unknown_package_is_named():
    with pytest.raises(BuildError, match="has no numpy"):
        lab.closure({}, ["numpy"])


def test_the_folder_of_collected_packages(tmp_path, monkeypatch):
    monkeypatch.delenv("EEIC_PYODIDE_PACKAGES", raising=False)
    assert lab.scientific_folder(tmp_path) is None
    usual = tmp_path / "deploy/static/pyodide-packages"
    usual.mkdir(parents=True)
    assert lab.scientific_folder(tmp_path) == usual
    monkeypatch.setenv("EEIC_PYODIDE_PACKAGES", str(tmp_path / "absent"))
    with pytest.raises(BuildError, match="which is no folder: collect the packages"):
        lab.scientific_folder(tmp_path)


def test_the_readme_says_what_is_missing_and_only_then():
    without, whole = (
        lab._readme(["04-gap.ipynb"], missing)["cells"][0]["source"]
        for missing in (set(lab.SCIENTIFIC), set())
    )
    assert "numpy, pandas, matplotlib, scipy and statsmodels" in without
    assert "Not in this copy" not in whole
    assert "[04-gap.ipynb](04-gap.ipynb)" in whole


def pins(file: str) -> dict[str, str]:
    lines = (ROOT / file).read_text().splitlines()
    found = [re.match(r"([\w.-]+)==([^\s;]+)", line) for line in lines]
    return {canonicalize_name(one[1]): one[2] for one in found if one}


def test_the_pins_of_the_lab_are_those_of_its_python(node_modules):
    known = json.loads((node_modules / "pyodide/pyodide-lock.json").read_text())["packages"]
    for name, version in pins("requirements-lab.txt").items():
        if name in known:
            assert version == known[name]["version"], name


def test_the_numerical_packages_are_those_of_the_browser(node_modules):
    known = json.loads((node_modules / "pyodide/pyodide-lock.json").read_text())["packages"]
    project = (ROOT / "pyproject.toml").read_text()
    for name in lab.SCIENTIFIC:
        assert f'"{name}=={known[name]["version"]}' in project


def test_the_pins_of_the_lab_fit_the_widgets_javascript():
    ours, all_pins = pins("requirements-lab.txt"), pins("requirements.txt")
    for name in ("ipywidgets", "anywidget"):
        assert ours[name] == all_pins[name]


def test_npm_brings_the_pyodide_that_the_kernel_names():
    from jupyterlite_pyodide_kernel.constants import PYODIDE_VERSION

    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]["pyodide"]
    assert wanted == PYODIDE_VERSION


def test_the_kernels_own_wheels_are_where_they_are_looked_for():
    folder = lab.LABEXTENSIONS / lab.EXTENSIONS[0] / "static/pypi"
    for pattern in lab.KERNEL_WHEELS:
        (found,) = folder.glob(pattern)
        parse_wheel_filename(found.name)


def test_the_race_that_is_mended_is_still_in_the_kernel():
    scripts = (lab.LABEXTENSIONS / lab.EXTENSIONS[0] / "static").glob("*.js")
    assert [script.name for script in scripts if lab.mend(script.read_text()) != script.read_text()]


def test_a_missing_extension_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(lab, "LABEXTENSIONS", tmp_path)
    with pytest.raises(BuildError, match="lacks the JupyterLab extension @jupyterlite/pyodide"):
        lab._write_settings(tmp_path)
