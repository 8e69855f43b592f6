"""What users pass, as a C-contiguous, aligned array of the dtype that the native side reads.

An array that is one already is used where it lies, read-only arrays too. Anything else is converted exactly
once. Memory maps have a module of their own, ``_maps``.
"""

from __future__ import annotations

from ctypes import byref, c_int64
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from swiftllc import _abi
from swiftllc._errors import ArgumentTypeError, InvalidArgumentError, SwiftLLCError, check
from swiftllc._library import lib

PRECISIONS = {np.dtype(np.float32): _abi.SLLC_FLOAT32, np.dtype(np.float64): _abi.SLLC_FLOAT64}


def precision(value: DTypeLike) -> np.dtype[Any]:
    """float32 or float64, from anything that numpy knows it by."""
    try:
        dtype = None if value is None else np.dtype(value)
    except TypeError:
        dtype = None
    if dtype is None or dtype not in PRECISIONS:
        raise InvalidArgumentError(f"dtype must be 'float32' or 'float64'; got {value!r}.")
    return dtype


class Buffer(NamedTuple):
    """An array for the native side, and whether its elements were copied to make it."""

    array: NDArray[Any]
    copied: bool


def floats(value: Any, name: str, dtype: np.dtype[Any]) -> Buffer:
    """Real numbers, all finite, as float32 or float64.

    Args:
        value: An array, a CPU tensor, or nested lists of any real dtype but bool.
        name: What the caller knows it as; errors begin with it.
        dtype: float32 or float64.

    Raises:
        ArgumentTypeError: Not an array of real numbers.
        InvalidArgumentError: A NaN, an infinity, or a value too large for ``dtype``, with its index.
    """
    source = as_array(value, name)
    require_real(source, name)
    buffer = _contiguous(value, source, dtype)
    array = buffer.array
    index = first_nonfinite(array)
    if index >= 0:
        subscript, given = _subscript(index, array.shape), source.reshape(-1)[index]
        if np.isfinite(given.astype(np.float64)):
            raise InvalidArgumentError(f"{name}{subscript} is {given!s}, which is too large for {dtype}.")
        raise InvalidArgumentError(f"{name}{subscript} is {given!s}; every value must be finite.")
    return buffer


def integers(value: Any, name: str) -> Buffer:
    """Whole numbers as int64: of any integer dtype, or floats without a fraction.

    Raises:
        ArgumentTypeError: Not integers; the first fraction is named.
    """
    source = as_array(value, name)
    if source.dtype.kind == "f":
        fractional = np.flatnonzero(source != np.floor(source))  # also finds NaN
        infinite = np.flatnonzero(np.isinf(source))
        if fractional.size or infinite.size:
            i = int(fractional[0] if fractional.size else infinite[0])
            where, what = _subscript(i, source.shape), source.reshape(-1)[i]
            raise ArgumentTypeError(f"{name}{where} is {what!s}; {_plural(name)} must be integers.")
    elif source.dtype.kind not in "iu":
        raise ArgumentTypeError(f"{name} has dtype {source.dtype}; {_plural(name)} must be integers.")
    return _contiguous(value, source, np.dtype(np.int64))


def labels(value: Any, name: str, classes: int) -> Buffer:
    """Class labels as int64 of shape (n,), each in 0 ..< classes.

    Accepts any integer dtype, floats without a fraction, and shape (n,) or (n, 1).

    Raises:
        ArgumentTypeError: Not integers; the first fraction is named.
        InvalidArgumentError: Another shape (such as one-hot), or a label out of range, with its index.
    """
    source = one_per_sample(as_array(value, name), name)
    buffer = integers(source, name)
    wrong = np.flatnonzero((source < 0) | (source >= classes))
    if wrong.size:
        i = int(wrong[0])
        raise InvalidArgumentError(
            f"{name}[{i}] is {source[i]!s}; the model has {classes} classes, 0 ... {classes - 1}."
        )
    return Buffer(buffer.array, buffer.copied or not hasattr(value, "__array__"))


def one_per_sample(labels: NDArray[Any], name: str) -> NDArray[Any]:
    """Labels of shape (n,) or (n, 1) as (n,), sharing their memory.

    Raises:
        InvalidArgumentError: Another shape (such as one-hot).
    """
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise InvalidArgumentError(
            f"{name} has shape {labels.shape}; labels are one class index per sample, of shape (n,). "
            "Turn one-hot rows into indices with .argmax(axis=1)."
        )
    return labels


def _plural(name: str) -> str:
    return "labels" if name == "y" else "its elements"


def first_nonfinite(array: NDArray[Any]) -> int:
    """The flat index of the first NaN or infinity of a contiguous float array, or -1."""
    index = c_int64()
    check(
        lib.sllc_array_first_nonfinite(array.ctypes.data, PRECISIONS[array.dtype], array.size, byref(index))
    )
    return index.value


def _subscript(index: int, shape: tuple[int, ...]) -> str:
    """Where the element of that flat index is."""
    return f"[{', '.join(str(int(i)) for i in np.unravel_index(index, shape))}]" if shape else ""


def as_array(value: Any, name: str) -> NDArray[Any]:
    """``value`` as an ndarray, sharing its memory wherever that is possible."""
    if isinstance(value, np.ma.MaskedArray):
        raise ArgumentTypeError(f"{name} is a masked array; fill or drop what is masked first.")
    try:
        # A torch tensor, known by its method so that torch need not be imported.
        if callable(getattr(value, "detach", None)):
            value = value.detach()
            if str(value.dtype) == "torch.bfloat16":  # numpy has none; float32 holds it exactly
                value = value.float()
        return np.asarray(value)
    except SwiftLLCError:  # a tensor of a file, which says itself why it cannot be read
        raise
    except Exception as error:
        raise ArgumentTypeError(
            f"{name} ({type(value).__name__}) cannot be read as an array: {error} "
            "Pass a numpy array, a tensor in main memory, or nested lists of equal lengths."
        ) from error


def require_real(array: NDArray[Any], name: str) -> None:
    """ArgumentTypeError unless the array holds real numbers other than bools."""
    if array.dtype.kind not in "fiu" and array.dtype.name != "bfloat16":
        raise ArgumentTypeError(f"{name} has dtype {array.dtype}; it must hold real numbers.")


def is_single(dtype: np.dtype[Any]) -> bool:
    """Whether float32 holds every number of that dtype that is a float's."""
    return (dtype.kind == "f" and dtype.itemsize <= 4) or dtype.name == "bfloat16"


def _contiguous(value: Any, source: NDArray[Any], dtype: np.dtype[Any]) -> Buffer:
    with np.errstate(over="ignore"):  # overflow is found, and named, by whoever checks for infinities
        array = np.require(source, dtype, ["C_CONTIGUOUS", "ALIGNED"])
    # Lists have no array to share: numpy made one, which owns its memory.
    made = not hasattr(value, "__array__") and source.flags.owndata
    return Buffer(array, made or not np.may_share_memory(array, source))
