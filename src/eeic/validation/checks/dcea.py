"""University of York's and dceasimR's equity tools: equally distributed equivalent health."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pandas as pd

from eeic.stats import fairness
from eeic.validation.cases import Case, compare
from eeic.validation.run import Read, check


def both(data: pd.DataFrame, **options: Any) -> dict[str, Any]:
    """Work out the equally distributed equivalent and the index of one distribution."""
    level = fairness.ede(data, **options).iloc[0]
    index = fairness.inequality(data, **options).iloc[0]
    return {"mean": level["mean"], "ede": level["value"], "index": index["value"]}


def distribution(data: pd.DataFrame, group: Any, people: str, health: str) -> pd.DataFrame:
    """Return one distribution of health with the names that our functions take by default."""
    return pd.DataFrame(
        {
            "ethnic_group": data[group].astype(str).agg(" ".join, axis=1),
            "population": data[people],
            "health": data[health],
        }
    )


def every_index(expected: pd.DataFrame, health: dict[str, pd.DataFrame]) -> Iterator[Case]:
    """Judge each distribution at each aversion."""
    for _, row in expected.iterrows():
        yield compare(
            f"{row['case_id']}, {row['index']} {row['parameter']:g}",
            partial(both, health[row["case_id"]], index=row["index"], aversion=row["parameter"]),
            {"mean": row["mean_health"], "ede": row["ede"], "index": row["inequality_index"]},
            refused=row.get("status") == "refused",
        )


@check("dcea", "own_ede_expected", "own_groups", method="fairness")
def by_ethnic_group(read: Read) -> Iterator[Case]:
    """Six ethnic groups' life expectancy before and under two options."""
    data = read("own_groups")
    columns = [name for name in data.columns if name.startswith("qale_")]
    health = {name: distribution(data, ["group"], "population", name) for name in columns}
    yield from every_index(read("own_ede_expected"), health)


@check("dcea", "own_ede_expected", "own_groups", method="fairness")
def equity_impact_by_ethnic_group(read: Read) -> Iterator[Case]:
    """Two options on the equity impact plane, from the reference's means, EDEs and indices."""
    data = read("own_groups")
    columns = [name for name in data.columns if name.startswith("qale_")]
    options = data.melt(["group", "population"], columns, "option", "health")
    given = read("own_ede_expected")
    before = given[given["case_id"] == "qale_baseline"]
    after = given[given["case_id"] != "qale_baseline"]
    for _, row in after.merge(before, on=["index", "parameter"], suffixes=("", "_0")).iterrows():
        mean, ede, inequality = (
            row[name] - row[f"{name}_0"] for name in ("mean_health", "ede", "inequality_index")
        )
        # The reference gives 15 digits of numbers near 70; these are small differences of them.
        yield compare(
            f"{row['case_id']}, {row['index']} {row['parameter']:g}",
            partial(
                on_the_plane,
                options,
                row["case_id"],
                index=row["index"],
                aversion=row["parameter"],
            ),
            {"net_health": mean, "value": ede - mean, "fall": -inequality},
            rtol=0,
            atol=1e-12,
        )


def on_the_plane(data: pd.DataFrame, name: str, **options: Any) -> dict[str, Any]:
    """Place one option on the equity impact plane, for each person."""
    plane = partial(
        fairness.equity_impact, data, baseline="qale_baseline", group="group", **options
    )
    row = plane(measure="health").set_index("option").loc[name]
    fall = plane(measure="index").set_index("option").loc[name, "value"]
    return {
        "net_health": row["net_health"] / row["population"],
        "value": row["value"] / row["population"],
        "fall": fall,
    }


@check("dcea", "documented_example", method="fairness")
def documented(read: Read) -> Iterator[Case]:
    """Five groups whose Atkinson values are printed in a vignette."""
    for _, row in read("documented_example").iterrows():
        health, shares = ([float(v) for v in row[c].split(";")] for c in ("health", "weights"))
        data = pd.DataFrame(
            {"ethnic_group": range(len(health)), "population": shares, "health": health}
        )
        yield compare(
            f"{row['case_id']}, epsilon {row['epsilon']:g}",
            partial(both, data, index="atkinson", aversion=row["epsilon"]),
            {"ede": row["recomputed_ede"]},
        )


@check(
    "dcea",
    "upstream_york_ede_expected",
    "upstream_york_three_individuals",
    "upstream_york_nrt_net_health",
    method="fairness",
)
def york_decisions(read: Read) -> Iterator[Case]:
    """Three people under six decisions, and ten regions and fifths under three."""
    three, ten = read("upstream_york_three_individuals"), read("upstream_york_nrt_net_health")
    health = {}
    for prefix, data, group in (
        ("three_individuals", three, ["INDIVIDUAL"]),
        ("nrt", ten, ["REGION", "SES"]),
    ):
        for name in data.columns[data.columns.str.startswith("DECISION")]:
            health[f"{prefix}_{name}"] = distribution(data, group, "POPULATION", name)
    yield from every_index(read("upstream_york_ede_expected"), health)


@check("dcea", "upstream_york_qale_ede_expected", "upstream_york_qale_by_imd", method="fairness")
def york_by_deprivation(read: Read) -> Iterator[Case]:
    """Life expectancy by fifth of deprivation in England."""
    health = {"qale_imd": distribution(read("upstream_york_qale_by_imd"), ["imd"], "pop", "qale")}
    yield from every_index(read("upstream_york_qale_ede_expected"), health)
