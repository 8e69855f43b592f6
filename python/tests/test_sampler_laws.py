"""Every sampler has the law of its recursion on fixture Q.

On a quadratic a sampler without decisions is linear, s' = M s + b z. Its stationary covariance solves
S = M S M' + b b' (a discrete Lyapunov equation), from which the value and its Monte Carlo error both follow.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from conftest import CURVATURE, DIRECTIONS, closed_form
from sampler_cases import NBETA, STEP

import swiftllc as sl


def stationary(M: np.ndarray, b: np.ndarray) -> np.ndarray:
    """S = M S M' + b b', solved as a linear system."""
    size = len(M)
    flat = np.linalg.solve(np.eye(size**2) - np.kron(M, M), np.outer(b, b).reshape(-1))
    return flat.reshape(size, size)


def value_and_error(M: np.ndarray, b: np.ndarray, A: float, draws: int) -> tuple[float, float]:
    """λ̂ of the position √A s[0] in all directions, and its Monte Carlo standard error over so many draws."""
    S = stationary(M, b)
    per_direction = NBETA * CURVATURE / 2 * A * S[0, 0]
    # Of a Gaussian, squares have the squared autocorrelation.
    time, power = 1.0, np.eye(len(M))
    for _ in range(2000):
        power = power @ M
        time += 2 * ((power @ S)[0, 0] / S[0, 0]) ** 2
    # A scaled χ² of one degree has variance 2 (mean)².
    error = math.sqrt(DIRECTIONS * 2 * time / draws) * per_direction
    return DIRECTIONS * per_direction, error


def langevin(h: float, lr: float) -> tuple[np.ndarray, np.ndarray]:
    return np.array([[1 - lr * h / 2]]), np.array([math.sqrt(lr)])


def adam(curvature: float, gamma: float, lr: float, decay: float) -> tuple[np.ndarray, np.ndarray]:
    """(x, m) with a preconditioner of 1: m' = decay m + (1 - decay) g, x' = x - lr/2 (m' + γ x) + √lr z."""
    gradient = NBETA * curvature * (1 - decay)
    M = np.array([[1 - lr / 2 * (gradient + gamma), -lr / 2 * decay], [gradient, decay]])
    return M, np.array([math.sqrt(lr), 0])


def sghmc(h: float, lr: float, friction: float, estimate: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """(x, v): v' = (1 - friction) v - lr h x + noise, x' = x + v'."""
    noise = math.sqrt(2 * (friction - estimate) * lr)
    return np.array([[1 - lr * h, 1 - friction], [-lr * h, 1 - friction]]), np.array([noise, noise])


def baoab(h: float, time: float, friction: float) -> tuple[np.ndarray, np.ndarray]:
    """(x, p): a kick, and half a drift on either side of the Ornstein-Uhlenbeck step."""
    kick = np.array([[1, 0], [-time * h, 1]])
    drift = np.array([[1, time / 2], [0, 1]])
    retain = np.diag([1, math.exp(-friction * time)])
    noise = np.array([0, math.sqrt(1 - math.exp(-2 * friction * time))])
    return drift @ retain @ drift @ kick, drift @ noise


#: For each name the sampler with localization γ, its recursion for a curvature h of U, and the preconditioner
#: A, under which positions are √A times those of the curvature A h.
LAWS = {
    "SGLD": (lambda gamma: sl.SGLD(lr=STEP, localization=gamma), lambda h, _: langevin(h, STEP), 1),
    "SGLD, preconditioned": (
        lambda gamma: sl.SGLD(lr=STEP / 2, localization=gamma, preconditioner=np.full(4, 4.0)),
        lambda h, _: langevin(h, STEP / 2),
        4,
    ),
    "SGHMC": (
        lambda gamma: sl.SGHMC(lr=STEP, friction=0.3, localization=gamma),
        lambda h, _: sghmc(h, STEP, 0.3),
        1,
    ),
    "SGHMC, with an estimate of the noise": (
        lambda gamma: sl.SGHMC(lr=STEP, friction=0.3, noise_estimate=0.1, localization=gamma),
        lambda h, _: sghmc(h, STEP, 0.3, 0.1),
        1,
    ),
    "UnderdampedLangevin": (
        lambda gamma: sl.UnderdampedLangevin(lr=0.06, friction=10.0, localization=gamma),
        lambda h, _: baoab(h, 0.06, 10.0),
        1,
    ),
    "UnderdampedLangevin, preconditioned": (
        lambda gamma: sl.UnderdampedLangevin(
            lr=0.03, friction=10.0, localization=gamma, preconditioner=np.full(4, 4.0)
        ),
        lambda h, _: baoab(h, 0.03, 10.0),
        4,
    ),
    # An epsilon far above the gradients makes the preconditioner 1/epsilon.
    "RMSPropSGLD": (
        lambda gamma: sl.RMSPropSGLD(lr=STEP * 1e4, epsilon=1e4, localization=gamma),
        lambda h, _: langevin(h, STEP * 1e4),
        1e-4,
    ),
    "AdamSGLD": (
        lambda gamma: sl.AdamSGLD(lr=STEP * 1e4, epsilon=1e4, first_moment_decay=0.8, localization=gamma),
        lambda h, gamma: adam((h - gamma) / NBETA, gamma, STEP * 1e4, 0.8),
        1e-4,
    ),
}


@pytest.mark.parametrize("dtype, gamma", [("float64", 0.0), ("float64", 60.0), ("float32", 60.0)])
@pytest.mark.parametrize("name", LAWS)
def test_the_draws_have_the_stationary_law_of_the_recursion(quadratics, name, dtype, gamma):
    make, law, A = LAWS[name]
    options = {"num_chains": 4, "num_draws": 20_000, "num_burnin_steps": 1000, "num_acceptance_checks": 0}
    result = quadratics(dtype).estimate(sampler=make(gamma), **options)
    expected, error = value_and_error(*law(A * (NBETA * CURVATURE + gamma), A * gamma), A, 80_000)
    assert abs(result.llc - expected) < 3.5 * error
    assert result.stderr == pytest.approx(error, rel=0.2)
    assert error < 0.02 * expected


def test_the_recursion_of_sgld_has_the_closed_form():
    for name in ("SGLD", "SGLD, preconditioned"):
        _, law, A = LAWS[name]
        value, _ = value_and_error(*law(A * 260.0, A * 60.0), A, 1)
        assert value == pytest.approx(closed_form(NBETA, {1: STEP, 4: 2 * STEP}[A], 60.0), rel=1e-12)


@pytest.mark.parametrize("freeze", [True, False])
def test_an_adapted_preconditioner_is_that_of_the_gradients_seen(quadratic, freeze):
    # Nearly constant with so long a memory: v̂ = E (2 x)², which the step's bias depends on in turn.
    lr, epsilon = 3e-4, 0.05
    sampler = sl.RMSPropSGLD(
        lr=lr, localization=0.0, second_moment_decay=0.999, epsilon=epsilon, freeze_after_burnin=freeze
    )
    result = quadratic.estimate(sampler=sampler, num_draws=40_000, num_burnin_steps=10_000)
    h, variance = 200.0, 1 / 200
    for _ in range(50):
        A = 1 / (CURVATURE * math.sqrt(variance) + epsilon)
        variance = 1 / h / (1 - lr * A * h / 4)
    expected = closed_form(NBETA, lr * A, 0)
    assert expected > 2.1  # or the test would not see A
    # A's own spread of a tenth moves the bias of 8 % by less than 1 % in a chain's direction, a quarter of it
    # over their sixteen.
    assert abs(result.llc - expected) < 4 * result.stderr + 0.0025 * expected


def test_the_thermostat_samples_what_its_recursion_does_in_numpy(quadratic):
    lr, friction, steps, chains = 5e-4, 0.2, 4000, 4000
    rng = np.random.default_rng(0)
    x = np.zeros((chains, 4))
    p = math.sqrt(lr) * rng.normal(size=x.shape)
    xi, squares = np.full((chains, 1), friction), np.zeros(chains)
    for step in range(steps):
        if step >= 1000:
            squares += (x**2).sum(axis=1)
        p = (1 - xi) * p - lr * 200 * x + math.sqrt(2 * friction * lr) * rng.normal(size=x.shape)
        x = x + p
        xi = xi + (p**2).mean(axis=1, keepdims=True) - lr
    values = NBETA * squares / (steps - 1000)
    expected, error = values.mean(), values.std() / math.sqrt(chains)
    sampler = sl.SGNHT(lr=lr, friction=friction, localization=0.0)
    result = quadratic.estimate(sampler=sampler, num_draws=100_000, num_burnin_steps=1000)
    assert abs(result.llc - expected) < 3.5 * math.hypot(error, result.stderr)
    assert result.stderr < 0.02 * expected


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("gamma", [0.0, 60.0])
@pytest.mark.parametrize(
    "make",
    [
        lambda gamma: sl.MALA(lr=8e-3, localization=gamma),
        lambda gamma: sl.HMC(lr=0.08, leapfrog_steps=2, localization=gamma),
        lambda gamma: sl.MALA(
            lr=8e-3, localization=gamma, preconditioner=[2, 1, 1, 0.5], localization_metric="preconditioner"
        ),
    ],
    ids=["MALA", "HMC", "MALA in a metric"],
)
def test_a_sampler_with_decisions_is_exact_at_any_step(quadratics, make, gamma, dtype):
    result = quadratics(dtype).estimate(sampler=make(gamma), num_draws=20_000)
    pulls = gamma / np.array([2, 1, 1, 0.5] if make(1.0).preconditioner is not None else [1, 1, 1, 1])
    exact = (0.5 * 200 / (200 + pulls)).sum()
    assert abs(result.llc - exact) < 3 * result.stderr
    assert result.stderr < 0.02 * exact
    assert 0.3 < result.diagnostics.acceptance < 0.97  # or decisions would not matter
