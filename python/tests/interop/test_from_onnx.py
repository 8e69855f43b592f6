"""ONNX files as models: which of their arrays are parameters, inputs and outputs, and what is refused."""

import os
import pickle

import numpy as np
import pytest

import swiftllc as sl

onnx = pytest.importorskip("onnx", reason="onnx is not installed")

from onnx import TensorProto, external_data_helper, helper, numpy_helper  # noqa: E402
from onnx.reference import ReferenceEvaluator  # noqa: E402
from onnx_cases import ints, model, node, weights  # noqa: E402

FLOAT = TensorProto.FLOAT


def single(*shape):
    return weights(*shape).astype(np.float32)


def mlp(batch="N", **changes):
    """Two layers, in float32."""
    arrays = {
        "fc1.weight": single(5, 4),
        "fc1.bias": single(5),
        "fc2.weight": single(5, 2),
        "fc2.bias": single(2),
    }
    nodes = [
        node("Gemm", "x fc1.weight fc1.bias", "a", transB=1),
        node("Relu", "a", "b"),
        node("MatMul", "b fc2.weight", "c"),
        node("Add", "c fc2.bias"),
    ]
    return model(nodes, {"x": [batch, 4]}, {**arrays, **changes}, kind=FLOAT, rank=2)


def require_same(file, inputs, tolerance=1e-5, expected=None, **options):
    """The model, after its outputs were compared with the file's."""
    made, params = sl.from_onnx(file, loss="mse", **options)
    if expected is None:
        (expected,) = ReferenceEvaluator(file).run(None, inputs)
    found = made(params, *(array.astype(int) if array.dtype == bool else array for array in inputs.values()))
    np.testing.assert_allclose(found, expected.reshape(found.shape), rtol=tolerance, atol=tolerance)
    return made, params


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


# Files


def test_functions_of_the_file_are_taken_apart():
    file = model(
        [node("Mul", "x w", "h"), helper.make_node("Twice", ["h"], ["y"], domain="own")],
        {"x": ["N", 4]},
        {"w": weights(4)},
        rank=2,
    )
    opsets = [helper.make_opsetid("", 21)]
    file.functions.append(
        helper.make_function("own", "Twice", ["a"], ["b"], [node("Add", "a a", "b")], opsets)
    )
    file.opset_import.append(helper.make_opsetid("own", 1))
    require_same(file, {"x": weights(5, 4)}, 1e-12)


def test_weights_may_lie_in_a_file_beside(tmp_path):
    file = mlp()
    onnx.save(
        file, tmp_path / "network.onnx", save_as_external_data=True, location="weights.bin", size_threshold=0
    )
    assert (tmp_path / "weights.bin").is_file()
    _, params = sl.from_onnx(tmp_path / "network.onnx", loss="mse")
    np.testing.assert_array_equal(params["fc1.weight"], numpy_helper.to_array(mlp_tensor(tmp_path, file)))
    whole = onnx.load(tmp_path / "network.onnx", load_external_data=False)
    with pytest.raises(sl.InvalidArgumentError, match=r"tensor 'fc1\.weight' in another file; give the path"):
        sl.from_onnx(whole, loss="mse")
    (tmp_path / "weights.bin").write_bytes(b"\0" * 10)
    with pytest.raises(
        sl.InvalidArgumentError, match=r"'fc1\.weight' is in 'weights\.bin', bytes 0 to 80, which has 10"
    ):
        sl.from_onnx(tmp_path / "network.onnx", loss="mse")
    os.remove(tmp_path / "weights.bin")
    with pytest.raises(sl.InvalidArgumentError, match=r"'weights\.bin', which is not there"):
        sl.from_onnx(tmp_path / "network.onnx", loss="mse")


def mlp_tensor(folder, file):
    loaded = onnx.load(folder / "network.onnx")
    return next(tensor for tensor in loaded.graph.initializer if tensor.name == "fc1.weight")


@pytest.mark.parametrize("location", ["../secret.bin", "/etc/passwd", "", "link.bin"])
def test_data_outside_the_folder_is_not_read(tmp_path, location):
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "secret.bin").write_bytes(b"\0" * 1000)
    (inner / "link.bin").symlink_to(tmp_path / "secret.bin")
    file = mlp()
    external_data_helper.set_external_data(file.graph.initializer[0], "x")
    tensor = file.graph.initializer[0]
    next(entry for entry in tensor.external_data if entry.key == "location").value = location
    tensor.ClearField("raw_data")
    (inner / "network.onnx").write_bytes(file.SerializeToString())
    with pytest.raises(
        sl.InvalidArgumentError, match=r"'fc1\.weight' is in '.*', which is not in the model's folder"
    ):
        sl.from_onnx(inner / "network.onnx", loss="mse")


# What is refused


@pytest.mark.parametrize(
    "content, said",
    [
        (b"", "it has no graph with nodes"),
        (b"this is text, and no protobuf", "no ONNX model, or is cut short"),
        (lambda: mlp().SerializeToString()[:-7], "no ONNX model, or is cut short"),
        (lambda: mlp().SerializeToString()[:40], "no ONNX model"),
    ],
)
def test_files_that_are_no_onnx(tmp_path, content, said):
    path = tmp_path / "network.onnx"
    path.write_bytes(content if isinstance(content, bytes) else content())
    with pytest.raises(sl.InvalidArgumentError, match=said) as caught:
        sl.from_onnx(path, loss="mse")
    require_one_sentence(caught.value, "network.onnx")


def require_one_sentence(error, name):
    message = str(error)
    assert "\n" not in message
    assert message.endswith(".")
    assert name in message


def damaged(change):
    file = mlp()
    change(file)
    return file


def without_weight(file):
    del file.graph.initializer[0]


def cyclic(file):
    file.graph.node[0].input[0] = "b"


def out_of_order(file):
    first = file.graph.node.pop(0)
    file.graph.node.append(first)


def wrong_type(file):
    file.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.ones((5, 4), np.int64), "fc1.weight"))


def wrong_shape(file):
    file.graph.initializer[0].CopyFrom(numpy_helper.from_array(single(5, 3), "fc1.weight"))


def too_short(file):
    file.graph.initializer[0].raw_data = file.graph.initializer[0].raw_data[:-4]


def unknown_operator(file):
    file.graph.node[1].op_type = "Relo"


def unknown_attribute(file):
    file.graph.node[1].attribute.append(helper.make_attribute("slope", 1.0))


def no_opset(file):
    del file.opset_import[:]


def old_opset(file):
    file.opset_import[0].version = 6


def no_output(file):
    file.graph.output[0].name = "z"


def not_a_number(file):
    tensor = file.graph.initializer[1]
    tensor.CopyFrom(numpy_helper.from_array(np.full(5, np.nan, np.float32), tensor.name))


@pytest.mark.parametrize(
    "change, said",
    [
        (without_weight, r"Gemm \(node 'a Gemm'\) takes 'fc1\.weight', which is no input, no initializer"),
        (cyclic, r"takes 'b', which Relu \(node 'a Relu'\) makes later: the nodes are in a cycle or out of"),
        (out_of_order, r"takes 'a', which Gemm \(node 'a Gemm'\) makes later"),
        (wrong_type, "is no sound ONNX model: .*a Gemm"),
        (wrong_shape, "a Gemm"),
        (too_short, r"fc1\.weight"),
        (unknown_operator, "is no sound ONNX model: No Op registered for Relo"),
        (unknown_attribute, "is no sound ONNX model: .*slope"),
        (no_opset, "does not say which version"),
        (old_opset, "uses version 6 of ONNX's operators"),
        (no_output, "nothing makes its output 'z'"),
        (not_a_number, r"fc1\.bias"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_damaged_models(change, said):
    with pytest.raises(sl.InvalidArgumentError, match=said) as caught:
        sl.from_onnx(damaged(change), loss="mse")
    require_one_sentence(caught.value, "")


@pytest.mark.parametrize(
    "nodes, said",
    [
        ([node("CumSum", "h axis")], r"CumSum \(node 'a CumSum'\): it is not covered"),
        ([node("RandomNormalLike", "w", "r"), node("Mul", "h r")], "it draws random numbers"),
        ([node("Dropout", "h ratio yes")], "it drops at random in training mode"),
        ([node("Greater", "h half", "t"), node("Where", "t h half")], "it compares floats"),
        (
            [node("Cast", "h", "i", to=TensorProto.INT64), node("Cast", "i", to=TensorProto.DOUBLE)],
            "it makes INT64",
        ),
        ([node("Pow", "half h")], "its exponent depends on the sample"),
        ([node("BatchNormalization", "h w w w w", "y m v", training_mode=1)], "it normalises by the batch"),
        ([node("MaxPool", "image", "y", kernel_shape=[1, 1, 1])], "over 3 axes is not covered"),
        ([node("AveragePool", "plane", "y", kernel_shape=[2, 2], dilations=[2, 2])], "its dilations"),
        ([node("TopK", "h k", "y i")], "it is not covered"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_operators_that_are_not_covered(nodes, said):
    arrays = {
        **{"scale": weights(4), "w": weights(4), "half": np.array(0.5), "axis": np.array(1), "k": ints(2)},
        **{
            "ratio": np.array(0.5),
            "yes": np.array(True),
        },
        **{"wide": ints(0, 2, 2, 1), "wider": ints(0, 1, 2, 2, 1)},
    }
    nodes = [
        node("Mul", "x scale", "h"),
        node("Reshape", "h wide", "plane"),
        node("Reshape", "h wider", "image"),
        *nodes,
    ]
    file = model(nodes, {"x": ["N", 4]}, arrays, rank=2)
    for value in nodes[-1:]:
        rank = {"MaxPool": 5, "AveragePool": 4}.get(value.op_type, 2)
        while len(file.graph.output[0].type.tensor_type.shape.dim) < rank:
            file.graph.output[0].type.tensor_type.shape.dim.add()
    with pytest.raises(sl.UnsupportedOperationError, match=said) as caught:
        sl.from_onnx(file, loss="mse")
    assert str(caught.value).startswith("from_onnx cannot take ")
    assert "sl.External" in str(caught.value)


def test_quantised_weights_are_refused():
    nodes = [node("DequantizeLinear", "q s", "d"), node("Mul", "x d", "h"), node("Mul", "h w")]
    arrays = {"q": np.ones(4, np.int8), "s": np.array(0.1, np.float32), "w": single(4)}
    file = model(nodes, {"x": ["N", 4]}, arrays, kind=FLOAT, rank=2)
    with pytest.raises(sl.UnsupportedOperationError, match=r"'a DequantizeLinear'.*quantised weights"):
        sl.from_onnx(file, loss="mse")


def test_control_flow_is_refused():
    branch = helper.make_graph(
        [node("Identity", "h", "o")],
        "branch",
        [],
        [helper.make_tensor_value_info("o", TensorProto.DOUBLE, ["N", 4])],
    )
    nodes = [node("Mul", "x w", "h"), node("If", "c", "y", then_branch=branch, else_branch=branch)]
    file = model(nodes, {"x": ["N", 4]}, {"w": weights(4), "c": np.array(True)}, rank=2)
    with pytest.raises(
        sl.UnsupportedOperationError, match=r"If \(node 'a If'\): control flow is not covered"
    ):
        sl.from_onnx(file, loss="mse")


def test_operators_of_other_domains_are_refused():
    own = helper.make_node("FusedGelu", ["h"], ["y"], domain="com.example")
    file = model([node("Mul", "x w", "h"), own], {"x": ["N", 4]}, {"w": weights(4)}, rank=2)
    file.opset_import.append(helper.make_opsetid("com.example", 1))
    with pytest.raises(
        sl.UnsupportedOperationError,
        match=r"com\.example\.FusedGelu \(the node that makes 'y'\): operators of the",
    ):
        sl.from_onnx(file, loss="mse")


def test_constants_are_not_made_without_limit():
    nodes = [
        node("ConstantOfShape", "s", "c"),
        node("Cast", "c", "d", to=TensorProto.DOUBLE),
        node("ReduceMax", "d", "m"),
        node("Mul", "x w", "h"),
        node("Mul", "h m"),
    ]
    file = model(nodes, {"x": ["N", 4]}, {"w": weights(4), "s": ints(2**20, 2**20)}, rank=2)
    with pytest.raises(sl.UnsupportedOperationError, match=r"it makes a constant of 1099511627776 elements"):
        sl.from_onnx(file, loss="mse")


def test_arguments_are_checked(tmp_path):
    with pytest.raises(sl.ArgumentTypeError, match=r"model must be a path or an onnx\.ModelProto; got int"):
        sl.from_onnx(3, loss="mse")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        sl.from_onnx(tmp_path / "nowhere.onnx", loss="mse")
    with pytest.raises(sl.InvalidArgumentError, match="dtype must be 'float32' or 'float64'"):
        sl.from_onnx(mlp(), loss="mse", dtype="float16")
    constant = model([node("Mul", "w w")], {"x": ["N", 4]}, {"w": weights(4)}, rank=1)
    with pytest.raises(sl.InvalidArgumentError, match="the output does not depend on the sample"):
        sl.from_onnx(constant, loss="mse")
    scalar = model([node("Mul", "x w")], {"x": []}, {"w": weights(4)}, rank=1)
    with pytest.raises(sl.InvalidArgumentError, match="input 'x' has no axes"):
        sl.from_onnx(scalar, loss="mse")
    two = model(
        [node("MatMul", "x w", "a"), node("Add", "a z")],
        {"x": [2, 4], "z": [3, 4]},
        {"w": weights(4, 4)},
        rank=2,
    )
    with pytest.raises(sl.InvalidArgumentError):
        sl.from_onnx(two, loss="mse")
    with pytest.raises(sl.InvalidArgumentError, match="no parameters, so there is nothing to sample"):
        sl.from_onnx(model([node("Exp", "x")], {"x": ["N", 4]}, rank=2), loss="mse")
