"""Which of a file's initializers are parameters."""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from swiftllc._errors import InvalidArgumentError
from swiftllc.interop.onnx_import.precision import array_of
from swiftllc.interop.onnx_import.pruning import FLOATS

#: Entries beyond this hide what they are added to: a mask has them, and no weight.
_HIDING = 1e9

#: Inputs that are never parameters, by their positions; None for all of them.
_CONSTANT: dict[str, tuple[int, ...] | None] = {
    "BatchNormalization": (3, 4),
    "Clip": (1, 2),
    "Dropout": (1, 2),
    "Pad": (1, 2, 3),
    "Pow": (1,),
    "Resize": (1, 2, 3),
    "Upsample": (1,),
    **dict.fromkeys(("Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"), None),
    **dict.fromkeys(("Shape", "Size", "Range", "OneHot", "NonZero", "ConstantOfShape"), None),
}

#: What moves numbers and changes none: what it gives says whether its first input is a parameter.
_MOVING = (
    *("Cast", "CastLike", "Concat", "Dropout", "Expand", "Flatten", "Gather", "Identity", "Pad", "Reshape"),
    *("Slice", "Split", "Squeeze", "Tile", "Transpose", "Trilu", "Unsqueeze"),
)

_PRODUCTS = ("Conv", "Gemm", "MatMul")

_NORMALISING = (
    "BatchNormalization",
    "GroupNormalization",
    "InstanceNormalization",
    "LayerNormalization",
    "RMSNormalization",
)

#: In these even one number is a weight.
_LAYERS = (*_PRODUCTS, *_NORMALISING, "PRelu")


class Use(NamedTuple):
    """An input of a node."""

    node: Any
    position: int


class Role(NamedTuple):
    """A parameter: its shape, and how its numbers are used at last."""

    shape: tuple[int, ...]
    uses: Sequence[Use]


def chosen_parameters(model: Any, patterns: Iterable[str] | str | None) -> dict[str, Role]:
    """The parameters, in the file's order.

    Args:
        model: The part of a file that is used.
        patterns: Names, or patterns such as "*.weight"; None for the rule of docs/from_onnx.md.

    Raises:
        InvalidArgumentError: A pattern that fits no initializer of floats, or none at all that is one.
    """
    from onnx import TensorProto

    uses = _uses(model)
    floats = {TensorProto.DataType.Value(name) for name in FLOATS}
    candidates = {
        tensor.name: tensor
        for tensor in model.graph.initializer
        if tensor.data_type in floats and math.prod(tensor.dims) > 0
    }
    if patterns is None:
        makers = {output: node for node in model.graph.node for output in node.output}
        shapes = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
        names = {
            name
            for name, tensor in candidates.items()
            if any(_weighs(tensor, use, makers, shapes) for use in uses(name)) and not _hides(tensor)
        }
    else:
        names = set()
        for pattern in [patterns] if isinstance(patterns, str) else patterns:
            fitting = fnmatch.filter(candidates, pattern)
            if not fitting:
                raise InvalidArgumentError(
                    f"parameters has {pattern!r}, which fits none of the initializers of floats that the "
                    f"output depends on: {', '.join(candidates) or 'there are none'}."
                )
            names.update(fitting)
    return {
        name: Role(tuple(tensor.dims), uses(name)) for name, tensor in candidates.items() if name in names
    }


def _uses(model: Any) -> Any:
    """A function of a name: the inputs that it arrives at, by way of what only moves numbers."""
    direct: dict[str, list[Use]] = {}
    for node in model.graph.node:
        for position, name in enumerate(node.input):
            direct.setdefault(name, []).append(Use(node, position))
    known: dict[str, list[Use]] = {}
    for value in model.graph.output:
        direct.setdefault(value.name, []).append(Use(None, 0))

    def uses(name: str) -> list[Use]:
        if name not in known:
            found = []
            for use in direct.get(name, []):
                moved = use.node is not None and use.node.op_type in _MOVING and not _is_constant(use)
                if moved and (use.position == 0 or use.node.op_type == "Concat"):
                    found += [far for output in use.node.output if output for far in known[output]]
                elif not moved:
                    found.append(use)
            known[name] = found
        return known[name]

    for node in reversed(model.graph.node):  # so that no chain is followed more than a step
        for output in node.output:
            uses(output)
    return uses


def _is_constant(use: Use) -> bool:
    positions = _CONSTANT.get(use.node.op_type, ()) if use.node is not None else ()
    return positions is None or use.position in positions


def _weighs(tensor: Any, use: Use, makers: Any, shapes: Any) -> bool:
    """Whether this use makes it a parameter."""
    if use.node is None:
        return True
    if _is_constant(use) or (use.node.op_type == "Where" and use.position == 0):
        return False
    if math.prod(tensor.dims) != 1 or use.node.op_type in _LAYERS:
        return True
    # One number is a factor, an offset or a limit of a formula; added to the one output of a layer, its bias.
    others = [makers.get(name) for name in use.node.input]
    return use.node.op_type == "Add" and any(
        other is not None
        and other.op_type in _PRODUCTS
        and len(shapes.get(other.input[1], ())) > 1
        and shapes[other.input[1]][0 if other.op_type == "Conv" else -1] == 1
        for other in others
    )


def _hides(tensor: Any) -> bool:
    array = array_of(tensor, f"initializer {tensor.name!r}")
    lowest = -65504.0 if array.dtype == np.float16 else -np.inf
    values = array.astype(np.float64)
    return bool((np.abs(values) >= _HIDING).any() or (values == lowest).any())


def add_parameter(graph: Any, name: str, role: Role) -> Any:
    """The graph's node of a parameter, with torch's initial distribution of the commonest layers.

    Matrices and kernels start from U(-1/√fan_in, 1/√fan_in), factors of normalisations at 1, others at 0.
    """
    shape = role.shape
    used = {(use.node.op_type, use.position) for use in role.uses if use.node is not None}
    if len(shape) < 2:
        scales = any((kind, 1) in used for kind in _NORMALISING)
        return graph.parameter(name, shape, value=1.0 if scales else 0.0)
    in_first = ("MatMul", 1) in used or any(
        use.node.op_type == "Gemm" and use.position == 1 and not _transposed(use.node)
        for use in role.uses
        if use.node is not None
    )
    fan_in = shape[-2] if in_first else math.prod(shape[1:])
    return graph.parameter(name, shape, bound=1 / math.sqrt(fan_in))


def _transposed(node: Any) -> bool:
    return any(attribute.name == "transB" and attribute.i for attribute in node.attribute)
