"""What every analysis of studies shares: its options, its input, and its tests and limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from scipy import special

from eeic.stats import _tables as tables
from eeic.stats._tables import Bools, Floats, Refusal
from eeic.stats.pooling._estimate import Method, Weighted

Test = Literal["z", "knha"]

_NAMED: dict[str, str] = {
    "EE": "Common effect",
    "DL": "Random effects (DerSimonian-Laird)",
    "REML": "Random effects (REML)",
    "ML": "Random effects (maximum likelihood)",
    "PM": "Random effects (Paule-Mandel)",
    "HE": "Random effects (Hedges)",
    "SJ": "Random effects (Sidik-Jonkman)",
    "EB": "Random effects (empirical Bayes)",
    "HS": "Random effects (Hunter-Schmidt)",
}

FLAT = "No interval: the studies fit so closely that Knapp and Hartung's would have no width."


@dataclass(frozen=True)
class Settings:
    """The options of an analysis, checked."""

    method: Method
    test: Test
    confidence: float

    @classmethod
    def of(cls, method: Method, test: Test, confidence: float) -> Settings:
        """Refuse unknown options."""
        tables.check_choice("method", method, get_args(Method))
        tables.check_choice("test", test, get_args(Test))
        return cls(method, test, tables.check_confidence(confidence))

    @property
    def named(self) -> str:
        """The method in words."""
        return _NAMED[self.method] + (", Knapp-Hartung" if self.test == "knha" else "")

    @property
    def not_settled(self) -> str:
        """That no maximum was found, and what to do."""
        return f"The search of {self.method} for τ² did not settle: use method 'PM' or 'DL'."

    def reach(self, freedom: Floats) -> Any:
        """Return the quantile of t that the limits need; of the normal for infinite freedom."""
        usable = np.where(freedom > 0, freedom, np.nan)
        return special.stdtrit(usable, (1 + self.confidence) / 2)


@dataclass(frozen=True)
class Known:
    """The studies of a table for which every number is there."""

    columns: dict[str, Floats]
    known: Bools

    @classmethod
    def of(cls, data: pd.DataFrame, effect: str, variance: str, moderator: str = "") -> Known:
        """Read and check the columns, and leave out studies in which one is missing."""
        tables.require_table(data)
        locate = tables.locate_by_index(data.index)
        wanted = {"effect": effect, "variance": variance, "moderator": moderator}
        columns = {
            parameter: tables.numbers(tables.column(data, name, parameter), name, locate)
            for parameter, name in wanted.items()
            if name
        }
        v = columns["variance"]
        tables.require(~(v <= 0), variance, v, locate, "is no variance: it must be above zero")
        # Beyond these the powers of the weights leave what the numbers of a computer can hold.
        weighable = ~((v < 1e-90) | (v > 1e90))
        tables.require(weighable, variance, v, locate, "cannot be weighed: rescale the effects")
        known = ~np.isnan(np.array(list(columns.values()))).any(axis=0)
        if not known.any():
            names = " and ".join(repr(name) for name in wanted.values() if name)
            raise Refusal(f"No study has {names}: there is nothing to pool.")
        return cls({name: values[known] for name, values in columns.items()}, known)

    @property
    def effect(self) -> Floats:
        """The effects."""
        return self.columns["effect"]

    @property
    def variance(self) -> Floats:
        """Their variances."""
        return self.columns["variance"]


def left_out(count: int) -> str:
    """Say how many studies are left out."""
    return f"Studies left out because a number is missing: {count}."


@dataclass(frozen=True)
class Inference:
    """Tests and limits of the coefficients: one row for each analysis, one column for each."""

    value: Floats
    standard_error: Floats
    test_value: Floats
    df: Floats
    p_value: Floats
    lower: Floats
    upper: Floats
    flat: Bools

    @classmethod
    def of(cls, fit: Weighted, q: Floats, freedom: Floats, settings: Settings) -> Inference:
        """Test by z, or by t with the standard errors scaled by √(q / freedom).

        Where there is no freedom the test is z; where the scale is nothing there is none.
        """
        se = np.sqrt(np.diagonal(fit.covariance, axis1=1, axis2=2))
        df, flat = np.full(len(se), np.inf), np.zeros(len(se), dtype=bool)
        if settings.test == "knha":
            spare = freedom > 0
            df = np.where(spare, freedom, np.inf)
            scale = np.where(spare, q / np.where(spare, freedom, 1), 1.0)
            flat = scale < 1e-12  # a sum of squares of rounding errors
            se = se * np.sqrt(np.where(flat, np.nan, scale))[:, None]
        value, t = fit.coefficients, fit.coefficients / se
        half = settings.reach(df)[:, None] * se
        p = 2 * special.stdtr(df[:, None], -np.abs(t))
        return cls(value, se, t, df, p, value - half, value + half, flat)
