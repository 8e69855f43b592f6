"""Reductions and softmax."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from swiftllc.interop.lowering.layout import Value
from swiftllc.interop.onnx_import.lowering import Lowering
from swiftllc.interop.onnx_import.table import lowers


def _dims(lowering: Lowering, x: Value, dims: Any, axes: Any, empty_is_none: int) -> list[int]:
    """The dimensions that are reduced, from the input or, in older files, the attribute."""
    chosen = lowering.integers(axes if dims is None else dims, "axes") or []
    if not chosen and not empty_is_none:
        chosen = list(range(x.rank))
    return sorted({x.dim(dim) for dim in chosen})


def _summed(x: Value, dims: Sequence[int], keepdims: int, mean: bool = False) -> Value:
    if not dims:
        return x
    axes = tuple(x.axis(dim, "it reduces over") for dim in dims)
    node = x.node.mean(axes, keepdims=bool(keepdims)) if mean else x.node.sum(axes, keepdims=bool(keepdims))
    return x.without(dims, node, bool(keepdims))


def _largest(x: Value, dims: Sequence[int], keepdims: int) -> Value:
    kept = x
    for dim in dims:
        kept = kept.without([dim], kept.node.max(kept.axis(dim, "it reduces over"), keepdims=True), True)
    if keepdims or not dims:
        return kept
    node = kept.node
    for axis in sorted((kept.axis(dim, "it reduces over") for dim in dims), reverse=True):
        node = node[(slice(None),) * axis + (0,)]
    return kept.without(dims, node)


@lowers("ReduceSum")
def _reduce_sum(
    lowering: Lowering,
    x: Value,
    dims: Any = None,
    *,
    axes: Any = None,
    keepdims: int = 1,
    noop_with_empty_axes: int = 0,
) -> Value:
    return _summed(x, _dims(lowering, x, dims, axes, noop_with_empty_axes), keepdims)


@lowers("ReduceMean")
def _reduce_mean(
    lowering: Lowering,
    x: Value,
    dims: Any = None,
    *,
    axes: Any = None,
    keepdims: int = 1,
    noop_with_empty_axes: int = 0,
) -> Value:
    return _summed(x, _dims(lowering, x, dims, axes, noop_with_empty_axes), keepdims, mean=True)


@lowers("ReduceMax")
def _reduce_max(
    lowering: Lowering,
    x: Value,
    dims: Any = None,
    *,
    axes: Any = None,
    keepdims: int = 1,
    noop_with_empty_axes: int = 0,
) -> Value:
    return _largest(x, _dims(lowering, x, dims, axes, noop_with_empty_axes), keepdims)


@lowers("ReduceMin")
def _reduce_min(lowering: Lowering, x: Value, dims: Any = None, **options: Any) -> Value:
    result = _reduce_max(lowering, x.with_node(-x.node), dims, **options)
    return result.with_node(-result.node)


@lowers("ReduceSumSquare")
def _reduce_sum_square(lowering: Lowering, x: Value, dims: Any = None, **options: Any) -> Value:
    return _reduce_sum(lowering, x.with_node(x.node * x.node), dims, **options)


@lowers("ReduceL1")
def _reduce_l1(lowering: Lowering, x: Value, dims: Any = None, **options: Any) -> Value:
    return _reduce_sum(lowering, x.with_node(lowering.graph.abs(x.node)), dims, **options)


@lowers("ReduceL2")
def _reduce_l2(lowering: Lowering, x: Value, dims: Any = None, **options: Any) -> Value:
    result = _reduce_sum_square(lowering, x, dims, **options)
    return result.with_node(lowering.graph.sqrt(result.node))


@lowers("Softmax")
def _softmax(lowering: Lowering, x: Value, *, axis: int | None = None) -> Value:
    return x.with_node(lowering.graph.softmax(x.node, _softmax_axis(lowering, x, axis)))


@lowers("LogSoftmax")
def _log_softmax(lowering: Lowering, x: Value, *, axis: int | None = None) -> Value:
    return x.with_node(lowering.graph.log_softmax(x.node, _softmax_axis(lowering, x, axis)))


def _softmax_axis(lowering: Lowering, x: Value, axis: int | None) -> int:
    """The node's axis. Before version 13 all dimensions from ``axis`` on were normalised as one."""
    if lowering.opset < 13:
        dim = x.dim(1 if axis is None else axis)
        if math.prod(x.shape[dim + 1 :]) != 1:
            lowering.refuse(
                f"it normalises several axes as one, in operator set {lowering.opset}; "
                "onnx.version_converter brings the file to 13 or later"
            )
    else:
        dim = x.dim(-1 if axis is None else axis)
    return x.axis(dim, "it normalises over")
