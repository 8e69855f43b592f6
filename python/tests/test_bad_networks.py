"""Layers, networks and models that cannot be get a sentence of their own, before anything is computed."""

import re

import numpy as np
import pytest

import swiftllc as sl

LINEAR = sl.Linear(4, 2)


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda: sl.Linear(0, 1), ValueError, "Linear's in_features must be at least 1"),
        (lambda: sl.Linear(1, -1), ValueError, "Linear's out_features must be at least 1"),
        (lambda: sl.Linear(1.0, 1), TypeError, "Linear's in_features must be an integer"),
        (lambda: sl.Linear(1, 1, bias=0), TypeError, "Linear's bias must be True or False"),
        (lambda: sl.GELU("fast"), ValueError, "GELU's approximate must be 'none' or 'tanh'; got 'fast'"),
        (lambda: sl.LeakyReLU(np.inf), ValueError, "LeakyReLU's negative_slope must be finite; got inf"),
        (lambda: sl.LeakyReLU("0.1"), TypeError, "LeakyReLU's negative_slope must be a number; got '0.1'"),
        (lambda: sl.ELU(np.nan), ValueError, "ELU's alpha must be finite; got nan"),
        (lambda: sl.ELU(True), TypeError, "ELU's alpha must be a number; got True"),
        (
            lambda: sl.Model(sl.Sequential(LINEAR, sl.LeakyReLU(1e300)), input_shape=(4,), loss="mse"),
            ValueError,
            "negative_slope is 1e+300; it must be finite in float32",
        ),
        (
            lambda: sl.Model(sl.Sequential(LINEAR, sl.ELU(1e300)), input_shape=(4,), loss="mse"),
            ValueError,
            "alpha is 1e+300; it must be finite in float32",
        ),
        (lambda: sl.Sequential(), ValueError, "at least one layer"),
        (
            lambda: sl.Sequential(LINEAR, sl.ReLU),
            TypeError,
            "argument 1 is <class 'swiftllc.layers.activations.ReLU'>",
        ),
        (lambda: sl.Sequential([LINEAR]), TypeError, "argument 0 is [Linear("),
        (lambda: sl.Sequential([LINEAR]), TypeError, "not a layer. Unpack it with *"),
        (lambda: sl.Sequential((LINEAR,)), TypeError, "not a layer. Unpack it with *"),
        (lambda: sl.Model("mlp", input_shape=(4,), loss="mse"), TypeError, "network must be a layer"),
        (lambda: sl.Model(LINEAR, input_shape=4, loss="mse"), TypeError, "input_shape must be a tuple"),
        (lambda: sl.Model(LINEAR, input_shape="4", loss="mse"), TypeError, "input_shape must be a tuple"),
        (
            lambda: sl.Model(LINEAR, input_shape=(0,), loss="mse"),
            ValueError,
            "input_shape[0] must be at least 1",
        ),
        (
            lambda: sl.Model(LINEAR, input_shape=(4.0,), loss="mse"),
            TypeError,
            "input_shape[0] must be an integer",
        ),
        (
            lambda: sl.Model(LINEAR, input_shape=(4,), loss="l2"),
            ValueError,
            "'mse' or 'cross_entropy' or 'binary_cross_entropy'; got 'l2'",
        ),
        (lambda: sl.Model(LINEAR, input_shape=(4,)), TypeError, "loss"),
        (
            lambda: sl.Model(LINEAR, input_shape=(4,), loss="mse", dtype="float16"),
            ValueError,
            "got 'float16'",
        ),
        (lambda: sl.Model(LINEAR, input_shape=(4,), loss="mse", dtype=None), ValueError, "got None"),
        (lambda: sl.Model(LINEAR, input_shape=(4,), loss="mse", dtype="x"), ValueError, "got 'x'"),
        (lambda: sl.Model(sl.ReLU(), input_shape=(4,), loss="mse"), ValueError, "no parameters"),
        (
            lambda: sl.Model(LINEAR, input_shape=(3,), loss="mse"),
            ValueError,
            "The network is Linear(in_features=4, out_features=2, bias=True), given samples of shape (3,): "
            "it takes (..., 4).",
        ),
        (
            lambda: sl.Model(
                sl.Sequential(LINEAR, sl.Sequential(sl.Tanh(), sl.Linear(5, 1))), input_shape=(4,), loss="mse"
            ),
            ValueError,
            "Layer 1.1 is Linear(in_features=5, out_features=1, bias=True), given samples of shape (2,): "
            "it takes (..., 5).",
        ),
        (
            lambda: sl.Model(sl.Sequential(sl.Conv2d(1, 2, 3)), input_shape=(784,), loss="mse"),
            ValueError,
            "given samples of shape (784,): the input has shape (784,); a convolution needs (channels, rows, "
            "columns)",
        ),
        (
            lambda: sl.Model(
                sl.Sequential(sl.Linear(8, 8), sl.TransformerBlock(8, 2)), input_shape=(8,), loss="mse"
            ),
            ValueError,
            "Layer 1.attention is SelfAttention(features=8, heads=2, causal=False, rotary=False, bias=True), "
            "given samples of shape (8,): it takes (positions, 8).",
        ),
        (
            lambda: sl.Model(sl.SelfAttention(8, 2), input_shape=(2, 5, 8), loss="mse"),
            ValueError,
            "bias=True), given samples of shape (2, 5, 8): it takes (positions, 8).",
        ),
        (
            lambda: sl.Model(sl.Sequential(LINEAR, sl.GlobalAvgPool2d()), input_shape=(4,), loss="mse"),
            ValueError,
            "Layer 1 is GlobalAvgPool2d(), given samples of shape (2,): it takes (channels, rows, columns).",
        ),
        (
            lambda: sl.Model(sl.Sequential(sl.ReLU(), sl.Embedding(8, 2)), input_shape=(3,), loss="mse"),
            ValueError,
            "Layer 1 is Embedding(rows=8, features=2, std=1.0), given samples of shape (3,): indices is",
        ),
        (lambda: LINEAR(np.ones(4)), TypeError, "in a graph it takes a node, such as an input."),
        (
            lambda: sl.models.BERT(5, 3, 4, 1, 2)(sl.Graph().input((4,), "int64")),
            ValueError,
            "Layer positions",
        ),
    ],
)
def test_networks_and_models(make, error, message):
    with pytest.raises(error, match=re.escape(message)):
        make()


@pytest.mark.parametrize("size", [2**31, 2**62])
def test_a_layer_beyond_all_memory_is_refused_and_not_fatal(size):
    with pytest.raises((sl.InvalidArgumentError, MemoryError)):
        model = sl.Model(sl.Linear(size, size), input_shape=(size,), loss="mse")
        model.init()


def test_a_model_is_not_anything_callable(quadratic):
    with pytest.raises(sl.ArgumentTypeError, match=re.escape("model must be a swiftllc.Model")):
        sl.estimate_llc(lambda w: w, quadratic.minimum, quadratic.data, sampler=sl.SGLD(1e-3))
    with pytest.raises(sl.ArgumentTypeError, match=re.escape("model must be a swiftllc.Model")):
        sl.train(None, quadratic.minimum, quadratic.data)
