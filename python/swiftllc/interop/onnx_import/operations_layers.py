"""Normalisation."""

from __future__ import annotations

from typing import Any

from swiftllc.interop.lowering.layout import LayoutError, Value
from swiftllc.interop.onnx_import.lowering import Lowering
from swiftllc.interop.onnx_import.table import lowers


def images(x: Value, what: str) -> None:
    """Refuses a value whose first dimension is not the batch and nothing else."""
    if x.batch is None or x.batch.dim != 0 or not x.batch.alone:
        raise LayoutError(f"{what} is covered for a first axis that is the batch alone")


def optional(lowering: Lowering, parameter: Any) -> Any:
    """The node of a parameter or constant, or None."""
    return None if parameter is None else lowering.value(parameter).node


@lowers("BatchNormalization")
def _batch_normalization(
    lowering: Lowering,
    x: Value,
    scale: Any,
    bias: Any,
    mean: Any,
    variance: Any,
    *,
    epsilon: float = 1e-5,
    training_mode: int = 0,
    spatial: int = 1,
    momentum: float = 0.9,
) -> Value:
    if training_mode or len([name for name in lowering.current.output if name]) > 1:
        lowering.refuse(
            "it normalises by the batch, which combines its samples; export the network in evaluation mode"
        )
    if not spatial:
        lowering.refuse("its statistics are of single elements, which is not covered")
    x.axis(1, "it normalises")
    nodes = [lowering.value(part).node for part in (scale, bias, mean, variance)]
    graph = lowering.graph
    if x.batch is not None and x.batch.dim == 0 and x.batch.alone and x.rank <= 4:
        return x.with_node(graph.batch_norm(x.node, *nodes, eps=epsilon))
    factor = nodes[0] * graph.power(nodes[3] + epsilon, -0.5)
    shift = nodes[1] - nodes[2] * factor
    shape = (x.shape[1], *(1,) * (x.rank - 2))
    return x.with_node(x.node * factor.reshape(shape) + shift.reshape(shape))


@lowers("LayerNormalization")
def _layer_normalization(
    lowering: Lowering,
    x: Value,
    scale: Any,
    bias: Any = None,
    *,
    axis: int = -1,
    epsilon: float = 1e-5,
    stash_type: int = 1,
) -> Value:
    count = x.rank - x.dim(axis)
    for dim in range(x.rank - count, x.rank):
        x.axis(dim, "it normalises over")
    shape = x.shape[x.rank - count :]
    parameters = {"weight": _filling(lowering, scale, shape), "bias": _filling(lowering, bias, shape)}
    return x.with_node(lowering.graph.layer_norm(x.node, count, eps=epsilon, **parameters))


def _filling(lowering: Lowering, parameter: Any, shape: tuple[int, ...]) -> Any:
    """The node of a parameter that broadcasts to what is normalised, with just its shape."""
    if parameter is None:
        return None
    node = lowering.value(parameter).node
    return node if tuple(node.shape) == tuple(shape) else node.expand(shape)


@lowers("RMSNormalization")
def _rms_normalization(
    lowering: Lowering, x: Value, scale: Any, *, axis: int = -1, epsilon: float = 1e-5, stash_type: int = 1
) -> Value:
    if x.dim(axis) != x.rank - 1:
        lowering.refuse("it normalises over several axes, where one is covered")
    x.axis(-1, "it normalises over")
    weight = _filling(lowering, scale, x.shape[-1:])
    return x.with_node(lowering.graph.rms_norm(x.node, weight, eps=epsilon))


@lowers("InstanceNormalization")
def _instance_normalization(
    lowering: Lowering, x: Value, scale: Any, bias: Any, *, epsilon: float = 1e-5
) -> Value:
    return _by_groups(lowering, x, scale, bias, x.shape[1], epsilon)


@lowers("GroupNormalization")
def _group_normalization(
    lowering: Lowering,
    x: Value,
    scale: Any,
    bias: Any,
    *,
    num_groups: int,
    epsilon: float = 1e-5,
    stash_type: int = 1,
) -> Value:
    return _by_groups(lowering, x, scale, bias, num_groups, epsilon)


def _by_groups(lowering: Lowering, x: Value, scale: Any, bias: Any, groups: int, epsilon: float) -> Value:
    images(x, "group normalisation")
    channels = x.shape[1]
    parameters = {}
    for name, part in (("weight", scale), ("bias", bias)):
        node = lowering.value(part).node
        if tuple(node.shape) == (groups,) != (channels,):  # one for each group, before version 21
            node = node.reshape((groups, 1)).expand((groups, channels // groups)).reshape((channels,))
        parameters[name] = node
    return x.with_node(lowering.graph.group_norm(x.node, groups, eps=epsilon, **parameters))
