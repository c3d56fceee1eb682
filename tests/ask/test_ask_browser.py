"""Questions in a real browser: by keyboard alone, remembered, and open to everyone."""

from __future__ import annotations

import json
import os

import nbformat
import pytest
from ask_stub import HERE
from browsing import jupyterlab, run_all_cells, violations

from eeic import ask
from eeic.ask import page as static_page
from eeic.ask import versions

pytestmark = pytest.mark.browser

TOKENS = """
:root { --eeic-ink: #1c2a33; --eeic-muted: #4a5a66; --eeic-paper: #ffffff; --eeic-surface: #f6f3ed;
  --eeic-line: #7d8890; --eeic-rule: #d9d4c9; --eeic-accent: #0b5a61; --eeic-on-accent: #ffffff;
  --eeic-warm: #8f3d00; --eeic-ok: #1d6b3a; --eeic-notyet: #7a4a00; color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
  :root { --eeic-ink: #e8edf0; --eeic-muted: #b4c0c8; --eeic-paper: #14191d;
    --eeic-surface: #1f272d; --eeic-line: #7f8c95; --eeic-rule: #39444c; --eeic-accent: #7fd0d6;
    --eeic-on-accent: #0d1b1e; --eeic-warm: #f2b27a; --eeic-ok: #86d6a2; --eeic-notyet: #f0c274; }
}
body { margin: 0; padding: 1rem; background: var(--eeic-paper); color: var(--eeic-ink); }
"""
STORED = 'JSON.parse(localStorage.getItem("eeic-answers-v1"))'


@pytest.fixture
def address(known, tmp_path):
    names = [*known, "ex99.choice", "ex99.order"]
    sheets = [ask.compile_sheet(ask.question(name)) for name in names]
    cards = "".join(static_page.static_html(sheet) for sheet in sheets)
    file = tmp_path / "page.html"
    file.write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Questions</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{TOKENS}{ask.static_css()}</style><script>{ask.static_script()}</script></head>"
        f'<body><main><h1 id="somewhere">Questions</h1>{cards}</main></body></html>',
        encoding="utf-8",
    )
    return file.as_uri()


@pytest.fixture
def page(chromium, address):
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(address)
    yield page
    assert wrong == []


def tab_to(page, name, what):
    """Press Tab until the focus is on something within a question."""
    for _ in range(250):
        page.keyboard.press("Tab")
        found = page.evaluate(
            "([name, what]) => document.activeElement.matches(`[data-eeic-ask='${name}'] ${what}`)",
            [name, what],
        )
        if found:
            return
    raise AssertionError(f"Tab does not reach {what} in {name}")


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def card(page, name):
    return page.locator(f"[data-eeic-ask='{name}']")


def outcome(page, name):
    return card(page, name).locator(".eeic-ask-badge").inner_text().strip()


def check(page, name):
    tab_to(page, name, ".eeic-ask-main")
    press(page, "Enter")
    on_button = page.evaluate("document.activeElement.classList.contains('eeic-ask-main')")
    assert on_button, "the focus stays where it was"
    return outcome(page, name)


def test_every_type_is_answered_by_keyboard(page):
    tab_to(page, "t.choice", "input")
    press(page, "ArrowDown", "Tab", "Space")
    assert check(page, "t.choice") == "Correct"
    assert "Yes, the middle." in card(page, "t.choice").get_by_role("status").inner_text()

    tab_to(page, "t.multi", "input")
    press(page, "Space", "Tab", "Space")
    assert check(page, "t.multi") == "Not yet"
    assert "Common mix-up: odd taken for even." in card(page, "t.multi").inner_text()
    tab_to(page, "t.multi", "button:nth-of-type(2)")
    press(page, "Enter")
    assert "Halve each." in card(page, "t.multi").inner_text()
    assert page.evaluate("document.activeElement.textContent") == "The hint is shown"
    press(page, "Tab", "Enter")
    assert page.evaluate("document.activeElement.textContent") == "Hide the worked answer"
    assert "Two and four." in card(page, "t.multi").inner_text()

    tab_to(page, "t.order", "li[data-id='one'] button")
    press(page, "Enter", "Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Up: One"
    assert "“One” is now number 1 of 3." in card(page, "t.order").inner_text()
    assert check(page, "t.order") == "Correct"

    tab_to(page, "t.match", "select")
    press(page, "ArrowDown", "ArrowDown", "Tab", "ArrowDown")
    assert check(page, "t.match") == "Correct"

    tab_to(page, "t.numeric", "input")
    page.keyboard.type("25 per 1,000")
    press(page, "Enter")
    assert outcome(page, "t.numeric") == "Partly"
    assert page.evaluate("document.activeElement.tagName") == "INPUT"
    assert "halved once" in card(page, "t.numeric").inner_text()

    tab_to(page, "t.table", "input")
    page.keyboard.type("6")
    press(page, "Tab", "ArrowDown", "Tab")
    page.keyboard.type("9")
    assert check(page, "t.table") == "Partly"
    assert "2 of 3 are right." in card(page, "t.table").inner_text()

    tab_to(page, "t.mark", "input")
    press(page, "Tab", "Space", "Tab", "Space")
    assert check(page, "t.mark") == "Correct"

    tab_to(page, "t.chart", "input")
    press(page, "Space")
    assert check(page, "t.chart") == "Correct"

    tab_to(page, "t.predict", "input")
    press(page, "Space")
    assert check(page, "t.predict") == "Noted"

    # What was answered is there again, with what was said about it.
    stored = page.evaluate(STORED)
    assert stored["version"] == 1
    assert stored["answers"]["t.numeric"] == {
        "answer": "25 per 1,000",
        "status": "partly",
        "tries": 1,
        "hints": 0,
    }
    before = {name: outcome(page, name) for name in stored["answers"]}
    page.reload()
    assert {name: outcome(page, name) for name in before} == before
    assert "Halve each." in card(page, "t.multi").inner_text()
    assert "Yes, the middle." in card(page, "t.choice").get_by_role("status").inner_text()
    assert card(page, "t.numeric").locator("input").input_value() == "25 per 1,000"
    assert card(page, "t.order").locator("li").first.get_attribute("data-id") == "one"

    # Clearing it forgets it, on the device too.
    clear = card(page, "t.numeric").get_by_role("button", name="Clear my answer")
    clear.press("Enter")
    assert outcome(page, "t.numeric") == "Not tried"
    assert "t.numeric" not in page.evaluate(STORED)["answers"]
    assert clear.evaluate("node => node === document.activeElement")


def version(page, name="t.vary"):
    return card(page, name).locator(".eeic-ask-outcome").last.inner_text()


def test_another_like_this_by_keyboard(page):
    """Each version has its own numbers and mix-ups; the way goes round and is remembered."""
    halves = {"8 apples": "4", "20 pears": "10", "50 plums": "25"}
    seen = []
    for _ in range(3):
        stem = card(page, "t.vary").locator(".eeic-ask-stem").inner_text()
        whole = next(words for words in halves if words in stem)
        seen.append(whole)
        another = card(page, "t.vary").get_by_role("button", name="Try another like this")
        assert another.count() == 0, "only once it has been answered"
        tab_to(page, "t.vary", "input")
        page.keyboard.type(whole.split()[0])
        press(page, "Enter")
        assert f"That is all {whole}." in card(page, "t.vary").get_by_role("status").inner_text()
        page.keyboard.press("Control+A")
        page.keyboard.type(halves[whole])
        press(page, "Enter")
        assert outcome(page, "t.vary") == "Correct"
        left = version(page)
        tab_to(page, "t.vary", ".eeic-ask-another")
        press(page, "Enter")
        assert page.evaluate("document.activeElement.className") == "eeic-ask-stem"
        assert outcome(page, "t.vary") == "Not tried"
        assert card(page, "t.vary").locator("input").input_value() == ""
        assert version(page) != left
        card(page, "t.vary").get_by_text("the same question with other numbers.").wait_for()
    assert sorted(seen) == sorted(halves), "every version once"
    at = version(page)
    assert page.locator("[data-eeic-ask='t.vary'] .eeic-ask-card").count() == 1
    page.reload()
    assert version(page) == at


def test_a_version_is_chosen_by_a_seed_kept_with_the_first_answer(page):
    assert page.evaluate("localStorage.length") == 0, "reading a page keeps nothing"
    at = version(page)
    card(page, "t.chart").get_by_label("The left one").check()
    seed = page.evaluate(STORED)["seed"]
    assert at == f"version {versions.choose('t.vary', seed, 3) + 1} of 3"
    page.reload()
    assert version(page) == at
    assert page.evaluate(STORED)["seed"] == seed


def test_an_answer_from_before_there_were_versions_is_shown(page):
    old = {"answer": "4", "status": "correct", "tries": 1, "hints": 0}
    text = json.dumps({"version": 1, "answers": {"t.vary": old}})
    page.evaluate("text => localStorage.setItem('eeic-answers-v1', text)", text)
    page.reload()
    assert version(page) == "version 1 of 3"
    assert outcome(page, "t.vary") == "Correct"
    odd = {"version": 1, "seed": "x", "answers": {"t.vary": {**old, "version": 7}}}
    page.evaluate("text => localStorage.setItem('eeic-answers-v1', text)", json.dumps(odd))
    page.reload()
    assert outcome(page, "t.vary") == "Not tried"


def test_nothing_answered_is_not_a_try(page):
    assert check(page, "t.numeric") == "Not tried"
    status = card(page, "t.numeric").get_by_role("status")
    assert status.inner_text().strip() == "Type a number first."
    worked = card(page, "t.numeric").get_by_text("Show the worked answer")
    assert not worked.is_visible()


def test_a_changed_answer_is_no_longer_judged(page):
    card(page, "t.chart").get_by_label("The right one").check()
    assert check(page, "t.chart") == "Not yet"
    card(page, "t.chart").get_by_label("The left one").check()
    assert outcome(page, "t.chart") == "Not tried"
    assert "Check it again" in card(page, "t.chart").get_by_role("status").inner_text()


def test_an_exercise_question_is_not_judged(page):
    question = card(page, "ex99.choice")
    assert question.get_by_role("button", name="Check my answer").count() == 0
    question.get_by_label("This", exact=True).check()
    assert outcome(page, "ex99.choice") == "Saved"
    assert "Kept in this browser only" in question.get_by_role("status").inner_text()
    card(page, "ex99.order").get_by_role("button", name="Save this order").press("Enter")
    assert page.evaluate(STORED)["answers"]["ex99.order"]["answer"] == ["b", "a"]


@pytest.mark.parametrize(
    "stored",
    ["{", "[]", '{"version": 2, "answers": {}}', '{"version": 1, "answers": {"t.choice": 3}}'],
)
def test_answers_that_cannot_be_read_are_kept_aside(page, stored):
    page.evaluate("text => localStorage.setItem('eeic-answers-v1', text)", stored)
    page.reload()
    assert page.evaluate("localStorage.getItem('eeic-answers-v1-unreadable-1')") == stored
    assert "could not be read" in page.locator(".eeic-ask-kept").first.inner_text()
    card(page, "t.predict").get_by_label("Up").check()
    assert check(page, "t.predict") == "Noted"
    assert set(page.evaluate(STORED)["answers"]) == {"t.predict"}


def test_an_answer_that_does_not_fit_the_question_is_left_out(page):
    odd = {"t.choice": {"answer": 7, "status": "correct", "tries": "x", "hints": 99}}
    odd["t.order"] = {"answer": ["gone"], "status": "correct"}
    text = json.dumps({"version": 1, "answers": odd})
    page.evaluate("text => localStorage.setItem('eeic-answers-v1', text)", text)
    page.reload()
    assert card(page, "t.choice").locator("input:checked").count() == 0
    assert card(page, "t.order").locator("li").count() == 3


def test_a_browser_that_keeps_nothing(chromium, address):
    page = chromium.new_page()
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } });"
    )
    page.goto(address)
    card(page, "t.chart").get_by_label("The left one").check()
    assert check(page, "t.chart") == "Correct"
    assert "remember nothing" in card(page, "t.chart").locator(".eeic-ask-kept").inner_text()


def test_without_javascript_the_worked_answer_can_be_opened(chromium, address):
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(address)
    assert card(page, "t.multi").get_by_text("Three").is_visible()
    card(page, "t.multi").locator("summary").press("Enter")
    assert card(page, "t.multi").get_by_text("Two and four.").is_visible()


def test_paper_gets_empty_boxes_and_no_buttons(page):
    card(page, "t.choice").get_by_label("The first").check()
    card(page, "t.numeric").locator("input").fill("12.5")
    check(page, "t.choice")
    page.emulate_media(media="print")
    assert page.locator(".eeic-ask-card button:visible").count() == 0
    assert page.locator(".eeic-ask-result:visible").count() == 0
    style = "node => getComputedStyle(node).backgroundImage"
    assert card(page, "t.choice").locator("input:checked").first.evaluate(style) == "none"
    colour = "node => getComputedStyle(node).color"
    assert card(page, "t.numeric").locator("input").evaluate(colour) == "rgba(0, 0, 0, 0)"
    assert "Choose from: 2; 1; 3." in card(page, "t.match").inner_text()


def test_targets_are_large_and_keys_reach_them(page):
    boxes = page.evaluate(
        """() => [...document.querySelectorAll(".eeic-ask-card :is(input, select, button)")]
          .filter((node) => node.checkVisibility())
          .map((node) => {
            const { width, height } = node.getBoundingClientRect();
            const least = /radio|checkbox/.test(node.type) ? 28 : 44;
            const own = node.getAttribute("data-lm-suppress-shortcuts") === "true";
            return { ok: width >= least && height >= least && own, what: node.outerHTML };
          })"""
    )
    assert len(boxes) > 40
    assert [box["what"] for box in boxes if not box["ok"]] == []


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_accessibility_violation(chromium, address, width, scheme):
    page = chromium.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.goto(address)
    assert violations(page) == []
    page.evaluate(
        """() => {
          for (const card of document.querySelectorAll(".eeic-ask-card")) {
            card.querySelectorAll("fieldset").forEach((set) => set.querySelector("input")?.click());
            card.querySelectorAll("select").forEach((select) => (select.selectedIndex = 1));
            card.querySelectorAll("input[type=text]").forEach((input) => (input.value = "25"));
            card.querySelector("form").dispatchEvent(new Event("input"));
            const named = (words) =>
              [...card.querySelectorAll("button")].find((b) => b.textContent.startsWith(words));
            named("Give me")?.click();
            card.querySelector(".eeic-ask-main")?.click();
            named("Show the")?.click();
          }
        }"""
    )
    page.wait_for_timeout(400)
    assert page.locator(".eeic-ask-word").count() == 11
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0


def test_axe_would_see_a_fault(chromium, address):
    """The check is worth something: take a label away, and it fails."""
    page = chromium.new_page()
    page.goto(address)
    page.evaluate("document.querySelector('.eeic-ask-numeric label').remove()")
    assert any(violation.startswith("label: ") for violation in violations(page))


LIVE = """async ([source, sheet, kept]) => {
  const blob = new Blob([source], { type: "text/javascript" });
  const { default: asked } = await import(URL.createObjectURL(blob));
  const heard = {};
  window.sent = [];
  window.traits = { sheet, kept, state: { answer: null, status: "not tried", tries: 0, hints: 0 } };
  window.change = (name, value) => {
    window.traits[name] = value;
    heard[`change:${name}`]?.();
  };
  const el = document.createElement("div");
  document.querySelector("main").replaceChildren(el);
  asked.render({ el, model: {
    get: (name) => window.traits[name],
    set: (name, value) => (window.traits[name] = value),
    save_changes: () => window.sent.push(window.traits.state),
    on: (name, act) => (heard[name] = act),
    off: () => {},
  } });
}"""


def live(page, name, kept):
    sheet = ask.compile_sheet(ask.question(name))
    page.evaluate(LIVE, [static_page.asset("ask.mjs"), sheet, kept])


def test_a_notebook_that_cannot_write_is_told_what_the_browser_remembers(page):
    card(page, "t.chart").get_by_label("The left one").check()
    check(page, "t.chart")
    live(page, "t.chart", "browser")
    told = {"answer": "left", "status": "correct", "tries": 1, "hints": 0}
    assert page.evaluate("sent") == [told]
    assert "remembered by this browser only" in page.locator(".eeic-ask-kept").inner_text()


def test_a_notebook_that_can_write_is_not_told_another_folders_answers(page):
    card(page, "t.chart").get_by_label("The left one").check()
    check(page, "t.chart")
    live(page, "t.chart", "file")
    assert page.evaluate("sent") == []
    assert page.locator("input:checked").count() == 0


def test_saved_is_said_only_when_it_is(page):
    live(page, "ex99.choice", "file")
    page.get_by_label("This", exact=True).check()
    status = page.get_by_role("status")
    assert status.inner_text() == "Saving…"
    page.evaluate("change('taken', 1)")
    assert "Saved in answers.json." in status.inner_text()
    assert page.evaluate(STORED) is None, "the file is enough"
    page.evaluate("change('kept', 'browser')")
    page.get_by_label("That", exact=True).check()
    assert "will not be handed in" in status.inner_text()
    assert page.evaluate(STORED)["answers"]["ex99.choice"]["answer"] == {"choice": "b"}


def test_moving_on_in_a_notebook_tells_python(page):
    live(page, "t.vary", "file")
    assert page.locator(".eeic-ask-outcome").inner_text() == "version 1 of 3"
    page.locator("input").fill("4")
    page.locator(".eeic-ask-main").click()
    page.get_by_role("button", name="Try another like this").press("Enter")
    untried = {"answer": None, "status": "not tried", "tries": 0, "hints": 0, "version": 1}
    assert page.evaluate("sent.at(-1)") == untried
    assert page.locator(".eeic-ask-card").count() == 1
    page.locator("input").fill("10")
    page.locator(".eeic-ask-main").click()
    assert page.evaluate("traits.state") == {
        **untried,
        "answer": "10",
        "status": "correct",
        "tries": 1,
    }
    assert page.evaluate(STORED) is None, "the file is enough"


def test_a_kernel_that_does_not_answer_is_said(page):
    page.clock.install()
    live(page, "ex99.choice", "file")
    page.get_by_label("This", exact=True).check()
    page.clock.run_for(10_000)
    assert "Not saved yet" in page.get_by_role("status").inner_text()


@pytest.fixture
def lab(tmp_path):
    """Run JupyterLab in a folder with one notebook, and give its address."""
    pytest.importorskip("jupyterlab")
    cells = [
        f"import sys; sys.path.insert(0, {str(HERE)!r})\nfrom eeic import ask",
        'ask.show("00.way-through")',
        f'ask.use({str(HERE / "questions.toml")!r})\nask.answer("ex99.number")',
        'print("found:", ask.saved("ex99.number"))',
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    folder = tmp_path / "work"
    folder.mkdir()
    nbformat.write(notebook, folder / "asked.ipynb")
    home = tmp_path / "home"
    home.mkdir()
    with jupyterlab(folder, home) as address:
        yield address, folder


@pytest.mark.slow
def test_in_jupyterlab_by_keyboard(chromium, lab):
    address, folder = lab
    page = chromium.new_page(viewport={"width": 1280, "height": 1000})
    run_all_cells(page, address, "asked.ipynb")
    cards = page.locator(".eeic-ask-card")
    cards.nth(1).wait_for(timeout=90_000)
    assert cards.count() == 2, "the widget is shown, and its fallback is not shown beside it"
    assert page.locator(".eeic-ask-fallback").count() == 0

    # Radio buttons answer to the arrow keys, which JupyterLab would take for itself.
    check_one = cards.nth(0)
    check_one.locator("input").first.focus()
    press(page, "Space", "ArrowDown")
    assert check_one.locator("input").nth(1).is_checked()
    check_one.locator(".eeic-ask-main").focus()
    press(page, "Enter")
    assert check_one.locator(".eeic-ask-badge").inner_text().strip() == "Correct"

    exercise = cards.nth(1)
    exercise.locator("input").focus()
    page.keyboard.type("1,250 people")  # letters are shortcuts too
    exercise.get_by_text("Saved in answers.json.").wait_for(timeout=20_000)
    answers = json.loads((folder / "answers.json").read_text(encoding="utf-8"))["answers"]
    assert answers["00.way-through"] == {
        "answer": "read",
        "status": "correct",
        "tries": 1,
        "hints": 0,
    }
    assert answers["ex99.number"]["answer"] == "1,250 people"

    page.locator(".jp-CodeCell").nth(3).locator(".cm-content").click()
    press(page, "Shift+Enter")
    page.get_by_text("found: 1,250 people").wait_for(timeout=20_000)
    if shots := os.environ.get("EEIC_SHOTS"):
        page.screenshot(path=f"{shots}/jupyterlab.png")
