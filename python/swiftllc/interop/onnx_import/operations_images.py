"""Convolution and pooling of images, and of sequences as images of one row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from swiftllc.interop.lowering.constants import INFINITY
from swiftllc.interop.lowering.layout import Value
from swiftllc.interop.onnx_import.lowering import Lowering
from swiftllc.interop.onnx_import.operations_layers import images, optional
from swiftllc.interop.onnx_import.operations_shape import padded
from swiftllc.interop.onnx_import.table import lowers
from swiftllc.interop.onnx_import.windows import Windows, windows

Pair = tuple[int, int]


def _pair(values: Sequence[int], first: int) -> Pair:
    """Of rows and columns; ``first`` for the one row of a sequence."""
    return (first, values[0]) if len(values) == 1 else (values[0], values[1])


def _on_images(lowering: Lowering, x: Value, what: str, count: int, function: Callable[[Any], Any]) -> Value:
    """A function of the node of an image, applied to one or to a sequence."""
    images(x, what)
    if count not in (1, 2) or x.rank != count + 2:
        lowering.refuse(f"{what} over {x.rank - 2} axes is not covered, but over one and two")
    if count == 2:
        node = function(x.node)
    else:
        row = function(x.node.reshape((x.shape[1], 1, x.shape[2])))
        node = row.reshape((row.shape[0], row.shape[2]))
    return x.with_node(node, shape=(x.shape[0], *node.shape))


def _with_padding(
    lowering: Lowering, node: Any, found: Windows, value: float, limit: bool
) -> tuple[Any, Pair]:
    """The node, padded where the two ends differ, and the padding that is left to the operation.

    Args:
        lowering: Of the node.
        node: An image.
        found: Its windows.
        value: Of the entries of the padding.
        limit: Whether the operation takes padding of no more than half the kernel.
    """
    small = all(2 * before <= size for (before, _), size in zip(found.pads, found.kernel, strict=True))
    if found.even and (small or not limit):
        return node, _pair([before for before, _ in found.pads], 0)
    first = 3 - len(found.pads)
    for i, (before, after) in enumerate(found.pads):
        node = padded(lowering, node, first + i, before, after + found.hanging[i], value)
    return node, (0, 0)


@lowers("Conv")
def _conv(
    lowering: Lowering,
    x: Value,
    weight: Any,
    bias: Any = None,
    *,
    kernel_shape: Any = None,
    strides: Any = None,
    dilations: Any = None,
    pads: Any = None,
    auto_pad: str = "NOTSET",
    group: int = 1,
) -> Value:
    kernel = lowering.value(weight)
    found = windows(x.shape[2:], kernel.shape[2:], strides, dilations, pads, auto_pad)
    count = len(found.kernel)

    def convolution(node: Any) -> Any:
        node, padding = _with_padding(lowering, node, found, 0.0, limit=False)
        return lowering.graph.conv2d(
            node,
            kernel.node if count == 2 else kernel.node.reshape((*kernel.shape[:2], 1, kernel.shape[2])),
            optional(lowering, bias),
            stride=_pair(found.strides, 1),
            padding=padding,
            dilation=_pair(found.dilations, 1),
            groups=group,
        )

    return _on_images(lowering, x, "convolution", count, convolution)


@lowers("MaxPool")
def _max_pool(
    lowering: Lowering,
    x: Value,
    *,
    kernel_shape: Sequence[int],
    strides: Any = None,
    dilations: Any = None,
    pads: Any = None,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    storage_order: int = 0,
) -> Value:
    if len(lowering.current.output) > 1:
        lowering.refuse("its indices are not covered")
    found = windows(x.shape[2:], kernel_shape, strides, dilations, pads, auto_pad, ceil_mode)

    def pooling(node: Any) -> Any:
        node, padding = _with_padding(lowering, node, found, -INFINITY, limit=True)
        return lowering.graph.max_pool2d(
            node,
            _pair(found.kernel, 1),
            _pair(found.strides, 1),
            padding=padding,
            dilation=_pair(found.dilations, 1),
        )

    return _on_images(lowering, x, "pooling", len(found.kernel), pooling)


@lowers("AveragePool")
def _average_pool(
    lowering: Lowering,
    x: Value,
    *,
    kernel_shape: Sequence[int],
    strides: Any = None,
    dilations: Any = None,
    pads: Any = None,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    count_include_pad: int = 0,
) -> Value:
    found = windows(x.shape[2:], kernel_shape, strides, dilations, pads, auto_pad, ceil_mode)
    if any(gap != 1 for gap in found.dilations):
        lowering.refuse("its dilations are not covered")

    def pooling(node: Any) -> Any:
        padding_node, padding = _with_padding(lowering, node, found, 0.0, limit=True)
        plain = padding_node is node
        result = lowering.graph.avg_pool2d(
            padding_node,
            _pair(found.kernel, 1),
            _pair(found.strides, 1),
            padding,
            count_include_pad=bool(count_include_pad) or not plain,
        )
        if plain:
            return result
        return result * _shares(found, x.shape[2:], bool(count_include_pad))

    return _on_images(lowering, x, "pooling", len(found.kernel), pooling)


def _shares(found: Windows, extents: Sequence[int], with_padding: bool) -> Any:
    """For each window of an image, its entries over those among which the sum is shared."""
    factors = [
        np.array([size / max(1, count[with_padding]) for count in found.counts(axis, extent)])
        for axis, (extent, size) in enumerate(zip(extents, found.kernel, strict=True))
    ]
    return np.outer(factors[0] if len(factors) == 2 else np.ones(1), factors[-1])


@lowers("GlobalAveragePool")
def _global_average_pool(lowering: Lowering, x: Value) -> Value:
    axes = tuple(x.axis(dim, "it reduces over") for dim in range(2, x.rank))
    return x.without(range(2, x.rank), x.node.mean(axes, keepdims=True), True)


@lowers("GlobalMaxPool")
def _global_max_pool(lowering: Lowering, x: Value) -> Value:
    for dim in range(2, x.rank):
        x = x.without([dim], x.node.max(x.axis(dim, "it reduces over"), keepdims=True), True)
    return x
