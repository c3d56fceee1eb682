"""Statistics as UKHSA, NHS England and WHO publish them: tables in, tables out.

`rates` has proportions, counts, crude rates and means; `standardise` makes rates comparable
between populations of different ages; `gaps` compares groups, two with each other or many in one
measure; `control` tells a change over time, or a provider that stands out, from the variation
that is always there; `pooling` puts studies together; `recording` says how good an ethnicity
field is and what wrong codes do; `adjust` models, standardises by model and takes gaps apart;
`survey` weights answers and plans samples; `fairness` weighs who gains.

Every result is a DataFrame with the columns value, lower, upper, confidence, statistic, method
and note. Nothing is rounded. What cannot be worked out honestly is refused with `Refusal`, which
says what is wrong, in which column and row; or its value is missing and the note says why.
"""

from eeic.stats import (
    adjust,
    control,
    fairness,
    gaps,
    pooling,
    rates,
    recording,
    standardise,
    survey,
)
from eeic.stats._tables import Refusal

__all__ = [
    "Refusal",
    "adjust",
    "control",
    "fairness",
    "gaps",
    "pooling",
    "rates",
    "recording",
    "standardise",
    "survey",
]
