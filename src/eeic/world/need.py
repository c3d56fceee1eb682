"""Layer 4, need: who has type 2 diabetes. Knows exposures, never the ethnic group."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eeic.world.exposures import without_group
from eeic.world.lookups import logistic
from eeic.world.parameters import WorldParameters
from eeic.world.people import slots
from eeic.world.streams import Module, uniforms


def chance(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return each person's chance of having type 2 diabetes.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    numpy.ndarray
        Chances; zero below 18 years.
    """
    told = parameters["need"]
    exposed = without_group(exposed)
    age = exposed["age"].to_numpy()
    log_odds = (
        parameters["intercepts"]["type2_diabetes"]
        + told["age"] * np.minimum(age, told["age_flat_from"])
        + told["deprivation"] * exposed["deprivation"].to_numpy()
        + exposed["pattern_t2d"].to_numpy()
    )
    return logistic(log_odds) * (age >= told["adult_from"])


def arise(parameters: WorldParameters, seed: int, area: int, exposed: pd.DataFrame) -> pd.DataFrame:
    """Decide who in one area has type 2 diabetes.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    seed : int
        Seed of the world.
    area : int
        Number of the area, from 1.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    DataFrame
        Column ``has_diabetes``, one row a resident.
    """
    (u,) = uniforms(seed, Module.NEED, area, 1, slots(parameters, area))
    has = u[exposed["slot"].to_numpy()] < chance(parameters, exposed)
    return pd.DataFrame({"has_diabetes": has}, index=exposed.index)
