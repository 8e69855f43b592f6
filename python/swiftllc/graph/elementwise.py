"""Functions of single elements, and arithmetic that broadcasts."""

from __future__ import annotations

from typing import Any

from swiftllc import _abi, _checks
from swiftllc.graph.node import Node
from swiftllc.graph.recorder import Recorder


class Elementwise(Recorder):
    """The elementwise operations of a ``Graph``. A number or an array in place of a node is a constant."""

    def _arithmetic(self, operation: int, a: Any, b: Any) -> Node:
        return self._add("arithmetic", operation, self._node(a), self._node(b))

    def add(self, a: Any, b: Any) -> Node:
        """A + b."""
        return self._arithmetic(_abi.SLLC_ADD, a, b)

    def subtract(self, a: Any, b: Any) -> Node:
        """A - b."""
        return self._arithmetic(_abi.SLLC_SUBTRACT, a, b)

    def multiply(self, a: Any, b: Any) -> Node:
        """A b."""
        return self._arithmetic(_abi.SLLC_MULTIPLY, a, b)

    def divide(self, a: Any, b: Any) -> Node:
        """A / b."""
        return self._arithmetic(_abi.SLLC_DIVIDE, a, b)

    def maximum(self, a: Any, b: Any) -> Node:
        """The larger one; where they are equal the gradient goes to b."""
        return self._arithmetic(_abi.SLLC_MAXIMUM, a, b)

    def minimum(self, a: Any, b: Any) -> Node:
        """The smaller one; where they are equal the gradient goes to b."""
        return self._arithmetic(_abi.SLLC_MINIMUM, a, b)

    def _function(self, function: int, x: Any, constant: float = 0.0) -> Node:
        return self._add("activation", function, constant, self._node(x))

    def relu(self, x: Any) -> Node:
        """The larger of x and 0."""
        return self._function(_abi.SLLC_RELU, x)

    def tanh(self, x: Any) -> Node:
        """Hyperbolic tangent."""
        return self._function(_abi.SLLC_TANH, x)

    def gelu(self, x: Any) -> Node:
        """X Φ(x), with Φ the normal distribution function."""
        return self._function(_abi.SLLC_GELU, x)

    def gelu_tanh(self, x: Any) -> Node:
        """The approximation of GELU: x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))."""
        return self._function(_abi.SLLC_GELU_TANH, x)

    def silu(self, x: Any) -> Node:
        """X / (1 + e⁻ˣ)."""
        return self._function(_abi.SLLC_SILU, x)

    def sigmoid(self, x: Any) -> Node:
        """1 / (1 + e⁻ˣ)."""
        return self._function(_abi.SLLC_SIGMOID, x)

    def softplus(self, x: Any) -> Node:
        """Log(1 + eˣ), without overflow."""
        return self._function(_abi.SLLC_SOFTPLUS, x)

    def leaky_relu(self, x: Any, negative_slope: float = 0.01) -> Node:
        """X where x > 0, else negative_slope x."""
        return self._function(_abi.SLLC_LEAKY_RELU, x, _checks.real("negative_slope", negative_slope))

    def elu(self, x: Any, alpha: float = 1.0) -> Node:
        """X where x > 0, else alpha (eˣ - 1)."""
        return self._function(_abi.SLLC_ELU, x, _checks.real("alpha", alpha))

    def exp(self, x: Any) -> Node:
        """E to the power of x."""
        return self._function(_abi.SLLC_EXP, x)

    def log(self, x: Any) -> Node:
        """The natural logarithm."""
        return self._function(_abi.SLLC_LOG, x)

    def sqrt(self, x: Any) -> Node:
        """The square root. Its derivative at 0 is infinite."""
        return self._function(_abi.SLLC_SQRT, x)

    def erf(self, x: Any) -> Node:
        """The error function."""
        return self._function(_abi.SLLC_ERF, x)

    def sin(self, x: Any) -> Node:
        """The sine."""
        return self._function(_abi.SLLC_SIN, x)

    def cos(self, x: Any) -> Node:
        """The cosine."""
        return self._function(_abi.SLLC_COS, x)

    def abs(self, x: Any) -> Node:
        """The magnitude; its derivative at 0 is 0."""
        return self._function(_abi.SLLC_ABS, x)

    def power(self, x: Any, exponent: float) -> Node:
        """X to the power of a given number; NaN where x < 0 and the exponent is no whole number."""
        return self._function(_abi.SLLC_POWER, x, _checks.real("exponent", exponent))
