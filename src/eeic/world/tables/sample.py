"""One resident in eight of the whole system, for tables that no list of people could be.

Surveys, returns and counts cover the whole system at every size of world, and must descend from
the same people. Slots in an area carry no order, so the first eighth of each area's slots is a
fair sample of its residents, and each of them is exactly the person that the whole world has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import isqrt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eeic.categories import HIGH_LEVEL, LABELS, TO_HIGH_LEVEL
from eeic.world import exposures, people, streams
from eeic.world.block import Block
from eeic.world.lookups import choose, normal
from eeic.world.parameters import WorldParameters
from eeic.world.streams import Module

if TYPE_CHECKING:
    from eeic.world.build import Recipe

#: Lindlemere's areas and practices. In a larger system its first areas and practices stand for
#: the whole, so that these tables keep their size.
AREAS, PRACTICES = 650, 140

#: One resident in so many is drawn.
ONE_IN = 8

#: Areas worked out together where all at once would take much memory.
AREAS_IN_A_PIECE = 50

#: Number of each of the 19 groups' high-level group, in display order.
FIVE = np.array([HIGH_LEVEL.index(TO_HIGH_LEVEL[label]) for label in LABELS])


class Thin(Block):
    """Areas of which only the first slots are worked out, each resident as in the whole."""

    @cached_property
    def residents(self) -> np.ndarray:
        """Number of residents of each area that are worked out."""
        return self.population // ONE_IN


@dataclass(frozen=True, eq=False)
class Sample:
    """The sampled residents and what they meet.

    Attributes
    ----------
    block : Thin
        The areas.
    people, exposed : DataFrame
        One row a resident, as in the whole world, with the switches of the recipe.
    """

    block: Thin
    people: pd.DataFrame
    exposed: pd.DataFrame

    @cached_property
    def five(self) -> np.ndarray:
        """Number of each resident's high-level group."""
        return FIVE[self.people["group"].to_numpy()]

    def in_pieces(self) -> Iterator[Sample]:
        """Go through the sample a few areas at a time, where rows outnumber residents by far.

        Yields
        ------
        Sample
        """
        number = self.people["area"].to_numpy()
        for some in _pieces(self.block.areas):
            first, last = np.searchsorted(number, [some[0], some[-1] + 1])
            yield Sample(
                Thin(self.block.parameters, self.block.seed, some),
                self.people[first:last].reset_index(drop=True),
                self.exposed[first:last].reset_index(drop=True),
            )

    def uniforms(self, module: Module, variables: int, residents: np.ndarray) -> np.ndarray:
        """Draw raw uniforms for a few of the residents, in little memory.

        Parameters
        ----------
        module : Module
            Who draws.
        variables : int
            Number of variables.
        residents : numpy.ndarray
            Places of the residents in the sample, in any order.

        Returns
        -------
        numpy.ndarray
            Floats in [0, 1), shape (variables, residents asked for).
        """
        found = np.empty((variables, len(residents)))
        first = 0
        for some in _pieces(self.block.areas):
            piece = Thin(self.block.parameters, self.block.seed, some)
            here = (residents >= first) & (residents < first + piece.people)
            found[:, here] = piece.uniforms(module, variables)[:, residents[here] - first]
            first += piece.people
        return found

    @cached_property
    def practices(self) -> pd.DataFrame:
        """The practices of which tables are made."""
        return self.block.parameters.tables["practice"].iloc[:PRACTICES]


def _pieces(areas: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    for start in range(0, len(areas), AREAS_IN_A_PIECE):
        yield areas[start : start + AREAS_IN_A_PIECE]


def draw(wanted: Recipe) -> Sample:
    """Draw one resident in eight of the whole system.

    Parameters
    ----------
    wanted : Recipe
        The world.

    Returns
    -------
    Sample
        The same object while the same world is asked for.
    """
    return _drawn(
        wanted.parameters,
        wanted.seed,
        tuple(name for name in exposures.MECHANISMS if not wanted.on[name]),
        wanted.world == "relabelled",
    )


def forget() -> None:
    """Let go of the sample that was drawn last: it is a tenth of a process's memory."""
    _drawn.cache_clear()


@lru_cache(maxsize=1)
def _drawn(
    parameters: WorldParameters, seed: int, off: tuple[str, ...], relabelled: bool
) -> Sample:
    areas = tuple(range(1, min(AREAS, len(parameters.areas)) + 1))
    block = Thin(parameters, seed, areas)
    lives: dict[str, np.ndarray] = {}
    met: dict[str, np.ndarray] = {}
    # A part of the system at a time, because working it out takes far more memory than keeping it.
    first = 0
    for some in _pieces(areas):
        piece = Thin(parameters, seed, some)
        for kept, frame in zip((lives, met), _drawn_here(piece, off, relabelled), strict=True):
            for name, series in frame.items():
                values = series.to_numpy()
                whole = kept.setdefault(str(name), np.empty(block.people, values.dtype))
                whole[first : first + piece.people] = values
        first += piece.people
    return Sample(block, pd.DataFrame(lives, copy=False), pd.DataFrame(met, copy=False))


def _drawn_here(
    block: Thin, off: tuple[str, ...], relabelled: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    residents = people.draw(block)
    met = exposures.switch_off(exposures.meet(block, residents), off)
    if relabelled:
        # As in the whole world: the same lives under labels that have nothing to do with them.
        (u,) = block.uniforms(Module.RELABELLED, 1)
        residents = residents.assign(group=choose(block.parameters.shares, u))
    return residents, met


def parts(exposed: pd.DataFrame, slopes: dict[str, float]) -> dict[str, np.ndarray]:
    """Split a step's log-odds into what each mechanism adds.

    Parameters
    ----------
    exposed : DataFrame
        Exposures, without any group column.
    slopes : dict of float
        Log-odds for one unit of each exposure.

    Returns
    -------
    dict of numpy.ndarray
        Mechanism -> one value a resident. Mechanisms without a slope are left out.
    """
    exposed = exposures.without_group(exposed)
    found = {}
    for name, columns in exposures.MECHANISMS.items():
        own = {column: slopes[column] for column in columns if column in slopes}
        if own:
            found[name] = exposures.weighted(exposed, own)
    return found


def mean_by(number: np.ndarray, values: np.ndarray, kinds: int) -> np.ndarray:
    """Return the mean of values in each kind, NaN where there is nobody.

    Parameters
    ----------
    number : numpy.ndarray
        Number of each resident's kind.
    values : numpy.ndarray
        One value a resident.
    kinds : int
        How many kinds there are.

    Returns
    -------
    numpy.ndarray
    """
    with np.errstate(invalid="ignore"):
        return np.bincount(number, weights=values, minlength=kinds) / np.bincount(
            number, minlength=kinds
        )


def successes(
    wanted: Recipe, module: Module, part: int, trials: np.ndarray, chance: np.ndarray
) -> np.ndarray:
    """Count how often something happened, trial by trial.

    Parameters
    ----------
    wanted : Recipe
        The world.
    module : Module
        Who draws.
    part : int
        A number of its own for each table that a module draws.
    trials : numpy.ndarray
        How many tries in each row.
    chance : numpy.ndarray
        The chance in each row.

    Returns
    -------
    numpy.ndarray
        Whole numbers, one a row.
    """
    most = int(trials.max(initial=0))
    u = streams.uniforms(wanted.seed, module, part, len(trials), most)
    tried = np.arange(most) < trials[:, None]
    return ((u < np.asarray(chance)[:, None]) & tried).sum(axis=1)


def about(mean: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Draw large counts that vary as counts do.

    Parameters
    ----------
    mean : numpy.ndarray
        What to expect.
    u : numpy.ndarray
        One uniform for each.

    Returns
    -------
    numpy.ndarray
        Whole numbers, none below 0.
    """
    # The root of a whole number is exact on every machine; a library's power need not be.
    spread = np.array([isqrt(round(one * 10_000)) / 100 for one in np.ravel(mean).tolist()])
    return np.maximum(np.rint(mean + spread.reshape(np.shape(mean)) * normal(u)), 0).astype(int)


def rounded(values: np.ndarray, labels: Sequence[str], decimals: int = 4) -> dict[str, float]:
    """Return values by label as truth holds them.

    Parameters
    ----------
    values : numpy.ndarray
        One value a label; NaN where there is nobody.
    labels : sequence of str
        The labels.
    decimals : int
        How many decimals.

    Returns
    -------
    dict of float
        Without the labels that have nobody.
    """
    return {
        label: round(float(value), decimals) + 0.0
        for label, value in zip(labels, values, strict=True)
        if value == value
    }
