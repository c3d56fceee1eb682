"""Bowel and cervical screening: invitation, response, reminder, result. Never sees the group.

How a person is invited follows from what their practice does: better staffed practices sign the
letter, those with interpreters write in other languages or call. A kit that cannot be read has
nothing to do with what a person meets, so spoilt kits have no true gap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from eeic.world.block import Block
from eeic.world.exposures import weighted, without_group
from eeic.world.lookups import choose, choose_by, logistic, logistic_grid, logistic_step, normal
from eeic.world.parameters import WorldParameters
from eeic.world.services.base import Expect, Expectation, Indicator
from eeic.world.streams import Module

#: The programmes, and how their latent columns begin.
PROGRAMMES: dict[str, str] = {"bowel": "scr_b", "cervical": "scr_c"}
#: Ways of inviting.
INVITES = ("letter", "letter+text", "GP-endorsed", "translated", "call")
#: What a test says.
RESULTS = ("normal", "refer", "spoilt kit")
#: The longest time from invitation to response, in days.
LONGEST_DAYS = 125

_ALL = (
    "language",
    "practice",
    "deprivation",
    "unfair_treatment",
    "service_fit",
    "digital",
    "recent_arrival",
)
_AVERAGED = 128

#: What an analyst of the files would count: the persons, and the value of each.
Recorded = Callable[[Mapping[str, pd.DataFrame]], tuple[np.ndarray, np.ndarray]]

_REMINDER_DAY = 56


def ease_of_bowel(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return how much easier or harder taking part in bowel screening is made, in log-odds.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    numpy.ndarray
        Log-odds, before the way of inviting counts.
    """
    return weighted(without_group(exposed), parameters["screening"]["bowel"]["slopes"])


def ease_of_cervical(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return how much easier or harder taking part in cervical screening is made, in log-odds.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    numpy.ndarray
        Log-odds, before the way of inviting counts.
    """
    return weighted(without_group(exposed), parameters["screening"]["cervical"]["slopes"])


def invite_shares(parameters: WorldParameters, exposed: pd.DataFrame) -> np.ndarray:
    """Return the chances with which each person is invited in each way.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    numpy.ndarray
        One row a person, one column for each of `INVITES`.
    """
    exposed = without_group(exposed)
    told = parameters["screening"]["invites"]
    unmet = exposed["unmet_language"].to_numpy()
    # Practices that meet more of the need for language support also write in more languages.
    met = np.where(unmet > 0, 1 - unmet, 0)
    call = np.interp(met, told["met"], told["call"])
    translated = np.interp(met, told["met"], told["translated"])
    rest = 1 - call - translated
    endorsed = rest * np.interp(
        exposed["practice_quality"].to_numpy(), told["quality"], told["endorsed"]
    )
    # No text goes to people who cannot use one.
    text = (rest - endorsed) * told["text"] * (exposed["digital"].to_numpy() == 0)
    return np.array([rest - endorsed - text, text, endorsed, translated, call]).T.round(9)


def walk(block: Block, exposed: pd.DataFrame) -> pd.DataFrame:
    """Invite the residents of a block who are due, and let them take part or not.

    Parameters
    ----------
    block : Block
        The areas.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    DataFrame
        One row a resident and for each programme (``scr_b_…`` bowel, ``scr_c_…`` cervical):
        invited, invite (number in `INVITES`), before (old enough for an earlier round),
        previous (took part then), offered (self-sampling), first (responded before the
        reminder), responded, days and reminder_days (after the invitation), result (number in
        `RESULTS`). What follows the invitation means something only for people invited.
    """
    parameters = block.parameters
    told = parameters["screening"]
    exposed = without_group(exposed)
    draws = iter(block.uniforms(Module.SCREENING, 24))
    # What a life leaves room for, in every round and programme: the same spread for everyone.
    room = told["room_sd"] * normal(next(draws))
    shares = invite_shares(parameters, exposed)
    eases = (ease_of_bowel(parameters, exposed), ease_of_cervical(parameters, exposed))
    columns: dict[str, np.ndarray] = {}
    for (programme, name), ease in zip(PROGRAMMES.items(), eases, strict=True):
        own = told[programme]
        invited = next(draws) < _due(own, exposed)
        invite = choose(shares, next(draws))
        before = _before(own, exposed)
        previous = before & (next(draws) < logistic(own["previous"] + ease + room))
        offered = ~previous & (next(draws) < _offer(own, exposed))
        log_odds = own["base"] + ease + np.array(own["invites"])[invite] + room
        log_odds = log_odds + own["self_sampling"] * offered
        first = next(draws) < logistic(log_odds)
        after = next(draws) < logistic(log_odds + own["after_reminder"])
        u_days = next(draws)
        reminder = _REMINDER_DAY + (next(draws) * 5).astype(np.int64)
        # A sample taken at a clinic is never spoilt; one taken at home may be.
        kit = np.ones_like(offered) if programme == "bowel" else offered
        columns |= {
            f"{name}_invited": invited,
            f"{name}_invite": invite,
            f"{name}_before": before,
            f"{name}_previous": previous,
            f"{name}_offered": offered,
            f"{name}_first": invited & first,
            f"{name}_responded": invited & (first | after),
            f"{name}_days": np.where(
                first,
                4 + (u_days * (_REMINDER_DAY - 4)).astype(np.int64),
                reminder + 3 + (u_days * 60).astype(np.int64),
            ),
            f"{name}_reminder_days": reminder,
            f"{name}_result": choose_by(
                np.array([own["results_clinic"], own["results_kit"]]),
                kit.astype(np.int64),
                next(draws),
            ),
        }
    return pd.DataFrame(columns)


def uptake_tables(parameters: WorldParameters, programme: str) -> dict[str, np.ndarray]:
    """Tabulate taking part by how easy it is made and by the way of inviting.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    programme : {"bowel", "cervical"}
        The programme.

    Returns
    -------
    dict of numpy.ndarray
        For each way of inviting (first axis) and row of the logistic table: ``usual``, the
        chance of taking part; ``gain``, what an offer of self-sampling adds for those who did
        not take part last time, times their share. And ``overdue``, that share.
    """
    told = parameters["screening"]
    own = told[programme]
    room = told["room_sd"] * normal((np.arange(_AVERAGED) + 0.5) / _AVERAGED)
    base = logistic_grid()[:, None] + room
    overdue = 1 - logistic(own["previous"] + base)
    usual, gain = [], []
    for shift in own["invites"]:
        plain, offered = (
            _taking_part(own, own["base"] + base + shift + more)
            for more in (0.0, own["self_sampling"])
        )
        usual.append(plain.mean(axis=1).round(9))
        gain.append(((offered - plain) * overdue).mean(axis=1).round(9))
    return {
        "usual": np.array(usual),
        "gain": np.array(gain),
        "overdue": overdue.mean(axis=1).round(9),
    }


def expect(parameters: WorldParameters) -> Expect:
    """Prepare what to expect of screening, luck averaged out.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.

    Returns
    -------
    callable
        Takes exposures; see `eeic.world.services.base.Expect`.
    """
    told = parameters["screening"]
    tables = {programme: uptake_tables(parameters, programme) for programme in PROGRAMMES}
    spoilt = told["bowel"]["results_kit"][RESULTS.index("spoilt kit")]

    def of(exposed: pd.DataFrame) -> dict[str, Expectation]:
        found: dict[str, Expectation] = {}
        for programme, ease_of in (("bowel", ease_of_bowel), ("cervical", ease_of_cervical)):
            own, table = told[programme], tables[programme]
            due = _due(own, exposed)
            # Most people are not due, and there is nothing to work out for them.
            here = np.flatnonzero(due)
            some = exposed.iloc[here]
            step = logistic_step(ease_of(parameters, some))
            offer = _offer(own, some)
            usual, gain = table["usual"][:, step], table["gain"][:, step]
            uptake = np.zeros(len(due))
            uptake[here] = (invite_shares(parameters, some).T * (usual + gain * offer)).sum(axis=0)
            found[f"{programme}_uptake"] = (due, uptake)
            if programme == "bowel":
                found["spoilt_kits"] = (due * uptake, np.full(len(due), spoilt))
            else:
                offered = np.zeros(len(due))
                offered[here] = offer * table["overdue"][step]
                found["self_sampling_offer"] = (due, offered)
        return found

    return of


def _taking_part(own: dict[str, Any], log_odds: np.ndarray) -> np.ndarray:
    """Return the chance of responding to the invitation or, failing that, to the reminder."""
    first = logistic(log_odds)
    return first + (1 - first) * logistic(log_odds + own["after_reminder"])


def _due(own: dict[str, Any], exposed: pd.DataFrame) -> np.ndarray:
    """Return the chance of being invited in the two years of the file."""
    age = exposed["age"].to_numpy()
    due = (age >= own["from_age"]) & (age <= own["to_age"])
    if own["female_only"]:
        due = due & exposed["female"].to_numpy().astype(bool)
    return due * own["invited"]


def _before(own: dict[str, Any], exposed: pd.DataFrame) -> np.ndarray:
    """Return who is old enough to have been invited before."""
    return exposed["age"].to_numpy() >= own["before_from_age"]


def _offer(own: dict[str, Any], exposed: pd.DataFrame) -> np.ndarray:
    """Return the chance of an offer of self-sampling to someone who did not come last time."""
    # Commissioners pay for the offer where deprivation is greatest, and only there.
    paid = exposed["deprivation"].to_numpy() > own["offer_from_deprivation"]
    return own["offer"] * (paid & _before(own, exposed))


def _in_file(programme: str, column: str, wanted: str, among: str) -> Recorded:
    def recorded(files: Mapping[str, pd.DataFrame]) -> tuple[np.ndarray, np.ndarray]:
        rows = files["L05"]
        rows = rows[(rows["programme"] == programme) & rows[among].notna()]
        once = rows.drop_duplicates("person")
        value = once[column].notna() if wanted == "any" else once[column] == wanted
        return once["person"].to_numpy(), value.to_numpy()

    return recorded


def _uptake(programme: str, name: str) -> Indicator:
    return Indicator(
        f"{programme}_uptake",
        "L05",
        f"share who took part in {programme} screening",
        f"people invited for {programme} screening",
        _ALL,
        lambda latent: (
            latent[f"{name}_invited"].to_numpy(),
            latent[f"{name}_responded"].to_numpy(),
        ),
        _in_file(programme, "responded_on", "any", "invited_on"),
    )


#: What is taught of screening.
INDICATORS: tuple[Indicator, ...] = (
    *(_uptake(programme, name) for programme, name in PROGRAMMES.items()),
    Indicator(
        "spoilt_kits",
        "L05",
        "share of kits that could not be read",
        "people who sent a bowel screening kit back",
        _ALL,
        lambda latent: (
            latent["scr_b_responded"].to_numpy(),
            (latent["scr_b_result"] == RESULTS.index("spoilt kit")).to_numpy(),
        ),
        _in_file("bowel", "result", "spoilt kit", "result"),
    ),
    Indicator(
        "self_sampling_offer",
        "L05",
        "share offered self-sampling",
        "people invited for cervical screening",
        _ALL,
        lambda latent: (
            latent["scr_c_invited"].to_numpy(),
            latent["scr_c_offered"].to_numpy(),
        ),
        _in_file("cervical", "self_sampling_offer", "yes", "self_sampling_offer"),
    ),
)
