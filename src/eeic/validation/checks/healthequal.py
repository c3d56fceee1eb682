"""WHO's R package healthequal: summary measures, with its errors corrected."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pandas as pd

from eeic.stats import gaps
from eeic.validation.cases import Case, compare, shown_as
from eeic.validation.run import Read, check

#: Measure in the reference -> ours.
NAMES = {
    "d": "difference",
    "r": "ratio",
    "bgv": "bgv",
    "bgsd": "bgsd",
    "covar": "cov",
    "mdmw": "mdm_weighted",
    "mdmu": "mdm_unweighted",
    "mdbw": "mdb_weighted",
    "mdbu": "mdb_unweighted",
    "mdrw": "mdr_weighted",
    "mdru": "mdr_unweighted",
    "idisw": "idis_weighted",
    "idisu": "idis_unweighted",
    "ti_x1000": "theil",
    "mld_x1000": "mld",
    "par": "par",
    "paf_percent": "paf",
    "aci": "aci",
    "rci": "rci",
    "rci_erreygers": "erreygers",
    "rci_wagstaff": "wagstaff",
}

#: Slopes: measure in the reference -> our model and measure. The package's own logistic slopes
#: (sii_logit, rii_logit) weight by population twice and are not to be reproduced.
SLOPES = {
    "sii_logit_single_weight": ("logistic", "sii"),
    "rii_logit_single_weight": ("logistic", "rii"),
    "sii_linear": ("linear", "sii"),
    "rii_linear": ("linear", "rii"),
    "sii_wls_ukhsa": ("linear", "sii"),
    "rii_wls_ukhsa": ("linear", "rii"),
}

UNORDERED_PAGE, ORDERED_PAGE = "summary-measures", "slopes-and-concentration"


@check("healthequal", "own_inequality_expected", "own_inequality_input", method=UNORDERED_PAGE)
def unordered(read: Read) -> Iterator[Case]:
    """Judge all measures of the data sets without an order."""
    data = read("own_inequality_input")
    for name, part in data[data["ordered"] == 0].groupby("dataset"):
        yield from _judge(read("own_inequality_expected"), str(name), _summed_up(part, "scale"))


@check("healthequal", "own_inequality_expected", "own_inequality_input", method=ORDERED_PAGE)
def ordered(read: Read) -> Iterator[Case]:
    """Judge gaps, concentration and slopes of the data sets with an order."""
    data = read("own_inequality_input")
    for name, part in data[data["ordered"] == 1].groupby("dataset"):
        yield from _judge(read("own_inequality_expected"), str(name), _along(part, "scale"))


@check(
    "healthequal",
    "upstream_NonorderedSample_expected",
    "upstream_NonorderedSample",
    method=UNORDERED_PAGE,
)
def unordered_sample(read: Read) -> Iterator[Case]:
    """WHO's own sample of groups without an order."""
    found = _summed_up(read("upstream_NonorderedSample"), "indicator_scale")
    yield from _judge(read("upstream_NonorderedSample_expected"), "NonorderedSample", found)


@check(
    "healthequal", "upstream_OrderedSample_expected", "upstream_OrderedSample", method=ORDERED_PAGE
)
def ordered_sample(read: Read) -> Iterator[Case]:
    """WHO's own sample of groups with an order."""
    found = _along(read("upstream_OrderedSample"), "indicator_scale")
    expected = read("upstream_OrderedSample_expected")
    # For linear slopes the package rounds populations up to whole numbers; sii_wls_ukhsa and
    # rii_wls_ukhsa are the same slopes without that.
    rounded = expected["measure"].isin(["sii_linear", "rii_linear"])
    yield from _judge(expected[~rounded], "OrderedSample", found)


def _summed_up(part: pd.DataFrame, scale: str) -> dict[str, Any]:
    """Work out all measures of one data set without an order, by the reference's names."""
    favourable = "favourable" if "favourable" in part else "favourable_indicator"
    found = gaps.unordered_summary(
        part,
        favourable=favourable,
        reference=part.loc[part["reference_subgroup"] == 1, "subgroup"].iloc[0],
        group="subgroup",
        estimate="estimate",
        se="se",
        scale=scale,
    )
    return _by_name(found)


def _along(part: pd.DataFrame, scale: str) -> dict[str, Any]:
    """Work out all measures of one data set with an order, by the reference's names."""
    favourable = "favourable" if "favourable" in part else "favourable_indicator"
    found = gaps.ordered_summary(
        part,
        order="subgroup_order",
        favourable=favourable,
        estimate="estimate",
        se="se",
        scale=scale,
    )
    # The package takes the scale of slopes from the size of the estimates: from 1 to 100 they
    # pass as percentages, whatever they are. The reference's logistic slopes do so too.
    high = part["estimate"].max()
    guessed = next(size for size in (1, 100, 1000, 10_000, 100_000, 1_000_000) if high <= size)
    slopes: dict[str, Any] = {}
    for model in ("logistic", "linear"):
        fitted = gaps.who_slope_index(
            part, order="subgroup_order", scale=guessed, estimate="estimate", model=model
        ).set_index("measure")
        slopes |= {
            theirs: fitted.loc[measure]
            for theirs, (kind, measure) in SLOPES.items()
            if kind == model
        }
    return _by_name(found) | slopes


def _by_name(found: pd.DataFrame) -> dict[str, Any]:
    rows = found.set_index("measure")
    return {theirs: rows.loc[ours] for theirs, ours in NAMES.items() if ours in rows.index}


def _judge(expected: pd.DataFrame, dataset: str, found: dict[str, Any]) -> Iterator[Case]:
    """Judge each measure: the value, and what the reference has of its error and limits."""
    for _, row in expected[expected["dataset"] == dataset].iterrows():
        measure = row["measure"]
        if measure in ("sii_logit", "rii_logit"):
            continue
        columns = {"value": "estimate"}
        if not measure.endswith(("_single_weight", "_wls_ukhsa")):  # those give the value alone
            columns |= {"lower": "lower_corrected", "upper": "upper_corrected"}
            if measure not in SLOPES:  # theirs is on the model's scale
                columns["se"] = "se_corrected"
        want = {our: row[their] for our, their in columns.items()}
        other = row.get("estimate_independent")
        if shown_as(other):
            want["again"] = other
        again = found[measure]["value"]
        yield compare(f"{dataset}, {measure}", partial(dict, found[measure], again=again), want)
