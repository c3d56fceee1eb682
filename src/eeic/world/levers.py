"""What makes each part of a gap, and what a commissioner or a provider can pull to change it.

No gap is stated without a lever beside it: this is the one place where levers are written.
"""

from __future__ import annotations

import pandas as pd

from eeic.world.exposures import MECHANISMS
from eeic.world.library import told

#: Part of a gap -> what acts, and what would change it. The parts that are no mechanism of the
#: world's own stand last.
LEVERS: dict[str, tuple[str, str]] = {
    "language": (
        "language support that somebody needs and the practice does not offer",
        "interpreters, letters and messages in people's languages",
    ),
    "practice": (
        "how good the care of the nearest practices is",
        "improvement in the practices that need it most",
    ),
    "deprivation": (
        "what living in a deprived area and having few resources does",
        "services placed and paid for by need; help with money, housing, time off",
    ),
    "unfair_treatment": (
        "having been treated unfairly in care",
        "fair-treatment programmes with feedback data",
    ),
    "service_fit": (
        "how far a service's hours, invitations, staff and history fall short for a community it "
        "serves",
        "co-design, outreach, adapted delivery",
    ),
    "digital": (
        "having no way to use what is online only",
        "a second door by phone and in person",
    ),
    "travel": ("the journey", "services nearer to people, transport"),
    "recent_arrival": (
        "being new to England and to its services",
        "help with registering and finding one's way",
    ),
    "observed_pattern": (
        "three differences in risk that published data show and nobody has explained",
        "not settled: care by need, and research into causes; the switch sets them to zero",
    ),
    "age_structure": (
        "groups' different ages, with every mechanism off",
        "none is needed: compare people of the same age, and plan for the ages that are there",
    ),
    "chance": (
        "luck: who happened to fall ill, to come, to be found",
        "none: count more people or more years, and put an interval beside the figure",
    ),
    "recording": (
        "faults of records: missing and wrong codes, duplicates, late rows",
        "recording drives, asking people themselves",
    ),
}


def interventions(mechanism: str) -> list[str]:
    """Return the interventions of the world that lessen a mechanism.

    Parameters
    ----------
    mechanism : str
        A key of `LEVERS`.

    Returns
    -------
    list of str
        Their codes in the library and among the proposals, in order.

    Examples
    --------
    >>> interventions("unfair_treatment")
    ['I05', 'I07', 'I10']
    """
    known = told.read("interventions")
    return [
        name
        for name, about in known.items()
        if name.startswith("I") and about["effect"].get(mechanism, 0) > 0
    ]


def table() -> pd.DataFrame:
    """Lay the levers out for a page.

    Returns
    -------
    DataFrame
        One row a switch: its name, what acts and what would change it.

    Examples
    --------
    >>> list(table()["Switch"])[:3]
    ['language', 'practice', 'deprivation']
    """
    switches = [name for name in LEVERS if name in MECHANISMS or name == "recording"]
    rows = [(name, *LEVERS[name]) for name in switches]
    return pd.DataFrame(rows, columns=["Switch", "What acts", "What would change it"])


def manifest() -> dict[str, dict[str, object]]:
    """Return the levers as the truth states them.

    Returns
    -------
    dict
        Part of a gap -> what it is, the lever, and the interventions that pull it.
    """
    return {
        name: {"what": what, "lever": lever, "interventions": interventions(name)}
        for name, (what, lever) in LEVERS.items()
    }
