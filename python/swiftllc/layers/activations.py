"""Elementwise functions, with torch's names and defaults."""

from __future__ import annotations

from dataclasses import dataclass

from swiftllc import _checks
from swiftllc.graph import Graph, Node
from swiftllc.layers.layer import Layer


@dataclass(frozen=True)
class ReLU(Layer):
    """max(x, 0), elementwise."""

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds the function."""
        return graph.relu(x)


@dataclass(frozen=True)
class Tanh(Layer):
    """tanh(x), elementwise."""

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds the function."""
        return graph.tanh(x)


@dataclass(frozen=True)
class GELU(Layer):
    """x Φ(x), elementwise, with Φ the normal distribution function (Hendrycks & Gimpel, arXiv 1606.08415).

    Args:
        approximate: "none" for Φ itself; "tanh" for x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))).
    """

    approximate: str = "none"

    def __post_init__(self) -> None:
        """Refuses other words."""
        _checks.choice("GELU's approximate", self.approximate, ("none", "tanh"))

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds the function."""
        return graph.gelu(x) if self.approximate == "none" else graph.gelu_tanh(x)


@dataclass(frozen=True)
class SiLU(Layer):
    """x / (1 + e⁻ˣ), elementwise (Elfwing, Uchibe & Doya, arXiv 1702.03118); also called swish."""

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds the function."""
        return graph.silu(x)


@dataclass(frozen=True)
class Sigmoid(Layer):
    """1 / (1 + e⁻ˣ), elementwise."""

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds the function."""
        return graph.sigmoid(x)


@dataclass(frozen=True)
class LeakyReLU(Layer):
    """x where x > 0, else negative_slope x, elementwise (Maas, Hannun & Ng 2013).

    Args:
        negative_slope: The slope on the left of 0, and at 0.
    """

    negative_slope: float = 0.01

    def __post_init__(self) -> None:
        """Refuses what is not a finite number."""
        slope = _checks.real("LeakyReLU's negative_slope", self.negative_slope)
        object.__setattr__(self, "negative_slope", slope)

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds the function."""
        return graph.leaky_relu(x, self.negative_slope)


@dataclass(frozen=True)
class ELU(Layer):
    """x where x > 0, else alpha (eˣ - 1), elementwise (Clevert, Unterthiner & Hochreiter, arXiv 1511.07289).

    Args:
        alpha: The value that -f approaches on the left; the slope at 0 is alpha.
    """

    alpha: float = 1.0

    def __post_init__(self) -> None:
        """Refuses what is not a finite number."""
        object.__setattr__(self, "alpha", _checks.real("ELU's alpha", self.alpha))

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds the function."""
        return graph.elu(x, self.alpha)


@dataclass(frozen=True)
class Softplus(Layer):
    """log(1 + eˣ), elementwise (Dugas et al. 2001): torch's with its default beta of 1.

    torch turns to x itself above its threshold of 20. Here the formula holds everywhere: at 20 they differ
    by 2e-9.
    """

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds the function."""
        return graph.softplus(x)
