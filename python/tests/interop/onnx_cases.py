"""ONNX models made by hand: of each operator, in each way in which it is used."""

import numpy as np
from onnx import TensorProto, defs, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import swiftllc as sl

FLOAT = TensorProto.FLOAT
GENERATOR = np.random.default_rng(1)


def node(kind, inputs="h", outputs="y", **attributes):
    return helper.make_node(kind, inputs.split(), outputs.split(), name=f"a {kind}", **attributes)


def model(nodes, inputs, initializers=(), outputs=("y",), opset=21, kind=TensorProto.DOUBLE, rank=None):
    """A model, of inputs by name (shapes, or a type and a shape), and arrays by name."""
    typed = {name: given if isinstance(given, tuple) else (kind, given) for name, given in inputs.items()}
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info(name, *given) for name, given in typed.items()],
        [helper.make_tensor_value_info(name, kind, ()) for name in outputs],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in dict(initializers).items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    if rank is None:
        shapes = {name: shape for name, (_, shape) in typed.items()}
        samples = {name: np.ones([2 if d == "N" else d for d in shape]) for name, shape in shapes.items()}
        rank = ReferenceEvaluator(made).run(None, samples)[0].ndim
    for output in made.graph.output:
        for _ in range(rank):
            output.type.tensor_type.shape.dim.add()
    return made


def case(nodes, shape, opset=21, **initializers):
    """A function of the samples times a parameter, so that gradients pass through it.

    None for a version of the operators that is newer than the library.
    """
    if opset > defs.onnx_opset_version():
        return None
    scale = np.linspace(0.5, 1.5, shape[-1])
    nodes = [node("Mul", "x scale", "h"), *(nodes if isinstance(nodes, list) else [nodes])]
    return model(nodes, {"x": ["N", *shape]}, {"scale": scale, **initializers}, opset=opset)


def ints(*numbers):
    return np.array(numbers, np.int64)


def weights(*shape):
    return GENERATOR.normal(size=shape)


def positive(last):
    """The operator on |h| + 1/2."""
    return [node("Abs", "h", "a"), node("Add", "a half", "p"), last]


HALF = {"half": np.array(0.5)}
MASK = np.array([[True, False, True, True]])

CASES = {
    # elementwise
    **{
        kind: case(node(kind), (3, 4))
        for kind in (
            *("Relu", "Tanh", "Sigmoid", "Softplus", "Exp", "Erf", "Abs", "Neg", "Sin", "Cos"),
            *("LeakyRelu", "Elu", "Selu", "HardSigmoid", "HardSwish", "Mish", "Softsign", "Gelu"),
            *("Identity", "Dropout"),
        )
    },
    "LeakyRelu, alpha": case(node("LeakyRelu", alpha=0.25), (5,)),
    "Elu, alpha": case(node("Elu", alpha=0.75), (5,)),
    "Gelu, tanh": case(node("Gelu", approximate="tanh"), (5,)),
    "Swish": case(node("Swish", alpha=1.5), (5,), opset=24),
    "Log": case(positive(node("Log", "p")), (5,), **HALF),
    "Sqrt": case(positive(node("Sqrt", "p")), (5,), **HALF),
    "Reciprocal": case(positive(node("Reciprocal", "p")), (5,), **HALF),
    "Pow": case(positive(node("Pow", "p e")), (5,), e=np.array(1.7), **HALF),
    "Pow, square": case(node("Pow", "h e"), (5,), e=np.array([2.0])),
    "PRelu": case(node("PRelu", "h w"), (3, 5), w=weights(3, 1)),
    "Clip": case(node("Clip", "h low high"), (5,), low=np.array(-0.3), high=np.array(0.5)),
    "Clip from above": case(node("Clip", "h low high"), (5,), low=np.array(-9.0), high=np.array(0.5)),
    "Clip, old": case(node("Clip", min=-0.25, max=0.5), (5,), opset=10),
    "Add": case(node("Add", "h w"), (3, 5), w=weights(3, 1)),
    "Sub": case(node("Sub", "w h"), (3, 5), w=weights(3, 5)),
    "Mul": case(node("Mul", "h w"), (5,), w=weights(5)),
    "Div": case(positive(node("Div", "w p")), (5,), w=weights(5), **HALF),
    "Add, samples with samples": case([node("Exp", "h", "e"), node("Add", "h e")], (3, 5)),
    "Add, a parameter with more axes": case(node("Add", "h w"), (5,), w=weights(1, 5)),
    "Max": case(node("Max", "h w"), (5,), w=weights(5)),
    "Max of three": case([node("Neg", "h", "n"), node("Max", "h zero n")], (5,), zero=np.array(0.125)),
    "Min": case(node("Min", "h w"), (5,), w=weights(5)),
    "Sum": case([node("Exp", "h", "e"), node("Sum", "h e h")], (5,)),
    "Mean": case([node("Exp", "h", "e"), node("Mean", "h e h")], (5,)),
    "Where": case([node("Where", "c h v", "w"), node("Softmax", "w")], (3, 4), c=MASK, v=np.array(-np.inf)),
    "Trilu": case(node("Trilu", "h k"), (3, 4), k=np.array(1)),
    "Trilu, lower": case(node("Trilu", upper=0), (3, 4)),
    # shapes
    "Reshape": case(node("Reshape", "h s"), (3, 4), s=ints(0, 2, -1)),
    "Reshape, allowzero": case(node("Reshape", "h s", allowzero=1), (3, 4), s=ints(-1, 2, 6)),
    "Reshape, batch merged": case(
        [node("Reshape", "h s", "r"), node("Tanh", "r", "t"), node("Reshape", "t b")],
        (3, 4),
        s=ints(-1, 4),
        b=ints(-1, 3, 4),
    ),
    "Reshape by Shape": case(
        [
            node("Shape", "h", "n"),
            node("Gather", "n zero", "b"),
            node("Unsqueeze", "b axis", "u"),
            node("Concat", "u rest", "s", axis=0),
            node("Reshape", "h s"),
        ],
        (3, 4),
        zero=np.array(0),
        axis=ints(0),
        rest=ints(2, 6),
    ),
    "Flatten": case(node("Flatten"), (3, 4)),
    "Flatten, axis": case(node("Flatten", axis=-1), (3, 4)),
    "Transpose": case(node("Transpose", perm=[0, 2, 1]), (3, 4)),
    "Transpose, the batch": case(
        [node("Transpose", "h", "t"), node("Softmax", "t", "s", axis=0), node("Transpose", "s")], (3, 5)
    ),
    "Squeeze": case(
        [node("Unsqueeze", "h u", "s"), node("Squeeze", "s a")], (3, 4), u=ints(1, 4), a=ints(1, -1)
    ),
    "Squeeze, old": case(
        [node("Unsqueeze", "h", "s", axes=[1]), node("Squeeze", "s", axes=[1])], (4,), opset=11
    ),
    "Concat": case([node("Exp", "h", "e"), node("Concat", "h e", axis=1)], (3, 4)),
    "Concat with a token": case(
        [
            node("Shape", "h", "b", end=1),
            node("Concat", "b rest", "s", axis=0),
            node("Expand", "token s", "t"),
            node("Concat", "t h", axis=1),
        ],
        (3, 4),
        rest=ints(1, 4),
        token=weights(1, 1, 4),
    ),
    "Split": case([node("Split", "h", "a b", axis=1, num_outputs=2), node("Mul", "a b")], (4,)),
    "Split, uneven": case([node("Split", "h s", "a b", axis=-1), node("Tanh", "b")], (4,), s=ints(1, 3)),
    "Split, old": case([node("Split", "h", "a b", axis=1, split=[1, 3]), node("Exp", "b")], (4,), opset=11),
    "Slice": case(
        node("Slice", "h s e a t"), (5, 4), s=ints(-1, 1), e=ints(-99, 4), a=ints(1, 2), t=ints(-2, 1)
    ),
    "Slice, old": case(node("Slice", starts=[1], ends=[3], axes=[1]), (5,), opset=9),
    "Gather": case(node("Gather", "h i", axis=2), (3, 5), i=ints(4, 0, -2)),
    "Gather, one": case(node("Gather", "h i", axis=1), (3, 5), i=np.array(-1)),
    "Gather, a matrix of indices": case(node("Gather", "h i", axis=1), (3, 5), i=np.array([[2, 0], [1, 1]])),
    "Gather from a table": case(
        [node("Gather", "w i", "p"), node("Add", "h p")], (3, 4), w=weights(5, 4), i=ints(0, 4, 2)
    ),
    "Expand": case([node("Unsqueeze", "h a", "u"), node("Expand", "u s")], (4,), a=ints(1), s=ints(1, 3, 1)),
    "Tile": case(node("Tile", "h r"), (1, 4), r=ints(1, 3, 2)),
    "Cast": case(
        [node("Cast", "h", "f", to=TensorProto.FLOAT), node("Cast", "f", to=TensorProto.DOUBLE)], (4,)
    ),
    "Pad": case(node("Pad", "h p v"), (3, 4), p=ints(0, 1, 0, 0, 0, 2), v=np.array(0.5)),
    "Pad, reflect": case(node("Pad", "h p", mode="reflect"), (4,), p=ints(0, 2, 0, 1)),
    "ConstantOfShape": case(
        [
            node("Shape", "h", "s"),
            node("ConstantOfShape", "s", "one", value=numpy_helper.from_array(np.array([2.0]))),
            node("Mul", "h one"),
        ],
        (3, 4),
    ),
    "Size": case(
        [
            node("Size", "w", "n"),
            node("Cast", "n", "f", to=TensorProto.DOUBLE),
            node("Mul", "h f", "m"),
            node("Mul", "m w"),
        ],
        (4,),
        w=weights(4),
    ),
    # reductions
    **{
        kind: case(node(kind, "h a", keepdims=0), (3, 4, 2), a=ints(1, -1), opset=18)
        for kind in (
            "ReduceSum",
            "ReduceMean",
            "ReduceMax",
            "ReduceMin",
            "ReduceL1",
            "ReduceL2",
            "ReduceSumSquare",
        )
    },
    "ReduceMean, kept": case(node("ReduceMean", "h a"), (3, 4), a=ints(2)),
    "ReduceMean, old": case(node("ReduceMean", axes=[1], keepdims=0), (3, 4), opset=13),
    "ReduceMax, old": case(node("ReduceMax", axes=[1, 2]), (3, 4), opset=13),
    "ReduceSum, noop": case([node("ReduceSum", "h", "r", noop_with_empty_axes=1), node("Tanh", "r")], (4,)),
    "Softmax": case(node("Softmax", axis=1), (3, 4)),
    "Softmax, old": case(node("Softmax"), (4,), opset=11),
    "LogSoftmax": case(node("LogSoftmax"), (3, 4)),
    # products
    "Gemm": case(node("Gemm", "h w b"), (4,), w=weights(4, 3), b=weights(3)),
    "Gemm, transposed": case(node("Gemm", "h w b", transB=1), (4,), w=weights(3, 4), b=weights(3)),
    "Gemm, scaled": case(
        node("Gemm", "h w b", transB=1, alpha=0.5, beta=2.0), (4,), w=weights(3, 4), b=weights(1)
    ),
    "Gemm, from the left": case(
        [node("Transpose", "h", "t"), node("Gemm", "t w", "g", transA=1), node("Neg", "g")],
        (4,),
        w=weights(4, 3),
    ),
    "Gemm without bias": case(node("Gemm", "h w", transB=1), (4,), w=weights(3, 4)),
    "MatMul": case(node("MatMul", "h w"), (3, 4), w=weights(4, 5)),
    "MatMul of a row": case(node("MatMul", "h w"), (4,), w=weights(4, 5)),
    "MatMul by a vector": case(node("MatMul", "h w"), (3, 4), w=weights(4)),
    "MatMul from the left": case(node("MatMul", "w h"), (3, 4), w=weights(5, 3)),
    "MatMul of samples": case([node("Transpose", "h", "t", perm=[0, 2, 1]), node("MatMul", "h t")], (3, 4)),
    "MatMul by heads": case(
        [node("Unsqueeze", "h a", "u"), node("MatMul", "u w")], (3, 4), a=ints(1), w=weights(2, 4, 5)
    ),
    "MatMul, bias of one": case(
        [node("MatMul", "h w", "m"), node("Add", "m b")], (3, 4), w=weights(4, 1), b=weights(1)
    ),
    # layers
    "BatchNormalization": case(
        node("BatchNormalization", "h s b m v", epsilon=1e-3),
        (3, 4, 5),
        s=weights(3),
        b=weights(3),
        m=weights(3),
        v=weights(3) ** 2,
    ),
    "BatchNormalization of vectors": case(
        node("BatchNormalization", "h s b m v"),
        (4,),
        s=weights(4),
        b=weights(4),
        m=weights(4),
        v=weights(4) ** 2,
    ),
    "LayerNormalization": case(
        node("LayerNormalization", "h s b"), (3, 4), opset=17, s=weights(4), b=weights(4)
    ),
    "LayerNormalization, two axes": case(
        node("LayerNormalization", "h s", axis=1, epsilon=1e-3), (3, 4), opset=17, s=weights(3, 4)
    ),
    "RMSNormalization": case(node("RMSNormalization", "h s"), (3, 4), opset=23, s=weights(4)),
    "InstanceNormalization": case(
        node("InstanceNormalization", "h s b"), (3, 4, 5), s=weights(3), b=weights(3)
    ),
    "GroupNormalization": case(
        node("GroupNormalization", "h s b", num_groups=2), (4, 3, 5), s=weights(4), b=weights(4)
    ),
    "Conv": case(
        node("Conv", "h w b", strides=[2, 1], pads=[1, 2, 1, 2]),
        (3, 7, 6),
        w=weights(4, 3, 3, 2),
        b=weights(4),
    ),
    "Conv, uneven padding": case(node("Conv", "h w", pads=[0, 1, 2, 0]), (3, 7, 6), w=weights(2, 3, 3, 2)),
    "Conv, same": case(
        node("Conv", "h w", auto_pad="SAME_UPPER", strides=[2, 2]), (2, 7, 6), w=weights(2, 2, 3, 2)
    ),
    "Conv, same, lower": case(node("Conv", "h w", auto_pad="SAME_LOWER"), (2, 5, 6), w=weights(2, 2, 2, 2)),
    "Conv, groups and dilations": case(
        node("Conv", "h w", group=2, dilations=[2, 1]), (4, 7, 6), w=weights(6, 2, 3, 2)
    ),
    "Conv of sequences": case(
        node("Conv", "h w b", pads=[1, 1], strides=[2]), (3, 9), w=weights(4, 3, 3), b=weights(4)
    ),
    "MaxPool": case(node("MaxPool", kernel_shape=[3, 2], strides=[2, 1], pads=[1, 1, 1, 1]), (2, 7, 6)),
    "MaxPool, uneven padding": case(
        node("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[0, 1, 2, 0]), (2, 7, 6)
    ),
    "MaxPool, ceil_mode": case(node("MaxPool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1), (2, 6, 7)),
    "MaxPool of sequences": case(node("MaxPool", kernel_shape=[2], strides=[2], dilations=[2]), (2, 9)),
    "AveragePool": case(
        node("AveragePool", kernel_shape=[3, 2], strides=[2, 2], pads=[1, 1, 1, 1]), (2, 7, 6)
    ),
    "AveragePool, padding counted": case(
        node("AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1), (2, 5, 6)
    ),
    "AveragePool, uneven padding": case(
        node("AveragePool", kernel_shape=[3, 3], pads=[0, 1, 2, 0]), (2, 5, 6)
    ),
    "AveragePool, same": case(node("AveragePool", kernel_shape=[2, 2], auto_pad="SAME_UPPER"), (2, 5, 6)),
    "AveragePool, ceil_mode": case(
        node("AveragePool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1), (2, 6, 7)
    ),
    "AveragePool of sequences": case(node("AveragePool", kernel_shape=[3], pads=[1, 1]), (2, 9)),
    "GlobalAveragePool": case(node("GlobalAveragePool"), (3, 4, 5)),
    "GlobalMaxPool": case(node("GlobalMaxPool"), (3, 4, 5)),
}

CASES = {name: file for name, file in CASES.items() if file is not None}


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
