"""Weights in any of the forms that users have them, as one flat vector."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swiftllc import _buffers
from swiftllc._errors import InvalidArgumentError
from swiftllc._joined import joined
from swiftllc._wanted import Wanted
from swiftllc.parameters import Parameters


def flattened(
    values: Any,
    name: str,
    shapes: Mapping[str, tuple[int, ...]],
    dtype: np.dtype[Any],
    *,
    copy: bool = True,
    tensors: Sequence[Wanted] | None = None,
    strict: bool | None = None,
) -> NDArray[Any]:
    """One contiguous vector, all finite, from a flat vector or from arrays by name.

    Args:
        values: A vector or a mapping.
        name: What the caller knows it as; errors begin with it.
        shapes: Name to shape, in the order of the result.
        dtype: float32 or float64.
        copy: False allows the result to be memory of ``values``.
        tensors: How a mapping has what ``shapes`` says, if it has other names or another layout.
        strict: As for ``joined``.

    Raises:
        InvalidArgumentError: Names, shapes or values that cannot be.
        ArgumentTypeError: Not numbers.
    """
    if isinstance(values, Mapping):
        # Parameters of this very model need no joining. If anything in them is not finite, joining names it.
        if not copy and isinstance(values, Parameters) and _fits(values, shapes, dtype):
            return values.flat
        if tensors is None:
            tensors = [Wanted(key, (key,), shape) for key, shape in shapes.items()]
        return joined(values, name, tensors, dtype, strict=strict)
    vector, copied = _buffers.floats(values, name, dtype)
    count = sum(map(math.prod, shapes.values()))
    if vector.shape != (count,):
        raise InvalidArgumentError(
            f"{name} has shape {vector.shape}; a flat vector of this model has shape ({count},). "
            "Arrays by name are given as a dict."
        )
    return vector.copy() if copy and not copied else vector


def layout(
    values: Any, name: str, dtype: np.dtype[Any] | None = None
) -> tuple[dict[str, tuple[int, ...]], np.dtype[Any]]:
    """Names and shapes of weights whose model is not known, and the precision they are in.

    Args:
        values: A vector, which has one name, that given; or a mapping.
        name: What the caller knows it as; errors begin with it.
        dtype: The precision, where it is given. None: float32 if no array is of more, else float64.

    Raises:
        InvalidArgumentError: Not a vector, or nothing in it.
        ArgumentTypeError: No arrays.
    """
    if isinstance(values, Mapping):
        arrays = {key: _buffers.as_array(part, f'{name}["{key}"]') for key, part in values.items()}
    else:
        arrays = {name: _buffers.as_array(values, name)}
        if arrays[name].ndim != 1:
            raise InvalidArgumentError(
                f"{name} has shape {arrays[name].shape}; it must be a flat vector, or a dict of arrays."
            )
    if not any(array.size for array in arrays.values()):
        raise InvalidArgumentError(f"{name} is empty, so there is nothing to sample.")
    if dtype is None:
        single = all(_buffers.is_single(array.dtype) for array in arrays.values())
        dtype = np.dtype(np.float32 if single else np.float64)
    return {key: array.shape for key, array in arrays.items()}, dtype


def _fits(values: Parameters, shapes: Mapping[str, tuple[int, ...]], dtype: np.dtype[Any]) -> bool:
    return (
        list(values.shapes.items()) == list(shapes.items())
        and values.flat.dtype == dtype
        and values.flat.flags.c_contiguous
        and _buffers.first_nonfinite(values.flat) < 0
    )
