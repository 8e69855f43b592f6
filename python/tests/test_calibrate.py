"""Settings that nobody chose by hand: exact values, and what is told of them."""

import dataclasses

import crossing_lines
import numpy as np
import pytest
from conftest import make_quadratic
from regressions import QUIET, Regression

import swiftllc as sl
from swiftllc import estimate


@pytest.mark.parametrize("n, noise", [(200, 1.0), (2000, 1.0), (20_000, 0.0), (20_000, 0.05)])
def test_the_estimate_is_exact_on_a_quadratic(n, noise):
    # A single run errs by 4 standard errors once in 16 000; the mean of four seeds tells a bias of 2 %.
    problem = Regression(n, noise)
    results = [problem.estimate(seed=seed, budget=20_000 * min(n, 500)) for seed in range(4)]
    errors = [result.llc - problem.exact(result.sampler.localization) for result in results]
    stderr = np.hypot.reduce([result.stderr for result in results]) / 4
    assert abs(np.mean(errors)) < 4 * stderr
    assert stderr < 0.02 * problem.exact(0)
    assert all((result.noise_bias > 0) == (n > 2000) for result in results)


@pytest.mark.parametrize("sampler", [sl.SGLD(lr=4e-4), sl.UnderdampedLangevin(lr=0.01, friction=2.0)])
def test_what_the_noise_of_gradients_adds_is_subtracted(sampler):
    # It doubles λ̂ about, with batches so small. lr h / 4 of SGLD, the bias of its step, is left: 5 %.
    problem = Regression(2000, noise=1.0)
    result = problem.estimate(
        sampler=sampler, batch_size=20, with_replacement=True, draw_batches="steps", correct_noise_bias=True,
        num_acceptance_checks=2000, num_draws=20_000, num_burnin_steps=1000,
    )  # fmt: skip
    exact = problem.exact(sampler.localization)
    raw = result.llc_per_draw.mean()
    assert raw > 1.5 * exact
    assert result.llc == pytest.approx(raw - result.noise_bias)
    assert result.llc_per_chain.mean() == pytest.approx(result.llc)
    step_bias = 0.05 * exact if isinstance(sampler, sl.SGLD) else 0.0
    assert abs(result.llc - exact - step_bias) < 4 * result.stderr + 0.02 * exact


def test_the_noise_of_gradients_is_predicted():
    result = Regression(20_000, noise=0.1).estimate()
    # A pilot has checked few moves, while its λ̂ still rose: over seeds it guesses 1.0 to 2.0 times what the
    # run finds, 1.4 on average.
    guess = result.calibration.noise_bias / (result.noise_bias / result.llc)
    assert 0.7 < guess < 2.5
    assert f"{result.noise_bias:.3g} for the noise of the gradients is subtracted" in str(result)


def test_noise_that_drowns_everything_is_told_of():
    # The loss at w* is all noise, and the batch is given: λ̂ is a small difference of large numbers.
    result = Regression(20_000, noise=3.0).estimate(batch_size=500)
    assert result.noise_bias > 5 * abs(result.llc - 5) > 0
    assert any(
        "too high by about" in sentence and "subtracted safely" in sentence for sentence in result.warnings
    )
    assert not any("local minimum" in sentence for sentence in result.warnings)


def test_more_friction_or_all_samples_answer_more_noise():
    quiet, noisy = (Regression(20_000, noise=noise).estimate() for noise in (0.05, 0.3))
    rates = [result.sampler.friction / result.sampler.lr for result in (quiet, noisy)]
    assert rates[1] > 1.5 * rates[0] and noisy.settings["batch_size"] == 500
    drowned = Regression(4000, noise=10.0).estimate()
    assert drowned.settings["batch_size"] == 4000 and drowned.noise_bias == 0


def test_the_estimate_where_two_lines_cross():
    # There is no curvature at w* itself.
    result = sl.estimate_llc(crossing_lines.MODEL, [0.0, 0.0], ([[1.0]], [0.0]), nbeta=100.0, **QUIET)
    exact = crossing_lines.localised(100.0, result.sampler.localization)
    assert result.stderr < 0.025 * exact  # the burn-in is chosen once more at the end
    assert abs(result.llc - exact) < 4 * result.stderr
    assert result.settings["stopped_early"] and "stopped early: the standard error is" in str(result)


def test_the_seed_determines_everything():
    problem = Regression(3000, 0.0)
    first, second = problem.estimate(threads=1), problem.estimate(threads=2)
    assert np.array_equal(first.losses, second.losses)
    assert first.calibration.reasons == second.calibration.reasons
    other = problem.estimate(seed=1)
    assert not np.array_equal(other.losses[0, :100], first.losses[0, :100])
    unseeded = problem.estimate(seed=None)
    again = problem.estimate(seed=unseeded.seed)
    assert np.array_equal(unseeded.losses, again.losses)


def test_a_calibration_makes_the_same_estimate_by_hand():
    problem = Regression(3000, 0.0)
    calibration = sl.calibrate(problem.model, problem.params, (problem.X, problem.y), **QUIET)
    by_hand = problem.estimate(sampler=calibration.sampler, **calibration.options)
    assert np.array_equal(by_hand.losses, problem.estimate().losses)
    assert by_hand.calibration is None


def test_only_what_the_mask_frees_moves_and_counts():
    problem = Regression(500, 1.0)
    mask = np.arange(10) < 3
    result = problem.estimate(mask=mask)
    assert result.settings["num_parameters"] == 3
    assert abs(result.llc - problem.exact(result.sampler.localization, slice(0, 3))) < 4 * result.stderr
    nothing = problem.estimate(mask=np.zeros(10, bool), budget=10**6)
    assert nothing.llc == 0


def test_what_is_given_is_kept():
    problem = Regression(3000, 0.0)
    given = {"num_chains": 3, "nbeta": 50.0, "stop_at_relative_error": 0.05}
    result = problem.estimate(**given, batch_size=100, gradient_accumulation=2, init_loss=0.0)
    assert {name: result.settings[name] for name in given} == given
    assert (result.settings["batch_size"], result.settings["microbatch"]) == (200, 100)
    assert result.init_loss == 0
    calibration = sl.calibrate(
        problem.model, problem.params, (problem.X, problem.y), localization=0.0, num_chains=2, **QUIET
    )
    assert calibration.sampler.localization == 0 and calibration.options["num_chains"] == 2
    assert any("which never settle" in reason for reason in calibration.reasons)


def test_a_step_that_diverges_is_made_smaller():
    # The curvature grows without bound: e^(|w|²) has little of it at w*.
    def loss_and_grad(w, rows):
        with np.errstate(over="ignore", invalid="ignore"):
            loss = np.expm1(w @ w)
            return loss, 2 * w * (loss + 1)

    external = sl.External(loss_and_grad, n=100)
    result = sl.estimate_llc(external, np.zeros(4), nbeta=0.1, budget=500_000, **QUIET)
    first = 0.5 / np.sqrt(0.1 * result.calibration.curvature + result.sampler.localization)
    assert result.sampler.lr < 0.8 * first and result.diagnostics.acceptance > 0.9
    # |w|² = u has the density u e^(-nbeta (e^u - 1) - γ u / 2) in four dimensions.
    u = np.linspace(0, 20, 200_001)
    weight = u * np.exp(-0.1 * np.expm1(u) - result.sampler.localization * u / 2)
    exact = 0.1 * (np.expm1(u) * weight).sum() / weight.sum()
    assert abs(result.llc - exact) < 4 * result.stderr


@pytest.mark.parametrize(("factor", "why"), [(8, "diverged at step"), (3.5, "of the moves were accepted")])
def test_a_step_that_is_too_large_after_all_is_made_smaller(monkeypatch, factor, why):
    problem, calibrated = Regression(300, 1.0), estimate.calibrated
    found, ended, estimated = [], [], estimate.estimate

    def noted(*arguments, **options):
        ended.append(estimated(*arguments, **options))
        return ended[-1]

    def reckless(*arguments, **options):
        calibration = calibrated(*arguments, **options)
        found.append(calibration)
        sampler = dataclasses.replace(calibration.sampler, lr=factor * calibration.sampler.lr)
        return dataclasses.replace(calibration, sampler=sampler)

    monkeypatch.setattr(estimate, "calibrated", reckless)
    monkeypatch.setattr(estimate, "estimate", noted)
    result = problem.estimate()
    # What has to be made again ends early.
    steps = found[0].options["num_draws"] * found[0].options["num_steps_bw_draws"]
    for early in ended[:-1]:
        made = early.settings["num_burnin_steps"] + early.losses.shape[1]
        assert early.settings["stopped_early"] and made <= 0.25 * steps
    assert any(why in reason for reason in result.calibration.reasons)
    assert result.diagnostics.acceptance > 0.9
    assert abs(result.llc - problem.exact(result.sampler.localization)) < 4 * result.stderr
    # Flat directions stay damped, and it is known how long they take.
    (first,), last = found, result.calibration
    damping, pull = result.sampler.friction, result.sampler.localization
    assert damping >= 4 * np.sqrt(pull) * (1 - 1e-12)
    taken = (
        first.relaxation * damping / first.sampler.friction * first.sampler.lr * factor / result.sampler.lr
    )
    assert last.relaxation == pytest.approx(taken)


def test_it_says_what_it_chose_and_why(capfd):
    problem = Regression(3000, 0.0)
    calibration = sl.calibrate(problem.model, problem.params, (problem.X, problem.y), seed=0)
    told = capfd.readouterr()
    assert str(calibration) in told.err and not told.out
    for choice in ("localization", "batch_size", "lr", "friction", "chain"):
        assert any(choice in reason for reason in calibration.reasons)
    assert "sample gradients" in repr(calibration)
    result = problem.estimate(progress=False)
    assert not capfd.readouterr().err
    assert all(reason in str(result) for reason in calibration.reasons)
    assert not any("There is one chain" in sentence for sentence in result.warnings)


def test_checkpoints_and_grids_share_one_calibration():
    problem = make_quadratic(tiles=20)
    checkpoints = [problem.minimum, problem.minimum + 1e-3]
    nothing = {"num_chains": None, "num_draws": None, "stop_at_relative_error": None, "batch_size": None}
    trajectory = sl.estimate_llc_trajectory(
        problem.model, checkpoints, problem.data, budget=1_000_000, **nothing, **QUIET
    )
    held = sl.estimate_llc_trajectory(
        problem.model, checkpoints[:1], problem.data, budget=1_000_000, localization=3.0, **nothing, **QUIET
    )
    assert held.results[0].sampler.localization == 3
    first, second = trajectory.results
    assert first.sampler == second.sampler == trajectory.calibration.sampler
    assert first.settings == second.settings and first.settings["num_burnin_steps"] > 0
    assert first.settings["num_draws"] == trajectory.calibration.fixed_options["num_draws"] > 100
    steps = [first.sampler.lr * factor for factor in (0.5, 0.7, 1.0)]
    grid = sl.sweep(problem.model, problem.minimum, problem.data, lr=steps, budget=1_000_000, **QUIET)
    assert grid.plateau.all() and [row.lr for row in grid.rows] == steps
    assert grid.calibration.sampler.lr == pytest.approx(first.sampler.lr)
    stiff = sl.sweep(
        problem.model, problem.minimum, problem.data, nbeta=[10.0, 1e4], localization=[1.0, 100.0], **QUIET
    )
    assert not stiff["diverged"].any() and (stiff["acceptance"] > 0.9).all()
    assert {row.localization for row in stiff.rows} == {1.0, 100.0}


def test_a_localization_that_is_given_is_that_of_the_estimate():
    problem = make_quadratic()
    given = sl.estimate_llc(
        problem.model, problem.minimum, problem.data, localization=2.5, seed=0, progress=False
    )
    assert given.sampler.localization == 2.5
    assert given.calibration.reasons[0] == "localization 2.5: given."
    chosen = sl.calibrate(
        problem.model, problem.minimum, problem.data, localization=2.5, seed=0, progress=False
    )
    assert chosen.sampler.settings == given.sampler.settings
