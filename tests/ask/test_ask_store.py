"""Answers beside a notebook are remembered, and never lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eeic import ask
from eeic.ask import store, versions

STATE = {"answer": "a", "status": "correct", "tries": 2, "hints": 1}
FILE = Path("answers.json")


def on_file():
    return json.loads(FILE.read_text(encoding="utf-8"))


def test_an_answer_is_kept_and_found():
    assert store.write("q", STATE)
    assert on_file() == {"version": 1, "answers": {"q": STATE}}
    assert ask.saved("q") == "a"
    assert ask.saved("other") is None
    assert [path.name for path in Path().iterdir()] == ["answers.json"]


def test_clearing_takes_the_answer_out():
    store.write("q", STATE)
    store.write("p", STATE)
    store.write("q", {"answer": None, "status": "not tried", "tries": 0, "hints": 0})
    assert set(on_file()["answers"]) == {"p"}


def test_another_notebook_of_the_folder_keeps_its_answers():
    store.write("q", STATE)
    FILE.write_text(json.dumps({"version": 1, "answers": {**on_file()["answers"], "p": STATE}}))
    store.write("q", {**STATE, "answer": "b"})
    assert set(on_file()["answers"]) == {"p", "q"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "damaged at line 1"),
        ("", "damaged at line 1"),
        ("[]", "does not hold answers"),
        ('{"version": 1}', "does not hold answers"),
        ('{"version": 1, "answers": {"q": 3}}', "does not hold answers"),
        ('{"version": 9, "answers": {}}', "is of version 9"),
    ],
)
def test_a_file_that_cannot_be_read_is_set_aside(text, says, capsys):
    FILE.write_text(text)
    Path("answers-unreadable-1.json").write_text("an older one")
    assert ask.saved("q") is None
    assert says in capsys.readouterr().out
    assert FILE.read_text() == text, "reading changes nothing"
    assert store.read_or_set_aside() == {}
    said = capsys.readouterr().out
    assert "kept as answers-unreadable-2.json" in said
    assert said.count("\n") == 1
    assert Path("answers-unreadable-2.json").read_text() == text
    assert store.write("q", STATE)
    assert ask.saved("q") == "a"


def test_a_file_of_bytes_is_set_aside(capsys):
    FILE.write_bytes(b"\xff\xfe\x00")
    assert store.write("q", STATE)
    assert Path("answers-unreadable-1.json").read_bytes() == b"\xff\xfe\x00"


def test_a_folder_that_cannot_be_written_to_is_survived(monkeypatch, known):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkstemp", full)
    monkeypatch.setattr("tempfile.NamedTemporaryFile", full)
    assert not store.writable()
    widget = ask.show("t.choice")
    assert widget.kept == "browser"
    widget.state = STATE
    assert widget.taken == 1
    assert ask.saved("t.choice") == "a", "kept in memory while the kernel runs"
    assert not FILE.exists()
    monkeypatch.undo()


def test_an_interrupted_write_leaves_the_old_file(monkeypatch):
    store.write("q", STATE)

    def broken(self, target):
        raise OSError("interrupted")

    monkeypatch.setattr(Path, "replace", broken)
    assert not store.write("q", {**STATE, "answer": "b"})
    assert on_file()["answers"]["q"]["answer"] == "a"
    assert [path.name for path in Path().iterdir()] == ["answers.json"]
    assert ask.saved("q") == "b"


def test_the_control_writes_what_it_is_told(known):
    widget = ask.show("t.numeric")
    assert not FILE.exists(), "showing a question writes nothing"
    assert widget.state["status"] == "not tried"
    widget.state = {**STATE, "answer": "12.5", "extra": "not kept"}
    assert on_file()["answers"]["t.numeric"] == {**STATE, "answer": "12.5"}
    assert widget.taken == 1


def test_the_control_starts_with_what_was_answered(known):
    store.write("ex99.number", {**STATE, "answer": "7", "status": "saved"})
    widget = ask.answer("ex99.number")
    assert widget.state["answer"] == "7"
    assert not widget.sheet["keyed"]
    assert ask.saved("ex99.number") == "7"


def test_what_a_notebook_keeps_of_a_control(known):
    data, _ = ask.show("t.choice")._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "bold" in data["text/plain"]
    assert "The first" in data["text/html"]


# -- versions


@pytest.fixture
def seed(monkeypatch):
    """Draw a seed that the test chooses; nothing was drawn before."""
    monkeypatch.setattr(store, "_drawn", {})
    return lambda number: monkeypatch.setattr("secrets.randbelow", lambda most: number % most)


def test_a_learner_keeps_to_one_seed(known, seed):
    seed(4)
    first = ask.show("t.vary")
    assert not FILE.exists(), "showing a question writes nothing"
    assert first.state["version"] == versions.choose("t.vary", 4, 3)
    store.write("ex99.number", {**STATE, "answer": "7"})
    assert on_file()["seed"] == 4, "another answer of the folder carries it along"
    seed(5)
    assert ask.show("t.vary").state == first.state, "the file's seed is the learner's"


def test_learners_get_different_versions(known, seed, tmp_path, monkeypatch):
    got = set()
    for number in range(3):
        (tmp_path / str(number)).mkdir()
        monkeypatch.chdir(tmp_path / str(number))
        seed(number)
        got.add(ask.show("t.vary").state["version"])
    assert got == {0, 1, 2}


def test_an_answer_comes_back_with_its_version(known, seed):
    seed(0)
    widget = ask.show("t.vary")
    widget.state = {**STATE, "answer": "25", "version": 2}
    assert on_file()["answers"]["t.vary"] == {**STATE, "answer": "25", "version": 2}
    again = ask.show("t.vary")
    assert (again.state["answer"], again.state["version"]) == ("25", 2)
    assert "Half of 50 plums?" in again._repr_mimebundle_()[0]["text/plain"]
    again.state = {"answer": None, "status": "not tried", "tries": 0, "hints": 0, "version": 1}
    assert ask.show("t.vary").state["version"] == 1, "having moved on is remembered"
    assert ask.saved("t.vary") is None


def test_an_answer_from_before_there_were_versions_is_read(known):
    store.write("t.vary", {**STATE, "answer": "4"})
    assert "seed" not in on_file()
    state = ask.show("t.vary").state
    assert (state["answer"], state["version"], state["tries"]) == ("4", 0, 2)


@pytest.mark.parametrize("gone", [3, -1, "1", None, 1.5])
def test_a_version_that_is_no_more_starts_anew(known, seed, gone):
    seed(0)
    store.write("t.vary", {**STATE, "version": gone})
    state = ask.show("t.vary").state
    assert state["answer"] is None
    assert state["version"] == versions.choose("t.vary", 0, 3)


@pytest.mark.parametrize("odd", ["seven", -1, 2**16, None, 1.5, True])
def test_a_seed_that_is_none_is_drawn_anew(known, seed, odd):
    seed(9)
    FILE.write_text(json.dumps({"version": 1, "seed": odd, "answers": {"q": STATE}}))
    assert store.seed() == 9
    store.write("q", STATE)
    assert on_file()["seed"] == 9


def test_no_key_reaches_an_exercise_control(known):
    for name in ("ex99.choice", "ex99.order", "ex99.match", "ex99.table", "ex99.mark"):
        sheet = ask.answer(name).sheet
        assert all("key" not in part for part in sheet["parts"])
