"""Operators that take a part of an axis, and tables that are looked up."""

from __future__ import annotations

from typing import Any

import numpy as np

from swiftllc.interop.lowering.layout import Value, reshaped
from swiftllc.interop.onnx_import.lowering import Lowering
from swiftllc.interop.onnx_import.table import lowers


def _cut(lowering: Lowering, x: Value, dim: int, begin: int, end: int, step: int = 1) -> Value:
    """The part of one dimension."""
    extent = len(range(begin, end, step))
    if step == 1 and extent == x.shape[dim]:
        return x
    if extent == 0:
        lowering.refuse("its result is empty")
    axis = x.axis(dim, "it cuts")
    stop = None if end < 0 else end
    return x.resized(dim, extent, x.node[(slice(None),) * axis + (slice(begin, stop, step),)])


@lowers("Slice")
def _slice(
    lowering: Lowering,
    x: Value,
    first: Any = None,
    last: Any = None,
    dims: Any = None,
    steps: Any = None,
    *,
    starts: Any = None,
    ends: Any = None,
    axes: Any = None,
) -> Value:
    begins = lowering.integers(starts if first is None else first, "starts") or []
    stops = lowering.integers(ends if last is None else last, "ends") or []
    chosen = lowering.integers(axes if dims is None else dims, "axes")
    widths = lowering.integers(steps, "steps") or [1] * len(begins)
    parts = zip(chosen or range(len(begins)), begins, stops, widths, strict=False)
    for dim, begin, stop, step in parts:
        dim = x.dim(dim)
        x = _cut(lowering, x, dim, *slice(begin, stop, step).indices(x.shape[dim]))
    return x


@lowers("Split")
def _split(
    lowering: Lowering,
    x: Value,
    sizes: Any = None,
    *,
    axis: int = 0,
    split: Any = None,
    num_outputs: int | None = None,
) -> list[Value]:
    dim = x.dim(axis)
    widths = lowering.integers(split if sizes is None else sizes, "split")
    if widths is None:
        count = num_outputs or len(lowering.current.output)
        size = -(-x.shape[dim] // count)
        widths = [min(size, x.shape[dim] - size * i) for i in range(count)]
    ends = np.cumsum(widths).tolist()
    return [_cut(lowering, x, dim, end - width, end) for width, end in zip(widths, ends, strict=True)]


@lowers("Gather")
def _gather(lowering: Lowering, data: Any, indices: Any, *, axis: int = 0) -> Value:
    if isinstance(indices, Value):
        return _embedding(lowering, data, indices, axis)
    x = lowering.value(data)
    dim = x.dim(axis)
    place = x.axis(dim, "it indexes")
    chosen = np.asarray(indices)
    extent = x.shape[dim]
    if chosen.size == 0 or chosen.min() < -extent or chosen.max() >= extent:
        lowering.refuse(f"its indices are not all in 0 to {extent - 1}")
    if chosen.ndim == 0:
        number = int(chosen) % extent
        return x.without([dim], x.node[(slice(None),) * place + (number,)])
    if x.batch is None:  # positions, which may be given for each sample, though equal
        batch = lowering.batch_of(chosen)
        if batch is not None and chosen.ndim > 1:
            return _rows(lowering, x, dim, chosen, batch)
    taken = x.resized(dim, chosen.size, lowering.graph.take(x.node, chosen.reshape(-1) % extent, place))
    if chosen.ndim == 1:
        return taken
    return reshaped(taken, (*x.shape[:dim], *chosen.shape, *x.shape[dim + 1 :]), lowering.batch_size)


def _rows(lowering: Lowering, table: Value, dim: int, chosen: Any, batch: Any) -> Value:
    """Entries of a table by constant indices that are the same for every sample."""
    one = chosen.take(0, axis=batch.dim)
    node = lowering.graph.take(table.node, one % table.shape[dim], dim)
    shape = (*table.shape[:dim], *chosen.shape, *table.shape[dim + 1 :])
    return Value(node, shape, batch.at(dim + batch.dim))


def _embedding(lowering: Lowering, table: Any, indices: Value, axis: int) -> Value:
    weight = lowering.value(table)
    if weight.batch is not None or indices.node.kind != "integer":
        lowering.refuse("its indices are computed of what depends on the sample")
    if weight.dim(axis) != 0 or weight.rank != 2:
        lowering.refuse("it looks up samples' indices elsewhere than in the rows of a table of two axes")
    node = lowering.graph.embedding(indices.node, weight.node)
    return Value(node, (*indices.shape, *weight.shape[1:]), indices.batch)
