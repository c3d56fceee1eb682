"""Limits that no closed form gives: score limits, mid-P limits and Fisher's, for whole arrays.

All root finding is on functions that fall steadily, many at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special

from eeic.stats._tables import Bools, Floats, Integers

#: Odds and ratios are sought between exp(-60) and exp(60): no count of people leads further.
_REACH = 60.0

#: R's allowance for rounding where probabilities are said to be equal.
_ALIKE = 1 + 1e-7

#: How many terms of Fisher's sums are held in memory at once.
_AT_ONCE = 1_000_000


def root(
    function: Callable[..., Floats], low: Floats, high: Floats, *args: Floats | Integers
) -> Floats:
    """Return where a falling function crosses zero, or the end of the range it stays beyond."""
    from scipy.optimize.elementwise import find_root  # needed by few methods, and slow to import

    at_low, at_high = function(low, *args), function(high, *args)
    found = np.where(at_low <= 0, low, np.where(at_high >= 0, high, np.nan))
    inside = np.isnan(found) & ~np.isnan(at_low) & ~np.isnan(at_high)
    if inside.any():
        some = tuple(argument[inside] for argument in args)
        found[inside] = find_root(function, (low[inside], high[inside]), args=some).x
    return found


def midp_odds(a: Floats, b: Floats, share: float) -> Floats:
    """Return the odds at which P(X > a) + P(X = a) / 2 = share, X binomial of a + b."""

    def short(log_odds: Floats, a: Floats, b: Floats) -> Floats:
        p = special.expit(log_odds)
        at_least = np.where(a > 0, special.betainc(np.maximum(a, 1.0), b + 1, p), 1.0)
        return share - (at_least + special.betainc(a + 1, b, p)) / 2

    reach = np.full(len(a), _REACH)
    return _exp(root(short, -reach, reach, a, b))


def binomial_p_value(x: Floats, n: Floats, p: Floats) -> tuple[Floats, Floats]:
    """Return the exact two-sided p value of x of n under p, and the probability of x itself.

    Every outcome that is no more likely than x counts.
    """
    flip = x > n * p  # so that x lies below the mean, and the other tail above it
    x, p = np.where(flip, n - x, x), np.where(flip, 1 - p, p)

    def probability(k: Floats) -> Floats:
        ways = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
        return np.exp(ways + special.xlogy(k, p) + special.xlog1py(n - k, -p))

    here = probability(x)
    low, high = np.ceil(n * p), n + 1
    while (low < high).any():  # halving: where does the other tail begin?
        middle = np.floor((low + high) / 2)
        tail = probability(np.minimum(middle, n)) <= here * _ALIKE
        high = np.where((low < high) & tail, middle, high)
        low = np.where((low < high) & ~tail, middle + 1, low)
    other = np.where(low > n, 0.0, special.betainc(low, np.maximum(n - low + 1, 1), p))
    this = np.where(x >= n, 1.0, special.betainc(np.maximum(n - x, 1), x + 1, 1 - p))
    return np.minimum(1.0, np.where(x >= n * p, 1.0, this + other)), here


def score_ratio(x1: Floats, n1: Floats, x0: Floats, n0: Floats, z: float) -> tuple[Floats, Floats]:
    """Return score limits of a ratio of proportions, with Miettinen and Nurminen's variance."""

    def score(log_ratio: Floats, x1: Floats, n1: Floats, x0: Floats, n0: Floats) -> Floats:
        ratio, n = np.exp(log_ratio), n1 + n0
        b = n1 * ratio + x1 + n0 + x0 * ratio
        root_of = np.sqrt(np.maximum(b**2 - 4 * n * ratio * (x1 + x0), 0.0))
        p0 = 2 * (x1 + x0) / (b + root_of)
        p0 = np.minimum(p0, np.minimum(1.0, 1 / ratio))
        p1 = np.minimum(ratio * p0, 1.0)
        variance = (p1 * (1 - p1) / n1 + ratio**2 * p0 * (1 - p0) / n0) * n / (n - 1)
        return _standardised(x1 / n1 - ratio * x0 / n0, variance)

    reach = np.full(len(x1), _REACH)
    lower, upper = _both(score, -reach, reach, z, x1, n1, x0, n0)
    return _exp(lower), _exp(upper)


def score_difference(
    x1: Floats, n1: Floats, x0: Floats, n0: Floats, z: float
) -> tuple[Floats, Floats]:
    """Return score limits of a difference of proportions (Miettinen and Nurminen)."""

    def score(gap: Floats, x1: Floats, n1: Floats, x0: Floats, n0: Floats) -> Floats:
        n, x = n1 + n0, x1 + x0
        # The likelihood under this gap is greatest at a root of a cubic.
        c2 = ((n1 + 2 * n0) * gap - n - x) / n
        c1 = ((n0 * gap - n - 2 * x0) * gap + x) / n
        c0 = x0 * gap * (1 - gap) / n
        q = (c2 / 3) ** 3 - c1 * c2 / 6 + c0 / 2
        p = np.where(q < 0, -1.0, 1.0) * np.sqrt(np.maximum((c2 / 3) ** 2 - c1 / 3, 0.0))
        angle = np.arccos(np.clip(q / np.where(p == 0, 1.0, p) ** 3, -1, 1))
        p0 = 2 * p * np.cos((np.pi + angle) / 3) - c2 / 3
        p0 = np.clip(p0, np.maximum(0.0, -gap), np.minimum(1.0, 1 - gap))
        p1 = np.clip(p0 + gap, 0.0, 1.0)
        variance = (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0) * n / (n - 1)
        return _standardised(x1 / n1 - x0 / n0 - gap, variance)

    one = np.ones(len(x1))
    return _both(score, -one, one, z, x1, n1, x0, n0)


def score_rate_difference(
    x1: Floats, n1: Floats, x0: Floats, n0: Floats, z: float
) -> tuple[Floats, Floats]:
    """Return score limits of a difference of two rates of Poisson counts."""

    def score(gap: Floats, x1: Floats, n1: Floats, x0: Floats, n0: Floats) -> Floats:
        n = n1 + n0
        d = (x1 + x0) / n - gap
        reach = np.sqrt(np.maximum(d**2 + 4 * gap * x0 / n, 0.0))
        with np.errstate(invalid="ignore", divide="ignore"):  # the branch that is not taken
            r0 = np.where(d >= 0, (d + reach) / 2, 2 * gap * x0 / n / (reach - d))
        r0 = np.maximum(r0, np.maximum(0.0, -gap))
        return _standardised(x1 / n1 - x0 / n0 - gap, (r0 + gap) / n1 + r0 / n0)

    reach = 4 * ((x1 + z**2 + 1) / n1 + (x0 + z**2 + 1) / n0)
    return _both(score, -reach, reach, z, x1, n1, x0, n0)


def conditional_odds_ratio(
    a: Floats, n1: Floats, b: Floats, n0: Floats, confidence: float, *, midp: bool
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return odds ratios given all margins, with their limits and two-sided p values.

    a of n1 stand against b of n0, whole numbers. Exact: the conditional maximum likelihood
    estimate and Fisher's limits; mid-P: the median-unbiased estimate, half of P(a) counted.
    """
    size = np.minimum(n1, a + b) - np.maximum(0.0, a + b - n0) + 1
    # Blocks of tables, so that the terms of a long column are not all in memory together.
    block = (np.cumsum(size) // _AT_ONCE).astype(np.intp)
    parts = []
    for number in np.unique(block):
        here = block == number
        found = _Tables(a[here], n1[here], b[here], n0[here])
        parts.append(found.midp(confidence) if midp else found.exact(confidence))
    value, lower, upper, p_value = (np.concatenate(each) for each in zip(*parts, strict=True))
    return value, lower, upper, p_value


class _Tables:
    """Two-by-two tables with fixed margins: the count a is Fisher's hypergeometric."""

    def __init__(self, a: Floats, n1: Floats, b: Floats, n0: Floats) -> None:
        self.a, events = a, a + b
        self.least = np.maximum(0.0, events - n0)
        self.most = np.minimum(n1, events)
        self.size = (self.most - self.least + 1).astype(np.intp)
        self.first = np.cumsum(self.size) - self.size
        k, row = self._terms(np.arange(len(a)))
        self.count = k
        gone = events[row] - k
        self.log_ways = -(
            special.gammaln(k + 1)
            + special.gammaln(n1[row] - k + 1)
            + special.gammaln(gone + 1)
            + special.gammaln(n0[row] - gone + 1)
        )

    def _terms(self, rows: Integers) -> tuple[Floats, Integers]:
        """Return every possible count of some tables, end to end, and whose it is."""
        size = self.size[rows]
        row = np.repeat(rows, size)
        start = np.repeat(np.cumsum(size) - size, size)
        return self.least[row] + (np.arange(len(row)) - start), row

    def _shares(self, log_odds: Floats, rows: Integers) -> tuple[Floats, Floats, Integers]:
        """Return the counts, their probabilities, and where each table's begin."""
        k, row = self._terms(rows)
        size = self.size[rows]
        start = np.cumsum(size) - size
        place = np.repeat(self.first[rows] - start, size) + np.arange(len(row))
        terms = self.log_ways[place] + k * np.repeat(log_odds, size)
        weight = np.exp(terms - np.repeat(np.maximum.reduceat(terms, start), size))
        return k, weight / np.repeat(np.add.reduceat(weight, start), size), start

    def _mean(self, log_odds: Floats, rows: Integers) -> Floats:
        k, share, start = self._shares(log_odds, rows)
        return np.add.reduceat(k * share, start)

    def _at_least(self, log_odds: Floats, rows: Integers, itself: float) -> Floats:
        """Return P(more than a) plus a part of P(a)."""
        k, share, start = self._shares(log_odds, rows)
        a = np.repeat(self.a[rows], self.size[rows])
        counted = np.where(k > a, 1.0, np.where(k == a, itself, 0.0))
        return np.add.reduceat(share * counted, start)

    def _where(self, falling: Callable[[Floats, Integers], Floats], out: Bools) -> Floats:
        """Return the odds ratio where a function crosses zero; missing where left out."""
        rows = np.flatnonzero(~out)
        found = np.full(len(self.a), np.nan)
        reach = np.full(len(rows), _REACH)
        found[rows] = _exp(root(falling, -reach, reach, rows))
        return found

    def _limit(self, share: float, itself: float, out: Bools) -> Floats:
        return self._where(lambda at, rows: share - self._at_least(at, rows, itself), out)

    def exact(self, confidence: float) -> tuple[Floats, Floats, Floats, Floats]:
        tail = (1 - confidence) / 2
        none, all_ = self.a == self.least, self.a == self.most
        value = self._where(lambda at, rows: self.a[rows] - self._mean(at, rows), none | all_)
        lower = self._limit(tail, 1.0, none)
        value, lower = (np.where(none & ~all_, 0.0, found) for found in (value, lower))
        return value, lower, self._limit(1 - tail, 0.0, all_), self._p_values()[0]

    def midp(self, confidence: float) -> tuple[Floats, Floats, Floats, Floats]:
        tail, fixed = (1 - confidence) / 2, self.size == 1
        value, lower, upper = (self._limit(at, 0.5, fixed) for at in (0.5, tail, 1 - tail))
        p_value, itself = self._p_values()
        return value, lower, upper, p_value - itself / 2

    def _p_values(self) -> tuple[Floats, Floats]:
        """Return Fisher's two-sided p values, and the probabilities of the tables seen."""
        _, share, start = self._shares(np.zeros(len(self.a)), np.arange(len(self.a)))
        a = np.repeat(self.a, self.size)
        itself = np.add.reduceat(np.where(self.count == a, share, 0.0), start)
        counted = share <= np.repeat(itself, self.size) * _ALIKE
        return np.minimum(1.0, np.add.reduceat(share * counted, start)), itself


def _both(
    score: Callable[..., Floats], low: Floats, high: Floats, z: float, *args: Floats
) -> tuple[Floats, Floats]:
    """Return where a falling score is z and -z."""
    lower = root(lambda at, *rest: score(at, *rest) - z, low, high, *args)
    upper = root(lambda at, *rest: score(at, *rest) + z, low, high, *args)
    return lower, upper


def _standardised(gap: Floats, variance: Floats) -> Floats:
    """Return gap / √variance; with no variance left any gap but rounding is a sure sign."""
    gap = np.where((variance <= 0) & (np.abs(gap) < 1e-12), 0.0, gap)
    return gap / np.sqrt(np.maximum(variance, 1e-300))


def _exp(log: Floats) -> Floats:
    """Return exp, with nothing at the ends of the range where ratios are sought."""
    return np.where(log <= -_REACH, 0.0, np.where(log >= _REACH, np.nan, np.exp(log)))
