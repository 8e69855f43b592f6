"""ONNX files as models: which of their arrays are parameters, inputs and outputs."""

import pickle

import numpy as np
import pytest

import swiftllc as sl

onnx = pytest.importorskip("onnx", reason="onnx is not installed")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402
from onnx.reference import ReferenceEvaluator  # noqa: E402
from onnx_cases import FLOAT, ints, mlp, model, node, require_same, single, weights  # noqa: E402

# Parameters


def test_parameters_have_the_file_s_names_values_and_order(tmp_path):
    file = mlp()
    path = tmp_path / "network.onnx"
    onnx.save(file, path)
    for source in (file, path, str(path)):
        made, params = require_same(source if source is file else file, {"x": single(3, 4)})
        made, params = sl.from_onnx(source, loss="cross_entropy")
        assert list(params) == ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]
        assert made.dtype == np.float32
        assert [spec.name for spec in made.inputs] == ["x", "y"]
        for tensor in file.graph.initializer:
            np.testing.assert_array_equal(params[tensor.name], numpy_helper.to_array(tensor))
    start = made.init(seed=1)
    assert np.abs(start["fc2.weight"]).max() <= 1 / np.sqrt(5)
    assert start["fc1.bias"].tolist() == [0.0] * 5
    assert pickle.loads(pickle.dumps(made)).parameter_shapes == made.parameter_shapes


def test_the_model_is_left_as_it_is():
    file = mlp()
    before = file.SerializeToString()
    sl.from_onnx(file, loss="mse", dtype="float64")
    assert file.SerializeToString() == before


def test_an_initializer_used_twice_is_one_parameter():
    nodes = [
        node("MatMul", "x w", "a"),
        node("Transpose", "w", "t"),
        node("Tanh", "a", "b"),
        node("MatMul", "b t"),
    ]
    made, _ = require_same(model(nodes, {"x": ["N", 4]}, {"w": weights(4, 3)}), {"x": weights(5, 4)}, 1e-10)
    assert made.parameter_shapes == {"w": (4, 3)}


def test_numbers_of_a_formula_limits_statistics_and_masks_are_constants():
    nodes = [
        node("BatchNormalization", "x s b m v", "n"),
        node("Mul", "n factor", "f"),
        node("Clip", "f low high", "c"),
        node("Add", "c mask", "k"),
        node("Softmax", "k", "p"),
        node("MatMul", "p w", "q"),
        node("Add", "q bias"),
    ]
    arrays = {
        **{name: weights(4) ** 2 for name in "sbmv"},
        **{"factor": np.array([0.7]), "low": np.array(-1.0), "high": np.array(1.0)},
        **{"mask": np.array([0, 0, -np.inf, 0]), "w": weights(4, 1), "bias": np.array([0.5])},
    }
    file = model(nodes, {"x": ["N", 4]}, arrays)
    made, _ = require_same(file, {"x": weights(5, 4)}, 1e-10)
    assert list(made.parameter_shapes) == ["s", "b", "w", "bias"]
    made, _ = require_same(file, {"x": weights(5, 4)}, 1e-10, parameters=["factor", "[wb]"])
    assert list(made.parameter_shapes) == ["b", "factor", "w"]
    with pytest.raises(sl.InvalidArgumentError, match=r"parameters has 'fc\*', which fits none"):
        sl.from_onnx(file, loss="mse", parameters="fc*")


def test_constants_are_computed_once_and_weights_that_only_moved_are_weights():
    nodes = [
        node("Constant", "", "c", value=numpy_helper.from_array(weights(4))),
        node("Exp", "c", "e"),
        node("Mul", "x e", "m"),
        node("Identity", "w", "i"),
        node("Cast", "i", "j", to=TensorProto.DOUBLE),
        node("Reshape", "j s", "r"),
        node("MatMul", "m r"),
    ]
    made, _ = require_same(
        model(nodes, {"x": ["N", 4]}, {"w": weights(12), "s": ints(4, 3)}), {"x": weights(5, 4)}
    )
    assert made.parameter_shapes == {"w": (12,)}


@pytest.mark.parametrize("half", ["FLOAT16", "BFLOAT16"])
def test_half_precision_becomes_float32(half):
    file = mlp()
    for tensor in file.graph.initializer:
        array = numpy_helper.to_array(tensor)
        kind = getattr(TensorProto, half)
        tensor.CopyFrom(helper.make_tensor(tensor.name, kind, array.shape, array.reshape(-1)))
    for value in (*file.graph.input, *file.graph.output):
        value.type.tensor_type.elem_type = getattr(TensorProto, half)
    made, params = sl.from_onnx(file, loss="mse")
    assert made.dtype == np.float32
    expected = numpy_helper.to_array(file.graph.initializer[0]).astype(np.float32)
    np.testing.assert_array_equal(params["fc1.weight"], expected)


# Inputs and outputs


@pytest.mark.parametrize("batch", ["N", 1, 4])
def test_the_batch_is_open_or_that_of_an_example(batch):
    require_same(mlp(batch), {"x": single(7, 4)})


@pytest.mark.parametrize("batch", ["N", 1, 2])
def test_attention_with_the_batch_written_into_its_shapes(batch):
    """The sequence first, as nn.MultiheadAttention has it: heads are merged with the batch."""
    size = 1 if batch == "N" else batch
    merged, heads = ints(5, size * 2, 4), ints(-1, 8)
    nodes = [
        node("Transpose", "x", "t", perm=[1, 0, 2]),
        node("Reshape", "t flat", "f"),
        *(node("MatMul", f"f w{i}", f"p{i}") for i in "qkv"),
        *(node("Reshape", f"p{i} merged", f"m{i}") for i in "qkv"),
        node("Transpose", "mq", "hq", perm=[1, 0, 2]),
        node("Transpose", "mk", "hk", perm=[1, 2, 0]),
        node("Transpose", "mv", "hv", perm=[1, 0, 2]),
        node("MatMul", "hq hk", "scores"),
        node("Softmax", "scores", "a"),
        node("MatMul", "a hv", "o"),
        node("Transpose", "o", "back", perm=[1, 0, 2]),
        node("Reshape", "back flat", "z"),
        node("MatMul", "z out", "u"),
        node("Reshape", "u whole", "s"),
        node("Transpose", "s", "y", perm=[1, 0, 2]),
    ]
    arrays = {f"w{i}": weights(8, 8) for i in ("q", "k", "v")} | {"out": weights(8, 8)}
    shapes = {"merged": merged, "flat": heads, "whole": ints(5, size, 8)}
    file = model(nodes, {"x": [batch, 5, 8]}, {**arrays, **shapes}, rank=3)
    X = weights(size, 5, 8)
    made, params = require_same(file, {"x": X}, 1e-10)
    rows = weights(7, 5, 8)
    alone = np.concatenate([made(params, row[None]) for row in rows])
    np.testing.assert_allclose(made(params, rows), alone, rtol=1e-12)


def test_tokens_are_looked_up_and_masks_are_numbers():
    nodes = [
        node("Gather", "table ids", "e"),
        node("Shape", "ids", "length", start=1),
        node("Gather", "positions order", "p"),
        node("Add", "e p", "s"),
        node("Greater", "mask zero", "seen"),
        node("Cast", "seen", "w", to=FLOAT),
        node("Unsqueeze", "w last", "u"),
        node("Mul", "s u", "m"),
        node("ReduceMean", "m one", "r", keepdims=0),
        node("Gemm", "r head bias"),
    ]
    arrays = {
        **{"table": single(11, 4), "positions": single(8, 4), "head": single(4, 3), "bias": single(3)},
        **{"order": np.arange(5)[None], "zero": np.array(0), "last": ints(-1), "one": ints(1)},
    }
    inputs = {"ids": (TensorProto.INT64, ["N", 5]), "mask": (TensorProto.INT64, ["N", 5])}
    file = model(nodes, inputs, arrays, kind=FLOAT, rank=2)
    rng = np.random.default_rng(0)
    samples = {"ids": rng.integers(0, 11, (6, 5)), "mask": rng.integers(0, 2, (6, 5))}
    made, _ = require_same(file, samples)
    assert [(spec.name, spec.dtype) for spec in made.inputs][:2] == [("ids", "int64"), ("mask", "float")]
    assert set(made.parameter_shapes) == {"table", "positions", "head", "bias"}


@pytest.mark.parametrize("kind", ["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"])
@pytest.mark.parametrize("joined", ["And", "Or"])
def test_truth_values_of_integers(kind, joined):
    nodes = [
        node(kind, "i two", "a"),
        node("Not", "b", "n"),
        node(joined, "a n", "t"),
        node("Where", "t w x"),
    ]
    inputs = {"i": (TensorProto.INT64, ["N", 4]), "b": (TensorProto.BOOL, ["N", 4]), "x": ["N", 4]}
    file = model(nodes, inputs, {"two": np.array(2), "w": weights(4)}, rank=2)
    rng = np.random.default_rng(0)
    samples = {"i": rng.integers(0, 5, (9, 4)), "b": rng.integers(0, 2, (9, 4)) > 0, "x": weights(9, 4)}
    require_same(file, samples, 1e-12)


def test_celu_is_one_of_single_precision():
    file = model(
        [node("Mul", "x w", "h"), node("Celu", alpha=0.7)],
        {"x": ["N", 4]},
        {"w": single(4)},
        kind=FLOAT,
        rank=2,
    )
    require_same(file, {"x": single(5, 4)})


def test_an_output_is_chosen_and_what_it_does_not_need_is_left_out():
    nodes = [
        node("MatMul", "x w", "logits"),
        node("MatMul", "z v", "other"),
        node("ArgMax", "logits", "best"),
    ]
    file = model(
        nodes,
        {"x": ["N", 4], "z": ["N", 3]},
        {"w": weights(4, 2), "v": weights(3, 3)},
        ("other", "logits", "best"),
        rank=2,
    )
    file.graph.output[2].type.tensor_type.elem_type = TensorProto.INT64
    for option, names in ((None, ["w"]), ("other", ["v"]), (0, ["v"]), (1, ["w"])):
        made, params = sl.from_onnx(file, loss="mse", output=option)
        assert list(params) == names
        assert len(made.inputs) == 2
    for wrong in ("best of all", 3, True):
        with pytest.raises(
            sl.InvalidArgumentError, match="has the outputs other, logits, best, and not an output"
        ):
            sl.from_onnx(file, loss="mse", output=wrong)


def test_open_extents_are_said_by_input_shapes():
    nodes = [node("Conv", "x w", "c"), node("GlobalAveragePool", "c", "g"), node("Flatten", "g")]
    file = model(nodes, {"x": ["N", 3, "height", "width"]}, {"w": weights(4, 3, 3, 3)}, rank=2)
    with pytest.raises(
        sl.InvalidArgumentError, match=r"'x' has the shape \(3, height, width\); say its extents by"
    ):
        sl.from_onnx(file, loss="mse")
    made, _ = sl.from_onnx(file, loss="mse", input_shapes={"x": (3, 6, 7)})
    assert made.input_shape == (3, 6, 7)
    with pytest.raises(sl.InvalidArgumentError, match=r"is \(2, 6, 7\); the file has \(3, height, width\)"):
        sl.from_onnx(file, loss="mse", input_shapes={"x": (2, 6, 7)})
    with pytest.raises(sl.InvalidArgumentError, match="input_shapes has 'z'"):
        sl.from_onnx(file, loss="mse", input_shapes={"x": (3, 6, 7), "z": (3,)})


def test_a_loss_is_a_word_a_loss_or_a_function_of_the_output():
    X, y = single(6, 4), np.array([0, 1, 0, 1, 1, -100])
    file = mlp()
    (outputs,) = ReferenceEvaluator(file).run(None, {"x": X})
    made, params = sl.from_onnx(file, loss=sl.CrossEntropy(ignore_index=-100))
    assert made.losses(params, (X, y))[5] == 0
    made, params = sl.from_onnx(file, loss=lambda output: (output * output).sum())
    np.testing.assert_allclose(made.losses(params, (X,)), (outputs**2).sum(1), rtol=1e-5)


def test_an_estimate_of_it_runs():
    file, X = mlp(), single(100, 4)
    made, params = sl.from_onnx(file, loss="mse")
    data = (X, made(params, X))
    result = sl.estimate_llc(
        made, params, data, sampler=sl.SGLD(lr=1e-4), num_draws=50, seed=0, progress=False
    )
    assert np.isfinite(result.llc)
