"""Reductions and softmax."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from swiftllc.interop.lowering.layout import Value
from swiftllc.interop.torch_export.lowering import Lowering
from swiftllc.interop.torch_export.table import lowers


def _axes(x: Value, dims: Sequence[int] | None) -> tuple[list[int], tuple[int, ...]]:
    """The torch dimensions that are reduced, and the node's axes."""
    chosen = [x.dim(dim) for dim in dims] if dims else list(range(x.rank))
    return chosen, tuple(x.axis(dim, "it reduces over") for dim in chosen)


@lowers("aten.sum.dim_IntList", "aten.sum.default")
def _sum(
    lowering: Lowering, x: Value, dims: Sequence[int] | None = None, keepdims: bool = False, **_: Any
) -> Value:
    chosen, axes = _axes(x, dims)
    return x.without(chosen, x.node.sum(axes, keepdims=keepdims), keepdims)


@lowers("aten.mean.dim", "aten.mean.default")
def _mean(
    lowering: Lowering, x: Value, dims: Sequence[int] | None = None, keepdims: bool = False, **_: Any
) -> Value:
    chosen, axes = _axes(x, dims)
    return x.without(chosen, x.node.mean(axes, keepdims=keepdims), keepdims)


@lowers("aten.amax.default")
def _amax(lowering: Lowering, x: Value, dims: Sequence[int] = (), keepdims: bool = False) -> Value:
    chosen, _ = _axes(x, dims)
    for dim in sorted(chosen):
        x = x.without([dim], x.node.max(x.axis(dim, "it reduces over"), keepdims=True), keepdims=True)
    if keepdims:
        return x
    node = x.node
    for axis in sorted((x.axis(dim, "it reduces over") for dim in chosen), reverse=True):
        node = node[(slice(None),) * axis + (0,)]
    return x.without(chosen, node)


@lowers("aten.amin.default")
def _amin(lowering: Lowering, x: Value, dims: Sequence[int] = (), keepdims: bool = False) -> Value:
    result = _amax(lowering, x.with_node(-x.node), dims, keepdims)
    return result.with_node(-result.node)


@lowers("aten.max.dim")
def _max(lowering: Lowering, x: Value, dim: int, keepdims: bool = False) -> list[Any]:
    return [_amax(lowering, x, [dim], keepdims), None]


@lowers("aten.var.correction")
def _var(
    lowering: Lowering,
    x: Value,
    dims: Sequence[int] | None = None,
    *,
    correction: float | None = None,
    keepdim: bool = False,
) -> Value:
    chosen, axes = _axes(x, dims)
    count = math.prod(x.shape[dim] for dim in chosen)
    deviation = x.node - x.node.mean(axes, keepdims=True)
    node = lowering.graph.power(deviation, 2.0).mean(axes, keepdims=keepdim)
    freedom = count - (1 if correction is None else correction)
    return x.without(chosen, node * (count / freedom), keepdim)


@lowers("aten.std.correction")
def _std(lowering: Lowering, x: Value, dims: Sequence[int] | None = None, **options: Any) -> Value:
    variance = _var(lowering, x, dims, **options)
    return variance.with_node(lowering.graph.sqrt(variance.node))


@lowers("aten.linalg_vector_norm.default")
def _vector_norm(
    lowering: Lowering,
    x: Value,
    order: float = 2,
    dims: Sequence[int] | None = None,
    keepdims: bool = False,
    **_: Any,
) -> Value:
    graph = lowering.graph
    if order == 2:
        result = _sum(lowering, x.with_node(graph.power(x.node, 2.0)), dims, keepdims)
        return result.with_node(graph.sqrt(result.node))
    if order == 1:
        return _sum(lowering, x.with_node(graph.abs(x.node)), dims, keepdims)
    lowering.refuse(f"its order is {order}, where 1 and 2 are covered")


@lowers("aten.logsumexp.default")
def _logsumexp(lowering: Lowering, x: Value, dims: Sequence[int], keepdims: bool = False) -> Value:
    graph = lowering.graph
    if len(dims) != 1:
        lowering.refuse("it reduces several axes, where one is covered")
    axis = x.axis(dims[0], "it reduces over")
    index = (slice(None),) * axis + (slice(0, 1) if keepdims else 0,)
    return x.without(dims, x.node[index] - graph.log_softmax(x.node, axis)[index], keepdims)


@lowers("aten.softmax.int", "aten._softmax.default")
def _softmax(lowering: Lowering, x: Value, dim: int, dtype: Any = None) -> Value:
    _note_rounding(lowering, dtype)
    return x.with_node(lowering.graph.softmax(x.node, x.axis(dim, "it normalises over")))


@lowers("aten.log_softmax.int", "aten._log_softmax.default")
def _log_softmax(lowering: Lowering, x: Value, dim: int, dtype: Any = None) -> Value:
    _note_rounding(lowering, dtype)
    return x.with_node(lowering.graph.log_softmax(x.node, x.axis(dim, "it normalises over")))


def _note_rounding(lowering: Lowering, dtype: Any) -> None:
    if str(dtype) == "torch.float32" and str(lowering.current.args[0].meta["val"].dtype) == "torch.float64":
        lowering.rounds = True
