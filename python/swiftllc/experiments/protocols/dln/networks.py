"""Deep linear networks whose learning coefficient is known, in the classes of the publications.

Lau et al. (arXiv 2308.12108) and Furman and Lau (arXiv 2402.03698) draw the number of weight matrices and the
widths uniformly, upper bounds excluded; inputs are uniform on [-10, 10], targets those of the network itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import swiftllc as sl

Factors = list[NDArray[np.float64]]
Samples = tuple[NDArray[np.float32], NDArray[Any]]

#: Numbers of inputs that are drawn at a time.
_DRAWN = 20_000_000


class Class(NamedTuple):
    """Networks of about the same size.

    Attributes:
        matrices: How many weight matrices: from the first up to, but not including, the second.
        widths: The same of each width.
        n: The number of samples, from which nbeta follows.
        rows: How many of them are held where batches are drawn. The loss has no noise, so that fewer than n
            change it only as far as their covariance is not that of the law.
        lr: The step of SGLD in the publication.
    """

    matrices: tuple[int, int]
    widths: tuple[int, int]
    n: int
    rows: int
    lr: float

    @property
    def parameters(self) -> float:
        """Of a network whose number and sizes of matrices are the mean ones."""
        return sum(self.matrices) / 2 * (sum(self.widths) / 2) ** 2


CLASSES = {
    "1K": Class((2, 5), (5, 50), 100_000, 100_000, 5e-7),
    "10K": Class((2, 10), (5, 100), 100_000, 100_000, 5e-7),
    "100K": Class((2, 10), (50, 500), 1_000_000, 100_000, 1e-7),
    "1M": Class((2, 20), (100, 1000), 1_000_000, 50_000, 5e-8),
    "10M": Class((2, 20), (500, 2000), 1_000_000, 20_000, 2e-8),
    "100M": Class((2, 40), (500, 3000), 1_000_000, 20_000, 2e-8),
}


class Network(NamedTuple):
    """A network at its truth.

    Attributes:
        widths: Of the input, of each layer.
        rank: Of the product of all layers.
        exact: Aoyagi's λ, that of the deepest point of the set of true parameters.
        bound: What λ is at least where the network is; the same as ``exact`` at a deepest point.
    """

    widths: list[int]
    rank: int
    exact: float
    bound: float
    model: sl.Model
    params: sl.Parameters
    n: int
    seed: int

    @property
    def nbeta(self) -> float:
        """Of the mean loss, n / ln n."""
        return self.n / float(np.log(self.n))

    @property
    def mean_width(self) -> float:
        """The mean over the layers of half their inputs and outputs."""
        return float(np.mean([(below + above) / 2 for below, above in pairwise(self.widths)]))

    def localization(self, gain: float) -> float:
        """γ with which the product of all layers stretches by ``gain`` at most, about.

        A layer of d × d weights of variance 1/γ stretches by √(d/γ), which of L of them is gain^(1/L).
        """
        return float(self.mean_width * gain ** (-2 / (len(self.widths) - 1)))

    def samples(self, count: int) -> Samples:
        """So many inputs and their targets."""
        X = np.concatenate(list(self._inputs(count)))
        return X, self.model(self.params, X)

    def moments(self, count: int) -> Samples:
        """As many samples as there are inputs, with the loss of ``count`` samples.

        Of x ↦ W x against W* x the loss is tr((W - W*) S (W - W*)ᵀ) over the number of outputs, with S the
        mean of x xᵀ: any samples of the same S have the same loss, wherever W is. These are the columns of
        √d C, S = C Cᵀ.
        """
        square: NDArray[np.float64] = np.zeros((self.widths[0], self.widths[0]))
        for X in self._inputs(count):
            square += X.T @ X
        X = (np.linalg.cholesky(square / count).T * np.sqrt(self.widths[0])).astype(np.float32)
        return X, self.model(self.params, X)

    def _inputs(self, count: int) -> Iterator[NDArray[np.float32]]:
        """Uniform on [-10, 10], some at a time."""
        generator = np.random.default_rng([self.seed, 1])
        most = max(1, _DRAWN // self.widths[0])
        for begin in range(0, count, most):
            shape = min(most, count - begin), self.widths[0]
            yield 20 * generator.random(shape, dtype=np.float32) - 10


def conditioned(
    widths: list[int], generator: np.random.Generator, *, lowest: float = 0.0
) -> tuple[Factors, list[int]]:
    """Factors of one rank, aligned and well conditioned: a deepest point.

    W_i = Q_{i+1} diag(s) Q_iᵀ with orthonormal Q_i and s uniform on [0.8, 1.2]. The rank is uniform from
    ``lowest`` times the least width, but at least 1, up to that width.
    """
    least = min(widths)
    rank = int(generator.integers(max(1, round(lowest * least)), least + 1))
    frames = [np.linalg.qr(generator.normal(size=(width, rank)))[0] for width in widths]
    factors = [
        (above * generator.uniform(0.8, 1.2, size=rank)) @ below.T for below, above in pairwise(frames)
    ]
    return factors, [rank] * len(factors)


def published(widths: list[int], generator: np.random.Generator) -> tuple[Factors, list[int]]:
    """Xavier's normal weights; each layer is cut, with probability 1/2, to a rank uniform from 0 upwards."""
    factors, ranks = [], []
    for below, above in pairwise(widths):
        factor = generator.normal(size=(above, below)) * np.sqrt(2 / (above + below))
        rank = min(above, below)
        if generator.random() < 0.5:
            rank = int(generator.integers(0, rank + 1))
            left, values, right = np.linalg.svd(factor, full_matrices=False)
            factor = (left[:, :rank] * values[:rank]) @ right[:rank]
        factors.append(factor)
        ranks.append(rank)
    return factors, ranks


#: How a truth is drawn: from the widths its factors, and their ranks.
Draw = Callable[[list[int], np.random.Generator], tuple[Factors, list[int]]]


def network(name: str, draw: Draw, seed: int, n: int | None = None) -> Network:
    """Network number ``seed`` of a class, with as many samples as that has if ``n`` is None."""
    return drawn(CLASSES[name], draw, seed, n)


def drawn(size: Class, draw: Draw, seed: int, n: int | None = None) -> Network:
    """As ``network`` does it, of any class."""
    random = np.random.default_rng(seed)
    widths = random.integers(*size.widths, size=random.integers(*size.matrices) + 1).tolist()
    factors, ranks = draw(widths, random)
    layers = [sl.Linear(inputs, outputs, bias=False) for inputs, outputs in pairwise(widths)]
    model = sl.Model(sl.Sequential(*layers), input_shape=(widths[0],), loss="mse")
    exact = float(sl.theory.dln(widths, min(ranks)).value)
    params = model.load({f"{i}.weight": factor for i, factor in enumerate(factors)})
    return Network(
        widths=widths,
        rank=min(ranks),
        exact=exact,
        bound=max(exact, jacobian_rank(widths, ranks) / 2),
        model=model,
        params=params,
        n=size.n if n is None else n,
        seed=seed,
    )


def jacobian_rank(widths: list[int], ranks: list[int]) -> int:
    """Σ_i (a_i - a_{i-1}) b_i: how many directions the loss holds quadratically.

    a_i is the rank of all layers above the i-th, b_i that of all below it; of generic factors of these ranks,
    and of aligned ones, each is the least of theirs. (``sl.theory.dln_local_bound`` asks the factors
    themselves; but of a product of twenty many singular values are smaller than rounding.)
    """
    below = [widths[0], *accumulate(ranks[:-1], min)]
    above = [*reversed(list(accumulate(reversed(ranks[1:]), min))), widths[-1]]
    return sum((a - before) * b for before, a, b in zip([0, *above[:-1]], above, below, strict=True))
