"""Networks: small descriptions with torch's layouts, names and initial distributions.

A layer says how it is added to a graph, and holds no weights: those are a flat vector of their own
(``Model.init``, ``Model.load``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from swiftllc import _checks
from swiftllc._errors import ArgumentTypeError, InvalidArgumentError
from swiftllc.activations import ELU, GELU, LeakyReLU, ReLU, Sigmoid, SiLU, Softplus, Tanh
from swiftllc.graph import Graph, Node
from swiftllc.layer import Layer

__all__ = [
    "ELU",
    "GELU",
    "Layer",
    "LeakyReLU",
    "Linear",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softplus",
    "Tanh",
]


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
        if not isinstance(self.bias, bool):
            raise ArgumentTypeError(f"Linear's bias must be True or False; got {self.bias!r}.")

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds weight, bias and the product."""
        if x.shape[-1:] != (self.in_features,):
            where = f"Layer {name}" if name else "The network"
            raise InvalidArgumentError(
                f"{where} is {self!r}, which takes samples of shape (..., {self.in_features}), "
                f"but is given samples of shape {x.shape}."
            )
        prefix = f"{name}." if name else ""
        bound = 1 / math.sqrt(self.in_features)
        shape = (self.out_features, self.in_features)
        weight = graph.parameter(f"{prefix}weight", shape, bound=bound, kernel=True)
        bias = graph.parameter(f"{prefix}bias", (self.out_features,), bound=bound) if self.bias else None
        return graph.linear(x, weight, bias)


class Sequential(Layer):
    """Layers one after the other. Their parameters are named by position, as in "0.weight"."""

    def __init__(self, *layers: Layer) -> None:
        """Takes one layer or more; a Sequential is a layer too.

        Raises:
            ArgumentTypeError: Something that is not a layer.
            InvalidArgumentError: No layer at all.
        """
        if not layers:
            raise InvalidArgumentError("Sequential needs at least one layer.")
        for i, layer in enumerate(layers):
            if not isinstance(layer, Layer):
                hint = ""
                if isinstance(layer, type):
                    hint = " Make one by calling it."
                elif isinstance(layer, (list, tuple)):
                    hint = " Unpack it with *, as in Sequential(*layers)."
                raise ArgumentTypeError(f"Sequential's argument {i} is {layer!r}, not a layer.{hint}")
        self.layers = layers

    @property
    def input_dtype(self) -> str:
        """That of the first layer."""
        return self.layers[0].input_dtype

    def __repr__(self) -> str:
        """As it would be written."""
        return f"Sequential({', '.join(map(repr, self.layers))})"

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds each layer to the result of the one before."""
        for i, layer in enumerate(self.layers):
            x = layer.add_to(graph, x, f"{name}.{i}" if name else str(i))
        return x
