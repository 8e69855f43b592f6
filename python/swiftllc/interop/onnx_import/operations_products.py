"""Products of matrices."""

from __future__ import annotations

from typing import Any

from swiftllc.interop.layout import (
    LayoutError,
    Value,
    common_batch,
    transposed,
    without_batch_dimension,
)
from swiftllc.interop.onnx_import.lowering import Lowering
from swiftllc.interop.onnx_import.table import lowers
from swiftllc.interop.products import product_of_rows, product_with_vector


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
        return product_with_vector(lowering, a, b)
    if a.batch is None and b.batch is not None and b.batch.dim == b.rank - 1:  # (Bᵀ Aᵀ)ᵀ
        return transposed(_matmul(lowering, transposed(b, -1, -2), transposed(a, -1, -2)), -1, -2)
    a.axis(-1, "it sums over")
    if b.batch is None and a.batch is not None and all(extent == 1 for extent in b.shape[:-2]):
        if b.rank > a.rank:
            lowering.refuse(f"it multiplies {a.shape} by {b.shape}")
        matrix = b.node if b.rank == 2 else b.node.reshape(b.shape[-2:])
        return a.resized(-1, b.shape[-1], lowering.graph.matmul(a.node, matrix))
    if b.batch is None and a.batch is not None and a.batch.dim == a.rank - 2:
        return product_of_rows(lowering.graph, a, b)
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
