"""Linear regression in the context of a transformer: data, network, and the best loss there can be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import swiftllc as sl
from swiftllc.graph import Graph, Node
from swiftllc.layers.layer import Layer, inside

Floats = NDArray[np.float32]

#: Of the targets (Hoogland et al., arXiv 2402.02364).
NOISE_VARIANCE = 0.125


def regressions(count: int, dimensions: int, examples: int, seed: int) -> tuple[Floats, Floats]:
    """Contexts as ``sl.models.InContextRegression`` takes them, and their y.

    Each has a task w of its own; w and x are from N(0, I), and y = wᵀx plus noise.
    """
    generator = np.random.default_rng(seed)
    task = generator.normal(size=(count, dimensions, 1))
    x = generator.normal(size=(count, examples, dimensions))
    noise = generator.normal(size=(count, examples)) * np.sqrt(NOISE_VARIANCE)
    y = (x @ task)[:, :, 0] + noise
    contexts = np.zeros((count, 2 * examples, dimensions + 1), np.float32)
    contexts[:, ::2, 1:] = x
    contexts[:, 1::2, 0] = y
    return contexts, y.astype(np.float32)


def best_loss(contexts: Floats, y: Floats) -> float:
    """By the mean of w given what precedes: ridge regression, with the variance of the noise as penalty."""
    x, target = contexts[:, ::2, 1:].astype(np.float64), y.astype(np.float64)
    losses = []
    for k in range(x.shape[1]):
        before, columns = x[:, :k], np.swapaxes(x[:, :k], 1, 2)
        penalised = columns @ before + NOISE_VARIANCE * np.eye(x.shape[2])
        task = np.linalg.solve(penalised, columns @ target[:, :k, None])
        losses.append(np.mean((target[:, k] - (x[:, k, None] @ task)[:, 0, 0]) ** 2))
    return float(np.mean(losses))


@dataclass(frozen=True)
class Regressor(Layer):
    """``sl.models.InContextRegression`` with the width of its networks to choose."""

    dimensions: int
    examples: int
    features: int
    layers: int
    heads: int
    hidden: int

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds embedding, blocks and the reading of the predictions at the x."""
        y = sl.Linear(self.dimensions + 1, self.features)(x, inside(name, "embedding"))
        y = sl.Positions(2 * self.examples, self.features)(y, inside(name, "positions"))
        block = sl.TransformerBlock(self.features, self.heads, hidden=self.hidden, causal=True)
        for layer in range(self.layers):
            y = block(y, inside(name, f"blocks.{layer}"))
        y = sl.LayerNorm(self.features)(y, inside(name, "norm"))
        return sl.Linear(self.features, 1)(y[::2], inside(name, "head"))[:, 0]
