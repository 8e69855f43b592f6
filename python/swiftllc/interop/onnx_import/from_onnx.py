"""An ONNX file as a model."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from numpy.typing import DTypeLike

from swiftllc._errors import ArgumentTypeError, InvalidArgumentError
from swiftllc.graph import Graph
from swiftllc.interop.lowering.layout import Batch, Value
from swiftllc.interop.onnx_import import operations as _operations  # noqa: F401, fills the table
from swiftllc.interop.onnx_import.comparison import require_equal
from swiftllc.interop.onnx_import.inputs import Input, batch_sizes, described
from swiftllc.interop.onnx_import.lookups import rows_of_tables
from swiftllc.interop.onnx_import.lowering import Lowering
from swiftllc.interop.onnx_import.parameters import add_parameter, chosen_parameters
from swiftllc.interop.onnx_import.precision import array_of, convert, precision_of
from swiftllc.interop.onnx_import.pruning import chosen_output, pruned
from swiftllc.interop.onnx_import.reading import loaded
from swiftllc.model import Model
from swiftllc.parameters import Parameters


def from_onnx(
    model: str | os.PathLike[str] | Any,
    *,
    loss: Any,
    dtype: DTypeLike | None = None,
    output: str | int | None = None,
    input_shapes: Mapping[str, Sequence[int]] | None = None,
    parameters: Iterable[str] | str | None = None,
) -> tuple[Model, Parameters]:
    """An ONNX file as a native model, with its weights.

        model, params = sl.from_onnx("network.onnx", loss="cross_entropy")
        sl.estimate_llc(model, params, (X, y))

    Each node becomes operations of a graph; docs/from_onnx.md has them all. The first axis of every input is
    that of the samples. Nothing of the file is run but its nodes, and no other file is read but those beside
    it that it names as its data. At the end the model is evaluated on random samples, and compared with
    ``onnx.reference``.

    Args:
        model: A path, or an ``onnx.ModelProto``, which is not changed.
        loss: As for ``Model``: "mse", "cross_entropy", ...; or a function of the output's node, which returns
            the node of the loss.
        dtype: "float32" or "float64". None: float64 if a parameter of the file is, else float32.
        output: Which of several outputs: a name or a position. None: "logits" where there is one, else the
            first one of floats.
        input_shapes: Names of inputs to the shape of one sample, where the file leaves extents open.
        parameters: Which initializers are parameters: names, or patterns such as "*.weight". None: all floats
            that are weights, biases, tables or part of arithmetic, but for single numbers of a formula,
            running statistics, limits and masks.

    Raises:
        UnsupportedOperationError: An operator that is not covered; says which, and which node has it.
        InvalidArgumentError: A file that is no ONNX or damaged; one that combines samples; no such output,
            input or parameter; outputs that differ from those of ``onnx.reference``.
        OSError: No file that can be read.
        ImportError: onnx is not installed.
    """
    try:
        from onnx import ModelProto
    except ImportError as error:
        raise ImportError(
            "from_onnx needs onnx, which is not installed: pip install swiftllc[onnx]"
        ) from error
    if not isinstance(model, (str, os.PathLike, ModelProto)):
        raise ArgumentTypeError(f"model must be a path or an onnx.ModelProto; got {type(model).__name__}.")
    whole, name = loaded(model)
    file = pruned(whole, chosen_output(whole, name, output))
    roles = chosen_parameters(file, parameters)
    precision = precision_of(file, roles, dtype)
    convert(file, precision)
    inputs = described(file, name, input_shapes)
    sizes = batch_sizes(inputs, file, name)
    arrays = {
        tensor.name: array_of(tensor, f"initializer {tensor.name!r}") for tensor in file.graph.initializer
    }

    graph = Graph()
    rows = rows_of_tables(file.graph.node, {key: array.shape for key, array in arrays.items()})
    known: dict[str, Any] = dict(arrays)
    for part in inputs:
        known[part.name] = _input(graph, part, sizes.used, part.name in rows)
    for key, role in roles.items():
        known[key] = Value(add_parameter(graph, key, role), role.shape, None)
    opsets = {entry.domain: entry.version for entry in file.opset_import}
    lowering = Lowering(graph, sizes.used, sizes.written, opsets)
    result = lowering.run(file.graph.node, known)[file.graph.output[0].name]
    if not isinstance(result, Value) or result.batch is None or result.node.kind != "sample":
        raise InvalidArgumentError(f"{name}: the output does not depend on the sample.")
    if callable(loss) and not isinstance(loss, type):
        loss = loss(result.node)
    made = Model(result.node, loss=loss, dtype=precision.name)
    params = made.parameters({key: arrays[key] for key in made.parameter_shapes})
    count = 1 if lowering.for_one else sizes.evaluated
    require_equal(made, params, file, inputs, result, rows, count)
    return made, params


def _input(graph: Any, part: Input, batch_size: int, looked_up: bool) -> Value:
    """One input of the graph: integers if they are looked up in a table, else floats."""
    dtype = "int64" if looked_up else "float"
    node = graph.input(part.shape, dtype, name=part.name)
    return Value(node, (batch_size, *part.shape), Batch(0), part.kind)
