"""The part of a file that one of its outputs needs."""

from __future__ import annotations

from typing import Any

from swiftllc._errors import InvalidArgumentError
from swiftllc.interop.onnx_import.nodes import unsupported, where
from swiftllc.interop.onnx_import.table import REFUSED

FLOATS = ("FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16")


def chosen_output(model: Any, name: str, output: str | int | None) -> str:
    """The name of the output that is meant.

    Args:
        model: A ``ModelProto``.
        name: What messages call it.
        output: A name or a position; None for "logits" where there is one, else the first one of floats.

    Raises:
        InvalidArgumentError: No such output.
    """
    names = [value.name for value in model.graph.output]
    if isinstance(output, int) and not isinstance(output, bool) and -len(names) <= output < len(names):
        return str(names[output])
    if isinstance(output, str) and output in names:
        return output
    if output is None and "logits" in names:
        return "logits"
    floats = [value.name for value in model.graph.output if kind_of(value) in FLOATS]
    if output is None and floats:
        return str(floats[0])
    asked = "a float output" if output is None else f"an output {output!r}"
    raise InvalidArgumentError(f"{name} has the outputs {', '.join(names)}, and not {asked}.")


def kind_of(value: Any) -> str:
    """The type of an input's or output's elements, as in "FLOAT"; "" for what is no tensor."""
    from onnx import TensorProto

    if not value.type.HasField("tensor_type"):
        return ""
    return str(TensorProto.DataType.Name(value.type.tensor_type.elem_type))


def pruned(model: Any, output: str) -> Any:
    """A copy with only the nodes, initializers and inputs on which an output depends.

    Raises:
        UnsupportedOperationError: It needs an operator that is never covered.
        InvalidArgumentError: It needs an initializer that is sparse.
    """
    from onnx import ModelProto

    needed, kept = {output}, []
    for node in reversed(model.graph.node):
        if needed.intersection(filter(None, node.output)):
            if node.domain not in ("", "ai.onnx"):
                raise unsupported(node, f"operators of the domain {node.domain!r} are not covered")
            if node.op_type in REFUSED:
                raise unsupported(node, REFUSED[node.op_type])
            kept.append(node)
            needed.update(filter(None, node.input))
    graph = model.graph
    for tensor in graph.sparse_initializer:
        if tensor.values.name in needed:
            user = next(node for node in kept if tensor.values.name in node.input)
            raise InvalidArgumentError(
                f"initializer {tensor.values.name!r}, which {where(user)} takes, is sparse; store it dense."
            )
    initializers = [tensor for tensor in graph.initializer if tensor.name in needed]
    names = {tensor.name for tensor in initializers}
    part = ModelProto(ir_version=model.ir_version, opset_import=model.opset_import)
    part.graph.name = graph.name or "part"
    part.graph.node.extend(reversed(kept))
    part.graph.initializer.extend(initializers)
    part.graph.input.extend(
        value for value in graph.input if value.name in needed and value.name not in names
    )
    part.graph.output.extend(value for value in graph.output if value.name == output)
    return part
