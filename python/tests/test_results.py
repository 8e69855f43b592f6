"""What a result says: statistics, diagnostics, warnings and the figure."""

import dataclasses
import math
import re
import sys
import warnings

import numpy as np
import pytest
from conftest import hadamard

import swiftllc as sl
from swiftllc._traces import estimated


def test_the_statistics_of_a_trace_are_those_of_its_draws(quadratic):
    result = quadratic.estimate(num_draws=300)
    assert result.losses.shape == result.baselines.shape == result.llc_per_draw.shape == (4, 300)
    np.testing.assert_allclose(result.llc_per_chain, result.llc_per_draw.mean(axis=1), rtol=1e-12)
    assert result.llc == pytest.approx(result.llc_per_chain.mean(), rel=1e-12)
    assert result.llc_std == pytest.approx(result.llc_per_chain.std(ddof=1), rel=1e-9)
    np.testing.assert_allclose(result.running_llc[:, -1], result.llc_per_chain, rtol=1e-12)


def test_a_running_mean_is_a_mean_of_draws_and_not_of_means(quadratic):
    losses = np.array([[2.0, 3.0, 7.0], [1.0, 1.0, 4.0]])
    result = dataclasses.replace(
        quadratic.estimate(num_draws=3, num_chains=2), losses=losses, baselines=np.ones((2, 3)), nbeta=2.0
    )
    np.testing.assert_allclose(result.running_llc, [[2, 3, 6], [0, 0, 2]], rtol=1e-15)


def test_the_spread_between_chains_is_divided_by_one_less():
    losses = np.repeat([[1.0], [3.0]], 10, axis=1)
    per_chain, estimate = estimated(losses, np.zeros((2, 10)), 1.0)
    np.testing.assert_array_equal(per_chain, [1, 3])
    assert estimate.llc_std == pytest.approx(math.sqrt(2))


def test_one_chain_has_no_spread_and_says_so(quadratic):
    result = quadratic.estimate(num_chains=1, num_draws=2000)
    assert math.isnan(result.llc_std)
    assert math.isfinite(result.stderr)
    assert [sentence for sentence in result.warnings if "one chain" in sentence]


def test_one_draw_is_an_estimate_without_an_error(quadratic):
    result = quadratic.estimate(num_draws=1, num_chains=1)
    assert math.isfinite(result.llc)
    assert math.isnan(result.llc_std)
    assert "λ̂" in str(result)


def test_an_autocorrelated_trace_has_the_known_effective_size():
    # AR(1) with 0.9: (1 - 0.9)/(1 + 0.9) of the draws; its square has 0.81 in place of 0.9.
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(4, 10_000))
    x = np.empty_like(noise)
    x[:, 0] = noise[:, 0] / math.sqrt(1 - 0.81)
    for t in range(1, x.shape[1]):
        x[:, t] = 0.9 * x[:, t - 1] + noise[:, t]
    for trace, ess in ((x, 40_000 * 0.1 / 1.9), (x**2, 40_000 * 0.19 / 1.81)):
        _, estimate = estimated(np.ascontiguousarray(trace), np.zeros_like(trace), 1.0)
        assert estimate.effective_sample_size == pytest.approx(ess, rel=0.2)
        assert estimate.autocorrelation_time == pytest.approx(x.size / ess, rel=0.2)
        assert estimate.split_rhat < 1.02
        assert estimate.rank_rhat < 1.02


def test_chains_that_disagree_have_a_large_r_hat():
    rng = np.random.default_rng(0)
    losses = rng.normal(size=(4, 100)) + np.arange(4)[:, None]
    _, estimate = estimated(losses, np.zeros_like(losses), 1.0)
    assert estimate.split_rhat > 1.3
    assert estimate.rank_rhat > 1.3


def test_the_record_holds_every_setting_in_force(quadratic):
    explicit = quadratic.estimate(sampler=sl.SGLD(lr=1e-3, localization=0.0), num_draws=5)
    omitted = quadratic.estimate(sampler=sl.SGLD(lr=1e-3), num_draws=5, nbeta=None, threads=1)
    assert explicit.settings["localization"] == 0
    assert omitted.settings["localization"] == 1
    assert omitted.settings["nbeta"] == pytest.approx(8 / math.log(8))
    assert omitted.settings["threads"] == 1
    assert explicit.settings["threads"] >= 1
    assert {
        "lr",
        "noise_level",
        "weight_decay",
        "num_burnin_steps",
        "batch_size",
        "seed",
    } <= explicit.settings.keys()
    assert (explicit.n, explicit.nbeta) == (8, 100)
    assert explicit.sampler.lr == 1e-3


def test_a_result_reads_as_one_line_or_as_a_table(quadratic):
    result = quadratic.estimate(num_draws=500)
    assert repr(result).startswith(f"LLCResult(llc={result.llc:.5g} ± ")
    assert "4 chains × 500 draws" in repr(result)
    assert f"acceptance {result.diagnostics.acceptance:.3f}" in str(result)
    assert f"rank R-hat {result.diagnostics.rank_rhat:.3f}" in str(result)
    assert "warning" not in repr(result)
    noisy = quadratic.estimate(num_draws=500, num_chains=1, num_burnin_steps=0)
    assert "2 warnings" in repr(noisy)
    assert str(noisy).count("warning: ") == 2


# Warnings


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


# Divergence


def test_divergence_names_the_first_chain_and_step_and_keeps_the_rest(quadratic):
    # One thread, so that chain 0 is the first to get there.
    options = {"lr": 1.0, "num_draws": 1000, "num_burnin_steps": 0, "threads": 1}
    with pytest.raises(sl.DivergedError, match=r"Chain 0 diverged.*Lower lr \(now 1\)") as caught:
        quadratic.estimate(quadratic.minimum + 1.0, **options)
    error = caught.value
    # w grows 99-fold a step and its square ends at 1.8e308, so after 308 / (2 log10 99) = 77 steps.
    assert error.chain == 0
    assert error.step == pytest.approx(77, abs=2)
    assert np.isfinite(error.result.losses[0, : error.step - 1]).all()
    assert np.isnan(error.result.losses[0, error.step + 1 :]).all()
    assert isinstance(error, ArithmeticError)


def test_divergence_by_the_localization_is_said_to_be_that(quadratic):
    with pytest.raises(sl.DivergedError) as caught:
        quadratic.estimate(sampler=sl.SGLD(lr=1e-2, localization=1000.0), num_draws=2000)
    assert "Lower lr (now 0.01), or localization (now 1000): lr · localization is 10, and" in str(
        caught.value
    )
    with pytest.raises(sl.DivergedError) as caught:
        quadratic.estimate(sampler=sl.SGLD(lr=0.1, localization=1.0), num_draws=2000)
    assert str(caught.value).endswith("Lower lr (now 0.1).")
    with pytest.raises(sl.DivergedError) as caught:
        quadratic.estimate(sampler=sl.UnderdampedLangevin(lr=0.1, friction=1.0, localization=1e3))
    assert "or localization (now 1000): lr² · localization is 10, and" in str(caught.value)


def test_a_loss_that_is_not_finite_at_the_start_is_not_blamed_on_the_step(quadratic):
    with pytest.raises(sl.DivergedError, match="the loss at params itself") as caught:
        quadratic.estimate(quadratic.minimum + 1e200, num_draws=10)
    assert (caught.value.chain, caught.value.step) == (0, 0)
    assert "Lower lr" not in str(caught.value)


def test_divergence_during_burnin_has_no_draws_to_keep(quadratic):
    with pytest.raises(sl.DivergedError) as caught:
        quadratic.estimate(lr=1.0, num_draws=10, num_burnin_steps=1000)
    assert math.isnan(caught.value.result.llc)
    assert np.isnan(caught.value.result.losses).all()


# The figure


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_figure_is_written(quadratic, tmp_path, suffix):
    pytest.importorskip("matplotlib")
    path = tmp_path / f"llc.{suffix}"
    quadratic.estimate(num_draws=50).plot(path)
    assert path.stat().st_size > 1000


def test_without_matplotlib_the_figure_says_how_to_get_it(quadratic, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"pip install swiftllc\[plot\]"):
        quadratic.estimate(num_draws=5).plot("llc.png")
