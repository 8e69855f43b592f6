"""Operations that take a part of an axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from swiftllc.interop.lowering.layout import Batch, Value
from swiftllc.interop.torch_export.lowering import Lowering
from swiftllc.interop.torch_export.table import lowers


def _cut(x: Value, dim: int, part: slice, action: str = "it cuts") -> Value:
    """The part of one dimension."""
    dim = x.dim(dim)
    begin, end, step = part.indices(x.shape[dim])
    extent = len(range(begin, end, step))
    if extent == x.shape[dim]:
        return x
    axis = x.axis(dim, action)
    index = (slice(None),) * axis + (slice(begin, end, step),)
    return x.resized(dim, extent, x.node[index])


@lowers("aten.slice.Tensor")
def _slice(
    lowering: Lowering,
    x: Value,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
) -> Value:
    return _cut(x, dim, slice(start, end, step))


@lowers("aten.narrow.default")
def _narrow(lowering: Lowering, x: Value, dim: int, start: int, length: int) -> Value:
    return _cut(x, dim, slice(start, start + length))


@lowers("aten.select.int")
def _select(lowering: Lowering, x: Value, dim: int, index: int) -> Value:
    axis = x.axis(dim, "it takes one entry of")
    return x.without([dim], x.node[(slice(None),) * axis + (index % x.shape[x.dim(dim)],)])


@lowers("aten.split.Tensor")
def _split(lowering: Lowering, x: Value, size: int, dim: int = 0) -> list[Value]:
    extent = x.shape[x.dim(dim)]
    return [_cut(x, dim, slice(start, min(start + size, extent))) for start in range(0, extent, size)]


@lowers("aten.split_with_sizes.default", "aten.split.sizes")
def _split_with_sizes(lowering: Lowering, x: Value, sizes: Sequence[int], dim: int = 0) -> list[Value]:
    ends = np.cumsum(sizes).tolist()
    return [_cut(x, dim, slice(end - size, end)) for size, end in zip(sizes, ends, strict=True)]


@lowers("aten.chunk.default")
def _chunk(lowering: Lowering, x: Value, chunks: int, dim: int = 0) -> list[Value]:
    return _split(lowering, x, -(-x.shape[x.dim(dim)] // chunks), dim)


@lowers("aten.unbind.int")
def _unbind(lowering: Lowering, x: Value, dim: int = 0) -> list[Value]:
    return [_select(lowering, x, dim, i) for i in range(x.shape[x.dim(dim)])]


@lowers("aten.flip.default")
def _flip(lowering: Lowering, x: Value, dims: Sequence[int]) -> Value:
    for dim in dims:
        x = _taken(lowering, x, dim, np.arange(x.shape[dim])[::-1].copy())
    return x


@lowers("aten.roll.default")
def _roll(lowering: Lowering, x: Value, shifts: Sequence[int], dims: Sequence[int] = ()) -> Value:
    if not dims:
        lowering.refuse("it rolls all axes, the batch among them, as one")
    for dim, shift in zip(dims, shifts, strict=True):
        x = _taken(lowering, x, dim, np.roll(np.arange(x.shape[dim]), shift))
    return x


@lowers("aten.repeat_interleave.self_int")
def _repeat_interleave(lowering: Lowering, x: Value, repeats: int, dim: int, **_: Any) -> Value:
    return _taken(lowering, x, dim, np.repeat(np.arange(x.shape[x.dim(dim)]), repeats))


@lowers("aten.index_select.default")
def _index_select(lowering: Lowering, x: Value, dim: int, index: Any) -> Value:
    if isinstance(index, Value):
        lowering.refuse("its indices depend on the sample")
    return _taken(lowering, x, dim, index.numpy())


def _taken(lowering: Lowering, x: Value, dim: int, indices: np.ndarray[Any, Any]) -> Value:
    """The entries of one dimension, by a vector of constant indices."""
    axis = x.axis(dim, "it indexes")
    indices = indices % x.shape[x.dim(dim)]
    return x.resized(dim, len(indices), lowering.graph.take(x.node, indices, axis))


@lowers("aten.index.Tensor")
def _index(lowering: Lowering, x: Value, indices: Sequence[Any]) -> Value:
    given = {dim: index for dim, index in enumerate(indices) if index is not None}
    if any(isinstance(index, Value) for index in given.values()):
        lowering.refuse("its indices depend on the sample")
    if any(str(index.dtype) == "torch.bool" for index in given.values()):
        if len(given) != 1:
            lowering.refuse("it has several indices, one of truth values")
        given = {dim: index.nonzero()[:, 0] for dim, index in given.items() if index.dim() == 1}
    if x.batch is not None and x.batch.alone and x.batch.dim in given:
        return _index_by_rows(lowering, x, given)
    if len(given) != 1:
        lowering.refuse(f"it has {len(given)} arrays of indices, where one is covered")
    ((dim, index),) = given.items()
    taken = _taken(lowering, x, dim, index.reshape(-1).numpy())
    shape = (*x.shape[:dim], *index.shape, *x.shape[dim + 1 :])
    return taken if index.dim() == 1 else _reshaped(lowering, taken, shape)


def _index_by_rows(lowering: Lowering, x: Value, given: dict[int, Any]) -> Value:
    """``x[rows, columns]`` where the rows are those of the batch in their order: columns of each sample."""
    import torch

    assert x.batch is not None
    rows = given.pop(x.batch.dim)
    place = [dim for dim, extent in enumerate(rows.shape) if extent != 1]
    ordered = torch.equal(rows.reshape(-1), torch.arange(lowering.batch_size))
    dims = sorted(given)
    if not ordered or len(place) != 1 or x.batch.dim != 0 or dims not in ([], [1]):
        lowering.refuse("it indexes the batch, where each sample must be treated alone")
    if not dims:
        shape = (*rows.shape, *x.shape[1:])
        return _reshaped(lowering, x, shape)
    columns = given[1]
    shape = np.broadcast_shapes(tuple(rows.shape), tuple(columns.shape))
    at = len(shape) - rows.dim() + place[0]
    columns = columns.expand(shape)
    if at != 0 or not bool((columns == columns[:1]).all()):
        lowering.refuse("it indexes the samples each in its own way")
    taken = lowering.graph.take(x.node, columns[0].reshape(-1).numpy() % x.shape[1], 0)
    node = taken.reshape((*shape[1:], *x.shape[2:]))
    return Value(node, (*shape, *x.shape[2:]), Batch(0), x.kind)


def _reshaped(lowering: Lowering, x: Value, shape: Sequence[int]) -> Value:
    from swiftllc.interop.lowering.layout import reshaped

    return reshaped(x, shape, lowering.batch_size)
