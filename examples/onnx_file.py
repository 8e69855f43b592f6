"""A regression by scikit-learn, written as an ONNX file, and its learning coefficient.

Any framework that exports ONNX will do in its place: only the file is read.

    python examples/onnx_file.py

Needs onnx and scikit-learn. ``--quick`` samples less; docs/frameworks.md has the output, and what it means.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper
from sklearn.datasets import make_friedman1
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import scale

import swiftllc as sl


def write(regressor: MLPRegressor, path: Path) -> None:
    """A tanh network with one hidden layer as an ONNX file."""
    weights, biases = (
        regressor.coefs_,
        regressor.intercepts_,
    )  # (in, out), as a product from the right takes it
    arrays = {
        "fc1.weight": weights[0],
        "fc1.bias": biases[0],
        "fc2.weight": weights[1],
        "fc2.bias": biases[1],
    }
    graph = helper.make_graph(
        [
            helper.make_node("Gemm", ["x", "fc1.weight", "fc1.bias"], ["a"], name="fc1"),
            helper.make_node("Tanh", ["a"], ["b"]),
            helper.make_node("Gemm", ["b", "fc2.weight", "fc2.bias"], ["y"], name="fc2"),
        ],
        "regression",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["batch", len(weights[0])])],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["batch", 1])],
        [numpy_helper.from_array(array.astype(np.float32), name) for name, array in arrays.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), path)


def main() -> None:
    """Trains, writes, reads, compares outputs, estimates."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="sample less")
    quick = parser.parse_args().quick

    X, y = make_friedman1(1000, noise=1.0, random_state=0)
    X, y = scale(X).astype(np.float32), scale(y).astype(np.float32)
    # No penalty (alpha), so that the minimum is one of the loss alone.
    regressor = MLPRegressor(
        hidden_layer_sizes=(6,),
        activation="tanh",
        solver="lbfgs",
        alpha=0,
        tol=1e-9,
        max_iter=20_000,
        max_fun=100_000,
        random_state=0,
    ).fit(X.astype(float), y.astype(float))

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "regression.onnx"
        write(regressor, path)
        model, params = sl.from_onnx(path, loss="mse")

    difference = np.abs(model(params, X)[:, 0] - regressor.predict(X)).max()
    print(f"outputs differ from scikit-learn's by {difference:.1g} at most")
    if not difference < 1e-4:
        raise SystemExit("the two networks are not the same")

    result = sl.estimate_llc(
        model,
        params,
        (X, y),
        num_chains=4,
        budget=4_000_000 if quick else 60_000_000,
        seed=0,
        progress=sys.stderr.isatty(),
    )
    print(result)
    bound = model.parameter_count / 2
    print(f"d/2 = {bound:g} for {model.parameter_count} parameters; λ̂ is {result.llc / bound:.1%} of it")


if __name__ == "__main__":
    main()
