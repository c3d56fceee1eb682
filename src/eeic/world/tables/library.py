"""The little library (L11), its eight study reports (L11R) and the education trial (L12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from eeic.world.library import make as make_library
from eeic.world.library import reports, trial

if TYPE_CHECKING:
    from eeic.world.build import Recipe


def make(wanted: Recipe) -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, Any]]]:
    """Make the library, the reports and the trial of a world.

    Parameters
    ----------
    wanted : Recipe
        The world.

    Returns
    -------
    tuple
        The tables by name, and what is true of each.
    """
    # The trial first: it takes much memory for a moment, and so does the library for longer.
    participants, truth = trial.run(wanted)
    library = make_library(wanted)
    pages, departures = reports.write(library)
    return (
        {"L11": library.records, "L11R": pages, "L12": participants},
        {"L11": library.truth, "L11R": departures, "L12": truth},
    )
