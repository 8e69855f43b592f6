"""Products of matrices."""

from __future__ import annotations

from typing import Any

from swiftllc.interop.lowering.layout import (
    Value,
    transposed,
)
from swiftllc.interop.lowering.products import product
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
        result = left.resized(-1, right.shape[0], node)
        if plain:
            return result
    else:
        result = product(lowering, left, transposed(right, 0, 1) if transB else right)
    if alpha != 1:
        result = result.with_node(result.node * float(alpha))
    if c is None or beta == 0:
        return result
    if beta == 1:
        return lowering.combined(lambda x, y: x + y, result, c)
    return lowering.combined(lambda x, y: x + y * float(beta), result, c)


lowers("MatMul")(product)
