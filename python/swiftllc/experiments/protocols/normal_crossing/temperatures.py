"""The learning coefficient and the multiplicity from several temperatures."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: c and δ that are tried.
_OFFSETS, _POWERS = np.linspace(-6, 12, 181), np.linspace(0.1, 1, 46)


class Fit(NamedTuple):
    """λ with a multiplicity, and what speaks against it: the sum of squared residuals in standard errors."""

    llc: float
    multiplicity: int
    residual: float

    @property
    def criterion(self) -> float:
        """Akaike's: of two fits the lower is the better. Without logarithms there is no c."""
        return self.residual + 2 * (3 if self.multiplicity == 1 else 4)


def fitted(nbetas: Array, values: Array, errors: Array, multiplicity: int) -> Fit:
    """λ - (m - 1)/(log nβ + c) - a nβ^-δ, by least squares over a grid of c and δ.

    The first two are those of a leading term nβ^-λ (log nβ + c)^(m - 1) of the evidence (Watanabe 2009), and
    the last is of the term that follows.
    """
    logarithms = np.log(nbetas)
    offsets = _OFFSETS[logarithms.min() + _OFFSETS > 0] if multiplicity > 1 else np.zeros(1)
    fits = []
    for offset, power in itertools.product(offsets, _POWERS):
        design = np.stack([np.ones_like(nbetas), -(nbetas**-power)], axis=1) / errors[:, None]
        leading = (values + (multiplicity - 1) / (logarithms + offset)) / errors
        found = np.linalg.lstsq(design, leading, rcond=None)[0]
        fits.append(Fit(float(found[0]), multiplicity, float(((design @ found - leading) ** 2).sum())))
    return min(fits, key=lambda fit: fit.residual)


def likelier(nbetas: Array, values: Array, errors: Array, most: int) -> Fit:
    """That of the multiplicity up to ``most`` which the values speak for."""
    fits = [fitted(nbetas, values, errors, multiplicity) for multiplicity in range(1, most + 1)]
    return min(fits, key=lambda fit: fit.criterion)
