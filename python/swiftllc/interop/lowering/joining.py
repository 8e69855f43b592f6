"""Values that are repeated along their dimensions, or joined to one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from swiftllc.interop.lowering.broadcasting import Broadcasting
from swiftllc.interop.lowering.layout import (
    LayoutError,
    Value,
    common_batch,
    expanded,
    without_batch_dimension,
)


def repeated(lowering: Broadcasting, x: Value, counts: Sequence[int]) -> Value:
    """Each dimension so many times over."""
    for dim, count in enumerate(counts):
        if count == 1:
            continue
        if x.shape[dim] == 1:
            x = expanded(x, (*x.shape[:dim], count, *x.shape[dim + 1 :]), lowering.batch_size)
        else:
            node = lowering.graph.concatenate([x.node] * count, x.axis(dim, "it repeats"))
            x = x.resized(dim, x.shape[dim] * count, node)
    return x


def joined(lowering: Broadcasting, parts: Sequence[Any], dim: int) -> Value:
    """Values and constants one after the other along a dimension; at least one value."""
    traced = [part for part in parts if isinstance(part, Value)]
    place = common_batch(traced)
    first = next(part for part in traced if part.batch is not None or place is None)
    dim = first.dim(dim)
    axis = first.axis(dim, "it joins others to")
    nodes = []
    for part in parts:
        value = lowering.value(part, place)
        if value.batch is not None or place is None:
            nodes.append(value.node)
        elif value.rank == first.rank and place.alone and value.shape[place.dim] == 1:
            nodes.append(without_batch_dimension(value, place))
        else:
            raise LayoutError("it joins what has a batch to what has none")
    extent = sum(part.shape[dim] for part in parts)
    return first.resized(dim, extent, lowering.graph.concatenate(nodes, axis))
