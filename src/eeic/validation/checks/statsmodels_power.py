"""statsmodels: what it gives for power, kappa and the limits of one proportion."""

from collections.abc import Callable, Iterator
from functools import partial

import pandas as pd

from eeic.stats import rates, recording, survey
from eeic.validation.cases import Case, compare
from eeic.validation.checks._rows import first_row, matrix_of
from eeic.validation.run import Read, check


@check("statsmodels", "own_crosscheck", method="sample-size-and-power")
def arcsine_power(read: Read) -> Iterator[Case]:
    """Power of two proportions, from the words that state the case."""
    for _, row in _family(read, "power_two_prop").iterrows():
        _, p1, _, p2, _, n = row["input"].split()
        yield compare(
            row["input"],
            partial(
                first_row,
                survey.power_two_proportions,
                float(p1),
                float(p2),
                float(n),
                float(n),
                method="arcsine",
            ),
            {"value": row["value"]},
        )


@check("statsmodels", "own_crosscheck", method="recording-quality")
def kappa(read: Read) -> Iterator[Case]:
    """Kappa and its standard error."""
    ours = {"kappa": "value", "std_kappa": "standard_error"}
    for _, row in _family(read, "kappa").iterrows():
        yield compare(
            f"{row['input']}, {row['method']}",
            partial(first_row, recording.kappa, matrix_of(row["input"])),
            {ours[row["method"]]: row["value"]},
        )


@check("statsmodels", "own_crosscheck", method="proportions")
def wilson(read: Read) -> Iterator[Case]:
    """Wilson's limits of one proportion."""
    yield from _limits(read, "wilson", rates.proportion)


@check("statsmodels", "own_crosscheck", method="recording-quality")
def exact(read: Read) -> Iterator[Case]:
    """Clopper and Pearson's limits of one proportion, as we give them for sensitivity."""
    yield from _limits(
        read, "beta", lambda x, n: recording.accuracy(x, 0, n - x, 1, interval="exact")
    )


def _limits(read: Read, method: str, work: Callable[..., pd.DataFrame]) -> Iterator[Case]:
    for _, row in _family(read, "proportion_ci").iterrows():
        named, side = row["method"].rsplit(" ", 1)
        if named == method:
            x, n = map(float, row["input"].split("/"))
            yield compare(
                f"{row['input']}, {row['method']}",
                partial(first_row, work, x, n),
                {side: row["value"]},
            )


def _family(read: Read, name: str) -> pd.DataFrame:
    table = read("own_crosscheck")
    return table[table["family"] == name]
