"""Nested dicts of arrays: flat names, and which of them are which parameters."""

import re
from itertools import pairwise

import numpy as np
import pytest

import swiftllc as sl
from swiftllc._pairing import paired
from swiftllc.frameworks import _FLAX
from swiftllc.graph import ParameterSpec, Uniform


def dense(inputs, outputs, seed=0):
    rng = np.random.default_rng(seed)
    return {"bias": rng.normal(size=outputs), "kernel": rng.normal(size=(inputs, outputs))}


def mlp(*widths):
    layers = [layer for sizes in pairwise(widths) for layer in (sl.Linear(*sizes), sl.Tanh())]
    return sl.Model(sl.Sequential(*layers[:-1]), input_shape=widths[:1], loss="mse", dtype="float64")


def refused(message, make, *arguments, error=sl.InvalidArgumentError, **options):
    with pytest.raises(error, match=re.escape(message)):
        make(*arguments, **options)


def test_mappings_and_lists_are_flattened_without_a_copy():
    a, b, c = np.ones(2), np.ones(3), np.ones(())
    tree = {"params": {"layers": [{"w": a}, (b, None)], 3: {"s": c}}, "empty": {}}
    flat = sl.interop.flatten_tree(tree)
    assert list(flat) == ["params.layers.0.w", "params.layers.1.0", "params.3.s"]
    assert flat["params.layers.0.w"] is a and flat["params.3.s"] is c
    assert sl.interop.flatten_tree([]) == {}


@pytest.mark.parametrize(
    "tree, error, message",
    [
        (np.ones(2), TypeError, "tree must be a nested dict or list of arrays; got ndarray"),
        ("tree", TypeError, "tree must be a nested dict or list of arrays; got str"),
        ({"a": [{"lr": 0.1}]}, TypeError, "tree has a float as 'a.0.lr'; it must be an array"),
        ({"a.b": np.ones(1), "a": {"b": np.ones(1)}}, ValueError, "two arrays whose name would be 'a.b'"),
    ],
)
def test_what_is_no_tree_of_arrays(tree, error, message):
    refused(message, sl.interop.flatten_tree, tree, error=error)


def test_a_nested_dict_is_not_loaded_unasked():
    tree = {"0": {"weight": np.ones((2, 2)), "bias": np.ones(2)}}
    refused("A nested dict is made flat by sl.interop.flatten_tree.", mlp(2, 2).load, tree)
    assert mlp(2, 2).load(sl.interop.flatten_tree(tree))["0.weight"].sum() == 4


def test_layers_are_in_the_order_of_their_numbers_and_not_of_the_alphabet():
    model = mlp(*[2] * 13)
    tree = {f"Dense_{i}": dense(2, 2, seed=i) for i in range(12)}
    params = sl.from_flax(model, {name: tree[name] for name in sorted(tree)})  # Dense_0, Dense_1, Dense_10
    for i in range(12):
        np.testing.assert_array_equal(params[f"{2 * i}.weight"], tree[f"Dense_{i}"]["kernel"].T)
        np.testing.assert_array_equal(params[f"{2 * i}.bias"], tree[f"Dense_{i}"]["bias"])


def test_names_without_numbers_give_no_order_even_where_the_shapes_would():
    tree = {"encoder": dense(3, 2), "decoder": dense(2, 3, seed=1)}
    model = mlp(3, 2, 3)
    refused("tree has 'encoder', 'decoder', whose names give no order; names=", sl.from_flax, model, tree)
    layers = {"0": "encoder", "2": "decoder"}
    names = {f"{i}.weight": f"{layer}.kernel" for i, layer in layers.items()}
    names |= {f"{i}.bias": f"{layer}.bias" for i, layer in layers.items()}
    params = sl.from_flax(model, tree, names=names)
    np.testing.assert_array_equal(params["0.weight"], tree["encoder"]["kernel"].T)
    np.testing.assert_array_equal(params["2.bias"], tree["decoder"]["bias"])


def test_a_single_layer_may_have_any_name():
    assert sl.from_flax(mlp(3, 2), {"params": {"head": dense(3, 2)}})["0.weight"].shape == (2, 3)


@pytest.mark.parametrize(
    "tree, message",
    [
        (
            {"Dense_0": dense(3, 4), "Dense_1": dense(4, 5)},
            "in the layout in_out it has 'Dense_1.kernel' (4, 5) for '2.weight' (4, 2), "
            "'Dense_1.bias' (5,) for '2.bias' (2,).",
        ),
        ({"Dense_0": dense(3, 4)}, "it has nothing for '2.weight' (4, 2), nothing for '2.bias' (2,)."),
        (
            {f"Dense_{i}": dense(*sizes) for i, sizes in enumerate([(3, 4), (4, 2), (2, 1)])},
            "it has 'Dense_2.kernel' (2, 1) for nothing, 'Dense_2.bias' (1,) for nothing.",
        ),
        (
            {"Dense_0": dense(3, 4), "Dense_1": {"kernel": np.ones((4, 2))}},
            "nothing for '2.weight' (4, 2), nothing for '2.bias' (2,), 'Dense_1.kernel' (4, 2) for nothing.",
        ),
        (
            {"params": {}, "batch_stats": {}},
            "tree has the collections 'params', 'batch_stats'; give tree['par",
        ),
    ],
)
def test_a_tree_of_another_network_is_refused_with_what_it_would_be(tree, message):
    refused(message, sl.from_flax, mlp(3, 4, 2), tree)


def test_layers_of_several_kinds_are_matched_within_their_kind():
    specs = {
        "0.weight": ParameterSpec((7, 4), Uniform(1)),
        "1.weight": ParameterSpec((4,), Uniform(1)),
        "1.bias": ParameterSpec((4,), Uniform(1)),
        "2.weight": ParameterSpec((4, 4), Uniform(1), kernel=True),
        "3.weight": ParameterSpec((4,), Uniform(1)),
        "3.bias": ParameterSpec((4,), Uniform(1)),
        "4.weight": ParameterSpec((5, 4, 3, 2), Uniform(1), kernel=True),
    }
    shapes = {
        "Conv_0.kernel": (3, 2, 4, 5),
        "Dense_0.kernel": (4, 4),
        "Embed_0.embedding": (7, 4),
        "LayerNorm_0.bias": (4,),
        "LayerNorm_0.scale": (4,),
        "LayerNorm_1.bias": (4,),
        "LayerNorm_1.scale": (4,),
    }
    arrays = {name: np.empty(shape) for name, shape in shapes.items()}
    assert paired(specs, arrays, _FLAX, "tree", numbered=True) == {
        "0.weight": "Embed_0.embedding",
        "1.weight": "LayerNorm_0.scale",
        "1.bias": "LayerNorm_0.bias",
        "2.weight": "Dense_0.kernel",
        "3.weight": "LayerNorm_1.scale",
        "3.bias": "LayerNorm_1.bias",
        "4.weight": "Conv_0.kernel",
    }


def test_a_model_whose_own_names_give_no_order_is_refused():
    specs = {f"{name}.weight": ParameterSpec((2, 2), Uniform(1), kernel=True) for name in ("query", "key")}
    arrays = {f"Dense_{i}.kernel": np.empty((2, 2)) for i in range(2)}
    refused("The model has 'query', 'key', whose", paired, specs, arrays, _FLAX, "tree", numbered=True)


def test_parameters_are_made_for_a_model():
    refused("model must be a swiftllc.Model; got Linear", sl.from_flax, sl.Linear(1, 1), {}, error=TypeError)
    refused("model must be a swiftllc.Model; got Linear", sl.from_keras, sl.Linear(1, 1), {}, error=TypeError)


def test_any_tree_becomes_parameters_by_its_paths():
    model = sl.Model(sl.Linear(2, 3), input_shape=(2,), loss="mse", dtype="float64")
    w, b = np.arange(6.0).reshape(2, 3), np.arange(3.0)
    tree = {"layers": [{"w": w, "b": b}]}
    names = {"weight": "layers.0.w", "bias": "layers.0.b"}
    params = sl.from_jax(model, tree, names=names)
    np.testing.assert_array_equal(params["weight"], w.T)
    turned = {"layers": [{"w": w.T, "b": b}]}
    assert sl.from_jax(model, turned, names=names, layout="out_in") == params
    with pytest.raises(ValueError, match="lacks"):
        sl.from_jax(model, tree)
