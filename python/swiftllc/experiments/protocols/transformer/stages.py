"""Where the stages of a training lie: the turning points of a smoothed curve."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Smooth(NamedTuple):
    """A curve through measured values.

    Attributes:
        x: Where it is given.
        y: The curve there.
        weights: What takes the values to it, (x, value): and their errors too.
        errors: Of the values.
    """

    x: Array
    y: Array
    weights: Array
    errors: Array

    def rise(self, first: int, second: int) -> tuple[float, float]:
        """From one of its points to another, and the standard error of that."""
        error = np.linalg.norm((self.weights[second] - self.weights[first]) * self.errors)
        return float(self.y[second] - self.y[first]), float(error)


def smoothed(x: Array, values: Array, errors: Array, bandwidth: float, count: int = 200) -> Smooth:
    """By parabolas, each fitted to what is near, with weights that fall as a normal density does."""
    places = np.linspace(x[0], x[-1], count)
    rows = []
    for place in places:
        offset = (x - place) / bandwidth
        weight = np.exp(-(offset**2) / 4) / errors  # the square of it counts
        design = np.stack([np.ones_like(offset), offset, offset**2], axis=1) * weight[:, None]
        rows.append(np.linalg.pinv(design)[0] * weight)
    weights = np.array(rows)
    return Smooth(places, weights @ values, weights, errors)


def boundaries(curve: Smooth, significance: float) -> list[float]:
    """Where the curve turns between rise and fall, by at least so many standard errors on either side.

    Of all rises and falls the one that is least, in its errors, is taken away together with the turns at its
    ends, until all that are left are large enough. The two ends of the curve are no turns, and stay.
    """
    steps = np.diff(curve.y)
    points = [0, *(np.flatnonzero(steps[1:] * steps[:-1] < 0) + 1).tolist(), len(curve.y) - 1]
    while len(points) > 2:
        sizes = [abs(rise) / error for rise, error in (curve.rise(a, b) for a, b in pairwise(points))]
        least = int(np.argmin(sizes))
        if sizes[least] >= significance:
            break
        gone = {least, least + 1} - {0, len(points) - 1}
        points = [point for place, point in enumerate(points) if place not in gone]
    return [float(curve.x[point]) for point in points[1:-1]]
