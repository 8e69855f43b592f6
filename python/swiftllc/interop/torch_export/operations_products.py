"""Products of matrices, and attention."""

from __future__ import annotations

from typing import Any

import numpy as np

from swiftllc.interop.lowering.constants import INFINITY
from swiftllc.interop.lowering.layout import (
    LayoutError,
    Value,
    common_batch,
    transposed,
    without_batch_dimension,
)
from swiftllc.interop.lowering.products import product
from swiftllc.interop.torch_export.lowering import Lowering
from swiftllc.interop.torch_export.table import lowers


@lowers("aten.linear.default")
def _linear(lowering: Lowering, given: Any, matrix: Any, bias: Any = None) -> Value:
    x, weight = lowering.value(given), lowering.value(matrix)
    if weight.batch is not None:
        return product(lowering, x, transposed(weight, -1, -2))
    x.axis(-1, "it sums over")
    bias_node = None if bias is None else lowering.value(bias).node
    node = lowering.graph.linear(x.node, weight.node, bias_node)
    return x.resized(-1, weight.shape[0], node)


@lowers("aten.addmm.default")
def _addmm(lowering: Lowering, bias: Any, a: Any, b: Any, *, beta: float = 1, alpha: float = 1) -> Value:
    return _plus(lowering, bias, product(lowering, a, b), beta, alpha)


@lowers("aten.baddbmm.default")
def _baddbmm(lowering: Lowering, bias: Any, a: Any, b: Any, *, beta: float = 1, alpha: float = 1) -> Value:
    return _plus(lowering, bias, product(lowering, a, b), beta, alpha)


def _plus(lowering: Lowering, bias: Any, product: Value, beta: float, alpha: float) -> Value:
    if beta == alpha == 1:
        return lowering.combined(lambda x, y: x + y, product, bias)
    return lowering.combined(lambda x, y: x * float(alpha) + y * float(beta), product, bias)


lowers("aten.matmul.default", "aten.bmm.default", "aten.mm.default", "aten.mv.default")(product)


@lowers("aten.scaled_dot_product_attention.default")
def _attention(
    lowering: Lowering,
    query: Any,
    key: Any,
    value: Any,
    mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Value:
    graph = lowering.graph
    query, key, value = (lowering.value(part) for part in (query, key, value))
    if dropout_p > 0:
        lowering.refuse("it drops at random in training mode; call module.eval()")
    if enable_gqa:
        key, value = (_repeated(lowering, part, query.shape[-3]) for part in (key, value))
    place = common_batch([query, key, value])
    if place is not None and place.dim >= -2:
        raise LayoutError("it attends to other samples of the batch")
    square = query.shape[-2] == key.shape[-2]
    added, causal = None, is_causal and square
    if is_causal and not square:
        added = graph.constant(-INFINITY * (1 - np.tri(query.shape[-2], key.shape[-2])))
    if mask is not None:
        added, causal = _mask(lowering, mask, place, square)
    nodes = [
        without_batch_dimension(part, place) if part.batch is None and place is not None else part.node
        for part in (query, key, value)
    ]
    node = graph.attention(*nodes, causal=causal, scale=scale, mask=added)
    leading = np.broadcast_shapes(query.shape[:-2], key.shape[:-2])
    shape = (*leading, query.shape[-2], value.shape[-1])
    return Value(node, shape, place and place.at(len(shape) + place.dim))


def _repeated(lowering: Lowering, x: Value, heads: int) -> Value:
    """Each head of keys or values as often as there are queries for it."""
    own = x.shape[-3]
    if own == heads:
        return x
    indices = np.repeat(np.arange(own), heads // own)
    return x.resized(-3, heads, lowering.graph.take(x.node, indices, x.axis(-3, "it repeats")))


def _mask(lowering: Lowering, mask: Any, place: Any, square: bool) -> tuple[Any, bool]:
    """What is added to the scores, and whether that is no more than that nobody sees what comes later."""
    if isinstance(mask, Value):
        if mask.kind == "bool":
            mask = mask.with_node((mask.node - 1.0) * INFINITY)
        if mask.batch is None and place is not None:
            return without_batch_dimension(mask, place), False
        common_batch([mask, mask.with_node(mask.node, batch=place and place.at(mask.rank + place.dim))])
        return mask.node, False
    if str(mask.dtype) == "torch.bool":
        mask = (mask.double() - 1) * INFINITY
    node = lowering.constant(mask, place)
    if isinstance(node, float):
        return (None if node == 0 else lowering.graph.constant(np.full((1, 1), node))), False
    hidden = (mask.clamp(-INFINITY, INFINITY) < -INFINITY / 2).numpy()
    later = np.tri(*mask.shape[-2:]) == 0
    if not hidden.any() and not mask.any():
        return None, False
    if square and (hidden == later).all() and not mask.numpy()[~hidden].any():
        return None, True
    return node, False
