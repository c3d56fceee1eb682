"""Put the layers together: areas one by one, then the files and the truth."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from eeic.world import exposures, need, pathways, people, recording
from eeic.world.export import SYSTEM_COLUMNS, view
from eeic.world.parameters import WorldParameters, load
from eeic.world.truth import manifest

#: What can be switched off: every mechanism of a gap, and faults of recording.
SWITCHES: tuple[str, ...] = (*exposures.MECHANISMS, "recording")

#: Preset -> number of areas, taken from the start of the one fixed order.
PRESETS = {"workshop": 12}

#: Seeds of practice worlds, whose truth is published, and how they are called.
_PRACTICE_SEEDS = {2026: "2026a"}


@dataclass(frozen=True)
class World:
    """One built world.

    Attributes
    ----------
    preset : str
        Size.
    switches : dict of bool
        Which mechanisms are on.
    tables : dict of DataFrame
        What learners see: ``L01``, ``L02``, ``L03`` and the system tables.
    latent : DataFrame
        One row a person with what is true and hidden. Never exported.
    parameters : WorldParameters
        What the world was told.
    world_id : str
        Version, preset, tag of the seed and hash of parameters and switches.
    truth : dict
        The truth manifest (made when first asked for, because it takes longest).
    """

    preset: str
    switches: Mapping[str, bool]
    tables: dict[str, pd.DataFrame] = field(repr=False)
    latent: pd.DataFrame = field(repr=False)
    parameters: WorldParameters = field(repr=False)
    world_id: str

    @cached_property
    def truth(self) -> dict[str, Any]:
        """The truth manifest."""
        return manifest(self)


def build(
    preset: str = "workshop",
    *,
    seed: int = 2026,
    placebo: bool = False,
    switches: Mapping[str, bool] | None = None,
) -> World:
    """Build a world.

    Parameters
    ----------
    preset : str
        Size; ``"workshop"`` has 12 areas and 20,000 people.
    seed : int
        Seed. 2026 is the course's practice world; for an assessed world take a long random
        number and keep it to yourself.
    placebo : bool
        Start with every mechanism off, instead of on.
    switches : mapping of str to bool, optional
        Mechanisms to turn on or off from there; names in `SWITCHES`.

    Returns
    -------
    World
        Its tables, its latent frame, its truth and its id.

    Raises
    ------
    ValueError
        If the preset, the seed or the name of a switch is unknown.

    Examples
    --------
    >>> world = build(switches={"language": False})
    >>> world.switches["language"], world.switches["practice"]
    (False, True)
    >>> len(world.tables["L01"])
    20000
    """
    if preset not in PRESETS:
        raise ValueError(f"There is no preset {preset!r}; choose {' or '.join(PRESETS)}.")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ValueError(f"The seed must be a whole number from 0, not {seed!r}.")
    unknown = sorted(set(switches or {}) - set(SWITCHES))
    if unknown:
        raise ValueError(f"There is no switch {unknown[0]!r}; choose from {', '.join(SWITCHES)}.")
    on = dict.fromkeys(SWITCHES, not placebo) | {k: bool(v) for k, v in (switches or {}).items()}

    parameters = load()
    parts = [area(parameters, seed, number, on) for number in range(1, PRESETS[preset] + 1)]
    tables = {name: view(name, _joined(parts, name)) for name in ("L01", "L02", "L03")}
    tables |= _system_tables(parameters)
    world_id = _world_id(parameters, preset, seed, on)
    return World(preset, on, tables, _joined(parts, "latent"), parameters, world_id)


def area(
    parameters: WorldParameters, seed: int, number: int, on: Mapping[str, bool]
) -> dict[str, pd.DataFrame]:
    """Build one area alone, exactly as it is in the whole.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    seed : int
        Seed of the world.
    number : int
        Number of the area, from 1.
    on : mapping of str to bool
        Which mechanisms are on, for every name in `SWITCHES`.

    Returns
    -------
    dict of DataFrame
        The area's ``latent`` frame and its part of ``L01``, ``L02`` and ``L03``.
    """
    residents = people.draw(parameters, seed, number)
    met = exposures.meet(parameters, seed, number, residents)
    met = exposures.switch_off(met, [name for name in exposures.MECHANISMS if not on[name]])
    needed = need.arise(parameters, seed, number, met)
    walked = pathways.walk(parameters, seed, number, met, needed)
    faithful = not on["recording"]
    codes = recording.ethnicity(parameters, seed, number, residents, met, faithful=faithful)
    # Resources are in both frames; what counts is what they were exposed to.
    hidden = residents.drop(columns=[name for name in residents if name in met])
    return {
        "latent": pd.concat([hidden, met, needed, walked], axis=1),
        "L01": recording.register(
            parameters, seed, number, residents, walked, codes, faithful=faithful
        ),
        "L02": codes,
        "L03": recording.diabetes(parameters, seed, number, residents, walked, faithful=faithful),
    }


def _joined(parts: list[dict[str, pd.DataFrame]], name: str) -> pd.DataFrame:
    return pd.concat([part[name] for part in parts], ignore_index=True)


def _system_tables(parameters: WorldParameters) -> dict[str, pd.DataFrame]:
    """Return the system tables as learners see them."""
    tables = {name: parameters.tables[name] for name in SYSTEM_COLUMNS}
    practice = tables["practice"]
    audited = practice["interpreter_audited"] == "yes"
    # What nobody ever audited, nobody can look up.
    tables["practice"] = practice.assign(
        interpreter_route=practice["interpreter_route"].where(audited)
    )
    return {name: tables[name][list(columns)].copy() for name, columns in SYSTEM_COLUMNS.items()}


def _world_id(parameters: WorldParameters, preset: str, seed: int, on: Mapping[str, bool]) -> str:
    # The tag says which world it is without giving an assessed world's seed away.
    tag = _PRACTICE_SEEDS.get(seed) or hashlib.sha256(f"eeic {seed}".encode()).hexdigest()[:6]
    off = [name for name in SWITCHES if not on[name]]
    told = parameters.digest
    if off:
        told = hashlib.sha256(" ".join([told, *off]).encode()).hexdigest()[:8]
    return f"W{parameters['version']}-{preset}-{tag}-{told}"
