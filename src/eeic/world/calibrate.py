"""Solve the intercepts of the parameter file: for the makers of a new version of the world.

Run ``python -m eeic.world.calibrate``; it prints the intercepts that hit the targets. Copy them
into ``data/parameters.json`` and write the datasets anew: intercepts are frozen there, so that a
world does not move when somebody's machine or library does.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from eeic.world import exposures, people, systems
from eeic.world.block import Block
from eeic.world.lookups import logistic_step
from eeic.world.parameters import WorldParameters
from eeic.world.services import diabetes

#: What the world is calibrated to (`SYNTHETIC_WORLD` section 6): intercept -> target.
TARGETS = {
    "language_need_scale": 0.040,  # share of residents who need language support
    "type2_diabetes": 0.097,  # share of adults with diabetes: 7.5% diagnosed, 22.5% not yet found
    "diagnosed": 0.775,  # share of diabetes that has been found
    "checks": 0.52,  # share of people with a diagnosis who had all nine checks
}


def residents(
    parameters: WorldParameters, seeds: range, switches_off: tuple[str, ...] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw several worlds' people and their exposures, to look at margins without luck.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    seeds : range
        Seeds; each gives 20,000 people.
    switches_off : tuple of str
        Mechanisms to switch off.

    Returns
    -------
    tuple of DataFrame
        People and exposures, row by row the same persons.
    """
    drawn, met = [], []
    for seed in seeds:
        block = Block.of(parameters, seed, range(1, systems.PRESETS["workshop"].areas + 1))
        drawn.append(people.draw(block))
        met.append(exposures.meet(block, drawn[-1]))
    exposed = exposures.switch_off(pd.concat(met, ignore_index=True), switches_off)
    return pd.concat(drawn, ignore_index=True), exposed


def solve(parameters: WorldParameters, seeds: range) -> dict[str, float]:
    """Find the intercepts that hit `TARGETS`, in the order in which they depend on each other.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters; its intercepts are the starting point.
    seeds : range
        Seeds to average over.

    Returns
    -------
    dict of float
        The intercepts, rounded to three decimals.
    """
    parameters = replace(parameters, values=copy.deepcopy(parameters.values))
    intercepts = parameters["intercepts"]

    def language() -> float:
        few = range(seeds.start, seeds.start + 5)
        return residents(parameters, few)[0]["language_need"].mean()

    _bisect(intercepts, "language_need_scale", language, 0.2, 3.0)
    drawn, exposed = residents(parameters, seeds)
    adult = drawn["age"] >= parameters["need"]["adult_from"]

    def diabetic() -> float:
        return diabetes.chance_of_diabetes(parameters, exposed)[adult].mean()

    _bisect(intercepts, "type2_diabetes", diabetic, -9, -2)
    has = diabetes.chance_of_diabetes(parameters, exposed)

    def found() -> np.ndarray:
        return has * diabetes.chance_diagnosed(parameters, exposed)

    _bisect(intercepts, "diagnosed", lambda: found().sum() / has.sum(), -1, 4)
    weights = found()
    step = logistic_step(diabetes.ease_of_checks(parameters, exposed))

    def all_nine() -> float:
        chance = diabetes.expectations(parameters)["all_nine"][step]
        return (weights * chance).sum() / weights.sum()

    _bisect(intercepts, "checks", all_nine, -2, 3)
    return {name: intercepts[name] for name in TARGETS}


def _bisect(
    intercepts: dict[str, float], name: str, share: Callable[[], float], low: float, high: float
) -> None:
    """Set one intercept so that a share that grows with it meets its target."""
    while high - low > 0.0005:
        intercepts[name] = (low + high) / 2
        if share() < TARGETS[name]:
            low = intercepts[name]
        else:
            high = intercepts[name]
    intercepts[name] = round((low + high) / 2, 3)


if __name__ == "__main__":
    for name, value in solve(systems.load("workshop"), range(1, 41)).items():
        print(f"{name}: {value}")
