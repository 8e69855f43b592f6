"""What a minibatch is, and that the answer does not depend on how the samples are cut."""

import numpy as np
import pytest
from conftest import closed_form

import swiftllc as sl


def spread(n):
    """One weight at the mean of n targets that are all different: a batch's loss tells which it holds."""
    model = sl.Model(sl.Linear(1, 1, bias=False), input_shape=(1,), loss="mse", dtype="float64")
    return model, np.ones((n, 1)), 2.0 ** np.arange(n)


def batches(n, batch_size, draws, **options):
    """The mean squared targets of the batches that a run that never moves makes its steps with."""
    model, X, y = spread(n)
    sampler = sl.SGLD(lr=1e-12, localization=0.0, noise_level=0.0)
    settings = {"num_chains": 1, "num_burnin_steps": 0, "seed": 0, "nbeta": 1e-9, "draw_batches": "steps"}
    settings |= options
    result = sl.estimate_llc(
        model, [0.0], (X, y), sampler=sampler, num_draws=draws, batch_size=batch_size, **settings
    )
    np.testing.assert_array_equal(result.losses[:, 0], result.baselines[:, 0])
    return result.baselines


def test_an_epoch_holds_every_sample_once_and_its_short_batch_is_averaged_over_its_own_size():
    n, size = 10, 3
    means = batches(n, size, draws=4 * 25)[0].reshape(25, 4)
    counts = np.array([3, 3, 3, 1])
    sums = np.rint(means * counts).astype(np.int64)
    held = [[format(value, "b").count("1") for value in epoch] for epoch in sums]
    assert held == [counts.tolist()] * 25
    # Squares of distinct powers of two: an epoch has the sum of all samples only if each is there once.
    np.testing.assert_array_equal(sums.sum(axis=1), sum(4**i for i in range(n)))


def test_every_epoch_has_an_order_of_its_own():
    epochs = batches(10, 3, draws=4 * 25)[0].reshape(25, 4)
    assert len(np.unique(epochs, axis=0)) == 25


def test_draws_are_measured_on_batches_that_are_not_those_of_the_steps():
    own = batches(10, 3, draws=400, draw_batches="independent")[0]
    # Each is a mean over 3 samples, drawn with replacement, of all 4^i: its mean is theirs.
    squares = 4.0 ** np.arange(10)
    assert abs(own.mean() - squares.mean()) < 4 * squares.std() / (3 * 400) ** 0.5
    assert len(np.unique(own)) > 100  # of the 220 there are


def test_the_batch_of_the_step_overrates_a_draw_where_samples_disagree():
    # Residuals of ±3: the gradients of the samples at the minimum are not zero.
    generator = np.random.default_rng(0)
    X = generator.normal(size=(128, 4))
    y = X @ np.ones(4) + 3 * generator.normal(size=128)
    minimum, *_ = np.linalg.lstsq(X, y, rcond=None)
    model = sl.Model(sl.Linear(4, 1, bias=False), input_shape=(4,), loss="mse", dtype="float64")

    def llc(draw_batches):
        result = sl.estimate_llc(
            model, minimum, (X, y), sampler=sl.SGLD(1e-3, localization=0.0), batch_size=8, seed=0,
            num_draws=20_000, num_burnin_steps=1000, draw_batches=draw_batches,
        )  # fmt: skip
        return result.llc, result.stderr

    (own, own_error), (step, step_error) = llc("independent"), llc("steps")
    assert step - own > 10 * (own_error**2 + step_error**2) ** 0.5


def test_every_chain_has_an_order_of_its_own():
    means = batches(10, 3, draws=8, num_chains=4)
    assert len(np.unique(means, axis=0)) == 4


@pytest.mark.parametrize("microbatch", [1, 7, 40, None])
def test_losses_do_not_depend_on_the_microbatch(microbatch):
    # Bit for bit; before the first step, which has a gradient.
    network = sl.Sequential(
        sl.Conv2d(2, 3, 3), sl.Tanh(), sl.Conv2d(3, 2, 3, padding=1), sl.Flatten(), sl.Linear(288, 288)
    )
    model = sl.Model(network, input_shape=(2, 14, 14), loss="mse")
    generator = np.random.default_rng(0)
    X, y = generator.normal(size=(40, 2, 14, 14)), generator.normal(size=(40, 288))

    def estimate(microbatch):
        return sl.estimate_llc(
            model, model.init(), (X, y), sampler=sl.SGLD(lr=1e-6), batch_size=40, microbatch=microbatch,
            num_draws=1, num_burnin_steps=0, num_chains=1, seed=0,
        )  # fmt: skip

    cut, whole = estimate(microbatch), estimate(40)
    assert cut.settings["microbatch"] == (microbatch or 40)
    assert (cut.losses, cut.baselines, cut.init_loss) == (whole.losses, whole.baselines, whole.init_loss)
    assert cut.diagnostics.gradient_norm == pytest.approx(whole.diagnostics.gradient_norm, rel=1e-5)


def test_the_microbatch_that_is_chosen_is_the_same_for_any_number_of_threads():
    # 8 kB for each sample's values in a layer, and as much for their gradients: 64 MiB hold fewer than 1024.
    network = sl.Sequential(*(sl.Linear(2000, 2000, bias=False) for _ in range(10)))
    model = sl.Model(network, input_shape=(2000,), loss="mse")
    X = np.zeros((1024, 2000), np.float32)
    chosen = [
        sl.estimate_llc(
            model, np.zeros(model.parameter_count, np.float32), (X, X), sampler=sl.SGLD(lr=1e-9),
            batch_size=size, num_draws=1, num_burnin_steps=0, num_chains=2, threads=threads, seed=0,
            num_acceptance_checks=0,
        ).settings["microbatch"]
        for threads, size in ((1, 1024), (2, 1024), (1, 8))
    ]  # fmt: skip
    assert chosen[0] == chosen[1]
    assert 400 < chosen[0] < 900
    assert chosen[2] == 8


def test_a_full_batch_is_the_data_set():
    np.testing.assert_allclose(batches(10, 10, draws=5), np.mean(4.0 ** np.arange(10)), rtol=1e-14)


def test_the_initial_loss_is_the_mean_over_samples_at_any_batch_size():
    model, X, y = spread(40)
    # Sixteen batches, which the gradient at w* is of, are fewer samples, or all.
    for size in (1, 3, 40):
        result = sl.estimate_llc(
            model, [0.0], (X, y), sampler=sl.SGLD(1e-12), batch_size=size, num_draws=1, num_burnin_steps=0
        )
        assert result.init_loss == pytest.approx(np.mean(y**2), rel=1e-12)


@pytest.mark.parametrize("batch_size", [32, 1000, None])
def test_the_default_nbeta_is_that_of_the_data_set(quadratics, batch_size):
    problem = quadratics(tiles=125)  # 1000 rows
    result = problem.estimate(nbeta=None, batch_size=batch_size, num_draws=2)
    assert result.nbeta == pytest.approx(144.76483, abs=1e-5)
    assert result.settings["batch_size"] == (batch_size or 256)


def test_the_default_batch_is_no_larger_than_the_data_set(quadratic):
    assert quadratic.estimate(batch_size=None, num_draws=2).settings["batch_size"] == 8


@pytest.mark.parametrize("tiles", [1, 4, 16])
def test_repeated_rows_change_nothing(quadratics, tiles):
    # L is a mean, and nbeta is given.
    result = quadratics(tiles=tiles).estimate(num_draws=20_000, num_burnin_steps=500)
    assert abs(result.llc - closed_form(100, 1e-3, 0)) < 4 * result.stderr


def test_minibatches_give_the_value_of_the_full_batch(quadratics):
    # 512 rows without residual: a batch of 64 differs from the rest only by its X'X, so the noise of the
    # gradient vanishes at the minimum and adds little: (nbeta 2)² |w|² / 64 · lr / 4, about 1 %.
    result = quadratics(tiles=64).estimate(batch_size=64, num_draws=20_000, num_burnin_steps=500)
    expected = closed_form(100, 1e-3, 0)
    assert abs(result.llc - expected) < 4 * result.stderr + 0.02 * expected


def test_pairing_removes_the_noise_of_the_batches(quadratics):
    # Residuals from 0 to 6: in each tile orthogonal to X, so that w* stays the minimum.
    problem = quadratics(residual=1.0, tiles=16)
    scale = np.linspace(0, 6, 16).repeat(8)[:, None]
    fitted = problem.X @ problem.minimum[:, None]
    problem.y = fitted + scale * (problem.y - fitted)
    options = {"batch_size": 8, "num_draws": 2000, "lr": 1e-4}
    result = problem.estimate(**options)
    mean = np.mean(scale**2)
    assert result.init_loss == pytest.approx(mean)
    unpaired = problem.estimate(**options, init_loss=mean)
    np.testing.assert_array_equal(unpaired.losses, result.losses)
    assert unpaired.llc_per_draw.std() > 3 * result.llc_per_draw.std()


@pytest.mark.parametrize("power", [-3, 4])
def test_twice_the_loss_at_half_the_nbeta_is_the_same(quadratics, power):
    # Powers of two round alike, so the traces are the same bits up to the factor.
    problem, scale = quadratics(), 2.0**power
    expected = problem.estimate(num_draws=100)
    problem.X, problem.y = problem.X * scale, problem.y * scale
    scaled = problem.estimate(num_draws=100, nbeta=100 / scale**2)
    np.testing.assert_allclose(scaled.llc_per_draw, expected.llc_per_draw, rtol=1e-9, atol=1e-12)
    assert scaled.llc == pytest.approx(expected.llc, rel=1e-10)


def test_permuting_hidden_units_gives_the_same_estimate():
    rng = np.random.default_rng(0)
    network = sl.Sequential(sl.Linear(2, 4), sl.ReLU(), sl.Linear(4, 1))
    model = sl.Model(network, input_shape=(2,), loss="mse", dtype="float64")
    params = model.init(seed=1)
    X = rng.normal(size=(64, 2))
    order = [2, 0, 3, 1]
    permuted = {
        "0.weight": params["0.weight"][order],
        "0.bias": params["0.bias"][order],
        "2.weight": params["2.weight"][:, order],
        "2.bias": params["2.bias"],
    }
    results = [
        sl.estimate_llc(
            model,
            weights,
            (X, model(params, X)),
            sampler=sl.SGLD(lr=1e-3, localization=10.0),
            nbeta=100.0,
            num_draws=20_000,
            num_burnin_steps=2000,
            seed=seed,
        )
        for seed, weights in enumerate((params, permuted))
    ]
    error = np.hypot(results[0].stderr, results[1].stderr)
    assert abs(results[0].llc - results[1].llc) < 4 * error
    assert error < 0.1 * results[0].llc
