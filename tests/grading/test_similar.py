"""Alike and rare is shown; alike because it is the answer is not."""

import json
import random
import re

import pytest

pytest.importorskip("nbgrader")

from eeic.grading import similar

WORDS = re.findall(
    r"\w+",
    "people groups rates gap age area clinic letters sent language offer wait service count higher "
    "lower fewer checks care needs figures small year doubt listen board plan cost staff night",
)


def essay(seed, size=60):
    draw = random.Random(seed)
    return " ".join(draw.choice(WORDS) for _ in range(size)) + "."


def code(at):
    """Return one of many long ways to add up."""
    draw = random.Random(at)
    steps = [
        f"    {word}{at} = table[{draw.choice(WORDS)!r}] {draw.choice('+-*')} {draw.randint(2, 9)}"
        for word in draw.sample(WORDS, 6)
    ]
    return "\n".join(["def total(table):", "    a1 = 0", *steps, "    return a1"])


def write(course, learner, text, function=None):
    book = json.loads((course.released / "ex99-tiny.ipynb").read_text("utf-8"))
    for cell in book["cells"]:
        if cell["id"] == "ex99-q4":
            cell["source"] = "Write here, in place of this line.\n" + text
        if cell["id"] == "ex99-q3-answer" and function:
            cell["source"] = function
    folder = course.submitted(learner)
    folder.mkdir(parents=True)
    (folder / "ex99-tiny.ipynb").write_text(json.dumps(book), "utf-8")


def test_a_reworded_copy_is_found_and_shown_with_care(released):
    for at in range(12):
        write(released, f"n{at:02d}", essay(at))
    copied = essay(3).replace("people", "persons").replace(" ", "\n", 4)
    write(released, "zed", copied.upper())
    table = similar.pairs(released)
    assert table[["learner_a", "learner_b", "item", "kind"]].to_numpy().tolist() == [
        ["n03", "zed", "ex99-q4", "text"]
    ]
    (row,) = table.to_dict("records")
    assert row["share"] > 0.9 and row["theirs"] > 0.6
    assert (row["as_alike"], row["pairs"]) == (0, 78)
    said = similar.told(table)
    assert "Talk first" in said and "no other pair is as alike" in said
    assert row["look_at"].split(" …")[0] in re.sub(r"\W+", " ", essay(3))
    for word in ("cheat", "copied", "plagiar", "misconduct"):
        assert word not in said.lower()


def test_code_alike_in_two_of_many_is_found(released):
    """Ten ways to write it, and one of them twice, once with other spaces and a blank line."""
    for at in range(10):
        write(released, f"n{at}", "", code(at))
    write(released, "twin", "", code(4).replace(" = ", "=").replace("return", "\n    return"))
    (row,) = similar.pairs(released).to_dict("records")
    assert (row["learner_a"], row["learner_b"], row["kind"]) == ("n4", "twin", "code")
    assert row["share"] == 1 and row["as_alike"] == 0


def test_code_that_all_write_much_the_same_makes_no_pairs(released):
    for at in range(10):
        write(released, f"n{at}", "", code(1).replace("a1", f"name{at}"))
    write(released, "twin", "", code(1).replace("a1", "name4"))
    assert similar.pairs(released).empty


def test_an_answer_that_most_give_makes_no_pairs(released):
    for at in range(12):
        write(released, f"n{at:02d}", essay(0))
    table = similar.pairs(released)
    assert table.empty
    assert "most answers are alike" in table.attrs["notes"][0]
    assert similar.told(table).startswith("No two answers are alike")


def test_a_common_answer_within_a_varied_class_makes_no_pairs(released):
    """A third of the class has the same paragraph, as from a handout: nothing of two people's."""
    for at in range(30):
        write(released, f"n{at:02d}", essay(0 if at % 3 == 0 else at))
    assert similar.pairs(released).empty


def test_what_was_given_to_all_and_short_answers_do_not_count(released):
    for at in range(4):
        write(released, f"n{at}", "yes, it is the same")
    assert similar.pairs(released).empty
    broken = released.submitted("n0") / "ex99-tiny.ipynb"
    broken.write_text("{", "utf-8")
    assert similar.pairs(released).empty


def test_a_small_class_is_told_that_chance_is_not_known(released):
    for learner in ("a", "b"):
        write(released, learner, essay(1))
    table = similar.pairs(released)
    assert len(table) == 1
    assert "only 2 long answers" in similar.told(table)
