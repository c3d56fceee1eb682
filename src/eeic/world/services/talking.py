"""Talking therapies: four ways in, assessment, treatment, recovery. Never sees the group.

Depression and anxiety are need. Whether a person with that need is referred depends on four
routes, each with its own obstacles: the GP, self-referral, the hospital, and community
organisations that commissioners pay to bring people in where deprivation is greatest. The last
one asks for no form in English and goes quickest, which is how a lever looks from inside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from eeic.world.block import Block
from eeic.world.exposures import weighted, without_group
from eeic.world.lookups import choose_by, logistic, logistic_grid, logistic_step, normal
from eeic.world.parameters import WorldParameters
from eeic.world.services.base import Expect, Expectation, Indicator
from eeic.world.streams import Module

#: The ways in, in the order in which they reach people: the first that does is the referral.
ROUTES = ("organisation", "GP", "self", "hospital")
#: What became of the interpreter.
INTERPRETER = ("not needed", "needed and used", "needed and not used")
#: How an episode ended.
REASONS = (
    "completed",
    "stopped before the planned end",
    "ended early by agreement",
    "referred on",
    "not suitable for this service",
    "no contact made",
    "offer not taken up",
    "moved away",
)
#: From these scores on someone counts as a case; below both at the end is recovery.
PHQ9_CASE, GAD7_CASE = 10, 8
#: Smallest changes that are more than the scales' own error.
PHQ9_RELIABLE, GAD7_RELIABLE = 6, 4
#: The longest time from referral to first treatment, in days.
LONGEST_DAYS = 290

_ALL = ("language", "practice", "deprivation", "unfair_treatment", "service_fit", "digital")
_PROMPT_DAYS = 42
_AVERAGED = 128

#: What an analyst of the files would count: the persons, and the value of each.
Recorded = Callable[[Mapping[str, pd.DataFrame]], tuple[np.ndarray, np.ndarray]]

# Shares of REASONS for those not assessed, assessed only, treated and completed, treated and not.
_ENDS = np.array(
    [
        [0, 0, 0, 0, 0, 0.50, 0.38, 0.12],
        [0, 0, 0, 0.25, 0.30, 0, 0.38, 0.07],
        [1, 0, 0, 0, 0, 0, 0, 0],
        [0, 0.45, 0.25, 0.18, 0, 0, 0, 0.12],
    ]
)


def chance_of_need(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return each person's chance of depression or anxiety at some time in the six years.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    numpy.ndarray
        Chances; zero below the age at which the service takes people.
    """
    exposed = without_group(exposed)
    told = parameters["talking"]["need"]
    age = exposed["age"].to_numpy()
    log_odds = (
        told["base"]
        + told["female"] * exposed["female"].to_numpy()
        + told["older"] * (age >= told["older_from"])
        + weighted(exposed, told["slopes"])
    )
    return logistic(log_odds) * (age >= told["adult_from"])


def chance_interpreter_used(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return the chance that someone who needs an interpreter gets one at every contact.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    numpy.ndarray
        Chances; they count only for people who need an interpreter.
    """
    told = parameters["talking"]["interpreter"]
    unmet = without_group(exposed)["unmet_language"].to_numpy()
    # The team books a few itself; the rest comes with the route that the practice has.
    return 1 - (1 - told["own_booking"]) * unmet


def chance_treated(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return the chance that someone who was assessed has at least two contacts of treatment.

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
    return _step(parameters["talking"]["treated"], without_group(exposed))


def ease_of_recovery(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return how much easier or harder recovery is made for a person, interpreters apart.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    numpy.ndarray
        Log-odds.
    """
    told = parameters["talking"]["recovered"]
    return weighted(without_group(exposed), told["slopes"])


def walk(block: Block, exposed: pd.DataFrame) -> pd.DataFrame:
    """Let the residents of a block need talking therapy or not, and find their way through it.

    Parameters
    ----------
    block : Block
        The areas.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    DataFrame
        One row a resident: tt_need, tt_referred, tt_source (number in `ROUTES`, -1 for none),
        tt_assessed, tt_prompt (within six weeks), tt_wait_days, tt_days_to_treatment,
        tt_interpreter (number in `INTERPRETER`), tt_contacts, tt_treated (two contacts or more),
        four scores, tt_case, tt_recovered, tt_improved, tt_ended (number in `REASONS`). What
        follows a step means something only for people who took it.
    """
    parameters = block.parameters
    told = parameters["talking"]
    exposed = without_group(exposed)
    draws = iter(block.uniforms(Module.TALKING, 26))

    need = next(draws) < chance_of_need(parameters, exposed)
    reached = np.array([next(draws) < chance for chance in _routes(told, exposed)])
    source = np.where(need & reached.any(axis=0), reached.argmax(axis=0), -1)
    referred = source >= 0
    # -1 picks the last route, whose chances then count for nobody.
    assessed = referred & (next(draws) < _assessed(told, exposed, source))
    prompt = next(draws) < _prompt(told, exposed, source)
    u_wait, u_treatment = next(draws), next(draws)
    late = np.interp(u_wait, [0, 0.5, 0.9, 1], [_PROMPT_DAYS + 1, 60, 95, 140])
    wait = np.where(prompt, 3 + (u_wait * (_PROMPT_DAYS - 2)).astype(np.int64), late)
    to_treatment = np.interp(u_treatment, [0, 0.5, 0.9, 1], [7, 30, 90, 150])

    needs_interpreter = exposed["unmet_language"].to_numpy() > 0
    used = next(draws) < chance_interpreter_used(parameters, exposed)
    treated = assessed & (next(draws) < chance_treated(parameters, exposed))
    u_contacts = next(draws)
    course = np.interp(u_contacts, [0, 0.3, 0.6, 0.9, 1], [2, 4, 7, 13, 20.99])
    contacts = np.where(treated, course, assessed & (u_contacts < 0.35)).astype(np.int64)

    severity = normal(next(draws))
    phq, gad = (_first(told[scale], severity, normal(next(draws))) for scale in ("phq9", "gad7"))
    case = (phq >= PHQ9_CASE) | (gad >= GAD7_CASE)
    ease = ease_of_recovery(parameters, exposed) + _talking_through(
        told["interpreter"], needs_interpreter, used
    )
    chance = logistic(
        told["recovered"]["base"] + ease + told["recovered"]["severity"] * severity.round(4)
    )
    recovered = treated & case & (next(draws) < chance)
    phq_last, gad_last = _last(told, phq, gad, recovered, case, [next(draws) for _ in range(2)])

    completed = treated & (next(draws) < np.where(recovered, 0.85, 0.55))
    stage = np.where(treated, np.where(completed, 2, 3), assessed.astype(np.int64))
    return pd.DataFrame(
        {
            "tt_need": need,
            "tt_referred": referred,
            "tt_source": source,
            "tt_assessed": assessed,
            "tt_prompt": assessed & prompt,
            "tt_wait_days": wait.astype(np.int64),
            "tt_days_to_treatment": to_treatment.astype(np.int64),
            "tt_interpreter": np.where(needs_interpreter, np.where(used, 1, 2), 0),
            "tt_contacts": contacts,
            "tt_treated": treated,
            "tt_phq9_first": phq,
            "tt_phq9_last": phq_last,
            "tt_gad7_first": gad,
            "tt_gad7_last": gad_last,
            "tt_case": case,
            "tt_recovered": recovered,
            "tt_improved": treated & reliable_improvement(phq, phq_last, gad, gad_last),
            "tt_ended": choose_by(_ENDS, stage, next(draws)),
        }
    )


def reliable_improvement(
    phq_first: np.ndarray, phq_last: np.ndarray, gad_first: np.ndarray, gad_last: np.ndarray
) -> np.ndarray:
    """Return who improved by more than the scales' error on one and got no worse on the other.

    Parameters
    ----------
    phq_first, phq_last, gad_first, gad_last : numpy.ndarray
        Scores.

    Returns
    -------
    numpy.ndarray
        True or false.
    """
    phq, gad = phq_first - phq_last, gad_first - gad_last
    better = (phq >= PHQ9_RELIABLE) | (gad >= GAD7_RELIABLE)
    return better & (phq > -PHQ9_RELIABLE) & (gad > -GAD7_RELIABLE)


def recovery_table(parameters: WorldParameters) -> tuple[np.ndarray, float]:
    """Tabulate the chance of recovery by how easy it is made, and the share who start as a case.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.

    Returns
    -------
    tuple of numpy.ndarray and float
        For each row of the logistic table the chance among those who start as a case, severity
        averaged over; and the share who do.
    """
    told = parameters["talking"]
    severity = normal((np.arange(_AVERAGED) + 0.5) / _AVERAGED)
    noise = normal((np.arange(_AVERAGED) + 0.5) / _AVERAGED)
    phq, gad = (_first(told[scale], severity[:, None], noise) for scale in ("phq9", "gad7"))
    case = 1 - (phq < PHQ9_CASE).mean(axis=1) * (gad < GAD7_CASE).mean(axis=1)
    chance = logistic(
        told["recovered"]["base"]
        + logistic_grid()[:, None]
        + told["recovered"]["severity"] * severity.round(4)
    )
    return ((chance * case).sum(axis=1) / case.sum()).round(9), round(float(case.mean()), 9)


def expect(parameters: WorldParameters) -> Expect:
    """Prepare what to expect of talking therapies, luck averaged out.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.

    Returns
    -------
    callable
        Takes exposures; see `eeic.world.services.base.Expect`.
    """
    told = parameters["talking"]
    table, case = recovery_table(parameters)

    def of(exposed: pd.DataFrame) -> dict[str, Expectation]:
        need = chance_of_need(parameters, exposed)
        not_yet = np.ones(len(need))
        referred, assessed, promptly = np.zeros((3, len(need)))
        for number, chance in enumerate(_routes(told, exposed)):
            here = not_yet * chance
            not_yet = not_yet - here
            route = np.full(len(need), number)
            seen = here * _assessed(told, exposed, route)
            referred = referred + here
            assessed = assessed + seen
            promptly = promptly + seen * _prompt(told, exposed, route)
        ease = ease_of_recovery(parameters, exposed)
        used = chance_interpreter_used(parameters, exposed)
        needs = exposed["unmet_language"].to_numpy() > 0
        with_one, without = (
            table[logistic_step(ease + _talking_through(told["interpreter"], needs, kind))]
            for kind in (np.ones_like(needs), np.zeros_like(needs))
        )
        has_contacts = chance_treated(parameters, exposed)
        treated = need * assessed * has_contacts
        return {
            "talking_referred": (need, referred),
            "talking_seen_in_six_weeks": (need * assessed, promptly / assessed),
            "talking_without_interpreter": (need * assessed, needs * (1 - used)),
            "talking_treated": (need * referred, assessed * has_contacts / referred),
            "talking_recovered": (treated * case, used * with_one + (1 - used) * without),
        }

    return of


def _routes(told: dict[str, Any], exposed: pd.DataFrame) -> list[np.ndarray]:
    """Return the chance that each of the `ROUTES` reaches someone in need."""
    routes = told["routes"]
    # Organisations are paid to bring people in where deprivation is greatest, and do so in the
    # languages of the area: nothing else that a person meets stands in the way.
    outreach = exposed["deprivation"].to_numpy() > told["outreach_from_deprivation"]
    by_organisation = np.where(outreach, routes["organisation_outreach"], routes["organisation"])
    return [
        by_organisation,
        *(_step(routes[name], exposed) for name in ("GP", "self", "hospital")),
    ]


def _assessed(told: dict[str, Any], exposed: pd.DataFrame, source: np.ndarray) -> np.ndarray:
    return _step(told["assessed"], exposed, np.array(told["assessed"]["by_route"])[source])


def _prompt(told: dict[str, Any], exposed: pd.DataFrame, source: np.ndarray) -> np.ndarray:
    return _step(told["prompt"], exposed, np.array(told["prompt"]["by_route"])[source])


def _step(
    step: dict[str, Any], exposed: pd.DataFrame, more: np.ndarray | float = 0.0
) -> np.ndarray:
    """Return the chance of a step: its base and what the person meets."""
    return logistic(step["base"] + more + weighted(exposed, step["slopes"]))


def _talking_through(told: dict[str, Any], needs: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Return what needing an interpreter does to recovery, with one and without."""
    return np.where(needs, np.where(used, told["used"], told["not_used"]), 0.0)


def _first(scale: dict[str, Any], severity: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return a first score: what severity makes of it, and the scale's own noise."""
    score = scale["mean"] + scale["severity"] * severity + scale["own"] * own
    return np.clip(np.rint(score), 0, scale["top"]).astype(np.int64)


def _last(
    told: dict[str, Any],
    phq: np.ndarray,
    gad: np.ndarray,
    recovered: np.ndarray,
    case: np.ndarray,
    draws: list[np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Return last scores that fit what happened: below both thresholds only after recovery."""
    # Somebody who recovers ends anywhere below the threshold, and no higher than they began.
    well = [
        np.minimum(first, (u * threshold).astype(np.int64))
        for first, u, threshold in zip((phq, gad), draws, (PHQ9_CASE, GAD7_CASE), strict=True)
    ]
    mean, sd = told["change_without_recovery"]["mean"], told["change_without_recovery"]["sd"]
    change = [np.rint(mean + sd * normal(u)).astype(np.int64) for u in draws]
    still_phq = np.clip(phq - change[0], 0, told["phq9"]["top"])
    still_gad = np.clip(gad - change[1], 0, told["gad7"]["top"])
    below = case & (still_phq < PHQ9_CASE) & (still_gad < GAD7_CASE)
    by_phq = below & (phq >= PHQ9_CASE)
    still_phq = np.where(by_phq, PHQ9_CASE, still_phq)
    still_gad = np.where(below & ~by_phq, GAD7_CASE, still_gad)
    return np.where(recovered, well[0], still_phq), np.where(recovered, well[1], still_gad)


def _rows(column: str, wanted: str) -> Recorded:
    def recorded(files: Mapping[str, pd.DataFrame]) -> tuple[np.ndarray, np.ndarray]:
        once = files["L04"].drop_duplicates("person")
        known = once[once[column].notna()]
        return known["person"].to_numpy(), (known[column] == wanted).to_numpy()

    return recorded


def _seen_promptly(files: Mapping[str, pd.DataFrame]) -> tuple[np.ndarray, np.ndarray]:
    seen = files["L04"].drop_duplicates("person")
    seen = seen[seen["assessed_on"].notna()]
    waited = (seen["assessed_on"] - seen["referred_on"]).dt.days
    return seen["person"].to_numpy(), (waited <= _PROMPT_DAYS).to_numpy()


def _treated(files: Mapping[str, pd.DataFrame]) -> tuple[np.ndarray, np.ndarray]:
    once = files["L04"].drop_duplicates("person")
    return once["person"].to_numpy(), (once["contacts"] >= 2).to_numpy()


#: What is taught of talking therapies.
INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "talking_referred",
        "L04",
        "share referred to talking therapies",
        "people with depression or anxiety in the six years",
        _ALL,
        lambda latent: (latent["tt_need"].to_numpy(), latent["tt_referred"].to_numpy()),
    ),
    Indicator(
        "talking_seen_in_six_weeks",
        "L04",
        "share assessed within six weeks of referral",
        "people assessed for talking therapies",
        _ALL,
        lambda latent: (latent["tt_assessed"].to_numpy(), latent["tt_prompt"].to_numpy()),
        _seen_promptly,
    ),
    Indicator(
        "talking_without_interpreter",
        "L04",
        "share who needed an interpreter and did not have one",
        "people assessed for talking therapies",
        _ALL,
        lambda latent: (
            latent["tt_assessed"].to_numpy(),
            (latent["tt_interpreter"] == 2).to_numpy(),
        ),
        _rows("interpreter", "needed and not used"),
    ),
    Indicator(
        "talking_treated",
        "L04",
        "share treated (two contacts or more)",
        "people referred to talking therapies",
        _ALL,
        lambda latent: (latent["tt_referred"].to_numpy(), latent["tt_treated"].to_numpy()),
        _treated,
    ),
    Indicator(
        "talking_recovered",
        "L04",
        "share recovered",
        "people treated who were a case at the start",
        _ALL,
        lambda latent: (
            (latent["tt_treated"] & latent["tt_case"]).to_numpy(),
            latent["tt_recovered"].to_numpy(),
        ),
        _rows("recovered", "yes"),
    ),
)
