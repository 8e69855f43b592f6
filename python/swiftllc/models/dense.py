"""Networks of linear layers."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from swiftllc import _checks
from swiftllc._errors import InvalidArgumentError
from swiftllc.graph import Graph, Node
from swiftllc.layers import (
    Linear,
    ReLU,
    Sequential,
)
from swiftllc.layers.layer import Layer, inside


def mlp(widths: Sequence[int], activation: Layer | None = None, bias: bool = True) -> Sequential:
    """Linear layers of these widths with a function between them.

    Args:
        widths: From the input's to the output's, two or more.
        activation: The function; ReLU if None.
        bias: Whether the layers have biases.
    """
    sizes = _widths(widths)
    function = ReLU() if activation is None else activation
    layers: list[Layer] = []
    for inputs, outputs in itertools.pairwise(sizes):
        layers += [Linear(inputs, outputs, bias), function]
    return Sequential(*layers[:-1])


def deep_linear_network(widths: Sequence[int]) -> Sequential:
    """Linear layers of these widths without biases: their exact λ is ``theory.dln``."""
    sizes = _widths(widths)
    return Sequential(*(Linear(a, b, bias=False) for a, b in itertools.pairwise(sizes)))


def _widths(widths: Sequence[int]) -> list[int]:
    sizes = [_checks.integer(f"widths[{i}]", width, at_least=1) for i, width in enumerate(widths)]
    if len(sizes) < 2:
        raise InvalidArgumentError(f"widths is {tuple(widths)!r}; a network has two or more.")
    return sizes


class Superposition(Layer):
    """The toy model of superposition: ReLU(Wᵀ W x + b), W and Wᵀ the same weights (Elhage et al. 2022).

    Parameters are ``weight`` (hidden, features) and ``bias`` (features).
    """

    def __init__(self, features: int = 6, hidden: int = 2) -> None:
        """Takes samples of shape (features,).

        Args:
            features: How many there are.
            hidden: In how many dimensions they are kept.
        """
        self.features = _checks.integer("features", features, at_least=1)
        self.hidden = _checks.integer("hidden", hidden, at_least=1)

    def __repr__(self) -> str:
        """As it would be written."""
        return f"Superposition(features={self.features}, hidden={self.hidden})"

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds the weights once, and both products."""
        weight = graph.parameter(inside(name, "weight"), (self.hidden, self.features), std=self.hidden**-0.5)
        bias = graph.parameter(inside(name, "bias"), (self.features,), value=0.0)
        return graph.relu(graph.linear(x, weight) @ weight + bias)
