"""The nodes of a file, one by one, as nodes of a graph."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from swiftllc._errors import InvalidArgumentError, UnsupportedOperationError
from swiftllc.interop.lowering.broadcasting import Broadcasting
from swiftllc.interop.lowering.layout import LayoutError, Value
from swiftllc.interop.onnx_import import nodes as described
from swiftllc.interop.onnx_import.folding import FoldingError, evaluated
from swiftllc.interop.onnx_import.table import OPERATIONS


class Lowering(Broadcasting):
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

    def result_kind(self, operands: Sequence[Any]) -> str:
        """Integers if all are, or truth values; else floats."""
        whole = all(
            operand.kind != "float" if isinstance(operand, Value) else operand.dtype.kind in "iub"
            for operand in operands
        )
        return "integer" if whole else "float"
