"""ex02-what-ethnicity-is: fair for every class, marked as meant, and giving nothing away."""

import pytest
from every_exercise import EveryExercise, worked_by_hand

from eeic import categories
from eeic.grading.roundtrip import key_terms, leaked, right_answer

EXERCISE = "ex02-what-ethnicity-is"


class TestExercise(EveryExercise):
    pass


@pytest.fixture(scope="module")
def rows(table):
    return table.to_dict("records")


def test_the_cohorts_table(rows):
    assert [row["ethnic_group"] for row in rows] == list(categories.LABELS)
    assert all(5 <= row["deprived"] <= row["people"] for row in rows)


def test_expected_values_follow_the_data(items, rows):
    """Worked by hand from the table, without the marking file's own functions."""
    shares = {r["ethnic_group"]: 100 * r["deprived"] / r["people"] for r in rows}
    other = [shares[r["ethnic_group"]] for r in rows if r["bar"] == "BAME"]
    white = sum(r["deprived"] for r in rows if r["bar"] == "White")
    worked = {
        "ex02.q3": max(other) - min(other),
        "ex02.q4": shares["Roma"],
        "ex02.q5": 100 * white / sum(r["deprived"] for r in rows),
    }
    worked_by_hand(items, worked)


def test_the_mapping_table_follows_the_courses_lists(items):
    for row, label in (("roma", "Roma"), ("chinese", "Chinese"), ("irish", "White Irish")):
        right = right_answer(items["ex02.q1"])
        assert right[f"{row}.code"].upper() == categories.to_nhs2001(label)


def test_the_bank_gives_no_part_of_the_key_away(source, items):
    terms = key_terms(items, numbers=True)
    assert leaked((source / "questions.toml").read_text("utf-8"), terms) == []
