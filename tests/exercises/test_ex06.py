"""ex06-can-we-trust-the-ethnicity-field: fair for every class, and marked as meant."""

from every_exercise import EveryExercise, worked_by_hand

EXERCISE = "ex06-can-we-trust-the-ethnicity-field"


class TestExercise(EveryExercise):
    pass


def test_the_cohorts_table(table):
    coded = table["seen"] - table["not_stated"] - table["not_known"]
    assert (table["same_at_gp"] <= table["also_at_gp"]).all()
    for column in ("on_2021_list", "also_at_gp", "own_answer"):
        assert table[column].between(5, coded).all()
    assert table["written_as"].sum() == coded.sum()


def test_expected_values_follow_the_data(table, items):
    """Worked by hand from the table, without the marking file's own functions."""
    rows = table.to_dict("records")
    by_group = {row["ethnic_group"]: row for row in rows}

    def total(column):
        return sum(row[column] for row in rows)

    coded = total("seen") - total("not_stated") - total("not_known")
    one, other, british = (by_group[g] for g in ("Black Caribbean", "Other White", "White British"))
    worked = {
        "ex06.q2": 100 * coded / total("seen"),
        "ex06.q3": 100 * total("on_2021_list") / coded,
        "ex06.q4": 100 * total("same_at_gp") / total("also_at_gp"),
        "ex06.q5": 100 * total("own_answer") / coded,
        "ex06.q6": 100 * one["own_answer"] / (one["seen"] - one["not_stated"] - one["not_known"]),
        "ex06.q7": (other["written_as"] / other["seen"])
        / (british["written_as"] / british["seen"]),
    }
    worked_by_hand(items, worked)
