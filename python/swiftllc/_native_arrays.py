"""numpy arrays over memory of the native library, which live as long as they are looked at."""

from __future__ import annotations

import weakref
from ctypes import c_void_p
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swiftllc._library import lib


class Owner:
    """Keeps a native chain alive: for a ``Chain``, and for every array over its memory."""

    def __init__(self, handle: c_void_p) -> None:
        weakref.finalize(self, lib.sllc_chain_free, handle)

    def array(self, address: int, count: int, dtype: np.dtype[Any]) -> NDArray[Any]:
        return np.asarray(_Memory(self, address, count, dtype))


class _Memory:
    """Native memory in the form that numpy makes an array of; the array keeps it, and it keeps the owner."""

    def __init__(self, owner: Owner, address: int, count: int, dtype: np.dtype[Any]) -> None:
        self._owner = owner
        self.__array_interface__ = {
            "version": 3,
            "data": (address, False),
            "shape": (count,),
            "typestr": dtype.str,
        }
