"""The sandbox's two engines give the same answers; its page works from a disk."""

import gzip
import itertools
import json
import random
import re
import subprocess
from pathlib import Path

import pytest
from browsing import violations

from eeic import evidence, explore
from eeic.explore import asking_and_searching as asking
from eeic.explore import sandbox
from eeic.publish import vendor

RUN = """
import { readFileSync } from "node:fs";
import sandbox from "./search.mjs";
const { setUp, packed, cases, boxes } = JSON.parse(readFileSync(0, "utf8"));
const records = sandbox.unpack(packed);
process.stdout.write(JSON.stringify({
  looked: cases.map(([question, line, log]) => sandbox.look(records, setUp, question, line, log)),
  lines: boxes.map((one) => sandbox.assemble(one)),
}));
"""

#: Every part of the language, with the ways in which people get it wrong.
LINES = [
    "interpreter*",
    "interpreters AND trial*",
    "interpreter* trial*",
    "sms OR text AND reminder*",
    "(sms OR text) AND reminder*",
    "NOT interpreter*",
    "roma NOT (trial* OR cohort)",
    '"community health workers"',
    '"community health worker"*',
    "“community health workers”",
    "community-health-workers",
    "ti:roma",
    'title:roma OR subject:"Gypsy, Roma and Traveller communities"',
    "tiab:(interpret* OR translat*)",
    'su:("Bowel screening" OR "Cervical screening")',
    'exp:"Reminder systems"',
    'exp:"no such term"',
    "exp:interpreting",
    "so:journal",
    "so:report",
    'so:"community report"',
    "de:trial",
    'se:"general practices"',
    'in:"Invented Journal of Fair Services"',
    "yr:2024-2031",
    "yr:2030",
    "yr:2031-2024",
    "yr:20",
    "yr:2024*",
    "kw:(BME OR BAME)",
    "HbA1c",
    '"type 2 diabetes care"',
    "café",
    "ROMA or gypsy",
    "naïve OR Róma",
    "zzz",
    "zzz OR yyyy",
    "(sms OR text",
    "sms) OR text",
    "()",
    "sms OR",
    "OR sms",
    "AND",
    "NOT",
    "sms AND AND text",
    '"never closed',
    "*stem",
    "in*side",
    "wom?n",
    "a*",
    "*",
    "&",
    "ti:",
    "ti:(ab:x)",
    "ti:NOT",
    ":",
    "",
    "   ",
    "#1",
    "#",
    "#0",
    "people who needed an interpreter were not included",
    '"interpreter were not included"',
    '"care. We"',
    "of_people",
    "letters, hours",
    "people's",
    '"people’s"',
    '"we were not asked"',
]
LOGS = [[], ["roma", "gypsy OR #1"], ["(", "roma"]]


def cases():
    found = [(name, line, []) for line in LINES for name in ("Q6", "Q1")]
    for name, starts in sandbox.STARTS.items():
        found += [(name, sandbox.assemble(start.boxes), []) for start in starts.values()]
        found += [(name, chip, []) for idea in sandbox.IDEAS[name] for chip in idea.chips]
    found += [("Q6", line, log) for line in ("#1 NOT #2", "#2", "#3", "roma") for log in LOGS]
    dice = random.Random(5)
    words = [chip for ideas in sandbox.IDEAS.values() for idea in ideas for chip in idea.chips]
    for _ in range(150):
        some = dice.sample(words, dice.randint(1, 4))
        joined = some[0]
        for word in some[1:]:
            joined += f" {dice.choice(['AND', 'OR', 'NOT', ''])} {word}"
        found.append((dice.choice(list(sandbox.IDEAS)), joined, []))
    return found


BOXES = [
    ["", "", ""],
    ["roma", "", ""],
    ["a b", "", ""],
    ["roma OR gypsy", '"bowel screening"', "su:x"],
    ['su:("a b" OR c)', "  x   OR y ", "(q)"],
    ['"a" OR "b"', "c*", 'ti:"d e"*'],
]


def ask_the_page(module, asked):
    Path("search.mjs").write_text(module, encoding="utf-8")
    Path("run.mjs").write_text(RUN, encoding="utf-8")
    told = json.dumps(
        {"setUp": sandbox.set_up(), "packed": sandbox.payload(), "cases": asked, "boxes": BOXES}
    )
    ran = subprocess.run(
        [vendor.node(), "run.mjs"],
        input=told,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return json.loads(ran.stdout)


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_python_and_the_page_find_the_same():
    asked = cases()
    page = ask_the_page(sandbox.asset("search.mjs"), asked)
    assert len(asked) > 300
    read = 0
    for (name, line, log), theirs in zip(asked, page["looked"], strict=True):
        ours = sandbox.look(name, line, log)
        if "no field" in ours.get("problem", ""):  # Python also guesses what was meant
            assert theirs["problem"].partition(";")[0] == ours["problem"].partition(";")[0]
        else:
            assert theirs == json.loads(json.dumps(ours)), (name, line, log)
        read += "problem" not in ours
    assert read > 250
    assert page["lines"] == [sandbox.assemble(boxes) for boxes in BOXES]


def test_a_difference_would_be_seen():
    """The check is worth something: change one rule of the page, and it disagrees."""
    broken = sandbox.asset("search.mjs").replace("w.startsWith(word)", "w === word")
    asked = [("Q1", "interpret*", [])]
    page = ask_the_page(broken, asked)
    assert page["looked"][0]["count"] < sandbox.look(*asked[0])["count"]


def test_a_word_of_another_language_is_refused_kindly():
    assert sandbox.look("Q6", "tilte:roma")["problem"].endswith("did you mean title:.")


def test_every_record_can_be_searched_on_the_page_and_it_is_light():
    packed = sandbox.payload()
    assert len(packed["titles"]) == sandbox.RECORDS == len(packed["abstracts"].split(" "))
    written = json.dumps({"setUp": sandbox.set_up(), "packed": packed}, ensure_ascii=False)
    weight = len(gzip.compress(written.encode()))
    assert weight < 150_000, f"{weight:,} bytes"


def test_what_is_unpacked_is_the_abstract_without_its_figures():
    packed = sandbox.payload()
    records = sandbox.library().records
    for place in range(0, sandbox.RECORDS, 97):
        row = packed["abstracts"].split(" ")[place]
        told = " ".join(packed["sentences"][int(one, 36)] for one in row.split(","))
        whole = records["abstract"].iloc[place]
        assert re.sub(r"[\d.,#]", "", told) == re.sub(r"[\d.,]", "", whole).replace(
            "type ", "type "
        )
        assert ("type 2" in told) == ("type 2" in whole)


def test_the_sums_are_those_of_eeic_evidence():
    for name in sandbox.IDEAS:
        for start in sandbox.STARTS[name].values():
            line = sandbox.assemble(start.boxes)
            ours = sandbox.look(name, line)
            about = sandbox.question(name)
            result = sandbox.library().search(line)
            score = evidence.score(result, about["relevant"]).iloc[0]
            assert ours["count"] == score["found"] and ours["hit"] == score["relevant_found"]
            lost = evidence.lost_groups(result, about["groups"]).set_index("group")
            for group, seen, there in ours["groups"]:
                row = lost.loc["everyone" if group == sandbox.NO_GROUP else group]
                assert (row["found"], row["relevant"]) == (seen, there)
            assert sum(there for *_, there in ours["sources"]) == ours["relevant"]


def test_the_script_stands_alone():
    script = sandbox.static_script()
    assert not re.search(r"^\s*(import|export)\b", script, re.MULTILINE)
    assert "http" not in script and "fetch(" not in script and "innerHTML" not in script


def test_the_widget_answers_from_python():
    box = explore.explorer("search-sandbox").widget(explore.explorer("search-sandbox"))
    first = sandbox.look("Q6", asking.line("Q6", "first"))
    assert (
        box.answer["finding"]
        == first["finding"]
        == explore.explorer("search-sandbox").frame().finding
    )
    box.asked = {"n": 7, "question": "Q6", "line": "roma OR gypsy", "log": []}
    assert box.answer["n"] == 7 and box.answer["list"][0]["title"]
    box.asked = {"n": 8, "question": "Q6", "line": "(roma", "log": []}
    assert "never closed" in box.answer["problem"]
    box.asked = {"n": 9, "question": "Q6", "line": "#1 AND trial*", "log": ["roma"]}
    assert box.answer["count"] == sandbox.look("Q6", "roma AND trial*")["count"]


def test_the_page_shows_a_worked_line_without_a_script():
    chosen = explore.explorer("search-sandbox")
    html = sandbox.page(chosen)
    assert chosen.frame().finding in html and 'class="eeic-data"' in html
    assert html.count("</script>") == 1


def test_showing_it_takes_its_own_faces(monkeypatch):
    shown = []
    monkeypatch.setattr("eeic.show.display", shown.append)
    monkeypatch.setenv("EEIC_STATIC", "1")
    explore.show("search-sandbox")
    monkeypatch.setenv("EEIC_STATIC", "0")
    explore.show("search-sandbox")
    assert "data-eeic-search=" in shown[0].html and shown[1].answer["count"]


# -- in a browser ------------------------------------------------------------------------------


@pytest.fixture
def opened(chromium, tmp_path):
    chosen = explore.explorer("search-sandbox")
    path = tmp_path / "page.html"
    path.write_text(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Sandbox</title>"
        "<meta name=viewport content='width=device-width,initial-scale=1'>"
        f"<style>body{{margin:0 auto;max-width:54rem;padding:1rem}}{explore.static_css()}"
        f"{sandbox.asset('search.css')}</style><main><h1>Sandbox</h1>{sandbox.page(chosen)}</main>"
        f"<script>{sandbox.static_script()}</script></html>",
        encoding="utf-8",
    )
    contexts = []

    def at(width=1280):
        contexts.append(chromium.new_context(viewport={"width": width, "height": 900}))
        page = contexts[-1].new_page()
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.goto(path.as_uri())
        return page

    yield at
    for context in contexts:
        context.close()


@pytest.mark.browser
def test_chips_and_words_of_ones_own(opened):
    page = opened()
    status = page.locator(".eeic-sandbox-live .eeic-finding")
    assert status.inner_text().startswith(explore.explorer("search-sandbox").frame().finding)
    page.get_by_role("button", name="roma", exact=True).focus()
    page.keyboard.press("Enter")
    line = '("Gypsy, Roma and Traveller communities" OR roma) AND trial*'
    assert page.locator(".eeic-sandbox-line code").inner_text() == line
    assert sandbox.look("Q6", line)["finding"] in status.inner_text()
    box = page.locator("#eeic-sandbox-1-idea-1")
    box.fill("trial* OR (")
    box.press("Enter")
    assert "at character" in page.get_by_role("alert").inner_text()
    box.fill("")
    box.press("Enter")
    assert "No search was run" not in status.inner_text()
    page.get_by_label("Why this line?").fill("names")
    page.get_by_role("button", name="Write into the log").click()
    page.locator("#eeic-sandbox-1-idea-1").fill("#1")
    page.locator("#eeic-sandbox-1-idea-1").press("Enter")
    assert page.get_by_role("alert").is_hidden()
    assert page.faults == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 320])
def test_it_fits_and_is_accessible(opened, width):
    page = opened(width)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert violations(page) == []


def test_the_boxes_fit_their_questions():
    for name, starts in sandbox.STARTS.items():
        assert list(starts) == ["first", "subjects", "names", "wide"]
        for start in starts.values():
            assert len(start.boxes) == len(sandbox.IDEAS[name])
        first = itertools.islice(starts.values(), 1)
        assert all("problem" not in sandbox.look(name, sandbox.assemble(s.boxes)) for s in first)
