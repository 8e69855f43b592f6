"""Layers on images: samples of shape (channels, rows, columns)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from swiftllc import _checks
from swiftllc._errors import InvalidArgumentError
from swiftllc.graph import Graph, Node
from swiftllc.graph.images import Pair, pair
from swiftllc.layers.layer import Layer, inside


@dataclass(frozen=True)
class Conv2d(Layer):
    """Cross-correlation with learned windows, plus a bias for each channel.

    Parameters are ``weight`` (out_channels, in_channels/groups, rows, columns) and ``bias`` (out_channels),
    as in torch; both start from U(-1/√k, 1/√k) with k the elements of a window, which is torch's default.

    Args:
        in_channels: Channels of the input, > 0.
        out_channels: Channels of the result, > 0.
        kernel_size: Extent of a window: one number, or of rows and of columns.
        stride: From one window to the next.
        padding: Zeros on every side.
        dilation: From one element of a window to the next.
        groups: Channels are divided into so many parts, each with windows of its own.
        bias: Whether there is one.
    """

    in_channels: int
    out_channels: int
    kernel_size: Pair
    stride: Pair = 1
    padding: Pair = 0
    dilation: Pair = 1
    groups: int = 1
    bias: bool = True

    def __post_init__(self) -> None:
        """Refuses sizes below 1."""
        for field in ("in_channels", "out_channels", "groups"):
            _checks.integer(f"Conv2d's {field}", getattr(self, field), at_least=1)
        for extent in pair("Conv2d's kernel_size", self.kernel_size):
            _checks.integer("Conv2d's kernel_size", extent, at_least=1)
        if self.in_channels % self.groups or self.out_channels % self.groups:
            raise InvalidArgumentError(
                f"Conv2d's groups must divide {self.in_channels} and {self.out_channels}; got {self.groups}."
            )
        _checks.boolean("Conv2d's bias", self.bias)

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds weight, bias and the convolution."""
        shape = (
            self.out_channels,
            self.in_channels // self.groups,
            *pair("kernel_size", self.kernel_size),
        )
        bound = 1 / math.sqrt(math.prod(shape[1:]))
        weight = graph.parameter(inside(name, "weight"), shape, bound=bound, kernel=True)
        bias = graph.parameter(inside(name, "bias"), shape[:1], bound=bound) if self.bias else None
        return graph.conv2d(x, weight, bias, self.stride, self.padding, self.dilation, self.groups)


@dataclass(frozen=True)
class MaxPool2d(Layer):
    """The largest element of each window.

    Args:
        kernel_size: Extent of a window: one number, or of rows and of columns.
        stride: From one window to the next; None for the windows' extent.
        padding: On every side, at most half a window; what is there is never the largest.
        dilation: From one element of a window to the next.
    """

    kernel_size: Pair
    stride: Pair | None = None
    padding: Pair = 0
    dilation: Pair = 1

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds the function."""
        return graph.max_pool2d(x, self.kernel_size, self.stride, self.padding, self.dilation)


@dataclass(frozen=True)
class AvgPool2d(Layer):
    """The mean of each window.

    Args:
        kernel_size: Extent of a window: one number, or of rows and of columns.
        stride: From one window to the next; None for the windows' extent.
        padding: Zeros on every side, at most half a window.
        count_include_pad: Whether these zeros count in the mean.
    """

    kernel_size: Pair
    stride: Pair | None = None
    padding: Pair = 0
    count_include_pad: bool = True

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds the function."""
        return graph.avg_pool2d(x, self.kernel_size, self.stride, self.padding, self.count_include_pad)


@dataclass(frozen=True)
class GlobalAvgPool2d(Layer):
    """The mean of each channel: (channels, rows, columns) become (channels,)."""

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds the function."""
        if len(x.shape) != 3:
            raise InvalidArgumentError("it takes (channels, rows, columns).")
        return x.mean((1, 2))
