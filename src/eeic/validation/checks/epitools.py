"""R's epitools: gamma limits of directly standardised rates."""

from collections.abc import Iterator
from typing import Any

from eeic.stats import rates
from eeic.stats.standardise import direct
from eeic.validation.cases import Case, each_row
from eeic.validation.run import Read, check

#: The same input as UKHSA's directly standardised rates, in the folder beside this source's.
INPUT = "../pheindicatormethods/own_dsr_input"


@check(
    "two_group_comparisons", "own_dsr_gamma_fay_feuer", INPUT, method="directly-standardised-rates"
)
def gamma_limits(read: Read) -> Iterator[Case]:
    """Directly standardised rates with the limits of Fay and Feuer, and crude rates."""
    data = read(INPUT)
    options: dict[str, Any] = {
        "events": "count",
        "population": "pop",
        "standard": "stdpop",
        "stratum": "ageband",
        "by": "group",
        "multiplier": 1,
        "min_events": 0,
        "interval": "gamma",
    }
    expected = read("own_dsr_gamma_fay_feuer")
    found = direct(data, **options).set_index("group").loc[expected["group"]]
    crude = rates.crude_rate(found["total_count"], found["total_pop"], multiplier=1)
    columns = {
        "value": "adjusted_rate",
        "lower": "gamma_lower95",
        "upper": "gamma_upper95",
        "crude": "crude_rate",
    }
    yield from each_row(expected["group"], found.assign(crude=crude["value"]), expected, columns)
