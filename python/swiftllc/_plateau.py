"""Where a table of estimates is level: the largest connected set of cells that agree."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_ERRORS = 2.0  # combined standard errors that estimates which agree may differ by

Cell = tuple[int, int]


def largest_plateau(
    values: NDArray[np.float64],
    errors: NDArray[np.float64],
    trusted: NDArray[np.bool_],
    tolerance: float,
) -> NDArray[np.bool_]:
    """The largest connected set of trusted cells that all agree with the lowest of them.

    v agrees with the lowest value m if v - m ≤ tolerance |m| + 2 √(error_v² + error_m²). For each cell as the
    lowest, the cells above it that agree are flooded from it; so no chain of small differences joins what
    differs by more. Of sets of the same size the one of the smallest spread is taken.

    Args:
        values: (i, j).
        errors: Their standard errors, (i, j).
        trusted: Which of them count, (i, j).
        tolerance: Relative to the lowest value.

    Returns:
        Which cells belong to it, (i, j); none if none is trusted.
    """
    best, best_rank = np.zeros(values.shape, np.bool_), (0, -math.inf)
    for low in zip(*np.nonzero(trusted), strict=True):
        room = tolerance * abs(values[low]) + _ERRORS * np.hypot(errors, errors[low])
        excess = values - values[low]
        found = _flooded(low, trusted & (excess >= 0) & (excess <= room))
        rank = (int(found.sum()), -float(np.ptp(values[found])))
        if rank > best_rank:
            best, best_rank = found, rank
    return best


def innermost(cells: NDArray[np.bool_], errors: NDArray[np.float64]) -> Cell:
    """The cell with the most neighbours in the set, and of those the one of smallest error."""
    padded = np.pad(cells, 1).astype(int)
    neighbours = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    chosen = [(int(i), int(j)) for i, j in zip(*np.nonzero(cells), strict=True)]
    return max(chosen, key=lambda cell: (neighbours[cell], -errors[cell]))


def _flooded(start: Cell, allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The cells that are connected to one by allowed cells, along either axis."""
    found = np.zeros(allowed.shape, np.bool_)
    waiting = [start]
    while waiting:
        i, j = waiting.pop()
        inside = 0 <= i < allowed.shape[0] and 0 <= j < allowed.shape[1]
        if inside and allowed[i, j] and not found[i, j]:
            found[i, j] = True
            waiting += [(i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)]
    return found
