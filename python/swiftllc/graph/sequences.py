"""Operations on the last axes: products with weights, embeddings, attention."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from swiftllc import _checks
from swiftllc._errors import InvalidArgumentError
from swiftllc.graph.node import Node
from swiftllc.graph.normalizations import Normalizations


class SequenceOperations(Normalizations):
    """The operations of a ``Graph`` on rows, which may be positions of a sequence."""

    def linear(self, x: Node, weight: Node, bias: Node | None = None) -> Node:
        """X Wᵀ + b over the last axis: x (..., in), weight (out, in), bias (out)."""
        return self._add("linear", self._node(x), self._node(weight), self._optional(bias))

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
        table = self._node(weight)
        name = self._names.get(table.number)
        if name is not None:
            self.parameters[name] = self.parameters[name]._replace(table=True)
        return self._add("embedding", self._node(indices), table)

    def attention(
        self,
        query: Node,
        key: Node,
        value: Node,
        causal: bool = False,
        scale: float | None = None,
        mask: Any = None,
    ) -> Node:
        """Softmax(scale q kᵀ + mask) v: q (..., Tq, d), k (..., Tk, d), v (..., Tk, dv) give (..., Tq, dv).

        No matrix of scores is kept whole. ``scale`` None is 1/√d; a mask, of floats, broadcasts to
        (..., Tq, Tk); with ``causal`` query i sees the keys j ≤ i alone, counted from the first of both.
        """
        operands = (self._node(query), self._node(key), self._node(value))
        if scale is None:
            scale = 1 / math.sqrt(operands[0].shape[-1] if operands[0].shape else 1)
        seen = int(_checks.boolean("causal", causal))
        return self._add("attention", *operands, self._optional(mask), seen, _checks.real("scale", scale))

    def rotary(self, x: Node, base: float = 10000.0, interleaved: bool = False) -> Node:
        """Positions as rotations: x (..., T, d) with an even d (Su et al., arXiv 2104.09864).

        Pair i of position t is turned by the angle t base^(-2i/d): elements i and i + d/2, as in GPT-NeoX, or
        ``interleaved`` 2i and 2i + 1, as in GPT-J.
        """
        if len(x.shape) < 2 or x.shape[-1] % 2:
            raise InvalidArgumentError(
                f"x has shape {x.shape}; rotary positions need (..., positions, features), an even number."
            )
        positions, half = x.shape[-2], x.shape[-1] // 2
        base = _checks.real("base", base, above=0)
        angles = np.outer(np.arange(positions), base ** (-np.arange(half) / half))
        cosines, sines = self.constant(np.cos(angles)), self.constant(np.sin(angles))
        return self._add("rotary", x, cosines, sines, int(_checks.boolean("interleaved", interleaved)))
