"""Weights as the publications drew them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import swiftllc as sl

Weights = dict[str, NDArray[Any]]


def truncated_normal(model: sl.Model, generator: np.random.Generator) -> Weights:
    """Weights from a normal of std 1/√inputs that is cut off at two of them, biases 0.

    The default of Haiku's linear layers, with which the published λ̂ of random ReLU networks come out; those
    of torch's are half as large.
    """
    return {
        name: _cut_off(generator, value.shape) / np.sqrt(value.shape[1])
        if value.ndim > 1
        else np.zeros(value.shape)
        for name, value in model.init(seed=0).to_dict().items()
    }


def _cut_off(generator: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Standard normals between -2 and 2."""
    values = generator.normal(size=shape)
    while (outside := abs(values) > 2).any():
        values[outside] = generator.normal(size=int(outside.sum()))
    return values
