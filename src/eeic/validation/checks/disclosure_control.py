"""Small numbers: the published rules worked out by hand, and attacks by exhaustive search."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eeic import disclosure
from eeic.validation.cases import Case, compare
from eeic.validation.checks._rows import matrix_of
from eeic.validation.run import Read, check

_RULES = {
    "hes": "hes_1to7_suppressed_else_round5",
    "under5": "under5_suppressed_else_round5",
    "opensafely": "opensafely_redact_le7_round5",
}
#: Both dimensions of the reference tables have one total.
_TREE = {"row": "All", "col": "All"}


@check("disclosure_control", "own_count_rules", method="small-numbers")
def count_rules(read: Read) -> Iterator[Case]:
    """Count by count, what each rule shows."""
    for _, row in read("own_count_rules").astype(str).iterrows():
        expected = {str(rule): shown for rule, shown in row.drop("count").items()}
        yield compare(f"count {row['count']}", partial(_shown, float(row["count"])), expected)


def _shown(count: float) -> Mapping[str, Any]:
    by_rule = {
        theirs: disclosure.suppress(count, ours)["shown"][0] for ours, theirs in _RULES.items()
    }
    return by_rule | {
        "round5_only": str(disclosure.round_to(count, 5)[0]),
        "round10_half_up": str(disclosure.round_to(count, 10)[0]),
        "opensafely_midpoint6": str(disclosure.midpoint_6(count)[0]),
    }


@check("disclosure_control", "own_rounding_totals", method="small-numbers")
def rounding_totals(read: Read) -> Iterator[Case]:
    """Totals rounded from true totals, and percentages from rounded counts."""
    for _, case in read("own_rounding_totals").iterrows():
        columns = ["rounded_parts", "true_total", "rounded_total", "sum_of_rounded"]
        expected = {column: case[column] for column in columns}
        if "percentages computed from rounded counts" in case["rule"]:
            parts = [int(part) for part in case["rounded_parts"].split(";")]
            for place, part in enumerate(parts):
                expected[f"percentage {place}"] = 100 * part / case["rounded_total"]
        yield compare(case["case_id"], partial(_rounded, case["parts"]), expected)


def _rounded(text: str) -> Mapping[str, Any]:
    parts = [int(part) for part in text.split(";")]
    table = pd.DataFrame({"row": [f"row {place}" for place in range(len(parts))], "people": parts})
    people = disclosure.add_totals(table, count="people", hierarchy={"row": "All"})["people"]
    rounded = disclosure.round_to(people)
    shares = disclosure.percentage(parts, people.iloc[-1])["value"]
    return {
        "rounded_parts": ";".join(map(str, rounded[:-1])),
        "true_total": people.iloc[-1],
        "rounded_total": rounded.iloc[-1],
        "sum_of_rounded": rounded[:-1].sum(),
        **{f"percentage {place}": share for place, share in enumerate(shares)},
    }


@check("disclosure_control", "own_secondary_suppression", method="secondary-suppression")
def secondary_suppression(read: Read) -> Iterator[Case]:
    """As few further cells, and as small ones, as an exhaustive search finds."""
    for _, case in read("own_secondary_suppression").iterrows():
        columns = ["n_primary", "min_secondary_cells", "min_secondary_sum"]
        # Where several patterns are equally good, ours may be another one.
        columns += ["one_optimal_pattern"] * (case["n_optimal_patterns"] == 1)
        expected = {column: case[column] for column in columns}
        yield compare(case["case_id"], partial(_suppressed, matrix_of(case["table"])), expected)


def _suppressed(counts: NDArray[np.float64]) -> Mapping[str, Any]:
    """Suppress 1 to 7 with all totals published exactly, as the reference does."""
    table = _long(counts)
    shown = disclosure.protect(table, count="people", hierarchy=_TREE, hide_totals=False)
    hidden = shown["suppressed"].to_numpy()[: counts.size].reshape(counts.shape)
    small = (counts >= 1) & (counts <= 7)
    more = hidden & ~small
    return {
        "n_primary": (hidden & small).sum(),
        "min_secondary_cells": more.sum(),
        "min_secondary_sum": counts[more].sum(),
        "one_optimal_pattern": " | ".join(" ".join(map(str, row)) for row in more.astype(int)),
    }


@check("disclosure_control", "own_audit_intervals", method="secondary-suppression")
def audit_intervals(read: Read) -> Iterator[Case]:
    """Cell by cell, the interval that an attacker gets."""
    for _, cell in read("own_audit_intervals").iterrows():
        work = partial(_interval, cell["table"], cell["mask"], cell["row"], cell["col"])
        name = f"{cell['case_id']}, row {cell['row']}, column {cell['col']}"
        columns = ["lower", "upper", "exactly_recoverable"]
        yield compare(name, work, {column: cell[column] for column in columns})


def _interval(table: str, mask: str, row: int, column: int) -> Mapping[str, Any]:
    published = _long(matrix_of(table)).rename(columns={"people": "value"})
    hidden = np.flatnonzero(matrix_of(mask))
    published["value"] = published["value"].mask(published.index.isin(hidden))
    found = disclosure.audit(published, hierarchy=_TREE).set_index(["row", "col"])
    cell: Any = found.loc[(f"row {row:.0f}", f"column {column:.0f}")]
    return {
        "lower": cell["lower"],
        "upper": cell["upper"],
        "exactly_recoverable": cell["recoverable"],
    }


def _long(counts: NDArray[np.float64]) -> pd.DataFrame:
    """Bring a table into the long form, cells first and then its totals."""
    rows, columns = (axis.ravel() + 1 for axis in np.indices(counts.shape))
    cells = pd.DataFrame(
        {
            "row": [f"row {row}" for row in rows],
            "col": [f"column {column}" for column in columns],
            "people": counts.ravel(),
        }
    )
    return disclosure.add_totals(cells, count="people", hierarchy=_TREE)
