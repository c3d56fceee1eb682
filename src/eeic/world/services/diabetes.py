"""Diabetes: who has it, who is found, nine checks, HbA1c. Never sees the group.

Each step is a log-odds sum of what the person meets. The eye check is different by design: it is
run by one central team with interpreters on demand, so nothing a person meets makes it less
likely, and its true gap is zero.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from eeic.world.block import Block
from eeic.world.exposures import weighted, without_group
from eeic.world.lookups import logistic, logistic_grid, logistic_step, normal
from eeic.world.parameters import WorldParameters
from eeic.world.services.base import Expect, Expectation, Indicator
from eeic.world.streams import Module

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

#: What can make a gap in who has diabetes, is found, and gets the checks.
_ALL = (
    "language",
    "practice",
    "deprivation",
    "unfair_treatment",
    "service_fit",
    "observed_pattern",
)

#: Equally likely values of the circumstances over which expectations are averaged.
_AVERAGED = 128


def log_odds_of_diabetes(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return each adult's log-odds of having type 2 diabetes.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    numpy.ndarray
        Log-odds; they mean nothing for children.
    """
    told = parameters["need"]
    exposed = without_group(exposed)
    age = exposed["age"].to_numpy()
    return (
        parameters["intercepts"]["type2_diabetes"]
        + told["age"] * np.minimum(age, told["age_flat_from"])
        + told["deprivation"] * exposed["deprivation"].to_numpy()
        + exposed["pattern_t2d"].to_numpy()
    )


def chance_of_diabetes(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return each person's chance of having type 2 diabetes.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    numpy.ndarray
        Chances; zero below 18 years.
    """
    adult = exposed["age"].to_numpy() >= parameters["need"]["adult_from"]
    return logistic(log_odds_of_diabetes(parameters, exposed)) * adult


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
        + weighted(exposed, slopes)
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
    told = parameters["pathways"]["checks"]
    slopes = {name: told[name] for name in parameters["pathways"]["diagnosed"]}
    return weighted(exposed, slopes) + exposed["fit_checks"].to_numpy()


def walk(block: Block, exposed: pd.DataFrame) -> pd.DataFrame:
    """Let the residents of a block have diabetes or not, and go through finding and checks.

    Parameters
    ----------
    block : Block
        The areas.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    DataFrame
        One row a resident: has_diabetes, diagnosed, the nine checks and all_nine (true or
        false), diagnosed_day (days from 1 April 2031), route (a number), hba1c, bp_sys, chol and
        circumstances. What follows diagnosis means something only for people who are diagnosed.
    """
    parameters = block.parameters
    told = parameters["pathways"]
    (u_need,) = block.uniforms(Module.NEED, 1)
    draws = block.uniforms(Module.PATHWAYS, 16)
    u_found, u_circumstances, *u_checks = draws[:11]
    u_day, u_route, u_hba1c, u_bp, u_chol = draws[11:]

    has = u_need < chance_of_diabetes(parameters, exposed)
    found = has & (u_found < chance_diagnosed(parameters, exposed))
    # What a year leaves room for: the same spread for everyone, whoever they are.
    circumstances = told["checks"]["circumstances_sd"] * normal(u_circumstances)
    ease = ease_of_checks(parameters, exposed)
    done = np.array(
        [
            u < logistic(base + circumstances + (ease if check != "cp9_eye" else 0))
            for check, base, u in zip(CHECKS, _bases(parameters), u_checks, strict=True)
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
            "has_diabetes": has,
            "diagnosed": found,
            **dict(zip(CHECKS, done, strict=True)),
            "all_nine": done.all(axis=0),
            "diagnosed_day": (u_day * (told["last_diagnosis_day"] + 1)).astype(np.int64),
            "route": _routes(told["route"], exposed, u_route),
            "hba1c": np.clip(np.rint(hba1c), 20, 160).astype(np.int64),
            "bp_sys": _measured(told["bp_sys"], u_bp, 80, 230).astype(np.int64),
            "chol": np.rint(_measured(told["chol"], u_chol, 2, 12, 10)) / 10,
            "circumstances": circumstances.round(4),
        }
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


def expect(parameters: WorldParameters) -> Expect:
    """Prepare what to expect of diabetes, luck averaged out.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.

    Returns
    -------
    callable
        Takes exposures; see `eeic.world.services.base.Expect`.
    """
    table = expectations(parameters)

    def of(exposed: pd.DataFrame) -> dict[str, Expectation]:
        has = chance_of_diabetes(parameters, exposed)
        finding = chance_diagnosed(parameters, exposed)
        found = has * finding
        step = logistic_step(ease_of_checks(parameters, exposed))
        everyone = np.ones(len(has))
        return {
            "diagnosed_diabetes": (everyone, found),
            "true_diabetes": (everyone, has),
            "share_diagnosed": (has, finding),
            **{name: (found, values[step]) for name, values in table.items()},
        }

    return of


def _everyone(latent: pd.DataFrame) -> np.ndarray:
    return np.ones(len(latent), dtype=bool)


def _in_the_file(files: Mapping[str, pd.DataFrame]) -> tuple[np.ndarray, np.ndarray]:
    residents = files["L01"]["person"].to_numpy()
    return residents, np.isin(residents, files["L03"]["person"].to_numpy())


def _after_diagnosis(name: str, label: str) -> Indicator:
    def recorded(files: Mapping[str, pd.DataFrame]) -> tuple[np.ndarray, np.ndarray]:
        once = files["L03"].drop_duplicates("person")
        if name != "hba1c":
            return once["person"].to_numpy(), (once[name] == "yes").to_numpy()
        measured = once[once[name].notna()]
        return measured["person"].to_numpy(), measured[name].to_numpy()

    return Indicator(
        name,
        "L03",
        label,
        "residents with diagnosed diabetes",
        _ALL,
        lambda latent: (latent["diagnosed"].to_numpy(), latent[name].to_numpy()),
        recorded,
    )


#: What is taught of diabetes.
INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "diagnosed_diabetes",
        "L03",
        "share with diagnosed diabetes",
        "all residents",
        _ALL,
        lambda latent: (_everyone(latent), latent["diagnosed"].to_numpy()),
        _in_the_file,
        age_matters=True,
    ),
    Indicator(
        "true_diabetes",
        "L03",
        "share with diabetes, diagnosed or not",
        "all residents",
        _ALL,
        lambda latent: (_everyone(latent), latent["has_diabetes"].to_numpy()),
        age_matters=True,
    ),
    Indicator(
        "share_diagnosed",
        "L03",
        "share whose diabetes has been found",
        "residents with diabetes",
        _ALL,
        lambda latent: (latent["has_diabetes"].to_numpy(), latent["diagnosed"].to_numpy()),
    ),
    _after_diagnosis("all_nine", "share with all nine care processes"),
    *(_after_diagnosis(check, f"share with {check}") for check in CHECKS),
    _after_diagnosis("hba1c", "mean HbA1c, mmol/mol"),
)


def routes(parameters: WorldParameters) -> tuple[str, ...]:
    """Return the ways in which diabetes is found, by the numbers that `walk` gives them.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.

    Returns
    -------
    tuple of str
    """
    return tuple(parameters["pathways"]["route"])


def _bases(parameters: WorldParameters) -> list[float]:
    told = parameters["pathways"]["checks"]
    shift = parameters["intercepts"]["checks"]
    return [*(base + shift for base in told["bases"]), told["eye_base"]]


def _measured(told: dict, u: np.ndarray, low: int, high: int, per_unit: int = 1) -> np.ndarray:
    """Draw a measurement in whole steps (``per_unit`` to the unit), inside what is plausible."""
    value = (told["mean"] + told["sd"] * normal(u)) * per_unit
    return np.clip(np.rint(value), low * per_unit, high * per_unit)


def _routes(shares: dict, exposed: pd.DataFrame, u: np.ndarray) -> np.ndarray:
    """Draw how diabetes was found; pregnancy is only possible for women of 20 to 49."""
    names = list(shares)
    route = np.minimum(np.searchsorted(np.cumsum(list(shares.values())), u), len(names) - 1)
    possible = exposed["female"] & exposed["age"].between(20, 49)
    elsewhere = names.index("routine check")
    return np.where((route == names.index("pregnancy")) & ~possible, elsewhere, route)
