"""A package with a learning platform's runtime around it, in a real browser: leave and come back.

The runtime is scorm-again's, which holds to the standard and sends what is committed to a server;
here the server keeps it, and the next visit begins with it, as on a platform.
"""

import json
import re
import threading
import zipfile
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
import small_site
from browsing import violations

from eeic.ask import routes
from eeic.publish import packages, scorm

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LESSON = "notebooks/01-first.html"
PLATFORM = """<!doctype html><html lang="en"><title>A platform</title>
<script src="/runtime.js"></script>
<script>
  const old = edition => edition === "1.2";
  const [edition, before, learner] = JSON.parse(decodeURIComponent(location.hash.slice(1)));
  const options = { lmsCommitUrl: "/commit", autocommit: false, logLevel: 5,
    dataCommitFormat: "json", enforceSequencing: false };
  const api = old(edition) ? new Scorm12API(options) : new Scorm2004API(options);
  if (before) api.loadFromJSON(before.cmi, "cmi");
  if (old(edition)) api.cmi.core.student_id = learner; else api.cmi.learner_id = learner;
  window[old(edition) ? "API" : "API_1484_11"] = api;
</script>
<body style="margin: 0"><iframe id="course" title="Course" src="/package/index.html"
style="border: 0; width: 100%; height: 700px"></iframe>
<button onclick="window.open('/package/index.html')">Open in a window</button></body></html>"""


class Platform(SimpleHTTPRequestHandler):
    """Serves the package, and keeps what it commits."""

    kept: list

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.kept.append(json.loads(body))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"result": true, "errorCode": 0}')

    def log_message(self, *_):
        pass


@contextmanager
def serving(folder):
    kept = []
    handler = type("Handler", (Platform,), {"kept": kept})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory, node_modules):
    """A package of each edition, unpacked, and a platform's page."""
    root = tmp_path_factory.mktemp("platform")
    (root / "_config.yml").write_text("title: A course\n", encoding="utf-8")
    small_site.build(root / "_build/site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routes, "routes", lambda: {"taster": small_site.ROUTE})
        for edition in ("1.2", "2004"):
            (made,) = packages.publish("scorm", "taster", root, edition=edition)
            home = root / edition
            with zipfile.ZipFile(made.file) as archive:
                archive.extractall(home / "package")
            runtime = "scorm12" if edition == "1.2" else "scorm2004"
            script = node_modules / f"scorm-again/dist/{runtime}.min.js"
            (home / "runtime.js").write_bytes(script.read_bytes())
            (home / "platform.html").write_text(PLATFORM, encoding="utf-8")
    return root


@contextmanager
def visit(context, address, edition, before=None, learner="n-1"):
    """Open the course on the platform, and leave by closing the window."""
    page = context.new_page()
    page.clock.install()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("requestfailed", lambda request: faults.append(request.url))
    page.goto(f"{address}/platform.html#{json.dumps([edition, before, learner])}")
    course = page.frame_locator("#course")
    inside = course.frame_locator("#pages")
    inside.locator("h1").wait_for()
    course.get_by_text(re.compile("[1-9] of 3 pages opened")).wait_for()
    yield page, course, inside
    page.close()
    assert [fault for fault in faults if "/commit" not in fault] == []


def check(inside, question):
    """Press the button of a question and wait until it has answered."""
    card = inside.locator(f"[data-eeic-ask='{question}']")
    card.get_by_role("button", name="Check my answer").click()
    card.locator(".eeic-ask-result[data-status]").wait_for()


def told(commit, edition):
    """Say in the same words for both editions how a learner stands."""
    cmi = commit["cmi"]
    if edition == "1.2":
        core = cmi["core"]
        status, place, time = core["lesson_status"], core["lesson_location"], core["session_time"]
        reached = status if status != "incomplete" else "unknown"
        score, exit_said, wanted = core["score"], core["exit"], r"\d{2,4}:\d{2}:\d{2}"
        total = core.get("total_time", "")
    else:
        status, place, time = cmi["completion_status"], cmi["location"], cmi["session_time"]
        reached, score, exit_said = cmi["success_status"], cmi["score"], cmi["exit"]
        wanted, total = r"PT\d+H\d+M\d+S", cmi.get("total_time", "")
    assert re.fullmatch(wanted, time) and len(place) < 256
    assert re.fullmatch(r"1[\w-]*\.[\w-]*", cmi["suspend_data"]) and len(cmi["suspend_data"]) < 4096
    assert exit_said == "suspend", "the attempt would be closed, and its record lost"
    return {
        "done": status != "incomplete",
        "passed": reached == "passed",
        "score": score["raw"],
        "page": place,
        "minutes": int(spent[1]) if (spent := re.search(r"(\d+)(?:M|:\d\d(?:\.|$))", total)) else 0,
        "answers": [
            (
                one["id"],
                one["type"],
                one.get("student_response", one.get("learner_response")),
                one["result"],
            )
            for one in cmi["interactions"].values()
        ],
    }


@pytest.mark.parametrize("edition", ["1.2", "2004"])
def test_leave_and_come_back(chromium, folder, edition):
    wrong = "wrong" if edition == "1.2" else "incorrect"
    context = chromium.new_context()
    with serving(folder / edition) as (address, kept):
        with visit(context, address, edition) as (page, course, inside):
            assert not told(kept[-1], edition)["done"]
            inside.get_by_role("link", name="Next").click()
            inside.get_by_label("The middle one").check()
            check(inside, "01.first")
            assert told(kept[-1], edition)["score"] == "25", "it is out of all questions"
            inside.get_by_text("Your learning platform is told").wait_for()
            page.clock.fast_forward(5 * 60 * 1000)
            course.get_by_role("button", name="Save and leave").click()
            course.get_by_role("heading", name="Saved").wait_for()
        first = told(kept[-1], edition)
        assert first == {
            "done": False,
            "passed": False,
            "score": "25",
            "page": LESSON,
            "minutes": 5,
            "answers": [("m1-first", "choice", "b", "correct")],
        }

        with visit(context, address, edition, kept[-1]) as (page, course, inside):
            assert inside.locator("h1").inner_text().startswith("The first lesson")
            assert (
                "2 of 3 pages opened, 1 of 4 questions" in course.locator("#standing").inner_text()
            )
            inside.get_by_label("Three").check()
            check(inside, "01.many")
            inside.get_by_label("Three").uncheck()
            inside.get_by_label("Two").check()
            check(inside, "01.many")
            inside.locator("[data-eeic-ask='01.beside']").get_by_label("No").check()
            check(inside, "01.beside")
            inside.get_by_role("link", name="Next").click()
            inside.get_by_role("radio", name="Up").check()
            inside.get_by_role("button", name="Note my prediction").click()
            assert not told(kept[-1], edition)["done"]
            inside.get_by_role("button", name="Up: One").click()
            check(inside, "02.order")
            inside.get_by_label("The sum").fill("five apples")
            check(inside, "02.number")
            assert told(kept[-1], edition)["passed"]
            page.clock.fast_forward(7 * 60 * 1000)
            course.get_by_role("button", name="Save and leave").click()
            course.get_by_role("heading", name="Saved").wait_for()
        last = told(kept[-1], edition)
        assert (last["done"], last["passed"], last["minutes"]) == (True, True, 12)
        assert last["score"] == "62"
        assert [one for one in last["answers"] if one[0] != "m1-first"] == [
            ("m1-many", "choice", "b", wrong),
            ("m1-many", "choice", "a", "0.50"),
            ("m2-order", "sequencing", "b,a" if edition == "1.2" else "b[,]a", "correct"),
        ]
        assert "apples" not in json.dumps(kept), "what somebody typed was sent"

        # What was reached is not taken back by a later visit that ends without a word.
        with visit(context, address, edition, kept[-1]) as (page, course, inside):
            inside.get_by_role("link", name="Previous").click()
            inside.get_by_role("heading", name="The first lesson").wait_for()
        assert told(kept[-1], edition)["passed"]
    context.close()


def test_what_was_answered_is_there_after_a_window_was_shut(chromium, folder):
    context = chromium.new_context()
    with serving(folder / "1.2") as (address, kept):
        with visit(context, address, "1.2") as (_, _, inside):
            inside.get_by_role("link", name="Next").click()
            inside.get_by_label("The left one").check()
            check(inside, "01.first")
        assert told(kept[-1], "1.2")["answers"] == [("m1-first", "choice", "a", "0.50")]
        with visit(context, address, "1.2", kept[-1]) as (_, course, inside):
            assert "score 12 of 100" in course.locator("#standing").inner_text()

        # Another learner at the same computer sees their own answers, and the first theirs.
        with visit(context, address, "1.2", learner="n-2") as (_, _, inside):
            inside.get_by_role("link", name="Next").click()
            assert not inside.get_by_label("The left one").is_checked()
        with visit(context, address, "1.2", kept[0], learner="n-1") as (_, _, inside):
            inside.get_by_role("link", name="Next").click()
            assert inside.get_by_label("The left one").is_checked()
    context.close()


def test_the_platform_is_found_where_it_opens_a_window(chromium, folder):
    context = chromium.new_context()
    with (
        serving(folder / "1.2") as (address, kept),
        visit(context, address, "1.2") as (page, _, _),
    ):
        page.locator("#course").evaluate("frame => frame.remove()")
        page.evaluate("API.reset()")
        before = len(kept)
        with context.expect_page() as opened:
            page.get_by_role("button", name="Open in a window").click()
        window = opened.value
        window.get_by_text("1 of 3 pages opened").wait_for()
        assert len(kept) > before
        for width in (1280, 360):
            window.set_viewport_size({"width": width, "height": 800})
            assert violations(window) == []
        window.close()
    context.close()


def test_without_a_platform_it_says_so_and_still_remembers(chromium, folder):
    context = chromium.new_context()
    with serving(folder / "1.2") as (address, _):
        page = context.new_page()
        page.goto(f"{address}/package/index.html")
        inside = page.frame_locator("#pages")
        page.get_by_text("No learning platform was found").wait_for()
        assert page.get_by_role("button", name="Save and leave").count() == 0
        inside.get_by_role("link", name="Next").click()
        inside.get_by_label("The middle one").check()
        check(inside, "01.first")
        inside.get_by_text("Nothing is sent anywhere").wait_for()
        with context.expect_page() as opened:
            inside.get_by_role("link", name="Previous").click()
            inside.get_by_role("link", name="Elsewhere").click()
        assert opened.value.evaluate("opener") is None
        page.reload()
        page.get_by_text("score 25 of 100").wait_for()
    context.close()


def test_the_record_of_the_whole_course_stays_short(chromium, folder):
    """Everything is answered, at length; what a platform would keep is read from the launcher."""
    pages = [f"notebooks/{lesson:02}-lesson.html" for lesson in range(20)]
    questions = [f"{lesson:02}.question-{n}" for lesson in range(20) for n in range(16)]
    course = scorm.record("1.2", "eeic-full", pages, pages, questions)
    launcher = (folder / "1.2/package/index.html").read_text("utf-8")
    launcher = re.sub(
        r'(id="course">).*?(</script>)', rf"\g<1>{json.dumps(course)}\g<2>", launcher, flags=re.S
    )
    context = chromium.new_context()
    with serving(folder / "1.2") as (address, _):
        page = context.new_page()
        page.route("**/package/index.html", lambda route: route.fulfill(body=launcher))
        page.route("**/notebooks/*", lambda route: route.fulfill(body="<h1>A lesson</h1>"))
        page.goto(f"{address}/package/index.html")
        kept = page.evaluate(
            """([pages, questions]) => {
              for (const one of pages) eeicPlatform.opened(one);
              for (let tries = 0; tries < 70; tries += 1) {
                const sheet = { id: questions[0], parts: [] };
                eeicPlatform.answered({ sheet, answer: "", outcome: { share: 0.3 } });
              }
              for (const id of questions) {
                const detail = { sheet: { id, parts: [] }, answer: "words ".repeat(500) };
                eeicPlatform.answered({ ...detail, outcome: { share: 1, status: "correct" } });
              }
              return JSON.parse(localStorage.getItem("eeic-package-eeic-full")).text;
            }""",
            [pages, questions],
        )
        assert len(kept) == 2 + 4 * len(pages) + 6 * len(questions) < 4096
        page.reload()
        page.get_by_text("score 100 of 100").wait_for()
    context.close()
