"""Residual networks for small images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from swiftllc._errors import InvalidArgumentError
from swiftllc.graph import Graph, Node
from swiftllc.layers import (
    BatchNorm,
    Conv2d,
    GlobalAvgPool2d,
    Linear,
)
from swiftllc.layers.layer import Layer, inside


class ResNet(Layer):
    """Residual networks for small images such as 32x32 (He et al., arXiv 1512.03385), with batch norms.

    Parameters have torchvision's names: ``conv1``, ``bn1``, ``layer1.0.conv1`` ... ``fc``. Where the shape
    of a block changes, the shortcut is a 1x1 convolution (``downsample.0``) and a norm (``downsample.1``).
    """

    def __init__(
        self,
        blocks: Sequence[int],
        widths: Sequence[int],
        classes: int = 10,
        channels: int = 3,
        statistics: Mapping[str, Any] | None = None,
    ) -> None:
        """Takes images (channels, rows, columns).

        Args:
            blocks: Residual blocks of each stage; from the second on, a stage halves rows and columns.
            widths: Channels of each stage.
            classes: Outputs.
            channels: Channels of the image.
            statistics: Running means and variances by torch's names, as "bn1.running_mean"; a
                ``state_dict()`` has them. Without, 0 and 1.
        """
        if len(blocks) != len(widths):
            raise InvalidArgumentError(f"blocks has {len(blocks)} stages, but widths has {len(widths)}.")
        self.blocks, self.widths = tuple(blocks), tuple(widths)
        self.classes, self.channels, self.statistics = classes, channels, statistics

    def __repr__(self) -> str:
        """As it would be written, without the statistics."""
        return f"ResNet({self.blocks}, {self.widths}, classes={self.classes}, channels={self.channels})"

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds the stem, the stages and the classifier."""
        stem = Conv2d(self.channels, self.widths[0], 3, padding=1, bias=False)
        x = graph.relu(self._norm(stem(x, inside(name, "conv1")), inside(name, "bn1")))
        for stage, (count, width) in enumerate(zip(self.blocks, self.widths, strict=True)):
            for block in range(count):
                stride = 2 if stage > 0 and block == 0 else 1
                x = self._block(graph, x, width, stride, inside(name, f"layer{stage + 1}.{block}"))
        pooled = GlobalAvgPool2d()(x)
        return Linear(self.widths[-1], self.classes)(pooled, inside(name, "fc"))

    def _block(self, graph: Graph, x: Node, width: int, stride: int, name: str) -> Node:
        first = Conv2d(x.shape[0], width, 3, stride, 1, bias=False)
        second = Conv2d(width, width, 3, padding=1, bias=False)
        y = graph.relu(self._norm(first(x, f"{name}.conv1"), f"{name}.bn1"))
        y = self._norm(second(y, f"{name}.conv2"), f"{name}.bn2")
        if x.shape != y.shape:
            shortcut = Conv2d(x.shape[0], width, 1, stride, bias=False)
            x = shortcut(x, f"{name}.downsample.0")
            x = self._norm(x, f"{name}.downsample.1")
        return graph.relu(y + x)

    def _norm(self, x: Node, name: str) -> Node:
        mean, variance = None, None
        if self.statistics is not None:
            try:
                mean = self.statistics[f"{name}.running_mean"]
                variance = self.statistics[f"{name}.running_var"]
            except KeyError as error:
                raise InvalidArgumentError(f"statistics has no {error}.") from None
        return BatchNorm(x.shape[0], mean, variance)(x, name)


def resnet20(classes: int = 10, statistics: Mapping[str, Any] | None = None) -> ResNet:
    """ResNet-20 for 32x32 images: three stages of three blocks; 0.27 million parameters."""
    return ResNet((3, 3, 3), (16, 32, 64), classes, statistics=statistics)


def resnet18(classes: int = 10, statistics: Mapping[str, Any] | None = None) -> ResNet:
    """ResNet-18 as it is used for 32x32 images, with a stem of 3x3 and no pooling; 11 million parameters."""
    return ResNet((2, 2, 2, 2), (64, 128, 256, 512), classes, statistics=statistics)
