"""How good an ethnicity field is: filled in, in valid codes, and as people say themselves.

`completeness` and `validity` look at one source. `confusion` sets two sources against each
other, and `agreement`, `kappa` and `accuracy` read the table it makes. What wrong codes do to
rates and gaps, and how far that can be undone, is in `eeic.stats.misclassification`, whose
functions can also be reached from here.

The records are described here, never the people in them: a gap in a field is something the
service did not ask, did not write down or wrote down wrongly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from eeic import categories as ethnic
from eeic.stats import _intervals as intervals
from eeic.stats import _tables as tables
from eeic.stats._matrices import Matrix
from eeic.stats._tables import Floats, Integers, Refusal
from eeic.stats.misclassification import (
    correct_counts,
    correct_rates,
    misclassified_gaps,
    misclassified_rates,
    recorded_given_true,
)

__all__ = [
    "accuracy",
    "accuracy_by_group",
    "agreement",
    "completeness",
    "confusion",
    "correct_counts",
    "correct_rates",
    "kappa",
    "misclassified_gaps",
    "misclassified_rates",
    "recorded_given_true",
    "validity",
]

Scheme = Literal["2001", "2021", "2021 high level"]
Interval = Literal["wilson", "exact"]
Weights = Literal["linear", "quadratic"]

#: What a value of an ethnicity field can be, in the order shown.
_ANSWERS = ("completeness", "not stated", "not known", "missing", "not a code")
_USABLE, _NOT_STATED, _NOT_KNOWN, _MISSING, _NO_CODE = range(5)

_GROUPS: dict[str, tuple[str, ...]] = {
    "2001": tuple(
        name
        for code, label in ethnic.NHS_2001.items()
        if code in ethnic.NHS_2001_HIGH_LEVEL
        for name in (code, label)
    ),
    "2021": tuple(name for g in ethnic.GROUPS for name in (g.label, g.official, str(g.code))),
    "2021 high level": ethnic.HIGH_LEVEL,
}
_NO_GROUP = {
    "Z": _NOT_STATED,
    ethnic.NOT_STATED: _NOT_STATED,
    "99": _NOT_KNOWN,
    ethnic.NOT_KNOWN: _NOT_KNOWN,
}

#: From this observed agreement on, a kappa below the second number is called a paradox.
_HIGH_AGREEMENT, _LOW_KAPPA = 0.8, 0.6


def completeness(
    data: pd.DataFrame,
    *,
    column: str,
    scheme: Scheme,
    by: str | Sequence[str] | None = None,
    count: str | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Say how many records carry a usable ethnic group, and what the others carry.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each record, or for each combination that `count` counts.
    column : str
        The ethnicity field: codes or labels of the scheme.
    scheme : {"2001", "2021", "2021 high level"}
        NHS codes of 2001 (``"A"`` to ``"S"``) or their labels; the 19 groups of the 2021 Census
        by short label, full wording or number; or the five high-level groups. In each of them
        ``"Z"`` or ``"Not stated"`` and ``"99"`` or ``"Not known"`` are understood.
    by : str or list of str, optional
        The column, or columns, to tell apart, such as the provider.
    count : str, optional
        The column that says how many records a row stands for; otherwise each is one.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        Five rows for each group in order of first appearance, which add up to all its records:
        the columns of `by`, records, all_records, then value, lower, upper, confidence,
        statistic, method and note. The statistics are ``"completeness"`` (a code or label of an
        ethnic group), ``"not stated"`` (asked, not said), ``"not known"`` (not asked, or lost),
        ``"missing"`` (nothing, or only spaces) and ``"not a code"`` (anything else).

    Raises
    ------
    Refusal
        If the table is empty, a column is missing, a count is missing, negative or no number,
        or there is no such scheme.

    Notes
    -----
    Completeness is usable records / all records, with Wilson's interval. Measures that count
    not stated as complete give higher figures: add the second row to the first to compare. A
    code counts as it is written: ``"a"`` and ``"A*"`` are not codes of 2001.

    References
    ----------
    NHS Data Dictionary, *Ethnic category*; Wilson EB (1927), J Am Stat Assoc 22:209-212.

    Examples
    --------
    >>> data = pd.DataFrame({"code": ["A", "H", "Z", "99", None, "A", "?", "N"]})
    >>> found = completeness(data, column="code", scheme="2001")
    >>> found[["statistic", "records", "value"]]
          statistic  records  value
    0  completeness      4.0  0.500
    1    not stated      1.0  0.125
    2     not known      1.0  0.125
    3       missing      1.0  0.125
    4    not a code      1.0  0.125
    """
    confidence = tables.check_confidence(confidence)
    answer, group, labels, weight = _read_field(data, column, scheme, by, count)
    kinds = len(_ANSWERS)
    found = tables.sums(weight, group * kinds + answer, len(labels) * kinds)
    total = np.repeat(tables.sums(weight, group, len(labels)), kinds)
    return _shares(
        {name: np.repeat(labels[name].to_numpy(), kinds) for name in labels.columns},
        found,
        total,
        names=("records", "all_records"),
        statistic=np.tile(np.array(_ANSWERS, dtype=object), len(labels)),
        confidence=confidence,
        nobody="No value: there is no record.",
    )


def validity(
    data: pd.DataFrame,
    *,
    column: str,
    scheme: Scheme,
    by: str | Sequence[str] | None = None,
    count: str | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Say how many of the filled-in records carry a code of the scheme.

    Parameters
    ----------
    data, column, scheme, by, count, confidence
        As in `completeness`.

    Returns
    -------
    pandas.DataFrame
        One row for each group in order of first appearance: the columns of `by`, valid, filled,
        then value, lower, upper, confidence, statistic, method and note, which names up to five
        values that are not codes.

    Raises
    ------
    Refusal
        As in `completeness`.

    Notes
    -----
    Validity is (usable + not stated + not known) / (all records - missing): ``Z`` and ``99``
    are valid codes though they are not groups. A code of another scheme is not valid: 2001 has
    none for Roma, for Gypsy or Irish Traveller or for Arab.

    Examples
    --------
    >>> data = pd.DataFrame({"code": ["A", "H", "Z", "99", None, "Roma"]})
    >>> validity(data, column="code", scheme="2001")[["valid", "filled", "value", "note"]]
       valid  filled  value                                note
    0    4.0     5.0    0.8  Not in scheme 2001: 'Roma'.
    """
    confidence = tables.check_confidence(confidence)
    answer, group, labels, weight = _read_field(data, column, scheme, by, count)
    known = np.isin(answer, (_USABLE, _NOT_STATED, _NOT_KNOWN))
    valid = tables.sums(weight * known, group, len(labels))
    filled = tables.sums(weight * (answer != _MISSING), group, len(labels))
    result = _shares(
        {name: labels[name] for name in labels.columns},
        valid,
        filled,
        names=("valid", "filled"),
        statistic="validity",
        confidence=confidence,
        nobody="No value: no record is filled in.",
    )
    odd = pd.DataFrame({"group": group, "value": data[column].astype(object).to_numpy()})
    odd = odd[(answer == _NO_CODE) & (weight > 0)].drop_duplicates()
    notes = result["note"].to_numpy(dtype=object, copy=True)
    # Only groups with strange values, and only to write their notes.
    for place, values in odd.groupby("group")["value"]:
        shown = ", ".join(map(repr, values.iloc[:5]))
        more = f" and {len(values) - 5} more" if len(values) > 5 else ""
        notes[place] = f"{notes[place]} Not in scheme {scheme}: {shown}{more}.".strip()
    return result.assign(note=notes)


def confusion(
    data: pd.DataFrame,
    *,
    truth: str,
    recorded: str,
    count: str | None = None,
    categories: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """Count what one source recorded against what people say themselves, or another source.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each person found in both sources, or for each combination that `count`
        counts.
    truth : str
        The column taken as the truth, such as self-report.
    recorded : str
        The column to be judged.
    count : str, optional
        The column that says how many people a row stands for; otherwise each is one.
    categories : sequence, optional
        The categories in order. Without it the house order of `eeic.categories` is used where
        all values belong to it, else the order of first appearance.

    Returns
    -------
    pandas.DataFrame
        Whole square matrix of people: rows are the truth, columns what was recorded.

    Raises
    ------
    Refusal
        If the table is empty, a column is missing, a value is missing in either source, or not
        among the categories, or a count is missing, negative or no number.

    Notes
    -----
    People missing in one source are not silently left out: give them a category such as ``"Not
    known"``, or leave them out before and say how many.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "said": ["Roma", "Roma", "Indian", "Indian", "Indian"],
    ...     "coded": ["Roma", "Other White", "Indian", "Indian", "Indian"],
    ... })
    >>> confusion(data, truth="said", recorded="coded")
    coded        Indian  Roma  Other White
    said
    Indian          3.0   0.0          0.0
    Roma            0.0   1.0          1.0
    Other White     0.0   0.0          0.0
    """
    tables.require_table(data)
    sides = [
        tables.column(data, name, parameter).astype(object)
        for name, parameter in ((truth, "truth"), (recorded, "recorded"))
    ]
    for side, name in zip(sides, (truth, recorded), strict=True):
        gap = np.flatnonzero(side.isna())
        if gap.size:
            raise Refusal(
                f"Column {name!r}, row {gap[0] + 1}: the value is missing; give it a category "
                "such as 'Not known', or leave the row out and say so."
            )
    present = list(dict.fromkeys(pd.concat(sides)))
    labels = pd.Index(_in_order(present) if categories is None else list(categories), dtype=object)
    if labels.has_duplicates:
        raise Refusal(f"The category {labels[labels.duplicated()][0]!r} is given twice.")
    codes = []
    for side, name in zip(sides, (truth, recorded), strict=True):
        places = labels.get_indexer(pd.Index(side, dtype=object))
        strange = np.flatnonzero(places < 0)
        if strange.size:
            raise Refusal(
                f"Column {name!r}, row {strange[0] + 1}: {side.iloc[strange[0]]!r} is not among "
                "the categories given."
            )
        codes.append(places)
    size = len(labels)
    weight = _weights(data, count, [])
    cells = tables.sums(weight, codes[0] * size + codes[1], size**2)
    return pd.DataFrame(
        cells.reshape(size, size),
        index=labels.rename(truth),
        columns=labels.rename(recorded),
    )


def agreement(matrix: pd.DataFrame | ArrayLike, *, confidence: float = 0.95) -> pd.DataFrame:
    """Say how often two sources agree, overall and for each group.

    Parameters
    ----------
    matrix : DataFrame or square array
        People by the first source (rows) and the second (columns), as `confusion` gives.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        A row for all groups, then three for each group: group, agreeing, people, then value,
        lower, upper, confidence, statistic, method and note. The statistics are ``"overall
        agreement"``, and of the people whom the first source, the second, or either of them
        puts in the group, the share whom both put there.

    Raises
    ------
    Refusal
        If the matrix is not square with the same categories on both sides, or has a cell that
        is missing, negative or no number, or nobody in it.

    Notes
    -----
    With nᵢⱼ people in row i and column j, they are Σnᵢᵢ / n, nᵢᵢ / nᵢ₊, nᵢᵢ / n₊ᵢ and
    nᵢᵢ / (nᵢ₊ + n₊ᵢ - nᵢᵢ), each with Wilson's interval. Overall agreement is led by the largest
    group and can be high where a small group is nearly always recorded wrongly.

    Examples
    --------
    >>> agreement([[90, 1], [4, 5]])[["group", "statistic", "value"]].round(2)
      group                 statistic  value
    0   All         overall agreement   0.95
    1     0     of the first source's   0.99
    2     0    of the second source's   0.96
    3     0         of either source's   0.95
    4     1     of the first source's   0.56
    5     1    of the second source's   0.83
    6     1         of either source's   0.50
    """
    confidence = tables.check_confidence(confidence)
    checked = _with_people(matrix)
    both = np.diag(checked.cells)
    first, second = checked.cells.sum(axis=1), checked.cells.sum(axis=0)
    people = np.column_stack([first, second, first + second - both]).ravel()
    return _shares(
        {"group": ["All", *np.repeat(checked.rows.to_numpy(dtype=object), 3)]},
        np.concatenate([[both.sum()], np.repeat(both, 3)]),
        np.concatenate([[first.sum()], people]),
        names=("agreeing", "people"),
        statistic=[
            "overall agreement",
            *["of the first source's", "of the second source's", "of either source's"] * len(both),
        ],
        confidence=confidence,
        nobody="No value: that source puts nobody in the group.",
    )


def accuracy(
    tp: ArrayLike,
    fp: ArrayLike,
    fn: ArrayLike,
    tn: ArrayLike,
    *,
    interval: Interval = "wilson",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Judge how well being recorded in a group says that people are in it.

    Parameters
    ----------
    tp, fp, fn, tn : scalar, array or Series
        People recorded in the group who say so themselves (true positives), who do not (false
        positives); people not recorded in it who say they are (false negatives), and who do not
        (true negatives). Whole numbers.
    interval : {"wilson", "exact"}
        Wilson's limits of each share, or Clopper and Pearson's, which are never too narrow.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        Ten rows for each set of counts, under its index label: tp, fp, fn, tn, then value,
        lower, upper, confidence, statistic, method and note. The statistics are sensitivity
        (of those in the group, recorded so), specificity, PPV (of those recorded in the group,
        in it), NPV, accuracy, recorded prevalence, true prevalence, positive and negative
        likelihood ratio, and Youden's index.

    Raises
    ------
    Refusal
        If a count is missing, negative, not whole or no number, if all four are zero, or if
        there is no row.

    Notes
    -----
    Sensitivity is tp/(tp + fn), specificity tn/(fp + tn), PPV tp/(tp + fp), NPV tn/(fn + tn).
    The likelihood ratios are sens/(1 - spec) and (1 - sens)/spec, with limits
    LR × exp(±z √(1/a - 1/(tp + fn) + 1/b - 1/(fp + tn))), where a and b are tp and fp, or fn
    and tn. Youden's index is sens + spec - 1, and its limits are those of the two shares added
    likewise. PPV and NPV depend on how large the group is; the same recording practice has a
    lower PPV where the group is smaller.

    References
    ----------
    Altman DG, Bland JM (1994), BMJ 308:1552 and 309:102. Simel DL, Samsa GP, Matchar DB (1991),
    J Clin Epidemiol 44:763-770, for the likelihood ratios. R package epiR, ``epi.tests``.

    Examples
    --------
    >>> accuracy(45, 6, 11, 938)[["statistic", "value", "lower", "upper"]].head(4).round(2)
         statistic  value  lower  upper
    0  sensitivity   0.80   0.68   0.89
    0  specificity   0.99   0.99   1.00
    0          PPV   0.88   0.77   0.94
    0          NPV   0.99   0.98   0.99
    """
    tables.check_choice("interval", interval, ("wilson", "exact"))
    confidence = tables.check_confidence(confidence)
    arrays, index, locate = tables.aligned(tp=tp, fp=fp, fn=fn, tn=tn)
    for name, x in arrays.items():
        tables.require_present(x, name, locate)
        tables.require_counts(x, name, locate)
        tables.require(x == np.floor(x), name, x, locate, "is not a whole number of people")
    everyone = np.sum(list(arrays.values()), axis=0)
    tables.require(everyone > 0, "tp, fp, fn and tn", everyone, locate, "is the number of people")
    return _measures(arrays, index, interval, confidence)


def accuracy_by_group(
    matrix: pd.DataFrame | ArrayLike,
    *,
    interval: Interval = "wilson",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Judge the recording of every group against all others, as `accuracy` does for one.

    Parameters
    ----------
    matrix : DataFrame or square array
        People by self-report (rows) and as recorded (columns), as `confusion` gives.
    interval, confidence
        As in `accuracy`.

    Returns
    -------
    pandas.DataFrame
        Ten rows for each group: group, tp, fp, fn, tn, then as in `accuracy`.

    Raises
    ------
    Refusal
        If the matrix is not square with the same categories on both sides, or has a cell that
        is missing, negative, not whole or no number, or nobody in it.

    Examples
    --------
    >>> matrix = pd.DataFrame(
    ...     [[90, 1], [4, 5]], index=["White", "Asian"], columns=["White", "Asian"])
    >>> found = accuracy_by_group(matrix)
    >>> found.query("statistic == 'sensitivity'")[["group", "value"]].round(2)
        group  value
    0   White   0.99
    10  Asian   0.56
    """
    checked = _with_people(matrix)
    tp = np.diag(checked.cells)
    fn, fp = checked.cells.sum(axis=1) - tp, checked.cells.sum(axis=0) - tp
    group = checked.rows.rename("group")
    columns = {"tp": tp, "fp": fp, "fn": fn, "tn": checked.cells.sum() - tp - fp - fn}
    found = accuracy(
        **{name: pd.Series(x, index=group) for name, x in columns.items()},
        interval=interval,
        confidence=confidence,
    )
    return found.reset_index()


def kappa(
    matrix: pd.DataFrame | ArrayLike,
    *,
    weights: Weights | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Work out Cohen's kappa: agreement of two sources beyond what chance would give.

    Parameters
    ----------
    matrix : DataFrame or square array
        People by the first source (rows) and the second (columns), as `confusion` gives.
    weights : {None, "linear", "quadratic"}
        None counts every disagreement alike. The weights count it by how far apart the
        categories stand in the order of the matrix, which suits age bands or deprivation and
        not ethnic groups, which have no order.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        One row: people, observed_agreement, chance_agreement (both weighted), then value, lower,
        upper, confidence, statistic, method and note, then standard_error (asymptotic).

    Raises
    ------
    Refusal
        If the matrix is not square with the same categories on both sides, has a cell that is
        missing, negative or no number, or nobody in it; or if both sources put everybody in
        one and the same category, where chance alone would give full agreement.

    Notes
    -----
    With the weighted observed agreement p₀ and chance agreement pₑ, from the two sources'
    shares, kappa is (p₀ - pₑ)/(1 - pₑ); the limits are kappa ± z times its large-sample
    standard error. Linear weights are 1 - |i - j|/(k - 1), quadratic 1 - (i - j)²/(k - 1)².
    Where nearly everybody is in one category, chance agreement is high and kappa can be near
    zero or below it though nearly all records agree (the kappa paradox): the note says so.

    References
    ----------
    Cohen J (1960), Educ Psychol Meas 20:37-46; Fleiss JL, Cohen J, Everitt BS (1969), Psychol
    Bull 72:323-327; Feinstein AR, Cicchetti DV (1990), J Clin Epidemiol 43:543-549.

    Examples
    --------
    >>> found = kappa([[40, 9], [6, 45]])
    >>> found[["observed_agreement", "value", "lower", "upper"]].round(2)
       observed_agreement  value  lower  upper
    0                0.85    0.7   0.56   0.84
    """
    # statsmodels takes long to import, and only this function needs it.
    from statsmodels.stats.inter_rater import cohens_kappa

    if weights is not None:
        tables.check_choice("weights", weights, ("linear", "quadratic"))
    confidence = tables.check_confidence(confidence)
    checked = _with_people(matrix)
    cells, size = checked.cells, len(checked.rows)
    people = cells.sum()
    by_chance = np.outer(cells.sum(axis=1), cells.sum(axis=0)) / people**2
    if (np.diag(cells) == people).any():
        raise Refusal(
            "Kappa is not defined: both sources put everybody in one category, so that chance "
            "alone gives full agreement."
        )
    distance = np.abs(np.subtract.outer(np.arange(size), np.arange(size))) / (size - 1)
    unequal = (distance > 0).astype(float)
    lost = {None: unequal, "linear": distance, "quadratic": distance**2}[weights]
    observed, chance = 1 - (lost * cells).sum() / people, 1 - (lost * by_chance).sum()
    with np.errstate(divide="ignore", invalid="ignore"):  # of a test that we do not use
        found = cohens_kappa(cells, wt=weights)
    value = float(found.kappa)
    perfect = bool((cells[~np.eye(size, dtype=bool)] == 0).all())
    # Rounding can leave a variance of zero a little below it.
    error = 0.0 if perfect else float(np.sqrt(max(found.var_kappa, 0.0)))
    notes = tables.blank_notes(1)
    tables.add_note(
        notes,
        np.array([weights is None and observed >= _HIGH_AGREEMENT and value < _LOW_KAPPA]),
        f"Kappa paradox: the sources agree on {observed:.0%} of people, and chance alone would "
        f"give {chance:.0%} with so many in one category; read the agreement of each group too.",
    )
    constant = any((cells.sum(axis=axis) == people).any() for axis in (0, 1))
    tables.add_note(
        notes,
        np.array([constant]),
        "One source puts everybody in one category: kappa is then zero however many agree.",
    )
    tables.add_note(
        notes,
        np.array([error == 0]),
        "The limits have no width because the data have no variation: that is not certainty.",
    )
    reach = intervals.z_value(confidence) * error
    return tables.result(
        {
            "people": [people],
            "observed_agreement": [observed],
            "chance_agreement": [chance],
        },
        value=[value],
        lower=[value - reach],
        upper=[value + reach],
        confidence=confidence,
        statistic="kappa" if weights is None else f"kappa, {weights} weights",
        method="Cohen, asymptotic standard error",
        note=notes,
    ).assign(standard_error=error)


def _read_field(
    data: pd.DataFrame,
    column: str,
    scheme: str,
    by: str | Sequence[str] | None,
    count: str | None,
) -> tuple[Integers, Integers, pd.DataFrame, Floats]:
    """Return what each record's answer is, its group, the groups' labels and its weight."""
    tables.check_choice("scheme", scheme, tuple(_GROUPS))
    tables.require_table(data)
    known = {**dict.fromkeys(_GROUPS[scheme], _USABLE), **_NO_GROUP}
    places, values = pd.factorize(tables.column(data, column, "column").astype(object))
    kinds = np.array([_answer(value, known) for value in values] + [_MISSING], dtype=np.intp)
    by = tables.names(by)
    group = tables.codes(data, by, "by")
    labels = data.loc[~pd.Series(group).duplicated().to_numpy(), by].reset_index(drop=True)
    return kinds[places], group, labels, _weights(data, count, by)  # place -1 is missing


def _answer(value: Any, known: dict[str, int]) -> int:
    """Say what one value of an ethnicity field is."""
    if isinstance(value, float | np.floating) and value.is_integer():
        value = int(value)  # a column of numbers with gaps in it
    if isinstance(value, int | np.integer) and not isinstance(value, bool | np.bool_):
        value = str(value)
    if not isinstance(value, str):
        return _NO_CODE
    return known.get(value, _NO_CODE) if value.strip() else _MISSING


def _weights(data: pd.DataFrame, count: str | None, by: Sequence[str]) -> Floats:
    """Return how many records each row stands for."""
    if count is None:
        return np.ones(len(data))
    locate = tables.locate_by_columns(data, by)
    weight = tables.numbers(tables.column(data, count, "count"), count, locate)
    tables.require_present(weight, count, locate)
    tables.require_counts(weight, count, locate)
    return weight


def _in_order(values: Sequence[Any]) -> list[Any]:
    """Put categories in the house order, or leave them as they came."""
    codes = list(ethnic.NHS_2001)
    if all(value in codes for value in values):
        return sorted(values, key=codes.index)
    try:
        return list(ethnic.ordered(values))
    except ethnic.UnknownCategory:
        return list(values)


def _with_people(matrix: Any) -> Matrix:
    """Return a square matrix in which somebody is counted."""
    checked = Matrix.of(matrix, square=True)
    if checked.cells.sum() == 0:
        raise Refusal("The matrix has nobody in it: every cell is zero.")
    return checked


def _share_limits(
    x: Floats, n: Floats, interval: str, confidence: float
) -> tuple[Floats, Floats, Floats]:
    """Return x / n and its limits, missing where n is zero."""
    some = np.where(n > 0, n, np.nan)
    x = np.where(n > 0, x, np.nan)
    limits = intervals.wilson if interval == "wilson" else intervals.clopper_pearson
    return (x / some, *limits(x, some, confidence))


def _shares(
    first: dict[str, Any],
    x: Floats,
    n: Floats,
    *,
    names: tuple[str, str],
    statistic: Any,
    confidence: float,
    nobody: str,
) -> pd.DataFrame:
    """Return shares with Wilson's interval, missing with the reason where there is nobody."""
    value, lower, upper = _share_limits(x, n, "wilson", confidence)
    notes = tables.blank_notes(len(x))
    tables.add_note(notes, n == 0, nobody)
    return tables.result(
        {**first, names[0]: x, names[1]: n},
        value=value,
        lower=lower,
        upper=upper,
        confidence=confidence,
        statistic=statistic,
        method="Wilson",
        note=notes,
    )


def _measures(
    arrays: dict[str, Floats], index: pd.Index, interval: str, confidence: float
) -> pd.DataFrame:
    """Return the ten measures of each two-by-two table, one row each."""
    tp, fp, fn, tn = arrays.values()
    inside, outside, everyone = tp + fn, fp + tn, tp + fp + fn + tn
    nobody_inside = "No value: nobody is in the group by self-report."
    nobody_outside = "No value: nobody is outside the group by self-report."
    share = "Wilson" if interval == "wilson" else "Clopper-Pearson"
    rows: list[tuple[str, tuple[Floats, Floats, Floats], str, NDArray[np.object_]]] = []

    def add(
        name: str,
        triple: tuple[Floats, Floats, Floats],
        method: str,
        *reasons: tuple[NDArray[np.bool_], str],
    ) -> None:
        notes = tables.blank_notes(len(tp))
        for where, reason in reasons:
            tables.add_note(notes, where, reason)
        rows.append((name, triple, method, notes))

    def add_share(name: str, x: Floats, n: Floats, reason: str) -> tuple[Floats, Floats, Floats]:
        triple = _share_limits(x, n, interval, confidence)
        add(name, triple, share, (n == 0, reason))
        return triple

    sensitivity = add_share("sensitivity", tp, inside, nobody_inside)
    specificity = add_share("specificity", tn, outside, nobody_outside)
    add_share("PPV", tp, tp + fp, "No value: nobody is recorded in the group.")
    add_share("NPV", tn, fn + tn, "No value: everybody is recorded in the group.")
    add_share("accuracy", tp + tn, everyone, "")
    add_share("recorded prevalence", tp + fp, everyone, "")
    add_share("true prevalence", inside, everyone, "")
    one_sided = ((inside == 0, nobody_inside), (outside == 0, nobody_outside))
    for name, a, b, reason in (
        (
            "positive likelihood ratio",
            tp,
            fp,
            "No value: nobody outside the group is recorded in it.",
        ),
        (
            "negative likelihood ratio",
            fn,
            tn,
            "No value: everybody outside the group is recorded in it.",
        ),
    ):
        triple = _likelihood_ratio(a, inside, b, outside, confidence)
        both = (inside > 0) & (outside > 0)
        add(
            name,
            triple,
            "Log-normal",
            *one_sided,
            (both & (b == 0), reason),
            (both & (b > 0) & (a == 0), "No interval by this method: the ratio is zero."),
        )
    lower, upper = (sensitivity[i] + specificity[i] - 1 for i in (1, 2))
    youden = (sensitivity[0] + specificity[0] - 1, lower, upper)
    add("Youden's index", youden, f"{share} limits, added", *one_sided)

    times = len(rows)
    statistic = np.tile(np.array([row[0] for row in rows], dtype=object), len(tp))
    value, lower, upper = (np.column_stack([row[1][i] for row in rows]).ravel() for i in range(3))
    return tables.result(
        {name: np.repeat(x, times) for name, x in arrays.items()},
        value=value,
        lower=lower,
        upper=upper,
        confidence=confidence,
        statistic=statistic,
        method=np.tile(np.array([row[2] for row in rows], dtype=object), len(tp)),
        note=np.column_stack([row[3] for row in rows]).ravel(),
        index=index.repeat(times),
    )


def _likelihood_ratio(
    a: Floats, inside: Floats, b: Floats, outside: Floats, confidence: float
) -> tuple[Floats, Floats, Floats]:
    """Return (a / inside) / (b / outside) with limits on the log scale."""
    known = (inside > 0) & (outside > 0) & (b > 0)
    n1, n0, b = (np.where(known, x, np.nan) for x in (inside, outside, b))
    value = a / n1 / (b / n0)
    some = np.where(a > 0, a, np.nan)
    factor = np.exp(intervals.z_value(confidence) * np.sqrt(1 / some - 1 / n1 + 1 / b - 1 / n0))
    return value, value / factor, value * factor
