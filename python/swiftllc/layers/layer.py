"""What every layer of a network has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod

from swiftllc.graph import Graph, Node


class Layer(ABC):
    """A part of a network.

    Called with a node of a ``Graph`` it adds itself there: ``Linear(64, 10)(x, name="head")``.

    Attributes:
        input_dtype: "float", or "int64" of a layer that takes integers.
    """

    @property
    def input_dtype(self) -> str:
        """What the layer is applied to."""
        return "float"

    def __call__(self, x: Node, name: str = "") -> Node:
        """Adds the layer to the graph of ``x``, its parameters named after it, as in "head.weight"."""
        return self.add_to(x.graph, x, name)

    @abstractmethod
    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds the layer's parameters and operations to ``graph``.

        Args:
            graph: The graph under construction.
            x: What the layer is applied to.
            name: Where the layer stands in the network, as in "0" or "1.2"; "" for the network itself.

        Raises:
            InvalidArgumentError: The layer cannot take the shape of ``x``; names the layer and both shapes.
        """


def inside(name: str, part: str) -> str:
    """The name of a part of what is called ``name``; "" is the network itself."""
    return f"{name}.{part}" if name else part
