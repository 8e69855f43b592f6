"""A tensor in a file, before it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray


class StoredTensor:
    """Reads its tensor when numpy asks for it, so that what nobody needs is never read."""

    def __init__(self, read: Callable[[], NDArray[Any]], shape: tuple[int, ...] | None = None) -> None:
        """Keeps how it is read, and its shape where the format tells that without reading."""
        self._read = read
        self._shape = shape

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape in the file."""
        return self._read().shape if self._shape is None else self._shape

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """The tensor, read anew at each call."""
        return np.asarray(self._read(), dtype)
