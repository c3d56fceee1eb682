"""UKHSA's R package PHEindicatormethods: funnel limits, lines and categories."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from eeic.stats.control import funnel
from eeic.validation.cases import Case, each_row
from eeic.validation.run import Read, check

#: The package finds exact limits by bisection to 1e-7 of a logistic scale. A step there is 2e-6 of
#: most limits, but more of the smallest of all, those of 1 event (0.001 expected at 99.8%).
BISECTION, BISECTION_OF_ONE = 2e-6, 1e-4

LIMITS = {
    "lower": "lower_2s_limit",
    "upper": "upper_2s_limit",
    "lower_998": "lower_3s_limit",
    "upper_998": "upper_3s_limit",
}
#: Where so many events are on the upper line there are fewer people, and on the lower line more.
CROSSINGS = {
    "lower": "upper_2s",
    "upper": "lower_2s",
    "lower_998": "upper_3s",
    "upper_998": "lower_3s",
}


def _category(words: pd.Series) -> pd.Series:
    """Cut the reference's sentence about few events to its first two words."""
    return words.where(~words.str.startswith("Not applicable"), "Not applicable")


def _categories(found: pd.DataFrame, table: pd.DataFrame, names: Any) -> Iterator[Case]:
    category = table.assign(significance=_category(table["significance"]))
    yield from each_row(names, found, category, {"significance": "significance"})


def _bisected(
    names: Sequence[str],
    events: pd.Series,
    found: pd.DataFrame,
    table: pd.DataFrame,
    columns: Mapping[str, str],
) -> Iterator[Case]:
    """Judge row by row, as closely as the package searched."""
    one = (events == 1).to_numpy()
    for rows, rtol in ((one, BISECTION_OF_ONE), (~one, BISECTION)):
        some = [name for name, here in zip(names, rows, strict=True) if here]
        yield from each_row(some, found[rows], table[rows], columns, rtol=rtol)


def _lines(
    table: pd.DataFrame, kind: funnel.Kind, multiplier: float, average: float, per: str, years: int
) -> Iterator[Case]:
    """Follow each line both ways: from events to denominators, and back to the limit there."""
    events = table.iloc[:, 0]
    found = funnel.ukhsa_denominators(events, average=average, multiplier=multiplier)
    theirs = {ours: f"{line}_{per}" for ours, line in CROSSINGS.items()}
    whole = table.assign(**{name: table[name] * years for name in theirs.values()})
    names = [f"{event} events" for event in events]
    yield from _bisected(names, events, found, whole, theirs)
    for ours, limit in LIMITS.items():
        there = whole[f"{limit.removesuffix('_limit')}_{per}"]
        line = funnel.ukhsa_curve(there, kind=kind, average=average, multiplier=multiplier)
        names = [f"{limit} at {event} events" for event in events]
        yield from _bisected(names, events, line, table, {ours: limit})


@check("pheindicatormethods", "own_poisson_funnel_expected", method="funnel-plots")
def exact_denominators(read: Read) -> Iterator[Case]:
    """Compare expected numbers in closed form, and the package's own by bisection."""
    table = read("own_poisson_funnel_expected")
    for level, outer in (("", False), ("_998", True)):
        part = table[(table["p"] < 0.01) == outer]
        found = funnel.ukhsa_denominators(part["observed"], average=1)
        names = [f"{observed} observed, {p}" for observed, p in part[["observed", "p"]].to_numpy()]
        closed = {f"lower{level}": "chi2_low", f"upper{level}": "chi2_high"}
        bisected = {f"lower{level}": "expected_low_side", f"upper{level}": "expected_high_side"}
        yield from each_row(names, found, part, closed)
        yield from _bisected(names, part["observed"], found, part, bisected)
        # And back: at the expected number in closed form the limit is the observed count.
        for ours, theirs in (("upper", "chi2_low"), ("lower", "chi2_high")):
            line = funnel.ukhsa_curve(part[theirs], kind="ratio", average=1)
            there = part.assign(limit=part["observed"] / part[theirs])
            yield from each_row(names, line, there, {f"{ours}{level}": "limit"})


@check("pheindicatormethods", "own_funnel_proportion_limits", method="funnel-plots")
def proportion_limits(read: Read) -> Iterator[Case]:
    """Limits by denominator, cut at 0 and 1, which the reference leaves to us."""
    table = read("own_funnel_proportion_limits")
    raw = {ours: theirs.replace("_limit", "_raw") for ours, theirs in LIMITS.items()}
    table[list(raw.values())] = table[list(raw.values())].clip(0, 1)
    for average in table["average"].unique():
        part = table[table["average"] == average]
        found = funnel.ukhsa_curve(part["denominator"], kind="proportion", average=average)
        yield from each_row(part["denominator"], found, part, raw)


@check("pheindicatormethods", "own_funnel_proportion_points", method="funnel-plots")
def proportion_points(read: Read) -> Iterator[Case]:
    """Average, limits and category of every area."""
    table = read("own_funnel_proportion_points")
    found = funnel.ukhsa(
        table, kind="proportion", events="numerator", denominator="denominator", by="area"
    )
    columns = {ours: theirs.removesuffix("_limit") for ours, theirs in LIMITS.items()}
    columns |= {"average": "average", "significance": "significance"}
    yield from each_row(table["area"], found, table, columns)


@check(
    "pheindicatormethods",
    "own_funnel_proportion_curve_pct",
    "own_funnel_proportion_points",
    method="funnel-plots",
)
def proportion_curve(read: Read) -> Iterator[Case]:
    """Lines over a range of populations, around the average of the areas."""
    points, table = read("own_funnel_proportion_points"), read("own_funnel_proportion_curve_pct")
    average = funnel.ukhsa(
        points,
        kind="proportion",
        events="numerator",
        denominator="denominator",
        multiplier=100,
    )["average"][0]
    found = funnel.ukhsa_curve(
        table["Population"], kind="proportion", average=average, multiplier=100
    )
    yield from each_row(table["Population"], found, table, LIMITS | {"value": "baseline"})


@check("pheindicatormethods", "own_funnel_rate_crude_points", method="funnel-plots")
def crude_points(read: Read) -> Iterator[Case]:
    """Rate and category of every area."""
    table = read("own_funnel_rate_crude_points")
    found = funnel.ukhsa(table, kind="crude rate", denominator="population", by="area")
    columns = {"value": "rate", "significance": "significance"}
    yield from each_row(table["area"], found, table, columns)


@check(
    "pheindicatormethods",
    "own_funnel_rate_crude_curve",
    "own_funnel_rate_crude_points",
    method="funnel-plots",
)
def crude_curve(read: Read) -> Iterator[Case]:
    """Lines around the average of the areas."""
    points, table = read("own_funnel_rate_crude_points"), read("own_funnel_rate_crude_curve")
    found = funnel.ukhsa(points, kind="crude rate", denominator="population")
    yield from _around(found, table, "crude rate", points)


@check(
    "pheindicatormethods",
    "own_funnel_rate_dsr_curve",
    "own_funnel_rate_dsr_points",
    method="funnel-plots",
)
def dsr_points_and_curve(read: Read) -> Iterator[Case]:
    """Rates and categories, neither of them below 10 events, and lines around the average."""
    points, table = read("own_funnel_rate_dsr_points"), read("own_funnel_rate_dsr_curve")
    found = funnel.ukhsa(points, kind="dsr", rate="rate", by="area")
    shown = points.assign(rate=points["rate"].where(points["events"] >= 10))
    yield from each_row(points["area"], found, shown, {"value": "rate"})
    yield from _categories(found, points, points["area"])
    yield from _around(found, table, "dsr", points)


def _around(
    found: pd.DataFrame, table: pd.DataFrame, kind: funnel.Kind, points: pd.DataFrame
) -> Iterator[Case]:
    centre = found["average"].iloc[0]
    repeated = pd.DataFrame({"average": [centre] * len(table)})
    names = [f"average at {event} events" for event in table["Events"]]
    yield from each_row(names, repeated, table, {"average": "baseline"})
    multiplier, years = points["multiplier"][0], points["years_of_data"][0]
    yield from _lines(table, kind, multiplier, centre, "population_1_year", years)


@check("pheindicatormethods", "own_funnel_ratio_points", method="funnel-plots")
def ratio_points(read: Read) -> Iterator[Case]:
    """Ratio and category of every area."""
    table = read("own_funnel_ratio_points")
    found = funnel.ukhsa(
        table, kind="ratio", events="observed", denominator="expected", by="area", multiplier=100
    )
    columns = {"value": "smr_100", "significance": "significance"}
    yield from each_row(table["area"], found, table, columns)


@check("pheindicatormethods", "own_funnel_ratio_isr_curve", method="funnel-plots")
def ratio_curve(read: Read) -> Iterable[Case]:
    """Lines of a ratio, around 100."""
    return _lines(read("own_funnel_ratio_isr_curve"), "ratio", 100, 100, "exp_events", 1)


@check(
    "pheindicatormethods",
    "upstream_funnel_prop_outputs",
    "upstream_funnel_prop_inputs",
    method="funnel-plots",
)
def their_proportions(read: Read) -> Iterator[Case]:
    """Judge UKHSA's own areas, and lines that are written with six decimals."""
    points, table = read("upstream_funnel_prop_inputs"), read("upstream_funnel_prop_outputs")
    areas = funnel.ukhsa(
        points,
        kind="proportion",
        events="numerator",
        denominator="denominator",
        by="Area",
        multiplier=100,
    )
    yield from _categories(areas, points, points["Area"])
    found = funnel.ukhsa_curve(
        table["Population"], kind="proportion", average=areas["average"][0], multiplier=100
    )
    columns = {
        "value": "Baseline",
        "lower": "Lower2s0025limit",
        "upper": "Upper2s0025limit",
        "lower_998": "Lower3s0001limit",
        "upper_998": "Upper3s0001limit",
    }
    yield from each_row(table["Population"], found, table, columns, rtol=0, atol=1e-6)


@check("pheindicatormethods", "upstream_funnel_rate_dsr_inputs", method="funnel-plots")
def their_rate_points(read: Read) -> Iterator[Case]:
    """UKHSA's own areas as rates of both kinds, with the area that has no event and without."""
    whole = read("upstream_funnel_rate_dsr_inputs")
    for part, which in ((whole, "with_0"), (whole[whole["count"] > 0], "without_0")):
        crude = funnel.ukhsa(part, kind="crude rate", events="count", denominator="pop")
        dsr = funnel.ukhsa(part, kind="dsr", events="count", rate="rate_dsr")
        for name, found in (("crude", crude), ("dsr", dsr)):
            theirs = part.assign(significance=part[f"{name}_per_100000_{which}"])
            rows = pd.Series([f"{name}, {which}, row {row + 1}" for row in part.index])
            yield from _categories(found, theirs, rows)
            if name == "crude":
                value = {"value": "rate_crude_per_100000"}
                yield from each_row(rows, found, part, value, rtol=1e-8)


@check("pheindicatormethods", "upstream_funnel_rate_input_funnels", method="funnel-plots")
def their_dsr_denominators(read: Read) -> Iterator[Case]:
    """Denominators for one of three years that follow from UKHSA's own rates."""
    table = read("upstream_funnel_rate_input_funnels")
    # As in the package's own test, the largest area has only 5 events here, and is not shown.
    table.loc[table["ev"].idxmax(), "ev"] = 5
    found = funnel.ukhsa(table, kind="dsr", events="ev", rate="rate")
    found["of_a_year"] = found["denominator"] / 3
    columns = {"value": "rate_chart", "of_a_year": "denominator_derived"}
    yield from each_row(table.index + 1, found, table, columns, rtol=1e-8)


@check(
    "pheindicatormethods",
    "upstream_funnel_rate_outputs",
    "upstream_funnel_rate_input_funnels",
    method="funnel-plots",
)
def their_rate_curve(read: Read) -> Iterator[Case]:
    """UKHSA's own lines of a rate over three years."""
    points, table = read("upstream_funnel_rate_input_funnels"), read("upstream_funnel_rate_outputs")
    found = funnel.ukhsa(points, kind="dsr", events="ev", rate="rate")
    yield from _around(found, table, "dsr", points.assign(multiplier=100_000, years_of_data=3))


@check("pheindicatormethods", "upstream_funnel_ratio_inputs", method="funnel-plots")
def their_ratio_points(read: Read) -> Iterator[Case]:
    """UKHSA's own areas."""
    table = read("upstream_funnel_ratio_inputs")
    found = funnel.ukhsa(table, kind="ratio", events="obs", denominator="expected")
    yield from _categories(found, table, table.index + 1)


@check("pheindicatormethods", "upstream_funnel_ratio_outputs", method="funnel-plots")
def their_ratio_curve(read: Read) -> Iterator[Case]:
    """UKHSA's own lines, as ratios of which the reference is 100 and as excess over 1."""
    table = read("upstream_funnel_ratio_outputs").dropna()
    yield from _lines(table.rename(columns=_as_limit), "ratio", 100, 100, "exp_events", 1)
    for ours, limit in LIMITS.items():
        line = limit.removesuffix("_limit")
        at = table[f"{line}_exp_events"]
        found = funnel.ukhsa_curve(at, kind="ratio", average=1)
        names = [f"{line} excess at {events} events" for events in table.iloc[:, 0]]
        excess = table.assign(limit=table[f"{line}_count"] + 1)
        yield from _bisected(names, table.iloc[:, 0], found, excess, {ours: "limit"})


def _as_limit(name: str) -> str:
    return name.replace("_isr", "_limit")
