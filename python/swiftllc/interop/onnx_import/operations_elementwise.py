"""Elementwise operators."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from swiftllc.interop.lowering.constants import INFINITY
from swiftllc.interop.lowering.layout import Value
from swiftllc.interop.onnx_import.lowering import Lowering
from swiftllc.interop.onnx_import.table import lowers

_UNARY = {
    "Abs": "abs",
    "Cos": "cos",
    "Erf": "erf",
    "Exp": "exp",
    "Log": "log",
    "Relu": "relu",
    "Sigmoid": "sigmoid",
    "Sin": "sin",
    "Softplus": "softplus",
    "Sqrt": "sqrt",
    "Tanh": "tanh",
}


def _enter_unary(name: str, method: str) -> None:
    @lowers(name)
    def unary(lowering: Lowering, x: Value) -> Value:
        return x.with_node(getattr(lowering.graph, method)(x.node))


for _name, _method in _UNARY.items():
    _enter_unary(_name, _method)


@lowers("Neg")
def _neg(lowering: Lowering, x: Value) -> Value:
    return x.with_node(-x.node)


@lowers("Reciprocal")
def _reciprocal(lowering: Lowering, x: Value) -> Value:
    return x.with_node(lowering.graph.power(x.node, -1.0))


@lowers("LeakyRelu")
def _leaky_relu(lowering: Lowering, x: Value, *, alpha: float = 0.01) -> Value:
    return x.with_node(lowering.graph.leaky_relu(x.node, float(alpha)))


@lowers("Elu")
def _elu(lowering: Lowering, x: Value, *, alpha: float = 1.0) -> Value:
    return x.with_node(lowering.graph.elu(x.node, float(alpha)))


@lowers("Celu")
def _celu(lowering: Lowering, x: Value, *, alpha: float = 1.0) -> Value:
    return x.with_node(lowering.graph.elu(x.node / float(alpha), 1.0) * float(alpha))


@lowers("Selu")
def _selu(
    lowering: Lowering, x: Value, *, alpha: float = 1.6732632423543772, gamma: float = 1.0507009873554805
) -> Value:
    return x.with_node(lowering.graph.elu(x.node, float(alpha)) * float(gamma))


@lowers("HardSigmoid")
def _hard_sigmoid(lowering: Lowering, x: Value, *, alpha: float = 0.2, beta: float = 0.5) -> Value:
    graph = lowering.graph
    return x.with_node(graph.minimum(graph.maximum(x.node * float(alpha) + float(beta), 0.0), 1.0))


@lowers("HardSwish")
def _hard_swish(lowering: Lowering, x: Value) -> Value:
    sixth = float(np.float32(1 / 6))  # as an attribute is
    return x.with_node(x.node * _hard_sigmoid(lowering, x, alpha=sixth, beta=0.5).node)


@lowers("Swish")
def _swish(lowering: Lowering, x: Value, *, alpha: float = 1.0) -> Value:
    graph = lowering.graph
    return x.with_node(graph.silu(x.node) if alpha == 1 else x.node * graph.sigmoid(x.node * float(alpha)))


@lowers("Mish")
def _mish(lowering: Lowering, x: Value) -> Value:
    graph = lowering.graph
    return x.with_node(x.node * graph.tanh(graph.softplus(x.node)))


@lowers("Softsign")
def _softsign(lowering: Lowering, x: Value) -> Value:
    return x.with_node(x.node / (lowering.graph.abs(x.node) + 1.0))


@lowers("PRelu")
def _prelu(lowering: Lowering, x: Any, slope: Any) -> Value:
    graph = lowering.graph
    return lowering.combined(lambda y, s: graph.relu(y) - s * graph.relu(-y), lowering.value(x), slope)


@lowers("Gelu")
def _gelu(lowering: Lowering, x: Value, *, approximate: str = "none") -> Value:
    graph = lowering.graph
    return x.with_node(graph.gelu_tanh(x.node) if approximate == "tanh" else graph.gelu(x.node))


@lowers("Clip")
def _clip(
    lowering: Lowering, x: Value, low: Any = None, high: Any = None, *, min: Any = None, max: Any = None
) -> Value:
    lower = lowering.number(min if low is None else low, "lower limit")
    upper = lowering.number(max if high is None else high, "upper limit")
    node = x.node
    if lower is not None and lower > -INFINITY:
        node = lowering.graph.maximum(node, lower)
    if upper is not None and upper < INFINITY:
        node = lowering.graph.minimum(node, upper)
    return x.with_node(node)


@lowers("Pow")
def _pow(lowering: Lowering, x: Any, exponent: Any) -> Value:
    value = lowering.number(exponent, "exponent")
    assert value is not None
    base = lowering.value(x)
    if value in (2, 3):  # by products, which cost less than powers
        square = base.node * base.node
        node = square if value == 2 else square * base.node
    else:
        node = lowering.graph.power(base.node, value)
    result = base.with_node(node)
    return lowering.combined(lambda y, _: y, result, exponent, kind=base.kind)


@lowers("Add", "Sum")
def _add(lowering: Lowering, *parts: Any) -> Value:
    return _chained(lowering, lambda x, y: x + y, parts)


@lowers("Sub")
def _sub(lowering: Lowering, a: Any, b: Any) -> Value:
    return lowering.combined(lambda x, y: x - y, a, b)


@lowers("Mul")
def _mul(lowering: Lowering, a: Any, b: Any) -> Value:
    return lowering.combined(lambda x, y: x * y, a, b)


@lowers("Div")
def _div(lowering: Lowering, a: Any, b: Any) -> Value:
    result = lowering.combined(lambda x, y: x / y, a, b)
    if result.kind != "float":
        lowering.refuse("it divides integers that depend on the sample")
    return result


@lowers("Mean")
def _mean(lowering: Lowering, *parts: Any) -> Value:
    total = _add(lowering, *parts)
    return total.with_node(total.node / float(len(parts)))


@lowers("Max")
def _max(lowering: Lowering, *parts: Any) -> Value:
    return _chained(lowering, lowering.graph.maximum, parts)


@lowers("Min")
def _min(lowering: Lowering, *parts: Any) -> Value:
    return _chained(lowering, lowering.graph.minimum, parts)


def _chained(lowering: Lowering, function: Any, parts: Any) -> Value:
    """A function of two applied to any number, those that depend on something first."""
    ordered = sorted(parts, key=lambda part: not isinstance(part, Value))
    if len(ordered) == 2:  # in the order in which they are: it is that of ties
        ordered = list(parts)
    result: Value = reduce(lambda a, b: lowering.combined(function, a, b), ordered)
    return result


@lowers("Where")
def _where(lowering: Lowering, condition: Any, a: Any, b: Any) -> Value:
    if isinstance(condition, Value) and condition.kind != "bool":
        lowering.refuse("its condition depends on the sample")
    flags: Any = condition
    if isinstance(condition, Value):
        others: Any = condition.with_node(1.0 - condition.node)
    else:
        flags, others = condition.astype(np.float64), 1.0 - condition
    kept = [
        lowering.combined(lambda x, y: x * y, mask, _finite(part))
        if isinstance(mask, Value) or isinstance(part, Value)
        else mask * _finite(part)
        for mask, part in ((flags, a), (others, b))
    ]
    return lowering.combined(lambda x, y: x + y, *kept)


@lowers("Trilu")
def _trilu(lowering: Lowering, x: Value, diagonal: Any = None, *, upper: int = 1) -> Value:
    for dim in (-2, -1):
        x.axis(dim, "it cuts triangles across")
    offset = int(lowering.number(diagonal, "diagonal") or 0)
    mask = np.tri(x.shape[-2], x.shape[-1], offset - 1 if upper else offset)
    return lowering.combined(lambda y, kept: y * kept, x, 1 - mask if upper else mask)


def _finite(part: Any) -> Any:
    return part if isinstance(part, Value) else np.clip(part.astype(np.float64), -INFINITY, INFINITY)
