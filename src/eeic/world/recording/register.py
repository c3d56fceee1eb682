"""Dataset L01, the resident register."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eeic.categories import LABELS
from eeic.world.recording.columns import LETTERS, answers, unless, yes_no
from eeic.world.services.base import Flaws, Written
from eeic.world.streams import Module

_BANDS = (*(f"{low}-{low + 4}" for low in range(0, 90, 5)), "90+")


def write(written: Written) -> pd.DataFrame:
    """Write a block's part of the resident register.

    Parameters
    ----------
    written : Written
        What recording may look at. Someone with a diagnosis certainly has a practice.

    Returns
    -------
    DataFrame
        The columns of dataset L01, with ``person`` for the id.
    """
    block, people = written.block, written.people
    parameters = block.parameters
    told = parameters["recording"]
    area, practices = parameters.tables["area"], parameters.tables["practice"]
    places = parameters.tables["place"]
    practice = people["practice"].to_numpy()
    born_uk = people["born_uk"].to_numpy()
    years = people["years_in_england"].to_numpy()
    u_practice, u_language, u_migration, u_age, u_older = block.uniforms(
        Module.RECORDED_REGISTER, 5
    )

    newcomer = ~born_uk & (years <= 1)
    no_practice = u_practice < np.where(
        newcomer, told["practice_not_known_first_year"], told["practice_not_known"]
    )
    no_practice &= ~written.walked["diagnosed"].to_numpy()
    no_route = (practices["interpreter_route"] == "none").to_numpy()[practice]
    not_asked = u_language < np.where(
        no_route, told["language_not_asked_no_route"], told["language_not_asked"]
    )
    no_migration = u_migration < told["migration_not_known"]
    shift = np.where(u_age < told["age_error"], np.where(u_older < 0.5, 10, -10), 0)
    if written.faithful:
        no_practice = not_asked = no_migration = np.zeros(len(people), dtype=bool)
        shift = np.zeros(len(people), dtype=np.int64)

    age = np.clip(people["age"].to_numpy() + shift, 0, 95)
    decile = block.of_area(area["deprivation_decile"].to_numpy())
    return pd.DataFrame(
        {
            "person": people["person"],
            "area_id": answers(block.area - 1, parameters.areas),
            "place": answers(block.of_area(parameters.area_place), list(places["name"])),
            "practice_id": answers(practice, parameters.practices, no_practice),
            "age": age,
            "age_band": answers(np.minimum(age // 5, 18), _BANDS),
            "sex": answers(people["female"], ("M", "F")),
            "ethnic_group_self": answers(people["group"], LABELS),
            # Where no source has a row, nobody knows: the last of the list.
            "ethnic_code_2001": answers(written.codes["register"] % len(LETTERS), LETTERS),
            "language_support_needed": yes_no(people["language_need"], not_asked),
            "born_uk": yes_no(born_uk, no_migration),
            "years_in_england": unless(no_migration | born_uk, np.minimum(years, 95)),
            "deprivation_decile": decile,
            "deprivation_fifth": (decile + 1) // 2,
        }
    )


def flaws(written: Written, rows: pd.DataFrame) -> Flaws:
    """Measure the register's flaws where truth and file can be laid side by side.

    Parameters
    ----------
    written : Written
        What recording looked at.
    rows : DataFrame
        What it wrote.

    Returns
    -------
    dict
        See `eeic.world.services.base.Flaws`.
    """
    n = len(rows)
    missing = {
        (f"{column}_missing",): (rows[column].isna().sum(), n)
        for column in ("practice_id", "language_support_needed", "born_uk")
    }
    # Rounded ages near the top code move by less than ten years; any difference counts.
    wrong = rows["age"].to_numpy() != np.minimum(written.people["age"].to_numpy(), 95)
    code = rows["ethnic_code_2001"]
    return missing | {
        ("age_wrong",): (wrong.sum(), n),
        ("ethnic_code_not_known",): ((code == "99").sum(), n),
        ("ethnic_code_not_stated",): ((code == "Z").sum(), n),
    }
