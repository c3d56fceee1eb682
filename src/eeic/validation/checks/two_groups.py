"""R's epitools, epiR and stats: two groups, limits of single counts, trend over several groups."""

from collections.abc import Iterator
from functools import partial

import pandas as pd

from eeic.stats import _intervals as intervals
from eeic.stats import gaps, rates
from eeic.validation.cases import Case, compare, each_row
from eeic.validation.run import Read, check

# Where epitools and fisher.test search for a limit, they stop within 1.2e-4 of it (R's default
# for uniroot). Ours are held to the equations that define them in tests/stats/test_gaps.py.
SEARCHED = 2e-4

LIMITS = ("lower", "upper")


@check("two_group_comparisons", "own_rate_ratios", method="ratios-and-differences")
def two_rates(read: Read) -> Iterator[Case]:
    """Ratios of two rates by three methods, the exact test, and the difference."""
    table = read("own_rate_ratios")
    four = [table[name] for name in ("x1", "t1", "x0", "t0")]
    names = table["case_id"]
    found = gaps.rate_ratio(*four)
    yield from each_row(names, found, table, _columns("ratio", "wald_log"))
    found = gaps.rate_ratio(*four, method="exact")
    columns = {**_columns("ratio", "exact"), "p_value": "exact_p_two_sided"}
    yield from each_row(names + ", exact", found, table, columns)
    found = gaps.rate_ratio(*four, method="midp")
    columns = _columns("midp_estimate", "midp")
    yield from each_row(names + ", mid-P", found, table, columns, rtol=SEARCHED, atol=SEARCHED)
    found = gaps.rate_difference(*four, multiplier=1)
    columns = _columns("difference", "difference_wald")
    yield from each_row(names + ", difference", found, table, columns)


@check("two_group_comparisons", "own_two_by_two", method="ratios-and-differences")
def two_by_two(read: Read) -> Iterator[Case]:
    """Risk ratios and differences, odds ratios by three methods, Fisher's test, chi-squared."""
    table = read("own_two_by_two")
    four = [table[name] for name in ("a", "n1", "b", "n0")]
    names = table["case_id"]

    def judge(what: str, found: pd.DataFrame, columns: dict[str, str]) -> Iterator[Case]:
        return each_row(names + what, found, table, columns)

    def judge_searched(what: str, found: pd.DataFrame, columns: dict[str, str]) -> Iterator[Case]:
        return each_row(names + what, found, table, columns, rtol=SEARCHED, atol=SEARCHED)

    yield from judge(", risk ratio", gaps.risk_ratio(*four), _columns("risk_ratio", "rr_wald"))
    columns = _columns("risk_difference", "rd_newcombe")
    yield from judge(", Newcombe", gaps.risk_difference(*four), columns)
    columns = _columns("risk_difference", "rd_wald")
    yield from judge(", Wald difference", gaps.risk_difference(*four, method="wald"), columns)
    yield from judge(", odds ratio", gaps.odds_ratio(*four), _columns("odds_ratio", "or_wald"))
    fisher = gaps.odds_ratio(*four, method="exact")
    yield from judge(", Fisher's p", fisher, {"p_value": "fisher_p"})
    columns = _columns("or_conditional_mle", "or_fisher")
    yield from judge_searched(", Fisher's limits", fisher, columns)
    midp = gaps.odds_ratio(*four, method="midp")
    yield from judge_searched(", mid-P odds ratio", midp, _columns("or_midp", "or_midp"))
    plain = gaps.chi_squared(*four)
    yield from judge(", chi-squared", plain, {"value": "chi2_uncorrected", "p_value": "chi2_p"})
    corrected = gaps.chi_squared(*four, yates=True)
    yield from judge(", Yates", corrected, {"value": "chi2_yates"})
    risks = [rates.proportion(*four[at : at + 2])["value"] for at in (0, 2)]
    columns = {"one": "risk1", "other": "risk0"}
    yield from judge(", risks", pd.DataFrame({"one": risks[0], "other": risks[1]}), columns)


@check(
    "two_group_comparisons", "own_single_estimates_alternatives", method="ratios-and-differences"
)
def single_counts(read: Read) -> Iterator[Case]:
    """Exact limits that the comparisons rest on; and UKHSA's Byar, which is not epitools'."""
    table = read("own_single_estimates_alternatives")
    x, n = table["x"].to_numpy(float), table["n"].to_numpy(float)
    exact = {
        # epitools searches for these; the chi-squared quantiles are UKHSA's.
        "poisson_exact_count": (intervals.exact_poisson(x, 0.95), SEARCHED),
        "clopper_pearson": (intervals.clopper_pearson(x, n, 0.95), 1e-9),
    }
    for name, (limits, rtol) in exact.items():
        found = pd.DataFrame(dict(zip(LIMITS, limits, strict=True)))
        columns = {end: f"{name}_{end}" for end in LIMITS}
        yield from each_row(table["case_id"] + f", {name}", found, table, columns, rtol=rtol)
    ours = rates.count(x[x >= intervals.BYAR_FROM])
    theirs = table[x >= intervals.BYAR_FROM]
    for place, (_, row) in enumerate(theirs.iterrows()):
        # The bundle gives UKHSA's for 15 events to two decimals: 8.39 to 24.74.
        apart = [
            abs(ours[end].iloc[place] / row[f"epitools_pois_byar_{end}"] - 1) for end in LIMITS
        ]
        yield compare(
            f"{row['case_id']}, Byar by another formula than pois.byar",
            partial(dict, apart=min(apart) > 1e-3),
            {"apart": True},
        )


@check("two_group_comparisons", "upstream_r_smokers_trend", method="ratios-and-differences")
def several_groups(read: Read) -> Iterator[Case]:
    """Chi-squared of homogeneity and of trend in R's documented example."""
    for _, row in read("upstream_r_smokers_trend").iterrows():
        counts = [[float(v) for v in row[f"groups_{name}"].split(";")] for name in "xn"]
        data = pd.DataFrame({"events": counts[0], "population": counts[1]})
        data["place"] = range(len(data))
        trend = row["test"].endswith("trend_chi2")
        work = gaps.trend(data, order="place") if trend else gaps.homogeneity(data, group="place")
        yield compare(
            row["test"],
            partial(dict, work.iloc[0]),
            {"value": row["statistic"], "df": row["df"], "p_value": row["p_value"]},
        )


def _columns(value: str, limits: str) -> dict[str, str]:
    return {"value": value, **{end: f"{limits}_{end}" for end in LIMITS}}
