"""Modules as models: the outputs, the gradients and the weights of torch's."""

import copy
import pickle

import numpy as np
import pytest

import swiftllc as sl

torch = pytest.importorskip("torch", reason="torch is not installed")

import torch_modules as modules  # noqa: E402
from torch import nn  # noqa: E402

SAMPLES = 3


def image(size):
    return torch.randn(SAMPLES, 3, size, size)


def sequence():
    return torch.randn(SAMPLES, 5, 16)


def tokens():
    return torch.randint(1, 61, (SAMPLES, 11))


#: Name → (a module, samples), in evaluation mode unless its function says otherwise.
PLAIN = {
    "MLP": (modules.mlp, lambda: torch.randn(SAMPLES, 6)),
    "ResNet-20": (lambda: modules.ResNet20(1), lambda: image(16)),
    **{
        f"CNN, {norm} norm, {pool} pool": (
            lambda norm=norm, pool=pool: modules.convolutional(norm, pool),
            lambda: image(8),
        )
        for norm, pool in (
            ("batch", "max"),
            ("group", "avg"),
            ("layer", "adaptive"),
            ("instance", "adaptive max"),
        )
    },
    "attention": (modules.Attention, sequence),
    "attention, sequence first": (lambda: modules.Attention(batch_first=False), sequence),
    "attention with its weights": (lambda: modules.Attention(need_weights=True), sequence),
    "encoder layer": (modules.Encoder, sequence),
    "encoder layer, sequence first": (lambda: modules.Encoder(batch_first=False), sequence),
    "encoder, norm first": (lambda: modules.Encoder(layers=2, norm_first=True, activation="gelu"), sequence),
    "tied language model": (modules.TiedLanguageModel, lambda: torch.randint(0, 11, (SAMPLES, 4))),
}

#: Kind and attention → whether the module itself rounds to float32 on the way.
TRANSFORMERS = {
    (kind, attention): kind == "LLaMA" or (kind, attention) == ("GPT-NeoX", "eager")
    for kind in ("GPT-2", "GPT-NeoX", "BERT", "BERT, classes", "LLaMA", "DistilBERT")
    for attention in ("sdpa", "eager")
}


def arrays(*tensors):
    return tuple(tensor.numpy() for tensor in tensors)


def require_same_outputs(module, X, tolerance, **options):
    """The model, after its outputs were compared with the module's."""
    model, params = sl.from_torch(module, X[:2], loss="mse", **options)
    with torch.no_grad():
        expected = module(X)
    expected = getattr(expected, "logits", expected).numpy()
    scale = np.abs(expected).max()
    np.testing.assert_allclose(model(params, X.numpy()), expected, rtol=0, atol=tolerance * scale)
    return model, params


def require_same_gradient(module, X, tolerance):
    """Of the mean loss, compared with torch's by the name of each parameter."""
    model, params = sl.from_torch(module, X[:2], loss="mse")
    outputs = module(X)
    outputs = getattr(outputs, "logits", outputs)
    target = torch.linspace(-1, 1, outputs.numel(), dtype=outputs.dtype).reshape(outputs.shape)
    module.zero_grad()
    loss = ((outputs - target) ** 2).mean()
    loss.backward()
    data = (X.numpy(), target.numpy())
    assert model.loss(params, data) == pytest.approx(loss.item(), rel=tolerance)
    gradient = model.gradient(params, data)
    used = {name: weight.grad for name, weight in module.named_parameters() if weight.grad is not None}
    assert set(gradient) == set(used)
    scale = max(float(grad.abs().max()) for grad in used.values())
    for name, grad in used.items():
        np.testing.assert_allclose(gradient[name], grad.numpy(), rtol=0, atol=tolerance * scale, err_msg=name)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("mode", ["eval", "train"])
@pytest.mark.parametrize("name", PLAIN)
def test_outputs_are_those_of_the_module(name, mode, dtype):
    make, samples = PLAIN[name]
    torch.manual_seed(0)
    module, X = make().to(dtype).train(mode == "train"), samples()
    if mode == "train" and any(
        isinstance(part, nn.modules.batchnorm._BatchNorm) for part in module.modules()
    ):
        with pytest.raises(sl.InvalidArgumentError, match=r"normalises by the batch.*call module\.eval\(\)"):
            sl.from_torch(module, X, loss="mse")
        return
    X = X.to(dtype) if X.is_floating_point() else X
    require_same_outputs(module, X, 1e-5 if dtype == torch.float32 else 1e-10)


@pytest.mark.parametrize("name", PLAIN)
def test_gradients_are_those_of_torch(name):
    make, samples = PLAIN[name]
    torch.manual_seed(0)
    module, X = make().double().eval(), samples()
    require_same_gradient(module, X.double() if X.is_floating_point() else X, 1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("kind, attention", TRANSFORMERS)
def test_a_transformer_has_the_same_logits(kind, attention, dtype):
    pytest.importorskip("transformers", reason="transformers is not installed")
    torch.manual_seed(0)
    module = modules.transformer(kind, attention).to(dtype).eval()
    exact = dtype == torch.float64 and not TRANSFORMERS[kind, attention]
    require_same_outputs(module, tokens(), 1e-10 if exact else 1e-5)


@pytest.mark.parametrize("kind", ["GPT-2", "GPT-NeoX", "BERT"])
def test_a_transformer_has_the_same_gradients(kind):
    pytest.importorskip("transformers", reason="transformers is not installed")
    torch.manual_seed(0)
    require_same_gradient(modules.transformer(kind, "sdpa").double().eval(), tokens(), 1e-9)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_an_attention_mask_is_an_input(attention):
    pytest.importorskip("transformers", reason="transformers is not installed")
    torch.manual_seed(0)
    module, X = modules.transformer("BERT", attention).eval(), tokens()
    mask = torch.ones_like(X)
    mask[1, 7:] = 0
    model, params = sl.from_torch(module, X, loss="cross_entropy", example_kwargs={"attention_mask": mask})
    assert [spec.name for spec in model.inputs] == ["X", "attention_mask", "y"]
    with torch.no_grad():
        for masked in (mask, mask.flip(0)):
            expected = module(X, attention_mask=masked).logits.numpy()
            np.testing.assert_allclose(model(params, *arrays(X, masked)), expected, rtol=0, atol=1e-5)


def test_torchvision_s_resnet_and_vision_transformer():
    models = pytest.importorskip("torchvision", reason="torchvision is not installed").models
    torch.manual_seed(0)
    require_same_outputs(models.resnet18(num_classes=10).eval(), image(64), 1e-5)
    transformer = models.VisionTransformer(16, 4, 2, 4, 32, 64, num_classes=5).double().eval()
    nn.init.normal_(transformer.heads.head.weight)
    require_same_gradient(transformer, image(16).double(), 1e-9)


# Weights


def test_parameters_have_the_module_s_names_values_and_order():
    module = modules.convolutional("batch", "max").eval()
    model, params = sl.from_torch(module, image(8), loss="cross_entropy")
    assert list(params) == [name for name, _ in module.named_parameters()]
    for name, weight in module.named_parameters():
        np.testing.assert_array_equal(params[name], weight.detach().numpy())
    assert model.init(seed=1)["1.weight"].tolist() == [1.0] * 8
    assert pickle.loads(pickle.dumps(model)).parameter_shapes == model.parameter_shapes


def test_the_module_is_left_as_it_is():
    module = modules.mlp().eval()
    before = copy.deepcopy(module.state_dict())
    sl.from_torch(module, torch.randn(3, 6), loss="mse", dtype="float64")
    for name, tensor in module.state_dict().items():
        assert torch.equal(tensor, before[name])
        assert tensor.dtype == before[name].dtype
    assert torch.backends.mha.get_fastpath_enabled()


def test_tied_weights_are_one_parameter():
    module = modules.TiedLanguageModel()
    model, params = sl.from_torch(module, torch.randint(0, 11, (3, 4)), loss="cross_entropy")
    assert list(params) == ["embedding.weight", "mix.weight", "mix.bias"]
    assert model.aliases == {"head.weight": "embedding.weight"}
    assert model.load(module.state_dict()) == params


def test_weights_that_share_their_memory_are_one_parameter():
    module = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 4))
    module[2].weight.data = module[0].weight.data
    _, params = sl.from_torch(module, torch.randn(3, 4), loss="mse", dtype="float64")
    assert list(params) == ["0.weight", "0.bias", "2.bias"]
    module[2].weight.data = module[0].weight.data.t()
    with pytest.raises(
        sl.InvalidArgumentError, match=r"'0\.weight' and '2\.weight' share a part of their memory"
    ):
        sl.from_torch(module, torch.randn(3, 4), loss="mse")


def test_a_parameter_that_nothing_depends_on_is_left_out():
    module = nn.Sequential(nn.Linear(4, 2))
    module.register_parameter("unused", nn.Parameter(torch.ones(3)))
    _, params = sl.from_torch(module, torch.randn(3, 4), loss="mse")
    assert list(params) == ["0.weight", "0.bias"]


@pytest.mark.parametrize("half", [torch.float16, torch.bfloat16], ids=str)
def test_half_precision_becomes_float32(half):
    module = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 2)).to(half)
    model, params = sl.from_torch(module, torch.randn(3, 4), loss="mse")
    assert model.dtype == np.float32
    np.testing.assert_array_equal(params["0.weight"], module[0].weight.detach().float().numpy())


# Outputs, inputs and losses


class Several(nn.Module):
    def __init__(self, names):
        super().__init__()
        self.linear, self.names = nn.Linear(4, 2), names

    def forward(self, x):
        y = self.linear(x)
        found = {"features": torch.tanh(y), "logits": y, "count": 3, "best": y.argmax(1)}
        return {name: found[name] for name in self.names}


def test_an_output_is_chosen():
    module, X = Several(["count", "features", "logits"]), torch.randn(3, 4)
    for options, expected in (({}, "logits"), ({"output": "features"}, "features")):
        model, params = sl.from_torch(module, X, loss="mse", **options)
        np.testing.assert_allclose(model(params, X), module(X)[expected].detach(), atol=1e-6)
    module.names = ["features", "best"]
    model, params = sl.from_torch(module, X, loss="mse")
    np.testing.assert_allclose(model(params, X), module(X)["features"].detach(), atol=1e-6)
    with pytest.raises(
        sl.InvalidArgumentError, match="a dict with features, best; it must have a tensor of floats"
    ):
        sl.from_torch(module, X, loss="mse", output="best")


class Bilinear(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 3)

    def forward(self, x, z, *, scale=1.0):
        return (self.linear(x) * z).sum(1) * scale


def test_several_inputs_and_what_is_no_sample():
    module, X, Z = Bilinear(), torch.randn(5, 4), torch.randn(5, 3)
    model, params = sl.from_torch(module, (X[:1], Z[:1]), loss="mse", example_kwargs={"scale": 2.5})
    np.testing.assert_allclose(model(params, *arrays(X, Z)), module(X, Z, scale=2.5).detach(), atol=1e-6)
    swapped, _ = sl.from_torch(module, (), loss="mse", example_kwargs={"z": Z, "x": X})
    assert [spec.shape for spec in swapped.inputs] == [(3,), (4,), ()]
    np.testing.assert_allclose(swapped(params, *arrays(Z, X)), module(X, Z).detach(), atol=1e-6)


def test_a_loss_is_a_word_a_loss_or_a_function_of_the_output():
    module, X, y = nn.Sequential(nn.Linear(4, 3)), torch.randn(6, 4), torch.tensor([0, 1, 2, 0, 1, -100])
    outputs = module(X).detach()
    model, params = sl.from_torch(module, X, loss=sl.CrossEntropy(ignore_index=-100))
    expected = nn.functional.cross_entropy(outputs, y, reduction="none")
    np.testing.assert_allclose(model.losses(params, arrays(X, y)), expected, atol=1e-6)
    model, params = sl.from_torch(module, X, loss=lambda output: (output * output).sum())
    np.testing.assert_allclose(model.losses(params, arrays(X)), (outputs**2).sum(1), rtol=1e-5)


def test_an_estimate_of_it_runs():
    torch.manual_seed(0)
    module, X = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2)), torch.randn(100, 4)
    y = module(X).detach()
    model, params = sl.from_torch(module, X[:1], loss="mse")
    result = sl.estimate_llc(
        model, params, arrays(X, y), sampler=sl.SGLD(lr=1e-4), num_draws=50, seed=0, progress=False
    )
    assert np.isfinite(result.llc)
