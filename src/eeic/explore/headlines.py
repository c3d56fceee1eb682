"""*Same data, four headlines*: one comparison told in sixteen ways."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

from eeic.explore._chance import clear
from eeic.explore._wording import (
    INTERVAL,
    ORDER,
    as_estimates,
    describe,
    gap_table,
    how_many_more,
    listed,
    only_shown,
    row_of,
    unstandardised,
    who,
    write_table,
)
from eeic.explore.later import later
from eeic.explore.prevalence import (
    EVERYONE,
    REFERENCE,
    counts,
    events,
    median_age,
    people,
    population,
    prevalence,
)

if TYPE_CHECKING:
    from pandas import DataFrame

    from eeic import charts
    from eeic.charts import Chart
else:
    charts = later("eeic.charts")

_COMPARATORS = {"white-british": REFERENCE, "everyone": EVERYONE}


def four_headlines(
    measure: str, scale: Literal["ratio", "difference"], base: str, comparator: str
) -> Chart:
    """Tell the same data in one of sixteen ways.

    Parameters
    ----------
    measure : {"crude", "standardised"}
        Whether ages are made comparable.
    scale : {"ratio", "difference"}
        How many times as many people, or how many more in every 1,000.
    base : {"self", "gp"}
        Who is counted below the line: residents as they describe themselves, or patients as
        their GP recorded them. Above the line it is always the GP's record.
    comparator : {"white-british", "everyone"}
        Whom the groups are compared with.

    Returns
    -------
    Chart
        The gap of every group that can be shown, and the headline of the largest. Where that
        one is not clear of chance, the sentence says so, and which are.
    """
    standardised, ratio = measure == "standardised", scale == "ratio"
    reference = _COMPARATORS[comparator]
    noun = "residents" if base == "self" else "patients"
    table = prevalence("gp", base, standardised)
    found = gap_table(table, reference, scale)
    shown = only_shown(found)
    far = (shown["value"].map(math.log) if ratio else shown["value"]).abs()
    group = str(far.idxmax())
    gap: Any = shown.loc[group]
    finding = " ".join(
        (
            _headline(group, reference, gap["value"], standardised, ratio, noun),
            _behind(table, group, reference, gap, ratio, noun),
            _left_out(table, group, reference, standardised, ratio, base),
            *_by_chance(table, group, reference),
        )
    )
    against = who(reference, noun)
    what = f"{'Age-standardised' if standardised else 'Crude'} prevalence of diagnosed diabetes"
    decimals = 1 if ratio else 0
    panel = charts.Panel(
        f"Ratio to {against} (log scale)"
        if ratio
        else f"People more or fewer in every 1,000 than {against}",
        (as_estimates("Ratio" if ratio else "Difference", found, scale=1),),
        scale="log" if ratio else "linear",
        reference=(1, f"{reference} = 1") if ratio else (0, f"{reference} = 0"),
        decimals=decimals,
    )
    return charts.Chart(
        draw=charts.dots([panel], notes=unstandardised(table) if standardised else ()),
        alt=describe(
            f"Dots with intervals on either side of a line for {against}: {what.lower()} as a "
            f"{scale}",
            shown,
            scale=1,
            unit="" if ratio else " per 1,000",
        ),
        caption=f"{what} as a {scale}, compared with {against}. {_base_words(base)} "
        f"{INTERVAL} {ORDER}",
        table=write_table(found, "Ratio" if ratio else "Difference per 1,000", scale=1),
        finding=finding,
    )


def _headline(
    group: str, reference: str, value: float, standardised: bool, ratio: bool, noun: str
) -> str:
    mine, theirs = who(group, noun), who(reference, noun)
    if not ratio:
        more = f"{how_many_more(value)} in every 1,000 have diagnosed diabetes"
        said = f"{more} among {mine} than among {theirs}"
    else:
        times = (
            f"{value:.1f} times as likely as {theirs}"
            if value >= 1
            else f"{100 * (1 - value):.0f}% less likely than {theirs}"
        )
        said = f"{mine} are {times} to have diagnosed diabetes"
    said = f"at the same ages, {said}" if standardised else said
    return f"Headline: “{said[0].upper()}{said[1:]}.”"


def _behind(table: DataFrame, group: str, reference: str, gap: Any, ratio: bool, noun: str) -> str:
    def count(name: str) -> str:
        line = row_of(table, name)
        if name == EVERYONE:
            return f"{line['events']:,.0f} of all {line['population']:,.0f} people"
        return f"{line['events']:,.0f} of {line['population']:,.0f} {who(name, noun)}"

    value, low, high = (
        f"{gap[side]:.{1 if ratio else 0}f}".replace("-", "−")
        for side in ("value", "lower", "upper")
    )
    said = f"ratio {value}, " if ratio else ""
    interval = f"{said}95% interval {low} to {high}"
    return f"Behind it: {count(group)}, against {count(reference)}; {interval}."


def _left_out(
    table: DataFrame, group: str, reference: str, standardised: bool, ratio: bool, base: str
) -> str:
    mine, theirs = row_of(table, group)["value"], row_of(table, reference)["value"]
    noun = "residents" if base == "self" else "patients"
    if not standardised:
        left = (
            f"age: half of {who(group, noun)} are under {median_age(group, base=base):.0f}, half "
            f"of {who(reference, noun)} under {median_age(reference, base=base):.0f}"
        )
    elif ratio:
        left = f"how many people that is: {how_many_more(mine - theirs)} in every 1,000"
    else:
        left = f"how large that is in proportion: {mine / theirs:.1f} times the prevalence"
    if base == "self":
        left += ", and that people with diabetes and residents were grouped by different records"
        bands = counts("gp", base)
        mine_only = bands[bands["ethnic_group"] == group]
        over = int((mine_only["events"] > mine_only["population"]).sum())
        if standardised and over:
            left += (
                f", which puts more people with diabetes than people into {over} of its age bands"
            )
    return f"It leaves out {left}."


def _by_chance(table: DataFrame, group: str, reference: str) -> list[str]:
    """Take a headline back that only picked the largest of many gaps."""
    # Whether there is a gap has one answer, however it is told: that of the ratios, whose
    # intervals hold better where few people are counted.
    ratios = only_shown(gap_table(table, reference, "ratio"))
    many = len(ratios)
    sure = [str(name) for name, gap in ratios.iterrows() if clear(gap, none=1, among=many)]
    if group in sure:
        return []
    return [
        f"And it leaves out chance: the largest of {many} gaps is often as large as this by luck. "
        + (
            f"Clear of chance, even so, is {listed(sure)}."
            if len(sure) == 1
            else f"Clear of chance, even so, are {listed(sure)}."
            if sure
            else "None of them is clear of chance."
        )
    ]


def _base_words(base: str) -> str:
    everyone = f"{population(EVERYONE):,} residents of 12 areas of Lindlemere"
    ill = f"{events(EVERYONE):,} people with diagnosed diabetes"
    unknown = int(people()["gp"].isna().sum())
    if base == "self":
        return (
            f"{ill}, grouped by what their GP recorded, among {everyone}, grouped as they "
            "describe themselves. The two do not match: somebody whose GP recorded another group "
            "is counted above the line in one group and below it in another."
        )
    return (
        f"{ill} among {everyone}, both grouped by what their GP recorded: the same record above "
        f"and below the line. {unknown:,} residents without a group on record are in neither, but "
        "count in everyone."
    )
