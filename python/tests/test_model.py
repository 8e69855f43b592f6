"""Networks against numpy, and parameters by name."""

import math

import numpy as np
import pytest

import swiftllc as sl


def phi(x):
    return np.vectorize(lambda v: v / 2 * (1 + math.erf(v / math.sqrt(2))))(x)


ACTIVATIONS = [
    (sl.ReLU(), lambda x: np.maximum(x, 0)),
    (sl.Tanh(), np.tanh),
    (sl.GELU(), phi),
    (sl.GELU("tanh"), lambda x: x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))),
    (sl.SiLU(), lambda x: x / (1 + np.exp(-x))),
    (sl.Sigmoid(), lambda x: 1 / (1 + np.exp(-x))),
    (sl.Softplus(), lambda x: np.log1p(np.exp(x))),
    (sl.LeakyReLU(), lambda x: np.where(x > 0, x, 0.01 * x)),
    (sl.LeakyReLU(-0.5), lambda x: np.where(x > 0, x, -0.5 * x)),
    (sl.ELU(), lambda x: np.where(x > 0, x, np.expm1(x))),
    (sl.ELU(alpha=0.3), lambda x: np.where(x > 0, x, 0.3 * np.expm1(x))),
]


@pytest.mark.parametrize("dtype, tolerance", [("float32", 2e-6), ("float64", 1e-13)])
@pytest.mark.parametrize("activation, reference", ACTIVATIONS, ids=[repr(a) for a, _ in ACTIVATIONS])
def test_outputs_and_losses_are_numpys(activation, reference, dtype, tolerance):
    rng = np.random.default_rng(0)
    network = sl.Sequential(sl.Linear(5, 300), activation, sl.Linear(300, 3, bias=False))
    model = sl.Model(network, input_shape=(5,), loss="mse", dtype=dtype)
    params = model.init(seed=3)
    X, y = rng.normal(size=(70, 5)).astype(dtype), rng.normal(size=(70, 3)).astype(dtype)
    W0, b0, W2 = (params[name].astype(float) for name in ("0.weight", "0.bias", "2.weight"))
    outputs = reference(X.astype(float) @ W0.T + b0) @ W2.T
    losses = ((outputs - y) ** 2).mean(axis=1)
    assert model(params, X).dtype == dtype
    np.testing.assert_allclose(model(params, X), outputs, rtol=0, atol=tolerance * 10)
    np.testing.assert_allclose(model.losses(params, (X, y)), losses, rtol=tolerance * 20)
    assert model.loss(params, (X, y)) == pytest.approx(losses.mean(), rel=tolerance * 10)


@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
@pytest.mark.parametrize("activation", [a for a, _ in ACTIVATIONS[1:]])
def test_the_gradient_is_the_slope_of_the_loss(loss, activation):
    rng = np.random.default_rng(0)
    network = sl.Sequential(sl.Linear(3, 4), activation, sl.Sequential(sl.Linear(4, 3)))
    model = sl.Model(network, input_shape=(3,), loss=loss, dtype="float64")
    X = rng.normal(size=(9, 3))
    data = model.dataset(X, rng.normal(size=(9, 3)) if loss == "mse" else rng.integers(0, 3, 9))
    params = model.init(seed=1)
    gradient = model.gradient(params, data)
    assert list(gradient) == ["0.weight", "0.bias", "2.0.weight", "2.0.bias"]
    h = 1e-3
    for i in range(model.parameter_count):
        steps = []
        for multiple in (-2, -1, 1, 2):
            moved = params.copy()
            moved.flat[i] += multiple * h
            steps.append(model.loss(moved, data))
        # Four points: the error is of order h⁴ = 1e-12.
        slope = (steps[0] - 8 * steps[1] + 8 * steps[2] - steps[3]) / (12 * h)
        assert gradient.flat[i] == pytest.approx(slope, rel=1e-7, abs=1e-10)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", [a for a, _ in ACTIVATIONS], ids=repr)
def test_no_activation_overflows_far_from_0(activation, dtype):
    network = sl.Sequential(sl.Linear(1, 1, bias=False), activation)
    model = sl.Model(network, input_shape=(1,), loss="mse", dtype=dtype)
    X = np.array([[-1e4], [-200.0], [-88.0], [0.0], [88.0], [200.0], [1e4]])
    assert np.isfinite(model([1.0], X)).all()
    assert np.isfinite(model.gradient([1.0], (X, np.zeros((7, 1))))["0.weight"]).all()


def test_weights_are_out_by_in():
    model = sl.Model(sl.Linear(2, 2, bias=False), input_shape=(2,), loss="mse")
    weights = {"weight": [[1, 2], [3, 4]]}
    np.testing.assert_array_equal(model(weights, [[1, 0]]), [[1, 3]])
    assert model.loss(weights, ([[1, 0]], [[0, 0]])) == 5.0


@pytest.mark.parametrize(
    "logits, label, loss",
    [((1000, 0), 1, 1000.0), ((1000, 0), 0, 0.0), ((2, 1, 0), 0, 0.4076060), ((0, 0, 0), 2, math.log(3))],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_cross_entropy_neither_overflows_nor_loses_the_small(logits, label, loss, dtype):
    k = len(logits)
    model = sl.Model(sl.Linear(1, k, bias=False), input_shape=(1,), loss="cross_entropy", dtype=dtype)
    value = model.loss(np.array(logits, float), ([[1.0]], [label]))
    assert value == pytest.approx(loss, rel=1e-6)


def test_one_output_takes_targets_of_either_shape(quadratic):
    flat = quadratic.y[:, 0]
    expected = quadratic.model.losses(np.zeros(4), quadratic.data)
    np.testing.assert_array_equal(quadratic.model.losses(np.zeros(4), (quadratic.X, flat)), expected)
    np.testing.assert_allclose(expected, flat**2, rtol=1e-14)


def test_parameters_are_named_as_torch_names_them(classifier):
    model, params, _ = classifier
    shapes = {"0.weight": (7, 5), "0.bias": (7,), "2.weight": (3, 7), "2.bias": (3,)}
    assert model.parameter_shapes == params.shapes == shapes
    assert list(model.parameter_shapes) == list(shapes)
    assert model.parameter_count == params.flat.size == 66
    assert "66 float32" in repr(params)
    with pytest.raises(KeyError, match=r"no parameter 'bias', only 0\.weight"):
        params["bias"]


def test_parameters_come_back_from_a_dict_in_any_order_and_from_a_file(classifier, tmp_path):
    model, params, _ = classifier
    shuffled = dict(reversed(params.to_dict().items()))
    assert model.parameters(shuffled) == params
    np.savez(tmp_path / "weights.npz", **params.to_dict())
    assert model.load(tmp_path / "weights.npz") == params
    assert model.load(str(tmp_path / "weights.npz")) == params
    assert model.load(shuffled) == params
    with pytest.raises(sl.InvalidArgumentError, match=r"must be \.npz"):
        model.load("weights.bin")
    with pytest.raises(FileNotFoundError):
        model.load("nowhere.npz")


def test_tied_weights_are_taken_as_independent_with_a_warning():
    network = sl.Sequential(sl.Linear(1, 1, bias=False), sl.Linear(1, 1, bias=False))
    model = sl.Model(network, input_shape=(1,), loss="mse")
    tied = np.ones((1, 1), np.float32)
    for second in (tied, tied[:], tied.reshape(1, 1)):
        with pytest.warns(UserWarning, match=r"'0\.weight'\] and params\['1\.weight'\] share memory"):
            params = model.parameters({"0.weight": tied, "1.weight": second})
        assert params.flat.size == 2
    wide = tied.astype(float)
    with pytest.warns(UserWarning, match="share memory"):
        model.parameters({"0.weight": wide, "1.weight": wide})


def test_parameters_of_another_precision_are_converted(quadratics):
    double, single = quadratics("float64"), quadratics("float32")
    params = double.model.parameters(double.minimum)
    assert single.model.parameters(params).flat.dtype == np.float32
    assert single.model.loss(params, single.data) == 0


def test_results_parameters_and_models_can_be_pickled(quadratic):
    import pickle

    params = quadratic.model.parameters(quadratic.minimum)
    assert pickle.loads(pickle.dumps(params)) == params
    result = quadratic.estimate(num_draws=20)
    assert pickle.loads(pickle.dumps(result)).llc == result.llc
    model = pickle.loads(pickle.dumps(quadratic.model))
    assert repr(model) == repr(quadratic.model)
    assert model.loss(params, quadratic.data) == quadratic.model.loss(params, quadratic.data)


def test_models_and_datasets_are_freed_with_their_last_reference(quadratics):
    import gc
    import weakref

    problem = quadratics()
    data = problem.model.dataset(*problem.data)
    gone = weakref.ref(problem.model)
    del problem
    gc.collect()
    assert gone() is not None  # the data set needs it
    del data
    gc.collect()
    assert gone() is None


def test_reprs_are_what_one_would_write(classifier):
    model, _, _ = classifier
    assert repr(model).startswith("Model(Sequential(Linear(in_features=5, out_features=7, bias=True), ReLU()")
