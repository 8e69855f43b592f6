"""Normalisations, whose weights start from 1 and whose biases from 0, as in torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swiftllc import _buffers, _checks
from swiftllc._errors import InvalidArgumentError
from swiftllc.graph import Graph, Node
from swiftllc.layers.layer import Layer, inside


@dataclass(frozen=True)
class LayerNorm(Layer):
    """(x - mean) / √(variance + eps) over the last axis, times ``weight`` plus ``bias`` (Ba et al. 2016).

    Args:
        features: The extent of the last axis.
        eps: Added to the variance, > 0.
        bias: Whether there is a bias.
    """

    features: int
    eps: float = 1e-5
    bias: bool = True

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds weight, bias and the function."""
        weight = graph.parameter(inside(name, "weight"), (self.features,), value=1.0)
        bias = graph.parameter(inside(name, "bias"), (self.features,), value=0.0) if self.bias else None
        return graph.layer_norm(x, 1, weight, bias, self.eps)


@dataclass(frozen=True)
class RMSNorm(Layer):
    """x / √(mean of x² + eps) over the last axis, times ``weight`` (Zhang & Sennrich 2019).

    Args:
        features: The extent of the last axis.
        eps: Added to the mean square, > 0.
    """

    features: int
    eps: float = 1e-6

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds the weight and the function."""
        weight = graph.parameter(inside(name, "weight"), (self.features,), value=1.0)
        return graph.rms_norm(x, weight, self.eps)


@dataclass(frozen=True)
class GroupNorm(Layer):
    """As ``LayerNorm``, over groups of channels of samples (channels, ...) (Wu & He 2018).

    Args:
        groups: How many; divides the channels.
        channels: The extent of the first axis; ``weight`` and ``bias`` have one element for each.
        eps: Added to the variance, > 0.
    """

    groups: int
    channels: int
    eps: float = 1e-5

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds weight, bias and the function."""
        weight = graph.parameter(inside(name, "weight"), (self.channels,), value=1.0)
        bias = graph.parameter(inside(name, "bias"), (self.channels,), value=0.0)
        return graph.group_norm(x, self.groups, weight, bias, self.eps)


@dataclass(frozen=True, eq=False)
class BatchNorm(Layer):
    """(x - mean) / √(variance + eps) for each channel, times ``weight`` plus ``bias``, with GIVEN statistics.

    That is the network after training (Ioffe & Szegedy 2015). In training the statistics are the batch's, so
    that a sample's loss depends on the other samples, and there is no loss of which λ could be the learning
    coefficient.

    Args:
        channels: The extent of the first axis; ``weight`` and ``bias`` have one element for each.
        mean: The running mean, (channels,); None for 0.
        variance: The running variance, (channels,), not negative; None for 1.
        eps: Added to the variance, > 0.
    """

    channels: int
    mean: Any = field(default=None, repr=False)
    variance: Any = field(default=None, repr=False)
    eps: float = 1e-5

    def __post_init__(self) -> None:
        """Refuses statistics of another shape."""
        _checks.integer("BatchNorm's channels", self.channels, at_least=1)
        for name, default in (("mean", 0.0), ("variance", 1.0)):
            object.__setattr__(self, name, self._statistic(name, default))
        if (self.variance < 0).any():
            raise InvalidArgumentError(
                f"BatchNorm's variance has {self.variance.min()}; it must not be negative."
            )

    def _statistic(self, name: str, default: float) -> NDArray[np.float64]:
        given = getattr(self, name)
        if given is None:
            return np.full(self.channels, default)
        array, _ = _buffers.floats(given, f"BatchNorm's {name}", np.dtype(np.float64))
        if array.shape != (self.channels,):
            raise InvalidArgumentError(
                f"BatchNorm's {name} has shape {array.shape}; it must be ({self.channels},)."
            )
        return array

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds weight, bias and the function."""
        weight = graph.parameter(inside(name, "weight"), (self.channels,), value=1.0)
        bias = graph.parameter(inside(name, "bias"), (self.channels,), value=0.0)
        return graph.batch_norm(x, weight, bias, self.mean, self.variance, self.eps)
