"""Dataset L16: who works for the system, on which band, and what happens to them there.

People are equally able in every group. What differs is how often they are treated unfairly, here
when applicants are shortlisted, when complaints about staff become formal, and day by day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eeic.categories import HIGH_LEVEL
from eeic.world import streams
from eeic.world.lookups import logistic
from eeic.world.recording.columns import unless
from eeic.world.streams import Module
from eeic.world.tables import sample

if TYPE_CHECKING:
    from eeic.world.build import Recipe

YEARS = tuple(f"{year}/{year % 100 + 1}" for year in range(2031, 2037))
#: Of fewer staff than this nothing is shown that could be about a person.
SMALLEST = 10

_WHITE = HIGH_LEVEL.index("White")


def make(wanted: Recipe) -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, Any]]]:
    """Make the workforce profile, and what is spent on interpreting.

    Parameters
    ----------
    wanted : Recipe
        The world.

    Returns
    -------
    tuple of dict
        L16 and L16_spending, and what is true of them.
    """
    told = wanted.parameters["workforce"]
    drawn = sample.draw(wanted)
    age = drawn.people["age"].to_numpy()
    working = (age >= 18) & (age < 65)
    five = drawn.five[working]
    mix = np.bincount(five, minlength=len(HIGH_LEVEL)) / working.sum()
    # How often people of working age are treated unfairly: all that reaches the steps below.
    unfair = sample.mean_by(
        five, drawn.exposed["unfair"].to_numpy()[working], len(HIGH_LEVEL)
    ).round(6)
    chances = {
        name: logistic(step["base"] + step["unfair"] * unfair)
        for name, step in told["steps"].items()
    }
    return (
        {"L16": _profile(wanted, mix, unfair, chances), "L16_spending": _spending(wanted, drawn)},
        {
            "L16": {
                "note": "Sizes, chances and costs are invented",
                "unfair_exposure": sample.rounded(unfair, HIGH_LEVEL),
                "chances": {
                    name: sample.rounded(value, HIGH_LEVEL) for name, value in chances.items()
                },
                # Nothing else acts on the steps, so the whole gap is unfair treatment.
                "contributions": {
                    name: {"unfair_treatment": sample.rounded(value - value[_WHITE], HIGH_LEVEL)}
                    for name, value in chances.items()
                },
            }
        },
    )


def _profile(
    wanted: Recipe, mix: np.ndarray, unfair: np.ndarray, chances: dict[str, np.ndarray]
) -> pd.DataFrame:
    told = wanted.parameters["workforce"]
    bands = list(told["bands"])
    staff = np.array(list(told["bands"].values()))
    groups = len(HIGH_LEVEL)
    # Each band up, unfair treatment holds some back who would have been promoted.
    kept = 1 - told["held_back"] * unfair
    weight = mix * np.cumprod(np.tile(kept, (len(bands), 1)), axis=0)
    share = weight / weight.sum(axis=1, keepdims=True)
    # A little is gained every year, if only slowly.
    year = np.arange(len(YEARS))[:, None, None]
    share = share + (mix - share) * told["closing_a_year"] * year
    shape = (len(YEARS), len(bands), groups)
    u_count, u_applied = streams.uniforms(
        wanted.seed, Module.WORKFORCE, 0, 2, len(YEARS) * len(bands) * groups
    )
    count = sample.about(share * staff[:, None], u_count.reshape(shape)).ravel()
    vacancies = (staff * told["vacancy_rate"])[:, None]
    applied = sample.about(
        np.broadcast_to(vacancies * told["applicants"] * mix, shape), u_applied.reshape(shape)
    ).ravel()

    def happened(part: int, trials: np.ndarray, name: str) -> np.ndarray:
        chance = np.broadcast_to(chances[name], shape).ravel()
        return sample.successes(wanted, Module.WORKFORCE, part, trials, chance)

    shortlisted = happened(1, applied, "shortlisted")
    appointed = happened(2, shortlisted, "appointed")
    discipline = happened(3, count, "discipline")
    leavers = happened(4, count, "leaving")
    faithful = not wanted.on["recording"]
    answered = count if faithful else happened(5, count, "answering")
    harassed = happened(6, answered, "harassed")
    fair = happened(7, answered, "fair_chance")
    few = (count < SMALLEST) & (not faithful)
    number = np.arange(len(count))
    return pd.DataFrame(
        {
            "year": np.array(YEARS, dtype=object)[number // (len(bands) * groups)],
            "staff_band": np.array(bands, dtype=object)[number // groups % len(bands)],
            "group5": np.array(HIGH_LEVEL, dtype=object)[number % groups],
            "count": count,
            "applied": applied,
            "shortlisted": shortlisted,
            "appointed": appointed,
            "discipline": unless(few, discipline),
            "leavers": leavers,
            "survey_answered": unless(few, answered),
            "survey_harassed": unless(few, harassed),
            "survey_fair_chance": unless(few, fair),
        }
    )


def _spending(wanted: Recipe, drawn: sample.Sample) -> pd.DataFrame:
    """Count what interpreting costs, from the people who need it and the practices they have."""
    told = wanted.parameters["workforce"]["interpreting"]
    need = drawn.people["language_need"].to_numpy()
    unmet = drawn.exposed["unmet_language"].to_numpy()
    people = need.sum() * sample.ONE_IN
    met = 1 - unmet.sum() / need.sum()
    asked, filled = streams.uniforms(wanted.seed, Module.WORKFORCE, 8, 2, len(YEARS))
    grown = 1 + told["growth"] * np.arange(len(YEARS))
    bookings = sample.about(people * told["bookings_a_person"] * grown, asked)
    provided = np.minimum(sample.about(bookings * met, filled), bookings)
    price = told["price"] * (1 + told["dearer"] * np.arange(len(YEARS)))
    return pd.DataFrame(
        {
            "year": list(YEARS),
            "bookings_requested": bookings,
            "bookings_filled": provided,
            "interpreting_spend": np.rint(provided * price).astype(int),
            "vacancies": told["vacancies"],
            "equality_team_wte": told["equality_team_wte"],
        }
    )
