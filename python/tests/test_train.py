"""Training against the updates that the optimizers document, done by numpy."""

import numpy as np
import pytest

import swiftllc as sl


def descend(problem, start, steps, update):
    """numpy's parameters after full-batch steps: the gradient of |w - w*|² is 2 (w - w*)."""
    w = np.asarray(start, float).copy()
    for t in range(1, steps + 1):
        w = update(t, w, 2 * (w - problem.minimum))
    return w


@pytest.mark.parametrize("momentum, decay", [(0.0, 0.0), (0.9, 0.0), (0.0, 0.3), (0.5, 0.1)])
def test_sgd_makes_the_documented_steps(quadratic, momentum, decay):
    velocity = np.zeros(4)

    def update(t, w, gradient):
        nonlocal velocity
        velocity = momentum * velocity + gradient + decay * w
        return w - 0.05 * velocity

    start = np.arange(4.0)
    optimizer = sl.SGD(lr=0.05, momentum=momentum, weight_decay=decay)
    trained = sl.train(quadratic.model, start, quadratic.data, optimizer=optimizer, steps=30)
    np.testing.assert_allclose(trained.flat, descend(quadratic, start, 30, update), rtol=1e-10)


@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_adam_makes_the_documented_steps(quadratic, decay):
    m, v = np.zeros(4), np.zeros(4)

    def update(t, w, gradient):
        nonlocal m, v
        gradient = gradient + decay * w
        m = 0.8 * m + 0.2 * gradient
        v = 0.9 * v + 0.1 * gradient**2
        return w - 0.02 * (m / (1 - 0.8**t)) / (np.sqrt(v / (1 - 0.9**t)) + 1e-3)

    start = np.array([0.0, 1.0, 2.0, 1.5])
    optimizer = sl.Adam(lr=0.02, beta1=0.8, beta2=0.9, epsilon=1e-3, weight_decay=decay)
    trained = sl.train(quadratic.model, start, quadratic.data, optimizer=optimizer, steps=30)
    np.testing.assert_allclose(trained.flat, descend(quadratic, start, 30, update), rtol=1e-9)


def test_training_reaches_a_minimum(quadratic):
    trained = sl.train(quadratic.model, np.zeros(4), quadratic.data, optimizer=sl.SGD(lr=0.1), steps=300)
    np.testing.assert_allclose(trained.flat, quadratic.minimum, rtol=1e-10)
    assert trained["weight"].shape == (1, 4)


@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
@pytest.mark.parametrize("activation", [sl.ReLU(), sl.Tanh(), sl.GELU(), sl.GELU("tanh")])
def test_minibatches_lower_the_loss_of_a_network(loss, activation):
    rng = np.random.default_rng(0)
    network = sl.Sequential(sl.Linear(3, 16), activation, sl.Linear(16, 3))
    model = sl.Model(network, input_shape=(3,), loss=loss)
    X = rng.normal(size=(200, 3)).astype("f4")
    y = X**2 if loss == "mse" else X.argmax(axis=1)
    start = model.init()
    trained = sl.train(model, start, (X, y), optimizer=sl.Adam(lr=1e-2), steps=400, batch_size=32)
    assert model.loss(trained, (X, y)) < 0.5 * model.loss(start, (X, y))


def test_the_seed_orders_the_samples(classifier):
    model, params, data = classifier
    options = {"steps": 20, "batch_size": 8}
    first = sl.train(model, params, data, seed=1, **options)
    assert first == sl.train(model, params, data, seed=1, **options)
    assert first != sl.train(model, params, data, seed=2, **options)


def test_a_step_too_long_is_reported_with_the_step_it_diverged_at(quadratic):
    with pytest.raises(sl.DivergedError, match=r"at step \d+\. Lower lr \(now 1e\+06\)") as caught:
        sl.train(quadratic.model, np.zeros(4), quadratic.data, optimizer=sl.SGD(lr=1e6), steps=200)
    assert caught.value.chain is None
    # The loss grows by (2e6)² a step from about 14, and double ends at 1.8e308.
    assert caught.value.step == pytest.approx(308 / 12.6, abs=2)
    assert isinstance(caught.value.result, sl.Parameters)


def test_a_loss_that_is_not_finite_at_the_start_is_not_blamed_on_the_step(quadratic):
    with pytest.raises(sl.DivergedError, match="The loss at params itself is not finite") as caught:
        sl.train(quadratic.model, quadratic.minimum + 1e200, quadratic.data, steps=10)
    assert caught.value.step == 0
    assert "Lower lr" not in str(caught.value)
