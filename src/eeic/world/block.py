"""Some areas worked out together, each person exactly as if their area were worked out alone.

A whole system is too large for memory and one area too small for the processor, so layers work
on blocks. Every draw still belongs to (seed, module, area, year), and a block sets the areas'
draws side by side; which areas share a block changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from eeic.world import streams
from eeic.world.lookups import choose_by
from eeic.world.parameters import WorldParameters
from eeic.world.streams import Module


@dataclass(frozen=True)
class Block:
    """Some areas of a world.

    Attributes
    ----------
    parameters : WorldParameters
        What the world is told.
    seed : int
        Seed of the world.
    areas : tuple of int
        Numbers of the areas, from 1, in order.
    """

    parameters: WorldParameters = field(repr=False)
    seed: int = field(repr=False)
    areas: tuple[int, ...]

    @classmethod
    def of(cls, parameters: WorldParameters, seed: int, areas: Iterable[int]) -> Block:
        """Return the block of these areas.

        Parameters
        ----------
        parameters : WorldParameters
            What the world is told.
        seed : int
            Seed of the world.
        areas : iterable of int
            Numbers of the areas, from 1.

        Returns
        -------
        Block
        """
        return cls(parameters, seed, tuple(areas))

    @cached_property
    def population(self) -> np.ndarray:
        """Number of people who live in each area of the block."""
        return self.parameters.tables["area"]["population"].to_numpy()[self._rows]

    @cached_property
    def residents(self) -> np.ndarray:
        """Number of residents of each area who are worked out: all of them."""
        return self.population

    @cached_property
    def area(self) -> np.ndarray:
        """Number of each resident's area."""
        return np.repeat(np.array(self.areas), self.residents)

    @cached_property
    def slot(self) -> np.ndarray:
        """Place of each resident in their own area, from 0."""
        ends = np.cumsum(self.residents)
        return np.arange(int(ends[-1])) - np.repeat(ends - self.residents, self.residents)

    @property
    def people(self) -> int:
        """Number of residents of the block."""
        return len(self.area)

    def of_area(self, values: np.ndarray) -> np.ndarray:
        """Give every resident their area's value.

        Parameters
        ----------
        values : numpy.ndarray
            One value, or one row of values, for each area of the whole system, in order.

        Returns
        -------
        numpy.ndarray
            One value, or one row, for each resident of the block.
        """
        return np.repeat(np.asarray(values)[self._rows], self.residents, axis=0)

    def choose(self, shares: np.ndarray, u: np.ndarray) -> np.ndarray:
        """Pick a category for every resident, by the shares that hold in their area.

        Parameters
        ----------
        shares : numpy.ndarray
            Shares of the categories: one row for each area of the whole system, in order.
        u : numpy.ndarray
            One uniform for each resident.

        Returns
        -------
        numpy.ndarray
            Number of the category, from 0.
        """
        row = np.repeat(np.arange(len(self.areas)), self.residents)
        return choose_by(np.asarray(shares)[self._rows], row, u)

    def uniforms(self, module: Module, variables: int, *, year: int = 0) -> np.ndarray:
        """Draw raw uniforms for every resident, at the addresses of their areas.

        Parameters
        ----------
        module : Module
            Who draws.
        variables : int
            Number of variables. New ones are appended: asking for more moves none.
        year : int
            Year of the draw, where a module draws for several.

        Returns
        -------
        numpy.ndarray
            Floats in [0, 1), shape (variables, residents).
        """
        # Slots are permanent: births and moves will use the spare ones, so no draw shifts.
        reserve = self.parameters["people"]["slots_per_resident"]
        found = np.empty((variables, self.people))
        first = 0
        for area, everybody, wanted in zip(
            self.areas, self.population.tolist(), self.residents.tolist(), strict=True
        ):
            part = found[:, first : first + wanted]
            streams.draw_into(part, self.seed, module, area, int(everybody * reserve), year=year)
            first += wanted
        return found

    @cached_property
    def _rows(self) -> np.ndarray:
        return np.array(self.areas) - 1
