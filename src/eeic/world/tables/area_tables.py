"""Dataset L19: census-like counts by place or area, age band, sex and group, rounded to fives.

Places cover the whole system in every world. Small areas are given for the areas whose people the
world makes, because all of them would be most of a gigabyte of zeros in the largest system.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eeic.categories import LABELS
from eeic.world import streams
from eeic.world.parameters import WorldParameters
from eeic.world.streams import Module
from eeic.world.tables import sample

if TYPE_CHECKING:
    from eeic.world.build import Recipe

AGE_BANDS = (*(f"{low}-{low + 4}" for low in range(0, 90, 5)), "90+")
SEXES = ("F", "M")
LEVELS = ("place", "area")

_ROUNDED_TO = 5
_OLDER_FROM = 15  # the band of 75 to 79


def make(wanted: Recipe) -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, Any]]]:
    """Count residents as a census would publish them.

    Parameters
    ----------
    wanted : Recipe
        The world.

    Returns
    -------
    tuple of dict
        ``L19``, and what is true of it: how many people rounding added or took away.
    """
    parameters = wanted.parameters
    tables = parameters.tables
    how_many = min(len(wanted.areas), sample.AREAS)
    areas = expected(parameters, range(1, how_many + 1))
    place = pd.Index(tables["place"]["place_id"]).get_indexer(tables["area"]["place_id"])
    places = np.zeros((len(tables["place"]), *areas.shape[1:]))
    # A slice at a time: the cells of every area of the largest system at once fill no memory.
    for start in range(0, len(place), sample.AREAS):
        part = place[start : start + sample.AREAS]
        found = expected(parameters, range(start + 1, start + len(part) + 1))
        np.add.at(places, part, found)
    shown = []
    for level, cells in enumerate((places, areas)):
        (u,) = streams.uniforms(wanted.seed, Module.SYSTEM, 0, 1, cells.size, year=level)
        # Up or down by chance, so that small groups are not always rounded away.
        rounded = (cells.ravel() / _ROUNDED_TO + u).astype(np.int64) * _ROUNDED_TO
        shown.append(rounded.reshape(cells.shape))
    frames = [_listed(level, cells, tables) for level, cells in zip(LEVELS, shown, strict=True)]
    table = pd.concat(frames, ignore_index=True)
    facts = {
        "rounded_to": _ROUNDED_TO,
        "people_in_places": int(tables["area"]["population"].sum()),
        "counted_in_places": int(shown[0].sum()),
        "people_in_areas": int(tables["area"]["population"].iloc[:how_many].sum()),
        "counted_in_areas": int(shown[1].sum()),
    }
    return {"L19": table}, {"L19": facts}


def expected(parameters: WorldParameters, areas: range) -> np.ndarray:
    """Return how many residents to expect in every cell of some areas.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    areas : range
        Numbers of areas, from 1.

    Returns
    -------
    numpy.ndarray
        Shape (areas, 19 age bands, 2 sexes, 19 groups): the shares from which residents are drawn.
    """
    told, tables = parameters["people"], parameters.tables
    rows = np.array(areas) - 1
    area = tables["area"].iloc[rows]
    kinds = tables["place"].set_index("place_id")["type"]
    types = list(dict.fromkeys(kinds))
    by_age = tables["age_shares"].iloc[:, 1:].to_numpy()
    tilted = np.array(
        [by_age * np.repeat(told["age_tilt"][t], [4, 4, 5, 6])[:, None] for t in types]
    )
    tilted = tilted / tilted.sum(axis=1, keepdims=True)
    of_area = area["place_id"].map(kinds).map(types.index).to_numpy()
    women = tables["group"]["female_share"].to_numpy()
    later = told["female_share_added_from_75"] * (np.arange(len(by_age)) >= _OLDER_FROM)
    women = women + later[:, None]
    sexes = np.array([women, 1 - women]).transpose(1, 0, 2)
    people = area["population"].to_numpy()[:, None] * parameters.area_mix[rows]
    cells = people[:, None, None, :] * tilted[of_area][:, :, None, :] * sexes
    return cells.round(6)


def _listed(level: str, cells: np.ndarray, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """List the cells that are not empty."""
    where, band, sex, group = np.nonzero(cells)
    names = tables["place"]["name"] if level == "place" else tables["area"]["area_id"]
    return pd.DataFrame(
        {
            "level": level,
            "where": names.to_numpy(dtype=object)[where],
            "age_band": np.array(AGE_BANDS, dtype=object)[band],
            "sex": np.array(SEXES, dtype=object)[sex],
            "ethnic_group": np.array(LABELS, dtype=object)[group],
            "residents": cells[where, band, sex, group],
        }
    )
