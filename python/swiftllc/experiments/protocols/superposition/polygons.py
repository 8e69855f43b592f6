"""The toy model of superposition with six features in two dimensions, and its regular polygons.

x = μ e_k with k uniform on the six features and μ on [0, 1], f(x) = ReLU(Wᵀ W x + b), and as loss the mean of
|x - f(x)|² (Elhage et al. 2022; Chen et al., arXiv 2310.06301). Critical points are polygons: so many columns
of W are the corners of a regular polygon around 0, and the other features are dead: their columns are 0, and
their biases either 1/12, where the loss is least, or anything negative, where they give no output at all.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import swiftllc as sl

Array = NDArray[np.float64]

FEATURES, HIDDEN = 6, 2
WEIGHTS = FEATURES * HIDDEN
PARAMETERS = WEIGHTS + FEATURES
#: The constant of the loss, which is -log of a density that is exp(-|x - f(x)|²) but for it.
CONSTANT = FEATURES / 2 * math.log(math.pi)
#: The bias of a dead feature where the loss is least: the mean of what it should have given.
POSITIVE = 1 / (2 * FEATURES)


class Polygon(NamedTuple):
    """A kind of critical point.

    Attributes:
        corners: How many features are reproduced.
        positive: How many dead features have the bias 1/12. That of the others is negative.
        flat: In so many directions the loss does not change; in all others it rises as a square.
    """

    corners: int
    positive: int
    flat: int

    @property
    def negative(self) -> int:
        """How many dead features give no output."""
        return FEATURES - self.corners - self.positive

    @property
    def llc(self) -> float:
        """λ: the loss is 0 in the flat directions, and else positive and homogeneous of degree 2."""
        return (PARAMETERS - self.flat) / 2


#: Flat are the rotation, each negative bias of a dead feature, both of its weights where the biases of the
#: corners are negative too and so cut off what it adds to them, and the two angles of three corners: these
#: have biases of 0, and do not see one another beyond 90°.
POLYGONS = {
    "3---": Polygon(3, 0, 1 + 3 + 2),
    "4--": Polygon(4, 0, 1 + 2),
    "4+-": Polygon(4, 1, 1 + 1),
    "4++": Polygon(4, 2, 1),
    "5-": Polygon(5, 0, 1 + 1 + 2),
    "5+": Polygon(5, 1, 1),
    "6": Polygon(6, 0, 1),
}


def inputs(levels: int) -> Array:
    """Every feature at so many evenly spaced levels: what stands for the law of x.

    With the same levels for all features the polygons are critical points of this sample too, exactly.
    """
    return np.concatenate([np.outer(spaced(levels), one) for one in np.eye(FEATURES)])


def spaced(levels: int) -> Array:
    """The middles of so many equal parts of [0, 1]."""
    return (np.arange(levels) + 0.5) / levels


def network() -> sl.Model:
    """The model, W twice in it and once among its parameters."""
    g = sl.Graph()
    x, target = g.input((FEATURES,)), g.input((FEATURES,))
    weight = g.parameter("weight", (HIDDEN, FEATURES), std=1.0)
    bias = g.parameter("bias", (FEATURES,), value=0.0)
    output = g.relu(g.linear(x, weight) @ weight + bias)
    return sl.Model(output, loss=g.gaussian_nll(output, target, math.sqrt(0.5)), dtype="float64")


def columns(w: Array) -> NDArray[np.complex128]:
    """The columns of W, (..., features), as complex numbers."""
    return np.asarray(w[..., :FEATURES] + 1j * w[..., FEATURES:WEIGHTS])


def loss(w: Array, levels: int) -> Array:
    """The mean of |x - f(x)|² over ``inputs(levels)``, in numpy, for many w at once, (..., parameters)."""
    corners, biases = columns(w), w[..., WEIGHTS:, None]
    products = (corners[..., :, None] * corners[..., None, :].conj()).real
    total = np.zeros(w.shape[:-1])
    for level in spaced(levels):
        error = np.maximum(level * products + biases, 0) - level * np.eye(FEATURES)
        total += (error**2).sum((-1, -2))
    return total / (FEATURES * levels)


def placed(name: str, radius: float, bias: float, dead_bias: float) -> Array:
    """The parameters of a polygon with such corners; ``dead_bias`` is the negative one."""
    polygon = POLYGONS[name]
    corners = np.zeros(FEATURES, complex)
    corners[: polygon.corners] = radius * np.exp(2j * math.pi * np.arange(polygon.corners) / polygon.corners)
    biases = [bias] * polygon.corners + [POSITIVE] * polygon.positive + [dead_bias] * polygon.negative
    return np.concatenate([corners.real, corners.imag, biases])


def critical(name: str, levels: int, dead_bias: float = -1.0) -> Array:
    """Where the gradient is 0, by Newton's method on the radius and the bias of the corners."""
    if POLYGONS[name].corners <= 4:
        # No corner sees another, and each is reproduced without an error.
        return placed(name, 1.0, 0.0, dead_bias)
    model, X = network(), inputs(levels)
    data = model.dataset(X, X)
    radial = placed(name, 1.0, 0.0, 0.0) - placed(name, 0.0, 0.0, 0.0)
    directions = np.stack([radial, np.arange(PARAMETERS) - WEIGHTS < POLYGONS[name].corners])
    directions[1, :WEIGHTS] = 0

    def slopes(point: Array) -> Array:
        gradient = model.gradient(placed(name, point[0], point[1], dead_bias), data).flat
        return np.asarray(directions @ gradient)

    point, small = np.array([1.2, -0.4]), 1e-6
    for _ in range(50):
        ahead, behind = ([slopes(point + sign * small * e) for e in np.eye(2)] for sign in (1, -1))
        step = np.linalg.solve((np.array(ahead) - np.array(behind)).T / (2 * small), slopes(point))
        point = point - step
        if abs(step).max() < 1e-14:
            break
    return placed(name, point[0], point[1], dead_bias)


def hessian(w: Array) -> Array:
    """Of the mean loss over the law of x, by central differences of its gradient.

    On a sample the slope jumps down wherever another input begins to give an output, which differences
    within one such interval do not see: so many inputs, and differences over many intervals.
    """
    model, X, small = network(), inputs(4000), 5e-3
    data = model.dataset(X, X)
    rows = [
        model.gradient(w + small * e, data).flat - model.gradient(w - small * e, data).flat
        for e in np.eye(PARAMETERS)
    ]
    matrix = np.array(rows) / (2 * small)
    return np.asarray((matrix + matrix.T) / 2)


def flat_directions(name: str, w: Array) -> Array:
    """An orthonormal basis of them at ``critical(name)``, the rotation first, (flat, parameters).

    Of three corners it has the rotation and the negative biases alone.
    """
    polygon = POLYGONS[name]
    turned = np.concatenate([-w[FEATURES:WEIGHTS], w[:FEATURES], np.zeros(FEATURES)])
    found = [turned / np.linalg.norm(turned)]
    for feature in range(polygon.corners + polygon.positive, FEATURES):
        found.append(np.eye(PARAMETERS)[WEIGHTS + feature])
        if polygon.corners >= 5:
            found += [np.eye(PARAMETERS)[feature], np.eye(PARAMETERS)[FEATURES + feature]]
    return np.array(found)


def kind(w: Any) -> str:
    """How many features are reproduced, and the signs of the biases of the others."""
    w = np.asarray(w, dtype=float)
    biases = w[WEIGHTS:]
    dead = abs(columns(w)) ** 2 + biases < 0.5  # the output at μ = 1
    positive = int((dead & (biases > 0)).sum())
    return f"{FEATURES - int(dead.sum())}{'+' * positive}{'-' * (int(dead.sum()) - positive)}"
