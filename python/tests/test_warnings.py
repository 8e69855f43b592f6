"""What a result warns of, and that it is quiet about a healthy run."""

import dataclasses
import math
import re
import warnings

import numpy as np
import pytest
from conftest import hadamard

import swiftllc as sl
from swiftllc._warnings import findings


def test_a_healthy_run_gives_no_warning(quadratic):
    # Of 300 seeds the largest rank-normalised R-hat is 1.046 with 500 draws, and 1.017 with 2000.
    noisy = [seed for seed in range(100) if quadratic.estimate(seed=seed, num_draws=2000).warnings]
    assert len(noisy) <= 1


def test_a_healthy_run_of_minibatches_with_residuals_gives_no_warning(quadratics):
    problem = quadratics(residual=1.0, tiles=16)
    for seed in range(10):
        result = problem.estimate(batch_size=32, seed=seed, num_draws=4000, lr=5e-4)
        assert result.diagnostics.below_baseline > 0.1  # by the noise of batches alone
        assert not result.warnings


def test_too_large_a_step_gives_its_stationary_value_and_a_warning(quadratic):
    result = quadratic.estimate(lr=1e-2, num_draws=20_000)
    assert abs(result.llc - 4) < 4 * result.stderr
    assert any("acceptance" in sentence and "Lower lr (now 0.01)" in sentence for sentence in result.warnings)


@pytest.mark.parametrize("gamma, draws", [(410.0, 400), (300.0, 500), (215.0, 500), (215.0, 20)])
def test_chains_that_ran_away_without_overflow_give_a_warning(quadratic, gamma, draws):
    # lr (200 + γ) exceeds 4, so every step overshoots by more than the last.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = quadratic.estimate(
            sampler=sl.SGLD(lr=1e-2, localization=gamma), num_draws=draws, num_burnin_steps=50
        )
    assert result.llc > 1000
    assert re.search(r"λ̂ is .*, above d/2 = 2 for the d = 4 .* Lower lr \(now 0\.01\)\.", result.warnings[0])
    assert not any("num_draws" in sentence for sentence in result.warnings)
    assert result.settings["num_parameters"] == 4


def test_a_batch_too_small_for_the_step_is_told_to_grow(quadratics):
    problem = quadratics(residual=3.0, tiles=16)
    result = problem.estimate(batch_size=2, lr=1e-3, num_draws=4000)
    assert any("d/2" in sentence and "raise batch_size (now 2)" in sentence for sentence in result.warnings)


@pytest.mark.parametrize("given, moved", [(0.0, 97.7), (1.2, -22.3)])
def test_an_init_loss_that_is_not_the_loss_at_params_is_printed_beside_it_and_warned_of(
    quadratics, given, moved
):
    problem = quadratics(residual=math.sqrt(0.977))
    result = problem.estimate(init_loss=given, num_draws=2000)
    assert result.diagnostics.loss == pytest.approx(0.977)
    assert f"loss at the centre 0.977 (init_loss = {given:g})" in str(result)
    [sentence] = result.warnings
    assert f"init_loss is {given:g}, but the mean loss at params is 0.977" in sentence
    assert f"moves λ̂ by {moved:+g}" in sentence


@pytest.mark.parametrize("given", [0.977, 0.977 + 5e-4])
def test_an_init_loss_that_is_the_loss_at_params_gives_no_warning(quadratics, given):
    result = quadratics(residual=math.sqrt(0.977)).estimate(init_loss=given, num_draws=2000)
    assert result.warnings == []
    assert "init_loss" not in str(quadratics().estimate(num_draws=5))


def test_an_estimate_at_half_the_number_of_parameters_is_no_finding(quadratic):
    for seed in range(100):
        for options in ({"num_draws": 1, "num_chains": 1}, {"num_draws": 10}, {"num_draws": 200}):
            result = quadratic.estimate(seed=seed, **options)
            assert not any("d/2" in sentence for sentence in result.warnings), str(result)


@pytest.mark.parametrize("chains", [1, 4])
def test_a_trace_that_still_climbs_gives_a_warning(chains):
    # 128 directions of curvature 2 / 8, h = 25: after 1000 steps of 2e-5 they are a fifth of the way.
    X = hadamard(4)
    model = sl.Model(sl.Linear(16, 8, bias=False), input_shape=(16,), loss="mse")
    result = sl.estimate_llc(
        model,
        np.zeros(128),
        (X, np.zeros((16, 8))),
        sampler=sl.SGLD(lr=2e-5, localization=0.0),
        nbeta=100.0,
        num_chains=chains,
        num_draws=1000,
        seed=0,
    )
    assert 10 < result.llc < 40
    assert any("still climbing" in sentence for sentence in result.warnings)


@pytest.mark.parametrize("lr", [1e-6, 1e-5])
def test_chains_that_do_not_mix_give_a_warning(quadratic, lr):
    result = quadratic.estimate(lr=lr, num_draws=200)
    assert any(f"R-hat is {result.diagnostics.rank_rhat:.3f}" in sentence for sentence in result.warnings)


@pytest.mark.parametrize("draws, seen", [(1, "pull λ̂ down"), (9, "pull λ̂ down"), (10, "the first tenth")])
def test_draws_from_the_start_give_a_warning_however_few_they_are(quadratic, draws, seen):
    def said(**options):
        found = quadratic.estimate(num_draws=draws, **options).warnings
        return [sentence for sentence in found if "num_burnin_steps is 0" in sentence]

    [sentence] = said(num_burnin_steps=0)
    assert seen in sentence
    assert not said(num_burnin_steps=200)


def test_noise_that_is_not_the_posteriors_gives_a_warning(quadratic):
    result = quadratic.estimate(sampler=sl.SGLD(lr=1e-3, noise_level=0.5))
    assert any("noise_level is 0.5" in sentence for sentence in result.warnings)


def test_isotropic_localisation_under_a_preconditioner_gives_a_warning(quadratic):
    for metric, warned in (("isotropic", True), ("preconditioner", False)):
        sampler = sl.SGLD(lr=1e-3, preconditioner=np.full(4, 2.0), localization_metric=metric)
        result = quadratic.estimate(sampler=sampler, num_draws=2000)
        assert any("isotropic" in sentence for sentence in result.warnings) == warned


def test_a_point_on_a_slope_gives_a_warning_even_if_the_value_is_positive(quadratic):
    result = quadratic.estimate(
        quadratic.minimum + 0.045, sampler=sl.SGLD(lr=1e-3, localization=0.0), num_draws=4000
    )
    assert 0 < result.llc < 2
    assert any("not a local minimum" in sentence for sentence in result.warnings)


# What samplers other than SGLD are warned of


HEALTHY = [
    sl.RMSPropSGLD(lr=3e-4, localization=1.0),
    sl.AdamSGLD(lr=3e-5, localization=1.0, epsilon=0.1),
    sl.SGHMC(lr=5e-4, friction=0.2, localization=1.0),
    sl.SGNHT(lr=5e-4, friction=0.1, localization=1.0),
    sl.UnderdampedLangevin(lr=0.03, friction=10.0, localization=1.0),
    sl.MALA(lr=8e-3, localization=1.0),
    sl.HMC(lr=0.06, leapfrog_steps=3, localization=1.0),
]


@pytest.mark.parametrize("sampler", HEALTHY, ids=lambda sampler: type(sampler).__name__)
def test_a_healthy_run_of_any_sampler_gives_no_warning(quadratic, sampler):
    options = {"sampler": sampler, "num_draws": 2000, "num_steps_bw_draws": 5}
    found = [quadratic.estimate(seed=seed, **options).warnings for seed in range(30)]
    assert sum(map(bool, found)) <= 1, found


@pytest.mark.parametrize("sampler", HEALTHY[:-2], ids=lambda sampler: type(sampler).__name__)
def test_a_healthy_run_of_minibatches_by_any_sampler_gives_no_warning(quadratics, sampler):
    # Without residuals: the noise of the gradients vanishes at the minimum.
    problem = quadratics(tiles=64)
    noisy = [
        warnings
        for seed in range(10)
        if (warnings := problem.estimate(sampler=sampler, batch_size=128, seed=seed, num_draws=4000).warnings)
    ]
    assert len(noisy) <= 1, noisy


#: Samplers heated by batches of 16 among 16 384 samples with residuals, and the value without that.
HEATED = [
    sl.SGLD(lr=4e-4, localization=0.0),
    sl.RMSPropSGLD(lr=4e-4, localization=0.0, epsilon=1.0),
    sl.SGHMC(lr=1e-4, friction=0.3, localization=0.0),
    sl.SGHMC(lr=1e-4, friction=0.3, noise_estimate=0.05, localization=0.0),
    sl.UnderdampedLangevin(lr=0.02, friction=10.0, localization=0.0),
    sl.UnderdampedLangevin(lr=0.02, friction=50.0, localization=0.0),
    sl.UnderdampedLangevin(lr=0.02, friction=150.0, localization=0.0),
]


@pytest.mark.parametrize("sampler", HEATED, ids=repr)
def test_the_noise_of_the_gradients_is_said_to_raise_the_value_by_what_it_does(quadratics, sampler):
    problem = quadratics("float32", residual=1.0, tiles=2048)
    options = {"sampler": sampler, "num_burnin_steps": 1000, "num_draws": 30_000}
    heated = problem.estimate(batch_size=16, **options)
    cool = quadratics().estimate(**options)
    lowered = getattr(sampler, "noise_estimate", 0) / (2 * getattr(sampler, "friction", 1)) * 4
    [sentence] = [sentence for sentence in heated.warnings if "noise of the gradients" in sentence]
    said = float(re.search(r"too high by about ([\d.]+)\.", sentence).group(1))
    assert said == pytest.approx(
        heated.llc - cool.llc - lowered, rel=0.2, abs=3 * (heated.stderr + cool.stderr)
    )
    assert f"Lower lr (now {sampler.lr:g})" in sentence
    assert "raise batch_size (now 16)" in sentence
    if hasattr(sampler, "friction"):
        assert f"raise friction (now {sampler.friction:g})" in sentence
        assert f"whose temperature is {heated.diagnostics.temperature:.3g}" in sentence
    assert not [sentence for sentence in cool.warnings if "noise of the gradients" in sentence]


def test_noise_that_cancels_within_an_epoch_is_not_blamed(quadratics):
    # 128 samples in batches of 32: an epoch of 4 steps, of which the chain remembers several.
    problem = quadratics(residual=1.0, tiles=16)
    result = problem.estimate(batch_size=32, lr=5e-4, num_draws=20_000)
    assert result.sampler.lr * result.diagnostics.gradient_noise / 8 > 0.1 * result.llc
    assert abs(result.llc - 2 / 0.975) < 4 * result.stderr
    assert not result.warnings  # of a tenth that is not there


@pytest.mark.parametrize("lr", [5e-4, 2e-3])
def test_noise_that_a_stiff_direction_forgets_within_an_epoch_is_blamed(lr):
    """Though a flat direction, which makes |w - w*|, remembers many epochs."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(2048, 2)) * [1.0, 0.05]
    y = generator.normal(size=(2048, 1))
    model = sl.Model(sl.Linear(2, 1, bias=False), input_shape=(2,), loss="mse", dtype="float64")
    minimum = np.linalg.lstsq(X, y, rcond=None)[0].ravel()

    def estimate(batch_size):
        return sl.estimate_llc(
            model,
            minimum,
            (X, y),
            sampler=sl.SGLD(lr=lr, localization=0.0),
            batch_size=batch_size,
            num_burnin_steps=2000,
            num_draws=20_000,
            num_acceptance_checks=500,
            seed=0,
            progress=False,
        )

    heated, cool = estimate(32), estimate(2048)
    [sentence] = [sentence for sentence in heated.warnings if "noise of the gradients" in sentence]
    said = float(re.search(r"too high by about ([\d.]+)\.", sentence).group(1))
    excess, error = heated.llc - cool.llc, math.hypot(heated.stderr, cool.stderr)
    assert 0.5 * excess - 4 * error < said < excess + 4 * error
    assert excess > 6 * error


def test_a_thermostat_with_much_to_do_gives_a_warning(quadratic):
    result = quadratic.estimate(sampler=sl.SGNHT(lr=2e-4, friction=0.3, localization=0.0), num_draws=40_000)
    [sentence] = result.warnings
    assert "The thermostat settles at about 0.3" in sentence
    assert "too low, by 15% or so. Lower lr (now 0.0002), or friction (now 0.3)." in sentence
    assert result.llc + 3 * result.stderr < 1.9


@pytest.mark.parametrize("box, warned", [(0.05, True), (0.15, True), (0.3, False)])
def test_a_box_that_binds_gives_a_warning(quadratic, box, warned):
    # Each weight has a standard deviation of 0.0725.
    result = quadratic.estimate(sampler=sl.SGLD(lr=1e-3, bounding_box=box), num_draws=2000)
    assert any("The bounding box binds" in sentence for sentence in result.warnings) == warned


def test_a_sampler_with_decisions_is_warned_of_rejections_only(quadratic):
    for lr, warned in ((1e-2, False), (2e-2, False), (0.5, True)):
        found = quadratic.estimate(sampler=sl.MALA(lr=lr), num_draws=4000).warnings
        assert any("nearly every move is rejected" in sentence for sentence in found) == warned
        assert not any("biases" in sentence for sentence in found)


def test_a_trace_that_climbs_is_told_of_the_samplers_own_options(quadratics):
    X = hadamard(4)
    model = sl.Model(sl.Linear(16, 8, bias=False), input_shape=(16,), loss="mse")
    sampler = sl.UnderdampedLangevin(lr=1e-3, friction=100.0, localization=0.0)
    options = {"sampler": sampler, "nbeta": 100.0, "num_draws": 2000, "seed": 0}
    found = sl.estimate_llc(model, np.zeros(128), (X, np.zeros((16, 8))), **options).warnings
    assert any("or lr if the acceptance allows it, or lower friction (now 100)." in text for text in found)


@pytest.mark.parametrize("seen", [{"rank_rhat": 1.2}, {"tail_rise": 1.0, "tail_rise_stderr": 0.1}])
def test_what_a_calibration_chose_is_not_told_to_be_given(quadratic, seen):
    result = sl.estimate_llc(quadratic.model, quadratic.minimum, quadratic.data, budget=100_000, seed=0)
    result = dataclasses.replace(result, diagnostics=dataclasses.replace(result.diagnostics, **seen))
    (sentence,) = findings(result)
    assert sentence.endswith("Raise budget (now 100000).")
    assert "num_draws" in findings(dataclasses.replace(result, calibration=None))[0]


def test_a_step_that_a_calibration_chose_is_changed_by_giving_the_sampler(quadratic):
    result = sl.estimate_llc(quadratic.model, quadratic.minimum, quadratic.data, budget=100_000, seed=0)
    seen = dataclasses.replace(result.diagnostics, acceptance=0.8)
    (sentence,) = findings(dataclasses.replace(result, diagnostics=seen))
    lr = result.sampler.lr
    assert sentence.endswith(f"Lower lr (now {lr:g}), by sampler= and **result.calibration.options.")
    sampler = dataclasses.replace(result.sampler, lr=lr / 2)
    again = sl.estimate_llc(
        quadratic.model, quadratic.minimum, quadratic.data, sampler=sampler, **result.calibration.options
    )
    assert again.sampler.lr == lr / 2
