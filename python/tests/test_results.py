"""What a result says: statistics, divergence and the figure."""

import dataclasses
import math
import sys

import numpy as np
import pytest

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
