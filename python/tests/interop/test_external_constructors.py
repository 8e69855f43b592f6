"""External.from_torch and External.from_jax: the same chains as the native model's, and what is refused."""

import numpy as np
import pytest

import swiftllc as sl

STEPS = {"num_draws": 30, "num_chains": 2, "seed": 3, "progress": False}


@pytest.fixture
def problem():
    """A native model, its parameters and its data."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 4)).astype(np.float32)
    y = rng.normal(size=(200, 2)).astype(np.float32)
    network = sl.Sequential(sl.Linear(4, 5), sl.Tanh(), sl.Linear(5, 2))
    model = sl.Model(network, input_shape=(4,), loss="mse", dtype="float64")
    return model, model.init(seed=0), (X.astype(float), y.astype(float))


def same_chains(found, native):
    np.testing.assert_allclose(found.losses, native.losses, rtol=1e-9)
    assert found.llc == pytest.approx(native.llc, rel=1e-7)


class TestTorch:
    @pytest.fixture(autouse=True)
    def torch(self):
        self.torch = pytest.importorskip("torch", reason="torch is not installed")

    @pytest.fixture
    def module(self, problem):
        torch = self.torch
        _, params, _ = problem
        module = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2)).double()
        module.load_state_dict({name: torch.from_numpy(array) for name, array in params.items()})
        return module

    @pytest.mark.parametrize("reduction", ["none", "mean"])
    def test_its_chains_are_those_of_the_native_model(self, problem, module, reduction):
        model, params, data = problem

        def loss(outputs, targets):
            losses = ((outputs - targets) ** 2).mean(1)
            return losses if reduction == "none" else losses.mean()

        before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
        external = sl.External.from_torch(module, loss, data)
        assert external.n == 200
        sampler = sl.SGLD(lr=1e-4)
        found = sl.estimate_llc(external, dict(module.named_parameters()), sampler=sampler, **STEPS)
        same_chains(found, sl.estimate_llc(model, params, data, sampler=sampler, **STEPS))
        for name, tensor in module.state_dict().items():
            assert self.torch.equal(tensor, before[name])
        assert all(parameter.grad is None for parameter in module.parameters())

    def test_a_parameter_that_is_not_used_has_the_gradient_zero(self, problem, module):
        module.register_parameter("unused", self.torch.nn.Parameter(self.torch.ones(3).double()))
        external = sl.External.from_torch(module, self.torch.nn.functional.mse_loss, problem[2])
        parameters = {name: tensor.detach().numpy() for name, tensor in module.named_parameters()}
        loss, gradient = external.loss_and_grad(parameters, np.arange(5))
        assert loss == pytest.approx(external.loss(parameters, np.arange(5)))
        np.testing.assert_array_equal(gradient["unused"], 0)
        assert np.abs(gradient["0.weight"]).max() > 0

    def test_tied_weights_are_moved_together(self, problem):
        torch = self.torch
        module = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 4)).double()
        module[1].weight = module[0].weight
        external = sl.External.from_torch(module, lambda outputs, _: (outputs**2).mean(1), problem[2])
        parameters = {name: tensor.detach().numpy() for name, tensor in module.named_parameters()}
        assert "1.weight" not in parameters
        parameters["0.weight"] = np.zeros((4, 4))
        losses = external.loss(parameters, np.arange(3))
        np.testing.assert_allclose(losses, (parameters["1.bias"] ** 2).mean())

    def test_what_cannot_be_is_said(self, problem, module):
        torch = self.torch
        loss = torch.nn.functional.mse_loss
        X, y = problem[2]
        with pytest.raises(sl.ArgumentTypeError, match=r"module must be a torch\.nn\.Module; got str"):
            sl.External.from_torch("module", loss, (X, y))
        with pytest.raises(sl.ArgumentTypeError, match=r"data must be \(X, y\)"):
            sl.External.from_torch(module, loss, X)
        with pytest.raises(sl.InvalidArgumentError, match=r"data has \[10, 200\] rows"):
            sl.External.from_torch(module, loss, (X, y[:10]))
        training = torch.nn.Sequential(torch.nn.Linear(4, 2), torch.nn.Dropout(0.5))
        with pytest.raises(
            sl.InvalidArgumentError, match=r"1 \(Dropout\) drops at random; call module\.eval"
        ):
            sl.External.from_torch(training, loss, (X, y))
        external = sl.External.from_torch(module, lambda outputs, targets: outputs - targets, (X, y))
        with pytest.raises(sl.ArgumentTypeError, match=r"it returned one of shape \(3, 2\)"):
            external.loss(dict(problem[1]), np.arange(3))
        with pytest.raises(sl.ArgumentTypeError, match="params must be arrays by name"):
            external.loss(problem[1].flat, np.arange(3))


class TestJax:
    @pytest.fixture(autouse=True)
    def jax(self):
        self.jax = pytest.importorskip("jax", reason="JAX is not installed")
        before = self.jax.config.read("jax_enable_x64")
        self.jax.config.update("jax_enable_x64", True)
        yield
        self.jax.config.update("jax_enable_x64", before)

    @pytest.mark.parametrize("reduction", ["none", "mean"])
    def test_its_chains_are_those_of_the_native_model(self, problem, reduction):
        model, params, (X, y) = problem
        jnp = self.jax.numpy

        def function(w, x, y):
            hidden = jnp.tanh(x @ w["0.weight"].T + w["0.bias"])
            losses = ((hidden @ w["2.weight"].T + w["2.bias"] - y) ** 2).mean(1)
            return losses if reduction == "none" else losses.mean()

        sampler = sl.SGLD(lr=1e-4)
        external = sl.External.from_jax(function, (X, y))
        found = sl.estimate_llc(external, params, sampler=sampler, **STEPS)
        same_chains(found, sl.estimate_llc(model, params, (X, y), sampler=sampler, **STEPS))

    def test_a_flat_vector_is_one_array(self, problem):
        _, _, (X, y) = problem
        external = sl.External.from_jax(lambda w, x, y: (x @ w - y[:, 0]) ** 2, (X, y))
        w, rows = np.ones(4), np.arange(6)
        losses, gradient = external.loss_and_grad(w, rows)
        error = X[rows] @ w - y[rows, 0]
        np.testing.assert_allclose(losses, error**2)
        np.testing.assert_allclose(gradient, 2 / 6 * X[rows].T @ error)
        np.testing.assert_allclose(external.loss(w, rows), error**2)

    def test_what_cannot_be_is_said(self):
        with pytest.raises(sl.ArgumentTypeError, match="function must be a function; got 3"):
            sl.External.from_jax(3, (np.ones(10),))
        with pytest.raises(sl.ArgumentTypeError, match="data must be a tuple of arrays"):
            sl.External.from_jax(lambda w, x: x, np.ones(10))
        with pytest.raises(sl.InvalidArgumentError, match=r"shapes \(10,\), \(9,\); each must have a row"):
            sl.External.from_jax(lambda w, x, y: x, (np.ones(10), np.ones(9)))
