"""How strongly chains are held to w*."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: How much stiffer than the pull the stiffest direction has to be, at least, to be left alone by it.
STIFF = 100

_SHARE = 0.7  # of the precision of Glorot's prior


class Localization(NamedTuple):
    """The pull, and what it was chosen by.

    Attributes:
        pull: γ.
        scale: That of the friction, which needs one even if nothing pulls: γ, or what would have been chosen.
        stiffness: nbeta times the largest curvature.
        reason: "given", "layers" or "stiffness".
    """

    pull: float
    scale: float
    stiffness: float
    reason: str

    @classmethod
    def chosen(cls, usual: float, stiffness: float, given: float | None) -> Localization:
        """By ``usual_pull``, unless the loss is too soft for it, or one is given."""
        if 0 < stiffness < STIFF * usual:
            pull, reason = stiffness / STIFF, "stiffness"
        else:
            pull, reason = usual, "layers"
        if given is None:
            return cls(pull, pull, stiffness, reason)
        return cls(given, given or pull, stiffness, "given")


def usual_pull(
    shapes: Mapping[str, tuple[int, ...]],
    free: NDArray[np.bool_] | None,
    tables: Collection[str] = (),
) -> float:
    """In proportion to the size of the layers, so that chains spread about as far as weights do."""
    return _SHARE * layer_size(shapes, free, tables)


def layer_size(
    shapes: Mapping[str, tuple[int, ...]],
    free: NDArray[np.bool_] | None,
    tables: Collection[str] = (),
) -> float:
    """The mean of inputs and outputs over the layers in which something moves; √d where there is none.

    A layer is a tensor of two axes or more; which of the first two is the inputs does not matter. Tables of
    embeddings are none: of their rows, as many as there are tokens, one is the input at a time. d counts what
    moves.
    """
    sizes: list[float] = []
    start = moving = 0
    for name, shape in shapes.items():
        count = math.prod(shape)
        moves = count if free is None else int(np.count_nonzero(free[start : start + count]))
        if len(shape) > 1 and moves and name not in tables:
            sizes.append((count / shape[0] + count / shape[1]) / 2)
        start, moving = start + count, moving + moves
    return float(np.mean(sizes)) if sizes else math.sqrt(max(moving, 1))
