"""What five services wrote down about people's ethnic group, and what that does to a gap.

Numbers only: the charts and sentences of lesson 6 are in `eeic.explore.ethnicity_field`. A record
is compared with what people say of themselves, which only an invented place can know for
everybody; a real place would use a survey that asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eeic import categories, datasets
from eeic.datasets import remembered
from eeic.explore.later import later

if TYPE_CHECKING:
    import pandas as pd
    from pandas import DataFrame, Series

    from eeic.stats import misclassification, recording
else:
    pd = later("pandas")
    recording, misclassification = (
        later("eeic.stats.recording"),
        later("eeic.stats.misclassification"),
    )

#: The services that hold a code, and the survey that asked people again.
SOURCES = ("GP", "hospital", "mental health", "talking therapies", "survey")
#: The services whose records are repaired; the survey is kept aside, as the check.
SERVICES = SOURCES[:4]
REFERENCE = "White British"
OTHER = "Any other ethnic group"
NOT_STATED, NOT_KNOWN = categories.NOT_STATED, categories.NOT_KNOWN
NO_GROUP = (NOT_STATED, NOT_KNOWN)
#: People; below this a share says more about chance than about a field.
FEWEST = 10

#: Rules for settling on one code for each person.
RULES = ("gp", "link", "latest", "modal", "area", "name")

#: What name software got right in a study of cancer records in the West Midlands: two programs
#: together for South Asian groups, one for the others (Ryan and colleagues 2012, abstract).
NAME_FINDS = {"South Asian": 0.905, "Black": 0.044, "Other": 0.0}
SOUTH_ASIAN = ("Bangladeshi", "Indian", "Pakistani")

#: How many in a hundred the machine's dials move.
MORE_MISSING, SHORT_LIST = 25, 25


def cell(table: Any, row: Any, column: Any) -> Any:
    """Read one cell of a table.

    Parameters
    ----------
    table : pandas.DataFrame
        The table.
    row, column : object
        Its labels.

    Returns
    -------
    object
        What stands there.
    """
    return table.loc[row, column]


@remembered
def latest() -> DataFrame:
    """Take each service's latest record of each person.

    Returns
    -------
    pandas.DataFrame
        One row for each person and source: person_id, source, code, scheme, recorded_on,
        recorded (one of the 19 groups, not stated or not known) and own (the person's answer).

    Notes
    -----
    A code of 2001 that covers several groups of 2021 counts as the "other" group among them, as
    in lesson 4: Roma written down as any other White background become Other White.
    """
    rows = datasets.load("L02").sort_values("recorded_on", kind="stable")
    rows = rows.drop_duplicates(["person_id", "source"], keep="last")
    new = {label: label for label in (*categories.LABELS, *NO_GROUP)}
    old = {
        label: (categories.from_nhs2001(code) or (None,))[-1]
        for code, label in categories.NHS_2001.items()
    }
    rows = rows.assign(
        source=rows["source"].astype(str),
        recorded=rows["ethnic_group_recorded"].astype(str).map({**old, **new}),
        own=rows["person_id"].map(_own()),
    )
    return rows.drop(columns=["ethnic_group_recorded", "method"]).reset_index(drop=True)


def _own() -> Series:
    return datasets.load("L01").set_index("person_id")["ethnic_group_self"].astype(str)


@remembered
def field(source: str) -> DataFrame:
    """List what one service holds of everyone it should hold.

    Parameters
    ----------
    source : str
        One of `SOURCES`.

    Returns
    -------
    pandas.DataFrame
        Indexed by person: own and recorded. For the GP everyone who lives here, and *not known*
        where there is no row; for the others the people whom they have seen.
    """
    rows = latest()
    rows = rows[rows["source"] == source].set_index("person_id")[["own", "recorded"]]
    if source != "GP":
        return rows
    own = _own()
    return pd.DataFrame({"own": own, "recorded": rows["recorded"].reindex(own.index)}).fillna(
        NOT_KNOWN
    )


@remembered
def where_codes_go(source: str) -> DataFrame:
    """Work out where the people of each group are found in a service's records.

    Parameters
    ----------
    source : str
        One of `SOURCES`.

    Returns
    -------
    pandas.DataFrame
        Shares that add up to 1 in each row: the 19 groups as people describe themselves, by the
        19 groups as recorded, not stated and not known.
    """
    return _shares(field(source))


def _shares(rows: DataFrame) -> DataFrame:
    everything = [*categories.LABELS, *NO_GROUP]
    counts = recording.confusion(rows, truth="own", recorded="recorded", categories=everything)
    return misclassification.recorded_given_true(counts.loc[list(categories.LABELS)])


@remembered
def true_rates() -> DataFrame:
    """Read the true prevalence of diagnosed diabetes from the truth file, ages made alike.

    Returns
    -------
    pandas.DataFrame
        ethnic_group, population and rate (per 1,000 people): what the world was made with, luck
        left out, less the part of each gap that comes from different ages.
    """
    found = datasets.truth()["indicators"]["diagnosed_diabetes"]
    start = found["groups"][REFERENCE]["expected"]
    rows = []
    for label in categories.LABELS:
        gap = found["gaps"].get(label)
        apart = gap["expected_gap"] - gap["contributions"]["age_structure"] if gap else 0.0
        people = found["groups"][label]["people"]
        rows.append({"ethnic_group": label, "population": people, "rate": 1000 * (start + apart)})
    return pd.DataFrame(rows)


# -- how good the field is -----------------------------------------------------------------------


@remembered
def quality() -> DataFrame:
    """Measure four things about each source's ethnicity field.

    Returns
    -------
    pandas.DataFrame
        Columns source, measure ("completeness", "validity", "consistency", "agreement"), part,
        whole, value, lower and upper (percent).

    Notes
    -----
    *Completeness*: a group, of all people the source should hold. *Validity*: a code of the 2021
    list, of the codes written down. *Consistency*: the same group as another service's latest
    code, of the people who have both. *Agreement*: the person's own answer, of the people with a
    group.
    """
    rows = []
    for source in SOURCES:
        held = field(source)
        coded = held[~held["recorded"].isin(NO_GROUP)]
        written = latest()
        filled = written[(written["source"] == source) & ~written["recorded"].isin(NO_GROUP)]
        valid = recording.validity(filled, column="code", scheme="2021").iloc[0]
        elsewhere = _latest_code(written[written["source"] != source])
        both = coded.join(elsewhere.rename("elsewhere"), how="inner")
        for measure, part, whole in (
            ("completeness", len(coded), len(held)),
            ("validity", int(valid["valid"]), int(valid["filled"])),
            ("consistency", int((both["recorded"] == both["elsewhere"]).sum()), len(both)),
            ("agreement", int((coded["recorded"] == coded["own"]).sum()), len(coded)),
        ):
            rows.append({"source": source, "measure": measure, "part": part, "whole": whole})
    from eeic.stats import rates

    table = pd.DataFrame(rows)
    found = rates.proportion(table["part"], table["whole"], multiplier=100)
    return table.join(found[["value", "lower", "upper"]])


def _latest_code(rows: DataFrame) -> Series:
    """Take each person's latest group from these rows, whichever service wrote it."""
    known = rows[~rows["recorded"].isin(NO_GROUP)].sort_values("recorded_on", kind="stable")
    return known.drop_duplicates("person_id", keep="last").set_index("person_id")["recorded"]


def measure(source: str, name: str) -> float:
    """Look up one measure of `quality`.

    Parameters
    ----------
    source : str
        One of `SOURCES`.
    name : {"completeness", "validity", "consistency", "agreement"}
        The measure.

    Returns
    -------
    float
        Percent.
    """
    return float(quality().set_index(["source", "measure"])["value"][source, name])


def people(source: str, name: str, part: str = "whole") -> int:
    """Count the people behind a measure of `quality`.

    Parameters
    ----------
    source, name : str
        As in `measure`.
    part : {"whole", "part"}
        Out of whom, or how many of them.

    Returns
    -------
    int
        People.
    """
    return int(quality().set_index(["source", "measure"])[part][source, name])


def kept_of_all(source: str) -> float:
    """Say how many of all the people a service should hold are under their own answer.

    Parameters
    ----------
    source : str
        One of `SOURCES`.

    Returns
    -------
    float
        Percent: the usual mistake for agreement, whose base is people with a group.
    """
    return 100 * people(source, "agreement", "part") / people(source, "completeness")


def share(source: str, answer: str) -> float:
    """Say which share of a service's people have a certain answer on record.

    Parameters
    ----------
    source : str
        One of `SOURCES`.
    answer : str
        A group, "Not stated" or "Not known".

    Returns
    -------
    float
        Percent.
    """
    return float(100 * (field(source)["recorded"] == answer).mean())


def recorded_in(source: str, group: str) -> int:
    """Count the people whom a service holds under a group.

    Parameters
    ----------
    source, group : str
        One of `SOURCES`, one of the 19 groups.

    Returns
    -------
    int
        People.
    """
    return int((field(source)["recorded"] == group).sum())


def own_in(source: str, group: str) -> int:
    """Count the people of a group, by their own answer, whom a service has seen.

    Parameters
    ----------
    source, group : str
        One of `SOURCES`, one of the 19 groups.

    Returns
    -------
    int
        People.
    """
    return int((field(source)["own"] == group).sum())


def agreement(source: str, group: str) -> float:
    """Say how often a group's people find their own answer in a service's records.

    Parameters
    ----------
    source : str
        One of `SOURCES`.
    group : str
        One of the 19 groups, or "minority ethnic groups" for all but White British.

    Returns
    -------
    float
        Percent of those with a group on record. NaN where fewer than ten have one.
    """
    held = field(source)
    held = held[~held["recorded"].isin(NO_GROUP)]
    mine = held["own"] != REFERENCE if group == "minority ethnic groups" else held["own"] == group
    held = held[mine]
    return (
        float(100 * (held["recorded"] == held["own"]).mean()) if len(held) >= 10 else float("nan")
    )


# -- the machine ---------------------------------------------------------------------------------


@remembered
def machine(codes: str, missing: str, default: str, buttons: str) -> tuple[DataFrame, DataFrame]:
    """Run true rates through records made in a certain way.

    Parameters
    ----------
    codes : {"gp", "hospital", "mixed"}
        Whose codes count: the GP's above and below the line, the hospital's above and below, or
        the hospital's above and people's own answers below.
    missing : {"now", "everyone", "clinic"}
        Further missing codes: none, or `MORE_MISSING` in 100 of everyone or of the minority
        ethnic patients of the diabetes clinics only.
    default : {"blank", "white-british"}
        What the screen holds where nobody asked.
    buttons : {"full", "short"}
        Whether the screen offers the full list, or so short a one that `SHORT_LIST` in 100 of
        the codes of every group but White British become any other ethnic group.

    Returns
    -------
    tuple of DataFrame
        Where the clinics' patients are found in the records (as `where_codes_go`), and the gaps
        as `misclassification.misclassified_gaps` returns them, indexed by group.
    """
    base = where_codes_go("GP" if codes == "gp" else "hospital")
    if buttons == "short":
        moved = [g for g in categories.LABELS if g not in (REFERENCE, OTHER)]
        base = _move(base, moved, OTHER, SHORT_LIST / 100)
    patients = everybody = base
    every = list(categories.LABELS)
    minority = [g for g in every if g != REFERENCE]
    if missing == "everyone":
        patients = everybody = _move(base, every, NOT_KNOWN, MORE_MISSING / 100)
    elif missing == "clinic":
        less = _move(base, every, NOT_KNOWN, MORE_MISSING / 100)
        patients = base.copy()
        patients.loc[minority] = less.loc[minority]
        # Patients are a part of everybody, and as large a part as the group's prevalence.
        part = true_rates().set_index("ethnic_group")["rate"] / 1000
        everybody = base.mul(1 - part, axis=0) + patients.mul(part, axis=0)
    if default == "white-british":
        patients, everybody = (
            _move(shares, [NOT_KNOWN], REFERENCE, 1.0) for shares in (patients, everybody)
        )
    below = _own_answers() if codes == "mixed" else everybody
    return patients, _gaps(patients, below)


def _move(shares: DataFrame, columns: list[str], to: str, part: float) -> DataFrame:
    """Move a part of what stands in some columns to another."""
    moved = shares.copy()
    moved[columns] = shares[columns] * (1 - part)
    moved[to] = moved[to] + shares[columns].sum(axis=1) * part
    return moved


@remembered
def _own_answers() -> DataFrame:
    labels = list(categories.LABELS)
    right = pd.DataFrame(0.0, index=labels, columns=[*labels, *NO_GROUP])
    for label in labels:
        right.loc[label, label] = 1.0
    return right


def _gaps(above: DataFrame, below: DataFrame) -> DataFrame:
    found = misclassification.misclassified_gaps(
        true_rates(),
        reference=REFERENCE,
        measure="ratio",
        numerator=above,
        denominator=below,
        multiplier=1000,
    )
    return found.set_index("group")


def completeness_of(shares: DataFrame) -> float:
    """Say how complete a field looks whose codes go where a table of shares says.

    Parameters
    ----------
    shares : pandas.DataFrame
        As from `where_codes_go`.

    Returns
    -------
    float
        Percent of all residents who have a group.
    """
    weight = true_rates().set_index("ethnic_group")["population"]
    coded = 1 - shares[list(NO_GROUP)].sum(axis=1)
    return float(100 * (coded * weight).sum() / weight.sum())


def reported(
    group: str,
    codes: str = "mixed",
    missing: str = "now",
    default: str = "blank",
    buttons: str = "full",
) -> float:
    """Work out the ratio that would be reported for a group.

    Parameters
    ----------
    group : str
        One of the 19 groups.
    codes, missing, default, buttons : str
        As in `machine`.

    Returns
    -------
    float
        Ratio of prevalence to that of White British residents.
    """
    return float(cell(machine(codes, missing, default, buttons)[1], group, "value"))


def true_ratio(group: str) -> float:
    """Look up the true ratio of a group.

    Parameters
    ----------
    group : str
        One of the 19 groups.

    Returns
    -------
    float
        Ratio of prevalence to that of White British residents, at the same ages.
    """
    rates = true_rates().set_index("ethnic_group")["rate"]
    return float(rates[group] / rates[REFERENCE])


def gap_left(group: str, **dials: str) -> float:
    """Say which part of a group's gap is left in the records.

    Parameters
    ----------
    group : str
        One of the 19 groups.
    **dials : str
        As in `reported`.

    Returns
    -------
    float
        Percent of what the true ratio stands above 1.
    """
    return 100 * (reported(group, **dials) - 1) / (true_ratio(group) - 1)


def gap_gone(group: str, **dials: str) -> float:
    """Say which part of a group's gap the records have lost.

    Parameters
    ----------
    group : str
        One of the 19 groups.
    **dials : str
        As in `reported`.

    Returns
    -------
    float
        Percent: 100 less `gap_left`.
    """
    return 100 - gap_left(group, **dials)


def ratio_gone(group: str, **dials: str) -> float:
    """Say by how much the ratio itself is lower: the usual mistake for `gap_gone`.

    Parameters
    ----------
    group : str
        One of the 19 groups.
    **dials : str
        As in `reported`.

    Returns
    -------
    float
        Percent of the true ratio.
    """
    return 100 * (1 - reported(group, **dials) / true_ratio(group))


def looks_complete(
    codes: str = "mixed", missing: str = "now", default: str = "blank", buttons: str = "full"
) -> float:
    """Say how complete the machine's records look.

    Parameters
    ----------
    codes, missing, default, buttons : str
        As in `machine`.

    Returns
    -------
    float
        Percent of people with a group.
    """
    return completeness_of(machine(codes, missing, default, buttons)[0])


# -- repair --------------------------------------------------------------------------------------


@remembered
def repaired(rule: str, whom: str = "everyone") -> DataFrame:
    """Settle on one code for each person by a rule, and see where each group is found.

    Parameters
    ----------
    rule : str
        One of `RULES`: the GP's latest code; the same, and another service's where the GP has
        none; the latest of all services; the most frequent of all services (the latest where two
        tie); the GP's, and where there is none the mix of the person's area, or a guess by name.
    whom : {"everyone", "uncoded"}
        Everyone, or the people for whom the GP has nothing.

    Returns
    -------
    pandas.DataFrame
        As from `where_codes_go`.

    Notes
    -----
    Who was asked by the GP and said nothing stays *not stated* under every rule: it is an answer.
    There are no names in Lindlemere. The guess is worked out from the sensitivities published in
    `NAME_FINDS`: South Asian is all that such a program can say, so that the local mix decides
    which group is written; everyone it does not find becomes White British, which is our reading
    of what a program for the majority does.
    """
    held = field("GP")
    empty = held["recorded"] == NOT_KNOWN
    asked = held["recorded"] != NOT_STATED
    written = latest()
    services = written[written["source"].isin(SERVICES)]
    found = held["recorded"].copy()
    if rule in ("link", "latest", "modal"):
        best = _most_frequent(services) if rule == "modal" else _latest_code(services)
        chosen = best.reindex(held.index)
        change = (empty if rule == "link" else asked) & chosen.notna()
        found = found.where(~change, chosen)
    here = held.index[empty] if whom == "uncoded" else held.index
    rows = pd.DataFrame({"own": held["own"], "recorded": found}).loc[here]
    shares = _shares(rows)
    if rule in ("area", "name"):
        shares = _filled(shares, rule, held, empty, here)
    return shares


def _most_frequent(rows: DataFrame) -> Series:
    known = rows[~rows["recorded"].isin(NO_GROUP)]
    counts = known.groupby(["person_id", "recorded"])["recorded_on"].agg(["size", "max"])
    counts = counts.reset_index().sort_values(["size", "max"], kind="stable")
    return counts.drop_duplicates("person_id", keep="last").set_index("person_id")["recorded"]


def _filled(
    shares: DataFrame, rule: str, held: DataFrame, empty: Series, here: pd.Index
) -> DataFrame:
    """Share out those without a code by the area's mix, or as name software would."""
    labels = list(categories.LABELS)
    known = held.loc[~held["recorded"].isin(NO_GROUP), "recorded"]
    if rule == "name":
        guess = _by_name(known.value_counts(normalize=True).reindex(labels, fill_value=0.0))
    else:
        area = datasets.load("L01").set_index("person_id")["area_id"].astype(str)
        mix = pd.crosstab(area[known.index], known, normalize="index")
        mix = mix.reindex(columns=labels, fill_value=0.0)
        lost = held.index[empty].intersection(here)
        own = pd.crosstab(held.loc[lost, "own"], area[lost], normalize="index")
        guess = (own @ mix.loc[own.columns]).reindex(labels, fill_value=0.0)
    moved = shares.copy()
    moved[labels] = moved[labels] + guess.mul(shares[NOT_KNOWN], axis=0)
    moved[NOT_KNOWN] = moved[NOT_KNOWN] * (guess.sum(axis=1) == 0)
    return moved


def _by_name(mix: Series) -> DataFrame:
    """Work out what software makes of each group's names, as `repaired` describes."""
    labels = list(categories.LABELS)
    guess: Any = pd.DataFrame(0.0, index=labels, columns=labels)
    kinds = {
        "South Asian": list(SOUTH_ASIAN),
        "Black": [one for one in labels if categories.group(one).high_level == "Black"],
    }
    for label in labels:
        kind = next((name for name, members in kinds.items() if label in members), "Other")
        found = NAME_FINDS[kind]
        if found:
            parts = mix[kinds[kind]] / mix[kinds[kind]].sum()
            guess.loc[label, kinds[kind]] = (found * parts).to_numpy()
        guess.loc[label, REFERENCE] += 1 - found
    return guess


def repaired_gap(rule: str, group: str) -> float:
    """Work out the ratio that a rule would report for a group.

    Parameters
    ----------
    rule : str
        One of `RULES`.
    group : str
        One of the 19 groups.

    Returns
    -------
    float
        Ratio to White British, codes above the line and people's own answers below.
    """
    return float(cell(repaired_gaps(rule), group, "value"))


@remembered
def repaired_gaps(rule: str) -> DataFrame:
    """Work out the ratios that a rule would report for all groups.

    Parameters
    ----------
    rule : str
        One of `RULES`.

    Returns
    -------
    pandas.DataFrame
        As the second part of what `machine` returns.
    """
    return _gaps(repaired(rule), _own_answers())


def repaired_complete(rule: str) -> float:
    """Say how complete the field is after a repair.

    Parameters
    ----------
    rule : str
        One of `RULES`.

    Returns
    -------
    float
        Percent of residents with a group.
    """
    return completeness_of(repaired(rule))


def kept(rule: str, group: str, whom: str = "uncoded") -> float:
    """Say how many of a group end up under their own answer.

    Parameters
    ----------
    rule, whom : str
        As in `repaired`.
    group : str
        One of the 19 groups.

    Returns
    -------
    float
        Percent.
    """
    return float(100 * cell(repaired(rule, whom), group, group))


def becomes(rule: str, group: str, other: str, whom: str = "uncoded") -> float:
    """Say how many of a group end up under another answer.

    Parameters
    ----------
    rule, whom : str
        As in `repaired`.
    group, other : str
        The people's own group, and where they are found.

    Returns
    -------
    float
        Percent.
    """
    return float(100 * cell(repaired(rule, whom), group, other))
