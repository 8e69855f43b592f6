"""ONNX files as they come: in parts, damaged, from elsewhere, or with what is not covered."""

import os

import numpy as np
import pytest

import swiftllc as sl

onnx = pytest.importorskip("onnx", reason="onnx is not installed")

from onnx import TensorProto, external_data_helper, helper, numpy_helper  # noqa: E402
from onnx_cases import FLOAT, ints, mlp, model, node, require_same, single, weights  # noqa: E402


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
