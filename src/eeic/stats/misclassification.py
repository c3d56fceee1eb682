"""What wrong codes do to rates and gaps, and how far a validation study can undo it.

A matrix P(recorded | true) has one row for each true group and one column for each group that
is recorded; each row says where the people of one true group are found in the records and adds
up to 1. Events (the numerator) and people (the denominator) often come from different sources
and so from different matrices: a rate can be wrong though each source is nearly right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from eeic.stats import _intervals as intervals
from eeic.stats import _tables as tables
from eeic.stats._matrices import Matrix
from eeic.stats._tables import Floats, Locate, Refusal

__all__ = [
    "correct_counts",
    "correct_rates",
    "misclassified_gaps",
    "misclassified_rates",
    "recorded_given_true",
]

Measure = Literal["ratio", "difference"]

_NO_LIMITS = "No interval: the corrected number is zero."


def recorded_given_true(matrix: pd.DataFrame) -> pd.DataFrame:
    """Turn a table of two sources into P(recorded | true).

    Parameters
    ----------
    matrix : pandas.DataFrame
        People by true group (rows) and as recorded (columns), as `recording.confusion` gives.
        It need not be square: a column may say ``"Not known"``.

    Returns
    -------
    pandas.DataFrame
        Shares with the same labels; each row adds up to 1.

    Raises
    ------
    Refusal
        If a cell is missing, negative or no number, a label stands twice, or a row has nobody.

    Examples
    --------
    >>> counts = pd.DataFrame([[95, 5], [4, 16]], index=["A", "C"], columns=["A", "C"])
    >>> recorded_given_true(counts)
          A     C
    A  0.95  0.05
    C  0.20  0.80
    """
    checked = Matrix.of(matrix)
    total = checked.cells.sum(axis=1)
    tables.require(total > 0, "matrix", total, checked.locate, "is the number of people in it")
    return pd.DataFrame(checked.cells / total[:, None], index=checked.rows, columns=checked.columns)


def misclassified_rates(
    data: pd.DataFrame,
    *,
    numerator: pd.DataFrame,
    denominator: pd.DataFrame,
    group: str = "ethnic_group",
    population: str = "population",
    rate: str = "rate",
    multiplier: float,
) -> pd.DataFrame:
    """Work out the rates that would be seen in records with wrong codes.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each true group.
    numerator, denominator : pandas.DataFrame
        P(recorded | true) of the events and of the people: rows are the true groups, columns
        what is recorded; each row adds up to 1. Give the same matrix twice where both come from
        one source, and one with 1 on the diagonal where a source is right.
    group, population, rate : str
        Columns of the group, its true number of people and its true rate.
    multiplier : float
        What the rates are per: 1, 1000, 100,000.

    Returns
    -------
    pandas.DataFrame
        One row for each recorded category: group, true_population, true_events, true_rate
        (missing for a category that is no true group), recorded_population, recorded_events,
        multiplier, then value (the rate seen), lower and upper (missing: these are expected
        numbers, not a sample), confidence, statistic, method and note, then ratio_to_true.

    Raises
    ------
    Refusal
        If a column is missing, a group stands twice, a population or rate is missing or
        negative, a matrix's rows are not the groups of the table, have a share that is negative
        or missing, or do not add up to 1.

    Notes
    -----
    With nᵢ people and rate rᵢ in true group i, and matrices D and N, the people recorded in j
    are Σᵢ nᵢDᵢⱼ, the events Σᵢ nᵢrᵢNᵢⱼ, and the rate seen is their ratio. One matrix for both
    makes it a weighted average of true rates, so that gaps shrink; two matrices can move it
    anywhere.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "ethnic_group": ["White British", "Roma"],
    ...     "population": [10_000, 100],
    ...     "rate": [10.0, 40.0],
    ... })
    >>> names = ["White British", "Roma"]
    >>> right = pd.DataFrame([[1, 0], [0, 1]], index=names, columns=names)
    >>> hospital = pd.DataFrame([[1, 0], [0.5, 0.5]], index=names, columns=names)
    >>> seen = misclassified_rates(
    ...     data, numerator=hospital, denominator=right, multiplier=1000)
    >>> seen[["group", "true_rate", "value"]]
               group  true_rate  value
    0  White British       10.0   10.2
    1           Roma       40.0   20.0
    """
    multiplier = tables.check_multiplier(multiplier)
    tables.require_table(data)
    labels = _labels(data, group)
    locate = tables.locate_by_columns(data, [group])
    people = tables.numbers(tables.column(data, population, "population"), population, locate)
    true_rate = tables.numbers(tables.column(data, rate, "rate"), rate, locate)
    tables.require_population(people, population, locate)
    tables.require_present(true_rate, rate, locate)
    tables.require(~(true_rate < 0), rate, true_rate, locate, "is negative, and a rate cannot be")
    events = people * true_rate / multiplier

    d = _shares(denominator, "denominator", labels)
    n = _shares(numerator, "numerator", labels)
    names = d.columns.append(n.columns.difference(d.columns, sort=False))
    seen_people = pd.Series(people @ d.cells, index=d.columns).reindex(names, fill_value=0.0)
    seen_events = pd.Series(events @ n.cells, index=n.columns).reindex(names, fill_value=0.0)
    truth = pd.DataFrame(
        {"true_population": people, "true_events": events, "true_rate": true_rate}, index=labels
    ).reindex(names)
    nobody = seen_people.to_numpy() == 0
    value = multiplier * seen_events / seen_people.mask(nobody)
    notes = tables.blank_notes(len(names))
    tables.add_note(notes, nobody, "No value: nobody is recorded in the group.")
    return tables.result(
        {
            "group": names.to_numpy(dtype=object),
            **{name: truth[name].to_numpy() for name in truth.columns},
            "recorded_population": seen_people.to_numpy(),
            "recorded_events": seen_events.to_numpy(),
            "multiplier": multiplier,
        },
        value=value.to_numpy(),
        lower=np.nan,
        upper=np.nan,
        confidence=np.nan,
        statistic="recorded rate" + tables.per(multiplier),
        method="Expected numbers from P(recorded | true)",
        note=notes,
    ).assign(ratio_to_true=(value / truth["true_rate"].replace(0, np.nan)).to_numpy())


def misclassified_gaps(
    data: pd.DataFrame,
    *,
    reference: str,
    measure: Measure,
    numerator: pd.DataFrame,
    denominator: pd.DataFrame,
    group: str = "ethnic_group",
    population: str = "population",
    rate: str = "rate",
    multiplier: float,
) -> pd.DataFrame:
    """Work out the gaps that would be seen in records with wrong codes.

    Parameters
    ----------
    data, numerator, denominator, group, population, rate, multiplier
        As in `misclassified_rates`.
    reference : str
        The group that every other is compared with.
    measure : {"ratio", "difference"}
        Rate ratio, or rate difference per `multiplier`.

    Returns
    -------
    pandas.DataFrame
        One row for each recorded category, as in `misclassified_rates`: group, reference,
        true_gap, then value (the gap seen), lower and upper (missing), confidence, statistic,
        method and note.

    Raises
    ------
    Refusal
        As in `misclassified_rates`; also if the reference is no true group, is recorded for
        nobody, or has a rate of zero where a ratio is asked for.

    Examples
    --------
    >>> names = ["White British", "Roma"]
    >>> data = pd.DataFrame({"ethnic_group": names, "population": [9000, 1000], "rate": [10, 40]})
    >>> same = pd.DataFrame([[0.99, 0.01], [0.4, 0.6]], index=names, columns=names)
    >>> gaps = misclassified_gaps(data, reference="White British", measure="ratio",
    ...     numerator=same, denominator=same, multiplier=1000)
    >>> gaps[["group", "true_gap", "value"]].round(2)
               group  true_gap  value
    0  White British       1.0    1.0
    1           Roma       4.0    3.2
    """
    tables.check_choice("measure", measure, ("ratio", "difference"))
    rates = misclassified_rates(
        data,
        numerator=numerator,
        denominator=denominator,
        group=group,
        population=population,
        rate=rate,
        multiplier=multiplier,
    )
    here = rates.index[(rates["group"] == reference) & rates["true_rate"].notna()]
    if not len(here):
        raise Refusal(
            f"The reference group {reference!r} is not in column {group!r}, which has: "
            f"{', '.join(map(str, data[group]))}."
        )
    true, seen = rates.loc[here[0], ["true_rate", "value"]]
    if pd.isna(seen) or (measure == "ratio" and not (true > 0 and seen > 0)):
        raise Refusal(f"The reference group {reference!r} has no rate to compare with.")
    ratio = measure == "ratio"
    return tables.result(
        {
            "group": rates["group"],
            "reference": reference,
            "true_gap": rates["true_rate"] / true if ratio else rates["true_rate"] - true,
        },
        value=rates["value"] / seen if ratio else rates["value"] - seen,
        lower=np.nan,
        upper=np.nan,
        confidence=np.nan,
        statistic="recorded rate ratio"
        if ratio
        else "recorded rate difference" + tables.per(multiplier),
        method=rates["method"],
        note=rates["note"],
    )


def correct_counts(
    data: pd.DataFrame,
    matrix: pd.DataFrame,
    *,
    group: str = "ethnic_group",
    count: str = "events",
    validated: pd.Series | None = None,
    confidence: float = 0.95,
    max_condition: float = 30,
) -> pd.DataFrame:
    """Turn recorded counts back into true ones by the matrix method.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each recorded group.
    matrix : pandas.DataFrame
        P(recorded | true): rows are the true groups, columns the same groups as recorded; each
        row adds up to 1.
    group, count : str
        Columns of the recorded group and of how many were recorded in it.
    validated : pandas.Series, optional
        How many people of each true group (the index) the matrix was estimated from. Without
        it the matrix is taken as known, and the limits are too narrow unless it is.
    confidence : float
        Between 0 and 1.
    max_condition : float
        A matrix with a larger condition number is refused: an error in the counts or in the
        matrix could come out larger by about that factor.

    Returns
    -------
    pandas.DataFrame
        One row for each group of the table: group, recorded, then value (the corrected number),
        lower, upper, confidence, statistic, method and note, then standard_error and
        condition (the condition number).

    Raises
    ------
    Refusal
        If the matrix is not square with the groups of the table on both sides, has a share that
        is missing or negative or a row that does not add up to 1, or cannot be inverted safely;
        if a count is missing or negative; or if a corrected number would be negative, which
        says that this matrix did not produce these records.

    Notes
    -----
    With recorded counts r and matrix M, the corrected counts are t = (Mᵀ)⁻¹ r. Their variance is
    by the delta method: r taken as Poisson, and each row of M as the shares of a multinomial
    sample of `validated` people. The limits are t × exp(±z SE/t). Correction removes bias and
    adds variance, and it is right only if the records go wrong here as they did in the
    validation study.

    References
    ----------
    Barron BA (1977), Biometrics 33:414-418, for the matrix method. Belsley DA, Kuh E, Welsch RE
    (1980), *Regression diagnostics*, for condition numbers above 30.

    Examples
    --------
    >>> names = ["Indian", "Roma"]
    >>> matrix = pd.DataFrame([[0.95, 0.05], [0.2, 0.8]], index=names, columns=names)
    >>> data = pd.DataFrame({"ethnic_group": names, "events": [970, 130]})
    >>> correct_counts(data, matrix)[["group", "recorded", "value", "lower", "upper"]].round(1)
        group  recorded   value  lower   upper
    0  Indian     970.0  1000.0  936.7  1067.6
    1    Roma     130.0   100.0   75.1   133.1
    """
    confidence = tables.check_confidence(confidence)
    labels, recorded, _ = _recorded(data, group, count, "count")
    undone = _Undone.of(matrix, "matrix", labels, recorded, validated, max_condition)
    sampled = undone.inverse**2 @ recorded
    variance = sampled + undone.from_matrix(np.broadcast_to(undone.true, undone.inverse.shape))
    return _corrected(
        {"group": labels.to_numpy(dtype=object), "recorded": recorded},
        undone.true,
        np.sqrt(variance),
        confidence,
        "corrected number",
        validated is not None,
    ).assign(condition=undone.condition)


def correct_rates(
    data: pd.DataFrame,
    *,
    numerator: pd.DataFrame,
    denominator: pd.DataFrame,
    group: str = "ethnic_group",
    events: str = "events",
    population: str = "population",
    numerator_validated: pd.Series | None = None,
    denominator_validated: pd.Series | None = None,
    multiplier: float,
    confidence: float = 0.95,
    max_condition: float = 30,
) -> pd.DataFrame:
    """Turn recorded rates back into true ones by the matrix method.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each recorded group.
    numerator, denominator : pandas.DataFrame
        P(recorded | true) of the events and of the people, as in `correct_counts`; one with 1
        on the diagonal where a source is right.
    group, events, population : str
        Columns of the recorded group and of the events and people recorded in it.
    numerator_validated, denominator_validated : pandas.Series, optional
        How many people of each true group each matrix was estimated from; without them it is
        taken as known. Two equal matrices from equally many people are taken as one study.
    multiplier : float
        What the rates are per.
    confidence, max_condition : float
        As in `correct_counts`.

    Returns
    -------
    pandas.DataFrame
        One row for each group: group, recorded_events, recorded_population, recorded_rate
        (missing where nobody is recorded), corrected_events, corrected_population, multiplier,
        then value, lower, upper, confidence, statistic, method and note, then standard_error.

    Raises
    ------
    Refusal
        As in `correct_counts`, for either matrix; or if a corrected population is zero.

    Notes
    -----
    Events and people are each corrected as in `correct_counts`, and divided. The events are
    taken as Poisson and the recorded people as known; the matrices add their own variance by
    the delta method on the log scale.

    Examples
    --------
    >>> names = ["Indian", "Roma"]
    >>> right = pd.DataFrame([[1, 0], [0, 1]], index=names, columns=names)
    >>> matrix = pd.DataFrame([[0.95, 0.05], [0.2, 0.8]], index=names, columns=names)
    >>> data = pd.DataFrame(
    ...     {"ethnic_group": names, "events": [970, 130], "population": [50_000, 2000]})
    >>> found = correct_rates(data, numerator=matrix, denominator=right, multiplier=1000)
    >>> found[["group", "recorded_rate", "value"]].round(1)
        group  recorded_rate  value
    0  Indian           19.4   20.0
    1    Roma           65.0   50.0
    """
    confidence = tables.check_confidence(confidence)
    multiplier = tables.check_multiplier(multiplier)
    labels, x, locate = _recorded(data, group, events, "events")
    _, people, _ = _recorded(data, group, population, "population")
    tops = _Undone.of(numerator, "numerator", labels, x, numerator_validated, max_condition)
    bottoms = _Undone.of(
        denominator, "denominator", labels, people, denominator_validated, max_condition
    )
    tables.require(
        bottoms.true > 0, population, bottoms.true, locate, "is the corrected population"
    )
    some = np.where(tops.true > 0, tops.true, np.nan)
    # How the log of rate j moves with row i of each matrix, but for the inverse itself.
    upper_part = tops.true / some[:, None]
    lower_part = bottoms.true / bottoms.true[:, None]
    from_sample = tops.inverse**2 @ x / some**2
    if tops.same_study(bottoms):
        from_matrices = tops.from_matrix(upper_part - lower_part)
    else:
        from_matrices = tops.from_matrix(upper_part) + bottoms.from_matrix(lower_part)
    value = multiplier * tops.true / bottoms.true
    return _corrected(
        {
            "group": labels.to_numpy(dtype=object),
            "recorded_events": x,
            "recorded_population": people,
            "recorded_rate": multiplier * x / np.where(people > 0, people, np.nan),
            "corrected_events": tops.true,
            "corrected_population": bottoms.true,
            "multiplier": multiplier,
        },
        value,
        value * np.sqrt(from_sample + from_matrices),
        confidence,
        "corrected rate" + tables.per(multiplier),
        numerator_validated is not None or denominator_validated is not None,
    )


@dataclass(frozen=True)
class _Undone:
    """Counts with their misclassification undone, and what that rests on."""

    shares: Floats
    inverse: Floats  # of the transposed matrix
    validated: Floats | None
    true: Floats
    condition: float

    @classmethod
    def of(
        cls,
        matrix: pd.DataFrame,
        name: str,
        labels: pd.Index,
        recorded: Floats,
        validated: pd.Series | None,
        max_condition: float,
    ) -> _Undone:
        checked = _shares(matrix, name, labels, square=True)
        if isinstance(max_condition, bool) or not max_condition >= 1:
            raise Refusal(f"max_condition is {max_condition!r}: give a number of at least 1.")
        condition = float(np.linalg.cond(checked.cells))
        if not condition <= max_condition:
            raise Refusal(
                f"The {name} cannot be inverted safely: its condition number is "
                f"{condition:.3g}, and above {max_condition:g} small errors grow too large."
            )
        inverse: Floats = np.linalg.inv(checked.cells.T).astype(np.float64)
        true = inverse @ recorded
        # Rounding may leave a little below zero where there is nothing.
        true[np.abs(true) <= 1e-9 * recorded.sum()] = 0.0
        below = np.flatnonzero(true < 0)
        if below.size:
            raise Refusal(
                f"The corrected number of {labels[below[0]]} would be {true[below[0]]:.6g}, below "
                f"zero: this {name} did not produce these records."
            )
        people = None if validated is None else _people_behind(validated, name, labels)
        return cls(checked.cells, inverse, people, true, condition)

    def from_matrix(self, factor: Floats) -> Floats:
        """Return the variance that comes from the matrix, for result j (rows of `factor`).

        `factor` has, for each result j and true group i, by how much row i of the matrix, seen
        through row j of the inverse, moves the result.
        """
        if self.validated is None:
            return np.zeros(len(self.true))
        mean = self.inverse @ self.shares.T
        spread = self.inverse**2 @ self.shares.T - mean**2
        return (factor**2 * spread / self.validated).sum(axis=1)

    def same_study(self, other: _Undone) -> bool:
        """Say whether two matrices are one and the same estimate."""
        return (
            self.validated is not None
            and other.validated is not None
            and np.array_equal(self.shares, other.shares)
            and np.array_equal(self.validated, other.validated)
        )


def _labels(data: pd.DataFrame, group: str) -> pd.Index:
    """Return the groups of a table, each of which must stand there once."""
    labels = pd.Index(tables.column(data, group, "group"), dtype=object)
    for wrong, problem in (
        (labels.isna(), "the group is missing"),
        (labels.duplicated(), "the group stands there twice"),
    ):
        bad = np.flatnonzero(wrong)
        if bad.size:
            raise Refusal(f"Column {group!r}, row {bad[0] + 1}: {problem}.")
    return labels


def _recorded(
    data: pd.DataFrame, group: str, count: str, parameter: str
) -> tuple[pd.Index, Floats, Locate]:
    """Return the recorded groups and how many were recorded in each."""
    tables.require_table(data)
    labels = _labels(data, group)
    locate = tables.locate_by_columns(data, [group])
    x = tables.numbers(tables.column(data, count, parameter), count, locate)
    tables.require_present(x, count, locate)
    tables.require_counts(x, count, locate)
    return labels, x, locate


def _shares(matrix: pd.DataFrame, name: str, labels: pd.Index, *, square: bool = False) -> Matrix:
    """Return P(recorded | true) with its rows (and columns) in the order of the groups."""
    if not isinstance(matrix, pd.DataFrame):
        raise Refusal(f"The {name} is not a DataFrame: its rows and columns must name the groups.")
    for side, found in (("row", matrix.index), ("column", matrix.columns))[: 1 + square]:
        lonely = labels[~labels.isin(found)]
        if len(lonely):
            raise Refusal(f"The {name} has no {side} for {lonely[0]!r}, a group of the table.")
        strange = found[~found.isin(labels)]
        if len(strange):
            raise Refusal(f"The {name} has a {side} {strange[0]!r}, which the table has not.")
    checked = Matrix.of(matrix.loc[labels, labels] if square else matrix.loc[labels])
    checked.require_shares(name)
    return checked


def _people_behind(validated: pd.Series, name: str, labels: pd.Index) -> Floats:
    """Return how many people each row of a matrix was estimated from."""
    if not isinstance(validated, pd.Series):
        raise Refusal(f"The number validated for the {name} is not a Series indexed by true group.")
    lonely = labels[~labels.isin(validated.index)]
    if len(lonely) or validated.index.has_duplicates:
        raise Refusal(
            f"The number validated for the {name} must have each group of the table once"
            + (f"; it has none for {lonely[0]!r}." if len(lonely) else ".")
        )
    ordered = validated.loc[labels]
    locate = tables.locate_by_index(ordered.index)
    people = tables.numbers(ordered, "validated", locate)
    tables.require_population(people, "validated", locate)
    return people


def _corrected(
    first: dict[str, Any],
    value: Floats,
    error: Floats,
    confidence: float,
    statistic: str,
    estimated: bool,
) -> pd.DataFrame:
    """Return corrected numbers with limits on the log scale."""
    notes = tables.blank_notes(len(value))
    nothing = value == 0
    tables.add_note(notes, nothing, _NO_LIMITS)
    some = np.where(nothing, np.nan, value)
    with np.errstate(over="ignore"):
        factor = np.exp(intervals.z_value(confidence) * error / some)
    boundless = np.isinf(factor)
    tables.add_note(notes, boundless, "No interval: next to zero, and all but unknown.")
    factor = np.where(boundless, np.nan, factor)
    return tables.result(
        first,
        value=value,
        lower=some / factor,
        upper=some * factor,
        confidence=confidence,
        statistic=statistic,
        method="Matrix method, delta limits (log), matrix "
        + ("estimated" if estimated else "taken as known"),
        note=notes,
    ).assign(standard_error=error)
