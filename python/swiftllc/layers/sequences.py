"""Layers on sequences: samples of shape (positions, features), or of integers (positions,)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from swiftllc import _checks
from swiftllc._errors import InvalidArgumentError
from swiftllc.graph import Graph, Node
from swiftllc.layers.activations import GELU
from swiftllc.layers.containers import Residual, Sequential
from swiftllc.layers.layer import Layer, inside
from swiftllc.layers.linear import Linear
from swiftllc.layers.normalizations import LayerNorm


@dataclass(frozen=True)
class Embedding(Layer):
    """Rows of a table, picked by integers: (...) become (..., features).

    The parameter is ``weight`` (rows, features), from N(0, std²); torch's std is 1, GPT-2's 0.02.

    Args:
        rows: How many different integers there are, > 0.
        features: The extent of a row, > 0.
        std: Of the initial distribution.
    """

    rows: int
    features: int
    std: float = 1.0

    @property
    def input_dtype(self) -> str:
        """Integers."""
        return "int64"

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds the table and the picking."""
        weight = graph.parameter(inside(name, "weight"), (self.rows, self.features), std=self.std)
        return graph.embedding(x, weight)


@dataclass(frozen=True)
class Positions(Layer):
    """Adds a learned vector for each position: the parameter ``weight`` (rows, features), from N(0, std²).

    Args:
        rows: The most positions there are; samples may have fewer.
        features: The extent of the last axis.
        std: Of the initial distribution.
    """

    rows: int
    features: int
    std: float = 0.02

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds the table and the sum."""
        if len(x.shape) != 2 or x.shape[0] > self.rows:
            raise InvalidArgumentError(
                f"it takes (positions, {self.features}), with at most {self.rows} positions."
            )
        weight = graph.parameter(inside(name, "weight"), (self.rows, self.features), std=self.std)
        return x + weight[: x.shape[0]]


@dataclass(frozen=True)
class SelfAttention(Layer):
    """Multi-head attention of a sequence to itself (Vaswani et al. 2017).

    Parameters are ``in_proj_weight`` (3 features, features) and ``in_proj_bias`` for queries, keys and
    values, and ``out_proj.weight`` and ``out_proj.bias``, as of torch's ``MultiheadAttention``; weights start
    from Glorot's uniform distribution and biases from 0.

    Args:
        features: The extent of the last axis.
        heads: How many; divides ``features``.
        causal: Whether a position sees only itself and those before it.
        rotary: Whether queries and keys are turned by angles that grow with the position (Su et al.,
            arXiv 2104.09864), in halves as in GPT-NeoX; then features/heads must be even.
        bias: Whether there are biases.
    """

    features: int
    heads: int
    causal: bool = False
    rotary: bool = False
    bias: bool = True

    def __post_init__(self) -> None:
        """Refuses heads that do not divide the features."""
        for size in ("features", "heads"):
            _checks.integer(f"SelfAttention's {size}", getattr(self, size), at_least=1)
        if self.features % self.heads or (self.rotary and self.features // self.heads % 2):
            even = ", into an even number" if self.rotary else ""
            raise InvalidArgumentError(
                f"SelfAttention has {self.features} features in {self.heads} heads, "
                f"which must divide them{even}."
            )

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds the projections and the attention."""
        width, heads = self.features, self.heads
        if len(x.shape) != 2 or x.shape[1] != width:
            raise InvalidArgumentError(f"it takes (positions, {width}).")
        projected = self._projection(graph, x, inside(name, "in_proj_"), 3 * width)
        positions = x.shape[0]
        parts = projected.reshape(positions, 3, heads, width // heads).permute(1, 2, 0, 3)
        query, key, value = parts[0], parts[1], parts[2]
        if self.rotary:
            query, key = graph.rotary(query), graph.rotary(key)
        mixed = graph.attention(query, key, value, causal=self.causal)
        joined = mixed.transpose(0, 1).reshape(positions, width)
        return self._projection(graph, joined, inside(name, "out_proj."), width)

    def _projection(self, graph: Graph, x: Node, prefix: str, outputs: int) -> Node:
        bound = math.sqrt(6 / (self.features + outputs))
        weight = graph.parameter(f"{prefix}weight", (outputs, self.features), bound=bound, kernel=True)
        bias = graph.parameter(f"{prefix}bias", (outputs,), value=0.0) if self.bias else None
        return graph.linear(x, weight, bias)


class TransformerBlock(Layer):
    """Attention and a two-layer network for each position, both in residual branches.

    Parameters are those of ``attention``, ``norm1``, ``mlp.0``, ``mlp.2`` and ``norm2``.
    """

    def __init__(
        self,
        features: int,
        heads: int,
        *,
        hidden: int | None = None,
        causal: bool = False,
        rotary: bool = False,
        norm_first: bool = True,
        activation: Layer | None = None,
    ) -> None:
        """Describes the block.

        Args:
            features: The extent of the last axis.
            heads: Of the attention; divides ``features``.
            hidden: Width of the network's hidden layer; 4 features if None, and no network if 0.
            causal: As of ``SelfAttention``.
            rotary: As of ``SelfAttention``.
            norm_first: Whether a branch begins with its norm, as in GPT-2; else the norm follows the sum, as
                in BERT.
            activation: Of the network; GELU if None.
        """
        self.attention = SelfAttention(features, heads, causal, rotary)
        self.hidden = 4 * features if hidden is None else _checks.integer("hidden", hidden, at_least=0)
        self.norm_first = _checks.boolean("norm_first", norm_first)
        self.activation = GELU() if activation is None else activation

    def __repr__(self) -> str:
        """Its parts."""
        return (
            f"TransformerBlock({self.attention!r}, hidden={self.hidden}, norm_first={self.norm_first}, "
            f"activation={self.activation!r})"
        )

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds both branches."""
        width = self.attention.features
        x = self._branch(x, self.attention, "attention", "norm1", name)
        if self.hidden == 0:
            return x
        network = Sequential(Linear(width, self.hidden), self.activation, Linear(self.hidden, width))
        return self._branch(x, network, "mlp", "norm2", name)

    def _branch(self, x: Node, layer: Layer, part: str, norm: str, name: str) -> Node:
        normed = LayerNorm(self.attention.features)
        if not self.norm_first:
            return normed(Residual(layer)(x, inside(name, part)), inside(name, norm))
        return x + layer(normed(x, inside(name, norm)), inside(name, part))
