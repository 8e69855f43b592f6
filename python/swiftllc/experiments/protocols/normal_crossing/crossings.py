"""Losses of two parameters that are 0 on lines that cross: λ, multiplicity, and means at any temperature."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import swiftllc as sl

Array = NDArray[np.float64]

#: The exponents a and b; a potential of two components has none.
POTENTIALS = {"w₁² w₂²": (1, 1), "w₁² w₂⁴": (1, 2), "w₁⁴ w₂⁴": (2, 2), "w₁² w₂⁶": (1, 3)}
COMPONENTS = "(w₁ - 1)² (w₁² + w₂²)⁴"
#: At each w*: so narrow that a step that is stable as far as the chain goes is not much too small elsewhere,
#: and that a chain on the line does not see the point, whose λ is less.
LOCALIZATIONS = {(0.0, 0.0): 10.0, (1.0, 0.0): 100.0}
#: As far as a chain goes, in widths of the prior.
REACH = 3.5


class Truth(NamedTuple):
    """A potential at a w*, and what is exact there."""

    potential: str
    center: tuple[float, float]
    llc: float
    multiplicity: int

    @property
    def title(self) -> str:
        """For tables and figures."""
        return title(self.potential, self.center)


def title(potential: str, center: Sequence[float]) -> str:
    """A potential and where the chain starts."""
    return f"{potential}, w* = ({center[0]:g}, {center[1]:g})"


def truths() -> list[Truth]:
    """Of all potentials."""
    origin, line = LOCALIZATIONS
    exact = {name: sl.theory.monomial(powers) for name, powers in POTENTIALS.items()}
    return [
        *(Truth(name, origin, float(found), found.multiplicity or 1) for name, found in exact.items()),
        # At the point (w₁² + w₂²)⁴ times a unit: d/(2p) with d = 2, p = 4. On the line (w₁ - 1)² times one.
        Truth(COMPONENTS, origin, 1 / 4, 1),
        Truth(COMPONENTS, line, 1 / 2, 1),
    ]


def model(potential: str) -> sl.Model:
    """The function f with L = f², on one sample, whose input is 1 and whose target 0."""
    g = sl.Graph()
    x = g.input((1,))
    w = g.parameter("w", (2,), value=0.0)
    if potential in POTENTIALS:
        a, b = POTENTIALS[potential]
        f = w[0] ** a * w[1] ** b
    else:
        f = (w[0] - 1) * (w[0] ** 2 + w[1] ** 2) ** 2
    return sl.Model(x * f.reshape(1), loss="mse")


def loss(potential: str, w: Any, v: Any) -> Any:
    """The same in numpy."""
    if potential in POTENTIALS:
        a, b = POTENTIALS[potential]
        return w ** (2 * a) * v ** (2 * b)
    return (w - 1) ** 2 * (w**2 + v**2) ** 4


def curvature(potential: str, nbeta: float, center: tuple[float, float], localization: float) -> float:
    """The largest along an axis wherever a chain comes: within its reach, and not above an energy of 5.

    A leapfrog step that is too large for the far ends of the valleys never enters them, and nothing tells.
    """
    reach = REACH / math.sqrt(localization)
    w, v = np.meshgrid(_nodes(center[0], reach, (0.0, 1.0))[0], _nodes(center[1], reach, (0.0,))[0])
    near = nbeta * loss(potential, w, v) < 5
    w, v, h = w[near], v[near], 1e-4
    middle = 2 * loss(potential, w, v)
    seconds = (
        loss(potential, w + h, v) + loss(potential, w - h, v) - middle,
        loss(potential, w, v + h) + loss(potential, w, v - h) - middle,
    )
    return localization + nbeta * float(max(second.max() for second in seconds)) / h**2


def integral(potential: str, nbeta: float, center: tuple[float, float], localization: float) -> float:
    """E[nβ L] under the localized posterior, by Gauss-Legendre on pieces that shrink towards 0 and 1.

    There the potentials have their valleys, whose width no grid of even spacing resolves at large nβ.
    """
    reach = 9 / math.sqrt(localization)
    w, w_weights = _nodes(center[0], reach, (0.0, 1.0))
    v, v_weights = _nodes(center[1], reach, (0.0,))
    energy = nbeta * loss(potential, w[:, None], v[None, :])
    prior = (w[:, None] - center[0]) ** 2 + (v[None, :] - center[1]) ** 2
    density = np.exp(-energy - localization / 2 * prior) * w_weights[:, None] * v_weights[None, :]
    return float((energy * density).sum() / density.sum())


def _nodes(middle: float, reach: float, valleys: Sequence[float]) -> tuple[Array, Array]:
    """Of the integral from so far below the middle to so far above it, and their weights."""
    offsets = 2.0 ** np.arange(-30, 4)
    ends = [middle - reach, middle + reach]
    pieces = [np.concatenate([[valley], valley - offsets, valley + offsets]) for valley in valleys]
    bounds = np.concatenate([ends, *pieces])
    bounds = np.unique(bounds[abs(bounds - middle) <= reach])
    unit, weights = np.polynomial.legendre.leggauss(12)
    half = np.diff(bounds)[:, None] / 2
    return ((bounds[:-1, None] + half * (unit + 1)).ravel(), (half * weights).ravel())
