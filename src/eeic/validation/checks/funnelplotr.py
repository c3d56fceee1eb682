"""The NHS-R community's R package FunnelPlotR: funnels that allow for overdispersion."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pandas as pd

from eeic.stats.control import funnel
from eeic.validation.cases import Case, compare, each_row
from eeic.validation.run import Read, check

POINTS = {
    "transformed": "Y",
    "standard_error": "s",
    "z": "z_unadjusted",
    "z_trimmed": "z_winsorised_or_truncated",
    "unadjusted_lower": "ll95",
    "unadjusted_upper": "ul95",
    "unadjusted_lower_998": "ll998",
    "unadjusted_upper_998": "ul998",
    "lower": "odll95",
    "upper": "odul95",
    "lower_998": "odll998",
    "upper_998": "odul998",
}
LIMITS = {ours: theirs for ours, theirs in POINTS.items() if "lower" in ours or "upper" in ours}


def _kind(case: Any) -> funnel.Overdispersed:
    if case["data_type"] == "SR":
        return "shmi" if case["sr_method"] == "SHMI" else "cqc"
    return "proportion" if case["data_type"] == "PR" else "ratio of counts"


def _funnel(case: Any, points: pd.DataFrame) -> pd.DataFrame:
    return funnel.overdispersed(
        points,
        kind=_kind(case),
        events="numerator",
        denominator="denominator",
        by="group",
        multiplier=case["multiplier"],
        trim=case["trim_by"],
    )


def _first(case: Any, points: pd.DataFrame) -> dict[str, Any]:
    return {str(name): column.iloc[0] for name, column in _funnel(case, points).items()}


@check("funnelplotr", "own_funnel_od_summary", "own_funnel_od_points", method="funnel-plots")
def dispersion(read: Read) -> Iterator[Case]:
    """How many providers remain, phi, tau squared and the centre line of every funnel."""
    summary, points = read("own_funnel_od_summary"), read("own_funnel_od_points")
    for _, case in summary.iterrows():
        part = points[points["case_id"] == case["case_id"]]
        expected = {name: case[name] for name in ("n_after_trim", "phi", "tau2")}
        expected["target"] = case["target"] * case["multiplier"]
        yield compare(
            case["case_id"],
            partial(_first, case, part),
            expected,
            refused=case["status"] == "refused",
        )


@check("funnelplotr", "own_funnel_od_points", "own_funnel_od_summary", method="funnel-plots")
def points_and_limits(read: Read) -> Iterator[Case]:
    """Score and limits of every provider, and the lines at the same denominators."""
    summary, points = read("own_funnel_od_summary"), read("own_funnel_od_points")
    for _, case in summary[summary["status"] == "ok"].iterrows():
        part = points[points["case_id"] == case["case_id"]]
        names = [f"{case['case_id']}, {group}" for group in part["group"]]
        found = _funnel(case, part)
        scaled = part.assign(rr=part["rr"] * case["multiplier"])
        yield from each_row(names, found, scaled, POINTS | {"value": "rr"})
        curve = funnel.overdispersed_curve(
            part["denominator"],
            kind=_kind(case),
            target=found["target"].iloc[0],
            tau2=found["tau2"].iloc[0],
            multiplier=case["multiplier"],
        )
        yield from each_row([f"{name}, curve" for name in names], curve, part, LIMITS)
