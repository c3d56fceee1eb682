"""UKHSA's R package PHEindicatormethods: slope indices of inequality, and quantiles of areas."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pandas as pd

from eeic.stats import gaps
from eeic.validation.cases import Case, compare, each_row, shown_as
from eeic.validation.run import Read, check

KINDS = ("other", "rate", "proportion")

#: One seed for what is simulated; the reference simulated without one.
SEED = 20_180_525

#: The source asks for limits within 10 times the mean difference between simulations.
SPREADS = 10

#: How far a limit of UKHSA's own tests, simulated once with as few as 10,000 draws, may lie from
#: ours, as a part of the interval: some three standard errors of such a percentile.
CHANCE = 0.025

#: Tests of UKHSA's that stop at their data, and how they give the errors.
REFUSED: dict[str, dict[str, str]] = {
    "error handling - negative populations": {"lower": "LowerCL", "upper": "UpperCL"},
    "error handling - negative counts/standard error": {"se": "StandardError"},
    "error handling - invalid proportion in CLs": {
        "lower": "LowerCL",
        "upper": "UpperCL",
        "kind": "proportion",
    },
    "error handling - missing confidence limits and se": {"lower": "LowerCL", "upper": "UpperCL"},
    "error handling - missing value field": {"se": "StandardError"},
}

PAGE = "slopes-and-concentration"


@check("pheindicatormethods", "own_quantiles", method=PAGE)
def quantiles(read: Read) -> Iterator[Case]:
    """Deciles and quintiles of areas, with ties and from either end."""
    table = read("own_quantiles")
    for _, part in table.groupby(["nquantiles", "invert"]):
        count, highest_first = part["nquantiles"].iloc[0], part["invert"].iloc[0]
        found = gaps.assign_quantile(
            part.drop(columns="quantile"),
            value="value",
            highest_first=bool(highest_first),
            quantiles=int(count),
        )
        names = part["area"] + f" of {count}"
        yield from each_row(names, found, part, {"quantile": "quantile"})


@check("pheindicatormethods", "own_sii_expected", "own_sii_input", method=PAGE)
def own_slopes(read: Read) -> Iterator[Case]:
    """Slope and relative index by value type, with and without transform."""
    data = read("own_sii_input").rename(columns={"lower_cl": "lower", "upper_cl": "upper"})
    for _, row in read("own_sii_expected").iterrows():
        part = data[data["case_id"] == row["case_id"]]
        kind = KINDS[int(row["value_type"])]
        given = {"se": "se"} if kind == "other" else {"lower": "lower", "upper": "upper"}
        found = _slopes(
            part,
            order="quantile",
            kind=kind,
            transform=bool(row["transform"]),
            multiplier=row["multiplier"],
            **given,
        )
        name = f"{row['case_id']}{', transformed' if row['transform'] else ''}"
        # UKHSA multiplies the intercept of a transformed fit and leaves the other as it is.
        units = abs(row["multiplier"]) if row["transform"] else 1
        values = {"sii": row["sii"], "rii": row["rii"], "intercept": row["intercept"] / units}
        if kind == "other":
            values |= {f"sii_{end}": row[f"sii_{end}95_analytic"] for end in ("lower", "upper")}
        yield compare(name, partial(dict, found), values)
        for index in ("sii", "rii"):
            limits = {
                f"{index}_{end}": row[f"{index}_{end}95_simulated"] for end in ("lower", "upper")
            }
            yield compare(
                f"{name}, {index} limits",
                partial(dict, found),
                limits,
                rtol=0,
                atol=SPREADS * row[f"{index}_mad"],
            )


@check("pheindicatormethods", "upstream_sii", method=PAGE)
def upstream_slopes(read: Read) -> Iterator[Case]:
    """UKHSA's own tests: inputs and results in one sheet, results beside the first quantile."""
    table = read("upstream_sii")
    table["case"] = (table["Quantile"] == 1).cumsum()
    for _, part in table.groupby("case"):
        first = part.iloc[0]
        test, name = first["TestDescription"], f"{first['TestDescription']}, {first['Area']}"
        options: dict[str, Any] = {
            "order": "Quantile",
            "value": "Value",
            "population": "Population",
        }
        if test in REFUSED:
            given = REFUSED[test]
            yield compare(name, partial(_slopes, part, **options, **given), {}, refused=True)
        if not shown_as(first["sii"]):
            continue  # other tests of warnings, whose calls the sheet does not hold
        options |= {
            "kind": KINDS[int(first["ValueType"])],
            "transform": "transform" in test,
            "multiplier": _multiplier(test),
            "lower": "LowerCL",
            "upper": "UpperCL",
        }
        for place, level in enumerate(_levels(first, test), start=1):
            found = _slopes(part, confidence=level / 100, **options)
            values = {index: first[index] for index in ("sii", "rii") if shown_as(first[index])}
            if shown_as(first["Intercept"]):
                values["intercept"] = first["Intercept"]
            yield compare(f"{name}, {level}%", partial(dict, found), values)
            for index in ("sii", "rii"):
                lower, upper = (first[f"{index}_{end}cl_{place}"] for end in ("lower", "upper"))
                if not shown_as(lower):
                    continue
                yield compare(
                    f"{name}, {level}%, {index} limits",
                    partial(dict, found),
                    {f"{index}_lower": lower, f"{index}_upper": upper},
                    rtol=0,
                    atol=CHANCE * (upper - lower),
                )


def _multiplier(test: str) -> float:
    if "negative multiplier" in test:
        return -1
    for said, multiplier in (("(x -100)", -100.0), ("(x 100)", 100.0)):
        if said in test:
            return multiplier
    return 1


def _levels(first: "pd.Series[Any]", test: str) -> list[float]:
    """Read the confidence levels; those of the transformed fits stand only in words."""
    if "(95 and 98)" in test or "95% and 98%" in test:
        return [95, 98]
    if "98% CI" in test or "98% cis" in test:
        return [98]
    return [float(level) for level in str(first["Confidence"]).strip("c()").split(",")]


def _slopes(part: pd.DataFrame, **options: Any) -> dict[str, Any]:
    """Work out both indices, named sii, sii_lower and so on."""
    rows = gaps.slope_index(part, seed=SEED, **options).set_index("measure")
    found: dict[str, Any] = {"intercept": rows["intercept"].iloc[0]}
    for index, row in rows.iterrows():
        found |= {
            str(index): row["value"],
            f"{index}_lower": row["lower"],
            f"{index}_upper": row["upper"],
        }
    return found
