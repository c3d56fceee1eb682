"""Preventing diabetes, and learning to live with it: two programmes. Never sees the group.

People found to be at high risk (non-diabetic hyperglycaemia) can be referred to a prevention
programme. Its community sites were placed in the most deprived areas on purpose, and from there
people are booked in by name: whoever lives near one is referred, comes and stays more often. That
is a design of the service, which a commissioner can extend or end, and it makes gaps in favour of
groups that live there.

People with a diagnosis can be offered a course about diabetes. Practices that meet need for
language support hold it in other languages too; elsewhere it is in English only, and people who
need support come less often. Courses meet at the same community sites as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from eeic.world.block import Block
from eeic.world.exposures import weighted, without_group
from eeic.world.lookups import choose_by, logistic
from eeic.world.parameters import WorldParameters
from eeic.world.recording.columns import LAST_DAY
from eeic.world.services.base import Expect, Expectation, Indicator
from eeic.world.services.diabetes import (
    chance_diagnosed,
    chance_of_diabetes,
    log_odds_of_diabetes,
)
from eeic.world.streams import Module

#: Where the programme meets, by number.
SITES = ("community", "practice", "online")
#: In which language a course is held, by number.
LANGUAGES = ("English", "another language")

#: Days on which people in the file were found: six years but for the last four months.
FIRST_DAY_FOUND, LAST_DAY_FOUND = 0, LAST_DAY - 120
#: Days from being found to the referral, at least and at most.
_DAYS_TO_REFERRAL = (5, 90)

_ALL = (
    "language",
    "practice",
    "deprivation",
    "unfair_treatment",
    "observed_pattern",
    "travel",
)

#: What an analyst of the files would count: the persons, and the value of each.
Recorded = Callable[[Mapping[str, pd.DataFrame]], tuple[np.ndarray, np.ndarray]]


def near_a_site(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return how much of an area has a community site of the programme within a walk.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    numpy.ndarray
        From 0 to 1: nothing in the less deprived half, everything in the most deprived areas.
    """
    told = parameters["prevention"]["sites"]
    deprivation = without_group(exposed)["deprivation"].to_numpy()
    return np.interp(deprivation, told["deprivation_steps"], told["near"])


def chance_of_diabetes_or_high_risk(
    parameters: WorldParameters, exposed: pd.DataFrame
) -> np.ndarray:
    """Return each person's chance of having diabetes or being at high risk of it.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    numpy.ndarray
        Chances, never below that of diabetes; zero below 18 years.
    """
    adult = exposed["age"].to_numpy() >= parameters["need"]["adult_from"]
    further = parameters["prevention"]["high_risk"]["log_odds"]
    return logistic(log_odds_of_diabetes(parameters, exposed) + further) * adult


def chance_found(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return the chance that a person at high risk has been found to be.

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
    return _step(parameters, exposed, "found")


def chance_referred(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return the chance that a person found to be at high risk is referred to the programme.

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
    return _step(parameters, exposed, "referred")


def chance_attended(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return the chance that a person who was referred comes to the first appointment.

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
    return _step(parameters, exposed, "attended")


def chance_completed(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return the chance that a person who came once stays for the nine months.

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
    return _step(parameters, exposed, "completed")


def chance_course_offered(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return the chance that a person with a diagnosis is offered a course about diabetes.

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
    return _step(parameters, exposed, "education_offered")


def chance_course_attended(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return the chance that a person who was offered a course comes, whatever its language.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    numpy.ndarray
        Chances: courses in English and in other languages weighed by how often each is offered.
    """
    only_english = exposed["unmet_language"].to_numpy()
    in_english, in_own = (_coming(parameters, exposed, one) for one in (True, False))
    return only_english * in_english + (1 - only_english) * in_own


def walk(block: Block, exposed: pd.DataFrame) -> pd.DataFrame:
    """Let the residents of a block be at high risk or not, and go through both programmes.

    Parameters
    ----------
    block : Block
        The areas.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    DataFrame
        One row a resident: pv_high_risk, pv_found, pv_referred, pv_attended, pv_completed (each
        within the one before), pv_found_day (days from 1 April 2031), pv_referral_days (after
        that), pv_site (number in `SITES`), and for people with a diagnosis of diabetes
        pv_course_offered, pv_course_attended and pv_course_language (number in `LANGUAGES`). What
        follows a step means something only for people who took it.
    """
    parameters = block.parameters
    exposed = without_group(exposed)
    # The draw of diabetes itself: who is at high risk is next to having it, and does not.
    (u_need,) = block.uniforms(Module.NEED, 1)
    draws = iter(block.uniforms(Module.PREVENTION, 10))
    high_risk = (u_need >= chance_of_diabetes(parameters, exposed)) & (
        u_need < chance_of_diabetes_or_high_risk(parameters, exposed)
    )
    found = high_risk & (next(draws) < chance_found(parameters, exposed))
    referred = found & (next(draws) < chance_referred(parameters, exposed))
    attended = referred & (next(draws) < chance_attended(parameters, exposed))
    completed = attended & (next(draws) < chance_completed(parameters, exposed))
    days = LAST_DAY_FOUND - FIRST_DAY_FOUND + 1
    low, high = _DAYS_TO_REFERRAL
    found_day = FIRST_DAY_FOUND + (next(draws) * days).astype(np.int64)
    referral_days = low + (next(draws) * (high - low + 1)).astype(np.int64)
    site = _site(parameters, exposed, next(draws))

    offered = next(draws) < chance_course_offered(parameters, exposed)
    unmet = exposed["unmet_language"].to_numpy()
    in_english = next(draws) < unmet
    coming = np.where(
        in_english, _coming(parameters, exposed, True), _coming(parameters, exposed, False)
    )
    return pd.DataFrame(
        {
            "pv_high_risk": high_risk,
            "pv_found": found,
            "pv_referred": referred,
            "pv_attended": attended,
            "pv_completed": completed,
            "pv_found_day": found_day,
            "pv_referral_days": referral_days,
            "pv_site": site,
            "pv_course_offered": offered,
            "pv_course_attended": offered & (next(draws) < coming),
            "pv_course_language": ((unmet > 0) & ~in_english).astype(np.int64),
        }
    )


def expect(parameters: WorldParameters) -> Expect:
    """Prepare what to expect of both programmes, luck averaged out.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.

    Returns
    -------
    callable
        Takes exposures; see `eeic.world.services.base.Expect`.
    """

    def of(exposed: pd.DataFrame) -> dict[str, Expectation]:
        has = chance_of_diabetes(parameters, exposed)
        at_risk = chance_of_diabetes_or_high_risk(parameters, exposed) - has
        found = at_risk * chance_found(parameters, exposed)
        referred, attended, completed = (
            chance(parameters, exposed)
            for chance in (chance_referred, chance_attended, chance_completed)
        )
        diagnosed = has * chance_diagnosed(parameters, exposed)
        offered = chance_course_offered(parameters, exposed)
        everyone = np.ones(len(has))
        return {
            "high_risk_found": (everyone, found),
            "prevention_reach": (everyone, found * referred * attended),
            "prevention_referred": (found, referred),
            "prevention_attended": (found * referred, attended),
            "prevention_completed": (found * referred, attended * completed),
            "education_offered": (diagnosed, offered),
            "education_attended": (
                diagnosed * offered,
                chance_course_attended(parameters, exposed),
            ),
        }

    return of


def _step(parameters: WorldParameters, exposed: pd.DataFrame, name: str) -> np.ndarray:
    """Return the chance of a step: its base, the sites nearby, and what the person meets."""
    return logistic(_log_odds(parameters, exposed, name))


def _log_odds(parameters: WorldParameters, exposed: pd.DataFrame, name: str) -> np.ndarray:
    exposed = without_group(exposed)
    step: dict[str, Any] = parameters["prevention"][name]
    near = near_a_site(parameters, exposed) if step["near_a_site"] else 0.0
    return step["base"] + step["near_a_site"] * near + weighted(exposed, step["slopes"])


def _coming(parameters: WorldParameters, exposed: pd.DataFrame, in_english: bool) -> np.ndarray:
    """Return the chance of coming to a course, in English or not, for who needs support."""
    needs = exposed["unmet_language"].to_numpy() > 0
    slope = parameters["prevention"]["education_attended"]["only_in_english"]
    log_odds = _log_odds(parameters, exposed, "education_attended")
    return logistic(log_odds + slope * (needs & in_english))


def _site(parameters: WorldParameters, exposed: pd.DataFrame, u: np.ndarray) -> np.ndarray:
    """Draw where the programme would meet: near a community site mostly there."""
    told = parameters["prevention"]["sites"]
    near = near_a_site(parameters, exposed) >= told["mostly_there_from"]
    offline = exposed["digital"].to_numpy() > 0
    shares = np.array(told["shares"])
    return choose_by(shares, 2 * near.astype(np.int64) + offline, u)


def _among(among: tuple[str, ...], value: str) -> Callable[[pd.DataFrame], Any]:
    def counted(latent: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        who = np.ones(len(latent), dtype=bool)
        for column in among:
            who = who & latent[column].to_numpy()
        return who, latent[value].to_numpy()

    return counted


def _rows(dataset: str, column: str, among: str = "") -> Recorded:
    def recorded(files: Mapping[str, pd.DataFrame]) -> tuple[np.ndarray, np.ndarray]:
        rows = files[dataset]
        rows = rows[rows[among] == "yes"] if among else rows
        # What the provider never returned nobody can count.
        rows = rows[rows[column].notna()]
        return rows["person"].to_numpy(), (rows[column] == "yes").to_numpy()

    return recorded


def _of_residents(column: str = "") -> Recorded:
    def recorded(files: Mapping[str, pd.DataFrame]) -> tuple[np.ndarray, np.ndarray]:
        residents = files["L01"]["person"].to_numpy()
        rows = files["L03_prevention"]
        rows = rows[rows[column] == "yes"] if column else rows
        return residents, np.isin(residents, rows["person"].to_numpy())

    return recorded


#: What is taught of prevention and education.
INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "high_risk_found",
        "L03_prevention",
        "share found to be at high risk of diabetes",
        "all residents",
        _ALL,
        _among((), "pv_found"),
        _of_residents(),
        age_matters=True,
    ),
    Indicator(
        "prevention_reach",
        "L03_prevention",
        "share who came to the prevention programme",
        "all residents",
        _ALL,
        _among((), "pv_attended"),
        _of_residents("prevention_attended"),
        age_matters=True,
    ),
    Indicator(
        "prevention_referred",
        "L03_prevention",
        "share referred to the prevention programme",
        "people found to be at high risk of diabetes",
        _ALL,
        _among(("pv_found",), "pv_referred"),
        _rows("L03_prevention", "prevention_referred"),
    ),
    Indicator(
        "prevention_attended",
        "L03_prevention",
        "share who came to the first appointment of the prevention programme",
        "people referred to it",
        _ALL,
        _among(("pv_referred",), "pv_attended"),
        _rows("L03_prevention", "prevention_attended", "prevention_referred"),
    ),
    Indicator(
        "prevention_completed",
        "L03_prevention",
        "share who completed the prevention programme",
        "people referred to it",
        _ALL,
        # Of everybody referred, so that nobody drops out of sight by not coming.
        _among(("pv_referred",), "pv_completed"),
        _rows("L03_prevention", "prevention_completed", "prevention_referred"),
    ),
    Indicator(
        "education_offered",
        "L03_education",
        "share offered a course about diabetes",
        "people with diagnosed diabetes",
        _ALL,
        _among(("diagnosed",), "pv_course_offered"),
        _rows("L03_education", "education_offered"),
    ),
    Indicator(
        "education_attended",
        "L03_education",
        "share who attended a course about diabetes",
        "people with diagnosed diabetes who were offered one",
        _ALL,
        _among(("diagnosed", "pv_course_offered"), "pv_course_attended"),
        _rows("L03_education", "education_attended", "education_offered"),
    ),
)
