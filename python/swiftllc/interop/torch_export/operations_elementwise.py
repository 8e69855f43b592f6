"""Elementwise operations."""

from __future__ import annotations

import math
from typing import Any

from swiftllc.interop.lowering.layout import Value
from swiftllc.interop.torch_export.lowering import Lowering
from swiftllc.interop.torch_export.table import lowers

_UNARY = {
    "relu": "relu",
    "tanh": "tanh",
    "sigmoid": "sigmoid",
    "special_expit": "sigmoid",
    "silu": "silu",
    "exp": "exp",
    "log": "log",
    "sqrt": "sqrt",
    "erf": "erf",
    "special_erf": "erf",
    "abs": "abs",
    "sin": "sin",
    "cos": "cos",
}


def _enter_unary(name: str, method: str) -> None:
    @lowers(f"aten.{name}.default")
    def unary(lowering: Lowering, x: Value) -> Value:
        return x.with_node(getattr(lowering.graph, method)(x.node))


for _name, _method in _UNARY.items():
    _enter_unary(_name, _method)


@lowers("aten.add.Tensor", "aten.add.Scalar")
def _add(lowering: Lowering, a: Any, b: Any, *, alpha: float = 1) -> Value:
    if alpha != 1:
        b = _scaled(b, alpha)
    return lowering.combined(lambda x, y: x + y, a, b)


@lowers("aten.sub.Tensor", "aten.sub.Scalar")
def _sub(lowering: Lowering, a: Any, b: Any, *, alpha: float = 1) -> Value:
    if alpha != 1:
        b = _scaled(b, alpha)
    return lowering.combined(lambda x, y: x - y, a, b)


def _scaled(x: Any, factor: float) -> Any:
    return x.with_node(x.node * float(factor)) if isinstance(x, Value) else x * factor


@lowers("aten.rsub.Scalar", "aten.rsub.Tensor")
def _rsub(lowering: Lowering, a: Any, b: Any, alpha: float = 1) -> Value:
    return _sub(lowering, b, a, alpha=alpha)


@lowers("aten.mul.Tensor", "aten.mul.Scalar")
def _mul(lowering: Lowering, a: Any, b: Any) -> Value:
    return lowering.combined(lambda x, y: x * y, a, b)


@lowers("aten.div.Tensor", "aten.div.Scalar", "aten.true_divide.Tensor")
def _div(lowering: Lowering, a: Any, b: Any) -> Value:
    return lowering.combined(lambda x, y: x / y, a, b)


@lowers("aten.neg.default")
def _neg(lowering: Lowering, x: Value) -> Value:
    return x.with_node(-x.node)


@lowers("aten.pow.Tensor_Scalar")
def _pow(lowering: Lowering, x: Value, exponent: float) -> Value:
    if exponent in (2, 3):  # by products, which cost less than powers
        square = x.node * x.node
        return x.with_node(square if exponent == 2 else square * x.node)
    return x.with_node(lowering.graph.power(x.node, float(exponent)))


@lowers("aten.log1p.default")
def _log1p(lowering: Lowering, x: Value) -> Value:
    return x.with_node(lowering.graph.log(x.node + 1.0))


@lowers("aten.expm1.default")
def _expm1(lowering: Lowering, x: Value) -> Value:
    return x.with_node(lowering.graph.exp(x.node) - 1.0)


@lowers("aten.square.default")
def _square(lowering: Lowering, x: Value) -> Value:
    return _pow(lowering, x, 2.0)


@lowers("aten.rsqrt.default")
def _rsqrt(lowering: Lowering, x: Value) -> Value:
    return _pow(lowering, x, -0.5)


@lowers("aten.reciprocal.default")
def _reciprocal(lowering: Lowering, x: Value) -> Value:
    return _pow(lowering, x, -1.0)


@lowers("aten.maximum.default", "aten.max.other")
def _maximum(lowering: Lowering, a: Any, b: Any) -> Value:
    return lowering.combined(lowering.graph.maximum, a, b)


@lowers("aten.minimum.default", "aten.min.other")
def _minimum(lowering: Lowering, a: Any, b: Any) -> Value:
    return lowering.combined(lowering.graph.minimum, a, b)


@lowers("aten.clamp.default", "aten.hardtanh.default", "aten.clip.default")
def _clamp(lowering: Lowering, x: Value, low: float | None = None, high: float | None = None) -> Value:
    if str(lowering.current.target).startswith("aten.hardtanh"):
        low, high = (-1.0 if low is None else low), (1.0 if high is None else high)
    node = x.node
    if low is not None:
        node = lowering.graph.maximum(node, float(low))
    if high is not None:
        node = lowering.graph.minimum(node, float(high))
    return x.with_node(node)


@lowers("aten.clamp_min.default")
def _clamp_min(lowering: Lowering, x: Value, low: float) -> Value:
    return _clamp(lowering, x, low)


@lowers("aten.clamp_max.default")
def _clamp_max(lowering: Lowering, x: Value, high: float) -> Value:
    return _clamp(lowering, x, None, high)


@lowers("aten.relu6.default")
def _relu6(lowering: Lowering, x: Value) -> Value:
    return _clamp(lowering, x, 0.0, 6.0)


@lowers("aten.hardsigmoid.default")
def _hardsigmoid(lowering: Lowering, x: Value) -> Value:
    return _clamp(lowering, x.with_node(x.node / 6.0 + 0.5), 0.0, 1.0)


@lowers("aten.hardswish.default")
def _hardswish(lowering: Lowering, x: Value) -> Value:
    return x.with_node(x.node * _hardsigmoid(lowering, x).node)


@lowers("aten.gelu.default")
def _gelu(lowering: Lowering, x: Value, approximate: str = "none") -> Value:
    graph = lowering.graph
    return x.with_node(graph.gelu_tanh(x.node) if approximate == "tanh" else graph.gelu(x.node))


@lowers("aten.softplus.default")
def _softplus(lowering: Lowering, x: Value, beta: float = 1, threshold: float = 20) -> Value:
    node = lowering.graph.softplus(x.node if beta == 1 else x.node * float(beta))
    return x.with_node(node if beta == 1 else node / float(beta))


@lowers("aten.log_sigmoid.default")
def _log_sigmoid(lowering: Lowering, x: Value) -> Value:
    return x.with_node(-lowering.graph.softplus(-x.node))


@lowers("aten.mish.default")
def _mish(lowering: Lowering, x: Value) -> Value:
    graph = lowering.graph
    return x.with_node(x.node * graph.tanh(graph.softplus(x.node)))


@lowers("aten.leaky_relu.default")
def _leaky_relu(lowering: Lowering, x: Value, slope: float = 0.01) -> Value:
    return x.with_node(lowering.graph.leaky_relu(x.node, float(slope)))


@lowers("aten.elu.default")
def _elu(lowering: Lowering, x: Value, alpha: float = 1, scale: float = 1, input_scale: float = 1) -> Value:
    if input_scale != 1:
        lowering.refuse("its input_scale is not 1")
    node = lowering.graph.elu(x.node, float(alpha))
    return x.with_node(node if scale == 1 else node * float(scale))


@lowers("aten.celu.default")
def _celu(lowering: Lowering, x: Value, alpha: float = 1) -> Value:
    graph = lowering.graph
    return x.with_node(graph.elu(x.node / float(alpha), 1.0) * float(alpha))


@lowers("aten.selu.default")
def _selu(lowering: Lowering, x: Value) -> Value:
    return _elu(lowering, x, 1.6732632423543772848170429916717, 1.0507009873554804934193349852946)


@lowers("aten.prelu.default")
def _prelu(lowering: Lowering, x: Value, weight: Value) -> Value:
    graph = lowering.graph
    slope = lowering.value(weight).node
    if x.rank > 2 and slope.shape != (1,):  # one slope for each channel, the torch dimension 1
        slope = slope.reshape((*slope.shape, *(1,) * (x.rank - 2)))
    return x.with_node(graph.relu(x.node) - slope * graph.relu(-x.node))


@lowers("aten.where.self", "aten.where.ScalarOther", "aten.where.ScalarSelf", "aten.where.Scalar")
def _where(lowering: Lowering, condition: Any, a: Any, b: Any) -> Value:
    if isinstance(condition, Value) and condition.kind != "bool":
        lowering.refuse("its condition depends on the sample")
    if isinstance(condition, Value):
        flags, others = condition, lowering.combined(lambda x: 1.0 - x, condition)
    else:
        flags, others = condition.double(), 1 - condition.double()
    chosen = [_chosen(lowering, mask, part) for mask, part in ((flags, a), (others, b))]
    if all(isinstance(part, Value) or hasattr(part, "shape") for part in chosen):
        return _add(lowering, *chosen)
    return next(part for part in chosen if isinstance(part, Value))


def _chosen(lowering: Lowering, mask: Any, part: Any) -> Any:
    """``part`` where the mask is 1, and 0 elsewhere; infinities as the constants have them."""
    if isinstance(mask, Value) or isinstance(part, Value):
        if not isinstance(part, Value) and not hasattr(part, "shape"):
            part = max(-1e30, min(1e30, float(part)))
        return _mul(lowering, mask, part)
    return (
        mask * part
        if math.isfinite(float(abs(part).max() if hasattr(part, "max") else part))
        else _masked(mask, part)
    )


def _masked(mask: Any, part: Any) -> Any:
    import torch

    return torch.where(mask.bool(), torch.as_tensor(part, dtype=mask.dtype).clamp(-1e30, 1e30), 0.0)


@lowers("aten.masked_fill.Scalar", "aten.masked_fill.Tensor")
def _masked_fill(lowering: Lowering, x: Any, mask: Any, value: Any) -> Value:
    return _where(lowering, mask, value, x)
