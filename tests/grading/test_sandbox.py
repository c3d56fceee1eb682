"""The cage says what it can't do, and holds only what it should; test_runner tries to get out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from eeic.grading import sandbox


@pytest.fixture
def asked_anew():
    sandbox.available.cache_clear()
    yield
    sandbox.available.cache_clear()


def test_a_refusal_is_one_sentence_with_a_way_out(asked_anew, monkeypatch):
    said = "making namespaces is refused: Operation not permitted\n"
    done = subprocess.CompletedProcess([], 0, stdout=said, stderr="")
    monkeypatch.setattr(sandbox.subprocess, "run", lambda *a, **k: done)
    cage = sandbox.available()
    assert not cage
    assert "(making namespaces is refused: Operation not permitted)" in cage.why_not
    assert "--without-a-cage" in cage.why_not and "deploy/" in cage.why_not


def test_a_trial_that_dies_is_no_cage(asked_anew, monkeypatch):
    done = subprocess.CompletedProcess([], 1, stdout="", stderr="Traceback\nOSError: no\n")
    monkeypatch.setattr(sandbox.subprocess, "run", lambda *a, **k: done)
    assert "(OSError: no)" in sandbox.available().why_not


def test_a_step_that_is_refused_stops_the_building(monkeypatch):
    monkeypatch.setattr(sandbox, "_libc", lambda: FullOfRefusals())
    monkeypatch.setattr(os, "umask", lambda mask: 0)
    before = Path.cwd(), os.geteuid()
    with pytest.raises(sandbox.Refused, match="making namespaces is refused"):
        sandbox.build()
    assert (Path.cwd(), os.geteuid()) == before


class FullOfRefusals:
    def __getattr__(self, name):
        return lambda *args: -1


def test_a_python_that_is_everywhere_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "prefix", "/")
    with pytest.raises(sandbox.Refused, match="holds everything"):
        list(sandbox._readable())


def test_only_python_packages_and_tables_go_in(monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path, str(Path.home()), "/srv/course"])
    inside = list(sandbox._readable())
    repository = Path(__file__).parents[2]
    for secret in (Path.home(), repository, repository / "exercises", Path("/srv/course")):
        assert not any(secret.is_relative_to(path) for path in inside), secret
    assert Path(sys.prefix) in inside and sandbox._tables() in inside


def test_the_environment_is_a_short_list():
    assert not set(sandbox.ENVIRONMENT) & {"USER", "EEIC_MARKING", "PYTHONPATH", "SSH_AUTH_SOCK"}
    assert sandbox.ENVIRONMENT["PYTHONHASHSEED"] == "0"
