"""Dataset L13, outpatient appointments of two years."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from eeic.world.block import Block
from eeic.world.people import id_digits
from eeic.world.recording.columns import answers, day
from eeic.world.services.base import Flaws, Written
from eeic.world.services.outpatients import (
    BY_PATIENT,
    DID_NOT_ATTEND,
    MODES,
    NOT_BROUGHT,
    OUTCOMES,
    PLACES,
    REMINDERS,
    SLOTS,
    SPECIALTIES,
    appointments,
    phase,
)
from eeic.world.streams import Module, permuted

#: Areas are addressed in steps of this many appointments when ids are made: more than an area has.
_APPOINTMENTS_PER_AREA = 8192
#: So that a person's id and an appointment's are sent to different places.
_OTHER_IDS = 13

_LETTERS = ("English", "the person's own language")
_NOTES = ("none", "cancellations coded anew from this week")


def as_recorded(
    block: Block, rows: pd.DataFrame, child: np.ndarray, *, faithful: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what the hospital's system says of each appointment.

    Parameters
    ----------
    block : Block
        The areas.
    rows : DataFrame
        Appointments as they were.
    child : numpy.ndarray
        Whether the patient of each is a child.
    faithful : bool
        Write everything down as it was.

    Returns
    -------
    tuple of numpy.ndarray
        Outcome (number), whether the letter's language was left out, and whether there is a note.
    """
    told = block.parameters["outpatients"]["recording"]
    outcome = rows["outcome"].to_numpy()
    if faithful:
        none = np.zeros(len(rows), dtype=bool)
        return outcome, none, none
    draws = block.uniforms(Module.RECORDED_OUTPATIENTS, 2 * PLACES).reshape(2, PLACES, -1)
    u_change, u_letter = draws[:, rows["place"], rows["resident"]]
    week, new = rows["week"].to_numpy(), told["reclassified_week"]
    # Until then, who rang on the day had not attended.
    late = (outcome == BY_PATIENT) & (u_change < told["cancelled_late"]) & (week < new)
    outcome = np.where(late, np.where(child, NOT_BROUGHT, DID_NOT_ATTEND), outcome)
    note = (week == new) & (u_change < told["note"])
    return outcome, u_letter < told["letter_language_not_known"], note


def write(written: Written) -> dict[str, pd.DataFrame]:
    """Write a block's part of the outpatient file.

    Parameters
    ----------
    written : Written
        What recording may look at.

    Returns
    -------
    dict of DataFrame
        ``L13``, with ``person`` for the person's id.
    """
    block = written.block
    rows = appointments(block, written.exposed)
    resident = rows["resident"].to_numpy()
    person = written.people.iloc[resident]
    outcome, no_letter, note = as_recorded(
        block, rows, person["age"].to_numpy() < 16, faithful=written.faithful
    )
    # Letters in other languages came with the messages.
    own = person["language_need"].to_numpy() & (
        phase(block.parameters, rows["week"].to_numpy()) == 2
    )
    due = rows["due"].to_numpy()
    area = person["area"].to_numpy()
    number = np.arange(len(rows)) - np.searchsorted(area, area)
    digits = id_digits(block.parameters)
    appointment = permuted(area * _APPOINTMENTS_PER_AREA + number, block.seed + _OTHER_IDS, digits)
    file = pd.DataFrame(
        {
            "person": person["person"].to_numpy(),
            "appt_id": [f"A{one:0{digits}d}" for one in appointment.tolist()],
            "specialty": answers(rows["specialty"], SPECIALTIES),
            "booked_on": day(due - rows["wait"].to_numpy()),
            "due_on": day(due),
            "wait_days": rows["wait"],
            "outcome": answers(outcome, OUTCOMES),
            "reminder": answers(rows["reminder"], REMINDERS),
            "letter_language": answers(own, _LETTERS, no_letter),
            "slot_type": answers(rows["slot"], SLOTS),
            "mode": answers(rows["mode"], MODES),
            "change_note": answers(note, _NOTES),
        }
    )
    return {"L13": file}


def flaws(written: Written, files: Mapping[str, pd.DataFrame]) -> dict[str, Flaws]:
    """Measure the outpatient file's flaws where truth and file can be laid side by side.

    Parameters
    ----------
    written : Written
        What recording looked at.
    files : mapping of DataFrame
        What it wrote.

    Returns
    -------
    dict
        See `eeic.world.services.base.Flaws`.
    """
    rows = files["L13"]
    missed = rows["outcome"].isin([OUTCOMES[DID_NOT_ATTEND], OUTCOMES[NOT_BROUGHT]]).sum()
    truly = written.walked["op_missed"].sum()
    return {
        "L13": {
            ("letter_language_missing",): (rows["letter_language"].isna().sum(), len(rows)),
            # Nothing else turns into a missed appointment, so the surplus is the flaw.
            ("late_cancellation_written_as_missed",): (missed - truly, missed),
        }
    }
