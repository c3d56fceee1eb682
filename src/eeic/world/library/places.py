"""Where studies are done: how much of each mechanism people meet there, group by group.

Sites of studies are like the areas of the world: a study's mix of people and of mechanisms is
that of one of the twelve kinds of area, so an effect on a mechanism is worth what the mechanism
is there. With a mechanism switched off, nobody meets it anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eeic.categories import LABELS
from eeic.world import exposures, people
from eeic.world.block import Block
from eeic.world.exposures import FITS
from eeic.world.lookups import choose
from eeic.world.streams import Module

if TYPE_CHECKING:
    from eeic.world.build import Recipe

#: Kinds of area in which studies are done, those of the data files.
AREAS = 12

#: Load -> the exposures it is made from; a load runs from 0 to 1.
LOADS: dict[str, tuple[str, ...]] = {
    "language": ("unmet_language",),
    "practice": ("practice_quality",),
    "deprivation": ("deprivation",),
    "unfair_treatment": ("unfair",),
    "service_fit": tuple(FITS),
    "digital": ("digital",),
    "travel": ("travel",),
}
#: Where more of the exposure is better.
_GOOD = ("practice_quality", *FITS)
#: What stops people from using what is offered in one way to all.
_BARRIERS = ("language", "unfair_treatment", "digital", "service_fit")


@dataclass(frozen=True)
class Places:
    """The kinds of area that studies are done in.

    Attributes
    ----------
    people : numpy.ndarray
        Residents by area and group, shape (12, 19).
    load : dict of numpy.ndarray
        Load -> how much of it residents meet on average, from 0 to 1, shape (12, 19).
    barrier : numpy.ndarray
        How much stands in the way of an offer that is the same for all, from 0 to 1.
    under_served : numpy.ndarray
        Which of the 19 groups meet the highest barriers: those above the average group.
    """

    people: np.ndarray
    load: dict[str, np.ndarray]
    barrier: np.ndarray
    under_served: np.ndarray

    def effect(self, change: dict[str, float]) -> np.ndarray:
        """Return what a change to mechanisms does in every area and group.

        Parameters
        ----------
        change : dict of float
            ``general`` and ``skew``, and for each mechanism the log-odds per unit of its load.

        Returns
        -------
        numpy.ndarray
            Differences in log-odds, shape (12, 19).
        """
        general = change.get("general", 0.0) * (1 - change.get("skew", 0.0) * self.barrier)
        for name, slope in change.items():
            if name in self.load:
                general = general + slope * self.load[name]
        return general.round(6)

    def value(self, change: dict[str, float]) -> tuple[float, float]:
        """Return what a change is worth here on average: for all, and for the under-served.

        Parameters
        ----------
        change : dict of float
            As in `effect`.

        Returns
        -------
        tuple of float
            Mean differences in log-odds.
        """
        effect = self.effect(change)
        # Where nothing stands in anybody's way, the under-served are everyone.
        served = self.people * (self.under_served if self.under_served.any() else 1)
        return _mean(effect, self.people), _mean(effect, served)


def _mean(values: np.ndarray, weights: np.ndarray) -> float:
    # Whole numbers of people and rounded effects: the order of adding cannot show.
    total = weights.sum()
    return round(float((values * weights).sum() / total), 5) if total else 0.0


def residents(wanted: Recipe, areas: int = AREAS) -> tuple[Block, pd.DataFrame, pd.DataFrame]:
    """Draw the residents of the first areas and what they meet.

    Parameters
    ----------
    wanted : Recipe
        The world.
    areas : int
        How many areas; the first twelve are one of each kind.

    Returns
    -------
    tuple
        The block, its people and their exposures, row by row the same persons as in the files.
    """
    block = Block.of(wanted.parameters, wanted.seed, range(1, areas + 1))
    lives = people.draw(block)
    off = [name for name in exposures.MECHANISMS if not wanted.on[name]]
    met = exposures.switch_off(exposures.meet(block, lives), off)
    if wanted.world == "relabelled":
        (u,) = block.uniforms(Module.RELABELLED, 1)
        label = choose(wanted.parameters.shares, u)
        lives = lives.assign(group=label)
    return block, lives, met


def survey(wanted: Recipe, block: Block, lives: pd.DataFrame, met: pd.DataFrame) -> Places:
    """Measure what residents meet.

    Parameters
    ----------
    wanted : Recipe
        The world.
    block, lives, met
        From `residents`.

    Returns
    -------
    Places
    """
    groups = len(LABELS)
    cell = (block.area - 1) * groups + lives["group"].to_numpy()
    count = np.bincount(cell, minlength=AREAS * groups).reshape(AREAS, groups)
    load = {}
    for name, columns in LOADS.items():
        values = sum(met[one].to_numpy() * (-1 if one in _GOOD else 1) for one in columns)
        total = np.bincount(cell, weights=values, minlength=AREAS * groups)
        total = total.reshape(AREAS, groups).round(6)
        mean = total / np.maximum(count, 1)
        # A group with hardly anybody in an area meets what it meets elsewhere.
        everywhere = total.sum(axis=0) / np.maximum(count.sum(axis=0), 1)
        mean = np.where(count >= 20, mean, everywhere)
        load[name] = _scaled(mean)
    barrier = np.mean([load[name] for name in _BARRIERS], axis=0)
    barrier = np.clip(barrier * 1.5, 0, 1).round(6)
    by_group = (barrier * count).sum(axis=0) / np.maximum(count.sum(axis=0), 1)
    return Places(count, load, barrier, by_group.round(5) > by_group.mean().round(5))


def _scaled(mean: np.ndarray) -> np.ndarray:
    """Scale to 0 for who meets least and 1 for who meets most, but for a few."""
    ordered = np.sort(mean.ravel())
    low, high = ordered[len(ordered) // 20], ordered[-len(ordered) // 12]
    if high - low < 1e-9:
        return np.zeros_like(mean)
    return np.clip((mean - low) / (high - low), 0, 1).round(6)
