"""Settings that nobody chose by hand: exact values, the budget, and what is told of them."""

import dataclasses

import numpy as np
import pytest
from conftest import make_quadratic
from crossing_lines import localised

import swiftllc as sl
from swiftllc import estimate
from swiftllc.calibration.curvature import largest_curvature
from swiftllc.calibration.localization import layer_size
from swiftllc.calibration.move import Move

QUIET = {"seed": 0, "progress": False}
CROSSING = sl.Model(
    sl.Sequential(sl.Linear(1, 1, bias=False), sl.Linear(1, 1, bias=False)), input_shape=(1,), loss="mse"
)


class Regression:
    """A linear regression with noise: λ̂ with localization γ is ½ tr nβH (nβH + γ)⁻¹, H the Hessian."""

    def __init__(self, n: int, noise: float, directions: int = 10) -> None:
        generator = np.random.default_rng(n)
        self.X = generator.normal(size=(n, directions))
        self.y = self.X @ generator.normal(size=directions) + noise * generator.normal(size=n)
        self.params = np.linalg.lstsq(self.X, self.y)[0]
        self.model = sl.Model(
            sl.Linear(directions, 1, bias=False), input_shape=(directions,), loss="mse", dtype="float64"
        )

    def exact(self, localization: float, free: slice = slice(None)) -> float:
        n = len(self.X)
        curvatures = np.linalg.eigvalsh(2 / n * self.X[:, free].T @ self.X[:, free]) * n / np.log(n)
        return float((curvatures / (curvatures + localization)).sum() / 2)

    def estimate(self, **options) -> sl.LLCResult:
        return sl.estimate_llc(self.model, self.params, (self.X, self.y), **(QUIET | options))


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
    assert result.calibration.noise_bias == pytest.approx(result.noise_bias / result.llc, rel=0.5)
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
    result = sl.estimate_llc(CROSSING, [0.0, 0.0], ([[1.0]], [0.0]), nbeta=100.0, **QUIET)
    exact = localised(100.0, result.sampler.localization)
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


def counting(problem: Regression, gives_each: bool = False):
    """The problem as an External, and a list whose sum is the rows that it was asked for."""
    asked: list[int] = []

    def loss_and_grad(w, rows):
        asked.append(len(rows))
        error = problem.X[rows] @ w - problem.y[rows]
        gradient = 2 / len(rows) * problem.X[rows].T @ error
        return (error**2 if gives_each else (error**2).mean()), gradient

    return sl.External(loss_and_grad, n=len(problem.X)), asked


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
    run = settings["num_chains"] * (steps + checks) * settings["batch_size"] + n / 3 + n
    spent = result.calibration.sample_gradients + run
    assert 0.99 * 5_000_000 < spent <= 5_000_000
    assert "all draws were made" in str(result)


def test_a_run_has_an_end_even_if_the_budget_has_none():
    result = Regression(10, 1.0, directions=2).estimate(budget=10**10, stop_at_relative_error=1e-9)
    assert "no run is longer" in result.calibration.reasons[-1]
    assert result.losses.size <= 4 * 5000


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
    assert (result.settings["batch_size"], result.settings["microbatch_size"]) == (200, 100)
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


def test_a_chain_that_diverges_after_all_begins_again(monkeypatch):
    problem, calibrated = Regression(300, 1.0), estimate.calibrated

    def reckless(*arguments, **options):
        calibration = calibrated(*arguments, **options)
        sampler = dataclasses.replace(calibration.sampler, lr=8 * calibration.sampler.lr)
        return dataclasses.replace(calibration, sampler=sampler)

    monkeypatch.setattr(estimate, "calibrated", reckless)
    result = problem.estimate()
    assert "diverged at step" in result.calibration.reasons[-1]
    assert abs(result.llc - problem.exact(result.sampler.localization)) < 4 * result.stderr


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
        ("gradient_accumulation", 2, ValueError, "batch_size must be given with gradient_accumulation = 2"),
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
        sl.calibrate(CROSSING, [0.0, 0.0], ([[1.0]], [0.0]), **QUIET)


def test_checkpoints_and_grids_share_one_calibration():
    problem = make_quadratic(tiles=20)
    checkpoints = [problem.minimum, problem.minimum + 1e-3]
    nothing = {"num_chains": None, "num_draws": None, "stop_at_relative_error": None, "batch_size": None}
    trajectory = sl.estimate_llc_trajectory(
        problem.model, checkpoints, problem.data, budget=1_000_000, **nothing, **QUIET
    )
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


@pytest.mark.parametrize("series", ["estimate_llc_trajectory", "sweep"])
@pytest.mark.parametrize(
    "options, message",
    [
        ({"budget": 10**6, "sampler": sl.SGLD(lr=1e-3)}, "budget must be left out where a sampler is given"),
        ({"num_draws": 10}, "num_draws must be left out where no sampler is given"),
        ({"budget": 10}, "budget is 10 sample gradients"),
    ],
)
def test_a_series_refuses_what_an_estimate_does(series, options, message):
    problem = make_quadratic()
    params = [problem.minimum] if series == "estimate_llc_trajectory" else problem.minimum
    with pytest.raises(ValueError, match=message):
        getattr(sl, series)(problem.model, params, problem.data, **QUIET, **options)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_curvature_is_the_largest_eigenvalue(dtype):
    # What is left of the others falls as (λ₂/λ₁)^22, from a beginning that may hold little of the first.
    generator = np.random.default_rng(0)
    basis = np.linalg.qr(generator.normal(size=(30, 30)))[0]
    hessian = (basis * np.r_[-7.0, np.linspace(0, 4, 29)]) @ basis.T
    centre = generator.normal(size=30).astype(dtype)

    def gradient(w):
        return (hessian @ (w - centre) + 0.1 * (w - centre) ** 2).astype(dtype)

    def largest(function, free=None):
        return largest_curvature(function, centre, free, np.random.default_rng(1))

    assert largest(gradient) == pytest.approx(7, rel=0.03)
    free = np.arange(30) < 10
    block = np.abs(np.linalg.eigvalsh(hessian[:10, :10])).max()
    assert largest(gradient, free) == pytest.approx(block, rel=0.03)
    assert np.isnan(largest(lambda w: np.full(30, np.nan)))
    assert largest(gradient, free & False) == 0
    assert largest(lambda w: np.ones(30)) == 0


def test_the_size_of_a_layer():
    shapes = {"a": (4, 10), "b": (4,), "c": (6, 3, 2, 2)}
    assert layer_size(shapes, None) == ((10 + 4) / 2 + (12 + 24) / 2) / 2
    free = np.zeros(116, bool)
    free[44:] = True
    assert layer_size(shapes, free) == (12 + 24) / 2
    free[:] = np.arange(116) == 41
    assert layer_size(shapes, free) == 1
    assert layer_size({"params": (25,)}, None) == 5


def test_the_relaxation_of_a_flat_direction():
    # Without loss w - w* is an overdamped oscillator: its square is (1 - e^(-t/τ))/γ on average, at step t.
    external = sl.External(lambda w, rows: (0.0, np.zeros(400)), n=10)
    move = Move(lr=0.1, rate=100.0, localization=1.0)
    relaxation = 50
    result = sl.estimate_llc(
        external, np.zeros(400), sampler=move.sampler, nbeta=1.0, num_chains=1, num_burnin_steps=0,
        num_draws=4 * relaxation, **QUIET,
    )  # fmt: skip
    squares = result.distances[0] ** 2 / 400
    steps = np.arange(4 * relaxation)
    # Each of 400 squares has the standard deviation √2 of its mean.
    assert (np.abs(squares - (1 - np.exp(-steps / relaxation))) < 4 * np.sqrt(2 / 400)).all()
