"""A chain that is driven by hand: how it goes on, up to a loss that is not finite."""

import itertools

import numpy as np
import pytest
from small_chains import D, N, made

import swiftllc as sl


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


# Where the loss is not finite


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
