"""A value of a graph, with numpy's operators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from swiftllc._errors import ArgumentTypeError

if TYPE_CHECKING:
    from swiftllc.graph.graph import Graph

#: By the constants of the C interface.
KINDS = ("sample", "integer", "shared", "loss")


@dataclass(frozen=True, eq=False, repr=False)
class Node:
    """A value: of each sample, or shared by all of them. Made by a ``Graph``.

    Shapes and axes are those of one sample: the batch has no axis. Operators and methods mean what they mean
    in numpy, numbers and arrays beside a node become constants, and broadcasting is numpy's.

    Attributes:
        graph: The graph that it is of.
        number: Its place there.
        shape: The shape of one sample of it.
        kind: "sample", floats of each sample; "shared", floats that no sample changes (parameters, constants,
            and what is computed of them alone); "integer", int64 of each sample; "loss", one float64 of each
            sample.
        reads: The inputs that it depends on, by their positions.
    """

    graph: Graph
    number: int
    shape: tuple[int, ...]
    kind: str
    reads: frozenset[int]

    #: Keeps numpy from taking ``array + node`` apart.
    __array_ufunc__ = None

    def __repr__(self) -> str:
        """Number, kind and shape."""
        return f"Node {self.number} ({self.kind}, {self.shape})"

    def __add__(self, other: Any) -> Node:
        """Elementwise sum."""
        return self.graph.add(self, other)

    def __radd__(self, other: Any) -> Node:
        """Elementwise sum."""
        return self.graph.add(other, self)

    def __sub__(self, other: Any) -> Node:
        """Elementwise difference."""
        return self.graph.subtract(self, other)

    def __rsub__(self, other: Any) -> Node:
        """Elementwise difference."""
        return self.graph.subtract(other, self)

    def __mul__(self, other: Any) -> Node:
        """Elementwise product."""
        return self.graph.multiply(self, other)

    def __rmul__(self, other: Any) -> Node:
        """Elementwise product."""
        return self.graph.multiply(other, self)

    def __truediv__(self, other: Any) -> Node:
        """Elementwise quotient."""
        return self.graph.divide(self, other)

    def __rtruediv__(self, other: Any) -> Node:
        """Elementwise quotient."""
        return self.graph.divide(other, self)

    def __neg__(self) -> Node:
        """The same numbers with the other sign."""
        return self.graph.multiply(self, -1.0)

    def __pow__(self, exponent: float) -> Node:
        """Elementwise power of a given number."""
        return self.graph.power(self, exponent)

    def __matmul__(self, other: Any) -> Node:
        """Products of matrices, as ``numpy.matmul`` on the shapes of one sample."""
        return self.graph.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Node:
        """Products of matrices."""
        return self.graph.matmul(other, self)

    def __getitem__(self, index: Any) -> Node:
        """Basic indexing by whole numbers, slices and ``...``."""
        return self.graph.index(self, index)

    def __iter__(self) -> Iterator[Node]:
        """The parts along the first axis."""
        if not self.shape:
            raise ArgumentTypeError(f"{self!r} has no axis to go along.")
        return (self[i] for i in range(self.shape[0]))

    def reshape(self, *shape: Any) -> Node:
        """The same elements in row-major order in another shape; one extent may be -1."""
        return self.graph.reshape(self, _one(shape))

    def flatten(self) -> Node:
        """The same elements along one axis."""
        return self.graph.reshape(self, (-1,))

    def permute(self, *axes: Any) -> Node:
        """Axis i of the result is axis ``axes[i]`` of this."""
        return self.graph.permute(self, _one(axes))

    def transpose(self, a: int, b: int) -> Node:
        """Two axes exchanged."""
        return self.graph.transpose(self, a, b)

    def expand(self, *shape: Any) -> Node:
        """Repeated to a shape, as ``numpy.broadcast_to``."""
        return self.graph.expand(self, _one(shape))

    def sum(self, axis: Any = None, keepdims: bool = False) -> Node:
        """The sum over an axis, a tuple of axes, or all of them."""
        return self.graph.sum(self, axis, keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Node:
        """The mean over an axis, a tuple of axes, or all of them."""
        return self.graph.mean(self, axis, keepdims)

    def max(self, axis: int = -1, keepdims: bool = False) -> Node:
        """The largest element along an axis."""
        return self.graph.max(self, axis, keepdims)

    def exp(self) -> Node:
        """E to the power of each element."""
        return self.graph.exp(self)

    def log(self) -> Node:
        """The natural logarithm of each element."""
        return self.graph.log(self)

    def sqrt(self) -> Node:
        """The square root of each element."""
        return self.graph.sqrt(self)


def _one(arguments: tuple[Any, ...]) -> Any:
    """The shape of ``f(shape)`` as that of ``f(*shape)``."""
    return arguments[0] if len(arguments) == 1 and hasattr(arguments[0], "__iter__") else arguments
