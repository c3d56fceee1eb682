"""The command: it calls the right rooms, and a wrong word is one sentence and a failing exit."""

import json

import pytest

from eeic import __version__, cli


def test_it_says_its_version(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.strip() == f"eeic {__version__}"


def test_without_a_word_it_helps(capsys):
    assert cli.main([]) == 0
    said = capsys.readouterr().out
    assert all(room in said for room in ("site", "world", "exercise"))


def test_it_makes_a_world_once(tmp_path, capsys):
    folder = str(tmp_path / "world")
    placebo = ["world", "build", folder, "--seed", "7", "--world", "placebo"]
    assert cli.main([*placebo, "--on", "language"]) == 0
    assert (tmp_path / "world" / "L01.csv").is_file()
    manifest = json.loads((tmp_path / "world" / "world.json").read_text("utf-8"))
    assert [name for name, on in manifest["switches"].items() if on] == ["language"]
    assert cli.main(placebo) == 1
    assert "another world" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["world", "build", "x", "--off", "weather"], "no switch 'weather'"),
        (["grade", "autograde", "ex99"], 'no exercise "ex99"'),
        (["exercise", "check", "ex99", "--course", "."], "not a course folder"),
        (["site", "serve", "--port", "70000"], "port 70000 cannot be used"),
    ],
)
def test_a_wrong_word_is_one_sentence(words, said, capsys, monkeypatch, tmp_path):
    course = tmp_path / "exercises"
    (course / "source").mkdir(parents=True)
    (course / "nbgrader_config.py").touch()
    monkeypatch.chdir(tmp_path)
    assert cli.main(words) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.startswith("eeic: ") and error.count("\n") == 1


def test_an_assessed_world_gets_a_seed_that_nobody_types(tmp_path, monkeypatch):
    seeds = []

    def make(folder, order, **_):
        seeds.append(order.seed)
        return {"world_id": "W", "value_hash": "0"}

    monkeypatch.setattr("eeic.world.folder.make", make)
    data, ours = str(tmp_path / "learners"), tmp_path / "ours"
    for further in ([], ["--truth-folder", str(ours)], ["--truth-folder", str(ours)]):
        assert cli.main(["world", "build", data, *further]) == 0
    assert seeds[0] == 2026 and seeds[1] == seeds[2] == int((ours / "seed.txt").read_text("utf-8"))


def test_a_stop_by_hand_is_no_traceback(monkeypatch, capsys):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("eeic.world.folder.make", stopped)
    assert cli.main(["world", "build", "x"]) == 130
    assert "go on" in capsys.readouterr().err
