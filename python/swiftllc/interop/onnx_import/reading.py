"""A file, or a ``ModelProto``, as one that is known to be sound."""

from __future__ import annotations

import os
from typing import Any

from swiftllc._errors import InvalidArgumentError
from swiftllc.interop.onnx_import.external_data import read_external_data
from swiftllc.interop.onnx_import.nodes import version, where

#: Broadcasting became numpy's.
OLDEST_OPSET = 7

#: More than the checker can be given.
_MOST_BYTES = 2**31 - 1


def loaded(source: Any) -> tuple[Any, str]:
    """A sound ``ModelProto`` with all its tensors, and what messages call it.

    Args:
        source: A path or a ``ModelProto``, which is not changed.

    Raises:
        InvalidArgumentError: What is no ONNX, or damaged; says where.
        OSError: No file that can be read.
    """
    from onnx import ModelProto
    from onnx.inliner import inline_local_functions

    if isinstance(source, ModelProto):
        model, name, folder = source, "model", None
    else:
        path = os.fsdecode(source)
        name, folder = repr(path), os.path.dirname(os.path.abspath(path))
        model = _parsed(path)
    if not model.graph.node:
        raise InvalidArgumentError(f"{name} is no ONNX model: it has no graph with nodes.")
    _require_version(model, name)
    read_external_data(model, name, folder)
    _require_order(model.graph, name)
    _require_checked(model, name)
    if model.functions:
        model = inline_local_functions(model)
    return model, name


def _parsed(path: str) -> Any:
    from google.protobuf.message import DecodeError
    from onnx import ModelProto

    with open(path, "rb") as file:
        data = file.read()
    model = ModelProto()
    try:
        model.ParseFromString(data)
    except DecodeError as error:
        raise InvalidArgumentError(
            f"{path!r} is no ONNX model, or is cut short: its {len(data)} bytes are not a protobuf of one."
        ) from error
    return model


def _require_version(model: Any, name: str) -> None:
    found = version(model)
    if not found:
        raise InvalidArgumentError(f"{name} does not say which version of ONNX's operators it uses.")
    if found < OLDEST_OPSET:
        raise InvalidArgumentError(
            f"{name} uses version {found} of ONNX's operators, whose arithmetic is another; "
            f"onnx.version_converter brings it to {OLDEST_OPSET} or later."
        )


def _require_order(graph: Any, name: str) -> None:
    """Refuses nodes whose inputs nothing makes before them."""
    known = {""} | {value.name for value in graph.input} | {tensor.name for tensor in graph.initializer}
    known |= {tensor.values.name for tensor in graph.sparse_initializer}
    makers = {output: node for node in graph.node for output in node.output if output}
    for node in graph.node:
        for wanted in node.input:
            if wanted in known:
                continue
            if wanted not in makers:
                raise InvalidArgumentError(
                    f"{name}: {where(node)} takes {wanted!r}, which is no input, no initializer and no "
                    "node's output."
                )
            raise InvalidArgumentError(
                f"{name}: {where(node)} takes {wanted!r}, which {where(makers[wanted])} makes later: the "
                "nodes are in a cycle or out of order."
            )
        known.update(node.output)
    for output in graph.output:
        if output.name not in known:
            raise InvalidArgumentError(f"{name}: nothing makes its output {output.name!r}.")


def _require_checked(model: Any, name: str) -> None:
    """What onnx itself finds wrong: kinds, attributes, types and shapes."""
    from onnx import checker

    if model.ByteSize() > _MOST_BYTES:
        return
    try:
        checker.check_model(model, full_check=True)
    except Exception as error:  # of several kinds
        raise InvalidArgumentError(f"{name} is no sound ONNX model: {_first_sentence(error)}") from error


def _first_sentence(error: Exception) -> str:
    """What an error of onnx says first, in one line, without its context."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = next((line for line in lines if not line.startswith("==>")), type(error).__name__)
    return said.rstrip(".") + "."
