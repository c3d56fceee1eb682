"""Published codes, groupings and counts by ethnic group: what our mappings must agree with."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pandas as pd

from eeic import categories
from eeic.validation.cases import Case, compare
from eeic.validation.run import Read, check

FIVE = {
    "5 groups, Chinese in Asian, Arab in Other": "2021 high level",
    "5 groups as in the 2001 NHS codes, Chinese in Other": "2001 high level",
}


@check(
    "population",
    "nhs_ethnic_category_codes_2001",
    "census2021_to_nhs2001_crosswalk",
    "census2021_regions_opensafely_groups",
    "census2021_ethnic19_by_region",
    method="category-mappings",
)
def mappings(read: Read) -> Iterator[Case]:
    """Every code of 2001, every census group, and counts of regions put into five groups."""
    for _, row in read("nhs_ethnic_category_codes_2001").iterrows():
        words = row["nhs_group_2001"]
        five = words if words.startswith("Not") else words.split()[0]
        yield compare(
            f"code {row['nhs_code']}",
            partial(of_code, row["nhs_code"]),
            {"census": row["census2021_code"], "five": five},
        )
    for _, row in read("census2021_to_nhs2001_crosswalk").iterrows():
        yield compare(
            f"census group {row['census2021_code']}",
            partial(of_group, row["census2021_code"]),
            {
                "2021 high level": row["census2021_group5"],
                "2001": row["nhs_2001_code"],
                "2001 high level": row["nhs_2001_group5"],
            },
        )
    census = read("census2021_ethnic19_by_region")
    people = pd.DataFrame(
        {
            "region": census["region_name"].replace("East of England", "East"),
            "ethnic_group": [categories.LABELS[code - 1] for code in census["census2021_code"]],
            "count": census["usual_residents"],
        }
    )
    yield from regions(people, read("census2021_regions_opensafely_groups"))


def of_code(code: str) -> dict[str, Any]:
    """Say where a code of 2001 leads: the last of its census groups is the one it is named for."""
    (five,) = categories.mapping("2001", "2001 high level")[code]
    groups = categories.from_nhs2001(code)
    return {"census": categories.group(groups[-1]).code if groups else None, "five": five}


def of_group(code: int) -> dict[str, Any]:
    """Say where a census group leads, by its code."""
    label = categories.LABELS[code - 1]
    return {
        scheme: categories.convert([label], "2021", scheme)[0]
        for scheme in categories.SCHEMES
        if scheme != "2021"
    }


def regions(people: pd.DataFrame, given: pd.DataFrame) -> Iterator[Case]:
    """Judge counts put into five groups of both senses, straight and by way of 2001 codes."""
    recorded = categories.convert_counts(people, "2021", "2001", by="region")
    keys = ["region", "ethnic_group"]
    for name, five in FIVE.items():
        part = given[given["classification"] == name]
        for way, data, source in (("straight", people, "2021"), ("by code", recorded, "2001")):
            found = categories.convert_counts(data, source, five, by="region")
            for _, row in part.merge(found, on=keys, how="left").iterrows():
                yield compare(
                    f"{row['region']}, {row['ethnic_group']}, {five}, {way}",
                    partial(dict, count=row["count"]),
                    {"count": row["usual_residents"]},
                    rtol=0,
                    # ONS perturbs small cells: two tables of a region agree to 0.001% of it.
                    atol=1e-5 * row["region_total"],
                )
