"""Products of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from swiftllc.interop.layout import (
    LayoutError,
    Value,
    common_batch,
    per_sample,
    transposed,
    without_batch_dimension,
)
from swiftllc.interop.onnx_import.lowering import Lowering
from swiftllc.interop.onnx_import.table import lowers


@lowers("Gemm")
def _gemm(
    lowering: Lowering,
    a: Any,
    b: Any,
    c: Any = None,
    *,
    alpha: float = 1.0,
    beta: float = 1.0,
    transA: int = 0,
    transB: int = 0,
) -> Value:
    left, right = lowering.value(a), lowering.value(b)
    if transA:
        left = transposed(left, 0, 1)
    if left.batch is not None and right.batch is None and transB:
        left.axis(-1, "it sums over")
        whole = c is not None and alpha == beta == 1 and tuple(c.shape) == (right.shape[0],)
        bias = lowering.value(c) if whole else None
        plain = bias is not None and bias.batch is None
        node = lowering.graph.linear(left.node, right.node, bias.node if bias is not None and plain else None)
        product = left.resized(-1, right.shape[0], node)
        if plain:
            return product
    else:
        product = _matmul(lowering, left, transposed(right, 0, 1) if transB else right)
    if alpha != 1:
        product = product.with_node(product.node * float(alpha))
    if c is None or beta == 0:
        return product
    if beta == 1:
        return lowering.combined(lambda x, y: x + y, product, c)
    return lowering.combined(lambda x, y: x + y * float(beta), product, c)


@lowers("MatMul")
def _matmul(lowering: Lowering, left: Any, right: Any) -> Value:
    a, b = lowering.value(left), lowering.value(right)
    if b.rank == 1 or a.rank == 1:
        return _with_vector(lowering, a, b)
    if a.batch is None and b.batch is not None and b.batch.dim == b.rank - 1:  # (Bᵀ Aᵀ)ᵀ
        return transposed(_matmul(lowering, transposed(b, -1, -2), transposed(a, -1, -2)), -1, -2)
    a.axis(-1, "it sums over")
    if b.batch is None and a.batch is not None and all(extent == 1 for extent in b.shape[:-2]):
        if b.rank > a.rank:
            lowering.refuse(f"it multiplies {a.shape} by {b.shape}")
        matrix = b.node if b.rank == 2 else b.node.reshape(b.shape[-2:])
        return a.resized(-1, b.shape[-1], lowering.graph.matmul(a.node, matrix))
    if b.batch is None and a.batch is not None and a.batch.dim == a.rank - 2:
        return _rows(lowering, a, b)
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


def _rows(lowering: Lowering, a: Value, b: Value) -> Value:
    """Matrices of which one axis, that of the rows, is the batch with what is merged to it."""
    assert a.batch is not None
    rows = a.batch.before * a.batch.after
    node = a.node.reshape((*a.shape[:-2], rows, a.shape[-1]))
    shape = (*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1])
    batch = a.batch.at(len(shape) - 2)
    return Value(lowering.graph.matmul(node, b.node).reshape(per_sample(shape, batch)), shape, batch)


def _with_vector(lowering: Lowering, a: Value, b: Value) -> Value:
    """A product with a vector on one side or both: a weighted sum."""
    dim = -1 if b.rank == 1 else -2
    if b.rank > 1:
        a = a.with_node(a.node.reshape((*a.node.shape, 1)), shape=(*a.shape, 1))
    product = lowering.combined(lambda x, y: x * y, a, b)
    axis = product.axis(dim, "it sums over")
    return product.without([dim], product.node.sum((axis,)))
