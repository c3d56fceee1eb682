"""Statistics as UKHSA, NHS England and WHO publish them: tables in, tables out.

`rates` has proportions, counts and crude rates; `standardise` makes rates comparable between
populations of different ages; `gaps` compares groups with a reference group that is always
named. Every result is a DataFrame with the columns value, lower, upper, confidence, statistic,
method and note. Nothing is rounded. What cannot be worked out honestly is refused with
`Refusal`, which says what is wrong, in which column and row; or its value is missing and the
note says why.
"""

from eeic.stats import gaps, rates, standardise
from eeic.stats._tables import Refusal

__all__ = ["Refusal", "gaps", "rates", "standardise"]
