"""An exported program, operation by operation, as nodes of a graph."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

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
from swiftllc.interop.torch_export.location import where
from swiftllc.interop.torch_export.table import OPERATIONS

#: In place of an infinity: large enough for a softmax to give 0, small enough to be added to.
INFINITY = 1e30


class Lowering:
    """Adds the nodes of an exported program to a graph, for samples without a batch.

    Constants (what depends neither on the inputs nor on the parameters) stay torch tensors, and what is
    computed of them alone is computed by torch, with the batch that they have.

    Attributes:
        graph: The graph that is added to.
        batch_size: The batch's extent, in the program.
        current: The node of the program that is being added.
        rounds: Whether something that depends on the inputs is rounded to less than float64 by the module.
    """

    def __init__(self, graph: Any, batch_size: int) -> None:
        """Starts with nothing."""
        self.graph = graph
        self.batch_size = batch_size
        self.current: Any = None
        self.rounds = False
        self._constants: dict[tuple[int, Batch | None], tuple[Any, Any]] = {}

    def run(self, nodes: Iterable[Any], placeholders: Mapping[str, Any]) -> dict[Any, Any]:
        """What each of a program's nodes stands for.

        Args:
            nodes: In their order, each after those that it needs.
            placeholders: What the placeholders among them stand for, by name.

        Raises:
            UnsupportedOperationError: An operation that is not covered, or not with these arguments.
        """
        import torch

        values: dict[Any, Any] = {}

        def known(argument: Any) -> Any:
            return torch.fx.node.map_arg(argument, lambda node: values[node])

        with torch.no_grad():
            for node in nodes:
                self.current = node
                if node.op == "placeholder":
                    values[node] = placeholders[node.name]
                elif node.op == "call_function":
                    values[node] = self._called(node, known(node.args), known(dict(node.kwargs)))
                else:
                    self.refuse(f"nodes of the kind {node.op} are not covered")
        return values

    def _called(self, node: Any, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
        name = str(node.target)
        if getattr(node.target, "__name__", "") == "getitem":
            return arguments[0][arguments[1]]
        traced = any(isinstance(leaf, Value) for leaf in _leaves([arguments, keywords]))
        if not traced:
            if "nondeterministic_seeded" in {getattr(tag, "name", "") for tag in _tags(node.target)}:
                self.refuse("it draws random numbers, which would be drawn once and for all")
            return node.target(*arguments, **keywords)
        operation = OPERATIONS.get(name)
        if operation is None:
            self.refuse("it is not covered")
        try:
            return operation(self, *arguments, **keywords)
        except LayoutError as error:
            self.refuse(str(error), error)
        except UnsupportedOperationError:
            raise
        except InvalidArgumentError as error:
            self.refuse(f"the graph does not take it: {str(error).removesuffix('.')}", error)

    def refuse(self, reason: str, cause: Exception | None = None) -> NoReturn:
        """Raises UnsupportedOperationError, which names the operation and its place in the module."""
        raise UnsupportedOperationError(
            f"from_torch cannot take {where(self.current)}: {reason}. sl.External.from_torch samples the "
            "module as it is, through torch (docs/external.md)."
        ) from cause

    @property
    def kind(self) -> str:
        """Of what the current operation gives."""
        return kind_of_result(self.current)

    # Constants

    def constant(self, tensor: Any, place: Batch | None = None) -> Any:
        """A node, or a number, for a constant that is broadcast with values whose batch is in ``place``.

        Args:
            tensor: The constant. Where it has a batch, all samples of it must be equal.
            place: The batch's place, its dimension counted from the end.
        """
        key = (id(tensor), place)
        if key not in self._constants:
            self._constants[key] = (
                self._constant(tensor, place),
                tensor,
            )  # kept, so that its id stays its own
        return self._constants[key][0]

    def _constant(self, tensor: Any, place: Batch | None) -> Any:
        if place is not None and -place.dim <= tensor.dim():
            at = tensor.dim() + place.dim
            extents: Shape = (1,) * len(place.extents)
            if tensor.shape[at] != 1:
                tensor = self._one_sample(tensor, at, place)
                extents = place.extents
            tensor = tensor.reshape((*tensor.shape[:at], *extents, *tensor.shape[at + 1 :]))
        array = tensor.detach().double().numpy()
        if array.size == 1:
            return float(np.clip(array.reshape(()), -INFINITY, INFINITY))
        return self.graph.constant(np.clip(array, -INFINITY, INFINITY))

    def _one_sample(self, tensor: Any, at: int, place: Batch) -> Any:
        extent = tensor.shape[at]
        if extent != place.before * self.batch_size * place.after:
            raise LayoutError(f"it combines the batch with a constant of {extent} entries")
        rows = tensor.unflatten(at, (place.before, self.batch_size, place.after))
        first = rows.narrow(at + 1, 0, 1)
        if not bool((rows == first).all()):
            raise LayoutError("it combines samples with a constant that differs from sample to sample")
        return first.reshape((*tensor.shape[:at], place.before * place.after, *tensor.shape[at + 1 :]))

    def batch_of(self, tensor: Any) -> Batch | None:
        """Where a constant has a batch: in the first dimension of its extent along which all is equal."""
        for dim, extent in enumerate(tensor.shape):
            if extent == self.batch_size and bool((tensor == tensor.narrow(dim, 0, 1)).all()):
                return Batch(dim)
        return None

    def value(self, operand: Any, place: Batch | None = None) -> Value:
        """A ``Value`` for a value or a constant; for the latter a shared node, never a number."""
        if isinstance(operand, Value):
            return operand
        rank = operand.dim()
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

    # Broadcasting

    def broadcast(self, *operands: Any) -> tuple[list[Any], Shape, Batch | None]:
        """Nodes and numbers that broadcast as the operands do, and the shape and batch of what they give.

        Args:
            *operands: Values, constants and numbers; at least one value.
        """
        traced = [operand for operand in operands if isinstance(operand, Value)]
        place = common_batch(traced)
        shapes = [tuple(operand.shape) for operand in operands if hasattr(operand, "shape")]
        if place is None:  # parameters with a constant that has a batch
            for operand in operands:
                if not isinstance(operand, Value) and hasattr(operand, "shape"):
                    batch = self.batch_of(operand)
                    place = place or (batch and batch.at(batch.dim - operand.dim()))
        nodes: list[Any] = []
        for operand in operands:
            if not hasattr(operand, "shape"):
                nodes.append(float(operand))
            elif not isinstance(operand, Value):
                nodes.append(self.constant(operand, place))
            elif operand.batch is None and place is not None:
                nodes.append(without_batch_dimension(operand, place))
            else:
                nodes.append(operand.node)
        shape = np.broadcast_shapes(*shapes)
        return nodes, shape, place and place.at(len(shape) + place.dim)

    def combined(self, function: Any, *operands: Any) -> Value:
        """``function`` of nodes and numbers, elementwise, applied to the operands."""
        nodes, shape, batch = self.broadcast(*operands)
        node = function(*nodes)
        wanted = per_sample(shape, batch)
        if tuple(node.shape) != wanted:  # a number took the place of an array of one entry
            same = math.prod(node.shape) == math.prod(wanted)
            node = node.reshape(wanted) if same else node.expand(wanted)
        return Value(node, shape, batch, self.kind)


def kind_of(dtype: Any) -> str:
    """The kind of a ``Value`` for torch's dtype."""
    if dtype.is_floating_point:
        return "float"
    return "bool" if str(dtype) == "torch.bool" else "integer"


def kind_of_result(node: Any) -> str:
    """The kind of what a node of the program gives: of the first part, where it gives several."""
    found = node.meta.get("val")
    while isinstance(found, (list, tuple)):
        found = found[0]
    return "" if found is None else kind_of(found.dtype)


def _leaves(argument: Any) -> list[Any]:
    if isinstance(argument, Mapping):
        argument = list(argument.values())
    if isinstance(argument, (list, tuple)):
        return [leaf for part in argument for leaf in _leaves(part)]
    return [argument]


def _tags(target: Any) -> Sequence[Any]:
    return getattr(target, "tags", ())
