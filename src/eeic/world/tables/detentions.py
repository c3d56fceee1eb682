"""Dataset L07: detentions under mental health law, counted, with two population bases.

The people who are detained are drawn from the sample of residents by their chances, and written
down as mental health services write codes. A rate needs a population; two are given, an older
and a newer one, and the choice moves every ratio.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eeic.categories import LABELS, NHS_2001, NHS_2001_HIGH_LEVEL
from eeic.world import streams
from eeic.world.lookups import choose_by, logistic
from eeic.world.parameters import WorldParameters
from eeic.world.recording.columns import KNOWN_NOTHING, LETTERS
from eeic.world.recording.ethnicity import drift
from eeic.world.streams import Module
from eeic.world.tables import sample

if TYPE_CHECKING:
    from eeic.world.build import Recipe

#: The 16 groups of 2001 by their letters, in the order of the list.
GROUPS_16 = tuple(letter for letter in NHS_2001 if letter not in ("Z", "99"))
GROUPS_5 = tuple(dict.fromkeys(NHS_2001_HIGH_LEVEL[letter] for letter in GROUPS_16))
ALL = "all groups in it"
NOT_KNOWN = "not known"

_EVENTS_PER = 10**9


def make(wanted: Recipe) -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, Any]]]:
    """Count detentions by year, group and deprivation.

    Parameters
    ----------
    wanted : Recipe
        The world.

    Returns
    -------
    tuple of dict
        ``L07``, and what is true of it: the yearly chances by own group, and the ratios that each
        base shows for the same counts.
    """
    parameters = wanted.parameters
    told = parameters["detentions"]
    drawn = sample.draw(wanted)
    risk = chance(parameters, drawn.exposed)
    weight = np.rint(risk * _EVENTS_PER).astype(np.int64)
    cumulative = np.cumsum(weight)
    a_year = int(cumulative[-1]) * sample.ONE_IN // _EVENTS_PER
    own = drawn.people["group"].to_numpy()
    area = parameters.tables["area"]
    fifth_of_area = (area["deprivation_decile"].to_numpy() + 1) // 2
    fifth = fifth_of_area[drawn.people["area"].to_numpy() - 1]

    counts = np.zeros((len(told["years"]), len(GROUPS_16) + 1, 5), dtype=np.int64)
    for number in range(len(told["years"])):
        u = streams.uniforms(wanted.seed, Module.DETENTIONS, 0, 4, a_year, year=number)
        who = np.searchsorted(cumulative, u[0] * cumulative[-1], side="right")
        row = _recorded(parameters, own[who], u[1:], faithful=not wanted.on["recording"])
        cell = row * 5 + fifth[who] - 1
        counts[number] = np.bincount(cell, minlength=counts[number].size).reshape(-1, 5)

    base = _bases(parameters)
    table = _rows(told, counts, base)
    facts = {
        "chance_a_year": _by_group(own, risk),
        "ratio_black_to_white": {
            f"population_{name}_base": _ratio(counts, values) for name, values in base.items()
        },
        "recorded_by": "mental health services" if wanted.on["recording"] else "own answer",
    }
    return {"L07": table}, {"L07": facts}


def chance(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return each resident's chance of a detention in a year.

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
    told = parameters["detentions"]
    stage = np.searchsorted(told["age"]["ages"], exposed["age"].to_numpy(), side="right")
    total = told["intercept"] + np.array(told["age"]["log_odds"])[stage]
    for column, slope in told["slopes"].items():
        total = total + slope * exposed[column].to_numpy()
    return logistic(total + told["fit_talking"] * exposed["fit_talking"].to_numpy())


def _recorded(
    parameters: WorldParameters, own: np.ndarray, u: np.ndarray, *, faithful: bool
) -> np.ndarray:
    """Return the row of the table that each detention is counted in; the last is *not known*."""
    code = own
    if not faithful:
        habit = parameters["recording"]["further_sources"]["mental health"]
        agrees = parameters.tables["group"]["gp_agrees"].to_numpy()[own] + habit["better_than_gp"]
        wrong = drift(parameters, habit["default_code_rate"], habit["other_drift"])
        code = np.where(u[0] < agrees, own, choose_by(wrong, own, u[1]))
        code = np.where(u[2] < habit["not_known"], KNOWN_NOTHING, code)
    last = len(GROUPS_16)
    row = np.array([GROUPS_16.index(one) if one in GROUPS_16 else last for one in LETTERS])
    return row[code]


def _bases(parameters: WorldParameters) -> dict[str, np.ndarray]:
    """Return people by the 16 groups and fifth, as two censuses would have them."""
    area = parameters.tables["area"].iloc[: sample.AREAS]
    fifth = (area["deprivation_decile"].to_numpy() + 1) // 2
    people = parameters.area_mix[: len(area)] * area["population"].to_numpy()[:, None]
    newer = np.zeros((len(GROUPS_16), 5))
    for g in range(len(LABELS)):
        letter = GROUPS_16.index(LETTERS[g])
        newer[letter] += np.bincount(fifth - 1, weights=people[:, g], minlength=5)
    factor = parameters["detentions"]["base_2011"]
    growth = np.array([factor[_five(letter)] for letter in GROUPS_16])
    older = newer * growth[:, None]
    return {
        "2011": np.rint(older / 100).astype(np.int64) * 100,
        "2021": np.rint(newer / 100).astype(np.int64) * 100,
    }


def _rows(told: dict, counts: np.ndarray, base: dict[str, np.ndarray]) -> pd.DataFrame:
    """Write the table: each of the 16 groups, the five that they make up, and not known."""
    five = [[GROUPS_16.index(one) for one in GROUPS_16 if _five(one) == name] for name in GROUPS_5]
    rows: list[tuple] = []
    for number, year in enumerate(told["years"]):
        for quintile in range(5):
            seen = counts[number, :, quintile]
            older, newer = (base[name][:, quintile] for name in ("2011", "2021"))
            for g, letter in enumerate(GROUPS_16):
                group = (_five(letter), NHS_2001[letter])
                rows.append((year, quintile + 1, *group, seen[g], older[g], newer[g]))
            for name, parts in zip(GROUPS_5, five, strict=True):
                total = seen[parts].sum(), older[parts].sum(), newer[parts].sum()
                rows.append((year, quintile + 1, name, ALL, *total))
            rows.append((year, quintile + 1, NOT_KNOWN, NOT_KNOWN, seen[-1], None, None))
    names = ["year", "deprivation_quintile", "group5", "group16", "count"]
    table = pd.DataFrame(rows, columns=[*names, "population_2011_base", "population_2021_base"])
    table["count"] = table["count"].where(table["count"] >= told["suppressed_below"])
    return table


def _five(letter: str) -> str:
    return NHS_2001_HIGH_LEVEL[letter]


def _by_group(own: np.ndarray, risk: np.ndarray) -> dict[str, float | None]:
    of = np.bincount(own, minlength=len(LABELS))
    total = np.bincount(own, weights=risk, minlength=len(LABELS))
    return {
        label: round(float(total[g] / of[g]), 7) if of[g] else None
        for g, label in enumerate(LABELS)
    }


def _ratio(counts: np.ndarray, people: np.ndarray) -> float:
    """Return the ratio of the crude rates of the Black groups and the White ones, all years."""
    rate = {}
    for name in ("Black", "White"):
        parts = [g for g, letter in enumerate(GROUPS_16) if _five(letter) == name]
        rate[name] = counts[:, parts].sum() / people[parts].sum()
    return round(float(rate["Black"] / rate["White"]), 4)
