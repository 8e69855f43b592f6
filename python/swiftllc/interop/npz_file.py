"""numpy's .npz."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swiftllc._errors import InvalidArgumentError
from swiftllc.interop.stored_tensor import StoredTensor

_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


@contextmanager
def opened(path: str) -> Iterator[dict[str, StoredTensor]]:
    """The arrays of the file by name, to be read before the context ends.

    Raises:
        InvalidArgumentError: Not an .npz, a damaged one, or (when it is read) an array of Python objects.
    """
    try:
        arrays = np.load(path, allow_pickle=False)
    except _malformed() as error:
        raise InvalidArgumentError(f"source is {path!r}, which is not a whole .npz file: {error}.") from error
    if not isinstance(arrays, np.lib.npyio.NpzFile):
        raise InvalidArgumentError(
            f"source is {path!r}, which holds one array without a name; write it by numpy.savez."
        )
    with arrays:
        yield {
            name: StoredTensor(partial(_read, arrays, name, path), _shape(arrays, name))
            for name in arrays.files
        }


def _shape(arrays: Any, name: str) -> tuple[int, ...] | None:
    """From the array's header; None where that is not whole, which reading the array will say."""
    try:
        with arrays.zip.open(f"{name}.npy") as file:
            read_header = _HEADERS[np.lib.format.read_magic(file)]
            shape: tuple[int, ...] = read_header(file)[0]
            return shape
    except _malformed():
        return None


def _read(arrays: Any, name: str, path: str) -> NDArray[Any]:
    try:
        array: NDArray[Any] = arrays[name]
    except _malformed() as error:
        raise InvalidArgumentError(f'{path!r}["{name}"] cannot be read: {error}.') from error
    return array


def _malformed() -> tuple[type[Exception], ...]:
    """What numpy and the modules beneath it raise on bytes that are not what they expect.

    A damaged entry may say that it is encrypted or compressed in some other way (RuntimeError), or lie before
    the file (OSError).
    """
    import lzma
    import zipfile
    import zlib

    numpys = (KeyError, ValueError, EOFError, OSError, RuntimeError)
    return (*numpys, zipfile.BadZipFile, zlib.error, lzma.LZMAError)
