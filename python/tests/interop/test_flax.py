"""Weights from Flax: the outputs are those that Flax computes."""

import numpy as np
import pytest

import swiftllc as sl

jax = pytest.importorskip("jax", reason="jax is not installed")
flax = pytest.importorskip("flax", reason="flax is not installed")
from flax import linen, nnx  # noqa: E402

X = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)


class MLP(linen.Module):
    @linen.compact
    def __call__(self, x):
        x = linen.tanh(linen.Dense(3)(x))  # square: its transpose has the same shape
        return linen.Dense(2, use_bias=False)(linen.tanh(linen.Dense(4)(x)))


@pytest.fixture
def model():
    network = sl.Sequential(
        sl.Linear(3, 3), sl.Tanh(), sl.Linear(3, 4), sl.Tanh(), sl.Linear(4, 2, bias=False)
    )
    return sl.Model(network, input_shape=(3,), loss="mse")


def agree(model, params, outputs):
    np.testing.assert_allclose(model(params, X), outputs, rtol=0, atol=1e-6)


def linen_variables(module):
    """With biases that are not 0, in the alphabet's order, as after a step of training."""
    return jax.tree.map(lambda a: a + 0.1, module.init(jax.random.key(0), X))


def test_linen(model):
    variables = linen_variables(MLP())
    outputs = MLP().apply(variables, X)
    agree(model, sl.from_flax(model, variables), outputs)
    agree(model, sl.from_flax(model, variables["params"]), outputs)
    agree(model, sl.from_flax(model, flax.core.freeze(variables)), outputs)


def test_a_sequential_of_linen(model):
    layers = [linen.Dense(3), linen.tanh, linen.Dense(4), linen.tanh, linen.Dense(2, use_bias=False)]
    module = linen.Sequential(layers)
    variables = linen_variables(module)
    agree(model, sl.from_flax(model, variables), module.apply(variables, X))


def nnx_layers():
    rngs = nnx.Rngs(0)
    widths = [(3, 3, True), (3, 4, True), (4, 2, False)]
    return [nnx.Linear(*sizes, use_bias=bias, rngs=rngs) for *sizes, bias in widths]


def test_a_sequential_of_nnx(model):
    first, second, third = nnx_layers()
    module = nnx.Sequential(first, nnx.tanh, second, nnx.tanh, third)
    first.bias[...] = np.arange(3)
    state = nnx.state(module, nnx.Param)
    agree(model, sl.from_flax(model, state), module(X))
    agree(model, sl.from_flax(model, nnx.to_pure_dict(state)), module(X))


def test_a_module_of_nnx_by_names(model):
    class Named(nnx.Module):
        def __init__(self):
            self.entry, self.hidden, self.readout = nnx_layers()

        def __call__(self, x):
            return self.readout(nnx.tanh(self.hidden(nnx.tanh(self.entry(x)))))

    module = Named()
    state = nnx.state(module, nnx.Param)
    with pytest.raises(sl.InvalidArgumentError, match="'entry', 'hidden', whose names give no order"):
        sl.from_flax(model, state)
    layers = {"0": "entry", "2": "hidden", "4": "readout"}

    def names(name):
        layer, leaf = name.split(".")
        return f"{layers[layer]}.{ {'weight': 'kernel'}.get(leaf, leaf) }"

    agree(model, sl.from_flax(model, state, names=names), module(X))
    flat = sl.interop.flatten_tree(state)
    assert model.load(flat, layout="in_out", names=names) == sl.from_flax(model, state, names=names)


def test_bfloat16_is_read_exactly(model):
    variables = jax.tree.map(lambda a: a.astype("bfloat16"), linen_variables(MLP()))
    params = sl.from_flax(model, variables)
    expected = np.asarray(variables["params"]["Dense_0"]["kernel"].astype("float32")).T
    np.testing.assert_array_equal(params["0.weight"], expected)
