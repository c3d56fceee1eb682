"""Evidence and Ethnicity in Commissioning: everything of the course that has logic in it.

Importing this package is cheap: numpy, pandas and matplotlib are imported by the rooms that
use them, so that questions also work where the browser's Python has none of the three.
"""

__version__ = "0.1.0"

#: The sentence that stands in every data file and under every figure.
NOTICE = (
    "Invented people, calibrated loosely to published ranges, "
    "not evidence about any real group or place"
)

#: The short form of `NOTICE`, drawn inside every image.
LABEL = "Invented people · not evidence about any real group"
