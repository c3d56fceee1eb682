"""R's package metafor: effects of studies, pooled effects, moderators and small-study effects."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from eeic.stats import pooling
from eeic.validation.cases import Case, compare, each_row
from eeic.validation.run import Read, check

# Our name and metafor's. What is found by search is only as near as metafor's search ends.
MEAN = {
    "value": "estimate",
    "standard_error": "se",
    "lower": "ci_lower",
    "upper": "ci_upper",
    "p_value": "p_value",
}
WHOLE = MEAN | {
    "studies": "k",
    "test_value": "statistic",
    "q": "Q",
    "q_df": "Q_df",
    "q_p_value": "Q_p",
    "prediction_lower": "pi_lower",
    "prediction_upper": "pi_upper",
}
SPREAD = {"tau2": "tau2", "tau2_se": "se_tau2", "i2": "I2", "h2": "H2"}
PROFILE = {"tau2_lower": "tau2_ci_lower", "tau2_upper": "tau2_ci_upper"}
SEARCHED = ("REML", "ML", "PM", "EB")
# The relative tolerances of the folder's SOURCE.md, for estimates and for τ².
CLOSED, SEARCHED_MEAN, SEARCHED_SPREAD = 1e-8, 1e-5, 1e-4
# The regression and the cumulative pooling were run with metafor's usual end of the search, 1e-5
# in τ², and are up to 7e-6 away from where the score is zero: p, far out in the tail, feels it.
EARLY_MEAN, EARLY_P = 1e-4, 1e-3
# metafor looks for the limits of τ² with an absolute tolerance of (machine epsilon)^¼ and
# stops at 100; ours go on. That ours are the roots is a test of their own, in test_pooling.py.
PROFILE_WITHIN, PROFILE_END = float(np.finfo(float).eps ** 0.25), 100


def parts(table: pd.DataFrame, column: str) -> Iterator[tuple[Any, pd.DataFrame]]:
    """Take a table apart by one column, in its order."""
    yield from table.groupby(column, sort=False)


def against(
    name: str, found: Any, row: Any, columns: dict[str, str], rtol: float, atol: float = 1e-12
) -> Case:
    """Judge some columns of one row."""
    expected = {ours: row[theirs] for ours, theirs in columns.items()}
    return compare(name, lambda: found, expected, rtol=rtol, atol=atol)


def model(found: Any, row: Any, name: str) -> Iterator[Case]:
    """Judge a pooled effect, its heterogeneity, and the limits of τ²."""
    searched = row["method"] in SEARCHED
    yield against(name, found, row, WHOLE, SEARCHED_MEAN if searched else CLOSED)
    rtol = SEARCHED_SPREAD if searched else CLOSED
    yield against(f"{name}, heterogeneity", found, row, SPREAD, rtol)
    columns = dict(PROFILE)
    if row["tau2_ci_upper"] >= PROFILE_END:
        beyond = compare(
            f"{name}, upper limit of τ²",
            lambda: {"beyond": bool(found["tau2_upper"] > PROFILE_END)},
            {"beyond": True},
        )
        yield beyond
        del columns["tau2_upper"]
    yield against(f"{name}, limits of τ²", found, row, columns, 0, atol=PROFILE_WITHIN)


def models(effects: pd.DataFrame, expected: pd.DataFrame) -> Iterator[Case]:
    """Judge every method and test on every set of effects."""
    for _, row in expected.iterrows():
        found = pooling.pool(
            effects[effects["case_id"] == row["case_id"]],
            effect="yi",
            variance="vi",
            method=row["method"],
            test=row["test"],
            prediction="test",  # as metafor 3.8 does it
        )
        yield from model(found.iloc[0], row, f"{row['case_id']} {row['method']} {row['test']}")


def bcg(read: Read) -> pd.DataFrame:
    """Return the 13 trials with their log risk ratios."""
    trials = read("upstream_dat_bcg")
    trials = trials.assign(treated=trials["tpos"] + trials["tneg"])
    trials = trials.assign(control=trials["cpos"] + trials["cneg"])
    counts = (trials[name] for name in ("tpos", "treated", "cpos", "control"))
    found = pooling.effect_sizes("RR", *counts)
    return trials.assign(value=found["value"], variance=found["variance"])


@check("metafor", "own_effect_sizes", method="meta-analysis")
def effect_sizes(read: Read) -> Iterator[Case]:
    """Effects and variances by nine measures."""
    tables, times, single = ["ai", "n1", "ci", "n2"], ["x1i", "t1i", "x2i", "t2i"], ["xi", "ni"]
    inputs = {"RR": tables, "OR": tables, "RD": tables, "IRR": times}
    for measure, part in parts(read("own_effect_sizes"), "measure"):
        counts = [part[name] for name in inputs.get(measure, single)]
        found = pooling.effect_sizes(measure, *counts, zero_cells="half")
        names = [f"{measure} {study}" for study in part["study"]]
        yield from each_row(names, found, part, {"value": "yi", "variance": "vi"})


@check("metafor", "own_models", "own_effect_sizes", method="meta-analysis")
def own_models(read: Read) -> Iterator[Case]:
    """Nine methods, with and without Knapp-Hartung, on nine sets of effects."""
    yield from models(read("own_effect_sizes"), read("own_models"))


@check("metafor", "own_proportion_backtransform", "own_effect_sizes", method="meta-analysis")
def back_transform(read: Read) -> Iterator[Case]:
    """Proportions pooled by REML as logits and double arcsines, and brought back."""
    effects = read("own_effect_sizes")
    for _, row in read("own_proportion_backtransform").iterrows():
        measure = row["case_id"].split("_")[1]
        part = effects[effects["measure"] == measure]
        pooled = pooling.pool(part, effect="yi", variance="vi", prediction="test")
        people = 1 / np.mean(1 / part["ni"]) if measure == "PFT" else None
        found = pooling.back_transform(pooled, measure, population=people).iloc[0]
        columns = {
            "value": "estimate",
            "lower": "ci_lower",
            "upper": "ci_upper",
            "prediction_lower": "pi_lower",
            "prediction_upper": "pi_upper",
        }
        yield against(measure, found, row, columns, SEARCHED_MEAN)


@check("metafor", "upstream_bcg_effect_sizes", method="meta-analysis")
def bcg_effect_sizes(read: Read) -> Iterator[Case]:
    """Effects of 13 trials by three measures."""
    for measure, part in parts(read("upstream_bcg_effect_sizes"), "measure"):
        treated, control = part["tpos"] + part["tneg"], part["cpos"] + part["cneg"]
        found = pooling.effect_sizes(measure, part["tpos"], treated, part["cpos"], control)
        names = [f"{measure} {trial}" for trial in part["trial"]]
        yield from each_row(names, found, part, {"value": "yi", "variance": "vi"})


@check("metafor", "upstream_bcg_models", "upstream_bcg_effect_sizes", method="meta-analysis")
def bcg_models(read: Read) -> Iterator[Case]:
    """Nine methods, with and without Knapp-Hartung, on 13 trials."""
    yield from models(read("upstream_bcg_effect_sizes"), read("upstream_bcg_models"))


@check("metafor", "upstream_bcg_subgroups", "upstream_dat_bcg", method="meta-analysis")
def bcg_subgroups(read: Read) -> Iterator[Case]:
    """Each way of allocation on its own."""
    trials = bcg(read)
    for method, part in parts(read("upstream_bcg_subgroups"), "method"):
        found = pooling.pool(trials, by="alloc", method=method, prediction="test")
        found = found.set_index("alloc")
        for _, row in part.iterrows():
            yield from model(found.loc[row["subgroup"]], row, f"{row['subgroup']} {method}")


@check("metafor", "upstream_bcg_subgroup_tests", "upstream_dat_bcg", method="meta-analysis")
def bcg_subgroup_tests(read: Read) -> Iterator[Case]:
    """Whether the ways of allocation differ."""
    trials = bcg(read)
    options: dict[str, dict[str, Any]] = {
        "common_tau2_DL_moderator_QM": {"method": "DL", "common_tau2": True},
        "fixed_effect_Q_between": {"method": "EE"},
        "separate_tau2_REML_Q_between": {"method": "REML"},
    }
    columns = {"value": "statistic", "df": "df", "p_value": "p_value"}
    for _, row in read("upstream_bcg_subgroup_tests").iterrows():
        chosen = options[row["test"]]
        found = pooling.subgroup_difference(pooling.pool(trials, by="alloc", **chosen))
        rtol = SEARCHED_MEAN if chosen["method"] in SEARCHED else CLOSED
        yield against(row["test"], found.iloc[0], row, columns, rtol)


@check("metafor", "upstream_bcg_metaregression", "upstream_dat_bcg", method="meta-analysis")
def bcg_metaregression(read: Read) -> Iterator[Case]:
    """Regression of the effect on latitude."""
    trials = bcg(read)
    for case, part in parts(read("upstream_bcg_metaregression"), "case_id"):
        method = case.rsplit("_")[-1]
        found = pooling.regress(trials, "ablat", method=method).set_index("term")
        mean, tail, spread = (
            (EARLY_MEAN, EARLY_P, SEARCHED_SPREAD) if method in SEARCHED else [CLOSED] * 3
        )
        # With one moderator, metafor's test of all moderators is that of the slope.
        slope: Any = found.loc["ablat"]
        joint = {"QM": slope["test_value"] ** 2, "QMp": slope["p_value"]}
        for _, row in part.iterrows():
            name, line = f"{case} {row['term']}", found.loc[row["term"]]
            columns = MEAN | {"q": "QE"}
            yield against(f"{name}, p", line, row, {"p_value": columns.pop("p_value")}, tail)
            yield against(name, line, row, columns, mean)
            columns = {"tau2": "tau2", "i2": "I2", "r2": "R2"}
            yield against(f"{name}, heterogeneity", line, row, columns, spread)
            yield against(f"{name}, moderator", joint, row, {"QM": "QM"}, mean)
            yield against(f"{name}, moderator's p", joint, row, {"QMp": "QMp"}, tail)


@check("metafor", "upstream_bcg_leave1out", "upstream_dat_bcg", method="meta-analysis")
def bcg_leave_one_out(read: Read) -> Iterator[Case]:
    """Each trial left out in turn."""
    found = pooling.leave_one_out(bcg(read), study="trial")
    yield from repeated(found, read("upstream_bcg_leave1out"), "left_out", "omitted_trial", "pval")


@check("metafor", "upstream_bcg_cumulative", "upstream_dat_bcg", method="meta-analysis")
def bcg_cumulative(read: Read) -> Iterator[Case]:
    """One trial after the other, by year."""
    trials = bcg(read).sort_values("year", kind="stable")
    found = pooling.cumulative(trials)
    yield from repeated(found, read("upstream_bcg_cumulative"), "studies", "step", "pvals")


def repeated(
    found: pd.DataFrame, reference: pd.DataFrame, ours: str, theirs: str, p: str
) -> Iterator[Case]:
    """Judge a table of poolings of some of the studies."""
    columns = {
        ours: theirs,
        "value": "estimate",
        "standard_error": "se",
        "test_value": "zval",
        "lower": "ci.lb",
        "upper": "ci.ub",
        "q": "Q",
        "q_p_value": "Qp",
    }
    spread = {"tau2": "tau2", "i2": "I2", "h2": "H2"}
    for part, judged, rtol in (
        ("", columns, SEARCHED_MEAN),
        (", p", {"p_value": p}, EARLY_P),
        (", heterogeneity", spread, SEARCHED_SPREAD),
    ):
        names = [f"{theirs} {value}{part}" for value in reference[theirs]]
        yield from each_row(names, found, reference, judged, rtol=rtol)


@check("metafor", "upstream_bcg_bias_tests", "upstream_dat_bcg", method="meta-analysis")
def bcg_bias(read: Read) -> Iterator[Case]:
    """Egger's test in two forms, and Begg's. Trim and fill, the other two rows, is not offered."""
    trials = bcg(read)
    ours: dict[str, tuple[Any, str]] = {
        "egger_mixed_effects_z": ("egger_random", "test_value"),
        "egger_classic_lm_t": ("egger", "test_value"),
        "begg_rank_tau": ("begg", "value"),
    }
    for _, row in read("upstream_bcg_bias_tests").iterrows():
        if row["test"] in ours:
            test, statistic = ours[row["test"]]
            found = pooling.asymmetry(trials, test=test)
            columns = {statistic: "statistic", "p_value": "p_value"}
            yield against(row["test"], found.iloc[0], row, columns, SEARCHED_MEAN)


@check("metafor", "upstream_bcg_mantel_haenszel_peto", "upstream_dat_bcg", method="meta-analysis")
def bcg_mantel_haenszel(read: Read) -> Iterator[Case]:
    """Pooled counts of the 13 tables."""
    trials = bcg(read)
    columns = {name: MEAN[name] for name in ("value", "standard_error", "lower", "upper")}
    columns |= {"q": "Q", "q_p_value": "Q_p", "i2": "I2"}
    for _, row in read("upstream_bcg_mantel_haenszel_peto").iterrows():
        method, measure = row["case_id"].split("_")[1:]
        found = pooling.mantel_haenszel(
            trials,
            "Peto" if method == "Peto" else measure,
            events="tpos",
            population="treated",
            reference_events="cpos",
            reference_population="control",
        )
        yield against(row["case_id"], found.iloc[0], row, columns, 1e-9)
