"""An exported program, operation by operation, as nodes of a graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from numpy.typing import NDArray

from swiftllc._errors import InvalidArgumentError, UnsupportedOperationError
from swiftllc.interop.lowering.broadcasting import Broadcasting
from swiftllc.interop.lowering.layout import LayoutError, Value
from swiftllc.interop.torch_export.location import where
from swiftllc.interop.torch_export.table import OPERATIONS


class Lowering(Broadcasting):
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
        super().__init__(graph, batch_size)
        self.current: Any = None
        self.rounds = False

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

    def result_kind(self, operands: Sequence[Any]) -> str:
        """What torch found for the current node."""
        return self.kind

    def as_array(self, constant: Any) -> NDArray[Any]:
        """A torch tensor in double precision."""
        array: NDArray[Any] = constant.detach().double().numpy()
        return array


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
