"""Traces without noise follow recursions that numpy can do: what is recorded, when, and by which update."""

import itertools

import numpy as np
import pytest
from conftest import closed_form

import swiftllc as sl

QUIET = {"noise_level": 0.0}
OFFSET = np.array([0.5, -0.25, 1.0, 2.0])  # |offset|² = 5.3125


def recursion(start, minimum, steps, *, lr, nbeta=100.0, gamma=0.0, decay=0.0, A=1.0, metric="isotropic"):
    """|w_t - minimum|² for t < steps, by the update that the header states."""
    start, minimum = np.asarray(start, float), np.asarray(minimum, float)
    w, losses = start.copy(), []
    pull = gamma / A if metric == "preconditioner" else gamma
    for _ in range(steps):
        losses.append(((w - minimum) ** 2).sum())
        w = w - lr / 2 * A * (nbeta * 2 * (w - minimum) + pull * (w - start) + decay * w)
    return np.array(losses)


def test_without_noise_the_loss_decays_as_the_step_says(quadratic):
    start = quadratic.minimum + OFFSET
    sampler = sl.SGLD(lr=1e-3, localization=0.0, **QUIET)
    result = quadratic.estimate(start, sampler=sampler, num_draws=60, num_burnin_steps=0)
    # a = 1 - lr nbeta 2 / 2 = 0.9
    np.testing.assert_allclose(result.losses, np.tile(5.3125 * 0.81 ** np.arange(60), (4, 1)), rtol=1e-12)
    np.testing.assert_array_equal(result.baselines, np.full((4, 60), result.init_loss))


@pytest.mark.parametrize("burnin, thin", list(itertools.product([0, 1, 7], [1, 3])))
def test_the_recorded_draws_are_the_documented_steps(quadratic, burnin, thin):
    start = quadratic.minimum + 1.0
    sampler = sl.SGLD(lr=1e-3, localization=0.0, **QUIET)
    result = quadratic.estimate(
        start, sampler=sampler, num_draws=5, num_burnin_steps=burnin, num_steps_bw_draws=thin, num_chains=1
    )
    steps = burnin + thin * np.arange(5)
    np.testing.assert_allclose(result.losses[0], 4 * 0.81**steps, rtol=1e-12)


def test_burnin_and_thinning_pick_from_the_same_noisy_trace(quadratic):
    every = quadratic.estimate(num_draws=40, num_burnin_steps=0, num_acceptance_checks=0)
    picked = quadratic.estimate(
        num_draws=9, num_burnin_steps=5, num_steps_bw_draws=4, num_acceptance_checks=0
    )
    np.testing.assert_array_equal(picked.losses, every.losses[:, 5:40:4])


def test_draw_0_without_burnin_is_the_centre(quadratic):
    result = quadratic.estimate(quadratic.minimum + 0.5, num_draws=3, num_burnin_steps=0)
    np.testing.assert_array_equal(result.losses[:, 0], result.init_loss)
    np.testing.assert_array_equal(result.llc_per_draw[:, 0], 0)


def test_one_step_down_the_mean_loss_goes_a_tenth_of_the_way(quadratics):
    # w1 = 1 - ½ 1e-3 · 100 · 2 = 0.9: the gradient is that of the mean, times nbeta, and of nothing else.
    problem = quadratics(minimum=np.zeros(4))
    sampler = sl.SGLD(lr=1e-3, localization=0.0, **QUIET)
    result = problem.estimate(np.ones(4), sampler=sampler, num_draws=2, num_burnin_steps=0)
    np.testing.assert_allclose(result.losses, [[4, 4 * 0.81]] * 4, rtol=1e-14)


def test_weight_decay_pulls_towards_zero(quadratics):
    # No gradient at the minimum: w1 = 1 - ½ 0.1 · 2 · 1 = 0.9.
    problem = quadratics(minimum=np.ones(4))
    sampler = sl.SGLD(lr=0.1, localization=0.0, weight_decay=2.0, **QUIET)
    result = problem.estimate(sampler=sampler, num_draws=2, num_burnin_steps=0)
    np.testing.assert_allclose(result.losses, [[0, 4 * 0.01]] * 4, rtol=1e-12, atol=1e-30)


@pytest.mark.parametrize("metric", ["isotropic", "preconditioner"])
@pytest.mark.parametrize("decay", [0.0, 30.0])
@pytest.mark.parametrize("gamma", [0.0, 80.0])
def test_the_update_is_the_documented_one(quadratic, gamma, decay, metric):
    A = np.array([2.0, 1.0, 0.5, 0.1])
    start = quadratic.minimum + OFFSET
    sampler = sl.SGLD(
        lr=2e-3,
        localization=gamma,
        weight_decay=decay,
        preconditioner=A,
        localization_metric=metric,
        **QUIET,
    )
    result = quadratic.estimate(start, sampler=sampler, num_draws=50, num_burnin_steps=0, num_chains=1)
    expected = recursion(start, quadratic.minimum, 50, lr=2e-3, gamma=gamma, decay=decay, A=A, metric=metric)
    np.testing.assert_allclose(result.losses[0], expected, rtol=1e-10)


BASE = {
    "lr": 1e-3,
    "localization": 10.0,
    "weight_decay": 1.0,
    "noise_level": 0.0,
    "preconditioner": np.full(4, 2.0),
}


@pytest.mark.parametrize(
    "setting",
    [
        {"lr": 2e-3},
        {"localization": 20.0},
        {"weight_decay": 2.0},
        {"noise_level": 0.5},
        {"preconditioner": np.array([2.0, 2.0, 2.0, 1.0])},
        {"localization_metric": "preconditioner"},
        {"nbeta": 50.0},
        {"num_burnin_steps": 2},
        {"num_steps_bw_draws": 2},
        {"batch_size": 4},
    ],
    ids=lambda setting: next(iter(setting)),
)
def test_every_numeric_setting_changes_the_noise_free_trace(quadratic, setting):
    def losses(**changes):
        names = {"lr", "localization", "weight_decay", "noise_level", "preconditioner", "localization_metric"}
        sampler = sl.SGLD(**(BASE | {k: v for k, v in changes.items() if k in names}))
        options = {k: v for k, v in changes.items() if k not in names}
        start = quadratic.minimum + OFFSET
        return quadratic.estimate(
            start, sampler=sampler, **({"num_draws": 20, "num_burnin_steps": 0} | options)
        ).losses

    assert not np.allclose(losses(), losses(**setting), rtol=1e-3)


def test_a_start_off_the_minimum_gives_the_true_negative_value_and_a_warning(quadratic):
    start = quadratic.minimum + 0.5  # L(start) = 1 above the minimum
    result = quadratic.estimate(start, num_draws=20_000, num_burnin_steps=300)
    assert abs(result.llc - (closed_form(100, 1e-3, 0) - 100)) < 4 * result.stderr
    assert any("negative" in sentence and "not a local minimum" in sentence for sentence in result.warnings)
    assert result.diagnostics.below_baseline > 0.99
    assert result.diagnostics.gradient_norm == pytest.approx(2.0)  # 2 |w - w*|


def test_without_burnin_the_early_draws_pull_the_value_down_as_computed(quadratic):
    # v (1 - (1 - a^2T) / (T (1 - a²))), v = 2.1053, a = 0.9: the loss is recorded before the step.
    chains = 2000
    result = quadratic.estimate(num_chains=chains, num_draws=100, num_burnin_steps=0, num_acceptance_checks=0)
    for draws, expected in ((1, 0.0), (2, 0.2), (10, 1.1319), (100, 1.9945)):
        running = result.running_llc[:, draws - 1]
        error = running.std(ddof=1) / np.sqrt(chains)
        assert abs(running.mean() - expected) <= 4 * error + 5e-5
    assert any("num_burnin_steps is 0" in sentence for sentence in result.warnings)


def test_an_explicit_initial_loss_is_honoured_even_if_it_is_zero(quadratics):
    problem = quadratics(residual=3.0)
    paired = problem.estimate(num_draws=50)
    for given in (0.0, 8.0):
        result = problem.estimate(num_draws=50, init_loss=given)
        assert result.init_loss == given
        np.testing.assert_array_equal(result.losses, paired.losses)
        assert result.llc == pytest.approx(paired.llc + 100 * (9 - given), rel=1e-12)


def test_the_nbeta_of_the_sampler_is_the_nbeta_of_the_estimate(quadratic):
    result = quadratic.estimate(nbeta=100.0, num_draws=50)
    assert result.nbeta == 100
    assert result.llc == pytest.approx(100 * (result.losses - result.baselines).mean(), rel=1e-12)
