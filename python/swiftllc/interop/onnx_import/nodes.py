"""What a node of a file says of itself."""

from __future__ import annotations

from typing import Any

from swiftllc._errors import UnsupportedOperationError


def where(node: Any) -> str:
    """The type of a node and its name, or what it makes if it has none, as in "Gemm (node 'fc1')"."""
    kind = f"{node.domain}.{node.op_type}" if node.domain else str(node.op_type)
    if node.name:
        return f"{kind} (node {node.name!r})"
    return f"{kind} (the node that makes {next(filter(None, node.output), '')!r})"


def unsupported(node: Any, reason: str) -> UnsupportedOperationError:
    """The error that names an operator and its node, and the way through."""
    return UnsupportedOperationError(
        f"from_onnx cannot take {where(node)}: {reason}. sl.External samples a function of yours that "
        "evaluates the network and its gradient (docs/external.md)."
    )


def attributes(node: Any, opset: int) -> dict[str, Any]:
    """A node's attributes by name: numbers, texts, lists of them, arrays, and graphs as they are.

    Those that it leaves out have the values that its operator gives them, which are float32: 0.01 is not.
    """
    from onnx import AttributeProto, defs, helper, numpy_helper

    found = {}
    defaults = defs.get_schema(node.op_type, opset, node.domain).attributes.values()
    given = [*(entry.default_value for entry in defaults if entry.default_value.name), *node.attribute]
    for attribute in given:
        value = helper.get_attribute_value(attribute)
        if attribute.type == AttributeProto.TENSOR:
            value = numpy_helper.to_array(value)
        elif isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        found[attribute.name] = value
    return found


def version(model: Any) -> int:
    """The version of the default operator set, 0 if the file has none."""
    return max((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), default=0)
