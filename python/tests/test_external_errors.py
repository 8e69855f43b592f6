"""A model that is a function: how its run ends early, and what is refused."""

import _thread

import numpy as np
import pytest
from external_regression import MINIMUM, MODEL, OPTIONS, D, N, X, Y, estimate, mean_and_grad

import swiftllc as sl

# How it ends


def test_an_interrupt_keeps_the_draws():
    calls = []

    def function(w, rows):
        calls.append(0)
        if len(calls) == 400:
            _thread.interrupt_main()
        return mean_and_grad(w, rows)

    with pytest.raises(sl.InterruptedRun, match="Interrupted after") as caught:
        estimate(function, batch_size=8)
    whole, partial = estimate(batch_size=8), caught.value.result
    done = np.isfinite(partial.losses).sum(axis=1)
    assert 20 < done[0] < 200
    assert done[1] == 0
    np.testing.assert_array_equal(partial.losses[0, : done[0]], whole.losses[0, : done[0]])
    assert partial.llc == pytest.approx(whole.llc_per_draw[0, : done[0]].mean())


def test_an_error_of_the_function_is_raised_as_it_is_with_the_draws():
    calls = []
    error = LookupError("mine")

    def function(w, rows):
        calls.append(0)
        if len(calls) == 400:
            raise error
        return mean_and_grad(w, rows)

    with pytest.raises(LookupError) as caught:
        estimate(function, batch_size=8)
    assert caught.value is error
    assert np.isfinite(error.result.losses).any()

    error.result = "its own"
    calls.clear()
    with pytest.raises(LookupError):
        estimate(function, batch_size=8)
    assert error.result == "its own"


@pytest.mark.parametrize("batch_size", [8, None])
def test_divergence_is_that_of_a_native_run(batch_size):
    # Of U = nbeta w⁴ / 4: a long step runs away sooner or later, in another chain at another step.
    def quartic(w, rows):
        with np.errstate(over="ignore", invalid="ignore"):
            return float(w[0] ** 4 / 4), w**3

    options = OPTIONS | {
        "num_chains": 6,
        "num_draws": 2000,
        "num_burnin_steps": 0,
        "num_acceptance_checks": 0,
    }
    with pytest.raises(sl.DivergedError, match="Lower lr") as caught:
        sl.estimate_llc(
            sl.External(quartic, N), np.zeros(1), nbeta=1.0, sampler=sl.SGLD(lr=1.0, localization=0.0),
            batch_size=batch_size, **options,
        )  # fmt: skip
    result = caught.value.result
    done = np.isfinite(result.losses).sum(axis=1) * 2
    # The first to diverge, by step: no chain but that has gone further.
    assert caught.value.step == done.min()
    assert done[caught.value.chain] == done.min()


def test_a_start_that_is_not_finite_says_so():
    with pytest.raises(sl.DivergedError, match="cannot start"):
        estimate(lambda w, rows: (np.nan, np.zeros(D)))


def test_a_gradient_that_is_not_finite_is_named():
    def function(w, rows):
        loss, gradient = mean_and_grad(w, rows)
        return loss, gradient / np.where((w == MINIMUM).all(), 1, 0)

    with (
        np.errstate(divide="ignore"),
        pytest.raises(sl.InvalidArgumentError, match="gradient of parameter 0 is"),
    ):
        estimate(function, batch_size=8)


# What is refused


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda w, rows: 1.0, sl.ArgumentTypeError, "loss_and_grad must return .*; it returned float"),
        (lambda w, rows: (1.0,) * 3, sl.ArgumentTypeError, "it returned tuple of length 3"),
        (lambda w, rows: (None, w), sl.ArgumentTypeError, "The loss of loss_and_grad has dtype object"),
        (lambda w, rows: (np.ones(3), w), sl.InvalidArgumentError, r"a loss of shape \(3,\) for 8 rows"),
        (lambda w, rows: (np.ones((8, 1)), w), sl.InvalidArgumentError, r"a loss of shape \(8, 1\)"),
        (
            lambda w, rows: (1.0, w[1:]),
            sl.InvalidArgumentError,
            r"The gradient of loss_and_grad has shape \(4,\)",
        ),
        (lambda w, rows: (1.0, {"a": w}), sl.ArgumentTypeError, "The gradient of loss_and_grad is a dict"),
        (lambda w, rows: (1.0, None), sl.ArgumentTypeError, "The gradient of loss_and_grad has dtype object"),
    ],
)
def test_what_a_function_returns_is_checked(function, error, message):
    with pytest.raises(error, match=message):
        estimate(function, batch_size=8)


def test_what_a_loss_returns_is_checked():
    with pytest.raises(sl.InvalidArgumentError, match=r"loss returned a loss of shape \(2,\)"):
        estimate(loss=lambda w, rows: np.ones(2), batch_size=8)


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ({"threads": 2}, "one after another"),
        ({"microbatch": 2, "batch_size": 8}, "in parts"),
        ({"gradient_accumulation": 2, "batch_size": 8}, "in parts"),
        ({"stop_at_relative_error": 0.1}, "one after another"),
    ],
)
def test_options_that_mean_nothing_are_refused(option, reason):
    with pytest.raises(sl.InvalidArgumentError, match=f"{next(iter(option))} must be left out .*{reason}"):
        estimate(**option)


def test_data_belongs_to_a_model():
    with pytest.raises(sl.InvalidArgumentError, match="data must be left out for an External"):
        sl.estimate_llc(sl.External(mean_and_grad, N), MINIMUM, (X, Y), sampler=sl.SGLD(lr=1e-3))
    with pytest.raises(sl.ArgumentTypeError, match="data must be"):
        sl.estimate_llc(MODEL, MINIMUM, sampler=sl.SGLD(lr=1e-3))
    with pytest.raises(sl.ArgumentTypeError, match=r"must be a swiftllc\.Model or a swiftllc\.External"):
        sl.estimate_llc(mean_and_grad, MINIMUM, sampler=sl.SGLD(lr=1e-3))


def test_an_external_takes_functions_and_a_number():
    with pytest.raises(sl.ArgumentTypeError, match="loss_and_grad must be a function"):
        sl.External(1.0, 5)
    with pytest.raises(sl.ArgumentTypeError, match="loss must be a function or None"):
        sl.External(mean_and_grad, 5, loss=1.0)
    with pytest.raises(sl.InvalidArgumentError, match="n must be at least 1"):
        sl.External(mean_and_grad, 0)
    assert "n=5" in repr(sl.External(mean_and_grad, n=5))
