"""Hundreds of random graphs against numpy: values, slopes, gathered rows, and several microbatches."""

import numpy as np
import pytest
from naive_operations import Near
from random_graphs import SAMPLES, STEP, RandomGraph
from random_operations import OPERATIONS

import swiftllc as sl

#: More rows than a microbatch has.
MANY = 1024 + 13


def check(random: RandomGraph, rows: np.ndarray) -> None:
    """Everything that is computed of a data set with these of the samples."""
    model = sl.Model(random.nodes[random.output], loss=random.loss, dtype="float64")
    params = model.parameters(random.params)
    data = model.dataset(*(array[rows] for array in random.arrays.values()))

    outputs, losses = random.at(random.params)
    assert np.abs(outputs.imag).max() == 0
    close(model.losses(params, data), losses.real[rows])
    inputs = [
        array[rows]
        for i, array in enumerate(random.arrays.values())
        if i in random.nodes[random.output].reads
    ]
    close(model(params, *inputs), np.broadcast_to(outputs.real, (SAMPLES, *outputs.shape[1:]))[rows])

    gradient = model.gradient(params, data)
    for name, value in random.params.items():
        direction = random.rng.normal(size=value.shape)
        moved = random.at({**random.params, name: value + 1j * STEP * direction})[1]
        slope = moved.imag[rows].mean() / STEP
        close(np.vdot(gradient[name], direction), slope)

    # A step of descent on all rows but one, which are gathered: of the distinct ones one is held less often.
    if len(rows) > 1:
        optimizer = sl.SGD(lr=1.0)
        there = sl.train(
            model, params, data, optimizer=optimizer, steps=1, batch_size=len(rows) - 1, progress=False
        )
        taken = params.flat - there.flat
        held = [np.delete(np.arange(len(rows)), np.flatnonzero(rows == i)[0]) for i in range(SAMPLES)]
        each = [model.gradient(params, data.rows(kept)).flat for kept in held]
        errors = [np.abs(taken - other).max() for other in each]
        assert min(errors) < 1e-9 * max(1, np.abs(taken).max())

    single = sl.Model(random.nodes[random.output], loss=random.loss, dtype="float32")
    close(
        single.losses(params, tuple(array[rows] for array in random.arrays.values())), losses.real[rows], 1e-3
    )


def close(actual, expected, tolerance: float = 1e-9) -> None:
    # Numbers are of order one; a normalisation or a division makes an error some ten times larger.
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("seed", range(300))
def test_a_random_graph(seed):
    rows = np.arange(SAMPLES)
    if seed % 6 == 0:
        rows = np.random.default_rng(seed).permutation(np.resize(rows, MANY))
    try:
        check(RandomGraph(seed, OPERATIONS), rows)
    except Near:
        pytest.skip("rounding decides about the branch of a kink")
