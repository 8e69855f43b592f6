"""Layers and ready-made networks against torch's, with torch's weights under torch's names."""

import numpy as np
import pytest

import swiftllc as sl

torch = pytest.importorskip("torch", reason="torch is not installed")
torch.manual_seed(0)


def assert_same_outputs(layer, module, X, names=None, dtype="float64", tolerance=1e-12):
    module = module.eval().to(getattr(torch, dtype))
    shape = X.shape[1:]
    model = sl.Model(
        layer, input_shape=shape, loss="mse" if X.dtype.kind == "f" else "cross_entropy", dtype=dtype
    )
    params = model.load(module.state_dict(), names=names, strict=False)
    with torch.no_grad():
        expected = module(torch.tensor(X)).numpy()
    np.testing.assert_allclose(
        model(params, X), expected, rtol=0, atol=tolerance * max(1, np.abs(expected).max())
    )
    return model, params


RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(3, 4, 9, 11))

LAYERS = [
    (
        sl.Conv2d(4, 6, (3, 5), (2, 1), (1, 2), (1, 2), groups=2),
        "Conv2d(4, 6, (3, 5), (2, 1), (1, 2), (1, 2), groups=2)",
    ),
    (
        sl.Sequential(sl.Conv2d(4, 3, 3), sl.MaxPool2d(3, 2, 1)),
        "Sequential(nn.Conv2d(4, 3, 3), nn.MaxPool2d(3, 2, 1))",
    ),
    (
        sl.Sequential(sl.Conv2d(4, 3, 3), sl.AvgPool2d(3, 2, 1, False)),
        "Sequential(nn.Conv2d(4, 3, 3), nn.AvgPool2d(3, 2, 1, count_include_pad=False))",
    ),
    (
        sl.Sequential(sl.Conv2d(4, 3, 3), sl.GlobalAvgPool2d()),
        "Sequential(nn.Conv2d(4, 3, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())",
    ),
    (sl.Sequential(sl.Flatten(), sl.Linear(396, 5)), "Sequential(nn.Flatten(), nn.Linear(396, 5))"),
    (sl.LayerNorm(11), "LayerNorm(11)"),
    (sl.RMSNorm(11), "RMSNorm(11, eps=1e-6)"),
    (sl.GroupNorm(2, 4), "GroupNorm(2, 4)"),
]


@pytest.mark.parametrize("layer, text", LAYERS, ids=[text for _, text in LAYERS])
def test_a_layer_is_torchs(layer, text):
    module = eval(f"nn.{text}", {"nn": torch.nn})
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter)
    assert_same_outputs(layer, module, IMAGES)


@pytest.mark.parametrize("layer, text", LAYERS, ids=[text for _, text in LAYERS])
def test_it_starts_from_torchs_distribution(layer, text):
    """Fixed values are equal; of many uniform numbers the largest is near the bound."""
    module = eval(f"nn.{text}", {"nn": torch.nn})
    model = sl.Model(layer, input_shape=IMAGES.shape[1:], loss="mse")
    params = model.init(seed=0)
    for name, tensor in module.named_parameters():
        if tensor.std() == 0:
            np.testing.assert_array_equal(params[name], tensor.detach().numpy())
        elif tensor.numel() > 50:
            # The largest of 50 is below 0.87 of the bound once in a thousand times.
            assert np.abs(params[name]).max() == pytest.approx(tensor.abs().max().item(), rel=0.15)


def test_self_attention_has_the_weights_of_torchs_multihead_attention():
    module = torch.nn.MultiheadAttention(12, 3, batch_first=True).double().eval()
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    X = RNG.normal(size=(4, 7, 12))
    for causal in (False, True):
        model = sl.Model(sl.SelfAttention(12, 3, causal), input_shape=(7, 12), loss="mse", dtype="float64")
        params = model.load(module.state_dict())
        x = torch.tensor(X)
        mask = (
            torch.nn.Transformer.generate_square_subsequent_mask(7, dtype=torch.float64) if causal else None
        )
        with torch.no_grad():
            expected, _ = module(x, x, x, attn_mask=mask, need_weights=False)
        np.testing.assert_allclose(model(params, X), expected.numpy(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("norm_first", [True, False])
def test_a_block_is_torchs_encoder_layer(norm_first):
    module = torch.nn.TransformerEncoderLayer(
        12, 3, 20, dropout=0.0, activation="gelu", batch_first=True, norm_first=norm_first
    )
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    names = {"attention": "self_attn", "mlp.0": "linear1", "mlp.2": "linear2"}

    def theirs(name):
        for ours, other in names.items():
            name = name.replace(ours, other)
        return name

    block = sl.TransformerBlock(12, 3, hidden=20, norm_first=norm_first)
    assert_same_outputs(block, module, RNG.normal(size=(4, 7, 12)), theirs)


def test_rotary_positions_are_those_of_gpt_neox():
    modeling = pytest.importorskip(
        "transformers.models.gpt_neox.modeling_gpt_neox", reason="transformers is not installed"
    )
    x = RNG.normal(size=(1, 2, 5, 8))
    half = 4
    angles = np.outer(np.arange(5), 10000.0 ** (-np.arange(half) / half))
    cos, sin = (torch.tensor(np.tile(f(angles), 2))[None] for f in (np.cos, np.sin))
    expected, _ = modeling.apply_rotary_pos_emb(torch.tensor(x), torch.tensor(x), cos, sin)
    g = sl.Graph()
    turned = g.rotary(g.input((2, 5, 8))) + g.parameter("p", (1,), value=0.0)
    model = sl.Model(turned, loss="mse", dtype="float64")
    np.testing.assert_allclose(model(model.init(), x), expected.numpy(), rtol=0, atol=1e-14)


def test_resnet18_has_torchvisions_names_and_values():
    torchvision = pytest.importorskip("torchvision", reason="torchvision is not installed")
    module = torchvision.models.resnet18(num_classes=10)
    module.conv1 = torch.nn.Conv2d(3, 64, 3, padding=1, bias=False)
    module.maxpool = torch.nn.Identity()
    for name, tensor in module.state_dict().items():
        if "running" in name:
            torch.nn.init.uniform_(tensor, 0.5, 1.5)
    state = module.state_dict()
    layer = sl.models.resnet18(statistics=state)
    X = RNG.normal(size=(2, 3, 32, 32))
    model, _ = assert_same_outputs(layer, module, X, tolerance=1e-11)
    assert model.parameter_count == sum(p.numel() for p in module.parameters())


def test_gpt2_is_hugging_faces():
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    config = transformers.GPT2Config(
        vocab_size=31, n_positions=16, n_embd=24, n_layer=2, n_head=4, bos_token_id=0, eos_token_id=0
    )
    module = transformers.GPT2LMHeadModel(config).double().eval()
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    names = {
        "attention.in_proj_": "attn.c_attn.",
        "attention.out_proj": "attn.c_proj",
        "mlp.0": "mlp.c_fc",
        "mlp.2": "mlp.c_proj",
        "norm1": "ln_1",
        "norm2": "ln_2",
    }

    def theirs(name):
        for ours, other in names.items():
            name = name.replace(ours, other)
        return "transformer." + name

    # Its Conv1D keeps weights as (in, out).
    state = {
        name: tensor.T if name.endswith(("attn.weight", "proj.weight", "fc.weight")) else tensor
        for name, tensor in module.state_dict().items()
    }
    model = sl.Model(
        sl.models.GPT2(31, 16, 24, 2, 4), input_shape=(11,), loss="cross_entropy", dtype="float64"
    )
    params = model.parameters({name: state[theirs(name)].numpy() for name in model.parameter_shapes})
    tokens = RNG.integers(0, 31, (3, 11))
    with torch.no_grad():
        expected = module(torch.tensor(tokens)).logits.numpy()
    np.testing.assert_allclose(model(params, tokens), expected, rtol=0, atol=1e-11)
