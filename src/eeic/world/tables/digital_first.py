"""Dataset L17: a proposal for a digital front door, its consultation, and the pilot's figures.

The pilot raised contacts in total. Those who can use an online form got through more often, and
those who cannot, or whom it does not serve in their language, less often than before.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eeic.categories import HIGH_LEVEL
from eeic.world import streams
from eeic.world.exposures import without_group
from eeic.world.streams import Module
from eeic.world.tables import sample

if TYPE_CHECKING:
    from eeic.world.build import Recipe

AGES = ("0-34", "35-64", "65-74", "75+")
CHANNELS = ("online", "phone", "face to face")

_FIRST_MONTH = (2035, 10)
_WHITE = HIGH_LEVEL.index("White")


def make(wanted: Recipe) -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, Any]]]:
    """Make the proposal, the consultation's responses and the pilot's usage.

    Parameters
    ----------
    wanted : Recipe
        The world.

    Returns
    -------
    tuple of dict
        L17, L17_consultation and L17_usage, and what is true of them.
    """
    text = written()
    # Who meets no barrier has nothing to say about it.
    heard = [one for one in text["response"] if wanted.on.get(one["mechanism"], True)]
    usage, true = _usage(wanted)
    ids = [f"R{number + 1:02d}" for number in range(len(heard))]
    return (
        {
            "L17": pd.DataFrame(text["page"])[["page", "heading", "text"]],
            "L17_consultation": pd.DataFrame(
                {
                    "response_id": ids,
                    "received_by": [one["route"] for one in heard],
                    "role": [one["role"] for one in heard],
                    "text": [one["text"] for one in heard],
                }
            ),
            "L17_usage": usage,
        },
        {
            "L17_consultation": {
                one: {"mechanism": row["mechanism"], "stance": row["stance"]}
                for one, row in zip(ids, heard, strict=True)
            },
            "L17_usage": true,
        },
    )


@cache
def written() -> dict[str, list[dict[str, Any]]]:
    """Return the proposal's pages and the responses to it.

    Returns
    -------
    dict
        ``page`` and ``response``, as in ``data/digital_first.toml``.
    """
    return tomllib.loads((files(__package__) / "data" / "digital_first.toml").read_text("utf-8"))


def held_back(told: dict[str, Any], exposed: pd.DataFrame) -> np.ndarray:
    """Return how far the online form keeps each person out.

    Parameters
    ----------
    told : dict
        Section ``digital_first`` of the parameters.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    numpy.ndarray
        From 0 (it serves them) to 1 (they cannot use it).
    """
    exposed = without_group(exposed)
    offline = np.minimum(exposed["digital"].to_numpy(), 1)
    by_language = told["held_back_by_language"] * exposed["unmet_language"].to_numpy()
    return offline + (1 - offline) * by_language


def _usage(wanted: Recipe) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Count contacts in the pilot, before and after its start."""
    told = wanted.parameters["digital_first"]
    drawn = sample.draw(wanted)
    # Every sixth practice or so took part, one place like another.
    order = np.argsort(
        streams.uniforms(wanted.seed, Module.DIGITAL_FIRST, 0, 1, sample.PRACTICES)[0]
    )
    pilot = np.flatnonzero(np.isin(drawn.people["practice"].to_numpy(), order[: told["practices"]]))
    groups = len(HIGH_LEVEL)
    cells = len(AGES) * groups
    age = np.searchsorted([35, 65, 75], drawn.exposed["age"].to_numpy(), side="right")
    cell = age * groups + drawn.five
    people = np.bincount(cell[pilot], minlength=cells)
    # Of a kind of person the pilot has few; the whole system says how many the form keeps out.
    back = held_back(told, drawn.exposed)
    share = np.nan_to_num(sample.mean_by(cell, back, cells)).round(9)

    month = np.arange(told["months"])
    after = month >= told["starts"]
    season = np.array(told["season"])[(month + _FIRST_MONTH[1] - 1) % 12]
    rates = []
    for phase in ("before", "after"):
        able, kept = (
            told[kind][phase]["total"] * np.array(told[kind][phase]["channels"])
            for kind in ("able", "held_back")
        )
        rates.append(np.multiply.outer(1 - share, able) + np.multiply.outer(share, kept))
    before, now = rates
    rate = np.where(after[:, None, None], now, before) * told["contacts_a_month"]
    registered = people * sample.ONE_IN
    mean = rate * season[:, None, None] * registered[:, None]
    (u,) = streams.uniforms(wanted.seed, Module.DIGITAL_FIRST, 1, 1, mean.size)
    count = sample.about(mean, u.reshape(mean.shape))

    number = np.arange(mean.size)
    which = number // len(CHANNELS) % cells
    when = number // (len(CHANNELS) * cells) + _FIRST_MONTH[1] - 1
    table = pd.DataFrame(
        {
            "month": [f"{_FIRST_MONTH[0] + one // 12}-{one % 12 + 1:02d}" for one in when],
            "age_band": np.array(AGES, dtype=object)[which // groups],
            "group5": np.array(HIGH_LEVEL, dtype=object)[which % groups],
            "registered": registered[which],
            "channel": np.array(CHANNELS, dtype=object)[number % len(CHANNELS)],
            "contacts": count.ravel(),
        }
    )
    # Averages over ages with the pilot's own age mix, so that groups are compared at equal age.
    ages = np.bincount(age, minlength=len(AGES)) / len(age)
    totals = np.array([part.sum(axis=1).reshape(len(AGES), groups) for part in rates])
    totals = totals * told["contacts_a_month"] * 1000
    was, became = (totals * ages[:, None]).sum(axis=1)
    weight = people / people.sum()
    everyone = [float((part.ravel() * weight).sum()) for part in totals]
    names = [f"{one}, {label}" for one in AGES for label in HIGH_LEVEL]
    change = (totals[1] - totals[0]).ravel()
    return table, {
        "note": "Rates and effects are invented",
        "pilot_starts": str(table["month"].iloc[told["starts"] * cells * len(CHANNELS)]),
        "measure": "expected contacts a month for 1,000 registered people",
        "everybody": {"before": round(everyone[0], 2), "after": round(everyone[1], 2)},
        "at_equal_age": {
            "before": sample.rounded(was, HIGH_LEVEL, 2),
            "after": sample.rounded(became, HIGH_LEVEL, 2),
            "gap_before": sample.rounded(was - was[_WHITE], HIGH_LEVEL, 2),
            "gap_after": sample.rounded(became - became[_WHITE], HIGH_LEVEL, 2),
        },
        "change": sample.rounded(change, names, 2),
        "held_back_share": sample.rounded(share, names, 4),
        "who_loses": {
            "people the form keeps out": round(
                1000
                * told["contacts_a_month"]
                * (told["held_back"]["after"]["total"] - told["held_back"]["before"]["total"]),
                2,
            ),
            "people it serves": round(
                1000
                * told["contacts_a_month"]
                * (told["able"]["after"]["total"] - told["able"]["before"]["total"]),
                2,
            ),
        },
    }
