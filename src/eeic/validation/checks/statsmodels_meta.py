"""What statsmodels gives for pooled effects and pooled tables."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from eeic.stats import pooling
from eeic.validation.cases import Case, compare
from eeic.validation.run import Read, check

# The trials are metafor's, and stand in its folder.
TRIALS = "../metafor/upstream_dat_bcg"


@check("statsmodels", "own_crosscheck", TRIALS, method="meta-analysis")
def meta_analysis(read: Read) -> Iterator[Case]:
    """Pooled effects by three methods, and Mantel and Haenszel's ratios, of the BCG trials."""
    expected = read("own_crosscheck")
    trials = read(TRIALS)
    trials = trials.assign(
        treated=trials["tpos"] + trials["tneg"],
        control=trials["cpos"] + trials["cneg"],
        ill=trials["tpos"] + trials["cpos"],
        well=trials["tneg"] + trials["cneg"],
    )
    effects = pooling.effect_sizes(
        "RR", *(trials[name] for name in ("tpos", "treated", "cpos", "control"))
    )
    common = pooling.pool(effects, method="EE").iloc[0]
    for _, row in expected[expected["family"] == "meta_bcg_RR"].iterrows():
        random = pooling.pool(effects, method=row["input"].upper()).iloc[0]
        found = {
            "random effect": random["value"],
            "random effect se": random["standard_error"],
            "tau2": random["tau2"],
            "fixed effect": common["value"],
            "I2": common["i2"] / 100,  # statsmodels takes Q's for every method
        }
        name = row["method"]
        # statsmodels ends its search for Paule and Mandel's τ² when Q is 1e-5 from its aim.
        yield judged(f"{row['input']} {name}", found, row, 1e-7 if row["input"] == "pm" else 1e-9)
    odds = pooling.mantel_haenszel(
        trials,
        "OR",
        events="tpos",
        population="treated",
        reference_events="cpos",
        reference_population="control",
    ).iloc[0]
    # The reference's tables have a row for each outcome, so its "risks" are the shares of the
    # vaccinated among the ill and among the well. The odds ratio does not mind.
    risk = pooling.mantel_haenszel(
        trials,
        "RR",
        events="tpos",
        population="ill",
        reference_events="tneg",
        reference_population="well",
    ).iloc[0]
    found = {
        "pooled odds ratio": np.exp(odds["value"]),
        "pooled risk ratio": np.exp(risk["value"]),
        "log OR se": odds["standard_error"],
    }
    for _, row in expected[expected["family"] == "mantel_haenszel_bcg"].iterrows():
        yield judged(row["method"], found, row, 1e-9)


def judged(name: str, found: dict[str, Any], row: Any, rtol: float) -> Case:
    """Judge the one statistic of a row."""
    return compare(name, lambda: found, {row["method"]: row["value"]}, rtol=rtol)
