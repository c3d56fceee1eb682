"""How long a reader waits for each explorer, against a plain bar chart of the same size.

Each explorer runs in a process of its own, with the libraries imported before the clock starts.
A frame is what a moved control asks for: the numbers, both drawings (wide and narrow) and the
HTML. The first frame also reads the tables, or makes what is in none of them. The bar chart has
as many bars as the default frame's table has rows; matplotlib draws it in both sizes of that
frame, in the same process. Processor time, so that what else the machine does counts less.

Run `python benchmarks/explorers.py` in the environment; it rewrites `benchmarks/explorers.md`.
"""

import argparse
import io
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from eeic import explore
from eeic.files import put_in_place

HERE = Path(__file__)
#: Seconds that the course allows for a frame, on two cores.
BUDGET = 0.3
#: The middle one of so many bar charts counts.
BARS = 9


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def measure(name: str) -> dict[str, float]:
    """Be the process of one explorer."""
    import matplotlib as mpl

    mpl.use("Agg")
    import scipy.optimize  # noqa: F401  (the disclosure checks take it when they need it)
    from matplotlib import pyplot as plt

    import eeic.charts
    import eeic.disclosure
    import eeic.evidence
    import eeic.world  # noqa: F401
    from eeic import show
    from eeic.stats import gaps, rates, recording, standardise  # noqa: F401

    one = explore.explorer(name)
    first = seconds(lambda: show.html_figure(one.frame()))
    rest = []
    for control in one.controls:
        for value in control.values:
            settings = one.defaults | {control.name: value}
            rest.append(seconds(lambda s=settings: show.html_figure(one.frame(**s))))
    others = [took for took in rest if took > 0.002]  # the default frame is there already

    default = one.frame()
    sizes = [default.draw(layout).get_size_inches() for layout in ("wide", "narrow")]
    names = [str(row) for row in default.table.iloc[:, 0]]

    def bars() -> None:
        for size in sizes:
            figure, axes = plt.subplots(figsize=size)
            axes.barh(names, range(1, len(names) + 1))
            figure.savefig(io.BytesIO(), format="svg")
            plt.close(figure)

    bars()  # the fonts are found once
    return {
        "first": first,
        "middle": statistics.median(others),
        "slowest": max(others),
        "bars": statistics.median(seconds(bars) for _ in range(BARS)),
        "frames": len(others),
    }


def in_a_process(name: str) -> dict[str, float]:
    """Run one explorer in a process of its own."""
    command = [sys.executable, str(HERE), "--explorer", name]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--explorer", choices=explore.names(), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.explorer:
        print(json.dumps(measure(given.explorer)))
        return
    lines = [
        "| Explorer | first frame, s | middle frame, s | slowest frame, s | bar chart, s "
        "| first / bar chart | middle / bar chart | slowest / bar chart |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    slow = []
    for name in explore.names():
        took = in_a_process(name)
        three = [took[which] for which in ("first", "middle", "slowest")]
        cells = [f"{one:.2f}" for one in (*three, took["bars"])]
        cells += [f"{one / took['bars']:.1f}" for one in three]
        lines.append(f"| {name} | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
        slow += [name] * (max(three) > BUDGET)
    import matplotlib as mpl
    import pandas as pd

    text = "\n".join(
        [
            "# How long a reader waits for each explorer",
            "",
            f"{date.today():%-d %B %Y}; {platform.machine()}, {platform.system()}, "
            f"{os.cpu_count()} cores; Python {platform.python_version()}, pandas "
            f"{pd.__version__}, matplotlib {mpl.__version__}.",
            "Made by `python benchmarks/explorers.py`.",
            "",
            *lines,
            "",
            "A frame is its numbers, two drawings and the HTML; the bar chart is two plain "
            "drawings of the same sizes.",
            "Every control was moved through all its values, the others at their default; frames "
            "already drawn are not counted again.",
            "Seconds are processor time; the first frame also reads tables, or makes what is in "
            "none.",
            f"Over {BUDGET} s: {', '.join(slow) or 'none'}.",
        ]
    )
    put_in_place(HERE.with_suffix(".md"), f"{text}\n".encode())


if __name__ == "__main__":
    main()
