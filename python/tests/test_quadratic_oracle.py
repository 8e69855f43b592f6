"""λ̂ on fixture Q against its closed form, bias of step and localisation included.

Tolerance: four of the standard errors that the estimate itself reports, which are also checked against the
known autocorrelation time.
"""

import math

import numpy as np
import pytest
from conftest import closed_form

import swiftllc as sl

DRAWS = {"num_chains": 4, "num_draws": 40_000, "num_burnin_steps": 500}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("gamma", [0.0, 100.0])
@pytest.mark.parametrize("lr", [1e-3, 4e-3])
def test_the_estimate_is_the_closed_form(quadratics, dtype, gamma, lr):
    problem = quadratics(dtype)
    result = problem.estimate(sampler=sl.SGLD(lr=lr, localization=gamma), **DRAWS)
    expected = closed_form(100, lr, gamma)
    assert abs(result.llc - expected) < 4 * result.stderr
    assert result.stderr < 0.02 * expected  # or the test would see neither bias


def test_the_closed_form_of_the_usual_settings_is_two_point_one():
    assert closed_form(100, 1e-3, 0) == pytest.approx(2 / 0.95)
    assert closed_form(100, 1e-2, 0) == pytest.approx(4)


def test_a_large_irreducible_loss_does_not_move_the_estimate_in_float32(quadratics):
    # L_min = 90 000, and float32 is spaced 0.008 there: a difference of float32 means would be rounded to
    # multiples of nbeta · 0.008 = 0.8.
    result = quadratics("float32", residual=300.0).estimate(**DRAWS)
    assert result.init_loss == pytest.approx(90_000)
    assert abs(result.llc - closed_form(100, 1e-3, 0)) < 4 * result.stderr


def test_no_two_seeds_give_the_same_float32_estimate(quadratics):
    problem = quadratics("float32")
    values = {problem.estimate(seed=seed, num_chains=1, num_draws=50).llc for seed in range(100)}
    assert len(values) == 100


def test_large_weights_are_sampled_as_small_ones_are(quadratics):
    # At 1e4 float32 is spaced 1e-3, and the drift of a step is 100 times less.
    options = {"lr": 1e-6, "num_draws": 200, "num_burnin_steps": 0, "num_steps_bw_draws": 10}
    small = quadratics("float32", minimum=np.zeros(4)).estimate(**options)
    large = quadratics("float32", minimum=np.full(4, 1e4)).estimate(**options)
    assert large.llc == pytest.approx(small.llc, rel=0.05)


def test_the_standard_error_knows_the_autocorrelation(quadratic):
    # a = 1 - lr h / 2 = 0.9 for each coordinate, so the loss has (1 + a²)/(1 - a²) = 9.526.
    chains, draws = 4, 10_000
    result = quadratic.estimate(num_chains=chains, num_draws=draws, num_burnin_steps=500)
    assert result.diagnostics.ess == pytest.approx(chains * draws / 9.526, rel=0.2)
    # Each direction contributes ½ χ² (1.0526): variance ½ (1.0526)², four of them.
    spread = math.sqrt(4 / 2) * 2 / 0.95 / 2
    assert result.stderr == pytest.approx(spread / math.sqrt(chains * draws / 9.526), rel=0.2)


def test_a_preconditioner_acts_as_a_step_size_of_its_own(quadratics):
    # A = (4, 1, 1, 1/4) on equal curvatures is a step of A · lr in each direction.
    problem, lr = quadratics(), 1e-3
    diagonal = np.array([4.0, 1.0, 1.0, 0.25])
    result = problem.estimate(sampler=sl.SGLD(lr=lr, localization=0.0, preconditioner=diagonal), **DRAWS)
    expected = sum(closed_form(100, lr * a, 0) / 4 for a in diagonal)
    assert abs(result.llc - expected) < 4 * result.stderr


def test_the_metric_form_of_localisation_survives_rescaling():
    # w = s v: the same posterior in other units, if A = s² and localisation is measured by A. The noise is
    # the same z in either, so the traces agree to rounding.
    traces = []
    for scale in (1.0, 4.0):
        model = sl.Model(sl.Linear(1, 1, bias=False), input_shape=(1,), loss="mse", dtype="float64")
        X = np.array([[1.0], [-1.0]]) / scale
        sampler = sl.SGLD(
            lr=1e-3, localization=20.0, preconditioner=[scale**2], localization_metric="preconditioner"
        )
        result = sl.estimate_llc(
            model, [3.0 * scale], (X, X[:, 0] * 3 * scale), sampler=sampler, nbeta=50.0, seed=1, num_draws=300
        )
        traces.append(result.llc_per_draw)
    np.testing.assert_allclose(traces[1], traces[0], rtol=1e-9, atol=1e-12)


def test_noise_free_acceptance_is_high_and_falls_with_the_step(quadratic):
    acceptance = [quadratic.estimate(lr=lr).diagnostics.acceptance for lr in (1e-4, 1e-3, 5e-3, 1e-2)]
    assert all(np.diff(acceptance) < 0)
    assert acceptance[0] > 0.99
    assert acceptance[-1] < 0.9


def test_the_acceptance_is_that_of_the_metropolis_ratio(quadratics):
    # For stationary draws of a known Gaussian the mean acceptance is an integral; numpy draws it.
    problem = quadratics()
    result = problem.estimate(lr=5e-3, num_chains=8, num_draws=5000, num_acceptance_checks=4000)
    rng = np.random.default_rng(0)
    h, lr = 200.0, 5e-3
    w = rng.normal(size=(200_000, 4)) * math.sqrt(1 / h / (1 - lr * h / 4))
    proposal = w - lr / 2 * h * w + math.sqrt(lr) * rng.normal(size=w.shape)
    ratio = lr * h**2 / 8 * (w**2 - proposal**2).sum(axis=1)
    expected = np.minimum(1, np.exp(ratio)).mean()
    # 32 000 moves, correlated over a few steps, each with a spread below 0.3.
    assert result.diagnostics.acceptance == pytest.approx(expected, abs=0.01)
