"""Where the samples are: the axes of a tensor, and those of the node that stands for one sample of it.

torch and ONNX carry the batch along as an axis like any other; the graph has no such axis. A ``Value`` says
which dimension there holds the batch. Code moves it (``x.transpose(0, 1)``) and merges it with its neighbours
(``x.view(-1, d)``, whose rows are those of all samples), so that the dimension that holds the batch may hold
something before and after it: its extent is before x batch x after. The node's axes are those dimensions in
their order, with that one replaced by ``before`` and ``after``, each left out where it is 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Shape = tuple[int, ...]


class LayoutError(Exception):
    """What a program does with a tensor cannot be said of one sample; a sentence without full stop."""


@dataclass(frozen=True)
class Batch:
    """The dimension that holds the batch, and what it holds before and after it."""

    dim: int
    before: int = 1
    after: int = 1

    @property
    def extents(self) -> Shape:
        """The node's axes for that dimension: none to two."""
        return tuple(extent for extent in (self.before, self.after) if extent != 1)

    @property
    def alone(self) -> bool:
        """Whether the dimension holds the batch and nothing else."""
        return self.before == self.after == 1

    def at(self, dim: int) -> Batch:
        """The same in another dimension."""
        return Batch(dim, self.before, self.after)


def per_sample(shape: Sequence[int], batch: Batch | None) -> Shape:
    """The node's shape for a shape with the batch."""
    if batch is None:
        return tuple(shape)
    return (*shape[: batch.dim], *batch.extents, *shape[batch.dim + 1 :])


@dataclass(frozen=True)
class Value:
    """A tensor of the exported program that is not a constant.

    Attributes:
        node: The graph's node. It may be a shared one even where there is a batch: what ``expand`` repeats
            for every sample is not repeated.
        shape: Its shape in the program, with the batch.
        batch: Where the batch is; None where there is none.
        kind: "float", "integer", or "bool": floats that are 0 or 1.
    """

    node: Any
    shape: Shape
    batch: Batch | None
    kind: str = "float"

    @property
    def rank(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    def dim(self, dim: int) -> int:
        """``dim`` counted from the front."""
        return dim % self.rank if self.rank else 0

    def axes(self, dim: int) -> range:
        """The node's axes of a dimension: one, or none to two for that of the batch."""
        dim = self.dim(dim)
        widths = [1] * self.rank
        if self.batch is not None:
            widths[self.batch.dim] = len(self.batch.extents)
        start = sum(widths[:dim])
        return range(start, start + widths[dim])

    def axis(self, dim: int, action: str) -> int:
        """The node's one axis of a dimension.

        Raises:
            LayoutError: The dimension is that of the batch.
        """
        if self.batch is not None and self.batch.dim == self.dim(dim):
            raise LayoutError(f"{action} the batch, where each sample must be treated alone")
        return self.axes(dim)[0]

    def with_node(self, node: Any, **changes: Any) -> Value:
        """The same layout for another node, or another layout."""
        known = {"shape": self.shape, "batch": self.batch, "kind": self.kind}
        return Value(node, **{**known, **changes})

    def resized(self, dim: int, extent: int, node: Any) -> Value:
        """The value whose dimension ``dim``, not that of the batch, has another extent."""
        dim = self.dim(dim)
        return self.with_node(node, shape=(*self.shape[:dim], extent, *self.shape[dim + 1 :]))

    def without(self, dims: Iterable[int], node: Any, keepdims: bool = False) -> Value:
        """The value after those dimensions, not that of the batch, were reduced."""
        gone = {self.dim(dim) for dim in dims}
        if keepdims:
            return self.with_node(
                node, shape=tuple(1 if dim in gone else extent for dim, extent in enumerate(self.shape))
            )
        batch = self.batch
        if batch is not None:
            batch = batch.at(batch.dim - sum(dim < batch.dim for dim in gone))
        shape = tuple(extent for dim, extent in enumerate(self.shape) if dim not in gone)
        return self.with_node(node, shape=shape, batch=batch)


def resolved(shape: Sequence[int], count: int) -> Shape:
    """A shape whose one -1 is replaced by what makes ``count`` elements."""
    if -1 not in shape:
        return tuple(shape)
    known = math.prod(extent for extent in shape if extent != -1)
    return tuple(count // known if extent == -1 else extent for extent in shape)


def reshaped(value: Value, shape: Sequence[int], batch_size: int) -> Value:
    """``value.reshape(shape)`` of torch, and of ONNX.

    In row-major order the batch lies between what is before and what is after it; it must come to lie between
    the same in some dimension of the new shape.
    """
    shape = resolved(shape, math.prod(value.shape))
    batch = None
    if value.batch is not None:
        ahead = math.prod(value.shape[: value.batch.dim]) * value.batch.before
        passed = 1
        for dim, extent in enumerate(shape):
            before = ahead // passed
            if before * passed == ahead and extent % (before * batch_size) == 0:
                batch = Batch(dim, before, extent // (before * batch_size))
                break
            passed *= extent
        if batch is None:
            raise LayoutError(f"it reshapes {value.shape} to {shape}, which cuts the batch into pieces")
    wanted = per_sample(shape, batch)
    node = value.node if tuple(value.node.shape) == wanted else value.node.reshape(wanted)
    return value.with_node(node, shape=shape, batch=batch)


def permuted(value: Value, dims: Sequence[int]) -> Value:
    """``value.permute(dims)`` of torch."""
    dims = [value.dim(dim) for dim in dims]
    axes = [axis for dim in dims for axis in value.axes(dim)]
    batch = value.batch and value.batch.at(dims.index(value.batch.dim))
    node = value.node if axes == sorted(axes) else value.node.permute(tuple(axes))
    return value.with_node(node, shape=tuple(value.shape[dim] for dim in dims), batch=batch)


def transposed(value: Value, first: int, second: int) -> Value:
    """``value.transpose(first, second)`` of torch."""
    dims = list(range(value.rank))
    first, second = value.dim(first), value.dim(second)
    dims[first], dims[second] = dims[second], dims[first]
    return permuted(value, dims)


def expanded(value: Value, shape: Sequence[int], batch_size: int) -> Value:
    """``value.expand(shape)`` of torch. What has no batch may be given one, which repeats nothing."""
    offset = len(shape) - value.rank
    old = (1,) * offset + value.shape
    shape = tuple(have if want == -1 else want for want, have in zip(shape, old, strict=True))
    batch = value.batch and value.batch.at(value.batch.dim + offset)
    if batch is None:
        for dim, (want, have) in enumerate(zip(shape, old, strict=True)):
            if want == batch_size and have == 1:
                batch = Batch(dim)
                value = value.with_node(value.node.reshape(per_sample(old, batch)))
                break
    wanted = per_sample(shape, batch)
    node = value.node if tuple(value.node.shape) == wanted else value.node.expand(wanted)
    return value.with_node(node, shape=shape, batch=batch)


def common_batch(values: Iterable[Value]) -> Batch | None:
    """Where values that are broadcast with one another have their batch, its dimension counted from the end.

    Raises:
        LayoutError: In different places, so that samples would be combined with one another.
    """
    found: Batch | None = None
    for value in values:
        if value.batch is None:
            continue
        place = value.batch.at(value.batch.dim - value.rank)
        if found is not None and place != found:
            raise LayoutError("it combines samples of the batch with one another")
        found = place
    return found


def without_batch_dimension(value: Value, place: Batch) -> Any:
    """The node of a value without batch, made to be broadcast with values that have theirs in ``place``."""
    if -place.dim > value.rank:
        return value.node
    if value.shape[place.dim] != 1:
        raise LayoutError(
            f"it combines the batch with an axis of {value.shape[place.dim]} entries that is none of samples"
        )
    at = value.rank + place.dim
    wanted = value.shape[:at] + (1,) * len(place.extents) + value.shape[at + 1 :]
    return value.node if tuple(value.node.shape) == wanted else value.node.reshape(wanted)
