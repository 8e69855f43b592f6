"""Files of ``torch.save``, read by torch, which is imported when one is opened.

``weights_only``: a pickle can run any code, and a file of weights has no use for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swiftllc import _buffers
from swiftllc._errors import InvalidArgumentError
from swiftllc._listing import listed
from swiftllc.interop.stored_tensor import StoredTensor

#: Under what training scripts keep the ``state_dict()``, beside the optimizer's state and the epoch.
CHECKPOINT_KEYS = ("state_dict", "model", "model_state_dict")

#: What weights are stored in. Integers would be quantised weights, whose scales are elsewhere.
DTYPES = ("float64", "float32", "float16", "bfloat16", "int64", "int32")


@contextmanager
def opened(path: str) -> Iterator[dict[str, Any]]:
    """The entries of the saved dict by name, tensors as ``StoredTensor`` and anything else as it is.

    The dict is the file's, or the one that it has under one of ``CHECKPOINT_KEYS``.

    Raises:
        ImportError: torch is not installed.
        InvalidArgumentError: Nothing that torch reads as weights, no dict of tensors or several, or (when it
            is read) a tensor of another dtype.
    """
    try:
        import torch
    except ImportError as error:
        raise ImportError(
            f"Reading {path!r} needs torch, which is not installed: pip install torch"
        ) from error
    try:
        found = torch.load(path, weights_only=True, map_location="cpu")
    except MemoryError:
        raise
    except Exception as error:  # anything: text is a KeyError, half an archive a RuntimeError
        raise InvalidArgumentError(
            f"source is {path!r}, which torch.load(weights_only=True) does not read "
            f"({type(error).__name__}): it must be a whole file that holds nothing but tensors, as from "
            "torch.save(module.state_dict(), path)."
        ) from error
    entries = _state_dict(found, path)
    if not any(isinstance(value, torch.Tensor) for value in entries.values()):
        raise InvalidArgumentError(
            f"source is {path!r}, which holds {_described(found)}; it must hold a dict of tensors, itself or "
            f"as {' or '.join(map(repr, CHECKPOINT_KEYS))}."
        )
    yield {
        name: StoredTensor(partial(_read, value, name, path), tuple(value.shape))
        if isinstance(value, torch.Tensor)
        else value
        for name, value in entries.items()
    }


def _state_dict(found: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(found, Mapping):
        return {}
    keys = [key for key in CHECKPOINT_KEYS if isinstance(found.get(key), Mapping)]
    if len(keys) > 1:
        raise InvalidArgumentError(
            f"source is {path!r}, which holds {' and '.join(map(repr, keys))}; read it by torch.load, and "
            "give the one that is meant."
        )
    return found[keys[0]] if keys else found


def _described(found: Any) -> str:
    if not isinstance(found, Mapping):
        return f"an object of type {type(found).__name__}"
    entries = [f"{key!r} ({type(value).__name__})" for key, value in found.items()]
    return f"a dict of {listed(entries) or 'nothing'}"


def _read(tensor: Any, name: str, path: str) -> NDArray[Any]:
    described = f'{path!r}["{name}"]'
    dtype = str(tensor.dtype).removeprefix("torch.")
    if dtype not in DTYPES:
        *others, last = DTYPES
        raise InvalidArgumentError(
            f"{described} has dtype {dtype}; weights must be {', '.join(others)} or {last}."
        )
    return np.asarray(_buffers.as_array(tensor, described))
