"""People a second and memory of the synthetic world, at every size and against its peers.

Run `python benchmarks/world.py --peers` in the course's environment; it writes `world.md`.

Every measurement has a process of its own. Builds are what `eeic world build` does: all datasets
and system tables, written as Parquet, with hashes and records, without the truth. `--peers` also
installs SDV and Faker into an environment in a temporary folder (about 8 GB, some minutes) and has
them make a table like the resident register. Only ratios can be compared between machines.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
#: Areas of England with about a million people.
SLICE = range(1, 593)
PEER_ROWS = 20_000


def measured(*words: str, python: str = sys.executable, folder: str | Path = ".") -> dict:
    """Run one part of this file in a process of its own."""
    command = [python, str(Path(__file__).resolve()), "--one", *words]
    out = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    if out.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{out.stderr[-2000:]}")
    return json.loads(out.stdout.splitlines()[-1])


def peak() -> float:
    """Return the most memory that this process or a worker of it ever used, in MB."""
    import resource

    # Not getrusage for this process, which also counts the one that started it.
    own = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1000


def build(preset: str, processes: str, areas: str = "", whole: str = "yes") -> dict:
    """Build a world and return people, seconds and peak memory."""
    from eeic.world import folder, shards

    wanted = folder.order(preset)
    wanted_areas = folder.areas(areas) if areas else None
    if whole == "no":
        # The tables about the whole system take the same time for a thousand people and a million.
        shards.TABLES = ()
        _ = wanted.recipe  # nor is loading the system part of what grows
    with tempfile.TemporaryDirectory() as place:
        start = time.perf_counter()
        made = folder.make(
            place,
            wanted,
            file_format="parquet",
            processes=int(processes),
            with_truth=False,
            areas=wanted_areas,
        )
        seconds = time.perf_counter() - start
    size = sum(one["bytes"] for one in made["datasets"].values())
    used = sum(os.times()[:4])  # this process and the ones it waited for
    return {
        "people": made["people"],
        "seconds": seconds,
        "used": used,
        "peak": peak(),
        "bytes": size,
    }


def system(preset: str) -> dict:
    """Make the tables about the whole system alone."""
    from eeic.world import folder
    from eeic.world.build import further

    wanted = folder.order(preset).recipe
    start = time.perf_counter()
    further(wanted)
    return {"seconds": time.perf_counter() - start, "peak": peak()}


def part() -> dict:
    """Make shards of England one after the other: what a worker does all the time."""
    from eeic.world import folder, shards

    wanted = folder.order("england")
    people, seconds = 0, 0.0
    with tempfile.TemporaryDirectory() as place:
        for number in range(9):
            run = (1 + 24 * number, 24 + 24 * number)
            task = shards.Task(wanted, place, run, None, wanted.recipe.world_id)
            start = time.perf_counter()
            made = shards.make(task)
            if number:  # the first also loads the system
                people += made["people"]
                seconds += time.perf_counter() - start
    return {"people": people, "seconds": seconds, "peak": peak()}


def register(path: str) -> dict:
    """Make the resident register alone, and all person-level datasets; leave a file to learn from.

    The register alone is everything it needs: people, what they are exposed to, and ethnic group
    as GPs and hospitals record it. Only who has a diagnosis is left out: a service's business.
    """
    import pandas as pd

    from eeic.world import exposures, people
    from eeic.world.block import Block
    from eeic.world.build import recipe, work
    from eeic.world.export import view
    from eeic.world.recording import ethnicity
    from eeic.world.recording import register as recorded
    from eeic.world.services.base import Written
    from eeic.world.shards import released

    wanted = recipe("workshop")
    view("L01", work(wanted, wanted.areas).files["L01"], wanted.parameters).to_csv(
        path, index=False
    )
    wanted = recipe("course")
    start = time.perf_counter()
    made = 0
    for areas in wanted.blocks():
        block = Block.of(wanted.parameters, wanted.seed, areas)
        residents = people.draw(block)
        met = exposures.meet(block, residents)
        entries = ethnicity.in_register(block, residents, met["unfair"].to_numpy())
        codes = {"register": ethnicity.latest(entries, "GP", "hospital")}
        walked = pd.DataFrame({"diagnosed": np.zeros(len(residents), dtype=bool)})
        frame = recorded.write(Written(block, residents, met, walked, codes, False))
        made += len(released("L01", frame, wanted.parameters)["person_id"])
    alone = time.perf_counter() - start
    start = time.perf_counter()
    rows = 0
    for areas in wanted.blocks():
        files = work(wanted, areas).files
        rows += sum(len(released(n, f, wanted.parameters)["person_id"]) for n, f in files.items())
    return {"people": made, "alone": alone, "rows": rows, "all": time.perf_counter() - start}


def sdv(path: str) -> dict:
    """Let SDV's Gaussian copula learn the register, and sample as many rows."""
    import warnings

    import pandas as pd

    warnings.simplefilter("ignore")
    from sdv.metadata import Metadata
    from sdv.single_table import GaussianCopulaSynthesizer

    table = {"register": pd.read_csv(path).drop(columns="person_id")}
    metadata = Metadata.detect_from_dataframes(table)
    start = time.perf_counter()
    model = GaussianCopulaSynthesizer(metadata)
    model.fit(table)
    fitted = time.perf_counter() - start
    start = time.perf_counter()
    made = model.sample(num_rows=10 * PEER_ROWS)
    made = made["register"] if isinstance(made, dict) else made
    return {"people": len(made), "seconds": time.perf_counter() - start, "fitted": fitted}


def faker(path: str) -> dict:
    """Let Faker make rows with the columns of the register, one call a value as it is used.

    Once every answer is as likely as the others, which is Faker's quickest way; once answers are
    as frequent as in the register, which a comparable table needs.
    """
    from collections import OrderedDict

    import pandas as pd
    from faker import Faker

    table = pd.read_csv(path)
    listed = table.drop(columns=["person_id", "age", "years_in_england"]).astype("str")
    shares = {name: listed[name].value_counts(normalize=True) for name in listed}
    equal = {name: sorted(share.index) for name, share in shares.items()}
    frequent = {name: OrderedDict(share.items()) for name, share in shares.items()}
    seconds = {}
    for kind, answers in (("equal", equal), ("frequent", frequent)):
        make = Faker("en_GB")
        make.seed_instance(1)
        start = time.perf_counter()
        rows = [
            {
                "person_id": make.bothify("P#######"),
                "age": make.random_int(0, 95),
                "years_in_england": make.random_int(0, 95),
                **{name: make.random_element(these) for name, these in answers.items()},
            }
            for _ in range(PEER_ROWS)
        ]
        made = pd.DataFrame(rows)
        seconds[kind] = time.perf_counter() - start
    return {"people": len(made), **seconds}


def peers() -> list[str]:
    """Install the peers, and put all three side by side."""
    with tempfile.TemporaryDirectory() as place:
        path = str(Path(place, "register.csv"))
        ours = measured("register", path)
        subprocess.run([sys.executable, "-m", "venv", f"{place}/peers"], check=True)
        python = f"{place}/peers/bin/python"
        install = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*install, "sdv>=2", "faker"], check=True, stdout=sys.stderr)
        theirs = {name: measured(name, path, python=python) for name in ("sdv", "faker")}
        shown = "import sdv, faker; print(sdv.__version__, faker.VERSION)"
        versions = subprocess.run(
            [python, "-c", shown], capture_output=True, text=True, check=True
        ).stdout.split()
    alone, everything = ours["people"] / ours["alone"], ours["rows"] / ours["all"]
    faked = theirs["faker"]["people"] / theirs["faker"]["equal"]
    frequent = theirs["faker"]["people"] / theirs["faker"]["frequent"]
    copula = theirs["sdv"]
    sampled = copula["people"] / copula["seconds"]
    learnt = copula["people"] / (copula["seconds"] + copula["fitted"])
    return [
        "## Against peers, one process",
        "",
        "The table is the resident register of 14 columns (SDV: 13, without the id), in memory. "
        "Neither peer has causes, recording, truth or areas that can be made again alone.",
        "",
        "| Who | Rows a second | eeic's register to theirs | Target |",
        "|---|---|---|---|",
        f"| eeic, the register alone | {alone:,.0f} | | |",
        f"| eeic, all person-level datasets | {everything:,.0f} | | |",
        f"| SDV {versions[0]} Gaussian copula, sampling 200,000 rows | {sampled:,.0f} "
        f"| {alone / sampled:.1f} | at least 8 |",
        f"| the same, with learning from 20,000 rows first | {learnt:,.0f} | {alone / learnt:.1f} "
        "| |",
        f"| Faker {versions[1]}, answers as frequent as in the register | {frequent:,.0f} "
        f"| {alone / frequent:.0f} | at least 100 |",
        f"| the same, every answer equally likely | {faked:,.0f} | {alone / faked:.0f} | |",
        "",
    ]


def sizes() -> list[str]:
    """Measure every size that the issue names."""
    runs = f"{SLICE.start}-{SLICE.stop - 1}"
    wanted = [
        ("course", "course", "", ("1",)),
        ("full", "full", "", ("1", "2")),
        ("a million of england", "england", runs, ("1", "2")),
    ]
    lines = [
        "## Building, everything written",
        "",
        "Processor seconds are those of all processes together, with starting them; other work on "
        "the machine makes the seconds longer and leaves these nearly as they are.",
        "",
        "| What | People | Processes | Seconds | Processor seconds | People a second "
        "| Peak of one process (target: at most 300 MB) | Files |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, preset, areas, processes in wanted:
        for number in processes:
            one = measured("build", preset, number, areas)
            lines.append(
                f"| {name} | {one['people']:,} | {number} | {one['seconds']:.1f} "
                f"| {one['used']:.1f} | {one['people'] / one['seconds']:,.0f} "
                f"| {one['peak']:.0f} MB "
                f"| {one['bytes'] / 1e6:.1f} MB |"
            )
    alone = {preset: measured("system", preset) for preset in ("course", "england")}
    worker = measured("part")
    rate = worker["people"] / worker["seconds"]
    minutes = 57e6 / rate / 2 / 60
    lines += [
        "",
        "The tables about the whole system are in all of these. Alone they take "
        + " and ".join(
            f"{one['seconds']:.1f} s and {one['peak']:.0f} MB for {preset}"
            for preset, one in alone.items()
        )
        + ".",
        "",
        f"A worker that makes parts of England one after the other makes {rate:,.0f} people a "
        f"second with a peak of {worker['peak']:.0f} MB (target: at most 300), so two take about "
        f"{minutes:.0f} minutes for 57 million people (target: at most 12).",
        "",
        "## Growth",
        "",
        "People-level datasets of England, one process.",
        "",
        "| People | Seconds | Seconds for a million |",
        "|---|---|---|",
    ]
    for last in (48, 480, 1184):
        one = measured("build", "england", "1", f"1-{last}", "no")
        each = one["seconds"] / one["people"] * 1e6
        lines.append(f"| {one['people']:,} | {one['seconds']:.1f} | {each:.1f} |")
    return [*lines, ""]


def main() -> None:
    """Measure, print and write `world.md`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", action="store_true", help="compare with SDV and Faker too")
    parser.add_argument("--one", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, *words = options.one
        jobs = {one.__name__: one for one in (build, system, part, register, sdv, faker)}
        print(json.dumps(jobs[name](*words)))
        return
    command = "python benchmarks/world.py" + " --peers" * options.peers
    lines = [
        "# The synthetic world: speed and memory",
        "",
        f"`{command}` on {date.today()}: {os.cpu_count()} cores, {platform.machine()}, "
        f"{platform.system()}, Python {platform.python_version()}, numpy {np.__version__}, "
        f"load average {os.getloadavg()[0]:.1f} at the start (0 is a machine with nothing else to "
        "do). Seconds depend on the machine; read the ratios.",
        "",
        *sizes(),
        *(peers() if options.peers else []),
    ]
    text = "\n".join(lines).rstrip() + "\n"
    (HERE / "world.md").write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
