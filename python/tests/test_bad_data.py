"""Weights and data that do not fit the model get a sentence of their own, before anything is computed."""

import re

import numpy as np
import pytest

import swiftllc as sl


@pytest.mark.parametrize(
    "params, error, message",
    [
        (np.ones(3), ValueError, "params has shape (3,); a flat vector of this model has shape (4,)"),
        (np.ones((1, 4)), ValueError, "params has shape (1, 4)"),
        (np.ones((0, 4)), ValueError, "params has shape (0, 4)"),
        (np.ones(()), ValueError, "params has shape ()"),
        ({}, ValueError, "params lacks 'weight' (1, 4)."),
        (
            {"weight": np.ones((1, 4)), "bias": [0], "step": np.ones(())},
            ValueError,
            "params has the unknown 'bias' (list), 'step' (). Model.load ignores what is unknown with",
        ),
        ({"weight": np.ones((4, 1))}, ValueError, 'params["weight"] has shape (4, 1); it must be (1, 4)'),
        ({"weight": np.ones((4, 0))}, ValueError, 'params["weight"] has shape (4, 0)'),
        ({"weight": 1.0}, ValueError, 'params["weight"] has shape ()'),
        (None, TypeError, "params has dtype object"),
    ],
)
def test_weights(quadratic, params, error, message):
    with pytest.raises(error, match=re.escape(message)):
        quadratic.model.parameters(params)
    with pytest.raises(error, match=re.escape(message)):
        sl.estimate_llc(quadratic.model, params, quadratic.data, sampler=sl.SGLD(lr=1e-3))


X, Y = np.ones((8, 4)), np.ones((8, 1))


@pytest.mark.parametrize(
    "inputs, targets, message",
    [
        (np.ones((0, 4)), np.ones((0, 1)), "X has shape (0, 4): it holds no samples"),
        (np.ones((8, 3)), Y, "X has shape (8, 3); this model takes (n, 4)"),
        (np.ones(4), Y, "X has shape (4,); this model takes (n, 4)"),
        (np.ones((8, 4, 1)), Y, "X has shape (8, 4, 1)"),
        (np.ones(()), Y, "X has shape ()"),
        (X, np.ones((7, 1)), "y has shape (7, 1); for X of shape (8, 4) it is (8, 1)"),
        (X, np.ones(7), "y has shape (7,)"),
        (X, np.ones((8, 2)), "y has shape (8, 2)"),
        (X, np.ones((1, 8)), "y has shape (1, 8)"),
        (X, np.ones((0, 1)), "y has shape (0, 1)"),
        (X, np.float64(1), "y has shape ()"),
    ],
)
def test_data(quadratic, inputs, targets, message):
    with pytest.raises(sl.InvalidArgumentError, match=re.escape(message)):
        quadratic.model.dataset(inputs, targets)
    with pytest.raises(sl.InvalidArgumentError, match=re.escape(message)):
        quadratic.model.loss(quadratic.minimum, (inputs, targets))


@pytest.mark.parametrize("data", [X, (X,), (X, Y, Y), None, "data", {"X": X, "y": Y}])
def test_data_is_a_pair(quadratic, data):
    with pytest.raises(sl.ArgumentTypeError, match=re.escape("data must be (X, y) or a Dataset")):
        quadratic.model.loss(quadratic.minimum, data)


def test_a_dataset_belongs_to_its_model(quadratic, quadratics):
    with pytest.raises(sl.InvalidArgumentError, match="Dataset of another model"):
        quadratic.model.loss(quadratic.minimum, quadratics().model.dataset(*quadratic.data))
