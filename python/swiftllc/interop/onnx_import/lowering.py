"""The nodes of a file, one by one, as nodes of a graph."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from swiftllc._errors import InvalidArgumentError, UnsupportedOperationError
from swiftllc.interop.layout import (
    Batch,
    LayoutError,
    Shape,
    Value,
    common_batch,
    per_sample,
    without_batch_dimension,
)
from swiftllc.interop.onnx_import import nodes as described
from swiftllc.interop.onnx_import.constants import Constants
from swiftllc.interop.onnx_import.folding import FoldingError, evaluated
from swiftllc.interop.onnx_import.table import OPERATIONS


class Lowering(Constants):
    """Adds the nodes of a file to a graph, for samples without a batch.

    Constants stay numpy arrays, and what is computed of them alone is computed by ``onnx.reference``, with
    the batch that they have.

    Attributes:
        graph: The graph that is added to.
        batch_size: The batch's extent, in the shapes of all values.
        batch_in_file: The batch's extent where the file has written it into constant shapes; None if not.
        opset: The version of the default operator set.
        current: The node that is being added.
        for_one: Whether a shape was replaced that the file has for a batch of one sample.
    """

    def __init__(
        self, graph: Any, batch_size: int, batch_in_file: int | None, opsets: Mapping[str, int]
    ) -> None:
        """Starts with nothing."""
        super().__init__(graph, batch_size)
        self.batch_in_file = batch_in_file
        self.opset = max((opsets.get(domain, 0) for domain in ("", "ai.onnx")), default=0)
        self.current: Any = None
        self.for_one = False
        self._opsets = opsets

    def run(self, nodes: Iterable[Any], known: Mapping[str, Any]) -> dict[str, Any]:
        """What each name of the file stands for, a ``Value`` or an array.

        Args:
            nodes: In their order, each after those that it needs.
            known: What inputs and initializers stand for.

        Raises:
            UnsupportedOperationError: An operator that is not covered, or not with these inputs.
        """
        values = dict(known)
        for node in nodes:
            self.current = node
            inputs = [values[name] if name else None for name in node.input]
            results = self._called(node, inputs)
            values.update({name: result for name, result in zip(node.output, results, strict=False) if name})
        return values

    def _called(self, node: Any, inputs: list[Any]) -> list[Any]:
        try:
            if not any(isinstance(value, Value) for value in inputs):
                return evaluated(node, inputs, self._opsets)
            operation = OPERATIONS.get(node.op_type)
            if operation is None:
                self.refuse("it is not covered")
            attributes = described.attributes(node, self.opset)
            try:
                inspect.signature(operation).bind(self, *inputs, **attributes)
            except TypeError as error:
                self.refuse(f"its inputs and attributes are not covered ({error})", error)
            result = operation(self, *inputs, **attributes)
        except (LayoutError, FoldingError) as error:
            self.refuse(str(error), error)
        except UnsupportedOperationError:
            raise
        except InvalidArgumentError as error:
            self.refuse(f"the graph does not take it: {str(error).removesuffix('.')}", error)
        return result if isinstance(result, list) else [result]

    def refuse(self, reason: str, cause: Exception | None = None) -> NoReturn:
        """Raises UnsupportedOperationError, which names the operator and its node."""
        raise described.unsupported(self.current, reason) from cause

    def given(self, operand: Any, what: str) -> NDArray[Any]:
        """An operand that must be a constant.

        Raises:
            UnsupportedOperationError: It depends on the sample or on parameters.
        """
        if isinstance(operand, Value):
            self.refuse(f"its {what} depends on the sample or on parameters, where a constant is covered")
        return np.asarray(operand)

    def integers(self, operand: Any, what: str) -> list[int] | None:
        """A list of whole numbers from a constant or an attribute; None for what is left out."""
        if operand is None:
            return None
        return [int(number) for number in self.given(operand, what).reshape(-1)]

    def number(self, operand: Any, what: str) -> float | None:
        """One number from a constant or an attribute; None for what is left out."""
        if operand is None:
            return None
        array = self.given(operand, what)
        if array.size != 1:
            self.refuse(f"its {what} has {array.size} elements, where one is covered")
        return float(array.reshape(()))

    # Broadcasting

    def broadcast(self, *operands: Any) -> tuple[list[Any], Shape, Batch | None]:
        """Nodes and numbers that broadcast as the operands do, and the shape and batch of what they give.

        Args:
            *operands: Values and arrays; at least one value.
        """
        place = common_batch(operand for operand in operands if isinstance(operand, Value))
        if place is None:  # parameters with a constant that has a batch
            for operand in operands:
                if not isinstance(operand, Value):
                    batch = self.batch_of(operand)
                    place = place or (batch and batch.at(batch.dim - operand.ndim))
        parts: list[Any] = []
        for operand in operands:
            if not isinstance(operand, Value):
                parts.append(self.constant(operand, place))
            elif operand.batch is None and place is not None:
                parts.append(without_batch_dimension(operand, place))
            else:
                parts.append(operand.node)
        shape = self.broadcast_shape(*(tuple(operand.shape) for operand in operands))
        return parts, shape, place and place.at(len(shape) + place.dim)

    def combined(self, function: Any, *operands: Any, kind: str | None = None) -> Value:
        """``function`` of nodes and numbers, elementwise, applied to the operands."""
        parts, shape, batch = self.broadcast(*operands)
        node = function(*parts)
        wanted = per_sample(shape, batch)
        if tuple(node.shape) != wanted:  # a number took the place of an array of one entry
            same = math.prod(node.shape) == math.prod(wanted)
            node = node.reshape(wanted) if same else node.expand(wanted)
        return Value(node, shape, batch, kind or _common_kind(operands))

    def broadcast_shape(self, *shapes: Shape) -> Shape:
        """As numpy's.

        Raises:
            LayoutError: They do not broadcast, as where the file has a batch of another size in it.
        """
        try:
            return tuple(np.broadcast_shapes(*shapes))
        except ValueError as error:
            raise LayoutError(
                f"shapes {' and '.join(map(str, shapes))}, with {self.batch_size} samples, do not broadcast"
            ) from error


def _common_kind(operands: Iterable[Any]) -> str:
    """Integers if all are, or truth values; else floats."""
    whole = all(
        operand.kind != "float" if isinstance(operand, Value) else operand.dtype.kind in "iub"
        for operand in operands
    )
    return "integer" if whole else "float"
