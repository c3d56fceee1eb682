"""ex03-how-inequalities-are-made: fair for every class, and marked as meant."""

from every_exercise import EveryExercise, worked_by_hand

from eeic.grading.items import Asked

EXERCISE = "ex03-how-inequalities-are-made"


class TestExercise(EveryExercise):
    machine = 19


def test_no_code_is_asked_for(items):
    assert all(isinstance(item, Asked) for item in items.values())


def test_the_cohorts_table(table):
    assert table.select_dtypes("number").to_numpy().min() >= 5
    assert (table["treated"] <= table["assessed"]).all()
    assert (table["assessed"] <= table["referred"]).all()
    assert (table["by_organisation"] <= table["referred"]).all()


def test_expected_values_follow_the_data(items, table):
    """Worked by hand from the table, without the marking file's own functions."""
    rows = table.set_index("ethnic_group")
    mine, theirs = rows.loc["Pakistani"], rows.loc["White British"]
    share, other = mine["treated"] / mine["referred"], theirs["treated"] / theirs["referred"]
    worked = {
        "ex03.q5": 100 * (share - other),
        "ex03.q6": mine["referred"] * (other - share),
        "ex03.q7": 100 * mine["by_organisation"] / mine["referred"],
    }
    worked_by_hand(items, worked)


def test_the_record_decides_the_last_item(items):
    right = items["ex03.q8"].sheet["parts"][0]["key"]
    assert right["service_fit"]["share"] == 1 and right["culture"]["share"] == 0
