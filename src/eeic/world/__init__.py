"""The synthetic system Lindlemere: invented people, and the known truth about them.

Layers, each a module that knows only those above it: `parameters`, `systems`, `block`, `people`,
`exposures`, `services` (need and pathways), `recording`, `export`, `truth`; `registry` lists the
services and `build` puts everything together. `folder` holds worlds of every size on disk, in
`shards` that any of the `eeic.executors` makes.
"""

from eeic.world.build import SWITCHES, WORLDS, World, build
from eeic.world.calibration import calibrated
from eeic.world.export import FolderInUse, write, write_datasets
from eeic.world.folder import scan
from eeic.world.systems import PRESETS

__all__ = [
    "PRESETS",
    "SWITCHES",
    "WORLDS",
    "FolderInUse",
    "World",
    "build",
    "calibrated",
    "scan",
    "write",
    "write_datasets",
]
