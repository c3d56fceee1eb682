"""Layer 3, exposures: what people meet. The last layer above the pathways to see the group.

What leaves here are plain numbers about services and circumstances, without any column that says
to which ethnic group a person belongs. Every mechanism that can make a gap is a set of such
columns, and switching the mechanism off sets them to zero: the layers below need no switches.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from eeic.categories import LABELS
from eeic.world.parameters import WorldParameters
from eeic.world.people import slots
from eeic.world.streams import Module, uniforms

#: Mechanism -> the columns through which it acts.
MECHANISMS: dict[str, tuple[str, ...]] = {
    "language": ("unmet_language",),
    "practice": ("practice_quality",),
    "deprivation": ("deprivation", "resources"),
    "unfair_treatment": ("unfair",),
    "service_fit": ("fit_finding", "fit_checks"),
    "observed_pattern": ("pattern_t2d",),
}

#: The only columns that need and pathways may receive.
EXPOSED: tuple[str, ...] = (
    "slot",
    "age",
    "sex",
    *(column for columns in MECHANISMS.values() for column in columns),
)

#: Service fit is a small shortfall of a service, never a bonus and never large.
FIT_BOUND = 0.6


class GroupLeak(ValueError):
    """A layer that must not know the ethnic group was handed more than its columns."""


def meet(parameters: WorldParameters, seed: int, area: int, people: pd.DataFrame) -> pd.DataFrame:
    """Work out what the residents of one area are exposed to, all mechanisms on.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    seed : int
        Seed of the world.
    area : int
        Number of the area, from 1.
    people : DataFrame
        The area's residents, from `eeic.world.people.draw`.

    Returns
    -------
    DataFrame
        The columns of `EXPOSED`, one row a resident, in the same order.
    """
    told = parameters["exposures"]
    groups = parameters.tables["group"]
    practices = parameters.tables["practice"]
    practice = people["practice"].to_numpy()
    group = people["group"].to_numpy()
    (u_unfair,) = uniforms(seed, Module.EXPOSURES, area, 1, slots(parameters, area))[
        :, : len(people)
    ]

    offer = practices["interpreter_route"].map(told["interpreter_offer"]).to_numpy()
    unfair_rate = (
        told["unfair_floor"]
        + practices["staff_practice"].to_numpy()[practice]
        * groups["unfair_exposure"].to_numpy()[group]
    )
    return pd.DataFrame(
        {
            "slot": people["slot"],
            "age": people["age"],
            "sex": people["sex"],
            "unmet_language": people["language_need"] * (1 - offer[practice]),
            "practice_quality": practices["quality_z"].to_numpy()[practice],
            "deprivation": parameters.deprivation[area - 1].round(6),
            "resources": people["resources"],
            # Once or twice; the same draw, so that a fairer practice spares the same people.
            "unfair": (u_unfair < unfair_rate).astype(np.int64)
            + (u_unfair < unfair_rate * told["unfair_twice"]),
            "fit_finding": fit(parameters, "finding diabetes")[group],
            "fit_checks": fit(parameters, "diabetes checks")[group],
            "pattern_t2d": groups[parameters["need"]["observed_pattern"]["column"]].to_numpy()[
                group
            ],
        }
    )[list(EXPOSED)]


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
        One value a group in display order, between -0.6 and 0.

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
