"""Normalisations, by a sample's own statistics or by given ones."""

from __future__ import annotations

from typing import Any

from swiftllc import _checks
from swiftllc._errors import InvalidArgumentError
from swiftllc.graph.node import Node
from swiftllc.graph.shapes import Shapes


class Normalizations(Shapes):
    """The normalisations of a ``Graph``. Variances are means of squares, without Bessel's correction."""

    def layer_norm(
        self,
        x: Node,
        axes_count: int = 1,
        weight: Node | None = None,
        bias: Node | None = None,
        eps: float = 1e-5,
    ) -> Node:
        """(x - mean) / √(variance + eps) over the last axes, times weight plus bias of these axes' shape."""
        return self._normalized(x, axes_count, True, weight, bias, eps)

    def rms_norm(self, x: Node, weight: Node | None = None, eps: float = 1e-6) -> Node:
        """X / √(mean of x² + eps) over the last axis, times a weight of its extent."""
        return self._normalized(x, 1, False, weight, None, eps)

    def group_norm(
        self, x: Node, groups: int, weight: Node | None = None, bias: Node | None = None, eps: float = 1e-5
    ) -> Node:
        """(x - mean) / √(variance + eps) over each of ``groups`` parts of the channels of x (C, ...).

        ``weight`` and ``bias``, (C,), multiply a channel and are added to it.
        """
        count = _checks.integer("groups", groups, at_least=1)
        if not x.shape or x.shape[0] % count:
            raise InvalidArgumentError(f"groups is {groups}; it must divide the first axis of {x!r}.")
        parts = self._normalized(self.reshape(x, (count, -1)), 1, True, None, None, eps)
        return self._affine(self.reshape(parts, x.shape), weight, bias)

    def batch_norm(
        self, x: Node, weight: Node | None, bias: Node | None, mean: Any, variance: Any, eps: float = 1e-5
    ) -> Node:
        """(x - mean) / √(variance + eps) for each channel of x (C, ...), times weight plus bias, all (C,).

        ``mean`` and ``variance`` are arrays or shared nodes: the running statistics of training.
        """
        scale = self.power(self._node(variance) + _checks.real("eps", eps, at_least=0), -0.5)
        if weight is not None:
            scale = scale * weight
        shift = -(self._node(mean) * scale)
        return self._affine(x, scale, shift if bias is None else shift + bias)

    def _normalized(
        self, x: Node, axes_count: int, centred: bool, weight: Node | None, bias: Node | None, eps: float
    ) -> Node:
        return self._add(
            "normalization",
            self._node(x),
            self._optional(weight),
            self._optional(bias),
            _checks.integer("axes_count", axes_count),
            int(centred),
            _checks.real("eps", eps),
        )

    def _affine(self, x: Node, scale: Node | None, shift: Node | None) -> Node:
        if scale is not None and shift is not None:
            return self._add("channel_affine", self._node(x), self._node(scale), self._node(shift))
        ones = (1,) * (len(x.shape) - 1)
        if scale is not None:
            return self.multiply(x, self.reshape(scale, (x.shape[0], *ones)))
        return x if shift is None else self.add(x, self.reshape(shift, (x.shape[0], *ones)))
