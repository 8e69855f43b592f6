"""The operations that layers are made of."""

from __future__ import annotations

from typing import Any

from swiftllc import _abi, _checks
from swiftllc.graph.node import Node
from swiftllc.graph.shapes import Shapes


class LayerOperations(Shapes):
    """The operations of a ``Graph`` that have weights."""

    def linear(self, x: Node, weight: Node, bias: Node | None = None) -> Node:
        """X Wᵀ + b over the last axis: x (..., in), weight (out, in), bias (out)."""
        return self._add("linear", x, weight, _abi.SLLC_NO_NODE if bias is None else bias)

    def matmul(self, a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False) -> Node:
        """``numpy.matmul`` on the shapes of one sample; a transposed side has its last two axes exchanged.

        As there, a side of one axis is a row on the left and a column on the right, whose axis the result
        lacks.
        """
        left, right = self._node(a), self._node(b)
        row, column = len(left.shape) == 1, len(right.shape) == 1
        if row:
            left, transpose_a = self.reshape(left, (1, *left.shape)), False
        if column:
            right, transpose_b = self.reshape(right, (*right.shape, 1)), False
        flags = (
            int(_checks.boolean("transpose_a", transpose_a)),
            int(_checks.boolean("transpose_b", transpose_b)),
        )
        result = self._add("matrix_product", left, flags[0], right, flags[1])
        kept = (
            result.shape[:-2] + (() if row else result.shape[-2:-1]) + (() if column else result.shape[-1:])
        )
        return self.reshape(result, kept) if row or column else result

    def embedding(self, indices: Node, weight: Node) -> Node:
        """Rows of the weight (rows, columns), picked by integers (...): (..., columns)."""
        return self._add("embedding", indices, weight)
