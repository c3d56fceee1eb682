"""The values for Kubernetes hold against the chart's schema, and fit the image and the hub."""

import copy
import json
import re
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from browsing import ROOT
from deploying import DEPLOY, HUB
from traitlets.config import Config

KUBERNETES = DEPLOY / "kubernetes"
CONTAINERFILE = (DEPLOY / "container/Containerfile").read_text("utf-8")


def values(*names):
    """Merge value files as helm does, the last the strongest."""
    merged = {}

    def merge(into, more):
        for key, value in more.items():
            if isinstance(value, dict) and isinstance(into.get(key), dict):
                merge(into[key], value)
            else:
                into[key] = copy.deepcopy(value)

    for name in names:
        merge(merged, yaml.safe_load((KUBERNETES / name).read_text("utf-8")))
    for file in merged["hub"]["extraFiles"].values():
        file["stringData"] = "as --set-file gives it"
    return merged


def faults(found):
    schema = json.loads((Path(__file__).parent / "z2jh/values.schema.json").read_text("utf-8"))
    checker = jsonschema.Draft7Validator(schema)
    return ["/".join(map(str, fault.absolute_path)) for fault in checker.iter_errors(found)]


def test_the_values_are_such_as_the_chart_takes():
    assert faults(values("values.yaml")) == []
    assert faults(values("values.yaml", "graded.yaml")) == []
    wrong = values("values.yaml")
    wrong["singleuser"]["memory"]["garantee"] = "1G"
    wrong["singleuser"]["storage"]["type"] = "always"
    wrong["cull"]["every"] = "often"
    assert sorted(faults(wrong)) == ["cull/every", "singleuser/memory", "singleuser/storage/type"]


def test_the_exchange_is_one_folder_for_the_pods_the_claim_and_the_image():
    storage = values("values.yaml", "graded.yaml")["singleuser"]["storage"]
    claim = yaml.safe_load((KUBERNETES / "exchange.yaml").read_text("utf-8"))
    (volume,) = storage["extraVolumes"].values()
    (mount,) = storage["extraVolumeMounts"].values()
    assert volume["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    assert volume["name"] == mount["name"]
    assert f"EEIC_EXCHANGE={mount['mountPath']}" in CONTAINERFILE
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]


def test_each_account_gets_its_settings_from_the_image(tmp_path, monkeypatch):
    files = values("values.yaml")["hub"]["extraFiles"]
    for file, source in zip(files.values(), ("people.py", "people.toml"), strict=True):
        place = Path(file["mountPath"])
        (tmp_path / place.name).write_text((HUB / source).read_text("utf-8"), "utf-8")
    monkeypatch.setenv("EEIC_HUB", str(tmp_path))
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "people", raising=False)
    config = Config()
    config.JupyterHub.load_roles = [{"name": "the chart's own"}]
    code = (KUBERNETES / "hub_config.py").read_text("utf-8")
    exec(compile(code, "hub_config.py", "exec"), {"get_config": lambda: config})
    assert config.Authenticator.admin_users == {"ines"}
    assert "table-1" in config.Authenticator.allowed_users
    assert [role["name"] for role in config.JupyterHub.load_roles] == [
        "the chart's own",
        "of-table-1",
        "of-table-2",
    ]

    class Spawner:
        environment: dict[str, str] = {}  # noqa: RUF012 - one object is made of it
        user = type("User", (), {"name": "table-1"})

    config.Spawner.pre_spawn_hook(Spawner)
    for folder in Spawner.environment["JUPYTER_CONFIG_PATH"].split(":"):
        assert (ROOT / Path(folder).relative_to("/opt/eeic")).is_dir()


def test_the_image_takes_nothing_that_is_not_there_or_not_named():
    copied = [line.split()[1:-1] for line in CONTAINERFILE.splitlines() if line[:5] == "COPY "]
    sources = [source for line in copied for source in line]
    assert all((ROOT / source).exists() for source in sources)
    assert {"exercises", ".", "deploy"}.isdisjoint(sources)
    assert re.search(r"^USER jovyan$", CONTAINERFILE, re.M)


@pytest.mark.parametrize("file", ["binder/runtime.txt", "deploy/container/Containerfile"])
def test_the_python_elsewhere_is_one_that_the_course_supports(file):
    version = re.search(r"python[-:](3\.\d+)", (ROOT / file).read_text("utf-8"))[1]
    assert f"Python :: {version}" in (ROOT / "pyproject.toml").read_text("utf-8")


def test_the_hub_in_the_image_is_of_the_charts_release():
    hub = re.search(r"^jupyterhub==(\S+)", (HUB / "requirements-hub.txt").read_text("utf-8"), re.M)
    assert hub[1].startswith("5.")  # the chart 4.4.0 has 5.5.0
