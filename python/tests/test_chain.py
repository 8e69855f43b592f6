"""A chain that is driven by hand."""

import copy
import gc
import itertools
import os
import pickle

import numpy as np
import pytest

import swiftllc as sl

N, D = 40, 4


@pytest.fixture
def problem():
    """A linear model in numpy: X, y, and (parameters, rows) to (mean loss, gradient)."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, D))
    y = X @ rng.normal(size=D) + 0.3 * rng.normal(size=N)

    def evaluate(w, rows):
        error = X[rows] @ w - y[rows]
        return float((error**2).mean()), 2 / len(rows) * X[rows].T @ error

    return X, y, evaluate


def made(sampler=None, params=None, **options):
    settings = {"n": N, "batch_size": 8, "seed": 3} | options
    return sl.Chain(sampler or sl.SGLD(lr=1e-3), np.zeros(D) if params is None else params, **settings)


def by_name(dtype="float64"):
    return {"a": np.arange(6, dtype=dtype).reshape(2, 3), "b": np.zeros((), dtype)}


# What it sees and shows


def test_parameters_by_name_are_views_of_one_memory_that_never_moves():
    chain = made(params=by_name())
    views = dict(chain.parameters)
    assert isinstance(chain.parameters, sl.Parameters)
    assert {name: view.shape for name, view in views.items()} == {"a": (2, 3), "b": ()}
    np.testing.assert_array_equal(views["a"], by_name()["a"])
    addresses = [view.ctypes.data for view in views.values()]
    for _ in range(50):
        chain.tell(1.0, np.ones(7))
    assert [view.ctypes.data for view in chain.parameters.values()] == addresses
    assert (views["a"] != by_name()["a"]).all()
    assert np.shares_memory(views["a"], chain.parameters.flat)


def test_a_flat_vector_stays_one_and_is_copied():
    centre = np.ones(D)
    chain = made(params=centre)
    assert isinstance(chain.parameters, np.ndarray)
    chain.tell(1.0, np.ones(D))
    assert (centre == 1).all()
    assert (chain.parameters != 1).all()


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (np.ones(D, np.float32), "float32"),
        (np.ones(D, np.float16), "float32"),
        (np.ones(D), "float64"),
        ([1, 2, 3, 4], "float64"),
        ({"a": np.ones(2, np.float32), "b": np.ones(2)}, "float64"),
    ],
)
def test_the_precision_is_that_of_the_parameters_unless_it_is_given(params, expected):
    chain = made(params=params)
    flat = np.asarray(chain.parameters)
    assert flat.dtype == expected
    assert np.asarray(made(params=params, dtype="float64").parameters).dtype == "float64"


def test_views_outlive_the_chain():
    chain = made()
    view, gradient = chain.parameters[1:], chain.gradient
    chain.tell(0.5, np.ones(D))
    expected = view.copy()
    del chain
    gc.collect()
    filler = [np.random.default_rng(0).normal(size=D) for _ in range(1000)]
    np.testing.assert_array_equal(view, expected)
    gradient[:] = 1
    assert len(filler) == 1000


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="reads /proc")
def test_a_chain_that_nobody_holds_is_freed():
    def resident():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    centre = np.zeros(1_000_000)
    before = resident()
    for _ in range(30):
        made(params=centre).tell(1.0, centre)
    assert resident() - before < 10 * 8_000_000


def test_batches_are_an_epoch_in_a_random_order_and_each_an_array_of_its_own():
    chain = made(n=20, batch_size=8)
    batches = []
    for _ in range(6):
        assert chain.batch is chain.batch
        batches.append(chain.batch)
        chain.tell(1.0, np.ones(D))
    assert [len(batch) for batch in batches] == [8, 8, 4, 8, 8, 4]
    assert batches[0].dtype == np.int64
    for epoch in (batches[:3], batches[3:]):
        assert sorted(np.concatenate(epoch)) == list(range(20))
    assert not np.array_equal(np.concatenate(batches[:3]), np.concatenate(batches[3:]))


def test_a_full_batch_is_all_rows_in_their_order():
    chain = made(batch_size=N)
    for _ in range(3):
        np.testing.assert_array_equal(chain.batch, np.arange(N))
        np.testing.assert_array_equal(chain.draw_batch(), np.arange(N))
        chain.tell(1.0, np.ones(D))


def test_a_draws_own_batch_is_drawn_with_replacement_and_the_same_whenever_it_is_asked_for():
    chain = made(n=20, batch_size=8)
    seen = []
    for _ in range(100):
        rows = chain.draw_batch()
        assert chain.arrive(1.0, np.ones(D)) == 1
        np.testing.assert_array_equal(chain.draw_batch(), rows)
        chain.leave()
        seen.append(rows)
    assert np.bincount(np.concatenate(seen), minlength=20).min() > 15
    assert any(len(set(rows)) < 8 for rows in seen)


def test_defaults_are_those_of_an_estimate():
    chain = sl.Chain(sl.SGLD(lr=1e-3), np.zeros(D), n=1000)
    assert chain.batch_size == 256
    assert chain.nbeta == pytest.approx(1000 / np.log(1000))
    assert (chain.number, chain.step) == (0, 0)
    assert chain.seed != sl.Chain(sl.SGLD(lr=1e-3), np.zeros(D), n=1000).seed
    assert sl.Chain(sl.MALA(lr=1e-3), np.zeros(D), n=1000).batch_size == 1000
    assert "Chain(SGLD" in repr(chain)


# How it goes on


@pytest.mark.parametrize(
    "sampler", [sl.SGLD(lr=1e-3), sl.UnderdampedLangevin(lr=0.02, friction=1.0), sl.HMC(lr=0.03)]
)
def test_it_is_the_chain_of_that_number_of_a_native_run(problem, sampler):
    X, y, evaluate = problem
    batch_size = None if isinstance(sampler, sl.HMC) else 8
    model = sl.Model(sl.Linear(D, 1, bias=False), input_shape=(D,), loss="mse", dtype="float64")
    native = sl.estimate_llc(
        model, np.ones(D), (X, y), sampler=sampler, num_draws=300, num_burnin_steps=0, seed=3,
        batch_size=batch_size, draw_batches="steps", num_acceptance_checks=0, progress=False,
    )  # fmt: skip
    chain = made(sampler, np.ones(D), batch_size=batch_size, number=2)
    draws = []
    while len(draws) < 300:
        draw = chain.tell(*evaluate(chain.parameters, chain.batch))
        if draw is not None:
            draws.append(draw)
    np.testing.assert_allclose(draws, native.losses[2], rtol=1e-9)
    assert chain.step == 300


def test_a_trajectory_is_told_step_by_step_and_ends_at_a_draw(problem):
    _, _, evaluate = problem
    chain = made(sl.HMC(lr=0.05, leapfrog_steps=5), batch_size=None)
    told = [chain.tell(*evaluate(chain.parameters, chain.batch)) is not None for _ in range(16)]
    assert told == [True] + 3 * ([False] * 4 + [True])
    assert 0 < chain.acceptance <= 1
    assert chain.step == 4


def test_between_arriving_and_leaving_the_parameters_are_the_draw(problem):
    _, _, evaluate = problem
    # So long a trajectory is rejected now and then; it then goes back to where it began.
    chain = made(sl.HMC(lr=0.35, leapfrog_steps=3), batch_size=None)
    draws = []
    while len(draws) < 60:
        draw = chain.arrive(*evaluate(chain.parameters, chain.batch))
        if draw is None:
            continue
        draws.append(chain.parameters.copy())
        assert draw == pytest.approx(evaluate(draws[-1], chain.batch)[0], rel=1e-12)
        assert chain.distance == pytest.approx(np.linalg.norm(draws[-1]))
        chain.leave()
    stays = [np.array_equal(a, b) for a, b in itertools.pairwise(draws)]
    assert 0 < sum(stays) < len(stays)


def test_a_gradient_is_taken_in_every_form(problem):
    _, _, evaluate = problem
    names = {"u": np.ones(1), "v": np.ones((3, 1))}

    def run(write):
        chain = made(params=names)
        for _ in range(20):
            loss, gradient = evaluate(chain.parameters.flat, chain.batch)
            write(chain, loss, gradient)
        return chain.parameters.flat.copy()

    def in_place(chain, loss, gradient):
        chain.gradient["u"][:], chain.gradient["v"][:, 0] = gradient[:1], gradient[1:]
        chain.tell(loss)

    expected = run(lambda chain, loss, gradient: chain.tell(loss, gradient))
    shapes = {"v": (3, 1), "u": (1,)}
    for write in (
        in_place,
        lambda chain, loss, gradient: chain.tell(np.float64(loss), gradient.tolist()),
        lambda chain, loss, gradient: chain.tell(
            np.array([loss]), {"v": gradient[1:].reshape(shapes["v"]), "u": gradient[:1]}
        ),
        lambda chain, loss, gradient: chain.tell(loss, sl.Parameters(gradient, {"u": (1,), "v": (3, 1)})),
    ):
        np.testing.assert_array_equal(run(write), expected)


def test_what_a_mask_holds_stays_and_its_gradient_does_not_matter(problem):
    _, _, evaluate = problem
    chain = made(params={"u": np.ones(1), "v": np.ones(3)}, mask="v")
    for _ in range(50):
        loss, gradient = evaluate(chain.parameters.flat, chain.batch)
        gradient[0] = np.nan
        chain.tell(loss, gradient)
    assert chain.parameters["u"] == 1
    assert (chain.parameters["v"] != 1).all()
    assert chain.distance == pytest.approx(np.linalg.norm(chain.parameters["v"] - 1))


def test_restarting_is_beginning_anew(problem):
    _, _, evaluate = problem

    def trace(chain):
        return [chain.tell(*evaluate(chain.parameters, chain.batch)) for _ in range(30)]

    chain = made(number=1)
    first, address = trace(chain), chain.parameters.ctypes.data
    chain.restart(2)
    assert (chain.number, chain.step) == (2, 0)
    assert trace(chain) == trace(made(number=2)) != first
    chain.restart(1)
    assert trace(chain) == first
    assert chain.parameters.ctypes.data == address


def test_a_schedule_is_an_array():
    factors = np.array([1.0, 4.0])
    moves = []
    for sampler in (sl.SGLD(lr=1e-4), sl.SGLD(lr=1e-4, lr_schedule=factors)):
        chain = made(sampler)
        for _ in range(2):
            before = chain.parameters.copy()
            chain.tell(1.0, np.zeros(D))
            moves.append(chain.parameters - before)
    np.testing.assert_array_equal(moves[2], moves[0])
    np.testing.assert_allclose(moves[3], 2 * moves[1], rtol=0.01)
    with pytest.raises(sl.ArgumentTypeError, match="lr_schedule must be an array"):
        made(sl.SGLD(lr=1e-4, lr_schedule=lambda t: 1 + 0 * t))


# Errors: each in a sentence, and the chain where it was


def test_a_loss_that_is_not_finite_says_where(problem):
    _, _, evaluate = problem
    chain = made(number=5)
    for _ in range(3):
        chain.tell(*evaluate(chain.parameters, chain.batch))
    before, batch = chain.parameters.copy(), chain.batch.copy()
    for loss in (np.nan, np.inf, -np.inf):
        with pytest.raises(sl.DivergedError, match=r"Chain 5 diverged.* at step 3\. Lower lr") as caught:
            chain.tell(loss, np.zeros(D))
        assert (caught.value.chain, caught.value.step, caught.value.result) == (5, 3, None)
    np.testing.assert_array_equal(chain.parameters, before)
    np.testing.assert_array_equal(chain.batch, batch)
    assert chain.tell(1.0, np.zeros(D)) == 1


def test_a_trajectory_to_where_the_loss_is_not_finite_is_rejected(problem):
    _, _, evaluate = problem
    chain = made(sl.HMC(lr=0.05, leapfrog_steps=5), batch_size=None)
    start = chain.tell(*evaluate(chain.parameters, chain.batch))
    before = np.zeros(D)
    assert chain.arrive(np.nan, np.full(D, np.nan)) == start
    np.testing.assert_array_equal(chain.parameters, before)
    assert chain.acceptance == 0
    chain.leave()
    assert chain.arrive(1.0, np.zeros(D)) is None


def test_a_gradient_that_is_not_finite_is_named():
    chain = made(params=by_name())
    gradient = np.zeros(7)
    gradient[4] = np.inf
    with pytest.raises(sl.InvalidArgumentError, match=r"The gradient of 'a'\[1, 1\] is inf at step 0"):
        chain.tell(0.25, gradient)
    gradient[4], gradient[6] = 0, np.nan
    with pytest.raises(sl.InvalidArgumentError, match=r"The gradient of 'b'\[\] is nan"):
        chain.tell(0.25, gradient)
    flat = made()
    with pytest.raises(sl.InvalidArgumentError, match="The gradient of parameter 2 is nan"):
        flat.tell(0.25, [0, 0, np.nan, 0])
    assert flat.tell(0.25, np.zeros(D)) == 0.25


@pytest.mark.parametrize(
    ("gradient", "error", "message"),
    [
        (np.zeros(6), sl.InvalidArgumentError, r"gradient has shape \(6,\); it must be \(7,\)"),
        (np.zeros((7, 1)), sl.InvalidArgumentError, r"gradient has shape \(7, 1\)"),
        (np.zeros(7, bool), sl.ArgumentTypeError, "gradient has dtype bool"),
        (np.zeros(7, complex), sl.ArgumentTypeError, "gradient has dtype complex128"),
        ("none", sl.ArgumentTypeError, "gradient has dtype <U4"),
        ({"a": np.zeros((2, 3))}, sl.InvalidArgumentError, "gradient has 'a'; .* 'a', 'b'"),
        (
            {"a": np.zeros(6), "b": 0.0},
            sl.InvalidArgumentError,
            r'gradient\["a"\] has shape \(6,\); it must be \(2, 3\)',
        ),
    ],
)
def test_a_gradient_of_another_form_is_refused(gradient, error, message):
    with pytest.raises(error, match=message):
        made(params=by_name()).tell(1.0, gradient)


@pytest.mark.parametrize("loss", [np.ones(2), "1", None, True, 1j])
def test_a_loss_that_is_no_number_is_refused(loss):
    with pytest.raises(sl.SwiftLLCError, match="loss has"):
        made().tell(loss, np.zeros(D))


def test_telling_twice_and_leaving_twice_are_refused():
    chain = made()
    with pytest.raises(sl.InvalidArgumentError, match="has not arrived"):
        chain.leave()
    chain.arrive(1.0, np.zeros(D))
    for loss in (1.0, np.nan):
        with pytest.raises(sl.InvalidArgumentError, match="it must leave before"):
            chain.tell(loss, np.zeros(D))
    chain.leave()
    assert chain.step == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "n must be at least 1"),
        ({"n": 2**33}, "samples is"),
        ({"batch_size": 41}, "batch_size is 41"),
        ({"number": -1}, "number must be at least 0"),
        ({"number": 2**31}, "number is 2147483648"),
        ({"mask": np.ones(3, bool)}, r"mask has shape \(3,\)"),
        ({"dtype": "int32"}, "dtype must be"),
        ({"params": np.ones((2, 2))}, r"params has shape \(2, 2\)"),
        ({"params": {}}, "params is empty"),
        ({"params": np.array([])}, "params is empty"),
        ({"params": [1.0, np.nan]}, r"params\[1\] is nan"),
        ({"params": {"a": np.array([[np.inf]])}}, r'params\["a"\]\[0, 0\] is inf'),
    ],
)
def test_arguments_that_cannot_be_are_refused(options, message):
    with pytest.raises(sl.InvalidArgumentError, match=message):
        made(**options)


def test_it_takes_a_sampler():
    with pytest.raises(sl.ArgumentTypeError, match="sampler must be a sampler"):
        sl.Chain(None, np.zeros(D), n=N)


def test_it_cannot_be_pickled_or_copied():
    for act in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="a Chain cannot be copied or pickled"):
            act(made())


# In a framework


def test_a_torch_module_reads_the_chains_memory_and_writes_its_gradient():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    X, y = torch.randn(50, 6), torch.randn(50, 2)
    module = torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2))
    model = sl.Model(sl.Sequential(sl.Linear(6, 8), sl.Tanh(), sl.Linear(8, 2)), input_shape=(6,), loss="mse")
    native = sl.estimate_llc(
        model, module.state_dict(), (X, y), sampler=sl.SGLD(lr=1e-4), num_draws=100, num_burnin_steps=0,
        batch_size=16, seed=0, draw_batches="steps", progress=False,
    )  # fmt: skip

    chain = sl.Chain(sl.SGLD(lr=1e-4), module.state_dict(), n=50, batch_size=16, seed=0)
    for name, parameter in module.named_parameters():
        parameter.data = torch.from_numpy(chain.parameters[name])
        parameter.grad = torch.from_numpy(chain.gradient[name])
    draws = []
    for _ in range(100):
        module.zero_grad(set_to_none=False)
        loss = torch.nn.functional.mse_loss(module(X[chain.batch]), y[chain.batch])
        loss.backward()
        draws.append(chain.tell(loss.item()))
    for name, parameter in module.named_parameters():
        assert parameter.data_ptr() == chain.parameters[name].ctypes.data
        assert parameter.grad.data_ptr() == chain.gradient[name].ctypes.data
    np.testing.assert_allclose(draws, native.losses[0], rtol=1e-4)
