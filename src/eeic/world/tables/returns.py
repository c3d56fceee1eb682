"""Dataset L15: what providers return every month, with five years of their faults.

Behind each figure is a chance that follows from what people meet, and a month-to-month variation
of its own. In front of it stand a reclassification, a jump of completeness, one indicator that is
managed rather than met, a late month and small numbers. Their dates are in the truth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eeic.categories import HIGH_LEVEL
from eeic.world import shapley, streams
from eeic.world.lookups import logistic, normal
from eeic.world.recording.columns import unless
from eeic.world.streams import Module
from eeic.world.tables import sample

if TYPE_CHECKING:
    from eeic.world.build import Recipe

MONTHS = 60
#: From this month (counted from 0) the contract asks for figures by ethnic group.
BY_GROUP_FROM = 36
#: Counts below this are not shown by group.
SMALLEST = 5
#: What the rows about everybody say in place of a group.
EVERYBODY = "All"

_FIRST_YEAR = 2031
#: The share of the last month's records that had come in when the file was made.
_IN_TIME = 0.7
#: One sampled resident in so many is enough for a chance.
_EVERY = 4
_WHITE = HIGH_LEVEL.index("White")


def months() -> list[str]:
    """Return the months of the returns, in order.

    Returns
    -------
    list of str
        Five financial years from April 2031.

    Examples
    --------
    >>> months()[0], months()[-1]
    ('2031-04', '2036-03')
    """
    return [
        f"{_FIRST_YEAR + (3 + number) // 12}-{(3 + number) % 12 + 1:02d}"
        for number in range(MONTHS)
    ]


def make(wanted: Recipe) -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, Any]]]:
    """Make the provider returns.

    Parameters
    ----------
    wanted : Recipe
        The world.

    Returns
    -------
    tuple of dict
        L15, and what is true of it.
    """
    told = wanted.parameters["returns"]
    drawn = sample.draw(wanted)
    five = drawn.five[::_EVERY]
    met = drawn.exposed.iloc[::_EVERY]
    people = np.bincount(five, minlength=len(HIGH_LEVEL))
    sites = wanted.parameters.tables["site"].groupby("provider")["site_id"].first()
    frames, facts = [], {}
    for number, (name, one) in enumerate(told["indicators"].items()):
        acting = sample.parts(met, one["slopes"])
        chance = _chances(wanted, number, one, acting, five)
        trials, won = _care(wanted, number, one, chance, people / people.sum())
        site = sites[one["provider"]]
        frames.append(_returned(wanted, number, name, one, site, trials, won))
        facts[name] = _truth(wanted, one, site, acting, five, chance, trials, won)
    return {"L15": pd.concat(frames, ignore_index=True)}, {
        "L15": {
            "note": "Indicators, sizes and slopes are invented",
            "by_group_from": months()[BY_GROUP_FROM],
            "series": facts,
        }
    }


def _chances(
    wanted: Recipe,
    number: int,
    one: dict[str, Any],
    acting: dict[str, np.ndarray],
    five: np.ndarray,
) -> np.ndarray:
    """Return the chance in each month for each high-level group, shape (60, 5)."""
    (u,) = streams.uniforms(wanted.seed, Module.RETURNS, number, 1, MONTHS)
    month = np.arange(MONTHS)
    season = np.array(wanted.parameters["returns"]["season"])[(month + 3) % 12]
    shift = one["base"] + one["season"] * season + one["a_year"] * month / 12
    # Months vary by more than chance: the returns are overdispersed.
    shift = shift + one["overdispersion"] * normal(u)
    for event in one["events"]:
        if event["kind"] == "care":
            shift = shift + event["log_odds"] * _during(event)
    total = np.rint(sum(acting.values(), np.zeros(len(five))) * 256) / 256
    result = np.empty((MONTHS, len(HIGH_LEVEL)))
    for group in range(len(HIGH_LEVEL)):
        value, count = np.unique(total[five == group], return_counts=True)
        weighed = logistic(value + shift[:, None]) * count
        result[:, group] = (weighed.sum(axis=1) / count.sum()).round(9)
    return result


def _care(
    wanted: Recipe, number: int, one: dict[str, Any], chance: np.ndarray, mix: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return how many people there were in each month and group, and how many had it."""
    (u,) = streams.uniforms(wanted.seed, Module.RETURNS, number, 1, MONTHS, year=1)
    size = one["a_month"] * (0.92 + 0.16 * u)
    trials = np.rint(size[:, None] * mix).astype(int)
    part = 100 + number
    won = sample.successes(wanted, Module.RETURNS, part, trials.ravel(), chance.ravel())
    return trials, won.reshape(trials.shape)


def _returned(
    wanted: Recipe,
    number: int,
    name: str,
    one: dict[str, Any],
    site: str,
    trials: np.ndarray,
    won: np.ndarray,
) -> pd.DataFrame:
    """Write the returns of one indicator down, faults and all."""
    faithful = not wanted.on["recording"]
    told = wanted.parameters["returns"]
    draws = streams.uniforms(wanted.seed, Module.RETURNS, number, 4, MONTHS, year=2)
    u_complete, u_again, u_said, u_what = draws
    numerator, denominator = won.sum(axis=1), trials.sum(axis=1)
    complete = np.ones(MONTHS)
    again = np.zeros(MONTHS, dtype=bool)
    ours, ours_of = won, trials
    if not faithful:
        numerator, denominator = _bent(one, numerator, denominator)
        complete = one["complete"] + 0.03 * (u_complete - 0.5)
        ours, ours_of, complete = _by_group(wanted, number, one, trials, won, complete)
        again = u_again < told["resubmitted"]
        numerator, denominator, ours, ours_of = (
            _late(values) for values in (numerator, denominator, ours, ours_of)
        )
    said = [told["remarks"][int(u * len(told["remarks"]))] for u in u_what]
    remark = [one if u < told["remarked"] else None for one, u in zip(said, u_said, strict=True)]
    for event in one["events"]:
        if event["kind"] == "care" or not faithful:
            remark[event["from"]] = event["narrative"]

    when = months()
    rows = pd.DataFrame(
        {
            "provider": f"{site} {one['provider']}",
            "indicator": name,
            "month": when,
            "group5": EVERYBODY,
            "numerator": numerator,
            "denominator": denominator,
            "completeness": (100 * complete).round(1),
            "resubmitted": np.where(again, "yes", "no"),
            "narrative": remark,
        }
    )
    parts = [rows]
    if one["by_group"]:
        small = (ours < SMALLEST) & (not faithful)
        for group, label in enumerate(HIGH_LEVEL):
            part = rows.assign(
                group5=label,
                numerator=unless(small[:, group], ours[:, group]),
                denominator=ours_of[:, group],
                narrative=None,
            )
            parts.append(part.iloc[BY_GROUP_FROM:])
    table = pd.concat(parts, ignore_index=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = (100 * table["numerator"] / table["denominator"]).astype(float).round(1)
    table.insert(6, "value", value)
    return table


def _bent(
    one: dict[str, Any], numerator: np.ndarray, denominator: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Apply what changes figures without changing care."""
    for event in one["events"]:
        here = _during(event)
        if event["kind"] == "reclassification":
            # Some who did not have it are no longer counted at all.
            left_out = np.rint(event["share"] * (denominator - numerator)).astype(int)
            denominator = denominator - left_out * here
        elif event["kind"] == "gaming":
            met = numerator / denominator >= event["target"]
            enough = np.floor(numerator / event["target"]).astype(int)
            denominator = np.where(here & ~met, enough, denominator)
    return numerator, denominator


def _by_group(
    wanted: Recipe,
    number: int,
    one: dict[str, Any],
    trials: np.ndarray,
    won: np.ndarray,
    complete: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keep those whose group is recorded; a completeness drive fills in the commonest group."""
    share = np.repeat(complete, trials.shape[1])
    had = sample.successes(wanted, Module.RETURNS, 200 + number, won.ravel(), share)
    had_not = sample.successes(wanted, Module.RETURNS, 300 + number, (trials - won).ravel(), share)
    had, had_not = had.reshape(trials.shape), had_not.reshape(trials.shape)
    for event in one["events"]:
        if event["kind"] == "completeness":
            here = _during(event)
            filled = np.where(here, (event["to"] - complete) / (1 - complete), 0)
            for known, everyone in ((had, won), (had_not, trials - won)):
                unknown = (everyone - known).sum(axis=1)
                known[:, _WHITE] += np.rint(unknown * filled).astype(int)
            complete = np.where(here, event["to"], complete)
    return had, had + had_not, complete


def _late(values: np.ndarray) -> np.ndarray:
    values = values.copy()
    values[-1] = np.rint(values[-1] * _IN_TIME)
    return values


def _during(event: dict[str, Any]) -> np.ndarray:
    month = np.arange(MONTHS)
    return (month >= event["from"]) & (month <= event.get("to_month", MONTHS))


def _truth(
    wanted: Recipe,
    one: dict[str, Any],
    site: str,
    acting: dict[str, np.ndarray],
    five: np.ndarray,
    chance: np.ndarray,
    trials: np.ndarray,
    won: np.ndarray,
) -> dict[str, Any]:
    """State what is behind a series: its events, and by group what to expect and why."""
    when = months()
    events = [
        {
            "kind": _KINDS[event["kind"]],
            "from": when[event["from"]],
            **({"to": when[event["to_month"]]} if "to_month" in event else {}),
            "what": event["what"],
        }
        for event in one["events"]
        if event["kind"] == "care" or wanted.on["recording"]
    ]
    nothing = np.zeros(len(five))
    values = {
        frozenset(on): sample.mean_by(
            five,
            logistic(one["base"] + sum((acting[name] for name in on), nothing)),
            len(HIGH_LEVEL),
        )
        for on in shapley.sets(tuple(acting))
    }
    usual = values[frozenset(acting)]
    made = shapley.shares(values, tuple(acting))
    return {
        "provider": f"{site} {one['provider']}",
        "events": events,
        "overdispersed": one["overdispersion"] > 0,
        "season": one["season"] > 0,
        "expected": sample.rounded(usual, HIGH_LEVEL),
        "expected_gap": sample.rounded(usual - usual[_WHITE], HIGH_LEVEL),
        "contributions": {
            name: sample.rounded(value - value[_WHITE], HIGH_LEVEL) for name, value in made.items()
        },
        "true_value_by_month": [
            round(float(value), 1) for value in 100 * won.sum(axis=1) / trials.sum(axis=1)
        ],
    }


_KINDS = {
    "care": "special cause in care",
    "reclassification": "change of what is counted",
    "gaming": "figure managed to the target",
    "completeness": "change of recording",
}
