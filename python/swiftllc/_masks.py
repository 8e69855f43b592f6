"""Which parameters move: the forms that users give it in, as one flat vector of flags."""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swiftllc._errors import ArgumentTypeError, InvalidArgumentError


def mask_vector(mask: Any, shapes: Mapping[str, tuple[int, ...]]) -> NDArray[np.uint8] | None:
    """One flag per parameter, not 0 where it moves; None where all do.

    Args:
        mask: None; a name or a pattern ("*.weight"), or a list of them: these tensors move, all others stay;
            a dict of patterns to True, False, a boolean array of the tensor's shape, or an index into it such
            as ``np.s_[:, 16:32]``; or a flat boolean vector.
        shapes: Name to shape, in the order of the flat vector.

    Raises:
        InvalidArgumentError: A pattern that fits no name, a shape or index that does not fit.
        ArgumentTypeError: None of the forms.
    """
    if mask is None:
        return None
    if isinstance(mask, str):
        mask = [mask]
    if isinstance(mask, (list, tuple)) and mask and all(isinstance(item, str) for item in mask):
        mask = dict.fromkeys(mask, True)
    if isinstance(mask, Mapping):
        return _from_patterns(mask, shapes)
    array = np.asarray(mask)
    count = sum(map(math.prod, shapes.values()))
    if array.dtype != np.bool_:
        raise ArgumentTypeError(
            "mask must be names of parameters, a dict from names, or a boolean vector; got "
            f"{type(mask).__name__} of dtype {array.dtype}."
        )
    if array.shape != (count,):
        raise InvalidArgumentError(
            f"mask has shape {array.shape}; a flat mask of this model has shape ({count},)."
        )
    return np.ascontiguousarray(array).view(np.uint8)


def _from_patterns(mask: Mapping[Any, Any], shapes: Mapping[str, tuple[int, ...]]) -> NDArray[np.uint8]:
    if not mask:
        raise InvalidArgumentError(
            "mask is empty: it names nothing that moves. Leave it out for all parameters to move."
        )
    flags = {name: np.zeros(shape, np.bool_) for name, shape in shapes.items()}
    for pattern, selection in mask.items():
        names = fnmatch.filter(shapes, pattern) if isinstance(pattern, str) else []
        if not names:
            raise InvalidArgumentError(
                f"mask names {pattern!r}, which fits no parameter of this model; it has "
                f"{', '.join(map(repr, shapes))}."
            )
        for name in names:
            _select(flags[name], selection, name)
    return np.concatenate([part.reshape(-1) for part in flags.values()]).view(np.uint8)


def _select(flags: NDArray[np.bool_], selection: Any, name: str) -> None:
    if isinstance(selection, (bool, np.bool_)):
        flags[...] = selection
        return
    if isinstance(selection, (slice, int, type(Ellipsis), tuple)):
        try:
            chosen = flags[selection].size
            flags[selection] = True
        except IndexError:
            raise InvalidArgumentError(
                f'mask["{name}"] is {selection!r}, which is no index into the shape {flags.shape}.'
            ) from None
        if not chosen:
            raise InvalidArgumentError(
                f'mask["{name}"] is {selection!r}, which selects nothing of the shape {flags.shape}.'
            )
        return
    array = np.asarray(selection)
    if array.dtype != np.bool_:
        raise ArgumentTypeError(
            f'mask["{name}"] must be True, False, a boolean array or an index such as np.s_[:, 0:4]; got '
            f"{selection!r}."
        )
    if array.shape != flags.shape:
        raise InvalidArgumentError(f'mask["{name}"] has shape {array.shape}; it must be {flags.shape}.')
    flags |= array
