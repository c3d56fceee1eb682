"""Reading the reference values, and comparing with them."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

# How long one example takes says nothing about the statistics, and depends on the machine.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")

TESTS = Path(__file__).parents[1]


@pytest.fixture
def reference() -> Callable[[str], pd.DataFrame]:
    """Read one of the committed reference files by name, whatever folder it is in."""

    def read(name):
        (file,) = (TESTS / "reference").glob(f"*/own_{name}.csv")
        return pd.read_csv(file)

    return read


@pytest.fixture
def upstream() -> Callable[[str], pd.DataFrame]:
    """Read a reference file that may be read but not committed, or skip the test."""
    shared = Path(os.environ.get("EEIC_SHARED") or TESTS.parents[1] / "shared")
    folder = shared / "reference" / "pheindicatormethods"
    if not folder.is_dir():
        pytest.skip("the shared reference folder is absent: set EEIC_SHARED to check against it")
    return lambda name: pd.read_csv(folder / f"upstream_{name}.csv")


@pytest.fixture
def same() -> Callable[..., None]:
    """Assert that two columns agree row by row, missing with missing."""

    def check(found, expected, rtol=1e-9, atol=1e-12):
        found = np.asarray(found, dtype=float)
        expected = np.asarray(expected, dtype=float)
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol, equal_nan=True)

    return check
