"""Layer 5, pathways: diabetes found or missed, nine checks, HbA1c. Never sees the group.

Each step is a log-odds sum of what the person meets. The eye check is different by design: it is
run by one central team with interpreters on demand, so nothing a person meets makes it less
likely, and its true gap is zero.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from eeic.world.exposures import without_group
from eeic.world.lookups import logistic, logistic_grid, normal
from eeic.world.parameters import WorldParameters
from eeic.world.people import slots
from eeic.world.streams import Module, uniforms

#: The nine care processes in the order of their columns.
CHECKS = (
    "cp1_hba1c",
    "cp2_bp",
    "cp3_cholesterol",
    "cp4_creatinine",
    "cp5_urine",
    "cp6_foot",
    "cp7_bmi",
    "cp8_smoking",
    "cp9_eye",
)

#: Equally likely values of the circumstances over which expectations are averaged.
_AVERAGED = 128


def chance_diagnosed(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return the chance that a person's diabetes, if they have it, has been found.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    numpy.ndarray
        Chances.
    """
    exposed = without_group(exposed)
    slopes = parameters["pathways"]["diagnosed"]
    return logistic(
        parameters["intercepts"]["diagnosed"]
        + _weighted(exposed, slopes)
        + exposed["fit_finding"].to_numpy()
    )


def ease_of_checks(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return how much easier or harder the practice's checks are for a person, in log-odds.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    numpy.ndarray
        One value for all eight checks of the practice.
    """
    exposed = without_group(exposed)
    slopes = parameters["pathways"]["checks"]
    return _weighted(exposed, slopes) + exposed["fit_checks"].to_numpy()


def walk(
    parameters: WorldParameters, seed: int, area: int, exposed: pd.DataFrame, need: pd.DataFrame
) -> pd.DataFrame:
    """Let the people of one area go through diagnosis, checks and results.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    seed : int
        Seed of the world.
    area : int
        Number of the area, from 1.
    exposed : DataFrame
        Exposures, without any group column.
    need : DataFrame
        Who has diabetes, from `eeic.world.need.arise`.

    Returns
    -------
    DataFrame
        One row a resident: diagnosed, the nine checks and all_nine (true or false),
        diagnosed_day (days from 1 April 2031), route, hba1c, bp_sys, chol and circumstances.
        What follows diagnosis means something only for people who are diagnosed.
    """
    told = parameters["pathways"]
    block = uniforms(seed, Module.PATHWAYS, area, 16, slots(parameters, area))
    block = block[:, exposed["slot"].to_numpy()]
    u_found, u_circumstances, *u_checks = block[:11]
    u_day, u_route, u_hba1c, u_bp, u_chol = block[11:]

    found = need["has_diabetes"].to_numpy() & (u_found < chance_diagnosed(parameters, exposed))
    # What a year leaves room for: the same spread for everyone, whoever they are.
    circumstances = told["checks"]["circumstances_sd"] * normal(u_circumstances)
    bases = _bases(parameters)
    ease = ease_of_checks(parameters, exposed)
    done = np.array(
        [
            u < logistic(base + circumstances + (ease if check != "cp9_eye" else 0))
            for check, base, u in zip(CHECKS, bases, u_checks, strict=True)
        ]
    )
    missed = (~done[:8]).sum(axis=0)
    result = told["hba1c"]
    hba1c = (
        result["base"]
        + result["per_check_missed"] * missed
        + result["circumstances"] * circumstances
        + result["sd"] * normal(u_hba1c)
    )
    return pd.DataFrame(
        {
            "diagnosed": found,
            **dict(zip(CHECKS, done, strict=True)),
            "all_nine": done.all(axis=0),
            "diagnosed_day": (u_day * (told["last_diagnosis_day"] + 1)).astype(np.int64),
            "route": _routes(told["route"], exposed, u_route),
            "hba1c": np.clip(np.rint(hba1c), 20, 160).astype(np.int64),
            "bp_sys": _measured(told["bp_sys"], u_bp, 80, 230).astype(np.int64),
            "chol": np.rint(_measured(told["chol"], u_chol, 2, 12, 10)) / 10,
            "circumstances": circumstances.round(4),
        },
        index=exposed.index,
    )


def expectations(parameters: WorldParameters) -> dict[str, np.ndarray]:
    """Tabulate what a person can expect after diagnosis, by how easy the checks are made.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.

    Returns
    -------
    dict of numpy.ndarray
        For each check and for all nine the chance, and the mean HbA1c: one value for each row of
        the logistic table. Look them up with ``logistic_step(ease_of_checks(...))``.

    Notes
    -----
    Luck and circumstances are averaged over, so two people who meet the same services have
    exactly the same expectation. Gaps and their causes are computed from these.
    """
    told = parameters["pathways"]
    sd = told["checks"]["circumstances_sd"]
    circumstances = sd * normal((np.arange(_AVERAGED) + 0.5) / _AVERAGED)
    ease = logistic_grid()[:, None]
    all_nine = np.ones((len(ease), _AVERAGED))
    table = {}
    for check, base in zip(CHECKS, _bases(parameters), strict=True):
        own = logistic(base + circumstances + (ease if check != "cp9_eye" else 0 * ease))
        table[check] = own.mean(axis=1).round(9)
        all_nine *= own
    table["all_nine"] = all_nine.mean(axis=1).round(9)
    missed = sum(1 - table[check] for check in CHECKS[:8])
    table["hba1c"] = told["hba1c"]["base"] + told["hba1c"]["per_check_missed"] * missed
    return table


def _bases(parameters: WorldParameters) -> list[float]:
    told = parameters["pathways"]["checks"]
    shift = parameters["intercepts"]["checks"]
    return [*(base + shift for base in told["bases"]), told["eye_base"]]


def _weighted(exposed: pd.DataFrame, slopes: dict) -> np.ndarray:
    total = np.zeros(len(exposed))
    for column in (
        "unmet_language",
        "unfair",
        "deprivation",
        "resources",
        "practice_quality",
    ):
        total = total + slopes[column] * exposed[column].to_numpy()
    return total


def _measured(told: dict, u: np.ndarray, low: int, high: int, per_unit: int = 1) -> np.ndarray:
    """Draw a measurement in whole steps (``per_unit`` to the unit), inside what is plausible."""
    value = (told["mean"] + told["sd"] * normal(u)) * per_unit
    return np.clip(np.rint(value), low * per_unit, high * per_unit)


def _routes(shares: dict, exposed: pd.DataFrame, u: np.ndarray) -> np.ndarray:
    """Draw how diabetes was found; pregnancy is only possible for women of 20 to 49."""
    names = np.array(list(shares))
    route = names[np.minimum(np.searchsorted(np.cumsum(list(shares.values())), u), len(names) - 1)]
    possible = (exposed["sex"] == "F") & exposed["age"].between(20, 49)
    return np.where((route == "pregnancy") & ~possible.to_numpy(), "routine check", route)
