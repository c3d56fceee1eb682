"""Gaps between groups: two groups, every group against a reference, and whole tables in one number.

- Two groups: `rate_ratio`, `rate_difference`, `risk_ratio`, `risk_difference`, `odds_ratio` and
  `chi_squared` take single numbers, arrays or pandas Series; `compare` sets every group of a
  table of results against the one that is named. The groups must not share people.
- Many groups without an order, such as ethnic groups: `unordered_summary`, the World Health
  Organization's summary measures of inequality, and `homogeneity`.
- Groups with an order, such as deprivation quintiles, and never ethnic groups: `ordered_summary`
  with concentration indices, `slope_index` as UKHSA and `who_slope_index` as the World Health
  Organization work it out, and `trend`; `assign_quantile` makes such groups from areas.
"""

from eeic.stats.gaps.compare import compare
from eeic.stats.gaps.ordered import assign_quantile, ordered_summary, trend
from eeic.stats.gaps.pairs import (
    chi_squared,
    odds_ratio,
    rate_difference,
    rate_ratio,
    risk_difference,
    risk_ratio,
)
from eeic.stats.gaps.slopes import slope_index, who_slope_index
from eeic.stats.gaps.unordered import homogeneity, unordered_summary

__all__ = [
    "assign_quantile",
    "chi_squared",
    "compare",
    "homogeneity",
    "odds_ratio",
    "ordered_summary",
    "rate_difference",
    "rate_ratio",
    "risk_difference",
    "risk_ratio",
    "slope_index",
    "trend",
    "unordered_summary",
    "who_slope_index",
]
