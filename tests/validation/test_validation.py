"""Every reference case is reproduced or rightly refused, and the judge would see if not."""

import numpy as np
import pandas as pd
import pytest

from eeic import validation
from eeic.stats import Refusal
from eeic.validation import compare

CHECKS = validation.gather()
FOLDERS = validation.folders()


@pytest.mark.parametrize("one", CHECKS, ids=lambda one: f"{one.name}-{one.work.__name__}")
def test_reference_values_are_reproduced(one):
    cases = one.run(FOLDERS)
    if cases is None:
        pytest.skip(f"{one.name} is not at hand: set EEIC_SHARED to the folder that holds it")
    assert cases, "the check looked at no case"
    assert [f"{case.name}: {case.detail}" for case in cases if case.outcome == "differs"] == []


def refuse():
    raise Refusal("It will not do.")


@pytest.mark.parametrize(
    ("call", "expected", "refused", "outcome"),
    [
        (lambda: {"value": 1.0}, {"value": 1.0}, False, "agrees"),
        (lambda: {"value": 1.0 + 1e-8}, {"value": 1.0}, False, "differs"),
        (lambda: {"value": np.nan}, {"value": np.inf}, False, "agrees"),
        (lambda: {"value": 1e9}, {"value": np.inf}, False, "differs"),
        (lambda: {"value": np.nan}, {"value": 0.0}, False, "differs"),
        (lambda: {"flag": "shift"}, {"flag": "trend"}, False, "differs"),
        (lambda: {"value": 1.0}, {"value": np.nan}, True, "differs"),
        (lambda: {"value": np.nan}, {"value": np.nan}, True, "differs"),
        (refuse, {"value": np.nan}, True, "refused rightly"),
        (refuse, {"value": np.nan}, False, "refused rightly"),
        (refuse, {"value": 1.0}, False, "differs"),
    ],
)
def test_the_judge(call, expected, refused, outcome):
    assert compare("case", call, expected, refused=refused).outcome == outcome


def scaled(table):
    floats = table.select_dtypes("float").columns
    return table.assign(**{name: table[name] * 1.01 + 1e-3 for name in floats})


def rolled(table):
    """Move each column down by its own number of rows, so that no row fits together."""
    return table.apply(lambda column: np.roll(column, table.columns.get_loc(column.name)))


@pytest.mark.parametrize("one", CHECKS, ids=lambda one: f"{one.name}-{one.work.__name__}")
def test_a_changed_reference_value_is_seen(one):
    """Each check looks at what it says it looks at: move the values and it must object."""
    if one.run(FOLDERS) is None:
        pytest.skip(f"{one.name} is not at hand: set EEIC_SHARED to the folder that holds it")

    def objects(move):
        def read(file):
            folder = next(f for f in FOLDERS if (f / one.source / f"{file}.csv").is_file())
            table = pd.read_csv(folder / one.source / f"{file}.csv")
            return move(table) if file == one.files[0] else table

        try:
            return "differs" in [case.outcome for case in one.work(read)]
        except ValueError:  # inputs were moved as well and no longer make sense: seen too
            return True

    assert objects(scaled) or objects(rolled)
