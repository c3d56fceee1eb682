"""Base R, pwr and epiR: sample size and power of proportions, rates and standardised ratios."""

from collections.abc import Iterator
from functools import partial

from eeic.stats import survey
from eeic.stats.power import Rates
from eeic.validation.cases import Case, compare, each_row
from eeic.validation.checks._rows import first_row
from eeic.validation.run import Read, check

#: The reference found the arcsine sizes with a root finder that stops within about 5e-9 of the
#: root: its own rows leave the stated power by as much.
ROOT_FINDER = 1e-8


@check("power_sample_size", "own_two_proportions_n", method="sample-size-and-power")
def two_proportions_n(read: Read) -> Iterator[Case]:
    """People in each of two equal groups; epiR states both together."""
    for _, row in read("own_two_proportions_n").iterrows():
        expected = {
            "pooled": row["n_per_group_power_prop_test"],
            "arcsine": row["n_per_group_arcsine_pwr"],
            "continuity": row["n_per_group_fleiss_continuity"],
        }
        pooled = (row["n_per_group_pooled_formula"], row["n_total_epir_sscohortc"] / 2)
        wanted = [*expected.items(), *(("pooled", value) for value in pooled)]
        for method, value in wanted:
            yield compare(
                f"{row['case_id']}, {method}",
                partial(
                    first_row,
                    survey.sample_size_two_proportions,
                    row["p1"],
                    row["p2"],
                    power=row["power"],
                    alpha=row["alpha_two_sided"],
                    method=method,
                ),
                {"value": value},
                refused=row["status"] == "refused",
                rtol=ROOT_FINDER if method == "arcsine" else 1e-9,
            )


@check("power_sample_size", "own_two_proportions_power", method="sample-size-and-power")
def two_proportions_power(read: Read) -> Iterator[Case]:
    """Power of two equal groups, strictly and not, and of unequal ones."""
    table = read("own_two_proportions_power")
    p1, p2, n, n2, alpha = (table[name] for name in ("p1", "p2", "n", "n2", "alpha"))
    equal = {"power_equal_n": False, "power_equal_n_strict": True}
    for column, strict in equal.items():
        found = survey.power_two_proportions(p1, p2, n, n, alpha=alpha, strict=strict)
        yield from each_row(table["case_id"] + f", {column}", found, table, {"value": column})
    found = survey.power_two_proportions(p1, p2, n, n2, alpha=alpha, method="arcsine")
    column = "power_unequal_arcsine"
    yield from each_row(table["case_id"] + f", {column}", found, table, {"value": column})


@check("power_sample_size", "own_precision_proportion", method="sample-size-and-power")
def precision(read: Read) -> Iterator[Case]:
    """People needed to know one proportion within a margin."""
    table = read("own_precision_proportion")
    p, margin = table["p"], table["e"]
    found = survey.sample_size_one_proportion(p, margin)
    columns = {"value": "n_normal", "invite": "n_normal_ceiling"}
    yield from each_row(table["case_id"], found, table, columns)
    finite = table[table["N"].notna()]
    found = survey.sample_size_one_proportion(finite["p"], finite["e"], population=finite["N"])
    columns = {"value": "n_finite_population", "infinite_population": "n_normal"}
    yield from each_row(finite["case_id"] + ", finite", found, finite, columns)


@check("power_sample_size", "own_two_rates_person_time", method="sample-size-and-power")
def two_rates(read: Read) -> Iterator[Case]:
    """Person-time by three formulas, and what the exact test has in the first of them."""
    table = read("own_two_rates_person_time")
    r1, r0, alpha = table["rate1"], table["rate0"], table["alpha"]
    methods: dict[Rates, str] = {
        "log": "log_wald",
        "difference": "difference",
        "root": "square_root",
    }
    for method, name in methods.items():
        found = survey.sample_size_two_rates(
            r1,
            r0,
            power=table["power"],
            alpha=alpha,
            ratio=table["ratio_t1_over_t0"],
            method=method,
        )
        column = f"person_time_group0_{name}"
        yield from each_row(table["case_id"] + f", {method}", found, table, {"value": column})
    column = "exact_conditional_power_at_log_wald_equal_t"
    given = table[table[column].notna()]
    time = given["person_time_group0_log_wald"]
    found = survey.power_two_rates(
        given["rate1"], given["rate0"], time, time, alpha=given["alpha"], method="exact"
    )
    yield from each_row(given["case_id"] + ", exact", found, given, {"value": column})


@check("power_sample_size", "own_smr_exact_power", method="sample-size-and-power")
def smr(read: Read) -> Iterator[Case]:
    """Power of the exact test of a standardised ratio, and what it rejects."""
    table = read("own_smr_exact_power")
    found = survey.power_smr(table["expected"], table["true_smr"], alpha=table["alpha"])
    columns = {
        "value": "power",
        "reject_low": "reject_low_if_observed_le",
        "reject_high": "reject_high_if_observed_ge",
    }
    yield from each_row(table["case_id"], found, table, columns)
