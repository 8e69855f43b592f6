"""How curved the loss is, from its gradients."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from swiftllc._errors import InvalidArgumentError
from swiftllc.calibration.localization import STIFF

Vector = NDArray[np.floating]
Gradient = Callable[[Vector], Vector]

# Products with the Hessian, after which the eigenvalue is good to a few per cent, as a scale has to be.
_PRODUCTS = 12
# Of the distance from w*, until the gradient there is finite.
_HALVINGS = 10


def typical_curvature(
    gradient: Gradient,
    centre: Vector,
    free: NDArray[np.bool_] | None,
    *,
    nbeta: float,
    pull: float,
    seed: int,
) -> tuple[float, int]:
    """The largest curvature where a chain will be, and how many gradients it took to measure.

    That is at w*; but where the loss there is not much stiffer than the pull, the chain goes far, and a
    random point as far away counts too, if it is stiffer.

    Args:
        gradient: Of the mean loss.
        centre: w*.
        free: Which parameters move; None: all of them.
        nbeta: Inverse temperature.
        pull: The localization there will be.
        seed: Of what is random.

    Returns:
        Curvature 0 where none was found, or the gradient at w* is not finite.
    """
    evaluations = 2 * _PRODUCTS
    curvature = largest_curvature(gradient, centre, free, np.random.default_rng([seed, 1]))
    if math.isnan(curvature):
        return 0.0, evaluations
    if nbeta * curvature >= STIFF * pull:
        return curvature, evaluations
    spread = math.sqrt(nbeta * curvature + pull)
    for halvings in range(_HALVINGS):
        evaluations += 2 * _PRODUCTS
        # A gradient that is not finite, so far out, is NaN, or refused.
        with suppress(InvalidArgumentError):
            point = _point_nearby(centre, free, spread, halvings, np.random.default_rng([seed, 2]))
            nearby = largest_curvature(gradient, point, free, np.random.default_rng([seed, 3]))
            if not math.isnan(nearby):
                return max(curvature, nearby), evaluations
    return curvature, evaluations


def _point_nearby(
    centre: Vector,
    free: NDArray[np.bool_] | None,
    spread: float,
    halvings: int,
    generator: np.random.Generator,
) -> Vector:
    """Normals of variance 1 / spread² around the centre, and so often half as far; always the same ones."""
    offset = generator.normal(size=centre.size)
    offset /= spread
    if free is not None:
        offset[~free] = 0
    offset /= 2**halvings
    return _summed(centre, offset, 1)


def _summed(a: Vector, b: Vector, sign: int) -> Vector:
    """Sum or difference in the precision of ``a``, computed in that of both, with no vector in between."""
    combine = np.add if sign > 0 else np.subtract
    return combine(a, b, out=np.empty_like(a), casting="same_kind")


@np.errstate(over="ignore", invalid="ignore")  # the result says so
def largest_curvature(
    gradient: Gradient,
    centre: Vector,
    free: NDArray[np.bool_] | None,
    generator: np.random.Generator,
) -> float:
    """The largest eigenvalue of the Hessian at a point, in absolute value, by power iteration.

    Products with the Hessian are central differences of the gradient. Vectors are let go as soon as they are
    not needed: beside the point no more than four of its size are there at a time (docs/memory.md).

    Args:
        gradient: Of the loss, at a flat vector.
        centre: The point.
        free: Which parameters move; None: all of them.
        generator: Draws the direction to begin with.

    Returns:
        0 where no direction moves, or no difference is above rounding; NaN where a gradient is not finite.
    """
    rounding = float(np.finfo(centre.dtype).eps)
    size = _norm(centre)
    # Halfway between the errors of rounding and of the third derivative.
    shift = rounding ** (1 / 3) * (size if size > 0 else 1.0)
    direction = generator.normal(size=centre.size)
    curvature = 0.0
    for _ in range(_PRODUCTS):
        if free is not None:
            direction[~free] = 0
        length = _norm(direction)
        if length == 0:
            return 0.0
        if not math.isfinite(length):
            return math.nan
        direction /= length
        step = np.multiply(direction, shift, out=np.empty_like(centre), casting="same_kind")
        del direction
        above = gradient(_summed(centre, step, 1))
        below = gradient(np.subtract(centre, step, out=step))
        del step
        size_above = _norm(above)
        direction = np.subtract(above, below, dtype=np.float64)
        del above, below
        direction /= 2 * shift
        curvature = _norm(direction if free is None else direction[free])
        if curvature * shift < 4 * rounding * size_above:
            return 0.0
    return curvature if math.isfinite(curvature) else math.nan


def _norm(vector: Vector) -> float:
    """Summed in float64."""
    return float(np.linalg.norm(vector.astype(np.float64, copy=False)))
