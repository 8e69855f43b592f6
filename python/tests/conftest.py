"""The problem with a closed form that most tests use."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import swiftllc as sl


@pytest.fixture(autouse=True)
def listening():
    """A shell starts what it puts in the background deaf to Ctrl-C, children included."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


DIRECTIONS = 4
CURVATURE = 2.0  # of |w - w*|² in each direction


def hadamard(order: int) -> np.ndarray:
    """Sylvester's matrix of 2**order rows: orthogonal columns of signs."""
    matrix = np.ones((1, 1))
    for _ in range(order):
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix


@dataclass
class Quadratic:
    """Fixture Q: X'X/n = I, one linear layer 4 -> 1, so that L(w) = |w - w*|² + L_min exactly."""

    model: sl.Model
    X: np.ndarray
    y: np.ndarray
    minimum: np.ndarray

    @property
    def data(self) -> tuple[np.ndarray, np.ndarray]:
        return self.X, self.y

    def estimate(self, start: Any = None, *, lr: float = 1e-3, sampler: Any = None, **options: Any) -> Any:
        """Full batch, nbeta 100, no localisation unless they are given."""
        settings: dict[str, Any] = {
            "sampler": sampler or sl.SGLD(lr=lr, localization=0.0),
            "nbeta": 100.0,
            "batch_size": len(self.X),
            "seed": 0,
        }
        start = self.minimum if start is None else start
        return sl.estimate_llc(self.model, start, self.data, **(settings | options))


def make_quadratic(
    dtype: str = "float64", minimum: Any = (1.0, -2.0, 0.5, 3.0), residual: float = 0.0, tiles: int = 1
) -> Quadratic:
    signs = hadamard(3)
    X = np.tile(signs[:, 1:5], (tiles, 1)).astype(dtype)
    w = np.asarray(minimum, dtype)
    # A column orthogonal to X adds a loss that no weight can lower.
    y = (X @ w + residual * np.tile(signs[:, 6], tiles)).astype(dtype)[:, None]
    model = sl.Model(sl.Linear(4, 1, bias=False), input_shape=(4,), loss="mse", dtype=dtype)
    return Quadratic(model, X, y, w)


@pytest.fixture
def quadratic() -> Quadratic:
    return make_quadratic()


@pytest.fixture
def quadratics() -> Callable[..., Quadratic]:
    return make_quadratic


def closed_form(nbeta: float, lr: float, gamma: float) -> float:
    """What SGLD's stationary draws give on fixture Q, with the bias of step and localisation."""
    h = nbeta * CURVATURE + gamma
    return DIRECTIONS * 0.5 * (nbeta * CURVATURE / h) / (1 - lr * h / 4)


@pytest.fixture
def classifier() -> tuple[sl.Model, sl.Parameters, tuple[np.ndarray, np.ndarray]]:
    """A small ReLU network on 40 random samples of three classes."""
    rng = np.random.default_rng(1)
    model = sl.Model(
        sl.Sequential(sl.Linear(5, 7), sl.ReLU(), sl.Linear(7, 3)), input_shape=(5,), loss="cross_entropy"
    )
    X = rng.normal(size=(40, 5)).astype("float32")
    return model, model.init(seed=0), (X, rng.integers(0, 3, 40))
