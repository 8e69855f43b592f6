"""Shapes of a file that was made for one sample at a time, and has that 1 written into them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from swiftllc.interop.lowering.layout import Shape, Value, resolved


def with_batch(value: Value, shape: Sequence[int], written: int, batch_size: int) -> Shape:
    """A target of a reshape that holds a batch of ``written`` samples, for one of ``batch_size``.

    As the batch's place in row-major order is known, so is the dimension that holds it; where several can,
    one that holds nothing else is taken, or else one that holds nothing before it, and the last dimension,
    over which the next operation may sum, only if it must be.
    """
    count = math.prod(value.shape)
    batch = value.batch
    if batch is None or _elements(shape, count) == count:
        return tuple(shape)
    in_file = count // batch_size * written
    target = resolved(shape, in_file)
    if math.prod(target) != in_file:
        return tuple(shape)
    ahead = math.prod(value.shape[: batch.dim]) * batch.before
    found: list[tuple[tuple[bool, ...], int]] = []
    passed = 1
    for dim, extent in enumerate(target):
        before = ahead // passed
        if before and before * passed == ahead and extent % (before * written) == 0:
            alone = extent == written and before == 1
            last = dim == len(target) - 1
            found.append(((last, not alone, before != 1), dim))
        passed *= extent
    if not found:
        return tuple(shape)
    chosen = min(found)[1]
    return tuple(
        extent // written * batch_size if dim == chosen else extent for dim, extent in enumerate(target)
    )


def _elements(shape: Sequence[int], count: int) -> int:
    """How many elements a target has for that many; 0 if it does not fit."""
    known = math.prod(extent for extent in shape if extent != -1)
    if -1 in shape:
        return count if known > 0 and count % known == 0 else 0
    return known
