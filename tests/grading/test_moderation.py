"""Second marking: blind, drawn as meant, compared rightly, and settled with nothing lost."""

import csv
import json
import re

import numpy as np
import pytest
import xlsxwriter

pytest.importorskip("nbgrader")

from eeic.grading import CourseFault, moderation, records
from eeic.grading.agreement import Answer, advice, compare
from eeic.grading.moderation import draw, read, sample, settle

CRITERIA = ["Evidence", "Respect"]


def written(number, points=lambda n: n % 7):
    return [Answer(f"p{n:03d}", "q", "…", float(points(n))) for n in range(number)]


# -- the sample ----------------------------------------------------------------------------------


def test_everybody_near_the_pass_line_is_drawn_and_some_of_both_ends():
    work = written(70)
    drawn = sample(work, {"q": 6.0}, share=0.5, seed=3)
    near = {a.learner for a in work if a.points in (3, 4)}
    assert near <= {a.learner for a in drawn}
    assert len(drawn) in (35, 36)  # half, from both ends in turn
    high, low = (sum(a.points > 4 for a in drawn), sum(a.points < 3 for a in drawn))
    assert abs(high - low) <= 1


def test_at_least_five_are_drawn_or_all():
    far = written(30, lambda n: 6 * (n % 2))
    assert len(sample(far, {"q": 6.0}, share=0.01)) in (5, 6)
    assert len(sample(far[:3], {"q": 6.0})) == 3
    ends = sample(written(70), {"q": 6.0}, share=0.01)
    assert sum(a.points > 4 for a in ends) == sum(a.points < 3 for a in ends) == 2


def test_a_seed_makes_the_same_sample_and_another_one_another():
    work = written(200, lambda n: 6 * (n % 2))
    first = sample(work, {"q": 6.0}, seed=1)
    assert sample(list(reversed(work)), {"q": 6.0}, seed=1) == first
    assert sample(work, {"q": 6.0}, seed=2) != first
    with pytest.raises(CourseFault, match="up to 1, not 10"):
        sample(work, {"q": 6.0}, share=10)


# -- the comparison ------------------------------------------------------------------------------


def pairs(first, second):
    one = {
        f"c{n}": Answer(
            f"p{n}", "q", "", float(sum(levels)), "", dict(zip(CRITERIA, levels, strict=True))
        )
        for n, levels in enumerate(first)
    }
    two = {
        f"c{n}": {"levels": dict(zip(CRITERIA, levels, strict=True)), "points": float(sum(levels))}
        for n, levels in enumerate(second)
    }
    return one, two


def test_kappa_is_that_of_its_definition():
    draw_of = np.random.default_rng(1)
    first = draw_of.integers(0, 4, (40, 2))
    second = np.clip(first + draw_of.integers(-1, 2, (40, 2)), 0, 3)
    found = compare(*pairs(first.tolist(), second.tolist()), CRITERIA, {"q": 6.0}).table
    a, b = first[:, 0], second[:, 0]
    # Weighted by squares, kappa is 1 less the ratio of the mean squared differences.
    by_chance = np.mean([(x - y) ** 2 for x in a for y in b])
    row = found.set_index("what").loc["Evidence"]
    assert row["kappa"] == pytest.approx(1 - np.mean((a - b) ** 2) / by_chance)
    assert row["exact"] == np.mean(a == b) and row["within_one"] == np.mean(abs(a - b) <= 1)
    assert row["difference"] == pytest.approx(np.mean(b - a))
    assert found["what"].tolist() == ["Evidence", "Respect", "points"]


def test_pairs_that_are_apart_are_named():
    found = compare(*pairs([(3, 1), (2, 2), (1, 1)], [(1, 1), (2, 1), (1, 1)]), CRITERIA, {"q": 6})
    assert found.apart.to_numpy().tolist() == [["c0", "Evidence", 3, 1], ["c0", "points", 4, 2]]
    assert found.table.empty and found.pairs == 3
    assert found.advice.startswith("Fewer than five")


def test_levels_that_do_not_add_up_are_said_row_by_row():
    one, two = pairs([(3, 1), (2, 2), (1, 1)], [(3, 1), (2, 2), (1, 1)])
    one["c0"] = Answer("p0", "q", "", 5.0, "", {"Evidence": 3, "Respect": 1})
    one["c1"] = Answer("p1", "q", "", 4.0, "Good.", {"Evidence": 2})
    two["c2"]["said"] = 3.0
    assert compare(one, two, CRITERIA, {"q": 6.0}).odd == [
        "c0: the first marker's levels add up to 4, and the points are 5.",
        "c1: the first marker's comment names no level for Respect.",
        "c2: the second marker's levels add up to 2, and the points written are 3.",
    ]


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (lambda a, n: a, "agree closely"),
        (lambda a, n: min(3, a + (n % 4 == 0)), "agree closely"),
        (lambda a, n: max(0, a - 1), "lower on the whole"),
        (lambda a, n: 3 - a, "read the rubric differently"),
        (lambda a, n: a if n % 8 else 3 - a, "agree in part"),
    ],
)
def test_the_advice_follows_its_thresholds(second, said):
    first = [(n % 4, (n + 1) % 4) for n in range(24)]
    other = [tuple(second(a, n) for a in levels) for n, levels in enumerate(first)]
    assert said in compare(*pairs(first, other), CRITERIA, {"q": 6.0}).advice


def test_one_level_for_everybody_has_no_kappa_and_says_so():
    found = compare(*pairs([(2, 2)] * 6, [(2, 2)] * 6), CRITERIA, {"q": 6.0})
    assert found.table["kappa"].isna().all() and "no kappa" in found.table["note"].iloc[0]
    assert "agree closely" in found.advice
    assert advice(found.table, 4).startswith("Fewer than five")


# -- the whole way -------------------------------------------------------------------------------


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.DictWriter(file, rows[0])
        lines.writeheader()
        lines.writerows(rows)


@pytest.fixture
def drawn(twelve):
    """Return a class whose sample is drawn, and the folder for the second marker."""
    draw(twelve, share=1, seed=7)
    return twelve, twelve.root / "moderation" / twelve.exercise


def held(course):
    path = records.history(course.root, course.exercise) / "moderation.json"
    return json.loads(path.read_text("utf-8"))


def filled(course, folder, change=lambda levels, at: levels):
    """Fill in the sheet: the first levels, changed."""
    rows = rows_of(folder / "sheet.csv")
    for at, row in enumerate(rows):
        levels = held(course)["answers"][row["code"]]["levels"]
        row |= {k: str(v) for k, v in change(dict(levels), at).items()}
    write_rows(folder / "sheet.csv", rows)
    return folder / "sheet.csv"


def test_the_folder_is_blind_and_has_what_a_marker_needs(drawn):
    course, folder = drawn
    answers = held(course)["answers"]
    assert len(answers) == 10  # kim has no first mark, lee wrote nothing
    learners = [answer["learner"] for answer in answers.values()]
    assert learners != sorted(learners)
    for path in folder.iterdir():
        text = path.read_bytes().decode("utf-8", errors="replace").lower()
        assert not any(re.search(rf"\b{name}\b", text) for name in learners), path.name
        assert "go on." not in text  # the first marker's comment
    code = next(iter(answers))
    page = (folder / f"{code}.html").read_text("utf-8")
    assert "I am [name] and wrote this." in page and "A short text." in page
    assert "Give both rates." in page and "Evidence 1: no counts." in page
    assert "<script" not in page and "http://" not in page and "https://" not in page
    assert [row["code"] for row in rows_of(folder / "sheet.csv")] == list(answers)
    assert list(rows_of(folder / "sheet.csv")[0]) == ["code", *CRITERIA, "comment"]


def test_a_sample_is_never_overwritten(drawn):
    course, folder = drawn
    before = (folder / "sheet.csv").read_bytes()
    with pytest.raises(CourseFault, match="holds a sample already"):
        draw(course)
    assert (folder / "sheet.csv").read_bytes() == before


def test_the_same_seed_draws_the_same_again(drawn):
    course, folder = drawn
    first = held(course)["answers"]
    folder.rename(folder.with_name("old"))
    draw(course, share=1, seed=7)
    assert held(course)["answers"] == first


def test_before_the_first_mark_there_is_the_page_for_beside_formgrader(released):
    said = draw(released)
    page = released.root / "moderation" / released.exercise / "anchors.html"
    assert str(page) in said and page.is_file()
    assert not (page.parent / "sheet.csv").exists()
    assert "no marker's sheet" in page.read_text("utf-8").replace("’", "'")


def test_a_filled_sheet_is_compared_and_kept_for_the_report(drawn):
    course, folder = drawn
    assert moderation.kept(course) is None
    found = read(course, filled(course, folder))
    assert found.pairs == 10 and (found.table["exact"][:2] == 1).all()
    # Three points can be earned and the levels add up to six: that is said, row by row.
    assert any("add up to 6, and the points are 3" in line for line in found.odd)
    kept = moderation.kept(course)
    assert (kept["sampled"], kept["pairs"], kept["settled"]) == (10, 10, 0)
    assert kept["advice"] == found.advice


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Evidence": "4"}, "Evidence: “4” is not a level from 0 to 3"),
        ({"Evidence": "1.5"}, "Evidence: “1.5” is not a level"),
        ({"Respect": ""}, "Respect: “” is not a level"),
        ({"Respect": "two"}, "“two” is not a level"),
        ({"code": "ZZ99"}, "ZZ99 is no code of this sample"),
    ],
)
def test_every_cell_that_is_no_mark_is_named_and_nothing_is_kept(drawn, change, said):
    course, folder = drawn
    rows = rows_of(filled(course, folder))
    rows[0] |= change
    write_rows(folder / "sheet.csv", rows)
    with pytest.raises(CourseFault, match=re.escape(said)):
        read(course, folder / "sheet.csv")
    assert moderation.kept(course) is None


def test_a_sheet_with_semicolons_and_gaps_and_a_workbook_are_read(drawn):
    course, folder = drawn
    filled(course, folder)
    rows = rows_of(folder / "sheet.csv")
    rows[1] |= dict.fromkeys(CRITERIA, "")
    text = "\n".join(";".join(line) for line in [list(rows[0]), *(r.values() for r in rows)])
    (folder / "other.csv").write_text(text, "utf-8")
    assert read(course, folder / "other.csv").pairs == 9
    with xlsxwriter.Workbook(folder / "sheet.xlsx") as book:
        page = book.add_worksheet()
        for number, line in enumerate([list(rows[0]), *([r["code"], 2, 2.0] for r in rows)]):
            page.write_row(number, 0, line)
    assert read(course, folder / "sheet.xlsx").pairs == 10
    with pytest.raises(CourseFault, match="no column “code”"):
        (folder / "no.csv").write_text("a,b\n1,2\n", "utf-8")
        read(course, folder / "no.csv")


def points(course, learner):
    with course.ledger() as book:
        return book.read()[learner]["ex99-tiny", "ex99-q4"]


@pytest.fixture
def compared(drawn):
    """Return a class with a comparison, and the first row that is to be settled."""
    course, folder = drawn
    lower = lambda levels, at: {k: 0 if at < 2 else v for k, v in levels.items()}  # noqa: E731
    read(course, filled(course, folder, lower))
    rows = rows_of(folder / "settle.csv")
    return course, folder, rows


def test_agreed_marks_are_written_and_both_are_kept(compared):
    course, folder, rows = compared
    row = rows[0]
    learner = held(course)["answers"][row["code"]]["learner"]
    before = {name: points(course, name) for name in ("amal", "brook", "gus", learner)}
    row |= {"Evidence": "1", "Respect": "1", "comment": ""}
    write_rows(folder / "mine.csv", rows)
    assert settle(course, folder / "mine.csv").startswith("1 agreed marks")
    assert (points(course, learner).manual, points(course, learner).waiting) == (2, False)
    assert all(points(course, n) == s for n, s in before.items() if n != learner)
    kept = held(course)["settled"][row["code"]]
    assert kept["first"]["points"] == before[learner].manual
    assert kept["second"]["points"] == 0 and kept["agreed"]["points"] == 2 and kept["written"]
    with course.gradebook() as gradebook:
        part = gradebook.find_submission_notebook("ex99-tiny", "ex99-tiny", learner)
        said = next(c.comment for c in part.comments if c.name == "ex99-q4")
    assert said == "Evidence 1, respect 1. Go on."
    assert settle(course, folder / "mine.csv").startswith("Nothing new")
    # Agreeing anew is possible, and what was agreed before is kept too.
    row["Respect"] = "0"
    write_rows(folder / "mine.csv", rows)
    settle(course, folder / "mine.csv")
    assert points(course, learner).manual == 1
    assert held(course)["settled"][row["code"]]["earlier"][0]["points"] == 2


def test_a_mark_changed_since_is_not_written_over(compared):
    course, folder, rows = compared
    learner = held(course)["answers"][rows[0]["code"]]["learner"]
    course.give_points(learner, "ex99-q4", 0.5, "Looked at again.")
    for row in rows:
        row |= {"Evidence": "1", "Respect": "1"}
    write_rows(folder / "mine.csv", rows)
    with pytest.raises(CourseFault, match=f"{rows[0]['code']}: the mark in the gradebook is no"):
        settle(course, folder / "mine.csv")
    assert points(course, learner).manual == 0.5 and held(course)["settled"] == {}


def test_more_than_can_be_earned_is_refused_before_anything_is_written(compared):
    course, folder, rows = compared
    rows[0] |= {"Evidence": "3", "Respect": "3"}  # six of three points
    rows[1] |= {"Evidence": "1", "Respect": "1"}
    write_rows(folder / "mine.csv", rows)
    with pytest.raises(CourseFault, match="3 points"):
        settle(course, folder / "mine.csv")
    assert held(course)["settled"] == {}
