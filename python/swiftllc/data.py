"""A data set: arrays that a model's native side reads where they lie."""

from __future__ import annotations

import math
import weakref
from collections.abc import Sequence
from ctypes import byref, c_void_p
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from swiftllc import _buffers
from swiftllc._buffers import Buffer
from swiftllc._errors import InvalidArgumentError, check
from swiftllc._library import lib
from swiftllc.graph.recorder import Input

if TYPE_CHECKING:
    from swiftllc.model import Model


class Dataset:
    """Arrays checked against a model's inputs. Made by ``Model.dataset``.

    It keeps the arrays alive. They must not change while it is in use.

    Attributes:
        model: The model it was made for.
        n: The number of samples.
        copied: Whether any array had to be copied, because it was not C-contiguous or of another dtype.
    """

    def __init__(self, model: Model, buffers: Sequence[Buffer | None]) -> None:
        """Hands checked arrays to the native side; without some of them only outputs can be computed."""
        self.model = model
        self._arrays = [None if buffer is None else buffer.array for buffer in buffers]
        self.n = len(next(array for array in self._arrays if array is not None))
        self.copied = any(buffer.copied for buffer in buffers if buffer is not None)
        addresses = [None if array is None else array.ctypes.data for array in self._arrays]
        pointers = (c_void_p * len(addresses))(*addresses)
        self._handle = c_void_p()
        check(lib.sllc_dataset_create(model._handle, self.n, pointers, len(addresses), byref(self._handle)))
        weakref.finalize(self, lib.sllc_dataset_free, self._handle)

    def rows(self, rows: NDArray[np.int64]) -> Dataset:
        """Some of the samples, copied; they need no check."""
        return Dataset(
            self.model,
            [None if array is None else Buffer(array[rows], copied=True) for array in self._arrays],
        )

    def __len__(self) -> int:
        """The number of samples."""
        return self.n

    def __repr__(self) -> str:
        """Size, and whether it was copied."""
        return f"Dataset(n={self.n}, copied={self.copied})"


def checked(
    arrays: Sequence[Any], inputs: Sequence[Input], dtype: np.dtype[Any], wanted: Sequence[int]
) -> list[Buffer | None]:
    """One buffer per input, of those that are wanted, all of as many samples.

    Args:
        arrays: What the user gave for the wanted inputs, in their order.
        inputs: All inputs of the model.
        dtype: Its precision.
        wanted: Which of the inputs are there.

    Raises:
        InvalidArgumentError: Shapes that do not fit, no samples, NaN, infinities, integers out of range.
        ArgumentTypeError: Not real numbers, or integers that are none.
    """
    buffers: list[Buffer | None] = [None] * len(inputs)
    first: tuple[Input, tuple[int, ...]] | None = None
    for position, value in zip(wanted, arrays, strict=True):
        spec = inputs[position]
        buffer = _read(value, spec, dtype)
        shape = buffer.array.shape
        if first is None:
            if shape[1:] != spec.shape or not shape:
                rows = ", ".join(map(str, ("n", *spec.shape)))
                raise InvalidArgumentError(f"{spec.name} has shape {shape}; this model takes ({rows}).")
            if shape[0] == 0:
                raise InvalidArgumentError(f"{spec.name} has shape {shape}: it holds no samples.")
            first = (spec, shape)
        else:
            expected = (first[1][0], *spec.shape)
            # With one output there is only one way to read (n,); never broadcast (n,) against (n, 1).
            if math.prod(spec.shape) == 1 and shape == expected[:1]:
                buffer = buffer.reshaped(expected)
            if buffer.array.shape != expected:
                given = f"{first[0].name} of shape {first[1]}"
                raise InvalidArgumentError(f"{spec.name} has shape {shape}; for {given} it is {expected}.")
        buffers[position] = buffer
    return buffers


def _read(value: Any, spec: Input, dtype: np.dtype[Any]) -> Buffer:
    if spec.dtype == "float":
        return _buffers.floats(value, spec.name, dtype)
    if spec.shape == () and spec.classes is not None and spec.ignored is None:
        return _buffers.labels(value, spec.name, spec.classes)
    return _buffers.integers(value, spec.name)
