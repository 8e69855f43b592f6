"""Addition modulo p as a task for networks, and a network with one layer of squares that learns it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

import swiftllc as sl


class Sums(NamedTuple):
    """Pairs (a, p + b), of shape (n, 2), and the sums a + b modulo p as one-hot rows, (n, p)."""

    pairs: NDArray[np.int64]
    sums: NDArray[np.float64]


def split(modulus: int, share: float, seed: int) -> tuple[Sums, Sums]:
    """All pairs, so many of them for training and the others for the test."""
    a, b = (side.ravel() for side in np.indices((modulus, modulus)))
    order = np.random.default_rng(seed).permutation(modulus**2)
    count = round(share * modulus**2)
    pairs, sums = np.stack([a, modulus + b], axis=1), np.eye(modulus)[(a + b) % modulus]
    return Sums(pairs[order[:count]], sums[order[:count]]), Sums(pairs[order[count:]], sums[order[count:]])


def network(modulus: int, hidden: int, dtype: DTypeLike = "float32") -> sl.Model:
    """f(a, b) = W₂ (W₁ [a, b])², no biases, with ½ |f - y|² as loss (Gromov, arXiv 2301.02679).

    The rows of ``first`` are the columns of W₁: that many entries of one-hot inputs, of which two are 1.
    """
    g = sl.Graph()
    pair = g.input((2,), dtype="int64")
    first = g.parameter("first", (2 * modulus, hidden), std=1.0)
    second = g.parameter("second", (modulus, hidden), std=1.0)
    hidden_sums = g.embedding(pair, first).sum(0)
    output = g.linear(hidden_sums * hidden_sums, second)
    return sl.Model(output, loss=sl.MSE("half_sum"), dtype=dtype)


def accuracy(model: sl.Model, params: Any, task: Sums) -> float:
    """The share of pairs whose largest output is that of the sum."""
    outputs = model(params, task.pairs)
    return float((outputs.argmax(1) == task.sums.argmax(1)).mean())
