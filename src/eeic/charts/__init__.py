"""Charts: drawings in the house style, each with its words and its numbers.

A drawing (`dots`, ...) knows how things look; a `Chart` joins it to the alternative text, the
caption, the table and the finding. Colours of groups come from `eeic.categories`.
"""

from eeic.charts.ages import AgeProfile, age_mix, age_profiles
from eeic.charts.chart import LAYOUTS, Chart, IncompleteChart
from eeic.charts.dots import NOT_SHOWN, Estimates, Panel, dots
from eeic.charts.parts import Part, parts
from eeic.charts.people import Crowd, apportion, people

__all__ = [
    "LAYOUTS",
    "NOT_SHOWN",
    "AgeProfile",
    "Chart",
    "Crowd",
    "Estimates",
    "IncompleteChart",
    "Panel",
    "Part",
    "age_mix",
    "age_profiles",
    "apportion",
    "dots",
    "parts",
    "people",
]
