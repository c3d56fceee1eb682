"""Time direct standardisation of many groups in one call against UKHSA's own R function.

Both see the same invented table (areas x 19 ethnic groups x 19 age bands), each in a process of
its own, so that the peak of memory is its own too, and their rates and limits must agree. Only
the call is timed, not the making or reading of the table, and in processor time: each side keeps
one core busy, and what else the machine does then counts less. Read the ratios: seconds depend
on the machine. Where R or the sources of PHEindicatormethods are absent, the other side is a
loop over the groups in plain pandas, as an analyst would write it.

Run on Linux: python benchmarks/standardised_rates.py [--phe FOLDER] [--areas 7000] [--write]

FOLDER is a checkout of PHEindicatormethods, outside this repository (it is GPL-3), and R needs
the packages dplyr, tidyr, purrr, rlang and data.table.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy
from scipy.stats import norm

from eeic.categories import LABELS
from eeic.stats.standardise import ESP2013, direct

HERE = Path(__file__)
#: Shares of the areas that each side works through; the other side would take too long at 10.
SHARES = {"one call": (0.1, 1, 10), "other": (0.1, 1)}
#: The middle one of so many calls counts, and the peak of memory of the first.
CALLS = 3


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


SIDES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {"one call": one_call, "loop": loop}


def memory(name: str) -> float:
    """Return what Linux says of this process's memory, in MB."""
    status = Path("/proc/self/status").read_text().splitlines()
    line = next(line for line in status if line.startswith(name))
    return int(line.split()[1]) / 1024


def work(side: str, areas: int, out: Path) -> None:
    """Be the process of one side: make the table, time the calls, and say what they took."""
    data = table(areas)
    before = memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak from here on
    seconds, peak = [], 0.0
    for _ in range(CALLS):
        start = time.process_time()
        found = SIDES[side](data)
        seconds.append(time.process_time() - start)
        peak = peak or memory("VmHWM")
    found[["area", "ethnic_group", "value", "lower", "upper"]].to_pickle(out)
    print(json.dumps({"seconds": statistics.median(seconds), "more": peak - before}))


def in_python(side: str, areas: int, folder: Path) -> tuple[dict[str, Any], pd.DataFrame]:
    """Run one side in a process of its own; return what it took and what it found."""
    out = folder / "found.pickle"
    command = [sys.executable, HERE, "--side", side, "--areas", str(areas), "--out", out]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(said), pd.read_pickle(out)


def in_r(phe: Path, areas: int, folder: Path) -> tuple[dict[str, Any], pd.DataFrame]:
    """Run UKHSA's function in R; return what it took, in which versions, and what it found."""
    given, out = folder / "table.csv", folder / "rates.csv"
    table(areas).to_csv(given, index=False)
    command = ["Rscript", HERE.with_suffix(".R"), phe, given, out, str(CALLS)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds, more, dplyr, r = said.split()
    found = pd.read_csv(out).rename(columns={"lowercl": "lower", "uppercl": "upper"})
    took = {"seconds": float(seconds), "more": float(more), "versions": f"R {r}, dplyr {dplyr}"}
    return took, found


def require_agreement(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    """Stop unless both sides have the same rates and limits, missing where the other's are."""
    by = ["area", "ethnic_group"]
    both = ours.merge(theirs, on=by, suffixes=("", "_theirs"), validate="one_to_one")
    assert len(both) == len(ours) == len(theirs), "the sides do not have the same groups"
    for column in ("value", "lower", "upper"):
        np.testing.assert_allclose(both[column], both[f"{column}_theirs"], rtol=1e-9)


def absent(phe: Path | None) -> str:
    """Say why the R side cannot run, or nothing."""
    if phe is None:
        return "no sources of PHEindicatormethods were given (--phe)"
    if not (phe / "R" / "DSR.R").is_file():
        return f"{phe} has no R/DSR.R"
    return "" if shutil.which("Rscript") else "R is not installed"


def measure(areas: int, phe: Path | None, folder: Path) -> str:
    """Run both sides at every size, and return the tables as Markdown."""
    why_not = absent(phe)
    other = "the pandas loop" if why_not else "UKHSA's R"
    sizes = sorted({*SHARES["one call"], *SHARES["other"]})
    versions = ""
    lines = [
        f"| Areas | rows | groups | one call, s | {other}, s | {other} / one call "
        f"| one call, MB | {other}, MB | {other} / one call |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    seconds = {}
    for share in sizes:
        count = round(areas * share)
        ours, found = in_python("one call", count, folder)
        seconds[share] = ours["seconds"]
        cells = ["-"] * 4
        if share in SHARES["other"]:
            if why_not:
                theirs, reference = in_python("loop", count, folder)
            else:
                theirs, reference = in_r(phe, count, folder)
                versions = f", {theirs['versions']}"
            require_agreement(found, reference)
            cells = [
                f"{theirs['seconds']:.1f}",
                f"{theirs['seconds'] / ours['seconds']:.0f}",
                f"{theirs['more']:.0f}",
                f"{theirs['more'] / ours['more']:.1f}",
            ]
        lines.append(
            f"| {count:,} | {count * len(LABELS) * len(ESP2013):,} | {len(found):,} "
            f"| {ours['seconds']:.2f} | {cells[0]} | {cells[1]} "
            f"| {ours['more']:.0f} | {cells[2]} | {cells[3]} |"
        )
        print(lines[-1], flush=True)
    growth = [
        f"{seconds[many] / seconds[few]:.1f} times as long "
        f"(from {areas * few:,.0f} to {areas * many:,.0f} areas)"
        for few, many in zip(SHARES["one call"], SHARES["one call"][1:], strict=False)
    ]
    head = [
        "# Directly standardised rates of all small areas in one call",
        "",
        f"{date.today():%-d %B %Y}; {platform.machine()}, {platform.system()}, "
        f"{os.cpu_count()} cores; Python {platform.python_version()}, numpy {np.__version__}, "
        f"pandas {pd.__version__}, scipy {scipy.__version__}{versions}.",
        f"Made by `python benchmarks/standardised_rates.py{'' if why_not else ' --phe FOLDER'}`.",
        "",
    ]
    if why_not:
        head += [f"The R side was left out: {why_not}.", ""]
    tail = [
        "",
        f"Ten times the rows take one call {' and '.join(growth)}.",
        f"Seconds are processor time of the call alone, the middle one of {CALLS} calls.",
        "MB is what its peak of memory adds to the table already there.",
        "Rates and limits of both sides agreed to a relative 1e-9 at every size that both ran.",
    ]
    return "\n".join([*head, *lines, *tail]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--areas", type=int, default=7000, help="areas at the size called 1")
    parser.add_argument("--phe", type=Path, help="a checkout of PHEindicatormethods")
    parser.add_argument("--write", action="store_true", help="keep the tables beside this file")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        work(given.side, given.areas, given.out)
        return
    with tempfile.TemporaryDirectory() as folder:
        text = measure(given.areas, given.phe, Path(folder))
    print(text)
    if given.write:
        HERE.with_suffix(".md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
