"""Weights as others keep them: one module per format, which knows the format and nothing of models."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from swiftllc._errors import InvalidArgumentError
from swiftllc.interop import npz_file, safetensors_file, torch_file
from swiftllc.interop.trees import flatten_tree

__all__ = ["READERS", "flatten_tree", "opened"]

#: Suffix to a function of the path, whose context gives tensors by name, to be read before it ends.
READERS: Mapping[str, Callable[[str], AbstractContextManager[Mapping[str, Any]]]] = {
    ".npz": npz_file.opened,
    ".safetensors": safetensors_file.opened,
    ".pt": torch_file.opened,
    ".pth": torch_file.opened,
}


def opened(path: str) -> AbstractContextManager[Mapping[str, Any]]:
    """The tensors of a file by name, by the reader of its suffix, each read when numpy asks for it.

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
