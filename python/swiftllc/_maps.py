"""Memory maps: arrays in files, perhaps larger than memory, of which only the rows of a batch are read."""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swiftllc import _abi

#: Types of elements that the native side converts as it reads them.
ELEMENTS = {
    np.dtype(np.float32): _abi.SLLC_DATA_FLOAT32,
    np.dtype(np.float64): _abi.SLLC_DATA_FLOAT64,
    np.dtype(np.float16): _abi.SLLC_DATA_FLOAT16,
    np.dtype(np.int8): _abi.SLLC_DATA_INT8,
    np.dtype(np.int16): _abi.SLLC_DATA_INT16,
    np.dtype(np.int32): _abi.SLLC_DATA_INT32,
    np.dtype(np.int64): _abi.SLLC_DATA_INT64,
    np.dtype(np.uint8): _abi.SLLC_DATA_UINT8,
    np.dtype(np.uint16): _abi.SLLC_DATA_UINT16,
    np.dtype(np.uint32): _abi.SLLC_DATA_UINT32,
    np.dtype(np.uint64): _abi.SLLC_DATA_UINT64,
}


def is_map(value: Any) -> bool:
    """Whether it is an array whose memory is that of a file: ``np.memmap``, or a view of one."""
    owner = value if isinstance(value, np.ndarray) else None
    while isinstance(owner, (np.ndarray, memoryview)):
        owner = owner.obj if isinstance(owner, memoryview) else owner.base
    return isinstance(owner, mmap.mmap)


def readable(value: Any, *, integers: bool) -> NDArray[Any] | None:
    """The map that can be read where it lies, or None.

    None is also what is no map; whose elements are not C-contiguous, aligned and in the byte order of the
    processor; or are floats where integers are wanted: all that is for others to convert, or to refuse.
    """
    if not is_map(value) or isinstance(value, np.ma.MaskedArray):
        return None
    array: NDArray[Any] = np.asarray(value)
    lies_well = array.flags.c_contiguous and array.flags.aligned and array.dtype in ELEMENTS
    if not lies_well or (integers and array.dtype.kind == "f"):
        return None
    return array
