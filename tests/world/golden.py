"""Work out the golden value hashes again: `python tests/world/golden.py`.

Run it only for a new version of the world: the change log says why its values changed.
"""

import json
import sys
import tempfile
from pathlib import Path

from eeic.world import folder

FILE = Path(__file__).with_name("golden.json")

#: What is hashed, by name: the preset, and the areas of it if not all.
WORLDS = {
    "workshop": ("workshop", None),
    "register": ("register", None),
    "course": ("course", None),
    "england, two shards": ("england", [*range(1, 25), *range(33_745, 33_756)]),
}


def hashes(name: str, place: str | Path) -> dict[str, str]:
    """Build one of `WORLDS` and return the hash of each dataset."""
    preset, areas = WORLDS[name]
    wanted = folder.order(preset)
    made = folder.make(place, wanted, file_format="parquet", with_truth=False, areas=areas)
    return {dataset: one["hash"] for dataset, one in made["datasets"].items()}


def main() -> None:
    found = {}
    for name in WORLDS:
        with tempfile.TemporaryDirectory() as place:
            found[name] = hashes(name, place)
    FILE.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(f"{FILE} holds the hashes of {', '.join(found)}.", file=sys.stderr)


if __name__ == "__main__":
    main()
