"""Dataset L05, invitations to bowel and cervical screening."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from eeic.world.recording.columns import LAST_DAY, answers, day, yes_no
from eeic.world.services.base import Flaws, Written
from eeic.world.services.screening import INVITES, LONGEST_DAYS, PROGRAMMES, RESULTS
from eeic.world.streams import Module

_NAMES = tuple(PROGRAMMES)
#: Days from the first to the last invitation of the file: two years less the time to respond.
_WINDOW = 730


def write(written: Written) -> dict[str, pd.DataFrame]:
    """Write a block's part of the screening file.

    Parameters
    ----------
    written : Written
        What recording may look at.

    Returns
    -------
    dict of DataFrame
        ``L05``, with ``person`` for the id.
    """
    block = written.block
    told = block.parameters["screening"]["recording"]
    draws = block.uniforms(Module.RECORDED_SCREENING, 6).reshape(2, 3, -1)
    parts = []
    for number, (programme, u) in enumerate(zip(_NAMES, draws, strict=True)):
        there, old_address = _old_address(written, programme, u[1])
        walked, people = _of(written, programme)[there], written.people[there]
        old_address = old_address[there]
        twice = u[2][there] < (0 if written.faithful else told["duplicates"])
        years = people["years_in_england"].to_numpy()
        # Nobody is invited before they came: the years are all that is known of when.
        first_day = LAST_DAY - np.where(years == 0, 364, _WINDOW)
        last_day = LAST_DAY - LONGEST_DAYS
        invited = first_day + (u[0][there] * (last_day - first_day + 1)).astype(np.int64)
        responded = walked["responded"].to_numpy() & ~old_address
        no_reminder = walked["first"].to_numpy() & ~old_address
        elsewhere = (years >= 0) & (years < told["earlier_round_years"][programme])
        rows = pd.DataFrame(
            {
                "person": people["person"].to_numpy(),
                "programme": answers(np.full(len(people), number), _NAMES),
                "invited_on": day(invited),
                "invite_type": answers(walked["invite"], INVITES),
                "previous_uptake": yes_no(
                    walked["previous"], ~walked["before"].to_numpy() | elsewhere
                ),
                "self_sampling_offer": yes_no(
                    walked["offered"], np.full(len(people), programme == "bowel")
                ),
                "reminder_on": day(invited + walked["reminder_days"].to_numpy(), no_reminder),
                "responded_on": day(invited + walked["days"].to_numpy(), ~responded),
                "result": answers(walked["result"], RESULTS, ~responded),
            }
        )
        parts += [rows, rows[twice]]
    return {"L05": pd.concat(parts, ignore_index=True)}


def flaws(written: Written, files: Mapping[str, pd.DataFrame]) -> dict[str, Flaws]:
    """Measure the file's flaws where truth and file can be laid side by side.

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
    rows = files["L05"]
    repeats = rows.duplicated(["person", "programme"]).sum()
    found: Flaws = {("duplicate_rows",): (repeats, len(rows))}
    draws = written.block.uniforms(Module.RECORDED_SCREENING, 6).reshape(2, 3, -1)
    for programme, u in zip(_NAMES, draws, strict=True):
        there, old_address = _old_address(written, programme, u[1])
        took_part = _of(written, programme)["responded"].to_numpy() & there
        found[programme, "old_address"] = ((old_address & there).sum(), there.sum())
        found[programme, "response_lost"] = ((old_address & took_part).sum(), took_part.sum())
    return {"L05": found}


def _of(written: Written, programme: str) -> pd.DataFrame:
    """Return the latent columns of one programme, without its prefix."""
    prefix = f"{PROGRAMMES[programme]}_"
    own = written.walked.filter(regex=f"^{prefix}")
    return own.rename(columns=lambda name: name.removeprefix(prefix))


def _old_address(written: Written, programme: str, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return who was invited, and for whom the list holds an old address."""
    told = written.block.parameters["screening"]["recording"]
    invited = written.walked[f"{PROGRAMMES[programme]}_invited"].to_numpy()
    if written.faithful:
        return invited, np.zeros(len(invited), dtype=bool)
    years = written.people["years_in_england"].to_numpy()
    newcomer = (years >= 0) & (years < told["newcomer_years"])
    chance = np.where(newcomer, told["old_address_newcomer"], told["old_address"])
    return invited, u < chance
