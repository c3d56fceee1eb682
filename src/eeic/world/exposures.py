"""Layer 3, exposures: what people meet. The last layer above the pathways to see the group.

What leaves here are plain numbers about services and circumstances, without any column that says
to which ethnic group a person belongs. Every mechanism that can make a gap is a set of such
columns, and switching the mechanism off sets them to zero: the layers below need no switches.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import pandas as pd

from eeic.categories import LABELS
from eeic.world.block import Block
from eeic.world.lookups import logistic
from eeic.world.parameters import WorldParameters
from eeic.world.streams import Module

#: Column -> the service in table ``service_fit`` whose shortfall it holds.
FITS: dict[str, str] = {
    "fit_finding": "finding diabetes",
    "fit_checks": "diabetes checks",
    "fit_talking": "talking therapies",
    "fit_bowel": "bowel screening",
    "fit_cervical": "cervical screening",
    "fit_booking": "maternity booking",
    "fit_outpatients": "outpatients",
    "fit_practice": "general practice",
}

#: Column -> the column of table ``group`` that holds an observed pattern of unsettled cause.
PATTERNS: dict[str, str] = {
    "pattern_t2d": "observed_pattern_t2d",
    "pattern_stroke": "observed_pattern_stroke",
    "pattern_perinatal": "observed_pattern_perinatal",
}

#: Mechanism -> the columns through which it acts.
MECHANISMS: dict[str, tuple[str, ...]] = {
    "language": ("unmet_language",),
    "practice": ("practice_quality",),
    "deprivation": ("deprivation", "resources"),
    "unfair_treatment": ("unfair",),
    "service_fit": tuple(FITS),
    "observed_pattern": tuple(PATTERNS),
    "digital": ("digital",),
    "travel": ("travel",),
    "recent_arrival": ("recent",),
}

#: The only columns that need and pathways may receive.
EXPOSED: tuple[str, ...] = (
    "slot",
    "age",
    "female",
    *(column for columns in MECHANISMS.values() for column in columns),
)

#: Service fit is a small shortfall of a service, never a bonus and never large.
FIT_BOUND = 0.6


class GroupLeak(ValueError):
    """A layer that must not know the ethnic group was handed more than its columns."""


def meet(block: Block, people: pd.DataFrame) -> pd.DataFrame:
    """Work out what the residents of a block are exposed to, all mechanisms on.

    Parameters
    ----------
    block : Block
        The areas.
    people : DataFrame
        Their residents, from `eeic.world.people.draw`.

    Returns
    -------
    DataFrame
        The columns of `EXPOSED`, one row a resident, in the same order.
    """
    parameters = block.parameters
    told = parameters["exposures"]
    groups = parameters.tables["group"]
    practices = parameters.tables["practice"]
    practice = people["practice"].to_numpy()
    group = people["group"].to_numpy()
    u_unfair, u_digital = block.uniforms(Module.EXPOSURES, 2)

    offer = parameters.interpreter_offer
    unfair_rate = (
        told["unfair_floor"]
        + practices["staff_practice"].to_numpy()[practice]
        * groups["unfair_exposure"].to_numpy()[group]
    )
    offline = told["digital"]
    life_stage = np.searchsorted(offline["ages"], people["age"].to_numpy(), side="right")
    digital = logistic(
        np.array(offline["log_odds"])[life_stage]
        + offline["resources"] * people["resources"].to_numpy()
        + offline["language_need"] * people["language_need"].to_numpy()
    )
    years = people["years_in_england"].to_numpy()
    found = {
        "slot": people["slot"],
        "age": people["age"],
        "female": people["female"],
        "unmet_language": people["language_need"] * (1 - offer[practice]),
        "practice_quality": practices["quality_z"].to_numpy()[practice],
        "deprivation": block.of_area(parameters.deprivation.round(6)),
        "resources": people["resources"],
        # Once or twice; the same draw, so that a fairer practice spares the same people.
        "unfair": (u_unfair < unfair_rate).astype(np.int64)
        + (u_unfair < unfair_rate * told["unfair_twice"]),
        **{column: fit(parameters, service)[group] for column, service in FITS.items()},
        **{column: groups[pattern].to_numpy()[group] for column, pattern in PATTERNS.items()},
        "digital": (u_digital < digital).astype(np.int64),
        "travel": block.of_area(parameters.travel),
        "recent": ((years >= 0) & (years <= told["recent_years"])).astype(np.int64),
    }
    return pd.DataFrame({column: found[column] for column in EXPOSED}, copy=False)


@lru_cache(maxsize=64)
def fit(parameters: WorldParameters, service: str) -> np.ndarray:
    """Return how far a service falls short for each community, in log-odds.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    service : str
        Name of the service in table ``service_fit``.

    Returns
    -------
    numpy.ndarray
        One value a group in display order, between -0.6 and 0. The same on every call: read only.

    Raises
    ------
    ValueError
        If a value in the table is above 0 or below -0.6.
    """
    table = parameters.tables["service_fit"].query("service == @service").set_index("community")
    values = table["f"].reindex(list(LABELS)).to_numpy(dtype=float)
    # Written so that a missing value is refused too.
    if not ((values <= 0) & (values >= -FIT_BOUND)).all():
        raise ValueError(
            f"Table service_fit.csv: every f of {service!r} must lie between -{FIT_BOUND} and 0."
        )
    values.setflags(write=False)
    return values


def switch_off(exposed: pd.DataFrame, mechanisms: Iterable[str]) -> pd.DataFrame:
    """Return the same people in a world where some mechanisms do not exist.

    Parameters
    ----------
    exposed : DataFrame
        Exposures from `meet`.
    mechanisms : iterable of str
        Keys of `MECHANISMS`.

    Returns
    -------
    DataFrame
        A copy with the columns of those mechanisms set to zero.
    """
    columns = [column for name in mechanisms for column in MECHANISMS[name]]
    return exposed.assign(**dict.fromkeys(columns, 0.0))


def without_group(exposed: pd.DataFrame) -> pd.DataFrame:
    """Let a frame through to need or pathways only if it carries nothing but `EXPOSED`.

    Parameters
    ----------
    exposed : DataFrame
        What a layer below was handed.

    Returns
    -------
    DataFrame
        The same frame.

    Raises
    ------
    GroupLeak
        If there is any other column, such as the ethnic group.
    """
    extra = [column for column in exposed.columns if column not in EXPOSED]
    if extra:
        raise GroupLeak(
            f"Need and pathways may not receive {', '.join(map(repr, extra))}: "
            f"hand them only {', '.join(EXPOSED)}."
        )
    return exposed


def weighted(exposed: pd.DataFrame, slopes: dict[str, float]) -> np.ndarray:
    """Add up what people meet, each exposure times its slope.

    Parameters
    ----------
    exposed : DataFrame
        Exposures.
    slopes : dict of float
        Log-odds for one unit of each exposure that counts for this step.

    Returns
    -------
    numpy.ndarray
        Log-odds, in the order of the slopes, so that every machine adds alike.
    """
    total = np.zeros(len(exposed))
    for column, slope in slopes.items():
        total = total + slope * exposed[column].to_numpy()
    return total
