"""Safetensors files, by the library of that name, which is imported when one is opened.

The library maps the file into memory, and checks the header before anything is read: its length against the
file's, and every offset, shape and dtype. What is here adds bfloat16: numpy does not have it, so that the
library can make no array of it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swiftllc._errors import InvalidArgumentError
from swiftllc.interop.stored_tensor import StoredTensor

#: What weights are stored in. Short integers would be quantised weights, whose scales are elsewhere.
DTYPES = ("F64", "F32", "F16", "BF16", "I64", "I32")


@contextmanager
def opened(path: str) -> Iterator[dict[str, StoredTensor]]:
    """The tensors of the file by name, to be read before the context ends.

    Raises:
        ImportError: The library is not installed.
        InvalidArgumentError: Not a whole safetensors file, or (when it is read) a tensor of another dtype.
    """
    try:
        import safetensors
    except ImportError as error:
        raise ImportError(
            f"Reading {path!r} needs safetensors, which is not installed: pip install swiftllc[safetensors]"
        ) from error
    try:
        file = safetensors.safe_open(path, framework="np")
    except safetensors.SafetensorError as error:
        reason = str(error).removeprefix("Error while deserializing header: ")
        raise InvalidArgumentError(
            f"source is {path!r}, which is not a whole safetensors file: {reason}."
        ) from error
    with file:
        yield {
            name: StoredTensor(partial(_read, file, name, path), tuple(file.get_slice(name).get_shape()))
            for name in file.keys()  # noqa: SIM118, it is no mapping
        }


def _read(file: Any, name: str, path: str) -> NDArray[Any]:
    described = file.get_slice(name)
    dtype = described.get_dtype()
    if dtype not in DTYPES:
        *others, last = DTYPES
        raise InvalidArgumentError(
            f'{path!r}["{name}"] has dtype {dtype}; weights must be {", ".join(others)} or {last}.'
        )
    if dtype == "BF16":
        return _bfloat16(path, name, tuple(described.get_shape()))
    array: NDArray[Any] = file.get_tensor(name)
    return array


def _bfloat16(path: str, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Exactly: a bfloat16 number is the upper half of a float32 whose lower half is zero."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        begin, _ = json.loads(file.read(length))[name]["data_offsets"]
        file.seek(8 + length + begin)
        upper = np.fromfile(file, "<u2", math.prod(shape))
    if upper.size != math.prod(shape):  # the library found it whole when the file was opened
        raise InvalidArgumentError(f'{path!r}["{name}"] cannot be read: the file became shorter meanwhile.')
    return (upper.astype(np.uint32) << 16).view(np.float32).reshape(shape)
