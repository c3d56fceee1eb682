"""What no row may say: the plausibility rules of every dataset, for whatever columns it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eeic.world.services.diabetes import CHECKS

Tables = Mapping[str, pd.DataFrame]

#: The days that records may be from: financial years 2031/32 to 2036/37.
_FIRST, _LAST = pd.Timestamp("2031-04-01"), pd.Timestamp("2037-03-31")


@dataclass(frozen=True)
class Rule:
    """Something that is impossible.

    Attributes
    ----------
    says : str
        What is impossible.
    needs : tuple of str
        The columns it is seen from, as ``dataset.column``. Without them it is not looked for.
    broken : callable
        Takes the tables and tells, for each row of the dataset, whether it is so.
    """

    says: str
    needs: tuple[str, ...]
    broken: Callable[[Tables], np.ndarray | pd.Series]


def check_rows(name: str, tables: Tables) -> list[str]:
    """Look for rows of a dataset that cannot be.

    Parameters
    ----------
    name : str
        The dataset.
    tables : mapping of DataFrame
        It, and the other datasets of the same areas; the system's tables if there are any.

    Returns
    -------
    list of str
        One sentence for each rule that is broken, with the number of rows.

    Examples
    --------
    >>> born = {"person_id": ["P0000001"], "born_uk": ["yes"], "years_in_england": [3]}
    >>> check_rows("L01", {"L01": pd.DataFrame(born)})
    ['1 row is impossible: born in the United Kingdom, and with years since arrival']
    """
    findings = []
    for rule in (*RULES.get(name, ()), *_of_every(name, tables)):
        needed = (one.split(".") for one in rule.needs)
        if all(table in tables and column in tables[table] for table, column in needed):
            count = int(np.asarray(rule.broken(tables), dtype=bool).sum())
            if count:
                rows = "1 row is" if count == 1 else f"{count:,} rows are"
                findings.append(f"{rows} impossible: {rule.says}")
    return findings


def frame(columns: Mapping[str, object]) -> pd.DataFrame:
    """Return columns as they were read as a frame to look into.

    Parameters
    ----------
    columns : mapping of arrays
        As `eeic.world.values.identity` takes them.

    Returns
    -------
    DataFrame
        Ids that are fixed-width bytes become numbers, which are quicker to look up.
    """
    return pd.DataFrame({name: _quick(values) for name, values in columns.items()})


def _quick(values: object) -> object:
    if not isinstance(values, np.ndarray) or values.dtype.kind != "S":
        return values
    size = values.dtype.itemsize
    digits = np.ascontiguousarray(values).view(np.uint8).reshape(len(values), size)
    if size > 16 or ((digits[:, 1:] < ord("0")) | (digits[:, 1:] > ord("9"))).any():
        return values.astype(str)
    number = np.zeros(len(values), dtype=np.int64)
    for place in range(1, size):
        number = number * 10 + (digits[:, place] - ord("0"))
    return number


def _of_every(name: str, tables: Tables) -> list[Rule]:
    """Return the rules of every dataset: its people exist, its records are of the time."""
    columns = tables[name].columns
    rules = []
    if "person_id" in columns and name != "L01":
        rules.append(
            Rule(
                "about somebody who is not in the register",
                (f"{name}.person_id", "L01.person_id"),
                lambda t: ~t[name]["person_id"].isin(t["L01"]["person_id"]),
            )
        )
    dates = [one for one in columns if tables[name][one].dtype.kind == "M"]
    # Twenty years of maternity reach further back than the records of people.
    if name != "L06":
        rules += [_of_the_time(name, one) for one in dates]
    return rules


def _of_the_time(name: str, column: str) -> Rule:
    return Rule(
        f"{column} outside the years of the records",
        (f"{name}.{column}",),
        lambda t: t[name][column].notna() & ~t[name][column].between(_FIRST, _LAST),
    )


def _register(column: str, name: str) -> Callable[[Tables], pd.Series]:
    """Return what the register says of the person of each row."""

    def look(tables: Tables) -> pd.Series:
        register = tables["L01"].drop_duplicates("person_id").set_index("person_id")[column]
        found = register.reindex(tables[name]["person_id"])
        return found.set_axis(tables[name].index)

    return look


def _column(name: str, column: str) -> Callable[[Tables], pd.Series]:
    return lambda tables: tables[name][column]


def _outside(name: str, column: str, low: float, high: float) -> Rule:
    return Rule(
        f"{column} outside {low:g} to {high:g}",
        (f"{name}.{column}",),
        lambda t: t[name][column].notna() & ~t[name][column].between(low, high),
    )


def _before(name: str, earlier: str, later: str) -> Rule:
    return Rule(
        f"{later} before {earlier}",
        (f"{name}.{earlier}", f"{name}.{later}"),
        lambda t: t[name][later] < t[name][earlier],
    )


def _only_women(name: str, says: str, which: Callable[[Tables], pd.Series], *needs: str) -> Rule:
    sex = _register("sex", name)
    return Rule(
        says,
        (f"{name}.person_id", "L01.person_id", "L01.sex", *needs),
        lambda t: which(t) & (sex(t) == "M"),
    )


def _without(name: str, check: str, result: str) -> Rule:
    return Rule(
        f"{result} without {check}, or the other way round",
        (f"{name}.{check}", f"{name}.{result}"),
        lambda t: t[name][result].isna() != (t[name][check] == "no"),
    )


def _beyond(name: str, step: str, before: str) -> Rule:
    return Rule(
        f"{step} without {before}",
        (f"{name}.{step}", f"{name}.{before}"),
        lambda t: (t[name][step] == "yes") & (t[name][before] != "yes"),
    )


def _elsewhere(tables: Tables) -> pd.Series:
    """Tell for each resident whether their practice is in another place than their area."""
    register = tables["L01"]
    area = tables["area"].set_index("area_id")["place_id"]
    practice = tables["practice"].set_index("practice_id")["place_id"]
    at = register["practice_id"].astype(object).map(practice)
    return at.notna() & (at != register["area_id"].astype(object).map(area))


def _all_nine(tables: Tables) -> pd.Series:
    file = tables["L03"]
    done = (file[list(CHECKS)] == "yes").all(axis=1)
    return (file["all_nine"] == "yes") != done


def _age_at(name: str, column: str) -> Callable[[Tables], pd.Series]:
    """Return the age on a day at the earliest; the register's age may be wrong by ten years."""
    age = _register("age", name)
    return lambda t: age(t) + 10 - (_LAST - t[name][column]).dt.days // 365


def _more_than(name: str, part: str, whole: str) -> Rule:
    return Rule(
        f"{part} above {whole}",
        (f"{name}.{part}", f"{name}.{whole}"),
        lambda t: (t[name][part] > t[name][whole]).fillna(False),
    )


def _after_death(tables: Tables, name: str, column: str) -> pd.Series:
    """Tell for each row whether its day is after the end of the stay in which the person died."""
    stays = tables["L18"]
    died = stays[stays["discharge"] == "died"]
    left = died["admitted_on"] + pd.to_timedelta(died["los_days"].astype("int64"), unit="D")
    ended = left.groupby(died["person_id"]).min()
    last = ended.reindex(tables[name]["person_id"]).set_axis(tables[name].index)
    return tables[name][column] > last


RULES: dict[str, tuple[Rule, ...]] = {
    "L01": (
        Rule(
            "the same person twice",
            ("L01.person_id",),
            lambda t: t["L01"]["person_id"].duplicated(),
        ),
        Rule(
            "born in the United Kingdom, and with years since arrival",
            ("L01.born_uk", "L01.years_in_england"),
            lambda t: (t["L01"]["born_uk"] == "yes") & t["L01"]["years_in_england"].notna(),
        ),
        # Ages may be written down wrong by ten years; years since arrival are not.
        Rule(
            "more years in England than years of age, by more than the error of ages",
            ("L01.age", "L01.years_in_england"),
            lambda t: (t["L01"]["years_in_england"] > t["L01"]["age"] + 10).fillna(False),
        ),
        _outside("L01", "age", 0, 95),
        _outside("L01", "deprivation_decile", 1, 10),
        Rule(
            "a fifth of deprivation that is not the tenth's",
            ("L01.deprivation_decile", "L01.deprivation_fifth"),
            lambda t: (t["L01"]["deprivation_decile"] + 1) // 2 != t["L01"]["deprivation_fifth"],
        ),
        Rule(
            "a practice in another place than the area",
            (
                *("L01.area_id", "L01.practice_id"),
                *("area.area_id", "area.place_id", "practice.practice_id", "practice.place_id"),
            ),
            _elsewhere,
        ),
    ),
    "L02": (
        Rule(
            "a seventh record or more of one person",
            ("L02.person_id",),
            lambda t: t["L02"].groupby("person_id").cumcount() >= 6,
        ),
        Rule(
            "a method, though nothing is known",
            ("L02.code", "L02.method"),
            lambda t: (t["L02"]["code"] == "99") & t["L02"]["method"].notna(),
        ),
    ),
    "L03": (
        Rule(
            "diagnosed before birth",
            ("L03.person_id", "L03.diagnosed_on", "L01.person_id", "L01.age"),
            lambda t: _age_at("L03", "diagnosed_on")(t) < 0,
        ),
        _only_women(
            "L03",
            "a man found through pregnancy",
            lambda t: t["L03"]["route"] == "pregnancy",
            "L03.route",
        ),
        Rule(
            "all nine checks without each of them, or the other way round",
            ("L03.all_nine", *(f"L03.{check}" for check in CHECKS)),
            _all_nine,
        ),
        _without("L03", "cp1_hba1c", "hba1c"),
        _without("L03", "cp2_bp", "bp_sys"),
        _without("L03", "cp3_cholesterol", "chol"),
        _outside("L03", "hba1c", 3, 160),
        _outside("L03", "bp_sys", 80, 230),
        _outside("L03", "chol", 2, 12),
    ),
    "L03_education": (_beyond("L03_education", "education_attended", "education_offered"),),
    "L03_prevention": (
        _before("L03_prevention", "ndh_on", "referred_on"),
        _beyond("L03_prevention", "prevention_attended", "prevention_referred"),
        _beyond("L03_prevention", "prevention_completed", "prevention_attended"),
        *(
            _without("L03_prevention", "prevention_referred", column)
            for column in ("referred_on", "programme_site", "provider")
        ),
    ),
    "L04": (
        _before("L04", "referred_on", "assessed_on"),
        _before("L04", "assessed_on", "first_treated_on"),
        _outside("L04", "contacts", 0, 20),
        *(_outside("L04", f"phq9_{when}", 0, 27) for when in ("first", "last")),
        *(_outside("L04", f"gad7_{when}", 0, 21) for when in ("first", "last")),
        Rule(
            "a last score after fewer than two contacts",
            ("L04.contacts", "L04.phq9_last"),
            lambda t: (t["L04"]["contacts"] < 2) & t["L04"]["phq9_last"].notna(),
        ),
    ),
    "L05": (
        _before("L05", "invited_on", "responded_on"),
        _before("L05", "invited_on", "reminder_on"),
        _only_women(
            "L05",
            "a man invited to cervical screening",
            lambda t: t["L05"]["programme"] == "cervical",
            "L05.programme",
        ),
        Rule(
            "a result without a response, or the other way round",
            ("L05.responded_on", "L05.result"),
            lambda t: t["L05"]["responded_on"].isna() != t["L05"]["result"].isna(),
        ),
    ),
    "L06": (
        *(
            _more_than("L06", part, "births")
            for part in (
                *("stillbirths", "neonatal_deaths", "severe_morbidity"),
                *("booking_known", "interpreter_asked"),
            )
        ),
        _more_than("L06", "booked_late", "booking_known"),
        _more_than("L06", "interpreter_needed", "interpreter_asked"),
    ),
    "L07": (
        Rule(
            "a count below five that was not suppressed",
            ("L07.count",),
            lambda t: (t["L07"]["count"] < 5).fillna(False),
        ),
    ),
    "L13": (
        _before("L13", "booked_on", "due_on"),
        _outside("L13", "wait_days", 0, 730),
        Rule(
            "an appointment attended after the person died in hospital",
            (
                *("L13.person_id", "L13.due_on", "L13.outcome"),
                *("L18.person_id", "L18.admitted_on", "L18.discharge"),
            ),
            lambda t: (t["L13"]["outcome"] == "attended") & _after_death(t, "L13", "due_on"),
        ),
        Rule(
            "a grown person who was not brought",
            ("L13.outcome", "L13.person_id", "L01.person_id", "L01.age"),
            lambda t: (
                (t["L13"]["outcome"] == "was not brought")
                & (_register("age", "L13")(t) > 18 + 10 + 6)
            ),
        ),
    ),
    "L13_weeks": tuple(
        _more_than("L13_weeks", part, "due")
        for part in ("attended", "missed", "cancelled_by_patient", "cancelled_by_hospital")
    ),
    "L18": (
        _outside("L18", "los_days", 0, 365),
        Rule(
            "an admission after the person died in hospital",
            ("L18.person_id", "L18.admitted_on", "L18.discharge"),
            lambda t: _after_death(t, "L18", "admitted_on"),
        ),
    ),
}
