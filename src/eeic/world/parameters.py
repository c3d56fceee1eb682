"""Everything the world is told: one parameter file and the tables of the system, with a hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd

from eeic.categories import LABELS

#: The tables of the system, shipped as data.
TABLES = (
    "place",
    "area",
    "area_mix",
    "area_practice",
    "practice",
    "site",
    "service_fit",
    "group",
    "age_shares",
    "drift",
)


@dataclass(frozen=True)
class WorldParameters:
    """The parameter file and the system's tables.

    Attributes
    ----------
    values : dict
        Content of ``parameters.json``.
    tables : dict of DataFrame
        The tables named in `TABLES`.
    digest : str
        Eight hexadecimal digits that change when any parameter or table changes.
    """

    values: dict[str, Any]
    tables: dict[str, pd.DataFrame] = field(repr=False)
    digest: str

    def __getitem__(self, section: str) -> Any:
        return self.values[section]

    @property
    def areas(self) -> tuple[str, ...]:
        """Ids of the areas in their one fixed order."""
        return tuple(self.tables["area"]["area_id"])

    @property
    def deprivation(self) -> np.ndarray:
        """Deprivation of each area as a z score on England's scale (higher is more deprived)."""
        # 5.5 and 2.872 are the mean and standard deviation of the whole numbers 1 to 10.
        return ((5.5 - self.tables["area"]["deprivation_decile"]) / 2.872).to_numpy()


@cache
def load() -> WorldParameters:
    """Read the shipped parameters.

    Returns
    -------
    WorldParameters
        The same object on every call; treat its tables as read-only.

    Examples
    --------
    >>> len(load().areas)
    12
    """
    folder = files(__package__) / "data"
    texts = {"parameters": (folder / "parameters.json").read_text("utf-8")}
    texts |= {name: (folder / f"{name}.csv").read_text("utf-8") for name in TABLES}
    values = json.loads(texts["parameters"])
    tables = {name: pd.read_csv(StringIO(texts[name]), keep_default_na=False) for name in TABLES}
    for name, column in (("group", "ethnic_group"), ("age_shares", None), ("area_mix", None)):
        found = tables[name][column] if column else tables[name].columns[1:]
        if tuple(found) != LABELS:
            raise ValueError(f"Table {name}.csv of the world must list the 19 groups in order.")
    # Line ends may change on the way to a learner's machine; what is said does not.
    said = "\n".join(f"{name}\n{text}" for name, text in texts.items()).replace("\r\n", "\n")
    return WorldParameters(values, tables, hashlib.sha256(said.encode()).hexdigest()[:8])
