"""The gradebook: written as nbgrader writes it, whole or not at all, on SQLite and PostgreSQL."""

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

pytest.importorskip("nbgrader")

from sqlalchemy import create_engine, event, text

from eeic.grading import Course, autograde, ledger
from eeic.grading.invented import hand_in
from eeic.grading.ledger import Ledger, LedgerFault, Sheet

Q1, Q4 = ("ex99-tiny", "ex99-q1"), ("ex99-tiny", "ex99-q4")
DUE = datetime(2026, 3, 1, 12)


def sheet(learner="amal", q1=2.0, q4=None, handed_in=None, said=None):
    return Sheet(learner, handed_in, {Q1: q1, Q4: q4}, {Q4: said})


def rows(course):
    """Count the rows of every table that marks are kept in."""
    engine = create_engine(course.directory.db_url)
    names = ("student", "submitted_assignment", "submitted_notebook", "grade", "comment")
    with engine.connect() as db:
        found = {n: db.execute(text(f"select count(*) from {n}")).scalar() for n in names}
    engine.dispose()
    return found


def test_what_is_written_is_there_and_twice_is_once(released):
    with released.ledger() as book:
        assert book.read() == {}
        for _ in range(2):
            assert book.write([sheet(), sheet("brook", 0, 0, said="No response.")]) == {
                "amal": 0,
                "brook": 0,
            }
            held = book.read()
            assert held["amal"][Q1].points == 2 and held["amal"][Q4].points is None
            assert held["brook"][Q4].points == 0
            # What nothing was said of waits for a person.
            assert held["amal"]["ex99-tiny", "ex99-q3"].waiting
    assert rows(released) == {
        "student": 2,
        "submitted_assignment": 2,
        "submitted_notebook": 2,
        "grade": 8,
        "comment": 6,
    }
    with released.gradebook() as gradebook:  # as formgrader reads it
        work = gradebook.find_submission(released.exercise, "amal")
        assert (work.score, work.needs_manual_grade) == (2, True)
        comment = gradebook.find_comment("ex99-q4", "ex99-tiny", released.exercise, "brook")
        assert comment.comment == "No response."


def test_a_persons_mark_stays_and_is_shown_again(released):
    with released.ledger() as book:
        book.write([sheet()])
        book.give("amal", Q4, 3, "Clear.")
        book.give("amal", Q1, 1.5, "")
        assert book.read()["amal"][Q4].points == 3
        book.write([sheet(q1=0.0)])
        after = book.read()["amal"]
    assert (after[Q1].auto, after[Q1].manual, after[Q1].points) == (0, 1.5, None)
    assert (after[Q4].manual, after[Q4].waiting) == (3, True)
    with released.gradebook() as gradebook:
        found = gradebook.find_comment("ex99-q4", "ex99-tiny", released.exercise, "amal")
        assert found.manual_comment == "Clear."


def test_one_mark_is_changed_and_no_other(released):
    with released.ledger() as book:
        book.write([sheet(), sheet("brook")])
        book.give("amal", Q4, 3, "")
        book.change({"amal": {Q1: 1.0}})
        held = book.read()
    assert (held["amal"][Q1].points, held["amal"][Q4].points) == (1, 3)
    assert held["brook"][Q1].points == 2


def test_a_mark_for_work_that_is_not_there_is_refused(released):
    with released.ledger() as book, pytest.raises(LedgerFault, match="Nothing of amal has been"):
        book.give("amal", Q4, 1, "")


def test_late_work_gets_what_nbgraders_plugin_says(released):
    with released.gradebook() as gradebook:
        gradebook.update_or_create_assignment(released.exercise, duedate=DUE)
    settings = released.root / "nbgrader_config.py"
    settings.write_text(
        settings.read_text("utf-8") + "\nc.LateSubmissionPlugin.penalty_method = 'zero'\n", "utf-8"
    )
    course = Course(released.root, released.exercise)
    late = DUE + timedelta(hours=1)
    with course.ledger() as book:
        sheets = [sheet(handed_in=late), sheet("brook", handed_in=DUE), sheet("chris", 0, 0, late)]
        assert book.write(sheets) == {"amal": 3600, "brook": 0, "chris": 3600}
    with course.gradebook() as gradebook:
        found = {
            name: gradebook.find_submission(course.exercise, name).late_submission_penalty
            for name in ("amal", "brook", "chris")
        }
        assert found == {"amal": 2, "brook": 0, "chris": 0}
        gradebook.grant_extension(course.exercise, "amal", hours=2)
    with course.ledger() as book:
        assert book.write([sheet(handed_in=late)]) == {"amal": 0}
    with course.gradebook() as gradebook:
        assert not gradebook.find_submission(course.exercise, "amal").late_submission_penalty


def test_a_batch_is_written_whole_or_not_at_all(released):
    with released.ledger() as book:
        book.write([sheet("amal", 1.0)])

        def stop(conn, cursor, statement, *_):
            if statement.startswith("INSERT INTO comment"):
                raise KeyboardInterrupt

        event.listen(book.engine, "before_cursor_execute", stop)
        with pytest.raises(KeyboardInterrupt):
            book.write([sheet("amal", 2.0), sheet("brook")])
    with released.ledger() as book:
        held = book.read()
    assert set(held) == {"amal"} and held["amal"][Q1].points == 1


def test_a_gradebook_in_use_is_waited_for(released):
    said = []
    with released.ledger(said.append) as book:
        book.write([sheet()])
        book.engine.dispose()
        book.engine = create_engine(book.url, connect_args={"timeout": 0.01})
        other = create_engine(book.url).connect()
        other.exec_driver_sql("begin immediate")
        threading.Timer(0.3, other.close).start()
        book.write([sheet(q1=1.0)])
        assert book.read()["amal"][Q1].points == 1


def test_a_gradebook_that_stays_away_is_a_sentence(released, monkeypatch):
    monkeypatch.setattr(ledger, "_WAITS", (0, 0))
    with released.ledger() as book:
        book.engine.dispose()
        book.engine = create_engine(book.url, connect_args={"timeout": 0.01})
        with create_engine(book.url).connect() as other:
            other.exec_driver_sql("begin immediate")
            with pytest.raises(LedgerFault, match=r"not answered for a minute .*locked"):
                book.write([sheet()])


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nosuch://host/x", "address can't be used"),
        ("sqlite:////nowhere/at/all/gradebook.db", "unable to open database file"),
    ],
)
def test_a_wrong_address_is_a_sentence(url, says):
    with pytest.raises(LedgerFault, match=says), Ledger(url, "eeic", "ex99-tiny"):
        pass


def test_a_file_that_is_no_gradebook_is_a_sentence(released):
    (released.root / "gradebook.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(LedgerFault, match="not a database"), released.ledger():
        pass


def test_the_exercises_cells_are_read_hidden_tests_and_all(released):
    with released.ledger() as book:
        cells = book.cells()["ex99-tiny"]
    assert cells["ex99-q1"].locked and not cells["ex99-q4"].locked
    assert cells["ex99-q1"].source == 'mark("ex99.q1", answer_1)'
    with released.ledger() as book:
        assert Ledger(book.url, "eeic", "ex98").__enter__().cells() == {}


# -- PostgreSQL ----------------------------------------------------------------------------------


class Server:
    """A PostgreSQL server of the test's own, with an unprivileged owner."""

    def __init__(self, programs, folder):
        self.programs, self.data = programs, folder / "data"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.user = "postgres" if os.getuid() == 0 else getpass.getuser()
        if os.getuid() == 0:
            shutil.chown(folder, self.user)
        self.run("initdb", "-D", self.data, "-A", "trust", "-U", "marker", "--no-sync")
        self.options = (
            f"-p {self.port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off "
            "-c shared_buffers=16MB"
        )
        self.start()
        self.url = f"postgresql+psycopg://marker@127.0.0.1:{self.port}/postgres"

    def run(self, program, *words):
        as_user = {"user": self.user} if os.getuid() == 0 else {}
        subprocess.run(
            [self.programs / program, *map(str, words)],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            timeout=60,
            **as_user,
        )

    def start(self):
        log = self.data.parent / "log"
        self.run("pg_ctl", "-D", self.data, "-w", "-l", log, "-o", self.options, "start")

    def stop(self, how="immediate"):
        self.run("pg_ctl", "-D", self.data, "-w", "-m", how, "stop")


@pytest.fixture(scope="module")
def server():
    pytest.importorskip("psycopg", reason="pip install 'eeic[scale]' brings psycopg")
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = shutil.which("initdb") or (str(places[-1]) if places else None)
    if found is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    # pytest's own temporary folders are closed to the server's user.
    with tempfile.TemporaryDirectory(prefix="eeic-postgres-") as folder:
        one = Server(Path(found).parent, Path(folder))
        yield one
        with contextlib.suppress(subprocess.CalledProcessError):
            one.stop()


@pytest.fixture
def on_server(server, released):
    """The tiny course, with its gradebook on a PostgreSQL server."""
    engine = create_engine(server.url)
    with engine.begin() as db:
        db.execute(text("drop schema public cascade"))
        db.execute(text("create schema public"))
    engine.dispose()
    course = Course(released.root, released.exercise, server.url)
    course.release()
    return course


@pytest.mark.slow
def test_a_gradebook_on_postgresql_survives_the_database(on_server, server):
    said = []
    with on_server.ledger(said.append) as book:
        book.write([sheet()])
        server.stop()
        threading.Timer(0.8, server.start).start()
        book.write([sheet("amal", 1.0), sheet("brook")])
        book.give("brook", Q4, 3, "Clear.")
        held = book.read()
    assert (held["amal"][Q1].points, held["brook"][Q4].points) == (1, 3)
    assert "trying again" in said[0] and len(said) == 1
    assert rows(on_server)["grade"] == 8
    with on_server.gradebook() as gradebook:
        assert gradebook.find_submission(on_server.exercise, "brook").score == 5


@pytest.mark.slow
def test_a_database_restarted_in_the_middle_of_a_run_changes_nothing(
    on_server, server, released, run_here, monkeypatch
):
    for course in (on_server, released):  # the same folder with two gradebooks
        monkeypatch.setattr(autograde, "_BATCH", 2)
        for at in range(6):
            if not course.submitted(f"learner-{at}").exists():
                answers = {"ex99.q1": (12.5, 80, 3)[at % 3], "ex99.q2": "ab"[at % 2]}
                hand_in(course, f"learner-{at}", answers)
    real, seen = autograde.Grader._judge, []

    def judge(self, *given):
        seen.append(given[0].learner)
        if len(seen) == 3:
            server.stop()
            threading.Timer(0.5, server.start).start()
        return real(self, *given)

    monkeypatch.setattr(autograde.Grader, "_judge", judge)
    autograde.autograde(on_server, workers=1)
    with on_server.ledger() as book:
        on_postgres = book.read()
    assert rows(on_server)["grade"] == 6 * 4 and len(seen) == 6
    shutil.rmtree(released.root / "records")
    autograde.autograde(released, workers=1)
    with released.ledger() as book:
        assert book.read() == on_postgres
