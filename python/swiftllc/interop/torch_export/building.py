"""A program as a graph: its inputs, its parameters, and then operation by operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swiftllc._errors import InvalidArgumentError
from swiftllc.interop.lowering.layout import Batch, Value
from swiftllc.interop.torch_export import operations as _operations  # noqa: F401, fills the table
from swiftllc.interop.torch_export.lowering import Lowering, kind_of, kind_of_result
from swiftllc.interop.torch_export.program import Program
from swiftllc.interop.torch_export.weights import add_parameter


def lowered(graph: Any, program: Program, names: Mapping[str, str]) -> tuple[Lowering, Value]:
    """Adds what the module's output depends on to a graph; the lowering, and the output.

    Args:
        graph: An empty graph.
        program: The exported module.
        names: Every name of a parameter to the name that it has in the graph, in the graph's order.

    Raises:
        InvalidArgumentError: An output that does not depend on the sample, or an operation not covered.
    """
    lowering = Lowering(graph, program.batch_size)
    nodes, output = program.needed()
    placeholders: dict[str, Any] = dict(program.constants)
    by_name = {node.name: node for node in program.graph.nodes if node.op == "placeholder"}
    for placeholder, name in program.inputs.items():
        placeholders[placeholder] = _input(graph, by_name[placeholder], name)
    shapes = {
        names[program.parameters[node.name]]: node.meta["val"].shape
        for node in nodes
        if node.name in program.parameters
    }
    parameters = {name: add_parameter(graph, name, tuple(shapes[name])) for name in names if name in shapes}
    for alias, name in names.items():
        if alias != name and name in parameters:
            graph.tie(alias, name)
    for placeholder, name in program.parameters.items():
        if names[name] in parameters:
            node = parameters[names[name]]
            placeholders[placeholder] = Value(node, tuple(node.shape), None)
    result = lowering.run(nodes, placeholders)[output]
    if not isinstance(result, Value) or result.batch is None:
        raise InvalidArgumentError("module's output does not depend on the sample.")
    return lowering, result


def _input(graph: Any, placeholder: Any, name: str | None) -> Value:
    """One input of the graph: integers if they are looked up in an embedding, else floats."""
    found = placeholder.meta["val"]
    shape = tuple(found.shape)
    kind = kind_of(found.dtype)
    if kind == "integer" and _looked_up(placeholder):
        node = graph.input(shape[1:], "int64", name=name)
    else:
        node = graph.input(shape[1:], name=name)
    return Value(node, shape, Batch(0), kind)


def _looked_up(node: Any) -> bool:
    """Whether integers are the indices of an embedding, directly or after a change of shape."""
    for user in node.users:
        if str(user.target) == "aten.embedding.default":
            return True
        if kind_of_result(user) == "integer" and _looked_up(user):
            return True
    return False
