"""Take what the browser lab needs out of an unpacked Pyodide release; see README.md beside this.

Usage: python deploy/static/collect.py RELEASE_FOLDER
"""

import sys
from pathlib import Path

from eeic.publish import lab
from eeic.publish.steps import BuildError

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Collect, and say what was taken."""
    if len(sys.argv) != 2:
        raise SystemExit("usage: python deploy/static/collect.py RELEASE_FOLDER")
    lock = ROOT / "node_modules/pyodide/pyodide-lock.json"
    if not lock.is_file():
        raise SystemExit(f"{lock} is missing: run make site once, which fetches it")
    into = ROOT / "deploy/static/pyodide-packages"
    try:
        taken = lab.collect(Path(sys.argv[1]), into, lock)
    except BuildError as error:
        raise SystemExit(f"collect: {error}") from None
    megabytes = sum(file.stat().st_size for file in taken) / 1e6
    print(f"{len(taken)} packages, {megabytes:.1f} MB, in {into}")


if __name__ == "__main__":
    main()
