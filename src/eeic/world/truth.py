"""Layer 10, truth: what is so in a world, and what made each gap.

Nothing here is typed in. True values are counted on the people of the world; contributions come
from running the same people through the same steps with mechanisms switched off, averaged over
every order of switching (Shapley values).

Everything is a sum over people, so each block is tallied alone and the tallies added: the truth
of a system needs no more memory than its largest block.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eeic import NOTICE, __version__
from eeic.categories import LABELS
from eeic.world import levers, shapley
from eeic.world.exposures import EXPOSED, MECHANISMS, switch_off
from eeic.world.parameters import WorldParameters
from eeic.world.recording import ethnicity, register
from eeic.world.recording.columns import NO_RECORD
from eeic.world.registry import INDICATORS, SERVICES
from eeic.world.services.base import Expectation, Service

if TYPE_CHECKING:
    from eeic.world.build import Recipe, Worked

#: The group that gaps are stated against. Contributions against any other group are differences.
REFERENCE = "White British"

#: Sums over people by name: of weights and of weighted values, one column a group where there are
#: groups.
Tally = dict[tuple[str, ...], np.ndarray]

_DECIMALS = 6


def tally(wanted: Recipe, worked: Worked) -> Tally:
    """Sum up one block for the truth.

    Parameters
    ----------
    wanted : Recipe
        The world.
    worked : Worked
        The block.

    Returns
    -------
    dict
        Sums, to be put together by `add`.
    """
    group = worked.latent["group"].to_numpy()
    shown = ethnicity.group_in_last(worked.entries, "GP")
    person = worked.written.people["person"].to_numpy()
    order = np.argsort(person)
    sums = expected_sums(wanted.parameters, worked.latent[list(EXPOSED)], group)
    for name, indicator in INDICATORS.items():
        among, value = indicator.counted(worked.latent)
        sums["counted", name] = _by_group(group[among], value[among])
        if indicator.recorded:
            who, value = indicator.recorded(worked.files)
            says = shown[order[np.searchsorted(person, who, sorter=order)]]
            known = says != NO_RECORD
            sums["recorded", name] = _by_group(says[known], value[known])
    flaws = {
        "L01": register.flaws(worked.written, worked.files["L01"]),
        "L02": ethnicity.flaws(worked.entries, group),
    }
    for service in SERVICES:
        if service.flaws:
            flaws |= service.flaws(worked.written, worked.files)
    for dataset, found in flaws.items():
        for flaw, (how_many, of) in found.items():
            sums["flaw", dataset, *flaw] = np.array([how_many, of], dtype=float)
    return sums


def add(tallies: Iterable[Tally]) -> Tally:
    """Put the sums of several blocks together.

    Parameters
    ----------
    tallies : iterable of dict
        From `tally`.

    Returns
    -------
    dict
    """
    total: Tally = {}
    for one in tallies:
        for name, values in one.items():
            total[name] = total[name] + values if name in total else values
    return total


def manifest(
    wanted: Recipe,
    sums: Tally,
    datasets: Mapping[str, Mapping[str, Any]],
    facts: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Return the truth manifest of a world.

    Parameters
    ----------
    wanted : Recipe
        The world.
    sums : dict
        The tally of all its people.
    datasets : mapping
        For each dataset its rows and the hashes of its columns.
    facts : mapping
        What is true of the datasets that are not lists of people.

    Returns
    -------
    dict
        world_id, notice, code version, parameter hash, switches; for each dataset the rows, the
        column hashes and the flaw rates as they came out; for each mechanism what it is and the
        lever that changes it; for each indicator its values by group and its gaps with their
        contributions.

    Notes
    -----
    ``true`` is counted on the invented people. ``expected`` is the average of the chances that
    the world gave them, luck averaged out; gaps between expected values are what the mechanisms
    make, and ``chance`` is the rest of the true gap. ``contributions`` add up to
    ``expected_gap``: the mechanisms and, where ages matter, ``age_structure`` (what is left when
    every mechanism is off, because groups differ in age). ``recorded`` is what the files say when
    people are grouped by the GP's latest record, and ``recording_bias`` how far that moves a gap.
    """
    flaws = _flaws(sums)
    return {
        "world_id": wanted.world_id,
        "notice": NOTICE,
        "code_version": __version__,
        "parameter_hash": wanted.parameters.digest,
        "preset": wanted.preset,
        "world": wanted.world,
        "switches": dict(wanted.on),
        "reference": REFERENCE,
        "datasets": {
            name: {
                **about,
                **({"flaws": flaws[name]} if name in flaws else {}),
                **({"facts": facts[name]} if name in facts else {}),
            }
            for name, about in datasets.items()
        },
        "mechanisms": levers.manifest(),
        "indicators": _indicators(sums),
    }


def expected_sums(parameters: WorldParameters, exposed: pd.DataFrame, group: np.ndarray) -> Tally:
    """Sum up what people can expect, with every set of mechanisms on.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    exposed : DataFrame
        Exposures as they are in the world.
    group : numpy.ndarray
        Number of each resident's group.

    Returns
    -------
    dict
        ("expected", service, indicator, *mechanisms that are on) -> sums by group.
    """
    sums: Tally = {}
    for service in SERVICES:
        expect = service.expect(parameters)
        names = _acting_on(service)
        # Mechanisms that cannot act on the service would only double the worlds.
        elsewhere = [name for name in MECHANISMS if name not in names]
        for on in shapley.sets(names):
            off = [*elsewhere, *(name for name in names if name not in on)]
            for indicator, (weight, value) in expect(switch_off(exposed, off)).items():
                key = ("expected", service.name, indicator, *on)
                sums[key] = _by_group(group, weight * value, weight)
    return sums


def expected_by_group(expected: dict[str, Expectation], group: np.ndarray) -> dict[str, np.ndarray]:
    """Return the expected value of every indicator in every group.

    Parameters
    ----------
    expected : dict
        Indicator -> weight and value of each resident, from a service's `Expect`.
    group : numpy.ndarray
        Number of each resident's group.

    Returns
    -------
    dict of numpy.ndarray
        Indicator -> 19 values, NaN where a group has nobody to count.
    """
    return {
        name: _mean(_by_group(group, weight * value, weight))
        for name, (weight, value) in expected.items()
    }


def contributions(sums: Tally) -> dict[str, dict[str, np.ndarray]]:
    """Return what each mechanism does to each indicator in each group.

    Parameters
    ----------
    sums : dict
        From `expected_sums`.

    Returns
    -------
    dict of dict of numpy.ndarray
        Indicator -> mechanism -> 19 values. With ``"none"``, the value when every mechanism is
        off, they sum to the expected value in the world.

    Notes
    -----
    Shapley value of mechanism m: the change it makes when it joins the mechanisms already on,
    averaged over all orders of joining. With six mechanisms that is 64 worlds of the same people.
    """
    result = {}
    for service in SERVICES:
        names = _acting_on(service)
        for indicator in service.indicators:
            values = {
                frozenset(on): _mean(sums["expected", service.name, indicator.name, *on])
                for on in shapley.sets(names)
            }
            made = shapley.shares(values, names)
            result[indicator.name] = {
                "none": values[frozenset()],
                **{name: made[name] for name in indicator.mechanisms},
            }
    return result


def _acting_on(service: Service) -> tuple[str, ...]:
    acting = Counter(name for one in service.indicators for name in one.mechanisms)
    return tuple(name for name in MECHANISMS if name in acting)


def _by_group(group: np.ndarray, value: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
    """Return the sums of weights (1 each by default) and of values, one column a group."""
    return np.array(
        [
            np.bincount(group, weights=weight, minlength=len(LABELS)),
            np.bincount(group, weights=value, minlength=len(LABELS)),
        ],
        dtype=float,
    )


def _mean(sums: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):  # nobody to count
        return sums[1] / sums[0]


def _indicators(sums: Tally) -> dict[str, Any]:
    parts = contributions(sums)
    reference = LABELS.index(REFERENCE)
    result: dict[str, dict[str, Any]] = {}
    for name, indicator in INDICATORS.items():
        expected = np.sum(list(parts[name].values()), axis=0)
        counted = sums["counted", name]
        true = _mean(counted)
        # A mean has no count of people with it.
        share = not indicator.label.startswith("mean")
        files = sums.get(("recorded", name))
        result[name] = {
            "dataset": indicator.dataset,
            "label": indicator.label,
            "among": indicator.among,
            "groups": {},
            "gaps": {},
        }
        for g, label in enumerate(LABELS):
            result[name]["groups"][label] = {
                "people": round(counted[0, g]),
                # Parts of a person's appointments add up to whole ones but for what floats lose.
                **({"count": round(counted[1, g])} if share else {}),
                "true": _number(true[g]),
                "expected": _number(expected[g]),
                **(_in_files(files[:, g], share) if files is not None else {}),
            }
            if g == reference:
                continue
            made = {key: values[g] - values[reference] for key, values in parts[name].items()}
            left = made.pop("none")
            expected_gap = expected[g] - expected[reference]
            gap = true[g] - true[reference]
            result[name]["gaps"][label] = {
                "gap": _number(gap),
                "expected_gap": _number(expected_gap),
                "contributions": {key: _number(value) for key, value in made.items()}
                | ({"age_structure": _number(left)} if indicator.age_matters else {}),
                "chance": _number(gap - expected_gap),
                **(_gap_in_files(files, g, reference, gap) if files is not None else {}),
            }
    return result


def _in_files(sums: np.ndarray, share: bool) -> dict[str, Any]:
    people, total = sums
    return {
        "recorded_people": round(people),
        **({"recorded_count": round(total)} if share else {}),
        "recorded": _number(total / people if people else None),
    }


def _gap_in_files(sums: np.ndarray, g: int, reference: int, gap: float) -> dict[str, float | None]:
    """Return the gap that the files show, and how far recording alone moved it."""
    shown = _mean(sums)[g] - _mean(sums)[reference]
    return {"recorded_gap": _number(shown), "recording_bias": _number(shown - gap)}


def _flaws(sums: Tally) -> dict[str, dict[str, Any]]:
    """Return each flaw's rate, nested as its name is."""
    result: dict[str, Any] = {}
    for (kind, *rest), values in sums.items():
        if kind == "flaw":
            *path, last = rest
            place = result
            for part in path:
                place = place.setdefault(part, {})
            how_many, of = values
            place[last] = _number(how_many / of if of else None)
    return result


def _number(value: float | None) -> float | None:
    if value is None or value != value:
        return None  # nobody to count, which JSON can say but not as NaN
    return round(float(value), _DECIMALS) + 0.0  # 0.0 turns -0.0 into 0.0
