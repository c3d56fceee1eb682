"""The report on a class: whole, of one file, kept apart from what may be shared."""

import json
import re

import pytest

pytest.importorskip("nbgrader")

from eeic import cli
from eeic.grading import CourseFault, analysis, moderation, report


@pytest.fixture(scope="module")
def made(twelve_once):
    """Write both pages of one class, once."""
    from eeic.grading import Course

    course = Course(twelve_once, "ex99-tiny")
    marks = report.gather(course)
    return course, marks, report.page(course, marks), report.shared_page(course, marks)


NAMES = ("amal", "brook", "chris", "dara", "eli", "fay", "gus", "hana", "ike", "jo", "kim", "lee")


def names_in(page):
    text = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL).lower()
    return [name for name in NAMES if re.search(rf"\b{name}\b", text)]


def test_a_page_runs_nothing_and_fetches_nothing(made):
    for page in made[2:]:
        assert "<script" not in page and not re.search(r"<[^>]+\son\w+=", page)
        addresses = re.findall(r'(?:src|srcset|href)="([^"]*)"', page)
        assert addresses and all(a.startswith(("data:", "#")) for a in addresses)
        for figure in re.findall(r"<figure.*?</figure>", page, re.DOTALL):
            assert re.search(r'<img alt="[^"]{20,}', figure) and "<table" in figure
        assert len(re.findall(r"<h1", page)) == 1


def test_the_instructors_page_says_what_is_known(made):
    _, marks, page, _ = made
    assert "For the instructor: keep it where marks are kept." in page
    assert "12 people handed in" in page
    lee = analysis.need_a_word(marks).set_index("learner").loc["lee"]
    assert lee["what"] in page and names_in(page)
    assert page.count('<details class="fold" id="q-') == 4
    assert "inverted" in page and "Upside down." in page  # the mistake, and what they read
    targets = set(re.findall(r'id="([^"]+)"', page))
    assert {a[1:] for a in re.findall(r'href="(#[^"]+)"', page)} <= targets


def test_the_page_to_share_names_nobody_and_hides_the_few(made):
    _, marks, _, page = made
    assert names_in(page) == [] and "For the instructor" not in page
    assert "Without names." in page
    # Four people made this mistake, in a class of twelve.
    made_it = analysis.mistakes(marks).set_index("mistake").loc["inverted"]
    assert made_it["people"] == 5 and "inverted" in page
    shown = page.split("What came of each question", 1)[1].split("</table>")[0]
    assert "*" in shown and ">12<" not in page


def test_fewer_than_five_are_not_shared_at_all(made, tmp_path):
    course, marks, *_ = made
    few = analysis.Marks(marks.most, dict(list(marks.points.items())[:4]))
    with pytest.raises(CourseFault, match="fewer than five"):
        report.shared_page(course, few)


def test_files_are_written_and_nobody_elses_are_touched(twelve, tmp_path):
    first = report.write(twelve)
    assert [path.name for path in first.pages] == ["report.html", "report.ipynb"]
    again = report.write(twelve)
    assert [path.name for path in again.pages] == ["report.html"]
    assert [path.name for path in again.left] == ["report.ipynb"]  # it may hold somebody's work
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "report.html").write_text("my own", "utf-8")
    with pytest.raises(CourseFault, match=r"report\.html isn't a report"):
        report.write(twelve, mine)
    assert (mine / "report.html").read_text("utf-8") == "my own"
    assert [path.name for path in mine.iterdir()] == ["report.html"]
    shared = report.write(twelve, tmp_path / "new", share=True)
    assert [path.name for path in shared.pages] == ["to-share.html"]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["to-share.html"]


def test_the_notebook_runs(made):
    held = report.notebook(made[0])
    assert not any(cell.get("outputs") for cell in held["cells"])
    names: dict[str, object] = {}
    results = []
    for cell in held["cells"]:
        if cell["cell_type"] == "code" and "show.figure" not in cell["source"]:
            *lines, last = cell["source"].strip().splitlines()
            exec("\n".join(lines), names)
            if "=" in last and not last.startswith("analysis"):
                exec(last, names)
            else:
                results.append(eval(last, names))
    assert len(results) == 7
    assert results[2].index.tolist() == ["ex99-q1", "ex99-q2", "ex99-q3", "ex99-q4"]
    json.dumps(held)


def test_second_marking_is_in_the_report(twelve):
    marks = report.gather(twelve)
    assert "No second marking has been compared yet" in report.page(twelve, marks)
    moderation.draw(twelve, share=1, seed=1)
    sheet = twelve.root / "moderation" / twelve.exercise / "sheet.csv"
    lines = sheet.read_text("utf-8-sig").splitlines()
    sheet.write_text("\n".join([lines[0], *(f"{line[:4]},2,2," for line in lines[1:])]), "utf-8")
    found = moderation.read(twelve, sheet)
    page = report.page(twelve, marks)
    assert found.advice in page and "Agreement of two markers on 10 answers" in page
    shared = report.shared_page(twelve, marks)
    assert found.advice in shared and "Apart by two or more" not in shared


def test_who_handed_in_nothing_is_known_from_the_gradebook(twelve):
    marks = report.gather(twelve)
    assert marks.before == {} and marks.absent == []
    with twelve.gradebook() as gradebook:
        gradebook.add_student("morgan")
    assert report.gather(twelve).absent == ["morgan"]


def test_nothing_marked_is_said(released):
    with pytest.raises(CourseFault, match="nothing of ex99-tiny is marked yet"):
        report.gather(released)


def test_the_commands(twelve, capsys):
    where = ["ex99-tiny", "--course", str(twelve.root)]
    assert cli.main(["grade", "report", *where, "--share"]) == 0
    assert capsys.readouterr().out.strip().endswith("to-share.html")
    assert cli.main(["grade", "moderate", *where, "--seed", "3"]) == 0
    assert "eeic grade moderate ex99-tiny --read" in capsys.readouterr().out
    assert cli.main(["grade", "moderate", *where]) == 1
    assert "holds a sample already" in capsys.readouterr().err
