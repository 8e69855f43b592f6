"""λ̂ without a chain: the leading order in 1/nβ, from gradients alone.

The draws are of exp(-nβ U), U = L + p, where p has the curvature κ in every direction. At w* let g = ∇L,
s = ∇U, H = ∇²L and K = H + κ. Expand U to the third order (Laplace's method; for instance MacKay, Information
Theory, Inference, and Learning Algorithms, ch. 27): the covariance is K⁻¹/nβ, and E[w - w*] =
-K⁻¹ (s + ∇ tr(K⁻¹ H) / 2nβ), where H alone is differentiated, so that

    nβ (E[L] - L(w*)) = tr(K⁻¹ H) / 2  -  d/dt tr(K⁻¹ H(w* + t K⁻¹ g)) / 2  -  nβ sᵀ K⁻¹ (g - H K⁻¹ s / 2).

The second term does not vanish for large nβ: where w* is no minimum of L, g is not 0, and that the
surface bends moves the mean by as much as the others' 1/nβ.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Lengths of the differences that stand for derivatives of the gradient, and of the Hessian; of rounding.
_STEP, _BEND, _SMALL = 1e-3, 2e-2, 1e-5


class Expansion(NamedTuple):
    """The three terms, and the standard error of their sum, by the differences between the probes."""

    curvature: float
    bend: float
    slope: float
    stderr: float

    @property
    def llc(self) -> float:
        """λ̂ where 1/nβ is small."""
        return self.curvature + self.bend + self.slope


def expansion(
    gradient: Callable[[Array], Array],
    w: Array,
    *,
    held: float,
    slope: Array,
    nbeta: float,
    probes: int,
    seed: int,
) -> Expansion:
    """Of the posterior that is held with the curvature κ = ``held``, ∇U(w*) = ``slope``.

    Traces are Hutchinson's zᵀ A z in the mean over random signs z.
    """

    def hessian(v: Array, at: Array = w) -> Array:
        small = _STEP / (float(np.linalg.norm(v)) or 1.0)
        return (gradient(at + small * v) - gradient(at - small * v)) / (2 * small)

    def solved(v: Array) -> Array:
        return _solved(lambda x: hessian(x) + held * x, v)

    towards = solved(gradient(w))
    generator, found = np.random.default_rng(seed), []
    for _ in range(probes):
        z = generator.choice([-1.0, 1.0], w.size)
        x = solved(z)
        bend = hessian(z, w + _BEND * towards) - hessian(z, w - _BEND * towards)
        found.append((z @ (z - held * x) / 2, -(x @ bend) / (4 * _BEND)))
    curvature, bent = np.mean(found, axis=0)
    stderr = np.sum(found, axis=1).std(ddof=1) / np.sqrt(probes)
    shift = solved(slope)
    falls = -nbeta * (slope @ towards - shift @ hessian(shift) / 2)
    return Expansion(float(curvature), float(bent), float(falls), float(stderr))


def _solved(product: Callable[[Array], Array], v: Array) -> Array:
    """A⁻¹ v by conjugate gradients, A positive definite."""
    x, residual = np.zeros_like(v), v.copy()
    direction, square = residual, residual @ residual
    for _ in range(10 * v.size):
        if square <= _SMALL**2 * (v @ v):
            break
        image = product(direction)
        length = square / (direction @ image)
        x, residual = x + length * direction, residual - length * image
        square, before = residual @ residual, square
        direction = residual + square / before * direction
    return x
