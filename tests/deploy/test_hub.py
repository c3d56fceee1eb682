"""The hub that `make hub` starts: a class's exercise there and back, and a table's notebook."""

import json
import os
import re
import signal
import socket
import subprocess
import time

import nbformat
import pytest
import requests
from browsing import ROOT, lacking

pytest.importorskip("nbgrader")

from eeic.grading import Course, cohort, sandbox
from eeic.grading.invented import Code, hand_in, right_answer, solution
from eeic.grading.items import Asked

pytestmark = pytest.mark.slow

EXERCISE = "ex02-what-ethnicity-is"
EDITED = {"kind": "edit", "cell": "ex02-q3"}  # a locked cell
LEARNERS = ["amal", "brook", "chris"]
WORK = f"eeic/{EXERCISE}"
STARTS = 180


class Account:
    """A person logged in, or what they may do to another account's server."""

    def __init__(self, hub, name, token):
        self.hub, self.name = hub, name
        self.headers = {"Authorization": f"token {token}"}

    def ask_hub(self, method, path, **options):
        url = f"{self.hub}/hub/api/{path}"
        return requests.request(method, url, headers=self.headers, timeout=60, **options)

    def ask(self, method, path, server="", **options):
        url = f"{self.hub}/user/{server or self.name}/{path}"
        return requests.request(method, url, headers=self.headers, timeout=120, **options)

    def start(self, server=""):
        return self.ask_hub("POST", f"users/{server or self.name}/server").status_code

    def wait(self, server=""):
        for _ in range(STARTS):
            found = self.ask_hub("GET", f"users/{server or self.name}").json()["servers"]
            if found.get("", {}).get("ready"):
                return
            time.sleep(0.5)
        pytest.fail(f"the server of {server or self.name} did not start")

    def nbgrader(self, action, **names):
        """Do what a button of the assignment list does."""
        names = {"course_id": "eeic", "assignment_id": EXERCISE} | names
        said = self.ask("POST", f"assignments/{action}", json=names).json()
        assert said["success"], said
        return {one["assignment_id"]: one for one in said["value"]}[EXERCISE]

    def formgrader(self, action):
        """Do what a button of Formgrader does."""
        said = self.ask("POST", f"formgrader/api/assignment/{EXERCISE}/{action}").json()
        assert said["success"], said

    def write(self, path, content, kind="file", server=""):
        form = "json" if kind == "notebook" else "text"
        body = {"type": kind, "format": form, "content": content}
        answer = self.ask("PUT", f"api/contents/{path}", server, json=body)
        assert answer.ok, answer.text

    def read(self, path):
        answer = self.ask("GET", f"api/contents/{path}")
        assert answer.ok, answer.text
        return answer.json()["content"]

    def terminal(self, command):
        """Type a command into a terminal of one's server, and give what it says."""
        import websocket

        name = self.ask("POST", "api/terminals", json={}).json()["name"]
        url = f"{self.hub}/user/{self.name}/terminals/websocket/{name}".replace("http", "ws", 1)
        line = websocket.create_connection(url, header=self.headers, timeout=120)
        # Typed in two halves, the end of the command is not found where it is echoed.
        line.send(json.dumps(["stdin", f'{command}; echo "END""ED $?"\r']))
        said = ""
        while not (ended := re.search(r"ENDED (\d+)", said)):
            kind, *rest = json.loads(line.recv())
            said += rest[0] if kind == "stdout" else ""
        line.close()
        assert ended[1] == "0", said
        return said


def three_ports():
    """Find the first of three free ports in a row."""
    for first in range(18100, 19000, 10):
        probes = [socket.socket() for _ in range(3)]
        try:
            for number, probe in enumerate(probes):
                probe.bind(("127.0.0.1", first + number))
            return first
        except OSError:
            continue
        finally:
            for probe in probes:
                probe.close()
    pytest.fail("no three free ports in a row")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("hub")


@pytest.fixture(scope="module")
def hub(folder):
    """The address of a hub, started as `make hub` starts it."""
    python = ROOT / ".venv-hub/bin/python"
    if not (ROOT / ".venv-hub/.made").exists():
        lacking("the hub's environment is not there: make hub-environment")
    port, log = three_ports(), folder / "log"
    address = f"http://127.0.0.1:{port}"
    command = [python, ROOT / "deploy/hub/try_out.py", "--port", str(port), "--folder", folder]
    with log.open("w") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, start_new_session=True)
    try:
        for _ in range(STARTS):
            try:
                requests.get(f"{address}/hub/login", timeout=5).raise_for_status()
                break
            except requests.RequestException:
                assert process.poll() is None, log.read_text()
                time.sleep(0.5)
        else:
            pytest.fail(f"the hub did not start:\n{log.read_text()}")
        yield address
    finally:
        process.terminate()  # the hub then stops everybody's servers and its proxy
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def passwords(hub, folder):
    said = (folder / "log").read_text()
    return dict(re.findall(r"^ +(Instructor|Learners) .* password (\w+)$", said, re.M))


def log_in(hub, name, password):
    """Log in as a person does, and give an account that may do what they may."""
    with requests.Session() as session:
        session.get(f"{hub}/hub/login", timeout=60)
        form = {"username": name, "password": password, "_xsrf": session.cookies["_xsrf"]}
        came = session.post(f"{hub}/hub/login", data=form, allow_redirects=False, timeout=60)
        assert came.status_code == 302, f"{name} may not come in"
        session.get(f"{hub}/hub/home", timeout=60)
        headers = {"X-XSRFToken": session.cookies["_xsrf"], "Referer": f"{hub}/hub/home"}
        made = session.post(f"{hub}/hub/api/users/{name}/tokens", headers=headers, timeout=60)
        return Account(hub, name, made.json()["token"])


@pytest.fixture(scope="module")
def people(hub, passwords):
    """The instructor and three learners, whose servers and whose first table's are running."""
    found = {"ines": log_in(hub, "ines", passwords["Instructor"])}
    found |= {name: log_in(hub, name, passwords["Learners"]) for name in LEARNERS}
    for person in found.values():
        assert person.start() in (201, 202)
    assert found["amal"].start("table-1") in (201, 202)
    for person in found.values():
        person.wait()
    found["amal"].wait("table-1")
    return found


def test_each_account_has_its_own_tools_and_no_others(hub, passwords, people):
    def page(name, server=""):
        return people[name].ask("GET", "lab", server)

    def configured(answer):
        found = re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', answer.text, re.S)
        return json.loads(found[1])

    off = {"@jupyter/nbgrader:formgrader", "@jupyter/nbgrader:create-assignment"}
    for name, server, marks, together in [
        ("ines", "", True, False),
        ("brook", "", False, False),
        ("brook", "table-1", False, True),
    ]:
        settings = configured(page(name, server))
        assert off.isdisjoint(settings["disabledExtensions"]) == marks
        assert settings["disableRTC"] != together
        answer = people[name].ask("GET", "formgrader/api/status", server)
        assert answer.status_code == (200 if marks else 404)
    # JupyterLab may show the instructor's Formgrader in a frame; nobody may frame a learner's.
    csp = "Content-Security-Policy"
    assert "frame-ancestors 'self'" in page("ines").headers[csp]
    assert "frame-ancestors 'none'" in page("brook").headers[csp]

    for name, server in [("chris", "table-1"), ("brook", "amal"), ("brook", "ines")]:
        assert page(name, server).status_code == 403, f"{name} came into {server}"
    with pytest.raises(AssertionError, match="may not come in"):
        log_in(hub, "stranger", passwords["Learners"])
    with pytest.raises(AssertionError, match="may not come in"):
        log_in(hub, "ines", passwords["Learners"])


def answers_of(course):
    """What right answers to an exercise are, from its marking file."""
    return {
        name: right_answer(item) if isinstance(item, Asked) else solution(course, name)
        for name, item in cohort.items(course.root, course.exercise).items()
    }


def test_an_exercise_goes_to_the_class_and_the_marks_come_back(folder, people):
    instructor = people["ines"]
    instructor.terminal(f"eeic exercise release {EXERCISE} --cohort autumn --seed 11")
    instructor.formgrader("release")

    course = Course(folder / "homes/ines/exercises", EXERCISE)
    right = answers_of(course)
    done = {
        "amal": hand_in(course, "amal", right, written={"ex02-q10": "Some words."}, under="draft"),
        "brook": hand_in(
            course, "brook", {"ex02.q9": Code("1 / 0")}, faults=[EDITED], under="draft"
        ),
    }
    for name in LEARNERS:
        learner = people[name]
        assert learner.nbgrader("fetch")["status"] == "fetched"
        got = json.dumps(learner.read(f"{WORK}/{EXERCISE}.ipynb"))
        assert "ex02.q3" in got and "SOLUTION" not in got
        if name in done:
            notebook = nbformat.read(done[name] / f"{EXERCISE}.ipynb", 4)
            learner.write(f"{WORK}/{EXERCISE}.ipynb", notebook, "notebook")
            learner.write(f"{WORK}/answers.json", (done[name] / "answers.json").read_text())
        assert len(learner.nbgrader("submit")["submissions"]) == 1

    instructor.formgrader("collect")
    uncaged = "" if sandbox.available() else " --without-a-cage"
    said = instructor.terminal(f"eeic grade autograde {EXERCISE}{uncaged}")
    assert "amal: 20 points, to mark" in said
    assert "brook: 0 points, check" in said and "had been changed" in said
    assert "chris: 0 points, marked" in said

    instructor.terminal(f"eeic grade feedback {EXERCISE}")
    instructor.formgrader("release_feedback")
    for name, points in {"amal": "20", "brook": "0", "chris": "0"}.items():
        (submission,) = people[name].nbgrader("fetch_feedback")["submissions"]
        assert submission["has_local_feedback"]
        (page,) = people[name].read(submission["local_feedback_path"])
        html = people[name].read(page["path"])
        assert f"<strong>{points}</strong> of 26 points" in html


@pytest.mark.browser
def test_two_people_write_in_one_tables_notebook(hub, passwords, people, chromium):
    notebook = nbformat.v4.new_notebook(
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
        cells=[nbformat.v4.new_markdown_cell("Ours"), nbformat.v4.new_code_cell("")],
    )
    people["amal"].write("ours.ipynb", notebook, "notebook", "table-1")
    contexts = [chromium.new_context(), chromium.new_context()]
    pages = [context.new_page() for context in contexts]
    for page, name in zip(pages, ("amal", "brook"), strict=True):
        page.set_default_timeout(90_000)
        page.goto(f"{hub}/user/table-1/lab/tree/ours.ipynb")
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill(passwords["Learners"])
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Authorize").click()
    from playwright.sync_api import expect

    cells = [page.locator(".jp-CodeCell .cm-content").first for page in pages]
    for writer, words in [(0, "from the first"), (1, "from the second")]:
        cells[writer].click()
        pages[writer].keyboard.press("End")
        pages[writer].keyboard.type(f"# {words} ")
        expect(cells[1 - writer]).to_contain_text(words, timeout=30_000)
    assert [cell.inner_text() for cell in cells] == ["# from the first # from the second "] * 2
    for context in contexts:
        context.close()
