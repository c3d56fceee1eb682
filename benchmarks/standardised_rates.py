"""Time direct standardisation of many groups in one call against a loop over the groups.

The loop is what an analyst would write in plain pandas: the same formula, one group at a time.
Both see the same invented table, in one run, and their rates must agree; the ratio is what
counts, since seconds depend on the machine.

Run: python benchmarks/standardised_rates.py [--areas 500]
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.stats import norm

from eeic.categories import LABELS
from eeic.stats.standardise import ESP2013, direct


def table(areas: int) -> pd.DataFrame:
    """Invent events and people for every area, ethnic group and age band."""
    random = np.random.default_rng(2026)
    shape = areas, len(LABELS), len(ESP2013)
    population = random.integers(5, 400, shape)
    rates = np.linspace(0.002, 0.06, len(ESP2013))
    area, group, band = (axis.ravel() for axis in np.indices(shape))
    return pd.DataFrame(
        {
            "area": area,
            "ethnic_group": np.array(LABELS)[group],
            "age_band": ESP2013.index.to_numpy()[band],
            "events": random.poisson(population * rates).ravel(),
            "population": population.ravel(),
            "standard": ESP2013.to_numpy()[band],
        }
    )


def one_call(data: pd.DataFrame) -> pd.DataFrame:
    return direct(data, by=["area", "ethnic_group"])


def loop(data: pd.DataFrame) -> pd.DataFrame:
    z = norm.ppf(0.975)
    rows = []
    for (area, group), part in data.groupby(["area", "ethnic_group"], sort=False):
        events, weight = part["events"].sum(), part["standard"].sum()
        row = {"area": area, "ethnic_group": group, "value": np.nan}
        if events >= 10:
            share = part["standard"] / part["population"] / weight
            rate = (share * part["events"]).sum()
            step = ((share**2 * part["events"]).sum() / events) ** 0.5
            low = events * (1 - 1 / (9 * events) - z / (3 * events**0.5)) ** 3
            more = events + 1
            high = more * (1 - 1 / (9 * more) + z / (3 * more**0.5)) ** 3
            row["value"] = 100_000 * rate
            row["lower"] = 100_000 * (rate + step * (low - events))
            row["upper"] = 100_000 * (rate + step * (high - events))
        rows.append(row)
    return pd.DataFrame(rows)


def timed(work: Callable[[pd.DataFrame], pd.DataFrame], data: pd.DataFrame, times: int):
    """Return the result and the shortest of some runs, in seconds."""
    best, found = np.inf, pd.DataFrame()
    for _ in range(times):
        start = time.perf_counter()
        found = work(data)
        best = min(best, time.perf_counter() - start)
    return found, best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--areas", type=int, default=500, help="areas in the larger table")
    areas = parser.parse_args().areas
    print("    rows   groups  one call s   loop s   loop / one call")
    seconds = []
    for size in (max(areas // 10, 1), areas):
        data = table(size)
        ours, fast = timed(one_call, data, 3)
        theirs, slow = timed(loop, data, 1)
        for column in ("value", "lower", "upper"):
            np.testing.assert_allclose(ours[column], theirs[column], rtol=1e-9)
        seconds.append(fast)
        print(f"{len(data):8,} {len(ours):8,} {fast:11.3f} {slow:8.2f} {slow / fast:17.0f}")
    print(f"Ten times the rows take {seconds[1] / seconds[0]:.1f} times as long in one call.")


if __name__ == "__main__":
    main()
