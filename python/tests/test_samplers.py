"""Every sampler on fixture Q: its options, its reproducibility, and its identities with others."""

from __future__ import annotations

import dataclasses
import math
import pickle

import numpy as np
import pytest
from sampler_cases import ALL, EXACT, HEALTHY, NBETA, OFFSET, STEP, STOCHASTIC

import swiftllc as sl
from swiftllc.samplers import SAMPLERS


def test_there_is_a_case_for_every_sampler():
    assert [type(sampler) for sampler in HEALTHY.values()] == list(SAMPLERS)
    assert list(HEALTHY) == [kind.__name__ for kind in SAMPLERS]


# Options


#: Of each sampler every numeric option, at another value than that of HEALTHY.
CHANGES = {
    "lr": lambda sampler: sampler.lr * 0.9,
    "localization": lambda sampler: 40.0,
    "weight_decay": lambda sampler: 5.0,
    "bounding_box": lambda sampler: 0.05,
    "lr_schedule": lambda sampler: [1.0, 0.5],
    "noise_level": lambda sampler: 0.9,
    "preconditioner": lambda sampler: np.array([1, 1, 1, 0.5]),
    "localization_metric": lambda sampler: "preconditioner",
    "friction": lambda sampler: sampler.friction * 1.1,
    "noise_estimate": lambda sampler: 0.02,
    "first_moment_decay": lambda sampler: 0.8,
    "second_moment_decay": lambda sampler: 0.9,
    "epsilon": lambda sampler: 0.2,
    "moments": lambda sampler: "uncorrected",
    "freeze_after_burnin": lambda sampler: False,
    "leapfrog_steps": lambda sampler: 4,
}
EVERY_OPTION = [
    pytest.param(sampler, item.name, id=f"{type(sampler).__name__}-{item.name}")
    for sampler in HEALTHY.values()
    for item in dataclasses.fields(sampler)
]


@pytest.mark.parametrize("sampler, option", EVERY_OPTION)
def test_every_option_changes_the_seeded_trace(quadratic, sampler, option):
    def losses(changed):
        options = {"num_draws": 20, "num_burnin_steps": 10, "num_acceptance_checks": 0}
        return quadratic.estimate(quadratic.minimum + OFFSET / 10, sampler=changed, **options).losses

    if option == "localization_metric":
        sampler = dataclasses.replace(sampler, preconditioner=np.array([1, 1, 1, 0.5]))
    changed = dataclasses.replace(sampler, **{option: CHANGES[option](sampler)})
    assert not np.allclose(losses(changed), losses(sampler), rtol=1e-3)


@pytest.mark.parametrize("sampler, option", EVERY_OPTION)
def test_every_option_is_in_the_settings_of_the_result(quadratic, sampler, option):
    if option == "localization_metric":
        sampler = dataclasses.replace(sampler, preconditioner=np.ones(4))
    value = CHANGES[option](sampler)
    changed = dataclasses.replace(sampler, **{option: value})
    settings = quadratic.estimate(sampler=changed, num_draws=2).settings
    assert settings["sampler"] == type(sampler).__name__
    assert settings[option] == (value if isinstance(value, (int, float, str)) else "given")
    assert quadratic.estimate(sampler=sampler, num_draws=2).settings[option] != settings[option]


@ALL
def test_an_unknown_option_is_refused(sampler):
    with pytest.raises(TypeError, match="weight_dcay"):
        type(sampler)(lr=1.0, weight_dcay=2)
    with pytest.raises(TypeError, match="positional"):
        type(sampler)(1.0, 2.0)


def test_the_base_is_no_sampler():
    with pytest.raises(sl.ArgumentTypeError, match="use one of its subclasses"):
        sl.Sampler(lr=1.0)


@ALL
def test_a_sampler_cannot_be_changed_but_copied_pickled_and_printed(quadratic, sampler):
    with pytest.raises(dataclasses.FrozenInstanceError):
        sampler.lr = 1.0
    copy = pickle.loads(pickle.dumps(sampler))
    assert repr(copy) == repr(sampler)
    assert eval(repr(sampler), vars(sl)).settings == sampler.settings
    assert repr(sampler).startswith(f"{type(sampler).__name__}(lr={sampler.lr!r}, ")
    one, other = (quadratic.estimate(sampler=s, num_draws=5).losses for s in (sampler, copy))
    np.testing.assert_array_equal(one, other)


# Reproducibility


@ALL
def test_any_number_of_threads_gives_the_same_bits(classifier, sampler):
    model, params, data = classifier
    batch_size = None if sampler in EXACT else 16

    def run(**options):
        settings = {"num_draws": 20, "num_burnin_steps": 3, "batch_size": batch_size, "seed": 5} | options
        return sl.estimate_llc(model, params, data, sampler=sampler, **settings)

    one = run(threads=1)
    for options in ({"threads": 2}, {"threads": 4}, {}):
        many = run(**options)
        np.testing.assert_array_equal(many.losses, one.losses)
        np.testing.assert_array_equal(many.distances, one.distances)
        assert many.diagnostics.temperature == one.diagnostics.temperature or sampler not in STOCHASTIC[3:]
    np.testing.assert_array_equal(run(num_chains=2).losses, one.losses[:2])
    assert not np.array_equal(run(seed=6).losses, one.losses)


@ALL
def test_both_precisions_see_the_same_noise(quadratics, sampler):
    # A decision may fall differently after a while.
    options = {"sampler": sampler, "num_draws": 20, "num_burnin_steps": 5}
    single, double = (quadratics(dtype).estimate(**options).distances for dtype in ("float32", "float64"))
    np.testing.assert_allclose(single, double, rtol=1e-3, atol=1e-5)


@ALL
def test_scoring_moves_does_not_change_them(quadratic, sampler):
    traces = [
        quadratic.estimate(sampler=sampler, num_draws=50, num_acceptance_checks=checks).losses
        for checks in (0, 10, 1000)
    ]
    np.testing.assert_array_equal(traces[1], traces[0])
    np.testing.assert_array_equal(traces[2], traces[0])


# The schedule of step sizes


@ALL
def test_a_schedule_of_ones_is_none(quadratic, sampler):
    options = {"num_draws": 20, "num_burnin_steps": 5}
    plain = quadratic.estimate(sampler=sampler, **options).losses
    for schedule in ([1.0], np.ones(24), np.ones(1000), lambda t: np.ones(len(t)), lambda t: 1.0):
        scheduled = dataclasses.replace(sampler, lr_schedule=schedule)
        np.testing.assert_array_equal(quadratic.estimate(sampler=scheduled, **options).losses, plain)


def test_a_schedule_is_step_by_step_and_its_last_factor_stays(quadratic):
    factors = np.array([1.0, 2.0, 0.5, 3.0])
    sampler = sl.SGLD(lr=STEP, localization=0.0, noise_level=0.0, lr_schedule=factors)
    start = quadratic.minimum + OFFSET
    result = quadratic.estimate(start, sampler=sampler, num_draws=8, num_burnin_steps=2, num_chains=1)
    rates = 1 - 0.1 * np.append(factors, np.full(6, 3.0))
    expected = 5.3125 * np.append(1, np.cumprod(rates) ** 2)[2:10]
    np.testing.assert_allclose(result.losses[0], expected, rtol=1e-12)
    # The same, given as a function of the step.
    made = dataclasses.replace(sampler, lr_schedule=lambda t: factors[np.minimum(t, 3)])
    again = quadratic.estimate(start, sampler=made, num_draws=8, num_burnin_steps=2, num_chains=1)
    np.testing.assert_array_equal(again.losses, result.losses)


def test_a_schedule_is_the_other_lr_for_moments_that_have_none(quadratic):
    for sampler in (HEALTHY["MALA"], HEALTHY["HMC"], HEALTHY["UnderdampedLangevin"], HEALTHY["SGLD"]):
        half = dataclasses.replace(sampler, lr=sampler.lr / 2)
        scheduled = dataclasses.replace(sampler, lr_schedule=[0.5])
        one, other = (quadratic.estimate(sampler=s, num_draws=30).losses for s in (half, scheduled))
        np.testing.assert_array_equal(one, other)


# The bounding box


@pytest.fixture
def line() -> tuple[sl.Model, np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """L(w) = (w - 3)², one weight: |w - w*| is the distance."""
    model = sl.Model(sl.Linear(1, 1, bias=False), input_shape=(1,), loss="mse", dtype="float64")
    X = np.array([[1.0], [-1.0]])
    return model, np.array([3.0]), (X, 3 * X)


@ALL
def test_no_draw_leaves_the_bounding_box(line, sampler):
    boxed = dataclasses.replace(sampler, bounding_box=0.05)
    result = sl.estimate_llc(*line, sampler=boxed, nbeta=NBETA, seed=0, num_draws=4000)
    free = sl.estimate_llc(*line, sampler=sampler, nbeta=NBETA, seed=0, num_draws=4000)
    assert 0.045 < result.distances.max() <= 0.05
    assert free.distances.max() > 0.1


@ALL
def test_a_box_that_is_never_reached_changes_nothing(quadratic, sampler):
    wide = dataclasses.replace(sampler, bounding_box=10.0)
    one, other = (quadratic.estimate(sampler=s, num_draws=50).losses for s in (sampler, wide))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("sampler", EXACT, ids=["MALA", "HMC"])
def test_the_law_inside_the_box_is_the_posterior_cut_off_there(line, sampler):
    boxed = dataclasses.replace(sampler, localization=0.0, bounding_box=0.08)
    result = sl.estimate_llc(*line, sampler=boxed, nbeta=NBETA, seed=1, num_draws=40_000)
    u = np.linspace(-0.08, 0.08, 100_001)
    weight = np.exp(-NBETA * u**2)
    exact = NBETA * (u**2 * weight).sum() / weight.sum()
    assert exact < 0.4  # and ½ without a box
    assert abs(result.llc - exact) < 3 * result.stderr
    assert result.stderr < 0.01 * exact


# Batches


@pytest.mark.parametrize("sampler", EXACT, ids=["MALA", "HMC"])
def test_samplers_with_decisions_take_all_samples(quadratics, sampler):
    problem = quadratics(tiles=64)  # 512 rows: more than the default batch of the others
    assert problem.estimate(sampler=sampler, batch_size=None, num_draws=2).settings["batch_size"] == 512
    problem.estimate(sampler=sampler, batch_size=512, num_draws=2)
    with pytest.raises(
        ValueError, match=f"batch_size is 256, but {type(sampler).__name__} takes all 512 samples"
    ):
        problem.estimate(sampler=sampler, batch_size=256)


@pytest.mark.parametrize("dtype, tolerance", [("float32", 1e-5), ("float64", 1e-12)])
@ALL
def test_a_chain_is_the_same_in_microbatches_up_to_rounding(quadratics, sampler, dtype, tolerance):
    problem = quadratics(dtype, minimum=np.zeros(4), tiles=4)  # so that float32 is as dense as it is at 0
    options = {"sampler": sampler, "num_draws": 40, "num_burnin_steps": 10}
    whole = problem.estimate(batch_size=32, **options)
    parts = problem.estimate(batch_size=32, microbatch=7, **options)
    np.testing.assert_allclose(parts.losses, whole.losses, rtol=tolerance, atol=1e-3 * tolerance)
    assert parts.losses.shape == whole.losses.shape
    assert (parts.settings["batch_size"], parts.settings["microbatch"]) == (32, 7)
    quarters = problem.estimate(batch_size=32, microbatch=8, **options)
    accumulated = problem.estimate(batch_size=8, gradient_accumulation=4, **options)
    assert accumulated.settings == quarters.settings
    np.testing.assert_array_equal(accumulated.losses, quarters.losses)


# Identities


@pytest.mark.parametrize("gamma, decay, box", [(0.0, 0.0, None), (30.0, 0.0, None), (30.0, 5.0, 0.1)])
def test_sgld_without_noise_is_gradient_descent_at_half_the_step(quadratic, gamma, decay, box):
    start = quadratic.minimum + OFFSET / 10
    sampler = sl.SGLD(lr=2e-3, localization=gamma, weight_decay=decay, bounding_box=box, noise_level=0.0)
    result = quadratic.estimate(start, sampler=sampler, num_draws=50, num_burnin_steps=0, num_chains=1)
    w, losses = start.copy(), []
    for _ in range(50):
        losses.append(((w - quadratic.minimum) ** 2).sum())
        w = w - 1e-3 * (200 * (w - quadratic.minimum) + gamma * (w - start) + decay * w)
        u = w - start
        w = start + (u if box is None else np.where(abs(u) > box, np.sign(u) * 2 * box - u, u))
    np.testing.assert_allclose(result.losses[0], losses, rtol=1e-10)


def test_sgld_without_noise_is_the_training_with_sgd(quadratic):
    start = quadratic.minimum + OFFSET
    sampler = sl.SGLD(lr=2e-3, localization=0.0, noise_level=0.0)
    result = quadratic.estimate(start, sampler=sampler, num_draws=21, num_burnin_steps=0, num_chains=1)
    for steps in (1, 7, 20):
        trained = sl.train(
            quadratic.model, start, quadratic.data, optimizer=sl.SGD(lr=1e-3 * NBETA), steps=steps
        )
        loss = ((trained.flat - quadratic.minimum) ** 2).sum()
        assert result.losses[0, steps] == pytest.approx(loss, rel=1e-7)


@pytest.mark.parametrize(
    "options", [{}, {"localization": 30.0}, {"weight_decay": 3.0}, {"bounding_box": 0.1}]
)
def test_rmsprop_whose_moments_stay_nothing_is_sgld(quadratic, options):
    plain = sl.SGLD(lr=STEP, **options)
    adapted = sl.RMSPropSGLD(
        lr=STEP, second_moment_decay=1 - 2**-52, epsilon=1.0, moments="uncorrected", **options
    )
    one, other = (quadratic.estimate(sampler=s, num_draws=100).distances for s in (plain, adapted))
    np.testing.assert_allclose(other, one, rtol=1e-6)


def test_adam_without_memory_is_rmsprop_without_memory(quadratic):
    settings = {"lr": STEP, "second_moment_decay": 0.0, "epsilon": 0.3, "freeze_after_burnin": False}
    one = quadratic.estimate(sampler=sl.AdamSGLD(first_moment_decay=0.0, **settings), num_draws=100)
    other = quadratic.estimate(sampler=sl.RMSPropSGLD(moments="uncorrected", **settings), num_draws=100)
    np.testing.assert_allclose(one.distances, other.distances, rtol=1e-10)


def test_mala_is_hmc_of_one_step_at_the_root_of_the_step(quadratic):
    mala = quadratic.estimate(sampler=sl.MALA(lr=4e-3), num_draws=200)
    hmc = quadratic.estimate(sampler=sl.HMC(lr=math.sqrt(4e-3), leapfrog_steps=1), num_draws=200)
    np.testing.assert_allclose(hmc.distances, mala.distances, rtol=1e-9)
    assert hmc.diagnostics.acceptance == pytest.approx(mala.diagnostics.acceptance, rel=1e-9)


def test_mala_proposes_the_moves_of_sgld(quadratic):
    # Where nothing is rejected, which with so small a step is for a while, they are one.
    mala, sgld = (
        quadratic.estimate(sampler=s, num_draws=5, num_burnin_steps=0).distances
        for s in (sl.MALA(lr=1e-6), sl.SGLD(lr=1e-6))
    )
    assert mala.max() > 0
    np.testing.assert_allclose(mala[:, 0], sgld[:, 0], rtol=1e-9)


def test_one_step_of_rmsprop_moves_by_the_published_numbers():
    # v = (0.9 · 1 + 0.1 · 2²) / (1 - 0.9) = 13: the move is -½ 0.1 / √13 · 2, the noise √(0.1 / √13) z.
    model = sl.Model(sl.Linear(1, 1, bias=False), input_shape=(1,), loss="mse", dtype="float64")
    options = {"nbeta": 1.0, "num_draws": 2, "num_burnin_steps": 0, "num_chains": 200, "seed": 0}
    data = np.array([[1.0]]), np.array([[0.0]])  # L = w², so that the gradient at 1 is 2

    def moved(noise_level):
        sampler = sl.RMSPropSGLD(
            lr=0.1, localization=0.0, second_moment_decay=0.9, epsilon=1e-8, noise_level=noise_level
        )
        result = sl.estimate_llc(model, [1.0], data, sampler=sampler, **options)
        return np.sqrt(result.losses[:, 1]) - 1

    drift = moved(0.0)
    np.testing.assert_allclose(drift, -0.0277350, atol=5e-8)
    # The noise is that of SGLD with lr 1, times the coefficient.
    unit = sl.SGLD(lr=1e-4, localization=0.0)
    plain = np.sqrt(sl.estimate_llc(model, [1.0], data, sampler=unit, **options).losses[:, 1]) - 1
    z = (plain + 1e-4) / 1e-2
    np.testing.assert_allclose((moved(1.0) - drift) / z, 0.1665383, atol=1e-6)
