"""UKHSA's R package PHEindicatormethods: counts, rates, proportions and standardised rates."""

from collections.abc import Iterator

from eeic.stats import rates
from eeic.validation.cases import Case, each_row
from eeic.validation.run import Read, check


@check("pheindicatormethods", "own_wilson", method="proportions")
def wilson(read: Read) -> Iterator[Case]:
    """Wilson's limits of single proportions."""
    table = read("own_wilson")
    for confidence, part in table.groupby("confidence"):
        found = rates.proportion(part["x"], part["n"], confidence=confidence)
        columns = {"value": "value", "lower": "lower", "upper": "upper"}
        yield from each_row(part["case_id"], found, part, columns)
