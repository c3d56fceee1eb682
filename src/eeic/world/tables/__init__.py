"""Datasets that are not lists of people: counts, series, surveys, texts, documents.

Each module has ``make(wanted)``, which returns its tables and what is true of them. They cover the
whole system, whatever the size of the world.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from eeic.world.tables import (
    area_tables,
    detentions,
    digital_first,
    library,
    maternity,
    options,
    outpatients,
    returns,
    survey,
    voices,
    workforce,
)

if TYPE_CHECKING:
    from eeic.world.build import Recipe

#: Takes a recipe and returns the tables by name, and for each the truth about it.
Make = Callable[["Recipe"], tuple[dict[str, pd.DataFrame], dict[str, dict[str, Any]]]]

#: In the order in which they are made.
TABLES: tuple[Make, ...] = (
    maternity.make,
    detentions.make,
    outpatients.make,
    area_tables.make,
    library.make,
    survey.make,
    voices.make,
    options.make,
    returns.make,
    workforce.make,
    digital_first.make,
)
