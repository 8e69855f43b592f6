"""Tensors that a file keeps in others beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from swiftllc._errors import InvalidArgumentError


def read_external_data(model: Any, name: str, folder: str | None) -> None:
    """Reads them into the model.

    Args:
        model: A ``ModelProto`` as it was parsed.
        name: What messages call it.
        folder: Where it lies; None for one that was given without its file.

    Raises:
        InvalidArgumentError: Data that is elsewhere than in that folder, or not there; names the tensor.
    """
    from onnx import external_data_helper

    tensors = [tensor for tensor in _tensors(model) if external_data_helper.uses_external_data(tensor)]
    if not tensors:
        return
    if folder is None:
        raise InvalidArgumentError(
            f"{name} has tensor {tensors[0].name!r} in another file; give the path of the model instead."
        )
    for tensor in tensors:
        _require_beside(tensor, name, folder)
    try:
        external_data_helper.load_external_data_for_model(model, folder)
    except Exception as error:  # of several kinds
        raise InvalidArgumentError(f"{name}: its external data cannot be read ({error}).") from error


def _require_beside(tensor: Any, name: str, folder: str) -> None:
    entries = {entry.key: entry.value for entry in tensor.external_data}
    location = entries.get("location", "")
    path = os.path.realpath(os.path.join(folder, location))
    inside = os.path.commonpath([os.path.realpath(folder), path]) == os.path.realpath(folder)
    what = f"{name}: tensor {tensor.name!r} is in {location!r}"
    if not location or os.path.isabs(location) or not inside:
        raise InvalidArgumentError(f"{what}, which is not in the model's folder.")
    if not os.path.isfile(path):
        raise InvalidArgumentError(f"{what}, which is not there.")
    try:
        offset = int(entries.get("offset", 0))
        length = int(entries.get("length", 0))
    except ValueError as error:
        raise InvalidArgumentError(f"{what}, at an offset that is no number.") from error
    size = os.path.getsize(path)
    if offset < 0 or length < 0 or offset + length > size:
        raise InvalidArgumentError(
            f"{what}, bytes {offset} to {offset + length}, which has {size}: it is cut short."
        )


def _tensors(model: Any) -> Iterator[Any]:
    """All tensors of a model, those in the attributes of its nodes among them."""
    yield from _of_graph(model.graph)
    for function in model.functions:
        yield from _of_nodes(function.node)


def _of_graph(graph: Any) -> Iterator[Any]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    yield from _of_nodes(graph.node)


def _of_nodes(nodes: Any) -> Iterator[Any]:
    for node in nodes:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors
            for graph in (*((attribute.g,) if attribute.HasField("g") else ()), *attribute.graphs):
                yield from _of_graph(graph)
