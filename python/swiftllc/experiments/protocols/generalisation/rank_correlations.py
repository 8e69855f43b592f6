"""Rank correlations, with intervals by resampling.

All are written in the signs of xᵢ - xⱼ and in how often each row counts, so that a thousand resamples, in
which rows count a few times or not at all, are a few products of matrices. ``counts`` is (resamples, rows);
None for the rows as they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


class Interval(NamedTuple):
    """A number, and what 95 % of its resamples lie between."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Such as +0.52 [+0.13, +0.76]."""
        if math.isnan(self.value):
            return "–"
        return f"{self.value:+.2f} [{self.low:+.2f}, {self.high:+.2f}]"


def kendall(x: ArrayLike, y: ArrayLike, counts: ArrayLike | None = None) -> Array:
    """τ_b: pairs in order less those out of order, over the geometric mean of those without ties."""
    of_x, of_y, times = _signs(x), _signs(y), _times(x, counts)

    def pairs(told: Array) -> Array:
        return np.asarray(((times @ told) * times).sum(1))

    return _ratio(pairs(of_x * of_y), pairs(abs(of_x)) * pairs(abs(of_y)))


def spearman(x: ArrayLike, y: ArrayLike, counts: ArrayLike | None = None) -> Array:
    """ρ: the correlation of the ranks, of which equal values have the mean of theirs."""
    times = _times(x, counts)
    # How many rows are below less how many are above: twice the rank less its mean.
    of_x, of_y = (times @ _signs(values).T for values in (x, y))
    return _ratio((times * of_x * of_y).sum(1), (times * of_x * of_x).sum(1) * (times * of_y * of_y).sum(1))


def partial_spearman(x: ArrayLike, y: ArrayLike, given: ArrayLike, counts: ArrayLike | None = None) -> Array:
    """ρ at fixed z = ``given``: (ρ_xy - ρ_xz ρ_yz) / √((1 - ρ_xz²)(1 - ρ_yz²)); NaN where z tells x or y."""
    of_both, of_x, of_y = (spearman(*columns, counts) for columns in ((x, y), (x, given), (y, given)))
    return _ratio(of_both - of_x * of_y, (1 - of_x**2) * (1 - of_y**2))


def interval(
    statistic: Callable[..., Array], *columns: ArrayLike, resamples: int = 2000, seed: int = 0
) -> Interval:
    """The percentile bootstrap: rows are drawn with replacement, and draws without a value left out."""
    rows = np.size(columns[0])
    counts = np.random.default_rng(seed).multinomial(rows, np.full(rows, 1 / rows), size=resamples)
    found = statistic(*columns, counts)
    found = found[~np.isnan(found)]
    low, high = np.quantile(found, [0.025, 0.975]) if len(found) else (math.nan, math.nan)
    return Interval(float(statistic(*columns)[0]), float(low), float(high))


def _signs(values: ArrayLike) -> Array:
    column = np.asarray(values, dtype=float)
    return np.asarray(np.sign(np.subtract.outer(column, column)))


def _times(values: ArrayLike, counts: ArrayLike | None) -> Array:
    return np.ones((1, np.size(values))) if counts is None else np.asarray(counts, dtype=float)


def _ratio(above: Array, below: Array) -> Array:
    """Over the root; NaN where that is 0 but for rounding."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(below > 1e-12, above / np.sqrt(below), math.nan)
