"""ex09-is-it-sound: fair for every class, marked as meant, and giving nothing away."""

from every_exercise import EveryExercise, worked_by_hand

EXERCISE = "ex09-is-it-sound"


class TestExercise(EveryExercise):
    compared = 200


def test_the_cohorts_table_is_a_trial(table):
    assert set(table["allocation"]) == {"education", "usual care"}
    assert table["site"].nunique() == 12
    assert table["hba1c_12_months"].isna().any()
    assert "ethnic_group" not in table


def test_expected_values_follow_the_data(table, items):
    """Worked by hand from the rows, without the marking file's own functions."""
    rows = table.to_dict("records")
    rows = [row for row in rows if row["hba1c_12_months"] == row["hba1c_12_months"]]

    def mean(column, value):
        found = [row["hba1c_12_months"] for row in rows if row[column] == value]
        return sum(found) / len(found)

    itt = mean("allocation", "education") - mean("allocation", "usual care")
    treated = mean("attended", "yes") - mean("attended", "no")
    worked_by_hand(items, {"ex09.q9": itt, "ex09.q10": treated})
