"""The little library: invented records about studies, drawn from the same truth as the people.

An intervention changes mechanisms; a study finds what that is worth among the people it had, plus
what its design adds, plus luck; then it is published or not, and somebody writes an abstract.
`make` does all of it and returns what learners see apart from what is true.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from eeic.world.library import places, records, studies
from eeic.world.library.told import narrower, subjects

if TYPE_CHECKING:
    from eeic.world.build import Recipe

__all__ = ["SIZES", "Library", "make", "narrower", "subjects"]

#: Records in a library, by the size of the world it belongs to.
SIZES = {"workshop": 120, "register": 1200, "course": 1200, "full": 1200}
_LARGE = 6000


@dataclass(frozen=True)
class Library:
    """One world's library.

    Attributes
    ----------
    records : DataFrame
        What learners see, one row a record.
    truth : dict
        ``questions`` (relevant and key records), ``studies`` (what is true of each record),
        ``interventions`` and ``under_served`` (the groups that meet most barriers).
    studies : list of Study
        The studies as they truly are.
    places : Places
        Where they were done.
    names : list of str
        Ids of the records in the order of the studies.
    """

    records: pd.DataFrame
    truth: dict[str, Any] = field(repr=False)
    studies: list[studies.Study] = field(repr=False)
    places: places.Places = field(repr=False)
    names: list[str] = field(repr=False)


def make(wanted: Recipe, number: int | None = None) -> Library:
    """Make the library of a world.

    Parameters
    ----------
    wanted : Recipe
        The world.
    number : int, optional
        How many records; by default what goes with the size of the world. The first ones are the
        same in a library of any size.

    Returns
    -------
    Library

    Examples
    --------
    >>> from eeic.world.build import recipe
    >>> library = make(recipe(), 60)
    >>> len(library.records), sorted(library.truth["questions"])
    (60, ['Q1', 'Q2', 'Q3', 'Q4', 'Q5', 'Q6'])
    """
    from eeic.categories import LABELS

    number = SIZES.get(wanted.preset, _LARGE) if number is None else number
    faithful = not wanted.on["recording"]
    where = places.survey(wanted, *places.residents(wanted))
    made = studies.make(studies.Maker(wanted.seed, where, faithful=faithful), number)
    names = records.ids(wanted.seed, number)
    types = wanted.parameters.tables["place"]["type"].tolist()[:6]
    frame, facts = records.table(made, names, types, faithful=faithful)
    truth = {
        "questions": records.gold(made, names),
        "interventions": records.interventions(where),
        "under_served": [
            label for label, low in zip(LABELS, where.under_served.tolist(), strict=True) if low
        ],
        "studies": facts,
    }
    return Library(frame, truth, made, where, names)
