"""What a chain that is driven by hand shows: parameters, batches and defaults."""

import gc
import os

import numpy as np
import pytest
from small_chains import D, N, by_name, made

import swiftllc as sl


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
