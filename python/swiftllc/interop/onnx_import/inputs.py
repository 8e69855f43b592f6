"""The inputs of a file: the shape of one sample of each, and the batch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from swiftllc._errors import InvalidArgumentError
from swiftllc.graph.recorder import sizes
from swiftllc.interop.onnx_import.pruning import FLOATS, kind_of

#: The first batch that is tried: a prime that few axes are multiples of, so that what has it is the batch.
_SMALLEST_BATCH = 23

_KINDS = {**dict.fromkeys(FLOATS, "float"), "INT64": "integer", "INT32": "integer", "BOOL": "bool"}


class Input(NamedTuple):
    """An input of a file.

    Attributes:
        name: In the file.
        shape: Of one sample.
        kind: "float", "integer" or "bool".
        element: ONNX's name of its type, as in "INT64".
        written: The number of samples that the file has for it; None where that is open.
    """

    name: str
    shape: tuple[int, ...]
    kind: str
    element: str
    written: int | None


class BatchSizes(NamedTuple):
    """How many samples there are in the shapes of the values, and in shapes that the file has written down.

    Attributes:
        used: For the lowering.
        written: One, where the file is for one sample at a time; None where no shape needs a change.
        evaluated: With which the file can be evaluated.
    """

    used: int
    written: int | None
    evaluated: int


def described(model: Any, name: str, shapes: Mapping[str, Sequence[int]] | None) -> list[Input]:
    """The inputs that the output depends on.

    Args:
        model: The part of a file that is used.
        name: What messages call it.
        shapes: Names of inputs to the shape of one sample, for those that the file leaves open.

    Raises:
        InvalidArgumentError: No inputs, a kind that is not covered, or axes whose extents nobody says.
    """
    values = list(model.graph.input)
    if not values:
        raise InvalidArgumentError(f"{name}: the output does not depend on the sample.")
    given = dict(shapes or {})
    found = [_described(value, name, given.pop(value.name, None)) for value in values]
    if given:
        raise InvalidArgumentError(
            f"input_shapes has {', '.join(map(repr, given))}; the inputs that the output depends on are "
            f"{', '.join(repr(value.name) for value in values)}."
        )
    return found


def _described(value: Any, name: str, given: Sequence[int] | None) -> Input:
    element = kind_of(value)
    if element not in _KINDS:
        raise InvalidArgumentError(
            f"{name}: input {value.name!r} has elements {element or 'that are no tensor'}; covered are "
            "floats, int64, int32 and bool."
        )
    tensor = value.type.tensor_type
    dims = list(tensor.shape.dim) if tensor.HasField("shape") else None
    if dims == []:
        raise InvalidArgumentError(
            f"{name}: input {value.name!r} has no axes; the first must be that of the samples."
        )
    written = dims[0].dim_value if dims and dims[0].HasField("dim_value") else None
    if written is not None and written < 1:
        written = None
    if given is not None:
        shape = sizes(f"input_shapes[{value.name!r}]", given)
        if dims is not None and not _fits(shape, dims[1:]):
            raise InvalidArgumentError(
                f"input_shapes[{value.name!r}] is {shape}; the file has {_text(dims[1:])} for one sample."
            )
    elif dims is None or any(dim.dim_value < 1 for dim in dims[1:]):
        raise InvalidArgumentError(
            f"{name}: one sample of input {value.name!r} has the shape {_text(dims and dims[1:])}; say its "
            f"extents by input_shapes={{{value.name!r}: (...)}}."
        )
    else:
        shape = tuple(dim.dim_value for dim in dims[1:])
    return Input(value.name, shape, _KINDS[element], element, written)


def _fits(shape: Sequence[int], dims: Sequence[Any]) -> bool:
    return len(shape) == len(dims) and all(
        dim.dim_value < 1 or dim.dim_value == extent for extent, dim in zip(shape, dims, strict=True)
    )


def _text(dims: Sequence[Any] | None) -> str:
    if dims is None:
        return "(...)"
    return f"({', '.join(str(dim.dim_value or dim.dim_param or '?') for dim in dims)})"


def batch_sizes(inputs: Iterable[Input], model: Any, name: str) -> BatchSizes:
    """The number of samples to lower the file with.

    Where the file leaves it open, or has 1, it is a prime that divides no axis of the initializers or of one
    sample, and a 1 in the shapes of the file is replaced. Where the file has more, it is that.

    Raises:
        InvalidArgumentError: Inputs with different numbers of samples.
    """
    inputs = list(inputs)
    written = {part.written for part in inputs} - {None}
    if len(written) > 1:
        counts = ", ".join(f"{part.name!r} {part.written}" for part in inputs)
        raise InvalidArgumentError(
            f"{name}: its inputs have different numbers of samples in their first axes: {counts}."
        )
    fixed = written.pop() if written else None
    if fixed is not None and fixed > 1:
        return BatchSizes(fixed, None, fixed)
    extents = {extent for tensor in model.graph.initializer for extent in tensor.dims}
    extents |= {extent for part in inputs for extent in part.shape}
    number = _SMALLEST_BATCH
    while not _prime(number) or any(extent and extent % number == 0 for extent in extents):
        number += 2
    # Shapes may have the 1 of an example in them, though the file leaves the batch open.
    return BatchSizes(number, 1, fixed or 3)


def _prime(number: int) -> bool:
    return all(number % divisor for divisor in range(2, math.isqrt(number) + 1))
