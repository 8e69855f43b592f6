"""Files in one precision: the floats of all tensors, types and conversions are float32 or float64."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from swiftllc import _buffers
from swiftllc._errors import InvalidArgumentError
from swiftllc.interop.onnx_import.nodes import version
from swiftllc.interop.onnx_import.pruning import FLOATS


def precision_of(model: Any, parameters: Iterable[str], dtype: DTypeLike | None) -> np.dtype[Any]:
    """The one that is asked for; else float64 if a parameter is, else float32."""
    from onnx import TensorProto

    if dtype is not None:
        return _buffers.precision(dtype)
    wanted = set(parameters)
    kinds = {tensor.data_type for tensor in model.graph.initializer if tensor.name in wanted}
    return np.dtype(np.float64 if TensorProto.DOUBLE in kinds else np.float32)


def array_of(tensor: Any, what: str) -> NDArray[Any]:
    """The numbers of a tensor.

    Raises:
        InvalidArgumentError: Data that does not fill its shape.
    """
    from onnx import numpy_helper

    try:
        return np.asarray(numpy_helper.to_array(tensor))
    except Exception as error:  # of several kinds
        raise InvalidArgumentError(
            f"{what} is damaged: its data does not fill its shape {tuple(tensor.dims)}."
        ) from error


def convert(model: Any, precision: np.dtype[Any]) -> None:
    """Makes all floats of a model of this precision, in place."""
    from onnx import TensorProto, helper

    wanted = helper.np_dtype_to_tensor_dtype(precision)
    floats = {TensorProto.DataType.Value(name) for name in FLOATS}
    for tensor in model.graph.initializer:
        _convert_tensor(tensor, f"initializer {tensor.name!r}", wanted, floats, precision)
    for value in (*model.graph.input, *model.graph.output):
        if value.type.tensor_type.elem_type in floats:
            value.type.tensor_type.elem_type = wanted
    for node in model.graph.node:
        if node.op_type == "GroupNormalization" and version(model) >= 21:
            _set(node, "stash_type", wanted)  # in which onnx.reference computes it
        for attribute in node.attribute:
            if attribute.HasField("t"):
                _convert_tensor(attribute.t, f"a constant of {node.name!r}", wanted, floats, precision)
            elif attribute.name in ("to", "dtype") and attribute.i in floats:
                attribute.i = wanted
            elif node.op_type == "Constant" and attribute.name in ("value_float", "value_floats"):
                given = attribute.f if attribute.name == "value_float" else list(attribute.floats)
                attribute.CopyFrom(_constant(np.array(given, precision)))


def _set(node: Any, name: str, value: int) -> None:
    from onnx import helper

    kept = [attribute for attribute in node.attribute if attribute.name != name]
    del node.attribute[:]
    node.attribute.extend([*kept, helper.make_attribute(name, value)])


def _constant(array: NDArray[Any]) -> Any:
    from onnx import helper, numpy_helper

    return helper.make_attribute("value", numpy_helper.from_array(array))


def _convert_tensor(tensor: Any, what: str, wanted: int, floats: set[int], precision: np.dtype[Any]) -> None:
    from onnx import numpy_helper

    array = array_of(tensor, what)
    if tensor.data_type in floats and tensor.data_type != wanted:
        with np.errstate(over="ignore"):
            tensor.CopyFrom(numpy_helper.from_array(array.astype(precision), tensor.name))
