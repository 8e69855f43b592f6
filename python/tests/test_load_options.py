"""Weights of other names and layouts than the model's: layout=, names=, strict=, and aliases."""

import re

import numpy as np
import pytest

import swiftllc as sl
from swiftllc._joined import joined
from swiftllc._reading import Reading
from swiftllc._wanted import wanted
from swiftllc.graph import ParameterSpec, Uniform

RNG = np.random.default_rng(0)
NETWORK = sl.Sequential(sl.Linear(3, 3), sl.Tanh(), sl.Linear(3, 2))


@pytest.fixture
def model():
    return sl.Model(NETWORK, input_shape=(3,), loss="mse")


@pytest.fixture
def weights(model):
    return model.init(seed=1).to_dict()


def in_out(weights):
    return {name: array.T for name, array in weights.items()}


def refused(message, make, *arguments, error=sl.InvalidArgumentError, **options):
    with pytest.raises(error, match=re.escape(message)):
        make(*arguments, **options)


# Layout


@pytest.mark.parametrize("contiguous", [True, False])
def test_in_out_transposes_every_linear_weight_the_square_ones_too(model, weights, contiguous):
    stored = in_out(weights)
    if contiguous:
        stored = {name: np.ascontiguousarray(array) for name, array in stored.items()}
    assert model.parameters(stored, layout="in_out") == model.parameters(weights)
    assert not np.array_equal(weights["0.weight"], weights["0.weight"].T)


def test_the_outputs_are_those_of_x_times_kernel(model, weights):
    stored, X = in_out(weights), RNG.normal(size=(5, 3)).astype(np.float32)
    outputs = np.tanh(X @ stored["0.weight"] + stored["0.bias"]) @ stored["2.weight"] + stored["2.bias"]
    params = model.load(stored, layout="in_out")
    np.testing.assert_allclose(model(params, X), outputs, rtol=0, atol=1e-6)


def test_a_file_has_a_layout_too(model, weights, tmp_path):
    np.savez(tmp_path / "w.npz", **in_out(weights))
    assert model.load(tmp_path / "w.npz", layout="in_out") == model.parameters(weights)


def test_shapes_are_compared_as_the_source_has_them(model, weights):
    stored = in_out(weights)
    fits = " It would fit in the other layout of Model.load."
    refused(f'params["2.weight"] has shape (3, 2); it must be (2, 3).{fits}', model.load, stored)
    refused(
        f'params["2.weight"] has shape (2, 3); it must be (3, 2).{fits}',
        model.load,
        weights,
        layout="in_out",
    )
    with pytest.raises(sl.InvalidArgumentError, match=r"has shape \(3, 5\); it must be \(3, 2\)\.$"):
        model.load(stored | {"2.weight": np.ones((3, 5))}, layout="in_out")
    del stored["2.weight"]
    refused("lacks '2.weight' (3, 2)", model.load, stored, layout="in_out")


def test_values_are_named_where_the_source_has_them(model, weights):
    stored = in_out(weights)
    stored["2.weight"] = stored["2.weight"].copy()
    stored["2.weight"][2, 1] = np.nan
    refused('params["2.weight"][2, 1] is nan', model.load, stored, layout="in_out")


def test_only_kernels_have_a_layout():
    specs = {
        "conv.weight": ParameterSpec((5, 4, 2, 3), Uniform(1), kernel=True),
        "embedding.weight": ParameterSpec((4, 4), Uniform(1)),
    }
    values = {name: RNG.normal(size=spec.shape) for name, spec in specs.items()}
    vector = np.concatenate([array.ravel() for array in values.values()])
    stored = values | {"conv.weight": np.einsum("oihw->hwio", values["conv.weight"])}
    for source, layout in ((values, "out_in"), (stored, "in_out")):
        tensors = wanted(specs, {}, Reading(layout=layout))
        np.testing.assert_array_equal(joined(source, "params", tensors, np.dtype(float)), vector)


# Names


def test_names_are_a_dict_or_a_function_of_the_models_names(model, weights):
    expected = model.parameters(weights)
    prefixed = {f"net.{name}": array for name, array in weights.items()}
    assert model.load(prefixed, names=lambda name: f"net.{name}") == expected
    assert model.load(prefixed, names={name: f"net.{name}" for name in weights}) == expected


def test_a_dict_of_names_has_only_those_that_differ(model, weights):
    exchanged = {"0.bias": "2.bias", "2.bias": "0.bias"}
    renamed = {exchanged.get(name, name): array for name, array in weights.items()}
    refused('params["0.bias"] has shape (2,)', model.load, renamed)
    assert model.load(renamed, names=exchanged) == model.parameters(weights)


@pytest.mark.parametrize(
    "names, error, message",
    [
        (
            {"0.kernel": "a", "b": "c"},
            ValueError,
            "names has '0.kernel', 'b'; its keys must be names of this",
        ),
        ({"0.bias": "2.bias"}, ValueError, "names gives '2.bias' for '0.bias' and for '2.bias'"),
        (lambda name: "w", ValueError, "names gives 'w' for '0.weight' and for '0.bias'; each needs"),
        (lambda name: None, TypeError, "names must give strings; for '0.weight' it gives None"),
        ({"0.bias": 3}, TypeError, "names must give strings; for '0.bias' it gives 3"),
        ("prefix.", TypeError, "names must be a dict from this model's names to the source's, or such"),
    ],
)
def test_names_that_cannot_be(model, weights, names, error, message):
    refused(message, model.load, weights, names=names, error=error)


@pytest.mark.parametrize("prefix", ["module.", "model.", "_orig_mod.", "module._orig_mod.net."])
def test_a_common_prefix_is_told_and_not_stripped(model, weights, prefix):
    prefixed = {prefix + name: array for name, array in weights.items()} | {"other.0.weight": np.ones(1)}
    message = (
        f"All that is missing has the prefix {prefix!r} there, so names=lambda name: {prefix!r} + name finds"
    )
    refused(message, model.load, prefixed)
    assert model.load(prefixed, names=lambda name: prefix + name, strict=False) == model.parameters(weights)


def test_where_only_some_have_the_prefix_the_names_are_a_dict(model, weights):
    mixed = {("" if name.startswith("0") else "head.") + name: array for name, array in weights.items()}
    names = {"2.weight": "head.2.weight", "2.bias": "head.2.bias"}
    refused(f"prefix 'head.' there, so names={names} finds it.", model.load, mixed)
    assert model.load(mixed, names=names) == model.parameters(weights)


def test_without_a_common_prefix_none_is_told(model, weights):
    mixed = {f"{i}.{name}": array for i, (name, array) in enumerate(weights.items())}
    for source in (mixed, {}, {1: np.ones(3)}):
        with pytest.raises(sl.InvalidArgumentError, match=r"params lacks '0\.weight' \(3, 3\)") as caught:
            model.load(source)
        assert "prefix" not in str(caught.value)


# Extra and missing tensors


def test_what_is_unknown_is_refused_or_ignored_unread(model, weights, tmp_path):
    more = weights | {"step": np.array(3), "ids": np.array(["a"])}
    np.savez(tmp_path / "w.npz", **more)
    for source in (more, tmp_path / "w.npz"):
        refused("has the unknown 'step' (), 'ids' (1,). Model.load ignores", model.load, source)
        assert model.load(source, strict=False) == model.parameters(weights)


def test_what_is_missing_is_never_ignored(model, weights):
    del weights["2.bias"]
    refused("params lacks '2.bias' (2,)", model.load, weights, strict=False)


def test_an_npz_tells_shapes_without_reading(model, weights, tmp_path):
    np.savez(tmp_path / "w.npz", **weights, objects=np.array([None, {}]))
    refused("has the unknown 'objects' (2,)", model.load, tmp_path / "w.npz")
    assert model.load(tmp_path / "w.npz", strict=False) == model.parameters(weights)


def test_long_lists_are_cut(model, weights):
    many = weights | {f"extra{i}": np.ones(i) for i in range(125)}
    refused("'extra7' (7,) and 117 more. Model", model.load, many)
    deep = sl.Model(sl.Sequential(*[sl.Linear(2, 2)] * 8), input_shape=(2,), loss="mse")
    refused("'3.bias' (2,) and 8 more.", deep.load, {})


@pytest.mark.parametrize(
    "options", [{"layout": "in_out"}, {"names": {"0.bias": "b"}}, {"strict": False}], ids=str
)
def test_a_flat_vector_has_no_names_and_no_layout(model, options):
    refused(
        "params is no mapping, and layout, names and strict are", model.load, model.init().flat, **options
    )


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"layout": "io"}, ValueError, "layout must be 'out_in' or 'in_out'; got 'io'"),
        ({"layout": None}, TypeError, "layout must be 'out_in' or 'in_out'; got None"),
        ({"strict": 0}, TypeError, "strict must be True or False; got 0"),
    ],
)
def test_options_that_cannot_be(model, weights, options, error, message):
    refused(message, model.load, weights, error=error, **options)
    refused(message, model.parameters, weights, error=error, **options)


# Aliases


class Tied(sl.Layer):
    """A network whose first weight a source may also call "head.weight"."""

    def add_to(self, graph, x, name):
        graph.aliases["head.weight"] = "0.weight"
        return NETWORK.add_to(graph, x, name)


@pytest.fixture
def tied():
    return sl.Model(Tied(), input_shape=(3,), loss="mse")


def test_an_alias_may_be_there_if_it_is_the_same(tied, weights, tmp_path):
    assert tied.aliases == {"head.weight": "0.weight"}
    expected = tied.parameters(weights)
    both = {"head.weight": weights["0.weight"].copy()} | weights
    np.savez(tmp_path / "w.npz", **both)
    assert tied.load(both) == tied.load(tmp_path / "w.npz") == expected
    assert tied.load(both | {"head.weight": weights["0.weight"]}) == expected  # and shares memory, unwarned
    assert tied.load(in_out(both), layout="in_out") == expected
    X, y = np.ones((2, 3)), np.ones((2, 2))
    assert tied.loss(both, (X, y)) == tied.loss(expected, (X, y))


def test_an_alias_will_do_alone(tied, weights):
    expected = tied.parameters(weights)
    alone = {"head.weight": weights.pop("0.weight")} | weights
    assert tied.load(alone) == expected
    prefixed = {f"net.{name}": array for name, array in alone.items()}
    assert tied.load(prefixed, names=lambda name: f"net.{name}") == expected
    renamed = {"lm_head.weight": alone.pop("head.weight")} | alone
    assert tied.load(renamed, names={"head.weight": "lm_head.weight"}) == expected
    assert (
        tied.load(renamed, names={"0.weight": "lm_head.weight", "head.weight": "lm_head.weight"}) == expected
    )
    refused("lacks '0.weight' (3, 3), and has the unknown 'lm_head.weight' (3, 3)", tied.load, renamed)


def test_an_alias_that_differs_in_one_bit_is_refused_with_both_names(tied, weights):
    weights["0.weight"][1, 2] = 0.0
    other = weights["0.weight"].copy()
    other[1, 2] = -0.0
    message = (
        "params has '0.weight' and 'head.weight', which are one parameter of this model, with values that"
    )
    refused(message, tied.load, weights | {"head.weight": other})
    refused('params["head.weight"] has shape (2, 3)', tied.load, weights | {"head.weight": other[:2]})
    refused("names gives '0.bias' for '0.bias' and for", tied.load, weights, names={"head.weight": "0.bias"})


def test_the_warning_of_shared_memory_names_the_callers_line(model, weights):
    weights["2.bias"] = weights["0.bias"][:2]
    for read in (model.load, model.parameters, lambda w: model.loss(w, (np.ones((1, 3)), np.ones((1, 2))))):
        with pytest.warns(UserWarning, match="share memory") as caught:
            read(weights)
        assert caught[0].filename == __file__
