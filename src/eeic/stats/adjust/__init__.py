"""Gaps looked at among people who are alike, and gaps taken apart.

`model` and `margins` compare groups by regression among people alike in what is adjusted for.
`kitagawa`, `das_gupta`, `oaxaca_blinder` and `between_within` divide a gap into parts that add
up to it. None of them shows a cause. What is adjusted for, or explains a part of a gap, may
itself be unfair: where people live and which practice they could register with are no choice of
theirs alone.
"""

from eeic.stats.adjust.between import between_within
from eeic.stats.adjust.decompose import das_gupta, kitagawa
from eeic.stats.adjust.models import margins, model
from eeic.stats.adjust.oaxaca import oaxaca_blinder

__all__ = ["between_within", "das_gupta", "kitagawa", "margins", "model", "oaxaca_blinder"]
