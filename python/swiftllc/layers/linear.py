"""Linear layers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from swiftllc import _checks
from swiftllc._errors import InvalidArgumentError
from swiftllc.graph import Graph, Node
from swiftllc.layers.layer import Layer, inside


@dataclass(frozen=True)
class Linear(Layer):
    """x Wᵀ + b over the last axis of samples of shape (..., in_features).

    Parameters are ``weight`` (out_features, in_features) and ``bias`` (out_features), as in torch; both start
    from U(-1/√in_features, 1/√in_features), which is torch's default.

    Args:
        in_features: Length of the input, > 0.
        out_features: Length of the output, > 0.
        bias: Whether b is there.
    """

    in_features: int
    out_features: int
    bias: bool = True

    def __post_init__(self) -> None:
        """Refuses sizes below 1."""
        for field in ("in_features", "out_features"):
            size = _checks.integer(f"Linear's {field}", getattr(self, field), at_least=1)
            object.__setattr__(self, field, size)
        _checks.boolean("Linear's bias", self.bias)

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds weight, bias and the product."""
        if x.shape[-1:] != (self.in_features,):
            raise InvalidArgumentError(f"it takes (..., {self.in_features}).")
        bound = 1 / math.sqrt(self.in_features)
        shape = (self.out_features, self.in_features)
        weight = graph.parameter(inside(name, "weight"), shape, bound=bound, kernel=True)
        bias = None
        if self.bias:
            bias = graph.parameter(inside(name, "bias"), (self.out_features,), bound=bound)
        return graph.linear(x, weight, bias)
