"""Graphs at their edges: operands that are none, copies, numbers that do not fit, and values used twice."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from operation_cases import CASES, LOSSES, SAMPLES

import swiftllc as sl


def graph(shape=(3, 4)):
    g = sl.Graph()
    return g, g.input(shape)


@pytest.mark.parametrize("step", [2**61, 2**63 - 1, 2**70, -(2**63), -(2**70)])
def test_a_slice_of_one_element_may_have_any_step(step):
    _, x = graph()
    assert x[1 : 0 if step < 0 else 2 : step].shape == (1, 4)


def test_a_node_may_have_more_axes_than_an_array():
    _, x = graph()
    assert x.reshape(3, *(1,) * 99, 4).shape == (3, *(1,) * 99, 4)


def test_a_long_chain_of_other_shapes_is_one_value():
    g, x = graph((2,))
    w = g.parameter("w", (1, 2), value=2.0)
    for _ in range(20_000):
        x = x.reshape(1, 2)
    model = sl.Model(x * w, loss=g.loss((x * w).sum()))
    assert model.loss(model.init(), (np.ones((5, 2)),)) == 4.0


@pytest.mark.parametrize(
    "operation",
    [
        lambda g, x: g.linear(x, 1),
        lambda g, x: g.linear(x, g.parameter("v", (2, 4), value=0.0), 0),
        lambda g, x: g.reshape(0, (4, 3)),
        lambda g, x: g.concatenate([0, 0]),
        lambda g, x: g.max_pool2d(0, 1),
        lambda g, x: g.layer_norm(x, 1, 1),
        lambda g, x: g.squared_error(x, 0),
        lambda g, x: g.cross_entropy(x, 1),
        lambda g, x: g.loss(0),
        lambda g, x: g.attention(x, 0, x),
        lambda g, x: g.attention(x, x, None),
        lambda g, x: g.linear(x, "w"),
    ],
)
def test_a_number_is_not_the_node_of_that_number(operation):
    g, x = graph()
    g.input((3,), "int64")
    with pytest.raises((sl.InvalidArgumentError, sl.ArgumentTypeError)):
        operation(g, x)


def test_an_array_is_a_constant_for_every_operation():
    g, x = graph()
    w = np.arange(8.0).reshape(2, 4)
    y = g.linear(x, w) + g.parameter("b", (2,), value=0.0)
    model = sl.Model(y, loss="mse", dtype="float64")
    X = np.random.default_rng(0).normal(size=(5, 3, 4))
    np.testing.assert_allclose(model(model.init(), X), X @ w.T, rtol=1e-13)
    assert g.sum(w, axis=1).kind == "shared"


@pytest.mark.parametrize(
    "operation, message",
    [
        (lambda g, x: x[[0, 1]], "take() has lists of them"),
        (lambda g, x: x[np.array([0, 1]), ...], "take() has lists of them"),
        (lambda g, x: x[None], "index must be an integer"),
        (lambda g, x: x[..., ...], "one ... at most"),
        (lambda g, x: g.rotary(x[0]), "x has shape (4,); rotary positions need"),
        (lambda g, x: g.rotary(x[:, :3]), "an even number"),
        (lambda g, x: g.rotary(x, base=-1), "base must be greater than 0"),
        (lambda g, x: g.gaussian_nll(x, x, 1e-200), "sigma is 1e-200, and 1/(2 sigma²) is inf"),
        (lambda g, x: g.gaussian_nll(x, x, 0), "sigma must be greater than 0"),
        (lambda g, x: g.parameter("v", (3,), std=-1), "std must be at least 0"),
        (lambda g, x: g.parameter("v", (3,), bound=-1), "bound must be at least 0"),
        (lambda g, x: g.tie("u", "w") or g.parameter("u", (3,), std=1), "'u', which is another name of 'w'"),
        (lambda g, x: g.stack([]), "stack needs at least one node"),
        (lambda g, x: g.concatenate([x], 2), "axis must be at most 1"),
        (lambda g, x: x.sum(0, "yes"), "keepdims must be True or False"),
        (lambda g, x: x.max(0, 1), "keepdims must be True or False"),
        (lambda g, x: g.batch_norm(x, None, None, 0.0, 1.0, eps=-1), "eps must be at least 0"),
        (lambda g, x: g.group_norm(x, 3, [1.0]), "which has 1 elements"),
        (lambda g, x: g.max_pool2d(x, 2, stride=-(2**70)), "stride must be at least -9223372036854775808"),
        (lambda g, x: g.cross_entropy(x, x, ignore_index=-(2**64)), "ignore_index must be at least"),
    ],
)
def test_what_is_refused(operation, message):
    g, x = graph()
    g.parameter("w", (3,), value=0.0)
    with pytest.raises(sl.SwiftLLCError) as caught:
        operation(g, x)
    assert message in str(caught.value)


def test_a_scale_beyond_the_precision_is_refused_where_the_precision_is_chosen():
    g, x = graph()
    y = x + g.parameter("w", (4,), value=0.0)
    sl.Model(y, loss=sl.GaussianNLL(1e-20), dtype="float64")
    with pytest.raises(
        sl.InvalidArgumentError, match=r"scale is 5e.39; it must be positive and finite in float32"
    ):
        sl.Model(y, loss=sl.GaussianNLL(1e-20), dtype="float32")


def test_a_node_is_iterated_along_its_first_axis():
    _, x = graph()
    a, b, c = x
    assert a.shape == b.shape == c.shape == (4,)
    with pytest.raises(sl.ArgumentTypeError, match="no axis to go along"):
        iter(a[0])


def test_numpy_s_names_of_axes():
    g, x = graph()
    assert x.sum(axis=1).shape == (3,)
    assert x.mean(axis=(0, 1), keepdims=True).shape == (1, 1)
    assert g.stack([x, x], axis=-1).shape == (3, 4, 2)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g))])
def test_a_copy_grows_alone(copied):
    g, x = graph((4,))
    y = x * g.parameter("w", (4,), value=2.0)
    other = copied(g)
    other.parameter("v", (2,), value=0.0)
    other.input((7,))
    model = sl.Model(y, loss=g.loss(y.sum()))
    assert list(model.parameter_shapes) == ["w"]
    assert len(model.inputs) == 1
    assert model.loss(model.init(), (np.ones((3, 4)),)) == 8.0


def test_a_model_does_not_see_what_its_graph_becomes():
    g, x = graph((4,))
    y = g.relu(x * g.parameter("w", (4,), value=2.0))
    first = sl.Model(y, loss="mse")
    labels = g.input((), "int64")
    second = sl.Model(y, loss=g.cross_entropy(y, labels))
    g.parameter("v", (2,), value=0.0)
    X = np.ones((3, 4))
    for model in (first, pickle.loads(pickle.dumps(first))):
        assert model.loss(model.init(), (X, np.zeros((3, 4)))) == 4.0
        assert list(model.parameter_shapes) == ["w"]
    for model in (second, pickle.loads(pickle.dumps(second))):
        assert model.loss(model.init(), (X, [0, 1, 2])) == pytest.approx(np.log(4))


def test_threads_may_build_one_graph():
    g, x = graph((2,))

    def build(thread):
        y = x
        for i in range(500):
            y = g.relu(y + g.parameter(f"{thread}.{i}", (2,), value=float(thread)))
        return y

    with ThreadPoolExecutor(4) as pool:
        outputs = list(pool.map(build, range(4)))
    model = sl.Model(g.stack(outputs), loss="mse", dtype="float64")
    expected = 1 + 500 * np.arange(4.0)[:, None] + np.zeros((4, 2))
    np.testing.assert_array_equal(model(model.init(), np.ones((1, 2)))[0], expected)


def test_a_loss_may_depend_on_no_parameter():
    g, x = graph((4,))
    w = g.parameter("w", (4,), value=1.0)
    model = sl.Model(x * w, loss=g.loss(x.sum()))
    np.testing.assert_array_equal(model.gradient(model.init(), (np.ones((3, 4)),)).flat, np.zeros(4))
    with pytest.raises(sl.InvalidArgumentError, match="shared by all samples"):
        g.loss(w.sum())


def test_a_class_that_is_ignored_has_no_gradient():
    g, x = graph((3,))
    labels = g.input((), "int64")
    y = x + g.parameter("b", (3,), value=0.0)
    model = sl.Model(y, loss=g.loss(g.token_losses(y, labels, ignore_index=0)), dtype="float64")
    same = sl.Model(y, loss=g.cross_entropy(y, labels, ignore_index=0), dtype="float64")
    data = np.random.default_rng(0).normal(size=(6, 3)), np.array([0, 1, 2, 0, 0, 1])
    params = model.init()
    np.testing.assert_allclose(model.losses(params, data), same.losses(params, data), rtol=1e-14)
    np.testing.assert_allclose(
        model.gradient(params, data).flat, same.gradient(params, data).flat, rtol=1e-13
    )


@pytest.mark.parametrize(
    "exponent, value, slope", [(0, 1, 0), (1, 0, 1), (2, 0, 0), (3, 0, 0), (0.5, 0, np.inf)]
)
def test_powers_at_zero(exponent, value, slope):
    g, x = graph(())
    w = g.parameter("w", (), value=0.0)
    model = sl.Model(x + w, loss=g.loss((x * 0 + w) ** exponent), dtype="float64")
    assert model.loss(model.init(), (np.ones(2),)) == value
    assert model.gradient(model.init(), (np.ones(2),)).flat[0] == slope


@pytest.mark.parametrize("exponent, value, slope", [(2, 4, -4), (3, -8, 12), (-1, -0.5, -0.25), (0, 1, 0)])
def test_whole_powers_of_a_negative_number(exponent, value, slope):
    g, x = graph(())
    w = g.parameter("w", (), value=-2.0)
    model = sl.Model(x + w, loss=g.loss((x * 0 + w) ** exponent), dtype="float64")
    assert model.loss(model.init(), (np.ones(2),)) == value
    assert model.gradient(model.init(), (np.ones(2),)).flat[0] == slope


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_nan_shows_in_every_value_that_it_has_a_part_in(case):
    g = sl.Graph()
    operands, params, data = {}, {}, []
    for name, values in case.values(SAMPLES).items():
        shape = case.operands[name]
        if name == "N":
            operands[name] = g.input(shape, "int64")
            data.append(values)
            continue
        # 0 as the logarithm of 1, NaN as that of -1: parameters themselves are finite.
        params[f"log {name}"] = np.ones(shape)
        operands[name] = g.log(g.parameter(f"log {name}", shape, value=1.0))
        if name.isupper():
            operands[name] = operands[name] + g.input(shape)
            data.append(values)
        else:
            params[name] = values
            operands[name] = operands[name] + g.parameter(name, shape, value=0.0)
    model = sl.Model(case.build(g, **operands), loss="mse", dtype="float64")
    base = model(params, *data)
    assert np.isfinite(base).all()
    for name in operands.keys() - {"N"}:
        for i in range(params[f"log {name}"].size):

            def at(value, name=name, i=i):
                there = {key: array.copy() for key, array in params.items()}
                there[f"log {name}"].flat[i] = value
                return model(there, *data)

            changed = at(1.3) != base
            assert np.isnan(at(-1.0))[changed].all()


@pytest.mark.parametrize("case", LOSSES, ids=[case.name for case in LOSSES])
def test_a_nan_shows_in_every_loss(case):
    g = sl.Graph()
    logarithms = g.parameter("log", case.output, value=1.0)
    model = sl.Model(g.input(case.output) + g.log(logarithms), loss=case.loss, dtype="float64")
    data = case.values()
    base = model.losses(model.init(), data)
    for i in range(model.parameter_count):
        params = model.init()
        params.flat[i] = 1.3
        changed = model.losses(params, data) != base
        params.flat[i] = -1.0
        assert np.isnan(model.losses(params, data))[changed].all()
