"""Dataset L06: twenty years of births at the three maternity units of the system, counted.

Mothers are drawn from the sample of residents by their age alone, so a group's births follow its
ages; what they meet is what they meet in the whole world. Risks are the same in every year: what
moves in a window of three years is chance, or recording.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eeic.categories import LABELS
from eeic.world import streams
from eeic.world.lookups import choose_by, logistic
from eeic.world.parameters import WorldParameters
from eeic.world.recording.columns import (
    KNOWN_NOTHING,
    LETTERS,
    STATED_NOTHING,
    answers,
    unless,
)
from eeic.world.recording.ethnicity import drift
from eeic.world.streams import Module
from eeic.world.tables import sample

if TYPE_CHECKING:
    from eeic.world.build import Recipe

UNITS = ("Unit 1", "Unit 2", "Unit 3")
AGE_BANDS = ("under 25", "25-34", "35 and over")
OUTCOMES = ("stillbirth", "neonatal_death", "severe_morbidity", "booked_late")

_REFERENCE = "White British"
_LIVE_VARIABLES, _RECORDED_VARIABLES = 6, 7


def make(wanted: Recipe) -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, Any]]]:
    """Count the births of twenty years as the units recorded them.

    Parameters
    ----------
    wanted : Recipe
        The world.

    Returns
    -------
    tuple of dict
        ``L06``, and what is true of it: risks by group, which no year changes, and the year in
        which recording changed.
    """
    rows, true = births(wanted), _risks(wanted)
    told = wanted.parameters["maternity"]
    keys = ["year", "unit", "ethnic_code", "age_band", "deprivation_fifth"]
    silent = rows["unit"].cat.codes == told["recording"]["silent_unit"]
    faithful = not wanted.on["recording"]
    counted = pd.DataFrame(
        {
            **{key: rows[key] for key in keys},
            "births": 1,
            "stillbirths": rows["stillbirth"],
            "neonatal_deaths": rows["neonatal_death"],
            "severe_morbidity": rows["severe_morbidity"],
            "booking_known": rows["booked_week"].notna(),
            "booked_late": rows["booked_week"] > 12,
            "interpreter_asked": rows["interpreter_need"].notna(),
            "interpreter_needed": rows["interpreter_need"] == 1,
        }
    )
    table = counted.groupby(keys, observed=True).sum().astype(np.int64).reset_index()
    nobody_asks = (table["unit"] == UNITS[told["recording"]["silent_unit"]]) & (not faithful)
    for column in ("interpreter_asked", "interpreter_needed"):
        table[column] = unless(nobody_asks, table[column])
    facts = {
        "risk_by_group": true,
        "ratio_to_reference": {
            outcome: {
                label: round(risk / by_group[_REFERENCE], 4) for label, risk in by_group.items()
            }
            for outcome, by_group in true.items()
        },
        "risks_change_over_the_years": False,
        "recording_changed_in_year": None if faithful else told["recording"]["changed_year"],
        "unit_that_does_not_record_interpreter_need": None
        if faithful
        else UNITS[told["recording"]["silent_unit"]],
        "flaws": {
            "ethnic_code_not_known": _rate(rows["ethnic_code"] == "99"),
            "interpreter_need_missing": _rate(rows["interpreter_need"].isna()),
            "interpreter_need_missing_at_other_units": _rate(
                rows.loc[~silent, "interpreter_need"].isna()
            ),
            "booking_missing": _rate(rows["booked_week"].isna()),
            "agrees_with_own_answer_before": _agrees(wanted, rows, before=True),
            "agrees_with_own_answer_after": _agrees(wanted, rows, before=False),
        },
    }
    return {"L06": table}, {"L06": facts}


def births(wanted: Recipe) -> pd.DataFrame:
    """List the births of twenty years, one by one, as the units recorded them.

    Parameters
    ----------
    wanted : Recipe
        The world.

    Returns
    -------
    DataFrame
        year (1 to 20; year 20 is 2036/37), unit, ethnic_code (of the mother, 2001 list), age_band,
        deprivation_fifth, stillbirth, neonatal_death, severe_morbidity (true or false),
        booked_week (NaN where not known), interpreter_need (1, 0, or NaN where nobody asked), and
        group (number of the mother's own answer, which is not for learners).
    """
    parameters = wanted.parameters
    told = parameters["maternity"]
    drawn = sample.draw(wanted)
    mothers, weight = _mothers(drawn, told)
    cumulative = np.cumsum(weight)
    new = _new_here(wanted)
    chances = {name: chance(parameters, drawn.exposed, new, name) for name in OUTCOMES}
    # A year at a time: what twenty years of births are drawn from would take much memory.
    years = [
        _births_in(wanted, drawn, mothers, cumulative, chances, year)
        for year in range(1, told["years"] + 1)
    ]
    return pd.concat(years, ignore_index=True)


def _births_in(
    wanted: Recipe,
    drawn: sample.Sample,
    mothers: np.ndarray,
    cumulative: np.ndarray,
    chances: dict[str, np.ndarray],
    year: int,
) -> pd.DataFrame:
    """List the births of one year; more births fall to whoever has a larger part of the sum."""
    parameters = wanted.parameters
    told = parameters["maternity"]
    births = int(cumulative[-1]) * sample.ONE_IN // 100_000
    u_who, u_still, u_neonatal, u_severe, u_late, u_week = streams.uniforms(
        wanted.seed, Module.MATERNITY, 0, _LIVE_VARIABLES, births, year=year
    )
    who = mothers[np.searchsorted(cumulative, u_who * cumulative[-1], side="right")]
    still = u_still < chances["stillbirth"][who]
    neonatal = ~still & (u_neonatal < chances["neonatal_death"][who])
    severe = u_severe < chances["severe_morbidity"][who]
    late = u_late < chances["booked_late"][who]
    week = np.where(late, 13 + 22 * u_week * u_week, 5 + 8 * u_week).astype(np.int64)

    people = drawn.people
    area = people["area"].to_numpy()[who] - 1
    tables = parameters.tables
    unit = parameters.area_place[area] % 6 // 2
    need = people["language_need"].to_numpy()[who]
    age = people["age"].to_numpy()[who]
    group = people["group"].to_numpy()[who]
    decile = tables["area"]["deprivation_decile"].to_numpy()[area]

    if not wanted.on["recording"]:
        code, severe_shown = group, severe
        week_missing = not_asked = np.zeros(births, dtype=bool)
    else:
        u = streams.uniforms(
            wanted.seed, Module.RECORDED_MATERNITY, 0, _RECORDED_VARIABLES, births, year=year
        )
        habit = told["recording"]
        after = np.full(births, year >= habit["changed_year"])
        code = _codes(parameters, group, after, u[:4])
        severe_shown = severe & (after | (u[4] < habit["morbidity_kept_before"]))
        week_missing = u[5] < habit["booking_not_known"]
        not_asked = (unit == habit["silent_unit"]) | (u[6] < habit["need_not_asked"])
    return pd.DataFrame(
        {
            "year": year,
            "unit": answers(unit, UNITS),
            "ethnic_code": answers(code, LETTERS),
            "age_band": answers(np.searchsorted([25, 35], age, side="right"), AGE_BANDS),
            "deprivation_fifth": (decile + 1) // 2,
            "stillbirth": still,
            "neonatal_death": neonatal,
            "severe_morbidity": severe_shown,
            "booked_week": unless(week_missing, week),
            "interpreter_need": unless(not_asked, need),
            "group": group,
        }
    )


def chance(
    parameters: WorldParameters, exposed: pd.DataFrame, new: np.ndarray, outcome: str
) -> np.ndarray:
    """Return each resident's chance of an outcome, were she to give birth.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    exposed : DataFrame
        What the sampled residents meet.
    new : numpy.ndarray
        Whether each came to England in the last few years: booking has to be found out about.
    outcome : str
        One of `OUTCOMES`.

    Returns
    -------
    numpy.ndarray
        Chances.
    """
    told = parameters["maternity"]
    slopes = {name: slope for name, slope in told[outcome].items() if name != "base"}
    total = told[outcome]["base"] + slopes.pop("recent") * new
    for column, slope in slopes.items():
        total = total + slope * exposed[column].to_numpy()
    return logistic(total)


def _new_here(wanted: Recipe) -> np.ndarray:
    """Return who came in the last few years: nobody where recent arrival is switched off."""
    years = sample.draw(wanted).people["years_in_england"].to_numpy()
    few = wanted.parameters["maternity"]["recent_years"]
    return (years >= 0) & (years < few) & wanted.on["recent_arrival"]


def _mothers(drawn: sample.Sample, told: dict) -> tuple[np.ndarray, np.ndarray]:
    """Return the residents who may give birth, and how many do of 100,000 like them in a year."""
    age, female = drawn.people["age"].to_numpy(), drawn.people["female"].to_numpy()
    ages = told["birth_ages"]
    mothers = np.flatnonzero(female & (age >= ages[0]) & (age < ages[-1]))
    band = np.searchsorted(ages, age[mothers], side="right") - 1
    return mothers, np.array(told["births_per_100000"])[band]


def _risks(wanted: Recipe) -> dict[str, dict[str, float]]:
    """Return each group's true risk of every outcome: the mean over those who give birth."""
    drawn = sample.draw(wanted)
    mothers, weight = _mothers(drawn, wanted.parameters["maternity"])
    group = drawn.people["group"].to_numpy()[mothers]
    found = {}
    for outcome in OUTCOMES:
        risk = chance(wanted.parameters, drawn.exposed, _new_here(wanted), outcome)[mothers]
        of = np.bincount(group, weights=weight, minlength=len(LABELS))
        total = np.bincount(group, weights=weight * risk, minlength=len(LABELS))
        found[outcome] = {
            label: round(float(total[g] / of[g]), 6) for g, label in enumerate(LABELS)
        }
    return found


def _codes(
    parameters: WorldParameters, group: np.ndarray, after: np.ndarray, u: np.ndarray
) -> np.ndarray:
    """Write the mother's code: by staff on paper at first, asked at booking from the change on."""
    habit, told = parameters["maternity"]["recording"], parameters["recording"]
    site = parameters.tables["site"].iloc[0]
    own = parameters.tables["group"]["hospital_agrees"].to_numpy()[group]
    own = own + habit["better_after"] * after
    wrong = drift(parameters, site["default_code_rate"], site["other_drift"])
    code = np.where(u[0] < own, group, choose_by(wrong, group, u[1]))
    code = np.where(u[2] < told["not_stated"], STATED_NOTHING, code)
    missed = np.where(after, habit["not_known_after"], habit["not_known_before"])
    return np.where(u[3] < missed, KNOWN_NOTHING, code)


def _agrees(wanted: Recipe, rows: pd.DataFrame, *, before: bool) -> float | None:
    """Return how often a recorded code is the code of the mother's own answer."""
    changed = wanted.parameters["maternity"]["recording"]["changed_year"]
    part = rows[(rows["year"] < changed) == before]
    own = np.array(LETTERS, dtype=object)[part["group"].to_numpy()]
    known = ~part["ethnic_code"].isin(["Z", "99"]).to_numpy()
    return _rate((part["ethnic_code"].to_numpy() == own)[known])


def _rate(which: Any) -> float:
    return round(float(np.mean(which)), 4)
