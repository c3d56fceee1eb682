"""An explorer of invented numbers, for the tests of the framework."""

import pandas as pd

from eeic import charts
from eeic.explore import Control, Explorer


def compute(measure, place, share):
    """Draw three groups; every setting changes the numbers."""
    shift = {"crude": 0, "standardised": 10}[measure] + "abcdef".index(place) + share / 10
    data = pd.DataFrame(
        {"value": [4.0 + shift, 6.0 + shift, None], "lower": [3.0, 5.0, None], "upper": [15.0] * 3},
        index=["Indian", "White Irish", "Roma"],
    )
    return charts.Chart(
        draw=charts.dots([charts.Panel("Percent", (charts.Estimates("Percent", data),))]),
        alt=f"Dots for two groups, the higher at {6 + shift:.1f}%.",
        caption="Two groups of invented people. 100 each.",
        table=data.rename_axis("Group")[["value"]],
        finding=f"The higher of the two is {6 + shift:.1f}%, </script> & all.",
    )


TOY = Explorer(
    name="toy",
    title="A toy",
    lead="Move something.",
    controls=(
        Control(
            "measure",
            "How it is measured",
            (("crude", "crude"), ("standardised", "age-standardised")),
            "crude",
        ),
        Control("place", "Where", tuple((p, f"Place {p}") for p in "abcdef"), "a"),
        Control(
            "share",
            "Share of older people",
            tuple((v, f"{v}%") for v in range(4, 12, 2)),
            6,
            kind="slider",
            unit="%",
        ),
    ),
    compute=compute,
)
