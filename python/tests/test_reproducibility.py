"""The same seed gives the same bits; different seeds, chains and tensors share nothing."""

import random

import numpy as np
import pytest

import swiftllc as sl


def run(classifier, **options):
    model, params, data = classifier
    settings = {
        "sampler": sl.SGLD(lr=1e-3),
        "num_draws": 30,
        "num_burnin_steps": 5,
        "batch_size": 16,
        "seed": 0,
    }
    return sl.estimate_llc(model, params, data, **(settings | options))


@pytest.mark.parametrize("threads", [1, 2, 4, None])
def test_any_number_of_threads_gives_the_same_bits(classifier, threads):
    one, many = run(classifier, threads=1), run(classifier, threads=threads)
    np.testing.assert_array_equal(one.losses, many.losses)
    np.testing.assert_array_equal(one.baselines, many.baselines)
    np.testing.assert_array_equal(one.diagnostics.acceptance_per_chain, many.diagnostics.acceptance_per_chain)
    assert one.llc == many.llc


def _digits(*shape):
    return np.random.default_rng(0).normal(size=(48, *shape)).astype(np.float32)


def _dense():
    network = sl.models.mlp([784, 97, 10])
    return sl.Model(network, input_shape=(784,), loss="cross_entropy"), _digits(784), 10


def _images():
    return (
        sl.Model(sl.models.resnet20(), input_shape=(3, 32, 32), loss="cross_entropy"),
        _digits(3, 32, 32),
        10,
    )


def _tokens():
    model = sl.Model(sl.models.GPT2(97, 31, 48, 2, 3), input_shape=(31,), loss="cross_entropy")
    return model, np.random.default_rng(0).integers(0, 97, (48, 31)), 97


@pytest.mark.parametrize("network", [_dense, _images, _tokens])
@pytest.mark.parametrize("sampler", [sl.SGLD(lr=1e-6), sl.UnderdampedLangevin(lr=1e-3, friction=1.0)])
def test_threads_that_share_a_chain_give_the_bits_of_one(network, sampler):
    model, inputs, classes = network()
    shape = inputs.shape if inputs.ndim == 2 and inputs.dtype.kind == "i" else inputs.shape[:1]
    data = model.dataset(inputs, np.random.default_rng(1).integers(0, classes, shape))
    options = {"num_chains": 1, "num_draws": 4, "num_burnin_steps": 1, "batch_size": 45, "seed": 0}

    def estimate(threads):
        weights = model.init(seed=0)
        return sl.estimate_llc(model, weights, data, sampler=sampler, threads=threads, **options)

    one = estimate(1)
    for threads in (2, 3):
        together = estimate(threads)
        assert together.settings["threads"] == threads
        np.testing.assert_array_equal(together.losses, one.losses)
        np.testing.assert_array_equal(together.distances, one.distances)
        assert together.diagnostics.acceptance == one.diagnostics.acceptance


@pytest.mark.parametrize("stop", [None, 1e-9])
def test_teams_beside_one_another_give_the_bits_of_one_thread(stop):
    rng = np.random.default_rng(0)
    model = sl.Model(sl.models.mlp([100, 97, 10]), input_shape=(100,), loss="cross_entropy")
    # Of so many samples that the losses at w* are several tasks, beside the gradient there.
    data = model.dataset(rng.normal(size=(3000, 100)), rng.integers(0, 10, 3000))
    options = {
        "sampler": sl.UnderdampedLangevin(lr=1e-3, friction=1.0), "num_draws": 6, "num_burnin_steps": 1,
        "batch_size": 200, "stop_at_relative_error": stop, "seed": 0,
    }  # fmt: skip
    for chains in (2, 3):
        settings = options | {"num_chains": chains}
        one = sl.estimate_llc(model, model.init(seed=0), data, threads=1, **settings)
        for threads in (2, 4, 7) * 5:
            many = sl.estimate_llc(model, model.init(seed=0), data, threads=threads, **settings)
            np.testing.assert_array_equal(many.losses, one.losses)
            np.testing.assert_array_equal(many.baselines, one.baselines)
            assert many.diagnostics.gradient_norm == one.diagnostics.gradient_norm


def test_a_chain_does_not_depend_on_how_many_there_are(classifier):
    five = run(classifier, num_chains=5)
    for chains in (1, 2, 3):
        np.testing.assert_array_equal(run(classifier, num_chains=chains).losses, five.losses[:chains])


def test_longer_runs_begin_with_the_shorter_ones(classifier):
    short = run(classifier, num_acceptance_checks=0)
    long = run(classifier, num_draws=60, num_acceptance_checks=0)
    np.testing.assert_array_equal(long.losses[:, :30], short.losses)


def test_scoring_moves_does_not_change_them(classifier):
    np.testing.assert_array_equal(run(classifier, num_acceptance_checks=0).losses, run(classifier).losses)


def test_neighbouring_seeds_and_chains_share_no_draw(quadratic):
    seeds = [0, 1, 2, 3, 2**32, 2**32 + 1, 2**63 + 1, 2**64 - 1]
    losses = [quadratic.estimate(seed=seed, num_burnin_steps=1, num_draws=50).losses for seed in seeds]
    assert len(np.unique(losses)) == np.size(losses)


def test_equal_shaped_tensors_get_different_noise():
    # Two weights from 0 with the same noise would have a product that is never negative. The loss
    # (ab + 1)² tells the sign, and with so small an nbeta there is nothing but noise.
    network = sl.Sequential(sl.Linear(1, 1, bias=False), sl.Linear(1, 1, bias=False))
    model = sl.Model(network, input_shape=(1,), loss="mse", dtype="float64")
    result = sl.estimate_llc(
        model,
        [0.0, 0.0],
        ([[1.0]], [-1.0]),
        sampler=sl.SGLD(lr=0.1, localization=1.0),
        nbeta=1e-9,
        num_draws=2000,
        seed=0,
    )
    assert 0.4 < (result.losses < 1).mean() < 0.6


def test_a_single_chain_heeds_the_seed(quadratic):
    first = quadratic.estimate(num_chains=1, seed=1, num_draws=20)
    np.random.rand(7)
    again = quadratic.estimate(num_chains=1, seed=1, num_draws=20)
    other = quadratic.estimate(num_chains=1, seed=2, num_draws=20)
    np.testing.assert_array_equal(first.losses, again.losses)
    assert not np.array_equal(first.losses, other.losses)


def test_the_global_generators_are_left_alone(quadratic):
    before, standard = np.random.get_state(), random.getstate()
    quadratic.estimate(num_draws=5)
    quadratic.estimate(num_draws=5, seed=None)
    quadratic.model.init()
    sl.train(quadratic.model, quadratic.minimum, quadratic.data, steps=3)
    after = np.random.get_state()
    np.testing.assert_array_equal(before[1], after[1])
    assert before[2:] == after[2:]
    assert standard == random.getstate()


def test_numpy_integers_are_seeds(quadratic):
    plain = quadratic.estimate(seed=7, num_draws=5)
    for seed in (np.uint32(7), np.int64(7), np.uint64(7)):
        result = quadratic.estimate(seed=seed, num_draws=5)
        assert result.seed == 7
        np.testing.assert_array_equal(result.losses, plain.losses)


def test_fresh_entropy_is_recorded_and_repeats_the_run(quadratic):
    first, second = quadratic.estimate(seed=None, num_draws=5), quadratic.estimate(seed=None, num_draws=5)
    assert first.seed != second.seed
    np.testing.assert_array_equal(quadratic.estimate(seed=first.seed, num_draws=5).losses, first.losses)


def test_many_chains_on_many_threads_give_the_bits_of_one(classifier):
    many = run(classifier, num_chains=256, num_draws=2, threads=128)
    np.testing.assert_array_equal(many.losses, run(classifier, num_chains=256, num_draws=2, threads=1).losses)


def test_python_threads_may_estimate_at_once(classifier):
    from concurrent.futures import ThreadPoolExecutor

    expected = run(classifier).losses
    with ThreadPoolExecutor(16) as pool:
        for future in [pool.submit(run, classifier) for _ in range(32)]:
            np.testing.assert_array_equal(future.result().losses, expected)


def test_initial_parameters_are_those_of_the_seed(classifier):
    model, params, _ = classifier
    assert params == model.init(seed=0)
    assert params != model.init(seed=1)
    assert np.abs(params["0.weight"]).max() <= 1 / np.sqrt(5)
    assert np.abs(params["2.bias"]).max() <= 1 / np.sqrt(7)
