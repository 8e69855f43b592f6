"""Arrays by name, checked against what is wanted and joined to one flat vector."""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swiftllc import _buffers
from swiftllc._differences import refuse_differences
from swiftllc._errors import InvalidArgumentError
from swiftllc._wanted import Wanted


def joined(
    values: Mapping[str, Any],
    name: str,
    tensors: Sequence[Wanted],
    dtype: np.dtype[Any],
    *,
    strict: bool | None = None,
) -> NDArray[Any]:
    """One vector of what is wanted, in that order and in the model's layout, all finite.

    Args:
        values: Arrays by the source's names.
        name: What the caller knows the source as; errors begin with it.
        tensors: What is wanted.
        dtype: float32 or float64.
        strict: False ignores what is not wanted. None refuses it like True, where the caller cannot choose.

    Raises:
        InvalidArgumentError: Names, shapes or values that cannot be, aliases that differ.
        ArgumentTypeError: Not numbers.

    Warns:
        UserWarning: Two tensors share memory.
    """
    refuse_differences(values, name, tensors, strict)
    vector = np.empty(sum(math.prod(tensor.shape) for tensor in tensors), dtype)
    taken: list[tuple[str, Any, NDArray[Any] | None]] = []  # without what was converted
    offset = 0
    for tensor in tensors:
        key, *aliases = dict.fromkeys(source for source in tensor.sources if source in values)
        value = values[key]
        part, copied = _checked(value, f'{name}["{key}"]', tensor, dtype)
        for alias in aliases:
            if not _identical(part, _checked(values[alias], f'{name}["{alias}"]', tensor, dtype).array):
                raise InvalidArgumentError(
                    f"{name} has {key!r} and {alias!r}, which are one parameter of this model, with values "
                    "that differ; leave one of them out."
                )
        for other, other_value, array in taken:
            # Both are contiguous, so that the bounds of their memory decide; a conversion hides it.
            if other_value is value or (
                not copied and array is not None and np.may_share_memory(array, part)
            ):
                _warn(
                    f"{name}[{other!r}] and {name}[{key!r}] share memory, but they are sampled as "
                    "independent parameters: tied weights are not supported."
                )
        taken.append((key, value, None if copied else part))
        end = offset + part.size
        turned = part if tensor.axes is None else part.transpose(tensor.axes)
        vector[offset:end].reshape(turned.shape)[...] = turned
        offset = end
    return vector


def _checked(value: Any, name: str, tensor: Wanted, dtype: np.dtype[Any]) -> _buffers.Buffer:
    part = _buffers.floats(value, name, dtype)
    shape = part.array.shape
    if shape != tensor.shape:
        hint = " It would fit in the other layout of Model.load." if shape == tensor.other_shape else ""
        raise InvalidArgumentError(f"{name} has shape {shape}; it must be {tensor.shape}.{hint}")
    return part


def _identical(a: NDArray[Any], b: NDArray[Any]) -> bool:
    """As bits: 0 and -0 differ."""
    return np.array_equal(a.reshape(-1).view(np.uint8), b.reshape(-1).view(np.uint8))


def _warn(message: str) -> None:
    """Names the line outside of this package that called it."""
    level, frame = 1, sys._getframe()
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("swiftllc."):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, UserWarning, stacklevel=level)
