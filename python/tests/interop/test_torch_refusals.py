"""Modules that are refused, or whose examples are: each in a sentence that says where."""

import pytest

import swiftllc as sl

torch = pytest.importorskip("torch", reason="torch is not installed")

from torch import nn  # noqa: E402


class Sorting(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 3)

    def forward(self, x):
        return torch.sort(self.linear(x)).values


def test_an_operation_that_is_not_covered_is_named_with_its_place():
    module = nn.Sequential(nn.Tanh(), Sorting())
    with pytest.raises(sl.UnsupportedOperationError) as caught:
        sl.from_torch(module, torch.randn(3, 4), loss="mse")
    message = str(caught.value)
    assert "aten.sort.default in 1 (Sorting), test_torch_refusals.py line " in message
    assert "`return torch.sort(self.linear(x)).values`: it is not covered." in message
    assert "sl.External.from_torch" in message
    assert isinstance(caught.value, sl.InvalidArgumentError)


def test_the_line_is_the_library_s_where_the_module_is_a_library_s():
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    module = transformers.RobertaForMaskedLM(transformers.RobertaConfig(vocab_size=61, **sizes)).eval()
    with pytest.raises(
        sl.UnsupportedOperationError, match=r"in roberta\.embeddings \(RobertaEmbeddings\), modeling"
    ):
        sl.from_torch(module, torch.randint(1, 61, (3, 11)), loss="cross_entropy")


def test_training_mode_is_refused_where_it_matters():
    X = torch.randn(3, 4)
    module = nn.Sequential(nn.Linear(4, 2), nn.Dropout(0.5))
    with pytest.raises(
        sl.InvalidArgumentError, match=r"1 \(Dropout\) drops at random; call module\.eval\(\)"
    ):
        sl.from_torch(module, X, loss="mse")
    sl.from_torch(module.eval(), X, loss="mse")
    sl.from_torch(nn.Sequential(nn.Linear(4, 2), nn.Dropout(0.0)), X, loss="mse")
    functional = torch_function(lambda x: nn.functional.dropout(x, 0.5))
    with pytest.raises(sl.UnsupportedOperationError, match="drops at random"):
        sl.from_torch(functional, X, loss="mse")
    unaware = nn.Sequential(nn.Linear(4, 2), nn.BatchNorm1d(2, track_running_stats=False)).eval()
    with pytest.raises(sl.UnsupportedOperationError, match="it normalises by the batch"):
        sl.from_torch(unaware, X, loss="mse")


def torch_function(function):
    """A linear layer, and a function after it."""

    class Module(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(4, 2)

        def forward(self, x):
            return function(self.linear(x))

    return Module()


@pytest.mark.parametrize(
    "function, said",
    [
        (lambda x: x + torch.randn(2), "it draws random numbers"),
        (lambda x: torch.where(x > 0, x, 0.0), r"aten\.gt\.Scalar.*it compares floats"),
        (lambda x: x.cumsum(1), r"aten\.cumsum\.default.*it is not covered"),
        (lambda x: x if x.sum() > 0 else -x, r"torch\.export does not take the module"),
        (lambda x: torch.ones(3), "output does not depend on the sample"),
        (lambda x: "text", "module returned a str; it must have a tensor of floats"),
    ],
)
def test_what_cannot_be_is_said(function, said):
    with pytest.raises(sl.InvalidArgumentError, match=said):
        sl.from_torch(torch_function(function), torch.randn(3, 4), loss="mse")


def test_a_module_that_counts_its_calls_is_refused():
    class Counting(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(4, 2)
            self.register_buffer("calls", torch.zeros(()))

        def forward(self, x):
            self.calls.add_(1)
            return self.linear(x)

    module = Counting()
    with pytest.raises(sl.InvalidArgumentError, match="module changes its calls when it is called"):
        sl.from_torch(module, torch.randn(3, 4), loss="mse")


def test_outputs_that_differ_are_an_error():
    class Changing(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear, self.calls = nn.Linear(4, 2), 0

        def forward(self, x):
            self.calls += 1
            return self.linear(x) * self.calls

    with pytest.raises(sl.InvalidArgumentError, match=r"differ from the module's by up to \d"):
        sl.from_torch(Changing(), torch.randn(3, 4), loss="mse")


def test_examples_are_checked():
    module = nn.Linear(4, 2)
    with pytest.raises(sl.ArgumentTypeError, match=r"module must be a torch\.nn\.Module; got dict"):
        sl.from_torch({}, torch.randn(3, 4), loss="mse")
    with pytest.raises(sl.InvalidArgumentError, match="example_input is empty"):
        sl.from_torch(module, (), loss="mse")
    with pytest.raises(sl.InvalidArgumentError, match=r"shapes \(3, 4\), \(2,\); the first axis of each"):
        sl.from_torch(module, (torch.randn(3, 4), torch.randn(2)), loss="mse")
    with pytest.raises(sl.InvalidArgumentError, match="dtype must be 'float32' or 'float64'"):
        sl.from_torch(module, torch.randn(3, 4), loss="mse", dtype="float16")
    with pytest.raises(sl.InvalidArgumentError, match="parameter 'weight' has no values"):
        sl.from_torch(nn.Linear(4, 2, device="meta"), torch.randn(3, 4), loss="mse")
