"""What marks say of questions and of the class, against other ways to the same figures."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from eeic.grading import analysis
from eeic.grading.analysis import Marks
from eeic.grading.records import Fault, ItemRecord, Record


def klass(points, most=None, records=None, **more):
    """Return marks from a table of learner -> list of points."""
    names = [f"q{n}" for n in range(1, len(next(iter(points.values()))) + 1)]
    most = dict(zip(names, most or [1.0] * len(names), strict=True))
    rows = {who: dict(zip(names, of, strict=True)) for who, of in points.items()}
    return Marks(most, rows, records or {}, **more)


def people(number, points):
    return {f"p{n:02d}": points(n) for n in range(number)}


def recorded(who, notes, faults=()):
    items = {name: ItemRecord(points, 1.0, **more) for name, (points, more) in notes.items()}
    return Record(who, "ex", faults=list(faults), items=items)


@pytest.fixture
def chance():
    """Return twenty people with points drawn once: three questions that go together, one not."""
    draw = np.random.default_rng(5)
    able = draw.normal(size=20)
    return klass(
        people(
            20,
            lambda n: [
                *(float(able[n] + draw.normal() > 0) for _ in range(3)),
                float(draw.random() > 0.5),
            ],
        ),
        most=[1.0, 2.0, 3.0, 1.0],
    )


def test_discrimination_is_the_correlation_with_the_other_questions(chance):
    found = analysis.items(chance)
    table = pd.DataFrame(chance.points).T
    for name in table:
        others = table.drop(columns=name).sum(axis=1) / (
            sum(chance.most.values()) - chance.most[name]
        )
        known = stats.pearsonr(table[name], others)
        ends = known.confidence_interval(0.95)
        assert found.loc[name, "discrimination"] == pytest.approx(known.statistic)
        assert found.loc[name, ["lower", "upper"]].tolist() == pytest.approx([*ends])


def test_upper_less_lower_takes_27_per_cent_at_each_end_and_ties_whole():
    # Eleven people; the rest (q2) runs 0 to 10, so each end has three.
    marks = klass(people(11, lambda n: [float(n >= 9), float(n)]), most=[1.0, 10.0])
    assert analysis.items(marks).loc["q1", "upper_lower"] == pytest.approx(2 / 3)
    turned = Marks(marks.most, dict(reversed(marks.points.items())))
    assert analysis.items(turned)["upper_lower"].equals(analysis.items(marks)["upper_lower"])


def test_alpha_is_what_an_analysis_of_variance_gives():
    # Feldt, Woodruff and Salih (1987): the limits follow from F with n-1 and (n-1)(k-1).
    draw = np.random.default_rng(2)
    able = draw.normal(size=41)
    marks = klass(people(41, lambda n: [float(able[n] + draw.normal()) for _ in range(26)]))
    found = analysis.reliability(marks).iloc[0]
    table = pd.DataFrame(marks.points).T
    by_anova = 1 - _within(table) / _between(table)
    assert found["value"] == pytest.approx(by_anova)
    low = 1 - (1 - by_anova) * stats.f.isf(0.025, 40, 1000)
    assert found["lower"] == pytest.approx(low) and found["lower"] < by_anova < found["upper"]


def _between(table):
    return table.shape[1] * table.mean(axis=1).var()


def _within(table):
    rest = table.sub(table.mean(axis=1), axis=0) - table.mean() + table.to_numpy().mean()
    n, k = table.shape
    return (rest**2).to_numpy().sum() / ((n - 1) * (k - 1))


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        (klass(people(9, lambda n: [n % 2, n % 3, 1])), "needs 10 people"),
        (klass(people(12, lambda n: [n % 2, n % 3])), "3 questions"),
        (klass(people(12, lambda n: [1, 0, 1])), "the same total"),
    ],
)
def test_alpha_says_why_there_is_none(marks, said):
    found = analysis.reliability(marks).iloc[0]
    assert math.isnan(found["value"]) and said in found["note"]


def test_what_came_of_each_answer_adds_up():
    notes = {
        "a": (1.0, {}),
        "b": (0.5, {"misconception": "near"}),
        "c": (0.0, {"misconception": "far"}),
        "d": (0.0, {"outcome": "no answer"}),
        "e": (0.0, {"outcome": "timed out"}),
        "f": (0.0, {"misconception": "unreadable"}),
        "g": (0.0, {"outcome": "missing"}),
        "h": (0.0, {"outcome": "error"}),
    }
    marks = klass(
        {who: [points] for who, (points, _) in notes.items()} | {"i": [None]},
        records={who: recorded(who, {"q1": note}) for who, note in notes.items()},
    )
    row = analysis.items(marks).loc["q1"]
    assert row[["n", "waiting", *analysis.OUTCOMES]].tolist() == [8, 1, 1, 1, 1, 1, 4]
    assert row[["error", "timed_out", "missing", "unreadable"]].tolist() == [1, 1, 1, 1]
    made = analysis.mistakes(marks)
    assert made[["mistake", "people", "of"]].to_numpy().tolist() == [["far", 1, 8], ["near", 1, 8]]


def test_a_mistake_has_what_its_makers_read_and_gave():
    said = "Not yet. 2 of 3 are right.\nUpside down."
    notes = {
        f"p{n}": (0.0, {"misconception": "inverted", "feedback": said, "answer": 2 + n // 3})
        for n in range(4)
    } | {"q": (0.0, {"feedback": "Not yet. No.", "answer": 7}), "r": (1.0, {})}
    marks = klass(
        {who: [points] for who, (points, _) in notes.items()},
        records={who: recorded(who, {"q1": note}) for who, note in notes.items()},
    )
    made = analysis.mistakes(marks)
    assert made["mistake"].tolist() == ["inverted", analysis.OTHER]
    assert made["said"].tolist() == ["Upside down.", ""]
    assert made["answer"].tolist() == [2, 7]


def test_bands_take_a_border_upwards_and_full_marks_in():
    marks = klass({"a": [0.0], "b": [3.0], "c": [9.999], "d": [10.0]}, most=[10.0])
    assert analysis.histogram(marks)["people"].tolist() == [1, 0, 0, 1, 0, 0, 0, 0, 0, 2]
    tenths = klass({"a": [0.1, 0.2]}, most=[0.5, 0.5])  # 0.1 + 0.2 is a hair off 0.3
    assert analysis.histogram(tenths)["people"].tolist().index(1) == 3


def test_shares_are_of_what_is_marked():
    marks = klass({"a": [1.0, None], "b": [1.0, 2.0], "c": []} | {"c": [0.0, 0.0]}, most=[2.0, 2.0])
    found = analysis.totals(marks)
    assert found["share"].tolist() == [0.5, 0.75, 0.0] and found["waiting"].tolist() == [2, 0, 0]
    spread = analysis.distribution(marks).iloc[0]
    assert spread[["n", "waiting", "least", "median", "greatest"]].tolist() == [3, 1, 0, 0.5, 0.75]


def revise(points, notes=None):
    notes = notes or {}
    return analysis.to_revise(
        klass(points, records={who: recorded(who, {"q1": note}) for who, note in notes.items()})
    )


@pytest.mark.parametrize(
    ("kind", "points", "note"),
    [
        ("too easy", lambda n: [1.0, n % 2], None),
        ("too hard", lambda n: [float(n == 0), n % 2], None),
        ("turned round", lambda n: [n % 2, 1 - n % 2, float(n > 3)], None),
        ("hardly tells apart", lambda n: [float(n % 4 < 2), n % 2], None),
        ("one mistake", lambda n: [float(n > 7), n % 2], {"misconception": "inverted"}),
        ("not begun", lambda n: [float(n > 7), n % 2], {"misconception": "nothing returned"}),
        ("timed out", lambda n: [float(n > 7), n % 2], {"outcome": "timed out"}),
        ("unreadable", lambda n: [float(n > 7), n % 2], {"misconception": "unreadable"}),
    ],
)
def test_a_question_is_listed_with_its_reason(kind, points, note):
    given = people(20, points)
    notes = {who: (of[0], note) for who, of in given.items() if note and of[0] == 0}
    found = revise(given, notes)
    mine = found[(found["question"] == "q1") & (found["kind"] == kind)]
    assert len(mine) == 1 and mine["reason"].iloc[0].endswith(".")
    assert not any(character.isdigit() for character in mine["reason"].iloc[0])


def test_a_good_question_and_a_tiny_class_are_not_listed():
    good = people(20, lambda n: [float(n > 8), float(n > 10), float(n > 12)])
    assert revise(good).empty
    assert revise(people(4, lambda n: [1.0])).empty


def words(**more):
    found = analysis.need_a_word(klass(**more))
    assert found.attrs["for"] == "the instructor's eyes only"
    return dict(zip(found["learner"], found["what"], strict=True))


def test_who_needs_a_word_and_who_does_not():
    nothing = ("q1", "q2", "q3", "q4")
    blank = {name: (0.0, {"outcome": "no answer"}) for name in nothing}
    half = {**blank, "q1": (1.0, {"answer": 3}), "q2": (1.0, {"answer": 3})}
    most = {**blank, **{name: (1.0, {"answer": 3}) for name in ("q1", "q2", "q3")}}
    broken = Fault("controls only", "ex", "Only the controls could be read.", "")
    ours = Fault("marking failed", "", "Our fault.", "")
    told = words(
        points={
            "unopened": [0.0] * 4,
            "half": [1.0, 1.0, 0.0, 0.0],
            "most": [1.0, 1.0, 1.0, 0.0],
            "broken": [1.0] * 4,
        },
        records={
            "unopened": recorded("unopened", blank),
            "half": recorded("half", half),
            "most": recorded("most", most),
            "broken": recorded("broken", {}, [broken]),
        },
        absent=["away"],
    )
    assert set(told) == {"away", "broken", "half", "unopened"}
    assert told["half"] == "2 of 4 questions have no answer."
    assert "as it was given out" in told["unopened"]
    lost = Marks(
        {"q1": 1.0},
        {"x": {}, "y": {}},
        {"x": recorded("x", {}, [broken]), "y": recorded("y", {}, [ours])},
    )
    assert analysis.need_a_word(lost)["learner"].tolist() == ["x"]


def test_a_fall_is_against_the_class():
    before = {f"p{n:02d}": {"ex01": 0.8} for n in range(11)}
    everybody = klass(people(11, lambda n: [0.3]), before=before)
    assert analysis.need_a_word(everybody).empty  # a hard exercise is nobody's fall
    one = klass(people(11, lambda n: [0.3 if n == 4 else 0.8]), before=before)
    found = analysis.need_a_word(one)
    assert found["learner"].tolist() == ["p04"] and "ex01" in found["what"].iloc[0]


# -- what may be shared --------------------------------------------------------------------------


@pytest.mark.parametrize("few", [1, 2, 3, 4])
def test_few_people_are_never_shown(few):
    size = 40
    given = people(size, lambda n: [float(n >= few), float(n % 3 > 0), float(n < few)])
    note = {"misconception": "inverted", "outcome": "marked"}
    records = {
        who: recorded(who, {"q1": (of[0], note if of[0] == 0 else {}), "q3": (of[2], {})})
        for who, of in given.items()
    }
    marks = klass(given, records=records)
    shown = analysis.items_to_share(analysis.items(marks))
    assert shown.loc[["q1", "q3"], "full_marks"].tolist() == ["*", "*"]
    assert shown.loc["q2", "full_marks"] != "*"
    assert analysis.mistakes_to_share(analysis.mistakes(marks)).empty
    bands = analysis.histogram_to_share(
        pd.DataFrame({"low": [0.0], "high": [1.0], "people": [few]})
    )
    assert bands["shown"].tolist() == ["*"] and bands["people"].isna().all()
    listed = pd.DataFrame(
        [["q1", "too easy", "Why.", few]], columns=["question", "kind", "reason", "people"]
    )
    assert analysis.revise_to_share(listed).empty
    tiny = klass(people(few, lambda n: [1.0, 0.0]))
    assert (analysis.items_to_share(analysis.items(tiny)) == "*").all(axis=None)


def test_what_is_shown_is_rounded():
    marks = klass(people(38, lambda n: [float(n >= 13), 1.0]))
    shown = analysis.items_to_share(analysis.items(marks))
    assert shown.loc["q1", ["people", "full_marks"]].tolist() == ["40", "62%"]  # 25 of 40
    notes = {f"p{n:02d}": (0.0, {"misconception": "inverted"}) for n in range(13)}
    records = {who: recorded(who, {"q1": note}) for who, note in notes.items()}
    made = analysis.mistakes(Marks(marks.most, marks.points, records))
    assert analysis.mistakes_to_share(made)[["people", "share"]].to_numpy().tolist() == [
        ["15", "38%"]
    ]
