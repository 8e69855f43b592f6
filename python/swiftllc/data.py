"""A data set: arrays that a model's native side reads where they lie."""

from __future__ import annotations

import math
import weakref
from collections.abc import Sequence
from ctypes import byref, c_int32, c_void_p
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from swiftllc import _abi, _buffers, _maps
from swiftllc._errors import InvalidArgumentError, check
from swiftllc._library import lib
from swiftllc.graph.recorder import Input

if TYPE_CHECKING:
    from swiftllc.model import Model


class SampleArray(NamedTuple):
    """An array for one input: C-contiguous, aligned, of an element type that the native side knows.

    Attributes:
        array: It.
        copied: Whether its elements were copied to make it.
        mapped: Whether it is, or was taken from, a memory map: nobody has looked at its elements.
    """

    array: NDArray[Any]
    copied: bool
    mapped: bool = False

    def reshaped(self, shape: tuple[int, ...]) -> SampleArray:
        """The same elements in another shape; contiguous, so never a copy."""
        return self._replace(array=self.array.reshape(shape))

    def rows(self, rows: NDArray[np.int64]) -> SampleArray:
        """Some of the samples, copied."""
        return SampleArray(np.asarray(self.array[rows]), True, self.mapped)

    @property
    def element(self) -> int:
        """What the native side is told of its elements; those of a map it must not look at beforehand."""
        return _maps.ELEMENTS[self.array.dtype] + (_abi.SLLC_DATA_UNCHECKED if self.mapped else 0)


class Dataset:
    """Arrays checked against a model's inputs. Made by ``Model.dataset``.

    It keeps the arrays alive. They must not change while it is in use, and the file of a memory map must not
    become shorter.

    Attributes:
        model: The model it was made for.
        n: The number of samples.
        copied: Whether any array had to be copied, because it was not C-contiguous or, unless it is a memory
            map, of another dtype.
        mapped: The names of those that are memory maps. They are read where they lie, a batch at a time, and
            have not been looked at.
    """

    def __init__(self, model: Model, arrays: Sequence[SampleArray | None]) -> None:
        """Hands checked arrays to the native side; without some of them only outputs can be computed."""
        self.model = model
        self._arrays = list(arrays)
        given = [(spec.name, array) for spec, array in zip(model.inputs, arrays, strict=True) if array]
        self.n = len(given[0][1].array)
        self.copied = any(array.copied for _, array in given)
        self.mapped = tuple(name for name, array in given if array.mapped)
        count = len(self._arrays)
        pointers = (c_void_p * count)(*(array.array.ctypes.data if array else None for array in arrays))
        elements = (c_int32 * count)(*(array.element if array else 0 for array in arrays))
        self._handle = c_void_p()
        check(lib.sllc_dataset_create(model._handle, self.n, pointers, elements, count, byref(self._handle)))
        weakref.finalize(self, lib.sllc_dataset_free, self._handle)

    def rows(self, rows: NDArray[np.int64]) -> Dataset:
        """Some of the samples, copied; they need no check."""
        return Dataset(self.model, [array and array.rows(rows) for array in self._arrays])

    @property
    def doubt(self) -> str:
        """What may be wrong with the memory maps where a loss is not finite, as one more sentence, or ""."""
        if not self.mapped:
            return ""
        kinds = {spec.name: spec.dtype for spec in self.model.inputs}
        floats = [name for name in self.mapped if kinds[name] == "float"]
        integers = [name for name in self.mapped if kinds[name] != "float"]
        causes = [f"a NaN, an infinity or too large a number in {' or '.join(floats)}"] if floats else []
        causes += [f"an integer out of range in {' or '.join(integers)}"] if integers else []
        return f" Or it is {' or '.join(causes)}: memory maps, which are not checked before they are read."

    def __len__(self) -> int:
        """The number of samples."""
        return self.n

    def __repr__(self) -> str:
        """Size, and whether it was copied."""
        return f"Dataset(n={self.n}, copied={self.copied})"


def checked(
    arrays: Sequence[Any], inputs: Sequence[Input], dtype: np.dtype[Any], wanted: Sequence[int]
) -> list[SampleArray | None]:
    """One array per input, of those that are wanted, all of as many samples.

    Args:
        arrays: What the user gave for the wanted inputs, in their order.
        inputs: All inputs of the model.
        dtype: Its precision.
        wanted: Which of the inputs are there.

    Raises:
        InvalidArgumentError: Shapes that do not fit, no samples, NaN, infinities, integers out of range.
        ArgumentTypeError: Not real numbers, or integers that are none.
    """
    buffers: list[SampleArray | None] = [None] * len(inputs)
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
            # With one element a sample there is only one way to read (n,) or (n, 1); never broadcast them.
            if math.prod(spec.shape) == math.prod(shape[1:]) == 1 and shape[:1] == expected[:1]:
                buffer = buffer.reshaped(expected)
            if buffer.array.shape != expected:
                given = f"{first[0].name} of shape {first[1]}"
                raise InvalidArgumentError(f"{spec.name} has shape {shape}; for {given} it is {expected}.")
        buffers[position] = buffer
    return buffers


def _read(value: Any, spec: Input, dtype: np.dtype[Any]) -> SampleArray:
    is_label = (
        spec.dtype != "float" and spec.shape == () and spec.classes is not None and spec.ignored is None
    )
    mapped = _maps.readable(value, integers=spec.dtype != "float")
    if mapped is not None:
        return SampleArray(_buffers.one_per_sample(mapped, spec.name) if is_label else mapped, False, True)
    if spec.dtype == "float":
        return SampleArray(*_buffers.floats(value, spec.name, dtype))
    if is_label:
        assert spec.classes is not None
        return SampleArray(*_buffers.labels(value, spec.name, spec.classes))
    return SampleArray(*_buffers.integers(value, spec.name))
