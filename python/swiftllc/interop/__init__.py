"""Weights in the files of others: one module per format, which knows the format and nothing of models."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager

from swiftllc._errors import InvalidArgumentError
from swiftllc.interop import npz_file, safetensors_file
from swiftllc.interop.stored_tensor import StoredTensor

#: Suffix to a function of the path, whose context gives tensors that can be read until it ends.
READERS: dict[str, Callable[[str], AbstractContextManager[dict[str, StoredTensor]]]] = {
    ".npz": npz_file.opened,
    ".safetensors": safetensors_file.opened,
}


def opened(path: str) -> AbstractContextManager[dict[str, StoredTensor]]:
    """The tensors of a file by name, by the reader of its suffix; none is read before it is asked for.

    Raises:
        InvalidArgumentError: Another suffix, or a file that is not what its suffix says.
        OSError: No file that can be read.
        ImportError: The library of that format is not installed; says how to install it.
    """
    reader = READERS.get(os.path.splitext(path)[1])
    if reader is None:
        *others, last = READERS
        raise InvalidArgumentError(f"source is {path!r}; files must be {', '.join(others)} or {last}.")
    # Libraries say in their own ways, some without the name, that a file is missing or a folder.
    with open(path, "rb"):
        pass
    return reader(path)
