"""Every sampler on fixture Q: the law of its recursion, its options, and its identities with others.

On a quadratic a sampler without decisions is linear, s' = M s + b z. Its stationary covariance solves
S = M S M' + b b' (a discrete Lyapunov equation), from which the value and its Monte Carlo error both follow.
"""

from __future__ import annotations

import dataclasses
import math
import pickle

import numpy as np
import pytest
from conftest import CURVATURE, DIRECTIONS, closed_form

import swiftllc as sl
from swiftllc.samplers import SAMPLERS

NBETA = 100.0
STEP = 1e-3
TIME = 0.03  # of a step in time: lr √h = 0.42
OFFSET = np.array([0.5, -0.25, 1.0, 2.0])

#: One of each, at a healthy step on fixture Q.
HEALTHY = {
    "SGLD": sl.SGLD(lr=STEP, localization=20.0),
    "RMSPropSGLD": sl.RMSPropSGLD(lr=STEP / 4, localization=20.0),
    "AdamSGLD": sl.AdamSGLD(lr=STEP / 10, localization=20.0, epsilon=0.1),
    "SGHMC": sl.SGHMC(lr=STEP / 2, friction=0.2, localization=20.0),
    "SGNHT": sl.SGNHT(lr=STEP / 2, friction=0.2, localization=20.0),
    "UnderdampedLangevin": sl.UnderdampedLangevin(lr=TIME, friction=10.0, localization=20.0),
    "MALA": sl.MALA(lr=4 * STEP, localization=20.0),
    "HMC": sl.HMC(lr=2 * TIME, leapfrog_steps=3, localization=20.0),
}
ALL = pytest.mark.parametrize("sampler", list(HEALTHY.values()), ids=list(HEALTHY))
STOCHASTIC = [sampler for sampler in HEALTHY.values() if not isinstance(sampler, (sl.MALA, sl.HMC))]
EXACT = [HEALTHY["MALA"], HEALTHY["HMC"]]


def test_there_is_a_case_for_every_sampler():
    assert [type(sampler) for sampler in HEALTHY.values()] == list(SAMPLERS)
    assert list(HEALTHY) == [kind.__name__ for kind in SAMPLERS]


# The law


def stationary(M: np.ndarray, b: np.ndarray) -> np.ndarray:
    """S = M S M' + b b', solved as a linear system."""
    size = len(M)
    flat = np.linalg.solve(np.eye(size**2) - np.kron(M, M), np.outer(b, b).reshape(-1))
    return flat.reshape(size, size)


def value_and_error(M: np.ndarray, b: np.ndarray, A: float, draws: int) -> tuple[float, float]:
    """λ̂ of the position √A s[0] in all directions, and its Monte Carlo standard error over so many draws."""
    S = stationary(M, b)
    per_direction = NBETA * CURVATURE / 2 * A * S[0, 0]
    # Of a Gaussian, squares have the squared autocorrelation.
    time, power = 1.0, np.eye(len(M))
    for _ in range(2000):
        power = power @ M
        time += 2 * ((power @ S)[0, 0] / S[0, 0]) ** 2
    # A scaled χ² of one degree has variance 2 (mean)².
    error = math.sqrt(DIRECTIONS * 2 * time / draws) * per_direction
    return DIRECTIONS * per_direction, error


def langevin(h: float, lr: float) -> tuple[np.ndarray, np.ndarray]:
    return np.array([[1 - lr * h / 2]]), np.array([math.sqrt(lr)])


def adam(curvature: float, gamma: float, lr: float, decay: float) -> tuple[np.ndarray, np.ndarray]:
    """(x, m) with a preconditioner of 1: m' = decay m + (1 - decay) g, x' = x - lr/2 (m' + γ x) + √lr z."""
    gradient = NBETA * curvature * (1 - decay)
    M = np.array([[1 - lr / 2 * (gradient + gamma), -lr / 2 * decay], [gradient, decay]])
    return M, np.array([math.sqrt(lr), 0])


def sghmc(h: float, lr: float, friction: float, estimate: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """(x, v): v' = (1 - friction) v - lr h x + noise, x' = x + v'."""
    noise = math.sqrt(2 * (friction - estimate) * lr)
    return np.array([[1 - lr * h, 1 - friction], [-lr * h, 1 - friction]]), np.array([noise, noise])


def baoab(h: float, time: float, friction: float) -> tuple[np.ndarray, np.ndarray]:
    """(x, p): a kick, and half a drift on either side of the Ornstein-Uhlenbeck step."""
    kick = np.array([[1, 0], [-time * h, 1]])
    drift = np.array([[1, time / 2], [0, 1]])
    retain = np.diag([1, math.exp(-friction * time)])
    noise = np.array([0, math.sqrt(1 - math.exp(-2 * friction * time))])
    return drift @ retain @ drift @ kick, drift @ noise


#: For each name the sampler with localization γ, its recursion for a curvature h of U, and the preconditioner
#: A, under which positions are √A times those of the curvature A h.
LAWS = {
    "SGLD": (lambda gamma: sl.SGLD(lr=STEP, localization=gamma), lambda h, _: langevin(h, STEP), 1),
    "SGLD, preconditioned": (
        lambda gamma: sl.SGLD(lr=STEP / 2, localization=gamma, preconditioner=np.full(4, 4.0)),
        lambda h, _: langevin(h, STEP / 2),
        4,
    ),
    "SGHMC": (
        lambda gamma: sl.SGHMC(lr=STEP, friction=0.3, localization=gamma),
        lambda h, _: sghmc(h, STEP, 0.3),
        1,
    ),
    "SGHMC, with an estimate of the noise": (
        lambda gamma: sl.SGHMC(lr=STEP, friction=0.3, noise_estimate=0.1, localization=gamma),
        lambda h, _: sghmc(h, STEP, 0.3, 0.1),
        1,
    ),
    "UnderdampedLangevin": (
        lambda gamma: sl.UnderdampedLangevin(lr=0.06, friction=10.0, localization=gamma),
        lambda h, _: baoab(h, 0.06, 10.0),
        1,
    ),
    "UnderdampedLangevin, preconditioned": (
        lambda gamma: sl.UnderdampedLangevin(
            lr=0.03, friction=10.0, localization=gamma, preconditioner=np.full(4, 4.0)
        ),
        lambda h, _: baoab(h, 0.03, 10.0),
        4,
    ),
    # An epsilon far above the gradients makes the preconditioner 1/epsilon.
    "RMSPropSGLD": (
        lambda gamma: sl.RMSPropSGLD(lr=STEP * 1e4, epsilon=1e4, localization=gamma),
        lambda h, _: langevin(h, STEP * 1e4),
        1e-4,
    ),
    "AdamSGLD": (
        lambda gamma: sl.AdamSGLD(lr=STEP * 1e4, epsilon=1e4, first_moment_decay=0.8, localization=gamma),
        lambda h, gamma: adam((h - gamma) / NBETA, gamma, STEP * 1e4, 0.8),
        1e-4,
    ),
}


@pytest.mark.parametrize("dtype, gamma", [("float64", 0.0), ("float64", 60.0), ("float32", 60.0)])
@pytest.mark.parametrize("name", LAWS)
def test_the_draws_have_the_stationary_law_of_the_recursion(quadratics, name, dtype, gamma):
    make, law, A = LAWS[name]
    options = {"num_chains": 4, "num_draws": 20_000, "num_burnin_steps": 1000, "num_acceptance_checks": 0}
    result = quadratics(dtype).estimate(sampler=make(gamma), **options)
    expected, error = value_and_error(*law(A * (NBETA * CURVATURE + gamma), A * gamma), A, 80_000)
    assert abs(result.llc - expected) < 3.5 * error
    assert result.stderr == pytest.approx(error, rel=0.2)
    assert error < 0.02 * expected


def test_the_recursion_of_sgld_has_the_closed_form():
    for name in ("SGLD", "SGLD, preconditioned"):
        _, law, A = LAWS[name]
        value, _ = value_and_error(*law(A * 260.0, A * 60.0), A, 1)
        assert value == pytest.approx(closed_form(NBETA, {1: STEP, 4: 2 * STEP}[A], 60.0), rel=1e-12)


@pytest.mark.parametrize("freeze", [True, False])
def test_an_adapted_preconditioner_is_that_of_the_gradients_seen(quadratic, freeze):
    # Nearly constant with so long a memory: v̂ = E (2 x)², which the step's bias depends on in turn.
    lr, epsilon = 3e-4, 0.05
    sampler = sl.RMSPropSGLD(
        lr=lr, localization=0.0, second_moment_decay=0.999, epsilon=epsilon, freeze_after_burnin=freeze
    )
    result = quadratic.estimate(sampler=sampler, num_draws=40_000, num_burnin_steps=10_000)
    h, variance = 200.0, 1 / 200
    for _ in range(50):
        A = 1 / (CURVATURE * math.sqrt(variance) + epsilon)
        variance = 1 / h / (1 - lr * A * h / 4)
    expected = closed_form(NBETA, lr * A, 0)
    assert expected > 2.1  # or the test would not see A
    # A's own spread of a tenth moves the bias of 8 % by less than 1 % in a chain's direction, a quarter of it
    # over their sixteen.
    assert abs(result.llc - expected) < 4 * result.stderr + 0.0025 * expected


def test_the_thermostat_samples_what_its_recursion_does_in_numpy(quadratic):
    lr, friction, steps, chains = 5e-4, 0.2, 4000, 4000
    rng = np.random.default_rng(0)
    x = np.zeros((chains, 4))
    p = math.sqrt(lr) * rng.normal(size=x.shape)
    xi, squares = np.full((chains, 1), friction), np.zeros(chains)
    for step in range(steps):
        if step >= 1000:
            squares += (x**2).sum(axis=1)
        p = (1 - xi) * p - lr * 200 * x + math.sqrt(2 * friction * lr) * rng.normal(size=x.shape)
        x = x + p
        xi = xi + (p**2).mean(axis=1, keepdims=True) - lr
    values = NBETA * squares / (steps - 1000)
    expected, error = values.mean(), values.std() / math.sqrt(chains)
    sampler = sl.SGNHT(lr=lr, friction=friction, localization=0.0)
    result = quadratic.estimate(sampler=sampler, num_draws=100_000, num_burnin_steps=1000)
    assert abs(result.llc - expected) < 3.5 * math.hypot(error, result.stderr)
    assert result.stderr < 0.02 * expected


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("gamma", [0.0, 60.0])
@pytest.mark.parametrize(
    "make",
    [
        lambda gamma: sl.MALA(lr=8e-3, localization=gamma),
        lambda gamma: sl.HMC(lr=0.08, leapfrog_steps=2, localization=gamma),
        lambda gamma: sl.MALA(
            lr=8e-3, localization=gamma, preconditioner=[2, 1, 1, 0.5], localization_metric="preconditioner"
        ),
    ],
    ids=["MALA", "HMC", "MALA in a metric"],
)
def test_a_sampler_with_decisions_is_exact_at_any_step(quadratics, make, gamma, dtype):
    result = quadratics(dtype).estimate(sampler=make(gamma), num_draws=20_000)
    pulls = gamma / np.array([2, 1, 1, 0.5] if make(1.0).preconditioner is not None else [1, 1, 1, 1])
    exact = (0.5 * 200 / (200 + pulls)).sum()
    assert abs(result.llc - exact) < 3 * result.stderr
    assert result.stderr < 0.02 * exact
    assert 0.3 < result.diagnostics.acceptance < 0.97  # or decisions would not matter


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
    problem.estimate(sampler=sampler, batch_size=128, gradient_accumulation=4, num_draws=2)
    name = type(sampler).__name__
    for options, size in (({"batch_size": 256}, 256), ({"batch_size": 64, "gradient_accumulation": 2}, 128)):
        with pytest.raises(ValueError, match=f"batch_size is {size}, but {name} takes all 512 samples"):
            problem.estimate(sampler=sampler, **options)


@pytest.mark.parametrize("dtype, tolerance", [("float32", 1e-5), ("float64", 1e-12)])
@ALL
def test_accumulated_gradients_are_those_of_the_whole_batch(quadratics, sampler, dtype, tolerance):
    problem = quadratics(dtype, minimum=np.zeros(4), tiles=4)  # so that float32 is as dense as it is at 0
    options = {"sampler": sampler, "num_draws": 40, "num_burnin_steps": 10}
    whole = problem.estimate(batch_size=32, **options)
    parts = problem.estimate(batch_size=8, gradient_accumulation=4, **options)
    np.testing.assert_allclose(parts.losses, whole.losses, rtol=tolerance, atol=1e-3 * tolerance)
    assert parts.losses.shape == whole.losses.shape
    assert (parts.settings["batch_size"], parts.settings["microbatch_size"]) == (32, 8)
    assert parts.settings["gradient_accumulation"] == 4


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
