"""The trace of a function of a large symmetric matrix that is only known by its products with vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Trace(NamedTuple):
    """An estimate, and its standard error by the differences between the probes."""

    value: float
    stderr: float


def trace(
    product: Callable[[Array], Array],
    size: int,
    function: Callable[[Array], Array],
    probes: int,
    steps: int,
    seed: int = 0,
) -> Trace:
    """Of function(A) by stochastic Lanczos quadrature (Ubaru, Chen and Saad 2017).

    Hutchinson's zᵀ function(A) z for random signs z, each by Gauss quadrature whose nodes and weights are
    those of the tridiagonal matrix of Lanczos' method begun at z; all its vectors are kept orthogonal.
    """
    generator = np.random.default_rng(seed)
    values = []
    for _ in range(probes):
        basis = generator.choice([-1.0, 1.0], size=(1, size)) / np.sqrt(size)
        diagonal, beside = np.empty(0), np.empty(0)
        for step in range(steps):
            following = product(basis[-1])
            diagonal = np.append(diagonal, following @ basis[-1])
            for _ in range(2):
                following = following - (basis @ following) @ basis
            norm = float(np.linalg.norm(following))
            if step + 1 == min(steps, size) or norm < 1e-12:
                break
            beside = np.append(beside, norm)
            basis = np.concatenate([basis, following[None] / norm])
        nodes, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1))
        values.append(size * float(vectors[0] ** 2 @ function(nodes)))
    return Trace(float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(probes)))
