"""Weights from Keras: the outputs are those that Keras computes."""

import os
import re
import sys

import numpy as np
import pytest

import swiftllc as sl

os.environ.setdefault("KERAS_BACKEND", "jax")


@pytest.fixture
def keras():
    try:
        import keras
    except ImportError as error:  # Keras itself, or what it computes by
        pytest.skip(f"keras cannot be imported: {error}")
    return keras


@pytest.fixture
def model():
    network = sl.Sequential(sl.Linear(3, 3), sl.Tanh(), sl.Linear(3, 2, bias=False))
    return sl.Model(network, input_shape=(3,), loss="mse")


def built(keras, *layers):
    network = keras.Sequential([keras.Input((3,)), *layers])
    for weight in network.weights:
        weight.assign(np.random.default_rng(len(weight.path)).normal(size=weight.shape))
    return network


def test_a_sequential_gives_the_outputs_that_keras_gives(model, keras):
    network = built(
        keras,
        keras.layers.Dense(3, activation="tanh"),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(2, use_bias=False),
    )
    X = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    params = sl.from_keras(model, network)
    np.testing.assert_allclose(model(params, X), np.asarray(network(X)), rtol=0, atol=1e-6)
    arrays = {weight.path: np.asarray(weight) for weight in network.weights}
    names = dict(zip(model.parameter_shapes, arrays, strict=True))
    assert model.load(arrays, layout="in_out", names=names) == params


def test_names_do_not_matter_and_their_alphabet_neither(model, keras):
    dense = keras.layers.Dense
    network = built(keras, dense(3, name="z"), keras.Sequential([dense(2, use_bias=False)], name="a"))
    kernel = np.asarray(network.weights[-1])
    np.testing.assert_array_equal(sl.from_keras(model, network)["2.weight"], kernel.T)


def test_what_cannot_be_matched_is_refused(model, keras):
    dense = keras.layers.Dense
    network = built(keras, dense(3, name="a"), dense(5, use_bias=False, name="b"))
    with pytest.raises(sl.InvalidArgumentError, match=r"b\.kernel' \(3, 5\) for '2\.weight' \(3, 2\)"):
        sl.from_keras(model, network)
    network = built(keras, dense(3), keras.layers.BatchNormalization(name="n"), dense(2, use_bias=False))
    with pytest.raises(sl.InvalidArgumentError, match=r"n\.moving_variance' \(3,\) for nothing"):
        sl.from_keras(model, network)
    with pytest.raises(sl.InvalidArgumentError, match="network has no weights yet; call its build"):
        sl.from_keras(model, keras.Sequential([dense(3)]))
    with pytest.raises(sl.ArgumentTypeError, match=re.escape("must be a keras.Sequential; got Dense")):
        sl.from_keras(model, dense(3))


def test_without_keras_the_error_says_how_to_get_it(model, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(ImportError, match=r"from_keras needs Keras 3, .* pip install keras"):
        sl.from_keras(model, None)
