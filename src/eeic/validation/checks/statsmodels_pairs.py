"""statsmodels: limits and tests of two rates and of two proportions."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from eeic.stats import gaps
from eeic.validation.cases import Case, compare
from eeic.validation.checks._rows import first_row
from eeic.validation.run import Read, check

#: Name in statsmodels -> ours. What is not here is not offered: corrections of one half
#: (waldcc, sqrtcc, log-adjusted, agresti-caffo) and second scales for the same idea.
RATE_RATIOS = {"score": "score", "wald-log": "wald"}
RATE_RATIO_TESTS = {**RATE_RATIOS, "exact-cond": "exact", "cond-midp": "midp"}
RATE_DIFFERENCES = {"wald": "wald", "score": "score", "mover": "mover"}
RISK_RATIOS = {"log": "wald", "score": "score"}
# Not "score": statsmodels' limits of a difference rest on a cubic with a wrong coefficient
# (its issue 10269). Ours are held to their definition in tests/stats/test_gaps.py.
RISK_DIFFERENCES = {"wald": "wald", "newcomb": "newcombe"}

#: statsmodels looks for score limits of rates by minimising, and stops 1e-8 from the rate.
SEARCHED = 1e-5


@check("statsmodels", "own_crosscheck", method="ratios-and-differences")
def two_groups(read: Read) -> Iterator[Case]:
    """Ratios and differences of two rates and of two proportions, each by its methods."""
    table = read("own_crosscheck")
    families: dict[str, tuple[Any, dict[str, str], dict[str, Any]]] = {
        "two_rates_ratio_test": (gaps.rate_ratio, RATE_RATIO_TESTS, {}),
        "two_rates_ratio_ci": (gaps.rate_ratio, RATE_RATIOS, {}),
        "two_rates_diff_ci": (gaps.rate_difference, RATE_DIFFERENCES, {"multiplier": 1}),
        "two_proportions_ratio_ci": (gaps.risk_ratio, RISK_RATIOS, {}),
        "two_proportions_diff_ci": (gaps.risk_difference, RISK_DIFFERENCES, {}),
    }
    for family, (function, methods, options) in families.items():
        for _, row in table[table["family"] == family].iterrows():
            theirs, what = row["method"].rsplit(" ", 1)
            if theirs not in methods:
                continue
            four = _pair(row["input"])
            searched = theirs == "score" and family.startswith("two_rates") and what != "p"
            yield compare(
                f"{family}, {row['method']}",
                partial(first_row, function, *four, method=methods[theirs], **options),
                {"p_value" if what == "p" else what: row["value"]},
                rtol=SEARCHED if searched else 1e-9,
            )


def _pair(text: str) -> list[float]:
    """Read ``"60/51477.5 v 30/54308.7 (…)"``."""
    one, other = text.split(" (")[0].split(" v ")
    return [float(number) for group in (one, other) for number in group.split("/")]
