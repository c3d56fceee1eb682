"""Dataset L14: nine proposals with what they cost, what is claimed, and what would come of them.

A proposal changes mechanisms. What it would do follows from who meets those mechanisms: the same
people, the same step of care, with and without the change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eeic.categories import HIGH_LEVEL, LABELS
from eeic.world import shapley
from eeic.world.exposures import MECHANISMS, without_group
from eeic.world.lookups import logistic
from eeic.world.tables import sample

if TYPE_CHECKING:
    from eeic.world.build import Recipe

_EVERYONE = "no mechanism: the same for everybody reached"


def make(wanted: Recipe) -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, Any]]]:
    """Make the table of proposals.

    Parameters
    ----------
    wanted : Recipe
        The world.

    Returns
    -------
    tuple of dict
        L14, and what is true of it.
    """
    told = wanted.parameters["options"]
    drawn = sample.draw(wanted)
    proposals = told["proposals"]
    people = len(drawn.people) * sample.ONE_IN
    table = pd.DataFrame(
        {
            "proposal_id": list(proposals),
            "proposal": [one["title"] for one in proposals.values()],
            **{
                column: [one[column] for one in proposals.values()]
                for column in ("cost_fixed", "cost_per_person")
            },
            "stated_reach": [
                round(one["stated_reach"] * people / 100) * 100 for one in proposals.values()
            ],
            **{
                column: [one[column] for one in proposals.values()]
                for column in ("stated_effect", "certainty", "who_gains")
            },
        }
    )
    facts = {name: _effect(told, one, drawn) for name, one in proposals.items()}
    return {"L14": table}, {
        "L14": {
            "note": "Costs, reach and effects are invented",
            "measure": "extra steps of care a year for 1,000 people",
            "proposals": facts,
        }
    }


def for_whom(kind: str, exposed: pd.DataFrame) -> np.ndarray:
    """Tell whom a proposal can reach.

    Parameters
    ----------
    kind : str
        Its ``for_whom`` in the parameters.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    numpy.ndarray
        One true or false a person.
    """
    exposed = without_group(exposed)
    unmet, digital = exposed["unmet_language"].to_numpy(), exposed["digital"].to_numpy()
    match kind:
        case "read English texts":
            return (unmet == 0) & (digital == 0)
        case "language not met":
            return unmet > 0
        case "poor fit":
            return exposed["fit_practice"].to_numpy() < -0.1
        case "most deprived":
            return exposed["deprivation"].to_numpy() > 0.8
        case "lowest fifth of practices":
            return exposed["practice_quality"].to_numpy() <= -0.3
        case _:
            return np.ones(len(exposed), dtype=bool)


def _effect(told: dict[str, Any], one: dict[str, Any], drawn: sample.Sample) -> dict[str, Any]:
    """Work out what a proposal would do, by group and by mechanism."""
    met, group = drawn.exposed, drawn.people["group"].to_numpy()
    slopes = told["step"]["slopes"]
    reached = for_whom(one["for_whom"], met) * one["share"]
    before = told["step"]["base"] + sum(sample.parts(met, slopes).values())
    now = logistic(before)
    # A proposal changes what weighs on people; where nothing does, there is nothing to change.
    gained = {
        column: (keeps - 1) * np.minimum(slopes[column] * met[column].to_numpy(), 0)
        for column, keeps in one["keeps"].items()
    }
    if one["log_odds"]:
        gained[_EVERYONE] = np.full(len(met), one["log_odds"])
    names = tuple(gained)
    values = {}
    for on in shapley.sets(names):
        step = before
        for name in on:
            step = step + gained[name]
        extra = 1000 * told["contacts_a_person"] * reached * (logistic(step) - now)
        values[frozenset(on)] = np.append(sample.mean_by(group, extra, len(LABELS)), extra.mean())
    whole = values[frozenset(names)]
    made = shapley.shares(values, names)
    five = sample.mean_by(drawn.five, _per_person(whole[:-1], group), len(HIGH_LEVEL))
    people = len(met) * sample.ONE_IN
    number = reached.mean() * people
    cost = one["cost_fixed"] + one["cost_per_person"] * number
    steps = whole[-1] * people / 1000
    return {
        "reach": round(float(number)),
        "cost": round(float(cost)),
        "extra_steps": round(float(steps)),
        "per_1000_reached": round(float(1000 * steps / number), 2) if number else 0.0,
        "per_1000_residents": sample.rounded(np.append(five, whole[-1]), (*HIGH_LEVEL, "All"), 2),
        "by_group": sample.rounded(whole[:-1], LABELS, 2),
        "by_mechanism": {
            _MECHANISM_OF.get(name, name): round(float(value[-1]), 3) + 0.0
            for name, value in made.items()
        },
        "groups_that_lose": [
            label for label, value in zip(LABELS, whole[:-1], strict=True) if value < 0
        ],
        "people_who_lose": int((extra < 0).sum()) * sample.ONE_IN,
    }


def _per_person(by_group: np.ndarray, group: np.ndarray) -> np.ndarray:
    return np.nan_to_num(by_group)[group]


_MECHANISM_OF = {column: name for name, columns in MECHANISMS.items() for column in columns}
