"""How curved the loss is, from its gradients."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.floating]

#: Of the gradient: 12 products with the Hessian, after which the eigenvalue is good to a few per cent. As a
#: scale it need not be better.
EVALUATIONS = 24


@np.errstate(over="ignore", invalid="ignore")  # the result says so
def largest_curvature(
    gradient: Callable[[Vector], Vector],
    centre: Vector,
    free: NDArray[np.bool_] | None,
    generator: np.random.Generator,
) -> float:
    """The largest eigenvalue of the Hessian at a point, in absolute value, by power iteration.

    Products with the Hessian are central differences of the gradient.

    Args:
        gradient: Of the loss, at a flat vector.
        centre: The point.
        free: Which parameters move; None: all of them.
        generator: Draws the direction to begin with.

    Returns:
        0 where no direction moves, or no difference is above rounding; NaN where a gradient is not finite.
    """
    rounding = float(np.finfo(centre.dtype).eps)
    size = float(np.linalg.norm(centre.astype(np.float64)))
    # Halfway between the errors of rounding and of the third derivative.
    shift = rounding ** (1 / 3) * (size if size > 0 else 1.0)
    direction = generator.normal(size=centre.size)
    curvature = 0.0
    for _ in range(EVALUATIONS // 2):
        if free is not None:
            direction[~free] = 0
        length = float(np.linalg.norm(direction))
        if length == 0:
            return 0.0
        if not math.isfinite(length):
            return math.nan
        direction /= length
        step = (shift * direction).astype(centre.dtype)
        above, below = (gradient(centre + s * step).astype(np.float64) for s in (1, -1))
        direction = (above - below) / (2 * shift)
        curvature = float(np.linalg.norm(direction if free is None else direction[free]))
        if curvature * shift < 4 * rounding * float(np.linalg.norm(above)):
            return 0.0
    return curvature if math.isfinite(curvature) else math.nan
