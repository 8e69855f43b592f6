"""What a calibration cannot be given, and what ends it."""

import crossing_lines
import numpy as np
import pytest
from conftest import make_quadratic
from regressions import QUIET, Regression, counting

import swiftllc as sl


@pytest.mark.parametrize(
    "option, value, error, message",
    [
        ("budget", 0, ValueError, "budget must be at least 1; got 0"),
        ("budget", 1.0, TypeError, "budget must be an integer"),
        (
            "budget",
            1000,
            ValueError,
            "budget is 1000 sample gradients; with n = 100 and batches of 100",
        ),
        ("localization", -1, ValueError, "localization must be at least 0"),
        ("num_chains", 0, ValueError, "num_chains must be at least 1"),
        ("batch_size", 101, ValueError, "batch_size is 101, but there are only 100 samples"),
        ("microbatch", 0, ValueError, "microbatch must be at least 1"),
        ("mask", "bias", ValueError, "mask names 'bias'"),
        ("nbeta", 0, ValueError, "nbeta must be greater than 0"),
        ("seed", -1, ValueError, "seed must lie in"),
        ("threads", 0, ValueError, "threads must be at least 1"),
        ("stop_at_relative_error", 0, ValueError, "stop_at_relative_error must be greater than 0"),
        ("progress", "yes", TypeError, "progress must be True or False"),
    ],
)
def test_what_cannot_be(option, value, error, message):
    problem = Regression(100, 1.0)
    with pytest.raises(error, match=message) as caught:
        sl.calibrate(problem.model, problem.params, (problem.X, problem.y), **(QUIET | {option: value}))
    assert isinstance(caught.value, sl.SwiftLLCError)


@pytest.mark.parametrize(
    "options",
    [
        {"num_draws": 100},
        {"num_burnin_steps": 10},
        {"with_replacement": False},
        {"correct_noise_bias": False},
        {"draw_batches": "steps"},
        {"num_acceptance_checks": 0},
        {"num_steps_bw_draws": 2},
        {"num_draws_before_stop": 2},
    ],
)
def test_what_is_chosen_cannot_be_given(options):
    with pytest.raises(ValueError, match=f"{next(iter(options))} must be left out where no sampler is given"):
        Regression(100, 1.0).estimate(**options)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"num_chains": 0}, "num_chains must be at least 1"),
        ({"init_loss": "x"}, "init_loss must be a number"),
        ({"threads": 2}, "threads must be left out for an External"),
        ({"stop_at_relative_error": 0.1}, "stop_at_relative_error must be left out for an External"),
        ({"progress": "yes"}, "progress must be True, False or a function"),
    ],
)
def test_a_mistake_is_told_of_before_anything_is_evaluated(options, message):
    problem = Regression(100, 1.0)
    external, asked = counting(problem)
    with pytest.raises(sl.SwiftLLCError, match=message):
        sl.estimate_llc(external, problem.params, **(QUIET | options))
    assert not asked


def test_what_ends_a_calibration_is_not_taken_for_an_estimate():
    problem = Regression(100, 1.0)

    def failing(error):
        external, asked = counting(problem)

        def loss_and_grad(w, rows):
            if len(asked) > 100:
                raise error
            return external.loss_and_grad(w, rows)

        return sl.External(loss_and_grad, n=100)

    with pytest.raises(sl.InterruptedRun, match="during the calibration") as caught:
        sl.estimate_llc(failing(KeyboardInterrupt()), problem.params, **QUIET)
    assert caught.value.result is None
    with pytest.raises(ZeroDivisionError) as caught:
        sl.estimate_llc(failing(ZeroDivisionError()), problem.params, **QUIET)
    assert caught.value.result is None


def test_far_from_the_minimum_the_gradient_need_not_be_finite():
    def loss_and_grad(w, rows):
        with np.errstate(over="ignore", invalid="ignore"):
            u = w @ w
            loss = np.expm1(u**4)
            return loss, 8 * u**3 * (loss + 1) * w

    for directions in (20, 40):
        result = sl.estimate_llc(
            sl.External(loss_and_grad, n=100), np.zeros(directions), nbeta=1.0, budget=300_000, **QUIET
        )
        assert result.diagnostics.acceptance > 0.9 and 0 < result.llc < directions / 2


def test_a_start_that_is_not_finite_is_told_of():
    problem = Regression(100, 1.0)
    external = sl.External(lambda w, rows: (np.nan, np.zeros(10)), n=100)
    with pytest.raises(sl.DivergedError, match="the loss at params itself"):
        sl.calibrate(external, problem.params, **QUIET)
    with pytest.raises(sl.InvalidArgumentError, match="nbeta must be given"):
        sl.calibrate(crossing_lines.MODEL, [0.0, 0.0], ([[1.0]], [0.0]), **QUIET)


@pytest.mark.parametrize("series", ["estimate_llc_trajectory", "sweep"])
@pytest.mark.parametrize(
    "options, message",
    [
        ({"budget": 10**6, "sampler": sl.SGLD(lr=1e-3)}, "budget must be left out where a sampler is given"),
        ({"num_draws": 10}, "num_draws must be left out where no sampler is given"),
        ({"localization": -1.0}, "localization must be at least 0"),
        ({"budget": 10}, "budget is 10 sample gradients"),
    ],
)
def test_a_series_refuses_what_an_estimate_does(series, options, message):
    problem = make_quadratic()
    params = [problem.minimum] if series == "estimate_llc_trajectory" else problem.minimum
    with pytest.raises(ValueError, match=message):
        getattr(sl, series)(problem.model, params, problem.data, **QUIET, **options)


@pytest.mark.parametrize("series", [False, True])
def test_a_localization_beside_a_sampler_is_refused(series):
    problem = make_quadratic()
    run, params = sl.estimate_llc, problem.minimum
    if series:
        run, params = sl.estimate_llc_trajectory, [problem.minimum]
    with pytest.raises(ValueError, match="localization must be left out where a sampler is given, which has"):
        run(problem.model, params, problem.data, sampler=sl.SGLD(lr=1e-3), localization=1.0)
