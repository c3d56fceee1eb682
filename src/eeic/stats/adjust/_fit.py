"""Fitting a logistic or Poisson regression to cells of people who are alike."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import special

from eeic.stats import _tables as tables
from eeic.stats._tables import Bools, Floats, Integers, Refusal
from eeic.stats.adjust._rows import CONSTANT, Design, Missing, Rows, covariate_design, linear, sums

Family = Literal["logistic", "poisson"]
Errors = Literal["model", "robust"]

#: A coefficient with a larger standard error than this rests on about a thousandth of an event:
#: the data give it no bound, and where a program stops is an accident.
_UNBOUNDED = 30.0


@dataclass(frozen=True)
class Fit:
    """A fitted model: the groups in it, the coefficients and their covariance."""

    kept: Integers  # groups in the model
    compared: Integers  # those of them that are not the reference
    coefficients: Floats
    covariance: Floats
    scatter: float  # how far the counts lie from the model, 1 by chance; NaN if it cannot be said


@dataclass(frozen=True)
class Cells:
    """Rows alike in group and covariates, joined.

    Joining changes neither coefficients nor errors, and a million people become a few hundred
    cells.
    """

    rows: Rows
    outcome: str
    covariates: list[str]
    family: Family
    errors: Errors
    y: Floats  # events and people (or person-years) of each row of the table
    n: Floats
    counted: bool  # whether n came from a column
    cell: Integers  # which cell each row is in
    first: Integers  # a row that each cell is like
    cluster: Integers | None  # of each row

    @classmethod
    def of(
        cls,
        data: pd.DataFrame,
        outcome: str,
        group: str,
        reference: Any,
        covariates: str | Sequence[str],
        family: Family,
        population: str | None,
        cluster: str | None,
        errors: Errors,
        missing: Missing,
    ) -> Cells:
        tables.check_choice("family", family, ("logistic", "poisson"))
        tables.check_choice("errors", errors, ("model", "robust"))
        names = tables.names(covariates)
        columns = {
            "outcome": outcome,
            "covariates": names,
            "population": population,
            "cluster": cluster,
        }
        rows = Rows.of(data, group, reference, missing, **columns)
        y = rows.numbers(outcome)
        n = np.ones(len(y)) if population is None else rows.numbers(population)
        tables.require_counts(y, outcome, rows.locate)
        tables.require(y == np.floor(y), outcome, y, rows.locate, "is not a whole number")
        if population is not None:
            tables.require_population(n, population, rows.locate)
        if family == "logistic" or errors == "robust":  # each person has the event or has not
            name = outcome if population is None else population
            tables.require(
                n == np.floor(n), name, n, rows.locate, "is not a whole number of people"
            )
            limit = "1, and no population is named" if population is None else "the population"
            tables.require(~(y > n), outcome, y, rows.locate, f"is more than {limit}")
        cell = tables.codes(rows.data, [group, *names], "group")
        first = np.flatnonzero(~pd.Series(cell).duplicated().to_numpy())
        return cls(
            rows=rows,
            outcome=outcome,
            covariates=names,
            family=family,
            errors=errors,
            y=y,
            n=n,
            counted=population is not None,
            cell=cell,
            first=first,
            cluster=None if cluster is None else rows.codes(cluster),
        )

    @property
    def group(self) -> Integers:
        """The group of each cell."""
        return self.rows.code[self.first]

    @property
    def yes_or_no(self) -> bool:
        """Whether the model knows that each person has the event or has not."""
        return self.family == "logistic" or self.errors == "robust"

    @property
    def telling(self) -> Floats:
        """Return how many people of each group tell something: those with the event.

        Where each has it or has not, those without tell as much and may be fewer.
        """
        events = self.rows.total(self.y)
        return np.minimum(events, self.rows.total(self.n) - events) if self.yes_or_no else events

    def covariate_design(self) -> Design:
        """Return the covariates of each cell."""
        return covariate_design(self.rows, self.covariates, self.first)

    def fit(self, min_events: float, *, separate: bool) -> Fit:
        """Fit the model to the groups that have a finite coefficient.

        In separate fits the coefficients stand group by group, else the covariates' come first
        and then those of the groups compared.
        """
        rows = self.rows
        finite = self._finite(rows.total(self.y), rows.total(self.n))
        self._require_reference(finite, min_events)
        kept = np.flatnonzero(finite)
        compared = kept[kept != rows.place]
        here = finite[self.group]
        self._require_finite_categories(here, separate)
        covariates = self.covariate_design().at(here)
        member = self.group[here, None] == kept
        if separate:
            blocks = []
            for ours, label in zip(member.T, rows.labels[kept], strict=True):
                covariates.at(ours).require_full_rank(f" for {label}")
                blocks.append(covariates.only(ours))
            design = Design.beside(*blocks)
        else:
            groups = Design(
                (self.group[here, None] == compared).astype(np.float64),
                [f"Column {rows.group!r}, {label}," for label in rows.labels[compared]],
            )
            # The groups first: a covariate that says the same is the one to leave out.
            Design.beside(groups, covariates).require_full_rank()
            design = Design.beside(covariates, groups)

        size = len(self.first)
        events = sums(self.cell, self.y, size)[here]
        people = sums(self.cell, self.n, size)[here]
        coefficients, bread, fitted = _maximum_likelihood(design, events, people, self.family)
        rate = np.zeros(size)
        rate[here] = fitted / people
        covariance = bread
        if self.cluster is not None:
            covariance = bread @ self._between_clusters(self.cluster, design, here, rate) @ bread
        elif self.errors == "robust":
            p = fitted / people
            # Each of a cell's people has the event or has not, so that their squares are known.
            squares = events * (1 - p) ** 2 + (people - events) * p**2
            middle = design.x.T @ (design.x * squares[:, None])
            spare = people.sum() - len(coefficients)
            covariance = bread @ middle @ bread * people.sum() / spare
        return Fit(
            kept, compared, coefficients, covariance, self._scatter(rate, here, len(coefficients))
        )

    def _finite(self, events: Floats, people: Floats) -> Bools:
        """Say where a coefficient is finite: an event and, in odds, somebody without."""
        return (events > 0) & ((events < people) | (self.family == "poisson"))

    def _require_reference(self, finite: Bools, min_events: float) -> None:
        place = self.rows.place
        if finite[place] and self.telling[place] >= min_events:
            return
        few = f"fewer than {min_events:g}" if min_events > 0 else "no"
        without = f", or {few} people without" if self.yes_or_no else ""
        raise Refusal(
            f"The reference {self.rows.labels[place]} has {few} events{without}: every comparison "
            "would rest on them; choose another reference or join groups."
        )

    def _require_finite_categories(self, here: Bools, separate: bool) -> None:
        """Refuse a category of a covariate whose coefficient would be infinite."""
        inside = here[self.cell]
        for name in self.covariates:
            if linear(self.rows.data[name]):
                continue
            code, levels = pd.factorize(self.rows.data[name])
            within = self.rows.code if separate else np.zeros(len(code), dtype=np.intp)
            key = (within * len(levels) + code)[inside]
            events = sums(key, self.y[inside], 0)
            people = sums(key, self.n[inside], 0)
            bad = (people > 0) & ~self._finite(events, people)
            if bad.any():
                which, level = divmod(int(np.argmax(bad)), len(levels))
                among = f" among {self.rows.labels[which]} people" if separate else ""
                nobody = "no event, or nobody without" if self.yes_or_no else "no event"
                raise Refusal(
                    f"Column {name!r}, category {levels[level]}: there is {nobody}{among}, so that "
                    "its coefficient would be infinite; join it with another category."
                )

    def _between_clusters(
        self, cluster: Integers, design: Design, here: Bools, rate: Floats
    ) -> Floats:
        """Return the sum over clusters of the squares of their scores, times G / (G - 1)."""
        inside = here[self.cell]
        at = (np.cumsum(here) - 1)[self.cell[inside]]  # a row's place in the design
        rest = self.y[inside] - self.n[inside] * rate[self.cell[inside]]
        code, found = pd.factorize(cluster[inside])
        scores = np.stack([sums(code, x[at] * rest, len(found)) for x in design.x.T])
        return scores @ scores.T * len(found) / max(len(found) - 1, 1)

    def _scatter(self, rate: Floats, here: Bools, width: int) -> float:
        """Return Pearson's statistic over its degrees of freedom, where it says something."""
        inside = here[self.cell]
        p = rate[self.cell[inside]]
        y, n = self.y[inside], self.n[inside]
        spare = len(y) - width
        if spare < 1 or (n * p).mean() < 1:
            return np.nan
        variance = n * p * (1 - p) if self.family == "logistic" else n * p
        pearson = float(((y - n * p) ** 2 / variance).sum())
        return pearson / spare if special.chdtrc(spare, pearson) < 0.001 else 1.0


def _maximum_likelihood(
    design: Design, events: Floats, people: Floats, family: Family
) -> tuple[Floats, Floats, Floats]:
    """Return coefficients, inverse information and fitted events."""
    # statsmodels takes a second to import, and only models need it.
    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM

    if family == "logistic":
        outcome = np.column_stack([events, people - events])
        model = GLM(outcome, design.x, family=families.Binomial())
    else:
        model = GLM(events, design.x, family=families.Poisson(), exposure=people)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            # It warns of a perfect fit, which any saturated model has; what follows asks whether
            # the coefficients are bounded.
            warnings.simplefilter("ignore")
            found = model.fit(maxiter=50, tol=1e-8, tol_criterion="params")
            error = np.sqrt(np.diag(found.cov_params()))
    except (ValueError, np.linalg.LinAlgError):
        raise Refusal(
            "The model did not converge: join small categories or leave covariates out."
        ) from None
    unbounded = ~(error < _UNBOUNDED)
    if unbounded.any() or not found.converged:
        error[[name == CONSTANT for name in design.names]] = 0  # it runs off with another
        largest = int(np.argmax(np.where(np.isnan(error), np.inf, error)))
        raise Refusal(
            f"{design.names[largest]} has no finite coefficient: the columns together tell almost "
            "or quite who has the event (separation); join categories or leave covariates out."
        )
    fitted = found.mu * people if family == "logistic" else found.mu
    return found.params, found.cov_params(), fitted
