"""Models against closed forms and statsmodels; decompositions against other ways to get them."""

import itertools

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.oaxaca import OaxacaBlinder

from eeic.stats import Refusal
from eeic.stats.adjust import (
    _parts,
    between_within,
    das_gupta,
    kitagawa,
    margins,
    model,
    oaxaca_blinder,
)

COLUMNS = ["value", "lower", "upper", "confidence", "statistic", "method", "note"]
LIMITS = ["value", "lower", "upper"]
Z = stats.norm.ppf(0.975)


def two_groups(x1=30, n1=120, x0=60, n0=400):
    return pd.DataFrame({"g": ["A", "B"], "x": [x1, x0], "n": [n1, n0]})


def strata():
    """Three groups by three age bands, as totals."""
    table = pd.DataFrame(
        list(itertools.product(["A", "B", "C"], ["young", "middle", "old"])), columns=["g", "age"]
    )
    table["n"] = [300, 200, 50, 900, 800, 700, 120, 60, 40]
    table["x"] = [30, 45, 20, 60, 120, 210, 15, 12, 18]
    return table


def people(table, by=("g", "age")):
    """One row for each person of a table of totals."""
    rows = table.loc[table.index.repeat(table["n"])].reset_index(drop=True)
    place = rows.groupby([*by, "n", "x"], sort=False).cumcount()
    return rows[list(by)].assign(y=(place < rows["x"]).astype(int))


def practices(seed=5, size=1200, clusters=60):
    """People in practices: registered unequally, with practices that differ."""
    random = np.random.default_rng(seed)
    cluster = random.integers(0, clusters, size)
    share = 0.1 + 0.8 * (cluster / clusters)
    g = np.where(random.random(size) < share, "A", "B")
    age = random.normal(50, 15, size)
    risk = 0.2 + 0.4 * cluster / clusters + 0.1 * (g == "A") + 0.002 * (age - 50)
    y = (random.random(size) < risk).astype(int)
    return pd.DataFrame({"g": g, "practice": cluster, "age": age, "y": y})


def row(found, label, name="g"):
    return found.set_index(name).loc[label]


# --- models ---------------------------------------------------------------------------------


def test_two_groups_logistic_is_the_odds_ratio(same):
    found = model(
        two_groups(), outcome="x", population="n", group="g", reference="B", family="logistic"
    )
    a, b, c, d = 30, 90, 60, 340
    ratio, error = a * d / (b * c), np.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    expected = [ratio, ratio * np.exp(-Z * error), ratio * np.exp(Z * error)]
    same(found.loc[0, LIMITS], expected)
    assert found["statistic"][0] == "odds ratio"
    assert found.loc[1, LIMITS].isna().tolist() == [False, True, True]
    assert found["value"][1] == 1 and found["note"][1] == "Reference group."


def test_two_groups_poisson_is_the_rate_ratio(same):
    table = two_groups().assign(years=[110.5, 391.25])
    found = model(
        table, outcome="x", population="years", group="g", reference="B", family="poisson"
    )
    ratio, error = (30 / 110.5) / (60 / 391.25), np.sqrt(1 / 30 + 1 / 60)
    same(found.loc[0, LIMITS], [ratio, ratio * np.exp(-Z * error), ratio * np.exp(Z * error)])
    assert found["statistic"][0] == "rate ratio"


def test_two_groups_robust_poisson_is_the_risk_ratio(same):
    found = model(
        two_groups(),
        outcome="x",
        population="n",
        group="g",
        reference="B",
        family="poisson",
        errors="robust",
    )
    hc1 = 520 / 518
    error = np.sqrt(hc1 * (1 / 30 - 1 / 120 + 1 / 60 - 1 / 400))
    ratio = (30 / 120) / (60 / 400)
    same(found.loc[0, LIMITS], [ratio, ratio * np.exp(-Z * error), ratio * np.exp(Z * error)])
    assert found["statistic"][0] == "risk ratio"


@pytest.mark.parametrize("family", ["logistic", "poisson"])
@pytest.mark.parametrize("errors", ["model", "robust"])
def test_people_and_totals_give_the_same(same, family, errors):
    shared = {
        "group": "g", "reference": "B", "covariates": "age", "family": family, "errors": errors,
    }  # fmt: skip
    totals = model(strata(), outcome="x", population="n", **shared)
    each = model(people(strata()), outcome="y", **shared)
    same(each[LIMITS], totals[LIMITS])
    assert each["population"].tolist() == totals["population"].tolist() == [550, 2400, 220]


@pytest.mark.parametrize("family", ["logistic", "poisson"])
@pytest.mark.parametrize("errors, kind", [("model", "nonrobust"), ("robust", "HC1")])
def test_adjusted_as_statsmodels_on_people(same, family, errors, kind):
    data = practices()
    found = model(
        data, outcome="y", group="g", reference="B", covariates=["age"], family=family,
        errors=errors,
    )  # fmt: skip
    x = sm.add_constant(np.column_stack([data["g"] == "A", data["age"]]).astype(float))
    kinds = {"logistic": sm.families.Binomial(), "poisson": sm.families.Poisson()}
    theirs = sm.GLM(data["y"].to_numpy(), x, family=kinds[family]).fit(tol=1e-12, cov_type=kind)
    # statsmodels leaves the factor n / (n - k), which is what the 1 of HC1 means, out of GLM.
    factor = np.sqrt(1200 / 1197) if errors == "robust" else 1
    limits = theirs.params[1] + np.array([0, -Z, Z]) * theirs.bse[1] * factor
    same(row(found, "A")[LIMITS], np.exp(limits), rtol=1e-7)


def test_cluster_errors_as_statsmodels_but_for_the_factor_of_people(same):
    data = practices()
    found = model(
        data, outcome="y", group="g", reference="B", covariates="age", family="logistic",
        cluster="practice",
    )  # fmt: skip
    x = sm.add_constant(np.column_stack([data["g"] == "A", data["age"]]).astype(float))
    theirs = sm.GLM(data["y"].to_numpy(), x, family=sm.families.Binomial()).fit(
        tol=1e-12, cov_type="cluster", cov_kwds={"groups": data["practice"].to_numpy()}
    )
    ours = np.log(row(found, "A")["upper"] / row(found, "A")["value"]) / Z
    same(ours, theirs.bse[1] * np.sqrt((len(data) - 3) / (len(data) - 1)), rtol=1e-7)
    assert "cluster-robust" in found["method"][0]


def test_question_says_what_it_is_adjusted_for():
    data = practices().assign(age_band=lambda d: np.where(d["age"] > 50, "50+", "under 50"))
    asked = {"outcome": "y", "group": "g", "reference": "B"}
    found = model(data, **asked, covariates=["age_band", "age"], family="logistic")
    assert row(found, "A")["question"] == (
        "Compared with B people of the same age band and age, how many times the odds of y do A "
        "people have? (adjusted for: age band, age, as a straight line)"
    )
    assert "not adjusted for anything" in model(data, **asked, family="logistic")["question"][0]
    level = margins(
        data, **asked, covariates="age_band", family="poisson", errors="robust", measure="level"
    )
    assert "whole population's mix of age band" in level["question"][0]
    assert "risk of y" in level["question"][0]


def test_result_has_the_columns_of_every_result():
    found = model(
        strata(), outcome="x", population="n", group="g", reference="B", family="logistic"
    )
    assert list(found.columns) == [
        "g", "reference", "events", "population", "multiplier", *COLUMNS, "question",
    ]  # fmt: skip
    assert found["g"].tolist() == ["A", "B", "C"]
    assert found["events"].tolist() == [95, 390, 45]


def test_a_group_without_events_changes_nothing_for_the_others(same):
    shared = {
        "outcome": "x", "population": "n", "group": "g", "reference": "B", "covariates": "age",
        "family": "logistic", "min_events": 0,
    }  # fmt: skip
    table = strata()
    none = table[table["g"] == "C"].assign(g="D", x=0)
    full = none.assign(g="E", x=none["n"])
    found = model(pd.concat([none, table, full]), **shared)
    same(found.query("g in ['A', 'B', 'C']")[LIMITS], model(table, **shared)[LIMITS])
    for label in "DE":
        assert row(found, label)[LIMITS].isna().all()
        assert "no event, or nobody without" in row(found, label)["note"]


def test_few_events_are_withheld_with_the_reason():
    table = strata()
    table.loc[table["g"] == "C", "x"] = [3, 3, 3]
    shared = {"group": "g", "reference": "B", "covariates": "age", "population": "n"}
    found = model(table, outcome="x", family="poisson", **shared)
    assert row(found, "C")[LIMITS].isna().all()
    assert row(found, "C")["note"] == "Not shown: fewer than 10 events."
    table["not_x"] = table["n"] - table["x"]
    found = model(table, outcome="not_x", family="logistic", **shared)
    assert row(found, "C")["note"].endswith("or fewer than 10 people without.")
    with pytest.raises(Refusal, match="The reference C has fewer than 10 events: every"):
        model(table, outcome="x", family="poisson", **{**shared, "reference": "C"})


def test_missing_rows_are_counted_and_left_out_only_when_asked(same):
    data = practices()
    holes = data.astype({"y": float})
    holes.loc[[3, 8], "y"] = np.nan
    holes.loc[[8, 9], "age"] = np.nan
    shared = {
        "outcome": "y", "group": "g", "reference": "B", "covariates": "age", "family": "logistic",
    }  # fmt: skip
    with pytest.raises(Refusal, match=r"'y', row 4: the value is missing .*: y 2, age 2"):
        model(holes, **shared)
    found = model(holes, **shared, missing="drop")
    same(found[LIMITS], model(data.drop([3, 8, 9]), **shared)[LIMITS])
    said = "Rows left out for a missing value: 3 (y 2, age 2)."
    assert all(note.endswith(said) for note in found["note"])


def test_kinds_of_columns_that_mean_the_same_give_the_same(same):
    data = people(strata())
    shared = {
        "outcome": "y", "group": "g", "reference": "B", "covariates": "age", "family": "logistic",
    }  # fmt: skip
    expected = model(data, **shared)[LIMITS]
    categories = pd.Categorical(data["age"], categories=["old", "nobody", "middle", "young"])
    for other in (
        data.assign(y=data["y"].astype(bool)),
        data.assign(y=data["y"].astype("Int64")),
        data.assign(y=data["y"].astype(bool).astype("boolean")),
        data.assign(age=categories, g=pd.Categorical(data["g"])),
        data.set_index(pd.Index(np.arange(len(data)) % 7)),
    ):
        same(model(other, **shared)[LIMITS], expected)
    mixed = model(data.sample(frac=1, random_state=1), **shared)
    same(mixed.set_index("g").loc[["A", "B", "C"], LIMITS], expected)


def test_warnings_in_notes():
    data = practices()
    shared = {"outcome": "y", "group": "g", "reference": "B"}
    found = model(data, **shared, family="poisson")
    assert "errors='robust'" in row(found, "A")["note"]
    few = data.assign(practice=data["practice"] % 20)
    found = model(few, **shared, family="logistic", cluster="practice")
    assert "fewer than 50 clusters" in row(found, "A")["note"]
    scattered = pd.DataFrame(
        {"g": ["A", "B"] * 6, "x": [20, 90, 80, 10, 15, 70, 60, 12, 90, 75, 10, 11], "n": 1000.0}
    )
    found = model(
        scattered, outcome="x", population="n", group="g", reference="B", family="poisson"
    )
    assert "limits are too narrow" in row(found, "A")["note"]


def test_no_limits_from_a_handful_of_clusters():
    data = practices()
    data.loc[data["g"] == "A", "practice"] = 3
    found = model(
        data, outcome="y", group="g", reference="B", family="logistic", cluster="practice"
    )
    assert np.isfinite(row(found, "A")["value"])
    assert row(found, "A")[["lower", "upper"]].isna().all()
    assert "fewer than 10 clusters" in row(found, "A")["note"]


def separated():
    return pd.DataFrame({"g": ["A", "B"] * 40, "z": np.arange(80.0), "y": np.arange(80) >= 40})


TOTALS = {
    "outcome": "x", "population": "n", "group": "g", "reference": "B", "family": "logistic",
}  # fmt: skip


@pytest.mark.parametrize(
    "table, options, says",
    [
        (strata(), {"reference": "Z"}, "The reference 'Z' is not in column 'g', which has: A, B"),
        (strata(), {"family": "gaussian"}, "family is 'gaussian'"),
        (strata(), {"errors": "HC3"}, "errors is 'HC3'"),
        (strata(), {"missing": "keep"}, "missing is 'keep'"),
        (strata(), {"confidence": 95}, "confidence is 95"),
        (strata(), {"covariates": "sex"}, "There is no column 'sex' .for covariates."),
        (strata(), {"covariates": "g"}, "'g' is named twice, as group and as covariates"),
        (strata().iloc[:0], {}, "table is empty"),
        (strata().query("g == 'B'"), {}, "one group only"),
        (strata().assign(x=900), {}, r"'x', row 1 \(g A\): 900 is more than the population"),
        (strata().assign(x=1.5), {}, "'x', row 1 .*: 1.5 is not a whole number"),
        (strata().assign(x=-1), {}, "'x', row 1 .*: -1 is negative"),
        (strata().assign(x="many"), {}, "'x', row 1 .*: 'many' is not a number"),
        (strata().assign(x=np.inf), {}, "'x', row 1 .*: inf is not a finite number"),
        (strata().assign(n=0), {}, "'n', row 1 .*: 0 is no population"),
        (strata().assign(n=900.5), {}, "'n', row 1 .*: 900.5 is not a whole number of people"),
        (strata(), {"population": None}, "is more than 1, and no population is named"),
        (strata().assign(x=0), {}, "The reference B has fewer than 10 events"),
        (strata().assign(x=0), {"min_events": 0}, "The reference B has no events"),
        (strata().assign(c=1.0), {"covariates": "c"}, "'c' adds nothing .*same in every row"),
        (strata().assign(c="x"), {"covariates": "c"}, "'c' is the same in every row"),
        (strata().assign(c=lambda d: d["g"]), {"covariates": ["age", "c"]}, "'c', .*collinear"),
        (
            strata().assign(c=lambda d: d["age"] == "old"),
            {"covariates": ["age", "c"]},
            "'c', category True, adds nothing",
        ),
        (
            strata().assign(x=lambda d: d["x"].mask(d["age"] == "old", 0)),
            {"covariates": "age"},
            "'age', category old: there is no event, or nobody without",
        ),
        (separated(), {"outcome": "y", "population": None, "covariates": "z"}, "'z' .*separation"),
    ],
)
def test_models_refuse(table, options, says):
    with pytest.raises(Refusal, match=says):
        model(table, **{**TOTALS, **options})


# --- margins --------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["logistic", "poisson"])
def test_separate_margins_are_direct_standardisation(same, family):
    table = strata()
    weight = table.groupby("age", sort=False)["n"].sum() / table["n"].sum()
    rate = (table["x"] / table["n"]).to_numpy().reshape(3, 3)
    n = table["n"].to_numpy().reshape(3, 3)
    spread = rate * (1 - rate) if family == "logistic" else rate
    variance = ((weight.to_numpy() ** 2) * spread / n).sum(axis=1)
    level = (rate * weight.to_numpy()).sum(axis=1)
    options = {**TOTALS, "family": family, "covariates": "age", "separate": True}

    found = margins(table, **options, measure="difference", multiplier=1000)
    difference, error = level - level[1], np.sqrt(variance + variance[1])
    expected = np.column_stack([difference, difference - Z * error, difference + Z * error])
    same(found[LIMITS].iloc[[0, 2]], 1000 * expected[[0, 2]], rtol=1e-8)

    found = margins(table, **options, measure="ratio")
    ratio = level / level[1]
    error = np.sqrt(variance / level**2 + variance[1] / level[1] ** 2)
    expected = ratio[:, None] * np.exp(np.outer(error, [0, -Z, Z]))
    same(found[LIMITS].iloc[[0, 2]], expected[[0, 2]], rtol=1e-8)

    found = margins(table, **options, measure="level")
    same(found["value"], level)
    assert found["value"].between(found["lower"], found["upper"]).all()


@pytest.mark.parametrize("family", ["logistic", "poisson"])
def test_margins_are_mean_predictions_with_their_slopes(same, family):
    data = practices()
    kinds = {"logistic": sm.families.Binomial(), "poisson": sm.families.Poisson()}
    x = sm.add_constant(np.column_stack([data["g"] == "A", data["age"]]).astype(float))
    fit = sm.GLM(data["y"].to_numpy(), x, family=kinds[family]).fit(tol=1e-12)

    def level(group, b):
        given = x.copy()
        given[:, 1] = group
        return kinds[family].link.inverse(given @ b).mean()

    def slope(f):
        step = 1e-6 * np.eye(3) * np.maximum(np.abs(fit.params), 1e-2)
        return np.array([(f(fit.params + h) - f(fit.params - h)) / (2 * h.sum()) for h in step])

    def gap(b):
        return level(1, b) - level(0, b)

    shared = {
        "outcome": "y", "group": "g", "reference": "B", "covariates": "age", "family": family,
    }  # fmt: skip
    found = margins(data, **shared, measure="level")
    same(row(found, "A")["value"], level(1, fit.params), rtol=1e-7)
    same(row(found, "B")["value"], level(0, fit.params), rtol=1e-7)
    found = margins(data, **shared, measure="difference")
    error = np.sqrt(slope(gap) @ fit.cov_params() @ slope(gap))
    ours = row(found, "A")
    same(ours["value"], gap(fit.params), rtol=1e-6)
    same((ours["upper"] - ours["value"]) / Z, error, rtol=1e-5)
    ratio = row(margins(data, **shared, measure="ratio"), "A")["value"]
    same(ratio, level(1, fit.params) / level(0, fit.params), rtol=1e-7)


def test_margins_of_poisson_are_weighted_by_person_years(same):
    table = strata().assign(years=lambda d: d["n"] * [1.5, 2, 1, 1, 3, 1, 2, 2, 1])
    found = margins(
        table, **{**TOTALS, "family": "poisson", "population": "years"}, covariates="age",
        separate=True, measure="level", multiplier=100_000,
    )  # fmt: skip
    weight = table.groupby("age", sort=False)["years"].sum() / table["years"].sum()
    rate = (table["x"] / table["years"]).to_numpy().reshape(3, 3)
    same(found["value"], 100_000 * rate @ weight.to_numpy())
    assert found["statistic"][0] == "standardised rate per 100,000"


def test_separate_margins_refuse_a_group_without_a_category():
    options = {**TOTALS, "covariates": "age", "separate": True, "measure": "level"}
    with pytest.raises(Refusal, match="adds nothing to the columns before it for A"):
        margins(strata().drop(2), **options)
    none = strata()
    none.loc[2, "x"] = 0
    with pytest.raises(Refusal, match=r"'age', category old: .* among A people"):
        margins(none, **options)
    assert margins(none, **{**options, "separate": False})["value"].notna().all()


def test_margins_refuse_nothing_to_standardise_by():
    with pytest.raises(Refusal, match="covariates is empty"):
        margins(strata(), **TOTALS, covariates=[], measure="level")
    with pytest.raises(Refusal, match="measure is 'gap'"):
        margins(strata(), **TOTALS, covariates="age", measure="gap")


@pytest.mark.parametrize("measure", ["level", "difference", "ratio"])
def test_cluster_margins_have_wider_limits_where_practices_differ(measure):
    data = practices()
    shared = {
        "outcome": "y", "group": "g", "reference": "B", "covariates": "age", "family": "logistic",
        "measure": measure,
    }  # fmt: skip
    for separate in (False, True):
        plain = row(margins(data, **shared, separate=separate), "A")
        wide = row(margins(data, **shared, separate=separate, cluster="practice"), "A")
        assert wide["value"] == pytest.approx(plain["value"], rel=1e-9)
        assert wide["upper"] - wide["lower"] > plain["upper"] - plain["lower"]


# --- between and within ---------------------------------------------------------------------

BETWEEN = {"outcome": "y", "group": "g", "reference": "B", "cluster": "practice", "seed": 1}


def by_part(found, column="value"):
    return dict(zip(found["part"], found[column], strict=True))


def test_within_is_the_coefficient_beside_cluster_constants(same):
    data = practices()
    dummies = pd.get_dummies(data["practice"]).to_numpy(float)
    a = (data["g"] == "A").to_numpy(float)
    fit = sm.OLS(data["y"], np.column_stack([a, dummies])).fit()
    found = by_part(between_within(data, **BETWEEN))
    share = pd.crosstab(data["practice"], data["g"], normalize="columns")
    same(found["within"], fit.params.iloc[0])
    same(found["between"], (share["A"] - share["B"]) @ fit.params.iloc[1:].to_numpy())
    means = data.groupby("g")["y"].mean()
    same(found["gap"], means["A"] - means["B"])


def test_it_is_oaxaca_blinder_by_cluster():
    # Every cluster has both groups, as Oaxaca and Blinder need.
    data = practices().assign(practice=lambda d: (d["practice"] % 12).astype(str))
    ours = by_part(between_within(data, **BETWEEN))
    theirs = by_part(
        oaxaca_blinder(
            data, outcome="y", group="g", reference="B", covariates="practice",
            coefficients="pooled with group",
        )
    )  # fmt: skip
    assert ours["between"] == pytest.approx(theirs["explained"], rel=1e-9)
    assert ours["within"] == pytest.approx(theirs["unexplained"], rel=1e-9)


def test_totals_and_people_give_the_same_and_rows_may_stand_anyhow(same):
    data = practices()
    totals = data.groupby(["practice", "g"], as_index=False).agg(x=("y", "sum"), n=("y", "size"))
    options = {**BETWEEN, "outcome": "x", "population": "n"}
    by_people = between_within(data.sort_values("practice"), **BETWEEN)
    same(between_within(totals, **options)[LIMITS].sort_values("value"),
         by_people[LIMITS].sort_values("value"))  # fmt: skip
    per_thousand = between_within(totals, **options, multiplier=1000)
    same(per_thousand[LIMITS], 1000 * between_within(totals, **options)[LIMITS])


def test_limits_are_percentiles_over_whole_clusters(same):
    data = practices(size=600, clusters=20)
    found = between_within(data, **BETWEEN, draws=150)
    random = np.random.Generator(np.random.PCG64(1))
    order = pd.factorize(data["practice"])[1]
    slow = []
    for counts in np.concatenate(list(_parts.resamples(random, len(order), 150))):
        parts = [
            data[data["practice"] == practice].assign(practice=f"{practice} {again}", weight=1)
            for practice, times in zip(order, counts, strict=True)
            for again in range(int(times))
        ]
        slow.append(by_part(between_within(pd.concat(parts), **{**BETWEEN, "draws": 100})))
    lower, upper = np.quantile(pd.DataFrame(slow)[found["part"]], [0.025, 0.975], axis=0)
    same(found["lower"], lower)
    same(found["upper"], upper)
    pd.testing.assert_frame_equal(found, between_within(data, **BETWEEN, draws=150))


def test_one_mean_everywhere_has_no_gap():
    found = between_within(practices().assign(y=7.25), **BETWEEN)
    assert found["value"].to_numpy() == pytest.approx(0, abs=1e-12)
    assert found[["lower", "upper"]].isna().all(axis=None)
    assert found["note"].str.contains("no variation is left").all()


def test_groups_that_never_meet_have_no_parts():
    data = practices()
    data["practice"] = data["practice"].astype(str) + data["g"]
    found = between_within(data, **BETWEEN)
    assert by_part(found)["gap"] == pytest.approx(
        data.groupby("g")["y"].mean()["A"] - data.groupby("g")["y"].mean()["B"]
    )
    assert found["value"].iloc[1:].isna().all() and found["lower"].isna().all()
    assert found["note"].str.contains("no cluster has people of both").all()


def test_few_shared_clusters_give_no_interval():
    found = between_within(practices(clusters=6), **BETWEEN)
    assert found["value"].notna().all() and found[["lower", "upper"]].isna().all(axis=None)
    assert found["note"].str.contains("fewer than 10 clusters").all()
    assert set(found["clusters_with_both"]) == {6}


@pytest.mark.parametrize(
    "options, says",
    [
        ({"reference": "Z"}, "'Z' is not in column 'g'"),
        ({"seed": None}, "seed is None"),
        ({"seed": 1.5}, "seed is 1.5"),
        ({"draws": 10}, "draws is 10"),
        ({"cluster": "one"}, "'one' has one cluster only"),
        ({"outcome": "g"}, "'g' is named twice"),
        ({"outcome": "text"}, "'text', row 1 .g .*: 'a' is not a number"),
        ({"outcome": "gap"}, "'gap', row 5: the value is missing"),
        ({"multiplier": 0}, "multiplier is 0"),
    ],
)
def test_between_within_refuses(options, says):
    data = practices(size=300).assign(one="x", text="a")
    data["gap"] = data["y"].where(data.index != 4)
    with pytest.raises(Refusal, match=says):
        between_within(data, **{**BETWEEN, **options})


# --- Kitagawa and Das Gupta -----------------------------------------------------------------

KITAGAWA = {"group": "g", "reference": "B", "stratum": "age", "events": "x", "population": "n"}
PARTS = {"two": ["composition", "rate"], "three": ["composition", "rate", "interaction"]}

tables_of_strata = st.integers(2, 6).flatmap(
    lambda width: st.lists(
        st.tuples(st.integers(0, 500), st.integers(1, 10**6)),
        min_size=3 * width,
        max_size=3 * width,
    ).map(
        lambda cells: pd.DataFrame(cells, columns=["x", "n"]).assign(
            g=np.repeat(["A", "B", "C"], width), age=np.tile(np.arange(width), 3)
        )
    )
)


@given(tables_of_strata, st.sampled_from(["two", "three"]), st.randoms())
@settings(max_examples=40)
def test_kitagawa_parts_add_up_in_any_order(table, ways, random):
    found = kitagawa(table, **KITAGAWA, ways=ways)
    wide = found.pivot(index="g", columns="part", values="value")
    scale = wide.abs().max(axis=None) + 1
    assert np.allclose(wide[PARTS[ways]].sum(axis=1), wide["gap"], atol=1e-12 * scale)
    assert np.allclose(
        found["gap"] if "gap" in found else found.query("part == 'gap'")["value"],
        (found["group_value"] - found["reference_value"])[found["part"] == "gap"],
        atol=1e-12 * scale,
    )
    order = list(table.index)
    random.shuffle(order)
    mixed = kitagawa(table.loc[order], **KITAGAWA, ways=ways)
    assert np.allclose(
        mixed.pivot(index="g", columns="part", values="value").loc[wide.index], wide, rtol=1e-9,
        atol=1e-12,
    )  # fmt: skip


def test_kitagawa_is_das_gupta_of_shares_and_rates(same):
    table = strata()
    table["share"] = table["n"] / table.groupby("g")["n"].transform("sum")
    table["rate"] = table["x"] / table["n"]
    long = table.melt(["g", "age"], ["share", "rate"], "factor")
    found = kitagawa(table, **KITAGAWA).set_index(["g", "part"])["value"]
    for part, factor in {"gap": "gap", "composition": "share", "rate": "rate"}.items():
        theirs = sum(
            das_gupta(layer, group="g", reference="B", factor="factor")
            .set_index(["g", "part"])["value"]
            .xs(factor, level="part")
            for _, layer in long.groupby("age")
        )
        same(found.xs(part, level="part"), theirs.loc[["A", "C"]])


def test_kitagawa_gap_has_the_limits_of_a_rate_difference(same):
    found = kitagawa(strata(), **KITAGAWA, multiplier=1000).set_index(["g", "part"])
    gap = 95 / 550 - 390 / 2400
    error = np.sqrt(95 / 550**2 + 390 / 2400**2)
    same(found.loc[("A", "gap"), LIMITS], 1000 * (gap + np.array([0, -Z, Z]) * error))
    assert (found["lower"] < found["value"]).all() and (found["value"] < found["upper"]).all()


def test_kitagawa_seen_from_the_other_side(same):
    table = strata().query("g != 'C'")
    here = kitagawa(table, **KITAGAWA)[LIMITS].to_numpy()
    there = kitagawa(table, **{**KITAGAWA, "reference": "A"})[["value", "upper", "lower"]]
    same(here, -there.to_numpy())


def test_kitagawa_says_that_explained_is_not_justified():
    found = kitagawa(strata(), **KITAGAWA)
    assert (found["note"].str.contains("not justified") == (found["part"] == "composition")).all()
    same_ages = strata().assign(n=100)
    flat = kitagawa(same_ages, **KITAGAWA).query("part == 'composition'")
    assert flat["value"].to_numpy() == pytest.approx(0, abs=1e-15)
    assert flat["lower"].isna().all() and flat["note"].str.contains("No interval").all()


def test_kitagawa_withholds_groups_with_few_events():
    found = kitagawa(strata(), **KITAGAWA, min_events=50)
    assert found.query("g == 'C'")[[*LIMITS, "group_value"]].isna().all(axis=None)
    assert found.query("g == 'A'")[LIMITS].notna().all(axis=None)
    with pytest.raises(Refusal, match="The reference C has fewer than 50 events"):
        kitagawa(strata(), **{**KITAGAWA, "reference": "C"}, min_events=50)


def changed(column, value, at=4):
    table = strata().astype({column: object})
    table.loc[at, column] = value
    return table


@pytest.mark.parametrize(
    "table, options, says",
    [
        (strata(), {"reference": "Z"}, "'Z' is not in column 'g'"),
        (strata(), {"ways": "four"}, "ways is 'four'"),
        (strata(), {"stratum": "sex"}, "no column 'sex'"),
        (strata(), {"stratum": []}, "stratum is empty"),
        (strata().query("g == 'B'"), {}, "one group only"),
        (strata().query("age == 'old'"), {}, "'age' has one stratum only"),
        (strata().drop(4), {}, "Absent stratum"),
        (strata().iloc[[*range(9), 4]], {}, "Repeated stratum in row 10 .g B, age middle."),
        (changed("n", 0), {}, "'n', row 5 .g B, age middle.: 0 is no population"),
        (changed("n", None), {}, "'n', row 5 .*missing"),
        (changed("x", None), {}, "'x', row 5 .*missing"),
        (changed("x", -1), {}, "'x', row 5 .*negative"),
        (changed("x", "few"), {}, "'x', row 5 .*'few' is not a number"),
        (changed("g", None), {}, "'g', row 5: the group value is missing"),
        (changed("age", None), {}, "'age', row 5: the stratum value is missing"),
        (strata().iloc[:0], {}, "table is empty"),
    ],
)
def test_kitagawa_refuses(table, options, says):
    with pytest.raises(Refusal, match=says):
        kitagawa(table, **{**KITAGAWA, **options})


def factors(values):
    """A long table of factors from one row of values for each group."""
    values = np.asarray(values, dtype=float)
    groups, width = values.shape
    return pd.DataFrame(
        {
            "g": np.repeat([f"g{i}" for i in range(groups)], width),
            "factor": np.tile([f"f{i}" for i in range(width)], groups),
            "value": values.ravel(),
        }
    )


@given(
    st.integers(2, 5).flatmap(
        lambda width: st.lists(
            st.lists(st.floats(0, 100), min_size=width, max_size=width), min_size=2, max_size=2
        )
    )
)
@settings(max_examples=40)
def test_das_gupta_is_the_mean_over_all_orders(values):
    zero, one = np.array(values)
    width = len(zero)
    effect = np.zeros(width)
    orders = list(itertools.permutations(range(width)))
    for order in orders:
        now = zero.copy()
        for place in order:
            before = now.prod()
            now[place] = one[place]
            effect[place] += (now.prod() - before) / len(orders)
    found = das_gupta(factors(values), group="g", reference="g0", factor="factor")
    scale = max(zero.prod(), one.prod(), np.maximum(zero, one).prod(), 1)
    assert np.allclose(found["value"].iloc[1:], effect, rtol=1e-9, atol=1e-12 * scale)
    assert found["value"].iloc[0] == pytest.approx(effect.sum(), rel=1e-9, abs=1e-11 * scale)
    difference = found["group_standardised"] - found["reference_standardised"]
    assert np.allclose(difference, found["value"], atol=1e-12 * scale)


def test_das_gupta_works_out_each_group_by_itself(same):
    table = factors([[0.9, 0.5, 2], [0.6, 0.4, 3], [0, 0.8, 1]])
    both = das_gupta(table, group="g", reference="g0", factor="factor")
    for label in ("g1", "g2"):
        one = das_gupta(
            table[table["g"].isin(["g0", label])], group="g", reference="g0", factor="factor"
        )
        same(both.query("g == @label")["value"], one["value"])
    assert both["lower"].isna().all() and both["note"].str.contains("No interval").all()


@pytest.mark.parametrize(
    "table, says",
    [
        (factors([[1.0], [2.0]]), "one factor only"),
        (factors([[1.0, 2.0]]), "one group only"),
        (factors([[1.0, 2.0], [np.nan, 3.0]]), "'value', row 3 .*missing"),
        (factors([[1.0, 2.0], [np.inf, 3.0]]), "'value', row 3 .*not a finite number"),
        (factors([[1.0, 2.0], [3.0, 4.0]]).drop(2), "Absent factor"),
        (factors([[1.0, 2.0], [3.0, 4.0]]).replace("f1", "gap"), "named 'gap'"),
        (factors([[1.0, 2.0], [3.0, 4.0]]).replace("g0", "g9"), "'g0' is not in column 'g'"),
    ],
)
def test_das_gupta_refuses(table, says):
    with pytest.raises(Refusal, match=says):
        das_gupta(table, group="g", reference="g0", factor="factor")


# --- Oaxaca-Blinder -------------------------------------------------------------------------

TYPES = {
    "group": ("self_submitted", 1),
    "reference": ("self_submitted", 0),
    "half": ("reimers", None),
    "pooled": ("nuemark", None),
    "pooled with group": ("pooled", None),
}
OAXACA = {"outcome": "y", "group": "g", "reference": "B", "covariates": ["x1", "x2"]}


def numbers(seed=3, size=150):
    random = np.random.default_rng(seed)
    g = np.where(np.arange(size) % 3 == 0, "A", "B")
    x1, x2 = random.normal(0, 1, (2, size)) + 0.5 * (g == "A")
    y = 1 + x1 - 0.5 * x2 + (g == "A") * (1 + 0.3 * x1) + random.normal(0, 1, size)
    return pd.DataFrame({"g": g, "x1": x1, "x2": 1e4 + 10 * x2, "y": y})


@pytest.mark.parametrize("coefficients", TYPES)
def test_two_fold_as_statsmodels(same, coefficients):
    data = numbers()
    x = np.column_stack([data["g"] == "B", data["x1"], data["x2"], np.ones(len(data))])
    kind, weight = TYPES[coefficients]
    theirs = OaxacaBlinder(data["y"].to_numpy(), x.astype(float), 0, swap=False).two_fold(
        two_fold_type=kind, submitted_weight=weight
    )
    unexplained, explained, gap = theirs.params
    found = by_part(oaxaca_blinder(data, **OAXACA, coefficients=coefficients))
    same([found["gap"], found["explained"], found["unexplained"]], [gap, explained, unexplained],
         rtol=1e-7)  # fmt: skip
    same(found["explained"] + found["unexplained"], found["gap"], rtol=1e-9)


@pytest.mark.parametrize("coefficients", [None, *TYPES])
def test_parts_add_up_with_categories_and_several_groups(coefficients):
    data = numbers().assign(
        g=lambda d: np.where(d.index % 5 == 0, "C", d["g"]),
        x2=lambda d: np.where(d["x2"] > 1e4, "far", "near"),
    )
    found = oaxaca_blinder(data, **OAXACA, coefficients=coefficients)
    wide = found.pivot(index="g", columns="part", values="value")
    assert wide.index.tolist() == ["A", "C"]
    assert np.allclose(wide.drop(columns="gap").sum(axis=1), wide["gap"], rtol=1e-10)
    alone = oaxaca_blinder(data[data["g"] != "C"], **OAXACA, coefficients=coefficients)
    assert np.allclose(found.query("g == 'A'")["value"], alone["value"], rtol=1e-9)


def test_units_do_not_matter(same):
    data = numbers()
    other = data.assign(x1=data["x1"] * 1000 - 7, x2=data["x2"] / 1e4)
    for coefficients in (None, "pooled with group"):
        same(
            oaxaca_blinder(other, **OAXACA, coefficients=coefficients)["value"],
            oaxaca_blinder(data, **OAXACA, coefficients=coefficients)["value"],
            rtol=1e-8,
        )


@pytest.mark.parametrize("coefficients", [None, "half", "pooled with group"])
def test_limits_are_percentiles_over_people_of_each_group(same, coefficients):
    data = numbers(size=90)
    found = oaxaca_blinder(data, **OAXACA, coefficients=coefficients, seed=4, draws=100)
    random = np.random.Generator(np.random.PCG64(4))
    members = [data[data["g"] == label].reset_index(drop=True) for label in data["g"].unique()]
    drawn = [np.concatenate(list(_parts.resamples(random, len(m), 100))) for m in members]
    slow = []
    for counts in zip(*drawn, strict=True):
        sample = pd.concat(
            m.loc[m.index.repeat(c.astype(int))] for m, c in zip(members, counts, strict=True)
        )
        slow.append(by_part(oaxaca_blinder(sample, **OAXACA, coefficients=coefficients)))
    lower, upper = np.quantile(pd.DataFrame(slow)[found["part"]], [0.025, 0.975], axis=0)
    same(found["lower"], lower, rtol=1e-8)
    same(found["upper"], upper, rtol=1e-8)


def test_without_a_seed_there_are_no_limits_and_it_says_so():
    found = oaxaca_blinder(numbers(), **OAXACA, coefficients="half")
    assert found[["lower", "upper"]].isna().all(axis=None)
    assert found["note"].str.contains("give a seed").all()
    assert "not justified" in found["note"][1]


def test_resamples_without_an_answer_take_the_limits_away():
    data = numbers(size=60).assign(x2="near")
    data.loc[[0, 1], "x2"] = "far"  # one in each group, often not drawn
    found = oaxaca_blinder(data, **OAXACA, coefficients="half", seed=1, draws=100)
    parts = found["part"] != "gap"
    assert found["value"].notna().all() and found.loc[parts, "lower"].isna().all()
    assert found.loc[parts, "note"].str.contains("in some resamples").all()


@pytest.mark.parametrize(
    "table, options, says",
    [
        (numbers(), {"reference": "Z"}, "'Z' is not in column 'g'"),
        (numbers(), {"coefficients": "neumark"}, "coefficients is 'neumark'"),
        (numbers(), {"covariates": []}, "covariates is empty"),
        (numbers(), {"seed": -1}, "seed is -1"),
        (numbers(), {"seed": 1, "draws": 5}, "draws is 5"),
        (numbers().query("g == 'B'"), {}, "one group only"),
        (numbers().assign(x2=lambda d: 2 * d["x1"] + 3), {}, "'x2' adds nothing .* for A"),
        (numbers().assign(x2=5.0), {}, "'x2' adds nothing"),
        (numbers().iloc[:5], {}, "There are 2 different rows for A for 3 coefficients"),
        (numbers().assign(x2=lambda d: d["g"]), {}, "'x2', category B, adds nothing .* for A"),
        (numbers().assign(y="slow"), {}, "'y', row 1 .*'slow' is not a number"),
        (numbers().assign(y=np.nan), {}, "'y', row 1: the value is missing"),
        (numbers().assign(y=np.nan), {"missing": "drop"}, "No row is complete"),
        (numbers().assign(x1=np.inf), {}, "'x1', row 1 .*not a finite number"),
    ],
)
def test_oaxaca_blinder_refuses(table, options, says):
    with pytest.raises(Refusal, match=says):
        oaxaca_blinder(table, **{**OAXACA, "coefficients": "half", **options})
