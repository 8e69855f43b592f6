"""Products of matrices, whose batch may be in any dimension that is not summed over."""

from __future__ import annotations

from typing import Any

import numpy as np

from swiftllc.interop.lowering.broadcasting import Broadcasting
from swiftllc.interop.lowering.layout import (
    LayoutError,
    Value,
    common_batch,
    per_sample,
    transposed,
    without_batch_dimension,
)


def product(lowering: Broadcasting, left: Any, right: Any) -> Value:
    """As numpy's matmul, of two values or a value and a constant.

    Raises:
        LayoutError: It sums over the batch, or combines samples.
    """
    a, b = lowering.value(left), lowering.value(right)
    if b.rank == 1 or a.rank == 1:
        return _with_vector(lowering, a, b)
    if a.batch is None and b.batch is not None and b.batch.dim == b.rank - 1:  # (Bᵀ Aᵀ)ᵀ
        return transposed(product(lowering, transposed(b, -1, -2), transposed(a, -1, -2)), -1, -2)
    a.axis(-1, "it sums over")
    if b.batch is None and a.batch is not None and all(extent == 1 for extent in b.shape[:-2]):
        if b.rank > a.rank:
            raise LayoutError(f"it multiplies {a.shape} by {b.shape}")
        matrix = b.node if b.rank == 2 else b.node.reshape(b.shape[-2:])
        return a.resized(-1, b.shape[-1], lowering.graph.matmul(a.node, matrix))
    if b.batch is None and a.batch is not None and a.batch.dim == a.rank - 2:
        return _of_rows(lowering.graph, a, b)
    for value in (a, b):
        if value.batch is not None and value.batch.dim >= value.rank - 2:
            raise LayoutError("it sums over the batch, or combines its samples with one another")
    place = common_batch([a, b])
    sides = [
        without_batch_dimension(value, place) if value.batch is None and place is not None else value.node
        for value in (a, b)
    ]
    shape = (*lowering.broadcast_shape(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1])
    return Value(lowering.graph.matmul(*sides), shape, place and place.at(len(shape) + place.dim))


def _of_rows(graph: Any, a: Value, b: Value) -> Value:
    """Matrices of which one axis, that of the rows, is the batch with what is merged to it."""
    assert a.batch is not None
    rows = a.batch.before * a.batch.after
    node = a.node.reshape((*a.shape[:-2], rows, a.shape[-1]))
    shape = (*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1])
    batch = a.batch.at(len(shape) - 2)
    return Value(graph.matmul(node, b.node).reshape(per_sample(shape, batch)), shape, batch)


def _with_vector(lowering: Broadcasting, a: Value, b: Value) -> Value:
    """A product with a vector on one side or both: a weighted sum."""
    dim = -1 if b.rank == 1 else -2
    if b.rank > 1:
        a = a.with_node(a.node.reshape((*a.node.shape, 1)), shape=(*a.shape, 1))
    weighted = lowering.combined(lambda x, y: x * y, a, b)
    axis = weighted.axis(dim, "it sums over")
    return weighted.without([dim], weighted.node.sum((axis,)))
