"""Dataset L18, emergency admissions of the year 2036/37."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from eeic.world.lookups import choose_by
from eeic.world.recording.columns import (
    KNOWN_NOTHING,
    LAST_DAY,
    LETTERS,
    NO_RECORD,
    STATED_NOTHING,
    answers,
    day,
    yes_no,
)
from eeic.world.recording.ethnicity import drift
from eeic.world.services.base import Flaws, Written
from eeic.world.services.emergency import ARRIVED_BY, DISCHARGES, admissions
from eeic.world.streams import Module

#: The last month, of which not all is coded yet: March 2037.
_LAST_MONTH_FROM = LAST_DAY - 30

_PLACES, _OF_PERSON, _VARIABLES = 4, 4, 2


def write(written: Written) -> dict[str, pd.DataFrame]:
    """Write a block's part of the file of emergency admissions.

    Parameters
    ----------
    written : Written
        What recording may look at.

    Returns
    -------
    dict of DataFrame
        ``L18``, with ``person`` for the id.
    """
    block = written.block
    told = block.parameters["emergency"]["recording"]
    rows = admissions(block, written.exposed)
    resident = rows["resident"].to_numpy()
    draws = block.uniforms(Module.RECORDED_EMERGENCY, _OF_PERSON + _VARIABLES * _PLACES)
    u_coded, u_twice = draws[_OF_PERSON:].reshape(_VARIABLES, _PLACES, -1)[
        :, rows["place"], resident
    ]
    late = rows["admitted"].to_numpy() >= _LAST_MONTH_FROM
    coded = ~late | (u_coded < told["last_month_complete"])
    twice = u_twice < told["duplicates"]
    if written.faithful:
        coded, twice = np.ones(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    code = _codes(written, draws[:_OF_PERSON])[resident]
    file = pd.DataFrame(
        {
            "person": written.people["person"].to_numpy()[resident],
            "admitted_on": day(rows["admitted"].to_numpy()),
            "los_days": rows["los"],
            "avoidable_type": yes_no(rows["avoidable"]),
            "arrived_by": answers(rows["arrived_by"], ARRIVED_BY),
            "discharge": answers(rows["discharge"], DISCHARGES),
            "ethnic_code": answers(code, LETTERS),
        }
    )
    return {"L18": pd.concat([file[coded], file[coded & twice]], ignore_index=True)}


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
    rows = files["L18"]
    once = rows.drop_duplicates()
    all_of_them = written.walked["em_avoidable"].sum() + written.walked["em_other"].sum()
    code = once["ethnic_code"]
    return {
        "L18": {
            ("duplicate_rows",): (len(rows) - len(once), len(rows)),
            ("not_yet_coded",): (all_of_them - len(once), all_of_them),
            ("ethnic_code_not_known",): ((code == "99").sum(), len(code)),
            ("ethnic_code_not_stated",): ((code == "Z").sum(), len(code)),
        }
    }


def _codes(written: Written, draws: np.ndarray) -> np.ndarray:
    """Return the hospital's answer; who was not there before is asked now, as carefully."""
    code = written.codes["hospital"]
    group = written.people["group"].to_numpy()
    if written.faithful:
        return np.where(code == NO_RECORD, group, code)
    parameters = written.block.parameters
    site = parameters.tables["site"].iloc[0]
    told = parameters["recording"]
    u_missed, u_refuses, u_agrees, u_drift = draws
    agrees = parameters.tables["group"]["hospital_agrees"].to_numpy()[group]
    wrong = drift(parameters, site["default_code_rate"], site["other_drift"])
    asked = np.where(u_agrees < agrees, group, choose_by(wrong, group, u_drift))
    unfair = written.exposed["unfair"].to_numpy() > 0
    refuses = told["not_stated"] + told["not_stated_after_unfair"] * unfair
    asked = np.where(u_refuses < refuses, STATED_NOTHING, asked)
    asked = np.where(u_missed < site["not_known"], KNOWN_NOTHING, asked)
    return np.where(code == NO_RECORD, asked, code)
