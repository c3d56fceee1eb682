"""Small numbers: what may be shown about few people, and what others could work out from it.

A count of very few people can point at one of them. `counts` has the rules by which single
counts are hidden or rounded, and percentages that do not undo the rounding. `secondary` hides
enough further cells of a table with exact totals that no hidden count can be had by
subtraction. `audit` takes the other side: it works out what anyone can know about each hidden
count from the tables that were published, and from an earlier release of them.
"""

from eeic.disclosure.audit import audit, audit_update
from eeic.disclosure.counts import (
    RULES,
    SUPPRESSED,
    Rule,
    is_small,
    midpoint_6,
    percentage,
    rate,
    round_to,
    suppress,
)
from eeic.disclosure.linked import add_totals
from eeic.disclosure.secondary import protect

__all__ = [
    "RULES",
    "SUPPRESSED",
    "Rule",
    "add_totals",
    "audit",
    "audit_update",
    "is_small",
    "midpoint_6",
    "percentage",
    "protect",
    "rate",
    "round_to",
    "suppress",
]
