"""Tables in the long form, and counts as published."""

from collections.abc import Callable
from itertools import product

import pandas as pd
import pytest
from hypothesis import settings

from eeic import disclosure

# How long one example takes says nothing about protection, and depends on the machine.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")

#: Two dimensions with one total each.
TREE = {"group": "Everyone", "area": "Region"}


@pytest.fixture(scope="session")
def long() -> Callable[..., pd.DataFrame]:
    """Bring rows of counts into the long form, with all totals."""

    def make(rows, hierarchy=TREE):
        places = product(range(len(rows)), range(len(rows[0])))
        cells = [(f"g{i + 1}", f"a{j + 1}", rows[i][j]) for i, j in places]
        table = pd.DataFrame(cells, columns=["group", "area", "people"])
        return disclosure.add_totals(table, count="people", hierarchy=hierarchy)

    return make
