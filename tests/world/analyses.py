"""What the course teaches people to do with the tables: each group against the reference.

Everything here starts from tables as they leave the world and from nothing else; only `expected`
looks at the truth, to be held against what an analysis found. Written over the registry, so a new
service is analysed as soon as it is registered.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import special

from eeic.categories import LABELS
from eeic.stats import gaps, rates, standardise
from eeic.world.build import World
from eeic.world.exposures import EXPOSED
from eeic.world.registry import INDICATORS, SERVICES
from eeic.world.services.base import Indicator
from eeic.world.services.diabetes import CHECKS
from eeic.world.truth import REFERENCE

#: People of a group among whom something is counted or measured, below which no lesson compares
#: it. A rule about events instead would let a rare event decide who is looked at, and so find
#: gaps that are not there. Standardised rates need UKHSA's 10 events, as everywhere.
ENOUGH = 30

#: Indicator -> 1 where more of it is better, -1 where less is, 0 where neither can be said (more
#: people with a diagnosis are more illness and more of it found; more people in prevention are more
#: at risk and more of them reached).
DIRECTION = {
    "diagnosed_diabetes": 0,
    "true_diabetes": -1,
    "share_diagnosed": 1,
    "all_nine": 1,
    **dict.fromkeys(CHECKS, 1),
    "hba1c": -1,
    "high_risk_found": 0,
    "prevention_reach": 0,
    "prevention_referred": 1,
    "prevention_attended": 1,
    "prevention_completed": 1,
    "education_offered": 1,
    "education_attended": 1,
    "talking_referred": 1,
    "talking_seen_in_six_weeks": 1,
    "talking_without_interpreter": -1,
    "talking_treated": 1,
    "talking_recovered": 1,
    "bowel_uptake": 1,
    "cervical_uptake": 1,
    "spoilt_kits": -1,
    "self_sampling_offer": 1,
    "avoidable_admission": -1,
    "emergency_admission": -1,
    "missed_appointments": -1,
    "cancelled_by_hospital": -1,
}

#: Age is standardised in five-year bands, the open one from 75: above it, few groups have people.
_TOP = 15
_STANDARD = np.append(
    standardise.ESP2013.to_numpy()[:_TOP], standardise.ESP2013.to_numpy()[_TOP:].sum()
)
#: An age band counts if at least this share of the reference's people are in it.
_IN_USE = 0.002


def is_mean(indicator: Indicator) -> bool:
    """Tell an indicator that is a mean from one that is a share."""
    return indicator.label.startswith("mean")


def taught() -> dict[str, Indicator]:
    """Return the indicators that an analyst of the files can work out."""
    return {name: one for name, one in INDICATORS.items() if one.recorded}


def as_files(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the released tables of people with the number in the id as a column."""
    return {
        name: table.assign(person=table["person_id"].str[1:].astype(np.int64))
        for name, table in tables.items()
        if "person_id" in table
    }


def say_of_themselves(tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    """Return each resident's own answer, by the number in the id."""
    register = as_files({"L01": tables["L01"]})["L01"]
    return register.set_index("person")["ethnic_group_self"]


def recorded_at(tables: Mapping[str, pd.DataFrame], source: str) -> pd.Series:
    """Return the census group in each person's last record at a source, where it shows one."""
    rows = as_files({"L02": tables["L02"]})["L02"].query("source == @source")
    last = rows.drop_duplicates("person", keep="last").set_index("person")
    group = last["ethnic_group_recorded"]
    return group[group.isin(LABELS)]


def analyse(
    tables: Mapping[str, pd.DataFrame],
    group: pd.Series | None = None,
    *,
    enough: int = ENOUGH,
) -> pd.DataFrame:
    """Do every taught analysis on one world's tables.

    Parameters
    ----------
    tables : mapping of DataFrame
        The tables as released.
    group : Series, optional
        Group of each person by the number in the id; by default their own answer. A person
        without a group is left out, as an analyst of the file would have to.
    enough : int
        People that a group needs among those something is counted of.

    Returns
    -------
    DataFrame
        One row for each indicator and group with enough to compare: indicator, method, group,
        value, lower, upper, then gap, gap_lower, gap_upper (missing for the reference).
    """
    files = as_files(tables)
    group = say_of_themselves(tables) if group is None else group
    age = files["L01"].set_index("person")["age"]
    parts = []
    for name, indicator in taught().items():
        who, value = indicator.recorded(files)
        rows = pd.DataFrame({"group": group.reindex(who).to_numpy(), "value": np.asarray(value)})
        rows["band"] = np.minimum(age.reindex(who).to_numpy() // 5, _TOP)
        parts.append(
            _analysed(indicator, rows.dropna(subset="group"), enough).assign(indicator=name)
        )
    return pd.concat(parts, ignore_index=True)


def _analysed(indicator: Indicator, rows: pd.DataFrame, enough: int) -> pd.DataFrame:
    rows = rows[rows.groupby("group")["value"].transform("size") >= enough]
    if REFERENCE not in set(rows["group"]):
        return _nothing()
    if is_mean(indicator):
        return _means(rows)
    return (_standardised if indicator.age_matters else _shares)(rows)


def _shares(rows: pd.DataFrame) -> pd.DataFrame:
    counted = rows.groupby("group")["value"].agg(events="sum", population="size")
    found = rates.proportion(counted["events"].astype(int), counted["population"])
    gap = gaps.compare(found, reference=REFERENCE, group="group", measure="difference")
    return _together("proportions", found.reset_index(), gap)


def _standardised(rows: pd.DataFrame) -> pd.DataFrame:
    cells = rows.groupby(["group", "band"])["value"].agg(events="sum", population="size")
    wide = cells.unstack(fill_value=0)
    here = bands_in_use(wide["population"].loc[REFERENCE])
    # A group without people of an age has no standardised rate: the method refuses it.
    whole = (wide["population"][here] > 0).all(axis=1)
    table = wide.loc[whole].stack(future_stack=True).reset_index()
    table = table[table["band"].isin(here)]
    table["standard"] = _STANDARD[table["band"].astype(int)]
    found = standardise.direct(table, stratum="band", by="group", multiplier=1)
    found = found[found["value"].notna()].reset_index(drop=True)
    if REFERENCE not in set(found["group"]):
        return _nothing()
    gap = gaps.compare(found, reference=REFERENCE, group="group", measure="difference")
    return _together("directly standardised rates", found, gap)


def _means(rows: pd.DataFrame) -> pd.DataFrame:
    found = rates.mean(rows.assign(value=rows["value"].astype(float)), by="group")
    ours = found["sd"] ** 2 / found["n"]
    place = found.index[found["group"] == REFERENCE][0]
    both = ours + ours[place]
    # Welch's interval of a difference of means.
    freedom = both**2 / (ours**2 / (found["n"] - 1) + ours[place] ** 2 / (found["n"][place] - 1))
    reach = special.stdtrit(freedom, 0.975) * np.sqrt(both)
    value = found["value"] - found["value"][place]
    gap = pd.DataFrame({"value": value, "lower": value - reach, "upper": value + reach})
    return _together("means", found, gap)


def _together(method: str, found: pd.DataFrame, gap: pd.DataFrame) -> pd.DataFrame:
    result = found[["group", "value", "lower", "upper"]].assign(method=method)
    for name, column in (("gap", "value"), ("gap_lower", "lower"), ("gap_upper", "upper")):
        result[name] = gap[column].to_numpy(dtype=float)
    apart = result["group"] == REFERENCE
    result.loc[apart, ["gap", "gap_lower", "gap_upper"]] = np.nan
    return result


def _nothing() -> pd.DataFrame:
    return pd.DataFrame(
        columns=["group", "value", "lower", "upper", "method", "gap", "gap_lower", "gap_upper"]
    )


def bands_in_use(population: pd.Series) -> list[int]:
    """Return the age bands in which the indicator's people are, by the reference group."""
    return population.index[population >= _IN_USE * population.sum()].tolist()


def expected(world: World) -> pd.DataFrame:
    """Return what each taught method should find in a world, luck averaged out.

    Parameters
    ----------
    world : World
        The world, recorded without faults.

    Returns
    -------
    DataFrame
        One row for each indicator and group: indicator, group, expected, expected_gap, and
        events: how many people to expect of the rarer kind, with it or without (for a mean, how
        many people).
    """
    latent = world.latent
    group = latent["group"].to_numpy()
    band = np.minimum(latent["age"].to_numpy() // 5, _TOP)
    reference = LABELS.index(REFERENCE)
    parts = []
    for service in SERVICES:
        expectations = service.expect(world.parameters)(latent[list(EXPOSED)])
        for indicator in service.indicators:
            if not indicator.recorded:
                continue
            weight, value = expectations[indicator.name]
            by_group = _sums(group, weight, value)
            if indicator.age_matters:
                by_group = _by_age(group, band, weight, value)
            parts.append(
                pd.DataFrame(
                    {
                        "indicator": indicator.name,
                        "group": LABELS,
                        "expected": by_group,
                        "expected_gap": by_group - by_group[reference],
                        "events": _rarer(indicator, group, weight, value),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def _rarer(
    indicator: Indicator, group: np.ndarray, weight: np.ndarray, value: np.ndarray
) -> np.ndarray:
    people = np.bincount(group, weights=weight, minlength=len(LABELS))
    if is_mean(indicator):
        return people
    with_it = np.bincount(group, weights=weight * value, minlength=len(LABELS))
    return np.minimum(with_it, people - with_it)


def _sums(place: np.ndarray, weight: np.ndarray, value: np.ndarray, size: int = 19) -> np.ndarray:
    total = np.bincount(place, weights=weight, minlength=size)
    with np.errstate(invalid="ignore"):  # a group without anybody
        return np.bincount(place, weights=weight * value, minlength=size) / total


def _by_age(
    group: np.ndarray, band: np.ndarray, weight: np.ndarray, value: np.ndarray
) -> np.ndarray:
    size = len(LABELS) * (_TOP + 1)
    cells = _sums(group * (_TOP + 1) + band, weight, value, size).reshape(-1, _TOP + 1)
    reference = np.bincount(
        band, weights=weight * (group == LABELS.index(REFERENCE)), minlength=_TOP + 1
    )
    here = bands_in_use(pd.Series(reference))
    return (cells[:, here] * _STANDARD[here]).sum(axis=1) / _STANDARD[here].sum()


def finds_a_gap(found: pd.DataFrame) -> pd.Series:
    """Tell which comparisons an analyst would call a gap: the interval leaves zero out."""
    return (found["gap_lower"] > 0) | (found["gap_upper"] < 0)


def share_of_seeds(hit: pd.Series, seed: pd.Series) -> tuple[float, float]:
    """Return the share of hits and its standard error from the spread between seeds.

    Analyses of one world share people (the nine checks share even their circumstances), so
    counting each as one trial would claim too much; worlds of different seeds share nothing.
    """
    by_seed = hit.groupby(seed).agg(["sum", "size"])
    share = by_seed["sum"].sum() / by_seed["size"].sum()
    left = by_seed["sum"] - share * by_seed["size"]
    many = len(by_seed)
    error = np.sqrt(many / (many - 1) * (left**2).sum()) / by_seed["size"].sum()
    return float(share), float(error)
