"""The synthetic system Lindlemere: invented people, and the known truth about them.

Layers, each a module that knows only those above it: `parameters`, `people`, `exposures`,
`need`, `pathways`, `recording`, `export`, `truth`; `build` puts them together.
"""

from eeic.world.build import PRESETS, SWITCHES, World, build
from eeic.world.export import FolderInUse, write, write_datasets

__all__ = ["PRESETS", "SWITCHES", "FolderInUse", "World", "build", "write", "write_datasets"]
