"""How Lesson 4 writes its numbers: in words, in the tables behind figures, in what is drawn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

from eeic.explore.later import later
from eeic.explore.prevalence import EVERYONE, FEWEST, PER, events, population, too_few, withheld

if TYPE_CHECKING:
    import pandas as pd
    from pandas import DataFrame

    from eeic import charts
    from eeic.stats import gaps
else:
    pd, charts, gaps = later("pandas"), later("eeic.charts"), later("eeic.stats.gaps")

INTERVAL = "Lines are 95% intervals."
ORDER = "Groups stand in the order of the census table; colour marks the broad group."


def row_of(table: DataFrame, group: str) -> Any:
    return table.set_index("ethnic_group").loc[group]


def only_shown(table: DataFrame) -> DataFrame:
    """Keep the groups whose number is not withheld, by name."""
    known = table[table["ethnic_group"] != EVERYONE].dropna(subset=["value"])
    return known.set_index("ethnic_group")


def gap_table(table: DataFrame, reference: str, scale: Literal["ratio", "difference"]) -> DataFrame:
    """Compare every group that can be shown with one of them, or with everyone."""
    known = table.dropna(subset=["value"])
    found = gaps.compare(known, reference=reference, group="ethnic_group", measure=scale)
    found = found.set_index("ethnic_group")[["value", "lower", "upper"]]
    whole = table[["ethnic_group", "events", "population"]].join(found, on="ethnic_group")
    return whole[whole["ethnic_group"] != reference].reset_index(drop=True)


def as_estimates(name: str, table: DataFrame, scale: float = 100 / PER) -> charts.Estimates:
    data = table[table["ethnic_group"] != EVERYONE].set_index("ethnic_group")
    return charts.Estimates(name, data[["value", "lower", "upper"]].astype(float) * scale)


def write_table(
    table: DataFrame, name: str, *, brief: bool = False, scale: float = 100 / PER
) -> DataFrame:
    """Write the numbers for reading; small ones are withheld in the counts too."""
    cells: dict[str, Any] = {"Ethnic group": table["ethnic_group"]}
    if not brief:
        for name_of, column in (("People", "population"), ("With diabetes", "events")):
            cells[name_of] = [
                f"under {FEWEST}" if count < FEWEST else "withheld" if hidden else f"{count:,}"
                for count, hidden in zip(table[column], withheld(table, column), strict=True)
            ]
    cells[name] = (table["value"] * scale).astype(float)
    cells["95% interval" if not brief else f"{name}: 95% interval"] = [
        "not shown" if math.isnan(a) else f"{a * scale:.1f} to {b * scale:.1f}".replace("-", "−")
        for a, b in zip(table["lower"], table["upper"], strict=True)
    ]
    return pd.DataFrame(cells)


def unstandardised(table: DataFrame) -> list[str]:
    """Name the groups of ten or more that could not be standardised, for a note in the chart."""
    enough = ~too_few(table)
    names = list(table.loc[enough & table["value"].isna(), "ethnic_group"])
    return [f"– Not standardised, as an age band has nobody in it: {', '.join(names)}."] * bool(
        names
    )


def who(group: str, noun: str = "residents") -> str:
    if group == EVERYONE:
        return "everyone living in the 12 areas"
    if group == "Any other ethnic group":
        return f"{noun} from any other ethnic group"
    return f"{group} {noun}"


def as_percent(line: Any) -> str:
    return f"{line['value'] * 100 / PER:.1f}%"


def how_many_more(difference: float) -> str:
    """Say a difference as people."""
    count = round(abs(difference))
    if count == 0:
        return "no more people"
    word = "more" if difference > 0 else "fewer"
    return f"{count} {word} {'person' if count == 1 else 'people'}"


def signed(value: float) -> str:
    return "0" if round(value) == 0 else f"{value:+.0f}".replace("-", "−")


def listed(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def among_whom() -> str:
    return (
        f"{population(EVERYONE):,} residents of 12 areas of Lindlemere, of all ages and grouped "
        f"as they describe themselves; {events(EVERYONE):,} have diagnosed diabetes."
    )


def describe(what: str, shown: DataFrame, scale: float = 100 / PER, unit: str = "%") -> str:
    values = shown["value"].astype(float).sort_values() * scale
    low, high = values.iloc[0], values.iloc[-1]
    return (
        f"{what}, from {low:.1f}{unit} ({values.index[0]}) to {high:.1f}{unit} "
        f"({values.index[-1]}); {len(shown)} groups are shown."
    ).replace("from -", "from −")
