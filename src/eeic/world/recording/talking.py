"""Dataset L04, referrals to talking therapies."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from eeic.world.people import id_digits
from eeic.world.recording.columns import LAST_DAY, answers, day, unless, yes_no
from eeic.world.services.base import Flaws, Written
from eeic.world.services.talking import (
    GAD7_CASE,
    INTERPRETER,
    LONGEST_DAYS,
    PHQ9_CASE,
    REASONS,
    ROUTES,
)
from eeic.world.streams import Module, permuted

#: The teams, each for every third place.
TEAMS = ("team A", "team B", "team C")
#: The team whose system writes "completed" whatever the reason was.
_DEFAULTS = 0
#: Referral ids are another permutation than person ids, so neither tells the other.
_OTHER_IDS = 104_729
_SLOTS_PER_AREA = 4096


def write(written: Written) -> dict[str, pd.DataFrame]:
    """Write a block's part of the talking therapies file.

    Parameters
    ----------
    written : Written
        What recording may look at.

    Returns
    -------
    dict of DataFrame
        ``L04``, with ``person`` for the id.
    """
    block = written.block
    told = block.parameters["talking"]["recording"]
    there = written.walked["tt_referred"].to_numpy()
    u_day, u_interpreter, u_twice = block.uniforms(Module.RECORDED_TALKING, 3)[:, there]
    person, walked = written.people[there], written.walked[there]
    if written.faithful:
        u_interpreter = u_twice = np.ones(len(person))

    referred = _referral_day(person, told["taken_from_age"], u_day)
    assessed = walked["tt_assessed"].to_numpy()
    contacts = walked["tt_contacts"].to_numpy()
    assessed_day = referred + walked["tt_wait_days"].to_numpy()
    treated_day = assessed_day + walked["tt_days_to_treatment"].to_numpy()
    treated, team = contacts >= 2, _team(written)[there]
    ended = walked["tt_ended"].to_numpy()
    if not written.faithful:
        ended = np.where(assessed & (team == _DEFAULTS), REASONS.index("completed"), ended)
    case = (walked["tt_phq9_first"] >= PHQ9_CASE) | (walked["tt_gad7_first"] >= GAD7_CASE)

    digits = id_digits(block.parameters)
    numbers = permuted(
        block.area[there] * _SLOTS_PER_AREA + block.slot[there], block.seed + _OTHER_IDS, digits
    )
    rows = pd.DataFrame(
        {
            "person": person["person"].to_numpy(),
            "referral_id": [f"R{number:0{digits}d}" for number in numbers.tolist()],
            "team": answers(team, TEAMS),
            "source": answers(walked["tt_source"], ROUTES),
            "referred_on": day(referred),
            "assessed_on": day(assessed_day, ~assessed),
            "first_treated_on": day(treated_day, contacts == 0),
            "contacts": contacts,
            "interpreter": answers(
                walked["tt_interpreter"],
                INTERPRETER,
                ~assessed | (u_interpreter < told["interpreter_not_recorded"]),
            ),
            "phq9_first": unless(~assessed, walked["tt_phq9_first"]),
            "phq9_last": unless(~treated, walked["tt_phq9_last"]),
            "gad7_first": unless(~assessed, walked["tt_gad7_first"]),
            "gad7_last": unless(~treated, walked["tt_gad7_last"]),
            "ended_reason": answers(ended, REASONS),
            "recovered": yes_no(walked["tt_recovered"], ~treated | ~case.to_numpy()),
            "reliable_improvement": yes_no(walked["tt_improved"], ~treated),
        }
    )
    return {"L04": pd.concat([rows, rows[u_twice < told["duplicates"]]], ignore_index=True)}


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
    rows = files["L04"]
    once = rows.drop_duplicates("person")
    true = written.walked[written.walked["tt_referred"].to_numpy()]
    assessed = true["tt_assessed"].to_numpy()
    # The file lists people in the order of the frame, each once before any repeats.
    reason = answers(true["tt_ended"], REASONS).astype(object)
    wrong = once["ended_reason"].astype(object).to_numpy() != reason
    return {
        "L04": {
            ("duplicate_rows",): (len(rows) - len(once), len(rows)),
            ("interpreter_missing",): (
                (once["interpreter"].isna().to_numpy() & assessed).sum(),
                assessed.sum(),
            ),
            ("ended_reason_overwritten",): (wrong.sum(), len(once)),
        }
    }


def _team(written: Written) -> np.ndarray:
    """Return the number of each resident's team, by the place of their area."""
    tables = written.block.parameters.tables
    place = pd.Index(tables["place"]["place_id"]).get_indexer(pd.Index(tables["area"]["place_id"]))
    return written.block.of_area(place % len(TEAMS))


def _referral_day(people: pd.DataFrame, taken_from_age: int, u: np.ndarray) -> np.ndarray:
    """Draw the day of referral: not before someone came to England, nor before the age it takes."""
    last = LAST_DAY - LONGEST_DAYS - 1
    years = people["years_in_england"].to_numpy()
    here = np.where(years >= 0, LAST_DAY - 365 * (years + 1) + 1, 0)
    old_enough = LAST_DAY - 365 * (people["age"].to_numpy() - taken_from_age)
    first = np.maximum(0, np.maximum(here, old_enough))
    return first + (u * (last - first + 1)).astype(np.int64)
