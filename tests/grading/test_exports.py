"""What leaves the course: nbgrader's own totals, in the shape each program reads."""

import csv
import json
import re
import zipfile
from datetime import datetime, timedelta

import pytest

pytest.importorskip("nbgrader")

from eeic import cli
from eeic.grading import CourseFault, exports, records, roster
from eeic.grading.autograde import autograde
from eeic.grading.invented import Code, hand_in

TOTAL = Code("def total(table):\n    return float(table['events'].sum())")
RIGHT = {"ex99.q1": 12.5, "ex99.q2": "a", "ex99.q3": TOTAL}
HALF = {"ex99.q1": 80, "ex99.q2": "b", "ex99.q3": None}
DUE = datetime(2026, 10, 16, 17)

LATE_BY_ONE = """
from nbgrader.plugins import BasePlugin

class OnePoint(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 1.0
"""

ROSTER = """learner,Name,Email address,ID number,Login,Canvas ID,Section
amal,"Khan, Amal",amal@example.org,0042,akhan,71,North
brook,=HYPERLINK("x"),brook@example.org,0043,brook,72,North
chris,Chris Roe,chris@example.org,,chris,,South
gone,Gone Home,gone@example.org,0045,gone,74,South
"""


@pytest.fixture
def course(released, run_here):
    """Amal has all right, a mark by hand and extra credit; Brook is late; Chris waits."""
    (released.root / "late.py").write_text(LATE_BY_ONE)
    config = released.root / "nbgrader_config.py"
    late = "import sys; sys.path.insert(0, str(here)); import late\n"
    late += "c.AssignLatePenalties.plugin_class = late.OnePoint\n"
    config.write_text(config.read_text("utf-8") + late, "utf-8")
    with released.gradebook() as gradebook:
        gradebook.update_or_create_assignment(released.exercise, duedate=DUE)
    hand_in(released, "amal", RIGHT, written={"ex99-q4": "Some words."})
    brook = hand_in(released, "brook", {**RIGHT, "ex99.q2": "b"})
    (brook / "timestamp.txt").write_text(f"{DUE + timedelta(hours=1)} UTC")
    hand_in(released, "chris", HALF, written={"ex99-q4": "=1+1"})
    hand_in(released, "dale", {})
    autograde(released, caged=False)
    released.give_points("amal", "ex99-q4", 2.5, "Clear.")
    with released.gradebook() as gradebook:
        grade = gradebook.find_grade("ex99-q1", "ex99-tiny", "ex99-tiny", "amal")
        grade.extra_credit = 0.5
        gradebook.db.commit()
    return released


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text(ROSTER, encoding="utf-8")
    return roster.read(path)


def lines(made):
    with made.path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def stock_totals(course):
    from nbgrader.plugins.export import CsvExportPlugin

    path = course.root / "stock.csv"
    with course.gradebook() as gradebook:
        CsvExportPlugin(to=str(path)).export(gradebook)
    with path.open(encoding="utf-8", newline="") as file:
        return {line["student_id"]: float(line["score"]) for line in csv.DictReader(file)}


def test_totals_are_nbgraders_own(course):
    """With a mark by hand, extra credit and a penalty for lateness."""
    found = {mark.learner: mark for mark in exports.marks(course)}
    assert {name: mark.total for name, mark in found.items()} == stock_totals(course)
    assert (found["amal"].total, found["amal"].final) == (7, 7)
    assert (found["brook"].penalty, found["brook"].total) == (1, 2)
    assert (found["chris"].total, found["chris"].final) == (1, None)
    assert found["dale"].final == 0


def test_the_plain_table_keeps_its_columns(course, tmp_path):
    made = exports.export(course, tmp_path / "marks.csv")
    head, *rows = lines(made)
    assert head == [
        *("learner", "exercise", "ex99-q1", "ex99-q2", "ex99-q3", "ex99-q4"),
        *("late_penalty", "total", "out_of", "status", "notes"),
    ]
    chris = dict(zip(head, rows[2], strict=True))
    assert (chris["ex99-q1"], chris["ex99-q4"], chris["status"]) == ("1.0", "", "to mark")
    assert made.said == [
        "1 mark is still to be given by a person and left empty, of 1 of 4 learners."
    ]
    with pytest.raises(CourseFault, match="already there"):
        exports.export(course, made.path)


def test_marks_of_an_earlier_submission_are_said(course, tmp_path):
    (course.submitted("chris") / "answers.json").write_text('{"version": 1, "answers": {}}')
    (said, *_) = exports.export(course, tmp_path / "marks.csv").said
    assert "1 learner is here with earlier marks and handed in again since: chris." in said


def test_who_is_not_marked_has_no_marks(course, tmp_path, people):
    hand_in(course, "eve", RIGHT)
    made = exports.export(course, tmp_path / "marks.csv", roster=people)
    (eve,) = [line for line in lines(made) if line[0] == "eve"]
    assert eve[-2:] == ["failed", "Not marked yet."] and eve[6:12] == [""] * 6
    said = " ".join(made.said)
    assert "1 learner is not marked: eve" in said
    assert "2 learners are not in the class list: dale, eve" in said
    assert "1 learner is in the class list and handed in nothing: gone" in said


def test_moodle(course, tmp_path, people):
    made = exports.export(course, tmp_path / "moodle.csv", "moodle", people)
    assert lines(made) == [
        ["Email address", "ex99-tiny", "ex99-q1", "ex99-q2", "ex99-q3", "ex99-q4"],
        ["amal@example.org", "7.0", "2.5", "1.0", "1.0", "2.5"],
        ["brook@example.org", "2.0", "2.0", "0.0", "1.0", "0.0"],
        ["chris@example.org", "-", "1.0", "0.0", "0.0", "-"],
    ]
    said = " ".join(made.said)
    assert "not in the class list nor in the file: dale" in said
    assert "map Email address" in said and "replaces one that is there" in said


def test_moodle_without_a_class_list_and_with_half_of_one(course, tmp_path):
    made = exports.export(course, tmp_path / "1.csv", "moodle")
    assert [line[0] for line in lines(made)] == ["ID number", "amal", "brook", "chris", "dale"]
    assert "stand as ID number" in made.said[0]
    half = roster.Roster(
        [roster.Member("amal", id_number="1"), roster.Member("brook", id_number="2"),
         roster.Member("chris", email="c@example.org"), roster.Member("dale")]
    )  # fmt: skip
    made = exports.export(course, tmp_path / "2.csv", "moodle", half)
    assert [line[0] for line in lines(made)] == ["ID number", "1", "2"]
    assert "without ID number in the class list, and not in the file: chris, dale" in made.said[0]


def test_canvas(course, tmp_path, people):
    made = exports.export(course, tmp_path / "canvas.csv", "canvas", people)
    assert lines(made) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "ex99-tiny"],
        ["    Points Possible", "", "", "", "", "7.0"],
        ["Khan, Amal", "71", "0042", "akhan", "North", "7.0"],
        ['\'=HYPERLINK("x")', "72", "0043", "brook", "North", "2.0"],
        ["Chris Roe", "", "", "chris", "South", ""],
    ]
    bare = lines(exports.export(course, tmp_path / "bare.csv", "canvas"))
    assert bare[2] == ["amal", "", "", "amal", "", "7.0"]


def test_scorm(course, tmp_path, people):
    made = exports.export(course, tmp_path / "scores.json", roster=people)
    whole = json.loads(made.path.read_text("utf-8"))
    amal, brook, chris, dale = whole["learners"]
    assert (amal["cmi.core.score.raw"], amal["cmi.core.lesson_status"]) == (100, "passed")
    assert (amal["cmi.core.student_id"], dale["cmi.core.student_id"]) == ("0042", "dale")
    assert (brook["cmi.core.score.raw"], brook["cmi.core.lesson_status"]) == (28.57, "incomplete")
    assert (chris["cmi.core.score.raw"], chris["cmi.core.lesson_status"]) == ("", "incomplete")
    assert [one["result"] for one in chris["cmi.interactions"]] == [
        *("0.5", "wrong", "wrong", "neutral")
    ]
    # The patterns of Moodle's SCORM 1.2 player.
    for learner in whole["learners"]:
        assert re.fullmatch(r"\d{0,3}(\.\d{1,2})?", str(learner["cmi.core.score.raw"]))
        for one in learner["cmi.interactions"]:
            assert re.fullmatch(r"[!-~]{1,255}", one["id"])
            assert one["type"] in ("numeric", "fill-in")
            assert re.fullmatch(r"correct|wrong|neutral|\d{0,3}(\.\d{1,2})?", one["result"])
            assert len(one["student_response"]) <= 255
    first = amal["cmi.interactions"][0]
    assert (first["type"], first["student_response"], first["weighting"]) == ("numeric", "12.5", 2)


def test_excel_holds_text_as_text(course, tmp_path, people):
    xlsxwriter = pytest.importorskip("xlsxwriter")
    assert xlsxwriter
    record = records.read(records.place(course.root, course.exercise, "chris"))
    record.faults = [records.Fault("x", "x", "=cmd|'/c calc'!A1", "")]
    records.write(course.root, record)
    made = exports.export(course, tmp_path / "marks.xlsx", roster=people)
    with zipfile.ZipFile(made.path) as book:
        names = re.findall(r'<sheet name="(\w+)"', book.read("xl/workbook.xml").decode())
        sheets = [book.read(f"xl/worksheets/sheet{n}.xml").decode() for n in (1, 2, 3)]
        texts = book.read("xl/sharedStrings.xml").decode()
    assert names == ["Marks", "Questions", "Notes"]
    assert not any("<f>" in sheet or "<hyperlink" in sheet for sheet in sheets)
    assert "=cmd|" in texts and "=HYPERLINK" in texts
    assert "<v>7</v>" in sheets[0]  # numbers are numbers
    assert "inverted" in texts


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", " =1", "＝1"])
def test_no_cell_of_a_table_begins_a_formula(text):
    assert exports._as_csv([[text, 1.5, -1.5, None]]).decode() == f"'{text},1.5,-1.5,\r\n"


def test_the_command_says_what_is_missing_apart_from_the_file(course, tmp_path, capsys):
    to = tmp_path / "m.csv"
    command = ["grade", "export", "ex99-tiny", "--course", str(course.root), "--to", str(to)]
    assert cli.main(command) == 0
    out, err = capsys.readouterr()
    assert out.strip() == str(to) and "still to be given" in err
    assert cli.main(command) == 1
    assert "already there" in capsys.readouterr().err
