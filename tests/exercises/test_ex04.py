"""ex04-seeing-the-gap: fair for every class, marked as meant, and giving nothing away."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from every_exercise import EveryExercise, FreshForEveryClass, worked_by_hand

from eeic import ask
from eeic.grading.roundtrip import key_terms, leaked

ROOT = Path(__file__).parents[2]
EXERCISE = "ex04-seeing-the-gap"


class TestExercise(FreshForEveryClass, EveryExercise):
    compared = 250


def test_the_cohorts_table(table):
    assert table.select_dtypes("number").to_numpy().min() >= 5
    assert (table["with_diabetes"] <= table["people"]).all()
    assert (table[["eye_check", "all_nine"]].max(axis=1) <= table["with_diabetes"]).all()
    assert (table["people"] <= table["all_people"]).all()


def test_expected_values_follow_the_data(items, table):
    """Worked by hand from the table, without the marking file's own functions."""
    rows = table.to_dict("records")
    group = [row for row in rows if row["ethnic_group"] == "Pakistani"]
    other = [row for row in rows if row["ethnic_group"] == "White British"]

    def fair(rows):
        weighted = sum(r["with_diabetes"] / r["people"] * r["all_people"] for r in rows)
        return 1000 * weighted / sum(r["all_people"] for r in rows)

    def part(rows, top, bottom):
        return sum(r[top] for r in rows) / sum(r[bottom] for r in rows)

    crude, crude_other = (part(g, "with_diabetes", "people") for g in (group, other))
    nine, nine_other = (part(g, "all_nine", "with_diabetes") for g in (group, other))
    due = sum(r["with_diabetes"] for r in group)
    worked = {
        "ex04.q2": 1000 * crude,
        "ex04.q3": crude / crude_other,
        "ex04.q4": fair(group),
        "ex04.q5": fair(group) / fair(other),
        "ex04.q6": 100 * (nine - nine_other),
        "ex04.q7": due * (nine_other - nine),
    }
    worked_by_hand(items, worked)


def test_a_bank_that_would_give_the_key_away_is_refused(source, tmp_path):
    spoilt = tmp_path / "questions.toml"
    text = (source / "questions.toml").read_text(encoding="utf-8")
    spoilt.write_text(text.replace('unit = "times"', 'unit = "times"\nvalue = 1.5'), "utf-8")
    with pytest.raises(ask.BankError, match="no part of the key"):
        ask.read(spoilt, keyed=False)


def test_the_leak_search_finds_what_it_should(items):
    terms = key_terms(items, numbers=True)
    value = items["ex04.q4"].question.fields["value"]
    feedback = items["ex04.q4"].question.fields["near"][0]["feedback"]
    for text in (f"= {value:.2f}", f"it is {value!r}", f"<{feedback}>", "### BEGIN SOLUTION"):
        assert leaked(text, terms), text
    assert leaked("answer_4 = ...", terms) == []


@pytest.mark.slow
def test_nothing_of_the_exercise_is_in_the_wheel(items, tmp_path):
    pytest.importorskip("hatchling")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    terms = [t for t in key_terms(items, numbers=True) if " " in t.pattern and len(t.pattern) > 40]
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = wheel.namelist()
        assert not [name for name in names if "exercises" in name or "ex04" in name]
        for name in names:
            if name.endswith((".py", ".toml", ".md", ".json")):
                assert leaked(wheel.read(name).decode("utf-8"), terms) == [], name
