"""Time the making of the practice world (run `python benchmarks/world.py`).

Prints one Markdown table. Times are the best of three on this machine; what matters are the
budgets of the design: the workshop world in about a second, its files at most 5 MB.
"""

import platform
import time

import numpy as np

from eeic.world import build
from eeic.world.export import render
from eeic.world.truth import manifest


def best(call, times=3):
    """Return the shortest of several runs, in seconds, and the last result."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        result = call()
        taken.append(time.perf_counter() - start)
    return min(taken), result


def main():
    built, world = best(build)
    truth, _ = best(lambda: manifest(world))
    world.truth  # noqa: B018 - made once, so that rendering is timed alone
    rendered, files = best(lambda: render(world))
    size = sum(map(len, files.values())) / 1e6
    csv = sum(len(data) for name, data in files.items() if name.endswith(".csv")) / 1e6
    print(f"World {world.world_id}, Python {platform.python_version()}, numpy {np.__version__}\n")
    print("| Step | Result | Budget |\n|---|---|---|")
    print(f"| build 20,000 people and three tables | {built:.2f} s | about 1 s |")
    print(f"| truth: 64 worlds of the same people | {truth:.2f} s | - |")
    print(f"| write all files (in memory) | {rendered:.2f} s | - |")
    print(f"| size of all files (CSV alone) | {size:.2f} MB ({csv:.2f} MB) | 5 MB |")


if __name__ == "__main__":
    main()
