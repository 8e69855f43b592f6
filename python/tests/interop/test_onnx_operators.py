"""Every operator of the table, as from_onnx adds it: its values, and the gradient of a loss after it."""

import re
from pathlib import Path

import numpy as np
import pytest

import swiftllc as sl
from swiftllc.interop.onnx_import import operations  # noqa: F401, fills the table
from swiftllc.interop.onnx_import.table import OPERATIONS

pytest.importorskip("onnx", reason="onnx is not installed")

import onnx_cases as cases
from onnx import defs
from onnx.reference import ReferenceEvaluator

SAMPLES = 5

#: onnx.reference rounds to float32 in them.
ROUNDED = ("Cast", "Erf", "Gelu", "Gelu, tanh", "GroupNormalization")


@pytest.mark.parametrize("name", cases.CASES)
def test_values_are_those_of_the_reference_and_gradients_those_of_the_loss(name):
    file = cases.CASES[name]
    model, params = sl.from_onnx(file, loss="mse")
    assert model.dtype == np.float64
    X = np.random.default_rng(2).normal(size=(SAMPLES, *model.input_shape))
    (expected,) = ReferenceEvaluator(file).run(None, {"x": X})
    found = model(params, X)
    if name != "Transpose, the batch" and expected.shape[0] == SAMPLES:
        assert found.shape == expected.shape
    tolerance = 1e-6 if name in ROUNDED else 1e-10
    expected = expected.reshape(found.shape)
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max())

    # A loss that weighs all outputs differently, so that none can stand in for another.
    target = np.linspace(-1, 1, expected.size).reshape(expected.shape)
    require_gradient(model, params, (X, target))


def require_gradient(model, params, data, step=1e-5):
    """By differences of the loss, of every parameter in turn."""
    gradient = model.gradient(params, data)
    scale = max(np.abs(array).max() for array in gradient.values())
    for name in gradient:
        flat = np.array(params[name]).reshape(-1)
        differences = np.empty_like(flat)
        for i in range(flat.size):
            losses = []
            for sign in (1, -1):
                moved = {key: np.array(params[key]) for key in params}
                moved[name].reshape(-1)[i] += sign * step
                losses.append(model.loss(moved, data))
            differences[i] = (losses[0] - losses[1]) / (2 * step)
        found = np.asarray(gradient[name]).reshape(-1)
        np.testing.assert_allclose(found, differences, rtol=1e-6, atol=1e-7 * max(scale, 1), err_msg=name)


@pytest.mark.parametrize("name", cases.CASES)
def test_in_single_precision_the_values_are_the_same_to_its_precision(name):
    model, params = sl.from_onnx(cases.CASES[name], loss="mse", dtype="float32")
    X = np.random.default_rng(2).normal(size=(SAMPLES, *model.input_shape)).astype(np.float32)
    double, exact = sl.from_onnx(cases.CASES[name], loss="mse")
    expected = double(exact, X.astype(np.float64))
    scale = max(1.0, np.abs(expected).max())
    np.testing.assert_allclose(model(params, X), expected, rtol=0, atol=1e-5 * scale)


COMBINING = {
    "a mean over the batch": cases.case(cases.node("ReduceMean", "h a"), (4,), a=cases.ints(0)),
    "a softmax over the batch": cases.case(cases.node("Softmax", axis=0), (4,)),
    "similarities of samples": cases.case(
        [cases.node("Transpose", "h", "t"), cases.node("MatMul", "h t")], (4,)
    ),
    "the first sample": cases.case(
        [cases.node("Gather", "h i", "f"), cases.node("Add", "h f")], (4,), i=cases.ints(0)
    ),
    "some samples": cases.case(
        cases.node("Slice", "h a b c"), (4,), a=cases.ints(0), b=cases.ints(2), c=cases.ints(0)
    ),
    "a reshape across samples": cases.case(cases.node("Reshape", "h s"), (4,), s=cases.ints(8, -1)),
}


@pytest.mark.parametrize("name", COMBINING)
def test_what_combines_samples_is_refused(name):
    with pytest.raises(sl.UnsupportedOperationError, match=r"from_onnx cannot take \w+ \(node 'a \w+'\)"):
        sl.from_onnx(COMBINING[name], loss="mse")


def test_the_cases_have_the_operators_of_the_table():
    used = {node.op_type for file in cases.CASES.values() for node in file.graph.node}
    others = {"Celu", "And", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Not", "Or"}
    if defs.onnx_opset_version() < 24:
        pytest.skip("onnx is too old for some of them")
    assert sorted(set(OPERATIONS) - used) == sorted(others)  # which test_from_onnx.py has


def test_the_page_has_the_operators_of_the_table():
    page = Path(__file__).parents[3] / "docs" / "from_onnx.md"
    if not page.is_file():
        pytest.skip("the pages are in the source tree only")
    rows = re.findall(r"^\| [^|]+ \| (`.*) \|$", page.read_text(), re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    assert sorted(named) == sorted(OPERATIONS)
