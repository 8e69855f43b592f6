"""Parameters of a graph before they have values: their shapes, and the distributions they start from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Uniform:
    """U(-bound, bound)."""

    bound: float

    def draw(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        """``count`` numbers."""
        return generator.uniform(-self.bound, self.bound, count)


@dataclass(frozen=True)
class Normal:
    """N(0, std²)."""

    std: float

    def draw(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        """``count`` numbers."""
        return generator.normal(0.0, self.std, count)


@dataclass(frozen=True)
class Constant:
    """The same value everywhere."""

    value: float

    def draw(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        """``count`` numbers; draws none."""
        return np.full(count, self.value)


class ParameterSpec(NamedTuple):
    """A parameter's shape and what it starts from.

    ``kernel``: whether it is (out, in, ...) here and (..., in, out) in Keras and Flax, as are the weights of
    linear layers and of convolutions. ``table``: whether integers pick rows of it, as of an embedding.
    """

    shape: Shape
    initial: Uniform | Normal | Constant
    kernel: bool = False
    table: bool = False
