"""Random graphs, recorded as they are built, and a naive evaluation of them in numpy.

Naive values are complex arrays with a batch axis, of extent 1 where all samples share the value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from naive_operations import (
    Array,
    Near,
    aligned,
    log_softmax,
    picked,
)

import swiftllc as sl

#: Distinct samples of every graph.
SAMPLES = 5
#: The step into the imaginary direction.
STEP = 1e-30


#: Positions of values, the operation on their nodes and that on their arrays; None where nothing fits.
Made = tuple[list[int], Callable[..., Any], Callable[..., Array]]
Operation = Callable[["RandomGraph"], Made | None]


class Step(NamedTuple):
    """A value: an array by its name, or a function of earlier values."""

    source: str | Callable[..., Array]
    inputs: tuple[int, ...] = ()


class RandomGraph:
    """A graph of about ``size`` of the given operations, with its data, its parameters and its loss."""

    def __init__(self, seed: int, operations: Sequence[Operation], size: int = 12) -> None:
        self.operations = operations
        self.rng = np.random.default_rng(seed)
        self.g = sl.Graph()
        #: Parameters and constants, and the arrays of the data set, all by name.
        self.params: dict[str, Array] = {}
        self.arrays: dict[str, Array] = {}
        self.constants: dict[str, Array] = {}
        self.steps: list[Step] = []
        self.nodes: list[Any] = []
        self.values: list[Array] = []
        self.labels: list[tuple[Any, str, tuple[int, ...]]] = []
        for _ in range(self.rng.integers(1, 3)):
            self.input(self.shape())
        self.parameter(self.shape())
        while len(self.steps) < size:
            self.grow()
        samples = [i for i, node in enumerate(self.nodes) if node.kind == "sample"]
        self.output = int(self.rng.choice(samples))
        predicted = int(self.rng.choice(samples[-3:]))
        # In most graphs everything that was made is in the loss.
        self.loss, self.naive_loss = self.some_loss(
            self.gathered(predicted) if self.chance(0.8) else predicted
        )

    # Evaluation

    def at(self, params: dict[str, Array]) -> tuple[Array, Array]:
        """Output and loss of every sample, in numpy."""
        sources = {**self.arrays, **self.constants, **{name: value[None] for name, value in params.items()}}
        values: list[Array] = []
        for step in self.steps:
            if isinstance(step.source, str):
                values.append(sources[step.source].astype(complex))
            else:
                values.append(step.source(*(values[i] for i in step.inputs)))
        losses = self.naive_loss(values)
        return values[self.output], np.broadcast_to(losses, (SAMPLES,))

    # Values

    def chance(self, p: float = 0.5) -> bool:
        return bool(self.rng.random() < p)

    def shape(self) -> tuple[int, ...]:
        """Few elements, many of the extents equal, so that values fit together."""
        rank = int(self.rng.choice([0, 1, 2, 2, 3, 3]))
        return tuple(int(n) for n in self.rng.choice([1, 2, 3, 4], rank))

    def _keep(self, node: Any, step: Step, value: Array) -> int:
        assert node.shape == value.shape[1:]
        assert (node.kind == "shared") == (value.shape[0] == 1)
        self.nodes.append(node)
        self.steps.append(step)
        self.values.append(value)
        return len(self.nodes) - 1

    def input(self, shape: tuple[int, ...]) -> int:
        name = f"X{len(self.arrays)}"
        self.arrays[name] = self.rng.normal(size=(SAMPLES, *shape))
        return self._keep(self.g.input(shape), Step(name), self.arrays[name].astype(complex))

    def parameter(self, shape: tuple[int, ...]) -> int:
        name = f"w{len(self.params)}"
        self.params[name] = self.rng.normal(size=shape)
        node = self.g.parameter(name, shape, value=0.0)
        return self._keep(node, Step(name), self.params[name][None].astype(complex))

    def constant(self, shape: tuple[int, ...]) -> int:
        name = f"c{len(self.constants)}"
        self.constants[name] = self.rng.normal(size=(1, *shape))
        node = self.g.constant(self.constants[name][0])
        return self._keep(node, Step(name), self.constants[name].astype(complex))

    def shared(self, shape: tuple[int, ...]) -> int:
        """A value of this shape that all samples share: one that is there, or a new one."""
        there = [i for i, node in enumerate(self.nodes) if node.kind == "shared" and node.shape == shape]
        if there and self.chance():
            return int(self.rng.choice(there))
        return self.parameter(shape) if self.chance(0.8) else self.constant(shape)

    def like(self, shape: tuple[int, ...]) -> int:
        """Any value of this shape."""
        there = [i for i, node in enumerate(self.nodes) if node.shape == shape]
        if there and self.chance(0.7):
            return int(self.rng.choice(there))
        return self.input(shape) if self.chance(0.3) else self.shared(shape)

    def label(self, shape: tuple[int, ...]) -> tuple[Any, str]:
        """Integers 0 and 1: an input, or another one in this shape."""
        for node, name, was in self.labels:
            if math.prod(was) == math.prod(shape) and self.chance():
                return node.reshape(shape) if was != shape else node, name
        name = f"y{len(self.arrays)}"
        self.arrays[name] = self.rng.integers(0, 2, (SAMPLES, *shape))
        node = self.g.input(shape, "int64")
        self.labels.append((node, name, shape))
        return node, name

    def some(self, rank: int = 0) -> int:
        """Any value with so many axes, or a recent one."""
        there = [i for i, node in enumerate(self.nodes) if len(node.shape) >= rank]
        if not there:
            return self.like(tuple(int(n) for n in self.rng.choice([2, 3, 4], rank)))
        return int(self.rng.choice(there[-4:] if self.chance() else there))

    # Growth

    def grow(self) -> None:
        """One more operation, unless it makes numbers that rounding decides about."""
        operation = self.operations[int(self.rng.integers(len(self.operations)))]
        made = operation(self)
        if made is None:
            return
        inputs, native, naive = made
        arguments = [self.values[i] for i in inputs]
        try:
            value = naive(*arguments)
        except Near:
            return
        if value.size > 400 * SAMPLES:
            return
        node = native(*(self.nodes[i] for i in inputs))
        i = self._keep(node, Step(naive, tuple(inputs)), value)
        if np.abs(value).max() > 3:
            self._keep(self.g.tanh(self.nodes[i]), Step(np.tanh, (i,)), np.tanh(value))

    # Losses

    def gathered(self, i: int) -> int:
        """Value i plus a number that every value without a use has a part in."""
        used = {j for step in self.steps for j in step.inputs}
        for j in range(len(self.nodes)):
            if j == i or j in used:
                continue
            weights = self.rng.uniform(0.2, 0.6, self.nodes[j].shape)
            axes = tuple(range(1, 1 + weights.ndim))
            node = self.nodes[i] + (self.nodes[j] * weights).mean()

            def naive(x: Array, y: Array, weights: Array = weights, axes: tuple[int, ...] = axes) -> Array:
                return np.add(*aligned(x, (y * weights).mean(axes)))

            i = self._keep(node, Step(naive, (i, j)), naive(self.values[i], self.values[j]))
        return i

    def some_loss(self, i: int) -> tuple[Any, Callable[[list[Array]], Array]]:
        g, x = self.g, self.nodes[i]
        axes = tuple(range(1, 1 + len(x.shape)))
        kind = self.rng.integers(5)
        if kind == 0:
            j = self.sample_like(x.shape)
            half = self.chance()
            loss = g.squared_error(x, self.nodes[j], "half_sum" if half else "mean")
            scale = 0.5 if half else 1 / math.prod(x.shape)
            return loss, lambda v: scale * ((v[i] - v[j]) ** 2).sum(axes)
        if kind == 1:
            j = self.sample_like(x.shape)
            target = self.nodes[j]
            return g.binary_cross_entropy(x, target), lambda v: (np.log(1 + np.exp(v[i])) - v[j] * v[i]).mean(
                axes
            )
        if kind == 2 and x.shape and x.shape[-1] > 1:
            return self.cross_entropy(i)
        weights = self.rng.uniform(0.5, 1.5, x.shape)
        return g.loss((x * weights).mean()), lambda v: (v[i] * weights).mean(axes)

    def sample_like(self, shape: tuple[int, ...]) -> int:
        there = [j for j, node in enumerate(self.nodes) if node.shape == shape and node.kind == "sample"]
        return int(self.rng.choice(there)) if self.chance() else self.input(shape)

    def cross_entropy(self, i: int) -> tuple[Any, Callable[[list[Array]], Array]]:
        x = self.nodes[i]
        labels, name = self.label(x.shape[:-1])
        ignored = int(self.rng.integers(2)) if self.chance() else None
        smoothing = 0.2 if self.chance() else 0.0

        def losses(values: list[Array]) -> Array:
            y = self.arrays[name].reshape(SAMPLES, *x.shape[:-1])
            logarithms = log_softmax(values[i])
            each = -(1 - smoothing) * picked(logarithms, y) - smoothing * logarithms.mean(-1)
            counts = (y != ignored).reshape(SAMPLES, -1)
            total = (each.reshape(SAMPLES, -1) * counts).sum(1)
            return total / np.maximum(counts.sum(1), 1)

        return self.g.cross_entropy(x, labels, ignored, smoothing), losses
