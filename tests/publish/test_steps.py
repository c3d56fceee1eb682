import subprocess
import sys
import time
from pathlib import Path

import pytest

from eeic.publish import steps
from eeic.publish.steps import BuildError, Step


@pytest.fixture
def made(tmp_path):
    """A step that copies `source/` and counts how often it ran."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source/a.txt").write_text("one")
    runs = []

    def make(out: Path) -> None:
        runs.append(out)
        for file in steps.files(tmp_path / "source"):
            (out / file.name).write_text(file.read_text())

    step = Step("copy", [tmp_path / "source"], tmp_path / "out", make)
    return step, runs


def test_unchanged_inputs_are_not_made_again(made, capsys):
    step, runs = made
    assert steps.run(step)
    assert not steps.run(step)
    assert len(runs) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("copy … made in ")
    assert second == "copy … unchanged"


def test_quiet_prints_nothing(made, capsys):
    steps.run(made[0], quiet=True)
    steps.run(made[0], quiet=True)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "change",
    [
        lambda source: (source / "a.txt").write_text("two"),
        lambda source: (source / "b.txt").write_text("new"),
        lambda source: (source / "a.txt").rename(source / "c.txt"),
    ],
)
def test_changed_inputs_are_made_again_and_leave_nothing_of_the_old(made, tmp_path, change):
    step, runs = made
    steps.run(step, quiet=True)
    change(tmp_path / "source")
    assert steps.run(step, quiet=True)
    assert len(runs) == 2
    assert [f.name for f in steps.files(step.output)] == [
        f.name for f in steps.files(tmp_path / "source")
    ]


def test_a_touched_file_and_what_a_learner_leaves_behind_are_no_change(made, tmp_path):
    step, _ = made
    steps.run(step, quiet=True)
    (tmp_path / "source/a.txt").touch()
    (tmp_path / "source/answers.json").write_text("{}")
    (tmp_path / "source/.ipynb_checkpoints").mkdir()
    (tmp_path / "source/.ipynb_checkpoints/a.txt").write_text("old")
    assert not steps.run(step, quiet=True)


def test_settings_belong_to_the_inputs(made):
    step, _ = made
    steps.run(step, quiet=True)
    other = Step(step.name, step.inputs, step.output, step.make, settings="2.0")
    assert steps.run(other, quiet=True)


@pytest.mark.parametrize(
    "damage",
    [
        lambda step: (step.output / "a.txt").unlink(),
        lambda step: (step.output / "a.txt").write_text("half of it, and"),
        lambda step: (step.output / "stray.txt").write_text(""),
        lambda step: step.stamp.unlink(),
        lambda step: step.stamp.write_text('{"inputs": "'),
    ],
)
def test_a_half_written_output_is_recognised_and_made_again(made, damage):
    step, _ = made
    steps.run(step, quiet=True)
    damage(step)
    assert steps.run(step, quiet=True)
    assert (step.output / "a.txt").read_text() == "one"
    assert not (step.output / "stray.txt").exists()
    assert not steps.run(step, quiet=True)


def test_a_failing_step_keeps_the_output_before_it(made, tmp_path, capsys):
    step, _ = made
    steps.run(step, quiet=True)
    (tmp_path / "source/a.txt").write_text("two")

    def fail(out: Path) -> None:
        (out / "a.txt").write_text("tw")
        raise BuildError("no more paper")

    with pytest.raises(BuildError, match="no more paper"):
        steps.run(Step("copy", step.inputs, step.output, fail))
    assert (step.output / "a.txt").read_text() == "one"
    assert steps.run(step), "the output does not belong to the new inputs"
    assert (step.output / "a.txt").read_text() == "two"
    assert sorted(p.name for p in tmp_path.iterdir()) == [".out.stamp", "out", "source"]


KILLED = """
import sys, time
from pathlib import Path
from eeic.publish import steps
folder = Path(sys.argv[1])
def make(out):
    (out / "half.txt").write_text("half")
    print("writing", flush=True)
    time.sleep(60)
steps.run(steps.Step("slow", [folder / "in.txt"], folder / "out", make), quiet=True)
"""


def test_a_killed_build_can_be_run_again(tmp_path):
    (tmp_path / "in.txt").write_text("in")
    running = subprocess.Popen(
        [sys.executable, "-c", KILLED, tmp_path], stdout=subprocess.PIPE, text=True
    )
    assert running.stdout.readline() == "writing\n"
    running.kill()
    running.wait()
    running.stdout.close()
    assert not (tmp_path / "out").exists()

    step = Step("slow", [tmp_path / "in.txt"], tmp_path / "out", lambda out: (out / "x").touch())
    assert steps.run(step, quiet=True)
    assert [file.name for file in steps.files(step.output)] == ["x"]
    assert sorted(p.name for p in tmp_path.iterdir()) == [".out.stamp", "in.txt", "out"]


def test_a_missing_input_is_named(tmp_path):
    step = Step("s", [tmp_path / "absent"], tmp_path / "out", lambda out: None)
    with pytest.raises(BuildError, match=r"needs .*absent, which is missing"):
        steps.run(step, quiet=True)


def test_a_failing_command_shows_its_last_lines_and_where_the_rest_is(tmp_path):
    log = tmp_path / "logs/talk.log"
    program = "print('\\n'.join(f'\\x1b[91mline {i}' for i in range(100))); "
    program = f"print('a.md:3: WARNING: odd'); {program}raise SystemExit(3)"
    with pytest.raises(BuildError) as caught:
        steps.command([sys.executable, "-c", program], log=log, cwd=tmp_path)
    message = str(caught.value)
    assert message.startswith("talk failed")
    assert "\nline 99" in message
    assert "line 9\n" not in message
    assert "a.md:3: WARNING: odd" in message, "a warning is shown wherever it stands"
    assert str(log) in message
    assert "line 0\n" in log.read_text()


def test_a_command_that_ends_well_is_silent(tmp_path, capfd):
    steps.command([sys.executable, "-c", "print('hi')"], log=tmp_path / "a.log", cwd=tmp_path)
    assert capfd.readouterr().out == ""
    assert (tmp_path / "a.log").read_text() == "hi\n"


WAITING = """
import sys
from pathlib import Path
from eeic.publish import steps
with steps.alone(Path(sys.argv[1])):
    print("in", flush=True)
"""


def test_two_builds_of_one_folder_take_turns(tmp_path):
    with steps.alone(tmp_path):
        second = subprocess.Popen(
            [sys.executable, "-c", WAITING, tmp_path], stdout=subprocess.PIPE, text=True
        )
        assert second.stdout.readline().startswith("waiting for another build")
        time.sleep(0.2)
        assert second.poll() is None
    out, _ = second.communicate(timeout=30)
    assert out == "in\n"


ORPHAN = """
import sys
from pathlib import Path
from eeic.publish import steps
folder = Path(sys.argv[1])
slow = "import time; print('on', flush=True); time.sleep(3); open('done', 'w').close()"
with steps.alone(folder):
    steps.command([sys.executable, "-c", slow], log=folder / "log", cwd=folder)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="locks are not inherited there")
def test_a_program_that_outlives_its_killed_build_is_waited_for(tmp_path):
    running = subprocess.Popen([sys.executable, "-c", ORPHAN, tmp_path])
    while not ((tmp_path / "log").is_file() and (tmp_path / "log").read_text()):
        time.sleep(0.05)
    running.kill()
    running.wait()
    assert not (tmp_path / "done").exists()
    with steps.alone(tmp_path):
        assert (tmp_path / "done").exists()
