"""Elementwise operations on values, of which some have the batch and some have not."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from swiftllc.interop.lowering.constants import Constants
from swiftllc.interop.lowering.layout import (
    Batch,
    LayoutError,
    Shape,
    Value,
    common_batch,
    per_sample,
    without_batch_dimension,
)


class Broadcasting(Constants, ABC):
    """Gives operands shapes that broadcast per sample as they do with the batch."""

    @abstractmethod
    def result_kind(self, operands: Sequence[Any]) -> str:
        """What is made of the operands, as ``Value.kind``."""

    def broadcast(self, *operands: Any) -> tuple[list[Any], Shape, Batch | None]:
        """Nodes and numbers that broadcast as the operands do, and the shape and batch of what they give.

        Args:
            *operands: Values, constants and numbers; at least one value.
        """
        place = common_batch(operand for operand in operands if isinstance(operand, Value))
        shaped = [operand for operand in operands if hasattr(operand, "shape")]
        if place is None:  # parameters with a constant that has a batch
            for operand in shaped:
                if not isinstance(operand, Value):
                    batch = self.batch_of(operand)
                    place = place or (batch and batch.at(batch.dim - len(operand.shape)))
        parts = [self._part(operand, place) for operand in operands]
        shape = self.broadcast_shape(*(tuple(operand.shape) for operand in shaped))
        return parts, shape, place and place.at(len(shape) + place.dim)

    def _part(self, operand: Any, place: Batch | None) -> Any:
        if not hasattr(operand, "shape"):
            return float(operand)
        if not isinstance(operand, Value):
            return self.constant(operand, place)
        if operand.batch is None and place is not None:
            return without_batch_dimension(operand, place)
        return operand.node

    def combined(self, function: Any, *operands: Any, kind: str | None = None) -> Value:
        """``function`` of nodes and numbers, elementwise, applied to the operands."""
        parts, shape, batch = self.broadcast(*operands)
        node = function(*parts)
        wanted = per_sample(shape, batch)
        if tuple(node.shape) != wanted:  # a number took the place of an array of one entry
            same = math.prod(node.shape) == math.prod(wanted)
            node = node.reshape(wanted) if same else node.expand(wanted)
        return Value(node, shape, batch, kind or self.result_kind(operands))

    def broadcast_shape(self, *shapes: Shape) -> Shape:
        """As numpy's.

        Raises:
            LayoutError: They do not broadcast, as where a file has a batch of another size in it.
        """
        try:
            return tuple(np.broadcast_shapes(*shapes))
        except ValueError as error:
            raise LayoutError(
                f"shapes {' and '.join(map(str, shapes))}, with {self.batch_size} samples, do not broadcast"
            ) from error
