"""Questions on a page without a kernel, and without JavaScript."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from eeic import ask
from eeic.ask import page

HEAVY = ("numpy", "pandas", "matplotlib", "anywidget", "IPython", "traitlets", "ipywidgets")
VOID = {"br", "img", "input", "meta", "source"}


class Nested(HTMLParser):
    """Check that every element that is opened is closed, and collect the scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.open, self.scripts = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)


@pytest.fixture
def static(known, monkeypatch):
    monkeypatch.setenv("EEIC_STATIC", "1")
    return lambda name: ask.show(name)._repr_html_()


def test_the_page_holds_the_sheet(static, known):
    for name in known:
        parser = Nested()
        parser.feed(static(name))
        parser.close()
        assert parser.open == []
        assert len(parser.scripts) == 1
        assert json.loads(parser.scripts[0])["id"] == name


def test_nothing_in_a_question_ends_the_script(static):
    markup = static("t.choice")
    assert markup.count("</script>") == 1
    assert "<\\/script> one" in markup
    assert "<script>alert" not in markup


def test_without_javascript_the_question_can_be_read(static):
    fallback = static("t.choice").split("</script>", 1)[1]
    for words in ("<strong>bold</strong>", "The first", "it is in the middle", "12.5%"):
        assert words in fallback
    assert "<details><summary>Worked answer</summary><p>Because the <em>middle</em>" in fallback
    assert '<th scope="col">Twice</th>' in static("t.table")
    assert "<u>odd too</u>" in static("t.mark")
    assert "To match with:" in static("t.match")
    assert "A quarter: …… per 1,000" in static("t.numeric")
    assert "<details>" not in static("t.predict")


def test_a_chart_is_in_the_page_once(static):
    assert static("t.chart").count("A stub chart") == 1
    assert '"figure"' not in static("t.chart")


def test_a_question_reads_as_plain_text(static, known):
    text = repr(ask.show("t.multi"))
    assert text.splitlines()[0] == "Self-check t.multi"
    assert "  - Three" in text
    assert "<" not in text


def test_the_script_is_classic_and_asks_for_nothing():
    script = ask.static_script()
    assert not re.search(r"^\s*(export|import)\b", script, re.MULTILINE)
    for word in ("fetch(", "XMLHttpRequest", "http://", "https://", "eval(", "document.cookie"):
        assert word not in script
    assert "http" not in ask.static_css()


def test_a_module_with_two_exports_is_refused(monkeypatch):
    monkeypatch.setattr(page, "asset", lambda name: "export default 1;\nexport default 2;\n")
    with pytest.raises(ValueError, match="once, as its last statement"):
        ask.static_script()


def test_importing_is_light():
    code = f"import sys, eeic.ask; print([m for m in {HEAVY!r} if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_showing_a_question_without_numbers_is_light():
    code = (
        "import sys, os; os.environ['EEIC_STATIC'] = '1'\n"
        "from eeic import ask\n"
        "[ask.show(n)._repr_html_() for n in ask.ids('00')]\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_missing_package_is_a_sentence():
    code = (
        "import sys; sys.modules['pandas'] = None\n"
        "from eeic import ask\n"
        "print(ask.show('04.ratio'))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'Question "04.ratio" works its numbers out with pandas' in ran.stdout
    assert ran.stdout.count("\n") == 1
