"""ex05-asking-and-searching: fair for every class, marked as meant, and giving nothing away."""

from every_exercise import EveryExercise, FreshForEveryClass

from eeic import evidence
from eeic.grading import cohort
from eeic.grading.roundtrip import key_terms, leaked

EXERCISE = "ex05-asking-and-searching"


class TestExercise(FreshForEveryClass, EveryExercise):
    compared = 150


def test_the_notebook_runs_the_lines_that_are_marked(marking, notebook):
    told = "".join("".join(cell["source"]) for cell in notebook["cells"])
    for line in (*marking.LINES.values(), marking.START, marking.REFERENCE):
        assert line.replace("\n", "") in told


def test_the_cohorts_library(course, cohort_file, table):
    text = cohort_file.read_text(encoding="utf-8")
    assert len(table) == 400 and set(table["answers_the_question"]) == {"yes", "no"}
    assert len(text) < 700_000
    relevant = cohort.load(course.root, EXERCISE).truth["relevant"]
    assert set(relevant) <= set(table["record_id"]) and not leaked(text, [])


def test_expected_values_follow_the_data(items, table):
    """Worked by hand from the table, without the marking file's own functions."""
    yes = table["answers_the_question"] == "yes"
    text = (
        table[["title", "abstract", "subject_terms", "keywords"]].fillna("").agg(" ".join, axis=1)
    )
    words = text.str.lower().str.findall(r"[a-z0-9]+")
    found = words.map(
        lambda w: (
            any(x.startswith("interpreter") for x in w) and any(x.startswith("trial") for x in w)
        )
    )
    assert items["ex05.q3"].judge(round(100 * (found & yes).sum() / yes.sum(), 1)).share == 1
    assert items["ex05.q4"].judge(round(100 * (found & yes).sum() / found.sum(), 1)).share == 1
    wide = words.map(
        lambda w: any(
            x.startswith(("interpret", "translat", "language")) or x == "multilingual" for x in w
        )
    )
    assert items["ex05.q5"].judge(round(wide.sum() / (wide & yes).sum(), 2)).share == 1


def test_a_line_is_judged_by_running_it(marking, items):
    item = items["ex05.q8"]
    assert item.judge(marking.REFERENCE).share == 1
    assert item.judge(marking.START).share == 0
    everything = item.judge("diabet* OR education")
    assert (everything.share, everything.misconception) == (0.5, "too wide to read")
    assert 0 < item.judge('"group education" AND diabet*').share < 1
    assert item.judge('su:"Patient education"').misconception in ("subject terms only", "")
    for odd in (None, ..., "", "(", "#1", "au:x", 12, ["a"], "a" * 3000, object(), "tilte:x"):
        assert item.judge(odd).share == 0, odd


def test_no_answer_names_a_record(course, items):
    relevant = cohort.load(course.root, EXERCISE).truth["relevant"]
    for line in ("diabet*", "zzz", '"group education"'):
        said = items["ex05.q8"].judge(line).feedback
        assert not any(one in said for one in relevant)


def test_nothing_of_the_key_is_in_the_library(cohort_file, items):
    text = cohort_file.read_text(encoding="utf-8")
    assert leaked(text, key_terms(items, numbers=True)) == []


def test_a_class_can_search_its_library(table):
    library = evidence.Library(table.drop(columns="answers_the_question"))
    assert 0 < library.search("diabet*").count < len(table)
