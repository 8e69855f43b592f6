"""Normalisation and embedding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from swiftllc.interop.lowering.layout import LayoutError, Value
from swiftllc.interop.torch_export.lowering import Lowering
from swiftllc.interop.torch_export.table import lowers

_COMBINES = (
    "it normalises by the batch, which combines its samples; call module.eval(), or keep running statistics"
)


def images(x: Value, what: str) -> None:
    """Refuses a value whose first torch dimension is not the batch and nothing else."""
    if x.batch is None or x.batch.dim != 0 or not x.batch.alone:
        raise LayoutError(f"{what} is covered for a first axis that is the batch alone")


def optional(lowering: Lowering, parameter: Any) -> Any:
    """The node of a parameter or constant, or None."""
    return None if parameter is None else lowering.value(parameter).node


def _last(x: Value, count: int) -> None:
    """Refuses a batch among the last dimensions."""
    for dim in range(x.rank - count, x.rank):
        x.axis(dim, "it normalises over")


@lowers("aten.layer_norm.default")
def _layer_norm(
    lowering: Lowering,
    x: Value,
    shape: Sequence[int],
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
    *_: Any,
) -> Value:
    _last(x, len(shape))
    parameters = {"weight": optional(lowering, weight), "bias": optional(lowering, bias)}
    return x.with_node(lowering.graph.layer_norm(x.node, len(shape), eps=eps, **parameters))


@lowers("aten.native_layer_norm.default")
def _native_layer_norm(lowering: Lowering, *arguments: Any) -> list[Any]:
    return [_layer_norm(lowering, *arguments), None, None]


@lowers("aten.rms_norm.default")
def _rms_norm(
    lowering: Lowering, x: Value, shape: Sequence[int], weight: Any = None, eps: float | None = None
) -> Value:
    if len(shape) != 1:
        lowering.refuse(f"it normalises over {len(shape)} axes, where one is covered")
    _last(x, 1)
    if eps is None:  # torch's
        double = str(lowering.current.meta["val"].dtype) == "torch.float64"
        eps = float(np.finfo(np.float64 if double else np.float32).eps)
    return x.with_node(lowering.graph.rms_norm(x.node, optional(lowering, weight), eps=eps))


@lowers("aten.batch_norm.default")
def _batch_norm(
    lowering: Lowering,
    x: Value,
    weight: Any,
    bias: Any,
    mean: Any,
    variance: Any,
    training: bool,
    momentum: float,
    eps: float,
    *_: Any,
) -> Value:
    if training or mean is None or variance is None:
        lowering.refuse(_COMBINES)
    nodes = [
        lowering.graph.constant(np.full((x.shape[1],), float(i == 0)))
        if part is None
        else lowering.value(part).node
        for i, part in enumerate((weight, bias))
    ]
    nodes += [lowering.value(part).node for part in (mean, variance)]
    graph = lowering.graph
    if x.batch is not None and x.batch.dim == 0 and x.batch.alone and x.rank <= 4:
        return x.with_node(graph.batch_norm(x.node, *nodes, eps=eps))
    x.axis(1, "it normalises")
    scale = nodes[0] * graph.power(nodes[3] + eps, -0.5)
    shift = nodes[1] - nodes[2] * scale
    ones = (1,) * (x.rank - 2)
    return x.with_node(x.node * scale.reshape((x.shape[1], *ones)) + shift.reshape((x.shape[1], *ones)))


@lowers("aten._native_batch_norm_legit_no_training.default")
def _batch_norm_no_training(
    lowering: Lowering,
    x: Value,
    weight: Any,
    bias: Any,
    mean: Any,
    variance: Any,
    momentum: float,
    eps: float,
) -> list[Any]:
    return [_batch_norm(lowering, x, weight, bias, mean, variance, False, momentum, eps), None, None]


@lowers("aten._native_batch_norm_legit.no_stats", "aten._native_batch_norm_legit_functional.default")
def _batch_norm_training(lowering: Lowering, *_: Any) -> NoReturn:
    lowering.refuse(_COMBINES)


@lowers("aten.group_norm.default")
def _group_norm(
    lowering: Lowering,
    x: Value,
    groups: int,
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
    *_: Any,
) -> Value:
    images(x, "group normalisation")
    parameters = {"weight": optional(lowering, weight), "bias": optional(lowering, bias)}
    return x.with_node(lowering.graph.group_norm(x.node, groups, eps=eps, **parameters))


@lowers("aten.instance_norm.default")
def _instance_norm(
    lowering: Lowering,
    x: Value,
    weight: Any,
    bias: Any,
    mean: Any,
    variance: Any,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    *_: Any,
) -> Value:
    if use_input_stats:
        return _group_norm(lowering, x, x.shape[1], weight, bias, eps)
    return _batch_norm(lowering, x, weight, bias, mean, variance, False, momentum, eps)


@lowers("aten.embedding.default")
def _embedding(lowering: Lowering, weight: Any, indices: Any, *_: Any) -> Value:
    graph = lowering.graph
    weight = lowering.value(weight)
    if isinstance(indices, Value):
        if indices.node.kind != "integer":
            lowering.refuse("its indices are computed of what depends on the sample")
        node = graph.embedding(indices.node, weight.node)
        return Value(node, (*indices.shape, *weight.shape[1:]), indices.batch)
    batch = lowering.batch_of(indices)
    rows = indices if batch is None else indices.narrow(batch.dim, 0, 1).squeeze(batch.dim)
    node = graph.take(weight.node, rows.reshape(-1).numpy(), 0)
    node = node if rows.dim() == 1 else node.reshape((*rows.shape, *weight.shape[1:]))
    return Value(node, (*indices.shape, *weight.shape[1:]), batch)
