"""Convolution and pooling of images, and of sequences as images of one row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from swiftllc.interop.lowering.constants import INFINITY
from swiftllc.interop.lowering.layout import Value
from swiftllc.interop.torch_export.lowering import Lowering
from swiftllc.interop.torch_export.operations_layers import images, optional
from swiftllc.interop.torch_export.table import lowers

Pair = tuple[int, int]


def _pair(value: int | Sequence[int]) -> Pair:
    values = [value] if isinstance(value, int) else list(value)
    return (values[0], values[-1])


def _result(lowering: Lowering, x: Value, node: Any) -> Value:
    """The value of an image, whose extents must be those that torch found."""
    shape = tuple(lowering.current.meta["val"].shape)
    if tuple(node.shape) != shape[1:]:
        lowering.refuse(f"its result has shape {shape[1:]} by ceil_mode, which is not covered")
    return x.with_node(node, shape=shape)


@lowers("aten.conv2d.default", "aten.conv2d.padding")
def _conv2d(
    lowering: Lowering,
    x: Value,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Value:
    images(x, "convolution")
    weight = lowering.value(weight)
    node, padding = _padded(lowering, x.node, padding, weight.shape[2:], _pair(dilation))
    node = lowering.graph.conv2d(
        node,
        weight.node,
        optional(lowering, bias),
        stride=_pair(stride),
        padding=padding,
        dilation=_pair(dilation),
        groups=groups,
    )
    return _result(lowering, x, node)


def _padded(
    lowering: Lowering, node: Any, padding: Any, kernel: Sequence[int], dilation: Pair
) -> tuple[Any, Pair]:
    """Torch's padding "same" is one more behind than in front where it cannot be equal."""
    if not isinstance(padding, str):
        return node, _pair(padding)
    if padding == "valid":
        return node, (0, 0)
    totals = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    for axis, total in enumerate(totals, start=1):
        if total % 2:
            zeros = np.zeros((*node.shape[:axis], 1, *node.shape[axis + 1 :]))
            node = lowering.graph.concatenate([node, lowering.graph.constant(zeros)], axis)
    return node, (totals[0] // 2, totals[1] // 2)


@lowers("aten.conv1d.default", "aten.conv1d.padding")
def _conv1d(
    lowering: Lowering,
    x: Value,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Value:
    images(x, "convolution")
    weight = lowering.value(weight)
    out, channels, length = weight.shape
    last: list[Any] = [
        part if isinstance(part, str) else _pair(part)[1] for part in (stride, padding, dilation)
    ]
    node, (_, pad) = _padded(lowering, _row(x), last[1], (1, length), (1, last[2]))
    node = lowering.graph.conv2d(
        node,
        weight.node.reshape((out, channels, 1, length)),
        optional(lowering, bias),
        stride=(1, last[0]),
        padding=(0, pad),
        dilation=(1, last[2]),
        groups=groups,
    )
    return _result(lowering, x, _without_row(node))


@lowers("aten.max_pool2d.default")
def _max_pool2d(
    lowering: Lowering, x: Value, kernel: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1, *_: Any
) -> Value:
    images(x, "pooling")
    sizes = [_pair(part) for part in (kernel, stride or kernel, padding, dilation)]
    return _result(lowering, x, _largest(lowering, x.node, sizes))


@lowers("aten.max_pool1d.default")
def _max_pool1d(
    lowering: Lowering, x: Value, kernel: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1, *_: Any
) -> Value:
    images(x, "pooling")
    given = zip((kernel, stride or kernel, padding, dilation), (1, 1, 0, 1), strict=True)
    sizes = [(row, _pair(part)[1]) for part, row in given]
    return _result(lowering, x, _without_row(_largest(lowering, _row(x), sizes)))


def _largest(lowering: Lowering, node: Any, sizes: Sequence[Pair]) -> Any:
    """The pool by kernel, stride, padding and dilation, of as many windows as torch has by ``ceil_mode``."""
    kernel, stride, padding, dilation = sizes
    wanted = (1, 1, *lowering.current.meta["val"].shape[2:])[-2:]
    for i, axis in enumerate((1, 2)):
        reach = (wanted[i] - 1) * stride[i] + dilation[i] * (kernel[i] - 1) + 1
        missing = reach - 2 * padding[i] - node.shape[axis]
        if missing > 0:
            shape = (*node.shape[:axis], missing, *node.shape[axis + 1 :])
            lowest = lowering.graph.constant(np.full(shape, -INFINITY))
            node = lowering.graph.concatenate([node, lowest], axis)
    return lowering.graph.max_pool2d(node, kernel, stride, padding=padding, dilation=dilation)


@lowers("aten.avg_pool2d.default")
def _avg_pool2d(
    lowering: Lowering,
    x: Value,
    kernel: Any,
    stride: Any = (),
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor: int | None = None,
) -> Value:
    images(x, "pooling")
    if divisor is not None:
        lowering.refuse("its divisor_override is not covered")
    node = lowering.graph.avg_pool2d(
        x.node, _pair(kernel), _pair(stride or kernel), _pair(padding), count_include_pad=count_include_pad
    )
    return _result(lowering, x, node)


@lowers("aten.avg_pool1d.default")
def _avg_pool1d(
    lowering: Lowering,
    x: Value,
    kernel: Any,
    stride: Any = (),
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Value:
    images(x, "pooling")
    sizes = [_pair(part)[1] for part in (kernel, stride or kernel, padding)]
    node = lowering.graph.avg_pool2d(
        _row(x), (1, sizes[0]), (1, sizes[1]), (0, sizes[2]), count_include_pad=count_include_pad
    )
    return _result(lowering, x, _without_row(node))


@lowers("aten.adaptive_avg_pool2d.default", "aten.adaptive_avg_pool1d.default")
def _adaptive_avg_pool(lowering: Lowering, x: Value, sizes: Sequence[int]) -> Value:
    """Means over windows: of all, of equal ones, or by a matrix for each axis."""
    images(x, "pooling")
    axes = range(len(x.node.shape) - len(sizes), len(x.node.shape))
    node = x.node
    if all(size == 1 for size in sizes):
        return _result(lowering, x, node.mean(tuple(axes), keepdims=True))
    extents = [node.shape[axis] for axis in axes]
    if len(sizes) == 2 and all(extent % size == 0 for extent, size in zip(extents, sizes, strict=True)):
        window = (extents[0] // sizes[0], extents[1] // sizes[1])
        return _result(lowering, x, lowering.graph.avg_pool2d(node, window, window, (0, 0)))
    for axis, extent, size in zip(axes, extents, sizes, strict=True):
        matrix = lowering.graph.constant(_windows(extent, size))
        last = len(node.shape) - 1
        node = lowering.graph.linear(node.transpose(axis, last), matrix).transpose(axis, last)
    return _result(lowering, x, node)


def _windows(extent: int, size: int) -> np.ndarray[Any, Any]:
    """(size, extent): the means of torch's adaptive windows, which overlap unless size divides extent."""
    matrix = np.zeros((size, extent))
    for i in range(size):
        begin, end = i * extent // size, -(-(i + 1) * extent // size)
        matrix[i, begin:end] = 1 / (end - begin)
    return matrix


@lowers("aten.adaptive_max_pool2d.default")
def _adaptive_max_pool2d(lowering: Lowering, x: Value, sizes: Sequence[int]) -> list[Any]:
    images(x, "pooling")
    extents = x.shape[2:]
    if any(extent % size for extent, size in zip(extents, sizes, strict=True)):
        lowering.refuse(f"its windows overlap, since {tuple(sizes)} does not divide {extents}")
    window = (extents[0] // sizes[0], extents[1] // sizes[1])
    node = lowering.graph.max_pool2d(x.node, window, window)
    return [x.with_node(node, shape=(*x.shape[:2], *sizes)), None]


@lowers("aten.upsample_nearest2d.vec")
def _upsample_nearest2d(lowering: Lowering, x: Value, *_: Any) -> Value:
    images(x, "resampling")
    node = x.node
    for axis, extent in enumerate(lowering.current.meta["val"].shape[2:], start=1):
        if extent != node.shape[axis]:
            indices = np.arange(extent) * node.shape[axis] // extent
            node = lowering.graph.take(node, indices, axis)
    return _result(lowering, x, node)


def _row(x: Value) -> Any:
    """The node of a sequence (C, L) as an image (C, 1, L)."""
    return x.node.reshape((x.node.shape[0], 1, x.node.shape[1]))


def _without_row(node: Any) -> Any:
    return node.reshape((node.shape[0], node.shape[2]))
