"""Marking a class: everybody is marked, every fault is a row, and no stop costs anything."""

import csv
import json
import os
import shutil
import signal
import sys
import threading
from datetime import datetime
from pathlib import Path

import pytest

pytest.importorskip("nbgrader")

from eeic import cli
from eeic.grading import Course, CourseFault, cohort, demo, records, sandbox
from eeic.grading import autograde as module
from eeic.grading.autograde import autograde
from eeic.grading.invented import Code, find, hand_in

TOTAL = Code("def total(table):\n    return float(table['events'].sum())")
RIGHT = {"ex99.q1": 12.5, "ex99.q2": "a", "ex99.q3": TOTAL}
HALF = {"ex99.q1": 80, "ex99.q2": "b", "ex99.q3": None}


@pytest.fixture
def course(released):
    """Three learners: all right, half right, and nothing."""
    hand_in(released, "amal", RIGHT, written={"ex99-q4": "Some words."})
    hand_in(released, "brook", HALF)
    hand_in(released, "chris", {})
    return released


def points(course):
    with course.ledger() as book:
        held = book.read()
    return {
        learner: {cell.removeprefix("ex99-"): score.points for (_, cell), score in of.items()}
        for learner, of in held.items()
    }


ALL = {
    "amal": {"q1": 2, "q2": 1, "q3": 1, "q4": None},
    "brook": {"q1": 1, "q2": 0, "q3": 0, "q4": 0},
    "chris": {"q1": 0, "q2": 0, "q3": 0, "q4": 0},
}


def failures(run):
    with run.failures.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_class_is_marked_and_everything_is_written(course, run_here):
    run = autograde(course, workers=1)
    assert points(course) == ALL
    assert [(row.learner, row.status, row.total) for row in run.rows] == [
        ("amal", "to mark", 4),
        ("brook", "marked", 1),
        ("chris", "marked", 0),
    ]
    assert run.graded == ["amal", "brook", "chris"] and failures(run) == []
    assert "3 of 3 were new or changed" in str(run)
    record = records.read(records.place(course.root, course.exercise, "brook"))
    assert record.items["ex99-q1"].misconception == "inverted"
    assert record.items["ex99-q1"].answer == 80
    assert (record.attempt, record.late) == (1, 0)
    folder = course.autograded("amal")
    assert sorted(p.name for p in folder.iterdir()) == [
        "answers.json",
        "cohort.csv",
        "ex99-tiny.ipynb",
        "questions.toml",
    ]
    notebook = json.loads((folder / "ex99-tiny.ipynb").read_text("utf-8"))
    said, value = find(notebook, "ex99-q1")["outputs"]
    assert said["text"] == "Correct. Well counted.\n2 of 2 points\n"
    assert value["data"]["text/plain"] == "2.0"
    assert not list((course.root / "autograded").rglob(".*"))


def test_what_has_not_changed_is_left_alone(course, run_here):
    autograde(course, workers=1)
    course.give_points("amal", "ex99-q4", 3, "Clear.")
    run_here.clear()

    def again(**options):
        run_here.clear()
        autograde(course, workers=1, **options)
        return list(run_here)

    assert again() == []
    assert points(course)["amal"]["q4"] == 3
    assert again(again=["brook"]) == ["brook"]
    with pytest.raises(CourseFault, match="dale handed in nothing"):
        again(again=["dale"])
    (course.submitted("brook") / "more.txt").write_text("x")
    assert again() == ["brook"]
    shutil.rmtree(course.autograded("chris"))
    assert again() == ["chris"]
    marking = course.root / "marking" / "ex99.py"
    marking.write_text(marking.read_text("utf-8") + "\n# mended\n", "utf-8")
    cohort.marking_module.cache_clear()
    assert again() == ["amal", "brook", "chris"]
    (course.root / "gradebook.db").unlink()
    course.release()
    assert again() == ["amal", "brook", "chris"]


def test_a_later_attempt_keeps_what_was_before(course, run_here):
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(course.exercise, duedate=datetime(2026, 3, 1, 12))
    autograde(course, workers=1)
    course.give_points("amal", "ex99-q4", 3, "Clear.")
    shutil.rmtree(course.submitted("amal"))
    hand_in(course, "amal", HALF, written={"ex99-q4": "Other words."})
    stamp = course.submitted("amal") / "timestamp.txt"
    stamp.write_text("2026-03-01 13:00:00.000000 UTC", "utf-8")
    autograde(course, workers=1)
    place = records.place(course.root, course.exercise, "amal")
    now, before = records.read(place), records.read(place.with_name("amal.1.json"))
    assert (now.attempt, now.late, now.handed_in) == (2, 3600, "2026-03-01T13:00:00+00:00")
    assert before.attempt == 1 and before.items["ex99-q1"].points == 2
    old = records.history(course.root, course.exercise) / "amal.1" / "ex99-tiny.ipynb"
    assert "answer_1 = 12.5" in old.read_text("utf-8")
    with course.ledger() as book:
        score = book.read()["amal"]["ex99-tiny", "ex99-q4"]
    assert (score.manual, score.waiting) == (3, True)  # it is shown to its marker again
    # The same work marked once more is no attempt of its own.
    autograde(course, workers=1, again=["amal"])
    assert records.read(place).attempt == 2


# -- what can be wrong ---------------------------------------------------------------------------


def rewritten(change):
    """Return a fault that changes the notebook's data."""

    def harm(path):
        notebook = json.loads(path.read_text("utf-8"))
        path.write_text(json.dumps(change(notebook) or notebook), "utf-8")

    return harm


def without(*names):
    def change(notebook):
        notebook["cells"] = [
            cell
            for cell in notebook["cells"]
            if cell["metadata"].get("nbgrader", {}).get("grade_id") not in names
        ]

    return rewritten(change)


def stripped(notebook):
    for cell in notebook["cells"]:
        cell["metadata"] = {}


def edited(notebook):
    find(notebook, "ex99-q1")["source"] = "99.0"


def moved(notebook):
    notebook["cells"].insert(0, notebook["cells"].pop(4))


def doubled(notebook):
    notebook["cells"].insert(5, json.loads(json.dumps(notebook["cells"][4])))


def of_another(notebook):
    for cell in notebook["cells"]:
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"]["grade_id"] += "-of-another"
            cell["source"] += "\n# of another exercise"


def newer(notebook):
    notebook["nbformat"] = 5


def as_utf16(path):
    path.write_bytes(path.read_text("utf-8").encode("utf-16"))


def as_windows(path):
    notebook = json.loads(path.read_text("utf-8"))
    notebook["cells"][0]["source"] = "Café"
    path.write_bytes(json.dumps(notebook, ensure_ascii=False).encode("cp1252"))


def as_format_3(path):
    import nbformat

    old = nbformat.convert(nbformat.read(path, as_version=4), 3)
    path.write_text(nbformat.writes(old, version=3), "utf-8")


def linked(path):
    path.rename(path.with_name("elsewhere.txt"))
    path.symlink_to("elsewhere.txt")


def folder_linked(path):
    folder = path.parent
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to("elsewhere")


def folder_is_a_file(path):
    shutil.rmtree(path.parent)
    path.parent.write_text("oops")


WHOLE, NOTHING = (2, 1, 1), (0, 0, 0)
CONTROLS = (0, 1, 0)  # only what was answered with the controls, in answers.json

#: What was done to a right notebook -> the kinds of fault, and the points of three questions.
HARM = {
    "nothing": (lambda path: None, [], WHOLE),
    "byte-order mark": (
        lambda path: path.write_text(path.read_text("utf-8"), "utf-8-sig"),
        [],
        WHOLE,
    ),
    "not handed in": (Path.unlink, ["no notebook", "controls only"], CONTROLS),
    "renamed": (
        lambda path: path.rename(path.with_name("final (2).ipynb")),
        ["renamed"],
        WHOLE,
    ),
    "empty": (lambda path: path.write_bytes(b""), ["empty", "controls only"], CONTROLS),
    "truncated": (
        lambda path: path.write_bytes(path.read_bytes()[:-300]),
        ["truncated", "controls only"],
        CONTROLS,
    ),
    "a picture": (
        lambda path: path.write_bytes(b"\x89PNG\xff\xfe\x00"),
        ["encoding", "controls only"],
        CONTROLS,
    ),
    "a web page": (
        lambda path: path.write_text("<html>"),
        ["not a notebook", "controls only"],
        CONTROLS,
    ),
    "a list": (
        lambda path: path.write_text("[1, 2]"),
        ["not a notebook", "controls only"],
        CONTROLS,
    ),
    "UTF-16": (as_utf16, ["encoding"], WHOLE),
    "Windows-1252": (as_windows, ["encoding"], WHOLE),
    "format 3": (as_format_3, ["old format"], WHOLE),
    "newer format": (rewritten(newer), ["newer format"], WHOLE),
    "another's": (rewritten(of_another), ["wrong notebook", "controls only"], CONTROLS),
    "marking cell deleted": (without("ex99-q1"), ["cell missing"], WHOLE),
    "answer cell deleted": (without("ex99-q1-answer"), ["cell missing"], (0, 1, 1)),
    "metadata stripped": (
        rewritten(stripped),
        [*["cell renamed"] * 4, *["cell missing"] * 3],
        WHOLE,
    ),
    "marking cell edited": (rewritten(edited), ["cell edited"], WHOLE),
    "marking cell moved": (rewritten(moved), ["cell moved"], WHOLE),
    "marking cell doubled": (rewritten(doubled), ["duplicated cell"], WHOLE),
    "a link": (linked, ["symbolic link", "controls only"], CONTROLS),
    "folder a link": (folder_linked, ["symbolic link"], NOTHING),
    "folder a file": (folder_is_a_file, ["not a folder"], NOTHING),
    "answers damaged": (
        lambda path: path.with_name("answers.json").write_text('{"version'),
        ["answers damaged"],
        (2, 0, 1),
    ),
    "answers of another kind": (
        lambda path: path.with_name("answers.json").write_text("[]"),
        ["answers damaged"],
        (2, 0, 1),
    ),
}


def test_every_fault_is_a_row_and_nobody_elses_trouble(released, run_here):
    for at, (harm, _, _) in enumerate(HARM.values()):
        hand_in(released, f"learner-{at:02}", RIGHT)
        harm(released.submitted(f"learner-{at:02}") / "ex99-tiny.ipynb")
    before = {p: p.read_bytes() for p in (released.root / "submitted").rglob("*") if p.is_file()}
    run = autograde(released, workers=1)
    found, told = points(released), failures(run)
    for at, (name, (_, kinds, wanted)) in enumerate(HARM.items()):
        learner = f"learner-{at:02}"
        lines = [line for line in told if line["learner"] == learner]
        assert [line["kind"] for line in lines] == kinds, name
        assert all(line["what"].endswith(".") and line["where"] for line in lines), name
        assert tuple(found[learner][q] for q in ("q1", "q2", "q3")) == wanted, name
    assert all(row.status in ("marked", "check") for row in run.rows)
    assert {p: p.read_bytes() for p in before} == before


def test_a_notebook_of_another_exercise_is_said_whose_it_is(released, run_here):
    other = released.root / "release" / "ex98-other" / "ex98-other.ipynb"
    hand_in(released, "amal", RIGHT)
    path = released.submitted("amal") / "ex99-tiny.ipynb"
    rewritten(of_another)(path)
    other.parent.mkdir()
    shutil.copy(path, other)
    run = autograde(released, workers=1)
    assert "is another notebook: it is ex98-other." in failures(run)[0]["what"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything; run as any other user")
def test_a_folder_that_cannot_be_read_is_a_row(course, run_here):
    course.submitted("brook").chmod(0)
    check_unreadable(course)
    course.submitted("brook").chmod(0o755)


def test_a_folder_that_cannot_be_read_is_a_row_for_root_too(course, run_here, monkeypatch):
    real = module.received_of

    def refused(folder, *rest):
        if "brook" in folder.parts:
            raise PermissionError(13, "Permission denied")
        return real(folder, *rest)

    monkeypatch.setattr(module, "received_of", refused)
    check_unreadable(course)


def check_unreadable(course):
    run = autograde(course, workers=1)
    assert [row.status for row in run.rows] == ["to mark", "failed", "marked"]
    assert [line["kind"] for line in failures(run)] == ["folder unreadable"]
    assert set(points(course)) == {"amal", "chris"}


def test_a_fault_of_ours_is_a_row_too(course, run_here, monkeypatch):
    real = module.judging.judge

    def broken(notebook, *rest, **more):
        if "answer_1 = 80" in json.dumps(notebook):
            raise ZeroDivisionError("division by zero")
        return real(notebook, *rest, **more)

    monkeypatch.setattr(module.judging, "judge", broken)
    run = autograde(course, workers=1)
    assert [row.status for row in run.rows] == ["to mark", "failed", "marked"]
    assert "ZeroDivisionError: division by zero" in run.rows[1].notes[0]
    assert failures(run)[0]["kind"] == "marking failed"


def test_what_stops_the_whole_run_is_a_sentence(released, run_here):
    with pytest.raises(CourseFault, match="nothing to mark"):
        autograde(released)
    hand_in(released, "amal", RIGHT)
    marking = released.root / "marking" / "ex99.py"
    whole = marking.read_text("utf-8")
    marking.write_text(whole.replace("ex99.q3", "ex99.q8"), "utf-8")
    cohort.marking_module.cache_clear()
    with pytest.raises(CourseFault, match=r"marks no item ex99\.q3"):
        autograde(released)
    marking.write_text("def items(cohort):\n    return cohort.tabel\n", "utf-8")
    cohort.marking_module.cache_clear()
    with pytest.raises(CourseFault, match=r"marking file can't be used: .*tabel"):
        autograde(released)
    marking.write_text(whole, "utf-8")
    cohort.marking_module.cache_clear()
    with module.grader(released), pytest.raises(CourseFault, match="another run is marking"):
        autograde(released)
    shutil.rmtree(released.released)
    with pytest.raises(CourseFault, match="has not been released"):
        autograde(released)


# -- stopped in the middle -----------------------------------------------------------------------


@pytest.mark.parametrize("at", ["running", "folder", "gradebook", "record"])
def test_a_run_that_was_stopped_goes_on(course, run_here, monkeypatch, at):
    monkeypatch.setattr(module, "_BATCH", 1)
    with monkeypatch.context() as patch:
        stop_at(patch, at, KeyboardInterrupt)
        with pytest.raises(KeyboardInterrupt):
            autograde(course, workers=1)
    check_it_goes_on(course, run_here)


def stop_at(patch, at, stop):
    """Stop at a step of the second learner."""
    seen = []

    def second(real):
        def do(*given, **more):
            seen.append(at)
            if len(seen) == 2:
                if isinstance(stop, type):
                    raise stop
                stop()
            return real(*given, **more)

        return do

    place = {
        "running": (module.Grader, "_judge"),
        "folder": (module.shutil, "copyfile"),
        "gradebook": (module.Ledger, "write"),
        "record": (module.records, "write"),
    }[at]
    patch.setattr(*place, second(getattr(*place)))


def check_it_goes_on(course, run_here):
    held = points(course)
    assert all(held[learner] == ALL[learner] for learner in held)  # whole or not at all
    autograde(course, workers=1)
    assert points(course) == ALL
    run_here.clear()
    assert autograde(course, workers=1).graded == [] and run_here == []
    assert all((course.autograded(name) / "ex99-tiny.ipynb").is_file() for name in ALL)
    assert not list((course.root / "autograded").rglob(".*"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork; the other stops are tested above")
@pytest.mark.parametrize("at", ["running", "folder", "gradebook", "record"])
def test_a_grader_that_was_killed_leaves_all_consistent(course, run_here, monkeypatch, at):
    monkeypatch.setattr(module, "_BATCH", 1)
    child = os.fork()
    if child == 0:
        stop_at(monkeypatch, at, lambda: os.kill(os.getpid(), signal.SIGKILL))
        autograde(course, workers=1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    check_it_goes_on(course, run_here)


# -- with real notebooks -------------------------------------------------------------------------


@pytest.fixture
def caged():
    """Whether this machine has a cage; without one, the tests' own notebooks run free."""
    return bool(sandbox.available())


@pytest.mark.slow
def test_a_worker_that_was_killed_costs_nothing(course, caged, monkeypatch):
    hand_in(course, "dale", RIGHT)
    path = course.submitted("dale") / "ex99-tiny.ipynb"

    def slow(notebook):
        find(notebook, "ex99-q1-answer")["source"] = "import time; time.sleep(1.5); answer_1 = 12.5"

    rewritten(slow)(path)
    pools, real = [], module._Pool

    def kept(*words):
        pools.append(real(*words))
        return pools[-1]

    monkeypatch.setattr(module, "_Pool", kept)
    killed = []

    def kill():
        for one in pools[0].all:
            if one._warm is not None and one._warm._process.poll() is None:
                killed.append(one._warm._process.pid)
                one._warm._process.kill()

    real_judge = module.Grader._judge

    def judge(self, *given):  # the first is done: kill what runs the others
        if not killed:
            kill()
        return real_judge(self, *given)

    monkeypatch.setattr(module.Grader, "_judge", judge)
    run = autograde(course, workers=2, caged=caged)
    assert killed
    assert points(course) == {**ALL, "dale": {"q1": 2, "q2": 1, "q3": 1, "q4": 0}}
    assert [row.notes for row in run.rows] == [[], [], [], []]


@pytest.mark.slow
def test_a_dask_cluster_that_loses_a_worker_gives_the_same_marks(course, caged, monkeypatch):
    distributed = pytest.importorskip(
        "distributed", reason="pip install 'eeic[scale]' brings distributed"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as cluster:
        pids = [worker.pid for worker in cluster.workers.values()]
        threading.Timer(1.0, os.kill, (pids[0], signal.SIGKILL)).start()
        run = autograde(course, scheduler=cluster.scheduler_address, caged=caged)
    assert points(course) == ALL
    assert [row.notes for row in run.rows] == [[], [], []]


@pytest.mark.slow
def test_nbgraders_own_examples_get_nbgraders_marks(tmp_path, caged):
    """Two notebooks in one assignment, hidden tests, a task, and no marking file."""
    import nbgrader

    guide = Path(nbgrader.__file__).parent / "docs" / "source" / "user_guide"
    root = tmp_path / "course101"
    shutil.copytree(guide / "source", root / "source", ignore=shutil.ignore_patterns("*autotest"))
    shutil.copytree(guide / "submitted", root / "submitted")
    (root / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        'c.CourseDirectory.course_id = "course101"\n'
        'c.IncludeHeaderFooter.header = "source/header.ipynb"\n'
        'c.Execute.extra_arguments = ["--IPKernelApp.log_level=ERROR"]\n',
        "utf-8",
    )
    course = Course(root, "ps1")
    course.release()
    run = autograde(course, caged=caged)
    assert [row.learner for row in run.rows] == ["bitdiddle", "hacker"]
    ours = marks_and_comments(course)
    assert len(ours) == 2 * 16 and any(mark[0] for mark in ours.values())
    course._run("Autograde")
    assert marks_and_comments(course) == ours


@pytest.mark.slow
def test_the_demo_class_gets_nbgraders_marks(tmp_path, demo_class, caged):
    """Made from the cases of ex04; without those that nbgrader can't mark at all."""
    root = tmp_path / "course"
    shutil.copytree(demo_class.root, root, ignore=shutil.ignore_patterns("submitted"))
    course = Course(root, demo_class.exercise)
    truth = json.loads((root / demo.TRUTH).read_text("utf-8"))
    whole = [person["name"] for person in truth["submitted"] if not person["fault"]]
    for name in whole[:4]:
        shutil.copytree(demo_class.submitted(name), course.submitted(name))
    autograde(course, caged=caged)
    ours = marks_and_comments(course)
    assert len(set(ours.values())) > 5
    course._run("Autograde")
    assert marks_and_comments(course) == ours


def marks_and_comments(course):
    """Return all that the gradebook says of everybody's work."""
    with course.gradebook() as gradebook:
        found = {}
        for work in gradebook.assignment_submissions(course.exercise):
            for part in work.notebooks:
                for grade in part.grades:
                    key = (work.student_id, part.name, grade.name, "mark")
                    found[key] = (grade.auto_score, grade.needs_manual_grade, grade.score)
                for comment in part.comments:
                    key = (work.student_id, part.name, comment.name, "comment")
                    found[key] = (comment.auto_comment,)
        return found


def test_the_command_ends_with_0_whatever_was_handed_in(course, run_here, capsys):
    (course.submitted("brook") / "ex99-tiny.ipynb").write_bytes(b"")
    words = ["grade", "autograde", course.exercise, "--course", str(course.root), "--workers", "1"]
    assert cli.main(words) == 0
    said = capsys.readouterr().out
    assert "amal: 4 points, to mark\n" in said
    assert "brook: 0 points, check\n  The file ex99-tiny.ipynb is empty." in said
    assert "3 of 3 were new or changed" in said and "failures.csv" in said
    assert cli.main([*words, "--again", "zoe"]) == 1
    assert cli.main([*words, "--database", "nosuch://x/y"]) == 1
    said = capsys.readouterr().err
    assert "zoe handed in nothing" in said and "address can't be used" in said
