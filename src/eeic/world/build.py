"""Put the layers together: blocks of areas, then the files and the truth."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from eeic.world import exposures, people, systems, truth
from eeic.world.block import Block
from eeic.world.export import SYSTEM_COLUMNS, column_hashes, person_ids, sheets, typed, view
from eeic.world.lookups import choose
from eeic.world.parameters import WorldParameters
from eeic.world.recording import ethnicity, register
from eeic.world.registry import SERVICES
from eeic.world.services.base import Written
from eeic.world.streams import Module
from eeic.world.tables import TABLES

#: What can be switched off: every mechanism of a gap, and faults of recording.
SWITCHES: tuple[str, ...] = (*exposures.MECHANISMS, "recording")

#: Name of a world -> what is on in it. They share all code and every draw.
WORLDS: dict[str, tuple[str, ...]] = {
    "main": SWITCHES,
    "placebo": (),
    "relabelled": SWITCHES,
    "deprivation-only": ("deprivation",),
    "recording-only": ("recording",),
}

#: Areas worked out together: few enough for little memory, enough for the processor.
AREAS_IN_A_BLOCK = 24

#: Seeds of practice worlds, whose truth is published, and how they are called.
_PRACTICE_SEEDS = {2026: "2026a"}


@dataclass(frozen=True)
class Recipe:
    """What a world is made from: everything that decides its values.

    Attributes
    ----------
    parameters : WorldParameters
        What the world is told, with the system it is in.
    preset : str
        Size.
    seed : int
        Seed. Never shown: see `world_id`.
    world : str
        One of `WORLDS`.
    on : mapping of str to bool
        Which mechanisms are on.
    """

    parameters: WorldParameters = field(repr=False)
    preset: str
    seed: int = field(repr=False)
    world: str
    on: Mapping[str, bool]

    @property
    def areas(self) -> range:
        """Numbers of the areas whose people are made."""
        return range(1, systems.PRESETS[self.preset].areas + 1)

    @property
    def practice(self) -> bool:
        """Whether this is a practice world: its seed is public, and so is its truth."""
        return self.seed in _PRACTICE_SEEDS

    @property
    def world_id(self) -> str:
        """Version, preset, tag of the seed, and hash of parameters and switches."""
        # The tag says which world it is without giving an assessed world's seed away.
        tag = _PRACTICE_SEEDS.get(self.seed)
        tag = tag or hashlib.sha256(f"eeic {self.seed}".encode()).hexdigest()[:6]
        told = self.parameters.digest
        different = [name for name in SWITCHES if not self.on[name]]
        different += [self.world] * (self.world == "relabelled")
        if different:
            told = hashlib.sha256(" ".join([told, *different]).encode()).hexdigest()[:8]
        return f"W{self.parameters['version']}-{self.preset}-{tag}-{told}"

    def blocks(self, size: int = AREAS_IN_A_BLOCK) -> Iterator[Sequence[int]]:
        """Cut the areas into blocks.

        Parameters
        ----------
        size : int
            Areas in a block.

        Yields
        ------
        sequence of int
            Numbers of areas.
        """
        areas = self.areas
        for start in range(0, len(areas), size):
            yield areas[start : start + size]


@dataclass(frozen=True)
class World:
    """One built world, in memory.

    Attributes
    ----------
    recipe : Recipe
        What it was made from.
    tables : dict of DataFrame
        What learners see: the datasets and the system tables.
    latent : DataFrame
        One row a person with what is true and hidden. Never exported.
    truth : dict
        The truth manifest (made when first asked for, because it takes longest).
    """

    recipe: Recipe
    tables: dict[str, pd.DataFrame] = field(repr=False)
    latent: pd.DataFrame = field(repr=False)

    @property
    def parameters(self) -> WorldParameters:
        """What the world was told."""
        return self.recipe.parameters

    @property
    def preset(self) -> str:
        """Size."""
        return self.recipe.preset

    @property
    def switches(self) -> Mapping[str, bool]:
        """Which mechanisms are on."""
        return self.recipe.on

    @property
    def world_id(self) -> str:
        """The world's identity."""
        return self.recipe.world_id

    @cached_property
    def further(self) -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, Any]]]:
        """The datasets about the whole system, and what is true of each (made when asked for)."""
        return further(self.recipe)

    @cached_property
    def truth(self) -> dict[str, Any]:
        """The truth manifest."""
        wanted = self.recipe
        tallies = (truth.tally(wanted, work(wanted, part)) for part in wanted.blocks())
        sums = truth.add(tallies)
        further, facts = self.further
        datasets = {
            name: {"rows": len(frame), "columns": column_hashes(frame)}
            for name, frame in sorted((self.tables | further).items())
            if name in sheets()
        }
        return truth.manifest(wanted, sums, datasets, facts)


def recipe(
    preset: str = "workshop",
    *,
    seed: int = 2026,
    world: str = "main",
    switches: Mapping[str, bool] | None = None,
    parameters: WorldParameters | None = None,
) -> Recipe:
    """Say what world is wanted, and have it checked.

    Parameters
    ----------
    preset : str
        Size: one of `eeic.world.systems.PRESETS`.
    seed : int
        Seed. 2026 is the course's practice world; for an assessed world take a long random
        number and keep it to yourself.
    world : str
        One of `WORLDS`: which mechanisms are on at first.
    switches : mapping of str to bool, optional
        Mechanisms to turn on or off from there; names in `SWITCHES`.
    parameters : WorldParameters, optional
        Other parameters than the course's own.

    Returns
    -------
    Recipe

    Raises
    ------
    ValueError
        If the preset, the seed, the world or the name of a switch is unknown.
    """
    if preset not in systems.PRESETS:
        raise ValueError(f"There is no preset {preset!r}; choose {_one_of(systems.PRESETS)}.")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ValueError(f"The seed must be a whole number from 0, not {seed!r}.")
    if world not in WORLDS:
        raise ValueError(f"There is no world {world!r}; choose {_one_of(WORLDS)}.")
    unknown = sorted(set(switches or {}) - set(SWITCHES))
    if unknown:
        raise ValueError(f"There is no switch {unknown[0]!r}; choose from {', '.join(SWITCHES)}.")
    on = {name: name in WORLDS[world] for name in SWITCHES}
    on |= {name: bool(value) for name, value in (switches or {}).items()}
    return Recipe(parameters or systems.load(preset), preset, seed, world, on)


def build(
    preset: str = "workshop",
    *,
    seed: int = 2026,
    world: str = "main",
    switches: Mapping[str, bool] | None = None,
    parameters: WorldParameters | None = None,
) -> World:
    """Build a world in memory.

    Parameters
    ----------
    preset, seed, world, switches, parameters
        As in `recipe`.

    Returns
    -------
    World
        Its tables, its latent frame, its truth and its id.

    Raises
    ------
    ValueError
        As in `recipe`.

    Examples
    --------
    >>> made = build(switches={"language": False})
    >>> made.switches["language"], made.switches["practice"]
    (False, True)
    >>> len(made.tables["L01"])
    20000
    """
    wanted = recipe(preset, seed=seed, world=world, switches=switches, parameters=parameters)
    parts = [work(wanted, areas) for areas in wanted.blocks()]
    together = {
        name: pd.concat([part.files[name] for part in parts], ignore_index=True)
        for name in parts[0].files
    }
    latent = pd.concat([part.latent for part in parts], ignore_index=True)
    latent.insert(0, "person_id", person_ids(latent.pop("person"), wanted.parameters))
    tables = {name: view(name, frame, wanted.parameters) for name, frame in together.items()}
    return World(wanted, tables | system_tables(wanted.parameters), latent)


@dataclass(frozen=True)
class Worked:
    """Some areas worked out.

    Attributes
    ----------
    written : Written
        What recording looked at.
    entries : list of Entry
        Recorded ethnicity at every source.
    latent : DataFrame
        One row a resident with what is true and hidden.
    files : dict of DataFrame
        The areas' part of each person-level dataset, in numbers and answers as recording left
        them: `eeic.world.export.view` makes of them what may leave.
    """

    written: Written
    entries: list[ethnicity.Entry]
    latent: pd.DataFrame
    files: dict[str, pd.DataFrame]


def work(wanted: Recipe, areas: Sequence[int]) -> Worked:
    """Work out some areas, exactly as they are in the whole.

    Parameters
    ----------
    wanted : Recipe
        The world.
    areas : sequence of int
        Numbers of areas, from 1.

    Returns
    -------
    Worked
    """
    block = Block.of(wanted.parameters, wanted.seed, areas)
    residents = people.draw(block)
    met = exposures.meet(block, residents)
    off = [name for name in exposures.MECHANISMS if not wanted.on[name]]
    met = exposures.switch_off(met, off)
    walked = pd.concat([service.walk(block, met) for service in SERVICES], axis=1)
    if wanted.world == "relabelled":
        # The same lives under labels that have nothing to do with them: not with the area either,
        # or the labels would carry its deprivation.
        (u,) = block.uniforms(Module.RELABELLED, 1)
        label = choose(wanted.parameters.shares, u)
        residents = residents.assign(group=label)
    faithful = not wanted.on["recording"]
    # Sources that are not named here are met by chance alone.
    contacts = {
        service.source: walked[service.contact].to_numpy() for service in SERVICES if service.source
    }
    entries = ethnicity.record(
        block, residents, met["unfair"].to_numpy(), contacts, faithful=faithful
    )
    codes = {source: ethnicity.latest(entries, source) for source in ethnicity.SOURCES}
    codes["register"] = ethnicity.latest(entries, "GP", "hospital")
    written = Written(block, residents, met, walked, codes, faithful)
    # Resources are in both frames; what counts is what they were exposed to.
    hidden = residents.drop(columns=[name for name in residents if name in met])
    files = {"L01": register.write(written), "L02": ethnicity.table(residents, entries)}
    for service in SERVICES:
        files |= service.write(written)
    return Worked(written, entries, pd.concat([hidden, met, walked], axis=1), files)


def further(wanted: Recipe) -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, Any]]]:
    """Make the datasets about the whole system.

    Parameters
    ----------
    wanted : Recipe
        The world.

    Returns
    -------
    tuple
        The tables, and what is true of each.
    """
    tables: dict[str, pd.DataFrame] = {}
    facts: dict[str, dict[str, Any]] = {}
    for make in TABLES:
        made, true = make(wanted)
        tables |= {name: typed(frame, sheets()[name]["columns"]) for name, frame in made.items()}
        facts |= true
    return tables, facts


def system_tables(parameters: WorldParameters) -> dict[str, pd.DataFrame]:
    """Return the system tables as learners see them.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.

    Returns
    -------
    dict of DataFrame
    """
    tables = {name: parameters.tables[name] for name in SYSTEM_COLUMNS}
    practice = tables["practice"]
    audited = practice["interpreter_audited"] == "yes"
    # What nobody ever audited, nobody can look up.
    tables["practice"] = practice.assign(
        interpreter_route=practice["interpreter_route"].where(audited, np.nan)
    )
    return {name: tables[name][list(columns)].copy() for name, columns in SYSTEM_COLUMNS.items()}


def _one_of(names: Mapping[str, Any]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}"
