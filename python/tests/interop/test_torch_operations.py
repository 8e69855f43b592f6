"""Every operation of the table, as from_torch adds it: values and gradients are torch's."""

import re
from pathlib import Path

import numpy as np
import pytest

import swiftllc as sl
from swiftllc.interop.torch_export.table import OPERATIONS

torch = pytest.importorskip("torch", reason="torch is not installed")

import torch_cases  # noqa: E402

SAMPLES = 5

#: torch itself has a sixth in single precision in their derivatives.
IMPRECISE = ("hardsigmoid", "hardswish")


@pytest.mark.parametrize("name", torch_cases.CASES)
def test_values_and_gradients_are_those_of_torch(name):
    function, shape = torch_cases.CASES[name]
    torch.manual_seed(0)
    module = torch_cases.Of(function, shape[-1]).double()
    X = torch.randn(SAMPLES, *shape, dtype=torch.float64)
    expected = module(X)
    # A loss that weighs all outputs differently, so that none can stand in for another.
    target = torch.linspace(-1, 1, expected.numel(), dtype=torch.float64).reshape(expected.shape)
    ((expected - target) ** 2).mean().backward()

    model, params = sl.from_torch(module, X[:2], loss="mse")
    assert model.dtype == np.float64
    found = model(params, X.numpy())
    flat = expected.detach().numpy().reshape(found.shape)
    np.testing.assert_allclose(found, flat, rtol=1e-10, atol=1e-10 * np.abs(flat).max())
    gradient = model.gradient(params, (X.numpy(), target.numpy().reshape(found.shape)))["scale"]
    wanted = module.scale.grad.numpy()
    tolerance = 1e-7 if name in IMPRECISE else 1e-9
    np.testing.assert_allclose(gradient, wanted, rtol=tolerance, atol=tolerance * np.abs(wanted).max())


COMBINING = {
    "a mean over the batch": lambda x: x - x.mean(0),
    "a softmax over the batch": lambda x: x.softmax(0),
    "a product over the batch": lambda x: x @ (x.t() @ x),
    "similarities of samples": lambda x: x @ x.t(),
    "an axis for pairs": lambda x: x[:, None] - x[None],
    "the next sample": lambda x: x.roll(1, 0),
    "the first sample": lambda x: x + x[0],
    "another order": lambda x: x.flip(0),
    "a reshape across samples": lambda x: x.view(4, -1),
    "attention to samples": lambda x: torch.nn.functional.scaled_dot_product_attention(x, x, x),
    "a constant of each row": lambda x: x * torch.arange(len(x))[:, None],
}


@pytest.mark.parametrize("name", COMBINING)
def test_what_combines_samples_is_refused(name):
    module = torch_cases.Of(COMBINING[name], 4)
    with pytest.raises(sl.UnsupportedOperationError, match=r"from_torch cannot take aten\.\w+"):
        sl.from_torch(module, torch.randn(8, 4), loss="mse")


def test_the_page_has_the_operations_of_the_table():
    page = Path(__file__).parents[3] / "docs" / "from_torch.md"
    if not page.is_file():
        pytest.skip("the pages are in the source tree only")
    rows = re.findall(r"^\| [^|]+ \| (`.*) \|$", page.read_text(), re.MULTILINE)
    named = [f"aten.{name}" for row in rows for name in re.findall(r"`([^`]+)`", row)]
    assert sorted(named) == sorted(OPERATIONS)
