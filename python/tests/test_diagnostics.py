"""What is said of a trace as numbers, and of the numbers that cannot be computed."""

import dataclasses
import math

import numpy as np
import pytest

import swiftllc as sl
from swiftllc import _abi
from swiftllc._diagnosis import diagnosis
from swiftllc._traces import Traces, chosen_burnin, estimated


def of_trace(values, baselines=None):
    """The diagnostics of a run that would have written this."""
    values = np.asarray(values, float)
    baselines = np.zeros_like(values) if baselines is None else baselines
    _, estimate = estimated(values, baselines, 1.0)
    progress = _abi.Progress(init_loss=0.0, gradient_norm=0.0)
    traces = Traces.allocate(*values.shape)
    for array in traces:
        array[:] = 1
    return diagnosis(estimate, progress, traces, values, baselines)


def test_each_figure_has_its_own_name():
    # Of this trace with ties, by ArviZ 0.23.4.
    x = (np.arange(80).reshape(4, 20) ** 2 % 13) * np.arange(1.0, 5)[:, None]
    seen = of_trace(x)
    assert seen.split_rhat == pytest.approx(1.1136830243569598, rel=1e-9)
    assert seen.rank_rhat == pytest.approx(1.0784543845219476, rel=1e-9)
    assert seen.ess == pytest.approx(25.82749030010608, rel=1e-9)
    assert seen.bulk_ess == pytest.approx(30.8250830663937, rel=1e-9)
    assert seen.tail_ess == pytest.approx(56.95852534562216, rel=1e-9)
    assert seen.autocorrelation_time == pytest.approx(80 / seen.ess)


def test_the_rise_of_a_tail_is_that_of_a_ramp_within_its_error():
    ramp = np.linspace(0, 2, 1000) + np.random.default_rng(0).normal(size=(4, 1000))
    seen = of_trace(ramp)
    assert abs(seen.tail_rise - 1) < 4 * seen.tail_rise_stderr
    # Least squares on 4 × 500 draws.
    assert seen.tail_rise_stderr == pytest.approx(math.sqrt(12 / 2000), rel=0.5)


def test_the_rise_of_a_tail_is_one_of_the_llc(quadratic):
    _, one = estimated(np.arange(40.0).reshape(1, 40), np.zeros((1, 40)), 1.0)
    _, seven = estimated(np.arange(40.0).reshape(1, 40), np.zeros((1, 40)), 7.0)
    assert seven.tail_rise == pytest.approx(7 * one.tail_rise) == pytest.approx(140)


def test_draws_over_effective_draws_is_the_autocorrelation_time(quadratic):
    seen = quadratic.estimate(num_draws=500).diagnostics
    assert seen.autocorrelation_time == pytest.approx(4 * 500 / seen.ess)
    assert set(seen.reasons) == {"temperature"}  # which SGLD has not


R_HATS = {"rank_rhat", "split_rhat"}
SIZES = {"ess", "bulk_ess", "tail_ess", "autocorrelation_time"}
TAIL = {"tail_rise", "tail_rise_stderr"}
OF_RESULT = {"llc", "stderr", "llc_std"}
noise = np.random.default_rng(0).normal(size=(4, 100))


@pytest.mark.parametrize(
    "values, missing, reason",
    [
        (noise, set(), ""),
        (noise[:1], R_HATS | {"llc_std"}, "compares chains, and there is one."),
        (noise[:, :19], TAIL, "It takes 20 draws of each chain, and there are 19."),
        (noise[:, :3], R_HATS | SIZES | TAIL | {"stderr"}, "draws of each chain, and there are 3."),
        (noise[:, :0], R_HATS | SIZES | TAIL | OF_RESULT | {"below_baseline"}, "reached its first draw."),
        (np.ones((4, 100)), R_HATS, "All draws are equal."),
        (np.where(noise == noise[1, 7], np.nan, noise), None, "The loss of a draw is not finite."),
        (np.where(noise == noise[1, 7], np.inf, noise), None, "The loss of a draw is not finite."),
        (np.sign(noise) * 1e200, {"stderr", "ess", "autocorrelation_time", "split_rhat"}, "squares"),
    ],
    ids=["none", "one chain", "19 draws", "3", "0", "constant", "NaN", "infinity", "overflow"],
)
def test_a_number_that_is_nan_has_its_reason(values, missing, reason):
    seen = of_trace(values)
    if missing is None:
        missing = R_HATS | SIZES | TAIL | OF_RESULT | {"below_baseline"}
    assert seen.reasons.keys() >= missing
    assert all(reason in seen.reasons[name] for name in missing)
    for field in dataclasses.fields(seen):
        if field.name not in ("acceptance_per_chain", "reasons"):
            assert math.isnan(getattr(seen, field.name)) == (field.name in seen.reasons), field.name


def test_chains_apart_that_do_not_move_have_an_infinite_r_hat_and_no_reason_for_it():
    seen = of_trace(np.repeat([[1.0], [2.0]], 40, axis=1))
    assert seen.rank_rhat == seen.split_rhat == math.inf
    assert seen.reasons == {}


def test_a_run_that_scores_no_move_says_so(quadratic):
    seen = quadratic.estimate(num_draws=50, num_acceptance_checks=0).diagnostics
    assert set(seen.reasons) == {
        "acceptance", "drift_norm", "noise_norm", "temperature", "gradient_noise", "stiffness"
    }  # fmt: skip
    assert seen.reasons["drift_norm"] == "No move was checked."


def test_a_run_that_diverges_has_reasons_for_what_it_lacks(quadratic):
    with pytest.raises(sl.DivergedError) as caught:
        quadratic.estimate(lr=1.0, num_draws=10, num_burnin_steps=1000)
    assert caught.value.result.diagnostics.reasons["llc"] == "No chain has reached its first draw."


@pytest.mark.parametrize(
    "values, burnin",
    [
        (np.r_[np.linspace(-9, 0, 100), np.zeros(900)], 100),
        (np.arange(1000.0), 500),
        (np.ones(1000), 0),
        (np.arange(9.0), 0),
        (np.full(1000, np.nan), 0),
        (np.zeros(0), 0),
    ],
    ids=["approach", "climb", "constant", "short", "NaN", "none"],
)
def test_burnin_ends_where_the_approach_does(values, burnin):
    losses = np.tile(values, (3, 1))
    assert chosen_burnin(losses, np.zeros_like(losses)) == burnin


def test_burnin_is_chosen_from_the_differences():
    ramp = np.arange(100.0).reshape(1, 100)
    assert chosen_burnin(ramp, ramp) == 0
