"""Layer 6, recording: what services write down. Here errors enter, each with a known rate.

The only layer below exposures that sees the group: who is recorded as what depends on the
practice, the hospital and the code list, and that is what the course has to teach. With
``faithful=True`` the records say what is true and nothing is missing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from eeic.categories import LABELS, NHS_2001, NOT_KNOWN, NOT_STATED, TO_NHS_2001
from eeic.world.lookups import choose
from eeic.world.parameters import WorldParameters
from eeic.world.pathways import CHECKS
from eeic.world.people import slots
from eeic.world.streams import Module, uniforms

#: Day 0 of the records, the first day of financial year 2031/32.
FIRST_DAY = np.datetime64("2031-04-01")
#: Last day of financial year 2036/37, as a day number.
LAST_DAY = 2191
#: The review year of step 0: the sixth financial year, 2036/37.
REVIEW_YEAR = 6

_GROUPS = len(LABELS)
# Beyond the 19 groups a record can hold these two answers, and here they have numbers as well.
_NOT_STATED, _NOT_KNOWN = _GROUPS, _GROUPS + 1
_LETTERS = np.array([*(TO_NHS_2001[label] for label in LABELS), "Z", "99"], dtype=object)
_CODES_2021 = np.array([*LABELS, "Z", "99"], dtype=object)
_LABELS_2021 = np.array([*LABELS, NOT_STATED, NOT_KNOWN], dtype=object)
_LABELS_2001 = np.array([NHS_2001[letter] for letter in _LETTERS], dtype=object)
_METHODS = np.array(["self", "staff", "default", "transfer"], dtype=object)


def ethnicity(
    parameters: WorldParameters,
    seed: int,
    area: int,
    people: pd.DataFrame,
    exposed: pd.DataFrame,
    *,
    faithful: bool = False,
) -> pd.DataFrame:
    """Record the ethnic group of one area's residents at their GP and at the hospital.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    seed : int
        Seed of the world.
    area : int
        Number of the area, from 1.
    people : DataFrame
        The area's residents.
    exposed : DataFrame
        Their exposures: being treated unfairly makes *not stated* likelier.
    faithful : bool
        Record what people say of themselves, for everybody.

    Returns
    -------
    DataFrame
        One row a record: person_id, source, code, scheme, ethnic_group_recorded, recorded_on,
        method.
    """
    told = parameters["recording"]
    groups = parameters.tables["group"]
    site = parameters.tables["site"].iloc[0]
    group = people["group"].to_numpy()
    age = people["age"].to_numpy()
    block = iter(
        uniforms(seed, Module.RECORDED_ETHNICITY, area, 24, slots(parameters, area))[
            :, : len(people)
        ]
    )

    def u() -> np.ndarray:
        """Take the next variable of the block: order below is part of the world's version."""
        return next(block)

    refuses = told["not_stated"] + told["not_stated_after_unfair"] * (exposed["unfair"] > 0)
    refuses = refuses.to_numpy()
    # Old codes come from people first registered while the 2001 list was in use.
    years = np.where(people["born_uk"], age, people["years_in_england"])
    old = (u() < told["old_scheme"]) & (years >= told["old_scheme_from_years"])

    missed = (
        groups["gp_missed"].to_numpy()[group]
        + parameters.tables["practice"]["record_miss"].to_numpy()[people["practice"]]
    )
    gp, gp_drifted = _written(
        group, groups["gp_agrees"], _drift(parameters, 0, 0), missed, refuses, u(), u(), u(), u()
    )
    gp_kept = (gp != _NOT_KNOWN) | (u() < told["gp_row_kept_when_not_known"])
    gp_day = _day(u())
    gp_method = _method(u(), u(), gp_drifted, told)
    gp_again = (u() < told["second_gp_row"]) & gp_kept
    # Asking again is what replaces a wrong code with the person's own answer.
    gp_second = np.where(u() < told["second_row_asks_again"], group, gp)
    gp_second_day = gp_day + 1 + (u() * (LAST_DAY - gp_day)).astype(np.int64)

    contact_by_age = np.array(told["hospital_contact_by_age"])
    contact = u() < contact_by_age[np.searchsorted([20, 40, 65], age, side="right")]
    hospital, drifted = _written(
        group,
        groups["hospital_agrees"],
        _drift(parameters, site["default_code_rate"], site["other_drift"]),
        np.full(len(people), site["not_known"]),
        refuses,
        u(),
        u(),
        u(),
        u(),
    )
    copied = (u() < told["hospital_copies_gp"]) & (gp < _GROUPS) & (hospital < _GROUPS)
    hospital = np.where(copied, gp, hospital)
    hospital_day = _day(u())
    hospital_method = np.where(copied, "transfer", _method(u(), u(), drifted, told))
    hospital_again = contact & (u() < told["second_hospital_row"])

    if faithful:
        gp = gp_second = hospital = group
        gp_kept = np.ones(len(people), dtype=bool)
        old = gp_again = hospital_again = np.zeros(len(people), dtype=bool)
        gp_method = hospital_method = np.full(len(people), "self", dtype=object)

    new = np.zeros(len(people), dtype=bool)
    who = people["person_id"].to_numpy()
    again_day = np.minimum(hospital_day + 30, LAST_DAY)
    rows = [
        _rows(who, "GP", gp, old, gp_day, gp_method, gp_kept),
        _rows(who, "GP", gp_second, new, np.minimum(gp_second_day, LAST_DAY), gp_method, gp_again),
        _rows(who, "hospital", hospital, old, hospital_day, hospital_method, contact),
        _rows(who, "hospital", hospital, old, again_day, hospital_method, hospital_again),
    ]
    return pd.concat(rows, ignore_index=True)


def register(
    parameters: WorldParameters,
    seed: int,
    area: int,
    people: pd.DataFrame,
    pathway: pd.DataFrame,
    recorded: pd.DataFrame,
    *,
    faithful: bool = False,
) -> pd.DataFrame:
    """Write one area's part of the resident register.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    seed : int
        Seed of the world.
    area : int
        Number of the area, from 1.
    people : DataFrame
        The area's residents.
    pathway : DataFrame
        Their pathway: someone with a diagnosis certainly has a practice.
    recorded : DataFrame
        Their recorded ethnicity, from `ethnicity`.
    faithful : bool
        Leave nothing out and make no mistake.

    Returns
    -------
    DataFrame
        The columns of dataset L01, missing values as None.
    """
    told = parameters["recording"]
    home = parameters.tables["area"].iloc[area - 1]
    places = parameters.tables["place"].set_index("place_id")
    practices = parameters.tables["practice"]
    practice = people["practice"].to_numpy()
    born_uk = people["born_uk"].to_numpy()
    years = people["years_in_england"].to_numpy()
    u_practice, u_language, u_migration, u_age, u_older = uniforms(
        seed, Module.RECORDED_REGISTER, area, 5, slots(parameters, area)
    )[:, : len(people)]

    newcomer = ~born_uk & (years <= 1)
    no_practice = u_practice < np.where(
        newcomer, told["practice_not_known_first_year"], told["practice_not_known"]
    )
    no_practice &= ~pathway["diagnosed"].to_numpy()
    no_route = (practices["interpreter_route"] == "none").to_numpy()[practice]
    not_asked = u_language < np.where(
        no_route, told["language_not_asked_no_route"], told["language_not_asked"]
    )
    no_migration = u_migration < told["migration_not_known"]
    shift = np.where(u_age < told["age_error"], np.where(u_older < 0.5, 10, -10), 0)
    if faithful:
        no_practice = not_asked = no_migration = np.zeros(len(people), dtype=bool)
        shift = np.zeros(len(people), dtype=np.int64)

    age = np.clip(people["age"].to_numpy() + shift, 0, 95)
    bands = np.array([*(f"{low}-{low + 4}" for low in range(0, 90, 5)), "90+"], dtype=object)
    decile = int(home["deprivation_decile"])
    return pd.DataFrame(
        {
            "person_id": people["person_id"],
            "area_id": home["area_id"],
            "place": places.loc[home["place_id"], "name"],
            "practice_id": _unless(no_practice, practices["practice_id"].to_numpy()[practice]),
            "age": age,
            "age_band": bands[np.minimum(age // 5, 18)],
            "sex": people["sex"],
            "ethnic_group_self": _LABELS_2021[people["group"].to_numpy()],
            "ethnic_code_2001": _latest_code(people["person_id"], recorded),
            "language_support_needed": _unless(not_asked, _yes_no(people["language_need"])),
            "born_uk": _unless(no_migration, _yes_no(born_uk)),
            "years_in_england": _unless(no_migration | born_uk, np.minimum(years, 95)),
            "deprivation_decile": decile,
            "deprivation_fifth": (decile + 1) // 2,
        }
    )


def diabetes(
    parameters: WorldParameters,
    seed: int,
    area: int,
    people: pd.DataFrame,
    pathway: pd.DataFrame,
    *,
    faithful: bool = False,
) -> pd.DataFrame:
    """Write one area's part of the diabetes file: people with a diagnosis.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    seed : int
        Seed of the world.
    area : int
        Number of the area, from 1.
    people : DataFrame
        The area's residents.
    pathway : DataFrame
        Their pathway.
    faithful : bool
        Write everything down as it was.

    Returns
    -------
    DataFrame
        The columns of dataset L03, missing values as None.
    """
    told = parameters["recording"]
    block = uniforms(seed, Module.RECORDED_DIABETES, area, 8, slots(parameters, area))
    found = pathway["diagnosed"].to_numpy()
    u_route, u_date, u_urine, u_unit, u_digit, u_twice, *_ = block[:, : len(people)][:, found]
    person, walked = people[found], pathway[found]
    if faithful:
        u_route = u_date = u_urine = u_unit = u_digit = u_twice = np.ones(len(person))

    profile = parameters.tables["practice"]["recording_profile"].to_numpy()[person["practice"]]
    checks = {check: walked[check].to_numpy() for check in CHECKS}
    lost = (profile == "urine under-coded") & (u_urine < told["urine_under_coded"])
    checks["cp5_urine"] = checks["cp5_urine"] & ~lost

    day = np.where(u_date < told["transfer_date"], 0, walked["diagnosed_day"])
    mmol = walked["hba1c"].to_numpy()
    # The master equation between the two units of HbA1c; rounded as clinics write per cent.
    percent = np.rint((mmol / 10.929 + 2.15) * 10) / 10
    hba1c = np.where(u_unit < told["hba1c_in_percent"], percent, mmol)
    pressure = walked["bp_sys"].to_numpy()
    tens = np.rint(pressure / 10).astype(np.int64) * 10
    pressure = np.where(u_digit < told["bp_digit_preference"], tens, pressure)
    rows = pd.DataFrame(
        {
            "person_id": person["person_id"],
            "review_year": REVIEW_YEAR,
            "diagnosed_on": FIRST_DAY + day.astype("timedelta64[D]"),
            "route": _unless(u_route < told["route_not_known"], walked["route"].to_numpy()),
            **{check: _yes_no(done) for check, done in checks.items()},
            "all_nine": _yes_no(np.array(list(checks.values())).all(axis=0)),
            "hba1c": _unless(~checks["cp1_hba1c"], hba1c),
            "bp_sys": _unless(~checks["cp2_bp"], pressure),
            "chol": _unless(~checks["cp3_cholesterol"], walked["chol"].to_numpy()),
        }
    )
    return pd.concat([rows, rows[u_twice < told["duplicates"]]], ignore_index=True)


def _written(
    group: np.ndarray,
    agrees: pd.Series,
    drift: np.ndarray,
    missed: np.ndarray,
    refuses: np.ndarray,
    u_missed: np.ndarray,
    u_refuses: np.ndarray,
    u_agrees: np.ndarray,
    u_drift: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return what one source writes down for each person, and who was written down wrongly."""
    drifted = u_agrees >= agrees.to_numpy()[group]
    answer = np.where(drifted, choose(drift[group], u_drift), group)
    answer = np.where(u_refuses < refuses, _NOT_STATED, answer)
    answer = np.where(u_missed < missed, _NOT_KNOWN, answer)
    return answer, drifted


def _drift(parameters: WorldParameters, default_rate: float, other_rate: float) -> np.ndarray:
    """Return where a wrong code goes, group by group.

    Parts of the wrong codes are White British by default and *Any other ethnic group* for lack of
    a better button; the rest goes to the groups in table ``drift``. A wrong code is never the
    right one.
    """
    table = np.zeros((_GROUPS, _GROUPS))
    for own, wrong, share in parameters.tables["drift"].to_numpy().tolist():
        table[LABELS.index(own), LABELS.index(wrong)] = share
    table *= 1 - default_rate - other_rate
    table[:, LABELS.index("White British")] += default_rate
    table[:, LABELS.index("Any other ethnic group")] += other_rate
    np.fill_diagonal(table, 0)
    return table


def _method(u_known: np.ndarray, u: np.ndarray, drifted: np.ndarray, told: dict) -> np.ndarray:
    """Draw how a code came about: wrong codes are more often staff's or the system's."""
    shares = np.where(drifted[:, None], [0.15, 0.45, 0.30, 0.10], [0.60, 0.25, 0.05, 0.10])
    return _unless(u_known < told["method_not_known"], _METHODS[choose(shares, u)])


def _rows(
    who: np.ndarray,
    source: str,
    answer: np.ndarray,
    old: np.ndarray,
    day: np.ndarray,
    method: np.ndarray,
    kept: np.ndarray,
) -> pd.DataFrame:
    """Turn the answers of one source into rows, in the scheme they were written down in."""
    answer, old, method = answer[kept], old[kept], method[kept].copy()
    # Nobody answered where the code says that the answer is not known.
    method[answer == _NOT_KNOWN] = None
    return pd.DataFrame(
        {
            "person_id": who[kept],
            "source": source,
            "code": np.where(old, _LETTERS[answer], _CODES_2021[answer]),
            "scheme": np.where(old, "2001", "2021"),
            "ethnic_group_recorded": np.where(old, _LABELS_2001[answer], _LABELS_2021[answer]),
            "recorded_on": FIRST_DAY + day[kept].astype("timedelta64[D]"),
            "method": method,
        }
    )


def _latest_code(people: pd.Series, recorded: pd.DataFrame) -> np.ndarray:
    """Return the 2001 code a register would hold: the GP's latest group, else the hospital's.

    Where no source holds a group, *not stated* is kept if anyone was asked, else *not known*.
    """
    letters = dict(zip(_CODES_2021, _LETTERS, strict=True))
    code = recorded["code"].where(recorded["scheme"] == "2001", recorded["code"].map(letters))
    quality = code.map({"99": 0, "Z": 1}).fillna(2)
    ranked = recorded.assign(
        code=code, quality=quality, from_gp=(recorded["source"] == "GP") & (quality == 2)
    ).sort_values(["quality", "from_gp", "recorded_on"], kind="stable")
    best = ranked.drop_duplicates("person_id", keep="last").set_index("person_id")["code"]
    return best.reindex(people).fillna("99").to_numpy(dtype=object)


def _day(u: np.ndarray) -> np.ndarray:
    return (u * (LAST_DAY + 1)).astype(np.int64)


def _yes_no(values: ArrayLike) -> np.ndarray:
    return np.where(np.asarray(values, dtype=bool), "yes", "no").astype(object)


def _unless(missing: ArrayLike, values: ArrayLike) -> np.ndarray:
    """Return the values, None where missing."""
    result = np.asarray(values).astype(object)
    result[np.asarray(missing)] = None
    return result
