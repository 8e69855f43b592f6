"""One field of all samples, gathered into one array."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swiftllc import _buffers
from swiftllc._errors import ArgumentTypeError, InvalidArgumentError

Key = str | int

# Samples that are stacked together before they are put away.
_STACK = 512


class Column:
    """Takes arrays sample by sample, or batch by batch, and gives them as one array."""

    def __init__(self, key: Key, dtype: np.dtype[Any] | None, pad: Any = None) -> None:
        """Starts without samples.

        Args:
            key: The field's name or position.
            dtype: Of the result. None: as the samples have it.
            pad: A number with which samples are made as long as the longest along their first axis. None:
                they must be of one shape.
        """
        self._key, self._dtype, self._pad = key, dtype, pad
        self._count = 0
        self._shape: tuple[int, ...] | None = None
        self._longest = 0
        self._loose: list[NDArray[Any]] = []  # samples of one shape, which wait to be stacked
        self._blocks: list[NDArray[Any]] = []

    def add(self, value: Any) -> None:
        """Takes one sample.

        Raises:
            InvalidArgumentError: Another shape than the first sample's, or a number that ``dtype`` lacks.
            ArgumentTypeError: No array of real numbers.
        """
        sample = self._read(value)
        self._compare(sample.shape)
        if self._loose and self._loose[0].shape != sample.shape:
            self._stack()
        # A view would keep alive what it is a view of, and an iterable may use its memory again.
        self._loose.append(sample.copy())
        self._count += 1
        if len(self._loose) == _STACK:
            self._stack()

    def add_batch(self, value: Any, limit: int) -> int:
        """Takes at most so many samples along the first axis, and says how many there are."""
        if isinstance(value, (list, tuple)) and any(hasattr(part, "detach") for part in value):
            # What torch makes of samples that are lists: their elements, each of all samples.
            raise ArgumentTypeError(
                f"{shown(self._key)} of a batch is a {type(value).__name__} of tensors; make it one tensor "
                "(of Hugging Face's datasets by set_format(\"torch\")), or read the loader's dataset itself."
            )
        batch = self._read(value)
        if batch.ndim == 0:
            raise InvalidArgumentError(f"{self._where()} is a number; a batch has an axis of samples first.")
        self._compare(batch.shape[1:])
        self._stack()
        taken = batch[:limit]
        self._blocks.append(self._converted(taken, taken.copy()))
        self._count += len(taken)
        return len(batch)

    def array(self) -> NDArray[Any]:
        """All samples, of shape (n, *shape of one); the column is empty afterwards."""
        self._stack()
        assert self._shape is not None
        shape = (self._longest, *self._shape[1:]) if self._pad is not None else self._shape
        dtype = np.result_type(*{block.dtype for block in self._blocks})
        if self._pad is None:
            result = np.empty((self._count, *shape), dtype)
        else:
            result = np.full((self._count, *shape), self._padding(dtype), dtype)
        start = 0
        self._blocks.reverse()
        while self._blocks:  # each is released when it has been copied
            block = self._blocks.pop()
            target = result[start : start + len(block)]
            (target if self._pad is None else target[:, : block.shape[1]])[...] = block
            start += len(block)
        return result

    def _read(self, value: Any) -> NDArray[Any]:
        array = _buffers.as_array(value, self._where())
        if array.dtype.kind != "b" or self._dtype is None:
            _buffers.require_real(array, self._where())
        return array

    def _compare(self, shape: tuple[int, ...]) -> None:
        """Refuses a sample of this shape if the others have another."""
        if self._shape is None:
            if self._pad is not None and not shape:
                raise InvalidArgumentError(f"pad is for sequences, and {self._where()} is one number.")
            self._shape = shape
        if self._pad is not None and shape:
            self._longest = max(self._longest, shape[0])
            if shape[1:] == self._shape[1:]:
                return
        elif shape == self._shape:
            return
        raise InvalidArgumentError(
            f"{self._where()} has shape {shape}, and that of the first sample is {self._shape}; "
            + (
                f"sequences of unequal length are padded with pad={{{self._key!r}: 0}}, or another number."
                if self._pad is None
                else "only the first axis is padded."
            )
        )

    def _stack(self) -> None:
        if self._loose:
            stacked = np.stack(self._loose)
            self._blocks.append(self._converted(stacked, stacked))
            self._loose = []

    def _converted(self, given: NDArray[Any], own: NDArray[Any]) -> NDArray[Any]:
        """``own`` in the dtype that is asked for, which must have every integer of it."""
        if self._dtype is None or own.dtype == self._dtype:
            return own
        with np.errstate(over="ignore", invalid="ignore"):
            converted = own.astype(self._dtype)
        if self._dtype.kind in "iu":
            wrong = np.argwhere(converted != given)
            if len(wrong):
                raise InvalidArgumentError(
                    f"{shown(self._key)} has {given[tuple(wrong[0])]!s}, which {self._dtype} does not have."
                )
        return converted

    def _padding(self, dtype: np.dtype[Any]) -> Any:
        """The number to pad with."""
        padding = np.asarray(self._pad)
        with np.errstate(over="ignore", invalid="ignore"):
            same = (
                padding.dtype.kind in "iuf" and padding.ndim == 0 and bool(padding.astype(dtype) == padding)
            )
        if not same:
            raise InvalidArgumentError(
                f"pad[{self._key!r}] is {self._pad!r}; it must be a number that {dtype} has, the dtype of "
                "that field (dtype= chooses another)."
            )
        return padding.astype(dtype)

    def _where(self) -> str:
        return f"{shown(self._key)} of sample {self._count}"


def shown(key: Key) -> str:
    """A field as messages call it."""
    return repr(key) if isinstance(key, str) else f"field {key}"


def dtype_of(value: Any, name: str) -> np.dtype[Any]:
    """A dtype of real numbers.

    Raises:
        ArgumentTypeError: None that numpy knows, or of something else.
    """
    try:
        dtype: np.dtype[Any] = np.dtype(value)
    except TypeError:
        dtype = np.dtype(object)
    if dtype.kind not in "fiu":
        raise ArgumentTypeError(f"{name} must be a dtype of real numbers, such as 'float32'; got {value!r}.")
    return dtype
