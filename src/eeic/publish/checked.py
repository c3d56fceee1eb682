"""What the method notes say of their checks: the table of `eeic.validation`, kept as a file.

The table in the book is made from the reference values that come with the course, so that the
same pages come out wherever they are built.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from eeic import validation
from eeic.publish import steps

TABLE = "checked.csv"


def step(root: Path, report: validation.Report | None = None) -> steps.Step:
    """Describe the build step that puts the statistics against their reference values.

    Parameters
    ----------
    root : Path
        The checkout.
    report : eeic.validation.Report, optional
        What a validation has found already; by default the step validates.

    Returns
    -------
    eeic.publish.steps.Step
        Its output holds the table for the method notes. It fails where a case differs.
    """
    ours = root / "tests/reference"
    rooms = ("stats", "disclosure", "categories.py", "validation")

    def make(out: Path) -> None:
        found = report or validation.validate([ours])
        if found.differing:
            raise steps.BuildError(
                "The statistics differ from their reference values:\n" + "\n".join(found.differing)
            )
        with_us = [(ours / f"{name}.csv").is_file() for name in found.table["reference"]]
        found.table[with_us].to_csv(out / TABLE, index=False)

    inputs = [ours, *(root / "src/eeic" / room for room in rooms), root / "requirements.txt"]
    return steps.Step("validation", inputs, root / "_build/validation", make)


def read(root: Path) -> pd.DataFrame:
    """Return the table for the method notes, validating first where something has changed.

    Parameters
    ----------
    root : Path
        The checkout.

    Returns
    -------
    pandas.DataFrame
        One row for each check: method, reference, cases, agree, refused, differ.
    """
    here = step(root)
    steps.run(here, quiet=True)
    return pd.read_csv(here.output / TABLE)
