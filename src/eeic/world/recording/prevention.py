"""Datasets L03_prevention and L03_education: before diabetes, and after its diagnosis."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from eeic.world.recording.columns import answers, day, yes_no
from eeic.world.services.base import Flaws, Written
from eeic.world.services.prevention import LANGUAGES, SITES
from eeic.world.streams import Module

#: Who runs the prevention programme: each has a third of the places.
PROVIDERS = ("provider A", "provider B", "provider C")
_SILENT = 0


def write(written: Written) -> dict[str, pd.DataFrame]:
    """Write a block's part of both files.

    Parameters
    ----------
    written : Written
        What recording may look at.

    Returns
    -------
    dict of DataFrame
        ``L03_prevention`` and ``L03_education``, with ``person`` for the id.
    """
    return {"L03_prevention": _prevention(written), "L03_education": _education(written)}


def flaws(written: Written, files: Mapping[str, pd.DataFrame]) -> dict[str, Flaws]:
    """Measure the files' flaws.

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
    programme, course = files["L03_prevention"], files["L03_education"]
    referred = programme[programme["prevention_referred"] == "yes"]
    offered = course[course["education_offered"] == "yes"]
    return {
        "L03_prevention": {
            ("attendance_not_returned",): (
                referred["prevention_attended"].isna().sum(),
                len(referred),
            ),
        },
        "L03_education": {
            ("language_not_known",): (offered["education_language"].isna().sum(), len(offered)),
        },
    }


def _prevention(written: Written) -> pd.DataFrame:
    told = written.block.parameters["prevention"]["recording"]
    found = written.walked["pv_found"].to_numpy()
    person, walked = written.people[found], written.walked[found]
    # Contracts are by place, so a provider's silence is a silence about its places.
    provider = written.block.of_area(written.block.parameters.area_place)[found] % len(PROVIDERS)
    none = ~walked["pv_referred"].to_numpy()
    referred_day = (walked["pv_found_day"] + walked["pv_referral_days"]).to_numpy()
    silent = ~none & (provider == _SILENT)
    silent &= (referred_day >= told["silent_from_day"]) & (referred_day <= told["silent_to_day"])
    if written.faithful:
        silent = np.zeros(len(person), dtype=bool)
    return pd.DataFrame(
        {
            "person": person["person"].to_numpy(),
            "ndh_on": day(walked["pv_found_day"].to_numpy()),
            "prevention_referred": yes_no(~none),
            "referred_on": day(referred_day, none),
            "programme_site": answers(walked["pv_site"], SITES, none),
            "provider": answers(provider, PROVIDERS, none),
            "prevention_attended": yes_no(walked["pv_attended"], silent),
            "prevention_completed": yes_no(walked["pv_completed"], silent),
        }
    )


def _education(written: Written) -> pd.DataFrame:
    told = written.block.parameters["prevention"]["recording"]
    diagnosed = written.walked["diagnosed"].to_numpy()
    (u_language,) = written.block.uniforms(Module.RECORDED_PREVENTION, 1)[:, diagnosed]
    walked = written.walked[diagnosed]
    offered = walked["pv_course_offered"].to_numpy()
    not_known = (u_language < told["language_not_known"]) & (not written.faithful)
    return pd.DataFrame(
        {
            "person": written.people["person"].to_numpy()[diagnosed],
            "education_offered": yes_no(offered),
            "education_language": answers(
                walked["pv_course_language"], LANGUAGES, ~offered | not_known
            ),
            "education_attended": yes_no(walked["pv_course_attended"]),
        }
    )
