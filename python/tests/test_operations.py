"""Every operation and loss: its value against torch and JAX, its gradient against finite differences."""

from pathlib import Path

import numpy as np
import pytest
from operation_cases import CASES, LOSSES, SAMPLES, Case

import swiftllc as sl

RECORDED = np.load(Path(__file__).parent / "reference" / "operations.npz")


def model_of(case: Case, dtype: str):
    """The case as a model whose loss is a fixed linear function of the output, and its parameters.

    An operand of each sample is an input plus a parameter, so that the gradient of the parameters is that of
    every operand.
    """
    g = sl.Graph()
    operands, params, data = {}, {}, []
    for name, values in case.values(SAMPLES).items():
        shape = case.operands[name]
        if name == "N":
            operands[name] = g.input(shape, "int64")
            data.append(values)
            continue
        operands[name] = g.parameter(name, shape, value=0.0)
        params[name] = np.zeros(shape) if name.isupper() else values
        if name.isupper():
            operands[name] = operands[name] + g.input(shape)
            data.append(values)
    output = case.build(g, **operands)
    weights = np.random.default_rng(1).uniform(0.5, 1.5, output.shape)
    model = sl.Model(output, loss=g.loss((output * weights).sum()), dtype=dtype)
    return model, model.parameters(params), tuple(data)


@pytest.mark.parametrize("dtype, tolerance", [("float32", 1e-5), ("float64", 1e-13)])
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_value_is_that_of_torch_and_jax(case, dtype, tolerance):
    model, params, data = model_of(case, dtype)
    outputs = model(params, *data)
    for library in ("torch", "jax"):
        expected = RECORDED[f"{case.name}/{library}"]
        assert outputs.shape == expected.shape
        # A few roundings of sums of a few products of numbers of order one; ±1000 are rounded themselves.
        scale = max(1.0, np.abs(expected).max()) * (1 if case.high < 100 else 100)
        np.testing.assert_allclose(outputs, expected, rtol=0, atol=tolerance * scale)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_gradient_is_the_slope(case):
    model, params, data = model_of(case, "float64")
    data = model.dataset(*data)
    gradient = model.gradient(params, data).flat
    h = 1e-3 if case.high < 100 else 1e-1
    for i in range(model.parameter_count):

        def moved(steps, i=i):
            there = params.copy()
            there.flat[i] += steps * h
            return model.loss(there, data)

        near, far = moved(1) - moved(-1), moved(2) - moved(-2)
        slope = (8 * near - far) / (12 * h)
        # Truncation: h⁴/30 times a fifth derivative, up to 1e3 for powers of 0.1; rounding: 1e-16/h.
        assert gradient[i] == pytest.approx(slope, rel=1e-7, abs=1e-9)


def model_of_loss(case, dtype):
    """The loss of an input, to which a parameter is added."""
    g = sl.Graph()
    output = g.input(case.output) + g.parameter("p", case.output, value=0.0)
    return sl.Model(output, loss=case.loss, dtype=dtype)


@pytest.mark.parametrize("dtype, tolerance", [("float32", 2e-6), ("float64", 1e-14)])
@pytest.mark.parametrize("case", LOSSES, ids=[case.name for case in LOSSES])
def test_the_loss_is_that_of_torch_and_jax(case, dtype, tolerance):
    model = model_of_loss(case, dtype)
    losses = model.losses(model.init(), case.values())
    assert losses.dtype == np.float64
    for library in ("torch", "jax"):
        expected = RECORDED[f"loss {case.name}/{library}"]
        # Float32 rounds the outputs themselves: relatively, by 6e-8 of the largest.
        np.testing.assert_allclose(losses, expected, rtol=tolerance, atol=tolerance * case.scale)


@pytest.mark.parametrize("case", LOSSES, ids=[case.name for case in LOSSES])
def test_the_gradient_of_a_loss_is_its_slope(case):
    model = model_of_loss(case, "float64")
    data = model.dataset(*case.values())
    gradient = model.gradient(model.init(), data).flat
    h = 1e-3
    for i in range(model.parameter_count):

        def moved(steps, i=i):
            there = np.zeros(model.parameter_count)
            there[i] = steps * h
            return model.loss(there, data)

        slope = (8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12 * h)
        # Rounding: 1e-16 of the loss over h.
        assert gradient[i] == pytest.approx(slope, rel=1e-8, abs=1e-9 * case.scale)


def test_a_sample_whose_positions_are_all_ignored_has_no_loss_and_no_gradient():
    g = sl.Graph()
    output = g.input((3, 4)) * g.parameter("p", (4,), value=1.0)
    model = sl.Model(output, loss=sl.CrossEntropy(ignore_index=-100), dtype="float64")
    X = np.random.default_rng(0).normal(size=(2, 3, 4))
    labels = np.array([[-100, -100, -100], [1, -100, 2]])
    losses = model.losses(model.init(), (X, labels))
    assert losses[0] == 0 and losses[1] > 0
    alone = model.gradient(model.init(), (X[1:], labels[1:])).flat / 2
    np.testing.assert_allclose(model.gradient(model.init(), (X, labels)).flat, alone, rtol=1e-14)
    with pytest.raises(ValueError, match="label of sample 1 at position 1 is 4; with 4 classes"):
        model.losses(model.init(), (X, np.array([[0, 1, 2], [0, 4, 2]])))


def test_the_losses_of_tokens_are_those_that_the_mean_is_of():
    g = sl.Graph()
    logits = g.input((4, 7)) + g.parameter("p", (7,), value=0.0)
    labels = g.input((4,), dtype="int64")
    tokens = g.token_losses(logits, labels, ignore_index=-100)
    model = sl.Model(tokens, loss=g.cross_entropy(logits, labels, ignore_index=-100), dtype="float64")
    X = np.random.default_rng(0).normal(size=(3, 4, 7))
    y = np.array([[0, 1, -100, 6], [2, 2, 2, 2], [-100, -100, -100, 5]])
    losses = model(model.init(), X, y)
    assert losses.shape == (3, 4) and (losses[y == -100] == 0).all() and (losses[y != -100] > 0).all()
    means = losses.sum(axis=1) / (y != -100).sum(axis=1)
    np.testing.assert_allclose(means, model.losses(model.init(), (X, y)), rtol=1e-14)
