"""The mean energy around a polygon as an integral, by importance sampling: no chain, no gradient."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from swiftllc.experiments.protocols.superposition.polygons import (
    WEIGHTS,
    columns,
    flat_directions,
    hessian,
    loss,
)

Array = NDArray[np.float64]


class Integral(NamedTuple):
    """A mean, its standard error, and how many independent points the weighted ones are worth."""

    mean: float
    stderr: float
    ess: float


def integral(
    name: str,
    center: Array,
    levels: int,
    nbeta: float,
    localization: float,
    box: float | None,
    points: int = 20_000,
    seed: int = 0,
) -> Integral:
    """E[nβ (L(w) - L(w*))] under exp(-nβ L - γ |w - w*|²/2), within the box if there is one.

    A rotation of W does not change L, so that a Gaussian around w* is a poor image of the posterior. So w is
    the rotation by θ of w* + v, with v at right angles to the direction in which a rotation moves w*: v from
    a Gaussian with the curvature of the energy and, in other flat directions, the width of the box or the
    localization; θ from what these allow. The volume element of (v, θ) is in proportion to Re A, where A is
    the complex product of the columns of w* + v and w*; each orbit is met twice, once with Re A > 0.
    """
    generator = np.random.default_rng(seed)
    flat = flat_directions(name, center)
    stiff = np.linalg.svd(flat)[2][len(flat) :]
    curvatures, axes = np.linalg.eigh(
        nbeta * (stiff @ hessian(center) @ stiff.T) + localization * np.eye(len(stiff))
    )
    # A tenth wider than the Gaussian, lest weights in its tails be large.
    standard = generator.normal(size=(points, len(stiff)))
    v = (1.1 * standard / np.sqrt(curvatures)) @ axes.T @ stiff
    log_density = -(standard**2).sum(1) / 2
    size = float(np.linalg.norm(center[:WEIGHTS]))
    if box is None:
        others = generator.normal(size=(points, len(flat) - 1))
        log_density -= (others**2).sum(1) / 2
        v += others @ flat[1:] / math.sqrt(localization)
        turn = generator.normal(size=points)
        log_density -= turn**2 / 2
        angle = 1.2 * turn / (size * math.sqrt(localization))
    else:
        v += generator.uniform(-box, box, size=(points, len(flat) - 1)) @ flat[1:]
        angle = generator.uniform(-2.5, 2.5, size=points) * box / abs(columns(center)).max()

    moved = center + v
    overlap = (columns(moved) * columns(center).conj()).sum(1).real
    turned = columns(moved) * np.exp(1j * angle)[:, None]
    w = np.concatenate([turned.real, turned.imag, moved[:, WEIGHTS:]], axis=1)
    inside = (overlap > 0) & (abs(angle) < math.pi)
    if box is not None:
        inside &= abs(w - center).max(1) <= box

    w, log_density, overlap = w[inside], log_density[inside], overlap[inside]
    parts = np.array_split(w, math.ceil(len(w) / 1000))
    energy = nbeta * (np.concatenate([loss(part, levels) for part in parts]) - loss(center, levels))
    pull = localization / 2 * ((w - center) ** 2).sum(1)
    logarithms = np.log(overlap) - energy - pull - log_density
    weights = np.exp(logarithms - logarithms.max())
    weights /= weights.sum()
    mean = float(weights @ energy)
    squares = weights**2
    return Integral(mean, float(np.sqrt(squares @ (energy - mean) ** 2)), float(1 / squares.sum()))
