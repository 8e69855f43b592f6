"""Shapes: what moves, joins and repeats axes, and what changes nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from swiftllc.interop.lowering.joining import joined, repeated
from swiftllc.interop.lowering.layout import (
    LayoutError,
    Shape,
    Value,
    expanded,
    permuted,
    reshaped,
)
from swiftllc.interop.onnx_import.lowering import Lowering
from swiftllc.interop.onnx_import.table import lowers
from swiftllc.interop.onnx_import.written_batch import with_batch


@lowers("Identity")
def _identity(lowering: Lowering, x: Value) -> Value:
    return x


@lowers("Dropout")
def _dropout(
    lowering: Lowering,
    x: Value,
    ratio: Any = None,
    training: Any = None,
    *,
    seed: int = 0,
    **_: Any,
) -> list[Any]:
    if training is not None and lowering.number(training, "training_mode"):
        lowering.refuse("it drops at random in training mode; export the network in evaluation mode")
    return [x, np.ones(x.shape, bool)]


@lowers("Cast")
def _cast(lowering: Lowering, x: Value, *, to: int, **_: Any) -> Value:
    from onnx import TensorProto

    wanted = TensorProto.DataType.Name(to)
    floats = ("FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16")
    if wanted in floats:
        return x.with_node(x.node, kind="float")
    if x.kind == "float":
        lowering.refuse(f"it makes {wanted} of floats that depend on the sample")
    if wanted == "BOOL" and x.kind != "bool":
        graph = lowering.graph  # exact for integers
        return x.with_node(graph.minimum(graph.abs(x.node), 1.0), kind="bool")
    if wanted not in ("INT64", "INT32", "BOOL"):
        lowering.refuse(f"it makes {wanted} of what depends on the sample")
    return x if wanted == "BOOL" else x.with_node(x.node, kind="integer")


@lowers("Shape")
def _shape(lowering: Lowering, x: Value, *, start: int = 0, end: int | None = None) -> Any:
    return np.array(x.shape[start:end], np.int64)


@lowers("Size")
def _size(lowering: Lowering, x: Value) -> Any:
    return np.array(math.prod(x.shape), np.int64)


@lowers("Reshape")
def _reshape(lowering: Lowering, x: Value, shape: Any, *, allowzero: int = 0) -> Value:
    wanted = lowering.integers(shape, "shape") or []
    if not allowzero:
        if any(extent == 0 and dim >= x.rank for dim, extent in enumerate(wanted)):
            lowering.refuse(f"its shape {tuple(wanted)} copies an axis that {x.shape} does not have")
        copied = [x.shape[dim] if extent == 0 else extent for dim, extent in enumerate(wanted)]
    else:
        copied = wanted
    return _reshaped(lowering, x, copied)


def _reshaped(lowering: Lowering, x: Value, shape: Sequence[int]) -> Value:
    if x.batch is not None and lowering.batch_in_file is not None:
        given, shape = shape, with_batch(x, shape, lowering.batch_in_file, lowering.batch_size)
        lowering.for_one = lowering.for_one or tuple(given) != shape
    count, known = math.prod(x.shape), math.prod(extent for extent in shape if extent != -1)
    fits = count % known == 0 if known > 0 and -1 in shape else count == known
    if not fits or known <= 0 or list(shape).count(-1) > 1:
        raise LayoutError(f"it reshapes {x.shape} to {tuple(shape)}, with {lowering.batch_size} samples")
    return reshaped(x, shape, lowering.batch_size)


@lowers("Flatten")
def _flatten(lowering: Lowering, x: Value, *, axis: int = 1) -> Value:
    at = axis if axis >= 0 else axis + x.rank
    return reshaped(x, (math.prod(x.shape[:at]), math.prod(x.shape[at:])), lowering.batch_size)


@lowers("Transpose")
def _transpose(lowering: Lowering, x: Value, *, perm: Sequence[int] | None = None) -> Value:
    return permuted(x, range(x.rank)[::-1] if perm is None else perm)


@lowers("Squeeze")
def _squeeze(lowering: Lowering, x: Value, dims: Any = None, *, axes: Any = None) -> Value:
    chosen = lowering.integers(axes if dims is None else dims, "axes")
    gone = set(range(x.rank)) if chosen is None else {x.dim(dim) for dim in chosen}
    if x.batch is not None and x.batch.dim in gone and chosen is not None:
        raise LayoutError("it removes the axis of the batch")
    shape = [extent for dim, extent in enumerate(x.shape) if extent != 1 or dim not in gone]
    return reshaped(x, shape, lowering.batch_size)


@lowers("Unsqueeze")
def _unsqueeze(lowering: Lowering, x: Value, dims: Any = None, *, axes: Any = None) -> Value:
    chosen = lowering.integers(axes if dims is None else dims, "axes") or []
    rank = x.rank + len(chosen)
    new = {dim % rank for dim in chosen}
    old = iter(x.shape)
    return reshaped(x, [1 if dim in new else next(old) for dim in range(rank)], lowering.batch_size)


@lowers("Expand")
def _expand(lowering: Lowering, x: Value, shape: Any) -> Value:
    wanted = tuple(lowering.integers(shape, "shape") or ())
    # Extents of 1 keep what is there.
    return expanded(x, lowering.broadcast_shape(x.shape, wanted), lowering.batch_size)


@lowers("Tile")
def _tile(lowering: Lowering, x: Value, repeats: Any) -> Value:
    counts = lowering.integers(repeats, "repeats") or []
    if any(count < 1 for count in counts):
        lowering.refuse("its result is empty")
    return repeated(lowering, x, counts)


@lowers("Concat")
def _concat(lowering: Lowering, *parts: Any, axis: int) -> Value:
    return joined(lowering, [part for part in parts if 0 not in part.shape], axis)


@lowers("Pad")
def _pad(
    lowering: Lowering,
    x: Value,
    widths: Any = None,
    value: Any = None,
    dims: Any = None,
    *,
    mode: str = "constant",
    pads: Any = None,
    **older: Any,
) -> Value:
    amounts = lowering.integers(pads if widths is None else widths, "pads") or []
    chosen = lowering.integers(dims, "axes")
    axes = list(range(x.rank)) if chosen is None else [x.dim(dim) for dim in chosen]
    constant = lowering.number(older.get("value") if value is None else value, "value") or 0.0
    kinds = {"reflect": "reflect", "edge": "edge", "wrap": "wrap"}
    if mode != "constant" and mode not in kinds:
        lowering.refuse(f"its mode {mode!r} is not covered")
    for dim, before, after in zip(axes, amounts, amounts[len(axes) :], strict=False):
        if before == after == 0:
            continue
        if before < 0 or after < 0:
            lowering.refuse("it cuts by negative pads, which is not covered")
        axis = x.axis(dim, "it pads")
        if mode == "constant":
            node = padded(lowering, x.node, axis, before, after, constant)
        else:
            positions = np.pad(np.arange(x.shape[dim]), (before, after), mode=kinds[mode])  # type: ignore[call-overload]
            node = lowering.graph.take(x.node, positions, axis)
        x = x.resized(dim, node.shape[axis], node)
    return x


def padded(lowering: Lowering, node: Any, axis: int, before: int, after: int, value: float) -> Any:
    """A node with so many entries of one value in front of an axis and behind it."""

    def filled(width: int) -> list[Any]:
        shape: Shape = (*node.shape[:axis], width, *node.shape[axis + 1 :])
        return [lowering.graph.constant(np.full(shape, value))] if width > 0 else []

    return lowering.graph.concatenate([*filled(before), node, *filled(after)], axis)
