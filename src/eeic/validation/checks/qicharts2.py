"""The R package qicharts2: run charts and Shewhart control charts with Anhøj's rules."""

import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import pandas as pd

from eeic.stats import control
from eeic.validation.cases import Case, compare
from eeic.validation.run import Read, check

#: Our column and the package's.
COLUMNS = {
    "value": "plotted",
    "centre": "cl",
    "lower": "lcl",
    "upper": "ucl",
    "lower_2sigma": "lcl95",
    "upper_2sigma": "ucl95",
    "outside_limits": "sigma_signal",
    "n_useful": "n_useful",
    "longest_run": "longest_run",
    "longest_run_max": "longest_run_max",
    "n_crossings": "n_crossings",
    "n_crossings_min": "n_crossings_min",
    "runs_signal": "runs_signal",
}


@check("qicharts2", "own_control_charts", method="attribute-charts")
def own(read: Read) -> Iterator[Case]:
    """Charts of invented series."""
    yield from _charts(read("own_control_charts"))


@check("qicharts2", "upstream_charts_expected", method="attribute-charts")
def upstream(read: Read) -> Iterator[Case]:
    """Charts of the package's own examples."""
    yield from _charts(read("upstream_charts_expected"))


def _charts(table: pd.DataFrame) -> Iterator[Case]:
    for case, series in table.groupby("case_id", sort=False):
        series = series.sort_values("index")
        chart = cache(partial(_chart, series))
        if (series["status"] == "refused").any():
            yield compare(case, partial(_point, chart, 0), {}, refused=True)
            continue
        for place, (_, row) in enumerate(series.iterrows()):
            yield compare(
                f"{case}, point {row['index']}",
                partial(_point, chart, place),
                {ours: row[theirs] for ours, theirs in COLUMNS.items()},
            )


def _point(chart: Callable[[], pd.DataFrame], place: int) -> dict[Any, Any]:
    return chart().iloc[place].to_dict()


def _chart(series: pd.DataFrame) -> pd.DataFrame:
    first = series.iloc[0]
    kind = {"pp": "p'", "up": "u'"}.get(first["chart"], first["chart"])
    divided = kind[0] in "pu" or series["n_in"].notna().any()
    found = control.control_chart(
        series,
        chart=kind,
        numerator="y_in",
        denominator="n_in" if divided else None,
        date="index",
        freeze=next(iter(_numbers(first["freeze"])), None),
        part_after=_numbers(first["part_after"]) or None,
        screen=bool(first["screened_mr"]),
    )
    # Where there is no value or no limit the package says that there is no signal.
    return found.assign(outside_limits=found["outside_limits"].fillna(False))


def _numbers(cell: Any) -> list[int]:
    """Read the whole numbers in a cell, which is empty where the option was not used."""
    if pd.isna(cell):
        return []
    text = cell if isinstance(cell, str) else f"{cell:g}"
    return [int(number) for number in re.findall(r"\d+", text)]
