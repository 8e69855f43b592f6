"""Losses, one per sample."""

from __future__ import annotations

import math

from swiftllc import _abi, _checks
from swiftllc._errors import InvalidArgumentError
from swiftllc.graph.node import Node
from swiftllc.graph.recorder import Recorder


class LossOperations(Recorder):
    """The losses of a ``Graph``."""

    def squared_error(self, prediction: Node, target: Node, reduction: str = "mean") -> Node:
        """Of (prediction - target)² the mean over the outputs, or half the sum ("half_sum")."""
        _checks.choice("reduction", reduction, ("mean", "half_sum"))
        prediction = self._node(prediction)
        scale = 0.5 if reduction == "half_sum" else 1 / math.prod(prediction.shape)
        return self._add("squared_error", prediction, self._node(target), scale, 0.0)

    def gaussian_nll(self, prediction: Node, target: Node, sigma: float) -> Node:
        """-log of the density of N(prediction, sigma² I) at the target."""
        sigma = _checks.real("sigma", sigma, above=0)
        scale = 0.5 / sigma / sigma
        if not 0 < scale < math.inf:
            raise InvalidArgumentError(f"sigma is {sigma}, and 1/(2 sigma²) is {scale}, no positive number.")
        prediction = self._node(prediction)
        offset = math.prod(prediction.shape) * math.log(sigma * math.sqrt(2 * math.pi))
        return self._add("squared_error", prediction, self._node(target), scale, offset)

    def cross_entropy(
        self, logits: Node, labels: Node, ignore_index: int | None = None, label_smoothing: float = 0.0
    ) -> Node:
        """-log softmax(logits)[label]: logits (..., classes), labels (...) of integers.

        The mean over the positions whose label is not ``ignore_index``, 0 where all are. ``label_smoothing``
        spreads that part of the target evenly over the classes.
        """
        smoothing = _checks.real("label_smoothing", label_smoothing)
        operands = self._node(logits), self._node(labels)
        return self._add("cross_entropy", *operands, _ignored(ignore_index), smoothing)

    def token_losses(self, logits: Node, labels: Node, ignore_index: int | None = None) -> Node:
        """-log softmax(logits)[label] of each position, 0 where the label is ``ignore_index``: floats (...).

        For the loss of a sample take ``cross_entropy``, whose mean is in float64 and loses no digits.
        """
        logarithms = self._add("softmax", self._node(logits), 1)
        return -self._add("pick", logarithms, self._node(labels), _ignored(ignore_index))

    def binary_cross_entropy(self, logits: Node, target: Node) -> Node:
        """Mean over the outputs of log(1 + eˣ) - t x, for targets t in [0, 1]."""
        return self._add("binary_cross_entropy", self._node(logits), self._node(target))

    def loss(self, value: Node) -> Node:
        """A value of one float per sample, taken as its loss."""
        return self._add("loss", self._node(value))


def _ignored(index: int | None) -> int:
    return _abi.SLLC_NO_LABEL if index is None else _checks.integer("ignore_index", index)
