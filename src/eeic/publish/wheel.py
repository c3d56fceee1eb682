"""The wheel of the course's own code and data, for the browser lab and for `pip install`."""

from __future__ import annotations

import sys
from pathlib import Path

from eeic.publish import steps


def step(root: Path) -> steps.Step:
    """Describe the build step that makes the wheel.

    Parameters
    ----------
    root
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
    folder
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
        raise steps.BuildError(f"{folder} should hold one wheel and holds {len(found)}: build again")
    return found[0]
