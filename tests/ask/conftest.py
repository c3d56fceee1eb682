"""What the tests of `ask` share: banks of every type, and a page that holds them."""

from __future__ import annotations

import ask_stub
import pytest

from eeic import ask, show


@pytest.fixture(autouse=True)
def _alone(tmp_path, monkeypatch):
    """Run each test in a folder of its own, with the stub's chart."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EEIC_STATIC", raising=False)
    monkeypatch.setattr(show, "html_figure", ask_stub.figure)


@pytest.fixture
def bank():
    return ask.read(ask_stub.HERE / "bank.toml")


@pytest.fixture
def known(bank, monkeypatch):
    """Make the test bank's questions known to `ask.show` and `ask.answer`."""
    monkeypatch.setattr(ask, "_used", dict(bank))
    ask.use(ask_stub.HERE / "questions.toml")
    return bank
