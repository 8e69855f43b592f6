"""Layers and ready-made networks, as far as numpy can check them; the rest is in interop/test_layers.py."""

import pickle

import numpy as np
import pytest

import swiftllc as sl

RNG = np.random.default_rng(0)


def test_superposition_uses_one_weight_twice():
    model = sl.Model(sl.models.Superposition(), input_shape=(6,), loss="mse", dtype="float64")
    params = model.init(seed=1)
    assert model.parameter_shapes == {"weight": (2, 6), "bias": (6,)}
    X = RNG.uniform(size=(9, 6))
    W, b = params["weight"], params["bias"]
    np.testing.assert_allclose(model(params, X), np.maximum(X @ W.T @ W + b, 0), rtol=0, atol=1e-14)


def test_mlp_and_deep_linear_network():
    model = sl.Model(sl.models.mlp((5, 7, 3), sl.Tanh()), input_shape=(5,), loss="mse")
    assert list(model.parameter_shapes) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    model = sl.Model(sl.models.deep_linear_network((5, 7, 3)), input_shape=(5,), loss="mse")
    assert model.parameter_shapes == {"0.weight": (7, 5), "1.weight": (3, 7)}


@pytest.mark.parametrize(
    "layer, shape, parameters, output",
    [
        # 9 (3·16 + 6·16² + 16·32 + 5·32² + 32·64 + 5·64²), the shortcuts, the norms, the classifier.
        (sl.models.resnet20(), (3, 32, 32), 9 * 29744 + 512 + 2048 + 2 * 784 + 650, (10,)),
        (
            sl.models.GPT2(50, 16, 12, 2, 3),
            (16,),
            50 * 12 + 16 * 12 + 2 * (12 * 12 * 12 + 13 * 12) + 24,
            (16, 50),
        ),
        (sl.models.attention_only(50, 16, 12, 1, 3), (16,), 50 * 12 + 16 * 12 + 4 * 156 + 24 + 24, (16, 50)),
        (sl.models.InContextRegression(3, 5, 8, 1, 2), (10, 4), 40 + 80 + 12 * 64 + 13 * 8 + 16 + 9, (5,)),
    ],
)
def test_sizes(layer, shape, parameters, output):
    model = sl.Model(layer, input_shape=shape, loss="cross_entropy" if len(shape) == 1 else "mse")
    assert model.output_shape == output
    assert model.parameter_count == parameters


def test_a_causal_model_does_not_look_ahead():
    model = sl.Model(sl.models.GPT2(20, 8, 12, 2, 3), input_shape=(8,), loss="cross_entropy", dtype="float64")
    params = model.parameters(RNG.normal(size=model.parameter_count) * 0.5)
    tokens = RNG.integers(0, 20, (1, 8))
    changed = tokens.copy()
    changed[0, 5] = (changed[0, 5] + 1) % 20
    before, after = model(params, tokens)[0], model(params, changed)[0]
    np.testing.assert_array_equal(before[:5], after[:5])
    assert np.abs(before[5:] - after[5:]).max() > 1e-3


def test_predictions_in_context_do_not_see_their_own_target():
    layer = sl.models.InContextRegression(2, 4, 8, 1, 2)
    model = sl.Model(layer, input_shape=(8, 3), loss="mse", dtype="float64")
    params = model.parameters(RNG.normal(size=model.parameter_count))
    X = RNG.normal(size=(1, 8, 3))
    changed = X.copy()
    changed[0, 5, 0] += 1  # the third y
    before, after = model(params, X)[0], model(params, changed)[0]
    np.testing.assert_array_equal(before[:3], after[:3])
    assert before[3] != after[3]


@pytest.mark.parametrize("layer", [sl.models.GPT2(9, 4, 4, 1, 2), sl.models.BERT(9, 4, 4, 1, 2)])
def test_gradients_of_language_models(layer):
    model = sl.Model(layer, input_shape=(4,), loss="cross_entropy", dtype="float64")
    params = model.parameters(RNG.normal(size=model.parameter_count) * 0.5)
    data = model.dataset(RNG.integers(0, 9, (3, 4)), RNG.integers(0, 9, (3, 4)))
    gradient = model.gradient(params, data).flat
    direction = RNG.normal(size=model.parameter_count)
    h = 1e-4

    def moved(steps):
        return model.loss(model.parameters(params.flat + steps * h * direction), data)

    slope = (8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12 * h)
    assert gradient @ direction == pytest.approx(slope, rel=1e-8)


def test_models_pickle_and_say_what_they_are():
    for layer in (sl.models.GPT2(9, 4, 4, 1, 2), sl.Residual(sl.Linear(3, 3)), sl.models.resnet20()):
        assert repr(pickle.loads(pickle.dumps(layer))) == repr(layer)
    model = sl.Model(sl.models.GPT2(9, 4, 4, 1, 2), input_shape=(4,), loss=sl.CrossEntropy(ignore_index=-100))
    again = pickle.loads(pickle.dumps(model))
    assert again.aliases == {"lm_head.weight": "wte.weight"}
    assert again.parameter_shapes == model.parameter_shapes and repr(again) == repr(model)


def test_dropout_is_refused_unless_evaluation_is_meant():
    with pytest.raises(ValueError, match=r"Dropout with p = 0.5 .* Dropout\(p, evaluation=True\)"):
        sl.Dropout()
    network = sl.Sequential(sl.Linear(3, 2), sl.Dropout(0.5, evaluation=True), sl.Dropout(0.0))
    model = sl.Model(network, input_shape=(3,), loss="mse")
    plain = sl.Model(sl.Linear(3, 2), input_shape=(3,), loss="mse")
    X = RNG.normal(size=(4, 3)).astype(np.float32)
    np.testing.assert_array_equal(model(model.init(3), X), plain(plain.init(3), X))


def test_a_residual_needs_its_shape():
    with pytest.raises(ValueError, match=r"samples of shape \(3,\): its layer makes \(2,\) of them"):
        sl.Model(sl.Residual(sl.Linear(3, 2)), input_shape=(3,), loss="mse")


def test_batch_norm_takes_the_statistics_of_training():
    mean, variance = [1.0, -1.0], [4.0, 0.25]
    model = sl.Model(
        sl.BatchNorm(2, mean, variance, eps=0.0), input_shape=(2, 3), loss="mse", dtype="float64"
    )
    X = RNG.normal(size=(5, 2, 3))
    expected = (X - np.array(mean)[:, None]) / np.sqrt(variance)[:, None]
    np.testing.assert_allclose(model(model.init(), X), expected, rtol=0, atol=1e-14)
    with pytest.raises(ValueError, match=r"variance has shape \(3,\); it must be \(2,\)"):
        sl.BatchNorm(2, mean, [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="must not be negative"):
        sl.BatchNorm(2, mean, [1.0, -2.0])
