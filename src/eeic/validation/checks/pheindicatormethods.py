"""UKHSA's R package PHEindicatormethods: counts, rates, proportions, means, standardised rates."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from eeic.stats import _intervals as intervals
from eeic.stats import rates
from eeic.stats.standardise import ESP2013, direct, indirect
from eeic.validation.cases import Case, compare, each_row, shown_as
from eeic.validation.run import Read, check

LEVELS = {"95": 0.95, "998": 0.998}
OWN = {"95": "95", "998": "998"}
UPSTREAM = {"95": "95_0cl", "998": "99_8cl"}
OVER_75 = ("75-79", "80-84", "85-89", "90+")

DIRECT: dict[str, Any] = {
    "events": "count",
    "population": "pop",
    "standard": "stdpop",
    "stratum": "ageband",
}
INDIRECT: dict[str, Any] = {
    "events": "count",
    "population": "pop",
    "reference_events": "refcount",
    "reference_population": "refpop",
    "stratum": "ageband",
}


def at_both_levels(
    work: Callable[..., pd.DataFrame], *given: Any, **options: Any
) -> dict[str, Any]:
    """Work one estimate out with 95% and with 99.8% limits, named lower95 and so on."""
    found: dict[str, Any] = {}
    for level, confidence in LEVELS.items():
        row = work(*given, **options, confidence=confidence).iloc[0]
        found |= {str(name): value for name, value in row.items()}
        found |= {f"{end}{level}": row[end] for end in ("lower", "upper")}
    return found


def limits(row: pd.Series, ends: Mapping[str, str], prefix: str = "") -> dict[str, float]:
    """Return what a reference gives at both levels, by the names of `at_both_levels`."""
    return {
        f"{limit}{level}": row[f"{prefix}{limit}{end}"]
        for level, end in ends.items()
        for limit in ("lower", "upper")
    }


def by_byar_or_exact(row: pd.Series) -> dict[str, str]:
    """Return the method a reference names, where it gives a value, in our spelling."""
    return {"method": row["method"].replace("Byars", "Byar")} if shown_as(row["value"]) else {}


def one_by_one(
    table: pd.DataFrame,
    name: str,
    work: Callable[..., pd.DataFrame],
    columns: tuple[str, str],
    ends: Mapping[str, str],
) -> Iterator[Case]:
    """Judge rates or proportions of a table row by row, as some must be refused."""
    for place, row in table.iterrows():
        events, people = (row[column] for column in columns)
        yield compare(
            f"{row[name]} ({row['multiplier']:g}, row {place})",
            partial(at_both_levels, work, events, people, multiplier=row["multiplier"]),
            {"value": row["value"]} | limits(row, ends) | by_byar_or_exact(row),
            refused=row.get("status") == "refused",
        )


@check("pheindicatormethods", "own_poisson_count_ci", method="counts-and-rates")
def counts(read: Read) -> Iterator[Case]:
    """Limits of single counts by UKHSA's rule, and Byar's and exact limits at every count."""
    table = read("own_poisson_count_ci")
    for confidence, part in table.groupby("confidence"):
        level = float(str(confidence))
        x = part["x"].to_numpy(np.float64)
        found = rates.count(part["x"], confidence=level)
        found["method"] = found["method"].replace("Byar", "Byars")
        (found["byar_lower"], found["byar_upper"]) = intervals.byar(x, level)
        (found["exact_lower"], found["exact_upper"]) = intervals.exact_poisson(x, level)
        columns = {
            "value": "x",
            "lower": "ukhsa_rule_lower",
            "upper": "ukhsa_rule_upper",
            "method": "ukhsa_method",
            "byar_lower": "lower",
            "byar_upper": "upper",
            "exact_lower": "exact_lower",
            "exact_upper": "exact_upper",
        }
        yield from each_row(part["case_id"], found, part, columns)


@check("pheindicatormethods", "own_wilson", method="proportions")
def wilson(read: Read) -> Iterator[Case]:
    """Wilson's limits of single proportions."""
    table = read("own_wilson")
    for confidence, part in table.groupby("confidence"):
        found = rates.proportion(part["x"], part["n"], confidence=float(str(confidence)))
        columns = {"value": "value", "lower": "lower", "upper": "upper"}
        yield from each_row(part["case_id"], found, part, columns)


@check("pheindicatormethods", "own_proportions", method="proportions")
def proportions(read: Read) -> Iterator[Case]:
    """Proportions and percentages."""
    table = read("own_proportions")
    yield from one_by_one(table, "case_id", rates.proportion, ("x", "n"), OWN)


@check("pheindicatormethods", "own_rates", method="counts-and-rates")
def crude_rates(read: Read) -> Iterator[Case]:
    """Crude rates per 1,000, 10,000 and 100,000."""
    yield from one_by_one(read("own_rates"), "case_id", rates.crude_rate, ("x", "n"), OWN)


@check("pheindicatormethods", "own_means", method="means")
def means(read: Read) -> Iterator[Case]:
    """Means, from the values and from their number, mean and standard deviation."""
    for _, row in read("own_means").iterrows():
        values = pd.DataFrame({"value": [float(v) for v in str(row["values"]).split(";") if v]})
        expected = {"n": row["count"], "sd": row["stdev"], "value": row["mean"]}
        expected |= limits(row, OWN)
        refused = row["status"] == "refused"
        yield compare(
            row["case_id"],
            partial(at_both_levels, rates.mean, values),
            expected,
            refused=refused,
        )
        yield compare(
            f"{row['case_id']}, from its summary",
            partial(
                at_both_levels, rates.mean_from_summary, row["count"], row["mean"], row["stdev"]
            ),
            expected,
            refused=refused,
        )


@check(
    "pheindicatormethods", "own_dsr_expected", "own_dsr_input", method="directly-standardised-rates"
)
def direct_rates(read: Read) -> Iterator[Case]:
    """Directly standardised rates of all ages."""
    yield from standardised(read("own_dsr_expected"), read("own_dsr_input"))


@check(
    "pheindicatormethods",
    "own_dsr_under75_expected",
    "own_dsr_input",
    method="directly-standardised-rates",
)
def direct_rates_under_75(read: Read) -> Iterator[Case]:
    """Directly standardised rates under 75: the four oldest age bands left out."""
    data = read("own_dsr_input")
    yield from standardised(read("own_dsr_under75_expected"), data[~data["ageband"].isin(OVER_75)])


def standardised(table: pd.DataFrame, data: pd.DataFrame) -> Iterator[Case]:
    """Judge each group's rate, with UKHSA's rule of ten events and without it."""
    for _, row in table.iterrows():
        group = data[data["group"] == row["group"]]
        options = DIRECT | {"multiplier": row["multiplier"]}
        totals = {"total_count": row["total_count"], "total_pop": row["total_pop"]}
        yield compare(
            row["group"],
            partial(at_both_levels, direct, group, **options),
            totals | {"value": row["value"]} | limits(row, OWN),
            refused=row["status"] == "refused",
        )
        yield compare(
            f"{row['group']}, however few events",
            partial(at_both_levels, direct, group, **options, min_events=0),
            totals
            | {
                "value": row["unsuppressed_value"],
                "variance": row["variance"],
                "lower95": row["unsuppressed_lower95"],
                "upper95": row["unsuppressed_upper95"],
            },
            refused=row["status"] == "refused",
        )


@check(
    "pheindicatormethods",
    "own_dsr_nonindependent_expected",
    "own_dsr_nonindependent_input",
    method="directly-standardised-rates",
)
def direct_rates_of_repeated_events(read: Read) -> Iterator[Case]:
    """Directly standardised rates where one person may have several events."""
    data = read("own_dsr_nonindependent_input")
    options = DIRECT | {"events": "people", "frequency": "freq"}
    for _, row in read("own_dsr_nonindependent_expected").iterrows():
        group = data[data["group"] == row["group"]]
        yield compare(
            row["group"],
            partial(at_both_levels, direct, group, **options),
            {name: row[name] for name in ("total_count", "total_pop", "value")} | limits(row, OWN),
            refused=row["status"] == "refused",
        )


@check(
    "pheindicatormethods",
    "own_isr_expected",
    "own_isr_input",
    method="indirectly-standardised-ratios",
)
def indirect_ratios(read: Read) -> Iterator[Case]:
    """Indirectly standardised ratios and rates."""
    data = read("own_isr_input")
    for _, row in read("own_isr_expected").iterrows():
        group = data[data["group"] == row["group"]]
        refused = row["status"] == "refused"
        shared = {
            "observed": row["observed"],
            "expected": row["expected"],
            "reference_rate": row["ref_crude_rate_per_100000"] / 100_000,
            "method": row["method"].replace("Byars", "Byar"),
        }
        for kind, column, prefix, multiplier in (
            ("ratio", "ratio", "ratio_", row["refvalue"]),
            ("rate", "israte_per_100000", "israte_", 100_000),
        ):
            yield compare(
                f"{row['group']}, {kind}",
                partial(
                    at_both_levels, indirect, group, **INDIRECT, kind=kind, multiplier=multiplier
                ),
                shared | {"value": row[column]} | limits(row, OWN, prefix),
                refused=refused,
            )


@check("pheindicatormethods", "upstream_byars_wilson", method="counts-and-rates")
def ukhsa_limits(read: Read) -> Iterator[Case]:
    """Limits of Byar and Wilson, as the package's authors expect them."""
    for place, row in read("upstream_byars_wilson").iterrows():
        confidence = float(row["confidence"].rstrip("%")) / 100
        x, n = np.array([row["x"]], dtype=float), np.array([row["n"]], dtype=float)
        if row["method"] == "Byars":
            lower, upper = intervals.byar(x, confidence)
        else:
            lower, upper = intervals.wilson(x, n, confidence)
        yield compare(
            f"{row['method']} {row['x']:g} at {row['confidence']}, row {place}",
            partial(dict, lower=lower[0], upper=upper[0]),
            {"lower": row["lowercl"], "upper": row["uppercl"]},
        )


@check("pheindicatormethods", "upstream_proportions", method="proportions")
def ukhsa_proportions(read: Read) -> Iterator[Case]:
    """Proportions that the package's authors expect, some without people or events."""
    table = read("upstream_proportions")
    columns = ("Numerator", "Denominator")
    yield from one_by_one(table, "Area", rates.proportion, columns, UPSTREAM)


@check("pheindicatormethods", "upstream_rates", method="counts-and-rates")
def ukhsa_rates(read: Read) -> Iterator[Case]:
    """Rates that the package's authors expect, some without people or events."""
    table = read("upstream_rates").assign(method=lambda t: t["method"].fillna(""))
    columns = ("Numerator", "Denominator")
    yield from one_by_one(table, "Area", rates.crude_rate, columns, UPSTREAM)


@check("pheindicatormethods", "upstream_mean_expected", "upstream_mean_input", method="means")
def ukhsa_means(read: Read) -> Iterator[Case]:
    """Means that the package's authors expect, by area and of all."""
    data = read("upstream_mean_input")
    for _, row in read("upstream_mean_expected").iterrows():
        part = data if row["area"] == "No grouping" else data[data["area"] == row["area"]]
        yield compare(
            row["area"],
            partial(at_both_levels, rates.mean, part, values="values"),
            {"n": row["value_count"], "sd": row["stdev"], "value": row["value"]}
            | limits(row, UPSTREAM),
        )


@check(
    "pheindicatormethods",
    "upstream_dsr_expected",
    "upstream_dsr_input",
    "upstream_dsr_esp1976_input",
    "upstream_dsr_nonindependent_input",
    method="directly-standardised-rates",
)
def ukhsa_direct_rates(read: Read) -> Iterator[Case]:
    """Directly standardised rates that the package's authors expect, also of repeated events."""
    old = read("upstream_dsr_esp1976_input").rename(
        columns={"Age Band": "ageband", "esp1976": "stdpop"}
    )
    new = read("upstream_dsr_input").rename(columns={"stdpop_esp2013": "stdpop"})
    repeated = one_row_for_each_frequency(read("upstream_dsr_nonindependent_input"))
    data = pd.concat([new, old.assign(area="testdata_1976")])
    table = read("upstream_dsr_expected")
    # The areas stand there once for each multiplier, which suppressed rows do not name.
    again = table["area"].duplicated() | table["area"].str.contains("nonind")
    for (_, row), multiplier in zip(
        table.iterrows(), np.where(again, 100_000, 10_000), strict=True
    ):
        options = DIRECT | {"multiplier": multiplier, "missing_events": "zero"}
        part, atol = data[data["area"] == row["area"]], 1e-12
        ends = row.copy()
        if "nonind" in row["area"]:
            part = repeated[repeated["area"] == row["area"]]
            options |= {"events": "people", "frequency": "frequency"}
            atol = 1e-8  # the file gives these to eight decimals
        if row["area"] == "testdata_1976":
            # Its 99.8% limits are ten times too large in the file.
            ends[["lower99_8cl", "upper99_8cl"]] /= 10
        yield compare(
            f"{row['area']} per {multiplier}",
            partial(at_both_levels, direct, part, **options),
            {name: row[name] for name in ("total_count", "total_pop", "value")}
            | limits(ends, UPSTREAM),
            atol=atol,
        )


def one_row_for_each_frequency(wide: pd.DataFrame) -> pd.DataFrame:
    """Turn columns f1 to f4 into rows, and add the standard that the file leaves out."""
    standard = dict(zip(wide["ageband"].unique(), ESP2013, strict=True))
    return wide.melt(
        ["area", "ageband", "pop"], ["f1", "f2", "f3", "f4"], "frequency", "people"
    ).assign(
        frequency=lambda t: t["frequency"].str[1].astype(int),
        stdpop=lambda t: t["ageband"].map(standard),
    )


@check(
    "pheindicatormethods",
    "upstream_isr_expected",
    "upstream_dsr_input",
    "upstream_isr_reference_population",
    method="indirectly-standardised-ratios",
)
def ukhsa_indirect_ratios(read: Read) -> Iterator[Case]:
    """Indirectly standardised ratios and rates that the package's authors expect."""
    reference = read("upstream_isr_reference_population").rename(columns={"Age Band": "ageband"})
    data = read("upstream_dsr_input").merge(reference, on="ageband")
    # Area1 is the first area without its people aged 5 to 9, but with their events. Ours refuses
    # events among nobody, so here they stand at another age: observed and expected are the same.
    nobody = data[data["area"] == "testdata_big"].assign(area="Area1")
    child = nobody["ageband"] == "5-9"
    moved = nobody.loc[child, "count"].sum()
    nobody.loc[child, ["count", "pop"]] = 0
    nobody.loc[nobody["ageband"] == "0-4", "count"] += moved
    data = pd.concat([data, nobody, data[data["area"] == "testdata_small"].assign(area="Area2")])
    for place, row in read("upstream_isr_expected").iterrows():
        kind = "ratio" if "ratio" in row["statistic"] else "rate"
        multiplier = float(row["statistic"].split()[-1])
        part = data[data["area"] == row["area"]]
        expected = {name: row[name] for name in ("observed", "expected", "value")}
        expected |= by_byar_or_exact(row) | limits(row, UPSTREAM)
        if row["area"].startswith("Area"):  # given with 95% limits only
            expected = {k: v for k, v in expected.items() if shown_as(v)}
        if kind == "rate":
            expected["reference_rate"] = row["ref_rate"] / multiplier
        yield compare(
            f"{row['area']}, {row['statistic']}, row {place}",
            partial(
                at_both_levels,
                indirect,
                part,
                **INDIRECT,
                kind=kind,
                multiplier=multiplier,
                missing_events="zero",
            ),
            expected,
        )
