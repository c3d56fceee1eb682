"""Weekly sums of L13 for the whole system, and the weeks in which something really changed.

The workshop's own appointments are too few for a chart of weeks. These sums are of one resident in
eight of the whole system, with the appointments that they have in the whole world.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eeic.world.recording.columns import day
from eeic.world.recording.outpatients import as_recorded
from eeic.world.services.outpatients import (
    ATTENDED,
    BY_HOSPITAL,
    BY_PATIENT,
    FIRST_DAY_DUE,
    appointments,
)
from eeic.world.tables import sample

if TYPE_CHECKING:
    from eeic.world.build import Recipe

_KEYS = ["week", "week_begins", "deprivation_fifth", "language_support"]


def make(wanted: Recipe) -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, Any]]]:
    """Add up appointments by week, deprivation and need for language support.

    Parameters
    ----------
    wanted : Recipe
        The world.

    Returns
    -------
    tuple of dict
        ``L13_weeks``, and what is true of it and of ``L13``: the weeks of special causes.
    """
    # There are many more appointments than residents, so a part of the system at a time.
    pieces = [_by_week(wanted, piece) for piece in sample.draw(wanted).in_pieces()]
    table = pd.concat(pieces).groupby(level=_KEYS).sum().astype(np.int64).reset_index()
    facts = {"special_causes": special_causes(wanted)}
    return {"L13_weeks": table}, {"L13": facts, "L13_weeks": facts}


def _by_week(wanted: Recipe, piece: sample.Sample) -> pd.DataFrame:
    rows = appointments(piece.block, piece.exposed)
    resident = rows["resident"].to_numpy()
    child = piece.people["age"].to_numpy()[resident] < 16
    outcome, _, _ = as_recorded(piece.block, rows, child, faithful=not wanted.on["recording"])
    decile = wanted.parameters.tables["area"]["deprivation_decile"].to_numpy()
    week = rows["week"].to_numpy()
    needed = piece.people["language_need"].to_numpy()[resident]
    sums = pd.DataFrame(
        {
            "week": week,
            "week_begins": day(FIRST_DAY_DUE + 7 * (week - 1)),
            "deprivation_fifth": (decile[piece.people["area"].to_numpy()[resident] - 1] + 1) // 2,
            "language_support": np.where(needed, "yes", "no"),
            "due": 1,
            "attended": outcome == ATTENDED,
            "missed": (outcome > ATTENDED) & (outcome < BY_PATIENT),
            "cancelled_by_patient": outcome == BY_PATIENT,
            "cancelled_by_hospital": outcome == BY_HOSPITAL,
        }
    )
    return sums.groupby(_KEYS).sum()


def special_causes(wanted: Recipe) -> list[dict[str, Any]]:
    """Return the weeks in which something changed, and whether it was care or recording.

    Parameters
    ----------
    wanted : Recipe
        The world.

    Returns
    -------
    list of dict
        week, begins (date), what, kind (``"care"`` or ``"recording"``).
    """
    told = wanted.parameters["outpatients"]
    found = [
        (told["reminders"]["first_week"], "text reminders in English begin", "care"),
        (told["recording"]["reclassified_week"], "late cancellations are coded anew", "recording"),
        (told["reminders"]["matched_week"], "messages in people's own languages begin", "care"),
    ]
    return [
        {
            "week": week,
            "begins": str(day(np.array([FIRST_DAY_DUE + 7 * (week - 1)]))[0])[:10],
            "what": what,
            "kind": kind,
        }
        for week, what, kind in found
        if kind == "care" or wanted.on["recording"]
    ]
