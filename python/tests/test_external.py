"""A model that is a function: the same run as a native one."""

import itertools

import numpy as np
import pytest
from external_regression import (
    MINIMUM,
    MODEL,
    OPTIONS,
    D,
    N,
    X,
    Y,
    estimate,
    mean,
    mean_and_grad,
    of_rows,
    of_rows_and_grad,
)

import swiftllc as sl
from swiftllc._traces import estimated


def rank_rhat(losses, baselines):
    _, estimate = estimated(losses, baselines, 1.0)
    return estimate.rank_rhat


def assert_same(ours, native):
    """All that a result holds, up to rounding; and the same settings but for the threads."""
    for name in ("losses", "baselines", "distances", "llc_per_chain"):
        np.testing.assert_allclose(
            getattr(ours, name), getattr(native, name), rtol=1e-9, atol=1e-12, err_msg=name
        )
    for name in ("llc", "stderr", "llc_std", "init_loss", "nbeta", "n", "seed"):
        assert getattr(ours, name) == pytest.approx(getattr(native, name), rel=1e-9, nan_ok=True), name
    for name, value in vars(native.diagnostics).items():
        if name != "rank_rhat":
            expected = (
                value if isinstance(value, dict) else pytest.approx(value, rel=1e-6, abs=1e-12, nan_ok=True)
            )
            assert getattr(ours.diagnostics, name) == expected, name
    for result in (ours, native):
        expected = pytest.approx(rank_rhat(result.losses, result.baselines), rel=1e-12, nan_ok=True)
        assert result.diagnostics.rank_rhat == expected
    # Of an even number of draws two are as far from the median: which comes first is a matter of rounding.
    rounded, expected = (
        rank_rhat(np.round(result.losses - result.baselines, 9), np.zeros_like(result.losses))
        for result in (ours, native)
    )
    assert rounded == pytest.approx(expected, rel=1e-12, nan_ok=True)
    assert ours.settings | {"threads": None} == native.settings | {"threads": None}
    assert ours.warnings == native.warnings


# The same as a native run


SAMPLERS = (
    sl.SGLD(lr=1e-3, localization=10.0),
    sl.RMSPropSGLD(lr=1e-3),
    sl.AdamSGLD(lr=1e-5, epsilon=0.1),
    sl.SGHMC(lr=1e-3, bounding_box=0.2),
    sl.SGNHT(lr=1e-3),
    sl.UnderdampedLangevin(lr=3e-2, friction=1.0),
    sl.SGLD(lr=1e-3, preconditioner=np.arange(1.0, 6.0), localization_metric="preconditioner"),
    sl.SGLD(lr=1e-3, lr_schedule=lambda t: (1 + t / 100) ** -0.33),
)
MASK = np.array([True, False, True, True, False])


@pytest.mark.parametrize("mask", [None, MASK], ids=["all", "mask"])
@pytest.mark.parametrize(
    ("sampler", "batch_size"),
    [*itertools.product(SAMPLERS, (8, None)), (sl.MALA(lr=1e-2), None), (sl.HMC(lr=0.05), None)],
    ids=lambda value: value if isinstance(value, int) else type(value).__name__,
)
def test_numpy_gives_what_the_native_model_gives(sampler, batch_size, mask):
    options = {"sampler": sampler, "batch_size": batch_size, "mask": mask}
    start = MINIMUM + 0.01
    native = sl.estimate_llc(MODEL, start, (X, Y), **(OPTIONS | options))
    for function in (mean_and_grad, of_rows_and_grad):
        assert_same(estimate(function, start, **options), native)


def test_batches_with_replacement_are_those_of_the_native_model():
    options = {"batch_size": 8, "with_replacement": True, "draw_batches": "steps", "correct_noise_bias": True}
    native = sl.estimate_llc(MODEL, MINIMUM, (X, Y), sampler=sl.SGLD(lr=1e-3), **(OPTIONS | options))
    assert native.noise_bias > 0
    assert_same(estimate(**options), native)
    chain = sl.Chain(sl.SGLD(lr=1e-3), MINIMUM, n=N, batch_size=8, seed=3, with_replacement=True)
    losses = [chain.tell(*mean_and_grad(chain.parameters, chain.batch)) for _ in range(60)]
    np.testing.assert_allclose(losses[50::2], native.losses[0, :5], rtol=1e-9)


@pytest.mark.parametrize("function", [mean_and_grad, of_rows_and_grad])
@pytest.mark.parametrize(
    "options",
    [
        {"draw_batches": "steps"},
        {"init_loss": 0.1},
        {"num_burnin_steps": "auto"},
        {"num_acceptance_checks": 0},
        {"num_chains": 1, "num_draws": 1},
        {"nbeta": 3.0, "num_chains": 3},
    ],
    ids=lambda options: ", ".join(options),
)
def test_every_option_is_that_of_a_native_run(options, function):
    options = {"batch_size": 8, "sampler": sl.SGLD(lr=1e-3)} | options
    start = MINIMUM + 0.01
    native = sl.estimate_llc(MODEL, start, (X, Y), **(OPTIONS | options))
    assert_same(estimate(function, start, **options), native)


def test_a_loss_alone_is_what_measures_draws():
    expected = estimate(batch_size=8)
    for loss in (mean, of_rows):
        gradients, losses = [], []

        def counted_gradient(w, rows, seen=gradients):
            seen.append(rows)
            return mean_and_grad(w, rows)

        def counted_loss(w, rows, loss=loss, seen=losses):
            seen.append(rows)
            return loss(w, rows)

        assert_same(estimate(counted_gradient, loss=counted_loss, batch_size=8), expected)
        # Every sample once at w*; each draw, and where no losses of samples are known, w* on its batch.
        assert len(losses) == 8 + 2 * 200 * (2 if loss is mean else 1)
        steps = 2 * (50 + 2 * 199 + 1)
        checks = len(gradients) - steps - 8
        assert 2 * 2 * 25 <= checks <= 2 * 2 * 30


def test_with_full_batches_the_loss_at_the_centre_is_computed_once():
    calls = []

    def counted(w, rows):
        calls.append(0)
        return mean_and_grad(w, rows)

    result = estimate(counted, num_acceptance_checks=0)
    assert len(calls) == 2 + 2 * (50 + 2 * 199 + 1)
    assert (result.baselines == result.init_loss).all()


def test_parameters_by_name_are_the_same_object_at_the_same_place():
    seen = set()

    def function(parameters, rows):
        seen.add((id(parameters), parameters["0.weight"].ctypes.data))
        loss, gradient = mean_and_grad(parameters["0.weight"][0], rows)
        return loss, {"0.weight": gradient[None]}

    model = sl.Model(
        sl.Sequential(sl.Linear(D, 1, bias=False)), input_shape=(D,), loss="mse", dtype="float64"
    )
    params = model.parameters(MINIMUM)
    native = sl.estimate_llc(
        model, params, (X, Y), sampler=sl.SGLD(lr=1e-3), batch_size=8, mask="*.weight", **OPTIONS
    )
    assert_same(estimate(function, params, batch_size=8, mask="*.weight"), native)
    assert len(seen) == 1


def test_a_function_may_keep_a_view_of_the_parameters():
    kept = []

    def function(parameters, rows):
        kept.append(parameters)
        return mean_and_grad(kept[0], rows)

    assert_same(estimate(function, batch_size=8), estimate(batch_size=8))


def test_float32_parameters_are_sampled_in_float32():
    def function(w, rows):
        assert w.dtype == np.float32
        return mean_and_grad(w, rows)

    result = estimate(function, MINIMUM.astype(np.float32), batch_size=8)
    np.testing.assert_allclose(result.losses, estimate(batch_size=8).losses, rtol=1e-3)


def test_the_gradient_at_the_centre_takes_no_more_than_16_batches():
    calls = []

    def function(w, rows):
        calls.append(len(rows))
        return 0.0, np.ones(2)

    model = sl.External(function, 10_000)
    result = sl.estimate_llc(
        model, np.zeros(2), sampler=sl.SGLD(lr=1e-3), batch_size=4, num_chains=1, num_draws=1,
        num_burnin_steps=0, draw_batches="steps", progress=False,
    )  # fmt: skip
    assert len(calls) == 16 + 2500 + 2
    assert result.diagnostics.gradient_norm == pytest.approx(2**0.5)


def test_progress_counts_to_the_end():
    seen = []
    estimate(progress=lambda done, total: seen.append((done, total)), num_draws=20)
    assert seen[-1] == (2 * 89, 2 * 89)
    assert seen == sorted(seen)


# In a framework


def network(generator):
    model = sl.Model(sl.Sequential(sl.Linear(D, 7), sl.Tanh(), sl.Linear(7, 1)), input_shape=(D,), loss="mse")
    options = OPTIONS | {"sampler": sl.SGLD(lr=1e-4, localization=10.0), "batch_size": 16}
    return model, model.init(seed=generator), options


def test_a_torch_function_gives_what_the_native_model_gives():
    torch = pytest.importorskip("torch")
    x, y = torch.from_numpy(X).float(), torch.from_numpy(Y).float()
    module = torch.nn.Sequential(torch.nn.Linear(D, 7), torch.nn.Tanh(), torch.nn.Linear(7, 1))
    bound = {}

    def function(parameters, rows):
        if not bound:
            bound.update(module.named_parameters())
            for name, parameter in bound.items():
                parameter.data = torch.from_numpy(parameters[name])
        losses = (module(x[rows])[:, 0] - y[rows]) ** 2
        return losses, dict(zip(bound, torch.autograd.grad(losses.mean(), bound.values()), strict=True))

    model, params, options = network(0)
    ours = sl.estimate_llc(sl.External(function, N), params, **options)
    native = sl.estimate_llc(model, params, (X, Y), **options)
    np.testing.assert_allclose(ours.losses, native.losses, rtol=1e-4)
    np.testing.assert_allclose(ours.baselines, native.baselines, rtol=1e-4)


def test_a_jax_function_gives_what_the_native_model_gives():
    jax = pytest.importorskip("jax")
    jnp = jax.numpy
    x, y = jnp.asarray(X), jnp.asarray(Y)

    @jax.jit
    @jax.value_and_grad
    def function(parameters, rows):
        hidden = jnp.tanh(x[rows] @ parameters["0.weight"].T + parameters["0.bias"])
        return jnp.mean(((hidden @ parameters["2.weight"].T + parameters["2.bias"])[:, 0] - y[rows]) ** 2)

    model, params, options = network(0)
    external = sl.External(lambda parameters, rows: function(dict(parameters), rows), N)
    ours = sl.estimate_llc(external, params, **options)
    native = sl.estimate_llc(model, params, (X, Y), **options)
    np.testing.assert_allclose(ours.losses, native.losses, rtol=1e-4)
