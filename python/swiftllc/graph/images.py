"""Operations on images: samples of shape (channels, rows, columns)."""

from __future__ import annotations

from swiftllc import _checks
from swiftllc._errors import ArgumentTypeError
from swiftllc.graph.node import Node
from swiftllc.graph.sequences import SequenceOperations

#: One number for rows and columns, or two.
Pair = int | tuple[int, int]


class ImageOperations(SequenceOperations):
    """The operations of a ``Graph`` on images."""

    def conv2d(
        self,
        x: Node,
        weight: Node,
        bias: Node | None = None,
        stride: Pair = 1,
        padding: Pair = 0,
        dilation: Pair = 1,
        groups: int = 1,
    ) -> Node:
        """Cross-correlation of x (C, H, W) with a weight (O, C/groups, kh, kw), plus bias (O): (O, H', W').

        H' = (H + 2 padding - dilation (kh - 1) - 1) / stride + 1, rounded down; padding is with zeros.
        """
        return self._add(
            "convolution",
            self._node(x),
            self._node(weight),
            self._optional(bias),
            pair("stride", stride),
            pair("padding", padding),
            pair("dilation", dilation),
            _checks.integer("groups", groups),
        )

    def max_pool2d(
        self, x: Node, kernel: Pair, stride: Pair | None = None, padding: Pair = 0, dilation: Pair = 1
    ) -> Node:
        """The largest element of each window of x (C, H, W); the gradient goes to the first of them.

        ``stride`` None is the kernel. Padding is at most half the kernel, and never the largest.
        """
        window = pair("kernel", kernel)
        steps = window if stride is None else pair("stride", stride)
        margins = pair("padding", padding)
        return self._add("max_pool", self._node(x), window, steps, margins, pair("dilation", dilation))

    def avg_pool2d(
        self,
        x: Node,
        kernel: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        count_include_pad: bool = True,
    ) -> Node:
        """The mean of each window of x (C, H, W), zeros of the padding included or not.

        ``stride`` None is the kernel. Padding is at most half the kernel.
        """
        window = pair("kernel", kernel)
        steps = window if stride is None else pair("stride", stride)
        counts = int(_checks.boolean("count_include_pad", count_include_pad))
        return self._add("average_pool", self._node(x), window, steps, pair("padding", padding), counts)


def pair(name: str, value: Pair) -> tuple[int, int]:
    """Of rows and of columns."""
    if isinstance(value, tuple | list):
        if len(value) != 2:
            raise ArgumentTypeError(
                f"{name} must be one integer, or two, of rows and columns; got {value!r}."
            )
        return _checks.integer(f"{name}[0]", value[0]), _checks.integer(f"{name}[1]", value[1])
    number = _checks.integer(name, value)
    return number, number
