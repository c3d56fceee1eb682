"""Emergency admissions of a year: avoidable ones and others. Never sees the group.

Avoidable admissions are for conditions that good care outside hospital mostly keeps out of it, so
what people meet there acts on them. The slope on deprivation follows age. Other admissions follow
age and deprivation alone.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from eeic.world.block import Block
from eeic.world.exposures import weighted, without_group
from eeic.world.lookups import choose_by, logistic
from eeic.world.parameters import WorldParameters
from eeic.world.recording.columns import LAST_DAY
from eeic.world.services.base import Expect, Expectation, Indicator
from eeic.world.streams import Module

#: Days of the year of the file, as day numbers of the records.
FIRST_DAY_OF_YEAR = LAST_DAY - 364

ARRIVED_BY = ("ambulance", "own way", "sent by GP", "moved from another hospital")
DISCHARGES = (
    "usual home",
    "relative or friend",
    "care home",
    "another hospital",
    "hospital at home",
    "left before treatment ended",
)

#: Places for a person's admissions in the draws: avoidable, avoidable again, other, other again.
_PLACES = 4
_KINDS, _VARIABLES = 2, 4
_LONGEST = 365

_AVOIDABLE_BY = (
    "language",
    "practice",
    "deprivation",
    "unfair_treatment",
    "service_fit",
    "observed_pattern",
)


def chance_avoidable(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return each person's chance of an avoidable emergency admission in the year.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    numpy.ndarray
        Chances.
    """
    exposed = without_group(exposed)
    told = parameters["emergency"]
    age = exposed["age"].to_numpy()
    by_age, slope = told["avoidable_age"], told["deprivation_by_age"]
    old_enough = age >= told["pattern_from_age"]
    return logistic(
        told["avoidable_intercept"]
        + np.interp(age, by_age["ages"], by_age["log_odds"])
        + np.interp(age, slope["ages"], slope["slopes"]) * exposed["deprivation"].to_numpy()
        + weighted(exposed, told["avoidable"])
        + told["fit_practice"] * exposed["fit_practice"].to_numpy()
        + told["pattern_stroke"] * exposed["pattern_stroke"].to_numpy() * old_enough
    )


def chance_other(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return each person's chance of any other emergency admission in the year.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    numpy.ndarray
        Chances.
    """
    exposed = without_group(exposed)
    told = parameters["emergency"]
    by_age = told["other_age"]
    return logistic(
        told["other_intercept"]
        + np.interp(exposed["age"].to_numpy(), by_age["ages"], by_age["log_odds"])
        + weighted(exposed, told["other"])
    )


def admissions(block: Block, exposed: pd.DataFrame) -> pd.DataFrame:
    """List a block's emergency admissions as they were.

    Parameters
    ----------
    block : Block
        The areas.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    DataFrame
        One row an admission, resident by resident and day by day: resident (row of the block),
        place (of the four), avoidable, admitted (day), los (days), arrived_by and discharge
        (numbers).
    """
    parameters = block.parameters
    told = parameters["emergency"]
    exposed = without_group(exposed)
    draws = block.uniforms(Module.EMERGENCY, _KINDS + _VARIABLES * _PLACES)
    avoidable, other = chance_avoidable(parameters, exposed), chance_other(parameters, exposed)
    again = told["again"]
    # The same draw for the first and for coming back: fewer first ones, fewer second ones.
    here = np.array(
        [
            draws[0] < avoidable,
            draws[0] < avoidable * again["avoidable"],
            draws[1] < other,
            draws[1] < other * again["other"],
        ]
    )
    resident, place = np.nonzero(here.T)
    own = draws[_KINDS:].reshape(_VARIABLES, _PLACES, -1)[:, place, resident]
    admitted = FIRST_DAY_OF_YEAR + (own[0] * 365).astype(np.int64)
    order = np.lexsort((place, admitted, resident))
    resident, place, admitted = resident[order], place[order], admitted[order]
    _, u_los, u_arrived, u_discharge = own[:, order]

    age = exposed["age"].to_numpy()[resident]
    stay = told["los"]
    factor = np.array(stay["factor"])[np.searchsorted(stay["ages"], age, side="right")]
    los = np.interp(u_los, stay["quantiles"], stay["days"]) * factor
    los = np.clip(np.rint(los), 0, _LONGEST).astype(np.int64)
    # Nobody is admitted while still in hospital.
    to_next = np.full(len(los), _LONGEST)
    same = resident[1:] == resident[:-1]
    to_next[:-1][same] = (admitted[1:] - admitted[:-1])[same]
    los = np.minimum(los, to_next)

    def choice(which: str, u: np.ndarray) -> np.ndarray:
        row = np.searchsorted(told[which]["ages"], age, side="right")
        return choose_by(np.array(told[which]["shares"]), row, u)

    return pd.DataFrame(
        {
            "resident": resident,
            "place": place,
            "avoidable": place < 2,
            "admitted": admitted,
            "los": los,
            "arrived_by": choice("arrived_by", u_arrived),
            "discharge": choice("discharge", u_discharge),
        }
    )


def walk(block: Block, exposed: pd.DataFrame) -> pd.DataFrame:
    """Let the residents of a block be admitted as emergencies or not.

    Parameters
    ----------
    block : Block
        The areas.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    DataFrame
        One row a resident, numbers of admissions in the year: em_avoidable and em_other.
    """
    rows = admissions(block, exposed)
    resident, avoidable = rows["resident"].to_numpy(), rows["avoidable"].to_numpy()
    return pd.DataFrame(
        {
            "em_avoidable": np.bincount(resident[avoidable], minlength=len(exposed)),
            "em_other": np.bincount(resident[~avoidable], minlength=len(exposed)),
        }
    )


def expect(parameters: WorldParameters) -> Expect:
    """Prepare what to expect of emergency admissions, luck averaged out.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.

    Returns
    -------
    callable
        Takes exposures; see `eeic.world.services.base.Expect`.
    """

    def of(exposed: pd.DataFrame) -> dict[str, Expectation]:
        avoidable = chance_avoidable(parameters, exposed)
        any_kind = 1 - (1 - avoidable) * (1 - chance_other(parameters, exposed))
        everyone = np.ones(len(exposed))
        return {
            "avoidable_admission": (everyone, avoidable),
            "emergency_admission": (everyone, any_kind),
        }

    return of


def _everyone(latent: pd.DataFrame) -> np.ndarray:
    return np.ones(len(latent), dtype=bool)


def _in_the_file(files: Mapping[str, pd.DataFrame], rows: pd.DataFrame) -> tuple:
    residents = files["L01"]["person"].to_numpy()
    return residents, np.isin(residents, rows["person"].to_numpy())


#: What is taught of emergency admissions.
INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "avoidable_admission",
        "L18",
        "share with an avoidable emergency admission in the year",
        "all residents",
        _AVOIDABLE_BY,
        lambda latent: (_everyone(latent), latent["em_avoidable"].to_numpy() > 0),
        lambda files: _in_the_file(files, files["L18"].query("avoidable_type == 'yes'")),
        age_matters=True,
    ),
    Indicator(
        "emergency_admission",
        "L18",
        "share with an emergency admission of any kind in the year",
        "all residents",
        _AVOIDABLE_BY,
        lambda latent: (
            _everyone(latent),
            (latent["em_avoidable"] + latent["em_other"]).to_numpy() > 0,
        ),
        lambda files: _in_the_file(files, files["L18"]),
        age_matters=True,
    ),
)
