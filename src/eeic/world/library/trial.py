"""The 12-site trial of adapted diabetes education that was run in Lindlemere (L12).

Its participants are people of the world with a diagnosis, under numbers that say nothing. What
the sessions do depends on coming and on following them, and both depend on what a site offers:
the ethnic group decides nothing here, and is only written down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eeic.categories import GROUPS, LABELS
from eeic.world import shapley
from eeic.world.library import ratios, told
from eeic.world.library.places import residents
from eeic.world.lookups import logistic, normal
from eeic.world.recording.columns import answers, unless, yes_no
from eeic.world.services import diabetes
from eeic.world.streams import Module, permuted

if TYPE_CHECKING:
    from eeic.world.build import Recipe

#: What can keep people from what the trial offers; each can be taken away.
_KEEPS = ("unmet_language", "unfair", "travel")
_MECHANISM = {"unmet_language": "language", "unfair": "unfair_treatment", "travel": "travel"}
_FIRST_NUMBER = 8_000_000
_AGES = (50, 65)
_AGE_BANDS = ("under 50", "50-64", "65 and over")
_FIVE = tuple(dict.fromkeys(group.high_level for group in GROUPS))


def run(wanted: Recipe) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Run the trial.

    Parameters
    ----------
    wanted : Recipe
        The world.

    Returns
    -------
    tuple
        The participants as learners see them, and what is true: the effect of being allocated and
        of coming, what is lost to each mechanism, the effect in each place, and one subgroup claim.
    """
    told_of = told.read("trial")
    block, lives, met = residents(wanted, told_of["areas"])
    site = _sites(wanted, told_of["areas"])[block.area - 1]
    walked = diabetes.walk(block, met)
    offers = np.array([told_of["offer"][name] for name in told_of["formats"]])
    needs = lives["language_need"].to_numpy() * int(wanted.on["language"])
    lived = pd.DataFrame(
        {
            "unmet_language": needs * (1 - offers[site]),
            "unfair": met["unfair"].to_numpy(),
            "travel": met["travel"].to_numpy(),
            "circumstances": walked["circumstances"].to_numpy(),
            "baseline": walked["hba1c"].to_numpy(),
        }
    )
    draws = block.uniforms(Module.TRIAL, 16)
    diagnosed = walked["diagnosed"].to_numpy() & (lives["age"].to_numpy() < 85)
    joining = told_of["joining"]
    asked = np.where(lives["language_need"].to_numpy() > 0, joining["needed"], joining["others"])
    chance = asked * (1 + joining["unmet_language"] * lived["unmet_language"].to_numpy())
    joined = diagnosed & (draws[0] < chance)
    frame = _followed(lived[joined], draws[:, joined])
    frame = frame.assign(
        area=block.area[joined],
        site=site[joined],
        group=lives["group"].to_numpy()[joined],
        age=lives["age"].to_numpy()[joined],
        female=lives["female"].to_numpy()[joined].astype(bool),
        need=lives["language_need"].to_numpy()[joined].astype(bool),
        expected=benefit(lived[joined]),
    )
    table = _written(frame, wanted)
    here = lived[diagnosed].assign(area=block.area[diagnosed])
    truth = _truth(frame, here, wanted)
    order = np.argsort(table["participant_id"].to_numpy(), kind="stable")
    return table.iloc[order].reset_index(drop=True), truth


def benefit(lived: pd.DataFrame, without: tuple[str, ...] = ()) -> np.ndarray:
    """Return what being offered the sessions changes in a person's HbA1c, luck averaged out.

    Parameters
    ----------
    lived : DataFrame
        What people meet at their site.
    without : tuple of str
        Obstacles that are taken away.

    Returns
    -------
    numpy.ndarray
        mmol/mol; less is better.
    """
    told_of = told.read("trial")
    here = lived.assign(**dict.fromkeys(without, 0.0))
    understood = 1 - told_of["hba1c"]["understood_less"] * here["unmet_language"].to_numpy()
    came = told_of["sessions"] * logistic(_coming(here))
    return told_of["hba1c"]["session"] * came * understood


def _coming(lived: pd.DataFrame) -> np.ndarray:
    told_of = told.read("trial")["attending"]
    total = np.full(len(lived), told_of["base"])
    for name in (*_KEEPS, "circumstances"):
        total = total + told_of[name] * lived[name].to_numpy()
    return total


def _sites(wanted: Recipe, areas: int) -> np.ndarray:
    """Return the number of each area's site: two in each place, by turns."""
    sites = len(told.read("trial")["formats"])
    place = wanted.parameters.tables["area"]["place_id"].iloc[:areas]
    if 2 * place.nunique() != sites:
        # In a larger system the areas lie in other places than those of Lindlemere.
        return np.arange(areas) % sites
    turn = place.groupby(place).cumcount().to_numpy() % 2
    return 2 * pd.factorize(place)[0] + turn


def _followed(lived: pd.DataFrame, draws: np.ndarray) -> pd.DataFrame:
    """Allocate people and follow them for a year."""
    told_of = told.read("trial")
    u_arm, u_elsewhere, u_result, u_missing, u_quarter, u_stated = draws[1:7]
    u_sessions = draws[7 : 7 + told_of["sessions"]]
    circumstances = lived["circumstances"].to_numpy()
    unmet = lived["unmet_language"].to_numpy()
    offered = u_arm < 0.5
    came = (u_sessions < logistic(_coming(lived))).sum(axis=0)
    elsewhere = told_of["elsewhere"]
    found = u_elsewhere < logistic(elsewhere["base"] + elsewhere["circumstances"] * circumstances)
    sessions = np.where(offered, came, np.where(found, told_of["sessions"] - 1, 0))
    result = told_of["hba1c"]
    understood = 1 - result["understood_less"] * unmet
    later = (
        result["middle"]
        + result["drift"]
        + result["kept"] * (lived["baseline"].to_numpy() - result["middle"])
        + result["circumstances"] * circumstances
        + result["session"] * sessions * understood
        + result["sd"] * normal(u_result)
    )
    gone = told_of["missing"]
    few = offered & (sessions < told_of["enough"])
    missing = u_missing < logistic(
        gone["base"]
        + gone["unmet_language"] * unmet
        + gone["circumstances"] * circumstances
        + gone["few_sessions"] * few
    )
    return lived.assign(
        offered=offered,
        sessions=sessions,
        attended=sessions >= told_of["enough"],
        later=np.clip(np.rint(later), 20, 160).astype(np.int64),
        missing=missing,
        quarter=(u_quarter * 4).astype(np.int64),
        silent=u_stated < told_of["not_stated"]["ethnic_group"],
    ).reset_index(drop=True)


def _written(frame: pd.DataFrame, wanted: Recipe) -> pd.DataFrame:
    told_of = told.read("trial")
    faithful = not wanted.on["recording"]
    tables = wanted.parameters.tables
    area = frame["area"].to_numpy() - 1
    site = frame["site"].to_numpy()
    place = tables["area"]["place_id"].map(tables["place"].set_index("place_id")["name"])
    decile = tables["area"]["deprivation_decile"].to_numpy()[area]
    silent = frame["silent"].to_numpy() & (not faithful)
    missing = frame["missing"].to_numpy() & (not faithful)
    numbers = permuted(_FIRST_NUMBER + np.arange(len(frame)), wanted.seed)
    names = [*LABELS, "Not stated"]
    life_stage = np.searchsorted(_AGES, frame["age"].to_numpy(), side="right")
    return pd.DataFrame(
        {
            "participant_id": [f"T{number:07d}" for number in numbers.tolist()],
            "site": [f"Site {number + 1:02d}" for number in site.tolist()],
            "place": place.to_numpy()[area],
            "language_format": np.array(told_of["formats"])[site],
            "allocation": np.where(frame["offered"], "education", "usual care"),
            "joined_in": answers(
                frame["quarter"].to_numpy(), ("spring", "summer", "autumn", "winter")
            ),
            "age_band": answers(life_stage, _AGE_BANDS),
            "sex": np.where(frame["female"], "F", "M"),
            "ethnic_group": answers(np.where(silent, len(LABELS), frame["group"]), names),
            "language_support_needed": yes_no(frame["need"].to_numpy()),
            "deprivation_fifth": (decile + 1) // 2,
            "sessions_attended": frame["sessions"],
            "attended": yes_no(frame["attended"].to_numpy()),
            "hba1c_baseline": frame["baseline"].astype(np.int64),
            "hba1c_12_months": unless(missing, frame["later"].to_numpy()),
        }
    )


def _truth(frame: pd.DataFrame, here: pd.DataFrame, wanted: Recipe) -> dict[str, Any]:
    places = wanted.parameters.tables["area"]["place_id"].to_numpy()
    names = wanted.parameters.tables["place"].set_index("place_id")["name"]
    everyone = benefit(here)
    # People in usual care who found a course by themselves make the arms more alike.
    told_of = told.read("trial")
    arm = frame["offered"].to_numpy()
    elsewhere = told_of["elsewhere"]
    found = logistic(
        elsewhere["base"] + elsewhere["circumstances"] * frame["circumstances"].to_numpy()
    )
    understood = 1 - told_of["hba1c"]["understood_less"] * frame["unmet_language"].to_numpy()
    leaked = told_of["hba1c"]["session"] * (told_of["sessions"] - 1) * found * understood
    known = ~frame["missing"].to_numpy() | (not wanted.on["recording"])
    came = frame["attended"].to_numpy()
    later = frame["later"].to_numpy()
    return {
        "participants": len(frame),
        "unit": "mmol/mol of HbA1c; below zero is better",
        "true": {
            "being_allocated": _rounded((frame["expected"].to_numpy() - leaked).mean()),
            "being_offered_against_nothing": _rounded(frame["expected"].mean()),
            "each_session_followed": told_of["hba1c"]["session"],
            "lost_to": _lost(here),
            "offered_by_format_and_need": _by_format(frame),
            "offered_in_place": {
                str(names[place]): _rounded(everyone[places[here["area"] - 1] == place].mean())
                for place in dict.fromkeys(places[: told_of["areas"]].tolist())
            },
        },
        "found": {
            "intention_to_treat": _difference(later, arm, known),
            "as_treated": _difference(later, came, known),
            "per_protocol": _difference(later, arm, known & (arm == came)),
        },
        "why_they_differ": "People whose circumstances leave room for sessions come more often and "
        "have lower HbA1c without them; as treated takes that for an effect.",
        "missing_outcomes": _rounded(frame["missing"].mean() if wanted.on["recording"] else 0),
        "subgroup_claim": _claim(frame, known),
    }


def _by_format(frame: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return what the offer changes for people with and without a need, at each kind of site."""
    formats = np.array(told.read("trial")["formats"])[frame["site"].to_numpy()]
    need = frame["need"].to_numpy()
    expected = frame["expected"].to_numpy()
    return {
        name: {
            "language support needed": _rounded(expected[(formats == name) & need].mean()),
            "not needed": _rounded(expected[(formats == name) & ~need].mean()),
        }
        for name in told.read("trial")["offer"]
    }


def _lost(here: pd.DataFrame) -> dict[str, float]:
    """Return what each obstacle takes from the benefit: Shapley values over taking them away."""
    # A loss is a change downwards.
    lost = {frozenset(without): -benefit(here, without).mean() for without in shapley.sets(_KEEPS)}
    made = shapley.shares(lost, _KEEPS)
    return {_MECHANISM[name]: _rounded(made[name]) for name in _KEEPS}


def _difference(later: np.ndarray, treated: np.ndarray, known: np.ndarray) -> float:
    return _rounded(later[known & treated].mean() - later[known & ~treated].mean())


def _claim(frame: pd.DataFrame, known: np.ndarray) -> dict[str, Any]:
    """Find the subgroup that somebody who looks at many would report, and what is true of it."""
    high = np.array([_FIVE.index(group.high_level) for group in GROUPS])
    broad = high[frame["group"].to_numpy()]
    offered, later = frame["offered"].to_numpy(), frame["later"].to_numpy()
    white = broad == _FIVE.index("White")
    looked_at: dict[str, tuple[np.ndarray, np.ndarray]] = {
        "women, against men": (frame["female"].to_numpy(), ~frame["female"].to_numpy()),
        "under 65, against older": (frame["age"].to_numpy() < 65, frame["age"].to_numpy() >= 65),
        "joined in spring or summer, against later": (
            frame["quarter"].to_numpy() < 2,
            frame["quarter"].to_numpy() >= 2,
        ),
        "Black groups who need no language support, against White groups who need none": (
            (broad == _FIVE.index("Black")) & ~frame["need"].to_numpy(),
            white & ~frame["need"].to_numpy(),
        ),
        "Asian groups who need no language support, against White groups who need none": (
            (broad == _FIVE.index("Asian")) & ~frame["need"].to_numpy(),
            white & ~frame["need"].to_numpy(),
        ),
    }
    best: dict[str, Any] = {}
    strongest = -1.0
    for name, (inside, outside) in looked_at.items():
        effects, variances = [], []
        for part in (inside, outside):
            one, none = known & part & offered, known & part & ~offered
            if one.sum() < 10 or none.sum() < 10:
                break
            effects.append(later[one].mean() - later[none].mean())
            variances += [later[one].var() / one.sum(), later[none].var() / none.sum()]
        if len(effects) < 2:
            continue
        error = ratios.root(float(sum(variances)))
        z = abs(effects[0] - effects[1]) / error
        if z > strongest:
            strongest = z
            true = frame["expected"][inside].mean() - frame["expected"][outside].mean()
            best = {
                "claimed": name,
                "looked_at": len(looked_at),
                "effect_inside": _rounded(effects[0]),
                "effect_outside": _rounded(effects[1]),
                "difference": _rounded(effects[0] - effects[1]),
                "standard_error": _rounded(error),
                "true_difference": _rounded(true),
            }
    return best


def _rounded(value: float) -> float:
    return round(float(value), 3) + 0.0
