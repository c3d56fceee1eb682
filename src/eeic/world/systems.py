"""The systems and their sizes: Lindlemere, its region, and an England of invented places.

The first twelve areas of Lindlemere and the practices around them stand in data files. Every
further area is one of those twelve again with differences of its own: the same kind of place,
much the same deprivation and mix of people, another size and other practices. A system is the
same in every world: which seed a world has moves none of its places.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd

from eeic.categories import LABELS
from eeic.world import parameters
from eeic.world.lookups import choose, normal
from eeic.world.parameters import WorldParameters
from eeic.world.streams import Module, uniforms


@dataclass(frozen=True)
class Preset:
    """A size of world.

    Attributes
    ----------
    areas : int
        How many areas have people, from the start of the system's one fixed order. So each
        preset holds the people of every smaller one of the same system.
    people : int
        How many people these areas have.
    system : {"lindlemere", "region", "england"}
        The system they are in.
    """

    areas: int
    people: int
    system: str = "lindlemere"


#: Name -> size.
PRESETS: dict[str, Preset] = {
    "workshop": Preset(12, 20_000),
    "register": Preset(65, 110_000),
    "course": Preset(148, 250_000),
    "full": Preset(650, 1_100_000),
    "region": Preset(1_184, 2_000_000, "region"),
    "england": Preset(33_755, 57_000_000, "england"),
}

#: Share of residents in every part of Lindlemere that is not in the data files, in display order.
_LINDLEMERE = (
    *(2.5, 1.0, 5.0, 7.0, 2.0),  # Asian groups
    *(4.0, 1.8, 0.6),  # Black groups
    *(1.0, 0.7, 1.3, 1.0),  # Mixed groups
    *(62.0, 1.0, 0.3, 0.4, 7.0),  # White groups
    *(0.7, 0.7),
)
#: The same for the England of invented places: Census 2021, England, rounded.
_ENGLAND = (
    *(1.1, 0.8, 3.3, 2.8, 1.7),
    *(2.6, 1.1, 0.5),
    *(0.8, 0.4, 0.9, 0.8),
    *(73.5, 0.9, 0.1, 0.2, 6.3),
    *(0.6, 1.6),
)

#: Areas that share a practice's neighbourhood, and the shares of the three nearest practices.
_AREAS_A_PRACTICE = 650 / 140
_NEAR = (0.45, 0.35, 0.20)

_ROUTES = ("none", "phone", "booked", "on demand")
_SYSTEM_SEED = 1
_PER_PLACE_AND_BASE = 2


def load(preset: str = "workshop", changes: str = "") -> WorldParameters:
    """Return the parameters with the tables of the system that a preset is in.

    Parameters
    ----------
    preset : str
        One of `PRESETS`.
    changes : str
        What differs from the course's own parameters, from `eeic.world.overlay.checked`.

    Returns
    -------
    WorldParameters
        The same object on every call; treat its tables as read-only.

    Examples
    --------
    >>> tables = load("workshop").tables
    >>> len(tables["area"]), len(tables["practice"])
    (650, 140)
    """
    return system(PRESETS[preset].system, changes)


def system(name: str, changes: str = "") -> WorldParameters:
    """Return the parameters with the tables of one system.

    Parameters
    ----------
    name : {"lindlemere", "region", "england"}
        The system.
    changes : str
        As in `load`.

    Returns
    -------
    WorldParameters
    """
    return _system(name, changes)


@cache
def _system(name: str, changes: str) -> WorldParameters:
    told = parameters.load(changes)
    if name == "england":
        sizes = [PRESETS["england"].people // 50] * 49
        sizes.append(PRESETS["england"].people - sum(sizes))
        areas = np.diff(np.linspace(0, PRESETS["england"].areas, 51).astype(int)).tolist()
        return _extended(told, name, areas, sizes, _ENGLAND, places=294, keep=False, tenths=True)
    ordered = [one for one in PRESETS.values() if one.system == "lindlemere"]
    areas = np.diff([one.areas for one in ordered]).tolist()
    sizes = np.diff([one.people for one in ordered]).tolist()
    lindlemere = _extended(told, "lindlemere", areas, sizes, _LINDLEMERE, places=6, keep=True)
    if name == "lindlemere":
        return lindlemere
    whole, ours = PRESETS["region"], PRESETS["full"]
    neighbour = _extended(
        told,
        "region",
        [whole.areas - ours.areas],
        [whole.people - ours.people],
        _ENGLAND,
        places=6,
        keep=False,
        after=lindlemere,
    )
    return neighbour


def _extended(
    told: WorldParameters,
    name: str,
    areas: list[int],
    people: list[int],
    shares: tuple[float, ...],
    *,
    places: int,
    keep: bool,
    after: WorldParameters | None = None,
    tenths: bool = False,
) -> WorldParameters:
    """Make the areas and practices of a system from the ones in the data files.

    `areas` and `people` are the numbers in each batch: every batch has the system's own mix and
    deprivation, so that each preset is a small copy of the whole. With `keep` the system begins
    with the areas of the data files; with `after` it follows another one. With `tenths` each
    tenth of England's scale of deprivation has a tenth of every batch's areas, as it has in a whole
    country; a part such as Lindlemere can be more deprived.
    """
    base = told.tables
    kinds = base["place"]["type"].tolist()
    taken = len(base["area"]) if keep else len(after.areas) if after else 0
    count = sum(areas)
    u_size, u_decile, u_crowd, u_travel, u_bus = uniforms(
        _SYSTEM_SEED, Module.SYSTEM, _number(name), 5, count
    )
    u_mix = uniforms(_SYSTEM_SEED, Module.SYSTEM, _number(name), len(LABELS), count, year=1)

    # One area of each place in turn, and in each place its two models in turn.
    turn = np.arange(count)
    place = turn % places
    model = _PER_PLACE_AND_BASE * (place % len(kinds)) + turn // places % _PER_PLACE_AND_BASE
    like = base["area"].iloc[model].reset_index(drop=True)
    step = choose(np.array([0.2, 0.6, 0.2]), u_decile) - 1
    # Two of the twelve models are in the most deprived tenth; not every area like them is, or
    # too many people would live there.
    decile = like["deprivation_decile"].to_numpy()
    often = np.where(u_decile < 0.65, 1, 2)
    decile = np.where(decile == 1, often, np.clip(decile + step, 2, 10))
    batch = np.repeat(np.arange(len(areas)), areas)
    if tenths:
        # The models' own order is kept, and the draw decides among areas like the same one.
        order = np.lexsort((u_decile, like["deprivation_decile"].to_numpy(), batch))
        rank = np.empty(count, dtype=np.int64)
        rank[order] = np.concatenate([np.arange(number) * 10 // number for number in areas])
        decile = 1 + rank
    population = _sizes(u_size, batch, people)
    first_place = 0 if keep or after is None else len(after.tables["place"])
    place_ids = [f"LMP{first_place + one + 1}" for one in range(places)]
    area_ids = [f"LMA{taken + one + 1:0{4 if name != 'england' else 5}d}" for one in range(count)]
    area = pd.DataFrame(
        {
            "area_id": area_ids,
            "place_id": np.array(place_ids, dtype=object)[place],
            "population": population,
            "deprivation_decile": decile,
            "overcrowded_pct": (like["overcrowded_pct"] * (0.8 + 0.4 * u_crowd)).round(1),
            "travel_min_hospital": _whole(like["travel_min_hospital"], 0.75 + 0.5 * u_travel),
            "bus_per_hour": _whole(like["bus_per_hour"], 0.5 + u_bus).clip(1),
        }
    )
    mix = _mixes(told.area_mix[model], u_mix, population, batch, np.array(shares) / sum(shares))
    area_mix = pd.DataFrame(mix, columns=list(LABELS))
    area_mix.insert(0, "area_id", area_ids)

    first_practice = 18 if keep else len(after.tables["practice"]) if after else 0
    wanted = round((count + taken * keep) / _AREAS_A_PRACTICE)
    if name == "region":
        wanted = round(count / _AREAS_A_PRACTICE)
    practice = _practices(told, name, first_practice, wanted - (18 if keep else 0), places, kinds)
    practice["place_id"] = np.array(place_ids, dtype=object)[practice["place_id"].to_numpy()]
    if keep:
        practice = pd.concat([base["practice"], practice], ignore_index=True)
    near = _nearest(area, practice)

    tables = dict(base)
    if keep or after is not None:
        before = base if after is None else after.tables
        near = pd.concat([before["area_practice"], near], ignore_index=True)
        area = pd.concat([before["area"], area], ignore_index=True)
        area_mix = pd.concat([before["area_mix"], area_mix], ignore_index=True)
        if after is not None:
            practice = pd.concat([before["practice"], practice], ignore_index=True)
    tables |= {"area": area, "area_mix": area_mix, "area_practice": near}
    tables["practice"] = _staffed(practice, area, near)
    tables["place"] = _places(told, name, place_ids, kinds, area, None if keep else after)
    return replace(told, tables=tables)


def _sizes(u: np.ndarray, batch: np.ndarray, people: list[int]) -> np.ndarray:
    """Draw area sizes that add up to each batch's people."""
    size = np.empty(len(u), dtype=np.int64)
    for number, total in enumerate(people):
        here = np.flatnonzero(batch == number)
        share = 0.72 + 0.56 * u[here]
        drawn = (share * (total / share.sum())).astype(np.int64)
        drawn[: total - int(drawn.sum())] += 1
        size[here] = drawn
    return size


def _mixes(
    like: np.ndarray, u: np.ndarray, population: np.ndarray, batch: np.ndarray, shares: np.ndarray
) -> np.ndarray:
    """Vary the models' mixes, then bend them until every batch has the system's shares."""
    # A factor between 0.35 and 2.2 with the most weight near 1, from a straight-line table.
    factor = np.interp(u.T, [0, 0.1, 0.5, 0.9, 1], [0.35, 0.6, 0.95, 1.5, 2.2])
    mix = like * factor
    for number in range(int(batch.max()) + 1):
        here = batch == number
        part, weight = mix[here], population[here][:, None] / population[here].sum()
        for _ in range(40):
            part = part / part.sum(axis=1, keepdims=True)
            part = part * (shares / (part * weight).sum(axis=0))
        mix[here] = part / part.sum(axis=1, keepdims=True)
    return mix.round(5)


def _practices(
    told: WorldParameters, name: str, first: int, count: int, places: int, kinds: list[str]
) -> pd.DataFrame:
    """Make practices like those of the data files, a place at a time in turn."""
    base = told.tables["practice"]
    u_like, u_route, u_audit, u_evening, u_letters, u_quality, u_staff, u_miss, u_profile = (
        uniforms(_SYSTEM_SEED, Module.SYSTEM, _number(name), 9, count, year=2)
    )
    place = np.arange(count) % places
    model = 3 * (place % len(kinds)) + (u_like * 3).astype(int)
    like = base.iloc[model].reset_index(drop=True)
    usual = like["interpreter_route"].map(_ROUTES.index).to_numpy()
    step = choose(np.array([0.2, 0.6, 0.2]), u_route) - 1
    route = np.clip(usual + step, 0, 3)
    return pd.DataFrame(
        {
            "practice_id": [
                f"LMG{first + one + 1:0{3 if name != 'england' else 4}d}" for one in range(count)
            ],
            "place_id": place,
            "list_size": 0,
            "gp_wte": 0.0,
            "appointments_per_1000": like["appointments_per_1000"],
            "interpreter_route": np.array(_ROUTES, dtype=object)[route],
            "interpreter_audited": np.where(u_audit < 0.85, "yes", "no"),
            "evening_slots_pct": _whole(like["evening_slots_pct"], 0.6 + 0.8 * u_evening),
            "letters_languages": _whole(like["letters_languages"], 0.6 + 0.8 * u_letters).clip(1),
            "quality_z": (like["quality_z"] + 0.2 * normal(u_quality)).round(2),
            "staff_practice": (like["staff_practice"] * (0.7 + 0.6 * u_staff)).round(2),
            "record_miss": (like["record_miss"] + 0.04 * (u_miss - 0.5)).round(2),
            "recording_profile": np.where(u_profile < 1 / 7, "urine under-coded", "ordinary"),
        }
    )


def _nearest(area: pd.DataFrame, practice: pd.DataFrame) -> pd.DataFrame:
    """Give each area three practices of its place; areas side by side share two of them."""
    by_place = {
        place: group.to_numpy() for place, group in practice.groupby("place_id")["practice_id"]
    }
    turn = area.groupby("place_id").cumcount().to_numpy()
    rows = [
        (one, by_place[place][(number + step) % len(by_place[place])], share)
        for one, place, number in zip(area["area_id"], area["place_id"], turn, strict=True)
        for step, share in enumerate(_NEAR)
    ]
    return pd.DataFrame(rows, columns=["area_id", "practice_id", "share"])


def _staffed(practice: pd.DataFrame, area: pd.DataFrame, near: pd.DataFrame) -> pd.DataFrame:
    """Give practices the lists that their areas make, and doctors for them."""
    people = near["area_id"].map(area.set_index("area_id")["population"]) * near["share"]
    listed = people.groupby(near["practice_id"]).sum().reindex(practice["practice_id"])
    size = np.rint(listed.fillna(0).to_numpy()).astype(int)
    # About 1,700 people a doctor, fewer doctors where quality is low: the inverse care law.
    doctors = size / 1700 * (1 + 0.3 * practice["quality_z"].to_numpy())
    return practice.assign(list_size=size, gp_wte=doctors.round(2))


def _places(
    told: WorldParameters,
    name: str,
    ids: list[str],
    kinds: list[str],
    area: pd.DataFrame,
    after: WorldParameters | None,
) -> pd.DataFrame:
    people = area.groupby("place_id")["population"].sum()
    if name == "lindlemere":
        places = told.tables["place"]
    else:
        named = "Ostrimere" if name == "region" else "Invented system"
        places = pd.DataFrame(
            {
                "place_id": ids,
                "name": [f"{named} {number}" for number in range(1, len(ids) + 1)],
                "type": [kinds[number % len(kinds)] for number in range(len(ids))],
            }
        )
        if after is not None:
            places = pd.concat([after.tables["place"], places], ignore_index=True)
    return places.assign(population=people.reindex(places["place_id"]).to_numpy())


def _whole(values: pd.Series, factor: np.ndarray) -> np.ndarray:
    return np.rint(values.to_numpy() * factor).astype(np.int64)


def _number(name: str) -> int:
    """Return where a system's own draws are."""
    return {"lindlemere": 1, "region": 2, "england": 3}[name]
