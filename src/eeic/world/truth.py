"""Layer 10, truth: what is so in a world, and what made each gap.

Nothing here is typed in. True values are counted on the people of the world; contributions come
from running the same people through the same steps with mechanisms switched off, averaged over
every order of switching (Shapley values).
"""

from __future__ import annotations

from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eeic import NOTICE, __version__
from eeic.categories import LABELS
from eeic.world import need, pathways
from eeic.world.export import column_hashes, sheets
from eeic.world.exposures import EXPOSED, MECHANISMS, switch_off
from eeic.world.lookups import logistic_step
from eeic.world.parameters import WorldParameters

if TYPE_CHECKING:
    from eeic.world.build import World

#: The group that gaps are stated against. Contributions against any other group are differences.
REFERENCE = "White British"

#: Taught indicator -> (what it is, among whom).
INDICATORS: dict[str, tuple[str, str]] = {
    "diagnosed_diabetes": ("share with diagnosed diabetes", "all residents"),
    "true_diabetes": ("share with diabetes, diagnosed or not", "all residents"),
    "share_diagnosed": ("share whose diabetes has been found", "residents with diabetes"),
    "all_nine": ("share with all nine care processes", "residents with diagnosed diabetes"),
    **{
        check: (f"share with {check}", "residents with diagnosed diabetes")
        for check in pathways.CHECKS
    },
    "hba1c": ("mean HbA1c, mmol/mol", "residents with diagnosed diabetes"),
}

_DECIMALS = 6


def manifest(world: World) -> dict[str, Any]:
    """Return the truth manifest of a world.

    Parameters
    ----------
    world : World
        A built world.

    Returns
    -------
    dict
        world_id, notice, code version, parameter hash, switches; for each dataset the rows, the
        column hashes and the flaw rates as they came out; for each indicator its values by group
        and its gaps with their contributions.

    Notes
    -----
    ``true`` is counted on the invented people. ``expected`` is the average of the chances that
    the world gave them, luck averaged out; gaps between expected values are what the mechanisms
    make, and ``chance`` is the rest of the true gap. ``contributions`` add up to
    ``expected_gap``: the mechanisms and, for prevalence, ``age_structure`` (what is left when
    every mechanism is off, because groups differ in age). ``recorded`` is what the files say when
    people are grouped by the GP's latest record, and ``recording_bias`` how far that moves a gap.
    """
    return {
        "world_id": world.world_id,
        "notice": NOTICE,
        "code_version": __version__,
        "parameter_hash": world.parameters.digest,
        "preset": world.preset,
        "switches": dict(world.switches),
        "reference": REFERENCE,
        "datasets": {
            name: {
                "rows": len(world.tables[name]),
                "columns": column_hashes(world.tables[name]),
                "flaws": flaws,
            }
            for name, flaws in _flaws(world).items()
        },
        "indicators": _indicators(world),
    }


def expected_by_group(
    parameters: WorldParameters,
    exposed: pd.DataFrame,
    group: np.ndarray,
    table: dict[str, np.ndarray] | None = None,
) -> dict[str, np.ndarray]:
    """Return the expected value of every indicator in every group.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    exposed : DataFrame
        Exposures of all residents.
    group : numpy.ndarray
        Number of each resident's group.
    table : dict, optional
        Result of `eeic.world.pathways.expectations`, where it has been made already.

    Returns
    -------
    dict of numpy.ndarray
        Indicator -> 19 values, NaN where a group has no residents.
    """
    table = table or pathways.expectations(parameters)

    def total(weights: np.ndarray | None = None) -> np.ndarray:
        return np.bincount(group, weights=weights, minlength=len(LABELS)).astype(float)

    has = need.chance(parameters, exposed)
    found = has * pathways.chance_diagnosed(parameters, exposed)
    step = logistic_step(pathways.ease_of_checks(parameters, exposed))
    people, with_diabetes, diagnosed = total(), total(has), total(found)
    with np.errstate(invalid="ignore"):
        return {
            "diagnosed_diabetes": diagnosed / people,
            "true_diabetes": with_diabetes / people,
            "share_diagnosed": diagnosed / with_diabetes,
            **{name: total(found * values[step]) / diagnosed for name, values in table.items()},
        }


def contributions(
    parameters: WorldParameters, exposed: pd.DataFrame, group: np.ndarray
) -> dict[str, dict[str, np.ndarray]]:
    """Return what each mechanism does to each indicator in each group.

    Parameters
    ----------
    parameters : WorldParameters
        The world's parameters.
    exposed : DataFrame
        Exposures of all residents as they are in the world.
    group : numpy.ndarray
        Number of each resident's group.

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
    names = tuple(MECHANISMS)
    table = pathways.expectations(parameters)
    worlds = {}
    for size in range(len(names) + 1):
        for on in combinations(names, size):
            off = [name for name in names if name not in on]
            worlds[frozenset(on)] = expected_by_group(
                parameters, switch_off(exposed, off), group, table
            )
    result = {}
    for indicator in INDICATORS:
        parts = {"none": worlds[frozenset()][indicator]}
        for name in names:
            parts[name] = np.zeros(len(LABELS))
            for before, values in worlds.items():
                if name not in before:
                    orders = factorial(len(before)) * factorial(len(names) - len(before) - 1)
                    change = worlds[before | {name}][indicator] - values[indicator]
                    parts[name] = parts[name] + change * orders / factorial(len(names))
        result[indicator] = parts
    return result


def _indicators(world: World) -> dict[str, Any]:
    latent = world.latent
    group = latent["group"].to_numpy()
    parts = contributions(world.parameters, latent[list(EXPOSED)], group)
    counted = _counted(latent)
    recorded = _recorded(world)
    reference = LABELS.index(REFERENCE)
    result: dict[str, dict[str, Any]] = {}
    for name, (label, among) in INDICATORS.items():
        expected = np.sum(list(parts[name].values()), axis=0)
        people, total = counted[name]
        true = [t / n if n else float("nan") for t, n in zip(total, people, strict=True)]
        result[name] = {"label": label, "among": among, "groups": {}, "gaps": {}}
        for g, group_label in enumerate(LABELS):
            result[name]["groups"][group_label] = {
                "people": people[g],
                # A mean has no count of people with it.
                **({} if name == "hba1c" else {"count": total[g]}),
                "true": _number(true[g]),
                "expected": _number(expected[g]),
                **recorded.get(name, {}).get(group_label, {}),
            }
            if g == reference:
                continue
            made = {key: values[g] - values[reference] for key, values in parts[name].items()}
            left = made.pop("none")
            expected_gap = expected[g] - expected[reference]
            gap = true[g] - true[reference]
            result[name]["gaps"][group_label] = {
                "gap": _number(gap),
                "expected_gap": _number(expected_gap),
                "contributions": {key: _number(value) for key, value in made.items()}
                | ({"age_structure": _number(left)} if among == "all residents" else {}),
                "chance": _number(gap - expected_gap),
                **_recorded_gap(gap, recorded.get(name, {}), group_label),
            }
    return result


def _counted(latent: pd.DataFrame) -> dict[str, tuple[list[int], list[int]]]:
    """Count for each indicator the people it is about and those who have it, by true group."""
    group = latent["group"].to_numpy()

    def count(mask: np.ndarray) -> list[int]:
        return np.bincount(group[mask], minlength=len(LABELS)).tolist()

    has = latent["has_diabetes"].to_numpy()
    found = latent["diagnosed"].to_numpy()
    everyone = np.ones(len(latent), dtype=bool)
    counted = {
        "diagnosed_diabetes": (count(everyone), count(found)),
        "true_diabetes": (count(everyone), count(has)),
        "share_diagnosed": (count(has), count(found)),
    }
    for name in (*pathways.CHECKS, "all_nine"):
        counted[name] = (count(found), count(found & latent[name].to_numpy()))
    # HbA1c is in whole mmol/mol, so its sum is a whole number too.
    sums = np.bincount(group[found], weights=latent["hba1c"][found], minlength=len(LABELS))
    counted["hba1c"] = (count(found), sums.astype(np.int64).tolist())
    return counted


def _recorded(world: World) -> dict[str, dict[str, dict[str, Any]]]:
    """Return what the files say, by the group in the GP's latest record."""
    gp = world.tables["L02"].query("source == 'GP'").drop_duplicates("person_id", keep="last")
    label = gp.set_index("person_id")["ethnic_group_recorded"]
    file = world.tables["L03"].drop_duplicates("person_id")
    group = file["person_id"].map(label)
    residents = label.value_counts()
    result: dict[str, dict[str, dict[str, Any]]] = {
        name: {} for name in ("diagnosed_diabetes", "all_nine", *pathways.CHECKS, "hba1c")
    }
    for g in LABELS:
        rows = file[group == g]
        result["diagnosed_diabetes"][g] = _share(len(rows), int(residents.get(g, 0)))
        for name in ("all_nine", *pathways.CHECKS):
            result[name][g] = _share(int((rows[name] == "yes").sum()), len(rows))
        measured = rows["hba1c"].dropna()
        mean = float(measured.mean()) if len(measured) else None
        result["hba1c"][g] = {"recorded_people": len(measured), "recorded": _number(mean)}
    return result


def _recorded_gap(
    gap: float, recorded: dict[str, dict[str, Any]], label: str
) -> dict[str, float | None]:
    """Return the gap that the files show, and how far recording alone moved it."""
    if not recorded:
        return {}
    ours, theirs = recorded[label]["recorded"], recorded[REFERENCE]["recorded"]
    shown = float("nan") if ours is None or theirs is None else ours - theirs
    return {"recorded_gap": _number(shown), "recording_bias": _number(shown - gap)}


def _share(count: int, people: int) -> dict[str, Any]:
    return {
        "recorded_people": people,
        "recorded_count": count,
        "recorded": _number(count / people if people else None),
    }


def _flaws(world: World) -> dict[str, dict[str, Any]]:
    """Measure each flaw where truth and file can be laid side by side."""
    latent = world.latent.set_index("person_id")
    truth = latent["group"].map(dict(enumerate(LABELS)))
    register, codes, diabetes = (world.tables[name] for name in sheets())
    age = register["person_id"].map(latent["age"].clip(upper=95))
    once = diabetes.drop_duplicates("person_id")
    person = once["person_id"]
    urine_lost = person.map(latent["cp5_urine"]) & (once["cp5_urine"] == "no")
    day = person.map(latent["diagnosed_day"])
    lost_date = (once["diagnosed_on"] == pd.Timestamp("2031-04-01")) & (day > 0)
    l01 = {
        f"{column}_missing": _mean(register[column].isna())
        for column in ("practice_id", "language_support_needed", "born_uk")
    }
    # Rounded ages near the top code move by less than ten years; any difference counts.
    l01["age_wrong"] = _mean(register["age"] != age)
    l01["ethnic_code_not_known"] = _mean(register["ethnic_code_2001"] == "99")
    l01["ethnic_code_not_stated"] = _mean(register["ethnic_code_2001"] == "Z")
    l02: dict[str, Any] = {
        "old_scheme": _mean(codes["scheme"] == "2001"),
        "method_missing": _mean(codes["method"].isna()),
    }
    for source in ("GP", "hospital"):
        rows = codes[codes["source"] == source].drop_duplicates("person_id", keep="last")
        own = rows["person_id"].map(truth)
        says = ~rows["code"].isin(["Z", "99"])
        seen = len(register) if source == "GP" else len(rows)
        agrees = rows["ethnic_group_recorded"] == own
        l02[source] = {
            "not_known": _number(1 - (rows["code"] != "99").sum() / seen),
            "not_stated": _number((rows["code"] == "Z").sum() / seen),
            "agrees_with_own_answer": {g: _mean(agrees[says & (own == g)]) for g in LABELS},
        }
    l03 = {
        "duplicate_rows": _number(1 - len(once) / len(diabetes)),
        "route_missing": _mean(once["route"].isna()),
        "urine_check_lost": _mean(urine_lost),
        "hba1c_in_percent": _mean(once["hba1c"].dropna() < 20),
        "diagnosis_date_lost": _mean(lost_date),
    }
    return {"L01": l01, "L02": l02, "L03": l03}


def _mean(flags: pd.Series) -> float | None:
    return _number(int(flags.sum()) / len(flags)) if len(flags) else None


def _number(value: float | None) -> float | None:
    if value is None or value != value:
        return None  # nobody to count, which JSON can say but not as NaN
    return round(float(value), _DECIMALS) + 0.0  # 0.0 turns -0.0 into 0.0
