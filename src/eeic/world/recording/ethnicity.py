"""Ethnic group as five sources hold it: GP, hospital, mental health, talking therapies, survey."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from eeic.categories import LABELS
from eeic.world.block import Block
from eeic.world.lookups import choose_by
from eeic.world.parameters import WorldParameters
from eeic.world.recording.columns import (
    CODES_2021,
    KNOWN_NOTHING,
    LABELS_2001,
    LABELS_2021,
    LAST_DAY,
    LETTERS,
    NO_RECORD,
    STATED_NOTHING,
    answers,
    any_day,
    day,
)
from eeic.world.services.base import Flaws
from eeic.world.streams import Module

#: The sources in the order of their rows.
SOURCES = ("GP", "hospital", "mental health", "talking therapies", "survey")

_GROUPS = len(LABELS)
_METHODS = ("self", "staff", "default", "transfer")
#: How a code came about, where it is right and where it is wrong.
_RIGHT, _WRONG = (0.60, 0.25, 0.05, 0.10), (0.15, 0.45, 0.30, 0.10)
_SELF, _TRANSFER = 0, 3
_FROM_NOBODY = -1
_SCHEMES = ("2001", "2021")


@dataclass(frozen=True)
class Entry:
    """One row that a source may hold of each resident: numbers, and whether the row is there."""

    source: str
    answer: np.ndarray
    old: np.ndarray
    day: np.ndarray
    method: np.ndarray
    kept: np.ndarray


def record(
    block: Block,
    people: pd.DataFrame,
    unfair: np.ndarray,
    contacts: dict[str, np.ndarray],
    *,
    faithful: bool = False,
) -> list[Entry]:
    """Record the ethnic group of a block's residents at every source.

    Parameters
    ----------
    block : Block
        The areas.
    people : DataFrame
        Their residents.
    unfair : numpy.ndarray
        How often each was treated unfairly: it makes *not stated* likelier.
    contacts : dict of numpy.ndarray
        Source -> who has been in contact with it, for the sources that follow from a pathway.
    faithful : bool
        Record what people say of themselves, for everybody.

    Returns
    -------
    list of Entry
        In the order in which a source's rows are written.
    """
    entries = in_register(block, people, unfair, faithful=faithful)
    parameters = block.parameters
    told = parameters["recording"]
    groups = parameters.tables["group"]
    group = people["group"].to_numpy()
    refuses = _refuses(told, unfair)
    none = np.zeros(len(people), dtype=bool)
    further = iter(block.uniforms(Module.RECORDED_ETHNICITY_FURTHER, 24))
    for source, habit in told["further_sources"].items():
        in_contact = next(further) < habit["contact"]
        in_contact = contacts.get(source, in_contact)
        own = np.minimum(1.0, groups["gp_agrees"].to_numpy() + habit["better_than_gp"])
        answer, wrong = _written(
            group,
            pd.Series(own),
            drift(parameters, habit["default_code_rate"], habit["other_drift"]),
            np.full(len(people), habit["not_known"]),
            refuses,
            *(next(further) for _ in range(4)),
        )
        when = any_day(next(further))
        how = _method(next(further), next(further), wrong, told)
        if faithful:
            answer, how = group, np.full(len(people), _SELF)
        entries.append(Entry(source, answer, none, when, how, in_contact))
    return entries


def in_register(
    block: Block, people: pd.DataFrame, unfair: np.ndarray, *, faithful: bool = False
) -> list[Entry]:
    """Record the ethnic group at the two sources that the resident register is made from.

    Parameters
    ----------
    block, people, unfair, faithful
        As in `record`.

    Returns
    -------
    list of Entry
        Those of the GP and the hospital: the first of `record`.
    """
    parameters = block.parameters
    told = parameters["recording"]
    groups = parameters.tables["group"]
    hospital_site = parameters.tables["site"].iloc[0]
    group = people["group"].to_numpy()
    age = people["age"].to_numpy()
    draws = iter(block.uniforms(Module.RECORDED_ETHNICITY, 22))

    def u() -> np.ndarray:
        """Take the next variable of the block: order below is part of the world's version."""
        return next(draws)

    refuses = _refuses(told, unfair)
    # Old codes come from people first registered while the 2001 list was in use.
    years = np.where(people["born_uk"], age, people["years_in_england"])
    old = (u() < told["old_scheme"]) & (years >= told["old_scheme_from_years"])

    missed = (
        groups["gp_missed"].to_numpy()[group]
        + parameters.tables["practice"]["record_miss"].to_numpy()[people["practice"]]
    )
    gp, gp_drifted = _written(
        group, groups["gp_agrees"], drift(parameters, 0, 0), missed, refuses, u(), u(), u(), u()
    )
    gp_kept = (gp != KNOWN_NOTHING) | (u() < told["gp_row_kept_when_not_known"])
    gp_day = any_day(u())
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
        drift(parameters, hospital_site["default_code_rate"], hospital_site["other_drift"]),
        np.full(len(people), hospital_site["not_known"]),
        refuses,
        u(),
        u(),
        u(),
        u(),
    )
    copied = (u() < told["hospital_copies_gp"]) & (gp < _GROUPS) & (hospital < _GROUPS)
    hospital = np.where(copied, gp, hospital)
    hospital_day = any_day(u())
    hospital_method = np.where(copied, _TRANSFER, _method(u(), u(), drifted, told))
    hospital_again = contact & (u() < told["second_hospital_row"])

    none = np.zeros(len(people), dtype=bool)
    if faithful:
        gp = gp_second = hospital = group
        gp_kept = ~none
        old = gp_again = hospital_again = none
        gp_method = hospital_method = np.full(len(people), _SELF)

    again_day = np.minimum(hospital_day + 30, LAST_DAY)
    return [
        Entry("GP", gp, old, gp_day, gp_method, gp_kept),
        Entry("GP", gp_second, none, np.minimum(gp_second_day, LAST_DAY), gp_method, gp_again),
        Entry("hospital", hospital, old, hospital_day, hospital_method, contact),
        Entry("hospital", hospital, old, again_day, hospital_method, hospital_again),
    ]


def table(people: pd.DataFrame, entries: list[Entry]) -> pd.DataFrame:
    """Write the rows of dataset L02.

    Parameters
    ----------
    people : DataFrame
        The block's residents.
    entries : list of Entry
        From `record`.

    Returns
    -------
    DataFrame
        One row a record: person, source, code, scheme, ethnic_group_recorded, recorded_on,
        method.
    """
    who = people["person"].to_numpy()

    def together(parts: list[np.ndarray]) -> np.ndarray:
        kept = [part[one.kept] for part, one in zip(parts, entries, strict=True)]
        return np.concatenate(kept)

    answer = together([one.answer for one in entries])
    old = together([one.old for one in entries])
    # Where an old list was used the code is one of its letters, numbered after the new ones.
    code = np.where(old, answer + len(CODES_2021), answer)
    source = [np.full(len(who), SOURCES.index(one.source)) for one in entries]
    return pd.DataFrame(
        {
            "person": together([who] * len(entries)),
            "source": answers(together(source), SOURCES),
            "code": answers(code, (*CODES_2021, *LETTERS)),
            "scheme": answers(~old, _SCHEMES),
            "ethnic_group_recorded": answers(code, (*LABELS_2021, *LABELS_2001)),
            "recorded_on": day(together([one.day for one in entries])),
            # Nobody answered where the code says that the answer is not known.
            "method": answers(
                together([one.method for one in entries]), _METHODS, answer == KNOWN_NOTHING
            ),
        }
    )


def latest(entries: list[Entry], *sources: str) -> np.ndarray:
    """Return the answer that these sources hold: the first's latest group, else another's.

    Parameters
    ----------
    entries : list of Entry
        From `record`.
    *sources : str
        Sources; a group in the first of them counts before a group in the others.

    Returns
    -------
    numpy.ndarray
        Number of the answer for each resident. Where no source holds a group, *not stated* is
        kept if anyone was asked, else *not known*; `NO_RECORD` where there is no row.
    """
    best = np.full(len(entries[0].answer), NO_RECORD)
    best_rank = np.full(len(best), -1)
    for place, one in enumerate(entries):
        if one.source not in sources:
            continue
        quality = np.where(
            one.answer == KNOWN_NOTHING, 0, np.where(one.answer == STATED_NOTHING, 1, 2)
        )
        first = (one.source == sources[0]) & (quality == 2)
        rank = ((quality * 2 + first) * (LAST_DAY + 1) + one.day) * len(entries) + place
        better = one.kept & (rank > best_rank)
        best, best_rank = np.where(better, one.answer, best), np.where(better, rank, best_rank)
    return best


def group_in_last(entries: list[Entry], source: str) -> np.ndarray:
    """Return the census group that a source's last record shows by its label.

    Parameters
    ----------
    entries : list of Entry
        From `record`.
    source : str
        The source.

    Returns
    -------
    numpy.ndarray
        Number of the group for each resident; `NO_RECORD` where the record shows none: nothing
        stated, nothing known, a label of 2001 that holds several groups, or no record.
    """
    label = np.array([LABELS.index(one) if one in LABELS else NO_RECORD for one in LABELS_2001])
    shown = np.full(len(entries[0].answer), NO_RECORD)
    latest_day = np.full(len(shown), -1)
    for one in entries:
        if one.source == source:
            as_group = np.where(one.answer < _GROUPS, one.answer, NO_RECORD)
            as_group = np.where(one.old, label[one.answer], as_group)
            # Of two on one day the one written later counts.
            later = one.kept & (one.day >= latest_day)
            shown = np.where(later, as_group, shown)
            latest_day = np.where(later, one.day, latest_day)
    return shown


def flaws(entries: list[Entry], group: np.ndarray) -> Flaws:
    """Measure how well the sources hold what people say of themselves.

    Parameters
    ----------
    entries : list of Entry
        From `record`.
    group : numpy.ndarray
        Number of each resident's own group.

    Returns
    -------
    dict
        See `eeic.world.services.base.Flaws`. For each source *not_known* and *not_stated* are of
        the residents it should hold, and *agrees* is given for each own group, of those for
        whom a group is recorded.
    """
    rows = sum(int(one.kept.sum()) for one in entries)
    old = sum(int((one.old & one.kept).sum()) for one in entries)
    no_method = sum(
        int((((one.method == _FROM_NOBODY) | (one.answer == KNOWN_NOTHING)) & one.kept).sum())
        for one in entries
    )
    found: Flaws = {("old_scheme",): (old, rows), ("method_missing",): (no_method, rows)}
    for source in SOURCES:
        kept = np.any([one.kept for one in entries if one.source == source], axis=0)
        answer = _last_answer(entries, source)
        # Everyone registered should have a code at the GP; elsewhere those who have a record.
        seen = len(group) if source == "GP" else int(kept.sum())
        says = kept & (answer < _GROUPS)
        agrees = says & (group_in_last(entries, source) == group)
        not_known = seen - int((kept & (answer != KNOWN_NOTHING)).sum())
        found[source, "not_known"] = (not_known, seen)
        found[source, "not_stated"] = (int((kept & (answer == STATED_NOTHING)).sum()), seen)
        for g, label in enumerate(LABELS):
            own = group == g
            found[source, "agrees_with_own_answer", label] = (
                int((agrees & own).sum()),
                int((says & own).sum()),
            )
    return found


def _last_answer(entries: list[Entry], source: str) -> np.ndarray:
    answer = np.full(len(entries[0].answer), KNOWN_NOTHING)
    latest_day = np.full(len(answer), -1)
    for one in entries:
        if one.source == source:
            later = one.kept & (one.day >= latest_day)
            answer = np.where(later, one.answer, answer)
            latest_day = np.where(later, one.day, latest_day)
    return answer


@lru_cache(maxsize=64)
def drift(parameters: WorldParameters, default_rate: float, other_rate: float) -> np.ndarray:
    """Return where a wrong code goes, group by group.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    default_rate, other_rate : float
        Parts of the wrong codes that are White British by default, and *Any other ethnic group*
        for lack of a better button. The rest goes to the groups in table ``drift``.

    Returns
    -------
    numpy.ndarray
        Shares, shape (19, 19), by the person's own group. A wrong code is never the right one.
        The same on every call: read only.
    """
    table = np.zeros((_GROUPS, _GROUPS))
    for own, wrong, share in parameters.tables["drift"].to_numpy().tolist():
        table[LABELS.index(own), LABELS.index(wrong)] = share
    table *= 1 - default_rate - other_rate
    table[:, LABELS.index("White British")] += default_rate
    table[:, LABELS.index("Any other ethnic group")] += other_rate
    np.fill_diagonal(table, 0)
    table.setflags(write=False)
    return table


def _refuses(told: dict, unfair: np.ndarray) -> np.ndarray:
    """Return the chance of choosing not to say, which unfair treatment makes likelier."""
    return told["not_stated"] + told["not_stated_after_unfair"] * (unfair > 0)


def _written(
    group: np.ndarray,
    agrees: pd.Series,
    wrong: np.ndarray,
    missed: np.ndarray,
    refuses: np.ndarray,
    u_missed: np.ndarray,
    u_refuses: np.ndarray,
    u_agrees: np.ndarray,
    u_drift: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return what one source writes down for each person, and who was written down wrongly."""
    drifted = u_agrees >= agrees.to_numpy()[group]
    answer, here = group.copy(), np.flatnonzero(drifted)
    answer[here] = choose_by(wrong, group[here], u_drift[here])
    answer = np.where(u_refuses < refuses, STATED_NOTHING, answer)
    answer = np.where(u_missed < missed, KNOWN_NOTHING, answer)
    return answer, drifted


def _method(u_known: np.ndarray, u: np.ndarray, drifted: np.ndarray, told: dict) -> np.ndarray:
    """Draw how a code came about: wrong codes are more often staff's or the system's."""
    method = choose_by(np.array([_RIGHT, _WRONG]), drifted.astype(np.int64), u)
    return np.where(u_known < told["method_not_known"], _FROM_NOBODY, method)
