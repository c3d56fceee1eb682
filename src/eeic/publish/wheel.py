"""The wheel of the course's own code and data, for the browser lab and for `pip install`."""

from __future__ import annotations

import sys
from pathlib import Path

from eeic.publish import steps


def step(root: Path) -> steps.Step:
    """Describe the build step that makes the wheel.

    Parameters
    ----------
    root : Path
        The checkout.

    Returns
    -------
    eeic.publish.steps.Step
        Its output holds one wheel, the same bytes for the same sources.

    Notes
    -----
    The build backend is already in the environment, so the build is not isolated and asks
    the network for nothing. `datasets/` travels inside as `eeic/_datasets`.
    """

    def make(out: Path) -> None:
        steps.command(
            [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, root],
            log=root / "_build/logs/wheel.log",
            cwd=root,
            env={"SOURCE_DATE_EPOCH": "1580601600"},  # the moment that all files in it carry
        )

    sources = ("pyproject.toml", "README.md", "LICENSE", "LICENSE-CONTENT", "src/eeic", "datasets")
    return steps.Step(
        "wheel",
        [*(root / name for name in sources), Path(__file__)],
        root / "_build/wheel",
        make,
    )


def find(folder: Path) -> Path:
    """Return the one wheel in a folder.

    Parameters
    ----------
    folder : Path
        The output of the wheel step.

    Returns
    -------
    Path

    Raises
    ------
    eeic.publish.steps.BuildError
        If there is none, or more than one.
    """
    found = sorted(folder.glob("*.whl"))
    if len(found) != 1:
        raise steps.BuildError(f"{folder} holds {len(found)} wheels, not one: build again")
    return found[0]
