"""Answers are brought down to plain types before anything is compared."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from eeic.grading.answers import Unreadable, plain


class AgreesWithAll(float):
    """The object that earns full marks wherever a checker writes `==`."""

    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (None, None),
        (..., None),
        ("   ", None),
        (np.float64(7.5), 7.5),
        (np.int32(7), 7),
        (np.bool_(True), True),
        (pd.Series([7.5]), 7.5),
        (pd.DataFrame({"rate": [7.5]}), 7.5),
        (np.array([[7.5]]), 7.5),
        (Decimal("7.5"), 7.5),
        (Fraction(15, 2), 7.5),
        (" 7.5% ", "7.5%"),
        (("b", "a"), ["b", "a"]),
        ({"b", "a"}, ["a", "b"]),
        ({"choice": np.str_("x")}, {"choice": "x"}),
    ],
)
def test_becomes_plain(given, wanted):
    result = plain(given)
    assert result == wanted
    assert type(result) is type(wanted)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (AgreesWithAll(1), "AgreesWithAll"),
        (pd.Series([1, 2]), "table with more than one value"),
        (print, "forget the brackets"),
        (len.__class__, "a type"),
        (1 + 2j, "complex"),
        ("9" * 20_000, "far longer"),
        ([[[[[[[1]]]]]]], "far longer"),
        (np.datetime64("2026-01-01"), "date"),
    ],
)
def test_refused_with_a_sentence(given, says):
    with pytest.raises(Unreadable, match=says):
        plain(given)


def test_a_list_inside_itself_ends():
    loop: list = []
    loop.append(loop)
    with pytest.raises(Unreadable):
        plain(loop)
