"""Whatever a lesson shows has words, is valid HTML and never ends in a traceback."""

from html.parser import HTMLParser

import pandas as pd
import pytest

from eeic import charts, show

VOID = {"img", "source", "input", "br", "meta", "link"}


class Outline(HTMLParser):
    """Reads HTML strictly: what is opened is closed, in order."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.text = [], [], []
        self.feed(html)
        self.close()
        assert self.open == [], f"left open: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture
def chart():
    data = pd.DataFrame(
        {"value": [4.0, None], "lower": [3.0, None], "upper": [5.0, None]}, index=["Indian", "Roma"]
    )
    return charts.Chart(
        draw=charts.dots([charts.Panel("Percent", (charts.Estimates("Percent", data),))]),
        alt='A dot at 4%, "Roma" withheld.',
        caption="Percent of <100> people. More.",
        table=pd.DataFrame({"Group": ["Indian", "Roma"], "People": [1234, 5], "%": [-4.0, None]}),
        finding="Indian residents have 4%.",
    )


@pytest.fixture
def shown(monkeypatch):
    """What was displayed, instead of displaying it."""
    found = []
    monkeypatch.setattr("IPython.display.display", found.append)
    return found


def test_a_figure_has_all_its_parts(chart):
    page = Outline(show.html_figure(chart))
    assert page.all("figure") == [{"class": "eeic-figure"}]
    (narrow,), (wide,) = page.all("source"), page.all("img")
    assert wide["alt"] == chart.alt
    assert wide["src"].startswith("data:image/svg+xml;base64,")
    assert narrow["srcset"] != wide["src"]
    assert chart.caption in page.text
    box = page.all("div")[0]
    assert (box["tabindex"], box["role"]) == ("0", "region")
    assert box["aria-label"] == "Table: Percent of <100> people"


def test_a_table_names_rows_and_columns_and_leaves_nothing_empty(chart):
    page = Outline(show.html_table(chart.table, "A caption"))
    assert [cell["scope"] for cell in page.all("th")] == ["col"] * 3 + ["row"] * 2
    assert page.all("caption")
    assert page.text == [
        *("A caption", "Group", "People", "%"),
        *("Indian", "1,234", "−4.0"),
        *("Roma", "5", "not shown"),
    ]


def test_counts_stand_right_also_where_some_are_withheld():
    table = pd.DataFrame({"Group": ["a"], "People": ["under 10"], "Interval": ["1 to 2"]})
    page = Outline(show.html_table(table, "A caption"))
    assert [cell.get("class") for cell in page.all("td")] == ["eeic-number", None]


def test_a_named_index_is_the_first_column(chart):
    page = Outline(show.html_table(chart.table.set_index("Group"), "A caption"))
    assert page.text[1:4] == ["Group", "People", "%"]


def test_text_is_escaped():
    page = Outline(show.html_table(pd.DataFrame({"<b>": ["a & <i>"]}), "<c>"))
    assert page.text == ["<c>", "<b>", "a & <i>"]


def test_figure_gives_html_and_its_description(chart, shown):
    show.figure(chart)
    bundle = shown[0]._repr_mimebundle_()
    assert bundle["text/plain"] == repr(shown[0]) == chart.alt
    assert "<figure" in bundle["text/html"]


def test_a_notebook_cell_brings_its_style_and_a_page_does_not(chart, shown, monkeypatch):
    monkeypatch.delenv("EEIC_STATIC", raising=False)
    show.figure(chart)
    assert "<style>" in shown[0]._repr_mimebundle_()["text/html"]
    monkeypatch.setenv("EEIC_STATIC", "1")
    assert "<style>" not in shown[0]._repr_mimebundle_()["text/html"]


def test_finding_and_table(chart, shown):
    show.finding("A & B differ.")
    show.table(chart.table, "Some people")
    first, second = (item._repr_mimebundle_()["text/html"] for item in shown)
    assert '<p class="eeic-finding">A &amp; B differ.</p>' in first
    assert "<caption>Some people</caption>" in second


def test_functions_are_called(chart, shown):
    show.figure(lambda: chart)
    show.finding(lambda: "Said.")
    show.table(lambda: chart.table, "Some people")
    assert len(shown) == 3


def test_what_is_no_chart_is_refused():
    with pytest.raises(TypeError, match="was given DataFrame, not a chart"):
        show.figure(pd.DataFrame())


def test_silence_is_refused(chart):
    with pytest.raises(ValueError, match="empty sentence"):
        show.finding("  ")
    with pytest.raises(ValueError, match="needs a caption"):
        show.table(chart.table, "")


def lacking(name):
    def function():
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    return function


@pytest.mark.parametrize("name", ["numpy", "pandas", "matplotlib", "matplotlib.figure", "scipy"])
def test_a_missing_package_is_said_in_a_sentence(name, shown):
    show.figure(lacking(name))
    show.finding(show.or_absent(lacking(name))())
    assert len(shown) == 2
    for item in shown:
        assert f"This Python has no {name.partition('.')[0]}, so" in repr(item)
        assert repr(item) in item._repr_mimebundle_()["text/html"].replace("&#x27;", "'")


def test_a_room_may_have_said_it_already(shown):
    def load():
        try:
            lacking("pandas")()
        except ModuleNotFoundError as error:
            raise ValueError("Loading a table needs pandas.") from error

    show.figure(load)
    assert "no pandas" in repr(shown[0])


def test_any_other_missing_module_is_a_fault():
    with pytest.raises(ModuleNotFoundError):
        show.figure(lacking("pandas_of_somebody"))


def test_any_other_error_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        show.figure(lambda: 1 / 0)
