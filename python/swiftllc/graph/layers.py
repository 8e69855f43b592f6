"""The operations that layers are made of."""

from __future__ import annotations

from swiftllc import _abi
from swiftllc.graph.node import Node
from swiftllc.graph.shapes import Shapes


class LayerOperations(Shapes):
    """The operations of a ``Graph`` that have weights."""

    def linear(self, x: Node, weight: Node, bias: Node | None = None) -> Node:
        """X Wᵀ + b over the last axis: x (..., in), weight (out, in), bias (out)."""
        return self._add("linear", x, weight, _abi.SLLC_NO_NODE if bias is None else bias)

    def embedding(self, indices: Node, weight: Node) -> Node:
        """Rows of the weight (rows, columns), picked by integers (...): (..., columns)."""
        return self._add("embedding", indices, weight)
