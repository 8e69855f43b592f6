"""Operations that move elements, and those that sum over axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from swiftllc import _checks
from swiftllc._errors import ArgumentTypeError, InvalidArgumentError
from swiftllc.graph.elementwise import Elementwise
from swiftllc.graph.node import Node
from swiftllc.graph.recorder import sizes


class Shapes(Elementwise):
    """The operations of a ``Graph`` on whole axes. Axes may be counted from the end, as -1."""

    def reshape(self, x: Node, shape: Sequence[int]) -> Node:
        """The same elements in row-major order in another shape; one extent may be -1."""
        x, extents = self._node(x), list(shape)
        if extents.count(-1) == 1:
            rest = math.prod(extent for extent in extents if extent != -1)
            count = math.prod(x.shape)
            if rest <= 0 or count % rest:
                raise InvalidArgumentError(
                    f"shape is {tuple(shape)}, which the {count} elements of {x!r} do not fill."
                )
            extents[extents.index(-1)] = count // rest
        extents = list(sizes("shape", extents))
        return self._add("reshape", x, tuple(extents), len(extents))

    def permute(self, x: Node, axes: Sequence[int]) -> Node:
        """Axis i of the result is axis ``axes[i]`` of x."""
        x = self._node(x)
        order = tuple(_axis(x, axis) for axis in axes)
        if order == tuple(range(len(x.shape))):
            return x
        return self._add("permute", x, order, len(order))

    def transpose(self, x: Node, a: int, b: int) -> Node:
        """Two axes exchanged."""
        x = self._node(x)
        order = list(range(len(x.shape)))
        a, b = _axis(x, a), _axis(x, b)
        order[a], order[b] = b, a
        return self.permute(x, order)

    def expand(self, x: Node, shape: Sequence[int]) -> Node:
        """Repeated to a shape, as ``numpy.broadcast_to``."""
        x, extents = self._node(x), sizes("shape", shape)
        return x if extents == x.shape else self._add("expand", x, extents, len(extents))

    def index(self, x: Node, index: Any) -> Node:
        """Basic indexing by whole numbers, slices and ``...``, as ``x[index]``."""
        x, entries = self._node(x), list(index) if isinstance(index, tuple) else [index]
        # Not with `in`, which compares elements of arrays.
        whole = [position for position, entry in enumerate(entries) if entry is Ellipsis]
        if len(whole) > 1:
            raise InvalidArgumentError("an index has one ... at most.")
        rank = len(x.shape)
        for at in whole:
            entries[at : at + 1] = [slice(None)] * (rank - len(entries) + 1)
        if len(entries) > rank:
            raise InvalidArgumentError(f"{x!r} has {rank} axes, but the index has {len(entries)} entries.")
        shape: list[int] = []
        result = x
        for axis, extent in enumerate(x.shape):
            entry = entries[axis] if axis < len(entries) else slice(None)
            if isinstance(entry, slice):
                chosen = range(extent)[entry]
                if not chosen:
                    raise InvalidArgumentError(f"the slice {entry} of axis {axis} of {x!r} is empty.")
                shape.append(len(chosen))
            else:
                if hasattr(entry, "__iter__"):
                    raise ArgumentTypeError(
                        f"an index is whole numbers, slices and ...; got {entry!r}. take() has lists of them."
                    )
                number = _checks.integer("index", entry, at_least=-extent, at_most=extent - 1)
                chosen = range(extent)[number : number + 1 or None]
            if chosen != range(extent):
                result = self._add("slice", result, axis, chosen.start, chosen.step, len(chosen))
        return result if tuple(shape) == result.shape else self.reshape(result, shape)

    def take(self, x: Node, indices: Any, axis: int = 0) -> Node:
        """``numpy.take`` with given whole numbers, along one axis."""
        x = self._node(x)
        axis = _axis(x, axis)
        array = np.asarray(indices)
        if array.dtype.kind not in "iu" or array.size == 0:
            raise ArgumentTypeError(f"indices must be whole numbers, at least one; got {indices!r}.")
        extent = x.shape[axis]
        if array.min() < -extent or array.max() >= extent:
            raise InvalidArgumentError(
                f"indices go from {array.min()} to {array.max()}; axis {axis} of {x!r} has {extent}."
            )
        flat = [int(i) % extent for i in array.reshape(-1)]
        parts = [
            x if run == range(extent) else self._add("slice", x, axis, run.start, run.step, len(run))
            for run in _runs(flat)
        ]
        joined = self.concatenate(parts, axis)
        return self.reshape(joined, (*x.shape[:axis], *array.shape, *x.shape[axis + 1 :]))

    def concatenate(self, nodes: Sequence[Node], axis: int = 0) -> Node:
        """Nodes one after the other along an axis."""
        parts = tuple(map(self._node, nodes))
        if not parts:
            raise InvalidArgumentError("concatenate needs at least one node.")
        axis = _axis(parts[0], axis)
        return parts[0] if len(parts) == 1 else self._add("concatenation", parts, len(parts), axis)

    def stack(self, nodes: Sequence[Node], axis: int = 0) -> Node:
        """Nodes of one shape along a new axis."""
        parts = [self._node(x) for x in nodes]
        if not parts:
            raise InvalidArgumentError("stack needs at least one node.")
        rank = len(parts[0].shape) + 1
        axis = _checks.integer("axis", axis, at_least=-rank, at_most=rank - 1) % rank
        return self.concatenate([self.reshape(x, (*x.shape[:axis], 1, *x.shape[axis:])) for x in parts], axis)

    def sum(self, x: Node, axis: Any = None, keepdims: bool = False) -> Node:
        """The sum over an axis, a tuple of axes, or all of them."""
        return self._reduced(x, axis, keepdims, 1.0)

    def mean(self, x: Node, axis: Any = None, keepdims: bool = False) -> Node:
        """The mean over an axis, a tuple of axes, or all of them."""
        return self._reduced(x, axis, keepdims, None)

    def _reduced(self, x: Node, axis: Any, keepdims: bool, scale: float | None) -> Node:
        x = self._node(x)
        if axis is None:
            chosen = tuple(range(len(x.shape)))
        else:
            chosen = tuple(_axis(x, each) for each in (axis if hasattr(axis, "__iter__") else (axis,)))
        if scale is None:
            scale = 1 / math.prod(x.shape[axis] for axis in set(chosen))
        result = self._add("sum", x, chosen, len(chosen), scale)
        return result if _checks.boolean("keepdims", keepdims) else self._without(result, chosen)

    def max(self, x: Node, axis: int = -1, keepdims: bool = False) -> Node:
        """The largest element along an axis; the gradient goes to the first of them."""
        x = self._node(x)
        axis = _axis(x, axis)
        largest = self._along_last(x, axis, lambda y: self._add("maximum", y))
        return largest if _checks.boolean("keepdims", keepdims) else self._without(largest, (axis,))

    def softmax(self, x: Node, axis: int = -1) -> Node:
        """Exp(x) / Σ exp(x) along an axis, without overflow."""
        return self._along_last(self._node(x), axis, lambda y: self._add("softmax", y, 0))

    def log_softmax(self, x: Node, axis: int = -1) -> Node:
        """X - log Σ exp(x) along an axis, without overflow."""
        return self._along_last(self._node(x), axis, lambda y: self._add("softmax", y, 1))

    def _along_last(self, x: Node, axis: int, operation: Any) -> Node:
        last = len(x.shape) - 1
        return self.transpose(operation(self.transpose(x, axis, last)), axis, last)

    def _without(self, x: Node, axes: tuple[int, ...]) -> Node:
        return self.reshape(x, [extent for axis, extent in enumerate(x.shape) if axis not in axes])


def _axis(x: Node, axis: Any) -> int:
    rank = len(x.shape)
    if rank == 0:
        raise InvalidArgumentError(f"{x!r} has no axes.")
    return _checks.integer("axis", axis, at_least=-rank, at_most=rank - 1) % rank


def _runs(indices: list[int]) -> list[range]:
    """The indices in their order, as few ranges of constant step."""
    runs: list[range] = []
    begin = 0
    while begin < len(indices):
        end = begin + 1
        step = indices[end] - indices[begin] if end < len(indices) else 1
        if step == 0:
            step = 1
        while end < len(indices) and indices[end] - indices[end - 1] == step:
            end += 1
        first, last = indices[begin], indices[end - 1]
        runs.append(range(first, last + (1 if step > 0 else -1), step))
        begin = end
    return runs
