"""Whether our statistics give what the reference implementations give.

The reference values are files of inputs and of what a published tool made of them. A check, one
function in `eeic.validation.checks`, reads such files, puts every case through our own
functions and says of each whether it agrees, was rightly refused, or differs. `validate` runs
them all; the book's method notes show its table.
"""

from eeic.validation.cases import Case, Expected, compare, each_row, shown_as
from eeic.validation.run import Check, Report, check, folders, gather, validate
from eeic.validation.sources import SOURCES

__all__ = [
    "SOURCES",
    "Case",
    "Check",
    "Expected",
    "Report",
    "check",
    "compare",
    "each_row",
    "folders",
    "gather",
    "shown_as",
    "validate",
]
