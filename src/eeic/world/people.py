"""Layer 2, people: who lives in an area. One of the three layers that may see the group."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eeic.world.lookups import choose, normal
from eeic.world.parameters import WorldParameters
from eeic.world.streams import Module, permuted, uniforms

#: Areas are addressed in steps of this many slots when ids are made.
_SLOTS_PER_AREA = 4096


def slots(parameters: WorldParameters, area: int) -> int:
    """Return the permanent number of slots of an area: its residents and room for more.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    area : int
        Number of the area, from 1.

    Returns
    -------
    int
        Number of slots. Births and moves will use the spare ones, so nobody's draws shift.
    """
    residents = int(parameters.tables["area"]["population"].iloc[area - 1])
    return int(residents * parameters["people"]["slots_per_resident"])


def draw(parameters: WorldParameters, seed: int, area: int) -> pd.DataFrame:
    """Draw the residents of one area.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    seed : int
        Seed of the world.
    area : int
        Number of the area, from 1.

    Returns
    -------
    DataFrame
        One row a resident: slot, person_id, area and group (numbers), age, sex, born_uk,
        years_in_england (-1 if born in the UK), language_need, resources, practice (number).

    Notes
    -----
    The group decides nothing here but what the census tables say: age, sex, country of birth and
    language of schooling. Resources follow the area's deprivation, not the group.
    """
    told = parameters["people"]
    groups = parameters.tables["group"]
    home = parameters.tables["area"].iloc[area - 1]
    residents = int(home["population"])
    block = uniforms(seed, Module.PEOPLE, area, 10, slots(parameters, area))[:, :residents]
    u_group, u_band, u_year, u_sex, u_born, u_arrival, u_language, u_resources, u_practice, _ = (
        block
    )

    mix = parameters.tables["area_mix"].iloc[area - 1, 1:].to_numpy(dtype=float)
    group = choose(mix, u_group)
    age = _ages(parameters, home["place_id"], group, u_band, u_year)

    women = groups["female_share"].to_numpy()[group]
    women = women + told["female_share_added_from_75"] * (age >= 75)
    born_by_age = groups.filter(like="born_uk_").to_numpy()
    life_stage = np.searchsorted([16, 35, 60], age, side="right")
    born_uk = u_born < born_by_age[group, life_stage]
    arrived = _arrival_age(told, age, u_arrival)
    years = np.where(born_uk, -1, age - arrived)

    need_table = np.array(told["language_need"]["table"])
    chance = need_table[
        np.searchsorted([10, 18, 35], arrived, side="right"),
        np.searchsorted([5, 15, 30], np.maximum(years, 0), side="right"),
    ]
    chance = chance * groups["schooled_in_another_language"].to_numpy()[group]
    chance = chance * parameters["intercepts"]["language_need_scale"]
    chance = np.where(born_uk, told["language_need"]["born_uk"], chance)

    deprivation = parameters.deprivation[area - 1]
    resources = told["resources_per_deprivation"] * deprivation + normal(u_resources)
    return pd.DataFrame(
        {
            "slot": np.arange(residents),
            "person_id": _ids(seed, area, residents),
            "area": area,
            "group": group,
            "age": age,
            "sex": np.where(u_sex < women, "F", "M"),
            "born_uk": born_uk,
            "years_in_england": years,
            "language_need": u_language < chance,
            "resources": resources.round(4),
            "practice": _practice(parameters, home["area_id"], u_practice),
        }
    )


def _ages(
    parameters: WorldParameters,
    place: str,
    group: np.ndarray,
    u_band: np.ndarray,
    u_year: np.ndarray,
) -> np.ndarray:
    """Draw ages from group × place tables: a five-year band, then a year in it."""
    places = parameters.tables["place"].set_index("place_id")
    tilt = parameters["people"]["age_tilt"][places.loc[place, "type"]]
    shares = parameters.tables["age_shares"].iloc[:, 1:].to_numpy().T
    shares = shares * np.repeat(tilt, [4, 4, 5, 6])
    band = choose(shares[group], u_band)
    # The open last band runs on to 97 years.
    width = np.where(band == 18, 8, 5)
    return 5 * band + (u_year * width).astype(np.int64)


def _arrival_age(told: dict, age: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Draw the age at arrival, given that it is not beyond the present age."""
    ages, reached = told["arrival_age"], told["arrived_by_age"]
    latest = np.interp(age + 1, ages, reached)
    return np.minimum(np.interp(u * latest, reached, ages).astype(np.int64), age)


def _practice(parameters: WorldParameters, area_id: str, u: np.ndarray) -> np.ndarray:
    """Draw the practice among the nearest ones; which are near is all that decides."""
    near = parameters.tables["area_practice"].query("area_id == @area_id")
    numbers = pd.Index(parameters.tables["practice"]["practice_id"]).get_indexer(
        near["practice_id"]
    )
    return numbers[choose(near["share"].to_numpy(), u)]


def _ids(seed: int, area: int, residents: int) -> list[str]:
    numbers = permuted(area * _SLOTS_PER_AREA + np.arange(residents), seed)
    return [f"P{number:07d}" for number in numbers.tolist()]
