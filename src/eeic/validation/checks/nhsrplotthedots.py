"""NHS-R's R package NHSRplotthedots: XmR charts by the rules of Making Data Count."""

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import pandas as pd

from eeic.stats import control
from eeic.validation.cases import Case, compare
from eeic.validation.run import Read, check

#: What the package calls each special cause, and what we call it.
CAUSES = {
    "Above UCL": "above upper limit",
    "Below LCL": "below lower limit",
    "7 Point Trend (Increasing)": "rising trend",
    "7 Point Trend (Decreasing)": "falling trend",
    "2 in 3 Above CL": "two of three high",
    "2 in 3 Below CL": "two of three low",
    "7 Points Above CL": "shift above mean",
    "7 Points Below CL": "shift below mean",
    "Common Cause": "none",
}


@check("nhsrplotthedots", "own_xmr_points", "own_xmr_summary", method="xmr-charts")
def points(read: Read) -> Iterator[Case]:
    """Limits and flags of every point."""
    refused = _refused(read("own_xmr_summary"))
    for case, series in _series(read("own_xmr_points")):
        chart = cache(partial(_chart, series))
        if case in refused:
            yield compare(case, partial(_point, chart, 0), {}, refused=True)
            continue
        for place, (_, row) in enumerate(series.iterrows()):
            expected = {
                "value": row["value"],
                "centre": row["mean"],
                "lower": row["lpl"],
                "upper": row["upl"],
                "outside_limits": row["outside_limits"],
                "side": row["relative_to_mean"],
                "outer_third": row["close_to_limits"],
            }
            # The package calls a missing value common cause; we say nothing of it.
            if pd.notna(row["value"]):
                expected["special_cause"] = CAUSES[row["special_cause_type"]]
                expected["variation"] = row["point_type"]
            name = f"{case}, point {row['index']}"
            yield compare(name, partial(_point, chart, place), expected)


@check("nhsrplotthedots", "own_xmr_summary", "own_xmr_points", method="xmr-charts")
def summary(read: Read) -> Iterator[Case]:
    """Limits, variation and assurance at the last point of each series."""
    of_case = dict(_series(read("own_xmr_points")))
    for _, row in read("own_xmr_summary").iterrows():
        if row["case_id"] not in of_case:
            continue  # a chart without its points is none of ours to make
        series = of_case[row["case_id"]]
        expected = {
            "centre": row["mean"],
            "lower": row["lpl"],
            "upper": row["upl"],
            "assurance": row["assurance_type"],
        }
        if pd.notna(series["value"].iloc[-1]):
            expected["variation"] = row["variation_type"]
        yield compare(
            row["case_id"],
            partial(_point, partial(_chart, series), -1),
            expected,
            refused=row["status"] == "refused",
        )


def _series(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    for case, series in table.groupby("case_id", sort=False):
        yield str(case), series.sort_values("index").assign(date=pd.to_datetime(series["date"]))


def _refused(summary: pd.DataFrame) -> set[str]:
    return set(summary.loc[summary["status"] == "refused", "case_id"])


def _point(chart: Callable[[], pd.DataFrame], place: int) -> dict[Any, Any]:
    return chart().iloc[place].to_dict()


def _chart(series: pd.DataFrame) -> pd.DataFrame:
    first = series.iloc[0]
    fixed = first["fix_after_n_points"]
    return control.xmr_chart(
        series.assign(begins=series["rebase_group"].diff() > 0),
        improvement=first["improvement_direction"],
        target=None if pd.isna(first["target"]) else first["target"],
        # A number of points that is not whole is ours to refuse.
        fix_after=None if pd.isna(fixed) else int(fixed) if fixed == int(fixed) else fixed,
        rebase="begins",
        screen=bool(first["screen_outliers"]),
    )
