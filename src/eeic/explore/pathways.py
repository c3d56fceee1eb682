"""Who gets talking therapy, and what would change it: the numbers of lesson 3.

Nothing here is counted on the course's tables. The invented place is asked what its people can
expect, luck averaged out, as it is and with something changed. A real place can be asked only the
first half of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import TYPE_CHECKING

from eeic import categories, datasets
from eeic.datasets import remembered
from eeic.explore.later import later

if TYPE_CHECKING:
    import numpy as np
    from pandas import DataFrame

    from eeic.world import exposures, shapley
    from eeic.world.services import talking
    from eeic.world.services.base import Expect
else:
    # Questions read this module where there is no pandas: see `later`.
    np = later("numpy")
    exposures, shapley = later("eeic.world.exposures"), later("eeic.world.shapley")
    talking = later("eeic.world.services.talking")

#: The group of the draft paper, and the one with nearly the same gap made another way.
FOCUS, OTHER = "Pakistani", "Black Caribbean"
#: A White minority group whose pathway is looked at too.
THIRD = "Other White"
#: The comparator: the largest group here, so its figure is the steadiest. Not a norm.
REFERENCE = "White British"

#: What can be changed, in the order in which it is drawn, from far away to face to face.
LEVERS: tuple[str, ...] = ("housing", "interpreters", "practices", "ways_in", "fair_treatment")
#: Level of racism or disadvantage at which each lever works.
LEVEL: Mapping[str, str] = {
    "housing": "structural",
    "interpreters": "institutional",
    "practices": "institutional",
    "ways_in": "institutional",
    "fair_treatment": "interpersonal",
}
#: What of the world can make a gap in talking therapies.
MECHANISMS: tuple[str, ...] = (
    "language",
    "practice",
    "deprivation",
    "unfair_treatment",
    "service_fit",
    "digital",
)
#: The steps on the way, in order.
STEPS: tuple[str, ...] = ("referred", "treated")


class UnknownLever(ValueError):
    """There is no such lever."""


def treated(group: str, levers: Iterable[str] = ()) -> float:
    """Say how many of a group's people who could use talking therapy get into treatment.

    Parameters
    ----------
    group : str
        One of the 19 groups.
    levers : iterable of str
        What is changed: names from `LEVERS`.

    Returns
    -------
    float
        Of every 100 people with depression or anxiety in the six years, those who have at least
        two contacts of treatment.

    Raises
    ------
    UnknownLever
        If there is no such lever.
    """
    return _of_100("treated", group, levers)


def referred(group: str, levers: Iterable[str] = ()) -> float:
    """Say how many of a group's people who could use talking therapy are referred to it.

    Parameters
    ----------
    group, levers
        As in `treated`.

    Returns
    -------
    float
        Of every 100 people with depression or anxiety in the six years.
    """
    return _of_100("referred", group, levers)


def gap(group: str, levers: Iterable[str] = (), step: str = "treated") -> float:
    """Say how far a group's figure lies below the comparator's, both with the same change.

    Parameters
    ----------
    group, levers
        As in `treated`.
    step : {"referred", "treated"}
        Which figure.

    Returns
    -------
    float
        People of every 100; above zero where the comparator's figure is the higher one.
    """
    return _of_100(step, REFERENCE, levers) - _of_100(step, group, levers)


def gain(group: str, lever: str, levers: Iterable[str] = ()) -> float:
    """Say what one lever adds to the figure of `treated`.

    Parameters
    ----------
    group : str
        One of the 19 groups.
    lever : str
        The lever.
    levers : iterable of str
        The others that are pulled as well.

    Returns
    -------
    float
        People of every 100.
    """
    others = set(levers) - {lever}
    return treated(group, others | {lever}) - treated(group, others)


def in_need(group: str) -> float:
    """Say how many of a group's residents can be expected to have depression or anxiety.

    Parameters
    ----------
    group : str
        One of the 19 groups.

    Returns
    -------
    float
        People, in the six years, today's services and circumstances as they are.
    """
    _, need, _ = _chances(frozenset())
    return float(need[_is(group)].sum())


def more_people(group: str, levers: Iterable[str]) -> float:
    """Say how many more people of a group would get into treatment in the six years.

    Parameters
    ----------
    group, levers
        As in `treated`.

    Returns
    -------
    float
        People.
    """
    return in_need(group) * (treated(group, levers) - treated(group)) / 100


def closed(group: str, levers: Iterable[str], slip: str = "") -> float:
    """Say which part of today's gap a change closes.

    Parameters
    ----------
    group, levers
        As in `treated`.
    slip : {"", "left", "comparator still"}
        A usual mistake: the part that is left; or the comparator's figure left where it is,
        though a change that is made for everyone helps the comparator too.

    Returns
    -------
    float
        Percent of today's `gap`.
    """
    levers = tuple(levers)
    theirs = treated(REFERENCE, () if slip == "comparator still" else levers)
    left = 100 * (theirs - treated(group, levers)) / gap(group)
    return left if slip == "left" else 100 - left


def missing_people(group: str) -> float:
    """Say how many people of a group go without who would not at the comparator's figure.

    Parameters
    ----------
    group : str
        One of the 19 groups.

    Returns
    -------
    float
        People in the six years.
    """
    return in_need(group) * gap(group) / 100


def best_pair(group: str) -> tuple[str, str]:
    """Find the two levers that together add most for a group.

    Parameters
    ----------
    group : str
        One of the 19 groups.

    Returns
    -------
    tuple of str
        Two names from `LEVERS`, in its order.
    """
    return max(combinations(LEVERS, 2), key=lambda pair: treated(group, pair))


def spread(group: str, levers: Iterable[str] = ()) -> tuple[float, float]:
    """Say how far people's own chances lie apart within one group.

    Parameters
    ----------
    group, levers
        As in `treated`.

    Returns
    -------
    tuple of float
        A tenth of the group's adults have a chance below the first, a tenth above the second; of
        every 100, as in `treated`.
    """
    _, need, chance = _chances(_checked(levers))
    adults = _is(group) & (need > 0)
    low, high = np.quantile(chance[adults], [0.1, 0.9])
    return 100 * float(low), 100 * float(high)


def needing_language_support(group: str) -> float:
    """Say what share of a group needs support in another language.

    Parameters
    ----------
    group : str
        One of the 19 groups.

    Returns
    -------
    float
        Percent of residents of all ages.
    """
    mine = _residents()[0][_is(group)]
    return 100 * float((mine["language_need"] > 0).mean())


def contributions(group: str, step: str = "treated") -> dict[str, float]:
    """Say what made the gap: what each mechanism does, all of them adding up to it.

    Parameters
    ----------
    group : str
        Compared with `REFERENCE`.
    step : {"referred", "treated"}
        Which figure.

    Returns
    -------
    dict of float
        Mechanism to people of every 100 who could use talking therapy, above zero where it
        widens the gap.

    Notes
    -----
    Shapley values, as in `eeic.world.truth`: the change that a mechanism makes when it joins
    those already on, averaged over every order of joining.
    """
    values = _without(step)
    mine, theirs = (categories.LABELS.index(name) for name in (group, REFERENCE))
    gaps = {on: found[theirs] - found[mine] for on, found in values.items()}
    return shapley.shares(gaps, MECHANISMS)


def contribution(group: str, mechanism: str, step: str = "treated") -> float:
    """Say what one mechanism does to the gap.

    Parameters
    ----------
    group, step
        As in `contributions`.
    mechanism : str
        One of `MECHANISMS`.

    Returns
    -------
    float
        People of every 100.
    """
    return contributions(group, step)[mechanism]


def change(exposed: DataFrame, levers: Iterable[str]) -> DataFrame:
    """Return the same people with some levers pulled.

    Parameters
    ----------
    exposed : DataFrame
        What people meet, from `eeic.world.exposures.meet`.
    levers : iterable of str
        Names from `LEVERS`.

    Returns
    -------
    DataFrame
        A copy.

    Notes
    -----
    Nobody is made worse off to make a gap smaller. ``interpreters``, ``ways_in`` and
    ``fair_treatment`` take an obstacle away for everyone who meets it. ``housing`` and
    ``practices`` lift whatever is below the average of this place up to it, and leave the rest.
    """
    levers = _checked(levers)
    off = {
        "interpreters": "language",
        "ways_in": "service_fit",
        "fair_treatment": "unfair_treatment",
    }
    changed = exposures.switch_off(exposed, [off[name] for name in sorted(levers & set(off))])
    raised = {"housing": "resources", "practices": "practice_quality"}
    return changed.assign(
        **{raised[name]: changed[raised[name]].clip(lower=0) for name in levers & set(raised)}
    )


def _checked(levers: Iterable[str]) -> frozenset[str]:
    wanted = frozenset(levers)
    if unknown := wanted - set(LEVERS):
        raise UnknownLever(f"There is no lever {min(unknown)!r}; there are {', '.join(LEVERS)}.")
    return wanted


def _of_100(step: str, group: str, levers: Iterable[str]) -> float:
    categories.group(group)
    found = _chances(_checked(levers))[0]
    return 100 * float(found[step][categories.LABELS.index(group)])


@remembered
def _residents() -> tuple[DataFrame, np.ndarray]:
    """Put together the people of the course's world, what they meet, and their groups."""
    _, lives, met = datasets.residents()
    return met.assign(language_need=lives["language_need"]), lives["group"].to_numpy()


def _exposed() -> DataFrame:
    return _residents()[0][list(exposures.EXPOSED)]


def _is(group: str) -> np.ndarray:
    categories.group(group)
    return _residents()[1] == categories.LABELS.index(group)


@remembered
def _chances(levers: frozenset[str]) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Return each step's share by group, each person's need, and each one's own chance."""
    return _expect(change(_exposed(), levers))


@remembered
def _expectation() -> Expect:
    return talking.expect(datasets.recipe().parameters)


def _expect(exposed: DataFrame) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    found = _expectation()(exposed)
    need, reached = found["talking_referred"]
    _, stayed = found["talking_treated"]
    shares = {"referred": reached, "treated": reached * stayed}
    group, many = _residents()[1], len(categories.LABELS)
    weight = np.bincount(group, weights=need, minlength=many)
    by_group = {
        step: np.bincount(group, weights=need * share, minlength=many) / weight
        for step, share in shares.items()
    }
    return by_group, need, shares["treated"]


@remembered
def _without(step: str) -> dict[frozenset[str], np.ndarray]:
    """Return the figure by group for every set of mechanisms that may be on."""
    values = {}
    for on in shapley.sets(MECHANISMS):
        # Travel and the like do not act on this service; they are off throughout.
        off = [name for name in exposures.MECHANISMS if name not in on]
        by_group, *_ = _expect(exposures.switch_off(_exposed(), off))
        values[frozenset(on)] = 100 * by_group[step]
    return values
