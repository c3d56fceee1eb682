"""Outpatients: who has an appointment, who misses it, and what reminders do. Never sees the group.

A row of the dataset is an appointment, so a person's appointments are drawn in eight places, four
for each of two years. How many are used follows age alone; every switch leaves it as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from eeic.world.block import Block
from eeic.world.exposures import weighted, without_group
from eeic.world.lookups import choose_by, logistic, logistic_grid, logistic_step, normal
from eeic.world.parameters import WorldParameters
from eeic.world.recording.columns import LAST_DAY
from eeic.world.services.base import Expect, Expectation, Indicator
from eeic.world.streams import Module

#: Weeks of the file, numbered from 1; the last ends on the last day of the records.
WEEKS = 104
FIRST_DAY_DUE = LAST_DAY + 1 - 7 * WEEKS
_WEEKS_A_YEAR = 52

#: Most appointments of a person in a year, and places for them in the draws.
A_YEAR = 4
PLACES = 2 * A_YEAR

#: Outcomes by their numbers.
OUTCOMES = (
    "attended",
    "did not attend",
    "was not brought",
    "cancelled by patient",
    "cancelled by hospital",
)
ATTENDED, DID_NOT_ATTEND, NOT_BROUGHT, BY_PATIENT, BY_HOSPITAL = range(5)

SLOTS = ("day", "evening", "weekend")
MODES = ("face to face", "phone", "video")
REMINDERS = ("none", "text", "call")

SPECIALTIES = (
    "bones and joints",
    "ear, nose and throat",
    "eyes",
    "teeth and jaw",
    "skin",
    "children's medicine",
    "general medicine",
    "general surgery",
    "heart",
    "lungs",
    "stomach and bowel",
    "brain and nerves",
    "kidneys",
    "diabetes and hormones",
    "cancer",
    "women's health",
    "bladder and prostate",
    "medicine for older people",
)
_SHARES = (15, 8, 14, 4, 10, 4, 4, 9, 6, 4, 6, 4, 2, 4, 3, 6, 4, 3)
#: Where children are seen too; all their other appointments are in children's medicine.
_FOR_CHILDREN = 5
_CHILDREN, _GENERAL, _WOMEN, _BLADDER, _OLDER = 5, 6, 15, 16, 17
_CHILD, _OLDER_FROM = 16, 65

#: Weeks begin on a Wednesday: days of the week as days from there.
_WEEKDAYS, _WEEKEND = np.array([0, 1, 2, 5, 6]), np.array([3, 4])

#: Equally likely values of the circumstances over which expectations are averaged.
_AVERAGED = 64
_PERSON_VARIABLES, _VARIABLES = 3, 4

#: What can make a gap in who misses an appointment.
_MISSED_BY = (
    "language",
    "deprivation",
    "unfair_treatment",
    "service_fit",
    "digital",
    "travel",
)


def phase(parameters: WorldParameters, week: np.ndarray) -> np.ndarray:
    """Return how far the reminder programme is in a week.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    week : numpy.ndarray
        Weeks from 1 to 104.

    Returns
    -------
    numpy.ndarray
        0 before it, 1 from text reminders in English, 2 from messages in people's own languages.
    """
    told = parameters["outpatients"]["reminders"]
    return np.searchsorted([told["first_week"], told["matched_week"]], week, side="right")


def log_odds_missed(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return each person's log-odds of missing an appointment, before the wait and the slot.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    numpy.ndarray
        Shape (3, residents): one row for each phase of the reminder programme.
    """
    exposed = without_group(exposed)
    told = parameters["outpatients"]
    reminders = told["reminders"]
    unmet = exposed["unmet_language"].to_numpy()
    offline = exposed["digital"].to_numpy() > 0
    stage = np.searchsorted(told["missed_age"]["ages"], exposed["age"].to_numpy(), side="right")
    before = (
        told["missed_intercept"]
        + np.array(told["missed_age"]["log_odds"])[stage]
        + weighted(exposed, told["missed"])
        - exposed["fit_outpatients"].to_numpy()
    )
    # A text in English does nothing for whoever has no use for English or for texts, or whose
    # number on file is an old one: numbers change more often where money is short.
    right_number = exposed["resources"].to_numpy() > reminders["number_right_from_resources"]
    english = before + reminders["effect"] * ((unmet == 0) & ~offline & right_number)
    # With the messages in people's own languages, numbers are checked and the others are rung.
    own = told["missed"]["unmet_language"] * (reminders["matched_leaves"] - 1) * unmet
    return np.array([before, english, before + reminders["effect"] + own])


def chance_patient_cancels(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return each person's chance of cancelling an appointment themselves.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    numpy.ndarray
        Chances. Cancelling takes a phone call in English or a website.
    """
    told = parameters["outpatients"]["cancelled_by_patient"]
    slopes = {name: slope for name, slope in told.items() if name != "base"}
    return logistic(told["base"] + weighted(without_group(exposed), slopes))


def appointments(block: Block, exposed: pd.DataFrame) -> pd.DataFrame:
    """List a block's appointments as they were.

    Parameters
    ----------
    block : Block
        The areas.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    DataFrame
        One row an appointment, resident by resident: resident (row of the block), place (of the
        eight), week (1 to 104), due (day), wait (days), specialty, slot, mode, reminder and
        outcome (numbers).
    """
    parameters = block.parameters
    told = parameters["outpatients"]
    exposed = without_group(exposed)
    draws = block.uniforms(Module.OUTPATIENTS, _PERSON_VARIABLES + _VARIABLES * PLACES)
    *u_years, u_circumstances = draws[:_PERSON_VARIABLES]
    age = exposed["age"].to_numpy()
    kind = np.searchsorted(told["appointments_a_year"]["ages"], age, side="right")
    table = np.array(told["appointments_a_year"]["table"])
    used = np.array([choose_by(table, kind, u) for u in u_years])
    place = np.arange(PLACES)
    taken = used[place // A_YEAR] > (place % A_YEAR)[:, None]
    resident, place = np.nonzero(taken.T)
    own = draws[_PERSON_VARIABLES:].reshape(_VARIABLES, PLACES, -1)[:, place, resident]
    u_when, u_clinic, u_wait, u_outcome = own

    # What is left of a uniform once something is chosen by it is a uniform again.
    ends = np.concatenate([[0], np.cumsum(_week_shares(parameters)[:_WEEKS_A_YEAR])])
    of_year, left = _parts(ends / ends[-1], u_when)
    week = 1 + _WEEKS_A_YEAR * (place // A_YEAR) + of_year
    slot, left = _parts(np.array([0, *np.cumsum(told["slots"]["shares"])]), left)
    weekday = _WEEKDAYS[(left * len(_WEEKDAYS)).astype(np.int64)]
    weekend = _WEEKEND[(left * len(_WEEKEND)).astype(np.int64)]
    due = (
        FIRST_DAY_DUE + 7 * (week - 1) + np.where(slot == SLOTS.index("weekend"), weekend, weekday)
    )

    wait = np.interp(u_wait, told["wait"]["quantiles"], told["wait"]["days"]).astype(np.int64)
    specialty, left = _parts(np.array([0, *np.cumsum(_SHARES)]) / sum(_SHARES), u_clinic)
    mode, _ = _parts(np.array([0, *np.cumsum(told["modes"])]), left)
    offline = exposed["digital"].to_numpy()[resident] > 0
    mode = np.where(offline & (mode == MODES.index("video")), MODES.index("phone"), mode)

    stage = phase(parameters, week)
    reminder = np.where(offline, np.where(stage == 2, 2, 0), np.where(stage > 0, 1, 0))
    circumstances = told["circumstances_sd"] * normal(u_circumstances)
    missed = logistic(
        log_odds_missed(parameters, exposed)[stage, resident]
        + circumstances[resident]
        + np.array(told["slots"]["log_odds"])[slot]
        + np.array(told["wait"]["log_odds"])[_wait_class(parameters, u_wait)]
    )
    hospital = told["cancelled_by_hospital"]
    gone = hospital + chance_patient_cancels(parameters, exposed)[resident]
    child = age[resident] < _CHILD
    outcome = np.where(
        u_outcome < gone + (1 - gone) * missed,
        np.where(child, NOT_BROUGHT, DID_NOT_ATTEND),
        ATTENDED,
    )
    outcome = np.where(u_outcome < gone, BY_PATIENT, outcome)
    outcome = np.where(u_outcome < hospital, BY_HOSPITAL, outcome)
    return pd.DataFrame(
        {
            "resident": resident,
            "place": place,
            "week": week,
            "due": due,
            "wait": wait,
            "specialty": _specialty(
                specialty,
                age[resident],
                exposed["female"].to_numpy(dtype=bool)[resident],
            ),
            "slot": slot,
            "mode": mode,
            "reminder": reminder,
            "outcome": outcome,
        }
    )


def walk(block: Block, exposed: pd.DataFrame) -> pd.DataFrame:
    """Let the residents of a block have outpatient appointments and attend them or not.

    Parameters
    ----------
    block : Block
        The areas.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    DataFrame
        One row a resident, numbers of appointments in the two years: op_due, op_open (not
        cancelled), op_missed and op_hospital_cancelled.
    """
    rows = appointments(block, exposed)
    resident, outcome = rows["resident"].to_numpy(), rows["outcome"].to_numpy()

    def count(which: np.ndarray) -> np.ndarray:
        return np.bincount(resident[which], minlength=len(exposed))

    return pd.DataFrame(
        {
            "op_due": count(outcome >= 0),
            "op_open": count(outcome < BY_PATIENT),
            "op_missed": count((outcome == DID_NOT_ATTEND) | (outcome == NOT_BROUGHT)),
            "op_hospital_cancelled": count(outcome == BY_HOSPITAL),
        }
    )


def expect(parameters: WorldParameters) -> Expect:
    """Prepare what to expect of outpatients, luck averaged out.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.

    Returns
    -------
    callable
        Takes exposures; see `eeic.world.services.base.Expect`.
    """
    told = parameters["outpatients"]
    table = _averaged(parameters)
    weeks = phase(parameters, np.arange(1, WEEKS + 1))
    of_phase = np.bincount(weeks, weights=_week_shares(parameters), minlength=3).tolist()
    a_year = (np.array(told["appointments_a_year"]["table"]) * np.arange(A_YEAR + 1)).sum(axis=1)

    def of(exposed: pd.DataFrame) -> dict[str, Expectation]:
        kind = np.searchsorted(
            told["appointments_a_year"]["ages"], exposed["age"].to_numpy(), side="right"
        )
        due = 2 * a_year[kind]
        gone = told["cancelled_by_hospital"] + chance_patient_cancels(parameters, exposed)
        by_phase = table[logistic_step(log_odds_missed(parameters, exposed))]
        missed = sum(share * row for share, row in zip(of_phase, by_phase, strict=True))
        hospital = np.full(len(exposed), told["cancelled_by_hospital"])
        return {
            "missed_appointments": (due * (1 - gone), np.asarray(missed)),
            "cancelled_by_hospital": (due, hospital),
        }

    return of


def _averaged(parameters: WorldParameters) -> np.ndarray:
    """Tabulate the chance of missing by its log-odds: circumstances, slot and wait averaged."""
    told = parameters["outpatients"]
    circumstances = told["circumstances_sd"] * normal((np.arange(_AVERAGED) + 0.5) / _AVERAGED)
    total = np.zeros(len(logistic_grid()))
    waits = np.diff([0, *told["wait"]["class_ends"], 1]).tolist()
    slots = told["slots"]
    for slot, by_slot in zip(slots["shares"], slots["log_odds"], strict=True):
        for wait, by_wait in zip(waits, told["wait"]["log_odds"], strict=True):
            own = logistic(logistic_grid()[:, None] + circumstances + by_slot + by_wait)
            total = total + slot * wait * own.mean(axis=1)
    return total.round(9)


def _week_shares(parameters: WorldParameters) -> np.ndarray:
    """Return how a person's appointments fall on the weeks: half of them in each year."""
    quiet = parameters["outpatients"]["quiet_weeks"]
    share = np.ones(_WEEKS_A_YEAR)
    for weeks, level in zip(quiet["weeks"], quiet["level"], strict=True):
        share[np.array(weeks) - 1] = level
    return np.tile(share / share.sum() / 2, 2).round(9)


def _parts(ends: np.ndarray, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the part of 0 to 1 that each uniform falls in, and how far into it, from 0 to 1."""
    along = np.interp(u, ends, np.arange(len(ends)))
    part = np.minimum(along.astype(np.int64), len(ends) - 2)
    return part, np.clip(along - part, 0, 1 - 1e-9)


def _wait_class(parameters: WorldParameters, u: np.ndarray) -> np.ndarray:
    return np.searchsorted(parameters["outpatients"]["wait"]["class_ends"], u, side="right")


def _specialty(drawn: np.ndarray, age: np.ndarray, female: np.ndarray) -> np.ndarray:
    """Send people where they can be patients: nobody to a clinic for others."""
    child = age < _CHILD
    result = np.where((drawn == _CHILDREN) & ~child, _GENERAL, drawn)
    result = np.where((result == _OLDER) & (age < _OLDER_FROM), _GENERAL, result)
    result = np.where((result == _WOMEN) & ~female, _BLADDER, result)
    return np.where(child & (result >= _FOR_CHILDREN), _CHILDREN, result)


def _share(part: str, whole: str) -> Callable[[pd.DataFrame], tuple[np.ndarray, np.ndarray]]:
    def counted(latent: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        of = latent[whole].to_numpy()
        share = latent[part].to_numpy() / np.maximum(of, 1)
        # A person counts once for each appointment. Thirds are rounded up far behind the point,
        # so that three of them never add up to less than one.
        return np.repeat(np.arange(len(of)), of), np.ceil(share * 2**40) / 2**40

    return counted


def _missed_in_the_file(files: Mapping[str, pd.DataFrame]) -> tuple[np.ndarray, np.ndarray]:
    rows = files["L13"]
    rows = rows[rows["outcome"].isin(OUTCOMES[:BY_PATIENT])]
    return rows["person"].to_numpy(), (rows["outcome"] != OUTCOMES[ATTENDED]).to_numpy()


def _cancelled_in_the_file(files: Mapping[str, pd.DataFrame]) -> tuple[np.ndarray, np.ndarray]:
    rows = files["L13"]
    return rows["person"].to_numpy(), (rows["outcome"] == OUTCOMES[BY_HOSPITAL]).to_numpy()


#: What is taught of outpatients.
INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "missed_appointments",
        "L13",
        "share of appointments missed",
        "appointments that nobody cancelled, of all residents",
        _MISSED_BY,
        _share("op_missed", "op_open"),
        _missed_in_the_file,
        age_matters=True,
    ),
    Indicator(
        "cancelled_by_hospital",
        "L13",
        "share of appointments cancelled by the hospital",
        "all appointments",
        (),
        _share("op_hospital_cancelled", "op_due"),
        _cancelled_in_the_file,
    ),
)
