"""Control charts: what a process does anyway, and signs that something has changed.

`xmr_chart` makes charts over time by the rules of NHS England's *Making Data Count*;
`control_chart` makes run charts and Shewhart charts of counts, proportions, rates and single
values; `funnel` compares providers at one time with limits that allow for their size. All work
on many series or providers in one call. Control limits are not confidence intervals: three
standard deviations (0.9973) and 99.8% are no test at 95%.
"""

from eeic.stats.control import funnel
from eeic.stats.control.attributes import control_chart
from eeic.stats.control.xmr import xmr_chart

__all__ = ["control_chart", "funnel", "xmr_chart"]
