"""Layer 2, people: who lives in some areas. One of the three layers that may see the group."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eeic.world.block import Block
from eeic.world.lookups import choose_by, normal
from eeic.world.parameters import WorldParameters
from eeic.world.streams import Module, permuted

#: Areas are addressed in steps of this many slots when ids are made.
_SLOTS_PER_AREA = 4096


def draw(block: Block) -> pd.DataFrame:
    """Draw the residents of a block of areas.

    Parameters
    ----------
    block : Block
        The areas.

    Returns
    -------
    DataFrame
        One row a resident: slot, person (the number in the person's id), area and group
        (numbers), age, female, born_uk, years_in_england (-1 if born in the UK), language_need,
        resources, practice (number).

    Notes
    -----
    The group decides nothing here but what the census tables say: age, sex, country of birth and
    language of schooling. Resources follow the area's deprivation, not the group.
    """
    parameters = block.parameters
    told = parameters["people"]
    groups = parameters.tables["group"]
    u_group, u_band, u_year, u_sex, u_born, u_arrival, u_language, u_resources, u_practice = (
        block.uniforms(Module.PEOPLE, 9)
    )

    group = block.choose(parameters.area_mix, u_group)
    age = _ages(block, group, u_band, u_year)

    women = groups["female_share"].to_numpy()[group]
    women = women + told["female_share_added_from_75"] * (age >= 75)
    born_by_age = groups.filter(like="born_uk_").to_numpy()
    life_stage = np.searchsorted([16, 35, 60], age, side="right")
    born_uk = u_born < born_by_age[group, life_stage]
    # What follows is about people who came from elsewhere: the others do not wait for it.
    came = np.flatnonzero(~born_uk)
    arrived = _arrival_age(told, age[came], u_arrival[came])
    years = np.full(block.people, -1)
    years[came] = age[came] - arrived

    need_table = np.array(told["language_need"]["table"])
    need = need_table[
        np.searchsorted([10, 18, 35], arrived, side="right"),
        np.searchsorted([5, 15, 30], years[came], side="right"),
    ]
    need = need * groups["schooled_in_another_language"].to_numpy()[group[came]]
    chance = np.full(block.people, told["language_need"]["born_uk"])
    chance[came] = need * parameters["intercepts"]["language_need_scale"]

    deprivation = block.of_area(parameters.deprivation)
    resources = told["resources_per_deprivation"] * deprivation + normal(u_resources)
    return pd.DataFrame(
        {
            "slot": block.slot,
            "person": permuted(
                block.area * _SLOTS_PER_AREA + block.slot, block.seed, id_digits(parameters)
            ),
            "area": block.area,
            "group": group,
            "age": age,
            "female": u_sex < women,
            "born_uk": born_uk,
            "years_in_england": years,
            "language_need": u_language < chance,
            "resources": resources.round(4),
            "practice": _practice(block, u_practice),
        },
        copy=False,
    )


def id_digits(parameters: WorldParameters) -> int:
    """Return how many digits person ids have: enough for every slot of the system.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.

    Returns
    -------
    int
        7, or 9 for a system of more than 2,400 areas. Never 10, which real numbers have.
    """
    return 7 if (len(parameters.areas) + 1) * _SLOTS_PER_AREA <= 10**7 else 9


def _ages(block: Block, group: np.ndarray, u_band: np.ndarray, u_year: np.ndarray) -> np.ndarray:
    """Draw ages from group × place tables: a five-year band, then a year in it."""
    kinds = block.parameters.tables["place"]["type"]
    tilts = block.parameters["people"]["age_tilt"]
    types = list(dict.fromkeys(kinds))
    shares = block.parameters.tables["age_shares"].iloc[:, 1:].to_numpy().T
    table = np.array([shares * np.repeat(tilts[one], [4, 4, 5, 6]) for one in types])
    place_type = np.array([types.index(kind) for kind in kinds])
    area_type = place_type[block.parameters.area_place]
    groups = table.shape[1]
    row = block.of_area(area_type) * groups + group
    band = choose_by(table.reshape(-1, table.shape[2]), row, u_band)
    # The open last band runs on to 97 years.
    width = np.where(band == 18, 8, 5)
    return 5 * band + (u_year * width).astype(np.int64)


def _arrival_age(told: dict, age: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Draw the age at arrival, given that it is not beyond the present age."""
    ages, reached = told["arrival_age"], told["arrived_by_age"]
    latest = np.interp(age + 1, ages, reached)
    return np.minimum(np.interp(u * latest, reached, ages).astype(np.int64), age)


def _practice(block: Block, u: np.ndarray) -> np.ndarray:
    """Draw the practice among the nearest ones; which are near is all that decides."""
    near, shares = block.parameters.near
    return near[block.area - 1, block.choose(shares, u)]
