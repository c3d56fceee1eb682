"""Datasets L08 and L09: a survey of experience at general practices, and a frame for another one.

What people answer follows from what they meet; who answers follows from it too. The published
weights know age, sex and place and nothing else, so they cannot undo that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eeic.categories import LABELS
from eeic.world import shapley
from eeic.world.lookups import logistic, logistic_grid, logistic_step, normal
from eeic.world.recording.columns import answers, unless
from eeic.world.streams import Module
from eeic.world.tables import sample
from eeic.world.tables.sample import PRACTICES, Sample

if TYPE_CHECKING:
    from eeic.world.build import Recipe

#: The items, and which kind of step each is.
ITEMS = {
    **dict.fromkeys(("q1", "q2", "q3", "q4", "q5"), "access"),
    **dict.fromkeys(("q6", "q7", "q8", "q9", "q10", "q11"), "communication"),
    "q12": "overall",
}
#: Answers that count as a good experience.
GOOD = 4
DO_NOT_KNOW = 6

AGES = ("16-34", "35-54", "55-74", "75+")
MODES = ("online", "paper", "phone")
LANGUAGES = ("English", "another language")
#: How people can be asked in the community survey.
CONTACT = (
    "online link in English",
    "paper and phone in English",
    "interviewer at home",
    "interviewer through a community organisation, in the language asked for",
)

#: Takes the mechanisms that act and returns each adult's chance of a good overall experience.
Good = Callable[[Iterable[str]], np.ndarray]

_AVERAGED = 128
_REFERENCE = "White British"
_ALL_OTHERS = "all groups other than White British"
#: A stratum with fewer adults is not offered: there would be nobody to ask.
_SMALLEST = 30
_ADULT = 16


@dataclass(frozen=True, eq=False)
class Adults:
    """Everybody who could be sampled.

    Attributes
    ----------
    slot : numpy.ndarray
        Their places in the sample of residents.
    people, exposed : DataFrame
        One row a person.
    listed : numpy.ndarray
        Number of adults on the list of each practice.
    """

    slot: np.ndarray
    people: pd.DataFrame
    exposed: pd.DataFrame
    listed: np.ndarray

    @cached_property
    def practice(self) -> np.ndarray:
        """Number of each person's practice; `PRACTICES` for one outside the survey."""
        return np.minimum(self.people["practice"].to_numpy(), PRACTICES)

    @cached_property
    def stands_for(self) -> np.ndarray:
        """How many adults on a list each person stands for."""
        found = np.bincount(self.practice, minlength=PRACTICES + 1)[:PRACTICES]
        return np.append(self.listed / np.maximum(found, 1), 0)[self.practice]

    @cached_property
    def age(self) -> np.ndarray:
        """Number of each person's age band."""
        return age_band(self.exposed)


@dataclass(frozen=True, eq=False)
class Asked:
    """The survey as it was carried out.

    Attributes
    ----------
    chosen, answered : numpy.ndarray
        Rows of the adults who were sampled, and of those who answered.
    table : DataFrame
        L08.
    """

    chosen: np.ndarray
    answered: np.ndarray
    table: pd.DataFrame


def make(wanted: Recipe) -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, Any]]]:
    """Make the experience survey and the community survey's frame.

    Parameters
    ----------
    wanted : Recipe
        The world.

    Returns
    -------
    tuple of dict
        L08 and L09, and what is true of them.
    """
    drawn = sample.draw(wanted)
    adults = _adults(drawn)
    asked = _ask(wanted, drawn, adults)
    acting = ease(wanted.parameters["survey"], adults.exposed, "overall")
    good = _expected(wanted, acting)
    frame, promised = _frame(wanted, adults, good(acting))
    return (
        {"L08": asked.table, "L09": frame},
        {"L08": _truth(wanted, adults, asked, tuple(acting), good), "L09": promised},
    )


def chance_to_answer(told: dict[str, Any], exposed: pd.DataFrame) -> np.ndarray:
    """Return the chance that a person who was sampled answers.

    Parameters
    ----------
    told : dict
        Section ``survey`` of the parameters.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    numpy.ndarray
        Chances.
    """
    acting = sample.parts(exposed, told["response"])
    age = np.array(told["response_by_age"])[age_band(exposed)]
    return logistic(age + sum(acting.values()))


def age_band(exposed: pd.DataFrame) -> np.ndarray:
    """Return the number of each person's band in `AGES`.

    Parameters
    ----------
    exposed : DataFrame
        Exposures.

    Returns
    -------
    numpy.ndarray
    """
    return np.searchsorted([35, 55, 75], exposed["age"].to_numpy(), side="right")


def ease(told: dict[str, Any], exposed: pd.DataFrame, kind: str) -> dict[str, np.ndarray]:
    """Return what each mechanism adds to how well a kind of step goes for a person.

    Parameters
    ----------
    told : dict
        Section ``survey`` of the parameters.
    exposed : DataFrame
        Exposures, without any group column.
    kind : {"access", "communication", "overall"}
        Kind of step.

    Returns
    -------
    dict of numpy.ndarray
        Mechanism -> log-odds, one value a person.
    """
    return sample.parts(exposed, told["experience"][kind])


def _adults(drawn: Sample) -> Adults:
    rows = np.flatnonzero(drawn.people["age"].to_numpy() >= _ADULT)
    people = drawn.people.iloc[rows].reset_index(drop=True)
    everyone = np.bincount(drawn.people["practice"], minlength=PRACTICES)[:PRACTICES]
    grown = np.bincount(people["practice"], minlength=PRACTICES)[:PRACTICES]
    sizes = drawn.practices["list_size"].to_numpy()
    return Adults(
        rows,
        people,
        drawn.exposed.iloc[rows].reset_index(drop=True),
        np.rint(sizes * grown / np.maximum(everyone, 1)),
    )


def _ask(wanted: Recipe, drawn: Sample, adults: Adults) -> Asked:
    """Sample the same number at each practice, and let them answer or not."""
    told = wanted.parameters["survey"]
    faithful = not wanted.on["recording"]
    practice = adults.practice
    (u_sample,) = drawn.block.uniforms(Module.SURVEY, 1)[:, adults.slot]
    u_answer, u_order = drawn.block.uniforms(Module.RECORDED_SURVEY, 2)[:, adults.slot]

    order = np.lexsort((u_sample, practice))
    start = np.searchsorted(practice[order], np.arange(PRACTICES + 1))
    rank = np.arange(len(order)) - start[practice[order]]
    chosen = order[(rank < told["sampled"]) & (practice[order] < PRACTICES)]
    chance = chance_to_answer(told, adults.exposed)
    answered = chosen[(u_answer[chosen] < chance[chosen]) | faithful]
    # Rows stand by practice, and within it in an order that says nothing.
    answered = answered[np.lexsort((u_order[answered], practice[answered]))]

    here = adults.slot[answered]
    people, met = adults.people.iloc[answered], adults.exposed.iloc[answered]
    _, u_person, *u_items = drawn.uniforms(Module.SURVEY, 2 + len(ITEMS), here)
    _, _, u_mode, u_language, u_group, *u_skip = drawn.uniforms(
        Module.RECORDED_SURVEY, 5 + len(ITEMS), here
    )
    person = told["person_sd"] * normal(u_person)
    going = {kind: sum(ease(told, met, kind).values()) + person for kind in told["experience"]}
    values = {}
    for item, u, odd in zip(ITEMS, u_items, u_skip, strict=True):
        value = np.ones(len(answered), dtype=np.int64)
        for edge in told["steps"]:
            value += u < logistic(told["bases"][item] + edge + going[ITEMS[item]])
        value = np.where((odd < told["do_not_know"]) & (not faithful), DO_NOT_KNOW, value)
        values[item] = unless((odd > 1 - told["skipped"]) & (not faithful), value)

    offline = met["digital"].to_numpy() > 0
    need = people["language_need"].to_numpy()
    online = u_mode < np.where(offline, 0.04, 0.66)
    phoned = u_mode > np.where(need, 0.80, 0.985)
    sampled = np.bincount(practice[chosen], minlength=PRACTICES)
    responded = np.bincount(practice[answered], minlength=PRACTICES)
    table = pd.DataFrame(
        {
            "practice_id": answers(practice[answered], list(drawn.practices["practice_id"])),
            "sampled": sampled[practice[answered]],
            "responded": responded[practice[answered]],
            "age_band": answers(adults.age[answered], AGES),
            "sex": answers(met["female"], ("M", "F")),
            "ethnic_group_self": answers(
                people["group"].to_numpy(),
                LABELS,
                (u_group < told["group_not_said"]) & (not faithful),
            ),
            "mode": answers(np.where(phoned, 2, np.where(online, 0, 1)), MODES),
            "language_of_response": answers(need & (u_language < told["translated"]), LANGUAGES),
            **values,
            **_weights(drawn, adults, chosen, answered),
        }
    )
    return Asked(chosen, answered, table)


def _weights(
    drawn: Sample, adults: Adults, chosen: np.ndarray, answered: np.ndarray
) -> dict[str, np.ndarray]:
    """Weight up to the adults on the lists, then to age, sex and place; never to group."""
    taken = np.bincount(adults.practice[chosen], minlength=PRACTICES + 1)
    design = (np.append(adults.listed, 0) / np.maximum(taken, 1)).round(2)[adults.practice]
    places = pd.factorize(drawn.practices["place_id"])[0]
    place = np.append(places, 0)[adults.practice]
    cell = (place * len(AGES) + adults.age) * 2 + adults.exposed["female"].to_numpy()
    people = np.bincount(cell, weights=adults.stands_for)
    weighted = np.bincount(cell[answered], weights=design[answered], minlength=len(people))
    factor = np.divide(people, weighted, out=np.ones(len(people)), where=weighted > 0)
    return {
        "design_weight": design[answered],
        "published_weight": (design * factor[cell])[answered].round(2),
    }


def _expected(wanted: Recipe, acting: dict[str, np.ndarray]) -> Good:
    """Return what gives each adult's chance of a good overall experience, from who acts.

    What differs from person to person without any mechanism is averaged out.
    """
    told = wanted.parameters["survey"]
    person = told["person_sd"] * normal((np.arange(_AVERAGED) + 0.5) / _AVERAGED)
    edge = told["bases"]["q12"] + told["steps"][GOOD - 2]
    curve = logistic(edge + logistic_grid()[:, None] + person).mean(axis=1).round(9)
    nothing = np.zeros(len(next(iter(acting.values()))))

    def good(mechanisms: Iterable[str]) -> np.ndarray:
        return curve[logistic_step(sum((acting[name] for name in mechanisms), nothing))]

    return good


def _truth(
    wanted: Recipe, adults: Adults, asked: Asked, mechanisms: tuple[str, ...], chance_of_good: Good
) -> dict[str, Any]:
    """State true experience, what makes its gaps, who answered, and what the weights leave."""
    group = adults.people["group"].to_numpy()
    # Groups in order, and last all that are not White British together.
    labels = [*LABELS, _ALL_OTHERS]
    reference = LABELS.index(_REFERENCE)

    def by(value: np.ndarray) -> np.ndarray:
        means = sample.mean_by(group, value, len(LABELS))
        return np.append(means, value[group != reference].mean())

    own = chance_of_good(mechanisms)
    good = by(own)
    # One set of mechanisms at a time: all of them for all adults would take much memory.
    values = {frozenset(on): by(chance_of_good(on)) for on in shapley.sets(mechanisms)}
    made = shapley.shares(values, sorted(mechanisms))
    usual = sample.mean_by(
        adults.practice[group == reference], own[group == reference], PRACTICES + 1
    )
    # What White British patients of the same practices can expect.
    between = by(np.where(np.isnan(usual), good[reference], usual)[adults.practice])
    between = between - good[reference]
    chance = chance_to_answer(wanted.parameters["survey"], adults.exposed)
    if not wanted.on["recording"]:
        chance = np.ones(len(chance))
    fifth = (_decile(wanted, adults) + 1) // 2 - 1
    strata = [f"{age}, deprivation fifth {one}" for age in AGES for one in range(1, 6)]
    table = asked.table
    answered = table[table["q12"].between(1, 5)]
    said = (answered["q12"] >= GOOD).to_numpy()
    shown = answered["ethnic_group_self"].to_numpy()
    weight = answered["published_weight"].to_numpy()
    true = adults.stands_for
    return {
        "indicator": "share whose overall experience is good (q12 is 4 or 5)",
        "reference": _REFERENCE,
        "expected": sample.rounded(good, labels),
        "expected_gap": sample.rounded(good - good[reference], labels),
        "between_practices": sample.rounded(between, labels),
        "within_practices": sample.rounded(good - good[reference] - between, labels),
        "contributions": {
            name: sample.rounded(value - value[reference], labels) for name, value in made.items()
        },
        "response": {
            "sampled": len(asked.chosen),
            "responded": len(asked.answered),
            "expected_by_group": sample.rounded(by(chance), labels),
            "expected_by_stratum": sample.rounded(
                sample.mean_by(adults.age * 5 + fifth, chance, len(strata)), strata
            ),
        },
        "everybody": {
            "true": round(float((own * true).sum() / true.sum()), 4),
            "expected_of_respondents": round(float((own * chance).sum() / chance.sum()), 4),
            "respondents": round(float(said.mean()), 4),
            "published_weight": round(float((said * weight).sum() / weight.sum()), 4),
        },
        "published_weight_by_group": {
            label: round(float((said * weight)[here].sum() / weight[here].sum()), 4)
            for label in LABELS
            if (here := shown == label).any()
        },
    }


def _decile(wanted: Recipe, adults: Adults) -> np.ndarray:
    decile = wanted.parameters.tables["area"]["deprivation_decile"].to_numpy()
    return decile[adults.people["area"].to_numpy() - 1]


def _frame(wanted: Recipe, adults: Adults, good: np.ndarray) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Lay out whom a community survey could ask, how, and at what price as quoted."""
    told = wanted.parameters["survey"]
    faithful = not wanted.on["recording"]
    need = adults.people["language_need"].to_numpy()
    kind = adults.people["group"].to_numpy() * 2 + need
    kinds = 2 * len(LABELS)
    exposed = adults.exposed
    plain = told["response_by_age_in_frame"]
    people = np.bincount(kind, weights=adults.stands_for, minlength=kinds)
    experience = sample.mean_by(kind, good, kinds)
    rows = []
    propensity: dict[str, dict[str, float]] = {}
    cost: dict[str, dict[str, float]] = {}
    for number, contact in enumerate(CONTACT):
        mode = told["contact"][contact]
        acting = sample.parts(exposed, mode["response"])
        # The language of the question decides for people who need support, whatever the group.
        log_odds = mode["base"] + sum(acting.values()) + mode["language_needed"] * need
        chance = logistic(log_odds + np.array(plain)[adults.age])
        mean = np.ones(kinds) if faithful else sample.mean_by(kind, chance, kinds)
        for one in range(kinds):
            stratum = f"S{one + 1:02d}"
            if people[one] < _SMALLEST:
                continue
            rows.append((one, number, stratum, contact, people[one], mode["quoted_cost"]))
            propensity.setdefault(stratum, {})[contact] = round(float(mean[one]), 4)
            real = mode["cost_per_contact"] / mean[one] + mode["cost_per_answer"]
            cost.setdefault(stratum, {})[contact] = round(float(real), 2)
    rows.sort()
    table = pd.DataFrame(
        {
            "stratum": [row[2] for row in rows],
            "ethnic_group": [LABELS[row[0] // 2] for row in rows],
            "language_support_needed": [("no", "yes")[row[0] % 2] for row in rows],
            "n_population": [round(row[4] / 10) * 10 for row in rows],
            "contact_mode": [row[3] for row in rows],
            "cost_per_complete": [row[5] for row in rows],
        }
    )
    names = [f"S{one + 1:02d}" for one in range(kinds)]
    kept = np.where(people >= _SMALLEST, experience, np.nan)
    return table, {
        "note": "Costs and chances are invented",
        "response_propensity": propensity,
        "cost_per_complete": cost,
        "good_experience": sample.rounded(kept, names),
    }
