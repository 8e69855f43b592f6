"""Constants beside values of samples: as nodes of the graph, or as numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swiftllc.interop.lowering.layout import Batch, LayoutError, Shape, Value, per_sample

#: In place of an infinity: large enough for a softmax to give 0, small enough to be added to.
INFINITY = 1e30


class Constants:
    """Adds constants to a graph.

    Attributes:
        graph: The graph that is added to.
        batch_size: The batch's extent, in the shapes of all values.
    """

    def __init__(self, graph: Any, batch_size: int) -> None:
        """Starts with nothing."""
        self.graph = graph
        self.batch_size = batch_size
        self._nodes: dict[tuple[int, Batch | None], tuple[Any, Any]] = {}

    def as_array(self, constant: Any) -> NDArray[Any]:
        """A constant, in the form in which it is kept, as an array."""
        return np.asarray(constant)

    def constant(self, constant: Any, place: Batch | None = None) -> Any:
        """A node, or a number, for a constant that is broadcast with values whose batch is in ``place``.

        Args:
            constant: Where it has a batch, all samples of it must be equal.
            place: The batch's place, its dimension counted from the end.
        """
        key = (id(constant), place)
        if key not in self._nodes:
            node = self._constant(self.as_array(constant), place)
            self._nodes[key] = (node, constant)  # kept, so that its id stays its own
        return self._nodes[key][0]

    def _constant(self, array: NDArray[Any], place: Batch | None) -> Any:
        if place is not None and -place.dim <= array.ndim:
            at = array.ndim + place.dim
            extents: Shape = (1,) * len(place.extents)
            if array.shape[at] != 1:
                array = self._one_sample(array, at, place)
                extents = place.extents
            array = array.reshape((*array.shape[:at], *extents, *array.shape[at + 1 :]))
        finite = np.clip(array.astype(np.float64), -INFINITY, INFINITY)
        return float(finite.reshape(())) if finite.size == 1 else self.graph.constant(finite)

    def _one_sample(self, array: NDArray[Any], at: int, place: Batch) -> NDArray[Any]:
        extent = array.shape[at]
        if extent != place.before * self.batch_size * place.after:
            raise LayoutError(f"it combines the batch with a constant of {extent} entries")
        around = (array.shape[:at], array.shape[at + 1 :])
        rows = array.reshape((*around[0], place.before, self.batch_size, place.after, *around[1]))
        first = rows.take([0], axis=at + 1)
        if not (rows == first).all():
            raise LayoutError("it combines samples with a constant that differs from sample to sample")
        return first.reshape((*around[0], place.before * place.after, *around[1]))

    def batch_of(self, constant: Any) -> Batch | None:
        """Where a constant has a batch: in the first dimension of its extent along which all is equal."""
        array = self.as_array(constant)
        for dim, extent in enumerate(array.shape):
            if extent == self.batch_size and bool((array == array.take([0], axis=dim)).all()):
                return Batch(dim)
        return None

    def value(self, operand: Any, place: Batch | None = None) -> Value:
        """A ``Value`` for a value or a constant; for the latter a shared node, never a number."""
        if isinstance(operand, Value):
            return operand
        rank = len(operand.shape)
        if place is None:
            batch = self.batch_of(operand)
            place = batch and batch.at(batch.dim - rank)
        if place is not None and (-place.dim > rank or operand.shape[place.dim] == 1):
            place = None
        node = self.constant(operand, place)
        batch = place and place.at(rank + place.dim)
        if isinstance(node, float):
            node = self.graph.constant(np.full(per_sample(operand.shape, batch), node))
        return Value(node, tuple(operand.shape), batch)
