"""The learning coefficient and the multiplicity from several temperatures."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Fit(NamedTuple):
    """λ and m by several temperatures, and the mean squared residual in standard errors."""

    llc: float
    multiplicity: float
    residual: float


def fitted(nbetas: Array, values: Array, errors: Array) -> Fit:
    """The better of λ - (m - 1)/(log nβ + c) and λ - a nβ^-δ, by least squares over a grid of c or δ."""

    def best(shapes: list[Array], multiplicity: Any) -> Fit:
        fits = []
        for shape in shapes:
            design = np.stack([np.ones_like(shape), -shape], axis=1) / errors[:, None]
            found = np.linalg.lstsq(design, values / errors, rcond=None)[0]
            residual = float(np.mean((design @ found - values / errors) ** 2))
            fits.append(Fit(float(found[0]), multiplicity(float(found[1])), residual))
        return min(fits, key=lambda fit: fit.residual)

    logarithms = np.log(nbetas)
    logarithmic = best([1 / (logarithms + c) for c in np.linspace(-2, 12, 281)], lambda slope: 1 + slope)
    power = best([nbetas**-delta for delta in np.linspace(0.1, 1, 91)], lambda _: 1.0)
    return min(logarithmic, power, key=lambda fit: fit.residual)
