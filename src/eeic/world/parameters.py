"""Everything the world is told: one parameter file and the tables of the system, with a hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd

from eeic.categories import LABELS
from eeic.world import overlay

#: The tables of the system, shipped as data.
TABLES = (
    "place",
    "area",
    "area_mix",
    "area_practice",
    "practice",
    "site",
    "organisation",
    "service_fit",
    "group",
    "age_shares",
    "drift",
)


@dataclass(frozen=True, eq=False)
class WorldParameters:
    """The parameter file and the system's tables.

    Attributes
    ----------
    values : dict
        Content of ``parameters.json``.
    tables : dict of DataFrame
        The tables named in `TABLES`.
    told : str
        Hash of everything in the data files and of the changes to them.
    """

    values: dict[str, Any]
    tables: dict[str, pd.DataFrame] = field(repr=False)
    told: str = field(repr=False)

    @cached_property
    def digest(self) -> str:
        """Eight hexadecimal digits that change when any parameter or table changes.

        Most of a system is made by code (`eeic.world.systems`), so what counts is the tables as
        they are used, and not the files alone.
        """
        said = hashlib.sha256(self.told.encode())
        for name, table in sorted(self.tables.items()):
            for column, values in table.items():
                said.update(f"\n{name}.{column} {len(values)}\n".encode())
                if pd.api.types.is_numeric_dtype(values):
                    # The same bytes on every machine, whatever its whole numbers are.
                    said.update(values.to_numpy().astype("<f8").tobytes())
                else:
                    said.update("\n".join(map(str, values)).encode())
        return said.hexdigest()[:8]

    def __getitem__(self, section: str) -> Any:
        return self.values[section]

    @cached_property
    def areas(self) -> tuple[str, ...]:
        """Ids of the areas in their one fixed order."""
        return tuple(self.tables["area"]["area_id"])

    @cached_property
    def practices(self) -> tuple[str, ...]:
        """Ids of the practices in their one fixed order."""
        return tuple(self.tables["practice"]["practice_id"])

    @cached_property
    def interpreter_offer(self) -> np.ndarray:
        """How much of a need for language support each practice meets, from 0 to 1."""
        offer = self["exposures"]["interpreter_offer"]
        return self.tables["practice"]["interpreter_route"].map(offer).to_numpy()

    @cached_property
    def area_place(self) -> np.ndarray:
        """Number of the place of each area, in the order of table ``place``."""
        places = pd.Index(self.tables["place"]["place_id"])
        return places.get_indexer(pd.Index(self.tables["area"]["place_id"]))

    @cached_property
    def area_mix(self) -> np.ndarray:
        """Shares of the 19 groups in each area, shape (areas, 19)."""
        return self.tables["area_mix"].iloc[:, 1:].to_numpy(dtype=float)

    @cached_property
    def shares(self) -> np.ndarray:
        """Share of each of the 19 groups in the whole system."""
        people = self.tables["area"]["population"].to_numpy(dtype=float)
        return np.average(self.area_mix, axis=0, weights=people).round(9)

    @cached_property
    def near(self) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of the nearest practices of each area and their shares, both (areas, 3)."""
        table = self.tables["area_practice"]
        practices = pd.Index(self.tables["practice"]["practice_id"])
        practice = practices.get_indexer(pd.Index(table["practice_id"]))
        place = pd.Index(self.areas).get_indexer(pd.Index(table["area_id"]))
        order = np.argsort(place, kind="stable")
        shape = (len(self.areas), -1)
        return practice[order].reshape(shape), table["share"].to_numpy()[order].reshape(shape)

    @cached_property
    def deprivation(self) -> np.ndarray:
        """Deprivation of each area as a z score on England's scale (higher is more deprived)."""
        # 5.5 and 2.872 are the mean and standard deviation of the whole numbers 1 to 10.
        return ((5.5 - self.tables["area"]["deprivation_decile"]) / 2.872).to_numpy()

    @cached_property
    def travel(self) -> np.ndarray:
        """Travel time from each area to the hospital, as a z score on the system's own scale."""
        minutes = self["exposures"]["travel_minutes"]
        table = self.tables["area"]["travel_min_hospital"].to_numpy()
        return ((table - minutes["mean"]) / minutes["sd"]).round(6)


def load(changes: str = "") -> WorldParameters:
    """Read the shipped parameters.

    Parameters
    ----------
    changes : str
        What differs from them, from `eeic.world.overlay.checked`.

    Returns
    -------
    WorldParameters
        The same object on every call; treat its tables as read-only.

    Examples
    --------
    >>> len(load().areas)
    12
    """
    return _loaded(changes)


@cache
def _loaded(changes: str) -> WorldParameters:
    folder = files(__package__) / "data"
    texts = {"parameters": (folder / "parameters.json").read_text("utf-8")}
    texts |= {name: (folder / f"{name}.csv").read_text("utf-8") for name in TABLES}
    values = overlay.merged(changes)
    tables = {name: pd.read_csv(StringIO(texts[name]), keep_default_na=False) for name in TABLES}
    for name, column in (("group", "ethnic_group"), ("age_shares", None), ("area_mix", None)):
        found = tables[name][column] if column else tables[name].columns[1:]
        if tuple(found) != LABELS:
            raise ValueError(f"Table {name}.csv of the world must list the 19 groups in order.")
    # Texts and profiles that other parts of the world are told decide its values as well.
    for part in ("library", "tables"):
        told = files(__package__) / part / "data"
        further = sorted(told.iterdir(), key=lambda file: file.name)
        texts |= {f"{part}/{file.name}": file.read_text("utf-8") for file in further}
    # Line ends may change on the way to a learner's machine; what is said does not.
    said = "\n".join(f"{name}\n{text}" for name, text in texts.items()).replace("\r\n", "\n")
    said += f"\nchanges\n{changes}" if changes else ""
    return WorldParameters(values, tables, hashlib.sha256(said.encode()).hexdigest())
