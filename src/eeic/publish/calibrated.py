"""What the book says of the world's calibration: `eeic.world.calibrated`, kept as a file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from eeic.publish import steps

TABLE = "calibration.csv"

#: The size that is looked at: small groups have enough people in it.
PRESET = "course"


def step(root: Path) -> steps.Step:
    """Describe the build step that holds the course's world against its calibration targets.

    Parameters
    ----------
    root : Path
        The checkout.

    Returns
    -------
    eeic.publish.steps.Step
        Its output holds the table for the page about the world. That every row is within its
        range is for the tests to ask; the page shows what is so.
    """

    def make(out: Path) -> None:
        from eeic.world import build, calibrated

        calibrated(build(PRESET)).to_csv(out / TABLE, index=False)

    inputs = [root / "src/eeic/world", root / "src/eeic/categories.py", root / "requirements.txt"]
    return steps.Step("calibration", inputs, root / "_build/calibration", make)


def read(root: Path) -> pd.DataFrame:
    """Return the table for the page, building the world first where something has changed.

    Parameters
    ----------
    root : Path
        The checkout.

    Returns
    -------
    pandas.DataFrame
        The columns of `eeic.world.calibration.calibrated`.
    """
    here = step(root)
    steps.run(here, quiet=True)
    return pd.read_csv(here.output / TABLE, keep_default_na=False)
