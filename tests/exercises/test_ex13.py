"""ex13-needs-and-equity-audit: fair for every class, and marked as meant."""

from every_exercise import EveryExercise, worked_by_hand

from eeic import world
from eeic.grading.items import Asked

EXERCISE = "ex13-needs-and-equity-audit"


class TestExercise(EveryExercise):
    pass


def test_no_code_is_asked_for(items):
    assert all(isinstance(item, Asked) for item in items.values())


def test_the_cohorts_table(table):
    assert table.select_dtypes("number").to_numpy().min() >= 5
    for one, other in zip(list(table)[1:], list(table)[2:], strict=False):
        assert (table[other] <= table[one]).all()


def test_expected_values_follow_the_data(table, items):
    """Worked by hand from the table, without the marking file's own functions."""
    rows = table.set_index("ethnic_group")
    mine, theirs = rows.loc["Pakistani"], rows.loc["White British"]
    through = mine["found"] * theirs["nine_checks"] / theirs["found"] - mine["nine_checks"]
    found = mine["need"] * theirs["found"] / theirs["need"] - mine["found"]
    end = through * mine["in_range"] / mine["nine_checks"]
    worked = {
        "ex13.q2": mine["found"] / mine["need"] * theirs["need"] / theirs["found"],
        "ex13.q3": 100 * mine["nine_checks"] / mine["found"],
        "ex13.q4": 100 * mine["in_range"] / mine["need"],
        "ex13.q6": through,
        "ex13.q7": found * mine["in_range"] / mine["found"],
        "ex13.q8": end / ((10_000 + 150 * through) / 10_000),
    }
    worked_by_hand(items, worked)


def test_the_voices_are_as_they_were_given(notebook):
    text = "".join(
        "".join(c["source"]) for c in notebook["cells"] if "voices file" in "".join(c["source"])
    )
    told = world.build().further[0]["L10"]
    free = told[told["consent_note"] == "may be quoted in public"]
    quoted = [part.partition("”")[0] for part in text.split("“")[1:]]
    assert len(quoted) == 6
    for part in quoted:
        assert free["text"].str.contains(part, regex=False).any(), part
