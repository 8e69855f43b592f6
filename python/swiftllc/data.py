"""A data set: arrays that a model's native side reads where they lie."""

from __future__ import annotations

import weakref
from ctypes import byref, c_void_p
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from swiftllc._buffers import Buffer
from swiftllc._errors import check
from swiftllc._library import lib

if TYPE_CHECKING:
    from swiftllc.model import Model


class Dataset:
    """Inputs and targets checked against a model. Made by ``Model.dataset``.

    It keeps the arrays alive. They must not change while it is in use.

    Attributes:
        model: The model it was made for.
        n: The number of samples.
        copied: Whether any array had to be copied, because it was not C-contiguous or of another dtype.
    """

    def __init__(self, model: Model, inputs: Buffer, targets: Buffer | None) -> None:
        """Hands checked arrays to the native side; without targets only outputs can be computed."""
        self.model = model
        self.n = len(inputs.array)
        self.copied = inputs.copied or (targets is not None and targets.copied)
        self._inputs = inputs.array
        self._targets = None if targets is None else targets.array
        pointers = (c_void_p * 2)(
            self._inputs.ctypes.data, None if self._targets is None else self._targets.ctypes.data
        )
        self._handle = c_void_p()
        check(lib.sllc_dataset_create(model._handle, self.n, pointers, 2, byref(self._handle)))
        weakref.finalize(self, lib.sllc_dataset_free, self._handle)

    def rows(self, rows: NDArray[np.int64]) -> Dataset:
        """Some of the samples, copied; they need no check."""
        targets = None if self._targets is None else Buffer(self._targets[rows], copied=True)
        return Dataset(self.model, Buffer(self._inputs[rows], copied=True), targets)

    def __len__(self) -> int:
        """The number of samples."""
        return self.n

    def __repr__(self) -> str:
        """Size, and whether it was copied."""
        return f"Dataset(n={self.n}, copied={self.copied})"
