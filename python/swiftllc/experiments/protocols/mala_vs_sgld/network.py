"""The ReLU network in whose neighbourhood Lau et al. compared samplers, its data and its curvatures."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

import swiftllc as sl
from swiftllc.experiments.protocols.initial import Weights
from swiftllc.experiments.protocols.mala_vs_sgld import threefry

WIDTHS = (10, 20, 20, 10)

Array = NDArray[np.float64]


def model() -> sl.Model:
    """The network, with biases; the loss is the mean over the outputs."""
    return sl.Model(sl.models.mlp(WIDTHS), input_shape=WIDTHS[:1], loss="mse")


def weights(seed: int, biases: str = "normal") -> Weights:
    """Those that Haiku draws from JAX's key ``seed``; key 0 is the published network.

    Weights are from a normal of std 1/√inputs that is cut off at two of them. The biases of the hidden layers
    are from the standard normal, or "zero"; those of the last are 0.
    """
    drawn: Weights = {}
    key = layers = threefry.split(threefry.key(seed))[0]
    for number, (inputs, outputs) in enumerate(pairwise(WIDTHS)):
        layers, own = threefry.split(layers)
        values = threefry.normal(own, inputs * outputs, cut_off=2) / math.sqrt(inputs)
        drawn[f"{2 * number}.weight"] = values.reshape(inputs, outputs).T.astype(np.float32)
        drawn[f"{2 * number}.bias"] = np.zeros(outputs, np.float32)
    for number, width in enumerate(WIDTHS[1:-1] if biases == "normal" else ()):
        key, own = threefry.split(key)
        drawn[f"{2 * number}.bias"] = threefry.normal(own, width).astype(np.float32)
    return drawn


def inputs_and_order(n: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The published inputs, from U[-10, 10], and the order in which they were cut into batches."""
    generator = np.random.RandomState(0)
    X = generator.uniform(-10, 10, size=(n, WIDTHS[0]))
    return X.astype(np.float32), generator.permutation(n)


def eigenvalues(of: Weights, X: NDArray[np.float32]) -> Array:
    """Of the Hessian of the loss where every output is right: there it is that of Gauss and Newton."""
    depth = len(of) // 2
    size = sum(value.size for value in of.values())
    hessian = np.zeros((size, size))
    for x in np.array_split(X, math.ceil(len(X) / 1000)):
        layers = [x]
        for number in range(depth - 1):
            layers.append(np.maximum(layers[-1] @ of[f"{2 * number}.weight"].T + of[f"{2 * number}.bias"], 0))
        back = np.broadcast_to(np.eye(WIDTHS[-1], dtype=np.float32), (len(x), WIDTHS[-1], WIDTHS[-1]))
        parts: list[NDArray[np.float32]] = []
        for number in reversed(range(depth)):
            by_weights = (back[:, :, :, None] * layers[number][:, None, None, :]).reshape(*back.shape[:2], -1)
            parts = [by_weights, back, *parts]
            back = (back @ of[f"{2 * number}.weight"]) * (layers[number] > 0)[:, None, :]
        jacobian = np.concatenate(parts, axis=2).reshape(-1, size)
        hessian += jacobian.T @ jacobian
    found = np.linalg.eigvalsh(hessian * 2 / (WIDTHS[-1] * len(X)))
    return np.asarray(np.maximum(found, 0.0))


def quadratic(
    of: Array, nbeta: float, localization: float, lr: float = 0.0, steps: int | None = None
) -> float:
    """λ̂ were the loss the quadratic with these eigenvalues, by SGLD with full batches.

    Of chains that have settled; or, with ``steps``, of so many steps from w*, all of them counted.
    """
    stiffness = nbeta * of + localization
    settled = nbeta * of / stiffness / (1 - lr * stiffness / 4) / 2
    if steps is None:
        return float(settled.sum())
    # The square of what a step leaves of a displacement.
    memory = (1 - lr * stiffness / 2) ** 2
    return float((settled * (1 - (1 - memory**steps) / (1 - memory) / steps)).sum())
