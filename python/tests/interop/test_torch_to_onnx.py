"""Networks that torch exports to ONNX: their outputs and gradients are torch's."""

import numpy as np
import pytest

import swiftllc as sl

pytest.importorskip("onnx", reason="onnx is not installed")
torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("onnxscript", reason="onnxscript, with which torch exports, is not installed")

from torch import nn  # noqa: E402


def convolutional():
    return nn.Sequential(
        *(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(3, 2, 1)),
        *(nn.Conv2d(4, 6, 3, groups=2, stride=2), nn.GELU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        nn.Linear(6, 3),
    )


def encoder(**options):
    return nn.TransformerEncoderLayer(8, 2, 16, **options)


class Language(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.encoder = nn.Embedding(11, 8), encoder(batch_first=True)
        self.head = nn.Linear(8, 11, bias=False)

    def forward(self, x):
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
        return self.head(self.encoder(self.embedding(x), src_mask=mask, is_causal=True))


#: Name → (a module, one sample).
NETWORKS = {
    "CNN": (convolutional, lambda: torch.randn(3, 9, 9)),
    "encoder layer": (lambda: encoder(batch_first=True), lambda: torch.randn(5, 8)),
    "encoder layer, norm first": (
        lambda: encoder(batch_first=True, norm_first=True, activation="gelu"),
        lambda: torch.randn(5, 8),
    ),
    "language model": (Language, lambda: torch.randint(0, 11, (6,))),
}


def exported(module, X, batch):
    """As a model, with an open batch or with that of the example."""
    options = {"dynamic_shapes": ({0: torch.export.Dim("batch")},)} if batch == "open" else {}
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        return torch.onnx.export(module, (X,), dynamo=True, verbose=False, **options).model_proto
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("batch", ["open", 1, 2])
@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_and_gradients_are_those_of_torch(name, batch):
    make, sample = NETWORKS[name]
    torch.manual_seed(0)
    module = make().eval()
    with torch.no_grad():  # or the exporter leaves out what is 0, and makes one of what is equal
        for parameter in module.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    file = exported(module, torch.stack([sample() for _ in range(2 if batch == "open" else batch)]), batch)
    module, X = module.double(), torch.stack([sample() for _ in range(7)])
    X = X.double() if X.is_floating_point() else X
    model, params = sl.from_onnx(file, loss="mse", dtype="float64")
    assert model.parameter_count == sum(parameter.numel() for parameter in folded(module, name))
    outputs = module(X)
    np.testing.assert_allclose(model(params, X.numpy()), outputs.detach(), rtol=0, atol=1e-7)
    target = torch.linspace(-1, 1, outputs.numel(), dtype=torch.float64).reshape(outputs.shape)
    ((outputs - target) ** 2).mean().backward()
    gradient = model.gradient(params, (X.numpy(), target.numpy()))
    shared = [key for key, _ in module.named_parameters() if key in gradient and not key.startswith("0.")]
    assert len(shared) >= 4
    for key in shared:
        np.testing.assert_allclose(gradient[key], module.get_parameter(key).grad, rtol=0, atol=1e-6)


def folded(module, name):
    """The parameters that the file has: the exporter folds normalisation by a batch into the convolution."""
    skipped = ("1.",) if name == "CNN" else ()
    return [value for key, value in module.named_parameters() if not key.startswith(skipped)]
