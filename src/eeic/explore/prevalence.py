"""How common diagnosed diabetes is in each group: the numbers of Lesson 4.

They come from three tables: residents (L01), the ethnicity that services recorded (L02) and
people with diagnosed diabetes (L03). Rates are worked out per 1,000 people; a prevalence is given
as a percentage.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from eeic import categories, datasets
from eeic.datasets import remembered
from eeic.explore.later import later
from eeic.show import or_absent

if TYPE_CHECKING:
    import pandas as pd
    from pandas import DataFrame, Series

    from eeic import disclosure
    from eeic.stats import rates, standardise
else:
    # Questions read this module where there is no pandas: see `later`.
    pd, disclosure = later("pandas"), later("eeic.disclosure")
    rates, standardise = later("eeic.stats.rates"), later("eeic.stats.standardise")

#: The comparator that is not a group.
EVERYONE = "Everyone"
#: The comparator of most published work; the lesson asks whether it must be.
REFERENCE = "White British"
#: The group that the lesson works through: large, and much younger than the comparator.
FOCUS = "Pakistani"
#: People of this age and over are the ones whose share the age mix explorer changes.
OLD = 65
#: People; below this a rate says more about chance than about a group.
FEWEST = 10
#: Rates are worked out for this many people.
PER = 1000

#: Bands of five years up to here, one band above: in the five-year bands beyond it many groups
#: have nobody, and then no rate can be standardised.
LAST = 75


class TooFew(ValueError):
    """A number is withheld, because fewer than ten people stand behind it."""


@remembered
def people() -> DataFrame:
    """Put the three tables together: one row for each resident.

    Returns
    -------
    pandas.DataFrame
        Columns person_id, age, age_band, self and gp (the group as people describe it and as
        their GP recorded it; missing where none is recorded), diabetes (diagnosed or not),
        all_nine and eye (checks done; meaningful for people with diabetes only).

    Notes
    -----
    L03 holds some people twice, as real extracts do: each is counted once. Of several GP codes
    the latest is taken. A code of 2001 that covers several of the 2021 groups does not say which;
    its people are counted in the "other" group among them, so that Roma recorded as any other
    White background become Other White.
    """
    residents = datasets.load("L01")
    diagnosed = datasets.load("L03").drop_duplicates("person_id").set_index("person_id")
    table = residents[["person_id", "age", "age_band"]].copy()
    table["self"] = residents["ethnic_group_self"]
    table["gp"] = table["person_id"].map(_gp_groups())
    table["diabetes"] = table["person_id"].isin(diagnosed.index)
    table["all_nine"] = table["person_id"].map(diagnosed["all_nine"]) == "yes"
    table["eye"] = table["person_id"].map(diagnosed["cp9_eye"]) == "yes"
    return table


def _gp_groups() -> Series:
    codes = datasets.load("L02")
    codes = codes[codes["source"] == "GP"].sort_values("recorded_on", kind="stable")
    latest = codes.drop_duplicates("person_id", keep="last").set_index("person_id")
    to_2021 = {
        label: (categories.from_nhs2001(code) or (None,))[-1]
        for code, label in categories.NHS_2001.items()
    } | {label: label for label in categories.LABELS}
    return latest["ethnic_group_recorded"].map(to_2021)


@remembered
def counts(numerator: str = "self", denominator: str = "self") -> DataFrame:
    """Count people and people with diagnosed diabetes, by group and age band.

    Parameters
    ----------
    numerator, denominator : {"self", "gp"}
        Whose word on a person's group is taken: their own, or their GP record's.

    Returns
    -------
    pandas.DataFrame
        Columns ethnic_group, age_band, events, population and standard (European Standard
        Population 2013), with every age band of every group, and of everyone under `EVERYONE`.

    Notes
    -----
    Age bands are of five years to 70-74, and then 75 and over: above that age many groups have
    bands without a single person, which no standardised rate allows. The standard population
    of the last band is the sum of its parts.

    Examples
    --------
    >>> table = counts()
    >>> int(table.groupby("ethnic_group")["standard"].sum().unique()[0])
    100000
    """
    everybody = people()
    both = {
        "events": _by_band(everybody[everybody["diabetes"]], numerator),
        "population": _by_band(everybody, denominator),
    }
    bands = standardise.add_esp2013(pd.DataFrame({"age_band": standardise.ESP2013.index}))
    cells = pd.MultiIndex.from_product(
        [[*categories.LABELS, EVERYONE], bands["age_band"]], names=["ethnic_group", "age_band"]
    )
    table = pd.DataFrame(both).reindex(cells).fillna(0).astype(int).reset_index()
    table = table.merge(bands, on="age_band")
    table["age_band"] = [
        band if int(band.rstrip("+").partition("-")[0]) < LAST else f"{LAST}+"
        for band in table["age_band"]
    ]
    keys = ["ethnic_group", "age_band"]
    return table.groupby(keys, sort=False, as_index=False).sum()


def _by_band(rows: DataFrame, group: str) -> Series:
    """Count rows by group and five-year band; everyone includes those of no recorded group."""
    groups = rows.groupby([group, "age_band"], observed=True).size()
    everyone = rows.groupby("age_band", observed=True).size()
    everyone = pd.concat({EVERYONE: everyone})
    return pd.concat([groups, everyone]).rename_axis(["ethnic_group", "age_band"])


def withheld(table: DataFrame, column: str) -> Series:
    """Say which counts are not shown: small ones, and those that would give one away.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each group, named in a column or the index ethnic_group.
    column : {"events", "population"}
        The counts.

    Returns
    -------
    pandas.Series
        True or false for each row.

    Notes
    -----
    Counts under ten are not shown, none included. The number of everyone is shown exactly, so
    that one small group alone could be had by subtraction, and so could several of which
    nobody, or all nine in each, are left: then the smallest other group is withheld too. Who
    has no recorded group is taken to be known, as some captions say it.
    """
    hidden = table[column] < FEWEST
    rows = table.reset_index()
    groups = rows["ethnic_group"] != EVERYONE
    few = rows.loc[groups & hidden.to_numpy(), column]
    if len(few) > 1 and 0 < few.sum() < len(few) * (FEWEST - 1):
        return hidden  # the usual case: nothing to search for
    if len(few) and rows.loc[groups, column].sum() >= FEWEST:
        tree = {"ethnic_group": EVERYONE}
        whole = disclosure.add_totals(rows[groups], count=column, hierarchy=tree)
        safe = disclosure.protect(
            whole,
            count=column,
            hierarchy=tree,
            rule=disclosure.Rule(0, FEWEST - 1, 1, "this course"),
            attacker="rule",  # a table that says "under 10" says so
            hide_totals=False,
        )
        names = safe.loc[safe["suppressed"], "ethnic_group"]
        hidden |= rows["ethnic_group"].isin(names).to_numpy()
    return hidden


def too_few(table: DataFrame) -> Series:
    """Say where no rate is shown, because a count behind it is withheld.

    Parameters
    ----------
    table : pandas.DataFrame
        With columns events and population, and the groups as in `withheld`.

    Returns
    -------
    pandas.Series
        True or false for each row.
    """
    return withheld(table, "events") | withheld(table, "population")


@remembered
def prevalence(
    numerator: str = "self", denominator: str = "self", standardised: bool = True
) -> DataFrame:
    """Work out the prevalence of diagnosed diabetes in each group.

    Parameters
    ----------
    numerator, denominator : {"self", "gp"}
        As in `counts`.
    standardised : bool
        Whether to standardise for age.

    Returns
    -------
    pandas.DataFrame
        The result of `rates.proportion` or `standardise.direct`, per 1,000 people, one row for
        each group in house order and then everyone, with columns ethnic_group, events and
        population in front. Values from fewer than ten people with diabetes are missing.
    """
    bands = counts(numerator, denominator)
    total = bands.groupby("ethnic_group", sort=False)[["events", "population"]].sum()
    known = total[~too_few(total)]
    if not standardised:
        found = rates.proportion(known["events"], known["population"], multiplier=PER)
        found = found.drop(columns=["events", "population"])
    else:
        empty = bands.loc[bands["population"] == 0, "ethnic_group"].unique()
        shown = bands["ethnic_group"].isin(known.index.difference(pd.Index(empty)))
        found = standardise.direct(bands[shown], by="ethnic_group", multiplier=PER).set_index(
            "ethnic_group"
        )
    return total.join(found).reset_index()


def checked(check: str) -> DataFrame:
    """Work out the share of people with diagnosed diabetes who had a check.

    Parameters
    ----------
    check : {"all_nine", "eye"}
        A column of `people`.

    Returns
    -------
    pandas.DataFrame
        As `prevalence` returns it, per 1,000 people with diagnosed diabetes.
    """
    ill = people()[people()["diabetes"]]
    by_group = ill.groupby("self", observed=True)[check].agg(["sum", "size"])
    by_group = by_group.reindex(categories.LABELS, fill_value=0)
    by_group.loc[EVERYONE] = [ill[check].sum(), len(ill)]
    total = by_group.set_axis(["events", "population"], axis=1).rename_axis("ethnic_group")
    known = total[~too_few(total)]
    found = rates.proportion(known["events"], known["population"], multiplier=PER)
    return total.join(found.drop(columns=["events", "population"])).reset_index()


def events(group: str, *, base: str = "self") -> int:
    """Count the people of a group whose diabetes has been diagnosed.

    Parameters
    ----------
    group : str
        One of the 19 groups, or `EVERYONE`.
    base : {"self", "gp"}
        Groups as people describe them, or as their GP recorded them.

    Returns
    -------
    int
        People.
    """
    return int(_of(group, base)["diabetes"].sum())


def population(group: str, *, base: str = "self") -> int:
    """Count the people of a group.

    Parameters
    ----------
    group, base : str
        As in `events`.

    Returns
    -------
    int
        People, of all ages.
    """
    return len(_of(group, base))


def median_age(group: str, *, base: str = "self") -> float:
    """Find the age that half of a group have not yet passed.

    Parameters
    ----------
    group, base : str
        As in `events`.

    Returns
    -------
    float
        Years.
    """
    return float(_of(group, base)["age"].median())


def crude_prevalence(group: str, *, base: str = "self") -> float:
    """Work out the crude prevalence of diagnosed diabetes.

    Parameters
    ----------
    group, base : str
        As in `events`.

    Returns
    -------
    float
        Percent of all people of the group, children included.

    Raises
    ------
    TooFew
        If fewer than ten people stand behind it.
    """
    return _value(group, base, standardised=False) * 100 / PER


def standardised_prevalence(group: str, *, base: str = "self") -> float:
    """Work out the age-standardised prevalence of diagnosed diabetes.

    Parameters
    ----------
    group, base : str
        As in `events`.

    Returns
    -------
    float
        Percent, had the group the ages of the European Standard Population 2013.

    Raises
    ------
    TooFew
        If fewer than ten people stand behind it.
    """
    return _value(group, base, standardised=True) * 100 / PER


def prevalence_ratio(
    group: str, reference: str, *, standardised: bool = True, base: str = "self"
) -> float:
    """Compare two groups by how many times as high the prevalence is.

    Parameters
    ----------
    group, reference : str
        Whose prevalence is divided by whose.
    standardised : bool
        Whether to standardise both for age first.
    base : {"self", "gp"}
        As in `events`.

    Returns
    -------
    float
        The ratio; 1 means no difference.
    """
    return _value(group, base, standardised) / _value(reference, base, standardised)


def prevalence_difference(
    group: str, reference: str, *, standardised: bool = True, base: str = "self"
) -> float:
    """Compare two groups by how many more people in every 1,000 have diagnosed diabetes.

    Parameters
    ----------
    group, reference, standardised, base
        As in `prevalence_ratio`.

    Returns
    -------
    float
        People in every 1,000; negative where the group has fewer.
    """
    return _value(group, base, standardised) - _value(reference, base, standardised)


def excess(group: str, reference: str, *, base: str = "self") -> float:
    """Count the people with diagnosed diabetes beyond those expected at another group's rates.

    Parameters
    ----------
    group, reference, base : str
        As in `prevalence_ratio`.

    Returns
    -------
    float
        Observed less expected people, where expected means that the reference group's rate at
        each age holds for the group's own people of that age.
    """
    for name in (group, reference):
        _value(name, base, standardised=False)
    bands = counts(base, base).set_index(["ethnic_group", "age_band"])
    of_reference = bands.loc[reference].add_prefix("reference_")
    both = bands.loc[group].join(of_reference).reset_index()
    found = standardise.indirect(both, min_events=FEWEST).iloc[0]
    _known(found["value"], group)
    return float(found["observed"] - found["expected"])


@or_absent
def worked_example() -> DataFrame:
    """Make the small table for working out a standardised rate by hand.

    Returns
    -------
    pandas.DataFrame
        Three wide age bands: people and people with diagnosed diabetes in two groups, and the
        standard population.
    """
    wide = {"0 to 39": (0, 40), "40 to 64": (40, OLD), f"{OLD} and over": (OLD, 200)}
    bands = counts()
    first = bands["age_band"].str.extract(r"^(\d+)")[0].astype(int)
    bands = bands.assign(
        band=[next(name for name, (a, b) in wide.items() if a <= start < b) for start in first]
    )
    summed = bands.groupby(["ethnic_group", "band"])[["population", "events", "standard"]].sum()
    rows = []
    for name in wide:
        row: dict[str, Any] = {"Age": name}
        for group in (FOCUS, REFERENCE):
            row[f"{group}: people"] = summed.at[(group, name), "population"]
            row[f"{group}: with diabetes"] = summed.at[(group, name), "events"]
        row["Standard population"] = summed.at[(REFERENCE, name), "standard"]
        rows.append(row)
    return pd.DataFrame(rows)


def check_group(group: str) -> None:
    """Refuse what is neither a group nor everyone.

    Parameters
    ----------
    group : str
        One of the 19 groups, or `EVERYONE`.

    Raises
    ------
    UnknownCategory
        If it is neither.
    """
    if group != EVERYONE:
        categories.group(group)


def _of(group: str, base: str) -> DataFrame:
    """List the people of a group, or everyone."""
    check_group(group)
    everybody = people()
    return everybody if group == EVERYONE else everybody[everybody[base] == group]


def _line(group: str, base: str, standardised: bool) -> Any:
    check_group(group)
    return prevalence(base, base, standardised).set_index("ethnic_group").loc[group]


def _value(group: str, base: str, standardised: bool) -> float:
    return _known(_line(group, base, standardised)["value"], group)


def _known(value: float, group: str) -> float:
    if math.isnan(value):
        raise TooFew(
            f"The number for {group} is withheld: fewer than {FEWEST} people with diabetes stand "
            "behind it or could be worked out from it, or an age band has nobody in it."
        )
    return float(value)
