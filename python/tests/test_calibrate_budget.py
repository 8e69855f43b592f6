"""A calibrated estimate takes what it was given, and no more."""

import numpy as np
import pytest
from regressions import QUIET, Regression, counting

import swiftllc as sl


@pytest.mark.parametrize("n, gives_each, chains", [(300, False, None), (5000, False, 6), (5000, True, None)])
def test_the_budget_is_kept(n, gives_each, chains):
    problem, budget = Regression(n, 0.0), 2_000_000
    external, asked = counting(problem, gives_each)
    result = sl.estimate_llc(external, problem.params, budget=budget, num_chains=chains, **QUIET)
    # All of it is planned for, also evaluations that turn out to be needless.
    assert 0.85 * budget < sum(asked) <= budget
    assert result.calibration.sample_gradients < 0.5 * budget
    assert abs(result.llc - problem.exact(result.sampler.localization)) < 4 * result.stderr


@pytest.mark.parametrize("n, chains", [(300, None), (5000, None), (5000, 12)])
def test_the_least_budget_that_an_error_names_is_enough(n, chains):
    problem = Regression(n, 0.0)
    with pytest.raises(ValueError, match="it must be at least") as caught:
        problem.estimate(budget=10_000, num_chains=chains)
    least = int(str(caught.value).rstrip(".").split()[-1])
    result = problem.estimate(budget=least, num_chains=chains)
    assert result.llc > 0.5 * problem.exact(result.sampler.localization)
    with pytest.raises(ValueError, match="it must be at least"):
        problem.estimate(budget=least - 1, num_chains=chains)


def test_a_native_run_takes_what_the_budget_holds():
    result, n = Regression(20_000, 0.0).estimate(stop_at_relative_error=1e-9), 20_000
    settings = result.settings
    steps = settings["num_burnin_steps"] + settings["num_draws"] * settings["num_steps_bw_draws"]
    checks = 2 * settings["num_acceptance_checks"]
    run = settings["num_chains"] * (steps + checks) * settings["batch_size"]
    run += n / 3 + min(n, 16 * settings["batch_size"])  # the losses and the gradient at w*
    spent = result.calibration.sample_gradients + run
    assert 0.99 * 5_000_000 < spent <= 5_000_000
    assert "all draws were made" in str(result)


def test_a_run_has_an_end_even_if_the_budget_has_none():
    result = Regression(10, 1.0, directions=2).estimate(budget=10**10, stop_at_relative_error=1e-9)
    assert "no run is longer" in result.calibration.reasons[-1]
    assert result.losses.size <= 4 * 5000


def test_samples_that_are_not_looked_at_cost_nothing():
    asked, budget = [], 1_000_000

    def loss_and_grad(w, rows):
        asked.append(len(rows))
        x = rows % 7 - 3.0
        return float((x**2).mean() * (w[0] - 1) ** 2), np.array([2 * (x**2).mean() * (w[0] - 1)])

    external = sl.External(loss_and_grad, n=10**9)
    result = sl.estimate_llc(external, np.ones(1), budget=budget, seed=0, num_chains=1)
    assert 0.85 * budget < sum(asked) <= budget
    assert result.diagnostics.loss_samples == 16 * 500
