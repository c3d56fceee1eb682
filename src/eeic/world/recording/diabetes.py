"""Dataset L03, people with a diagnosis of diabetes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from eeic.world.recording.columns import answers, day, unless, yes_no
from eeic.world.services.base import Flaws, Written
from eeic.world.services.diabetes import CHECKS, routes
from eeic.world.streams import Module

#: The review year of the file: the sixth financial year, 2036/37.
REVIEW_YEAR = 6


def write(written: Written) -> dict[str, pd.DataFrame]:
    """Write a block's part of the diabetes file.

    Parameters
    ----------
    written : Written
        What recording may look at.

    Returns
    -------
    dict of DataFrame
        ``L03``, with ``person`` for the id.
    """
    block, walked = written.block, written.walked
    told = block.parameters["recording"]
    found = walked["diagnosed"].to_numpy()
    u_route, u_date, u_urine, u_unit, u_digit, u_twice, *_ = block.uniforms(
        Module.RECORDED_DIABETES, 8
    )[:, found]
    person, walked = written.people[found], walked[found]
    if written.faithful:
        u_route = u_date = u_urine = u_unit = u_digit = u_twice = np.ones(len(person))

    practices = block.parameters.tables["practice"]
    profile = practices["recording_profile"].to_numpy()[person["practice"]]
    checks = {check: walked[check].to_numpy() for check in CHECKS}
    lost = (profile == "urine under-coded") & (u_urine < told["urine_under_coded"])
    checks["cp5_urine"] = checks["cp5_urine"] & ~lost

    diagnosed = np.where(u_date < told["transfer_date"], 0, walked["diagnosed_day"])
    mmol = walked["hba1c"].to_numpy()
    # The master equation between the two units of HbA1c; rounded as clinics write per cent.
    percent = np.rint((mmol / 10.929 + 2.15) * 10) / 10
    hba1c = np.where(u_unit < told["hba1c_in_percent"], percent, mmol)
    pressure = walked["bp_sys"].to_numpy()
    tens = np.rint(pressure / 10).astype(np.int64) * 10
    pressure = np.where(u_digit < told["bp_digit_preference"], tens, pressure)
    rows = pd.DataFrame(
        {
            "person": person["person"].to_numpy(),
            "review_year": REVIEW_YEAR,
            "diagnosed_on": day(diagnosed),
            "route": answers(
                walked["route"], routes(block.parameters), u_route < told["route_not_known"]
            ),
            **{check: yes_no(done) for check, done in checks.items()},
            "all_nine": yes_no(np.array(list(checks.values())).all(axis=0)),
            "hba1c": unless(~checks["cp1_hba1c"], hba1c),
            "bp_sys": unless(~checks["cp2_bp"], pressure),
            "chol": unless(~checks["cp3_cholesterol"], walked["chol"].to_numpy()),
        }
    )
    return {"L03": pd.concat([rows, rows[u_twice < told["duplicates"]]], ignore_index=True)}


def flaws(written: Written, files: Mapping[str, pd.DataFrame]) -> dict[str, Flaws]:
    """Measure the diabetes file's flaws where truth and file can be laid side by side.

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
    rows = files["L03"]
    once = rows.drop_duplicates("person")
    found = written.walked[written.walked["diagnosed"].to_numpy()]
    # The file lists people in the order of the frame, each once before any repeats.
    urine_lost = found["cp5_urine"].to_numpy() & (once["cp5_urine"] == "no").to_numpy()
    first_day = (once["diagnosed_on"] == pd.Timestamp(day(np.zeros(1))[0])).to_numpy()
    measured = once["hba1c"].dropna()
    n = len(once)
    return {
        "L03": {
            ("duplicate_rows",): (len(rows) - n, len(rows)),
            ("route_missing",): (once["route"].isna().sum(), n),
            ("urine_check_lost",): (urine_lost.sum(), n),
            ("hba1c_in_percent",): ((measured < 20).sum(), len(measured)),
            ("diagnosis_date_lost",): (
                (first_day & (found["diagnosed_day"].to_numpy() > 0)).sum(),
                n,
            ),
        }
    }
